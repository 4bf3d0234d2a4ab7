// An image classifier on several ranks with train::Trainer: what N times the batch does to learning, and what the learning rate must do then.
//     wick launch -n 2 image_classifier          trains on two ranks
//     image_classifier                           compares 1, 2, 4 and 8 ranks and three rules for the rate
#include "common.h"

using namespace wick;

namespace {

// Pictures by number, a batch at once.
struct Pictures : data::datasets::BatchDataset<Pictures, data::Example<>> {
  explicit Pictures(const example::Set& s) : x(s.x), y(s.y) {}
  data::Example<> get_batch(ArrayRef<size_t> request) override {
    const std::vector<int64_t> numbers(request.begin(), request.end());
    const Tensor pick = tensor(numbers);
    return {x.index_select(0, pick), y.index_select(0, pick)};
  }
  std::optional<size_t> size() const override { return static_cast<size_t>(x.size(0)); }
  Tensor x, y;
};

struct Classifier : train::Trainer<> {
  nn::Sequential net;
  train::metrics::Accuracy accuracy;
  Classifier(nn::Sequential n, optim::Optimizer& o, train::TrainerOptions options) : Trainer(*n, o, options), net(n) { track("test_accuracy", accuracy); }
  Tensor training_step(data::Example<>& b) override { return nn::functional::cross_entropy(net->forward(b.data), b.target); }
  void validation_step(data::Example<>& b) override { accuracy.update(net->forward(b.data), b.target); }
};

struct Plan {
  std::string folder;
  int64_t batch, epochs;
  double rate, warmup;  // share of the steps
  bool prints = false;
};

// Nothing here knows of ranks but the samplers: the trainer averages gradients, and gathers the metrics.
std::vector<double> learn(const Plan& plan, uint64_t seed) {
  const size_t ranks = static_cast<size_t>(example::ranks_here()), rank = static_cast<size_t>(example::rank_here());
  const Pictures training(example::images(plan.folder, true)), test(example::images(plan.folder, false));
  manual_seed(seed);
  const int64_t side = training.x.size(-1), flat = 32 * (side / 4) * (side / 4);
  nn::Sequential net(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::ReLU(), nn::MaxPool2d(2), nn::Conv2d(nn::Conv2dOptions(16, 32, 3).padding(1)), nn::ReLU(), nn::MaxPool2d(2), nn::Flatten(),
                     nn::Linear(flat, 10));
  optim::SGD optimizer(net->parameters(), optim::SGDOptions(plan.rate).momentum(0.9));
  const auto options = data::DataLoaderOptions(static_cast<size_t>(plan.batch)).drop_last(true);
  auto loader = data::make_data_loader(training, data::samplers::RankSampler<>(data::samplers::RandomSampler(training.x.size(0)), ranks, rank), options);
  auto held = data::make_data_loader(test, data::samplers::RankSampler<data::samplers::SequentialSampler>(data::samplers::SequentialSampler(*test.size()), ranks, rank), data::DataLoaderOptions(100));
  const int64_t steps = plan.epochs * (training.x.size(0) / (plan.batch * static_cast<int64_t>(ranks))), rise = std::max<int64_t>(1, static_cast<int64_t>(plan.warmup * static_cast<double>(steps)));
  auto cosine = std::make_shared<optim::CosineAnnealingLR>(optimizer, std::max<int64_t>(1, steps - rise));
  auto schedule = optim::lr_scheduler::with_warmup(optimizer, rise, cosine);
  Classifier trainer(net, optimizer, train::TrainerOptions().epochs(plan.epochs));
  trainer.add(train::schedule(*schedule, true));
  if (plan.prints) trainer.add(std::make_shared<train::ProgressBar>()), trainer.add(std::make_shared<train::RankReport>());
  try {
    trainer.fit(*loader, *held);
  } catch (const Error&) {
    if (plan.prints) throw;
    return {0.1, 99};  // the loss is no number any more
  }
  return {trainer.logged("test_accuracy"), trainer.logged("loss"), static_cast<double>(trainer.step())};
}

}  // namespace

int main(int argc, char** argv) {
  const example::Args args(argc, argv, {{"data", ""}, {"batch", "16"}, {"rate", "0.02"}, {"epochs", "6"}, {"runs", "1"}, {"plots", ""}});
  Plan plan{args["data"], args.number("batch"), args.number("epochs"), args.real("rate"), 0};
  if (example::launched()) {
    distributed::init_process_group("gloo");
    plan.prints = true;
    plan.rate *= example::ranks_here();
    plan.warmup = 0.1;
    learn(plan, 1);
    distributed::destroy_process_group();
    return 0;
  }

  // The same batch in all: the same network, whoever computes it.
  Plan whole = plan, halves = plan;
  whole.batch *= 2;
  const auto one = example::run_ranks(1, [&] { return learn(whole, 1); }), two = example::run_ranks(2, [&] { return learn(halves, 1); });
  std::printf("one rank, batch %lld: loss %.6f, accuracy %.1f %%;   two ranks, batch %lld each: loss %.6f, accuracy %.1f %%\n\n", static_cast<long long>(whole.batch), one[1], 100 * one[0],
              static_cast<long long>(halves.batch), two[1], 100 * two[0]);
  if (std::abs(one[1] - two[1]) > 1e-4) return std::fprintf(stderr, "they differ\n"), 1;

  struct Rule { const char* name; bool linear; double warmup; };
  const Rule rules[] = {{"the same rate", false, 0}, {"rate x ranks", true, 0}, {"rate x ranks, warm-up", true, 0.2}};
  logging::Figure accuracy(example::axes("accuracy after " + args["epochs"] + " epochs, batch " + args["batch"] + " a rank", "ranks", "test accuracy, %").log_x(true));
  const auto runs = static_cast<uint64_t>(args.number("runs"));
  std::printf("test accuracy, %%; mean of %d run%s, batch %lld a rank, %lld epochs\n%-26s%8s%8s%8s%8s\n", static_cast<int>(runs), runs == 1 ? "" : "s", static_cast<long long>(plan.batch), static_cast<long long>(plan.epochs), "ranks", "1", "2", "4", "8");
  for (const Rule& rule : rules) {
    std::vector<double> x, y;
    std::printf("%-26s", rule.name);
    for (const int ranks : {1, 2, 4, 8}) {
      Plan p = plan;
      p.rate *= rule.linear ? ranks : 1;
      p.warmup = rule.warmup;
      double sum = 0;
      for (uint64_t seed = 1; seed <= runs; ++seed) sum += example::run_ranks(ranks, [&] { return learn(p, seed); })[0];
      x.push_back(ranks);
      y.push_back(100 * sum / static_cast<double>(runs));
      std::printf("%8.1f", y.back());
      std::fflush(stdout);
    }
    std::printf("\n");
    accuracy.line(x, y, rule.name);
  }
  args.save("data_parallel_rates.svg", {accuracy});
}
