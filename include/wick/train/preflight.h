// What can be known before training: a table of checks on a model, its loss and some batches.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wick/train/trainer.h>

namespace wick {
namespace train {
inline namespace v1 {

/// What a check came to; `skip`: it could not be made, and `what` says why.
enum class Verdict { pass, warn, fail, skip };

/// One line of the table: the check's name, what was seen, and what to try where that is not as it should be.
struct CheckResult {
  std::string id;
  Verdict verdict = Verdict::pass;
  std::string what;
  std::vector<std::string> remedies;
};

/// The table of all checks, in order.
struct PreflightReport {
  std::vector<CheckResult> checks;
  double seconds = 0;
  /// Whether no check failed; whether all passed, or were skipped.
  bool ok() const;
  bool clean() const;
  /// The result of a check. Errors: `ValueError` for a name that no check has.
  const CheckResult& operator[](const std::string& id) const;
  /// As lines of text.
  std::string text() const;
};
std::ostream& operator<<(std::ostream& stream, const PreflightReport& report);

/// How far the checks go.
/// `steps`: of the attempt to learn one batch by heart; `seconds`: what all may take (what is left then is skipped); `batches`: how many are looked at for the order of
/// labels; `skip`: names of checks that are left out; `optimizer`, `state`: of a loop without trainer, what trains and what else is put back afterwards. Both must live.
struct PreflightOptions {
  using OptimizerPointer = optim::Optimizer*;
  using StatePointer = State*;
  WICK_ARG(int64_t, steps) = 60;
  WICK_ARG(double, seconds) = 60;
  WICK_ARG(int64_t, batches) = 16;
  WICK_ARG(std::vector<std::string>, skip);
  WICK_ARG(OptimizerPointer, optimizer) = nullptr;
  WICK_ARG(StatePointer, state) = nullptr;
};

/// The names of all checks:
///   input          NaN, constants, raw bytes, means far from 0, examples that are all the same; an empty batch
///   layout         pictures given as [N, H, W, C] to a convolution
///   labels         whole numbers from 0 to classes - 1
///   order          examples sorted by class
///   loss           one number, finite, with a gradient
///   first_loss     near ln(classes), or the targets' variance
///   outputs        a softmax before cross_entropy, a sigmoid before its loss, log-probabilities that are none, targets of another shape
///   mode           evaluation mode, or random numbers in it
///   gradients      every parameter gets one, and none is NaN
///   optimizer      it has every parameter that learns
///   independence   an example's output does not depend on the others (in evaluation mode, so that batch norm uses its own statistics)
///   one_batch      it is learnt by heart
///   deterministic  the same step gives the same bits; the first op that does not is named (debug::compare_runs)
std::vector<std::string> preflight_checks();

namespace detail {

// The tensors of a batch, where its type tells: members `data` and `target`, a pair, or a tensor.
template <class B, class = void> struct Parts {
  static Tensor* data(B&) { return nullptr; }
  static Tensor* target(B&) { return nullptr; }
};
template <class B> struct Parts<B, std::enable_if_t<std::is_same<decltype(std::declval<B&>().data), Tensor>::value>> {
  static Tensor* data(B& b) { return &b.data; }
  template <class C> static auto find(C& b, int) -> std::enable_if_t<std::is_same<decltype(b.target), Tensor>::value, Tensor*> { return &b.target; }
  template <class C> static Tensor* find(C&, long) { return nullptr; }
  static Tensor* target(B& b) { return find(b, 0); }
};
template <> struct Parts<std::pair<Tensor, Tensor>> {
  static Tensor* data(std::pair<Tensor, Tensor>& b) { return &b.first; }
  static Tensor* target(std::pair<Tensor, Tensor>& b) { return &b.second; }
};
template <> struct Parts<Tensor> {
  static Tensor* data(Tensor& b) { return &b; }
  static Tensor* target(Tensor&) { return nullptr; }
};
template <class B>
B copy_of_batch(const B& batch, const Tensor& other_data = {}) {
  B b = batch;
  for (Tensor* t : {Parts<B>::data(b), Parts<B>::target(b)})
    if (t && t->defined()) *t = t->clone();
  if (other_data.defined()) *Parts<B>::data(b) = other_data.clone();
  return b;
}

template <class L, class = void> struct is_loader : std::false_type {};
template <class L> struct is_loader<L, std::void_t<decltype(std::declval<L&>().begin() != std::declval<L&>().end())>> : std::true_type {};

// What the checks know of a training. `loss` is that of the batch, `evaluated` the same in evaluation mode; with other data where they are defined.
struct Subject {
  explicit Subject(nn::Module& m) : model(m) {}
  nn::Module& model;
  optim::Optimizer* optimizer = nullptr;
  State* state = nullptr;
  TrainerBase* trainer = nullptr;
  std::function<Tensor(const Tensor& data)> loss, evaluated;
  std::function<void(const Tensor& loss)> backward;
  std::function<void()> step;
  State::Save save_loader;
  State::Load load_loader;
  Tensor data, target;         // of the first batch
  Tensor target_now;           // of the copy that a loss is computed of
  std::vector<Tensor> labels;  // of some batches
  int64_t batches = 0;         // of an epoch

  template <class Batch>
  void take(const Batch& batch) {
    Batch b = copy_of_batch(batch);
    if (const Tensor* x = Parts<Batch>::data(b)) data = *x;
    if (const Tensor* y = Parts<Batch>::target(b)) target = *y;
    note_labels(b);
  }
  template <class Batch>
  bool note_labels(Batch& b) {
    const Tensor* y = Parts<Batch>::target(b);
    if (!y || !y->defined() || y->dim() != 1 || y->is_floating_point()) return false;
    labels.push_back(y->clone());
    return true;
  }
  // The first batch, and the labels of some.
  template <class Batch, class Loader>
  std::shared_ptr<Batch> read(Loader& loader, int64_t most) {
    std::shared_ptr<Batch> first;
    int64_t n = 0;
    for (auto& item : loader) {
      Batch& b = item;
      if (first) note_labels(b);
      else {
        first = std::make_shared<Batch>(copy_of_batch(b));
        take(b);
      }
      if (++n >= most || labels.empty()) break;
    }
    return first;
  }
  // `f(batch)` for a new copy of it.
  template <class Batch, class F>
  std::function<Tensor(const Tensor&)> of_copies(std::shared_ptr<Batch> batch, F f) {
    return [this, batch, f](const Tensor& other) mutable {
      Batch b = copy_of_batch(*batch, other);
      const Tensor* y = Parts<Batch>::target(b);
      target_now = y ? *y : Tensor();
      return f(b);
    };
  }
  template <class Loader>
  void keep(Loader& loader) {
    batches = count_of(loader, 0);
    if constexpr (serialize::detail::is_saved<Loader>::value) {
      save_loader = [&loader](serialize::OutputArchive& a) { loader.save(a); };
      load_loader = [&loader](serialize::InputArchive& a) { loader.load(a); };
    }
  }
};

// Has `read` find a batch and set the losses, makes the checks, and puts all back as it was, also when something throws.
PreflightReport preflight(Subject& subject, const PreflightOptions& options, const std::function<bool()>& read);

// The steps of trainers, which are protected.
struct TrainerAccess {
  template <class B> static Tensor training_step(Trainer<B>& t, B& b) { return t.training_step(b); }
  template <class B> static void validation_step(Trainer<B>& t, B& b) { t.validation_step(b); }
  template <class B> static int64_t size(Trainer<B>& t, const B& b) { return t.batch_size(b); }
  static void backward(TrainerBase& t, const Tensor& loss) { t.backward(loss); }
  static void step(TrainerBase& t) { t.optimizer_step(); }
  // What a step finds, and what State does not keep.
  struct Place {
    int64_t batch, batches, size;
    Tensor target;
  };
  static Place place(const TrainerBase& t) { return {t.batch_, t.batches_, t.size_, t.target_}; }
  static void set(TrainerBase& t, const Place& p) { t.batch_ = p.batch, t.batches_ = p.batches, t.size_ = p.size, t.target_ = p.target; }
};

}  // namespace detail

/// Checks a training before it begins: a trainer with the loader that `fit` will be given, or the parts of a loop of one's own: the model, a function that gives the loss of
/// a batch, and a batch, or what a loop `for (auto& batch : loader)` walks. Batches are copied; tensors are looked for in their members `data` and `target`, a pair, or a
/// tensor. Of other types only the loss is known, and the checks of inputs and labels are skipped.
///
/// A check that finds something, or an error of the model, is a line of the report. All is then as it was before: parameters, buffers, gradients, optimizer, the
/// default generator, the loader's place, modes of modules, and what the trainer's state holds; so training gives the same bits with and without the checks. Of a loop
/// of one's own the optimizer and a State are in the options; other things that the loss changes, a loop has to put back.
///
///     const auto report = train::preflight(trainer, *loader);
///     const auto report = train::preflight(net, [&](data::Example<>& b) { return nn::functional::cross_entropy(net->forward(b.data), b.target); }, batch,
///                                          train::PreflightOptions().optimizer(&optimizer));
///     std::cout << report;
///     if (!report.ok()) return 1;
///
/// Errors: `ValueError` for several ranks, and for a name in `skip` that no check has.
template <class Batch, class Loader>
PreflightReport preflight(Trainer<Batch>& trainer, Loader& loader, const PreflightOptions& options = {}) {
  using Access = detail::TrainerAccess;
  detail::Subject s(trainer.model());
  s.trainer = &trainer;
  s.optimizer = &trainer.optimizer();
  s.state = &trainer.state();
  s.keep(loader);
  return detail::preflight(s, options, [&] {
    const auto batch = s.template read<Batch>(loader, options.batches());
    if (!batch) return false;
    const auto at_step = [&trainer, &s, at = trainer.batch() + 1](Batch& b) { Access::set(trainer, {at, s.batches, Access::size(trainer, b), detail::target_of(b, 0)}); };
    s.loss = s.of_copies(batch, [&trainer, at_step](Batch& b) {
      at_step(b);
      return Access::training_step(trainer, b);
    });
    s.evaluated = s.of_copies(batch, [&trainer, at_step](Batch& b) {
      at_step(b);
      Access::validation_step(trainer, b);
      return Tensor();
    });
    return true;
  });
}
template <class Loss, class Data>
PreflightReport preflight(nn::Module& model, Loss loss, Data& data, const PreflightOptions& options = {}) {
  detail::Subject s(model);
  s.optimizer = options.optimizer();
  s.state = options.state();
  const auto with = [&](auto batch) {
    if (!batch) return false;
    using Batch = typename decltype(batch)::element_type;
    s.loss = s.evaluated = s.of_copies(batch, [&loss](Batch& b) { return Tensor(loss(b)); });
    return true;
  };
  if constexpr (detail::is_loader<Data>::value) {
    using Batch = std::decay_t<decltype(*data.begin())>;
    s.keep(data);
    return detail::preflight(s, options, [&] { return with(s.template read<Batch>(data, options.batches())); });
  } else {
    using Batch = std::decay_t<Data>;
    return detail::preflight(s, options, [&] {
      s.take(data);
      return with(std::make_shared<Batch>(detail::copy_of_batch(data)));
    });
  }
}
template <class M, class Loss, class Data>
PreflightReport preflight(const nn::ModuleHolder<M>& model, Loss loss, Data& data, const PreflightOptions& options = {}) { return preflight(static_cast<nn::Module&>(*model.ptr()), std::move(loss), data, options); }

}  // namespace v1
}  // namespace train
}  // namespace wick
