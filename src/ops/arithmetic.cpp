// Arithmetic of two tensors, or a tensor and a number: kernel, derivative, and the in-place and out= forms of each.
#include "ops/binary.h"

namespace wick::ops {
namespace {

void no_bool_sub(const Tensor& a, const Tensor& b) {
  WICK_CHECK(!(a.scalar_type() == kBool && b.scalar_type() == kBool),
             "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead.");
  WICK_CHECK(a.scalar_type() != kBool && b.scalar_type() != kBool,
             "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.");
}
void check_alpha(ScalarType t, const Scalar& alpha) {
  WICK_CHECK(!alpha.isBoolean() || t == kBool, "Boolean alpha only supported for Boolean results.");
  WICK_CHECK(is_floating_type(t) || is_complex_type(t) || alpha.isIntegral(true), "For integral input tensors, argument alpha must not be a floating point number.");
  WICK_CHECK(is_complex_type(t) || !alpha.isComplex(), "For non-complex input tensors, argument alpha must not be a complex number.");
}
bool is_one(const Scalar& s) { return s.isIntegral(false) && s.toLong() == 1; }

// The gradient of alpha * b.
Tensor scaled(const Tensor& g, const Scalar& alpha) { return is_one(alpha) ? g : g * alpha.conj(); }

struct AddRule {
  Scalar alpha;
  void operator()(Backward& b) const {
    if (b.needs(0)) b.grad(0, b.g());
    if (b.needs(1)) b.grad(1, scaled(b.g(), alpha));
  }
};
struct SubRule {
  Scalar alpha;
  void operator()(Backward& b) const {
    if (b.needs(0)) b.grad(0, b.g());
    if (b.needs(1)) b.grad(1, -scaled(b.g(), alpha));
  }
};

Params checked_alpha(TensorRefs inputs, const Scalar& alpha) {
  if (is_one(alpha)) return params(alpha);
  const ScalarType t = result_type_of(inputs);
  check_alpha(t, alpha);
  if (t == kHalf) return params(static_cast<float>(Half(alpha.toFloat())));  // rounded as the numbers beside it are
  if (t == kBFloat16) return params(static_cast<float>(BFloat16(alpha.toFloat())));
  return params(alpha);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

// Sums and differences have a factor for the second argument.
#define WICK_ADDITIVE(f, Node, Rule, check)                                                                                           \
  Tensor f(const Tensor& self, const Tensor& other, const Scalar& alpha) {                                                           \
    check_defined(#f, {self, other});                                                                                                \
    check(self, other);                                                                                                              \
    return record(WICK_NODE(Node, other), {self, other}, {}, [&] { return run(table::f, {self, other}, checked_alpha({self, other}, alpha)); }, Rule{alpha}); \
  }                                                                                                                                   \
  Tensor& Tensor::f##_(const Tensor& other, const Scalar& alpha) const {                                                             \
    check_defined(#f "_", {*this, other});                                                                                           \
    check(*this, other);                                                                                                             \
    return record_inplace(WICK_NODE(Node, other), *this, {*this, other}, {}, [&] { run_into(table::f, *this, {*this, other}, checked_alpha({*this, other}, alpha)); }, Rule{alpha}); \
  }                                                                                                                                   \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha) {                                       \
    check(self, other);                                                                                                              \
    return binary_out(table::f, out, self, other, checked_alpha({self, other}, alpha), Promote::same);                              \
  }                                                                                                                                   \
  Tensor f(const Tensor& self, const Scalar& other, const Scalar& alpha) { return f(self, wrapped_scalar(other), alpha); }            \
  Tensor& Tensor::f##_(const Scalar& other, const Scalar& alpha) const { return f##_(wrapped_scalar(other), alpha); }                 \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Scalar& other, const Scalar& alpha) { return f##_out(out, self, wrapped_scalar(other), alpha); }
static void no_check(const Tensor&, const Tensor&) {}
WICK_ADDITIVE(add, Add, AddRule, no_check)
WICK_ADDITIVE(sub, Sub, SubRule, no_bool_sub)

Tensor rsub(const Tensor& self, const Tensor& other, const Scalar& alpha) { return sub(other, self, alpha); }
Tensor rsub(const Tensor& self, const Scalar& other, const Scalar& alpha) { return sub(wrapped_scalar(other), self, alpha); }
Tensor& rsub_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha) { return sub_out(out, other, self, alpha); }
Tensor& rsub_out(Tensor& out, const Tensor& self, const Scalar& other, const Scalar& alpha) { return sub_out(out, wrapped_scalar(other), self, alpha); }

// Products and quotients
WICK_RULE(mul, Uses().grad(0, in(1)).grad(1, in(0)), G * B.conj(), G * A.conj())
WICK_BINARY(mul, Mul, same)
WICK_BINARY_SCALAR(mul)
WICK_RULE(div, Uses().grad(0, in(1)).grad(1, in(0) | in(1)), G / B.conj(), -G * ((A / B) / B).conj())
WICK_BINARY(div, Div, floating)
WICK_BINARY_SCALAR(div)

static Tensor flat(const Tensor& g) { return zeros_like(g); }
WICK_RULE(div_floor, Uses(), flat(G), flat(G))
WICK_RULE(div_trunc, Uses(), flat(G), flat(G))

// Division of integers by zero has no result; floating types give infinity and NaN.
static void check_divisor(const char* op, const Tensor& self, const Tensor& other) {
  check_defined(op, {self, other});
  if (!is_integral_type(result_type_of({self, other}), true) || self.numel() == 0) return;
  WICK_CHECK(!eq(other, 0).any().item<bool>(), "ZeroDivisionError");
}
static const Pointwise& rounded(const char* op, std::string_view mode) {
  WICK_CHECK(mode == "trunc" || mode == "floor", op, " expected rounding_mode to be one of None, 'trunc', or 'floor' but found '", std::string(mode), "'");
  return mode == "floor" ? table::div_floor : table::div_trunc;
}
// The 16-bit types round the quotient before it is cut off, as PyTorch does: 7.99 is 8 in them.
static bool rounds_twice(const Pointwise& k, const Tensor& a, const Tensor& b) {
  const ScalarType t = result_type_of({a, b});
  return &k == &table::div_trunc && (t == kHalf || t == kBFloat16);
}
static void check_no_complex(const char* op, const Tensor& a, const Tensor& b) {
  WICK_CHECK(!a.is_complex() && !b.is_complex(), op, ": rounding is not defined for complex numbers, got ", a.scalar_type(), " and ", b.scalar_type());
}

Tensor div(const Tensor& self, const Tensor& other, std::optional<std::string_view> mode) {
  if (!mode) return div(self, other);
  const Pointwise& k = rounded("div", *mode);
  check_no_complex("div", self, other);
  check_divisor("div", self, other);
  return record("DivBackward2", {self, other}, {}, [&] {
    return rounds_twice(k, self, other) ? run(table::trunc, {run(table::div, {self, other})}) : run(k, {self, other});
  }, div_floor_rule());
}
Tensor& Tensor::div_(const Tensor& other, std::optional<std::string_view> mode) const {
  if (!mode) return div_(other);
  const Pointwise& k = rounded("div_", *mode);
  check_no_complex("div_", *this, other);
  check_divisor("div_", *this, other);
  return record_inplace("DivBackward2", *this, {*this, other}, {}, [&] { run_into(k, *this, {*this, other}); }, div_floor_rule());
}
Tensor& div_out(Tensor& out, const Tensor& self, const Tensor& other, std::optional<std::string_view> mode) {
  if (!mode) return div_out(out, self, other);
  const Pointwise& k = rounded("div", *mode);
  check_divisor("div", self, other);
  return binary_out(k, out, self, other, {}, Promote::same);
}
Tensor div(const Tensor& self, const Scalar& other, std::optional<std::string_view> mode) { return div(self, wrapped_scalar(other), mode); }
Tensor& Tensor::div_(const Scalar& other, std::optional<std::string_view> mode) const { return div_(wrapped_scalar(other), mode); }
Tensor& div_out(Tensor& out, const Tensor& self, const Scalar& other, std::optional<std::string_view> mode) { return div_out(out, self, wrapped_scalar(other), mode); }
Tensor floor_divide(const Tensor& self, const Tensor& other) { return div(self, other, "floor"); }
Tensor floor_divide(const Tensor& self, const Scalar& other) { return div(self, other, "floor"); }
Tensor& Tensor::floor_divide_(const Tensor& other) const { return div_(other, "floor"); }
Tensor& Tensor::floor_divide_(const Scalar& other) const { return div_(other, "floor"); }
Tensor& floor_divide_out(Tensor& out, const Tensor& self, const Tensor& other) { return div_out(out, self, other, "floor"); }
Tensor& floor_divide_out(Tensor& out, const Tensor& self, const Scalar& other) { return div_out(out, self, other, "floor"); }

// Other names for the same
#define WICK_DIVIDE(f)                                                                                                                \
  Tensor f(const Tensor& self, const Tensor& other) { return div(self, other); }                                                     \
  Tensor f(const Tensor& self, const Scalar& other) { return div(self, other); }                                                     \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& other) { return div_out(out, self, other); }                        \
  Tensor& Tensor::f##_(const Tensor& other) const { return div_(other); }                                                            \
  Tensor& Tensor::f##_(const Scalar& other) const { return div_(other); }
WICK_DIVIDE(divide)
WICK_DIVIDE(true_divide)
Tensor divide(const Tensor& self, const Tensor& other, std::optional<std::string_view> mode) { return div(self, other, mode); }
Tensor divide(const Tensor& self, const Scalar& other, std::optional<std::string_view> mode) { return div(self, other, mode); }
Tensor& divide_out(Tensor& out, const Tensor& self, const Tensor& other, std::optional<std::string_view> mode) { return div_out(out, self, other, mode); }
Tensor& Tensor::divide_(const Tensor& other, std::optional<std::string_view> mode) const { return div_(other, mode); }
Tensor& Tensor::divide_(const Scalar& other, std::optional<std::string_view> mode) const { return div_(other, mode); }
Tensor multiply(const Tensor& self, const Tensor& other) { return mul(self, other); }
Tensor multiply(const Tensor& self, const Scalar& other) { return mul(self, other); }
Tensor& multiply_out(Tensor& out, const Tensor& self, const Tensor& other) { return mul_out(out, self, other); }
Tensor& Tensor::multiply_(const Tensor& other) const { return mul_(other); }
Tensor& Tensor::multiply_(const Scalar& other) const { return mul_(other); }
Tensor subtract(const Tensor& self, const Tensor& other, const Scalar& alpha) { return sub(self, other, alpha); }
Tensor subtract(const Tensor& self, const Scalar& other, const Scalar& alpha) { return sub(self, other, alpha); }
Tensor& subtract_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& alpha) { return sub_out(out, self, other, alpha); }
Tensor& Tensor::subtract_(const Tensor& other, const Scalar& alpha) const { return sub_(other, alpha); }
Tensor& Tensor::subtract_(const Scalar& other, const Scalar& alpha) const { return sub_(other, alpha); }

// Remainders: of the sign of the divisor, and of the dividend
static Tensor checked_divisor(const char* op, const Tensor& self, const Tensor& other) { check_divisor(op, self, other); return other; }
#define WICK_REMAINDER(f, Node, mode)                                                                                                 \
  WICK_RULE(f, Uses().grad(1, in(0) | in(1)), G, -G * A.div(B, mode))                                                               \
  Tensor f(const Tensor& self, const Tensor& other) {                                                                                \
    check_divisor(#f, self, other);                                                                                                  \
    return record(#Node "Backward1", {self, other}, f##_rule::uses, [&] { return run(table::f, {self, other}); }, f##_rule());       \
  }                                                                                                                                   \
  Tensor& Tensor::f##_(const Tensor& other) const {                                                                                  \
    check_divisor(#f, *this, other);                                                                                                 \
    return record_inplace(#Node "Backward1", *this, {*this, other}, f##_rule::uses, [&] { run_into(table::f, *this, {*this, other}); }, f##_rule()); \
  }                                                                                                                                   \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& other) { return binary_out(table::f, out, self, checked_divisor(#f, self, other), {}, Promote::same); } \
  WICK_BINARY_SCALAR(f)
WICK_REMAINDER(remainder, Remainder, "floor")
WICK_REMAINDER(fmod, Fmod, "trunc")
Tensor remainder(const Scalar& self, const Tensor& other) { return remainder(wrapped_scalar(self), other); }
Tensor& remainder_out(Tensor& out, const Scalar& self, const Tensor& other) { return remainder_out(out, wrapped_scalar(self), other); }

// Extremes: a tie gives each side half of the gradient
WICK_RULE(maximum, Uses(in(0) | in(1)), where(A == B, G / 2, G).masked_fill(A < B, 0), where(A == B, G / 2, G).masked_fill(A > B, 0))
WICK_RULE(minimum, Uses(in(0) | in(1)), where(A == B, G / 2, G).masked_fill(A > B, 0), where(A == B, G / 2, G).masked_fill(A < B, 0))
WICK_RULE(fmax, Uses(in(0) | in(1)), G.masked_fill((A >= B).logical_or(B.isnan()).logical_not(), 0), G.masked_fill((A >= B).logical_or(B.isnan()), 0))
WICK_RULE(fmin, Uses(in(0) | in(1)), G.masked_fill((A <= B).logical_or(B.isnan()).logical_not(), 0), G.masked_fill((A <= B).logical_or(B.isnan()), 0))
WICK_BINARY_FORMS(maximum, Maximum, same)
WICK_BINARY_FORMS(minimum, Minimum, same)
WICK_BINARY_FORMS(fmax, Fmax, same)
WICK_BINARY_FORMS(fmin, Fmin, same)

// a + value * b * c and a + value * b / c
namespace {
struct AddcmulRule {
  Scalar value;
  void operator()(Backward& b) const {
    if (b.needs(0)) b.grad(0, b.g());
    if (b.needs(1)) b.grad(1, b.g() * (b.in(2) * value).conj());
    if (b.needs(2)) b.grad(2, b.g() * (b.in(1) * value).conj());
  }
};
struct AddcdivRule {
  Scalar value;
  void operator()(Backward& b) const {
    if (b.needs(0)) b.grad(0, b.g());
    if (b.needs(1)) b.grad(1, b.g() * (value / b.in(2)).conj());
    if (b.needs(2)) b.grad(2, -b.g() * (value * b.in(1) / (b.in(2) * b.in(2))).conj());
  }
};
constexpr Uses addc_uses = Uses().grad(1, in(2)).grad(2, in(1) | in(2));
void check_addcdiv(const Tensor& a, const Tensor& b) {
  WICK_CHECK(!(is_integral_type(a.scalar_type(), true) && is_integral_type(b.scalar_type(), true)),
             "Integer division with addcdiv is no longer supported, and in a future release addcdiv will perform a true division of tensor1 and tensor2.");
}
void check_value(const char* op, TensorRefs tensors, const Scalar& value) {
  if (!value.isComplex()) return;
  const ScalarType t = result_type_of(tensors);
  WICK_CHECK(is_complex_type(t), op, ": a complex value for tensors of dtype ", t);
}
}  // namespace
#define WICK_TERNARY_VALUE(f, Node, Rule, check)                                                                                      \
  Tensor f(const Tensor& self, const Tensor& t1, const Tensor& t2, const Scalar& value) {                                            \
    check_defined(#f, {self, t1, t2});                                                                                               \
    check_value(#f, {self, t1, t2}, value);                                                                                          \
    check(t1, t2);                                                                                                                   \
    return record(#Node "Backward0", {self, t1, t2}, addc_uses, [&] { return run(table::f, {self, t1, t2}, params(value)); }, Rule{value}); \
  }                                                                                                                                   \
  Tensor& Tensor::f##_(const Tensor& t1, const Tensor& t2, const Scalar& value) const {                                              \
    check_defined(#f "_", {*this, t1, t2});                                                                                          \
    check_value(#f "_", {*this, t1, t2}, value);                                                                                     \
    check(t1, t2);                                                                                                                   \
    return record_inplace(#Node "Backward0", *this, {*this, t1, t2}, addc_uses, [&] { run_into(table::f, *this, {*this, t1, t2}, params(value)); }, Rule{value}); \
  }                                                                                                                                   \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& t1, const Tensor& t2, const Scalar& value) {                        \
    check(t1, t2);                                                                                                                   \
    autograd::check_out(#f, out, {self, t1, t2});                                                                                    \
    run_into(table::f, out, {self, t1, t2}, params(value), Promote::same, true);                                                     \
    impl(out)->bump_version();                                                                                                       \
    return out;                                                                                                                      \
  }
WICK_TERNARY_VALUE(addcmul, Addcmul, AddcmulRule, no_check)
WICK_TERNARY_VALUE(addcdiv, Addcdiv, AddcdivRule, check_addcdiv)

// Linear interpolation
namespace {
constexpr Uses lerp_uses = Uses().grad(0, in(2)).grad(1, in(2)).grad(2, in(0) | in(1));
void lerp_rule(Backward& b) {
  if (b.needs(0)) b.grad(0, b.g() * (1 - b.in(2)).conj());
  if (b.needs(1)) b.grad(1, b.g() * b.in(2).conj());
  if (b.needs(2)) b.grad(2, b.g() * (b.in(1) - b.in(0)).conj());
}
void check_lerp(const Tensor& a, const Tensor& b, const Tensor& w) {
  WICK_CHECK(a.scalar_type() == b.scalar_type(), "expected dtype ", a.scalar_type(), " for `end` but got dtype ", b.scalar_type());
  WICK_CHECK_TYPE(NotImplementedError, !is_integral_type(a.scalar_type(), true), "\"lerp\" not implemented for '", a.scalar_type(), "'");
  WICK_CHECK(impl(w)->wrapped_number || a.scalar_type() == w.scalar_type(), "expected dtype ", a.scalar_type(), " for `weight` but got dtype ", w.scalar_type());
}
}  // namespace
Tensor lerp(const Tensor& self, const Tensor& end, const Tensor& weight) {
  check_defined("lerp", {self, end, weight});
  check_lerp(self, end, weight);
  return record("LerpBackward1", {self, end, weight}, lerp_uses, [&] { return run(table::lerp, {self, end, weight}); }, lerp_rule);
}
Tensor& Tensor::lerp_(const Tensor& end, const Tensor& weight) const {
  check_defined("lerp_", {*this, end, weight});
  check_lerp(*this, end, weight);
  return record_inplace("LerpBackward1", *this, {*this, end, weight}, lerp_uses, [&] { run_into(table::lerp, *this, {*this, end, weight}); }, lerp_rule);
}
Tensor lerp(const Tensor& self, const Tensor& end, const Scalar& weight) { return lerp(self, end, wrapped_scalar(weight)); }
Tensor& Tensor::lerp_(const Tensor& end, const Scalar& weight) const { return lerp_(end, wrapped_scalar(weight)); }
Tensor& lerp_out(Tensor& out, const Tensor& self, const Tensor& end, const Tensor& weight) {
  return out_from("lerp", out, {self, end, weight}, [&] { return lerp(self, end, weight); });
}
Tensor& lerp_out(Tensor& out, const Tensor& self, const Tensor& end, const Scalar& weight) {
  return out_from("lerp", out, {self, end}, [&] { return lerp(self, end, weight); });
}

// Operators. With a number first: what commutes is turned around; the others keep an integral tensor's type and refuse
// what does not fit it, as PyTorch's C++ frontend does (Python would promote).
template <class F, class InPlace>
static Tensor number_first(const Scalar& a, const Tensor& b, F f, InPlace in_place) {
  const bool fits = is_complex_type(b.scalar_type()) || (is_floating_type(b.scalar_type()) && !a.isComplex());
  if (fits) return f(wrapped_scalar(a), b);
  Tensor r = full_like(b, a, TensorOptions().requires_grad(false));
  in_place(r, b);
  return r;
}
#define WICK_NUMBER_FIRST(op, fn)                                                                              \
  Tensor operator op(const Scalar& a, const Tensor& b) {                                                      \
    return number_first(a, b, [](const Tensor& x, const Tensor& y) { return fn(x, y); }, [](Tensor& x, const Tensor& y) { x.fn##_(y); }); \
  }
WICK_NUMBER_FIRST(-, sub)
WICK_NUMBER_FIRST(/, div)
WICK_NUMBER_FIRST(%, remainder)
#define WICK_TURNED(op, fn) \
  Tensor operator op(const Scalar& a, const Tensor& b) { return fn(b, a); }
WICK_TURNED(+, add)
WICK_TURNED(*, mul)
WICK_TURNED(&, bitwise_and)
WICK_TURNED(|, bitwise_or)
WICK_TURNED(^, bitwise_xor)
WICK_TURNED(<, gt)
WICK_TURNED(<=, ge)
WICK_TURNED(>, lt)
WICK_TURNED(>=, le)
WICK_TURNED(==, eq)
WICK_TURNED(!=, ne)
#define WICK_DEFINE_OPERATOR(op, fn)                                        \
  Tensor operator op(const Tensor& a, const Tensor& b) { return fn(a, b); } \
  Tensor operator op(const Tensor& a, const Scalar& b) { return fn(a, b); }
WICK_FORALL_OPERATORS(WICK_DEFINE_OPERATOR)
Tensor operator<<(const Tensor& a, const Tensor& b) { return bitwise_left_shift(a, b); }
Tensor operator<<(const Tensor& a, const Scalar& b) { return bitwise_left_shift(a, b); }
Tensor operator>>(const Tensor& a, const Tensor& b) { return bitwise_right_shift(a, b); }
Tensor operator>>(const Tensor& a, const Scalar& b) { return bitwise_right_shift(a, b); }

}  // namespace wick::inline v1
