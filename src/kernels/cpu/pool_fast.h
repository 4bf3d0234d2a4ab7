// The vectorised forms of pooling in f32 (f16 and bf16 pass through f32). False: not this shape, nothing written.
// Internal to pool*.cpp.
#pragma once

#include "kernels/cpu/pool.h"

namespace wick::kernels::cpu::pool_fast {

bool max_forward(const PoolShape& s, bool adaptive, const void* x, void* y, int64_t* indices);
bool max_backward(const PoolShape& s, const void* gy, const int64_t* indices, void* gx);
bool avg_forward(const PoolShape& s, bool adaptive, const void* x, void* y);
bool avg_backward(const PoolShape& s, bool adaptive, const void* gy, void* gx);

}  // namespace wick::kernels::cpu::pool_fast
