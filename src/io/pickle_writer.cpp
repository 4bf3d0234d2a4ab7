// Writes pickles: values as Python's torch.save does, and modules as libtorch's torch::save does, with the class
// definitions it asks for.
#include <cstring>
#include <set>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "core/tensor_impl.h"
#include "io/node.h"
#include "io/zip.h"

namespace wick::io {
namespace {

const char* storage_name(ScalarType t) {
  switch (t) {
    case kFloat: return "FloatStorage";
    case kDouble: return "DoubleStorage";
    case kHalf: return "HalfStorage";
    case kBFloat16: return "BFloat16Storage";
    case kLong: return "LongStorage";
    case kInt: return "IntStorage";
    case kShort: return "ShortStorage";
    case kChar: return "CharStorage";
    case kByte: return "ByteStorage";
    case kBool: return "BoolStorage";
    case kComplexFloat: return "ComplexFloatStorage";
    case kComplexDouble: return "ComplexDoubleStorage";
    default: throw TypeError(str("save: the format has no dtype ", t));
  }
}

// The type of a value as TorchScript writes it.
std::string type_of(const IValue& v) {
  if (v.isTensor()) return v.toTensor().defined() ? "Tensor" : "NoneType";
  if (v.isInt()) return "int";
  if (v.isDouble()) return "float";
  if (v.isBool()) return "bool";
  if (v.isComplexDouble()) return "complex";
  if (v.isString()) return "str";
  if (v.isDevice()) return "Device";
  if (v.isIntList()) return "List[int]";
  if (v.isDoubleList()) return "List[float]";
  if (v.isBoolList()) return "List[bool]";
  if (v.isTensorList()) return "List[Tensor]";
  if (v.isTuple()) {
    std::string s;
    for (const IValue& x : v.toTupleRef().values) s += (s.empty() ? "" : ", ") + type_of(x);
    return "Tuple[" + (s.empty() ? "()" : s) + "]";
  }
  if (v.isList()) return "List[" + (v.toList().empty() ? "Tensor" : type_of(v.toList().get(0))) + "]";
  if (v.isGenericDict()) {
    const auto d = v.toGenericDict();
    return d.empty() ? "Dict[str, Tensor]" : "Dict[" + type_of(d.begin()->key()) + ", " + type_of(d.begin()->value()) + "]";
  }
  return "NoneType";
}

class Writer {
 public:
  Writer(ZipWriter& zip, std::vector<Tensor>& keep, bool script) : zip_(zip), keep_(keep), script_(script) { out_ = "\x80\x02"; }

  void value(const IValue& v) {
    if (++depth_ > 150) throw ValueError("save: lists and dictionaries stand more than 150 deep in each other");
    if (v.isNone()) out_ += 'N';
    else if (v.isTensor()) tensor(v.toTensor());
    else if (v.isBool()) out_ += v.toBool() ? '\x88' : '\x89';
    else if (v.isInt()) integer(v.toInt());
    else if (v.isDouble()) real(v.toDouble());
    else if (v.isString()) string(v.toStringRef());
    else if (v.isDevice()) call("torch device", [&] { text(v.toDevice().str()); }, '\x85');
    else if (v.isComplexDouble()) call("__builtin__ complex", [&] { real(v.toComplexDouble().real()); real(v.toComplexDouble().imag()); }, '\x86');
    else if (v.isTuple()) tuple(v.toTupleRef().values);
    else if (v.isGenericDict()) dict(v);
    else list(v);
    --depth_;
  }
  // The attributes of a module, and the definition of its class.
  void module(const Node& n) {
    if (++depth_ > 150) throw ValueError("save: archives stand more than 150 deep in each other");
    std::string body, parameters, buffers;
    bool annotated = false;
    std::vector<std::string> classes;
    for (const auto& e : n.entries) classes.push_back(e.child ? "__torch__." + declare(*e.child) : std::string());
    for (size_t i = 0; i < n.entries.size(); ++i) {
      const auto& e = n.entries[i];
      // Undefined tensors are None.
      const bool tensor = e.value.isTensor() && e.value.toTensor().defined();
      if (tensor && e.kind == Node::Kind::parameter) parameters += quoted(e.key) + ", ";
      if (tensor && e.kind == Node::Kind::buffer) buffers += quoted(e.key) + ", ";
      const std::string type = e.child ? classes[i] : type_of(e.value);
      if (is_name(e.key)) {
        body += "  " + e.key + " : " + type + "\n";
        continue;
      }
      if (!annotated) body += "  __annotations__ = []\n";
      annotated = true;
      body += "  __annotations__[" + quoted(e.key) + "] = " + type + "\n";
    }
    body = "  __parameters__ = [" + parameters + "]\n  __buffers__ = [" + buffers + "]\n" + body;
    names_[&n] = define(body);
    --depth_;
  }
  void object(const Node& n) {
    global("__torch__ " + names_.at(&n));
    out_ += ")\x81}(";
    for (const auto& e : n.entries) {
      text(e.key);
      if (e.child) object(*e.child);
      else value(e.value);
    }
    out_ += "ub";
  }
  std::string finish() {
    out_ += '.';
    return std::move(out_);
  }
  const std::string& code() const { return code_; }
  const std::string& declare(const Node& n) {
    if (!names_.count(&n)) module(n);
    return names_.at(&n);
  }

 private:
  static std::string quoted(const std::string& s) {
    std::string r = "\"";
    for (char c : s) {
      if (c == '"' || c == '\\') r += '\\';
      if (c == '\n') r += "\\n";
      else r += c;
    }
    return r + "\"";
  }
  static bool is_name(const std::string& s) {
    static const std::set<std::string> words = {"False", "None", "True", "and", "as", "assert", "break", "class", "continue", "def", "del", "elif", "else", "except", "finally", "for",
                                                "from", "global", "if", "import", "in", "is", "lambda", "nonlocal", "not", "or", "pass", "print", "raise", "return", "try", "while",
                                                "with", "yield", "inf", "nan", "infj", "nanj", "float", "int", "bool", "str"};
    if (s.empty() || words.count(s) || (s[0] >= '0' && s[0] <= '9')) return false;
    for (char c : s)
      if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_')) return false;
    return true;
  }
  // Equal definitions share one class.
  std::string define(const std::string& body) {
    const auto [i, fresh] = classes_.emplace(body, "");
    if (fresh) {
      i->second = classes_.size() == 1 ? "Module" : "Module_" + std::to_string(classes_.size() - 1);
      code_ += "class " + i->second + "(Module):\n" + body;
    }
    return i->second;
  }

  void number(uint64_t v, int n) {
    for (int i = 0; i < n; ++i) out_ += static_cast<char>(v >> (8 * i));
  }
  void integer(int64_t v) {
    if (v >= 0 && v < 256) out_ += 'K', number(static_cast<uint64_t>(v), 1);
    else if (v >= 0 && v < 65536) out_ += 'M', number(static_cast<uint64_t>(v), 2);
    else if (v == static_cast<int32_t>(v)) out_ += 'J', number(static_cast<uint64_t>(v), 4);
    else out_ += "\x8a\x08", number(static_cast<uint64_t>(v), 8);
  }
  void real(double v) {
    uint64_t bits;
    std::memcpy(&bits, &v, 8);
    out_ += 'G';
    for (int i = 7; i >= 0; --i) out_ += static_cast<char>(bits >> (8 * i));
  }
  // Texts and names are written once.
  bool again(const std::string& what) {
    const auto [i, fresh] = memo_.emplace(what, static_cast<uint32_t>(memo_.size()));
    if (fresh) return false;
    recall(i->second);
    return true;
  }
  void recall(uint32_t index) {
    out_ += index < 256 ? 'h' : 'j';
    number(index, index < 256 ? 1 : 4);
  }
  void remember(const std::string& what) {
    const uint32_t index = memo_.at(what);
    out_ += index < 256 ? 'q' : 'r';
    number(index, index < 256 ? 1 : 4);
  }
  // What is no UTF-8 was bytes in Python, which stand as text of Latin-1.
  void string(const std::string& s) {
    if (script_ || is_utf8(s)) return text(s);
    std::string latin;
    for (const char c : s) {
      const auto b = static_cast<uint8_t>(c);
      if (b >= 0x80) latin += static_cast<char>(0xC0 | b >> 6);
      latin += static_cast<char>(b < 0x80 ? b : 0x80 | (b & 0x3F));
    }
    call("_codecs encode", [&] { text(latin); text("latin1"); }, '\x86');
  }
  static bool is_utf8(const std::string& s) {
    for (size_t i = 0; i < s.size();) {
      const auto c = static_cast<uint8_t>(s[i++]);
      const int more = c < 0x80 ? 0 : c >= 0xC2 && c < 0xE0 ? 1 : c >= 0xE0 && c < 0xF0 ? 2 : c >= 0xF0 && c < 0xF5 ? 3 : -1;
      if (more < 0) return false;
      for (int k = 0; k < more; ++k, ++i) {
        const auto b = i < s.size() ? static_cast<uint8_t>(s[i]) : 0;
        // After E0, ED, F0 and F4 not all that begin with two bits 10 are allowed.
        const uint8_t low = k == 0 && c == 0xE0 ? 0xA0 : k == 0 && c == 0xF0 ? 0x90 : 0x80, high = k == 0 && c == 0xED ? 0x9F : k == 0 && c == 0xF4 ? 0x8F : 0xBF;
        if (b < low || b > high) return false;
      }
    }
    return true;
  }
  void text(const std::string& s) {
    const std::string key = "t" + s;
    if (again(key)) return;
    WICK_CHECK(s.size() <= UINT32_MAX, "save: a text of ", s.size(), " bytes");
    out_ += 'X';
    number(s.size(), 4);
    out_ += s;
    remember(key);
  }
  void global(const std::string& name) {
    const std::string key = "g" + name;
    if (again(key)) return;
    std::string lines = name;
    lines[lines.find(' ')] = '\n';
    out_ += 'c' + lines + '\n';
    remember(key);
  }
  template <class F>
  void call(const std::string& name, F arguments, char tuple) {
    global(name);
    if (tuple == 't') out_ += '(';
    arguments();
    out_ += tuple;
    out_ += 'R';
  }
  void tuple(const std::vector<IValue>& v) {
    if (v.empty()) return void(out_ += ')');
    if (v.size() > 3) out_ += '(';
    for (const IValue& x : v) value(x);
    out_ += v.size() > 3 ? 't' : static_cast<char>(0x84 + v.size());
  }
  void ints(IntArrayRef v) {
    if (v.empty()) return void(out_ += ')');
    out_ += '(';
    for (int64_t x : v) integer(x);
    out_ += 't';
  }
  void list(const IValue& v) {
    const char* kind = v.isIntList() ? "int" : v.isDoubleList() ? "double" : v.isBoolList() ? "bool" : v.isTensorList() ? "tensor" : nullptr;
    const auto items = [&] {
      out_ += "](";
      for (const IValue& x : v.toList()) value(x);
      out_ += 'e';
    };
    if (!script_) return items();
    if (kind) return call(str("torch.jit._pickle build_", kind, "list"), items, 't' /* of one */);
    call("torch.jit._pickle restore_type_tag", [&] { items(); text(type_of(v)); }, '\x86');
  }
  void dict(const IValue& v) {
    const auto items = [&] {
      out_ += "}(";
      for (const auto& e : v.toGenericDict()) value(e.key()), value(e.value());
      out_ += 'u';
    };
    if (!script_) return items();
    call("torch.jit._pickle restore_type_tag", [&] { items(); text(type_of(v)); }, '\x86');
  }

  void sparse(const Tensor& t) {
    call("torch._utils _rebuild_sparse_tensor", [&] {
      call("torch.serialization _get_layout", [&] { text("torch.sparse_coo"); }, '\x85');
      out_ += '(';
      tensor(t._indices());
      tensor(t._values());
      call("torch Size", [&] { ints(t.sizes()); }, '\x85');
      out_ += t.is_coalesced() ? '\x88' : '\x89';
      out_ += 't';
    }, '\x86');
  }
  void tensor(const Tensor& given) {
    if (!given.defined()) return void(out_ += 'N');
    if (given.is_sparse()) return sparse(given.detach());
    Tensor t = given.detach();
    const char* type = storage_name(t.scalar_type());
    if (!t.is_cpu()) t = t.cpu();
    // A storage is written once for all tensors that share it. One that is hardly used is not written whole.
    const int64_t size = static_cast<int64_t>(element_size(t.scalar_type()));
    int64_t numel = static_cast<int64_t>(t.storage().nbytes()) / size;
    const auto found = storages_.find(t.storage().unsafeGetStorageImpl());
    uint64_t key = storages_.size();
    if (found != storages_.end()) {
      key = found->second;
    } else {
      storages_.emplace(t.storage().unsafeGetStorageImpl(), key);
      keep_.push_back(t);
      zip_.add("data/" + std::to_string(key), t.storage().data(), static_cast<size_t>(numel * size));
    }
    call("torch._utils _rebuild_tensor_v2", [&] {
      out_ += '(';
      text("storage");
      global(std::string("torch ") + type);
      text(std::to_string(key));
      text("cpu");
      integer(numel);
      out_ += "tQ";
      integer(t.storage_offset());
      ints(t.sizes());
      ints(t.strides());
      out_ += given.requires_grad() && !script_ ? '\x88' : '\x89';
      call("collections OrderedDict", [] {}, ')');
    }, 't');
  }

  ZipWriter& zip_;
  std::vector<Tensor>& keep_;
  const bool script_;
  std::string out_, code_;
  int depth_ = 0;
  std::unordered_map<std::string, uint32_t> memo_;
  std::unordered_map<const void*, uint64_t> storages_;
  std::unordered_map<std::string, std::string> classes_;
  std::unordered_map<const Node*, std::string> names_;
};

void ending(ZipWriter& zip) {
  zip.add("version", "3\n");
  zip.add("byteorder", "little");
}

}  // namespace

void write_pickle(ZipWriter& zip, const IValue& value, std::vector<Tensor>& keep) {
  Writer w(zip, keep, false);
  w.value(value);
  zip.add("data.pkl", w.finish());
  ending(zip);
}

void write_module(ZipWriter& zip, const Node& root, std::vector<Tensor>& keep) {
  Writer w(zip, keep, true);
  w.declare(root);
  w.object(root);
  zip.add("data.pkl", w.finish());
  zip.add("code/__torch__.py", w.code());
  zip.add("constants.pkl", std::string("\x80\x02)."));
  ending(zip);
}

}  // namespace wick::io
