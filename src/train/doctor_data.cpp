// What is said of faults of the data.
#include "train/doctor_data.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <wick/core/str.h>

namespace wick::train::inline v1 {
namespace {

std::string share(double v) {
  char text[32];
  std::snprintf(text, sizeof text, v < 0.01 ? "%.2g %%" : "%.1f %%", 100 * v);
  return text;
}

// What each kind is called, from which shares of the examples on it is said at all, likely and sure to matter, and what to do.
struct Kind {
  const char *id, *one, *several;
  double least, medium, high;
  std::vector<std::string> remedies;
};
const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"leakage", "held-out example is in the training data, or another part, too: the score is too good", "held-out examples are in the training data, or another part, too: the score is too good", 0, 0.002, 0.02,
       {"wick data check, which shows them side by side", "take them out of the training data, or split by what they come from: all pictures of one thing, or rows of one person, on one side"}},
      {"conflicting_labels", "example is there twice, with different labels", "examples are there twice, with different labels", 0, 0.001, 0.01,
       {"wick data check, which shows them side by side", "decide for one label, or leave both out", "data::TableDatasetOptions().leave_out of fewer columns, where rows differ in what was left out"}},
      {"duplicates", "example is there more than once in one part", "examples are there more than once in one part", 0.002, 0.02, 0.1,
       {"wick data check, which shows them side by side", "keep one of each, or count them on purpose: they weigh more than the others"}},
      {"mislabelled", "label looks wrong", "labels look wrong", 0.01, 0.02, 0.04,
       {"suspects.csv and suspects.html of the run, the surest first", "correct the labels, or leave these examples out, and train again", "--label-smoothing 0.1, --early-stop 5: wrong labels are learnt last"}}};
  return all;
}

}  // namespace

std::optional<Finding> fault_of_data(const Signals& s, const std::string& id) {
  const auto at = std::find_if(s.faults.begin(), s.faults.end(), [&](const auto& f) { return f.kind == id; });
  if (at == s.faults.end() || at->count <= 0) return {};
  if (id == "target_leakage") {
    Finding f{id, "One column alone tells the target", at->number >= 0.999 ? Confidence::high : Confidence::medium, at->number, {str("\"", at->examples.empty() ? "" : at->examples[0], "\" explains ", share(at->number), " of what a guess gets wrong, in rows it was not fitted to")},
              {"is it known before the target is? If not: --ignore it", "a network is not needed, if it is"}};
    return f;
  }
  const auto kind = std::find_if(kinds().begin(), kinds().end(), [&](const Kind& k) { return k.id == id; });
  const double count = static_cast<double>(at->count), part = at->of > 0 ? count / static_cast<double>(at->of) : 1;
  // Rows of few values meet by chance.
  if (kind == kinds().end() || part < kind->least || (id != "mislabelled" && count <= 20 * at->number)) return {};
  Finding f{id, str(at->count, " ", at->count == 1 ? kind->one : kind->several), part >= kind->high ? Confidence::high : part >= kind->medium ? Confidence::medium : Confidence::low, part, {}, kind->remedies};
  f.evidence.push_back(str("that is ", share(part), " of ", at->of));
  if (at->near > 0) f.evidence.push_back(at->near == at->count ? "they are nearly the same, not to the last bit" : str(at->count - at->near, " are the same to the last bit, ", at->near, " nearly"));
  if (id == "mislabelled" && std::isfinite(at->number)) f.evidence.push_back(str("while it learnt, the network held another class for more likely, by ", share(at->number), " on average"));
  for (const std::string& e : at->examples) f.evidence.push_back(e);
  return f;
}

}  // namespace wick::train::inline v1
