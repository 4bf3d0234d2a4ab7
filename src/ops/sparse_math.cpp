// Arithmetic, shapes, sums and products of sparse tensors.
#include <wick/ops/sparse.h>

#include <algorithm>

#include "ops/sparse.h"

namespace wick::ops {
namespace {

[[noreturn]] void throw_not_sparse(const Pointwise& k) {
  throw NotImplementedError(str(k.name, " is not implemented for sparse tensors: it would fill the places between; convert with to_dense() first"));
}

// Functions that leave zero at zero.
bool keeps_zero(const Pointwise& k) {
  for (const Pointwise* f : {&table::neg, &table::abs, &table::sign, &table::sgn, &table::floor, &table::ceil, &table::round, &table::trunc, &table::frac, &table::conj_physical, &table::sqrt,
                             &table::expm1, &table::log1p, &table::sin, &table::tan, &table::asin, &table::atan, &table::sinh, &table::tanh, &table::asinh, &table::atanh, &table::erf,
                             &table::erfinv, &table::relu, &table::isnan, &table::isinf, &table::isposinf, &table::isneginf, &table::signbit, &table::nan_to_num})
    if (&k == f) return true;
  return false;
}

// The same places with other values.
Tensor with_values(const Tensor& t, const Tensor& values) {
  const SparseParts& p = sparse_parts("with_values", t);
  return make_sparse(t.sizes(), p.indices, values, p.coalesced);
}
bool is_number(const Tensor& t) { return !is_sparse(t) && t.dim() == 0; }

// -1: the entry of a comes first, 1: that of b, 0: both lie at the same place.
int compare_entries(const SparseParts& a, int64_t i, const SparseParts& b, int64_t j) {
  const int64_t *x = typed<int64_t>(a.indices), *y = typed<int64_t>(b.indices), n = a.indices.size(1), m = b.indices.size(1);
  for (int64_t d = 0; d < a.sparse_dim; ++d)
    if (x[d * n + i] != y[d * m + j]) return x[d * n + i] < y[d * m + j] ? -1 : 1;
  return 0;
}
SparseParts contiguous_parts(const Tensor& t) {
  const SparseParts& p = sparse_parts("add", t);
  return {raw_contiguous(p.indices), p.values, p.sparse_dim, p.coalesced};
}

// a + factor * b by a merge of the entries as they stand; f is add or sub.
Tensor merge(const Pointwise& k, const Tensor& a, const Tensor& b, const Params& factor) {
  const SparseParts p = contiguous_parts(a), q = contiguous_parts(b);
  WICK_CHECK(a.sizes() == b.sizes(), k.name, ": expected sizes of 'self' and 'other' to match, but ", a.sizes(), " != ", b.sizes());
  WICK_CHECK(p.sparse_dim == q.sparse_dim, k.name, ": expected 'self' and 'other' to have same number of sparse dimensions, got ", p.sparse_dim, " and ", q.sparse_dim);
  const int64_t n = p.values.size(0), m = q.values.size(0);
  std::vector<std::pair<int64_t, int64_t>> rows;  // which entry of each, -1 for none
  for (int64_t i = 0, j = 0; i < n || j < m;) {
    const int c = i >= n ? 1 : j >= m ? -1 : compare_entries(p, i, q, j);
    rows.emplace_back(c <= 0 ? i++ : -1, c >= 0 ? j++ : -1);
  }
  const auto total = static_cast<int64_t>(rows.size());
  const Tensor indices = make_tensor({p.sparse_dim, total}, kLong), at_p = make_tensor({n}, kLong), at_q = make_tensor({m}, kLong);
  for (int64_t r = 0; r < total; ++r) {
    const auto [i, j] = rows[static_cast<size_t>(r)];
    if (i >= 0) typed<int64_t>(at_p)[i] = r;
    if (j >= 0) typed<int64_t>(at_q)[j] = r;
    for (int64_t d = 0; d < p.sparse_dim; ++d)
      typed<int64_t>(indices)[d * total + r] = i >= 0 ? typed<int64_t>(p.indices)[d * n + i] : typed<int64_t>(q.indices)[d * m + j];
  }
  const ScalarType type = result_type_of({p.values, q.values});
  DimVec size(a.sizes().slice(static_cast<size_t>(p.sparse_dim)));
  size.insert(0, total);
  Tensor values = zeros(size, type), other = zeros(size, type);
  values.index_copy_(0, at_p, p.values.to(type));
  other.index_copy_(0, at_q, q.values.to(type));
  run_into(k, values, {values, other}, factor);
  return make_sparse(a.sizes(), indices, values, p.coalesced && q.coalesced);
}

// Products exist at the places of the sparse factor, or of both.
Tensor product_of(const Tensor& a, const Tensor& b) {
  if (is_number(b)) return with_values(a, run(table::mul, {sparse_parts("mul", a).values, b}));
  if (is_number(a)) return product_of(b, a);
  if (!is_sparse(a)) return product_of(b, a);
  const Tensor x = is_sparse(b) ? sparse_coalesce(a) : a;
  if (is_sparse(b)) WICK_CHECK(a.sizes() == b.sizes(), "mul operands have incompatible sizes: ", a.sizes(), " and ", b.sizes());
  else WICK_CHECK(IntArrayRef(broadcast_shape("mul", a.sizes(), b.sizes())) == a.sizes(), "mul: the dense factor of size ", b.sizes(), " does not broadcast to the sparse one of size ", a.sizes());
  const Tensor y = is_sparse(b) ? b : b.expand(a.sizes());
  return with_values(x, run(table::mul, {sparse_parts("mul", x).values, sparse_parts("mul", sparse_mask_raw(y, x)).values}));
}

bool divides(const Pointwise& k) { return &k == &table::div || &k == &table::div_floor || &k == &table::div_trunc; }
Tensor quotient_of(const Pointwise& k, const Tensor& a, const Tensor& b, const Params& p, Promote promote) {
  WICK_CHECK(is_number(b), "Sparse division requires a scalar or zero-dim dense tensor divisor (got shape ", b.sizes(), " for divisor)");
  const Tensor x = &k == &table::div ? a : sparse_coalesce(a);
  return with_values(x, run(k, {sparse_parts("div", x).values, b}, p, promote));
}

Tensor power_of(const Pointwise& k, const Tensor& a, const Tensor& b, const Params& p) {
  if (!is_sparse(a) || !is_number(b)) throw_not_sparse(k);
  WICK_CHECK(b.ne(0).item<bool>(), "pow: cannot raise to zeroth power on sparse tensor; it would make the result tensor dense");
  const Tensor x = sparse_coalesce(a);
  return with_values(x, run(k, {sparse_parts("pow", x).values, b}, p));
}

// A dense tensor plus or minus a sparse one.
void add_to_dense(const Pointwise& k, const Tensor& to, const Tensor& b, const Params& factor) {
  WICK_CHECK(to.sizes() == b.sizes(), k.name, ": expected 'self' and the sparse 'other' to have the same size, got ", to.sizes(), " and ", b.sizes());
  const Tensor x = sparse_coalesce(b);
  const SparseParts& p = sparse_parts("add", x);
  if (p.values.size(0) == 0) return;
  if (p.sparse_dim == 0) return raw_copy(to, run(k, {to, p.values.select(0, 0)}, factor));
  const auto sum_at = [&](const Tensor& there) { return run(k, {there, p.values}, factor).to(to.scalar_type()); };
  if (p.sparse_dim == 1) {  // whole rows, as the gradients of embeddings are
    const Tensor at = p.indices.select(0, 0);
    to.index_copy_(0, at, sum_at(to.index_select(0, at)));
    return;
  }
  std::vector<indexing::TensorIndex> at;
  for (int64_t d = 0; d < p.sparse_dim; ++d) at.emplace_back(p.indices.select(0, d));
  Tensor(to).index_put_(at, sum_at(to.index(at)));
}

}  // namespace

Tensor sparse_pointwise(const Pointwise& k, TensorRefs inputs, const Params& p, Promote promote) {
  const Tensor& a = inputs.begin()[0].get();
  if (inputs.size() == 1) {
    if (!keeps_zero(k) && !(&k == &table::pow_scalar && p.d[0] != 0)) throw_not_sparse(k);
    const Tensor x = &k == &table::neg ? a : sparse_coalesce(a);
    return with_values(x, run(k, {sparse_parts(k.name, x).values}, p, promote));
  }
  const Tensor& b = inputs.begin()[1].get();
  if (inputs.size() > 2) throw_not_sparse(k);
  if (&k == &table::mul) return product_of(a, b);
  if (divides(k) && is_sparse(a)) return quotient_of(k, a, b, p, promote);
  if (&k == &table::pow) return power_of(k, a, b, p);
  if (&k != &table::add && &k != &table::sub) throw_not_sparse(k);
  if (is_sparse(a) && is_sparse(b)) return merge(k, a, b, p);
  WICK_CHECK(is_sparse(b), k.name, "(sparse, dense) is not supported. Use add(dense, sparse) instead.");
  Tensor r = make_tensor(a.sizes(), result_type_of({a, b}));
  raw_copy(r, a);
  add_to_dense(k, r, b, p);
  return r;
}

void sparse_pointwise_into(const Pointwise& k, const Tensor& out, TensorRefs inputs, const Params& p, Promote promote) {
  if (!is_sparse(out)) {
    const Tensor& a = inputs.begin()[0].get();
    if ((&k == &table::add || &k == &table::sub) && a.is_same(out) && is_sparse(inputs.begin()[1].get())) {
      check_castable(k.name, result_type_of(inputs), out.scalar_type());
      return add_to_dense(k, out, inputs.begin()[1].get(), p);
    }
    const Tensor r = sparse_pointwise(k, inputs, p, promote);
    WICK_CHECK(!is_sparse(r), k.name, ": a sparse result does not fit a dense tensor");
    WICK_CHECK(r.sizes() == out.sizes(), k.name, ": output with shape ", out.sizes(), " doesn't match the broadcast shape ", r.sizes());
    return raw_copy(out, r);
  }
  const Tensor r = sparse_pointwise(k, inputs, p, promote);
  WICK_CHECK(is_sparse(r), k.name, ": a dense result does not fit a sparse tensor");
  check_castable(k.name, r.scalar_type(), out.scalar_type());
  sparse_copy(out, r);
}

Tensor sparse_permute(const Tensor& t, IntArrayRef order) {
  const SparseParts& p = sparse_parts("permute", t);
  const auto dims = static_cast<size_t>(p.sparse_dim);
  DimVec sizes, front;
  std::vector<int64_t> rest{0};
  for (size_t i = 0; i < order.size(); ++i) {
    WICK_CHECK((i < dims) == (order[i] < p.sparse_dim), "permute(sparse_coo): sparse and dense dimensions cannot change places: sparse_dim is ", p.sparse_dim, ", dims are ", order);
    sizes.push_back(t.size(order[i]));
    if (i < dims) front.push_back(order[i]);
    else rest.push_back(order[i] - p.sparse_dim + 1);
  }
  const Tensor at = from_blob(front.data(), {static_cast<int64_t>(dims)}, TensorOptions(kLong));
  bool same = true;  // sorted entries stay sorted when the leading dimensions keep their order
  for (size_t i = 0; i < dims; ++i) same &= front[i] == static_cast<int64_t>(i);
  return make_sparse(sizes, p.indices.index_select(0, at), p.values.permute(rest), same && p.coalesced);
}

Tensor sparse_select(const Tensor& t, int64_t dim, int64_t index) {
  const SparseParts& p = sparse_parts("select", t);
  DimVec sizes(t.sizes());
  sizes.erase(static_cast<size_t>(dim));
  if (dim >= p.sparse_dim) return make_sparse(sizes, p.indices, p.values.select(dim - p.sparse_dim + 1, index), p.coalesced);
  const Tensor hit = p.indices.select(0, dim).eq(index).nonzero().reshape({-1}), values = p.values.index_select(0, hit);
  if (p.sparse_dim == 1) return values.sum(0).to(t.scalar_type());
  Tensor left = cat({p.indices.slice(0, 0, dim), p.indices.slice(0, dim + 1)}).index_select(1, hit);
  return make_sparse(sizes, left, values, p.coalesced || hit.numel() < 2);
}

Tensor sparse_index_select(const Tensor& t, int64_t dim, const Tensor& index) {
  const SparseParts& p = sparse_parts("index_select", t);
  const int64_t d = wrap_dim(dim, t.dim(), "index_select"), n = index.numel();
  DimVec sizes(t.sizes());
  sizes[static_cast<size_t>(d)] = n;
  const Tensor at = index.to(kLong).reshape({-1});
  if (d >= p.sparse_dim) return make_sparse(sizes, p.indices, p.values.index_select(d - p.sparse_dim + 1, at), p.coalesced);
  if (n > 0) WICK_CHECK_TYPE(IndexError, at.min().item<int64_t>() >= 0 && at.max().item<int64_t>() < t.size(d), "index_select(): index out of range for dimension ", d, " of size ", t.size(d));
  const Tensor hits = p.indices.select(0, d).unsqueeze(0).eq(at.unsqueeze(1)).nonzero().t();  // [which wish, which entry]
  Tensor indices = p.indices.index_select(1, hits.select(0, 1)).contiguous();
  indices.select(0, d).copy_(hits.select(0, 0));
  return make_sparse(sizes, indices, p.values.index_select(0, hits.select(0, 1)), false);
}

Tensor sparse_unsqueeze(const Tensor& t, int64_t dim) {
  const SparseParts& p = sparse_parts("unsqueeze", t);
  DimVec sizes(t.sizes());
  sizes.insert(static_cast<size_t>(dim), 1);
  if (dim > p.sparse_dim) return make_sparse(sizes, p.indices, p.values.unsqueeze(dim - p.sparse_dim + 1), p.coalesced);
  return make_sparse(sizes, cat({p.indices.slice(0, 0, dim), zeros({1, p.indices.size(1)}, kLong), p.indices.slice(0, dim)}), p.values, p.coalesced);
}

Tensor sparse_cat(TensorList tensors, int64_t dim) {
  const Tensor& first = tensors[0];
  const int64_t d = wrap_dim(dim, first.dim(), "cat"), front = sparse_parts("cat", first).sparse_dim;
  DimVec sizes(first.sizes());
  sizes[static_cast<size_t>(d)] = 0;
  std::vector<Tensor> indices, values;
  for (const Tensor& t : tensors) {
    WICK_CHECK(is_sparse(t), "Concatenating sparse tensors, but a dense tensor was found among them");
    const SparseParts& p = sparse_parts("cat", t);
    WICK_CHECK(p.sparse_dim == front && t.dim() == first.dim(), "cat: all sparse tensors must have the same number of sparse and dense dimensions, got ", front, " of ", first.dim(), " and ", p.sparse_dim, " of ", t.dim());
    for (int64_t i = 0; i < t.dim(); ++i)
      WICK_CHECK(i == d || t.size(i) == first.size(i), "All tensors must have the same shape: ", first.sizes(), " (except in the concatenating dimension), but found shape: ", t.sizes());
    Tensor at = p.indices.clone();
    if (d < front) at.select(0, d).add_(sizes[static_cast<size_t>(d)]);
    indices.push_back(at);
    if (d >= front) {  // a dense dimension: each part fills its stretch, the others zeros
      DimVec rest(t.sizes().slice(static_cast<size_t>(front)));
      rest.insert(0, p.values.size(0));
      int64_t all = 0;
      for (const Tensor& o : tensors) all += o.size(d);
      rest[static_cast<size_t>(d - front + 1)] = all;
      Tensor v = zeros(rest, t.scalar_type());
      v.narrow(d - front + 1, sizes[static_cast<size_t>(d)], t.size(d)).copy_(p.values);
      values.push_back(v);
    } else {
      values.push_back(p.values);
    }
    sizes[static_cast<size_t>(d)] += t.size(d);
  }
  return make_sparse(sizes, cat(indices, 1), cat(values), false);
}

Tensor sparse_sum(const Tensor& t, const std::vector<int64_t>& dims, ScalarType dtype) {
  const SparseParts& p = sparse_parts("sum", t);
  std::vector<int64_t> stay, dense;  // sparse dimensions that stay; dimensions of the values that go
  DimVec sizes;
  std::vector<bool> goes(static_cast<size_t>(t.dim()), false);
  for (int64_t d : dims) goes[static_cast<size_t>(d)] = true;
  for (int64_t d = 0; d < t.dim(); ++d) {
    if (!goes[static_cast<size_t>(d)]) sizes.push_back(t.size(d));
    if (d < p.sparse_dim && !goes[static_cast<size_t>(d)]) stay.push_back(d);
    if (d >= p.sparse_dim && goes[static_cast<size_t>(d)]) dense.push_back(d - p.sparse_dim + 1);
  }
  const Tensor values = dense.empty() ? p.values.to(dtype) : p.values.sum(dense, false, dtype);
  if (stay.empty()) return values.sum(0, false, dtype);
  return sparse_coalesce(make_sparse(sizes, p.indices.index_select(0, tensor(stay)), values, stay.size() == static_cast<size_t>(p.sparse_dim) && p.coalesced));
}

namespace {

// Rows of the result gather rows of the dense factor: y[i] += a[i, j] * x[j].
template <class T>
void gather_product(const Tensor& y, const SparseParts& a, const Tensor& x) {
  const int64_t n = a.values.size(0), width = x.size(1);
  const int64_t *row = typed<int64_t>(a.indices), *column = row + n;
  const T *v = typed<T>(a.values), *from = typed<T>(x);
  T* to = typed<T>(y);
  for (int64_t e = 0; e < n; ++e) {
    T* out = to + row[e] * width;
    const T* in = from + column[e] * width;
    for (int64_t k = 0; k < width; ++k) out[k] = static_cast<T>(out[k] + v[e] * in[k]);
  }
}
Tensor sparse_times_dense(const Tensor& a, const Tensor& x) {
  const SparseParts& s = sparse_parts("mm", a);
  WICK_CHECK(s.sparse_dim == 2, "mm: expected a sparse matrix with two sparse dimensions, got ", s.sparse_dim, " of ", a.dim());
  const Tensor y = zeros({a.size(0), x.size(1)}, a.scalar_type());
  const SparseParts p{raw_contiguous(s.indices), raw_contiguous(s.values), 2, s.coalesced};
  for (int64_t e = 0; e < p.values.size(0); ++e) {
    const int64_t i = typed<int64_t>(p.indices)[e], j = typed<int64_t>(p.indices)[p.values.size(0) + e];
    WICK_CHECK_TYPE(IndexError, i >= 0 && i < a.size(0) && j >= 0 && j < a.size(1), "mm: the sparse matrix of size ", a.sizes(), " has an entry at ", i, ", ", j);
  }
  const Tensor dense = raw_contiguous(x);
  switch (a.scalar_type()) {
#define WICK_CASE(T, name) case ScalarType::name: gather_product<T>(y, p, dense); break;
    WICK_FORALL_TYPES(WICK_CASE)
#undef WICK_CASE
    default: throw NotImplementedError(str("\"addmm_sparse_dense\" not implemented for '", a.scalar_type(), "'"));
  }
  return y;
}

}  // namespace

Tensor sparse_matmul(const Tensor& a, const Tensor& b) {
  if (!is_sparse(a)) return sparse_times_dense(sparse_permute(b, {1, 0}), a.t()).t();
  if (!is_sparse(b)) return sparse_times_dense(a, b);
  return sparse_from_dense(sparse_times_dense(a, sparse_to_dense(b)), 2);
}

}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor _sparse_mm(const Tensor& sparse, const Tensor& dense) {
  if (is_sparse(sparse) && is_sparse(dense)) return mm(sparse, dense);
  return _sparse_addmm(zeros({sparse.size(0), dense.size(1)}, sparse.options().layout(kStrided)), sparse, dense, 0, 1);
}
Tensor _sparse_addmm(const Tensor& self, const Tensor& sparse, const Tensor& dense, const Scalar& beta, const Scalar& alpha) {
  check_defined("_sparse_addmm", {self, sparse, dense});
  WICK_CHECK(is_sparse(sparse) && !is_sparse(dense) && !is_sparse(self), "_sparse_addmm: expected a dense, a sparse and a dense matrix, got ", self.layout(), ", ", sparse.layout(), " and ", dense.layout());
  WICK_CHECK(sparse.dim() == 2 && dense.dim() == 2 && sparse.size(1) == dense.size(0), "_sparse_addmm: matrices do not fit: ", sparse.sizes(), " @ ", dense.sizes());
  return record("SparseAddmmBackward0", {self, sparse, dense}, Uses().grad(1, in(1) | in(2)).grad(2, in(1)),
                [&] {
                  const Tensor product = sparse_matmul(sparse, dense) * alpha;
                  return beta.equal(0) ? product : self * beta + product;
                },
                [beta, alpha](Backward& b) {
                  const Tensor g = b.g();
                  if (b.needs(0)) b.grad(0, g * beta.conj());
                  if (b.needs(1)) b.grad(1, g.mm(b.in(2).conj().t()).sparse_mask(b.in(1)) * alpha.conj());
                  if (b.needs(2)) b.grad(2, b.in(1).t().mm(g) * alpha.conj());
                });
}

static Tensor sum_sparse(const Tensor& self, std::vector<int64_t> dims, ScalarType type) {
  for (int64_t& d : dims) d = wrap_dim(d, self.dim(), "sum");
  return record("SparseSumBackward0", {self}, in(0), [&] { return sparse_sum(self, dims, type); }, [dims](Backward& b) {
    const Tensor x = b.in(0);
    Tensor g = wick::ops::is_sparse(b.g()) ? b.g().to_dense() : b.g();
    std::vector<int64_t> sorted = dims;
    std::sort(sorted.begin(), sorted.end());
    for (int64_t d : sorted) g = g.unsqueeze(d);
    b.grad(0, g.expand(x.sizes()).sparse_mask(x.coalesce()));
  });
}
static std::vector<int64_t> all_dims(const Tensor& t) {
  std::vector<int64_t> d;
  for (int64_t i = 0; i < t.dim(); ++i) d.push_back(i);
  return d;
}
static ScalarType sum_type(const Tensor& t) { return is_integral_type(t.scalar_type(), true) ? kLong : t.scalar_type(); }
Tensor _sparse_sum(const Tensor& self) { return sum_sparse(self, all_dims(self), sum_type(self)); }
Tensor _sparse_sum(const Tensor& self, ScalarType dtype) { return sum_sparse(self, all_dims(self), dtype); }
Tensor _sparse_sum(const Tensor& self, IntArrayRef dim) { return sum_sparse(self, dim.vec(), sum_type(self)); }
Tensor _sparse_sum(const Tensor& self, IntArrayRef dim, ScalarType dtype) { return sum_sparse(self, dim.vec(), dtype); }

}  // namespace wick::inline v1
