// What a profile keeps while it looks on: for each thread a log of events, written without locks.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <wick/debug/profiler.h>

#include "core/watch.h"
#include "debug/memory_hub.h"
#include "debug/module_paths.h"

namespace wick::debug {

// Time as cheaply as it is had; differences of ticks are turned into nanoseconds at the end.
inline uint64_t ticks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<uint64_t>(t.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(t.tv_nsec);
#endif
}

struct Raw {
  const char* name;          // of an op: as its node's; kept elsewhere
  watch::Kind kind;
  bool failed = false;
  uint8_t tensors = 0;       // inputs
  int32_t parent = -1;
  int32_t module = 0;        // number of its path
  uint64_t begin, end = 0;   // ticks
  int64_t sequence = -1;
  const void* node = nullptr;
  int64_t flops = 0, moved = 0, allocated = 0, freed = 0;
  int32_t allocations = 0;
  int64_t shapes = -1;       // where they begin in Log::shapes
};

struct Log {
  int64_t thread = 0;
  std::deque<Raw> events;    // grows without moving what is there
  std::vector<int32_t> open; // the events under way, innermost last; -1 for one that is not kept
  std::vector<int64_t> shapes;
  std::unordered_set<std::string> names;
  std::vector<int32_t> modules;  // of the events under way
  Raw outside{};             // memory that no event accounts for
  const char* keep(const char* name) { return names.insert(name).first->c_str(); }
};

class Session final : public watch::Watcher, public MemoryListener, public std::enable_shared_from_this<Session> {
 public:
  explicit Session(const profiler::ProfileOptions& options);
  bool follows() const override { return options_.all_threads(); }
  void begin(const watch::Event& event) override;
  void end(const watch::Event& event, const watch::Outcome& outcome) override;
  void allocated(void* p, size_t bytes) override;
  void freed(void* p, size_t bytes) override;

  void open();    // starts to look on, in this thread
  void close();
  void clear();   // forgets what was seen
  void keep(bool on) { keeping_ = on; }
  void mark_step(int64_t step);

  struct Result {
    std::vector<profiler::FunctionEvent> events;
    int64_t dropped = 0, wall_ns = 0, outside_allocated = 0, outside_freed = 0;
    std::vector<int64_t> allocations;  // of each event
  };
  Result collect();

 private:
  Log& log();
  Raw& innermost();  // of this thread's events

  const profiler::ProfileOptions options_;
  const uint64_t number_;   // apart from all other sessions, for the cache of each thread
  std::mutex mutex_;
  std::deque<Log> logs_;
  ModulePaths paths_;
  std::atomic<bool> keeping_{true};
  std::atomic<int64_t> kept_{0}, dropped_{0};
  uint64_t begin_ticks_ = 0, end_ticks_ = 0;
  int64_t begin_ns_ = 0;
  bool opened_ = false;
  Raw elsewhere_{};  // memory of threads that are not watched
  int64_t step_ = -1;
  uint64_t step_begin_ = 0;
  std::vector<std::tuple<int64_t, uint64_t, uint64_t>> steps_;
};

}  // namespace wick::debug
