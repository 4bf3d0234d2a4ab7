#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include <wick/core/str.h>
#include <wick/data/split.h>
#include <wick/data/table.h>
#include <wick/ops.h>

namespace wick::data::inline v1 {
namespace {

using Kind = Table::Kind;

const char* text_of(Kind kind) { return kind == Kind::kNumber ? "numbers" : "categories"; }
std::vector<size_t> all_rows(const Table& table) {
  std::vector<size_t> rows(table.rows());
  std::iota(rows.begin(), rows.end(), size_t{0});
  return rows;
}

TableEncoding::Feature fit(const Table& table, const Table::Column& column, const std::vector<size_t>& rows, bool normalize) {
  TableEncoding::Feature f;
  f.name = column.name;
  f.kind = column.kind;
  if (column.kind == Kind::kCategory) {
    std::vector<bool> seen(column.categories.size());
    for (const size_t r : rows)
      if (column.codes[r] >= 0) seen[static_cast<size_t>(column.codes[r])] = true;
    for (size_t i = 0; i < seen.size(); ++i)
      if (seen[i]) f.categories.push_back(column.categories[i]);
    return f;
  }
  double sum = 0, squares = 0;
  size_t n = 0;
  for (const size_t r : rows)
    if (const double x = column.numbers[r]; !std::isnan(x)) sum += x, ++n;
  WICK_CHECK_TYPE(ValueError, n > 0, table.name(), ": column \"", column.name, "\" has no value in the rows for training; leave_out({\"", column.name,
                  "\"}) leaves it out");
  f.mean = sum / static_cast<double>(n);
  for (const size_t r : rows)
    if (const double x = column.numbers[r]; !std::isnan(x)) squares += (x - f.mean) * (x - f.mean);
  if (normalize && squares > 0) f.stddev = std::sqrt(squares / static_cast<double>(n));
  return f;
}

TableEncoding fit(const Table& table, const std::vector<size_t>& rows, const TableDatasetOptions& options) {
  TableEncoding e;
  e.normalize = options.normalize();
  e.one_hot = options.one_hot();
  const Table::Column& target = table.column(options.target());
  e.target = target.name;
  e.target_kind = target.kind;
  e.classes = target.categories;
  for (const std::string& name : options.leave_out()) table.column(name);
  const std::vector<std::string>& without = options.leave_out();
  const auto left_out = [&](const std::string& name) { return std::find(without.begin(), without.end(), name) != without.end(); };
  for (const std::string& name : options.features()) {
    WICK_CHECK_TYPE(ValueError, name != e.target, table.name(), ": column \"", name, "\" cannot be the target and a feature");
    const Table::Column& column = table.column(name);
    if (!left_out(name)) e.features.push_back(fit(table, column, rows, e.normalize));
  }
  for (const Table::Column& column : table.columns())
    if (options.features().empty() && column.name != e.target && !left_out(column.name)) e.features.push_back(fit(table, column, rows, e.normalize));
  WICK_CHECK_TYPE(ValueError, !e.features.empty(), table.name(), ": no columns are left to predict \"", e.target, "\" from");
  return e;
}

// For each category of the column its place among `known`, or -1.
std::vector<int64_t> places(const Table::Column& column, const std::vector<std::string>& known) {
  std::unordered_map<std::string, int64_t> place;
  for (size_t i = 0; i < known.size(); ++i) place.emplace(known[i], static_cast<int64_t>(i));
  std::vector<int64_t> r;
  for (const std::string& name : column.categories) {
    const auto at = place.find(name);
    r.push_back(at == place.end() ? -1 : at->second);
  }
  return r;
}

// A column as the encoding wants it; one without any value is of either kind.
const Table::Column& expected(const Table& table, const std::string& name, Kind kind) {
  const Table::Column& column = table.column(name);
  WICK_CHECK_TYPE(ValueError, column.kind == kind || column.missing == table.rows(), table.name(), ": column \"", name, "\" holds ", text_of(column.kind),
                  ", in the rows for training it held ", text_of(kind), "; TableOptions().", text_of(kind), "({\"", name, "\"}) reads it so");
  return column;
}

Tensor encode_target(const Table& table, const std::vector<size_t>& rows, const TableEncoding& e) {
  const int64_t n = static_cast<int64_t>(rows.size());
  if (e.target.empty()) return zeros({n}, kLong);
  const Table::Column& column = expected(table, e.target, e.target_kind);
  const auto missing = [&](size_t r) { return column.kind == Kind::kNumber ? std::isnan(column.numbers[r]) : column.codes[r] < 0; };
  for (const size_t r : rows)
    WICK_CHECK(!missing(r), table.place(r), ": the target, column \"", e.target, "\", is missing; remove the row");
  if (e.target_kind == Kind::kNumber) {
    Tensor t = empty({n, 1}, kFloat);
    for (size_t i = 0; i < rows.size(); ++i) t.data_ptr<float>()[i] = static_cast<float>(column.numbers[rows[i]]);
    return t;
  }
  const std::vector<int64_t> place = places(column, e.classes);
  Tensor t = empty({n}, kLong);
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t code = static_cast<size_t>(column.codes[rows[i]]);
    WICK_CHECK(place[code] >= 0, table.place(rows[i]), ": \"", column.categories[code], "\" in column \"", e.target, "\" is none of the ", e.classes.size(),
               " classes of the rows for training");
    t.data_ptr<int64_t>()[i] = place[code];
  }
  return t;
}

// One column into the tensor [n, width], from its place `to` on.
void encode(const Table& table, const std::vector<size_t>& rows, const TableEncoding& e, const TableEncoding::Feature& f, float* to, int64_t width) {
  const Table::Column& column = expected(table, f.name, f.kind);
  const int64_t unknown = static_cast<int64_t>(f.categories.size());
  const std::vector<int64_t> place = places(column, f.categories);
  for (size_t i = 0; i < rows.size(); ++i, to += width) {
    const size_t r = rows[i];
    if (f.kind == Kind::kNumber) {
      const double x = column.kind == Kind::kNumber && !std::isnan(column.numbers[r]) ? column.numbers[r] : f.mean;
      *to = static_cast<float>(e.normalize ? (x - f.mean) / f.stddev : x);
    } else {
      const int64_t code = column.kind == Kind::kCategory ? column.codes[r] : -1, k = code < 0 ? -1 : place[static_cast<size_t>(code)];
      if (!e.one_hot) *to = static_cast<float>(k < 0 ? unknown : k);
      else if (k >= 0) to[k] = 1;
    }
  }
}

int64_t width_of(const TableEncoding& e, const TableEncoding::Feature& f) {
  return e.one_hot && f.kind == Kind::kCategory ? static_cast<int64_t>(f.categories.size()) : 1;
}

}  // namespace

std::vector<std::string> TableEncoding::names() const {
  std::vector<std::string> r;
  for (const Feature& f : features) {
    if (!one_hot || f.kind == Kind::kNumber) r.push_back(f.name);
    else for (const std::string& category : f.categories) r.push_back(f.name + "=" + category);
  }
  return r;
}

TableDataset::TableDataset(const Table& table, const std::vector<size_t>& rows, TableEncoding encoding) : encoding_(std::move(encoding)) {
  targets_ = encode_target(table, rows, encoding_);
  int64_t width = 0, at = 0;
  for (const auto& f : encoding_.features) width += width_of(encoding_, f);
  features_ = zeros({static_cast<int64_t>(rows.size()), width}, kFloat);
  for (const auto& f : encoding_.features) {
    if (features_.numel() == 0) break;
    encode(table, rows, encoding_, f, features_.data_ptr<float>() + at, width);
    at += width_of(encoding_, f);
  }
}
TableDataset::TableDataset(const Table& table, const TableDatasetOptions& options) : TableDataset(table, all_rows(table), fit(table, all_rows(table), options)) {}
TableDataset::TableDataset(const Table& table, const TableEncoding& encoding) : TableDataset(table, all_rows(table), encoding) {}

std::pair<TableDataset, TableDataset> TableDataset::split(const Table& table, const TableDatasetOptions& options, double validation, uint64_t seed) {
  WICK_CHECK_TYPE(ValueError, validation > 0 && validation < 1, "TableDataset: the share for validation must be between 0 and 1, got ", validation);
  auto parts = random_split(table.rows(), {1 - validation, validation}, make_generator(seed));
  for (auto& part : parts) {
    WICK_CHECK_TYPE(ValueError, !part.empty(), table.name(), ": ", table.rows(), " rows are too few to keep a share of ", validation, " for validation");
    std::sort(part.begin(), part.end());
  }
  const TableEncoding encoding = fit(table, parts[0], options);
  return {TableDataset(table, parts[0], encoding), TableDataset(table, parts[1], encoding)};
}

Example<> TableDataset::get(size_t index) { return {features_.select(0, static_cast<int64_t>(index)), targets_.select(0, static_cast<int64_t>(index))}; }

}  // namespace wick::data::inline v1
