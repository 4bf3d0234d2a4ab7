// Convolutions: oneDNN's kernels where it has fast ones, products of matrices elsewhere (1x1 kernels; f64, f16 and
// complex, and shapes that oneDNN refuses: there windows of the input become columns).
#include "kernels/cpu/conv.h"

#include <wick/core/parallel.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "kernels/cpu/conv_depthwise.h"
#include "kernels/cpu/conv_winograd.h"
#include "kernels/cpu/copy.h"
#include "kernels/cpu/gemm.h"
#include "kernels/cpu/gemm_parallel.h"
#include "kernels/cpu/onednn.h"
#include "kernels/cpu/pointwise.h"
#include "kernels/cpu/scratch.h"

namespace wick::kernels::cpu {

void ConvShape::infer_out() {
  for (int d = 0; d < dims; ++d) {
    const int64_t span = dilation[d] * (kernel[d] - 1) + 1, room = in[d] + pad_begin[d] + pad_end[d] - span;
    out[d] = room < 0 ? -1 : room / stride[d] + 1;
  }
}

namespace {

// The shape with three spatial dimensions, in front of which ones are put.
struct Plan {
  ConvShape s;
  int64_t in_plane = 1, out_plane = 1, window = 1, cg, kg;
  bool direct;  // a 1x1 kernel: the input is its own matrix of columns

  explicit Plan(const ConvShape& given) : s(given) {
    for (int d = 2; d >= 0; --d) {
      const int from = d - (3 - given.dims);
      const auto at = static_cast<size_t>(d);
      s.in[at] = from < 0 ? 1 : given.in[from];
      s.out[at] = from < 0 ? 1 : given.out[from];
      s.kernel[at] = from < 0 ? 1 : given.kernel[from];
      s.stride[at] = from < 0 ? 1 : given.stride[from];
      s.dilation[at] = from < 0 ? 1 : given.dilation[from];
      s.pad_begin[at] = from < 0 ? 0 : given.pad_begin[from];
      s.pad_end[at] = from < 0 ? 0 : given.pad_end[from];
      in_plane *= s.in[at];
      out_plane *= s.out[at];
      window *= s.kernel[at];
    }
    cg = s.c / s.groups;
    kg = s.k / s.groups;
    direct = window == 1;
    for (int d = 0; d < 3; ++d) direct = direct && s.stride[d] == 1 && s.pad_begin[d] == 0 && s.pad_end[d] == 0;
  }
  int64_t rows() const { return cg * window; }

  // Calls f(row, input offset or -1) for output positions: one run of the innermost output dimension at a time.
  template <class F>
  void each_run(int64_t row, F&& f) const {
    const int64_t kw = row % s.kernel[2], kh = row / s.kernel[2] % s.kernel[1], kd = row / (s.kernel[2] * s.kernel[1]) % s.kernel[0];
    const int64_t channel = row / window, w0 = kw * s.dilation[2] - s.pad_begin[2];
    // Output columns whose input column lies inside.
    const int64_t first = std::min(s.out[2], w0 >= 0 ? 0 : (-w0 + s.stride[2] - 1) / s.stride[2]);
    const int64_t last = s.in[2] - 1 - w0 < 0 ? first : std::max(first, std::min(s.out[2], (s.in[2] - 1 - w0) / s.stride[2] + 1));
    for (int64_t od = 0; od < s.out[0]; ++od) {
      const int64_t id = od * s.stride[0] + kd * s.dilation[0] - s.pad_begin[0];
      for (int64_t oh = 0; oh < s.out[1]; ++oh) {
        const int64_t ih = oh * s.stride[1] + kh * s.dilation[1] - s.pad_begin[1];
        const bool inside = id >= 0 && id < s.in[0] && ih >= 0 && ih < s.in[1];
        const int64_t column = (od * s.out[1] + oh) * s.out[2];
        const int64_t source = inside ? ((channel * s.in[0] + id) * s.in[1] + ih) * s.in[2] + w0 : -1;
        f(column, inside, source, inside ? first : 0, inside ? last : 0);
      }
    }
  }
};

// columns[row][position] from one group of channels of one image.
template <class T>
void to_columns(const Plan& p, const T* x, T* columns) {
  for (int64_t row = 0; row < p.rows(); ++row) {
    T* out = columns + row * p.out_plane;
    p.each_run(row, [&](int64_t at, bool inside, int64_t source, int64_t first, int64_t last) {
      T* o = out + at;
      if (!inside) {
        std::fill_n(o, p.s.out[2], T(0));
        return;
      }
      std::fill_n(o, first, T(0));
      const T* src = x + source;
      if (p.s.stride[2] == 1) std::copy(src + first, src + last, o + first);
      else for (int64_t i = first; i < last; ++i) o[i] = src[i * p.s.stride[2]];
      std::fill(o + last, o + p.s.out[2], T(0));
    });
  }
}

template <class T>
void from_columns(const Plan& p, const T* columns, T* x) {
  for (int64_t row = 0; row < p.rows(); ++row) {
    const T* in = columns + row * p.out_plane;
    p.each_run(row, [&](int64_t at, bool inside, int64_t source, int64_t first, int64_t last) {
      if (!inside) return;
      T* to = x + source;
      for (int64_t i = first; i < last; ++i) to[i * p.s.stride[2]] += in[at + i];
    });
  }
}

template <class T>
void forward(const Plan& p, const T* x, const T* w, const T* bias, T* y) {
  const ConvShape& s = p.s;
  parallel_for(0, s.n * s.groups, 1, [&](int64_t b, int64_t e) {
    Scratch work(p.direct ? 0 : static_cast<size_t>(p.rows() * p.out_plane) * sizeof(T));
    for (int64_t i = b; i < e; ++i) {
      const int64_t n = i / s.groups, g = i % s.groups;
      const T* image = x + (n * s.c + g * p.cg) * p.in_plane;
      const T* columns = image;
      if (!p.direct) {
        to_columns(p, image, work.as<T>());
        columns = work.as<T>();
      }
      T* out = y + (n * s.k + g * p.kg) * p.out_plane;
      if (bias)
        for (int64_t k = 0; k < p.kg; ++k) std::fill_n(out + k * p.out_plane, p.out_plane, bias[g * p.kg + k]);
      gemm(s.dtype, false, false, p.kg, p.out_plane, p.rows(), 1, w + g * p.kg * p.rows(), p.rows(), columns, p.out_plane, bias ? 1 : 0, out, p.out_plane);
    }
  });
}

template <class T>
void backward_data(const Plan& p, const T* gy, const T* w, T* gx) {
  const ConvShape& s = p.s;
  parallel_for(0, s.n * s.groups, 1, [&](int64_t b, int64_t e) {
    Scratch work(p.direct ? 0 : static_cast<size_t>(p.rows() * p.out_plane) * sizeof(T));
    for (int64_t i = b; i < e; ++i) {
      const int64_t n = i / s.groups, g = i % s.groups;
      T* image = gx + (n * s.c + g * p.cg) * p.in_plane;
      T* columns = p.direct ? image : work.as<T>();
      gemm(s.dtype, true, false, p.rows(), p.out_plane, p.kg, 1, w + g * p.kg * p.rows(), p.rows(), gy + (n * s.k + g * p.kg) * p.out_plane, p.out_plane, 0, columns, p.out_plane);
      if (p.direct) continue;
      std::fill_n(image, p.cg * p.in_plane, T(0));
      from_columns(p, columns, image);
    }
  });
}

// Images are summed in a fixed number of parts, so that the sum does not depend on the number of threads.
constexpr int64_t kParts = 8;

template <class T>
void backward_weights(const Plan& p, const T* x, const T* gy, T* gw, T* gb) {
  const ConvShape& s = p.s;
  const int64_t size = s.k * p.rows(), parts = std::min(kParts, std::max<int64_t>(s.n, 1));
  std::vector<T> partial(static_cast<size_t>((parts - 1) * size));
  parallel_for(0, parts, 1, [&](int64_t b, int64_t e) {
    Scratch work(p.direct ? 0 : static_cast<size_t>(p.rows() * p.out_plane) * sizeof(T));
    for (int64_t part = b; part < e; ++part) {
      T* sum = part == 0 ? gw : partial.data() + (part - 1) * size;
      std::fill_n(sum, size, T(0));
      for (int64_t n = s.n * part / parts; n < s.n * (part + 1) / parts; ++n)
        for (int64_t g = 0; g < s.groups; ++g) {
          const T* image = x + (n * s.c + g * p.cg) * p.in_plane;
          const T* columns = image;
          if (!p.direct) {
            to_columns(p, image, work.as<T>());
            columns = work.as<T>();
          }
          gemm(s.dtype, false, true, p.kg, p.rows(), p.out_plane, 1, gy + (n * s.k + g * p.kg) * p.out_plane, p.out_plane, columns, p.out_plane, 1, sum + g * p.kg * p.rows(), p.rows());
        }
    }
  });
  for (int64_t part = 1; part < parts; ++part)
    for (int64_t i = 0; i < size; ++i) gw[i] += partial[static_cast<size_t>((part - 1) * size + i)];
  if (!gb) return;
  for (int64_t k = 0; k < s.k; ++k) {
    T total = T(0);
    for (int64_t n = 0; n < s.n; ++n) {
      T plane = T(0);
      const T* row = gy + (n * s.k + k) * p.out_plane;
      for (int64_t i = 0; i < p.out_plane; ++i) plane += row[i];
      total += plane;
    }
    gb[k] = total;
  }
}

// Dense copies between the layouts; the channel is dimension 1 of [a, c, plane].
void swap_layout(size_t size, int64_t a, int64_t c, int64_t plane, void* dst, const void* src, bool to_last) {
  const int64_t sizes[] = {a, c, plane}, plain[] = {c * plane, plane, 1}, last[] = {c * plane, 1, c};
  copy_strided(size, 3, sizes, dst, to_last ? last : plain, src, to_last ? plain : last);
}

// An argument in the plain layout and the type that is computed in.
class Plain {
 public:
  Plain(ScalarType type, ScalarType compute, bool channels_last, int64_t a, int64_t c, int64_t plane, const void* p)
      : type_(type), compute_(compute), last_(channels_last && c > 1 && plane > 1), a_(a), c_(c), plane_(plane), n_(a * c * plane) {
    if (p && type_ == compute_ && !last_) {
      data_ = const_cast<void*>(p);
      return;
    }
    const size_t wide = element_size(compute_);
    owned_.resize(static_cast<size_t>(n_) * wide);
    data_ = owned_.data();
    if (!p) return;
    const void* src = p;
    std::vector<char> cast;
    if (type_ != compute_) {
      cast.resize(static_cast<size_t>(n_) * wide);
      convert(n_, cast.data(), compute_, p, type_);
      src = cast.data();
    }
    if (last_) swap_layout(wide, a_, c_, plane_, data_, src, false);
    else std::memcpy(data_, src, static_cast<size_t>(n_) * wide);
  }
  // Where to write a result that `store` then puts into place.
  void* target(void* p) {
    if (type_ == compute_ && !last_) return data_ = p;
    return data_;
  }
  void store(void* p) const {
    if (data_ == p) return;
    const size_t wide = element_size(compute_);
    const void* src = data_;
    std::vector<char> moved;
    if (last_) {
      moved.resize(static_cast<size_t>(n_) * wide);
      swap_layout(wide, a_, c_, plane_, moved.data(), src, true);
      src = moved.data();
    }
    if (type_ == compute_) std::memcpy(p, src, static_cast<size_t>(n_) * wide);
    else convert(n_, p, type_, src, compute_);
  }
  const void* get() const { return data_; }

 private:
  ScalarType type_, compute_;
  bool last_;
  int64_t a_, c_, plane_, n_;
  std::vector<char> owned_;
  void* data_ = nullptr;
};

template <class F>
void by_type(ScalarType t, F&& f) {
  switch (t) {
    case kDouble: return f(double());
    case kComplexFloat: return f(std::complex<float>());
    case kComplexDouble: return f(std::complex<double>());
    default: return f(float());
  }
}

struct Arguments {
  ScalarType compute;
  Plan plan;
  explicit Arguments(const ConvShape& s) : compute(s.dtype == kHalf || s.dtype == kBFloat16 ? kFloat : s.dtype), plan(s) { plan.s.dtype = compute; }
  Plain x(const ConvShape& s, const void* p) const { return Plain(s.dtype, compute, s.x_channels_last, s.n, s.c, plan.in_plane, p); }
  Plain w(const ConvShape& s, const void* p) const { return Plain(s.dtype, compute, s.w_channels_last, s.k, plan.cg, plan.window, p); }
  Plain y(const ConvShape& s, const void* p) const { return Plain(s.dtype, compute, s.y_channels_last, s.n, s.k, plan.out_plane, p); }
  Plain b(const ConvShape& s, const void* p) const { return Plain(s.dtype, compute, false, s.k, 1, 1, p); }
};

// Whether oneDNN computes this dtype fast.
bool library(const ConvShape& s) {
  if (s.dtype != kFloat && !(s.dtype == kBFloat16 && onednn::has_bf16())) return false;
  return s.n > 0 && s.c > 0 && s.k > 0;
}

// Its kernels for the data gradient idle on few input channels (16 GFLOP/s for one, where columns reach 125).
bool library_data(const ConvShape& s) { return library(s) && (s.c / s.groups >= 8 || s.c == s.groups); }

// So few products per output that bringing the result into the plain layout would cost more than they do: columns,
// which stay in L1, give that layout at once.
bool few_taps(const ConvShape& s) {
  int64_t taps = s.c / s.groups;
  for (int d = 0; d < s.dims; ++d) taps *= s.kernel[d];
  return s.dtype == kFloat && s.groups == 1 && taps <= 16 && !s.x_channels_last && !s.y_channels_last && !s.w_channels_last;
}

// 1x1 kernels, without groups, in one layout: one product of matrices, or one per image.
bool pixelwise(const ConvShape& s, const Plan& p) {
  return p.direct && s.groups == 1 && (s.x_channels_last == s.y_channels_last || p.in_plane == 1) && s.n > 0;
}

// y += bias, a value for each channel: one more pass costs less than the library's way to bring the result into the plain layout.
void add_to_planes(int64_t planes, int64_t channels, int64_t size, const float* bias, float* y) {
  for_tasks(planes, planes * size > 65536, [&](int64_t i) {
    float* out = y + i * size;
    const float b = bias[i % channels];
    for (int64_t j = 0; j < size; ++j) out[j] += b;
  });
}

bool pixelwise_forward(const ConvShape& s, const Plan& p, const void* x, const void* w, const void* bias, void* y) {
  if (!pixelwise(s, p) || (bias && !is_floating_type(s.dtype))) return false;
  if (s.x_channels_last || p.in_plane == 1) {
    const int64_t pixels = s.n * p.in_plane;
    if (bias) gemm_bias_act(s.dtype, false, true, pixels, s.k, s.c, x, s.c, w, s.c, bias, Activation::none, y, s.k);
    else gemm(s.dtype, false, true, pixels, s.k, s.c, 1, x, s.c, w, s.c, 0, y, s.k);
    return true;
  }
  if (bias && s.dtype != kFloat) return false;
  gemm_batched(s.dtype, s.n, false, false, s.k, p.in_plane, s.c, 1, w, s.c, 0, x, p.in_plane, s.c * p.in_plane, 0, y,
               p.in_plane, s.k * p.in_plane);
  if (bias) add_to_planes(s.n * s.k, s.k, p.in_plane, static_cast<const float*>(bias), static_cast<float*>(y));
  return true;
}

bool pixelwise_data(const ConvShape& s, const Plan& p, const void* gy, const void* w, void* gx) {
  if (!pixelwise(s, p)) return false;
  if (s.x_channels_last || p.in_plane == 1)
    gemm(s.dtype, false, false, s.n * p.in_plane, s.c, s.k, 1, gy, s.k, w, s.c, 0, gx, s.c);
  else
    gemm_batched(s.dtype, s.n, true, false, s.c, p.in_plane, s.k, 1, w, s.c, 0, gy, p.in_plane, s.k * p.in_plane, 0,
                 gx, p.in_plane, s.c * p.in_plane);
  return true;
}

// The shape behind f16 (and bf16 without hardware for it) once it lies in f32, plain.
ConvShape widened(const ConvShape& s) {
  ConvShape r = s;
  r.dtype = kFloat;
  r.x_channels_last = r.w_channels_last = r.y_channels_last = false;
  return r;
}

}  // namespace

void conv_bias_gradient(const ConvShape& s, const float* gy, float* gb) {
  int64_t plane = 1;
  for (int d = 0; d < s.dims; ++d) plane *= s.out[d];
  const int64_t step = s.y_channels_last ? s.k : 1;
  for_tasks(s.k, s.n * s.k * plane > 65536, [&](int64_t k) {
    double all = 0;
    for (int64_t i = 0; i < s.n; ++i) {
      const float* g = gy + i * s.k * plane + k * (s.y_channels_last ? 1 : plane);
      float sum = 0;
      for (int64_t x = 0; x < plane; ++x) {
        sum += g[x * step];
        if (x % 256 == 255) all += sum, sum = 0;
      }
      all += sum;
    }
    gb[k] = static_cast<float>(all);
  });
}

void conv_forward(const ConvShape& s, const void* x, const void* w, const void* bias, void* y) {
  const Arguments a(s);
  if (pixelwise_forward(s, a.plan, x, w, bias, y)) return;
  if (winograd::conv_forward(s, x, w, bias, y) || depthwise::conv_forward(s, x, w, bias, y)) return;
  if (!few_taps(s) && library(s) && onednn::conv_forward(s, x, w, bias, y)) return;
  const Plain px = a.x(s, x), pw = a.w(s, w), pb = a.b(s, bias);
  Plain py = a.y(s, nullptr);
  void* to = py.target(y);
  const ConvShape f = widened(s);
  if (a.compute != s.dtype && library(f) && onednn::conv_forward(f, px.get(), pw.get(), bias ? pb.get() : nullptr, to)) return py.store(y);
  by_type(a.compute, [&](auto t) {
    using T = decltype(t);
    forward(a.plan, static_cast<const T*>(px.get()), static_cast<const T*>(pw.get()), bias ? static_cast<const T*>(pb.get()) : nullptr, static_cast<T*>(to));
  });
  py.store(y);
}

void conv_backward_data(const ConvShape& s, const void* gy, const void* w, void* gx) {
  const Arguments a(s);
  if (pixelwise_data(s, a.plan, gy, w, gx)) return;
  if (winograd::conv_backward_data(s, gy, w, gx) || depthwise::conv_backward_data(s, gy, w, gx)) return;
  if (library_data(s) && onednn::conv_backward_data(s, gy, w, gx)) return;
  const Plain pg = a.y(s, gy), pw = a.w(s, w);
  Plain px = a.x(s, nullptr);
  void* to = px.target(gx);
  const ConvShape f = widened(s);
  if (a.compute != s.dtype && library_data(f) && onednn::conv_backward_data(f, pg.get(), pw.get(), to)) return px.store(gx);
  by_type(a.compute, [&](auto t) {
    using T = decltype(t);
    backward_data(a.plan, static_cast<const T*>(pg.get()), static_cast<const T*>(pw.get()), static_cast<T*>(to));
  });
  px.store(gx);
}

void conv_backward_weights(const ConvShape& s, const void* x, const void* gy, void* gw, void* gb) {
  if (winograd::conv_backward_weights(s, x, gy, gw, gb) || depthwise::conv_backward_weights(s, x, gy, gw, gb)) return;
  const Arguments a(s);
  if (library(s) && onednn::conv_backward_weights(s, x, gy, gw, gb)) return;
  const Plain px = a.x(s, x), pg = a.y(s, gy);
  Plain pw = a.w(s, nullptr), pb = a.b(s, nullptr);
  void *to = pw.target(gw), *to_bias = gb ? pb.target(gb) : nullptr;
  const ConvShape f = widened(s);
  if (a.compute != s.dtype && library(f) && onednn::conv_backward_weights(f, px.get(), pg.get(), to, to_bias)) {
    pw.store(gw);
    if (gb) pb.store(gb);
    return;
  }
  by_type(a.compute, [&](auto t) {
    using T = decltype(t);
    backward_weights(a.plan, static_cast<const T*>(px.get()), static_cast<const T*>(pg.get()), static_cast<T*>(to), static_cast<T*>(to_bias));
  });
  pw.store(gw);
  if (gb) pb.store(gb);
}

void conv_cache_clear() { onednn::clear(); }

}  // namespace wick::kernels::cpu
