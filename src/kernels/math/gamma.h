// The gamma function's family, computed in double.
#pragma once

#include "kernels/math/common.h"

namespace wick::kernels::math {

WICK_HD inline double lgamma(double x) {
#if defined(__CUDACC__) || !defined(__GLIBC__)
  return std::lgamma(x);
#else
  int sign;  // std::lgamma would write it to a global that threads share
  return ::lgamma_r(x, &sign);
#endif
}

WICK_HD inline double digamma(double x) {
  if (x == 0) return std::copysign(kInf, -x);
  if (x == -kInf) return kNaN;
  double shift = 0;
  if (x < 0) {
    const double whole = std::trunc(x);
    if (whole == x) return kNaN;
    shift = -kPi / std::tan(kPi * (x - whole));  // reflection
    x = 1 - x;
  }
  for (; x < 10; x += 1) shift -= 1 / x;
  if (x > 1e17) return std::log(x) + shift;
  // Asymptotic series, DLMF 5.11.2: the coefficients are B(2k) / 2k.
  const double z = 1 / (x * x);
  const double tail = z * (1.0 / 12 - z * (1.0 / 120 - z * (1.0 / 252 - z * (1.0 / 240 - z * (1.0 / 132 -
                      z * (691.0 / 32760 - z * (1.0 / 12)))))));
  return std::log(x) - 0.5 / x - tail + shift;
}

WICK_HD inline double trigamma(double x) {
  if (x == -kInf) return kNaN;
  if (x < 0.5) {
    const double s = std::sin(kPi * (x - std::nearbyint(x)));  // the square forgets the sign
    return kPi * kPi / (s * s) - trigamma(1 - x);
  }
  double sum = 0;
  for (; x < 10; x += 1) sum += 1 / (x * x);
  const double z = 1 / (x * x);
  return sum + 1 / x + z / 2 + z / x * (1.0 / 6 - z * (1.0 / 30 - z * (1.0 / 42 - z * (1.0 / 30 - z * (5.0 / 66 -
         z * (691.0 / 2730 - z * (7.0 / 6)))))));
}

// Hurwitz's zeta: sum of (q + k)^-s.
WICK_HD inline double zeta(double s, double q) {
  if (s == 1) return kInf;
  if (s < 1) return kNaN;
  if (q <= 0) {
    if (q == std::floor(q)) return kInf;
    if (s != std::floor(s)) return kNaN;
  }
  if (s != s || q != q || q == kInf) return kNaN;
  if (s == kInf) return q < 0 ? kNaN : q < 1 ? kInf : q == 1 ? 1 : kNaN;  // PyTorch's NaN; the limit is 0
  if (q < -20) {  // s is an integer: the negative part is a difference of two such sums
    const double r = q - std::floor(q);
    const double negative = zeta(s, 1 - r) - zeta(s, 1 - q);
    return zeta(s, r) + (std::fmod(s, 2) != 0 ? -negative : negative);
  }
  if (q > 1e8) return (1 / (s - 1) + 1 / (2 * q)) * std::pow(q, 1 - s);
  // Euler and Maclaurin; coefficients B(2k) / (2k)!.
  double sum = 0, w = q;
  for (int k = 0; k < 10 || w < 10; ++k, w += 1) {
    const double term = std::pow(w, -s);
    sum += term;
    if (k > 0 && w > 0 && term < 1e-17 * std::fabs(sum)) return sum;
  }
  const double p = std::pow(w, -s);
  sum += p * w / (s - 1) + p / 2;
  const double c[] = {1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160, -5.2841901386874932e-10,
                      1.3382536530684679e-11, -3.3896802963225829e-13, 8.5860620562778446e-15,
                      -2.1748686985580619e-16, 5.5090028283602295e-18, -1.3954464685812523e-19};
  double rising = s, power = p / w;
  for (int k = 0; k < 12; ++k) {
    const double term = c[k] * rising * power;
    sum += term;
    if (std::fabs(term) < 1e-17 * std::fabs(sum)) break;
    rising *= (s + 2 * k + 1) * (s + 2 * k + 2);
    power /= w * w;
  }
  return sum;
}

WICK_HD inline double polygamma(double n, double x) {
  if (n == 0) return digamma(x);
  if (n == 1) return trigamma(x);
  return (std::fmod(n, 2) != 0 ? 1 : -1) * std::exp(lgamma(n + 1)) * zeta(n + 1, x);
}

namespace detail {
// log(1 + u) - u without cancellation.
WICK_HD inline double log1pmx(double u) {
  if (std::fabs(u) > 0.02) return std::log1p(u) - u;
  double power = -u * u, sum = power / 2;
  for (int k = 3; k < 14; ++k) sum += (power *= -u) / k;
  return sum;
}
// x^a e^-x / Gamma(a + 1); near x = a by Stirling's series, since the plain logarithms cancel there.
WICK_HD inline double gamma_density(double a, double x) {
  if (a < 20 || std::fabs(x - a) > 0.7 * a) return std::exp(a * std::log(x) - x - lgamma(a + 1));
  const double z = 1 / (a * a);
  const double stirling = (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z / 1680))) / a;
  return std::exp(a * log1pmx((x - a) / a) - stirling) / std::sqrt(2 * kPi * a);
}
// Lower function by its power series, DLMF 8.7.1.
WICK_HD inline double gamma_series(double a, double x) {
  double term = 1, sum = 1;
  for (int k = 1; k < 20000 && term > 1e-17 * sum; ++k) sum += term *= x / (a + k);
  return sum * gamma_density(a, x);
}
// Upper function by its continued fraction, DLMF 8.9.2, evaluated as Lentz does.
WICK_HD inline double gamma_fraction(double a, double x) {
  double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
  for (int k = 1; k < 20000; ++k) {
    const double an = -k * (k - a);
    b += 2;
    d = an * d + b;
    c = b + an / c;
    d = 1 / (std::fabs(d) < 1e-300 ? 1e-300 : d);
    if (std::fabs(c) < 1e-300) c = 1e-300;
    h *= d * c;
    if (std::fabs(d * c - 1) < 1e-16) break;
  }
  return h * gamma_density(a, x) * a;
}
// Uniform expansion for large a, DLMF 8.12 (Temme 1979); upper or lower function.
WICK_HD inline double gamma_uniform(double a, double x, bool upper) {
  const double u = (x - a) / a, h = -log1pmx(u);
  if (a * h > 800) return (u > 0) == upper ? 0 : 1;
  const double eta = std::copysign(std::sqrt(2 * h), u);
  const double c0 = -1.0 / 3 + eta * (1.0 / 12 + eta * (-2.0 / 135 + eta * (1.0 / 864 + eta * (1.0 / 2835 -
                    eta * (139.0 / 777600)))));
  const double c1 = -1.0 / 540 + eta * (-1.0 / 288 + eta / 378);
  const double r = std::exp(-a * h) / std::sqrt(2 * kPi * a) * (c0 + c1 / a);
  const double t = eta * std::sqrt(a / 2);
  return upper ? std::erfc(t) / 2 + r : std::erfc(-t) / 2 - r;
}
// Edge values; false where the function has to be computed.
WICK_HD inline bool gamma_edges(double a, double x, double& lower) {
  if (x < 0 || a < 0) lower = kNaN;
  else if (a == 0) lower = x > 0 ? 1 : kNaN;  // before the next: 0, 0 is NaN
  else if (x == 0) lower = 0;
  else if (x != x || a != a) lower = kNaN;
  else if (a == kInf) lower = x == kInf ? kNaN : 0;
  else if (x == kInf) lower = 1;
  else return false;
  return true;
}
}  // namespace detail

// Regularised incomplete gamma functions: lower and upper.
WICK_HD inline double igamma(double a, double x) {
  double edge;
  if (detail::gamma_edges(a, x, edge)) return edge;
  if (a > 1e5) return detail::gamma_uniform(a, x, false);
  return x > 1 && x > a ? 1 - detail::gamma_fraction(a, x) : detail::gamma_series(a, x);
}
WICK_HD inline double igammac(double a, double x) {
  double edge;
  if (detail::gamma_edges(a, x, edge)) return 1 - edge;
  if (a > 1e5) return detail::gamma_uniform(a, x, true);
  if (x > 1.1) return x > a ? detail::gamma_fraction(a, x) : 1 - detail::gamma_series(a, x);
  if (x < a) return 1 - detail::gamma_series(a, x);
  // Small both: 1 - P cancels for small a. The series of P with its leading 1 subtracted analytically (8.7.1).
  double term = 1, sum = 0;
  for (int n = 1; n < 40; ++n) {
    term *= -x / n;
    sum += term / (a + n);
  }
  const double l = a * std::log(x) - lgamma(1 + a);
  return -std::expm1(l) - a * std::exp(l) * sum;
}

}  // namespace wick::kernels::math
