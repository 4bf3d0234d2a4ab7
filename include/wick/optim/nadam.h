// NAdam.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of NAdam; defaults: lr 2e-3, betas {0.9, 0.999}, eps 1e-8, weight_decay 0, momentum_decay 4e-3, decoupled_weight_decay false,
/// maximize false.
struct NAdamOptions : public OptimizerCloneableOptions<NAdamOptions> {
  using betas_t = std::tuple<double, double>;
  NAdamOptions(double lr = 2e-3);
  WICK_ARG(double, lr);
  WICK_ARG(betas_t, betas) = {0.9, 0.999};
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(double, momentum_decay) = 4e-3;
  WICK_ARG(bool, decoupled_weight_decay) = false;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(NAdamOptions);
};

/// What NAdam remembers of a parameter.
struct NAdamParamState : public OptimizerCloneableParamState<NAdamParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(double, mu_product) = 1;
  WICK_ARG(Tensor, exp_avg);
  WICK_ARG(Tensor, exp_avg_sq);
  WICK_OPTIM_STATE(NAdamParamState);
};

/// Adam with Nesterov's momentum. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.NAdam.html)
class NAdam : public OptimizerOf<NAdamOptions, NAdamParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
