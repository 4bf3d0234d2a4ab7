// at::tensor: values as a tensor of just their own type, unlike torch::tensor, which gives int64 and the default dtype.
#pragma once

#include <ATen/core/Tensor.h>
#include <wick/ops/tensor_factory.h>

#include <initializer_list>

namespace at {
namespace detail {
template <class T>
Tensor tensor_of(ArrayRef<T> values, const TensorOptions& options) {
  const TensorOptions o = options.has_dtype() ? options : options.dtype(CppTypeToScalarType<T>::value);
  TORCH_CHECK_NOT_IMPLEMENTED(!c10::isComplexType(CppTypeToScalarType<T>::value) || c10::isComplexType(o.dtype().toScalarType()),
                              "\"tensor_cpu\" not implemented for '", o.dtype().toScalarType(), "'");
  return ::wick::v1::tensor(values, o);
}
}  // namespace detail

/// One value gives one element in one dimension.
#define WICK_AT_TENSOR(T, S)                                                                                                             \
  inline Tensor tensor(ArrayRef<T> values, const TensorOptions& options) { return detail::tensor_of<T>(values, options); }               \
  inline Tensor tensor(std::initializer_list<T> values, const TensorOptions& options) { return detail::tensor_of<T>(values, options); }  \
  inline Tensor tensor(T value, const TensorOptions& options) { return detail::tensor_of<T>(value, options); }                          \
  inline Tensor tensor(ArrayRef<T> values) { return detail::tensor_of<T>(values, {}); }                                                  \
  inline Tensor tensor(std::initializer_list<T> values) { return detail::tensor_of<T>(values, {}); }                                     \
  inline Tensor tensor(T value) { return detail::tensor_of<T>(value, {}); }
AT_FORALL_SCALAR_TYPES_WITH_COMPLEX(WICK_AT_TENSOR)
#undef WICK_AT_TENSOR

}  // namespace at

namespace torch { using ::wick::v1::tensor; }
