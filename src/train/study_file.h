// Trials in an SQLite file, which several processes may use at once.
#pragma once

#include <map>
#include <memory>

#include <wick/train/tune.h>

namespace wick::train {

// Where a study keeps its trials. Every call is one transaction.
class StudyStore {
 public:
  virtual ~StudyStore() = default;
  // What was kept under the keys before, or, in a new store, the values given, which are kept.
  virtual std::map<std::string, std::string> settle(const std::map<std::string, std::string>& settings) = 0;
  // A trial for this process: one that an ended process has left, or a new one, if there are fewer than `most`, with what `make` gives for its number and all others.
  virtual std::optional<TrialRecord> claim(int64_t most, const std::function<TrialRecord(int64_t, const std::vector<TrialRecord>&)>& make) = 0;
  virtual void report(int64_t number, int64_t step, double value) = 0;
  virtual void finish(const TrialRecord& record) = 0;
  virtual std::vector<TrialRecord> all() = 0;
};

std::unique_ptr<StudyStore> study_in_memory();
// Errors: Error when it cannot be opened, is no such file, or stays locked for a minute.
std::unique_ptr<StudyStore> study_file(const std::string& path);

}  // namespace wick::train
