// Functions of several families that few programs call; each is made of others.
#include <wick/ops/extra.h>

#include "autograd/autocast.h"
#include "ops/matmul.h"

namespace wick::inline v1 {
using namespace wick::ops;

// --- Random tensors like another ---------------------------------------------------------------------------------------------

#define WICK_LIKE(name, params, ...)                                                                                                                     \
  Tensor name(const Tensor& self, params std::optional<Generator> generator) {                                                                           \
    check_defined(#name, {self});                                                                                                                        \
    return empty_like(self, self.options().requires_grad(false)).name##_(__VA_ARGS__ generator);                                                         \
  }                                                                                                                                                      \
  Tensor& name##_out(Tensor& out, const Tensor& self, params std::optional<Generator> generator) {                                                       \
    check_defined(#name, {self});                                                                                                                        \
    autograd::check_out(#name, out, {self});                                                                                                             \
    ops::resize_out(#name, out, self.sizes(), self.strides());                                                                                                \
    return out.name##_(__VA_ARGS__ generator);                                                                                                           \
  }
#define WICK_COMMA ,
WICK_LIKE(uniform, double from WICK_COMMA double to WICK_COMMA, from, to,)
WICK_LIKE(log_normal, double mean WICK_COMMA double std WICK_COMMA, mean, std,)
WICK_LIKE(exponential, double lambd WICK_COMMA, lambd,)
WICK_LIKE(cauchy, double median WICK_COMMA double sigma WICK_COMMA, median, sigma,)
WICK_LIKE(geometric, double p WICK_COMMA, p,)
WICK_LIKE(random, int64_t from WICK_COMMA std::optional<int64_t> to WICK_COMMA, from, to,)
WICK_LIKE(random, int64_t to WICK_COMMA, to,)
WICK_LIKE(random, , )

// --- Shapes ----------------------------------------------------------------------------------------------------------------------

Tensor resize(const Tensor& self, IntArrayRef size, std::optional<MemoryFormat> memory_format) {
  const Tensor r = self.detach().clone();
  r.resize_(size, memory_format);
  return r;
}
const Tensor& resize_out(const Tensor& out, const Tensor& self, IntArrayRef size, std::optional<MemoryFormat> memory_format) {
  out.resize_(self.sizes());
  raw_copy(out, self);
  return out.resize_(size, memory_format);
}
const Tensor& resize_as_(const Tensor& self, const Tensor& the_template, std::optional<MemoryFormat> memory_format) { return self.resize_as_(the_template, memory_format); }
Tensor resize_as(const Tensor& self, const Tensor& the_template, std::optional<MemoryFormat> memory_format) {
  const Tensor r = self.detach().clone();
  r.resize_as_(the_template, memory_format);
  return r;
}
const Tensor& resize_as_out(const Tensor& out, const Tensor& self, const Tensor& the_template, std::optional<MemoryFormat> memory_format) {
  return resize_out(out, self, the_template.sizes(), memory_format);
}

Tensor flatten_dense_tensors(TensorList tensors) {
  std::vector<Tensor> rows;
  for (const Tensor& t : tensors) rows.push_back(t.contiguous().view({-1}));
  return rows.size() == 1 ? rows[0] : cat(rows);
}
std::vector<Tensor> unflatten_dense_tensors(const Tensor& flat, TensorList tensors) {
  std::vector<Tensor> out;
  int64_t at = 0;
  for (const Tensor& t : tensors) {
    out.push_back(t.numel() == 0 ? empty(t.sizes(), flat.options()) : flat.narrow(0, at, t.numel()).view(t.sizes()));
    at += t.numel();
  }
  return out;
}

Tensor nonzero_static(const Tensor& self, int64_t size, int64_t fill_value) {
  check_defined("nonzero_static", {self});
  WICK_CHECK(size >= 0, "nonzero_static: 'size' must be an non-negative integer, got ", size);
  const Tensor found = self.nonzero(), kept = found.slice(0, 0, size);
  Tensor r = full({size, self.dim()}, fill_value, kLong);
  r.narrow(0, 0, kept.size(0)).copy_(kept);
  return r;
}
Tensor& nonzero_static_out(Tensor& out, const Tensor& self, int64_t size, int64_t fill_value) { return out_from("nonzero_static", out, {}, [&] { return nonzero_static(self, size, fill_value); }); }

Tensor norm_except_dim(const Tensor& v, int64_t pow, int64_t dim) {
  check_defined("norm_except_dim", {v});
  if (dim == -1) return v.norm(pow);
  const int64_t d = wrap_dim(dim, v.dim(), "norm_except_dim");
  DimVec shape(v.sizes().size(), 1);
  shape[static_cast<size_t>(d)] = v.size(d);
  return v.transpose(0, d).reshape({v.size(d), -1}).norm(pow, 1).view(shape);
}

// --- Convolutions under other names ------------------------------------------------------------------------------------------------

Tensor conv_tbc(const Tensor& self, const Tensor& weight, const Tensor& bias, int64_t pad) {
  WICK_AUTOCAST(lower, conv_tbc, self, weight, bias, pad);
  check_defined("conv_tbc", {self, weight, bias});
  WICK_CHECK(self.dim() == 3, "Input must have 3 dims: time, batch, in_channel, got ", self.sizes());
  WICK_CHECK(weight.dim() == 3, "Weight tensor must have 3 dims: kernel_width, in_channels, out_channels, got ", weight.sizes());
  WICK_CHECK(bias.dim() == 1, "Bias must be 1-D, got ", bias.sizes());
  WICK_CHECK(self.size(2) == weight.size(1), "Input dim 2 (input channels) is not == dim 1 in the weight tensor (input channels): ", self.size(2), " and ", weight.size(1));
  WICK_CHECK(weight.size(2) == bias.size(0), "Bias size must equal dim 2 in the weight tensor (output channels): ", bias.size(0), " and ", weight.size(2));
  return conv1d(self.permute({1, 2, 0}), weight.permute({2, 1, 0}), bias, 1, pad).permute({2, 0, 1}).contiguous();
}
Tensor& conv_tbc_out(Tensor& out, const Tensor& self, const Tensor& weight, const Tensor& bias, int64_t pad) {
  return out_from("conv_tbc", out, {self, weight, bias}, [&] { return conv_tbc(self, weight, bias, pad); });
}
static void check_kernel(const char* op, const Tensor& weight, IntArrayRef kernel_size) {
  check_defined(op, {weight});
  bool fits = weight.dim() > 2;
  for (int64_t d = 2; fits && d < weight.dim(); ++d) fits = kernel_size.size() == 1 ? weight.size(d) == kernel_size[0] : weight.size(d) == kernel_size[static_cast<size_t>(d - 2)];
  WICK_CHECK(fits, op, ": kernel_size ", kernel_size, " does not fit weight of size ", weight.sizes());
}
#define WICK_CONV_NAME(name, conv, params, args, dilation)                                                                                                   \
  Tensor name(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding params) { \
    check_kernel(#name, weight, kernel_size);                                                                                                                    \
    return conv(self, weight, bias, stride, padding, dilation);                                                                                                  \
  }                                                                                                                                                              \
  Tensor& name##_out(Tensor& out, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias, IntArrayRef stride,      \
                     IntArrayRef padding params) {                                                                                                               \
    return out_from(#name, out, {self, weight, tensor_or_none(bias)}, [&] { return name(self, weight, kernel_size, bias, stride, padding args); });              \
  }
WICK_CONV_NAME(thnn_conv2d, conv2d, , , 1)
WICK_CONV_NAME(slow_conv3d, conv3d, , , 1)
WICK_CONV_NAME(slow_conv3d_forward, conv3d, , , 1)
WICK_CONV_NAME(slow_conv_dilated2d, conv2d, WICK_COMMA IntArrayRef dilation, WICK_COMMA dilation, dilation)
WICK_CONV_NAME(slow_conv_dilated3d, conv3d, WICK_COMMA IntArrayRef dilation, WICK_COMMA dilation, dilation)
#define WICK_TURNED(name, conv)                                                                                                                                   \
  Tensor name(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding,     \
              IntArrayRef output_padding, IntArrayRef dilation) {                                                                                                \
    check_kernel(#name, weight, kernel_size);                                                                                                                    \
    return conv(self, weight, bias, stride, padding, output_padding, 1, dilation);                                                                               \
  }                                                                                                                                                              \
  Tensor& name##_out(Tensor& out, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias, IntArrayRef stride,      \
                     IntArrayRef padding, IntArrayRef output_padding, IntArrayRef dilation) {                                                                    \
    return out_from(#name, out, {self, weight, tensor_or_none(bias)}, [&] { return name(self, weight, kernel_size, bias, stride, padding, output_padding, dilation); }); \
  }
WICK_TURNED(slow_conv_transpose2d, conv_transpose2d)
WICK_TURNED(slow_conv_transpose3d, conv_transpose3d)
Tensor conv_depthwise3d(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation) {
  check_kernel("conv_depthwise3d", weight, kernel_size);
  return conv3d(self, weight, bias, stride, padding, dilation, self.size(1));
}
Tensor& conv_depthwise3d_out(Tensor& out, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation) {
  return out_from("conv_depthwise3d", out, {self, weight}, [&] { return conv_depthwise3d(self, weight, kernel_size, bias, stride, padding, dilation); });
}

// --- Into tensors that exist --------------------------------------------------------------------------------------------------------

Tensor& new_empty_out(Tensor& out, const Tensor& self, IntArrayRef size) {
  check_defined("new_empty", {self});
  ops::resize_out("new_empty", out, size);
  return out;
}
Tensor& new_empty_strided_out(Tensor& out, const Tensor& self, IntArrayRef size, IntArrayRef stride) {
  check_defined("new_empty_strided", {self});
  ops::resize_out("new_empty_strided", out, size, stride);
  return out;
}
Tensor& new_full_out(Tensor& out, const Tensor& self, IntArrayRef size, const Scalar& fill_value) { return new_empty_out(out, self, size).fill_(fill_value); }
Tensor& new_ones_out(Tensor& out, const Tensor& self, IntArrayRef size) { return new_full_out(out, self, size, 1); }
Tensor& new_zeros_out(Tensor& out, const Tensor& self, IntArrayRef size) { return new_full_out(out, self, size, 0); }
Tensor& copy_out(Tensor& out, const Tensor& self, const Tensor& src, bool non_blocking) {
  check_defined("copy", {self, src});
  ops::resize_out("copy", out, self.sizes());
  return out.copy_(src, non_blocking);
}
Tensor lift(const Tensor& self) { return self; }
Tensor lift_fresh(const Tensor& self) { return self; }

}  // namespace wick::inline v1
