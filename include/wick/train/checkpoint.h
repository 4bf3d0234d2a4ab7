// Checkpointer: states in files, kept by number and by metric, written while training goes on.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <wick/nn/arg.h>
#include <wick/train/state.h>

namespace wick {
namespace train {
inline namespace v1 {

/// Which checkpoints stay: the newest `keep_last` (at least 1), and the `keep_best` with the highest metric, or the lowest with
/// `smaller_is_better`. With `background` they are written by another thread.
struct CheckpointerOptions {
  WICK_ARG(int64_t, keep_last) = 2;
  WICK_ARG(int64_t, keep_best) = 0;
  WICK_ARG(bool, smaller_is_better) = false;
  WICK_ARG(bool, background) = true;
};

/// Saves a state again and again in the files `checkpoint-<step>.safetensors` of a folder, which it makes and locks against others. Each
/// file is there whole or not at all, whenever the process is killed. A loop that goes on where it was stopped:
///
///     train::Checkpointer checkpoints("runs/1", state);
///     checkpoints.resume();
///     while (epoch < 10) {
///       for (auto& batch : *loader) {
///         ...
///         if (++step % 100 == 0) checkpoints.save(step);
///       }
///       ++epoch;
///       checkpoints.save(step, accuracy);
///     }
///     checkpoints.flush();
///
/// Save after a step is complete, and count the epoch before saving at its end. `state` must outlive the checkpointer.
/// Errors: another checkpointer is at work in the folder.
class Checkpointer {
 public:
  Checkpointer(std::string folder, State& state, CheckpointerOptions options = {});
  /// Waits for the writer; a warning tells what went wrong.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Copies the state and has it written (the copy lives until the next call); waits first if the one before is still being written. Errors: what writing the one before met
  /// (nothing is saved then), and without `background` this one.
  void save(int64_t step, std::optional<double> metric = std::nullopt);
  /// Waits until all is on the disk. Errors: what writing met.
  void flush();

  /// Loads the newest whole checkpoint, and returns whether there is one. A warning names those that are not whole. Errors: a checkpoint
  /// that does not fit the state.
  bool resume();
  /// Loads the checkpoint with the best metric, and returns whether there is one.
  bool load_best();
  /// Removes all checkpoints, to begin anew; returns how many.
  int64_t clear();

  /// The file of a step; the step and the metric of the best one.
  std::string path(int64_t step) const;
  std::optional<std::pair<int64_t, double>> best() const;
  const std::string& folder() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The newest whole checkpoint in a folder, read to its end to be sure; none if there is no such. A warning names those that are not whole.
std::optional<std::string> latest_checkpoint(const std::string& folder);

}  // namespace v1
}  // namespace train
}  // namespace wick
