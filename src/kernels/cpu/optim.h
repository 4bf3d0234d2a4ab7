// Optimizer steps in one pass over many tensors: each element's gradient, parameter and state are read and written
// once. The formulas and their order are those of torch.optim's single-tensor implementations.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

enum class OptimRule { sgd, adam, adamax, nadam, radam, adagrad, adadelta, rmsprop, rprop, asgd, lion, lamb };

// What happens to one tensor, in double; kernels round each number once, as PyTorch does.
struct OptimStep {
  OptimRule rule = OptimRule::sgd;
  double lr = 0;       // with the bias corrections that belong to it
  double eps = 0;
  double decay = 0;    // times the parameter is added to the gradient
  double shrink = 1;   // the parameter is multiplied by it first
  double a = 0, b = 0, c = 0, d = 0, e = 0;  // the rule's own: see optim.cpp
  bool maximize = false, flag = false;
  unsigned states = 0;         // which of the three states the rule uses: bits 0 to 2
};

// A parameter, its gradient and its states: all dense, of `type` (a floating one), and in the same order. bfloat16 and
// half are calculated with in float.
struct OptimTensor {
  ScalarType type = kFloat;
  int64_t size = 0;
  void *param = nullptr, *grad = nullptr, *states[3] = {};
  OptimStep step;
};

// What happens to all gradients: multiplied, then held within +-clip; `zero` leaves them zero, otherwise they are untouched.
struct OptimPass {
  double scale = 1, clip = std::numeric_limits<double>::infinity();
  bool zero = false;
};

void optim_step(const std::vector<OptimTensor>& tensors, const OptimPass& pass);

// The Euclidean norm of all gradients, in a fixed order.
double grad_norm(const std::vector<OptimTensor>& tensors);

}  // namespace wick::kernels::cpu
