// List: a list whose copies share their elements.
#pragma once

#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include <wick/core/array_ref.h>

namespace wick {
inline namespace v1 {

/// Elements in order. Copies are handles on the same elements, and a const handle may change them.
template <class T>
class List final {
 public:
  using value_type = T;
  using size_type = size_t;
  using iterator = typename std::vector<T>::iterator;

  /// An empty list, or one of these elements.
  List() : v_(std::make_shared<std::vector<T>>()) {}
  List(std::initializer_list<T> values) : v_(std::make_shared<std::vector<T>>(values)) {}
  explicit List(ArrayRef<T> values) : v_(std::make_shared<std::vector<T>>(values.begin(), values.end())) {}

  /// Errors: std::out_of_range.
  T get(size_t i) const { return v_->at(i); }
  T extract(size_t i) const { return T(std::move(v_->at(i))); }
  void set(size_t i, T value) const { v_->at(i) = std::move(value); }
  decltype(auto) operator[](size_t i) const { return v_->at(i); }

  /// Iteration, size, and changes as those of std::vector.
  iterator begin() const { return v_->begin(); }
  iterator end() const { return v_->end(); }
  bool empty() const { return v_->empty(); }
  size_t size() const { return v_->size(); }
  void reserve(size_t n) const { v_->reserve(n); }
  void resize(size_t n) const { v_->resize(n); }
  void resize(size_t n, const T& value) const { v_->resize(n, value); }
  void clear() const { v_->clear(); }
  void push_back(T value) const { v_->push_back(std::move(value)); }
  template <class... Args>
  void emplace_back(Args&&... args) const { v_->emplace_back(std::forward<Args>(args)...); }
  void pop_back() const { v_->pop_back(); }
  void append(List other) const { v_->insert(v_->end(), other.begin(), other.end()); }
  iterator insert(iterator at, T value) const { return v_->insert(at, std::move(value)); }
  iterator erase(iterator at) const { return v_->erase(at); }

  /// A list of its own with the same elements; the elements as a vector; whether two share their elements.
  List copy() const { return List(ArrayRef<T>(*v_)); }
  std::vector<T> vec() const { return *v_; }
  bool is(const List& o) const { return v_ == o.v_; }
  friend bool operator==(const List& a, const List& b) { return *a.v_ == *b.v_; }
  friend bool operator!=(const List& a, const List& b) { return !(a == b); }

 private:
  std::shared_ptr<std::vector<T>> v_;
};

}  // namespace v1
}  // namespace wick
