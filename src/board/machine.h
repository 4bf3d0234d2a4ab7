// How busy this machine is, sampled while the board runs.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace wick::board {

class Machine {
 public:
  struct Sample {
    double time, cpu, memory, read, written;  // seconds since 1970; per cent; bytes in use; bytes a second of disks
  };
  Machine();
  ~Machine();
  std::vector<Sample> since(double time) const;
  double total_memory() const { return total_; }
  int processors() const { return processors_; }

 private:
  void watch();
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Sample> samples_;
  double total_ = 0;
  int processors_ = 1;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wick::board
