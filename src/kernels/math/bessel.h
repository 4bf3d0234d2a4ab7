// Bessel and Airy functions, in double. Those of the first and second kind at 0 and 1 are the C library's.
#pragma once

#include "kernels/math/special.h"

namespace wick::kernels::math {

WICK_HD inline double bessel_j0(double x) { return std::fabs(x) == kInf ? kNaN : ::j0(x); }
WICK_HD inline double bessel_j1(double x) { return std::fabs(x) == kInf ? kNaN : ::j1(x); }
WICK_HD inline double bessel_y0(double x) { return x == 0 ? -kInf : x > 0 && x < kInf ? ::y0(x) : kNaN; }
WICK_HD inline double bessel_y1(double x) { return x == 0 ? -kInf : x > 0 && x < kInf ? ::y1(x) : kNaN; }
WICK_HD inline double spherical_bessel_j0(double x) {
  if (std::fabs(x) == kInf) return 0;
  return std::fabs(x) < 1e-4 ? 1 - x * x / 6 : std::sin(x) / x;
}

// e^x K_v(x) = integral of exp(-x (cosh t - 1)) cosh(v t) over t > 0 (DLMF 10.32.9). The trapezoidal rule converges
// exponentially for it; x is at least 1.
WICK_HD inline double bessel_ke_integral(double v, double x) {
  const double h = std::fmin(0.2, 0.6 / std::sqrt(x)), end = std::acosh(1 + 42 / x);
  double sum = 0.5;
  for (int k = 1; k * h < end; ++k) {
    const double t = k * h, s = std::sinh(t / 2);
    sum += std::exp(-2 * x * s * s) * std::cosh(v * t);
  }
  return sum * h;
}
// The power series (DLMF 10.31.1, 10.31.2) below 1.
WICK_HD inline double bessel_k_series(int n, double x) {
  constexpr double kEuler = 0.57721566490153286061;
  const double q = x * x / 4, log_half = std::log(x / 2);
  double term = n == 0 ? 1 : x / 2, first = 0, second = 0, harmonic = 0;
  for (int k = 0; k < 14; ++k) {
    // term = (x/2)^(2k+n) / (k! (k+n)!); harmonic = H_k
    first += term;
    second += term * (n == 0 ? harmonic - kEuler : harmonic + 0.5 / (k + 1) - kEuler);
    harmonic += 1.0 / (k + 1);
    term *= q / (double(k + 1) * (k + 1 + n));
  }
  return n == 0 ? second - log_half * first : 1 / x + log_half * first - second;
}
// K_n(x) e^x or without the factor, n = 0 or 1.
WICK_HD inline double bessel_k(int n, double x, bool scaled) {
  if (x == 0) return kInf;
  if (!(x > 0)) return kNaN;
  if (x == kInf) return 0;
  if (x < 1) return bessel_k_series(n, x) * (scaled ? std::exp(x) : 1);
  const double k = bessel_ke_integral(n, x);
  return scaled ? k : x > 800 ? 0 : k * std::exp(-x);
}
WICK_HD inline double modified_bessel_k0(double x) { return bessel_k(0, x, false); }
WICK_HD inline double modified_bessel_k1(double x) { return bessel_k(1, x, false); }
WICK_HD inline double scaled_modified_bessel_k0(double x) { return bessel_k(0, x, true); }
WICK_HD inline double scaled_modified_bessel_k1(double x) { return bessel_k(1, x, true); }

// Beyond |x| = 10 the asymptotic series (DLMF 9.7.9); up to 3.5 Taylor's from the nearest integer, by y'' = x y; above,
// K_1/3 (DLMF 9.6.2).
WICK_HD inline double airy_ai(double x) {
  constexpr double kNodes[14][2] = {   // Ai(n), Ai'(n) for n = -10 ... 3
      {0.040241238486443190689, 0.9962650441327900559},   {-0.022133721547341403674, -0.97566398092633159471},
      {-0.052705050356386202622, 0.93556093819830655103}, {0.18428083525050563728, -0.77100816841012654773},
      {-0.32914517362982310523, 0.34593548728134289493},  {0.35076100902411431979, 0.32719281855444313679},
      {-0.070265532949289515099, -0.7906285753685813803}, {-0.37881429367765807435, 0.31458376921659881365},
      {0.22740742820168557599, 0.61825902074169104141},   {0.5355608832923521188, -0.010160567116645209395},
      {0.35502805388781723926, -0.25881940379280679841},  {0.13529241631288141552, -0.15914744129679321279},
      {0.034924130423274379135, -0.053090384433653631704}, {0.0065911393574607191443, -0.011912976705951318474}};
  if (!(std::fabs(x) < kInf)) return kNaN;
  const double zeta = 2.0 / 3 * std::fabs(x) * std::sqrt(std::fabs(x));
  if (x > 3.5) return std::sqrt(x / 3) / kPi * bessel_ke_integral(1.0 / 3, zeta) * std::exp(-zeta);
  if (x >= -10.5) {
    const int node = static_cast<int>(std::floor(x + 0.5));
    const double h = x - node;
    double a[3] = {kNodes[node + 10][0], kNodes[node + 10][1], node * kNodes[node + 10][0] / 2};
    double power = h * h, sum = a[0] + a[1] * h + a[2] * power;
    for (int n = 1; n < 24; ++n) {
      const double next = (node * a[1] + a[0]) / (double(n + 1) * (n + 2));
      a[0] = a[1];
      a[1] = a[2];
      a[2] = next;
      power *= h;
      sum += next * power;
    }
    return sum;
  }
  double u = 1, even = 1, odd = 0, power = 1;
  for (int k = 1; k < 12; ++k) {
    u *= (6 * k - 5) * (6 * k - 3) * (6 * k - 1) / (216.0 * k * (2 * k - 1));
    power /= zeta;
    (k % 2 ? odd : even) += (k / 2 % 2 ? -1 : 1) * u * power;
  }
  const double s = std::sin(zeta), c = std::cos(zeta);   // sin and cos of zeta + pi / 4, times the root of 2
  return ((s + c) * even - (c - s) * odd) / std::sqrt(2 * kPi * std::sqrt(-x));
}

// --- Orthogonal polynomials, by their recurrences; inside of [-1, 1] those of Chebyshev by trigonometric formulas ------------

// Ends: the value at 1 and whether that at -1 changes its sign with n.
WICK_HD inline double chebyshev_at_end(bool right, double size_right, double size_left, int64_t n) { return right ? size_right : n % 2 ? -size_left : size_left; }

WICK_HD inline double three_terms(double x2, double first, double second, int64_t n) {
  double p = first, q = second;
  for (int64_t k = 2; k <= n && !(q != q); ++k) {
    const double r = x2 * q - p;
    p = q;
    q = r;
  }
  return q;
}
WICK_HD inline double chebyshev_t(double x, int64_t n) {
  if (n < 0) return 0;
  if (std::fabs(x) == 1) return chebyshev_at_end(x > 0, 1, 1, n);
  if (n > 6 && std::fabs(x) < 1) return std::cos(double(n) * std::acos(x));
  return n == 0 ? 1 : three_terms(2 * x, 1, x, n);
}
WICK_HD inline double chebyshev_u(double x, int64_t n) {
  if (n < 0) return 0;
  if (std::fabs(x) == 1) return chebyshev_at_end(x > 0, double(n + 1), double(n + 1), n);
  if (n > 8 && std::fabs(x) < 1) return std::sin(double(n + 1) * std::acos(x)) / std::sin(std::acos(x));
  return n == 0 ? 1 : three_terms(2 * x, 1, 2 * x, n);
}
WICK_HD inline double chebyshev_v(double x, int64_t n) {
  if (n < 0) return 0;
  if (std::fabs(x) == 1) return chebyshev_at_end(x > 0, 1, double(2 * n + 1), n);
  if (n > 8 && std::fabs(x) < 1) return std::cos((double(n) + 0.5) * std::acos(x)) / std::cos(std::acos(x) / 2);
  return n == 0 ? 1 : three_terms(2 * x, 1, 2 * x - 1, n);
}
WICK_HD inline double chebyshev_w(double x, int64_t n) {
  if (n < 0) return 0;
  if (std::fabs(x) == 1) return chebyshev_at_end(x > 0, double(2 * n + 1), 1, n);
  if (n > 8 && std::fabs(x) < 1) return std::sin((double(n) + 0.5) * std::acos(x)) / std::sin(std::acos(x) / 2);
  return n == 0 ? 1 : three_terms(2 * x, 1, 2 * x + 1, n);
}
WICK_HD inline double hermite_h(double x, int64_t n) {
  if (n < 0) return 0;
  if (n == 0) return 1;
  double p = 1, q = 2 * x;
  for (int64_t k = 1; k < n && q == q; ++k) {
    const double r = 2 * x * q - 2 * double(k) * p;
    p = q;
    q = r;
  }
  return q;
}
WICK_HD inline double hermite_he(double x, int64_t n) {
  if (n < 0) return 0;
  if (n == 0) return 1;
  double p = 1, q = x;
  for (int64_t k = 1; k < n && q == q; ++k) {
    const double r = x * q - double(k) * p;
    p = q;
    q = r;
  }
  return q;
}
WICK_HD inline double laguerre_l(double x, int64_t n) {
  if (n < 0) return 0;
  if (x == 0 || n == 0) return 1;
  double p = 1, q = 1 - x;
  for (int64_t k = 1; k < n && q == q; ++k) {
    const double r = ((double(2 * k + 1) - x) * q - double(k) * p) / double(k + 1);
    p = q;
    q = r;
  }
  return q;
}
WICK_HD inline double legendre_p(double x, int64_t n) {
  if (n < 0) return 0;
  if (std::fabs(x) == 1) return x > 0 || n % 2 == 0 ? 1 : -1;
  if (n == 0) return 1;
  double p = 1, q = x;
  for (int64_t k = 1; k < n && q == q; ++k) {
    const double r = (double(2 * k + 1) * x * q - double(k) * p) / double(k + 1);
    p = q;
    q = r;
  }
  return q;
}

}  // namespace wick::kernels::math
