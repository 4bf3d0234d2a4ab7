#include "kernels/cpu/scan.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/sort_keys.h"

namespace wick::kernels::cpu {
namespace {

constexpr int64_t kChunk = 65536;  // of a long row; fixed, so that rounding does not depend on threads
constexpr int64_t kTile = 128;     // columns that advance together when the dimension is not the last

// What T accumulates in: PyTorch's choice on the CPU.
template <class T> struct Wide { using type = int64_t; };
template <> struct Wide<float> { using type = double; };
template <> struct Wide<double> { using type = double; };
template <> struct Wide<Half> { using type = float; };
template <> struct Wide<BFloat16> { using type = float; };
template <> struct Wide<std::complex<float>> { using type = std::complex<double>; };
template <> struct Wide<std::complex<double>> { using type = std::complex<double>; };

// An op: State, start(), join(earlier, later), of(element, place), put(state, value, index).
template <class T>
struct SumOp {
  using State = typename Wide<T>::type;
  static State start() { return State(0); }
  static State of(T x, int64_t) { return static_cast<State>(x); }
  static State join(State a, State b) {
    if constexpr (std::is_same_v<State, int64_t>) return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
    else return a + b;
  }
  static void put(State s, T* out, int64_t*) { *out = static_cast<T>(s); }
};
template <class T>
struct ProductOp : SumOp<T> {
  using State = typename Wide<T>::type;
  static State start() { return State(1); }
  static State join(State a, State b) {
    if constexpr (std::is_same_v<State, int64_t>) return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    else return a * b;
  }
};
template <class T>
struct LogSumExpOp : SumOp<T> {
  using State = typename Wide<T>::type;
  static State start() { return -std::numeric_limits<State>::infinity(); }
  static State join(State a, State b) {
    if (a != a || b != b) return std::numeric_limits<State>::quiet_NaN();
    const State lo = std::min(a, b), hi = std::max(a, b);
    return lo != hi || std::isfinite(lo) ? hi + std::log1p(std::exp(lo - hi)) : hi;
  }
};
// The extreme and the last place that has it; NaN wins over numbers, a later NaN over an earlier one.
template <class T>
struct Extreme { T value; int64_t index; };
template <class T, bool kMax>
struct ExtremeOp {
  using State = Extreme<T>;
  static State start() { return {T(), -1}; }
  static State of(T x, int64_t i) { return {x, i}; }
  static State join(State a, State b) {
    if (a.index < 0 || b.index < 0) return a.index < 0 ? b : a;
    const auto x = SortKey<T>::of(a.value), y = SortKey<T>::of(b.value);
    if (kMax) return y >= x ? b : a;
    constexpr auto kNan = std::numeric_limits<typename SortKey<T>::type>::max();
    if (!std::is_integral_v<T> && (y == kNan || x == kNan)) return y == kNan ? b : a;
    return y <= x ? b : a;
  }
  static void put(State s, T* out, int64_t* index) {
    *out = s.value;
    *index = s.index;
  }
};

template <class Op, class T>
void scan_run(typename Op::State s, const T* x, T* out, int64_t* index, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) {
    s = Op::join(s, Op::of(x[i], i));
    Op::put(s, out + i, index ? index + i : nullptr);
  }
}

template <class Op, class T>
void scan_long_row(const T* x, T* out, int64_t* index, int64_t n) {
  using State = typename Op::State;
  const int64_t chunks = (n + kChunk - 1) / kChunk;
  Scratch scratch(static_cast<size_t>(chunks) * sizeof(State));
  State* carry = scratch.as<State>();
  parallel_tasks(chunks, static_cast<double>(kChunk), [&](int64_t k) {
    State s = Op::start();
    for (int64_t i = k * kChunk; i < std::min(n, (k + 1) * kChunk); ++i) s = Op::join(s, Op::of(x[i], i));
    carry[k] = s;
  });
  State s = Op::start();
  for (int64_t k = 0; k < chunks; ++k) {
    const State own = carry[k];
    carry[k] = s;
    s = Op::join(s, own);
  }
  parallel_tasks(chunks, static_cast<double>(kChunk), [&](int64_t k) {
    scan_run<Op>(carry[k], x, out, index, k * kChunk, std::min(n, (k + 1) * kChunk));
  });
}

template <class Op, class T>
void scan_as(const T* x, T* out, int64_t* index, int64_t outer, int64_t n, int64_t inner) {
  if (inner == 1 && n > kChunk) {
    for (int64_t o = 0; o < outer; ++o)
      scan_long_row<Op>(x + o * n, out + o * n, index ? index + o * n : nullptr, n);
    return;
  }
  if (inner == 1) {
    parallel_ranges(outer, static_cast<double>(n), 1, [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o)
        scan_run<Op>(Op::start(), x + o * n, out + o * n, index ? index + o * n : nullptr, 0, n);
    });
    return;
  }
  const int64_t tile = std::min(inner, kTile), tiles = (inner + tile - 1) / tile;
  parallel_tasks(outer * tiles, static_cast<double>(n * tile), [&](int64_t t) {
    const int64_t at = t / tiles * n * inner + t % tiles * tile, cols = std::min(tile, inner - t % tiles * tile);
    typename Op::State s[kTile];
    for (int64_t c = 0; c < cols; ++c) s[c] = Op::start();
    for (int64_t r = 0; r < n; ++r)
      for (int64_t c = 0; c < cols; ++c) {
        const int64_t i = at + r * inner + c;
        s[c] = Op::join(s[c], Op::of(x[i], r));
        Op::put(s[c], out + i, index ? index + i : nullptr);
      }
  });
}
}  // namespace

void scan(Scan op, ScalarType type, const void* in, void* out, int64_t* indices, int64_t outer, int64_t n,
          int64_t inner) {
  if (outer == 0 || n == 0 || inner == 0) return;
#define RUN(T, ...) scan_as<__VA_ARGS__>(static_cast<const T*>(in), static_cast<T*>(out), indices, outer, n, inner)
  if (op == Scan::cummax || op == Scan::cummin) {
#define CALL(T) op == Scan::cummax ? RUN(T, ExtremeOp<T, true>) : RUN(T, ExtremeOp<T, false>)
    WICK_REAL_TYPES(type, CALL)
#undef CALL
    return;
  }
  indices = nullptr;
  if (op == Scan::logcumsumexp) {
    switch (type) {
      case kFloat: RUN(float, LogSumExpOp<float>); break;
      case kDouble: RUN(double, LogSumExpOp<double>); break;
      case kHalf: RUN(Half, LogSumExpOp<Half>); break;
      default: RUN(BFloat16, LogSumExpOp<BFloat16>); break;
    }
    return;
  }
#define CALL(T) op == Scan::cumsum ? RUN(T, SumOp<T>) : RUN(T, ProductOp<T>)
  if (type == kComplexFloat) {
    CALL(std::complex<float>);
  } else if (type == kComplexDouble) {
    CALL(std::complex<double>);
  } else {
    WICK_REAL_TYPES(type, CALL)
  }
#undef CALL
#undef RUN
}

}  // namespace wick::kernels::cpu
