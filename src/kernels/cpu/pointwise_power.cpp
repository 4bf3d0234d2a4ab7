// Powers, remainders, hypot: exact or fused in vectors where that is right, scalar in the other lanes.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pointwise_power.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <hwy/contrib/math/math-inl.h>

#include "kernels/cpu/simd_math-inl.h"
#include "kernels/cpu/simd_loop-inl.h"
#include "kernels/math/common.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {

// Float vectors through a function of double vectors, half by half: f32 results then need no error analysis.
template <class D, class V, class F>
HWY_INLINE V in_double(D d, V x, V y, F f) {
#if HWY_TARGET == HWY_SCALAR
  const Rebind<double, D> dd;
  return to_float(d, f(dd, PromoteTo(dd, x), PromoteTo(dd, y)));
#else
  const Repartition<double, D> dd;
  const hwy::HWY_NAMESPACE::Half<D> dh;
  const auto lo = f(dd, PromoteTo(dd, LowerHalf(dh, x)), PromoteTo(dd, LowerHalf(dh, y)));
  const auto hi = f(dd, PromoteTo(dd, UpperHalf(dh, x)), PromoteTo(dd, UpperHalf(dh, y)));
  return Combine(d, to_float(dh, hi), to_float(dh, lo));
#endif
}
struct PowPositive {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V y) const { return exp(d, Mul(y, log(d, x))); }
};
struct HypotPlain {
  template <class D, class V>
  HWY_INLINE V operator()(D, V x, V y) const { return Sqrt(MulAdd(x, x, Mul(y, y))); }
};
template <class T>
T scalar_pow(T x, T y) { return std::pow(x, y); }
template <class T>
T scalar_fmod(T x, T y) { return std::fmod(x, y); }
template <class T>
T scalar_nextafter(T x, T y) { return std::nextafter(x, y); }

template <class D, class V>
HWY_INLINE Mask<D> all_lanes(D d, V) { return Eq(Zero(d), Zero(d)); }

template <class D, class V>
HWY_INLINE V power(D d, V x, V y) {
  if constexpr (is_f32<D>) {
    const V result = in_double(d, x, y, PowPositive());
    const auto hard = Not(And(And(Gt(x, Zero(d)), Lt(x, inf(d))), Lt(Abs(y), inf(d))));
    if (HWY_UNLIKELY(!AllFalse(d, hard))) return patch(d, hard, result, x, y, scalar_pow<float>);
    return result;
  } else {
    // exp(y log x) would need log to 64 bits.
    return patch(d, all_lanes(d, x), x, x, y, scalar_pow<double>);
  }
}
WICK_OP2(pow) { return power(d, x, y); }
WICK_OP1(pow_scalar) {
  const double e = p.d[0];
  const V one = num(d, 1);
  if (e == 2) return Mul(x, x);
  if (e == 3) return Mul(Mul(x, x), x);
  if (e == 0.5) return Sqrt(x);
  if (e == 1) return x;
  if (e == 0) return one;
  if (e == -1) return Div(one, x);
  if (e == -2) return Div(one, Mul(x, x));
  if (e == -0.5) return Div(one, Sqrt(x));
  return power(d, x, num(d, e));
}

// trunc(a / b) is at most one too large below 2^22; a - q b is then exact in one fused step.
template <class D, class V>
HWY_INLINE V modulo(D d, V x, V y) {
#if HWY_NATIVE_FMA
  const V a = Abs(x), b = Abs(y), q = trunc(d, Div(a, b));
  V r = NegMulAdd(q, b, a);
  r = IfThenElse(Lt(r, Zero(d)), Add(r, b), r);
  const V result = CopySign(r, x);
  const auto hard = Not(And(Lt(q, num(d, 4194304)), Lt(b, inf(d))));
  if (HWY_UNLIKELY(!AllFalse(d, hard))) return patch(d, hard, result, x, y, scalar_fmod<TFromD<D>>);
  return result;
#else
  return patch(d, all_lanes(d, x), x, x, y, scalar_fmod<TFromD<D>>);
#endif
}
// Where a remainder r has not the divisor's sign.
template <class D, class V>
HWY_INLINE Mask<D> wrong_side(D d, V r, V y) {
  return And(Ne(r, Zero(d)), Xor(Lt(y, Zero(d)), Lt(r, Zero(d))));
}
WICK_OP2(fmod) { return modulo(d, x, y); }
WICK_OP2(remainder) {
  const V r = modulo(d, x, y);
  return IfThenElse(wrong_side(d, r, y), Add(r, y), r);
}
WICK_OP2(div_floor) {
  const V ratio = Div(x, y), r = modulo(d, x, y);
  V q = Div(Sub(x, r), y);
  q = IfThenElse(wrong_side(d, r, y), Sub(q, num(d, 1)), q);
  V f = floor(d, q);
  f = IfThenElse(Gt(Sub(q, f), num(d, 0.5)), Add(f, num(d, 1)), f);
  f = IfThenElse(Eq(q, Zero(d)), CopySign(Zero(d), ratio), f);
  return IfThenElse(Eq(y, Zero(d)), ratio, f);
}

WICK_OP2(hypot) {
  if constexpr (is_f32<D>) {
    const V r = in_double(d, x, y, HypotPlain());  // squares of floats cannot overflow
    return IfThenElse(Or(Eq(Abs(x), inf(d)), Eq(Abs(y), inf(d))), inf(d), r);
  } else {
    // Squares of doubles can leave the range: scaled by a power of two where they might.
    const V a = Abs(x), b = Abs(y), m = Max(a, b);
    const auto large = Gt(m, num(d, 0x1p500)), small = Lt(m, num(d, 0x1p-400));
    const V s = IfThenElse(large, num(d, 0x1p-600), IfThenElse(small, num(d, 0x1p600), num(d, 1)));
    const V undo = IfThenElse(large, num(d, 0x1p600), IfThenElse(small, num(d, 0x1p-600), num(d, 1)));
    const V r = Mul(HypotPlain()(d, Mul(a, s), Mul(b, s)), undo);
    return IfThenElse(Or(Eq(a, inf(d)), Eq(b, inf(d))), inf(d), r);
  }
}
// The arc tangent of the smaller by the larger, then unfolded: over the diagonal, the vertical and the horizontal.
WICK_OP2(atan2) {  // x is the ordinate
  const V a = Abs(x), b = Abs(y), pi = num(d, math::kPi), half = num(d, math::kPi / 2);
  const auto steep = Gt(a, b);
  const V top = IfThenElse(steep, b, a), bottom = IfThenElse(steep, a, b);
  V t = Div(top, bottom);
  t = IfThenElse(Eq(bottom, Zero(d)), Zero(d), IfThenElse(Eq(top, inf(d)), num(d, 1), t));  // 0 / 0, inf / inf
  V r = Atan(d, t);
  r = IfThenElse(steep, Sub(half, r), r);
  const RebindToSigned<D> di;
  r = IfThenElse(RebindMask(d, Lt(BitCast(di, y), Zero(di))), Sub(pi, r), r);
  return IfThenElse(Or(IsNaN(x), IsNaN(y)), nan(d), CopySign(r, x));
}
WICK_OP2(nextafter) { return patch(d, all_lanes(d, x), x, x, y, scalar_nextafter<TFromD<D>>); }

#undef KERNELS
#define KERNELS(X) \
  X(pow, 2) X(pow_scalar, 1) X(fmod, 2) X(remainder, 2) X(div_floor, 2) X(hypot, 2) X(atan2, 2) X(nextafter, 2)
KERNELS(WICK_DEFINE)

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
KERNELS(WICK_EXPORT)
}  // namespace wick::kernels::cpu
#endif
