// The type that sums over an element type use on the CPU.
#pragma once

#include <c10/core/ScalarType.h>

#include <type_traits>

namespace at {
namespace detail {
template <class T> struct AccumulateOf { using type = T; };
template <> struct AccumulateOf<float> { using type = double; };
template <> struct AccumulateOf<::c10::Half> { using type = float; };
template <> struct AccumulateOf<::c10::BFloat16> { using type = float; };
template <> struct AccumulateOf<::c10::complex<float>> { using type = ::c10::complex<double>; };
}  // namespace detail

template <class T, bool is_cuda> struct AccumulateType {
  using type = std::conditional_t<std::is_same<T, bool>::value, bool,
               std::conditional_t<std::is_integral<T>::value, int64_t,
               std::conditional_t<is_cuda && std::is_same<T, float>::value, float, typename detail::AccumulateOf<T>::type>>>;
};
template <class T, bool is_cuda> using acc_type = typename AccumulateType<T, is_cuda>::type;

}  // namespace at
