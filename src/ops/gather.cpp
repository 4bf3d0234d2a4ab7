// gather, scatter and its reducing forms, take_along_dim.
#include <limits>

#include "ops/index_rows.h"
#include "ops/sparse.h"

namespace wick::ops {
namespace {

enum class Combine { set, sum, prod, amax, amin };

int64_t dims_of(const Tensor& t) { return t.dim() ? t.dim() : 1; }
int64_t size_of(const Tensor& t, int64_t d) { return t.dim() ? t.size(d) : 1; }

void check_index(const char* op, const Tensor& index) {
  WICK_CHECK(index.scalar_type() == kLong || index.scalar_type() == kInt, op, "(): Expected dtype int64 for index, got ", index.scalar_type());
}
void check_range(const Tensor& index, int64_t dim, int64_t size) {
  const int64_t* at = typed<int64_t>(index);
  for (int64_t k = 0, n = index.numel(); k < n; ++k)
    WICK_CHECK_TYPE(IndexError, at[k] >= 0 && at[k] < size, "index ", at[k], " is out of bounds for dimension ", dim, " with size ", size);
}
void check_gather(const Tensor& self, int64_t dim, const Tensor& index) {
  check_index("gather", index);
  if (index.numel() == 0) return;
  WICK_CHECK(dims_of(self) == dims_of(index), "gather(): Index tensor must have the same number of dimensions as input tensor: ", index.sizes(), " and ", self.sizes());
  for (int64_t d = 0; d < dims_of(self); ++d)
    WICK_CHECK(d == dim || size_of(index, d) <= size_of(self, d), "gather(): Size does not match at dimension ", d, " expected index ", index.sizes(),
               " to be no larger than self ", self.sizes(), " apart from dimension ", dim);
}
void check_scatter(const char* op, const Tensor& self, int64_t dim, const Tensor& index, const Tensor* src) {
  check_index(op, index);
  if (src) WICK_CHECK(self.scalar_type() == src->scalar_type(), op, "(): Expected self.dtype to be equal to src.dtype, got ", self.scalar_type(), " and ", src->scalar_type());
  if (index.numel() == 0) return;
  WICK_CHECK(dims_of(self) == dims_of(index), op, "(): Index tensor must have the same number of dimensions as self tensor: ", index.sizes(), " and ", self.sizes());
  if (src) WICK_CHECK(dims_of(*src) == dims_of(index), op, "(): Index tensor must have the same number of dimensions as src tensor: ", index.sizes(), " and ", src->sizes());
  for (int64_t d = 0; d < dims_of(self); ++d) {
    WICK_CHECK(d == dim || size_of(index, d) <= size_of(self, d), op, "(): Expected index ", index.sizes(), " to be no larger than self ", self.sizes(), " apart from dimension ", dim);
    if (src) WICK_CHECK(size_of(index, d) <= size_of(*src, d), op, "(): Expected index ", index.sizes(), " to be no larger in size than src ", src->sizes());
  }
}

// The shape of `index` around `dim`, and where its lines start in `self`.
struct Lines {
  std::vector<int64_t> outer, inner;
  int64_t n, stride;
  Lines(const Tensor& self, int64_t dim, const Tensor& index) {
    DimVec os, ost, is, ist;
    for (int64_t d = 0; d < index.dim(); ++d) {
      if (d == dim) continue;
      (d < dim ? os : is).push_back(index.size(d));
      (d < dim ? ost : ist).push_back(self.dim() ? self.stride(d) : 0);
    }
    outer = block_offsets(os, ost);
    inner = block_offsets(is, ist);
    n = index.dim() ? index.size(dim) : 1;
    stride = self.dim() ? self.stride(dim) : 0;
  }
  // f(position in the index, offset in self): in order along a line; lines in parallel, as they never meet.
  template <class F>
  void each(const int64_t* index, F f) const {
    const auto o = static_cast<int64_t>(outer.size()), in = static_cast<int64_t>(inner.size());
    auto part = [&](int64_t row, int64_t b, int64_t e) {
      for (int64_t k = 0; k < n; ++k) {
        const int64_t at = (row * n + k) * in, base = outer[static_cast<size_t>(row)];
        for (int64_t i = b; i < e; ++i) f(at + i, base + inner[static_cast<size_t>(i)] + index[at + i] * stride);
      }
    };
    constexpr int64_t kGrain = 16384;
    if (o == 1) wick::parallel_for(0, in, std::max<int64_t>(1, kGrain / std::max<int64_t>(n, 1)), [&](int64_t b, int64_t e) { part(0, b, e); });
    else wick::parallel_for(0, o, std::max<int64_t>(1, kGrain / std::max<int64_t>(n * in, 1)), [&](int64_t b, int64_t e) { for (int64_t r = b; r < e; ++r) part(r, 0, in); });
  }
};

Tensor gather_raw(const Tensor& self, int64_t dim, const Tensor& index) {
  Tensor r = make_tensor(index.sizes(), self.scalar_type());
  if (index.numel() == 0) return r;
  const Tensor idx = long_indices(index);
  check_range(idx, dim, size_of(self, dim));
  const Lines lines(self, dim, idx);
  by_size(self.itemsize(), [&](auto unit) {
    using T = decltype(unit);
    const T* src = typed<T>(self);
    T* dst = typed<T>(r);
    lines.each(typed<int64_t>(idx), [=](int64_t k, int64_t at) { dst[k] = src[at]; });
  });
  return r;
}

// Writes src (contiguous, of the index's shape) or one value into self.
void scatter_set(const Tensor& self, const Lines& lines, const Tensor& idx, const Tensor& src, int64_t step) {
  by_size(self.itemsize(), [&](auto unit) {
    using T = decltype(unit);
    const T* from = typed<T>(src);
    T* dst = typed<T>(self);
    lines.each(typed<int64_t>(idx), [=](int64_t k, int64_t at) { dst[at] = from[k * step]; });
  });
}
template <class T, class F>
void combine_lines(const Tensor& self, const Lines& lines, const Tensor& idx, const Tensor& src, F f) {
  const T* from = typed<T>(src);
  T* dst = typed<T>(self);
  lines.each(typed<int64_t>(idx), [=](int64_t k, int64_t at) { dst[at] = f(dst[at], from[k]); });
}
void scatter_combine(Combine how, const Tensor& self, const Lines& lines, const Tensor& idx, const Tensor& src) {
  if (how == Combine::sum || how == Combine::prod) {
    by_type(self.scalar_type(), [&](auto unit) {
      using T = decltype(unit);
      if (how == Combine::sum) combine_lines<T>(self, lines, idx, src, [](T a, T b) { return sum_of(a, b); });
      else combine_lines<T>(self, lines, idx, src, [](T a, T b) { return product_of(a, b); });
    });
    return;
  }
  by_real_type("scatter_reduce", self.scalar_type(), [&](auto unit) {
    using T = decltype(unit);
    if (how == Combine::amax) combine_lines<T>(self, lines, idx, src, [](T a, T b) { return is_nan(a) || !(a < b || is_nan(b)) ? a : b; });
    else combine_lines<T>(self, lines, idx, src, [](T a, T b) { return is_nan(a) || !(b < a || is_nan(b)) ? a : b; });
  });
}

void scatter_raw(Combine how, const Tensor& self, int64_t dim, const Tensor& idx, const Tensor& src) {
  if (idx.numel() == 0) return;
  const Lines lines(self, dim, idx);
  if (how == Combine::set) scatter_set(self, lines, idx, src, src.dim() == 0 && idx.numel() > 1 ? 0 : 1);
  else scatter_combine(how, self, lines, idx, src);
}

// The part of src that the index speaks of.
Tensor part_of(const Tensor& src, const Tensor& index) {
  Tensor r = src;
  for (int64_t d = 0; d < std::min(src.dim(), index.dim()); ++d)
    if (r.size(d) != index.size(d)) r = r.narrow(d, 0, index.size(d));
  return src.dim() == index.dim() ? r : r.reshape(index.sizes());
}

Tensor& scatter_inplace(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& whole) {
  const int64_t d = wrap_dim(dim, self.dim(), "scatter");
  check_scatter("scatter", self, d, index, &whole);
  const Tensor src = index.numel() ? part_of(whole, index) : whole;
  const Tensor idx = long_indices(index);
  check_range(idx, d, size_of(self, d));
  return record_inplace("ScatterBackward0", self, {self, src, index}, in(2), [&] { scatter_raw(Combine::set, self, d, idx, raw_contiguous(src)); }, [=](Backward& b) {
    if (b.needs(0)) b.grad(0, b.g().scatter(d, b.in(2), 0));
    if (b.needs(1)) b.grad(1, b.g().gather(d, b.in(2)));
  });
}
Tensor& scatter_value_inplace(const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value) {
  const int64_t d = wrap_dim(dim, self.dim(), "scatter");
  check_scatter("scatter", self, d, index, nullptr);
  const Tensor v = make_scalar_tensor(value, self.scalar_type());
  const Tensor idx = long_indices(index);
  check_range(idx, d, size_of(self, d));
  return record_inplace("ScatterBackward1", self, {self, index}, in(1), [&] { scatter_raw(Combine::set, self, d, idx, v); },
                        [=](Backward& b) { b.grad(0, b.g().scatter(d, b.in(1), 0)); });
}
Tensor& scatter_add_inplace(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& whole) {
  const int64_t d = wrap_dim(dim, self.dim(), "scatter_add");
  check_scatter("scatter_add", self, d, index, &whole);
  const Tensor src = index.numel() ? part_of(whole, index) : whole;
  const Tensor idx = long_indices(index);
  check_range(idx, d, size_of(self, d));
  return record_inplace("ScatterAddBackward0", self, {self, src, index}, in(2), [&] { scatter_raw(Combine::sum, self, d, idx, raw_contiguous(src)); }, [=](Backward& b) {
    if (b.needs(0)) b.grad(0, b.g());
    if (b.needs(1)) b.grad(1, b.g().gather(d, b.in(2)));
  });
}

// --- scatter_reduce ----------------------------------------------------------------------------------------------

Scalar identity_of(Combine how, ScalarType t) {
  if (how == Combine::prod) return 1;
  if (how == Combine::sum) return 0;
  Scalar r = 0;
  by_real_type("scatter_reduce", t, [&](auto unit) {
    using L = std::numeric_limits<decltype(unit)>;
    if constexpr (L::has_infinity) r = how == Combine::amax ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    else if constexpr (std::is_same_v<decltype(unit), bool>) r = how != Combine::amax;
    else r = how == Combine::amax ? static_cast<int64_t>(L::lowest()) : static_cast<int64_t>(L::max());
  });
  return r;
}

struct ReduceRule {
  Combine how;
  bool mean, include_self;
  int64_t dim;
  std::string_view name() const { return mean ? "mean" : how == Combine::sum ? "sum" : how == Combine::prod ? "prod" : how == Combine::amax ? "amax" : "amin"; }

  void mean_gradient(const Tensor& g, const Tensor& src, const Tensor& index, Tensor& gs, Tensor& gx) const {
    Tensor n = include_self ? wick::ones_like(g) : wick::zeros_like(g);
    n = n.scatter_add(dim, index, wick::ones_like(src));
    n = n.masked_fill(n.eq(0), 1);
    gs = g / n;
    gx = gs.gather(dim, index);
  }
  // Others' products, with care for zeros: one zero among the factors leaves it alone a gradient.
  void prod_gradient(const Tensor& g, const Tensor& self, const Tensor& src, const Tensor& index, const Tensor& y, Tensor& gs, Tensor& gx) const {
    const Tensor filled = self.masked_fill(self.eq(0), 1);
    gs = g * filled.scatter_reduce(dim, index, src, "prod", include_self) / filled;
    const Tensor zero = src.eq(0);
    const Tensor zeros = wick::zeros_like(self).scatter_add(dim, index, zero.to(self.scalar_type())).gather(dim, index);
    const Tensor single = zero.logical_and(zeros.eq(1));
    const Tensor others = self.scatter_reduce(dim, index, src.masked_fill(single, 1), "prod", include_self);
    gx = wick::where(single, (g * others).gather(dim, index), (g * y).gather(dim, index) / src.masked_fill(zero, 1));
  }
  void extreme_gradient(const Tensor& g, const Tensor& self, const Tensor& src, const Tensor& index, const Tensor& y, Tensor& gs, Tensor& gx) const {
    const Tensor from_self = self.eq(y).to(g.scalar_type()), from_src = src.eq(y.gather(dim, index)).to(g.scalar_type());
    const Tensor share = g / from_self.scatter_add(dim, index, from_src);
    gs = from_self * share;
    gx = from_src * share.gather(dim, index);
  }
  void operator()(Backward& b) const {
    const Tensor g = b.g(), index = b.in(2);
    Tensor gs, gx;
    if (mean) mean_gradient(g, b.in(1), index, gs, gx);
    else if (how == Combine::sum) { gs = g; gx = g.gather(dim, index); }
    else if (how == Combine::prod) prod_gradient(g, b.in(0), b.in(1), index, b.out(), gs, gx);
    else extreme_gradient(g, b.in(0), b.in(1), index, b.out(), gs, gx);
    if (!include_self) gs = gs.scatter(dim, index, 0);
    if (b.needs(0)) b.grad(0, gs);
    if (b.needs(1)) b.grad(1, gx);
  }
};

void reduce_raw_into(const ReduceRule& r, const Tensor& self, const Tensor& idx, const Tensor& src) {
  if (!r.include_self) scatter_raw(Combine::set, self, r.dim, idx, make_scalar_tensor(identity_of(r.how, self.scalar_type()), self.scalar_type()));
  scatter_raw(r.how, self, r.dim, idx, src);
  if (!r.mean) return;
  Tensor n = make_tensor(self.sizes(), self.scalar_type()), one = make_tensor(src.sizes(), self.scalar_type());
  raw_fill(n, r.include_self ? 1 : 0);
  raw_fill(one, 1);
  scatter_raw(Combine::sum, n, r.dim, idx, one);
  n.masked_fill_(n.eq(0), 1);
  if (is_integral_type(self.scalar_type(), true)) self.div_(n, "floor");
  else self.div_(n);
}

ReduceRule rule_of(const Tensor& self, int64_t dim, std::string_view reduce, bool include_self) {
  ReduceRule r{Combine::sum, reduce == "mean", include_self, wrap_dim(dim, self.dim(), "scatter_reduce")};
  if (reduce == "prod") r.how = Combine::prod;
  else if (reduce == "amax") r.how = Combine::amax;
  else if (reduce == "amin") r.how = Combine::amin;
  else WICK_CHECK(reduce == "sum" || reduce == "mean", "reduce argument must be either sum, prod, mean, amax or amin, got ", reduce, ".");
  return r;
}
Tensor& scatter_reduce_inplace(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& whole, std::string_view reduce, bool include_self) {
  const ReduceRule r = rule_of(self, dim, reduce, include_self);
  check_scatter("scatter_reduce", self, r.dim, index, &whole);
  const Tensor src = index.numel() ? part_of(whole, index) : whole;
  const Tensor idx = long_indices(index);
  check_range(idx, r.dim, size_of(self, r.dim));
  if (r.how == Combine::amax || r.how == Combine::amin) by_real_type("scatter_reduce", self.scalar_type(), [](auto) {});
  const bool values = r.how != Combine::sum;
  return record_inplace("ScatterReduceBackward0", self, {self, src, index}, values ? in(0) | in(1) | in(2) | out() : in(1) | in(2),
                        [&] { reduce_raw_into(r, self, idx, raw_contiguous(src)); }, r);
}

// The old `reduce` argument of scatter.
std::string_view old_reduce(std::string_view reduce) {
  WICK_CHECK(reduce == "add" || reduce == "multiply", "reduce argument must be either add or multiply, got ", reduce);
  return reduce == "add" ? "sum" : "prod";
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor gather(const Tensor& self, int64_t dim, const Tensor& index, bool sparse_grad) {
  const int64_t d = wrap_dim(dim, self.dim(), "gather");
  check_gather(self, d, index);
  return record("GatherBackward0", {self, index}, in(1), [&] { return gather_raw(self, d, index); }, [=](Backward& b) {
    b.grad(0, sparse_grad ? sparse_scatter(b.g(), b.shape(0), d, b.in(1)) : wick::zeros(b.shape(0), b.g().options()).scatter_add(d, b.in(1), b.g()));
  });
}
Tensor& gather_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, bool sparse_grad) {
  return out_from("gather", out, {self}, [&] { return wick::gather(self, dim, index, sparse_grad); });
}

Tensor& Tensor::scatter_(int64_t dim, const Tensor& index, const Tensor& src) const { return scatter_inplace(*this, dim, index, src); }
Tensor& Tensor::scatter_(int64_t dim, const Tensor& index, const Scalar& value) const { return scatter_value_inplace(*this, dim, index, value); }
Tensor& Tensor::scatter_(int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce) const {
  return scatter_reduce_inplace(*this, dim, index, src, old_reduce(reduce), true);
}
Tensor& Tensor::scatter_(int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce) const {
  return scatter_reduce_inplace(*this, dim, index, wick::full(index.sizes(), value, options()), old_reduce(reduce), true);
}
Tensor& Tensor::scatter_add_(int64_t dim, const Tensor& index, const Tensor& src) const { return scatter_add_inplace(*this, dim, index, src); }
Tensor& Tensor::scatter_reduce_(int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce, bool include_self) const {
  return scatter_reduce_inplace(*this, dim, index, src, reduce, include_self);
}

// f and f_out from f_, with a contiguous result.
#define WICK_SCATTER(f, params, args)                                                                        \
  Tensor f(const Tensor& self, int64_t dim, const Tensor& index, params) { return working_copy(self, MemoryFormat::Contiguous).f##_(dim, index, args); } \
  Tensor& f##_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, params) {              \
    return out_from(#f, out, {self}, [&] { return wick::f(self, dim, index, args); });                      \
  }
#define WICK_COMMA ,
WICK_SCATTER(scatter, const Tensor& src, src)
WICK_SCATTER(scatter, const Scalar& value, value)
WICK_SCATTER(scatter, const Tensor& src WICK_COMMA std::string_view reduce, src WICK_COMMA reduce)
WICK_SCATTER(scatter, const Scalar& value WICK_COMMA std::string_view reduce, value WICK_COMMA reduce)
WICK_SCATTER(scatter_add, const Tensor& src, src)
WICK_SCATTER(scatter_reduce, const Tensor& src WICK_COMMA std::string_view reduce WICK_COMMA bool include_self, src WICK_COMMA reduce WICK_COMMA include_self)

Tensor take_along_dim(const Tensor& self, const Tensor& indices, std::optional<int64_t> dim) {
  WICK_CHECK(indices.scalar_type() == kLong, "torch.take_along_dim(): dtype of indices should be Long but got ", indices.scalar_type());
  if (!dim) return self.reshape({-1}).gather(0, indices.reshape({-1}));
  WICK_CHECK(self.dim() == indices.dim(), "torch.take_along_dim(): input and indices should have the same number of dimensions, but got ", self.dim(),
             " dimensions for input, and ", indices.dim(), " dimensions for indices");
  const int64_t d = wrap_dim(*dim, self.dim(), "take_along_dim");
  if (self.dim() == 0) return self.gather(0, indices);
  DimVec a(self.sizes()), b(indices.sizes());
  const auto k = static_cast<size_t>(d);
  a[k] = b[k] = 1;
  DimVec full = broadcast_shape("take_along_dim", a, b);
  DimVec sa(full), sb(full);
  sa[k] = self.size(d);
  sb[k] = indices.size(d);
  return self.expand(sa).gather(d, indices.expand(sb));
}
Tensor& take_along_dim_out(Tensor& out, const Tensor& self, const Tensor& indices, std::optional<int64_t> dim) {
  return out_from("take_along_dim", out, {self}, [&] { return wick::take_along_dim(self, indices, dim); });
}

}  // namespace wick::inline v1
