// Convolutions (1 to 3 spatial dimensions) on raw memory.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// A convolution y = x * w. Spatial arrays are outermost first: (d, h, w), (h, w) or (w); unused entries are ignored.
// Plain layout: x is n,c,[d,h,]w; y is n,k,…; w is k,c/groups,…, all dense. Channels-last: the channel moves last
// (n,[d,h,]w,c; w: k,[d,h,]w,c/groups). Each of the three has a flag of its own.
struct ConvShape {
  ScalarType dtype = ScalarType::Float;
  int dims = 2;
  int64_t n = 0, c = 0, k = 0, groups = 1;
  int64_t in[3] = {}, kernel[3] = {}, out[3] = {};
  int64_t stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, pad_begin[3] = {}, pad_end[3] = {};
  bool x_channels_last = false, w_channels_last = false, y_channels_last = false;

  // Fills `out` from the rest; negative where the kernel does not fit.
  void infer_out();
};

// Floating and complex dtypes; x, w, y and the gradients share the dtype (f16 and bf16 accumulate in f32). The caller
// has checked the shape. The result does not depend on the number of threads.
// y = x * w + bias; bias has k elements or is null.
void conv_forward(const ConvShape& s, const void* x, const void* w, const void* bias, void* y);
// gx of the loss, from gy. Also the forward of a transposed convolution (x there is gy here).
void conv_backward_data(const ConvShape& s, const void* gy, const void* w, void* gx);
// gw (layout as w's), and gb (k elements) unless null. Complex: no conjugation, pass conjugated operands.
void conv_backward_weights(const ConvShape& s, const void* x, const void* gy, void* gw, void* gb);

// gb alone, in f32.
void conv_bias_gradient(const ConvShape& s, const float* gy, float* gb);

// Forgets cached primitives (their code and descriptors).
void conv_cache_clear();

}  // namespace wick::kernels::cpu
