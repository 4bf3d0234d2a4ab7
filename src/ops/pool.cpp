// Pooling over one to three dimensions. A backward pass is an op of its own, linear in the gradient.
#include "autograd/autocast.h"
#include "kernels/cpu/pool.h"

#include <wick/ops/nn_backward.h>

#include "ops/matmul.h"

namespace wick::ops {
namespace {

using kernels::cpu::PoolShape;

// Number as text of the op's spatial dimensions, for messages.
const char* tuple_of(int dims) { return dims == 1 ? "one int" : dims == 2 ? "two ints" : "three ints"; }

bool channels_last(const Tensor& t, int dims) {
  return !t.is_contiguous() && ((dims == 2 && t.dim() == 4 && t.is_contiguous(MemoryFormat::ChannelsLast)) || (dims == 3 && t.dim() == 5 && t.is_contiguous(MemoryFormat::ChannelsLast3d)));
}
MemoryFormat format_of(const Tensor& t, int dims) { return t.dim() == dims + 2 && dims > 1 ? t.suggest_memory_format() : MemoryFormat::Contiguous; }
Tensor empty_as(IntArrayRef sizes, MemoryFormat f, ScalarType t) { return make_tensor(sizes, format_strides(sizes, f), t); }
Tensor ready(const Tensor& t, MemoryFormat f) {
  if (t.is_contiguous(f)) return t;
  Tensor r = empty_as(t.sizes(), f, t.scalar_type());
  raw_copy(r, t);
  return r;
}

void check_input(const char* op, const Tensor& x, int dims) {
  check_defined(op, {x});
  bool filled = true;
  for (int64_t d = x.dim() == dims + 2 ? 1 : 0; d < x.dim(); ++d) filled = filled && x.size(d) > 0;
  WICK_CHECK((x.dim() == dims + 1 || x.dim() == dims + 2) && filled, op, ": Expected ", dims + 1, "D or ", dims + 2, "D (batch mode) tensor with optional 0 dim batch size for input, but got: ", x.sizes());
  WICK_CHECK_TYPE(NotImplementedError, is_floating_type(x.scalar_type()) || (is_integral_type(x.scalar_type(), false)), "\"", op, "\" not implemented for '", x.scalar_type(), "'");
}
void set_values(const char* op, const char* name, IntArrayRef v, int dims, int64_t* to) {
  WICK_CHECK(v.size() == 1 || v.size() == static_cast<size_t>(dims), op, ": ", name, " must either be a single int, or a tuple of ", tuple_of(dims));
  for (int i = 0; i < dims; ++i) to[3 - dims + i] = v[v.size() == 1 ? 0 : static_cast<size_t>(i)];
}
void set_input(PoolShape& s, const Tensor& x, int dims) {
  const bool batch = x.dim() == dims + 2;
  s.n = batch ? x.size(0) : 1;
  s.c = x.size(batch ? 1 : 0);
  for (int i = 0; i < dims; ++i) s.in[3 - dims + i] = x.size(x.dim() - dims + i);
}
std::string planes(int64_t c, const int64_t* v, int dims) {
  std::string t = std::to_string(c);
  for (int i = 3 - dims; i < 3; ++i) t += "x" + std::to_string(v[i]);
  return t;
}
PoolShape window_shape(const char* op, const Tensor& x, int dims, IntArrayRef kernel, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  PoolShape s;
  set_values(op, "kernel_size", kernel, dims, s.kernel);
  set_values(op, "stride", stride.empty() ? kernel : stride, dims, s.stride);
  set_values(op, "padding", padding, dims, s.pad);
  set_values(op, "dilation", dilation, dims, s.dilation);
  check_input(op, x, dims);
  set_input(s, x, dims);
  bool fits = true;
  for (int i = 3 - dims; i < 3; ++i) {
    WICK_CHECK(s.kernel[i] > 0, "kernel size should be greater than zero, but got ", s.kernel[i], " (", op, ")");
    WICK_CHECK(s.stride[i] > 0, "stride should be greater than zero, but got ", s.stride[i], " (", op, ")");
    WICK_CHECK(s.dilation[i] > 0, "dilation should be greater than zero, but got ", s.dilation[i], " (", op, ")");
    WICK_CHECK(s.pad[i] >= 0, "pad must be non-negative, but got pad: ", s.pad[i]);
    WICK_CHECK(s.pad[i] <= ((s.kernel[i] - 1) * s.dilation[i] + 1) / 2, "pad should be at most half of effective kernel size, but got pad=", s.pad[i], ", kernel_size=", s.kernel[i],
               " and dilation=", s.dilation[i]);
    s.out[i] = kernels::cpu::pool_output_size(s.in[i], s.kernel[i], s.stride[i], s.pad[i], s.dilation[i], ceil_mode);
    fits = fits && s.out[i] >= 1;
  }
  WICK_CHECK(fits, "Given input size: (", planes(s.c, s.in, dims), "). Calculated output size: (", planes(s.c, s.out, dims), "). Output size is too small");
  return s;
}
PoolShape adaptive_shape(const char* op, const Tensor& x, int dims, IntArrayRef output_size) {
  PoolShape s;
  WICK_CHECK(output_size.size() == static_cast<size_t>(dims) || output_size.size() == 1, op, ": output_size must be ", dims);
  check_input(op, x, dims);
  set_input(s, x, dims);
  set_values(op, "output_size", output_size, dims, s.out);
  for (int i = 3 - dims; i < 3; ++i) WICK_CHECK(s.out[i] >= 0, op, ": elements of output_size must be greater than or equal to 0 but received ", output_size);
  return s;
}
DimVec out_sizes(const PoolShape& s, const Tensor& x, int dims) {
  DimVec d(x.sizes());
  for (int i = 0; i < dims; ++i) d[d.size() - static_cast<size_t>(dims - i)] = s.out[3 - dims + i];
  return d;
}
PoolShape laid_out(PoolShape s, const Tensor& x, int dims) {
  s.dtype = x.scalar_type();
  s.channels_last = channels_last(x, dims);
  return s;
}

using Backwards = void (*)(const PoolShape&, const void* gy, void* gx);
using Forwards = void (*)(const PoolShape&, const void* x, void* y);
struct Average { Forwards forward; Backwards backward; const char *node, *back_node; };

// Averages are linear: the backward pass of one is the other.
Tensor average(const Average& a, const PoolShape& s, const Tensor& x, int dims);
Tensor average_backward(const Average& a, const PoolShape& s, const Tensor& g, IntArrayRef sizes, MemoryFormat f, int dims) {
  return record(a.back_node, {g}, {},
                [&] {
                  const Tensor gy = ready(g, f);
                  Tensor gx = empty_as(sizes, f, g.scalar_type());
                  if (gx.numel() == 0) return gx;
                  if (gy.numel() == 0) raw_fill(gx, 0);
                  else a.backward(laid_out(s, gx, dims), typed<char>(gy), typed<char>(gx));
                  return gx;
                },
                [&a, s, dims](Backward& b) { b.grad(0, average(a, s, b.g(), dims)); });
}
Tensor average(const Average& a, const PoolShape& s, const Tensor& x0, int dims) {
  if (is_integral_type(x0.scalar_type(), true)) throw NotImplementedError(str("\"", a.node, "\" not implemented for '", x0.scalar_type(), "'"));
  const MemoryFormat f = format_of(x0, dims);
  return record(a.node, {x0}, {},
                [&] {
                  const Tensor x = ready(x0, f);
                  Tensor y = empty_as(out_sizes(s, x, dims), f, x.scalar_type());
                  if (y.numel() > 0) a.forward(laid_out(s, x, dims), typed<char>(x), typed<char>(y));
                  return y;
                },
                [&a, s, dims, f](Backward& b) { b.grad(0, average_backward(a, s, b.g(), b.shape(0), f, dims)); });
}

// Long integers too: their averages are cut off at the point. A quotient that is no integer is far enough from one.
Tensor average_any(const Average& a, const PoolShape& s, const Tensor& x, int dims) {
  if (x.scalar_type() != kLong) return average(a, s, x, dims);
  const Tensor y = average(a, s, x.to(kDouble), dims);
  return (y + y * 1e-12).trunc().to(kLong);
}

using MaxForward = void (*)(const PoolShape&, const void* x, void* y, int64_t* indices);
using MaxBackward = void (*)(const PoolShape&, const void* gy, const int64_t* indices, void* gx);
struct Maximum { MaxForward forward; MaxBackward backward; const char *node, *back_node; };

Tensor maximum_backward(const Maximum& m, const PoolShape& s, const Tensor& g, const Tensor& indices, IntArrayRef sizes, MemoryFormat f, int dims) {
  return record(m.back_node, {g, indices}, in(1),
                [&] {
                  const Tensor gy = ready(g, f), at = ready(indices, f);
                  Tensor gx = empty_as(sizes, f, g.scalar_type());
                  if (gx.numel() == 0) return gx;
                  if (gy.numel() == 0) raw_fill(gx, 0);
                  else m.backward(laid_out(s, gx, dims), typed<char>(gy), typed<int64_t>(at), typed<char>(gx));
                  return gx;
                },
                [dims](Backward& b) {
                  const Tensor at = b.in(1);
                  b.grad(0, b.g().flatten(-dims).gather(-1, at.flatten(-dims)).reshape(at.sizes()));
                });
}
std::tuple<Tensor, Tensor> maximum(const Maximum& m, const PoolShape& s, const Tensor& x0, int dims) {
  if (is_integral_type(x0.scalar_type(), true)) {
    auto [y, at] = maximum(m, s, x0.to(kDouble), dims);
    return {y.to(x0.scalar_type()), at};
  }
  const MemoryFormat f = format_of(x0, dims);
  return record(m.node, {x0}, out(1),
                [&] {
                  const Tensor x = ready(x0, f);
                  const DimVec sizes = out_sizes(s, x, dims);
                  Tensor y = empty_as(sizes, f, x.scalar_type()), at = empty_as(sizes, f, kLong);
                  if (y.numel() > 0) m.forward(laid_out(s, x, dims), typed<char>(x), typed<char>(y), typed<int64_t>(at));
                  return std::tuple<Tensor, Tensor>(y, at);
                },
                [&m, s, dims, f](Backward& b) { b.grad(0, maximum_backward(m, s, b.g(0), b.out(1), b.shape(0), f, dims)); });
}

#define WICK_AVERAGE(kernel)                                                                         \
  [](const PoolShape& s, const void* x, void* y) { kernels::cpu::kernel##_forward(s, x, y); },        \
  [](const PoolShape& s, const void* gy, void* gx) { kernels::cpu::kernel##_backward(s, gy, gx); }
#define WICK_MAXIMUM(kernel)                                                                                                     \
  [](const PoolShape& s, const void* x, void* y, int64_t* at) { kernels::cpu::kernel##_forward(s, x, y, at); },                   \
  [](const PoolShape& s, const void* gy, const int64_t* at, void* gx) { kernels::cpu::kernel##_backward(s, gy, at, gx); }
constexpr Average kAvg2{WICK_AVERAGE(avg_pool), "AvgPool2DBackward0", "AvgPool2DBackwardBackward0"};
constexpr Average kAvg3{WICK_AVERAGE(avg_pool), "AvgPool3DBackward0", "AvgPool3DBackwardBackward0"};
constexpr Average kAdaptiveAvg2{WICK_AVERAGE(adaptive_avg_pool), "AdaptiveAvgPool2DBackward0", "AdaptiveAvgPool2DBackwardBackward0"};
constexpr Average kAdaptiveAvg3{WICK_AVERAGE(adaptive_avg_pool), "AdaptiveAvgPool3DBackward0", "AdaptiveAvgPool3DBackwardBackward0"};
constexpr Maximum kMax2{WICK_MAXIMUM(max_pool), "MaxPool2DWithIndicesBackward0", "MaxPool2DWithIndicesBackwardBackward0"};
constexpr Maximum kMax3{WICK_MAXIMUM(max_pool), "MaxPool3DWithIndicesBackward0", "MaxPool3DWithIndicesBackwardBackward0"};
constexpr Maximum kAdaptiveMax2{WICK_MAXIMUM(adaptive_max_pool), "AdaptiveMaxPool2DBackward0", "AdaptiveMaxPool2DBackwardBackward0"};
constexpr Maximum kAdaptiveMax3{WICK_MAXIMUM(adaptive_max_pool), "AdaptiveMaxPool3DBackward0", "AdaptiveMaxPool3DBackwardBackward0"};
#undef WICK_AVERAGE
#undef WICK_MAXIMUM

Tensor avg_pool(const char* op, const Average& a, int dims, const Tensor& x, IntArrayRef kernel, IntArrayRef stride, IntArrayRef padding, bool ceil_mode, bool count_include_pad,
                std::optional<int64_t> divisor) {
  WICK_CHECK(!divisor || *divisor != 0, "divisor must be not zero");
  PoolShape s = window_shape(op, x, dims, kernel, stride, padding, 1, ceil_mode);
  s.count_include_pad = count_include_pad;
  s.divisor_override = divisor.value_or(0);
  return average_any(a, s, x, dims);
}
// A row as a picture of height 1, for the ops over one dimension.
Tensor as_picture(const char* op, const Tensor& x) {
  check_input(op, x, 1);
  return x.unsqueeze(-2);
}
PoolShape row_shape(const char* op, const Tensor& x, IntArrayRef kernel, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return window_shape(op, x, 1, kernel, stride, padding, dilation, ceil_mode);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor avg_pool1d(const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, bool ceil_mode, bool count_include_pad) {
  PoolShape s = row_shape("avg_pool1d", self, kernel_size, stride, padding, 1, ceil_mode);
  s.count_include_pad = count_include_pad;
  return average_any(kAvg2, s, as_picture("avg_pool1d", self), 2).squeeze(-2);
}
Tensor& avg_pool1d_out(Tensor& out, const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, bool ceil_mode, bool count_include_pad) {
  return out_from("avg_pool1d", out, {self}, [&] { return avg_pool1d(self, kernel_size, stride, padding, ceil_mode, count_include_pad); });
}
std::tuple<Tensor,Tensor> max_pool1d_with_indices(const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  const PoolShape s = row_shape("max_pool1d", self, kernel_size, stride, padding, dilation, ceil_mode);
  auto [y, at] = maximum(kMax2, s, as_picture("max_pool1d", self), 2);
  return {y.squeeze(-2), at.squeeze(-2)};
}
Tensor max_pool1d(const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return std::get<0>(max_pool1d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode));
}
Tensor adaptive_avg_pool1d(const Tensor& self, IntArrayRef output_size) {
  return average(kAdaptiveAvg2, adaptive_shape("adaptive_avg_pool1d", self, 1, output_size), as_picture("adaptive_avg_pool1d", self), 2).squeeze(-2);
}
Tensor& adaptive_avg_pool1d_out(Tensor& out, const Tensor& self, IntArrayRef output_size) { return out_from("adaptive_avg_pool1d", out, {self}, [&] { return adaptive_avg_pool1d(self, output_size); }); }
std::tuple<Tensor,Tensor> adaptive_max_pool1d(const Tensor& self, IntArrayRef output_size) {
  auto [y, at] = maximum(kAdaptiveMax2, adaptive_shape("adaptive_max_pool1d", self, 1, output_size), as_picture("adaptive_max_pool1d", self), 2);
  return {y.squeeze(-2), at.squeeze(-2)};
}

#define WICK_POOLS(dims)                                                                                                                                                 \
  std::tuple<Tensor, Tensor> max_pool##dims##d_with_indices(const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation,   \
                                                            bool ceil_mode) {                                                                                            \
    if constexpr (dims == 3) WICK_AUTOCAST(full, max_pool##dims##d_with_indices, self, kernel_size, stride, padding, dilation, ceil_mode);                               \
    return maximum(kMax##dims, window_shape("max_pool" #dims "d", self, dims, kernel_size, stride, padding, dilation, ceil_mode), self, dims);                           \
  }                                                                                                                                                                      \
  std::tuple<Tensor&, Tensor&> max_pool##dims##d_with_indices_out(Tensor& out, Tensor& indices, const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride,          \
                                                                  IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {                                           \
    check_outs("max_pool" #dims "d", {out, indices}, {self});                                                                                                            \
    auto [y, at] = max_pool##dims##d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode);                                                              \
    store_out("max_pool" #dims "d", out, y);                                                                                                                             \
    store_out("max_pool" #dims "d", indices, at);                                                                                                                        \
    return {out, indices};                                                                                                                                               \
  }                                                                                                                                                                      \
  Tensor max_pool##dims##d(const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {                  \
    return std::get<0>(max_pool##dims##d_with_indices(self, kernel_size, stride, padding, dilation, ceil_mode));                                                         \
  }                                                                                                                                                                      \
  Tensor avg_pool##dims##d(const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, bool ceil_mode, bool count_include_pad,                  \
                           std::optional<int64_t> divisor_override) {                                                                                                    \
    if constexpr (dims == 3) WICK_AUTOCAST(full, avg_pool##dims##d, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);                 \
    return avg_pool("avg_pool" #dims "d", kAvg##dims, dims, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override);                         \
  }                                                                                                                                                                      \
  Tensor& avg_pool##dims##d_out(Tensor& out, const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, bool ceil_mode,                        \
                                bool count_include_pad, std::optional<int64_t> divisor_override) {                                                                       \
    return out_from("avg_pool" #dims "d", out, {self}, [&] { return avg_pool##dims##d(self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override); }); \
  }                                                                                                                                                                      \
  Tensor adaptive_avg_pool##dims##d(const Tensor& self, IntArrayRef output_size) {                                                                                        \
    if constexpr (dims == 3) WICK_AUTOCAST(full, adaptive_avg_pool##dims##d, self, output_size);                                                                         \
    return average(kAdaptiveAvg##dims, adaptive_shape("adaptive_avg_pool" #dims "d", self, dims, output_size), self, dims);                                              \
  }                                                                                                                                                                      \
  Tensor& adaptive_avg_pool##dims##d_out(Tensor& out, const Tensor& self, IntArrayRef output_size) {                                                                      \
    return out_from("adaptive_avg_pool" #dims "d", out, {self}, [&] { return adaptive_avg_pool##dims##d(self, output_size); });                                          \
  }                                                                                                                                                                      \
  std::tuple<Tensor, Tensor> adaptive_max_pool##dims##d(const Tensor& self, IntArrayRef output_size) {                                                                    \
    if constexpr (dims == 3) WICK_AUTOCAST(full, adaptive_max_pool##dims##d, self, output_size);                                                                         \
    return maximum(kAdaptiveMax##dims, adaptive_shape("adaptive_max_pool" #dims "d", self, dims, output_size), self, dims);                                              \
  }                                                                                                                                                                      \
  std::tuple<Tensor&, Tensor&> adaptive_max_pool##dims##d_out(Tensor& out, Tensor& indices, const Tensor& self, IntArrayRef output_size) {                                \
    check_outs("adaptive_max_pool" #dims "d", {out, indices}, {self});                                                                                                   \
    auto [y, at] = adaptive_max_pool##dims##d(self, output_size);                                                                                                        \
    store_out("adaptive_max_pool" #dims "d", out, y);                                                                                                                    \
    store_out("adaptive_max_pool" #dims "d", indices, at);                                                                                                               \
    return {out, indices};                                                                                                                                               \
  }
WICK_POOLS(2)
WICK_POOLS(3)


// Derivatives as functions
namespace {
void check_gradient(const char* op, const Tensor& g, IntArrayRef sizes) {
  check_defined(op, {g});
  WICK_CHECK(g.sizes() == sizes, op, ": grad_output has shape ", g.sizes(), ", the result has ", sizes);
}
Tensor max_gradient(const char* op, const Maximum& m, const PoolShape& s, const Tensor& g, const Tensor& self, const Tensor& indices, int dims) {
  const DimVec sizes = out_sizes(s, self, dims);
  check_gradient(op, g, sizes);
  check_gradient(op, indices, sizes);
  return maximum_backward(m, s, g, indices, self.sizes(), format_of(self, dims), dims);
}
}  // namespace
Tensor max_pool2d_backward(const Tensor& grad_output, const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  const Tensor indices = std::get<1>(max_pool2d_with_indices(self.detach(), kernel_size, stride, padding, dilation, ceil_mode));
  return max_pool2d_with_indices_backward(grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices);
}
Tensor& max_pool2d_backward_out(Tensor& out, const Tensor& grad_output, const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation, bool ceil_mode) {
  return out_from("max_pool2d_backward", out, {grad_output, self}, [&] { return max_pool2d_backward(grad_output, self, kernel_size, stride, padding, dilation, ceil_mode); });
}
#define WICK_POOL_GRADIENTS(dims)                                                                                                                                        \
  Tensor max_pool##dims##d_with_indices_backward(const Tensor& grad_output, const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding,        \
                                                 IntArrayRef dilation, bool ceil_mode, const Tensor& indices) {                                                          \
    const PoolShape s = window_shape("max_pool" #dims "d", self, dims, kernel_size, stride, padding, dilation, ceil_mode);                                               \
    return max_gradient("max_pool" #dims "d_with_indices_backward", kMax##dims, s, grad_output, self, indices, dims);                                                    \
  }                                                                                                                                                                      \
  Tensor& max_pool##dims##d_with_indices_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride,    \
                                                      IntArrayRef padding, IntArrayRef dilation, bool ceil_mode, const Tensor& indices) {                                \
    return out_from("max_pool" #dims "d_with_indices_backward", grad_input, {grad_output, self},                                                                         \
                    [&] { return max_pool##dims##d_with_indices_backward(grad_output, self, kernel_size, stride, padding, dilation, ceil_mode, indices); });             \
  }                                                                                                                                                                      \
  Tensor adaptive_max_pool##dims##d_backward(const Tensor& grad_output, const Tensor& self, const Tensor& indices) {                                                     \
    check_defined("adaptive_max_pool" #dims "d_backward", {grad_output, self, indices});                                                                                 \
    WICK_CHECK(grad_output.dim() == self.dim() && self.dim() > dims, "adaptive_max_pool" #dims "d_backward: grad_output ", grad_output.sizes(), " does not fit input ",  \
               self.sizes());                                                                                                                                            \
    const PoolShape s = adaptive_shape("adaptive_max_pool" #dims "d", self, dims, grad_output.sizes().slice(grad_output.sizes().size() - dims));                         \
    return max_gradient("adaptive_max_pool" #dims "d_backward", kAdaptiveMax##dims, s, grad_output, self, indices, dims);                                                \
  }                                                                                                                                                                      \
  Tensor& adaptive_max_pool##dims##d_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& indices) {                            \
    return out_from("adaptive_max_pool" #dims "d_backward", grad_input, {grad_output, self}, [&] { return adaptive_max_pool##dims##d_backward(grad_output, self, indices); }); \
  }                                                                                                                                                                      \
  Tensor avg_pool##dims##d_backward(const Tensor& grad_output, const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride, IntArrayRef padding, bool ceil_mode,      \
                                    bool count_include_pad, std::optional<int64_t> divisor_override) {                                                                   \
    WICK_CHECK(!divisor_override || *divisor_override != 0, "divisor must be not zero");                                                                                 \
    PoolShape s = window_shape("avg_pool" #dims "d", self, dims, kernel_size, stride, padding, 1, ceil_mode);                                                            \
    s.count_include_pad = count_include_pad;                                                                                                                             \
    s.divisor_override = divisor_override.value_or(0);                                                                                                                   \
    check_gradient("avg_pool" #dims "d_backward", grad_output, out_sizes(s, self, dims));                                                                                \
    return average_backward(kAvg##dims, s, grad_output, self.sizes(), format_of(self, dims), dims);                                                                      \
  }                                                                                                                                                                      \
  Tensor& avg_pool##dims##d_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, IntArrayRef kernel_size, IntArrayRef stride,                 \
                                         IntArrayRef padding, bool ceil_mode, bool count_include_pad, std::optional<int64_t> divisor_override) {                         \
    return out_from("avg_pool" #dims "d_backward", grad_input, {grad_output, self},                                                                                      \
                    [&] { return avg_pool##dims##d_backward(grad_output, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override); });        \
  }
WICK_POOL_GRADIENTS(2)
WICK_POOL_GRADIENTS(3)

}  // namespace wick::inline v1
