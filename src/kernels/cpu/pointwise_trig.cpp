// Trigonometric and hyperbolic functions and their inverses.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pointwise_trig.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <hwy/contrib/math/math-inl.h>

#include "kernels/cpu/simd_math-inl.h"
#include "kernels/cpu/simd_loop-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {

// x = n pi/2 + r, |r| <= pi/4; returns r, and the quadrant in the two low bits of q. pi/2 stands in three parts, whose
// products with n a fused multiply-add subtracts without loss up to kTrigLimit; beyond it the scalar library takes over.
#if HWY_NATIVE_FMA
template <class D>
inline constexpr double kTrigLimit = is_f32<D> ? 32768.0 : 1048576.0;
#else
template <class D>
inline constexpr double kTrigLimit = 0.75;  // n = 0
#endif
template <class D, class V, class Q>
HWY_INLINE V trig_reduce(D d, V x, Q& q) {
  const V m = MulAdd(x, num(d, 0.63661977236758134308), num(d, kRound<D>));
  const V n = Sub(m, num(d, kRound<D>));
  q = BitCast(RebindToUnsigned<D>(), m);
  V r = NegMulAdd(n, num(d, is_f32<D> ? 1.5707963705062866 : 1.5707963267948966), x);
  r = NegMulAdd(n, num(d, is_f32<D> ? -4.371138828673793e-08 : 6.123233995736766e-17), r);
  return NegMulAdd(n, num(d, is_f32<D> ? -1.7151245100059e-15 : -1.4973849048591833e-33), r);
}
template <class D, class V>
HWY_INLINE V sin_poly(D d, V r) {
  const V z = Mul(r, r);
  if constexpr (is_f32<D>)
    return MulAdd(Mul(r, z), poly(d, z, -0.1666666664106667453, 0.0083333293318422489508, -0.00019839319391855545822,
                                  2.7181760475782748814e-6), r);
  else
    return MulAdd(Mul(r, z), poly(d, z, -0.16666666666666666641, 0.008333333333333322749, -0.00019841269841255031138,
                                  2.7557319214166717822e-6, -2.5052104904498493821e-8, 1.605836563332529228e-10,
                                  -7.5786448936438660188e-13), r);
}
template <class D, class V>
HWY_INLINE V cos_poly(D d, V r) {
  const V z = Mul(r, r);
  V c;
  if constexpr (is_f32<D>)
    c = poly(d, z, 0.04166666662334032759, -0.0013888883781787273688, 0.000024799524722193688848,
             -2.7210463201492849259e-7);
  else
    c = poly(d, z, 0.041666666666666666636, -0.0013888888888888878272, 0.000024801587301574564416,
             -2.7557319216519981147e-7, 2.0876754593952483571e-9, -1.1470316437838805174e-11,
             4.73905636657514233e-14);
  // 1 - z/2 in two parts: the rounding of the difference is added back.
  const V h = Mul(z, num(d, 0.5)), w = Sub(num(d, 1), h);
  return Add(w, MulAdd(Mul(z, z), c, Sub(Sub(num(d, 1), w), h)));
}
// sin for quarter = 0, cos for quarter = 1.
template <class D, class V>
HWY_INLINE V sin_cos(D d, V x, int quarter, TFromD<D> (*scalar)(TFromD<D>)) {
  const RebindToUnsigned<D> du;
  Vec<RebindToUnsigned<D>> q;
  const V r = trig_reduce(d, x, q);
  q = Add(q, Set(du, static_cast<TFromD<decltype(du)>>(quarter)));
  const auto odd = RebindMask(d, Ne(And(q, Set(du, 1)), Zero(du)));
  const V y = IfThenElse(odd, cos_poly(d, r), sin_poly(d, r));
  const V sign = BitCast(d, ShiftLeft<is_f32<D> ? 30 : 62>(And(q, Set(du, 2))));
  V result = Xor(y, sign);
  if (quarter == 0) result = IfThenElse(Eq(x, Zero(d)), x, result);  // -0
  const auto far = Not(Lt(Abs(x), num(d, kTrigLimit<D>)));
  if (HWY_UNLIKELY(!AllFalse(d, far))) return patch(d, far, result, x, scalar);
  return result;
}
WICK_OP1(sin) { return sin_cos(d, x, 0, std::sin); }
WICK_OP1(cos) { return sin_cos(d, x, 1, std::cos); }
WICK_OP1(tan) {
  const RebindToUnsigned<D> du;
  Vec<RebindToUnsigned<D>> q;
  const V r = trig_reduce(d, x, q);
  const auto odd = RebindMask(d, Ne(And(q, Set(du, 1)), Zero(du)));
  const V s = sin_poly(d, r), c = cos_poly(d, r);
  const V t = Div(IfThenElse(odd, Neg(c), s), IfThenElse(odd, s, c));
  const V result = IfThenElse(Eq(x, Zero(d)), x, t);
  const auto far = Not(Lt(Abs(x), num(d, kTrigLimit<D>)));
  if (HWY_UNLIKELY(!AllFalse(d, far))) return patch(d, far, result, x, static_cast<TFromD<D> (*)(TFromD<D>)>(std::tan));
  return result;
}
WICK_OP1(sinc) {
  const V t = Mul(num(d, 3.14159265358979323846), x);
  return IfThenElse(Eq(x, Zero(d)), num(d, 1), Div(sin_op()(d, p, t), t));
}
WICK_OP1(asin) { return Asin(d, x); }
WICK_OP1(acos) { return Acos(d, x); }
WICK_OP1(atan) { return Atan(d, x); }

WICK_OP1(cosh) {
  const V h = exp_shifted(d, Abs(x), -1);
  return Add(h, Div(num(d, 0.25), h));
}
WICK_OP1(sinh) {
  const V a = Abs(x), h = exp_shifted(d, a, -1);
  const V t = expm1(d, a);
  const V small = Mul(num(d, 0.5), Add(t, Div(t, Add(t, num(d, 1)))));
  return CopySign(IfThenElse(Lt(a, num(d, 1)), small, Sub(h, Div(num(d, 0.25), h))), x);
}
// Above `big` the square under the root absorbs the one: log(2 a).
template <class D>
inline constexpr double kBig = is_f32<D> ? 67108864.0 : 1152921504606846976.0;
WICK_OP1(asinh) {
  const V a = Abs(x), one = num(d, 1), z = Mul(x, x);
  const auto big = Gt(a, num(d, kBig<D>));
  const V arg = IfThenElse(big, a, Add(a, Div(z, Add(one, Sqrt(Add(z, one))))));
  return CopySign(Add(log1p(d, arg), IfThenElseZero(big, num(d, 0.69314718055994530942))), x);
}
WICK_OP1(acosh) {
  const V t = Sub(x, num(d, 1));
  const auto big = Gt(x, num(d, kBig<D>));
  const V arg = IfThenElse(big, x, Add(t, Sqrt(Mul(t, Add(t, num(d, 2))))));
  const V y = Add(log1p(d, arg), IfThenElseZero(big, num(d, 0.69314718055994530942)));
  return IfThenElse(Lt(x, num(d, 1)), nan(d), y);
}
WICK_OP1(atanh) {
  const V a = Abs(x);
  return CopySign(Mul(num(d, 0.5), log1p(d, Div(Add(a, a), Sub(num(d, 1), a)))), x);
}

#undef KERNELS
#define KERNELS(X) \
  X(sin, 1) X(cos, 1) X(tan, 1) X(sinc, 1) X(asin, 1) X(acos, 1) X(atan, 1) X(cosh, 1) X(sinh, 1) X(asinh, 1) \
  X(acosh, 1) X(atanh, 1)
KERNELS(WICK_DEFINE)

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
KERNELS(WICK_EXPORT)
}  // namespace wick::kernels::cpu
#endif
