#include "core/allocator.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

#include <wick/core/error.h>
#include <wick/core/memory.h>
#include <wick/core/str.h>

#include "core/reserved.h"

namespace wick::memory {
namespace {

// Size classes: multiples of 64 bytes up to 1 KiB, then eight steps per doubling (at most 12.5 % waste).
constexpr size_t kAlign = 64, kLinear = 1024, kHuge = size_t{2} << 20;
constexpr size_t kSlabMin = size_t{64} << 10, kSlab = size_t{8} << 20;  // blocks from 64 KiB to a huge page share slabs of huge pages
constexpr size_t kLocalMax = size_t{1} << 20;  // larger blocks are shared between threads
constexpr int kClasses = 16 + 8 * 40, kLocalClasses = 16 + 8 * 10;

int class_of(size_t bytes) {
  if (bytes <= kLinear) return static_cast<int>((bytes + kAlign - 1) / kAlign) - 1;
  const int log = std::bit_width(bytes - 1) - 1;  // 2^log < bytes <= 2^(log+1)
  const size_t step = size_t{1} << (log - 3);
  const int sub = static_cast<int>((bytes - (size_t{1} << log) + step - 1) / step);
  return 16 + (log - 10) * 8 + sub - 1;
}
size_t size_of(int c) {
  if (c < 16) return static_cast<size_t>(c + 1) * kAlign;
  const int log = (c - 16) / 8 + 10, sub = (c - 16) % 8 + 1;
  return (size_t{1} << log) + static_cast<size_t>(sub) * (size_t{1} << (log - 3));
}

struct FreeBlock { FreeBlock* next; };

struct Counters {
  std::atomic<int64_t> current{0}, peak{0}, cached{0}, allocations{0}, system{0}, limit{0};
};

// What all threads share. Never destroyed: tensors may outlive every static.
struct Pool {
  std::mutex mutex;
  struct Entry { void* p; uint64_t stamp; };
  std::deque<Entry> free[kClasses];  // newest at the back
  std::map<void*, size_t> live;  // large blocks, to name them when memory runs out
  std::vector<void*> cold[kClasses];  // parts of slabs whose memory was given back
  char *slab = nullptr, *slab_end = nullptr;
  uint64_t clock = 0;
  Counters count;

  void* take(int c) {
    std::lock_guard<std::mutex> lock(mutex);
    if (free[c].empty()) return nullptr;
    void* p = free[c].back().p;
    free[c].pop_back();
    count.cached -= static_cast<int64_t>(size_of(c));
    return p;
  }
  // A block is taken from the system. Of a class that was given back not long ago: what is kept was too little.
  void missed(int c) {
    std::lock_guard<std::mutex> lock(mutex);
    if (given_back[c] == 0) return;
    --given_back[c];
    extra = std::min(extra + static_cast<int64_t>(size_of(c)), count.peak.load());
  }
  void give(void* p, int c);
  void trim(int64_t keep);
  int64_t extra = 0;  // what is kept beyond the peak, at least a quarter of it
  uint32_t given_back[kClasses] = {};
};
Pool& pool() { static Pool* p = new Pool; return *p; }

// A mapping of its own, aligned to huge pages.
void* mapping(size_t bytes) {
  const size_t padded = bytes + kHuge;
  char* raw = static_cast<char*>(mmap(nullptr, padded, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  if (raw == MAP_FAILED) return nullptr;
  char* p = reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(raw) + kHuge - 1) & ~(kHuge - 1));
  if (p != raw) munmap(raw, static_cast<size_t>(p - raw));
  if (p + bytes != raw + padded) munmap(p + bytes, static_cast<size_t>(raw + padded - (p + bytes)));
  madvise(p, bytes, MADV_HUGEPAGE);
  return p;
}
// A part of a slab: few translations of addresses for tensors of middling size.
void* from_slab(size_t bytes) {
  Pool& all = pool();
  std::lock_guard<std::mutex> lock(all.mutex);
  auto& cold = all.cold[class_of(bytes)];
  if (!cold.empty()) {
    void* p = cold.back();
    cold.pop_back();
    return p;
  }
  if (static_cast<size_t>(all.slab_end - all.slab) < bytes) {
    auto* fresh = static_cast<char*>(mapping(kSlab));
    if (!fresh) return nullptr;
    all.slab = fresh;
    all.slab_end = fresh + kSlab;
  }
  void* p = all.slab;
  all.slab += bytes;
  return p;
}

void* from_system(size_t bytes) {
  pool().count.system.fetch_add(1, std::memory_order_relaxed);
  return bytes < kSlabMin ? std::aligned_alloc(kAlign, bytes) : bytes < kHuge ? from_slab(bytes) : mapping(bytes);
}
// Gives the memory back; a slab keeps the addresses. The caller holds the mutex.
void to_system(void* p, size_t bytes) {
  if (bytes < kSlabMin) return std::free(p);
  if (bytes >= kHuge) {
    munmap(p, bytes);
    return;
  }
  constexpr uintptr_t kPage = 4096;
  const uintptr_t from = (reinterpret_cast<uintptr_t>(p) + kPage - 1) & ~(kPage - 1), to = (reinterpret_cast<uintptr_t>(p) + bytes) & ~(kPage - 1);
  if (to > from) madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
  pool().cold[class_of(bytes)].push_back(p);
}

void Pool::give(void* p, int c) {
  std::lock_guard<std::mutex> lock(mutex);
  free[c].push_back({p, ++clock});
  count.cached += static_cast<int64_t>(size_of(c));
  // Keep little more than what tensors once held together: shapes that change must not pile up blocks, but a step whose
  // backward pass asks for other sizes than its forward pass should find both again in the next. The same goes for a network
  // whose layers' sizes differ: as blocks are asked for again, more is kept, at most as much again as the peak.
  const int64_t keep = std::max<int64_t>(count.peak + std::max(count.peak / 4, extra) - count.current, int64_t{64} << 20);
  if (count.cached > keep) trim(keep);
}
void Pool::trim(int64_t keep) {  // oldest first; the caller holds the mutex
  while (count.cached > keep) {
    int oldest = -1;
    for (int c = 0; c < kClasses; ++c)
      if (!free[c].empty() && (oldest < 0 || free[c].front().stamp < free[oldest].front().stamp)) oldest = c;
    if (oldest < 0) return;
    to_system(free[oldest].front().p, size_of(oldest));
    ++given_back[oldest];
    free[oldest].pop_front();
    count.cached -= static_cast<int64_t>(size_of(oldest));
  }
}

// Free blocks of the calling thread: no lock on the fast path.
struct Local {
  FreeBlock* head[kLocalClasses] = {};
  uint32_t count[kLocalClasses] = {};

  static uint32_t limit(int c) { return static_cast<uint32_t>(std::clamp<size_t>((size_t{2} << 20) / size_of(c), 2, 256)); }
  void flush() {
    for (int c = 0; c < kLocalClasses; ++c) {
      while (head[c]) {
        FreeBlock* b = head[c];
        head[c] = b->next;
        pool().give(b, c);
      }
      count[c] = 0;
    }
  }
};

// A bare pointer, reached without a call; null before the thread's first use and after its end.
#define WICK_FAST_TLS thread_local constinit __attribute__((tls_model("initial-exec")))
WICK_FAST_TLS Local* local = nullptr;
WICK_FAST_TLS bool ended = false;
struct LocalOwner {
  Local l;
  LocalOwner() { local = &l; }
  ~LocalOwner() {
    local = nullptr;
    ended = true;
    l.flush();
  }
};
[[gnu::noinline]] Local* first_use() {
  if (ended) return nullptr;
  thread_local LocalOwner owner;
  return local;
}
inline Local* mine() { return local ? local : first_use(); }

void* take(int c) {
  if (c < kLocalClasses) {
    Local* l = mine();
    if (FreeBlock* b = l ? l->head[c] : nullptr) {
      l->head[c] = b->next;
      --l->count[c];
      return b;
    }
  }
  return pool().take(c);
}
void give(void* p, int c) {
  Local* l = c < kLocalClasses ? mine() : nullptr;
  if (l && l->count[c] < Local::limit(c)) {
    auto* b = static_cast<FreeBlock*>(p);
    b->next = l->head[c];
    l->head[c] = b;
    ++l->count[c];
    return;
  }
  pool().give(p, c);
}

std::string megabytes(size_t b) {
  char buf[32];
  std::snprintf(buf, sizeof buf, b < 10000 ? "%.0f bytes" : "%.1f MB", b < 10000 ? double(b) : double(b) / 1e6);
  return buf;
}

[[noreturn]] void out_of_memory(size_t bytes) {
  std::string text = "out of memory: asked for " + megabytes(bytes) + ", tensors hold " +
                     megabytes(static_cast<size_t>(pool().count.current.load()));
  if (const int64_t limit = pool().count.limit) text += " of a limit of " + megabytes(static_cast<size_t>(limit));
  std::vector<size_t> sizes;
  {
    std::lock_guard<std::mutex> lock(pool().mutex);
    for (const auto& [p, n] : pool().live) sizes.push_back(n);
  }
  std::sort(sizes.rbegin(), sizes.rend());
  if (!sizes.empty()) text += "; largest:";
  for (size_t i = 0; i < std::min<size_t>(sizes.size(), 5); ++i) text += " " + megabytes(sizes[i]);
  throw OutOfMemoryError(text + "; use a smaller batch, or free tensors and call empty_cache()");
}

void raise_peak(int64_t now) {
  auto& peak = pool().count.peak;
  int64_t seen = peak.load(std::memory_order_relaxed);
  while (now > seen && !peak.compare_exchange_weak(seen, now, std::memory_order_relaxed)) {}
}

void* fresh(size_t bytes) {
  void* p = from_system(bytes);
  if (p) return p;
  empty_cache();
  return from_system(bytes);
}

std::atomic<MemoryWatcher*> watcher{nullptr};

}  // namespace

void watch_memory(MemoryWatcher* w) { watcher = w; }

void* allocate(size_t bytes, size_t& capacity) {
  capacity = 0;
  if (bytes == 0) return nullptr;
  auto& count = pool().count;
  if (bytes > (size_t{1} << 47)) out_of_memory(bytes);
  const int c = class_of(bytes);
  const size_t size = size_of(c);
  const int64_t limit = count.limit.load(std::memory_order_relaxed);
  if (limit > 0 && count.current.load() + static_cast<int64_t>(size) > limit) out_of_memory(bytes);
  void* p = take(c);
  if (!p) {
    pool().missed(c);
    p = fresh(size);
  }
  if (!p) out_of_memory(bytes);
  capacity = size;
  count.allocations.fetch_add(1, std::memory_order_relaxed);
  raise_peak(count.current.fetch_add(static_cast<int64_t>(size), std::memory_order_relaxed) + static_cast<int64_t>(size));
  if (size > kLocalMax) {
    std::lock_guard<std::mutex> lock(pool().mutex);
    pool().live[p] = size;
  }
  if (auto* w = watcher.load(std::memory_order_relaxed)) [[unlikely]] w->allocated(p, bytes);
  return p;
}

void count_bytes(size_t bytes) {
  auto& count = pool().count;
  const auto n = static_cast<int64_t>(bytes);
  const int64_t limit = count.limit.load(std::memory_order_relaxed);
  if (limit > 0 && count.current.load() + n > limit) out_of_memory(bytes);
  raise_peak(count.current.fetch_add(n, std::memory_order_relaxed) + n);
}
void uncount_bytes(size_t bytes) noexcept { pool().count.current.fetch_sub(static_cast<int64_t>(bytes), std::memory_order_relaxed); }

void deallocate(void* p, size_t capacity) noexcept {
  if (!p) return;
  if (auto* w = watcher.load(std::memory_order_relaxed)) [[unlikely]] w->freed(p, capacity);
  pool().count.current.fetch_sub(static_cast<int64_t>(capacity), std::memory_order_relaxed);
  if (capacity > kLocalMax) {
    std::lock_guard<std::mutex> lock(pool().mutex);
    pool().live.erase(p);
  }
  give(p, class_of(capacity));
}

void* allocate_object(size_t bytes) {
  const int c = class_of(bytes);
  void* p = take(c);
  if (!p) p = fresh(size_of(c));
  if (!p) out_of_memory(bytes);
  return p;
}
void deallocate_object(void* p, size_t bytes) noexcept { give(p, class_of(bytes)); }

}  // namespace wick::memory

namespace wick::inline v1 {

MemoryStats memory_stats() {
  auto& c = memory::pool().count;
  return {c.current, c.peak, c.cached, c.allocations, c.system};
}
void reset_peak_memory_stats() { memory::pool().count.peak = memory::pool().count.current.load(); }
void empty_cache() {
  if (memory::local) memory::local->flush();
  auto& all = memory::pool();
  std::lock_guard<std::mutex> lock(all.mutex);
  all.trim(0);
  all.extra = 0;
  std::fill(std::begin(all.given_back), std::end(all.given_back), 0);
}
void set_memory_limit(int64_t bytes) { memory::pool().count.limit = bytes; }

}  // namespace wick::inline v1
