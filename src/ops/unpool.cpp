// Max unpooling, and max pooling over windows at random places.
#include <cmath>
#include <limits>

#include <wick/core/parallel.h>
#include <wick/ops/vision.h>

#include "autograd/autocast.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

int64_t product(IntArrayRef v) {
  int64_t n = 1;
  for (int64_t x : v) n *= x;
  return n;
}

void check_unpool(int dims, const Tensor& x, const Tensor& indices, IntArrayRef size) {
  const std::string op = str("max_unpooling", dims, "d");
  check_defined(op.c_str(), {x, indices});
  WICK_CHECK(indices.scalar_type() == kLong, "elements in indices should be type int64 but got: ", indices.scalar_type());
  WICK_CHECK(size.size() == static_cast<size_t>(dims), "There should be exactly ", dims == 2 ? "two elements (height, width)" : "three elements (depth, height, width)", " in output_size, but got ", size.size(),
             " elements.");
  WICK_CHECK(x.dim() == dims + 1 || x.dim() == dims + 2, "Input to ", op, " should be a ", dims + 1, "d or ", dims + 2, "d Tensor, but got a tensor with ", x.dim(), " dimensions.");
  WICK_CHECK(x.sizes() == indices.sizes(), "Expected shape of indices to be same as that of the input tensor (", x.sizes(), ") but got indices tensor with shape: ", indices.sizes());
  for (int64_t d = x.dim() == dims + 2 ? 1 : 0; d < x.dim(); ++d)
    WICK_CHECK(x.size(d) > 0, op, "(): Expected input to have non-zero size for non-batch dimensions, but got ", x.sizes(), " with dimension ", d, " being empty.");
  WICK_CHECK_TYPE(NotImplementedError, is_floating_type(x.scalar_type()), "\"max_unpool", dims, "d\" not implemented for '", x.scalar_type(), "'");
  const int64_t room = product(size);
  const Tensor at = raw_contiguous(indices);
  const int64_t* p = typed<int64_t>(at);
  for (int64_t i = 0; i < at.numel(); ++i) WICK_CHECK_TYPE(IndexError, p[i] >= 0 && p[i] < room, "Found an invalid max index: ", p[i], " (output volumes are of size ", size, ")");
}
Tensor unpool(int dims, const Tensor& x, const Tensor& indices, IntArrayRef size) {
  check_unpool(dims, x, indices, size);
  return record(dims == 2 ? "MaxUnpool2DBackward0" : "MaxUnpool3DBackward0", {x, indices}, in(1),
                [&] {
                  DimVec shape(x.sizes().slice(0, x.sizes().size() - static_cast<size_t>(dims))), flat = shape;
                  flat.push_back(product(size));
                  for (int64_t v : size) shape.push_back(v);
                  Tensor y = zeros(flat, x.options());
                  if (x.numel() > 0) y.scatter_(-1, indices.flatten(-dims), x.flatten(-dims));
                  y = y.reshape(shape);
                  return dims == 2 && x.dim() == 4 ? y.contiguous(x.suggest_memory_format()) : y;
                },
                [dims](Backward& b) {
                  const Tensor at = b.in(1);
                  b.grad(0, b.g().flatten(-dims).gather(-1, at.flatten(-dims)).reshape(at.sizes()));
                });
}

// --- Fractional max pooling -------------------------------------------------------------------------------------------

struct Fractional {
  const char* op;
  int dims;
  int64_t n = 1, c = 0, in[3] = {1, 1, 1}, out[3] = {1, 1, 1}, kernel[3] = {1, 1, 1};
};
Fractional fractional(const char* op, int dims, const Tensor& x, IntArrayRef kernel, IntArrayRef size) {
  check_defined(op, {x});
  Fractional f{op, dims};
  const size_t n = static_cast<size_t>(dims);
  WICK_CHECK(kernel.size() == n, op, ": kernel_size must either be a single Int or tuple of Ints");
  WICK_CHECK(size.size() == n, op, ": output_size must either be a single Int or tuple of Ints");
  WICK_CHECK(x.dim() == dims + 1 || x.dim() == dims + 2, op, "(): Expected ", dims + 1, "D or ", dims + 2, "D tensor, but got: ", x.sizes());
  const bool batch = x.dim() == dims + 2;
  for (int64_t d = batch; d < x.dim(); ++d)
    WICK_CHECK(x.size(d) > 0, op, "(): Expected input to have non-zero size for non-batch dimensions, but got ", x.sizes(), " with dimension ", d, " being empty.");
  f.n = batch ? x.size(0) : 1;
  f.c = x.size(batch);
  static const char* names[] = {"time", "height", "width"};
  for (size_t i = 0; i < n; ++i) {
    const size_t d = 3 - n + i;
    f.in[d] = x.size(static_cast<int64_t>(i) + batch + 1);
    f.kernel[d] = kernel[i];
    f.out[d] = size[i];
    WICK_CHECK(f.out[d] >= 0 && f.kernel[d] > 0 && f.out[d] + f.kernel[d] - 1 < f.in[d] + (dims == 2), op, "(): pool ", names[d], " ", f.kernel[d], " too large relative to input ", names[d], " ", f.in[d], " (output ", f.out[d], ")");
  }
  return f;
}
void check_samples(const Fractional& f, const Tensor& x, const Tensor& samples) {
  check_defined(f.op, {samples});
  WICK_CHECK(samples.scalar_type() == x.scalar_type(), "Expect _random_samples to have the same dtype as input, got ", samples.scalar_type(), " and ", x.scalar_type());
  WICK_CHECK(samples.dim() == 3, "Expect _random_samples to have 3 dimensions got ", samples.dim());
  WICK_CHECK(samples.size(0) >= f.n, "Expect _random_samples.size(0) no less then input batch size, got ", samples.size(0), " and ", f.n);
  WICK_CHECK(samples.size(1) == f.c, "Expect _random_samples.size(1) equals to input channel size, got ", samples.size(1), " and ", f.c);
  WICK_CHECK(samples.size(2) == f.dims, "Expect _random_samples.size(2) equals to ", f.dims, " got ", samples.size(2), ".");
}
// Where the windows of one dimension begin.
template <class T>
std::vector<int64_t> starts(T sample, int64_t in, int64_t out, int64_t kernel) {
  std::vector<int64_t> at(static_cast<size_t>(out));
  if (out == 0) return at;
  const T alpha = out > 1 ? static_cast<T>(in - kernel) / static_cast<T>(out - 1) : T(0);
  for (int64_t i = 0; i + 1 < out; ++i) at[static_cast<size_t>(i)] = static_cast<int64_t>((static_cast<T>(i) + sample) * alpha) - static_cast<int64_t>(sample * alpha);
  at.back() = in - kernel;
  return at;
}
template <class T>
void pool_plane(const Fractional& f, const T* x, const T* sample, T* y, int64_t* index) {
  std::vector<int64_t> from[3];
  for (int d = 0; d < 3; ++d) {
    // The first sample is the width's in two dimensions and the depth's in three.
    const T u = d < 3 - f.dims ? T(0) : f.dims == 2 ? sample[2 - d] : sample[d];
    from[d] = starts(u, f.in[d], f.out[d], f.kernel[d]);
  }
  for (int64_t t0 : from[0])
    for (int64_t h0 : from[1])
      for (int64_t w0 : from[2]) {
        int64_t best = (t0 * f.in[1] + h0) * f.in[2] + w0;
        T most = -std::numeric_limits<T>::infinity();
        for (int64_t t = t0; t < t0 + f.kernel[0]; ++t)
          for (int64_t h = h0; h < h0 + f.kernel[1]; ++h)
            for (int64_t w = w0; w < w0 + f.kernel[2]; ++w) {
              const int64_t i = (t * f.in[1] + h) * f.in[2] + w;
              if (x[i] > most || std::isnan(x[i])) {
                most = x[i];
                best = i;
              }
            }
        *y++ = most;
        *index++ = best;
      }
}
template <class T>
void pool_planes(const Fractional& f, const Tensor& x, const Tensor& samples, const Tensor& y, const Tensor& index) {
  const int64_t in = product({f.in, 3}), out = product({f.out, 3}), window = product({f.kernel, 3});
  parallel_for(0, f.n * f.c, std::max<int64_t>(1, 32768 / std::max<int64_t>(1, out * window)), [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i) pool_plane<T>(f, typed<T>(x) + i * in, typed<T>(samples) + i * f.dims, typed<T>(y) + i * out, typed<int64_t>(index) + i * out);
  });
}
std::tuple<Tensor, Tensor> fractional_pool(const Fractional& f, const Tensor& x, const Tensor& samples) {
  check_samples(f, x, samples);
  WICK_CHECK_TYPE(NotImplementedError, is_floating_type(x.scalar_type()), "\"", f.op, "\" not implemented for '", x.scalar_type(), "'");
  return record(f.dims == 2 ? "FractionalMaxPool2DBackward0" : "FractionalMaxPool3DBackward0", {x}, out(1),
                [&] {
                  const ScalarType type = x.scalar_type() == kDouble ? kDouble : kFloat;
                  const Tensor from = raw_contiguous(x, type), u = raw_contiguous(samples, type);
                  DimVec sizes(x.sizes());
                  for (int d = 0; d < f.dims; ++d) sizes[sizes.size() - static_cast<size_t>(f.dims - d)] = f.out[3 - f.dims + d];
                  Tensor y = make_tensor(sizes, type), index = make_tensor(sizes, kLong);
                  if (type == kDouble) pool_planes<double>(f, from, u, y, index);
                  else pool_planes<float>(f, from, u, y, index);
                  return std::tuple<Tensor, Tensor>(y.to(x.scalar_type()), index);
                },
                [dims = f.dims](Backward& b) {
                  const Tensor at = b.out(1);
                  DimVec flat(b.shape(0).slice(0, b.shape(0).size() - static_cast<size_t>(dims)));
                  flat.push_back(product(b.shape(0).slice(flat.size())));
                  b.grad(0, zeros(flat, b.g().options()).scatter_add(-1, at.flatten(-dims), b.g().flatten(-dims)).reshape(b.shape(0)));
                });
}
Tensor fractional_backward(const Fractional& f, const Tensor& g, const Tensor& x, const Tensor& indices) {
  check_defined(f.op, {g, indices});
  WICK_CHECK(g.sizes() == indices.sizes(), f.op, "(): gradient of shape ", g.sizes(), " unexpected: the indices have ", indices.sizes());
  DimVec flat(x.sizes().slice(0, x.sizes().size() - static_cast<size_t>(f.dims)));
  flat.push_back(product({f.in, 3}));
  return zeros(flat, g.options()).scatter_add(-1, indices.flatten(-f.dims), g.flatten(-f.dims)).reshape(x.sizes());
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor max_unpool2d(const Tensor& self, const Tensor& indices, IntArrayRef output_size) {
  WICK_AUTOCAST(full, max_unpool2d, self, indices, output_size);
  return unpool(2, self, indices, output_size);
}
Tensor& max_unpool2d_out(Tensor& out, const Tensor& self, const Tensor& indices, IntArrayRef output_size) {
  return out_from("max_unpool2d", out, {self}, [&] { return unpool(2, self, indices, output_size); });
}
Tensor max_unpool3d(const Tensor& self, const Tensor& indices, IntArrayRef output_size, IntArrayRef stride, IntArrayRef padding) {
  WICK_AUTOCAST(full, max_unpool3d, self, indices, output_size, stride, padding);
  WICK_CHECK(stride.size() == 3, "There should be exactly three elements (depth, height, width) in stride, but got: ", stride.size(), " elements.");
  WICK_CHECK(padding.size() == 3, "There should be exactly three elements (depth, height, width) in padding, but got: ", padding.size(), " elements.");
  for (int64_t s : stride) WICK_CHECK(s > 0, "strides should be greater than zero, but got stride: ", stride);
  return unpool(3, self, indices, output_size);
}
Tensor& max_unpool3d_out(Tensor& out, const Tensor& self, const Tensor& indices, IntArrayRef output_size, IntArrayRef stride, IntArrayRef padding) {
  return out_from("max_unpool3d", out, {self}, [&] { return max_unpool3d(self, indices, output_size, stride, padding); });
}

#define WICK_FRACTIONAL(name, dims)                                                                                                                                     \
  std::tuple<Tensor, Tensor> name(const Tensor& self, IntArrayRef kernel_size, IntArrayRef output_size, const Tensor& random_samples) {                                 \
    WICK_AUTOCAST(full, name, self, kernel_size, output_size, random_samples);                                                                                          \
    return fractional_pool(fractional(#name, dims, self, kernel_size, output_size), self, random_samples);                                                              \
  }                                                                                                                                                                     \
  std::tuple<Tensor&, Tensor&> name##_out(Tensor& output, Tensor& indices, const Tensor& self, IntArrayRef kernel_size, IntArrayRef output_size,                        \
                                          const Tensor& random_samples) {                                                                                               \
    check_outs(#name, {output, indices}, {self});                                                                                                                       \
    auto [y, at] = name(self, kernel_size, output_size, random_samples);                                                                                                \
    store_out(#name, output, y);                                                                                                                                        \
    store_out(#name, indices, at);                                                                                                                                      \
    return {output, indices};                                                                                                                                           \
  }                                                                                                                                                                     \
  Tensor name##_backward(const Tensor& grad_output, const Tensor& self, IntArrayRef kernel_size, IntArrayRef output_size, const Tensor& indices) {                      \
    return fractional_backward(fractional(#name, dims, self, kernel_size, output_size), grad_output, self, indices);                                                    \
  }                                                                                                                                                                     \
  Tensor& name##_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, IntArrayRef kernel_size, IntArrayRef output_size,                      \
                              const Tensor& indices) {                                                                                                                  \
    return out_from(#name "_backward", grad_input, {grad_output, self}, [&] { return name##_backward(grad_output, self, kernel_size, output_size, indices); });         \
  }
WICK_FRACTIONAL(fractional_max_pool2d, 2)
WICK_FRACTIONAL(fractional_max_pool3d, 3)

}  // namespace wick::inline v1
