// Ops under the names of their CPU implementations.
#pragma once

#include <ATen/Functions.h>

namespace at::native {
using namespace ::wick::v1;
inline bool cpu_equal(const Tensor& a, const Tensor& b) { return equal(a, b); }
}  // namespace at::native
