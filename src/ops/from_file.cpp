// Tensors over the contents of a file.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <wick/ops/extra.h>

#include "ops/matmul.h"

namespace wick::ops {
namespace {

struct Descriptor {
  int fd;
  ~Descriptor() { if (fd >= 0) close(fd); }
};

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor from_file(std::string_view filename, std::optional<bool> shared, std::optional<int64_t> size, TensorOptions options) {
  const std::string name(filename);
  const bool share = shared.value_or(false);
  const int64_t n = size.value_or(0);
  const ScalarType type = options.has_dtype() ? typeMetaToScalarType(options.dtype()) : get_default_dtype_as_scalartype();
  WICK_CHECK(n >= 0, "from_file: size must not be negative, got ", n);
  const Descriptor file{open(name.c_str(), share ? O_RDWR | O_CREAT | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600)};
  WICK_CHECK(file.fd >= 0, "unable to open file <", name, "> in ", share ? "read-write" : "read-only", " mode: ", std::strerror(errno), " (", errno, ")");
  struct stat info;
  WICK_CHECK(fstat(file.fd, &info) == 0, "unable to stat the file <", name, ">: ", std::strerror(errno), " (", errno, ")");
  const size_t bytes = static_cast<size_t>(n) * elementSize(type);
  if (static_cast<size_t>(info.st_size) < bytes) {
    WICK_CHECK(share, "file <", name, "> size <", info.st_size, "> is smaller than the required mapping size <", bytes, ">");
    WICK_CHECK(ftruncate(file.fd, static_cast<off_t>(bytes)) == 0, "unable to resize file <", name, "> to the right size: ", std::strerror(errno), " (", errno, ")");
  }
  if (bytes == 0) return empty({0}, options);
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, share ? MAP_SHARED : MAP_PRIVATE, file.fd, 0);
  WICK_CHECK(data != MAP_FAILED, "unable to mmap ", bytes, " bytes from file <", name, ">: ", std::strerror(errno), " (", errno, ")");
  return from_blob(data, {n}, [bytes](void* p) { munmap(p, bytes); }, options.dtype(type));
}
Tensor from_file(std::string_view filename, std::optional<bool> shared, std::optional<int64_t> size, std::optional<ScalarType> dtype, std::optional<Layout> layout, std::optional<Device> device,
                 std::optional<bool> pin_memory) {
  return from_file(filename, shared, size, TensorOptions().dtype(dtype).layout(layout).device(device).pinned_memory(pin_memory));
}
Tensor& from_file_out(Tensor& out, std::string_view filename, std::optional<bool> shared, std::optional<int64_t> size) {
  return out_from("from_file", out, {}, [&] { return from_file(filename, shared, size, out.options()); });
}

}  // namespace wick::inline v1
