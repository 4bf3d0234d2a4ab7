#include <filesystem>
#include <fstream>
#include <sstream>

#include <wick/core/str.h>

#include "cli/tune.h"

namespace wick::cli {

using train::to_string;

namespace {

// Reads keys, and complains about those that nobody knows.
struct Keys {
  Keys(const Json& j, std::string where, std::vector<std::string> known) : j(j), where(std::move(where)) {
    WICK_CHECK_TYPE(ValueError, j.is_object(), this->where, ": expected an object {…}");
    std::string names;
    for (const auto& k : known) names += (names.empty() ? "" : ", ") + k;
    for (const auto& [key, value] : j.items())
      WICK_CHECK_TYPE(ValueError, std::find(known.begin(), known.end(), key) != known.end(), this->where, ": unknown key '", key, "'; there are ", names);
  }
  bool has(const char* key) const { return j.contains(key); }
  template <class T>
  T get(const char* key, const char* kind, T missing) const {
    if (!has(key)) return missing;
    try {
      return j.at(key).get<T>();
    } catch (const Json::exception&) {
      throw ValueError(str(where, ": '", key, "' must be ", kind, ", got ", j.at(key).dump()));
    }
  }
  std::string one_of(const char* key, const std::vector<std::string>& names) const {
    const std::string value = get<std::string>(key, "a name", names[0]);
    std::string all;
    for (const auto& n : names) all += (all.empty() ? "" : ", ") + n;
    WICK_CHECK_TYPE(ValueError, std::find(names.begin(), names.end(), value) != names.end(), where, ": '", key, "' must be one of ", all, ", got '", value, "'");
    return value;
  }
  const Json& j;
  std::string where;
};

train::ParamValue value_of(const Json& j, const std::string& where) {
  if (j.is_number_integer()) return j.get<int64_t>();
  if (j.is_number()) return j.get<double>();
  if (j.is_boolean()) return std::string(j.get<bool>() ? "true" : "false");
  WICK_CHECK_TYPE(ValueError, j.is_string(), where, ": choices are numbers, names, true or false, got ", j.dump());
  return j.get<std::string>();
}
// [a, b, …]: choices; {"real": [low, high], "log": true, "step": s}; {"integer": [low, high], …}.
void add_setting(train::SearchSpace& space, const std::string& name, const Json& j, const std::string& where) {
  if (j.is_array()) {
    std::vector<train::ParamValue> choices;
    for (const Json& c : j) choices.push_back(value_of(c, where));
    space.choice(name, std::move(choices));
    return;
  }
  const Keys keys(j, where, {"real", "integer", "log", "step"});
  WICK_CHECK_TYPE(ValueError, keys.has("real") != keys.has("integer"), where, R"(: expected [choices], {"real": [low, high]} or {"integer": [low, high]}, got )", j.dump());
  const bool log = keys.get("log", "true or false", false);
  if (keys.has("real")) {
    const auto ends = keys.get<std::vector<double>>("real", "[low, high]", {});
    WICK_CHECK_TYPE(ValueError, ends.size() == 2, where, ": 'real' must be [low, high]");
    space.real(name, ends[0], ends[1], log, keys.get("step", "a number", 0.0));
  } else {
    const auto ends = keys.get<std::vector<int64_t>>("integer", "[low, high] of whole numbers", {});
    WICK_CHECK_TYPE(ValueError, ends.size() == 2, where, ": 'integer' must be [low, high]");
    space.integer(name, ends[0], ends[1], log, keys.get<int64_t>("step", "a whole number", 1));
  }
}

std::vector<std::string> words(const Json& j, const std::string& where) {
  std::vector<std::string> command;
  if (j.is_string()) {
    std::istringstream in(j.get<std::string>());
    for (std::string word; in >> word;) command.push_back(word);
  } else {
    WICK_CHECK_TYPE(ValueError, j.is_array(), where, ": 'command' must be a text or a list of texts");
    for (const Json& w : j) command.push_back(w.is_string() ? w.get<std::string>() : w.dump());
  }
  WICK_CHECK_TYPE(ValueError, !command.empty(), where, ": 'command' is empty");
  return command;
}

void read_stop(train::TuneOptions& o, const Json& j, const std::string& where) {
  const Keys keys(j, where, {"method", "min", "max", "factor"});
  const std::string method = keys.one_of("method", {"halving", "hyperband"});
  o.pruning(method == "halving" ? train::Pruning::halving : train::Pruning::hyperband);
  o.min_steps(keys.get<int64_t>("min", "a whole number", o.min_steps())).max_steps(keys.get<int64_t>("max", "a whole number", o.max_steps()));
  o.reduction(keys.get<int64_t>("factor", "a whole number", o.reduction()));
}

bool grows_better(const std::string& metric) {
  for (const char* good : {"accuracy", "acc", "auc", "f1", "r2", "precision", "recall", "score", "iou", "bleu"})
    if (metric.find(good) != std::string::npos) return true;
  return false;
}

}  // namespace

TunePlan read_plan(const std::string& file) {
  std::ifstream in(file);
  WICK_CHECK_TYPE(ValueError, in, "tune: cannot read ", file);
  Json j;
  try {
    j = Json::parse(in, nullptr, true, true);  // comments are allowed
  } catch (const Json::exception& e) {
    throw ValueError(str("tune: ", file, " is no JSON: ", e.what()));
  }
  const std::string where = "tune: " + file;
  const Keys keys(j, where, {"command", "params", "metric", "goal", "value", "search", "trials", "grid_points", "startup", "seed", "parallel", "stop"});
  for (const char* key : {"command", "params", "metric"}) WICK_CHECK_TYPE(ValueError, keys.has(key), where, ": '", key, "' is missing");
  TunePlan plan;
  plan.name = std::filesystem::path(file).stem().string();
  plan.command = words(j["command"], where);
  plan.metric = keys.get<std::string>("metric", "a name", "");
  plan.best = keys.one_of("value", {"last", "best"}) == "best";
  plan.parallel = keys.get("parallel", "a whole number", 1);
  WICK_CHECK_TYPE(ValueError, plan.parallel >= 1 && plan.parallel <= 1024, where, ": 'parallel' must be 1 to 1024, got ", plan.parallel);
  WICK_CHECK_TYPE(ValueError, j["params"].is_object() && !j["params"].empty(), where, ": 'params' must name settings");
  for (const auto& [name, setting] : j["params"].items()) add_setting(plan.space, name, setting, str(where, ": '", name, "'"));
  train::TuneOptions& o = plan.options;
  const std::string goal = keys.has("goal") ? keys.one_of("goal", {"min", "max"}) : grows_better(plan.metric) ? "max" : "min", search = keys.one_of("search", {"tpe", "random", "latin", "grid"});
  o.maximize(goal == "max").search(search == "tpe" ? train::Search::tpe : search == "random" ? train::Search::random : search == "latin" ? train::Search::latin : train::Search::grid);
  o.trials(keys.get<int64_t>("trials", "a whole number", o.trials())).grid_points(keys.get<int64_t>("grid_points", "a whole number", o.grid_points()));
  o.startup_trials(keys.get<int64_t>("startup", "a whole number", o.startup_trials())).seed(keys.get<uint64_t>("seed", "a whole number", o.seed()));
  if (keys.has("stop")) read_stop(o, j["stop"], where + ": 'stop'");
  command_of(plan, [&] {
    train::TrialRecord first;
    for (const auto& r : plan.space.ranges()) first.params.emplace_back(r.name, r.at(0));
    return first;
  }());
  return plan;
}

// Settings that the command does not name follow it as --name value.
std::vector<std::string> command_of(const TunePlan& plan, const train::TrialRecord& trial) {
  std::vector<std::string> command;
  std::vector<bool> used(trial.params.size());
  for (const std::string& word : plan.command) {
    std::string out;
    for (size_t at = 0; at < word.size();) {
      const size_t end = word[at] == '{' ? word.find('}', at) : std::string::npos;
      if (end == std::string::npos) {
        out += word[at++];
        continue;
      }
      const std::string name = word.substr(at + 1, end - at - 1);
      size_t i = 0;
      while (i < trial.params.size() && trial.params[i].first != name) ++i;
      WICK_CHECK_TYPE(ValueError, i < trial.params.size(), "tune: 'command' has {", name, "}, which 'params' does not name");
      used[i] = true;
      out += to_string(trial.params[i].second);
      at = end + 1;
    }
    command.push_back(out);
  }
  for (size_t i = 0; i < used.size(); ++i)
    if (!used[i]) {
      command.push_back("--" + trial.params[i].first);
      command.push_back(to_string(trial.params[i].second));
    }
  return command;
}
std::string settings_text(const train::TrialRecord& trial) {
  std::string s;
  for (const auto& [name, value] : trial.params) s += (s.empty() ? "" : "  ") + name + " " + to_string(value);
  return s;
}

}  // namespace wick::cli
