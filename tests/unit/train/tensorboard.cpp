// What trainers write for TensorBoard.
#include <wick/data.h>
#include <wick/log/event_reader.h>
#include <wick/log/summary_writer.h>
#include <wick/optim.h>
#include <wick/train.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

using data::Example;
using logging::EventKind;
using train::TrainerOptions;

struct Numbers : data::datasets::Dataset<Numbers> {
  Example<> get(size_t i) override { return {full({3}, static_cast<double>(i * 7 % 13) / 10), full({1}, static_cast<double>(i % 5))}; }
  std::optional<size_t> size() const override { return 20; }
};
struct Parts {  // made before the trainer
  nn::Linear net{3, 1};
  optim::SGD sgd{net->parameters(), optim::SGDOptions(0.01)};
};
struct Regression : Parts, train::Trainer<> {
  explicit Regression(TrainerOptions o) : Trainer(*net, sgd, o) {}
  Tensor training_step(Example<>& b) override { return nn::functional::mse_loss(net(b.data), b.target); }
};
auto make_loader() { return data::make_data_loader(Numbers().map(data::transforms::Stack<>()), data::DataLoaderOptions(4)); }
logging::Points points(const logging::RunLog& log, const std::string& tag) {
  const auto k = log.find(tag, EventKind::scalar);
  EXPECT_TRUE(k.has_value()) << tag;
  return k ? log.points(*k) : logging::Points();
}

TEST(TensorBoard, WhatTheMachineUsesWhileItTrains) {
  const TempDir dir;
  const auto board = std::make_shared<train::TensorBoard>(dir / "run");
  board->system_seconds(0.01);
  Regression r(TrainerOptions().epochs(2));
  r.add(board);
  const auto loader = make_loader();
  r.fit(*loader);
  r.fit(*loader);  // once more: another monitor, the same writer
  logging::RunLog log(dir / "run");
  log.refresh();
  const auto memory = points(log, "system/process_memory");
  ASSERT_FALSE(memory.values.empty());
  EXPECT_EQ(memory.steps.back(), 10);
  EXPECT_GT(memory.values.back(), 1e6);
  const TempDir other;
  Regression off(TrainerOptions().epochs(1));
  off.add(std::make_shared<train::TensorBoard>(other / "run"));
  off.fit(*loader);
  logging::RunLog none(other / "run");
  none.refresh();
  for (const auto& t : none.tags()) EXPECT_NE(t.tag.rfind("system/", 0), 0u) << t.tag;
}

TEST(TensorBoard, StepsEpochsAndParameters) {
  const TempDir dir;
  Regression r(TrainerOptions().epochs(3));
  const auto board = std::make_shared<train::TensorBoard>(dir / "run");
  board->gradients(true);
  r.add(board);
  EXPECT_TRUE(contains(error_of([&] { board->writer(); }), "before a fit"));
  const auto loader = make_loader(), held = make_loader();
  r.fit(*loader, *held);
  board->writer().add_text("note", "after", 15);
  board->writer().flush();

  logging::RunLog log(dir / "run");
  log.refresh();
  const auto loss = points(log, "step/loss");
  ASSERT_EQ(loss.steps.size(), 15u);
  EXPECT_EQ(loss.steps[0], 1);
  EXPECT_EQ(loss.steps[14], 15);
  EXPECT_EQ(points(log, "lr").values, std::vector<double>(15, static_cast<double>(0.01f)));
  const auto epochs = points(log, "epoch/loss");
  EXPECT_EQ(epochs.steps, (std::vector<int64_t>{5, 10, 15}));
  double mean = 0;
  for (size_t i = 10; i < 15; ++i) mean += loss.values[i] / 5;
  EXPECT_NEAR(epochs.values[2], mean, 1e-6);
  EXPECT_EQ(points(log, "epoch/val_loss").values.size(), 3u);
  EXPECT_GT(points(log, "epoch/examples_per_second").values[0], 0);
  const auto weight = log.find("parameters/weight", EventKind::histogram).value();
  ASSERT_EQ(log.tag(weight).count, 3u);
  EXPECT_EQ(log.histogram(weight, 2).num, 3);
  EXPECT_NEAR(log.histogram(weight, 2).sum, r.net->weight.sum().item<double>(), 1e-6);
  EXPECT_TRUE(log.find("note/text_summary", EventKind::text).has_value());
}

TEST(TensorBoard, OnlyWhatIsAskedFor) {
  const TempDir dir;
  Regression r(TrainerOptions().epochs(2));
  const auto board = std::make_shared<train::TensorBoard>(dir.path());
  board->every_steps(3).histogram_epochs(0);
  r.add(board);
  const auto loader = make_loader();
  r.fit(*loader);
  logging::RunLog log(dir.path());
  log.refresh();
  EXPECT_EQ(points(log, "step/loss").steps, (std::vector<int64_t>{3, 6, 9}));
  for (const auto& t : log.tags()) EXPECT_EQ(t.kind, EventKind::scalar) << t.tag;
}

TEST(TensorBoard, ARunThatGoesOnHidesWhatCameAfterItsCheckpoint) {
  const TempDir dir;
  struct Stop : train::Callback {
    int64_t at;
    explicit Stop(int64_t s) : at(s) {}
    void on_step_end(train::TrainerBase& t) override {
      if (t.step() == at) throw Error("killed");
    }
  };
  const auto run = [&](int64_t stop) {
    Regression r(TrainerOptions().epochs(3));
    r.add(std::make_shared<train::Checkpoints>(dir / "run"));
    r.add(std::make_shared<train::TensorBoard>(dir / "run"));
    r.add(std::make_shared<Stop>(stop));
    const auto loader = make_loader();
    r.fit(*loader);
  };
  EXPECT_TRUE(contains(error_of([&] { run(8); }), "killed"));
  run(-1);  // from the end of the first epoch
  logging::RunLog log(dir / "run");
  log.refresh();
  const auto loss = points(log, "step/loss");
  ASSERT_EQ(loss.steps.size(), 15u);
  for (size_t i = 0; i < 15; ++i) EXPECT_EQ(loss.steps[i], static_cast<int64_t>(i) + 1);
  EXPECT_EQ(points(log, "epoch/loss").steps, (std::vector<int64_t>{5, 10, 15}));
}

}  // namespace
}  // namespace wick::test
