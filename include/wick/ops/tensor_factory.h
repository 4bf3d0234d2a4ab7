// Tensors from C++ values: `tensor({{1, 2}, {3, 4}})`, from vectors, and over memory of somebody else.
#pragma once

#include <functional>

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {
namespace detail {

// What `tensor` takes: a number, an array of numbers, or a list of such things. Lives for the call.
class TensorData {
 public:
  TensorData();
  template <class T, ScalarType t = CppTypeToScalarType<T>::value>
  TensorData(T number) : dtype_(t), kind_(Kind::number), number_(number) {}
  TensorData(std::initializer_list<TensorData> list);
  template <class T, ScalarType t = CppTypeToScalarType<T>::value>
  TensorData(ArrayRef<T> values) : TensorData(values.data(), values.size(), t) {}
  template <class T, ScalarType t = CppTypeToScalarType<T>::value, std::enable_if_t<!std::is_same<T, bool>::value, int> = 0>
  TensorData(const std::vector<T>& values) : TensorData(values.data(), values.size(), t) {}

  ScalarType dtype() const { return dtype_; }
  const std::vector<int64_t>& sizes() const { return sizes_; }
  bool is_number() const { return kind_ == Kind::number; }
  bool is_array() const { return kind_ == Kind::array; }
  const Scalar& number() const { return number_; }
  const TensorData* items() const { return items_; }  // of a list
  size_t size() const { return size_; }
  const Tensor& values() const { return values_; }    // of an array

 private:
  TensorData(const void* values, size_t n, ScalarType dtype);

  enum class Kind : uint8_t { number, list, array };
  ScalarType dtype_;
  Kind kind_;
  Scalar number_;
  const TensorData* items_ = nullptr;
  size_t size_ = 0;
  std::vector<int64_t> sizes_;
  Tensor values_;
};
std::ostream& operator<<(std::ostream& out, const TensorData& data);

}  // namespace detail

/// A tensor of the given values: a number, nested braces of numbers, a vector or ArrayRef. Without a dtype in
/// `options`, floating numbers become the default dtype, integers int64, booleans bool.
/// (https://pytorch.org/cppdocs/notes/tensor_creation.html)
Tensor tensor(const detail::TensorData& data, TensorOptions options = {});

/// A tensor over memory of somebody else, which must outlive it, or until `deleter` is called on it.
Tensor from_blob(void* data, IntArrayRef sizes, TensorOptions options = {});
Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, TensorOptions options = {});
Tensor from_blob(void* data, IntArrayRef sizes, std::function<void(void*)> deleter, TensorOptions options = {});
Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, std::function<void(void*)> deleter, TensorOptions options = {});

}  // namespace v1
}  // namespace wick
