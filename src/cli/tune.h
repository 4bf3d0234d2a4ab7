// wick tune: a command run with many settings, to find good ones.
#pragma once

#include <string>
#include <vector>

#include <wick/train/tune.h>

#include "cli/network.h"

namespace wick::cli {

struct TuneRunOptions {
  std::string file, out;
  int64_t trials = 0;  // 0: what the file says
  int parallel = 0;
  bool quiet = false, json = false;
};

// What the file asks for.
struct TunePlan {
  std::string name;                  // of the file, without folder and end
  std::vector<std::string> command;  // with {setting} where values go
  std::string metric;                // a key of the JSON objects that the command prints
  bool best = false;                 // a trial's value is its best report, not its last
  int parallel = 1;
  train::SearchSpace space;
  train::TuneOptions options;
};
// Errors: ValueError that names the key and says what may stand there.
TunePlan read_plan(const std::string& file);
// The command of a trial, and its settings in one line.
std::vector<std::string> command_of(const TunePlan& plan, const train::TrialRecord& trial);
std::string settings_text(const train::TrialRecord& trial);

// DIR/tune.html: values over time, what matters, all trials.
void write_tune_page(const std::string& dir, const TunePlan& plan, const train::Study& study);

int tune(const TuneRunOptions& options);

}  // namespace wick::cli
