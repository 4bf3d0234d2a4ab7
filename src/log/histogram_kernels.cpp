#include "log/histogram_kernels.h"

#include <cstring>
#include <memory>

#include "log/histogram.h"

namespace wick::logging {
namespace {

template <class T>
Moments moments_of(const T* p, int64_t n) {
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
// numbers run the other way.
template <class T, class U>
struct Keys {
  static constexpr int kShift = 8 * sizeof(U) - 16;
  struct Entry { U from; uint32_t slot; };
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
      U low = static_cast<U>(key) << kShift, high = low | ((U{1} << kShift) - 1);
      Entry& e = entries[key];
      e.slot = slot(low);
      e.from = std::numeric_limits<U>::max();  // NaN, which may count as the next slot: none is looked at there
      if (slot(high) == e.slot) continue;
      while (high - low > 1) {
        const U middle = low + (high - low) / 2;
        (slot(middle) == e.slot ? low : high) = middle;
      }
      e.from = high;
    }
  }
  static const Keys& get() {
    static const Keys keys;
    return keys;
  }
};

template <class T, class U>
void count(const T* p, int64_t n, KeySlots& slots) {
  const typename Keys<T, U>::Entry* const entries = Keys<T, U>::get().entries.get();
  const auto take = [&](int64_t i, uint32_t* to) {
    U bits;
    std::memcpy(&bits, p + i, sizeof bits);
    const auto e = entries[bits >> Keys<T, U>::kShift];
    ++to[e.slot + (bits >= e.from)];
  };
  uint32_t *a = slots[0].data(), *b = slots[1].data(), *c = slots[2].data(), *d = slots[3].data();
  int64_t i = 0;
  for (; i + 4 <= n; i += 4) {
    take(i, a);
    take(i + 1, b);
    take(i + 2, c);
    take(i + 3, d);
  }
  for (; i < n; ++i) take(i, a);
}

}  // namespace

Moments moments(const float* p, int64_t n) { return moments_of(p, n); }
Moments moments(const double* p, int64_t n) { return moments_of(p, n); }
void count_keys(const float* p, int64_t n, KeySlots& slots) { count<float, uint32_t>(p, n, slots); }
void count_keys(const double* p, int64_t n, KeySlots& slots) { count<double, uint64_t>(p, n, slots); }

}  // namespace wick::logging
