#include <algorithm>
#include <cstdio>

#include <wick/core/str.h>
#include <wick/data.h>

#include "cli/digits.h"
#include "cli/pictures.h"
#include "cli/scores.h"
#include "cli/table.h"
#ifdef WICK_WITH_TEXT
#include "cli/text_train.h"
#endif
#include "cli/use.h"

namespace wick::cli {
namespace {

// The examples to evaluate on: those given, or those that the run kept apart.
HeldOut examples(const Saved& run, const UseOptions& o) {
  const std::string task = run.settings.at("task");
  const std::string given = o.files.empty() ? "" : o.files[0], data = given.empty() ? run.settings.value("data", std::string()) : given;
  WICK_CHECK_TYPE(ValueError, task == "images" || o.part.empty() || ((task == "table" || task == "text") && o.part != "test"), "eval: a run of ", task, " has no part \"", o.part, "\"");
  WICK_CHECK_TYPE(ValueError, task != "digits" || given.empty(), "eval: the digits are embedded: leave out ", given);
  if (task == "digits" || task == "mnist") return digits_held_out(task, data);
  if (task == "images") {
    const auto p = run.settings.at("pictures").get<Preparation>();
    if (!given.empty()) {
      const vision::ImageFolder folder = read_part("eval", given, o.part, o.skip_bad);
      return picture_held_out(given, folder, run.classes(), p);
    }
    const PictureSets sets = read_sets("eval", data, run.settings.at("val"), run.settings.at("seed"), true);
    const bool test = o.part.empty() ? sets.test.has_value() : o.part == "test";
    WICK_CHECK(!test || sets.test, "eval: no folder ", data, "/test");
    return picture_held_out(test ? "test" : o.part == "train" ? "train" : "val", test ? *sets.test : o.part == "train" ? sets.training : sets.validation, run.classes(), p);
  }
#ifdef WICK_WITH_TEXT
  if (task == "text") return text_held_out(run, given, o.part);
#endif
  WICK_CHECK(task == "table", "eval: the run is of a task that this version does not know: ", task);
  const data::Table table = read_rows("eval", data, run.settings, true);
  const data::TableDataset all(table, encoding_from_json(run.settings.at("encoding")));
  if (!given.empty()) return {given, in_memory(all.features(), all.targets()), {}, {}};
  const double val = run.settings.at("val");
  std::vector<size_t> rows = data::random_split(table.rows(), {1 - val, val}, make_generator(run.settings.at("seed").get<uint64_t>()))[o.part == "train" ? 0 : 1];
  const Tensor pick = empty({static_cast<int64_t>(rows.size())}, kLong);
  std::copy(rows.begin(), rows.end(), pick.data_ptr<int64_t>());
  return {o.part == "train" ? "train" : "val", in_memory(all.features().index_select(0, pick), all.targets().index_select(0, pick)), {}, {}};
}

int evaluate(const Saved& run, const UseOptions& o) {
  const HeldOut held = examples(run, o);
  const std::vector<std::string> names = run.classes();
  const bool classes = !names.empty();
  const auto [out, y] = outputs_of(run.network, held.source, 2, classes, run.settings.value("target_mean", 0.0), run.settings.value("target_deviation", 1.0));
  const Scores s = score(out, y, classes);
  if (o.json) {
    Json j{{"data", held.name}};
    j.update(to_json(s, classes));
    if (classes) {
      j["classes"] = names;
      j["precision"] = s.precision;
      j["recall"] = s.recall;
      const auto n = static_cast<int64_t>(names.size());
      for (int64_t r = 0; r < n; ++r) j["confusion"].push_back(std::vector<int64_t>(s.confusion.data_ptr<int64_t>() + r * n, s.confusion.data_ptr<int64_t>() + (r + 1) * n));
    }
    std::printf("%s\n", j.dump().c_str());
    return 0;
  }
  if (o.quiet) {
    std::printf("%.4f\n", classes ? s.accuracy : s.mae);
    return 0;
  }
  std::printf("%s\n", summary_line(held.name, s, classes, run.settings.value("units", std::string())).c_str());
  if (!classes) return 0;
  std::printf("%s", confusion_table(names, s.confusion).c_str());
  std::printf("\n%9s %9s  class\n", "precision", "recall");
  for (size_t c = 0; c < names.size(); ++c) std::printf("%7.1f %% %7.1f %%  %s\n", 100 * s.precision[c], 100 * s.recall[c], names[c].c_str());
  return 0;
}

}  // namespace

int evaluate(const UseOptions& o) {
  if (o.threads > 0) set_num_threads(o.threads);
  const Saved run = load_run(o.run);
  return with_settings(run, [&] { return evaluate(run, o); });
}

}  // namespace wick::cli
