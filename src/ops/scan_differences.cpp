// Differences, numerical gradients and integrals: composites.
#include <algorithm>

#include "ops/common.h"

namespace wick::ops {
namespace {

Tensor difference(const Tensor& x, int64_t dim) {
  const int64_t n = std::max<int64_t>(x.size(dim), 1);
  if (n == 1) return x.narrow(dim, 0, 0);
  const Tensor right = x.narrow(dim, 1, n - 1), left = x.narrow(dim, 0, n - 1);
  return x.scalar_type() == kBool ? right.logical_xor(left) : right - left;
}
Tensor differences(Tensor x, int64_t n, int64_t dim) {
  const int64_t size = x.size(dim);
  if (n == 0) return x.clone();
  if (n >= size) return x.narrow(dim, 0, 0).clone();
  for (int64_t k = 0; k < n; ++k) x = difference(x, dim);
  return x;
}
Tensor joined(const Tensor& x, int64_t dim, const std::optional<Tensor>& before, const std::optional<Tensor>& after) {
  std::vector<Tensor> parts;
  if (before && before->defined()) parts.push_back(*before);
  parts.push_back(x);
  if (after && after->defined()) parts.push_back(*after);
  return parts.size() == 1 ? x : wick::cat(parts, dim);
}

void check_no_bool(const char* op, const Tensor& y) {
  WICK_CHECK(y.scalar_type() != kBool, op, ": received a bool input for `y`, but bool is not supported");
}
Tensor neighbours(const Tensor& y, int64_t dim) {
  const int64_t n = std::max<int64_t>(y.size(dim) - 1, 0);
  if (n == 0) return y.narrow(dim, 0, 0);
  return y.narrow(dim, 0, n) + y.narrow(dim, 1, n);
}
// Widths of the intervals, shaped to broadcast along `dim` of y.
Tensor widths(const char* op, const Tensor& y, const Tensor& x, int64_t dim) {
  check_no_bool(op, x);
  Tensor v = x;
  if (x.dim() == 1) {
    WICK_CHECK(x.size(0) == y.size(dim), op, ": There must be one `x` value for each sample point");
    DimVec shape(static_cast<size_t>(y.dim()), 1);
    shape[static_cast<size_t>(dim)] = x.size(0);
    v = x.reshape(shape);
  } else if (x.dim() < y.dim()) {
    DimVec shape(static_cast<size_t>(y.dim() - x.dim()), 1);
    for (int64_t s : x.sizes()) shape.push_back(s);
    v = x.reshape(shape);
  }
  return difference(v, dim < v.dim() ? dim : v.dim() - 1);
}
Tensor without(const Tensor& y, int64_t dim) {
  DimVec shape(y.sizes());
  shape.erase(static_cast<size_t>(dim));
  return wick::zeros(shape, y.options());
}

// --- gradient ------------------------------------------------------------------------------------------------------

std::vector<int64_t> gradient_dims(const Tensor& x, std::optional<int64_t> dim) {
  if (dim) return {*dim};
  std::vector<int64_t> r;
  for (int64_t d = 0; d < x.dim(); ++d) r.push_back(d);
  return r;
}
void check_gradient(const Tensor& x, IntArrayRef dims, size_t spacings, int64_t edge_order) {
  WICK_CHECK(edge_order == 1 || edge_order == 2, "torch.gradient only supports edge_order=1 and edge_order=2.");
  WICK_CHECK(spacings == dims.size(), "torch.gradient expected spacing to be unspecified, a scalar or a list of length equal to 'self.dim() = ", dims.size(), "', but got a list of length ", spacings);
  DimVec seen;
  for (int64_t d : dims) {
    const int64_t k = wrap_dim(d, x.dim(), "gradient");
    for (int64_t s : seen) WICK_CHECK(s != k, "dim ", k, " appears multiple times in the list of dims");
    seen.push_back(k);
    WICK_CHECK(x.dim() > 0 && x.size(k) > edge_order, "torch.gradient expected each dimension size to be at least edge_order+1");
  }
}
Tensor along(const Tensor& t, int64_t dim, int64_t dims) {
  DimVec shape(static_cast<size_t>(dims), 1);
  shape[static_cast<size_t>(dim)] = t.numel();
  return t.reshape(shape);
}
// Even spacing h.
Tensor gradient_even(const Tensor& f, int64_t d, const Scalar& h, int64_t edge_order) {
  const int64_t n = f.size(d);
  auto at = [&](int64_t k) { return f.narrow(d, k < 0 ? n + k : k, 1); };
  const Tensor center = (f.narrow(d, 2, n - 2) - f.narrow(d, 0, n - 2)) / (h.isComplex() ? Scalar(h.toComplexDouble() * 2.0) : Scalar(h.toDouble() * 2));
  Tensor first, last;
  if (edge_order == 1) {
    first = (at(1) - at(0)) / h;
    last = (at(-1) - at(-2)) / h;
  } else {
    first = (-1.5 * at(0) + 2 * at(1) - 0.5 * at(2)) / h;
    last = (0.5 * at(-3) - 2 * at(-2) + 1.5 * at(-1)) / h;
  }
  return wick::cat({first, center, last}, d);
}
// Coordinates in a vector.
Tensor gradient_at(const Tensor& f, int64_t d, const Tensor& x, int64_t edge_order) {
  WICK_CHECK(x.dim() == 1 && x.numel() == f.size(d), "torch.gradient expected each element in the coordinates list to be a 1D tensor of the same size as the dimension, got ", x.sizes());
  const int64_t n = f.size(d);
  const Tensor h = along(difference(x, 0), d, f.dim());
  auto at = [&](int64_t k) { return f.narrow(d, k < 0 ? n + k : k, 1); };
  auto step = [&](int64_t k) { return h.narrow(d, k < 0 ? n - 1 + k : k, 1); };
  const Tensor l = h.narrow(d, 0, n - 2), r = h.narrow(d, 1, n - 2);
  const Tensor center = -r / (l * (l + r)) * f.narrow(d, 0, n - 2) + (r - l) / (l * r) * f.narrow(d, 1, n - 2) + l / (r * (l + r)) * f.narrow(d, 2, n - 2);
  Tensor first, last;
  if (edge_order == 1) {
    first = (at(1) - at(0)) / step(0);
    last = (at(-1) - at(-2)) / step(-1);
  } else {
    Tensor a = step(0), b = step(1);
    first = -(2 * a + b) / (a * (a + b)) * at(0) + (a + b) / (a * b) * at(1) - a / (b * (a + b)) * at(2);
    a = step(-2);
    b = step(-1);
    last = b / (a * (a + b)) * at(-3) - (a + b) / (a * b) * at(-2) + (2 * b + a) / (b * (a + b)) * at(-1);
  }
  return wick::cat({first, center, last}, d);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor diff(const Tensor& self, int64_t n, int64_t dim, const std::optional<Tensor>& prepend, const std::optional<Tensor>& append) {
  WICK_CHECK(self.dim() >= 1, "diff expects input to be at least one-dimensional");
  WICK_CHECK(n >= 0, "order must be non-negative but got ", n);
  const int64_t d = wrap_dim(dim, self.dim(), "diff");
  for (const auto* t : {&prepend, &append})
    if (*t && (*t)->defined()) WICK_CHECK((*t)->dim() == self.dim(), "diff expects prepend or append to be the same dimension as input");
  return differences(joined(self, d, prepend, append), n, d);
}
Tensor& diff_out(Tensor& out, const Tensor& self, int64_t n, int64_t dim, const std::optional<Tensor>& prepend, const std::optional<Tensor>& append) {
  return out_from("diff", out, {self}, [&] { return wick::diff(self, n, dim, prepend, append); });
}

Tensor trapezoid(const Tensor& y, const Tensor& x, int64_t dim) {
  const int64_t d = wrap_dim(dim, y.dim(), "trapezoid");
  check_no_bool("trapezoid", y);
  if (y.size(d) == 0) return without(y, d);
  return (neighbours(y, d) * widths("trapezoid", y, x, d)).sum(d) / 2.0;
}
Tensor trapezoid(const Tensor& y, const Scalar& dx, int64_t dim) {
  const int64_t d = wrap_dim(dim, y.dim(), "trapezoid");
  check_no_bool("trapezoid", y);
  if (y.size(d) == 0) return without(y, d);
  return (y.sum(d) - (y.select(d, 0) + y.select(d, -1)) * 0.5) * dx;
}
Tensor trapz(const Tensor& y, const Tensor& x, int64_t dim) { return wick::trapezoid(y, x, dim); }
Tensor trapz(const Tensor& y, double dx, int64_t dim) { return wick::trapezoid(y, Scalar(dx), dim); }
Tensor cumulative_trapezoid(const Tensor& y, const Tensor& x, int64_t dim) {
  const int64_t d = wrap_dim(dim, y.dim(), "cumulative_trapezoid");
  check_no_bool("cumulative_trapezoid", y);
  return (neighbours(y, d) * widths("cumulative_trapezoid", y, x, d)).cumsum(d) / 2.0;
}
Tensor cumulative_trapezoid(const Tensor& y, const Scalar& dx, int64_t dim) {
  const int64_t d = wrap_dim(dim, y.dim(), "cumulative_trapezoid");
  check_no_bool("cumulative_trapezoid", y);
  return (neighbours(y, d) * Scalar(dx.toDouble() / 2.0)).cumsum(d);
}

std::vector<Tensor> gradient(const Tensor& self, ArrayRef<Scalar> spacing, IntArrayRef dim, int64_t edge_order) {
  check_gradient(self, dim, spacing.size(), edge_order);
  std::vector<Tensor> r;
  for (size_t k = 0; k < dim.size(); ++k) r.push_back(gradient_even(self, wrap_dim(dim[k], self.dim(), "gradient"), spacing[k], edge_order));
  return r;
}
std::vector<Tensor> gradient(const Tensor& self, ArrayRef<Tensor> spacing, IntArrayRef dim, int64_t edge_order) {
  check_gradient(self, dim, spacing.size(), edge_order);
  std::vector<Tensor> r;
  for (size_t k = 0; k < dim.size(); ++k) r.push_back(gradient_at(self, wrap_dim(dim[k], self.dim(), "gradient"), spacing[k], edge_order));
  return r;
}
std::vector<Tensor> gradient(const Tensor& self, ArrayRef<Scalar> spacing, std::optional<int64_t> dim, int64_t edge_order) {
  return wick::gradient(self, spacing, IntArrayRef(gradient_dims(self, dim)), edge_order);
}
std::vector<Tensor> gradient(const Tensor& self, ArrayRef<Tensor> spacing, std::optional<int64_t> dim, int64_t edge_order) {
  return wick::gradient(self, spacing, IntArrayRef(gradient_dims(self, dim)), edge_order);
}
std::vector<Tensor> gradient(const Tensor& self, const std::optional<Scalar>& spacing, std::optional<int64_t> dim, int64_t edge_order) {
  const std::vector<int64_t> dims = gradient_dims(self, dim);
  return wick::gradient(self, spacing.value_or(1), IntArrayRef(dims), edge_order);
}
std::vector<Tensor> gradient(const Tensor& self, const Scalar& spacing, IntArrayRef dim, int64_t edge_order) {
  const std::vector<Scalar> all(dim.size(), spacing);
  return wick::gradient(self, ArrayRef<Scalar>(all), dim, edge_order);
}
std::vector<Tensor> gradient(const Tensor& self, IntArrayRef dim, int64_t edge_order) { return wick::gradient(self, Scalar(1), dim, edge_order); }

}  // namespace wick::inline v1
