#include <wick/core/dtype.h>

#include <atomic>
#include <ostream>

#include <wick/core/str.h>

namespace wick::inline v1 {
namespace {

// Order of the real types in the promotion lattice; bool below integers below floating types.
int category(ScalarType t) { return t == kBool ? 0 : is_integral_type(t, false) ? 1 : is_floating_type(t) ? 2 : 3; }

ScalarType promote_integers(ScalarType a, ScalarType b) {
  if (a == b) return a;
  if (a == kByte || b == kByte) {  // unsigned with signed: the next wider signed type
    const ScalarType other = a == kByte ? b : a;
    return other == kChar ? kShort : other;
  }
  return element_size(a) >= element_size(b) ? a : b;
}
ScalarType promote_floats(ScalarType a, ScalarType b) {
  if (a == b) return a;
  if (element_size(a) == element_size(b)) return kFloat;  // half with bfloat16
  return element_size(a) > element_size(b) ? a : b;
}

std::atomic<ScalarType> default_dtype{kFloat};

}  // namespace

ScalarType promote_types(ScalarType a, ScalarType b) {
  if (a == ScalarType::Undefined || b == ScalarType::Undefined) return ScalarType::Undefined;
  if (a == b) return a;
  const int ca = category(a), cb = category(b);
  if (ca == 3 || cb == 3) {
    const ScalarType ra = to_real_type(a), rb = to_real_type(b);
    const ScalarType fa = ca >= 2 ? ra : rb, fb = cb >= 2 ? rb : ra;
    if (ca == 3 && cb == 3) return to_complex_type(promote_floats(ra, rb));
    // bfloat16 has no complex counterpart; with complex32 it gives complex64 as in PyTorch.
    return to_complex_type(promote_floats(fa, fb));
  }
  if (ca != cb) return ca > cb ? a : b;
  return ca == 2 ? promote_floats(a, b) : promote_integers(a, b);
}

bool can_cast(ScalarType from, ScalarType to) {
  if (is_complex_type(from) && !is_complex_type(to)) return false;
  if (is_floating_type(from) && is_integral_type(to, false)) return false;
  if (from != kBool && to == kBool) return false;
  return true;
}

const char* to_string(ScalarType t) {
  switch (t) {
#define WICK_CASE(T, name) case ScalarType::name: return #name;
    WICK_FORALL_TYPES(WICK_CASE)
#undef WICK_CASE
    case ScalarType::ComplexHalf: return "ComplexHalf";
    case ScalarType::QInt8: return "QInt8";
    case ScalarType::QUInt8: return "QUInt8";
    case ScalarType::QInt32: return "QInt32";
    case ScalarType::QUInt4x2: return "QUInt4x2";
    case ScalarType::QUInt2x4: return "QUInt2x4";
    case ScalarType::Bits1x8: return "Bits1x8";
    case ScalarType::Bits2x4: return "Bits2x4";
    case ScalarType::Bits4x2: return "Bits4x2";
    case ScalarType::Bits8: return "Bits8";
    case ScalarType::Bits16: return "Bits16";
    case ScalarType::Float8_e5m2: return "Float8_e5m2";
    case ScalarType::Float8_e4m3fn: return "Float8_e4m3fn";
    case ScalarType::Float8_e5m2fnuz: return "Float8_e5m2fnuz";
    case ScalarType::Float8_e4m3fnuz: return "Float8_e4m3fnuz";
    case ScalarType::UInt16: return "UInt16";
    case ScalarType::UInt32: return "UInt32";
    case ScalarType::UInt64: return "UInt64";
    default: return "UNKNOWN_SCALAR";
  }
}

const char* dtype_name(ScalarType t) {
  switch (t) {
    case kByte: return "uint8";
    case kChar: return "int8";
    case kShort: return "int16";
    case kInt: return "int32";
    case kLong: return "int64";
    case kHalf: return "float16";
    case kFloat: return "float32";
    case kDouble: return "float64";
    case kComplexHalf: return "complex32";
    case kComplexFloat: return "complex64";
    case kComplexDouble: return "complex128";
    case kBool: return "bool";
    case kBFloat16: return "bfloat16";
    default: return "undefined";
  }
}

std::string_view TypeMeta::name() const {
  switch (type_) {
    case kByte: return "unsigned char";
    case kChar: return "signed char";
    case kShort: return "short int";
    case kInt: return "int";
    case kLong: return "long int";
    case kHalf: return "c10::Half";
    case kFloat: return "float";
    case kDouble: return "double";
    case kComplexHalf: return "c10::complex<c10::Half>";
    case kComplexFloat: return "c10::complex<float>";
    case kComplexDouble: return "c10::complex<double>";
    case kBool: return "bool";
    case kBFloat16: return "c10::BFloat16";
    default: return "nullptr (uninitialized)";
  }
}

std::ostream& operator<<(std::ostream& out, ScalarType t) { return out << to_string(t); }
std::ostream& operator<<(std::ostream& out, TypeMeta t) { return out << t.name(); }
std::ostream& operator<<(std::ostream& out, Half h) { return out << static_cast<float>(h); }
std::ostream& operator<<(std::ostream& out, BFloat16 h) { return out << static_cast<float>(h); }

TypeMeta get_default_dtype() { return default_dtype.load(std::memory_order_relaxed); }
ScalarType get_default_dtype_as_scalartype() { return default_dtype.load(std::memory_order_relaxed); }
void set_default_dtype(TypeMeta t) {
  default_dtype = t.toScalarType();
}

}  // namespace wick::inline v1
