// Losses and layers for other domains.
#include <cmath>

#include <wick/adapt/domain.h>
#include <wick/optim.h>

#include "support.h"

namespace wick::test {
namespace {

using autograd::gradcheck;
using autograd::gradgradcheck;
using autograd::variable_list;

Tensor real(IntArrayRef sizes) { return randn(sizes, kDouble).requires_grad_(true); }

TEST(Domain, ReversedGradients) {
  manual_seed(1);
  Tensor x = real({3, 2});
  const Tensor w = randn({3, 2}, kDouble), y = adapt::reverse_gradient(x, 0.25);
  EXPECT_TRUE(equal(y, x));
  (y * w).sum().backward();
  EXPECT_TRUE(allclose(x.grad(), w * -0.25));
  adapt::GradientReversal layer(2.0);
  x.mutable_grad() = Tensor();
  layer(x).mul(w).sum().backward();
  EXPECT_TRUE(allclose(x.grad(), w * -2));
  layer->lambda = 0;
  EXPECT_EQ(adapt::dann_lambda(0), 0);
  EXPECT_NEAR(adapt::dann_lambda(0.1), 2 / (1 + std::exp(-1.0)) - 1, 1e-12);
  EXPECT_GT(adapt::dann_lambda(1), 0.999);
}

TEST(Domain, CoralLossIsTheDistanceOfCovariances) {
  manual_seed(2);
  const Tensor s = real({7, 3}), t = real({5, 3});
  const Tensor difference = cov(s.t()) - cov(t.t());
  EXPECT_NEAR(adapt::coral_loss(s, t).item<double>(), difference.pow(2).sum().item<double>() / 36, 1e-12);
  EXPECT_NEAR(adapt::coral_loss(s, s + 3).item<double>(), 0, 1e-12);  // means do not count
  const auto f = [](const variable_list& v) { return variable_list{adapt::coral_loss(v[0], v[1])}; };
  EXPECT_TRUE(gradcheck(f, {s, t}));
  EXPECT_TRUE(gradgradcheck(f, {s, t}));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::coral_loss(s, real({5, 4})); }), "coral_loss: features must be [n, d] and [m, d] with two rows or more, got [7, 3] and [5, 4]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::coral_loss(s, real({1, 3})); }), "two rows"));
}

TEST(Domain, AlignedFeaturesHaveTheTargetsMoments) {
  manual_seed(3);
  const Tensor mix = randn({4, 4}, kDouble);
  const Tensor s = randn({400, 4}, kDouble).mul(3) + 1, t = randn({300, 4}, kDouble).matmul(mix) - 2;
  const Tensor moved = adapt::coral_align(s, t, 1e-6);
  EXPECT_TRUE(allclose(cov(moved.t()), cov(t.t()), 1e-3, 1e-3));
  EXPECT_TRUE(allclose(moved.mean(IntArrayRef({0})), t.mean(IntArrayRef({0}))));
  // A feature that never changes stays finite.
  const Tensor flat = cat({s, zeros({400, 1}, kDouble)}, 1), other = cat({t, zeros({300, 1}, kDouble)}, 1);
  EXPECT_TRUE(adapt::coral_align(flat, other, 0).isfinite().all().item<bool>());
}

TEST(Domain, MmdTellsDistributionsApart) {
  manual_seed(4);
  const Tensor s = real({6, 3}), t = real({5, 3});
  const auto options = adapt::MmdOptions().bandwidth(2.0).scales({0.5, 1});
  // By the definition, pair by pair.
  double sum[3] = {};
  const Tensor all[2] = {s, t};
  for (int p = 0; p < 3; ++p) {
    const Tensor a = all[p == 1], b = all[p != 0];
    for (int64_t i = 0; i < a.size(0); ++i)
      for (int64_t j = 0; j < b.size(0); ++j) {
        const double d = (a[i] - b[j]).pow(2).sum().item<double>();
        sum[p] += (std::exp(-d / 1) + std::exp(-d / 2)) / 2 / static_cast<double>(a.size(0) * b.size(0));
      }
  }
  EXPECT_NEAR(adapt::mmd_loss(s, t, options).item<double>(), sum[0] + sum[1] - 2 * sum[2], 1e-10) << "order: ss, tt, st";
  for (const bool unbiased : {false, true}) {
    const auto f = [&](const variable_list& v) { return variable_list{adapt::mmd_loss(v[0], v[1], adapt::MmdOptions(options).unbiased(unbiased))}; };
    EXPECT_TRUE(gradcheck(f, {s, t}));
    EXPECT_TRUE(gradgradcheck(f, {s, t}));
  }
  const Tensor a = randn({200, 3}), b = randn({200, 3}), far = randn({200, 3}) + 1;
  EXPECT_GT(adapt::mmd_loss(a, far).item<double>(), 5 * adapt::mmd_loss(a, b).item<double>());
  EXPECT_NEAR(adapt::mmd_loss(a, b, adapt::MmdOptions().unbiased(true)).item<double>(), 0, 0.01);
  EXPECT_EQ(adapt::mmd_loss(ones({3, 2}), ones({3, 2})).item<double>(), 0);  // no distances at all
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::mmd_loss(a, b, adapt::MmdOptions().bandwidth(0.0)); }), "bandwidth"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::mmd_loss(a, b, adapt::MmdOptions().scales({1, -1})); }), "scales must be positive, got -1"));
}

TEST(Domain, BatchStatisticsOfTheTarget) {
  manual_seed(5);
  nn::Sequential net(nn::Linear(3, 4), nn::BatchNorm1d(4));
  const Tensor target = randn({64, 3}) * 5 + 2;
  adapt::adapt_batch_norm(std::vector<Tensor>{target.slice(0, 0, 32), target.slice(0, 32, 64)}, net);
  nn::Module& norm = *net->ptr(1);
  const Tensor h = net->at<nn::LinearImpl>(0).forward(target);
  EXPECT_TRUE(allclose(norm.named_buffers(false)["running_mean"], h.mean(IntArrayRef({0})), 1e-4, 1e-5));
  EXPECT_TRUE(net->is_training());
}

TEST(Domain, EntropyAndTent) {
  manual_seed(6);
  const Tensor logits = real({4, 3});
  EXPECT_NEAR(adapt::entropy_loss(zeros({2, 5})).item<double>(), std::log(5.0), 1e-6);
  EXPECT_NEAR(adapt::entropy_loss(tensor({{1000.0, 0.0, -1000.0}})).item<double>(), 0, 1e-6);
  const auto f = [](const variable_list& v) { return variable_list{adapt::entropy_loss(v[0])}; };
  EXPECT_TRUE(gradcheck(f, {logits}));

  nn::Sequential net(nn::Linear(3, 4), nn::BatchNorm1d(4), nn::Dropout(0.5), nn::Linear(4, 2));
  const auto learn = adapt::tent_parameters(*net);
  EXPECT_EQ(learn.size(), 2u);
  EXPECT_EQ(net->num_parameters(true), 8);
  EXPECT_FALSE(net->ptr(2)->is_training());
  EXPECT_TRUE(net->ptr(1)->is_training());
  optim::SGD optimizer(learn, 0.5);
  const Tensor x = randn({32, 3});
  const double before = adapt::entropy_loss(net(x)).item<double>();
  for (int i = 0; i < 10; ++i) {
    optimizer.zero_grad();
    adapt::entropy_loss(net(x)).backward();
    optimizer.step();
  }
  EXPECT_LT(adapt::entropy_loss(net(x)).item<double>(), before - 0.02);
  EXPECT_TRUE(contains(error_of<ValueError>([] { adapt::tent_parameters(*nn::Sequential(nn::Linear(2, 2))); }), "no normalisation"));
}

}  // namespace
}  // namespace wick::test
