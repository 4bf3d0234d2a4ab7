#include <algorithm>
#include <cmath>

#include "kernels/cpu/reduce_parts.h"
#include "kernels/cpu/sort_keys.h"
#include "kernels/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/reduce_integers.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace {
namespace HWY_NAMESPACE {
// Plain loops: the compiler vectorises integers well, for each target in turn.

struct Sum {
  static constexpr int64_t init = 0;
  template <class T> static int64_t map(T x) { return static_cast<int64_t>(x); }
  static int64_t join(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b)); }
};
struct NonZero : Sum {
  template <class T> static int64_t map(T x) { return x != 0; }
};
struct Product {
  static constexpr int64_t init = 1;
  template <class T> static int64_t map(T x) { return static_cast<int64_t>(x); }
  static int64_t join(int64_t a, int64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b)); }
};
struct Minimum {
  static constexpr int64_t init = std::numeric_limits<int64_t>::max();
  template <class T> static int64_t map(T x) { return static_cast<int64_t>(x); }
  static int64_t join(int64_t a, int64_t b) { return a < b ? a : b; }
};
struct Maximum {
  static constexpr int64_t init = std::numeric_limits<int64_t>::min();
  template <class T> static int64_t map(T x) { return static_cast<int64_t>(x); }
  static int64_t join(int64_t a, int64_t b) { return a > b ? a : b; }
};

template <class Op, class T>
void FoldInts(const Segment& s, int64_t* out) {
  const T* x = static_cast<const T*>(s.in);
  if (s.stride == 1 && s.n <= 32) {  // short rows
    for (int64_t r = 0; r < s.cols; ++r, x += s.n) {
      out[r] = Op::init;
      for (int64_t i = 0; i < s.n; ++i) out[r] = Op::join(out[r], Op::map(x[i]));
    }
    return;
  }
  if (s.stride == 1 && s.cols > 1) {
    for (int64_t r = 0; r < s.cols; ++r) FoldInts<Op, T>({x + r * s.n, s.n, 1, 1}, out + r);
    return;
  }
  if (s.stride == 1) {
    constexpr int64_t kLanes = 16;
    int64_t acc[kLanes];
    std::fill_n(acc, kLanes, Op::init);
    int64_t i = 0;
    for (; i + kLanes <= s.n; i += kLanes)
#pragma omp simd
      for (int64_t l = 0; l < kLanes; ++l) acc[l] = Op::join(acc[l], Op::map(x[i + l]));
    for (; i < s.n; ++i) acc[0] = Op::join(acc[0], Op::map(x[i]));
    for (int64_t l = 1; l < kLanes; ++l) acc[0] = Op::join(acc[0], acc[l]);
    *out = acc[0];
    return;
  }
  std::fill_n(out, s.cols, Op::init);
  for (int64_t r = 0; r < s.n; ++r) {
    const T* p = x + r * s.stride;
#pragma omp simd
    for (int64_t c = 0; c < s.cols; ++c) out[c] = Op::join(out[c], Op::map(p[c]));
  }
}
template <class T>
void FoldIntType(Fold f, const Segment& s, int64_t* out) {
  switch (f) {
    case Fold::nonzero: FoldInts<NonZero, T>(s, out); break;
    case Fold::prod: FoldInts<Product, T>(s, out); break;
    case Fold::min: FoldInts<Minimum, T>(s, out); break;
    case Fold::max: FoldInts<Maximum, T>(s, out); break;
    default: FoldInts<Sum, T>(s, out); break;
  }
}
void FoldIntegers(Fold f, ScalarType type, const Segment& s, int64_t* out) {
  switch (type) {
    case kByte: case kBool: FoldIntType<uint8_t>(f, s, out); break;
    case kChar: FoldIntType<int8_t>(f, s, out); break;
    case kShort: FoldIntType<int16_t>(f, s, out); break;
    case kInt: FoldIntType<int32_t>(f, s, out); break;
    default: FoldIntType<int64_t>(f, s, out); break;
  }
}

// Keys ordered so that the wanted element has the greatest: negated for the minimum, NaN above all in both cases.
template <class T, bool kLargest>
auto WantedKey(T x) {
  using K = typename SortKey<T>::type;
  using W = int64_t;
  const W k = static_cast<W>(SortKey<T>::of(x));
  if constexpr (kLargest) return k;
  constexpr bool kFloating = !std::is_integral_v<T>;
  const W nan = static_cast<W>(std::numeric_limits<K>::max());
  return kFloating && k == nan ? k : static_cast<W>(~k);
}

template <class T, bool kLargest>
void FoldIndexOf(const Segment& s, KeyIndex* out) {
  const T* x = static_cast<const T*>(s.in);
  if (s.stride == 1 && s.cols > 1) {
    for (int64_t r = 0; r < s.cols; ++r) FoldIndexOf<T, kLargest>({x + r * s.n, s.n, 1, 1}, out + r);
    return;
  }
  if (s.stride == 1 && s.n <= 32) {
    KeyIndex best{WantedKey<T, kLargest>(x[0]), 0};
    for (int64_t i = 1; i < s.n; ++i) {
      const int64_t k = WantedKey<T, kLargest>(x[i]);
      best = k > best.key ? KeyIndex{k, i} : best;
    }
    *out = best;
    return;
  }
  if (s.stride == 1) {
    // a block's greatest key first (vectorised), its place only where it beats what came before
    constexpr int64_t kBlock = 1024;
    KeyIndex best{WantedKey<T, kLargest>(x[0]), 0};
    for (int64_t b = 0; b < s.n; b += kBlock) {
      const int64_t e = std::min(s.n, b + kBlock);
      int64_t m = std::numeric_limits<int64_t>::min();
#pragma omp simd reduction(max : m)
      for (int64_t i = b; i < e; ++i) {
        const int64_t k = WantedKey<T, kLargest>(x[i]);
        m = k > m ? k : m;
      }
      if (m <= best.key) continue;
      int64_t i = b;
      while (WantedKey<T, kLargest>(x[i]) != m) ++i;
      best = {m, i};
    }
    *out = best;
    return;
  }
  int64_t key[kReduceTile], index[kReduceTile];
  for (int64_t c = 0; c < s.cols; ++c) key[c] = WantedKey<T, kLargest>(x[c]), index[c] = 0;
  for (int64_t r = 1; r < s.n; ++r) {
    const T* p = x + r * s.stride;
#pragma omp simd
    for (int64_t c = 0; c < s.cols; ++c) {
      const int64_t k = WantedKey<T, kLargest>(p[c]);
      const bool better = k > key[c];
      key[c] = better ? k : key[c];
      index[c] = better ? r : index[c];
    }
  }
  for (int64_t c = 0; c < s.cols; ++c) out[c] = {key[c], index[c]};
}
void FoldIndex(bool largest, ScalarType type, const Segment& s, KeyIndex* out) {
#define CALL(T) largest ? FoldIndexOf<T, true>(s, out) : FoldIndexOf<T, false>(s, out)
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
HWY_EXPORT(FoldIntegers);
HWY_EXPORT(FoldIndex);
}
void fold_integers(Fold f, ScalarType type, const Segment& s, int64_t* out) {
  HWY_DYNAMIC_DISPATCH(FoldIntegers)(f, type, s, out);
}
void fold_index(bool largest, ScalarType type, const Segment& s, KeyIndex* out) {
  HWY_DYNAMIC_DISPATCH(FoldIndex)(largest, type, s, out);
}

}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE

