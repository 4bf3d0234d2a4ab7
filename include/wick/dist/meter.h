// Where the time of training goes, rank by rank.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wick/dist/process_group.h>

namespace wick {
namespace distributed {
inline namespace v1 {

/// Where the time of one rank went, in seconds. `total` is all since the meter began; of its steps, `data` was waiting for batches, `exposed` waiting for other
/// ranks and for the transfers between them, `compute` the rest; `hidden` is communication that went on beside compute. What is left of `total` was no part of a
/// step: evaluation, checkpoints. `step` is the median step. `examples` is 0 where nobody counts them. `ended`: the rank could not be asked; this is what it told last.
struct RankTimes {
  int rank = 0, threads = 1;
  std::string host;
  int64_t steps = 0, examples = 0, operations = 0, bytes = 0;
  double total = 0, data = 0, compute = 0, hidden = 0, exposed = 0, step = 0;
  bool ended = false;
  double other() const { return total - data - compute - exposed; }
  /// One line of text, and back. Errors: a text that is none.
  std::string text() const;
  static RankTimes from_text(const std::string& text);
};

/// Watches this process's steps of training: two reads of a clock each. Trainers and DistributedDataParallel use the process's one, `meter()`, so a program that has
/// a loop of its own need do nothing but ask; `begin` and `step` make it count otherwise than by backward passes.
///     distributed::meter().begin();
///     for (auto& batch : *loader) { ...; distributed::meter().step(batch.data.size(0)); }
///     const auto ranks = distributed::meter().gather();
///     if (distributed::get_rank() == 0) std::cout << distributed::table(ranks);
/// With WICK_DIST_REPORT=FILE each process leaves its line in FILE.<rank> when it ends.
class Meter {
 public:
  Meter();
  ~Meter();
  Meter(const Meter&) = delete;
  Meter& operator=(const Meter&) = delete;

  /// Starts from nothing.
  void begin();
  /// A step has ended: the time since the one before, or since `resume`, was its.
  void step(int64_t examples = 0);
  /// What comes now is no part of a step, and is again.
  void pause();
  void resume();
  /// Waiting for data that no DataLoader knows of.
  void waited(double seconds);
  /// This rank's times so far.
  RankTimes read() const;
  /// Those of all ranks of the job, by rank; all ranks call it. With `alone` no other need take part: the last that each told the store, about once a second.
  std::vector<RankTimes> gather(bool alone = false);
  /// Tells the store now, for others that ask `alone`. Does not throw.
  void tell() noexcept;

 private:
  friend struct MeterPasses;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};
/// The meter of this process.
Meter& meter();

/// The times as lines of text, a rank each, with shares of the time in steps; below, who is slower than the others, by how much and why.
std::string table(const std::vector<RankTimes>& ranks);
/// Only the latter: sentences such as "rank 3 (node2) is 34 % slower: it computes 12.1 ms a step, the others 9.0 ms".
std::vector<std::string> stragglers(const std::vector<RankTimes>& ranks);

}  // namespace v1
}  // namespace distributed
}  // namespace wick
