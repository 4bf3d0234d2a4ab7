#include <wick/optim/lr_range_test.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/io/archive.h>
#include <wick/ops.h>

namespace wick::optim::inline v1 {
namespace {

// Everything that steps change is put back at the end of the scope. In between the optimizer works on copies of its states, made by way of its archive.
class Restored {
 public:
  Restored(Optimizer& optimizer, const std::vector<Tensor>& more) : optimizer_(optimizer) {
    std::stringstream bytes;
    serialize::OutputArchive out;
    optimizer.save(out);
    out.save_to(bytes);
    serialize::InputArchive in;
    in.load_from(bytes);
    for (const auto& group : optimizer.param_groups()) {
      options_.push_back(group.options().clone());
      for (const Tensor& p : group.params()) {
        values_.emplace_back(p, p.detach().clone());
        grads_.push_back({p, p.grad(), p.grad().defined() ? p.grad().detach().clone() : Tensor()});
      }
    }
    for (const Tensor& t : more) values_.emplace_back(t, t.detach().clone());
    states_ = std::exchange(optimizer.state(), {});
    optimizer.load(in);
  }
  ~Restored() {
    NoGradGuard off;
    for (auto& [t, value] : values_) t.detach().copy_(value);
    for (auto& [p, grad, value] : grads_) {
      if (grad.defined()) grad.detach().copy_(value);
      p.mutable_grad() = grad;
    }
    for (size_t g = 0; g < options_.size(); ++g) optimizer_.param_groups()[g].set_options(std::move(options_[g]));
    optimizer_.state() = std::move(states_);
  }
  Restored(const Restored&) = delete;

 private:
  struct Grad { Tensor param, grad, value; };
  Optimizer& optimizer_;
  std::vector<std::pair<Tensor, Tensor>> values_;
  std::vector<Grad> grads_;
  std::vector<std::unique_ptr<OptimizerOptions>> options_;
  Optimizer::State states_;
};

// Where the mean falls most steeply, up to its lowest point.
std::optional<double> steepest(const LRRangeTest& r) {
  const size_t lowest = static_cast<size_t>(std::min_element(r.smoothed.begin(), r.smoothed.end()) - r.smoothed.begin());
  std::optional<double> best;
  double slope = 0;
  for (size_t i = 1; i + 1 < r.smoothed.size() && i <= lowest; ++i) {
    const double s = (r.smoothed[i + 1] - r.smoothed[i - 1]) / std::log(r.lrs[i + 1] / r.lrs[i - 1]);
    if (s >= slope) continue;
    slope = s;
    best = r.lrs[i];
  }
  return best;
}

}  // namespace

LRRangeTest lr_range_test(Optimizer& optimizer, const Optimizer::LossClosure& closure, const LRRangeTestOptions& o) {
  WICK_CHECK_TYPE(ValueError, closure, "lr_range_test: a closure is needed, which computes the loss of a batch and its gradients");
  WICK_CHECK_TYPE(ValueError, o.start_lr() > 0 && o.end_lr() > o.start_lr(), "lr_range_test: the rates must be positive and rise, got ", o.start_lr(), " to ", o.end_lr());
  WICK_CHECK_TYPE(ValueError, o.num_iter() > 1, "lr_range_test: num_iter must be at least 2, got ", o.num_iter());
  WICK_CHECK_TYPE(ValueError, o.smoothing() >= 0 && o.smoothing() < 1, "lr_range_test: smoothing must be at least 0 and below 1, got ", o.smoothing());
  const Restored restored(optimizer, o.restore());
  LRRangeTest r;
  double mean = 0, best = 0;
  for (int64_t i = 0; i < o.num_iter(); ++i) {
    const double lr = o.start_lr() * std::pow(o.end_lr() / o.start_lr(), static_cast<double>(i) / static_cast<double>(o.num_iter() - 1));
    for (auto& group : optimizer.param_groups()) group.options().set_lr(lr);
    const double loss = optimizer.step(closure).item().toDouble();
    if (!std::isfinite(loss)) break;
    mean = o.smoothing() * mean + (1 - o.smoothing()) * loss;
    const double smoothed = mean / (1 - std::pow(o.smoothing(), static_cast<double>(i + 1)));
    r.lrs.push_back(lr);
    r.losses.push_back(loss);
    r.smoothed.push_back(smoothed);
    if (i == 0 || smoothed < best) best = smoothed;
    if (smoothed > o.diverge_threshold() * best && smoothed > best) break;
  }
  r.suggestion = steepest(r);
  return r;
}

}  // namespace wick::optim::inline v1
