// Convolutions with a filter of its own for each channel, in f32, plain layout: bound by memory when done in place.
#pragma once

#include "kernels/cpu/conv.h"

namespace wick::kernels::cpu::depthwise {

// Each returns false, with nothing written, where another way is better: other shapes and layouts. Contracts as in conv.h.
bool conv_forward(const ConvShape& s, const void* x, const void* w, const void* bias, void* y);
bool conv_backward_data(const ConvShape& s, const void* gy, const void* w, void* gx);
bool conv_backward_weights(const ConvShape& s, const void* x, const void* gy, void* gw, void* gb);

}  // namespace wick::kernels::cpu::depthwise
