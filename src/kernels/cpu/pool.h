// Pooling over two or three spatial dimensions on raw memory (1d: a height of 1).
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// Spatial arrays are (d, h, w); d is 1 with kernel 1, stride 1 and no padding in two dimensions. `in` and `out` are
// n,c,d,h,w dense, or n,d,h,w,c with channels_last. f32, f64, f16 and bf16 (computed in f32).
struct PoolShape {
  ScalarType dtype = ScalarType::Float;
  int64_t n = 0, c = 0;
  int64_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1};
  bool channels_last = false;
  // Not used by adaptive pooling.
  int64_t kernel[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, pad[3] = {}, dilation[3] = {1, 1, 1};
  // Average pooling: whether padding counts, and the divisor where not 0.
  bool count_include_pad = true;
  int64_t divisor_override = 0;
};

// Output size of one dimension, PyTorch's rule: with ceil_mode the last window starts inside the input or its left
// padding.
int64_t pool_output_size(int64_t in, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation, bool ceil_mode);

// Maximum and its position in the flattened plane (d, h, w); a NaN wins, the first of equals wins. `indices` has y's
// layout and may be null in forward. An element chosen by several windows gets the sum of their gradients.
void max_pool_forward(const PoolShape& s, const void* x, void* y, int64_t* indices);
void max_pool_backward(const PoolShape& s, const void* gy, const int64_t* indices, void* gx);

void avg_pool_forward(const PoolShape& s, const void* x, void* y);
void avg_pool_backward(const PoolShape& s, const void* gy, void* gx);

// Window i of a dimension covers floor(i * in / out) to ceil((i + 1) * in / out).
void adaptive_max_pool_forward(const PoolShape& s, const void* x, void* y, int64_t* indices);
void adaptive_max_pool_backward(const PoolShape& s, const void* gy, const int64_t* indices, void* gx);
void adaptive_avg_pool_forward(const PoolShape& s, const void* x, void* y);
void adaptive_avg_pool_backward(const PoolShape& s, const void* gy, void* gx);

}  // namespace wick::kernels::cpu
