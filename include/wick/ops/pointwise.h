// Elementwise functions of one tensor.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// DOC abs
Tensor abs(const Tensor& self);
Tensor& abs_(Tensor& self);
Tensor& abs_out(Tensor& out, const Tensor& self);

/// DOC absolute
Tensor absolute(const Tensor& self);
Tensor& absolute_out(Tensor& out, const Tensor& self);

/// DOC acos
Tensor acos(const Tensor& self);
Tensor& acos_(Tensor& self);
Tensor& acos_out(Tensor& out, const Tensor& self);

/// DOC arccos
Tensor arccos(const Tensor& self);
Tensor& arccos_(Tensor& self);
Tensor& arccos_out(Tensor& out, const Tensor& self);

/// DOC acosh
Tensor acosh(const Tensor& self);
Tensor& acosh_(Tensor& self);
Tensor& acosh_out(Tensor& out, const Tensor& self);

/// DOC arccosh
Tensor arccosh(const Tensor& self);
Tensor& arccosh_(Tensor& self);
Tensor& arccosh_out(Tensor& out, const Tensor& self);

/// DOC angle
Tensor angle(const Tensor& self);
Tensor& angle_out(Tensor& out, const Tensor& self);

/// DOC asin
Tensor asin(const Tensor& self);
Tensor& asin_(Tensor& self);
Tensor& asin_out(Tensor& out, const Tensor& self);

/// DOC arcsin
Tensor arcsin(const Tensor& self);
Tensor& arcsin_(Tensor& self);
Tensor& arcsin_out(Tensor& out, const Tensor& self);

/// DOC asinh
Tensor asinh(const Tensor& self);
Tensor& asinh_(Tensor& self);
Tensor& asinh_out(Tensor& out, const Tensor& self);

/// DOC arcsinh
Tensor arcsinh(const Tensor& self);
Tensor& arcsinh_(Tensor& self);
Tensor& arcsinh_out(Tensor& out, const Tensor& self);

/// DOC atan
Tensor atan(const Tensor& self);
Tensor& atan_(Tensor& self);
Tensor& atan_out(Tensor& out, const Tensor& self);

/// DOC arctan
Tensor arctan(const Tensor& self);
Tensor& arctan_(Tensor& self);
Tensor& arctan_out(Tensor& out, const Tensor& self);

/// DOC atanh
Tensor atanh(const Tensor& self);
Tensor& atanh_(Tensor& self);
Tensor& atanh_out(Tensor& out, const Tensor& self);

/// DOC arctanh
Tensor arctanh(const Tensor& self);
Tensor& arctanh_(Tensor& self);
Tensor& arctanh_out(Tensor& out, const Tensor& self);

/// DOC bitwise_not
Tensor bitwise_not(const Tensor& self);
Tensor& bitwise_not_out(Tensor& out, const Tensor& self);

/// DOC ceil
Tensor ceil(const Tensor& self);
Tensor& ceil_(Tensor& self);
Tensor& ceil_out(Tensor& out, const Tensor& self);

/// DOC conj

/// The complex conjugate; a real tensor itself. Wick computes it at once (PyTorch marks a view).
Tensor conj(const Tensor& self);

/// DOC conj_physical
Tensor conj_physical(const Tensor& self);
Tensor& conj_physical_out(Tensor& out, const Tensor& self);
Tensor& conj_physical_(Tensor& self);

/// DOC cos
Tensor cos(const Tensor& self);
Tensor& cos_(Tensor& self);
Tensor& cos_out(Tensor& out, const Tensor& self);

/// DOC cosh
Tensor cosh(const Tensor& self);
Tensor& cosh_(Tensor& self);
Tensor& cosh_out(Tensor& out, const Tensor& self);

/// DOC deg2rad
Tensor deg2rad(const Tensor& self);
Tensor& deg2rad_(Tensor& self);
Tensor& deg2rad_out(Tensor& out, const Tensor& self);

/// DOC digamma
Tensor& digamma_out(Tensor& out, const Tensor& self);
Tensor digamma(const Tensor& self);

/// DOC erf
Tensor erf(const Tensor& self);
Tensor& erf_(Tensor& self);
Tensor& erf_out(Tensor& out, const Tensor& self);

/// DOC erfc
Tensor erfc(const Tensor& self);
Tensor& erfc_(Tensor& self);
Tensor& erfc_out(Tensor& out, const Tensor& self);

/// DOC erfinv
Tensor erfinv(const Tensor& self);
Tensor& erfinv_out(Tensor& out, const Tensor& self);

/// DOC exp
Tensor exp(const Tensor& self);
Tensor& exp_(Tensor& self);
Tensor& exp_out(Tensor& out, const Tensor& self);

/// DOC exp2
Tensor exp2(const Tensor& self);
Tensor& exp2_(Tensor& self);
Tensor& exp2_out(Tensor& out, const Tensor& self);

/// DOC expm1
Tensor expm1(const Tensor& self);
Tensor& expm1_(Tensor& self);
Tensor& expm1_out(Tensor& out, const Tensor& self);

/// DOC fix
Tensor fix(const Tensor& self);
Tensor& fix_(Tensor& self);
Tensor& fix_out(Tensor& out, const Tensor& self);

/// DOC floor
Tensor floor(const Tensor& self);
Tensor& floor_(Tensor& self);
Tensor& floor_out(Tensor& out, const Tensor& self);

/// DOC frac
Tensor frac(const Tensor& self);
Tensor& frac_(Tensor& self);
Tensor& frac_out(Tensor& out, const Tensor& self);

/// DOC frexp
std::tuple<Tensor,Tensor> frexp(const Tensor& self);
std::tuple<Tensor&,Tensor&> frexp_out(Tensor& mantissa, Tensor& exponent, const Tensor& self);

/// DOC i0
Tensor i0(const Tensor& self);
Tensor& i0_(Tensor& self);
Tensor& i0_out(Tensor& out, const Tensor& self);

/// DOC imag
Tensor imag(const Tensor& self);

/// DOC isfinite
Tensor isfinite(const Tensor& self);

/// DOC isinf
Tensor isinf(const Tensor& self);
Tensor& isinf_out(Tensor& out, const Tensor& self);

/// DOC isnan
Tensor isnan(const Tensor& self);
Tensor& isnan_out(Tensor& out, const Tensor& self);

/// DOC isneginf
Tensor isneginf(const Tensor& self);
Tensor& isneginf_out(Tensor& out, const Tensor& self);

/// DOC isposinf
Tensor isposinf(const Tensor& self);
Tensor& isposinf_out(Tensor& out, const Tensor& self);

/// DOC isreal
Tensor isreal(const Tensor& self);

/// DOC lgamma
Tensor& lgamma_out(Tensor& out, const Tensor& self);
Tensor lgamma(const Tensor& self);

/// DOC log
Tensor log(const Tensor& self);
Tensor& log_(Tensor& self);
Tensor& log_out(Tensor& out, const Tensor& self);

/// DOC log10
Tensor log10(const Tensor& self);
Tensor& log10_(Tensor& self);
Tensor& log10_out(Tensor& out, const Tensor& self);

/// DOC log1p
Tensor log1p(const Tensor& self);
Tensor& log1p_(Tensor& self);
Tensor& log1p_out(Tensor& out, const Tensor& self);

/// DOC log2
Tensor log2(const Tensor& self);
Tensor& log2_(Tensor& self);
Tensor& log2_out(Tensor& out, const Tensor& self);

/// DOC logical_not
Tensor logical_not(const Tensor& self);
Tensor& logical_not_out(Tensor& out, const Tensor& self);

/// DOC logit
Tensor logit(const Tensor& self, std::optional<double> eps = std::nullopt);
Tensor& logit_(Tensor& self, std::optional<double> eps = std::nullopt);
Tensor& logit_out(Tensor& out, const Tensor& self, std::optional<double> eps = std::nullopt);

/// DOC mvlgamma
Tensor& mvlgamma_out(Tensor& out, const Tensor& self, int64_t p);
Tensor mvlgamma(const Tensor& self, int64_t p);

/// DOC nan_to_num
Tensor nan_to_num(const Tensor& self, std::optional<double> nan = std::nullopt, std::optional<double> posinf = std::nullopt, std::optional<double> neginf = std::nullopt);
Tensor& nan_to_num_(Tensor& self, std::optional<double> nan = std::nullopt, std::optional<double> posinf = std::nullopt, std::optional<double> neginf = std::nullopt);
Tensor& nan_to_num_out(Tensor& out, const Tensor& self, std::optional<double> nan = std::nullopt, std::optional<double> posinf = std::nullopt, std::optional<double> neginf = std::nullopt);

/// DOC neg
Tensor neg(const Tensor& self);
Tensor& neg_(Tensor& self);
Tensor& neg_out(Tensor& out, const Tensor& self);

/// DOC negative
Tensor negative(const Tensor& self);
Tensor& negative_(Tensor& self);
Tensor& negative_out(Tensor& out, const Tensor& self);

/// DOC positive
Tensor positive(const Tensor& self);

/// DOC rad2deg
Tensor rad2deg(const Tensor& self);
Tensor& rad2deg_(Tensor& self);
Tensor& rad2deg_out(Tensor& out, const Tensor& self);

/// DOC real
Tensor real(const Tensor& self);

/// DOC reciprocal
Tensor reciprocal(const Tensor& self);
Tensor& reciprocal_(Tensor& self);
Tensor& reciprocal_out(Tensor& out, const Tensor& self);

/// DOC round
Tensor round(const Tensor& self);
Tensor& round_(Tensor& self);
Tensor& round_out(Tensor& out, const Tensor& self);
Tensor round(const Tensor& self, int64_t decimals);
Tensor& round_(Tensor& self, int64_t decimals);
Tensor& round_out(Tensor& out, const Tensor& self, int64_t decimals);

/// DOC rsqrt
Tensor rsqrt(const Tensor& self);
Tensor& rsqrt_(Tensor& self);
Tensor& rsqrt_out(Tensor& out, const Tensor& self);

/// DOC sgn
Tensor sgn(const Tensor& self);
Tensor& sgn_out(Tensor& out, const Tensor& self);

/// DOC sigmoid
Tensor sigmoid(const Tensor& self);
Tensor& sigmoid_(Tensor& self);
Tensor& sigmoid_out(Tensor& out, const Tensor& self);

/// DOC sign
Tensor sign(const Tensor& self);
Tensor& sign_out(Tensor& out, const Tensor& self);

/// DOC signbit
Tensor signbit(const Tensor& self);
Tensor& signbit_out(Tensor& out, const Tensor& self);

/// DOC sin
Tensor sin(const Tensor& self);
Tensor& sin_(Tensor& self);
Tensor& sin_out(Tensor& out, const Tensor& self);

/// DOC sinc
Tensor sinc(const Tensor& self);
Tensor& sinc_(Tensor& self);
Tensor& sinc_out(Tensor& out, const Tensor& self);

/// DOC sinh
Tensor sinh(const Tensor& self);
Tensor& sinh_(Tensor& self);
Tensor& sinh_out(Tensor& out, const Tensor& self);

/// DOC sqrt
Tensor sqrt(const Tensor& self);
Tensor& sqrt_(Tensor& self);
Tensor& sqrt_out(Tensor& out, const Tensor& self);

/// DOC square
Tensor square(const Tensor& self);
Tensor& square_(Tensor& self);
Tensor& square_out(Tensor& out, const Tensor& self);

/// DOC tan
Tensor tan(const Tensor& self);
Tensor& tan_(Tensor& self);
Tensor& tan_out(Tensor& out, const Tensor& self);

/// DOC tanh
Tensor tanh(const Tensor& self);
Tensor& tanh_(Tensor& self);
Tensor& tanh_out(Tensor& out, const Tensor& self);

/// DOC trunc
Tensor trunc(const Tensor& self);
Tensor& trunc_(Tensor& self);
Tensor& trunc_out(Tensor& out, const Tensor& self);

/// DOC zero
Tensor& zero_(Tensor& self);
Tensor& zero_out(Tensor& out, const Tensor& self);
Tensor zero(const Tensor& self);

/// DOC special_digamma
Tensor special_digamma(const Tensor& self);
Tensor& special_digamma_out(Tensor& out, const Tensor& self);

/// DOC special_entr
Tensor special_entr(const Tensor& self);
Tensor& special_entr_out(Tensor& out, const Tensor& self);

/// DOC special_erf
Tensor special_erf(const Tensor& self);
Tensor& special_erf_out(Tensor& out, const Tensor& self);

/// DOC special_erfc
Tensor special_erfc(const Tensor& self);
Tensor& special_erfc_out(Tensor& out, const Tensor& self);

/// DOC special_erfcx
Tensor special_erfcx(const Tensor& self);
Tensor& special_erfcx_out(Tensor& out, const Tensor& self);

/// DOC special_erfinv
Tensor special_erfinv(const Tensor& self);
Tensor& special_erfinv_out(Tensor& out, const Tensor& self);

/// DOC special_exp2
Tensor special_exp2(const Tensor& self);
Tensor& special_exp2_out(Tensor& out, const Tensor& self);

/// DOC special_expit
Tensor special_expit(const Tensor& self);
Tensor& special_expit_out(Tensor& out, const Tensor& self);

/// DOC special_expm1
Tensor special_expm1(const Tensor& self);
Tensor& special_expm1_out(Tensor& out, const Tensor& self);

/// DOC special_gammainc
Tensor& special_gammainc_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor special_gammainc(const Tensor& self, const Tensor& other);

/// DOC special_gammaincc
Tensor& special_gammaincc_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor special_gammaincc(const Tensor& self, const Tensor& other);

/// DOC special_gammaln
Tensor special_gammaln(const Tensor& self);
Tensor& special_gammaln_out(Tensor& out, const Tensor& self);

/// DOC special_i0
Tensor special_i0(const Tensor& self);
Tensor& special_i0_out(Tensor& out, const Tensor& self);

/// DOC special_i0e
Tensor special_i0e(const Tensor& self);
Tensor& special_i0e_out(Tensor& out, const Tensor& self);

/// DOC special_i1
Tensor special_i1(const Tensor& self);
Tensor& special_i1_out(Tensor& out, const Tensor& self);

/// DOC special_i1e
Tensor special_i1e(const Tensor& self);
Tensor& special_i1e_out(Tensor& out, const Tensor& self);

/// DOC special_log1p
Tensor special_log1p(const Tensor& self);
Tensor& special_log1p_out(Tensor& out, const Tensor& self);

/// DOC special_log_ndtr
Tensor special_log_ndtr(const Tensor& self);
Tensor& special_log_ndtr_out(Tensor& out, const Tensor& self);

/// DOC special_log_softmax
Tensor special_log_softmax(const Tensor& self, int64_t dim, std::optional<ScalarType> dtype = std::nullopt);

/// DOC special_logit
Tensor special_logit(const Tensor& self, std::optional<double> eps = std::nullopt);
Tensor& special_logit_out(Tensor& out, const Tensor& self, std::optional<double> eps = std::nullopt);

/// DOC special_logsumexp
Tensor special_logsumexp(const Tensor& self, IntArrayRef dim, bool keepdim = false);
Tensor& special_logsumexp_out(Tensor& out, const Tensor& self, IntArrayRef dim, bool keepdim = false);

/// DOC special_multigammaln
Tensor special_multigammaln(const Tensor& self, int64_t p);
Tensor& special_multigammaln_out(Tensor& out, const Tensor& self, int64_t p);

/// DOC special_ndtr
Tensor special_ndtr(const Tensor& self);
Tensor& special_ndtr_out(Tensor& out, const Tensor& self);

/// DOC special_ndtri
Tensor special_ndtri(const Tensor& self);
Tensor& special_ndtri_out(Tensor& out, const Tensor& self);

/// DOC special_polygamma
Tensor special_polygamma(int64_t n, const Tensor& self);
Tensor& special_polygamma_out(Tensor& out, int64_t n, const Tensor& self);

/// DOC special_psi
Tensor special_psi(const Tensor& self);
Tensor& special_psi_out(Tensor& out, const Tensor& self);

/// DOC special_round
Tensor special_round(const Tensor& self, int64_t decimals = 0);
Tensor& special_round_out(Tensor& out, const Tensor& self, int64_t decimals = 0);

/// DOC special_sinc
Tensor special_sinc(const Tensor& self);
Tensor& special_sinc_out(Tensor& out, const Tensor& self);

/// DOC special_softmax
Tensor special_softmax(const Tensor& self, int64_t dim, std::optional<ScalarType> dtype = std::nullopt);

/// DOC special_xlog1py
Tensor special_xlog1py(const Tensor& self, const Tensor& other);
Tensor special_xlog1py(const Scalar& self, const Tensor& other);
Tensor special_xlog1py(const Tensor& self, const Scalar& other);
Tensor& special_xlog1py_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& special_xlog1py_out(Tensor& out, const Scalar& self, const Tensor& other);
Tensor& special_xlog1py_out(Tensor& out, const Tensor& self, const Scalar& other);

/// DOC special_xlogy
Tensor special_xlogy(const Tensor& self, const Tensor& other);
Tensor special_xlogy(const Scalar& self, const Tensor& other);
Tensor special_xlogy(const Tensor& self, const Scalar& other);
Tensor& special_xlogy_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& special_xlogy_out(Tensor& out, const Scalar& self, const Tensor& other);
Tensor& special_xlogy_out(Tensor& out, const Tensor& self, const Scalar& other);

/// DOC special_zeta
Tensor special_zeta(const Tensor& self, const Tensor& other);
Tensor special_zeta(const Scalar& self, const Tensor& other);
Tensor special_zeta(const Tensor& self, const Scalar& other);
Tensor& special_zeta_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& special_zeta_out(Tensor& out, const Scalar& self, const Tensor& other);
Tensor& special_zeta_out(Tensor& out, const Tensor& self, const Scalar& other);

/// DOC is_floating_point

/// DOC is_complex

/// DOC is_nonzero
bool is_nonzero(const Tensor& self);

/// DOC is_same_size
bool is_same_size(const Tensor& self, const Tensor& other);

/// DOC is_signed

/// DOC view_as_real
Tensor view_as_real(const Tensor& self);

/// DOC view_as_complex
Tensor view_as_complex(const Tensor& self);

/// DOC resolve_conj
Tensor resolve_conj(const Tensor& self);

/// DOC resolve_neg
Tensor resolve_neg(const Tensor& self);

/// DOC polygamma
Tensor& polygamma_out(Tensor& out, int64_t n, const Tensor& self);
Tensor polygamma(int64_t n, const Tensor& self);

}  // namespace v1
}  // namespace wick
