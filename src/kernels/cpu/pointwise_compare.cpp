// Comparisons, logic and tests: the results are bytes 0 and 1.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pointwise_compare.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include "kernels/cpu/simd_math-inl.h"
#include "kernels/cpu/simd_loop-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {

// Highway's Ne is ordered on x86: false at NaN. Hence Not(Eq(...)).
WICK_TEST2(eq) { return Eq(x, y); }
WICK_TEST2(ne) { return Not(Eq(x, y)); }
WICK_TEST2(lt) { return Lt(x, y); }
WICK_TEST2(le) { return Le(x, y); }
WICK_TEST2(gt) { return Gt(x, y); }
WICK_TEST2(ge) { return Ge(x, y); }
// NaN is unequal to zero, so it counts as true.
WICK_TEST2(logical_and) { return And(Not(Eq(x, Zero(d))), Not(Eq(y, Zero(d)))); }
WICK_TEST2(logical_or) { return Or(Not(Eq(x, Zero(d))), Not(Eq(y, Zero(d)))); }
WICK_TEST2(logical_xor) { return Xor(Not(Eq(x, Zero(d))), Not(Eq(y, Zero(d)))); }
WICK_TEST1(logical_not) { return Eq(x, Zero(d)); }
WICK_TEST1(isnan) { return IsNaN(x); }
WICK_TEST1(isinf) { return Eq(Abs(x), inf(d)); }
WICK_TEST1(isfinite) { return Lt(Abs(x), inf(d)); }
WICK_TEST1(isposinf) { return Eq(x, inf(d)); }
WICK_TEST1(isneginf) { return Eq(x, Neg(inf(d))); }
WICK_TEST1(signbit) {
  const RebindToSigned<D> di;
  return RebindMask(d, Lt(BitCast(di, x), Zero(di)));
}

#undef KERNELS
#define KERNELS(X) \
  X(eq, 2) X(ne, 2) X(lt, 2) X(le, 2) X(gt, 2) X(ge, 2) X(logical_and, 2) X(logical_or, 2) X(logical_xor, 2) \
  X(logical_not, 1) X(isnan, 1) X(isinf, 1) X(isfinite, 1) X(isposinf, 1) X(isneginf, 1) X(signbit, 1)
KERNELS(WICK_DEFINE)

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
KERNELS(WICK_EXPORT)
}  // namespace wick::kernels::cpu
#endif
