// Layer, RMS, group and batch normalisation, forward and backward.
//
// Data (`type`) is float, double, half or bfloat16; statistics and saved values are float, or double for double data.
// Affine parameters and their gradients have `param_type`: the data's type or that of the statistics. Gradients of
// parameters are summed over fixed blocks of rows in a fixed order, so nothing depends on the number of threads.
// Every pointer documented as optional may be null.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

struct NormTypes {
  ScalarType type = kFloat, param_type = kFloat;
};

// y = (x - mean) * rstd * gamma + beta over rows of n; gamma, beta [n], mean, rstd [rows] optional.
void layer_norm(NormTypes t, const void* x, const void* gamma, const void* beta, void* y, void* mean, void* rstd,
                int64_t rows, int64_t n, double eps);
// gx [rows, n], ggamma, gbeta [n], gamma optional. gx may be gy.
void layer_norm_backward(NormTypes t, const void* gy, const void* x, const void* mean, const void* rstd,
                         const void* gamma, void* gx, void* ggamma, void* gbeta, int64_t rows, int64_t n);

// y = x * rstd * gamma, rstd = 1 / sqrt(mean(x^2) + eps); gamma [n], rstd [rows] optional.
void rms_norm(NormTypes t, const void* x, const void* gamma, void* y, void* rstd, int64_t rows, int64_t n, double eps);
void rms_norm_backward(NormTypes t, const void* gy, const void* x, const void* rstd, const void* gamma, void* gx,
                       void* ggamma, int64_t rows, int64_t n);

// Group normalisation of [n, c, hw] contiguous (NCHW); mean, rstd [n, groups]; gamma, beta [c] optional.
void group_norm(NormTypes t, const void* x, const void* gamma, const void* beta, void* y, void* mean, void* rstd,
                int64_t n, int64_t c, int64_t hw, int64_t groups, double eps);
void group_norm_backward(NormTypes t, const void* gy, const void* x, const void* mean, const void* rstd,
                         const void* gamma, void* gx, void* ggamma, void* gbeta, int64_t n, int64_t c, int64_t hw,
                         int64_t groups);

// Batch normalisation of n pictures of c channels and hw positions, stored [n, c, hw] or, channels-last, [n, hw, c].
struct BatchNorm {
  NormTypes types;
  int64_t n = 0, c = 0, hw = 0;
  bool channels_last = false;
  bool relu = false;       // y = max(0, normalised (+ residual)), fused
};

// Batch statistics: mean and invstd [c] (statistics type) are written; running_mean and running_var [c] (param_type,
// optional) move by `momentum`, the latter towards the unbiased variance. `residual` (optional, shaped as x) is added
// before the rectifier.
void batch_norm_train(const BatchNorm& o, const void* x, const void* gamma, const void* beta, const void* residual,
                      void* running_mean, void* running_var, double momentum, double eps, void* y, void* mean,
                      void* invstd);
// With given statistics: running_mean, running_var [c] (param_type).
void batch_norm_eval(const BatchNorm& o, const void* x, const void* gamma, const void* beta, const void* residual,
                     const void* running_mean, const void* running_var, double eps, void* y);

// gx, gresidual (shaped as x; the gradient behind the rectifier), ggamma, gbeta [c], each optional. `train` says
// whether mean and invstd (statistics type) are the batch's own or constants. With o.relu, `y` is the forward result;
// null where no residual was added: it is then computed again from x, gamma and beta, which costs less than reading.
void batch_norm_backward(const BatchNorm& o, bool train, const void* gy, const void* x, const void* y,
                         const void* gamma, const void* beta, const void* mean, const void* invstd, void* gx,
                         void* gresidual, void* ggamma, void* gbeta);

}  // namespace wick::kernels::cpu
