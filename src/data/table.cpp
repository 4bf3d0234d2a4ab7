#include <wick/data/table.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include <wick/core/str.h>
#include <wick/ops.h>

#include "io/read_file.h"

namespace wick::data::inline v1 {
namespace {

using std::string_view;

// A text as rows of fields. Fields are parts of the text, or of `unquoted` where the text has doubled quotes.
class Reader {
 public:
  Reader(string_view text, char separator, char quote, const std::string& name) : text_(text), separator_(separator), quote_(quote), name_(name) {}

  // The next row that is not empty; false at the end.
  bool next(std::vector<string_view>& row) {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n")) skip_line_end();
    row.clear();
    row_line_ = line_;
    if (at_ >= text_.size()) return false;
    for (;;) {
      row.push_back(field());
      if (at_ >= text_.size()) return true;
      if (text_[at_++] == '\n') {
        ++line_;
        return true;
      }
    }
  }
  // The line on which the row began.
  size_t line() const { return row_line_; }

 private:
  void skip_line_end() {
    at_ += text_[at_] == '\n' ? 1 : 2;
    ++line_;
  }
  bool blank(char c) const { return c != separator_ && (c == ' ' || c == '\t' || c == '\r'); }
  // A field; `at_` is then at what ends it, a separator or a line end, or at the end of the text.
  string_view field() {
    size_t begin = at_;
    while (begin < text_.size() && blank(text_[begin])) ++begin;
    if (quote_ && begin < text_.size() && text_[begin] == quote_) return quoted(begin + 1);
    const char ends[] = {separator_, '\n'};
    at_ = std::min(text_.find_first_of(string_view(ends, 2), begin), text_.size());
    size_t end = at_;
    while (end > begin && blank(text_[end - 1])) --end;
    return text_.substr(begin, end - begin);
  }
  string_view quoted(size_t begin) {
    bool doubled = false;
    size_t end = begin;
    for (;; end += 2) {
      end = text_.find(quote_, end);
      WICK_CHECK(end != string_view::npos, name_, ":", line_, ": a quote is opened and never closed");
      if (end + 1 >= text_.size() || text_[end + 1] != quote_) break;
      doubled = true;
    }
    const string_view inner = text_.substr(begin, end - begin);
    line_ += static_cast<size_t>(std::count(inner.begin(), inner.end(), '\n'));
    at_ = end + 1;
    while (at_ < text_.size() && blank(text_[at_])) ++at_;
    WICK_CHECK(at_ >= text_.size() || text_[at_] == separator_ || text_[at_] == '\n', name_, ":", line_, ": text behind a closing quote, where ", shown(separator_),
               " or the line's end is expected");
    if (!doubled) return inner;
    std::string& own = unquoted_.emplace_back();
    for (size_t i = 0; i < inner.size(); ++i) {
      own += inner[i];
      if (inner[i] == quote_) ++i;
    }
    return own;
  }
  static std::string shown(char c) { return c == '\t' ? "a tab" : str('"', c, '"'); }

  string_view text_;
  char separator_, quote_;
  const std::string& name_;
  size_t at_ = 0, line_ = 1, row_line_ = 1;
  std::deque<std::string> unquoted_;
};

char guessed_separator(string_view text, char quote) {
  size_t tabs = 0, commas = 0, semicolons = 0;
  bool inside = false;
  const size_t begin = std::min(text.find_first_not_of("\r\n"), text.size());
  for (const char c : text.substr(begin)) {
    if (quote && c == quote) inside = !inside;
    if (inside) continue;
    if (c == '\n') break;
    tabs += c == '\t';
    commas += c == ',';
    semicolons += c == ';';
  }
  return tabs > 0 ? '\t' : semicolons > commas ? ';' : ',';
}

// A finite decimal number that fills the field.
bool is_number(string_view field, double* value) {
  if (field.size() > 1 && field[0] == '+' && field[1] != '-') field.remove_prefix(1);
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), *value);
  return error == std::errc() && end == field.data() + field.size() && std::isfinite(*value);
}

template <class T>
bool has(const std::vector<std::string>& list, const T& x) { return std::find(list.begin(), list.end(), x) != list.end(); }

bool looks_like_header(const std::vector<string_view>& row) {
  double ignored;
  bool named = false;
  for (const string_view field : row) {
    if (is_number(field, &ignored)) return false;
    named = named || !field.empty();
  }
  return named;
}

// The categories of a column in order, and each row's place among them.
void sort_categories(Table::Column& column, const std::vector<string_view>& fields, const std::vector<bool>& missing) {
  std::unordered_map<string_view, int64_t> seen;
  std::vector<string_view> names;
  for (size_t r = 0; r < fields.size(); ++r)
    if (!missing[r] && seen.emplace(fields[r], 0).second) names.push_back(fields[r]);
  double x, y;
  const bool numeric = std::all_of(names.begin(), names.end(), [&](string_view s) { return is_number(s, &x); });
  std::sort(names.begin(), names.end(), [&](string_view a, string_view b) { return numeric && is_number(a, &x) && is_number(b, &y) && x != y ? x < y : a < b; });
  for (size_t i = 0; i < names.size(); ++i) seen[names[i]] = static_cast<int64_t>(i);
  column.categories.assign(names.begin(), names.end());
  for (size_t r = 0; r < fields.size(); ++r) column.codes.push_back(missing[r] ? -1 : seen[fields[r]]);
}

}  // namespace

Table Table::read(const std::string& path, const TableOptions& options) {
  const Tensor bytes = io::read_file(path);
  return parse(std::string(static_cast<const char*>(bytes.data_ptr()), static_cast<size_t>(bytes.numel())), options, path);
}

Table Table::parse(const std::string& whole, const TableOptions& options, const std::string& name) {
  Table table;
  table.name_ = name;
  string_view text = whole;
  if (text.substr(0, 3) == "\xef\xbb\xbf") text.remove_prefix(3);  // UTF-8's byte order mark
  WICK_CHECK(text.find('\0') == string_view::npos, name, ": holds zero bytes: not a text file, or UTF-16 where UTF-8 is expected");
  const char separator = options.separator() ? options.separator() : guessed_separator(text, options.quote());
  WICK_CHECK_TYPE(ValueError, separator != '\n' && separator != options.quote(), name, ": the separator must be neither the quote nor a line end");

  Reader reader(text, separator, options.quote(), name);
  std::vector<string_view> row;
  WICK_CHECK(reader.next(row), name, ": an empty file where a table is expected");
  const bool header = options.header().value_or(looks_like_header(row));
  const size_t n = row.size();
  table.columns_.resize(n);
  std::unordered_set<std::string> names;
  for (size_t c = 0; c < n; ++c) {
    std::string& own = table.columns_[c].name;
    own = header && !row[c].empty() ? std::string(row[c]) : std::to_string(c);
    WICK_CHECK(names.insert(own).second, name, ":", reader.line(), ": two columns are called \"", own, "\"; if the line is no header: TableOptions().header(false)");
  }
  for (const auto* list : {&options.categories(), &options.numbers()})
    for (const std::string& wanted : *list) table.column(wanted);

  std::vector<std::vector<string_view>> fields(n);
  for (bool more = header ? reader.next(row) : true; more; more = reader.next(row)) {
    WICK_CHECK(row.size() == n, name, ":", reader.line(), ": ", row.size(), row.size() == 1 ? " field" : " fields", " where the first line has ", n);
    for (size_t c = 0; c < n; ++c) fields[c].push_back(row[c]);
    table.lines_.push_back(reader.line());
  }

  for (size_t c = 0; c < n; ++c) {
    Column& column = table.columns_[c];
    std::vector<bool> missing(fields[c].size());
    for (size_t r = 0; r < fields[c].size(); ++r) missing[r] = has(options.missing(), fields[c][r]);
    column.missing = static_cast<size_t>(std::count(missing.begin(), missing.end(), true));
    const bool must = has(options.numbers(), column.name);
    bool numeric = !has(options.categories(), column.name);
    WICK_CHECK_TYPE(ValueError, numeric || !must, name, ": column \"", column.name, "\" is to hold numbers and categories");
    for (size_t r = 0; numeric && r < fields[c].size(); ++r) {
      double value = std::numeric_limits<double>::quiet_NaN();
      if (!missing[r] && !is_number(fields[c][r], &value)) {
        WICK_CHECK(!must, table.place(r), ": \"", fields[c][r], "\" in column \"", column.name, "\" is no number");
        numeric = false;
      }
      column.numbers.push_back(value);
    }
    if (numeric) continue;
    column.kind = Kind::kCategory;
    column.numbers = {};
    sort_categories(column, fields[c], missing);
  }
  return table;
}

const Table::Column& Table::column(const std::string& name) const {
  for (const Column& c : columns_)
    if (c.name == name) return c;
  std::string names;
  for (size_t i = 0; i < columns_.size() && i < 30; ++i) names += (i ? ", " : "") + columns_[i].name;
  throw ValueError(str(name_, ": no column \"", name, "\"; there are ", names, columns_.size() > 30 ? ", ..." : ""));
}

Tensor Table::tensor(const std::vector<std::string>& names) const {
  std::vector<const Column*> chosen;
  for (const std::string& n : names) {
    chosen.push_back(&column(n));
    WICK_CHECK_TYPE(ValueError, chosen.back()->kind == Kind::kNumber, name_, ": column \"", n, "\" holds categories, not numbers; TableOptions().numbers({\"", n,
                    "\"}) tells on which line");
  }
  for (const Column& c : columns_)
    if (names.empty() && c.kind == Kind::kNumber) chosen.push_back(&c);
  Tensor t = empty({static_cast<int64_t>(rows()), static_cast<int64_t>(chosen.size())}, kFloat);
  float* to = t.data_ptr<float>();
  for (size_t r = 0; r < rows(); ++r)
    for (const Column* c : chosen) *to++ = static_cast<float>(c->numbers[r]);
  return t;
}

std::string Table::place(size_t row) const { return str(name_, ":", lines_.at(row)); }

}  // namespace wick::data::inline v1
