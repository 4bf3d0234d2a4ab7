// Archives as safetensors files: the tensors under their paths, and the tree with all other values as JSON in the metadata.
// A node is a list of pairs [key, what]; `what` is a value, or an object of one field that says what it is.
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include <wick/core/str.h>
#include <wick/ops.h>

#include "io/safetensors.h"

namespace wick::io {
namespace {

using Json = nlohmann::json;
constexpr int kMaxDepth = 150;
constexpr const char* kVersion = "1";

std::string to_hex(const std::string& bytes) {
  static const char digits[] = "0123456789abcdef";
  std::string r;
  for (const char c : bytes) r += digits[static_cast<uint8_t>(c) >> 4], r += digits[c & 15];
  return r;
}
bool is_utf8(const std::string& s) {
  try {
    (void)Json(s).dump();
  } catch (const Json::exception&) {
    return false;
  }
  return true;
}

class Packer {
 public:
  NamedTensors tensors;

  Json node(const Node& n, const std::string& path, int depth) {
    WICK_CHECK_TYPE(ValueError, depth < kMaxDepth, "save: archives stand more than ", kMaxDepth, " deep in each other");
    Json r = Json::array();
    for (const auto& e : n.entries) {
      const std::string inside = path.empty() ? e.key : path + "." + e.key;
      r.push_back({e.key, e.child ? Json{{"node", node(*e.child, inside, depth + 1)}} : value(e.value, inside, depth + 1)});
    }
    return r;
  }
  Json value(const IValue& v, const std::string& path, int depth) {
    WICK_CHECK_TYPE(ValueError, depth < kMaxDepth, "save: lists and dictionaries stand more than ", kMaxDepth, " deep in each other");
    if (v.isNone()) return nullptr;
    if (v.isTensor()) return tensor(v.toTensor(), path);
    if (v.isBool()) return v.toBool();
    if (v.isInt()) return v.toInt();
    if (v.isDouble()) return real(v.toDouble());
    if (v.isString()) return is_utf8(v.toStringRef()) ? Json(v.toStringRef()) : Json{{"bytes", to_hex(v.toStringRef())}};
    if (v.isDevice()) return {{"device", v.toDevice().str()}};
    if (v.isComplexDouble()) return {{"complex", Json::array({real(v.toComplexDouble().real()), real(v.toComplexDouble().imag())})}};
    if (v.isTuple()) return {{"tuple", items(v.toTupleRef().values, path, depth)}};
    if (v.isGenericDict()) {
      Json r = Json::array();
      for (const auto& e : v.toGenericDict()) {
        const std::string inside = path + "." + (e.key().isString() ? e.key().toStringRef() : std::to_string(r.size()));
        r.push_back(Json::array({value(e.key(), inside, depth + 1), value(e.value(), inside, depth + 1)}));
      }
      return {{"dict", r}};
    }
    const char* kind = v.isIntList() ? "ints" : v.isDoubleList() ? "doubles" : v.isBoolList() ? "bools" : v.isTensorList() ? "tensors" : "list";
    return {{kind, items(v.toListRef(), path, depth)}};
  }

 private:
  Json items(const std::vector<IValue>& all, const std::string& path, int depth) {
    Json r = Json::array();
    for (const IValue& v : all) r.push_back(value(v, path + "." + std::to_string(r.size()), depth + 1));
    return r;
  }
  static Json real(double d) {
    if (std::isfinite(d)) return d;
    return {{"double", std::isnan(d) ? "nan" : d > 0 ? "inf" : "-inf"}};
  }
  Json tensor(const Tensor& t, const std::string& path) {
    if (!t.defined()) return {{"tensor", nullptr}};
    std::string name = path;
    for (int k = 2; !names_.insert(name).second; ++k) name = path + "~" + std::to_string(k);  // keys may hold dots
    const bool wide = t.scalar_type() == kComplexDouble;  // the format lacks it: pairs of reals
    tensors.emplace_back(name, wide ? view_as_real(t.detach().resolve_conj()) : t.detach());
    return {{wide ? "complex tensor" : "tensor", name}};
  }
  std::unordered_set<std::string> names_;
};

class Unpacker {
 public:
  Unpacker(const std::string& file, const NamedTensors& tensors) : file_(file) {
    for (const auto& [name, t] : tensors) tensors_.emplace(name, t);
  }
  Json parse(const std::string& text) const {
    // Nesting and containers, which take far more memory than text, are bounded while they are read.
    size_t containers = 0;
    const auto look = [&](int depth, Json::parse_event_t event, Json&) {
      if (depth > 2 * kMaxDepth + 8) fail("is nested too deeply");
      if ((event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start) && ++containers > 64 + text.size() / 4) fail("has too many empty lists");
      return true;
    };
    Json j = Json::parse(text, look, false);
    if (j.is_discarded()) fail("is no JSON");
    return j;
  }
  std::shared_ptr<Node> node(const Json& j, int depth) const {
    if (!j.is_array() || depth > kMaxDepth) fail("has a node that is no list of entries, or nodes too deep in each other");
    auto n = std::make_shared<Node>();
    for (const Json& e : j) {
      if (!e.is_array() || e.size() != 2 || !e[0].is_string()) fail("has an entry that is not [key, value]");
      auto& to = n->at(e[0].get<std::string>());
      if (e[1].is_object() && e[1].contains("node")) to.child = node(e[1]["node"], depth + 1);
      else to.value = value(e[1], depth + 1);
    }
    return n;
  }
  IValue value(const Json& j, int depth) const {
    if (depth > kMaxDepth) fail("has values too deep in each other");
    if (j.is_null()) return {};
    if (j.is_boolean()) return j.get<bool>();
    if (j.is_number_integer()) {
      if (j.is_number_unsigned() && j.get<uint64_t>() > INT64_MAX) fail("has an integer beyond 64 bits: " + j.dump());
      return j.get<int64_t>();
    }
    if (j.is_number_float()) return j.get<double>();
    if (j.is_string()) return j.get<std::string>();
    if (!j.is_object() || j.size() != 1) fail("has a value of an unknown kind");
    return tagged(j.begin().key(), j.begin().value(), depth);
  }

 private:
  [[noreturn]] void fail(const std::string& why) const { throw Error(file_ + ": metadata \"archive\" " + why); }

  IValue tagged(const std::string& kind, const Json& j, int depth) const {
    if (kind == "tensor" || kind == "complex tensor") return tensor(kind, j);
    if (kind == "double" && j.is_string()) return j == "nan" ? NAN : j == "inf" ? HUGE_VAL : -HUGE_VAL;
    if (kind == "bytes" && j.is_string()) return bytes(j.get_ref<const std::string&>());
    if (kind == "device" && j.is_string()) return Device(j.get<std::string>());
    if (!j.is_array()) fail("has a value of the unknown kind \"" + kind.substr(0, 40) + '"');
    std::vector<IValue> items;
    for (const Json& i : j) {
      if (kind == "dict" && (!i.is_array() || i.size() != 2)) fail("has an entry of a dictionary that is not [key, value]");
      if (kind == "dict") items.push_back(value(i[0], depth + 1));
      items.push_back(value(kind == "dict" ? i[1] : i, depth + 1));
    }
    if (kind == "dict") return dict(items);
    if (kind == "tuple") return ivalue::Tuple::create(std::move(items));
    if (kind == "list") return list<IValue>(items, [](const IValue&) { return true; });
    if (kind == "ints") return list<int64_t>(items, [](const IValue& v) { return v.isInt(); });
    if (kind == "doubles") return list<double>(items, [](const IValue& v) { return v.isDouble(); });
    if (kind == "bools") return list<bool>(items, [](const IValue& v) { return v.isBool(); });
    if (kind == "tensors") return list<Tensor>(items, [](const IValue& v) { return v.isTensor(); });
    if (kind == "complex" && items.size() == 2 && items[0].isDouble() && items[1].isDouble()) return std::complex<double>(items[0].toDouble(), items[1].toDouble());
    fail("has a value of the unknown kind \"" + kind.substr(0, 40) + '"');
  }
  template <class T, class Fits>
  IValue list(const std::vector<IValue>& items, Fits fits) const {
    List<T> r;
    for (const IValue& v : items) {
      if (!fits(v)) fail("has a list that holds a " + v.tagKind());
      if constexpr (std::is_same_v<T, IValue>) r.push_back(v);
      else r.push_back(v.to<T>());
    }
    return r;
  }
  IValue dict(const std::vector<IValue>& items) const {
    Dict<IValue, IValue> d;
    for (size_t i = 0; i < items.size(); i += 2) {
      const IValue& key = items[i];
      if (!key.isString() && !key.isInt() && !key.isDouble() && !key.isBool()) fail("has a dictionary with a key that is a " + key.tagKind());
      d.insert_or_assign(key, items[i + 1]);
    }
    return d;
  }
  Tensor tensor(const std::string& kind, const Json& name) const {
    if (name.is_null()) return {};
    const auto found = name.is_string() ? tensors_.find(name.get<std::string>()) : tensors_.end();
    if (found == tensors_.end()) fail("names the tensor " + name.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 80) + ", which the file lacks");
    const Tensor& t = found->second;
    if (kind == "tensor") return t;
    if (t.scalar_type() != kDouble || t.dim() == 0 || t.size(-1) != 2) fail("says that the tensor " + name.dump() + " is complex, it is not made of pairs");
    return view_as_complex(t);
  }
  std::string bytes(const std::string& hex) const {
    const auto digit = [&](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
    std::string r;
    for (size_t i = 0; i + 1 < hex.size(); i += 2) {
      if (digit(hex[i]) < 0 || digit(hex[i + 1]) < 0) fail("has bytes that are not hexadecimal");
      r += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
    }
    return r;
  }

  const std::string& file_;
  std::unordered_map<std::string, Tensor> tensors_;
};

}  // namespace

PackedArchive pack_archive(const Node& root) {
  Packer p;
  const Json tree = root.whole ? Json{{"value", p.value(*root.whole, "0", 0)}} : Json{{"node", p.node(root, "", 0)}};
  try {
    return {std::move(p.tensors), {{"format", "wick"}, {"version", kVersion}, {"archive", tree.dump()}}};
  } catch (const Json::exception&) {
    throw ValueError("save: a key is not UTF-8: " + tree.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 200));
  }
}

std::shared_ptr<const Node> unpack_archive(const std::string& file, PackedArchive packed) {
  const auto archive = packed.metadata.find("archive");
  if (archive == packed.metadata.end()) {
    Dict<IValue, IValue> d;
    for (const auto& [name, t] : packed.tensors) d.insert_or_assign(name, t);
    size_t names = 0;
    for (const auto& [name, t] : packed.tensors) names += name.size();
    return tree_of(d, names);
  }
  const std::string& version = packed.metadata["version"];
  WICK_CHECK(version == kVersion, file, ": an archive of version \"", version.substr(0, 40), "\" where this Wick knows version ", kVersion, "; a newer Wick may have written it");
  const Unpacker u(file, packed.tensors);
  const Json tree = u.parse(archive->second);
  WICK_CHECK(tree.is_object() && (tree.contains("node") || tree.contains("value")), file, ": metadata \"archive\" is no archive");
  if (tree.contains("node")) return u.node(tree["node"], 0);
  return tree_of(u.value(tree["value"], 0), archive->second.size() + packed.tensors.size());
}

}  // namespace wick::io
