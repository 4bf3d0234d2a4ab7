// The checks before training: each on a training made to have the fault, none of them says a word of healthy ones, and all is as it was afterwards.
#include <wick/train/preflight.h>

#include <sstream>

#include "temp.h"
#include "train/trainings.h"

namespace wick::test {
namespace {

using train::CheckResult;
using train::PreflightOptions;
using train::PreflightReport;
using train::Verdict;
namespace F = nn::functional;

Tensor entropy(nn::Sequential& net, Example<>& b) { return F::cross_entropy(net->forward(b.data), b.target); }
// Of a loop of one's own.
PreflightReport check(nn::Sequential net, Example<> batch, PreflightOptions o = {}, double lr = 0.01) {
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(lr));
  return train::preflight(net, [&](Example<>& b) { return entropy(net, b); }, batch, o.optimizer(&optimizer));
}
template <class Loss>
PreflightReport check_loss(nn::Sequential net, Example<> batch, Loss loss, PreflightOptions o = {}) { return train::preflight(net, loss, batch, o); }
// The check says this, with a word, and with advice where it is no good news; the others, but for `also`, are silent.
void expect(const PreflightReport& r, const std::string& id, Verdict verdict, const std::string& word, const std::vector<std::string>& also = {}) {
  const CheckResult& c = r[id];
  EXPECT_EQ(c.verdict, verdict) << r;
  std::string text = c.what;
  for (const std::string& remedy : c.remedies) text += "\n" + remedy;
  EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << r;
  EXPECT_TRUE(verdict == Verdict::pass || verdict == Verdict::skip || id == "loss" || id == "one_batch" || !c.remedies.empty()) << r;
  for (const CheckResult& other : r.checks) {
    if (other.id == id || std::find(also.begin(), also.end(), other.id) != also.end()) continue;
    EXPECT_TRUE(other.verdict == Verdict::pass || other.verdict == Verdict::skip) << other.id << "\n" << r;
  }
}
Example<> batch_of(int64_t classes = 4, uint64_t seed = 1) {
  const auto [x, y] = blobs(32, 10, classes, 1, seed);
  return {x, y};
}

class PreflightHealthy : public ::testing::TestWithParam<int> {};
TEST_P(PreflightHealthy, SaysNothing) {
  Healthy h = healthy_training(GetParam());
  const auto optimizer = optimizer_of(h.net, h.how);
  Learner trainer(h.net, *optimizer, train::TrainerOptions());
  const PreflightReport r = train::preflight(trainer, h.training);
  EXPECT_TRUE(r.clean() && r.ok()) << r;
  EXPECT_EQ(r.checks.size(), train::preflight_checks().size());
  for (const CheckResult& c : r.checks) EXPECT_TRUE(c.verdict == Verdict::pass || c.id == "layout" || (c.id == "order" && h.training[0].target.is_floating_point())) << r;
}
INSTANTIATE_TEST_SUITE_P(Ten, PreflightHealthy, ::testing::Range(0, 10));

TEST(Preflight, Input) {
  const Example<> b = batch_of();
  const auto with = [&](const Tensor& x, nn::Sequential net = mlp(10, 4)) { return check(net, {x, b.target}); };
  Tensor holes = b.data.clone();
  holes[3][2] = NAN;
  expect(with(holes), "input", Verdict::fail, "1 of 320 values are NaN or infinite, first in example 3", {"loss", "independence"});
  expect(with(full({32, 10}, 0.5)), "input", Verdict::fail, "all values are 0.5", {"one_batch"});
  expect(with(b.data.narrow(0, 0, 1).repeat({32, 1})), "input", Verdict::fail, "all examples are the same", {"one_batch"});
  expect(with((b.data * 40 + 128).clamp(0, 255).floor()), "input", Verdict::warn, "raw bytes", {"first_loss", "one_batch", "gradients"});
  expect(with(b.data * 400), "input", Verdict::warn, "far too large", {"first_loss", "one_batch", "gradients"});
  expect(with(b.data * 1e-4), "input", Verdict::warn, "far too small", {"one_batch"});
  expect(with(b.data * 0.1 + 8), "input", Verdict::warn, "far from 0", {"first_loss", "one_batch"});
  EXPECT_EQ(with(b.data * 400, nn::Sequential(nn::BatchNorm1d(10), nn::Linear(10, 4)))["input"].verdict, Verdict::pass);
}
TEST(Preflight, Layout) {
  manual_seed(1);
  const Tensor y = arange(8, kLong).remainder(4);
  const auto net = [](int64_t in, int64_t width) { return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(in, 8, 3).padding(1)), nn::ReLU(), nn::Flatten(), nn::Linear(8 * width, 4)); };
  expect(check(net(16, 16 * 3), {randn({8, 16, 16, 3}), y}), "layout", Verdict::fail, "takes 16 for channels");
  const PreflightReport thrown = check(net(3, 16 * 16), {randn({8, 16, 16, 3}), y});
  expect(thrown, "layout", Verdict::fail, "channels last", {"loss"});
  EXPECT_EQ(thrown["loss"].verdict, Verdict::fail);
  EXPECT_EQ(check(net(3, 16 * 16), {randn({8, 3, 16, 16}), y})["layout"].verdict, Verdict::pass);
}
TEST(Preflight, Labels) {
  const Example<> b = batch_of();
  expect(check(mlp(10, 4), {b.data, b.target + 1}), "labels", Verdict::fail, "labels from 1 to 4, and the network has 4 outputs", {"loss"});
  expect(check(mlp(10, 4), {b.data, b.target - 1}), "labels", Verdict::fail, "labels from -1 to 2", {"loss"});
  Tensor some = b.target.clone();
  some[0] = -100;
  EXPECT_EQ(check(mlp(10, 4), {b.data, some})["labels"].verdict, Verdict::pass);
  Tensor numbers = randn({32, 1});
  const auto mse = [](nn::Sequential net) { return [net](Example<>& e) mutable { return F::mse_loss(net->forward(e.data), e.target); }; };
  auto net = mlp(10, 1);
  expect(check_loss(net, {b.data, full({32, 1}, 2.0)}, mse(net)), "labels", Verdict::warn, "all targets of the batch are 2", {"first_loss"});
  numbers[5] = INFINITY;
  expect(check_loss(net, {b.data, numbers}, mse(net)), "labels", Verdict::fail, "1 of 32 targets", {"loss"});
}
TEST(Preflight, Order) {
  const auto [x, y] = blobs(320, 10, 4, 1, 1);
  const Tensor sorted = std::get<1>(y.sort());
  auto net = mlp(10, 4);
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(0.01));
  Learner trainer(net, optimizer, train::TrainerOptions());
  Batches all = batches(x.index_select(0, sorted), y.index_select(0, sorted), 32);
  expect(train::preflight(trainer, all), "order", Verdict::fail, "the first 320 examples are sorted by class", {"one_batch", "first_loss"});
  expect(train::preflight(trainer, all, PreflightOptions().batches(2)), "order", Verdict::warn, "all of class 0", {"one_batch", "first_loss"});
  const Tensor rows = sorted.reshape({4, 4, 20}).transpose(0, 1).reshape({-1});  // each class in rows of 20
  Batches some = batches(x.index_select(0, rows), y.index_select(0, rows), 32);
  expect(train::preflight(trainer, some), "order", Verdict::warn, "come in rows");
  Batches rare = batches(x, full({320}, int64_t{1}, kLong), 32);
  rare[9].target[31] = 2;  // one at the end says nothing
  EXPECT_EQ(train::preflight(trainer, rare)["order"].verdict, Verdict::pass);
}
TEST(Preflight, Loss) {
  Example<> b = batch_of();
  auto net = mlp(10, 4);
  const std::vector<std::string> any = {"gradients", "one_batch"};
  expect(check_loss(net, b, [&](Example<>& e) { return F::cross_entropy(net->forward(e.data), e.target, F::CrossEntropyFuncOptions().reduction(kNone)); }), "loss", Verdict::fail, "has the shape [32]", any);
  expect(check_loss(net, b, [&](Example<>& e) { return entropy(net, e).detach(); }), "loss", Verdict::fail, "has no gradient", any);
  expect(check_loss(net, b, [&](Example<>& e) { return entropy(net, e) / 0; }), "loss", Verdict::fail, "the loss is inf", any);
  expect(check_loss(net, b, [&](Example<>&) { return Tensor(); }), "loss", Verdict::fail, "undefined", any);
  expect(check_loss(net, b, [&](Example<>& e) { return net->forward(e.data.narrow(1, 0, 3)); }), "loss", Verdict::fail, "32x3 and 10x32", any);
}
TEST(Preflight, FirstLoss) {
  const Example<> b = batch_of();
  auto net = mlp(10, 4);
  scale(net, 4);
  expect(check(net, b), "first_loss", Verdict::warn, "ln(4) = 1.39");
  scale(net, 8);
  expect(check(net, b), "first_loss", Verdict::fail, "far too large", {"one_batch"});
  net = mlp(10, 4);
  expect(check_loss(net, b, [&](Example<>& e) { return F::cross_entropy(net->forward(e.data), e.target, F::CrossEntropyFuncOptions().reduction(kSum)); }), "first_loss", Verdict::warn, "the sum over 32 examples", {"one_batch"});
  net = mlp(10, 1);
  const auto mse = [&](Example<>& e) { return F::mse_loss(net->forward(e.data), e.target); };
  expect(check_loss(net, {b.data, randn({32, 1}) * 3 + 50}, mse), "first_loss", Verdict::warn, "(y - mean) / deviation", {"one_batch"});
  expect(check_loss(net, {b.data, randn({32, 1})}, mse), "first_loss", Verdict::pass, "variance");
  expect(check_loss(net, {b.data, randn({32, 1})}, [&](Example<>& e) {
    const Tensor out = net->forward(e.data);
    (out.detach() * 9 - e.target).abs().mean();  // a measure before the loss
    return F::mse_loss(out, e.target);
  }), "first_loss", Verdict::pass, "variance");
  // Written by hand, and of targets that are scaled in the loss.
  expect(check_loss(net, {b.data, randn({32, 1}) * 3 + 50}, [&](Example<>& e) { return (net->forward(e.data) - (e.target - 50) / 3).square().mean(); }), "first_loss", Verdict::pass, "variance");
}
TEST(Preflight, FirstLossKnowsTooMuch) {
  Example<> b = batch_of();
  auto net = mlp(10, 4);
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(0.02));
  for (int i = 0; i < 60; ++i) {
    optimizer.zero_grad();
    entropy(net, b).backward();
    optimizer.step();
  }
  expect(check(net, b), "first_loss", Verdict::warn, "it knows too much already", {"one_batch"});
}
TEST(Preflight, Outputs) {
  const Example<> b = batch_of();
  const std::vector<std::string> slow = {"one_batch", "first_loss"};
  expect(check(nn::Sequential(nn::Linear(10, 32), nn::ReLU(), nn::Linear(32, 4), nn::Softmax(1)), b), "outputs", Verdict::fail, "probabilities already", slow);
  auto net = mlp(10, 4);
  expect(check_loss(net, b, [&](Example<>& e) { return F::nll_loss(net->forward(e.data), e.target); }), "outputs", Verdict::fail, "no logarithms", slow);
  expect(check_loss(net, b, [&](Example<>& e) { return F::nll_loss(net->forward(e.data).log_softmax(1), e.target); }), "outputs", Verdict::pass, "logarithms");
  auto one = mlp(10, 1);
  expect(check_loss(one, {b.data, zeros({32}, kLong)}, [&](Example<>& e) { return F::cross_entropy(one->forward(e.data), e.target); }), "outputs", Verdict::fail, "one output", {"one_batch", "gradients"});
  expect(check_loss(one, {b.data, randn({32})}, [&](Example<>& e) { return F::mse_loss(one->forward(e.data), e.target); }), "outputs", Verdict::fail, "[32, 1] and targets [32]", {"one_batch"});
  auto half = nn::Sequential(nn::Linear(10, 1), nn::Sigmoid());
  const Example<> yes{b.data, b.target.remainder(2).to(kFloat).unsqueeze(1)};
  expect(check_loss(half, yes, [&](Example<>& e) { return F::binary_cross_entropy_with_logits(half->forward(e.data), e.target); }), "outputs", Verdict::fail, "a sigmoid before", slow);
  auto fine = nn::Sequential(nn::Linear(10, 32), nn::ReLU(), nn::Linear(32, 1), nn::Sigmoid());
  expect(check_loss(fine, yes, [&](Example<>& e) { return F::binary_cross_entropy(fine->forward(e.data), e.target); }), "outputs", Verdict::pass, "probabilities");
  // Soft labels.
  expect(check_loss(net, {b.data, F::one_hot(b.target, 4).to(kFloat)}, [&](Example<>& e) { return F::cross_entropy(net->forward(e.data), e.target); }), "outputs", Verdict::pass, "scores [32, 4]");
}
struct NoisyImpl : nn::Module {
  Tensor forward(const Tensor& x) { return F::dropout(x, F::DropoutFuncOptions().p(0.3).training(true)); }
};
WICK_MODULE(Noisy);
TEST(Preflight, Mode) {
  const Example<> b = batch_of();
  auto net = nn::Sequential(nn::Linear(10, 32), nn::BatchNorm1d(32), nn::ReLU(), nn::Dropout(0.2), nn::Linear(32, 4));
  expect(check(net, b), "mode", Verdict::pass, "the same outputs twice");
  net->children()[1]->eval();
  expect(check(net, b), "mode", Verdict::warn, "though the model trains: 1");
  net->eval();
  expect(check(net, b), "mode", Verdict::warn, "the model is in evaluation mode");
  EXPECT_FALSE(net->is_training());
  expect(check(nn::Sequential(nn::Linear(10, 32), nn::ReLU(), Noisy(), nn::Linear(32, 4)), b), "mode", Verdict::warn, "differ from run to run");
}
struct CutImpl : nn::Module {
  Tensor forward(const Tensor& x) { return x.detach(); }
};
WICK_MODULE(Cut);
struct RootImpl : nn::Module {
  Tensor forward(const Tensor& x) { return (x - x).sqrt() * 0 + x; }
};
WICK_MODULE(Root);
TEST(Preflight, Gradients) {
  const Example<> b = batch_of();
  expect(check(nn::Sequential(nn::Linear(10, 16), nn::ReLU(), Cut(), nn::Linear(16, 4)), b), "gradients", Verdict::fail, "no gradient reaches 2 of 4 parameters: 0.weight, 0.bias", {"one_batch"});
  expect(check(nn::Sequential(nn::Linear(10, 16), Root(), nn::ReLU(), nn::Linear(16, 4)), b), "gradients", Verdict::fail, "NaN or infinite gradients in 2 of 4 parameters: 0.weight", {"one_batch"});
  auto dead = mlp(10, 4);
  {
    const NoGradGuard off;
    dead->named_parameters()["0.bias"].fill_(-50);
  }
  expect(check(dead, b), "gradients", Verdict::warn, "0 in all steps in 3 of 6", {"one_batch", "independence"});
  auto frozen = mlp(10, 4);
  frozen->requires_grad_(false);
  expect(check_loss(frozen, b, [&](Example<>& e) { return entropy(frozen, e); }), "gradients", Verdict::fail, "nothing to learn", {"loss"});
}
TEST(Preflight, Optimizer) {
  Example<> b = batch_of();
  auto net = mlp(10, 4);
  const auto loss = [&](Example<>& e) { return entropy(net, e); };
  optim::Adam part({net->parameters()[4], net->parameters()[5]}, optim::AdamOptions(0.05));
  expect(train::preflight(net, loss, b, PreflightOptions().optimizer(&part)), "optimizer", Verdict::fail, "4 of 6 parameters that require a gradient are not in the optimizer: 0.weight", {"one_batch"});
  optim::Adam other(mlp(10, 4)->parameters(), optim::AdamOptions(0.01));
  expect(train::preflight(net, loss, b, PreflightOptions().optimizer(&other)), "optimizer", Verdict::fail, "6 of its own are not the model's", {"one_batch"});
  optim::SGD still(net->parameters(), optim::SGDOptions(0));
  expect(train::preflight(net, loss, b, PreflightOptions().optimizer(&still)), "optimizer", Verdict::warn, "rate is 0", {"one_batch"});
  optim::LBFGS twice(net->parameters(), optim::LBFGSOptions(0.5));
  expect(train::preflight(net, loss, b, PreflightOptions().optimizer(&twice)), "optimizer", Verdict::pass, "all 6");
}
struct MixedImpl : nn::Module {
  Tensor forward(const Tensor& x) { return x.t().reshape(x.sizes()); }
};
WICK_MODULE(Mixed);
struct BatchSoftmaxImpl : nn::Module {
  Tensor forward(const Tensor& x) { return x.softmax(0) * 20; }
};
WICK_MODULE(BatchSoftmax);
TEST(Preflight, Independence) {
  const Example<> b = batch_of();
  expect(check(nn::Sequential(nn::Linear(10, 32), Mixed(), nn::ReLU(), nn::Linear(32, 4)), b), "independence", Verdict::fail, "changes when example 16 is another one");
  expect(check(nn::Sequential(nn::Linear(10, 32), BatchSoftmax(), nn::Linear(32, 4)), b), "independence", Verdict::fail, "example 0 changes");
  expect(check(nn::Sequential(nn::Linear(10, 32), nn::BatchNorm1d(32), nn::Linear(32, 4)), b), "independence", Verdict::pass, "its own example only");
  // A recurrent layer whose batch comes second, and an output for each step.
  manual_seed(2);
  nn::LSTM lstm(nn::LSTMOptions(6, 12));
  nn::Linear last(12, 3);
  nn::Sequential both(last);
  both->push_back("lstm", lstm);
  const Tensor x = randn({5, 8, 6}), y = randint(0, 3, {8}, kLong);
  const auto loss = [&](Example<>& e) { return F::cross_entropy(last(std::get<0>(lstm(e.data)).select(0, -1)), e.target); };
  expect(check_loss(both, {x, y}, loss), "independence", Verdict::pass, "own example", {"one_batch", "first_loss"});
}
TEST(Preflight, OneBatch) {
  Example<> b = batch_of();
  const Tensor same = b.data.narrow(0, 0, 2).repeat({16, 1});  // two inputs, four labels
  expect(check(mlp(10, 4), {same, randint(0, 4, {32}, kLong)}), "one_batch", Verdict::fail, "cannot be learnt by heart");
  expect(check(mlp(10, 4), b, {}, 1e-7), "one_batch", Verdict::warn, "with its optimizer at 1e-07, and to");
  auto wide = mlp(10, 10);
  optim::SGD wild(wide->parameters(), optim::SGDOptions(1e8));
  expect(train::preflight(wide, [&](Example<>& e) { return F::mse_loss(wide->forward(e.data), e.data * 1); }, b, PreflightOptions().optimizer(&wild)), "one_batch", Verdict::fail, "10 times smaller", {"labels", "gradients"});
  expect(check(mlp(10, 4), b, PreflightOptions().seconds(0)), "one_batch", Verdict::skip, "no time");
}
TEST(Preflight, Deterministic) {
  const Example<> b = batch_of();
  auto net = mlp(10, 4);
  int calls = 0;
  expect(check_loss(net, b, [&](Example<>& e) { return F::cross_entropy(net->forward(e.data * (1 + 1e-3 * ++calls)), e.target); }), "deterministic", Verdict::fail, "aten::mul", {"mode", "independence"});
  Generator own = make_generator(3);
  expect(check_loss(net, b, [&](Example<>& e) { return F::cross_entropy(net->forward(e.data + 0.01 * randn({32, 10}, own)), e.target); }), "deterministic", Verdict::fail, "normal", {"mode", "independence"});
  expect(check_loss(net, b, [&](Example<>& e) { return F::cross_entropy(net->forward(e.data + 0.01 * randn({32, 10})), e.target); }), "deterministic", Verdict::pass, "same bits", {"mode"});
}

// --- Afterwards all is as it was.

nn::Sequential with_all() { return nn::Sequential(nn::Linear(10, 16), nn::BatchNorm1d(16), nn::ReLU(), nn::Dropout(0.3), nn::Linear(16, 4)); }
void expect_same(const nn::Module& a, const nn::Module& b) {
  const auto other = b.state_dict();
  for (const auto& e : a.state_dict()) EXPECT_TRUE(same_bits(e.value(), other[e.key()])) << e.key();
}
struct Random : data::datasets::Dataset<Random> {
  Example<> get(size_t i) override { return {randn({10}) + static_cast<double>(i % 4), full({}, static_cast<int64_t>(i % 4), kLong)}; }
  std::optional<size_t> size() const override { return 96; }
};
TEST(Preflight, TrainingGivesTheSameBits) {
  for (const size_t workers : {size_t{0}, size_t{2}}) {
    const auto run = [&](int checks) {
      manual_seed(7);
      auto net = with_all();
      optim::Adam optimizer(net->parameters(), optim::AdamOptions(0.01));
      Learner trainer(net, optimizer, train::TrainerOptions().epochs(2));
      auto loader = data::make_data_loader(Random().map(data::transforms::Stack<>()), data::DataLoaderOptions(16).workers(workers));
      train::metrics::Accuracy accuracy;
      trainer.track("own", accuracy);
      if (checks & 1) train::preflight(trainer, *loader);
      trainer.fit(*loader);
      if (checks & 2) train::preflight(trainer, *loader);
      trainer.options().epochs(4);
      trainer.fit(*loader);
      return std::pair(net, trainer.logged("loss"));
    };
    const auto none = run(0), first = run(1), both = run(3);
    expect_same(*none.first, *first.first);
    expect_same(*none.first, *both.first);
    EXPECT_EQ(none.second, both.second);
  }
}
TEST(Preflight, LoopGivesTheSameBits) {
  const auto run = [](int check) {
    manual_seed(7);
    auto net = with_all();
    optim::SGD optimizer(net->parameters(), optim::SGDOptions(0.05).momentum(0.9));
    Example<> b = batch_of();
    manual_seed(8);
    for (int i = 0; i < 6; ++i) {
      const auto loss = [&](Example<>& e) -> Tensor {
        if (check == 2) throw ValueError("no loss today");
        if (check == 3) return entropy(net, e).expand({2});
        return entropy(net, e);
      };
      if (i == 3 && check > 0) {
        const PreflightReport r = train::preflight(net, loss, b, PreflightOptions().optimizer(&optimizer));
        EXPECT_EQ(r.ok(), check == 1) << r;
      }
      if (i % 2 == 0) optimizer.zero_grad();  // gradients of two batches
      entropy(net, b).backward();
      optimizer.step();
    }
    return std::pair(net, default_generator().get_state());
  };
  const auto none = run(0);
  for (const int check : {1, 2, 3}) {
    const auto with = run(check);
    expect_same(*none.first, *with.first);
    EXPECT_TRUE(same_bits(none.second, with.second));
  }
}
// In the middle of the checks, by what is no error of Wick's.
TEST(Preflight, ThrowsInTheMiddle) {
  for (const int at : {1, 2, 7, 30}) {
    auto net = with_all();
    optim::Adam optimizer(net->parameters(), optim::AdamOptions(0.01));
    Example<> b = batch_of();
    entropy(net, b).backward();
    const Tensor gradient = net->parameters()[0].grad();
    const Tensor values = gradient.clone();
    const auto before = net->clone();
    net->children()[3]->eval();
    int calls = 0;
    const auto loss = [&](Example<>& e) {
      if (++calls == at) throw 7;
      return entropy(net, e);
    };
    try {
      train::preflight(net, loss, b, PreflightOptions().optimizer(&optimizer));
      FAIL() << "no throw at " << at;
    } catch (int) {
    }
    expect_same(*before, *net);
    EXPECT_EQ(net->parameters()[0].grad().unsafeGetTensorImpl(), gradient.unsafeGetTensorImpl());
    EXPECT_TRUE(same_bits(gradient, values));
    EXPECT_TRUE(net->is_training());
    EXPECT_FALSE(net->children()[3]->is_training());
    EXPECT_TRUE(optimizer.state().empty());
  }
}
// A trainer with callbacks, a schedule and workers, whose step throws what is no error at some call of the checks, or an error at each.
TEST(Preflight, TrainerThrows) {
  struct Throws : Learner {
    using Learner::Learner;
    int at = 0, calls = 0;
    Tensor training_step(Example<>& b) override {
      if (++calls == at) throw 7;
      if (at < 0) throw ValueError("no step today");
      return Learner::training_step(b);
    }
  };
  const auto run = [&](const std::vector<int>& at) {
    const TempDir dir;
    manual_seed(7);
    auto net = with_all();
    optim::SGD optimizer(net->parameters(), optim::SGDOptions(0.05).momentum(0.9));
    Throws trainer(net, optimizer, train::TrainerOptions().epochs(2).clip_norm(1));
    trainer.add(std::make_shared<train::CSVLog>(dir / "log.csv"));
    trainer.add(std::make_shared<train::EarlyStopping>("loss", 5));
    auto loader = data::make_data_loader(Random().map(data::transforms::Stack<>()), data::DataLoaderOptions(16).workers(2));
    const auto checks = [&] {
      for (const int k : at) {
        trainer.at = k;
        trainer.calls = 0;
        try {
          EXPECT_FALSE(train::preflight(trainer, *loader).ok());
          EXPECT_LT(k, 0);
        } catch (int) {
          EXPECT_GT(k, 0);
        }
      }
      trainer.at = 0;
    };
    checks();
    trainer.fit(*loader);
    checks();
    trainer.options().epochs(3);
    trainer.fit(*loader);
    return std::pair(net, read_file(dir / "log.csv"));
  };
  const auto none = run({}), some = run({1, 3, 20, -1});
  expect_same(*none.first, *some.first);
  EXPECT_EQ(none.second, some.second);
}
TEST(Preflight, KeepsAStateOfTheLoop) {
  auto net = mlp(10, 4);
  Example<> b = batch_of();
  int64_t steps = 3;
  train::State state;
  state.add("steps", steps);
  train::preflight(net, [&](Example<>& e) { return ++steps, entropy(net, e); }, b, PreflightOptions().state(&state));
  EXPECT_EQ(steps, 3);
}

TEST(Preflight, HardInputs) {
  auto net = mlp(10, 4);
  const auto loss = [&](Example<>& e) { return entropy(net, e); };
  expect(check_loss(net, {zeros({0, 10}), zeros({0}, kLong)}, loss), "input", Verdict::fail, "the batch is empty: [0, 10]");
  Batches none;
  expect(train::preflight(net, loss, none), "input", Verdict::fail, "gives no batch");
  // One example; no parameters; other types of batches.
  expect(check(mlp(10, 4), {randn({1, 10}), zeros({1}, kLong)}), "independence", Verdict::skip, "one example only", {"first_loss"});
  nn::Sequential empty{nn::ReLU()};
  expect(check_loss(empty, {randn({8, 4}), zeros({8}, kLong)}, [&](Example<>& e) { return entropy(empty, e); }), "gradients", Verdict::fail, "nothing to learn", {"loss"});
  auto autoencoder = nn::Sequential(nn::Linear(6, 16), nn::Tanh(), nn::Linear(16, 6));
  Tensor x = randn({16, 6});
  EXPECT_TRUE(train::preflight(autoencoder, [&](Tensor& t) { return F::mse_loss(autoencoder->forward(t), t); }, x).ok());
  std::pair<Tensor, Tensor> pair(randn({16, 10}), arange(16, kLong).remainder(4));
  EXPECT_TRUE(train::preflight(net, [&](std::pair<Tensor, Tensor>& p) { return F::cross_entropy(net->forward(p.first), p.second); }, pair).clean());
  int seed = 3;
  const PreflightReport r = train::preflight(net, [&](int& s) { return net->forward(ones({4, 10}) * s).square().mean(); }, seed);
  EXPECT_EQ(r["input"].verdict, Verdict::skip) << r;
  EXPECT_EQ(r["gradients"].verdict, Verdict::pass) << r;
}
struct TokensImpl : nn::Module {
  nn::Embedding words{reg("words", nn::Embedding(50, 8))};
  nn::Linear out{reg("out", nn::Linear(8, 3))};
  Tensor forward(const Tensor& ids) { return out(words(ids).mean(1)); }
};
WICK_MODULE(Tokens);
TEST(Preflight, IntegerInputs) {
  manual_seed(3);
  Tokens net;
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(0.05));
  Example<> b{randint(0, 50, {24, 7}, kLong), arange(24, kLong).remainder(3)};
  const auto loss = [&](Example<>& e) { return F::cross_entropy(net(e.data), e.target); };
  const PreflightReport r = train::preflight(net, loss, b, PreflightOptions().optimizer(&optimizer));
  EXPECT_TRUE(r.clean()) << r;
  EXPECT_NE(r["input"].what.find("24 examples [7], Long from 0 to 49"), std::string::npos) << r;
  EXPECT_EQ(r["independence"].verdict, Verdict::pass) << r;
  b.data[0][0] = 50;
  expect(train::preflight(net, loss, b, PreflightOptions().optimizer(&optimizer)), "loss", Verdict::fail, "50");
}
// Well-made trainings of other kinds: silent, too.
void expect_clean(const PreflightReport& r, const std::string& what) { EXPECT_TRUE(r.clean()) << what << "\n" << r; }
template <class M, class Loss>
void silent(const std::string& what, M& net, Example<> b, Loss loss, double lr = 0.01) {
  optim::AdamW optimizer(net->parameters(), optim::AdamWOptions(lr));
  expect_clean(train::preflight(net, loss, b, PreflightOptions().optimizer(&optimizer)), what);
}
struct RecurrentImpl : nn::Module {
  nn::GRU gru{reg("gru", nn::GRU(nn::GRUOptions(4, 16).batch_first(true)))};
  nn::Linear out{reg("out", nn::Linear(16, 3))};
  Tensor forward(const Tensor& x) { return out(std::get<0>(gru(x)).select(1, -1)); }
};
WICK_MODULE(Recurrent);
struct WordsImpl : nn::Module {  // the next token, with attention
  nn::Embedding words{reg("words", nn::Embedding(20, 16))};
  nn::TransformerEncoderLayer layer{reg("layer", nn::TransformerEncoderLayer(nn::TransformerEncoderLayerOptions(16, 2).dim_feedforward(32)))};
  nn::Linear out{reg("out", nn::Linear(16, 20))};
  Tensor forward(const Tensor& ids) { return out(layer(words(ids).transpose(0, 1)).transpose(0, 1)); }
};
WICK_MODULE(Words);
TEST(Preflight, OtherKindsOfTraining) {
  manual_seed(5);
  const Tensor y = arange(24, kLong).remainder(3);
  Recurrent recurrent;
  silent("series", recurrent, {randn({24, 7, 4}) + y.reshape({24, 1, 1}), y}, [&](Example<>& e) { return F::cross_entropy(recurrent(e.data), e.target); });
  Words words;
  silent("tokens", words, {randint(0, 20, {8, 6}, kLong), randint(0, 20, {8, 6}, kLong)}, [&](Example<>& e) { return F::cross_entropy(words(e.data).flatten(0, 1), e.target.flatten()); });
  nn::Sequential segments(nn::Conv2d(nn::Conv2dOptions(3, 16, 3).padding(1)), nn::ReLU(), nn::Conv2d(nn::Conv2dOptions(16, 2, 3).padding(1)));
  const Tensor pictures = randn({6, 3, 12, 12});
  silent("segmentation", segments, {pictures, pictures.select(1, 0).gt(0).to(kLong)}, [&](Example<>& e) { return F::cross_entropy(segments->forward(e.data), e.target); });
  auto several = mlp(10, 5);
  const Tensor x = randn({32, 10});
  silent("several labels", several, {x, x.narrow(1, 0, 5).gt(0).to(kFloat)}, [&](Example<>& e) { return F::binary_cross_entropy_with_logits(several->forward(e.data), e.target); });
  silent("smoothing", several, {x, arange(32, kLong).remainder(5)}, [&](Example<>& e) { return F::cross_entropy(several->forward(e.data), e.target, F::CrossEntropyFuncOptions().label_smoothing(0.1)); });
  nn::Sequential coder(nn::Linear(10, 32), nn::GELU(), nn::Linear(32, 4), nn::Tanh(), nn::Linear(4, 32), nn::GELU(), nn::Linear(32, 10));
  silent("autoencoder", coder, {x, x.clone()}, [&](Example<>& e) { return F::mse_loss(coder->forward(e.data), e.target); });
  auto price = mlp(10, 1);
  silent("one column", price, {x, x.select(1, 0) * 2}, [&](Example<>& e) { return F::smooth_l1_loss(price->forward(e.data).squeeze(1), e.target); });
  nn::Sequential norm(nn::Conv2d(nn::Conv2dOptions(3, 8, 3).bias(false)), nn::BatchNorm2d(8), nn::ReLU(), nn::AdaptiveAvgPool2d(1), nn::Flatten(), nn::Dropout(0.5), nn::Linear(8, 2));
  silent("batch norm and dropout", norm, {pictures, arange(6, kLong).remainder(2)}, [&](Example<>& e) { return F::cross_entropy(norm->forward(e.data), e.target); }, 0.05);
  nn::Sequential tower(nn::Linear(10, 32), nn::ReLU(), nn::Linear(32, 8));
  Tensor pair = randn({16, 10});  // two views of each; an embedding depends on its own example
  optim::Adam optimizer(tower->parameters(), optim::AdamOptions(0.01));
  const auto contrast = [&](Tensor& t) {
    const Tensor a = tower->forward(t), b = tower->forward(t + 0.1);
    return F::cross_entropy(a.matmul(b.t()), arange(16, kLong));
  };
  const PreflightReport r = train::preflight(tower, contrast, pair, PreflightOptions().optimizer(&optimizer));
  EXPECT_NE(r["one_batch"].verdict, Verdict::fail) << r;
}

TEST(Preflight, Options) {
  auto net = mlp(10, 4);
  Example<> b = batch_of();
  const PreflightReport r = check(net, b, PreflightOptions().skip({"one_batch", "deterministic"}));
  EXPECT_EQ(r.checks.size(), train::preflight_checks().size() - 2);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { check(net, b, PreflightOptions().skip({"none"})); }), "there is no check \"none\""));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { r["one_batch"]; }), "no check \"one_batch\""));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { check(net, b, PreflightOptions().steps(0)); }), "must be positive"));
  std::ostringstream text;
  text << r;
  for (const char* word : {"PASS  input ", "PASS  first_loss ", " -    layout ", "10 passed, 0 warnings, 0 failed, 1 skipped"}) EXPECT_TRUE(contains(text.str(), word));
}

}  // namespace
}  // namespace wick::test
