// The transforms of F(4x4, 3x3), on vectors of channels. Included once per target.
//
// Points 0, +-5/8, +-3/2 and infinity: against float64 the error is 1.8 times that of the direct sum (root mean square, 64
// channels), where the usual 0, +-1, +-2 give 4 times. All constants but the filter's are exact. Derivation: S. Winograd,
// Arithmetic complexity of computations, 1980; A. Lavin and S. Gray, Fast algorithms for convolutional neural networks, 2016.
#if defined(WICK_CONV_WINOGRAD_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef WICK_CONV_WINOGRAD_INL_H
#undef WICK_CONV_WINOGRAD_INL_H
#else
#define WICK_CONV_WINOGRAD_INL_H
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::cpu::winograd {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr double kP = 0.625, kQ = 1.5, kP2 = kP * kP, kQ2 = kQ * kQ;
constexpr double kN0 = kP2 * kQ2, kNp = 2 * kP2 * (kP2 - kQ2), kNq = 2 * kQ2 * (kQ2 - kP2);  // products of differences of points

template <class D>
HWY_INLINE hn::Vec<D> num(D d, double v) { return hn::Set(d, static_cast<float>(v)); }

// Six inputs to six products' left sides.
template <class D, class V>
HWY_INLINE void data_transform(D d, V (&x)[6]) {
  const V p2 = num(d, kP2), q2 = num(d, kQ2), sum = num(d, kP2 + kQ2), both = num(d, kP2 * kQ2);
  const V e1 = hn::NegMulAdd(q2, x[2], x[4]), o1 = hn::Mul(num(d, kP), hn::NegMulAdd(q2, x[1], x[3]));
  const V e2 = hn::NegMulAdd(p2, x[2], x[4]), o2 = hn::Mul(num(d, kQ), hn::NegMulAdd(p2, x[1], x[3]));
  const V first = hn::MulAdd(both, x[0], hn::NegMulAdd(sum, x[2], x[4]));
  const V last = hn::MulAdd(both, x[1], hn::NegMulAdd(sum, x[3], x[5]));
  x[0] = first;
  x[1] = hn::Add(e1, o1);
  x[2] = hn::Sub(e1, o1);
  x[3] = hn::Add(e2, o2);
  x[4] = hn::Sub(e2, o2);
  x[5] = last;
}

// R taps (3 of the filter, 4 of an output's gradient) to the six right sides.
template <int R, class D, class V>
HWY_INLINE void tap_transform(D d, const V (&g)[R], V (&u)[6]) {
  const auto pair = [&](double a, double scale, V& plus, V& minus) {
    V even = hn::MulAdd(num(d, a * a), g[2], g[0]), odd = g[1];
    if constexpr (R == 4) odd = hn::MulAdd(num(d, a * a), g[3], odd);
    even = hn::Mul(even, num(d, 1 / scale));
    odd = hn::Mul(odd, num(d, a / scale));
    plus = hn::Add(even, odd);
    minus = hn::Sub(even, odd);
  };
  u[0] = hn::Mul(g[0], num(d, 1 / kN0));
  pair(kP, kNp, u[1], u[2]);
  pair(kQ, kNq, u[3], u[4]);
  u[5] = g[R - 1];
}

// Six products to R results (4 of an output, 3 of a filter's gradient).
template <int R, class D, class V>
HWY_INLINE void result_transform(D d, const V (&m)[6], V (&y)[R]) {
  const V ep = hn::Add(m[1], m[2]), op = hn::Sub(m[1], m[2]), eq = hn::Add(m[3], m[4]), oq = hn::Sub(m[3], m[4]);
  y[0] = hn::Add(m[0], hn::Add(ep, eq));
  y[1] = hn::MulAdd(num(d, kQ), oq, hn::Mul(num(d, kP), op));
  y[2] = hn::MulAdd(num(d, kQ2), eq, hn::Mul(num(d, kP2), ep));
  if constexpr (R == 4) y[3] = hn::MulAdd(num(d, kQ2 * kQ), oq, hn::MulAdd(num(d, kP2 * kP), op, m[5]));
  else y[2] = hn::Add(y[2], m[5]);
}

// f(d, v) for the vectors of a group of 16 channels.
template <class F>
HWY_INLINE void each_vector(const F& f) {
  const hn::CappedTag<float, 16> d;
  for (int64_t v = 0; v < 16; v += static_cast<int64_t>(hn::Lanes(d))) f(d, v);
}

// A 6x6 patch at `from` (pixels of 16 channels, rows `row` floats apart) to the 36 planes of V, `plane` apart.
HWY_INLINE void patch_to_products(const float* from, int64_t row, float* to, int64_t plane) {
  each_vector([&](auto d, int64_t v) {
    using V = hn::Vec<decltype(d)>;
    V t[6][6];
    for (int j = 0; j < 6; ++j) {
      V x[6];
      for (int i = 0; i < 6; ++i) x[i] = hn::LoadU(d, from + i * row + j * 16 + v);
      data_transform(d, x);
      for (int i = 0; i < 6; ++i) t[i][j] = x[i];
    }
    for (int i = 0; i < 6; ++i) {
      data_transform(d, t[i]);
      for (int j = 0; j < 6; ++j) hn::StoreU(t[i][j], d, to + (i * 6 + j) * plane + v);
    }
  });
}

// R x R taps, `step` floats from one to the next and `row` from row to row, to 36 planes: store(d, plane, v, vector).
template <int R, class Store>
HWY_INLINE void taps_to_products(const float* from, int64_t row, int64_t step, const Store& store) {
  each_vector([&](auto d, int64_t v) {
    using V = hn::Vec<decltype(d)>;
    V t[6][R];
    for (int j = 0; j < R; ++j) {
      V g[R], u[6];
      for (int i = 0; i < R; ++i) g[i] = hn::LoadU(d, from + i * row + j * step + v);
      tap_transform<R>(d, g, u);
      for (int i = 0; i < 6; ++i) t[i][j] = u[i];
    }
    for (int i = 0; i < 6; ++i) {
      V u[6];
      tap_transform<R>(d, t[i], u);
      for (int j = 0; j < 6; ++j) store(d, i * 6 + j, v, u[j]);
    }
  });
}

// 36 planes, load(d, plane, v), to R x R results, rows `row` floats apart and columns `step`.
template <int R, class Load>
HWY_INLINE void products_to_results(const Load& load, const float* bias, float* to, int64_t row, int64_t step) {
  each_vector([&](auto d, int64_t v) {
    using V = hn::Vec<decltype(d)>;
    V t[R][6];
    for (int j = 0; j < 6; ++j) {
      V m[6], y[R];
      for (int i = 0; i < 6; ++i) m[i] = load(d, i * 6 + j, v);
      result_transform<R>(d, m, y);
      for (int i = 0; i < R; ++i) t[i][j] = y[i];
    }
    const V b = bias ? hn::LoadU(d, bias + v) : hn::Zero(d);
    for (int i = 0; i < R; ++i) {
      V y[R];
      result_transform<R>(d, t[i], y);
      for (int j = 0; j < R; ++j) hn::StoreU(hn::Add(y[j], b), d, to + i * row + j * step + v);
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu::winograd
HWY_AFTER_NAMESPACE();

#endif
