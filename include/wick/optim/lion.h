// Lion.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of Lion; defaults: lr 1e-4, betas {0.9, 0.99}, weight_decay 0 (apart from the gradient), maximize false.
struct LionOptions : public OptimizerCloneableOptions<LionOptions> {
  using betas_t = std::tuple<double, double>;
  LionOptions(double lr = 1e-4);
  WICK_ARG(double, lr);
  WICK_ARG(betas_t, betas) = {0.9, 0.99};
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(LionOptions);
};

/// What Lion remembers of a parameter.
struct LionParamState : public OptimizerCloneableParamState<LionParamState> {
  WICK_ARG(Tensor, exp_avg);
  WICK_OPTIM_STATE(LionParamState);
};

/// The sign of a mixture of momentum and gradient. One pass over all parameters.
/// Errors: options out of range. (https://arxiv.org/abs/2302.06675)
class Lion : public OptimizerOf<LionOptions, LionParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
