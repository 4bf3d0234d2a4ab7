// AdamW.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of AdamW; defaults: lr 1e-3, betas {0.9, 0.999}, eps 1e-8, weight_decay 1e-2, amsgrad false, maximize false.
struct AdamWOptions : public OptimizerCloneableOptions<AdamWOptions> {
  using betas_t = std::tuple<double, double>;
  AdamWOptions(double lr = 1e-3);
  WICK_ARG(double, lr);
  WICK_ARG(betas_t, betas) = {0.9, 0.999};
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(double, weight_decay) = 1e-2;
  WICK_ARG(bool, amsgrad) = false;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(AdamWOptions);
};

/// What AdamW remembers of a parameter.
struct AdamWParamState : public OptimizerCloneableParamState<AdamWParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, exp_avg);
  WICK_ARG(Tensor, exp_avg_sq);
  WICK_ARG(Tensor, max_exp_avg_sq);
  WICK_OPTIM_STATE(AdamWParamState);
};

/// Adam with weight decay apart from the gradient. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html)
class AdamW : public OptimizerOf<AdamWOptions, AdamWParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
