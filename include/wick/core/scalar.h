// One number of any kind, as ops take it beside tensors.
#pragma once

#include <cstdint>
#include <type_traits>

#include <wick/core/dtype.h>
#include <wick/core/error.h>

namespace wick {
inline namespace v1 {

/// A floating, complex, integral or boolean number. It takes part in type promotion by its category only:
/// a Scalar never widens a tensor of the same category. A conversion that would change the value's
/// integer part, or drop an imaginary part, throws.
class Scalar {
 public:
  /// From any number. (A 0-dim tensor gives one with `item()`.)
  Scalar() : kind_(Kind::integral) { v_.i = 0; }
  template <class T, std::enable_if_t<std::is_arithmetic<T>::value, int> = 0>
  Scalar(T x) {
    if constexpr (std::is_same<T, bool>::value) { kind_ = Kind::boolean; v_.i = x; }
    else if constexpr (std::is_integral<T>::value) { kind_ = Kind::integral; v_.i = static_cast<int64_t>(x); }
    else { kind_ = Kind::floating; v_.d[0] = static_cast<double>(x); }
  }
  Scalar(Half x) : Scalar(static_cast<float>(x)) {}
  Scalar(BFloat16 x) : Scalar(static_cast<float>(x)) {}
  template <class T>
  Scalar(std::complex<T> x) : kind_(Kind::complex) { v_.d[0] = static_cast<double>(x.real()); v_.d[1] = static_cast<double>(x.imag()); }

  /// Category of the number. `isIntegral(true)` counts booleans too.
  bool isFloatingPoint() const { return kind_ == Kind::floating; }
  bool isComplex() const { return kind_ == Kind::complex; }
  bool isIntegral(bool include_bool) const { return kind_ == Kind::integral || (include_bool && isBoolean()); }
  bool isBoolean() const { return kind_ == Kind::boolean; }
  /// kDouble, kComplexDouble, kLong or kBool.
  ScalarType type() const;

  /// The value as a C++ type. Errors: `Error` when it does not fit.
  template <class T>
  T to() const;
  double toDouble() const;
  float toFloat() const;
  int64_t toLong() const;
  int toInt() const;
  short toShort() const;
  signed char toChar() const;
  uint8_t toByte() const;
  bool toBool() const;
  Half toHalf() const;
  BFloat16 toBFloat16() const;
  std::complex<double> toComplexDouble() const;
  std::complex<float> toComplexFloat() const;

  /// Negation and conjugate, in the same category; booleans cannot be negated.
  Scalar operator-() const;
  Scalar conj() const;
  Scalar log() const;

  /// Whether the value equals a number; a boolean equals booleans only.
  template <class T>
  bool equal(T x) const {
    if (isBoolean()) return false;
    if (isComplex()) return v_.d[1] == 0 && v_.d[0] == static_cast<double>(x);
    return isFloatingPoint() ? v_.d[0] == static_cast<double>(x) : static_cast<double>(v_.i) == static_cast<double>(x);
  }
  template <class T>
  bool equal(std::complex<T> x) const {
    return isComplex() ? v_.d[0] == static_cast<double>(x.real()) && v_.d[1] == static_cast<double>(x.imag()) : x.imag() == 0 && equal(x.real());
  }
  bool equal(bool x) const { return isBoolean() && (v_.i != 0) == x; }

 private:
  enum class Kind : uint8_t { floating, complex, integral, boolean };
  union { double d[2]; int64_t i; } v_;
  Kind kind_;
};

// The types that `to` gives.
template <> double Scalar::to<double>() const;
template <> float Scalar::to<float>() const;
template <> int64_t Scalar::to<int64_t>() const;
template <> long long Scalar::to<long long>() const;
template <> int Scalar::to<int>() const;
template <> short Scalar::to<short>() const;
template <> signed char Scalar::to<signed char>() const;
template <> uint8_t Scalar::to<uint8_t>() const;
template <> uint16_t Scalar::to<uint16_t>() const;
template <> uint32_t Scalar::to<uint32_t>() const;
template <> uint64_t Scalar::to<uint64_t>() const;
template <> bool Scalar::to<bool>() const;
template <> Half Scalar::to<Half>() const;
template <> BFloat16 Scalar::to<BFloat16>() const;
template <> std::complex<double> Scalar::to<std::complex<double>>() const;
template <> std::complex<float> Scalar::to<std::complex<float>>() const;

/// Prints the number.
std::ostream& operator<<(std::ostream& out, const Scalar& s);

}  // namespace v1
}  // namespace wick
