// One number for all dimensions, or one for each.
#pragma once

#include <array>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <vector>

#include <wick/core/array_ref.h>

namespace wick {
inline namespace v1 {

namespace detail {
[[noreturn]] void throw_count(size_t expected, size_t got);
void print_expanding(std::ostream& out, const int64_t* v, size_t n);
void print_expanding(std::ostream& out, const double* v, size_t n);
void print_expanding(std::ostream& out, const std::optional<int64_t>* v, size_t n);
}  // namespace detail

/// D values, made from one (for all dimensions) or from a list of D. Errors: a list of another length.
template <size_t D, class T = int64_t>
class ExpandingArray {
 public:
  ExpandingArray(std::initializer_list<T> list) : ExpandingArray(list.begin(), list.size()) {}
  ExpandingArray(const std::vector<T>& values) : ExpandingArray(values.data(), values.size()) {}
  ExpandingArray(ArrayRef<T> values) : ExpandingArray(values.data(), values.size()) {}
  ExpandingArray(const std::array<T, D>& values) : values_(values) {}
  ExpandingArray(T one) { for (auto& v : values_) v = one; }

  /// Access, as to the std::array it holds.
  std::array<T, D>& operator*() { return values_; }
  const std::array<T, D>& operator*() const { return values_; }
  std::array<T, D>* operator->() { return &values_; }
  const std::array<T, D>* operator->() const { return &values_; }
  operator ArrayRef<T>() const { return ArrayRef<T>(values_.data(), D); }
  size_t size() const noexcept { return D; }

 protected:
  ExpandingArray(const T* p, size_t n) {
    if (n != D) detail::throw_count(D, n);
    for (size_t i = 0; i < D; ++i) values_[i] = p[i];
  }
  std::array<T, D> values_;
};

/// The same with values that may be absent (`std::nullopt` keeps the input's size in adaptive pooling).
template <size_t D, class T = int64_t>
class ExpandingArrayWithOptionalElem : public ExpandingArray<D, std::optional<T>> {
 public:
  using ExpandingArray<D, std::optional<T>>::ExpandingArray;
  ExpandingArrayWithOptionalElem(std::initializer_list<T> list) : ExpandingArrayWithOptionalElem(ArrayRef<T>(list.begin(), list.size())) {}
  ExpandingArrayWithOptionalElem(const std::vector<T>& values) : ExpandingArrayWithOptionalElem(ArrayRef<T>(values)) {}
  ExpandingArrayWithOptionalElem(ArrayRef<T> values) : ExpandingArray<D, std::optional<T>>(std::optional<T>()) {
    if (values.size() != D) detail::throw_count(D, values.size());
    for (size_t i = 0; i < D; ++i) this->values_[i] = values[i];
  }
  ExpandingArrayWithOptionalElem(T one) : ExpandingArray<D, std::optional<T>>(std::optional<T>(one)) {}
};

/// Prints `3` for one dimension, `[3, 5]` for several; absent values as `None`.
template <size_t D, class T>
std::ostream& operator<<(std::ostream& out, const ExpandingArray<D, T>& a) {
  detail::print_expanding(out, a->data(), D);
  return out;
}

}  // namespace v1
}  // namespace wick
