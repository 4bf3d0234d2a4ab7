// Attention that looks around itself only: each position sees those at most `reach` steps away. Sequences are cut into
// blocks of `reach` positions; a block looks at itself and its two neighbours, so that the work grows with the length of
// the sequence and not with its square.
#include "common.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

using namespace wick;
using nn::functional::pad;
using nn::functional::PadFuncOptions;

struct LocalAttentionImpl : nn::Cloneable<LocalAttentionImpl> {
  LocalAttentionImpl(int64_t width, int64_t heads, int64_t reach) : width(width), heads(heads), reach(reach) { reset(); }
  void reset() override {
    qkv = register_module("qkv", nn::Linear(width, 3 * width));
    out = register_module("out", nn::Linear(width, width));
  }

  // [batch, steps, width] to the same.
  Tensor forward(const Tensor& x) {
    const int64_t steps = x.size(1), blocks = (steps + reach - 1) / reach, filled = blocks * reach;
    const auto parts = pad(qkv(x), PadFuncOptions({0, 0, 0, filled - steps})).view({x.size(0), filled, 3, heads, width / heads}).permute({2, 0, 3, 1, 4}).unbind();
    const Tensor q = parts[0].unflatten(2, {blocks, reach}).mul(1 / std::sqrt(static_cast<double>(width / heads)));
    const Tensor scores = q.matmul(around(parts[1]).transpose(-2, -1)).masked_fill(hidden(blocks, steps, x.device()), -std::numeric_limits<double>::infinity());
    const Tensor mixed = scores.softmax(-1).matmul(around(parts[2])).flatten(2, 3).slice(2, 0, steps);
    return out(mixed.transpose(1, 2).flatten(2));
  }

  // Each block with its neighbours: [batch, heads, blocks, 3 reach, width of a head].
  Tensor around(const Tensor& t) const { return pad(t, PadFuncOptions({0, 0, reach, reach})).unfold(2, 3 * reach, reach).transpose(-2, -1); }

  // Which of the neighbours a position must not see: those too far away, and the filling at both ends.
  Tensor hidden(int64_t blocks, int64_t steps, Device device) const {
    const Tensor mine = arange(blocks * reach, TensorOptions(kLong).device(device)).view({blocks, reach, 1});
    const Tensor theirs = arange(3 * reach, TensorOptions(kLong).device(device)) + arange(blocks, TensorOptions(kLong).device(device)).view({blocks, 1, 1}) * reach - reach;
    const Tensor far = (mine - theirs).abs() > reach, none = (theirs < 0).logical_or(theirs >= steps);
    return far.logical_or(none).logical_and((mine < steps).logical_or(mine - theirs != 0));  // the filling sees itself: softmax of nothing is NaN
  }

  int64_t width, heads, reach;
  nn::Linear qkv = nullptr, out = nullptr;
};
WICK_MODULE(LocalAttention);

// The same by full attention with a mask: what it must give.
Tensor reference(LocalAttention& layer, const Tensor& x) {
  const int64_t steps = x.size(1);
  const auto parts = layer->qkv(x).view({x.size(0), steps, 3, layer->heads, layer->width / layer->heads}).permute({2, 0, 3, 1, 4}).unbind();
  const Tensor at = arange(steps), seen = (at.unsqueeze(1) - at).abs() <= layer->reach;
  return layer->out(scaled_dot_product_attention(parts[0], parts[1], parts[2], seen).transpose(1, 2).flatten(2));
}

// The best of some runs of forward and backward.
double milliseconds(const std::function<Tensor()>& f) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 6; ++i) {
    const auto start = std::chrono::steady_clock::now();
    f().sum().backward();
    best = std::min(best, std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

int main() {
  manual_seed(1);
  example::expect_ok(nn::testing::check_module(LocalAttention(8, 2, 3), randn({2, 11, 8})));
  LocalAttention layer(64, 4, 32);
  const Tensor x = randn({2, 300, 64});
  const double difference = (layer(x) - reference(layer, x)).abs().max().item<double>();
  std::printf("largest difference from full attention with a mask: %.1e\n\nsteps   local ms   full ms   (forward and backward, window of 65)\n", difference);
  for (const int64_t steps : {512, 1024, 2048}) {
    const Tensor y = randn({1, steps, 64});
    std::printf("%5d %10.1f %9.1f\n", static_cast<int>(steps), milliseconds([&] { return layer(y); }), milliseconds([&] { return reference(layer, y); }));
  }
  std::cout << '\n' << nn::summary(layer, nn::Counting::exact, x);
  return difference < 1e-4 ? 0 : 1;
}
