// nn::testing: one call that tests a module of one's own.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <wick/nn/arg.h>
#include <wick/nn/summary.h>

namespace wick {
namespace nn {
namespace testing {
inline namespace v1 {

/// Options of `check_module`.
struct CheckOptions {
  /// Step and tolerances of the difference quotients (in float64), and how many elements of each tensor are checked (0: all).
  WICK_ARG(double, eps) = 1e-6;
  WICK_ARG(double, atol) = 1e-6;
  WICK_ARG(double, rtol) = 1e-4;
  WICK_ARG(int64_t, elements) = 24;
  /// How far float32 and bfloat16 may be from float64, relative to the largest value of the result.
  WICK_ARG(double, float_tolerance) = 1e-4;
  WICK_ARG(double, bfloat16_tolerance) = 0.1;
  /// The dimension of inputs and results that holds the items of a batch; -1: there is none.
  WICK_ARG(int64_t, batch_dim) = 0;
  /// Names of checks that do not apply to the module.
  WICK_ARG(std::vector<std::string>, skip) = {};
  WICK_ARG(uint64_t, seed) = 0;
};

/// The outcome of one check.
struct Check {
  enum class Status { passed, failed, skipped };
  std::string name;
  Status status = Status::passed;
  std::string detail;  // what was seen, or why the check was skipped
};

/// All outcomes. `operator<<` prints one aligned line for each.
struct CheckReport {
  std::string module;
  std::vector<Check> checks;
  /// Whether no check failed; `throw_if_failed` throws an Error that lists those that did.
  bool ok() const;
  void throw_if_failed() const;
  /// The check of a name. Errors: no such check.
  const Check& operator[](const std::string& name) const;
};
std::ostream& operator<<(std::ostream& stream, const CheckReport& report);

namespace detail {
using Call = std::function<std::vector<Tensor>(const std::shared_ptr<Module>&, const std::vector<Tensor>&)>;
CheckReport run_checks(const std::shared_ptr<Module>& module, const std::vector<Tensor>& inputs, const Call& call, const CheckOptions& options);
}  // namespace detail

/// Tests a module with sample inputs of its forward; the module is left as it was. What is checked:
///   forward (train), (eval)    it runs and all results are finite
///   gradients (train), (eval)  of inputs and parameters, against difference quotients in float64; the random numbers are
///                              the same each time
///   parameters used            each parameter that requires grad gets a gradient
///   clone                      a copy has equal values in memory of its own, and gives the same results
///   save and load              what was saved comes back, in files and in state_dict, and gives the same results
///   float64, float32, bfloat16 parameters and inputs of these types give results of the same type, close to float64's
///   batch independence         in evaluation mode, an item's result depends on that item only
///   determinism                the same seed gives the same bits; in evaluation mode without a seed, too
///   inputs unchanged           forward and backward do not write into the inputs
///   evaluation changes nothing no parameter or buffer changes in evaluation mode
template <class M, class... Inputs>
CheckReport check_module(const std::shared_ptr<M>& module, const CheckOptions& options, const Inputs&... inputs) {
  std::tuple<Inputs...> samples(inputs...);
  std::vector<Tensor*> found;
  nn::detail::TensorsIn<std::tuple<Inputs...>>::find(samples, found);
  std::vector<Tensor> tensors;
  for (const Tensor* t : found) tensors.push_back(*t);
  return detail::run_checks(module, tensors, [samples](const std::shared_ptr<Module>& m, const std::vector<Tensor>& values) {
    auto args = samples;
    std::vector<Tensor*> places;
    nn::detail::TensorsIn<std::tuple<Inputs...>>::find(args, places);
    for (size_t i = 0; i < places.size(); ++i) *places[i] = values[i];
    const ModuleHolder<M> holder(std::dynamic_pointer_cast<M>(m));
    return std::apply([&](const auto&... a) { return nn::detail::call_model(holder, a...); }, args);
  }, options);
}
template <class M, class... Inputs>
CheckReport check_module(const ModuleHolder<M>& module, const CheckOptions& options, const Inputs&... inputs) { return check_module(module.ptr(), options, inputs...); }
template <class Model, class First, class... Inputs, class = std::enable_if_t<!std::is_same<First, CheckOptions>::value>>
CheckReport check_module(const Model& module, const First& input, const Inputs&... inputs) { return check_module(module, CheckOptions(), input, inputs...); }

}  // namespace v1
}  // namespace testing
}  // namespace nn
}  // namespace wick
