// The tree behind archives, and values from and to pickles.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <wick/io/archive.h>

namespace wick::serialize::inline v1::detail {

// Values and nodes by key, in the order in which they were written.
struct Node {
  enum class Kind : uint8_t { attribute, parameter, buffer };
  struct Entry {
    std::string key;
    IValue value;
    std::shared_ptr<Node> child;  // or a value
    Kind kind = Kind::attribute;
  };
  Entry& at(const std::string& key) {  // added if new
    const auto [i, fresh] = index.emplace(key, entries.size());
    if (fresh) entries.push_back({key, {}, nullptr, Kind::attribute});
    return entries[i->second];
  }
  const Entry* find(const std::string& key) const {
    const auto i = index.find(key);
    return i == index.end() ? nullptr : &entries[i->second];
  }
  std::vector<Entry> entries;
  std::unordered_map<std::string, size_t> index;
  std::shared_ptr<IValue> whole;  // the archive is this value instead
};

// What archives hold, for Wick's own code. The archives made here share what they hold.
struct Access {
  static const Node& node(const OutputArchive& a) { return *a.node_; }
  static InputArchive input(std::shared_ptr<const Node> node) {
    InputArchive r;
    r.node_ = std::move(node);
    return r;
  }
  static InputArchive input(const OutputArchive& a) { return input(std::shared_ptr<const Node>(a.node_)); }
  static OutputArchive output(const InputArchive& a) {
    OutputArchive r;
    r.node_ = std::const_pointer_cast<Node>(a.node_);
    return r;
  }
  static OutputArchive share(const OutputArchive& a) {
    OutputArchive r;
    r.node_ = a.node_;
    return r;
  }
};

}  // namespace wick::serialize::inline v1::detail

namespace wick::io {

using serialize::detail::Access;

using serialize::detail::Node;
class Source;
class ZipReader;
class ZipWriter;

// What a pickle holds: a value, or a module of libtorch's kind.
struct Pickled {
  IValue value;
  std::shared_ptr<Node> node;
};
struct PickleOptions {
  std::optional<Device> device;   // where tensors go
  bool map = false;               // tensors over the file, whose checksums are then not looked at
  bool unknown_as_bytes = false;  // dtypes that Wick lacks
};
// What the storages of a pickle are made of: whether a key's bytes can be had ("" or why not), and the elements, in one dimension.
class Storages {
 public:
  virtual ~Storages() = default;
  virtual std::string problem(const std::string& key, uint64_t bytes) = 0;
  virtual Tensor make(const std::string& key, ScalarType type, int64_t numel) = 0;
  virtual bool filled_later() const { return false; }  // elements cannot be looked at, nor be taken for another type
};
// A pickle at the beginning of some bytes; `place` and a position (the first byte is `first`) go before errors.
struct PickleText {
  std::string_view bytes;
  std::string place;
  uint64_t first = 0;
};
Pickled read_pickle_text(const PickleText& text, Storages* storages, const PickleOptions& options, uint64_t* end = nullptr);
// Reads the record data.pkl and the tensors it names.
Pickled read_pickle(const ZipReader& zip, const PickleOptions& options);
// A file of torch.save's before 1.6: pickles one after the other, then the storages.
bool is_legacy(const Source& source);
Pickled read_legacy(const Source& source, const PickleOptions& options);
// Either kind.
Pickled read_pth(std::unique_ptr<Source> source, const PickleOptions& options);

// A value from Python, or one that is a whole archive, as a tree; `size` of the file bounds how far shared values unfold.
std::shared_ptr<Node> tree_of(const IValue& value, size_t size);

// Writes data.pkl and the tensors' records. Tensors in `keep` must outlive the writing of the container.
void write_pickle(ZipWriter& zip, const IValue& value, std::vector<Tensor>& keep);
void write_module(ZipWriter& zip, const Node& root, std::vector<Tensor>& keep);

}  // namespace wick::io
