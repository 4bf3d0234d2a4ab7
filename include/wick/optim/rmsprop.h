// RMSprop.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of RMSprop; defaults: lr 1e-2, alpha 0.99, eps 1e-8, weight_decay 0, momentum 0, centered false, maximize false.
struct RMSpropOptions : public OptimizerCloneableOptions<RMSpropOptions> {
  RMSpropOptions(double lr = 1e-2);
  WICK_ARG(double, lr);
  WICK_ARG(double, alpha) = 0.99;
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(double, momentum) = 0;
  WICK_ARG(bool, centered) = false;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(RMSpropOptions);
};

/// What RMSprop remembers of a parameter.
struct RMSpropParamState : public OptimizerCloneableParamState<RMSpropParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, square_avg);
  WICK_ARG(Tensor, momentum_buffer) = {};
  WICK_ARG(Tensor, grad_avg) = {};
  WICK_OPTIM_STATE(RMSpropParamState);
};

/// Gradients divided by a running root of their squares; centred and with momentum on request. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html)
class RMSprop : public OptimizerOf<RMSpropOptions, RMSpropParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
