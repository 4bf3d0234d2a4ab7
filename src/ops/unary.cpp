// Elementwise functions of one tensor: kernel, derivative, and the in-place and out= forms of each.
#include <cmath>
#include <numbers>

#include "ops/common.h"

namespace wick::ops {

// In a derivative: the gradient, the saved input and the saved result.
#define G b.g()
#define X b.in(0)
#define Y b.out()

namespace {

template <class Rule>
Tensor unary(const Pointwise& k, const char* node, const Tensor& x, const Uses& uses, Promote promote, const Params& p, Rule rule) {
  return record(node, {x}, uses, [&] { return run(k, {x}, p, promote); }, rule);
}
template <class Rule>
Tensor& unary_inplace(const Pointwise& k, const char* node, const Tensor& x, const Uses& uses, Promote promote, const Params& p, Rule rule) {
  return record_inplace(node, x, {x}, uses, [&] { run_into(k, x, {x}, p, promote); }, rule);
}
Tensor& unary_out(const Pointwise& k, Tensor& to, const Tensor& x, Promote promote, const Params& p) {
  autograd::check_out(k.name, to, {x});
  run_into(k, to, {x}, p, promote, true);
  impl(to)->bump_version();
  return to;
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

// f, f_ and f_out of an op without parameters; free_ says whether f_ is a function besides a method.
#define WICK_UNARY_FORMS(f, node, promote, uses, derivative, inplace, self_)                                                          \
  Tensor f(const Tensor& self) {                                                                                                       \
    return unary(table::f, #node "Backward0", self, uses, Promote::promote, {}, [](Backward& b) { b.grad(0, derivative); });           \
  }                                                                                                                                    \
  inplace { return unary_inplace(table::f, #node "Backward0", self_, uses, Promote::promote, {}, [](Backward& b) { b.grad(0, derivative); }); } \
  Tensor& f##_out(Tensor& out, const Tensor& self) { return unary_out(table::f, out, self, Promote::promote, {}); }
#define WICK_UNARY(f, node, promote, uses, derivative) WICK_UNARY_FORMS(f, node, promote, uses, derivative, Tensor& f##_(Tensor& self), self)
#define WICK_UNARY_METHOD(f, node, promote, uses, derivative) WICK_UNARY_FORMS(f, node, promote, uses, derivative, Tensor& Tensor::f##_() const, *this)

// Exponentials, logarithms, roots
WICK_UNARY(exp, Exp, floating, out(), G * Y.conj())
WICK_UNARY(exp2, Exp2, floating, out(), G * Y.conj() * std::numbers::ln2)
WICK_UNARY(expm1, Expm1, floating, out(), G * (Y.conj() + 1))
WICK_UNARY(log, Log, floating, in(0), G / X.conj())
WICK_UNARY(log2, Log2, floating, in(0), G / (X.conj() * std::numbers::ln2))
WICK_UNARY(log10, Log10, floating, in(0), G / (X.conj() * std::numbers::ln10))
WICK_UNARY(log1p, Log1P, floating, in(0), G / (X + 1).conj())
WICK_UNARY(sqrt, Sqrt, floating, out(), G / (2 * Y.conj()))
WICK_UNARY(rsqrt, Rsqrt, floating, out(), -0.5 * G * Y.pow(3).conj())
WICK_UNARY(reciprocal, Reciprocal, floating, out(), -G * (Y * Y).conj())

// Trigonometric and hyperbolic
WICK_UNARY(sin, Sin, floating, in(0), G * X.cos().conj())
WICK_UNARY(cos, Cos, floating, in(0), G * -X.sin().conj())
WICK_UNARY(tan, Tan, floating, out(), G * (1 + Y.pow(2)).conj())
WICK_UNARY(asin, Asin, floating, in(0), G * (1 - X * X).rsqrt().conj())
WICK_UNARY(acos, Acos, floating, in(0), G * -(1 - X * X).rsqrt().conj())
WICK_UNARY(atan, Atan, floating, in(0), G / (X * X + 1).conj())
WICK_UNARY(sinh, Sinh, floating, in(0), G * X.cosh().conj())
WICK_UNARY(cosh, Cosh, floating, in(0), G * X.sinh().conj())
WICK_UNARY(asinh, Asinh, floating, in(0), G * (X.pow(2) + 1).rsqrt().conj())
WICK_UNARY(acosh, Acosh, floating, in(0), G * (X.is_complex() ? ((X - 1).rsqrt() * (X + 1).rsqrt()).conj() : (X * X - 1).rsqrt()))
WICK_UNARY(atanh, Atanh, floating, in(0), G / (1 - X.pow(2)).conj())

// Special functions
WICK_UNARY(erf, Erf, floating, in(0), G * (2 * std::numbers::inv_sqrtpi) * (-X.pow(2)).exp())
WICK_UNARY(erfc, Erfc, floating, in(0), G * (-2 * std::numbers::inv_sqrtpi) * (-X.pow(2)).exp())
WICK_UNARY_METHOD(erfinv, Erfinv, floating, in(0), G * (0.5 / std::numbers::inv_sqrtpi) * X.erfinv().pow(2).exp())
WICK_UNARY_METHOD(lgamma, Lgamma, floating, in(0), G * X.digamma())
WICK_UNARY_METHOD(digamma, Digamma, floating, in(0), G * wick::polygamma(1, X))
WICK_UNARY(i0, I0, floating, in(0), G * special_i1(X))

// Rounding and sign: flat almost everywhere
static const Tensor& no_bool_neg(const Tensor& x) {
  WICK_CHECK(x.scalar_type() != kBool, "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.");
  return x;
}
Tensor neg(const Tensor& self) {
  return unary(table::neg, "NegBackward0", no_bool_neg(self), {}, Promote::same, {}, [](Backward& b) { b.grad(0, -G); });
}
Tensor& neg_(Tensor& self) {
  return unary_inplace(table::neg, "NegBackward0", no_bool_neg(self), {}, Promote::same, {}, [](Backward& b) { b.grad(0, -G); });
}
Tensor& neg_out(Tensor& out, const Tensor& self) { return unary_out(table::neg, out, no_bool_neg(self), Promote::same, {}); }
// Integers are whole already.
#define WICK_ROUNDING(f, node)                                                                                                       \
  Tensor f(const Tensor& self) {                                                                                                     \
    if (is_integral_type(self.scalar_type(), false)) return self.clone();                                                            \
    return unary(table::f, #node "Backward0", self, {}, Promote::same, {}, [](Backward& b) { b.grad(0, zeros_like(G)); });           \
  }                                                                                                                                  \
  Tensor& f##_(Tensor& self) {                                                                                                       \
    if (is_integral_type(self.scalar_type(), false)) return self;                                                                    \
    return unary_inplace(table::f, #node "Backward0", self, {}, Promote::same, {}, [](Backward& b) { b.grad(0, zeros_like(G)); });   \
  }                                                                                                                                  \
  Tensor& f##_out(Tensor& out, const Tensor& self) { return out_from(#f, out, {self}, [&] { return f(self); }); }
WICK_UNARY_METHOD(sign, Sign, same, 0u, zeros_like(G))
WICK_ROUNDING(floor, Floor)
WICK_ROUNDING(ceil, Ceil)
WICK_ROUNDING(round, Round)
WICK_ROUNDING(trunc, Trunc)
WICK_UNARY(frac, Frac, same, 0u, G)

}  // namespace wick::inline v1
