// Distances between vectors, and similarity.
#include <cmath>

#include "autograd/autocast.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

// |a|^2 - 2 a b + |b|^2 as one product, for many pairs.
Tensor euclidean_by_product(const Tensor& a, const Tensor& b) {
  const Tensor na = a.pow(2).sum(IntArrayRef{-1}, true), nb = b.pow(2).sum(IntArrayRef{-1}, true);
  const Tensor x = cat({a * -2, na, ones_like(na)}, -1), y = cat({b, ones_like(nb), nb}, -1);
  return clamp_min(wick::matmul(x, y.mT()), 0).sqrt();
}

void check_cdist(const Tensor& a, const Tensor& b, double p) {
  check_defined("cdist", {a, b});
  WICK_CHECK(is_floating_type(a.scalar_type()), "cdist only supports floating-point dtypes, X1 got: ", a.scalar_type());
  WICK_CHECK(is_floating_type(b.scalar_type()), "cdist only supports floating-point dtypes, X2 got: ", b.scalar_type());
  WICK_CHECK(a.dim() >= 2, "cdist only supports at least 2D tensors, X1 got: ", a.dim(), "D");
  WICK_CHECK(b.dim() >= 2, "cdist only supports at least 2D tensors, X2 got: ", b.dim(), "D");
  WICK_CHECK(a.size(-1) == b.size(-1), "X1 and X2 must have the same number of columns. X1: ", a.size(-1), " X2: ", b.size(-1));
  WICK_CHECK(p >= 0, "cdist only supports non-negative p values");
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor cosine_similarity(const Tensor& x1, const Tensor& x2, int64_t dim, double eps) {
  check_defined("cosine_similarity", {x1, x2});
  const ScalarType t = promote_types(x1.scalar_type(), x2.scalar_type());
  WICK_CHECK(is_floating_type(t), "expected common dtype to be floating point, yet common dtype is ", t);
  const DimVec shape = broadcast_shape("cosine_similarity", x1.sizes(), x2.sizes());
  const Tensor a = x1.to(t).expand(shape), b = x2.to(t).expand(shape);
  // Lengths below eps count as eps, without a kink in the gradient.
  const auto length = [&](const Tensor& x) {
    const Tensor n = linalg_vector_norm(x, 2, IntArrayRef{dim}, true);
    return n + (clamp_min(n, eps) - n).detach();
  };
  return ((a / length(a)) * (b / length(b))).sum(IntArrayRef{dim});
}

Tensor pairwise_distance(const Tensor& x1, const Tensor& x2, double p, double eps, bool keepdim) {
  check_defined("pairwise_distance", {x1, x2});
  const int64_t last = std::max(x1.dim(), x2.dim()) - 1;
  return linalg_vector_norm(x1 - x2 + eps, p, IntArrayRef{last}, keepdim);
}

Tensor cdist(const Tensor& x1, const Tensor& x2, double p, std::optional<int64_t> compute_mode) {
  WICK_AUTOCAST(full, cdist, x1, x2, p, compute_mode);
  check_cdist(x1, x2, p);
  const int64_t mode = compute_mode.value_or(0);
  WICK_CHECK(mode >= 0 && mode <= 2, "possible modes: 0, 1, 2, but was: ", mode);
  const int64_t r1 = x1.size(-2), r2 = x2.size(-2);
  if (p == 2 && r1 > 0 && r2 > 0 && x1.size(-1) > 0 && (mode == 1 || (mode == 0 && (r1 > 25 || r2 > 25)))) return euclidean_by_product(x1, x2);
  return linalg_vector_norm(x1.unsqueeze(-2) - x2.unsqueeze(-3), p, IntArrayRef{-1});
}

Tensor pdist(const Tensor& self, double p) {
  check_defined("pdist", {self});
  WICK_CHECK(self.dim() == 2, "pdist only supports 2D tensors, got: ", self.dim(), "D");
  WICK_CHECK(is_floating_type(self.scalar_type()), "pdist only supports floating-point dtypes");
  WICK_CHECK(p >= 0, "pdist only supports non-negative p values");
  const int64_t n = self.size(0);
  if (n <= 1) return zeros({0}, self.options());
  const Tensor pairs = triu_indices(n, n, 1);
  return linalg_vector_norm(self.index_select(0, pairs.select(0, 0)) - self.index_select(0, pairs.select(0, 1)), p, IntArrayRef{-1});
}

}  // namespace wick::inline v1
