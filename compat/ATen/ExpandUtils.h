// Broadcasting of shapes.
#pragma once

#include <ATen/Functions.h>
#include <c10/util/SmallVector.h>

#include <algorithm>
#include <functional>
#include <tuple>
#include <vector>

namespace at {

/// The shape that two shapes broadcast to. Errors: `Error` where sizes differ and neither is 1.
inline std::vector<int64_t> infer_size(IntArrayRef a, IntArrayRef b) {
  const size_t n = std::max(a.size(), b.size());
  std::vector<int64_t> out(n);
  for (size_t k = 0; k < n; ++k) {
    const size_t d = n - 1 - k;
    const int64_t x = k < a.size() ? a[a.size() - 1 - k] : 1, y = k < b.size() ? b[b.size() - 1 - k] : 1;
    TORCH_CHECK(x == y || x == 1 || y == 1, "The size of tensor a (", x, ") must match the size of tensor b (", y, ") at non-singleton dimension ", d);
    out[d] = x == 1 ? y : x;
  }
  return out;
}
inline DimVector infer_size_dimvector(IntArrayRef a, IntArrayRef b) { return DimVector(IntArrayRef(infer_size(a, b))); }

/// Whether two shapes broadcast, and whether the first expands to the second.
inline bool are_expandable(IntArrayRef a, IntArrayRef b) {
  for (size_t k = 1; k <= std::min(a.size(), b.size()); ++k) {
    const int64_t x = a[a.size() - k], y = b[b.size() - k];
    if (x != y && x != 1 && y != 1) return false;
  }
  return true;
}
inline bool is_expandable_to(IntArrayRef shape, IntArrayRef desired) {
  if (shape.size() > desired.size()) return false;
  for (size_t k = 1; k <= shape.size(); ++k)
    if (shape[shape.size() - k] != desired[desired.size() - k] && shape[shape.size() - k] != 1) return false;
  return true;
}

inline void check_defined(std::initializer_list<std::reference_wrapper<const Tensor>> tensors, const char* api_name) {
  for (const Tensor& t : tensors) TORCH_CHECK(t.defined(), api_name, "(...) called with an undefined Tensor");
}

/// Sums a gradient down to the shape of what was broadcast.
inline Tensor sum_to(const Tensor& t, IntArrayRef shape) { return t.sum_to_size(shape); }

/// Both tensors expanded to their common shape; the second expanded to the first's.
inline std::tuple<Tensor, Tensor> expand_outplace(const Tensor& a, const Tensor& b) {
  const auto shape = infer_size(a.sizes(), b.sizes());
  return {a.expand(shape), b.expand(shape)};
}
inline Tensor expand_inplace(const Tensor& tensor, const Tensor& to_expand) { return to_expand.expand(tensor.sizes()); }

}  // namespace at
