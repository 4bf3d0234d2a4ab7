// Clipping and zeroing in the step, states, groups, and bad input.
#include <sstream>

#include "ways.h"

namespace {

using namespace ways;        // NOLINT
using namespace optim;       // NOLINT
using namespace wick::test;  // NOLINT

Tensor param(std::vector<double> values, ScalarType type = kDouble) { return tensor(values, type).set_requires_grad(true); }
std::vector<Tensor> values(const std::vector<Tensor>& params) {
  std::vector<Tensor> r;
  for (const Tensor& p : params) r.push_back(p.detach().clone());
  return r;
}
void expect_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(same_bits(a[i], b[i])) << "tensor " << i;
}
template <class Opt>
std::string saved(const Opt& o) {
  std::ostringstream s;
  save(o, s);
  return s.str();
}
template <class Opt>
void load_from(Opt& o, const std::string& bytes) {
  std::istringstream s(bytes);
  load(o, s);
}

// Gradients may be views of a bucket, as data parallelism has them.
TEST(Optimizer, ZeroGradientsThatAreViews) {
  const Tensor bucket = ones({6});
  nn::Linear m(nn::LinearOptions(3, 2).bias(false));
  m->weight.mutable_grad() = bucket.view({2, 3});
  optim::SGD o(m->parameters(), 0.1);
  o.zero_grad(false);
  EXPECT_EQ(bucket.sum().item<float>(), 0);
  bucket.fill_(1);
  m->zero_grad(false);
  EXPECT_EQ(bucket.sum().item<float>(), 0);
  bucket.fill_(1);
  o.step_options().zero_grad(true);
  o.step();
  EXPECT_EQ(bucket.sum().item<float>(), 0);
  EXPECT_TRUE(m->weight.grad().is_view());
}

// The same numbers as clip_grad_norm_, clip_grad_value_, step and zero_grad one after the other.
TEST(StepOptions, IsClipStepZero) {
  const auto run = [](bool at_once, std::optional<double> norm, std::optional<double> value) {
    auto params = parameters(kDouble);
    AdamW o(params, AdamWOptions(0.05));
    if (at_once) o.step_options().clip_norm(norm).clip_value(value).zero_grad(true);
    for (int step = 0; step < 20; ++step) {
      set_gradients(params, step);
      if (!at_once && norm) nn::utils::clip_grad_norm_(params, *norm);
      if (!at_once && value) nn::utils::clip_grad_value_(params, *value);
      o.step();
      if (!at_once) o.zero_grad(false);
      for (const Tensor& p : params)
        EXPECT_TRUE(!p.grad().defined() || p.grad().abs().sum().item<double>() == 0);
    }
    return seen(params);
  };
  const auto plain = run(true, {}, {});
  for (auto [norm, value] : std::vector<std::pair<std::optional<double>, std::optional<double>>>{{{}, {}}, {0.7, {}}, {{}, 0.2}, {1.5, 0.01}, {1e6, {}}}) {
    const auto once = run(true, norm, value);
    golden::expect_near(once, run(false, norm, value), 1e-12);
    EXPECT_EQ(once != plain, norm.value_or(1e6) < 1e6 || value);
  }
}
TEST(StepOptions, TensorOptimizersClipToo) {
  const auto run = [](bool at_once) {
    auto params = parameters(kDouble);
    Adafactor o(params, AdafactorOptions(0.05));
    if (at_once) o.step_options().clip_norm(0.7).clip_value(0.01).zero_grad(true);
    for (int step = 0; step < 5; ++step) {
      set_gradients(params, step);
      if (!at_once) {
        nn::utils::clip_grad_norm_(params, 0.7);
        nn::utils::clip_grad_value_(params, 0.01);
      }
      o.step();
    }
    EXPECT_EQ(params[0].grad().abs().sum().item<double>() == 0, at_once);
    return seen(params);
  };
  golden::expect_near(run(true), run(false), 1e-12);
}
TEST(StepOptions, TellsTheNorm) {
  Tensor a = param({1, 2}), b = param({3}, kFloat);
  a.mutable_grad() = tensor({3., 0.}, kDouble);
  b.mutable_grad() = tensor({4.}, kFloat);
  SGD o({a, b}, SGDOptions(1));
  o.step();
  EXPECT_FALSE(o.grad_norm().has_value());
  o.step_options().clip_norm(1e9);
  o.step();
  EXPECT_EQ(o.grad_norm(), 5.0);
  EXPECT_EQ(a.grad()[0].item<double>(), 3) << "without zero_grad the gradient stays as it was";
  b.mutable_grad() = tensor({3e38f, 3e38f}).slice(0, 0, 1);
  o.step();
  EXPECT_NEAR(*o.grad_norm(), 3e38, 1e32) << "squares of large floats do not overflow";
}
TEST(StepOptions, NonfiniteNorm) {
  Tensor a = param({1, 2});
  a.mutable_grad() = tensor({std::nan(""), 1.}, kDouble);
  Adam o({a}, AdamOptions(1));
  o.step_options().clip_norm(1.).error_if_nonfinite(true);
  EXPECT_TRUE(contains(error_of([&] { o.step(); }), "nan"));
  EXPECT_TRUE(o.state().empty());
  EXPECT_EQ(a[1].item<double>(), 2);
  o.step_options().clip_norm(-1.);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { o.step(); }), "clip_norm must be at least 0, got -1"));
}
TEST(StepOptions, LbfgsRefuses) {
  Tensor a = param({1});
  LBFGS o({a}, LBFGSOptions(1));
  o.step_options().clip_norm(1.);
  EXPECT_TRUE(contains(error_of<NotImplementedError>([&] { o.step([&] { return a.sum(); }); }), "LBFGS"));
}

// Every optimizer goes on from its archive bit for bit, and saving twice gives the same bytes.
template <class Opt, class Options>
void resumes(const Options& options, bool matrices = false) {
  SCOPED_TRACE(typeid(Opt).name());
  const auto pick = [&] {
    auto all = parameters(kFloat);
    if (matrices) all = {all[1], all[5]};
    return all;
  };
  auto params = pick(), others = pick();
  Opt a(params, options);
  for (int step = 0; step < 6; ++step) {
    set_gradients(params, step);
    a.step();
  }
  a.param_groups()[0].initial_lr() = 0.25;
  const std::string bytes = saved(a);
  EXPECT_EQ(bytes, saved(a));
  Opt b(others, Options());
  load_from(b, bytes);
  EXPECT_TRUE(static_cast<const Options&>(a.param_groups()[0].options()) == static_cast<const Options&>(b.param_groups()[0].options()));
  EXPECT_EQ(b.param_groups()[0].initial_lr(), 0.25);
  EXPECT_EQ(a.state().size(), b.state().size());
  for (size_t i = 0; i < params.size(); ++i) others[i].set_data(params[i].detach().clone());
  for (int step = 6; step < 12; ++step) {
    set_gradients(params, step);
    set_gradients(others, step);
    a.step();
    b.step();
  }
  expect_same(values(params), values(others));
}
TEST(Optimizer, GoesOnFromAnArchive) {
  resumes<SGD>(SGDOptions(0.1).momentum(0.5).maximize(true));
  resumes<Adam>(AdamOptions(0.1).amsgrad(true).decoupled_weight_decay(true).weight_decay(0.1));
  resumes<AdamW>(AdamWOptions(0.1).maximize(true));
  resumes<Adamax>(AdamaxOptions(0.1));
  resumes<NAdam>(NAdamOptions(0.1).decoupled_weight_decay(true));
  resumes<RAdam>(RAdamOptions(0.1).betas(std::make_tuple(0.8, 0.9)));
  resumes<Adagrad>(AdagradOptions(0.1).lr_decay(0.1).initial_accumulator_value(0.1));
  resumes<Adadelta>(AdadeltaOptions(0.5));
  resumes<RMSprop>(RMSpropOptions(0.01).centered(true).momentum(0.5));
  resumes<Rprop>(RpropOptions(0.01).etas(std::make_tuple(0.3, 1.1)));
  resumes<ASGD>(ASGDOptions(0.1).t0(3).lambd(0.1));
  resumes<Lion>(LionOptions(0.01).weight_decay(0.1));
  resumes<LAMB>(LAMBOptions(0.01).weight_decay(0.1));
  resumes<Adafactor>(AdafactorOptions(0.1).eps(AdafactorOptions::eps_t(1e-3, 1e-2)));
  resumes<Muon>(MuonOptions(0.1).adjust_lr_fn("match_rms_adamw"), true);
}
// As libtorch wrote them before 1.5: a list of buffers for each field.
TEST(Optimizer, ArchivesFromBefore15) {
  const auto p = parameters(kFloat);
  Adam old(p, AdamOptions(0.05)), now(p, AdamOptions(0.05));
  for (const Tensor& t : p) t.sum().backward();
  old.step();
  const auto write = [&](size_t states) {
    std::vector<int64_t> steps;
    std::vector<Tensor> means, squares, none;
    for (size_t i = 0; i < states; ++i) {
      const auto& s = static_cast<AdamParamState&>(*old.state().at(p[i % p.size()].unsafeGetTensorImpl()));
      steps.push_back(s.step());
      means.push_back(s.exp_avg());
      squares.push_back(s.exp_avg_sq());
    }
    serialize::OutputArchive archive;
    optim::serialize(archive, "step_buffers", steps);
    optim::serialize(archive, "exp_average_buffers", means);
    optim::serialize(archive, "exp_average_sq_buffers", squares);
    optim::serialize(archive, "max_exp_average_sq_buffers", none);
    std::ostringstream out;
    archive.save_to(out);
    return out.str();
  };
  EXPECT_THROW(load_from(now, write(p.size() + 1)), Error);
  EXPECT_TRUE(now.state().empty());
  load_from(now, write(p.size() - 1));
  EXPECT_EQ(now.state().size(), p.size() - 1);
  const auto state = [&](Adam& o) -> AdamParamState& { return static_cast<AdamParamState&>(*o.state().at(p[0].unsafeGetTensorImpl())); };
  EXPECT_TRUE(state(now) == state(old));
  EXPECT_FALSE(state(now).max_exp_avg_sq().defined());
}

TEST(Optimizer, StateOfOtherShapesIsRefused) {
  Tensor a = param({1, 2, 3}), b = param({1}), c = param({1, 2});
  a.mutable_grad() = ones_like(a);
  b.mutable_grad() = ones_like(b);
  Adam from({b, a}, AdamOptions(0.5)), to({b, c}, AdamOptions(0.25));
  from.step();
  const std::string bytes = saved(from);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { load_from(to, bytes); }), "parameter 1 of group 0 [2] has the state exp_avg of size [3], expected [2]"));
  EXPECT_EQ(to.param_groups()[0].options().get_lr(), 0.25);
  EXPECT_TRUE(to.state().empty());
  // a parameter that got another shape later: no state has moved
  a.set_data(zeros({4}, kDouble));
  a.mutable_grad() = ones({4}, kDouble);
  const Tensor before = b.detach().clone();
  EXPECT_TRUE(contains(error_of<ValueError>([&] { from.step(); }), "parameter 1 of group 0 [4]"));
  EXPECT_TRUE(same_bits(before, b.detach()));
  EXPECT_EQ(static_cast<AdamParamState&>(*from.state().at(b.unsafeGetTensorImpl())).step(), 1);
}

TEST(Optimizer, BadArchivesAreRefused) {
  Tensor a = param({1, 2});
  Adam from({a}), to({a}, AdamOptions(0.25));
  static_cast<AdamOptions&>(from.param_groups()[0].options()).betas(std::make_tuple(3., 0.9));
  const std::string bytes = saved(from);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { load_from(to, bytes); }), "Invalid beta parameter at index 0 value: 3"));
  EXPECT_EQ(to.param_groups()[0].options().get_lr(), 0.25);
  // a history with holes
  LBFGS one({a}, LBFGSOptions(0.1).max_iter(3)), two({a}, LBFGSOptions(0.2));
  for (int i = 0; i < 2; ++i)
    one.step([&] {
      one.zero_grad();
      Tensor loss = a.pow(4).sum();
      loss.backward();
      return loss;
    });
  auto& s = static_cast<LBFGSParamState&>(*one.state().at(a.unsafeGetTensorImpl()));
  ASSERT_FALSE(s.ro().empty());
  s.ro().pop_back();
  const std::string broken = saved(one);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { load_from(two, broken); }), "parameter 0 of group 0 [2] has a history of"));
  EXPECT_TRUE(two.state().empty());
}

TEST(Optimizer, BadParameters) {
  Tensor a = param({1}), b = param({1, 2});
  EXPECT_TRUE(contains(error_of([&] { Lion({a, b, a}, LionOptions()); }), "parameter 2 of group 0 [1]"));
  EXPECT_TRUE(contains(error_of([&] { Adam o({a}); o.add_param_group(OptimizerParamGroup({b, a})); }), "parameter 1 of group 1 [1]"));
  EXPECT_TRUE(contains(error_of([&] { Adam({a, Tensor()}); }), "parameter 1 of group 0 is undefined"));
  EXPECT_TRUE(contains(error_of([&] { Adam({a * 2}); }), "non-leaf"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { Muon({a}); }), "parameter 0 of group 0 [1]"));
  EXPECT_TRUE(contains(error_of<TypeError>([&] {
    std::vector<OptimizerParamGroup> groups;
    groups.emplace_back(std::vector<Tensor>{a}, std::make_unique<SGDOptions>(1));
    Adam o(groups);
  }), "Adam"));
  // a refused group leaves no trace
  Adam o({a});
  OptimizerParamGroup bad({b}, std::make_unique<AdamOptions>(AdamOptions(-1)));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { o.add_param_group(bad); }), "Invalid learning rate value: -1"));
  EXPECT_EQ(o.param_groups().size(), 1u);
  EXPECT_NO_THROW(Adam(std::vector<Tensor>{}));  // as libtorch
}
TEST(Optimizer, BadOptions) {
  const std::vector<Tensor> p{param({1})};
  const auto refused = [&](auto make) { return contains(error_of<ValueError>(make), "nvalid"); };
  EXPECT_TRUE(refused([&] { Adamax(p, AdamaxOptions(-1)); }));
  EXPECT_TRUE(refused([&] { NAdam(p, NAdamOptions().momentum_decay(-1)); }));
  EXPECT_TRUE(refused([&] { RAdam(p, RAdamOptions().betas(std::make_tuple(0.9, 1.))); }));
  EXPECT_TRUE(refused([&] { Adadelta(p, AdadeltaOptions().rho(1.5)); }));
  EXPECT_TRUE(refused([&] { Rprop(p, RpropOptions().etas(std::make_tuple(1.1, 1.2))); }));
  EXPECT_TRUE(refused([&] { ASGD(p, ASGDOptions().weight_decay(-1)); }));
  EXPECT_TRUE(refused([&] { Lion(p, LionOptions(std::nan(""))); }));
  EXPECT_TRUE(refused([&] { LAMB(p, LAMBOptions().eps(-1)); }));
  EXPECT_TRUE(refused([&] { Adafactor(p, AdafactorOptions().beta2_decay(0.1)); }));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { Muon({zeros({2, 2}).set_requires_grad(true)}, MuonOptions().adjust_lr_fn("x")); }), "adjust_lr_fn"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { SGD(p, SGDOptions(1).nesterov(true)); }), "Nesterov"));
}
TEST(Optimizer, StepWithoutGradientsDoesNothing) {
  Tensor a = param({1, 2}), b = param({3});
  Adam o({a, b});
  const auto version = a._version();
  o.step();
  EXPECT_TRUE(o.state().empty());
  EXPECT_EQ(a._version(), version);
  b.mutable_grad() = ones_like(b);
  o.step();
  EXPECT_EQ(o.state().size(), 1u);
  EXPECT_EQ(a._version(), version);
  EXPECT_TRUE(contains(error_of([&] { LBFGS({a}).step(); }), "closure"));
}
TEST(Optimizer, BumpsVersionsAndTypes) {
  Tensor a = param({1, 2});
  a.mutable_grad() = ones_like(a);
  const Tensor grad = a.grad();
  const auto version = a._version(), grad_version = grad._version();
  SGD o({a}, SGDOptions(0.5));
  o.step();
  EXPECT_GT(a._version(), version);
  EXPECT_EQ(grad._version(), grad_version);
  o.step_options().zero_grad(true);
  o.step();
  EXPECT_GT(grad._version(), grad_version);
  // a backward that needs the old value says so
  Tensor y = (a * a).sum();
  a.mutable_grad() = ones_like(a);
  o.step();
  EXPECT_NE(error_of([&] { y.backward(); }), "(no error)");
}

// Complex parameters are pairs of real ones, as in PyTorch.
TEST(Optimizer, ComplexParameters) {
  Tensor real = (arange(12, kDouble) * 0.3).sin().view({6, 2}).set_requires_grad(true), z = view_as_complex(real.detach().clone()).set_requires_grad(true);
  Adam a({real}, AdamOptions(0.1).weight_decay(0.1)), b({z}, AdamOptions(0.1).weight_decay(0.1));
  for (int i = 0; i < 5; ++i) {
    real.mutable_grad() = real.detach().cos();
    z.mutable_grad() = view_as_complex(real.detach().cos());
    a.step();
    b.step();
  }
  EXPECT_TRUE(same_bits(real.detach(), view_as_real(z.detach())));
}
TEST(Optimizer, TypesThatHoldNoFraction) {
  Tensor a = tensor({1, 2}, kLong);
  SGD o({a}, SGDOptions(1));
  o.step();  // without a gradient there is nothing to do
  EXPECT_EQ(a[0].item<int64_t>(), 1);
}

// Defaults of PyTorch.
TEST(Optimizer, MomentumForSchedules) {
  AdamOptions adam;
  adam.set_momentum(0.5);
  EXPECT_EQ(std::get<0>(adam.betas()), 0.5);
  EXPECT_EQ(std::get<1>(adam.betas()), 0.999);
  RMSpropOptions rms;
  rms.set_momentum(0.25);
  EXPECT_EQ(rms.get_momentum(), 0.25);
  EXPECT_TRUE(contains(error_of<NotImplementedError>([] { AdagradOptions().get_momentum(); }), "momentum"));
}

}  // namespace
