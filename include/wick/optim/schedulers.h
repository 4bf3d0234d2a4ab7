// Schedules of the learning rate: libtorch's two, and Python's (lr_scheduler.h).
#pragma once

#include <wick/optim/lr_scheduler.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Multiplies the rates by `gamma` every `step_size` steps, as libtorch does: the first time at call `step_size + 1`; lr_scheduler::StepLR counts
/// as Python. (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html)
class StepLR : public LRScheduler, public lr_scheduler::Resumable {
 public:
  StepLR(Optimizer& optimizer, unsigned step_size, double gamma = 0.1);

 private:
  void fields(lr_scheduler::Fields& f) override;
  std::vector<double> get_lrs() override;
  const unsigned step_size_;
  const double gamma_;
};

/// lr_scheduler::ReduceLROnPlateau with libtorch's arguments, whose numbers are floats. Errors: a factor of 1 or more, `min_lr` not empty and not
/// one for each group. (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html)
class ReduceLROnPlateauScheduler : public lr_scheduler::ReduceLROnPlateau {
 public:
  enum SchedulerMode { min, max };
  enum ThresholdMode { rel, abs };
  ReduceLROnPlateauScheduler(Optimizer& optimizer, SchedulerMode mode = min, float factor = 0.1f, int patience = 10, double threshold = 1e-4,
                             ThresholdMode threshold_mode = rel, int cooldown = 0, const std::vector<float>& min_lr = std::vector<float>(),
                             double eps = 1e-8, bool verbose = false);
  /// Looks at the metric of another epoch.
  void step(float metric) { ReduceLROnPlateau::step(metric); }

 private:
  void reduced(size_t group, double lr) override;
  bool verbose_;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
