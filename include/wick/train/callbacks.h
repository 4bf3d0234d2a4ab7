// Callbacks of a trainer: checkpoints, early stopping, schedules, logs, a live line.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wick/dist/meter.h>
#include <wick/train/checkpoint.h>
#include <wick/train/trainer.h>

namespace wick {
namespace train {
inline namespace v1 {

/// Saves the trainer's state in a folder: every `every_steps` steps if not 0, at the end of every `every_epochs` epochs and of the last one,
/// and when the fit is stopped. `monitor` names the logged value that `keep_best` goes by. A fit goes on from the newest whole
/// checkpoint of the folder; with `resume(false)` it begins anew, and what is there is removed, unless `wick launch` has started the program again (WICK_RESTART).
/// With several processes rank 0 writes and reads, and tells the others.
class Checkpoints : public Callback {
 public:
  explicit Checkpoints(std::string folder, CheckpointerOptions options = {});
  ~Checkpoints() override;
  WICK_ARG(int64_t, every_steps) = 0;
  WICK_ARG(int64_t, every_epochs) = 1;
  WICK_ARG(std::string, monitor);
  WICK_ARG(bool, resume) = true;

 public:
  /// Whether the fit went on from a checkpoint, how many were removed instead; the files (rank 0's only).
  bool resumed() const { return resumed_; }
  int64_t removed() const { return removed_; }
  Checkpointer& checkpointer();
  int priority() const override { return -100; }
  void on_setup(TrainerBase& trainer) override;
  void on_step_end(TrainerBase& trainer) override;
  void on_epoch_end(TrainerBase& trainer) override;
  void on_fit_end(TrainerBase& trainer) override;

 private:
  void save(TrainerBase& trainer, std::optional<double> metric = std::nullopt);
  void set_up_ranks(TrainerBase& trainer);
  std::string folder_;
  CheckpointerOptions options_;
  std::unique_ptr<Checkpointer> checkpointer_;
  bool resumed_ = false, set_up_ = false;
  int64_t removed_ = 0, saved_ = -1;
};

/// Stops when a logged value has not become better by more than `min_delta` for `patience` epochs in a row.
class EarlyStopping : public Callback {
 public:
  explicit EarlyStopping(std::string monitor, int64_t patience = 3, bool smaller_is_better = true, double min_delta = 0);
  std::string name() const override { return "early_stopping " + monitor_; }
  /// The best value, and whether this callback has ended the fit.
  std::optional<double> best() const { return best_; }
  bool ended() const { return bad_ >= patience_; }
  void on_fit_begin(TrainerBase& trainer) override;
  void on_epoch_end(TrainerBase& trainer) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;

 private:
  std::string monitor_;
  int64_t patience_, bad_ = 0;
  bool smaller_;
  double min_delta_;
  std::optional<double> best_;
};

/// Logs the learning rate of each group at the end of epochs and of steps: `lr`, `lr_1`, ...
class LRMonitor : public Callback {
 public:
  int priority() const override { return 10; }
  void on_step_end(TrainerBase& trainer) override;
  void on_epoch_end(TrainerBase& trainer) override { on_step_end(trainer); }
};

/// Writes a row of what was logged at the end of each epoch, or (`every_steps`) the values of every so many steps. The columns are `epoch`,
/// `step` and the names of the first row, or those asked for. A fit that goes on from a checkpoint goes on in the file; rows that came
/// after the checkpoint are dropped first.
class CSVLog : public Callback {
 public:
  explicit CSVLog(std::string path, std::vector<std::string> columns = {});
  ~CSVLog() override;
  WICK_ARG(int64_t, every_steps) = 0;

 public:
  std::string name() const override { return "csv " + path_; }
  void on_fit_begin(TrainerBase& trainer) override;
  void on_fit_end(TrainerBase&) override { close(); }
  void on_error() noexcept override { close(); }
  void on_step_end(TrainerBase& trainer) override;
  void on_epoch_end(TrainerBase& trainer) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;

 private:
  void row(TrainerBase& trainer, const Logged& values);
  void write(const std::string& line);
  void close() noexcept;
  std::string path_;
  std::vector<std::string> columns_;
  bool header_ = false;
  int64_t size_ = 0;
  int fd_ = -1;
};

/// One live line during epochs (share, means, examples per second, time left) and a line after each; only the latter where standard
/// output is no terminal or NO_COLOR is set.
class ProgressBar : public Callback {
 public:
  ProgressBar();
  ~ProgressBar() override;
  int priority() const override { return -10; }
  void on_epoch_begin(TrainerBase& trainer) override;
  void on_step_end(TrainerBase& trainer) override;
  void on_epoch_end(TrainerBase& trainer) override;
  void on_fit_end(TrainerBase&) override;
  void on_error() noexcept override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Says where the time of each rank went, and who is slow and why: rank 0 prints it when a fit ends, and what is known when an error ends it. Nothing with a single
/// process.
class RankReport : public Callback {
 public:
  explicit RankReport(bool print = true) : print_(print) {}
  int priority() const override { return -20; }
  /// The times of all ranks, on each of them.
  const std::vector<distributed::RankTimes>& times() const { return times_; }
  void on_fit_begin(TrainerBase& trainer) override;
  void on_fit_end(TrainerBase& trainer) override;
  void on_error() noexcept override;

 private:
  bool print_, first_ = false;  // first: this is rank 0 of several
  std::vector<distributed::RankTimes> times_;
};

namespace detail {
template <class S, class = void> struct takes_metric : std::true_type {};
template <class S> struct takes_metric<S, std::void_t<decltype(std::declval<S&>().step())>> : std::false_type {};

template <class Scheduler>
class Schedule final : public Callback {
 public:
  static constexpr bool kept = serialize::detail::is_kept<Scheduler>;
  Schedule(Scheduler& scheduler, bool each_step, std::string monitor) : scheduler_(scheduler), each_step_(each_step), monitor_(std::move(monitor)) {}
  std::string name() const override { return kept ? "schedule" : ""; }
  int priority() const override { return 5; }
  void on_step_end(TrainerBase& trainer) override { if (each_step_) step(trainer); }
  void on_epoch_end(TrainerBase& trainer) override { if (!each_step_) step(trainer); }
  void save(serialize::OutputArchive& archive) const override {
    if constexpr (kept) serialize::detail::write_part(archive, scheduler_);
  }
  void load(serialize::InputArchive& archive) override {
    if constexpr (kept) serialize::detail::read_part(archive, scheduler_);
  }

 private:
  void step(TrainerBase& trainer) {
    if constexpr (takes_metric<Scheduler>::value) scheduler_.step(trainer.logged(monitor_));
    else scheduler_.step();
  }
  Scheduler& scheduler_;
  bool each_step_;
  std::string monitor_;
};
}  // namespace detail

/// Steps a schedule of the learning rate after each epoch, or after each step of the optimizer; `monitor` names the logged value for those
/// that look at one. It is part of checkpoints if it can be saved, and must outlive the trainer.
template <class Scheduler>
std::shared_ptr<Callback> schedule(Scheduler& scheduler, bool each_step = false, std::string monitor = "val_loss") {
  return std::make_shared<detail::Schedule<Scheduler>>(scheduler, each_step, std::move(monitor));
}

}  // namespace v1
}  // namespace train
}  // namespace wick
