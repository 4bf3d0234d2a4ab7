// at::CPU(kFloat) and Tensor::type(): element type and device as one value, as programs wrote it before TensorOptions.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Backend.h>

namespace wick {
inline namespace v1 {

/// Converts to the TensorOptions that say the same.
class DeprecatedTypeProperties {
 public:
  DeprecatedTypeProperties(Backend backend, ScalarType type) : backend_(backend), type_(type) {}

  Backend backend() const { return backend_; }
  Layout layout() const { return layout_from_backend(backend_); }
  DeviceType device_type() const { return backendToDeviceType(backend_); }
  ScalarType scalarType() const { return type_; }
  TypeMeta typeMeta() const { return type_; }
  bool is_sparse() const { return layout() == Layout::Sparse; }
  bool is_sparse_csr() const { return layout() == Layout::SparseCsr; }
  bool is_cuda() const { return device_type() == DeviceType::CUDA; }
  int64_t id() const { return static_cast<int64_t>(backend_) * static_cast<int64_t>(ScalarType::NumOptions) + static_cast<int64_t>(type_); }
  /// `CPUFloatType`.
  std::string toString() const {
    if (backend_ == Backend::Undefined || type_ == ScalarType::Undefined) return "UndefinedType";
    return std::string(::wick::v1::toString(backend_)) + to_string(type_) + "Type";
  }

  /// The same with another part.
  inline DeprecatedTypeProperties& toBackend(Backend b) const;
  inline DeprecatedTypeProperties& toScalarType(ScalarType t) const;
  DeprecatedTypeProperties& cpu() const { return toBackend(Backend::CPU); }
  DeprecatedTypeProperties& cuda() const { return toBackend(Backend::CUDA); }
  DeprecatedTypeProperties& hip() const { return toBackend(Backend::HIP); }

  TensorOptions options(int16_t device_index = -1) const {
    return TensorOptions().dtype(type_).device(device_type(), static_cast<DeviceIndex>(device_index)).layout(layout());
  }
  TensorOptions options(std::optional<Device> device) const { return device ? options(device->index()) : options(); }
  operator TensorOptions() const { return options(); }

  bool operator==(const DeprecatedTypeProperties& o) const { return backend_ == o.backend_ && type_ == o.type_; }
  bool operator!=(const DeprecatedTypeProperties& o) const { return !(*this == o); }

 private:
  Backend backend_;
  ScalarType type_;
};
inline std::ostream& operator<<(std::ostream& out, const DeprecatedTypeProperties& t) { return out << t.toString(); }

}  // namespace v1
}  // namespace wick

namespace at {

/// The one object of each pair.
inline DeprecatedTypeProperties& getDeprecatedTypeProperties(Backend b, ScalarType t) {
  constexpr int types = static_cast<int>(ScalarType::NumOptions), backends = static_cast<int>(Backend::NumOptions);
  static std::vector<DeprecatedTypeProperties> all = [] {
    std::vector<DeprecatedTypeProperties> v;
    for (int i = 0; i < backends * types; ++i) v.emplace_back(static_cast<Backend>(i / types), static_cast<ScalarType>(i % types));
    return v;
  }();
  return all[static_cast<size_t>(static_cast<int>(b) * types + static_cast<int>(t))];
}
inline DeprecatedTypeProperties& CPU(ScalarType t) { return getDeprecatedTypeProperties(Backend::CPU, t); }
inline DeprecatedTypeProperties& CUDA(ScalarType t) { return getDeprecatedTypeProperties(Backend::CUDA, t); }
inline DeprecatedTypeProperties& HIP(ScalarType t) { return getDeprecatedTypeProperties(Backend::HIP, t); }
inline DeprecatedTypeProperties& MPS(ScalarType t) { return getDeprecatedTypeProperties(Backend::MPS, t); }

}  // namespace at

namespace wick {
inline namespace v1 {
inline DeprecatedTypeProperties& DeprecatedTypeProperties::toBackend(Backend b) const { return at::getDeprecatedTypeProperties(b, type_); }
inline DeprecatedTypeProperties& DeprecatedTypeProperties::toScalarType(ScalarType t) const { return at::getDeprecatedTypeProperties(backend_, t); }
inline DeprecatedTypeProperties& Tensor::type() const { return at::getDeprecatedTypeProperties(backend_of(device().type()), scalar_type()); }
}  // namespace v1
}  // namespace wick
