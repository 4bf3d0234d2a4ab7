// The doctor: each diagnosis on a small training made to have it, and none on healthy ones.
#include <algorithm>
#include <chrono>
#include <thread>

#include <wick/data.h>
#include <wick/optim.h>
#include <wick/train.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using data::Example;
using train::Confidence;
using train::Finding;
using Findings = std::vector<Finding>;
using Batches = std::vector<Example<>>;

// Points around a centre for each class, and which it is.
std::pair<Tensor, Tensor> blobs(int64_t n, int64_t dims, int64_t classes, double apart, uint64_t seed) {
  manual_seed(seed);
  const Tensor centres = randn({classes, dims}) * apart;
  const Tensor y = arange(n, kLong).remainder(classes);
  return {centres.index_select(0, y) + randn({n, dims}), y};
}
Batches batches(const Tensor& x, const Tensor& y, int64_t size) {
  Batches r;
  for (int64_t i = 0; i < x.size(0); i += size) r.push_back({x.slice(0, i, std::min(i + size, x.size(0))), y.slice(0, i, std::min(i + size, x.size(0)))});
  return r;
}

struct Learner : train::Trainer<> {
  nn::Sequential net;
  Learner(nn::Sequential n, optim::Optimizer& o, train::TrainerOptions options) : Trainer(*n, o, options), net(n) {}
  static double right(const Tensor& out, const Tensor& y) { return out.argmax(1).eq(y).to(kFloat).mean().item<double>(); }
  Tensor training_step(Example<>& b) override {
    const Tensor out = net->forward(b.data);
    if (b.target.is_floating_point()) return nn::functional::mse_loss(out, b.target);
    log("train_accuracy", right(out, b.target));
    return nn::functional::cross_entropy(out, b.target);
  }
  void validation_step(Example<>& b) override {
    const Tensor out = net->forward(b.data);
    if (b.target.is_floating_point()) return log("val_loss", nn::functional::mse_loss(out, b.target));
    log("val_loss", nn::functional::cross_entropy(out, b.target));
    log("val_accuracy", right(out, b.target));
  }
};

struct How {
  double lr = 0.005;
  int64_t epochs = 8;
  bool sgd = false;
  std::function<void(const nn::Sequential&)> prepare = {};
  const Batches* held_out = nullptr;
  std::vector<Tensor> learn = {};  // not all parameters
};
template <class Loader>
Findings fit(nn::Sequential net, Loader& training, const How& how = {}) {
  if (how.prepare) how.prepare(net);
  const std::vector<Tensor> parameters = how.learn.empty() ? net->parameters() : how.learn;
  std::unique_ptr<optim::Optimizer> optimizer;
  if (how.sgd) optimizer = std::make_unique<optim::SGD>(parameters, optim::SGDOptions(how.lr));
  else optimizer = std::make_unique<optim::Adam>(parameters, optim::AdamOptions(how.lr));
  Learner trainer(net, *optimizer, train::TrainerOptions().epochs(how.epochs));
  auto doctor = std::make_shared<train::Doctor>();
  trainer.add(doctor);
  try {
    if (how.held_out) {
      Batches held = *how.held_out;
      trainer.fit(training, held);
    } else {
      trainer.fit(training);
    }
  } catch (const Error&) {  // a loss that is not finite
  }
  return doctor->findings();
}
const Finding* find(const Findings& all, const std::string& id) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const Finding& f) { return f.id == id; });
  return at == all.end() ? nullptr : &*at;
}
std::string text(const Findings& all) {
  std::string r;
  for (const auto& f : all) r += f.id + ": " + f.text();
  return r;
}
// The finding is there, is at least that sure, has evidence and advice, and `word` is in its text.
void expect(const Findings& all, const std::string& id, Confidence least, const std::string& word = "") {
  const Finding* f = find(all, id);
  ASSERT_TRUE(f) << id << " was not found; found:\n" << text(all);
  EXPECT_GE(static_cast<int>(f->confidence), static_cast<int>(least)) << f->text();
  EXPECT_FALSE(f->evidence.empty());
  EXPECT_FALSE(f->remedies.empty());
  EXPECT_NE(f->text().find(word), std::string::npos) << f->text();
}
void expect_none(const Findings& all, const std::string& id) { EXPECT_FALSE(find(all, id)) << text(all); }

nn::Sequential mlp(int64_t in, int64_t out, int64_t hidden = 32) { return nn::Sequential(nn::Linear(in, hidden), nn::ReLU(), nn::Linear(hidden, hidden), nn::ReLU(), nn::Linear(hidden, out)); }
void scale(const nn::Sequential& net, double factor) {
  const NoGradGuard off;
  for (const Tensor& p : net->parameters()) p.mul_(factor);
}
Batches easy(uint64_t seed = 1) {
  const auto [x, y] = blobs(320, 10, 4, 1, seed);
  return batches(x, y, 32);
}

TEST(Doctor, RateTooHigh) {
  auto data = easy();
  const auto found = fit(mlp(10, 4), data, How{3});
  expect(found, "rate_too_high", Confidence::medium, "--lr 0.3");
  expect_none(found, "rate_too_low");
}
TEST(Doctor, RateTooLow) {
  auto data = easy();
  const auto found = fit(mlp(10, 4), data, How{1e-6, 5, true});
  expect(found, "rate_too_low", Confidence::high, "--lr 1e-05");
  expect_none(found, "rate_too_high");
  expect_none(found, "saturated");
}
TEST(Doctor, Saturated) {
  auto data = easy();
  const auto found = fit(nn::Sequential(nn::Linear(10, 16), nn::Tanh(), nn::Linear(16, 4), nn::Sigmoid()), data, How{1e-3, 5, false, [](const auto& net) { scale(net, 200); }});
  expect(found, "saturated", Confidence::medium, "3 (sigmoid");
  expect_none(found, "rate_too_low");
  expect_none(found, "rate_too_high");
}
TEST(Doctor, Vanishing) {
  auto data = easy();
  nn::Sequential net;
  for (int i = 0; i < 10; ++i) {
    net->push_back(nn::Linear(i == 0 ? 10 : 16, 16));
    net->push_back(nn::Sigmoid());
  }
  net->push_back(nn::Linear(16, 4));
  expect(fit(net, data), "vanishing", Confidence::high, "0.weight");
}
TEST(Doctor, Exploding) {
  auto data = easy();
  nn::Sequential net;
  for (int i = 0; i < 10; ++i) net->push_back(nn::Linear(i == 0 ? 10 : 16, 16));
  net->push_back(nn::Linear(16, 4));
  expect(fit(net, data, How{1e-10, 3, true, [](const auto& n) { scale(n, 5); }}), "exploding", Confidence::high, "clip_norm");
}
TEST(Doctor, DeadUnits) {
  auto data = easy();
  const auto found = fit(mlp(10, 4), data, How{0.005, 8, false, [](const auto& net) {
    const NoGradGuard off;
    net->named_parameters()["2.bias"].fill_(-20);
  }});
  expect(found, "dead_units", Confidence::high, "3 (100 % of 32)");
}
TEST(Doctor, FrozenNotGivenToTheOptimizer) {
  auto data = easy();
  auto net = mlp(10, 4);
  expect(fit(net, data, How{0.005, 8, false, {}, nullptr, {net->parameters()[4], net->parameters()[5]}}), "frozen", Confidence::high, "4 of 6 parameters are not among the optimizer's");
}
struct DetachImpl : nn::Module {
  Tensor forward(const Tensor& x) { return x.detach(); }
};
WICK_MODULE(Detach);
TEST(Doctor, FrozenByDetach) {
  auto data = easy();
  expect(fit(nn::Sequential(nn::Linear(10, 16), nn::ReLU(), Detach(), nn::Linear(16, 4)), data), "frozen", Confidence::high, "0.weight, 0.bias");
}
TEST(Doctor, FrozenByHandIsNoFindingWhereItLearns) {
  auto data = easy();
  expect_none(fit(mlp(10, 4), data, How{0.01, 12, false, [](const auto& net) { net->parameters()[0].requires_grad_(false); }}), "frozen");
}
TEST(Doctor, Imbalance) {
  manual_seed(3);
  const Tensor x = randn({640, 10}), y = arange(640, kLong).remainder(32).eq(0).to(kLong);
  auto data = batches(x, y, 32);
  expect(fit(mlp(10, 2, 4), data, How{0.001, 5}), "imbalance", Confidence::high, "620 of 640");
}
TEST(Doctor, Normalisation) {
  auto [x, y] = blobs(320, 10, 4, 1, 1);
  auto large = batches(x * 40 + 128, y, 32), small = batches(x * 1e-4, y, 32), shifted = batches(x * 0.1 + 8, y, 32);
  expect(fit(mlp(10, 4), large), "normalisation", Confidence::high, "far too large");
  expect(fit(mlp(10, 4), small), "normalisation", Confidence::medium, "far too small");
  expect(fit(mlp(10, 4), shifted), "normalisation", Confidence::medium, "far from 0");
  expect_none(fit(nn::Sequential(nn::BatchNorm1d(10), nn::Linear(10, 4)), large), "normalisation");
}
TEST(Doctor, Overfitting) {
  manual_seed(4);
  auto training = batches(randn({64, 20}), randint(0, 2, {64}, kLong), 16);
  const auto held = batches(randn({64, 20}), randint(0, 2, {64}, kLong), 64);
  const auto found = fit(mlp(20, 2, 64), training, How{0.01, 30, false, {}, &held});
  expect(found, "overfitting", Confidence::high, "100 % of the training examples");
  expect_none(found, "underfitting");
}
TEST(Doctor, Underfitting) {
  manual_seed(5);
  const Tensor x = randn({512, 2});
  const Tensor y = x.select(1, 0).mul(x.select(1, 1)).gt(0).logical_or(x.select(1, 0).gt(1)).to(kLong);  // no line parts these
  auto data = batches(x, y, 32);
  const auto found = fit(nn::Sequential(nn::Linear(2, 2)), data, How{0.01, 15});
  expect(found, "underfitting", Confidence::low, "a larger network");
  expect_none(found, "overfitting");
}
TEST(Doctor, UnderfittingStillFalls) {
  auto data = easy();
  expect(fit(mlp(10, 4), data, How{0.03, 5, true}), "underfitting", Confidence::low, "still falling");
}
TEST(Doctor, TinyBatches) {
  const auto [x, y] = blobs(64, 10, 4, 2, 1);
  auto data = batches(x, y, 2);
  expect(fit(nn::Sequential(nn::Linear(10, 16), nn::BatchNorm1d(16), nn::ReLU(), nn::Linear(16, 4)), data), "tiny_batches", Confidence::high, "layers: 1");
}
struct Slow : data::datasets::Dataset<Slow> {
  Example<> get(size_t i) override {
    std::this_thread::sleep_for(std::chrono::milliseconds(4));
    return {full({4}, static_cast<double>(i % 2)), full({}, static_cast<int64_t>(i % 2), kLong)};
  }
  std::optional<size_t> size() const override { return 40; }
};
TEST(Doctor, Starving) {
  auto loader = data::make_data_loader(Slow().map(data::transforms::Stack<>()), data::DataLoaderOptions(8));
  expect(fit(mlp(4, 2, 8), *loader, How{0.01, 2}), "starving", Confidence::high, "--workers");
}
TEST(Doctor, NonFinite) {
  auto data = easy();
  data[4].data[0][0] = NAN;
  expect(fit(mlp(10, 4), data), "non_finite", Confidence::high, "1 batch with");
  auto rows = easy();
  for (auto& b : rows) b.target = b.data.mul(3);
  expect(fit(mlp(10, 10), rows, How{1e6, 30, true}), "non_finite", Confidence::high, "--lr 1e+05");
}

// --- Healthy trainings: nothing is said.

void healthy(nn::Sequential net, Batches training, How how, const Batches* held = nullptr) {
  how.held_out = held;
  const auto found = fit(net, training, how);
  EXPECT_TRUE(found.empty()) << text(found);
}
Batches first(const Batches& all, size_t n) { return Batches(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)); }
Batches rest(const Batches& all, size_t n) { return Batches(all.begin() + static_cast<std::ptrdiff_t>(n), all.end()); }

class DoctorHealthy : public ::testing::TestWithParam<int> {};
TEST_P(DoctorHealthy, SaysNothing) {
  const int k = GetParam();
  const auto [x, y] = blobs(640, 10, 4, 2, static_cast<uint64_t>(10 + k));
  const Batches all = batches(x, y, 32), training = first(all, 15), held = rest(all, 15);
  const Batches pictures = batches(x.narrow(1, 0, 9).reshape({640, 1, 3, 3}).sigmoid(), y, 32);
  const Tensor line = x.matmul(randn({10, 1})) / 4;
  const Batches numbers = batches(x, line + 0.1 * randn({640, 1}), 32);
  const Batches some = first(numbers, 15), others = rest(numbers, 15);
  switch (k) {
    case 0: return healthy(mlp(10, 4), training, How{0.005, 10}, &held);
    case 1: return healthy(nn::Sequential(nn::Linear(10, 32), nn::Tanh(), nn::Linear(32, 4)), training, How{0.01, 12}, &held);
    case 2: return healthy(nn::Sequential(nn::Linear(10, 16), nn::BatchNorm1d(16), nn::ReLU(), nn::Dropout(0.1), nn::Linear(16, 4)), training, How{0.01, 10}, &held);
    case 3: return healthy(nn::Sequential(nn::Linear(10, 4)), training, How{0.1, 10, true}, &held);
    case 4: return healthy(mlp(10, 1), some, How{0.005, 25}, &others);
    case 5: return healthy(nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::ReLU(), nn::Flatten(), nn::Linear(144, 4)), first(pictures, 15), How{0.01, 25});
    case 6: return healthy(mlp(10, 4, 64), training, How{0.1, 15, true}, &held);
    case 7: return healthy(nn::Sequential(nn::Linear(10, 32), nn::LayerNorm(nn::LayerNormOptions({32})), nn::GELU(), nn::Linear(32, 4)), training, How{0.003, 10}, &held);
    case 8: return healthy(nn::Sequential(nn::Linear(10, 24), nn::Sigmoid(), nn::Linear(24, 4)), training, How{0.02, 15}, &held);
    default: return healthy(nn::Sequential(nn::Linear(10, 1)), some, How{0.02, 40}, &others);
  }
}
INSTANTIATE_TEST_SUITE_P(Ten, DoctorHealthy, ::testing::Range(0, 10));

TEST(Doctor, ChangesNoNumbers) {
  const auto run = [](bool looked) {
    auto data = easy();
    manual_seed(7);
    nn::Sequential net(nn::Linear(10, 16), nn::BatchNorm1d(16), nn::ReLU(), nn::Dropout(0.3), nn::Linear(16, 4));
    optim::Adam optimizer(net->parameters(), optim::AdamOptions(0.01));
    Learner trainer(net, optimizer, train::TrainerOptions().epochs(3));
    if (looked) trainer.add(std::make_shared<train::Doctor>());
    trainer.fit(data);
    return net;
  };
  const auto a = run(true), b = run(false);
  for (const auto& e : a->state_dict()) EXPECT_TRUE(same_bits(e.value(), b->state_dict()[e.key()])) << e.key();
}
TEST(Doctor, LeavesAFile) {
  const TempDir dir;
  auto data = easy();
  auto net = mlp(10, 4);
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(0.01));
  Learner trainer(net, optimizer, train::TrainerOptions().epochs(2));
  trainer.add(std::make_shared<train::Doctor>(dir.path()));
  trainer.fit(data);
  const std::string text = read_file(dir / "doctor.json");
  for (const char* word : {"\"wick_doctor\":1", "\"loss\":[", "\"0.weight\"", "\"kind\":\"relu\"", "\"labels\":[80,80,80,80]"}) EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
  EXPECT_EQ(dir.files(), 1u);
}
TEST(Doctor, NothingKnown) {
  EXPECT_TRUE(train::diagnose(train::Signals()).empty());
  EXPECT_EQ(train::diagnoses().size(), 19u);
}

}  // namespace
}  // namespace wick::test
