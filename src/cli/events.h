// The event files of a run, for TensorBoard; nothing in builds without them.
#pragma once

#include <memory>
#include <string>

#include <wick/train/trainer.h>

#include "cli/run.h"
#include "cli/scores.h"

namespace wick::cli {

// Steps, epochs and weights are logged by `callback` (null where there is nothing to do); at the beginning of a fit also what there is to see: some of the pictures that
// are held out, the network's graph, the options. Nothing here ends a run.
class Events {
 public:
  Events(std::string dir, const Task& task, const RunOptions& options, const Network& network);
  ~Events();
  std::shared_ptr<train::Callback> callback() const;
  // Confusions and hyperparameters with what they led to.
  void finish(const Scores& held);

 private:
  class Board;
  std::string dir_;
  const Task& task_;
  const RunOptions& o_;
  std::shared_ptr<Board> board_;
};

}  // namespace wick::cli
