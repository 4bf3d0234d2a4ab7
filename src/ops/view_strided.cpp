// Views of any strides, overlapping ones, too.
#include "ops/view.h"

#include <algorithm>

namespace wick::ops {

void check_strided(const char* op, const Tensor& t, IntArrayRef sizes, IntArrayRef strides, int64_t offset) {
  check_defined(op, {t});
  WICK_CHECK(sizes.size() == strides.size(), op, ": mismatch in length of strides and shape: ", sizes, " and ", strides);
  WICK_CHECK(offset >= 0, op, ": Tensor: invalid storage offset ", offset);
  for (int64_t s : strides) WICK_CHECK(s >= 0, op, ": Negative strides are not supported at the moment, got strides: ", strides);
  const int64_t n = count(sizes);
  if (n == 0) return;
  int64_t last = offset;
  for (size_t i = 0; i < sizes.size(); ++i) {
    int64_t reach;
    WICK_CHECK(!__builtin_mul_overflow(sizes[i] - 1, strides[i], &reach) && !__builtin_add_overflow(last, reach, &last), op, ": sizes ", sizes, " with strides ", strides, " overflow");
  }
  const auto need = static_cast<size_t>(last + 1) * t.itemsize();
  WICK_CHECK(need <= impl(t)->storage->nbytes, "setStorage: sizes ", sizes, ", strides ", strides, ", storage offset ", offset, ", and itemsize ", t.itemsize(),
             " requiring a storage size of ", need, " are out of bounds for storage of size ", impl(t)->storage->nbytes, " (", op, ")");
}

namespace {

// The dimensions along which elements may be met again, when the others are walked through at once.
SmallVec<size_t, 6> meeting_dims(const StridedLayout& l) {
  SmallVec<size_t, 6> order, met;
  for (size_t d = 0; d < l.sizes.size(); ++d) {
    if (l.sizes[d] == 0) return met;
    if (l.sizes[d] > 1) order.push_back(d);
  }
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return l.strides[a] < l.strides[b] || (l.strides[a] == l.strides[b] && l.sizes[a] > l.sizes[b]); });
  int64_t reach = 0;
  for (size_t d : order) {
    if (l.strides[d] <= reach) met.push_back(d);
    else reach += (l.sizes[d] - 1) * l.strides[d];
  }
  return met;
}
bool overlaps(const StridedLayout& l) { return !meeting_dims(l).empty(); }
int64_t extent(const StridedLayout& l) {
  int64_t last = l.offset;
  for (size_t d = 0; d < l.sizes.size(); ++d) {
    if (l.sizes[d] == 0) return 0;
    last += (l.sizes[d] - 1) * l.strides[d];
  }
  return last + 1;
}

Tensor view_in(const Tensor& buffer, const StridedLayout& l) { return raw_view(buffer, l.sizes, l.strides, l.offset); }

// buffer[i of l] += x[i], for a buffer of zeros: one pass for each index of the dimensions that meet elements again.
void add_into(const Tensor& buffer, const StridedLayout& l, const Tensor& x) {
  const SmallVec<size_t, 6> met = meeting_dims(l);
  if (met.empty()) return raw_copy(view_in(buffer, l), x);
  StridedLayout once = l;
  DimVec strides = broadcast_strides(x, l.sizes);
  int64_t passes = 1;
  for (size_t d : met) {
    passes *= l.sizes[d];
    once.sizes[d] = 1;
  }
  for (int64_t i = 0; i < passes; ++i) {
    int64_t rest = i, from = x.storage_offset();
    once.offset = l.offset;
    for (size_t d : met) {
      const int64_t at = rest % l.sizes[d];
      rest /= l.sizes[d];
      once.offset += at * l.strides[d];
      from += at * strides[d];
    }
    const Tensor sum = view_in(buffer, once);
    run_into(table::add, sum, {sum, raw_view(x, once.sizes, strides, from)}, params(Scalar(1)));
  }
}

// Adds x up in a memory of zeros by one layout and reads it by another. Its own transpose, with the layouts exchanged.
Tensor restride(const Tensor& x, const StridedLayout& from, const StridedLayout& to) {
  return record("AsStridedBackwardBackward0", {x}, {},
                [&] {
                  const Tensor buffer = make_tensor({std::max(extent(from), extent(to))}, x.scalar_type());
                  raw_fill(buffer, 0);
                  add_into(buffer, from, x);
                  Tensor r = make_tensor(to.sizes, x.scalar_type());
                  raw_copy(r, view_in(buffer, to));
                  return r;
                },
                [from, to](Backward& b) { b.grad(0, restride(b.g(), to, from)); });
}

// How many indices of the layout lead to the element at each index.
Tensor multiplicity(const StridedLayout& l, ScalarType t) {
  GateScope off(kGradOff);
  const Tensor buffer = make_tensor({extent(l)}, t);
  raw_fill(buffer, 0);
  add_into(buffer, l, ones(l.sizes, t));
  Tensor r = make_tensor(l.sizes, t);
  raw_copy(r, view_in(buffer, l));
  return r;
}

}  // namespace

StridedGrad::StridedGrad(const Tensor& self, IntArrayRef sizes, IntArrayRef strides, int64_t offset)
    : whole{DimVec(self.sizes()), DimVec(self.strides()), self.storage_offset()}, part{DimVec(sizes), DimVec(strides), offset} {
  const int64_t first = std::min(whole.offset, part.offset);
  whole.offset -= first;
  part.offset -= first;
}
void StridedGrad::operator()(Backward& b) const {
  Tensor g = restride(b.g(), part, whole);
  // An element that the input itself shows several times shares its gradient out.
  if (overlaps(whole)) g = g / multiplicity(whole, g.scalar_type());
  b.grad(0, g);
}

}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor as_strided(const Tensor& self, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset) {
  check_defined("as_strided", {self});
  const int64_t offset = storage_offset.value_or(self.storage_offset());
  check_strided("as_strided", self, size, stride, offset);
  return view_of("AsStridedBackward0", self, size, stride, offset, [&] { return StridedGrad(self, size, stride, offset); });
}

Tensor Tensor::unfold(int64_t dimension, int64_t size, int64_t step) const {
  check_defined("unfold", {*this});
  const int64_t d = wrap_dim(dimension, dim(), "unfold"), length = dim() == 0 ? 1 : this->size(d);
  WICK_CHECK(size >= 0, "size is ", size, " but must be >= 0");
  WICK_CHECK(size <= length, "maximum size for tensor at dimension ", d, " is ", length, " but size is ", size);
  WICK_CHECK(step > 0, "step is ", step, " but must be > 0");
  DimVec s(sizes()), st(strides());
  s.push_back(size);
  st.push_back(dim() == 0 ? 1 : stride(d));
  if (dim() > 0) {
    s[static_cast<size_t>(d)] = (length - size) / step + 1;
    st[static_cast<size_t>(d)] *= step;
  }
  return view_of("UnfoldBackward0", *this, s, st, storage_offset(), [&] {
    // The gradient is laid out anew: the same view of a contiguous input.
    return [d, size, step, whole = DimVec(sizes())](Backward& b) {
      StridedLayout from{DimVec(b.g().sizes()), {}, 0}, to{whole, contiguous_strides(whole), 0};
      from.strides = to.strides;
      from.strides.push_back(whole.empty() ? 1 : to.strides[static_cast<size_t>(d)]);
      if (!whole.empty()) from.strides[static_cast<size_t>(d)] *= step;
      b.grad(0, restride(b.g(), from, to));
    };
  });
}

Tensor as_strided_scatter(const Tensor& self, const Tensor& src, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset) {
  check_defined("as_strided_scatter", {self, src});
  const int64_t offset = storage_offset.value_or(self.storage_offset());
  check_strided("as_strided_scatter", self, size, stride, offset);
  const StridedGrad layouts(self, size, stride, offset);
  const StridedLayout &whole = layouts.whole, &part = layouts.part;
  return record("AsStridedScatterBackward0", {self, src}, {},
                [&] {
                  const Tensor buffer = make_tensor({std::max(extent(whole), extent(part))}, self.scalar_type());
                  raw_copy(view_in(buffer, whole), self);
                  const Tensor to = view_in(buffer, part);
                  require_same_geometry("as_strided_scatter", to, src);
                  raw_copy(to, src);
                  Tensor r = make_tensor(self.sizes(), preserved_strides(self), self.scalar_type());
                  raw_copy(r, view_in(buffer, whole));
                  return r;
                },
                [whole, part](Backward& b) {
                  if (b.needs(0)) {
                    const Tensor kept = [&] {
                      GateScope off(kGradOff);
                      return restride(ones(part.sizes, b.g().options()), part, whole) == 0;
                    }();
                    b.grad(0, b.g() * kept);
                  }
                  if (b.needs(1)) b.grad(1, restride(b.g(), whole, part));
                });
}
Tensor& as_strided_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset) {
  return out_from("as_strided_scatter", out, {self, src}, [&] { return as_strided_scatter(self, src, size, stride, storage_offset); });
}

}  // namespace wick::inline v1
