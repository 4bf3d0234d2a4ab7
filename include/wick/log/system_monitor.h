// What a process and its machine use, sampled and written as scalars.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <wick/log/summary_writer.h>

namespace wick {
namespace logging {
inline namespace v1 {

/// A GPU: per cent of the time in which it worked, bytes, degrees Celsius, watts.
struct GpuSample { double utilization = 0, memory = 0, memory_total = 0, temperature = 0, power = 0; };
/// What is used. Rates are of the time since the sample before, NaN in the first one; what this machine does not tell is NaN.
struct SystemSample {
  double time = 0;                                     // seconds since 1970
  double processors = 0;                               // how many this process may use, by its cgroup's limit too
  double cpu = 0, process_cpu = 0;                     // per cent of these processors; of one processor, by this process
  double memory = 0, memory_total = 0;                 // bytes in use, and how many there are: the machine's, or those of the cgroup that limits them
  double process_memory = 0, process_peak = 0;         // bytes of this process in memory; the most so far
  double threads = 0;                                  // of this process
  double disk_read = 0, disk_written = 0;              // bytes a second, by this process
  double machine_read = 0, machine_written = 0;        // and of all disks
  double network_received = 0, network_sent = 0;       // bytes a second, all interfaces but the machine's own loop
  std::vector<GpuSample> gpus;
};

/// How often a monitor looks, and at what.
struct SystemMonitorOptions {
  /// Seconds between samples.
  WICK_ARG(double, interval) = 5;
  /// The step of events, asked for by the monitor's thread; without one samples are counted.
  WICK_ARG(std::function<int64_t()>, step);
  /// Whether GPUs are looked at (NVIDIA's, by their management library, where there is one).
  WICK_ARG(bool, gpu) = true;
  /// Where the machine's /proc and /sys are.
  WICK_ARG(std::string, root);
};

/// Takes samples, one after the other, each in less than a millisecond. Reads /proc and /sys and expects nothing of them: what is missing or odd is NaN.
class SystemProbe {
 public:
  explicit SystemProbe(SystemMonitorOptions options = {});
  ~SystemProbe();
  SystemProbe(SystemProbe&&) noexcept;
  SystemSample sample();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// A thread that writes a sample every `interval` seconds as scalars: `system/cpu`, `system/process_cpu`, `system/memory`, `system/process_memory`, `system/threads`, `system/disk_read`,
/// `system/disk_written`, `system/network_received`, `system/network_sent`, and `system/gpu0/utilization`, `…/memory`, `…/temperature`, `…/power`. The board shows them on its page System. The
/// writer has to outlive it. Nothing of it ends a program.
///
///     logging::SummaryWriter writer("runs/first");
///     logging::SystemMonitor monitor(writer);               // until it goes out of scope
///
/// Errors: an interval below 10 ms (ValueError).
class SystemMonitor {
 public:
  explicit SystemMonitor(SummaryWriter& writer, SystemMonitorOptions options = {});
  /// Stops.
  ~SystemMonitor();
  SystemMonitor(const SystemMonitor&) = delete;
  SystemMonitor& operator=(const SystemMonitor&) = delete;
  /// Ends the thread, after a last sample.
  void stop();
  /// Seconds of processor time that looking took so far.
  double cost() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace v1
}  // namespace logging
}  // namespace wick
