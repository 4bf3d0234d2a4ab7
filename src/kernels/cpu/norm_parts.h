// The loops norm.cpp and norm_batch.cpp are made of. Internal. "A" is float, or double for double data; pointers to A
// are void here. Every pointer that may be null is named so.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// Rows [begin, end) of n elements: y = (x - mean) * rstd * gamma + beta; gamma, beta are A[n]. Without `center` the mean
// is 0 and the mean square takes the variance's place. mean, rstd may be null.
struct NormRows {
  ScalarType type;
  const void* x;
  const void *gamma, *beta;
  void *y, *mean, *rstd;
  int64_t n;
  double eps;
  bool center;
};
void norm_rows(const NormRows& o, int64_t begin, int64_t end);

// Backward of the same: gx, and this range's sums into ggamma, gbeta (A[n], which must be zero before); each may be null.
struct NormRowsBackward {
  ScalarType type;
  const void *gy, *x, *mean, *rstd, *gamma;
  void* gx;
  int64_t n;
  bool center;
};
void norm_rows_backward(const NormRowsBackward& o, int64_t begin, int64_t end, void* ggamma, void* gbeta);

// One contiguous run: mean and sum of squared deviations.
void run_moments(ScalarType type, const void* x, int64_t n, double* mean, double* m2);

// Elements of one channel (a run of n) or of all channels (channels-last: n rows of c).
struct Span {
  ScalarType type;
  int64_t n;
  int64_t c;             // 0: a run, one coefficient each; else coefficients are arrays of c
  const void *a, *b;     // A: the forward coefficients, y = x a + b
  bool relu;
};
// y = x a + b (+ residual, may be null), rectified if relu.
void span_affine(const Span& s, const void* x, const void* residual, void* y);
// sums[2 k] = sum of g, sums[2 k + 1] = sum of g (x - mean[k]), g = gy behind the rectifier, judged by y, or by x a + b
// where y is null. mean: A.
void span_dots(const Span& s, const void* gy, const void* x, const void* y, const void* mean, double* sums);
// gx = g p + x q + r and gresidual = g; each may be null. p, q, r: A.
void span_backward(const Span& s, const void* gy, const void* x, const void* y, const void* p, const void* q,
                   const void* r, void* gx, void* gresidual);

}  // namespace wick::kernels::cpu
