// AdamW.
#pragma once

#include <tuple>

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of AdamW; defaults: lr 1e-3, betas {0.9, 0.999}, eps 1e-8, weight_decay 1e-2, amsgrad false.
struct AdamWOptions : public OptimizerCloneableOptions<AdamWOptions> {
  using betas_t = std::tuple<double, double>;
  AdamWOptions(double lr = 1e-3);
  WICK_ARG(double, lr) = 1e-3;
  WICK_ARG(betas_t, betas) = {0.9, 0.999};
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(double, weight_decay) = 1e-2;
  WICK_ARG(bool, amsgrad) = false;

 public:
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  void inherit(const OptimizerOptions& defaults) override;
  friend bool operator==(const AdamWOptions& a, const AdamWOptions& b);
};

/// What AdamW remembers of a parameter.
struct AdamWParamState : public OptimizerCloneableParamState<AdamWParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, exp_avg);
  WICK_ARG(Tensor, exp_avg_sq);
  WICK_ARG(Tensor, max_exp_avg_sq);

 public:
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  friend bool operator==(const AdamWParamState& a, const AdamWParamState& b);
};

/// Adam with weight decay apart from the gradient. One pass over all parameters of a group.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.AdamW.html)
class AdamW : public Optimizer {
 public:
  explicit AdamW(const std::vector<OptimizerParamGroup>& groups, AdamWOptions defaults = {});
  explicit AdamW(std::vector<Tensor> params, AdamWOptions defaults = {});
  Tensor step(LossClosure closure = nullptr) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
