// Two runs of the same settings: where they part.
#include "train/doctor_again.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <wick/core/str.h>

namespace wick::train::inline v1 {
namespace {

std::string exact(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", v);
  return text;
}
bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
// Times are never the same twice.
bool is_time(const std::string& name) {
  for (const char* end : {"seconds", "per_second", "data", "compute"})
    if (const std::string e = end; name.size() >= e.size() && name.compare(name.size() - e.size(), std::string::npos, e) == 0) return true;
  return name == "epoch" || name == "step";
}
size_t first_difference(const std::vector<double>& a, const std::vector<double>& b) {
  const size_t n = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < n && same(a[i], b[i])) ++i;
  return i;
}
std::string not_alike(const Signals& a, const Signals& b) {
  if (!a.parameters.empty() && !b.parameters.empty()) {
    if (a.parameters.size() != b.parameters.size()) return str("one network has ", a.parameters.size(), " parameters, the other ", b.parameters.size());
    for (size_t i = 0; i < a.parameters.size(); ++i)
      if (a.parameters[i].name != b.parameters[i].name || a.parameters[i].values != b.parameters[i].values)
        return str("one network has ", a.parameters[i].name, " of ", a.parameters[i].values, " values, the other ", b.parameters[i].name, " of ", b.parameters[i].values);
  }
  if (!a.labels.empty() && !b.labels.empty() && a.labels != b.labels) return "they saw other numbers of examples of each class in the first epoch";
  const auto &one = a.curve("lr"), &other = b.curve("lr");
  if (!one.empty() && !other.empty() && !same(one[0], other[0])) return str("the learning rates of the first epoch are ", exact(one[0]), " and ", exact(other[0]));
  return {};
}

}  // namespace

void Signals::compare(const Signals& other) {
  Again r;
  r.unlike = not_alike(*this, other);
  r.steps = static_cast<int64_t>(std::min(steps.size(), other.steps.size()));
  if (const size_t i = first_difference(steps, other.steps); i < static_cast<size_t>(r.steps)) r.step = static_cast<int64_t>(i) + 1, r.here = steps[i], r.there = other.steps[i], r.curve = "loss";
  // Of curves that part in the same epoch the loss tells most.
  bool shared = r.steps > 0;
  for (const auto& [name, values] : curves) {
    const auto& others = other.curve(name);
    if (is_time(name) || values.empty() || others.empty()) continue;
    shared = true;
    r.epochs = std::max(r.epochs, static_cast<int64_t>(std::min(values.size(), others.size())));
    const size_t i = first_difference(values, others);
    const int64_t epoch = static_cast<int64_t>(i) + 1;
    if (i >= std::min(values.size(), others.size()) || (r.epoch > 0 && (epoch > r.epoch || (epoch == r.epoch && name != "loss")))) continue;
    r.epoch = epoch;
    if (r.step == 0) r.here = values[i], r.there = others[i], r.curve = name;
  }
  WICK_CHECK_TYPE(ValueError, shared, "doctor: the runs have no curve in common");
  again = r;
}

std::optional<Finding> nondeterminism(const Signals& s) {
  if (!s.again || (s.again->step == 0 && s.again->epoch == 0)) return {};
  const Signals::Again& a = *s.again;
  Finding f{"nondeterminism", "Another run of the same settings gave other numbers", a.unlike.empty() ? Confidence::high : Confidence::low, std::abs(a.here - a.there), {}, {}, a.epoch};
  if (!a.unlike.empty()) f.evidence.push_back("they were not begun alike: " + a.unlike);
  if (a.step > 0) {
    f.evidence.push_back(str(a.step == 1 ? "they differ from the first step on" : str("their losses are the same for ", a.step - 1, " step", a.step == 2 ? "" : "s"), "; that of step ", a.step, a.epoch > 0 ? str(" (epoch ", a.epoch, ")") : "", " is ",
                             exact(a.here), " and ", exact(a.there)));
  } else {
    f.evidence.push_back(str(a.steps > 0 ? str("the losses of the first ", a.steps, " steps are the same; ") : "", a.epoch > 1 ? str("all curves are the same for ", a.epoch - 1, " epoch", a.epoch == 2 ? "" : "s", "; ") : "", a.curve, " of epoch ", a.epoch, " is ",
                             exact(a.here), " and ", exact(a.there)));
  }
  const auto& losses = s.curve("loss");
  if (a.epochs > 0 && !losses.empty()) f.evidence.push_back(str("compared: ", a.epochs, " epochs, ", a.steps, " steps"));
  if (a.step == 1) f.remedies.push_back("the same --seed, or manual_seed before the network and the loader are made; the same data in the same order");
  f.remedies.push_back("wick train ... --check, train::preflight or debug::compare_runs: they name the first op that gives something else in the same step");
  f.remedies.push_back("random numbers from wick::default_generator(), in the data set, too; nothing that depends on time, addresses or threads");
  f.remedies.push_back("the same number of ranks, and the same precision (--bf16)");
  return f;
}

}  // namespace wick::train::inline v1
