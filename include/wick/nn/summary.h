// A model at a glance: its layers with shapes, parameters and work; and where the time of a step goes.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include <wick/nn/any_module.h>

namespace wick {
namespace nn {
inline namespace v1 {

/// How multiply-adds are counted. `torchinfo` counts as the Python package of that name does: weights and biases times
/// batch (times positions for convolutions, times steps for recurrent layers), so that figures can be compared with
/// published ones. `exact` counts what runs: a Linear at each position, attention's projections and products, a
/// normalisation's scale and shift at each element, and nothing for a look-up in an embedding.
enum class Counting { torchinfo, exact };

/// One line of a summary: a module at a path.
struct SummaryRow {
  std::string path;  // `layer1.0.conv2`; empty for the model itself
  std::string name;  // the last part of the path
  std::string type;  // `Conv2d`
  int64_t depth = 0;
  bool is_leaf = false;           // has no modules below it
  std::string same_as;            // set when the module stands at another path before: everything is counted there
  int64_t calls = 0;              // 0: not called, or by `->forward(x)`, which a summary cannot see
  std::vector<int64_t> output;    // shape of the first result of the last call
  int64_t parameters = 0;         // values of its own parameters, not of modules below, each counted once
  int64_t trainable = 0;          // of these, those that require grad
  int64_t multiply_adds = 0;      // of all calls; leaf modules only
  int64_t output_bytes = 0;       // of the results of all calls
};

/// The lines and totals of a model. `operator<<` prints them as a table with a tree.
struct ModelSummary {
  std::vector<SummaryRow> rows;
  int64_t parameters = 0, trainable = 0;
  int64_t multiply_adds = 0;
  int64_t weight_bytes = 0;       // parameters and buffers
  int64_t activation_bytes = 0;   // results of all leaf modules
  /// The line of a path. Errors: no such path.
  const SummaryRow& operator[](const std::string& path) const;
  /// Prints the table down to a depth (-1: all).
  void print(std::ostream& stream, int64_t max_depth = -1) const;
};
std::ostream& operator<<(std::ostream& stream, const ModelSummary& summary);

/// One line of a timing: a module at a path.
struct TimeRow {
  std::string path, name, type;
  int64_t depth = 0;
  int64_t calls = 0;
  double forward_ms = 0, backward_ms = 0;            // with all modules below
  double own_forward_ms = 0, own_backward_ms = 0;    // without them
  double share = 0;                                  // of own times in the total, 0 to 1
};

/// Times by module. `operator<<` prints them as a table with a tree.
struct ModuleTimes {
  std::vector<TimeRow> rows;
  double forward_ms = 0, backward_ms = 0;
  int64_t runs = 0;               // the times are those of one run: the mean of so many
  /// The line of a path. Errors: no such path.
  const TimeRow& operator[](const std::string& path) const;
};
std::ostream& operator<<(std::ostream& stream, const ModuleTimes& times);

/// Times the modules of a model while it lives: `ModuleTimer timer(*model); ... training steps ...; std::cout << timer.times();`.
/// Forward is timed around each module's call; backward step by step, each step counted for the module whose forward
/// recorded it. The clock stops between a model's forward and backward: losses and optimizers are not in it.
class ModuleTimer {
 public:
  explicit ModuleTimer(Module& model);
  ~ModuleTimer();
  ModuleTimer(const ModuleTimer&) = delete;
  /// Mean times of the calls of the model so far; `reset` starts again.
  ModuleTimes times() const;
  void reset();

 private:
  struct State;
  std::shared_ptr<State> state_;
  std::vector<ScopedHook> hooks_;
};

namespace detail {
ModelSummary summarize(Module& model, Counting counting, const std::function<void()>& run);
ModuleTimes time_steps(Module& model, int64_t runs, const std::function<std::vector<Tensor>()>& run);
Tensor example_input(const std::vector<int64_t>& shape);

template <class M> Module& module_of(const ModuleHolder<M>& m) { return *m.ptr(); }
template <class M> Module& module_of(const std::shared_ptr<M>& m) { return *m; }
inline Module& module_of(const AnyModule& m) { return *m.ptr(); }
template <class M, class... A>
std::vector<Tensor> call_model(const ModuleHolder<M>& m, const A&... inputs) {
  auto result = ModuleHolder<M>(m)(inputs...);
  std::vector<Tensor*> found;
  TensorsIn<decltype(result)>::find(result, found);
  std::vector<Tensor> list;
  for (const Tensor* t : found) list.push_back(*t);
  return list;
}
template <class M, class... A>
std::vector<Tensor> call_model(const std::shared_ptr<M>& m, const A&... inputs) { return call_model(ModuleHolder<M>(m), inputs...); }
template <class... A>
std::vector<Tensor> call_model(const AnyModule& m, const A&... inputs) {
  AnyValue result = AnyModule(m).any_forward(inputs...);
  std::vector<Tensor*> found;
  TensorsIn<AnyValue>::find(result, found);
  std::vector<Tensor> list;
  for (const Tensor* t : found) list.push_back(*t);
  return list;
}
template <class Model, class A, class... More>
std::vector<Tensor> call_example(const Model& m, const A& first, const More&... more) {
  if constexpr (sizeof...(More) == 0 && std::is_convertible<const A&, std::vector<int64_t>>::value) return call_model(m, example_input(first));
  else return call_model(m, first, more...);
}
}  // namespace detail

/// Runs a model (a holder, a shared_ptr or an AnyModule) once, in evaluation mode and without recording, and tells what
/// is in it: `std::cout << summary(model, images)`, or by the shape of a float input, `summary(model, {1, 3, 224, 224})`.
/// (as https://github.com/TylerYep/torchinfo)
template <class Model, class... Inputs>
ModelSummary summary(const Model& model, Counting counting, const Inputs&... inputs) {
  return detail::summarize(detail::module_of(model), counting, [&] { detail::call_example(model, inputs...); });
}
template <class Model, class First, class... Inputs, class = std::enable_if_t<!std::is_same<First, Counting>::value>>
ModelSummary summary(const Model& model, const First& input, const Inputs&... inputs) { return summary(model, Counting::torchinfo, input, inputs...); }
template <class Model>
ModelSummary summary(const Model& model, std::initializer_list<int64_t> shape, Counting counting = Counting::torchinfo) {
  return summary(model, counting, std::vector<int64_t>(shape));
}

/// Runs forward and backward (of the sum of the results) `runs` times after one run that is not counted, and tells the
/// time of each module. Gradients of the parameters are left as they were.
template <class Model, class... Inputs>
ModuleTimes time_modules(const Model& model, int64_t runs, const Inputs&... inputs) {
  return detail::time_steps(detail::module_of(model), runs, [&] { return detail::call_example(model, inputs...); });
}
template <class Model, class First, class... Inputs, class = std::enable_if_t<!std::is_integral<First>::value>>
ModuleTimes time_modules(const Model& model, const First& input, const Inputs&... inputs) { return time_modules(model, int64_t(10), input, inputs...); }
template <class Model>
ModuleTimes time_modules(const Model& model, std::initializer_list<int64_t> shape, int64_t runs = 10) { return time_modules(model, runs, std::vector<int64_t>(shape)); }

}  // namespace v1
}  // namespace nn
}  // namespace wick
