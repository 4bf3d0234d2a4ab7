// Parallel loops for code of one's own.
#pragma once

#include <c10/util/Exception.h>
#include <wick/core/parallel.h>

#include <algorithm>
#include <string>
#include <vector>

namespace at {

namespace internal { constexpr int64_t GRAIN_SIZE = 32768; }

inline int64_t divup(int64_t x, int64_t y) { return (x + y - 1) / y; }
inline void init_num_threads() {}
inline std::string get_parallel_info() { return ::c10::str("OpenMP, at::get_num_threads() : ", get_num_threads(), "\n"); }

/// Folds [begin, end) piece by piece: `f(b, e, ident)` gives a piece's value, `combine` joins two. The pieces are
/// `grain` items each whatever the number of threads, so the result does not depend on it.
template <class T, class F, class Combine>
T parallel_reduce(int64_t begin, int64_t end, int64_t grain, T ident, const F& f, const Combine& combine) {
  TORCH_CHECK(grain >= 0, "parallel_reduce: grain size must not be negative, got ", grain);
  if (begin >= end) return ident;
  grain = std::max<int64_t>(grain, 1);
  struct Slot { T value; };  // no vector<bool>
  std::vector<Slot> parts(static_cast<size_t>(divup(end - begin, grain)), Slot{ident});
  parallel_for(0, static_cast<int64_t>(parts.size()), 1, [&](int64_t b, int64_t e) {
    for (int64_t k = b; k < e; ++k) parts[static_cast<size_t>(k)].value = f(begin + k * grain, std::min(end, begin + (k + 1) * grain), ident);
  });
  T result = ident;
  for (const Slot& part : parts) result = combine(result, part.value);
  return result;
}

}  // namespace at
