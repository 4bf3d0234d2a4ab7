// Versions, views, hooks, anomaly mode, checkpointing, and the checks of derivatives themselves.
#include "support.h"

namespace wick::test {
namespace {

using autograd::AutogradContext;
using autograd::variable_list;

Tensor leaf(IntArrayRef sizes) { return randn(sizes, kDouble).requires_grad_(); }

TEST(Version, ErrorNamesWhatWasChanged) {
  const Tensor x = leaf({3, 4});
  Tensor y = x.exp();
  const Tensor z = y.sin();
  y.add_(1);
  const std::string text = error_of([&] { z.sum().backward(); });
  EXPECT_TRUE(contains(text, "modified by an inplace operation"));
  EXPECT_TRUE(contains(text, "[3, 4]"));
  EXPECT_TRUE(contains(text, "version 1"));
  EXPECT_TRUE(contains(text, "expected version 0"));
}

TEST(Version, ViewsShareTheCounterAndDetachToo) {
  Tensor t = zeros({4});
  const auto before = t._version();
  t.slice(0, 0, 2).add_(1);
  EXPECT_EQ(t._version(), before + 1);
  t.detach().mul_(2);
  EXPECT_EQ(t._version(), before + 2);
  t.data().mul_(2);
  EXPECT_EQ(t._version(), before + 2) << "data() hides changes";
}

TEST(Backward, SecondPassThroughAFreedGraph) {
  const Tensor y = leaf({2}).exp().sum();
  y.backward();
  EXPECT_TRUE(contains(error_of([&] { y.backward(); }), "a second time"));
}

TEST(Backward, LeavesRejectInPlaceChanges) {
  Tensor x = leaf({2});
  const Tensor before = x.detach().clone();
  EXPECT_TRUE(contains(error_of([&] { x.add_(1); }), "a leaf Variable that requires grad"));
  EXPECT_TRUE(equal(x.detach(), before)) << "nothing is modified when an op throws";
  EXPECT_TRUE(contains(error_of([&] { x.view({2}).mul_(2); }), "a view of a leaf Variable that requires grad"));
}

TEST(Views, WritingThroughAViewRebuildsTheHistory) {
  const Tensor x = leaf({2, 3}), k = leaf({3});
  Tensor t = x * 2;
  const Tensor row = t.select(0, 1), whole = t.view({6});
  row.mul_(k);
  whole.slice(0, 0, 2).zero_();
  t.sum().backward();
  const Tensor expect = stack({tensor({0.0, 0.0, 2.0}, kDouble), k.detach() * 2});
  EXPECT_TRUE(allclose(x.grad(), expect));
  EXPECT_TRUE(allclose(k.grad(), x.detach()[1] * 2));
}

TEST(Views, BaseChangesReachOlderViews) {
  const Tensor x = leaf({2, 3});
  Tensor t = x * 1;
  const Tensor row = t[0];
  t.mul_(3);
  row.sum().backward();
  EXPECT_TRUE(equal(x.grad()[0], full({3}, 3.0, kDouble)));
  EXPECT_TRUE(equal(x.grad()[1], zeros({3}, kDouble)));
}

TEST(Views, ChunksRejectInPlaceChanges) {
  Tensor t = leaf({4}) * 1;
  auto parts = t.split(2);
  EXPECT_TRUE(contains(error_of([&] { parts[0].add_(1); }), "multiple views"));
}

TEST(Hooks, ReplaceObserveAndGoAway) {
  const Tensor x = leaf({2});
  Tensor y = x * 2;
  int seen = 0;
  y.register_hook([](const Tensor& g) { return g * 10; });
  const auto handle = y.register_hook([&](const Tensor& g) { seen += static_cast<int>(g[0].item<double>()); });
  y.sum().backward({}, true);
  EXPECT_EQ(seen, 10) << "hooks run in order";
  y.remove_hook(handle);
  y.sum().backward();
  EXPECT_EQ(seen, 10);
  EXPECT_EQ(x.grad()[0].item<double>(), 40);
}

TEST(Anomaly, NamesTheOpThatMadeTheNan) {
  const autograd::DetectAnomalyGuard guard;
  const Tensor x = zeros({2}, kDouble).requires_grad_();
  const Tensor y = (x.sqrt() * 0).sum();
  EXPECT_TRUE(contains(error_of([&] { y.backward(); }), "'SqrtBackward0' returned nan values in its 0th output"));
}

TEST(Anomaly, EndsWithItsScope) {
  { const autograd::DetectAnomalyGuard guard; EXPECT_TRUE(autograd::AnomalyMode::is_enabled()); }
  EXPECT_FALSE(autograd::AnomalyMode::is_enabled());
  const Tensor x = zeros({2}, kDouble).requires_grad_();
  EXPECT_NO_THROW((x.sqrt() * 0).sum().backward());
}

TEST(Checkpoint, EqualsThePlainPass) {
  const Tensor x = leaf({5, 5}), w = leaf({5, 5});
  const auto f = [&](const variable_list& in) { return variable_list{(in[0] * in[1]).exp().sin(), in[0].cos()}; };
  const auto loss = [](const variable_list& out) { return out[0].sum() + (out[1] * out[1]).sum(); };
  const variable_list plain = autograd::grad({loss(f({x, w}))}, {x, w});
  loss(autograd::checkpoint(f, {x, w})).backward();
  EXPECT_TRUE(same_bits(x.grad(), plain[0]));
  EXPECT_TRUE(same_bits(w.grad(), plain[1]));
}

TEST(Checkpoint, DrawsTheSameNumbersAgain) {
  const Tensor x = ones({1000}, kDouble).requires_grad_();
  const Tensor y = autograd::checkpoint([](const Tensor& t) { return t * rand({1000}, kDouble); }, x);
  const Tensor after = rand({1});
  y.sum().backward();
  EXPECT_TRUE(same_bits(x.grad(), y.detach()));
  EXPECT_FALSE(equal(rand({1}), after)) << "backward leaves the generator where it was";
}

struct WrongDerivative : autograd::Function<WrongDerivative> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x) { ctx->save_for_backward({x}); return x * x; }
  static variable_list backward(AutogradContext* ctx, variable_list g) { return {g[0] * 2.01 * ctx->get_saved_variables()[0]}; }
};
// Right to first order only: the second derivative misses a term.
struct WrongSecond : autograd::Function<WrongSecond> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x) { ctx->save_for_backward({x}); return x * x * x; }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    const Tensor x = ctx->get_saved_variables()[0];
    return {g[0] * 3 * x * x.detach()};
  }
};

TEST(Gradcheck, FindsAWrongDerivative) {
  const Tensor x = leaf({3}).detach().add(3).requires_grad_();
  const auto f = [](const variable_list& in) { return variable_list{WrongDerivative::apply(in[0])}; };
  EXPECT_TRUE(contains(error_of([&] { autograd::gradcheck(f, {x}); }), "Jacobian mismatch for output 0"));
  autograd::GradcheckOptions quiet;
  quiet.raise_exception = false;
  EXPECT_FALSE(autograd::gradcheck(f, {x}, quiet));
}

TEST(Gradcheck, FindsAWrongSecondDerivative) {
  const Tensor x = leaf({3}).detach().add(3).requires_grad_();
  const auto f = [](const variable_list& in) { return variable_list{WrongSecond::apply(in[0])}; };
  autograd::GradcheckOptions quiet;
  quiet.raise_exception = false;
  EXPECT_TRUE(autograd::gradcheck(f, {x}, quiet));
  EXPECT_FALSE(autograd::gradgradcheck(f, {x}, {}, quiet));
}

TEST(Gradcheck, RejectsFloatInputs) {
  const Tensor x = randn({3}, kFloat).requires_grad_();
  EXPECT_THROW(autograd::gradcheck([](const variable_list& in) { return variable_list{in[0].exp()}; }, {x}), ValueError);
}

}  // namespace
}  // namespace wick::test
