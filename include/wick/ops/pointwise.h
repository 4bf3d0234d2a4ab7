// Elementwise functions of one tensor.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// Absolute value; of complex numbers the length.
Tensor abs(const Tensor& self);
Tensor& abs_(Tensor& self);
Tensor& abs_out(Tensor& out, const Tensor& self);

/// Absolute value; of complex numbers the length.
Tensor absolute(const Tensor& self);
Tensor& absolute_out(Tensor& out, const Tensor& self);

/// Inverse cosine.
Tensor acos(const Tensor& self);
Tensor& acos_(Tensor& self);
Tensor& acos_out(Tensor& out, const Tensor& self);

/// Inverse cosine.
Tensor arccos(const Tensor& self);
Tensor& arccos_(Tensor& self);
Tensor& arccos_out(Tensor& out, const Tensor& self);

/// Inverse hyperbolic cosine.
Tensor acosh(const Tensor& self);
Tensor& acosh_(Tensor& self);
Tensor& acosh_out(Tensor& out, const Tensor& self);

/// Inverse hyperbolic cosine.
Tensor arccosh(const Tensor& self);
Tensor& arccosh_(Tensor& self);
Tensor& arccosh_out(Tensor& out, const Tensor& self);

/// Angle of complex numbers; 0 or pi of real ones.
Tensor angle(const Tensor& self);
Tensor& angle_out(Tensor& out, const Tensor& self);

/// Inverse sine.
Tensor asin(const Tensor& self);
Tensor& asin_(Tensor& self);
Tensor& asin_out(Tensor& out, const Tensor& self);

/// Inverse sine.
Tensor arcsin(const Tensor& self);
Tensor& arcsin_(Tensor& self);
Tensor& arcsin_out(Tensor& out, const Tensor& self);

/// Inverse hyperbolic sine.
Tensor asinh(const Tensor& self);
Tensor& asinh_(Tensor& self);
Tensor& asinh_out(Tensor& out, const Tensor& self);

/// Inverse hyperbolic sine.
Tensor arcsinh(const Tensor& self);
Tensor& arcsinh_(Tensor& self);
Tensor& arcsinh_out(Tensor& out, const Tensor& self);

/// Inverse tangent.
Tensor atan(const Tensor& self);
Tensor& atan_(Tensor& self);
Tensor& atan_out(Tensor& out, const Tensor& self);

/// Inverse tangent.
Tensor arctan(const Tensor& self);
Tensor& arctan_(Tensor& self);
Tensor& arctan_out(Tensor& out, const Tensor& self);

/// Inverse hyperbolic tangent.
Tensor atanh(const Tensor& self);
Tensor& atanh_(Tensor& self);
Tensor& atanh_out(Tensor& out, const Tensor& self);

/// Inverse hyperbolic tangent.
Tensor arctanh(const Tensor& self);
Tensor& arctanh_(Tensor& self);
Tensor& arctanh_out(Tensor& out, const Tensor& self);

/// Bitwise (for booleans logical) negation.
Tensor bitwise_not(const Tensor& self);
Tensor& bitwise_not_out(Tensor& out, const Tensor& self);

/// Rounded up.
Tensor ceil(const Tensor& self);
Tensor& ceil_(Tensor& self);
Tensor& ceil_out(Tensor& out, const Tensor& self);

/// The complex conjugate.

/// The complex conjugate; a real tensor itself. Wick computes it at once (PyTorch marks a view).
Tensor conj(const Tensor& self);

/// Complex conjugate, computed.
Tensor conj_physical(const Tensor& self);
Tensor& conj_physical_out(Tensor& out, const Tensor& self);
Tensor& conj_physical_(Tensor& self);

/// Cosine.
Tensor cos(const Tensor& self);
Tensor& cos_(Tensor& self);
Tensor& cos_out(Tensor& out, const Tensor& self);

/// Hyperbolic cosine.
Tensor cosh(const Tensor& self);
Tensor& cosh_(Tensor& self);
Tensor& cosh_out(Tensor& out, const Tensor& self);

/// Degrees to radians.
Tensor deg2rad(const Tensor& self);
Tensor& deg2rad_(Tensor& self);
Tensor& deg2rad_out(Tensor& out, const Tensor& self);

/// Derivative of lgamma.
Tensor& digamma_out(Tensor& out, const Tensor& self);
Tensor digamma(const Tensor& self);

/// Error function.
Tensor erf(const Tensor& self);
Tensor& erf_(Tensor& self);
Tensor& erf_out(Tensor& out, const Tensor& self);

/// 1 - erf(x), exact in the tail.
Tensor erfc(const Tensor& self);
Tensor& erfc_(Tensor& self);
Tensor& erfc_out(Tensor& out, const Tensor& self);

/// Inverse of erf.
Tensor erfinv(const Tensor& self);
Tensor& erfinv_out(Tensor& out, const Tensor& self);

/// Exponential.
Tensor exp(const Tensor& self);
Tensor& exp_(Tensor& self);
Tensor& exp_out(Tensor& out, const Tensor& self);

/// 2 to the power of x.
Tensor exp2(const Tensor& self);
Tensor& exp2_(Tensor& self);
Tensor& exp2_out(Tensor& out, const Tensor& self);

/// exp(x) - 1, exact near zero.
Tensor expm1(const Tensor& self);
Tensor& expm1_(Tensor& self);
Tensor& expm1_out(Tensor& out, const Tensor& self);

/// Rounded towards zero.
Tensor fix(const Tensor& self);
Tensor& fix_(Tensor& self);
Tensor& fix_out(Tensor& out, const Tensor& self);

/// Rounded down.
Tensor floor(const Tensor& self);
Tensor& floor_(Tensor& self);
Tensor& floor_out(Tensor& out, const Tensor& self);

/// Fraction, with the sign of x.
Tensor frac(const Tensor& self);
Tensor& frac_(Tensor& self);
Tensor& frac_out(Tensor& out, const Tensor& self);

/// Mantissa in [0.5, 1) and exponent.
std::tuple<Tensor,Tensor> frexp(const Tensor& self);
std::tuple<Tensor&,Tensor&> frexp_out(Tensor& mantissa, Tensor& exponent, const Tensor& self);

/// Modified Bessel function of order 0.
Tensor i0(const Tensor& self);
Tensor& i0_(Tensor& self);
Tensor& i0_out(Tensor& out, const Tensor& self);

/// Imaginary part, a view.
Tensor imag(const Tensor& self);

/// Neither infinite nor NaN.
Tensor isfinite(const Tensor& self);

/// Infinite.
Tensor isinf(const Tensor& self);
Tensor& isinf_out(Tensor& out, const Tensor& self);

/// NaN.
Tensor isnan(const Tensor& self);
Tensor& isnan_out(Tensor& out, const Tensor& self);

/// Minus infinity.
Tensor isneginf(const Tensor& self);
Tensor& isneginf_out(Tensor& out, const Tensor& self);

/// Plus infinity.
Tensor isposinf(const Tensor& self);
Tensor& isposinf_out(Tensor& out, const Tensor& self);

/// Imaginary part zero.
Tensor isreal(const Tensor& self);

/// Logarithm of the absolute gamma function.
Tensor& lgamma_out(Tensor& out, const Tensor& self);
Tensor lgamma(const Tensor& self);

/// Natural logarithm.
Tensor log(const Tensor& self);
Tensor& log_(Tensor& self);
Tensor& log_out(Tensor& out, const Tensor& self);

/// Logarithm to base 10.
Tensor log10(const Tensor& self);
Tensor& log10_(Tensor& self);
Tensor& log10_out(Tensor& out, const Tensor& self);

/// log(1 + x), exact near zero.
Tensor log1p(const Tensor& self);
Tensor& log1p_(Tensor& self);
Tensor& log1p_out(Tensor& out, const Tensor& self);

/// Logarithm to base 2.
Tensor log2(const Tensor& self);
Tensor& log2_(Tensor& self);
Tensor& log2_out(Tensor& out, const Tensor& self);

/// Truth of zero.
Tensor logical_not(const Tensor& self);
Tensor& logical_not_out(Tensor& out, const Tensor& self);

/// log(x / (1 - x)), x limited to [eps, 1 - eps] if eps is given.
Tensor logit(const Tensor& self, std::optional<double> eps = std::nullopt);
Tensor& logit_(Tensor& self, std::optional<double> eps = std::nullopt);
Tensor& logit_out(Tensor& out, const Tensor& self, std::optional<double> eps = std::nullopt);

/// Multivariate log-gamma of dimension p.
Tensor& mvlgamma_out(Tensor& out, const Tensor& self, int64_t p);
Tensor mvlgamma(const Tensor& self, int64_t p);

/// NaN and infinities replaced by numbers.
Tensor nan_to_num(const Tensor& self, std::optional<double> nan = std::nullopt, std::optional<double> posinf = std::nullopt, std::optional<double> neginf = std::nullopt);
Tensor& nan_to_num_(Tensor& self, std::optional<double> nan = std::nullopt, std::optional<double> posinf = std::nullopt, std::optional<double> neginf = std::nullopt);
Tensor& nan_to_num_out(Tensor& out, const Tensor& self, std::optional<double> nan = std::nullopt, std::optional<double> posinf = std::nullopt, std::optional<double> neginf = std::nullopt);

/// -x. Errors: booleans.
Tensor neg(const Tensor& self);
Tensor& neg_(Tensor& self);
Tensor& neg_out(Tensor& out, const Tensor& self);

/// -x. Errors: booleans.
Tensor negative(const Tensor& self);
Tensor& negative_(Tensor& self);
Tensor& negative_out(Tensor& out, const Tensor& self);

/// x itself. Errors: booleans.
Tensor positive(const Tensor& self);

/// Radians to degrees.
Tensor rad2deg(const Tensor& self);
Tensor& rad2deg_(Tensor& self);
Tensor& rad2deg_out(Tensor& out, const Tensor& self);

/// Real part, a view; a real tensor itself.
Tensor real(const Tensor& self);

/// 1 / x.
Tensor reciprocal(const Tensor& self);
Tensor& reciprocal_(Tensor& self);
Tensor& reciprocal_out(Tensor& out, const Tensor& self);

/// Rounded to the nearest, halves to even; to `decimals` places if given.
Tensor round(const Tensor& self);
Tensor& round_(Tensor& self);
Tensor& round_out(Tensor& out, const Tensor& self);
Tensor round(const Tensor& self, int64_t decimals);
Tensor& round_(Tensor& self, int64_t decimals);
Tensor& round_out(Tensor& out, const Tensor& self, int64_t decimals);

/// 1 / sqrt(x).
Tensor rsqrt(const Tensor& self);
Tensor& rsqrt_(Tensor& self);
Tensor& rsqrt_out(Tensor& out, const Tensor& self);

/// Sign; of complex numbers x / |x|.
Tensor sgn(const Tensor& self);
Tensor& sgn_out(Tensor& out, const Tensor& self);

/// 1 / (1 + exp(-x)).
Tensor sigmoid(const Tensor& self);
Tensor& sigmoid_(Tensor& self);
Tensor& sigmoid_out(Tensor& out, const Tensor& self);

/// -1, 0 or 1.
Tensor sign(const Tensor& self);
Tensor& sign_out(Tensor& out, const Tensor& self);

/// Whether the sign bit is set.
Tensor signbit(const Tensor& self);
Tensor& signbit_out(Tensor& out, const Tensor& self);

/// Sine.
Tensor sin(const Tensor& self);
Tensor& sin_(Tensor& self);
Tensor& sin_out(Tensor& out, const Tensor& self);

/// sin(pi x) / (pi x), 1 at zero.
Tensor sinc(const Tensor& self);
Tensor& sinc_(Tensor& self);
Tensor& sinc_out(Tensor& out, const Tensor& self);

/// Hyperbolic sine.
Tensor sinh(const Tensor& self);
Tensor& sinh_(Tensor& self);
Tensor& sinh_out(Tensor& out, const Tensor& self);

/// Square root.
Tensor sqrt(const Tensor& self);
Tensor& sqrt_(Tensor& self);
Tensor& sqrt_out(Tensor& out, const Tensor& self);

/// x^2.
Tensor square(const Tensor& self);
Tensor& square_(Tensor& self);
Tensor& square_out(Tensor& out, const Tensor& self);

/// Tangent.
Tensor tan(const Tensor& self);
Tensor& tan_(Tensor& self);
Tensor& tan_out(Tensor& out, const Tensor& self);

/// Hyperbolic tangent.
Tensor tanh(const Tensor& self);
Tensor& tanh_(Tensor& self);
Tensor& tanh_out(Tensor& out, const Tensor& self);

/// Rounded towards zero.
Tensor trunc(const Tensor& self);
Tensor& trunc_(Tensor& self);
Tensor& trunc_out(Tensor& out, const Tensor& self);

/// Zeros like self; in place, sets all elements to zero.
Tensor& zero_(Tensor& self);
Tensor& zero_out(Tensor& out, const Tensor& self);
Tensor zero(const Tensor& self);

/// Derivative of lgamma.
Tensor special_digamma(const Tensor& self);
Tensor& special_digamma_out(Tensor& out, const Tensor& self);

/// -x log(x), 0 at zero.
Tensor special_entr(const Tensor& self);
Tensor& special_entr_out(Tensor& out, const Tensor& self);

/// Error function.
Tensor special_erf(const Tensor& self);
Tensor& special_erf_out(Tensor& out, const Tensor& self);

/// 1 - erf(x), exact in the tail.
Tensor special_erfc(const Tensor& self);
Tensor& special_erfc_out(Tensor& out, const Tensor& self);

/// exp(x^2) erfc(x).
Tensor special_erfcx(const Tensor& self);
Tensor& special_erfcx_out(Tensor& out, const Tensor& self);

/// Inverse of erf.
Tensor special_erfinv(const Tensor& self);
Tensor& special_erfinv_out(Tensor& out, const Tensor& self);

/// 2 to the power of x.
Tensor special_exp2(const Tensor& self);
Tensor& special_exp2_out(Tensor& out, const Tensor& self);

/// 1 / (1 + exp(-x)).
Tensor special_expit(const Tensor& self);
Tensor& special_expit_out(Tensor& out, const Tensor& self);

/// exp(x) - 1, exact near zero.
Tensor special_expm1(const Tensor& self);
Tensor& special_expm1_out(Tensor& out, const Tensor& self);

/// Regularised lower incomplete gamma function.
Tensor& special_gammainc_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor special_gammainc(const Tensor& self, const Tensor& other);

/// Regularised upper incomplete gamma function.
Tensor& special_gammaincc_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor special_gammaincc(const Tensor& self, const Tensor& other);

/// Logarithm of the absolute gamma function.
Tensor special_gammaln(const Tensor& self);
Tensor& special_gammaln_out(Tensor& out, const Tensor& self);

/// Modified Bessel function of order 0.
Tensor special_i0(const Tensor& self);
Tensor& special_i0_out(Tensor& out, const Tensor& self);

/// exp(-|x|) i0(x).
Tensor special_i0e(const Tensor& self);
Tensor& special_i0e_out(Tensor& out, const Tensor& self);

/// Modified Bessel function of order 1.
Tensor special_i1(const Tensor& self);
Tensor& special_i1_out(Tensor& out, const Tensor& self);

/// exp(-|x|) i1(x).
Tensor special_i1e(const Tensor& self);
Tensor& special_i1e_out(Tensor& out, const Tensor& self);

/// log(1 + x), exact near zero.
Tensor special_log1p(const Tensor& self);
Tensor& special_log1p_out(Tensor& out, const Tensor& self);

/// Logarithm of the normal distribution function.
Tensor special_log_ndtr(const Tensor& self);
Tensor& special_log_ndtr_out(Tensor& out, const Tensor& self);

/// log_softmax.
Tensor special_log_softmax(const Tensor& self, int64_t dim, std::optional<ScalarType> dtype = std::nullopt);

/// log(x / (1 - x)), x limited to [eps, 1 - eps] if eps is given.
Tensor special_logit(const Tensor& self, std::optional<double> eps = std::nullopt);
Tensor& special_logit_out(Tensor& out, const Tensor& self, std::optional<double> eps = std::nullopt);

/// logsumexp.
Tensor special_logsumexp(const Tensor& self, IntArrayRef dim, bool keepdim = false);
Tensor& special_logsumexp_out(Tensor& out, const Tensor& self, IntArrayRef dim, bool keepdim = false);

/// Multivariate log-gamma of dimension p.
Tensor special_multigammaln(const Tensor& self, int64_t p);
Tensor& special_multigammaln_out(Tensor& out, const Tensor& self, int64_t p);

/// Normal distribution function.
Tensor special_ndtr(const Tensor& self);
Tensor& special_ndtr_out(Tensor& out, const Tensor& self);

/// Inverse of the normal distribution function.
Tensor special_ndtri(const Tensor& self);
Tensor& special_ndtri_out(Tensor& out, const Tensor& self);

/// n-th derivative of digamma.
Tensor special_polygamma(int64_t n, const Tensor& self);
Tensor& special_polygamma_out(Tensor& out, int64_t n, const Tensor& self);

/// Derivative of lgamma.
Tensor special_psi(const Tensor& self);
Tensor& special_psi_out(Tensor& out, const Tensor& self);

/// Rounded to the nearest, halves to even; to `decimals` places if given.
Tensor special_round(const Tensor& self, int64_t decimals = 0);
Tensor& special_round_out(Tensor& out, const Tensor& self, int64_t decimals = 0);

/// sin(pi x) / (pi x), 1 at zero.
Tensor special_sinc(const Tensor& self);
Tensor& special_sinc_out(Tensor& out, const Tensor& self);

/// softmax.
Tensor special_softmax(const Tensor& self, int64_t dim, std::optional<ScalarType> dtype = std::nullopt);

/// self * log1p(other), 0 where self is 0.
Tensor special_xlog1py(const Tensor& self, const Tensor& other);
Tensor special_xlog1py(const Scalar& self, const Tensor& other);
Tensor special_xlog1py(const Tensor& self, const Scalar& other);
Tensor& special_xlog1py_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& special_xlog1py_out(Tensor& out, const Scalar& self, const Tensor& other);
Tensor& special_xlog1py_out(Tensor& out, const Tensor& self, const Scalar& other);

/// self * log(other), 0 where self is 0.
Tensor special_xlogy(const Tensor& self, const Tensor& other);
Tensor special_xlogy(const Scalar& self, const Tensor& other);
Tensor special_xlogy(const Tensor& self, const Scalar& other);
Tensor& special_xlogy_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& special_xlogy_out(Tensor& out, const Scalar& self, const Tensor& other);
Tensor& special_xlogy_out(Tensor& out, const Tensor& self, const Scalar& other);

/// Hurwitz zeta function.
Tensor special_zeta(const Tensor& self, const Tensor& other);
Tensor special_zeta(const Scalar& self, const Tensor& other);
Tensor special_zeta(const Tensor& self, const Scalar& other);
Tensor& special_zeta_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& special_zeta_out(Tensor& out, const Scalar& self, const Tensor& other);
Tensor& special_zeta_out(Tensor& out, const Tensor& self, const Scalar& other);

/// Whether the dtype is floating (not complex).

/// Whether the dtype is complex.

/// Whether the one element is nonzero. Errors: another number of elements.
bool is_nonzero(const Tensor& self);

/// Whether two shapes are equal.
bool is_same_size(const Tensor& self, const Tensor& other);

/// Whether the dtype has a sign.

/// Complex numbers as pairs of reals in a last dimension of 2, a view.
Tensor view_as_real(const Tensor& self);

/// Pairs of reals as complex numbers, a view.
Tensor view_as_complex(const Tensor& self);

/// The tensor itself: conjugates and negatives are computed at once here.
Tensor resolve_conj(const Tensor& self);

/// The tensor itself: conjugates and negatives are computed at once here.
Tensor resolve_neg(const Tensor& self);

/// n-th derivative of digamma.
Tensor& polygamma_out(Tensor& out, int64_t n, const Tensor& self);
Tensor polygamma(int64_t n, const Tensor& self);

}  // namespace v1
}  // namespace wick
