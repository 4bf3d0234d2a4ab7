// Hooks, views, flags, inference mode and custom functions: PyTorch's rules.
#include "support.h"

namespace wick::test {
namespace {

using autograd::AutogradContext;
using autograd::variable_list;

Tensor leaf(std::vector<double> v) { return tensor(v, kDouble).requires_grad_(); }
bool is(const Tensor& t, std::vector<double> v) { return t.defined() && equal(t, tensor(v, kDouble)); }

TEST(HookRules, StayWithTheValueTheyWerePutOn) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 2, before, after;
  y.register_hook([&](const Tensor& g) { before = g; });
  y.mul_(5);
  y.register_hook([&](const Tensor& g) { after = g; });
  y.sum().backward();
  EXPECT_TRUE(is(before, {5, 5}));
  EXPECT_TRUE(is(after, {1, 1}));
}

TEST(HookRules, RetainedGradientsFollowTheValue) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 2;
  y.retain_grad();
  y.mul_(5);
  y.slice(0, 0, 1).mul_(7);
  y.sum().backward();
  EXPECT_TRUE(is(y.grad(), {1, 1}));
  EXPECT_TRUE(is(x.grad(), {70, 10}));
}

TEST(HookRules, RetainedGradientsSeeTheHooks) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 2;
  y.retain_grad();
  y.register_hook([](const Tensor& g) { return g * 10; });
  y.sum().backward();
  EXPECT_TRUE(is(y.grad(), {10, 10}));
}

TEST(HookRules, SeeUndefinedGradients) {
  const Tensor x = leaf({1, 2, 3});
  auto parts = x.unbind(0);
  bool called = false, defined = true;
  parts[2].register_hook([&](const Tensor& g) { called = true, defined = g.defined(); });
  parts[0].backward();
  EXPECT_TRUE(called);
  EXPECT_FALSE(defined);
  EXPECT_TRUE(is(x.grad(), {1, 0, 0}));
}

TEST(HookRules, GradientsAskedForAreThoseBeforeHooksWhenBackwardGoesOn) {
  const Tensor x = leaf({1});
  Tensor y = x * 2;
  y.register_hook([](const Tensor& g) { return g * 2; });
  const Tensor z = (y * 3).sum();
  const variable_list both = autograd::grad({z}, {y, x}, {}, true);
  EXPECT_TRUE(is(both[0], {3}));
  EXPECT_TRUE(is(both[1], {12}));
  EXPECT_TRUE(is(autograd::grad({z}, {y})[0], {6}));
}

TEST(HookRules, Errors) {
  const Tensor x = leaf({1, 2});
  EXPECT_TRUE(contains(error_of([&] { x.remove_hook(3); }), "Invalid index"));
  Tensor y = x * 2;
  y.register_hook([](const Tensor& g) { return g.to(kFloat); });
  EXPECT_TRUE(contains(error_of([&] { y.sum().backward(); }), "has changed the type of value"));
}

TEST(ViewRules, BaseChangedBehindViewsThatCannotFollow) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 1;
  auto parts = y.split(1);
  y.mul_(2);
  EXPECT_TRUE(contains(error_of([&] { parts[0].grad_fn(); }), "its base or another view of its base has been modified inplace"));
}

TEST(ViewRules, MadeWithoutRecording) {
  const Tensor x = leaf({1, 2});
  Tensor y = x * 1, view;
  { NoGradGuard off; view = y.view({2}); }
  EXPECT_TRUE(view.requires_grad());
  EXPECT_TRUE(view.is_leaf());
  (view * 2).sum().backward();
  EXPECT_FALSE(view.grad().defined());
  EXPECT_FALSE(x.grad().defined());
  EXPECT_TRUE(contains(error_of([&] { view.mul_(2); }), "A view was created in no_grad mode and is being modified inplace"));
  EXPECT_TRUE(contains(error_of([&] { view.view({2}).mul_(2); }), "is a view of a view which was created in no_grad mode"));
}

TEST(ViewRules, AnotherViewBringsTheGradient) {
  const Tensor t = zeros({4}, kDouble), a = t.slice(0, 0, 2), b = t.slice(0, 1, 3), x = leaf({3, 4});
  a.copy_(x);
  EXPECT_TRUE(b.requires_grad());
  (b * 2).sum().backward();
  EXPECT_TRUE(is(x.grad(), {0, 2}));
}

TEST(ViewRules, LeavesAndTheirViews) {
  Tensor t = ones({2}, kDouble), view = t.view({2});
  t.requires_grad_();
  EXPECT_TRUE(view.requires_grad());
  EXPECT_TRUE(contains(error_of([&] { view.mul_(2); }), "a view of a leaf Variable that requires grad"));
  EXPECT_TRUE(contains(error_of([&] { ones({2}).view({2}).detach_(); }), "Can't detach views in-place"));
}

TEST(Flags, NonLeavesGoOnWantingAGradient) {
  Tensor y = leaf({1}) * 2;
  EXPECT_THROW(y.requires_grad_(false), Error);
  EXPECT_NO_THROW(y.set_requires_grad(false));
  EXPECT_TRUE(y.requires_grad());
}

TEST(BackwardInputs, EmptyAndNonLeaf) {
  const Tensor x = leaf({1, 2}), y = x * 2, z = (y * y).sum();
  EXPECT_TRUE(contains(error_of([&] { z.backward({}, true, false, variable_list()); }), "cannot be empty"));
  z.backward({}, true, false, variable_list{y});
  EXPECT_TRUE(is(y.grad(), {4, 8}));
  EXPECT_FALSE(x.grad().defined());
}

TEST(InferenceRules, ViewsOfNormalTensors) {
  Tensor y = leaf({1, 2}) * 1, view;
  { InferenceMode on; view = y.view({2}); }
  EXPECT_FALSE(view.is_inference());
  EXPECT_TRUE(contains(error_of([&] { view.mul_(2); }), "A view was created in inference mode and is being modified inplace"));
  Tensor again;
  { NoGradGuard off; again = view.view({2}); }
  EXPECT_TRUE(contains(error_of([&] { again.mul_(2); }), "A view was created in inference mode and is being modified inplace"));
}

struct Same : autograd::Function<Same> {
  static Tensor forward(AutogradContext*, Tensor x) { return x; }
  static variable_list backward(AutogradContext*, variable_list g) { return {g[0] * 2}; }
};
struct Lost : autograd::Function<Lost> {
  static Tensor forward(AutogradContext* ctx, Tensor x) { ctx->mark_dirty({x}); return x * 1; }
  static variable_list backward(AutogradContext*, variable_list g) { return g; }
};
struct Doubled : autograd::Function<Doubled> {
  static Tensor forward(AutogradContext* ctx, Tensor x) { ctx->mark_dirty({x}); x.mul_(2); return x; }
  static variable_list backward(AutogradContext*, variable_list g) { return {g[0] * 2}; }
};
struct Deep : autograd::Function<Deep> {
  static Tensor forward(AutogradContext* ctx, Tensor x) {
    { AutoGradMode on(true); ctx->saved_data["x"] = x.detach().requires_grad_() - 1; }
    return ctx->saved_data["x"].toTensor().detach();
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    const Tensor x = ctx->saved_data["x"].toTensor();
    if (!x.is_nonzero()) return g;
    AutoGradMode on(true);
    apply(x)[0].sum().backward();
    return g;
  }
};

TEST(FunctionRules, InputsAsResults) {
  const Tensor plain = ones({2}, kDouble), same = Same::apply(plain);
  EXPECT_FALSE(same.is_same(plain));
  EXPECT_TRUE(same.is_view());
  Tensor y = Same::apply(leaf({1, 2}) * 1);
  EXPECT_TRUE(contains(error_of([&] { y.mul_(2); }), "created inside a custom Function"));
}

TEST(FunctionRules, DirtyInputs) {
  Tensor x = leaf({1, 2});
  EXPECT_TRUE(contains(error_of([&] { Lost::apply(x * 1); }), "marked as dirty during the forward method were not returned"));
  EXPECT_TRUE(contains(error_of([&] { Doubled::apply(x); }), "a leaf Variable that requires grad has been used in an in-place operation"));
}

TEST(FunctionRules, PassesWithinPassesMayBeDeep) {
  const Tensor x = leaf({2000});
  Deep::apply(x).sum().backward();
  EXPECT_TRUE(is(x.grad(), {1}));
}

TEST(EngineRules, CallbacksRunWhenThePassEnds) {
  const Tensor x = leaf({1});
  Tensor y = x * 2;
  bool done = false, early = false;
  y.register_hook([&](const Tensor&) { autograd::queue_callback([&] { done = true; }); });
  x.register_hook([&](const Tensor&) { early = done; });
  y.backward();
  EXPECT_TRUE(done);
  EXPECT_FALSE(early);
  EXPECT_THROW(autograd::queue_callback([] {}), Error);
}

TEST(EngineRules, AnomalyTellsTheStory) {
  std::vector<std::string> said;
  const auto before = set_warning_handler([&](const std::string& s) { said.push_back(s); });
  {
    const autograd::DetectAnomalyGuard guard;
    const Tensor x = leaf({0});
    const Tensor g = autograd::grad({x.pow(1.5)}, {x}, {}, true, true)[0];
    EXPECT_THROW(autograd::grad({g}, {x}, {zeros({1}, kDouble)}), Error);
  }
  set_warning_handler(before);
  ASSERT_EQ(said.size(), 2u);
  EXPECT_TRUE(contains(said[0], "Traceback of forward call that caused the error"));
  EXPECT_TRUE(contains(said[1], "Traceback of forward call that induced the previous calculation"));
}

}  // namespace
}  // namespace wick::test
