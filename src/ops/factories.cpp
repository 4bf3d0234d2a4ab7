// New tensors: uninitialised, or filled with one value.
#include <cstring>

#include <wick/ops/sparse.h>

#include "ops/sparse.h"
#include "ops/view.h"

namespace wick::ops {

Tensor new_tensor(const char* op, IntArrayRef sizes, const TensorOptions& options, std::optional<MemoryFormat> format) {
  WICK_CHECK(!(options.has_memory_format() && format), "Cannot set memory_format both in TensorOptions and explicit argument; please delete the redundant setter. (", op, ")");
  if (options.has_device()) WICK_CHECK_TYPE(NotImplementedError, options.device().is_cpu(), op, ": device ", options.device(), " is not available in this build");
  WICK_CHECK_TYPE(NotImplementedError, options.layout() == Layout::Strided, op, ": gives strided tensors only, got layout ", options.layout());
  WICK_CHECK(!options.pinned_memory(), op, ": pinned_memory needs an accelerator, and none is available");
  for (int64_t s : sizes)
    WICK_CHECK(s >= 0, "Trying to create tensor with negative dimension ", s, ": ", sizes);
  const ScalarType t = options.dtype();
  WICK_CHECK_TYPE(NotImplementedError, element_size(t) > 0 && t != kComplexHalf, op, ": no tensors of dtype ", t);
  WICK_CHECK(!options.requires_grad() || is_floating_type(t) || is_complex_type(t), "Only Tensors of floating point and complex dtype can require gradients");
  const MemoryFormat f = format ? *format : options.memory_format_opt().value_or(MemoryFormat::Contiguous);
  WICK_CHECK(f != MemoryFormat::Preserve, op, ": unsupported memory format option Preserve");
  return f == MemoryFormat::Contiguous ? make_tensor(sizes, t) : make_tensor(sizes, format_strides(sizes, f), t);
}

Tensor finished(Tensor t, const TensorOptions& options) {
  any_impl(t)->storage->version = 0;  // filling it was part of making it
  if (options.requires_grad()) any_impl(t)->requires_grad = true;
  return t;
}

TensorOptions like(const Tensor& self, const TensorOptions& options, std::optional<MemoryFormat>& format) {
  WICK_CHECK(!(options.has_memory_format() && format), "Cannot set memory_format both in TensorOptions and explicit argument; please delete the redundant setter.");
  if (!format) format = options.memory_format_opt();
  return self.options().merge_in(options).memory_format(std::nullopt);
}

namespace {

// Without entries, all its elements are zero.
Tensor like_sparse(const Tensor& self, const TensorOptions& o) {
  const int64_t front = is_sparse(self) ? self.sparse_dim() : self.dim();
  DimVec size(self.sizes().slice(static_cast<size_t>(front)));
  size.insert(0, 0);
  return make_sparse(self.sizes(), make_tensor({front, 0}, kLong), make_tensor(size, o.dtype()), true);
}

Tensor raw_like(const char* op, const Tensor& self, const TensorOptions& options, std::optional<MemoryFormat> format) {
  check_defined(op, {self});
  const TensorOptions o = like(self, options, format);
  if (o.layout() == Layout::Sparse) return like_sparse(self, o);
  if (format.value_or(MemoryFormat::Preserve) != MemoryFormat::Preserve) return new_tensor(op, self.sizes(), o, format);
  (void)new_tensor(op, {0}, o);  // the checks
  return make_tensor(self.sizes(), preserved_strides(self), o.dtype());
}

// The filled tensor into an out= tensor, whose dtype decides.
Tensor& fill_resized(const char* op, Tensor& out, IntArrayRef size, const Scalar& value) {
  autograd::check_out(op, out, {});
  (void)count(size);
  resize_out(op, out, size);
  raw_fill(out, value);
  impl(out)->bump_version();
  return out;
}
Tensor& like_resized(const char* op, Tensor& out, const Tensor& self, std::optional<MemoryFormat> format, const Scalar* value) {
  check_defined(op, {self});
  autograd::check_out(op, out, {self});
  resize_out(op, out, self.sizes(), strides_for(self, format));
  if (value) raw_fill(out, *value);
  impl(out)->bump_version();
  return out;
}

// Tells those who look on of what is made of nothing.
template <class F>
Tensor told(const char* name, const F& make) {
  if (!watch::watched()) [[likely]] return make();
  const autograd::Inputs none{TensorList()};
  autograd::Call call(name, none, watch::Kind::kernel);
  Tensor t = make();
  if (call.watched()) call.told(t);
  return t;
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

// --- Uninitialised ---------------------------------------------------------------------------------------------------

Tensor empty(IntArrayRef size, TensorOptions options, std::optional<MemoryFormat> memory_format) {
  if (options.layout() == Layout::Sparse) return sparse_coo_tensor(size, options);
  return told("empty", [&] { return finished(new_tensor("empty", size, options, memory_format), options); });
}
Tensor& empty_out(Tensor& out, IntArrayRef size, std::optional<MemoryFormat> memory_format) {
  autograd::check_out("empty", out, {});
  (void)count(size);
  resize_out("empty", out, size, format_strides(size, memory_format.value_or(MemoryFormat::Contiguous)));
  return out;
}
Tensor empty_strided(IntArrayRef size, IntArrayRef stride, TensorOptions options) {
  WICK_CHECK(size.size() == stride.size(), "empty_strided: dimensionality of sizes (", size.size(), ") must match dimensionality of strides (", stride.size(), ")");
  (void)new_tensor("empty_strided", {0}, options);  // the checks
  return finished(make_tensor(size, stride, options.dtype()), options);
}
Tensor& empty_strided_out(Tensor& out, IntArrayRef size, IntArrayRef stride) {
  return out_from("empty_strided", out, {}, [&] { return empty_strided(size, stride, out.options()); });
}
Tensor empty_permuted(IntArrayRef size, IntArrayRef physical_layout, TensorOptions options) {
  WICK_CHECK(size.size() == physical_layout.size(), "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = ", size.size(), " is not equal to len(physical_layout) = ", physical_layout.size());
  DimVec strides(size.size(), -1);
  int64_t step = 1;
  for (size_t i = size.size(); i-- > 0;) {
    const int64_t d = physical_layout[i];
    WICK_CHECK(d >= 0 && d < static_cast<int64_t>(size.size()), "Dimension out of range (expected to be between 0 and ", size.size() - 1, ", but got ", d, " at index ", i, ").  NB: negative dims not currently supported; file an issue if you want it.");
    auto& s = strides[static_cast<size_t>(d)];
    WICK_CHECK(s < 0, "Duplicate dim not allowed");
    s = step;
    step *= std::max<int64_t>(size[static_cast<size_t>(d)], 1);
  }
  return empty_strided(size, strides, options);
}
Tensor& empty_permuted_out(Tensor& out, IntArrayRef size, IntArrayRef physical_layout) {
  return out_from("empty_permuted", out, {}, [&] { return empty_permuted(size, physical_layout, out.options()); });
}
Tensor empty_like(const Tensor& self, TensorOptions options, std::optional<MemoryFormat> memory_format) { return finished(raw_like("empty_like", self, options, memory_format), options); }
Tensor& empty_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format) { return like_resized("empty_like", out, self, memory_format, nullptr); }

// --- One value -------------------------------------------------------------------------------------------------------

// A memory format in the options counts for `empty` alone, as in PyTorch.
Tensor zeros(IntArrayRef size, TensorOptions options) {
  if (options.layout() == Layout::Sparse) return sparse_coo_tensor(size, options);
  return told("zeros", [&] {
    Tensor t = new_tensor("zeros", size, options.memory_format(std::nullopt));
    const TensorImpl* p = impl(t);
    if (p->numel >= 4096) raw_fill(t, 0);
    else if (p->numel > 0) std::memset(p->data, 0, static_cast<size_t>(p->numel) * p->itemsize());
    return finished(std::move(t), options);
  });
}
Tensor ones(IntArrayRef size, TensorOptions options) { return full(size, 1, options.dtype(options.dtype())); }
Tensor full(IntArrayRef size, const Scalar& fill_value, TensorOptions options) {
  TensorOptions o = options;
  if (!o.has_dtype()) {
    if (fill_value.isBoolean()) o = o.dtype(kBool);
    else if (fill_value.isIntegral(false)) o = o.dtype(kLong);
    else if (fill_value.isComplex()) o = o.dtype(to_complex_type(get_default_dtype_as_scalartype()));
  }
  return told("full", [&] {
    Tensor t = new_tensor("full", size, o.memory_format(std::nullopt));
    ops::fill_value(t, fill_value);
    return finished(std::move(t), o);
  });
}
Tensor& zeros_out(Tensor& out, IntArrayRef size) { return fill_resized("zeros", out, size, 0); }
Tensor& ones_out(Tensor& out, IntArrayRef size) { return fill_resized("ones", out, size, 1); }
Tensor& full_out(Tensor& out, IntArrayRef size, const Scalar& fill_value) { return fill_resized("full", out, size, fill_value); }

Tensor full_like(const Tensor& self, const Scalar& fill_value, TensorOptions options, std::optional<MemoryFormat> memory_format) {
  Tensor t = raw_like("full_like", self, options, memory_format);
  if (is_sparse(t) && fill_value.equal(0)) return finished(std::move(t), options);
  ops::fill_value(t, fill_value);
  return finished(std::move(t), options);
}
Tensor zeros_like(const Tensor& self, TensorOptions options, std::optional<MemoryFormat> memory_format) { return full_like(self, 0, options, memory_format); }
Tensor ones_like(const Tensor& self, TensorOptions options, std::optional<MemoryFormat> memory_format) { return full_like(self, 1, options, memory_format); }
Tensor& full_like_out(Tensor& out, const Tensor& self, const Scalar& fill_value, std::optional<MemoryFormat> memory_format) { return like_resized("full_like", out, self, memory_format, &fill_value); }
Tensor& zeros_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format) { return full_like_out(out, self, 0, memory_format); }
Tensor& ones_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format) { return full_like_out(out, self, 1, memory_format); }

Tensor scalar_tensor(const Scalar& s, TensorOptions options) {
  Tensor t = new_tensor("scalar_tensor", {}, options);
  fill_value(t, s);
  return finished(std::move(t), options);
}
Tensor& scalar_tensor_out(Tensor& out, const Scalar& s) { return fill_resized("scalar_tensor", out, {}, s); }

// --- Like an existing tensor -----------------------------------------------------------------------------------------

// A new_* tensor is a leaf that wants no gradients, whatever the options say.
static TensorOptions new_options(const Tensor& self, const TensorOptions& options) { return self.options().merge_in(options).requires_grad(false); }

Tensor Tensor::new_empty(IntArrayRef size, TensorOptions options) const { return empty(size, new_options(*this, options)); }
Tensor Tensor::new_empty_strided(IntArrayRef size, IntArrayRef stride, TensorOptions options) const { return empty_strided(size, stride, new_options(*this, options)); }
Tensor Tensor::new_full(IntArrayRef size, const Scalar& fill_value, TensorOptions options) const { return full(size, fill_value, new_options(*this, options)); }
Tensor Tensor::new_zeros(IntArrayRef size, TensorOptions options) const { return zeros(size, new_options(*this, options)); }
Tensor Tensor::new_ones(IntArrayRef size, TensorOptions options) const { return ones(size, new_options(*this, options)); }

}  // namespace wick::inline v1
