#include <wick/core/scalar.h>

#include <cmath>
#include <limits>
#include <ostream>

#include <wick/core/str.h>
#include <wick/tensor.h>

namespace wick::inline v1 {
namespace {

[[noreturn]] void overflow(const char* type, const std::string& value) {
  throw Error(str("value cannot be converted to type ", type, " without overflow: ", value));
}

template <class T>
T checked(double x, const char* name) {
  if constexpr (std::is_integral<T>::value) {
    // Infinity and NaN convert to no integer, nor what lies outside the type's range by however small a fraction; inside, a fraction is cut off.
    const double end = std::ldexp(1.0, std::numeric_limits<T>::digits), most = sizeof(T) < 8 ? end - 1 : end, least = std::is_signed<T>::value ? -end : 0;
    if (!(x >= least && x <= most) || x == end) overflow(name, str(x));
    if constexpr (!std::is_signed<T>::value) return static_cast<T>(static_cast<uint64_t>(x));
    return static_cast<T>(static_cast<int64_t>(x));
  } else {
    if (std::isfinite(x) && std::fabs(x) > static_cast<double>(std::numeric_limits<T>::max())) overflow(name, str(x));
    return static_cast<T>(x);
  }
}
template <class T>
T checked(int64_t x, const char* name) {
  if constexpr (!std::is_integral<T>::value) {
    return checked<T>(static_cast<double>(x), name);
  } else {
    if constexpr (sizeof(T) < 8) {  // unsigned types take the negatives of their values, too
      constexpr int64_t most = std::numeric_limits<T>::max(), least = std::is_signed<T>::value ? int64_t{std::numeric_limits<T>::min()} : -most;
      if (x < least || x > most) overflow(name, str(x));
    }
    return static_cast<T>(x);
  }
}

template <class T>
T number_to(const Scalar& s, const char* name) {
  return s.isFloatingPoint() || s.isComplex() ? checked<T>(s.toDouble(), name) : checked<T>(s.toLong(), name);
}

}  // namespace


ScalarType Scalar::type() const {
  switch (kind_) {
    case Kind::floating: return kDouble;
    case Kind::complex: return kComplexDouble;
    case Kind::boolean: return kBool;
    default: return kLong;
  }
}

#define WICK_TO(T, method, name)                                                                         \
  T Scalar::method() const {                                                                             \
    if (kind_ == Kind::complex && v_.d[1] != 0) overflow(name, str(v_.d[0], " + ", v_.d[1], "i"));      \
    if (kind_ == Kind::floating || kind_ == Kind::complex) return checked<T>(v_.d[0], name);            \
    return checked<T>(v_.i, name);                                                                       \
  }                                                                                                      \
  template <> T Scalar::to<T>() const { return method(); }
WICK_TO(double, toDouble, "double")
WICK_TO(float, toFloat, "float")
WICK_TO(int64_t, toLong, "int64_t")
WICK_TO(int, toInt, "int")
WICK_TO(short, toShort, "int16_t")
WICK_TO(signed char, toChar, "int8_t")
WICK_TO(uint8_t, toByte, "uint8_t")
#undef WICK_TO
template <> uint16_t Scalar::to<uint16_t>() const { return number_to<uint16_t>(*this, "uint16_t"); }
template <> uint32_t Scalar::to<uint32_t>() const { return number_to<uint32_t>(*this, "uint32_t"); }
template <> uint64_t Scalar::to<uint64_t>() const { return number_to<uint64_t>(*this, "uint64_t"); }
template <> long long Scalar::to<long long>() const { return toLong(); }

bool Scalar::toBool() const {
  if (kind_ == Kind::complex) return v_.d[0] != 0 || v_.d[1] != 0;
  return kind_ == Kind::floating ? v_.d[0] != 0 : v_.i != 0;
}
template <> bool Scalar::to<bool>() const { return toBool(); }
Half Scalar::toHalf() const {
  const double x = toDouble();
  if (std::isfinite(x) && std::fabs(x) > 65504) overflow("Half", str(x));
  return Half(static_cast<float>(x));
}
BFloat16 Scalar::toBFloat16() const { return BFloat16(toFloat()); }
template <> Half Scalar::to<Half>() const { return toHalf(); }
template <> BFloat16 Scalar::to<BFloat16>() const { return toBFloat16(); }
std::complex<double> Scalar::toComplexDouble() const {
  return kind_ == Kind::complex ? std::complex<double>(v_.d[0], v_.d[1]) : std::complex<double>(toDouble());
}
std::complex<float> Scalar::toComplexFloat() const {
  const std::complex<double> z = toComplexDouble();
  return {checked<float>(z.real(), "complex<float>"), checked<float>(z.imag(), "complex<float>")};
}
template <> std::complex<double> Scalar::to<std::complex<double>>() const { return toComplexDouble(); }
template <> std::complex<float> Scalar::to<std::complex<float>>() const { return toComplexFloat(); }

Scalar Scalar::operator-() const {
  WICK_CHECK(kind_ != Kind::boolean, "torch boolean negative, the `-` operator, is not supported.");
  if (kind_ == Kind::complex) return Scalar(-toComplexDouble());
  return kind_ == Kind::floating ? Scalar(-v_.d[0]) : Scalar(-v_.i);
}
Scalar Scalar::conj() const { return kind_ == Kind::complex ? Scalar(std::conj(toComplexDouble())) : *this; }
Scalar Scalar::log() const {
  WICK_CHECK(kind_ != Kind::boolean, "log: unknown type in Scalar: Bool");
  return kind_ == Kind::complex ? Scalar(std::log(toComplexDouble())) : Scalar(std::log(toDouble()));
}

std::ostream& operator<<(std::ostream& out, const Scalar& s) {
  if (s.isFloatingPoint()) return out << s.toDouble();
  if (s.isComplex()) return out << s.toComplexDouble();
  if (s.isBoolean()) return out << (s.toBool() ? "true" : "false");
  return out << s.toLong();
}

}  // namespace wick::inline v1
