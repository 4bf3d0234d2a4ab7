// What in an input made a model decide as it did, and what it would like best.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <wick/core/generator.h>
#include <wick/nn/arg.h>
#include <wick/nn/module.h>
#include <wick/tensor.h>

namespace wick {
namespace debug {
inline namespace v1 {

/// A model as a function: inputs [n, ...] to scores [n, classes] (before softmax, usually). `[&](const Tensor& x) { return net(x); }`
using Scores = std::function<Tensor(const Tensor& input)>;

/// Gradients of the scores of `target` (int64 [n], or one class for all) with respect to the inputs, [n, ...]: which values, if changed a little, change the
/// score most. Gradients of parameters are left alone, as in all functions here. Put the model into evaluation mode first. Errors: `ValueError` for scores that
/// are not [n, classes] or do not depend on the input, targets out of range.
/// (K. Simonyan, A. Vedaldi and A. Zisserman, 2013, https://arxiv.org/abs/1312.6034)
Tensor saliency(const Scores& scores, const Tensor& input, const Tensor& target);
Tensor saliency(const Scores& scores, const Tensor& input, int64_t target);

/// The mean of `samples` such gradients of the input with normal noise added, whose deviation is `noise` times the range of each input.
/// (D. Smilkov and others, SmoothGrad, 2017, https://arxiv.org/abs/1706.03825)
struct SmoothGradOptions {
  WICK_ARG(int64_t, samples) = 50;
  WICK_ARG(double, noise) = 0.15;
};
/// The same as a function. Errors: as `saliency`; `ValueError` for no samples, noise below 0.
Tensor smooth_grad(const Scores& scores, const Tensor& input, const Tensor& target, SmoothGradOptions options = {}, std::optional<Generator> generator = {});

/// (input - baseline) times the mean gradient on the line between them, at the middles of `steps` equal parts: attributions whose sum is the difference of the scores at both
/// ends. Without a baseline it is 0. Errors: as `saliency`; `ValueError` for no steps, a baseline of a shape that does not expand to the input's.
/// (M. Sundararajan, A. Taly and Q. Yan, 2017, https://arxiv.org/abs/1703.01365)
Tensor integrated_gradients(const Scores& scores, const Tensor& input, const Tensor& target, const Tensor& baseline = {}, int64_t steps = 50);

/// Where a convolution found what speaks for `target`: the channels of what the module at `path` gives, weighted by the means of their gradients, what is
/// negative cut off: [n, h, w], of the module's resolution. `scores` must call `model` as `m(x)`. Errors: as `saliency`; a path that the model lacks,
/// a module that was not called or gives no [n, c, h, w].
/// (R. Selvaraju and others, Grad-CAM, 2016, https://arxiv.org/abs/1610.02391)
Tensor grad_cam(nn::Module& model, const std::string& path, const Scores& scores, const Tensor& input, const Tensor& target);
template <class M>
Tensor grad_cam(const nn::ModuleHolder<M>& model, const std::string& path, const Tensor& input, const Tensor& target) {
  nn::ModuleHolder<M> m = model;
  return grad_cam(static_cast<nn::Module&>(*m.ptr()), path, [&](const Tensor& x) { return m(x); }, input, target);
}

/// How an input is made that a unit likes. `jitter`: the input is moved by up to so many pixels in each step; `decay`: it is drawn to 0 by this share;
/// values stay within `low` and `high`.
struct MaximiseOptions {
  WICK_ARG(int64_t, steps) = 200;
  WICK_ARG(double, lr) = 0.1;
  WICK_ARG(int64_t, jitter) = 1;
  WICK_ARG(double, decay) = 1e-3;
  WICK_ARG(double, low) = 0;
  WICK_ARG(double, high) = 1;
};
/// Climbs from `start` [n, ...] (noise, as a rule) to inputs for which the value of `objective` is large, in steps along the gradient divided by its mean size, shorter and shorter ones.
/// `objective` gives one number: a score, or `seen` by a hook. (D. Erhan and others, 2009; https://distill.pub/2017/feature-visualization)
/// Errors: `ValueError` for an objective that does not depend on the input or is not one number.
Tensor maximise(const std::function<Tensor(const Tensor& input)>& objective, const Tensor& start, MaximiseOptions options = {});
/// The same for the mean of channel `channel` of what the module at `path` gives.
Tensor maximise(nn::Module& model, const std::string& path, int64_t channel, const Scores& scores, const Tensor& start, MaximiseOptions options = {});

}  // namespace v1
}  // namespace debug
}  // namespace wick
