// Archives: trees of named values that modules and optimizers are written to and read from.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <wick/core/ivalue.h>

namespace wick {

namespace jit {
inline namespace v1 {
/// Stands in for libtorch's; archives are made from one there.
struct CompilationUnit {};
}  // namespace v1
}  // namespace jit

namespace serialize {
inline namespace v1 {

class OutputArchive;
class InputArchive;
namespace detail {
struct Node;
struct Access;
// Whether a T has `save` and `load` to archives.
template <class T, class = void> struct is_saved : std::false_type {};
template <class T>
struct is_saved<T, std::void_t<decltype(std::declval<const T&>().save(std::declval<OutputArchive&>())), decltype(std::declval<T&>().load(std::declval<InputArchive&>()))>> : std::true_type {};
}  // namespace detail

/// A tree of named values to be saved. A file whose name ends in `.safetensors`, the format of Wick's own files, is one: tensors
/// are called by their path, the other values stand in its metadata, with the version of the format and a checksum. Other
/// files are a zip as libtorch's `torch::save` writes it, which libtorch's `torch::load` and Python's `torch.jit.load` open;
/// nothing in it is compressed, and tensors start at multiples of 64.
class OutputArchive final {
 public:
  /// An empty archive; one that is a single value, written as Python's `torch.save` writes it.
  OutputArchive();
  explicit OutputArchive(std::shared_ptr<jit::CompilationUnit> unit);
  static OutputArchive of(const IValue& value);
  OutputArchive(OutputArchive&&) noexcept;
  OutputArchive& operator=(OutputArchive&&) noexcept;
  ~OutputArchive();
  std::shared_ptr<jit::CompilationUnit> compilation_unit() const { return unit_; }

  /// Adds a value, a tensor or an archive under a key, in place of what the key had. Later changes of the nested
  /// archive count, and so do changes of a tensor until the archive is saved.
  void write(const std::string& key, const IValue& value);
  void write(const std::string& key, const Tensor& tensor, bool is_buffer = false);
  void write(const std::string& key, OutputArchive& nested_archive);
  template <class... Ts>
  void operator()(Ts&&... ts) { write(std::forward<Ts>(ts)...); }

  /// Saves to a file (whole or not at all), a stream, or a function that takes bytes and returns how many it took.
  /// Errors: the file, stream or function does not take all.
  void save_to(const std::string& filename);
  void save_to(std::ostream& stream);
  void save_to(const std::function<size_t(const void*, size_t)>& writer);

 private:
  friend struct detail::Access;
  std::shared_ptr<jit::CompilationUnit> unit_;
  std::shared_ptr<detail::Node> node_;
};

/// A tree of named values that was loaded: from an OutputArchive, any safetensors file, libtorch, or Python's `torch.save`. A lone value has
/// the key "0", the elements of a list "0", "1", and so on; a dictionary's keys are taken apart at dots, so that a
/// `state_dict` is a tree. Nothing in a file is run: what is not data is refused.
class InputArchive final {
 public:
  /// An empty archive.
  InputArchive();
  InputArchive(InputArchive&&) noexcept;
  InputArchive& operator=(InputArchive&&) noexcept;
  ~InputArchive();

  /// Reads what a key holds; a tensor that is defined keeps its identity and takes over the loaded elements.
  /// `read` throws when there is no such key or it holds another kind, `try_read` returns false.
  void read(const std::string& key, IValue& value);
  bool try_read(const std::string& key, IValue& value);
  void read(const std::string& key, Tensor& tensor, bool is_buffer = false);
  bool try_read(const std::string& key, Tensor& tensor, bool is_buffer = false);
  void read(const std::string& key, InputArchive& archive);
  bool try_read(const std::string& key, InputArchive& archive);
  template <class... Ts>
  void operator()(Ts&&... ts) { read(std::forward<Ts>(ts)...); }

  /// Loads from a file of any of these kinds, a stream, memory, or functions that read at a position (returning how many bytes they read)
  /// and tell the size. Tensors go to `device`. Errors: anything that is not whole and consistent, with its place.
  void load_from(const std::string& filename, std::optional<Device> device = std::nullopt);
  void load_from(std::istream& stream, std::optional<Device> device = std::nullopt);
  void load_from(const char* data, size_t size, std::optional<Device> device = std::nullopt);
  void load_from(const std::function<size_t(uint64_t position, void* buffer, size_t bytes)>& read_func,
                 const std::function<size_t()>& size_func, std::optional<Device> device = std::nullopt);

  /// All keys, in the order in which they were written.
  std::vector<std::string> keys() const;

 private:
  friend struct detail::Access;
  std::shared_ptr<const detail::Node> node_;
  std::string prefix_;
};

namespace detail {
template <class T, class = void> struct is_streamed : std::false_type {};
template <class T>
struct is_streamed<T, std::void_t<decltype(std::declval<OutputArchive&>() << std::declval<const T&>()), decltype(std::declval<InputArchive&>() >> std::declval<T&>())>> : std::true_type {};
// Either, and by it.
template <class T> constexpr bool is_kept = is_saved<T>::value || is_streamed<T>::value;
template <class T>
void write_part(OutputArchive& archive, const T& part) {
  if constexpr (is_saved<T>::value) part.save(archive);
  else archive << part;
}
template <class T>
void read_part(InputArchive& archive, T& part) {
  if constexpr (is_saved<T>::value) part.load(archive);
  else archive >> part;
}
}  // namespace detail

}  // namespace v1
}  // namespace serialize

inline namespace v1 {

/// A tensor as the value "0" of an archive.
inline serialize::OutputArchive& operator<<(serialize::OutputArchive& archive, const Tensor& tensor) {
  archive.write("0", tensor);
  return archive;
}
inline serialize::InputArchive& operator>>(serialize::InputArchive& archive, Tensor& tensor) {
  archive.read("0", tensor);
  return archive;
}

}  // namespace v1
}  // namespace wick
