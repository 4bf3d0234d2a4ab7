// One plane at a time, in bands of rows: a band is copied into a padded buffer that stays in L1 (columns of odd and even
// places apart for a stride of two), so that the sums need no tests. The gradient of the input is the same sum over gy,
// zeros put between its elements for a stride of two, with the filter turned around.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/conv_depthwise.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <algorithm>

#include "kernels/cpu/conv_depthwise.h"
#include "kernels/cpu/gemm_parallel.h"
#include "kernels/cpu/scratch.h"

#ifndef WICK_KERNELS_CPU_CONV_DEPTHWISE_ONCE
#define WICK_KERNELS_CPU_CONV_DEPTHWISE_ONCE
namespace wick::kernels::cpu::depthwise {

constexpr int64_t kSlack = 16;  // floats behind a row that a vector may read

// What is done to each plane. `spread`: the source's elements lie that far apart in the padded plane, zeros between them.
struct Planes {
  int64_t kernel, stride, spread, in_h, in_w, out_h, out_w, top, left;
  // Both are one or two: shifts in place of divisions, which would cost as much as a row's sums.
  static int64_t over(int64_t n, int64_t by) { return n >> (by - 1); }
  int64_t phase() const { return over((out_w - 1) * stride + kernel + stride - 1, stride) + kSlack; }  // floats of one phase of a row
  int64_t row() const { return phase() * stride; }
  int64_t rows_of(int64_t out_rows) const { return (out_rows - 1) * stride + kernel; }
  // Rows of results whose sources fill half of L1.
  int64_t band() const { return std::clamp<int64_t>((4096 / row() - kernel) / stride + 1, 1, out_h); }
  int64_t buffer() const { return rows_of(band()) * row() + kSlack; }
};

}  // namespace wick::kernels::cpu::depthwise
#endif

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu::depthwise {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using Tag = hn::CappedTag<float, 16>;

// Elements of one source row into a row of the buffer, which is zero.
void place(const Planes& p, const float* from, float* to) {
  const Tag d;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d)), phase = p.phase(), room = (p.out_w - 1) * p.stride + p.kernel - p.left;
  const int64_t n = std::min(p.in_w, p.over(room + p.spread - 1, p.spread));
  int64_t i = 0;
  if (p.spread > 1) {
    for (; i < n; ++i) to[p.left + i * p.spread] = from[i];
  } else if (p.stride == 1) {
    for (; i + L <= n; i += L) hn::StoreU(hn::LoadU(d, from + i), d, to + p.left + i);
    if (i < n) {
      const auto rest = hn::FirstN(d, static_cast<size_t>(n - i));
      hn::StoreU(hn::MaskedLoad(rest, d, from + i), d, to + p.left + i);  // zeros, up to the row's slack
    }
  } else {
    float* const even = to + p.left % 2 * phase + p.left / 2;
    float* const odd = to + (p.left + 1) % 2 * phase + (p.left + 1) / 2;
#if HWY_TARGET == HWY_SCALAR
    for (; i < n; ++i) (i % 2 ? odd : even)[i / 2] = from[i];
#else
    for (; i < n; i += 2 * L) {
      const auto lower = hn::FirstN(d, static_cast<size_t>(std::min(L, n - i))), upper = hn::FirstN(d, static_cast<size_t>(std::clamp<int64_t>(n - i - L, 0, L)));
      const auto a = hn::MaskedLoad(lower, d, from + i), b = hn::MaskedLoad(upper, d, from + i + L);
      hn::StoreU(hn::ConcatEven(d, b, a), d, even + i / 2);
      hn::StoreU(hn::ConcatOdd(d, b, a), d, odd + i / 2);
    }
#endif
  }
}

// The buffer for the results' rows first to first + count.
void fill(const Planes& p, const float* plane, int64_t first, int64_t count, float* buffer) {
  const int64_t rows = p.rows_of(count), row = p.row();
  std::fill_n(buffer, rows * row + kSlack, 0.0f);
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t at = first * p.stride + r - p.top;
    const int64_t y = p.over(at, p.spread);
    if (at < 0 || y * p.spread != at || y >= p.in_h) continue;
    const float* const from = plane + y * p.in_w;
    // Small planes end before the hardware's prefetcher is under way: the next one is asked for here.
    for (int64_t x = 0; x < p.in_w; x += 16) hwy::Prefetch(from + p.in_h * p.in_w + x);
    place(p, from, buffer + r * row);
  }
}

template <int K, int S>
void sums(const Planes& p, const float* HWY_RESTRICT buffer, const float* w, float bias, int64_t count, float* HWY_RESTRICT y) {
  const Tag d;
  using V = hn::Vec<Tag>;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d)), row = p.row(), phase = p.phase(), width = p.out_w;
  V taps[K * K];
  for (int t = 0; t < K * K; ++t) taps[t] = hn::Set(d, w[t]);
  const V start = hn::Set(d, bias);
  for (int64_t i = 0; i < count; ++i, y += width) {
    const float* const b = buffer + i * S * row;
    for (int64_t j = 0; j < width; j += L) {
      V sum = start;
      HWY_UNROLL(8)
      for (int a = 0; a < K; ++a)
        HWY_UNROLL(8)
        for (int e = 0; e < K; ++e)
          sum = hn::MulAdd(taps[a * K + e], hn::LoadU(d, b + a * row + e % S * phase + e / S + j), sum);
      if (j + L <= width) hn::StoreU(sum, d, y + j);
      else hn::BlendedStore(sum, hn::FirstN(d, static_cast<size_t>(width - j)), d, y + j);
    }
  }
}

// taps[a][e] += sum of gy * x; G rows of the filter at once, as many as there are registers for.
template <int K, int S, int G>
void tap_sums(const Planes& p, const float* buffer, const float* gy, int64_t count, int first, float* taps) {
  const Tag d;
  using V = hn::Vec<Tag>;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d)), row = p.row(), phase = p.phase();
  V sum[G][K];
  for (int a = 0; a < G; ++a)
    for (int e = 0; e < K; ++e) sum[a][e] = hn::Zero(d);
  for (int64_t i = 0; i < count; ++i, gy += p.out_w) {
    const float* const b = buffer + (i * S + first) * row;
    for (int64_t j = 0; j < p.out_w; j += L) {
      const auto inside = hn::FirstN(d, static_cast<size_t>(std::min(L, p.out_w - j)));
      const V g = hn::MaskedLoad(inside, d, gy + j);
      HWY_UNROLL(8)
      for (int a = 0; a < G; ++a)
        HWY_UNROLL(8)
        for (int e = 0; e < K; ++e)  // masked, too: 0 * inf is no 0
          sum[a][e] = hn::MulAdd(g, hn::MaskedLoad(inside, d, b + a * row + e % S * phase + e / S + j), sum[a][e]);
    }
  }
  for (int a = 0; a < G; ++a)
    for (int e = 0; e < K; ++e) taps[(first + a) * K + e] += hn::GetLane(hn::SumOfLanes(d, sum[a][e]));
}

template <int K, int S>
void forward_plane(const Planes& p, const float* x, const float* w, float bias, float* buffer, float* y) {
  for (int64_t first = 0, band = p.band(); first < p.out_h; first += band) {
    const int64_t count = std::min(band, p.out_h - first);
    fill(p, x, first, count, buffer);
    sums<K, S>(p, buffer, w, bias, count, y + first * p.out_w);
  }
}
template <int K, int S>
void taps_plane(const Planes& p, const float* x, const float* gy, float* buffer, float* taps) {
  for (int64_t first = 0, band = p.band(); first < p.out_h; first += band) {
    const int64_t count = std::min(band, p.out_h - first);
    const float* const g = gy + first * p.out_w;
    fill(p, x, first, count, buffer);
    if constexpr (K == 3) tap_sums<K, S, 3>(p, buffer, g, count, 0, taps);
    else for (int a = 0; a < K; ++a) tap_sums<K, S, 1>(p, buffer, g, count, a, taps);
  }
}

void forward(const Planes& p, const float* x, const float* w, float bias, float* buffer, float* y) {
  if (p.kernel == 3) return p.stride == 1 ? forward_plane<3, 1>(p, x, w, bias, buffer, y) : forward_plane<3, 2>(p, x, w, bias, buffer, y);
  if (p.kernel == 5) return p.stride == 1 ? forward_plane<5, 1>(p, x, w, bias, buffer, y) : forward_plane<5, 2>(p, x, w, bias, buffer, y);
  return p.stride == 1 ? forward_plane<7, 1>(p, x, w, bias, buffer, y) : forward_plane<7, 2>(p, x, w, bias, buffer, y);
}
void weights(const Planes& p, const float* x, const float* gy, float* buffer, float* taps) {
  if (p.kernel == 3) return p.stride == 1 ? taps_plane<3, 1>(p, x, gy, buffer, taps) : taps_plane<3, 2>(p, x, gy, buffer, taps);
  if (p.kernel == 5) return p.stride == 1 ? taps_plane<5, 1>(p, x, gy, buffer, taps) : taps_plane<5, 2>(p, x, gy, buffer, taps);
  return p.stride == 1 ? taps_plane<7, 1>(p, x, gy, buffer, taps) : taps_plane<7, 2>(p, x, gy, buffer, taps);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu::depthwise
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu::depthwise {
HWY_EXPORT(forward);
HWY_EXPORT(weights);
namespace {

constexpr double kGrain = 32768;  // multiply-adds that pay for a second thread

bool fits(const ConvShape& s) {
  if (s.dtype != kFloat || s.dims != 2 || s.groups != s.c || s.k != s.c || s.x_channels_last || s.y_channels_last) return false;
  const int64_t k = s.kernel[0], stride = s.stride[0];
  if ((k != 3 && k != 5 && k != 7) || stride < 1 || stride > 2) return false;
  for (int d = 0; d < 2; ++d)
    if (s.kernel[d] != k || s.stride[d] != stride || s.dilation[d] != 1 || s.pad_begin[d] >= k || s.pad_end[d] >= k || s.out[d] < 1) return false;
  return true;
}
bool parallel(const ConvShape& s) { return static_cast<double>(s.n * s.c * s.out[0] * s.out[1] * s.kernel[0] * s.kernel[0]) > kGrain; }
Planes planes(const ConvShape& s) { return {s.kernel[0], s.stride[0], 1, s.in[0], s.in[1], s.out[0], s.out[1], s.pad_begin[0], s.pad_begin[1]}; }

// y = the planes' sums of x; filters of k * k taps one behind the other.
void run(const ConvShape& s, const Planes& p, const float* x, const float* w, const float* bias, float* y) {
  for_tasks(s.n * s.c, parallel(s), [&](int64_t i) {
    Scratch buffer(static_cast<size_t>(p.buffer()) * sizeof(float));
    const int64_t c = i % s.c;
    HWY_DYNAMIC_DISPATCH(forward)(p, x + i * p.in_h * p.in_w, w + c * p.kernel * p.kernel, bias ? bias[c] : 0.0f, buffer.as<float>(), y + i * p.out_h * p.out_w);
  });
}

}  // namespace

bool conv_forward(const ConvShape& s, const void* x, const void* w, const void* bias, void* y) {
  if (!fits(s)) return false;
  run(s, planes(s), static_cast<const float*>(x), static_cast<const float*>(w), static_cast<const float*>(bias), static_cast<float*>(y));
  return true;
}

bool conv_backward_data(const ConvShape& s, const void* gy, const void* w, void* gx) {
  if (!fits(s)) return false;
  const int64_t k = s.kernel[0], taps = k * k;
  const Planes p{k, 1, s.stride[0], s.out[0], s.out[1], s.in[0], s.in[1], k - 1 - s.pad_begin[0], k - 1 - s.pad_begin[1]};
  Scratch turned(static_cast<size_t>(s.c * taps) * sizeof(float));
  for (int64_t c = 0; c < s.c; ++c) {
    const float* from = static_cast<const float*>(w) + c * taps;
    std::reverse_copy(from, from + taps, turned.as<float>() + c * taps);
  }
  run(s, p, static_cast<const float*>(gy), turned.as<float>(), nullptr, static_cast<float*>(gx));
  return true;
}

bool conv_backward_weights(const ConvShape& s, const void* x, const void* gy, void* gw, void* gb) {
  if (!fits(s)) return false;
  const Planes p = planes(s);
  const int64_t taps = p.kernel * p.kernel, in = p.in_h * p.in_w, out = p.out_h * p.out_w;
  for_tasks(s.c, parallel(s), [&](int64_t c) {
    Scratch buffer(static_cast<size_t>(p.buffer()) * sizeof(float));
    float* const to = static_cast<float*>(gw) + c * taps;
    std::fill_n(to, taps, 0.0f);
    for (int64_t n = 0; n < s.n; ++n)
      HWY_DYNAMIC_DISPATCH(weights)(p, static_cast<const float*>(x) + (n * s.c + c) * in, static_cast<const float*>(gy) + (n * s.c + c) * out, buffer.as<float>(), to);
  });
  if (gb) conv_bias_gradient(s, static_cast<const float*>(gy), static_cast<float*>(gb));
  return true;
}

}  // namespace wick::kernels::cpu::depthwise
#endif
