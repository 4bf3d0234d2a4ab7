// RMSprop.
#pragma once

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of RMSprop; defaults: lr 1e-2, alpha 0.99, eps 1e-8, weight_decay 0, momentum 0, centered false.
struct RMSpropOptions : public OptimizerCloneableOptions<RMSpropOptions> {
  RMSpropOptions(double lr = 1e-2);
  WICK_ARG(double, lr) = 1e-2;
  WICK_ARG(double, alpha) = 0.99;
  WICK_ARG(double, eps) = 1e-8;
  WICK_ARG(double, weight_decay) = 0;
  WICK_ARG(double, momentum) = 0;
  WICK_ARG(bool, centered) = false;

 public:
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  void inherit(const OptimizerOptions& defaults) override;
  friend bool operator==(const RMSpropOptions& a, const RMSpropOptions& b);
};

/// What RMSprop remembers of a parameter.
struct RMSpropParamState : public OptimizerCloneableParamState<RMSpropParamState> {
  WICK_ARG(int64_t, step) = 0;
  WICK_ARG(Tensor, square_avg);
  WICK_ARG(Tensor, momentum_buffer) = {};
  WICK_ARG(Tensor, grad_avg) = {};

 public:
  void serialize(serialize::InputArchive& archive) override;
  void serialize(serialize::OutputArchive& archive) const override;
  friend bool operator==(const RMSpropParamState& a, const RMSpropParamState& b);
};

/// Gradients divided by a running root of their squares; centred and with momentum on request. One pass over all parameters of a group.
/// Errors: options out of range. (https://pytorch.org/docs/stable/generated/torch.optim.RMSprop.html)
class RMSprop : public Optimizer {
 public:
  explicit RMSprop(const std::vector<OptimizerParamGroup>& groups, RMSpropOptions defaults = {});
  explicit RMSprop(std::vector<Tensor> params, RMSpropOptions defaults = {});
  Tensor step(LossClosure closure = nullptr) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
