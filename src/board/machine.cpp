#include "board/machine.h"

#include <chrono>
#include <cmath>

namespace wick::board {
namespace {

constexpr size_t kKept = 1800;  // an hour
constexpr auto kEvery = std::chrono::seconds(2);

double or_none(double v) { return std::isfinite(v) ? v : 0; }

}  // namespace

Machine::Machine() {
  const logging::SystemSample s = probe_.sample();
  total_ = or_none(s.memory_total);
  processors_ = std::max(1, static_cast<int>(std::ceil(s.processors)));
  gpus_ = s.gpus.size();
  thread_ = std::thread([this] { watch(); });
}
Machine::~Machine() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Machine::watch() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!wake_.wait_for(lock, samples_.empty() ? std::chrono::milliseconds(300) : std::chrono::milliseconds(kEvery), [&] { return stopping_; })) {
    const logging::SystemSample s = probe_.sample();
    Sample one{s.time, {or_none(s.cpu), or_none(s.memory), or_none(s.machine_read), or_none(s.machine_written), or_none(s.network_received), or_none(s.network_sent)}};
    for (const logging::GpuSample& g : s.gpus)
      for (const double v : {g.utilization, g.memory}) one.values.push_back(or_none(v));
    samples_.push_back(std::move(one));
    if (samples_.size() > kKept) samples_.pop_front();
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
