// Optimizer: parameter groups, options and state that all optimizers share.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include <wick/nn/arg.h>
#include <wick/tensor.h>

namespace wick {
namespace serialize {
inline namespace v1 {
class OutputArchive;
class InputArchive;
}  // namespace v1
}  // namespace serialize
namespace optim {
inline namespace v1 {

/// What an optimizer remembers of one parameter.
class OptimizerParamState {
 public:
  OptimizerParamState() = default;
  OptimizerParamState(const OptimizerParamState&) = default;
  OptimizerParamState& operator=(const OptimizerParamState&) = default;
  virtual ~OptimizerParamState() = default;
  /// A copy; reading from and writing to an archive. Errors: a class that does not define them.
  virtual std::unique_ptr<OptimizerParamState> clone() const;
  virtual void serialize(serialize::InputArchive& archive);
  virtual void serialize(serialize::OutputArchive& archive) const;
};

/// Gives a state its `clone`.
template <class Derived>
class OptimizerCloneableParamState : public OptimizerParamState {
 public:
  std::unique_ptr<OptimizerParamState> clone() const override { return std::unique_ptr<OptimizerParamState>(new Derived(static_cast<const Derived&>(*this))); }
};

/// Options of a group of parameters; every optimizer derives its own.
class OptimizerOptions {
 public:
  OptimizerOptions() = default;
  OptimizerOptions(const OptimizerOptions&) = default;
  OptimizerOptions& operator=(const OptimizerOptions&) = default;
  virtual ~OptimizerOptions() = default;
  /// A copy; reading from and writing to an archive. Errors: a class that does not define them.
  virtual std::unique_ptr<OptimizerOptions> clone() const;
  virtual void serialize(serialize::InputArchive& archive);
  virtual void serialize(serialize::OutputArchive& archive) const;
  /// The learning rate, whatever the optimizer; for schedules. Errors: options without one.
  virtual double get_lr() const;
  virtual void set_lr(double lr);
  /// The momentum, or the first of the betas; for schedules. Errors: options without.
  virtual double get_momentum() const;
  virtual void set_momentum(double momentum);
  /// What still has the value it was constructed with takes that of `defaults`: how the options of a group complete
  /// themselves with those of the optimizer.
  virtual void inherit(const OptimizerOptions& defaults);
};

namespace detail {
class StepAccess;
template <class T, class = void> struct has_lr : std::false_type {};
template <class T> struct has_lr<T, std::void_t<decltype(std::declval<T&>().lr(0.0))>> : std::true_type {};
template <class T, class = void> struct has_momentum : std::false_type {};
template <class T> struct has_momentum<T, std::void_t<decltype(std::declval<T&>().momentum(0.0))>> : std::true_type {};
template <class T, class = void> struct has_betas : std::false_type {};
template <class T> struct has_betas<T, std::void_t<decltype(std::get<0>(std::declval<T&>().betas()))>> : std::true_type {};
}  // namespace detail

/// Gives options their `clone` and, by way of `lr()`, `momentum()` and `betas()`, what schedules change.
template <class Derived>
class OptimizerCloneableOptions : public OptimizerOptions {
 public:
  std::unique_ptr<OptimizerOptions> clone() const override { return std::unique_ptr<OptimizerOptions>(new Derived(static_cast<const Derived&>(*this))); }
  double get_lr() const override {
    if constexpr (detail::has_lr<Derived>::value) return static_cast<const Derived&>(*this).lr();
    else return OptimizerOptions::get_lr();
  }
  void set_lr(double lr) override {
    if constexpr (detail::has_lr<Derived>::value) static_cast<Derived&>(*this).lr(lr);
    else OptimizerOptions::set_lr(lr);
  }
  double get_momentum() const override {
    const auto& self = static_cast<const Derived&>(*this);
    if constexpr (detail::has_betas<const Derived>::value) return std::get<0>(self.betas());
    else if constexpr (detail::has_momentum<Derived>::value) return self.momentum();
    else return OptimizerOptions::get_momentum();
  }
  void set_momentum(double momentum) override {
    auto& self = static_cast<Derived&>(*this);
    if constexpr (detail::has_betas<Derived>::value) std::get<0>(self.betas()) = momentum;
    else if constexpr (detail::has_momentum<Derived>::value) self.momentum(momentum);
    else OptimizerOptions::set_momentum(momentum);
  }
};

/// Parameters that are updated with the same options. Without options it takes the optimizer's defaults.
class OptimizerParamGroup {
 public:
  OptimizerParamGroup(std::vector<Tensor> params) : params_(std::move(params)) {}
  OptimizerParamGroup(std::vector<Tensor> params, std::unique_ptr<OptimizerOptions> options) : params_(std::move(params)), options_(std::move(options)) {}
  OptimizerParamGroup(const OptimizerParamGroup& o) : params_(o.params_), options_(o.options_ ? o.options_->clone() : nullptr), initial_lr_(o.initial_lr_) {}
  OptimizerParamGroup& operator=(const OptimizerParamGroup& o) {
    params_ = o.params_;
    options_ = o.options_ ? o.options_->clone() : nullptr;
    initial_lr_ = o.initial_lr_;
    return *this;
  }
  OptimizerParamGroup(OptimizerParamGroup&&) noexcept = default;
  OptimizerParamGroup& operator=(OptimizerParamGroup&&) noexcept = default;

  /// The group's options: whether it has its own, and access.
  bool has_options() const { return options_ != nullptr; }
  OptimizerOptions& options();
  const OptimizerOptions& options() const;
  void set_options(std::unique_ptr<OptimizerOptions> options) { options_ = std::move(options); }
  std::vector<Tensor>& params() { return params_; }
  const std::vector<Tensor>& params() const { return params_; }
  /// The rate that the schedules of the group start from; the first of them sets it.
  std::optional<double>& initial_lr() { return initial_lr_; }
  const std::optional<double>& initial_lr() const { return initial_lr_; }

 private:
  std::vector<Tensor> params_;
  std::unique_ptr<OptimizerOptions> options_;
  std::optional<double> initial_lr_;
};

/// What `step()` does to all gradients in the same pass over memory, with the numbers of `clip_grad_norm_`, `clip_grad_value_`, `step` and
/// `zero_grad` called one after the other. `clip_norm`: the largest Euclidean norm of all gradients together. `clip_value`: the largest
/// absolute value of an element, after `clip_norm`. `error_if_nonfinite`: with `clip_norm`, an error when the norm is no number or infinite.
/// `zero_grad`: the gradients are zeros afterwards; otherwise they are as they were, unclipped. LBFGS, which looks at many gradients in a
/// step, refuses them; an optimizer of one's own has to look at them itself.
/// `optimizer.step_options().clip_norm(1.0).zero_grad(true); optimizer.step();`
struct StepOptions {
  WICK_ARG(std::optional<double>, clip_norm);
  WICK_ARG(std::optional<double>, clip_value);
  WICK_ARG(bool, error_if_nonfinite) = false;
  WICK_ARG(bool, zero_grad) = false;
};

/// Base of all optimizers. (https://pytorch.org/docs/stable/optim.html)
class Optimizer {
 public:
  /// Recomputes the loss, with backward; for optimizers that look twice.
  using LossClosure = std::function<Tensor()>;
  using State = std::unordered_map<void*, std::unique_ptr<OptimizerParamState>>;

  /// Errors: an empty list of groups, a parameter that is no leaf or occurs twice.
  explicit Optimizer(const std::vector<OptimizerParamGroup>& groups, std::unique_ptr<OptimizerOptions> defaults);
  explicit Optimizer(std::vector<Tensor> parameters, std::unique_ptr<OptimizerOptions> defaults);
  Optimizer(const Optimizer&) = delete;
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(Optimizer&&) = default;
  virtual ~Optimizer() = default;

  /// Updates all parameters that have a gradient. Returns the closure's loss.
  virtual Tensor step(LossClosure closure = nullptr) = 0;
  /// Clipping and zeroing that belong to a step; none by default. They stay until they are changed and are not saved.
  StepOptions& step_options() { return step_options_; }
  const StepOptions& step_options() const { return step_options_; }
  /// The norm of all gradients before clipping, in the last step with `clip_norm`; nothing before.
  std::optional<double> grad_norm() const { return grad_norm_; }
  /// Drops all gradients, or fills them with zeros.
  void zero_grad(bool set_to_none = true);
  /// One more group; its options inherit from the defaults. Errors as in the constructor.
  void add_param_group(const OptimizerParamGroup& group);
  void add_parameters(const std::vector<Tensor>& parameters);

  /// Groups, all parameters of the first group, defaults, and the state of each parameter (by its identity).
  std::vector<OptimizerParamGroup>& param_groups() { return param_groups_; }
  const std::vector<OptimizerParamGroup>& param_groups() const { return param_groups_; }
  const std::vector<Tensor>& parameters() const;
  std::vector<Tensor>& parameters();
  size_t size() const;
  OptimizerOptions& defaults() { return *defaults_; }
  const OptimizerOptions& defaults() const { return *defaults_; }
  State& state() { return state_; }
  const State& state() const { return state_; }

  /// Writes groups, options and states to an archive, or reads them for the same number of parameters in each group.
  /// Optimizers that do not define them write nothing.
  virtual void save(serialize::OutputArchive& archive) const;
  virtual void load(serialize::InputArchive& archive);

 protected:
  /// Looks at the options of a group that is added later. Errors: options out of range.
  virtual void check_options(const OptimizerOptions& options) const;
  friend class detail::StepAccess;
  std::vector<OptimizerParamGroup> param_groups_;
  State state_;
  std::unique_ptr<OptimizerOptions> defaults_;
  StepOptions step_options_;
  std::optional<double> grad_norm_;
};

/// `save` and `load`.
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const Optimizer& optimizer);
serialize::InputArchive& operator>>(serialize::InputArchive& archive, Optimizer& optimizer);

/// An optimizer whose options are an `Options` and whose states are `ParamState`s: the base of all that are here.
template <class Options, class ParamState>
class OptimizerOf : public Optimizer {
 public:
  explicit OptimizerOf(const std::vector<OptimizerParamGroup>& groups, Options defaults = {});
  explicit OptimizerOf(std::vector<Tensor> params, Options defaults = {});
  Tensor step(LossClosure closure = nullptr) override;
  void save(serialize::OutputArchive& archive) const override;
  void load(serialize::InputArchive& archive) override;

 protected:
  void check_options(const OptimizerOptions& options) const override;
};

}  // namespace v1
}  // namespace optim
}  // namespace wick

/// The members that the options and states of an optimizer have: archives and comparison of all fields, which the optimizer's source lists.
#define WICK_OPTIM_STATE(Name)                                                                          \
 public:                                                                                                 \
  void serialize(serialize::InputArchive& archive) override;                                              \
  void serialize(serialize::OutputArchive& archive) const override;                                       \
  friend bool operator==(const Name& a, const Name& b)
#define WICK_OPTIM_OPTIONS(Name)                                                                        \
  WICK_OPTIM_STATE(Name);                                                                                 \
  void inherit(const OptimizerOptions& defaults) override
