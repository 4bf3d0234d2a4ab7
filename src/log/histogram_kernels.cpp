#include "log/histogram_kernels.h"

#include <cstring>
#include <memory>
#include <type_traits>

#include "log/histogram.h"

namespace wick::logging {
namespace {

// The same lanes for all registers, so that sums are the same everywhere. Squares of floats are exact in double, whether or not they are fused with the sum.
template <class T>
[[gnu::always_inline]] inline Moments moments_of(const T* p, int64_t n) {
  constexpr int W = 16;
  T low[W], high[W];
  double sum[W] = {}, squares[W] = {};
  std::fill_n(low, W, std::numeric_limits<T>::infinity());
  std::fill_n(high, W, -std::numeric_limits<T>::infinity());
  const auto take = [&](T x, int j) {
    low[j] = x < low[j] ? x : low[j];
    high[j] = x > high[j] ? x : high[j];
    const double d = x;
    sum[j] += d;
    squares[j] += d * d;
  };
  int64_t i = 0;
  for (; i + W <= n; i += W)
    for (int j = 0; j < W; ++j) take(p[i + j], j);
  for (; i < n; ++i) take(p[i], 0);
  Moments m;
  for (int j = 0; j < W; ++j) {
    m.min = std::min<double>(m.min, low[j]);
    m.max = std::max<double>(m.max, high[j]);
    m.sum += sum[j];
    m.squares += squares[j];
  }
  return m;
}

// Where the default edges lie among the bit patterns of a float type, by its upper 16 bits: within one such key lies at most one edge. Patterns of negative
// numbers run the other way. `last`: the largest lower part in the key that counts as `slot`; all larger ones as the next.
template <class T, class U>
struct Keys {
  static constexpr int kShift = 8 * sizeof(U) - 16;
  using Low = std::conditional_t<sizeof(U) == 4, uint16_t, uint64_t>;
  static constexpr U kLow = (U{1} << kShift) - 1;
  struct Entry { Low last; uint16_t slot; };
  std::unique_ptr<Entry[]> entries{new Entry[1 << 16]};

  Keys() {
    const std::vector<double>& edges = default_edges();
    const auto count = [&](double x) { return static_cast<uint32_t>(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin()); };
    const auto all = static_cast<uint32_t>(edges.size());
    const auto slot = [&](U bits) {
      const T x = __builtin_bit_cast(T, bits);
      const bool negative = bits >> (8 * sizeof(U) - 1);
      if (x != x) return negative ? all + 1 + all : all;
      return negative ? all + 1 + (all - count(x)) : count(x);
    };
    for (uint32_t key = 0; key < 1 << 16; ++key) {
      U low = static_cast<U>(key) << kShift, high = low | kLow;
      const uint32_t here = slot(low);
      entries[key] = {static_cast<Low>(kLow), static_cast<uint16_t>(here)};  // NaN may count as the next slot: none is looked at there
      if (slot(high) == here) continue;
      while (high - low > 1) {
        const U middle = low + (high - low) / 2;
        (slot(middle) == here ? low : high) = middle;
      }
      entries[key].last = static_cast<Low>(low & kLow);
    }
  }
  static const Keys& get() {
    static const Keys keys;
    return keys;
  }
};

template <class T, class U>
void count(const T* p, int64_t n, KeySlots& slots) {
  using K = Keys<T, U>;
  const typename K::Entry* const entries = K::get().entries.get();
  const auto take = [&](U bits, uint32_t* to) {
    const auto e = entries[bits >> K::kShift];
    ++to[e.slot + static_cast<uint32_t>((bits & K::kLow) > e.last)];
  };
  uint32_t *a = slots[0].data(), *b = slots[1].data(), *c = slots[2].data(), *d = slots[3].data();
  constexpr int64_t kLine = 64 / sizeof(U);
  int64_t i = 0;
  for (; i + kLine <= n; i += kLine) {
    __builtin_prefetch(reinterpret_cast<const char*>(reinterpret_cast<uintptr_t>(p + i) + static_cast<size_t>(n) * sizeof(T)));  // of the next piece
    for (int64_t k = i; k < i + kLine; k += 4) {
      U v[4];
      std::memcpy(v, p + k, sizeof v);
      take(v[0], a);
      take(v[1], b);
      take(v[2], c);
      take(v[3], d);
    }
  }
  for (; i < n; ++i) take(__builtin_bit_cast(U, p[i]), a);
}

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)  // whose run-time is not there yet when functions are chosen
__attribute__((target_clones("avx512f", "avx2", "default")))
#endif
Moments moments_f32(const float* p, int64_t n) { return moments_of(p, n); }

}  // namespace

Moments moments(const float* p, int64_t n) { return moments_f32(p, n); }
Moments moments(const double* p, int64_t n) { return moments_of(p, n); }
void count_keys(const float* p, int64_t n, KeySlots& slots) { count<float, uint32_t>(p, n, slots); }
void count_keys(const double* p, int64_t n, KeySlots& slots) { count<double, uint64_t>(p, n, slots); }

}  // namespace wick::logging
