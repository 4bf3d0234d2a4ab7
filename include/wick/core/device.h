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

/// Kind of a device. The numbers are PyTorch's; tensors live on the CPU.
enum class DeviceType : int8_t {
  CPU = 0, CUDA = 1, MKLDNN = 2, OPENGL = 3, OPENCL = 4, IDEEP = 5, HIP = 6, FPGA = 7, MAIA = 8, XLA = 9, Vulkan = 10,
  Metal = 11, XPU = 12, MPS = 13, Meta = 14, HPU = 15, VE = 16, Lazy = 17, IPU = 18, MTIA = 19, PrivateUse1 = 20
};
constexpr DeviceType kCPU = DeviceType::CPU, kCUDA = DeviceType::CUDA, kHIP = DeviceType::HIP, kFPGA = DeviceType::FPGA;
constexpr DeviceType kMAIA = DeviceType::MAIA, kXLA = DeviceType::XLA, kVulkan = DeviceType::Vulkan, kMetal = DeviceType::Metal;
constexpr DeviceType kXPU = DeviceType::XPU, kMPS = DeviceType::MPS, kMeta = DeviceType::Meta, kHPU = DeviceType::HPU;
constexpr DeviceType kVE = DeviceType::VE, kLazy = DeviceType::Lazy, kIPU = DeviceType::IPU, kMTIA = DeviceType::MTIA;
constexpr DeviceType kPrivateUse1 = DeviceType::PrivateUse1;
using DeviceIndex = int8_t;

/// `cpu`, `cuda` (or `CPU`, `CUDA`) and printing.
std::string DeviceTypeName(DeviceType t, bool lower_case = false);
std::ostream& operator<<(std::ostream& out, DeviceType t);

/// A device: its kind and number; -1 means the current one. Made from a kind or from text such as `cuda:1`.
class Device {
 public:
  using Type = DeviceType;
  /// Errors: text that names no device (`Error`), a number below -1.
  Device(DeviceType type, DeviceIndex index = -1) : type_(type), index_(index) { if (index != -1) check(); }
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
  bool is_hip() const { return type_ == DeviceType::HIP; }
  bool is_xpu() const { return type_ == DeviceType::XPU; }
  bool is_xla() const { return type_ == DeviceType::XLA; }
  bool is_hpu() const { return type_ == DeviceType::HPU; }
  bool is_mtia() const { return type_ == DeviceType::MTIA; }
  bool is_lazy() const { return type_ == DeviceType::Lazy; }
  bool is_vulkan() const { return type_ == DeviceType::Vulkan; }
  bool is_metal() const { return type_ == DeviceType::Metal; }
  bool is_privateuseone() const { return type_ == DeviceType::PrivateUse1; }
  /// `cpu`, `cuda:1`.
  std::string str() const;

  /// Same kind and number.
  bool operator==(const Device& o) const { return type_ == o.type_ && index_ == o.index_; }
  bool operator!=(const Device& o) const { return !(*this == o); }

 private:
  void check() const;
  DeviceType type_;
  DeviceIndex index_;
};
std::ostream& operator<<(std::ostream& out, const Device& d);

/// How elements are stored. Only strided tensors exist so far.
enum class Layout : int8_t { Strided = 0, Sparse = 1, SparseCsr = 2, Mkldnn = 3, SparseCsc = 4, SparseBsr = 5, SparseBsc = 6, Jagged = 7 };
constexpr Layout kStrided = Layout::Strided, kSparse = Layout::Sparse, kSparseCsr = Layout::SparseCsr, kMkldnn = Layout::Mkldnn;
constexpr Layout kSparseCsc = Layout::SparseCsc, kSparseBsr = Layout::SparseBsr, kSparseBsc = Layout::SparseBsc, kJagged = Layout::Jagged;
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
