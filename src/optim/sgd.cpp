// SGD and the optimizers that look at signs: Rprop, Lion; averaged SGD.
#include <wick/optim/asgd.h>
#include <wick/optim/lion.h>
#include <wick/optim/rprop.h>
#include <wick/optim/sgd.h>

#include <algorithm>
#include <cmath>

#include "optim/recipe.h"

namespace wick::optim {

template <>
struct Recipe<SGDOptions> {
  static constexpr const char* name = "SGD";
  using S = SGDParamState;
  static constexpr OldField<S> old[] = {{"momentum_buffers", [](S& s, const Tensor& t) { s.momentum_buffer(t); }}};
  static void check(const SGDOptions& o) {
    check_range("learning rate", o.lr());
    check_range("momentum", o.momentum());
    check_range("weight_decay", o.weight_decay());
    WICK_CHECK_TYPE(ValueError, !o.nesterov() || (o.momentum() > 0 && o.dampening() == 0), "Nesterov momentum requires a momentum and zero dampening");
  }
  // The buffer of a sparse gradient has all rows that ever had one: a dense one does the same.
  static Gradients gradients(const SGDOptions& o) {
    if (o.weight_decay() != 0) return Gradients::dense_for_decay;
    return o.momentum() != 0 ? Gradients::made_dense : Gradients::rows;
  }
  static OptimStep plan(const SGDOptions& o, SGDParamState& s, const Tensor&) {
    const bool buffer = o.momentum() != 0, fresh = buffer && !s.momentum_buffer().defined();
    return {.rule = OptimRule::sgd, .lr = o.lr(), .decay = o.weight_decay(), .a = o.momentum(), .b = 1 - o.dampening(), .c = fresh ? 1. : 0., .maximize = o.maximize(),
            .flag = o.nesterov(), .states = buffer ? 1u : 0u};
  }
};
WICK_FIELDS(SGDOptions, lr, momentum, dampening, weight_decay, nesterov, maximize)
WICK_FIELDS(SGDParamState, momentum_buffer)
WICK_OPTIMIZER(SGD)

template <>
struct Recipe<ASGDOptions> {
  static constexpr const char* name = "ASGD";
  static void check(const ASGDOptions& o) {
    check_range("learning rate", o.lr());
    check_range("weight_decay", o.weight_decay());
  }
  static OptimStep plan(const ASGDOptions& o, ASGDParamState& s, const Tensor&) {
    const double eta = s.step() == 0 ? o.lr() : s.eta();
    const OptimStep k{.rule = OptimRule::asgd, .lr = eta, .decay = o.weight_decay(), .shrink = 1 - o.lambd() * eta, .a = s.mu(), .maximize = o.maximize(), .states = 1};
    s.step(s.step() + 1);
    const double n = static_cast<double>(s.step());
    s.eta(o.lr() / std::pow(1 + o.lambd() * o.lr() * n, o.alpha()));
    s.mu(1 / std::max(1., n - o.t0()));
    return k;
  }
};
WICK_FIELDS(ASGDOptions, lr, lambd, alpha, t0, weight_decay, maximize)
WICK_FIELDS(ASGDParamState, step, eta, mu, ax)
WICK_OPTIMIZER(ASGD)

template <>
struct Recipe<RpropOptions> {
  static constexpr const char* name = "Rprop";
  static void check(const RpropOptions& o) {
    const auto [down, up] = o.etas();
    check_range("learning rate", o.lr());
    WICK_CHECK_TYPE(ValueError, 0 < down && down < 1 && 1 < up, "Invalid eta values: ", down, ", ", up);
  }
  static OptimStep plan(const RpropOptions& o, RpropParamState& s, const Tensor& p) {
    if (!s.step_size().defined()) s.step_size(state_like(p, o.lr()));
    s.step(s.step() + 1);
    return {.rule = OptimRule::rprop, .lr = std::get<0>(o.step_sizes()), .a = std::get<0>(o.etas()), .b = std::get<1>(o.etas()), .c = std::get<1>(o.step_sizes()),
            .maximize = o.maximize(), .states = 3};
  }
};
WICK_FIELDS(RpropOptions, lr, etas, step_sizes, maximize)
WICK_FIELDS(RpropParamState, step, prev, step_size)
WICK_OPTIMIZER(Rprop)

template <>
struct Recipe<LionOptions> {
  static constexpr const char* name = "Lion";
  static void check(const LionOptions& o) {
    check_range("learning rate", o.lr());
    check_range("weight_decay", o.weight_decay());
    check_betas(o);
  }
  static OptimStep plan(const LionOptions& o, LionParamState&, const Tensor&) {
    const auto [b1, b2] = o.betas();
    return {.rule = OptimRule::lion, .lr = o.lr(), .shrink = 1 - o.lr() * o.weight_decay(), .a = 1 - b1, .b = 1 - b2, .maximize = o.maximize(), .states = 1};
  }
};
WICK_FIELDS(LionOptions, lr, betas, weight_decay, maximize)
WICK_FIELDS(LionParamState, exp_avg)
WICK_OPTIMIZER(Lion)

}  // namespace wick::optim
