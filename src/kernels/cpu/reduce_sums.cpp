#include <algorithm>
#include <cmath>

#include "kernels/cpu/reduce_parts.h"
#include "kernels/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/reduce_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include "kernels/cpu/reduce_rows-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace {
namespace HWY_NAMESPACE {
using namespace rows::HWY_NAMESPACE;

#include "kernels/cpu/reduce_fold-inl.h"

template <class A>
struct Adds {
  using V = VecOf<A>;
  static constexpr A init = 0;
  static HWY_INLINE V join(V a, V b) { return hn::Add(a, b); }
  static A join1(A a, A b) { return a + b; }
  static HWY_INLINE A lanes(VecOf<A> v) { return SumLanes<A>(v); }
};
template <class A>
struct Sum : Adds<A> {
  static HWY_INLINE VecOf<A> map(VecOf<A> x) { return x; }
};
template <class A>
struct NanSum : Adds<A> {
  static HWY_INLINE VecOf<A> map(VecOf<A> x) { return hn::IfThenElseZero(hn::Eq(x, x), x); }
};
template <class A>
struct NonZero : Adds<A> {
  static HWY_INLINE VecOf<A> map(VecOf<A> x) {
    const Tag<A> d;
    return hn::IfThenZeroElse(hn::Eq(x, hn::Zero(d)), hn::Set(d, A{1}));
  }
};
template <class A>
struct AbsSum : Adds<A> {
  static HWY_INLINE VecOf<A> map(VecOf<A> x) { return hn::Abs(x); }
};
template <class A>
struct Squares : Adds<A> {
  static HWY_INLINE VecOf<A> map(VecOf<A> x) { return hn::Mul(x, x); }
};

void FoldSums(Fold f, ScalarType type, const Segment& s, double* out) {
  switch (f) {
    case Fold::nansum: FoldType<NanSum>(type, s, out); break;
    case Fold::nonzero: FoldType<NonZero>(type, s, out); break;
    case Fold::abs: FoldType<AbsSum>(type, s, out); break;
    case Fold::square: FoldType<Squares>(type, s, out); break;
    default: FoldType<Sum>(type, s, out); break;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {

namespace {
HWY_EXPORT(FoldSums);
}
void fold_sums(Fold f, ScalarType type, const Segment& s, double* out) {
  HWY_DYNAMIC_DISPATCH(FoldSums)(f, type, s, out);
}

}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE

