// What checkpoints cost while a model of 10 million parameters trains: windows of 100 steps with one checkpoint of model and optimizer in
// them and without, in turn. Wick copies the state and writes in the background; libtorch's `torch::save` writes while the loop waits.
#include "bench.h"

#include <filesystem>

#if __has_include(<wick/train.h>)
#include <wick/train.h>
#endif

namespace nn = torch::nn;

int main() {
  torch::manual_seed(1);
  const int64_t width = 2240;
  nn::Sequential model(nn::Linear(width, width), nn::ReLU(), nn::Linear(width, width), nn::ReLU(), nn::Linear(width, 10));
  torch::optim::AdamW optimizer(model->parameters(), torch::optim::AdamWOptions(1e-4));
  const auto x = torch::rand({128, width}), y = torch::randint(10, {128}, torch::kLong);
  const std::string folder = (std::filesystem::temp_directory_path() / "wick_bench_checkpoint").string();
  std::filesystem::create_directories(folder);
  int64_t step = 0;
#if __has_include(<wick/train.h>)
  wick::train::State state;
  state.add("model", model).add("optimizer", optimizer).add("step", step);
  wick::train::Checkpointer checkpoints(folder, state, wick::train::CheckpointerOptions().keep_last(1));
  const auto save = [&] { checkpoints.save(step); };
  const auto finish = [&] { checkpoints.flush(); };
#else
  const auto save = [&] {
    torch::save(model, folder + "/model.pt");
    torch::save(optimizer, folder + "/optimizer.pt");
  };
  const auto finish = [] {};
#endif
  const auto window = [&](bool with) {
    const double start = bench::now();
    for (int k = 0; k < 100; ++k, ++step) {
      optimizer.zero_grad();
      nn::functional::cross_entropy(model->forward(x), y).backward();
      optimizer.step();
      if (with && k == 9) save();
    }
    const double s = bench::now() - start;
    finish();
    return s;
  };
  window(true);
  std::vector<double> plain, cost;
  for (int k = 0; k < 3; ++k) {
    plain.push_back(window(false));
    cost.push_back(window(true));
  }
  for (auto* v : {&plain, &cost}) std::sort(v->begin(), v->end());
  bench::line("step, MLP of 10 M parameters, batch 128", 10 * plain[1], "ms");
  bench::line("what a checkpoint costs the loop", 1e3 * (cost[1] - plain[1]), "ms");
  bench::line("  its share of 100 steps", 100 * (cost[1] - plain[1]) / plain[1], "%");
  std::filesystem::remove_all(folder);
}
