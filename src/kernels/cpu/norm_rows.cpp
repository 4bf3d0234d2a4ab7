#include <algorithm>
#include <cmath>

#include "kernels/cpu/norm_parts.h"
#include "kernels/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/norm_rows.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include "kernels/cpu/reduce_rows-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace {
namespace HWY_NAMESPACE {
using namespace rows::HWY_NAMESPACE;

// Sums in A over blocks, in double over the blocks: exact enough for runs of any length.
constexpr int64_t kBlock = 4096;

template <class T, class A = AccOf<T>>
double Total(const T* x, int64_t n) {
  const Tag<A> d;
  double sum = 0;
  for (int64_t b = 0; b < n; b += kBlock) {
    Four<A> s(hn::Zero(d));
    EachVector4<A>(std::min(kBlock, n - b), [&](int64_t i, auto k, auto j) HWY_ATTR {
      s.at(j) = hn::Add(s.at(j), LoadAs(x + b + i, k));
    });
    sum += SumLanes<A>(s.sum());
  }
  return sum;
}
template <class T, class A = AccOf<T>>
double SquaresAbout(const T* x, int64_t n, A mean) {
  const Tag<A> d;
  const auto m = hn::Set(d, mean);
  double sum = 0;
  for (int64_t b = 0; b < n; b += kBlock) {
    Four<A> s(hn::Zero(d));
    EachVector4<A>(std::min(kBlock, n - b), [&](int64_t i, auto k, auto j) HWY_ATTR {
      const auto v = Fill<A>(hn::Sub(LoadAs(x + b + i, k), m), hn::Zero(d), k);
      s.at(j) = hn::MulAdd(v, v, s.at(j));
    });
    sum += SumLanes<A>(s.sum());
  }
  return sum;
}
template <class T>
void Moments(const T* x, int64_t n, double* mean, double* m2) {
  *mean = Total(x, n) / static_cast<double>(n);
  *m2 = SquaresAbout(x, n, static_cast<AccOf<T>>(*mean));
}

template <class T>
void Rows(const NormRows& o, int64_t begin, int64_t end) {
  using A = AccOf<T>;
  const Tag<A> d;
  const A *gamma = static_cast<const A*>(o.gamma), *beta = static_cast<const A*>(o.beta);
  for (int64_t r = begin; r < end; ++r) {
    const T* x = static_cast<const T*>(o.x) + r * o.n;
    T* y = static_cast<T*>(o.y) + r * o.n;
    double mean = 0, m2;
    if (o.center) Moments(x, o.n, &mean, &m2);
    else m2 = SquaresAbout(x, o.n, A{0});
    const double rstd = 1 / std::sqrt(m2 / static_cast<double>(o.n) + o.eps);
    if (o.mean) static_cast<A*>(o.mean)[r] = static_cast<A>(mean);
    if (o.rstd) static_cast<A*>(o.rstd)[r] = static_cast<A>(rstd);
    const auto m = hn::Set(d, static_cast<A>(mean)), s = hn::Set(d, static_cast<A>(rstd));
    EachVector<A>(o.n, [&](int64_t i, auto k) HWY_ATTR {
      const auto v = hn::Mul(hn::Sub(LoadAs(x + i, k), m), s);
      StoreAs(hn::MulAdd(v, LoadAs(gamma + i, k), LoadAs(beta + i, k)), y + i, k);
    });
  }
}

template <class T>
void RowsBackward(const NormRowsBackward& o, int64_t begin, int64_t end, AccOf<T>* ggamma, AccOf<T>* gbeta) {
  using A = AccOf<T>;
  const Tag<A> d;
  const A* gamma = static_cast<const A*>(o.gamma);
  for (int64_t r = begin; r < end; ++r) {
    const T *x = static_cast<const T*>(o.x) + r * o.n, *gy = static_cast<const T*>(o.gy) + r * o.n;
    T* gx = o.gx ? static_cast<T*>(o.gx) + r * o.n : nullptr;
    const auto m = hn::Set(d, o.center ? static_cast<const A*>(o.mean)[r] : A{0});
    const auto s = hn::Set(d, static_cast<const A*>(o.rstd)[r]);
    Four<A> c1(hn::Zero(d)), c2(hn::Zero(d));
    EachVector4<A>(o.n, [&](int64_t i, auto k, auto j) HWY_ATTR {
      const auto g = LoadAs(gy + i, k), xhat = hn::Mul(hn::Sub(LoadAs(x + i, k), m), s);
      const auto gg = hn::Mul(g, LoadAs(gamma + i, k));  // zero beyond the end
      c1.at(j) = hn::Add(c1.at(j), gg);
      c2.at(j) = hn::MulAdd(gg, xhat, c2.at(j));
      if (ggamma) StoreAs(hn::MulAdd(g, xhat, LoadAs(ggamma + i, k)), ggamma + i, k);
      if (gbeta) StoreAs(hn::Add(g, LoadAs(gbeta + i, k)), gbeta + i, k);
    });
    if (!gx) continue;
    const A inv = A{1} / static_cast<A>(o.n);
    const auto k1 = hn::Set(d, o.center ? SumLanes<A>(c1.sum()) * inv : A{0});
    const auto k2 = hn::Set(d, SumLanes<A>(c2.sum()) * inv);
    EachVector<A>(o.n, [&](int64_t i, auto k) HWY_ATTR {
      const auto xhat = hn::Mul(hn::Sub(LoadAs(x + i, k), m), s);
      const auto gg = hn::Mul(LoadAs(gy + i, k), LoadAs(gamma + i, k));
      StoreAs(hn::Mul(s, hn::Sub(gg, hn::MulAdd(xhat, k2, k1))), gx + i, k);
    });
  }
}

#define WICK_BY_TYPE(type, call)       \
  switch (type) {                      \
    case kFloat: call(float); break;   \
    case kDouble: call(double); break; \
    case kHalf: call(Half); break;     \
    default: call(BFloat16); break;    \
  }
void RowsTask(const NormRows& o, int64_t begin, int64_t end) {
#define CALL(T) Rows<T>(o, begin, end)
  WICK_BY_TYPE(o.type, CALL)
#undef CALL
}
void RowsBackwardTask(const NormRowsBackward& o, int64_t begin, int64_t end, void* ggamma, void* gbeta) {
#define CALL(T) \
  RowsBackward<T>(o, begin, end, static_cast<AccOf<T>*>(ggamma), static_cast<AccOf<T>*>(gbeta))
  WICK_BY_TYPE(o.type, CALL)
#undef CALL
}
void MomentsTask(ScalarType type, const void* x, int64_t n, double* mean, double* m2) {
#define CALL(T) Moments(static_cast<const T*>(x), n, mean, m2)
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
HWY_EXPORT(RowsTask);
HWY_EXPORT(RowsBackwardTask);
HWY_EXPORT(MomentsTask);
}
void norm_rows(const NormRows& o, int64_t begin, int64_t end) { HWY_DYNAMIC_DISPATCH(RowsTask)(o, begin, end); }
void norm_rows_backward(const NormRowsBackward& o, int64_t begin, int64_t end, void* ggamma, void* gbeta) {
  HWY_DYNAMIC_DISPATCH(RowsBackwardTask)(o, begin, end, ggamma, gbeta);
}
void run_moments(ScalarType type, const void* x, int64_t n, double* mean, double* m2) {
  HWY_DYNAMIC_DISPATCH(MomentsTask)(type, x, n, mean, m2);
}

}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE
