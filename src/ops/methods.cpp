// The methods that are functions with the tensor as first argument.
#include <wick/ops.h>
#include <wick/ops/extra.h>
#include <wick/ops/fft.h>
#include <wick/ops/linalg_factor.h>

namespace wick::inline v1 {

Tensor Tensor::detach() const { return wick::detach(*this); }
Tensor Tensor::bernoulli(std::optional<Generator> generator) const { return wick::bernoulli(*this, generator); }
Tensor Tensor::bernoulli(double p, std::optional<Generator> generator) const { return wick::bernoulli(*this, p, generator); }
Tensor Tensor::multinomial(int64_t num_samples, bool replacement, std::optional<Generator> generator) const { return wick::multinomial(*this, num_samples, replacement, generator); }
Tensor Tensor::abs() const { return wick::abs(*this); }
Tensor& Tensor::abs_() const { return wick::abs_(const_cast<Tensor&>(*this)); }
Tensor Tensor::absolute() const { return wick::absolute(*this); }
Tensor Tensor::angle() const { return wick::angle(*this); }
Tensor Tensor::sgn() const { return wick::sgn(*this); }
Tensor Tensor::conj() const { return wick::conj(*this); }
Tensor Tensor::conj_physical() const { return wick::conj_physical(*this); }
Tensor& Tensor::conj_physical_() const { return wick::conj_physical_(const_cast<Tensor&>(*this)); }
Tensor Tensor::resolve_conj() const { return wick::resolve_conj(*this); }
Tensor Tensor::resolve_neg() const { return wick::resolve_neg(*this); }
Tensor Tensor::acos() const { return wick::acos(*this); }
Tensor& Tensor::acos_() const { return wick::acos_(const_cast<Tensor&>(*this)); }
Tensor Tensor::arccos() const { return wick::arccos(*this); }
Tensor& Tensor::arccos_() const { return wick::arccos_(const_cast<Tensor&>(*this)); }
Tensor Tensor::acosh() const { return wick::acosh(*this); }
Tensor& Tensor::acosh_() const { return wick::acosh_(const_cast<Tensor&>(*this)); }
Tensor Tensor::arccosh() const { return wick::arccosh(*this); }
Tensor& Tensor::arccosh_() const { return wick::arccosh_(const_cast<Tensor&>(*this)); }
Tensor Tensor::asinh() const { return wick::asinh(*this); }
Tensor& Tensor::asinh_() const { return wick::asinh_(const_cast<Tensor&>(*this)); }
Tensor Tensor::arcsinh() const { return wick::arcsinh(*this); }
Tensor& Tensor::arcsinh_() const { return wick::arcsinh_(const_cast<Tensor&>(*this)); }
Tensor Tensor::atanh() const { return wick::atanh(*this); }
Tensor& Tensor::atanh_() const { return wick::atanh_(const_cast<Tensor&>(*this)); }
Tensor Tensor::arctanh() const { return wick::arctanh(*this); }
Tensor& Tensor::arctanh_() const { return wick::arctanh_(const_cast<Tensor&>(*this)); }
Tensor Tensor::asin() const { return wick::asin(*this); }
Tensor& Tensor::asin_() const { return wick::asin_(const_cast<Tensor&>(*this)); }
Tensor Tensor::arcsin() const { return wick::arcsin(*this); }
Tensor& Tensor::arcsin_() const { return wick::arcsin_(const_cast<Tensor&>(*this)); }
Tensor Tensor::atan() const { return wick::atan(*this); }
Tensor& Tensor::atan_() const { return wick::atan_(const_cast<Tensor&>(*this)); }
Tensor Tensor::arctan() const { return wick::arctan(*this); }
Tensor& Tensor::arctan_() const { return wick::arctan_(const_cast<Tensor&>(*this)); }
Tensor Tensor::bitwise_not() const { return wick::bitwise_not(*this); }
Tensor Tensor::logical_not() const { return wick::logical_not(*this); }
Tensor Tensor::ceil() const { return wick::ceil(*this); }
Tensor& Tensor::ceil_() const { return wick::ceil_(const_cast<Tensor&>(*this)); }
Tensor Tensor::cos() const { return wick::cos(*this); }
Tensor& Tensor::cos_() const { return wick::cos_(const_cast<Tensor&>(*this)); }
Tensor Tensor::cosh() const { return wick::cosh(*this); }
Tensor& Tensor::cosh_() const { return wick::cosh_(const_cast<Tensor&>(*this)); }
Tensor Tensor::erf() const { return wick::erf(*this); }
Tensor& Tensor::erf_() const { return wick::erf_(const_cast<Tensor&>(*this)); }
Tensor Tensor::erfc() const { return wick::erfc(*this); }
Tensor& Tensor::erfc_() const { return wick::erfc_(const_cast<Tensor&>(*this)); }
Tensor Tensor::exp() const { return wick::exp(*this); }
Tensor& Tensor::exp_() const { return wick::exp_(const_cast<Tensor&>(*this)); }
Tensor Tensor::exp2() const { return wick::exp2(*this); }
Tensor& Tensor::exp2_() const { return wick::exp2_(const_cast<Tensor&>(*this)); }
Tensor Tensor::expm1() const { return wick::expm1(*this); }
Tensor& Tensor::expm1_() const { return wick::expm1_(const_cast<Tensor&>(*this)); }
Tensor Tensor::floor() const { return wick::floor(*this); }
Tensor& Tensor::floor_() const { return wick::floor_(const_cast<Tensor&>(*this)); }
Tensor Tensor::frac() const { return wick::frac(*this); }
Tensor& Tensor::frac_() const { return wick::frac_(const_cast<Tensor&>(*this)); }
Tensor Tensor::isnan() const { return wick::isnan(*this); }
Tensor Tensor::isreal() const { return wick::isreal(*this); }
bool Tensor::is_nonzero() const { return wick::is_nonzero(*this); }
bool Tensor::is_same_size(const Tensor& other) const { return wick::is_same_size(*this, other); }
Tensor Tensor::nan_to_num(std::optional<double> nan, std::optional<double> posinf, std::optional<double> neginf) const { return wick::nan_to_num(*this, nan, posinf, neginf); }
Tensor& Tensor::nan_to_num_(std::optional<double> nan, std::optional<double> posinf, std::optional<double> neginf) const { return wick::nan_to_num_(const_cast<Tensor&>(*this), nan, posinf, neginf); }
Tensor Tensor::log() const { return wick::log(*this); }
Tensor& Tensor::log_() const { return wick::log_(const_cast<Tensor&>(*this)); }
Tensor Tensor::log10() const { return wick::log10(*this); }
Tensor& Tensor::log10_() const { return wick::log10_(const_cast<Tensor&>(*this)); }
Tensor Tensor::log1p() const { return wick::log1p(*this); }
Tensor& Tensor::log1p_() const { return wick::log1p_(const_cast<Tensor&>(*this)); }
Tensor Tensor::log2() const { return wick::log2(*this); }
Tensor& Tensor::log2_() const { return wick::log2_(const_cast<Tensor&>(*this)); }
Tensor Tensor::mvlgamma(int64_t p) const { return wick::mvlgamma(*this, p); }
Tensor Tensor::rad2deg() const { return wick::rad2deg(*this); }
Tensor& Tensor::rad2deg_() const { return wick::rad2deg_(const_cast<Tensor&>(*this)); }
Tensor Tensor::deg2rad() const { return wick::deg2rad(*this); }
Tensor& Tensor::deg2rad_() const { return wick::deg2rad_(const_cast<Tensor&>(*this)); }
Tensor Tensor::reciprocal() const { return wick::reciprocal(*this); }
Tensor& Tensor::reciprocal_() const { return wick::reciprocal_(const_cast<Tensor&>(*this)); }
Tensor Tensor::neg() const { return wick::neg(*this); }
Tensor& Tensor::neg_() const { return wick::neg_(const_cast<Tensor&>(*this)); }
Tensor Tensor::negative() const { return wick::negative(*this); }
Tensor& Tensor::negative_() const { return wick::negative_(const_cast<Tensor&>(*this)); }
Tensor Tensor::round() const { return wick::round(*this); }
Tensor Tensor::round(int64_t decimals) const { return wick::round(*this, decimals); }
Tensor& Tensor::round_() const { return wick::round_(const_cast<Tensor&>(*this)); }
Tensor& Tensor::round_(int64_t decimals) const { return wick::round_(const_cast<Tensor&>(*this), decimals); }
Tensor Tensor::rsqrt() const { return wick::rsqrt(*this); }
Tensor& Tensor::rsqrt_() const { return wick::rsqrt_(const_cast<Tensor&>(*this)); }
Tensor Tensor::sigmoid() const { return wick::sigmoid(*this); }
Tensor& Tensor::sigmoid_() const { return wick::sigmoid_(const_cast<Tensor&>(*this)); }
Tensor Tensor::logit(std::optional<double> eps) const { return wick::logit(*this, eps); }
Tensor& Tensor::logit_(std::optional<double> eps) const { return wick::logit_(const_cast<Tensor&>(*this), eps); }
Tensor Tensor::sin() const { return wick::sin(*this); }
Tensor& Tensor::sin_() const { return wick::sin_(const_cast<Tensor&>(*this)); }
Tensor Tensor::sinc() const { return wick::sinc(*this); }
Tensor& Tensor::sinc_() const { return wick::sinc_(const_cast<Tensor&>(*this)); }
Tensor Tensor::sinh() const { return wick::sinh(*this); }
Tensor& Tensor::sinh_() const { return wick::sinh_(const_cast<Tensor&>(*this)); }
Tensor Tensor::sqrt() const { return wick::sqrt(*this); }
Tensor& Tensor::sqrt_() const { return wick::sqrt_(const_cast<Tensor&>(*this)); }
Tensor Tensor::square() const { return wick::square(*this); }
Tensor& Tensor::square_() const { return wick::square_(const_cast<Tensor&>(*this)); }
Tensor Tensor::tan() const { return wick::tan(*this); }
Tensor& Tensor::tan_() const { return wick::tan_(const_cast<Tensor&>(*this)); }
Tensor Tensor::tanh() const { return wick::tanh(*this); }
Tensor& Tensor::tanh_() const { return wick::tanh_(const_cast<Tensor&>(*this)); }
Tensor Tensor::trunc() const { return wick::trunc(*this); }
Tensor& Tensor::trunc_() const { return wick::trunc_(const_cast<Tensor&>(*this)); }
Tensor Tensor::fix() const { return wick::fix(*this); }
Tensor& Tensor::fix_() const { return wick::fix_(const_cast<Tensor&>(*this)); }
std::tuple<Tensor,Tensor> Tensor::frexp() const { return wick::frexp(*this); }
Tensor Tensor::positive() const { return wick::positive(*this); }
Tensor Tensor::lgamma() const { return wick::lgamma(*this); }
Tensor Tensor::digamma() const { return wick::digamma(*this); }
Tensor Tensor::erfinv() const { return wick::erfinv(*this); }
Tensor Tensor::i0() const { return wick::i0(*this); }
Tensor& Tensor::i0_() const { return wick::i0_(const_cast<Tensor&>(*this)); }
Tensor Tensor::sign() const { return wick::sign(*this); }
Tensor Tensor::signbit() const { return wick::signbit(*this); }
Tensor Tensor::isfinite() const { return wick::isfinite(*this); }
Tensor Tensor::isinf() const { return wick::isinf(*this); }
Tensor Tensor::isposinf() const { return wick::isposinf(*this); }
Tensor Tensor::isneginf() const { return wick::isneginf(*this); }
Tensor Tensor::add(const Tensor& other, const Scalar& alpha) const { return wick::add(*this, other, alpha); }
Tensor Tensor::add(const Scalar& other, const Scalar& alpha) const { return wick::add(*this, other, alpha); }
bool Tensor::allclose(const Tensor& other, double rtol, double atol, bool equal_nan) const { return wick::allclose(*this, other, rtol, atol, equal_nan); }
Tensor Tensor::copysign(const Tensor& other) const { return wick::copysign(*this, other); }
Tensor Tensor::copysign(const Scalar& other) const { return wick::copysign(*this, other); }
Tensor Tensor::logical_xor(const Tensor& other) const { return wick::logical_xor(*this, other); }
Tensor Tensor::logical_and(const Tensor& other) const { return wick::logical_and(*this, other); }
Tensor Tensor::logical_or(const Tensor& other) const { return wick::logical_or(*this, other); }
Tensor Tensor::clamp(const std::optional<Scalar>& min, const std::optional<Scalar>& max) const { return wick::clamp(*this, min, max); }
Tensor Tensor::clamp(const std::optional<Tensor>& min, const std::optional<Tensor>& max) const { return wick::clamp(*this, min, max); }
Tensor& Tensor::clamp_(const std::optional<Scalar>& min, const std::optional<Scalar>& max) const { return wick::clamp_(const_cast<Tensor&>(*this), min, max); }
Tensor& Tensor::clamp_(const std::optional<Tensor>& min, const std::optional<Tensor>& max) const { return wick::clamp_(const_cast<Tensor&>(*this), min, max); }
Tensor Tensor::clamp_max(const Scalar& max) const { return wick::clamp_max(*this, max); }
Tensor Tensor::clamp_max(const Tensor& max) const { return wick::clamp_max(*this, max); }
Tensor& Tensor::clamp_max_(const Scalar& max) const { return wick::clamp_max_(const_cast<Tensor&>(*this), max); }
Tensor& Tensor::clamp_max_(const Tensor& max) const { return wick::clamp_max_(const_cast<Tensor&>(*this), max); }
Tensor Tensor::clamp_min(const Scalar& min) const { return wick::clamp_min(*this, min); }
Tensor Tensor::clamp_min(const Tensor& min) const { return wick::clamp_min(*this, min); }
Tensor& Tensor::clamp_min_(const Scalar& min) const { return wick::clamp_min_(const_cast<Tensor&>(*this), min); }
Tensor& Tensor::clamp_min_(const Tensor& min) const { return wick::clamp_min_(const_cast<Tensor&>(*this), min); }
Tensor Tensor::clip(const std::optional<Scalar>& min, const std::optional<Scalar>& max) const { return wick::clip(*this, min, max); }
Tensor Tensor::clip(const std::optional<Tensor>& min, const std::optional<Tensor>& max) const { return wick::clip(*this, min, max); }
Tensor& Tensor::clip_(const std::optional<Scalar>& min, const std::optional<Scalar>& max) const { return wick::clip_(const_cast<Tensor&>(*this), min, max); }
Tensor& Tensor::clip_(const std::optional<Tensor>& min, const std::optional<Tensor>& max) const { return wick::clip_(const_cast<Tensor&>(*this), min, max); }
Tensor Tensor::div(const Tensor& other) const { return wick::div(*this, other); }
Tensor Tensor::div(const Tensor& other, std::optional<std::string_view> rounding_mode) const { return wick::div(*this, other, rounding_mode); }
Tensor Tensor::div(const Scalar& other) const { return wick::div(*this, other); }
Tensor Tensor::div(const Scalar& other, std::optional<std::string_view> rounding_mode) const { return wick::div(*this, other, rounding_mode); }
Tensor Tensor::divide(const Tensor& other) const { return wick::divide(*this, other); }
Tensor Tensor::divide(const Scalar& other) const { return wick::divide(*this, other); }
Tensor Tensor::divide(const Tensor& other, std::optional<std::string_view> rounding_mode) const { return wick::divide(*this, other, rounding_mode); }
Tensor Tensor::divide(const Scalar& other, std::optional<std::string_view> rounding_mode) const { return wick::divide(*this, other, rounding_mode); }
Tensor Tensor::true_divide(const Tensor& other) const { return wick::true_divide(*this, other); }
Tensor Tensor::true_divide(const Scalar& other) const { return wick::true_divide(*this, other); }
Tensor Tensor::floor_divide(const Tensor& other) const { return wick::floor_divide(*this, other); }
Tensor Tensor::floor_divide(const Scalar& other) const { return wick::floor_divide(*this, other); }
Tensor Tensor::gcd(const Tensor& other) const { return wick::gcd(*this, other); }
Tensor& Tensor::gcd_(const Tensor& other) const { return wick::gcd_(const_cast<Tensor&>(*this), other); }
Tensor Tensor::lcm(const Tensor& other) const { return wick::lcm(*this, other); }
Tensor& Tensor::lcm_(const Tensor& other) const { return wick::lcm_(const_cast<Tensor&>(*this), other); }
Tensor Tensor::isclose(const Tensor& other, double rtol, double atol, bool equal_nan) const { return wick::isclose(*this, other, rtol, atol, equal_nan); }
Tensor Tensor::ldexp(const Tensor& other) const { return wick::ldexp(*this, other); }
Tensor& Tensor::ldexp_(const Tensor& other) const { return wick::ldexp_(const_cast<Tensor&>(*this), other); }
Tensor Tensor::logaddexp(const Tensor& other) const { return wick::logaddexp(*this, other); }
Tensor Tensor::logaddexp2(const Tensor& other) const { return wick::logaddexp2(*this, other); }
Tensor Tensor::xlogy(const Tensor& other) const { return wick::xlogy(*this, other); }
Tensor Tensor::xlogy(const Scalar& other) const { return wick::xlogy(*this, other); }
Tensor& Tensor::xlogy_(const Tensor& other) const { return wick::xlogy_(const_cast<Tensor&>(*this), other); }
Tensor& Tensor::xlogy_(const Scalar& other) const { return wick::xlogy_(const_cast<Tensor&>(*this), other); }
Tensor Tensor::mul(const Tensor& other) const { return wick::mul(*this, other); }
Tensor Tensor::mul(const Scalar& other) const { return wick::mul(*this, other); }
Tensor Tensor::multiply(const Tensor& other) const { return wick::multiply(*this, other); }
Tensor Tensor::multiply(const Scalar& other) const { return wick::multiply(*this, other); }
Tensor Tensor::where(const Tensor& condition, const Tensor& other) const { return wick::where(condition, *this, other); }
Tensor Tensor::where(const Tensor& condition, const Scalar& other) const { return wick::where(condition, *this, other); }
Tensor Tensor::sub(const Tensor& other, const Scalar& alpha) const { return wick::sub(*this, other, alpha); }
Tensor Tensor::sub(const Scalar& other, const Scalar& alpha) const { return wick::sub(*this, other, alpha); }
Tensor Tensor::subtract(const Tensor& other, const Scalar& alpha) const { return wick::subtract(*this, other, alpha); }
Tensor Tensor::subtract(const Scalar& other, const Scalar& alpha) const { return wick::subtract(*this, other, alpha); }
Tensor Tensor::heaviside(const Tensor& values) const { return wick::heaviside(*this, values); }
Tensor Tensor::bitwise_and(const Scalar& other) const { return wick::bitwise_and(*this, other); }
Tensor Tensor::bitwise_and(const Tensor& other) const { return wick::bitwise_and(*this, other); }
Tensor Tensor::bitwise_or(const Scalar& other) const { return wick::bitwise_or(*this, other); }
Tensor Tensor::bitwise_or(const Tensor& other) const { return wick::bitwise_or(*this, other); }
Tensor Tensor::bitwise_xor(const Scalar& other) const { return wick::bitwise_xor(*this, other); }
Tensor Tensor::bitwise_xor(const Tensor& other) const { return wick::bitwise_xor(*this, other); }
Tensor Tensor::bitwise_left_shift(const Tensor& other) const { return wick::bitwise_left_shift(*this, other); }
Tensor Tensor::bitwise_left_shift(const Scalar& other) const { return wick::bitwise_left_shift(*this, other); }
Tensor Tensor::bitwise_right_shift(const Tensor& other) const { return wick::bitwise_right_shift(*this, other); }
Tensor Tensor::bitwise_right_shift(const Scalar& other) const { return wick::bitwise_right_shift(*this, other); }
Tensor Tensor::ne(const Scalar& other) const { return wick::ne(*this, other); }
Tensor Tensor::ne(const Tensor& other) const { return wick::ne(*this, other); }
Tensor Tensor::not_equal(const Scalar& other) const { return wick::not_equal(*this, other); }
Tensor Tensor::not_equal(const Tensor& other) const { return wick::not_equal(*this, other); }
Tensor Tensor::eq(const Scalar& other) const { return wick::eq(*this, other); }
Tensor Tensor::eq(const Tensor& other) const { return wick::eq(*this, other); }
Tensor Tensor::ge(const Scalar& other) const { return wick::ge(*this, other); }
Tensor Tensor::ge(const Tensor& other) const { return wick::ge(*this, other); }
Tensor Tensor::greater_equal(const Scalar& other) const { return wick::greater_equal(*this, other); }
Tensor Tensor::greater_equal(const Tensor& other) const { return wick::greater_equal(*this, other); }
Tensor Tensor::le(const Scalar& other) const { return wick::le(*this, other); }
Tensor Tensor::le(const Tensor& other) const { return wick::le(*this, other); }
Tensor Tensor::less_equal(const Scalar& other) const { return wick::less_equal(*this, other); }
Tensor Tensor::less_equal(const Tensor& other) const { return wick::less_equal(*this, other); }
Tensor Tensor::gt(const Scalar& other) const { return wick::gt(*this, other); }
Tensor Tensor::gt(const Tensor& other) const { return wick::gt(*this, other); }
Tensor Tensor::greater(const Scalar& other) const { return wick::greater(*this, other); }
Tensor Tensor::greater(const Tensor& other) const { return wick::greater(*this, other); }
Tensor Tensor::lt(const Scalar& other) const { return wick::lt(*this, other); }
Tensor Tensor::lt(const Tensor& other) const { return wick::lt(*this, other); }
Tensor Tensor::less(const Scalar& other) const { return wick::less(*this, other); }
Tensor Tensor::less(const Tensor& other) const { return wick::less(*this, other); }
Tensor Tensor::addcmul(const Tensor& tensor1, const Tensor& tensor2, const Scalar& value) const { return wick::addcmul(*this, tensor1, tensor2, value); }
Tensor Tensor::addcdiv(const Tensor& tensor1, const Tensor& tensor2, const Scalar& value) const { return wick::addcdiv(*this, tensor1, tensor2, value); }
Tensor Tensor::atan2(const Tensor& other) const { return wick::atan2(*this, other); }
Tensor Tensor::arctan2(const Tensor& other) const { return wick::arctan2(*this, other); }
Tensor Tensor::lerp(const Tensor& end, const Scalar& weight) const { return wick::lerp(*this, end, weight); }
Tensor Tensor::lerp(const Tensor& end, const Tensor& weight) const { return wick::lerp(*this, end, weight); }
Tensor Tensor::fmod(const Scalar& other) const { return wick::fmod(*this, other); }
Tensor Tensor::fmod(const Tensor& other) const { return wick::fmod(*this, other); }
Tensor Tensor::hypot(const Tensor& other) const { return wick::hypot(*this, other); }
Tensor Tensor::igamma(const Tensor& other) const { return wick::igamma(*this, other); }
Tensor Tensor::igammac(const Tensor& other) const { return wick::igammac(*this, other); }
Tensor Tensor::nextafter(const Tensor& other) const { return wick::nextafter(*this, other); }
Tensor Tensor::remainder(const Scalar& other) const { return wick::remainder(*this, other); }
Tensor Tensor::remainder(const Tensor& other) const { return wick::remainder(*this, other); }
Tensor Tensor::fmin(const Tensor& other) const { return wick::fmin(*this, other); }
Tensor Tensor::fmax(const Tensor& other) const { return wick::fmax(*this, other); }
Tensor Tensor::maximum(const Tensor& other) const { return wick::maximum(*this, other); }
Tensor Tensor::minimum(const Tensor& other) const { return wick::minimum(*this, other); }
bool Tensor::equal(const Tensor& other) const { return wick::equal(*this, other); }
Tensor Tensor::pow(const Tensor& exponent) const { return wick::pow(*this, exponent); }
Tensor Tensor::pow(const Scalar& exponent) const { return wick::pow(*this, exponent); }
Tensor Tensor::float_power(const Tensor& exponent) const { return wick::float_power(*this, exponent); }
Tensor Tensor::float_power(const Scalar& exponent) const { return wick::float_power(*this, exponent); }
Tensor Tensor::all(int64_t dim, bool keepdim) const { return wick::all(*this, dim, keepdim); }
Tensor Tensor::all(OptionalIntArrayRef dim, bool keepdim) const { return wick::all(*this, dim, keepdim); }
Tensor Tensor::all() const { return wick::all(*this); }
Tensor Tensor::any(int64_t dim, bool keepdim) const { return wick::any(*this, dim, keepdim); }
Tensor Tensor::any(OptionalIntArrayRef dim, bool keepdim) const { return wick::any(*this, dim, keepdim); }
Tensor Tensor::any() const { return wick::any(*this); }
Tensor Tensor::argmax(std::optional<int64_t> dim, bool keepdim) const { return wick::argmax(*this, dim, keepdim); }
Tensor Tensor::argmin(std::optional<int64_t> dim, bool keepdim) const { return wick::argmin(*this, dim, keepdim); }
Tensor Tensor::bincount(const std::optional<Tensor>& weights, int64_t minlength) const { return wick::bincount(*this, weights, minlength); }
Tensor Tensor::count_nonzero(IntArrayRef dim) const { return wick::count_nonzero(*this, dim); }
Tensor Tensor::count_nonzero(std::optional<int64_t> dim) const { return wick::count_nonzero(*this, dim); }
Tensor Tensor::cov(int64_t correction, const std::optional<Tensor>& fweights, const std::optional<Tensor>& aweights) const { return wick::cov(*this, correction, fweights, aweights); }
Tensor Tensor::corrcoef() const { return wick::corrcoef(*this); }
std::tuple<Tensor,Tensor> Tensor::cummax(int64_t dim) const { return wick::cummax(*this, dim); }
std::tuple<Tensor,Tensor> Tensor::cummin(int64_t dim) const { return wick::cummin(*this, dim); }
Tensor Tensor::cumprod(int64_t dim, std::optional<ScalarType> dtype) const { return wick::cumprod(*this, dim, dtype); }
Tensor Tensor::cumsum(int64_t dim, std::optional<ScalarType> dtype) const { return wick::cumsum(*this, dim, dtype); }
Tensor Tensor::diff(int64_t n, int64_t dim, const std::optional<Tensor>& prepend, const std::optional<Tensor>& append) const { return wick::diff(*this, n, dim, prepend, append); }
Tensor Tensor::log_softmax(int64_t dim, std::optional<ScalarType> dtype) const { return wick::log_softmax(*this, dim, dtype); }
Tensor Tensor::logcumsumexp(int64_t dim) const { return wick::logcumsumexp(*this, dim); }
Tensor Tensor::logsumexp(IntArrayRef dim, bool keepdim) const { return wick::logsumexp(*this, dim, keepdim); }
std::tuple<Tensor,Tensor> Tensor::aminmax(std::optional<int64_t> dim, bool keepdim) const { return wick::aminmax(*this, dim, keepdim); }
std::tuple<Tensor,Tensor> Tensor::max(int64_t dim, bool keepdim) const { return wick::max(*this, dim, keepdim); }
Tensor Tensor::max() const { return wick::max(*this); }
Tensor Tensor::max(const Tensor& other) const { return wick::max(*this, other); }
Tensor Tensor::amax(IntArrayRef dim, bool keepdim) const { return wick::amax(*this, dim, keepdim); }
Tensor Tensor::mean(std::optional<ScalarType> dtype) const { return wick::mean(*this, dtype); }
Tensor Tensor::mean(OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) const { return wick::mean(*this, dim, keepdim, dtype); }
Tensor Tensor::nanmean(OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) const { return wick::nanmean(*this, dim, keepdim, dtype); }
Tensor Tensor::median() const { return wick::median(*this); }
std::tuple<Tensor,Tensor> Tensor::median(int64_t dim, bool keepdim) const { return wick::median(*this, dim, keepdim); }
Tensor Tensor::nanmedian() const { return wick::nanmedian(*this); }
std::tuple<Tensor,Tensor> Tensor::nanmedian(int64_t dim, bool keepdim) const { return wick::nanmedian(*this, dim, keepdim); }
std::tuple<Tensor,Tensor> Tensor::min(int64_t dim, bool keepdim) const { return wick::min(*this, dim, keepdim); }
Tensor Tensor::min() const { return wick::min(*this); }
Tensor Tensor::min(const Tensor& other) const { return wick::min(*this, other); }
Tensor Tensor::amin(IntArrayRef dim, bool keepdim) const { return wick::amin(*this, dim, keepdim); }
std::tuple<Tensor,Tensor> Tensor::mode(int64_t dim, bool keepdim) const { return wick::mode(*this, dim, keepdim); }
Tensor Tensor::softmax(int64_t dim, std::optional<ScalarType> dtype) const { return wick::softmax(*this, dim, dtype); }
Tensor Tensor::sum(std::optional<ScalarType> dtype) const { return wick::sum(*this, dtype); }
Tensor Tensor::sum(OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) const { return wick::sum(*this, dim, keepdim, dtype); }
Tensor Tensor::nansum(OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) const { return wick::nansum(*this, dim, keepdim, dtype); }
Tensor Tensor::std(int dim) const { return wick::std(*this, dim); }
Tensor Tensor::std(bool unbiased) const { return wick::std(*this, unbiased); }
Tensor Tensor::std(OptionalIntArrayRef dim, bool unbiased, bool keepdim) const { return wick::std(*this, dim, unbiased, keepdim); }
Tensor Tensor::std(OptionalIntArrayRef dim, const std::optional<Scalar>& correction, bool keepdim) const { return wick::std(*this, dim, correction, keepdim); }
Tensor Tensor::prod(std::optional<ScalarType> dtype) const { return wick::prod(*this, dtype); }
Tensor Tensor::prod(int64_t dim, bool keepdim, std::optional<ScalarType> dtype) const { return wick::prod(*this, dim, keepdim, dtype); }
Tensor Tensor::var(int dim) const { return wick::var(*this, dim); }
Tensor Tensor::var(bool unbiased) const { return wick::var(*this, unbiased); }
Tensor Tensor::var(OptionalIntArrayRef dim, bool unbiased, bool keepdim) const { return wick::var(*this, dim, unbiased, keepdim); }
Tensor Tensor::var(OptionalIntArrayRef dim, const std::optional<Scalar>& correction, bool keepdim) const { return wick::var(*this, dim, correction, keepdim); }
Tensor Tensor::norm(const std::optional<Scalar>& p, ScalarType dtype) const { return wick::norm(*this, p, dtype); }
Tensor Tensor::norm(const Scalar& p) const { return wick::norm(*this, p); }
Tensor Tensor::norm(const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim, ScalarType dtype) const { return wick::norm(*this, p, dim, keepdim, dtype); }
Tensor Tensor::norm(const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim) const { return wick::norm(*this, p, dim, keepdim); }
Tensor Tensor::trace() const { return wick::trace(*this); }
Tensor Tensor::dist(const Tensor& other, const Scalar& p) const { return wick::dist(*this, other, p); }
Tensor Tensor::histc(int64_t bins, const Scalar& min, const Scalar& max) const { return wick::histc(*this, bins, min, max); }
Tensor Tensor::quantile(const Tensor& q, std::optional<int64_t> dim, bool keepdim, std::string_view interpolation) const { return wick::quantile(*this, q, dim, keepdim, interpolation); }
Tensor Tensor::quantile(double q, std::optional<int64_t> dim, bool keepdim, std::string_view interpolation) const { return wick::quantile(*this, q, dim, keepdim, interpolation); }
Tensor Tensor::nanquantile(const Tensor& q, std::optional<int64_t> dim, bool keepdim, std::string_view interpolation) const { return wick::nanquantile(*this, q, dim, keepdim, interpolation); }
Tensor Tensor::nanquantile(double q, std::optional<int64_t> dim, bool keepdim, std::string_view interpolation) const { return wick::nanquantile(*this, q, dim, keepdim, interpolation); }
Tensor Tensor::renorm(const Scalar& p, int64_t dim, const Scalar& maxnorm) const { return wick::renorm(*this, p, dim, maxnorm); }
Tensor Tensor::addmv(const Tensor& mat, const Tensor& vec, const Scalar& beta, const Scalar& alpha) const { return wick::addmv(*this, mat, vec, beta, alpha); }
Tensor Tensor::addr(const Tensor& vec1, const Tensor& vec2, const Scalar& beta, const Scalar& alpha) const { return wick::addr(*this, vec1, vec2, beta, alpha); }
Tensor Tensor::baddbmm(const Tensor& batch1, const Tensor& batch2, const Scalar& beta, const Scalar& alpha) const { return wick::baddbmm(*this, batch1, batch2, beta, alpha); }
Tensor Tensor::bmm(const Tensor& mat2) const { return wick::bmm(*this, mat2); }
Tensor Tensor::dot(const Tensor& tensor) const { return wick::dot(*this, tensor); }
Tensor Tensor::vdot(const Tensor& other) const { return wick::vdot(*this, other); }
Tensor Tensor::kron(const Tensor& other) const { return wick::kron(*this, other); }
Tensor Tensor::matmul(const Tensor& other) const { return wick::matmul(*this, other); }
Tensor Tensor::matrix_power(int64_t n) const { return wick::matrix_power(*this, n); }
Tensor Tensor::matrix_exp() const { return wick::matrix_exp(*this); }
Tensor Tensor::mm(const Tensor& mat2) const { return wick::mm(*this, mat2); }
Tensor Tensor::mv(const Tensor& vec) const { return wick::mv(*this, vec); }
Tensor Tensor::pinverse(double rcond) const { return wick::pinverse(*this, rcond); }
Tensor Tensor::addmm(const Tensor& mat1, const Tensor& mat2, const Scalar& beta, const Scalar& alpha) const { return wick::addmm(*this, mat1, mat2, beta, alpha); }
Tensor Tensor::addbmm(const Tensor& batch1, const Tensor& batch2, const Scalar& beta, const Scalar& alpha) const { return wick::addbmm(*this, batch1, batch2, beta, alpha); }
Tensor Tensor::cross(const Tensor& other, std::optional<int64_t> dim) const { return wick::cross(*this, other, dim); }
std::tuple<Tensor,Tensor> Tensor::triangular_solve(const Tensor& A, bool upper, bool transpose, bool unitriangular) const { return wick::triangular_solve(*this, A, upper, transpose, unitriangular); }
std::tuple<Tensor,Tensor,Tensor> Tensor::svd(bool some, bool compute_uv) const { return wick::svd(*this, some, compute_uv); }
Tensor Tensor::cholesky(bool upper) const { return wick::cholesky(*this, upper); }
Tensor Tensor::cholesky_solve(const Tensor& input2, bool upper) const { return wick::cholesky_solve(*this, input2, upper); }
Tensor Tensor::cholesky_inverse(bool upper) const { return wick::cholesky_inverse(*this, upper); }
std::tuple<Tensor,Tensor> Tensor::qr(bool some) const { return wick::qr(*this, some); }
Tensor Tensor::lu_solve(const Tensor& LU_data, const Tensor& LU_pivots) const { return wick::lu_solve(*this, LU_data, LU_pivots); }
Tensor Tensor::det() const { return wick::det(*this); }
std::tuple<Tensor,Tensor> Tensor::slogdet() const { return wick::slogdet(*this); }
Tensor Tensor::logdet() const { return wick::logdet(*this); }
Tensor Tensor::inverse() const { return wick::inverse(*this); }
Tensor Tensor::inner(const Tensor& other) const { return wick::inner(*this, other); }
Tensor Tensor::outer(const Tensor& vec2) const { return wick::outer(*this, vec2); }
Tensor Tensor::ger(const Tensor& vec2) const { return wick::ger(*this, vec2); }
std::tuple<Tensor,Tensor> Tensor::geqrf() const { return wick::geqrf(*this); }
Tensor Tensor::orgqr(const Tensor& tau) const { return wick::orgqr(*this, tau); }
Tensor Tensor::ormqr(const Tensor& tau, const Tensor& other, bool left, bool transpose) const { return wick::ormqr(*this, tau, other, left, transpose); }
Tensor Tensor::nonzero_static(int64_t size, int64_t fill_value) const { return wick::nonzero_static(*this, size, fill_value); }
Tensor Tensor::stft(int64_t n_fft, std::optional<int64_t> hop_length, std::optional<int64_t> win_length, const std::optional<Tensor>& window, bool normalized, std::optional<bool> onesided, std::optional<bool> return_complex, std::optional<bool> align_to_window) const { return wick::stft(*this, n_fft, hop_length, win_length, window, normalized, onesided, return_complex, align_to_window); }
Tensor Tensor::stft(int64_t n_fft, std::optional<int64_t> hop_length, std::optional<int64_t> win_length, const std::optional<Tensor>& window, bool center, std::string_view pad_mode, bool normalized, std::optional<bool> onesided, std::optional<bool> return_complex, std::optional<bool> align_to_window) const { return wick::stft(*this, n_fft, hop_length, win_length, window, center, pad_mode, normalized, onesided, return_complex, align_to_window); }
Tensor Tensor::istft(int64_t n_fft, std::optional<int64_t> hop_length, std::optional<int64_t> win_length, const std::optional<Tensor>& window, bool center, bool normalized, std::optional<bool> onesided, std::optional<int64_t> length, bool return_complex) const { return wick::istft(*this, n_fft, hop_length, win_length, window, center, normalized, onesided, length, return_complex); }
Tensor Tensor::as_strided(IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset) const { return wick::as_strided(*this, size, stride, storage_offset); }
const Tensor& Tensor::as_strided_(IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset) const { return wick::as_strided_(*this, size, stride, storage_offset); }
Tensor Tensor::broadcast_to(IntArrayRef size) const { return wick::broadcast_to(*this, size); }
std::vector<Tensor> Tensor::chunk(int64_t chunks, int64_t dim) const { return wick::chunk(*this, chunks, dim); }
std::vector<Tensor> Tensor::tensor_split(int64_t sections, int64_t dim) const { return wick::tensor_split(*this, sections, dim); }
std::vector<Tensor> Tensor::tensor_split(IntArrayRef indices, int64_t dim) const { return wick::tensor_split(*this, indices, dim); }
std::vector<Tensor> Tensor::tensor_split(const Tensor& tensor_indices_or_sections, int64_t dim) const { return wick::tensor_split(*this, tensor_indices_or_sections, dim); }
Tensor Tensor::diag_embed(int64_t offset, int64_t dim1, int64_t dim2) const { return wick::diag_embed(*this, offset, dim1, dim2); }
Tensor Tensor::diagflat(int64_t offset) const { return wick::diagflat(*this, offset); }
Tensor Tensor::diagonal(int64_t offset, int64_t dim1, int64_t dim2) const { return wick::diagonal(*this, offset, dim1, dim2); }
Tensor Tensor::flatten(int64_t start_dim, int64_t end_dim) const { return wick::flatten(*this, start_dim, end_dim); }
Tensor Tensor::unflatten(int64_t dim, IntArrayRef sizes) const { return wick::unflatten(*this, dim, sizes); }
Tensor& Tensor::fill_(const Scalar& value) const { return wick::fill_(const_cast<Tensor&>(*this), value); }
Tensor& Tensor::fill_(const Tensor& value) const { return wick::fill_(const_cast<Tensor&>(*this), value); }
Tensor Tensor::narrow(int64_t dim, int64_t start, int64_t length) const { return wick::narrow(*this, dim, start, length); }
Tensor Tensor::narrow(int64_t dim, const Tensor& start, int64_t length) const { return wick::narrow(*this, dim, start, length); }
Tensor Tensor::permute(IntArrayRef dims) const { return wick::permute(*this, dims); }
Tensor Tensor::movedim(IntArrayRef source, IntArrayRef destination) const { return wick::movedim(*this, source, destination); }
Tensor Tensor::movedim(int64_t source, int64_t destination) const { return wick::movedim(*this, source, destination); }
Tensor Tensor::moveaxis(IntArrayRef source, IntArrayRef destination) const { return wick::moveaxis(*this, source, destination); }
Tensor Tensor::moveaxis(int64_t source, int64_t destination) const { return wick::moveaxis(*this, source, destination); }
Tensor Tensor::adjoint() const { return wick::adjoint(*this); }
Tensor Tensor::ravel() const { return wick::ravel(*this); }
Tensor Tensor::repeat_interleave(const Tensor& repeats, std::optional<int64_t> dim, std::optional<int64_t> output_size) const { return wick::repeat_interleave(*this, repeats, dim, output_size); }
Tensor Tensor::repeat_interleave(int64_t repeats, std::optional<int64_t> dim, std::optional<int64_t> output_size) const { return wick::repeat_interleave(*this, repeats, dim, output_size); }
Tensor Tensor::reshape(IntArrayRef shape) const { return wick::reshape(*this, shape); }
Tensor Tensor::select(int64_t dim, int64_t index) const { return wick::select(*this, dim, index); }
Tensor Tensor::slice(int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end, int64_t step) const { return wick::slice(*this, dim, start, end, step); }
Tensor Tensor::slice_scatter(const Tensor& src, int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end, int64_t step) const { return wick::slice_scatter(*this, src, dim, start, end, step); }
Tensor Tensor::select_scatter(const Tensor& src, int64_t dim, int64_t index) const { return wick::select_scatter(*this, src, dim, index); }
Tensor Tensor::diagonal_scatter(const Tensor& src, int64_t offset, int64_t dim1, int64_t dim2) const { return wick::diagonal_scatter(*this, src, offset, dim1, dim2); }
Tensor Tensor::as_strided_scatter(const Tensor& src, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset) const { return wick::as_strided_scatter(*this, src, size, stride, storage_offset); }
std::vector<Tensor> Tensor::split(int64_t split_size, int64_t dim) const { return wick::split(*this, split_size, dim); }
std::vector<Tensor> Tensor::split(IntArrayRef split_size, int64_t dim) const { return wick::split(*this, split_size, dim); }
std::vector<Tensor> Tensor::split_with_sizes(IntArrayRef split_sizes, int64_t dim) const { return wick::split_with_sizes(*this, split_sizes, dim); }
std::vector<Tensor> Tensor::hsplit(int64_t sections) const { return wick::hsplit(*this, sections); }
std::vector<Tensor> Tensor::hsplit(IntArrayRef indices) const { return wick::hsplit(*this, indices); }
std::vector<Tensor> Tensor::vsplit(int64_t sections) const { return wick::vsplit(*this, sections); }
std::vector<Tensor> Tensor::vsplit(IntArrayRef indices) const { return wick::vsplit(*this, indices); }
std::vector<Tensor> Tensor::dsplit(int64_t sections) const { return wick::dsplit(*this, sections); }
std::vector<Tensor> Tensor::dsplit(IntArrayRef indices) const { return wick::dsplit(*this, indices); }
Tensor Tensor::squeeze() const { return wick::squeeze(*this); }
Tensor Tensor::squeeze(int64_t dim) const { return wick::squeeze(*this, dim); }
Tensor Tensor::squeeze(IntArrayRef dim) const { return wick::squeeze(*this, dim); }
Tensor Tensor::t() const { return wick::t(*this); }
Tensor Tensor::tile(IntArrayRef dims) const { return wick::tile(*this, dims); }
Tensor Tensor::transpose(int64_t dim0, int64_t dim1) const { return wick::transpose(*this, dim0, dim1); }
Tensor Tensor::flip(IntArrayRef dims) const { return wick::flip(*this, dims); }
Tensor Tensor::fliplr() const { return wick::fliplr(*this); }
Tensor Tensor::flipud() const { return wick::flipud(*this); }
Tensor Tensor::roll(IntArrayRef shifts, IntArrayRef dims) const { return wick::roll(*this, shifts, dims); }
Tensor Tensor::rot90(int64_t k, IntArrayRef dims) const { return wick::rot90(*this, k, dims); }
Tensor Tensor::unsqueeze(int64_t dim) const { return wick::unsqueeze(*this, dim); }
Tensor Tensor::clone(std::optional<MemoryFormat> memory_format) const { return wick::clone(*this, memory_format); }
std::vector<Tensor> Tensor::unbind(int64_t dim) const { return wick::unbind(*this, dim); }
Tensor Tensor::diag(int64_t diagonal) const { return wick::diag(*this, diagonal); }
Tensor Tensor::triu(int64_t diagonal) const { return wick::triu(*this, diagonal); }
Tensor Tensor::tril(int64_t diagonal) const { return wick::tril(*this, diagonal); }
Tensor Tensor::swapaxes(int64_t axis0, int64_t axis1) const { return wick::swapaxes(*this, axis0, axis1); }
Tensor Tensor::swapdims(int64_t dim0, int64_t dim1) const { return wick::swapdims(*this, dim0, dim1); }
Tensor Tensor::alias() const { return wick::alias(*this); }
Tensor Tensor::index(const std::vector<std::optional<Tensor>>& indices) const { return wick::index(*this, indices); }
Tensor Tensor::index_copy(int64_t dim, const Tensor& index, const Tensor& source) const { return wick::index_copy(*this, dim, index, source); }
Tensor& Tensor::index_put_(const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate) const { return wick::index_put_(const_cast<Tensor&>(*this), indices, values, accumulate); }
Tensor Tensor::index_put(const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate) const { return wick::index_put(*this, indices, values, accumulate); }
std::tuple<Tensor,Tensor> Tensor::kthvalue(int64_t k, int64_t dim, bool keepdim) const { return wick::kthvalue(*this, k, dim, keepdim); }
Tensor Tensor::masked_fill(const Tensor& mask, const Scalar& value) const { return wick::masked_fill(*this, mask, value); }
Tensor Tensor::masked_fill(const Tensor& mask, const Tensor& value) const { return wick::masked_fill(*this, mask, value); }
Tensor Tensor::masked_scatter(const Tensor& mask, const Tensor& source) const { return wick::masked_scatter(*this, mask, source); }
Tensor Tensor::put(const Tensor& index, const Tensor& source, bool accumulate) const { return wick::put(*this, index, source, accumulate); }
Tensor Tensor::index_add(int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha) const { return wick::index_add(*this, dim, index, source, alpha); }
Tensor Tensor::index_reduce(int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce, bool include_self) const { return wick::index_reduce(*this, dim, index, source, reduce, include_self); }
Tensor Tensor::index_fill(int64_t dim, const Tensor& index, const Scalar& value) const { return wick::index_fill(*this, dim, index, value); }
Tensor Tensor::index_fill(int64_t dim, const Tensor& index, const Tensor& value) const { return wick::index_fill(*this, dim, index, value); }
Tensor Tensor::scatter(int64_t dim, const Tensor& index, const Tensor& src) const { return wick::scatter(*this, dim, index, src); }
Tensor Tensor::scatter(int64_t dim, const Tensor& index, const Scalar& value) const { return wick::scatter(*this, dim, index, value); }
Tensor Tensor::scatter(int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce) const { return wick::scatter(*this, dim, index, src, reduce); }
Tensor Tensor::scatter(int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce) const { return wick::scatter(*this, dim, index, value, reduce); }
Tensor Tensor::scatter_add(int64_t dim, const Tensor& index, const Tensor& src) const { return wick::scatter_add(*this, dim, index, src); }
Tensor Tensor::scatter_reduce(int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce, bool include_self) const { return wick::scatter_reduce(*this, dim, index, src, reduce, include_self); }
Tensor Tensor::take(const Tensor& index) const { return wick::take(*this, index); }
Tensor Tensor::take_along_dim(const Tensor& indices, std::optional<int64_t> dim) const { return wick::take_along_dim(*this, indices, dim); }
Tensor Tensor::index_select(int64_t dim, const Tensor& index) const { return wick::index_select(*this, dim, index); }
Tensor Tensor::masked_select(const Tensor& mask) const { return wick::masked_select(*this, mask); }
Tensor Tensor::nonzero() const { return wick::nonzero(*this); }
std::vector<Tensor> Tensor::nonzero_numpy() const { return wick::nonzero_numpy(*this); }
Tensor Tensor::argwhere() const { return wick::argwhere(*this); }
Tensor Tensor::gather(int64_t dim, const Tensor& index, bool sparse_grad) const { return wick::gather(*this, dim, index, sparse_grad); }
std::tuple<Tensor,Tensor> Tensor::sort(int64_t dim, bool descending) const { return wick::sort(*this, dim, descending); }
std::tuple<Tensor,Tensor> Tensor::sort(std::optional<bool> stable, int64_t dim, bool descending) const { return wick::sort(*this, stable, dim, descending); }
Tensor Tensor::msort() const { return wick::msort(*this); }
Tensor Tensor::argsort(int64_t dim, bool descending) const { return wick::argsort(*this, dim, descending); }
Tensor Tensor::argsort(bool stable, int64_t dim, bool descending) const { return wick::argsort(*this, stable, dim, descending); }
std::tuple<Tensor,Tensor> Tensor::topk(int64_t k, int64_t dim, bool largest, bool sorted) const { return wick::topk(*this, k, dim, largest, sorted); }
Tensor Tensor::relu() const { return wick::relu(*this); }
Tensor& Tensor::relu_() const { return wick::relu_(const_cast<Tensor&>(*this)); }
Tensor Tensor::prelu(const Tensor& weight) const { return wick::prelu(*this, weight); }
Tensor Tensor::hardshrink(const Scalar& lambd) const { return wick::hardshrink(*this, lambd); }

}  // namespace wick::inline v1
