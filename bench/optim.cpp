// Steps of optimizers: 10 million parameters in 200 tensors, and 4 small tensors, where the overhead shows.
#include "bench.h"

namespace optim = torch::optim;

std::vector<torch::Tensor> parameters(int count, int64_t size) {
  std::vector<torch::Tensor> r;
  for (int i = 0; i < count; ++i) {
    r.push_back(torch::randn({size / 100, 100}).set_requires_grad(true));
    r.back().mutable_grad() = torch::randn({size / 100, 100}) * 1e-3;
  }
  return r;
}

template <class Optimizer, class Options>
void step(const std::string& name, const Options& options) {
  {
    Optimizer optimizer(parameters(200, 50000), options);
    bench::line(bench::threads(name + ", 10 M in 200"), 1e3 * bench::seconds([&] { optimizer.step(); }, 7, 0.1), "ms");
  }
  Optimizer optimizer(parameters(4, 1000), options);
  bench::line(bench::threads(name + ", 4 K in 4"), 1e6 * bench::seconds([&] { optimizer.step(); }), "us");
}

int main() {
  torch::manual_seed(1);
  bench::each_thread_count([&] {
    step<optim::SGD>("SGD", optim::SGDOptions(1e-6).momentum(0.9));
    step<optim::Adam>("Adam", optim::AdamOptions(1e-6));
    step<optim::AdamW>("AdamW", optim::AdamWOptions(1e-6));
    step<optim::Adagrad>("Adagrad", optim::AdagradOptions(1e-6));
    step<optim::RMSprop>("RMSprop", optim::RMSpropOptions(1e-6));
  });
}
