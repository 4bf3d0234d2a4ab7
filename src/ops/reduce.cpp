// Sums, means, products, and the reductions that answer with truth values and counts.
#include <complex>
#include <limits>

#include "autograd/autocast.h"
#include "ops/reduce_parts.h"
#include "ops/sparse.h"

namespace wick::ops {
namespace {

ScalarType sum_type(const Tensor& x, std::optional<ScalarType> dtype) {
  if (dtype) return *dtype;
  return is_integral_type(x.scalar_type(), true) ? kLong : x.scalar_type();
}
// The dtype an out= tensor asks for.
std::optional<ScalarType> or_type_of(std::optional<ScalarType> dtype, const Tensor& out) { return dtype ? dtype : out.scalar_type(); }

Tensor spread(Backward& b, const Tensor& g, const DimMask& mask, bool keepdim) {
  return unreduce(g, mask, static_cast<int64_t>(b.shape(0).size()), keepdim).expand(b.shape(0));
}

Tensor sum_of_sparse(const Tensor& x, const DimMask& mask, bool keepdim, ScalarType type) {
  std::vector<int64_t> dims;
  for (int64_t d = 0; d < x.dim(); ++d)
    if (mask[static_cast<size_t>(d)]) dims.push_back(d);
  Tensor r = sparse_sum(x, dims, type);
  if (keepdim)
    for (int64_t d : dims) r = r.unsqueeze(d);
  return r;
}

Tensor sum_impl(const Tensor& x, const DimMask& mask, bool keepdim, std::optional<ScalarType> dtype, const char* node = "SumBackward1") {
  check_defined("sum", {x});
  const ScalarType type = sum_type(x, dtype);
  return record(node, {x}, 0u, [&] { return is_sparse(x) ? sum_of_sparse(x, mask, keepdim, type) : reduce_raw(Reduce::sum, cast_for_sum(x, type), mask, keepdim, type); },
                [=](Backward& b) { b.grad(0, spread(b, b.g().to_dense(), mask, keepdim)); });
}

Tensor nansum_impl(const Tensor& x, const DimMask& mask, bool keepdim, std::optional<ScalarType> dtype) {
  const ScalarType type = sum_type(x, dtype);
  WICK_CHECK(!x.is_complex(), "nansum does not support complex inputs");
  return record("NansumBackward0", {x}, autograd::in(0),
                [&] { return reduce_raw(x.is_floating_point() ? Reduce::nansum : Reduce::sum, cast_for_sum(x, type), mask, keepdim, type); },
                [=](Backward& b) {
                  const Tensor g = unreduce(b.g(), mask, static_cast<int64_t>(b.shape(0).size()), keepdim);
                  b.grad(0, g.to(b.dtype(0)) * b.in(0).isnan().logical_not());
                });
}

Tensor mean_impl(const Tensor& x, const DimMask& mask, bool keepdim, std::optional<ScalarType> dtype, const char* node = "MeanBackward1") {
  check_defined("mean", {x});
  const ScalarType type = dtype.value_or(x.scalar_type());
  if (is_integral_type(type, true)) {
    if (dtype) throw Error(str("mean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. Got: ", type));
    throw Error(str("mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ", type));
  }
  // To a 16-bit type: rounded once, at the end.
  const bool narrow = (type == kHalf || type == kBFloat16) && x.scalar_type() != type;
  return record(node, {x}, 0u, [&] {
    if (is_complex_type(type) && reduced_count(x.sizes(), mask) == 0) {  // both parts are unknown
      const double nan = std::numeric_limits<double>::quiet_NaN();
      return wick::full(reduced_sizes(x.sizes(), mask, keepdim), Scalar(std::complex<double>(nan, nan)), TensorOptions(type));
    }
    return narrow ? reduce_raw(Reduce::mean, cast_for_sum(x, kFloat), mask, keepdim, kFloat).to(type)
                  : reduce_raw(Reduce::mean, cast_for_sum(x, type), mask, keepdim, type);
  },
                [=](Backward& b) {
                  const int64_t n = reduced_count(b.shape(0), mask);
                  b.grad(0, spread(b, b.g() / n, mask, keepdim));
                });
}

// --- Products ---------------------------------------------------------------------------------------------------

// d prod / d x_k as the product of the others: exclusive products from the left and from the right. Zeros are harmless.
Tensor others_product(const Tensor& x, int64_t dim) {
  if (x.size(dim) == 0) return x;
  const int64_t n = x.size(dim);
  DimVec one(x.sizes());
  one[static_cast<size_t>(dim)] = 1;
  const Tensor ones = wick::ones(one, x.options());
  const Tensor left = wick::cat({ones, x.narrow(dim, 0, n - 1)}, dim).cumprod(dim);
  const Tensor right = wick::cat({ones, x.narrow(dim, 1, n - 1).flip(dim)}, dim).cumprod(dim).flip(dim);
  return left * right;
}
bool has_zero(const Tensor& x) { return reduce_raw(Reduce::any, x.eq(0), DimMask().set(), false, kBool).item().toBool(); }

Tensor prod_gradient(const Tensor& g, const Tensor& x, const Tensor& y, int64_t dim) {
  if (x.dim() == 0) return g;
  if (x.numel() == 0) return wick::zeros_like(x);
  bool zero;
  {
    GateScope off(kGradOff);
    zero = has_zero(x.detach());
  }
  return g * (zero ? others_product(x, dim) : y / x).conj();
}

Tensor prod_impl(const Tensor& x, std::optional<int64_t> dim, bool keepdim, std::optional<ScalarType> dtype) {
  const ScalarType type = sum_type(x, dtype);
  const DimMask mask = dim ? dim_mask("prod", *dim, x.dim()) : DimMask().set();
  const int64_t at = dim ? wrap_dim(*dim, x.dim(), "prod") : 0;
  return record(dim ? "ProdBackward1" : "ProdBackward0", {x}, in(0) | out(), [&] { return reduce_raw(Reduce::prod, cast_for_sum(x, type), mask, keepdim, type); },
                [=, whole = !dim](Backward& b) {
                  const Tensor g = b.g();
                  const Tensor v = b.in(0).to(type), y = b.out();
                  if (whole) {
                    b.grad(0, prod_gradient(g, v.reshape({-1}), y, 0).reshape(b.shape(0)));
                  } else {
                    const auto n = static_cast<int64_t>(b.shape(0).size());
                    b.grad(0, prod_gradient(unreduce(g, mask, n, keepdim), v, unreduce(y, mask, n, keepdim), at));
                  }
                });
}

// --- Truth values and counts ------------------------------------------------------------------------------------

Tensor truth(Reduce op, const Tensor& x, const DimMask& mask, bool keepdim) {
  if (is_sparse(x) && op == Reduce::any && mask.all()) return truth(op, sparse_coalesce(x)._values(), mask, keepdim);
  const ScalarType type = x.scalar_type() == kByte ? kByte : kBool;  // as PyTorch has kept it for uint8
  Tensor r = reduce_raw(op, x, mask, keepdim, kBool);
  return type == kBool ? r : raw_contiguous(r, type);
}
Tensor& truth_out(const char* name, Reduce op, Tensor& out, const Tensor& x, const DimMask& mask, bool keepdim) {
  WICK_CHECK(out.scalar_type() == kBool || out.scalar_type() == kByte, name, " only supports bool tensor for result, got: ", out.scalar_type());
  return out_from(name, out, {x}, [&] { return truth(op, x, mask, keepdim); });
}
// all and any of an empty list of dimensions reduce nothing, unlike the others.
DimMask list_mask(const char* op, OptionalIntArrayRef dims, int64_t ndim) {
  if (dims && dims->empty()) return DimMask();
  return dim_mask(op, dims, ndim);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor sum(const Tensor& self, std::optional<ScalarType> dtype) { return sum_impl(self, DimMask().set(), false, dtype, "SumBackward0"); }
Tensor sum(const Tensor& self, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return sum_impl(self, dim_mask("sum", dim, self.dim()), keepdim, dtype);
}
Tensor& sum_out(Tensor& out, const Tensor& self, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return out_from("sum", out, {self}, [&] { return wick::sum(self, dim, keepdim, or_type_of(dtype, out)); });
}
Tensor& sum_out(Tensor& out, const Tensor& self, std::optional<ScalarType> dtype) { return sum_out(out, self, std::nullopt, false, dtype); }

Tensor nansum(const Tensor& self, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return nansum_impl(self, dim_mask("nansum", dim, self.dim()), keepdim, dtype);
}
Tensor& nansum_out(Tensor& out, const Tensor& self, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return out_from("nansum", out, {self}, [&] { return wick::nansum(self, dim, keepdim, or_type_of(dtype, out)); });
}

Tensor mean(const Tensor& self, std::optional<ScalarType> dtype) { return mean_impl(self, DimMask().set(), false, dtype, "MeanBackward0"); }
Tensor mean(const Tensor& self, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return mean_impl(self, dim_mask("mean", dim, self.dim()), keepdim, dtype);
}
Tensor& mean_out(Tensor& out, const Tensor& self, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return out_from("mean", out, {self}, [&] { return wick::mean(self, dim, keepdim, or_type_of(dtype, out)); });
}
Tensor& mean_out(Tensor& out, const Tensor& self, std::optional<ScalarType> dtype) { return mean_out(out, self, std::nullopt, false, dtype); }

Tensor nanmean(const Tensor& self, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  WICK_CHECK(self.is_floating_point() || self.is_complex(), "nanmean(): expected input to have floating point or complex dtype but got ", self.scalar_type());
  WICK_CHECK(!dtype || !is_integral_type(*dtype, true), "nanmean(): could not infer output dtype. Optional dtype must be either a floating point or complex dtype. Got: ", *dtype);
  const Tensor count = [&] {
    GateScope off(kGradOff);
    return wick::sum(self.detach().isnan().logical_not(), dim, keepdim);
  }();
  return wick::nansum(self, dim, keepdim, dtype) / count;
}
Tensor& nanmean_out(Tensor& out, const Tensor& self, OptionalIntArrayRef dim, bool keepdim, std::optional<ScalarType> dtype) {
  return out_from("nanmean", out, {self}, [&] { return wick::nanmean(self, dim, keepdim, dtype); });
}

Tensor prod(const Tensor& self, std::optional<ScalarType> dtype) {
  WICK_AUTOCAST(full, prod, self, dtype);
  return prod_impl(self, std::nullopt, false, dtype);
}
Tensor prod(const Tensor& self, int64_t dim, bool keepdim, std::optional<ScalarType> dtype) {
  WICK_AUTOCAST(full, prod, self, dim, keepdim, dtype);
  return prod_impl(self, dim, keepdim, dtype);
}
Tensor& prod_out(Tensor& out, const Tensor& self, int64_t dim, bool keepdim, std::optional<ScalarType> dtype) {
  return out_from("prod", out, {self}, [&] { return wick::prod(self, dim, keepdim, or_type_of(dtype, out)); });
}
Tensor& prod_out(Tensor& out, const Tensor& self, std::optional<ScalarType> dtype) {
  return out_from("prod", out, {self}, [&] { return wick::prod(self, or_type_of(dtype, out)); });
}

#define WICK_TRUTH(f)                                                                                                                              \
  Tensor f(const Tensor& self) { return truth(Reduce::f, self, DimMask().set(), false); }                                                       \
  Tensor f(const Tensor& self, int64_t dim, bool keepdim) { return truth(Reduce::f, self, dim_mask(#f, dim, self.dim()), keepdim); }             \
  Tensor f(const Tensor& self, OptionalIntArrayRef dim, bool keepdim) { return truth(Reduce::f, self, list_mask(#f, dim, self.dim()), keepdim); } \
  Tensor& f##_out(Tensor& out, const Tensor& self) { return truth_out(#f, Reduce::f, out, self, DimMask().set(), false); }                      \
  Tensor& f##_out(Tensor& out, const Tensor& self, int64_t dim, bool keepdim) {                                                                    \
    return truth_out(#f, Reduce::f, out, self, dim_mask(#f, dim, self.dim()), keepdim);                                                         \
  }                                                                                                                                                \
  Tensor& f##_out(Tensor& out, const Tensor& self, OptionalIntArrayRef dim, bool keepdim) {                                                        \
    return truth_out(#f, Reduce::f, out, self, list_mask(#f, dim, self.dim()), keepdim);                                                        \
  }
WICK_TRUTH(all)
WICK_TRUTH(any)

Tensor count_nonzero(const Tensor& self, IntArrayRef dim) {
  return reduce_raw(Reduce::count_nonzero, self, dim_mask("count_nonzero", dim, self.dim()), false, kLong);
}
Tensor count_nonzero(const Tensor& self, std::optional<int64_t> dim) {
  return reduce_raw(Reduce::count_nonzero, self, dim ? dim_mask("count_nonzero", *dim, self.dim()) : DimMask().set(), false, kLong);
}
Tensor& count_nonzero_out(Tensor& out, const Tensor& self, IntArrayRef dim) {
  return out_from("count_nonzero", out, {self}, [&] { return wick::count_nonzero(self, dim); });
}
Tensor& count_nonzero_out(Tensor& out, const Tensor& self, std::optional<int64_t> dim) {
  return out_from("count_nonzero", out, {self}, [&] { return wick::count_nonzero(self, dim); });
}

Tensor Tensor::sum_to_size(IntArrayRef size) const {
  const IntArrayRef have = sizes();
  if (have == size) return *this;
  const size_t lead = have.size() - std::min(have.size(), size.size());
  bool fits = have.size() >= size.size();
  for (size_t d = 0; fits && d < size.size(); ++d) fits = size[d] == 1 || size[d] == have[lead + d];
  WICK_CHECK(fits, "sum_to_size: size {", size, "} is not expandable to size {", have, "}.");
  DimMask mask;
  for (size_t d = 0; d < lead; ++d) mask[d] = true;
  for (size_t d = 0; d < size.size(); ++d)
    if (size[d] == 1 && have[lead + d] != 1) mask[lead + d] = true;
  Tensor r = sum_impl(*this, mask, true, mask.any() ? std::nullopt : std::optional(scalar_type()));
  return lead ? r.reshape(size) : r;
}

Tensor trace(const Tensor& self) {
  WICK_AUTOCAST(full, trace, self);
  WICK_CHECK(self.dim() == 2, "trace: expected a matrix, but got tensor with dim ", self.dim());
  return record("TraceBackward0", {self}, 0u, [&] {
    const int64_t n = std::min(self.size(0), self.size(1));
    return wick::sum(make_alias(self, {n}, {self.stride(0) + self.stride(1)}, self.storage_offset()));
  }, [](Backward& b) { b.grad(0, wick::eye(b.shape(0)[0], b.shape(0)[1], b.g().options()) * b.g()); });
}
Tensor& trace_out(Tensor& out, const Tensor& self) { return out_from("trace", out, {self}, [&] { return wick::trace(self); }); }

}  // namespace wick::inline v1
