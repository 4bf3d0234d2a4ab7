// 16-bit floating point: Half (IEEE binary16) and BFloat16, stored as bits and computed in float.
#pragma once

#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <limits>

namespace wick {
inline namespace v1 {
namespace detail {

inline float bits_to_float(uint32_t b) { float f; std::memcpy(&f, &b, 4); return f; }
inline uint32_t float_to_bits(float f) { uint32_t b; std::memcpy(&b, &f, 4); return b; }

// Round to nearest even; overflow gives infinity, NaN stays NaN.
inline uint16_t float_to_half_bits(float f) {
  const uint32_t b = float_to_bits(f), sign = (b >> 16) & 0x8000u, mag = b & 0x7fffffffu;
  if (mag > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00u);
  if (mag >= 0x47800000u) return static_cast<uint16_t>(sign | 0x7c00u);
  if (mag < 0x38800000u) {  // subnormal half: let the float adder round
    const float scaled = bits_to_float(mag) + 0.5f;
    return static_cast<uint16_t>(sign | (float_to_bits(scaled) - 0x3f000000u));
  }
  const uint32_t odd = (mag >> 13) & 1u;
  return static_cast<uint16_t>(sign | ((mag - 0x38000000u + 0xfffu + odd) >> 13));
}
inline float half_bits_to_float(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000u) << 16, mag = h & 0x7fffu;
  if (mag >= 0x7c00u) return bits_to_float(sign | 0x7f800000u | ((mag & 0x3ffu) << 13));
  if (mag >= 0x400u) return bits_to_float(sign | ((mag << 13) + 0x38000000u));
  const float sub = static_cast<float>(mag) * 5.9604644775390625e-8f;  // 2^-24
  return bits_to_float(sign | float_to_bits(sub));
}
inline uint16_t float_to_bfloat16_bits(float f) {
  const uint32_t b = float_to_bits(f);
  if ((b & 0x7fffffffu) > 0x7f800000u) return 0x7fc0u;
  return static_cast<uint16_t>((b + 0x7fffu + ((b >> 16) & 1u)) >> 16);
}

}  // namespace detail

/// IEEE binary16: 5 exponent and 10 fraction bits. Converts from and to float; arithmetic is float's,
/// rounded to nearest even.
struct alignas(2) Half {
  uint16_t x = 0;
  struct from_bits_t {};
  /// Tag for the constructor that takes the bits themselves.
  static constexpr from_bits_t from_bits() { return {}; }
  Half() = default;
  constexpr Half(uint16_t bits, from_bits_t) : x(bits) {}
  Half(float f) : x(detail::float_to_half_bits(f)) {}
  operator float() const { return detail::half_bits_to_float(x); }
};

/// The upper half of a float: 8 exponent and 7 fraction bits. Converts from and to float; arithmetic is
/// float's, rounded to nearest even.
struct alignas(2) BFloat16 {
  uint16_t x = 0;
  struct from_bits_t {};
  /// Tag for the constructor that takes the bits themselves.
  static constexpr from_bits_t from_bits() { return {}; }
  BFloat16() = default;
  constexpr BFloat16(uint16_t bits, from_bits_t) : x(bits) {}
  BFloat16(float f) : x(detail::float_to_bfloat16_bits(f)) {}
  operator float() const { return detail::bits_to_float(static_cast<uint32_t>(x) << 16); }
};

// Operators between two values of one 16-bit type give that type; mixed with float, double and integers
// the result is PyTorch's (float and double win, an integer does not).
#define WICK_HALF_OP(T, op)                                                                        \
  inline T operator op(T a, T b) { return T(static_cast<float>(a) op static_cast<float>(b)); }      \
  inline float operator op(T a, float b) { return static_cast<float>(a) op b; }                     \
  inline float operator op(float a, T b) { return a op static_cast<float>(b); }                     \
  inline double operator op(T a, double b) { return static_cast<double>(static_cast<float>(a)) op b; } \
  inline double operator op(double a, T b) { return a op static_cast<double>(static_cast<float>(b)); } \
  inline T operator op(T a, int b) { return a op T(static_cast<float>(b)); }                        \
  inline T operator op(int a, T b) { return T(static_cast<float>(a)) op b; }                        \
  inline T operator op(T a, int64_t b) { return a op T(static_cast<float>(b)); }                    \
  inline T operator op(int64_t a, T b) { return T(static_cast<float>(a)) op b; }                    \
  inline T& operator op##=(T& a, T b) { return a = a op b; }
#define WICK_HALF_OPS(T) WICK_HALF_OP(T, +) WICK_HALF_OP(T, -) WICK_HALF_OP(T, *) WICK_HALF_OP(T, /) \
  inline T operator-(T a) { return T(-static_cast<float>(a)); }
WICK_HALF_OPS(Half)
WICK_HALF_OPS(BFloat16)
#undef WICK_HALF_OPS
#undef WICK_HALF_OP

/// Prints the value as a float.
std::ostream& operator<<(std::ostream& out, Half h);
std::ostream& operator<<(std::ostream& out, BFloat16 h);

}  // namespace v1
}  // namespace wick

namespace std {
template <>
class numeric_limits<wick::Half> : public numeric_limits<float> {
 public:
  static constexpr int digits = 11, digits10 = 3, max_digits10 = 5, min_exponent = -13, max_exponent = 16, min_exponent10 = -4, max_exponent10 = 4;
  static constexpr wick::Half make(uint16_t b) { return wick::Half(b, wick::Half::from_bits()); }
  static constexpr wick::Half min() { return make(0x0400); }
  static constexpr wick::Half lowest() { return make(0xFBFF); }
  static constexpr wick::Half max() { return make(0x7BFF); }
  static constexpr wick::Half epsilon() { return make(0x1400); }
  static constexpr wick::Half round_error() { return make(0x3800); }
  static constexpr wick::Half infinity() { return make(0x7C00); }
  static constexpr wick::Half quiet_NaN() { return make(0x7E00); }
  static constexpr wick::Half denorm_min() { return make(0x0001); }
};
template <>
class numeric_limits<wick::BFloat16> : public numeric_limits<float> {
 public:
  static constexpr int digits = 8, digits10 = 2, max_digits10 = 4;
  static constexpr wick::BFloat16 make(uint16_t b) { return wick::BFloat16(b, wick::BFloat16::from_bits()); }
  static constexpr wick::BFloat16 min() { return make(0x0080); }
  static constexpr wick::BFloat16 lowest() { return make(0xFF7F); }
  static constexpr wick::BFloat16 max() { return make(0x7F7F); }
  static constexpr wick::BFloat16 epsilon() { return make(0x3C00); }
  static constexpr wick::BFloat16 round_error() { return make(0x3F00); }
  static constexpr wick::BFloat16 infinity() { return make(0x7F80); }
  static constexpr wick::BFloat16 quiet_NaN() { return make(0x7FC0); }
  static constexpr wick::BFloat16 denorm_min() { return make(0x0001); }
};
}  // namespace std
