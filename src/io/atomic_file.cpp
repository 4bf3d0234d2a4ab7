#include "io/atomic_file.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <utility>

#include <wick/core/str.h>

namespace wick::io {
namespace {

[[noreturn]] void fail(const char* what, const std::string& path, int error, const char* outcome) {
  throw Error(str("cannot ", what, " ", path, ": ", std::strerror(error), outcome));
}
constexpr const char* kOldStays = "; what was there before is unchanged";

// The temporary file: closed and removed unless it got its name.
class Temporary {
 public:
  Temporary(const std::string& path, bool past_cache) : target_(path) {
    static std::atomic<unsigned> count{0};  // several threads may write the same file
    name_ = str(path, ".tmp", getpid(), "-", count++);
    fd_ = open(name_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd_ < 0) fail("create", name_, errno, kOldStays);
    if (past_cache) block_.reset(static_cast<char*>(std::aligned_alloc(kAlign, kBlock)));
    direct_ = block_ && set_direct(true);
  }
  ~Temporary() {
    if (fd_ >= 0) close(fd_);
    if (!renamed_) unlink(name_.c_str());
  }
  void write(const char* p, size_t n) {
    if (!direct_ && filled_ == 0) return put(p, n);
    while (n > 0) {
      const size_t k = std::min(n, kBlock - filled_);
      std::memcpy(block_.get() + filled_, p, k);
      filled_ += k;
      p += k;
      n -= k;
      if (filled_ == kBlock) put(block_.get(), std::exchange(filled_, 0));
    }
  }
  void finish() {
    const size_t whole = filled_ / kAlign * kAlign;
    put(block_.get(), whole);
    if (filled_ > whole) {
      direct_ = direct_ && !set_direct(false);
      put(block_.get() + whole, filled_ - whole);
    }
    if (fsync(fd_) != 0) fail("sync", target_, errno, kOldStays);
    const int fd = std::exchange(fd_, -1);
    if (close(fd) != 0) fail("close", target_, errno, kOldStays);
    if (rename(name_.c_str(), target_.c_str()) != 0) fail("rename the new file to", target_, errno, kOldStays);
    renamed_ = true;
  }

 private:
  static constexpr size_t kAlign = 4096, kBlock = size_t{1} << 20;
  struct Free { void operator()(char* p) const { std::free(p); } };

  void put(const char* p, size_t n) {
    while (n > 0) {
      const ssize_t k = ::write(fd_, p, n);
      if (k < 0 && errno == EINTR) continue;
      // A file system may ask for more than pages, and a short write may end between them.
      if (k < 0 && errno == EINVAL && direct_) {
        direct_ = false;
        if (set_direct(false)) continue;
        errno = EINVAL;
      }
      if (k <= 0) fail("write", target_, k == 0 ? ENOSPC : errno, kOldStays);
      p += k;
      n -= static_cast<size_t>(k);
    }
  }
  bool set_direct(bool on) {
    const int flags = fcntl(fd_, F_GETFL);
    return flags >= 0 && fcntl(fd_, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0;
  }

  std::string target_, name_;
  int fd_ = -1;
  bool renamed_ = false, direct_ = false;
  std::unique_ptr<char, Free> block_;  // what goes past the cache lies at whole pages
  size_t filled_ = 0;
};

void sync_folder(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // the file itself is safe; a folder may be writable and not readable
  const int error = fsync(fd) == 0 ? 0 : errno;
  close(fd);
  // Some file systems cannot sync folders.
  if (error != 0 && error != EINVAL && error != ENOTSUP) fail("sync the folder of", path, error, "; the new file is there, but might be lost in a power failure");
}

}  // namespace

void write_atomically(const std::string& path, const std::vector<Piece>& pieces, bool past_cache) {
  {
    Temporary file(path, past_cache);
    for (const Piece& p : pieces) file.write(static_cast<const char*>(p.data), p.size);
    file.finish();
  }
  sync_folder(path);
}

void remove_left_behind(const std::string& folder, const std::string& start) {
  constexpr std::string_view mark = ".tmp";
  std::error_code error;
  for (auto i = std::filesystem::directory_iterator(folder, error); !error && i != std::filesystem::directory_iterator(); i.increment(error)) {
    const std::string name = i->path().filename().string();
    const size_t at = name.rfind(mark);
    if (at == std::string::npos || name.compare(0, start.size(), start) != 0) continue;
    const char *first = name.data() + at + mark.size(), *last = name.data() + name.size();
    int pid = 0;
    unsigned count = 0;
    const auto p = std::from_chars(first, last, pid);
    if (p.ec != std::errc() || pid <= 0 || p.ptr == last || *p.ptr != '-') continue;
    const auto c = std::from_chars(p.ptr + 1, last, count);
    // A process of the same number is this one, in a container that began anew.
    std::error_code ignored;
    if (c.ec == std::errc() && c.ptr == last && (pid == getpid() || (kill(pid, 0) != 0 && errno == ESRCH))) std::filesystem::remove(i->path(), ignored);
  }
}

}  // namespace wick::io
