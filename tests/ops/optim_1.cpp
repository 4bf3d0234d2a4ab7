// Op table: optimizers. Each case is the way of the parameters over 100 steps.
#include "harness.h"

namespace {

AREA("optim")

using namespace torch::optim;  // NOLINT: the cases read as user code does

struct Problem {
  torch::Tensor w = q.detach().clone().set_requires_grad(true), bias = p.detach()[0].clone().set_requires_grad(true);
  torch::Tensor single = a.clone().set_requires_grad(true);  // float32
  std::vector<torch::Tensor> parameters() const { return {w, bias, single}; }
  torch::Tensor loss(int step) const {
    auto x = torch::arange(12, torch::kDouble).view({4, 3}).add(step % 7).mul(0.1).sin();
    auto y = torch::tanh(x.matmul(w) + bias);
    return (y - 0.3).pow(2).mean() + single.sub(0.5).pow(4).mean() + (single.select(0, 0) * single.select(0, 1)).sum().pow(2);
  }
};

// The parameters after some of the steps; `change` is called before each.
template <class Opt, class Change>
std::vector<torch::Tensor> way(Problem& problem, Opt& optimizer, Change change) {
  std::vector<torch::Tensor> r;
  for (int step = 0; step < 100; ++step) {
    change(step);
    optimizer.zero_grad();
    problem.loss(step).backward();
    optimizer.step();
    if (step == 0 || step == 9 || step == 49 || step == 99)
      for (const auto& t : problem.parameters()) r.push_back(t.detach().clone());
  }
  return r;
}
template <class Opt, class Options>
std::vector<torch::Tensor> way(Options options) {
  Problem problem;
  Opt optimizer(problem.parameters(), options);
  return way(problem, optimizer, [](int) {});
}
template <class Opt, class Options>
std::vector<torch::Tensor> states(Options options) {  // two groups, one with options of its own
  Problem problem;
  std::vector<OptimizerParamGroup> groups{OptimizerParamGroup({problem.w, problem.bias})};
  groups.emplace_back(std::vector<torch::Tensor>{problem.single}, std::make_unique<Options>(Options(0.03).weight_decay(0.2)));
  Opt optimizer(groups, options);
  return way(problem, optimizer, [&](int step) {
    for (auto& g : optimizer.param_groups()) g.options().set_lr(0.05 / (1 + step / 10));
  });
}

CASE("sgd", way<SGD>(SGDOptions(0.1)))
CASE("sgd.momentum", way<SGD>(SGDOptions(0.05).momentum(0.9)))
CASE("sgd.momentum.dampening", way<SGD>(SGDOptions(0.05).momentum(0.9).dampening(0.3)))
CASE("sgd.nesterov", way<SGD>(SGDOptions(0.05).momentum(0.8).nesterov(true)))
CASE("sgd.weight_decay", way<SGD>(SGDOptions(0.1).weight_decay(0.05)))
CASE("sgd.all", way<SGD>(SGDOptions(0.03).momentum(0.95).nesterov(true).weight_decay(1e-2)))
CASE("sgd.dampening.weight_decay", way<SGD>(SGDOptions(0.03).momentum(0.5).dampening(0.9).weight_decay(0.1)))
CASE("sgd.lr0", way<SGD>(SGDOptions(0.)))
CASE("adam", way<Adam>(AdamOptions(0.02)))
CASE("adam.default", way<Adam>(AdamOptions()))
CASE("adam.betas", way<Adam>(AdamOptions(0.02).betas(std::make_tuple(0.5, 0.9))))
CASE("adam.eps", way<Adam>(AdamOptions(0.02).eps(0.1)))
CASE("adam.weight_decay", way<Adam>(AdamOptions(0.02).weight_decay(0.1)))
CASE("adam.amsgrad", way<Adam>(AdamOptions(0.05).amsgrad(true)))
CASE("adam.amsgrad.weight_decay", way<Adam>(AdamOptions(0.05).amsgrad(true).weight_decay(0.02).betas(std::make_tuple(0.8, 0.99))))
CASE("adamw", way<AdamW>(AdamWOptions(0.02)))
CASE("adamw.weight_decay", way<AdamW>(AdamWOptions(0.02).weight_decay(0.3)))
CASE("adamw.amsgrad", way<AdamW>(AdamWOptions(0.05).amsgrad(true)))
CASE("adamw.no_decay", way<AdamW>(AdamWOptions(0.05).weight_decay(0).eps(1e-4)))
CASE("adagrad", way<Adagrad>(AdagradOptions(0.1)))
CASE("adagrad.lr_decay", way<Adagrad>(AdagradOptions(0.1).lr_decay(0.05)))
CASE("adagrad.weight_decay", way<Adagrad>(AdagradOptions(0.1).weight_decay(0.05)))
CASE("adagrad.initial", way<Adagrad>(AdagradOptions(0.1).initial_accumulator_value(0.7).eps(1e-3)))
CASE("adagrad.all", way<Adagrad>(AdagradOptions(0.2).lr_decay(1e-2).weight_decay(0.01).initial_accumulator_value(0.1)))
CASE("rmsprop", way<RMSprop>(RMSpropOptions(0.01)))
CASE("rmsprop.alpha", way<RMSprop>(RMSpropOptions(0.01).alpha(0.5).eps(1e-3)))
CASE("rmsprop.momentum", way<RMSprop>(RMSpropOptions(0.003).momentum(0.9)))
CASE("rmsprop.centered", way<RMSprop>(RMSpropOptions(0.003).centered(true).eps(1e-2)))
CASE("rmsprop.weight_decay", way<RMSprop>(RMSpropOptions(0.01).weight_decay(0.1)))
CASE("rmsprop.all", way<RMSprop>(RMSpropOptions(0.003).centered(true).momentum(0.5).weight_decay(0.02).eps(1e-2)))

CASE("groups.sgd", states<SGD>(SGDOptions(0.1).momentum(0.9)))
CASE("groups.adam", states<Adam>(AdamOptions(0.1).amsgrad(true).eps(1e-3)))
CASE("groups.adamw", states<AdamW>(AdamWOptions(0.1).betas(std::make_tuple(0.7, 0.9))))
CASE("groups.adagrad", states<Adagrad>(AdagradOptions(0.1).lr_decay(0.1)))
CASE("groups.rmsprop", states<RMSprop>(RMSpropOptions(0.01).momentum(0.3).eps(1e-2)))

// A group keeps what it changed and inherits the rest.
template <class Options, class Get>
auto inherited(Options mine, Options defaults, Get get) {
  Problem problem;
  std::vector<OptimizerParamGroup> groups;
  groups.emplace_back(problem.parameters(), std::make_unique<Options>(mine));
  return get(groups, defaults);
}
CASE("inherit.adam", inherited(AdamOptions().weight_decay(0.1), AdamOptions(0.7).eps(0.5).amsgrad(true), [](auto& groups, auto& defaults) {
  Adam o(groups, defaults);
  auto& x = static_cast<AdamOptions&>(o.param_groups()[0].options());
  return std::vector<double>{x.lr(), x.eps(), x.weight_decay(), double(x.amsgrad()), std::get<0>(x.betas())};
}))
CASE("inherit.sgd", inherited(SGDOptions(1e-3).nesterov(true), SGDOptions(0.7).momentum(0.5).weight_decay(0.25), [](auto& groups, auto& defaults) {
  SGD o(groups, defaults);
  auto& x = static_cast<SGDOptions&>(o.param_groups()[0].options());
  return std::vector<double>{x.lr(), x.momentum(), x.weight_decay(), double(x.nesterov()), x.dampening()};
}))
CASE("inherit.rmsprop", inherited(RMSpropOptions(0.5), RMSpropOptions(0.7).alpha(0.5).centered(true), [](auto& groups, auto& defaults) {
  RMSprop o(groups, defaults);
  auto& x = static_cast<RMSpropOptions&>(o.param_groups()[0].options());
  return std::vector<double>{x.lr(), x.alpha(), x.momentum(), double(x.centered())};
}))

}  // namespace
