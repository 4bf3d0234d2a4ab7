// What the indexing ops share: index types, elements as bytes, and element arithmetic by dtype.
#pragma once

#include <wick/core/parallel.h>

#include "ops/become.h"

namespace wick::ops {

// Calls f with a value of an unsigned type of `size` bytes (16: a pair).
struct Bytes16 { uint64_t a, b; };
template <class F>
void by_size(size_t size, F&& f) {
  switch (size) {
    case 1: f(uint8_t()); break;
    case 2: f(uint16_t()); break;
    case 4: f(uint32_t()); break;
    case 8: f(uint64_t()); break;
    default: f(Bytes16()); break;
  }
}
// Calls f with a value of the C++ type of `t`.
template <class F>
void by_type(ScalarType t, F&& f) {
  switch (t) {
#define WICK_CASE(T, name) case ScalarType::name: f(T()); break;
    WICK_FORALL_TYPES(WICK_CASE)
#undef WICK_CASE
    default: throw TypeError(str("no tensor of dtype ", t));
  }
}
template <class F>
void by_real_type(const char* op, ScalarType t, F&& f) {
  if (is_complex_type(t)) throw NotImplementedError(str("\"", op, "\" not implemented for '", t, "'"));
  by_type(t, [&](auto v) {
    if constexpr (!std::is_same_v<decltype(v), std::complex<float>> && !std::is_same_v<decltype(v), std::complex<double>>) f(v);
  });
}

// a + b in the element's type; the reduced types round once.
template <class T>
T sum_of(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) return a || b;
  else if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) return T(static_cast<float>(a) + static_cast<float>(b));
  else return static_cast<T>(a + b);
}
template <class T>
T product_of(T a, T b) {
  if constexpr (std::is_same_v<T, bool>) return a && b;
  else if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) return T(static_cast<float>(a) * static_cast<float>(b));
  else return static_cast<T>(a * b);
}
template <class T>
bool is_nan(T a) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) return static_cast<float>(a) != static_cast<float>(a);
  else return a != a;
}

// Indices as contiguous int64.
inline Tensor long_indices(const Tensor& index) { return raw_contiguous(index, kLong); }

}  // namespace wick::ops
