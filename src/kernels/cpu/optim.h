// Optimizer steps in one pass over many tensors: each element's gradient, parameter and state are read and written
// once. The formulas and their order are those of torch.optim's single-tensor implementations.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// `count` tensors of sizes[k] elements of `type` (float or double), all dense; a parameter, its gradient and its
// states correspond element by element.
struct OptimTensors {
  ScalarType type = kFloat;
  int64_t count = 0;
  const int64_t* sizes = nullptr;
  void* const* params = nullptr;
  void* const* grads = nullptr;
  double grad_scale = 1;     // multiplies every gradient first (clipping, unscaling)
  bool zero_grads = false;   // leaves the gradients zero; otherwise they are untouched
  bool maximize = false;
};

// The Euclidean norm over all gradients (with grad_scale), in a fixed order; for clipping.
double grad_norm(const OptimTensors& t);

struct Sgd { double lr = 1e-3, momentum = 0, dampening = 0, weight_decay = 0; bool nesterov = false; };
// `buffers` are needed when momentum != 0. first[k] (optional array) says that tensor k's buffer holds nothing yet:
// it becomes the gradient, without dampening.
void sgd_step(const OptimTensors& t, const Sgd& o, void* const* buffers, const bool* first);

struct Adam {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8, weight_decay = 0;
  bool decoupled = false;          // AdamW: p *= 1 - lr * weight_decay; else grad += weight_decay * p
  double bias_correction1 = 1;     // 1 - beta1^step
  double bias_correction2 = 1;     // 1 - beta2^step; its root is taken in double, as PyTorch does
};
// `max_exp_avg_sqs` null: no amsgrad.
void adam_step(const OptimTensors& t, const Adam& o, void* const* exp_avgs, void* const* exp_avg_sqs,
               void* const* max_exp_avg_sqs);

// `lr` is the decayed one: lr / (1 + (step - 1) * lr_decay).
struct Adagrad { double lr = 1e-2, weight_decay = 0, eps = 1e-10; };
void adagrad_step(const OptimTensors& t, const Adagrad& o, void* const* sums);

struct RmsProp { double lr = 1e-2, alpha = 0.99, eps = 1e-8, weight_decay = 0, momentum = 0; };
// `grad_avgs` null: not centered. `buffers` are needed when momentum > 0.
void rmsprop_step(const OptimTensors& t, const RmsProp& o, void* const* square_avgs, void* const* grad_avgs,
                  void* const* buffers);

}  // namespace wick::kernels::cpu
