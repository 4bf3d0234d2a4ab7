// Questions about module types, answered while compiling.
#pragma once

#include <torch/csrc/utils/variadic.h>
#include <wick/nn/module.h>

#include <type_traits>
#include <utility>

namespace torch::detail {

template <class T, class = void>
struct has_forward : std::false_type {};
template <class T>
struct has_forward<T, std::void_t<decltype(&T::forward)>> : std::true_type {};

/// Whether no type is a reference through which the callee may write.
template <class... Ts>
constexpr bool check_not_lvalue_references() {
  return ((!std::is_lvalue_reference_v<Ts> || std::is_const_v<std::remove_reference_t<Ts>>) && ...);
}

template <class M> using is_module = std::is_base_of<::torch::nn::Module, std::decay_t<M>>;
template <class M, class T = void> using enable_if_module_t = std::enable_if_t<is_module<M>::value, T>;

/// What `M::forward(Args...)` returns, void where there is no forward.
template <class M, class... Args>
struct return_type_of_forward {
 private:
  template <class U> static auto call(U* m) -> std::common_type<decltype(m->forward(std::declval<Args>()...))>;
  template <class U> static std::common_type<void> call(...);

 public:
  using type = typename decltype(call<M>(nullptr))::type;
};

}  // namespace torch::detail
