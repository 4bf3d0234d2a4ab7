// SGD.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of SGD; defaults: lr 1e-3, momentum 0, dampening 0, weight_decay 0, nesterov false, maximize false.
struct SGDOptions : public OptimizerCloneableOptions<SGDOptions> {
  SGDOptions(double lr = 1e-3);
  WICK_ARG(double, lr);
  WICK_ARG(double, momentum) = 0;
  WICK_ARG(double, dampening) = 0;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(bool, nesterov) = false;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(SGDOptions);
};

/// What SGD remembers of a parameter.
struct SGDParamState : public OptimizerCloneableParamState<SGDParamState> {
  WICK_ARG(Tensor, momentum_buffer);
  WICK_OPTIM_STATE(SGDParamState);
};

/// Stochastic gradient descent, with momentum, dampening, Nesterov's form and weight decay. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.SGD.html)
class SGD : public OptimizerOf<SGDOptions, SGDParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
