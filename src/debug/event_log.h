// The events of one thread: written without locks, allocations or copies, read while they are written.
#pragma once

#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "autograd/record.h"
#include "core/watch.h"
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
  // Known when it begins.
  const char* name;          // of an op: as its node's; kept elsewhere
  const Raw* parent;
  const int64_t* shapes;     // how many tensors, then of each its dimensions and their sizes; or null
  uint64_t begin;
  int64_t number;            // of the event in its log
  int32_t module;            // number of its path
  watch::Kind kind;
  uint8_t tensors;           // inputs
  bool step;                 // of backward: `node` and `sequence` are known when it begins
  // Known when it has ended, which `end` tells other threads.
  bool failed;
  int32_t allocations;
  const void* node;
  int64_t sequence, flops, moved, allocated, freed;
  std::atomic<uint64_t> end;
};

// Values in pieces of memory that stay where they are, and are used again after `rewind`.
template <class T>
class Pieces {
 public:
  struct Piece {
    std::atomic<Piece*> after;
    size_t n;
    T values[1];
  };
  Pieces() = default;
  Pieces(const Pieces&) = delete;
  ~Pieces();
  // Room for `n` values beside each other, as the memory was.
  T* take(size_t n) {
    if (static_cast<size_t>(limit_ - next_) < n) [[unlikely]] grow(n);
    T* p = next_;
    next_ += n;
    return p;
  }
  void rewind() { last_ = nullptr, next_ = limit_ = nullptr; }
  const Piece* first() const { return first_.load(std::memory_order_acquire); }

 private:
  void grow(size_t n);
  std::atomic<Piece*> first_{nullptr};
  Piece* last_ = nullptr;
  T *next_ = nullptr, *limit_ = nullptr;
};

class Log {
 public:
  explicit Log(int64_t thread) : thread(thread) {}

  // By the thread itself. A new `span` of the session begins with an empty log; what was under way is forgotten.
  void enter(uint64_t span);
  Raw* add() { return events_.take(1); }
  // Others see it from now on.
  void publish(Raw* r) {
    r->number = count_.load(std::memory_order_relaxed);
    count_.store(r->number + 1, std::memory_order_release);
  }
  const char* keep(const char* name);
  int module(ModulePaths& paths, int parent, const watch::Event& event);
  int64_t* shapes(size_t n) { return shapes_.take(n); }
  uint64_t span() const { return span_.load(std::memory_order_acquire); }

  // By any thread: those that were published.
  template <class F> void each(F&& f) const {
    size_t left = size();
    for (auto* p = events_.first(); left > 0; p = p->after.load(std::memory_order_acquire))
      for (size_t i = 0; i < p->n && left > 0; ++i, --left) f(p->values[i]);
  }
  size_t size() const { return static_cast<size_t>(count_.load(std::memory_order_acquire)); }

  struct Frame { Raw* event; int32_t module; };  // null for one that is not kept
  std::vector<Frame> open;   // what is under way, innermost last
  const int64_t thread;
  int64_t granted = 0;       // events that it may keep without asking
  std::atomic<int64_t> dropped{0}, outside_allocated{0}, outside_freed{0};

 private:
  std::atomic<uint64_t> span_{0};
  std::atomic<int64_t> count_{0};
  Pieces<Raw> events_;
  Pieces<int64_t> shapes_;
  std::unordered_set<std::string> names_;
  const char* recent_[256] = {};
  struct Called { int parent = -1, number = 0; const void* what = nullptr; std::string name; };
  std::unique_ptr<Called[]> called_{new Called[128]};
};

}  // namespace wick::debug
