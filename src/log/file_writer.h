// Event files as they are written: records of Event messages, by a thread of their own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace wick::logging {

struct FileOptions {
  size_t max_queue = 1000;
  double flush_secs = 120;
  std::string suffix;
  uint64_t max_file_bytes = 0;
};

class EventFile;

// The thread that writes the files of one SummaryWriter. It looks for events by itself, at least every half second, so that whoever adds one need not wake
// it: a wake-up costs more than all the rest.
class Pump {
 public:
  explicit Pump(FileOptions options) : options_(std::move(options)) {}
  ~Pump();
  Pump(const Pump&) = delete;

  std::shared_ptr<EventFile> open(const std::string& folder);
  // Waits until all that was added before is written, or could not be.
  void flush();
  // Writes the rest, closes the files and ends the thread; what is added later is dropped.
  void stop();
  bool inherited() const;  // by a fork: then nothing is written
  int64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  int64_t written() const { return written_.load(std::memory_order_relaxed); }

 private:
  friend class EventFile;
  void run();
  bool drain(std::unique_lock<std::mutex>& lock);
  void start();

  const FileOptions options_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::thread thread_;
  std::vector<std::shared_ptr<EventFile>> files_;
  size_t waiting_events_ = 0, waiting_bytes_ = 0;
  bool napping_ = false, woken_ = false, stopping_ = false, stopped_ = false;
  uint64_t asked_ = 0, answered_ = 0;  // flushes
  std::atomic<int64_t> dropped_{0}, written_{0};
  std::atomic<bool> started_{false};
  int generation_ = 0;
};

// One event file. All members are safe to call from any thread.
class EventFile {
 public:
  using Make = std::function<std::string()>;
  EventFile(Pump& pump, std::string folder);
  ~EventFile();

  // Adds an Event that holds one scalar; one whose fields after wall_time and step are given; one whose fields are made later, by the thread that writes.
  void add_scalar(std::string_view tag, float value, int64_t step, double wall_time);
  void add(std::string_view fields, int64_t step, double wall_time);
  void add_later(Make fields, size_t held, int64_t step, double wall_time);  // which hold so many bytes meanwhile
  const std::string& folder() const { return folder_; }
  std::string path() const;

 private:
  friend class Pump;
  struct Job { size_t at, before; Make fields; int64_t step; double wall_time; };
  struct Queue {
    std::string bytes;  // whole records, in between of which the jobs' come
    std::vector<Job> jobs;
    size_t events = 0;
  };
  template <class F> void append(size_t about, F f);
  // These are called by the thread that writes, without the lock.
  void write_out(Queue& queue);
  void put(std::string_view records, size_t events);
  void put_into_file(std::string_view records, size_t events);
  bool open_file();
  void sync(double now);
  void close_file();
  void fail(const char* what, int error, size_t events);

  Pump& pump_;
  const std::string folder_;
  mutable std::mutex path_mutex_;
  std::string path_, stem_;
  Queue waiting_, writing_;
  int fd_ = -1, part_ = 0;
  uint64_t size_ = 0, first_size_ = 0;  // what is in the file, and was when it began
  double retry_at_ = 0, synced_at_ = 0;
  bool warned_ = false, unsynced_ = false;
};

double now();

}  // namespace wick::logging
