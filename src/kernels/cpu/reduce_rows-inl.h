// Per-target helpers for kernels over rows of floating data: loads and stores that convert half and bfloat16 to float,
// loops with a partial last vector, exp and log. Include after hwy/highway.h, once per target.
#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

#include <wick/core/dtype.h>

#if defined(WICK_REDUCE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_REDUCE_ROWS_INL_H_
#undef WICK_REDUCE_ROWS_INL_H_
#else
#define WICK_REDUCE_ROWS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::cpu::rows {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Type that T computes in, and its vector tag.
template <class T> using AccOf = std::conditional_t<std::is_same_v<T, double>, double, float>;
template <class A> using Tag = hn::ScalableTag<A>;
template <class A> using VecOf = hn::Vec<Tag<A>>;

// How much of a vector a loop body works on: all of it, or the first `n` lanes (the rest reads as zero).
struct Whole {};
struct Part { size_t n; };

template <class A>
HWY_INLINE VecOf<A> LoadAs(const A* p) { return hn::LoadU(Tag<A>(), p); }
HWY_INLINE VecOf<float> LoadAs(const BFloat16* p) {
  const Tag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::Rebind<uint16_t, decltype(d)> d16;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, hn::LoadU(d16, reinterpret_cast<const uint16_t*>(p)))));
}
HWY_INLINE VecOf<float> LoadAs(const Half* p) {
  const Tag<float> d;
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128  // Highway's own emulation knows no infinities and truncates
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  for (size_t i = 0; i < hn::Lanes(d); ++i) lanes[i] = p[i];
  return hn::Load(d, lanes);
#else
  const hn::Rebind<hwy::float16_t, decltype(d)> d16;
  return hn::PromoteTo(d, hn::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(p)));
#endif
}

template <class A>
HWY_INLINE void StoreAs(VecOf<A> v, A* p) { hn::StoreU(v, Tag<A>(), p); }
HWY_INLINE void StoreAs(VecOf<float> v, BFloat16* p) {  // to nearest even; NaN keeps a mantissa bit
  const Tag<float> d;
  const hn::RebindToUnsigned<decltype(d)> du;
  const hn::RebindToSigned<decltype(d)> di;
  const hn::Rebind<uint16_t, decltype(d)> d16;
  const auto b = hn::BitCast(du, v), one = hn::Set(du, 1u);
  const auto rounded = hn::Add(b, hn::Add(hn::Set(du, 0x7fffu), hn::And(hn::ShiftRight<16>(b), one)));
  const auto bits = hn::IfThenElse(hn::RebindMask(du, hn::IsNaN(v)), hn::Set(du, 0x7fc00000u), rounded);
  const auto high = hn::BitCast(di, hn::ShiftRight<16>(bits));
  hn::StoreU(hn::DemoteTo(d16, high), d16, reinterpret_cast<uint16_t*>(p));
}
HWY_INLINE void StoreAs(VecOf<float> v, Half* p) {
#if HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
  const Tag<float> d;
  HWY_ALIGN float lanes[hn::MaxLanes(d)];
  hn::Store(v, d, lanes);
  for (size_t i = 0; i < hn::Lanes(d); ++i) p[i] = Half(lanes[i]);
#else
  const hn::Rebind<hwy::float16_t, Tag<float>> d16;
  hn::StoreU(hn::DemoteTo(d16, v), d16, reinterpret_cast<hwy::float16_t*>(p));
#endif
}

template <class T>
HWY_INLINE auto LoadAs(const T* p, Whole) { return LoadAs(p); }
template <class T>
HWY_INLINE void StoreAs(VecOf<AccOf<T>> v, T* p, Whole) { StoreAs(v, p); }
template <class T>
HWY_INLINE auto LoadAs(const T* p, Part k) {
  const Tag<AccOf<T>> d;
#if !HWY_MEM_OPS_MIGHT_FAULT
  if constexpr (std::is_same_v<T, AccOf<T>>) return hn::MaskedLoad(hn::FirstN(d, k.n), d, p);
#endif
  T buf[hn::MaxLanes(d)] = {};
  std::memcpy(static_cast<void*>(buf), p, k.n * sizeof(T));
  return LoadAs(buf);
}
template <class T>
HWY_INLINE void StoreAs(VecOf<AccOf<T>> v, T* p, Part k) {
  const Tag<AccOf<T>> d;
#if !HWY_MEM_OPS_MIGHT_FAULT
  if constexpr (std::is_same_v<T, AccOf<T>>) return hn::BlendedStore(v, hn::FirstN(d, k.n), d, p);
#endif
  T buf[hn::MaxLanes(d)];
  StoreAs(v, buf);
  std::memcpy(static_cast<void*>(p), buf, k.n * sizeof(T));
}

// Lanes outside the part take `fill`.
template <class A>
HWY_INLINE VecOf<A> Fill(VecOf<A> v, VecOf<A>, Whole) { return v; }
template <class A>
HWY_INLINE VecOf<A> Fill(VecOf<A> v, VecOf<A> fill, Part k) {
  return hn::IfThenElse(hn::FirstN(Tag<A>(), k.n), v, fill);
}

// body(i, part) over [0, n) in vectors of A.
template <class A, class F>
HWY_INLINE void EachVector(int64_t n, const F& body) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(Tag<A>()));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) body(i, Whole{});
  if (i < n) body(i, Part{static_cast<size_t>(n - i)});
}

// Four independent accumulators hide the latency of adds: body(i, part, j), j the accumulator's number.
template <class A, class F>
HWY_INLINE void EachVector4(int64_t n, const F& body) {
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(Tag<A>()));
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    body(i, Whole{}, std::integral_constant<int, 0>{});
    body(i + lanes, Whole{}, std::integral_constant<int, 1>{});
    body(i + 2 * lanes, Whole{}, std::integral_constant<int, 2>{});
    body(i + 3 * lanes, Whole{}, std::integral_constant<int, 3>{});
  }
  for (; i + lanes <= n; i += lanes) body(i, Whole{}, std::integral_constant<int, 0>{});
  if (i < n) body(i, Part{static_cast<size_t>(n - i)}, std::integral_constant<int, 1>{});
}

template <class A>
struct Four {  // the accumulators; an array of vectors would be spilt, and SVE forbids it
  VecOf<A> v0, v1, v2, v3;
  explicit HWY_INLINE Four(VecOf<A> v) : v0(v), v1(v), v2(v), v3(v) {}
  template <int J>
  HWY_INLINE VecOf<A>& at(std::integral_constant<int, J>) {
    if constexpr (J == 0) return v0;
    else if constexpr (J == 1) return v1;
    else if constexpr (J == 2) return v2;
    else return v3;
  }
  HWY_INLINE VecOf<A> sum() const { return hn::Add(hn::Add(v0, v1), hn::Add(v2, v3)); }
};

template <class A>
HWY_INLINE A SumLanes(VecOf<A> v) { return hn::GetLane(hn::SumOfLanes(Tag<A>(), v)); }

// Maximum that keeps NaN from either side.
template <class A>
HWY_INLINE VecOf<A> MaxNan(VecOf<A> a, VecOf<A> b) {
  const auto m = hn::IfThenElse(hn::Gt(a, b), a, b);  // b where either is NaN
  return hn::IfThenElse(hn::IsNaN(a), a, m);
}
template <class A>
HWY_INLINE VecOf<A> MinNan(VecOf<A> a, VecOf<A> b) {
  const auto m = hn::IfThenElse(hn::Lt(a, b), a, b);
  return hn::IfThenElse(hn::IsNaN(a), a, m);
}
template <class A>
HWY_INLINE A MaxLanesNan(VecOf<A> v) {
  if (!hn::AllFalse(Tag<A>(), hn::IsNaN(v))) return std::numeric_limits<A>::quiet_NaN();
  return hn::GetLane(hn::MaxOfLanes(Tag<A>(), v));
}
template <class A>
HWY_INLINE A MinLanesNan(VecOf<A> v) {
  if (!hn::AllFalse(Tag<A>(), hn::IsNaN(v))) return std::numeric_limits<A>::quiet_NaN();
  return hn::GetLane(hn::MinOfLanes(Tag<A>(), v));
}

// e^x to about 1 ulp. Highway's own turns NaN into 0; this keeps it. Subnormal results are kept, overflow is inf.
HWY_INLINE VecOf<float> ExpOf(VecOf<float> x) {
  const Tag<float> d;
  const hn::RebindToSigned<Tag<float>> di;
  const auto magic = hn::Set(d, 12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer, held in the low bits
  const auto xc = hn::IfThenElse(hn::Gt(x, hn::Set(d, 89.0f)), hn::Set(d, 89.0f), x);
  const auto t = hn::MulAdd(xc, hn::Set(d, 1.44269504088896341f), magic);
  const auto q = hn::Sub(t, magic);
  auto r = hn::NegMulAdd(q, hn::Set(d, 0.693145751953125f), xc);
  r = hn::NegMulAdd(q, hn::Set(d, 1.42860677e-6f), r);
  auto p = hn::MulAdd(r, hn::Set(d, 1.9852762e-4f), hn::Set(d, 1.3930436e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 8.3333608e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.1666485e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.16666667f));
  p = hn::MulAdd(p, r, hn::Set(d, 0.5f));
  p = hn::MulAdd(p, hn::Mul(r, r), r);
  p = hn::Add(p, hn::Set(d, 1.0f));
  // 2^q in two factors, so that neither leaves the normal range
  const auto n = hn::Sub(hn::BitCast(di, t), hn::Set(di, 0x4B400000));
  const auto h = hn::ShiftRight<1>(n), bias = hn::Set(di, 127);
  const auto s1 = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(h, bias)));
  const auto s2 = hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(hn::Sub(n, h), bias)));
  const auto y = hn::Mul(hn::Mul(p, s1), s2);
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, -104.0f)), hn::Zero(d), y);
}
HWY_INLINE VecOf<double> ExpOf(VecOf<double> x) {
  const Tag<double> d;
  const hn::RebindToSigned<Tag<double>> di;
  const auto magic = hn::Set(d, 6755399441055744.0);  // 1.5 * 2^52
  const auto xc = hn::IfThenElse(hn::Gt(x, hn::Set(d, 710.0)), hn::Set(d, 710.0), x);
  const auto t = hn::MulAdd(xc, hn::Set(d, 1.44269504088896341), magic);
  const auto q = hn::Sub(t, magic);
  auto r = hn::NegMulAdd(q, hn::Set(d, 0.69314718036912382), xc);
  r = hn::NegMulAdd(q, hn::Set(d, 1.9082149292705877e-10), r);
  auto p = hn::Set(d, 1.0 / 6227020800.0);
  p = hn::MulAdd(p, r, hn::Set(d, 1.0 / 479001600.0));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0 / 39916800.0));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0 / 3628800.0));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0 / 362880.0));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0 / 40320.0));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0 / 5040.0));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0 / 720.0));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0 / 120.0));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0 / 24.0));
  p = hn::MulAdd(p, r, hn::Set(d, 1.0 / 6.0));
  p = hn::MulAdd(p, r, hn::Set(d, 0.5));
  p = hn::Add(hn::MulAdd(p, hn::Mul(r, r), r), hn::Set(d, 1.0));
  const auto n = hn::Sub(hn::BitCast(di, t), hn::Set(di, int64_t{0x4338000000000000}));
  // a 64-bit arithmetic shift is missing before AVX-512: halve the biased number instead
  const auto h = hn::BitCast(di, hn::ShiftRight<1>(hn::BitCast(hn::RebindToUnsigned<Tag<double>>(),
                                                               hn::Add(n, hn::Set(di, int64_t{4096})))));
  const auto hs = hn::Sub(h, hn::Set(di, int64_t{2048})), bias = hn::Set(di, int64_t{1023});
  const auto s1 = hn::BitCast(d, hn::ShiftLeft<52>(hn::Add(hs, bias)));
  const auto s2 = hn::BitCast(d, hn::ShiftLeft<52>(hn::Add(hn::Sub(n, hs), bias)));
  const auto y = hn::Mul(hn::Mul(p, s1), s2);
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, -746.0)), hn::Zero(d), y);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu::rows
HWY_AFTER_NAMESPACE();
#endif  // toggle
