// The tree behind archives, and values from and to pickles.
#pragma once

#include <memory>
#include <string>
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
class ZipReader;
class ZipWriter;

// What a pickle holds: a value, or a module of libtorch's kind.
struct Pickled {
  IValue value;
  std::shared_ptr<Node> node;
};
// Reads the record data.pkl and the tensors it names; they go to `device`.
Pickled read_pickle(const ZipReader& zip, const std::optional<Device>& device);

// A value from Python, or one that is a whole archive, as a tree; `size` of the file bounds how far shared values unfold.
std::shared_ptr<Node> tree_of(const IValue& value, size_t size);

// Elements of a contiguous boolean tensor from a file as they must be: 0 or 1.
void make_valid(const Tensor& t);

// Writes data.pkl and the tensors' records. Tensors in `keep` must outlive the writing of the container.
void write_pickle(ZipWriter& zip, const IValue& value, std::vector<Tensor>& keep);
void write_module(ZipWriter& zip, const Node& root, std::vector<Tensor>& keep);

}  // namespace wick::io
