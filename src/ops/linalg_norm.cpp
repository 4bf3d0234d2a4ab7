// Norms of vectors and matrices.
#include <algorithm>
#include <cmath>

#include "autograd/autocast.h"
#include "ops/matmul.h"
#include "ops/reduce_parts.h"

namespace wick::ops {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// Gradient of the p-norm n (reduced dimensions kept) of x.
Tensor norm_gradient(const Tensor& g, const Tensor& x, const Tensor& n, double p, const DimMask& mask) {
  if (p == 0) return {};
  if (p == 1) return x.sgn() * g;
  if (p == 2) return x * (g / n).masked_fill(n == 0, 0);
  if (std::isinf(p)) {  // shared by all extremes
    DimVec dims;
    for (int64_t d = 0; d < x.dim(); ++d) if (mask[static_cast<size_t>(d)]) dims.push_back(d);
    const Tensor a = x.abs(), extreme = (a == n).logical_or(a.isnan().logical_and(n.isnan())).to(n.scalar_type());
    return x.sgn() * extreme * (dims.empty() ? g : g / extreme.sum(IntArrayRef(dims), true));
  }
  if (p < 1) return (x.sgn() * x.abs().pow(p - 1)).masked_fill(x == 0, 0) * g * n.pow(1 - p);
  if (p < 2) return x.sgn() * x.abs().pow(p - 1) * (g / n.pow(p - 1)).masked_fill(n == 0, 0);
  return x * x.abs().pow(p - 2) * (g / n.pow(p - 1)).masked_fill(n == 0, 0);
}

void check_float(const char* op, const Tensor& x) {
  WICK_CHECK(x.is_floating_point() || x.is_complex(), op, ": Expected a floating point or complex tensor as input. Got ", x.scalar_type());
}
Tensor cast(const char* op, const Tensor& x, std::optional<ScalarType> dtype) {
  check_defined(op, {x});
  check_float(op, x);
  if (!dtype || *dtype == x.scalar_type()) return x;
  WICK_CHECK(is_complex_type(*dtype) == x.is_complex() && (is_complex_type(*dtype) || is_floating_type(*dtype)), op, ": dtype should be ", x.is_complex() ? "complex" : "real", " floating, got ", *dtype);
  return x.to(*dtype);
}

struct Plane { int64_t rows, cols; };
Plane plane_of(const Tensor& x, IntArrayRef dim) {
  WICK_CHECK(x.dim() >= 2, "linalg.matrix_norm: The input tensor A must have at least 2 dimensions.");
  WICK_CHECK(dim.size() == 2, "linalg.matrix_norm: dim must be a 2-tuple. Got ", dim);
  const Plane p{wrap_dim(dim[0], x.dim(), "linalg.matrix_norm"), wrap_dim(dim[1], x.dim(), "linalg.matrix_norm")};
  WICK_CHECK(p.rows != p.cols, "linalg.matrix_norm: dims must be different. Got (", dim[0], ", ", dim[1], ")");
  return p;
}
// Singular values along a new last dimension; reduced by `f`, with the plane's dimensions back as 1 when kept.
template <class F>
Tensor over_singular_values(const Tensor& x, const Plane& p, bool keepdim, F f) {
  DimVec order;
  for (int64_t d = 0; d < x.dim(); ++d) if (d != p.rows && d != p.cols) order.push_back(d);
  order.push_back(p.rows);
  order.push_back(p.cols);
  Tensor r = f(linalg_svdvals(x.permute(order)));
  if (!keepdim) return r;
  return r.unsqueeze(std::min(p.rows, p.cols)).unsqueeze(std::max(p.rows, p.cols));
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor linalg_vector_norm(const Tensor& self, const Scalar& ord, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  const Tensor x = cast("linalg.vector_norm", self, dtype);
  const double p = ord.toDouble();
  const DimMask mask = dim_mask("linalg.vector_norm", dim, x.dim());
  if (p < 0 || p == kInf)
    for (int64_t d = 0; d < x.dim(); ++d)
      WICK_CHECK(!mask[static_cast<size_t>(d)] || x.size(d) > 0, "linalg.vector_norm cannot compute the ", p, " norm on an empty tensor because the operation does not have an identity");
  return record("LinalgVectorNormBackward0", {x}, in(0) | out(), [&] { return reduce_raw(Reduce::norm, x, mask, keepdim, to_real_type(x.scalar_type()), p); },
                [p, mask, keepdim](Backward& b) {
                  const Tensor v = b.in(0);
                  b.grad(0, norm_gradient(unreduce(b.g(), mask, v.dim(), keepdim), v, unreduce(b.out(), mask, v.dim(), keepdim), p, mask));
                });
}
Tensor& linalg_vector_norm_out(Tensor& out, const Tensor& self, const Scalar& ord, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return out_from("linalg.vector_norm", out, {self}, [&] { return linalg_vector_norm(self, ord, dim, keepdim, dtype); });
}

Tensor linalg_matrix_norm(const Tensor& self, const Scalar& ord, IntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  const Tensor x = cast("linalg.matrix_norm", self, dtype);
  const Plane p = plane_of(x, dim);
  const double o = ord.toDouble(), size = std::abs(o);
  WICK_CHECK(size == 1 || size == 2 || size == kInf, "linalg.matrix_norm: Order ", ord, " not supported.");
  if (size == 2) return over_singular_values(x, p, keepdim, [o](const Tensor& s) { return o > 0 ? s.amax(IntArrayRef{-1}) : s.amin(IntArrayRef{-1}); });
  const int64_t along = size == 1 ? p.rows : p.cols;
  int64_t across = size == 1 ? p.cols : p.rows;
  if (!keepdim && across > along) --across;
  const Tensor sums = linalg_vector_norm(x, 1, IntArrayRef{along}, keepdim);
  return o > 0 ? sums.amax(IntArrayRef{across}, keepdim) : sums.amin(IntArrayRef{across}, keepdim);
}
Tensor linalg_matrix_norm(const Tensor& self, std::string_view ord, IntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  const Tensor x = cast("linalg.matrix_norm", self, dtype);
  const Plane p = plane_of(x, dim);
  WICK_CHECK(ord == "fro" || ord == "nuc", "linalg.matrix_norm: Order ", ord, " not supported.");
  if (ord == "fro") return linalg_vector_norm(x, 2, IntArrayRef{p.rows, p.cols}, keepdim);
  return over_singular_values(x, p, keepdim, [](const Tensor& s) { return s.sum(IntArrayRef{-1}); });
}
Tensor& linalg_matrix_norm_out(Tensor& out, const Tensor& self, const Scalar& ord, IntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return out_from("linalg.matrix_norm", out, {self}, [&] { return linalg_matrix_norm(self, ord, dim, keepdim, dtype); });
}
Tensor& linalg_matrix_norm_out(Tensor& out, const Tensor& self, std::string_view ord, IntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return out_from("linalg.matrix_norm", out, {self}, [&] { return linalg_matrix_norm(self, ord, dim, keepdim, dtype); });
}

Tensor linalg_norm(const Tensor& self, const std::optional<Scalar>& ord, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  check_defined("linalg.norm", {self});
  if (dim.has_value())
    WICK_CHECK(dim->size() == 1 || dim->size() == 2, "linalg.norm: If dim is specified, it must be of length 1 or 2. Got ", *dim);
  else
    WICK_CHECK(!ord || self.dim() == 1 || self.dim() == 2, "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got ", self.dim(), "D.");
  if (ord && ((dim.has_value() && dim->size() == 2) || (!dim.has_value() && self.dim() == 2)))
    return linalg_matrix_norm(self, *ord, dim.has_value() ? IntArrayRef(*dim) : IntArrayRef{0, 1}, keepdim, dtype);
  return linalg_vector_norm(self, ord.value_or(2), dim, keepdim, dtype);
}
Tensor linalg_norm(const Tensor& self, std::string_view ord, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  check_defined("linalg.norm", {self});
  WICK_CHECK(dim.has_value() ? dim->size() == 1 || dim->size() == 2 : self.dim() == 2, "linalg.norm: order ", ord, " needs two dimensions");
  return linalg_matrix_norm(self, ord, dim.has_value() ? IntArrayRef(*dim) : IntArrayRef{0, 1}, keepdim, dtype);
}
Tensor& linalg_norm_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& ord, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return out_from("linalg.norm", out, {self}, [&] { return linalg_norm(self, ord, dim, keepdim, dtype); });
}
Tensor& linalg_norm_out(Tensor& out, const Tensor& self, std::string_view ord, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return out_from("linalg.norm", out, {self}, [&] { return linalg_norm(self, ord, dim, keepdim, dtype); });
}

Tensor linalg_cond(const Tensor& self, const std::optional<Scalar>& p) {
  WICK_AUTOCAST(full, linalg_cond, self, p);
  check_defined("linalg.cond", {self});
  WICK_CHECK(self.dim() >= 2, "linalg.cond: The input tensor A must have at least 2 dimensions.");
  if (!p || std::abs(p->toDouble()) == 2) {
    const Tensor s = linalg_svdvals(self);
    const Tensor largest = s.select(-1, 0), least = s.select(-1, -1);
    return p && p->toDouble() == -2 ? least / largest : largest / least;
  }
  WICK_CHECK(self.size(-1) == self.size(-2), "linalg.cond: A must be batches of square matrices, but they are ", self.size(-2), " by ", self.size(-1), " matrices");
  return linalg_matrix_norm(self, *p) * linalg_matrix_norm(linalg_inv(self), *p);
}
Tensor linalg_cond(const Tensor& self, std::string_view p) {
  WICK_AUTOCAST(full, linalg_cond, self, p);
  check_defined("linalg.cond", {self});
  WICK_CHECK(self.dim() >= 2 && self.size(-1) == self.size(-2), "linalg.cond: A must be batches of square matrices, but it has shape ", self.sizes());
  return linalg_matrix_norm(self, p) * linalg_matrix_norm(linalg_inv(self), p);
}
Tensor& linalg_cond_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& p) { return out_from("linalg.cond", out, {self}, [&] { return linalg_cond(self, p); }); }
Tensor& linalg_cond_out(Tensor& out, const Tensor& self, std::string_view p) { return out_from("linalg.cond", out, {self}, [&] { return linalg_cond(self, p); }); }

}  // namespace wick::inline v1
