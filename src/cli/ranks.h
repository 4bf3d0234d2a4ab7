// The processes in which a `wick train` runs: one, or those that `wick launch` or mpirun started.
#pragma once

#include <string>
#include <vector>

#include <wick/dist.h>

#include "cli/run.h"

namespace wick::cli {

// Joins the other processes, if there are some, for as long as it lives.
class Job {
 public:
  explicit Job(const RunOptions& options);
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  int rank = 0, ranks = 1;
  distributed::Group group;  // null: one process
  bool first() const { return rank == 0; }
  // Of each step: this process's examples. Errors: --global-batch, and the ranks do not divide it.
  int64_t batch() const { return batch_; }
  // What the learning rate is multiplied with.
  double rate() const { return rate_; }
  std::string text() const;  // for the header

  // Rank 0's text; the highest number of all; parts of a list (not shorter than the ranks are many), and the rows that all ranks have of
  // theirs, whose numbers differ by one at most.
  std::string from_first(const std::string& own) const;
  int64_t highest(int64_t own) const;
  Source part(const Source& whole) const;
  Tensor gathered(const Tensor& rows) const;
  void same(const nn::Module& module) const;  // rank 0's parameters and buffers

 private:
  void share_threads(const RunOptions& options) const;
  const RunOptions& o_;
  int64_t batch_ = 0;
  double rate_ = 1;
};

}  // namespace wick::cli
