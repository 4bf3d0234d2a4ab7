#include "log/file_writer.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include <wick/core/str.h>
#include <wick/core/warning.h>

#include "log/crc32c.h"
#include "log/wire.h"

namespace wick::logging {
namespace {

constexpr size_t kWake = size_t{1} << 18;   // waiting bytes for which the thread is woken
constexpr size_t kFull = size_t{64} << 20;  // and with which whoever adds more waits
constexpr std::chrono::milliseconds kShortNap(20), kLongNap(500);

// A child process has no thread that writes, and its parent's queues: it must leave both alone.
std::atomic<int> generation{0};
int current_generation() {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });
  (void)registered;
  return generation.load(std::memory_order_relaxed);
}

std::string host_name() {
  char name[256] = "localhost";
  gethostname(name, sizeof name - 1);
  return name;
}

// A record: length, its checksum, the message, its checksum. `at` is where it begins, 12 bytes before the message.
void finish_record(std::string& s, size_t at) {
  const uint64_t length = s.size() - at - 12;
  std::memcpy(&s[at], &length, 8);
  const uint32_t head = masked_crc32c(&s[at], 8), body = masked_crc32c(&s[at + 12], length);
  std::memcpy(&s[at + 8], &head, 4);
  s.append(reinterpret_cast<const char*>(&body), 4);
}

void add_head(protozero::pbf_writer& event, int64_t step, double wall_time) {
  event.add_double(1, wall_time);
  if (step != 0) event.add_int64(2, step);
}

void add_record(std::string& s, std::string_view fields, int64_t step, double wall_time) {
  const size_t at = s.size();
  s.resize(at + 12);
  protozero::pbf_writer event(s);
  add_head(event, step, wall_time);
  s.append(fields);
  finish_record(s, at);
}

std::string first_fields() { return Message().text(3, "brain.Event:2").message(10, Message().text(1, "wick.log")); }

}  // namespace

double now() {
  timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

Pump::~Pump() { stop(); }

bool Pump::inherited() const { return started_.load(std::memory_order_acquire) && generation_ != generation.load(std::memory_order_relaxed); }

void Pump::start() {
  generation_ = current_generation();
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& e) {
    warn(str("log: no thread to write with: ", e.what(), "; events are dropped, the program goes on"));
    stopping_ = stopped_ = true;
    return;
  }
  pthread_setname_np(thread_.native_handle(), "wick-log");
  started_.store(true, std::memory_order_release);
}

std::shared_ptr<EventFile> Pump::open(const std::string& folder) {
  auto file = std::make_shared<EventFile>(*this, folder);
  if (inherited()) return file;
  const std::lock_guard<std::mutex> lock(mutex_);
  file->open_file();
  if (!thread_.joinable() && !stopped_) start();
  files_.push_back(file);
  return file;
}

void Pump::flush() {
  if (inherited()) return;
  std::unique_lock<std::mutex> lock(mutex_);
  if (!thread_.joinable()) return;
  const uint64_t mine = ++asked_;
  woken_ = true;
  wake_.notify_one();
  done_.wait(lock, [&] { return answered_ >= mine || stopped_; });
}

void Pump::stop() {
  if (inherited()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopped_) return;
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  const std::lock_guard<std::mutex> lock(mutex_);
  stopped_ = true;
  done_.notify_all();
}

void Pump::run() {
  std::unique_lock<std::mutex> lock(mutex_);
  auto nap = kShortNap;
  for (;;) {
    const bool last = stopping_;
    const uint64_t asked = asked_;
    const bool some = drain(lock);
    answered_ = std::max(answered_, asked);
    done_.notify_all();
    if (last && waiting_events_ == 0) break;
    nap = some ? kShortNap : std::min(2 * nap, kLongNap);
    if (stopping_ || asked_ > answered_) continue;
    napping_ = true;
    wake_.wait_for(lock, nap, [&] { return woken_ || stopping_; });
    napping_ = woken_ = false;
  }
  for (const auto& f : files_) f->close_file();
}

// Takes what waits and writes it, unlocked meanwhile.
bool Pump::drain(std::unique_lock<std::mutex>& lock) {
  if (waiting_events_ == 0) return false;
  const std::vector<std::shared_ptr<EventFile>> files = files_;
  for (const auto& f : files) std::swap(f->waiting_, f->writing_);
  waiting_events_ = waiting_bytes_ = 0;
  lock.unlock();
  for (const auto& f : files) f->write_out(f->writing_);
  lock.lock();
  return true;
}

EventFile::EventFile(Pump& pump, std::string folder) : pump_(pump), folder_(std::move(folder)) {}
EventFile::~EventFile() { close_file(); }

std::string EventFile::path() const {
  const std::lock_guard<std::mutex> lock(path_mutex_);
  return path_;
}

template <class F>
void EventFile::append(size_t about, F f) {
  if (pump_.inherited()) {
    pump_.dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  std::unique_lock<std::mutex> lock(pump_.mutex_);
  if (pump_.waiting_bytes_ > kFull) pump_.done_.wait(lock, [&] { return pump_.waiting_bytes_ <= kFull || pump_.stopping_; });
  if (pump_.stopping_) {
    pump_.dropped_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const size_t before = waiting_.bytes.size();
  f(waiting_);
  ++waiting_.events;
  ++pump_.waiting_events_;
  pump_.waiting_bytes_ += waiting_.bytes.size() - before + about;
  if (pump_.napping_ && !pump_.woken_ && (pump_.waiting_bytes_ > kWake || pump_.waiting_events_ >= pump_.options_.max_queue)) {
    pump_.woken_ = true;
    pump_.wake_.notify_one();
  }
}

void EventFile::add_scalar(std::string_view tag, float value, int64_t step, double wall_time) {
  append(0, [&](Queue& q) {
    const size_t at = q.bytes.size();
    q.bytes.resize(at + 12);
    protozero::pbf_writer event(q.bytes);
    add_head(event, step, wall_time);
    {
      protozero::pbf_writer summary(event, 5), v(summary, 1);
      v.add_bytes(1, tag.data(), tag.size());
      v.add_float(2, value);
    }
    finish_record(q.bytes, at);
  });
}

void EventFile::add(std::string_view fields, int64_t step, double wall_time) {
  append(0, [&](Queue& q) { add_record(q.bytes, fields, step, wall_time); });
}

void EventFile::add_later(Make fields, size_t held, int64_t step, double wall_time) {
  append(held, [&](Queue& q) { q.jobs.push_back({q.bytes.size(), q.events, std::move(fields), step, wall_time}); });
}

void EventFile::write_out(Queue& q) {
  size_t done = 0, events = 0;
  for (const Job& job : q.jobs) {
    put(std::string_view(q.bytes).substr(done, job.at - done), job.before - events);
    done = job.at;
    events = job.before + 1;
    std::string record;
    try {
      add_record(record, job.fields(), job.step, job.wall_time);
    } catch (const std::exception& e) {
      pump_.dropped_.fetch_add(1, std::memory_order_relaxed);
      warn(str("log: an event is left out: ", e.what()));
      continue;
    }
    put(record, 1);
  }
  put(std::string_view(q.bytes).substr(done), q.events - events);
  q.bytes.clear();
  if (q.bytes.capacity() > 4 * kWake) q.bytes.shrink_to_fit();
  q.jobs.clear();
  q.events = 0;
  sync(now());
}

// Into as many files as their size asks for.
void EventFile::put(std::string_view records, size_t events) {
  const uint64_t most = pump_.options_.max_file_bytes;
  if (most == 0) return put_into_file(records, events);
  while (!records.empty()) {
    size_t n = 0, count = 0;
    while (n < records.size()) {
      uint64_t length;
      std::memcpy(&length, records.data() + n, 8);
      const size_t next = n + 16 + length;
      if (size_ + next > most && (n > 0 || size_ > first_size_)) break;
      n = next;
      ++count;
    }
    if (n == 0) {
      close_file();
      ++part_;
      size_ = first_size_ = 0;
      open_file();
      continue;
    }
    put_into_file(records.substr(0, n), count);
    records.remove_prefix(n);
  }
}

// Whole records or nothing: what a full disk cut off is taken away again.
void EventFile::put_into_file(std::string_view records, size_t events) {
  if (records.empty()) return;
  if (fd_ < 0 && !open_file()) {
    pump_.dropped_.fetch_add(static_cast<int64_t>(events), std::memory_order_relaxed);
    return;
  }
  size_t done = 0;
  while (done < records.size()) {
    const ssize_t n = ::write(fd_, records.data() + done, records.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int error = errno;
      if (ftruncate(fd_, static_cast<off_t>(size_)) != 0 || lseek(fd_, static_cast<off_t>(size_), SEEK_SET) < 0) close_file(), ++part_;
      return fail("write", error, events);
    }
    done += static_cast<size_t>(n);
  }
  size_ += records.size();
  unsynced_ = true;
  pump_.written_.fetch_add(static_cast<int64_t>(events), std::memory_order_relaxed);
}

bool EventFile::open_file() {
  static std::atomic<int> number{0};
  if (now() < retry_at_) return false;
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  std::string path;
  for (int tries = 0; fd_ < 0 && tries < 1000; ++tries) {
    if (stem_.empty()) stem_ = str("/events.out.tfevents.", static_cast<int64_t>(now()), '.', host_name(), '.', getpid(), '.', number++);
    char part[16] = "";
    if (part_ > 0) std::snprintf(part, sizeof part, ".%06d", part_);  // after the suffix: readers go through files in the order of their names
    path = folder_ + stem_ + pump_.options_.suffix + part;
    fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd_ < 0 && errno != EEXIST) break;
    if (fd_ < 0) stem_.clear();
  }
  if (fd_ < 0) {
    const int why = error ? error.value() : errno;
    {
      const std::lock_guard<std::mutex> lock(path_mutex_);
      path_ = path;
    }
    fail("create", why, 0);
    return false;
  }
  {
    const std::lock_guard<std::mutex> lock(path_mutex_);
    path_ = path;
  }
  size_ = 0;
  std::string record;
  add_record(record, first_fields(), 0, now());
  put_into_file(record, 0);
  first_size_ = size_;
  return fd_ >= 0 && size_ > 0;
}

// Training goes on without its log: one warning, then silence, and a try every second.
void EventFile::fail(const char* what, int error, size_t events) {
  pump_.dropped_.fetch_add(static_cast<int64_t>(events), std::memory_order_relaxed);
  retry_at_ = now() + 1;
  if (std::exchange(warned_, true)) return;
  warn(str("log: cannot ", what, " ", path(), ": ", std::strerror(error), "; events are dropped, the program goes on"));
}

void EventFile::sync(double t) {
  if (!unsynced_ || fd_ < 0) return;
  if (synced_at_ == 0) synced_at_ = t;
  if (t - synced_at_ < pump_.options_.flush_secs) return;
  fdatasync(fd_);
  synced_at_ = now();
  unsynced_ = false;
}

void EventFile::close_file() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace wick::logging
