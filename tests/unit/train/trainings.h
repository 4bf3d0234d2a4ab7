// Small trainings: data, networks, a trainer, and ten that are well.
#pragma once

#include <algorithm>

#include <wick/data.h>
#include <wick/optim.h>
#include <wick/train.h>

#include "support.h"

namespace wick::test {

using data::Example;
using Batches = std::vector<Example<>>;

// Points around a centre for each class, and which it is.
inline std::pair<Tensor, Tensor> blobs(int64_t n, int64_t dims, int64_t classes, double apart, uint64_t seed) {
  manual_seed(seed);
  const Tensor centres = randn({classes, dims}) * apart;
  const Tensor y = arange(n, kLong).remainder(classes);
  return {centres.index_select(0, y) + randn({n, dims}), y};
}
inline Batches batches(const Tensor& x, const Tensor& y, int64_t size) {
  Batches r;
  for (int64_t i = 0; i < x.size(0); i += size) r.push_back({x.slice(0, i, std::min(i + size, x.size(0))), y.slice(0, i, std::min(i + size, x.size(0)))});
  return r;
}

struct Learner : train::Trainer<> {
  nn::Sequential net;
  Learner(nn::Sequential n, optim::Optimizer& o, train::TrainerOptions options) : Trainer(*n, o, options), net(n) {}
  static double right(const Tensor& out, const Tensor& y) { return out.argmax(1).eq(y).to(kFloat).mean().item<double>(); }
  Tensor training_step(Example<>& b) override {
    const Tensor out = net->forward(b.data);
    if (b.target.is_floating_point()) return nn::functional::mse_loss(out, b.target);
    log("train_accuracy", right(out, b.target));
    return nn::functional::cross_entropy(out, b.target);
  }
  void validation_step(Example<>& b) override {
    const Tensor out = net->forward(b.data);
    if (b.target.is_floating_point()) return log("val_loss", nn::functional::mse_loss(out, b.target));
    log("val_loss", nn::functional::cross_entropy(out, b.target));
    log("val_accuracy", right(out, b.target));
  }
};

struct How {
  double lr = 0.005;
  int64_t epochs = 8;
  bool sgd = false;
  std::function<void(const nn::Sequential&)> prepare = {};
  const Batches* held_out = nullptr;
  std::vector<Tensor> learn = {};  // not all parameters
};
inline std::unique_ptr<optim::Optimizer> optimizer_of(const nn::Sequential& net, const How& how) {
  const std::vector<Tensor> parameters = how.learn.empty() ? net->parameters() : how.learn;
  if (how.sgd) return std::make_unique<optim::SGD>(parameters, optim::SGDOptions(how.lr));
  return std::make_unique<optim::Adam>(parameters, optim::AdamOptions(how.lr));
}
inline nn::Sequential mlp(int64_t in, int64_t out, int64_t hidden = 32) { return nn::Sequential(nn::Linear(in, hidden), nn::ReLU(), nn::Linear(hidden, hidden), nn::ReLU(), nn::Linear(hidden, out)); }
inline void scale(const nn::Sequential& net, double factor) {
  const NoGradGuard off;
  for (const Tensor& p : net->parameters()) p.mul_(factor);
}
inline Batches easy(uint64_t seed = 1) {
  const auto [x, y] = blobs(320, 10, 4, 1, seed);
  return batches(x, y, 32);
}

inline Batches first(const Batches& all, size_t n) { return Batches(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n)); }
inline Batches rest(const Batches& all, size_t n) { return Batches(all.begin() + static_cast<std::ptrdiff_t>(n), all.end()); }

struct Healthy {
  nn::Sequential net;
  Batches training;
  How how;
  Batches held_out;
};
inline Healthy healthy_training(int k) {
  const auto [x, y] = blobs(640, 10, 4, 2, static_cast<uint64_t>(10 + k));
  const Batches all = batches(x, y, 32), training = first(all, 15), held = rest(all, 15);
  const Batches pictures = batches(x.narrow(1, 0, 9).reshape({640, 1, 3, 3}).sigmoid(), y, 32);
  const Tensor line = x.matmul(randn({10, 1})) / 4;
  const Batches numbers = batches(x, line + 0.1 * randn({640, 1}), 32);
  const Batches some = first(numbers, 15), others = rest(numbers, 15);
  switch (k) {
    case 0: return {mlp(10, 4), training, How{0.005, 10}, held};
    case 1: return {nn::Sequential(nn::Linear(10, 32), nn::Tanh(), nn::Linear(32, 4)), training, How{0.01, 12}, held};
    case 2: return {nn::Sequential(nn::Linear(10, 16), nn::BatchNorm1d(16), nn::ReLU(), nn::Dropout(0.1), nn::Linear(16, 4)), training, How{0.01, 10}, held};
    case 3: return {nn::Sequential(nn::Linear(10, 4)), training, How{0.1, 10, true}, held};
    case 4: return {mlp(10, 1), some, How{0.005, 25}, others};
    case 5: return {nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::ReLU(), nn::Flatten(), nn::Linear(144, 4)), first(pictures, 15), How{0.01, 25}, {}};
    case 6: return {mlp(10, 4, 64), training, How{0.1, 15, true}, held};
    case 7: return {nn::Sequential(nn::Linear(10, 32), nn::LayerNorm(nn::LayerNormOptions({32})), nn::GELU(), nn::Linear(32, 4)), training, How{0.003, 10}, held};
    case 8: return {nn::Sequential(nn::Linear(10, 24), nn::Sigmoid(), nn::Linear(24, 4)), training, How{0.02, 15}, held};
    default: return {nn::Sequential(nn::Linear(10, 1)), some, How{0.02, 40}, others};
  }
}

}  // namespace wick::test
