// How busy this machine is, sampled while the board runs.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <wick/log/system_monitor.h>

namespace wick::board {

class Machine {
 public:
  // Seconds since 1970; per cent of the processors, bytes in use, bytes a second of disks (read, written) and of the network (received, sent), and of each GPU per cent and bytes.
  struct Sample { double time; std::vector<double> values; };
  Machine();
  ~Machine();
  std::vector<Sample> since(double time) const;
  double total_memory() const { return total_; }
  int processors() const { return processors_; }
  size_t gpus() const { return gpus_; }

 private:
  void watch();
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Sample> samples_;
  double total_ = 0;
  int processors_ = 1;
  size_t gpus_ = 0;
  logging::SystemProbe probe_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace wick::board
