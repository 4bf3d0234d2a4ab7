#include "kernels/cpu/simd.h"
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "vision/resample.cpp"
#include <hwy/foreach_target.h>
// Highway's rule: after foreach_target.h.
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include <wick/core/str.h>

#include "vision/resample.h"

WICK_BEFORE_TARGET();
namespace wick::vision {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kBits = 22;  // Pillow's fixed point for 8 bits

HWY_INLINE uint8_t clip(int32_t v) { return static_cast<uint8_t>(std::clamp(v >> kBits, 0, 255)); }

// A row: from[i], count[i] and the weights of each result. `readable` is the end of what may be read behind `in`.
void rows_u8(const uint8_t* in, const uint8_t* readable, int64_t channels, const int32_t* from, const int32_t* count, const int32_t* weights, int64_t stride, int64_t width, uint8_t* out) {
  for (int64_t x = 0; x < width; ++x, weights += stride, out += channels) {
    const uint8_t* p = in + from[x] * channels;
    const int32_t n = count[x];
#if HWY_TARGET != HWY_SCALAR
    const hn::FixedTag<int32_t, 4> d;
    const hn::Rebind<uint8_t, decltype(d)> d8;
    if ((channels == 3 || channels == 4) && p + n * channels + 1 <= readable) {
      auto sum = hn::Set(d, 1 << (kBits - 1));
      for (int32_t i = 0; i < n; ++i) sum = hn::Add(sum, hn::Mul(hn::Set(d, weights[i]), hn::PromoteTo(d, hn::LoadU(d8, p + i * channels))));
      uint8_t four[4];
      hn::StoreU(hn::DemoteTo(d8, hn::ShiftRight<kBits>(sum)), d8, four);
      std::memcpy(out, four, static_cast<size_t>(channels));
      continue;
    }
#else
    (void)readable;
#endif
    for (int64_t c = 0; c < channels; ++c) {
      int32_t sum = 1 << (kBits - 1);
      for (int32_t i = 0; i < n; ++i) sum += weights[i] * p[i * channels + c];
      out[c] = clip(sum);
    }
  }
}

// One row of the result from `count` rows.
void columns_u8(const uint8_t* in, int64_t row, int32_t count, const int32_t* weights, int64_t n, uint8_t* out) {
  const hn::ScalableTag<int32_t> d;
  const hn::Rebind<uint8_t, decltype(d)> d8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t x = 0;
  for (; x + lanes <= n; x += lanes) {
    auto sum = hn::Set(d, 1 << (kBits - 1));
    for (int32_t i = 0; i < count; ++i) sum = hn::Add(sum, hn::Mul(hn::Set(d, weights[i]), hn::PromoteTo(d, hn::LoadU(d8, in + i * row + x))));
    hn::StoreU(hn::DemoteTo(d8, hn::ShiftRight<kBits>(sum)), d8, out + x);
  }
  for (; x < n; ++x) {
    int32_t sum = 1 << (kBits - 1);
    for (int32_t i = 0; i < count; ++i) sum += weights[i] * in[i * row + x];
    out[x] = clip(sum);
  }
}

void planes_f32(const uint8_t* in, int64_t width, int64_t channels, const float* scale, const float* shift, float* out, int64_t plane) {
  int64_t x = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::ScalableTag<float> d;
  const hn::Rebind<int32_t, decltype(d)> di;
  const hn::Rebind<uint8_t, decltype(d)> d8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  if (channels == 3) {
    for (; x + lanes <= width; x += lanes) {
      hn::Vec<decltype(d8)> v[3];
      hn::LoadInterleaved3(d8, in + 3 * x, v[0], v[1], v[2]);
      for (int c = 0; c < 3; ++c) hn::StoreU(hn::MulAdd(hn::ConvertTo(d, hn::PromoteTo(di, v[c])), hn::Set(d, scale[c]), hn::Set(d, shift[c])), d, out + c * plane + x);
    }
  }
#endif
  for (; x < width; ++x)
    for (int64_t c = 0; c < channels; ++c) out[c * plane + x] = static_cast<float>(in[x * channels + c]) * scale[c] + shift[c];
}

void pixels_f32(const uint8_t* in, int64_t n, int64_t channels, const float* scale, const float* shift, float* out) {
  int64_t x = 0;
#if HWY_TARGET != HWY_SCALAR
  const hn::CappedTag<float, 16> d;
  const hn::Rebind<int32_t, decltype(d)> di;
  const hn::Rebind<uint8_t, decltype(d)> d8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  if (channels <= 4) {  // after as many vectors as there are channels the pattern begins again
    float scales[64], shifts[64];
    for (int64_t i = 0; i < channels * lanes; ++i) scales[i] = scale[i % channels], shifts[i] = shift[i % channels];
    for (; x + channels * lanes <= n; x += channels * lanes)
      for (int64_t k = 0; k < channels * lanes; k += lanes)
        hn::StoreU(hn::MulAdd(hn::ConvertTo(d, hn::PromoteTo(di, hn::LoadU(d8, in + x + k))), hn::LoadU(d, scales + k), hn::LoadU(d, shifts + k)), d, out + x + k);
  }
#endif
  for (; x < n; ++x) out[x] = static_cast<float>(in[x]) * scale[x % channels] + shift[x % channels];
}

}  // namespace HWY_NAMESPACE
}  // namespace wick::vision
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::vision {
namespace {

HWY_EXPORT(rows_u8);
HWY_EXPORT(columns_u8);
HWY_EXPORT(planes_f32);
HWY_EXPORT(pixels_f32);

double sinc(double x) { return x == 0 ? 1 : std::sin(M_PI * x) / (M_PI * x); }
struct Filter { double (*f)(double); double support; };
Filter filter_of(InterpolationMode mode) {
  switch (mode) {
    case InterpolationMode::BOX: return {[](double x) { return x > -0.5 && x <= 0.5 ? 1.0 : 0.0; }, 0.5};
    case InterpolationMode::HAMMING:
      return {[](double x) { return x == 0 ? 1 : std::abs(x) >= 1 ? 0 : sinc(x) * (0.54 + 0.46 * std::cos(M_PI * x)); }, 1};
    case InterpolationMode::BICUBIC:
      return {[](double x) {
                constexpr double a = -0.5;
                x = std::abs(x);
                return x < 1 ? ((a + 2) * x - (a + 3)) * x * x + 1 : x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0.0;
              }, 2};
    case InterpolationMode::LANCZOS: return {[](double x) { return -3 <= x && x < 3 ? sinc(x) * sinc(x / 3) : 0.0; }, 3};
    default: return {[](double x) { return std::max(0.0, 1 - std::abs(x)); }, 1};
  }
}

// Which values make each result, and their weights: `stride` of them, the rest 0.
struct Windows {
  std::vector<int32_t> from, count;
  std::vector<double> weights;
  std::vector<int32_t> fixed;
  int64_t stride;

  Windows(int64_t in, int64_t out, InterpolationMode mode) : from(static_cast<size_t>(out)), count(static_cast<size_t>(out)) {
    const Filter filter = filter_of(mode);
    const double scale = static_cast<double>(in) / static_cast<double>(out), stretch = std::max(scale, 1.0), support = filter.support * stretch;
    stride = static_cast<int64_t>(std::ceil(support)) * 2 + 1;
    weights.resize(static_cast<size_t>(out * stride));
    for (int64_t i = 0; i < out; ++i) {
      const double center = (static_cast<double>(i) + 0.5) * scale;
      const int64_t first = std::max<int64_t>(0, static_cast<int64_t>(center - support + 0.5)), last = std::min(in, static_cast<int64_t>(center + support + 0.5));
      double* w = weights.data() + i * stride;
      double sum = 0;
      for (int64_t k = first; k < last; ++k) sum += w[k - first] = filter.f((static_cast<double>(k) - center + 0.5) * (1 / stretch));
      if (sum != 0)
        for (int64_t k = 0; k < last - first; ++k) w[k] /= sum;
      from[static_cast<size_t>(i)] = static_cast<int32_t>(first);
      count[static_cast<size_t>(i)] = static_cast<int32_t>(last - first);
    }
  }
  void make_fixed() {
    fixed.reserve(weights.size());
    for (const double w : weights) fixed.push_back(static_cast<int32_t>((w < 0 ? -0.5 : 0.5) + w * (1 << 22)));
  }
};

void rows(const Windows& w, const uint8_t* in, const uint8_t* end, int64_t channels, int64_t width, uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(rows_u8)(in, end, channels, w.from.data(), w.count.data(), w.fixed.data(), w.stride, width, out);
}
void rows(const Windows& w, const float* in, const float*, int64_t channels, int64_t width, float* out) {
  for (int64_t x = 0; x < width; ++x) {
    const double* weights = w.weights.data() + x * w.stride;
    const float* p = in + w.from[static_cast<size_t>(x)] * channels;
    for (int64_t c = 0; c < channels; ++c) {
      double sum = 0;
      for (int32_t i = 0; i < w.count[static_cast<size_t>(x)]; ++i) sum += weights[i] * static_cast<double>(p[i * channels + c]);
      out[x * channels + c] = static_cast<float>(sum);
    }
  }
}
void columns(const Windows& w, int64_t y, const uint8_t* in, int64_t row, int64_t n, uint8_t* out) {
  HWY_DYNAMIC_DISPATCH(columns_u8)(in, row, w.count[static_cast<size_t>(y)], w.fixed.data() + y * w.stride, n, out);
}
void columns(const Windows& w, int64_t y, const float* in, int64_t row, int64_t n, float* out) {
  const double* weights = w.weights.data() + y * w.stride;
  for (int64_t x = 0; x < n; ++x) {
    double sum = 0;
    for (int32_t i = 0; i < w.count[static_cast<size_t>(y)]; ++i) sum += weights[i] * static_cast<double>(in[i * row + x]);
    out[x] = static_cast<float>(sum);
  }
}

}  // namespace

template <class T>
void resample(const T* in, const Plane& from, T* out, int64_t height, int64_t width, InterpolationMode mode) {
  const int64_t c = from.channels, row = width * c;
  const bool across = width != from.width, down = height != from.height;
  Windows vertical(from.height, height, mode), horizontal(from.width, width, mode);
  if constexpr (std::is_same_v<T, uint8_t>) vertical.make_fixed(), horizontal.make_fixed();
  const int64_t first = down ? vertical.from.front() : 0, last = down ? vertical.from.back() + vertical.count.back() : from.height;
  const T* const end = in + (from.height - 1) * from.row_stride + from.width * c;
  std::vector<T> between;
  const T* source = in + first * from.row_stride;
  int64_t source_row = from.row_stride;
  if (across) {
    T* to = out;
    if (down) {
      between.resize(static_cast<size_t>((last - first) * row));
      to = between.data();
    }
    for (int64_t y = first; y < last; ++y) rows(horizontal, in + y * from.row_stride, end, c, width, to + (y - first) * row);
    source = to;
    source_row = row;
  }
  if (down) {
    for (int64_t y = 0; y < height; ++y) columns(vertical, y, source + (vertical.from[static_cast<size_t>(y)] - first) * source_row, source_row, row, out + y * row);
  } else if (!across) {
    for (int64_t y = 0; y < height; ++y) std::copy_n(in + y * from.row_stride, row, out + y * row);
  }
}
template void resample(const uint8_t*, const Plane&, uint8_t*, int64_t, int64_t, InterpolationMode);
template void resample(const float*, const Plane&, float*, int64_t, int64_t, InterpolationMode);

void normalize_row(const uint8_t* in, int64_t width, int64_t channels, const float* scale, const float* shift, float* out, int64_t plane) {
  HWY_DYNAMIC_DISPATCH(planes_f32)(in, width, channels, scale, shift, out, plane);
}

void normalize_pixels(const uint8_t* in, int64_t width, int64_t channels, const float* scale, const float* shift, float* out) {
  HWY_DYNAMIC_DISPATCH(pixels_f32)(in, width * channels, channels, scale, shift, out);
}

void mirror_row(const uint8_t* in, int64_t width, int64_t channels, uint8_t* out) {
  const uint8_t* p = in + (width - 1) * channels;
  if (channels == 3) {
    // Four bytes at a time: what is too much is written over by the next pixel. The first has nothing behind it to read, the last nothing to write.
    uint8_t last[4] = {p[0], p[1], p[2], 0};
    std::memcpy(out, last, width > 1 ? 4 : 3);
    for (int64_t x = 1; x + 1 < width; ++x) std::memcpy(out + 3 * x, p - 3 * x, 4);
    if (width > 1) std::memcpy(out + 3 * (width - 1), in, 3);
    return;
  }
  for (int64_t x = 0; x < width; ++x, p -= channels, out += channels) std::copy_n(p, channels, out);
}

}  // namespace wick::vision
#endif
