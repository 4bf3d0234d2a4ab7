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
  WICK_ARG(double, lr) = 1;
  WICK_ARG(int64_t, max_iter) = 20;
  WICK_ARG(std::optional<int64_t>, max_eval);
  WICK_ARG(double, tolerance_grad) = 1e-7;
  WICK_ARG(double, tolerance_change) = 1e-9;
  WICK_ARG(int64_t, history_size) = 100;
  WICK_ARG(std::optional<std::string>, line_search_fn);

 public:
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  void inherit(const OptimizerOptions& defaults) override;
  friend bool operator==(const LBFGSOptions& a, const LBFGSOptions& b);
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

 public:
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  friend bool operator==(const LBFGSParamState& a, const LBFGSParamState& b);
};

/// The quasi-Newton method with limited memory; a step evaluates the closure several times.
/// Errors: more than one group, no closure. (https://pytorch.org/docs/stable/generated/torch.optim.LBFGS.html)
class LBFGS : public Optimizer {
 public:
  explicit LBFGS(const std::vector<OptimizerParamGroup>& groups, LBFGSOptions defaults = {});
  explicit LBFGS(std::vector<Tensor> params, LBFGSOptions defaults = {});
  Tensor step(LossClosure closure) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
