#include <wick/optim/schedulers.h>

#include <cstdio>

#include <wick/core/str.h>

namespace wick::optim::inline v1 {

LRScheduler::LRScheduler(Optimizer& optimizer) : optimizer_(optimizer) {}

void LRScheduler::step() {
  const std::vector<double> lrs = get_lrs();
  auto& groups = optimizer_.param_groups();
  WICK_CHECK(lrs.size() == groups.size(), "Number of learning rates not equal to the number of param groups\nNumber of learning rates given: ", lrs.size(),
             "\nNumber of param groups: ", groups.size());
  for (size_t i = 0; i < lrs.size(); ++i) groups[i].options().set_lr(lrs[i]);
  ++step_count_;
}
std::vector<double> LRScheduler::get_current_lrs() const {
  std::vector<double> lrs;
  for (const auto& g : optimizer_.param_groups()) lrs.push_back(g.options().get_lr());
  return lrs;
}

StepLR::StepLR(Optimizer& optimizer, unsigned step_size, double gamma) : LRScheduler(optimizer), step_size_(step_size), gamma_(gamma) {
  WICK_CHECK_TYPE(ValueError, step_size > 0, "StepLR: step_size must be positive");
}
std::vector<double> StepLR::get_lrs() {
  std::vector<double> lrs = get_current_lrs();
  if (step_count_ != 0 && step_count_ % step_size_ == 0)
    for (double& lr : lrs) lr *= gamma_;
  return lrs;
}

ReduceLROnPlateauScheduler::ReduceLROnPlateauScheduler(Optimizer& optimizer, SchedulerMode mode, float factor, int patience, double threshold, ThresholdMode threshold_mode,
                                                       int cooldown, const std::vector<float>& min_lr, double eps, bool verbose)
    : optimizer_(optimizer), mode_(mode), factor_(factor), patience_(patience), threshold_(threshold), threshold_mode_(threshold_mode), cooldown_(cooldown), min_lrs_(min_lr), eps_(eps),
      verbose_(verbose), best_(mode == min ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity()) {
  WICK_CHECK(factor < 1.0, "Factor should be < 1.0.");
  const size_t groups = optimizer.param_groups().size();
  if (min_lrs_.empty()) min_lrs_.assign(groups, 0.f);
  WICK_CHECK(min_lrs_.size() == groups, "Number of learning rates not equal to the number of param groups: expected ", groups, ", got ", min_lrs_.size());
}

void ReduceLROnPlateauScheduler::step(float metric) {
  ++last_epoch_;
  if (is_better(metric)) {
    best_ = metric;
    num_bad_epochs_ = 0;
  } else {
    ++num_bad_epochs_;
  }
  if (cooldown_counter_ > 0) {
    --cooldown_counter_;
    num_bad_epochs_ = 0;
  }
  if (num_bad_epochs_ > patience_) {
    reduce_lr();
    cooldown_counter_ = cooldown_;
    num_bad_epochs_ = 0;
  }
}
bool ReduceLROnPlateauScheduler::is_better(float a) const {
  if (threshold_mode_ == rel) return mode_ == min ? a < best_ * (1. - threshold_) : a > best_ * (threshold_ + 1.);
  return mode_ == min ? a < best_ - threshold_ : a > best_ + threshold_;
}
void ReduceLROnPlateauScheduler::reduce_lr() {
  auto& groups = optimizer_.param_groups();
  for (size_t i = 0; i < groups.size(); ++i) {
    const double old_lr = groups[i].options().get_lr();
    const double new_lr = std::max(old_lr * factor_, static_cast<double>(i < min_lrs_.size() ? min_lrs_[i] : 0.f));
    if (old_lr - new_lr <= eps_) continue;
    groups[i].options().set_lr(new_lr);
    if (verbose_) std::printf("Epoch %d: reducing learning rate of group %zu to %g\n", last_epoch_, i, new_lr);
  }
}

}  // namespace wick::optim::inline v1
