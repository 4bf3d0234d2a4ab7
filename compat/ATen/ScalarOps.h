// Scalars as 0-dim tensors.
#pragma once

#include <ATen/Functions.h>

namespace c10 {
/// A 0-dim tensor of the number's own type: double, complex double, int64 or bool.
inline Tensor scalar_to_tensor(const Scalar& s, Device device = DeviceType::CPU) { return scalar_tensor(s, TensorOptions(device).dtype(s.type())); }
}  // namespace c10
namespace at::native {
/// Like scalar_to_tensor, and promotes with other tensors as the bare number would. Wick's ops take the number itself.
inline Tensor wrapped_scalar_tensor(const Scalar& s, Device device = DeviceType::CPU) { return scalar_to_tensor(s, device); }
}  // namespace at::native
