// Elementwise functions of two and three tensors.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// Sum, self + alpha * other.
Tensor add(const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor& add_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor add(const Tensor& self, const Scalar& other, const Scalar& alpha = 1);
Tensor& add_out(Tensor& out, const Tensor& self, const Scalar& other, const Scalar& alpha = 1);

/// self + value * tensor1 / tensor2.
Tensor& addcdiv_out(Tensor& out, const Tensor& self, const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1);
Tensor addcdiv(const Tensor& self, const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1);

/// self + value * tensor1 * tensor2.
Tensor& addcmul_out(Tensor& out, const Tensor& self, const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1);
Tensor addcmul(const Tensor& self, const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1);

/// Angle of the point (other, self), in radians, in its quadrant.
Tensor& atan2_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor atan2(const Tensor& self, const Tensor& other);

/// Angle of the point (other, self), in radians, in its quadrant.
Tensor arctan2(const Tensor& self, const Tensor& other);
Tensor& arctan2_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Bitwise and of integers or booleans.
Tensor& bitwise_and_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& bitwise_and_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor bitwise_and(const Tensor& self, const Scalar& other);
Tensor bitwise_and(const Scalar& self, const Tensor& other);
Tensor bitwise_and(const Tensor& self, const Tensor& other);
Tensor& bitwise_and_out(Tensor& out, const Scalar& self, const Tensor& other);

/// self * 2^other for integers.
Tensor bitwise_left_shift(const Tensor& self, const Tensor& other);
Tensor& bitwise_left_shift_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor bitwise_left_shift(const Tensor& self, const Scalar& other);
Tensor& bitwise_left_shift_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor bitwise_left_shift(const Scalar& self, const Tensor& other);
Tensor& bitwise_left_shift_out(Tensor& out, const Scalar& self, const Tensor& other);

/// Bitwise or of integers or booleans.
Tensor& bitwise_or_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& bitwise_or_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor bitwise_or(const Tensor& self, const Scalar& other);
Tensor bitwise_or(const Scalar& self, const Tensor& other);
Tensor bitwise_or(const Tensor& self, const Tensor& other);
Tensor& bitwise_or_out(Tensor& out, const Scalar& self, const Tensor& other);

/// Arithmetic shift of integers to the right.
Tensor bitwise_right_shift(const Tensor& self, const Tensor& other);
Tensor& bitwise_right_shift_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor bitwise_right_shift(const Tensor& self, const Scalar& other);
Tensor& bitwise_right_shift_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor bitwise_right_shift(const Scalar& self, const Tensor& other);
Tensor& bitwise_right_shift_out(Tensor& out, const Scalar& self, const Tensor& other);

/// Bitwise exclusive or of integers or booleans.
Tensor& bitwise_xor_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& bitwise_xor_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor bitwise_xor(const Tensor& self, const Scalar& other);
Tensor bitwise_xor(const Scalar& self, const Tensor& other);
Tensor bitwise_xor(const Tensor& self, const Tensor& other);
Tensor& bitwise_xor_out(Tensor& out, const Scalar& self, const Tensor& other);

/// Limits to [min, max]; a missing bound does not bind, max wins over min, NaN stays.
Tensor clamp(const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor clamp(const Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
Tensor& clamp_(Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor& clamp_(Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
Tensor& clamp_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor& clamp_out(Tensor& out, const Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});

/// Limits from above.
Tensor clamp_max(const Tensor& self, const Scalar& max);
Tensor clamp_max(const Tensor& self, const Tensor& max);
Tensor& clamp_max_(Tensor& self, const Scalar& max);
Tensor& clamp_max_(Tensor& self, const Tensor& max);
Tensor& clamp_max_out(Tensor& out, const Tensor& self, const Scalar& max);
Tensor& clamp_max_out(Tensor& out, const Tensor& self, const Tensor& max);

/// Limits from below.
Tensor clamp_min(const Tensor& self, const Scalar& min);
Tensor clamp_min(const Tensor& self, const Tensor& min);
Tensor& clamp_min_(Tensor& self, const Scalar& min);
Tensor& clamp_min_(Tensor& self, const Tensor& min);
Tensor& clamp_min_out(Tensor& out, const Tensor& self, const Scalar& min);
Tensor& clamp_min_out(Tensor& out, const Tensor& self, const Tensor& min);

/// Limits to [min, max]; a missing bound does not bind, max wins over min, NaN stays.
Tensor clip(const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor clip(const Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
Tensor& clip_(Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor& clip_(Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
Tensor& clip_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor& clip_out(Tensor& out, const Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});

/// The magnitude of self with the sign of other.
Tensor& copysign_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor copysign(const Tensor& self, const Tensor& other);
Tensor copysign(const Tensor& self, const Scalar& other);
Tensor& copysign_out(Tensor& out, const Tensor& self, const Scalar& other);

/// Quotient; integers give floats unless rounding_mode is "trunc" or "floor". Errors: integer division by zero.
Tensor div(const Tensor& self, const Tensor& other);
Tensor& div_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor div(const Tensor& self, const Tensor& other, std::optional<std::string_view> rounding_mode);
Tensor& div_out(Tensor& out, const Tensor& self, const Tensor& other, std::optional<std::string_view> rounding_mode);
Tensor div(const Tensor& self, const Scalar& other);
Tensor div(const Tensor& self, const Scalar& other, std::optional<std::string_view> rounding_mode);
Tensor& div_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor& div_out(Tensor& out, const Tensor& self, const Scalar& other, std::optional<std::string_view> rounding_mode);

/// Quotient; integers give floats unless rounding_mode is "trunc" or "floor". Errors: integer division by zero.
Tensor divide(const Tensor& self, const Tensor& other);
Tensor& divide_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor divide(const Tensor& self, const Scalar& other);
Tensor divide(const Tensor& self, const Tensor& other, std::optional<std::string_view> rounding_mode);
Tensor& divide_out(Tensor& out, const Tensor& self, const Tensor& other, std::optional<std::string_view> rounding_mode);
Tensor divide(const Tensor& self, const Scalar& other, std::optional<std::string_view> rounding_mode);

/// Elementwise self == other.
Tensor& eq_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor eq(const Tensor& self, const Scalar& other);
Tensor& eq_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor eq(const Tensor& self, const Tensor& other);

/// Whether two tensors have the same shape and elements. Errors: different dtypes.
bool equal(const Tensor& self, const Tensor& other);

/// Power computed in double precision.
Tensor& float_power_out(Tensor& out, const Tensor& self, const Tensor& exponent);
Tensor float_power(const Tensor& self, const Tensor& exponent);
Tensor& float_power_out(Tensor& out, const Scalar& self, const Tensor& exponent);
Tensor float_power(const Scalar& self, const Tensor& exponent);
Tensor& float_power_out(Tensor& out, const Tensor& self, const Scalar& exponent);
Tensor float_power(const Tensor& self, const Scalar& exponent);

/// Quotient rounded down.
Tensor floor_divide(const Tensor& self, const Tensor& other);
Tensor& floor_divide_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor floor_divide(const Tensor& self, const Scalar& other);
Tensor& floor_divide_out(Tensor& out, const Tensor& self, const Scalar& other);

/// Larger of two; a NaN loses against a number.
Tensor fmax(const Tensor& self, const Tensor& other);
Tensor& fmax_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Smaller of two; a NaN loses against a number.
Tensor fmin(const Tensor& self, const Tensor& other);
Tensor& fmin_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Remainder with the sign of the dividend.
Tensor& fmod_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor fmod(const Tensor& self, const Scalar& other);
Tensor& fmod_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor fmod(const Tensor& self, const Tensor& other);

/// Greatest common divisor of integers.
Tensor& gcd_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor gcd(const Tensor& self, const Tensor& other);
Tensor& gcd_(Tensor& self, const Tensor& other);

/// Elementwise self >= other.
Tensor& ge_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor ge(const Tensor& self, const Scalar& other);
Tensor& ge_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor ge(const Tensor& self, const Tensor& other);

/// Elementwise self > other.
Tensor& greater_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor greater(const Tensor& self, const Scalar& other);
Tensor& greater_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor greater(const Tensor& self, const Tensor& other);

/// Elementwise self >= other.
Tensor& greater_equal_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor greater_equal(const Tensor& self, const Scalar& other);
Tensor& greater_equal_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor greater_equal(const Tensor& self, const Tensor& other);

/// Elementwise self > other.
Tensor& gt_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor gt(const Tensor& self, const Scalar& other);
Tensor& gt_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor gt(const Tensor& self, const Tensor& other);

/// 0 below zero, 1 above, `values` at zero.
Tensor& heaviside_out(Tensor& out, const Tensor& self, const Tensor& values);
Tensor heaviside(const Tensor& self, const Tensor& values);

/// Root of self^2 + other^2 without overflow in between.
Tensor& hypot_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor hypot(const Tensor& self, const Tensor& other);

/// Regularised lower incomplete gamma function P(self, other).
Tensor& igamma_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor igamma(const Tensor& self, const Tensor& other);

/// Regularised upper incomplete gamma function Q(self, other).
Tensor& igammac_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor igammac(const Tensor& self, const Tensor& other);

/// Elementwise |self - other| <= atol + rtol * |other|.
Tensor isclose(const Tensor& self, const Tensor& other, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false);

/// Whether isclose holds everywhere.
bool allclose(const Tensor& self, const Tensor& other, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false);

/// Whether each element occurs among the test elements.
Tensor& isin_out(Tensor& out, const Tensor& elements, const Tensor& test_elements, bool assume_unique = false, bool invert = false);
Tensor isin(const Tensor& elements, const Tensor& test_elements, bool assume_unique = false, bool invert = false);
Tensor& isin_out(Tensor& out, const Tensor& elements, const Scalar& test_element, bool assume_unique = false, bool invert = false);
Tensor isin(const Tensor& elements, const Scalar& test_element, bool assume_unique = false, bool invert = false);
Tensor& isin_out(Tensor& out, const Scalar& element, const Tensor& test_elements, bool assume_unique = false, bool invert = false);
Tensor isin(const Scalar& element, const Tensor& test_elements, bool assume_unique = false, bool invert = false);

/// Least common multiple of integers.
Tensor& lcm_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor lcm(const Tensor& self, const Tensor& other);
Tensor& lcm_(Tensor& self, const Tensor& other);

/// self * 2^other.
Tensor ldexp(const Tensor& self, const Tensor& other);
Tensor& ldexp_(Tensor& self, const Tensor& other);
Tensor& ldexp_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Elementwise self <= other.
Tensor& le_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor le(const Tensor& self, const Scalar& other);
Tensor& le_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor le(const Tensor& self, const Tensor& other);

/// Interpolation self + weight * (end - self).
Tensor& lerp_out(Tensor& out, const Tensor& self, const Tensor& end, const Scalar& weight);
Tensor& lerp_out(Tensor& out, const Tensor& self, const Tensor& end, const Tensor& weight);
Tensor lerp(const Tensor& self, const Tensor& end, const Scalar& weight);
Tensor lerp(const Tensor& self, const Tensor& end, const Tensor& weight);

/// Elementwise self < other.
Tensor& less_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor less(const Tensor& self, const Scalar& other);
Tensor& less_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor less(const Tensor& self, const Tensor& other);

/// Elementwise self <= other.
Tensor& less_equal_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor less_equal(const Tensor& self, const Scalar& other);
Tensor& less_equal_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor less_equal(const Tensor& self, const Tensor& other);

/// log(exp(self) + exp(other)) without overflow.
Tensor& logaddexp_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor logaddexp(const Tensor& self, const Tensor& other);

/// log2(2^self + 2^other) without overflow.
Tensor& logaddexp2_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor logaddexp2(const Tensor& self, const Tensor& other);

/// Truth of both (nonzero is true).
Tensor logical_and(const Tensor& self, const Tensor& other);
Tensor& logical_and_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Truth of either (nonzero is true).
Tensor logical_or(const Tensor& self, const Tensor& other);
Tensor& logical_or_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Truth of exactly one (nonzero is true).
Tensor logical_xor(const Tensor& self, const Tensor& other);
Tensor& logical_xor_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Elementwise self < other.
Tensor& lt_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor lt(const Tensor& self, const Scalar& other);
Tensor& lt_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor lt(const Tensor& self, const Tensor& other);

/// Larger of two; NaN if either is.
Tensor maximum(const Tensor& self, const Tensor& other);
Tensor& maximum_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Smaller of two; NaN if either is.
Tensor minimum(const Tensor& self, const Tensor& other);
Tensor& minimum_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Product.
Tensor mul(const Tensor& self, const Tensor& other);
Tensor& mul_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor mul(const Tensor& self, const Scalar& other);
Tensor& mul_out(Tensor& out, const Tensor& self, const Scalar& other);

/// Product.
Tensor multiply(const Tensor& self, const Tensor& other);
Tensor& multiply_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor multiply(const Tensor& self, const Scalar& other);

/// Elementwise self != other.
Tensor& ne_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor ne(const Tensor& self, const Scalar& other);
Tensor& ne_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor ne(const Tensor& self, const Tensor& other);

/// The next representable number after self towards other.
Tensor& nextafter_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor nextafter(const Tensor& self, const Tensor& other);

/// Elementwise self != other.
Tensor& not_equal_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor not_equal(const Tensor& self, const Scalar& other);
Tensor& not_equal_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor not_equal(const Tensor& self, const Tensor& other);

/// Power. Errors: integers to negative integer powers.
Tensor& pow_out(Tensor& out, const Tensor& self, const Tensor& exponent);
Tensor pow(const Tensor& self, const Tensor& exponent);
Tensor& pow_out(Tensor& out, const Scalar& self, const Tensor& exponent);
Tensor pow(const Scalar& self, const Tensor& exponent);
Tensor& pow_out(Tensor& out, const Tensor& self, const Scalar& exponent);
Tensor pow(const Tensor& self, const Scalar& exponent);

/// Remainder with the sign of the divisor, as Python's %.
Tensor& remainder_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor remainder(const Tensor& self, const Scalar& other);
Tensor& remainder_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor remainder(const Tensor& self, const Tensor& other);
Tensor remainder(const Scalar& self, const Tensor& other);
Tensor& remainder_out(Tensor& out, const Scalar& self, const Tensor& other);

/// other - alpha * self.
Tensor rsub(const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor rsub(const Tensor& self, const Scalar& other, const Scalar& alpha = 1);
Tensor& rsub_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor& rsub_out(Tensor& out, const Tensor& self, const Scalar& other, const Scalar& alpha = 1);

/// Difference, self - alpha * other. Errors: booleans.
Tensor& sub_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor sub(const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor sub(const Tensor& self, const Scalar& other, const Scalar& alpha = 1);
Tensor& sub_out(Tensor& out, const Tensor& self, const Scalar& other, const Scalar& alpha = 1);

/// Difference, self - alpha * other. Errors: booleans.
Tensor& subtract_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor subtract(const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor subtract(const Tensor& self, const Scalar& other, const Scalar& alpha = 1);

/// Quotient; integers give floats unless rounding_mode is "trunc" or "floor". Errors: integer division by zero.
Tensor true_divide(const Tensor& self, const Tensor& other);
Tensor& true_divide_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor true_divide(const Tensor& self, const Scalar& other);

/// Elements of self where the condition holds, of other elsewhere; with a condition alone, the indices where it holds.
Tensor where(const Tensor& condition, const Tensor& self, const Tensor& other);
Tensor& where_out(Tensor& out, const Tensor& condition, const Tensor& self, const Tensor& other);
Tensor where(const Tensor& condition, const Scalar& self, const Tensor& other);
Tensor where(const Tensor& condition, const Tensor& self, const Scalar& other);
Tensor where(const Tensor& condition, const Scalar& self, const Scalar& other);
std::vector<Tensor> where(const Tensor& condition);

/// self * log(other), 0 where self is 0.
Tensor xlogy(const Tensor& self, const Tensor& other);
Tensor xlogy(const Scalar& self, const Tensor& other);
Tensor xlogy(const Tensor& self, const Scalar& other);
Tensor& xlogy_(Tensor& self, const Tensor& other);
Tensor& xlogy_(Tensor& self, const Scalar& other);
Tensor& xlogy_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& xlogy_out(Tensor& out, const Scalar& self, const Tensor& other);
Tensor& xlogy_out(Tensor& out, const Tensor& self, const Scalar& other);

/// The dtype an op on these arguments gives.
ScalarType result_type(const Tensor& tensor, const Tensor& other);
ScalarType result_type(const Tensor& tensor, const Scalar& other);
ScalarType result_type(const Scalar& scalar, const Tensor& tensor);
ScalarType result_type(const Scalar& scalar1, const Scalar& scalar2);

/// Whether a result of one dtype may be stored in another.
bool can_cast(ScalarType from_, ScalarType to);

/// The smallest dtype that both convert to.
ScalarType promote_types(ScalarType type1, ScalarType type2);

}  // namespace v1
}  // namespace wick
