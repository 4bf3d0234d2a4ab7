// A value of one of a few kinds, for the notes a custom autograd function takes along.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// A tensor, number, text, list, or nothing. Conversions to another kind than the one held throw.
class IValue {
 public:
  /// From any of the kinds.
  IValue() = default;
  IValue(Tensor t) : v_(std::move(t)) {}
  IValue(std::string s) : v_(std::move(s)) {}
  IValue(const char* s) : v_(std::string(s)) {}
  IValue(std::vector<Tensor> l) : v_(std::move(l)) {}
  IValue(std::vector<int64_t> l) : v_(std::move(l)) {}
  IValue(std::vector<double> l) : v_(std::move(l)) {}
  IValue(IntArrayRef l) : v_(l.vec()) {}
  IValue(bool b) : v_(b) {}
  IValue(double d) : v_(d) {}
  template <class T, std::enable_if_t<std::is_integral<T>::value, int> = 0>
  IValue(T i) : v_(static_cast<int64_t>(i)) {}
  IValue(ScalarType t) : v_(static_cast<int64_t>(t)) {}
  IValue(const Scalar& s);
  template <class T>
  IValue(const std::optional<T>& o) { if (o) *this = IValue(*o); }

  /// Which kind is held.
  bool isNone() const { return std::holds_alternative<std::monostate>(v_); }
  bool isTensor() const { return std::holds_alternative<Tensor>(v_); }
  bool isInt() const { return std::holds_alternative<int64_t>(v_); }
  bool isDouble() const { return std::holds_alternative<double>(v_); }
  bool isBool() const { return std::holds_alternative<bool>(v_); }
  bool isString() const { return std::holds_alternative<std::string>(v_); }
  bool isIntList() const { return std::holds_alternative<std::vector<int64_t>>(v_); }
  bool isDoubleList() const { return std::holds_alternative<std::vector<double>>(v_); }
  bool isTensorList() const { return std::holds_alternative<std::vector<Tensor>>(v_); }

  /// The value. Errors: `Error` when another kind is held.
  const Tensor& toTensor() const { return get<Tensor>("Tensor"); }
  int64_t toInt() const { return get<int64_t>("Int"); }
  double toDouble() const { return get<double>("Double"); }
  bool toBool() const { return get<bool>("Bool"); }
  const std::string& toStringRef() const { return get<std::string>("String"); }
  std::string toString() const { return toStringRef(); }
  std::vector<int64_t> toIntVector() const { return get<std::vector<int64_t>>("IntList"); }
  std::vector<int64_t> toIntList() const { return toIntVector(); }
  std::vector<double> toDoubleVector() const { return get<std::vector<double>>("DoubleList"); }
  std::vector<Tensor> toTensorVector() const { return get<std::vector<Tensor>>("TensorList"); }
  std::vector<Tensor> toTensorList() const { return toTensorVector(); }
  ScalarType toScalarType() const { return static_cast<ScalarType>(toInt()); }
  Scalar toScalar() const;

 private:
  [[noreturn]] static void wrong_kind(const char* wanted);
  template <class T>
  const T& get(const char* wanted) const {
    if (!std::holds_alternative<T>(v_)) wrong_kind(wanted);
    return std::get<T>(v_);
  }
  std::variant<std::monostate, Tensor, int64_t, double, bool, std::string, std::vector<int64_t>, std::vector<double>, std::vector<Tensor>> v_;
};

}  // namespace v1
}  // namespace wick
