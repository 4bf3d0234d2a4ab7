// Exponentials, logarithms, tanh, erf and what is made of them.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pointwise_exp.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include "kernels/cpu/simd_math-inl.h"
#include "kernels/cpu/simd_loop-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {

WICK_OP1(exp) { return exp(d, x); }
WICK_OP1(exp2) { return exp2(d, x); }
WICK_OP1(expm1) { return expm1(d, x); }
WICK_OP1(log) { return log(d, x); }
WICK_OP1(log2) { return log2(d, x); }
WICK_OP1(log10) { return log10(d, x); }
WICK_OP1(log1p) { return log1p(d, x); }
WICK_OP1(tanh) { return tanh(d, x); }
WICK_OP1(erf) { return erf(d, x); }
WICK_OP1(sigmoid) { return sigmoid(d, x); }

WICK_OP1(logit) {
  if (p.d[0] >= 0) {
    const V lo = num(d, p.d[0]);
    x = at_most(d, Sub(num(d, 1), lo), at_least(d, lo, x));
  }
  return log(d, Div(x, Sub(num(d, 1), x)));
}

WICK_OP2(logaddexp) {
  const V m = IfThenElse(Lt(x, y), y, x);
  const V r = Add(m, log1p_unit(d, exp(d, Neg(Abs(Sub(x, y))))));
  return IfThenElse(And(Eq(x, y), Eq(Abs(x), inf(d))), x, r);  // inf - inf
}
WICK_OP2(logaddexp2) {
  const V m = IfThenElse(Lt(x, y), y, x);
  const V r = MulAdd(log1p_unit(d, exp2(d, Neg(Abs(Sub(x, y))))), num(d, 1.44269504088896340736), m);
  return IfThenElse(And(Eq(x, y), Eq(Abs(x), inf(d))), x, r);
}
// Zero times any logarithm is zero, unless y is NaN.
WICK_OP2(xlogy) {
  return IfThenElse(IsNaN(y), y, IfThenZeroElse(Eq(x, Zero(d)), Mul(x, log(d, y))));
}
WICK_OP2(xlog1py) {
  return IfThenElse(IsNaN(y), y, IfThenZeroElse(Eq(x, Zero(d)), Mul(x, log1p(d, y))));
}

#undef KERNELS
#define KERNELS(X)                                                                                        \
  X(exp, 1) X(exp2, 1) X(expm1, 1) X(log, 1) X(log2, 1) X(log10, 1) X(log1p, 1) X(tanh, 1) X(erf, 1) \
  X(sigmoid, 1) X(logit, 1) X(logaddexp, 2) X(logaddexp2, 2) X(xlogy, 2) X(xlog1py, 2)
KERNELS(WICK_DEFINE)

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
KERNELS(WICK_EXPORT)
}  // namespace wick::kernels::cpu
#endif
