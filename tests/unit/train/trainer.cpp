// Trainers: the loop equals one by hand, steps can be replaced, callbacks, and runs that are stopped anywhere go on exactly.
#include <cmath>
#include <sstream>

#include <wick/data.h>
#include <wick/optim.h>
#include <wick/train.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using data::Example;
using train::TrainerOptions;

struct Numbers : data::datasets::Dataset<Numbers> {
  Example<> get(size_t i) override { return {full({3}, static_cast<double>(i * 7 % 13) / 10), full({}, static_cast<int64_t>(i % 2), kLong)}; }
  std::optional<size_t> size() const override { return 30; }
};
auto make_loader(size_t workers = 0) { return data::make_data_loader(Numbers().map(data::transforms::Stack<>()), data::DataLoaderOptions(4).workers(workers)); }
auto make_net() { return nn::Sequential(nn::Linear(3, 8), nn::BatchNorm1d(8), nn::ReLU(), nn::Dropout(0.2), nn::Linear(8, 2)); }

struct Classifier : train::Trainer<> {
  nn::Sequential net;
  train::metrics::Accuracy accuracy;
  double spoil_at = -1;  // the step whose loss is NaN
  int64_t steps_seen = 0;

  Classifier(nn::Sequential n, optim::Optimizer& o, TrainerOptions options) : Trainer(*n, o, options), net(n) { track("accuracy", accuracy); }
  Tensor training_step(Example<>& b) override {
    ++steps_seen;
    Tensor loss = nn::functional::cross_entropy(net->forward(b.data), b.target);
    return step() == spoil_at ? loss * NAN : loss;
  }
  void validation_step(Example<>& b) override {
    EXPECT_FALSE(net->is_training());
    EXPECT_FALSE(GradMode::is_enabled());
    const Tensor out = net->forward(b.data);
    accuracy.update(out, b.target);
    log("val_loss", nn::functional::cross_entropy(out, b.target));
  }
  Tensor predict_step(Example<>& b) override { return net->forward(b.data); }
};

bool same(const nn::Sequential& a, const nn::Sequential& b) {
  const auto x = a->state_dict(), y = b->state_dict();
  for (const auto& e : x)
    if (!same_bits(e.value(), y[e.key()])) return false;
  return true;
}

// A model, its optimizer and a trainer, all from one seed.
struct Kit {
  nn::Sequential net = (manual_seed(1), make_net());
  optim::Adam optimizer{net->parameters(), optim::AdamOptions(0.01)};
  Classifier trainer;
  explicit Kit(TrainerOptions o) : trainer(net, optimizer, o) {}
};

TEST(Trainer, EqualsALoopByHand) {
  Kit s(TrainerOptions().epochs(2).accumulate(3).clip_norm(0.1).clip_value(0.05));
  auto loader = make_loader();
  s.trainer.fit(*loader);
  EXPECT_EQ(s.trainer.epoch(), 2);
  EXPECT_EQ(s.trainer.step(), 6);  // 8 batches an epoch: two whole steps and one of what is left
  EXPECT_EQ(s.trainer.batches(), 8);

  manual_seed(1);
  nn::Sequential net = make_net();
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(0.01));
  auto other = make_loader();
  double loss_sum = 0;
  for (int epoch = 0; epoch < 2; ++epoch) {
    int pending = 0;
    loss_sum = 0;
    const auto step = [&] {
      pending = 0;
      nn::utils::clip_grad_value_(net->parameters(), 0.05);
      nn::utils::clip_grad_norm_(net->parameters(), 0.1);
      optimizer.step();
      optimizer.zero_grad();
    };
    for (auto& b : *other) {
      const Tensor loss = nn::functional::cross_entropy(net->forward(b.data), b.target);
      loss_sum += loss.item<double>() * static_cast<double>(b.data.size(0));
      (loss / 3).backward();
      if (++pending == 3) step();
    }
    if (pending) step();
  }
  EXPECT_TRUE(same(s.net, net));
  EXPECT_NEAR(s.trainer.logged("loss"), loss_sum / 30, 1e-12);
  EXPECT_GT(s.trainer.logged("grad_norm"), 0);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { s.trainer.logged("los"); }), "\"los\" was not logged in this epoch; logged: loss grad_norm"));
}

TEST(Trainer, EvaluatesAndPredicts) {
  Kit s(TrainerOptions().epochs(1));
  auto training = make_loader(), validation = make_loader();
  s.trainer.fit(*training, *validation);
  EXPECT_EQ(s.trainer.logged().size(), 3u);  // loss, val_loss, accuracy
  EXPECT_TRUE(s.net->is_training());
  const double loss = s.trainer.logged("loss");
  const train::Logged values = s.trainer.evaluate(*validation);
  ASSERT_EQ(values.size(), 2u);
  EXPECT_EQ(values[0].first, "val_loss");
  EXPECT_NEAR(values[0].second, s.trainer.logged("val_loss"), 1e-6);
  EXPECT_EQ(values[1].second, s.trainer.logged("accuracy"));
  EXPECT_EQ(s.trainer.logged("loss"), loss);
  s.net->eval();
  auto in_order = data::make_data_loader<data::samplers::SequentialSampler>(Numbers().map(data::transforms::Stack<>()), data::DataLoaderOptions(7));
  const std::vector<Tensor> p = s.trainer.predict(*in_order);
  EXPECT_FALSE(s.net->is_training());  // as it was
  ASSERT_EQ(p.size(), 5u);
  EXPECT_FALSE(p[0].requires_grad());
  EXPECT_EQ(cat(p).sizes(), (IntArrayRef{30, 2}));
}

// Any batch type, any range.
struct Plain : train::Trainer<Tensor> {
  using Trainer::Trainer;
  Tensor training_step(Tensor& x) override { return wrong ? x : (model().as<nn::Linear>()->forward(x)).pow(2).mean(); }
  bool wrong = false;
};
TEST(Trainer, OtherBatchesAndErrors) {
  nn::Linear net(2, 1);
  optim::SGD sgd(net->parameters(), optim::SGDOptions(0.1));
  std::vector<Tensor> batches{ones({4, 2}), zeros({4, 2})}, none;
  Plain t(*net, sgd, TrainerOptions().epochs(3));
  t.fit(batches, batches);
  EXPECT_EQ(t.step(), 6);
  EXPECT_EQ(t.logged().back().first, "val_loss");
  EXPECT_TRUE(contains(error_of<NotImplementedError>([&] { t.predict(batches); }), "predict_step is not written"));
  t.wrong = true;
  t.options().epochs(4);
  EXPECT_TRUE(contains(error_of([&] { t.fit(batches); }), "a loss of one number, got [4, 2]"));
  EXPECT_THROW(Plain(*net, sgd, TrainerOptions().accumulate(0)), ValueError);
  Plain e(*net, sgd, TrainerOptions().epochs(2));
  e.fit(none);
  EXPECT_EQ(e.step(), 0);
  EXPECT_EQ(e.epoch(), 2);
}

TEST(Trainer, ALossThatIsNotFiniteSaysWhere) {
  Kit s(TrainerOptions().epochs(2));
  s.trainer.spoil_at = 10;
  auto loader = make_loader();
  const std::string text = error_of([&] { s.trainer.fit(*loader); });
  EXPECT_TRUE(contains(text, "the loss of epoch 2, batch 3 (after 10 steps) is nan; the one before was 0."));
  struct Lenient : Classifier {
    using Classifier::Classifier;
    int left_out = 0;
    void non_finite_loss(double) override { spoil_at = -1; ++left_out; }
  };
  nn::Sequential net = make_net();
  optim::Adam adam(net->parameters());
  Lenient l(net, adam, TrainerOptions().epochs(2));
  l.spoil_at = 10;
  auto again = make_loader();
  l.fit(*again);
  EXPECT_EQ(l.left_out, 1);
  EXPECT_EQ(l.step(), 15);
  for (const auto& p : net->parameters()) EXPECT_TRUE(isfinite(p).all().item<bool>());
}

// Stops after a number of steps.
struct StopAt : train::Callback {
  explicit StopAt(int64_t n) : n(n) {}
  void on_step_end(train::TrainerBase& t) override { if (t.step() == n) t.stop(); }
  int64_t n;
};
std::string rows(const std::string& path) { return read_file(path); }

TEST(Trainer, StoppedAnywhereAndResumedEqualsUnbroken) {
  for (size_t workers : {0, 2}) {
    const TempDir whole_dir;
    const auto add_all = [](Kit& s, const TempDir& dir, optim::lr_scheduler::CosineAnnealingLR& schedule) {
      auto checkpoints = std::make_shared<train::Checkpoints>(dir.path(), train::CheckpointerOptions().keep_last(2).keep_best(1).smaller_is_better(true));
      checkpoints->every_steps(1).monitor("val_loss");
      s.trainer.add(checkpoints);
      s.trainer.add(std::make_shared<train::CSVLog>(dir / "log.csv"));
      auto steps = std::make_shared<train::CSVLog>(dir / "steps.csv", std::vector<std::string>{"step", "loss", "lr"});
      steps->every_steps(1);
      s.trainer.add(steps);
      s.trainer.add(std::make_shared<train::LRMonitor>());
      s.trainer.add(train::schedule(schedule, true));
      return checkpoints;
    };
    Kit whole(TrainerOptions().epochs(3).accumulate(3));
    optim::lr_scheduler::CosineAnnealingLR schedule(whole.optimizer, 9);
    add_all(whole, whole_dir, schedule);
    auto loader = make_loader(workers), validation = make_loader();
    whole.trainer.fit(*loader, *validation);
    ASSERT_EQ(whole.trainer.step(), 9);
    const std::string log = rows(whole_dir / "log.csv"), steps = rows(whole_dir / "steps.csv");
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 4);
    EXPECT_EQ(std::count(steps.begin(), steps.end(), '\n'), 10);
    for (int64_t n = 1; n <= 9; ++n) {
      SCOPED_TRACE(n);
      const TempDir dir;
      {
        Kit s(TrainerOptions().epochs(3).accumulate(3));
        optim::lr_scheduler::CosineAnnealingLR lr(s.optimizer, 9);
        s.trainer.add(std::make_shared<StopAt>(n));
        add_all(s, dir, lr);
        auto l = make_loader(workers), v = make_loader();
        s.trainer.fit(*l, *v);
        EXPECT_EQ(s.trainer.step(), n);
      }
      std::ofstream(dir / "steps.csv", std::ios::app) << "9,9,9\nhalf a";  // rows after the checkpoint, as a kill leaves them
      Kit s(TrainerOptions().epochs(3).accumulate(3));
      optim::lr_scheduler::CosineAnnealingLR lr(s.optimizer, 9);
      const auto checkpoints = add_all(s, dir, lr);
      manual_seed(99);
      auto l = make_loader(workers), v = make_loader();
      s.trainer.fit(*l, *v);
      EXPECT_TRUE(checkpoints->resumed());
      EXPECT_TRUE(same(s.net, whole.net));
      EXPECT_EQ(rows(dir / "log.csv"), log);
      EXPECT_EQ(rows(dir / "steps.csv"), steps);
    }
  }
}

TEST(Trainer, StoppedAndContinuedInOneProcess) {
  Kit whole(TrainerOptions().epochs(3));
  auto unbroken = make_loader(2);
  whole.trainer.fit(*unbroken);
  Kit again(TrainerOptions().epochs(3));
  auto loader = make_loader(2);
  const auto stop = std::make_shared<StopAt>(5);
  again.trainer.add(stop);
  again.trainer.fit(*loader);
  EXPECT_EQ(again.trainer.step(), 5);
  stop->n = 13;
  again.trainer.fit(*loader);
  again.trainer.fit(*loader);
  EXPECT_EQ(again.trainer.step(), 24);
  EXPECT_TRUE(same(again.net, whole.net));
}

TEST(Trainer, ResumesRangesThatKeepNoPlace) {
  const TempDir dir;
  std::vector<Tensor> batches;
  for (int i = 0; i < 6; ++i) batches.push_back(full({2, 2}, i, kFloat));
  const auto run = [&](int64_t stop, bool resume) {
    nn::Linear net((manual_seed(4), nn::LinearOptions(2, 1)));
    optim::SGD sgd(net->parameters(), optim::SGDOptions(0.001));
    Plain t(*net, sgd, TrainerOptions().epochs(2).max_steps(stop));
    auto c = std::make_shared<train::Checkpoints>(dir.path());
    c->resume(resume);
    t.add(c);
    t.fit(batches);
    return net->weight.detach().clone();
  };
  const Tensor whole = run(0, false);
  run(4, false);
  EXPECT_TRUE(same_bits(run(0, true), whole));
}

TEST(Trainer, EarlyStoppingAndItsMemory) {
  const TempDir dir;
  struct Worse : Plain {
    using Plain::Plain;
    void validation_step(Tensor&) override { log("val_loss", epoch() == 1 ? 1.0 : 2.0 + static_cast<double>(epoch())); }
  };
  std::vector<Tensor> batches{ones({4, 2})};
  for (int round = 0; round < 2; ++round) {
    nn::Linear net(2, 1);
    optim::SGD sgd(net->parameters(), optim::SGDOptions(0.1));
    Worse t(*net, sgd, TrainerOptions().epochs(20));
    const auto early = std::make_shared<train::EarlyStopping>("val_loss", 3);
    t.add(early);
    t.add(std::make_shared<train::Checkpoints>(dir.path()));
    t.fit(batches, batches);
    EXPECT_EQ(t.epoch(), 5);  // the second time at once: that it is over is known
    EXPECT_TRUE(early->ended());
    EXPECT_EQ(early->best(), std::optional<double>(1.0));
  }
  EXPECT_THROW(train::EarlyStopping("x", 0), ValueError);
}

TEST(Trainer, SchedulesThatLookAtAValue) {
  nn::Linear net(2, 1);
  optim::SGD sgd(net->parameters(), optim::SGDOptions(0.5));
  optim::ReduceLROnPlateauScheduler plateau(sgd, optim::ReduceLROnPlateauScheduler::min, 0.1f, 0);
  static_assert(serialize::detail::is_kept<optim::ReduceLROnPlateauScheduler> && serialize::detail::is_kept<optim::lr_scheduler::CosineAnnealingLR>, "schedules are part of checkpoints");
  struct Flat : Plain {
    using Plain::Plain;
    void validation_step(Tensor&) override { log("val_loss", 1.0); }
  } t(*net, sgd, TrainerOptions().epochs(3));
  t.add(train::schedule(plateau));
  t.add(std::make_shared<train::LRMonitor>());
  std::vector<Tensor> batches{ones({4, 2})};
  t.fit(batches, batches);
  EXPECT_NEAR(sgd.param_groups()[0].options().get_lr(), 0.005, 1e-8);
}

TEST(Trainer, ProgressIsPlainLinesWithoutATerminal) {
  Kit s(TrainerOptions().epochs(2));
  s.trainer.add(std::make_shared<train::ProgressBar>());
  auto loader = make_loader();
  testing::internal::CaptureStdout();
  s.trainer.fit(*loader);
  const std::string text = testing::internal::GetCapturedStdout();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2) << text;
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.rfind("epoch 1/2  loss 0.", 0), 0u) << text;
  EXPECT_TRUE(contains(text, "examples/s"));
}

TEST(Trainer, CallbacksInTheOrderOfPriority) {
  std::string seen;
  struct Note : train::Callback {
    Note(std::string& s, char c, int p) : s(s), c(c), p(p) {}
    int priority() const override { return p; }
    void on_epoch_end(train::TrainerBase&) override { s += c; }
    std::string& s;
    char c;
    int p;
  };
  Kit s(TrainerOptions().epochs(1));
  for (const auto& [c, p] : {std::pair<char, int>{'c', -5}, {'a', 0}, {'b', 0}, {'z', 7}}) s.trainer.add(std::make_shared<Note>(seen, c, p));
  auto loader = make_loader();
  s.trainer.fit(*loader);
  EXPECT_EQ(seen, "zabc");
  EXPECT_THROW(s.trainer.add(nullptr), Error);
}

TEST(CSVLog, AMissingFileIsSaid) {
  EXPECT_TRUE(contains(error_of([] {
                Kit s(TrainerOptions().epochs(1));
                s.trainer.add(std::make_shared<train::CSVLog>("/no/such/folder/log.csv"));
                auto loader = make_loader();
                s.trainer.fit(*loader);
              }), "cannot write /no/such/folder/log.csv"));
}

}  // namespace
}  // namespace wick::test
