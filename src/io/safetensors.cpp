#include "io/safetensors.h"

#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "io/atomic_file.h"

namespace wick::io {
namespace {

using Json = nlohmann::json;
constexpr uint64_t kMaxHeader = 100'000'000;
constexpr const char* kChecked = R"({"__metadata__":{"crc32":")";  // how the header of a file with a checksum begins; 8 digits follow
constexpr size_t kDigits = 8;

struct TypeName { const char* name; ScalarType type; };
constexpr TypeName kTypes[] = {{"BOOL", kBool}, {"U8", kByte}, {"I8", kChar}, {"I16", kShort}, {"I32", kInt}, {"I64", kLong},
                               {"F16", kHalf}, {"BF16", kBFloat16}, {"F32", kFloat}, {"F64", kDouble}, {"C64", kComplexFloat}};

// Types that no tensor of Wick's has, and the bytes of an element.
struct ForeignType { const char* name; uint64_t width; };
constexpr ForeignType kForeign[] = {{"U16", 2}, {"U32", 4}, {"U64", 8}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1}};

const char* name_of(ScalarType t) {
  for (const auto& n : kTypes)
    if (n.type == t) return n.name;
  throw TypeError(str("save_safetensors: the format has no dtype ", t));
}

struct Entry {
  std::string key, dtype;
  std::vector<uint64_t> shape, offsets;
  bool has_shape = false, has_offsets = false;
  ScalarType type{};
  std::vector<int64_t> sizes;
  uint64_t begin = 0, end = 0;
};

// Walks through the JSON of a header without building it: the format knows texts and whole numbers in fixed places.
class Header : public nlohmann::json_sax<Json> {
 public:
  Header(const std::string& file, Metadata* metadata) : file_(file), metadata_(metadata) {}
  std::vector<Entry> entries;

  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("true or false"); }
  bool number_integer(number_integer_t v) override { return unexpected("a negative number, " + std::to_string(v)); }
  bool number_float(number_float_t, const string_t& s) override { return unexpected("a broken number, " + s.substr(0, 40)); }
  bool binary(binary_t&) override { return unexpected("binary data"); }
  bool number_unsigned(number_unsigned_t v) override {
    if (at_ != Place::shape && at_ != Place::offsets) return unexpected("a number");
    auto& numbers = at_ == Place::shape ? entries.back().shape : entries.back().offsets;
    if (numbers.size() >= (at_ == Place::shape ? 64u : 2u)) fail(at_ == Place::shape ? "has more than 64 dimensions" : "has more than 2 data_offsets");
    numbers.push_back(v);
    return true;
  }
  bool string(string_t& s) override {
    if (at_ == Place::dtype) entries.back().dtype = s, at_ = Place::tensor;
    else if (at_ == Place::metadata && metadata_) (*metadata_)[key_] = s;
    else if (at_ != Place::metadata) return unexpected("a text");
    return true;
  }
  bool start_object(size_t) override {
    if (at_ == Place::start) at_ = Place::top;
    else if (at_ == Place::value) at_ = key_ == "__metadata__" ? Place::metadata : Place::tensor;
    else return unexpected("an object");
    if (at_ == Place::tensor) entries.emplace_back().key = key_;
    return true;
  }
  bool key(string_t& k) override {
    if (at_ == Place::top) {
      WICK_CHECK(names_.insert(k).second, file_, ": the header names tensor \"", k, "\" twice");
      at_ = Place::value;
    } else if (at_ == Place::tensor) {
      Entry& e = entries.back();
      if (k == "dtype" && e.dtype.empty()) at_ = Place::dtype;
      else if (k == "shape" && !e.has_shape) at_ = Place::shape_next;
      else if (k == "data_offsets" && !e.has_offsets) at_ = Place::offsets_next;
      else fail("has a field \"" + k.substr(0, 60) + "\" that is unknown or there twice");
      return true;
    }
    key_ = k;
    return true;
  }
  bool end_object() override {
    if (at_ == Place::tensor) {
      const Entry& e = entries.back();
      if (e.dtype.empty() || !e.has_shape || !e.has_offsets) fail("lacks dtype, shape or data_offsets");
    }
    at_ = at_ == Place::top ? Place::done : Place::top;
    return true;
  }
  bool start_array(size_t) override {
    if (at_ == Place::shape_next) at_ = Place::shape, entries.back().has_shape = true;
    else if (at_ == Place::offsets_next) at_ = Place::offsets, entries.back().has_offsets = true;
    else return unexpected("a list");
    return true;
  }
  bool end_array() override {
    if (at_ == Place::offsets && entries.back().offsets.size() != 2) fail("has data_offsets that are not two");
    at_ = Place::tensor;
    return true;
  }
  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception&) override {
    throw Error(str(file_, ": the header is no JSON object as safetensors has it, byte ", 8 + position));
  }

 private:
  enum class Place : uint8_t { start, top, value, metadata, tensor, dtype, shape_next, shape, offsets_next, offsets, done };
  [[noreturn]] void fail(const std::string& why) const { throw Error(str(file_, ": tensor \"", entries.back().key, "\" ", why)); }
  bool unexpected(const std::string& what) const {
    if (at_ == Place::metadata) throw Error(str(file_, ": metadata \"", key_, "\" is no text"));
    if (at_ == Place::value) throw Error(str(file_, ": the header's \"", key_, "\" is no object"));
    if (at_ == Place::start || at_ == Place::done) throw Error(file_ + ": the header is no JSON object as safetensors has it");
    fail("has a dtype, shape or data_offsets of the wrong kind: " + what);
  }

  const std::string& file_;
  Metadata* metadata_;
  Place at_ = Place::start;
  std::string key_;
  std::unordered_set<std::string> names_;
};

// Every number is checked against the bytes that are there.
void check(const std::string& file, Entry& e, uint64_t bytes, bool unknown_as_bytes) {
  const auto bad = [&](const std::string& why) { return Error(str(file, ": tensor \"", e.key, "\" ", why)); };
  const auto known = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeName& n) { return e.dtype == n.name; });
  if (known == std::end(kTypes)) {
    const auto foreign = std::find_if(std::begin(kForeign), std::end(kForeign), [&](const ForeignType& n) { return e.dtype == n.name; });
    if (foreign == std::end(kForeign)) throw TypeError(bad("has the unknown dtype \"" + e.dtype.substr(0, 60) + "\"").msg());
    if (!unknown_as_bytes) throw TypeError(bad("has the dtype \"" + e.dtype + "\", which no tensor of Wick's has; LoadOptions().unknown_as_bytes(true) gives the bytes").msg());
    e.type = kByte;
    if (foreign->width > 1) e.shape.push_back(foreign->width);
  } else {
    e.type = known->type;
  }
  uint64_t want = element_size(e.type);
  int64_t reach = static_cast<int64_t>(want);  // as if no size were 0: strides are made of that
  for (const uint64_t size : e.shape) {
    if (size > INT64_MAX || __builtin_mul_overflow(reach, std::max<int64_t>(static_cast<int64_t>(size), 1), &reach)) throw bad("has a shape whose bytes overflow");
    want *= size;
    e.sizes.push_back(static_cast<int64_t>(size));
  }
  e.begin = e.offsets[0];
  e.end = e.offsets[1];
  if (e.begin > e.end || e.end > bytes) throw bad(str("lies at ", e.begin, " to ", e.end, " of ", bytes, " bytes of data"));
  if (e.end - e.begin != want) throw bad(str("has ", e.end - e.begin, " bytes where its shape ", IntArrayRef(e.sizes), " needs ", want));
}

std::vector<Entry> parse_header(const std::string& file, const std::string& text, uint64_t bytes, Metadata* metadata, bool unknown_as_bytes = false) {
  Header header(file, metadata);
  Json::sax_parse(text, &header);
  std::vector<Entry> entries = std::move(header.entries);
  for (Entry& e : entries) check(file, e, bytes, unknown_as_bytes);
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.begin < b.begin || (a.begin == b.begin && a.end < b.end); });
  uint64_t at = 0;
  for (const Entry& e : entries) {
    WICK_CHECK(e.begin == at, file, ": tensor \"", e.key, "\" starts at ", e.begin, " where the one before ends at ", at);
    at = e.end;
  }
  WICK_CHECK(at == bytes, file, ": ", bytes - at, " bytes follow the last tensor");
  return entries;
}

uint32_t add_to_checksum(uint32_t crc, const void* data, size_t n) { return n ? static_cast<uint32_t>(crc32_z(crc, static_cast<const Bytef*>(data), n)) : crc; }
std::string hex(uint32_t v) {
  char digits[kDigits + 1];
  std::snprintf(digits, sizeof digits, "%08x", v);
  return digits;
}

std::string quoted(const std::string& s) {
  try {
    return Json(s).dump();
  } catch (const Json::exception&) {
    throw ValueError("save_safetensors: a name or metadata text is not UTF-8: " + Json(s).dump(-1, ' ', false, Json::error_handler_t::replace));
  }
}

std::string make_header(const NamedTensors& tensors, const std::vector<Tensor>& dense, const Metadata& metadata, bool checksum) {
  std::string text = "{";
  const auto comma = [&] { if (text.back() != '{') text += ','; };
  if (!metadata.empty() || checksum) {
    text = checksum ? kChecked + std::string(kDigits, '0') + '"' : R"({"__metadata__":{)";
    for (const auto& [k, v] : metadata) comma(), text += quoted(k) + ':' + quoted(v);
    text += '}';
  }
  uint64_t at = 0;
  for (size_t i = 0; i < dense.size(); ++i) {
    const Tensor& t = dense[i];
    std::string shape;
    for (const int64_t n : t.sizes()) shape.append(shape.empty() ? "" : ",").append(std::to_string(n));
    comma();
    text += quoted(tensors[i].first) + R"(:{"dtype":")" + name_of(t.scalar_type()) + R"(","shape":[)" + shape + R"(],"data_offsets":[)" + std::to_string(at) + ',' + std::to_string(at + t.nbytes()) + "]}";
    at += t.nbytes();
  }
  text += '}';
  text.append((8 - text.size() % 8) % 8, ' ');
  return text;
}

}  // namespace

void write_safetensors(const std::string& path, const NamedTensors& tensors, const Metadata& metadata, bool checksum, bool past_cache) {
  NoGradGuard off;
  std::unordered_set<std::string> names;
  std::vector<Tensor> dense;
  for (const auto& [name, t] : tensors) {
    WICK_CHECK_TYPE(ValueError, name != "__metadata__" && names.insert(name).second, "save_safetensors: the name \"", name, "\" occurs twice or is reserved");
    WICK_CHECK(t.defined(), "save_safetensors: tensor \"", name, "\" is undefined");
    dense.push_back(t.detach().cpu().contiguous());
  }
  std::string text = make_header(tensors, dense, metadata, checksum);
  const uint64_t length = text.size();
  WICK_CHECK_TYPE(ValueError, length <= kMaxHeader, "save_safetensors: the names, shapes and metadata need a header of ", length, " bytes, the format allows ", kMaxHeader);
  std::vector<Piece> pieces{{&length, 8}, {text.data(), text.size()}};
  for (const Tensor& t : dense) pieces.push_back({t.data_ptr(), t.nbytes()});
  if (checksum) {
    uint32_t crc = 0;
    for (size_t i = 1; i < pieces.size(); ++i) crc = add_to_checksum(crc, pieces[i].data, pieces[i].size);
    text.replace(std::strlen(kChecked), kDigits, hex(crc));
  }
  write_atomically(path, pieces, past_cache);
}

namespace {

std::string read_header(const Source& source) {
  const uint64_t size = source.size();
  uint64_t length = 0;
  WICK_CHECK(size >= 8, source.name, ": ", size, " bytes are too few for a safetensors file");
  source.exact(0, &length, 8, "the length of the header");
  WICK_CHECK(length <= kMaxHeader && length <= size - 8, source.name, ": a header of ", length, " bytes in a file of ", size, " bytes (at most ", kMaxHeader, ")");
  std::string text(length, '\0');
  source.exact(8, text.data(), length, "the header");
  return text;
}

}  // namespace

// The length of a header, 100 MB at most, looks like the beginning of no other kind of file.
bool is_safetensors(const Source& source) {
  unsigned char head[9] = {};
  return source.read(0, head, 9) == 9 && head[4] + head[5] + head[6] + head[7] == 0 && head[8] == '{';
}

Metadata read_safetensors_metadata(const Source& source) {
  const std::string text = read_header(source);
  Metadata metadata;
  parse_header(source.name, text, source.size() - 8 - text.size(), &metadata);
  return metadata;
}

NamedTensors read_safetensors(const Source& source, Metadata* metadata, bool map, bool unknown_as_bytes) {
  const std::string& file = source.name;
  std::string text = read_header(source);
  Metadata all;
  const std::vector<Entry> entries = parse_header(file, text, source.size() - 8 - text.size(), &all, unknown_as_bytes);

  const size_t start = std::strlen(kChecked);
  const bool checked = text.size() > start + kDigits && text.compare(0, start, kChecked) == 0;
  uint32_t crc = 0;
  std::string expected;
  if (checked) {
    expected = text.substr(start, kDigits);
    crc = add_to_checksum(0, text.replace(start, kDigits, kDigits, '0').data(), text.size());
  }
  NamedTensors out;
  const std::shared_ptr<Mapping> mapping = map ? source.map() : nullptr;
  for (const Entry& e : entries) {
    Tensor t = tensor_at(source, mapping, 8 + text.size() + e.begin, e.sizes, e.type);
    if (checked) crc = add_to_checksum(crc, t.data_ptr(), t.nbytes());
    out.emplace_back(e.key, std::move(t));
  }
  WICK_CHECK(!checked || hex(crc) == expected, file, ": damaged: the checksum of its ", source.size(), " bytes is ", hex(crc), " where ", expected, " is expected");
  if (metadata)
    for (auto& [k, v] : all) (*metadata)[k] = std::move(v);
  return out;
}

inline namespace v1 {

void save_safetensors(const std::string& path, const NamedTensors& tensors, const std::map<std::string, std::string>& metadata) { write_safetensors(path, tensors, metadata, false); }
NamedTensors load_safetensors(const std::string& path, std::map<std::string, std::string>* metadata) {
  NamedTensors r = read_safetensors(*open_file(path), metadata, true);
  if (metadata) metadata->erase("crc32");
  return r;
}

}  // namespace v1
}  // namespace wick::io
