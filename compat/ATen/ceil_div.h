// Integer division rounded up.
#pragma once

#include <c10/macros/Macros.h>

#include <type_traits>

namespace at {

template <class T, class = std::enable_if_t<std::is_integral<T>::value>>
constexpr T ceil_div(T a, T b) { return (a + b - 1) / b; }
template <class T, class = std::enable_if_t<std::is_integral<T>::value>>
constexpr T round_up(T a, T b) { return ceil_div(a, b) * b; }

}  // namespace at
