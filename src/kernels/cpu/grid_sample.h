// Sampling of pictures at given points, on raw dense memory.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

enum class Interpolation { linear, nearest, cubic };
enum class Outside { zeros, border, reflection };

// x is [n, c, in...], the grid [n, out..., dims] with the coordinate of the last dimension first, y [n, c, out...].
// `dims` is 2 or 3; unused sizes are 1 and lead. f32 and f64.
struct GridSample {
  ScalarType dtype = ScalarType::Float;
  int dims = 2;
  int64_t n = 0, c = 0, in[3] = {1, 1, 1}, out[3] = {1, 1, 1};
  Interpolation mode = Interpolation::linear;
  Outside outside = Outside::zeros;
  bool align_corners = false;
};

void grid_sample(const GridSample& s, const void* x, const void* grid, void* y);
// Gradient of x (added to gx, which starts as zeros) and of the grid; either may be null.
void grid_sample_backward(const GridSample& s, const void* gy, const void* x, const void* grid, void* gx, void* ggrid);

}  // namespace wick::kernels::cpu
