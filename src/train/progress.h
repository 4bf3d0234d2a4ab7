// One live line while work goes on; nothing where the output is no terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace wick::train {

bool is_terminal();
std::string thousands(int64_t n);              // 1234567 -> 1,234,567
std::string duration(double seconds);          // 0.1 s, 12.3 s, 02:10

class Progress {
 public:
  // `unit` is what is counted; a total of 0 is not known.
  Progress(std::string label, int64_t total, bool live, std::string unit);
  // Redraws at most ten times a second: done of total, what `detail` says, rate and time left.
  void update(int64_t done, const std::string& detail);
  void clear();
  double seconds() const;

 private:
  std::string bar(int64_t done) const;
  std::string label_, unit_;
  int64_t total_;
  bool live_, drawn_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace wick::train
