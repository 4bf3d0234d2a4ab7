// Discrete Fourier transforms of any length on raw memory. Complex numbers are pairs (re, im); f32 and f64.
#pragma once

#include <cstdint>

namespace wick::kernels::cpu {

// In place along the middle dimension of [outer, n, inner]; forward has exp(-2 pi i j k / n). Results are multiplied by `scale`.
template <class T>
void fft_complex(T* data, int64_t outer, int64_t n, int64_t inner, bool forward, T scale);

// `lines` rows of n numbers to n / 2 + 1 complex ones (forward), and back (the imaginary parts of the first and, for
// even n, the last are taken as zero).
template <class T>
void fft_real(const T* x, T* y, int64_t lines, int64_t n, T scale);
template <class T>
void fft_real_inverse(const T* x, T* y, int64_t lines, int64_t n, T scale);

}  // namespace wick::kernels::cpu
