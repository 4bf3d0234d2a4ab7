// Function<T>: an op with a derivative of one's own.
#pragma once

#include <string>
#include <tuple>
#include <typeinfo>
#include <unordered_map>
#include <unordered_set>

#include <wick/autograd/node.h>
#include <wick/core/grad_mode.h>
#include <wick/core/ivalue.h>

namespace wick {
namespace autograd {
inline namespace v1 {

/// What `forward` leaves for `backward`. (https://pytorch.org/tutorials/advanced/cpp_autograd)
struct AutogradContext {
  AutogradContext();
  ~AutogradContext();
  AutogradContext(const AutogradContext&) = delete;
  AutogradContext& operator=(const AutogradContext&) = delete;

  /// Values of other kinds, by name.
  std::unordered_map<std::string, IValue> saved_data;

  /// Inputs and results to keep, with a check on their version; in backward, the same in their order.
  /// Errors: a tensor changed in place since, or a second backward through a freed graph.
  void save_for_backward(variable_list to_save);
  variable_list get_saved_variables() const;

  /// In forward: inputs that were changed in place, and results that carry no gradient.
  void mark_dirty(const variable_list& inputs);
  void mark_non_differentiable(const variable_list& outputs);
  /// Whether backward sees zeros (default) or undefined tensors for results without a gradient.
  void set_materialize_grads(bool value);

  /// Whether the gradient of forward's tensor argument `i` (counting tensors only) is wanted.
  bool needs_input_grad(size_t i) const;

  struct State;
  std::unique_ptr<State> state;
};

namespace detail {
using Forward = std::function<variable_list(AutogradContext*)>;
using BackwardFn = variable_list (*)(AutogradContext*, variable_list);
// Runs `forward` with recording off and makes the node. `is_tensor[i]` tells which arguments are tensors.
variable_list apply_function(const char* name, BackwardFn backward, const Forward& forward, const variable_list& tensors, std::vector<bool> is_tensor);

inline void collect(variable_list& tensors, std::vector<bool>& is_tensor, const Tensor& t) { tensors.push_back(t); is_tensor.push_back(true); }
inline void collect(variable_list& tensors, std::vector<bool>& is_tensor, const std::optional<Tensor>& t) {
  tensors.push_back(t.value_or(Tensor()));
  is_tensor.push_back(true);
}
inline void collect(variable_list& tensors, std::vector<bool>& is_tensor, const variable_list& l) { for (const Tensor& t : l) collect(tensors, is_tensor, t); }
template <class T>
void collect(variable_list&, std::vector<bool>& is_tensor, const T&) { is_tensor.push_back(false); }

inline variable_list to_list(const Tensor& t) { return {t}; }
inline variable_list to_list(const variable_list& l) { return l; }
std::string type_name(const char* mangled);
}  // namespace detail

/// Base of `struct MyOp : Function<MyOp>` with two static members: `forward(AutogradContext*, args...)`,
/// which returns a Tensor or a variable_list and is not recorded, and `backward(AutogradContext*,
/// variable_list)`, which returns one gradient for each argument of forward (undefined for those that are
/// no tensors). Backward is recorded when it is itself made of differentiable ops and a graph is wanted.
template <class T>
struct Function {
  template <class X = T, class... Args>
  static auto apply(Args&&... args) -> std::decay_t<decltype(X::forward(nullptr, args...))> {
    using Result = std::decay_t<decltype(X::forward(nullptr, args...))>;
    variable_list tensors;
    std::vector<bool> is_tensor;
    (detail::collect(tensors, is_tensor, args), ...);
    variable_list out = detail::apply_function(
        typeid(X).name(), [](AutogradContext* ctx, variable_list g) { return variable_list(X::backward(ctx, std::move(g))); },
        [&](AutogradContext* ctx) { return detail::to_list(X::forward(ctx, args...)); }, tensors, std::move(is_tensor));
    if constexpr (std::is_same<Result, Tensor>::value) return out[0];
    else return out;
  }
};

}  // namespace v1
}  // namespace autograd
}  // namespace wick
