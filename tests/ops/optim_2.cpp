// Op table: LBFGS, schedules, states, parameters that come and go.
#include "harness.h"

namespace {

AREA("optim")

using namespace torch::optim;  // NOLINT: the cases read as user code does

// Rosenbrock's valley and a quadratic, through closures.
std::vector<torch::Tensor> lbfgs(LBFGSOptions options, int steps = 20) {
  auto x = torch::tensor({-1.2, 1.0, 0.5, 2.0}, torch::kDouble).set_requires_grad(true);
  auto y = p.detach().clone().set_requires_grad(true);
  LBFGS optimizer({x, y}, options);
  std::vector<torch::Tensor> r;
  for (int i = 0; i < steps; ++i) {
    r.push_back(optimizer.step([&] {
      optimizer.zero_grad();
      auto head = x.slice(0, 0, 3), tail = x.slice(0, 1);
      auto loss = (100 * (tail - head.pow(2)).pow(2) + (1 - head).pow(2)).sum() + (y - q.detach()).pow(2).sum();
      loss.backward();
      return loss;
    }).detach().clone());
    if (i % 5 == 0) r.push_back(x.detach().clone());
  }
  r.push_back(y.detach().clone());
  auto& s = static_cast<LBFGSParamState&>(*optimizer.state()[x.unsafeGetTensorImpl()]);
  r.push_back(torch::tensor({double(s.func_evals()), double(s.n_iter()), s.t(), s.prev_loss(), double(s.old_dirs().size())}, torch::kDouble));
  return r;
}
CASE("lbfgs", lbfgs(LBFGSOptions(0.01), 5))
CASE("lbfgs.short", lbfgs(LBFGSOptions(0.005).max_iter(4).history_size(3)))
CASE("lbfgs.max_eval", lbfgs(LBFGSOptions(0.01).max_eval(3)))
CASE("lbfgs.wolfe", lbfgs(LBFGSOptions(1).line_search_fn("strong_wolfe"), 6))
CASE("lbfgs.wolfe.small", lbfgs(LBFGSOptions(0.5).max_iter(3).history_size(2).line_search_fn("strong_wolfe"), 10))
CASE("lbfgs.tolerance", lbfgs(LBFGSOptions(0.01).tolerance_grad(1.).tolerance_change(1e-2)))
CASE_ERROR("err.lbfgs.search", lbfgs(LBFGSOptions(1).line_search_fn("backtracking")))
CASE_ERROR("err.lbfgs.groups", LBFGS({OptimizerParamGroup({p}), OptimizerParamGroup({q})}, LBFGSOptions(1)).size())

// A parameter without a gradient at first, one that is added later.
CASE("late", [] {
  auto x = p.detach().clone().set_requires_grad(true), y = q.detach().clone().set_requires_grad(true), extra = d.clone().set_requires_grad(true);
  Adam optimizer({x, y}, AdamOptions(0.05));
  for (int i = 0; i < 30; ++i) {
    optimizer.zero_grad();
    auto loss = x.pow(2).sum();
    if (i >= 5) loss = loss + (x * y).sum();
    if (i == 10) optimizer.add_param_group(OptimizerParamGroup({extra}));
    if (i >= 12) loss = loss + extra.sin().sum();
    loss.backward();
    optimizer.step();
  }
  return std::vector<torch::Tensor>{x.detach(), y.detach(), extra.detach()};
})
// Transposed and channels-last parameters.
CASE("strides", [] {
  auto x = p.detach().t().clone().t().set_requires_grad(true), y = im.detach().contiguous(torch::MemoryFormat::ChannelsLast).set_requires_grad(true);
  RMSprop optimizer({x, y}, RMSpropOptions(0.02).momentum(0.5));
  for (int i = 0; i < 10; ++i) {
    optimizer.zero_grad();
    ((x - 1).pow(4).sum() + y.sin().sum()).backward();
    optimizer.step();
  }
  return std::vector<torch::Tensor>{x.detach(), y.detach()};
})
CASE("adam.state", [] {
  auto x = p.detach().clone().set_requires_grad(true);
  Adam optimizer({x}, AdamOptions(0.05).amsgrad(true));
  for (int i = 0; i < 3; ++i) {
    optimizer.zero_grad();
    x.pow(3).sum().backward();
    optimizer.step();
  }
  auto& s = static_cast<AdamParamState&>(*optimizer.state().at(x.unsafeGetTensorImpl()));
  return std::vector<torch::Tensor>{torch::tensor(s.step()), s.exp_avg(), s.exp_avg_sq(), s.max_exp_avg_sq()};
})
CASE("adagrad.state", [] {
  Adagrad optimizer({a.requires_grad_()}, AdagradOptions(0.05).initial_accumulator_value(0.5));
  auto& s = static_cast<AdagradParamState&>(*optimizer.state().at(a.unsafeGetTensorImpl()));
  return std::vector<torch::Tensor>{torch::tensor(s.step()), s.sum()};
})

template <class Scheduler, class... Args>
std::vector<double> rates(int steps, Args... args) {
  auto x = a.clone().requires_grad_(), y = b.clone().requires_grad_();
  std::vector<OptimizerParamGroup> groups{OptimizerParamGroup({x})};
  groups.emplace_back(std::vector<torch::Tensor>{y}, std::make_unique<SGDOptions>(0.5));
  SGD optimizer(groups, SGDOptions(0.1));
  Scheduler scheduler(optimizer, args...);
  std::vector<double> r;
  for (int i = 0; i < steps; ++i) {
    if constexpr (std::is_same_v<Scheduler, StepLR>) scheduler.step();
    else scheduler.step(float(i < 5 ? 5 - i : 1.0 + 0.3 * (i % 4)));
    for (auto& g : optimizer.param_groups()) r.push_back(g.options().get_lr());
  }
  return r;
}
using Plateau = ReduceLROnPlateauScheduler;
CASE("step_lr", rates<StepLR>(20, 4u, 0.5))
CASE("step_lr.1", rates<StepLR>(5, 1u))
CASE("plateau", rates<Plateau>(40))
CASE("plateau.patience", rates<Plateau>(30, Plateau::min, 0.5f, 2))
CASE("plateau.max", rates<Plateau>(30, Plateau::max, 0.5f, 3, 1e-2, Plateau::rel, 2))
CASE("plateau.min_lr", rates<Plateau>(30, Plateau::min, 0.1f, 1, 1e-4, Plateau::rel, 0, std::vector<float>{0.01f, 0.2f}))
CASE_ERROR("err.plateau.factor", rates<Plateau>(1, Plateau::min, 1.5f))
CASE_ERROR("err.plateau.min_lr", rates<Plateau>(1, Plateau::min, 0.1f, 1, 1e-4, Plateau::rel, 0, std::vector<float>{0.01f}))

CASE_ERROR("err.sgd.lr", SGD({p}, SGDOptions(-1)).size())
CASE_ERROR("err.sgd.momentum", SGD({p}, SGDOptions(1).momentum(-0.1)).size())
CASE_ERROR("err.sgd.nesterov", SGD({p}, SGDOptions(1).nesterov(true)).size())
CASE_ERROR("err.adam.betas", Adam({p}, AdamOptions(1).betas(std::make_tuple(1.0, 0.9))).size())
CASE_ERROR("err.adam.eps", Adam({p}, AdamOptions(1).eps(-1)).size())
CASE_ERROR("err.rmsprop.alpha", RMSprop({p}, RMSpropOptions(1).alpha(-1)).size())
CASE_ERROR("err.adagrad.lr_decay", Adagrad({p}, AdagradOptions(1).lr_decay(-1)).size())
CASE_ERROR("err.nonleaf", SGD({p * 2}, SGDOptions(1)).size())

}  // namespace
