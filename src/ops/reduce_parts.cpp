#include "ops/reduce_parts.h"

#include <algorithm>

namespace wick::ops {
namespace {

bool stageable(Reduce op, double p) {
  switch (op) {
    case Reduce::argmin: case Reduce::argmax: case Reduce::count_nonzero: return false;
    case Reduce::norm: return p != 0;
    default: return true;
  }
}
// The reduction that combines partial results, and their type.
Reduce second_stage(Reduce op) { return op == Reduce::nansum ? Reduce::sum : op; }
ScalarType partial_type(Reduce op, ScalarType in) {
  switch (op) {
    case Reduce::min: case Reduce::max: return in;
    case Reduce::any: case Reduce::all: return kBool;
    case Reduce::norm: return is_complex_type(in) || in == kDouble ? kDouble : kFloat;
    default: return is_complex_type(in) ? kComplexDouble : in == kDouble ? kDouble : is_floating_type(in) ? kFloat : kLong;
  }
}

// Dimensions of more than one element from the outermost in memory to the innermost.
SmallVec<int, 6> memory_order(const TensorImpl* p) {
  SmallVec<int, 6> order;
  for (size_t d = 0; d < p->sizes.size(); ++d)
    if (p->sizes[d] != 1) order.push_back(static_cast<int>(d));
  if (!p->contiguous)
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return p->strides[static_cast<size_t>(a)] > p->strides[static_cast<size_t>(b)]; });
  return order;
}

// Runs of kept and reduced dimensions in memory order.
struct Run { int64_t size; bool reduced; };
SmallVec<Run, 6> runs_of(const TensorImpl* p, const SmallVec<int, 6>& order, const DimMask& mask) {
  SmallVec<Run, 6> runs;
  for (int d : order) {
    const bool r = mask[static_cast<size_t>(d)];
    const int64_t s = p->sizes[static_cast<size_t>(d)];
    if (!runs.empty() && runs.back().reduced == r) runs.back().size *= s;
    else runs.push_back({s, r});
  }
  return runs;
}
int reduced_runs(const SmallVec<Run, 6>& runs) {
  int n = 0;
  for (const Run& r : runs) n += r.reduced;
  return n;
}
Span span_of_runs(const SmallVec<Run, 6>& runs, size_t at) {
  Span s;
  for (size_t k = 0; k < runs.size(); ++k) (k < at ? s.outer : k == at ? s.n : s.inner) *= runs[k].size;
  return s;
}
size_t last_reduced(const SmallVec<Run, 6>& runs) {
  size_t at = runs.size();
  for (size_t k = 0; k < runs.size(); ++k)
    if (runs[k].reduced) at = k;
  return at;
}

// Strides the kernel's linear output has over the kept dimensions, and whether that is the default order.
void result_layout(Block& b, const TensorImpl* p, const SmallVec<int, 6>& order, const DimMask& mask) {
  b.strides = DimVec(p->sizes.size(), 1);
  b.in_order = true;
  int64_t step = 1;
  int inner = 64;
  for (size_t k = order.size(); k-- > 0;) {
    const auto d = static_cast<size_t>(order[k]);
    if (mask[d]) { b.strides[d] = 0; continue; }
    b.strides[d] = step;
    step *= std::max<int64_t>(p->sizes[d], 1);
    if (order[k] > inner) b.in_order = false;
    inner = order[k];
  }
}

// A copy with the kept dimensions in front.
Tensor grouped_copy(const Tensor& x, const DimMask& mask) {
  const TensorImpl* p = impl(x);
  DimVec sizes, strides;
  for (int pass = 0; pass < 2; ++pass)
    for (size_t d = 0; d < p->sizes.size(); ++d)
      if (mask[d] == (pass == 1)) { sizes.push_back(p->sizes[d]); strides.push_back(p->strides[d]); }
  Tensor r = make_tensor(sizes, p->dtype);
  raw_copy(r, make_alias(x, sizes, strides, p->offset));
  return r;
}

Tensor reduce_in_stages(Reduce op, const Tensor& x, const DimMask& mask, bool keepdim, ScalarType type, double p, SmallVec<Run, 6> runs, const Block& layout) {
  return block_result(layout, x.sizes(), mask, keepdim, type, [&](void* out) {
    Tensor held = x;
    Reduce step = op;
    for (int left = reduced_runs(runs); left > 0; --left) {
      const size_t at = last_reduced(runs);
      const Span s = span_of_runs(runs, at);
      const ScalarType to = left == 1 ? type : partial_type(op, x.scalar_type());
      Tensor next = left == 1 ? Tensor() : make_tensor({s.outer * s.inner}, to);
      kernels::cpu::reduce(step, held.scalar_type(), impl(held)->data, to, left == 1 ? out : impl(next)->data, s.outer, s.n, s.inner, p);
      runs.erase(at);
      held = next;
      step = second_stage(op);
    }
  });
}

}  // namespace

DimMask dim_mask(const char* op, OptionalIntArrayRef dims, int64_t ndim) {
  DimMask m;
  WICK_CHECK(ndim <= 64, op, ": only tensors with up to 64 dims are supported");
  if (!dims || dims->empty()) return m.set();
  for (int64_t d : *dims) {
    const auto k = static_cast<size_t>(wrap_dim(d, ndim, op));
    WICK_CHECK(!m[k], op, ": dim ", k, " appears multiple times in the list of dims");
    m[k] = true;
  }
  return m;
}
DimMask dim_mask(const char* op, int64_t dim, int64_t ndim) { return DimMask().set(static_cast<size_t>(wrap_dim(dim, ndim, op))); }

DimVec reduced_sizes(IntArrayRef sizes, const DimMask& mask, bool keepdim) {
  DimVec r;
  for (size_t d = 0; d < sizes.size(); ++d) {
    if (!mask[d]) r.push_back(sizes[d]);
    else if (keepdim) r.push_back(1);
  }
  return r;
}
int64_t reduced_count(IntArrayRef sizes, const DimMask& mask) {
  int64_t n = 1;
  for (size_t d = 0; d < sizes.size(); ++d)
    if (mask[d]) n *= sizes[d];
  return n;
}
Tensor unreduce(const Tensor& t, const DimMask& mask, int64_t ndim, bool keepdim) {
  if (keepdim || ndim == 0) return t;
  DimVec sizes;
  size_t k = 0;
  for (size_t d = 0; d < static_cast<size_t>(ndim); ++d) {
    if (mask[d]) sizes.push_back(1);
    else sizes.push_back(t.size(static_cast<int64_t>(k++)));
  }
  return t.reshape(sizes);
}
Tensor value_gradient(const Tensor& g, int64_t dim, const Tensor& indices, IntArrayRef sizes, bool keepdim) {
  Tensor zero = wick::zeros(sizes, g.options());
  if (sizes.empty()) return g;
  const bool whole = keepdim || sizes.size() == 0;
  return zero.scatter(dim, whole ? indices : indices.unsqueeze(dim), whole ? g : g.unsqueeze(dim));
}

Span span_of(IntArrayRef sizes, int64_t dim) {
  Span s;
  for (size_t d = 0; d < sizes.size(); ++d) {
    const auto k = static_cast<int64_t>(d);
    (k < dim ? s.outer : k == dim ? s.n : s.inner) *= sizes[d];
  }
  return s;
}

Tensor rows_of(const Tensor& x, int64_t dim) {
  if (x.dim() == 0) return raw_contiguous(make_alias(x, {1}, {1}, x.storage_offset()));
  DimVec sizes(x.sizes()), strides(x.strides());
  const auto d = static_cast<size_t>(dim);
  const int64_t n = sizes[d], s = strides[d];
  sizes.erase(d);
  strides.erase(d);
  sizes.push_back(n);
  strides.push_back(s);
  return raw_contiguous(make_alias(x, sizes, strides, x.storage_offset()));
}
Tensor rows_back(const Tensor& rows, int64_t dim, IntArrayRef sizes, IntArrayRef strides) {
  if (sizes.empty()) return make_alias(rows, {}, {}, rows.storage_offset());
  DimVec moved(rows.strides());
  const int64_t s = moved.back();
  moved.pop_back();
  moved.insert(static_cast<size_t>(dim), s);
  Tensor view = make_alias(rows, sizes, moved, rows.storage_offset());
  if (IntArrayRef(moved) == strides) return view;
  Tensor r = make_tensor(sizes, strides, rows.scalar_type());
  raw_copy(r, view);
  return r;
}

Block block_of(const Tensor& x, const DimMask& mask) {
  const TensorImpl* p = impl(x);
  Block b;
  if (p->contiguous || p->dense) {
    const auto order = memory_order(p);
    const auto runs = runs_of(p, order, mask);
    if (reduced_runs(runs) <= 1) {
      b.in = x;
      b.span = span_of_runs(runs, last_reduced(runs));
      if (reduced_runs(runs) == 0) b.span = {p->numel, 1, 1};
      result_layout(b, p, order, mask);
      return b;
    }
  }
  b.in = grouped_copy(x, mask);
  b.span.n = reduced_count(x.sizes(), mask);
  b.span.outer = 1;
  for (size_t d = 0; d < p->sizes.size(); ++d)
    if (!mask[d]) b.span.outer *= p->sizes[d];
  b.in_order = true;
  return b;
}

static Tensor reduce_untold(Reduce op, const Tensor& x, const DimMask& mask, bool keepdim, ScalarType type, double p) {
  const TensorImpl* t = impl(x);
  if ((t->contiguous || t->dense) && t->numel > 0 && stageable(op, p)) {
    const auto order = memory_order(t);
    const auto runs = runs_of(t, order, mask);
    if (reduced_runs(runs) > 1) {
      Block layout;
      result_layout(layout, t, order, mask);
      return reduce_in_stages(op, x, mask, keepdim, type, p, runs, layout);
    }
  }
  const Block b = block_of(x, mask);
  return block_result(b, x.sizes(), mask, keepdim, type, [&](void* out) {
    kernels::cpu::reduce(op, t->dtype, impl(b.in)->data, type, out, b.span.outer, b.span.n, b.span.inner, p);
  });
}

Tensor reduce_raw(Reduce op, const Tensor& x, const DimMask& mask, bool keepdim, ScalarType type, double p) {
  if (!watch::watched()) [[likely]] return reduce_untold(op, x, mask, keepdim, type, p);
  static constexpr const char* names[] = {"sum", "nansum", "mean", "prod", "min", "max", "argmin", "argmax", "any", "all", "count_nonzero", "norm", "logsumexp"};
  const autograd::Inputs inputs{TensorList(x)};
  autograd::Call call(names[static_cast<size_t>(op)], inputs, watch::Kind::kernel);
  Tensor r = reduce_untold(op, x, mask, keepdim, type, p);
  if (call.watched()) call.told(r);
  return r;
}

Tensor cast_for_sum(const Tensor& x, ScalarType dtype) {
  const ScalarType t = x.scalar_type();
  if (t == dtype || (is_integral_type(t, true) && dtype == kLong) || (is_reduced_floating_type(t) && dtype == kFloat)) return x;
  Tensor r = make_tensor(x.sizes(), x.is_non_overlapping_and_dense() ? DimVec(x.strides()) : contiguous_strides(x.sizes()), dtype);
  raw_copy(r, x);
  return r;
}

}  // namespace wick::ops
