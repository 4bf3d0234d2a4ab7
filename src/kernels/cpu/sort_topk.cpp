#include <algorithm>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/simd.h"
#include "kernels/cpu/sort.h"
#include "kernels/cpu/sort_packed.h"
#include "kernels/cpu/sort_ties.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/sort_topk.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace {
namespace HWY_NAMESPACE {

// Collects the first k of a row in the order of the keys into `best` (capacity room(k, n)), unsorted. Elements that do
// not beat the k-th so far are passed over a block at a time by a vectorised minimum, which is nearly all of them.
template <class T, class P = PackedOf<T>>
void Select(const T* x, int64_t n, int64_t k, bool descending, P* best, int64_t room) {
  constexpr int64_t kBlock = 64;
  int64_t have = 0;
  bool full = false;
  typename P::Key limit = 0;
  for (int64_t b = 0; b < n; b += kBlock) {
    const int64_t e = std::min(n, b + kBlock);
    if (full) {
      auto least = std::numeric_limits<typename P::Key>::max();
#pragma omp simd reduction(min : least)
      for (int64_t i = b; i < e; ++i) {
        const auto key = unsigned_key(x[i], descending);
        least = key < least ? key : least;
      }
      if (least >= limit) continue;  // of equal keys the earlier element stays
    }
    for (int64_t i = b; i < e; ++i) {
      const auto key = unsigned_key(x[i], descending);
      if (full && key >= limit) continue;
      best[have++] = P::make(key, i);
      if (have < room) continue;
      std::nth_element(best, best + k - 1, best + have);
      have = k;
      full = true;
      limit = best[k - 1].key();
    }
  }
  if (have > k) std::nth_element(best, best + k - 1, best + have);
}

template <class T>
void TopkRow(const T* x, T* values, int64_t* indices, int64_t n, int64_t k, bool largest, bool sorted, void* scratch,
             int64_t room) {
  using P = PackedOf<T>;
  P* best = static_cast<P*>(scratch);
  Select(x, n, k, largest, best, room);
  if (sorted) {
    std::sort(best, best + k);
    const auto tie = [](const P& a, const P& b) { return a.key() == b.key(); };
    if (std::adjacent_find(best, best + k, tie) != best + k || count_key(x, n, best[k - 1].key(), largest) > 1)
      topk_with_ties(x, n, k, largest, best);
  } else std::sort(best, best + k, [](const P& a, const P& b) { return a.index() < b.index(); });
  for (int64_t i = 0; i < k; ++i) {
    values[i] = x[best[i].index()];
    indices[i] = best[i].index();
  }
}

template <class T>
void KthRow(const T* x, T* value, int64_t* index, int64_t n, int64_t k, void* scratch, int64_t room) {
  using P = PackedOf<T>;
  P* best = static_cast<P*>(scratch);
  Select(x, n, k, false, best, room);
  const P kth = *std::max_element(best, best + k);
  *index = count_key(x, n, kth.key(), false) > 1 ? kth_with_ties(x, n, k - 1) : kth.index();
  *value = x[*index];
}

void TopkTask(ScalarType type, const void* in, void* values, int64_t* indices, int64_t row, int64_t n, int64_t k,
              bool largest, bool sorted, bool kth, void* scratch, int64_t room) {
#define CALL(T)                                                                                                     \
  kth ? KthRow(static_cast<const T*>(in) + row * n, static_cast<T*>(values) + row, indices + row, n, k, scratch, room) \
      : TopkRow(static_cast<const T*>(in) + row * n, static_cast<T*>(values) + row * k, indices + row * k, n, k,     \
                largest, sorted, scratch, room)
  WICK_REAL_TYPES(type, CALL)
#undef CALL
}

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
namespace {
HWY_EXPORT(TopkTask);

void select_rows(ScalarType type, const void* in, void* values, int64_t* indices, int64_t rows, int64_t n, int64_t k,
                 bool largest, bool sorted, bool kth) {
  if (rows == 0 || n == 0 || k == 0) return;
  const int64_t room = std::min(n + 1, std::max<int64_t>(2 * k, 256));
  const int workers = task_threads(rows, static_cast<double>(n));
  const size_t each = static_cast<size_t>(room) * (element_size(type) == 8 ? sizeof(Packed64) : sizeof(Packed32));
  Scratch scratch(each * static_cast<size_t>(workers));
  const auto work = [&](int w) {
    for (int64_t r = rows * w / workers; r < rows * (w + 1) / workers; ++r)
      HWY_DYNAMIC_DISPATCH(TopkTask)(type, in, values, indices, r, n, k, largest, sorted, kth,
                                     scratch.as<char>() + each * static_cast<size_t>(w), room);
  };
  if (workers == 1) return work(0);
#pragma omp parallel for schedule(static) num_threads(workers)
  for (int w = 0; w < workers; ++w) work(w);
}
}  // namespace

void topk(ScalarType type, const void* in, void* values, int64_t* indices, int64_t rows, int64_t n, int64_t k,
          bool largest, bool sorted) {
  select_rows(type, in, values, indices, rows, n, k, largest, sorted, false);
}

void kthvalue(ScalarType type, const void* in, void* values, int64_t* indices, int64_t rows, int64_t n, int64_t k) {
  select_rows(type, in, values, indices, rows, n, k, false, true, true);
}

}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE
