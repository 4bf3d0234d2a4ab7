// Affine parameters in and out of the statistics' type. Internal.
#pragma once

#include <cstdint>
#include <type_traits>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// One parameter as a double; `otherwise` where there are none.
inline double param_at(ScalarType type, const void* p, int64_t i, double otherwise) {
  if (!p) return otherwise;
  switch (type) {
    case kFloat: return static_cast<const float*>(p)[i];
    case kDouble: return static_cast<const double*>(p)[i];
    case kHalf: return static_cast<float>(static_cast<const Half*>(p)[i]);
    default: return static_cast<float>(static_cast<const BFloat16*>(p)[i]);
  }
}
inline void set_param(ScalarType type, void* p, int64_t i, double v) {
  if (!p) return;
  switch (type) {
    case kFloat: static_cast<float*>(p)[i] = static_cast<float>(v); break;
    case kDouble: static_cast<double*>(p)[i] = v; break;
    case kHalf: static_cast<Half*>(p)[i] = Half(static_cast<float>(v)); break;
    default: static_cast<BFloat16*>(p)[i] = BFloat16(static_cast<float>(v)); break;
  }
}

// Calls f(float()) or f(double()): a value of the type that statistics of `type` data have.
template <class F>
void with_stat_type(ScalarType type, const F& f) {
  if (type == kDouble) f(double());
  else f(float());
}

}  // namespace wick::kernels::cpu
