// Adamax.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of Adamax; defaults: lr 2e-3, betas {0.9, 0.999}, eps 1e-8, weight_decay 0, maximize false.
struct AdamaxOptions : public OptimizerCloneableOptions<AdamaxOptions> {
  using betas_t = std::tuple<double, double>;
  AdamaxOptions(double lr = 2e-3);
  WICK_ARG(double, lr);
  WICK_ARG(betas_t, betas) = {0.9, 0.999};
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(AdamaxOptions);
};

/// What Adamax remembers of a parameter.
struct AdamaxParamState : public OptimizerCloneableParamState<AdamaxParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, exp_avg);
  WICK_ARG(Tensor, exp_inf);
  WICK_OPTIM_STATE(AdamaxParamState);
};

/// Adam with the largest gradient so far, decaying, in place of the mean square. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.Adamax.html)
class Adamax : public OptimizerOf<AdamaxOptions, AdamaxParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
