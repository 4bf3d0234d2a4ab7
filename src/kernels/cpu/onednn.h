// The only door to oneDNN (2.6 and 3.x). Primitives are kept per thread, most recently used first; code is shared by
// oneDNN's own cache. Everything here runs on the calling thread alone unless said otherwise.
#pragma once

#include <cstdint>

#include "kernels/cpu/conv.h"

namespace wick::kernels::cpu::onednn {

// Whether this CPU multiplies bf16 pairs in hardware and oneDNN knows how.
bool has_bf16();

// c = op(a) @ op(b), a and b bf16, c bf16 or f32, row-major as in gemm.h. False: no fast kernel, nothing done.
bool matmul_bf16(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const void* a, int64_t lda, const void* b,
                 int64_t ldb, void* c, int64_t ldc, bool c_is_f32);

// Convolutions of f32, and of bf16 where has_bf16(), in parallel over images and channels. False: no fast kernel for
// this shape, nothing written. Sizes are positive.
bool conv_forward(const ConvShape& s, const void* x, const void* w, const void* bias, void* y);
bool conv_backward_data(const ConvShape& s, const void* gy, const void* w, void* gx);
bool conv_backward_weights(const ConvShape& s, const void* x, const void* gy, void* gw, void* gb);

// Forgets all primitives, of every thread (at its next use).
void clear();

}  // namespace wick::kernels::cpu::onednn
