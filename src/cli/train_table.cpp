#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <wick/core/str.h>
#include <wick/data.h>
#include <wick/train/data_check.h>

#include "cli/scores.h"
#include "cli/table.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

using train::thousands;
using Column = data::Table::Column;
using Kind = data::Table::Kind;

bool has_column(const data::Table& t, const std::string& name) {
  return std::any_of(t.columns().begin(), t.columns().end(), [&](const Column& c) { return c.name == name; });
}

// A column by its name, or by its number.
std::string column_name(const data::Table& t, const std::string& said) {
  if (has_column(t, said)) return said;
  char* end = nullptr;
  const long k = std::strtol(said.c_str(), &end, 10), n = static_cast<long>(t.columns().size());
  if (!said.empty() && *end == 0 && k >= -n && k < n) return t.columns()[static_cast<size_t>(k < 0 ? k + n : k)].name;
  return t.column(said).name;  // throws, with the names
}

// Whole numbers, few of them, each several times, are names of classes.
bool looks_like_classes(const Column& c) {
  std::set<double> seen;
  for (const double v : c.numbers) {
    if (std::isnan(v)) continue;
    if (v != std::floor(v)) return false;
    seen.insert(v);
    if (seen.size() > 10) return false;
  }
  return c.numbers.size() >= 10 * seen.size();
}

std::string row_name(const data::Table& table, const Column* id, size_t row) {
  if (id && id->codes[row] >= 0) return id->categories[static_cast<size_t>(id->codes[row])];
  const std::string place = table.place(row);
  return place.substr(place.find_last_of('/') + 1);
}

// The table as it is learnt from, and what was found out about it.
struct Prepared {
  data::Table table;
  std::string target, id;
  std::vector<std::string> left_out;
  bool classes;
};
Prepared prepare(const TableRunOptions& o) {
  data::TableOptions reading;
  if (o.no_header) reading.header(false);
  data::Table first = data::Table::read(o.file, reading);
  Prepared p{first, column_name(first, o.target), "", {}, false};
  const Column& target = first.column(p.target);
  WICK_CHECK_TYPE(ValueError, o.task != "regression" || target.kind == Kind::kNumber, "train table: the target, column \"", p.target, "\", holds texts (\"", target.categories.empty() ? "" : target.categories[0],
                  "\", …): there is nothing for a regression; --task classification");
  p.classes = o.task.empty() ? target.kind == Kind::kCategory || looks_like_classes(target) : o.task == "classification";
  std::vector<std::string> categories;
  for (const std::string& c : o.categories) categories.push_back(column_name(first, c));
  if (p.classes) categories.push_back(p.target);
  for (const std::string& c : o.ignore) p.left_out.push_back(column_name(first, c));
  if (!o.id.empty()) {
    p.left_out.push_back(p.id = column_name(first, o.id));
    categories.push_back(p.id);
  }
  WICK_CHECK_TYPE(ValueError, std::find(p.left_out.begin(), p.left_out.end(), p.target) == p.left_out.end(), "train table: column \"", p.target, "\" cannot be the target and be left out");
  p.table = data::Table::read(o.file, reading.categories(categories));
  if (p.classes) {
    const size_t n = p.table.column(p.target).categories.size();
    WICK_CHECK_TYPE(ValueError, n > 1, "train table: the target, column \"", p.target, "\", has only one class: two are needed to tell apart");
    WICK_CHECK_TYPE(ValueError, n * 2 <= p.table.rows(), "train table: the target, column \"", p.target, "\", has ", n, " different values in ", p.table.rows(),
                    " rows: these are no classes", target.kind == Kind::kNumber ? "; --task regression" : "");
  }
  return p;
}

void describe(Task& t, const Prepared& p, const TableRunOptions& o, size_t training, size_t validation, const data::TableEncoding& e) {
  size_t numbers = 0, categories = 0, missing = 0;
  std::string unlike;
  for (const auto& f : e.features) {
    ++(f.kind == Kind::kNumber ? numbers : categories);
    missing += p.table.column(f.name).missing;
    // A text that differs in every row says nothing about other rows.
    if (f.kind == Kind::kCategory && f.categories.size() > 20 && f.categories.size() > training * 9 / 10) unlike += (unlike.empty() ? "" : ", ") + f.name;
  }
  const std::string parts = str(thousands(static_cast<int64_t>(training)), " train, ", thousands(static_cast<int64_t>(validation)), " val");
  const std::string columns = str(numbers, numbers == 1 ? " number" : " numbers", ", ", categories, categories == 1 ? " category" : " categories", missing ? str(", ", thousands(static_cast<int64_t>(missing)), " values missing") : std::string());
  t.header = {str(thousands(static_cast<int64_t>(p.table.rows())), " rows (", parts, "), ", e.features.size(), " columns (", columns, "), ", o.file)};
  std::string what = "target " + p.target + ": ";
  if (p.classes) {
    const Column& c = p.table.column(p.target);
    std::vector<int64_t> n(c.categories.size());
    for (const int64_t k : c.codes)
      if (k >= 0) ++n[static_cast<size_t>(k)];
    what += str(n.size(), " classes (");
    for (size_t k = 0; k < n.size() && k < 8; ++k) what += str(k ? ", " : "", c.categories[k], " ", n[k]);
    what += n.size() > 8 ? ", …)" : ")";
  } else {
    what += str("a number, mean ", number_text(t.target_mean), ", deviation ", number_text(t.target_deviation));
  }
  t.header.push_back(what);
  if (!unlike.empty()) t.header.push_back("note: " + unlike + " differs in nearly every row; --ignore leaves it out");
  t.facts = {{"file", o.file}, {"rows", parts + str(", seed ", o.seed)}, {"columns", columns}, {"target", what.substr(7)}};
  if (!p.left_out.empty()) {
    std::string names;
    for (const std::string& n : p.left_out) names += (names.empty() ? "" : ", ") + n;
    t.facts.emplace_back("left out", names);
  }
}

}  // namespace

int train_table(const TableRunOptions& options) {
  TableRunOptions o = options;
  const Prepared p = [&] {
    const Busy busy(o, "reading " + o.file);
    return prepare(o);
  }();
  const bool large = p.table.rows() >= 5000;
  if (o.hidden.empty()) o.hidden = large ? std::vector<int64_t>{256, 128} : std::vector<int64_t>{64, 64};
  if (o.batch_size == 0) o.batch_size = large ? 256 : 32;
  const auto [training, validation] = data::TableDataset::split(p.table, data::TableDatasetOptions(p.target).leave_out(p.left_out), o.val, o.seed);
  const data::TableEncoding& e = training.encoding();
  std::vector<size_t> held = data::random_split(p.table.rows(), {1 - o.val, o.val}, make_generator(o.seed))[1];  // the rows of `validation`
  std::sort(held.begin(), held.end());
  std::vector<int64_t> categories;
  for (const auto& f : e.features) categories.push_back(static_cast<int64_t>(f.categories.size()));

  Task t;
  t.name = "table";
  t.unit = "rows";
  t.classes = p.classes ? e.classes : std::vector<std::string>();
  t.settings = {{"task", "table"}, {"network", {{"kind", "rows"}, {"categories", categories}, {"hidden", o.hidden}, {"dropout", o.dropout}, {"outputs", p.classes ? t.classes.size() : 1}}},
                {"classes", t.classes}, {"encoding", encoding_to_json(e)}, {"header", !o.no_header}, {"id", p.id}, {"data", std::filesystem::absolute(o.file).string()}, {"val", o.val}, {"seed", o.seed}};
  if (!p.classes) {
    t.target_mean = training.targets().mean().item<double>();
    if (const double d = training.targets().to(kDouble).std(false).item<double>(); d > 0) t.target_deviation = d;
    t.units = p.target.find_first_not_of("0123456789") == std::string::npos ? "column " + p.target : p.target;
    t.settings["units"] = t.units;
    t.settings["target_mean"] = t.target_mean;
    t.settings["target_deviation"] = t.target_deviation;
  }
  t.fixed = str(" --target ", p.target, " --task ", p.classes ? "classification" : "regression", " --val ", o.val, " --dropout ", o.dropout, " --hidden ");
  for (size_t i = 0; i < o.hidden.size(); ++i) t.fixed += str(i ? "," : "", o.hidden[i]);
  t.mark = " columns";
  for (const auto& f : e.features) t.mark += " " + f.name;
  t.training = t.plain_training = in_memory(training.features(), training.targets());
  const Column* id = p.id.empty() ? nullptr : &p.table.column(p.id);
  t.held_out = {"val", in_memory(validation.features(), validation.targets()), [&p, id, held](size_t i) { return row_name(p.table, id, held[i]); }, {}};
  std::vector<size_t> learnt;  // the rows of `training`
  for (size_t i = 0, k = 0; i < p.table.rows(); ++i)
    if (k < held.size() && held[k] == i) ++k;
    else learnt.push_back(i);
  const std::vector<std::vector<size_t>> rows{learnt, held};
  t.look.check = [&p, rows](const train::DataCheckOptions& how) { return train::check_table(p.table, p.target, p.left_out, {"train", "val"}, rows, how); };
  t.look.title = [&p, id, rows](size_t part, size_t i) { return row_name(p.table, id, rows[part][i]); };
  t.look.label = [&p, rows](size_t part, size_t i) {
    const Column& c = p.table.column(p.target);
    return c.kind == Kind::kNumber ? number_text(c.numbers[rows[part][i]]) : c.categories[static_cast<size_t>(c.codes[rows[part][i]])];
  };
  t.weight_decay = 0.01;
  describe(t, p, o, *training.size(), *validation.size(), e);
  return run(std::move(t), o);
}

Json encoding_to_json(const data::TableEncoding& e) {
  Json features = Json::array();
  for (const auto& f : e.features) {
    if (f.kind == Kind::kNumber) features.push_back({{"name", f.name}, {"mean", f.mean}, {"deviation", f.stddev}});
    else features.push_back({{"name", f.name}, {"categories", f.categories}});
  }
  return {{"target", e.target}, {"features", features}, {"classes", e.classes}, {"target_is_number", e.target_kind == Kind::kNumber}};
}

data::TableEncoding encoding_from_json(const Json& j) {
  data::TableEncoding e;
  e.target = j.at("target");
  e.classes = j.at("classes").get<std::vector<std::string>>();
  e.target_kind = j.at("target_is_number").get<bool>() ? Kind::kNumber : Kind::kCategory;
  for (const Json& f : j.at("features")) {
    data::TableEncoding::Feature feature;
    feature.name = f.at("name");
    if (f.contains("categories")) {
      feature.kind = Kind::kCategory;
      feature.categories = f.at("categories").get<std::vector<std::string>>();
    } else {
      feature.mean = f.at("mean");
      feature.stddev = f.at("deviation");
    }
    e.features.push_back(std::move(feature));
  }
  return e;
}

data::Table read_rows(const std::string& who, const std::string& file, const Json& settings, bool with_target) {
  const data::TableEncoding e = encoding_from_json(settings.at("encoding"));
  data::TableOptions reading;
  if (!settings.at("header").get<bool>()) reading.header(false);
  const data::Table first = data::Table::read(file, reading);
  std::vector<std::string> categories, numbers, missing;
  const auto sort_in = [&](const std::string& name, bool number, bool needed) {
    if (has_column(first, name)) (number ? numbers : categories).push_back(name);
    else if (needed) missing.push_back(name);
  };
  for (const auto& f : e.features) sort_in(f.name, f.kind == Kind::kNumber, true);
  if (with_target) sort_in(e.target, e.target_kind == Kind::kNumber, true);
  if (const std::string id = settings.at("id"); !id.empty()) sort_in(id, false, false);
  std::string lacks, has;
  for (const std::string& n : missing) lacks += (lacks.empty() ? "" : ", ") + n;
  for (const Column& c : first.columns()) has += (has.empty() ? "" : ", ") + c.name;
  WICK_CHECK_TYPE(ValueError, missing.empty(), who, ": ", file, " lacks columns that the network was trained with: ", lacks, "\n  it has: ", has);
  return data::Table::read(file, reading.categories(categories).numbers(numbers));
}

}  // namespace wick::cli
