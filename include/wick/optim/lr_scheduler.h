// Schedules of the learning rate with the names, arguments and numbers of Python's torch.optim.lr_scheduler.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Base of libtorch's schedules: derive and write `get_lrs`, one rate for each group. The optimizer must outlive the schedule.
class LRScheduler {
 public:
  explicit LRScheduler(Optimizer& optimizer);
  virtual ~LRScheduler() = default;
  /// Sets the rates of the next step. Errors: not one rate for each group.
  virtual void step();

 protected:
  virtual std::vector<double> get_lrs() = 0;
  std::vector<double> get_current_lrs() const;
  void set_lrs(const std::vector<double>& lrs);
  unsigned step_count_ = 0;
  Optimizer& optimizer_;
};

}  // namespace v1

namespace lr_scheduler {
inline namespace v1 {

/// The state of a schedule by the names of its numbers; those of a schedule inside another begin with its number and a dot.
using State = std::map<std::string, std::vector<double>>;

/// Visits the numbers of a schedule, to save or to restore them: `f("gamma", gamma_)`.
class Fields {
 public:
  void operator()(const std::string& name, double& value);
  void operator()(const std::string& name, int64_t& value);
  void operator()(const std::string& name, unsigned& value);
  void operator()(const std::string& name, bool& value);
  /// A list, of `size` numbers when that is given.
  void operator()(const std::string& name, std::vector<double>& values, std::optional<size_t> size = std::nullopt);
  void operator()(const std::string& name, std::vector<int64_t>& values, std::optional<size_t> size = std::nullopt);
  /// A number that is at least 1.
  void positive(const std::string& name, int64_t& value);
  /// The numbers of an inner schedule.
  template <class F>
  void within(const std::string& name, F f) {
    const std::string outside = prefix_;
    prefix_ += name + ".";
    f(*this);
    prefix_ = outside;
  }

 private:
  friend class Resumable;
  Fields(State& state, bool saving) : state_(state), saving_(saving) {}
  State& state_;
  bool saving_;
  std::string prefix_;
};

/// What can be saved and goes on exactly: all schedules, ReduceLROnPlateau.
class Resumable {
 public:
  virtual ~Resumable() = default;
  /// All numbers of the schedule: where it is, and what it was made with (functions are not saved).
  State state_dict() const;
  /// Goes on where the state was taken, and sets the rates of the optimizer to the last ones, so that it does not matter whether the optimizer's
  /// archive is loaded before or after. Errors: a number is missing, another number of groups, numbers that make no sense; nothing is changed then.
  void load_state_dict(const State& state);
  /// The same through an archive; `save(schedule, "schedule.pt")` and `load(schedule, "schedule.pt")` use them.
  void save(serialize::OutputArchive& archive) const;
  void load(serialize::InputArchive& archive);

 protected:
  virtual void fields(Fields& f) = 0;
  virtual void restored() {}
};

/// Writes or reads a schedule's state. Errors: as load_state_dict.
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const Resumable& schedule);
serialize::InputArchive& operator>>(serialize::InputArchive& archive, Resumable& schedule);

/// A number for all parameter groups, or one for each.
class PerGroup {
 public:
  PerGroup(double value) : values_{value}, one_(true) {}
  PerGroup(std::vector<double> values) : values_(std::move(values)) {}
  PerGroup(std::initializer_list<double> values) : values_(values) {}
  /// One for each group. Errors: another number of them than of groups.
  std::vector<double> of(const Optimizer& optimizer, const char* name) const;

 private:
  std::vector<double> values_;
  bool one_ = false;
};

/// Base of Python's schedules. A new one sets the rates of the first step at once; call `step()` after each step or epoch of the optimizer,
/// which must outlive it. With `last_epoch` other than -1 it goes on after that epoch; the groups must know their first rates (they do after
/// an earlier schedule, and when the optimizer was loaded). To write one, derive, define `get_lr`, and call `start()` in the constructor.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LRScheduler.html)
class LRScheduler : public optim::LRScheduler, public Resumable {
 public:
  /// Sets the rates of the next step.
  void step() override;
  /// Sets those of the given epoch, by the closed form where there is one.
  void step(int64_t epoch);
  /// The rates that were set last, one for each group; the rates that it began with; the number of steps.
  const std::vector<double>& get_last_lr() const { return last_lr_; }
  const std::vector<double>& base_lrs() const { return base_lrs_; }
  virtual int64_t last_epoch() const { return last_epoch_; }
  const Optimizer& optimizer() const { return optimizer_; }

 protected:
  explicit LRScheduler(Optimizer& optimizer, int64_t last_epoch = -1);
  /// The rates of epoch `last_epoch_`, one for each group: from the present ones, or closed, from the first ones.
  virtual std::vector<double> get_lr() = 0;
  virtual std::vector<double> closed_form_lr() { return get_lr(); }
  std::vector<double> get_lrs() override { return get_lr(); }
  void fields(Fields& f) override;
  void restored() override;
  /// The first step, also when SequentialLR begins; what SequentialLR undoes of it; the rates of the next or a given epoch, without counting a step.
  void start();
  virtual void undo();
  virtual void update(std::optional<int64_t> epoch);
  std::vector<double> base_lrs_, last_lr_;
  int64_t last_epoch_;
  bool initial_ = false;
  friend class SequentialLR;
  friend class ChainedScheduler;
};

/// The first rate times a function of the epoch, of one function or one for each group.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html)
class LambdaLR : public LRScheduler {
 public:
  using Lambda = std::function<double(int64_t epoch)>;
  LambdaLR(Optimizer& optimizer, Lambda lr_lambda, int64_t last_epoch = -1);
  LambdaLR(Optimizer& optimizer, std::vector<Lambda> lr_lambda, int64_t last_epoch = -1);

 protected:
  std::vector<double> get_lr() override;
  std::vector<Lambda> lambdas_;
};

/// The present rate times a function of the epoch.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiplicativeLR.html)
class MultiplicativeLR : public LRScheduler {
 public:
  using Lambda = LambdaLR::Lambda;
  MultiplicativeLR(Optimizer& optimizer, Lambda lr_lambda, int64_t last_epoch = -1);
  MultiplicativeLR(Optimizer& optimizer, std::vector<Lambda> lr_lambda, int64_t last_epoch = -1);

 protected:
  std::vector<double> get_lr() override;
  std::vector<Lambda> lambdas_;
};

/// Times `gamma` every `step_size` epochs, at epochs step_size, 2 step_size… as in Python (optim::StepLR, libtorch's, is one step later).
/// Errors: a step size that is not positive. (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html)
class StepLR : public LRScheduler {
 public:
  StepLR(Optimizer& optimizer, int64_t step_size, double gamma = 0.1, int64_t last_epoch = -1);

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;
  void fields(Fields& f) override;
  int64_t step_size_;
  double gamma_;
};

/// Times `gamma` at each milestone; one that is named twice counts twice.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html)
class MultiStepLR : public LRScheduler {
 public:
  MultiStepLR(Optimizer& optimizer, std::vector<int64_t> milestones, double gamma = 0.1, int64_t last_epoch = -1);

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;
  void fields(Fields& f) override;
  std::vector<int64_t> milestones_;  // in order
  double gamma_;
};

/// Times `factor` until epoch `total_iters`. Errors: a factor outside of 0 to 1.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ConstantLR.html)
class ConstantLR : public LRScheduler {
 public:
  explicit ConstantLR(Optimizer& optimizer, double factor = 1. / 3, int64_t total_iters = 5, int64_t last_epoch = -1);

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;
  void fields(Fields& f) override;
  double factor_;
  int64_t total_iters_;
};

/// A factor that goes from `start_factor` to `end_factor` in `total_iters` epochs. Errors: factors outside of 0 to 1, a start of 0.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html)
class LinearLR : public LRScheduler {
 public:
  explicit LinearLR(Optimizer& optimizer, double start_factor = 1. / 3, double end_factor = 1, int64_t total_iters = 5, int64_t last_epoch = -1);

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;
  void fields(Fields& f) override;
  double start_factor_, end_factor_;
  int64_t total_iters_;
};

/// Times `gamma` every epoch. (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html)
class ExponentialLR : public LRScheduler {
 public:
  ExponentialLR(Optimizer& optimizer, double gamma, int64_t last_epoch = -1);

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;
  void fields(Fields& f) override;
  double gamma_;
};

/// (1 - epoch / total_iters) to a power, 0 after that. (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html)
class PolynomialLR : public LRScheduler {
 public:
  explicit PolynomialLR(Optimizer& optimizer, int64_t total_iters = 5, double power = 1, int64_t last_epoch = -1);

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;
  void fields(Fields& f) override;
  int64_t total_iters_;
  double power_;
};

/// A cosine from the first rate down to `eta_min` in `T_max` epochs, and up again after that.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html)
class CosineAnnealingLR : public LRScheduler {
 public:
  CosineAnnealingLR(Optimizer& optimizer, int64_t T_max, double eta_min = 0, int64_t last_epoch = -1);

 protected:
  std::vector<double> get_lr() override;
  std::vector<double> closed_form_lr() override;
  void fields(Fields& f) override;
  int64_t T_max_;
  double eta_min_;
};

/// Cosines that begin again after T_0, T_0 T_mult, T_0 T_mult^2… epochs. Errors: T_0 or T_mult below 1.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html)
class CosineAnnealingWarmRestarts : public LRScheduler {
 public:
  CosineAnnealingWarmRestarts(Optimizer& optimizer, int64_t T_0, int64_t T_mult = 1, double eta_min = 0, int64_t last_epoch = -1);
  /// The next epoch, or a given one, which may be a fraction: `epoch + batch / batches`. Errors: a negative epoch.
  void step() override { LRScheduler::step(); }
  void step(double epoch);

 protected:
  void update(std::optional<int64_t> epoch) override;
  std::vector<double> get_lr() override;
  void fields(Fields& f) override;
  int64_t T_0_, T_mult_;
  double eta_min_, T_i_, T_cur_;
};

/// Options of CyclicLR: defaults as in Python. `mode`: "triangular", "triangular2" (half as high every cycle) or "exp_range" (times
/// gamma^iteration); or a `scale_fn` of the cycle or, with scale_mode "iterations", of the iteration.
struct CyclicLROptions {
  WICK_ARG(int64_t, step_size_up) = 2000;
  WICK_ARG(std::optional<int64_t>, step_size_down);
  WICK_ARG(std::string, mode) = "triangular";
  WICK_ARG(double, gamma) = 1;
  WICK_ARG(std::function<double(double)>, scale_fn);
  WICK_ARG(std::string, scale_mode) = "cycle";
  WICK_ARG(bool, cycle_momentum) = true;
  WICK_ARG(PerGroup, base_momentum) = 0.8;
  WICK_ARG(PerGroup, max_momentum) = 0.9;
  WICK_ARG(int64_t, last_epoch) = -1;
};

/// The rate goes up from `base_lr` to `max_lr` and down again, and the momentum (or beta1) the other way. Errors: an unknown mode, an optimizer
/// without momentum when it is to be cycled. (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CyclicLR.html)
class CyclicLR : public LRScheduler {
 public:
  CyclicLR(Optimizer& optimizer, const PerGroup& base_lr, const PerGroup& max_lr, CyclicLROptions options = {});

 protected:
  std::vector<double> get_lr() override;
  void fields(Fields& f) override;
  void restored() override;
  CyclicLROptions options_;
  double total_size_, step_ratio_;
  std::vector<double> max_lrs_, base_momentums_, max_momentums_;
};

/// Options of OneCycleLR: defaults as in Python; `total_steps`, or `epochs` and `steps_per_epoch`, must be given. `anneal_strategy`: "cos" or
/// "linear".
struct OneCycleLROptions {
  WICK_ARG(std::optional<int64_t>, total_steps);
  WICK_ARG(std::optional<int64_t>, epochs);
  WICK_ARG(std::optional<int64_t>, steps_per_epoch);
  WICK_ARG(double, pct_start) = 0.3;
  WICK_ARG(std::string, anneal_strategy) = "cos";
  WICK_ARG(bool, cycle_momentum) = true;
  WICK_ARG(PerGroup, base_momentum) = 0.85;
  WICK_ARG(PerGroup, max_momentum) = 0.95;
  WICK_ARG(double, div_factor) = 25;
  WICK_ARG(double, final_div_factor) = 1e4;
  WICK_ARG(bool, three_phase) = false;
  WICK_ARG(int64_t, last_epoch) = -1;
};

/// One rise from max_lr / div_factor to max_lr and one fall to far below; the momentum (or beta1) the other way. Errors: options out of range,
/// more steps than there are, an optimizer without momentum when it is to be cycled.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html)
class OneCycleLR : public LRScheduler {
 public:
  OneCycleLR(Optimizer& optimizer, const PerGroup& max_lr, OneCycleLROptions options);

 protected:
  std::vector<double> get_lr() override;
  void fields(Fields& f) override;
  void restored() override;
  double anneal(double from, double to, double part) const;
  OneCycleLROptions options_;
  int64_t total_steps_;
  std::vector<double> max_lrs_, base_momentums_, max_momentums_;
};

/// One schedule after another: schedule i ends at epoch milestones[i]. Errors: no schedule, not one milestone fewer than schedules, schedules of
/// another optimizer. (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html)
class SequentialLR : public LRScheduler {
 public:
  SequentialLR(Optimizer& optimizer, std::vector<std::shared_ptr<LRScheduler>> schedulers, std::vector<int64_t> milestones, int64_t last_epoch = -1);
  void step() override;

 protected:
  void update(std::optional<int64_t> epoch) override;
  void restored() override;
  std::vector<double> get_lr() override { return last_lr_; }
  void fields(Fields& f) override;
  void undo() override;
  size_t index() const;
  std::vector<std::shared_ptr<LRScheduler>> schedulers_;
  std::vector<int64_t> milestones_;
};

/// Several schedules at once. Errors: no schedule, schedules of another optimizer.
/// (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ChainedScheduler.html)
class ChainedScheduler : public LRScheduler {
 public:
  explicit ChainedScheduler(std::vector<std::shared_ptr<LRScheduler>> schedulers);
  void step() override;
  int64_t last_epoch() const override { return schedulers_.back()->last_epoch(); }

 protected:
  void update(std::optional<int64_t> epoch) override;
  void restored() override;
  std::vector<double> get_lr() override { return last_lr_; }
  void fields(Fields& f) override;
  void undo() override;
  std::vector<std::shared_ptr<LRScheduler>> schedulers_;
};

/// A warm-up before a schedule: `steps` steps in which the rate rises linearly from `start_factor` times the first rate, then `after`.
/// Errors: `start_factor` not above 0 and at most 1, no steps.
std::shared_ptr<SequentialLR> with_warmup(Optimizer& optimizer, int64_t steps, std::shared_ptr<LRScheduler> after, double start_factor = 1e-3);

/// Multiplies the rates by `factor` when a metric has not become better for more than `patience` epochs, and waits `cooldown` epochs before
/// it looks again. `mode`: "min" or "max"; `threshold_mode`: "rel" or "abs". Errors: a factor of 1 or more, unknown modes, `min_lr` not one
/// for each group. (https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html)
class ReduceLROnPlateau : public Resumable {
 public:
  explicit ReduceLROnPlateau(Optimizer& optimizer, const std::string& mode = "min", double factor = 0.1, int64_t patience = 10, double threshold = 1e-4,
                             const std::string& threshold_mode = "rel", int64_t cooldown = 0, const PerGroup& min_lr = 0, double eps = 1e-8);
  /// Looks at the metric of another epoch.
  void step(double metrics);
  const std::vector<double>& get_last_lr() const { return last_lr_; }
  int64_t last_epoch() const { return last_epoch_; }
  bool in_cooldown() const { return cooldown_counter_ > 0; }

 protected:
  void fields(Fields& f) override;
  void restored() override;
  bool is_better(double metric) const;
  virtual void reduced(size_t, double) {}  // a group's rate has become smaller
  Optimizer& optimizer_;
  bool max_, relative_;
  double factor_, threshold_, eps_, best_;
  int64_t patience_, cooldown_, cooldown_counter_ = 0, num_bad_epochs_ = 0, last_epoch_ = 0;
  PerGroup min_lr_;
  std::vector<double> last_lr_;
};

}  // namespace v1
}  // namespace lr_scheduler

inline namespace v1 {

/// All of them but StepLR, whose name is libtorch's here.
using lr_scheduler::ChainedScheduler;
using lr_scheduler::ConstantLR;
using lr_scheduler::CosineAnnealingLR;
using lr_scheduler::CosineAnnealingWarmRestarts;
using lr_scheduler::CyclicLR;
using lr_scheduler::CyclicLROptions;
using lr_scheduler::ExponentialLR;
using lr_scheduler::LambdaLR;
using lr_scheduler::LinearLR;
using lr_scheduler::MultiplicativeLR;
using lr_scheduler::MultiStepLR;
using lr_scheduler::OneCycleLR;
using lr_scheduler::OneCycleLROptions;
using lr_scheduler::PolynomialLR;
using lr_scheduler::ReduceLROnPlateau;
using lr_scheduler::SequentialLR;

}  // namespace v1
}  // namespace optim
}  // namespace wick
