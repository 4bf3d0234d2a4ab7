// Every mode is a product over the dimensions: per dimension a point has up to four taps, each an index, a weight and
// the weight's slope. The taps are found once a point and serve all channels.
#include "kernels/cpu/grid_sample.h"

#include <wick/core/parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace wick::kernels::cpu {
namespace {

// A coordinate, and how fast it moves with the grid's.
template <class T> struct At { T x, slope; };

template <class T>
At<T> clipped(At<T> a, int64_t size) {
  const T top = static_cast<T>(size - 1);
  if (!(a.x > T(0))) return {T(0), T(0)};   // NaN too
  if (a.x >= top) return {top, T(0)};
  return a;
}
template <class T>
At<T> reflected(At<T> a, int64_t twice_low, int64_t twice_high) {
  if (twice_low == twice_high) return {T(0), T(0)};
  const T low = static_cast<T>(twice_low) / 2, span = static_cast<T>(twice_high - twice_low) / 2;
  T x = a.x - low, slope = a.slope;
  if (x < 0) {
    x = -x;
    slope = -slope;
  }
  const T rest = std::fmod(x, span);
  if (std::fmod(std::floor(x / span), T(2)) == T(0)) return {rest + low, slope};
  return {span - rest + low, -slope};
}
template <class T>
At<T> moved_inside(const GridSample& s, At<T> a, int64_t size) {
  if (s.outside == Outside::zeros) return a;
  if (s.outside == Outside::reflection) a = s.align_corners ? reflected(a, 0, 2 * (size - 1)) : reflected(a, -1, 2 * size - 1);
  return clipped(a, size);
}
template <class T>
At<T> to_pixels(const GridSample& s, T v, int64_t size) {
  if (s.align_corners) return {(v + 1) / 2 * static_cast<T>(size - 1), static_cast<T>(size - 1) / 2};
  return {((v + 1) * static_cast<T>(size) - 1) / 2, static_cast<T>(size) / 2};
}
// -1 for what lies outside, NaN included.
template <class T>
int64_t index_of(T x, int64_t size) { return x >= T(0) && x < static_cast<T>(size) ? static_cast<int64_t>(x) : -1; }

template <class T>
struct Taps {
  int n;
  int64_t index[4];
  T weight[4], slope[4];
};

// Infinite and NaN coordinates have no taps: the value is NaN.
template <class T>
Taps<T> nothing_known() { return {0, {}, {}, {}}; }

template <class T>
Taps<T> cubic_taps(const GridSample& s, At<T> a, int64_t size) {
  if (!std::isfinite(a.x)) return nothing_known<T>();
  Taps<T> t;
  t.n = 4;
  const T k = T(-0.75), base = std::floor(a.x), f = a.x - base;
  for (int i = 0; i < 4; ++i) {
    t.index[i] = index_of(moved_inside<T>(s, {base + static_cast<T>(i - 1), 0}, size).x, size);
    const T d = i == 0 ? f + 1 : i == 1 ? f : i == 2 ? 1 - f : 2 - f, sign = i < 2 ? a.slope : -a.slope;
    const bool near = i == 1 || i == 2;
    t.weight[i] = near ? ((k + 2) * d - (k + 3)) * d * d + 1 : ((k * d - 5 * k) * d + 8 * k) * d - 4 * k;
    t.slope[i] = sign * (near ? (3 * (k + 2) * d - 2 * (k + 3)) * d : (3 * k * d - 10 * k) * d + 8 * k);
  }
  return t;
}
template <class T>
Taps<T> taps_of(const GridSample& s, T v, int64_t size) {
  At<T> a = to_pixels(s, v, size);
  if (s.mode == Interpolation::cubic) return cubic_taps(s, a, size);
  a = moved_inside(s, a, size);
  Taps<T> t;
  if (s.mode == Interpolation::nearest) {
    t.n = 1;
    t.index[0] = index_of(std::nearbyint(a.x), size);
    t.weight[0] = 1;
    t.slope[0] = 0;
    return t;
  }
  if (!std::isfinite(a.x)) return nothing_known<T>();
  const T base = std::floor(a.x), f = a.x - base;
  t.n = 2;
  t.index[0] = index_of(base, size);
  t.index[1] = index_of(base + 1, size);
  t.weight[0] = 1 - f;
  t.weight[1] = f;
  t.slope[0] = -a.slope;
  t.slope[1] = a.slope;
  return t;
}

// The taps of one point over all dimensions: positions in the plane, weights, and slopes by grid coordinate.
template <class T>
struct Point {
  int n = 0;
  int64_t at[64];
  T weight[64], slope[3][64];

  Point(const GridSample& s, const T* grid) {
    Taps<T> t[3];
    const int first = 3 - s.dims;
    for (int d = 0; d < 3; ++d) {
      if (d < first) t[d] = {1, {0}, {T(1)}, {T(0)}};
      else t[d] = taps_of(s, grid[2 - d], s.in[d]);
    }
    if (!t[0].n || !t[1].n || !t[2].n) {
      n = 1;
      at[0] = 0;
      weight[0] = slope[0][0] = slope[1][0] = slope[2][0] = std::numeric_limits<T>::quiet_NaN();
      return;
    }
    for (int i = 0; i < t[0].n; ++i)
      for (int j = 0; j < t[1].n; ++j)
        for (int k = 0; k < t[2].n; ++k) {
          if (t[0].index[i] < 0 || t[1].index[j] < 0 || t[2].index[k] < 0) continue;
          at[n] = (t[0].index[i] * s.in[1] + t[1].index[j]) * s.in[2] + t[2].index[k];
          weight[n] = t[0].weight[i] * t[1].weight[j] * t[2].weight[k];
          slope[0][n] = t[0].weight[i] * t[1].weight[j] * t[2].slope[k];
          slope[1][n] = t[0].weight[i] * t[1].slope[j] * t[2].weight[k];
          slope[2][n] = t[0].slope[i] * t[1].weight[j] * t[2].weight[k];
          ++n;
        }
  }
};

int64_t volume(const int64_t* v) { return v[0] * v[1] * v[2]; }
int taps_a_point(const GridSample& s) {
  const int one = s.mode == Interpolation::nearest ? 1 : s.mode == Interpolation::linear ? 2 : 4;
  return s.dims == 2 ? one * one : one * one * one;
}

template <class T>
void forward(const GridSample& s, const T* x, const T* grid, T* y) {
  const int64_t plane = volume(s.in), points = volume(s.out), cost = 32 + s.c * taps_a_point(s);
  parallel_for(0, s.n * points, std::max<int64_t>(1, 32768 / cost), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Point<T> p(s, grid + i * s.dims);
      const T* from = x + i / points * s.c * plane;
      T* to = y + i / points * s.c * points + i % points;
      for (int64_t c = 0; c < s.c; ++c, from += plane, to += points) {
        T sum = 0;
        for (int k = 0; k < p.n; ++k) sum += p.weight[k] * from[p.at[k]];
        *to = sum;
      }
    }
  });
}

// Points may share pixels, so a thread owns planes here, and the order of the sums is fixed.
template <class T>
void backward_input(const GridSample& s, const T* gy, const T* grid, T* gx) {
  const int64_t plane = volume(s.in), points = volume(s.out);
  const int64_t cost = std::max<int64_t>(1, points * taps_a_point(s));
  parallel_for(0, s.n * s.c, std::max<int64_t>(4, 32768 / cost), [&](int64_t begin, int64_t end) {
    for (int64_t n = begin / s.c; n * s.c < end; ++n) {
      const int64_t first = std::max(begin, n * s.c), last = std::min(end, (n + 1) * s.c);
      for (int64_t i = 0; i < points; ++i) {
        const Point<T> p(s, grid + (n * points + i) * s.dims);
        for (int64_t c = first; c < last; ++c) {
          const T g = gy[c * points + i];
          for (int k = 0; k < p.n; ++k) gx[c * plane + p.at[k]] += g * p.weight[k];
        }
      }
    }
  });
}
template <class T>
void backward_grid(const GridSample& s, const T* gy, const T* x, const T* grid, T* ggrid) {
  const int64_t plane = volume(s.in), points = volume(s.out), cost = 32 + s.c * taps_a_point(s);
  parallel_for(0, s.n * points, std::max<int64_t>(1, 32768 / cost), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const Point<T> p(s, grid + i * s.dims);
      T sum[3] = {0, 0, 0};
      for (int64_t c = 0; c < s.c; ++c) {
        const T g = gy[(i / points * s.c + c) * points + i % points];
        const T* from = x + (i / points * s.c + c) * plane;
        for (int k = 0; k < p.n; ++k)
          for (int d = 0; d < s.dims; ++d) sum[d] += g * from[p.at[k]] * p.slope[d][k];
      }
      std::copy(sum, sum + s.dims, ggrid + i * s.dims);
    }
  });
}

template <class T>
void backward(const GridSample& s, const void* gy, const void* x, const void* grid, void* gx, void* ggrid) {
  if (gx) backward_input(s, static_cast<const T*>(gy), static_cast<const T*>(grid), static_cast<T*>(gx));
  if (ggrid) backward_grid(s, static_cast<const T*>(gy), static_cast<const T*>(x), static_cast<const T*>(grid), static_cast<T*>(ggrid));
}

}  // namespace

void grid_sample(const GridSample& s, const void* x, const void* grid, void* y) {
  if (s.dtype == kDouble) forward(s, static_cast<const double*>(x), static_cast<const double*>(grid), static_cast<double*>(y));
  else forward(s, static_cast<const float*>(x), static_cast<const float*>(grid), static_cast<float*>(y));
}
void grid_sample_backward(const GridSample& s, const void* gy, const void* x, const void* grid, void* gx, void* ggrid) {
  if (s.dtype == kDouble) backward<double>(s, gy, x, grid, gx, ggrid);
  else backward<float>(s, gy, x, grid, gx, ggrid);
}

}  // namespace wick::kernels::cpu
