// Memory over a long run: 10,000 steps with batches of all sizes. What a step costs, and how much the resident memory grew
// after the first 1,000.
#include "bench.h"

#include <fstream>

namespace nn = torch::nn;

static double resident_mb() {
  std::ifstream f("/proc/self/statm");
  double total = 0, pages = 0;
  f >> total >> pages;
  return pages * 4096 / 1e6;
}

int main() {
  torch::manual_seed(1);
  nn::Sequential model(nn::Linear(256, 256), nn::ReLU(), nn::Linear(256, 10));
  torch::optim::AdamW optimizer(model->parameters(), torch::optim::AdamWOptions(1e-3));
  const auto sizes = torch::randint(1, 257, {10000}, torch::kLong);
  double early = 0;
  const double start = bench::now();
  for (int64_t step = 0; step < 10000; ++step) {
    const int64_t n = sizes[step].item<int64_t>();
    optimizer.zero_grad();
    nn::functional::cross_entropy(model->forward(torch::rand({n, 256})), torch::randint(10, {n}, torch::kLong)).backward();
    optimizer.step();
    if (step == 999) early = resident_mb();
  }
  bench::line("10,000 steps, batches of 1 to 256", bench::now() - start, "s");
  bench::line("resident memory after them", resident_mb(), "MB");
  bench::line("  grown since step 1,000", 100 * (resident_mb() - early) / early, "%");
}
