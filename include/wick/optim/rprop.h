// Rprop.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of Rprop; defaults: lr 1e-2 (the first step size), etas {0.5, 1.2}, step_sizes {1e-6, 50}, maximize false.
struct RpropOptions : public OptimizerCloneableOptions<RpropOptions> {
  using pair_t = std::tuple<double, double>;
  RpropOptions(double lr = 1e-2);
  WICK_ARG(double, lr);
  WICK_ARG(pair_t, etas) = {0.5, 1.2};
  WICK_ARG(pair_t, step_sizes) = {1e-6, 50.0};
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(RpropOptions);
};

/// What Rprop remembers of a parameter.
struct RpropParamState : public OptimizerCloneableParamState<RpropParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, prev);
  WICK_ARG(Tensor, step_size);
  WICK_OPTIM_STATE(RpropParamState);
};

/// Resilient propagation: each element has a step size of its own, which grows while the gradient keeps its sign and shrinks when it turns;
/// for whole batches. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.Rprop.html)
class Rprop : public OptimizerOf<RpropOptions, RpropParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
