// Sorting, the largest k, the k-th, medians and modes.
#include "kernels/cpu/sort.h"
#include "kernels/cpu/sort_ties.h"

#include <limits>
#include <vector>

#include "ops/index_parts.h"
#include "ops/reduce_parts.h"

namespace wick::ops {
namespace {

using Pair = std::tuple<Tensor, Tensor>;

void check_sortable(const char* op, const Tensor& x) {
  if (x.is_complex()) throw NotImplementedError(str("\"", op, "\" not implemented for '", x.scalar_type(), "'"));
}
int64_t row_length(const Tensor& rows) { return rows.size(-1); }

// Gradient of values that were picked by index along dim.
auto picked_rule(int64_t dim, bool keepdim) {
  return [=](Backward& b) {
    if (b.g().defined()) b.grad(0, value_gradient(b.g(), dim, b.out(1), b.shape(0), keepdim));
  };
}

Pair sort_raw(const Tensor& x, int64_t dim, bool descending) {
  const Tensor rows = rows_of(x, dim);
  Tensor values = make_tensor(rows.sizes(), x.scalar_type()), indices = make_tensor(rows.sizes(), kLong);
  if (x.numel() > 0) {
    const int64_t n = row_length(rows);
    kernels::cpu::sort(x.scalar_type(), impl(rows)->data, impl(values)->data, typed<int64_t>(indices), x.numel() / n, n, descending);
  }
  const DimVec strides = x.is_non_overlapping_and_dense() ? DimVec(x.strides()) : result_strides({x}, x.sizes());
  return {rows_back(values, dim, x.sizes(), strides), rows_back(indices, dim, x.sizes(), strides)};
}

Pair topk_raw(const Tensor& x, int64_t dim, int64_t k, bool largest, bool sorted) {
  const Tensor rows = rows_of(x, dim);
  DimVec picked(rows.sizes()), sizes(x.sizes());
  picked.back() = k;
  if (x.dim()) sizes[static_cast<size_t>(dim)] = k;
  Tensor values = make_tensor(picked, x.scalar_type()), indices = make_tensor(picked, kLong);
  if (values.numel() > 0) {
    const int64_t n = row_length(rows);
    kernels::cpu::topk(x.scalar_type(), impl(rows)->data, impl(values)->data, typed<int64_t>(indices), x.numel() / n, n, k, largest, sorted);
  }
  if (x.dim() == 0 && k == 0) return {values, indices};
  const DimVec strides = contiguous_strides(sizes);
  return {rows_back(values, dim, sizes, strides), rows_back(indices, dim, sizes, strides)};
}

// One value and index for each row, by `pick(row, value, index)`.
template <class F>
Pair each_row(const Tensor& x, int64_t dim, bool keepdim, F pick) {
  const Tensor rows = rows_of(x, dim);
  const DimVec sizes = reduced_sizes(x.sizes(), DimMask().set(static_cast<size_t>(dim)), keepdim);
  Tensor values = make_tensor(sizes, x.scalar_type()), indices = make_tensor(sizes, kLong);
  const int64_t n = row_length(rows), bytes = static_cast<int64_t>(x.itemsize());
  for (int64_t r = 0, e = values.numel(); r < e; ++r) pick(impl(rows)->data + r * n * bytes, impl(values)->data + r * bytes, typed<int64_t>(indices) + r, n);
  return {values, indices};
}

// Number of NaNs in a row and the first of them.
std::pair<int64_t, int64_t> nans_of(ScalarType t, const void* row, int64_t n) {
  int64_t count = 0, first = -1;
  if (!is_floating_type(t)) return {0, -1};
  by_real_type("median", t, [&](auto unit) {
    const auto* x = static_cast<const decltype(unit)*>(row);
    for (int64_t k = 0; k < n; ++k)
      if (is_nan(x[k])) { ++count; if (first < 0) first = k; }
  });
  return {count, first};
}

void median_row(ScalarType t, const void* row, void* value, int64_t* index, int64_t n, bool ignore_nan) {
  const auto [nans, first] = nans_of(t, row, n);
  if (nans > 0 && (!ignore_nan || nans == n)) {
    const size_t bytes = element_size(t);
    std::memcpy(value, static_cast<const char*>(row) + static_cast<size_t>(first) * bytes, bytes);
    *index = first;
    return;
  }
  by_real_type("median", t, [&](auto unit) {
    using T = decltype(unit);
    const auto* x = static_cast<const T*>(row);
    auto keyed = kernels::cpu::keyed_row(x, n, false);
    const auto middle = keyed.begin() + (n - nans - 1) / 2;
    std::nth_element(keyed.begin(), middle, keyed.end());  // of equal elements by index
    *index = middle->index();
    *static_cast<T*>(value) = x[*index];
  });
}

Tensor median_all(const char* node, const Tensor& x, bool ignore_nan) {
  check_sortable("median", x);
  return record(node, {x}, in(0) | out(), [&] {
    Tensor r = make_tensor({}, x.scalar_type());
    if (x.numel() == 0) {
      if (x.is_floating_point()) raw_fill(r, std::numeric_limits<double>::quiet_NaN());
      else if (x.scalar_type() == kInt) raw_fill(r, static_cast<int64_t>(std::numeric_limits<int32_t>::min()));
      else raw_copy(r, make_scalar_tensor(std::numeric_limits<int64_t>::min(), kLong));
      return r;
    }
    int64_t index;
    const Tensor v = raw_contiguous(x);
    median_row(x.scalar_type(), impl(v)->data, impl(r)->data, &index, x.numel(), ignore_nan);
    return r;
  }, [](Backward& b) {
    const Tensor v = b.in(0), y = b.out();
    const Tensor hit = v.eq(y).logical_or(v.isnan().logical_and(y.isnan()));
    b.grad(0, b.g() * hit / hit.sum());
  });
}
Pair median_dim(const char* node, const char* op, const Tensor& x, int64_t dim, bool keepdim, bool ignore_nan) {
  check_sortable(op, x);
  const int64_t d = wrap_dim(dim, x.dim(), op);
  WICK_CHECK_TYPE(IndexError, x.dim() == 0 || x.size(d) > 0, op, "(): Expected reduction dim ", d, " to have non-zero size.");
  return record(node, {x}, out(1), [&] {
    return each_row(x, d, keepdim, [&](const void* row, void* v, int64_t* i, int64_t n) { median_row(x.scalar_type(), row, v, i, n, ignore_nan); });
  }, picked_rule(d, keepdim));
}

// The most frequent value of a row, the smallest of several, and its last place in the order that std::sort leaves
// (PyTorch's too: which of equal elements that is shows in the index, and NaN compares false).
template <class T>
void mode_of(std::vector<std::pair<T, int64_t>>& row, T* value, int64_t* index) {
  std::sort(row.begin(), row.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  int64_t best = 0, run = 0;
  for (size_t k = 0; k < row.size(); ++k) {
    ++run;
    if (k + 1 < row.size() && row[k].first == row[k + 1].first) continue;
    if (run > best) {
      best = run;
      *value = row[k].first;
      *index = row[k].second;
    }
    run = 0;
  }
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

std::tuple<Tensor, Tensor> sort(const Tensor& self, std::optional<bool>, int64_t dim, bool descending) {
  check_sortable("sort", self);
  const int64_t d = wrap_dim(dim, self.dim(), "sort");
  return record("SortBackward0", {self}, out(1), [&] { return sort_raw(self, d, descending); }, picked_rule(d, true));
}
std::tuple<Tensor, Tensor> sort(const Tensor& self, int64_t dim, bool descending) { return wick::sort(self, std::optional<bool>(), dim, descending); }
std::tuple<Tensor&, Tensor&> sort_out(Tensor& values, Tensor& indices, const Tensor& self, std::optional<bool> stable, int64_t dim, bool descending) {
  return out_pair("sort", values, indices, {self}, [&] { return wick::sort(self, stable, dim, descending); });
}
std::tuple<Tensor&, Tensor&> sort_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t dim, bool descending) {
  return wick::sort_out(values, indices, self, std::optional<bool>(), dim, descending);
}

Tensor argsort(const Tensor& self, bool stable, int64_t dim, bool descending) { return std::get<1>(wick::sort(self, std::optional<bool>(stable), dim, descending)); }
Tensor argsort(const Tensor& self, int64_t dim, bool descending) { return std::get<1>(wick::sort(self, std::optional<bool>(), dim, descending)); }
Tensor& argsort_out(Tensor& out, const Tensor& self, bool stable, int64_t dim, bool descending) {
  return out_from("argsort", out, {self}, [&] { return wick::argsort(self, stable, dim, descending); });
}
Tensor msort(const Tensor& self) { return std::get<0>(wick::sort(self, 0, false)); }
Tensor& msort_out(Tensor& out, const Tensor& self) { return out_from("msort", out, {self}, [&] { return wick::msort(self); }); }

std::tuple<Tensor, Tensor> topk(const Tensor& self, int64_t k, int64_t dim, bool largest, bool sorted) {
  check_sortable("topk", self);
  const int64_t d = wrap_dim(dim, self.dim(), "topk");
  WICK_CHECK(k >= 0 && k <= (self.dim() ? self.size(d) : 1), "topk: selected index k out of range: ", k, " of ", self.dim() ? self.size(d) : 1);
  return record("TopkBackward0", {self}, out(1), [&] { return topk_raw(self, d, k, largest, sorted); }, picked_rule(d, true));
}
std::tuple<Tensor&, Tensor&> topk_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t k, int64_t dim, bool largest, bool sorted) {
  return out_pair("topk", values, indices, {self}, [&] { return wick::topk(self, k, dim, largest, sorted); });
}

std::tuple<Tensor, Tensor> kthvalue(const Tensor& self, int64_t k, int64_t dim, bool keepdim) {
  check_sortable("kthvalue", self);
  const int64_t d = wrap_dim(dim, self.dim(), "kthvalue"), n = self.dim() ? self.size(d) : 1;
  WICK_CHECK_TYPE(IndexError, n > 0, "kthvalue(): Expected reduction dim ", d, " to have non-zero size.");
  WICK_CHECK(k >= 1 && k <= n, "kthvalue(): selected number k out of range for dimension ", d, ": ", k, " of ", n);
  return record("KthvalueBackward0", {self}, out(1), [&] {
    const Tensor rows = rows_of(self, d);
    const DimVec sizes = reduced_sizes(self.sizes(), DimMask().set(static_cast<size_t>(d)), keepdim);
    Tensor values = make_tensor(sizes, self.scalar_type()), indices = make_tensor(sizes, kLong);
    if (values.numel() > 0) kernels::cpu::kthvalue(self.scalar_type(), impl(rows)->data, impl(values)->data, typed<int64_t>(indices), values.numel(), n, k);
    return std::make_tuple(values, indices);
  }, picked_rule(d, keepdim));
}
std::tuple<Tensor&, Tensor&> kthvalue_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t k, int64_t dim, bool keepdim) {
  return out_pair("kthvalue", values, indices, {self}, [&] { return wick::kthvalue(self, k, dim, keepdim); });
}

#define WICK_MEDIAN(f, Node, ignore_nan)                                                                                              \
  Tensor f(const Tensor& self) { return median_all(Node "Backward0", self, ignore_nan); }                                             \
  std::tuple<Tensor, Tensor> f(const Tensor& self, int64_t dim, bool keepdim) {                                                       \
    return median_dim(Node "Backward1", #f, self, dim, keepdim, ignore_nan);                                                          \
  }                                                                                                                                   \
  Tensor& f##_out(Tensor& out, const Tensor& self) { return out_from(#f, out, {self}, [&] { return wick::f(self); }); }               \
  std::tuple<Tensor&, Tensor&> f##_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t dim, bool keepdim) {              \
    return out_pair(#f, values, indices, {self}, [&] { return wick::f(self, dim, keepdim); });                                        \
  }
WICK_MEDIAN(median, "Median", false)
WICK_MEDIAN(nanmedian, "Nanmedian", true)

std::tuple<Tensor, Tensor> mode(const Tensor& self, int64_t dim, bool keepdim) {
  check_sortable("mode", self);
  const int64_t d = wrap_dim(dim, self.dim(), "mode");
  WICK_CHECK_TYPE(IndexError, self.dim() == 0 || self.size(d) > 0, "mode(): Expected reduction dim ", d, " to have non-zero size.");
  return record("ModeBackward0", {self}, out(1), [&] {
    return each_row(self, d, keepdim, [&](const void* data, void* v, int64_t* i, int64_t n) {
      by_real_type("mode", self.scalar_type(), [&](auto unit) {
        using T = decltype(unit);
        std::vector<std::pair<T, int64_t>> row(static_cast<size_t>(n));
        for (int64_t k = 0; k < n; ++k) row[static_cast<size_t>(k)] = {static_cast<const T*>(data)[k], k};
        mode_of(row, static_cast<T*>(v), i);
      });
    });
  }, picked_rule(d, keepdim));
}
std::tuple<Tensor&, Tensor&> mode_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t dim, bool keepdim) {
  return out_pair("mode", values, indices, {self}, [&] { return wick::mode(self, dim, keepdim); });
}

}  // namespace wick::inline v1
