#include "log/record_scanner.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "log/crc32c.h"

namespace wick::logging {
namespace {

constexpr size_t kBuffer = size_t{1} << 20, kHead = 12, kTail = 4;

template <class T>
T load(const char* p) {
  T v;
  std::memcpy(&v, p, sizeof v);
  return v;
}
bool is_head(const char* p) { return load<uint32_t>(p + 8) == masked_crc32c(p, 8); }

}  // namespace

RecordScanner::~RecordScanner() { close(); }
RecordScanner::RecordScanner(RecordScanner&& o) noexcept
    : path_(std::move(o.path_)), options_(o.options_), fd_(std::exchange(o.fd_, -1)), position_(o.position_), at_(o.at_), size_(o.size_), buffer_(std::move(o.buffer_)),
      capacity_(std::exchange(o.capacity_, 0)), begin_(std::exchange(o.begin_, 0)), filled_(std::exchange(o.filled_, 0)), lost_(o.lost_), damaged_(o.damaged_) {}

bool RecordScanner::open() {
  if (fd_ < 0) fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat s;
  if (fd_ < 0 || fstat(fd_, &s) != 0 || !S_ISREG(s.st_mode)) return false;
  size_ = static_cast<uint64_t>(s.st_size);
  return true;
}

bool RecordScanner::grown() {
  struct stat s;
  return stat(path_.c_str(), &s) == 0 && static_cast<uint64_t>(s.st_size) != size_;
}

void RecordScanner::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
  buffer_.reset();
  capacity_ = begin_ = filled_ = 0;
}

void RecordScanner::resize(size_t room) {
  std::unique_ptr<char[]> other(new char[room]);
  if (have() > 0) std::memcpy(other.get(), buffer_.get() + begin_, have());
  buffer_ = std::move(other);
  capacity_ = room;
  filled_ = have();
  begin_ = 0;
}

bool RecordScanner::fill(size_t n) {
  if (have() >= n) return true;
  if (size_ - std::min(size_, position_) < n && (!open() || size_ - std::min(size_, position_) < n)) return false;
  const size_t room = std::max(n, static_cast<size_t>(std::min<uint64_t>(kBuffer, size_ - position_)));  // small files ask for little
  if (n > capacity_ - begin_ || room > capacity_) {
    if (room > capacity_) {
      resize(room);
    } else {
      std::memmove(buffer_.get(), buffer_.get() + begin_, have());
      filled_ -= begin_;
      begin_ = 0;
    }
  }
  while (have() < n) {
    if (fd_ < 0 && !open()) return false;
    const ssize_t got = pread(fd_, buffer_.get() + filled_, capacity_ - filled_, static_cast<off_t>(position_ + have()));
    if (got <= 0) return false;  // shorter than it was; perhaps it grows again
    filled_ += static_cast<size_t>(got);
  }
  return true;
}

void RecordScanner::skip(uint64_t n) {
  const auto held = static_cast<size_t>(std::min<uint64_t>(n, have()));
  begin_ += held;
  position_ += n;
  if (held < n) begin_ = filled_ = 0;
  if (begin_ == filled_) begin_ = filled_ = 0;
}

// After a damaged place: the next bytes that are the head of a record.
bool RecordScanner::find_record() {
  while (fill(kHead)) {
    const char* const p = buffer_.get() + begin_;
    const size_t last = have() - kHead;
    size_t k = 0;
    while (k <= last && !is_head(p + k)) ++k;
    skip(k);
    if (k <= last) return true;
  }
  return false;
}

bool RecordScanner::next(std::string_view& message) {
  if (capacity_ > 4 * kBuffer && have() <= kBuffer) resize(kBuffer);  // one large record does not keep its memory
  for (;;) {
    if (lost_ && !find_record()) return false;
    lost_ = false;
    if (!fill(kHead)) return false;
    const char* p = buffer_.get() + begin_;
    if (!is_head(p)) {
      ++damaged_;
      lost_ = true;
      skip(1);
      continue;
    }
    const auto length = load<uint64_t>(p);
    // Longer than the file: being written, or cut off. Nothing is taken for it before it is there.
    const uint64_t left = size_ - std::min(size_, position_);
    if (length > left && (!open() || length > size_ - std::min(size_, position_))) return false;
    if (kHead + length + kTail > size_ - position_ && (!open() || kHead + length + kTail > size_ - position_)) return false;
    if (length > static_cast<uint64_t>(options_.max_record_bytes())) {
      ++damaged_;
      skip(kHead + length + kTail);
      continue;
    }
    const auto n = static_cast<size_t>(length);
    if (!fill(kHead + n + kTail)) return false;
    p = buffer_.get() + begin_;
    const char* const body = p + kHead;
    const bool good = !options_.check_crc() || load<uint32_t>(body + n) == masked_crc32c(body, n);
    message = std::string_view(body, n);
    at_ = position_ + kHead;
    begin_ += kHead + n + kTail;  // the bytes stay where they are until the next call
    position_ += kHead + n + kTail;
    if (good) return true;
    ++damaged_;
  }
}

}  // namespace wick::logging
