// Sampling of pictures at given points, and the grids of affine maps.
#include "kernels/cpu/grid_sample.h"

#include <wick/ops/vision.h>

#include "ops/matmul.h"

namespace wick::ops {
namespace {

using kernels::cpu::GridSample;

void check_sampler(const Tensor& x, const Tensor& grid) {
  check_defined("grid_sampler", {x, grid});
  WICK_CHECK(x.scalar_type() == grid.scalar_type(), "grid_sampler(): expected input and grid to have same dtype, but input has ", x.scalar_type(), " and grid has ", grid.scalar_type());
  WICK_CHECK(x.dim() > 0 && grid.dim() > 0 && x.size(0) == grid.size(0), "grid_sampler(): expected grid and input to have same batch size, but got input with sizes ", x.sizes(), " and grid with sizes ", grid.sizes());
  WICK_CHECK(grid.size(-1) == x.dim() - 2, "grid_sampler(): expected grid to have size ", x.dim() - 2, " in last dimension, but got grid with sizes ", grid.sizes());
  for (int64_t d = 2; d < x.dim(); ++d)
    WICK_CHECK(x.size(d) > 0, "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes ", x.sizes(), " with dimension ", d, " being empty");
}
GridSample sampling(const Tensor& x, const Tensor& grid, int dims, int64_t mode, int64_t padding, bool align) {
  check_sampler(x, grid);
  WICK_CHECK(x.dim() == dims + 2 && x.dim() == grid.dim(), "grid_sampler(): expected ", dims + 2, "D input and grid with same number of dimensions, but got input with sizes ", x.sizes(), " and grid with sizes ",
             grid.sizes());
  WICK_CHECK(mode >= 0 && mode <= 2 && padding >= 0 && padding <= 2, "grid_sampler(): interpolation mode ", mode, " and padding mode ", padding, " must each be 0, 1 or 2");
  WICK_CHECK(dims == 2 || mode != 2, "grid_sampler(): bicubic interpolation only supports 4D input");
  WICK_CHECK_TYPE(NotImplementedError, is_floating_type(x.scalar_type()), "\"grid_sampler_", dims, "d\" not implemented for '", x.scalar_type(), "'");
  GridSample s;
  s.dtype = x.scalar_type() == kDouble ? kDouble : kFloat;
  s.dims = dims;
  s.n = x.size(0);
  s.c = x.size(1);
  for (int i = 0; i < dims; ++i) {
    s.in[3 - dims + i] = x.size(2 + i);
    s.out[3 - dims + i] = grid.size(1 + i);
  }
  s.mode = static_cast<kernels::cpu::Interpolation>(mode);
  s.outside = static_cast<kernels::cpu::Outside>(padding);
  s.align_corners = align;
  return s;
}

std::tuple<Tensor, Tensor> sample_backward(const GridSample& s, const Tensor& g, const Tensor& x, const Tensor& grid, bool want_input) {
  return record(s.dims == 2 ? "GridSampler2DBackwardBackward0" : "GridSampler3DBackwardBackward0", {g, x, grid}, {},
                [&] {
                  const Tensor gy = raw_contiguous(g, s.dtype), in = raw_contiguous(x, s.dtype), points = raw_contiguous(grid, s.dtype);
                  Tensor gx, ggrid = make_tensor(grid.sizes(), s.dtype);
                  if (want_input) {
                    gx = make_tensor(x.sizes(), s.dtype);
                    raw_fill(gx, 0);
                  }
                  if (x.numel() > 0 && grid.numel() > 0) kernels::cpu::grid_sample_backward(s, typed<char>(gy), typed<char>(in), typed<char>(points), want_input ? typed<char>(gx) : nullptr, typed<char>(ggrid));
                  else raw_fill(ggrid, 0);
                  return std::tuple<Tensor, Tensor>(want_input ? gx.to(x.scalar_type()) : gx, ggrid.to(grid.scalar_type()));
                },
                [dims = s.dims](Backward&) { throw NotImplementedError(str("derivative for aten::grid_sampler_", dims, "d_backward is not implemented")); });
}
Tensor sample(int dims, const Tensor& x, const Tensor& grid, int64_t mode, int64_t padding, bool align) {
  const GridSample s = sampling(x, grid, dims, mode, padding, align);
  return record(dims == 2 ? "GridSampler2DBackward0" : "GridSampler3DBackward0", {x, grid}, in(0) | in(1),
                [&] {
                  const Tensor from = raw_contiguous(x, s.dtype), points = raw_contiguous(grid, s.dtype);
                  DimVec sizes{s.n, s.c};
                  for (int i = 3 - dims; i < 3; ++i) sizes.push_back(s.out[i]);
                  Tensor y = make_tensor(sizes, s.dtype);
                  if (y.numel() > 0) kernels::cpu::grid_sample(s, typed<char>(from), typed<char>(points), typed<char>(y));
                  return y.to(x.scalar_type());
                },
                [s](Backward& b) {
                  auto [gx, ggrid] = sample_backward(s, b.g(), b.in(0), b.in(1), b.needs(0));
                  if (b.needs(0)) b.grad(0, gx);
                  if (b.needs(1)) b.grad(1, ggrid);
                });
}

// [N, points, dims + 1]: the points of a regular grid with a 1 appended.
Tensor base_grid(const Tensor& like, IntArrayRef size, bool align) {
  const int64_t dims = static_cast<int64_t>(size.size()) - 2;
  DimVec shape(size.slice(2));
  shape.insert(0, size[0]);
  std::vector<Tensor> axes;
  for (int64_t d = dims - 1; d >= 0; --d) {
    const int64_t n = size[static_cast<size_t>(d + 2)];
    Tensor line = n <= 1 ? zeros({n}, like.options()) : linspace(-1, 1, n, like.options());
    if (!align && n > 1) line = line * static_cast<double>(n - 1) / static_cast<double>(n);
    DimVec view(static_cast<size_t>(dims + 1), 1);
    view[static_cast<size_t>(d + 1)] = n;
    axes.push_back(line.reshape(view).expand(shape));
  }
  axes.push_back(ones(shape, like.options()));
  return stack(axes, -1).reshape({size[0], -1, dims + 1});
}
void check_affine(IntArrayRef size) {
  WICK_CHECK(size.size() == 4 || size.size() == 5, "AffineGridGenerator needs 4d (spatial) or 5d (volumetric) inputs.");
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor grid_sampler(const Tensor& input, const Tensor& grid, int64_t interpolation_mode, int64_t padding_mode, bool align_corners) {
  check_sampler(input, grid);
  return sample(input.dim() == 5 ? 3 : 2, input, grid, interpolation_mode, padding_mode, align_corners);
}
#define WICK_GRID_SAMPLER(dims)                                                                                                                                             \
  Tensor grid_sampler_##dims##d(const Tensor& input, const Tensor& grid, int64_t interpolation_mode, int64_t padding_mode, bool align_corners) {                            \
    return sample(dims, input, grid, interpolation_mode, padding_mode, align_corners);                                                                                      \
  }                                                                                                                                                                         \
  Tensor& grid_sampler_##dims##d_out(Tensor& out, const Tensor& input, const Tensor& grid, int64_t interpolation_mode, int64_t padding_mode, bool align_corners) {          \
    return out_from("grid_sampler_" #dims "d", out, {input, grid}, [&] { return sample(dims, input, grid, interpolation_mode, padding_mode, align_corners); });             \
  }                                                                                                                                                                         \
  std::tuple<Tensor, Tensor> grid_sampler_##dims##d_backward(const Tensor& grad_output, const Tensor& input, const Tensor& grid, int64_t interpolation_mode,                \
                                                             int64_t padding_mode, bool align_corners, std::array<bool, 2> output_mask) {                                   \
    return sample_backward(sampling(input, grid, dims, interpolation_mode, padding_mode, align_corners), grad_output, input, grid, output_mask[0]);                         \
  }                                                                                                                                                                         \
  std::tuple<Tensor&, Tensor&> grid_sampler_##dims##d_backward_out(Tensor& out0, Tensor& out1, const Tensor& grad_output, const Tensor& input, const Tensor& grid,          \
                                                                   int64_t interpolation_mode, int64_t padding_mode, bool align_corners, std::array<bool, 2> output_mask) { \
    check_outs("grid_sampler_" #dims "d_backward", {out0, out1}, {grad_output, input, grid});                                                                               \
    auto [gx, ggrid] = grid_sampler_##dims##d_backward(grad_output, input, grid, interpolation_mode, padding_mode, align_corners, output_mask);                             \
    if (output_mask[0]) store_out("grid_sampler_" #dims "d_backward", out0, gx);                                                                                            \
    store_out("grid_sampler_" #dims "d_backward", out1, ggrid);                                                                                                             \
    return {out0, out1};                                                                                                                                                    \
  }
WICK_GRID_SAMPLER(2)
WICK_GRID_SAMPLER(3)

Tensor affine_grid_generator(const Tensor& theta, IntArrayRef size, bool align_corners) {
  check_defined("affine_grid_generator", {theta});
  check_affine(size);
  return record("AffineGridGeneratorBackward0", {theta}, {},
                [&] {
                  DimVec shape(size.slice(2));
                  shape.insert(0, size[0]);
                  shape.push_back(static_cast<int64_t>(size.size()) - 2);
                  return base_grid(theta, size, align_corners).bmm(theta.transpose(1, 2)).reshape(shape);
                },
                [size = DimVec(size), align_corners](Backward& b) { b.grad(0, affine_grid_generator_backward(b.g(), size, align_corners)); });
}
Tensor& affine_grid_generator_out(Tensor& out, const Tensor& theta, IntArrayRef size, bool align_corners) {
  return out_from("affine_grid_generator", out, {theta}, [&] { return affine_grid_generator(theta, size, align_corners); });
}
Tensor affine_grid_generator_backward(const Tensor& grad, IntArrayRef size, bool align_corners) {
  check_defined("affine_grid_generator_backward", {grad});
  check_affine(size);
  const Tensor g = grad.reshape({size[0], -1, static_cast<int64_t>(size.size()) - 2});
  return base_grid(grad, size, align_corners).transpose(1, 2).bmm(g).transpose(1, 2);
}

}  // namespace wick::inline v1
