// Bessel and Airy functions and orthogonal polynomials, elementwise and without derivatives. Integers become the default floating type.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// Airy's function Ai.
Tensor special_airy_ai(const Tensor& self);
Tensor& special_airy_ai_out(Tensor& out, const Tensor& self);

/// Bessel functions of the first kind of order 0 and 1.
Tensor special_bessel_j0(const Tensor& self);
Tensor& special_bessel_j0_out(Tensor& out, const Tensor& self);
Tensor special_bessel_j1(const Tensor& self);
Tensor& special_bessel_j1_out(Tensor& out, const Tensor& self);

/// Bessel functions of the second kind of order 0 and 1; NaN below zero.
Tensor special_bessel_y0(const Tensor& self);
Tensor& special_bessel_y0_out(Tensor& out, const Tensor& self);
Tensor special_bessel_y1(const Tensor& self);
Tensor& special_bessel_y1_out(Tensor& out, const Tensor& self);

/// Modified Bessel functions of the first kind of order 0 and 1.
Tensor special_modified_bessel_i0(const Tensor& self);
Tensor& special_modified_bessel_i0_out(Tensor& out, const Tensor& self);
Tensor special_modified_bessel_i1(const Tensor& self);
Tensor& special_modified_bessel_i1_out(Tensor& out, const Tensor& self);

/// Modified Bessel functions of the second kind of order 0 and 1; NaN below zero.
Tensor special_modified_bessel_k0(const Tensor& self);
Tensor& special_modified_bessel_k0_out(Tensor& out, const Tensor& self);
Tensor special_modified_bessel_k1(const Tensor& self);
Tensor& special_modified_bessel_k1_out(Tensor& out, const Tensor& self);

/// The same times exp(x), which does not underflow.
Tensor special_scaled_modified_bessel_k0(const Tensor& self);
Tensor& special_scaled_modified_bessel_k0_out(Tensor& out, const Tensor& self);
Tensor special_scaled_modified_bessel_k1(const Tensor& self);
Tensor& special_scaled_modified_bessel_k1_out(Tensor& out, const Tensor& self);

/// Spherical Bessel function of the first kind of order 0: sin(x) / x.
Tensor special_spherical_bessel_j0(const Tensor& self);
Tensor& special_spherical_bessel_j0_out(Tensor& out, const Tensor& self);

/// Chebyshev polynomials of degree n at x, of the first to the fourth kind. Degrees are cut to integers; negative ones give 0.
Tensor special_chebyshev_polynomial_t(const Tensor& x, const Tensor& n);
Tensor& special_chebyshev_polynomial_t_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_chebyshev_polynomial_t(const Scalar& x, const Tensor& n);
Tensor& special_chebyshev_polynomial_t_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_chebyshev_polynomial_t(const Tensor& x, const Scalar& n);
Tensor& special_chebyshev_polynomial_t_out(Tensor& out, const Tensor& x, const Scalar& n);
Tensor special_chebyshev_polynomial_u(const Tensor& x, const Tensor& n);
Tensor& special_chebyshev_polynomial_u_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_chebyshev_polynomial_u(const Scalar& x, const Tensor& n);
Tensor& special_chebyshev_polynomial_u_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_chebyshev_polynomial_u(const Tensor& x, const Scalar& n);
Tensor& special_chebyshev_polynomial_u_out(Tensor& out, const Tensor& x, const Scalar& n);
Tensor special_chebyshev_polynomial_v(const Tensor& x, const Tensor& n);
Tensor& special_chebyshev_polynomial_v_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_chebyshev_polynomial_v(const Scalar& x, const Tensor& n);
Tensor& special_chebyshev_polynomial_v_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_chebyshev_polynomial_v(const Tensor& x, const Scalar& n);
Tensor& special_chebyshev_polynomial_v_out(Tensor& out, const Tensor& x, const Scalar& n);
Tensor special_chebyshev_polynomial_w(const Tensor& x, const Tensor& n);
Tensor& special_chebyshev_polynomial_w_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_chebyshev_polynomial_w(const Scalar& x, const Tensor& n);
Tensor& special_chebyshev_polynomial_w_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_chebyshev_polynomial_w(const Tensor& x, const Scalar& n);
Tensor& special_chebyshev_polynomial_w_out(Tensor& out, const Tensor& x, const Scalar& n);

/// The same at 2 x - 1.
Tensor special_shifted_chebyshev_polynomial_t(const Tensor& x, const Tensor& n);
Tensor& special_shifted_chebyshev_polynomial_t_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_shifted_chebyshev_polynomial_t(const Scalar& x, const Tensor& n);
Tensor& special_shifted_chebyshev_polynomial_t_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_shifted_chebyshev_polynomial_t(const Tensor& x, const Scalar& n);
Tensor& special_shifted_chebyshev_polynomial_t_out(Tensor& out, const Tensor& x, const Scalar& n);
Tensor special_shifted_chebyshev_polynomial_u(const Tensor& x, const Tensor& n);
Tensor& special_shifted_chebyshev_polynomial_u_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_shifted_chebyshev_polynomial_u(const Scalar& x, const Tensor& n);
Tensor& special_shifted_chebyshev_polynomial_u_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_shifted_chebyshev_polynomial_u(const Tensor& x, const Scalar& n);
Tensor& special_shifted_chebyshev_polynomial_u_out(Tensor& out, const Tensor& x, const Scalar& n);
Tensor special_shifted_chebyshev_polynomial_v(const Tensor& x, const Tensor& n);
Tensor& special_shifted_chebyshev_polynomial_v_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_shifted_chebyshev_polynomial_v(const Scalar& x, const Tensor& n);
Tensor& special_shifted_chebyshev_polynomial_v_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_shifted_chebyshev_polynomial_v(const Tensor& x, const Scalar& n);
Tensor& special_shifted_chebyshev_polynomial_v_out(Tensor& out, const Tensor& x, const Scalar& n);
Tensor special_shifted_chebyshev_polynomial_w(const Tensor& x, const Tensor& n);
Tensor& special_shifted_chebyshev_polynomial_w_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_shifted_chebyshev_polynomial_w(const Scalar& x, const Tensor& n);
Tensor& special_shifted_chebyshev_polynomial_w_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_shifted_chebyshev_polynomial_w(const Tensor& x, const Scalar& n);
Tensor& special_shifted_chebyshev_polynomial_w_out(Tensor& out, const Tensor& x, const Scalar& n);

/// Hermite polynomials of degree n at x, the physicists' and the probabilists'.
Tensor special_hermite_polynomial_h(const Tensor& x, const Tensor& n);
Tensor& special_hermite_polynomial_h_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_hermite_polynomial_h(const Scalar& x, const Tensor& n);
Tensor& special_hermite_polynomial_h_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_hermite_polynomial_h(const Tensor& x, const Scalar& n);
Tensor& special_hermite_polynomial_h_out(Tensor& out, const Tensor& x, const Scalar& n);
Tensor special_hermite_polynomial_he(const Tensor& x, const Tensor& n);
Tensor& special_hermite_polynomial_he_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_hermite_polynomial_he(const Scalar& x, const Tensor& n);
Tensor& special_hermite_polynomial_he_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_hermite_polynomial_he(const Tensor& x, const Scalar& n);
Tensor& special_hermite_polynomial_he_out(Tensor& out, const Tensor& x, const Scalar& n);

/// Laguerre polynomial of degree n at x.
Tensor special_laguerre_polynomial_l(const Tensor& x, const Tensor& n);
Tensor& special_laguerre_polynomial_l_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_laguerre_polynomial_l(const Scalar& x, const Tensor& n);
Tensor& special_laguerre_polynomial_l_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_laguerre_polynomial_l(const Tensor& x, const Scalar& n);
Tensor& special_laguerre_polynomial_l_out(Tensor& out, const Tensor& x, const Scalar& n);

/// Legendre polynomial of degree n at x.
Tensor special_legendre_polynomial_p(const Tensor& x, const Tensor& n);
Tensor& special_legendre_polynomial_p_out(Tensor& out, const Tensor& x, const Tensor& n);
Tensor special_legendre_polynomial_p(const Scalar& x, const Tensor& n);
Tensor& special_legendre_polynomial_p_out(Tensor& out, const Scalar& x, const Tensor& n);
Tensor special_legendre_polynomial_p(const Tensor& x, const Scalar& n);
Tensor& special_legendre_polynomial_p_out(Tensor& out, const Tensor& x, const Scalar& n);

}  // namespace v1
}  // namespace wick
