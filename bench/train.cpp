// Whole training steps.
#include "bench.h"

namespace nn = torch::nn;

template <class Model, class Optimizer>
void step(const std::string& name, Model& model, Optimizer& optimizer, const torch::Tensor& x, const torch::Tensor& y) {
  bench::line(bench::threads(name), 1e3 * bench::seconds([&] {
    optimizer.zero_grad();
    auto loss = nn::functional::cross_entropy(model->forward(x), y);
    loss.backward();
    optimizer.step();
  }, 7, 0.2), "ms");
}

int main() {
  torch::manual_seed(1);
  bench::each_thread_count([&] {
    {
      nn::Sequential mlp(nn::Linear(784, 512), nn::ReLU(), nn::Linear(512, 512), nn::ReLU(), nn::Linear(512, 10));
      torch::optim::AdamW opt(mlp->parameters(), torch::optim::AdamWOptions(1e-3));
      step("MLP 784-512-512-10, batch 128", mlp, opt, torch::rand({128, 784}), torch::randint(10, {128}, torch::kLong));
    }
    {
      nn::Sequential tiny(nn::Linear(64, 32), nn::ReLU(), nn::Linear(32, 10));
      torch::optim::AdamW opt(tiny->parameters(), torch::optim::AdamWOptions(1e-3));
      step("MLP 64-32-10, batch 16", tiny, opt, torch::rand({16, 64}), torch::randint(10, {16}, torch::kLong));
    }
    {
      nn::Sequential cnn(nn::Conv2d(nn::Conv2dOptions(1, 32, 3)), nn::ReLU(), nn::Conv2d(nn::Conv2dOptions(32, 64, 3)), nn::ReLU(), nn::MaxPool2d(2), nn::Dropout(0.25),
                         nn::Flatten(), nn::Linear(9216, 128), nn::ReLU(), nn::Dropout(0.5), nn::Linear(128, 10));
      torch::optim::AdamW opt(cnn->parameters(), torch::optim::AdamWOptions(1e-3));
      step("MNIST CNN, batch 64", cnn, opt, torch::rand({64, 1, 28, 28}), torch::randint(10, {64}, torch::kLong));
    }
  });
}
