// The search for a learning rate.
#pragma once

#include <string>
#include <vector>

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of lr_range_test; defaults: start_lr 1e-7, end_lr 10, num_iter 100 (steps at most), diverge_threshold 4 (it ends once the smoothed
/// loss is that many times the best), smoothing 0.9 (weight of the past in the running mean of the losses); `restore`: further tensors to put back,
/// as `model->buffers()` when the model has batch normalisation.
struct LRRangeTestOptions {
  WICK_ARG(double, start_lr) = 1e-7;
  WICK_ARG(double, end_lr) = 10;
  WICK_ARG(int64_t, num_iter) = 100;
  WICK_ARG(double, diverge_threshold) = 4;
  WICK_ARG(double, smoothing) = 0.9;
  WICK_ARG(std::vector<Tensor>, restore);
};

/// What lr_range_test saw: the rate of each step with the loss before it, and the losses' running mean; the suggested rate is where the mean falls
/// most steeply over the logarithm of the rate (nothing if it never falls).
struct LRRangeTest {
  std::vector<double> lrs, losses, smoothed;
  std::optional<double> suggestion;
};

/// Trains with rates that grow from step to step, from `start_lr` to `end_lr`, the same for all parameter groups, until the loss diverges; then puts
/// parameters, gradients, and the optimizer's states and options back as they were, also when the closure throws. The closure computes the loss of
/// another batch, with zero_grad and backward, as the one of `Optimizer::step`. Errors: options out of range, no closure.
/// (https://arxiv.org/abs/1506.01186)
LRRangeTest lr_range_test(Optimizer& optimizer, const Optimizer::LossClosure& closure, const LRRangeTestOptions& options = {});

}  // namespace v1
}  // namespace optim
}  // namespace wick
