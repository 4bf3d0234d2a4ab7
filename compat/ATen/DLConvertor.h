// Tensors to and from DLPack, without a copy.
#pragma once

#include <ATen/ATen.h>
#include <ATen/dlpack.h>

#include <functional>
#include <memory>
#include <vector>

namespace at {

/// DLPack's name of a tensor's element type, and back. Errors: Error for a type that the other side does not have.
inline DLDataType getDLDataType(const Tensor& t) {
  const ScalarType s = t.scalar_type();
  const uint8_t code = s == kBool ? kDLBool : s == kBFloat16 ? kDLBfloat : s == kByte ? kDLUInt : isComplexType(s) ? kDLComplex : isFloatingType(s) ? kDLFloat : kDLInt;
  return {code, static_cast<uint8_t>(t.element_size() * 8), 1};
}
inline ScalarType toScalarType(const DLDataType& d) {
  TORCH_CHECK_BUFFER(d.lanes == 1, "ATen does not support lanes != 1");
  const auto pick = [&](std::initializer_list<std::pair<int, ScalarType>> widths) {
    for (const auto& [bits, type] : widths)
      if (bits == d.bits) return type;
    TORCH_CHECK_BUFFER(false, "Unsupported DLPack type: code ", static_cast<int>(d.code), ", ", static_cast<int>(d.bits), " bits");
    return ScalarType::Undefined;
  };
  switch (d.code) {
    case kDLUInt: return pick({{8, kByte}});
    case kDLInt: return pick({{8, kChar}, {16, kShort}, {32, kInt}, {64, kLong}});
    case kDLFloat: return pick({{16, kHalf}, {32, kFloat}, {64, kDouble}});
    case kDLBfloat: return pick({{16, kBFloat16}});
    case kDLComplex: return pick({{64, kComplexFloat}, {128, kComplexDouble}});
    case kDLBool: return pick({{8, kBool}});
    default: return pick({});
  }
}
inline DLDevice torchDeviceToDLDevice(Device device) {
  TORCH_CHECK(device.is_cpu(), "Cannot pack tensors on ", device.str());
  return {kDLCPU, 0};
}
inline Device dlDeviceToTorchDevice(DLDeviceType type, DeviceIndex = 0, void* = nullptr) {
  TORCH_CHECK_BUFFER(type == kDLCPU, "Unsupported device_type: ", std::to_string(type));
  return Device(DeviceType::CPU);
}
inline DLDevice getDLContext(const Tensor& t, const int64_t&) { return torchDeviceToDLDevice(t.device()); }

namespace detail {
template <class Managed>
struct Packed {
  Tensor tensor;
  std::vector<int64_t> sizes, strides;
  Managed managed{};
};
inline void describe(DLTensor& d, const Tensor& t, int64_t* sizes, int64_t* strides) {
  d = {t.data_ptr(), torchDeviceToDLDevice(t.device()), static_cast<int32_t>(t.dim()), getDLDataType(t), sizes, strides, 0};
}
template <class Managed>
Managed* pack(const Tensor& t) {
  auto p = std::make_unique<Packed<Managed>>();
  p->tensor = t;
  p->sizes = t.sizes().vec();
  p->strides = t.strides().vec();
  for (size_t i = 0; i < p->sizes.size(); ++i)
    if (p->sizes[i] < 2) p->strides[i] = 1;  // other libraries check them
  describe(p->managed.dl_tensor, t, p->sizes.data(), p->strides.data());
  p->managed.manager_ctx = p.get();
  p->managed.deleter = [](Managed* m) { delete static_cast<Packed<Managed>*>(m->manager_ctx); };
  return &p.release()->managed;
}
template <class Managed>
Tensor unpack(Managed* src, std::function<void(void*)> deleter) {
  const DLTensor& d = src->dl_tensor;
  if (!deleter) deleter = [src](void*) { if (src->deleter) src->deleter(src); };
  const auto options = TensorOptions().dtype(toScalarType(d.dtype)).device(dlDeviceToTorchDevice(d.device.device_type));
  void* data = static_cast<char*>(d.data) + d.byte_offset;
  const IntArrayRef sizes(d.shape, static_cast<size_t>(d.ndim));
  if (!d.strides) return from_blob(data, sizes, std::move(deleter), options);
  return from_blob(data, sizes, IntArrayRef(d.strides, static_cast<size_t>(d.ndim)), std::move(deleter), options);
}
}  // namespace detail

/// The tensor for another library, which calls `deleter` when done.
inline DLManagedTensor* toDLPack(const Tensor& src) { return detail::pack<DLManagedTensor>(src); }
inline DLManagedTensorVersioned* toDLPackVersioned(const Tensor& src) {
  auto* m = detail::pack<DLManagedTensorVersioned>(src);
  m->version = {DLPACK_MAJOR_VERSION, DLPACK_MINOR_VERSION};
  return m;
}
/// A description that lives no longer than `src`.
inline void toDLPackNonOwning(const Tensor& src, DLTensor* out) {
  detail::describe(*out, src, const_cast<int64_t*>(src.sizes().data()), const_cast<int64_t*>(src.strides().data()));
}
/// A tensor over another library's memory; `deleter`, else the one it brings, runs when the last user is gone.
inline Tensor fromDLPack(DLManagedTensor* src, std::function<void(void*)> deleter = {}) { return detail::unpack(src, std::move(deleter)); }
inline Tensor fromDLPackVersioned(DLManagedTensorVersioned* src, std::function<void(void*)> deleter = {}) {
  TORCH_CHECK_BUFFER(src->version.major == DLPACK_MAJOR_VERSION, "DLPack version ", src->version.major, " is not supported, expected ", DLPACK_MAJOR_VERSION);
  return detail::unpack(src, std::move(deleter));
}

}  // namespace at
