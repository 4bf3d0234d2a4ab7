#include "board/machine.h"

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

namespace wick::board {
namespace {

constexpr size_t kKept = 1800;  // an hour
constexpr auto kEvery = std::chrono::seconds(2);

struct Counters {
  double busy = 0, all = 0, read = 0, written = 0;
};

Counters count() {
  Counters c;
  std::ifstream stat("/proc/stat");
  std::string name;
  double v;
  stat >> name;
  for (int k = 0; k < 8 && stat >> v; ++k) {
    c.all += v;
    if (k != 3 && k != 4) c.busy += v;  // idle, waiting for disks
  }
  std::ifstream disks("/proc/diskstats");
  for (std::string line; std::getline(disks, line);) {
    std::istringstream in(line);
    double major, minor, done, merged, sectors, ms, wdone, wmerged, wsectors;
    if (!(in >> major >> minor >> name >> done >> merged >> sectors >> ms >> wdone >> wmerged >> wsectors)) continue;
    const bool part = name.compare(0, 4, "loop") == 0 || name.compare(0, 3, "dm-") == 0 || name.compare(0, 3, "ram") == 0 ||
                      (name.compare(0, 2, "sd") == 0 && name.size() > 3) || (name.compare(0, 4, "nvme") == 0 && name.find('p') != std::string::npos) ||
                      (name.compare(0, 2, "vd") == 0 && name.size() > 3);
    if (part) continue;
    c.read += 512 * sectors;
    c.written += 512 * wsectors;
  }
  return c;
}

double kilobytes(const char* what) {
  std::ifstream f("/proc/meminfo");
  std::string name, unit;
  for (double v; f >> name >> v; std::getline(f, unit))
    if (name == what) return v * 1024;
  return 0;
}

}  // namespace

Machine::Machine() : total_(kilobytes("MemTotal:")), processors_(static_cast<int>(std::thread::hardware_concurrency())), thread_([this] { watch(); }) {}
Machine::~Machine() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Machine::watch() {
  Counters before = count();
  auto then = std::chrono::steady_clock::now();
  std::unique_lock<std::mutex> lock(mutex_);
  while (!wake_.wait_for(lock, samples_.empty() ? std::chrono::milliseconds(300) : std::chrono::milliseconds(kEvery), [&] { return stopping_; })) {
    const Counters c = count();
    const auto at = std::chrono::steady_clock::now();
    const double seconds = std::chrono::duration<double>(at - then).count();
    const double time = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    const double cpu = c.all > before.all ? 100 * (c.busy - before.busy) / (c.all - before.all) : 0;
    samples_.push_back({time, cpu, total_ - kilobytes("MemAvailable:"), (c.read - before.read) / seconds, (c.written - before.written) / seconds});
    if (samples_.size() > kKept) samples_.pop_front();
    before = c;
    then = at;
  }
}

std::vector<Machine::Sample> Machine::since(double time) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<Sample> r;
  for (const Sample& s : samples_)
    if (s.time > time) r.push_back(s);
  return r;
}

}  // namespace wick::board
