// How gradients flow: through the layers of a model, and back through the steps of a recurrent one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wick/debug/recorder.h>
#include <wick/nn/module.h>
#include <wick/nn/rnn.h>

namespace wick {
namespace debug {
inline namespace v1 {

/// Norms of each parameter, its gradient and its change, over the steps of a training. A change of about a thousandth of the weights a step is usual; far
/// less learns nothing, far more forgets. Takes copies of the parameters it looks at.
///
///     debug::GradientFlow flow(net);
///     loss.backward();  flow.after_backward();
///     optimizer.step(); flow.after_step();
///
/// Errors: `ValueError` for a pattern that nothing matches; `after_step` without `after_backward`.
class GradientFlow {
 public:
  explicit GradientFlow(const nn::Module& model, const std::vector<std::string>& patterns = {"*"});
  template <class M>
  explicit GradientFlow(const nn::ModuleHolder<M>& model, const std::vector<std::string>& patterns = {"*"})
      : GradientFlow(static_cast<const nn::Module&>(*model.ptr()), patterns) {}

  /// Notes the norms of weights and gradients; those of the changes since then.
  void after_backward();
  void after_step();

  /// The parameters in order; double [steps, parameters] of Euclidean norms. A parameter without a gradient has NaN.
  const std::vector<std::string>& names() const { return names_; }
  Tensor gradient_norms() const;
  Tensor weight_norms() const;
  /// Norm of the change through that of the weights before it; NaN where `after_step` was not called or the weights are all 0.
  Tensor update_ratios() const;
  /// Histograms of each parameter after the last step: of the weights, of their gradients, of the changes, and of log10 of |change / weight| for each weight (where neither is 0): most lie
  /// around -3 when a network learns well. Costs a copy of the parameters until the next step. Errors: no step yet.
  struct Distribution {
    std::string name;
    Statistics weights, gradients, changes, ratios;
  };
  std::vector<Distribution> distributions(int64_t bins = 64) const;
  /// The last step for people; all steps as CSV: step, parameter, gradient, weight, ratio.
  std::string table() const;
  std::string csv() const;

 private:
  Tensor stacked(size_t which) const;
  std::vector<std::string> names_;
  std::vector<Tensor> parameters_, before_;
  std::vector<Tensor> gradients_;  // of the last step
  std::vector<std::vector<double>> rows_[3];  // gradients, weights, changes: a row for each step
  bool open_ = false;
};

/// Norms of dL/dh for each time step of a loop of one's own: `track` passes a state on and remembers it, in the order of the calls; after `backward`,
/// `norms` has the norm of the whole gradient at each (0 where none came). For a batch, the norm is over all of it.
///
///     debug::TimeGradients through;
///     for (t = 0; t < steps; ++t) h = through.track(cell(x[t], h));
///     loss(h).backward();
///     through.norms();
class TimeGradients {
 public:
  Tensor track(const Tensor& state);
  /// double [steps].
  Tensor norms() const;
  /// The gradients themselves [steps, ...]. Errors: states of different shapes.
  Tensor gradients() const;

 private:
  std::shared_ptr<std::vector<std::pair<Tensor, Tensor>>> list_ = std::make_shared<std::vector<std::pair<Tensor, Tensor>>>();  // a zero of the state's shape, the gradient
};

/// What a recurrent layer gives its states in backward: double [layers * directions, steps] of norms of dL/dh_t, and for LSTM of dL/dc_t (else
/// undefined), in the order of time (a backward direction reads from the last step to the first). `output`: what the layer gave.
struct TimeFlow {
  Tensor hidden, cell, output;
};

/// Runs a layer step by step, with its own weights and the same result, and backward from `loss(output)`: how much of the gradient is left at each step, the
/// whole of it, through later steps, too. Vanishing shows as a line that falls in the plot, exploding as one that rises. Gradients of parameters are left alone.
/// Errors: `ValueError` for an input without three dimensions, a projected LSTM, a loss without history or of more than one element.
/// (S. Hochreiter, 1991; R. Pascanu, T. Mikolov and Y. Bengio, 2013, https://arxiv.org/abs/1211.5063)
TimeFlow time_flow(const nn::RNN& layer, const Tensor& input, const std::function<Tensor(const Tensor& output)>& loss);
TimeFlow time_flow(const nn::LSTM& layer, const Tensor& input, const std::function<Tensor(const Tensor& output)>& loss);
TimeFlow time_flow(const nn::GRU& layer, const Tensor& input, const std::function<Tensor(const Tensor& output)>& loss);

}  // namespace v1
}  // namespace debug
}  // namespace wick
