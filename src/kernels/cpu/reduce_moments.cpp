#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cpu/reduce_parts.h"
#include "kernels/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/reduce_moments.cpp"
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
struct Sum {
  static constexpr A init = 0;
  static HWY_INLINE VecOf<A> map(VecOf<A> x) { return x; }
  static HWY_INLINE VecOf<A> join(VecOf<A> a, VecOf<A> b) { return hn::Add(a, b); }
  static A join1(A a, A b) { return a + b; }
  static HWY_INLINE A lanes(VecOf<A> v) { return SumLanes<A>(v); }
};
template <class A>
struct Deviation : Sum<A> {
  A mean;
  explicit Deviation(A m) : mean(m) {}
  HWY_INLINE VecOf<A> map(VecOf<A> x) const {
    const auto v = hn::Sub(x, hn::Set(Tag<A>(), mean));
    return hn::Mul(v, v);
  }
};

// The mean is rounded to A for the second pass; what that adds to the sum of squares, n times the square of the
// rounding, is taken off again.
double Corrected(double squares, double mean, double rounded, int64_t n) {
  const double e = mean - rounded;
  return std::isfinite(e) ? std::max(0.0, squares - static_cast<double>(n) * e * e) : squares;
}

// Deviations no larger than the rounding of the mean come from that rounding as likely as from the data (equal
// elements have none at all): such rows are done again in double, from differences to their first element.
template <class T, class A = AccOf<T>>
void Refine(const T* x, int64_t n, int64_t stride, double* out) {
  const double doubt = 4 * static_cast<double>(std::numeric_limits<A>::epsilon()) * out[0];
  if (!(out[1] > 0 && out[1] <= static_cast<double>(n) * doubt * doubt)) return;
  const double first = static_cast<double>(static_cast<A>(x[0]));
  double sum = 0, squares = 0;
  for (int64_t i = 0; i < n; ++i) sum += static_cast<double>(static_cast<A>(x[i * stride])) - first;
  const double shift = sum / static_cast<double>(n);
  for (int64_t i = 0; i < n; ++i) {
    const double d = static_cast<double>(static_cast<A>(x[i * stride])) - first - shift;
    squares += d * d;
  }
  out[0] = first + shift;
  out[1] = squares;
}

template <class T, class A = AccOf<T>>
void Moments(const Segment& s, double* out) {
  const T* x = static_cast<const T*>(s.in);
  const double n = static_cast<double>(s.n);
  if (s.stride == 1) {
    const double mean = FoldRow(Sum<A>(), x, s.n) / n;
    const A m = static_cast<A>(mean);
    out[0] = mean;
    out[1] = Corrected(FoldRow(Deviation<A>(m), x, s.n), mean, static_cast<double>(m), s.n);
    Refine(x, s.n, 1, out);
    return;
  }
  const Tag<A> d;
  HWY_ALIGN A mean[kReduceTile], acc[kReduceTile];
  double sum[kReduceTile], total[kReduceTile];
  FoldColumns(Sum<A>(), x, s.n, s.stride, s.cols, sum);
  for (int64_t c = 0; c < s.cols; ++c) mean[c] = static_cast<A>(sum[c] / n), total[c] = 0;
  for (int64_t b = 0; b < s.n; b += 64) {
    std::fill_n(acc, s.cols, A{0});
    for (int64_t r = b; r < std::min(s.n, b + 64); ++r)
      EachVector<A>(s.cols, [&](int64_t c, auto k) HWY_ATTR {
        const auto v = hn::Sub(LoadAs(x + r * s.stride + c, k), hn::LoadU(d, mean + c));
        hn::StoreU(hn::MulAdd(v, v, hn::LoadU(d, acc + c)), d, acc + c);
      });
    for (int64_t c = 0; c < s.cols; ++c) total[c] += acc[c];
  }
  for (int64_t c = 0; c < s.cols; ++c) {
    out[2 * c] = sum[c] / n;
    out[2 * c + 1] = Corrected(total[c], sum[c] / n, static_cast<double>(mean[c]), s.n);
    Refine(x + c, s.n, s.stride, out + 2 * c);
  }
}

// The base of the exponentials: the maximum, or 0 where that is infinite or NaN, as inf - inf would be NaN.
template <class A>
A Base(A max) { return std::isfinite(max) ? max : A{0}; }

template <class T, class A = AccOf<T>>
void LogSumExp(const Segment& s, double* out) {
  const T* x = static_cast<const T*>(s.in);
  const Tag<A> d;
  const A lowest = -std::numeric_limits<A>::infinity();
  if (s.stride == 1) {
    Four<A> m(hn::Set(d, lowest)), e(hn::Zero(d));
    EachVector4<A>(s.n, [&](int64_t i, auto k, auto j) HWY_ATTR {
      m.at(j) = hn::Max(m.at(j), Fill<A>(LoadAs(x + i, k), hn::Set(d, lowest), k));
    });
    const A max = hn::GetLane(hn::MaxOfLanes(d, hn::Max(hn::Max(m.v0, m.v1), hn::Max(m.v2, m.v3))));
    const auto base = hn::Set(d, Base(max));
    EachVector4<A>(s.n, [&](int64_t i, auto k, auto j) HWY_ATTR {
      e.at(j) = hn::Add(e.at(j), Fill<A>(ExpOf(hn::Sub(LoadAs(x + i, k), base)), hn::Zero(d), k));
    });
    out[0] = Base(max);
    out[1] = SumLanes<A>(e.sum());
    return;
  }
  HWY_ALIGN A max[kReduceTile], sum[kReduceTile];
  std::fill_n(max, s.cols, lowest);
  std::fill_n(sum, s.cols, A{0});
  for (int64_t r = 0; r < s.n; ++r)
    EachVector<A>(s.cols, [&](int64_t c, auto k) HWY_ATTR {
      hn::StoreU(hn::Max(hn::LoadU(d, max + c), LoadAs(x + r * s.stride + c, k)), d, max + c);
    });
  for (int64_t c = 0; c < s.cols; ++c) max[c] = Base(max[c]);
  for (int64_t r = 0; r < s.n; ++r)
    EachVector<A>(s.cols, [&](int64_t c, auto k) HWY_ATTR {
      const auto v = ExpOf(hn::Sub(LoadAs(x + r * s.stride + c, k), hn::LoadU(d, max + c)));
      hn::StoreU(hn::Add(hn::LoadU(d, sum + c), v), d, sum + c);
    });
  for (int64_t c = 0; c < s.cols; ++c) out[2 * c] = max[c], out[2 * c + 1] = sum[c];
}

// f on each contiguous row, or on all columns.
template <class T, class F>
void EachRow(const Segment& s, double* out, const F& f) {
  if (s.stride != 1) return f(s, out);
  for (int64_t r = 0; r < s.cols; ++r) f({static_cast<const T*>(s.in) + r * s.n, s.n, 1, 1}, out + 2 * r);
}

#define WICK_BY_TYPE(type, call)     \
  switch (type) {                    \
    case kFloat: call(float); break; \
    case kDouble: call(double); break; \
    case kHalf: call(Half); break;   \
    default: call(BFloat16); break;  \
  }
void FoldMoments(ScalarType type, const Segment& s, double* out) {
#define CALL(T) EachRow<T>(s, out, [](const Segment& one, double* to) { Moments<T>(one, to); })
  WICK_BY_TYPE(type, CALL)
#undef CALL
}
void FoldLogSumExp(ScalarType type, const Segment& s, double* out) {
#define CALL(T) EachRow<T>(s, out, [](const Segment& one, double* to) { LogSumExp<T>(one, to); })
  WICK_BY_TYPE(type, CALL)
#undef CALL
}

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {

namespace {
HWY_EXPORT(FoldMoments);
HWY_EXPORT(FoldLogSumExp);
}
void fold_moments(ScalarType type, const Segment& s, double* mean_m2) {
  HWY_DYNAMIC_DISPATCH(FoldMoments)(type, s, mean_m2);
}
void fold_logsumexp(ScalarType type, const Segment& s, double* max_sum) {
  HWY_DYNAMIC_DISPATCH(FoldLogSumExp)(type, s, max_sum);
}

}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE
