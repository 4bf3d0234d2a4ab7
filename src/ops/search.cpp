// Searching in sorted sequences, distinct values, one-hot.
#include <algorithm>
#include <numeric>

#include "kernels/cpu/sort.h"
#include "ops/index_parts.h"
#include "ops/reduce_parts.h"

namespace wick::ops {
namespace {

// --- searchsorted ---------------------------------------------------------------------------------------------------

// First position in a row whose value is not below x (right: is above x), through `order` if there is one.
template <class T>
int64_t position(const T* row, const int64_t* order, int64_t n, T x, bool right) {
  int64_t b = 0, e = n;
  while (b < e) {
    const int64_t mid = b + (e - b) / 2;
    const T v = row[order ? order[mid] : mid];
    if (right ? !(v > x) : !(v >= x)) b = mid + 1;
    else e = mid;
  }
  return b;
}

bool to_the_right(bool right, std::optional<std::string_view> side) {
  if (!side) return right;
  WICK_CHECK(*side == "left" || *side == "right", "torch.searchsorted(): side can only be 'left' or 'right' but got ", *side);
  WICK_CHECK(*side == "right" || !right, "torch.searchsorted(): side and right can't be set to opposites, got side of ", *side, " while right was True");
  return *side == "right";
}

void check_search(const Tensor& edges, const Tensor& x, const std::optional<Tensor>& sorter) {
  WICK_CHECK(edges.dim() > 0, "torch.searchsorted(): boundaries tensor should have positive dimension, but got 0 dimension");
  if (x.dim() == 0) WICK_CHECK(edges.dim() == 1, "torch.searchsorted(): input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor dim(", edges.dim(), ")");
  bool alike = edges.dim() == 1 || edges.dim() == x.dim();
  for (int64_t d = 0; alike && edges.dim() > 1 && d + 1 < x.dim(); ++d) alike = edges.size(d) == x.size(d);
  WICK_CHECK(alike, "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor ",
             edges.sizes(), " and input value tensor ", x.sizes());
  if (!sorter || !sorter->defined()) return;
  WICK_CHECK(sorter->sizes() == edges.sizes(), "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor ", edges.sizes(), " and got sorter tensor ", sorter->sizes());
  WICK_CHECK(sorter->scalar_type() == kLong, "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype ", sorter->scalar_type());
  const Tensor s = long_indices(*sorter);
  for (int64_t k = 0, n = s.numel(); k < n; ++k)
    WICK_CHECK(typed<int64_t>(s)[k] >= 0 && typed<int64_t>(s)[k] < edges.size(-1), "torch.searchsorted(): sorter index out of range");
}

Tensor search_raw(const Tensor& sequence, const Tensor& x, bool out_int32, bool right, const std::optional<Tensor>& sorter) {
  check_search(sequence, x, sorter);
  const ScalarType t = result_type_of({sequence, x});
  const Tensor edges = raw_contiguous(sequence, t), values = raw_contiguous(x, t);
  const Tensor order = sorter && sorter->defined() ? long_indices(*sorter) : Tensor();
  Tensor r = make_tensor(x.sizes(), kLong);
  if (x.numel() > 0) {
    const int64_t n = edges.size(-1), per_row = edges.dim() == 1 ? x.numel() : std::max<int64_t>(x.size(-1), 1);
    by_real_type("searchsorted", t, [&](auto unit) {
      using T = decltype(unit);
      wick::parallel_for(0, x.numel(), 4096, [&](int64_t b, int64_t e) {
        for (int64_t k = b; k < e; ++k) {
          const int64_t row = k / per_row * n;
          typed<int64_t>(r)[k] = position(typed<T>(edges) + row, order.defined() ? typed<int64_t>(order) + row : nullptr, n, typed<T>(values)[k], right);
        }
      });
    });
  }
  if (!out_int32) return r;
  WICK_CHECK(sequence.size(-1) < (int64_t{1} << 31), "torch.searchsorted(): the size of boundaries' last dimension should be less than 2^31");
  return raw_contiguous(r, kInt);
}
void check_edges(const Tensor& boundaries) {
  WICK_CHECK(boundaries.dim() == 1, "boundaries tensor must be 1 dimension, but got dim(", boundaries.dim(), ")");
}

// --- Distinct values ------------------------------------------------------------------------------------------------

using Triple = std::tuple<Tensor, Tensor, Tensor>;

// Groups of equal neighbours: which group each element belongs to, and where groups begin.
struct Groups {
  std::vector<int64_t> first, of;
  template <class Equal>
  Groups(int64_t n, Equal equal_to_previous) : of(static_cast<size_t>(n)) {
    for (int64_t k = 0; k < n; ++k) {
      if (k == 0 || !equal_to_previous(k)) first.push_back(k);
      of[static_cast<size_t>(k)] = static_cast<int64_t>(first.size()) - 1;
    }
  }
  int64_t size() const { return static_cast<int64_t>(first.size()); }
  Tensor counts(bool wanted) const {
    Tensor c = make_tensor({wanted ? size() : 0}, kLong);
    for (int64_t k = 0; wanted && k < size(); ++k)
      typed<int64_t>(c)[k] = (k + 1 < size() ? first[static_cast<size_t>(k + 1)] : static_cast<int64_t>(of.size())) - first[static_cast<size_t>(k)];
    return c;
  }
  // The group of each element of the original order; `from` says where sorted ones came from (null: they are in place).
  Tensor inverse(bool wanted, IntArrayRef shape, const int64_t* from) const {
    if (!wanted) return make_tensor({0}, kLong);
    Tensor r = make_tensor(shape, kLong);
    for (size_t k = 0; k < of.size(); ++k) typed<int64_t>(r)[from ? from[k] : static_cast<int64_t>(k)] = of[k];
    return r;
  }
};

void check_unique(const char* op, const Tensor& x) {
  if (x.is_complex()) throw NotImplementedError(str("\"", op, "\" not implemented for '", x.scalar_type(), "'"));
}

// Distinct values of all elements; `sort` first, or neighbours only.
Triple unique_flat(const char* op, const Tensor& self, bool sort, bool inverse, bool counts) {
  check_unique(op, self);
  const Tensor x = raw_contiguous(self);
  const int64_t n = x.numel();
  Tensor sorted = x, from;
  if (sort && n > 0) {
    sorted = make_tensor({n}, x.scalar_type());
    from = make_tensor({n}, kLong);
    kernels::cpu::sort(x.scalar_type(), impl(x)->data, impl(sorted)->data, typed<int64_t>(from), 1, n, false);
  }
  Triple r;
  by_real_type(op, x.scalar_type(), [&](auto unit) {
    using T = decltype(unit);
    const T* v = typed<T>(sorted);
    const Groups g(n, [&](int64_t k) { return v[k] == v[k - 1]; });
    Tensor values = make_tensor({g.size()}, x.scalar_type());
    for (int64_t k = 0; k < g.size(); ++k) typed<T>(values)[k] = v[g.first[static_cast<size_t>(k)]];
    r = {values, g.inverse(inverse, self.sizes(), from.defined() ? typed<int64_t>(from) : nullptr), g.counts(counts)};
  });
  return r;
}

// Distinct slices along dim.
Triple unique_slices(const char* op, const Tensor& self, int64_t dim, bool sort, bool inverse, bool counts) {
  check_unique(op, self);
  const int64_t d = wrap_dim(dim, self.dim(), op);
  WICK_CHECK(self.dim() > 0, op, ": a 0-dim tensor has no slices");
  const int64_t n = self.size(d);
  for (int64_t k = 0; k < self.dim(); ++k)
    WICK_CHECK(k == d || self.size(k) != 0 || n == 0, "There are 0 sized dimensions, and they aren't selected, so unique cannot be applied");
  GateScope off(kGradOff);
  const Tensor rows = raw_contiguous(self.movedim(d, 0));
  const int64_t m = n ? rows.numel() / n : 0;
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  Triple r;
  by_real_type(op, self.scalar_type(), [&](auto unit) {
    using T = decltype(unit);
    const T* v = typed<T>(rows);
    if (sort)
      std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return std::lexicographical_compare(v + a * m, v + (a + 1) * m, v + b * m, v + (b + 1) * m); });
    const Groups g(n, [&](int64_t k) {
      const T *a = v + order[static_cast<size_t>(k)] * m, *b = v + order[static_cast<size_t>(k - 1)] * m;
      return std::equal(a, a + m, b);
    });
    Tensor pick = make_tensor({g.size()}, kLong);
    for (int64_t k = 0; k < g.size(); ++k) typed<int64_t>(pick)[k] = order[static_cast<size_t>(g.first[static_cast<size_t>(k)])];
    r = {rows.index_select(0, pick).movedim(0, d), g.inverse(inverse, {n}, order.data()), g.counts(counts)};
  });
  return r;
}

std::tuple<Tensor&, Tensor&, Tensor&> out_triple(const char* name, Tensor& a, Tensor& b, Tensor& c, const Tensor& self, const Triple& r) {
  out_from(name, a, {self}, [&] { return std::get<0>(r); });
  out_from(name, b, {self}, [&] { return std::get<1>(r); });
  out_from(name, c, {self}, [&] { return std::get<2>(r); });
  return {a, b, c};
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor searchsorted(const Tensor& sorted_sequence, const Tensor& self, bool out_int32, bool right, std::optional<std::string_view> side, const std::optional<Tensor>& sorter) {
  return search_raw(sorted_sequence, self, out_int32, to_the_right(right, side), sorter);
}
Tensor searchsorted(const Tensor& sorted_sequence, const Scalar& self, bool out_int32, bool right, std::optional<std::string_view> side, const std::optional<Tensor>& sorter) {
  return search_raw(sorted_sequence, wrapped_scalar(self), out_int32, to_the_right(right, side), sorter);
}
Tensor& searchsorted_out(Tensor& out, const Tensor& sorted_sequence, const Tensor& self, bool out_int32, bool right, std::optional<std::string_view> side, const std::optional<Tensor>& sorter) {
  WICK_CHECK(out.scalar_type() == (out_int32 ? kInt : kLong), "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on whether out_int32 flag is True, but we got output tensor's dtype ", out.scalar_type());
  return out_from("searchsorted", out, {self}, [&] { return wick::searchsorted(sorted_sequence, self, out_int32, right, side, sorter); });
}
Tensor& searchsorted_out(Tensor& out, const Tensor& sorted_sequence, const Scalar& self, bool out_int32, bool right, std::optional<std::string_view> side, const std::optional<Tensor>& sorter) {
  return wick::searchsorted_out(out, sorted_sequence, wrapped_scalar(self), out_int32, right, side, sorter);
}

Tensor bucketize(const Tensor& self, const Tensor& boundaries, bool out_int32, bool right) {
  check_edges(boundaries);
  return wick::searchsorted(boundaries, self, out_int32, right);
}
Tensor bucketize(const Scalar& self, const Tensor& boundaries, bool out_int32, bool right) {
  check_edges(boundaries);
  return wick::searchsorted(boundaries, self, out_int32, right);
}
Tensor& bucketize_out(Tensor& out, const Tensor& self, const Tensor& boundaries, bool out_int32, bool right) {
  check_edges(boundaries);
  return wick::searchsorted_out(out, boundaries, self, out_int32, right);
}
Tensor& bucketize_out(Tensor& out, const Scalar& self, const Tensor& boundaries, bool out_int32, bool right) {
  check_edges(boundaries);
  return wick::searchsorted_out(out, boundaries, self, out_int32, right);
}

Triple _unique2(const Tensor& self, bool, bool return_inverse, bool return_counts) { return unique_flat("unique", self, true, return_inverse, return_counts); }
std::tuple<Tensor, Tensor> _unique(const Tensor& self, bool sorted, bool return_inverse) {
  const Triple r = wick::_unique2(self, sorted, return_inverse, false);
  return {std::get<0>(r), std::get<1>(r)};
}
Triple unique_consecutive(const Tensor& self, bool return_inverse, bool return_counts, std::optional<int64_t> dim) {
  if (dim) return unique_slices("unique_consecutive", self, *dim, false, true, true);
  return unique_flat("unique_consecutive", self, false, return_inverse, return_counts);
}
Triple unique_dim(const Tensor& self, int64_t dim, bool, bool, bool) { return unique_slices("unique_dim", self, dim, true, true, true); }
Triple unique_dim_consecutive(const Tensor& self, int64_t dim, bool, bool) {
  return unique_slices("unique_dim_consecutive", self, dim, false, true, true);
}

std::tuple<Tensor&, Tensor&> _unique_out(Tensor& out0, Tensor& out1, const Tensor& self, bool sorted, bool return_inverse) {
  return out_pair("_unique", out0, out1, {self}, [&] { return wick::_unique(self, sorted, return_inverse); });
}
std::tuple<Tensor&, Tensor&, Tensor&> _unique2_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, bool sorted, bool return_inverse, bool return_counts) {
  return out_triple("_unique2", out0, out1, out2, self, wick::_unique2(self, sorted, return_inverse, return_counts));
}
std::tuple<Tensor&, Tensor&, Tensor&> unique_consecutive_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, bool return_inverse, bool return_counts, std::optional<int64_t> dim) {
  return out_triple("unique_consecutive", out0, out1, out2, self, wick::unique_consecutive(self, return_inverse, return_counts, dim));
}
std::tuple<Tensor&, Tensor&, Tensor&> unique_dim_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, int64_t dim, bool sorted, bool return_inverse, bool return_counts) {
  return out_triple("unique_dim", out0, out1, out2, self, wick::unique_dim(self, dim, sorted, return_inverse, return_counts));
}
std::tuple<Tensor&, Tensor&, Tensor&> unique_dim_consecutive_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, int64_t dim, bool return_inverse, bool return_counts) {
  return out_triple("unique_dim_consecutive", out0, out1, out2, self, wick::unique_dim_consecutive(self, dim, return_inverse, return_counts));
}

Tensor one_hot(const Tensor& self, int64_t num_classes) {
  WICK_CHECK(self.scalar_type() == kLong, "one_hot is only applicable to index tensor of type LongTensor.");
  DimVec shape(self.sizes());
  if (self.numel() == 0) {
    WICK_CHECK(num_classes > 0, "Can not infer total number of classes from empty tensor.");
    shape.push_back(num_classes);
    return wick::empty(shape, self.options());
  }
  const Tensor idx = long_indices(self);
  const auto [low, high] = std::minmax_element(typed<int64_t>(idx), typed<int64_t>(idx) + idx.numel());
  WICK_CHECK(*low >= 0, "Class values must be non-negative.");
  if (num_classes == -1) num_classes = *high + 1;
  WICK_CHECK(num_classes > 0, "num_classes should be positive");
  WICK_CHECK(*high < num_classes, "Class values must be smaller than num_classes.");
  shape.push_back(num_classes);
  Tensor r = wick::zeros(shape, self.options());
  for (int64_t k = 0, n = idx.numel(); k < n; ++k) typed<int64_t>(r)[k * num_classes + typed<int64_t>(idx)[k]] = 1;
  return r;
}

}  // namespace wick::inline v1
