// What layers give and what gradients come back to them: values, statistics, units that do nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <wick/nn/arg.h>
#include <wick/nn/module.h>

namespace wick {
namespace debug {
inline namespace v1 {

/// The values of a tensor in a few numbers. Those that are NaN are counted and left out of the rest; the standard deviation is that of the values
/// themselves (divided by n). `histogram`: int64 [bins] over equal steps from `min` to `max`, of the finite values, if bins were asked for.
struct Statistics {
  int64_t count = 0, nans = 0;
  double mean = 0, std = 0, min = 0, max = 0, zeros = 0;  // `zeros`: share of values that are 0
  Tensor histogram;
};
/// The statistics of a real tensor of any shape.
Statistics statistics(const Tensor& values, int64_t bins = 0);

/// What an ActivationRecorder keeps: the values themselves or statistics alone, gradients, bins of the histograms (0: none), and how many calls of a layer
/// (0: all; the oldest go first).
struct RecorderOptions {
  WICK_ARG(bool, values) = true;
  WICK_ARG(bool, gradients) = true;
  WICK_ARG(int64_t, bins) = 0;
  WICK_ARG(int64_t, keep) = 1;
};

/// One result of one call of a layer. The gradient is that of what `backward` was called on, with respect to this result; undefined before.
struct Activation {
  std::string path;             // of the module; "" is the model
  int64_t call = 0, output = 0;  // which call of the module, which tensor of its result
  Tensor value, gradient;
  Statistics value_statistics, gradient_statistics;
};

/// While it lives, records what the modules whose paths match a pattern give, and the gradients of it. Patterns are those of `adapt::matches`: the whole path, or what
/// follows one of its dots, in which `*` stands for any text. Any module that is called as `m(x)` is seen, of whatever type; the destructor takes the hooks out,
/// and a model that nobody records has none. The model must not be destroyed before. Errors: `ValueError` for a pattern that nothing matches, naming the modules.
///
///     debug::ActivationRecorder seen(net, {"conv*"});
///     loss(net(x)).backward();
///     std::cout << seen.table();
///     seen.save("seen.npz");
class ActivationRecorder {
 public:
  ActivationRecorder(nn::Module& model, const std::vector<std::string>& patterns, RecorderOptions options = {});
  template <class M>
  ActivationRecorder(const nn::ModuleHolder<M>& model, const std::vector<std::string>& patterns, RecorderOptions options = {})
      : ActivationRecorder(static_cast<nn::Module&>(*model.ptr()), patterns, std::move(options)) {}
  ~ActivationRecorder();
  ActivationRecorder(const ActivationRecorder&) = delete;
  ActivationRecorder& operator=(const ActivationRecorder&) = delete;

  /// The paths that are recorded; all that was recorded, in the order of the calls.
  const std::vector<std::string>& paths() const;
  std::vector<Activation> records() const;
  /// Of the last call of a module: its first result, and the gradient. Errors: a path that is not recorded, nothing recorded yet.
  Tensor value(const std::string& path) const;
  Tensor gradient(const std::string& path) const;
  /// Statistics as text for people, and as CSV.
  std::string table() const;
  std::string csv() const;
  /// Values and gradients in one .npz, named `path`, `path.grad` (`path#call.output` where there is more than one).
  void save(const std::string& path) const;
  void clear();

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::vector<nn::RemovableHandle> hooks_;
};

/// Which values count as nothing done: those of a tanh beyond `edge` on either side, those of a sigmoid as near to its ends (below 1 - edge or above it). A unit is
/// saturated when this is so for more than `share` of its values. `dim`: the dimension of the units, -1 for sequences [batch, steps, units].
struct UnitActivityOptions {
  WICK_ARG(int64_t, dim) = 1;
  WICK_ARG(double, edge) = 0.99;
  WICK_ARG(double, share) = 0.95;
};

/// The units of one layer: for each the share of values that were above 0 (`active`), and the share of those that were saturated (zero for layers that
/// are neither sigmoid nor tanh).
struct LayerActivity {
  std::string path, kind;
  Tensor active, saturated;              // double [units]
  std::vector<int64_t> dead_units, saturated_units;  // ReLU and others: never above 0; sigmoid and tanh: saturated
};

/// Looks for units that are dead on the data that the model was called with while this lived, and for saturated ones. A unit is a channel: dimension 1 of what a
/// layer gives (or `dim`), the only one of one dimension. Without patterns all modules ReLU, ReLU6, Sigmoid and Tanh are looked at; a matching module of another type counts as a
/// ReLU. (X. Glorot and Y. Bengio, 2010, https://proceedings.mlr.press/v9/glorot10a.html; L. Lu and others, Dying ReLU, 2019, https://arxiv.org/abs/1903.06733)
/// Errors: `ValueError` for a pattern that nothing matches, or a model without such modules; IndexError for a result that lacks the dimension.
class UnitActivity {
 public:
  explicit UnitActivity(nn::Module& model, const std::vector<std::string>& patterns = {}, UnitActivityOptions options = {});
  template <class M>
  explicit UnitActivity(const nn::ModuleHolder<M>& model, const std::vector<std::string>& patterns = {}, UnitActivityOptions options = {})
      : UnitActivity(static_cast<nn::Module&>(*model.ptr()), patterns, std::move(options)) {}
  ~UnitActivity();
  UnitActivity(const UnitActivity&) = delete;
  UnitActivity& operator=(const UnitActivity&) = delete;

  /// What was seen so far, for each layer that was called; as text, and as CSV (a line for each unit).
  std::vector<LayerActivity> layers() const;
  std::string table() const;
  std::string csv() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::vector<nn::RemovableHandle> hooks_;
};

/// While it lives, records the weights of the attention of each nn::MultiheadAttention that matches, also where the model did not ask for them (as in
/// transformers): [batch, heads, queries, keys], or [heads, queries, keys] without a batch, before dropout. They are computed once more for it.
/// (A. Vaswani and others, 2017, https://arxiv.org/abs/1706.03762) Errors: `ValueError` when no MultiheadAttention matches.
class AttentionRecorder {
 public:
  explicit AttentionRecorder(nn::Module& model, const std::vector<std::string>& patterns = {"*"});
  template <class M>
  explicit AttentionRecorder(const nn::ModuleHolder<M>& model, const std::vector<std::string>& patterns = {"*"})
      : AttentionRecorder(static_cast<nn::Module&>(*model.ptr()), patterns) {}
  ~AttentionRecorder();
  AttentionRecorder(const AttentionRecorder&) = delete;
  AttentionRecorder& operator=(const AttentionRecorder&) = delete;

  /// The paths that are recorded; the weights of the last call. Errors: a path that is not recorded, no call yet.
  std::vector<std::string> paths() const;
  Tensor weights(const std::string& path) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::vector<nn::RemovableHandle> hooks_;
};

}  // namespace v1
}  // namespace debug
}  // namespace wick
