// Views: the same memory in another shape.
#include "ops/sparse.h"
#include "ops/view.h"

#include <algorithm>

namespace wick::ops {

DimVec infer_size(IntArrayRef shape, int64_t numel) {
  int64_t known = 1;
  int open = -1;
  for (size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == -1) {
      WICK_CHECK(open < 0, "only one dimension can be inferred");
      open = static_cast<int>(i);
    } else {
      WICK_CHECK(shape[i] >= 0, "invalid shape dimension ", shape[i]);
      WICK_CHECK(!__builtin_mul_overflow(known, shape[i], &known), "shape '", shape, "' is invalid for input of size ", numel);
    }
  }
  WICK_CHECK(numel == known || (open >= 0 && known > 0 && numel % known == 0) || (open >= 0 && numel == 0 && known == 0), "shape '", shape, "' is invalid for input of size ", numel);
  DimVec r(shape);
  if (open >= 0) {
    WICK_CHECK(known != 0, "cannot reshape tensor of 0 elements into shape ", shape, " because the unspecified dimension size -1 can be any value and is ambiguous");
    r[static_cast<size_t>(open)] = numel / known;
  }
  return r;
}

bool view_strides(IntArrayRef sizes, IntArrayRef strides, IntArrayRef shape, DimVec& out) {
  out.resize(shape.size(), 1);
  if (sizes.empty()) {
    for (int64_t& s : out) s = 1;
    return true;
  }
  int64_t numel = 1;
  for (int64_t s : sizes) numel *= s;
  if (numel == 0) {
    if (sizes == shape) out.assign(strides);
    else out = contiguous_strides(shape);
    return true;
  }
  auto v = static_cast<int64_t>(shape.size()) - 1;
  int64_t base = strides[strides.size() - 1], have = 1, seen = 1;
  for (auto d = static_cast<int64_t>(sizes.size()) - 1; d >= 0; --d) {
    const auto i = static_cast<size_t>(d);
    have *= sizes[i];
    // At the end of a run of dimensions that lie gaplessly in each other, the view's dimensions must end, too.
    if (d > 0 && (sizes[i - 1] == 1 || strides[i - 1] == have * base)) continue;
    while (v >= 0 && (seen < have || shape[static_cast<size_t>(v)] == 1)) {
      out[static_cast<size_t>(v)] = seen * base;
      seen *= shape[static_cast<size_t>(v)];
      --v;
    }
    if (seen != have) return false;
    if (d > 0) {
      base = strides[i - 1];
      have = seen = 1;
    }
  }
  return v == -1;
}

namespace {

Tensor view_as_shape(const Tensor& t, IntArrayRef shape, IntArrayRef strides) {
  return record_view("ViewBackward0", t, shape, strides, impl(t)->offset, [](Backward& b) { b.grad(0, b.g().reshape(b.shape(0))); });
}

struct Geometry {
  DimVec sizes, strides;
};

Geometry expand_geometry(const Tensor& t, IntArrayRef target) {
  const auto have = static_cast<size_t>(t.dim()), want = target.size();
  WICK_CHECK(want >= have, "expand(", t.toString(), "{", t.sizes(), "}, size=", target, "): the number of sizes provided (", want,
             ") must be greater or equal to the number of dimensions in the tensor (", have, ")");
  Geometry g{DimVec(want), DimVec(want)};
  for (size_t i = want; i-- > 0;) {
    const bool old = i + have >= want;
    const size_t d = old ? i + have - want : 0;
    int64_t size = old ? t.sizes()[d] : 1, to = target[i];
    int64_t stride = old ? t.strides()[d] : i + 1 < want ? g.sizes[i + 1] * g.strides[i + 1] : 1;
    if (to == -1) {
      WICK_CHECK(old, "The expanded size of the tensor (", to, ") isn't allowed in a leading, non-existing dimension ", i);
      to = size;
    }
    if (size != to) {
      WICK_CHECK(size == 1, "The expanded size of the tensor (", to, ") must match the existing size (", size, ") at non-singleton dimension ", i, ".  Target sizes: ", target, ".  Tensor sizes: ", t.sizes());
      size = to;
      stride = 0;
    }
    g.sizes[i] = size;
    g.strides[i] = stride;
  }
  return g;
}

int64_t clamp_index(int64_t i, int64_t size) {
  if (i < 0) i += size;
  return std::clamp<int64_t>(i, 0, size);
}

Tensor transpose_named(const char* name, const Tensor& self, int64_t d0, int64_t d1) {
  if (is_sparse(self)) {
    DimVec order;
    for (int64_t d = 0; d < self.dim(); ++d) order.push_back(d == d0 ? d1 : d == d1 ? d0 : d);
    return record(name, {self}, {}, [&] { return sparse_permute(self, order); }, [d0, d1](Backward& b) { b.grad(0, b.g().transpose(d0, d1)); });
  }
  const TensorImpl* p = impl(self);
  DimVec sizes = p->sizes, strides = p->strides;
  std::swap(sizes[static_cast<size_t>(d0)], sizes[static_cast<size_t>(d1)]);
  std::swap(strides[static_cast<size_t>(d0)], strides[static_cast<size_t>(d1)]);
  return record_view(name, self, sizes, strides, p->offset, [d0, d1](Backward& b) { b.grad(0, b.g().transpose(d0, d1)); });
}

}  // namespace

Tensor select_unchecked(const Tensor& self, int64_t dim, int64_t index) {
  const TensorImpl* p = impl(self);
  DimVec sizes = p->sizes, strides = p->strides;
  const auto d = static_cast<size_t>(dim);
  const int64_t offset = p->offset + index * strides[d];
  sizes.erase(d);
  strides.erase(d);
  return record_view("SelectBackward0", self, sizes, strides, offset, [dim, index](Backward& b) {
    b.grad(0, embed("SelectBackwardBackward0", b.g(), b.shape(0), [dim, index](const Tensor& t) { return t.select(dim, index); }));
  });
}

}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

// --- Another shape -------------------------------------------------------------------------------------------------

Tensor Tensor::view(IntArrayRef size) const {
  check_defined("view", {*this});
  const TensorImpl* p = impl(*this);
  const DimVec shape = infer_size(size, p->numel);
  DimVec strides;
  WICK_CHECK(view_strides(p->sizes, p->strides, shape, strides),
             "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead. (view of ",
             sizes(), " with strides ", this->strides(), " as ", IntArrayRef(shape), ")");
  return view_as_shape(*this, shape, strides);
}
Tensor Tensor::view_as(const Tensor& other) const { return view(other.sizes()); }

Tensor reshape(const Tensor& self, IntArrayRef shape) {
  check_defined("reshape", {self});
  const TensorImpl* p = impl(self);
  const DimVec to = infer_size(shape, p->numel);
  DimVec strides;
  if (view_strides(p->sizes, p->strides, to, strides)) return view_as_shape(self, to, strides);
  const Tensor c = self.clone(MemoryFormat::Contiguous);
  return record("UnsafeViewBackward0", {c}, {}, [&] { return make_alias(c, to, contiguous_strides(to), 0); }, [](Backward& b) { b.grad(0, b.g().reshape(b.shape(0))); });
}
Tensor Tensor::reshape_as(const Tensor& other) const { return reshape(other.sizes()); }

Tensor flatten(const Tensor& self, int64_t start_dim, int64_t end_dim) {
  check_defined("flatten", {self});
  const int64_t from = wrap_dim(start_dim, self.dim(), "flatten"), to = wrap_dim(end_dim, self.dim(), "flatten");
  WICK_CHECK(from <= to, "flatten() has invalid args: start_dim cannot come after end_dim");
  if (self.dim() == 0) return self.reshape({1});
  if (from == to) return self;
  DimVec shape;
  int64_t n = 1;
  for (int64_t d = 0; d < self.dim(); ++d) {
    if (d < from || d > to) shape.push_back(self.size(d));
    else {
      n *= self.size(d);
      if (d == to) shape.push_back(n);
    }
  }
  return self.reshape(shape);
}
Tensor ravel(const Tensor& self) { return self.contiguous().view({-1}); }

Tensor unflatten(const Tensor& self, int64_t dim, IntArrayRef sizes) {
  check_defined("unflatten", {self});
  const int64_t d = wrap_dim(dim, self.dim(), "unflatten");
  WICK_CHECK(!sizes.empty(), "unflatten: sizes must be non-empty");
  DimVec part;
  try {
    part = infer_size(sizes, self.dim() ? self.size(d) : 1);
  } catch (const Error&) {
    throw Error(str("unflatten: Provided sizes ", sizes, " don't multiply up to the size of dim ", d, " (", self.dim() ? self.size(d) : 1, ") in the input tensor"));
  }
  DimVec shape(self.sizes());
  if (!shape.empty()) shape.erase(static_cast<size_t>(d));
  for (size_t i = 0; i < part.size(); ++i) shape.insert(static_cast<size_t>(d) + i, part[i]);
  return self.view(shape);
}

// --- Another order of dimensions -------------------------------------------------------------------------------------

Tensor transpose(const Tensor& self, int64_t dim0, int64_t dim1) {
  check_defined("transpose", {self});
  const int64_t n = self.dim(), d0 = wrap_dim(dim0, n, "transpose"), d1 = wrap_dim(dim1, n, "transpose");
  return d0 == d1 ? alias(self) : transpose_named("TransposeBackward0", self, d0, d1);
}
Tensor swapaxes(const Tensor& self, int64_t axis0, int64_t axis1) { return transpose(self, axis0, axis1); }
Tensor swapdims(const Tensor& self, int64_t dim0, int64_t dim1) { return transpose(self, dim0, dim1); }
Tensor t(const Tensor& self) {
  check_defined("t", {self});
  WICK_CHECK(self.dim() <= 2, "t() expects a tensor with <= 2 dimensions, but self is ", self.dim(), "D");
  if (self.dim() == 2) return transpose_named("TBackward0", self, 0, 1);
  return record_view("TBackward0", self, self.sizes(), self.strides(), self.storage_offset(), [](Backward& b) { b.grad(0, b.g()); });
}

Tensor permute(const Tensor& self, IntArrayRef dims) {
  check_defined("permute", {self});
  const TensorImpl* p = any_impl(self);
  const size_t n = p->sizes.size();
  WICK_CHECK(dims.size() == n, "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ", n, " is not equal to len(dims) = ", dims.size());
  DimVec sizes(n), strides(n), back(n, -1);
  for (size_t i = 0; i < n; ++i) {
    const auto d = static_cast<size_t>(wrap_dim(dims[i], static_cast<int64_t>(n), "permute"));
    WICK_CHECK(back[d] < 0, "permute(): duplicate dims are not allowed.");
    back[d] = static_cast<int64_t>(i);
    sizes[i] = p->sizes[d];
    if (!p->sparse) strides[i] = p->strides[d];
  }
  if (p->sparse) return record("PermuteBackward0", {self}, {}, [&] { return sparse_permute(self, dims); }, [back](Backward& b) { b.grad(0, b.g().permute(back)); });
  return view_of("PermuteBackward0", self, sizes, strides, p->offset, [&] { return [back](Backward& b) { b.grad(0, b.g().permute(back)); }; });
}

Tensor movedim(const Tensor& self, IntArrayRef source, IntArrayRef destination) {
  check_defined("movedim", {self});
  WICK_CHECK(source.size() == destination.size(), "movedim: Invalid source or destination dims: source (", source, " dims) should contain the same number of dims as destination (", destination, " dims)");
  const int64_t n = self.dim();
  DimVec order(static_cast<size_t>(n), -1), left;
  SmallVec<bool, 8> used(static_cast<size_t>(n), false);
  for (size_t i = 0; i < source.size(); ++i) {
    const auto s = static_cast<size_t>(wrap_dim(source[i], n, "movedim")), d = static_cast<size_t>(wrap_dim(destination[i], n, "movedim"));
    if (n == 0) continue;
    WICK_CHECK(!used[s], "movedim: repeated dim in `source` (", source, ")");
    WICK_CHECK(order[d] < 0, "movedim: repeated dim in `destination` (", destination, ")");
    used[s] = true;
    order[d] = static_cast<int64_t>(s);
  }
  if (n == 0) return alias(self);
  size_t next = 0;
  for (int64_t& o : order) {
    if (o >= 0) continue;
    while (used[next]) ++next;
    o = static_cast<int64_t>(next++);
  }
  return self.permute(order);
}
Tensor movedim(const Tensor& self, int64_t source, int64_t destination) { return movedim(self, IntArrayRef(source), IntArrayRef(destination)); }
Tensor moveaxis(const Tensor& self, IntArrayRef source, IntArrayRef destination) { return movedim(self, source, destination); }
Tensor moveaxis(const Tensor& self, int64_t source, int64_t destination) { return movedim(self, source, destination); }

Tensor Tensor::numpy_T() const {
  DimVec order;
  for (int64_t d = dim(); d-- > 0;) order.push_back(d);
  return permute(order);
}
Tensor Tensor::mT() const {
  WICK_CHECK(dim() >= 2, "tensor.mT is only supported on matrices or batches of matrices. Got ", dim(), "-D tensor.");
  return transpose(-2, -1);
}
Tensor Tensor::mH() const {
  WICK_CHECK(dim() >= 2, "tensor.mH is only supported on matrices or batches of matrices. Got ", dim(), "-D tensor.");
  return wick::adjoint(*this);
}
Tensor Tensor::matrix_H() const {
  WICK_CHECK(dim() == 0 || dim() == 2, "tensor.H is only supported on matrices (2-D tensors). Got ", dim(), "-D tensor.");
  return dim() == 0 ? wick::conj(*this) : wick::adjoint(*this);
}
Tensor adjoint(const Tensor& self) {
  check_defined("adjoint", {self});
  WICK_CHECK(self.dim() >= 2 || self.dim() == 0, "tensor.adjoint() is only supported on matrices or batches of matrices. Got ", self.dim(), "-D tensor.");
  const Tensor x = self.dim() == 0 ? self : self.transpose(-2, -1);
  return x.is_complex() ? x.conj() : x;
}

// --- Parts -----------------------------------------------------------------------------------------------------------

Tensor select(const Tensor& self, int64_t dim, int64_t index) {
  check_defined("select", {self});
  const TensorImpl* p = any_impl(self);
  const auto n = static_cast<int64_t>(p->sizes.size());
  WICK_CHECK_TYPE(IndexError, n > 0, "select() cannot be applied to a 0-dim tensor.");
  const int64_t d = wrap_dim(dim, n, "select"), size = p->sizes[static_cast<size_t>(d)];
  WICK_CHECK_TYPE(IndexError, index >= -size && index < size, "select(): index ", index, " out of range for tensor of size ", self.sizes(), " at dimension ", d);
  const int64_t at = index < 0 ? index + size : index;
  if (!p->sparse) return select_unchecked(self, d, at);
  return record("SelectBackward0", {self}, {}, [&] { return sparse_select(self, d, at); }, [d, at](Backward& b) {
    Tensor g = zeros(b.shape(0), b.g().options().layout(kStrided));
    g.select(d, at).copy_(b.g().to_dense());
    b.grad(0, g);
  });
}

Tensor slice(const Tensor& self, int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end, int64_t step) {
  check_defined("slice", {self});
  const TensorImpl* p = impl(self);
  const auto n = static_cast<int64_t>(p->sizes.size());
  WICK_CHECK(n > 0, "slice() cannot be applied to a 0-dim tensor.");
  const int64_t dd = wrap_dim(dim, n, "slice");
  const auto d = static_cast<size_t>(dd);
  WICK_CHECK(step > 0, "slice step must be positive, got ", step);
  const int64_t from = clamp_index(start.value_or(0), p->sizes[d]), to = std::max(from, clamp_index(end.value_or(INT64_MAX), p->sizes[d]));
  DimVec sizes = p->sizes, strides = p->strides;
  const int64_t offset = p->offset + from * strides[d];
  sizes[d] = (to - from) / step + ((to - from) % step != 0);
  if (__builtin_mul_overflow(strides[d], step, &strides[d])) strides[d] = 1;
  return record_view("SliceBackward0", self, sizes, strides, offset, [dd, from, to, step](Backward& b) {
    b.grad(0, embed("SliceBackwardBackward0", b.g(), b.shape(0), [dd, from, to, step](const Tensor& t) { return t.slice(dd, from, to, step); }));
  });
}

Tensor narrow(const Tensor& self, int64_t dim, int64_t start, int64_t length) {
  check_defined("narrow", {self});
  WICK_CHECK(self.dim() > 0, "narrow() cannot be applied to a 0-dim tensor.");
  WICK_CHECK(length >= 0, "narrow(): length must be non-negative.");
  const int64_t size = self.size(dim);
  WICK_CHECK_TYPE(IndexError, start >= -size && start <= size, "start out of range (expected to be in range of [", -size, ", ", size, "], but got ", start, ")");
  if (start < 0) start += size;
  WICK_CHECK(start <= size - length, "start (", start, ") + length (", length, ") exceeds dimension size (", size, ").");
  return slice(self, dim, start, start + length, 1);
}
Tensor narrow(const Tensor& self, int64_t dim, const Tensor& start, int64_t length) {
  check_defined("narrow", {self, start});
  WICK_CHECK(start.dim() == 0 && is_integral_type(start.scalar_type(), false), "start must be an 0-dim integral Tensor.");
  return narrow(self, dim, start.item<int64_t>(), length);
}

Tensor diagonal(const Tensor& self, int64_t offset, int64_t dim1, int64_t dim2) {
  check_defined("diagonal", {self});
  const int64_t n = self.dim(), d1 = wrap_dim(dim1, n, "diagonal"), d2 = wrap_dim(dim2, n, "diagonal");
  WICK_CHECK(d1 != d2, "diagonal dimensions cannot be identical ", dim1, ", ", dim2);
  const int64_t length = std::max<int64_t>(0, offset >= 0 ? std::min(self.size(d1), self.size(d2) - offset) : std::min(self.size(d1) + offset, self.size(d2)));
  const int64_t skip = length == 0 ? 0 : offset >= 0 ? offset * self.stride(d2) : -offset * self.stride(d1);
  DimVec sizes, strides;
  for (int64_t d = 0; d < n; ++d)
    if (d != d1 && d != d2) {
      sizes.push_back(self.size(d));
      strides.push_back(self.stride(d));
    }
  sizes.push_back(length);
  strides.push_back(self.stride(d1) + self.stride(d2));
  return record_view("DiagonalBackward0", self, sizes, strides, self.storage_offset() + skip, [=](Backward& b) {
    b.grad(0, embed("DiagonalBackwardBackward0", b.g(), b.shape(0), [=](const Tensor& t) { return t.diagonal(offset, d1, d2); }));
  });
}

// --- Dimensions of size 1 and 0 strides --------------------------------------------------------------------------------

namespace {
struct Unsqueezed { void operator()(Backward& b) const { b.grad(0, b.g().reshape(b.shape(0))); } };
template <class Drop>
Tensor squeeze_where(const char* name, const Tensor& self, Drop drop) {
  const TensorImpl* p = impl(self);
  DimVec sizes, strides;
  for (size_t d = 0; d < p->sizes.size(); ++d)
    if (p->sizes[d] != 1 || !drop(d)) {
      sizes.push_back(p->sizes[d]);
      strides.push_back(p->strides[d]);
    }
  return record_view(name, self, sizes, strides, p->offset, Unsqueezed());
}
}  // namespace

Tensor squeeze(const Tensor& self) {
  check_defined("squeeze", {self});
  return squeeze_where("SqueezeBackward0", self, [](size_t) { return true; });
}
Tensor squeeze(const Tensor& self, int64_t dim) {
  check_defined("squeeze", {self});
  const auto d = static_cast<size_t>(wrap_dim(dim, self.dim(), "squeeze"));
  return squeeze_where("SqueezeBackward1", self, [d](size_t i) { return i == d; });
}
Tensor squeeze(const Tensor& self, IntArrayRef dim) {
  check_defined("squeeze", {self});
  uint64_t drop = 0;
  for (int64_t d : dim) {
    const uint64_t bit = uint64_t{1} << wrap_dim(d, self.dim(), "squeeze");
    WICK_CHECK(!(drop & bit), "dim ", d, " appears multiple times in the list of dims");
    drop |= bit;
  }
  return squeeze_where("SqueezeBackward2", self, [drop](size_t i) { return drop >> i & 1; });
}

Tensor unsqueeze(const Tensor& self, int64_t dim) {
  check_defined("unsqueeze", {self});
  const TensorImpl* p = any_impl(self);
  const auto n = static_cast<int64_t>(p->sizes.size());
  const int64_t dd = wrap_dim(dim, n + 1, "unsqueeze");
  if (p->sparse) return record("UnsqueezeBackward0", {self}, {}, [&] { return sparse_unsqueeze(self, dd); }, [dd](Backward& b) { b.grad(0, b.g().select(dd, 0)); });
  const auto d = static_cast<size_t>(dd);
  DimVec sizes = p->sizes, strides = p->strides;
  strides.insert(d, dd >= n ? 1 : sizes[d] * strides[d]);
  sizes.insert(d, 1);
  return record_view("UnsqueezeBackward0", self, sizes, strides, p->offset, [dd](Backward& b) { b.grad(0, b.g().squeeze(dd)); });
}

Tensor Tensor::expand(IntArrayRef size, bool) const {
  check_defined("expand", {*this});
  const Geometry g = expand_geometry(*this, size);
  return record_view("ExpandBackward0", *this, g.sizes, g.strides, storage_offset(), [](Backward& b) { b.grad(0, b.g()); });
}
Tensor Tensor::expand_as(const Tensor& other) const { return expand(other.sizes()); }
Tensor broadcast_to(const Tensor& self, IntArrayRef size) { return self.expand(size); }
std::vector<Tensor> broadcast_tensors(ArrayRef<Tensor> tensors) {
  DimVec shape;
  for (const Tensor& t : tensors) shape = broadcast_shape("broadcast_tensors", shape, t.sizes());
  std::vector<Tensor> r;
  for (const Tensor& t : tensors) r.push_back(t.expand(shape));
  return r;
}

namespace {
template <class F>
std::vector<Tensor> each(ArrayRef<Tensor> tensors, F f) {
  std::vector<Tensor> r;
  r.reserve(tensors.size());
  for (const Tensor& t : tensors) r.push_back(f(t));
  return r;
}
}  // namespace
Tensor atleast_1d(const Tensor& self) { return self.dim() == 0 ? self.reshape({1}) : self; }
Tensor atleast_2d(const Tensor& self) { return self.dim() == 0 ? self.reshape({1, 1}) : self.dim() == 1 ? self.unsqueeze(0) : self; }
Tensor atleast_3d(const Tensor& self) {
  switch (self.dim()) {
    case 0: return self.reshape({1, 1, 1});
    case 1: return self.unsqueeze(0).unsqueeze(-1);
    case 2: return self.unsqueeze(-1);
    default: return self;
  }
}
std::vector<Tensor> atleast_1d(ArrayRef<Tensor> tensors) { return each(tensors, [](const Tensor& t) { return atleast_1d(t); }); }
std::vector<Tensor> atleast_2d(ArrayRef<Tensor> tensors) { return each(tensors, [](const Tensor& t) { return atleast_2d(t); }); }
std::vector<Tensor> atleast_3d(ArrayRef<Tensor> tensors) { return each(tensors, [](const Tensor& t) { return atleast_3d(t); }); }

// --- The tensor itself ---------------------------------------------------------------------------------------------

Tensor alias(const Tensor& self) {
  check_defined("alias", {self});
  return record_view("AliasBackward0", self, self.sizes(), self.strides(), self.storage_offset(), [](Backward& b) { b.grad(0, b.g()); });
}
Tensor detach(const Tensor& self) {
  check_defined("detach", {self});
  return make_alias(self);
}
Tensor& detach_(Tensor& self) { return self.detach_(); }

}  // namespace wick::inline v1
