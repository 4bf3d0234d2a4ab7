// What a profile keeps while it looks on: a log of events for each thread.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include <wick/debug/profiler.h>

#include "core/watch.h"
#include "debug/event_log.h"
#include "debug/memory_hub.h"
#include "debug/module_paths.h"

namespace wick::debug {

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
  Log& log();        // of this thread, in the span that is recorded now
  Raw* innermost();  // of this thread's events, or null
  bool may_keep(Log& l);
  struct Reader;

  const profiler::ProfileOptions options_;
  const uint64_t number_;   // apart from all other sessions, for the cache of each thread
  std::mutex mutex_;
  std::deque<Log> logs_;
  ModulePaths paths_;
  std::atomic<bool> keeping_{true};
  std::atomic<int64_t> kept_{0};
  std::atomic<uint64_t> span_{1};  // a new one for each `clear`
  uint64_t begin_ticks_ = 0, end_ticks_ = 0;
  int64_t begin_ns_ = 0;
  bool opened_ = false;
  int64_t elsewhere_allocated_ = 0, elsewhere_freed_ = 0;  // memory of threads that are not watched
  int64_t step_ = -1;
  uint64_t step_begin_ = 0;
  std::vector<std::tuple<int64_t, uint64_t, uint64_t>> steps_;
};

}  // namespace wick::debug
