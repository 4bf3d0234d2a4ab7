// c10::complex is std::complex.
#pragma once

#include <c10/macros/Macros.h>
#include <wick/ops/factories.h>

#include <cmath>
#include <complex>

namespace c10 {
template <class T> using complex = std::complex<T>;
using std::polar;

/// The type of a complex number's parts; a real type is its own.
template <class T> struct scalar_value_type { using type = T; };
template <class T> struct scalar_value_type<std::complex<T>> { using type = T; };

/// `2.5_if` and `2.5_id`: imaginary numbers of float and double.
namespace complex_literals {
constexpr complex<float> operator""_if(long double imag) { return complex<float>(0.0f, static_cast<float>(imag)); }
constexpr complex<double> operator""_id(long double imag) { return complex<double>(0.0, static_cast<double>(imag)); }
constexpr complex<float> operator""_if(unsigned long long imag) { return complex<float>(0.0f, static_cast<float>(imag)); }
constexpr complex<double> operator""_id(unsigned long long imag) { return complex<double>(0.0, static_cast<double>(imag)); }
}  // namespace complex_literals
}  // namespace c10

// In `at` and `torch` the names mean the ops.
namespace at {
using ::wick::v1::complex;
using ::wick::v1::polar;
}  // namespace at
namespace torch {
using ::wick::v1::complex;
using ::wick::v1::polar;
}  // namespace torch
