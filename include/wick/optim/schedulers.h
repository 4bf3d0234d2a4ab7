// Schedules of the learning rate.
#pragma once

#include <limits>

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Base of schedules: derive and write `get_lrs`, one rate for each group. The optimizer must outlive the schedule.
class LRScheduler {
 public:
  explicit LRScheduler(Optimizer& optimizer);
  virtual ~LRScheduler() = default;
  /// Sets the rates of the next step. Errors: not one rate for each group.
  void step();

 protected:
  virtual std::vector<double> get_lrs() = 0;
  std::vector<double> get_current_lrs() const;
  unsigned step_count_ = 0;

 private:
  Optimizer& optimizer_;
};

/// Multiplies the rates by `gamma` every `step_size` steps.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html)
class StepLR : public LRScheduler {
 public:
  StepLR(Optimizer& optimizer, unsigned step_size, double gamma = 0.1);

 private:
  std::vector<double> get_lrs() override;
  const unsigned step_size_;
  const double gamma_;
};

/// Multiplies the rates by `factor` when a metric has not become better for more than `patience` steps, and waits
/// `cooldown` steps before it looks again. Errors: a factor of 1 or more, `min_lr` not empty and not one for each group.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html)
class ReduceLROnPlateauScheduler {
 public:
  enum SchedulerMode { min, max };
  enum ThresholdMode { rel, abs };
  ReduceLROnPlateauScheduler(Optimizer& optimizer, SchedulerMode mode = min, float factor = 0.1f, int patience = 10, double threshold = 1e-4,
                             ThresholdMode threshold_mode = rel, int cooldown = 0, const std::vector<float>& min_lr = std::vector<float>(),
                             double eps = 1e-8, bool verbose = false);
  virtual ~ReduceLROnPlateauScheduler() = default;
  /// Looks at the metric of another epoch.
  void step(float metric);

 private:
  bool is_better(float metric) const;
  void reduce_lr();
  Optimizer& optimizer_;
  SchedulerMode mode_;
  float factor_;
  int patience_;
  double threshold_;
  ThresholdMode threshold_mode_;
  int cooldown_, cooldown_counter_ = 0;
  std::vector<float> min_lrs_;
  double eps_;
  bool verbose_;
  float best_;
  int last_epoch_ = 0, num_bad_epochs_ = 0;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
