// Adam and its kin.
#include <wick/optim/adam.h>
#include <wick/optim/adamax.h>
#include <wick/optim/adamw.h>
#include <wick/optim/lamb.h>
#include <wick/optim/nadam.h>
#include <wick/optim/radam.h>
#include <wick/optim/sparse_adam.h>

#include <array>
#include <cmath>

#include "optim/recipe.h"

namespace wick::optim {
namespace {

template <class Options>
void check_adam(const Options& o) {
  check_range("learning rate", o.lr());
  check_range("epsilon", o.eps());
  check_betas(o);
  check_range("weight_decay", o.weight_decay());
}

// What they share: another step is counted, and the corrections of both means belong to it.
template <class Options>
struct Adams {
  double b1, b2, correction1, correction2, step;
  OptimStep k;
  template <class State>
  Adams(OptimRule rule, const Options& o, State& s, bool decoupled) {
    std::tie(b1, b2) = o.betas();
    s.step(s.step() + 1);
    step = static_cast<double>(s.step());
    correction1 = 1 - std::pow(b1, step);
    correction2 = 1 - std::pow(b2, step);
    k = {.rule = rule, .lr = o.lr() / correction1, .eps = o.eps(), .a = 1 - b1, .b = b2,
         .c = std::sqrt(correction2), .maximize = o.maximize(), .states = 3};
    if constexpr (requires { o.weight_decay(); }) {
      if (decoupled) k.shrink = 1 - o.lr() * o.weight_decay();
      else k.decay = o.weight_decay();
    }
  }
};

template <class S>
constexpr std::array<OldField<S>, 4> old_adam{{{"step_buffers", [](S& s, const Tensor& t) { s.step(t.item<int64_t>()); }},
                                              {"exp_average_buffers", [](S& s, const Tensor& t) { s.exp_avg(t); }},
                                              {"exp_average_sq_buffers", [](S& s, const Tensor& t) { s.exp_avg_sq(t); }},
                                              {"max_exp_average_sq_buffers", [](S& s, const Tensor& t) { s.max_exp_avg_sq(t); }}}};

template <class Options, class State>
OptimStep plan_adam(const Options& o, State& s, bool decoupled) {
  OptimStep k = Adams(OptimRule::adam, o, s, decoupled).k;
  if (o.amsgrad()) k.states = 7;
  return k;
}

}  // namespace

template <>
struct Recipe<AdamOptions> {
  static constexpr const char* name = "Adam";
  static constexpr auto old = old_adam<AdamParamState>;
  static void check(const AdamOptions& o) { check_adam(o); }
  static OptimStep plan(const AdamOptions& o, AdamParamState& s, const Tensor&) { return plan_adam(o, s, o.decoupled_weight_decay()); }
};
WICK_FIELDS(AdamOptions, lr, betas, eps, weight_decay, amsgrad, maximize, decoupled_weight_decay)
WICK_FIELDS(AdamParamState, step, exp_avg, exp_avg_sq, max_exp_avg_sq)
WICK_OPTIMIZER(Adam)

template <>
struct Recipe<AdamWOptions> {
  static constexpr const char* name = "AdamW";
  static constexpr auto old = old_adam<AdamWParamState>;
  static void check(const AdamWOptions& o) { check_adam(o); }
  static OptimStep plan(const AdamWOptions& o, AdamWParamState& s, const Tensor&) { return plan_adam(o, s, true); }
};
WICK_FIELDS(AdamWOptions, lr, betas, eps, weight_decay, amsgrad, maximize)
WICK_FIELDS(AdamWParamState, step, exp_avg, exp_avg_sq, max_exp_avg_sq)
WICK_OPTIMIZER(AdamW)

template <>
struct Recipe<AdamaxOptions> {
  static constexpr const char* name = "Adamax";
  static void check(const AdamaxOptions& o) { check_adam(o); }
  static OptimStep plan(const AdamaxOptions& o, AdamaxParamState& s, const Tensor&) { return Adams(OptimRule::adamax, o, s, false).k; }
};
WICK_FIELDS(AdamaxOptions, lr, betas, eps, weight_decay, maximize)
WICK_FIELDS(AdamaxParamState, step, exp_avg, exp_inf)
WICK_OPTIMIZER(Adamax)

template <>
struct Recipe<NAdamOptions> {
  static constexpr const char* name = "NAdam";
  static void check(const NAdamOptions& o) {
    check_adam(o);
    check_range("momentum_decay", o.momentum_decay());
  }
  static OptimStep plan(const NAdamOptions& o, NAdamParamState& s, const Tensor&) {
    Adams a(OptimRule::nadam, o, s, o.decoupled_weight_decay());
    const auto momentum = [&](double step) { return a.b1 * (1 - 0.5 * std::pow(0.96, step * o.momentum_decay())); };
    const double now = momentum(a.step), next = momentum(a.step + 1);
    s.mu_product(s.mu_product() * now);
    a.k.lr = o.lr() * (1 - now) / (1 - s.mu_product());
    a.k.d = a.k.c;
    a.k.c = o.lr() * next / (1 - s.mu_product() * next);
    return a.k;
  }
};
WICK_FIELDS(NAdamOptions, lr, betas, eps, weight_decay, momentum_decay, decoupled_weight_decay, maximize)
WICK_FIELDS(NAdamParamState, step, mu_product, exp_avg, exp_avg_sq)
WICK_OPTIMIZER(NAdam)

template <>
struct Recipe<RAdamOptions> {
  static constexpr const char* name = "RAdam";
  static void check(const RAdamOptions& o) { check_adam(o); }
  static OptimStep plan(const RAdamOptions& o, RAdamParamState& s, const Tensor&) {
    Adams a(OptimRule::radam, o, s, o.decoupled_weight_decay());
    const double most = 2 / (1 - a.b2) - 1, now = most - 2 * a.step * std::pow(a.b2, a.step) / a.correction2;
    a.k.flag = now > 5;
    if (a.k.flag) a.k.c *= std::sqrt((now - 4) * (now - 2) * most / ((most - 4) * (most - 2) * now));
    return a.k;
  }
};
WICK_FIELDS(RAdamOptions, lr, betas, eps, weight_decay, decoupled_weight_decay, maximize)
WICK_FIELDS(RAdamParamState, step, exp_avg, exp_avg_sq)
WICK_OPTIMIZER(RAdam)

template <>
struct Recipe<SparseAdamOptions> {
  static constexpr const char* name = "SparseAdam";
  static void check(const SparseAdamOptions& o) {
    check_range("learning rate", o.lr(), o.lr() > 0);
    check_range("epsilon", o.eps(), o.eps() > 0);
    check_betas(o);
  }
  static Gradients gradients(const SparseAdamOptions&) { return Gradients::only_rows; }
  // eps is added to the root before its correction, as RAdam does
  static OptimStep plan(const SparseAdamOptions& o, SparseAdamParamState& s, const Tensor&) {
    OptimStep k = Adams(OptimRule::radam, o, s, false).k;
    k.flag = true;
    return k;
  }
};
WICK_FIELDS(SparseAdamOptions, lr, betas, eps, maximize)
WICK_FIELDS(SparseAdamParamState, step, exp_avg, exp_avg_sq)
WICK_OPTIMIZER(SparseAdam)

template <>
struct Recipe<LAMBOptions> {
  static constexpr const char* name = "LAMB";
  static void check(const LAMBOptions& o) { check_adam(o); }
  static OptimStep plan(const LAMBOptions& o, LAMBParamState& s, const Tensor&) {
    Adams a(OptimRule::lamb, o, s, false);
    a.k.lr = o.lr();
    a.k.c = 1 / a.correction1;
    a.k.d = 1 / a.correction2;
    a.k.e = std::exchange(a.k.decay, 0);
    return a.k;
  }
};
WICK_FIELDS(LAMBOptions, lr, betas, eps, weight_decay, maximize)
WICK_FIELDS(LAMBParamState, step, exp_avg, exp_avg_sq)
WICK_OPTIMIZER(LAMB)

}  // namespace wick::optim
