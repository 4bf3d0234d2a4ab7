#include <wick/core/ivalue.h>

#include <iomanip>
#include <ostream>

#include <wick/core/str.h>

namespace wick::inline v1 {

namespace detail {
void throw_tuple_size(size_t wanted, size_t held) { throw Error(str("IValue: a tuple of ", wanted, " was asked for, ", held, " values are held")); }
}  // namespace detail

IValue::IValue(const Scalar& s) {
  if (s.isBoolean()) v_ = s.toBool();
  else if (s.isIntegral(false)) v_ = s.toLong();
  else if (s.isComplex()) v_ = s.toComplexDouble();
  else v_ = s.toDouble();
}
IValue IValue::tuple(std::vector<IValue> elements) { return ivalue::Tuple::create(std::move(elements)); }

Scalar IValue::toScalar() const {
  if (isInt()) return toInt();
  if (isBool()) return toBool();
  if (isComplexDouble()) return toComplexDouble();
  return toDouble();
}

std::string IValue::tagKind() const {
  constexpr const char* names[] = {"None", "Tensor", "Int", "Double", "Bool", "ComplexDouble", "String", "Device", "IntList", "DoubleList", "BoolList", "TensorList", "GenericList", "Tuple", "GenericDict"};
  return names[v_.index()];
}
void IValue::wrong_kind(const char* wanted) const { throw Error(str("Expected ", wanted, " but got ", tagKind())); }

List<IValue> IValue::toList() const {
  List<IValue> r;
  const auto all = [&](const auto& l) {
    for (size_t i = 0; i < l.size(); ++i) r.push_back(IValue(l.get(i)));
    return r;
  };
  if (isIntList()) return all(toIntList());
  if (isDoubleList()) return all(toDoubleList());
  if (isBoolList()) return all(toBoolList());
  if (isTensorList()) return all(toTensorList());
  return get<List<IValue>>("GenericList");
}

bool IValue::same(const IValue& o) const {
  if (v_.index() != o.v_.index()) return false;
  if (isTensor()) return toTensor().unsafeGetTensorImpl() == o.toTensor().unsafeGetTensorImpl();
  if (isTuple()) return toTupleRef().values == o.toTupleRef().values;
  if (isGenericDict()) {
    const auto a = toGenericDict(), b = o.toGenericDict();
    if (a.size() != b.size()) return false;
    for (const auto& e : a) {
      const auto found = b.find(e.key());
      if (found == b.end() || !(found->value() == e.value())) return false;
    }
    return true;
  }
  if (isTensorList() || is<List<IValue>>()) return toListRef() == o.toListRef();
  if (isIntList()) return toIntList() == o.toIntList();
  if (isDoubleList()) return toDoubleList() == o.toDoubleList();
  if (isBoolList()) return toBoolList() == o.toBoolList();
  if (isInt()) return toInt() == o.toInt();
  if (isDouble()) return toDouble() == o.toDouble();
  if (isBool()) return toBool() == o.toBool();
  if (isComplexDouble()) return toComplexDouble() == o.toComplexDouble();
  if (isString()) return toStringRef() == o.toStringRef();
  return isNone() || toDevice() == o.toDevice();
}

std::ostream& operator<<(std::ostream& out, const IValue& v) {
  const auto row = [&](const char* open, const std::vector<IValue>& items, const char* close) -> std::ostream& {
    out << open;
    for (size_t i = 0; i < items.size(); ++i) out << (i ? ", " : "") << items[i];
    return out << close;
  };
  if (v.isNone()) return out << "None";
  if (v.isTensor()) return out << v.toTensor();
  if (v.isInt()) return out << v.toInt();
  if (v.isBool()) return out << (v.toBool() ? "True" : "False");
  if (v.isString()) return out << std::quoted(v.toStringRef());
  if (v.isDevice()) return out << v.toDevice();
  if (v.isComplexDouble()) return out << v.toComplexDouble().real() << (v.toComplexDouble().imag() < 0 ? "-" : "+") << std::abs(v.toComplexDouble().imag()) << 'j';
  if (v.isDouble()) {
    const double d = v.toDouble();
    if (d == static_cast<double>(static_cast<int64_t>(d < 1e15 && d > -1e15 ? d : 0.5))) return out << static_cast<int64_t>(d) << '.';
    const auto precision = out.precision(17);
    out << d;
    out.precision(precision);
    return out;
  }
  if (v.isTuple()) return row("(", v.toTupleRef().values, v.toTupleRef().values.size() == 1 ? ",)" : ")");
  if (v.isList()) return row("[", v.toListRef(), "]");
  out << '{';
  const char* comma = "";
  for (const auto& e : v.toGenericDict()) {
    out << comma << e.key() << ": " << e.value();
    comma = ", ";
  }
  return out << '}';
}

size_t IValue::hash() const {
  if (isString()) return std::hash<std::string>()(toStringRef());
  if (isInt()) return std::hash<int64_t>()(toInt());
  if (isDouble()) return std::hash<double>()(toDouble());
  if (isBool()) return toBool();
  if (isTensor()) return std::hash<void*>()(toTensor().unsafeGetTensorImpl());
  if (isDevice()) return std::hash<wick::Device>()(toDevice());
  return v_.index();  // rare as keys: equal kinds are told apart by ==
}

}  // namespace wick::inline v1
