#include <wick/optim/adagrad.h>

#include <map>

#include "optim/common.h"
#include "optim/fields.h"

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
static AdagradParamState& start(Optimizer::State& all, const Tensor& p, const AdagradOptions& o) {
  return state_of<AdagradParamState>(all, p, [&](AdagradParamState& n) {
    n.step(0);
    n.sum(Batch::state_like(p).fill_(o.initial_accumulator_value()));
  });
}
Adagrad::Adagrad(const std::vector<OptimizerParamGroup>& groups, AdagradOptions defaults) : Optimizer(groups, checked(defaults).clone()) {
  for (const auto& group : param_groups_)
    for (const Tensor& p : group.params()) start(state_, p, static_cast<const AdagradOptions&>(group.options()));
}
Adagrad::Adagrad(std::vector<Tensor> params, AdagradOptions defaults) : Adagrad({OptimizerParamGroup(std::move(params))}, std::move(defaults)) {}

Tensor Adagrad::step(LossClosure closure) {
  NoGradGuard off;
  Tensor loss = evaluate(closure);
  for (auto& group : param_groups_) {
    const auto& o = static_cast<const AdagradOptions&>(group.options());
    // The decayed rate depends on the parameter's own count of steps: one kernel call for each.
    std::map<int64_t, std::vector<Tensor>> by_step;
    for (const Tensor& p : group.params()) {
      if (!p.grad().defined()) continue;
      auto& s = start(state_, p, o);
      s.step(s.step() + 1);
      by_step[o.lr_decay() == 0 ? 1 : s.step()].push_back(p);
    }
    for (auto& [step, members] : by_step)
      each_batch("Adagrad", OptimizerParamGroup(members), [&](Batch& batch, const std::vector<Tensor>& params) {
        States sums;
        for (const Tensor& p : params) sums.add(static_cast<AdagradParamState&>(*state_[p.unsafeGetTensorImpl()]).sum(), p);
        kernels::cpu::adagrad_step(batch.tensors(), {o.lr() / (1 + static_cast<double>(step - 1) * o.lr_decay()), o.weight_decay(), o.eps()}, sums.get());
      });
  }
  return loss;
}

template <class F>
static void each_field(const AdagradOptions*, F f) {
  f(WICK_FIELD(lr));
  f(WICK_FIELD(lr_decay));
  f(WICK_FIELD(weight_decay));
  f(WICK_FIELD(initial_accumulator_value));
  f(WICK_FIELD(eps));
}
template <class F>
static void each_field(const AdagradParamState*, F f) {
  f(WICK_FIELD(step));
  f(WICK_FIELD(sum));
}
WICK_FIELDS_OF(Adagrad, AdagradOptions())

}  // namespace wick::optim::inline v1
