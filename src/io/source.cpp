#include "io/source.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::io {

Mapping::~Mapping() { munmap(data, size); }

namespace {

class FileSource final : public Source {
 public:
  explicit FileSource(const std::string& path) {
    name = path;
    fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // opening a pipe must not wait for its other end
    WICK_CHECK(fd_ >= 0, path, ": cannot open: ", std::strerror(errno));
    struct stat s;
    const bool good = fstat(fd_, &s) == 0 && S_ISREG(s.st_mode);
    if (!good) close(fd_);
    WICK_CHECK(good, path, ": not a regular file");
    size_ = static_cast<uint64_t>(s.st_size);
  }
  ~FileSource() override { close(fd_); }
  uint64_t size() const override { return size_; }
  size_t read(uint64_t position, void* to, size_t n) const override {
    size_t done = 0;
    while (done < n) {
      const ssize_t k = pread(fd_, static_cast<char*>(to) + done, std::min<size_t>(n - done, 1u << 30), static_cast<off_t>(position + done));
      if (k < 0 && errno == EINTR) continue;
      if (k <= 0) break;
      done += static_cast<size_t>(k);
    }
    return done;
  }
  std::shared_ptr<Mapping> map() const override {
    if (size_ == 0) return nullptr;
    void* p = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd_, 0);
    return p == MAP_FAILED ? nullptr : std::make_shared<Mapping>(static_cast<char*>(p), size_);
  }

 private:
  int fd_;
  uint64_t size_;
};

class MemorySource final : public Source {
 public:
  MemorySource(const char* data, size_t size) : data_(data), size_(size) {}
  uint64_t size() const override { return size_; }
  size_t read(uint64_t position, void* to, size_t n) const override {
    if (position > size_) return 0;
    n = std::min<size_t>(n, size_ - position);
    if (n) std::memcpy(to, data_ + position, n);
    return n;
  }

 private:
  const char* data_;
  size_t size_;
};

}  // namespace

std::unique_ptr<Source> open_file(const std::string& path) { return std::make_unique<FileSource>(path); }
std::unique_ptr<Source> memory_source(const char* data, size_t size) { return std::make_unique<MemorySource>(data, size); }

void Source::exact(uint64_t position, void* to, uint64_t n, const char* what) const {
  WICK_CHECK(position <= size() && n <= size() - position, name, ": ", what, " at byte ", position, " has ", n, " bytes, the file ends at ", size());
  const size_t got = n ? read(position, to, n) : 0;
  WICK_CHECK(got == n, name, ": reading ", what, " at byte ", position, " gave ", got, " of ", n, " bytes");
}

Whole whole(const Source& source) {
  if (const auto mapping = source.map()) return {mapping, {mapping->data, mapping->size}};
  auto copy = std::make_shared<std::string>(source.size(), '\0');
  source.exact(0, copy->data(), copy->size(), "the file");
  return {copy, *copy};
}

Tensor tensor_at(const Source& source, const std::shared_ptr<Mapping>& mapping, uint64_t position, IntArrayRef sizes, ScalarType type) {
  const size_t alignment = std::min<size_t>(swap_width(type), 8);
  if (mapping && position % alignment == 0) {
    // A storage for each tensor, as if they had been read: changes of one are none of another.
    Tensor t = from_blob(mapping->data + position, sizes, [mapping](void*) {}, type);
    if (t.numel() > 0) return make_valid(t), t;
  }
  Tensor t = empty(sizes, type);
  if (t.numel() > 0) source.exact(position, t.data_ptr(), t.nbytes(), "a tensor");
  make_valid(t);
  return t;
}

void make_valid(const Tensor& t) {
  if (t.scalar_type() != kBool) return;
  auto* p = static_cast<uint8_t*>(t.data_ptr());
  for (int64_t i = 0; i < t.numel(); ++i)
    if (p[i] > 1) p[i] = 1;
}

void swap_bytes(void* data, size_t bytes, size_t width) {
  if (width < 2) return;
  char* p = static_cast<char*>(data);
  for (size_t i = 0; i + width <= bytes; i += width) std::reverse(p + i, p + i + width);
}

}  // namespace wick::io
