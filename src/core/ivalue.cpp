#include <wick/core/ivalue.h>

#include <iomanip>
#include <ostream>
#include <variant>

#include <wick/core/str.h>

namespace wick::inline v1 {

namespace detail {
void throw_tuple_size(size_t wanted, size_t held) { throw Error(str("IValue: a tuple of ", wanted, " was asked for, ", held, " values are held")); }
}  // namespace detail

struct IValue::Payload {
  std::variant<Tensor, int64_t, double, bool, std::complex<double>, std::string, Device, List<int64_t>, List<double>, List<bool>, List<Tensor>, List<IValue>,
               std::shared_ptr<ivalue::Tuple>, Dict<IValue, IValue>> v;
};

namespace {
constexpr const char* kind_names[] = {"None", "Tensor", "Int", "Double", "Bool", "ComplexDouble", "String", "Device", "IntList", "DoubleList", "BoolList", "TensorList", "GenericList", "Tuple", "GenericDict"};
}

template <class T>
void IValue::hold(Kind kind, T value) {
  kind_ = kind;
  v_ = std::make_shared<const Payload>(Payload{std::move(value)});
}
template <class T>
const T& IValue::get(Kind kind) const {
  if (kind_ != kind || !v_) wrong_kind(kind_names[static_cast<size_t>(kind)]);
  return std::get<T>(v_->v);
}

IValue::IValue(Tensor t) { hold(Kind::Tensor, std::move(t)); }
IValue::IValue(std::string s) { hold(Kind::String, std::move(s)); }
IValue::IValue(const char* s) : IValue(std::string(s)) {}
IValue::IValue(List<Tensor> l) { hold(Kind::TensorList, std::move(l)); }
IValue::IValue(List<int64_t> l) { hold(Kind::IntList, std::move(l)); }
IValue::IValue(List<double> l) { hold(Kind::DoubleList, std::move(l)); }
IValue::IValue(List<bool> l) { hold(Kind::BoolList, std::move(l)); }
IValue::IValue(List<IValue> l) { hold(Kind::GenericList, std::move(l)); }
IValue::IValue(Dict<IValue, IValue> d) { hold(Kind::GenericDict, std::move(d)); }
IValue::IValue(std::shared_ptr<ivalue::Tuple> t) { hold(Kind::Tuple, std::move(t)); }
IValue::IValue(std::vector<Tensor> l) : IValue(List<Tensor>(ArrayRef<Tensor>(l))) {}
IValue::IValue(std::vector<int64_t> l) : IValue(List<int64_t>(ArrayRef<int64_t>(l))) {}
IValue::IValue(std::vector<double> l) : IValue(List<double>(ArrayRef<double>(l))) {}
IValue::IValue(IntArrayRef l) : IValue(List<int64_t>(l)) {}
IValue::IValue(bool b) { hold(Kind::Bool, b); }
IValue::IValue(double d) { hold(Kind::Double, d); }
IValue::IValue(std::complex<double> c) { hold(Kind::ComplexDouble, c); }
IValue::IValue(Device d) { hold(Kind::Device, d); }
IValue::IValue(Integer i) { hold(Kind::Int, i.value); }
IValue::IValue(const Scalar& s) {
  if (s.isBoolean()) *this = s.toBool();
  else if (s.isIntegral(false)) *this = s.toLong();
  else if (s.isComplex()) *this = s.toComplexDouble();
  else *this = s.toDouble();
}
IValue IValue::tuple(std::vector<IValue> elements) { return ivalue::Tuple::create(std::move(elements)); }

const Tensor& IValue::toTensor() const { return get<Tensor>(Kind::Tensor); }
int64_t IValue::toInt() const { return get<int64_t>(Kind::Int); }
double IValue::toDouble() const { return get<double>(Kind::Double); }
bool IValue::toBool() const { return get<bool>(Kind::Bool); }
std::complex<double> IValue::toComplexDouble() const { return get<std::complex<double>>(Kind::ComplexDouble); }
const std::string& IValue::toStringRef() const { return get<std::string>(Kind::String); }
Device IValue::toDevice() const { return get<Device>(Kind::Device); }
List<int64_t> IValue::toIntList() const { return get<List<int64_t>>(Kind::IntList); }
List<double> IValue::toDoubleList() const { return get<List<double>>(Kind::DoubleList); }
List<bool> IValue::toBoolList() const { return get<List<bool>>(Kind::BoolList); }
List<Tensor> IValue::toTensorList() const { return get<List<Tensor>>(Kind::TensorList); }
std::vector<int64_t> IValue::toIntVector() const { return toIntList().vec(); }
std::vector<double> IValue::toDoubleVector() const { return toDoubleList().vec(); }
std::vector<Tensor> IValue::toTensorVector() const { return toTensorList().vec(); }
Dict<IValue, IValue> IValue::toGenericDict() const { return get<Dict<IValue, IValue>>(Kind::GenericDict); }
std::shared_ptr<ivalue::Tuple> IValue::toTuple() const { return get<std::shared_ptr<ivalue::Tuple>>(Kind::Tuple); }
Scalar IValue::toScalar() const {
  if (isInt()) return toInt();
  if (isBool()) return toBool();
  if (isComplexDouble()) return toComplexDouble();
  return toDouble();
}

std::string IValue::tagKind() const { return kind_names[static_cast<size_t>(kind_)]; }
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
  return get<List<IValue>>(Kind::GenericList);
}

bool IValue::same(const IValue& o) const {
  if (kind_ != o.kind_) return false;
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
  if (isTensorList() || kind_ == Kind::GenericList) return toListRef() == o.toListRef();
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
  return static_cast<size_t>(kind_);  // rare as keys: equal kinds are told apart by ==
}

}  // namespace wick::inline v1
