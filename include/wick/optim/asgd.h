// ASGD.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of ASGD; defaults: lr 1e-2, lambd 1e-4, alpha 0.75, t0 1e6, weight_decay 0, maximize false.
struct ASGDOptions : public OptimizerCloneableOptions<ASGDOptions> {
  ASGDOptions(double lr = 1e-2);
  WICK_ARG(double, lr);
  WICK_ARG(double, lambd) = 1e-4;
  WICK_ARG(double, alpha) = 0.75;
  WICK_ARG(double, t0) = 1e6;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(ASGDOptions);
};

/// What ASGD remembers of a parameter.
struct ASGDParamState : public OptimizerCloneableParamState<ASGDParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(double, eta) = 0;
  WICK_ARG(double, mu) = 1;
  WICK_ARG(Tensor, ax);
  WICK_OPTIM_STATE(ASGDParamState);
};

/// Averaged gradient descent: `ax` of a parameter's state is the average of its values after step `t0`. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.ASGD.html)
class ASGD : public OptimizerOf<ASGDOptions, ASGDParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
