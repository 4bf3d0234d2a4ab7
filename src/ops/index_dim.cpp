// index_select, index_add, index_copy, index_fill, index_reduce: a vector of indices along one dimension.
#include "autograd/autocast.h"
#include "ops/index_rows.h"
#include "ops/sparse.h"

namespace wick::ops {
namespace {

void check_vector(const char* op, const Tensor& index) {
  WICK_CHECK_TYPE(IndexError, index.dim() <= 1, op, "(): Index is supposed to be a vector, got ", index.sizes());
  WICK_CHECK(index.scalar_type() == kLong || index.scalar_type() == kInt, op, "(): Expected dtype int32 or int64 for index, got ", index.scalar_type());
}

// `source` has the shape of `self` except along dim, where it has one row for each index.
void check_source(const char* op, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source) {
  check_vector(op, index);
  WICK_CHECK(self.scalar_type() == source.scalar_type(), op, "(): self (", self.scalar_type(), ") and source (", source.scalar_type(), ") must have the same scalar type");
  const int64_t d = wrap_dim(dim, self.dim(), op), n = index.numel();
  WICK_CHECK_TYPE(IndexError, source.dim() == 0 || self.dim() == 0 || source.dim() == self.dim(), op,
                  "(): When source and destination are not scalars, their dimensionality must match. Source dimensionality (", source.dim(),
                  "), destination dimensionality (", self.dim(), ")");
  const int64_t rows = source.dim() ? source.size(d) : 1;
  WICK_CHECK_TYPE(IndexError, n == rows, op, "(): Number of indices (", n, ") should be equal to source.size(dim): (", rows, "), for dim: ", d);
  for (int64_t k = 0; k < self.dim(); ++k) {
    const int64_t have = source.dim() ? source.size(k) : 1;
    WICK_CHECK(k == d || have == self.size(k), op, "(): source tensor shape must match self tensor shape, excluding the specified dimension. Got self.shape = ",
               self.sizes(), " source.shape = ", source.sizes());
  }
}

Tensor select_raw(const Tensor& x, int64_t dim, const Tensor& index) {
  const Plan p = plan_along("index_select", x, dim, index, Wrap::no);
  Tensor r = make_tensor(p.result_sizes(), x.scalar_type());
  gather_rows(p, x, r);
  return r;
}
// Gradient of the rows that were written or added.
Tensor rows_of_gradient(const Tensor& g, int64_t dim, const Tensor& index, IntArrayRef shape) {
  return g.index_select(dim, g.dim() == 0 ? index.reshape({-1}) : index).reshape(shape);
}

Tensor& add_inplace(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha) {
  check_source("index_add", self, dim, index, source);
  const Plan p = plan_along("index_add", self, dim, index, Wrap::no);
  return record_inplace("IndexAddBackward0", self, {self, source, index}, in(2), [&] {
    Tensor scaled = source;
    const Scalar factor = is_integral_type(self.scalar_type(), true) && !alpha.isComplex() ? Scalar(alpha.toLong()) : alpha;
    if (!factor.equal(1)) scaled = source.mul(factor).to(source.scalar_type());
    add_rows(p, self, raw_contiguous(scaled));
  }, [=](Backward& b) {
    if (b.needs(0)) b.grad(0, b.g());
    if (b.needs(1)) b.grad(1, rows_of_gradient(b.g(), dim, b.in(2), b.shape(1)) * alpha);
  });
}

Tensor& copy_inplace(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source) {
  check_source("index_copy", self, dim, index, source);
  const Plan p = plan_along("index_copy", self, dim, index, Wrap::no);
  return record_inplace("IndexCopyBackward0", self, {self, source, index}, in(2), [&] { scatter_rows(p, self, raw_contiguous(source)); },
                        [=](Backward& b) {
                          if (b.needs(0)) b.grad(0, b.g().index_fill(dim, b.in(2), 0));
                          if (b.needs(1)) b.grad(1, rows_of_gradient(b.g(), dim, b.in(2), b.shape(1)));
                        });
}

// `number`: the value is no tensor of the caller's.
Tensor& fill_inplace(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& value, bool number) {
  check_vector("index_fill", index);
  WICK_CHECK(value.dim() == 0, "index_fill_ only supports a 0-dimensional value tensor, but got tensor with ", value.dim(), " dimension(s).");
  WICK_CHECK(!value.is_complex() || self.is_complex(), "index_fill_(): Converting complex Scalar to non-complex type is not supported");
  const Plan p = plan_along("index_fill", self, dim, index, Wrap::yes);
  const auto fill = [&] {
    // a 0-dim tensor may be filled by many indices, all 0
    Tensor rows = make_tensor(self.dim() ? p.result_sizes() : DimVec{index.numel()}, self.scalar_type());
    raw_copy(rows, value);
    scatter_rows(p, self, rows);
  };
  if (number) return record_inplace("IndexFillBackward0", self, {self, index}, in(1), fill, [=](Backward& b) { b.grad(0, b.g().index_fill(dim, b.in(1), 0)); });
  return record_inplace("IndexFillBackward1", self, {self, value, index}, in(2), fill, [=](Backward& b) {
    if (b.needs(0)) b.grad(0, b.g().index_fill(dim, b.in(2), 0));
    if (b.needs(1)) b.grad(1, (b.g() - b.g().index_fill(dim, b.in(2), 0)).sum());  // every filled element once
  });
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor index_select(const Tensor& self, int64_t dim, const Tensor& index) {
  check_vector("index_select", index);
  WICK_CHECK_TYPE(IndexError, self.dim() > 0 || index.numel() == 1, "index_select(): Index to scalar can have only 1 value, got ", index.numel(), " value(s)");
  return record("IndexSelectBackward0", {self, index}, in(1), [&] { return is_sparse(self) ? sparse_index_select(self, dim, index) : select_raw(self, dim, index); }, [=](Backward& b) {
    const Tensor zero = wick::zeros(b.shape(0), b.g().options().layout(kStrided));
    b.grad(0, zero.index_add(dim, b.in(1), b.g().to_dense()));
  });
}
Tensor& index_select_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index) {
  WICK_CHECK(out.scalar_type() == self.scalar_type(), "index_select(): self and result must have the same scalar type");
  return out_from("index_select", out, {self}, [&] { return wick::index_select(self, dim, index); });
}

Tensor& Tensor::index_add_(int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha) const { return add_inplace(*this, dim, index, source, alpha); }
Tensor index_add(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha) {
  check_source("index_add", self, dim, index, source);
  return working_copy(self, MemoryFormat::Contiguous).index_add_(dim, index, source, alpha);
}
Tensor& index_add_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha) {
  return out_from("index_add", out, {self, source}, [&] { return wick::index_add(self, dim, index, source, alpha); });
}

Tensor& Tensor::index_copy_(int64_t dim, const Tensor& index, const Tensor& source) const { return copy_inplace(*this, dim, index, source); }
Tensor index_copy(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source) {
  WICK_AUTOCAST(widest, index_copy, self, dim, index, source);
  check_source("index_copy", self, dim, index, source);
  return working_copy(self, MemoryFormat::Contiguous).index_copy_(dim, index, source);
}
Tensor& index_copy_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source) {
  return out_from("index_copy", out, {self, source}, [&] { return wick::index_copy(self, dim, index, source); });
}

Tensor& Tensor::index_fill_(int64_t dim, const Tensor& index, const Tensor& value) const { return fill_inplace(*this, dim, index, value, false); }
Tensor& Tensor::index_fill_(int64_t dim, const Tensor& index, const Scalar& value) const {
  return fill_inplace(*this, dim, index, make_scalar_tensor(value, scalar_type()), true);
}
Tensor index_fill(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& value) { return working_copy(self).index_fill_(dim, index, value); }
Tensor index_fill(const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value) { return working_copy(self).index_fill_(dim, index, value); }
Tensor& index_fill_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value) {
  return out_from("index_fill", out, {self}, [&] { return wick::index_fill(self, dim, index, value); });
}
Tensor& index_fill_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& value) {
  return out_from("index_fill", out, {self, value}, [&] { return wick::index_fill(self, dim, index, value); });
}

// The same as scatter_reduce with the index repeated over the other dimensions.
Tensor index_reduce(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce, bool include_self) {
  WICK_CHECK(reduce == "prod" || reduce == "mean" || reduce == "amax" || reduce == "amin",
             "index_reduce(): Expected reduce to be one of prod, mean, amax or amin but got ", reduce, ".");
  check_source("index_reduce", self, dim, index, source);
  DimVec shape(source.dim() ? static_cast<size_t>(source.dim()) : 0, 1);
  if (source.dim()) shape[static_cast<size_t>(wrap_dim(dim, self.dim(), "index_reduce"))] = index.numel();
  return self.scatter_reduce(dim, index.to(kLong).reshape(shape).expand(source.sizes()), source, reduce, include_self);
}
Tensor& Tensor::index_reduce_(int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce, bool include_self) const {
  return copy_(wick::index_reduce(*this, dim, index, source, reduce, include_self));
}
Tensor& index_reduce_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce, bool include_self) {
  return out_from("index_reduce", out, {self, source}, [&] { return wick::index_reduce(self, dim, index, source, reduce, include_self); });
}

}  // namespace wick::inline v1
