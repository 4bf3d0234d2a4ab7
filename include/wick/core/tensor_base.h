// TensorBase: what a tensor is (shape, dtype, memory, place in the autograd graph), without its operations.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wick/core/accessor.h>
#include <wick/core/options.h>
#include <wick/core/scalar.h>
#include <wick/core/storage.h>

namespace wick {
namespace autograd {
inline namespace v1 {
struct Node;
}
}  // namespace autograd
inline namespace v1 {

class Tensor;

/// A tensor's metadata and identity. A handle of 8 bytes: copies share the tensor. The default-constructed
/// one is undefined; asking it for anything but `defined()` throws. Dimensions count from the back when
/// negative. (https://pytorch.org/cppdocs/api/classat_1_1_tensor.html)
class TensorBase {
 public:
  /// Handles.
  TensorBase() = default;
  explicit TensorBase(TensorImpl* owned) noexcept : p_(reinterpret_cast<detail::RefCounted*>(owned)) {}
  TensorBase(const TensorBase& o) noexcept : p_(o.p_) { if (p_) p_->retain(); }
  TensorBase(TensorBase&& o) noexcept : p_(o.p_) { o.p_ = nullptr; }
  TensorBase& operator=(const TensorBase& o) noexcept { if (o.p_) o.p_->retain(); drop(); p_ = o.p_; return *this; }
  TensorBase& operator=(TensorBase&& o) noexcept { auto* t = o.p_; o.p_ = nullptr; drop(); p_ = t; return *this; }
  ~TensorBase() { drop(); }
  bool defined() const { return p_ != nullptr; }
  void reset() { drop(); p_ = nullptr; }
  bool is_same(const TensorBase& o) const { return p_ == o.p_; }
  bool is_uniquely_owned() const { return use_count() == 1; }
  size_t use_count() const { return p_ ? static_cast<size_t>(p_->refs) : 0; }
  TensorImpl* unsafeGetTensorImpl() const { return reinterpret_cast<TensorImpl*>(p_); }

  /// Shape: number of dimensions and elements, sizes and strides (in elements).
  /// Errors: IndexError for a dimension out of range.
  int64_t dim() const;
  int64_t ndimension() const { return dim(); }
  int64_t numel() const;
  int64_t size(int64_t d) const;
  int64_t stride(int64_t d) const;
  IntArrayRef sizes() const;
  IntArrayRef strides() const;
  int64_t storage_offset() const;
  int64_t sym_size(int64_t d) const { return size(d); }
  int64_t sym_stride(int64_t d) const { return stride(d); }
  int64_t sym_numel() const { return numel(); }
  int64_t sym_storage_offset() const { return storage_offset(); }
  IntArrayRef sym_sizes() const { return sizes(); }
  IntArrayRef sym_strides() const { return strides(); }

  /// Whether the elements lie in the order of `format` without gaps, or at least dense in some order; and
  /// the format a result of an op on this tensor gets.
  bool is_contiguous(MemoryFormat format = MemoryFormat::Contiguous) const;
  bool is_non_overlapping_and_dense() const;
  MemoryFormat suggest_memory_format() const;

  /// Element type, bytes, device.
  TypeMeta dtype() const;
  ScalarType scalar_type() const;
  size_t itemsize() const { return element_size_of(); }
  int64_t element_size() const { return static_cast<int64_t>(element_size_of()); }
  size_t nbytes() const;
  Device device() const;
  int64_t get_device() const;
  Layout layout() const;
  TensorOptions options() const;
  bool is_cpu() const;
  bool is_cuda() const;
  bool is_meta() const;
  bool is_sparse() const;
  bool is_mkldnn() const;
  bool is_quantized() const;
  bool is_floating_point() const;
  bool is_complex() const;
  bool is_signed() const;
  bool is_conj() const;
  bool is_neg() const;
  bool is_inference() const;
  bool is_pinned() const;
  bool is_mps() const { return on(DeviceType::MPS); }
  bool is_xpu() const { return on(DeviceType::XPU); }
  bool is_hip() const { return on(DeviceType::HIP); }
  bool is_xla() const { return on(DeviceType::XLA); }
  bool is_hpu() const { return on(DeviceType::HPU); }
  bool is_mtia() const { return on(DeviceType::MTIA); }
  bool is_vulkan() const { return on(DeviceType::Vulkan); }
  bool is_metal() const { return on(DeviceType::Metal); }
  bool is_lazy() const { return on(DeviceType::Lazy); }
  bool is_ipu() const { return on(DeviceType::IPU); }
  bool is_privateuseone() const { return on(DeviceType::PrivateUse1); }
  bool is_sparse_csr() const { return layout() == Layout::SparseCsr; }
  bool is_nested() const { return layout() == Layout::Jagged; }
  bool _is_zerotensor() const { return false; }
  bool is_scalar() const { return dim() == 0; }

  /// Memory: the first element's address (`T` must be the dtype's C++ type, else TypeError), the storage.
  void* data_ptr() const;
  void* mutable_data_ptr() const { return data_ptr(); }
  const void* const_data_ptr() const { return data_ptr(); }
  template <class T> T* data_ptr() const { return static_cast<T*>(typed_data(CppTypeToScalarType<std::remove_const_t<T>>::value)); }
  template <class T> T* mutable_data_ptr() const { return data_ptr<T>(); }
  template <class T> const T* const_data_ptr() const { return data_ptr<std::remove_const_t<T>>(); }
  Storage storage() const;
  bool has_storage() const;
  bool is_alias_of(const TensorBase& o) const;

  /// Element access in loops. Errors: TypeError for another dtype, Error for another number of dimensions.
  template <class T, size_t N>
  TensorAccessor<T, N> accessor() const {
    static_assert(N > 0, "accessor is for tensors with dimensions; use data_ptr or item for 0-dim ones");
    check_dim(N);
    return TensorAccessor<T, N>(data_ptr<T>(), sizes().data(), strides().data());
  }
  template <class T, size_t N, template <class> class PtrTraits = DefaultPtrTraits, class Index = int64_t>
  GenericPackedTensorAccessor<T, N, PtrTraits, Index> generic_packed_accessor() const {
    check_dim(N);
    return {data_ptr<T>(), sizes().data(), strides().data()};
  }
  template <class T, size_t N, template <class> class PtrTraits = DefaultPtrTraits>
  PackedTensorAccessor32<T, N, PtrTraits> packed_accessor32() const {
    check_32bit();
    return generic_packed_accessor<T, N, PtrTraits, int32_t>();
  }
  template <class T, size_t N, template <class> class PtrTraits = DefaultPtrTraits>
  PackedTensorAccessor64<T, N, PtrTraits> packed_accessor64() const { return generic_packed_accessor<T, N, PtrTraits, int64_t>(); }
  template <class T, size_t N, template <class> class PtrTraits = DefaultPtrTraits, class Index = int64_t>
  GenericPackedTensorAccessor<T, N, PtrTraits, Index> packed_accessor() const { return generic_packed_accessor<T, N, PtrTraits, Index>(); }

  /// Autograd: whether gradients are wanted or flow, the function that made this tensor and which of its
  /// results this is, the number of in-place changes, and views.
  bool requires_grad() const;
  bool is_leaf() const;
  bool retains_grad() const;
  const std::shared_ptr<autograd::Node>& grad_fn() const;
  int64_t output_nr() const;
  int64_t _version() const;
  bool is_view() const;
  const std::string& name() const;

  /// A hook that sees the gradient and may replace it (`Tensor(Tensor)` or `void(Tensor)`); returns the
  /// number that `remove_hook` takes. Errors: a tensor that does not require grad.
  template <class F>
  unsigned register_hook(F&& hook) const;
  void remove_hook(unsigned index) const;

 protected:
  TensorImpl* get() const;  // throws on an undefined tensor
  unsigned add_hook(std::function<Tensor(const Tensor&)> hook) const;

 private:
  bool on(DeviceType t) const { return p_ && device().type() == t; }
  void drop() noexcept { if (p_ && p_->release()) destroy(p_); }
  static void destroy(detail::RefCounted* p) noexcept;
  size_t element_size_of() const;
  void* typed_data(ScalarType t) const;
  void check_dim(size_t n) const;
  void check_32bit() const;

  detail::RefCounted* p_ = nullptr;
};

}  // namespace v1
}  // namespace wick
