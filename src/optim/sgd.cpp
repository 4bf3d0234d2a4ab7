#include <wick/optim/sgd.h>

#include "optim/common.h"
#include "optim/fields.h"

namespace wick::optim::inline v1 {

SGDOptions::SGDOptions(double lr) : lr_(lr) {}

static const SGDOptions& checked(const SGDOptions& o) {
  check_range("learning rate", o.lr(), o.lr() >= 0);
  check_range("momentum", o.momentum(), o.momentum() >= 0);
  check_range("weight_decay", o.weight_decay(), o.weight_decay() >= 0);
  WICK_CHECK(!o.nesterov() || (o.momentum() > 0 && o.dampening() == 0), "Nesterov momentum requires a momentum and zero dampening");
  return o;
}
SGD::SGD(const std::vector<OptimizerParamGroup>& groups, SGDOptions defaults) : Optimizer(groups, checked(defaults).clone()) {}
SGD::SGD(std::vector<Tensor> params, SGDOptions defaults) : Optimizer(std::move(params), checked(defaults).clone()) {}

Tensor SGD::step(LossClosure closure) {
  NoGradGuard off;
  Tensor loss = evaluate(closure);
  for (auto& group : param_groups_) {
    const auto& o = static_cast<const SGDOptions&>(group.options());
    each_batch("SGD", group, [&](Batch& batch, const std::vector<Tensor>& params) {
      States buffers;
      std::vector<char> first;
      if (o.momentum() != 0)
        for (const Tensor& p : params) {
          const bool fresh = !state_.count(p.unsafeGetTensorImpl());
          auto& s = state_of<SGDParamState>(state_, p, [&](SGDParamState& n) { n.momentum_buffer(Batch::state_like(p)); });
          buffers.add(s.momentum_buffer(), p);
          first.push_back(fresh);
        }
      kernels::cpu::sgd_step(batch.tensors(), {o.lr(), o.momentum(), o.dampening(), o.weight_decay(), o.nesterov()}, buffers.get(), reinterpret_cast<const bool*>(first.data()));
    });
  }
  return loss;
}

template <class F>
static void each_field(const SGDOptions*, F f) {
  f(WICK_FIELD(lr));
  f(WICK_FIELD(momentum));
  f(WICK_FIELD(dampening));
  f(WICK_FIELD(weight_decay));
  f(WICK_FIELD(nesterov));
}
template <class F>
static void each_field(const SGDParamState*, F f) {
  f(WICK_FIELD(momentum_buffer));
}
WICK_FIELDS_OF(SGD, SGDOptions(1e-3))

}  // namespace wick::optim::inline v1
