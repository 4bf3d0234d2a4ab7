// Where a tensor lives, and how its elements are laid out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

#include <wick/core/array_ref.h>

namespace wick {
inline namespace v1 {

/// Kind of a device. The numbers are PyTorch's.
enum class DeviceType : int8_t { CPU = 0, CUDA = 1, MPS = 13, Meta = 14 };
constexpr DeviceType kCPU = DeviceType::CPU, kCUDA = DeviceType::CUDA, kMPS = DeviceType::MPS, kMeta = DeviceType::Meta;
using DeviceIndex = int8_t;

/// `cpu`, `cuda` (or `CPU`, `CUDA`) and printing.
std::string DeviceTypeName(DeviceType t, bool lower_case = false);
std::ostream& operator<<(std::ostream& out, DeviceType t);

/// A device: its kind and number; -1 means the current one. Made from a kind or from text such as `cuda:1`.
class Device {
 public:
  using Type = DeviceType;
  /// Errors: text that names no device (`Error`), a number below -1.
  Device(DeviceType type, DeviceIndex index = -1);
  Device(const std::string& text);
  Device(const char* text) : Device(std::string(text)) {}

  /// Kind, number, and tests on them.
  DeviceType type() const { return type_; }
  DeviceIndex index() const { return index_; }
  bool has_index() const { return index_ != -1; }
  void set_index(DeviceIndex i) { index_ = i; }
  bool is_cpu() const { return type_ == DeviceType::CPU; }
  bool is_cuda() const { return type_ == DeviceType::CUDA; }
  bool is_mps() const { return type_ == DeviceType::MPS; }
  bool is_meta() const { return type_ == DeviceType::Meta; }
  /// `cpu`, `cuda:1`.
  std::string str() const;

  /// Same kind and number.
  bool operator==(const Device& o) const { return type_ == o.type_ && index_ == o.index_; }
  bool operator!=(const Device& o) const { return !(*this == o); }

 private:
  DeviceType type_;
  DeviceIndex index_;
};
std::ostream& operator<<(std::ostream& out, const Device& d);

/// How elements are stored. Only strided tensors exist so far.
enum class Layout : int8_t { Strided = 0, Sparse = 1, SparseCsr = 2, Mkldnn = 3 };
constexpr Layout kStrided = Layout::Strided, kSparse = Layout::Sparse, kSparseCsr = Layout::SparseCsr, kMkldnn = Layout::Mkldnn;
std::ostream& operator<<(std::ostream& out, Layout l);

/// Order of the dimensions in memory; Preserve keeps the input's strides where they are dense.
/// (https://pytorch.org/docs/stable/tensor_attributes.html#torch-memory-format)
enum class MemoryFormat : int8_t { Contiguous = 0, Preserve = 1, ChannelsLast = 2, ChannelsLast3d = 3 };
std::ostream& operator<<(std::ostream& out, MemoryFormat f);

}  // namespace v1
}  // namespace wick

namespace std {
template <>
struct hash<wick::Device> {
  size_t operator()(const wick::Device& d) const noexcept {
    return static_cast<size_t>(static_cast<uint8_t>(d.type())) << 8 | static_cast<uint8_t>(d.index());
  }
};
}  // namespace std
