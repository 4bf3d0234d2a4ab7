#include <algorithm>
#include <cmath>

#include "kernels/cpu/norm_parts.h"
#include "kernels/cpu/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/norm_spans.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include "kernels/cpu/reduce_rows-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace {
namespace HWY_NAMESPACE {
using namespace rows::HWY_NAMESPACE;

// Coefficients: one number for a run, or the i-th of an array for channels-last rows.
template <class A, bool kArray>
struct Coef {
  const A* p;
  VecOf<A> v;
  explicit HWY_INLINE Coef(const void* q) : p(static_cast<const A*>(q)), v(hn::Zero(Tag<A>())) {
    if (!kArray && p) v = hn::Set(Tag<A>(), *p);
  }
  template <class Part>
  HWY_INLINE VecOf<A> at(int64_t i, Part k) const {
    if constexpr (kArray) return LoadAs(p + i, k);
    else return v;
  }
};

// The gradient behind the rectifier. A NaN in y lets it pass, as PyTorch's threshold_backward does.
template <class T, bool kArray, class A = AccOf<T>>
struct Gate {
  const T *gy, *x, *y;
  Coef<A, kArray> a, b;
  bool relu;
  HWY_INLINE Gate(const Span& s, const void* g_, const void* x_, const void* y_)
      : gy(static_cast<const T*>(g_)), x(static_cast<const T*>(x_)), y(static_cast<const T*>(y_)), a(s.a), b(s.b),
        relu(s.relu) {}
  // `at` counts elements, `i` coefficients
  template <class Part>
  HWY_INLINE VecOf<A> grad(int64_t at, int64_t i, VecOf<A> vx, Part k) const {
    const auto g = LoadAs(gy + at, k);
    if (!relu) return g;
    const auto r = y ? LoadAs(y + at, k) : hn::MulAdd(vx, a.at(i, k), b.at(i, k));
    return hn::IfThenZeroElse(hn::Le(r, hn::Zero(Tag<A>())), g);
  }
};

// body(at, i, part): every element of the span
template <class A, bool kArray, class F>
HWY_INLINE void EachOf(const Span& s, const F& body) {
  if constexpr (!kArray) EachVector<A>(s.n, [&](int64_t i, auto k) HWY_ATTR { body(i, i, k); });
  else
    for (int64_t r = 0; r < s.n; ++r)
      EachVector<A>(s.c, [&](int64_t i, auto k) HWY_ATTR { body(r * s.c + i, i, k); });
}

template <class T, bool kArray>
void Affine(const Span& s, const void* xv, const void* rv, void* yv) {
  using A = AccOf<T>;
  const T *x = static_cast<const T*>(xv), *res = static_cast<const T*>(rv);
  T* y = static_cast<T*>(yv);
  const Coef<A, kArray> a(s.a), b(s.b);
  const auto zero = hn::Zero(Tag<A>());
  EachOf<A, kArray>(s, [&](int64_t at, int64_t i, auto k) HWY_ATTR {
    auto v = hn::MulAdd(LoadAs(x + at, k), a.at(i, k), b.at(i, k));
    if (res) v = hn::Add(v, LoadAs(res + at, k));
    if (s.relu) v = hn::IfThenZeroElse(hn::Lt(v, zero), v);  // keeps NaN
    StoreAs(v, y + at, k);
  });
}

template <class T>
void DotsRun(const Span& s, const void* gy, const void* xv, const void* y, const void* mean, double* sums) {
  using A = AccOf<T>;
  constexpr int64_t kBlock = 4096;
  const Tag<A> d;
  const Gate<T, false> gate(s, gy, xv, y);
  const auto m = hn::Set(d, *static_cast<const A*>(mean));
  double s1 = 0, s2 = 0;
  for (int64_t b = 0; b < s.n; b += kBlock) {
    Four<A> t1(hn::Zero(d)), t2(hn::Zero(d));
    EachVector4<A>(std::min(kBlock, s.n - b), [&](int64_t i, auto k, auto j) HWY_ATTR {
      const auto vx = LoadAs(gate.x + b + i, k);
      const auto g = gate.grad(b + i, 0, vx, k);
      t1.at(j) = hn::Add(t1.at(j), g);
      t2.at(j) = hn::MulAdd(g, hn::Sub(vx, m), t2.at(j));  // g is zero beyond the end
    });
    s1 += SumLanes<A>(t1.sum());
    s2 += SumLanes<A>(t2.sum());
  }
  sums[0] = s1, sums[1] = s2;
}

template <class T>
void DotsRows(const Span& s, const void* gy, const void* xv, const void* y, const void* mean, double* sums) {
  using A = AccOf<T>;
  constexpr int64_t kTile = 512, kRows = 64;
  const Tag<A> d;
  const Gate<T, true> gate(s, gy, xv, y);
  const A* m = static_cast<const A*>(mean);
  HWY_ALIGN A t1[kTile], t2[kTile];
  std::fill_n(sums, 2 * s.c, 0.0);
  for (int64_t r0 = 0; r0 < s.n; r0 += kRows)
    for (int64_t c0 = 0; c0 < s.c; c0 += kTile) {
      const int64_t cols = std::min(kTile, s.c - c0);
      std::fill_n(t1, cols, A{0});
      std::fill_n(t2, cols, A{0});
      for (int64_t r = r0; r < std::min(s.n, r0 + kRows); ++r)
        EachVector<A>(cols, [&](int64_t i, auto k) HWY_ATTR {
          const int64_t at = r * s.c + c0 + i;
          const auto vx = LoadAs(gate.x + at, k);
          const auto g = gate.grad(at, c0 + i, vx, k);
          hn::StoreU(hn::Add(hn::LoadU(d, t1 + i), g), d, t1 + i);
          hn::StoreU(hn::MulAdd(g, hn::Sub(vx, LoadAs(m + c0 + i, k)), hn::LoadU(d, t2 + i)), d, t2 + i);
        });
      for (int64_t i = 0; i < cols; ++i) sums[2 * (c0 + i)] += t1[i], sums[2 * (c0 + i) + 1] += t2[i];
    }
}

template <class T, bool kArray>
void BackwardOf(const Span& s, const void* gy, const void* xv, const void* y, const void* pv, const void* qv,
                const void* rv, void* gxv, void* gresv) {
  using A = AccOf<T>;
  const Gate<T, kArray> gate(s, gy, xv, y);
  const Coef<A, kArray> p(pv), q(qv), r(rv);
  T *gx = static_cast<T*>(gxv), *gres = static_cast<T*>(gresv);
  EachOf<A, kArray>(s, [&](int64_t at, int64_t i, auto k) HWY_ATTR {
    const auto vx = LoadAs(gate.x + at, k);
    const auto g = gate.grad(at, i, vx, k);
    if (gres) StoreAs(g, gres + at, k);
    if (gx) StoreAs(hn::MulAdd(g, p.at(i, k), hn::MulAdd(vx, q.at(i, k), r.at(i, k))), gx + at, k);
  });
}

#define WICK_BY_TYPE(type, call)       \
  switch (type) {                      \
    case kFloat: call(float); break;   \
    case kDouble: call(double); break; \
    case kHalf: call(Half); break;     \
    default: call(BFloat16); break;    \
  }
void AffineTask(const Span& s, const void* x, const void* residual, void* y) {
#define CALL(T) s.c ? Affine<T, true>(s, x, residual, y) : Affine<T, false>(s, x, residual, y)
  WICK_BY_TYPE(s.type, CALL)
#undef CALL
}
void DotsTask(const Span& s, const void* gy, const void* x, const void* y, const void* mean, double* sums) {
#define CALL(T) s.c ? DotsRows<T>(s, gy, x, y, mean, sums) : DotsRun<T>(s, gy, x, y, mean, sums)
  WICK_BY_TYPE(s.type, CALL)
#undef CALL
}
void BackwardTask(const Span& s, const void* gy, const void* x, const void* y, const void* p, const void* q,
                  const void* r, void* gx, void* gres) {
#define CALL(T)                                                  \
  s.c ? BackwardOf<T, true>(s, gy, x, y, p, q, r, gx, gres)      \
      : BackwardOf<T, false>(s, gy, x, y, p, q, r, gx, gres)
  WICK_BY_TYPE(s.type, CALL)
#undef CALL
}

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {

namespace {
HWY_EXPORT(AffineTask);
HWY_EXPORT(DotsTask);
HWY_EXPORT(BackwardTask);
}
void span_affine(const Span& s, const void* x, const void* residual, void* y) {
  HWY_DYNAMIC_DISPATCH(AffineTask)(s, x, residual, y);
}
void span_dots(const Span& s, const void* gy, const void* x, const void* y, const void* mean, double* sums) {
  HWY_DYNAMIC_DISPATCH(DotsTask)(s, gy, x, y, mean, sums);
}
void span_backward(const Span& s, const void* gy, const void* x, const void* y, const void* p, const void* q,
                   const void* r, void* gx, void* gresidual) {
  HWY_DYNAMIC_DISPATCH(BackwardTask)(s, gy, x, y, p, q, r, gx, gresidual);
}

}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE
