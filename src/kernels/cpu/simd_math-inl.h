// Elementary functions on Highway vectors of float or double, to about 1.5 ulp, correct on the whole line: infinities,
// NaN, denormals and signed zeros included. Included once per target.
//
// The polynomials are weighted least squares fits at Chebyshev nodes in 40-digit arithmetic (mpmath), made for Wick;
// their errors stay below a tenth of an ulp. Reductions are Cody and Waite's, splittings of ln 2 are fdlibm's.
#if defined(WICK_SIMD_MATH_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_SIMD_MATH_INL_H
#undef WICK_SIMD_MATH_INL_H
#else
#define WICK_SIMD_MATH_INL_H
#endif

#include <cmath>
#include <cstdint>
#include <limits>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {
using namespace hwy::HWY_NAMESPACE;

#undef WICK_WIDE_X86
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
#define WICK_WIDE_X86 1
#else
#define WICK_WIDE_X86 0
#endif

template <class D>
inline constexpr bool is_f32 = sizeof(TFromD<D>) == 4;

template <class D>
HWY_INLINE Vec<D> num(D d, double v) { return Set(d, static_cast<TFromD<D>>(v)); }
template <class D>
HWY_INLINE Vec<D> inf(D d) { return Set(d, std::numeric_limits<TFromD<D>>::infinity()); }
template <class D>
HWY_INLINE Vec<D> nan(D d) { return Set(d, std::numeric_limits<TFromD<D>>::quiet_NaN()); }

// c0 + c1 x + c2 x^2 + ...
template <class D, class V>
HWY_INLINE V poly(D d, V, double c0) { return num(d, c0); }
template <class D, class V, class... C>
HWY_INLINE V poly(D d, V x, double c0, C... c) { return MulAdd(x, poly(d, x, c...), num(d, c0)); }

// The larger (smaller) of a bound and x; x where it is NaN or equal. x86's min and max return their second operand
// then; the emulated targets need it spelled out.
template <class D, class V>
HWY_INLINE V at_least(D, V bound, V x) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  return Max(bound, x);
#else
  return IfThenElse(Lt(x, bound), bound, x);
#endif
}
template <class D, class V>
HWY_INLINE V at_most(D, V bound, V x) {
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX2
  return Min(bound, x);
#else
  return IfThenElse(Gt(x, bound), bound, x);
#endif
}

// Recomputes the lanes of `mask` by a scalar function: for arguments the vector code does not cover.
template <class D, class V, class M>
HWY_NOINLINE V patch(D d, M mask, V result, V x, TFromD<D> (*f)(TFromD<D>)) {
  using T = TFromD<D>;
  HWY_ALIGN T in[HWY_MAX_BYTES / sizeof(T)], out[HWY_MAX_BYTES / sizeof(T)], hit[HWY_MAX_BYTES / sizeof(T)];
  Store(x, d, in);
  Store(result, d, out);
  Store(IfThenElseZero(mask, num(d, 1)), d, hit);
  for (size_t k = 0; k < Lanes(d); ++k)
    if (hit[k] != 0) out[k] = f(in[k]);
  return Load(d, out);
}
template <class D, class V, class M>
HWY_NOINLINE V patch(D d, M mask, V result, V x, V y, TFromD<D> (*f)(TFromD<D>, TFromD<D>)) {
  using T = TFromD<D>;
  HWY_ALIGN T a[HWY_MAX_BYTES / sizeof(T)], b[HWY_MAX_BYTES / sizeof(T)];
  HWY_ALIGN T out[HWY_MAX_BYTES / sizeof(T)], hit[HWY_MAX_BYTES / sizeof(T)];
  Store(x, d, a);
  Store(y, d, b);
  Store(result, d, out);
  Store(IfThenElseZero(mask, num(d, 1)), d, hit);
  for (size_t k = 0; k < Lanes(d); ++k)
    if (hit[k] != 0) out[k] = f(a[k], b[k]);
  return Load(d, out);
}

// Roundings, and double to float: Highway's one-lane target loses the sign of zero, and saturates instead of
// overflowing to infinity.
#if HWY_TARGET == HWY_SCALAR
template <class D, class V>
HWY_INLINE V floor(D d, V x) { return Set(d, std::floor(GetLane(x))); }
template <class D, class V>
HWY_INLINE V ceil(D d, V x) { return Set(d, std::ceil(GetLane(x))); }
template <class D, class V>
HWY_INLINE V round(D d, V x) { return Set(d, std::nearbyint(GetLane(x))); }
template <class D, class V>
HWY_INLINE V trunc(D d, V x) { return Set(d, std::trunc(GetLane(x))); }
template <class D, class V>
HWY_INLINE Vec<D> to_float(D d, V x) { return Set(d, static_cast<float>(GetLane(x))); }
#else
template <class D, class V>
HWY_INLINE V floor(D, V x) { return Floor(x); }
template <class D, class V>
HWY_INLINE V ceil(D, V x) { return Ceil(x); }
template <class D, class V>
HWY_INLINE V round(D, V x) { return Round(x); }
template <class D, class V>
HWY_INLINE V trunc(D, V x) { return Trunc(x); }
template <class D, class V>
HWY_INLINE Vec<D> to_float(D d, V x) { return DemoteTo(d, x); }
#endif

// ---- exponentials

// Adding this and subtracting it again rounds to an integer, which also stands in the sum's low bits.
template <class D>
inline constexpr double kRound = is_f32<D> ? 12582912.0 : 6755399441055744.0;  // 1.5 * 2^23, 1.5 * 2^52

// p * 2^n where m = n + kRound, for any |n| below twice the exponent range: in two factors, so that denormal results
// and those next to overflow come out right.
template <class D, class V>
HWY_INLINE V scale(D d, V p, V m) {
  const RebindToUnsigned<D> du;
  using U = TFromD<decltype(du)>;
  constexpr int kMantissa = is_f32<D> ? 23 : 52;
  constexpr U kMagic = is_f32<D> ? U(0x4B400000u) : U(0x4338000000000000u), kBias = is_f32<D> ? 127 : 1023;
  const auto biased = Sub(BitCast(du, m), Set(du, U(kMagic - 2 * kBias)));
  const auto half = ShiftRight<1>(biased);
  return Mul(Mul(p, BitCast(d, ShiftLeft<kMantissa>(half))), BitCast(d, ShiftLeft<kMantissa>(Sub(biased, half))));
}
#if WICK_WIDE_X86
HWY_INLINE Vec512<float> scale(Full512<float> d, Vec512<float> p, Vec512<float> m) {
  return Vec512<float>{_mm512_scalef_ps(p.raw, Sub(m, num(d, kRound<Full512<float>>)).raw)};
}
HWY_INLINE Vec512<double> scale(Full512<double> d, Vec512<double> p, Vec512<double> m) {
  return Vec512<double>{_mm512_scalef_pd(p.raw, Sub(m, num(d, kRound<Full512<double>>)).raw)};
}
#endif

// e^r - 1 for |r| <= ln(2) / 2.
template <class D, class V>
HWY_INLINE V expm1_poly(D d, V r) {
  V q;
  if constexpr (is_f32<D>)
    q = poly(d, r, 0.50000000785153093972, 0.16666666789068540448, 0.04166626813032843195, 0.0083332806842935484991,
             0.001394619503149810491, 0.00019909578077061014682);
  else
    q = poly(d, r, 0.49999999999999999975, 0.16666666666666683971, 0.04166666666666671, 0.0083333333333166364067,
             0.0013888888888864893766, 0.00019841269897324131969, 0.000024801587362003737645, 2.7557233962177990081e-6,
             2.7557242763830983688e-7, 2.5112338383261361364e-8, 2.0924186652526603548e-9);
  return MulAdd(Mul(r, r), q, r);
}

// x = n ln(2) + r; returns r, and n + kRound in m.
template <class D, class V>
HWY_INLINE V exp_reduce(D d, V x, V& m) {
  m = MulAdd(x, num(d, 1.44269504088896340736), num(d, kRound<D>));
  const V n = Sub(m, num(d, kRound<D>));
  const V hi = num(d, is_f32<D> ? 0.693359375 : 6.93147180369123816490e-01);
  const V lo = num(d, is_f32<D> ? -2.12194440054690581e-4 : 1.90821492927058770002e-10);
  return NegMulAdd(n, lo, NegMulAdd(n, hi, x));
}

// e^x * 2^shift; the shift avoids an early overflow in cosh and sinh.
template <class D, class V>
HWY_INLINE V exp_shifted(D d, V x, int shift) {
  x = at_most(d, num(d, is_f32<D> ? 91.0 : 712.0), at_least(d, num(d, is_f32<D> ? -105.0 : -747.0), x));
  V m;
  const V r = exp_reduce(d, x, m);
  return scale(d, Add(expm1_poly(d, r), num(d, 1)), Add(m, num(d, shift)));
}
template <class D, class V>
HWY_INLINE V exp(D d, V x) { return exp_shifted(d, x, 0); }

template <class D, class V>
HWY_INLINE V exp2(D d, V x) {
  x = at_most(d, num(d, is_f32<D> ? 130.0 : 1026.0), at_least(d, num(d, is_f32<D> ? -152.0 : -1080.0), x));
  const V m = Add(x, num(d, kRound<D>));
  const V r = Mul(Sub(x, Sub(m, num(d, kRound<D>))), num(d, 0.69314718055994530942));
  return scale(d, Add(expm1_poly(d, r), num(d, 1)), m);
}

template <class D, class V>
HWY_INLINE V expm1(D d, V x) {
  const V y = at_most(d, num(d, is_f32<D> ? 89.0 : 710.0), at_least(d, num(d, is_f32<D> ? -30.0 : -60.0), x));
  V m;
  const V p = expm1_poly(d, exp_reduce(d, y, m));
  // 2^n p + (2^n - 1), everything halved: 2^128 is out of range where the result is not.
  const V s = scale(d, num(d, 0.5), m);
  const V h = MulAdd(s, p, Sub(s, num(d, 0.5)));
  return CopySign(Add(h, h), x);
}

// ---- logarithms

// x = m 2^e with m in [sqrt(1/2), sqrt(2)); returns m - 1. x is positive and finite.
template <class D, class V>
HWY_INLINE V log_reduce(D d, V x, V& e) {
  const RebindToUnsigned<D> du;
  using U = TFromD<decltype(du)>;
  constexpr int kMantissa = is_f32<D> ? 23 : 52;
  constexpr U kRootHalf = is_f32<D> ? U(0x3F3504F3u) : U(0x3FE6A09E667F3BCDu), kBias = is_f32<D> ? 127 : 1023;
  constexpr U kTwoToMantissa = is_f32<D> ? U(0x4B000000u) : U(0x4330000000000000u);
  const auto tiny = Lt(x, Set(d, std::numeric_limits<TFromD<D>>::min()));
  x = IfThenElse(tiny, Mul(x, num(d, is_f32<D> ? 33554432.0 : 18014398509481984.0)), x);
  const auto bits = Add(BitCast(du, x), Set(du, U((kBias << kMantissa) - kRootHalf)));
  // An integer below 2^mantissa becomes floating by or-ing the exponent of 2^mantissa and subtracting it.
  e = BitCast(d, Or(ShiftRight<kMantissa>(bits), Set(du, kTwoToMantissa)));
  e = Sub(e, num(d, (is_f32<D> ? 8388608.0 : 4503599627370496.0) + double(kBias)));
  e = Sub(e, IfThenElseZero(tiny, num(d, is_f32<D> ? 25 : 54)));
  const auto m = Add(And(bits, Set(du, U((U(1) << kMantissa) - 1))), Set(du, kRootHalf));
  return Sub(BitCast(d, m), num(d, 1));
}

// e ln(2) + log(1 + f) for f in [sqrt(1/2) - 1, sqrt(2) - 1].
template <class D, class V>
HWY_INLINE V log_finish(D d, V f, V e) {
  if constexpr (is_f32<D>) {
    const V z = Mul(f, f);
    V y = poly(d, f, 0.33333311949973115938, -0.25000001444658619657, 0.20002149779101576213, -0.16668410890458064232,
               0.14219331213702361896, -0.12398871873176296201, 0.11883151566397652604, -0.11710733046808271242,
               0.067982726648383946317);
    y = MulAdd(Mul(z, f), y, Mul(e, num(d, -2.12194440054690581e-4)));
    y = Add(f, NegMulAdd(z, num(d, 0.5), y));
    return MulAdd(e, num(d, 0.693359375), y);
  } else {
    const V s = Div(f, Add(f, num(d, 2)));
    const V z = Mul(s, s);
    const V r = Mul(z, poly(d, z, 0.66666666666666969792, 0.39999999999624048488, 0.28571428701308994404,
                            0.22222202389218940022, 0.18183381747831586801, 0.15318402014867130903,
                            0.14755033854359705498));
    const V half = Mul(Mul(f, f), num(d, 0.5));
    const V low = MulAdd(e, num(d, 1.90821492927058770002e-10), Mul(s, Add(half, r)));
    return MulAdd(e, num(d, 6.93147180369123816490e-01), Sub(f, Sub(half, low)));
  }
}

// Puts log's values at 0, infinity, below zero and at NaN.
template <class D, class V>
HWY_INLINE V log_edges(D d, V x, V y) {
  const V edge = IfThenElse(Eq(x, inf(d)), x, IfThenElse(Eq(x, Zero(d)), Neg(inf(d)), nan(d)));
  return IfThenElse(And(Gt(x, Zero(d)), Lt(x, inf(d))), y, edge);
}
template <class D, class V>
HWY_INLINE V log(D d, V x) {
  V e;
  const V f = log_reduce(d, x, e);
  return log_edges(d, x, log_finish(d, f, e));
}

// The logarithm to another base: e scaled exactly, log(1 + f) by the base's factor in two parts.
template <class D, class V>
HWY_INLINE V log2(D d, V x) {
  V e;
  const V y = log_finish(d, log_reduce(d, x, e), Zero(d));
  const V low = Mul(y, num(d, is_f32<D> ? 1.92596299112661e-8 : 2.0355273740931033e-17));
  return log_edges(d, x, Add(e, MulAdd(y, num(d, 1.44269504088896340736), low)));
}
template <class D, class V>
HWY_INLINE V log10(D d, V x) {
  V e;
  const V y = log_finish(d, log_reduce(d, x, e), Zero(d));
  // log10(2) with the low bits cleared, so that e times it is exact, and the rest.
  const V hi = num(d, is_f32<D> ? 0.301025390625 : 3.01029995663611771306e-01);
  const V lo = num(d, is_f32<D> ? 4.60503898119521e-6 : 3.69423907715893078616e-13);
  return log_edges(d, x, MulAdd(e, hi, MulAdd(y, num(d, 0.43429448190325182765), Mul(e, lo))));
}

template <class D, class V>
HWY_INLINE V log1p(D d, V x) {
  const V u = Add(num(d, 1), x);
  V e;
  V f = log_reduce(d, u, e);
  // What 1 + x lost, scaled like its mantissa; while e = 0 this restores f = x exactly. Beyond the mantissa's range
  // nothing of it is left.
  const V lost = Sub(x, Sub(u, num(d, 1)));
  const V c = scale(d, lost, Sub(num(d, kRound<D>), at_most(d, num(d, 64), e)));
  f = IfThenElse(Lt(u, num(d, is_f32<D> ? 1e9 : 1e18)), Add(f, c), f);
  const V y = log_edges(d, u, log_finish(d, f, e));
  return IfThenElse(Lt(Abs(x), num(d, is_f32<D> ? 1e-9 : 1e-18)), x, y);
}

// log(1 + x) for x in [0, 1], or NaN: one halving at most brings 1 + x into log's range, and nothing is lost.
template <class D, class V>
HWY_INLINE V log1p_unit(D d, V x) {
  const auto big = Gt(x, num(d, 0.41421356));
  const V f = IfThenElse(big, Mul(Sub(x, num(d, 1)), num(d, 0.5)), x);
  return log_finish(d, f, IfThenElseZero(big, num(d, 1)));
}

// ---- sigmoid, tanh, erf

template <class D, class V>
HWY_INLINE V sigmoid(D d, V x) { return Div(num(d, 1), Add(num(d, 1), exp(d, Neg(x)))); }

template <class D, class V>
HWY_INLINE V tanh(D d, V x) {
  const V a = at_most(d, num(d, 22), Abs(x));  // 1 in double from here on
  V m;
  const V p = expm1_poly(d, exp_reduce(d, Add(a, a), m));
  const V s = scale(d, num(d, 1), m);
  const V t = MulAdd(s, p, Sub(s, num(d, 1)));  // e^2a - 1
  return CopySign(Div(t, Add(t, num(d, 2))), x);
}

template <class D, class V>
HWY_INLINE V erf(D d, V x) {
  const V a = Abs(x);
  const V z = Mul(x, x);
  V small, large;
  if constexpr (is_f32<D>) {
    small = poly(d, z, 1.1283791670623608867, -0.37612638475991321525, 0.11283782622062184305, -0.026865438310515114376,
                 0.0052210534125376749363, -0.00084843965506018933733, 0.00011268253894199437457,
                 -9.6735908117507825415e-6);
    // -log(erfc(a)) on [0.98, 4.05]
    const V b = at_most(d, num(d, 4.05), a);
    const V g = poly(d, b, 0.00029971483794293998459, 1.127256037324135826, 0.63787232613507905448,
                     0.10333975214846375725, -0.021947988937117999482, 0.0029747757471950625357,
                     -0.00018911065065929699237);
    large = exp(d, Neg(g));
  } else {
    small = poly(d, z, 1.1283791670955125738, -0.37612638903183748117, 0.11283791670954881569,
                 -0.026866170645077334198, 0.0052239776248232225684, -0.00085483269811296659963,
                 0.00012055331122299265255, -0.000014925595519506043454, 1.6461004480962034678e-6,
                 -1.6350354461959655636e-7, 1.4660051998394847679e-8, -1.1373902296430911635e-9,
                 5.9589307431349412188e-11);
    // exp(b^2) erfc(b) on [1, 6.1] in t = (b - 3) / (b + 3)
    const V b = at_most(d, num(d, 6.1), a);
    const V t = Div(Sub(b, num(d, 3)), Add(b, num(d, 3)));
    large = poly(d, t, 0.17900115118138996571, -0.32623356004303651038, 0.24560380171233566007,
                 -0.15011593650092528545, 0.071665837195294745196, -0.024392499333786785268, 0.0042691363383262720006,
                 0.00070774687568778581289, -0.00059706020322871877742, 0.000045255226710824025945,
                 0.000064037046438298428701, -0.000012914981302996505244, -7.993673846610488461e-6,
                 2.3423311238238982412e-6, 1.7911933085872481014e-6, 2.6580009618541245671e-7);
    large = Mul(large, exp(d, Neg(Mul(b, b))));
  }
  return IfThenElse(Lt(a, num(d, 1)), Mul(x, small), CopySign(Sub(num(d, 1), large), x));
}

// The normal distribution function at x, given gauss = exp(-x^2 / 2): accurate in both tails, where 1 + erf cancels.
template <class D, class V>
HWY_INLINE V normal_cdf(D d, V x, V gauss) {
  // exp(t^2) erfc(t) on [0, 10] in s = (t - 3) / (t + 3)
  const V t = at_most(d, num(d, 10), Mul(Abs(x), num(d, 0.70710678118654752440)));
  const V s = Div(Sub(t, num(d, 3)), Add(t, num(d, 3)));
  V r;
  if constexpr (is_f32<D>)
    r = poly(d, s, 0.17900115063057682895, -0.32623363994926527919, 0.2456039775423230403, -0.15011343293770625627,
             0.071662609111451848133, -0.024415011184400210775, 0.0042816376040581428143, 0.00079078522550848648183,
             -0.00059046308373465332069, -0.000069759554782258039154);
  else
    r = poly(d, s, 0.1790011511813899468, -0.32623356004303733673, 0.24560380171233258461, -0.15011593650076488859,
             0.07166583719785722028, -0.024392499319112551593, 0.0042691363360028308443, 0.00070774644693648250657,
             -0.00059706198891079781696, 0.00004525520954296918234, 0.000064056836489801955, -0.000012859860406318428316,
             -7.9792041700892612882e-6, 2.1170941461917171743e-6, 1.2543518671221425894e-6, -2.8580199445213173927e-7,
             -2.3396936651935537102e-7, 1.6106065294174711489e-8, 3.9282318758678530992e-8, 8.4044355123984393689e-9);
  const V tail = Mul(Mul(gauss, num(d, 0.5)), r);
  return IfThenElse(Lt(x, Zero(d)), tail, Sub(num(d, 1), tail));
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
HWY_AFTER_NAMESPACE();
#endif
