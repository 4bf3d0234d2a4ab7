// Adam.
#pragma once

#include <tuple>

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of Adam; defaults: lr 1e-3, betas {0.9, 0.999}, eps 1e-8, weight_decay 0, amsgrad false.
struct AdamOptions : public OptimizerCloneableOptions<AdamOptions> {
  using betas_t = std::tuple<double, double>;
  AdamOptions(double lr = 1e-3);
  WICK_ARG(double, lr) = 1e-3;
  WICK_ARG(betas_t, betas) = {0.9, 0.999};
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(bool, amsgrad) = false;

 public:
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  void inherit(const OptimizerOptions& defaults) override;
  friend bool operator==(const AdamOptions& a, const AdamOptions& b);
};

/// What Adam remembers of a parameter.
struct AdamParamState : public OptimizerCloneableParamState<AdamParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, exp_avg);
  WICK_ARG(Tensor, exp_avg_sq);
  WICK_ARG(Tensor, max_exp_avg_sq);

 public:
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  friend bool operator==(const AdamParamState& a, const AdamParamState& b);
};

/// Adam: running means of the gradient and of its square. One pass over all parameters of a group.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.Adam.html)
class Adam : public Optimizer {
 public:
  explicit Adam(const std::vector<OptimizerParamGroup>& groups, AdamOptions defaults = {});
  explicit Adam(std::vector<Tensor> params, AdamOptions defaults = {});
  Tensor step(LossClosure closure = nullptr) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
