// Automatic mixed precision under ATen's names.
#pragma once

#include <ATen/core/Tensor.h>
#include <wick/autograd/autocast.h>

namespace at {
namespace autocast {

using wick::amp::get_autocast_dtype;
using wick::amp::is_autocast_cache_enabled;
using wick::amp::is_autocast_enabled;
using wick::amp::set_autocast_cache_enabled;
using wick::amp::set_autocast_dtype;
using wick::amp::set_autocast_enabled;
inline void clear_cache() { wick::amp::clear_autocast_cache(); }
inline int increment_nesting() { return wick::amp::increment_autocast_nesting(); }
inline int decrement_nesting() { return wick::amp::decrement_autocast_nesting(); }

// A tensor, or several, as an operation of that type would get them inside of a scope.
inline Tensor cached_cast(ScalarType to, const Tensor& t, DeviceType device = DeviceType::CUDA) {
  const bool cast = t.defined() && t.device().type() == device && t.is_floating_point() && t.scalar_type() != kDouble;
  return cast ? t.to(to) : t;
}
inline std::optional<Tensor> cached_cast(ScalarType to, const std::optional<Tensor>& t, DeviceType device = DeviceType::CUDA) {
  return t ? std::optional<Tensor>(cached_cast(to, *t, device)) : std::nullopt;
}

// Older names.
inline bool is_enabled() { return is_autocast_enabled(kCUDA); }
inline void set_enabled(bool enabled) { set_autocast_enabled(kCUDA, enabled); }
inline ScalarType get_autocast_gpu_dtype() { return get_autocast_dtype(kCUDA); }
inline void set_autocast_gpu_dtype(ScalarType dtype) { set_autocast_dtype(kCUDA, dtype); }
inline bool is_cpu_enabled() { return is_autocast_enabled(kCPU); }
inline void set_cpu_enabled(bool enabled) { set_autocast_enabled(kCPU, enabled); }
inline ScalarType get_autocast_cpu_dtype() { return get_autocast_dtype(kCPU); }
inline void set_autocast_cpu_dtype(ScalarType dtype) { set_autocast_dtype(kCPU, dtype); }

}  // namespace autocast
}  // namespace at
