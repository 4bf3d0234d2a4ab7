// What fuzz targets share. A target gives seeds and takes inputs: whatever they are, they are read or refused with wick::Error,
// in bounded time and memory; what was read can be used.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include <wick/core/memory.h>
#include <wick/core/str.h>
#include <wick/ops.h>

// Seeds, and how an input ended ("" when it was read, the error otherwise), which the driver learns from.
std::vector<std::string> fuzz_seeds();
std::string fuzz_one(const uint8_t* data, size_t size);

namespace fuzz {

// A file in memory that goes away with the scope.
class File {
 public:
  File(const void* data, size_t size) : fd_(memfd_create("input", MFD_CLOEXEC)) {
    if (fd_ < 0 || ::write(fd_, data, size) != static_cast<ssize_t>(size)) std::abort();
  }
  ~File() { close(fd_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

inline std::string read_file(const std::string& path) {
  std::FILE* f = std::fopen(path.c_str(), "rb");
  if (!f) std::abort();
  std::string s;
  char buffer[4096];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, f)) > 0;) s.append(buffer, n);
  std::fclose(f);
  return s;
}

inline uint32_t crc(const std::string& s) { return static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(s.data()), s.size())); }
inline std::string little(uint64_t v, int bytes) {
  std::string s;
  for (int i = 0; i < bytes; ++i) s += static_cast<char>(i < 8 ? v >> (8 * i) : 0);
  return s;
}

// Every element is looked at.
inline void use(const wick::Tensor& t) {
  if (!t.defined() || t.numel() == 0) return;
  volatile uint8_t sum = 0;
  const wick::Tensor c = t.numel() > 1'000'000 ? t.flatten().slice(0, 0, 1000).contiguous() : t.contiguous();  // views of few bytes may be huge
  const auto* p = static_cast<const uint8_t*>(c.data_ptr());
  for (size_t i = 0; i < c.nbytes(); ++i) sum = static_cast<uint8_t>(sum + p[i]);
}

// Runs `f`; only wick::Error may come out, and tensors may take `factor` times the input's size, and 1 MB or what is said.
template <class F>
std::string outcome(size_t size, size_t factor, F f, size_t room = 1 << 20) {
  wick::reset_peak_memory_stats();
  const int64_t before = wick::memory_stats().current_bytes;
  std::string text;
  try {
    f();
  } catch (const wick::Error& e) {
    text = e.what();
    if (text.empty()) std::abort();
  }
  const int64_t took = wick::memory_stats().peak_bytes - before;
  if (took > static_cast<int64_t>(factor * size + room)) {
    std::fprintf(stderr, "%lld bytes of tensors for an input of %zu\n", static_cast<long long>(took), size);
    std::abort();
  }
  return text;
}

}  // namespace fuzz

extern "C" inline int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz_one(data, size);
  return 0;
}
