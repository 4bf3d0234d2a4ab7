// Fused derivatives of the activations: x is the gradient, y the input or result.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pointwise_backward.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include "kernels/cpu/simd_math-inl.h"
#include "kernels/cpu/simd_loop-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {

// PyTorch lets the gradient through where y is NaN.
WICK_OP2(threshold_backward) { return IfThenZeroElse(Le(y, num(d, p.d[0])), x); }
WICK_OP2(relu_backward) { return IfThenZeroElse(Le(y, Zero(d)), x); }
WICK_OP2(sigmoid_backward) { return Mul(Mul(x, Sub(num(d, 1), y)), y); }
WICK_OP2(tanh_backward) { return Mul(x, NegMulAdd(y, y, num(d, 1))); }
WICK_OP2(silu_backward) {
  const V s = sigmoid(d, y);
  return Mul(Mul(x, s), MulAdd(y, Sub(num(d, 1), s), num(d, 1)));
}
WICK_OP2(mish_backward) {
  const V e = exp(d, at_most(d, num(d, 40), y)), n = Mul(e, Add(e, num(d, 2)));
  const V t = Div(n, Add(n, num(d, 2))), s = Div(e, Add(num(d, 1), e));
  return Mul(x, MulAdd(Mul(y, s), Sub(num(d, 1), Mul(t, t)), t));
}
WICK_OP2(gelu_erf_backward) {
  const V gauss = exp(d, Mul(Mul(y, y), num(d, -0.5)));
  return Mul(x, MulAdd(y, Mul(gauss, num(d, 0.39894228040143267794)), normal_cdf(d, y, gauss)));
}
WICK_OP2(gelu_tanh_backward) {
  const V k2 = num(d, 1.59576912160573071176), z = Mul(y, y);
  const V s = sigmoid(d, Mul(Mul(y, k2), MulAdd(z, num(d, 0.044715), num(d, 1))));
  const V slope = Mul(k2, MulAdd(z, num(d, 0.134145), num(d, 1)));
  return Mul(x, MulAdd(Mul(y, Mul(s, Sub(num(d, 1), s))), slope, s));
}
WICK_OP2(log_sigmoid_backward) {
  const V e = exp(d, Neg(Abs(y))), q = Div(e, Add(num(d, 1), e));
  return Mul(x, IfThenElse(Lt(y, Zero(d)), Sub(num(d, 1), q), q));
}
WICK_OP2(hardswish_backward) {
  const V mid = Mul(x, Add(Div(y, num(d, 3)), num(d, 0.5)));
  return IfThenElse(Le(y, num(d, -3)), Zero(d), IfThenElse(Lt(y, num(d, 3)), mid, x));
}
WICK_OP2(hardsigmoid_backward) {  // PyTorch's sixth is a float's for doubles too
  return IfThenElseZero(And(Gt(y, num(d, -3)), Lt(y, num(d, 3))), Mul(x, num(d, 1.0f / 6)));
}
WICK_OP2(elu_backward) {
  const V slope = num(d, p.d[2]), negative = Mul(num(d, p.d[0]), num(d, p.d[1]));
  return IfThenElse(Le(y, Zero(d)), Mul(Mul(Mul(x, slope), negative), exp(d, Mul(y, slope))), Mul(x, num(d, p.d[1])));
}
WICK_OP2(elu_result_backward) {
  const V slope = num(d, p.d[2]), negative = Mul(num(d, p.d[0]), num(d, p.d[1]));
  return IfThenElse(Le(y, Zero(d)), Mul(Mul(x, slope), Add(y, negative)), Mul(x, num(d, p.d[1])));
}
WICK_OP2(softplus_backward) {
  const V by = Mul(y, num(d, p.d[0])), e = exp(d, by);
  return IfThenElse(Gt(by, num(d, p.d[1])), x, Div(Mul(x, e), Add(e, num(d, 1))));
}
WICK_OP2(softshrink_backward) {
  const V l = num(d, p.d[0]);
  return IfThenElseZero(Or(Gt(y, l), Lt(y, Neg(l))), x);
}
WICK_OP2(hardshrink_backward) { return softshrink_backward_op()(d, p, x, y); }
WICK_OP2(leaky_relu_backward) { return IfThenElse(Gt(y, Zero(d)), x, Mul(x, num(d, p.d[0]))); }
WICK_OP2(clamp_backward) { return IfThenElseZero(And(Ge(y, num(d, p.d[0])), Le(y, num(d, p.d[1]))), x); }
WICK_OP2(hardtanh_backward) { return IfThenZeroElse(Or(Le(y, num(d, p.d[0])), Ge(y, num(d, p.d[1]))), x); }
WICK_OP2(logit_backward) {
  const V one = num(d, 1), g = Div(x, Mul(y, Sub(one, y)));
  if (p.d[0] < 0) return IfThenElse(And(Ge(y, Zero(d)), Le(y, one)), g, nan(d));
  const V eps = num(d, p.d[0]);
  return IfThenElseZero(And(Ge(y, eps), Le(y, Sub(one, eps))), g);
}

#undef KERNELS
#define KERNELS(X) \
  X(threshold_backward, 2) X(relu_backward, 2) X(sigmoid_backward, 2) X(tanh_backward, 2) X(silu_backward, 2) \
  X(mish_backward, 2) X(gelu_erf_backward, 2) X(gelu_tanh_backward, 2) X(log_sigmoid_backward, 2) \
  X(hardswish_backward, 2) X(hardsigmoid_backward, 2) X(elu_backward, 2) X(elu_result_backward, 2) \
  X(softplus_backward, 2) X(softshrink_backward, 2) X(hardshrink_backward, 2) X(leaky_relu_backward, 2) \
  X(clamp_backward, 2) X(hardtanh_backward, 2) X(logit_backward, 2)
KERNELS(WICK_DEFINE)

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
KERNELS(WICK_EXPORT)
}  // namespace wick::kernels::cpu
#endif
