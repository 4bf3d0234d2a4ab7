// The graph: its depth, its lifetime, threads.
#include <thread>

#include "support.h"

namespace wick::test {
namespace {

using autograd::variable_list;

Tensor leaf(IntArrayRef sizes) { return randn(sizes, kDouble).requires_grad_(); }

TEST(Graph, MillionStepsBackwardAndDestruction) {
  Tensor x = ones({1}, kDouble).requires_grad_(), y = x;
  for (int k = 0; k < 1'000'000; ++k) y = y + 1;
  y.backward();
  EXPECT_EQ(x.grad().item<double>(), 1);
  Tensor z = x;
  for (int k = 0; k < 1'000'000; ++k) z = z * 1;
  z = Tensor();  // never run backward: destruction alone must not recurse
}

TEST(Graph, LongChainOfInPlaceOpsOnAView) {
  Tensor x = ones({4}, kDouble).requires_grad_(), t = x * 1, v = t.slice(0, 0, 2);
  for (int k = 0; k < 20'000; ++k) v.add_(1);
  t.sum().backward();
  EXPECT_TRUE(equal(x.grad(), ones({4}, kDouble)));
}

TEST(Graph, ThreadsShareLeaves) {
  const Tensor w = leaf({16, 16}), x = randn({16, 16}, kDouble);
  constexpr int kThreads = 4, kRounds = 50;
  std::vector<std::thread> pool;
  for (int k = 0; k < kThreads; ++k)
    pool.emplace_back([&] { for (int r = 0; r < kRounds; ++r) (x * w * 2 + w).sum().backward(); });
  for (auto& t : pool) t.join();
  EXPECT_TRUE(allclose(w.grad(), (x * 2 + 1) * (kThreads * kRounds)));
}

TEST(Graph, ThreadsShareAPartOfTheGraph) {
  const Tensor w = leaf({8}), shared = w.exp();
  std::vector<std::thread> pool;
  for (int k = 0; k < 4; ++k) pool.emplace_back([&] { (shared * 3).sum().backward({}, true); });
  for (auto& t : pool) t.join();
  EXPECT_TRUE(allclose(w.grad(), w.detach().exp() * 12));
}

TEST(Graph, BackwardFromWithinBackward) {
  const Tensor x = leaf({3});
  double inner = 0;
  Tensor y = x * 2;
  y.register_hook([&](const Tensor&) {
    const AutoGradMode on(true);  // hooks run with recording off
    const Tensor a = ones({2}, kDouble).requires_grad_();
    (a * 5).sum().backward();
    inner = a.grad()[0].item<double>();
  });
  y.sum().backward();
  EXPECT_EQ(inner, 5);
  EXPECT_TRUE(equal(x.grad(), full({3}, 2.0, kDouble)));
}

// Every kind of graph is built, run or dropped; afterwards no byte is held.
class Leaks : public testing::Test {
 protected:
  void expect_none(const std::function<void()>& f) {
    f();  // what is made once (caches, pools) is made here
    const auto before = memory_stats().current_bytes;
    for (int k = 0; k < 3; ++k) f();
    EXPECT_EQ(memory_stats().current_bytes, before);
  }
};

TEST_F(Leaks, SavedOutputs) {
  expect_none([] { (leaf({100}).exp().tanh().sigmoid()).sum().backward(); });
  expect_none([] { const Tensor y = leaf({100}).exp(); });
}
TEST_F(Leaks, InPlaceOnSavedOutputsAndViews) {
  expect_none([] { Tensor x = leaf({100}), t = x * 1; t.exp_(); t = t * 2; t.slice(0, 0, 50).mul_(2).sigmoid_(); t.sum().backward(); });
  expect_none([] { Tensor x = leaf({100}), t = x * 1; t.exp_(); t.slice(0, 0, 50).tanh_(); });
}
TEST_F(Leaks, DoubleBackward) {
  expect_none([] {
    const Tensor x = leaf({100});
    const Tensor g = autograd::grad({x.exp().sum()}, {x}, {}, true, true)[0];
    (g * g).sum().backward();
  });
}
TEST_F(Leaks, RetainedGraphsAndHooks) {
  expect_none([] {
    const Tensor x = leaf({100}), y = x.exp();
    y.retain_grad();
    y.register_hook([](const Tensor& g) { return g * 2; });
    y.sum().backward({}, true);
    y.sum().backward();
  });
}
TEST_F(Leaks, Checkpoint) {
  expect_none([] {
    autograd::checkpoint([](const Tensor& t) { return t.exp().sin(); }, leaf({100})).sum().backward();
  });
}
TEST_F(Leaks, ErrorsInBackward) {
  expect_none([] {
    Tensor x = leaf({100}), y = x.exp();
    const Tensor z = (y * y).sum();
    y.add_(1);
    EXPECT_THROW(z.backward(), Error);
  });
}

}  // namespace
// A hook after the accumulation of a gradient does not make it a copy.
TEST(Graph, PostHookOfALeafSeesTheGradientItself) {
  const Tensor w = ones({1000}).requires_grad_();
  const void* seen = nullptr;
  const auto accumulator = autograd::gradient_edge(w).function;
  accumulator->add_post_hook([&](const autograd::variable_list& out, const autograd::variable_list& in) {
    seen = in[0].data_ptr();
    return out;
  });
  (w * 2).sum().backward();
  EXPECT_EQ(w.grad().data_ptr(), seen);
  EXPECT_TRUE(equal(w.grad(), full({1000}, 2.0f)));
}

}  // namespace wick::test
