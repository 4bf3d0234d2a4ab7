// Convolutions. Three bilinear ops, y = x * w, x from (y, w) and w from (x, y), are each other's derivatives; the
// transposed convolution is the second of them.
#include "autograd/autocast.h"
#include "kernels/cpu/conv.h"

#include <wick/ops/nn_backward.h>

#include "ops/matmul.h"

namespace wick::ops {
namespace {

using kernels::cpu::ConvShape;

bool channels_last(const Tensor& t, int dims) {
  if (dims == 1 || t.is_contiguous()) return false;
  return t.is_contiguous(dims == 2 ? MemoryFormat::ChannelsLast : MemoryFormat::ChannelsLast3d);
}
MemoryFormat format_for(int dims, const Tensor& a, const Tensor& b) {
  const MemoryFormat last = dims == 2 ? MemoryFormat::ChannelsLast : MemoryFormat::ChannelsLast3d;
  if (dims == 1) return MemoryFormat::Contiguous;
  return a.suggest_memory_format() == last || b.suggest_memory_format() == last ? last : MemoryFormat::Contiguous;
}
// t as a kernel can read it: dense in one of the two orders.
Tensor ready(const Tensor& t, int dims) {
  if (t.is_contiguous() || channels_last(t, dims)) return t;
  Tensor r = make_tensor(t.sizes(), format_strides(t.sizes(), dims == 1 ? MemoryFormat::Contiguous : t.suggest_memory_format()), t.scalar_type());
  raw_copy(r, t);
  return r;
}
Tensor result(IntArrayRef sizes, int dims, const Tensor& a, const Tensor& b) { return make_tensor(sizes, format_strides(sizes, format_for(dims, a, b)), a.scalar_type()); }

DimVec data_sizes(const ConvShape& s, int64_t channels, const int64_t* spatial) {
  DimVec d{s.n, channels};
  for (int i = 0; i < s.dims; ++i) d.push_back(spatial[i]);
  return d;
}
DimVec x_sizes(const ConvShape& s) { return data_sizes(s, s.c, s.in); }
DimVec y_sizes(const ConvShape& s) { return data_sizes(s, s.k, s.out); }
DimVec w_sizes(const ConvShape& s) {
  DimVec d{s.k, s.c / s.groups};
  for (int i = 0; i < s.dims; ++i) d.push_back(s.kernel[i]);
  return d;
}
ConvShape laid_out(ConvShape s, const Tensor& x, const Tensor& w, const Tensor& y) {
  s.dtype = x.scalar_type();
  s.x_channels_last = channels_last(x, s.dims);
  s.w_channels_last = channels_last(w, s.dims);
  s.y_channels_last = channels_last(y, s.dims);
  return s;
}
// One value per channel, seen in the shape of a picture.
Tensor per_channel(const Tensor& b, int dims) {
  DimVec shape(static_cast<size_t>(dims) + 2, 1);
  shape[1] = b.numel();
  return b.reshape(shape);
}
DimVec all_but_channels(int dims) {
  DimVec d{0};
  for (int i = 0; i < dims; ++i) d.push_back(i + 2);
  return d;
}

Tensor forward_kernel(const ConvShape& s, const Tensor& x0, const Tensor& w0, const Tensor& bias0) {
  const Tensor x = ready(x0, s.dims), w = ready(w0, s.dims), bias = bias0.defined() ? raw_contiguous(bias0) : bias0;
  Tensor y = result(y_sizes(s), s.dims, x0, w0);
  if (y.numel() == 0) return y;
  if (x.numel() == 0) {
    raw_fill(y, 0);
    if (bias.defined()) raw_copy(y, per_channel(bias, s.dims));
    return y;
  }
  kernels::cpu::conv_forward(laid_out(s, x, w, y), typed<char>(x), typed<char>(w), bias.defined() ? typed<char>(bias) : nullptr, typed<char>(y));
  return y;
}
Tensor data_kernel(const ConvShape& s, const Tensor& y0, const Tensor& w0, const Tensor& bias) {
  const Tensor y = ready(y0, s.dims), w = ready(w0, s.dims);
  Tensor x = result(x_sizes(s), s.dims, y0, w0);
  if (x.numel() == 0) return x;
  if (y.numel() == 0) raw_fill(x, 0);
  else kernels::cpu::conv_backward_data(laid_out(s, x, w, y), typed<char>(y), typed<char>(w), typed<char>(x));
  if (bias.defined()) run_into(table::add, x, {x, per_channel(bias, s.dims)}, [] { Params p; p.d[0] = 1; p.i[0] = 1; return p; }());
  return x;
}
Tensor weight_kernel(const ConvShape& s, const Tensor& x0, const Tensor& y0, const Tensor& gb, bool w_last) {
  const Tensor x = ready(x0, s.dims), y = ready(y0, s.dims);
  const DimVec sizes = w_sizes(s);
  const MemoryFormat last = s.dims == 2 ? MemoryFormat::ChannelsLast : MemoryFormat::ChannelsLast3d;
  Tensor w = make_tensor(sizes, format_strides(sizes, w_last && s.dims > 1 ? last : MemoryFormat::Contiguous), x.scalar_type());
  if (x.numel() == 0 || y.numel() == 0 || w.numel() == 0) {
    raw_fill(w, 0);
    if (gb.defined()) raw_copy(gb, y.sum(IntArrayRef(all_but_channels(s.dims))));
  } else {
    kernels::cpu::conv_backward_weights(laid_out(s, x, w, y), typed<char>(x), typed<char>(y), typed<char>(w), gb.defined() ? typed<char>(gb) : nullptr);
  }
  return w;
}

Tensor conv_y(const ConvShape& s, const Tensor& x, const Tensor& w, const Tensor& bias, const char* node);
Tensor conv_x(const ConvShape& s, const Tensor& y, const Tensor& w, const Tensor& bias, const char* node);
constexpr const char* kSecond = "ConvolutionBackwardBackward0";

Tensor conv_w(const ConvShape& s, const Tensor& x, const Tensor& y, bool w_last) {
  return record(kSecond, {x, y}, Uses().grad(0, in(1)).grad(1, in(0)), [&] { return weight_kernel(s, x, y, {}, w_last); },
                [s](Backward& b) {
                  if (b.needs(0)) b.grad(0, conv_x(s, b.in(1).conj(), b.g(), {}, kSecond));
                  if (b.needs(1)) b.grad(1, conv_y(s, b.in(0).conj(), b.g(), {}, kSecond));
                });
}
// The weight's and the bias's gradient in one pass over the result's.
std::tuple<Tensor, Tensor> conv_wb(const ConvShape& s, const Tensor& x, const Tensor& y, bool w_last) {
  return record(kSecond, {x, y}, Uses().grad(0, in(1)).grad(1, in(0)),
                [&] {
                  Tensor gb = make_tensor({s.k}, x.scalar_type());
                  Tensor gw = weight_kernel(s, x, y, gb, w_last);
                  return std::tuple<Tensor, Tensor>(gw, gb);
                },
                [s](Backward& b) {
                  if (b.g(0).defined() && b.needs(0)) b.grad(0, conv_x(s, b.in(1).conj(), b.g(0), {}, kSecond));
                  if (!b.needs(1)) return;
                  if (b.g(0).defined()) b.grad(1, conv_y(s, b.in(0).conj(), b.g(0), {}, kSecond));
                  if (b.g(1).defined()) b.grad(1, per_channel(b.g(1), s.dims).expand(y_sizes(s)));
                });
}
Tensor conv_y(const ConvShape& s, const Tensor& x, const Tensor& w, const Tensor& bias, const char* node) {
  return record(node, {x, w, bias}, Uses().grad(0, in(1)).grad(1, in(0)), [&] { return forward_kernel(s, x, w, bias); },
                [s, w_last = channels_last(w, s.dims)](Backward& b) {
                  const Tensor& g = b.g();
                  if (b.needs(0)) b.grad(0, conv_x(s, g, b.in(1).conj(), {}, kSecond));
                  if (b.needs(1) && b.needs(2)) {
                    auto [gw, gb] = conv_wb(s, b.in(0).conj(), g, w_last);
                    b.grad(1, gw);
                    b.grad(2, gb);
                    return;
                  }
                  if (b.needs(1)) b.grad(1, conv_w(s, b.in(0).conj(), g, w_last));
                  if (b.needs(2)) b.grad(2, g.sum(IntArrayRef(all_but_channels(s.dims))));
                });
}
Tensor conv_x(const ConvShape& s, const Tensor& y, const Tensor& w, const Tensor& bias, const char* node) {
  return record(node, {y, w, bias}, Uses().grad(0, in(1)).grad(1, in(0)), [&] { return data_kernel(s, y, w, bias); },
                [s, w_last = channels_last(w, s.dims)](Backward& b) {
                  const Tensor& g = b.g();
                  if (b.needs(0)) b.grad(0, conv_y(s, g, b.in(1).conj(), {}, kSecond));
                  if (b.needs(1)) b.grad(1, conv_w(s, g, b.in(0).conj(), w_last));
                  if (b.needs(2)) b.grad(2, g.sum(IntArrayRef(all_but_channels(s.dims))));
                });
}

// --- Arguments ------------------------------------------------------------------------------------------------------

struct ConvArgs {
  IntArrayRef stride, padding, dilation, output_padding;
  int64_t groups;
  bool transposed;
  std::string_view mode = {};   // "same" or "valid" in place of numbers
};

void set_values(const char* name, IntArrayRef v, int dims, int64_t* to) {
  WICK_CHECK(v.size() == 1 || v.size() == static_cast<size_t>(dims), "expected ", name, " to be a single integer value or a list of ", dims,
             " values to match the convolution dimensions, but got ", name, "=", v);
  for (int i = 0; i < dims; ++i) to[i] = v[v.size() == 1 ? 0 : static_cast<size_t>(i)];
}
void check_values(const ConvShape& s, const int64_t* output_padding) {
  for (int i = 0; i < s.dims; ++i) {
    WICK_CHECK(s.pad_begin[i] >= 0, "negative padding is not supported");
    WICK_CHECK(output_padding[i] >= 0, "negative output_padding is not supported");
    WICK_CHECK(s.stride[i] > 0, "non-positive stride is not supported");
    WICK_CHECK(s.dilation[i] > 0, "dilation should be greater than zero");
  }
}
void check_types(const Tensor& x, const Tensor& w, const Tensor& b) {
  const ScalarType t = x.scalar_type();
  WICK_CHECK(w.scalar_type() == t, "Input type (", x.dtype().name(), ") and weight type (", w.dtype().name(), ") should be the same");
  WICK_CHECK(!b.defined() || b.scalar_type() == t, "Input type (", x.dtype().name(), ") and bias type (", b.defined() ? b.dtype().name() : "", ") should be the same");
  WICK_CHECK_TYPE(NotImplementedError, t != kBool && t != kComplexHalf, "\"convolution\" not implemented for '", t, "'");
}
void check_shapes(const Tensor& x, const Tensor& w, const Tensor& b, int64_t groups, bool transposed) {
  WICK_CHECK(groups > 0, "expected groups to be greater than 0, but got groups=", groups);
  WICK_CHECK(w.size(0) >= groups, "Given groups=", groups, ", expected weight to be at least ", groups, " at dimension 0, but got weight of size ", w.sizes(), " instead");
  WICK_CHECK(w.size(0) % groups == 0, "Given groups=", groups, ", expected weight to be divisible by ", groups, " at dimension 0, but got weight of size ", w.sizes(), " instead");
  const int64_t expected = transposed ? w.size(0) : w.size(1) * groups, outputs = transposed ? w.size(1) * groups : w.size(0);
  WICK_CHECK(x.size(1) == expected, "Given ", transposed ? "transposed=1" : str("groups=", groups), ", weight of size ", w.sizes(), ", expected input", x.sizes(), " to have ", expected,
             " channels, but got ", x.size(1), " channels instead");
  WICK_CHECK(!b.defined() || (b.dim() == 1 && b.size(0) == outputs), "Given ", transposed ? "transposed=1, " : "", "weight of size ", w.sizes(), ", expected bias to be 1-dimensional with ", outputs,
             " elements, but got bias of size ", b.defined() ? b.sizes() : IntArrayRef(), " instead");
}
std::string by(const int64_t* v, int n) {
  std::string s;
  for (int i = 0; i < n; ++i) s += (i ? " x " : "") + std::to_string(v[i]);
  return s;
}
// Padding that keeps the size; the odd one goes behind.
void pad_same(ConvShape& s) {
  for (int i = 0; i < s.dims; ++i) {
    WICK_CHECK(s.stride[i] == 1, "padding='same' is not supported for strided convolutions");
    const int64_t total = s.dilation[i] * (s.kernel[i] - 1);
    s.pad_begin[i] = total / 2;
    s.pad_end[i] = total - total / 2;
  }
}
void set_forward(ConvShape& s, const Tensor& x, const Tensor& w) {
  s.c = x.size(1);
  s.k = w.size(0);
  int64_t padded[3], reach[3];
  bool fits = true;
  for (int i = 0; i < s.dims; ++i) {
    s.in[i] = x.size(i + 2);
    padded[i] = s.in[i] + s.pad_begin[i] + s.pad_end[i];
    reach[i] = s.dilation[i] * (s.kernel[i] - 1) + 1;
    fits = fits && padded[i] >= reach[i];
  }
  WICK_CHECK(fits, "Calculated padded input size per channel: (", by(padded, s.dims), "). Kernel size: (", by(reach, s.dims), "). Kernel size can't be greater than actual input size");
  for (int i = 0; i < s.dims; ++i) s.out[i] = (padded[i] - reach[i]) / s.stride[i] + 1;
}
void set_transposed(ConvShape& s, const Tensor& x, const Tensor& w, const int64_t* output_padding) {
  s.k = x.size(1);
  s.c = w.size(1) * s.groups;
  for (int i = 0; i < s.dims; ++i) {
    WICK_CHECK(output_padding[i] < s.stride[i] || output_padding[i] < s.dilation[i], "output padding must be smaller than either stride or dilation, but got output_padding: ", output_padding[i],
               " stride: ", s.stride[i], " dilation: ", s.dilation[i]);
    s.out[i] = x.size(i + 2);
    s.in[i] = (s.out[i] - 1) * s.stride[i] - 2 * s.pad_begin[i] + s.dilation[i] * (s.kernel[i] - 1) + output_padding[i] + 1;
    WICK_CHECK(s.in[i] > 0, "Given input size per channel: (", by(s.out, s.dims), "). Calculated output size per channel: (", s.in[i], "). Output size is too small");
  }
}

ConvShape conv_shape(const Tensor& x, const Tensor& w, const Tensor& bias, int dims, const ConvArgs& a) {
  ConvShape s;
  s.dims = dims;
  s.groups = a.groups;
  int64_t output_padding[3] = {};
  set_values("stride", a.stride, dims, s.stride);
  set_values("dilation", a.dilation, dims, s.dilation);
  if (a.transposed) set_values("output_padding", a.output_padding, dims, output_padding);
  if (a.mode.empty()) {
    set_values("padding", a.padding, dims, s.pad_begin);
    set_values("padding", a.padding, dims, s.pad_end);
  }
  check_values(s, output_padding);
  check_shapes(x, w, bias, a.groups, a.transposed);
  check_types(x, w, bias);
  s.n = x.size(0);
  for (int i = 0; i < dims; ++i) s.kernel[i] = w.size(i + 2);
  if (a.mode == "same") pad_same(s);
  if (a.transposed) set_transposed(s, x, w, output_padding);
  else set_forward(s, x, w);
  return s;
}
Tensor convolve(const Tensor& x, const Tensor& w, const Tensor& bias, int dims, const ConvArgs& a) {
  const ConvShape s = conv_shape(x, w, bias, dims, a);
  const ScalarType t = x.scalar_type();
  if (is_integral_type(t, false)) {  // exact as long as sums stay below 2^53
    const Tensor b = bias.defined() ? bias.to(kDouble) : bias;
    return (a.transposed ? data_kernel(s, x.to(kDouble), w.to(kDouble), b) : forward_kernel(s, x.to(kDouble), w.to(kDouble), b)).to(t);
  }
  return a.transposed ? conv_x(s, x, w, bias, "ConvolutionBackward0") : conv_y(s, x, w, bias, "ConvolutionBackward0");
}

// With or without a batch dimension.
Tensor conv_nd(const char* op, int dims, const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias, const ConvArgs& a) {
  check_defined(op, {input, weight});
  WICK_CHECK(input.dim() == dims + 1 || input.dim() == dims + 2, "Expected ", dims + 1, "D (unbatched) or ", dims + 2, "D (batched) input to ", op, ", but got input of size: ", input.sizes());
  WICK_CHECK(weight.dim() == dims + 2, "Expected ", dims + 2, "-dimensional weight for ", op, ", but got weight of size ", weight.sizes());
  if (input.dim() == dims + 2) return convolve(input, weight, tensor_or_none(bias), dims, a);
  return convolve(input.unsqueeze(0), weight, tensor_or_none(bias), dims, a).squeeze(0);
}
Tensor conv_mode(const char* op, int dims, const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias, IntArrayRef stride, std::string_view padding, IntArrayRef dilation,
                 int64_t groups) {
  WICK_CHECK(padding == "same" || padding == "valid", "Invalid padding string: '", padding, "'");
  return conv_nd(op, dims, input, weight, bias, {stride, {}, dilation, {}, groups, false, padding});
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

#define WICK_CONV(dims)                                                                                                                                      \
  Tensor conv##dims##d(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding,                 \
                       IntArrayRef dilation, int64_t groups) {                                                                                                \
    WICK_AUTOCAST(lower, conv##dims##d, input, weight, bias, stride, padding, dilation, groups);                                                             \
    return conv_nd("conv" #dims "d", dims, input, weight, bias, {stride, padding, dilation, {}, groups, false});                                              \
  }                                                                                                                                                          \
  Tensor conv##dims##d(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias, IntArrayRef stride, std::string_view padding,            \
                       IntArrayRef dilation, int64_t groups) {                                                                                                \
    WICK_AUTOCAST(lower, conv##dims##d, input, weight, bias, stride, padding, dilation, groups);                                                             \
    return conv_mode("conv" #dims "d", dims, input, weight, bias, stride, padding, dilation, groups);                                                         \
  }                                                                                                                                                          \
  Tensor conv_transpose##dims##d(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding,       \
                                 IntArrayRef output_padding, int64_t groups, IntArrayRef dilation) {                                                          \
    WICK_AUTOCAST(lower, conv_transpose##dims##d, input, weight, bias, stride, padding, output_padding, groups, dilation);                                   \
    return conv_nd("conv_transpose" #dims "d", dims, input, weight, bias, {stride, padding, dilation, output_padding, groups, true});                         \
  }
WICK_CONV(1)
WICK_CONV(2)
WICK_CONV(3)

Tensor convolution(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool transposed,
                   IntArrayRef output_padding, int64_t groups) {
  check_defined("convolution", {input, weight});
  const int64_t dims = weight.dim() - 2;
  WICK_CHECK(dims >= 1 && dims <= 3, "weight should have at least three dimensions and at most five, got weight of size ", weight.sizes());
  WICK_CHECK(input.dim() == weight.dim(), "Expected ", weight.dim(), "-dimensional input for ", weight.dim(), "-dimensional weight ", weight.sizes(), ", but got ", input.dim(),
             "-dimensional input of size ", input.sizes(), " instead");
  return convolve(input, weight, tensor_or_none(bias), static_cast<int>(dims), {stride, padding, dilation, output_padding, groups, transposed});
}
Tensor& convolution_out(Tensor& out, const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool transposed,
                        IntArrayRef output_padding, int64_t groups) {
  return out_from("convolution", out, {input, weight, tensor_or_none(bias)}, [&] { return convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups); });
}

std::tuple<Tensor, Tensor, Tensor> convolution_backward(const Tensor& grad_output, const Tensor& input, const Tensor& weight, OptionalIntArrayRef, IntArrayRef stride, IntArrayRef padding,
                                                        IntArrayRef dilation, bool transposed, IntArrayRef output_padding, int64_t groups, std::array<bool, 3> output_mask) {
  check_defined("convolution_backward", {grad_output, input, weight});
  const int dims = static_cast<int>(weight.dim()) - 2;
  WICK_CHECK(dims >= 1 && dims <= 3 && input.dim() == weight.dim(), "convolution_backward: input ", input.sizes(), " and weight ", weight.sizes(), " must have the same three to five dimensions");
  const ConvShape s = conv_shape(input, weight, {}, dims, {stride, padding, dilation, output_padding, groups, transposed});
  const DimVec expected = transposed ? x_sizes(s) : y_sizes(s);
  WICK_CHECK(grad_output.sizes() == IntArrayRef(expected), "convolution_backward: grad_output has shape ", grad_output.sizes(), ", the result has ", IntArrayRef(expected));
  const bool w_last = channels_last(weight, dims);
  Tensor gx, gw, gb;
  if (output_mask[0]) gx = transposed ? conv_y(s, grad_output, weight.conj(), {}, kSecond) : conv_x(s, grad_output, weight.conj(), {}, kSecond);
  if (output_mask[1]) gw = transposed ? conv_w(s, grad_output, input.conj(), w_last) : conv_w(s, input.conj(), grad_output, w_last);
  if (output_mask[2]) gb = grad_output.sum(IntArrayRef(all_but_channels(dims)));
  return {gx, gw, gb};
}
std::tuple<Tensor&, Tensor&, Tensor&> convolution_backward_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& grad_output, const Tensor& input, const Tensor& weight,
                                                               OptionalIntArrayRef bias_sizes, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool transposed,
                                                               IntArrayRef output_padding, int64_t groups, std::array<bool, 3> output_mask) {
  check_outs("convolution_backward", {out0, out1, out2}, {grad_output, input, weight});
  auto [gx, gw, gb] = convolution_backward(grad_output, input, weight, bias_sizes, stride, padding, dilation, transposed, output_padding, groups, output_mask);
  if (gx.defined()) store_out("convolution_backward", out0, gx);
  if (gw.defined()) store_out("convolution_backward", out1, gw);
  if (gb.defined()) store_out("convolution_backward", out2, gb);
  return {out0, out1, out2};
}

}  // namespace wick::inline v1
