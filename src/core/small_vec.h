// A vector whose first N elements need no allocation.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <utility>

#include <wick/core/array_ref.h>

namespace wick {

template <class T, size_t N>
class SmallVec {
 public:
  SmallVec() = default;
  explicit SmallVec(size_t n, T v = T()) { resize(n, v); }
  SmallVec(std::initializer_list<T> l) { for (const T& x : l) push_back(x); }
  SmallVec(ArrayRef<T> a) { reserve(a.size()); for (const T& x : a) push_back(x); }
  SmallVec(const SmallVec& o) { reserve(o.size_); for (const T& x : o) push_back(x); }
  SmallVec(SmallVec&& o) noexcept { take(o); }
  SmallVec& operator=(const SmallVec& o) { if (this != &o) { clear(); reserve(o.size_); for (const T& x : o) push_back(x); } return *this; }
  SmallVec& operator=(SmallVec&& o) noexcept { if (this != &o) { clear(); release(); take(o); } return *this; }
  ~SmallVec() { clear(); release(); }

  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](size_t i) { return data_[i]; }
  const T& operator[](size_t i) const { return data_[i]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }
  T& front() { return data_[0]; }
  const T& front() const { return data_[0]; }
  operator ArrayRef<T>() const { return ArrayRef<T>(data_, size_); }
  std::vector<T> vec() const { return std::vector<T>(begin(), end()); }

  void push_back(T v) { if (size_ == cap_) reserve(2 * cap_); new (data_ + size_++) T(std::move(v)); }
  template <class... A> T& emplace_back(A&&... a) { if (size_ == cap_) reserve(2 * cap_); return *new (data_ + size_++) T(std::forward<A>(a)...); }
  void pop_back() { data_[--size_].~T(); }
  void clear() { while (size_) pop_back(); }
  void resize(size_t n, T v = T()) { reserve(n); while (size_ > n) pop_back(); while (size_ < n) new (data_ + size_++) T(v); }
  void erase(size_t i) { for (; i + 1 < size_; ++i) data_[i] = std::move(data_[i + 1]); pop_back(); }
  void insert(size_t i, T v) { push_back(std::move(v)); for (size_t k = size_ - 1; k > i; --k) std::swap(data_[k], data_[k - 1]); }
  void assign(ArrayRef<T> a) { clear(); reserve(a.size()); for (const T& x : a) push_back(x); }
  void reserve(size_t n) {
    if (n <= cap_) return;
    T* p = static_cast<T*>(::operator new(n * sizeof(T)));
    for (size_t i = 0; i < size_; ++i) { new (p + i) T(std::move(data_[i])); data_[i].~T(); }
    release();
    data_ = p;
    cap_ = n;
  }

 private:
  T* inline_data() { return reinterpret_cast<T*>(buf_); }
  void release() { if (data_ != inline_data()) { ::operator delete(data_); data_ = inline_data(); cap_ = N; } }
  void take(SmallVec& o) {
    if (o.data_ != o.inline_data()) {
      data_ = o.data_; cap_ = o.cap_; size_ = o.size_;
      o.data_ = o.inline_data(); o.cap_ = N; o.size_ = 0;
    } else {
      for (T& x : o) push_back(std::move(x));
      o.clear();
    }
  }
  T* data_ = reinterpret_cast<T*>(buf_);
  size_t size_ = 0, cap_ = N;
  alignas(T) unsigned char buf_[N * sizeof(T)];
};

// Sizes or strides; up to six dimensions without an allocation.
using DimVec = SmallVec<int64_t, 6>;

template <class T, size_t N>
bool operator==(const SmallVec<T, N>& a, ArrayRef<T> b) { return ArrayRef<T>(a).equals(b); }

}  // namespace wick
