// For threads that work beside others, such as those that make batches.
#pragma once

#include <cstdint>
#include <optional>

#include <wick/core/generator.h>

namespace wick {

// Ops of this thread use as many threads, from now on, whatever set_num_threads says: this one alone, or a share.
void run_ops_with(int threads);
inline void run_ops_in_this_thread() { run_ops_with(1); }

// While it lives, `default_generator()` of this thread is one of its own with this seed (made when it is first asked for), so that what is drawn
// depends on no other thread and the default generator stays as it is. No seed: nothing changes.
class ThreadGenerator {
 public:
  explicit ThreadGenerator(std::optional<uint64_t> seed);
  ~ThreadGenerator();
  ThreadGenerator(const ThreadGenerator&) = delete;
  ThreadGenerator& operator=(const ThreadGenerator&) = delete;
  const Generator& get();
  // Whether it was asked for.
  bool used() const { return generator_.defined(); }

 private:
  std::optional<uint64_t> seed_;
  Generator generator_;
  ThreadGenerator* outer_ = nullptr;
};

}  // namespace wick
