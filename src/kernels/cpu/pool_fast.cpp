// Pooling with vectors along rows (plain layout) or along channels (channels-last).
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/pool_fast.cpp"
// Below AVX2 (and for vectors of unknown length) the plain loops of pool.cpp serve.
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <algorithm>
#include <limits>

#include "kernels/cpu/choose_target.h"
#include "kernels/cpu/gemm_packed.h"
#include "kernels/cpu/gemm_parallel.h"
#include "kernels/cpu/pool_fast.h"
#include "kernels/cpu/scratch.h"

#ifndef WICK_POOL_FAST_ONCE
#define WICK_POOL_FAST_ONCE
namespace wick::kernels::cpu::pool_fast {
struct Range {
  int64_t begin, end, step;
  int64_t count() const { return end > begin ? (end - begin + step - 1) / step : 0; }
};

// Inputs that output o of dimension d covers.
inline Range window(const PoolShape& s, bool adaptive, int d, int64_t o) {
  if (adaptive) return {o * s.in[d] / s.out[d], ((o + 1) * s.in[d] + s.out[d] - 1) / s.out[d], 1};
  const int64_t from = o * s.stride[d] - s.pad[d], end = from + (s.kernel[d] - 1) * s.dilation[d] + 1;
  const int64_t skip = from < 0 ? (-from + s.dilation[d] - 1) / s.dilation[d] * s.dilation[d] : 0;
  return {from + skip, std::min(end, s.in[d]), s.dilation[d]};
}
// Where a maximum is said to be as long as nothing beats -inf: the window's first input. A dilated window may miss the
// input altogether; the position must lie inside all the same, gradients are written there.
inline int64_t first_index(const PoolShape& s, const Range& d, const Range& h, const Range& w) {
  return (std::min(d.begin, s.in[0] - 1) * s.in[1] + std::min(h.begin, s.in[1] - 1)) * s.in[2] + std::min(w.begin, s.in[2] - 1);
}
// Length of an averaging window with its padding, as far as that goes.
inline int64_t padded(const PoolShape& s, int d, int64_t o) {
  const int64_t from = o * s.stride[d] - s.pad[d];
  return std::min(from + s.kernel[d], s.in[d] + s.pad[d]) - from;
}
// What the window (od, oh, ow) is divided by.
inline float divisor(const PoolShape& s, bool adaptive, const int64_t* o, const Range* r) {
  if (!adaptive && s.divisor_override) return static_cast<float>(s.divisor_override);
  if (adaptive || !s.count_include_pad) return static_cast<float>(r[0].count() * r[1].count() * r[2].count());
  return static_cast<float>(padded(s, 0, o[0]) * padded(s, 1, o[1]) * padded(s, 2, o[2]));
}
// Outputs of the last dimension whose window lies inside: [first, last).
struct Inside {
  int64_t first, last;
  Inside(int64_t f, int64_t l) : first(f), last(l) {}
  explicit Inside(const PoolShape& s) {
    const int64_t reach = (s.kernel[2] - 1) * s.dilation[2] - s.pad[2];
    first = std::min(s.out[2], (s.pad[2] + s.stride[2] - 1) / s.stride[2]);
    last = s.in[2] - 1 < reach ? first : std::clamp((s.in[2] - 1 - reach) / s.stride[2] + 1, first, s.out[2]);
  }
};
inline int64_t area(const int64_t* v) { return v[0] * v[1] * v[2]; }
}  // namespace wick::kernels::cpu::pool_fast
#endif

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu::pool_fast {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Every step-th element of a row from x on; step is 1 or 2. Reads inside the row's `width` elements only.
template <class Tag>
HWY_INLINE hn::Vec<Tag> load(Tag d, const float* row, int64_t x, int64_t step, int64_t width) {
  if (step == 1) return hn::LoadU(d, row + x);
  const int64_t L = static_cast<int64_t>(hn::Lanes(d));
#if HWY_TARGET != HWY_SCALAR
  if (x + 2 * L <= width) return hn::ConcatEven(d, hn::LoadU(d, row + x + L), hn::LoadU(d, row + x));
  if (x > 0) return hn::ConcatOdd(d, hn::LoadU(d, row + x - 1 + L), hn::LoadU(d, row + x - 1));
#endif
  HWY_ALIGN float t[HWY_MAX_BYTES / sizeof(float)];
  for (int64_t i = 0; i < L; ++i) t[i] = row[x + i * step];
  return hn::Load(d, t);
}

// Calls f(tag, o) for pieces of [first, last), the widest vectors that fit; the last piece may overlap the one before.
// What is left for short rows goes to f in pieces of one.
template <class F>
HWY_INLINE void in_vectors(int64_t first, int64_t last, bool vectors, F&& f) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 8> d8;
  const hn::CappedTag<float, 4> d4;
  const hn::CappedTag<float, 1> d1;
  const auto run = [&](auto tag) {
    const int64_t L = static_cast<int64_t>(hn::Lanes(tag));
    if (!vectors || last - first < L) return false;
    int64_t o = first;
    for (; o + L <= last; o += L) f(tag, o);
    if (o < last) f(tag, last - L);
    return true;
  };
  if (run(d) || run(d8) || run(d4)) return;
  for (int64_t o = first; o < last; ++o) f(d1, o);
}

template <class Tag>
HWY_INLINE void store_indices(Tag, hn::Vec<hn::RebindToSigned<Tag>> v, int64_t* out) {
  const hn::RebindToSigned<Tag> di;
  HWY_ALIGN int32_t t[HWY_MAX_BYTES / sizeof(int32_t)];
  hn::Store(v, di, t);
  for (size_t i = 0; i < hn::Lanes(di); ++i) out[i] = t[i];
}

// Running maximum and where it is. The first of equals stays; a NaN replaces anything.
template <class Tag, bool kIndex>
struct Best {
  using DI = hn::RebindToSigned<Tag>;
  hn::Vec<Tag> value;
  hn::Vec<DI> at;
  HWY_INLINE Best(Tag d, hn::Vec<DI> first) : value(hn::Set(d, -std::numeric_limits<float>::infinity())), at(first) {}
  HWY_INLINE void see(hn::Vec<Tag> v, hn::Vec<DI> i) {
    const auto better = hn::Or(hn::Gt(v, value), hn::IsNaN(v));
    value = hn::IfThenElse(better, v, value);
    if constexpr (kIndex) at = hn::IfThenElse(hn::RebindMask(DI(), better), i, at);
  }
};

// One row of outputs of one plane.
template <bool kIndex>
void max_row(const PoolShape& s, bool adaptive, const float* plane, Range rd, Range rh, float* y, int64_t* indices) {
  const int64_t W = s.in[2], H = s.in[1];
  const auto outer = [&](int64_t o) {
    const Range rw = window(s, adaptive, 2, o);
    float best = -std::numeric_limits<float>::infinity();
    int64_t at = first_index(s, rd, rh, rw);
    for (int64_t d = rd.begin; d < rd.end; d += rd.step)
      for (int64_t h = rh.begin; h < rh.end; h += rh.step)
        for (int64_t w = rw.begin; w < rw.end; w += rw.step) {
          const int64_t i = (d * H + h) * W + w;
          const float v = plane[i];
          if (v > best || v != v) best = v, at = i;
        }
    y[o] = best;
    if constexpr (kIndex) indices[o] = at;
  };
  const Inside in = adaptive ? Inside(0, 0) : Inside(s);
  for (int64_t o = 0; o < in.first; ++o) outer(o);
  in_vectors(in.first, in.last, s.stride[2] <= 2, [&](auto tag, int64_t o) {
    if constexpr (hn::MaxLanes(decltype(tag){}) == 1) {
      outer(o);
    } else {
      const hn::RebindToSigned<decltype(tag)> di;
      const int64_t x0 = o * s.stride[2] - s.pad[2];
      const auto lane = hn::Mul(hn::Iota(di, 0), hn::Set(di, static_cast<int32_t>(s.stride[2])));
      const auto at = [&](int64_t i) { return hn::Add(lane, hn::Set(di, static_cast<int32_t>(i))); };
      Best<decltype(tag), kIndex> best(tag, at(first_index(s, rd, rh, {x0, 0, 1})));
      for (int64_t d = rd.begin; d < rd.end; d += rd.step)
        for (int64_t h = rh.begin; h < rh.end; h += rh.step) {
          const int64_t row = (d * H + h) * W;
          for (int64_t k = 0, x = x0; k < s.kernel[2]; ++k, x += s.dilation[2])
            best.see(load(tag, plane + row, x, s.stride[2], W), at(row + x));
        }
      hn::StoreU(best.value, tag, y + o);
      if constexpr (kIndex) store_indices(tag, best.at, indices + o);
    }
  });
  for (int64_t o = in.last; o < s.out[2]; ++o) outer(o);
}

// One output pixel, all channels side by side.
template <bool kIndex>
void max_pixel(const PoolShape& s, const float* image, const Range* r, float* y, int64_t* indices) {
  const int64_t W = s.in[2], H = s.in[1], C = s.c;
  in_vectors(0, C, true, [&](auto tag, int64_t c) {
    const hn::RebindToSigned<decltype(tag)> di;
    Best<decltype(tag), kIndex> best(tag, hn::Set(di, static_cast<int32_t>(first_index(s, r[0], r[1], r[2]))));
    for (int64_t d = r[0].begin; d < r[0].end; d += r[0].step)
      for (int64_t h = r[1].begin; h < r[1].end; h += r[1].step)
        for (int64_t w = r[2].begin; w < r[2].end; w += r[2].step) {
          const int64_t i = (d * H + h) * W + w;
          best.see(hn::LoadU(tag, image + i * C + c), hn::Set(di, static_cast<int32_t>(i)));
        }
    hn::StoreU(best.value, tag, y + c);
    if constexpr (kIndex) store_indices(tag, best.at, indices + c);
  });
}

float sum_run(const float* p, int64_t n) {
  const hn::ScalableTag<float> d;
  const int64_t L = static_cast<int64_t>(hn::Lanes(d));
  auto a = hn::Zero(d), b = a;
  int64_t i = 0;
  for (; i + 2 * L <= n; i += 2 * L) {
    a = hn::Add(a, hn::LoadU(d, p + i));
    b = hn::Add(b, hn::LoadU(d, p + i + L));
  }
  for (; i + L <= n; i += L) a = hn::Add(a, hn::LoadU(d, p + i));
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(a, b)));
  for (; i < n; ++i) sum += p[i];
  return sum;
}

void avg_row(const PoolShape& s, bool adaptive, const float* plane, const int64_t* at, Range* r, float* y) {
  const int64_t W = s.in[2], H = s.in[1];
  const auto outer = [&](int64_t o) {
    r[2] = window(s, adaptive, 2, o);
    const int64_t place[3] = {at[0], at[1], o};
    float sum = 0;
    for (int64_t d = r[0].begin; d < r[0].end; d += r[0].step) {
      if (r[2].count() == W && r[1].step == 1) {
        sum += sum_run(plane + (d * H + r[1].begin) * W, r[1].count() * W);
        continue;
      }
      for (int64_t h = r[1].begin; h < r[1].end; h += r[1].step)
        for (int64_t w = r[2].begin; w < r[2].end; w += r[2].step) sum += plane[(d * H + h) * W + w];
    }
    y[o] = sum / divisor(s, adaptive, place, r);
  };
  const Inside in = adaptive ? Inside(0, 0) : Inside(s);
  for (int64_t o = 0; o < in.first; ++o) outer(o);
  in_vectors(in.first, in.last, s.stride[2] <= 2, [&](auto tag, int64_t o) {
    if constexpr (hn::MaxLanes(decltype(tag){}) == 1) {
      outer(o);
    } else {
      const int64_t x0 = o * s.stride[2] - s.pad[2];
      auto sum = hn::Zero(tag);
      for (int64_t d = r[0].begin; d < r[0].end; d += r[0].step)
        for (int64_t h = r[1].begin; h < r[1].end; h += r[1].step)
          for (int64_t x = x0; x < x0 + s.kernel[2]; ++x) sum = hn::Add(sum, load(tag, plane + (d * H + h) * W, x, s.stride[2], W));
      r[2] = {x0, x0 + s.kernel[2], 1};
      const int64_t place[3] = {at[0], at[1], o};
      hn::StoreU(hn::Div(sum, hn::Set(tag, divisor(s, false, place, r))), tag, y + o);
    }
  });
  for (int64_t o = in.last; o < s.out[2]; ++o) outer(o);
}

void avg_pixel(const PoolShape& s, const float* image, const Range* r, float by, float* y) {
  const int64_t W = s.in[2], H = s.in[1], C = s.c;
  in_vectors(0, C, true, [&](auto tag, int64_t c) {
    auto sum = hn::Zero(tag);
    for (int64_t d = r[0].begin; d < r[0].end; d += r[0].step)
      for (int64_t h = r[1].begin; h < r[1].end; h += r[1].step)
        for (int64_t w = r[2].begin; w < r[2].end; w += r[2].step) sum = hn::Add(sum, hn::LoadU(tag, image + ((d * H + h) * W + w) * C + c));
    hn::StoreU(hn::Div(sum, hn::Set(tag, by)), tag, y + c);
  });
}

// Adds gy / by to every input pixel of a window.
void spread_pixel(int64_t C, const Range* r, int64_t H, int64_t W, const float* gy, float by, float* gx) {
  for (int64_t d = r[0].begin; d < r[0].end; d += r[0].step)
    for (int64_t h = r[1].begin; h < r[1].end; h += r[1].step)
      for (int64_t w = r[2].begin; w < r[2].end; w += r[2].step) {
        float* HWY_RESTRICT to = gx + ((d * H + h) * W + w) * C;
#pragma omp simd
        for (int64_t c = 0; c < C; ++c) to[c] += gy[c] / by;
      }
}

// Adds the shares of one row of outputs to the rows they cover. `share` holds gy / divisor.
void spread_row(const PoolShape& s, bool adaptive, const Range* r, const float* HWY_RESTRICT share, float* HWY_RESTRICT plane) {
  const int64_t W = s.in[2], H = s.in[1];
  const Inside in = adaptive ? Inside(0, 0) : Inside(s);
  for (int64_t d = r[0].begin; d < r[0].end; d += r[0].step)
    for (int64_t h = r[1].begin; h < r[1].end; h += r[1].step) {
      float* row = plane + (d * H + h) * W;
      const auto outer = [&](int64_t o) {
        const Range rw = window(s, adaptive, 2, o);
        for (int64_t x = rw.begin; x < rw.end; ++x) row[x] += share[o];
      };
      for (int64_t o = 0; o < in.first; ++o) outer(o);
      for (int64_t k = 0; k < s.kernel[2] && in.last > in.first; ++k) {
        float* HWY_RESTRICT to = row + in.first * s.stride[2] - s.pad[2] + k;
        const float* HWY_RESTRICT from = share + in.first;
        const int64_t n = in.last - in.first, step = s.stride[2];
        if (step == 1) {
#pragma omp simd
          for (int64_t i = 0; i < n; ++i) to[i] += from[i];
        } else if (step == 2 && k + 1 < s.kernel[2]) {
          // Two taps interleave into whole vectors.
          int64_t i = 0;
#if HWY_TARGET != HWY_SCALAR
          const hn::ScalableTag<float> tag;
          const int64_t L = static_cast<int64_t>(hn::Lanes(tag));
          for (; i + L <= n; i += L) {
            const auto v = hn::LoadU(tag, from + i);
            auto even = v, odd = v;
            hn::LoadInterleaved2(tag, to + 2 * i, even, odd);
            hn::StoreInterleaved2(hn::Add(even, v), hn::Add(odd, v), tag, to + 2 * i);
          }
#endif
          for (; i < n; ++i) to[2 * i] += from[i], to[2 * i + 1] += from[i];
          ++k;
        } else {
          for (int64_t i = 0; i < n; ++i) to[i * step] += from[i];
        }
      }
      for (int64_t o = in.last; o < s.out[2]; ++o) outer(o);
    }
}

// One plane (plain layout) or one row of output pixels, by task number.
void max_task(const PoolShape& s, bool adaptive, int64_t t, const float* x, float* y, int64_t* indices) {
  if (!s.channels_last) {
    for (int64_t d = 0; d < s.out[0]; ++d)
      for (int64_t h = 0; h < s.out[1]; ++h) {
        const int64_t o = t * area(s.out) + (d * s.out[1] + h) * s.out[2];
        const Range rd = window(s, adaptive, 0, d), rh = window(s, adaptive, 1, h);
        if (indices) max_row<true>(s, adaptive, x + t * area(s.in), rd, rh, y + o, indices + o);
        else max_row<false>(s, adaptive, x + t * area(s.in), rd, rh, y + o, nullptr);
      }
    return;
  }
  const int64_t h = t % s.out[1], d = t / s.out[1] % s.out[0], n = t / (s.out[0] * s.out[1]);
  Range r[3] = {window(s, adaptive, 0, d), window(s, adaptive, 1, h), {}};
  for (int64_t w = 0; w < s.out[2]; ++w) {
    r[2] = window(s, adaptive, 2, w);
    const int64_t o = (t * s.out[2] + w) * s.c;
    if (indices) max_pixel<true>(s, x + n * area(s.in) * s.c, r, y + o, indices + o);
    else max_pixel<false>(s, x + n * area(s.in) * s.c, r, y + o, nullptr);
  }
}

void avg_task(const PoolShape& s, bool adaptive, int64_t t, const float* x, float* y) {
  if (!s.channels_last) {
    for (int64_t d = 0; d < s.out[0]; ++d)
      for (int64_t h = 0; h < s.out[1]; ++h) {
        const int64_t at[2] = {d, h};
        Range r[3] = {window(s, adaptive, 0, d), window(s, adaptive, 1, h), {}};
        avg_row(s, adaptive, x + t * area(s.in), at, r, y + t * area(s.out) + (d * s.out[1] + h) * s.out[2]);
      }
    return;
  }
  const int64_t h = t % s.out[1], d = t / s.out[1] % s.out[0], n = t / (s.out[0] * s.out[1]);
  Range r[3] = {window(s, adaptive, 0, d), window(s, adaptive, 1, h), {}};
  for (int64_t w = 0; w < s.out[2]; ++w) {
    r[2] = window(s, adaptive, 2, w);
    const int64_t at[3] = {d, h, w};
    avg_pixel(s, x + n * area(s.in) * s.c, r, divisor(s, adaptive, at, r), y + (t * s.out[2] + w) * s.c);
  }
}

// One plane, or one image with its channels last.
void avg_back_task(const PoolShape& s, bool adaptive, int64_t t, const float* gy, float* gx, float* share) {
  const int64_t C = s.channels_last ? s.c : 1;
  gy += t * area(s.out) * C;
  gx += t * area(s.in) * C;
  // A global average: one share for the whole plane.
  if (!s.channels_last && adaptive && area(s.out) == 1) return std::fill(gx, gx + area(s.in), gy[0] / static_cast<float>(area(s.in)));
  std::fill(gx, gx + area(s.in) * C, 0.0f);
  const Inside in = adaptive ? Inside(0, 0) : Inside(s);
  for (int64_t d = 0; d < s.out[0]; ++d)
    for (int64_t h = 0; h < s.out[1]; ++h) {
      Range r[3] = {window(s, adaptive, 0, d), window(s, adaptive, 1, h), {}};
      const float* g = gy + (d * s.out[1] + h) * s.out[2] * C;
      const auto divide_by = [&](int64_t w) {
        r[2] = window(s, adaptive, 2, w);
        const int64_t at[3] = {d, h, w};
        return divisor(s, adaptive, at, r);
      };
      if (s.channels_last) {
        for (int64_t w = 0; w < s.out[2]; ++w) {
          const float by = divide_by(w);
          spread_pixel(C, r, s.in[1], s.in[2], g + w * C, by, gx);
        }
        continue;
      }
      // Windows that lie inside the row share one divisor.
      for (int64_t w = 0; w < in.first; ++w) share[w] = g[w] / divide_by(w);
      if (in.last > in.first) {
        const float by = divide_by(in.first);
#pragma omp simd
        for (int64_t w = in.first; w < in.last; ++w) share[w] = g[w] / by;
      }
      for (int64_t w = in.last; w < s.out[2]; ++w) share[w] = g[w] / divide_by(w);
      spread_row(s, adaptive, r, share, gx);
    }
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::kernels::cpu::pool_fast
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu::pool_fast {
HWY_EXPORT(max_task);
HWY_EXPORT(avg_task);
HWY_EXPORT(avg_back_task);

namespace {

// f32 beside the caller's f16 or bf16; the caller's own memory where it is f32.
class Wide {
 public:
  Wide(const PoolShape& s, const int64_t* sizes, const void* p)
      : type_(s.dtype), n_(s.n * s.c * area(sizes)), work_(type_ == kFloat ? 0 : static_cast<size_t>(n_) * 4),
        data_(type_ == kFloat ? static_cast<float*>(const_cast<void*>(p)) : work_.as<float>()) {}
  void read(const void* p) const {
    if (type_ != kFloat) pieces([&](int64_t i, int64_t n) { load_f32(n, data_ + i, static_cast<const char*>(p) + 2 * i, type_); });
  }
  void write(void* p) const {
    if (type_ != kFloat) pieces([&](int64_t i, int64_t n) { store_f32(n, static_cast<char*>(p) + 2 * i, type_, data_ + i); });
  }
  float* get() const { return data_; }

 private:
  template <class F>
  void pieces(F&& f) const {
    constexpr int64_t kPiece = 64 * 1024;
    for_tasks((n_ + kPiece - 1) / kPiece, n_ > 2 * kPiece, [&](int64_t t) { f(t * kPiece, std::min(kPiece, n_ - t * kPiece)); });
  }
  ScalarType type_;
  int64_t n_;
  Scratch work_;
  float* data_;
};

// Positions are kept in 32 bits inside. Portable vectors (no AVX2 or better) are not worth it.
bool fits(const PoolShape& s) {
  return (s.dtype == kFloat || s.dtype == kHalf || s.dtype == kBFloat16) && area(s.in) < (int64_t{1} << 31) && s.n * s.c > 0 &&
         area(s.in) > 0;
}
bool worth(const PoolShape& s) { return s.n * s.c * (area(s.in) + area(s.out)) > 32 * 1024; }

}  // namespace

bool max_forward(const PoolShape& s, bool adaptive, const void* x, void* y, int64_t* indices) {
  if (!fits(s)) return false;
  const Wide from(s, s.in, x), to(s, s.out, y);
  from.read(x);
  const auto task = WICK_KERNEL_POINTER(max_task);
  const int64_t count = s.channels_last ? s.n * s.out[0] * s.out[1] : s.n * s.c;
  for_tasks(count, worth(s), [&](int64_t t) { task(s, adaptive, t, from.get(), to.get(), indices); });
  to.write(y);
  return true;
}

bool avg_forward(const PoolShape& s, bool adaptive, const void* x, void* y) {
  if (!fits(s)) return false;
  const Wide from(s, s.in, x), to(s, s.out, y);
  from.read(x);
  const auto task = WICK_KERNEL_POINTER(avg_task);
  const int64_t count = s.channels_last ? s.n * s.out[0] * s.out[1] : s.n * s.c;
  for_tasks(count, worth(s), [&](int64_t t) { task(s, adaptive, t, from.get(), to.get()); });
  to.write(y);
  return true;
}

bool avg_backward(const PoolShape& s, bool adaptive, const void* gy, void* gx) {
  if (!fits(s)) return false;
  const Wide from(s, s.out, gy), to(s, s.in, gx);
  from.read(gy);
  const auto task = WICK_KERNEL_POINTER(avg_back_task);
  for_tasks(s.channels_last ? s.n : s.n * s.c, worth(s), [&](int64_t t) {
    Scratch share(static_cast<size_t>(s.out[2]) * 4);
    task(s, adaptive, t, from.get(), to.get(), share.as<float>());
  });
  to.write(gx);
  return true;
}

bool max_backward(const PoolShape& s, const void* gy, const int64_t* indices, void* gx) {
  if (!fits(s)) return false;
  const Wide from(s, s.out, gy), to(s, s.in, gx);
  from.read(gy);
  const int64_t in = area(s.in), out = area(s.out);
  // Channels last: an image's channels go in blocks, whose lines of gx stay in cache.
  const int64_t block = s.channels_last ? std::min<int64_t>(s.c, 64) : 1, blocks = s.channels_last ? (s.c + block - 1) / block : s.c;
  for_tasks(s.n * blocks, worth(s), [&](int64_t t) {
    if (!s.channels_last) {
      float* plane = to.get() + t * in;
      std::fill(plane, plane + in, 0.0f);
      for (int64_t o = t * out; o < (t + 1) * out; ++o) plane[indices[o]] += from.get()[o];
      return;
    }
    const int64_t n = t / blocks, c = t % blocks * block, count = std::min(block, s.c - c);
    float* image = to.get() + n * in * s.c + c;
    for (int64_t i = 0; i < in; ++i) std::fill_n(image + i * s.c, count, 0.0f);
    for (int64_t o = 0; o < out; ++o) {
      const int64_t at = (n * out + o) * s.c + c;
      for (int64_t i = 0; i < count; ++i) image[indices[at + i] * s.c + i] += from.get()[at + i];
    }
  });
  to.write(gx);
  return true;
}

}  // namespace wick::kernels::cpu::pool_fast
#endif
