// Copies, conversions, fills and single elements.
#include <cstring>

#include "kernels/cpu/copy.h"
#include "ops/sparse.h"
#include "ops/view.h"

namespace wick::ops {
namespace {

bool differentiable(const Tensor& t) { return is_floating_type(t.scalar_type()) || is_complex_type(t.scalar_type()); }

void check_broadcast_into(const char* op, const Tensor& self, const Tensor& src) {
  if (self.sizes() == src.sizes()) return;
  const DimVec shape = broadcast_shape(op, self.sizes(), src.sizes());
  WICK_CHECK(IntArrayRef(shape) == self.sizes(), op, ": output with shape ", self.sizes(), " doesn't match the broadcast shape ", IntArrayRef(shape));
}

// Bytes between the first and the last element.
std::pair<const char*, const char*> extent(const TensorImpl* t) {
  int64_t lo = 0, hi = 0;
  for (size_t i = 0; i < t->sizes.size(); ++i) (t->strides[i] < 0 ? lo : hi) += (t->sizes[i] - 1) * t->strides[i];
  const auto size = static_cast<int64_t>(t->itemsize());
  return {t->data + lo * size, t->data + (hi + 1) * size};
}
bool may_overlap(const Tensor& a, const Tensor& b) {
  const TensorImpl *x = impl(a), *y = impl(b);
  if (x->storage != y->storage || x->numel == 0 || y->numel == 0) return false;
  const auto [al, ah] = extent(x);
  const auto [bl, bh] = extent(y);
  return al < bh && bl < ah;
}

Tensor raw_clone(const Tensor& t, IntArrayRef strides, ScalarType dtype) {
  Tensor r = make_tensor(t.sizes(), strides, dtype);
  const TensorImpl *from = impl(t), *to = impl(r);
  if (from->dense && from->dtype == dtype && IntArrayRef(from->strides) == strides) {
    if (from->numel > 0) kernels::cpu::copy_bytes(to->data, from->data, static_cast<size_t>(from->numel) * from->itemsize());
  } else {
    raw_copy(r, t);
  }
  return r;
}

}  // namespace

void fill_value(const Tensor& t, const Scalar& value) {
  if (t.numel() == 1 && is_reduced_floating_type(t.scalar_type()) && !value.isComplex()) raw_copy(t, make_scalar_tensor(value, kDouble));
  else raw_fill(t, value);
}

DimVec preserved_strides(const Tensor& t) {
  if (t.is_non_overlapping_and_dense()) return DimVec(t.strides());
  return result_strides({t}, t.sizes());
}
DimVec strides_for(const Tensor& t, std::optional<MemoryFormat> format) {
  return format.value_or(MemoryFormat::Preserve) == MemoryFormat::Preserve ? preserved_strides(t) : format_strides(t.sizes(), *format);
}

}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor& Tensor::copy_(const Tensor& src, bool) const {
  check_defined("copy_", {*this, src});
  if (is_same(src)) return const_cast<Tensor&>(*this);
  check_broadcast_into("copy_", *this, src);
  const auto kernel = [&] {
    if (wick::ops::is_sparse(*this) || wick::ops::is_sparse(src)) return sparse_copy(*this, src);
    if (may_overlap(*this, src)) raw_copy(*this, raw_clone(src, contiguous_strides(src.sizes()), src.scalar_type()));
    else raw_copy(*this, src);
  };
  if (!differentiable(*this)) return record_inplace("CopyBackwards", *this, {*this}, {}, kernel, [](Backward&) {});
  return record_inplace("torch::autograd::CopyBackwards", *this, {*this, src}, {}, kernel, [](Backward& b) {
    if (b.needs(0)) b.grad(0, zeros_like(b.g()));
    if (b.needs(1)) b.grad(1, b.g());
  });
}

Tensor clone(const Tensor& self, std::optional<MemoryFormat> memory_format) {
  check_defined("clone", {self});
  return record("CloneBackward0", {self}, {}, [&] { return is_sparse(self) ? sparse_convert(self, self.scalar_type()) : raw_clone(self, strides_for(self, memory_format), self.scalar_type()); },
                [](Backward& b) { b.grad(0, b.g()); });
}
Tensor& clone_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format) {
  return out_from("clone", out, {self}, [&] { return clone(self, memory_format); });
}

Tensor Tensor::contiguous(MemoryFormat format) const {
  if (is_contiguous(format)) return *this;
  WICK_CHECK(!is_sparse(), "contiguous: unsupported memory format option ", format, " for a sparse tensor");
  WICK_CHECK(format != MemoryFormat::Preserve, "preserve memory format is unsupported by the contiguous operator");
  return wick::clone(*this, format);
}

// --- Conversions -------------------------------------------------------------------------------------------------

namespace {

void check_device(const char* op, Device d) {
  WICK_CHECK_TYPE(NotImplementedError, d.is_cpu(), op, ": device ", d, " is not available in this build");
}

Tensor convert(const Tensor& self, ScalarType dtype, bool copy, std::optional<MemoryFormat> memory_format) {
  check_defined("to", {self});
  const MemoryFormat format = memory_format.value_or(MemoryFormat::Preserve);
  if (!copy && self.scalar_type() == dtype && (format == MemoryFormat::Preserve || self.suggest_memory_format() == format)) return self;
  WICK_CHECK_TYPE(NotImplementedError, dtype != kComplexHalf && element_size(dtype) > 0, "to: no tensors of dtype ", dtype);
  return record("ToCopyBackward0", {self}, {}, [&] { return is_sparse(self) ? sparse_convert(self, dtype) : raw_clone(self, strides_for(self, format), dtype); }, [](Backward& b) { b.grad(0, b.g()); });
}

}  // namespace

Tensor Tensor::to(TensorOptions options, bool, bool copy, std::optional<MemoryFormat> memory_format) const {
  WICK_CHECK(!options.requires_grad(), "to(options) expects unset requires_grad flag, but got options.requires_grad set as true");
  WICK_CHECK(!(options.has_memory_format() && memory_format), "Cannot set memory_format both in TensorOptions and explicit argument; please delete the redundant setter.");
  if (options.has_device()) check_device("to", options.device());
  const ScalarType dtype = options.has_dtype() ? ScalarType(options.dtype()) : scalar_type();
  return convert(*this, dtype, copy, memory_format ? memory_format : options.memory_format_opt());
}
Tensor Tensor::to(Device device, ScalarType dtype, bool, bool copy, std::optional<MemoryFormat> memory_format) const {
  check_device("to", device);
  return convert(*this, dtype, copy, memory_format);
}
Tensor Tensor::to(ScalarType dtype, bool, bool copy, std::optional<MemoryFormat> memory_format) const { return convert(*this, dtype, copy, memory_format); }
Tensor Tensor::to(const Tensor& other, bool, bool copy, std::optional<MemoryFormat> memory_format) const {
  check_device("to", other.device());
  return convert(*this, other.scalar_type(), copy, memory_format);
}
Tensor Tensor::type_as(const Tensor& other) const { return to(other); }

// --- Fills -------------------------------------------------------------------------------------------------------

Tensor& fill_(Tensor& self, const Scalar& value) {
  return record_inplace("FillBackward2", self, {self}, {}, [&] { fill_value(self, value); }, [](Backward& b) { b.grad(0, zeros_like(b.g())); });
}
Tensor& fill_(Tensor& self, const Tensor& value) {
  check_defined("fill_", {self, value});
  WICK_CHECK(value.dim() == 0, "fill_ only supports 0-dimension value tensor but got tensor with ", value.dim(), " dimensions.");
  const auto kernel = [&] { raw_copy(self, may_overlap(self, value) ? value.clone() : value); };
  if (!differentiable(self)) return record_inplace("FillBackward3", self, {self}, {}, kernel, [](Backward&) {});
  return record_inplace("FillBackward3", self, {self, value}, {}, kernel, [](Backward& b) {
    if (b.needs(0)) b.grad(0, zeros_like(b.g()));
    if (b.needs(1)) b.grad(1, b.g().sum());
  });
}
Tensor fill(const Tensor& self, const Scalar& value) {
  check_defined("fill", {self});
  return record("FillBackward0", {self}, {},
                [&] {
                  Tensor r = make_tensor(self.sizes(), preserved_strides(self), self.scalar_type());
                  fill_value(r, value);
                  return r;
                },
                [](Backward& b) { b.grad(0, zeros_like(b.g())); });
}
Tensor fill(const Tensor& self, const Tensor& value) {
  check_defined("fill", {self, value});
  WICK_CHECK(value.dim() == 0, "fill only supports 0-dimension value tensor but got tensor with ", value.dim(), " dimensions.");
  return record("FillBackward1", {self, value}, {},
                [&] {
                  Tensor r = make_tensor(self.sizes(), preserved_strides(self), self.scalar_type());
                  raw_copy(r, value);
                  return r;
                },
                [](Backward& b) {
                  if (b.needs(0)) b.grad(0, zeros_like(b.g()));
                  if (b.needs(1)) b.grad(1, b.g().sum());
                });
}
Tensor& fill_out(Tensor& out, const Tensor& self, const Scalar& value) { return out_from("fill", out, {self}, [&] { return fill(self, value); }); }
Tensor& fill_out(Tensor& out, const Tensor& self, const Tensor& value) { return out_from("fill", out, {self, value}, [&] { return fill(self, value); }); }

Tensor& zero_(Tensor& self) {
  return record_inplace("ZeroBackward0", self, {self}, {},
                        [&] {
                          if (is_sparse(self)) return sparse_zero(self);
                          const TensorImpl* p = impl(self);
                          if (p->dense && p->numel > 0 && p->numel < 4096) std::memset(p->data, 0, static_cast<size_t>(p->numel) * p->itemsize());
                          else raw_fill(self, 0);
                        },
                        [](Backward& b) { b.grad(0, zeros_like(b.g())); });
}
Tensor& Tensor::zero_() const { return wick::zero_(const_cast<Tensor&>(*this)); }
Tensor zero(const Tensor& self) { return fill(self, 0); }
Tensor& zero_out(Tensor& out, const Tensor& self) { return out_from("zero", out, {self}, [&] { return zero(self); }); }

// --- Single elements ---------------------------------------------------------------------------------------------

Scalar Tensor::item() const {
  WICK_CHECK(defined(), "item: the tensor is undefined");
  WICK_CHECK(numel() == 1, "a Tensor with ", numel(), " elements cannot be converted to Scalar");
  const void* p = impl(*this)->data;
  switch (scalar_type()) {
#define WICK_CASE(T, name) case ScalarType::name: return Scalar(*static_cast<const T*>(p));
    WICK_FORALL_TYPES(WICK_CASE)
#undef WICK_CASE
    default: throw TypeError(str("item: no number of dtype ", scalar_type()));
  }
}
bool is_nonzero(const Tensor& self) {
  check_defined("is_nonzero", {self});
  const int64_t n = self.numel();
  WICK_CHECK(n != 0, "Boolean value of Tensor with no values is ambiguous");
  WICK_CHECK(n < 2, "Boolean value of Tensor with more than one value is ambiguous");
  const Scalar v = self.item();
  return v.isComplex() ? v.toComplexDouble() != std::complex<double>(0) : v.isFloatingPoint() ? v.toDouble() != 0 : v.toLong() != 0;
}
bool is_same_size(const Tensor& self, const Tensor& other) {
  check_defined("is_same_size", {self, other});
  return self.sizes() == other.sizes();
}

Tensor& Tensor::operator=(const Scalar& v) && { return fill_(v); }

Tensor Tensor::operator[](int64_t index) const { return wick::select(*this, 0, index); }

std::string Tensor::toString() const { return defined() ? str(is_sparse() ? "SparseCPU" : "CPU", scalar_type(), "Type") : "UndefinedType"; }

}  // namespace wick::inline v1
