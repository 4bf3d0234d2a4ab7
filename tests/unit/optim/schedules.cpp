// Python's schedules: their numbers, going on from a state, bad input.
#include <cstdio>
#include <sstream>

#include <wick/optim.h>

#include "golden.h"

namespace {

using namespace wick;        // NOLINT
using namespace optim;       // NOLINT
using namespace wick::test;  // NOLINT
namespace S = lr_scheduler;

using Schedule = std::shared_ptr<S::LRScheduler>;
struct Case {
  std::string name;
  std::function<Schedule(Optimizer&)> make;
};
template <class T, class... Args>
Schedule make(Args&&... args) { return std::make_shared<T>(std::forward<Args>(args)...); }
using List = std::vector<Schedule>;
using Epochs = std::vector<int64_t>;

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {"lambda", [](Optimizer& o) { return make<LambdaLR>(o, [](int64_t e) { return std::pow(0.9, e); }); }},
      {"lambda.each", [](Optimizer& o) {
         return make<LambdaLR>(o, std::vector<LambdaLR::Lambda>{[](int64_t e) { return std::pow(0.9, e); }, [](int64_t e) { return 1 / (1. + double(e)); }});
       }},
      {"multiplicative", [](Optimizer& o) { return make<MultiplicativeLR>(o, [](int64_t e) { return 0.95 + 0.01 * double(e % 3); }); }},
      {"step", [](Optimizer& o) { return make<S::StepLR>(o, 4, 0.5); }},
      {"step.1", [](Optimizer& o) { return make<S::StepLR>(o, 1); }},
      {"multi_step", [](Optimizer& o) { return make<MultiStepLR>(o, Epochs{13, 3, 8, 8}, 0.3); }},
      {"constant", [](Optimizer& o) { return make<ConstantLR>(o); }},
      {"constant.long", [](Optimizer& o) { return make<ConstantLR>(o, 0.25, 11); }},
      {"linear", [](Optimizer& o) { return make<LinearLR>(o); }},
      {"linear.down", [](Optimizer& o) { return make<LinearLR>(o, 1.0, 0.1, 20); }},
      {"exponential", [](Optimizer& o) { return make<ExponentialLR>(o, 0.87); }},
      {"polynomial", [](Optimizer& o) { return make<PolynomialLR>(o); }},
      {"polynomial.2", [](Optimizer& o) { return make<PolynomialLR>(o, 23, 2.5); }},
      {"cosine", [](Optimizer& o) { return make<CosineAnnealingLR>(o, 10); }},
      {"cosine.min", [](Optimizer& o) { return make<CosineAnnealingLR>(o, 7, 0.01); }},
      {"cosine.1", [](Optimizer& o) { return make<CosineAnnealingLR>(o, 1, 0.01); }},
      {"restarts", [](Optimizer& o) { return make<CosineAnnealingWarmRestarts>(o, 7); }},
      {"restarts.mult", [](Optimizer& o) { return make<CosineAnnealingWarmRestarts>(o, 3, 2, 0.001); }},
      {"cyclic", [](Optimizer& o) { return make<CyclicLR>(o, 0.01, 0.1, CyclicLROptions().step_size_up(5)); }},
      {"cyclic.2", [](Optimizer& o) {
         return make<CyclicLR>(o, S::PerGroup{0.01, 0.02}, S::PerGroup{0.1, 0.3},
                               CyclicLROptions().step_size_up(4).step_size_down(7).mode("triangular2").base_momentum(0.7).max_momentum(0.95));
       }},
      {"cyclic.exp", [](Optimizer& o) { return make<CyclicLR>(o, 0.01, 0.1, CyclicLROptions().step_size_up(3).mode("exp_range").gamma(0.97).cycle_momentum(false)); }},
      {"cyclic.fn", [](Optimizer& o) {
         return make<CyclicLR>(o, 0.01, 0.1, CyclicLROptions().step_size_up(3).scale_fn([](double x) { return 1 / (1 + x); }).scale_mode("iterations"));
       }},
      {"one_cycle", [](Optimizer& o) { return make<OneCycleLR>(o, 0.1, OneCycleLROptions().total_steps(40)); }},
      {"one_cycle.linear", [](Optimizer& o) {
         return make<OneCycleLR>(o, S::PerGroup{0.1, 0.4}, OneCycleLROptions().epochs(8).steps_per_epoch(5).pct_start(0.4).anneal_strategy("linear").div_factor(10).final_div_factor(100));
       }},
      {"one_cycle.three", [](Optimizer& o) { return make<OneCycleLR>(o, 0.1, OneCycleLROptions().total_steps(43).three_phase(true).base_momentum(0.8).max_momentum(0.9)); }},
      {"chained", [](Optimizer& o) { return make<ChainedScheduler>(List{make<ConstantLR>(o, 0.1, 4), make<ExponentialLR>(o, 0.9)}); }},
      {"sequential", [](Optimizer& o) {
         return make<SequentialLR>(o, List{make<ConstantLR>(o, 0.1, 6), make<ExponentialLR>(o, 0.9), make<CosineAnnealingLR>(o, 5)}, Epochs{6, 20});
       }},
      {"sequential.restarts", [](Optimizer& o) { return make<SequentialLR>(o, List{make<LinearLR>(o, 0.1, 1.0, 5), make<CosineAnnealingWarmRestarts>(o, 6, 2)}, Epochs{5}); }},
      {"sequential.step", [](Optimizer& o) {
         return make<SequentialLR>(o, List{make<S::StepLR>(o, 2, 0.5), make<PolynomialLR>(o, 10), make<MultiStepLR>(o, Epochs{2, 4}, 0.5)}, Epochs{7, 14});
       }},
      {"sequential.chained", [](Optimizer& o) {
         auto both = make<ChainedScheduler>(List{make<ConstantLR>(o, 0.5, 3), make<ExponentialLR>(o, 0.9)});
         return make<SequentialLR>(o, List{both, make<ExponentialLR>(o, 0.5)}, Epochs{10});
       }},
      {"warmup", [](Optimizer& o) -> Schedule { return S::with_warmup(o, 8, make<CosineAnnealingLR>(o, 30)); }},
      {"swa", [](Optimizer& o) { return make<swa_utils::SWALR>(o, 0.05); }},
      {"swa.linear", [](Optimizer& o) { return make<swa_utils::SWALR>(o, S::PerGroup{0.05, 0.01}, 6, "linear"); }},
      {"swa.now", [](Optimizer& o) { return make<swa_utils::SWALR>(o, 0.05, 0); }},
  };
  return all;
}
const Case& case_of(const std::string& name) {
  for (const Case& c : cases())
    if (c.name == name) return c;
  throw Error("no case " + name);
}

std::unique_ptr<Optimizer> two_groups(bool adam = false) {
  const auto params = [](int64_t n) { return std::vector<Tensor>{zeros({n}).set_requires_grad(true)}; };
  std::vector<OptimizerParamGroup> groups{OptimizerParamGroup(params(2))};
  if (adam) {
    groups.emplace_back(params(3), std::make_unique<AdamOptions>(0.25));
    return std::make_unique<Adam>(groups, AdamOptions(0.1));
  }
  groups.emplace_back(params(3), std::make_unique<SGDOptions>(0.25));
  return std::make_unique<SGD>(groups, SGDOptions(0.1).momentum(0.9));
}
std::unique_ptr<Optimizer> optimizer_for(const std::string& name) { return two_groups(name == "one_cycle" || name == "cyclic"); }

void add_rates(std::vector<double>& r, const Optimizer& o, bool momentum = false) {
  for (const auto& g : o.param_groups()) r.push_back(g.options().get_lr());
  if (momentum) r.push_back(o.param_groups()[1].options().get_momentum());
}

TEST(Schedules, Rates) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    auto o = optimizer_for(c.name);
    const bool cycles = c.name.find("cycl") != std::string::npos;
    auto schedule = c.make(*o);
    std::vector<double> r;
    add_rates(r, *o, cycles);
    for (int i = 0; i < 40; ++i) {
      schedule->step();
      add_rates(r, *o, cycles);
      EXPECT_EQ(schedule->get_last_lr(), (std::vector<double>{o->param_groups()[0].options().get_lr(), o->param_groups()[1].options().get_lr()}));
    }
    golden::expect_near(r, golden::numbers("schedules", c.name + " 0"), 1e-13);
  }
}
TEST(Schedules, ClosedForms) {
  for (const char* name : {"step", "multi_step", "constant", "linear", "exponential", "polynomial", "cosine", "lambda"}) {
    SCOPED_TRACE(name);
    auto o = two_groups();
    auto schedule = case_of(name).make(*o);
    std::vector<double> r;
    for (int64_t epoch : {3, 8, 20, 2}) {
      schedule->step(epoch);
      EXPECT_EQ(schedule->last_epoch(), epoch);
      add_rates(r, *o);
    }
    schedule->step();
    add_rates(r, *o);
    golden::expect_near(r, golden::numbers("schedules", std::string(name) + " closed"), 1e-13);
  }
  auto o = two_groups();
  CosineAnnealingWarmRestarts schedule(*o, 3, 2, 0.001);
  std::vector<double> r;
  Schedule other = make<CosineAnnealingWarmRestarts>(*o, 3, 2, 0.001);
  other->step(int64_t{9});  // through the base
  schedule.step(9.);
  EXPECT_EQ(other->get_last_lr(), schedule.get_last_lr());
  for (double epoch : {0.5, 2.9, 3.1, 9.7, 30.2, 1.0}) {
    schedule.step(epoch);
    add_rates(r, *o);
  }
  schedule.step();
  add_rates(r, *o);
  golden::expect_near(r, golden::numbers("schedules", "restarts.mult closed"), 1e-13);
}
TEST(Schedules, Plateau) {
  const auto run = [](const char* name, auto make) {
    SCOPED_TRACE(name);
    auto o = two_groups(), other = two_groups();
    S::ReduceLROnPlateau a = make(*o), b = make(*other);
    std::vector<double> r;
    for (int i = 0; i < 40; ++i) {
      if (i == 23) b.load_state_dict(a.state_dict());  // goes on exactly
      const double metric = i < 5 ? 5 - i : 1.0 + 0.3 * (i % 4);
      a.step(metric);
      if (i >= 23) {
        b.step(metric);
        EXPECT_EQ(a.get_last_lr(), b.get_last_lr());
        EXPECT_EQ(other->param_groups()[1].options().get_lr(), o->param_groups()[1].options().get_lr());
      }
      add_rates(r, *o);
    }
    EXPECT_EQ(a.last_epoch(), 40);
    golden::expect_near(r, golden::numbers("schedules", std::string(name) + " 0"), 1e-13);
  };
  run("plateau", [](Optimizer& o) { return ReduceLROnPlateau(o); });
  run("plateau.max", [](Optimizer& o) { return ReduceLROnPlateau(o, "max", 0.5, 2, 1e-2, "rel", 2); });
  run("plateau.abs", [](Optimizer& o) { return ReduceLROnPlateau(o, "min", 0.3, 1, 0.2, "abs", 0, {0.01, 0.2}); });
}
// Made with the number of the last epoch, as Python programs go on.
TEST(Schedules, LastEpoch) {
  const std::vector<Case> late{
      {"exponential", [](Optimizer& o) { return make<ExponentialLR>(o, 0.87, 10); }},
      {"cosine", [](Optimizer& o) { return make<CosineAnnealingLR>(o, 10, 0., 10); }},
      {"linear", [](Optimizer& o) { return make<LinearLR>(o, 0.5, 1.0, 20, 10); }},
      {"multi_step", [](Optimizer& o) { return make<MultiStepLR>(o, Epochs{11, 13}, 0.5, 10); }},
      {"one_cycle", [](Optimizer& o) { return make<OneCycleLR>(o, 0.1, OneCycleLROptions().total_steps(40).last_epoch(10)); }},
      {"restarts", [](Optimizer& o) { return make<CosineAnnealingWarmRestarts>(o, 20, 1, 0., 10); }},
  };
  for (const Case& c : late) {
    SCOPED_TRACE(c.name);
    auto o = two_groups();
    EXPECT_TRUE(contains(error_of<ValueError>([&] { c.make(*o); }), "first rate of parameter group 0"));
    for (auto& g : o->param_groups()) g.initial_lr() = g.options().get_lr();
    auto schedule = c.make(*o);
    std::vector<double> r;
    add_rates(r, *o);
    for (int i = 0; i < 5; ++i) {
      schedule->step();
      add_rates(r, *o);
    }
    golden::expect_near(r, golden::numbers("schedules", c.name + " late"), 1e-13);
  }
}

// A schedule that goes on from its archive gives the same rates bit for bit, whether the optimizer is loaded before or after.
TEST(Schedules, GoOnExactly) {
  for (const Case& c : cases())
    for (int at : {0, 1, 6, 13, 25})
      for (bool optimizer_first : {true, false}) {
        SCOPED_TRACE(c.name + " at " + std::to_string(at));
        auto o = optimizer_for(c.name), p = optimizer_for(c.name);
        auto a = c.make(*o);
        for (int i = 0; i < at; ++i) a->step();
        std::stringstream schedule, optimizer;
        save(*a, schedule);
        save(*o, optimizer);
        if (optimizer_first) load(*p, optimizer);
        auto b = c.make(*p);
        load(*b, schedule);
        if (!optimizer_first) load(*p, optimizer);
        EXPECT_EQ(b->state_dict(), a->state_dict());
        for (int i = at; i < 40; ++i) {
          std::vector<double> r, s;
          const bool cycles = c.name.find("cycl") != std::string::npos && c.name != "cyclic.exp";
          add_rates(r, *o, cycles);
          add_rates(s, *p, cycles);
          ASSERT_EQ(r, s) << "step " << i;
          a->step();
          b->step();
        }
      }
}
TEST(Schedules, ABadStateChangesNothing) {
  auto o = two_groups();
  CosineAnnealingLR schedule(*o, 10);
  schedule.step();
  const auto before = schedule.state_dict();
  auto state = before;
  state.erase("eta_min");
  state["last_epoch"] = {7};
  EXPECT_TRUE(contains(error_of<ValueError>([&] { schedule.load_state_dict(state); }), "lacks 'eta_min'"));
  state = before;
  state["last_epoch"] = {7};
  state["last_lr"] = {1, 2, 3};
  EXPECT_TRUE(contains(error_of<ValueError>([&] { schedule.load_state_dict(state); }), "'last_lr' holds 3 numbers, expected 2"));
  for (const char* name : {"T_max", "last_epoch"})
    for (double bad : {0., -3., 0.5, std::nan(""), 1e300}) {
      if (std::string(name) == "last_epoch" && bad <= 0) continue;
      state = before;
      state[name] = {bad};
      EXPECT_NE(error_of<ValueError>([&] { schedule.load_state_dict(state); }), "(no error)") << name << " " << bad;
    }
  EXPECT_EQ(schedule.state_dict(), before);
  auto p = two_groups();
  SequentialLR sequence(*p, List{make<ConstantLR>(*p), make<ExponentialLR>(*p, 0.5)}, {3});
  state = sequence.state_dict();
  state["milestones"] = {0, 1, 2, 3};
  EXPECT_TRUE(contains(error_of<ValueError>([&] { sequence.load_state_dict(state); }), "'milestones' holds 4 numbers, expected 1"));
  auto q = two_groups();
  OneCycleLR once(*q, 0.1, OneCycleLROptions().total_steps(5));
  const auto start = once.state_dict();
  state = start;
  state["last_epoch"] = {9};
  EXPECT_TRUE(contains(error_of<ValueError>([&] { once.load_state_dict(state); }), "Tried to step 9 times"));
  EXPECT_EQ(once.state_dict(), start);
  EXPECT_EQ(before.at("T_max"), std::vector<double>{10});
}

TEST(Schedules, BadInput) {
  auto o = two_groups(), other = two_groups();
  const auto refused = [&](auto f, const char* text) {
    EXPECT_TRUE(contains(error_of<ValueError>(f), text));
    EXPECT_FALSE(o->param_groups()[0].initial_lr().has_value()) << "a schedule that was refused left a trace";
    EXPECT_EQ(o->param_groups()[0].options().get_lr(), 0.1);
    EXPECT_EQ(o->param_groups()[0].options().get_momentum(), 0.9);
  };
  refused([&] { S::StepLR(*o, 0); }, "step_size");
  refused([&] { ConstantLR(*o, 1.5); }, "between 0 and 1");
  refused([&] { LinearLR(*o, 0.); }, "start_factor");
  refused([&] { LinearLR(*o, 0.5, 2.); }, "end_factor");
  refused([&] { CosineAnnealingLR(*o, 0); }, "T_max");
  refused([&] { CosineAnnealingWarmRestarts(*o, 0); }, "T_0");
  refused([&] { CosineAnnealingWarmRestarts(*o, 1, 0); }, "T_mult");
  refused([&] { LambdaLR(*o, std::vector<LambdaLR::Lambda>{[](int64_t) { return 1.; }}); }, "Expected 2 lr_lambdas, but got 1");
  refused([&] { CyclicLR(*o, 0.1, {0.2, 0.3, 0.4}); }, "max_lr has 3 values");
  refused([&] { CyclicLR(*o, 0.1, 0.2, CyclicLROptions().mode("square")); }, "square");
  refused([&] { OneCycleLR(*o, 0.1, OneCycleLROptions()); }, "total_steps");
  refused([&] { OneCycleLR(*o, 0.1, OneCycleLROptions().total_steps(3).pct_start(1.5)); }, "pct_start");
  refused([&] { OneCycleLR(*o, 0.1, OneCycleLROptions().total_steps(3).anneal_strategy("exp")); }, "anneal_strategy");
  refused([&] { ChainedScheduler(List{}); }, "at least one");
  refused([&] { SequentialLR(*o, List{}, {}); }, "at least one");
  refused([&] { SequentialLR(*o, List{make<ExponentialLR>(*other, 0.5)}, {}); }, "same optimizer");
  refused([&] { ReduceLROnPlateau(*o, "min", 1.); }, "Factor");
  refused([&] { ReduceLROnPlateau(*o, "least"); }, "mode least");
  refused([&] { swa_utils::SWALR(*o, 0.1, -1); }, "anneal_epochs");
  EXPECT_TRUE(contains(error_of<ValueError>([&] {
    Adagrad adagrad({zeros({1}).set_requires_grad(true)});
    CyclicLR(adagrad, 0.1, 0.2);
  }), "momentum or beta1"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { SequentialLR(*other, List{make<ExponentialLR>(*other, 0.5)}, {3}); }), "one scheduler more"));
  OneCycleLR once(*o, 0.1, OneCycleLROptions().total_steps(2));
  once.step();
  once.step();
  EXPECT_TRUE(contains(error_of<ValueError>([&] { once.step(); }), "Tried to step 3 times"));
}

// One's own schedule, in Python's way and in libtorch's.
struct Halving : S::LRScheduler {
  explicit Halving(Optimizer& o) : LRScheduler(o) { start(); }
  std::vector<double> get_lr() override {
    std::vector<double> r;
    for (double lr : base_lrs_) r.push_back(lr * std::pow(0.5, last_epoch_));
    return r;
  }
};
struct Growing : optim::LRScheduler {
  using LRScheduler::LRScheduler;
  std::vector<double> get_lrs() override {
    auto r = get_current_lrs();
    for (double& lr : r) lr *= 2;
    return r;
  }
};
TEST(Schedules, OnesOwn) {
  auto o = two_groups();
  Halving h(*o);
  h.step();
  EXPECT_EQ(o->param_groups()[1].options().get_lr(), 0.125);
  Growing g(*o);
  optim::LRScheduler& base = g;
  base.step();
  EXPECT_EQ(o->param_groups()[1].options().get_lr(), 0.25);
}
// In an archive of other things, and in Wick's own format.
TEST(Schedules, InsideAnArchive) {
  const std::string file = testing::TempDir() + "wick_schedule.safetensors";
  auto o = two_groups(), p = two_groups();
  auto a = case_of("sequential.chained").make(*o), b = case_of("sequential.chained").make(*p);
  for (int i = 0; i < 12; ++i) a->step();
  serialize::OutputArchive out, inner;
  a->save(inner);
  out.write("schedule", inner);
  out.save_to(file);
  serialize::InputArchive in, part;
  in.load_from(file);
  in.read("schedule", part);
  b->load(part);
  EXPECT_EQ(a->state_dict(), b->state_dict());
  std::remove(file.c_str());
}
// libtorch's schedules can be saved too.
TEST(Schedules, LibtorchsGoOn) {
  auto o = two_groups(), p = two_groups();
  optim::StepLR a(*o, 3, 0.5), b(*p, 3, 0.5);
  for (int i = 0; i < 4; ++i) a.step();
  std::stringstream bytes;
  save(a, bytes);
  load(b, bytes);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(o->param_groups()[1].options().get_lr(), p->param_groups()[1].options().get_lr());
    a.step();
    b.step();
  }
  EXPECT_EQ(o->param_groups()[0].options().get_lr(), 0.025);
}
// Python's StepLR decays at epoch step_size, libtorch's one call later.
TEST(Schedules, TwoStepLRs) {
  auto o = two_groups(), p = two_groups();
  S::StepLR python(*o, 2, 0.5);
  optim::StepLR libtorch(*p, 2, 0.5);
  std::vector<double> a, b;
  for (int i = 0; i < 4; ++i) {
    python.step();
    libtorch.step();
    a.push_back(o->param_groups()[0].options().get_lr());
    b.push_back(p->param_groups()[0].options().get_lr());
  }
  EXPECT_EQ(a, (std::vector<double>{0.1, 0.05, 0.05, 0.025}));
  EXPECT_EQ(b, (std::vector<double>{0.1, 0.1, 0.05, 0.05}));
}

}  // namespace
