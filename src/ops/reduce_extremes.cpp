// Largest and smallest elements, and where they are.
#include "ops/reduce_parts.h"

namespace wick::ops {
namespace {

void check_real(const char* op, const Tensor& x) {
  if (x.is_complex()) throw NotImplementedError(str("\"", op, "\" not implemented for '", x.scalar_type(), "'"));
}
// These have no value for nothing.
void check_not_empty(const char* op, const Tensor& x, const DimMask& mask, bool whole) {
  if (x.numel() > 0) return;
  WICK_CHECK_TYPE(IndexError, !whole, op, "(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.");
  for (size_t d = 0; d < x.sizes().size(); ++d)
    WICK_CHECK_TYPE(IndexError, !mask[d] || x.sizes()[d] != 0, op, "(): Expected reduction dim ", d, " to have non-zero size.");
}

// The gradient in equal parts to all elements that have the extreme value.
// Among NaN every one is hit for the whole tensor (`nan_hits`); along dimensions none, and the gradient is NaN.
Tensor to_ties(const Tensor& g, const Tensor& x, const Tensor& y, const DimMask& mask, bool keepdim, bool nan_hits) {
  const int64_t n = x.dim();
  const Tensor full = unreduce(y, mask, n, keepdim), up = unreduce(g, mask, n, keepdim);
  Tensor hit, count;
  {
    GateScope off(kGradOff);
    hit = x.detach().eq(full.detach());
    if (nan_hits) hit = hit.logical_or(x.detach().isnan().logical_and(full.detach().isnan()));
    count = reduce_raw(Reduce::sum, hit, mask, true, kLong);
  }
  return up * hit / (n == 0 ? count.reshape({}) : count);
}

Tensor extreme(const char* node, const char* op, Reduce k, const Tensor& x, const DimMask& mask, bool whole, bool keepdim, bool nan_hits) {
  check_real(op, x);
  check_not_empty(op, x, mask, whole);
  return record(node, {x}, in(0) | out(), [&] { return reduce_raw(k, x, mask, keepdim, x.scalar_type()); },
                [=](Backward& b) { b.grad(0, to_ties(b.g(), b.in(0), b.out(), mask, keepdim, nan_hits)); });
}

using Pair = std::tuple<Tensor, Tensor>;
Pair extreme_at(const char* node, const char* op, bool largest, const Tensor& x, int64_t dim, bool keepdim) {
  check_real(op, x);
  const DimMask mask = dim_mask(op, dim, x.dim());
  const int64_t d = wrap_dim(dim, x.dim(), op);
  check_not_empty(op, x, mask, false);
  return record(node, {x}, out(1), [&]() -> Pair {
    const Block b = block_of(x, mask);
    Tensor indices;
    Tensor values = block_result(b, x.sizes(), mask, keepdim, x.scalar_type(), [&](void* v) {
      indices = block_result(b, x.sizes(), mask, keepdim, kLong, [&](void* i) {
        kernels::cpu::min_max_index(largest, x.scalar_type(), impl(b.in)->data, v, static_cast<int64_t*>(i), b.span.outer, b.span.n, b.span.inner);
      });
    });
    if (!indices.defined()) indices = make_tensor(values.sizes(), kLong);
    return {values, indices};
  }, [=](Backward& b) {
    if (b.g().defined()) b.grad(0, value_gradient(b.g(), d, b.out(1), b.shape(0), keepdim));
  });
}

Tensor arg_extreme(const char* op, Reduce k, const Tensor& x, std::optional<int64_t> dim, bool keepdim) {
  check_real(op, x);
  WICK_CHECK(x.scalar_type() != kBool, op, "(): does not support bool input");
  const DimMask mask = dim ? dim_mask(op, *dim, x.dim()) : DimMask().set();
  check_not_empty(op, x, mask, !dim);
  if (dim) return reduce_raw(k, x, mask, keepdim, kLong);
  const Tensor whole = raw_contiguous(x);
  Tensor r = make_tensor(reduced_sizes(x.sizes(), mask, keepdim), kLong);
  kernels::cpu::reduce(k, x.scalar_type(), impl(whole)->data, kLong, impl(r)->data, 1, x.numel(), 1);
  return r;
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

#define WICK_EXTREME(f, Node, ANode, af, argf, fold, largest, k, argk)                                                                          \
  Tensor af(const Tensor& self, IntArrayRef dim, bool keepdim) {                                                                         \
    return extreme(ANode "Backward0", #af, k, self, dim_mask(#af, dim, self.dim()), dim.empty(), keepdim, false);                   \
  }                                                                                                                                      \
  Tensor& af##_out(Tensor& out, const Tensor& self, IntArrayRef dim, bool keepdim) {                                                     \
    WICK_CHECK(out.scalar_type() == self.scalar_type(), #af ": Expected the dtype for input and out to match, but got ",                 \
               self.scalar_type(), " for input's dtype and ", out.scalar_type(), " for out's dtype.");                                   \
    return out_from(#af, out, {self}, [&] { return wick::af(self, dim, keepdim); });                                                     \
  }                                                                                                                                      \
  Tensor f(const Tensor& self) { return extreme(#Node "Backward1", #f, k, self, DimMask().set(), true, false, true); }                   \
  Tensor& f##_out(Tensor& out, const Tensor& self) { return out_from(#f, out, {self}, [&] { return wick::f(self); }); }                  \
  std::tuple<Tensor, Tensor> f(const Tensor& self, int64_t dim, bool keepdim) {                                                          \
    return extreme_at(#Node "Backward0", #f, largest, self, dim, keepdim);                                                               \
  }                                                                                                                                      \
  std::tuple<Tensor&, Tensor&> f##_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t dim, bool keepdim) {                 \
    return out_pair(#f, values, indices, {self}, [&] { return wick::f(self, dim, keepdim); });                                           \
  }                                                                                                                                      \
  Tensor f(const Tensor& self, const Tensor& other) { return wick::fold(self, other); }                                                  \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& other) { return wick::fold##_out(out, self, other); }                   \
  Tensor argf(const Tensor& self, std::optional<int64_t> dim, bool keepdim) { return arg_extreme(#argf, argk, self, dim, keepdim); }     \
  Tensor& argf##_out(Tensor& out, const Tensor& self, std::optional<int64_t> dim, bool keepdim) {                                        \
    WICK_CHECK(out.scalar_type() == kLong, "Expected out tensor to have dtype long int, but got ", out.scalar_type(), " instead");       \
    return out_from(#argf, out, {self}, [&] { return wick::argf(self, dim, keepdim); });                                                 \
  }
WICK_EXTREME(max, Max, "Amax", amax, argmax, maximum, true, Reduce::max, Reduce::argmax)
WICK_EXTREME(min, Min, "Amin", amin, argmin, minimum, false, Reduce::min, Reduce::argmin)

std::tuple<Tensor, Tensor> aminmax(const Tensor& self, std::optional<int64_t> dim, bool keepdim) {
  check_real("aminmax", self);
  const DimMask mask = dim ? dim_mask("aminmax", *dim, self.dim()) : DimMask().set();
  if (!dim) WICK_CHECK(self.numel() > 0, "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.");
  check_not_empty("aminmax", self, mask, false);
  const ScalarType t = self.scalar_type();
  return record("AminmaxBackward0", {self}, in(0) | out(0) | out(1),
                [&] { return std::make_tuple(reduce_raw(Reduce::min, self, mask, keepdim, t), reduce_raw(Reduce::max, self, mask, keepdim, t)); },
                [=](Backward& b) {
                  if (b.g(0).defined()) b.grad(0, to_ties(b.g(0), b.in(0), b.out(0), mask, keepdim, false));
                  if (b.g(1).defined()) b.grad(0, to_ties(b.g(1), b.in(0), b.out(1), mask, keepdim, false));
                });
}
std::tuple<Tensor&, Tensor&> aminmax_out(Tensor& min, Tensor& max, const Tensor& self, std::optional<int64_t> dim, bool keepdim) {
  return out_pair("aminmax", min, max, {self}, [&] { return wick::aminmax(self, dim, keepdim); });
}

}  // namespace wick::inline v1
