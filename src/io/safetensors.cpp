#include <wick/io/safetensors.h>

#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>

#include <nlohmann/json.hpp>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "io/atomic_file.h"

namespace wick::io {
namespace {

using Json = nlohmann::ordered_json;
constexpr uint64_t kMaxHeader = 100'000'000;

struct TypeName { const char* name; ScalarType type; };
constexpr TypeName kTypes[] = {{"BOOL", kBool}, {"U8", kByte}, {"I8", kChar}, {"I16", kShort}, {"I32", kInt}, {"I64", kLong},
                               {"F16", kHalf}, {"BF16", kBFloat16}, {"F32", kFloat}, {"F64", kDouble}, {"C64", kComplexFloat}};

const char* name_of(ScalarType t) {
  for (const auto& n : kTypes)
    if (n.type == t) return n.name;
  throw TypeError(str("save_safetensors: the format has no dtype ", t));
}
ScalarType type_of(const std::string& path, const std::string& key, const std::string& name) {
  for (const auto& n : kTypes)
    if (name == n.name) return n.type;
  throw Error(str(path, ": tensor \"", key, "\" has the unknown dtype \"", name, "\""));
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

struct Entry {
  std::string key;
  ScalarType type;
  std::vector<int64_t> shape;
  uint64_t begin, end;
};

// One entry of the header, with every number checked against the bytes that are there.
Entry parse_entry(const std::string& path, const std::string& key, const Json& j, uint64_t bytes) {
  const auto bad = [&](const std::string& why) { return Error(str(path, ": tensor \"", key, "\" ", why)); };
  if (!j.is_object() || !j.contains("dtype") || !j.contains("shape") || !j.contains("data_offsets")) throw bad("lacks dtype, shape or data_offsets");
  const Json &shape = j["shape"], &offsets = j["data_offsets"];
  if (!j["dtype"].is_string() || !shape.is_array() || !offsets.is_array() || offsets.size() != 2) throw bad("has a dtype, shape or data_offsets of the wrong kind");
  if (shape.size() > 64) throw bad(str("has ", shape.size(), " dimensions, more than 64"));
  Entry e{key, type_of(path, key, j["dtype"].get<std::string>()), {}, 0, 0};
  uint64_t want = element_size(e.type);
  for (const Json& s : shape) {
    if (!s.is_number_unsigned()) throw bad("has a size that is no whole number");
    const uint64_t size = s.get<uint64_t>();
    if (size > INT64_MAX || __builtin_mul_overflow(want, size, &want)) throw bad("has a shape whose bytes overflow");
    e.shape.push_back(static_cast<int64_t>(size));
  }
  if (!offsets[0].is_number_unsigned() || !offsets[1].is_number_unsigned()) throw bad("has data_offsets that are no whole numbers");
  e.begin = offsets[0].get<uint64_t>();
  e.end = offsets[1].get<uint64_t>();
  if (e.begin > e.end || e.end > bytes) throw bad(str("lies at ", e.begin, " to ", e.end, " of ", bytes, " bytes of data"));
  if (e.end - e.begin != want) throw bad(str("has ", e.end - e.begin, " bytes where its shape ", IntArrayRef(e.shape), " needs ", want));
  return e;
}

std::vector<Entry> parse_header(const std::string& path, const std::string& text, uint64_t bytes, std::map<std::string, std::string>* metadata) {
  // Depth is bounded by the format: objects of objects of arrays. A duplicate key shows as fewer entries than keys.
  std::set<std::string> keys;
  bool twice = false, deep = false;
  const Json header = Json::parse(text, [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > 3) deep = true;
    if (depth == 1 && event == Json::parse_event_t::key && !keys.insert(value.get<std::string>()).second) twice = true;
    return depth <= 4;
  }, false);
  WICK_CHECK(!header.is_discarded() && header.is_object() && !deep, path, ": the header is no JSON object as safetensors has it");
  WICK_CHECK(!twice, path, ": the header names a tensor twice");
  std::vector<Entry> entries;
  for (const auto& [key, value] : header.items()) {
    if (key == "__metadata__") {
      WICK_CHECK(value.is_object(), path, ": __metadata__ is no object");
      for (const auto& [k, v] : value.items()) {
        WICK_CHECK(v.is_string(), path, ": metadata \"", k, "\" is no text");
        if (metadata) (*metadata)[k] = v.get<std::string>();
      }
    } else {
      entries.push_back(parse_entry(path, key, value, bytes));
    }
  }
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.begin < b.begin || (a.begin == b.begin && a.end < b.end); });
  uint64_t at = 0;
  for (const Entry& e : entries) {
    WICK_CHECK(e.begin == at, path, ": tensor \"", e.key, "\" starts at ", e.begin, " where the one before ends at ", at);
    at = e.end;
  }
  WICK_CHECK(at == bytes, path, ": ", bytes - at, " bytes follow the last tensor");
  return entries;
}

}  // namespace

inline namespace v1 {

void save_safetensors(const std::string& path, const NamedTensors& tensors, const std::map<std::string, std::string>& metadata) {
  NoGradGuard off;
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::vector<Tensor> dense;
  uint64_t at = 0;
  for (const auto& [name, t] : tensors) {
    WICK_CHECK_TYPE(ValueError, name != "__metadata__" && !header.contains(name), "save_safetensors: the name \"", name, "\" occurs twice or is reserved");
    WICK_CHECK(t.defined(), "save_safetensors: tensor \"", name, "\" is undefined");
    dense.push_back(t.detach().contiguous());
    header[name] = {{"dtype", name_of(t.scalar_type())}, {"shape", t.sizes().vec()}, {"data_offsets", {at, at + t.nbytes()}}};
    at += t.nbytes();
  }
  std::string text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const uint64_t length = text.size();
  std::vector<Piece> pieces{{&length, 8}, {text.data(), text.size()}};
  for (const Tensor& t : dense) pieces.push_back({t.data_ptr(), t.nbytes()});
  write_atomically(path, pieces);
}

NamedTensors load_safetensors(const std::string& path, std::map<std::string, std::string>* metadata) {
  File f(std::fopen(path.c_str(), "rb"), std::fclose);
  WICK_CHECK(f, path, ": cannot open: ", std::strerror(errno));
  struct stat info;
  WICK_CHECK(fstat(fileno(f.get()), &info) == 0 && S_ISREG(info.st_mode), path, ": not a regular file");
  const uint64_t size = static_cast<uint64_t>(info.st_size);
  uint64_t length = 0;
  WICK_CHECK(size >= 8 && std::fread(&length, 1, 8, f.get()) == 8, path, ": ", size, " bytes are too few for a safetensors file");
  WICK_CHECK(length <= kMaxHeader && length <= size - 8, path, ": a header of ", length, " bytes in a file of ", size, " bytes (at most ", kMaxHeader, ")");
  std::string text(length, '\0');
  WICK_CHECK(std::fread(text.data(), 1, length, f.get()) == length, path, ": the header is cut off");
  NamedTensors out;
  for (const Entry& e : parse_header(path, text, size - 8 - length, metadata)) {
    Tensor t = empty(e.shape, e.type);
    const size_t n = static_cast<size_t>(e.end - e.begin);
    WICK_CHECK(n == 0 || std::fread(t.data_ptr(), 1, n, f.get()) == n, path, ": tensor \"", e.key, "\" is cut off");
    out.emplace_back(e.key, t);
  }
  return out;
}

}  // namespace v1
}  // namespace wick::io
