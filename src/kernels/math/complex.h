// Complex functors where std::complex is slower, less accurate or not PyTorch's.
#pragma once

#include <complex>

#include "kernels/math/common.h"

namespace wick::kernels::math {

using c128 = std::complex<double>;

// Plain products: no recovery of infinities (C's Annex G), as PyTorch computes them.
inline c128 mul(c128 a, c128 b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}
// Smith's division (CACM 1962): no overflow where the quotient has none.
inline c128 div(c128 a, c128 b) {
  const double x = b.real(), y = b.imag();
  if (std::fabs(x) >= std::fabs(y)) {
    if (x == 0 && y == 0) return {a.real() / std::fabs(x), a.imag() / std::fabs(y)};
    const double r = y / x, s = 1 / (x + y * r);
    return {(a.real() + a.imag() * r) * s, (a.imag() - a.real() * r) * s};
  }
  const double r = x / y, s = 1 / (x * r + y);
  return {(a.real() * r + a.imag()) * s, (a.imag() * r - a.real()) * s};
}

// e^z - 1: the real part expm1(x) cos(y) - 2 sin(y/2)^2 does not cancel.
inline c128 expm1(c128 z) {
  const double x = z.real(), y = z.imag(), s = std::sin(y / 2), e = std::exp(x);
  return {std::expm1(x) * std::cos(y) - 2 * s * s, y == 0 ? y : e * std::sin(y)};
}
// log(1 + z): |1 + z|^2 - 1 = x (2 + x) + y^2 where that is small.
inline c128 log1p(c128 z) {
  const double x = z.real(), y = z.imag(), angle = std::atan2(y, 1 + x);
  const double t = x * (2 + x) + y * y;
  if (std::fabs(x) < 1 && std::fabs(y) < 1 && t > -0.5) return {std::log1p(t) / 2, angle};
  return {std::log(std::hypot(1 + x, y)), angle};
}

inline c128 sgn(c128 z) { return z == 0.0 ? c128() : z / std::abs(z); }
inline c128 sigmoid(c128 z) { return div(1.0, 1.0 + std::exp(-z)); }
inline bool is_nan(c128 z) { return z.real() != z.real() || z.imag() != z.imag(); }

// log(e^a + e^b), relative to the one with the larger real part.
inline c128 logaddexp(c128 a, c128 b) {
  if (is_nan(a) || is_nan(b)) return {kNaN, kNaN};
  const c128 lo = a.real() < b.real() ? a : b, hi = a.real() < b.real() ? b : a;
  if (!std::isfinite(lo.real()) && lo.real() == hi.real()) return lo.real() < 0 ? lo : std::log(std::exp(lo) + std::exp(hi));
  return log1p(std::exp(lo - hi)) + hi;
}

inline c128 pow(c128 z, c128 e) {
  if (e == 0.0) return 1.0;
  if (e.imag() == 0) {
    const double r = e.real();
    if (r == 0.5) return std::sqrt(z);
    if (r == 1) return z;
    if (r == 2) return mul(z, z);
    if (r == 3) return mul(mul(z, z), z);
    if (r == -1) return div(1.0, z);
    if (r == -2) return div(1.0, mul(z, z));
    if (r == -0.5) return div(1.0, std::sqrt(z));
  }
  return std::pow(z, e);
}

}  // namespace wick::kernels::math
