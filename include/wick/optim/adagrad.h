// Adagrad.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of Adagrad; defaults: lr 1e-2, lr_decay 0, weight_decay 0, initial_accumulator_value 0, eps 1e-10.
struct AdagradOptions : public OptimizerCloneableOptions<AdagradOptions> {
  AdagradOptions(double lr = 1e-2);
  WICK_ARG(double, lr) = 1e-2;
  WICK_ARG(double, lr_decay) = 0;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(double, initial_accumulator_value) = 0;
  WICK_ARG(double, eps) = 1e-10;

 public:
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  void inherit(const OptimizerOptions& defaults) override;
  friend bool operator==(const AdagradOptions& a, const AdagradOptions& b);
};

/// What Adagrad remembers of a parameter.
struct AdagradParamState : public OptimizerCloneableParamState<AdagradParamState> {
  WICK_ARG(Tensor, sum);
  WICK_ARG(int64_t, step) = 0;

 public:
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  friend bool operator==(const AdagradParamState& a, const AdagradParamState& b);
};

/// Gradients divided by the root of the sum of all their squares so far. One pass over all parameters of a group.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.Adagrad.html)
class Adagrad : public Optimizer {
 public:
  explicit Adagrad(const std::vector<OptimizerParamGroup>& groups, AdagradOptions defaults = {});
  explicit Adagrad(std::vector<Tensor> params, AdagradOptions defaults = {});
  Tensor step(LossClosure closure = nullptr) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
