// Checks of a function's tensor arguments, named by position: `checkDim("f", {x, "x", 1}, 2)`.
#pragma once

#include <c10/util/SmallVector.h>
#include <wick/tensor.h>

#include <ostream>
#include <vector>

namespace at {

/// A tensor with the name and position (from 1) of the argument it is.
struct TensorArg {
  const Tensor& tensor;
  const char* name;
  int pos;
  TensorArg(const Tensor& tensor, const char* name, int pos) : tensor(tensor), name(name), pos(pos) {}
  TensorArg(Tensor&& tensor, const char* name, int pos) = delete;
  const Tensor* operator->() const { return &tensor; }
  const Tensor& operator*() const { return tensor; }
};
using TensorGeometryArg = TensorArg;
using CheckedFrom = const char*;
inline std::ostream& operator<<(std::ostream& out, const TensorArg& t) {
  return t.pos == 0 ? out << "'" << t.name << "'" : out << "argument #" << t.pos << " '" << t.name << "'";
}

inline void checkDim(CheckedFrom c, const Tensor& tensor, const char* name, int pos, int64_t dim) {
  TORCH_CHECK(tensor.dim() == dim, "Expected ", dim, "-dimensional tensor, but got ", tensor.dim(), "-dimensional tensor for ", TensorArg(tensor, name, pos), " (while checking arguments for ", c, ")");
}
inline void checkDim(CheckedFrom c, const TensorArg& t, int64_t dim) { checkDim(c, t.tensor, t.name, t.pos, dim); }
inline void checkDimRange(CheckedFrom c, const TensorArg& t, int64_t dim_start, int64_t dim_end) {
  TORCH_CHECK(t->dim() >= dim_start && t->dim() < dim_end, "Expected ", dim_start, " to ", dim_end - 1, " dimensions, but got ", t->dim(), "-dimensional tensor for ", t, " (while checking arguments for ", c, ")");
}
inline void checkSameDim(CheckedFrom c, const TensorArg& a, const TensorArg& b) {
  TORCH_CHECK(a->dim() == b->dim(), "Expected tensor for ", a, " to have the same dimension as tensor for ", b, "; but ", a->dim(), " does not equal ", b->dim(), " (while checking arguments for ", c, ")");
}
inline void checkContiguous(CheckedFrom c, const TensorArg& t) {
  TORCH_CHECK(t->is_contiguous(), "Expected contiguous tensor, but got non-contiguous tensor for ", t, " (while checking arguments for ", c, ")");
}
inline void checkSize(CheckedFrom c, const TensorArg& t, IntArrayRef sizes) {
  checkDim(c, t, static_cast<int64_t>(sizes.size()));
  TORCH_CHECK(t->sizes().equals(sizes), "Expected tensor of size ", sizes, ", but got tensor of size ", t->sizes(), " for ", t, " (while checking arguments for ", c, ")");
}
inline void checkSize(CheckedFrom c, const TensorArg& t, int64_t dim, int64_t size) {
  TORCH_CHECK(t->size(dim) == size, "Expected tensor to have size ", size, " at dimension ", dim, ", but got size ", t->size(dim), " for ", t, " (while checking arguments for ", c, ")");
}
inline void checkNumel(CheckedFrom c, const TensorArg& t, int64_t numel) {
  TORCH_CHECK(t->numel() == numel, "Expected tensor for ", t, " to have ", numel, " elements; but it has ", t->numel(), " elements (while checking arguments for ", c, ")");
}
inline void checkSameNumel(CheckedFrom c, const TensorArg& a, const TensorArg& b) {
  TORCH_CHECK(a->numel() == b->numel(), "Expected tensor for ", a, " to have same number of elements as tensor for ", b, "; but ", a->numel(), " does not equal ", b->numel(), " (while checking arguments for ", c, ")");
}
inline void checkSameSize(CheckedFrom c, const TensorArg& a, const TensorArg& b) {
  TORCH_CHECK(a->sizes().equals(b->sizes()), "Expected tensor for ", a, " to have same size as tensor for ", b, "; but ", a->sizes(), " does not equal ", b->sizes(), " (while checking arguments for ", c, ")");
}
inline void checkScalarType(CheckedFrom c, const TensorArg& t, ScalarType type) {
  TORCH_CHECK(t->scalar_type() == type, "Expected tensor for ", t, " to have scalar type ", toString(type), "; but got ", t->toString(), " instead (while checking arguments for ", c, ")");
}
inline void checkScalarTypes(CheckedFrom c, const TensorArg& t, ArrayRef<ScalarType> types) {
  for (ScalarType s : types) if (t->scalar_type() == s) return;
  std::ostringstream list;
  for (size_t i = 0; i < types.size(); ++i) list << (i == 0 ? "" : i + 1 == types.size() ? " or " : ", ") << toString(types[i]);
  TORCH_CHECK(false, "Expected tensor for ", t, " to have one of the following scalar types: ", list.str(), "; but got ", t->toString(), " instead (while checking arguments for ", c, ")");
}
inline void checkSameType(CheckedFrom c, const TensorArg& a, const TensorArg& b) {
  TORCH_CHECK(a->scalar_type() == b->scalar_type() && a->device() == b->device(), "Expected tensor for ", a, " to have the same type as tensor for ", b, "; but type ", a->toString(), " does not equal ", b->toString(), " (while checking arguments for ", c, ")");
}
inline void checkDefined(CheckedFrom c, const TensorArg& t) {
  TORCH_CHECK(t->defined(), "Expected tensor for ", t, " to be non-null, but it was undefined (while checking arguments for ", c, ")");
}
inline void checkDeviceType(CheckedFrom c, ArrayRef<Tensor> tensors, DeviceType type) {
  for (const Tensor& t : tensors)
    TORCH_CHECK(!t.defined() || t.device().type() == type, "Expected tensor to have ", type, " DeviceType, but got tensor with ", t.device().type(), " DeviceType (while checking arguments for ", c, ")");
}
inline void checkAllContiguous(CheckedFrom c, ArrayRef<TensorArg> ts) { for (const auto& t : ts) if (t->defined()) checkContiguous(c, t); }
inline void checkAllDefined(CheckedFrom c, ArrayRef<TensorArg> ts) { for (const auto& t : ts) checkDefined(c, t); }
namespace detail {
template <class F>
void check_neighbours(CheckedFrom c, ArrayRef<TensorArg> ts, F check) {
  const TensorArg* first = nullptr;
  for (const auto& t : ts) {
    if (!t->defined()) continue;
    if (first) check(c, *first, t);
    else first = &t;
  }
}
}  // namespace detail
inline void checkAllSameSize(CheckedFrom c, ArrayRef<TensorArg> ts) { detail::check_neighbours(c, ts, checkSameSize); }
inline void checkAllSameType(CheckedFrom c, ArrayRef<TensorArg> ts) { detail::check_neighbours(c, ts, checkSameType); }
inline void checkAllSameNumel(CheckedFrom c, ArrayRef<TensorArg> ts) { detail::check_neighbours(c, ts, checkSameNumel); }

namespace detail {
/// Strides of a contiguous tensor.
inline std::vector<int64_t> defaultStrides(IntArrayRef sizes) {
  std::vector<int64_t> strides(sizes.size(), 1);
  for (size_t d = sizes.size(); d-- > 1;) strides[d - 1] = strides[d] * std::max<int64_t>(sizes[d], 1);
  return strides;
}
}  // namespace detail
}  // namespace at
