// index and index_put_: several index tensors at once, as in NumPy.
#include "ops/index_rows.h"

#include <wick/core/warning.h>

namespace wick::ops {
namespace {

using Indices = std::vector<std::optional<Tensor>>;

bool absent(const std::optional<Tensor>& t) { return !t || !t->defined(); }

bool is_mask(const Tensor& t) {
  if (t.scalar_type() == kByte) warn("indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.");
  return t.scalar_type() == kByte || t.scalar_type() == kBool;
}

// One entry a dimension: masks become the indices of their true elements.
std::vector<Tensor> expand_masks(const Tensor& x, const Indices& indices) {
  std::vector<Tensor> r;
  for (const auto& entry : indices) {
    if (absent(entry)) { r.emplace_back(); continue; }
    const Tensor& t = *entry;
    const ScalarType type = t.scalar_type();
    if (is_mask(t)) {
      for (int64_t d = 0; d < t.dim(); ++d) {
        const auto at = static_cast<int64_t>(r.size()) + d;
        WICK_CHECK_TYPE(IndexError, at < x.dim() && t.size(d) == x.size(at), "The shape of the mask ", t.sizes(), " at index ", d,
                        " does not match the shape of the indexed tensor ", x.sizes(), " at index ", at);
      }
      GateScope off(kGradOff);
      const Tensor where = wick::nonzero(t);
      for (int64_t d = 0; d < t.dim(); ++d) {
        Tensor column = make_tensor({where.size(0)}, kLong);
        raw_copy(column, make_alias(where, {where.size(0)}, {where.stride(0)}, where.storage_offset() + d * where.stride(1)));
        r.push_back(column);
      }
      continue;
    }
    WICK_CHECK_TYPE(IndexError, type == kLong || type == kInt, "tensors used as indices must be long, int, byte or bool tensors");
    r.push_back(t);
  }
  WICK_CHECK_TYPE(IndexError, static_cast<int64_t>(r.size()) <= x.dim(), "too many indices for tensor of dimension ", x.dim(), " (got ", r.size(), ")");
  r.resize(static_cast<size_t>(x.dim()));
  return r;
}

bool adjacent(const std::vector<Tensor>& indices) {
  int groups = 0;
  bool inside = false;
  for (const Tensor& t : indices) {
    groups += t.defined() && !inside;
    inside = t.defined();
  }
  return groups <= 1;
}

DimVec index_shape(const std::vector<Tensor>& indices) {
  DimVec shape;
  bool fits = true;
  for (const Tensor& t : indices) {
    if (!t.defined()) continue;
    const IntArrayRef s = t.sizes();
    const size_t n = std::max(s.size(), shape.size());
    DimVec joined(n);
    for (size_t k = 1; k <= n; ++k) {
      const int64_t a = k <= s.size() ? s[s.size() - k] : 1, b = k <= shape.size() ? shape[shape.size() - k] : 1;
      fits = fits && (a == b || a == 1 || b == 1);
      joined[n - k] = a == 1 ? b : a;
    }
    shape = joined;
  }
  if (!fits) {
    std::string shapes;
    for (const Tensor& t : indices)
      if (t.defined()) shapes += str(shapes.empty() ? "" : ", ", t.sizes());
    throw IndexError("shape mismatch: indexing tensors could not be broadcast together with shapes " + shapes);
  }
  return shape;
}

void add_offsets(Plan& p, const Tensor& index, int64_t dim, int64_t size, int64_t stride) {
  const int64_t n = static_cast<int64_t>(p.offsets.size());
  Tensor all = make_tensor(p.shape, kLong);
  const int64_t* at;
  if (index.is_contiguous() && index.scalar_type() == kLong && index.sizes() == IntArrayRef(p.shape)) {
    at = typed<int64_t>(index);
  } else {
    raw_copy(all, index);
    at = typed<int64_t>(all);
  }
  for (int64_t k = 0; k < n; ++k) {
    const int64_t i = at[k];
    WICK_CHECK_TYPE(IndexError, i >= -size && i < size, "index ", i, " is out of bounds for dimension ", dim, " with size ", size);
    p.offsets[static_cast<size_t>(k)] += (i < 0 ? i + size : i) * stride;
  }
}

Plan plan(const Tensor& x, const std::vector<Tensor>& indices) {
  Plan p;
  p.shape = index_shape(indices);
  const bool in_place = adjacent(indices);
  bool seen = false;
  p.offsets.assign(static_cast<size_t>(count(p.shape)), 0);
  for (size_t d = 0; d < indices.size(); ++d) {
    const int64_t size = x.sizes()[d], stride = x.strides()[d];
    if (indices[d].defined()) {
      seen = true;
      WICK_CHECK_TYPE(IndexError, size > 0 || p.offsets.empty(), "index is out of bounds for dimension with size 0");
      add_offsets(p, indices[d], static_cast<int64_t>(d), size, stride);
    } else if (in_place && !seen) {
      p.before.push_back(size);
      p.before_strides.push_back(stride);
    } else {
      p.after.push_back(size);
      p.after_strides.push_back(stride);
    }
  }
  return p;
}

// Strides PyTorch's iterator would give the result.
DimVec index_result_strides(const Plan& p, const Tensor& x, const std::vector<Tensor>& indices) {
  const DimVec sizes = p.result_sizes();
  DimVec source(p.before_strides);
  for (size_t k = 0; k < p.shape.size(); ++k) source.push_back(0);
  for (int64_t s : p.after_strides) source.push_back(s);
  std::vector<Tensor> like{make_alias(x, sizes, source, x.storage_offset())};
  for (const Tensor& t : indices) {
    if (!t.defined()) continue;
    DimVec st(p.before.size(), 0);
    for (int64_t s : broadcast_strides(t, p.shape)) st.push_back(s);
    for (size_t k = 0; k < p.after.size(); ++k) st.push_back(0);
    like.push_back(make_alias(t, sizes, st, t.storage_offset()));
  }
  return like.size() == 2 ? result_strides({like[0], like[1]}, sizes) : result_strides({like[0]}, sizes);
}

Tensor index_raw(const Tensor& x, const std::vector<Tensor>& indices) {
  const Plan p = plan(x, indices);
  Tensor r = make_tensor(p.result_sizes(), x.scalar_type());
  gather_rows(p, x, r);
  if (x.is_contiguous()) return r;
  const DimVec strides = index_result_strides(p, x, indices);
  if (IntArrayRef(strides) == r.strides()) return r;
  Tensor laid = make_tensor(r.sizes(), strides, x.scalar_type());
  raw_copy(laid, r);
  return laid;
}

void check_values(const Tensor& x, const Tensor& values, IntArrayRef shape) {
  WICK_CHECK(x.scalar_type() == values.scalar_type(), "Index put requires the source and destination dtypes match, got ", x.scalar_type(),
             " for the destination and ", values.scalar_type(), " for the source.");
  bool fits = values.dim() <= static_cast<int64_t>(shape.size());
  for (size_t k = 1; fits && k <= values.sizes().size(); ++k) {
    const int64_t v = values.sizes()[values.sizes().size() - k];
    fits = v == 1 || v == shape[shape.size() - k];
  }
  WICK_CHECK(fits, "shape mismatch: value tensor of shape ", values.sizes(), " cannot be broadcast to indexing result of shape ", shape);
}

// Present indices in order, for saving, and where they belong.
struct Kept {
  std::vector<Tensor> inputs;
  SmallVec<int, 6> dims;
  size_t first;
  Kept(std::vector<Tensor> leading, const std::vector<Tensor>& indices) : inputs(std::move(leading)), first(inputs.size()) {
    for (size_t d = 0; d < indices.size(); ++d)
      if (indices[d].defined()) { inputs.push_back(indices[d]); dims.push_back(static_cast<int>(d)); }
    WICK_CHECK(inputs.size() <= 16, "index: at most ", 16 - first, " index tensors are supported, got ", inputs.size() - first);
  }
  Uses uses(uint32_t more = 0) const {
    uint32_t mask = more;
    for (size_t k = first; k < inputs.size(); ++k) mask |= in(static_cast<int>(k));
    return Uses(mask);
  }
};
// The list of indices again, from what was saved.
Indices saved_indices(Backward& b, size_t first, const SmallVec<int, 6>& dims) {
  Indices r;
  for (size_t k = 0; k < dims.size(); ++k) {
    r.resize(static_cast<size_t>(dims[k]) + 1);
    r.back() = b.in(static_cast<int>(first + k));
  }
  return r;
}

// A single mask over the first dimensions and one value: masked_fill.
std::optional<Tensor> as_mask(const Tensor& x, const Indices& indices, const Tensor& values) {
  if (values.numel() != 1) return std::nullopt;
  std::optional<Tensor> mask;
  int64_t lead = 0, dims = 0;
  for (const auto& t : indices) {
    if (absent(t)) { ++dims; lead += !mask; continue; }
    if (mask) return std::nullopt;
    for (int64_t d = 0; d < t->dim(); ++d)
      if (dims + d >= x.dim() || t->size(d) != x.size(dims + d)) return std::nullopt;
    mask = *t;
    dims += t->dim();
  }
  if (!mask || dims > x.dim()) return std::nullopt;
  if (!is_mask(*mask)) return std::nullopt;
  const Tensor m = mask->scalar_type() == kBool ? *mask : mask->ne(0);
  DimVec shape(m.sizes());
  for (int64_t d = lead + m.dim(); d < x.dim(); ++d) shape.push_back(1);
  return m.reshape(shape);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor index(const Tensor& self, const std::vector<std::optional<Tensor>>& indices) {
  const std::vector<Tensor> all = expand_masks(self, indices);
  const Kept kept({self}, all);
  WICK_CHECK_TYPE(IndexError, kept.inputs.size() > 1 || indices.empty() || self.dim() > 0, "index: no index tensors");
  if (kept.inputs.size() == 1) return self.clone();
  return record("IndexBackward0", TensorList(kept.inputs), kept.uses(), [&] { return index_raw(self, all); }, [dims = kept.dims](Backward& b) {
    const Tensor zero = wick::zeros(b.shape(0), b.g().options());
    b.grad(0, wick::index_put(zero, saved_indices(b, 1, dims), b.g(), true));
  });
}
Tensor& index_out(Tensor& out, const Tensor& self, const std::vector<std::optional<Tensor>>& indices) {
  WICK_CHECK(out.scalar_type() == self.scalar_type(), "index_out: self (", self.scalar_type(), ") and result (", out.scalar_type(), ") must have the same scalar type");
  return out_from("index", out, {self}, [&] { return wick::index(self, indices); });
}

Tensor& index_put_(Tensor& self, const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate) {
  if (!accumulate)
    if (const auto mask = as_mask(self, indices, values)) return self.masked_fill_(*mask, values.dim() == 0 ? values : values.reshape({}));
  const std::vector<Tensor> all = expand_masks(self, indices);
  const Kept kept({self, values}, all);
  const Plan p = plan(self, all);
  const DimVec shape = p.result_sizes();
  check_values(self, values, shape);
  return record_inplace("IndexPutBackward0", self, TensorList(kept.inputs), kept.uses(), [&] {
    Tensor v = make_tensor(shape, values.scalar_type());
    raw_copy(v, values);
    if (accumulate) add_rows(p, self, v);
    else scatter_rows(p, self, v);
  }, [=, dims = kept.dims](Backward& b) {
    const Indices saved = saved_indices(b, 2, dims);
    if (b.needs(0)) b.grad(0, accumulate ? b.g() : wick::index_put(b.g(), saved, wick::zeros({}, b.g().options())));
    if (b.needs(1)) b.grad(1, wick::index(b.g(), saved));
  });
}
Tensor index_put(const Tensor& self, const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate) {
  Tensor r = working_copy(self);
  return wick::index_put_(r, indices, values, accumulate);
}
Tensor& index_put_out(Tensor& out, const Tensor& self, const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate) {
  return out_from("index_put", out, {self, values}, [&] { return wick::index_put(self, indices, values, accumulate); });
}

}  // namespace wick::inline v1
