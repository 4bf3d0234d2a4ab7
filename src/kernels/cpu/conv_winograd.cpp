// A picture is cut into tiles of 4x4 results. Blocks of tiles are brought into 36 matrices [tiles, channels], multiplied
// by the 36 transformed filters (packed once), and brought back; a block's matrices stay in the cache meanwhile. Blocks
// depend on the shape alone, so results do not depend on the number of threads.
#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/conv_winograd.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/cache_control.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "kernels/cpu/conv_winograd.h"
#include "kernels/cpu/conv_winograd-inl.h"
#include "kernels/cpu/gemm_packed.h"
#include "kernels/cpu/gemm_parallel.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/transpose-inl.h"

#ifndef WICK_KERNELS_CPU_CONV_WINOGRAD_ONCE
#define WICK_KERNELS_CPU_CONV_WINOGRAD_ONCE
namespace wick::kernels::cpu::winograd {

// An array of pictures, and one rectangle of one picture over 16 channels: [rows, cols, 16] floats in working memory.
struct Pictures {
  int64_t c, h, w;
  bool last;
  int64_t at(int64_t n, int64_t ch, int64_t y, int64_t x) const { return last ? ((n * h + y) * w + x) * c + ch : ((n * c + ch) * h + y) * w + x; }
};
struct Strip {
  int64_t n, c0, y0, x0, rows, cols;
};

// A filter array seen as [to, from, 9 taps].
struct Filter {
  const float* data;
  int64_t to, from, tap;
};

// A row of tiles of one picture.
struct Grid {
  int64_t n, rows, cols;  // pictures; rows of tiles in a picture, tiles in a row
  int64_t units() const { return n * rows; }
};

}  // namespace wick::kernels::cpu::winograd
#endif

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu::winograd {
namespace HWY_NAMESPACE {

using cpu::HWY_NAMESPACE::transpose_4x4;

// Reads a strip, zeros outside of the picture.
void load_strip(const Pictures& p, const float* from, const Strip& s, float* to) {
  const int64_t left = std::clamp<int64_t>(-s.x0, 0, s.cols), right = std::clamp<int64_t>(p.w - s.x0, left, s.cols);
  for (int64_t r = 0; r < s.rows; ++r, to += s.cols * 16) {
    const int64_t y = s.y0 + r;
    if (y < 0 || y >= p.h) {
      std::fill_n(to, s.cols * 16, 0.0f);
      continue;
    }
    std::fill_n(to, left * 16, 0.0f);
    std::fill_n(to + right * 16, (s.cols - right) * 16, 0.0f);
    const float* line = from + p.at(s.n, s.c0, y, s.x0 + left);
    int64_t x = left;
    if (p.last) {
      for (; x < right; ++x, line += p.c) std::memcpy(to + x * 16, line, 64);
      continue;
    }
    const int64_t plane = p.h * p.w;
    for (; x + 4 <= right; x += 4, line += 4)
      for (int64_t c = 0; c < 16; c += 4) transpose_4x4(line + c * plane, plane, to + x * 16 + c, 16);
    for (; x < right; ++x, ++line)
      for (int64_t c = 0; c < 16; ++c) to[x * 16 + c] = line[c * plane];
  }
}
// Writes what lies inside of the picture.
void store_strip(const Pictures& p, float* out, const Strip& s, const float* from) {
  const int64_t cols = std::min(s.cols, p.w - s.x0);
  for (int64_t r = 0; r < std::min(s.rows, p.h - s.y0); ++r) {
    const float* f = from + r * s.cols * 16;
    float* line = out + p.at(s.n, s.c0, s.y0 + r, s.x0);
    int64_t x = 0;
    if (p.last) {
      for (; x < cols; ++x, line += p.c) std::memcpy(line, f + x * 16, 64);
      continue;
    }
    const int64_t plane = p.h * p.w;
    for (; x + 4 <= cols; x += 4, line += 4)
      for (int64_t c = 0; c < 16; c += 4) transpose_4x4(f + x * 16 + c, 16, line + c * plane, plane);
    for (; x < cols; ++x, ++line)
      for (int64_t c = 0; c < 16; ++c) line[c * plane] = f[x * 16 + c];
  }
}

// Tiles of a strip of six rows to [36, tiles, channels]; `to` is where the first of them begins.
void strip_to_products(const float* strip, int64_t tiles, float* to, int64_t tile, int64_t plane) {
  const int64_t row = (4 * tiles + 2) * 16;
  for (int64_t t = 0; t < tiles; ++t) patch_to_products(strip + t * 64, row, to + t * tile, plane);
}
// The same for the gradient of the results: strips of four rows.
void gradients_to_products(const float* strip, int64_t tiles, float* to, int64_t tile, int64_t plane) {
  const int64_t row = 4 * tiles * 16;
  for (int64_t t = 0; t < tiles; ++t) {
    float* o = to + t * tile;
    taps_to_products<4>(strip + t * 64, row, 16, [&](auto d, int p, int64_t v, auto u) { hn::StoreU(u, d, o + p * plane + v); });
  }
}
void products_to_strip(const float* from, int64_t tile, int64_t plane, const float* bias, int64_t tiles, float* strip) {
  const int64_t row = 4 * tiles * 16;
  for (int64_t t = 0; t < tiles; ++t) {
    const float* m = from + t * tile;
    products_to_results<4>([&](auto d, int p, int64_t v) { return hn::LoadU(d, m + p * plane + v); }, bias, strip + t * 64, row, 16);
  }
}

// 16 filters from all `from` channels [c, end), into the packed operands, `plane` floats each. Written past the caches
// where a vector is a whole line: there are four times as many numbers as in the filters, in 36 places.
void transform_filters(const Filter& f, int64_t k0, int64_t c, int64_t end, const PackedLayout& packed, float* u, int64_t plane) {
  HWY_ALIGN float taps[9 * 16];
  for (; c < end; ++c) {
    for (int64_t k = 0; k < 16; ++k)
      for (int64_t t = 0; t < 9; ++t) taps[t * 16 + k] = f.data[(k0 + k) * f.to + c * f.from + t * f.tap];
    taps_to_products<3>(taps, 48, 16, [&](auto d, int p, int64_t v, auto x) {
      float* const to = u + p * plane + packed.at(c, k0 + v);
      if constexpr (hn::MaxLanes(d) == 16) hn::Stream(x, d, to);
      else hn::StoreU(x, d, to);
    });
  }
  hwy::FlushStream();
}

// The gradient of one filter over 16 channels, from `runs` partial sums of 36 planes.
void filter_gradient(const float* sums, int64_t runs, int64_t run, int64_t plane, float (&taps)[9 * 16]) {
  products_to_results<3>(
      [&](auto d, int p, int64_t v) {
        auto m = hn::LoadU(d, sums + p * plane + v);
        for (int64_t r = 1; r < runs; ++r) m = hn::Add(m, hn::LoadU(d, sums + r * run + p * plane + v));
        return m;
      },
      nullptr, taps, 48, 16);
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu::winograd
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu::winograd {
HWY_EXPORT(load_strip);
HWY_EXPORT(store_strip);
HWY_EXPORT(strip_to_products);
HWY_EXPORT(gradients_to_products);
HWY_EXPORT(products_to_strip);
HWY_EXPORT(transform_filters);
HWY_EXPORT(filter_gradient);
namespace {

constexpr int64_t kPlanes = 36;

// Floats from one of the 36 matrices to the next: an odd number of cache lines, so that what is read and written at one
// place of each lies in different sets of the cache.
int64_t plane_floats(int64_t n) { return n / 16 % 2 ? n : n + 16; }

bool wanted() {
  static const bool on = [] { const char* v = std::getenv("WICK_WINOGRAD"); return !v || *v != '0'; }();
  return on;
}

Grid grid_of(const ConvShape& s) { return {s.n, ceil_div(s.out[0], 4), ceil_div(s.out[1], 4)}; }

// Tiles that repay the filters' transform, measured; their gradient's costs less.
constexpr int64_t kTiles = 32, kTilesForWeights = 16;

bool fits(const ConvShape& s, int64_t enough) {
  if (!wanted() || s.dtype != kFloat || s.dims != 2 || s.groups != 1 || s.c % 16 || s.k % 16 || s.c < 32 || s.k < 32) return false;
  for (int d = 0; d < 2; ++d)
    if (s.kernel[d] != 3 || s.stride[d] != 1 || s.dilation[d] != 1 || s.pad_begin[d] > 2 || s.pad_end[d] > 2 || s.out[d] < 1) return false;
  const Grid g = grid_of(s);
  const int64_t tiles = g.units() * g.cols;
  // Tiles that stick out of the picture compute for nothing.
  return tiles >= enough && tiles * kPlanes * 2 <= s.n * s.out[0] * s.out[1] * 9;
}

Pictures x_of(const ConvShape& s) { return {s.c, s.in[0], s.in[1], s.x_channels_last}; }
Pictures y_of(const ConvShape& s) { return {s.k, s.out[0], s.out[1], s.y_channels_last}; }

// Rows of tiles to a block: enough tiles for the product, as many as the second-level cache holds.
int64_t units_at_once(const Grid& g, int64_t channels) {
  const int64_t cached = (768 << 10) / (kPlanes * channels * 4), tiles = std::max<int64_t>(48, cached);
  return std::clamp<int64_t>(ceil_div(tiles, g.cols), 1, g.units());
}

// x of some rows of tiles as [36, tiles, c]. `strip` holds 6 rows.
void data_products(const ConvShape& s, const Grid& g, const float* x, int64_t unit, int64_t units, float* strip, float* v) {
  const int64_t plane = plane_floats(units * g.cols * s.c);
  for (int64_t i = 0; i < units; ++i)
    for (int64_t c = 0; c < s.c; c += 16) {
      const Strip at{(unit + i) / g.rows, c, (unit + i) % g.rows * 4 - s.pad_begin[0], -s.pad_begin[1], 6, 4 * g.cols + 2};
      HWY_DYNAMIC_DISPATCH(load_strip)(x_of(s), x, at, strip);
      HWY_DYNAMIC_DISPATCH(strip_to_products)(strip, g.cols, v + i * g.cols * s.c + c, s.c, plane);
    }
}
int64_t strip_floats(const Grid& g) { return 6 * (4 * g.cols + 2) * 16; }

void convolve(const ConvShape& s, const float* x, const Filter& w, const float* bias, float* y) {
  const Grid g = grid_of(s);
  const int64_t packed = plane_floats(packed_floats(s.k, s.c));
  const PackedLayout layout = packed_layout(s.k, s.c);
  Scratch filters(static_cast<size_t>(kPlanes * packed) * sizeof(float));
  float* const u = filters.as<float>();
  const int64_t span = std::max<int64_t>(1, 4096 / s.k), spans = ceil_div(s.c, span);
  for_tasks(s.k / 16 * spans, true, [&](int64_t t) {
    const int64_t c = t % spans * span;
    HWY_DYNAMIC_DISPATCH(transform_filters)(w, t / spans * 16, c, std::min(s.c, c + span), layout, u, packed);
  });
  const int64_t units = units_at_once(g, s.c + s.k), blocks = ceil_div(g.units(), units);
  // Few blocks: several tasks share one, each with some of the results' channels.
  const int64_t slices = blocks >= 8 ? 1 : std::min(ceil_div(8, blocks), std::max<int64_t>(1, s.k / 96));
  const int64_t wide = ceil_div(ceil_div(s.k, slices), 48) * 48;  // where a packed operand may be cut
  for_tasks(blocks * slices, true, [&](int64_t task) {
    const int64_t first = task / slices * units, here = std::min(units, g.units() - first), tiles = here * g.cols;
    const int64_t k0 = task % slices * wide, kn = std::min(wide, s.k - k0);
    if (kn <= 0) return;
    const int64_t v_plane = plane_floats(tiles * s.c), m_plane = plane_floats(tiles * kn);
    Scratch work(static_cast<size_t>(kPlanes * (v_plane + m_plane) + strip_floats(g)) * sizeof(float));
    float *v = work.as<float>(), *m = v + kPlanes * v_plane, *strip = m + kPlanes * m_plane;
    data_products(s, g, x, first, here, strip, v);
    for (int64_t p = 0; p < kPlanes; ++p)
      multiply_packed_f32(tiles, s.k, s.c, 1.0f, v + p * v_plane, s.c, u + p * packed, 0.0f, m + p * m_plane, kn, k0, kn);
    for (int64_t i = 0; i < here; ++i)
      for (int64_t k = 0; k < kn; k += 16) {
        HWY_DYNAMIC_DISPATCH(products_to_strip)(m + i * g.cols * kn + k, kn, m_plane, bias ? bias + k0 + k : nullptr, g.cols, strip);
        const int64_t unit = first + i;
        HWY_DYNAMIC_DISPATCH(store_strip)(y_of(s), y, {unit / g.rows, k0 + k, unit % g.rows * 4, 0, 4, 4 * g.cols}, strip);
      }
  });
}

// Strides of the filters [k, c, 3, 3], or [k, 3, 3, c].
Filter filter_of(const ConvShape& s, const void* w) {
  return {static_cast<const float*>(w), s.c * 9, s.w_channels_last ? 1 : 9, s.w_channels_last ? s.c : 1};
}

}  // namespace

bool conv_forward(const ConvShape& s, const void* x, const void* w, const void* bias, void* y) {
  if (!fits(s, kTiles)) return false;
  convolve(s, static_cast<const float*>(x), filter_of(s, w), static_cast<const float*>(bias), static_cast<float*>(y));
  return true;
}

// A convolution of gy with the filters turned around and their channels exchanged.
bool conv_backward_data(const ConvShape& s, const void* gy, const void* w, void* gx) {
  ConvShape t = s;
  std::swap(t.c, t.k);
  std::swap(t.x_channels_last, t.y_channels_last);
  for (int d = 0; d < 2; ++d) {
    t.in[d] = s.out[d];
    t.out[d] = s.in[d];
    t.pad_begin[d] = 2 - s.pad_begin[d];
    t.pad_end[d] = s.in[d] - s.out[d] + 2 - t.pad_begin[d];
  }
  if (!fits(s, kTiles) || !fits(t, kTiles)) return false;
  Filter f = filter_of(s, w);
  std::swap(f.to, f.from);
  f.data += 8 * f.tap;
  f.tap = -f.tap;
  convolve(t, static_cast<const float*>(gy), f, nullptr, static_cast<float*>(gx));
  return true;
}

bool conv_backward_weights(const ConvShape& s, const void* x, const void* gy, void* gw, void* gb) {
  if (!fits(s, kTilesForWeights)) return false;
  const Grid g = grid_of(s);
  const Pictures yp = y_of(s);
  const int64_t units = std::clamp<int64_t>(ceil_div(96, g.cols), 1, g.units());
  // Tasks: ranges of tiles, whose sums are added in the end, and of results' channels where the sums are large.
  const int64_t slices = std::max<int64_t>(1, s.c * s.k / (128 * 128) >= 2 ? s.k / 64 : 1), wide = ceil_div(s.k / 16, slices) * 16;
  const int64_t runs = std::clamp<int64_t>(std::min(16 / slices, ceil_div(g.units(), units)), 1, 16), per_run = ceil_div(g.units(), runs);
  const int64_t plane = plane_floats(s.k * s.c), run = kPlanes * plane;
  Scratch all(static_cast<size_t>(runs * run) * sizeof(float));
  float* const sums = all.as<float>();
  for_tasks(runs * slices, true, [&](int64_t task) {
    const int64_t r = task / slices, k0 = task % slices * wide, kn = std::min(wide, s.k - k0);
    if (kn <= 0) return;
    Scratch work(static_cast<size_t>(kPlanes * (plane_floats(units * g.cols * s.c) + plane_floats(units * g.cols * kn)) + strip_floats(g)) * sizeof(float));
    const int64_t end = std::min(g.units(), (r + 1) * per_run);
    float beta = 0;
    for (int64_t first = r * per_run; first < end || beta == 0; first += units, beta = 1) {
      const int64_t here = std::max<int64_t>(0, std::min(units, end - first)), tiles = here * g.cols;
      const int64_t v_plane = plane_floats(tiles * s.c), u_plane = plane_floats(tiles * kn);
      float *v = work.as<float>(), *u = v + kPlanes * v_plane, *strip = u + kPlanes * u_plane;
      data_products(s, g, static_cast<const float*>(x), first, here, strip, v);
      for (int64_t i = 0; i < here; ++i)
        for (int64_t k = 0; k < kn; k += 16) {
          const int64_t unit = first + i;
          HWY_DYNAMIC_DISPATCH(load_strip)(yp, static_cast<const float*>(gy), {unit / g.rows, k0 + k, unit % g.rows * 4, 0, 4, 4 * g.cols}, strip);
          HWY_DYNAMIC_DISPATCH(gradients_to_products)(strip, g.cols, u + i * g.cols * kn + k, kn, u_plane);
        }
      for (int64_t p = 0; p < kPlanes; ++p)
        packed_gemm_f32(kn, s.c, tiles, 1.0f, {u + p * u_plane, 1, kn, kFloat}, {v + p * v_plane, s.c, 1, kFloat}, beta,
                        sums + r * run + p * plane + k0 * s.c, s.c);
    }
  });
  for_tasks(s.k, true, [&](int64_t k) {
    alignas(64) float taps[9 * 16];
    auto* out = static_cast<float*>(gw);
    const Filter f = filter_of(s, gw);
    for (int64_t c = 0; c < s.c; c += 16) {
      HWY_DYNAMIC_DISPATCH(filter_gradient)(sums + k * s.c + c, runs, run, plane, taps);
      for (int64_t i = 0; i < 16; ++i)
        for (int64_t t = 0; t < 9; ++t) out[k * f.to + (c + i) * f.from + t * f.tap] = taps[t * 16 + i];
    }
  });
  if (gb) conv_bias_gradient(s, static_cast<const float*>(gy), static_cast<float*>(gb));
  return true;
}

}  // namespace wick::kernels::cpu::winograd
#endif
