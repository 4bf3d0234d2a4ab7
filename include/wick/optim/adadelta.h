// Adadelta.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of Adadelta; defaults: lr 1, rho 0.9, eps 1e-6, weight_decay 0, maximize false.
struct AdadeltaOptions : public OptimizerCloneableOptions<AdadeltaOptions> {
  AdadeltaOptions(double lr = 1.0);
  WICK_ARG(double, lr);
  WICK_ARG(double, rho) = 0.9;
  WICK_ARG(double, eps) = 1e-6;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(AdadeltaOptions);
};

/// What Adadelta remembers of a parameter.
struct AdadeltaParamState : public OptimizerCloneableParamState<AdadeltaParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, square_avg);
  WICK_ARG(Tensor, acc_delta);
  WICK_OPTIM_STATE(AdadeltaParamState);
};

/// Gradients divided by a running root of their squares, times that of the steps' squares. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.Adadelta.html)
class Adadelta : public OptimizerOf<AdadeltaOptions, AdadeltaParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
