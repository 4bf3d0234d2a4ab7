// What a group's operations take: a clock is read before and after each.
#pragma once

#include <atomic>
#include <chrono>

#include <wick/dist/process_group.h>

namespace wick::distributed::inline v1 {

struct Counters {
  std::atomic<int64_t> operations{0}, bytes{0}, busy{0}, exposed{0};  // times in nanoseconds
  template <class Call>
  void count(const Call& call) {
    operations.fetch_add(1, std::memory_order_relaxed);
    if (call.dtype != ScalarType::Undefined) bytes.fetch_add(call.count() * static_cast<int64_t>(element_size(call.dtype)), std::memory_order_relaxed);
  }
  Traffic read() const {
    const auto seconds = [](const std::atomic<int64_t>& t) { return static_cast<double>(t.load(std::memory_order_relaxed)) * 1e-9; };
    return {operations.load(std::memory_order_relaxed), bytes.load(std::memory_order_relaxed), seconds(busy), seconds(exposed)};
  }
};

// Adds the time in which it lives.
class Counting {
 public:
  explicit Counting(std::atomic<int64_t>* to) : to_(to), start_(to ? now() : 0) {}
  ~Counting() { if (to_) to_->fetch_add(now() - start_, std::memory_order_relaxed); }
  Counting(const Counting&) = delete;
  Counting& operator=(const Counting&) = delete;

 private:
  static int64_t now() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
  std::atomic<int64_t>* to_;
  int64_t start_;
};

}  // namespace wick::distributed::inline v1
