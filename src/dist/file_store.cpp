#include <wick/dist/store.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <wick/core/str.h>

#include "dist/socket.h"

namespace wick::distributed::inline v1 {

using std::chrono::milliseconds;

// Changes are appended, under a lock; everybody reads on from where they were. A change: 1 (0: deleted), key, value.
struct FileStore::File {
  explicit File(std::string path_) : path(std::move(path_)), fd(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    WICK_CHECK_TYPE(DistError, fd, "FileStore: cannot open ", path, ": ", std::strerror(errno));
  }
  template <class F>
  auto locked(const F& f) {
    std::lock_guard<std::mutex> one(mutex);
    struct Lock {
      explicit Lock(int fd) : fd(fd) { while (flock(fd, LOCK_EX) != 0 && errno == EINTR) {} }
      ~Lock() { flock(fd, LOCK_UN); }
      int fd;
    } lock(fd.fd());
    read_on();
    return f();
  }
  void read_on() {
    char bytes[65536];
    for (ssize_t got; (got = pread(fd.fd(), bytes, sizeof bytes, at)) > 0; at += got) rest.append(bytes, static_cast<size_t>(got));
    while (!rest.empty()) {
      Reader r{rest};
      const uint64_t set = r.number();
      const std::string key = r.text(), value = r.text();
      if (!r.good) break;
      if (set) data[key] = value;
      else data.erase(key);
      rest.erase(0, r.at);
    }
  }
  void append(bool set, const std::string& key, const std::string& value) {
    std::string change;
    put(change, static_cast<uint64_t>(set));
    put(change, key);
    put(change, value);
    WICK_CHECK_TYPE(DistError, write(fd.fd(), change.data(), change.size()) == static_cast<ssize_t>(change.size()), "FileStore: cannot write ", path, ": ", std::strerror(errno));
  }
  std::string path;
  Socket fd;
  std::mutex mutex;
  off_t at = 0;
  std::string rest;
  std::map<std::string, std::string> data;
};

FileStore::FileStore(std::string path, milliseconds timeout) : file_(std::make_unique<File>(std::move(path))) { timeout_ = timeout; }
FileStore::~FileStore() = default;
void FileStore::set(const std::string& key, const std::string& value) { file_->locked([&] { file_->append(true, key, value); }); }
std::string FileStore::get(const std::string& key) {
  wait({key}, timeout_);
  return file_->locked([&] { return file_->data[key]; });
}
int64_t FileStore::add(const std::string& key, int64_t amount) {
  return file_->locked([&] {
    const int64_t sum = std::strtoll(file_->data[key].c_str(), nullptr, 10) + amount;
    file_->append(true, key, std::to_string(sum));
    return sum;
  });
}
std::string FileStore::compare_set(const std::string& key, const std::string& expected, const std::string& desired) {
  return file_->locked([&] {
    const auto at = file_->data.find(key);
    const bool fits = at == file_->data.end() ? expected.empty() : at->second == expected;
    if (fits) file_->append(true, key, desired);
    return fits ? desired : at == file_->data.end() ? expected : at->second;
  });
}
bool FileStore::check(const std::vector<std::string>& keys) {
  return file_->locked([&] {
    for (const auto& key : keys)
      if (!file_->data.count(key)) return false;
    return true;
  });
}
void FileStore::wait(const std::vector<std::string>& keys, milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (!check(keys)) {
    WICK_CHECK_TYPE(TimeoutError, std::chrono::steady_clock::now() < end, "store: nobody has set '", keys[0], "'", keys.size() > 1 ? " and others" : "", " in ", file_->path,
                    " within ", static_cast<double>(timeout.count()) / 1000, " s; have all ranks started?");
    std::this_thread::sleep_for(milliseconds(5));
  }
}
bool FileStore::delete_key(const std::string& key) {
  return file_->locked([&] {
    const bool had = file_->data.count(key) != 0;
    if (had) file_->append(false, key, {});
    return had;
  });
}

}  // namespace wick::distributed::inline v1
