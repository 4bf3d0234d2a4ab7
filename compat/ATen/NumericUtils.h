// NaN and infinity for every element type.
#pragma once

#include <c10/core/ScalarType.h>

#include <cmath>
#include <type_traits>

namespace at {

template <class T>
bool _isnan(T x) {
  if constexpr (std::is_integral<T>::value) return false;
  else if constexpr (std::is_floating_point<T>::value) return std::isnan(x);
  else return std::isnan(static_cast<float>(x));
}
template <class T> bool _isnan(::c10::complex<T> x) { return std::isnan(x.real()) || std::isnan(x.imag()); }
template <class T>
bool _isinf(T x) {
  if constexpr (std::is_integral<T>::value) return false;
  else if constexpr (std::is_floating_point<T>::value) return std::isinf(x);
  else return std::isinf(static_cast<float>(x));
}
template <class T> bool _isinf(::c10::complex<T> x) { return std::isinf(x.real()) || std::isinf(x.imag()); }

}  // namespace at
