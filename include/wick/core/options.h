// TensorOptions: dtype, device, layout, requires_grad and memory format of a new tensor.
#pragma once

#include <iosfwd>
#include <optional>

#include <wick/core/device.h>
#include <wick/core/dtype.h>

namespace wick {
inline namespace v1 {

/// What a factory function needs to know besides the shape. Every field may be unset; the getters answer
/// with the defaults then (default dtype, CPU, strided, no gradient).
/// (https://pytorch.org/cppdocs/notes/tensor_creation.html)
class TensorOptions {
 public:
  /// Nothing set, or one field set; `torch::kFloat64`, `torch::kCPU`, `"cuda:0"` convert implicitly.
  TensorOptions() = default;
  TensorOptions(ScalarType t) { set_dtype(t); }
  TensorOptions(TypeMeta t) : TensorOptions(t.toScalarType()) {}
  /// A device, or what makes one: `kCUDA`, `"cuda:0"`, `{kCUDA, 0}`.
  template <class... Args, class = std::enable_if_t<std::is_constructible<Device, Args&&...>::value>>
  TensorOptions(Args&&... device) : device_(Device(static_cast<Args&&>(device)...)) {}
  TensorOptions(Layout l) : layout_(l) {}
  TensorOptions(MemoryFormat f) : memory_format_(f) {}

  /// A copy with one field changed; `std::nullopt` unsets it.
  [[nodiscard]] TensorOptions dtype(std::optional<ScalarType> t) const { TensorOptions o = *this; o.set_dtype(t); return o; }
  [[nodiscard]] TensorOptions dtype(ScalarType t) const { TensorOptions o = *this; o.set_dtype(t); return o; }
  [[nodiscard]] TensorOptions dtype(TypeMeta t) const { return dtype(t.toScalarType()); }
  [[nodiscard]] TensorOptions dtype(std::nullopt_t) const { TensorOptions o = *this; o.dtype_ = ScalarType::Undefined; return o; }
  template <class T>
  TensorOptions& dtype() { set_dtype(CppTypeToScalarType<T>::value); return *this; }
  [[nodiscard]] TensorOptions device(std::optional<Device> d) const { TensorOptions o = *this; o.device_ = d; return o; }
  [[nodiscard]] TensorOptions device(DeviceType t, DeviceIndex i = -1) const { return device(Device(t, i)); }
  [[nodiscard]] TensorOptions device_index(DeviceIndex i) const { return device(Device(DeviceType::CUDA, i)); }
  [[nodiscard]] TensorOptions layout(std::optional<Layout> l) const { TensorOptions o = *this; o.layout_ = l; return o; }
  [[nodiscard]] TensorOptions requires_grad(std::optional<bool> r) const { TensorOptions o = *this; o.requires_grad_ = r; return o; }
  [[nodiscard]] TensorOptions pinned_memory(std::optional<bool> p) const { TensorOptions o = *this; o.pinned_ = p; return o; }
  [[nodiscard]] TensorOptions memory_format(std::optional<MemoryFormat> f) const { TensorOptions o = *this; o.memory_format_ = f; return o; }

  /// The value of a field, or its default.
  TypeMeta dtype() const { return has_dtype() ? TypeMeta(dtype_) : get_default_dtype(); }
  Device device() const { return device_.value_or(Device(DeviceType::CPU)); }
  DeviceIndex device_index() const { return device().index(); }
  Layout layout() const { return layout_.value_or(Layout::Strided); }
  bool requires_grad() const { return requires_grad_.value_or(false); }
  bool pinned_memory() const { return pinned_.value_or(false); }
  bool is_sparse() const { return layout() == Layout::Sparse; }

  /// Whether a field was set, and its value if so.
  bool has_dtype() const { return dtype_ != ScalarType::Undefined; }
  bool has_device() const { return device_.has_value(); }
  bool has_layout() const { return layout_.has_value(); }
  bool has_requires_grad() const { return requires_grad_.has_value(); }
  bool has_pinned_memory() const { return pinned_.has_value(); }
  bool has_memory_format() const { return memory_format_.has_value(); }
  std::optional<TypeMeta> dtype_opt() const { return has_dtype() ? std::optional<TypeMeta>(dtype_) : std::nullopt; }
  std::optional<Device> device_opt() const { return device_; }
  std::optional<Layout> layout_opt() const { return layout_; }
  std::optional<bool> requires_grad_opt() const { return requires_grad_; }
  std::optional<bool> pinned_memory_opt() const { return pinned_; }
  std::optional<MemoryFormat> memory_format_opt() const { return memory_format_; }

  /// These options, with the fields that `other` sets taken from it.
  TensorOptions merge_in(const TensorOptions& other) const;

 private:
  void set_dtype(ScalarType t) { dtype_ = t; }
  void set_dtype(std::optional<ScalarType> t) { dtype_ = t.value_or(ScalarType::Undefined); }

  std::optional<Device> device_;
  ScalarType dtype_ = ScalarType::Undefined;
  std::optional<Layout> layout_;
  std::optional<bool> requires_grad_, pinned_;
  std::optional<MemoryFormat> memory_format_;
};

/// Prints all fields, with `(default)` where one was not set.
std::ostream& operator<<(std::ostream& out, const TensorOptions& o);

/// Options with one field set: `dtype(kLong).device(kCPU)`.
inline TensorOptions dtype(ScalarType t) { return TensorOptions(t); }
inline TensorOptions dtype(TypeMeta t) { return TensorOptions(t); }
template <class T>
TensorOptions dtype() { return TensorOptions(CppTypeToScalarType<T>::value); }
inline TensorOptions layout(Layout l) { return TensorOptions(l); }
inline TensorOptions device(Device d) { return TensorOptions(d); }
inline TensorOptions device_index(DeviceIndex i) { return TensorOptions().device_index(i); }
inline TensorOptions requires_grad(bool r = true) { return TensorOptions().requires_grad(r); }
inline TensorOptions memory_format(MemoryFormat f) { return TensorOptions(f); }

}  // namespace v1
}  // namespace wick
