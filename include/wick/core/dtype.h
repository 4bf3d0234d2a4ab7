// Element types: the enumeration, its properties, promotion, and the mapping from C++ types.
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string_view>
#include <type_traits>

#include <wick/core/half.h>

namespace wick {
inline namespace v1 {

/// Type of a tensor's elements. The numbers are PyTorch's (they stand in files).
enum class ScalarType : int8_t {
  Byte = 0, Char = 1, Short = 2, Int = 3, Long = 4, Half = 5, Float = 6, Double = 7,
  ComplexHalf = 8, ComplexFloat = 9, ComplexDouble = 10, Bool = 11, QInt8 = 12, QUInt8 = 13, QInt32 = 14,
  BFloat16 = 15, QUInt4x2 = 16, QUInt2x4 = 17, Bits1x8 = 18, Bits2x4 = 19, Bits4x2 = 20, Bits8 = 21, Bits16 = 22,
  Float8_e5m2 = 23, Float8_e4m3fn = 24, Float8_e5m2fnuz = 25, Float8_e4m3fnuz = 26, UInt16 = 27, UInt32 = 28, UInt64 = 29,
  Undefined = 46, NumOptions = 47
};
using Dtype = ScalarType;

/// Names of the element types as constants.
constexpr ScalarType kByte = ScalarType::Byte, kUInt8 = ScalarType::Byte, kU8 = ScalarType::Byte;
constexpr ScalarType kChar = ScalarType::Char, kInt8 = ScalarType::Char, kI8 = ScalarType::Char;
constexpr ScalarType kShort = ScalarType::Short, kInt16 = ScalarType::Short, kI16 = ScalarType::Short;
constexpr ScalarType kInt = ScalarType::Int, kInt32 = ScalarType::Int, kI32 = ScalarType::Int;
constexpr ScalarType kLong = ScalarType::Long, kInt64 = ScalarType::Long, kI64 = ScalarType::Long;
constexpr ScalarType kHalf = ScalarType::Half, kFloat16 = ScalarType::Half, kF16 = ScalarType::Half;
constexpr ScalarType kBFloat16 = ScalarType::BFloat16;
constexpr ScalarType kFloat = ScalarType::Float, kFloat32 = ScalarType::Float, kF32 = ScalarType::Float;
constexpr ScalarType kDouble = ScalarType::Double, kFloat64 = ScalarType::Double, kF64 = ScalarType::Double;
constexpr ScalarType kComplexHalf = ScalarType::ComplexHalf, kComplexFloat = ScalarType::ComplexFloat;
constexpr ScalarType kComplexDouble = ScalarType::ComplexDouble;
constexpr ScalarType kComplex32 = kComplexHalf, kComplex64 = kComplexFloat, kComplex128 = kComplexDouble;
constexpr ScalarType kBool = ScalarType::Bool;
/// Types with a name only: no tensor holds them yet.
constexpr ScalarType kUInt16 = ScalarType::UInt16, kUInt32 = ScalarType::UInt32, kUInt64 = ScalarType::UInt64;
constexpr ScalarType kQInt8 = ScalarType::QInt8, kQUInt8 = ScalarType::QUInt8, kQInt32 = ScalarType::QInt32;
constexpr ScalarType kQUInt4x2 = ScalarType::QUInt4x2, kQUInt2x4 = ScalarType::QUInt2x4;
constexpr ScalarType kFloat8_e5m2 = ScalarType::Float8_e5m2, kFloat8_e4m3fn = ScalarType::Float8_e4m3fn;
constexpr ScalarType kFloat8_e5m2fnuz = ScalarType::Float8_e5m2fnuz, kFloat8_e4m3fnuz = ScalarType::Float8_e4m3fnuz;

/// Bytes of one element.
constexpr size_t element_size(ScalarType t) {
  switch (t) {
    case kByte: case kChar: case kBool: return 1;
    case kShort: case kHalf: case kBFloat16: return 2;
    case kInt: case kFloat: case kComplexHalf: return 4;
    case kLong: case kDouble: case kComplexFloat: return 8;
    case kComplexDouble: return 16;
    default: return 0;
  }
}
constexpr size_t elementSize(ScalarType t) { return element_size(t); }

/// Kind of an element type. Bool is neither integral (unless `include_bool`) nor floating; complex is no
/// floating type.
constexpr bool is_floating_type(ScalarType t) { return t == kFloat || t == kDouble || t == kHalf || t == kBFloat16; }
constexpr bool is_complex_type(ScalarType t) { return t == kComplexFloat || t == kComplexDouble || t == kComplexHalf; }
constexpr bool is_integral_type(ScalarType t, bool include_bool) {
  return (t >= kByte && t <= kLong) || (include_bool && t == kBool);
}
constexpr bool is_quantized_type(ScalarType t) { return (t >= ScalarType::QInt8 && t <= ScalarType::QInt32) || t == ScalarType::QUInt4x2 || t == ScalarType::QUInt2x4; }
constexpr bool isQIntType(ScalarType t) { return is_quantized_type(t); }
constexpr bool is_reduced_floating_type(ScalarType t) { return t == kHalf || t == kBFloat16; }
constexpr bool isFloatingType(ScalarType t) { return is_floating_type(t); }
constexpr bool isComplexType(ScalarType t) { return is_complex_type(t); }
constexpr bool isIntegralType(ScalarType t, bool includeBool = false) { return is_integral_type(t, includeBool); }
constexpr bool isReducedFloatingType(ScalarType t) { return is_reduced_floating_type(t); }
constexpr bool isSignedType(ScalarType t) { return t != kByte && t != kBool; }

/// The real type behind a complex one, and the complex type over a real one; others unchanged.
constexpr ScalarType to_real_type(ScalarType t) {
  return t == kComplexHalf ? kHalf : t == kComplexFloat ? kFloat : t == kComplexDouble ? kDouble : t;
}
constexpr ScalarType to_complex_type(ScalarType t) {
  return t == kHalf ? kComplexHalf : t == kFloat || t == kBFloat16 ? kComplexFloat : t == kDouble ? kComplexDouble : t;
}
constexpr ScalarType toRealValueType(ScalarType t) { return to_real_type(t); }
constexpr ScalarType toComplexType(ScalarType t) { return to_complex_type(t); }

/// The smallest type that both convert to without changing category, PyTorch's table.
/// (https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc)
ScalarType promote_types(ScalarType a, ScalarType b);
inline ScalarType promoteTypes(ScalarType a, ScalarType b) { return promote_types(a, b); }

/// Whether a result of type `from` may be stored into `to` (floating never into integral, and so on).
bool can_cast(ScalarType from, ScalarType to);
inline bool canCast(ScalarType from, ScalarType to) { return can_cast(from, to); }

/// C++-frontend name (`Float`, `Long`) and Python name (`float32`, `int64`) of a type.
const char* to_string(ScalarType t);
inline const char* toString(ScalarType t) { return to_string(t); }
const char* dtype_name(ScalarType t);

/// Prints the C++-frontend name.
std::ostream& operator<<(std::ostream& out, ScalarType t);

/// What `Tensor::dtype()` returns: a ScalarType with PyTorch's old accessors. Prints the C++ type's name.
class TypeMeta {
 public:
  /// From and to the enumeration, implicitly.
  constexpr TypeMeta() = default;
  constexpr TypeMeta(ScalarType t) : type_(t) {}
  constexpr operator ScalarType() const { return type_; }
  constexpr ScalarType toScalarType() const { return type_; }
  constexpr bool isScalarType() const { return type_ != ScalarType::Undefined; }
  constexpr bool isScalarType(ScalarType t) const { return type_ == t; }

  /// Bytes of one element, and the C++ type's name (`float`, `long`, `c10::Half`).
  constexpr size_t itemsize() const { return element_size(type_); }
  std::string_view name() const;

  /// The TypeMeta of a C++ type.
  template <class T>
  static constexpr TypeMeta Make();
  template <class T>
  constexpr bool Match() const;
  static constexpr TypeMeta fromScalarType(ScalarType t) { return TypeMeta(t); }

 private:
  ScalarType type_ = ScalarType::Undefined;
};

/// Comparison by type.
constexpr bool operator==(TypeMeta a, TypeMeta b) { return a.toScalarType() == b.toScalarType(); }
constexpr bool operator!=(TypeMeta a, TypeMeta b) { return !(a == b); }
constexpr bool operator==(TypeMeta a, ScalarType b) { return a.toScalarType() == b; }
constexpr bool operator!=(TypeMeta a, ScalarType b) { return a.toScalarType() != b; }
constexpr bool operator==(ScalarType a, TypeMeta b) { return a == b.toScalarType(); }
constexpr bool operator!=(ScalarType a, TypeMeta b) { return a != b.toScalarType(); }
std::ostream& operator<<(std::ostream& out, TypeMeta t);

/// Conversions between the two spellings of a type.
constexpr ScalarType typeMetaToScalarType(TypeMeta t) { return t.toScalarType(); }
constexpr TypeMeta scalarTypeToTypeMeta(ScalarType t) { return TypeMeta(t); }

/// `CppTypeToScalarType<float>::value` is kFloat. Defined for the types that a tensor can hold.
template <class T> struct CppTypeToScalarType;
/// `ScalarTypeToCPPType<kFloat>::type` is float.
template <ScalarType T> struct ScalarTypeToCPPType;

/// Calls `_(C++ type, name)` for every element type a tensor can hold.
#define WICK_FORALL_TYPES(_)                                                                         \
  _(uint8_t, Byte) _(int8_t, Char) _(int16_t, Short) _(int32_t, Int) _(int64_t, Long)               \
  _(::wick::Half, Half) _(float, Float) _(double, Double) _(std::complex<float>, ComplexFloat)    \
  _(std::complex<double>, ComplexDouble) _(bool, Bool) _(::wick::BFloat16, BFloat16)

#define WICK_TYPE_MAP(T, name)                                                                       \
  template <> struct CppTypeToScalarType<T> : std::integral_constant<ScalarType, ScalarType::name> {}; \
  template <> struct ScalarTypeToCPPType<ScalarType::name> { using type = T; };
WICK_FORALL_TYPES(WICK_TYPE_MAP)
#undef WICK_TYPE_MAP
template <> struct CppTypeToScalarType<long long> : std::integral_constant<ScalarType, ScalarType::Long> {};

/// Short form of ScalarTypeToCPPType.
template <ScalarType T> using ScalarTypeToCPPTypeT = typename ScalarTypeToCPPType<T>::type;

// Definitions that need the maps above.
template <class T>
constexpr TypeMeta TypeMeta::Make() { return TypeMeta(CppTypeToScalarType<T>::value); }
template <class T>
constexpr bool TypeMeta::Match() const { return type_ == CppTypeToScalarType<T>::value; }

/// The type new floating tensors get when none is named; float32 at start.
TypeMeta get_default_dtype();
ScalarType get_default_dtype_as_scalartype();
void set_default_dtype(TypeMeta t);

}  // namespace v1
}  // namespace wick
