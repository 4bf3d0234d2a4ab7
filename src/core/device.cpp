#include <wick/core/device.h>

#include <iterator>

#include <wick/core/options.h>
#include <wick/core/str.h>

namespace wick::inline v1 {

namespace {
struct DeviceNames { const char *upper, *lower; };
constexpr DeviceNames device_names[] = {
    {"CPU", "cpu"}, {"CUDA", "cuda"}, {"MKLDNN", "mkldnn"}, {"OPENGL", "opengl"}, {"OPENCL", "opencl"}, {"IDEEP", "ideep"}, {"HIP", "hip"},
    {"FPGA", "fpga"}, {"MAIA", "maia"}, {"XLA", "xla"}, {"VULKAN", "vulkan"}, {"METAL", "metal"}, {"XPU", "xpu"}, {"MPS", "mps"},
    {"META", "meta"}, {"HPU", "hpu"}, {"VE", "ve"}, {"LAZY", "lazy"}, {"IPU", "ipu"}, {"MTIA", "mtia"}, {"PRIVATEUSEONE", "privateuseone"}};
}  // namespace

std::string DeviceTypeName(DeviceType t, bool lower_case) {
  const auto i = static_cast<size_t>(t);
  WICK_CHECK(i < std::size(device_names), "Unknown device: ", static_cast<int>(t));
  return lower_case ? device_names[i].lower : device_names[i].upper;
}
std::ostream& operator<<(std::ostream& out, DeviceType t) { return out << DeviceTypeName(t, true); }

void Device::check() const {
  WICK_CHECK(index_ >= -1, "Device index must be -1 or non-negative, got ", static_cast<int>(index_));
}
static DeviceType parse_type(const std::string& name) {
  for (size_t i = 0; i < std::size(device_names); ++i)
    if (name == device_names[i].lower) return static_cast<DeviceType>(i);
  throw Error(str("Expected one of cpu, cuda, ipu, xpu, mkldnn, opengl, opencl, ideep, hip, ve, fpga, maia, xla, lazy, vulkan, mps, meta, hpu, mtia, privateuseone device type at start of device string: ", name));
}
static DeviceIndex parse_index(const std::string& digits, const std::string& text) {
  const bool good = !digits.empty() && digits.size() <= 3 && digits.find_first_not_of("0123456789") == std::string::npos &&
                    (digits[0] != '0' || digits.size() == 1) && std::stoi(digits) < 128;
  WICK_CHECK(good, "Invalid device string: '", text, "'");
  return static_cast<DeviceIndex>(std::stoi(digits));
}
Device::Device(const std::string& text) : type_(DeviceType::CPU), index_(-1) {
  WICK_CHECK(!text.empty(), "Device string must not be empty");
  const size_t colon = text.find(':');
  const DeviceType type = parse_type(text.substr(0, colon));
  *this = Device(type, colon == std::string::npos ? DeviceIndex(-1) : parse_index(text.substr(colon + 1), text));
}
std::string Device::str() const {
  std::string s = DeviceTypeName(type_, true);
  return has_index() ? s + ":" + std::to_string(static_cast<int>(index_)) : s;
}
std::ostream& operator<<(std::ostream& out, const Device& d) { return out << d.str(); }

std::ostream& operator<<(std::ostream& out, Layout l) {
  switch (l) {
    case Layout::Strided: return out << "Strided";
    case Layout::Sparse: return out << "Sparse";
    case Layout::SparseCsr: return out << "SparseCsr";
    case Layout::Mkldnn: return out << "Mkldnn";
    case Layout::SparseCsc: return out << "SparseCsc";
    case Layout::SparseBsr: return out << "SparseBsr";
    case Layout::SparseBsc: return out << "SparseBsc";
    case Layout::Jagged: return out << "Jagged";
  }
  return out << "Unknown";
}
std::ostream& operator<<(std::ostream& out, MemoryFormat f) {
  switch (f) {
    case MemoryFormat::Contiguous: return out << "Contiguous";
    case MemoryFormat::Preserve: return out << "Preserve";
    case MemoryFormat::ChannelsLast: return out << "ChannelsLast";
    case MemoryFormat::ChannelsLast3d: return out << "ChannelsLast3d";
  }
  return out << "Unknown";
}

TensorOptions TensorOptions::merge_in(const TensorOptions& o) const {
  TensorOptions r = *this;
  if (o.has_device()) r.device_ = o.device_;
  if (o.has_dtype()) r.dtype_ = o.dtype_;
  if (o.has_layout()) r.layout_ = o.layout_;
  if (o.has_requires_grad()) r.requires_grad_ = o.requires_grad_;
  if (o.has_pinned_memory()) r.pinned_ = o.pinned_;
  if (o.has_memory_format()) r.memory_format_ = o.memory_format_;
  return r;
}

std::ostream& operator<<(std::ostream& out, const TensorOptions& o) {
  auto field = [&](const char* name, const auto& value, bool set) -> std::ostream& {
    return out << name << "=" << value << (set ? "" : " (default)");
  };
  const auto yes = [](bool b) { return b ? "true" : "false"; };
  out << "TensorOptions(";
  field("dtype", o.dtype(), o.has_dtype()) << ", ";
  field("device", o.device(), o.has_device()) << ", ";
  field("layout", o.layout(), o.has_layout()) << ", ";
  field("requires_grad", yes(o.requires_grad()), o.has_requires_grad()) << ", ";
  field("pinned_memory", yes(o.pinned_memory()), o.has_pinned_memory()) << ", memory_format=";
  if (o.has_memory_format()) out << *o.memory_format_opt();
  else out << "(nullopt)";
  return out << ")";
}

}  // namespace wick::inline v1
