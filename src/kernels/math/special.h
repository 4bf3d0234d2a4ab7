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

// Inverse of the normal distribution function for small p, to 4.5e-4: Abramowitz and Stegun 26.2.23.
WICK_HD inline double ndtri_rough(double p) {
  const double t = std::sqrt(-2 * std::log(p));
  return (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
}

WICK_HD inline double erfinv(double y) {
  const double a = std::fabs(y);
  if (!(a <= 1)) return kNaN;
  if (a == 1) return std::copysign(kInf, y);
  if (a < 1e-9) return y * (kRootPi / 2);
  // Giles's single-precision polynomials (Approximating the erfinv function, 2010), then Halley's steps; on erfc, which
  // stays accurate, where erf is next to 1. One step triples the digits; the far tail takes one more.
  const double w = -std::log1p(-a * a);
  double x;
  if (w < 5) {
    const double v = w - 2.5;
    x = a * (1.50140941 + v * (0.246640727 + v * (-0.00417768164 + v * (-0.00125372503 + v * (0.00021858087 + v * (
        -4.39150654e-06 + v * (-3.5233877e-06 + v * (3.43273939e-07 + v * 2.81022636e-08))))))));
  } else if (w > 14) {
    x = -ndtri_rough((1 - a) / 2) / kRoot2;
  } else {
    const double v = std::sqrt(w) - 3;
    x = a * (2.83297682 + v * (1.00167406 + v * (0.00943887047 + v * (-0.0076224613 + v * (0.00573950773 + v * (
        -0.00367342844 + v * (0.00134934322 + v * (0.000100950558 + v * -0.000200214257))))))));
  }
  for (int i = w < 14 ? 1 : 0; i < 2; ++i) {
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
  double z = ndtri_rough(q);  // then Newton's steps on the logarithm, which does not underflow
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
