#include "io/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include <wick/core/str.h>

namespace wick::io {
namespace {

[[noreturn]] void fail(const char* what, const std::string& path, int error) {
  throw Error(str("cannot ", what, " ", path, ": ", std::strerror(error)));
}

struct File {
  int fd;
  std::string path;
  bool keep = false;
  ~File() {
    if (fd >= 0) close(fd);
    if (!keep) unlink(path.c_str());
  }
};

void write_all(File& f, const char* p, size_t n) {
  while (n > 0) {
    const ssize_t k = ::write(f.fd, p, n);
    if (k < 0 && errno == EINTR) continue;
    if (k < 0) fail("write", f.path, errno);
    p += k;
    n -= static_cast<size_t>(k);
  }
}

void sync_folder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // the file itself is safe; some file systems cannot open folders
  fsync(fd);
  close(fd);
}

}  // namespace

void write_atomically(const std::string& path, const std::vector<Piece>& pieces) {
  const std::string temporary = path + ".tmp" + std::to_string(getpid());
  File f{open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), temporary};
  if (f.fd < 0) {
    f.keep = true;
    fail("create", temporary, errno);
  }
  for (const Piece& p : pieces) write_all(f, static_cast<const char*>(p.data), p.size);
  if (fsync(f.fd) != 0) fail("sync", temporary, errno);
  const int fd = f.fd;
  f.fd = -1;
  if (close(fd) != 0) fail("close", temporary, errno);
  if (rename(temporary.c_str(), path.c_str()) != 0) fail("rename to", path, errno);
  f.keep = true;
  sync_folder(path);
}

}  // namespace wick::io
