// Grids, products and combinations of vectors.
#include "ops/view.h"

namespace wick::inline v1 {
using namespace wick::ops;

std::vector<Tensor> meshgrid(ArrayRef<Tensor> tensors) {
  WICK_CHECK(!tensors.empty(), "meshgrid expects a non-empty TensorList");
  DimVec shape;
  for (const Tensor& t : tensors) {
    WICK_CHECK(t.defined() && t.dim() <= 1, "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: ", t.defined() ? t.sizes() : IntArrayRef());
    WICK_CHECK(t.scalar_type() == tensors[0].scalar_type(), "torch.meshgrid expects all tensors to have the same dtype");
    shape.push_back(t.numel());
  }
  std::vector<Tensor> grids;
  DimVec ones(shape.size(), 1);
  for (size_t i = 0; i < tensors.size(); ++i) {
    ones[i] = -1;
    grids.push_back(tensors[i].view(ones).expand(shape));
    ones[i] = 1;
  }
  return grids;
}
std::vector<Tensor> meshgrid(ArrayRef<Tensor> tensors, std::string_view indexing) {
  WICK_CHECK(indexing == "ij" || indexing == "xy", "torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: ", indexing);
  if (indexing == "ij" || tensors.size() < 2) return meshgrid(tensors);
  std::vector<Tensor> swapped = tensors.vec();
  std::swap(swapped[0], swapped[1]);
  std::vector<Tensor> grids = meshgrid(swapped);
  std::swap(grids[0], grids[1]);
  return grids;
}

Tensor cartesian_prod(ArrayRef<Tensor> tensors) {
  WICK_CHECK(!tensors.empty(), "cartesian_prod expects a non-empty TensorList");
  for (const Tensor& t : tensors) WICK_CHECK(t.dim() == 1, "Expect a 1D vector, but got shape ", t.sizes());
  if (tensors.size() == 1) return tensors[0];
  std::vector<Tensor> grids = meshgrid(tensors);
  for (Tensor& g : grids) g = g.flatten();
  return stack(grids, 1);
}

Tensor combinations(const Tensor& self, int64_t r, bool with_replacement) {
  check_defined("combinations", {self});
  WICK_CHECK(self.dim() == 1, "Expect a 1D vector, but got shape ", self.sizes());
  WICK_CHECK(r >= 0, "Expect a non-negative number, but got ", r);
  if (r == 0) return empty({0}, self.options());
  const int64_t n = self.numel();
  // All increasing sequences of r positions, in order.
  std::vector<int64_t> rows;
  std::vector<int64_t> at(static_cast<size_t>(r));
  const int64_t step = with_replacement ? 0 : 1;
  for (size_t i = 0; i < at.size(); ++i) at[i] = static_cast<int64_t>(i) * step;
  for (bool more = n > 0 && at.back() < n; more;) {
    rows.insert(rows.end(), at.begin(), at.end());
    size_t i = at.size();
    while (i > 0 && at[i - 1] == n - 1 - static_cast<int64_t>(at.size() - i) * step) --i;
    more = i > 0;
    if (!more) break;
    ++at[i - 1];
    for (; i < at.size(); ++i) at[i] = at[i - 1] + step;
  }
  const auto count = static_cast<int64_t>(rows.size()) / r;
  Tensor index = make_tensor({count, r}, kLong);
  std::copy(rows.begin(), rows.end(), typed<int64_t>(index));
  std::vector<Tensor> columns;
  for (int64_t c = 0; c < r; ++c) columns.push_back(self.index_select(0, index.select(1, c).contiguous()));
  return stack(columns, 1);
}

Tensor vander(const Tensor& x, std::optional<int64_t> N, bool increasing) {
  check_defined("vander", {x});
  WICK_CHECK(x.dim() == 1, "x must be a one-dimensional tensor.");
  const int64_t rows = x.size(0), n = N.value_or(rows);
  WICK_CHECK(n >= 0, "N must be non-negative.");
  const Tensor base = is_integral_type(x.scalar_type(), true) ? x.to(kLong) : x;
  Tensor r = ones({rows, n > 0 ? 1 : 0}, base.options());
  if (n > 1) r = cat({r, base.unsqueeze(1).expand({rows, n - 1}).cumprod(1)}, 1);
  return increasing ? r : r.flip({1});
}

}  // namespace wick::inline v1
