#include "io/zip.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <wick/core/str.h>

namespace wick::io {
namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50, kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr uint64_t kMax32 = 0xFFFFFFFF;
constexpr size_t kAlignment = 64;

// Little-endian numbers, one after the other.
struct Bytes {
  std::string s;
  Bytes& u16(uint64_t v) { return put(v, 2); }
  Bytes& u32(uint64_t v) { return put(v, 4); }
  Bytes& u64(uint64_t v) { return put(v, 8); }
  Bytes& text(const std::string& t) { s += t; return *this; }
  Bytes& put(uint64_t v, int n) {
    for (int i = 0; i < n; ++i) s += static_cast<char>(v >> (8 * i));
    return *this;
  }
};
uint64_t number(const char* p, int n) {
  uint64_t v = 0;
  for (int i = 0; i < n; ++i) v |= static_cast<uint64_t>(static_cast<uint8_t>(p[i])) << (8 * i);
  return v;
}

uint32_t checksum(const void* data, size_t size) { return static_cast<uint32_t>(crc32_z(crc32_z(0, nullptr, 0), static_cast<const Bytef*>(data), size)); }

}  // namespace

void ZipWriter::append(std::string bytes) {
  owned_.push_back(std::move(bytes));
  pieces_.push_back({owned_.back().data(), owned_.back().size()});
  at_ += owned_.back().size();
}
void ZipWriter::add(const std::string& name, std::string text) {
  owned_.push_back(std::move(text));
  const std::string& kept = owned_.back();
  add(name, kept.data(), kept.size());
}
void ZipWriter::add(const std::string& name, const void* data, size_t size) {
  const std::string full = folder_ + "/" + name;
  const Record r{full, at_, size, size ? checksum(data, size) : 0};
  Bytes extra;
  if (size >= kMax32) extra.u16(1).u16(16).u64(size).u64(size);
  const uint64_t start = at_ + 30 + full.size() + extra.s.size() + 4;
  const uint64_t padding = (kAlignment - start % kAlignment) % kAlignment;
  extra.text("FB").u16(padding).text(std::string(padding, 'Z'));
  const uint64_t size32 = std::min<uint64_t>(size, kMax32);
  Bytes h;
  h.u32(kLocal).u16(size >= kMax32 ? 45 : 20).u16(0x0800).u16(0).u16(0).u16(0x0021).u32(r.crc).u32(size32).u32(size32).u16(full.size()).u16(extra.s.size());
  append(h.text(full).text(extra.s).s);
  if (size) pieces_.push_back({data, size});
  at_ += size;
  records_.push_back(r);
}

const std::vector<Piece>& ZipWriter::finish() {
  const uint64_t start = at_;
  Bytes d;
  for (const Record& r : records_) {
    Bytes extra;
    if (r.size >= kMax32) extra.u64(r.size).u64(r.size);
    if (r.offset >= kMax32) extra.u64(r.offset);
    const std::string wide = extra.s.empty() ? "" : Bytes().u16(1).u16(extra.s.size()).text(extra.s).s;
    const uint64_t size32 = std::min(r.size, kMax32);
    d.u32(kCentral).u16(45).u16(wide.empty() ? 20 : 45).u16(0x0800).u16(0).u16(0).u16(0x0021).u32(r.crc).u32(size32).u32(size32);
    d.u16(r.name.size()).u16(wide.size()).u16(0).u16(0).u16(0).u32(0).u32(std::min(r.offset, kMax32)).text(r.name).text(wide);
  }
  const uint64_t size = d.s.size(), n = records_.size(), end = start + size;
  if (n >= 0xFFFF || end >= kMax32) {
    d.u32(kEnd64).u64(44).u16(45).u16(45).u32(0).u32(0).u64(n).u64(n).u64(size).u64(start);
    d.u32(kLocator64).u32(0).u64(end).u32(1);
  }
  const uint64_t n16 = std::min<uint64_t>(n, 0xFFFF);
  d.u32(kEnd).u16(0).u16(0).u16(n16).u16(n16).u32(std::min(size, kMax32)).u32(std::min(start, kMax32)).u16(0);
  append(d.s);
  return pieces_;
}

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

ZipReader::ZipReader(std::unique_ptr<Source> source) : source_(std::move(source)) { read_directory(); }

void ZipReader::exact(uint64_t position, void* to, size_t n, const char* what) const {
  WICK_CHECK(position <= source_->size() && n <= source_->size() - position, name(), ": ", what, " at byte ", position, " has ", n, " bytes, the file ends at ", source_->size());
  const size_t got = source_->read(position, to, n);
  WICK_CHECK(got == n, name(), ": reading ", what, " at byte ", position, " gave ", got, " of ", n, " bytes");
}

const ZipReader::Record& ZipReader::find(const std::string& record) const {
  const auto found = records_.find(record);
  WICK_CHECK(found != records_.end(), name(), ": there is no record ", record);
  return found->second;
}

void ZipReader::read_directory() {
  const uint64_t total = source_->size();
  WICK_CHECK(total >= 22, name(), ": ", total, " bytes are too few for a zip archive");
  // The end record stands before a comment of up to 65535 bytes.
  std::string tail(std::min<uint64_t>(total, 22 + 0xFFFF), '\0');
  exact(total - tail.size(), tail.data(), tail.size(), "the end");
  size_t at = tail.size() - 22;
  while (number(&tail[at], 4) != kEnd || at + 22 + number(&tail[at + 20], 2) != tail.size()) {
    WICK_CHECK(at > 0, name(), ": not a whole zip archive: it has no end record (cut off?)");
    --at;
  }
  uint64_t n = number(&tail[at + 10], 2), size = number(&tail[at + 12], 4), start = number(&tail[at + 16], 4);
  uint64_t end = total - tail.size() + at;
  if (n == 0xFFFF || size == kMax32 || start == kMax32) {
    char locator[20], wide[56];
    WICK_CHECK(end >= 20, name(), ": the zip64 locator is missing");
    exact(end - 20, locator, 20, "the zip64 locator");
    WICK_CHECK(number(locator, 4) == kLocator64, name(), ": the zip64 locator is missing at byte ", end - 20);
    end = number(locator + 8, 8);
    exact(end, wide, 56, "the zip64 end record");
    WICK_CHECK(number(wide, 4) == kEnd64, name(), ": no zip64 end record at byte ", end);
    n = number(wide + 32, 8);
    size = number(wide + 40, 8);
    start = number(wide + 48, 8);
  }
  WICK_CHECK(start <= end && size <= end - start, name(), ": the directory at byte ", start, " with ", size, " bytes reaches beyond its end at ", end);
  WICK_CHECK(n <= size / 46, name(), ": ", n, " records cannot stand in a directory of ", size, " bytes");
  std::string d(size, '\0');
  exact(start, d.data(), d.size(), "the directory");
  std::string folder;
  uint64_t pos = 0;
  for (uint64_t i = 0; i < n; ++i) {
    const auto where = [&] { return str(name(), ": record ", i, " of the directory (byte ", start + pos, ")"); };
    WICK_CHECK(size - pos >= 46 && number(&d[pos], 4) == kCentral, where(), " is damaged");
    const char* h = &d[pos];
    const uint64_t flags = number(h + 8, 2), method = number(h + 10, 2), name_size = number(h + 28, 2), extra_size = number(h + 30, 2), comment = number(h + 32, 2);
    WICK_CHECK(size - pos - 46 >= name_size + extra_size + comment, where(), " reaches beyond the directory");
    std::string full(h + 46, name_size);
    Record r{number(h + 42, 4), number(h + 24, 4), static_cast<uint32_t>(number(h + 16, 4)), true};
    uint64_t stored = number(h + 20, 4);
    const char* x = h + 46 + name_size;
    for (uint64_t left = extra_size; left >= 4;) {
      const uint64_t id = number(x, 2), len = number(x + 2, 2);
      WICK_CHECK(len <= left - 4, where(), " has a damaged extra field");
      if (id == 1) {
        uint64_t used = 0;
        for (uint64_t* field : {&r.size, &stored, &r.header})
          if (*field == kMax32) {
            WICK_CHECK(used + 8 <= len, where(), " has a zip64 field of ", len, " bytes");
            *field = number(x + 4 + used, 8);
            used += 8;
          }
      }
      x += 4 + len;
      left -= 4 + len;
    }
    // Source code of TorchScript, which nothing here reads, is compressed.
    r.stored = method == 0 && !(flags & 1);
    WICK_CHECK((stored == r.size || !r.stored) && r.header <= total && stored <= total - r.header, where(), ", ", full, ", has ", r.size, " bytes (", stored, " stored) at byte ", r.header, " of ", total);
    // All records lie in one folder, whose name is free.
    const size_t slash = full.find('/');
    WICK_CHECK(slash != std::string::npos && slash > 0, where(), ", ", full, ", is in no folder: not an archive of PyTorch's kind");
    if (i == 0) folder = full.substr(0, slash + 1);
    WICK_CHECK(full.compare(0, folder.size(), folder) == 0, where(), ", ", full, ", is not in the folder ", folder);
    WICK_CHECK(records_.emplace(full.substr(folder.size()), r).second, where(), ", ", full, ", occurs twice");
    pos += 46 + name_size + extra_size + comment;
  }
}

void ZipReader::read(const std::string& record, void* to) const {
  const Record& r = find(record);
  WICK_CHECK(r.stored, name(), ": record ", record, " is compressed or encrypted; it must be stored as it is");
  char h[30];
  exact(r.header, h, 30, "a record's header");
  WICK_CHECK(number(h, 4) == kLocal, name(), ": no header of record ", record, " at byte ", r.header);
  const uint64_t start = r.header + 30 + number(h + 26, 2) + number(h + 28, 2);
  exact(start, to, r.size, "a record");
  const uint32_t crc = r.size ? checksum(to, r.size) : 0;
  WICK_CHECK(crc == r.crc, name(), ": record ", record, " at byte ", start, " is damaged: its checksum is ", crc, " where ", r.crc, " is expected");
}

std::string ZipReader::text(const std::string& record, uint64_t limit) const {
  const uint64_t n = size_of(record);
  WICK_CHECK(n <= limit, name(), ": record ", record, " has ", n, " bytes, more than ", limit);
  std::string s(n, '\0');
  read(record, s.data());
  return s;
}

}  // namespace wick::io
