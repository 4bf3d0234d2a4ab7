// Adagrad.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of Adagrad; defaults: lr 1e-2, lr_decay 0, weight_decay 0, initial_accumulator_value 0, eps 1e-10, maximize false.
struct AdagradOptions : public OptimizerCloneableOptions<AdagradOptions> {
  AdagradOptions(double lr = 1e-2);
  WICK_ARG(double, lr);
  WICK_ARG(double, lr_decay) = 0;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(double, initial_accumulator_value) = 0;
  WICK_ARG(double, eps) = 1e-10;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(AdagradOptions);
};

/// What Adagrad remembers of a parameter.
struct AdagradParamState : public OptimizerCloneableParamState<AdagradParamState> {
  WICK_ARG(Tensor, sum);
  WICK_ARG(int64_t, step) = 0;
  WICK_OPTIM_STATE(AdagradParamState);
};

/// Gradients divided by the root of the sum of all their squares so far. One pass over all parameters.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html)
class Adagrad : public OptimizerOf<AdagradOptions, AdagradParamState> {
 public:
  explicit Adagrad(const std::vector<OptimizerParamGroup>& groups, AdagradOptions defaults = {});
  explicit Adagrad(std::vector<Tensor> params, AdagradOptions defaults = {});
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
