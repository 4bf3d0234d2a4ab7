// c10::complex is std::complex.
#pragma once

#include <c10/macros/Macros.h>
#include <wick/ops/factories.h>

#include <cmath>
#include <complex>

namespace c10 {
template <class T> using complex = std::complex<T>;
using std::polar;
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
