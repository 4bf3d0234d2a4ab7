// Sparse tensors: making them, their parts, and to and from dense ones.
#include <wick/ops/sparse.h>

#include <algorithm>
#include <numeric>

#include "ops/sparse.h"

namespace wick::ops {

SparseParts& sparse_parts(const char* op, const Tensor& t) {
  TensorImpl* p = any_impl(t);
  WICK_CHECK(p->sparse, op, " expected sparse coordinate tensor layout but got Strided");
  return *p->sparse;
}

namespace {

// Sizes of the sparse and of the dense dimensions.
IntArrayRef sparse_sizes(const Tensor& t) { return t.sizes().slice(0, static_cast<size_t>(sparse_parts("sparse_sizes", t).sparse_dim)); }
DimVec with_front(int64_t front, IntArrayRef rest) {
  DimVec s(rest);
  s.insert(0, front);
  return s;
}
IntArrayRef dense_sizes(const Tensor& t) { return t.sizes().slice(static_cast<size_t>(sparse_parts("dense_sizes", t).sparse_dim)); }

// The place of each entry as one number.
Tensor places(const Tensor& indices, IntArrayRef sizes) {
  const Tensor at = raw_contiguous(indices, kLong);
  const int64_t dims = at.size(0), n = at.size(1);
  Tensor flat = make_tensor({n}, kLong);
  int64_t* to = typed<int64_t>(flat);
  std::fill(to, to + n, 0);
  for (int64_t d = 0; d < dims; ++d) {
    const int64_t* from = typed<int64_t>(at) + d * n;
    for (int64_t i = 0; i < n; ++i) to[i] = to[i] * sizes[static_cast<size_t>(d)] + from[i];
  }
  return flat;
}
Tensor places(const Tensor& t) { return places(sparse_parts("places", t).indices, sparse_sizes(t)); }

// Adds rows of values to those numbered `at`; truth values are joined by "or".
void add_rows(const Tensor& to, const Tensor& at, const Tensor& values) {
  if (values.scalar_type() != kBool) {
    to.index_add_(0, at, values);
    return;
  }
  const Tensor sum = zeros(to.sizes(), kLong);
  sum.index_add_(0, at, values.to(kLong));
  raw_copy(to, sum.ne(0));
}

void check_parts(const Tensor& indices, const Tensor& values) {
  check_defined("sparse_coo_tensor", {indices, values});
  WICK_CHECK(!is_sparse(indices) && !is_sparse(values), "sparse_coo_tensor: expected indices and values to be dense, got ", indices.layout(), " and ", values.layout());
  WICK_CHECK(indices.dim() == 2, "indices must be sparse_dim x nnz, but got: ", indices.sizes());
  WICK_CHECK(values.dim() >= 1, "sparse_coo_tensor: values must have a dimension for the entries, got a 0-dim tensor");
  WICK_CHECK(indices.size(1) == values.size(0), "indices and values must have same nnz, but got nnz from indices: ", indices.size(1), ", nnz from values: ", values.size(0));
  WICK_CHECK(!indices.is_complex(), "sparse_coo_tensor: indices must be integers, got ", indices.scalar_type());
}
void check_inside(const Tensor& indices, IntArrayRef size) {
  const Tensor at = raw_contiguous(indices, kLong);
  const int64_t n = at.size(1);
  for (int64_t d = 0; d < at.size(0); ++d) {
    const int64_t* p = typed<int64_t>(at) + d * n;
    for (int64_t i = 0; i < n; ++i)
      WICK_CHECK(p[i] >= 0 && p[i] < size[static_cast<size_t>(d)], "size is inconsistent with indices: for dim ", d, ", size is ", size[static_cast<size_t>(d)], " but found index ", p[i]);
  }
}

// The gradient for values of the gradient for the tensor they make.
Tensor values_at(const Tensor& g, const Tensor& indices) {
  const Tensor dense = g.to_dense();
  return dense.flatten(0, indices.size(0) - 1).index_select(0, places(indices, g.sizes()));
}
Tensor record_made(const Tensor& indices, const Tensor& values, IntArrayRef size, bool coalesced) {
  return record("SparseCooTensorWithDimsAndTensorsBackward0", {values}, {}, [&] { return make_sparse(size, indices, values.detach(), coalesced); },
                [indices](Backward& b) { b.grad(0, values_at(b.g(), indices)); });
}

// A leaf when the options want a gradient.
Tensor made(const Tensor& indices, const Tensor& values, IntArrayRef size, const TensorOptions& options, std::optional<bool> coalesced) {
  WICK_CHECK(!options.has_layout() || options.layout() == Layout::Sparse || options.layout() == Layout::Strided, "sparse_coo_tensor: expected layout Sparse, got ", options.layout());
  const Tensor at = indices.scalar_type() == kLong ? indices : indices.to(kLong);
  Tensor t = record_made(at, values, size, coalesced.value_or(at.size(1) < 2 && values.numel() == 0));
  if (options.requires_grad()) t = t.detach().requires_grad_();
  return t;
}

}  // namespace

Tensor sparse_coalesce(const Tensor& t) {
  const SparseParts& parts = sparse_parts("coalesce", t);
  const int64_t n = parts.values.size(0), dims = parts.sparse_dim;
  if (parts.coalesced) return t;
  if (n < 2) return make_sparse(t.sizes(), parts.indices, parts.values, true);
  const Tensor at = places(t);
  const int64_t* place = typed<int64_t>(at);
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return place[a] < place[b]; });
  // Row k of the result stands for the k-th place; `first` are the entries that came first there.
  Tensor row = make_tensor({n}, kLong);
  std::vector<int64_t> first;
  for (size_t i = 0; i < order.size(); ++i) {
    if (i == 0 || place[order[i]] != place[order[i - 1]]) first.push_back(order[i]);
    typed<int64_t>(row)[order[i]] = static_cast<int64_t>(first.size()) - 1;
  }
  const auto m = static_cast<int64_t>(first.size());
  const Tensor indices = make_tensor({dims, m}, kLong), from = raw_contiguous(parts.indices);
  for (int64_t d = 0; d < dims; ++d)
    for (int64_t k = 0; k < m; ++k) typed<int64_t>(indices)[d * m + k] = typed<int64_t>(from)[d * n + first[static_cast<size_t>(k)]];
  const Tensor values = zeros(with_front(m, dense_sizes(t)), parts.values.scalar_type());
  add_rows(values, row, parts.values);
  return make_sparse(t.sizes(), indices, values, true);
}

Tensor sparse_to_dense(const Tensor& t) {
  const SparseParts& parts = sparse_parts("to_dense", t);
  Tensor dense = zeros(with_front(count(sparse_sizes(t)), dense_sizes(t)), parts.values.scalar_type());
  if (parts.values.size(0) > 0 && t.numel() > 0) add_rows(dense, places(t), parts.values);
  return dense.reshape(t.sizes());
}

Tensor sparse_from_dense(const Tensor& t, int64_t sparse_dim) {
  const int64_t n = t.dim();
  WICK_CHECK(sparse_dim >= (n == 0 ? 0 : 1) && sparse_dim <= n, "dense_to_sparse: sparse_dim argument must be in [", n == 0 ? 0 : 1, ",", n, "] range, but ", sparse_dim, " is given");
  Tensor there = t.ne(0);
  if (sparse_dim < n) there = there.flatten(sparse_dim).any(-1);
  const Tensor indices = raw_contiguous(there.nonzero().t());
  if (n == 0) return make_sparse({}, indices, t.reshape({1}).slice(0, 0, indices.size(1)), true);
  const Tensor values = t.flatten(0, sparse_dim - 1).index_select(0, places(indices, t.sizes()));
  return make_sparse(t.sizes(), indices, values, true);
}

Tensor sparse_mask_raw(const Tensor& t, const Tensor& mask) {
  const SparseParts& m = sparse_parts("sparse_mask", mask);
  WICK_CHECK(t.sizes() == mask.sizes(), "sparse_mask(): operands have incompatible sizes; self has size ", t.sizes(), " but mask has size ", mask.sizes());
  const Tensor at = places(mask);
  if (!is_sparse(t)) {
    if (m.sparse_dim == 0) return make_sparse(t.sizes(), m.indices, t.unsqueeze(0).expand(with_front(at.size(0), t.sizes())).contiguous(), m.coalesced);
    return make_sparse(t.sizes(), m.indices, t.flatten(0, m.sparse_dim - 1).index_select(0, at), m.coalesced);
  }
  const Tensor own = sparse_coalesce(t);
  const SparseParts& p = sparse_parts("sparse_mask", own);
  WICK_CHECK(p.sparse_dim == m.sparse_dim, "sparse_mask(): the number of sparse dimensions in `self` should match that of the `mask`. Got `self.sparse_dim() == ", p.sparse_dim, "` != `mask.sparse_dim() == ", m.sparse_dim, "`.");
  const Tensor values = zeros(with_front(at.size(0), dense_sizes(t)), t.scalar_type());
  if (p.values.size(0) == 0) return make_sparse(t.sizes(), m.indices, values, m.coalesced);
  const Tensor have = places(own), near = searchsorted(have, at).clamp_max(have.size(0) - 1), hit = have.index_select(0, near).eq(at).nonzero().reshape({-1});
  values.index_copy_(0, hit, p.values.index_select(0, near.index_select(0, hit)));
  return make_sparse(t.sizes(), m.indices, values, m.coalesced);
}

Tensor sparse_convert(const Tensor& t, ScalarType dtype) {
  const SparseParts& p = sparse_parts("to", t);
  return make_sparse(t.sizes(), p.indices.clone(), p.values.to(dtype, false, true), p.coalesced);
}

Tensor sparse_scatter(const Tensor& g, IntArrayRef sizes, int64_t dim, const Tensor& index) {
  const auto n = static_cast<int64_t>(sizes.size());
  std::vector<Tensor> at;
  for (int64_t d = 0; d < n; ++d) {
    DimVec shape(static_cast<size_t>(n), 1);
    shape[static_cast<size_t>(d)] = index.size(d);
    at.push_back(d == dim ? index.reshape({-1}) : arange(index.size(d), kLong).reshape(shape).expand(index.sizes()).reshape({-1}));
  }
  const Tensor places = n == 0 ? make_tensor({0, 1}, kLong) : stack(at);
  return _sparse_coo_tensor_unsafe(places, g.reshape({-1}), sizes);
}

void sparse_zero(const Tensor& t) {
  SparseParts& p = sparse_parts("zero_", t);
  p.indices = make_tensor({p.sparse_dim, 0}, kLong);
  p.values = make_tensor(with_front(0, dense_sizes(t)), t.scalar_type());
  p.coalesced = true;
}
void sparse_copy(const Tensor& to, const Tensor& from) {
  WICK_CHECK(is_sparse(to) && is_sparse(from), "copy_() between dense and sparse Tensors is not implemented! Found self type = ", to.toString(), " and src type = ", from.toString());
  WICK_CHECK(to.sizes() == from.sizes(), "copy_: sparse tensors must have the same size, got ", to.sizes(), " and ", from.sizes());
  *any_impl(to)->sparse = *any_impl(sparse_convert(from, to.scalar_type()))->sparse;
}

}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor sparse_coo_tensor(IntArrayRef size, TensorOptions options) {
  const ScalarType type = options.dtype();
  return made(make_tensor({static_cast<int64_t>(size.size()), 0}, kLong), make_tensor({0}, type), size, options, true);
}
Tensor sparse_coo_tensor(const Tensor& indices, const Tensor& values, TensorOptions options, std::optional<bool> is_coalesced) {
  check_parts(indices, values);
  std::vector<int64_t> size;
  if (indices.numel() > 0) {
    const Tensor most = indices.to(kLong).amax(1) + 1;
    size.assign(typed<int64_t>(most), typed<int64_t>(most) + most.numel());
    WICK_CHECK(indices.min().item<int64_t>() >= 0, "found negative index ", indices.min().item<int64_t>(), " in the indices of a sparse tensor");
  } else {
    size.assign(static_cast<size_t>(indices.size(0)), 0);
  }
  const IntArrayRef rest = values.sizes().slice(1);
  size.insert(size.end(), rest.begin(), rest.end());
  return made(indices, values, size, options, is_coalesced);
}
Tensor sparse_coo_tensor(const Tensor& indices, const Tensor& values, IntArrayRef size, TensorOptions options, std::optional<bool> is_coalesced) {
  check_parts(indices, values);
  const int64_t dims = indices.size(0), dense = values.dim() - 1;
  WICK_CHECK(static_cast<int64_t>(size.size()) == dims + dense, "'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = ", size.size(), ", sparse_dim = ", dims, ", dense_dim = ", dense);
  WICK_CHECK(size.slice(static_cast<size_t>(dims)) == values.sizes().slice(1), "values has incorrect size, expected ", IntArrayRef(with_front(values.size(0), size.slice(static_cast<size_t>(dims)))), ", got ", values.sizes());
  check_inside(indices, size);
  return made(indices, values, size, options, is_coalesced);
}
Tensor _sparse_coo_tensor_unsafe(const Tensor& indices, const Tensor& values, IntArrayRef size, TensorOptions options, std::optional<bool> is_coalesced) {
  check_parts(indices, values);
  return made(indices, values, size, options, is_coalesced);
}

Tensor Tensor::to_dense(std::optional<ScalarType> dtype, std::optional<bool> masked_grad) const {
  const ScalarType type = dtype.value_or(scalar_type());
  if (!is_sparse()) return to(type);
  return record("ToDenseBackward0", {*this}, in(0), [&] { return sparse_to_dense(*this).to(type); }, [masked = masked_grad.value_or(true)](Backward& b) {
    const Tensor x = b.in(0), g = b.g().to(x.scalar_type());
    b.grad(0, masked ? g.sparse_mask(x) : g.to_sparse(x.sparse_dim()));
  });
}
Tensor Tensor::to_sparse(int64_t sparse_dim) const {
  if (is_sparse()) {
    WICK_CHECK(sparse_dim == this->sparse_dim(), "to_sparse: a sparse tensor with ", this->sparse_dim(), " sparse dimensions cannot get ", sparse_dim);
    return *this;
  }
  return record("ToSparseBackward0", {*this}, {}, [&] { return sparse_from_dense(*this, sparse_dim); }, [](Backward& b) { b.grad(0, b.g().to_dense()); });
}
Tensor Tensor::to_sparse() const { return is_sparse() ? *this : to_sparse(dim()); }

Tensor Tensor::coalesce() const {
  if (sparse_parts("coalesce", *this).coalesced) return *this;
  return record("CoalesceBackward0", {*this}, {}, [&] { return sparse_coalesce(*this); }, [](Backward& b) { b.grad(0, b.g()); });
}
bool Tensor::is_coalesced() const { return sparse_parts("is_coalesced", *this).coalesced; }
Tensor& Tensor::_coalesced_(bool coalesced) const {
  sparse_parts("_coalesced_", *this).coalesced = coalesced;
  return const_cast<Tensor&>(*this);
}
Tensor Tensor::indices() const {
  WICK_CHECK(is_coalesced(), "Cannot get indices on an uncoalesced tensor, please call .coalesce() first");
  return _indices();
}
Tensor Tensor::values() const {
  WICK_CHECK(is_coalesced(), "Cannot get values on an uncoalesced tensor, please call .coalesce() first");
  return record("ValuesBackward0", {*this}, in(0), [&] { return _values(); }, [](Backward& b) {
    const Tensor x = b.in(0);
    b.grad(0, _sparse_coo_tensor_unsafe(x._indices(), b.g(), x.sizes(), {}, true));
  });
}
Tensor Tensor::_indices() const { return make_alias(sparse_parts("_indices", *this).indices); }
Tensor Tensor::_values() const { return make_alias(sparse_parts("_values", *this).values); }
int64_t Tensor::_nnz() const { return sparse_parts("_nnz", *this).values.size(0); }
int64_t Tensor::sparse_dim() const { return is_sparse() ? sparse_parts("sparse_dim", *this).sparse_dim : 0; }
int64_t Tensor::dense_dim() const { return is_sparse() ? dim() - sparse_dim() : dim(); }

Tensor Tensor::sparse_mask(const Tensor& mask) const {
  check_defined("sparse_mask", {*this, mask});
  return record("SparseMaskBackward0", {*this}, {}, [&] { return sparse_mask_raw(*this, mask); }, [mask, sparse = is_sparse()](Backward& b) {
    const Tensor g = b.g().sparse_mask(mask.coalesce());
    b.grad(0, sparse ? g : g.to_dense());
  });
}

static void sparse_resize(const Tensor& t, IntArrayRef size, int64_t sparse_dim, int64_t dense_dim, bool clear) {
  SparseParts& p = sparse_parts("sparse_resize_", t);
  WICK_CHECK(sparse_dim + dense_dim == static_cast<int64_t>(size.size()), "'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = ", size.size(), ", sparse_dim = ", sparse_dim, ", dense_dim = ", dense_dim);
  autograd::check_inplace("sparse_resize_", t, false);
  TensorImpl* q = any_impl(t);
  const int64_t n = clear ? 0 : p.values.size(0);
  if (n > 0) {
    WICK_CHECK(sparse_dim == p.sparse_dim && dense_dim == t.dim() - p.sparse_dim, "sparse_resize_: the number of sparse and dense dimensions of a non-empty sparse tensor cannot change: from ", p.sparse_dim, " and ", t.dim() - p.sparse_dim, " to ", sparse_dim, " and ", dense_dim);
    for (size_t d = 0; d < size.size(); ++d) WICK_CHECK(size[d] >= t.sizes()[d], "sparse_resize_: shrinking dimension ", d, " of a non-empty sparse tensor from ", t.sizes()[d], " to ", size[d], " is not supported");
  }
  const Tensor values = zeros(with_front(n, size.slice(static_cast<size_t>(sparse_dim))), t.scalar_type());
  if (n > 0) {
    Tensor part = values;
    for (int64_t d = 0; d < values.dim(); ++d) part = part.narrow(d, 0, p.values.size(d));
    raw_copy(part, p.values);
  }
  q->numel = count(size);
  q->sizes.assign(size);
  p = {n > 0 ? p.indices : make_tensor({sparse_dim, 0}, kLong), values, sparse_dim, n > 0 ? p.coalesced : true};
}
const Tensor& Tensor::sparse_resize_(IntArrayRef size, int64_t sparse_dim, int64_t dense_dim) const {
  sparse_resize(*this, size, sparse_dim, dense_dim, false);
  return *this;
}
const Tensor& Tensor::sparse_resize_and_clear_(IntArrayRef size, int64_t sparse_dim, int64_t dense_dim) const {
  sparse_resize(*this, size, sparse_dim, dense_dim, true);
  return *this;
}

}  // namespace wick::inline v1
