// SmallVector: a std::vector with LLVM's extra members; small sizes get no special treatment.
#pragma once

#include <c10/util/ArrayRef.h>

#include <initializer_list>
#include <utility>
#include <vector>

namespace c10 {

template <class T>
class SmallVectorImpl : public std::vector<T> {
 public:
  using std::vector<T>::vector;
  SmallVectorImpl(ArrayRef<T> values) : std::vector<T>(values.begin(), values.end()) {}

  template <class It>
  void append(It begin, It end) { this->insert(this->end(), begin, end); }
  void append(size_t n, const T& value) { this->insert(this->end(), n, value); }
  void append(std::initializer_list<T> values) { append(values.begin(), values.end()); }
  template <class A>
  void append(const std::vector<T, A>& values) { append(values.begin(), values.end()); }
  T pop_back_val() {
    T value = std::move(this->back());
    this->pop_back();
    return value;
  }
  void truncate(size_t n) { this->resize(n); }
};

template <class T, unsigned N = 4>
class SmallVector : public SmallVectorImpl<T> {
 public:
  using SmallVectorImpl<T>::SmallVectorImpl;
  SmallVector() = default;
};

constexpr size_t kDimVectorStaticSize = 5;
using DimVector = SmallVector<int64_t, kDimVectorStaticSize>;
using SymDimVector = DimVector;

}  // namespace c10
