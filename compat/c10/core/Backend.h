// Backends: what old programs call a kind of device together with a layout.
#pragma once

#include <c10/util/Exception.h>
#include <wick/core/device.h>

#include <cctype>
#include <ostream>
#include <string>
#include <string_view>

namespace wick {
inline namespace v1 {

enum class Backend {
  CPU, CUDA, HIP, VE, FPGA, IPU, XPU, SparseCPU, SparseCUDA, SparseCsrCPU, SparseCsrCUDA, SparseCsrMPS, SparseMPS, SparseHIP,
  SparseVE, SparseXPU, SparsePrivateUse1, SparseCsrHIP, SparseCsrVE, SparseCsrXPU, SparseCsrPrivateUse1, MAIA, XLA, Vulkan, Metal,
  Meta, QuantizedCPU, QuantizedCUDA, QuantizedXPU, QuantizedPrivateUse1, Undefined, MkldnnCPU, MPS, HPU, Lazy, MTIA, PrivateUse1,
  NumOptions
};

/// Name, device and layout of a backend.
inline const char* toString(Backend b) {
  static constexpr const char* names[] = {
      "CPU", "CUDA", "HIP", "VE", "FPGA", "IPU", "XPU", "SparseCPU", "SparseCUDA", "SparseCsrCPU", "SparseCsrCUDA", "SparseCsrMPS", "SparseMPS", "SparseHIP",
      "SparseVE", "SparseXPU", "SparsePrivateUse1", "SparseCsrHIP", "SparseCsrVE", "SparseCsrXPU", "SparseCsrPrivateUse1", "MAIA", "XLA", "Vulkan", "Metal",
      "Meta", "QuantizedCPU", "QuantizedCUDA", "QuantizedXPU", "QuantizedPrivateUse1", "UNDEFINED", "MkldnnCPU", "MPS", "HPU", "Lazy", "MTIA", "PrivateUseOne"};
  return b < Backend::NumOptions ? names[static_cast<int>(b)] : "UNKNOWN_BACKEND";
}
inline std::ostream& operator<<(std::ostream& out, Backend b) { return out << toString(b); }

inline bool isSparse(Backend b) { return std::string_view(toString(b)).substr(0, 6) == "Sparse" && std::string_view(toString(b)).substr(0, 9) != "SparseCsr"; }
inline bool isSparseCsr(Backend b) { return std::string_view(toString(b)).substr(0, 9) == "SparseCsr"; }
inline Layout layout_from_backend(Backend b) {
  return isSparse(b) ? Layout::Sparse : isSparseCsr(b) ? Layout::SparseCsr : b == Backend::MkldnnCPU ? Layout::Mkldnn : Layout::Strided;
}
inline DeviceType backendToDeviceType(Backend b) {
  std::string name = toString(b);
  TORCH_CHECK(b < Backend::NumOptions && b != Backend::Undefined, "Undefined backend is not a valid device type");
  for (const char* prefix : {"SparseCsr", "Sparse", "Quantized", "Mkldnn"})
    if (name.rfind(prefix, 0) == 0) { name.erase(0, std::string_view(prefix).size()); break; }
  if (name == "PrivateUse1" || name == "PrivateUseOne") return DeviceType::PrivateUse1;
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return Device(name).type();
}
inline Backend backend_of(DeviceType t) {
  for (int i = 0; i < static_cast<int>(Backend::NumOptions); ++i) {
    const auto b = static_cast<Backend>(i);
    if (b != Backend::Undefined && layout_from_backend(b) == Layout::Strided && backendToDeviceType(b) == t) return b;
  }
  return Backend::Undefined;
}

}  // namespace v1
}  // namespace wick
