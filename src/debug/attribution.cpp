#include <wick/debug/attribution.h>

#include <algorithm>
#include <cmath>

#include <wick/autograd.h>
#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::debug::inline v1 {
namespace {

// The sum of the targets' scores; gradients of its parts are those of each input.
Tensor chosen(const char* call, const Tensor& y, const Tensor& target, int64_t n) {
  WICK_CHECK_TYPE(ValueError, y.defined() && y.dim() == 2 && y.size(0) == n, call, ": the model gives scores [n, classes] for n = ", n, " inputs, got ", y.defined() ? str(y.sizes()) : "nothing");
  WICK_CHECK_TYPE(ValueError, target.defined() && target.dim() == 1 && target.scalar_type() == kLong && target.size(0) == n, call, ": target is int64 [", n, "], got ",
                  target.defined() ? str(target.scalar_type(), " ", target.sizes()) : "nothing");
  WICK_CHECK_TYPE(ValueError, n == 0 || (target.min().item<int64_t>() >= 0 && target.max().item<int64_t>() < y.size(1)), call, ": targets from ", target.min().item<int64_t>(), " to ",
                  target.max().item<int64_t>(), " for scores of ", y.size(1), " classes");
  return y.gather(1, target.unsqueeze(1)).sum();
}
Tensor gradient(const char* call, const Tensor& value, const Tensor& of) {
  Tensor g;
  if (value.requires_grad()) g = autograd::grad({value}, {of}, {}, {}, false, /*allow_unused=*/true)[0];
  WICK_CHECK_TYPE(ValueError, g.defined(), call, ": the scores do not depend on the input through operations that have gradients");
  return g.detach();
}
Tensor input_gradient(const char* call, const Scores& scores, const Tensor& input, const Tensor& target) {
  WICK_CHECK_TYPE(ValueError, input.defined() && input.is_floating_point() && input.dim() > 0, call, ": takes inputs [n, ...] of a floating type");
  const AutoGradMode on(true);
  const Tensor x = input.detach().clone().requires_grad_();
  return gradient(call, chosen(call, scores(x), target, x.size(0)), x);
}

// Keeps what the module gave; takes the hook out however the call ends.
struct Tap {
  Tap(nn::Module& model, const std::string& path) : hook(model.get_submodule(path)->register_forward_hook([this](nn::Module&, const std::vector<Tensor>&, const std::vector<Tensor>& out) -> Tensor {
      if (out.empty()) return {};
      seen = out[0].requires_grad() ? out[0] : out[0].detach().requires_grad_();
      return seen.clone();  // what comes next may change the result in place
    })) {}
  Tensor seen;
  nn::ScopedHook hook;
};

}  // namespace

Tensor saliency(const Scores& scores, const Tensor& input, const Tensor& target) { return input_gradient("saliency", scores, input, target); }
Tensor saliency(const Scores& scores, const Tensor& input, int64_t target) { return saliency(scores, input, full({input.size(0)}, target, kLong)); }

Tensor smooth_grad(const Scores& scores, const Tensor& input, const Tensor& target, SmoothGradOptions o, std::optional<Generator> generator) {
  WICK_CHECK_TYPE(ValueError, o.samples() > 0 && o.noise() >= 0, "smooth_grad: takes at least 1 sample and noise of at least 0, got ", o.samples(), " and ", o.noise());
  WICK_CHECK_TYPE(ValueError, input.defined() && input.dim() > 1 && input.numel() > 0, "smooth_grad: takes inputs [n, ...]");
  const Tensor flat = input.detach().reshape({input.size(0), -1});
  std::vector<int64_t> each(static_cast<size_t>(input.dim()), 1);
  each[0] = input.size(0);
  const Tensor deviation = (flat.amax({1}) - flat.amin({1})).mul(o.noise()).reshape(each);
  Tensor sum = zeros_like(input);
  for (int64_t i = 0; i < o.samples(); ++i) sum += input_gradient("smooth_grad", scores, input.detach() + empty_like(input).normal_(0, 1, generator) * deviation, target);
  return sum / o.samples();
}

Tensor integrated_gradients(const Scores& scores, const Tensor& input, const Tensor& target, const Tensor& baseline, int64_t steps) {
  WICK_CHECK_TYPE(ValueError, steps > 0, "integrated_gradients: takes at least 1 step, got ", steps);
  WICK_CHECK_TYPE(ValueError, input.defined(), "integrated_gradients: takes inputs [n, ...]");
  const Tensor from = baseline.defined() ? baseline.detach().to(input.scalar_type()).expand(input.sizes()) : zeros_like(input);
  const Tensor way = input.detach() - from;
  Tensor sum = zeros_like(input);
  for (int64_t i = 0; i < steps; ++i) sum += input_gradient("integrated_gradients", scores, from + way * ((static_cast<double>(i) + 0.5) / static_cast<double>(steps)), target);
  return way * sum / steps;
}

Tensor grad_cam(nn::Module& model, const std::string& path, const Scores& scores, const Tensor& input, const Tensor& target) {
  const AutoGradMode on(true);
  Tap tap(model, path);
  const Tensor value = chosen("grad_cam", scores(input.detach()), target, input.size(0));
  WICK_CHECK(tap.seen.defined(), "grad_cam: '", path, "' was not called: call it as m(x), not m->forward(x)");
  WICK_CHECK_TYPE(ValueError, tap.seen.dim() == 4, "grad_cam: '", path, "' gives ", tap.seen.sizes(), ", needed is [n, channels, height, width], as a convolution's");
  const Tensor g = gradient("grad_cam", value, tap.seen);
  return (g.mean(IntArrayRef{2, 3}, /*keepdim=*/true) * tap.seen.detach()).sum(1).clamp_min(0);
}

Tensor maximise(const std::function<Tensor(const Tensor&)>& objective, const Tensor& start, MaximiseOptions o) {
  WICK_CHECK_TYPE(ValueError, start.defined() && start.is_floating_point() && o.steps() >= 0 && o.jitter() >= 0 && o.low() < o.high(),
                  "maximise: takes a floating start, steps and jitter of at least 0, low below high");
  const AutoGradMode on(true);
  Tensor x = start.detach().clone();
  for (int64_t i = 0; i < o.steps(); ++i) {
    // There and back again by a walk that needs no random numbers.
    const int64_t span = 2 * o.jitter() + 1, dy = i % span - o.jitter(), dx = i / span % span - o.jitter();
    const bool moves = o.jitter() > 0 && x.dim() >= 2;
    const Tensor at = (moves ? x.roll({dy, dx}, {-2, -1}) : x).detach().requires_grad_();
    const Tensor value = objective(at);
    WICK_CHECK_TYPE(ValueError, value.defined() && value.numel() == 1, "maximise: the objective gives one number, got ", value.defined() ? str(value.sizes()) : "nothing");
    Tensor g = gradient("maximise", value, at);
    g = g / (g.abs().mean() + 1e-12);
    if (moves) g = g.roll({-dy, -dx}, {-2, -1});
    // Smaller and smaller steps: the last ones do not jump over what was found.
    const double part = static_cast<double>(o.steps() - i) / static_cast<double>(o.steps());
    x = ((x + g * (o.lr() * part)) * (1 - o.decay() * part)).clamp(o.low(), o.high());
  }
  return x;
}
Tensor maximise(nn::Module& model, const std::string& path, int64_t channel, const Scores& scores, const Tensor& start, MaximiseOptions options) {
  const AutoGradMode on(true);
  Tap tap(model, path);
  return maximise([&](const Tensor& x) {
    tap.seen = Tensor();
    scores(x);
    WICK_CHECK(tap.seen.defined(), "maximise: '", path, "' was not called: call it as m(x), not m->forward(x)");
    WICK_CHECK_TYPE(IndexError, tap.seen.dim() > 1 && channel >= 0 && channel < tap.seen.size(1), "maximise: channel ", channel, " of '", path, "', which gives ", tap.seen.sizes());
    return tap.seen.select(1, channel).mean();
  }, start, options);
}

}  // namespace wick::debug::inline v1
