// Products of several matrices, powers, and products of vectors of matrices' rows.
#include <limits>

#include "autograd/autocast.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

// Cheapest order to multiply matrices of sizes p[i] x p[i + 1]: where to split i..j.
struct Order {
  size_t n;
  std::vector<size_t> split;
  size_t at(size_t i, size_t j) const { return split[i * n + j]; }
};
Order best_order(const std::vector<int64_t>& p) {
  const size_t n = p.size() - 1;
  std::vector<double> cost(n * n, 0.0);
  Order o{n, std::vector<size_t>(n * n)};
  for (size_t len = 2; len <= n; ++len)
    for (size_t i = 0; i + len <= n; ++i) {
      const size_t j = i + len - 1;
      double best = std::numeric_limits<double>::infinity();
      for (size_t k = i; k < j; ++k) {
        const double c = cost[i * n + k] + cost[(k + 1) * n + j] + static_cast<double>(p[i]) * static_cast<double>(p[k + 1]) * static_cast<double>(p[j + 1]);
        if (c < best) {
          best = c;
          o.split[i * n + j] = k;
        }
      }
      cost[i * n + j] = best;
    }
  return o;
}
Tensor multiply(const std::vector<Tensor>& m, const Order& o, size_t i, size_t j) {
  if (i == j) return m[i];
  const size_t k = o.at(i, j);
  return multiply(m, o, i, k).mm(multiply(m, o, k + 1, j));
}

// The elements of t rotated by k along a dimension of length 3.
Tensor rotated(const Tensor& t, int64_t dim, int64_t k) { return cat({t.narrow(dim, k, 3 - k), t.narrow(dim, 0, k)}, dim); }

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor linalg_multi_dot(ArrayRef<Tensor> tensors) {
  const size_t n = tensors.size();
  WICK_CHECK(n >= 2, "multi_dot(): expected at least 2 tensors but got ", n);
  std::vector<Tensor> m(tensors.begin(), tensors.end());
  for (size_t i = 0; i < n; ++i) {
    const bool end = i == 0 || i + 1 == n;
    WICK_CHECK(m[i].dim() == 2 || (end && m[i].dim() == 1), "multi_dot(): the ", i == 0 ? "first" : i + 1 == n ? "last" : "inner", " tensor must be ", end ? "1D or 2D" : "2D", " but got ", m[i].dim(), "D");
    WICK_CHECK(m[i].scalar_type() == m[0].scalar_type(), "multi_dot(): all tensors must have be the same dtype but tensor 0 is ", m[0].scalar_type(), " and tensor ", i, " ", m[i].scalar_type());
  }
  const bool row = m[0].dim() == 1, column = m[n - 1].dim() == 1;
  if (row) m[0] = m[0].unsqueeze(0);
  if (column) m[n - 1] = m[n - 1].unsqueeze(-1);
  std::vector<int64_t> p{m[0].size(0)};
  for (size_t i = 0; i < n; ++i) {
    WICK_CHECK(m[i].size(0) == p.back() || i == 0, "multi_dot(): tensors ", i - 1, " and ", i, " with shapes ", m[i ? i - 1 : 0].sizes(), " and ", m[i].sizes(), " cannot be multiplied");
    p.push_back(m[i].size(1));
  }
  Tensor r = multiply(m, best_order(p), 0, n - 1);
  if (column) r = r.squeeze(-1);
  return row ? r.squeeze(0) : r;
}
Tensor& linalg_multi_dot_out(Tensor& out, ArrayRef<Tensor> tensors) { return out_from("multi_dot", out, {}, [&] { return linalg_multi_dot(tensors); }); }
Tensor chain_matmul(ArrayRef<Tensor> matrices) {
  WICK_CHECK(!matrices.empty(), "chain_matmul(): Expected one or more matrices");
  for (const Tensor& t : matrices) WICK_CHECK(t.dim() == 2, "Tensor of dimension ", t.dim(), " is not a matrix (chain_matmul)");
  return matrices.size() == 1 ? matrices[0].clone() : linalg_multi_dot(matrices);
}
Tensor& chain_matmul_out(Tensor& out, ArrayRef<Tensor> matrices) { return out_from("chain_matmul", out, {}, [&] { return chain_matmul(matrices); }); }

Tensor linalg_matrix_power(const Tensor& self, int64_t n) {
  check_defined("linalg.matrix_power", {self});
  WICK_CHECK(self.dim() >= 2, "linalg.matrix_power: The input tensor A must have at least 2 dimensions.");
  WICK_CHECK(self.size(-1) == self.size(-2), "linalg.matrix_power: A must be batches of square matrices, but they are ", self.size(-2), " by ", self.size(-1), " matrices");
  if (n == 0) return eye(self.size(-1), self.options()).expand(self.sizes()).clone(MemoryFormat::Contiguous);
  if (n < 0) return linalg_matrix_power(linalg_inv(self), -n);
  if (n == 1) return self.clone();
  Tensor z = self, r;
  for (; n > 0; n /= 2) {
    if (n % 2) r = r.defined() ? wick::matmul(r, z) : z;
    if (n > 1) z = wick::matmul(z, z);
  }
  return r;
}
Tensor& linalg_matrix_power_out(Tensor& out, const Tensor& self, int64_t n) { return out_from("linalg.matrix_power", out, {self}, [&] { return linalg_matrix_power(self, n); }); }
Tensor matrix_power(const Tensor& self, int64_t n) { return linalg_matrix_power(self, n); }
Tensor& matrix_power_out(Tensor& out, const Tensor& self, int64_t n) { return linalg_matrix_power_out(out, self, n); }

Tensor linalg_cross(const Tensor& self, const Tensor& other, int64_t dim) {
  check_defined("linalg.cross", {self, other});
  WICK_CHECK(self.dim() == other.dim(), "linalg.cross: inputs must have the same number of dimensions.");
  const int64_t d = wrap_dim(dim, self.dim(), "linalg.cross");
  WICK_CHECK(self.size(d) == 3 && other.size(d) == 3, "linalg.cross: inputs dimension ", dim, " must have length 3. Got ", self.size(d), " and ", other.size(d));
  const DimVec shape = broadcast_shape("linalg.cross", self.sizes(), other.sizes());
  const Tensor a = self.expand(shape), b = other.expand(shape);
  return rotated(a, d, 1) * rotated(b, d, 2) - rotated(a, d, 2) * rotated(b, d, 1);
}
Tensor& linalg_cross_out(Tensor& out, const Tensor& self, const Tensor& other, int64_t dim) {
  return out_from("linalg.cross", out, {self, other}, [&] { return linalg_cross(self, other, dim); });
}
Tensor cross(const Tensor& self, const Tensor& other, std::optional<int64_t> dim) {
  check_defined("cross", {self, other});
  if (dim) return linalg_cross(self, other, *dim);
  for (int64_t d = 0; d < self.dim(); ++d)
    if (self.size(d) == 3) return linalg_cross(self, other, d);
  throw Error("no dimension of size 3 in input");
}
Tensor& cross_out(Tensor& out, const Tensor& self, const Tensor& other, std::optional<int64_t> dim) { return out_from("cross", out, {self, other}, [&] { return cross(self, other, dim); }); }

Tensor linalg_vecdot(const Tensor& x, const Tensor& y, int64_t dim) {
  WICK_AUTOCAST(lower, linalg_vecdot, x, y, dim);
  check_defined("linalg.vecdot", {x, y});
  WICK_CHECK(x.is_floating_point() || x.is_complex(), "linalg.vecdot: Expected a floating point or complex tensor as input. Got ", x.scalar_type());
  WICK_CHECK(x.scalar_type() == y.scalar_type(), "linalg.vecdot: Expected vectors with the same dtype, but found ", x.scalar_type(), " and ", y.scalar_type());
  return (x.conj() * y).sum(dim);
}
Tensor& linalg_vecdot_out(Tensor& out, const Tensor& x, const Tensor& y, int64_t dim) { return out_from("linalg.vecdot", out, {x, y}, [&] { return linalg_vecdot(x, y, dim); }); }

}  // namespace wick::inline v1
