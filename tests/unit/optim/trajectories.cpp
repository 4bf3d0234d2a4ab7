// Each optimizer follows PyTorch's way, or its paper's, for 100 steps.
#include "ways.h"

namespace {

using namespace ways;   // NOLINT
using namespace optim;  // NOLINT

struct Case {
  std::string name;
  std::function<std::unique_ptr<Optimizer>(std::vector<Tensor>)> make;
};
template <class Opt, class Options>
Case of(const std::string& name, Options options) {
  return {name, [options](std::vector<Tensor> params) { return std::make_unique<Opt>(std::move(params), options); }};
}
using pair = std::tuple<double, double>;
using eps_t = AdafactorOptions::eps_t;

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      of<SGD>("sgd", SGDOptions(0.05)),
      of<SGD>("sgd.maximize", SGDOptions(0.01).maximize(true)),
      of<SGD>("sgd.momentum", SGDOptions(0.05).momentum(0.9)),
      of<SGD>("sgd.all", SGDOptions(0.05).momentum(0.8).dampening(0.3).weight_decay(0.1)),
      of<SGD>("sgd.nesterov", SGDOptions(0.02).momentum(0.9).nesterov(true).weight_decay(0.01).maximize(true)),
      of<Adam>("adam", AdamOptions(0.02)),
      of<Adam>("adam.all", AdamOptions(0.02).betas(pair(0.7, 0.95)).eps(1e-3).weight_decay(0.1).amsgrad(true)),
      of<Adam>("adam.maximize", AdamOptions(0.01).maximize(true).weight_decay(0.05)),
      of<Adam>("adam.decoupled", AdamOptions(0.02).decoupled_weight_decay(true).weight_decay(0.1)),
      of<AdamW>("adamw", AdamWOptions(0.02).weight_decay(0.2)),
      of<AdamW>("adamw.amsgrad", AdamWOptions(0.02).amsgrad(true).maximize(true)),
      of<Adamax>("adamax", AdamaxOptions(0.02)),
      of<Adamax>("adamax.all", AdamaxOptions(0.01).betas(pair(0.5, 0.9)).eps(1e-2).weight_decay(0.1).maximize(true)),
      of<NAdam>("nadam", NAdamOptions(0.02)),
      of<NAdam>("nadam.all", NAdamOptions(0.01).betas(pair(0.8, 0.95)).eps(1e-3).weight_decay(0.1).momentum_decay(0.1).maximize(true)),
      of<NAdam>("nadam.decoupled", NAdamOptions(0.02).weight_decay(0.1).decoupled_weight_decay(true)),
      of<RAdam>("radam", RAdamOptions(0.02)),
      of<RAdam>("radam.all", RAdamOptions(0.01).betas(pair(0.8, 0.9)).eps(1e-3).weight_decay(0.1).maximize(true)),
      of<RAdam>("radam.decoupled", RAdamOptions(0.02).weight_decay(0.1).decoupled_weight_decay(true)),
      of<Adagrad>("adagrad", AdagradOptions(0.1)),
      of<Adagrad>("adagrad.all", AdagradOptions(0.1).lr_decay(0.05).weight_decay(0.1).initial_accumulator_value(0.3).eps(1e-3).maximize(true)),
      of<Adadelta>("adadelta", AdadeltaOptions()),
      of<Adadelta>("adadelta.all", AdadeltaOptions(0.5).rho(0.7).eps(1e-3).weight_decay(0.1).maximize(true)),
      of<RMSprop>("rmsprop", RMSpropOptions(0.01)),
      of<RMSprop>("rmsprop.all", RMSpropOptions(0.003).alpha(0.9).eps(1e-2).weight_decay(0.1).momentum(0.5).centered(true)),
      of<RMSprop>("rmsprop.momentum", RMSpropOptions(0.003).momentum(0.9).maximize(true)),
      of<RMSprop>("rmsprop.centered", RMSpropOptions(0.003).centered(true).eps(1e-2)),
      of<Rprop>("rprop", RpropOptions(0.01)),
      of<Rprop>("rprop.all", RpropOptions(0.02).etas(pair(0.4, 1.3)).step_sizes(pair(1e-3, 0.1)).maximize(true)),
      of<ASGD>("asgd", ASGDOptions(0.05)),
      of<ASGD>("asgd.all", ASGDOptions(0.05).lambd(0.01).alpha(0.6).t0(20).weight_decay(0.1).maximize(true)),
      of<Adafactor>("adafactor", AdafactorOptions(0.05)),
      of<Adafactor>("adafactor.all", AdafactorOptions(0.02).beta2_decay(-0.6).eps(eps_t(1e-4, 1e-2)).d(1.5).weight_decay(0.1).maximize(true)),
      of<Lion>("lion", LionOptions(0.01)),
      of<Lion>("lion.all", LionOptions(0.01).betas(pair(0.8, 0.95)).weight_decay(0.1).maximize(true)),
      of<LAMB>("lamb", LAMBOptions(0.01)),
      of<LAMB>("lamb.all", LAMBOptions(0.01).betas(pair(0.8, 0.95)).eps(1e-3).weight_decay(0.1).maximize(true)),
  };
  return all;
}

// The way of a case in a type against its golden numbers.
void follow(const Case& c, ScalarType type, const std::string& suffix, double tolerance, bool two_only = false) {
  SCOPED_TRACE(c.name + "." + suffix);
  auto params = parameters(type);
  auto optimizer = c.make(two_only ? std::vector<Tensor>{params[0], params[5]} : params);
  int seen_at = 0;
  for (int step = 0; step < 100; ++step) {
    set_gradients(params, step);
    optimizer->step();
    if (step == 99 || (type == kDouble && step == 2))
      golden::expect_near(seen(params), golden::numbers("optimizers", c.name + "." + suffix + " " + std::to_string(seen_at++)), tolerance);
  }
}

TEST(Trajectories, Double) {
  for (const Case& c : cases()) follow(c, kDouble, "double", 1e-12);
}
TEST(Trajectories, Float) {
  for (const Case& c : cases()) follow(c, kFloat, "float", 1e-6);
}
// Half types calculate in float and round once a step, as PyTorch's fused kernels; without fused multiply-adds a rounding may turn.
TEST(Trajectories, HalfTypes) {
  for (const Case& c : cases()) {
    if (c.name.rfind("adam", 0) != 0 || c.name.rfind("adamax", 0) == 0) continue;
    follow(c, kBFloat16, "bfloat16", 1e-4, true);
    follow(c, kHalf, "half", 1e-5, true);
  }
}

TEST(Trajectories, AverageOfAsgd) {
  auto params = parameters(kDouble);
  ASGD o(params, ASGDOptions(0.05).t0(20));
  for (int step = 0; step < 60; ++step) {
    set_gradients(params, step);
    o.step();
  }
  std::vector<Tensor> averages;
  for (const Tensor& p : params) averages.push_back(static_cast<ASGDParamState&>(*o.state().at(p.unsafeGetTensorImpl())).ax());
  golden::expect_near(seen(averages), golden::numbers("optimizers", "asgd.average 0"), 1e-12);
}

// Newton-Schulz runs in bfloat16. Where its products round as PyTorch's do, all digits agree; another order of sums may turn a rounding, which is
// 1 in 256 of an element of a step.
TEST(Trajectories, Muon) {
  const auto run = [](const std::string& name, MuonOptions options, double tolerance) {
    auto all = parameters(kFloat);
    std::vector<Tensor> params;
    for (const Tensor& p : all)
      if (p.dim() == 2 && p.numel()) params.push_back(p);
    Muon o(params, options);
    for (int step = 0; step < 10; ++step) {
      set_gradients(params, step);
      o.step();
    }
    golden::expect_near(seen(params), golden::numbers("optimizers", name + " 0"), tolerance);
  };
  run("muon", MuonOptions(0.02), 2e-4);
  run("muon.all", MuonOptions(0.05).weight_decay(0.3).momentum(0.8).nesterov(false).ns_steps(3).adjust_lr_fn("match_rms_adamw"), 5e-4);
}

// The numbers do not depend on the threads.
TEST(Trajectories, ThreadsDoNotMatter) {
  const auto run = [](int threads, const Case& c) {
    wick::test::Threads one(1);
    std::vector<Tensor> params{(arange(100003, kFloat) * 0.1).sin().set_requires_grad(true), (arange(257, kFloat) * 0.3).cos().set_requires_grad(true)};
    auto o = c.make(params);
    o->step_options().clip_norm(3.0);
    for (int step = 0; step < 2; ++step) {
      set_gradients(params, step + 4);
      wick::test::Threads t(threads);
      o->step();
    }
    return cat({params[0].detach(), params[1].detach()});
  };
  for (const Case& c : cases()) EXPECT_TRUE(wick::test::same_bits(run(1, c), run(2, c))) << c.name;
}

}  // namespace
