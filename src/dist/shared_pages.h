// Memory that the processes of one machine have in common, and a meeting point in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dist/engine.h"

namespace wick::distributed {

// One per rank, on cache lines of its own. Written by that rank, but for `sleepers`.
struct alignas(128) Place {
  std::atomic<uint32_t> arrived;   // how often this rank has come to a meeting
  std::atomic<uint32_t> sleepers;  // ranks that wait for `arrived` to change
  std::atomic<uint32_t> marks[2];  // of the call that this and the last meeting belong to, in turn
};

// A segment with a place and two slots for each rank of an engine, all of which run on one machine.
class SharedPages {
 public:
  static constexpr size_t kSlot = 1 << 19;
  // Called by all ranks of `over`. Null, on all of them, where they have no memory in common.
  static std::unique_ptr<SharedPages> make(Engine& over, const Limit& limit);
  ~SharedPages();
  SharedPages(const SharedPages&) = delete;
  SharedPages& operator=(const SharedPages&) = delete;

  // Rank `rank`'s slot for the given round; there are two in turn, so that one may be filled while the other is still read.
  char* slot(int rank, uint32_t round) const { return slots_ + kSlot * (static_cast<size_t>(rank) * 2 + round % 2); }
  // Returns when all ranks have called it as often. What they wrote before is then seen. Errors: late, ended by `limit` or `abort`, a rank's process has ended;
  // Differ, on all ranks, where their limits have different marks.
  void meet(const Limit& limit);
  void abort() { aborted_ = true; }

 private:
  SharedPages(int rank, int size, void* memory, size_t bytes);
  bool late(int rank) const;
  void wait_for(int rank, const Limit& limit);
  void check(const Limit& limit, std::chrono::steady_clock::time_point start) const;

  int rank_, size_;
  void* memory_;
  size_t bytes_;
  Place* places_;
  char* slots_;
  std::vector<int> processes_;  // their descriptors, -1: not known
  int spins_ = 0;
  uint32_t meetings_ = 0;
  std::atomic<bool> aborted_{false};
};

// An engine whose ranks, where all are on one machine, reduce and gather in shared pages; the rest is the given engine's. WICK_DIST_SHARED_PAGES=0 turns it off.
std::unique_ptr<Engine> with_shared_pages(std::unique_ptr<Engine> engine, const Limit& limit);

}  // namespace wick::distributed
