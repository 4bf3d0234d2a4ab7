// One step of Stockham's algorithm over arrays of real and imaginary parts:
//   y[q + s (r p + k)] = w(p, k) sum over j < r of x[q + s (p + m j)] exp(-2 pi i j k / r)
// for q < s, p in [from, to), where w(p, k) is pair (r - 1) p + k - 1 of `twiddles` and 1 for k = 0.
#pragma once

#include <cstdint>

namespace wick::kernels::cpu {

template <class T>
struct FftStage {
  int radix;
  int64_t m, s;
  const T *twiddles, *roots;   // roots: exp(-2 pi i k / r) in pairs, for radices without a formula
  const T *xr, *xi;
  T *yr, *yi;
};
void fft_stage(const FftStage<float>& s, int64_t from, int64_t to);
void fft_stage(const FftStage<double>& s, int64_t from, int64_t to);

}  // namespace wick::kernels::cpu
