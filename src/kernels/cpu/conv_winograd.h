// 3x3 convolutions in f32 by Winograd's minimal filtering: a quarter of the multiplications.
#pragma once

#include "kernels/cpu/conv.h"

namespace wick::kernels::cpu::winograd {

// Each returns false, with nothing written, where another way is better: other kernels, few channels, tiny pictures, or
// WICK_WINOGRAD=0 in the environment. Contracts as in conv.h.
bool conv_forward(const ConvShape& s, const void* x, const void* w, const void* bias, void* y);
bool conv_backward_data(const ConvShape& s, const void* gy, const void* w, void* gx);
bool conv_backward_weights(const ConvShape& s, const void* x, const void* gy, void* gw, void* gb);

}  // namespace wick::kernels::cpu::winograd
