#include <algorithm>
#include <cmath>

#include "kernels/cpu/reduce_parts.h"
#include "kernels/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/reduce_extremes.cpp"
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

// The joins keep NaN from either side. Their infinite identities never show: segments are not empty.
template <class A>
struct Maxima {
  static constexpr A init = -std::numeric_limits<A>::infinity();
  static HWY_INLINE VecOf<A> map(VecOf<A> x) { return x; }
  static HWY_INLINE VecOf<A> join(VecOf<A> a, VecOf<A> b) { return MaxNan<A>(a, b); }
  static A join1(A a, A b) { return a != a || a > b ? a : b; }
  static HWY_INLINE A lanes(VecOf<A> v) { return MaxLanesNan<A>(v); }
};
template <class A>
struct Minima {
  static constexpr A init = std::numeric_limits<A>::infinity();
  static HWY_INLINE VecOf<A> map(VecOf<A> x) { return x; }
  static HWY_INLINE VecOf<A> join(VecOf<A> a, VecOf<A> b) { return MinNan<A>(a, b); }
  static A join1(A a, A b) { return a != a || a < b ? a : b; }
  static HWY_INLINE A lanes(VecOf<A> v) { return MinLanesNan<A>(v); }
};
template <class A>
struct AbsMaxima : Maxima<A> {
  static HWY_INLINE VecOf<A> map(VecOf<A> x) { return hn::Abs(x); }
};
template <class A>
struct AbsMinima : Minima<A> {
  static HWY_INLINE VecOf<A> map(VecOf<A> x) { return hn::Abs(x); }
};
template <class A>
struct Product {
  static constexpr A init = 1;
  static HWY_INLINE VecOf<A> map(VecOf<A> x) { return x; }
  static HWY_INLINE VecOf<A> join(VecOf<A> a, VecOf<A> b) { return hn::Mul(a, b); }
  static A join1(A a, A b) { return a * b; }
  static A lanes(VecOf<A> v) {
    const Tag<A> d;
    HWY_ALIGN A a[hn::MaxLanes(d)];
    hn::Store(v, d, a);
    for (size_t m = hn::Lanes(d); m > 1; m /= 2)
      for (size_t i = 0; i < m / 2; ++i) a[i] *= a[i + m / 2];
    return a[0];
  }
};

void FoldExtremes(Fold f, ScalarType type, const Segment& s, double* out) {
  switch (f) {
    case Fold::prod: FoldType<Product>(type, s, out); break;
    case Fold::min: FoldType<Minima>(type, s, out); break;
    case Fold::max: FoldType<Maxima>(type, s, out); break;
    case Fold::abs_min: FoldType<AbsMinima>(type, s, out); break;
    default: FoldType<AbsMaxima>(type, s, out); break;
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {

namespace {
HWY_EXPORT(FoldExtremes);
}
void fold_extremes(Fold f, ScalarType type, const Segment& s, double* out) {
  HWY_DYNAMIC_DISPATCH(FoldExtremes)(f, type, s, out);
}

}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE

