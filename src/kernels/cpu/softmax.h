// Softmax, log-softmax and cross-entropy over the middle dimension of a dense [outer, n, inner] array.
// Floating types; half and bfloat16 compute in float.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// out = exp(x - max) / sum, or its logarithm. `out` may be `in`.
void softmax(ScalarType type, const void* in, void* out, int64_t outer, int64_t n, int64_t inner, bool log);

// The gradient of the input, from the result y: y (g - sum(g y)), or g - exp(y) sum(g) if `log`. `gx` may be `grad`
// or `y`.
void softmax_backward(ScalarType type, const void* grad, const void* y, void* gx, int64_t outer, int64_t n,
                      int64_t inner, bool log);

// Cross-entropy from logits [outer, classes, inner] (inner: the positions of a picture) against int64 class indices
// [outer, inner]. "Accumulator" is float, or double for double.
struct CrossEntropy {
  ScalarType type = kFloat;            // of the logits and of their gradient
  const void* weight = nullptr;        // one accumulator value per class, or null
  int64_t ignore_index = -100;         // rows with this target give no loss and no gradient
  double label_smoothing = 0;
};
struct CrossEntropySums {
  double loss = 0;                     // sum of the row losses, in a fixed order
  double weight = 0;                   // sum of the targets' weights: the divisor of the mean
  int64_t bad_row = -1;                // a row (o * inner + i) whose target is no class, the first; -1: all are good
};

// Writes, each where not null: `loss` (accumulator type, [outer, inner]) the row losses, `stats` (accumulator type,
// [outer, inner, 2]) maximum and log of the sum of exponentials, whose sum is the logsumexp (apart, they keep the
// backward pass exact for logits far from zero), `log_probs` (type of the logits) the log-softmax.
CrossEntropySums cross_entropy(const CrossEntropy& o, const void* logits, const int64_t* target, void* loss,
                               void* stats, void* log_probs, int64_t outer, int64_t classes, int64_t inner);

// gx = scale * grad[row] * d loss[row] / d logits, from the logits and the saved stats, in one pass. `grad` is accumulator type with
// `grad_stride` 1 (per row) or 0 (one number); null means 1. `gx` may be `logits`.
void cross_entropy_backward(const CrossEntropy& o, const void* logits, const int64_t* target, const void* stats,
                            const void* grad, int64_t grad_stride, double scale, void* gx, int64_t outer,
                            int64_t classes, int64_t inner);

}  // namespace wick::kernels::cpu
