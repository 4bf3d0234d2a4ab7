// What torch::tensor takes, under libtorch's name.
#pragma once

#include <c10/util/Exception.h>
#include <torch/types.h>

#include <ostream>

namespace torch::detail {

/// A number, an array of numbers, or nested braces of them; lives for the expression. Prints as written.
struct TensorDataContainer : ::wick::detail::TensorData {
  using Base = ::wick::detail::TensorData;
  using Base::Base;
  TensorDataContainer(std::initializer_list<Base> list) : Base(list) {}

  const ScalarType& scalar_type() const { return type_; }
  bool is_scalar() const { return is_number(); }
  bool is_init_list() const { return !is_number() && !is_array(); }
  bool is_tensor() const { return is_array(); }
  /// Errors: Error when something else is held.
  const Scalar& scalar() const {
    TORCH_CHECK(is_scalar(), "Can only call `scalar()` on a TensorDataContainer that has `is_scalar() == true`");
    return number();
  }
  ArrayRef<Base> init_list() const {
    TORCH_CHECK(is_init_list(), "Can only call `init_list()` on a TensorDataContainer that has `is_init_list() == true`");
    return ArrayRef<Base>(items(), size());
  }
  const Tensor& tensor() const {
    TORCH_CHECK(is_tensor(), "Can only call `tensor()` on a TensorDataContainer that has `is_tensor() == true`");
    return values();
  }
  Tensor convert_to_tensor(TensorOptions options) const { return ::wick::tensor(*this, options); }

 private:
  ScalarType type_ = dtype();
};

}  // namespace torch::detail
