// Adam and AdamW: one step function, apart in how the weights decay.
#include <wick/optim/adam.h>
#include <wick/optim/adamw.h>

#include <cmath>
#include <map>

#include "optim/common.h"
#include "optim/fields.h"

namespace wick::optim {
namespace {

template <class Options>
const Options& checked(const Options& o) {
  const auto [b1, b2] = o.betas();
  check_range("learning rate", o.lr(), o.lr() >= 0);
  check_range("epsilon", o.eps(), o.eps() >= 0);
  check_range("beta parameter at index 0", b1, b1 >= 0 && b1 < 1);
  check_range("beta parameter at index 1", b2, b2 >= 0 && b2 < 1);
  check_range("weight_decay", o.weight_decay(), o.weight_decay() >= 0);
  return o;
}

// Parameters that began at different times have different corrections: one kernel call for each.
template <class Options, class State>
void step_group(const char* name, bool decoupled, OptimizerParamGroup& group, Optimizer::State& all) {
  const auto& o = static_cast<const Options&>(group.options());
  const auto [b1, b2] = o.betas();
  std::map<int64_t, std::vector<Tensor>> by_step;
  for (const Tensor& p : group.params()) {
    if (!p.grad().defined()) continue;
    auto& s = state_of<State>(all, p, [&](State& n) {
      n.step(0);
      n.exp_avg(Batch::state_like(p));
      n.exp_avg_sq(Batch::state_like(p));
      if (o.amsgrad()) n.max_exp_avg_sq(Batch::state_like(p));
    });
    s.step(s.step() + 1);
    by_step[s.step()].push_back(p);
  }
  for (auto& [step, members] : by_step) {
    const kernels::cpu::Adam k{o.lr(), b1, b2, o.eps(), o.weight_decay(), decoupled, 1 - std::pow(b1, static_cast<double>(step)), 1 - std::pow(b2, static_cast<double>(step))};
    each_batch(name, OptimizerParamGroup(members), [&](Batch& batch, const std::vector<Tensor>& params) {
      States m, v, most;
      for (const Tensor& p : params) {
        auto& s = static_cast<State&>(*all[p.unsafeGetTensorImpl()]);
        m.add(s.exp_avg(), p);
        v.add(s.exp_avg_sq(), p);
        if (o.amsgrad()) most.add(s.max_exp_avg_sq(), p);
      }
      kernels::cpu::adam_step(batch.tensors(), k, m.get(), v.get(), o.amsgrad() ? most.get() : nullptr);
    });
  }
}

}  // namespace

inline namespace v1 {

#define WICK_ADAM(Name, decoupled)                                                                                                            \
  Name##Options::Name##Options(double lr) : lr_(lr) {}                                                                                       \
  Name::Name(const std::vector<OptimizerParamGroup>& groups, Name##Options defaults) : Optimizer(groups, checked(defaults).clone()) {}      \
  Name::Name(std::vector<Tensor> params, Name##Options defaults) : Optimizer(std::move(params), checked(defaults).clone()) {}               \
  Tensor Name::step(LossClosure closure) {                                                                                                   \
    NoGradGuard off;                                                                                                                         \
    Tensor loss = evaluate(closure);                                                                                                         \
    for (auto& group : param_groups_) step_group<Name##Options, Name##ParamState>(#Name, decoupled, group, state_);                                \
    return loss;                                                                                                                             \
  }
WICK_ADAM(Adam, false)
WICK_ADAM(AdamW, true)

// Both have the same fields.
template <class O, class F>
static std::enable_if_t<std::is_same_v<O, AdamOptions> || std::is_same_v<O, AdamWOptions>> each_field(const O*, F f) {
  f(WICK_FIELD(lr));
  f(WICK_FIELD(betas));
  f(WICK_FIELD(eps));
  f(WICK_FIELD(weight_decay));
  f(WICK_FIELD(amsgrad));
}
template <class S, class F>
static std::enable_if_t<std::is_same_v<S, AdamParamState> || std::is_same_v<S, AdamWParamState>> each_field(const S*, F f) {
  f(WICK_FIELD(step));
  f(WICK_FIELD(exp_avg));
  f(WICK_FIELD(exp_avg_sq));
  f(WICK_FIELD(max_exp_avg_sq));
}
WICK_FIELDS_OF(Adam, AdamOptions())
WICK_FIELDS_OF(AdamW, AdamWOptions())

}  // namespace v1
}  // namespace wick::optim
