// Connectionist temporal classification: forward and backward variables in logarithms.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// log_probs is [steps, batch, labels] dense; sequence b has input_lengths[b] steps and the target_lengths[b] labels at
// targets + starts[b]. log_alpha is [batch, steps, width], width at least 2 * longest target + 1. f32 and f64.
struct Ctc {
  ScalarType dtype = ScalarType::Float;
  int64_t steps = 0, batch = 0, labels = 0, width = 1, blank = 0;
  const int64_t *targets = nullptr, *starts = nullptr, *input_lengths = nullptr, *target_lengths = nullptr;
};

void ctc_forward(const Ctc& c, const void* log_probs, void* log_alpha, void* loss);
// `g` is the gradient of the losses, one a sequence; writes all of `grad` (like log_probs).
void ctc_backward(const Ctc& c, const void* g, const void* log_probs, const void* log_alpha, const void* loss, bool zero_infinity, void* grad);

}  // namespace wick::kernels::cpu
