// Error-function family and Bessel functions, computed in double.
#pragma once

#include "kernels/math/common.h"

namespace wick::kernels::math {

// exp(x^2) erfc(x).
WICK_HD inline double erfcx(double x) {
  if (x != x) return x;
  if (x < 0) {
    if (x < -26.7) return kInf;
    const double z = x * x, low = std::fma(x, x, -z);
    return 2 * std::exp(z) * (1 + low) - erfcx(-x);
  }
  if (x < 10) {  // the rounding error of x^2 is made good: erfc itself is accurate
    const double z = x * x, low = std::fma(x, x, -z);
    return std::exp(z) * (1 + low) * std::erfc(x);
  }
  if (x > 1e8) return 1 / (x * kRootPi);
  // Asymptotic series, DLMF 7.12.1.
  double term = 1, sum = 1;
  const double q = 0.5 / (x * x);
  for (int k = 1; k < 16; ++k) sum += term *= -(2 * k - 1) * q;
  return sum / (x * kRootPi);
}

// log of the normal distribution function.
WICK_HD inline double log_ndtr(double x) {
  const double t = x / kRoot2;
  if (x == -kInf) return x;
  if (x < -1) return std::log(erfcx(-t) / 2) - t * t;
  return std::log1p(-std::erfc(t) / 2);
}

WICK_HD inline double erfinv(double y) {
  const double a = std::fabs(y);
  if (!(a <= 1)) return kNaN;
  if (a == 1) return std::copysign(kInf, y);
  if (a < 1e-9) return y * (kRootPi / 2);
  // Winitzki's closed form (A handy approximation for the error function, 2008), then Halley's steps on erfc, which
  // stays accurate where erf is next to 1.
  const double l = std::log1p(-a * a), h = 4.3307467508 + l / 2;  // 2 / (pi 0.147)
  double x = std::sqrt(std::sqrt(h * h - l / 0.147) - h);
  for (int i = 0; i < 3; ++i) {
    const double e = a < 0.5 ? std::erf(x) - a : (1 - a) - std::erfc(x);
    const double u = e * (kRootPi / 2) * std::exp(x * x);
    x -= u / (1 + x * u);
  }
  return std::copysign(x, y);
}

// Inverse of the normal distribution function.
WICK_HD inline double ndtri(double p) {
  if (!(p >= 0 && p <= 1)) return kNaN;
  if (p == 0) return -kInf;
  if (p == 1) return kInf;
  if (p > 0.25 && p < 0.75) return kRoot2 * erfinv(2 * p - 1);
  const double q = p < 0.5 ? p : 1 - p;  // exact
  // Abramowitz and Stegun 26.2.23, then Newton's steps on the logarithm, which does not underflow.
  const double t = std::sqrt(-2 * std::log(q));
  double z = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (int i = 0; i < 3; ++i) {
    const double slope = std::sqrt(2 / kPi) / erfcx(-z / kRoot2);
    z -= (log_ndtr(z) - std::log(q)) / slope;
  }
  return p < 0.5 ? z : -z;
}

// e^-|x| I_n(x) for n = 0, 1 at x >= 0: the power series has positive terms only, and the asymptotic one (DLMF
// 10.40.1) reaches double precision beyond 20.
template <int n>
WICK_HD double bessel_ie(double x) {
  if (x == kInf) return 0;
  if (x <= 20) {
    const double q = x * x / 4;
    double term = n == 0 ? 1 : x / 2, sum = term;
    for (int k = 1; k < 80 && term > 1e-17 * sum; ++k) sum += term *= q / (double(k) * (k + n));
    return sum * std::exp(-x);
  }
  double term = 1, sum = 1;
  for (int k = 1; k < 40; ++k) {
    const double odd = 2 * k - 1, next = term * -(4.0 * n * n - odd * odd) / (8 * k * x);
    if (!(std::fabs(next) < std::fabs(term)) || std::fabs(next) < 1e-18) break;
    sum += term = next;
  }
  return sum / (std::sqrt(2 * kPi) * std::sqrt(x));
}
WICK_HD inline double i0e(double x) { return x != x ? x : bessel_ie<0>(std::fabs(x)); }
WICK_HD inline double i1e(double x) { return x != x ? x : x < 0 ? -bessel_ie<1>(-x) : bessel_ie<1>(std::fabs(x)); }
// NaN at infinity (infinity times zero), as PyTorch has it.
WICK_HD inline double i0(double x) { return std::exp(std::fabs(x)) * i0e(x); }
WICK_HD inline double i1(double x) { return std::exp(std::fabs(x)) * i1e(x); }

}  // namespace wick::kernels::math
