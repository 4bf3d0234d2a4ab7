// irange: integers to loop over.
#pragma once

#include <c10/macros/Macros.h>

#include <cstddef>
#include <iterator>
#include <type_traits>

namespace c10 {
namespace detail {

template <class I>
struct integer_iterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = I;
  using difference_type = std::ptrdiff_t;
  using pointer = I*;
  using reference = I&;

  constexpr explicit integer_iterator(I value) : value(value) {}
  constexpr I operator*() const { return value; }
  constexpr const I* operator->() const { return &value; }
  constexpr integer_iterator& operator++() { ++value; return *this; }
  constexpr integer_iterator operator++(int) { auto before = *this; ++value; return before; }
  // An end below the beginning (of a signed range) means nothing to do.
  constexpr bool operator==(const integer_iterator& end) const {
    if constexpr (std::is_signed<I>::value) return value >= end.value;
    else return value == end.value;
  }
  constexpr bool operator!=(const integer_iterator& end) const { return !(*this == end); }

  I value;
};

}  // namespace detail

/// The integers from `begin` up to, not including, `end`.
template <class I, bool = true>
struct integer_range {
  constexpr integer_range(I begin, I end) : begin_(begin), end_(end) {}
  using iterator = detail::integer_iterator<I>;
  constexpr iterator begin() const { return begin_; }
  constexpr iterator end() const { return end_; }

 private:
  iterator begin_, end_;
};

/// `for (const auto i : c10::irange(n))`, and from `begin` to `end` (whose type counts).
template <class A, class B, std::enable_if_t<std::is_integral<A>::value && std::is_integral<B>::value, bool> = true>
constexpr integer_range<B> irange(A begin, B end) {
  return {static_cast<B>(begin), end < static_cast<B>(begin) ? static_cast<B>(begin) : end};
}
template <class I, std::enable_if_t<std::is_integral<I>::value, bool> = true>
constexpr integer_range<I> irange(I end) {
  return {I(), end < I() ? I() : end};
}

}  // namespace c10
