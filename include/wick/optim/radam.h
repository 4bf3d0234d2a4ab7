// RAdam.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of RAdam; defaults: lr 1e-3, betas {0.9, 0.999}, eps 1e-8, weight_decay 0, decoupled_weight_decay false, maximize false.
struct RAdamOptions : public OptimizerCloneableOptions<RAdamOptions> {
  using betas_t = std::tuple<double, double>;
  RAdamOptions(double lr = 1e-3);
  WICK_ARG(double, lr);
  WICK_ARG(betas_t, betas) = {0.9, 0.999};
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(bool, decoupled_weight_decay) = false;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(RAdamOptions);
};

/// What RAdam remembers of a parameter.
struct RAdamParamState : public OptimizerCloneableParamState<RAdamParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, exp_avg);
  WICK_ARG(Tensor, exp_avg_sq);
  WICK_OPTIM_STATE(RAdamParamState);
};

/// Adam that divides by the mean square only once its variance is small enough, and warms up by that. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.RAdam.html)
class RAdam : public OptimizerOf<RAdamOptions, RAdamParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
