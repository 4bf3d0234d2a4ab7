// The search for good settings: typed ranges, methods that propose values, early ends for trials that lag behind, a file that keeps it all.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <wick/nn/arg.h>

namespace wick {
namespace train {
inline namespace v1 {

/// A value of a setting: a whole number, a number, or a name.
using ParamValue = std::variant<int64_t, double, std::string>;
std::string to_string(const ParamValue& value);

/// What may be chosen for one setting.
struct ParamRange {
  enum class Kind { real, integer, choice };
  std::string name;
  Kind kind = Kind::real;
  double low = 0, high = 1, step = 0;  // step 0: any number between; whole numbers have one of at least 1
  bool log = false;
  std::vector<ParamValue> choices;

  /// The value at `u`, which is in [0, 1), and the middle of the interval of those that give `value`. Choices share it equally.
  ParamValue at(double u) const;
  double place_of(const ParamValue& value) const;
  /// How many values there are; 0: no end of them.
  int64_t count() const;
  /// What [0, 1] stands for.
  std::pair<double, double> ends() const;
};

/// The settings that are searched, each with its range. Errors: ValueError for a name twice, low above high, a logarithmic range that reaches 0, no choices.
///     SearchSpace().real("lr", 1e-4, 1e-1, true).integer("width", 16, 256).choice("optimizer", {"sgd", "adam"})
class SearchSpace {
 public:
  /// Numbers from low to high; `log`: all orders of magnitude are equally likely; `step`: low, low + step, … only.
  SearchSpace& real(std::string name, double low, double high, bool log = false, double step = 0);
  SearchSpace& integer(std::string name, int64_t low, int64_t high, bool log = false, int64_t step = 1);
  SearchSpace& choice(std::string name, std::vector<ParamValue> choices);
  const std::vector<ParamRange>& ranges() const { return ranges_; }
  /// One line a setting.
  std::string text() const;

 private:
  SearchSpace& add(ParamRange range);
  std::vector<ParamRange> ranges_;
};

/// How values are proposed. grid: all combinations, `grid_points` of each range without an end of values, in order; random; latin: a Latin hypercube, in which each of n
/// trials has its own n-th part of every range (McKay et al. 1979); tpe: values like those of the good trials, unlike those of the others (Bergstra et al. 2011).
enum class Search : uint8_t { grid, random, latin, tpe };
/// Which trials end early. halving: a trial goes on at `min_steps`, and at `reduction` times as many steps, and so on, when it is among the best 1/reduction of those
/// that came so far (Li et al. 2020, ASHA); hyperband: trials in turn have brackets that begin to ask later (Li et al. 2018).
enum class Pruning : uint8_t { none, halving, hyperband };

/// How a search goes; each option is explained where it stands.
struct TuneOptions {
  WICK_ARG(Search, search) = Search::tpe;
  WICK_ARG(Pruning, pruning) = Pruning::none;
  WICK_ARG(int64_t, trials) = 50;          // of a grid: all its combinations
  WICK_ARG(bool, maximize) = false;
  WICK_ARG(uint64_t, seed) = 1;
  WICK_ARG(int64_t, grid_points) = 5;
  WICK_ARG(int64_t, startup_trials) = 10;  // random ones, before tpe proposes
  WICK_ARG(int64_t, min_steps) = 1;
  WICK_ARG(int64_t, max_steps) = 81;       // of hyperband: what a whole trial reports
  WICK_ARG(int64_t, reduction) = 3;
  WICK_ARG(std::string, file);             // SQLite; empty: in memory
};

/// running: by a process, or left behind by one that was ended; done, pruned, failed (its objective threw).
enum class TrialState : uint8_t { running, done, pruned, failed };

/// A trial as it is kept: its settings, what it reported, how it ended.
struct TrialRecord {
  int64_t number = 0;
  TrialState state = TrialState::running;
  std::vector<std::pair<std::string, ParamValue>> params;
  std::vector<std::pair<int64_t, double>> reports;  // step, value
  double value = 0;                                 // when done; of a pruned one the last report
  double seconds = 0;
  std::string error;                                // when failed
};

class Study;

/// A trial under way.
class Trial {
 public:
  int64_t number() const { return record_.number; }
  /// The settings. Errors: IndexError for an unknown name, TypeError for another kind.
  double real(const std::string& name) const;
  int64_t integer(const std::string& name) const;
  const std::string& choice(const std::string& name) const;
  const TrialRecord& record() const { return record_; }
  /// Tells the value reached after `step` (from 1). False: the trial lags behind; the objective then returns what it has, and the trial counts as pruned.
  bool report(int64_t step, double value);

 private:
  friend class Study;
  const ParamValue& find(const std::string& name) const;
  Study* study_ = nullptr;
  TrialRecord record_;
  bool stops_ = false;
};

/// A search: proposes trials, keeps what they gave. With a file it goes on where it was left, and several processes share one. Errors: ValueError when the file is of
/// another search (the first difference is named); Error when the file cannot be used, or SQLite is not there.
class Study {
 public:
  Study(SearchSpace space, const TuneOptions& options = {});
  ~Study();
  Study(const Study&) = delete;
  Study& operator=(const Study&) = delete;

  /// The next trial; those that an ended process left behind come first, with their settings. False: there are as many as wanted.
  bool ask(Trial& trial);
  /// Ends a trial: with its value, or (not a number) as failed.
  void tell(Trial& trial, double value, const std::string& error = {});
  const SearchSpace& space() const;
  const TuneOptions& options() const;
  /// All trials by number; the best of those that are done.
  std::vector<TrialRecord> trials() const;
  std::optional<TrialRecord> best() const;
  /// For each setting the share of the values' variance that it explains alone: that of the means over parts of its range, less what chance would give (of ranks, not values; 0 with fewer than 12 trials).
  std::vector<double> importance() const;

 private:
  friend class Trial;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Calls `objective` with trial after trial and returns the best. An objective that throws makes its trial fail, and the search goes on; when all of the first ten
/// fail, the last error is thrown. Processes started side by side (`wick launch -n 4`) with one `file` share the trials.
///     const auto best = train::tune([&](train::Trial& t) { return loss_with(t.real("lr")); }, train::SearchSpace().real("lr", 1e-5, 1, true));
/// Errors: as of Study; Error if no trial is done.
TrialRecord tune(const std::function<double(Trial&)>& objective, const SearchSpace& space, const TuneOptions& options = {});

}  // namespace v1
}  // namespace train
}  // namespace wick
