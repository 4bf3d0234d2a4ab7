// Rows of tables: equal ones, and columns that tell the target.
#include <wick/train/data_check.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <wick/core/str.h>
#include <wick/data/split.h>

namespace wick::train::inline v1 {
namespace {

using Column = data::Table::Column;
using Kind = data::Table::Kind;
constexpr double kTells = 0.98;
constexpr size_t kFewest = 40;  // rows of which anything is said

double value_of(const Column& c, size_t row) {
  if (c.kind == Kind::kCategory) return static_cast<double>(c.codes[row]);
  return c.numbers[row];
}
bool has_value(const Column& c, size_t row) { return c.kind == Kind::kCategory ? c.codes[row] >= 0 : !std::isnan(c.numbers[row]); }

// What one value of a column was seen with.
struct Seen {
  double sum = 0, n = 0;
  std::map<double, double> often;
  void add(double y, bool classes) {
    sum += y;
    ++n;
    if (classes) ++often[y];
  }
  double says(bool classes) const {
    if (!classes) return sum / n;
    return std::max_element(often.begin(), often.end(), [](const auto& a, const auto& b) { return a.second < b.second; })->first;
  }
};

// The share of a guess's mistakes that the answers for the other half leave out.
double explained(const Column& x, const Column& y, const std::vector<size_t>& fitted, const std::vector<size_t>& asked) {
  const bool classes = y.kind == Kind::kCategory, ordered = x.kind == Kind::kNumber;
  std::map<double, Seen> rule;
  Seen all;
  for (const size_t i : fitted) {
    all.add(value_of(y, i), classes);
    if (has_value(x, i)) rule[value_of(x, i)].add(value_of(y, i), classes);
  }
  const double guess = all.says(classes);
  double wrong = 0, guessed_wrong = 0;
  for (const size_t i : asked) {
    double said = guess;
    if (has_value(x, i) && !rule.empty()) {
      auto at = rule.lower_bound(value_of(x, i));
      if (ordered && at != rule.begin() && (at == rule.end() || at->first - value_of(x, i) > value_of(x, i) - std::prev(at)->first)) --at;
      if (at != rule.end() && (ordered || at->first == value_of(x, i))) said = at->second.says(classes);
    }
    const double actual = value_of(y, i);
    wrong += classes ? said != actual : (said - actual) * (said - actual);
    guessed_wrong += classes ? guess != actual : (guess - actual) * (guess - actual);
  }
  return guessed_wrong > (classes ? 4 : 0) ? 1 - wrong / guessed_wrong : 0;
}

// How many pairs of rows of a class would be equal if columns knew nothing of each other.
double by_chance(const std::vector<const Column*>& features, const Column& y, const std::vector<size_t>& rows) {
  std::map<double, std::vector<size_t>> classes;
  for (const size_t i : rows) classes[y.kind == Kind::kCategory ? value_of(y, i) : 0].push_back(i);
  double pairs = 0;
  for (const auto& [label, members] : classes) {
    const double n = static_cast<double>(members.size());
    double same = n * (n - 1) / 2;
    for (const Column* c : features) {
      std::map<double, double> often;
      for (const size_t i : members) ++often[has_value(*c, i) ? value_of(*c, i) : -1e300];
      double p = 0;
      for (const auto& [v, k] : often) p += k / n * (k / n);
      same *= p;
    }
    pairs += same;
  }
  return pairs;
}

}  // namespace

DataReport check_table(const data::Table& table, const std::string& target, const std::vector<std::string>& leave_out, const std::vector<std::string>& parts,
                       const std::vector<std::vector<size_t>>& rows, DataCheckOptions options) {
  WICK_CHECK_TYPE(ValueError, parts.size() == rows.size(), "check_table: ", parts.size(), " names of parts and rows of ", rows.size());
  const Column& y = table.column(target);
  for (const std::string& name : leave_out) table.column(name);  // throws for one that there is not
  std::vector<const Column*> features;
  for (const Column& c : table.columns())
    if (c.name != target && std::find(leave_out.begin(), leave_out.end(), c.name) == leave_out.end()) features.push_back(&c);
  std::vector<std::vector<size_t>> members = rows;
  if (rows.empty()) {
    members.emplace_back(table.rows());
    std::iota(members[0].begin(), members[0].end(), size_t{0});
  }

  DataCheck check(options.near(false));
  std::string content;
  std::vector<size_t> known;  // rows with a target
  for (size_t p = 0; p < members.size(); ++p) {
    check.part(parts.empty() ? "row" : parts[p]);
    for (const size_t i : members[p]) {
      WICK_CHECK_TYPE(IndexError, i < table.rows(), "check_table: row ", i, " of ", table.rows());
      content.clear();
      for (const Column* c : features) {
        const double v = has_value(*c, i) ? value_of(*c, i) + 0.0 : NAN;
        content.append(reinterpret_cast<const char*>(&v), sizeof v);
      }
      const double label = value_of(y, i);
      check.add(content, static_cast<int64_t>(std::hash<double>()(label)));
      if (has_value(y, i)) known.push_back(i);
    }
  }
  DataReport r;
  if (!features.empty()) r = check.report();
  r.expected = by_chance(features, y, known);
  // One feature alone is no leak, it is the task.
  if (known.size() < kFewest || features.size() < 2) return r;
  const auto halves = data::random_split(known.size(), {0.5, 0.5}, make_generator(5));
  std::vector<size_t> fitted, asked;
  for (const size_t k : halves[0]) fitted.push_back(known[k]);
  for (const size_t k : halves[1]) asked.push_back(known[k]);
  for (const Column* c : features)
    if (const double e = explained(*c, y, fitted, asked); e >= kTells) r.columns.push_back({c->name, e});
  std::stable_sort(r.columns.begin(), r.columns.end(), [](const auto& a, const auto& b) { return a.explains > b.explains; });
  return r;
}

}  // namespace wick::train::inline v1
