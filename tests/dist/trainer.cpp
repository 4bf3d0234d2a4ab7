// train::Trainer on several ranks against one with the batches of all; checkpoints; where the time goes.
#include <cmath>
#include <filesystem>
#include <sstream>
#include <thread>

#include <unistd.h>

#include <wick/data.h>
#include <wick/train.h>

#include "check.h"

using namespace wick;
using namespace wick::data;

namespace {

constexpr int64_t kBatch = 8, kExamples = 192, kHeld = 37;
int me, n;

struct Points : datasets::Dataset<Points> {
  explicit Points(size_t count, double shift = 0) : count(count), shift(shift) {}
  Example<> get(size_t i) override {
    const double a = std::sin(static_cast<double>(i) * 1.7 + shift), b = std::cos(static_cast<double>(i) * 0.9), c = std::sin(static_cast<double>(i * i));
    return {tensor({a, b, c}).to(kFloat), tensor(static_cast<int64_t>(a + 0.5 * b > 0.2 * c))};
  }
  std::optional<size_t> size() const override { return count; }
  size_t count;
  double shift;
};
auto points(int64_t count, double shift = 0) { return Points(static_cast<size_t>(count), shift).map(transforms::Stack<>()); }

struct Classifier : train::Trainer<> {
  nn::Sequential net;
  train::metrics::Accuracy accuracy;
  train::metrics::AUROC auroc;
  train::metrics::F1 f1{2};
  int64_t stop_at = -1, sleep_ms = 0;
  std::vector<double> losses;
  Classifier(nn::Sequential m, optim::Optimizer& o, train::TrainerOptions options) : Trainer(*m, o, options), net(m) {
    track("accuracy", accuracy);
    track("auroc", auroc);
    track("f1", f1);
  }
  Tensor training_step(Example<>& b) override {
    if (step() == stop_at) stop();
    if (sleep_ms) std::this_thread::sleep_for(std::chrono::milliseconds(sleep_ms));
    return nn::functional::cross_entropy(net->forward(b.data), b.target);
  }
  void validation_step(Example<>& b) override {
    const Tensor out = net->forward(b.data);
    accuracy.update(out, b.target);
    f1.update(out, b.target);
    auroc.update(out.select(1, 1), b.target);
    log("val_loss", nn::functional::cross_entropy(out, b.target));
  }
};

// A model, its optimizer and its loaders: of this rank, or alone with the batches of all.
struct Kit {
  bool together;
  nn::Sequential net;
  optim::AdamW optimizer;
  Classifier trainer;
  std::unique_ptr<StatelessDataLoader<decltype(points(1)), samplers::RankSampler<>>> training;
  std::unique_ptr<StatelessDataLoader<decltype(points(1)), samplers::RankSampler<samplers::SequentialSampler>>> held;
  Kit(bool together, double dropout, train::TrainerOptions options = {})
      : together(together), net((manual_seed(together ? 1 + me : 1), nn::Sequential(nn::Linear(3, 16), nn::Tanh(), nn::Dropout(dropout), nn::Linear(16, 2)))), optimizer(net->parameters(), optim::AdamWOptions(0.02)),
        trainer(net, optimizer, options.epochs(3).distributed(together)) {
    const size_t ranks = together ? static_cast<size_t>(n) : 1, rank = together ? static_cast<size_t>(me) : 0;
    training = make_data_loader(points(kExamples), samplers::RankSampler<>(samplers::RandomSampler(kExamples), ranks, rank), DataLoaderOptions(static_cast<size_t>(together ? kBatch : kBatch * n)));
    held = make_data_loader(points(kHeld, 0.3), samplers::RankSampler<samplers::SequentialSampler>(samplers::SequentialSampler(kHeld), ranks, rank), DataLoaderOptions(5));
    manual_seed(7);
  }
  void fit() { trainer.fit(*training, *held); }
};
double distance(const nn::Sequential& a, const nn::Sequential& b) {
  double most = 0;
  const auto pa = a->parameters(), pb = b->parameters();
  for (size_t i = 0; i < pa.size(); ++i) most = std::max(most, (pa[i] - pb[i]).abs().max().item<double>());
  return most;
}

void equal_to_one(const train::TrainerOptions& options) {
  Kit one(false, 0, options), all(true, 0, options);
  manual_seed(7);
  one.fit();
  manual_seed(7 + me);  // rank 0's numbers count
  all.fit();
  CHECK(distance(one.net, all.net) <= 1e-6, distance(one.net, all.net));
  CHECK(one.trainer.step() == all.trainer.step());
  for (const auto& [name, value] : one.trainer.logged()) CHECK(std::abs(value - all.trainer.logged(name)) <= 1e-6, name, ": ", value, " and ", all.trainer.logged(name));
  const auto a = one.trainer.evaluate(*one.held), b = all.trainer.evaluate(*all.held);
  CHECK(a.size() == 4 && b.size() == 4);
  for (size_t i = 0; i < a.size(); ++i) CHECK(a[i].first == b[i].first && std::abs(a[i].second - b[i].second) <= 1e-6, a[i].first, ": ", a[i].second, " and ", b[i].second);
}

// Stopped by one rank, the last, and gone on with: the same bits. Then alone, from the same file.
void checkpoints() {
  const std::string folder = "/tmp/wick-dist-trainer-" + std::to_string(getpid());  // rank 0 alone uses it
  Kit whole(true, 0.3);
  whole.fit();
  {
    Kit first(true, 0.3);
    if (me == n - 1) first.trainer.stop_at = kExamples / (kBatch * n) + 2;
    first.trainer.add(std::make_shared<train::Checkpoints>(folder));
    first.fit();
    const Tensor steps = tensor(first.trainer.step()), most = steps.clone();
    distributed::all_reduce(most, distributed::ReduceOp::MAX);
    CHECK(equal(steps, most) && first.trainer.stopped() && first.trainer.epoch() < 3, first.trainer.step());
  }
  {
    Kit second(true, 0.3);
    const auto saved = std::make_shared<train::Checkpoints>(folder);
    second.trainer.add(saved);
    second.fit();
    CHECK(saved->resumed() && distance(second.net, whole.net) == 0, distance(second.net, whole.net));
  }
  distributed::barrier();
  if (me == 0) std::filesystem::remove_all(folder);
  distributed::barrier();

  Kit one(false, 0);
  one.fit();
  {
    Kit part(true, 0);
    if (me == 0) part.trainer.stop_at = 2;
    part.trainer.add(std::make_shared<train::Checkpoints>(folder));
    part.fit();
  }
  if (me == 0) {
    Kit alone(false, 0);
    alone.trainer.add(std::make_shared<train::Checkpoints>(folder));
    alone.fit();
    CHECK(distance(alone.net, one.net) <= 1e-6 && alone.trainer.step() == one.trainer.step(), distance(alone.net, one.net), " ", alone.trainer.step());
    std::filesystem::remove_all(folder);
  }
  distributed::barrier();
}

// A DistributedDataParallel does the averaging itself, files hold the module's own names; samplers are told the epoch.
void own_parallel() {
  nn::Sequential net(nn::Linear(3, 4), nn::Tanh(), nn::Linear(4, 2));
  nn::parallel::DistributedDataParallel<nn::Sequential> model(net);
  optim::SGD optimizer(net->parameters(), 0.1);
  struct Own : train::Trainer<> {
    nn::parallel::DistributedDataParallel<nn::Sequential>& model;
    Own(nn::parallel::DistributedDataParallel<nn::Sequential>& m, optim::Optimizer& o) : Trainer(m, o, train::TrainerOptions().epochs(2)), model(m) {}
    Tensor training_step(Example<>& b) override { return nn::functional::cross_entropy(model(b.data), b.target); }
  } trainer(model, optimizer);
  auto loader = make_data_loader(points(40), samplers::DistributedRandomSampler(40, static_cast<size_t>(n), static_cast<size_t>(me)), DataLoaderOptions(5));
  trainer.fit(*loader);
  CHECK(loader->sampler().epoch() == 1);
  serialize::OutputArchive out;
  trainer.state().save(out);
  std::stringstream bytes;
  out.save_to(bytes);
  serialize::InputArchive in, part;
  in.load_from(bytes);
  in.read("model", part);
  const auto keys = part.keys();
  CHECK(std::find(keys.begin(), keys.end(), "0.weight") != keys.end() && keys.size() == 4, keys[0]);
  const Tensor w = net->parameters()[0].detach().clone(), most = w.clone();
  distributed::all_reduce(most, distributed::ReduceOp::MAX);
  CHECK(equal(w, most));
}

void times() {
  Kit kit(true, 0);
  if (me == 1) kit.trainer.sleep_ms = 20;
  const auto report = std::make_shared<train::RankReport>(false);
  kit.trainer.add(report);
  kit.fit();
  const auto& ranks = report->times();
  CHECK(ranks.size() == static_cast<size_t>(n));
  for (int r = 0; r < n && r < static_cast<int>(ranks.size()); ++r) {
    const auto& t = ranks[static_cast<size_t>(r)];
    CHECK(t.rank == r && t.steps == kit.trainer.step() && t.examples == kExamples * 3 / n && t.operations > t.steps && t.bytes > 0, t.text());
    CHECK(t.compute > 0 && t.exposed >= 0 && t.total >= t.compute + t.data + t.exposed - 1e-6, t.text());
    if (r != 1) CHECK(t.exposed > 0.01 * static_cast<double>(t.steps), "rank ", r, " waits for rank 1: ", t.text());
    CHECK(distributed::RankTimes::from_text(t.text()).text() == t.text());
  }
  const auto slow = distributed::stragglers(ranks);
  CHECK(slow.size() == 1 && has(slow[0], "rank 1 (") && has(slow[0], "computes for"), slow.empty() ? "none" : slow[0]);
  CHECK(has(distributed::table(ranks), slow[0]));
  // Told without the others.
  distributed::meter().tell();
  distributed::barrier();
  if (distributed::default_group()->store() && me == 0) CHECK(distributed::meter().gather(true).size() == static_cast<size_t>(n));
  distributed::barrier();
  distributed::RankTimes a, b;
  a.steps = b.steps = 10;
  a.host = "fast", b.host = "slow", b.rank = 1;
  a.compute = b.compute = 1;
  a.exposed = 1, b.data = 1;
  CHECK(distributed::stragglers({a, b})[0] == "rank 1 (slow) is 100 % slower than the others: it waits for data for 100.00 ms a step, they 0.00 ms", distributed::stragglers({a, b})[0]);
  CHECK(distributed::stragglers({a, a}).empty());
}

}  // namespace

void trainer(const std::string& engine) {
  distributed::init_process_group(engine);
  me = distributed::get_rank();
  n = distributed::get_world_size();
  equal_to_one({});
  equal_to_one(train::TrainerOptions().accumulate(3).clip_norm(0.5));  // what is left at the end of an epoch is averaged, too
  equal_to_one(train::TrainerOptions().accumulate(4));
  checkpoints();
  own_parallel();
  times();
  distributed::destroy_process_group();
}
