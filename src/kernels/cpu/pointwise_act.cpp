// Activation functions.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pointwise_act.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include "kernels/cpu/simd_math-inl.h"
#include "kernels/cpu/simd_loop-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {

WICK_OP1(relu) { return at_least(d, Zero(d), x); }
WICK_OP1(silu) { return Div(x, Add(num(d, 1), exp(d, Neg(x)))); }
// tanh(log(1 + e)) = (e^2 + 2 e) / (e^2 + 2 e + 2); 1 to the last bit above the bound.
template <class D, class V>
HWY_INLINE V tanh_softplus(D d, V e) {
  const V n = Mul(e, Add(e, num(d, 2)));
  return Div(n, Add(n, num(d, 2)));
}
WICK_OP1(mish) { return Mul(x, tanh_softplus(d, exp(d, at_most(d, num(d, 40), x)))); }
WICK_OP1(gelu_erf) { return Mul(x, normal_cdf(d, x, exp(d, Mul(Mul(x, x), num(d, -0.5))))); }
// (1 + tanh u) / 2 = sigmoid(2 u), without the cancellation.
WICK_OP1(gelu_tanh) {
  const V u2 = Mul(Mul(x, num(d, 1.59576912160573071176)), MulAdd(Mul(x, x), num(d, 0.044715), num(d, 1)));
  return Mul(x, sigmoid(d, u2));
}
WICK_OP1(log_sigmoid) { return Sub(at_most(d, Zero(d), x), log1p_unit(d, exp(d, Neg(Abs(x))))); }
WICK_OP1(hardsigmoid) {
  return Div(at_most(d, num(d, 6), at_least(d, Zero(d), Add(x, num(d, 3)))), num(d, 6));
}
WICK_OP1(hardswish) {
  return Div(Mul(x, at_most(d, num(d, 6), at_least(d, Zero(d), Add(x, num(d, 3))))), num(d, 6));
}
WICK_OP1(elu) {
  const V negative = Mul(num(d, p.d[0]), num(d, p.d[1]));
  return IfThenElse(Lt(x, Zero(d)), Mul(expm1(d, Mul(x, num(d, p.d[2]))), negative), Mul(x, num(d, p.d[1])));
}
WICK_OP1(softplus) {
  const V bx = Mul(x, num(d, p.d[0]));
  const V y = Add(at_least(d, Zero(d), bx), log1p_unit(d, exp(d, Neg(Abs(bx)))));
  return IfThenElse(Gt(bx, num(d, p.d[1])), x, Div(y, num(d, p.d[0])));
}
WICK_OP1(softshrink) {
  const V l = num(d, p.d[0]);
  const V inside = IfThenElse(IsNaN(x), x, Zero(d));
  return IfThenElse(Gt(x, l), Sub(x, l), IfThenElse(Lt(x, Neg(l)), Add(x, l), inside));
}
WICK_OP1(hardshrink) {
  const V l = num(d, p.d[0]);
  return IfThenZeroElse(And(Ge(x, Neg(l)), Le(x, l)), x);
}
WICK_OP1(leaky_relu) { return IfThenElse(Gt(x, Zero(d)), x, Mul(x, num(d, p.d[0]))); }
WICK_OP1(threshold) { return IfThenElse(Le(x, num(d, p.d[0])), num(d, p.d[1]), x); }

#undef KERNELS
#define KERNELS(X) \
  X(relu, 1) X(silu, 1) X(mish, 1) X(gelu_erf, 1) X(gelu_tanh, 1) X(log_sigmoid, 1) X(hardsigmoid, 1) \
  X(hardswish, 1) X(elu, 1) X(softplus, 1) X(softshrink, 1) X(hardshrink, 1) X(leaky_relu, 1) X(threshold, 1)
KERNELS(WICK_DEFINE)

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
KERNELS(WICK_EXPORT)
}  // namespace wick::kernels::cpu
#endif
