// Trainer: the loop that trains, in steps that can each be written anew.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wick/data/example.h>
#include <wick/nn/arg.h>
#include <wick/nn/module.h>
#include <wick/optim/optimizer.h>
#include <wick/train/state.h>

namespace wick {
namespace distributed {
inline namespace v1 {
class ProcessGroup;
}  // namespace v1
}  // namespace distributed
namespace train {
namespace metrics {
inline namespace v1 {
class Metric;
}
}  // namespace metrics
inline namespace v1 {

class Callback;
namespace detail { struct TrainerAccess; }

/// How long to train (`max_steps` steps of the optimizer if not 0, at most `epochs`), the gradients of how many batches make a step, and to
/// which norm, or element by element to which value, they are clipped before. `distributed`: where `distributed::init_process_group` was called before, the
/// processes of the job train one model; `find_unused_parameters` as in DistributedDataParallelOptions.
struct TrainerOptions {
  WICK_ARG(int64_t, epochs) = 1;
  WICK_ARG(int64_t, max_steps) = 0;
  WICK_ARG(int64_t, accumulate) = 1;
  WICK_ARG(std::optional<double>, clip_norm);
  WICK_ARG(std::optional<double>, clip_value);
  WICK_ARG(bool, distributed) = true;
  WICK_ARG(bool, find_unused_parameters) = false;
};

/// Names with values, in the order in which they were logged first.
using Logged = std::vector<std::pair<std::string, double>>;

/// What all trainers have, whatever their batches. The model and the optimizer must outlive the trainer.
///
/// With several processes (`distributed::init_process_group` was called before; all make their trainers in the same order) each trains on its loader's batches, and
/// nothing else changes in the program: parameters become rank 0's, gradients are averaged during backward, unless the model is a DistributedDataParallel and does
/// so itself; loaders with a DistributedSampler are told the epoch; what is logged in an epoch and what metrics gathered are those of all ranks, exactly, however
/// uneven their parts are; `stop` on one stops all at the same step; rank 0 alone writes checkpoints, logs and progress; random numbers differ between ranks
/// within an epoch, and agree where it begins. A checkpoint is gone on with exactly on as many ranks, and on any other number of them: `batch` then stands for as
/// many examples as before, rounded down to whole batches.
class TrainerBase {
 public:
  TrainerBase(nn::Module& model, optim::Optimizer& optimizer, TrainerOptions options = {});
  TrainerBase(const TrainerBase&) = delete;
  TrainerBase& operator=(const TrainerBase&) = delete;
  virtual ~TrainerBase();

  /// Adds a callback; they are called in the order of their priority, and of their addition.
  void add(std::shared_ptr<Callback> callback);
  /// The parts that checkpoints hold: model, optimizer, place in the data, means, metrics and callbacks. More can be added.
  State& state() { return state_; }

  /// What is trained, and how.
  nn::Module& model() { return model_; }
  optim::Optimizer& optimizer() { return optimizer_; }
  const TrainerOptions& options() const { return options_; }
  TrainerOptions& options() { return options_; }

  /// This process's number and how many train together (0 and 1 without a group, which is then null).
  int rank() const;
  int ranks() const;
  std::shared_ptr<distributed::ProcessGroup> group() const;
  /// Before rank 0 saves `state()` by itself, all ranks call this, so that the state holds the random numbers of each. Checkpoints does it.
  void gather_state();

  /// Where the run is: epochs that are complete, steps of the optimizer, batches of this epoch, and how many it has (0 if that is
  /// not known), examples of this epoch (with several processes: this one's times their number).
  int64_t epoch() const { return epoch_; }
  int64_t step() const { return step_; }
  int64_t batch() const { return batch_; }
  int64_t batches() const { return batches_; }
  int64_t examples() const { return examples_; }
  /// Ends `fit` after this step, or epoch; whether that was asked for. What is left of an epoch comes first when `fit` is called again.
  void stop() { (alone() ? stop_ : asked_) = true; }
  bool stopped() const { return stop_; }
  /// The targets of the batch of this step, undefined if a batch has none of that name; how many losses were not finite so far.
  const Tensor& target() const { return target_; }
  int64_t non_finite_losses() const { return non_finite_; }

  /// Notes a value in a step; what is logged of an epoch is the mean, weighted by the size of the batches unless `weight` is given.
  void log(const std::string& name, double value, std::optional<double> weight = std::nullopt);
  void log(const std::string& name, const Tensor& value, std::optional<double> weight = std::nullopt) { log(name, value.item<double>(), weight); }
  /// Logs a metric at the end of each pass that updated it, and resets it before. It must outlive the trainer.
  void track(const std::string& name, metrics::Metric& metric);
  /// The means of this epoch so far, and the values noted last. `logged(name)` is one of the means. Errors: it was not logged.
  Logged logged() const;
  Logged logged_last() const;
  double logged(const std::string& name) const;

 protected:
  /// The parts of a step: the gradients of a loss are added up; they are clipped, the optimizer's step is taken and they are dropped.
  virtual void backward(const Tensor& loss);
  virtual void optimizer_step();
  /// A loss that is NaN or infinite. Throws an error that says where; an override that returns has the batch left out.
  virtual void non_finite_loss(double loss);

  // The loop, for batches of any type.
  struct Pass {
    std::function<void(const std::function<bool(void*)>&)> each;
    int64_t batches = 0, batch_size = 0;  // 0: not known
    std::function<void(size_t)> set_epoch;
    State::Save save;
    State::Load load;
  };
  virtual Tensor run_training_step(void* batch) = 0;
  virtual void run_validation_step(void* batch) = 0;
  virtual int64_t run_size(void* batch) = 0;
  virtual Tensor run_target(void*) { return {}; }
  void run_fit(const Pass& training, const Pass* validation);
  Logged run_evaluate(const Pass& validation);
  void run_predict(const Pass& pass, const std::function<void(void*)>& step);

 private:
  friend struct detail::TrainerAccess;
  struct Mean;
  struct Tracked;
  struct Ranks;
  class Evaluation;
  void set_up(const Pass& training);
  void finish(const Pass& training);
  void fit_epochs(const Pass& training, const Pass* validation);
  bool alone() const { return !ranks_; }
  void merge_metrics();
  void merge_means();
  bool done() const { return epoch_ >= options_.epochs() || (options_.max_steps() > 0 && step_ >= options_.max_steps()); }
  Mean* find(const std::string& name);
  void run_epoch(const Pass& training);
  void run_batch(void* batch);
  void run_validation(const Pass& validation);
  void take_step();
  void reset_logs();
  void log_metrics();
  void each_callback(void (Callback::*what)(TrainerBase&));
  void save_place(serialize::OutputArchive& archive) const;
  void load_place(serialize::InputArchive& archive);

  nn::Module& model_;
  optim::Optimizer& optimizer_;
  TrainerOptions options_;
  State state_;
  std::vector<std::shared_ptr<Callback>> callbacks_;
  std::vector<Mean> means_;
  std::vector<Tracked> tracked_;
  int64_t epoch_ = 0, step_ = 0, batch_ = 0, batches_ = 0, examples_ = 0, pending_ = 0, size_ = 1, batch_size_ = 0;
  int64_t non_finite_ = 0;
  Tensor target_;
  double last_loss_ = 0;
  bool stop_ = false, passed_ = false;  // passed: the training data of this epoch are
  bool asked_ = false;                  // for a stop, which all ranks will agree on
  std::unique_ptr<Ranks> ranks_;
  State::Save save_loader_;             // of the loader in use
  std::unique_ptr<serialize::OutputArchive> place_;  // of a loader that is not here now
};

/// What is called at the turning points of a fit. A name is needed for what `save` and `load` keep of it in checkpoints.
class Callback {
 public:
  virtual ~Callback() = default;
  virtual std::string name() const { return {}; }
  /// Callbacks with a higher priority come first.
  virtual int priority() const { return 0; }
  /// Before a fit, when all parts of the state are there and may be loaded; then at its beginning and its end, or when an error ended it.
  virtual void on_setup(TrainerBase&) {}
  virtual void on_fit_begin(TrainerBase&) {}
  virtual void on_fit_end(TrainerBase&) {}
  virtual void on_error() noexcept {}
  /// At the beginning of an epoch (or of what is left of it) and at its end, with its values logged and `epoch()` counted up; after each
  /// step of the optimizer.
  virtual void on_epoch_begin(TrainerBase&) {}
  virtual void on_epoch_end(TrainerBase&) {}
  virtual void on_step_end(TrainerBase&) {}
  /// Before each step of the optimizer, with the gradients as backward left them.
  virtual void on_gradients(TrainerBase&) {}
  virtual void save(serialize::OutputArchive&) const {}
  virtual void load(serialize::InputArchive&) {}
};

namespace detail {
template <class B> auto size_of_batch(const B& b, int) -> decltype(static_cast<int64_t>(b.data.size(0))) { return b.data.dim() > 0 ? b.data.size(0) : 1; }
template <class B> int64_t size_of_batch(const B&, long) { return 1; }
template <class B> auto target_of(const B& b, int) -> decltype(Tensor(b.target)) { return b.target; }
template <class B> Tensor target_of(const B&, long) { return {}; }
template <class L> auto count_of(const L& loader, int) -> decltype(static_cast<int64_t>(loader.size())) { return static_cast<int64_t>(loader.size()); }
template <class L> auto count_of(const L& loader, int) -> decltype(static_cast<int64_t>(loader.size().value_or(0))) { return static_cast<int64_t>(loader.size().value_or(0)); }
template <class L> int64_t count_of(const L&, long) { return 0; }
template <class L> auto batch_size_of(const L& loader, int) -> decltype(static_cast<int64_t>(loader.options().batch_size)) { return static_cast<int64_t>(loader.options().batch_size); }
template <class L> int64_t batch_size_of(const L&, long) { return 0; }
template <class L> auto epochs_of(L& loader, int) -> decltype(loader.sampler().set_epoch(size_t()), std::function<void(size_t)>()) {
  return [&loader](size_t epoch) { loader.sampler().set_epoch(epoch); };
}
template <class L> std::function<void(size_t)> epochs_of(L&, long) { return {}; }
}  // namespace detail

/// Trains a model: derive and write `training_step`. Loaders are anything that `for (Batch& b : loader)` walks.
///
///     struct Classifier : train::Trainer<> {
///       Net net;
///       train::metrics::Accuracy accuracy;
///       Classifier(Net n, optim::Optimizer& o, train::TrainerOptions options) : Trainer(*n, o, options), net(n) { track("val_accuracy", accuracy); }
///       Tensor training_step(data::Example<>& b) override { return nn::functional::cross_entropy(net(b.data), b.target); }
///       void validation_step(data::Example<>& b) override { accuracy.update(net(b.data), b.target); }
///     };
///     Classifier trainer(net, optimizer, train::TrainerOptions().epochs(10).clip_norm(1));
///     trainer.add(std::make_shared<train::ProgressBar>());
///     trainer.add(std::make_shared<train::Checkpoints>("runs/1"));   // goes on where a run was stopped
///     trainer.fit(*training_loader, *validation_loader);
///
/// Errors: a loss that is no single number or not finite, with its place.
template <class Batch = data::Example<>>
class Trainer : public TrainerBase {
 public:
  using TrainerBase::TrainerBase;

  /// Trains, and after each epoch validates in evaluation mode. A checkpoint that was loaded is gone on from.
  template <class Loader>
  void fit(Loader& training) { run_fit(pass(training), nullptr); }
  template <class Loader, class Validation>
  void fit(Loader& training, Validation& validation) {
    const Pass p = pass(validation);
    run_fit(pass(training), &p);
  }
  /// What `validation_step` logs for a loader, and the metrics it updates; without gradients, in evaluation mode.
  template <class Loader>
  Logged evaluate(Loader& loader) { return run_evaluate(pass(loader)); }
  /// What `predict_step` says of each batch; without gradients, in evaluation mode.
  template <class Loader>
  std::vector<Tensor> predict(Loader& loader) {
    std::vector<Tensor> r;
    run_predict(pass(loader), [&](void* b) { r.push_back(predict_step(*static_cast<Batch*>(b))); });
    return r;
  }

 protected:
  /// The loss of a batch, logged as `loss` unless the step logs that itself. Validation logs `val_loss`, what `training_step` gives in
  /// evaluation mode. Prediction must be written to be used.
  virtual Tensor training_step(Batch& batch) = 0;
  virtual void validation_step(Batch& batch) { log("val_loss", training_step(batch)); }
  virtual Tensor predict_step(Batch&) { throw NotImplementedError("Trainer::predict: predict_step is not written"); }
  /// The number of examples of a batch: the size of `data` for an Example, 1 otherwise.
  virtual int64_t batch_size(const Batch& batch) { return detail::size_of_batch(batch, 0); }

 private:
  friend struct detail::TrainerAccess;
  template <class Loader>
  static Pass pass(Loader& loader) {
    Pass p;
    p.each = [&loader](const std::function<bool(void*)>& step) {
      for (auto& item : loader) {
        Batch& batch = item;
        if (!step(&batch)) return;
      }
    };
    p.batches = detail::count_of(loader, 0);
    p.batch_size = detail::batch_size_of(loader, 0);
    p.set_epoch = detail::epochs_of(loader, 0);
    if constexpr (serialize::detail::is_saved<Loader>::value) {
      p.save = [&loader](serialize::OutputArchive& a) { loader.save(a); };
      p.load = [&loader](serialize::InputArchive& a) { loader.load(a); };
    }
    return p;
  }
  Tensor run_training_step(void* batch) final { return training_step(*static_cast<Batch*>(batch)); }
  void run_validation_step(void* batch) final { validation_step(*static_cast<Batch*>(batch)); }
  int64_t run_size(void* batch) final { return batch_size(*static_cast<Batch*>(batch)); }
  Tensor run_target(void* batch) final { return detail::target_of(*static_cast<Batch*>(batch), 0); }
};

}  // namespace v1
}  // namespace train
}  // namespace wick
