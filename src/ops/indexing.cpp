// x.index({...}) and assignment through it: integers, slices, None and Ellipsis make a view; tensors and booleans
// are left to index and index_put_.
#include <wick/indexing.h>

#include <cstring>

#include "ops/common.h"

namespace wick::indexing::inline v1 {

Slice::Slice(std::optional<int64_t> start, std::optional<int64_t> stop, std::optional<int64_t> step) : step_(step.value_or(1)) {
  WICK_CHECK_TYPE(ValueError, step_ != 0, "slice step cannot be zero");
  start_ = start.value_or(step_ < 0 ? INDEX_MAX : 0);
  stop_ = stop.value_or(step_ < 0 ? INDEX_MIN : INDEX_MAX);
}

TensorIndex::TensorIndex(const char* text) : type_(TensorIndexType::Ellipsis) {
  WICK_CHECK_TYPE(ValueError, std::strcmp(text, "...") == 0, "Expected \"...\" to represent an ellipsis index, but got \"", text, "\"");
}

std::ostream& operator<<(std::ostream& out, const Slice& s) { return out << s.start() << ":" << s.stop() << ":" << s.step(); }
std::ostream& operator<<(std::ostream& out, const TensorIndex& i) {
  if (i.is_none()) return out << "None";
  if (i.is_ellipsis()) return out << "...";
  if (i.is_integer()) return out << i.integer();
  if (i.is_boolean()) return out << (i.boolean() ? "true" : "false");
  if (i.is_slice()) return out << i.slice();
  return out << i.tensor();
}
std::ostream& operator<<(std::ostream& out, const std::vector<TensorIndex>& indices) {
  out << "(";
  for (size_t k = 0; k < indices.size(); ++k) out << (k ? ", " : "") << indices[k];
  return out << ")";
}

}  // namespace wick::indexing::inline v1

namespace wick::ops {
namespace {

using indexing::TensorIndex;
using Indices = std::vector<std::optional<Tensor>>;

bool is_mask(const Tensor& t) { return t.scalar_type() == kBool || t.scalar_type() == kByte; }

// Walks over the indices, making views, and collects the tensors among them.
struct Slicer {
  Tensor view;
  int64_t dim = 0;       // of the view, that the next index is for
  Indices tensors;       // for index(): one entry a dimension, masks covering several
  int64_t covered = 0;   // dimensions that `tensors` speaks for

  void select(int64_t i, int64_t position) {
    WICK_CHECK_TYPE(IndexError, view.dim() > 0, "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number");
    const int64_t n = view.size(dim);
    WICK_CHECK_TYPE(IndexError, i >= -n && i < n, "index ", i, " is out of bounds for dimension ", position, " with size ", n);
    view = view.select(dim, i);
  }
  void slice(const indexing::Slice& s) {
    WICK_CHECK_TYPE(ValueError, s.step() > 0, "step must be greater than zero");
    WICK_CHECK_TYPE(IndexError, view.dim() > 0, "slice() cannot be applied to a 0-dim tensor.");
    const bool whole = s.start() == 0 && s.stop() >= view.size(dim) && s.step() == 1;
    if (!whole) view = view.slice(dim, s.start(), s.stop(), s.step());
    ++dim;
  }
  void take(const Tensor& t, int64_t dims) {
    while (covered < dim) { tensors.emplace_back(); ++covered; }
    tensors.emplace_back(t);
    dim += dims;
    covered += dims;
  }
  void truth(bool yes) {
    view = view.unsqueeze(dim);
    take(yes ? wick::zeros({1}, kLong) : wick::empty({0}, kLong), 1);
  }
  void tensor(const Tensor& t, int64_t position) {
    WICK_CHECK(t.defined(), "index: an index is an undefined tensor");
    if (t.dim() == 0 && is_mask(t)) return truth(t.item().toBool());
    if (t.dim() == 0 && is_integral_type(t.scalar_type(), false)) return select(t.item().toLong(), position);
    take(t, is_mask(t) ? t.dim() : 1);
  }
};

int64_t dims_of(const TensorIndex& i) {
  if (i.is_integer() || i.is_slice()) return 1;
  if (i.is_tensor()) return i.tensor().defined() && is_mask(i.tensor()) ? i.tensor().dim() : 1;
  return 0;
}

Slicer slice_all(const Tensor& x, ArrayRef<TensorIndex> indices) {
  int64_t specified = 0, position = 0;
  for (const TensorIndex& i : indices) specified += dims_of(i);
  const int64_t dims = x.dim();
  if (dims == 0 && indices.size() == 1 && indices[0].is_integer())
    throw IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number");
  WICK_CHECK_TYPE(IndexError, specified <= dims, "too many indices for tensor of dimension ", dims);
  Slicer s{x, 0, {}, 0};
  for (const TensorIndex& i : indices) {
    if (i.is_none()) { s.view = s.view.unsqueeze(s.dim); ++s.dim; }
    else if (i.is_ellipsis()) { s.dim += dims - specified; position += dims - specified; }
    else if (i.is_integer()) s.select(i.integer(), position);
    else if (i.is_boolean()) s.truth(i.boolean());
    else if (i.is_slice()) s.slice(i.slice());
    else s.tensor(i.tensor(), position);
    position += dims_of(i);
  }
  return s;
}

// A value may have more dimensions than what it is assigned to if the first ones have size 1.
Tensor without_leading_ones(const Tensor& value) {
  size_t k = 0;
  while (k < value.sizes().size() && value.sizes()[k] == 1) ++k;
  return k == 0 ? value : value.reshape(value.sizes().slice(k));
}

void assign_to(const Tensor& to, const Tensor& value) {
  if (to.sizes() == value.sizes()) to.copy_(value);
  else if (value.dim() == 0) to.fill_(value);
  else {
    const Tensor v = without_leading_ones(value);
    bool fits = v.dim() <= to.dim();
    for (int64_t d = 1; fits && d <= v.dim(); ++d) fits = v.size(-d) == 1 || v.size(-d) == to.size(-d);
    WICK_CHECK(fits, "setitem: shape mismatch: value tensor of shape ", value.sizes(), " cannot be broadcast to indexing result of shape ", to.sizes());
    to.copy_(v);
  }
}

void assign(const Tensor& x, ArrayRef<TensorIndex> indices, const Tensor& value) {
  WICK_CHECK(x.defined() && value.defined(), "index_put_: undefined tensor");
  if (indices.size() == 1 && indices[0].is_boolean()) {
    if (indices[0].boolean()) assign_to(x.unsqueeze(0), value);
    return;
  }
  Slicer s = slice_all(x, indices);
  if (s.tensors.empty()) return assign_to(s.view, value);
  wick::index_put_(s.view, s.tensors, without_leading_ones(value));
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor Tensor::index(ArrayRef<indexing::TensorIndex> indices) const {
  WICK_CHECK(!indices.empty(), "Passing an empty index list to Tensor::index() is not valid syntax; write {Ellipsis} or {Slice()} for the whole tensor");
  Slicer s = slice_all(*this, indices);
  if (!s.tensors.empty()) return wick::index(s.view, s.tensors);
  return s.view.is_same(*this) ? alias() : s.view;
}
Tensor Tensor::index(std::initializer_list<indexing::TensorIndex> indices) const { return index(ArrayRef<indexing::TensorIndex>(indices)); }

Tensor& Tensor::index_put_(ArrayRef<indexing::TensorIndex> indices, const Tensor& values) {
  WICK_CHECK(!indices.empty(), "Passing an empty index list to Tensor::index_put_() is not valid syntax; write {Ellipsis} or {Slice()} for the whole tensor");
  ops::assign(*this, indices, values);
  return *this;
}
Tensor& Tensor::index_put_(ArrayRef<indexing::TensorIndex> indices, const Scalar& value) {
  WICK_CHECK(!indices.empty(), "Passing an empty index list to Tensor::index_put_() is not valid syntax; write {Ellipsis} or {Slice()} for the whole tensor");
  ops::assign(*this, indices, make_scalar_tensor(value, scalar_type()));
  return *this;
}
Tensor& Tensor::index_put_(std::initializer_list<indexing::TensorIndex> indices, const Tensor& values) {
  return index_put_(ArrayRef<indexing::TensorIndex>(indices), values);
}
Tensor& Tensor::index_put_(std::initializer_list<indexing::TensorIndex> indices, const Scalar& value) {
  return index_put_(ArrayRef<indexing::TensorIndex>(indices), value);
}

Tensor Tensor::operator[](const Tensor& index) const {
  WICK_CHECK_TYPE(IndexError, index.defined(), "Can only index with tensors that are defined");
  WICK_CHECK_TYPE(IndexError, index.dim() == 0, "Can only index with tensors that are scalars (zero-dim), got ", index.sizes(), "; use index({...}) or index_select");
  return (*this)[index.item()];
}
Tensor Tensor::operator[](const Scalar& index) const {
  WICK_CHECK_TYPE(IndexError, index.isIntegral(false), "Can only index tensors with integral scalars");
  return (*this)[index.toLong()];
}

}  // namespace wick::inline v1
