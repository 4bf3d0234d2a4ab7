// One rank of bench/scale.sh: steps of data-parallel training, with and without the exchange of gradients, and all-reduces. The peer is scale.py.
// Prints lines `name<TAB>value<TAB>unit` on rank 0; with one rank there is nothing to exchange.
#include "networks.h"

#include <wick/dist.h>

#include <optional>

namespace dist = wick::distributed;

int ranks = 1, rank_of = 0;

double highest(double v) {
  if (ranks == 1) return v;
  const Tensor t = torch::tensor(v, torch::kDouble);
  dist::all_reduce(t, dist::ReduceOp::MAX);
  return t.item<double>();
}
void line(const std::string& name, double value, const char* unit) {
  if (rank_of == 0) bench::line(name, value, unit);
}

// The median of some steps; of all ranks the slowest.
template <class F>
double median(int steps, F&& f) {
  std::vector<double> all;
  for (int i = 0; i < steps; ++i) {
    const double t = bench::now();
    f();
    all.push_back(bench::now() - t);
  }
  std::nth_element(all.begin(), all.begin() + steps / 2, all.end());
  return highest(all[static_cast<size_t>(steps / 2)]);
}

template <class Model>
void measure(const std::string& name, Model model, const Tensor& x, const Tensor& y, int steps) {
  using Parallel = wick::nn::parallel::DistributedDataParallel<Model>;
  std::optional<Parallel> parallel;
  if (ranks > 1) parallel.emplace(model);
  torch::optim::AdamW optimizer(model->parameters(), torch::optim::AdamWOptions(1e-4));
  model->train();
  const auto step = [&] {
    optimizer.zero_grad();
    F::cross_entropy(parallel ? (*parallel)(x) : model->forward(x), y).backward();
    optimizer.step();
  };
  for (int i = 0; i < std::max(3, steps / 10); ++i) step();
  const auto before = parallel ? dist::default_group()->traffic() : dist::Traffic();
  const double start = bench::now(), synced = median(steps, step), whole = bench::now() - start;
  line(name + ", step", 1e3 * synced, "ms");
  if (!parallel) return;
  const auto after = dist::default_group()->traffic();
  line(name + ", waited", 100 * (after.exposed - before.exposed) / whole, "%");
  line(name + ", under way", 100 * (after.busy - before.busy) / whole, "%");
  const auto off = parallel->no_sync();
  step();
  line(name + ", without exchange", 1e3 * median(steps, step), "ms");
}

int main(int argc, char** argv) {
  const auto wanted = [&](const char* name) {
    for (int k = 1; k < argc; ++k)
      if (std::string(argv[k]) == name) return true;
    return argc < 2;
  };
  if (const char* size = std::getenv("WORLD_SIZE"); size && std::atoi(size) > 1) {
    dist::init_process_group("gloo");
    ranks = dist::get_world_size();
    rank_of = dist::get_rank();
  }
  torch::manual_seed(1);
  const auto classes = [](int64_t n, int64_t batch) { return torch::randint(n, {batch}, torch::kLong); };
  if (wanted("mlp")) measure("MLP 784-512-512-10, batch 128", nn::Sequential(nn::Linear(784, 512), nn::ReLU(), nn::Linear(512, 512), nn::ReLU(), nn::Linear(512, 10)), torch::rand({128, 784}), classes(10, 128), 400);
  if (wanted("cnn"))
    measure("MNIST CNN, batch 64", nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 32, 3)), nn::ReLU(), nn::Conv2d(nn::Conv2dOptions(32, 64, 3)), nn::ReLU(), nn::MaxPool2d(2), nn::Dropout(0.25), nn::Flatten(),
                                                  nn::Linear(9216, 128), nn::ReLU(), nn::Dropout(0.5), nn::Linear(128, 10)), torch::rand({64, 1, 28, 28}), classes(10, 64), 40);
  if (wanted("resnet")) measure("ResNet-18 for CIFAR, batch 32", ResNet18(true), torch::randn({32, 3, 32, 32}), classes(10, 32), 9);
  if (wanted("gpt")) measure("GPT 6 layers, d 384, context 256, batch 8", Transformer(65, 256, 384, 6, 6, true, 0.0), torch::randint(65, {8, 256}, torch::kLong), classes(65, 8 * 256), 7);
  if (ranks > 1 && wanted("reduce"))
    for (const auto& [name, bytes] : {std::pair<const char*, int64_t>{"1 KB", 1 << 10}, {"1 MB", 1 << 20}, {"25 MB", 25 << 20}}) {
      const Tensor x = torch::ones({bytes / 4});
      for (int i = 0; i < 5; ++i) dist::all_reduce(x, dist::ReduceOp::AVG);
      line(std::string("all-reduce of ") + name, 1e3 * median(bytes > 1 << 20 ? 30 : 300, [&] { dist::all_reduce(x, dist::ReduceOp::AVG); }), "ms");
    }
  if (ranks > 1) dist::destroy_process_group();
}
