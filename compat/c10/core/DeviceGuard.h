// Guards that choose a device for a scope. The CPU is one device, so they have nothing to switch.
#pragma once

#include <c10/macros/Macros.h>
#include <wick/tensor.h>

namespace c10 {

class DeviceGuard {
 public:
  explicit DeviceGuard(Device device) : device_(device) {}
  DeviceGuard(const DeviceGuard&) = delete;
  DeviceGuard& operator=(const DeviceGuard&) = delete;
  void reset_device(Device device) { device_ = device; }
  Device original_device() const { return Device(DeviceType::CPU); }
  Device current_device() const { return device_; }

 private:
  Device device_;
};

class OptionalDeviceGuard {
 public:
  OptionalDeviceGuard() = default;
  explicit OptionalDeviceGuard(Device device) : device_(device) {}
  explicit OptionalDeviceGuard(std::optional<Device> device) : device_(device) {}
  OptionalDeviceGuard(const OptionalDeviceGuard&) = delete;
  OptionalDeviceGuard& operator=(const OptionalDeviceGuard&) = delete;
  void reset_device(Device device) { device_ = device; }
  std::optional<Device> current_device() const { return device_; }

 private:
  std::optional<Device> device_;
};

}  // namespace c10

namespace at {
/// Device of a tensor, or of the first of several; none when it is undefined.
inline std::optional<Device> device_of(const Tensor& t) { return t.defined() ? std::optional<Device>(t.device()) : std::nullopt; }
inline std::optional<Device> device_of(const std::optional<Tensor>& t) { return t ? device_of(*t) : std::nullopt; }
inline std::optional<Device> device_of(TensorList l) { return l.empty() ? std::nullopt : device_of(l.front()); }
}  // namespace at
