// Arithmetic, rounding, signs, extrema and the plain losses.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pointwise_arith.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include "kernels/cpu/simd_math-inl.h"
#include "kernels/cpu/simd_loop-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {

WICK_OP1(neg) { return Neg(x); }
WICK_OP1(abs) { return Abs(x); }
WICK_OP1(sign) {  // 0 at NaN
  const V one = num(d, 1);
  return Sub(IfThenElseZero(Gt(x, Zero(d)), one), IfThenElseZero(Lt(x, Zero(d)), one));
}
WICK_OP1(sgn) { return sign_op()(d, p, x); }
WICK_OP1(floor) { return floor(d, x); }
WICK_OP1(ceil) { return ceil(d, x); }
WICK_OP1(round) { return round(d, x); }
WICK_OP1(trunc) { return trunc(d, x); }
WICK_OP1(frac) { return Sub(x, trunc(d, x)); }
WICK_OP1(sqrt) { return Sqrt(x); }
WICK_OP1(rsqrt) { return Div(num(d, 1), Sqrt(x)); }
WICK_OP1(reciprocal) { return Div(num(d, 1), x); }
WICK_OP1(nan_to_num) {
  const V y = IfThenElse(Eq(x, inf(d)), num(d, p.d[1]), IfThenElse(Eq(x, Neg(inf(d))), num(d, p.d[2]), x));
  return IfThenElse(IsNaN(x), num(d, p.d[0]), y);
}
WICK_OP1(clamp) {
  // The upper bound last: it wins where they cross. A NaN bound makes everything NaN, as in PyTorch.
  const V y = at_most(d, num(d, p.d[1]), at_least(d, num(d, p.d[0]), x));
  return p.d[0] != p.d[0] || p.d[1] != p.d[1] ? nan(d) : y;
}

WICK_OP2(add) { return MulAdd(num(d, p.d[0]), y, x); }
WICK_OP2(sub) { return NegMulAdd(num(d, p.d[0]), y, x); }
WICK_OP2(mul) { return Mul(x, y); }
WICK_OP2(div) { return Div(x, y); }
WICK_OP2(div_trunc) { return trunc(d, Div(x, y)); }
WICK_OP2(copysign) { return CopySign(x, y); }
WICK_OP2(maximum) { return IfThenElse(IsNaN(x), x, IfThenElse(Gt(x, y), x, y)); }
WICK_OP2(minimum) { return IfThenElse(IsNaN(x), x, IfThenElse(Lt(x, y), x, y)); }
WICK_OP2(fmax) { return IfThenElse(IsNaN(y), x, IfThenElse(Ge(x, y), x, y)); }
WICK_OP2(fmin) { return IfThenElse(IsNaN(y), x, IfThenElse(Le(x, y), x, y)); }
WICK_OP2(heaviside) { return IfThenElse(Eq(x, Zero(d)), y, IfThenElseZero(Gt(x, Zero(d)), num(d, 1))); }

WICK_OP2(mse) {
  const V e = Sub(x, y);
  return Mul(e, e);
}
WICK_OP2(smooth_l1) {
  const V e = Abs(Sub(x, y)), half = num(d, 0.5), beta = num(d, p.d[0]);
  return IfThenElse(Lt(e, beta), Div(Mul(Mul(half, e), e), beta), Sub(e, Mul(half, beta)));
}
WICK_OP2(huber) {
  const V e = Abs(Sub(x, y)), half = num(d, 0.5), delta = num(d, p.d[0]);
  return IfThenElse(Le(e, delta), Mul(Mul(half, e), e), Mul(delta, Sub(e, Mul(half, delta))));
}

WICK_OP3(addcmul) { return MulAdd(Mul(num(d, p.d[0]), y), z, x); }
WICK_OP3(addcdiv) { return Add(x, Div(Mul(num(d, p.d[0]), y), z)); }
WICK_OP3(lerp) {
  const V w = Sub(y, x);
  return IfThenElse(Lt(Abs(z), num(d, 0.5)), MulAdd(z, w, x), MulAdd(Sub(z, num(d, 1)), w, y));
}
WICK_OP3(clamp_tensor) { return minimum_op()(d, p, maximum_op()(d, p, x, y), z); }

#undef KERNELS
#define KERNELS(X) \
  X(neg, 1) X(abs, 1) X(sign, 1) X(sgn, 1) X(floor, 1) X(ceil, 1) X(round, 1) X(trunc, 1) X(frac, 1) X(sqrt, 1) \
  X(rsqrt, 1) X(reciprocal, 1) X(nan_to_num, 1) X(clamp, 1) X(add, 2) X(sub, 2) X(mul, 2) X(div, 2) \
  X(div_trunc, 2) X(copysign, 2) X(maximum, 2) X(minimum, 2) X(fmax, 2) X(fmin, 2) X(heaviside, 2) X(mse, 2) \
  X(smooth_l1, 2) X(huber, 2) X(addcmul, 3) X(addcdiv, 3) X(lerp, 3) X(clamp_tensor, 3)
KERNELS(WICK_DEFINE)

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
KERNELS(WICK_EXPORT)
}  // namespace wick::kernels::cpu
#endif
