// Queues between threads, as libtorch's loaders are made of; Wick's own are made of wick::data::detail::WorkerPool.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

#include <c10/util/Exception.h>

namespace torch::data::detail {

/// First in, first out. `pop` waits for an element, as long as `timeout` says (then it throws); `clear` says how many there were.
template <class T>
class Queue {
 public:
  void push(T value) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      values_.push_back(std::move(value));
    }
    filled_.notify_one();
  }
  T pop(std::optional<std::chrono::milliseconds> timeout = std::nullopt) {
    std::unique_lock<std::mutex> lock(mutex_);
    const auto there = [this] { return !values_.empty(); };
    if (!timeout) filled_.wait(lock, there);
    else TORCH_CHECK(filled_.wait_for(lock, *timeout, there), "Timeout in DataLoader queue while waiting for next batch (timeout was ", timeout->count(), " ms)");
    T value = std::move(values_.front());
    values_.pop_front();
    return value;
  }
  size_t clear() {
    std::lock_guard<std::mutex> lock(mutex_);
    const size_t n = values_.size();
    values_.clear();
    return n;
  }

 private:
  std::deque<T> values_;
  std::mutex mutex_;
  std::condition_variable filled_;
};

}  // namespace torch::data::detail
