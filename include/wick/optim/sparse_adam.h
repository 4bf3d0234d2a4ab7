// SparseAdam.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of SparseAdam; defaults: lr 1e-3, betas {0.9, 0.999}, eps 1e-8, maximize false.
struct SparseAdamOptions : public OptimizerCloneableOptions<SparseAdamOptions> {
  using betas_t = std::tuple<double, double>;
  SparseAdamOptions(double lr = 1e-3);
  WICK_ARG(double, lr);
  WICK_ARG(betas_t, betas) = {0.9, 0.999};
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(SparseAdamOptions);
};

/// What SparseAdam remembers of a parameter.
struct SparseAdamParamState : public OptimizerCloneableParamState<SparseAdamParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, exp_avg);
  WICK_ARG(Tensor, exp_avg_sq);
  WICK_OPTIM_STATE(SparseAdamParamState);
};

/// Adam for sparse gradients: only the rows that have one are looked at, with their means as they were at their last time. For embeddings made
/// with `sparse(true)`. Errors: options out of range, a dense gradient. (https://pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html)
class SparseAdam : public OptimizerOf<SparseAdamOptions, SparseAdamParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
