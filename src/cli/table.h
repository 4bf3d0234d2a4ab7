// Rows of tables, as training, evaluation and prediction read them.
#pragma once

#include <string>
#include <vector>

#include <wick/data/table.h>

#include "cli/run.h"

namespace wick::cli {

struct TableRunOptions : RunOptions {
  std::string file, target, task, id;
  std::vector<std::string> ignore, categories;
  std::vector<int64_t> hidden;
  double val = 0.2, dropout = 0.1;
  bool no_header = false;
};
// `wick train table`.
int train_table(const TableRunOptions& options);

// How a run's rows become tensors, in its settings.
Json encoding_to_json(const data::TableEncoding& e);
data::TableEncoding encoding_from_json(const Json& j);
// A table for a run: its columns hold what they held in training. Errors: a column that the run needs is not there.
data::Table read_rows(const std::string& who, const std::string& file, const Json& settings, bool with_target);

}  // namespace wick::cli
