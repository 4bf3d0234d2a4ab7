// Optimizer: parameter groups, options and state that all optimizers share.
#pragma once

#include <functional>
#include <memory>
#include <string>
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
  std::unique_ptr<OptimizerParamState> clone() const override { return std::make_unique<Derived>(static_cast<const Derived&>(*this)); }
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
  /// What still has the value it was constructed with takes that of `defaults`: how the options of a group complete
  /// themselves with those of the optimizer.
  virtual void inherit(const OptimizerOptions& defaults);
};

namespace detail {
template <class T, class = void> struct has_lr : std::false_type {};
template <class T> struct has_lr<T, std::void_t<decltype(std::declval<T&>().lr(0.0))>> : std::true_type {};
}  // namespace detail

/// Gives options their `clone` and, by way of `lr()`, the learning rate.
template <class Derived>
class OptimizerCloneableOptions : public OptimizerOptions {
 public:
  std::unique_ptr<OptimizerOptions> clone() const override { return std::make_unique<Derived>(static_cast<const Derived&>(*this)); }
  double get_lr() const override {
    if constexpr (detail::has_lr<Derived>::value) return static_cast<const Derived&>(*this).lr();
    else return OptimizerOptions::get_lr();
  }
  void set_lr(double lr) override {
    if constexpr (detail::has_lr<Derived>::value) static_cast<Derived&>(*this).lr(lr);
    else OptimizerOptions::set_lr(lr);
  }
};

/// Parameters that are updated with the same options. Without options it takes the optimizer's defaults.
class OptimizerParamGroup {
 public:
  OptimizerParamGroup(std::vector<Tensor> params) : params_(std::move(params)) {}
  OptimizerParamGroup(std::vector<Tensor> params, std::unique_ptr<OptimizerOptions> options) : params_(std::move(params)), options_(std::move(options)) {}
  OptimizerParamGroup(const OptimizerParamGroup& o) : params_(o.params_), options_(o.options_ ? o.options_->clone() : nullptr) {}
  OptimizerParamGroup& operator=(const OptimizerParamGroup& o) {
    params_ = o.params_;
    options_ = o.options_ ? o.options_->clone() : nullptr;
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

 private:
  std::vector<Tensor> params_;
  std::unique_ptr<OptimizerOptions> options_;
};

/// Base of all optimizers. (https://pytorch.org/docs/stable/optim.html)
class Optimizer {
 public:
  /// Recomputes the loss, with backward; for optimizers that look twice.
  using LossClosure = std::function<Tensor()>;
  using State = std::unordered_map<void*, std::unique_ptr<OptimizerParamState>>;

  /// Errors: an empty list of groups, a parameter that is no leaf or occurs twice.
  explicit Optimizer(const std::vector<OptimizerParamGroup>& groups, std::unique_ptr<OptimizerOptions> defaults);
  explicit Optimizer(std::vector<Tensor> parameters, std::unique_ptr<OptimizerOptions> defaults)
      : Optimizer(std::vector<OptimizerParamGroup>{OptimizerParamGroup(std::move(parameters))}, std::move(defaults)) {}
  Optimizer(const Optimizer&) = delete;
  Optimizer(Optimizer&&) = default;
  Optimizer& operator=(Optimizer&&) = default;
  virtual ~Optimizer() = default;

  /// Updates all parameters that have a gradient. Returns the closure's loss.
  virtual Tensor step(LossClosure closure = nullptr) = 0;
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
  std::vector<OptimizerParamGroup> param_groups_;
  State state_;
  std::unique_ptr<OptimizerOptions> defaults_;
};

/// `save` and `load`.
serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const Optimizer& optimizer);
serialize::InputArchive& operator>>(serialize::InputArchive& archive, Optimizer& optimizer);

}  // namespace v1
}  // namespace optim
}  // namespace wick
