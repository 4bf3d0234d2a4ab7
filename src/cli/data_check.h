// Faults of the data: `wick data check`, and what every training finds out about its own.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <wick/train.h>

#include "cli/run.h"

namespace wick::cli {

// Prints what is wrong with the data of a task, and writes a page with the pairs. Returns the exit code.
int check_data(const Task& task, const RunOptions& options);

// A callback that compares the examples after the first epoch, to the last bit, if that takes at most 2 % of the time of all, and tells the doctor. All must outlive it.
std::shared_ptr<train::Callback> data_watch(const Task& task, const RunOptions& options, train::Doctor& doctor);

// Writes suspects.csv and suspects.html into the folder of a run, or removes old ones; nothing without suspects. What the doctor is to know.
std::optional<train::Signals::Fault> suspects_of(const Task& task, const train::Mislabelled& training, const train::Mislabelled& held_out, const std::string& dir);

}  // namespace wick::cli
