// Adam.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of Adam; defaults: lr 1e-3, betas {0.9, 0.999}, eps 1e-8, weight_decay 0, amsgrad false, maximize false, decoupled_weight_decay false.
struct AdamOptions : public OptimizerCloneableOptions<AdamOptions> {
  using betas_t = std::tuple<double, double>;
  AdamOptions(double lr = 1e-3);
  WICK_ARG(double, lr);
  WICK_ARG(betas_t, betas) = {0.9, 0.999};
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(bool, amsgrad) = false;
  WICK_ARG(bool, maximize) = false;
  WICK_ARG(bool, decoupled_weight_decay) = false;
  WICK_OPTIM_OPTIONS(AdamOptions);
};

/// What Adam remembers of a parameter.
struct AdamParamState : public OptimizerCloneableParamState<AdamParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, exp_avg);
  WICK_ARG(Tensor, exp_avg_sq);
  WICK_ARG(Tensor, max_exp_avg_sq);
  WICK_OPTIM_STATE(AdamParamState);
};

/// Adam: running means of the gradient and of its square. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.Adam.html)
class Adam : public OptimizerOf<AdamOptions, AdamParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
