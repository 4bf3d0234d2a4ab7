// Fourier transforms. Three primitives, complex to complex, real to complex and back, are each other's derivatives.
#include <cmath>
#include <numeric>

#include <wick/ops/fft.h>

#include "autograd/autocast.h"
#include "kernels/cpu/fft.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

enum class Norm { none, root, full };

Norm norm_of(std::optional<std::string_view> mode, bool forward) {
  if (!mode || *mode == "backward") return forward ? Norm::none : Norm::full;
  if (*mode == "forward") return forward ? Norm::full : Norm::none;
  WICK_CHECK(*mode == "ortho", "Invalid normalization mode: \"", *mode, "\"");
  return Norm::root;
}
double scale_of(Norm n, int64_t points) { return n == Norm::none ? 1 : n == Norm::full ? 1.0 / static_cast<double>(points) : 1.0 / std::sqrt(static_cast<double>(points)); }

ScalarType real_type(ScalarType t) { return t == kComplexDouble || t == kDouble ? kDouble : kFloat; }
ScalarType complex_type(ScalarType t) { return real_type(t) == kDouble ? kComplexDouble : kComplexFloat; }

// --- Kernels -----------------------------------------------------------------------------------------------------------

// The order of dimensions in the result's memory: the transformed ones innermost, each group by falling stride, `last` (if any) the very last.
DimVec memory_order(const Tensor& x, IntArrayRef dims, int64_t last) {
  std::vector<int64_t> order(static_cast<size_t>(x.dim()));
  std::iota(order.begin(), order.end(), 0);
  const auto group = [&](int64_t d) { return d == last ? 2 : std::find(dims.begin(), dims.end(), d) != dims.end() ? 1 : 0; };
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return group(a) != group(b) ? group(a) < group(b) : x.stride(a) > x.stride(b); });
  return DimVec(IntArrayRef(order));
}
Tensor in_order(const Tensor& x, const DimVec& order, ScalarType type) {
  Tensor r = make_tensor(x.permute(order).sizes(), type);
  raw_copy(r, x.permute(order));
  return r;
}
Tensor back_in_place(const Tensor& t, const DimVec& order) {
  DimVec inverse(order.size(), 0);
  for (size_t i = 0; i < order.size(); ++i) inverse[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  return t.permute(inverse);
}
// Transforms the dimension of dense complex t in place.
void transform(const Tensor& t, int64_t dim, bool forward, double scale) {
  int64_t outer = 1, inner = 1;
  for (int64_t d = 0; d < t.dim(); ++d) {
    if (d < dim) outer *= t.size(d);
    if (d > dim) inner *= t.size(d);
  }
  if (t.scalar_type() == kComplexDouble) kernels::cpu::fft_complex<double>(typed<double>(t), outer, t.size(dim), inner, forward, scale);
  else kernels::cpu::fft_complex<float>(typed<float>(t), outer, t.size(dim), inner, forward, static_cast<float>(scale));
}
// The first dimensions in memory that belong to no transform; the others follow.
int64_t batch_dims(const Tensor& t, IntArrayRef dims) { return t.dim() - static_cast<int64_t>(dims.size()); }
int64_t points(const Tensor& x, IntArrayRef dims) {
  int64_t n = 1;
  for (int64_t d : dims) n *= x.size(d);
  return n;
}

Tensor c2c_kernel(const Tensor& x, IntArrayRef dims, Norm norm, bool forward) {
  const DimVec order = memory_order(x, dims, -1);
  const Tensor t = in_order(x, order, x.scalar_type());
  double scale = scale_of(norm, points(x, dims));
  for (int64_t d = batch_dims(t, dims); d < t.dim(); ++d, scale = 1) transform(t, d, forward, scale);
  return back_in_place(t, order);
}
// Real to the half spectrum along the last of dims, complex along the others.
Tensor r2c_kernel(const Tensor& x, IntArrayRef dims, Norm norm) {
  const DimVec order = memory_order(x, dims, dims.back());
  const Tensor from = in_order(x, order, x.scalar_type());
  DimVec sizes(from.sizes());
  const int64_t n = from.size(-1), rows = n ? from.numel() / n : 0;
  sizes[sizes.size() - 1] = n / 2 + 1;
  const Tensor t = make_tensor(sizes, complex_type(x.scalar_type()));
  const double scale = scale_of(norm, points(x, dims));
  if (x.scalar_type() == kDouble) kernels::cpu::fft_real<double>(typed<double>(from), typed<double>(t), rows, n, scale);
  else kernels::cpu::fft_real<float>(typed<float>(from), typed<float>(t), rows, n, static_cast<float>(scale));
  for (int64_t d = batch_dims(t, dims); d + 1 < t.dim(); ++d) transform(t, d, true, 1);
  return back_in_place(t, order);
}
Tensor c2r_kernel(const Tensor& x, IntArrayRef dims, Norm norm, int64_t n) {
  const DimVec order = memory_order(x, dims, dims.back());
  const Tensor t = in_order(x, order, x.scalar_type());
  for (int64_t d = batch_dims(t, dims); d + 1 < t.dim(); ++d) transform(t, d, false, 1);
  DimVec sizes(t.sizes());
  sizes[sizes.size() - 1] = n;
  const Tensor y = make_tensor(sizes, real_type(x.scalar_type()));
  const int64_t rows = t.size(-1) ? t.numel() / t.size(-1) : 0;
  const double scale = scale_of(norm, n * points(x, dims.slice(0, dims.size() - 1)));
  if (y.scalar_type() == kDouble) kernels::cpu::fft_real_inverse<double>(typed<double>(t), typed<double>(y), rows, n, scale);
  else kernels::cpu::fft_real_inverse<float>(typed<float>(t), typed<float>(y), rows, n, static_cast<float>(scale));
  return back_in_place(y, order);
}

// --- Primitives ----------------------------------------------------------------------------------------------------------

Tensor c2c(const Tensor& x, const DimVec& dims, Norm norm, bool forward) {
  if (dims.empty()) return x;
  return record("FftC2CBackward0", {x}, {}, [&] { return c2c_kernel(x, dims, norm, forward); }, [=](Backward& b) { b.grad(0, c2c(b.g(), dims, norm, !forward)); });
}
Tensor c2r(const Tensor& x, const DimVec& dims, Norm norm, int64_t n);
Tensor r2c(const Tensor& x, const DimVec& dims, Norm norm) {
  return record("FftR2CBackward0", {x}, {}, [&] { return r2c_kernel(x, dims, norm); },
                [=](Backward& b) {
                  // The spectrum's other half does not take part: its gradient is zero.
                  const int64_t last = dims.back(), n = b.shape(0)[static_cast<size_t>(last)];
                  Tensor g = b.g();
                  if (g.size(last) < n) {
                    DimVec pad(static_cast<size_t>(2 * (g.dim() - last)), 0);
                    pad[pad.size() - 1] = n - g.size(last);
                    g = constant_pad_nd(g, pad, 0);
                  }
                  b.grad(0, real(c2c(g, dims, norm, false)));
                });
}
Tensor c2r(const Tensor& x, const DimVec& dims, Norm norm, int64_t n) {
  return record("FftC2RBackward0", {x}, {}, [&] { return c2r_kernel(x, dims, norm, n); },
                [=](Backward& b) {
                  // Each number but the first (and the middle one of an even length) stands for two.
                  Tensor g = r2c(b.g(), dims, norm);
                  const int64_t last = dims.back(), twice = b.g().size(last) - g.size(last);
                  if (twice > 0) g = cat({g.narrow(last, 0, 1), g.narrow(last, 1, twice) * 2, g.narrow(last, 1 + twice, g.size(last) - 1 - twice)}, last);
                  b.grad(0, g);
                });
}

// --- Arguments -----------------------------------------------------------------------------------------------------------

Tensor promoted(const Tensor& x, bool to_complex) {
  check_defined("fft", {x});
  if ((gate & kAutocast) && autograd::autocast_eligible(x) && x.scalar_type() != kFloat) return promoted(autograd::autocast_to(x, kFloat), to_complex);
  const ScalarType t = float_type(x.scalar_type());
  const ScalarType value = is_complex_type(t) ? to_real_type(t) : t;
  WICK_CHECK(value == kFloat || value == kDouble, "Unsupported dtype ", x.scalar_type());
  return x.to(to_complex ? complex_type(t) : t);
}
void check_points(int64_t n) { WICK_CHECK(n >= 1, "Invalid number of data points (", n, ") specified"); }
int64_t dim_of(const char* op, const Tensor& x, int64_t dim) {
  WICK_CHECK_TYPE(IndexError, x.dim() > 0, "Dimension specified as ", dim, " but tensor has no dimensions");
  return wrap_dim(dim, x.dim(), op);
}
// Cut or padded with zeros to n elements.
Tensor fitted(const Tensor& x, int64_t dim, int64_t n) {
  const int64_t have = x.size(dim);
  if (have == n) return x;
  if (have > n) return x.narrow(dim, 0, n);
  DimVec pad(static_cast<size_t>(2 * (x.dim() - dim)), 0);
  pad[pad.size() - 1] = n - have;
  return constant_pad_nd(x, pad, 0);
}

struct Axes { DimVec dims, sizes; };
Axes axes_of(const char* op, const Tensor& x, OptionalIntArrayRef s, OptionalIntArrayRef dim) {
  Axes a;
  if (dim.has_value()) {
    for (int64_t d : *dim) a.dims.push_back(wrap_dim(d, x.dim(), op));
    std::vector<int64_t> sorted(a.dims.begin(), a.dims.end());
    std::sort(sorted.begin(), sorted.end());
    WICK_CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end(), "FFT dims must be unique");
    WICK_CHECK(!s.has_value() || s->size() == dim->size(), "When given, dim and shape arguments must have the same length");
  } else {
    const int64_t n = s.has_value() ? static_cast<int64_t>(s->size()) : x.dim();
    WICK_CHECK(n <= x.dim(), "Got shape with ", n, " values but input tensor only has ", x.dim(), " dimensions.");
    for (int64_t d = x.dim() - n; d < x.dim(); ++d) a.dims.push_back(d);
  }
  for (size_t i = 0; i < a.dims.size(); ++i) {
    const int64_t given = s.has_value() ? (*s)[i] : -1;
    a.sizes.push_back(given == -1 ? x.size(a.dims[i]) : given);
    check_points(a.sizes[i]);
  }
  return a;
}
Tensor fitted(Tensor x, const Axes& a) {
  for (size_t i = 0; i < a.dims.size(); ++i) x = fitted(x, a.dims[i], a.sizes[i]);
  return x;
}
void check_real(const char* op, const Tensor& x) {
  check_defined(op, {x});
  WICK_CHECK(!x.is_complex(), op, " expects a real input tensor, but got ", x.scalar_type());
}

// The one-dimensional forms.
Tensor any_to_complex(const char* op, const Tensor& self, std::optional<int64_t> n, int64_t dim, std::optional<std::string_view> norm, bool forward) {
  const Tensor x = promoted(self, true);
  const int64_t d = dim_of(op, x, dim), points = n.value_or(x.size(d));
  check_points(points);
  return c2c(fitted(x, d, points), DimVec{d}, norm_of(norm, forward), forward);
}
Tensor real_to_complex(const char* op, const Tensor& self, std::optional<int64_t> n, int64_t dim, std::optional<std::string_view> norm, bool forward) {
  check_real(op, self);
  const Tensor x = promoted(self, false);
  const int64_t d = dim_of(op, x, dim), points = n.value_or(x.size(d));
  check_points(points);
  const Tensor y = r2c(fitted(x, d, points), DimVec{d}, norm_of(norm, forward));
  return forward ? y : y.conj();
}
Tensor complex_to_real(const char* op, const Tensor& self, std::optional<int64_t> n, int64_t dim, std::optional<std::string_view> norm, bool forward) {
  const Tensor x = promoted(self, true);
  const int64_t d = dim_of(op, x, dim), points = n.value_or(2 * (x.size(d) - 1));
  check_points(points);
  const Tensor half = fitted(x, d, points / 2 + 1);
  return c2r(forward ? half.conj() : half, DimVec{d}, norm_of(norm, forward), points);
}
// Those over several dimensions.
Tensor all_complex(const char* op, const Tensor& self, OptionalIntArrayRef s, OptionalIntArrayRef dim, std::optional<std::string_view> norm, bool forward) {
  const Tensor x = promoted(self, true);
  const Axes a = axes_of(op, x, s, dim);
  return c2c(fitted(x, a), a.dims, norm_of(norm, forward), forward);
}
Tensor all_from_real(const char* op, const Tensor& self, OptionalIntArrayRef s, OptionalIntArrayRef dim, std::optional<std::string_view> norm, bool forward) {
  check_real(op, self);
  const Tensor x = promoted(self, false);
  const Axes a = axes_of(op, x, s, dim);
  WICK_CHECK(!a.dims.empty(), op, " must transform at least one axis");
  const Norm k = norm_of(norm, forward);
  if (forward) return r2c(fitted(x, a), a.dims, k);
  DimVec others(IntArrayRef(a.dims).slice(0, a.dims.size() - 1));
  return c2c(r2c(fitted(x, a), DimVec{a.dims.back()}, k).conj(), others, k, false);
}
Tensor all_to_real(const char* op, const Tensor& self, OptionalIntArrayRef s, OptionalIntArrayRef dim, std::optional<std::string_view> norm, bool forward) {
  const Tensor x = promoted(self, true);
  Axes a = axes_of(op, x, s, dim);
  WICK_CHECK(!a.dims.empty(), op, " must transform at least one axis");
  const int64_t last = s.has_value() && s->back() != -1 ? s->back() : 2 * (x.size(a.dims.back()) - 1);
  check_points(last);
  a.sizes[a.sizes.size() - 1] = last / 2 + 1;
  const Norm k = norm_of(norm, forward);
  if (!forward) return c2r(fitted(x, a), a.dims, k, last);
  DimVec others(IntArrayRef(a.dims).slice(0, a.dims.size() - 1));
  return c2r(c2c(fitted(x, a), others, k, true).conj(), DimVec{a.dims.back()}, k, last);
}

Tensor frequencies(int64_t n, double d, bool half, const TensorOptions& options) {
  const ScalarType t = options.has_dtype() ? typeMetaToScalarType(options.dtype()) : get_default_dtype_as_scalartype();
  WICK_CHECK(is_floating_type(t) || is_complex_type(t), half ? "rfftfreq" : "fftfreq", " requires a floating point or complex dtype, but got ", t);
  Tensor f;
  if (half) f = arange(n / 2 + 1, options.dtype(t));
  else f = cat({arange((n + 1) / 2, options.dtype(t)), arange(-(n / 2), 0, options.dtype(t))});
  return f.mul_(1.0 / (static_cast<double>(n) * d));
}
Tensor& out_complex(const char* op, Tensor& out, const Tensor& self, bool to_real, const Tensor& r) {
  WICK_CHECK(out.is_complex() != to_real, op, " expects a ", to_real ? "real" : "complex", " output tensor, but got ", out.scalar_type());
  return out_from(op, out, {self}, [&] { return r; });
}
Tensor shifted(const char* op, const Tensor& x, OptionalIntArrayRef dim, int64_t extra) {
  check_defined(op, {x});
  DimVec dims, shifts;
  if (dim.has_value()) for (int64_t d : *dim) dims.push_back(wrap_dim(d, x.dim(), op));
  else for (int64_t d = 0; d < x.dim(); ++d) dims.push_back(d);
  for (int64_t d : dims) shifts.push_back((x.size(d) + extra) / 2);
  return dims.empty() ? x.clone() : x.roll(shifts, dims);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;
using Mode = std::optional<std::string_view>;

#define WICK_FFT1(name, how, forward, to_real)                                                                                                              \
  Tensor fft_##name(const Tensor& self, std::optional<int64_t> n, int64_t dim, Mode norm) { return how(#name, self, n, dim, norm, forward); }               \
  Tensor& fft_##name##_out(Tensor& out, const Tensor& self, std::optional<int64_t> n, int64_t dim, Mode norm) {                                             \
    autograd::check_out(#name, out, {self});                                                                                                                \
    return out_complex(#name, out, self, to_real, fft_##name(self, n, dim, norm));                                                                          \
  }
WICK_FFT1(fft, any_to_complex, true, false)
WICK_FFT1(ifft, any_to_complex, false, false)
WICK_FFT1(rfft, real_to_complex, true, false)
WICK_FFT1(ihfft, real_to_complex, false, false)
WICK_FFT1(irfft, complex_to_real, false, true)
WICK_FFT1(hfft, complex_to_real, true, true)

#define WICK_FFTN(name, dims, how, forward, to_real)                                                                                                        \
  Tensor fft_##name(const Tensor& self, OptionalIntArrayRef s, dims dim, Mode norm) { return how(#name, self, s, dim, norm, forward); }                     \
  Tensor& fft_##name##_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s, dims dim, Mode norm) {                                                   \
    autograd::check_out(#name, out, {self});                                                                                                                \
    return out_complex(#name, out, self, to_real, fft_##name(self, s, dim, norm));                                                                          \
  }
#define WICK_FFT2N(name, how, forward, to_real)               \
  WICK_FFTN(name##2, IntArrayRef, how, forward, to_real)      \
  WICK_FFTN(name##n, OptionalIntArrayRef, how, forward, to_real)
WICK_FFT2N(fft, all_complex, true, false)
WICK_FFT2N(ifft, all_complex, false, false)
WICK_FFT2N(rfft, all_from_real, true, false)
WICK_FFT2N(ihfft, all_from_real, false, false)
WICK_FFT2N(irfft, all_to_real, false, true)
WICK_FFT2N(hfft, all_to_real, true, true)

Tensor fft_fftfreq(int64_t n, double d, TensorOptions options) { return frequencies(n, d, false, options); }
Tensor fft_rfftfreq(int64_t n, double d, TensorOptions options) { return frequencies(n, d, true, options); }
Tensor fft_fftfreq(int64_t n, double d, std::optional<ScalarType> dtype, std::optional<Layout> layout, std::optional<Device> device, std::optional<bool> pin_memory) {
  return frequencies(n, d, false, TensorOptions().dtype(dtype).layout(layout).device(device).pinned_memory(pin_memory));
}
Tensor fft_rfftfreq(int64_t n, double d, std::optional<ScalarType> dtype, std::optional<Layout> layout, std::optional<Device> device, std::optional<bool> pin_memory) {
  return frequencies(n, d, true, TensorOptions().dtype(dtype).layout(layout).device(device).pinned_memory(pin_memory));
}
Tensor& fft_fftfreq_out(Tensor& out, int64_t n, double d) { return out_from("fftfreq", out, {}, [&] { return frequencies(n, d, false, out.options()); }); }
Tensor& fft_rfftfreq_out(Tensor& out, int64_t n, double d) { return out_from("rfftfreq", out, {}, [&] { return frequencies(n, d, true, out.options()); }); }
Tensor fft_fftshift(const Tensor& self, OptionalIntArrayRef dim) { return shifted("fftshift", self, dim, 0); }
Tensor fft_ifftshift(const Tensor& self, OptionalIntArrayRef dim) { return shifted("ifftshift", self, dim, 1); }

}  // namespace wick::inline v1
