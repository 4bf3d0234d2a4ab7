// Element access with sizes and strides known to the loop.
#pragma once

#include <cstddef>
#include <cstdint>

#include <wick/core/array_ref.h>

namespace wick {
inline namespace v1 {

/// Access to the elements of an N-dimensional tensor without checks: `a[i][j]`. It points into the tensor
/// and keeps nothing alive. (https://pytorch.org/cppdocs/notes/tensor_basics.html)
template <class T, size_t N>
class TensorAccessor {
 public:
  TensorAccessor(T* data, const int64_t* sizes, const int64_t* strides) : data_(data), sizes_(sizes), strides_(strides) {}

  /// Shape and strides of what is left.
  IntArrayRef sizes() const { return IntArrayRef(sizes_, N); }
  IntArrayRef strides() const { return IntArrayRef(strides_, N); }
  int64_t size(int64_t i) const { return sizes_[i]; }
  int64_t stride(int64_t i) const { return strides_[i]; }
  T* data() const { return data_; }

  /// The element (N = 1) or the accessor of the remaining dimensions at `i`.
  decltype(auto) operator[](int64_t i) const {
    if constexpr (N == 1) return static_cast<T&>(data_[i * strides_[0]]);
    else return TensorAccessor<T, N - 1>(data_ + i * strides_[0], sizes_ + 1, strides_ + 1);
  }

 private:
  T* data_;
  const int64_t* sizes_;
  const int64_t* strides_;
};

/// A TensorAccessor that carries its own copy of sizes and strides (of type `Index`).
template <class T, size_t N, class Index = int64_t>
class PackedTensorAccessor {
 public:
  PackedTensorAccessor(T* data, const int64_t* sizes, const int64_t* strides) : data_(data) {
    for (size_t i = 0; i < N; ++i) sizes_[i] = sizes[i], strides_[i] = strides[i];
  }
  int64_t size(int64_t i) const { return sizes_[i]; }
  int64_t stride(int64_t i) const { return strides_[i]; }
  T* data() const { return data_; }
  decltype(auto) operator[](int64_t i) const { return TensorAccessor<T, N>(data_, sizes_, strides_)[i]; }

 private:
  T* data_;
  int64_t sizes_[N], strides_[N];
};

}  // namespace v1
}  // namespace wick
