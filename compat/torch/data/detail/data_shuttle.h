// Jobs to threads, results back.
#pragma once

#include <torch/data/detail/queue.h>

namespace torch::data::detail {

/// `pop_result` waits for a result while jobs are under way; none when there are none. `drain` forgets jobs and waits for what was begun.
template <class Job, class Result>
class DataShuttle {
 public:
  void push_job(Job job) {
    jobs_.push(std::move(job));
    ++under_way_;
  }
  void push_result(Result result) { results_.push(std::move(result)); }
  Job pop_job() { return jobs_.pop(); }
  std::optional<Result> pop_result(std::optional<std::chrono::milliseconds> timeout = std::nullopt) {
    if (under_way_ == 0) return std::nullopt;
    std::optional<Result> result = results_.pop(timeout);
    --under_way_;
    return result;
  }
  void drain() {
    under_way_ -= jobs_.clear();
    while (pop_result()) {}
  }
  size_t in_flight_jobs() const noexcept { return under_way_; }

 private:
  Queue<Job> jobs_;
  Queue<Result> results_;
  size_t under_way_ = 0;
};

}  // namespace torch::data::detail
