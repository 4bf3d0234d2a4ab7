#include "train/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace wick::train {

bool is_terminal() {
  const char* plain = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) && !(plain && *plain);
}

std::string thousands(int64_t n) {
  std::string s = std::to_string(n);
  for (int64_t i = static_cast<int64_t>(s.size()) - 3; i > (n < 0 ? 1 : 0); i -= 3) s.insert(static_cast<size_t>(i), ",");
  return s;
}

std::string duration(double seconds) {
  char buf[32];
  if (seconds < 60) std::snprintf(buf, sizeof buf, "%.1f s", seconds);
  else std::snprintf(buf, sizeof buf, "%02d:%02d", static_cast<int>(seconds) / 60, static_cast<int>(seconds) % 60);
  return buf;
}

Progress::Progress(std::string label, int64_t total, bool live, std::string unit)
    : label_(std::move(label)), unit_(std::move(unit)), total_(total), live_(live), start_(std::chrono::steady_clock::now()), last_(start_ - std::chrono::seconds(1)) {}

double Progress::seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

std::string Progress::bar(int64_t done) const {
  constexpr int width = 16;
  // Eighths of a block, so that a short bar still moves.
  static const char* const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int64_t eighths = std::min(done, total_) * width * 8 / total_;
  std::string bar;
  for (int64_t i = 0; i < eighths / 8; ++i) bar += "█";
  bar += parts[eighths % 8];
  const int64_t used = eighths / 8 + (eighths % 8 ? 1 : 0);
  return bar + std::string(static_cast<size_t>(width - used), ' ');
}

void Progress::update(int64_t done, const std::string& detail) {
  const auto now = std::chrono::steady_clock::now();
  if (!live_ || ((total_ == 0 || done < total_) && now - last_ < std::chrono::milliseconds(100))) return;
  last_ = now;
  drawn_ = true;
  const double s = seconds(), rate = s > 0 ? static_cast<double>(done) / s : 0;
  std::printf("\r\033[K%s %s%s  %s %s/s", label_.c_str(), total_ > 0 ? (bar(done) + " ").c_str() : "", detail.c_str(), thousands(static_cast<int64_t>(rate)).c_str(), unit_.c_str());
  if (total_ > 0) std::printf("  %s left", duration(rate > 0 ? static_cast<double>(total_ - done) / rate : 0).c_str());
  std::fflush(stdout);
}

void Progress::clear() {
  if (drawn_) std::printf("\r\033[K");
  drawn_ = false;
}

}  // namespace wick::train
