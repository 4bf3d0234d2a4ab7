#include <wick/optim/schedulers.h>

#include <cstdio>

#include <wick/core/str.h>

namespace wick::optim::inline v1 {

LRScheduler::LRScheduler(Optimizer& optimizer) : optimizer_(optimizer) {}

void LRScheduler::step() {
  set_lrs(get_lrs());
  ++step_count_;
}
void LRScheduler::set_lrs(const std::vector<double>& lrs) {
  auto& groups = optimizer_.param_groups();
  WICK_CHECK(lrs.size() == groups.size(), "Number of learning rates not equal to the number of param groups\nNumber of learning rates given: ", lrs.size(),
             "\nNumber of param groups: ", groups.size());
  for (size_t i = 0; i < lrs.size(); ++i) groups[i].options().set_lr(lrs[i]);
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

void StepLR::fields(lr_scheduler::Fields& f) {
  std::vector<double> lrs = get_current_lrs();
  f("last_lr", lrs, lrs.size());
  f("step_count", step_count_);
  set_lrs(lrs);
}

static lr_scheduler::PerGroup per_group(const std::vector<float>& values) {
  if (values.empty()) return 0.;
  return std::vector<double>(values.begin(), values.end());
}
ReduceLROnPlateauScheduler::ReduceLROnPlateauScheduler(Optimizer& optimizer, SchedulerMode mode, float factor, int patience, double threshold, ThresholdMode threshold_mode,
                                                       int cooldown, const std::vector<float>& min_lr, double eps, bool verbose)
    : ReduceLROnPlateau(optimizer, mode == min ? "min" : "max", factor, patience, threshold, threshold_mode == rel ? "rel" : "abs", cooldown, per_group(min_lr), eps), verbose_(verbose) {}
void ReduceLROnPlateauScheduler::reduced(size_t group, double lr) {
  if (verbose_) std::printf("Epoch %d: reducing learning rate of group %zu to %g\n", static_cast<int>(last_epoch()), group, lr);
}

}  // namespace wick::optim::inline v1
