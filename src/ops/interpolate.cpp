// Resampling of pictures: nearest, linear and cubic in one to three dimensions.
#include "ops/interpolate.h"

#include <wick/ops/vision.h>

#include <algorithm>
#include <cmath>

#include <wick/core/parallel.h>

#include "ops/matmul.h"

namespace wick::ops {
namespace {

// Memory as [outer, n, inner]; blocks of inner elements go to the threads.
template <class F>
void over_blocks(int64_t outer, int64_t inner, int64_t work, const F& f) {
  const int64_t block = std::min<int64_t>(inner, 2048), blocks = (inner + block - 1) / block;
  parallel_for(0, outer * blocks, std::max<int64_t>(1, 32768 / std::max<int64_t>(1, work * block)), [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i) {
      const int64_t first = i % blocks * block;
      f(i / blocks, first, std::min(block, inner - first));
    }
  });
}

template <class T>
void gather(const Taps& t, const T* x, T* y, int64_t outer, int64_t inner) {
  over_blocks(outer, inner, t.out, [&](int64_t o, int64_t first, int64_t n) {
    for (int64_t j = 0; j < t.out; ++j) {
      T* to = y + (o * t.out + j) * inner + first;
      for (int k = 0; k < t.taps; ++k) {
        const size_t at = static_cast<size_t>(j * t.taps + k);
        const T* from = x + (o * t.in + t.index[at]) * inner + first;
        const T w = static_cast<T>(t.weight[at]);
        if (t.taps == 1) std::copy(from, from + n, to);
        else if (k == 0) for (int64_t i = 0; i < n; ++i) to[i] = w * from[i];
        else for (int64_t i = 0; i < n; ++i) to[i] += w * from[i];
      }
    }
  });
}
template <class T>
void scatter(const Taps& t, const T* y, T* x, int64_t outer, int64_t inner) {
  over_blocks(outer, inner, t.out, [&](int64_t o, int64_t first, int64_t n) {
    for (int64_t j = 0; j < t.in; ++j) std::fill_n(x + (o * t.in + j) * inner + first, n, T(0));
    for (int64_t j = 0; j < t.out; ++j)
      for (int k = 0; k < t.taps; ++k) {
        const size_t at = static_cast<size_t>(j * t.taps + k);
        const T* from = y + (o * t.out + j) * inner + first;
        T* to = x + (o * t.in + t.index[at]) * inner + first;
        const T w = static_cast<T>(t.weight[at]);
        for (int64_t i = 0; i < n; ++i) to[i] += w * from[i];
      }
  });
}

MemoryFormat format_of(const Tensor& x) { return x.dim() == 4 || x.dim() == 5 ? x.suggest_memory_format() : MemoryFormat::Contiguous; }

// One step on dense memory; x is float, double or complex.
Tensor step(const Tensor& x, const Resampling& r, MemoryFormat f, bool transposed) {
  const Taps& t = *r.taps;
  DimVec sizes(x.sizes());
  sizes[static_cast<size_t>(r.dim)] = transposed ? t.in : t.out;
  Tensor y = make_tensor(sizes, format_strides(sizes, f), x.scalar_type());
  if (y.numel() == 0) return y;
  if (x.numel() == 0) {
    raw_fill(y, 0);
    return y;
  }
  // The stride tells what lies inside of the dimension, unless the dimension has one element.
  int64_t inner = x.is_complex() ? 2 : 1;
  for (int64_t d = 0; d < x.dim(); ++d) {
    const bool inside = f == MemoryFormat::Contiguous ? d > r.dim : d == 1 || d > r.dim;
    if (inside && d != r.dim) inner *= x.size(d);
  }
  const int64_t outer = x.numel() * (x.is_complex() ? 2 : 1) / (x.size(r.dim) * inner);
  const auto run = [&](auto zero) {
    using T = decltype(zero);
    if (transposed) scatter<T>(t, typed<T>(x), typed<T>(y), outer, inner);
    else gather<T>(t, typed<T>(x), typed<T>(y), outer, inner);
  };
  if (to_real_type(x.scalar_type()) == kDouble) run(0.0);
  else run(0.0f);
  return y;
}
ScalarType work_type(ScalarType t) { return is_complex_type(t) || t == kDouble || t == kFloat ? t : is_floating_type(t) || t == kByte ? kFloat : kDouble; }
Tensor round_to(const Tensor& x, ScalarType t) {
  if (x.scalar_type() == t) return x;
  Tensor r = make_tensor(x.sizes(), x.strides(), t);
  raw_copy(r, is_integral_type(t, true) ? x.round().clamp(0, t == kByte ? 255 : 9e15) : x);
  return r;
}
Tensor resample_kernel(const Tensor& x, const std::vector<Resampling>& steps, bool transposed) {
  const MemoryFormat f = format_of(x);
  const ScalarType t = work_type(x.scalar_type());
  Tensor y = x;
  if (!x.is_contiguous(f) || x.scalar_type() != t) {
    y = make_tensor(x.sizes(), format_strides(x.sizes(), f), t);
    raw_copy(y, x);
  }
  for (size_t i = 0; i < steps.size(); ++i) {
    y = step(y, steps[transposed ? steps.size() - 1 - i : i], f, transposed);
    if (x.scalar_type() == kByte) y = (y + 0.5).floor().clamp(0, 255);  // bytes between the passes
  }
  return round_to(y, x.scalar_type());
}
Tensor resample_either(const char* node, const Tensor& x, const std::vector<Resampling>& steps, bool transposed) {
  return record(node, {x}, {}, [&] { return resample_kernel(x, steps, transposed); },
                [node, steps, transposed](Backward& b) { b.grad(0, resample_either(node, b.g(), steps, !transposed)); });
}

// --- Source positions, computed in the precision PyTorch uses ---------------------------------------------------------

enum class Mode { nearest, nearest_exact, linear, cubic };

template <class R>
R source_scale(int64_t in, int64_t out, bool align, std::optional<double> scale) {
  if (align) return out > 1 ? static_cast<R>(in - 1) / static_cast<R>(out - 1) : R(0);
  return scale && *scale > 0 ? static_cast<R>(1.0 / *scale) : static_cast<R>(in) / static_cast<R>(out);
}
template <class R>
void cubic_weights(R t, double* w) {
  const R a = R(-0.75);
  const auto near = [a](R x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  const auto far = [a](R x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  w[0] = far(t + 1);
  w[1] = near(t);
  w[2] = near(1 - t);
  w[3] = far(2 - t);
}
template <class R>
std::shared_ptr<const Taps> source_taps(Mode mode, int64_t in, int64_t out, bool align, std::optional<double> factor) {
  auto t = std::make_shared<Taps>();
  t->in = in;
  t->out = out;
  t->taps = mode == Mode::linear ? 2 : mode == Mode::cubic ? 4 : 1;
  const R scale = source_scale<R>(in, out, align, factor);
  for (int64_t o = 0; o < out; ++o) {
    if (t->taps == 1) {
      const R at = mode == Mode::nearest ? static_cast<R>(o) : static_cast<R>(o) + R(0.5);
      t->index.push_back(std::min<int64_t>(static_cast<int64_t>(std::floor(at * scale)), in - 1));
      t->weight.push_back(1);
      continue;
    }
    R at = align ? scale * static_cast<R>(o) : scale * (static_cast<R>(o) + R(0.5)) - R(0.5);
    if (mode == Mode::linear) {
      at = std::max(at, R(0));
      const int64_t i = std::min(static_cast<int64_t>(at), in - 1);
      const R l = std::clamp(at - static_cast<R>(i), R(0), R(1));
      t->index.insert(t->index.end(), {i, std::min(i + 1, in - 1)});
      t->weight.insert(t->weight.end(), {static_cast<double>(R(1) - l), static_cast<double>(l)});
      continue;
    }
    const int64_t i = static_cast<int64_t>(std::floor(at));
    double w[4];
    cubic_weights<R>(at - static_cast<R>(i), w);
    for (int k = 0; k < 4; ++k) {
      t->index.push_back(std::clamp<int64_t>(i - 1 + k, 0, in - 1));
      t->weight.push_back(w[k]);
    }
  }
  return t;
}

// With antialiasing the filter widens as the picture shrinks, so that every input element counts.
template <class R>
std::shared_ptr<const Taps> wide_taps(Mode mode, int64_t in, int64_t out, bool align, std::optional<double> factor) {
  const auto filter = [mode](R x) {
    x = std::abs(x);
    if (mode == Mode::linear) return x < 1 ? 1 - x : R(0);
    const R a = R(-0.5);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : R(0);
  };
  auto t = std::make_shared<Taps>();
  t->in = in;
  t->out = out;
  const R scale = source_scale<R>(in, out, align, factor), radius = mode == Mode::linear ? R(1) : R(2);
  const R support = scale >= 1 ? radius * scale : radius, inverse = scale >= 1 ? 1 / scale : R(1);
  t->taps = static_cast<int>(std::ceil(support)) * 2 + 1;
  for (int64_t o = 0; o < out; ++o) {
    const R centre = scale * (static_cast<R>(o) + R(0.5));
    const int64_t first = std::max<int64_t>(static_cast<int64_t>(centre - support + R(0.5)), 0);
    const int64_t n = std::clamp<int64_t>(std::min(static_cast<int64_t>(centre + support + R(0.5)), in) - first, 0, t->taps);
    R total = 0;
    std::vector<R> w;
    for (int64_t k = 0; k < n; ++k) total += w.emplace_back(filter((static_cast<R>(k + first) - centre + R(0.5)) * inverse));
    for (int64_t k = 0; k < t->taps; ++k) {
      t->index.push_back(std::min(first + std::min(k, std::max<int64_t>(n - 1, 0)), in - 1));
      t->weight.push_back(k < n && total != 0 ? static_cast<double>(w[static_cast<size_t>(k)] / total) : 0);
    }
  }
  return t;
}

struct Upsampling {
  const char *op, *node;
  int dims;
  Mode mode;
  bool antialias = false;
};
Tensor upsample(const Upsampling& u, const Tensor& x, IntArrayRef size, bool align, std::initializer_list<std::optional<double>> scales) {
  check_defined(u.op, {x});
  WICK_CHECK(size.size() == static_cast<size_t>(u.dims), "It is expected output_size equals to ", u.dims, ", but got size ", size.size());
  WICK_CHECK(x.dim() == u.dims + 2, "It is expected input_size equals to ", u.dims + 2, ", but got size ", x.dim());
  WICK_CHECK(x.size(1) > 0, "Non-empty ", u.dims + 2, "D data tensor expected but got a tensor with sizes ", x.sizes());
  WICK_CHECK_TYPE(NotImplementedError, is_floating_type(x.scalar_type()) || (x.scalar_type() == kByte), "\"", u.op, "\" not implemented for '", x.scalar_type(), "'");
  for (int i = 0; i < u.dims; ++i)
    WICK_CHECK(x.size(i + 2) > 0 && size[static_cast<size_t>(i)] > 0, "Input and output sizes should be greater than 0, but got input ", x.sizes(), " output ", size);
  std::vector<Resampling> steps;
  for (int i = u.dims - 1; i >= 0; --i) {
    const int64_t in = x.size(i + 2), out = size[static_cast<size_t>(i)];
    const std::optional<double> s = scales.begin()[i];
    const bool picks = u.mode == Mode::nearest || u.mode == Mode::nearest_exact, exact = x.scalar_type() == kDouble && !picks;
    if (in == out && picks && (!s || *s == 1.0)) continue;
    if (u.antialias) steps.push_back({i + 2, exact ? wide_taps<double>(u.mode, in, out, align, s) : wide_taps<float>(u.mode, in, out, align, s)});
    else steps.push_back({i + 2, exact ? source_taps<double>(u.mode, in, out, align, s) : source_taps<float>(u.mode, in, out, align, s)});
  }
  if (steps.empty()) return x.clone();
  return resample(u.node, x, steps);
}
std::vector<int64_t> upsampled_size(const Tensor& x, OptionalIntArrayRef size, std::optional<ArrayRef<double>> factors, int dims) {
  WICK_CHECK(size.has_value() != factors.has_value(), "Must specify exactly one of output_size and scale_factors");
  if (size.has_value()) return size->vec();
  WICK_CHECK(factors->size() == static_cast<size_t>(dims), "scale_factors: expected ", dims, " values, got ", factors->size());
  std::vector<int64_t> s;
  for (int i = 0; i < dims; ++i) s.push_back(static_cast<int64_t>(static_cast<double>(x.size(i + 2)) * (*factors)[static_cast<size_t>(i)]));
  return s;
}
std::optional<double> factor_at(const std::optional<ArrayRef<double>>& f, size_t i) { return f ? std::optional<double>((*f)[i]) : std::nullopt; }

constexpr Upsampling kNearest1{"upsample_nearest1d", "UpsampleNearest1DBackward0", 1, Mode::nearest}, kNearest2{"upsample_nearest2d", "UpsampleNearest2DBackward0", 2, Mode::nearest},
    kNearest3{"upsample_nearest3d", "UpsampleNearest3DBackward0", 3, Mode::nearest}, kLinear1{"upsample_linear1d", "UpsampleLinear1DBackward0", 1, Mode::linear},
    kLinear2{"upsample_bilinear2d", "UpsampleBilinear2DBackward0", 2, Mode::linear}, kLinear3{"upsample_trilinear3d", "UpsampleTrilinear3DBackward0", 3, Mode::linear},
    kCubic2{"upsample_bicubic2d", "UpsampleBicubic2DBackward0", 2, Mode::cubic}, kExact1{"_upsample_nearest_exact1d", "UpsampleNearestExact1DBackward0", 1, Mode::nearest_exact},
    kExact2{"_upsample_nearest_exact2d", "UpsampleNearestExact2DBackward0", 2, Mode::nearest_exact},
    kExact3{"_upsample_nearest_exact3d", "UpsampleNearestExact3DBackward0", 3, Mode::nearest_exact},
    kLinearAa{"_upsample_bilinear2d_aa", "UpsampleBilinear2DAaBackward0", 2, Mode::linear, true}, kCubicAa{"_upsample_bicubic2d_aa", "UpsampleBicubic2DAaBackward0", 2, Mode::cubic, true};

}  // namespace

Tensor resample(const char* node, const Tensor& x, const std::vector<Resampling>& steps) { return resample_either(node, x, steps, false); }

}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;
using Factor = std::optional<double>;
using Factors = std::optional<ArrayRef<double>>;

Tensor upsample_nearest1d(const Tensor& self, IntArrayRef output_size, Factor scales) { return upsample(kNearest1, self, output_size, false, {scales}); }
Tensor upsample_nearest1d(const Tensor& input, OptionalIntArrayRef output_size, Factors f) {
  return upsample_nearest1d(input, upsampled_size(input, output_size, f, 1), factor_at(f, 0));
}
Tensor& upsample_nearest1d_out(Tensor& out, const Tensor& self, IntArrayRef output_size, Factor scales) {
  return out_from("upsample_nearest1d", out, {self}, [&] { return upsample_nearest1d(self, output_size, scales); });
}
Tensor upsample_nearest2d(const Tensor& self, IntArrayRef output_size, Factor h, Factor w) { return upsample(kNearest2, self, output_size, false, {h, w}); }
Tensor upsample_nearest2d(const Tensor& input, OptionalIntArrayRef output_size, Factors f) {
  return upsample_nearest2d(input, upsampled_size(input, output_size, f, 2), factor_at(f, 0), factor_at(f, 1));
}
Tensor& upsample_nearest2d_out(Tensor& out, const Tensor& self, IntArrayRef output_size, Factor h, Factor w) {
  return out_from("upsample_nearest2d", out, {self}, [&] { return upsample_nearest2d(self, output_size, h, w); });
}
Tensor& upsample_nearest2d_out(Tensor& out, const Tensor& input, OptionalIntArrayRef output_size, Factors f) {
  return out_from("upsample_nearest2d", out, {input}, [&] { return upsample_nearest2d(input, output_size, f); });
}
Tensor upsample_nearest3d(const Tensor& self, IntArrayRef output_size, Factor d, Factor h, Factor w) { return upsample(kNearest3, self, output_size, false, {d, h, w}); }
Tensor upsample_nearest3d(const Tensor& input, OptionalIntArrayRef output_size, Factors f) {
  return upsample_nearest3d(input, upsampled_size(input, output_size, f, 3), factor_at(f, 0), factor_at(f, 1), factor_at(f, 2));
}
Tensor& upsample_nearest3d_out(Tensor& out, const Tensor& self, IntArrayRef output_size, Factor d, Factor h, Factor w) {
  return out_from("upsample_nearest3d", out, {self}, [&] { return upsample_nearest3d(self, output_size, d, h, w); });
}

Tensor upsample_linear1d(const Tensor& self, IntArrayRef output_size, bool align_corners, Factor scales) { return upsample(kLinear1, self, output_size, align_corners, {scales}); }
Tensor upsample_linear1d(const Tensor& input, OptionalIntArrayRef output_size, bool align_corners, Factors f) {
  return upsample_linear1d(input, upsampled_size(input, output_size, f, 1), align_corners, factor_at(f, 0));
}
Tensor& upsample_linear1d_out(Tensor& out, const Tensor& self, IntArrayRef output_size, bool align_corners, Factor scales) {
  return out_from("upsample_linear1d", out, {self}, [&] { return upsample_linear1d(self, output_size, align_corners, scales); });
}
#define WICK_UPSAMPLE2(name, spec)                                                                                                                                     \
  Tensor name(const Tensor& self, IntArrayRef output_size, bool align_corners, Factor h, Factor w) { return upsample(spec, self, output_size, align_corners, {h, w}); } \
  Tensor name(const Tensor& input, OptionalIntArrayRef output_size, bool align_corners, Factors f) {                                                                   \
    return name(input, upsampled_size(input, output_size, f, 2), align_corners, factor_at(f, 0), factor_at(f, 1));                                                     \
  }                                                                                                                                                                    \
  Tensor& name##_out(Tensor& out, const Tensor& self, IntArrayRef output_size, bool align_corners, Factor h, Factor w) {                                                \
    return out_from(#name, out, {self}, [&] { return name(self, output_size, align_corners, h, w); });                                                                 \
  }
WICK_UPSAMPLE2(upsample_bilinear2d, kLinear2)
WICK_UPSAMPLE2(upsample_bicubic2d, kCubic2)
WICK_UPSAMPLE2(_upsample_bilinear2d_aa, kLinearAa)
WICK_UPSAMPLE2(_upsample_bicubic2d_aa, kCubicAa)
Tensor& upsample_bilinear2d_out(Tensor& out, const Tensor& input, OptionalIntArrayRef output_size, bool align_corners, Factors f) {
  return out_from("upsample_bilinear2d", out, {input}, [&] { return upsample_bilinear2d(input, output_size, align_corners, f); });
}
Tensor upsample_trilinear3d(const Tensor& self, IntArrayRef output_size, bool align_corners, Factor d, Factor h, Factor w) {
  return upsample(kLinear3, self, output_size, align_corners, {d, h, w});
}
Tensor upsample_trilinear3d(const Tensor& input, OptionalIntArrayRef output_size, bool align_corners, Factors f) {
  return upsample_trilinear3d(input, upsampled_size(input, output_size, f, 3), align_corners, factor_at(f, 0), factor_at(f, 1), factor_at(f, 2));
}
Tensor& upsample_trilinear3d_out(Tensor& out, const Tensor& self, IntArrayRef output_size, bool align_corners, Factor d, Factor h, Factor w) {
  return out_from("upsample_trilinear3d", out, {self}, [&] { return upsample_trilinear3d(self, output_size, align_corners, d, h, w); });
}

Tensor _upsample_nearest_exact1d(const Tensor& self, IntArrayRef output_size, Factor scales) { return upsample(kExact1, self, output_size, false, {scales}); }
Tensor _upsample_nearest_exact1d(const Tensor& input, OptionalIntArrayRef output_size, Factors f) {
  return _upsample_nearest_exact1d(input, upsampled_size(input, output_size, f, 1), factor_at(f, 0));
}
Tensor _upsample_nearest_exact2d(const Tensor& self, IntArrayRef output_size, Factor h, Factor w) { return upsample(kExact2, self, output_size, false, {h, w}); }
Tensor _upsample_nearest_exact2d(const Tensor& input, OptionalIntArrayRef output_size, Factors f) {
  return _upsample_nearest_exact2d(input, upsampled_size(input, output_size, f, 2), factor_at(f, 0), factor_at(f, 1));
}
Tensor _upsample_nearest_exact3d(const Tensor& self, IntArrayRef output_size, Factor d, Factor h, Factor w) { return upsample(kExact3, self, output_size, false, {d, h, w}); }
Tensor _upsample_nearest_exact3d(const Tensor& input, OptionalIntArrayRef output_size, Factors f) {
  return _upsample_nearest_exact3d(input, upsampled_size(input, output_size, f, 3), factor_at(f, 0), factor_at(f, 1), factor_at(f, 2));
}
Tensor& _upsample_nearest_exact1d_out(Tensor& out, const Tensor& self, IntArrayRef output_size, Factor scales) {
  return out_from("_upsample_nearest_exact1d", out, {self}, [&] { return _upsample_nearest_exact1d(self, output_size, scales); });
}
Tensor& _upsample_nearest_exact2d_out(Tensor& out, const Tensor& self, IntArrayRef output_size, Factor h, Factor w) {
  return out_from("_upsample_nearest_exact2d", out, {self}, [&] { return _upsample_nearest_exact2d(self, output_size, h, w); });
}
Tensor& _upsample_nearest_exact3d_out(Tensor& out, const Tensor& self, IntArrayRef output_size, Factor d, Factor h, Factor w) {
  return out_from("_upsample_nearest_exact3d", out, {self}, [&] { return _upsample_nearest_exact3d(self, output_size, d, h, w); });
}

}  // namespace wick::inline v1
