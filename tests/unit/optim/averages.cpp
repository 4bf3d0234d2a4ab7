// Averaged models and the search for a learning rate.
#include <wick/optim.h>

#include "support.h"

namespace {

using namespace wick;        // NOLINT
using namespace optim;       // NOLINT
using namespace wick::test;  // NOLINT

struct NetImpl : nn::Cloneable<NetImpl> {
  NetImpl() { reset(); }
  void reset() override {
    a = register_module("a", nn::Linear(3, 4));
    bn = register_module("bn", nn::BatchNorm1d(4));
  }
  Tensor forward(const Tensor& x) { return bn(a(x)); }
  nn::Linear a{nullptr};
  nn::BatchNorm1d bn{nullptr};
};
WICK_MODULE(Net);

void shift(Net& net, double by) {
  NoGradGuard off;
  for (Tensor p : net->parameters()) p.add_(by);
  for (Tensor b : net->buffers())
    if (b.is_floating_point()) b.add_(by);
}

TEST(AveragedModel, EqualAverages) {
  Net net;
  swa_utils::AveragedModel swa(net);
  const Tensor first = net->a->weight.detach().clone();
  for (int i = 0; i < 4; ++i) {
    swa.update_parameters(net);  // takes in first, first + 1, …
    shift(net, 1);
  }
  EXPECT_EQ(swa.n_averaged.item<int64_t>(), 4);
  EXPECT_TRUE(allclose(swa.module->a->weight, first + 1.5));
  EXPECT_TRUE(allclose(swa.module->bn->running_var, net->bn->running_var - 1)) << "buffers are copied";
  EXPECT_FALSE(net->a->weight.is_same(swa.module->a->weight));
  EXPECT_EQ(swa.state_dict().keys()[0], "n_averaged");
  const Tensor x = randn({5, 3});
  EXPECT_TRUE(same_bits(swa.forward(x).detach(), swa.module->forward(x).detach()));
}
TEST(AveragedModel, ExponentialAverages) {
  for (bool multi : {true, false}) {
    Net net;
    auto ema = multi ? std::make_shared<swa_utils::AveragedModel<NetImpl>>(net, swa_utils::get_ema_multi_avg_fn(0.9), true)
                     : std::make_shared<swa_utils::AveragedModel<NetImpl>>(net, swa_utils::get_ema_avg_fn(0.9), true);
    const Tensor first = net->a->weight.detach().clone(), var = net->bn->running_var.clone();
    double expected = 0;
    for (int i = 0; i < 5; ++i) {
      ema->update_parameters(net);
      expected = i == 0 ? 0 : 0.9 * expected + 0.1 * i;
      shift(net, 1);
    }
    EXPECT_TRUE(allclose(ema->module->a->weight, first + expected));
    EXPECT_TRUE(allclose(ema->module->bn->running_var, var + expected)) << "with use_buffers buffers are averaged";
  }
  EXPECT_TRUE(contains(error_of<ValueError>([] { swa_utils::get_ema_multi_avg_fn(1.5); }), "1.5"));
}
TEST(AveragedModel, GoesThroughAnArchive) {
  Net net;
  swa_utils::AveragedModel a(net, swa_utils::get_ema_multi_avg_fn(0.5));
  a.update_parameters(net);
  shift(net, 1);
  a.update_parameters(net);
  swa_utils::AveragedModel b(net, swa_utils::get_ema_multi_avg_fn(0.5));
  b.load_state_dict(a.state_dict());
  EXPECT_EQ(b.n_averaged.item<int64_t>(), 2);
  a.update_parameters(net);
  b.update_parameters(net);
  EXPECT_TRUE(same_bits(a.module->a->weight.detach(), b.module->a->weight.detach()));
}
TEST(AveragedModel, AnotherModelIsRefused) {
  Net net;
  swa_utils::AveragedModel swa(net);
  nn::Linear other(3, 4);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { swa.update_parameters(*other.ptr()); }), "2 parameters, expected 4"));
  EXPECT_EQ(swa.n_averaged.item<int64_t>(), 0);
}

// The statistics of update_bn are plain means over the batches.
TEST(UpdateBn, MeansOverTheData) {
  Net net;
  net->eval();
  std::vector<Tensor> batches{randn({6, 3}), randn({6, 3}) + 2, randn({6, 3}) * 3};
  Tensor mean = zeros({4}), var = zeros({4});
  for (const Tensor& x : batches) {
    const Tensor y = net->a(x).detach();
    mean += y.mean({0}) / 3;
    var += y.var({0}) / 3;
  }
  swa_utils::update_bn(batches, net);
  EXPECT_TRUE(allclose(net->bn->running_mean, mean, 1e-5, 1e-6));
  EXPECT_TRUE(allclose(net->bn->running_var, var, 1e-5, 1e-6));
  EXPECT_FALSE(net->is_training());
  EXPECT_EQ(net->bn->options.momentum(), 0.1);
  // an averaged model itself
  swa_utils::AveragedModel swa(net);
  swa.update_parameters(net);
  swa.module->bn->running_mean.fill_(7);
  swa_utils::update_bn(batches, swa);
  EXPECT_TRUE(allclose(swa.module->bn->running_mean, mean, 1e-5, 1e-6));
  // examples, and a throw on the way
  struct Example { Tensor data, target; };
  std::vector<Example> examples{{batches[0], {}}, {zeros({2, 9}), {}}};
  EXPECT_NE(error_of([&] { swa_utils::update_bn(examples, net); }), "(no error)");
  EXPECT_FALSE(net->is_training());
  EXPECT_EQ(net->bn->options.momentum(), 0.1);
}

// A quadratic diverges above lr 2: the test finds a rate below, and leaves everything as it was.
TEST(LrRangeTest, FindsARateAndRestores) {
  for (double momentum : {0., 0.5}) {
    Tensor w = (arange(20, kDouble) * 0.7).sin().set_requires_grad(true);
    SGD o({w}, SGDOptions(0.01).momentum(momentum));
    const auto closure = [&] {
      o.zero_grad();
      Tensor loss = 0.5 * (w - 3).pow(2).mean() * 20;
      loss.backward();
      return loss;
    };
    o.step(closure);
    const Tensor before = w.detach().clone(), grad = w.grad(), grad_before = grad.clone();
    const auto* state = momentum > 0 ? o.state().at(w.unsafeGetTensorImpl()).get() : nullptr;
    const Tensor buffer = state ? static_cast<const SGDParamState*>(state)->momentum_buffer().clone() : Tensor();
    const LRRangeTest r = lr_range_test(o, closure, LRRangeTestOptions().start_lr(1e-4).end_lr(100).num_iter(60));
    EXPECT_GT(r.lrs.size(), 10u);
    EXPECT_LT(r.lrs.size(), 60u) << "it ends when the loss diverges";
    EXPECT_EQ(r.lrs.size(), r.losses.size());
    EXPECT_DOUBLE_EQ(r.lrs[0], 1e-4);
    EXPECT_LT(*std::min_element(r.losses.begin(), r.losses.end()), 0.1 * r.losses[0]);
    ASSERT_TRUE(r.suggestion.has_value());
    EXPECT_GT(*r.suggestion, 1e-3);
    EXPECT_LT(*r.suggestion, 2);
    EXPECT_TRUE(same_bits(before, w.detach()));
    EXPECT_TRUE(w.grad().is_same(grad));
    EXPECT_TRUE(same_bits(grad_before, w.grad()));
    EXPECT_EQ(o.param_groups()[0].options().get_lr(), 0.01);
    if (state) {
      EXPECT_EQ(o.state().at(w.unsafeGetTensorImpl()).get(), state);
      EXPECT_TRUE(same_bits(static_cast<const SGDParamState*>(state)->momentum_buffer(), buffer));
    } else {
      EXPECT_TRUE(o.state().empty());
    }
  }
}
TEST(LrRangeTest, RestoresAfterAThrowAndBuffers) {
  Tensor w = ones({3}).set_requires_grad(true), buffer = zeros({2});
  Adam o({w}, AdamOptions(0.5));
  int calls = 0;
  const auto closure = [&] {
    buffer.add_(1);
    if (++calls == 3) throw ValueError("no more data");
    Tensor loss = w.sum();
    loss.backward();
    return loss;
  };
  EXPECT_TRUE(contains(error_of<ValueError>([&] { lr_range_test(o, closure, LRRangeTestOptions().restore({buffer})); }), "no more data"));
  EXPECT_TRUE(same_bits(w.detach(), ones({3})));
  EXPECT_TRUE(same_bits(buffer, zeros({2})));
  EXPECT_FALSE(w.grad().defined());
  EXPECT_TRUE(o.state().empty());
  EXPECT_EQ(o.param_groups()[0].options().get_lr(), 0.5);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { lr_range_test(o, closure, LRRangeTestOptions().end_lr(1e-9)); }), "rise"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { lr_range_test(o, nullptr); }), "closure"));
}

}  // namespace
