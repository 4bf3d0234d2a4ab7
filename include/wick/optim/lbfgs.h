// LBFGS.
#pragma once

#include <deque>
#include <optional>

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of LBFGS; defaults: lr 1, max_iter 20, max_eval 1.25 max_iter, tolerance_grad 1e-7, tolerance_change 1e-9,
/// history_size 100; `line_search_fn` is "strong_wolfe" or nothing.
struct LBFGSOptions : public OptimizerCloneableOptions<LBFGSOptions> {
  LBFGSOptions(double lr = 1);
  WICK_ARG(double, lr);
  WICK_ARG(int64_t, max_iter) = 20;
  WICK_ARG(std::optional<int64_t>, max_eval);
  WICK_ARG(double, tolerance_grad) = 1e-7;
  WICK_ARG(double, tolerance_change) = 1e-9;
  WICK_ARG(int64_t, history_size) = 100;
  WICK_ARG(std::optional<std::string>, line_search_fn);
  WICK_OPTIM_OPTIONS(LBFGSOptions);
};

/// What LBFGS remembers, for all parameters together; it is kept with the first one.
struct LBFGSParamState : public OptimizerCloneableParamState<LBFGSParamState> {
  WICK_ARG(int64_t, func_evals) = 0;
  WICK_ARG(int64_t, n_iter) = 0;
  WICK_ARG(double, t) = 0;
  WICK_ARG(double, prev_loss) = 0;
  WICK_ARG(Tensor, d);
  WICK_ARG(Tensor, H_diag);
  WICK_ARG(Tensor, prev_flat_grad);
  WICK_ARG(std::deque<Tensor>, old_dirs);
  WICK_ARG(std::deque<Tensor>, old_stps);
  WICK_ARG(std::deque<Tensor>, ro);
  WICK_ARG(std::optional<std::vector<Tensor>>, al);
  WICK_OPTIM_STATE(LBFGSParamState);
};

/// The quasi-Newton method with limited memory; a step evaluates the closure several times.
/// Errors: more than one group, no closure,
/// options of a step (StepOptions). (https://pytorch.org/docs/stable/generated/torch.optim.LBFGS.html)
class LBFGS : public OptimizerOf<LBFGSOptions, LBFGSParamState> {
 public:
  explicit LBFGS(const std::vector<OptimizerParamGroup>& groups, LBFGSOptions defaults = {});
  explicit LBFGS(std::vector<Tensor> params, LBFGSOptions defaults = {});
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
