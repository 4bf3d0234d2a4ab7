// Padding by reflection and replication, rearranging of channels, and patches as columns.
#include <algorithm>

#include <wick/core/parallel.h>

#include "autograd/autocast.h"
#include "ops/interpolate.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

Tensor pad_edges(const char* op, const char* node, const Tensor& x, IntArrayRef padding, int dims, bool reflect) {
  check_defined(op, {x});
  WICK_CHECK(padding.size() == static_cast<size_t>(2 * dims), op, ": padding size is expected to be ", 2 * dims, ", but got: ", padding.size());
  const bool batch = x.dim() == dims + 2;
  bool filled = true;
  for (int64_t d = batch; d < x.dim(); ++d) filled = filled && x.size(d) > 0;
  WICK_CHECK((batch || x.dim() == dims + 1) && filled, "Expected ", dims + 1, "D or ", dims + 2, "D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ", x.sizes());
  std::vector<Resampling> steps;
  for (int i = 0; i < dims; ++i) {
    const int64_t dim = x.dim() - 1 - i, n = x.size(dim), before = padding[static_cast<size_t>(2 * i)], after = padding[static_cast<size_t>(2 * i + 1)];
    WICK_CHECK(!reflect || (before < n && after < n), "Argument #", 4 + 2 * i, ": Padding size should be less than the corresponding input dimension, but got: padding (", before, ", ", after,
               ") at dimension ", dim, " of input ", x.sizes());
    auto t = std::make_shared<Taps>();
    t->in = n;
    t->out = n + before + after;
    WICK_CHECK(t->out >= 1, "input (", x.sizes(), ") is too small. Calculated output size of dimension ", dim, ": ", t->out, " (", op, ")");
    if (before == 0 && after == 0) continue;
    for (int64_t o = 0; o < t->out; ++o) {
      int64_t at = o - before;
      if (reflect) {
        if (at < 0) at = -at;
        if (at >= n) at = 2 * n - 2 - at;
      }
      t->index.push_back(std::clamp<int64_t>(at, 0, n - 1));
      t->weight.push_back(1);
    }
    steps.push_back({dim, t});
  }
  return steps.empty() ? x.clone() : resample(node, x, steps);
}

// --- Patches as columns -----------------------------------------------------------------------------------------------

struct Patches {
  int64_t n, c, size[2], kernel[2], dilation[2], pad[2], stride[2], out[2];
  int64_t rows() const { return c * kernel[0] * kernel[1]; }
  int64_t columns() const { return out[0] * out[1]; }
};

// Calls f(position in the picture, position in the columns) for the elements of one plane that are no padding.
template <class F>
void each_pair(const Patches& p, const F& f) {
  for (int64_t kh = 0; kh < p.kernel[0]; ++kh)
    for (int64_t kw = 0; kw < p.kernel[1]; ++kw)
      for (int64_t oh = 0; oh < p.out[0]; ++oh) {
        const int64_t h = oh * p.stride[0] - p.pad[0] + kh * p.dilation[0];
        if (h < 0 || h >= p.size[0]) continue;
        const int64_t row = ((kh * p.kernel[1] + kw) * p.out[0] + oh) * p.out[1];
        for (int64_t ow = 0; ow < p.out[1]; ++ow) {
          const int64_t w = ow * p.stride[1] - p.pad[1] + kw * p.dilation[1];
          if (w >= 0 && w < p.size[1]) f(h * p.size[1] + w, row + ow);
        }
      }
}
template <class T>
void move_patches(const Patches& p, T* picture, T* columns, bool to_columns) {
  const int64_t plane = p.size[0] * p.size[1], block = p.kernel[0] * p.kernel[1] * p.columns();
  parallel_for(0, p.n * p.c, std::max<int64_t>(1, 32768 / std::max<int64_t>(1, block)), [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i) {
      T *x = picture + i * plane, *y = columns + i * block;
      if (to_columns) each_pair(p, [&](int64_t from, int64_t to) { y[to] = x[from]; });
      else each_pair(p, [&](int64_t to, int64_t from) { x[to] = static_cast<T>(x[to] + y[from]); });
    }
  });
}
void move_patches(const Patches& p, const Tensor& picture, const Tensor& columns, bool to_columns) {
  const auto run = [&](auto zero) { move_patches(p, typed<decltype(zero)>(picture), typed<decltype(zero)>(columns), to_columns); };
  switch (picture.scalar_type()) {
    case kFloat: return run(float());
    case kDouble: return run(double());
    case kHalf: return run(Half());
    case kBFloat16: return run(BFloat16());
    case kComplexFloat: return run(std::complex<float>());
    case kComplexDouble: return run(std::complex<double>());
    case kBool: case kByte: return run(uint8_t());
    default: throw NotImplementedError(str("\"im2col\" not implemented for '", picture.scalar_type(), "'"));
  }
}
Tensor patches_op(const Patches& p, const Tensor& x, bool to_columns) {
  return record(to_columns ? "Im2ColBackward0" : "Col2ImBackward0", {x}, {},
                [&] {
                  const Tensor from = raw_contiguous(x);
                  Tensor to = to_columns ? make_tensor({p.n, p.rows(), p.columns()}, x.scalar_type()) : make_tensor({p.n, p.c, p.size[0], p.size[1]}, x.scalar_type());
                  raw_fill(to, 0);
                  if (to.numel() > 0 && from.numel() > 0) move_patches(p, to_columns ? from : to, to_columns ? to : from, to_columns);
                  return to;
                },
                [p, to_columns](Backward& b) { b.grad(0, patches_op(p, b.g(), !to_columns)); });
}
Patches patches_of(const char* op, IntArrayRef size, IntArrayRef kernel, IntArrayRef dilation, IntArrayRef padding, IntArrayRef stride) {
  Patches p{};
  const auto set = [op](const char* name, IntArrayRef v, int64_t* to, int64_t least) {
    WICK_CHECK(v.size() == 1 || v.size() == 2, op, ": It is expected ", name, " equals to 2, but got size ", v.size());
    for (size_t i = 0; i < 2; ++i) {
      to[i] = v[v.size() == 1 ? 0 : i];
      WICK_CHECK(to[i] >= least, op, ": ", name, " should be ", least ? "greater than zero" : "non-negative", ", but got ", v);
    }
  };
  set("size", size, p.size, 1);
  set("kernel_size", kernel, p.kernel, 1);
  set("dilation", dilation, p.dilation, 1);
  set("padding", padding, p.pad, 0);
  set("stride", stride, p.stride, 1);
  for (int i = 0; i < 2; ++i) {
    const int64_t room = p.size[i] + 2 * p.pad[i] - p.dilation[i] * (p.kernel[i] - 1) - 1;
    p.out[i] = (room < 0 ? -((p.stride[i] - 1 - room) / p.stride[i]) : room / p.stride[i]) + 1;  // rounded down
  }
  const auto pair = [](const int64_t* v) { return str("(", v[0], ", ", v[1], ")"); };
  WICK_CHECK(p.out[0] > 0 && p.out[1] > 0, op, ": Given input with spatial size ", pair(p.size), ", kernel_size=", pair(p.kernel), ", dilation=", pair(p.dilation), ", padding=", pair(p.pad),
             ", calculated shape of the array of sliding blocks as ", pair(p.out), ", but its components must be at least one.");
  return p;
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

#define WICK_PAD(dims)                                                                                                                                           \
  Tensor reflection_pad##dims##d(const Tensor& self, IntArrayRef padding) {                                                                                       \
    if constexpr (dims < 3) WICK_AUTOCAST(full, reflection_pad##dims##d, self, padding);                                                                         \
    return pad_edges("reflection_pad" #dims "d", "ReflectionPad" #dims "DBackward0", self, padding, dims, true);                                                  \
  }                                                                                                                                                              \
  Tensor& reflection_pad##dims##d_out(Tensor& out, const Tensor& self, IntArrayRef padding) {                                                                     \
    return out_from("reflection_pad" #dims "d", out, {self}, [&] { return reflection_pad##dims##d(self, padding); });                                             \
  }                                                                                                                                                              \
  Tensor replication_pad##dims##d(const Tensor& self, IntArrayRef padding) {                                                                                      \
    WICK_AUTOCAST(full, replication_pad##dims##d, self, padding);                                                                                                \
    return pad_edges("replication_pad" #dims "d", "ReplicationPad" #dims "DBackward0", self, padding, dims, false);                                               \
  }                                                                                                                                                              \
  Tensor& replication_pad##dims##d_out(Tensor& out, const Tensor& self, IntArrayRef padding) {                                                                    \
    return out_from("replication_pad" #dims "d", out, {self}, [&] { return replication_pad##dims##d(self, padding); });                                           \
  }
WICK_PAD(1)
WICK_PAD(2)
WICK_PAD(3)

Tensor pixel_shuffle(const Tensor& self, int64_t r) {
  check_defined("pixel_shuffle", {self});
  WICK_CHECK(self.dim() >= 3, "pixel_shuffle expects input to have at least 3 dimensions, but got input with ", self.dim(), " dimension(s)");
  WICK_CHECK(r > 0, "pixel_shuffle expects a positive upscale_factor, but got ", r);
  const int64_t c = self.size(-3), h = self.size(-2), w = self.size(-1);
  WICK_CHECK(c % (r * r) == 0, "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=", c, " is not divisible by ", r * r);
  const IntArrayRef lead = self.sizes().slice(0, self.sizes().size() - 3);
  DimVec out(lead);
  for (int64_t v : {c / (r * r), h * r, w * r}) out.push_back(v);
  int64_t n = 1;
  for (int64_t v : lead) n *= v;
  return self.reshape({n, c / (r * r), r, r, h, w}).permute({0, 1, 4, 2, 5, 3}).reshape(out);
}
Tensor& pixel_shuffle_out(Tensor& out, const Tensor& self, int64_t upscale_factor) { return out_from("pixel_shuffle", out, {self}, [&] { return pixel_shuffle(self, upscale_factor); }); }
Tensor pixel_unshuffle(const Tensor& self, int64_t r) {
  check_defined("pixel_unshuffle", {self});
  WICK_CHECK(self.dim() >= 3, "pixel_unshuffle expects input to have at least 3 dimensions, but got input with ", self.dim(), " dimension(s)");
  WICK_CHECK(r > 0, "pixel_unshuffle expects a positive downscale_factor, but got ", r);
  const int64_t c = self.size(-3), h = self.size(-2), w = self.size(-1);
  WICK_CHECK(h % r == 0, "pixel_unshuffle expects height to be divisible by downscale_factor, but input.size(-2)=", h, " is not divisible by ", r);
  WICK_CHECK(w % r == 0, "pixel_unshuffle expects width to be divisible by downscale_factor, but input.size(-1)=", w, " is not divisible by ", r);
  const IntArrayRef lead = self.sizes().slice(0, self.sizes().size() - 3);
  DimVec out(lead);
  for (int64_t v : {c * r * r, h / r, w / r}) out.push_back(v);
  int64_t n = 1;
  for (int64_t v : lead) n *= v;
  return self.reshape({n, c, h / r, r, w / r, r}).permute({0, 1, 3, 5, 2, 4}).reshape(out);
}
Tensor& pixel_unshuffle_out(Tensor& out, const Tensor& self, int64_t downscale_factor) {
  return out_from("pixel_unshuffle", out, {self}, [&] { return pixel_unshuffle(self, downscale_factor); });
}

Tensor im2col(const Tensor& self, IntArrayRef kernel_size, IntArrayRef dilation, IntArrayRef padding, IntArrayRef stride) {
  check_defined("im2col", {self});
  WICK_CHECK(self.dim() == 3 || self.dim() == 4, "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, but got: ", self.sizes());
  if (self.dim() == 3) return im2col(self.unsqueeze(0), kernel_size, dilation, padding, stride).squeeze(0);
  Patches p = patches_of("im2col", self.sizes().slice(2), kernel_size, dilation, padding, stride);
  p.n = self.size(0);
  p.c = self.size(1);
  return patches_op(p, self, true);
}
Tensor& im2col_out(Tensor& out, const Tensor& self, IntArrayRef kernel_size, IntArrayRef dilation, IntArrayRef padding, IntArrayRef stride) {
  return out_from("im2col", out, {self}, [&] { return im2col(self, kernel_size, dilation, padding, stride); });
}
Tensor col2im(const Tensor& self, IntArrayRef output_size, IntArrayRef kernel_size, IntArrayRef dilation, IntArrayRef padding, IntArrayRef stride) {
  check_defined("col2im", {self});
  WICK_CHECK(self.dim() == 2 || self.dim() == 3, "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for input, but got: ", self.sizes());
  if (self.dim() == 2) return col2im(self.unsqueeze(0), output_size, kernel_size, dilation, padding, stride).squeeze(0);
  Patches p = patches_of("col2im", output_size, kernel_size, dilation, padding, stride);
  const int64_t window = p.kernel[0] * p.kernel[1];
  WICK_CHECK(self.size(1) % window == 0, "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got input.size(1)=", self.size(1), " and kernel_size=", kernel_size, ".");
  WICK_CHECK(self.size(2) == p.columns(), "Given output_size=", output_size, ", kernel_size=", kernel_size, ", dilation=", dilation, ", padding=", padding, ", stride=", stride,
             ", expected size of input's dimension 2 to match the calculated number of sliding blocks ", p.out[0], " * ", p.out[1], " = ", p.columns(), ", but got input.size(2)=", self.size(2), ".");
  p.n = self.size(0);
  p.c = self.size(1) / window;
  return patches_op(p, self, false);
}
Tensor& col2im_out(Tensor& out, const Tensor& self, IntArrayRef output_size, IntArrayRef kernel_size, IntArrayRef dilation, IntArrayRef padding, IntArrayRef stride) {
  return out_from("col2im", out, {self}, [&] { return col2im(self, output_size, kernel_size, dilation, padding, stride); });
}

}  // namespace wick::inline v1
