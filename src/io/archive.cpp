#include <wick/io/archive.h>

#include <istream>
#include <ostream>
#include <sstream>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/io/files.h>
#include <wick/io/serialize.h>
#include <wick/ops.h>

#include "io/node.h"
#include "io/safetensors.h"
#include "io/zip.h"

namespace wick::serialize::inline v1 {

OutputArchive::OutputArchive() : OutputArchive(std::make_shared<jit::CompilationUnit>()) {}
OutputArchive::OutputArchive(std::shared_ptr<jit::CompilationUnit> unit) : unit_(std::move(unit)), node_(std::make_shared<detail::Node>()) {}
OutputArchive::OutputArchive(OutputArchive&&) noexcept = default;
OutputArchive& OutputArchive::operator=(OutputArchive&&) noexcept = default;
OutputArchive::~OutputArchive() = default;
OutputArchive OutputArchive::of(const IValue& value) {
  OutputArchive a;
  a.node_->whole = std::make_shared<IValue>(value);
  return a;
}

void OutputArchive::write(const std::string& key, const IValue& value) {
  auto& e = node_->at(key);
  e = {key, value, nullptr, detail::Node::Kind::attribute};
}
void OutputArchive::write(const std::string& key, const Tensor& tensor, bool is_buffer) {
  auto& e = node_->at(key);
  e = {key, tensor, nullptr, is_buffer ? detail::Node::Kind::buffer : detail::Node::Kind::parameter};
}
void OutputArchive::write(const std::string& key, OutputArchive& nested) {
  WICK_CHECK(nested.node_ != node_, "OutputArchive: an archive cannot be written into itself (key ", key, ")");
  auto& e = node_->at(key);
  e = {key, {}, nested.node_, detail::Node::Kind::attribute};
}

namespace {

// The bytes of an archive, for as long as `f` runs.
template <class F>
void with_pieces(const detail::Node& node, const std::string& folder, F f) {
  NoGradGuard off;
  io::ZipWriter zip(folder);
  std::vector<Tensor> keep;
  if (node.whole) io::write_pickle(zip, *node.whole, keep);
  else io::write_module(zip, node, keep);
  f(zip.finish());
}

// The file's name without folders and ending, as PyTorch calls the folder within.
std::string stem(const std::string& path) {
  const size_t slash = path.rfind('/');
  std::string s = slash == std::string::npos ? path : path.substr(slash + 1);
  const size_t dot = s.rfind('.');
  if (dot != std::string::npos) s.resize(dot);
  return s.empty() ? "archive" : s;
}

}  // namespace

void OutputArchive::save_to(const std::string& filename) {
  constexpr std::string_view ending = ".safetensors";
  if (filename.size() > ending.size() && filename.compare(filename.size() - ending.size(), ending.size(), ending) == 0)
    return io::write_packed(filename, io::pack_archive(*node_));
  with_pieces(*node_, stem(filename), [&](const auto& pieces) { io::write_atomically(filename, pieces); });
}
void OutputArchive::save_to(std::ostream& stream) {
  with_pieces(*node_, "archive", [&](const auto& pieces) {
    for (const io::Piece& p : pieces) stream.write(static_cast<const char*>(p.data), static_cast<std::streamsize>(p.size));
    stream.flush();
    WICK_CHECK(stream.good(), "save: the stream took not all bytes");
  });
}
void OutputArchive::save_to(const std::function<size_t(const void*, size_t)>& writer) {
  with_pieces(*node_, "archive", [&](const auto& pieces) {
    for (const io::Piece& p : pieces) {
      const size_t took = writer(p.data, p.size);
      WICK_CHECK(took == p.size, "save: the writer took ", took, " of ", p.size, " bytes");
    }
  });
}

namespace {

// A value from Python as a tree. The budget keeps values that are shared again and again from unfolding.
void fill(detail::Node& node, const IValue& value, size_t& budget) {
  const auto need = [&] { WICK_CHECK(budget-- > 0, "load: the dictionaries unfold to too many values"); };
  const auto put = [&](detail::Node& in, const std::string& key, const IValue& v) {
    need();
    auto& e = in.at(key);
    if (!v.isGenericDict()) {
      e.value = v;
      return;
    }
    if (!e.child) e.child = std::make_shared<detail::Node>();
    fill(*e.child, v, budget);
  };
  if (value.isGenericDict()) {
    for (const auto& item : value.toGenericDict()) {
      std::string key = item.key().isString() ? item.key().toStringRef() : str(item.key());
      detail::Node* in = &node;
      for (size_t dot; (dot = key.find('.')) != std::string::npos && item.key().isString();) {
        need();
        auto& e = in->at(key.substr(0, dot));
        if (!e.child) e.child = std::make_shared<detail::Node>();
        in = e.child.get();
        key.erase(0, dot + 1);
      }
      put(*in, key, item.value());
    }
  } else if (value.isTuple() || value.isList()) {
    const std::vector<IValue> items = value.isTuple() ? value.toTupleRef().values : value.toListRef();
    for (size_t i = 0; i < items.size(); ++i) put(node, std::to_string(i), items[i]);
  } else {
    put(node, "0", value);
  }
}

// Zip containers begin with a record.
bool is_zip(const io::Source& source) {
  char head[4] = {};
  return source.read(0, head, 4) == 4 && std::string_view(head, 4) == std::string_view("PK\3\4", 4);
}
std::shared_ptr<const detail::Node> load(std::unique_ptr<io::Source> source, const std::optional<Device>& device) {
  if (!is_zip(*source) && io::is_safetensors(*source)) {
    io::PackedArchive packed;
    packed.tensors = io::read_safetensors(*source, &packed.metadata);
    WICK_CHECK(!packed.metadata.count("archive") || packed.metadata.count("crc32"), source->name, ": an archive without its checksum: damaged");
    if (device)
      for (auto& t : packed.tensors) t.second = t.second.to(*device);
    return io::unpack_archive(source->name, std::move(packed));
  }
  const size_t size = source->size();
  io::Pickled p = io::read_pth(std::move(source), {device});
  return p.node ? p.node : io::tree_of(p.value, size);
}

struct FunctionSource final : io::Source {
  FunctionSource(const std::function<size_t(uint64_t, void*, size_t)>& read, size_t size) : read_(read), size_(size) {}
  uint64_t size() const override { return size_; }
  size_t read(uint64_t position, void* to, size_t n) const override { return read_(position, to, n); }
  const std::function<size_t(uint64_t, void*, size_t)>& read_;
  size_t size_;
};

}  // namespace

InputArchive::InputArchive() : node_(std::make_shared<detail::Node>()) {}
InputArchive::InputArchive(InputArchive&&) noexcept = default;
InputArchive& InputArchive::operator=(InputArchive&&) noexcept = default;
InputArchive::~InputArchive() = default;

bool InputArchive::try_read(const std::string& key, IValue& value) {
  const auto* e = node_->find(key);
  if (!e || e->child) return false;
  value = e->value;
  return true;
}
void InputArchive::read(const std::string& key, IValue& value) { WICK_CHECK(try_read(key, value), "No such serialized value '", prefix_, key, "': the archive does not have a field with name '", key, "'"); }

bool InputArchive::try_read(const std::string& key, Tensor& tensor, bool) {
  const auto* e = node_->find(key);
  if (!e || e->child || !e->value.isTensor() || !e->value.toTensor().defined()) return false;
  const Tensor& loaded = e->value.toTensor();
  if (!tensor.defined()) {
    tensor = loaded;
    return true;
  }
  NoGradGuard off;
  if (tensor.device() != loaded.device()) tensor.set_data(loaded);
  else tensor.set_(loaded);
  return true;
}
void InputArchive::read(const std::string& key, Tensor& tensor, bool is_buffer) { WICK_CHECK(try_read(key, tensor, is_buffer), "No such serialized tensor '", prefix_, key, "'"); }

bool InputArchive::try_read(const std::string& key, InputArchive& archive) {
  const auto* e = node_->find(key);
  if (!e || !e->child) return false;
  archive.prefix_ = prefix_ + key + ".";
  archive.node_ = e->child;
  return true;
}
void InputArchive::read(const std::string& key, InputArchive& archive) { WICK_CHECK(try_read(key, archive), "No such serialized submodule: '", prefix_, key, "'"); }

void InputArchive::load_from(const std::string& filename, std::optional<Device> device) { node_ = load(io::open_file(filename), device); }
void InputArchive::load_from(std::istream& stream, std::optional<Device> device) {
  // From its beginning if it can be sought, what is left of it otherwise.
  std::ostringstream all;
  if (stream.tellg() >= 0) stream.seekg(0);
  stream.clear();
  all << stream.rdbuf();
  const std::string bytes = std::move(all).str();
  load_from(bytes.data(), bytes.size(), device);
}
void InputArchive::load_from(const char* data, size_t size, std::optional<Device> device) { node_ = load(io::memory_source(data, size), device); }
void InputArchive::load_from(const std::function<size_t(uint64_t, void*, size_t)>& read_func, const std::function<size_t()>& size_func, std::optional<Device> device) {
  node_ = load(std::make_unique<FunctionSource>(read_func, size_func()), device);
}

std::vector<std::string> InputArchive::keys() const {
  std::vector<std::string> r;
  for (const auto& e : node_->entries) r.push_back(e.key);
  return r;
}

}  // namespace wick::serialize::inline v1

namespace wick::io {

std::shared_ptr<Node> tree_of(const IValue& value, size_t size) {
  size_t budget = 1024 + size;
  auto node = std::make_shared<Node>();
  serialize::fill(*node, value, budget);
  return node;
}

}  // namespace wick::io

namespace wick::inline v1 {

std::vector<char> pickle_save(const IValue& value) {
  std::vector<char> bytes;
  serialize::OutputArchive::of(value).save_to([&](const void* p, size_t n) {
    bytes.insert(bytes.end(), static_cast<const char*>(p), static_cast<const char*>(p) + n);
    return n;
  });
  return bytes;
}
IValue pickle_load(const std::vector<char>& data) {
  io::Pickled p = io::read_pth(io::memory_source(data.data(), data.size()), {});
  WICK_CHECK(!p.node, "pickle_load: the data is a module, not a value; torch::load reads it");
  return p.value;
}
IValue detail::load_value(const std::string& filename) { return io::load_pth(filename, io::LoadOptions().map(false)); }

}  // namespace wick::inline v1
