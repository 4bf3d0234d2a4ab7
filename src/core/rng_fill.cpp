// Uniform, normal, integer and Bernoulli fills.
#include <cmath>
#include <limits>

#include "core/rng_stream.h"

namespace wick {
inline namespace v1 {
namespace rng {
namespace {

using detail::kCheap;
using detail::kCostly;
using detail::kTile;
using detail::stream;
using detail::stream_units;
using detail::to_element;

std::string number(double v) {
  char text[40];
  std::snprintf(text, sizeof text, "%g", v);
  return text;
}

// A complex fill is a real one of twice the length; returns whether it was complex.
bool as_real(ScalarType& dtype, int64_t& n) {
  if (!is_complex_type(dtype)) return false;
  dtype = to_real_type(dtype);
  n *= 2;
  return true;
}

// Floats as the bits of a 16-bit type.
void narrow(const float* in, BFloat16* out, int64_t n) {
  simd::kernels().to_bfloat16(in, reinterpret_cast<uint16_t*>(out), n);
}
void narrow(const float* in, Half* out, int64_t n) {
  simd::kernels().to_half(in, reinterpret_cast<uint16_t*>(out), n);
}

// Whether two 16-bit numbers are equal; the zeros are.
bool same(uint16_t a, uint16_t b) { return a == b || ((a | b) & 0x7fff) == 0; }

}  // namespace

void uniform(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double from, double to) {
  as_real(dtype, n);
  detail::visit_floating("uniform_", dtype, [&](auto tag) {
    using T = decltype(tag);
    const double max = static_cast<double>(std::numeric_limits<T>::max());
    if (!(from >= -max && from <= max && to >= -max && to <= max))
      throw Error("uniform_: bounds [" + number(from) + ", " + number(to) + ") are out of range for " +
                  dtype_name(dtype));
    if (!(from <= to)) throw Error("uniform_: expects from <= to, got from=" + number(from) + ", to=" + number(to));
    if (!(to - from <= max))
      throw Error("uniform_: to - from must be finite in " + std::string(dtype_name(dtype)) + ", got from=" +
                  number(from) + ", to=" + number(to));
    T* o = static_cast<T*>(out);
    const auto& k = simd::kernels();
    if constexpr (std::is_same_v<T, double>) {
      const double width = to - from;
      stream(state, 2 * n, kCheap, [&](const uint32_t* raw, int64_t first, int64_t count) {
        // The interval [0, 1) has nothing to scale or to exclude.
        if (from == 0.0 && to == 1.0)
          k.unit_f64(raw, o + first / 2, count / 2);
        else
          k.uniform_f64(raw, o + first / 2, count / 2, from, width, to);
      });
    } else {
      const float lo = static_cast<float>(from), hi = static_cast<float>(to), width = hi - lo;
      if constexpr (std::is_same_v<T, float>) {
        stream(state, n, kCheap, [&](const uint32_t* raw, int64_t first, int64_t count) {
          k.uniform_f32(raw, o + first, count, lo, width, hi);
        });
      } else {
        // Rounding to 16 bits can reach `to`, which is excluded.
        const T top = to_element<T>(to), bottom = to_element<T>(from);
        stream(state, n, kCheap, [&](const uint32_t* raw, int64_t first, int64_t count) {
          float values[kTile];
          k.uniform_f32(raw, values, count, lo, width, std::numeric_limits<float>::quiet_NaN());
          T* const piece = o + first;
          narrow(values, piece, count);
          for (int64_t i = 0; i < count; ++i)
            if (same(piece[i].x, top.x)) piece[i] = bottom;
        });
      }
    }
  });
}

namespace {

// Box-Muller on groups of 16 doubles (32 words): eight radii, then eight angles.
void normal_groups(const uint32_t* raw, double* out, int64_t groups, double mean, double std) {
  simd::kernels().unit_f64(raw, out, 16 * groups);
  for (int64_t g = 0; g < groups; ++g) {
    double* o = out + 16 * g;
    for (int j = 0; j < 8; ++j) {
      const double radius = std::sqrt(-2.0 * std::log(1.0 - o[j])), theta = 2.0 * M_PI * o[j + 8];
      o[j] = std::fma(radius * std::cos(theta), std, mean);
      o[j + 8] = std::fma(radius * std::sin(theta), std, mean);
    }
  }
}
void normal_groups(const uint32_t* raw, float* out, int64_t groups, float mean, float std) {
  simd::kernels().normal_f32(raw, out, groups, mean, std);
}

// Drops words: PyTorch draws a last, incomplete group only to overwrite it.
void skip(GeneratorState& state, int64_t words) {
  for (int64_t i = 0; i < words; ++i) state.random();
}

// PyTorch's fill from 16 elements up: whole groups, then 16 fresh values over the last 16 places.
template <class T>
void normal_fill(GeneratorState& state, T* out, int64_t n, double mean, double std) {
  using Acc = std::conditional_t<std::is_same_v<T, double>, double, float>;
  constexpr int64_t kWords = sizeof(Acc) / 4, kGroup = 16 * kWords;
  const Acc m = static_cast<Acc>(mean), s = static_cast<Acc>(std);
  const int64_t groups = n / 16, rest = n % 16;
  const auto fill = [&](const uint32_t* raw, T* o, int64_t count) {
    if constexpr (std::is_same_v<T, Acc>) {
      normal_groups(raw, o, count, m, s);
    } else {
      Acc values[kTile];
      normal_groups(raw, values, count, m, s);
      narrow(values, o, 16 * count);
    }
  };
  stream(state, groups * kGroup, sizeof(Acc) == 8 ? kCostly : 2 * kTile,
         [&](const uint32_t* raw, int64_t first, int64_t count) { fill(raw, out + first / kWords, count / kGroup); });
  if (rest == 0) return;
  if (std::is_same_v<T, Acc>) skip(state, rest * kWords);
  stream(state, kGroup, kCostly, [&](const uint32_t* raw, int64_t, int64_t) { fill(raw, out + n - 16, 1); });
}

// Standard normals in doubles, one sequence with GeneratorState::normal: f(normals, first, count).
template <class F>
void stream_normals(GeneratorState& state, int64_t n, const F& f) {
  int64_t done = 0;
  if (n > 0 && state.next_double_normal) {
    const double kept = state.normal();
    f(&kept, int64_t{0}, int64_t{1});
    done = 1;
  }
  const int64_t pairs = (n - done) / 2;
  stream_units(state, 2 * pairs, [&](const double* units, int64_t first, int64_t count) {
    double normals[kTile / 2];
    for (int64_t i = 0; i < count; i += 2) {
      const double r = std::sqrt(-2.0 * std::log1p(-units[i + 1])), theta = 2.0 * M_PI * units[i];
      normals[i] = r * std::cos(theta);
      normals[i + 1] = r * std::sin(theta);
    }
    f(normals, done + first, count);
  });
  done += 2 * pairs;
  if (done < n) {
    const double last = state.normal();
    f(&last, done, int64_t{1});
  }
}

void check_std(double std) {
  if (!(std >= 0.0)) throw Error("normal_: expects std >= 0, got std=" + number(std));
}

}  // namespace

void normal_strided(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double mean, double std) {
  check_std(std);
  if (as_real(dtype, n)) std /= std::sqrt(2.0);
  detail::visit_floating("normal_", dtype, [&](auto tag) {
    using T = decltype(tag);
    stream_normals(state, n, [&](const double* normals, int64_t first, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        static_cast<T*>(out)[first + i] = to_element<T>(std::fma(normals[i], std, mean));
    });
  });
}

void normal(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double mean, double std) {
  check_std(std);
  if (as_real(dtype, n)) std /= std::sqrt(2.0);
  if (n < 16) return normal_strided(state, dtype, out, n, mean, std);
  detail::visit_floating("normal_", dtype,
                         [&](auto tag) { normal_fill(state, static_cast<decltype(tag)*>(out), n, mean, std); });
}

void log_normal(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double mean, double std) {
  if (!(std > 0.0)) throw Error("log_normal_: expects std > 0, got std=" + number(std));
  detail::visit_floating("log_normal_", dtype, [&](auto tag) {
    using T = decltype(tag);
    stream_normals(state, n, [&](const double* normals, int64_t first, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        static_cast<T*>(out)[first + i] = to_element<T>(std::exp(std::fma(normals[i], std, mean)));
    });
  });
}

namespace {

// out[i] = f(one 32- or 64-bit output of the generator).
template <class T, class F>
void fill_u32(GeneratorState& state, T* out, int64_t n, const F& f) {
  stream(state, n, kCheap, [&](const uint32_t* raw, int64_t first, int64_t count) {
    uint32_t words[kTile];
    simd::kernels().temper_all(raw, words, count);
    for (int64_t i = 0; i < count; ++i) out[first + i] = to_element<T>(f(words[i]));
  });
}
template <class T, class F>
void fill_u64(GeneratorState& state, T* out, int64_t n, const F& f) {
  stream(state, 2 * n, kCheap, [&](const uint32_t* raw, int64_t first, int64_t count) {
    uint64_t words[kTile / 2];
    simd::kernels().join_u64(raw, words, count / 2);
    for (int64_t i = 0; i < count / 2; ++i) out[first / 2 + i] = to_element<T>(f(words[i]));
  });
}

// floor(log2 |v|): which step of T's grid of integers v lies on.
int magnitude(int64_t v) {
  uint64_t m = v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
  int n = 0;
  while (m >>= 1) ++n;
  return n;
}

// v rounded to T; what leaves the 64-bit range gives its lowest number, as x86 converts and PyTorch relies on.
template <class T>
int64_t round_trip(int64_t v) {
  const auto d = static_cast<double>(to_element<T>(v));
  return d >= -0x1p63 && d < 0x1p63 ? static_cast<int64_t>(d) : std::numeric_limits<int64_t>::lowest();
}

// Moves a bound that T cannot hold to its nearest neighbour inside the range. Unsigned sums may wrap.
template <class T>
int64_t round_from(int64_t from) {
  const auto after = static_cast<int64_t>(static_cast<uint64_t>(from) + 1);
  const int64_t up = round_trip<T>(after);
  if (up >= from) return from;
  return static_cast<int64_t>(static_cast<uint64_t>(up) +
                              (uint64_t{1} << (magnitude(after) - std::numeric_limits<T>::digits + 1)));
}
template <class T>
int64_t round_to(int64_t to) {
  const auto before = static_cast<int64_t>(static_cast<uint64_t>(to) - 1);
  const int64_t down = round_trip<T>(before);
  if (down < to) return to;
  return static_cast<int64_t>(static_cast<uint64_t>(down) -
                              (uint64_t{1} << (magnitude(before) - std::numeric_limits<T>::digits + 1)));
}

// Whether T holds both ends of [from, last].
template <class T>
bool in_range(int64_t from, int64_t last) {
  if constexpr (detail::is_floating<T>) {
    const double max = static_cast<double>(std::numeric_limits<T>::max());
    return std::fabs(static_cast<double>(from)) <= max && std::fabs(static_cast<double>(last)) <= max;
  } else {
    constexpr auto min = static_cast<int64_t>(std::numeric_limits<T>::lowest());
    constexpr auto max = static_cast<int64_t>(std::numeric_limits<T>::max());
    return from >= min && from <= max && last >= min && last <= max;
  }
}

}  // namespace

void random_from_to(GeneratorState& state, ScalarType dtype, void* out, int64_t n, int64_t from,
                    std::optional<int64_t> to) {
  if (!to && from == std::numeric_limits<int64_t>::lowest()) return random_full_64(state, dtype, out, n);
  if (to && from >= *to)
    throw Error("random_: expects from < to, got from=" + std::to_string(from) + ", to=" + std::to_string(*to));
  detail::visit_real("random_", dtype, [&](auto tag) {
    using T = decltype(tag);
    int64_t low = from, last;
    if constexpr (detail::is_floating<T>) {
      low = round_from<T>(from);
      last = to ? round_to<T>(*to) - 1 : int64_t{1} << std::numeric_limits<T>::digits;
      if (to ? low > last : low >= last)
        throw Error("random_: no number of " + std::string(dtype_name(dtype)) + " lies from " +
                    std::to_string(from) + " to " + std::to_string(to ? *to - 1 : last));
    } else {
      last = to ? *to - 1 : static_cast<int64_t>(std::numeric_limits<T>::max());
    }
    if (!in_range<T>(low, last))
      throw Error("random_: " + std::string(dtype_name(dtype)) + " does not hold all of [" + std::to_string(from) +
                  ", " + std::to_string(to ? *to - 1 : last) + "]");
    // Zero stands for 2^64, which [INT64_MIN + 1, …] and narrower ranges never reach.
    const uint64_t range = static_cast<uint64_t>(last) - static_cast<uint64_t>(low) + 1;
    const uint64_t base = static_cast<uint64_t>(low);
    T* o = static_cast<T*>(out);
    if (range >= uint64_t{1} << 28 && (range & (range - 1)) == 0)
      return fill_u64(state, o, n, [=](uint64_t w) { return static_cast<int64_t>((w & (range - 1)) + base); });
    if (range >= uint64_t{1} << 28) {  // 64 bits keep the modulo's skew small
      fill_u64(state, o, n, [=](uint64_t w) { return static_cast<int64_t>(w % range + base); });
      return;
    }
    stream(state, n, kCheap, [&](const uint32_t* raw, int64_t first, int64_t count) {
      uint32_t words[kTile];
      simd::kernels().mod_u32(raw, words, count, static_cast<uint32_t>(range));
      for (int64_t i = 0; i < count; ++i)
        o[first + i] = to_element<T>(static_cast<int64_t>(words[i] + base));
    });
  });
}

void random_full(GeneratorState& state, ScalarType dtype, void* out, int64_t n) {
  detail::visit_real("random_", dtype, [&](auto tag) {
    using T = decltype(tag);
    T* o = static_cast<T*>(out);
    if constexpr (std::is_same_v<T, int64_t>) {
      fill_u64(state, o, n, [](uint64_t w) { return w & (~uint64_t{0} >> 1); });
    } else if constexpr (std::is_same_v<T, double>) {
      fill_u64(state, o, n, [](uint64_t w) { return w % ((uint64_t{1} << 53) + 1); });
    } else if constexpr (detail::is_floating<T>) {
      fill_u32(state, o, n, [](uint32_t w) { return w % ((uint32_t{1} << std::numeric_limits<T>::digits) + 1); });
    } else {
      fill_u32(state, o, n, [](uint32_t w) { return w & static_cast<uint32_t>(std::numeric_limits<T>::max()); });
    }
  });
}

void random_full_64(GeneratorState& state, ScalarType dtype, void* out, int64_t n) {
  if (dtype != kLong && dtype != kDouble && dtype != kFloat && dtype != kBFloat16)
    detail::throw_dtype("random_ over all 64-bit integers", dtype);
  detail::visit_real("random_", dtype, [&](auto tag) {
    using T = decltype(tag);
    fill_u64(state, static_cast<T*>(out), n, [](uint64_t w) { return static_cast<int64_t>(w); });
  });
}

void bernoulli(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double p) {
  if (!(p >= 0.0 && p <= 1.0)) throw Error("bernoulli_: expects p in [0, 1], got p=" + number(p));
  // unit < p, in integers: both sides scaled by 2^53, exactly.
  constexpr uint64_t kMask = (uint64_t{1} << 53) - 1;
  const auto bound = static_cast<uint64_t>(std::ceil(p * 0x1p53));
  detail::visit_real("bernoulli_", dtype, [&](auto tag) {
    using T = decltype(tag);
    const T values[2] = {to_element<T>(0), to_element<T>(1)};
    stream(state, 2 * n, kCheap, [&](const uint32_t* raw, int64_t first, int64_t count) {
      uint64_t words[kTile / 2];
      simd::kernels().join_u64(raw, words, count / 2);
      T* o = static_cast<T*>(out) + first / 2;
      for (int64_t i = 0; i < count / 2; ++i) o[i] = values[(words[i] & kMask) < bound];
    });
  });
}

namespace {

// ones[i] of a tile as elements.
using Spread = void (*)(const bool* ones, void* out, int64_t first, int64_t n);
Spread spread_for(ScalarType dtype) {
  Spread spread = nullptr;
  detail::visit_real("bernoulli_", dtype, [&](auto tag) {
    using T = decltype(tag);
    spread = [](const bool* ones, void* out, int64_t first, int64_t n) {
      const T values[2] = {to_element<T>(0), to_element<T>(1)};
      for (int64_t i = 0; i < n; ++i) static_cast<T*>(out)[first + i] = values[ones[i]];
    };
  });
  return spread;
}

}  // namespace

void bernoulli_tensor(GeneratorState& state, ScalarType dtype, void* out, ScalarType p_dtype, const void* p,
                      int64_t n) {
  const Spread spread = spread_for(dtype);
  detail::visit_floating("bernoulli_ (probabilities)", p_dtype, [&](auto p_tag) {
    using P = decltype(p_tag);
    const P* probs = static_cast<const P*>(p);
    for (int64_t i = 0; i < n; ++i) {
      const double v = static_cast<double>(probs[i]);
      if (!(v >= 0.0 && v <= 1.0))
        throw Error("bernoulli_: expects p in [0, 1], got p=" + number(v) + " at element " + std::to_string(i));
    }
    if constexpr (std::is_same_v<P, double>) {
      stream_units(state, n, [&](const double* units, int64_t first, int64_t count) {
        bool ones[kTile];
        for (int64_t i = 0; i < count; ++i) ones[i] = units[i] < probs[first + i];
        spread(ones, out, first, count);
      });
    } else {
      stream(state, n, kCheap, [&](const uint32_t* raw, int64_t first, int64_t count) {
        float units[kTile];
        bool ones[kTile];
        simd::kernels().uniform_f32(raw, units, count, 0.0f, 1.0f, 1.0f);
        for (int64_t i = 0; i < count; ++i) ones[i] = units[i] < static_cast<float>(probs[first + i]);
        spread(ones, out, first, count);
      });
    }
  });
}

}  // namespace rng
}  // namespace v1
}  // namespace wick
