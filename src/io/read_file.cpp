#include "io/read_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::io {

Tensor read_file(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // opening a pipe must not wait for its other end
  WICK_CHECK(fd >= 0, path, ": cannot open: ", std::strerror(errno));
  struct Closer { int fd; ~Closer() { close(fd); } } closer{fd};
  struct stat info;
  WICK_CHECK(fstat(fd, &info) == 0 && S_ISREG(info.st_mode), path, ": not a regular file");
  Tensor bytes = empty({static_cast<int64_t>(info.st_size)}, kByte);
  for (int64_t done = 0; done < info.st_size;) {
    const ssize_t k = pread(fd, static_cast<uint8_t*>(bytes.data_ptr()) + done, static_cast<size_t>(info.st_size - done), done);
    if (k < 0 && errno == EINTR) continue;
    WICK_CHECK(k >= 0, path, ": cannot read: ", std::strerror(errno));
    WICK_CHECK(k > 0, path, ": became shorter while it was read: ", done, " of ", info.st_size, " bytes");
    done += k;
  }
  return bytes;
}

}  // namespace wick::io
