#include <algorithm>
#include <cmath>

#include <wick/core/str.h>
#include <wick/train/tune.h>

namespace wick::train::inline v1 {

std::string to_string(const ParamValue& value) {
  if (const auto* name = std::get_if<std::string>(&value)) return *name;
  if (const auto* whole = std::get_if<int64_t>(&value)) return std::to_string(*whole);
  char text[32];
  std::snprintf(text, sizeof text, "%.6g", std::get<double>(value));
  return text;
}

int64_t ParamRange::count() const {
  if (kind == Kind::choice) return static_cast<int64_t>(choices.size());
  return step > 0 ? static_cast<int64_t>(std::floor((high - low) / step + 1e-9)) + 1 : 0;
}
ParamValue ParamRange::at(double u) const {
  u = std::min(std::max(u, 0.0), 1.0);
  if (kind == Kind::choice) return choices[std::min(static_cast<size_t>(u * static_cast<double>(choices.size())), choices.size() - 1)];
  const auto [from, to] = ends();
  double v = log ? std::exp(std::log(from) * (1 - u) + std::log(to) * u) : from * (1 - u) + to * u;
  if (step > 0) v = low + step * std::min(std::max(std::round((v - low) / step), 0.0), static_cast<double>(count() - 1));
  else if (u == 0 || u == 1) v = u == 0 ? low : high;
  else v = std::strtod(to_string(v).c_str(), nullptr);  // six digits are enough, and read better
  v = std::min(std::max(v, low), high);
  if (kind == Kind::integer) return static_cast<int64_t>(std::llround(v));
  return v;
}
// Values with steps have an interval each: half a step on both sides.
std::pair<double, double> ParamRange::ends() const {
  const double last = step > 0 ? low + step * static_cast<double>(count() - 1) : high;
  return {log ? std::max(low - step / 2, low / 2) : low - step / 2, last + step / 2};
}
double ParamRange::place_of(const ParamValue& value) const {
  if (kind == Kind::choice) {
    const auto at = std::find(choices.begin(), choices.end(), value);
    return (static_cast<double>(at - choices.begin()) + 0.5) / static_cast<double>(choices.size());
  }
  const double v = std::holds_alternative<int64_t>(value) ? static_cast<double>(std::get<int64_t>(value)) : std::get<double>(value);
  const auto [from, to] = ends();
  if (!(to > from)) return 0.5;
  return log ? std::log(v / from) / std::log(to / from) : (v - from) / (to - from);
}

SearchSpace& SearchSpace::add(ParamRange range) {
  WICK_CHECK_TYPE(ValueError, !range.name.empty(), "SearchSpace: a setting needs a name");
  for (const ParamRange& r : ranges_) WICK_CHECK_TYPE(ValueError, r.name != range.name, "SearchSpace: '", range.name, "' is there already");
  if (range.kind == ParamRange::Kind::choice) {
    WICK_CHECK_TYPE(ValueError, !range.choices.empty(), "SearchSpace: '", range.name, "' has no choices");
  } else {
    WICK_CHECK_TYPE(ValueError, std::isfinite(range.low) && std::isfinite(range.high) && range.low <= range.high, "SearchSpace: '", range.name, "' must go from a smaller to a larger number, got ", range.low, " to ", range.high);
    WICK_CHECK_TYPE(ValueError, !range.log || range.low > 0, "SearchSpace: '", range.name, "' is logarithmic, so it must begin above 0, got ", range.low);
    WICK_CHECK_TYPE(ValueError, range.step >= 0 && (range.kind == ParamRange::Kind::real || range.step >= 1), "SearchSpace: '", range.name, "' needs a step above 0, got ", range.step);
  }
  ranges_.push_back(std::move(range));
  return *this;
}
SearchSpace& SearchSpace::real(std::string name, double low, double high, bool log, double step) { return add({std::move(name), ParamRange::Kind::real, low, high, step, log, {}}); }
SearchSpace& SearchSpace::integer(std::string name, int64_t low, int64_t high, bool log, int64_t step) {
  return add({std::move(name), ParamRange::Kind::integer, static_cast<double>(low), static_cast<double>(high), static_cast<double>(step), log, {}});
}
SearchSpace& SearchSpace::choice(std::string name, std::vector<ParamValue> choices) { return add({std::move(name), ParamRange::Kind::choice, 0, 1, 0, false, std::move(choices)}); }

std::string SearchSpace::text() const {
  std::string s;
  for (const ParamRange& r : ranges_) {
    s += r.name + " ";
    if (r.kind == ParamRange::Kind::choice) {
      for (size_t i = 0; i < r.choices.size(); ++i) s += (i ? " | " : "") + to_string(r.choices[i]);
    } else {
      const bool whole = r.kind == ParamRange::Kind::integer;
      const auto number = [&](double v) { return whole ? to_string(ParamValue(static_cast<int64_t>(v))) : to_string(ParamValue(v)); };
      s += number(r.low) + " to " + number(r.high) + (r.log ? ", logarithmic" : "") + (r.step > (whole ? 1 : 0) ? ", in steps of " + number(r.step) : "") + (whole ? ", whole" : "");
    }
    s += "\n";
  }
  return s;
}

}  // namespace wick::train::inline v1
