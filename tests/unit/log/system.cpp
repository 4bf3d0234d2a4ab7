// What is told of a machine: of a made-up one with limits and odd files, and of this one.
#include <wick/log.h>

#include <gtest/gtest.h>

#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <thread>

#include "log/support.h"
#include "temp.h"

namespace wick::test {
namespace {

using logging::SystemMonitor;
using logging::SystemMonitorOptions;
using logging::SystemProbe;
using logging::SystemSample;

struct Machine : TempDir {
  void put(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(std::filesystem::path(*this / path).parent_path());
    write_file(*this / path, text);
  }
  SystemProbe probe() const { return SystemProbe(SystemMonitorOptions().root(path()).gpu(false)); }
};

void first_look(Machine& m) {
  m.put("proc/stat", "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\nintr 5\n");
  m.put("proc/meminfo", "MemTotal:       1000000 kB\nMemFree: 1 kB\nMemAvailable:    400000 kB\n");
  m.put("proc/self/stat", "7 (a ) b (c) 1) S 1 1 1 0 -1 4194560 10 0 0 0 1000 500 0 0 20 0 3 0 100 1 1 1\n");
  m.put("proc/self/status", "Name:\tVmRSS:  9 kB\nVmPeak: 9 kB\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nThreads:\t3\n");
  m.put("proc/self/io", "rchar: 5\nread_bytes: 1000\nwrite_bytes: 0\ncancelled_write_bytes: 0\n");
  m.put("proc/diskstats", " 8 0 sda 1 0 100 0 1 0 200 0 0 0 0\n 8 1 sda1 1 0 100 0 1 0 200 0 0 0 0\n 7 0 loop0 1 0 100 0 1 0 200 0 0 0\n 259 0 nvme0n1 1 0 10 0 1 0 20 0 0 0 0\n 259 1 nvme0n1p1 1 0 10 0 1 0 20 0 0 0 0\nodd\n");
  m.put("proc/self/net/dev", "Inter-|   Receive |  Transmit\n face |bytes\n    lo: 9 0 0 0 0 0 0 0 9 0\n  eth0: 5000 1 0 0 0 0 0 0 600 1 0 0 0 0 0 0\n");
}

TEST(System, ReadsWhatAMachineTells) {
  Machine m;
  first_look(m);
  SystemProbe probe = m.probe();
  const SystemSample first = probe.sample();
  EXPECT_TRUE(std::isnan(first.cpu) && std::isnan(first.process_cpu) && std::isnan(first.disk_read) && std::isnan(first.network_sent)) << "rates begin with the second look";
  EXPECT_EQ(first.memory_total, 1000000 * 1024.0);
  EXPECT_EQ(first.memory, 600000 * 1024.0);
  EXPECT_EQ(first.process_memory, 1024 * 1024.0);
  EXPECT_EQ(first.process_peak, 2048 * 1024.0);
  EXPECT_EQ(first.threads, 3);
  EXPECT_TRUE(first.gpus.empty());
  m.put("proc/stat", "cpu  130 0 120 850 0 0 0 0 0 0\n");
  m.put("proc/self/stat", "7 (a ) b (c) 1) S 1 1 1 0 -1 4194560 10 0 0 0 1010 510 0 0 20 0 3 0 100 1 1 1\n");
  m.put("proc/self/io", "read_bytes: 3000\nwrite_bytes: 4000\n");
  m.put("proc/diskstats", " 8 0 sda 1 0 120 0 1 0 240 0 0 0 0\n 8 1 sda1 1 0 999 0 1 0 999 0 0 0 0\n 259 0 nvme0n1 1 0 20 0 1 0 40 0 0 0 0\n");
  m.put("proc/self/net/dev", "    lo: 99999 0 0 0 0 0 0 0 99999 0\n  eth0:7000 1 0 0 0 0 0 0 1600 1 0 0 0 0 0 0\n");
  const SystemSample second = probe.sample();
  EXPECT_DOUBLE_EQ(second.cpu, 50);
  EXPECT_NEAR(second.disk_written / second.disk_read, 2, 1e-9);
  EXPECT_NEAR(second.machine_read / second.disk_read, 30 * 512 / 2000.0, 1e-9) << "disks, not their parts";
  EXPECT_NEAR(second.machine_written / second.machine_read, 2, 1e-9);
  EXPECT_NEAR(second.network_received / second.network_sent, 2, 1e-9) << "without the machine's own loop";
  EXPECT_NEAR(second.process_cpu / second.disk_read, 100 * 20.0 / static_cast<double>(sysconf(_SC_CLK_TCK)) / 2000, 1e-9);
}

TEST(System, LimitsOfCgroupsCount) {
  Machine m;
  first_look(m);
  m.put("proc/self/cgroup", "12:cpu:/other\n0::/outer/inner\n");
  m.put("sys/fs/cgroup/outer/memory.max", "500000000\n");
  m.put("sys/fs/cgroup/outer/memory.current", "300000000\n");
  m.put("sys/fs/cgroup/outer/memory.stat", "anon 5\ninactive_file 100000000\n");
  m.put("sys/fs/cgroup/outer/inner/memory.max", "max\n");
  m.put("sys/fs/cgroup/outer/inner/cpu.max", "50000 100000\n");
  m.put("sys/fs/cgroup/outer/inner/cpu.stat", "usage_usec 1000000\nuser_usec 5\n");
  m.put("sys/fs/cgroup/outer/cpu.max", "max 100000\n");
  SystemProbe probe = m.probe();
  const SystemSample s = probe.sample();
  EXPECT_EQ(s.processors, 0.5);
  EXPECT_EQ(s.memory_total, 500000000);
  EXPECT_EQ(s.memory, 200000000) << "without files that are given up when somebody wants memory";
  m.put("sys/fs/cgroup/outer/inner/cpu.stat", "usage_usec 1010000\n");
  m.put("proc/self/io", "read_bytes: 3000\nwrite_bytes: 0\n");
  const SystemSample later = probe.sample();
  EXPECT_NEAR(later.cpu / later.disk_read, 100 * 0.01 / 0.5 / 2000, 1e-9) << "of half a processor";
  m.put("sys/fs/cgroup/outer/memory.max", "999999999999999\n");
  EXPECT_EQ(m.probe().sample().memory_total, 1000000 * 1024.0) << "a limit above what there is";
}

TEST(System, NothingThatIsMissingOrOddMatters) {
  const Machine empty;
  SystemProbe nothing = empty.probe();
  for (int k = 0; k < 2; ++k) {
    const SystemSample s = nothing.sample();
    for (const double v : {s.cpu, s.process_cpu, s.memory, s.memory_total, s.process_memory, s.threads, s.disk_read, s.machine_read, s.network_sent}) EXPECT_TRUE(std::isnan(v));
    EXPECT_GT(s.processors, 0);
  }
  const std::string long_line(100000, 'x');
  for (const std::string& junk : {std::string(), std::string("\n\n\n"), std::string("cpu "), std::string("cpu  -5 nan 1e999 x"), std::string(")"), std::string("7 (x"), long_line, std::string("0::") + long_line, std::string("0::/../../..\n"),
                                  std::string("0::relative\n"), std::string("max\n"), std::string("-1 0\n"), std::string("1 0\n"), std::string("\0\0\0", 3), std::string("lo\nx:\n:::\n8 0 \n8 0 sda\n")}) {
    Machine m;
    for (const char* path : {"proc/stat", "proc/meminfo", "proc/self/stat", "proc/self/status", "proc/self/io", "proc/diskstats", "proc/self/net/dev", "proc/self/cgroup", "sys/fs/cgroup/memory.max", "sys/fs/cgroup/cpu.max",
                             "sys/fs/cgroup/cpu.stat", "sys/fs/cgroup/memory.current"})
      m.put(path, junk);
    SystemProbe probe = m.probe();
    probe.sample();
    EXPECT_GT(probe.sample().processors, 0) << junk.substr(0, 50);
  }
  // Counters that begin anew, as after a move to another machine, are no rates below zero.
  Machine m;
  first_look(m);
  SystemProbe probe = m.probe();
  probe.sample();
  m.put("proc/self/io", "read_bytes: 1\nwrite_bytes: 0\n");
  m.put("proc/stat", "cpu  1 0 1 1\n");
  const SystemSample s = probe.sample();
  EXPECT_TRUE(std::isnan(s.disk_read) && std::isnan(s.cpu));
}

TEST(System, GpusByTheirLibrary) {
  const Machine m;
  void* const library = dlopen(WICK_FAKE_NVML, RTLD_LAZY | RTLD_GLOBAL);  // whoever asks for a library of that name gets this one
  ASSERT_NE(library, nullptr) << dlerror();
  {
    SystemProbe probe(SystemMonitorOptions().root(m.path()));
    const SystemSample s = probe.sample();
    ASSERT_EQ(s.gpus.size(), 2u);
    EXPECT_EQ(s.gpus[0].utilization, 75);
    EXPECT_EQ(s.gpus[0].memory, 60e9);
    EXPECT_EQ(s.gpus[0].memory_total, 80e9);
    EXPECT_EQ(s.gpus[0].temperature, 61);
    EXPECT_EQ(s.gpus[0].power, 312.5);
    EXPECT_EQ(s.gpus[1].utilization, 5);
    EXPECT_TRUE(std::isnan(s.gpus[1].memory) && std::isnan(s.gpus[1].power) && std::isnan(s.gpus[1].temperature));
    const TempDir dir;
    logging::SummaryWriter w(dir / "run");
    { SystemMonitor monitor(w, SystemMonitorOptions().root(m.path())); }
    w.close();
    logging::RunLog log(dir / "run");
    log.refresh();
    std::vector<std::string> tags;
    for (const auto& t : log.tags()) tags.push_back(t.tag);
    EXPECT_EQ(tags, (std::vector<std::string>{"system/gpu0/utilization", "system/gpu0/memory", "system/gpu0/temperature", "system/gpu0/power", "system/gpu1/utilization"})) << "what is not known is not written";
    SystemProbe none(SystemMonitorOptions().root(m.path()).gpu(false));
    EXPECT_TRUE(none.sample().gpus.empty());
  }
  dlclose(library);
}

TEST(System, AMonitorWritesScalars) {
  const TempDir dir;
  std::atomic<int64_t> step{40};
  {
    logging::SummaryWriter w(dir / "run");
    EXPECT_THROW(SystemMonitor(w, SystemMonitorOptions().interval(0)), ValueError);
    SystemMonitor monitor(w, SystemMonitorOptions().interval(0.02).step([&] { return step.load(); }));
    volatile double busy = 0;
    for (const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(150); std::chrono::steady_clock::now() < until;) busy = busy + 1;
    step = 50;
    monitor.stop();
    monitor.stop();
    EXPECT_GT(monitor.cost(), 0);
    SystemMonitor fails(w, SystemMonitorOptions().interval(0.02).step([]() -> int64_t { throw Error("none"); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  logging::RunLog log(dir / "run");
  log.refresh();
  std::map<std::string, logging::Points> all;
  for (const auto& t : log.tags()) all[t.tag] = log.points(t.index);
  for (const char* tag : {"system/cpu", "system/process_cpu", "system/memory", "system/process_memory", "system/threads"}) {
    ASSERT_TRUE(all.count(tag)) << tag;
    EXPECT_GE(all[tag].steps.size(), 1u) << tag;
    EXPECT_EQ(all[tag].steps.front(), 40) << tag;
    if (std::string(tag).find("cpu") == std::string::npos) { EXPECT_EQ(all[tag].steps.back(), 50) << tag; }  // rates need some time between samples
  }
  for (const double v : all["system/cpu"].values) EXPECT_TRUE(v >= 0 && v < 101) << v;
  EXPECT_GT(all["system/process_memory"].values[0], 1e6);
  EXPECT_LT(all["system/process_memory"].values[0], all["system/memory"].values[0] + 1e9);
  EXPECT_GE(all["system/threads"].values[0], 2);
}

}  // namespace
}  // namespace wick::test
