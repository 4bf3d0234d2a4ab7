// Optimizers whose steps are matrix operations: Adafactor and Muon.
#include <wick/optim/adafactor.h>
#include <wick/optim/muon.h>

#include <cmath>
#include <limits>

#include "optim/recipe.h"

namespace wick::optim {
namespace {

// The state of p, made at its first step.
template <class State>
State& state_of(Optimizer& optimizer, const Tensor& p) {
  auto& slot = optimizer.state()[p.unsafeGetTensorImpl()];
  if (!slot) slot = std::make_unique<State>();
  return static_cast<State&>(*slot);
}

// Runs `step` for each parameter that has a gradient, after a look at all of them.
template <class Options, class State, class F>
Tensor step_tensors(Optimizer& optimizer, const Optimizer::LossClosure& closure, F step) {
  Tensor loss = evaluate(closure);
  Sweep sweep(optimizer, Recipe<Options>::name, gradients_of<Options>);
  for (const auto& item : sweep.items()) {
    WICK_CHECK_TYPE(NotImplementedError, !item.p.is_complex(), Recipe<Options>::name, ": ", item.name(), " is complex");
    if (auto* s = find_state(optimizer, item.p)) check_state<Options>(static_cast<State&>(*s), item.p, item.name());
  }
  for (const auto& item : sweep.items()) step(sweep, item, static_cast<const Options&>(*item.options), state_of<State>(optimizer, item.p));
  sweep.finish();
  return loss;
}

double norm_of(const Tensor& t) { return t.norm().item().toDouble(); }
double root_of_size(const Tensor& t) { return std::sqrt(static_cast<double>(t.numel())); }

// Sizes of p with 1 in place of one of its dimensions.
std::vector<int64_t> without(const Tensor& p, int64_t dim) {
  std::vector<int64_t> r(p.sizes().begin(), p.sizes().end());
  r[r.size() - static_cast<size_t>(dim)] = 1;
  return r;
}
double type_epsilon(const Tensor& p) {
  switch (p.scalar_type()) {
    case kDouble: return std::numeric_limits<double>::epsilon();
    case kBFloat16: return 0.0078125;
    case kHalf: return 0.0009765625;
    default: return std::numeric_limits<float>::epsilon();
  }
}

}  // namespace

template <>
struct Recipe<AdafactorOptions> {
  static constexpr const char* name = "Adafactor";
  static void check(const AdafactorOptions& o) {
    const auto [eps1, eps2] = o.eps();
    check_range("learning rate", o.lr());
    check_range("beta2_decay", o.beta2_decay(), o.beta2_decay() <= 0);
    if (eps1) check_range("epsilon1", *eps1);
    check_range("epsilon2", eps2);
    check_range("clipping threshold d", o.d(), o.d() >= 1);
    check_range("weight_decay", o.weight_decay());
  }
  static void check_state(const AdafactorParamState& s, const Tensor& p, const std::string& who) {
    if (p.dim() > 1) {
      check_shape("row_var", s.row_var(), without(p, 1), who);
      check_shape("col_var", s.col_var(), without(p, 2), who);
    }
    check_shape("variance", s.variance(), p.sizes(), who);
  }
  // The mean squares of the gradient, as far as they are known.
  static Tensor variance(AdafactorParamState& s, const Tensor& g, double weight, double eps1) {
    if (g.dim() < 2) {
      if (!s.variance().defined()) s.variance(zeros_like(g));
      s.variance().lerp_(g * g, weight);
      return s.variance().clone();
    }
    const auto follow = [&](Tensor& mean, int64_t dim) {
      if (!mean.defined()) mean = zeros(without(g, -dim), g.options());
      mean.lerp_(g.norm(2, {dim}, true).square_().div_(g.size(dim)), weight);
    };
    follow(s.row_var(), -1);
    follow(s.col_var(), -2);
    return s.row_var().matmul(s.col_var()).div_(s.row_var().mean({-2}, true).clamp_min_(eps1));
  }
  static Tensor run(Optimizer& optimizer, const Optimizer::LossClosure& closure) {
    return step_tensors<AdafactorOptions, AdafactorParamState>(optimizer, closure, [](const Sweep& sweep, const Sweep::Item& item, const AdafactorOptions& o, AdafactorParamState& s) {
      if (item.p.numel() == 0) return;
      const Tensor g = sweep.gradient(item, o.maximize());
      const double eps1 = std::get<0>(o.eps()).value_or(type_epsilon(item.p));
      s.step(s.step() + 1);
      const double step = static_cast<double>(s.step()), rho = std::min(o.lr(), 1 / std::sqrt(step));
      const double alpha = std::max(std::get<1>(o.eps()), norm_of(item.p) / root_of_size(item.p)) * rho;
      Tensor p = item.p;
      if (o.weight_decay() != 0) p.mul_(1 - o.lr() * o.weight_decay());
      Tensor update = variance(s, g, std::pow(step, o.beta2_decay()), eps1).clamp_min_(eps1 * eps1).rsqrt_().mul_(g);
      p.add_(update, -alpha / std::max(1., norm_of(update) / (root_of_size(update) * o.d())));
    });
  }
};
WICK_FIELDS(AdafactorOptions, lr, beta2_decay, eps, d, weight_decay, maximize)
WICK_FIELDS(AdafactorParamState, step, row_var, col_var, variance)
WICK_OPTIMIZER(Adafactor)

template <>
struct Recipe<MuonOptions> {
  static constexpr const char* name = "Muon";
  static void check(const MuonOptions& o) {
    check_range("learning rate", o.lr());
    check_range("momentum", o.momentum());
    check_range("weight decay", o.weight_decay());
    WICK_CHECK_TYPE(ValueError, o.ns_steps() >= 0 && o.ns_steps() < 100, "Muon: ns_steps must be below 100, got ", o.ns_steps());
    WICK_CHECK_TYPE(ValueError, !o.adjust_lr_fn() || *o.adjust_lr_fn() == "original" || *o.adjust_lr_fn() == "match_rms_adamw",
                    "Muon: adjust_lr_fn must be \"original\" or \"match_rms_adamw\", got \"", o.adjust_lr_fn().value_or(""), "\"");
  }
  static Tensor orthogonal(const Tensor& g, const MuonOptions& o) {
    const auto [a, b, c] = o.ns_coefficients();
    const bool tall = g.size(0) > g.size(1);
    Tensor x = g.to(kBFloat16);
    if (x.is_same(g)) x = x.clone();
    if (tall) x = x.t();
    x.div_(x.norm().clamp_min(o.eps()));
    for (int64_t i = 0; i < o.ns_steps(); ++i) {
      const Tensor gram = x.matmul(x.t());
      x = addmm(x, addmm(gram, gram, gram, b, c), x, a);
    }
    return tall ? x.t() : x;
  }
  static double rate(const MuonOptions& o, const Tensor& p) {
    const double rows = static_cast<double>(p.size(0)), cols = static_cast<double>(p.size(1));
    if (o.adjust_lr_fn().value_or("original") == "original") return o.lr() * std::sqrt(std::max(1., rows / cols));
    return o.lr() * 0.2 * std::sqrt(std::max(rows, cols));
  }
  static Tensor run(Optimizer& optimizer, const Optimizer::LossClosure& closure) {
    return step_tensors<MuonOptions, MuonParamState>(optimizer, closure, [](const Sweep& sweep, const Sweep::Item& item, const MuonOptions& o, MuonParamState& s) {
      if (item.p.numel() == 0) return;
      const Tensor g = sweep.gradient(item, false);
      if (!s.momentum_buffer().defined()) s.momentum_buffer(zeros_like(g));
      s.momentum_buffer().lerp_(g, 1 - o.momentum());
      const Tensor update = orthogonal(o.nesterov() ? g.lerp(s.momentum_buffer(), o.momentum()) : s.momentum_buffer(), o);
      Tensor(item.p).mul_(1 - o.lr() * o.weight_decay()).add_(update, -rate(o, item.p));
    });
  }
};
WICK_FIELDS(MuonOptions, lr, weight_decay, momentum, nesterov, ns_coefficients, eps, ns_steps, adjust_lr_fn)
WICK_FIELDS(MuonParamState, momentum_buffer)
WICK_OPTIMIZER(Muon)

inline namespace v1 {
static void check_matrices(const std::vector<OptimizerParamGroup>& groups) {
  for (size_t g = 0; g < groups.size(); ++g)
    for (size_t i = 0; i < groups[g].params().size(); ++i) {
      const Tensor& p = groups[g].params()[i];
      WICK_CHECK_TYPE(ValueError, !p.defined() || p.dim() == 2, "Muon only supports matrices; ", named(g, i, p), " belongs to another optimizer, as AdamW");
    }
}
Muon::Muon(std::vector<Tensor> params, MuonOptions defaults) : Muon(one_group(std::move(params)), std::move(defaults)) {}
Muon::Muon(const std::vector<OptimizerParamGroup>& groups, MuonOptions defaults) : OptimizerOf((check_matrices(groups), groups), std::move(defaults)) {}
}  // namespace v1

}  // namespace wick::optim
