// A value of one of a few kinds: what archives hold, and the notes a custom autograd function takes along.
#pragma once

#include <complex>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <wick/core/dict.h>
#include <wick/core/list.h>
#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

class IValue;
namespace ivalue { struct Tuple; }
}  // namespace v1
}  // namespace wick

namespace std {
template <>
struct hash<wick::IValue> { inline size_t operator()(const wick::IValue& v) const; };
}  // namespace std

namespace wick {
inline namespace v1 {

namespace detail {
template <class T> struct IValueTo;  // how IValue::to<T> converts
}

/// A tensor, number, text, device, list, tuple, dictionary, or nothing. Conversions to another kind than the one held
/// throw. Lists, tuples and dictionaries are shared by the copies of a value.
class IValue {
 public:
  /// From any of the kinds; None by default.
  IValue() = default;
  IValue(std::nullopt_t) {}
  IValue(Tensor t);
  IValue(std::string s);
  IValue(const char* s);
  IValue(List<Tensor> l);
  IValue(List<int64_t> l);
  IValue(List<double> l);
  IValue(List<bool> l);
  IValue(List<IValue> l);
  IValue(Dict<IValue, IValue> d);
  IValue(std::shared_ptr<ivalue::Tuple> t);
  IValue(std::vector<Tensor> l);
  IValue(std::vector<int64_t> l);
  IValue(std::vector<double> l);
  IValue(IntArrayRef l);
  IValue(bool b);
  IValue(double d);
  IValue(std::complex<double> c);
  IValue(Device d);
  template <class T, std::enable_if_t<std::is_integral<T>::value, int> = 0>
  IValue(T i) : IValue(Integer{static_cast<int64_t>(i)}) {}
  IValue(ScalarType t) : IValue(Integer{static_cast<int64_t>(t)}) {}
  IValue(const Scalar& s);
  template <class T>
  IValue(const std::optional<T>& o) { if (o) *this = IValue(*o); }

  /// From other containers of kinds: a list (of `T`), a tuple, a dictionary with its own entries.
  template <class T>
  IValue(const List<T>& l) : IValue(listed(l)) {}
  template <class T>
  IValue(const std::vector<T>& l) : IValue(listed(l)) {}
  template <class K, class V>
  IValue(const Dict<K, V>& d) {
    Dict<IValue, IValue> all;
    for (const auto& e : d) all.insert(IValue(e.key()), IValue(e.value()));
    *this = IValue(std::move(all));
  }
  template <class... T>
  IValue(const std::tuple<T...>& t) { *this = tuple(std::apply([](const T&... x) { return std::vector<IValue>{IValue(x)...}; }, t)); }

  /// Which kind is held; its name, such as `Tensor` or `IntList`.
  bool isNone() const { return kind_ == Kind::None; }
  bool isTensor() const { return kind_ == Kind::Tensor; }
  bool isInt() const { return kind_ == Kind::Int; }
  bool isDouble() const { return kind_ == Kind::Double; }
  bool isBool() const { return kind_ == Kind::Bool; }
  bool isComplexDouble() const { return kind_ == Kind::ComplexDouble; }
  bool isScalar() const { return isInt() || isDouble() || isBool() || isComplexDouble(); }
  bool isString() const { return kind_ == Kind::String; }
  bool isDevice() const { return kind_ == Kind::Device; }
  bool isIntList() const { return kind_ == Kind::IntList; }
  bool isDoubleList() const { return kind_ == Kind::DoubleList; }
  bool isBoolList() const { return kind_ == Kind::BoolList; }
  bool isTensorList() const { return kind_ == Kind::TensorList; }
  bool isList() const { return kind_ == Kind::GenericList || isIntList() || isDoubleList() || isBoolList() || isTensorList(); }
  bool isTuple() const { return kind_ == Kind::Tuple; }
  bool isGenericDict() const { return kind_ == Kind::GenericDict; }
  std::string tagKind() const;

  /// The value. Errors: `Error` when another kind is held.
  const Tensor& toTensor() const;
  int64_t toInt() const;
  int64_t toSymInt() const { return toInt(); }
  double toDouble() const;
  bool toBool() const;
  std::complex<double> toComplexDouble() const;
  const std::string& toStringRef() const;
  std::string toString() const { return toStringRef(); }
  std::string_view toStringView() const { return toStringRef(); }
  Device toDevice() const;
  ScalarType toScalarType() const { return static_cast<ScalarType>(toInt()); }
  Scalar toScalar() const;
  List<int64_t> toIntList() const;
  List<double> toDoubleList() const;
  List<bool> toBoolList() const;
  List<Tensor> toTensorList() const;
  std::vector<int64_t> toIntVector() const;
  std::vector<int64_t> toSymIntVector() const { return toIntVector(); }
  std::vector<double> toDoubleVector() const;
  std::vector<Tensor> toTensorVector() const;
  Dict<IValue, IValue> toGenericDict() const;
  std::shared_ptr<ivalue::Tuple> toTuple() const;
  const ivalue::Tuple& toTupleRef() const { return *toTuple(); }

  /// Any kind of list, element by element (a copy unless it is a generic one).
  List<IValue> toList() const;
  std::vector<IValue> toListRef() const { return toList().vec(); }

  /// As a T: a C++ type of one of the kinds, or an optional, vector, List, Dict, pair or tuple of such.
  template <class T>
  T to() const { return detail::IValueTo<T>::convert(*this); }
  template <class T>
  std::optional<T> toOptional() const { return isNone() ? std::optional<T>() : std::optional<T>(to<T>()); }

  /// Equal values of the same kind (tensors: the same one), and a hash that goes with it.
  friend bool operator==(const IValue& a, const IValue& b) { return a.same(b); }
  friend bool operator!=(const IValue& a, const IValue& b) { return !a.same(b); }
  size_t hash() const;

 private:
  // The value itself is hidden in ivalue.cpp: a variant in a header that everybody includes costs a quarter of a second.
  enum class Kind : uint8_t { None, Tensor, Int, Double, Bool, ComplexDouble, String, Device, IntList, DoubleList, BoolList, TensorList, GenericList, Tuple, GenericDict };
  struct Payload;
  struct Integer { int64_t value; };
  explicit IValue(Integer i);
  template <class T> void hold(Kind kind, T value);
  template <class T> const T& get(Kind kind) const;
  template <class L>
  static List<IValue> listed(const L& l) {
    List<IValue> all;
    for (const auto& x : l) all.push_back(IValue(x));
    return all;
  }
  static IValue tuple(std::vector<IValue> elements);
  [[noreturn]] void wrong_kind(const char* wanted) const;
  bool same(const IValue& o) const;

  Kind kind_ = Kind::None;
  std::shared_ptr<const Payload> v_;
};

/// Prints the value as Python would, tensors as tensors.
std::ostream& operator<<(std::ostream& out, const IValue& v);

namespace ivalue {
/// A fixed number of values.
struct Tuple {
  static std::shared_ptr<Tuple> create(std::vector<IValue> elements) { return std::make_shared<Tuple>(Tuple{std::move(elements)}); }
  template <class... T, std::enable_if_t<(std::is_constructible<IValue, T>::value && ...), int> = 0>
  static std::shared_ptr<Tuple> create(T&&... elements) { return create(std::vector<IValue>{IValue(std::forward<T>(elements))...}); }
  const std::vector<IValue>& elements() const { return values; }
  size_t size() const { return values.size(); }
  std::vector<IValue> values;
};
}  // namespace ivalue

namespace detail {
// clang-format off
template <class T> struct IValueTo {
  static T convert(const IValue& v) {
    if constexpr (std::is_same<T, IValue>::value) return v;
    else if constexpr (std::is_same<T, Tensor>::value) return v.isNone() ? Tensor() : v.toTensor();
    else if constexpr (std::is_same<T, bool>::value) return v.toBool();
    else if constexpr (std::is_integral<T>::value) return static_cast<T>(v.toInt());
    else if constexpr (std::is_floating_point<T>::value) return static_cast<T>(v.toDouble());
    else if constexpr (std::is_same<T, std::complex<double>>::value) return v.toComplexDouble();
    else if constexpr (std::is_same<T, std::string>::value) return v.toStringRef();
    else if constexpr (std::is_same<T, Device>::value) return v.toDevice();
    else if constexpr (std::is_same<T, ScalarType>::value) return v.toScalarType();
    else if constexpr (std::is_same<T, Scalar>::value) return v.toScalar();
    else static_assert(!sizeof(T), "IValue::to: no such kind");
  }
};
template <class T> struct IValueTo<std::optional<T>> { static std::optional<T> convert(const IValue& v) { return v.toOptional<T>(); } };
template <class T> struct IValueTo<List<T>> { static List<T> convert(const IValue& v) { List<T> r; for (const IValue& x : v.toList()) r.push_back(x.to<T>()); return r; } };
template <class T> struct IValueTo<std::vector<T>> { static std::vector<T> convert(const IValue& v) { std::vector<T> r; for (const IValue& x : v.toList()) r.push_back(x.to<T>()); return r; } };
template <class K, class V> struct IValueTo<Dict<K, V>> {
  static Dict<K, V> convert(const IValue& v) { Dict<K, V> r; for (const auto& e : v.toGenericDict()) r.insert(e.key().template to<K>(), e.value().template to<V>()); return r; }
};
[[noreturn]] void throw_tuple_size(size_t wanted, size_t held);
template <class... T> struct IValueTo<std::tuple<T...>> {
  template <size_t... I> static std::tuple<T...> each(const std::vector<IValue>& x, std::index_sequence<I...>) { return {x[I].template to<T>()...}; }
  static std::tuple<T...> convert(const IValue& v) {
    const auto& x = v.toTupleRef().values;
    if (x.size() != sizeof...(T)) throw_tuple_size(sizeof...(T), x.size());
    return each(x, std::index_sequence_for<T...>());
  }
};
// clang-format on
}  // namespace detail

}  // namespace v1
}  // namespace wick

inline size_t std::hash<wick::IValue>::operator()(const wick::IValue& v) const { return v.hash(); }
