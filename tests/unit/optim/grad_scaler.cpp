// Loss scaling: the course of the scale, steps left out, misuse, archives.
#include <gtest/gtest.h>

#include <sstream>

#include <wick/wick.h>

namespace {

using namespace wick;

amp::GradScaler small_scaler() { return amp::GradScaler(amp::GradScalerOptions(1024).growth_interval(3).growth_factor(4).backoff_factor(0.25)); }

// As torch.amp.GradScaler with the same settings: parameters [1, 2], loss their squares' sum, SGD of rate 0.1, an infinite
// gradient in step 4, a NaN in step 9, clipping to 0.5 in step 6.
TEST(GradScaler, FollowsPyTorch) {
  const double scales[] = {1024, 1024, 4096, 4096, 1024, 1024, 1024, 4096, 4096, 1024, 1024, 1024};
  const double last[][2] = {{0.8, 1.6}, {0.64, 1.28}, {0.512, 1.024}, {0.4096, 0.8192}, {0.4096, 0.8192}, {0.32768, 0.65536}, {0.3053193, 0.6106386}, {0.2442555, 0.4885109},
                            {0.1954044, 0.3908087}, {0.1954044, 0.3908087}, {0.1563235, 0.3126470}, {0.1250588, 0.2501176}};
  const Tensor p = tensor({1.0f, 2.0f}).requires_grad_();
  optim::SGD sgd({p}, 0.1);
  amp::GradScaler scaler = small_scaler();
  for (int k = 0; k < 12; ++k) {
    sgd.zero_grad();
    scaler.scale((p * p).sum()).backward();
    if (k == 4) p.mutable_grad().index_put_({1}, INFINITY);
    if (k == 9) p.mutable_grad().index_put_({1}, NAN);
    if (k == 6) {
      scaler.unscale_(sgd);
      nn::utils::clip_grad_norm_({p}, 0.5);
    }
    scaler.step(sgd);
    EXPECT_EQ(scaler.found_inf(sgd), k == 4 || k == 9);
    scaler.update();
    EXPECT_EQ(scaler.get_scale(), scales[k]) << k;
    EXPECT_NEAR(p[0].item<double>(), last[k][0], 1e-6) << k;
    EXPECT_NEAR(p[1].item<double>(), last[k][1], 1e-6) << k;
  }
}

TEST(GradScaler, MisuseIsAnError) {
  const Tensor p = ones({2}).requires_grad_();
  optim::SGD sgd({p}, 0.1);
  amp::GradScaler scaler;
  EXPECT_THROW(scaler.step(sgd), Error);  // no gradient yet
  EXPECT_TRUE(p.detach().equal(ones({2})));
  scaler = amp::GradScaler();
  EXPECT_THROW(scaler.update(), Error);  // nothing seen
  scaler.scale(p.sum()).backward();
  scaler.unscale_(sgd);
  EXPECT_THROW(scaler.unscale_(sgd), Error);
  scaler.step(sgd);
  EXPECT_THROW(scaler.step(sgd), Error);
  EXPECT_THROW(scaler.unscale_(sgd), Error);
  scaler.update();
  EXPECT_THROW(scaler.update(-1), ValueError);
  EXPECT_THROW(amp::GradScaler(amp::GradScalerOptions().growth_factor(1)), ValueError);
  EXPECT_THROW(amp::GradScaler(amp::GradScalerOptions().backoff_factor(1)), ValueError);
  EXPECT_THROW(amp::GradScaler(amp::GradScalerOptions(0)), ValueError);
  const Tensor h = ones({2}, kHalf).requires_grad_();
  optim::SGD other({h}, 0.1);
  h.sum().backward();
  EXPECT_THROW(scaler.unscale_(other), ValueError);
}

TEST(GradScaler, SwitchedOffItPassesThrough) {
  const Tensor p = ones({2}).requires_grad_();
  optim::SGD sgd({p}, 0.5);
  amp::GradScaler scaler(amp::GradScalerOptions().enabled(false));
  scaler.scale(p.sum()).backward();
  EXPECT_EQ(scaler.get_scale(), 1);
  scaler.step(sgd);
  scaler.update();
  EXPECT_TRUE(p.detach().equal(full({2}, 0.5)));
}

TEST(GradScaler, GoesOnFromAnArchive) {
  const Tensor p = ones({2}).requires_grad_();
  optim::SGD sgd({p}, 0.1);
  amp::GradScaler a = small_scaler(), b;
  for (int k = 0; k < 2; ++k) {
    a.scale(p.sum()).backward();
    a.step(sgd);
    a.update();
  }
  std::stringstream file;
  save(a, file);
  load(b, file);
  for (amp::GradScaler* s : {&a, &b}) {
    s->scale(p.sum()).backward();
    s->step(sgd);
    s->update();
    EXPECT_EQ(s->get_scale(), 4096);  // the third good step
  }
}

TEST(GradScaler, SparseGradients) {
  nn::Embedding table(nn::EmbeddingOptions(5, 2).sparse(true));
  optim::SGD sgd(table->parameters(), 0.1);
  amp::GradScaler scaler = small_scaler();
  scaler.scale(table(tensor({1, 3, 3})).sum()).backward();
  scaler.unscale_(sgd);
  EXPECT_TRUE(table->weight.grad().to_dense().equal(tensor({{0.0f, 0.0f}, {1.0f, 1.0f}, {0.0f, 0.0f}, {2.0f, 2.0f}, {0.0f, 0.0f}})));
}

TEST(Autocast, ScopesNestAndEnd) {
  EXPECT_FALSE(amp::is_autocast_enabled());
  const Tensor x = ones({2, 2}), w = ones({2, 2}).requires_grad_();
  {
    amp::autocast outer;
    EXPECT_EQ(x.mm(w).scalar_type(), kBFloat16);
    {
      amp::autocast off(false);
      EXPECT_EQ(x.mm(w).scalar_type(), kFloat);
      amp::autocast half(kCPU, kHalf);
      EXPECT_EQ(x.mm(w).scalar_type(), kHalf);
    }
    EXPECT_EQ(x.mm(w).scalar_type(), kBFloat16);
    EXPECT_THROW(amp::autocast(kCPU, kDouble), TypeError);
    EXPECT_EQ(x.mm(w).scalar_type(), kBFloat16);
  }
  EXPECT_FALSE(amp::is_autocast_enabled());
  EXPECT_EQ(x.mm(w).scalar_type(), kFloat);
}

TEST(Autocast, AParameterIsCastOnceForEachVersion) {
  const Tensor w = ones({2, 2}).requires_grad_(), x = ones({2, 2});
  amp::autocast on;
  const Tensor a = x.mm(w), b = x.mm(w);
  EXPECT_EQ(a.grad_fn()->next_edges()[1].function, b.grad_fn()->next_edges()[1].function);  // one cast
  {
    NoGradGuard off;
    w.mul_(3);
    EXPECT_EQ(x.mm(w)[0][0].item<float>(), 6);  // the new value
  }
  const Tensor c = x.mm(w);  // with a graph again, though the cast before had none
  c.sum().backward();
  EXPECT_EQ(w.grad()[0][0].item<float>(), 2);
}

TEST(Autocast, CheckpointsRunAgainAsTheyDid) {
  const Tensor w = rand({8, 8}).requires_grad_(), x = rand({4, 8});
  const auto f = [&](const autograd::variable_list& in) -> autograd::variable_list { return {x.mm(in[0]).relu().mm(in[0]).to(kFloat)}; };
  Tensor plain;
  {
    amp::autocast on;
    f({w})[0].sum().backward();
    plain = w.grad().clone();
    w.mutable_grad().reset();
  }
  Tensor y;
  {
    amp::autocast on;
    y = autograd::checkpoint(f, {w})[0];
  }
  y.sum().backward();
  EXPECT_TRUE(w.grad().equal(plain));
}

}  // namespace
