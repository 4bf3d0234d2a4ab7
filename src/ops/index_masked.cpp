// Masks: filling, selecting, scattering; where the nonzero elements are; take and put.
#include "ops/index_parts.h"

namespace wick::ops {
namespace {

void check_mask(const char* op, const Tensor& mask) {
  WICK_CHECK(mask.scalar_type() == kBool, op, " only supports boolean masks, but got mask with dtype ", mask.scalar_type());
}
Tensor dense_mask(const Tensor& mask, IntArrayRef shape) {
  if (mask.is_contiguous() && mask.sizes() == shape) return mask;
  Tensor r = make_tensor(shape, kBool);
  raw_copy(r, mask);
  return r;
}
void check_fits(const char* op, const Tensor& self, const Tensor& mask) {
  const DimVec shape = broadcast_shape(op, self.sizes(), mask.sizes());
  WICK_CHECK(IntArrayRef(shape) == self.sizes(), op, ": the mask of shape ", mask.sizes(), " cannot be broadcast to the tensor of shape ", self.sizes());
}

// Where masks and values are dense; other layouts go through a copy.
void fill_raw(const Tensor& self, const Tensor& mask, const Tensor& value) {
  Tensor to = self.is_contiguous() ? self : raw_contiguous(self);
  const Tensor m = dense_mask(mask, self.sizes()), v = raw_contiguous(value, self.scalar_type());
  by_size(self.itemsize(), [&](auto unit) {
    using T = decltype(unit);
    T* dst = typed<T>(to);
    const uint8_t* on = typed<uint8_t>(m);
    const T x = *typed<T>(v);
    wick::parallel_for(0, to.numel(), 65536, [&](int64_t b, int64_t e) {
      for (int64_t k = b; k < e; ++k) dst[k] = on[k] ? x : dst[k];
    });
  });
  if (!to.is_same(self)) raw_copy(self, to);
}

// `number`: the value is no tensor of the caller's.
Tensor& fill_inplace(const Tensor& self, const Tensor& mask, const Tensor& value, bool number) {
  WICK_CHECK(value.dim() == 0, "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with ", value.dim(), " dimension(s).");
  WICK_CHECK(mask.scalar_type() == kBool, "masked_fill_ only supports boolean masks, but got mask with dtype ", mask.scalar_type());
  WICK_CHECK(!value.is_complex() || self.is_complex(), "masked_fill_: value cannot be converted to type ", self.scalar_type(), " without overflow");
  check_fits("masked_fill_", self, mask);
  const auto fill = [&] { fill_raw(self, mask, value); };
  if (number) return record_inplace("MaskedFillBackward0", self, {self, mask}, in(1), fill, [](Backward& b) { b.grad(0, b.g().masked_fill(b.in(1), 0)); });
  return record_inplace("MaskedFillBackward1", self, {self, value, mask}, in(2), fill, [](Backward& b) {
    if (b.needs(0)) b.grad(0, b.g().masked_fill(b.in(2), 0));
    if (b.needs(1)) b.grad(1, wick::where(b.in(2), b.g(), wick::zeros({}, b.g().options())).sum());
  });
}

// A contiguous copy in the shape that tensor and mask have together.
Tensor widened(const Tensor& self, const Tensor& mask, const char* op) {
  const DimVec shape = broadcast_shape(op, self.sizes(), mask.sizes());
  return working_copy(IntArrayRef(shape) == self.sizes() ? self : self.expand(shape), MemoryFormat::Contiguous);
}

Tensor select_raw(const Tensor& self, const Tensor& mask, IntArrayRef shape) {
  const Tensor m = dense_mask(mask, shape);
  Tensor x = self;
  if (!x.is_contiguous() || x.sizes() != shape) {
    x = make_tensor(shape, self.scalar_type());
    raw_copy(x, self);
  }
  const uint8_t* on = typed<uint8_t>(m);
  const int64_t n = m.numel();
  int64_t hits = 0;
  for (int64_t k = 0; k < n; ++k) hits += on[k] != 0;
  Tensor r = make_tensor({hits}, self.scalar_type());
  by_size(self.itemsize(), [&](auto unit) {
    using T = decltype(unit);
    const T* src = typed<T>(x);
    T* dst = typed<T>(r);
    for (int64_t k = 0; k < n && hits > 0; ++k)
      if (on[k]) *dst++ = src[k];
  });
  return r;
}

int64_t count_true(const Tensor& mask) {
  const uint8_t* on = typed<uint8_t>(mask);
  int64_t n = 0;
  for (int64_t k = 0, e = mask.numel(); k < e; ++k) n += on[k] != 0;
  return n;
}
Tensor& scatter_inplace(const Tensor& self, const Tensor& mask, const Tensor& source) {
  WICK_CHECK(self.scalar_type() == source.scalar_type(), "masked_scatter_: expected self and source to have same dtypes but got ", self.scalar_type(), " and ", source.scalar_type());
  check_mask("masked_scatter_", mask);
  check_fits("masked_scatter_", self, mask);
  const Tensor m = dense_mask(mask, self.sizes());
  const int64_t hits = count_true(m);
  WICK_CHECK(source.numel() >= hits, "masked_scatter_: Number of elements of source < number of ones in mask: ", source.numel(), " < ", hits);
  return record_inplace("MaskedScatterBackward0", self, {self, source, mask}, in(2), [&] {
    Tensor to = self.is_contiguous() ? self : raw_contiguous(self);
    const Tensor from = raw_contiguous(source);
    by_size(self.itemsize(), [&](auto unit) {
      using T = decltype(unit);
      T* dst = typed<T>(to);
      const T* src = typed<T>(from);
      const uint8_t* on = typed<uint8_t>(m);
      for (int64_t k = 0, e = to.numel(); k < e; ++k)
        if (on[k]) dst[k] = *src++;
    });
    if (!to.is_same(self)) raw_copy(self, to);
  }, [](Backward& b) {
    if (b.needs(0)) b.grad(0, b.g().masked_fill(b.in(2), 0));
    if (!b.needs(1)) return;
    Tensor g = b.g().masked_select(b.in(2));
    const int64_t n = count(b.shape(1));
    if (g.numel() < n) g = wick::cat({g, wick::zeros({n - g.numel()}, g.options())});
    b.grad(1, g.reshape(b.shape(1)));
  });
}

// Coordinates of the nonzero elements, one column a dimension.
Tensor nonzero_raw(const Tensor& x) {
  const Tensor flag = raw_contiguous(x, kBool);
  const uint8_t* on = typed<uint8_t>(flag);
  const int64_t n = count_true(flag), dims = x.dim(), all = x.numel();
  Tensor r = make_tensor({n, dims}, {1, n}, kLong);
  if (n == 0 || dims == 0) return r;
  int64_t* out = typed<int64_t>(r);
  DimVec at(static_cast<size_t>(dims), 0);
  const int64_t row = x.size(dims - 1);
  int64_t hit = 0;
  for (int64_t base = 0; base < all; base += row) {
    for (int64_t k = 0; k < row; ++k) {
      if (!on[base + k]) continue;
      for (int64_t d = 0; d + 1 < dims; ++d) out[d * n + hit] = at[static_cast<size_t>(d)];
      out[(dims - 1) * n + hit++] = k;
    }
    for (int64_t d = dims - 2; d >= 0; --d) {
      if (++at[static_cast<size_t>(d)] < x.size(d)) break;
      at[static_cast<size_t>(d)] = 0;
    }
  }
  return r;
}

// Offsets in memory of elements numbered as in a contiguous tensor; negative numbers count from the end.
std::vector<int64_t> element_offsets(const char* op, const Tensor& x, const Tensor& index) {
  WICK_CHECK(index.scalar_type() == kLong, op, "(): Expected a long tensor for index, but got ", index.scalar_type());
  const int64_t n = x.numel();
  WICK_CHECK_TYPE(IndexError, n > 0 || index.numel() == 0, op, "(): tried to ", op, " from an empty tensor");
  const Tensor idx = long_indices(index);
  std::vector<int64_t> r(static_cast<size_t>(index.numel()));
  const bool plain = x.is_contiguous();
  for (size_t k = 0; k < r.size(); ++k) {
    int64_t i = typed<int64_t>(idx)[k];
    WICK_CHECK_TYPE(IndexError, i >= -n && i < n, "out of range: tried to access index ", i, " on a tensor of ", n, " elements.");
    if (i < 0) i += n;
    if (plain) { r[k] = i; continue; }
    int64_t at = 0;
    for (int64_t d = x.dim() - 1; d >= 0; --d) { at += i % x.size(d) * x.stride(d); i /= x.size(d); }
    r[k] = at;
  }
  return r;
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor& Tensor::masked_fill_(const Tensor& mask, const Tensor& value) const { return fill_inplace(*this, mask, value, false); }
Tensor& Tensor::masked_fill_(const Tensor& mask, const Scalar& value) const { return fill_inplace(*this, mask, make_scalar_tensor(value, scalar_type()), true); }
Tensor masked_fill(const Tensor& self, const Tensor& mask, const Tensor& value) { return widened(self, mask, "masked_fill").masked_fill_(mask, value); }
Tensor masked_fill(const Tensor& self, const Tensor& mask, const Scalar& value) { return widened(self, mask, "masked_fill").masked_fill_(mask, value); }
Tensor& masked_fill_out(Tensor& out, const Tensor& self, const Tensor& mask, const Scalar& value) {
  return out_from("masked_fill", out, {self}, [&] { return wick::masked_fill(self, mask, value); });
}
Tensor& masked_fill_out(Tensor& out, const Tensor& self, const Tensor& mask, const Tensor& value) {
  return out_from("masked_fill", out, {self, value}, [&] { return wick::masked_fill(self, mask, value); });
}

Tensor& Tensor::masked_scatter_(const Tensor& mask, const Tensor& source) const { return scatter_inplace(*this, mask, source); }
Tensor masked_scatter(const Tensor& self, const Tensor& mask, const Tensor& source) { return widened(self, mask, "masked_scatter").masked_scatter_(mask, source); }
Tensor& masked_scatter_out(Tensor& out, const Tensor& self, const Tensor& mask, const Tensor& source) {
  return out_from("masked_scatter", out, {self, source}, [&] { return wick::masked_scatter(self, mask, source); });
}

Tensor masked_select(const Tensor& self, const Tensor& mask) {
  WICK_CHECK(mask.scalar_type() == kBool, "masked_select: expected BoolTensor for mask, got ", mask.scalar_type());
  const DimVec shape = broadcast_shape("masked_select", self.sizes(), mask.sizes());
  return record("MaskedSelectBackward0", {self, mask}, in(1), [&] { return select_raw(self, mask, shape); }, [shape](Backward& b) {
    b.grad(0, wick::zeros(shape, b.g().options()).masked_scatter(b.in(1), b.g()));
  });
}
Tensor& masked_select_out(Tensor& out, const Tensor& self, const Tensor& mask) {
  WICK_CHECK(out.scalar_type() == self.scalar_type(), "masked_select(): self and result must have the same scalar type");
  return out_from("masked_select", out, {self}, [&] { return wick::masked_select(self, mask); });
}

Tensor nonzero(const Tensor& self) { return nonzero_raw(self); }
Tensor& nonzero_out(Tensor& out, const Tensor& self) {
  WICK_CHECK(out.scalar_type() == kLong, "nonzero: Expected object of scalar type Long as out, but got scalar type ", out.scalar_type());
  return out_from("nonzero", out, {self}, [&] { return nonzero_raw(self); });
}
Tensor argwhere(const Tensor& self) { return nonzero_raw(self); }
std::vector<Tensor> nonzero_numpy(const Tensor& self) {
  if (self.dim() == 0) return self.unsqueeze(0).nonzero().unbind(1);
  return nonzero_raw(self).unbind(1);
}

Tensor take(const Tensor& self, const Tensor& index) {
  return record("TakeBackward0", {self, index}, in(1), [&] {
    const std::vector<int64_t> at = element_offsets("take", self, index);
    Tensor r = make_tensor(index.sizes(), self.scalar_type());
    by_size(self.itemsize(), [&](auto unit) {
      using T = decltype(unit);
      for (size_t k = 0; k < at.size(); ++k) typed<T>(r)[k] = typed<T>(self)[at[k]];
    });
    return r;
  }, [](Backward& b) { b.grad(0, wick::zeros(b.shape(0), b.g().options()).put(b.in(1), b.g(), true)); });
}
Tensor& take_out(Tensor& out, const Tensor& self, const Tensor& index) {
  WICK_CHECK(out.scalar_type() == self.scalar_type(), "take(): self and out expected to have the same dtype, but got self.dtype = ", self.scalar_type(), " and out.dtype = ", out.scalar_type());
  return out_from("take", out, {self}, [&] { return wick::take(self, index); });
}

Tensor& Tensor::put_(const Tensor& index, const Tensor& source, bool accumulate) const {
  const Tensor& self = *this;
  WICK_CHECK(self.scalar_type() == source.scalar_type(), "put_(): self and source expected to have the same dtype, but got self.dtype = ", self.scalar_type(), " and source.dtype = ", source.scalar_type());
  WICK_CHECK(source.numel() == index.numel(), "put_(): Expected source and index to have the same number of elements, but got source.numel() = ", source.numel(), ", index.numel() = ", index.numel());
  const std::vector<int64_t> at = element_offsets("put", self, index);
  return record_inplace("PutBackward0", self, {self, source, index}, in(2), [&] {
    const Tensor from = raw_contiguous(source);
    by_type(self.scalar_type(), [&](auto unit) {
      using T = decltype(unit);
      T* dst = typed<T>(self);
      const T* src = typed<T>(from);
      for (size_t k = 0; k < at.size(); ++k) dst[at[k]] = accumulate ? sum_of(dst[at[k]], src[k]) : src[k];
    });
  }, [=](Backward& b) {
    if (b.needs(0)) b.grad(0, accumulate ? b.g() : b.g().put(b.in(2), wick::zeros(b.shape(1), b.g().options())));
    if (b.needs(1)) b.grad(1, b.g().take(b.in(2)).reshape(b.shape(1)));
  });
}
Tensor put(const Tensor& self, const Tensor& index, const Tensor& source, bool accumulate) { return working_copy(self).put_(index, source, accumulate); }
Tensor& put_out(Tensor& out, const Tensor& self, const Tensor& index, const Tensor& source, bool accumulate) {
  return out_from("put", out, {self, source}, [&] { return wick::put(self, index, source, accumulate); });
}

}  // namespace wick::inline v1
