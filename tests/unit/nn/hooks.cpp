// Hooks of modules; the orders and gradients are those of PyTorch 2.13.
#include <atomic>

#include <wick/nn.h>

#include <cmath>

#include "support.h"

namespace wick::test {
namespace {

using List = std::vector<Tensor>;

// Several inputs and results, one of each no tensor.
struct PairImpl : nn::Cloneable<PairImpl> {
  void reset() override {}
  std::tuple<Tensor, Tensor> forward(const Tensor& a, const Tensor& b, int64_t factor = 2) { return {a * b * factor, a + b}; }
  WICK_FORWARD_HAS_DEFAULT_ARGS({2, nn::AnyValue(int64_t(2))})
};
WICK_MODULE(Pair);

// A result within results and an optional argument, as LSTM has them.
struct NestedImpl : nn::Module {
  std::tuple<Tensor, std::tuple<Tensor, Tensor>> forward(const Tensor& x, std::optional<std::tuple<Tensor, Tensor>> state = std::nullopt) {
    const Tensor h = state ? std::get<0>(*state) : zeros_like(x), c = state ? std::get<1>(*state) : zeros_like(x);
    return {x + h + c, {x + h, x + c}};
  }
};
WICK_MODULE(Nested);

std::string text(const List& list) {
  std::string s;
  for (const Tensor& t : list) {
    s += s.empty() ? "" : " ";
    if (!t.defined()) s += "-";
    else for (int64_t i = 0; i < t.numel(); ++i) s += (i ? "," : "") + std::to_string(t.flatten()[i].item<int64_t>());
  }
  return s;
}

TEST(Hooks, ForwardHooksRunInOrderAndReplace) {
  nn::Linear fc(nn::LinearOptions(2, 2).bias(false));
  { NoGradGuard off; fc->weight.copy_(eye(2)); }
  std::vector<std::string> log;
  fc->register_forward_pre_hook([&](nn::Module&, const List& in) { log.push_back("first " + text(in)); return in[0] + 1; });
  fc->register_forward_pre_hook([&](nn::Module&, const List& in) { log.push_back("second " + text(in)); return List{in[0] * 2}; });
  fc->register_forward_pre_hook([&](nn::Module& m, const List&) { log.push_back("zeroth " + std::string(m.name() == fc->name() ? "same" : "other")); }, true);
  fc->register_forward_hook([&](nn::Module&, const List& in, const List& out) { log.push_back("after " + text(in) + " > " + text(out)); return out[0] + 10; });
  fc->register_forward_hook([&](nn::Module&, const List&, const List& out) { log.push_back("last " + text(out)); });
  const Tensor x = tensor({1.0f, 2.0f}), kept = x;
  EXPECT_EQ(text({fc(x)}), "14,16");
  EXPECT_EQ(log, (std::vector<std::string>{"zeroth same", "first 1,2", "second 2,3", "after 4,6 > 4,6", "last 14,16"}));
  EXPECT_EQ(text({x}), "1,2");
  EXPECT_EQ(text({fc->forward(x)}), "1,2") << "->forward runs no hooks";
}

TEST(Hooks, HandlesRemove) {
  nn::Identity id;
  int calls = 0;
  auto handle = id->register_forward_hook([&](nn::Module&, const List&, const List&) { ++calls; });
  auto other = id->register_forward_hook([&](nn::Module&, const List&, const List&) { calls += 10; });
  id(ones({1}));
  handle.remove();
  handle.remove();
  id(ones({1}));
  EXPECT_EQ(calls, 21);
  {
    nn::ScopedHook scoped(id->register_forward_pre_hook([&](nn::Module&, const List&) { calls += 100; }));
    id(ones({1}));
  }
  other.remove();
  id(ones({1}));
  EXPECT_EQ(calls, 131);
  nn::RemovableHandle of_the_dead;
  { nn::Identity gone; of_the_dead = gone->register_forward_pre_hook([](nn::Module&, const List&) {}); }
  of_the_dead.remove();
}

TEST(Hooks, AHookMayRemoveItself) {
  nn::Identity id;
  int calls = 0;
  nn::RemovableHandle handle;
  handle = id->register_forward_pre_hook([&](nn::Module&, const List&) { ++calls; handle.remove(); });
  id->register_forward_pre_hook([&](nn::Module&, const List&) { calls += 10; });
  id(ones({1}));
  id(ones({1}));
  EXPECT_EQ(calls, 21);
}

TEST(Hooks, SeveralInputsAndResults) {
  Pair pair;
  pair->register_forward_pre_hook([](nn::Module&, const List& in) { return List{in[1], in[0] + 1}; });
  pair->register_forward_hook([](nn::Module&, const List&, const List& out) { return List{out[1], out[0]}; });
  const auto [x, y] = pair(tensor({1.0f}), tensor({5.0f}), 3);
  EXPECT_EQ(text({x, y}), "7 30");
  EXPECT_TRUE(contains(error_of([&] {
    Pair bad;
    bad->register_forward_pre_hook([](nn::Module&, const List& in) { return in[0]; });
    bad(ones({1}), ones({1}));
  }), "forward pre-hook of Pair returned 1 tensors in place of 2"));
}

TEST(Hooks, TensorsWithinOptionalsAndTuples) {
  Nested nested;
  std::string seen;
  nested->register_forward_hook([&](nn::Module&, const List& in, const List& out) {
    seen += std::to_string(in.size()) + ">" + std::to_string(out.size()) + " ";
    return List{out[0], out[1], out[2] * 0};
  });
  nested(ones({1}));
  const auto r = nested(ones({1}), std::make_tuple(ones({1}), ones({1}) * 2));
  EXPECT_EQ(seen, "1>3 3>3 ");
  EXPECT_EQ(text({std::get<0>(r), std::get<0>(std::get<1>(r)), std::get<1>(std::get<1>(r))}), "4 2 0");
}

TEST(Hooks, BackwardSeesAndReplacesGradients) {
  Pair pair;
  std::vector<std::string> log;
  pair->register_full_backward_pre_hook([&](nn::Module&, const List& g) { log.push_back("pre " + text(g)); });
  auto handle = pair->register_full_backward_hook([&](nn::Module&, const List& in, const List& out) { log.push_back("bw " + text(in) + " | " + text(out)); });
  Tensor a = tensor({1.0f, 2.0f}).requires_grad_(), b = tensor({3.0f, 4.0f}).requires_grad_();
  std::get<0>(pair(a, b)).sum().backward();
  EXPECT_EQ(text({a.grad(), b.grad()}), "6,8 2,4");
  (std::get<1>(pair(a, b)) * 2).sum().backward();
  EXPECT_EQ(log, (std::vector<std::string>{"pre 1,1 -", "bw 6,8 2,4 | 1,1 -", "pre - 2,2", "bw 2,2 2,2 | - 2,2"}));
  handle.remove();
  a.mutable_grad() = b.mutable_grad() = Tensor();
  pair->register_full_backward_pre_hook([](nn::Module&, const List& g) { return List{g[0] * 10, g[1]}; });
  pair->register_full_backward_hook([](nn::Module&, const List& in, const List& out) { return List{in[0] + out[0], zeros_like(in[1])}; });
  std::get<0>(pair(a, b)).sum().backward();
  EXPECT_EQ(text({a.grad(), b.grad()}), "70,90 0,0");
}

TEST(Hooks, BackwardErrorsNameTheModule) {
  const auto with = [](auto hook) {
    return error_of([&] {
      nn::Tanh tanh;
      tanh->register_full_backward_hook(hook);
      tanh(ones({2}).requires_grad_()).sum().backward();
    });
  };
  EXPECT_TRUE(contains(with([](nn::Module&, const List&, const List&) { return List{}; }), "full backward hook of Tanh returned 0 tensors in place of 1"));
  EXPECT_TRUE(contains(with([](nn::Module&, const List&, const List&) { return ones({3}); }), "gradient 0 the shape [3], expected [2]"));
}

TEST(Hooks, BackwardWithoutInputsThatRequireGrad) {
  nn::Linear fc(nn::LinearOptions(2, 1).bias(false));
  std::string log;
  fc->register_full_backward_hook([&](nn::Module&, const List& in, const List& out) { log += text(in) + " | " + text(out); });
  fc(ones({1, 2})).sum().backward();
  EXPECT_EQ(log, "- | 1");
  log.clear();
  { NoGradGuard off; fc(ones({1, 2})); }
  EXPECT_EQ(log, "");
}

TEST(Hooks, OrderThroughSequentialAndForAllModules) {
  nn::Sequential model(nn::Identity{}, nn::Tanh{});
  std::vector<std::string> log;
  const auto note = [&](std::string what) { return [&log, what](auto&&...) { log.push_back(what); }; };
  for (const auto& [name, module] : std::vector<std::pair<std::string, std::shared_ptr<nn::Module>>>{{"S", model.ptr()}, {"0", model->ptr(0)}, {"1", model->ptr(1)}}) {
    module->register_forward_pre_hook(note("pre " + name));
    module->register_forward_hook(note("fwd " + name));
    module->register_full_backward_pre_hook(note("bpre " + name));
    module->register_full_backward_hook(note("bw " + name));
  }
  {
    nn::ScopedHook fwd(nn::register_module_forward_hook(note("gfwd"))), pre(nn::register_module_forward_pre_hook(note("gpre")));
    model(ones({2}).requires_grad_()).sum().backward();
  }
  EXPECT_EQ(log, (std::vector<std::string>{"gpre", "pre S", "gpre", "pre 0", "gfwd", "fwd 0", "gpre", "pre 1", "gfwd", "fwd 1", "gfwd", "fwd S",
                                           "bpre S", "bpre 1", "bw 1", "bpre 0", "bw 0", "bw S"}));
  log.clear();
  nn::Tanh other;
  other(ones({1}));
  EXPECT_TRUE(log.empty());
  {
    nn::ScopedHook bw(nn::register_module_full_backward_hook(note("gbw"))), pre(nn::register_module_full_backward_pre_hook(note("gbpre")));
    other(ones({1}).requires_grad_()).sum().backward();
  }
  EXPECT_EQ(log, (std::vector<std::string>{"gbpre", "gbw"}));
}

TEST(Hooks, AnyModuleWithSeveralValues) {
  Pair pair;
  nn::AnyModule any(pair);
  pair->register_forward_pre_hook([](nn::Module&, const List& in) { return List{in[0] + 1, in[1]}; });
  pair->register_forward_hook([](nn::Module&, const List&, const List& out) { return List{out[0], -out[1]}; });
  const auto r = any.forward<std::tuple<Tensor, Tensor>>(tensor({1.0f}), tensor({5.0f}));
  EXPECT_EQ(text({std::get<0>(r), std::get<1>(r)}), "20 -7");
}

TEST(Hooks, CopiesHaveTheirOwn) {
  nn::Sequential model(nn::Linear(2, 2), nn::Tanh());
  int calls = 0;
  auto handle = model->ptr(1)->register_forward_hook([&](nn::Module&, const List&, const List&) { ++calls; });
  model->register_forward_hook([&](nn::Module&, const List&, const List&) { calls += 10; });
  nn::Sequential copy(std::dynamic_pointer_cast<nn::SequentialImpl>(model->clone()));
  handle.remove();
  model(ones({1, 2}));
  EXPECT_EQ(calls, 10);
  copy(ones({1, 2}));
  EXPECT_EQ(calls, 21);
}

TEST(Hooks, DataParallelRunsThem) {
  nn::Linear fc(2, 2);
  std::atomic<int> calls{0};  // copies run at once
  fc->register_forward_hook([&](nn::Module&, const List&, const List&) { ++calls; });
  nn::parallel::data_parallel(fc, ones({4, 2}));
  nn::parallel::data_parallel(fc.ptr(), ones({4, 2}), std::vector<Device>{Device(kCPU), Device(kCPU)});
  EXPECT_EQ(calls, 3);
}

TEST(Hooks, InPlaceChangeOfAWatchedResultIsRefused) {
  nn::Tanh tanh;
  tanh->register_full_backward_hook([](nn::Module&, const List&, const List&) {});
  Tensor y = tanh(ones({2}).requires_grad_());
  EXPECT_TRUE(contains(error_of([&] { y.add_(1); }), "is a view and is being modified inplace"));
}

TEST(Hooks, DoubleBackwardThroughAHookedModule) {
  nn::Tanh tanh;
  tanh->register_full_backward_hook([](nn::Module&, const List& in, const List&) { return in[0] * 3; });
  Tensor x = full({1}, 0.5, kDouble).requires_grad_();
  const Tensor g = autograd::grad({tanh(x).sum()}, {x}, {}, true, true)[0];
  const Tensor gg = autograd::grad({g.sum()}, {x})[0];
  const double t = std::tanh(0.5), d = 1 - t * t;
  EXPECT_NEAR(g.item<double>(), 3 * d, 1e-12);
  EXPECT_NEAR(gg.item<double>(), -6 * t * d, 1e-12);
}

}  // namespace
}  // namespace wick::test
