// A view of consecutive values that somebody else owns: how shapes, strides and tensor lists are passed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <ostream>
#include <iterator>
#include <optional>
#include <vector>

#include <wick/core/error.h>

namespace wick {
inline namespace v1 {

/// Non-owning view of `size()` consecutive `T`s. Like `std::span<const T>`, and convertible from a single
/// value, an initializer list, a vector, an array. Keeps nothing alive: never return or store one made
/// from a temporary. (https://pytorch.org/cppdocs, c10::ArrayRef)
template <class T>
class ArrayRef {
 public:
  using iterator = const T*;
  using const_iterator = const T*;
  using size_type = size_t;
  using value_type = T;
  using reverse_iterator = std::reverse_iterator<iterator>;

  /// Views of nothing, one value, a range, and of the standard containers.
  constexpr ArrayRef() = default;
  constexpr ArrayRef(const T& one) : data_(&one), size_(1) {}
  constexpr ArrayRef(const T* data, size_t size) : data_(data), size_(size) {}
  constexpr ArrayRef(const T* begin, const T* end) : data_(begin), size_(static_cast<size_t>(end - begin)) {}
  template <class A>
  ArrayRef(const std::vector<T, A>& v) : data_(v.data()), size_(v.size()) {}
  template <size_t N>
  constexpr ArrayRef(const std::array<T, N>& a) : data_(a.data()), size_(N) {}
  template <size_t N>
  constexpr ArrayRef(const T (&a)[N]) : data_(a), size_(N) {}
  constexpr ArrayRef(const std::initializer_list<T>& l)
      : data_(start(l)), size_(l.size()) {}

  /// Iteration, size and raw access, as in the standard containers.
  constexpr iterator begin() const { return data_; }
  constexpr iterator end() const { return data_ + size_; }
  constexpr const_iterator cbegin() const { return data_; }
  constexpr const_iterator cend() const { return data_ + size_; }
  reverse_iterator rbegin() const { return reverse_iterator(end()); }
  reverse_iterator rend() const { return reverse_iterator(begin()); }
  constexpr bool empty() const { return size_ == 0; }
  constexpr const T* data() const { return data_; }
  constexpr size_t size() const { return size_; }

  /// First and last value; an IndexError when empty.
  const T& front() const { return at(0); }
  const T& back() const { return at(size_ - 1); }

  /// The value at `i`; `at` checks the bound and throws IndexError.
  constexpr const T& operator[](size_t i) const { return data_[i]; }
  const T& at(size_t i) const {
    if (i >= size_) detail::throw_index("ArrayRef", static_cast<int64_t>(i), static_cast<int64_t>(size_));
    return data_[i];
  }

  /// The `n` values from `start`; `slice(start)` drops the first `start`.
  ArrayRef slice(size_t start, size_t n) const {
    if (start + n > size_) detail::throw_index("ArrayRef::slice", static_cast<int64_t>(start + n), static_cast<int64_t>(size_));
    return ArrayRef(data_ + start, n);
  }
  ArrayRef slice(size_t start) const { return slice(start, size_ - start); }

  /// A copy that owns its values.
  std::vector<T> vec() const { return std::vector<T>(begin(), end()); }

  /// Whether `test` holds for every value.
  template <class F>
  bool allMatch(F&& test) const {
    for (const T& x : *this)
      if (!test(x)) return false;
    return true;
  }

  /// Whether both hold equal values in the same order.
  bool equals(ArrayRef o) const {
    if (size_ != o.size_) return false;
    for (size_t i = 0; i < size_; ++i)
      if (!(data_[i] == o.data_[i])) return false;
    return true;
  }

 private:
  static constexpr const T* start(const std::initializer_list<T>& l) { return l.size() == 0 ? nullptr : l.begin(); }

  const T* data_ = nullptr;
  size_t size_ = 0;
};

/// Element-wise comparison of two views, or of a view and a vector.
template <class T> bool operator==(ArrayRef<T> a, ArrayRef<T> b) { return a.equals(b); }
template <class T> bool operator!=(ArrayRef<T> a, ArrayRef<T> b) { return !a.equals(b); }
template <class T> bool operator==(const std::vector<T>& a, ArrayRef<T> b) { return ArrayRef<T>(a).equals(b); }
template <class T> bool operator!=(const std::vector<T>& a, ArrayRef<T> b) { return !ArrayRef<T>(a).equals(b); }
template <class T> bool operator==(ArrayRef<T> a, const std::vector<T>& b) { return a.equals(ArrayRef<T>(b)); }
template <class T> bool operator!=(ArrayRef<T> a, const std::vector<T>& b) { return !a.equals(ArrayRef<T>(b)); }

/// Prints `[2, 3]`.
template <class T>
std::ostream& operator<<(std::ostream& out, ArrayRef<T> a) {
  out << "[";
  for (size_t i = 0; i < a.size(); ++i) {
    if (i) out << ", ";
    out << a[i];
  }
  return out << "]";
}

/// Shapes, strides and lists of dimensions.
using IntArrayRef = ArrayRef<int64_t>;

/// An ArrayRef that may be absent; made from whatever an ArrayRef is made from, or `std::nullopt`.
template <class T>
class OptionalArrayRef {
 public:
  constexpr OptionalArrayRef() = default;
  constexpr OptionalArrayRef(std::nullopt_t) {}
  constexpr OptionalArrayRef(ArrayRef<T> a) : value_(a), has_(true) {}
  constexpr OptionalArrayRef(const std::optional<ArrayRef<T>>& a) : value_(a ? *a : ArrayRef<T>()), has_(a.has_value()) {}
  OptionalArrayRef(const std::vector<T>& v) : value_(v), has_(true) {}
  template <size_t N>
  constexpr OptionalArrayRef(const std::array<T, N>& v) : value_(v), has_(true) {}
  constexpr OptionalArrayRef(const std::initializer_list<T>& l) : value_(l), has_(true) {}
  constexpr OptionalArrayRef(const T& one) : value_(one), has_(true) {}
  OptionalArrayRef(const std::optional<std::vector<T>>& v) : value_(v ? ArrayRef<T>(*v) : ArrayRef<T>()), has_(v.has_value()) {}

  /// Presence and access, as in std::optional.
  constexpr bool has_value() const { return has_; }
  constexpr explicit operator bool() const { return has_; }
  constexpr const ArrayRef<T>& value() const { return value_; }
  constexpr const ArrayRef<T>& operator*() const { return value_; }
  constexpr const ArrayRef<T>* operator->() const { return &value_; }
  constexpr ArrayRef<T> value_or(ArrayRef<T> other) const { return has_ ? value_ : other; }
  constexpr void reset() { value_ = ArrayRef<T>(); has_ = false; }
  friend bool operator==(const OptionalArrayRef& a, ArrayRef<T> b) { return a.has_ && a.value_.equals(b); }
  friend bool operator==(ArrayRef<T> a, const OptionalArrayRef& b) { return b == a; }

 private:
  ArrayRef<T> value_;
  bool has_ = false;
};

/// An optional shape or list of dimensions.
using OptionalIntArrayRef = OptionalArrayRef<int64_t>;

}  // namespace v1
}  // namespace wick
