#include "kernels/cpu/scratch.h"

#include <sys/mman.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <vector>

#include <wick/core/error.h>

namespace wick::kernels::cpu {
namespace {

constexpr size_t kHuge = size_t{2} << 20;
constexpr int kSlots = 32;

struct Block {
  void* data = nullptr;
  size_t bytes = 0;
};

struct Arena;
std::mutex& registry_mutex() { static auto* m = new std::mutex; return *m; }
std::vector<Arena*>& registry() { static auto* v = new std::vector<Arena*>; return *v; }
std::atomic<size_t> total{0};

// One block per nesting depth. `mutex` is there for release_all alone: its owner never contends otherwise.
struct Arena {
  std::mutex mutex;
  Block slots[kSlots];
  int depth = 0;

  Arena() {
    std::lock_guard<std::mutex> lock(registry_mutex());
    registry().push_back(this);
  }
  ~Arena() {
    std::lock_guard<std::mutex> lock(registry_mutex());
    std::erase(registry(), this);
    free_from(0);
  }
  void free_from(int first) {
    for (int i = first; i < kSlots; ++i) {
      total -= slots[i].bytes;
      std::free(slots[i].data);
      slots[i] = {};
    }
  }
  void* take(size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    if (depth == kSlots) throw Error("Scratch: more than 32 nested blocks");
    Block& b = slots[depth];
    if (b.bytes < bytes) {
      // Half as much again on growth, so that slowly growing shapes do not allocate at every step.
      size_t want = b.bytes ? bytes + bytes / 2 : bytes;
      const size_t align = want >= kHuge ? kHuge : 4096;
      want = (want + align - 1) / align * align;
      total -= b.bytes;
      std::free(b.data);
      b = {};
      b.data = std::aligned_alloc(align, want);
      if (!b.data) throw OutOfMemoryError("kernel scratch memory: no " + std::to_string(want) + " bytes");
      if (align == kHuge) madvise(b.data, want, MADV_HUGEPAGE);
      b.bytes = want;
      total += want;
    }
    ++depth;
    return b.data;
  }
  void give() {
    std::lock_guard<std::mutex> lock(mutex);
    --depth;
  }
};

Arena& arena() { thread_local Arena a; return a; }

}  // namespace

Scratch::Scratch(size_t bytes) : data_(arena().take(bytes ? bytes : 1)) {}
Scratch::~Scratch() { arena().give(); }

void Scratch::release_all() {
  std::lock_guard<std::mutex> lock(registry_mutex());
  for (Arena* a : registry()) {
    std::lock_guard<std::mutex> inner(a->mutex);
    a->free_from(a->depth);
  }
}

size_t Scratch::held() { return total.load(); }

}  // namespace wick::kernels::cpu
