// Copies with another shape or order: repetition, padding, rotation, triangles, diagonals.
#include <algorithm>
#include <cstring>

#include <wick/core/parallel.h>

#include "ops/view.h"

namespace wick::ops {

void require_same_geometry(const char* op, const Tensor& view, const Tensor& src) {
  WICK_CHECK(view.sizes() == src.sizes(), op, ": expected src to have a size equal to the slice of self. src size = ", src.sizes(), ", slice size = ", view.sizes());
}

namespace {

// The elements of x with the dimensions in `dims` running backwards, without a copy.
Tensor reversed(const Tensor& x, uint64_t dims) {
  DimVec strides(x.strides());
  int64_t offset = x.storage_offset();
  for (size_t d = 0; d < strides.size(); ++d)
    if (dims >> d & 1) {
      offset += (x.sizes()[d] - 1) * strides[d];
      strides[d] = -strides[d];
    }
  return raw_view(x, x.sizes(), strides, x.numel() == 0 ? x.storage_offset() : offset);
}
uint64_t dim_set(const char* op, IntArrayRef dims, int64_t n) {
  uint64_t set = 0;
  for (int64_t d : dims) {
    const uint64_t bit = uint64_t{1} << wrap_dim(d, n, op);
    WICK_CHECK(!(set & bit), "dim ", d < 0 ? d + n : d, " appears multiple times in the list of dims");
    set |= bit;
  }
  return set;
}

// x moved by `shift` along dimension d, around the end.
Tensor roll_one(const Tensor& x, int64_t shift, int64_t d) {
  Tensor r = make_tensor(x.sizes(), format_strides(x.sizes(), x.suggest_memory_format()), x.scalar_type());
  const int64_t size = x.dim() == 0 ? 1 : x.size(d);
  if (x.numel() == 0) return r;
  int64_t by = shift % size;
  if (by < 0) by += size;
  if (by == 0) {
    raw_copy(r, x);
    return r;
  }
  DimVec part(x.sizes());
  const auto k = static_cast<size_t>(d);
  part[k] = size - by;
  raw_copy(raw_view(r, part, r.strides(), by * r.strides()[k]), raw_view(x, part, x.strides(), x.storage_offset()));
  part[k] = by;
  raw_copy(raw_view(r, part, r.strides(), 0), raw_view(x, part, x.strides(), x.storage_offset() + (size - by) * x.strides()[k]));
  return r;
}
Tensor raw_roll(const Tensor& x, IntArrayRef shifts, IntArrayRef dims) {
  if (dims.empty()) {
    const Tensor flat = raw_contiguous(x);
    return make_alias(roll_one(raw_view(flat, {flat.numel()}, {1}, flat.storage_offset()), shifts[0], 0), x.sizes(), contiguous_strides(x.sizes()), 0);
  }
  Tensor r = x;
  for (size_t i = 0; i < dims.size(); ++i) r = roll_one(r, shifts[i], wrap_dim(dims[i], x.dim(), "roll"));
  return r;
}

// Sets what lies outside the triangle to zero; r is contiguous.
void clear_triangle(const Tensor& r, bool lower, int64_t k) {
  const int64_t rows = r.size(-2), cols = r.size(-1), batch = r.numel() == 0 ? 0 : r.numel() / (rows * cols);
  const auto item = static_cast<int64_t>(r.itemsize());
  char* p = impl(r)->data;
  parallel_for(0, batch * rows, std::max<int64_t>(1, kernels::cpu::kGrain / std::max<int64_t>(cols, 1)), [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i) {
      const int64_t row = i % rows;
      const int64_t cut = std::clamp<int64_t>(lower ? row + k + 1 : row + k, 0, cols);
      const int64_t from = lower ? cut : 0, n = lower ? cols - cut : cut;
      std::memset(p + (i * cols + from) * item, 0, static_cast<size_t>(n * item));
    }
  });
}
Tensor raw_triangle(const char* op, const Tensor& x, bool lower, int64_t k) {
  check_defined(op, {x});
  WICK_CHECK(x.dim() >= 2, op, ": input tensor must have at least 2 dimensions");
  Tensor r = make_tensor(x.sizes(), x.scalar_type());
  raw_copy(r, x);
  clear_triangle(r, lower, k);
  return r;
}
Tensor& triangle_inplace(const char* node, const char* op, const Tensor& x, bool lower, int64_t k) {
  check_defined(op, {x});
  WICK_CHECK(x.dim() >= 2, op, ": input tensor must have at least 2 dimensions");
  return record_inplace(node, x, {x}, {}, [&] {
    if (x.is_contiguous()) clear_triangle(x, lower, k);
    else raw_copy(x, raw_triangle(op, x, lower, k));
  }, [lower, k](Backward& b) { b.grad(0, lower ? b.g().tril(k) : b.g().triu(k)); });
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

// --- Order -------------------------------------------------------------------------------------------------------------------

Tensor flip(const Tensor& self, IntArrayRef dims) {
  check_defined("flip", {self});
  const uint64_t set = dim_set("flip", dims, self.dim());
  return record("FlipBackward0", {self}, {},
                [&] {
                  Tensor r = make_tensor(self.sizes(), preserved_strides(self), self.scalar_type());
                  if (self.numel() > 0) raw_copy(r, self.dim() == 0 ? self : reversed(self, set));
                  return r;
                },
                [d = DimVec(dims)](Backward& b) { b.grad(0, b.g().flip(d)); });
}
Tensor& flip_out(Tensor& out, const Tensor& self, IntArrayRef dims) { return out_from("flip", out, {self}, [&] { return flip(self, dims); }); }
Tensor fliplr(const Tensor& self) {
  WICK_CHECK(self.dim() >= 2, "Input must be >= 2-d.");
  return flip(self, {1});
}
Tensor flipud(const Tensor& self) {
  WICK_CHECK(self.dim() >= 1, "Input must be >= 1-d.");
  return flip(self, {0});
}

Tensor roll(const Tensor& self, IntArrayRef shifts, IntArrayRef dims) {
  check_defined("roll", {self});
  WICK_CHECK(!shifts.empty(), "`shifts` required");
  WICK_CHECK(dims.size() == shifts.size() || (dims.empty() && shifts.size() == 1), "shifts and dimensions must align. shifts: ", shifts.size(), ", dims:", dims.size());
  for (int64_t d : dims) {
    WICK_CHECK_TYPE(IndexError, self.dim() > 0, "Dimension specified as ", d, " but tensor has no dimensions");
    wrap_dim(d, self.dim(), "roll");
  }
  DimVec back(shifts);
  for (int64_t& s : back) s = -s;
  return record("RollBackward0", {self}, {}, [&] { return self.numel() == 0 ? self.clone() : raw_roll(self, shifts, dims); },
                [back, d = DimVec(dims)](Backward& b) { b.grad(0, b.g().roll(back, d)); });
}
Tensor& roll_out(Tensor& out, const Tensor& self, IntArrayRef shifts, IntArrayRef dims) { return out_from("roll", out, {self}, [&] { return roll(self, shifts, dims); }); }

Tensor rot90(const Tensor& self, int64_t k, IntArrayRef dims) {
  check_defined("rot90", {self});
  const int64_t n = self.dim();
  WICK_CHECK(dims.size() == 2, "expected total rotation dims == 2, but got dims = ", dims.size());
  WICK_CHECK(n >= 2, "expected total dims >= 2, but got total dims = ", n);
  WICK_CHECK(dims[0] != dims[1] && std::abs(dims[0] - dims[1]) != n, "expected rotation dims to be different, but got dim0 = ", dims[0], " and dim1 = ", dims[1]);
  for (int64_t d : dims) WICK_CHECK(d < n && d >= -n, "Rotation dim0 out of range, dim0 = ", d);
  const int64_t turns = (4 + k % 4) % 4;
  return record("Rot90Backward0", {self}, {},
                [&] {
                  switch (turns) {
                    case 1: return self.flip({dims[1]}).transpose_(dims[0], dims[1]);
                    case 2: return self.flip(dims);
                    case 3: return self.flip({dims[0]}).transpose_(dims[0], dims[1]);
                    default: return self.clone(MemoryFormat::Contiguous);
                  }
                },
                [k, d = DimVec(dims)](Backward& b) { b.grad(0, b.g().rot90(-k, d)); });
}
Tensor& rot90_out(Tensor& out, const Tensor& self, int64_t k, IntArrayRef dims) { return out_from("rot90", out, {self}, [&] { return rot90(self, k, dims); }); }

Tensor channel_shuffle(const Tensor& self, int64_t groups) {
  check_defined("channel_shuffle", {self});
  WICK_CHECK(self.dim() > 2, "channel_shuffle expects input with > 2 dims, but got input with sizes ", self.sizes());
  WICK_CHECK(groups > 0, "Number of groups to divide channels in must be positive. Value of groups:", groups);
  const int64_t c = self.size(1);
  WICK_CHECK(c % groups == 0, "Number of channels must be divisible by groups. Got ", c, " channels and ", groups, " groups.");
  return record("ChannelShuffleBackward0", {self}, {},
                [&] {
                  const MemoryFormat f = self.suggest_memory_format();
                  const Tensor x = raw_contiguous(self).view({self.size(0), groups, c / groups, -1}).transpose(1, 2).contiguous().view(self.sizes());
                  return x.contiguous(f);
                },
                [groups, c](Backward& b) { b.grad(0, channel_shuffle(b.g(), groups == 0 ? 1 : c / groups)); });
}
Tensor& channel_shuffle_out(Tensor& out, const Tensor& self, int64_t groups) { return out_from("channel_shuffle", out, {self}, [&] { return channel_shuffle(self, groups); }); }

// --- Repetition ----------------------------------------------------------------------------------------------------------

Tensor Tensor::repeat(IntArrayRef repeats) const {
  check_defined("repeat", {*this});
  WICK_CHECK(static_cast<int64_t>(repeats.size()) >= dim(), "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor");
  const size_t n = repeats.size(), lead = n - static_cast<size_t>(dim());
  // Each dimension as (repetition, element): the copy is a broadcast over the repetitions.
  DimVec shape, pairs, src_sizes, sums;
  for (size_t i = 0; i < n; ++i) {
    WICK_CHECK(repeats[i] >= 0, "Trying to create tensor with negative dimension ", repeats[i], ": ", repeats);
    const int64_t s = i < lead ? 1 : sizes()[i - lead];
    shape.push_back(repeats[i] * s);
    pairs.push_back(repeats[i]);
    pairs.push_back(s);
    src_sizes.push_back(1);
    src_sizes.push_back(s);
    sums.push_back(static_cast<int64_t>(2 * i));
  }
  return record("RepeatBackward0", {*this}, {},
                [&] {
                  Tensor r = make_tensor(shape, scalar_type());
                  if (r.numel() == 0) return r;
                  DimVec src_strides;
                  for (size_t i = 0; i < n; ++i) {
                    src_strides.push_back(0);
                    src_strides.push_back(i < lead ? 0 : strides()[i - lead]);
                  }
                  raw_copy(raw_view(r, pairs, contiguous_strides(pairs), 0), raw_view(*this, src_sizes, src_strides, storage_offset()));
                  return r;
                },
                [pairs, sums](Backward& b) {
                  if (b.g().numel() == 0 || sums.empty()) return b.grad(0, sums.empty() ? b.g() : zeros(b.shape(0), b.g().options()));
                  b.grad(0, b.g().reshape(pairs).sum(IntArrayRef(sums)).reshape(b.shape(0)));
                });
}
Tensor& repeat_out(Tensor& out, const Tensor& self, IntArrayRef repeats) { return out_from("repeat", out, {self}, [&] { return self.repeat(repeats); }); }
Tensor tile(const Tensor& self, IntArrayRef dims) {
  check_defined("tile", {self});
  DimVec r(dims);
  while (static_cast<int64_t>(r.size()) < self.dim()) r.insert(0, 1);
  return self.repeat(r);
}

Tensor repeat_interleave(const Tensor& repeats, std::optional<int64_t> output_size) {
  check_defined("repeat_interleave", {repeats});
  WICK_CHECK(repeats.dim() == 1, "repeat_interleave only accept 1D vector as repeat");
  WICK_CHECK(repeats.scalar_type() == kLong || repeats.scalar_type() == kInt, "repeats has to be Long or Int tensor");
  const Tensor c = raw_contiguous(repeats, kLong);
  const int64_t* n = typed<int64_t>(c);
  int64_t total = 0;
  for (int64_t i = 0; i < c.numel(); ++i) {
    WICK_CHECK(n[i] >= 0, "repeats can not be negative");
    total += n[i];
  }
  WICK_CHECK(!output_size || *output_size == total, "allocated size does not match required size: output_size ", output_size.value_or(0), ", sum of repeats ", total);
  const Tensor r = make_tensor({total}, kLong);
  int64_t* to = typed<int64_t>(r);
  for (int64_t i = 0; i < c.numel(); ++i) to = std::fill_n(to, n[i], i);
  return r.to(repeats.scalar_type());
}
Tensor repeat_interleave(const Tensor& self, const Tensor& repeats, std::optional<int64_t> dim, std::optional<int64_t> output_size) {
  check_defined("repeat_interleave", {self, repeats});
  const Tensor x = dim ? self : self.flatten();
  const int64_t d = wrap_dim(dim.value_or(0), x.dim(), "repeat_interleave");
  Tensor n = repeats;
  if (repeats.dim() == 0 || (repeats.dim() == 1 && repeats.size(0) == 1)) n = repeats.reshape({1}).expand({x.dim() ? x.size(d) : 1});
  else if (repeats.dim() == 1) WICK_CHECK(repeats.size(0) == x.size(d), "repeats must have the same size as input along dim, but got repeats.size(0) = ", repeats.size(0), " and input.size(", d, ") = ", x.size(d));
  else throw Error("repeats must be 0-dim or 1-dim tensor");
  return x.index_select(d, repeat_interleave(n, output_size));
}
Tensor repeat_interleave(const Tensor& self, int64_t repeats, std::optional<int64_t> dim, std::optional<int64_t> output_size) {
  check_defined("repeat_interleave", {self});
  Tensor x = dim ? self : self.flatten();
  WICK_CHECK(repeats >= 0, "Repeats must be non-negative");
  if (x.dim() == 0) x = x.reshape({1});
  const int64_t d = wrap_dim(dim.value_or(0), x.dim(), "repeat_interleave");
  WICK_CHECK(!output_size || *output_size == repeats * x.size(d), "repeat_interleave: Invalid output_size, expected ", repeats * x.size(d), " but got ", output_size.value_or(0));
  x = x.unsqueeze(d + 1);
  DimVec shape(x.sizes());
  shape[static_cast<size_t>(d) + 1] = repeats;
  return x.expand(shape).clone(MemoryFormat::Contiguous).flatten(d, d + 1);
}
Tensor& repeat_interleave_out(Tensor& out, const Tensor& repeats, std::optional<int64_t> output_size) { return out_from("repeat_interleave", out, {repeats}, [&] { return repeat_interleave(repeats, output_size); }); }

// --- Padding ---------------------------------------------------------------------------------------------------------------

Tensor constant_pad_nd(const Tensor& self, IntArrayRef pad, const Scalar& value) {
  check_defined("constant_pad_nd", {self});
  WICK_CHECK(pad.size() % 2 == 0, "Length of pad must be even but instead it equals ", pad.size());
  const auto n = static_cast<size_t>(self.dim()), padded = pad.size() / 2;
  WICK_CHECK(n >= padded, "Length of pad should be no more than twice the number of dimensions of the input. Pad length is ", pad.size(), " while the input has ", n, " dimensions.");
  DimVec shape(self.sizes()), inner(self.sizes());
  SmallVec<int64_t, 6> from(n, 0), to(n, 0);
  for (size_t k = 0; k < padded; ++k) {
    const size_t d = n - 1 - k;
    const int64_t before = pad[2 * k], after = pad[2 * k + 1];
    shape[d] += before + after;
    WICK_CHECK(shape[d] >= 0, "The input size ", self.sizes()[d], ", plus negative padding ", before, " and ", after, " resulted in a negative output size, which is invalid. Check dimension ", d, " of your input.");
    from[d] = std::max<int64_t>(-before, 0);
    to[d] = std::max<int64_t>(before, 0);
    inner[d] = std::max<int64_t>(0, self.sizes()[d] - from[d] - std::max<int64_t>(-after, 0));
  }
  DimVec back(pad);
  for (int64_t& p : back) p = -p;
  return record("ConstantPadNdBackward0", {self}, {},
                [&] {
                  Tensor r = make_tensor(shape, format_strides(shape, self.suggest_memory_format()), self.scalar_type());
                  if (r.numel() == 0) return r;
                  if (!(shape == IntArrayRef(inner))) raw_fill(r, value);
                  int64_t src = self.storage_offset(), dst = 0;
                  for (size_t d = 0; d < n; ++d) {
                    src += from[d] * self.strides()[d];
                    dst += to[d] * r.strides()[d];
                  }
                  if (count(inner) > 0) raw_copy(raw_view(r, inner, r.strides(), dst), raw_view(self, inner, self.strides(), src));
                  return r;
                },
                [back](Backward& b) { b.grad(0, constant_pad_nd(b.g(), back, 0)); });
}
Tensor& constant_pad_nd_out(Tensor& out, const Tensor& self, IntArrayRef pad, const Scalar& value) { return out_from("constant_pad_nd", out, {self}, [&] { return constant_pad_nd(self, pad, value); }); }

namespace {
// Each dimension continued from its other end.
Tensor pad_circular(const Tensor& self, IntArrayRef pad) {
  WICK_CHECK(static_cast<int64_t>(pad.size()) == 2 * (self.dim() - 2), "Invalid padding size, expected ", 2 * (self.dim() - 2), " but got ", pad.size());
  Tensor x = self;
  for (size_t k = 0; k < pad.size() / 2; ++k) {
    const int64_t d = self.dim() - 1 - static_cast<int64_t>(k), size = self.size(d), before = pad[2 * k], after = pad[2 * k + 1];
    WICK_CHECK(before <= size && after <= size, "Padding value causes wrapping around more than once.");
    WICK_CHECK(before + after + size >= 0, "Negative padding value is resulting in an empty dimension");
    std::vector<Tensor> parts;
    if (before > 0) parts.push_back(x.narrow(d, size - before, before));
    const int64_t from = std::max<int64_t>(-before, 0), to = size - std::max<int64_t>(-after, 0);
    parts.push_back(x.slice(d, from, to));
    if (after > 0) parts.push_back(x.narrow(d, 0, after));
    x = cat(parts, d);
  }
  return x.contiguous();
}
}  // namespace

Tensor pad(const Tensor& self, IntArrayRef pad, std::string_view mode, std::optional<double> value) {
  check_defined("pad", {self});
  if (mode == "constant") return constant_pad_nd(self, pad, value.value_or(0));
  WICK_CHECK(!value || *value == 0, "Padding mode \"", mode, "\" doesn't take in value argument");
  const size_t n = pad.size();
  const int64_t d = self.dim();
  if (n == 2 && (d == 2 || d == 3)) {
    if (mode == "reflect") return reflection_pad1d(self, pad);
    if (mode == "replicate") return replication_pad1d(self, pad);
    if (mode == "circular") return pad_circular(self, pad);
  } else if (n == 4 && (d == 3 || d == 4)) {
    if (mode == "reflect") return reflection_pad2d(self, pad);
    if (mode == "replicate") return replication_pad2d(self, pad);
    if (mode == "circular") return pad_circular(self, pad);
  } else if (n == 6 && (d == 4 || d == 5)) {
    if (mode == "reflect") return reflection_pad3d(self, pad);
    if (mode == "replicate") return replication_pad3d(self, pad);
    if (mode == "circular") return pad_circular(self, pad);
  } else {
    throw NotImplementedError(str("Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now, got ", n, " padding values for ", d, " dimensions"));
  }
  throw NotImplementedError(str("Unrecognised padding mode ", mode));
}

// --- Triangles and diagonals ---------------------------------------------------------------------------------------------------

Tensor tril(const Tensor& self, int64_t k) {
  return record("TrilBackward0", {self}, {}, [&] { return raw_triangle("tril", self, true, k); }, [k](Backward& b) { b.grad(0, b.g().tril(k)); });
}
Tensor triu(const Tensor& self, int64_t k) {
  return record("TriuBackward0", {self}, {}, [&] { return raw_triangle("triu", self, false, k); }, [k](Backward& b) { b.grad(0, b.g().triu(k)); });
}
Tensor& Tensor::tril_(int64_t diagonal) const { return triangle_inplace("TrilBackward0", "tril_", *this, true, diagonal); }
Tensor& Tensor::triu_(int64_t diagonal) const { return triangle_inplace("TriuBackward0", "triu_", *this, false, diagonal); }
Tensor& tril_out(Tensor& out, const Tensor& self, int64_t diagonal) { return out_from("tril", out, {self}, [&] { return tril(self, diagonal); }); }
Tensor& triu_out(Tensor& out, const Tensor& self, int64_t diagonal) { return out_from("triu", out, {self}, [&] { return triu(self, diagonal); }); }

Tensor diag_embed(const Tensor& self, int64_t offset, int64_t dim1, int64_t dim2) {
  check_defined("diag_embed", {self});
  WICK_CHECK(self.dim() > 0, "diag_embed: input must have at least one dimension");
  const int64_t n = self.dim() + 1, d1 = wrap_dim(dim1, n, "diag_embed"), d2 = wrap_dim(dim2, n, "diag_embed");
  WICK_CHECK(d1 != d2, "diagonal dimensions cannot be identical ", dim1, ", ", dim2);
  const int64_t length = self.size(-1) + std::abs(offset);
  DimVec shape(self.sizes());
  shape.pop_back();
  shape.insert(static_cast<size_t>(std::min(d1, d2)), length);
  shape.insert(static_cast<size_t>(std::max(d1, d2)), length);
  return record("DiagEmbedBackward0", {self}, {},
                [&] {
                  Tensor r = make_tensor(shape, self.scalar_type());
                  raw_fill(r, 0);
                  raw_copy(r.diagonal(offset, d1, d2), self);
                  return r;
                },
                [=](Backward& b) { b.grad(0, b.g().diagonal(offset, d1, d2)); });
}
Tensor& diag_embed_out(Tensor& out, const Tensor& self, int64_t offset, int64_t dim1, int64_t dim2) { return out_from("diag_embed", out, {self}, [&] { return diag_embed(self, offset, dim1, dim2); }); }

Tensor diag(const Tensor& self, int64_t k) {
  check_defined("diag", {self});
  WICK_CHECK(self.dim() == 1 || self.dim() == 2, "diag(): Supports 1D or 2D tensors. Got ", self.dim(), "D");
  if (self.dim() == 1) return diag_embed(self, k);
  return record("DiagonalBackward0_copy", {self}, {}, [&] { return self.diagonal(k).clone(MemoryFormat::Contiguous); }, [k](Backward& b) {
    b.grad(0, embed("DiagonalBackwardBackward0", b.g(), b.shape(0), [k](const Tensor& t) { return t.diagonal(k); }));
  });
}
Tensor& diag_out(Tensor& out, const Tensor& self, int64_t diagonal) { return out_from("diag", out, {self}, [&] { return diag(self, diagonal); }); }
Tensor diagflat(const Tensor& self, int64_t offset) { return self.contiguous().view({-1}).diag(offset); }

Tensor& Tensor::fill_diagonal_(const Scalar& value, bool wrap) const {
  check_defined("fill_diagonal_", {*this});
  WICK_CHECK(dim() >= 2, "dimensions must larger than 1");
  const int64_t height = size(0), width = size(1);
  int64_t step = 0;
  for (int64_t d = 0; d < dim(); ++d) {
    WICK_CHECK(dim() == 2 || size(d) == height, "all dimensions of input must be of equal length");
    step += stride(d);
  }
  const int64_t length = std::min(height, width);
  as_strided({length}, {step}, storage_offset()).fill_(value);
  if (wrap && dim() == 2 && height > width + 1) {
    const int64_t rest = (numel() + width) / (width + 1) - length;
    as_strided({rest}, {step}, storage_offset() + stride(0) * (width + 1)).fill_(value);
  }
  return const_cast<Tensor&>(*this);
}

// --- Copies with a part replaced -----------------------------------------------------------------------------------------------

Tensor select_scatter(const Tensor& self, const Tensor& src, int64_t dim, int64_t index) {
  check_defined("select_scatter", {self, src});
  (void)raw_view(self, self.sizes(), self.strides(), self.storage_offset()).select(dim, index);  // the checks
  return scatter_into("SelectScatterBackward0", "select_scatter", self, src, [dim, index](const Tensor& t) { return t.select(dim, index); });
}
Tensor slice_scatter(const Tensor& self, const Tensor& src, int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end, int64_t step) {
  return scatter_into("SliceScatterBackward0", "slice_scatter", self, src, [=](const Tensor& t) { return t.slice(dim, start, end, step); });
}
Tensor diagonal_scatter(const Tensor& self, const Tensor& src, int64_t offset, int64_t dim1, int64_t dim2) {
  return scatter_into("DiagonalScatterBackward0", "diagonal_scatter", self, src, [=](const Tensor& t) { return t.diagonal(offset, dim1, dim2); });
}
Tensor& select_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, int64_t dim, int64_t index) { return out_from("select_scatter", out, {self, src}, [&] { return select_scatter(self, src, dim, index); }); }
Tensor& slice_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, int64_t dim, std::optional<int64_t> start, std::optional<int64_t> end, int64_t step) {
  return out_from("slice_scatter", out, {self, src}, [&] { return slice_scatter(self, src, dim, start, end, step); });
}
Tensor& diagonal_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, int64_t offset, int64_t dim1, int64_t dim2) {
  return out_from("diagonal_scatter", out, {self, src}, [&] { return diagonal_scatter(self, src, offset, dim1, dim2); });
}

Tensor Tensor::narrow_copy(int64_t dim, int64_t start, int64_t length) const {
  check_defined("narrow_copy", {*this});
  return record("NarrowCopyBackward0", {*this}, {}, [&] { return wick::narrow(*this, dim, start, length).clone(MemoryFormat::Contiguous); }, [dim, start, length](Backward& b) {
    b.grad(0, embed("NarrowCopyBackwardBackward0", b.g(), b.shape(0), [dim, start, length](const Tensor& t) { return t.narrow(dim, start, length); }));
  });
}
Tensor Tensor::chalf(std::optional<MemoryFormat> memory_format) const { return to(kComplexHalf, false, false, memory_format); }

}  // namespace wick::inline v1
