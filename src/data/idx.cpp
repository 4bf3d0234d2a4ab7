#include <wick/data/idx.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::data::inline v1 {
namespace {

// gzread reads plain files as they are.
using File = std::unique_ptr<gzFile_s, int (*)(gzFile)>;

size_t read_some(gzFile f, void* to, size_t n, const std::string& path) {
  size_t done = 0;
  while (done < n) {
    const int k = gzread(f, static_cast<char*>(to) + done, static_cast<unsigned>(std::min<size_t>(n - done, 1u << 30)));
    int code = 0;
    const char* why = gzerror(f, &code);
    WICK_CHECK(k >= 0 && (code == Z_OK || code == Z_STREAM_END), path, ": damaged or cut off after ", done, " bytes: ", why);
    if (k == 0) break;
    done += static_cast<size_t>(k);
  }
  return done;
}

ScalarType type_of(uint8_t code, const std::string& path) {
  switch (code) {
    case 0x08: return kByte;
    case 0x09: return kChar;
    case 0x0B: return kShort;
    case 0x0C: return kInt;
    case 0x0D: return kFloat;
    case 0x0E: return kDouble;
  }
  throw Error(str(path, ": idx has no element type ", static_cast<int>(code), " (8, 9, 11, 12, 13 or 14)"));
}

}  // namespace

Tensor read_idx(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // opening a pipe must not wait for its other end
  WICK_CHECK(fd >= 0, path, ": cannot open: ", std::strerror(errno));
  struct stat info;
  File f(fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? gzdopen(fd, "rb") : nullptr, gzclose);
  if (!f) close(fd);
  WICK_CHECK(f, path, ": not a regular file, or no memory to read it");
  uint8_t magic[4];
  WICK_CHECK(read_some(f.get(), magic, 4, path) == 4, path, ": too short for an idx file");
  WICK_CHECK(magic[0] == 0 && magic[1] == 0, path, ": not an idx file: it starts with ", static_cast<int>(magic[0]), " ", static_cast<int>(magic[1]), " instead of 0 0");
  const ScalarType type = type_of(magic[2], path);
  WICK_CHECK(magic[3] >= 1 && magic[3] <= 8, path, ": ", static_cast<int>(magic[3]), " dimensions where 1 to 8 are expected");
  std::vector<int64_t> sizes;
  int64_t bytes = static_cast<int64_t>(element_size(type)), reach = bytes;  // reach: as if no size were 0, for the strides
  for (int d = 0; d < magic[3]; ++d) {
    uint8_t b[4];
    WICK_CHECK(read_some(f.get(), b, 4, path) == 4, path, ": the header ends within size ", d);
    sizes.push_back(int64_t{b[0]} << 24 | int64_t{b[1]} << 16 | int64_t{b[2]} << 8 | int64_t{b[3]});
    WICK_CHECK(!__builtin_mul_overflow(reach, std::max<int64_t>(sizes.back(), 1), &reach) && reach <= (int64_t{1} << 40), path, ": sizes ", IntArrayRef(sizes), " are beyond all memory");
    bytes *= sizes.back();
  }
  // Read piece by piece before the whole is believed: a short file must not cost the memory its header asks for.
  std::vector<char> raw;
  while (static_cast<int64_t>(raw.size()) < bytes) {
    const size_t at = raw.size(), want = std::min<size_t>(static_cast<size_t>(bytes) - at, size_t{1} << 24);
    raw.resize(at + want);
    const size_t got = read_some(f.get(), raw.data() + at, want, path);
    WICK_CHECK(got == want, path, ": ", at + got, " bytes of data where ", IntArrayRef(sizes), " needs ", bytes);
  }
  char extra;
  WICK_CHECK(read_some(f.get(), &extra, 1, path) == 0, path, ": more data than ", IntArrayRef(sizes), " needs");
  const size_t size = element_size(type);
  for (size_t i = 0; size > 1 && i < raw.size(); i += size) std::reverse(raw.begin() + static_cast<int64_t>(i), raw.begin() + static_cast<int64_t>(i + size));
  Tensor t = empty(sizes, type);
  if (!raw.empty()) std::memcpy(t.data_ptr(), raw.data(), raw.size());
  return t;
}

}  // namespace wick::data::inline v1
