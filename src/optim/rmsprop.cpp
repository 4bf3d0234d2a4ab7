#include <wick/optim/rmsprop.h>

#include "optim/common.h"
#include "optim/fields.h"

namespace wick::optim::inline v1 {

RMSpropOptions::RMSpropOptions(double lr) : lr_(lr) {}

static const RMSpropOptions& checked(const RMSpropOptions& o) {
  check_range("learning rate", o.lr(), o.lr() >= 0);
  check_range("epsilon", o.eps(), o.eps() >= 0);
  check_range("momentum", o.momentum(), o.momentum() >= 0);
  check_range("weight_decay", o.weight_decay(), o.weight_decay() >= 0);
  check_range("alpha", o.alpha(), o.alpha() >= 0);
  return o;
}
RMSprop::RMSprop(const std::vector<OptimizerParamGroup>& groups, RMSpropOptions defaults) : Optimizer(groups, checked(defaults).clone()) {}
RMSprop::RMSprop(std::vector<Tensor> params, RMSpropOptions defaults) : Optimizer(std::move(params), checked(defaults).clone()) {}

Tensor RMSprop::step(LossClosure closure) {
  NoGradGuard off;
  Tensor loss = evaluate(closure);
  for (auto& group : param_groups_) {
    const auto& o = static_cast<const RMSpropOptions&>(group.options());
    each_batch("RMSprop", group, [&](Batch& batch, const std::vector<Tensor>& params) {
      States squares, means, buffers;
      for (const Tensor& p : params) {
        auto& s = state_of<RMSpropParamState>(state_, p, [&](RMSpropParamState& n) {
          n.step(0);
          n.square_avg(Batch::state_like(p));
          if (o.momentum() > 0) n.momentum_buffer(Batch::state_like(p));
          if (o.centered()) n.grad_avg(Batch::state_like(p));
        });
        s.step(s.step() + 1);
        squares.add(s.square_avg(), p);
        if (o.centered()) means.add(s.grad_avg(), p);
        if (o.momentum() > 0) buffers.add(s.momentum_buffer(), p);
      }
      kernels::cpu::rmsprop_step(batch.tensors(), {o.lr(), o.alpha(), o.eps(), o.weight_decay(), o.momentum()}, squares.get(), o.centered() ? means.get() : nullptr, o.momentum() > 0 ? buffers.get() : nullptr);
    });
  }
  return loss;
}

template <class F>
static void each_field(const RMSpropOptions*, F f) {
  f(WICK_FIELD(lr));
  f(WICK_FIELD(alpha));
  f(WICK_FIELD(eps));
  f(WICK_FIELD(weight_decay));
  f(WICK_FIELD(momentum));
  f(WICK_FIELD(centered));
}
template <class F>
static void each_field(const RMSpropParamState*, F f) {
  f(WICK_FIELD(step));
  f(WICK_FIELD(square_avg));
  f(WICK_FIELD(momentum_buffer));
  f(WICK_FIELD(grad_avg));
}
WICK_FIELDS_OF(RMSprop, RMSpropOptions())

}  // namespace wick::optim::inline v1
