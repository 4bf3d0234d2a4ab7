#include <wick/optim/adagrad.h>

#include "optim/common.h"

namespace wick::optim::inline v1 {

AdagradOptions::AdagradOptions(double lr) : lr_(lr) {}

static const AdagradOptions& checked(const AdagradOptions& o) {
  check_range("learning rate", o.lr(), o.lr() >= 0);
  check_range("lr_decay", o.lr_decay(), o.lr_decay() >= 0);
  check_range("weight_decay", o.weight_decay(), o.weight_decay() >= 0);
  check_range("initial_accumulator_value", o.initial_accumulator_value(), o.initial_accumulator_value() >= 0);
  check_range("epsilon", o.eps(), o.eps() >= 0);
  return o;
}
Adagrad::Adagrad(const std::vector<OptimizerParamGroup>& groups, AdagradOptions defaults) : Optimizer(groups, checked(defaults).clone()) {}
Adagrad::Adagrad(std::vector<Tensor> params, AdagradOptions defaults) : Optimizer(std::move(params), checked(defaults).clone()) {}

Tensor Adagrad::step(LossClosure closure) {
  NoGradGuard off;
  Tensor loss = evaluate(closure);
  for (auto& group : groups_) {
    const auto& o = static_cast<const AdagradOptions&>(group.options());
    // The decayed rate depends on the parameter's own count of steps.
    for (const Tensor& p : group.params()) {
      if (!p.grad().defined()) continue;
      auto& s = state_of<AdagradParamState>(state_, p, [&](AdagradParamState& n) {
        n.step(0);
        n.sum(Batch::state_like(p).fill_(o.initial_accumulator_value()));
      });
      s.step(s.step() + 1);
      each_batch("Adagrad", OptimizerParamGroup({p}), [&](Batch& batch, const std::vector<Tensor>&) {
        States sums;
        sums.add(s.sum());
        kernels::cpu::adagrad_step(batch.tensors(), {o.lr() / (1 + static_cast<double>(s.step() - 1) * o.lr_decay()), o.weight_decay(), o.eps()}, sums.get());
      });
    }
  }
  return loss;
}

}  // namespace wick::optim::inline v1
