// Sparse gradients.
#include "ways.h"

namespace {

using namespace ways;        // NOLINT
using namespace optim;       // NOLINT
using namespace wick::test;  // NOLINT

Tensor rows_of(std::vector<int64_t> rows, const Tensor& values, int64_t n) { return sparse_coo_tensor(tensor(rows).unsqueeze(0), values, {n, values.size(1)}); }

template <class Opt, class Options>
void follow(const std::string& name, const Options& options) {
  SCOPED_TRACE(name);
  Tensor table = (arange(30, kDouble) * 0.9).sin().view({10, 3}).set_requires_grad(true);
  Tensor grid = empty({3, 4}, kDouble).t().copy_((arange(12, kDouble) * 0.7).cos().view({4, 3})).set_requires_grad(true);  // transposed
  Opt o({table, grid}, options);
  for (int64_t step = 0; step < 20; ++step) {
    const Tensor values = (arange(12, kDouble) * 1.3 + step).cos().view({4, 3});
    table.mutable_grad() = step == 4 ? Tensor() : rows_of({step % 10, step * 3 % 10, step % 10, 7}, values, 10);
    const Tensor places = tensor(std::vector<int64_t>{step % 4, (step + 1) % 4, 2, step % 3, 1, 1}).view({2, 3});
    grid.mutable_grad() = sparse_coo_tensor(places, values.slice(0, 0, 3).select(1, 0).contiguous(), {4, 3});
    o.step();
  }
  const Tensor flat = table.detach().reshape(-1);
  golden::expect_near(seen({flat.slice(0, 0, 16), flat.slice(0, 16), grid}), golden::numbers("sparse", name + " 0"), 1e-13);
}
TEST(SparseGradients, FollowPyTorch) {
  follow<SparseAdam>("sparse_adam", SparseAdamOptions(0.05));
  follow<SparseAdam>("sparse_adam.all", SparseAdamOptions(0.02).betas(std::make_tuple(0.7, 0.9)).eps(1e-2).maximize(true));
  follow<SGD>("sgd", SGDOptions(0.1));
  follow<SGD>("sgd.momentum", SGDOptions(0.1).momentum(0.8).dampening(0.2));
  follow<SGD>("sgd.nesterov", SGDOptions(0.1).momentum(0.8).nesterov(true).maximize(true));
  follow<Adagrad>("adagrad", AdagradOptions(0.1).lr_decay(0.1).initial_accumulator_value(0.1));
}

TEST(SparseGradients, EmbeddingsLearn) {
  manual_seed(1);
  nn::Embedding e(nn::EmbeddingOptions(50, 4).sparse(true));
  SparseAdam o(e->parameters(), SparseAdamOptions(0.1));
  const Tensor ids = tensor(std::vector<int64_t>{3, 7, 7, 40}), before = e->weight.detach().clone();
  double first = 0, last = 0;
  for (int i = 0; i < 30; ++i) {
    o.zero_grad();
    Tensor loss = (e(ids) - 1).pow(2).mean();
    loss.backward();
    o.step();
    (i == 0 ? first : last) = loss.item<double>();
  }
  EXPECT_LT(last, 0.1 * first);
  const Tensor moved = (e->weight.detach() - before).abs().sum(1);
  EXPECT_EQ(moved.ne(0).sum().item<int64_t>(), 3) << "rows without a gradient stay";
}

// Clipping counts every place once; zeroing leaves no entry.
TEST(SparseGradients, ClipAndZero) {
  const auto run = [](bool sparse) {
    Tensor w = zeros({4, 2}, kDouble).set_requires_grad(true);
    SGD o({w}, SGDOptions(1));
    o.step_options().clip_norm(1.).zero_grad(true);
    const Tensor g = rows_of({1, 3, 1}, ones({3, 2}, kDouble) * 2, 4);
    w.mutable_grad() = sparse ? g : g.to_dense();
    o.step();
    EXPECT_NEAR(*o.grad_norm(), std::sqrt(40.), 1e-12);
    EXPECT_EQ((sparse ? w.grad().to_dense() : w.grad()).abs().sum().item<double>(), 0);
    return w.detach();
  };
  EXPECT_TRUE(allclose(run(true), run(false), 1e-12, 1e-12));
  EXPECT_NEAR(run(true).norm().item<double>(), 1, 1e-6);
}

TEST(SparseGradients, Refused) {
  Tensor w = zeros({4, 2}).set_requires_grad(true), b = zeros({2}).set_requires_grad(true);
  w.mutable_grad() = rows_of({1}, ones({1, 2}), 4);
  b.mutable_grad() = ones({2});
  const auto refused = [&](Optimizer&& o, const char* text) {
    EXPECT_TRUE(contains(error_of([&] { o.step(); }), text));
    EXPECT_EQ(b.abs().sum().item<double>(), 0) << "nothing is half-changed";
    EXPECT_TRUE(o.state().empty());
  };
  refused(Adam({b, w}), "Adam does not support sparse gradients");
  refused(Adafactor({b, w}), "parameter 1 of group 0 [4, 2]");
  refused(SparseAdam({w, b}), "SparseAdam does not support dense gradients");
  refused(SGD({b, w}, SGDOptions(1).weight_decay(0.1)), "weight_decay option is not compatible with sparse gradients");
}

}  // namespace
