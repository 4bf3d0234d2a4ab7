// Sums and products of integers.
#pragma once

#include <c10/util/Exception.h>

#include <cstdint>
#include <functional>
#include <iterator>
#include <numeric>
#include <type_traits>

namespace c10 {

template <class It, class = std::enable_if_t<std::is_integral<typename std::iterator_traits<It>::value_type>::value>>
int64_t sum_integers(It begin, It end) { return std::accumulate(begin, end, int64_t{0}); }
template <class It, class = std::enable_if_t<std::is_integral<typename std::iterator_traits<It>::value_type>::value>>
int64_t multiply_integers(It begin, It end) { return std::accumulate(begin, end, int64_t{1}, std::multiplies<int64_t>()); }

template <class C, class = std::enable_if_t<std::is_integral<typename C::value_type>::value>>
int64_t sum_integers(const C& c) { return sum_integers(c.begin(), c.end()); }
template <class C, class = std::enable_if_t<std::is_integral<typename C::value_type>::value>>
int64_t multiply_integers(const C& c) { return multiply_integers(c.begin(), c.end()); }

/// Number of elements of the dimensions from k on, up to k, and between two.
template <class C>
int64_t numelements_from_dim(int k, const C& dims) {
  TORCH_INTERNAL_ASSERT(k >= 0);
  return k > static_cast<int>(dims.size()) ? 1 : multiply_integers(std::next(dims.begin(), k), dims.end());
}
template <class C>
int64_t numelements_to_dim(int k, const C& dims) {
  TORCH_INTERNAL_ASSERT(k >= 0 && static_cast<size_t>(k) <= dims.size());
  return multiply_integers(dims.begin(), std::next(dims.begin(), k));
}
template <class C>
int64_t numelements_between_dim(int k, int l, const C& dims) {
  if (k > l) std::swap(k, l);
  TORCH_INTERNAL_ASSERT(k >= 0 && static_cast<size_t>(l) < dims.size());
  return multiply_integers(std::next(dims.begin(), k), std::next(dims.begin(), l));
}

}  // namespace c10
