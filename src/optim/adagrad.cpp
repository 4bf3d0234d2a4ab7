// Gradients divided by roots of their squares: Adagrad, Adadelta, RMSprop.
#include <wick/optim/adadelta.h>
#include <wick/optim/adagrad.h>
#include <wick/optim/rmsprop.h>

#include "optim/recipe.h"

namespace wick::optim {

template <>
struct Recipe<AdagradOptions> {
  static constexpr const char* name = "Adagrad";
  using S = AdagradParamState;
  static constexpr OldField<S> old[] = {{"sum_buffers", [](S& s, const Tensor& t) { s.sum(t); }}, {"step_buffers", [](S& s, const Tensor& t) { s.step(t.item<int64_t>()); }}};
  static void check(const AdagradOptions& o) {
    check_range("learning rate", o.lr());
    check_range("lr_decay", o.lr_decay());
    check_range("weight_decay", o.weight_decay());
    check_range("initial_accumulator_value", o.initial_accumulator_value());
    check_range("epsilon", o.eps());
  }
  static Gradients gradients(const AdagradOptions& o) { return o.weight_decay() != 0 ? Gradients::dense_for_decay : Gradients::rows; }
  static void start(const AdagradOptions& o, AdagradParamState& s, const Tensor& p) {
    if (!s.sum().defined()) s.sum(state_like(p, o.initial_accumulator_value()));
  }
  static OptimStep plan(const AdagradOptions& o, AdagradParamState& s, const Tensor& p) {
    start(o, s, p);
    s.step(s.step() + 1);
    return {.rule = OptimRule::adagrad, .lr = o.lr() / (1 + static_cast<double>(s.step() - 1) * o.lr_decay()), .eps = o.eps(), .decay = o.weight_decay(),
            .maximize = o.maximize(), .states = 1};
  }
};
WICK_FIELDS(AdagradOptions, lr, lr_decay, weight_decay, initial_accumulator_value, eps, maximize)
WICK_FIELDS(AdagradParamState, step, sum)
WICK_OPTIMIZER(Adagrad)

inline namespace v1 {
// The sums exist before the first step, as libtorch's do.
Adagrad::Adagrad(std::vector<Tensor> params, AdagradOptions defaults) : Adagrad(one_group(std::move(params)), std::move(defaults)) {}
Adagrad::Adagrad(const std::vector<OptimizerParamGroup>& groups, AdagradOptions defaults) : OptimizerOf(groups, std::move(defaults)) {
  for (const auto& group : param_groups_)
    for (const Tensor& p : group.params()) {
      auto s = std::make_unique<AdagradParamState>();
      Recipe<AdagradOptions>::start(static_cast<const AdagradOptions&>(group.options()), *s, p);
      state_[p.unsafeGetTensorImpl()] = std::move(s);
    }
}
}  // namespace v1

template <>
struct Recipe<AdadeltaOptions> {
  static constexpr const char* name = "Adadelta";
  static void check(const AdadeltaOptions& o) {
    check_range("learning rate", o.lr());
    check_range("rho", o.rho(), o.rho() >= 0 && o.rho() <= 1);
    check_range("epsilon", o.eps());
    check_range("weight_decay", o.weight_decay());
  }
  static OptimStep plan(const AdadeltaOptions& o, AdadeltaParamState& s, const Tensor&) {
    s.step(s.step() + 1);
    return {.rule = OptimRule::adadelta, .lr = o.lr(), .eps = o.eps(), .decay = o.weight_decay(), .a = o.rho(), .maximize = o.maximize(), .states = 3};
  }
};
WICK_FIELDS(AdadeltaOptions, lr, rho, eps, weight_decay, maximize)
WICK_FIELDS(AdadeltaParamState, step, square_avg, acc_delta)
WICK_OPTIMIZER(Adadelta)

template <>
struct Recipe<RMSpropOptions> {
  static constexpr const char* name = "RMSprop";
  using S = RMSpropParamState;
  static constexpr OldField<S> old[] = {{"square_average_buffers", [](S& s, const Tensor& t) { s.square_avg(t); }}, {"momentum_buffers", [](S& s, const Tensor& t) { s.momentum_buffer(t); }}, {"grad_average_buffers", [](S& s, const Tensor& t) { s.grad_avg(t); }}};
  static void check(const RMSpropOptions& o) {
    check_range("learning rate", o.lr());
    check_range("epsilon", o.eps());
    check_range("momentum", o.momentum());
    check_range("weight_decay", o.weight_decay());
    check_range("alpha", o.alpha());
  }
  static OptimStep plan(const RMSpropOptions& o, RMSpropParamState& s, const Tensor&) {
    s.step(s.step() + 1);
    return {.rule = OptimRule::rmsprop, .lr = o.lr(), .eps = o.eps(), .decay = o.weight_decay(), .a = o.alpha(), .b = o.momentum(), .maximize = o.maximize(),
            .states = 1u | (o.momentum() > 0 ? 2u : 0u) | (o.centered() ? 4u : 0u)};
  }
};
WICK_FIELDS(RMSpropOptions, lr, alpha, eps, weight_decay, momentum, centered, maximize)
WICK_FIELDS(RMSpropParamState, step, square_avg, momentum_buffer, grad_avg)
WICK_OPTIMIZER(RMSprop)

}  // namespace wick::optim
