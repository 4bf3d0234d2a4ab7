// Order-preserving integer keys: a < b as PyTorch sorts exactly if key(a) < key(b). NaN is the greatest, all NaNs are
// equal, -0.0 equals 0.0. Branch-free, so that loops over keys vectorise.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

template <class T>
struct SortKey {  // integers and bool
  using type = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;
  static type of(T x) { return static_cast<type>(x); }
};
template <class I, class T>
inline I float_sort_key(I bits, T is_nan) {
  constexpr I kTop = std::numeric_limits<I>::max();
  const I key = static_cast<I>(bits ^ static_cast<I>((bits >> (sizeof(I) * 8 - 1)) & kTop));
  return is_nan ? kTop : key;
}
template <>
struct SortKey<float> {
  using type = int32_t;
  static type of(float x) { return float_sort_key(std::bit_cast<int32_t>(x + 0.0f), x != x); }
};
template <>
struct SortKey<double> {
  using type = int64_t;
  static type of(double x) { return float_sort_key(std::bit_cast<int64_t>(x + 0.0), x != x); }
};
template <>
struct SortKey<Half> {
  using type = int16_t;
  static type of(Half x) {
    const uint16_t b = x.x == 0x8000u ? uint16_t{0} : x.x;
    return float_sort_key(static_cast<int16_t>(b), (b & 0x7fffu) > 0x7c00u);
  }
};
template <>
struct SortKey<BFloat16> {
  using type = int16_t;
  static type of(BFloat16 x) {
    const uint16_t b = x.x == 0x8000u ? uint16_t{0} : x.x;
    return float_sort_key(static_cast<int16_t>(b), (b & 0x7fffu) > 0x7f80u);
  }
};

// Calls `call(C++ type)` for a real dtype or bool. Bool is read as a byte: any bit pattern is safe then.
#define WICK_REAL_TYPES(type, call)                  \
  switch (type) {                                    \
    case kByte: case kBool: call(uint8_t); break;    \
    case kChar: call(int8_t); break;                 \
    case kShort: call(int16_t); break;               \
    case kInt: call(int32_t); break;                 \
    case kLong: call(int64_t); break;                \
    case kHalf: call(Half); break;                   \
    case kBFloat16: call(BFloat16); break;           \
    case kFloat: call(float); break;                 \
    default: call(double); break;                    \
  }

}  // namespace wick::kernels::cpu
