// What programs ask about GPUs. This build has none.
#pragma once

#include <c10/util/Exception.h>
#include <wick/core/device.h>

namespace torch::cuda {

inline ::c10::DeviceIndex device_count() { return 0; }
inline bool is_available() { return false; }
inline bool cudnn_is_available() { return false; }
inline void manual_seed(uint64_t) {}
inline void manual_seed_all(uint64_t) {}
inline void synchronize(int64_t = -1) { TORCH_CHECK(is_available(), "No CUDA GPUs are available"); }

}  // namespace torch::cuda
