// Elementwise functions of two and three tensors.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// DOC add
Tensor add(const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor& add_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor add(const Tensor& self, const Scalar& other, const Scalar& alpha = 1);
Tensor& add_out(Tensor& out, const Tensor& self, const Scalar& other, const Scalar& alpha = 1);

/// DOC addcdiv
Tensor& addcdiv_out(Tensor& out, const Tensor& self, const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1);
Tensor addcdiv(const Tensor& self, const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1);

/// DOC addcmul
Tensor& addcmul_out(Tensor& out, const Tensor& self, const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1);
Tensor addcmul(const Tensor& self, const Tensor& tensor1, const Tensor& tensor2, const Scalar& value = 1);

/// DOC atan2
Tensor& atan2_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor atan2(const Tensor& self, const Tensor& other);

/// DOC arctan2
Tensor arctan2(const Tensor& self, const Tensor& other);
Tensor& arctan2_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC bitwise_and
Tensor& bitwise_and_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& bitwise_and_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor bitwise_and(const Tensor& self, const Scalar& other);
Tensor bitwise_and(const Scalar& self, const Tensor& other);
Tensor bitwise_and(const Tensor& self, const Tensor& other);
Tensor& bitwise_and_out(Tensor& out, const Scalar& self, const Tensor& other);

/// DOC bitwise_left_shift
Tensor bitwise_left_shift(const Tensor& self, const Tensor& other);
Tensor& bitwise_left_shift_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor bitwise_left_shift(const Tensor& self, const Scalar& other);
Tensor& bitwise_left_shift_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor bitwise_left_shift(const Scalar& self, const Tensor& other);
Tensor& bitwise_left_shift_out(Tensor& out, const Scalar& self, const Tensor& other);

/// DOC bitwise_or
Tensor& bitwise_or_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& bitwise_or_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor bitwise_or(const Tensor& self, const Scalar& other);
Tensor bitwise_or(const Scalar& self, const Tensor& other);
Tensor bitwise_or(const Tensor& self, const Tensor& other);
Tensor& bitwise_or_out(Tensor& out, const Scalar& self, const Tensor& other);

/// DOC bitwise_right_shift
Tensor bitwise_right_shift(const Tensor& self, const Tensor& other);
Tensor& bitwise_right_shift_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor bitwise_right_shift(const Tensor& self, const Scalar& other);
Tensor& bitwise_right_shift_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor bitwise_right_shift(const Scalar& self, const Tensor& other);
Tensor& bitwise_right_shift_out(Tensor& out, const Scalar& self, const Tensor& other);

/// DOC bitwise_xor
Tensor& bitwise_xor_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& bitwise_xor_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor bitwise_xor(const Tensor& self, const Scalar& other);
Tensor bitwise_xor(const Scalar& self, const Tensor& other);
Tensor bitwise_xor(const Tensor& self, const Tensor& other);
Tensor& bitwise_xor_out(Tensor& out, const Scalar& self, const Tensor& other);

/// DOC clamp
Tensor clamp(const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor clamp(const Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
Tensor& clamp_(Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor& clamp_(Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
Tensor& clamp_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor& clamp_out(Tensor& out, const Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});

/// DOC clamp_max
Tensor clamp_max(const Tensor& self, const Scalar& max);
Tensor clamp_max(const Tensor& self, const Tensor& max);
Tensor& clamp_max_(Tensor& self, const Scalar& max);
Tensor& clamp_max_(Tensor& self, const Tensor& max);
Tensor& clamp_max_out(Tensor& out, const Tensor& self, const Scalar& max);
Tensor& clamp_max_out(Tensor& out, const Tensor& self, const Tensor& max);

/// DOC clamp_min
Tensor clamp_min(const Tensor& self, const Scalar& min);
Tensor clamp_min(const Tensor& self, const Tensor& min);
Tensor& clamp_min_(Tensor& self, const Scalar& min);
Tensor& clamp_min_(Tensor& self, const Tensor& min);
Tensor& clamp_min_out(Tensor& out, const Tensor& self, const Scalar& min);
Tensor& clamp_min_out(Tensor& out, const Tensor& self, const Tensor& min);

/// DOC clip
Tensor clip(const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor clip(const Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
Tensor& clip_(Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor& clip_(Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});
Tensor& clip_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max = std::nullopt);
Tensor& clip_out(Tensor& out, const Tensor& self, const std::optional<Tensor>& min = {}, const std::optional<Tensor>& max = {});

/// DOC copysign
Tensor& copysign_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor copysign(const Tensor& self, const Tensor& other);
Tensor copysign(const Tensor& self, const Scalar& other);
Tensor& copysign_out(Tensor& out, const Tensor& self, const Scalar& other);

/// DOC div
Tensor div(const Tensor& self, const Tensor& other);
Tensor& div_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor div(const Tensor& self, const Tensor& other, std::optional<std::string_view> rounding_mode);
Tensor& div_out(Tensor& out, const Tensor& self, const Tensor& other, std::optional<std::string_view> rounding_mode);
Tensor div(const Tensor& self, const Scalar& other);
Tensor div(const Tensor& self, const Scalar& other, std::optional<std::string_view> rounding_mode);
Tensor& div_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor& div_out(Tensor& out, const Tensor& self, const Scalar& other, std::optional<std::string_view> rounding_mode);

/// DOC divide
Tensor divide(const Tensor& self, const Tensor& other);
Tensor& divide_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor divide(const Tensor& self, const Scalar& other);
Tensor divide(const Tensor& self, const Tensor& other, std::optional<std::string_view> rounding_mode);
Tensor& divide_out(Tensor& out, const Tensor& self, const Tensor& other, std::optional<std::string_view> rounding_mode);
Tensor divide(const Tensor& self, const Scalar& other, std::optional<std::string_view> rounding_mode);

/// DOC eq
Tensor& eq_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor eq(const Tensor& self, const Scalar& other);
Tensor& eq_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor eq(const Tensor& self, const Tensor& other);

/// DOC equal
bool equal(const Tensor& self, const Tensor& other);

/// DOC float_power
Tensor& float_power_out(Tensor& out, const Tensor& self, const Tensor& exponent);
Tensor float_power(const Tensor& self, const Tensor& exponent);
Tensor& float_power_out(Tensor& out, const Scalar& self, const Tensor& exponent);
Tensor float_power(const Scalar& self, const Tensor& exponent);
Tensor& float_power_out(Tensor& out, const Tensor& self, const Scalar& exponent);
Tensor float_power(const Tensor& self, const Scalar& exponent);

/// DOC floor_divide
Tensor floor_divide(const Tensor& self, const Tensor& other);
Tensor& floor_divide_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor floor_divide(const Tensor& self, const Scalar& other);
Tensor& floor_divide_out(Tensor& out, const Tensor& self, const Scalar& other);

/// DOC fmax
Tensor fmax(const Tensor& self, const Tensor& other);
Tensor& fmax_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC fmin
Tensor fmin(const Tensor& self, const Tensor& other);
Tensor& fmin_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC fmod
Tensor& fmod_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor fmod(const Tensor& self, const Scalar& other);
Tensor& fmod_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor fmod(const Tensor& self, const Tensor& other);

/// DOC gcd
Tensor& gcd_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor gcd(const Tensor& self, const Tensor& other);
Tensor& gcd_(Tensor& self, const Tensor& other);

/// DOC ge
Tensor& ge_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor ge(const Tensor& self, const Scalar& other);
Tensor& ge_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor ge(const Tensor& self, const Tensor& other);

/// DOC greater
Tensor& greater_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor greater(const Tensor& self, const Scalar& other);
Tensor& greater_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor greater(const Tensor& self, const Tensor& other);

/// DOC greater_equal
Tensor& greater_equal_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor greater_equal(const Tensor& self, const Scalar& other);
Tensor& greater_equal_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor greater_equal(const Tensor& self, const Tensor& other);

/// DOC gt
Tensor& gt_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor gt(const Tensor& self, const Scalar& other);
Tensor& gt_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor gt(const Tensor& self, const Tensor& other);

/// DOC heaviside
Tensor& heaviside_out(Tensor& out, const Tensor& self, const Tensor& values);
Tensor heaviside(const Tensor& self, const Tensor& values);

/// DOC hypot
Tensor& hypot_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor hypot(const Tensor& self, const Tensor& other);

/// DOC igamma
Tensor& igamma_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor igamma(const Tensor& self, const Tensor& other);

/// DOC igammac
Tensor& igammac_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor igammac(const Tensor& self, const Tensor& other);

/// DOC isclose
Tensor isclose(const Tensor& self, const Tensor& other, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false);

/// DOC allclose
bool allclose(const Tensor& self, const Tensor& other, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false);

/// DOC isin
Tensor& isin_out(Tensor& out, const Tensor& elements, const Tensor& test_elements, bool assume_unique = false, bool invert = false);
Tensor isin(const Tensor& elements, const Tensor& test_elements, bool assume_unique = false, bool invert = false);
Tensor& isin_out(Tensor& out, const Tensor& elements, const Scalar& test_element, bool assume_unique = false, bool invert = false);
Tensor isin(const Tensor& elements, const Scalar& test_element, bool assume_unique = false, bool invert = false);
Tensor& isin_out(Tensor& out, const Scalar& element, const Tensor& test_elements, bool assume_unique = false, bool invert = false);
Tensor isin(const Scalar& element, const Tensor& test_elements, bool assume_unique = false, bool invert = false);

/// DOC lcm
Tensor& lcm_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor lcm(const Tensor& self, const Tensor& other);
Tensor& lcm_(Tensor& self, const Tensor& other);

/// DOC ldexp
Tensor ldexp(const Tensor& self, const Tensor& other);
Tensor& ldexp_(Tensor& self, const Tensor& other);
Tensor& ldexp_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC le
Tensor& le_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor le(const Tensor& self, const Scalar& other);
Tensor& le_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor le(const Tensor& self, const Tensor& other);

/// DOC lerp
Tensor& lerp_out(Tensor& out, const Tensor& self, const Tensor& end, const Scalar& weight);
Tensor& lerp_out(Tensor& out, const Tensor& self, const Tensor& end, const Tensor& weight);
Tensor lerp(const Tensor& self, const Tensor& end, const Scalar& weight);
Tensor lerp(const Tensor& self, const Tensor& end, const Tensor& weight);

/// DOC less
Tensor& less_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor less(const Tensor& self, const Scalar& other);
Tensor& less_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor less(const Tensor& self, const Tensor& other);

/// DOC less_equal
Tensor& less_equal_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor less_equal(const Tensor& self, const Scalar& other);
Tensor& less_equal_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor less_equal(const Tensor& self, const Tensor& other);

/// DOC logaddexp
Tensor& logaddexp_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor logaddexp(const Tensor& self, const Tensor& other);

/// DOC logaddexp2
Tensor& logaddexp2_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor logaddexp2(const Tensor& self, const Tensor& other);

/// DOC logical_and
Tensor logical_and(const Tensor& self, const Tensor& other);
Tensor& logical_and_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC logical_or
Tensor logical_or(const Tensor& self, const Tensor& other);
Tensor& logical_or_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC logical_xor
Tensor logical_xor(const Tensor& self, const Tensor& other);
Tensor& logical_xor_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC lt
Tensor& lt_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor lt(const Tensor& self, const Scalar& other);
Tensor& lt_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor lt(const Tensor& self, const Tensor& other);

/// DOC maximum
Tensor maximum(const Tensor& self, const Tensor& other);
Tensor& maximum_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC minimum
Tensor minimum(const Tensor& self, const Tensor& other);
Tensor& minimum_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC mul
Tensor mul(const Tensor& self, const Tensor& other);
Tensor& mul_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor mul(const Tensor& self, const Scalar& other);
Tensor& mul_out(Tensor& out, const Tensor& self, const Scalar& other);

/// DOC multiply
Tensor multiply(const Tensor& self, const Tensor& other);
Tensor& multiply_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor multiply(const Tensor& self, const Scalar& other);

/// DOC ne
Tensor& ne_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor ne(const Tensor& self, const Scalar& other);
Tensor& ne_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor ne(const Tensor& self, const Tensor& other);

/// DOC nextafter
Tensor& nextafter_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor nextafter(const Tensor& self, const Tensor& other);

/// DOC not_equal
Tensor& not_equal_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor not_equal(const Tensor& self, const Scalar& other);
Tensor& not_equal_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor not_equal(const Tensor& self, const Tensor& other);

/// DOC pow
Tensor& pow_out(Tensor& out, const Tensor& self, const Tensor& exponent);
Tensor pow(const Tensor& self, const Tensor& exponent);
Tensor& pow_out(Tensor& out, const Scalar& self, const Tensor& exponent);
Tensor pow(const Scalar& self, const Tensor& exponent);
Tensor& pow_out(Tensor& out, const Tensor& self, const Scalar& exponent);
Tensor pow(const Tensor& self, const Scalar& exponent);

/// DOC remainder
Tensor& remainder_out(Tensor& out, const Tensor& self, const Scalar& other);
Tensor remainder(const Tensor& self, const Scalar& other);
Tensor& remainder_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor remainder(const Tensor& self, const Tensor& other);
Tensor remainder(const Scalar& self, const Tensor& other);
Tensor& remainder_out(Tensor& out, const Scalar& self, const Tensor& other);

/// DOC rsub
Tensor rsub(const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor rsub(const Tensor& self, const Scalar& other, const Scalar& alpha = 1);
Tensor& rsub_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor& rsub_out(Tensor& out, const Tensor& self, const Scalar& other, const Scalar& alpha = 1);

/// DOC sub
Tensor& sub_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor sub(const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor sub(const Tensor& self, const Scalar& other, const Scalar& alpha = 1);
Tensor& sub_out(Tensor& out, const Tensor& self, const Scalar& other, const Scalar& alpha = 1);

/// DOC subtract
Tensor& subtract_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor subtract(const Tensor& self, const Tensor& other, const Scalar& alpha = 1);
Tensor subtract(const Tensor& self, const Scalar& other, const Scalar& alpha = 1);

/// DOC true_divide
Tensor true_divide(const Tensor& self, const Tensor& other);
Tensor& true_divide_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor true_divide(const Tensor& self, const Scalar& other);

/// DOC where
Tensor where(const Tensor& condition, const Tensor& self, const Tensor& other);
Tensor& where_out(Tensor& out, const Tensor& condition, const Tensor& self, const Tensor& other);
Tensor where(const Tensor& condition, const Scalar& self, const Tensor& other);
Tensor where(const Tensor& condition, const Tensor& self, const Scalar& other);
Tensor where(const Tensor& condition, const Scalar& self, const Scalar& other);
std::vector<Tensor> where(const Tensor& condition);

/// DOC xlogy
Tensor xlogy(const Tensor& self, const Tensor& other);
Tensor xlogy(const Scalar& self, const Tensor& other);
Tensor xlogy(const Tensor& self, const Scalar& other);
Tensor& xlogy_(Tensor& self, const Tensor& other);
Tensor& xlogy_(Tensor& self, const Scalar& other);
Tensor& xlogy_out(Tensor& out, const Tensor& self, const Tensor& other);
Tensor& xlogy_out(Tensor& out, const Scalar& self, const Tensor& other);
Tensor& xlogy_out(Tensor& out, const Tensor& self, const Scalar& other);

/// DOC result_type
ScalarType result_type(const Tensor& tensor, const Tensor& other);
ScalarType result_type(const Tensor& tensor, const Scalar& other);
ScalarType result_type(const Scalar& scalar, const Tensor& tensor);
ScalarType result_type(const Scalar& scalar1, const Scalar& scalar2);

/// DOC can_cast
bool can_cast(ScalarType from_, ScalarType to);

/// DOC promote_types
ScalarType promote_types(ScalarType type1, ScalarType type2);

}  // namespace v1
}  // namespace wick
