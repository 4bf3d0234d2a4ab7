// Helpers over packs of arguments.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace torch {

/// Whether all, or any, of the conditions hold.
template <bool... conditions> using all_of = std::bool_constant<(conditions && ...)>;
template <bool... conditions> using any_of = std::bool_constant<(conditions || ...)>;
template <bool condition, class T = void> using enable_if_t = std::enable_if_t<condition, T>;
template <bool... conditions> using enable_if_all_t = std::enable_if_t<(conditions && ...)>;
template <class T> using decay_t = std::decay_t<T>;

template <size_t... Is>
struct Indices {};
template <size_t N, size_t... Is>
struct MakeIndices : MakeIndices<N - 1, N - 1, Is...> {};
template <size_t... Is>
struct MakeIndices<0, Is...> { using indices = Indices<Is...>; };

/// Calls the function on each argument in turn.
template <class Function, class... Ts>
void apply(Function function, Ts&&... ts) { (static_cast<void>(function(std::forward<Ts>(ts))), ...); }

namespace detail {
inline size_t tensors_in(const Tensor&) { return 1; }
inline size_t tensors_in(const std::optional<Tensor>& t) { return t.has_value(); }
inline size_t tensors_in(TensorList l) { return l.size(); }
}  // namespace detail

/// Number of tensors among the arguments; lists count with all of theirs.
template <class... Args>
size_t count_tensors(Args&&... args) { return (size_t{0} + ... + detail::tensors_in(args)); }
template <class... Args>
size_t count_variables(Args&&... args) { return (size_t{0} + ... + detail::tensors_in(args)); }

/// `function(accessor<Ts>(i)...)`.
template <class ReturnType, class... Ts, class Function, class Accessor, size_t... Is>
ReturnType unpack(Function function, Accessor accessor, Indices<Is...>) {
  return ReturnType(function(accessor.template operator()<Ts>(Is)...));
}
template <class ReturnType, class... Ts, class Function, class Accessor>
ReturnType unpack(Function function, Accessor accessor) {
  return unpack<ReturnType, Ts...>(std::move(function), std::move(accessor), typename MakeIndices<sizeof...(Ts)>::indices());
}

}  // namespace torch
