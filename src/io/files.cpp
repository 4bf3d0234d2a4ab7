// Files of any kind: what they are, what they hold, and the state in them.
#include <wick/io/files.h>

#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/io/serialize.h>

#include "io/node.h"
#include "io/npy.h"
#include "io/safetensors.h"

namespace wick::io {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;
constexpr uint64_t kMaxIndex = 100'000'000;

bool ends_with(const std::string& s, std::string_view ending) { return s.size() >= ending.size() && s.compare(s.size() - ending.size(), ending.size(), ending) == 0; }
std::string joined(const std::string& path, const std::string& key) { return path.empty() ? key : path + "." + key; }

// Values and archives taken apart. The budget keeps what is shared again and again from unfolding.
class Flattener {
 public:
  Flattener(Contents& to, const std::string& file, uint64_t size) : to_(to), file_(file), budget_(1024 + 2 * size), text_((1 << 20) + 64 * size) {}
  void value(const std::string& path, const IValue& v) {
    spend(1);
    WICK_CHECK(path.size() <= text_, file_, ": the paths of its values are too long, all together");
    text_ -= path.size();
    if (v.isTensor()) {
      to_.tensors.emplace_back(path.empty() ? "tensor" : path, v.toTensor());
    } else if (v.isGenericDict()) {
      for (const auto& e : v.toGenericDict()) value(joined(path, e.key().isString() ? e.key().toStringRef() : str(e.key())), e.value());
    } else if (v.isTuple() || v.isList()) {
      const std::vector<IValue> all = v.isTuple() ? v.toTupleRef().values : v.toListRef();
      spend(all.size());
      // Lists of numbers stay whole.
      const bool apart = v.isTuple() || std::any_of(all.begin(), all.end(), [](const IValue& x) { return x.isTensor() || x.isGenericDict() || x.isTuple() || x.isList(); });
      if (!apart) return void(to_.values.emplace_back(path, v));
      for (size_t i = 0; i < all.size(); ++i) value(joined(path, std::to_string(i)), all[i]);
    } else {
      to_.values.emplace_back(path, v);
    }
  }
  void node(const std::string& path, const Node& n) {
    for (const Node::Entry& e : n.entries) {
      spend(1);
      if (e.child) node(joined(path, e.key), *e.child);
      else value(joined(path, e.key), e.value);
    }
  }

 private:
  void spend(uint64_t n) {
    WICK_CHECK(n <= budget_, file_, ": its dictionaries and lists unfold to too many values");
    budget_ -= n;
  }
  Contents& to_;
  const std::string& file_;
  uint64_t budget_, text_;  // values and their paths
};

// The part of a value that a path of keys leads to.
IValue entry_of(const IValue& root, const std::string& path, const std::string& file) {
  IValue v = root;
  for (size_t at = 0; at < path.size();) {
    WICK_CHECK_TYPE(ValueError, v.isGenericDict(), file, ": there is no entry \"", path, "\": \"", path.substr(0, at ? at - 1 : 0), "\" is no dictionary");
    // Keys may hold dots: the longest that fits counts.
    const Dict<IValue, IValue> d = v.toGenericDict();
    size_t end = path.size();
    while (end > at && d.find(IValue(path.substr(at, end - at))) == d.end()) {
      const size_t dot = path.rfind('.', end - 1);
      end = dot == std::string::npos || dot <= at ? at : dot;
    }
    if (end == at) {
      std::string keys;
      for (const auto& e : d) keys += (keys.empty() ? "" : ", ") + (e.key().isString() ? e.key().toStringRef() : str(e.key()));
      throw ValueError(str(file, ": there is no entry \"", path, "\" (it has: ", keys.substr(0, 300), ")"));
    }
    v = d.at(IValue(path.substr(at, end - at)));
    at = end + 1;
  }
  return v;
}

// The state within what training programs save around it.
IValue state_of(const IValue& root) {
  IValue v = root;
  for (bool deeper = true; deeper && v.isGenericDict();) {
    deeper = false;
    for (const char* key : {"state_dict", "model_state_dict", "model", "module", "net", "network", "params", "weights", "ema"}) {
      const auto d = v.toGenericDict();
      const auto found = d.find(IValue(key));
      if (found == d.end() || !found->value().isGenericDict()) continue;
      v = found->value();
      deeper = true;
      break;
    }
  }
  return v;
}

enum class Part { all, state, shard };

Contents read_file(const std::string& path, const LoadOptions& options, Part part);

// Names of shards are plain file names: an index cannot lead elsewhere.
std::vector<std::string> shards_of(const std::string& path, std::vector<std::pair<std::string, std::string>>& weights, Metadata& metadata) {
  const auto source = open_file(path);
  WICK_CHECK(source->size() <= kMaxIndex, path, ": an index of ", source->size(), " bytes, ", kMaxIndex, " are allowed");
  std::string text(source->size(), '\0');
  source->exact(0, text.data(), text.size(), "the index");
  size_t containers = 0;
  std::unordered_set<std::string> names;
  std::string within;
  const auto look = [&](int depth, Json::parse_event_t event, Json& j) {
    WICK_CHECK(depth <= 8, path, ": the index is nested too deeply");
    if (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start) WICK_CHECK(++containers <= 64 + text.size() / 16, path, ": the index has too many empty lists");
    if (event == Json::parse_event_t::key && depth == 1) within = j.get<std::string>();
    if (event == Json::parse_event_t::key && depth == 2 && within == "weight_map") WICK_CHECK(names.insert(j.get<std::string>()).second, path, ": the index names \"", j.get<std::string>(), "\" twice");
    return true;
  };
  const Json index = Json::parse(text, look, false);
  WICK_CHECK(index.is_object() && index.contains("weight_map") && index["weight_map"].is_object(), path, ": no index of shards: it is no JSON object with a \"weight_map\"");
  if (index.contains("metadata") && index["metadata"].is_object())
    for (const auto& [k, v] : index["metadata"].items()) metadata[k] = v.is_string() ? v.get<std::string>() : v.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<std::string> shards;
  for (const auto& [name, v] : index["weight_map"].items()) {
    WICK_CHECK(v.is_string(), path, ": the shard of \"", name, "\" is no text");
    const std::string shard = v.get<std::string>();
    WICK_CHECK(!shard.empty() && shard != "." && shard != ".." && shard.find('/') == std::string::npos && shard.find('\0') == std::string::npos && shard.size() < 256, path, ": the shard of \"", name,
               "\" is ", v.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 100), ", which is no plain file name");
    weights.emplace_back(name, shard);
    shards.push_back(shard);
  }
  std::sort(shards.begin(), shards.end());
  shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
  return shards;
}

Contents read_sharded(const std::string& path, const LoadOptions& options) {
  Contents r;
  std::vector<std::pair<std::string, std::string>> weights;
  const std::vector<std::string> shards = shards_of(path, weights, r.metadata);
  const std::string folder = path.find('/') == std::string::npos ? "" : path.substr(0, path.rfind('/') + 1);
  std::string missing;
  size_t gone = 0;
  for (const std::string& s : shards)
    if (struct stat info; stat((folder + s).c_str(), &info) != 0) missing += (gone++ ? ", " : "") + s;
  WICK_CHECK(gone == 0, path, ": ", gone, " of ", shards.size(), " shards are missing: ", missing.substr(0, 500));
  std::unordered_map<std::string, std::string> where;  // the shard that has a tensor
  for (const std::string& s : shards) {
    Contents c = read_file(folder + s, options, Part::shard);
    for (auto& t : c.tensors) {
      const auto [other, fresh] = where.emplace(t.first, s);
      WICK_CHECK(fresh, path, ": tensor \"", t.first, "\" stands in shard ", other->second, " and in ", s);
      r.tensors.push_back(std::move(t));
    }
    for (auto& v : c.values) r.values.push_back(std::move(v));
    r.container = c.container;
  }
  for (const auto& [name, shard] : weights) {
    const auto found = where.find(name);
    WICK_CHECK(found != where.end() && found->second == shard, path, ": tensor \"", name, "\" should stand in shard ", shard, found == where.end() ? ", it is in none" : ", it is in another");
  }
  r.container = str(shards.size(), shards.size() == 1 ? " shard, " : " shards, ", shards.empty() ? "empty" : r.container);
  return r;
}

// What to read in a folder.
std::string file_in(const std::string& folder) {
  for (const char* name : {"model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin", "adapter_model.safetensors", "adapter_model.bin"})
    if (struct stat info; stat((folder + "/" + name).c_str(), &info) == 0) return folder + "/" + name;
  std::vector<std::string> found;
  std::error_code error;
  for (auto i = fs::directory_iterator(folder, error); !error && i != fs::directory_iterator(); i.increment(error)) {
    const std::string name = i->path().filename().string();
    for (const char* ending : {".index.json", ".safetensors", ".pth", ".pt", ".bin", ".th", ".npz"})
      if (ends_with(name, ending)) {
        found.push_back(name);
        break;
      }
  }
  std::sort(found.begin(), found.end());
  WICK_CHECK(!found.empty(), folder, ": no weights in this folder (model.safetensors, its index, pytorch_model.bin, .pth, .npz)");
  const auto index = std::find_if(found.begin(), found.end(), [](const std::string& n) { return ends_with(n, ".index.json"); });
  WICK_CHECK(found.size() == 1 || index != found.end(), folder, ": ", found.size(), " files may hold the weights, name one: ", found[0], ", ", found[1], found.size() > 2 ? ", ..." : "");
  return folder + "/" + (index != found.end() ? *index : found[0]);
}

[[noreturn]] void unknown(const Source& source) {
  char head[120] = {};
  const size_t n = source.read(0, head, sizeof head - 1);
  const std::string_view text(head, n);
  WICK_CHECK(n > 0, source.name, ": the file is empty");
  WICK_CHECK(text.rfind("version https://git-lfs", 0) != 0, source.name, ": a Git LFS pointer, not the file itself (git lfs pull)");
  WICK_CHECK(text[0] != '<', source.name, ": a web page (HTML or XML), not weights: the download went wrong");
  std::string hex;
  for (size_t i = 0; i < std::min<size_t>(n, 8); ++i) hex += str(i ? " " : "", "0123456789abcdef"[static_cast<uint8_t>(head[i]) >> 4], "0123456789abcdef"[head[i] & 15]);
  throw Error(str(source.name, ": no known kind of file: it begins with the bytes ", hex, ", which is none of safetensors, a zip container, PyTorch's stream, .npy, or an index of shards"));
}

void take_pickled(const Pickled& p, Contents& r, const std::string& file, uint64_t size, const LoadOptions& options, Part part) {
  Flattener to(r, file, size);
  if (p.node) {
    WICK_CHECK_TYPE(ValueError, options.entry().empty(), file, ": an archive of libtorch has no entries to choose from");
    return to.node("", *p.node);
  }
  const IValue v = options.entry().empty() ? p.value : entry_of(p.value, options.entry(), file);
  to.value("", part == Part::state && options.entry().empty() ? state_of(v) : v);
}

Contents read_zip(std::unique_ptr<Source> source, const LoadOptions& options, Part part) {
  Contents r;
  const std::string file = source->name;
  const uint64_t size = source->size();
  const ZipReader free(std::move(source), false);
  const bool arrays = std::any_of(free.names().begin(), free.names().end(), [](const std::string& n) { return ends_with(n, ".npy"); });
  const bool pickle = std::any_of(free.names().begin(), free.names().end(), [](const std::string& n) { return ends_with(n, "data.pkl"); });
  if (!pickle && (arrays || free.names().empty())) {
    r.container = "npz";
    r.tensors = read_npz(free, options.map());
    return r;
  }
  const ZipReader zip(open_file(file));
  std::string version = zip.has("version") ? zip.text("version", 64) : zip.has(".data/version") ? zip.text(".data/version", 64) : "?";
  version.erase(std::remove_if(version.begin(), version.end(), [](char c) { return c < '!' || c > '~'; }), version.end());
  r.container = "zip container, version " + version;
  if (zip.has("byteorder")) r.metadata["byteorder"] = zip.text("byteorder", 16);
  const Pickled p = read_pickle(zip, {std::nullopt, options.map(), options.unknown_as_bytes()});
  if (p.node) r.container += " (TorchScript or libtorch)";
  take_pickled(p, r, file, size, options, part);
  return r;
}

Contents read_file(const std::string& path, const LoadOptions& options, Part part) {
  auto source = open_file(path);
  char head[5] = {};
  const std::string_view begin(head, source->read(0, head, 4));
  Contents r;
  if (begin == std::string_view("PK\3\4", 4) || begin == std::string_view("PK\5\6", 4)) return read_zip(std::move(source), options, part);
  if (is_legacy(*source)) {
    r.container = "stream container, before PyTorch 1.6";
    take_pickled(read_legacy(*source, {std::nullopt, false, options.unknown_as_bytes()}), r, path, source->size(), options, part);
  } else if (is_safetensors(*source)) {
    r.container = "safetensors";
    r.tensors = read_safetensors(*source, &r.metadata, options.map(), options.unknown_as_bytes());
  } else if (is_npy(*source)) {
    r.container = "npy";
    r.tensors.emplace_back("tensor", read_npy(*source, options.map() ? source->map() : nullptr, 0, source->size(), path));
  } else if (begin.find('{') != std::string_view::npos) {
    WICK_CHECK(part != Part::shard, path, ": an index of shards is named as a shard");
    return read_sharded(path, options);
  } else {
    char tar[6] = {};
    if (source->read(257, tar, 5) == 5 && std::string_view(tar, 5) == "ustar") read_pth(std::move(source), {});  // says what to do
    unknown(*source);
  }
  WICK_CHECK_TYPE(ValueError, options.entry().empty() || !r.values.empty() || is_legacy(*source), path, ": only .pt and .pth files have entries to choose from");
  return r;
}

Contents read_any(const std::string& path, const LoadOptions& options, Part part) {
  NoGradGuard off;
  struct stat info;
  const bool folder = stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
  return read_file(folder ? file_in(path) : path, options, part);
}

}  // namespace

inline namespace v1 {

Contents read_contents(const std::string& path, const LoadOptions& options) { return read_any(path, options, Part::all); }

NamedTensors load_tensors(const std::string& path, const LoadOptions& options) {
  NamedTensors all = read_any(path, options, Part::state).tensors, r;
  WICK_CHECK(!all.empty(), path, ": there are no tensors in it");
  std::unordered_map<std::string, std::string> from;
  for (auto& [name, t] : all) {
    const std::optional<std::string> key = options.keys()(name);
    if (!key) continue;
    const auto [other, fresh] = from.emplace(*key, name);
    WICK_CHECK_TYPE(ValueError, fresh, path, ": the names \"", other->second, "\" and \"", name, "\" both become \"", *key, "\"");
    r.emplace_back(*key, std::move(t));
  }
  return r;
}

void save_tensors(const std::string& path, const NamedTensors& tensors, const std::map<std::string, std::string>& metadata) {
  if (ends_with(path, ".safetensors")) return save_safetensors(path, tensors, metadata);
  if (ends_with(path, ".npz")) return save_npz(path, tensors);
  if (ends_with(path, ".npy")) {
    WICK_CHECK_TYPE(ValueError, tensors.size() == 1, path, ": an .npy holds one tensor, not ", tensors.size(), "; an .npz holds several");
    return save_npy(path, tensors[0].second);
  }
  const bool pth = ends_with(path, ".pt") || ends_with(path, ".pth") || ends_with(path, ".bin") || ends_with(path, ".th");
  WICK_CHECK_TYPE(ValueError, pth, path, ": the name's ending tells the kind of file: .safetensors, .pt, .pth, .bin, .th, .npz or .npy");
  Dict<IValue, IValue> d;
  for (const auto& [name, t] : tensors) WICK_CHECK_TYPE(ValueError, d.insert(name, t).second, "save_tensors: the name \"", name, "\" occurs twice");
  save_pth(path, d);
}

IValue load_pth(const std::string& path, const LoadOptions& options) {
  Pickled p = read_pth(open_file(path), {std::nullopt, options.map(), options.unknown_as_bytes()});
  WICK_CHECK(!p.node, path, ": an archive of libtorch or TorchScript, not a value of Python's torch.save; torch::load reads it");
  return options.entry().empty() ? p.value : entry_of(p.value, options.entry(), path);
}
void save_pth(const std::string& path, const IValue& value) { serialize::OutputArchive::of(value).save_to(path); }

}  // namespace v1
}  // namespace wick::io
