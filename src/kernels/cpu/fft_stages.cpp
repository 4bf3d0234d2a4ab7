// Plain loops, built once for each instruction set: the compiler makes vectors of them.
#include "kernels/cpu/fft_stages.h"

#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/fft_stages.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace HWY_NAMESPACE {

// Places of the r inputs and outputs of one p.
template <class T, int r>
struct Place {
  const T *xr[r], *xi[r];
  T *yr[r], *yi[r];
  T wr[r], wi[r];

  Place(const FftStage<T>& g, int64_t p) {
    for (int k = 0; k < r; ++k) {
      xr[k] = g.xr + g.s * (p + g.m * k);
      xi[k] = g.xi + g.s * (p + g.m * k);
      yr[k] = g.yr + g.s * (r * p + k);
      yi[k] = g.yi + g.s * (r * p + k);
      wr[k] = k ? g.twiddles[2 * ((r - 1) * p + k - 1)] : T(1);
      wi[k] = k ? g.twiddles[2 * ((r - 1) * p + k - 1) + 1] : T(0);
    }
  }
};

template <class T>
void stage2(const FftStage<T>& g, int64_t from, int64_t to) {
  for (int64_t p = from; p < to; ++p) {
    const Place<T, 2> a(g, p);
    const T *HWY_RESTRICT r0 = a.xr[0], *HWY_RESTRICT r1 = a.xr[1], *HWY_RESTRICT i0 = a.xi[0], *HWY_RESTRICT i1 = a.xi[1];
    T *HWY_RESTRICT yr0 = a.yr[0], *HWY_RESTRICT yr1 = a.yr[1], *HWY_RESTRICT yi0 = a.yi[0], *HWY_RESTRICT yi1 = a.yi[1];
    const T wr = a.wr[1], wi = a.wi[1];
    for (int64_t q = 0; q < g.s; ++q) {
      const T dr = r0[q] - r1[q], di = i0[q] - i1[q];
      yr0[q] = r0[q] + r1[q];
      yi0[q] = i0[q] + i1[q];
      yr1[q] = dr * wr - di * wi;
      yi1[q] = dr * wi + di * wr;
    }
  }
}

template <class T>
void stage3(const FftStage<T>& g, int64_t from, int64_t to) {
  const T h = T(0.86602540378443864676);
  for (int64_t p = from; p < to; ++p) {
    const Place<T, 3> a(g, p);
    const T *HWY_RESTRICT r0 = a.xr[0], *HWY_RESTRICT r1 = a.xr[1], *HWY_RESTRICT r2 = a.xr[2], *HWY_RESTRICT i0 = a.xi[0], *HWY_RESTRICT i1 = a.xi[1], *HWY_RESTRICT i2 = a.xi[2];
    T *HWY_RESTRICT yr0 = a.yr[0], *HWY_RESTRICT yr1 = a.yr[1], *HWY_RESTRICT yr2 = a.yr[2], *HWY_RESTRICT yi0 = a.yi[0], *HWY_RESTRICT yi1 = a.yi[1], *HWY_RESTRICT yi2 = a.yi[2];
    const T w1r = a.wr[1], w1i = a.wi[1], w2r = a.wr[2], w2i = a.wi[2];
    for (int64_t q = 0; q < g.s; ++q) {
      const T sr = r1[q] + r2[q], si = i1[q] + i2[q], dr = h * (r1[q] - r2[q]), di = h * (i1[q] - i2[q]);
      const T mr = r0[q] - T(0.5) * sr, mi = i0[q] - T(0.5) * si;
      const T ar = mr + di, ai = mi - dr, br = mr - di, bi = mi + dr;
      yr0[q] = r0[q] + sr;
      yi0[q] = i0[q] + si;
      yr1[q] = ar * w1r - ai * w1i;
      yi1[q] = ar * w1i + ai * w1r;
      yr2[q] = br * w2r - bi * w2i;
      yi2[q] = br * w2i + bi * w2r;
    }
  }
}

template <class T>
void stage4(const FftStage<T>& g, int64_t from, int64_t to) {
  for (int64_t p = from; p < to; ++p) {
    const Place<T, 4> a(g, p);
    const T *HWY_RESTRICT r0 = a.xr[0], *HWY_RESTRICT r1 = a.xr[1], *HWY_RESTRICT r2 = a.xr[2], *HWY_RESTRICT r3 = a.xr[3];
    const T *HWY_RESTRICT i0 = a.xi[0], *HWY_RESTRICT i1 = a.xi[1], *HWY_RESTRICT i2 = a.xi[2], *HWY_RESTRICT i3 = a.xi[3];
    T *HWY_RESTRICT yr0 = a.yr[0], *HWY_RESTRICT yr1 = a.yr[1], *HWY_RESTRICT yr2 = a.yr[2], *HWY_RESTRICT yr3 = a.yr[3];
    T *HWY_RESTRICT yi0 = a.yi[0], *HWY_RESTRICT yi1 = a.yi[1], *HWY_RESTRICT yi2 = a.yi[2], *HWY_RESTRICT yi3 = a.yi[3];
    const T w1r = a.wr[1], w1i = a.wi[1], w2r = a.wr[2], w2i = a.wi[2], w3r = a.wr[3], w3i = a.wi[3];
    for (int64_t q = 0; q < g.s; ++q) {
      const T ar = r0[q] + r2[q], ai = i0[q] + i2[q], br = r0[q] - r2[q], bi = i0[q] - i2[q];
      const T cr = r1[q] + r3[q], ci = i1[q] + i3[q], dr = r1[q] - r3[q], di = i1[q] - i3[q];
      const T u1r = br + di, u1i = bi - dr, u2r = ar - cr, u2i = ai - ci, u3r = br - di, u3i = bi + dr;
      yr0[q] = ar + cr;
      yi0[q] = ai + ci;
      yr1[q] = u1r * w1r - u1i * w1i;
      yi1[q] = u1r * w1i + u1i * w1r;
      yr2[q] = u2r * w2r - u2i * w2i;
      yi2[q] = u2r * w2i + u2i * w2r;
      yr3[q] = u3r * w3r - u3i * w3i;
      yi3[q] = u3r * w3i + u3i * w3r;
    }
  }
}

// The first step of a line alone, where q has one value: vectors of p.
template <class T>
void stage4_alone(const FftStage<T>& g, int64_t from, int64_t to) {
  const int64_t m = g.m;
  const T *HWY_RESTRICT xr = g.xr, *HWY_RESTRICT xi = g.xi, *HWY_RESTRICT w = g.twiddles;
  T *HWY_RESTRICT yr = g.yr, *HWY_RESTRICT yi = g.yi;
  for (int64_t p = from; p < to; ++p) {
    const T r0 = xr[p], r1 = xr[p + m], r2 = xr[p + 2 * m], r3 = xr[p + 3 * m], i0 = xi[p], i1 = xi[p + m], i2 = xi[p + 2 * m], i3 = xi[p + 3 * m];
    const T ar = r0 + r2, ai = i0 + i2, br = r0 - r2, bi = i0 - i2, cr = r1 + r3, ci = i1 + i3, dr = r1 - r3, di = i1 - i3;
    const T u1r = br + di, u1i = bi - dr, u2r = ar - cr, u2i = ai - ci, u3r = br - di, u3i = bi + dr;
    yr[4 * p] = ar + cr;
    yi[4 * p] = ai + ci;
    yr[4 * p + 1] = u1r * w[6 * p] - u1i * w[6 * p + 1];
    yi[4 * p + 1] = u1r * w[6 * p + 1] + u1i * w[6 * p];
    yr[4 * p + 2] = u2r * w[6 * p + 2] - u2i * w[6 * p + 3];
    yi[4 * p + 2] = u2r * w[6 * p + 3] + u2i * w[6 * p + 2];
    yr[4 * p + 3] = u3r * w[6 * p + 4] - u3i * w[6 * p + 5];
    yi[4 * p + 3] = u3r * w[6 * p + 5] + u3i * w[6 * p + 4];
  }
}

template <class T>
void stage_any(const FftStage<T>& g, int64_t from, int64_t to) {
  const int r = g.radix;
  for (int64_t p = from; p < to; ++p)
    for (int k = 0; k < r; ++k) {
      T *HWY_RESTRICT yr = g.yr + g.s * (r * p + k), *HWY_RESTRICT yi = g.yi + g.s * (r * p + k);
      for (int64_t q = 0; q < g.s; ++q) yr[q] = yi[q] = T(0);
      for (int j = 0; j < r; ++j) {
        // The twiddle is folded into the root.
        const T cr = g.roots[2 * (j * k % r)], ci = g.roots[2 * (j * k % r) + 1];
        const T wr = k ? g.twiddles[2 * ((r - 1) * p + k - 1)] : T(1), wi = k ? g.twiddles[2 * ((r - 1) * p + k - 1) + 1] : T(0);
        const T vr = cr * wr - ci * wi, vi = cr * wi + ci * wr;
        const T *HWY_RESTRICT xr = g.xr + g.s * (p + g.m * j), *HWY_RESTRICT xi = g.xi + g.s * (p + g.m * j);
        for (int64_t q = 0; q < g.s; ++q) {
          yr[q] += xr[q] * vr - xi[q] * vi;
          yi[q] += xr[q] * vi + xi[q] * vr;
        }
      }
    }
}

template <class T>
void stage(const FftStage<T>& g, int64_t from, int64_t to) {
  switch (g.radix) {
    case 2: return stage2(g, from, to);
    case 3: return stage3(g, from, to);
    case 4: return g.s == 1 ? stage4_alone(g, from, to) : stage4(g, from, to);
    default: return stage_any(g, from, to);
  }
}
void stage_f32(const FftStage<float>& s, int64_t from, int64_t to) { stage(s, from, to); }
void stage_f64(const FftStage<double>& s, int64_t from, int64_t to) { stage(s, from, to); }

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
HWY_EXPORT(stage_f32);
HWY_EXPORT(stage_f64);
void fft_stage(const FftStage<float>& s, int64_t from, int64_t to) { HWY_DYNAMIC_DISPATCH(stage_f32)(s, from, to); }
void fft_stage(const FftStage<double>& s, int64_t from, int64_t to) { HWY_DYNAMIC_DISPATCH(stage_f64)(s, from, to); }
}  // namespace wick::kernels::cpu
#endif
