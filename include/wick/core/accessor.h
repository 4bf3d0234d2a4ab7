// Element access with sizes and strides known to the loop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <wick/core/array_ref.h>

namespace wick {
inline namespace v1 {

/// The pointer type an accessor holds: a plain one, or one that promises not to overlap any other.
template <class T> struct DefaultPtrTraits { using PtrType = T*; };
template <class T> struct RestrictPtrTraits { using PtrType = T* __restrict__; };

/// Access to the elements of an N-dimensional tensor without checks: `a[i][j]`. It points into the tensor
/// and keeps nothing alive. (https://pytorch.org/cppdocs/notes/tensor_basics.html)
template <class T, size_t N, template <class> class PtrTraits = DefaultPtrTraits, class Index = int64_t>
class TensorAccessor {
 public:
  using PtrType = typename PtrTraits<T>::PtrType;
  TensorAccessor(PtrType data, const Index* sizes, const Index* strides) : data_(data), sizes_(sizes), strides_(strides) {}

  /// Shape and strides of what is left.
  ArrayRef<Index> sizes() const { return ArrayRef<Index>(sizes_, N); }
  ArrayRef<Index> strides() const { return ArrayRef<Index>(strides_, N); }
  Index size(Index i) const { return sizes_[i]; }
  Index stride(Index i) const { return strides_[i]; }
  PtrType data() const { return data_; }

  /// The element (N = 1) or the accessor of the remaining dimensions at `i`.
  decltype(auto) operator[](Index i) const {
    if constexpr (N == 1) return static_cast<T&>(data_[i * strides_[0]]);
    else return TensorAccessor<T, N - 1, PtrTraits, Index>(data_ + i * strides_[0], sizes_ + 1, strides_ + 1);
  }

 private:
  PtrType data_;
  const Index* sizes_;
  const Index* strides_;
};

/// A TensorAccessor that carries its own copy of sizes and strides, of type `Index`.
template <class T, size_t N, template <class> class PtrTraits = DefaultPtrTraits, class Index = int64_t>
class GenericPackedTensorAccessor {
 public:
  using PtrType = typename PtrTraits<T>::PtrType;
  template <class From>
  GenericPackedTensorAccessor(PtrType data, const From* sizes, const From* strides) : data_(data) {
    for (size_t i = 0; i < N; ++i) sizes_[i] = static_cast<Index>(sizes[i]), strides_[i] = static_cast<Index>(strides[i]);
  }
  Index size(Index i) const { return sizes_[i]; }
  Index stride(Index i) const { return strides_[i]; }
  PtrType data() const { return data_; }
  decltype(auto) operator[](Index i) const { return TensorAccessor<T, N, PtrTraits, Index>(data_, sizes_, strides_)[i]; }

  /// The same elements with two dimensions exchanged.
  GenericPackedTensorAccessor transpose(Index a, Index b) const {
    GenericPackedTensorAccessor r = *this;
    std::swap(r.sizes_[a], r.sizes_[b]);
    std::swap(r.strides_[a], r.strides_[b]);
    return r;
  }

 private:
  PtrType data_;
  Index sizes_[N], strides_[N];
};
template <class T, size_t N, template <class> class PtrTraits = DefaultPtrTraits>
using PackedTensorAccessor32 = GenericPackedTensorAccessor<T, N, PtrTraits, int32_t>;
template <class T, size_t N, template <class> class PtrTraits = DefaultPtrTraits>
using PackedTensorAccessor64 = GenericPackedTensorAccessor<T, N, PtrTraits, int64_t>;

}  // namespace v1
}  // namespace wick
