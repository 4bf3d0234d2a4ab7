// Sampling of pictures at given points, and the grids of affine maps.
#include "autograd/autocast.h"
#include "kernels/cpu/grid_sample.h"

#include <wick/ops/vision.h>

#include "ops/matmul.h"
#include "ops/vjp.h"

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

// --- The same in public ops, for higher derivatives ----------------------------------------------------------------------

using kernels::cpu::Interpolation;
using kernels::cpu::Outside;

Tensor moved_inside(const GridSample& s, Tensor x, int64_t size) {
  if (s.outside == Outside::zeros) return x;
  if (s.outside == Outside::reflection) {
    const double low = s.align_corners ? 0 : -0.5, span = static_cast<double>(s.align_corners ? size - 1 : size);
    if (span == 0) return zeros_like(x);
    const Tensor y = (x - low).abs(), rest = fmod(y, span), odd = fmod((y / span).floor(), 2) != 0;
    x = where(odd, span - rest, rest) + low;
  }
  return clamp(x, 0, size - 1);
}
struct Tap { Tensor index, weight; };   // long and floating, [N, points]; a weight is zero where the index is outside
Tap tap_of(const Tensor& index, const Tensor& weight, int64_t size) {
  const Tensor at = index.detach(), inside = (at >= 0).logical_and(at < size);
  return {where(inside, at, zeros_like(at)).to(kLong), weight * inside.to(weight.scalar_type())};
}
std::vector<Tap> taps_of(const GridSample& s, const Tensor& v, int64_t size) {
  Tensor x = s.align_corners ? (v + 1) / 2 * (size - 1) : ((v + 1) * size - 1) / 2;
  if (s.mode == Interpolation::cubic) {
    const double a = -0.75;
    const Tensor base = x.detach().floor(), f = x - base;
    const auto near = [a](const Tensor& t) { return ((a + 2) * t - (a + 3)) * t * t + 1; };
    const auto far = [a](const Tensor& t) { return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a; };
    const Tensor weights[4] = {far(f + 1), near(f), near(1 - f), far(2 - f)};
    std::vector<Tap> taps;
    for (int i = 0; i < 4; ++i) taps.push_back(tap_of(moved_inside(s, base + (i - 1), size), weights[i], size));
    return taps;
  }
  x = moved_inside(s, x, size);
  if (s.mode == Interpolation::nearest) return {tap_of(x.detach().round(), ones_like(x), size)};
  const Tensor base = x.detach().floor(), f = x - base;
  return {tap_of(base, 1 - f, size), tap_of(base + 1, f, size)};
}
Tensor sample_in_ops(const GridSample& s, const Tensor& x, const Tensor& grid) {
  const Tensor planes = x.flatten(2), points = grid.reshape({s.n, -1, s.dims});
  std::vector<Tap> all{{zeros({s.n, points.size(1)}, kLong), ones({s.n, points.size(1)}, x.options().requires_grad(false))}};
  for (int d = 3 - s.dims; d < 3; ++d) {
    std::vector<Tap> next;
    for (const Tap& a : all)
      for (const Tap& b : taps_of(s, points.select(-1, 2 - d), s.in[d])) next.push_back({a.index * s.in[d] + b.index, a.weight * b.weight});
    all = std::move(next);
  }
  Tensor y;
  for (const Tap& t : all) {
    const Tensor part = planes.gather(2, t.index.unsqueeze(1).expand({s.n, s.c, points.size(1)})) * t.weight.unsqueeze(1);
    y = y.defined() ? y + part : part;
  }
  DimVec sizes{s.n, s.c};
  for (int i = 3 - s.dims; i < 3; ++i) sizes.push_back(s.out[i]);
  return y.reshape(sizes);
}
// Derivative of the backward pass: that pass in public ops, differentiated.
void sample_second(const GridSample& s, Backward& b) {
  const std::array<Tensor, 3> inputs{b.in(0), b.in(1), b.in(2)};
  const auto first = [&s](const std::array<Tensor, 3>& v) {
    const auto leaf = [](const Tensor& t) { return t.requires_grad() ? t : t.detach().requires_grad_(); };
    const Tensor x = leaf(v[1]), grid = leaf(v[2]);
    return autograd::grad({sample_in_ops(s, x, grid)}, {x, grid}, {v[0]}, true, true, true);
  };
  // <G, first(inputs)> has the gradients looked for.
  const auto product = [&](const std::array<Tensor, 3>& v) {
    const auto r = first(v);
    Tensor sum;
    for (int i = 0; i < 2; ++i) {
      if (!b.g(i).defined() || !r[static_cast<size_t>(i)].defined()) continue;
      const Tensor p = (b.g(i) * r[static_cast<size_t>(i)]).sum();
      sum = sum.defined() ? sum + p : p;
    }
    return sum.defined() ? sum : (v[0] * 0).sum();
  };
  const auto r = gradients_of<3>(ones({}, inputs[0].options().requires_grad(false)), inputs, {b.needs(0), b.needs(1), b.needs(2)}, product);
  for (int i = 0; i < 3; ++i)
    if (b.needs(i)) b.grad(i, r[static_cast<size_t>(i)].defined() ? r[static_cast<size_t>(i)] : zeros(b.shape(i), inputs[0].options()));
}

std::tuple<Tensor, Tensor> sample_backward(const GridSample& s, const Tensor& g, const Tensor& x, const Tensor& grid, bool want_input) {
  return record(s.dims == 2 ? "GridSampler2DBackwardBackward0" : "GridSampler3DBackwardBackward0", {g, x, grid}, in(0) | in(1) | in(2),
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
                [s](Backward& b) { sample_second(s, b); });
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
  WICK_AUTOCAST(full, grid_sampler, input, grid, interpolation_mode, padding_mode, align_corners);
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
