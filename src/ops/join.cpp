// Joining tensors and taking them apart.
#include <cstring>

#include <wick/core/parallel.h>

#include "autograd/autocast.h"
#include "ops/sparse.h"
#include "ops/view.h"

namespace wick::ops {
namespace {

// Empty 1-d tensors join with anything.
bool skipped(const Tensor& t) { return t.dim() == 1 && t.numel() == 0; }

ScalarType join_type(TensorList tensors) {
  ScalarType t = tensors[0].scalar_type();
  for (const Tensor& x : tensors) t = promote_types(t, x.scalar_type());
  return t;
}

void check_list(const char* op, TensorList tensors) {
  WICK_CHECK(!tensors.empty(), op, "(): expected a non-empty list of Tensors");
  for (size_t i = 0; i < tensors.size(); ++i) WICK_CHECK(tensors[i].defined(), op, ": tensor ", i, " of the list is undefined");
}

struct CatPlan {
  int64_t dim = 0;
  DimVec sizes, strides;
  ScalarType dtype;
};

CatPlan plan_cat(TensorList tensors, int64_t dim) {
  check_list("torch.cat", tensors);
  const Tensor* first = nullptr;
  for (size_t i = 0; i < tensors.size(); ++i) {
    WICK_CHECK(tensors[i].dim() > 0, "zero-dimensional tensor (at position ", i, ") cannot be concatenated");
    if (!first && !skipped(tensors[i])) first = &tensors[i];
  }
  CatPlan p;
  p.dtype = join_type(tensors);
  if (!first) {
    wrap_dim(dim, 1, "cat");
    p.sizes.push_back(0);
    p.strides.push_back(1);
    return p;
  }
  p.dim = wrap_dim(dim, first->dim(), "cat");
  p.sizes.assign(first->sizes());
  const auto d = static_cast<size_t>(p.dim);
  p.sizes[d] = 0;
  bool same_format = true;
  const MemoryFormat format = tensors[0].suggest_memory_format();
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& t = tensors[i];
    same_format = same_format && t.suggest_memory_format() == format;
    if (skipped(t)) continue;
    WICK_CHECK(t.dim() == first->dim(), "Tensors must have same number of dimensions: got ", first->dim(), " and ", t.dim());
    for (size_t k = 0; k < p.sizes.size(); ++k)
      if (k != d)
        WICK_CHECK(t.sizes()[k] == p.sizes[k], "Sizes of tensors must match except in dimension ", d, ". Expected size ", p.sizes[k], " but got size ", t.sizes()[k], " for tensor number ", i, " in the list.");
    p.sizes[d] += t.sizes()[d];
  }
  p.strides = same_format ? format_strides(p.sizes, format) : contiguous_strides(p.sizes);
  return p;
}

// All of one type and contiguous: rows of bytes side by side.
bool cat_rows(const Tensor& r, TensorList tensors, int64_t dim) {
  const TensorImpl* to = impl(r);
  if (!to->contiguous) return false;
  for (const Tensor& t : tensors)
    if (t.scalar_type() != to->dtype || (!skipped(t) && !t.is_contiguous())) return false;
  int64_t outer = 1, inner = static_cast<int64_t>(to->itemsize());
  for (int64_t d = 0; d < dim; ++d) outer *= to->sizes[static_cast<size_t>(d)];
  for (auto d = static_cast<size_t>(dim) + 1; d < to->sizes.size(); ++d) inner *= to->sizes[d];
  const int64_t row = inner * to->sizes[static_cast<size_t>(dim)];
  if (outer == 1 && row > (1 << 20)) return false;  // few large blocks: each copied by all threads
  parallel_for(0, outer, std::max<int64_t>(1, (1 << 18) / std::max<int64_t>(row, 1)), [&](int64_t b, int64_t e) {
    for (int64_t o = b; o < e; ++o) {
      char* at = to->data + o * row;
      for (const Tensor& t : tensors) {
        if (t.numel() == 0) continue;
        const int64_t n = inner * impl(t)->sizes[static_cast<size_t>(dim)];
        std::memcpy(at, impl(t)->data + o * n, static_cast<size_t>(n));
        at += n;
      }
    }
  });
  return true;
}

void cat_into(const Tensor& r, TensorList tensors, int64_t dim) {
  if (r.numel() == 0 || cat_rows(r, tensors, dim)) return;
  int64_t at = 0;
  const auto d = static_cast<size_t>(dim);
  for (const Tensor& t : tensors) {
    if (t.numel() == 0) {
      if (!skipped(t)) at += t.sizes()[d];
      continue;
    }
    raw_copy(raw_view(r, t.sizes(), r.strides(), r.storage_offset() + at * r.strides()[d]), t);
    at += t.sizes()[d];
  }
}

struct CatRule {
  int64_t dim;
  SmallVec<bool, 8> skip;
  void operator()(Backward& b) const {
    int64_t at = 0;
    for (size_t i = 0; i < skip.size(); ++i) {
      const int k = static_cast<int>(i);
      const int64_t n = skip[i] ? 0 : b.shape(k)[static_cast<size_t>(dim)];
      if (b.needs(k)) b.grad(k, skip[i] ? zeros({0}, b.g().options()) : b.g().narrow(dim, at, n));
      at += n;
    }
  }
};
CatRule cat_rule(TensorList tensors, int64_t dim) {
  CatRule rule{dim, {}};
  for (const Tensor& t : tensors) rule.skip.push_back(skipped(t));
  return rule;
}

// What all sequences of parts share: views that may not be changed in place, made by one node.
template <class Rule>
void record_parts(const char* name, const Tensor& self, const std::vector<Tensor>& parts, Rule&& rule) {
  if (!autograd::recording({self})) return;
  auto node = autograd::make_node(name, {self}, std::forward<Rule>(rule));
  autograd::Results r;
  r.add(parts);
  autograd::finish(node, {}, r);
}

struct SplitRule {
  int64_t dim;
  size_t n;
  void operator()(Backward& b) const {
    std::vector<Tensor> g;
    for (size_t i = 0; i < n; ++i) g.push_back(b.g_or_zeros(static_cast<int>(i)));
    b.grad(0, n == 0 ? zeros(b.shape(0), b.dtype(0)) : cat(g, dim));
  }
};

// Consecutive parts along a dimension, of the sizes that size(i) gives.
template <class Size>
std::vector<Tensor> parts_of(const char* name, const Tensor& self, int64_t dim, size_t n, bool views, Size size) {
  std::vector<Tensor> r;
  r.reserve(n);
  DimVec sizes(self.sizes());
  int64_t offset = self.storage_offset();
  const auto d = static_cast<size_t>(dim);
  for (size_t i = 0; i < n; ++i) {
    sizes[d] = size(i);
    r.push_back(views ? autograd::make_view(self, sizes, self.strides(), offset, ViewKind::multi_output) : make_alias(self, sizes, self.strides(), offset));
    offset += sizes[d] * self.strides()[d];
  }
  record_parts(name, self, r, SplitRule{dim, n});
  return r;
}

std::vector<Tensor> split_by(const char* name, const Tensor& self, int64_t split_size, int64_t dim, bool views) {
  check_defined("split", {self});
  WICK_CHECK(self.dim() != 0, "split expects at least a 1-dimensional tensor");
  WICK_CHECK(split_size >= 0, "split expects split_size be non-negative, but got split_size=", split_size);
  const int64_t d = wrap_dim(dim, self.dim(), "split"), size = self.size(d);
  WICK_CHECK(split_size > 0 || size == 0, "split_size can only be 0 if dimension size is 0, but got dimension size of ", size);
  const int64_t n = split_size == 0 ? 1 : std::max<int64_t>((size + split_size - 1) / split_size, 1);
  return parts_of(name, self, d, static_cast<size_t>(n), views, [&](size_t i) { return i + 1 < static_cast<size_t>(n) ? split_size : size - split_size * (n - 1); });
}

std::vector<Tensor> split_sizes(const char* name, const Tensor& self, IntArrayRef sizes, int64_t dim, bool views) {
  check_defined("split_with_sizes", {self});
  WICK_CHECK(self.dim() != 0, "split expects at least a 1-dimensional tensor");
  const int64_t d = wrap_dim(dim, self.dim(), "split_with_sizes"), size = self.size(d);
  int64_t sum = 0;
  for (int64_t s : sizes) {
    WICK_CHECK(s >= 0, "split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes=", sizes);
    sum += s;
  }
  WICK_CHECK(sum == size, "split_with_sizes expects split_sizes to sum exactly to ", size, " (input tensor's size at dimension ", d, "), but got split_sizes=", sizes);
  return parts_of(name, self, d, sizes.size(), views, [&](size_t i) { return sizes[i]; });
}

std::vector<Tensor> chunk_by(const char* name, const char* with_sizes, const Tensor& self, int64_t chunks, int64_t dim, bool views) {
  check_defined("chunk", {self});
  WICK_CHECK(self.dim() > 0, "chunk expects at least a 1-dimensional tensor");
  WICK_CHECK(chunks > 0, "chunk expects `chunks` to be greater than 0, got: ", chunks);
  const int64_t size = self.size(dim), each = (size + chunks - 1) / chunks;
  // Nothing to split, and still as many parts as asked for.
  if (each == 0 && size == 0) return split_sizes(with_sizes, self, DimVec(static_cast<size_t>(chunks), 0), dim, views);
  return split_by(name, self, each, dim, views);
}

std::vector<Tensor> with_dims(TensorList tensors, Tensor (*f)(const Tensor&)) {
  std::vector<Tensor> r;
  for (const Tensor& t : tensors) r.push_back(f(t));
  return r;
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

// --- Joining -----------------------------------------------------------------------------------------------------------

Tensor cat(const ArrayRef<Tensor>& tensors, int64_t dim) {
  WICK_AUTOCAST(widest, cat, tensors, dim);
  if (!tensors.empty() && is_sparse(tensors[0])) {
    const int64_t d = wrap_dim(dim, tensors[0].dim(), "cat");
    return record("CatBackward0", tensors, {}, [&] { return sparse_cat(tensors, d); }, [d](Backward& b) {
      int64_t at = 0;
      const Tensor g = b.g().to_dense();
      for (int i = 0; static_cast<size_t>(i) < b.result.size(); ++i) {
        const int64_t n = b.shape(i)[static_cast<size_t>(d)];
        if (b.needs(i)) b.grad(i, g.narrow(d, at, n));
        at += n;
      }
    });
  }
  const CatPlan p = plan_cat(tensors, dim);
  const auto kernel = [&] {
    Tensor r = make_tensor(p.sizes, p.strides, p.dtype);
    cat_into(r, tensors, p.dim);
    return r;
  };
  if (!autograd::recording(tensors) && !watch::watched()) return kernel();
  return record("CatBackward0", tensors, {}, kernel, cat_rule(tensors, p.dim));
}
Tensor& cat_out(Tensor& out, const ArrayRef<Tensor>& tensors, int64_t dim) {
  const CatPlan p = plan_cat(tensors, dim);
  autograd::check_out("cat", out, tensors);
  check_castable("torch.cat()", p.dtype, out.scalar_type());
  for (const Tensor& t : tensors) check_overlap("cat", out, {t});
  resize_out("cat", out, p.sizes, p.strides);
  cat_into(out, tensors, p.dim);
  impl(out)->bump_version();
  return out;
}
Tensor concat(ArrayRef<Tensor> tensors, int64_t dim) { return cat(tensors, dim); }
Tensor concatenate(ArrayRef<Tensor> tensors, int64_t dim) { return cat(tensors, dim); }
Tensor& concat_out(Tensor& out, ArrayRef<Tensor> tensors, int64_t dim) { return cat_out(out, tensors, dim); }
Tensor& concatenate_out(Tensor& out, ArrayRef<Tensor> tensors, int64_t dim) { return cat_out(out, tensors, dim); }

// Stacked along a dimension that exists, tensors of one memory format keep it: they are joined there, and the dimension is split.
static DimVec stacked_strides(TensorList tensors, int64_t dim) {
  const auto d = static_cast<size_t>(dim);
  const int64_t n = static_cast<int64_t>(tensors.size());
  DimVec joined(tensors[0].sizes());
  MemoryFormat format = dim < tensors[0].dim() ? tensors[0].suggest_memory_format() : MemoryFormat::Contiguous;
  for (const Tensor& t : tensors)
    if (t.suggest_memory_format() != format) format = MemoryFormat::Contiguous;
  if (format == MemoryFormat::Contiguous) {
    joined.insert(d, n);
    return contiguous_strides(joined);
  }
  joined[d] *= n;
  DimVec strides = format_strides(joined, format);
  strides.insert(d, strides[d] * tensors[0].sizes()[d]);
  return strides;
}

Tensor stack(ArrayRef<Tensor> tensors, int64_t dim) {
  WICK_AUTOCAST(widest, stack, tensors, dim);
  WICK_CHECK(!tensors.empty(), "stack expects a non-empty TensorList");
  check_list("stack", tensors);
  for (size_t i = 1; i < tensors.size(); ++i)
    WICK_CHECK(tensors[i].sizes() == tensors[0].sizes(), "stack expects each tensor to be equal size, but got ", tensors[0].sizes(), " at entry 0 and ", tensors[i].sizes(), " at entry ", i);
  const int64_t d = wrap_dim(dim, tensors[0].dim() + 1, "stack");
  if (is_sparse(tensors[0])) {
    std::vector<Tensor> parts;
    for (const Tensor& t : tensors) parts.push_back(t.unsqueeze(d));
    return wick::cat(parts, d);
  }
  return record("StackBackward0", tensors, {},
                [&] {
                  DimVec sizes(tensors[0].sizes());
                  sizes.insert(static_cast<size_t>(d), 1);
                  std::vector<Tensor> parts;
                  parts.reserve(tensors.size());
                  for (const Tensor& t : tensors) {
                    DimVec strides(t.strides());
                    strides.insert(static_cast<size_t>(d), d < t.dim() ? t.strides()[static_cast<size_t>(d)] * t.sizes()[static_cast<size_t>(d)] : 1);
                    parts.push_back(make_alias(t, sizes, strides, t.storage_offset()));
                  }
                  sizes[static_cast<size_t>(d)] = static_cast<int64_t>(tensors.size());
                  Tensor r = make_tensor(sizes, stacked_strides(tensors, d), join_type(tensors));
                  cat_into(r, parts, d);
                  return r;
                },
                [d](Backward& b) {
                  const auto g = b.g().unbind(d);
                  for (size_t i = 0; i < g.size(); ++i)
                    if (b.needs(static_cast<int>(i))) b.grad(static_cast<int>(i), g[i]);
                });
}
Tensor& stack_out(Tensor& out, ArrayRef<Tensor> tensors, int64_t dim) {
  autograd::check_out("stack", out, tensors);
  Tensor r = [&] { GateScope off(kGradOff); return stack(tensors, dim); }();
  check_castable("stack", r.scalar_type(), out.scalar_type());
  resize_out("stack", out, r.sizes());
  raw_copy(out, r);
  impl(out)->bump_version();
  return out;
}

Tensor hstack(ArrayRef<Tensor> tensors) {
  WICK_CHECK(!tensors.empty(), "hstack expects a non-empty TensorList");
  const auto t = with_dims(tensors, atleast_1d);
  return cat(t, t[0].dim() == 1 ? 0 : 1);
}
Tensor vstack(ArrayRef<Tensor> tensors) {
  WICK_CHECK(!tensors.empty(), "vstack expects a non-empty TensorList");
  return cat(with_dims(tensors, atleast_2d), 0);
}
Tensor dstack(ArrayRef<Tensor> tensors) {
  WICK_CHECK(!tensors.empty(), "dstack expects a non-empty TensorList");
  return cat(with_dims(tensors, atleast_3d), 2);
}
Tensor row_stack(ArrayRef<Tensor> tensors) { return vstack(tensors); }
Tensor column_stack(ArrayRef<Tensor> tensors) {
  WICK_CHECK(!tensors.empty(), "column_stack expects a non-empty TensorList");
  return hstack(with_dims(tensors, [](const Tensor& t) { return t.dim() <= 1 ? t.reshape({t.numel(), 1}) : t; }));
}
#define WICK_LIST_OUT(f)                                                          \
  Tensor& f##_out(Tensor& out, ArrayRef<Tensor> tensors) {                        \
    autograd::check_out(#f, out, tensors);                                        \
    return out_from(#f, out, {}, [&] { return f(tensors); });                     \
  }
WICK_LIST_OUT(hstack)
WICK_LIST_OUT(vstack)
WICK_LIST_OUT(dstack)
WICK_LIST_OUT(row_stack)
WICK_LIST_OUT(column_stack)
WICK_LIST_OUT(block_diag)

Tensor block_diag(ArrayRef<Tensor> tensors) {
  check_list("block_diag", tensors);
  int64_t rows = 0, cols = 0;
  std::vector<Tensor> blocks;
  for (size_t i = 0; i < tensors.size(); ++i) {
    WICK_CHECK(tensors[i].dim() <= 2, "torch.block_diag: Input tensors must have 2 or fewer dimensions. Input ", i, " has ", tensors[i].dim(), " dimensions");
    blocks.push_back(make_alias(tensors[i], atleast_2d(tensors[i]).sizes(), atleast_2d(tensors[i]).strides(), tensors[i].storage_offset()));
    rows += blocks.back().size(0);
    cols += blocks.back().size(1);
  }
  return record("BlockDiagBackward0", tensors, {},
                [&] {
                  Tensor r = make_tensor({rows, cols}, join_type(tensors));
                  raw_fill(r, 0);
                  int64_t y = 0, x = 0;
                  for (const Tensor& t : blocks) {
                    raw_copy(raw_view(r, t.sizes(), r.strides(), y * cols + x), t);
                    y += t.size(0);
                    x += t.size(1);
                  }
                  return r;
                },
                [n = static_cast<int>(tensors.size())](Backward& b) {
                  int64_t y = 0, x = 0;
                  for (int i = 0; i < n; ++i) {
                    const IntArrayRef s = b.shape(i);
                    const int64_t h = s.size() == 2 ? s[0] : 1, w = s.empty() ? 1 : s[s.size() - 1];
                    if (b.needs(i)) b.grad(i, b.g().narrow(0, y, h).narrow(1, x, w).reshape(s));
                    y += h;
                    x += w;
                  }
                });
}

// --- Taking apart --------------------------------------------------------------------------------------------------------

std::vector<Tensor> split(const Tensor& self, int64_t split_size, int64_t dim) { return split_by("SplitBackward0", self, split_size, dim, true); }
std::vector<Tensor> split_with_sizes(const Tensor& self, IntArrayRef sizes, int64_t dim) { return split_sizes("SplitWithSizesBackward0", self, sizes, dim, true); }
std::vector<Tensor> split(const Tensor& self, IntArrayRef sizes, int64_t dim) { return split_with_sizes(self, sizes, dim); }
std::vector<Tensor> chunk(const Tensor& self, int64_t chunks, int64_t dim) { return chunk_by("SplitBackward0", "SplitWithSizesBackward0", self, chunks, dim, true); }
std::vector<Tensor> Tensor::unsafe_split(int64_t split_size, int64_t dim) const { return split_by("UnsafeSplitBackward0", *this, split_size, dim, false); }
std::vector<Tensor> Tensor::unsafe_split_with_sizes(IntArrayRef sizes, int64_t dim) const { return split_sizes("UnsafeSplitWithSizesBackward0", *this, sizes, dim, false); }
std::vector<Tensor> Tensor::unsafe_chunk(int64_t chunks, int64_t dim) const { return chunk_by("UnsafeSplitBackward0", "UnsafeSplitWithSizesBackward0", *this, chunks, dim, false); }

std::vector<Tensor> unbind(const Tensor& self, int64_t dim) {
  check_defined("unbind", {self});
  WICK_CHECK_TYPE(IndexError, self.dim() > 0, "Dimension specified as ", dim, " but tensor has no dimensions");
  const int64_t d = wrap_dim(dim, self.dim(), "unbind");
  DimVec sizes(self.sizes()), strides(self.strides());
  const int64_t n = sizes[static_cast<size_t>(d)], step = strides[static_cast<size_t>(d)];
  sizes.erase(static_cast<size_t>(d));
  strides.erase(static_cast<size_t>(d));
  std::vector<Tensor> r;
  r.reserve(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) r.push_back(autograd::make_view(self, sizes, strides, self.storage_offset() + i * step, ViewKind::multi_output));
  record_parts("UnbindBackward0", self, r, [d, n](Backward& b) {
    std::vector<Tensor> g;
    for (int64_t i = 0; i < n; ++i) g.push_back(b.g_or_zeros(static_cast<int>(i)));
    b.grad(0, stack(g, d));
  });
  return r;
}

std::vector<Tensor> tensor_split(const Tensor& self, int64_t sections, int64_t dim) {
  check_defined("tensor_split", {self});
  WICK_CHECK(self.dim() > 0, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with ", self.dim(), " dims");
  const int64_t d = wrap_dim(dim, self.dim(), "tensor_split");
  WICK_CHECK(sections > 0, "number of sections must be larger than 0, got ", sections);
  std::vector<Tensor> r;
  const int64_t size = self.size(d), least = size / sections, longer = size % sections;
  int64_t at = 0;
  for (int64_t i = 0; i < sections; ++i) {
    const int64_t n = least + (i < longer);
    r.push_back(slice(self, d, at, at + n));
    at += n;
  }
  return r;
}
std::vector<Tensor> tensor_split(const Tensor& self, IntArrayRef indices, int64_t dim) {
  check_defined("tensor_split", {self});
  WICK_CHECK(self.dim() > 0, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with ", self.dim(), " dims");
  const int64_t d = wrap_dim(dim, self.dim(), "tensor_split");
  std::vector<Tensor> r;
  int64_t at = 0;
  for (int64_t i : indices) {
    r.push_back(slice(self, d, at, i));
    at = i;
  }
  r.push_back(slice(self, d, at, self.size(d)));
  return r;
}
std::vector<Tensor> tensor_split(const Tensor& self, const Tensor& at, int64_t dim) {
  check_defined("tensor_split", {self, at});
  WICK_CHECK(self.dim() > 0, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with ", self.dim(), " dims");
  WICK_CHECK(at.scalar_type() == kLong, "tensor_split expected tensor_indices_or_sections to have dtype of long, but got ", at.scalar_type());
  WICK_CHECK(at.dim() <= 1, "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor with ", at.dim(), " dims");
  if (at.dim() == 0) return tensor_split(self, at.item<int64_t>(), dim);
  const Tensor c = raw_contiguous(at);
  return tensor_split(self, IntArrayRef(typed<int64_t>(c), static_cast<size_t>(c.numel())), dim);
}

namespace {
int64_t split_dim(const char* op, const Tensor& self, int64_t least) {
  check_defined(op, {self});
  WICK_CHECK(self.dim() >= least, "torch.", op, " requires a tensor with at least ", least, " dimension", least > 1 ? "s" : "", ", but got a tensor with ", self.dim(), " dimensions!");
  return least == 1 ? (self.dim() == 1 ? 0 : 1) : least == 2 ? 0 : 2;
}
std::vector<Tensor> split_even(const char* op, const Tensor& self, int64_t sections, int64_t least) {
  const int64_t d = split_dim(op, self, least);
  WICK_CHECK(sections > 0 && self.size(d) % sections == 0, "torch.", op, " attempted to split along dimension ", d, ", but the size of the dimension ", self.size(d), " is not divisible by the split_size ", sections, "!");
  return tensor_split(self, sections, d);
}
}  // namespace
std::vector<Tensor> hsplit(const Tensor& self, int64_t sections) { return split_even("hsplit", self, sections, 1); }
std::vector<Tensor> vsplit(const Tensor& self, int64_t sections) { return split_even("vsplit", self, sections, 2); }
std::vector<Tensor> dsplit(const Tensor& self, int64_t sections) { return split_even("dsplit", self, sections, 3); }
std::vector<Tensor> hsplit(const Tensor& self, IntArrayRef indices) { return tensor_split(self, indices, split_dim("hsplit", self, 1)); }
std::vector<Tensor> vsplit(const Tensor& self, IntArrayRef indices) { return tensor_split(self, indices, split_dim("vsplit", self, 2)); }
std::vector<Tensor> dsplit(const Tensor& self, IntArrayRef indices) { return tensor_split(self, indices, split_dim("dsplit", self, 3)); }

}  // namespace wick::inline v1
