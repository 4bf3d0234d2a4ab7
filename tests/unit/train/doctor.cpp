// The doctor: each diagnosis on a small training made to have it, and none on healthy ones.
#include <chrono>
#include <thread>

#include "temp.h"
#include "train/trainings.h"

namespace wick::test {
namespace {

using train::Confidence;
using train::Finding;
using Findings = std::vector<Finding>;

template <class Loader>
Findings fit(nn::Sequential net, Loader& training, const How& how = {}) {
  if (how.prepare) how.prepare(net);
  const auto optimizer = optimizer_of(net, how);
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

// The same training twice; `late` gives the second other numbers from a step on.
Findings twice(int64_t late, const std::function<void(train::Signals&)>& change = {}) {
  const auto run = [&](bool other) {
    auto data = easy();
    manual_seed(7);
    auto net = mlp(10, 4);
    optim::Adam optimizer(net->parameters(), optim::AdamOptions(0.01));
    struct Late : Learner {
      using Learner::Learner;
      int64_t at = -1;
      Tensor training_step(Example<>& b) override { return step() == at ? Learner::training_step(b) * (1 + 1e-6) : Learner::training_step(b); }
    } trainer(net, optimizer, train::TrainerOptions().epochs(6));
    if (other) trainer.at = late;
    auto doctor = std::make_shared<train::Doctor>();
    trainer.add(doctor);
    trainer.fit(data);
    return doctor->signals();
  };
  train::Signals one = run(false), other = run(true);
  if (change) change(other);
  one.compare(other);
  return train::diagnose(one);
}
TEST(Doctor, Nondeterminism) {
  expect_none(twice(-1), "nondeterminism");
  expect(twice(0), "nondeterminism", Confidence::high, "from the first step on");
  expect(twice(37), "nondeterminism", Confidence::high, "the same for 37 steps; that of step 38 (epoch 4) is");
  EXPECT_EQ(find(twice(37), "nondeterminism")->epoch, 4);
  const auto no_steps = [](train::Signals& s) { s.steps.clear(); };
  expect(twice(37, no_steps), "nondeterminism", Confidence::high, "the same for 3 epochs; loss of epoch 4 is");
  expect_none(twice(-1, no_steps), "nondeterminism");
  expect_none(twice(-1, [](train::Signals& s) { s.curves.resize(1); }), "nondeterminism");
  const auto rate = [](train::Signals& s) {
    for (auto& [name, values] : s.curves)
      if (name == "lr") values[0] = 1;
  };
  expect(twice(-1, rate), "nondeterminism", Confidence::low, "not begun alike: the learning rates");
  train::Signals a, b;
  EXPECT_TRUE(contains(error_of<ValueError>([&] { a.compare(b); }), "no curve in common"));
}

// What the final network gets right counts for more than means over epochs in which it changed.
TEST(Doctor, FinalScores) {
  train::Signals s;
  s.curves = {{"loss", {0.7, 0.6, 0.6, 0.6, 0.6, 0.6}}, {"train_accuracy", {0.5, 0.6, 0.6, 0.6, 0.6, 0.6}}, {"val_accuracy", {0.5, 0.6, 0.6, 0.6, 0.6, 0.6}}};
  s.labels = {60, 40};
  s.right = 0.99;
  s.right_held_out = 0.7;
  s.held_out_examples = 500;
  expect(train::diagnose(s), "overfitting", Confidence::high, "99 % of the training examples are right, 70 % of those held out");
  s.held_out_examples = 8;  // that may be chance
  expect_none(train::diagnose(s), "overfitting");
  s.held_out_examples = 500;
  s.right = s.right_held_out = 0.61;
  expect(train::diagnose(s), "underfitting", Confidence::high, "hardly better than always saying the most frequent class");
  s.right = s.right_held_out = 0.95;
  EXPECT_TRUE(train::diagnose(s).empty()) << text(train::diagnose(s));
  const TempDir dir;
  train::Doctor doctor(dir.path());
  doctor.score(0.9, 0.8, 40);  // of a network that had no epochs
  EXPECT_TRUE(contains(read_file(dir / "doctor.json"), "\"right\":0.9,\n\"right_held_out\":0.8,\n\"held_out_examples\":40"));
}
TEST(Doctor, FindingsNameTheEpoch) {
  train::Signals s;
  s.curves = {{"loss", {1, 0.5, 0.3, 0.1, 0.05, 0.02, 0.01}}, {"val_loss", {1, 0.6, 0.9, 1.2, 1.5, 1.8, 2}}, {"gradient", {0.1, 0.1, 0.1, 900, 0.1, 0.1, 0.1}}};
  const auto found = train::diagnose(s);
  ASSERT_TRUE(find(found, "overfitting") && find(found, "exploding")) << text(found);
  EXPECT_EQ(find(found, "overfitting")->epoch, 2);
  EXPECT_EQ(find(found, "exploding")->epoch, 4);
}

// --- Healthy trainings: nothing is said.

class DoctorHealthy : public ::testing::TestWithParam<int> {};
TEST_P(DoctorHealthy, SaysNothing) {
  Healthy h = healthy_training(GetParam());
  if (!h.held_out.empty()) h.how.held_out = &h.held_out;
  const auto found = fit(h.net, h.training, h.how);
  EXPECT_TRUE(found.empty()) << text(found);
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
  EXPECT_EQ(train::diagnoses().size(), 20u);
}

}  // namespace
}  // namespace wick::test
