#include "cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace wick::cli {

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

Progress::Progress(std::string label, int64_t total, bool live)
    : label_(std::move(label)), total_(total), live_(live), start_(std::chrono::steady_clock::now()), last_(start_ - std::chrono::seconds(1)) {}

double Progress::seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

void Progress::update(int64_t done, const std::string& detail) {
  const auto now = std::chrono::steady_clock::now();
  if (!live_ || (done < total_ && now - last_ < std::chrono::milliseconds(100))) return;
  last_ = now;
  drawn_ = true;
  constexpr int width = 16;
  // Eighths of a block, so that a short bar still moves.
  static const char* const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const int64_t eighths = total_ > 0 ? done * width * 8 / total_ : 0;
  std::string bar;
  for (int64_t i = 0; i < eighths / 8; ++i) bar += "█";
  bar += parts[eighths % 8];
  const int64_t used = eighths / 8 + (eighths % 8 ? 1 : 0);
  bar += std::string(static_cast<size_t>(width - used), ' ');
  const double s = seconds(), rate = s > 0 ? static_cast<double>(done) / s : 0;
  const double left = rate > 0 ? static_cast<double>(total_ - done) / rate : 0;
  std::printf("\r\033[K%s %s %s  %s img/s  %s left", label_.c_str(), bar.c_str(), detail.c_str(), thousands(static_cast<int64_t>(rate)).c_str(), duration(left).c_str());
  std::fflush(stdout);
}

void Progress::clear() {
  if (drawn_) std::printf("\r\033[K");
  drawn_ = false;
}

}  // namespace wick::cli
