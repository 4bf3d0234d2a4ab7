// LAMB.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of LAMB; defaults: lr 1e-3, betas {0.9, 0.999}, eps 1e-6, weight_decay 0 (in the step, before its length is set), maximize false.
struct LAMBOptions : public OptimizerCloneableOptions<LAMBOptions> {
  using betas_t = std::tuple<double, double>;
  LAMBOptions(double lr = 1e-3);
  WICK_ARG(double, lr);
  WICK_ARG(betas_t, betas) = {0.9, 0.999};
  WICK_ARG(double, eps) = 1e-6;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(LAMBOptions);
};

/// What LAMB remembers of a parameter.
struct LAMBParamState : public OptimizerCloneableParamState<LAMBParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, exp_avg);
  WICK_ARG(Tensor, exp_avg_sq);
  WICK_OPTIM_STATE(LAMBParamState);
};

/// Adam whose step for each tensor is as long as the tensor's norm tells, for large batches: the paper's algorithm 2 with bias corrections and
/// phi(z) = z; a tensor or step of norm 0 keeps its length. Two passes over all parameters.
/// Errors: options out of range. (https://arxiv.org/abs/1904.00962)
class LAMB : public OptimizerOf<LAMBOptions, LAMBParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
