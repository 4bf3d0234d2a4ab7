// Adafactor.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of Adafactor; defaults: lr 1e-2, beta2_decay -0.8, eps {nothing: the type's epsilon, 1e-3}, d 1, weight_decay 0, maximize false.
struct AdafactorOptions : public OptimizerCloneableOptions<AdafactorOptions> {
  using eps_t = std::tuple<std::optional<double>, double>;
  AdafactorOptions(double lr = 1e-2);
  WICK_ARG(double, lr);
  WICK_ARG(double, beta2_decay) = -0.8;
  WICK_ARG(eps_t, eps) = {std::nullopt, 1e-3};
  WICK_ARG(double, d) = 1.0;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(bool, maximize) = false;
  WICK_OPTIM_OPTIONS(AdafactorOptions);
};

/// What Adafactor remembers of a parameter.
struct AdafactorParamState : public OptimizerCloneableParamState<AdafactorParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, row_var);
  WICK_ARG(Tensor, col_var);
  WICK_ARG(Tensor, variance);
  WICK_OPTIM_STATE(AdafactorParamState);
};

/// Mean squares of matrices (the last two dimensions) kept as those of rows and columns only; step lengths relative to the parameter's.
/// Parameters are float32 or float64. Errors: options out of range, another type. (https://pytorch.org/docs/stable/generated/torch.optim.Adafactor.html)
class Adafactor : public OptimizerOf<AdafactorOptions, AdafactorParamState> {
 public:
  using OptimizerOf::OptimizerOf;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
