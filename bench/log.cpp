// Event files: what a scalar costs the caller, how many a second, how fast files are indexed, a histogram of 10 million values. Wick only:
//   g++ -O2 -std=c++17 bench/log.cpp -Iinclude -Lbuild/release -lwick_log -lwick_nn -lwick_core -Wl,-rpath,$PWD/build/release -o /tmp/bench_log && /tmp/bench_log
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <wick/log.h>
#include <wick/wick.h>

using namespace wick;
using Clock = std::chrono::steady_clock;

static double seconds_since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }
static double median(std::vector<double> v, double q = 0.5) {
  std::nth_element(v.begin(), v.begin() + static_cast<long>(q * static_cast<double>(v.size() - 1)), v.end());
  return v[static_cast<size_t>(q * static_cast<double>(v.size() - 1))];
}
// Of the whole process: what a machine that others use as well does not disturb as much.
static double cpu_seconds() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}
static double peak_mb() {
  rusage u;
  getrusage(RUSAGE_SELF, &u);
  return static_cast<double>(u.ru_maxrss) / 1024;
}

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "/dev/shm/wick_bench_log", only = argc > 2 ? argv[2] : "";
  std::filesystem::remove_all(folder);
  if (only.empty() || only == "scalars") {
    for (int round = 0; round < 3; ++round) {
      logging::SummaryWriter w(folder + "/fast");
      constexpr int n = 3'000'000;
      const double cpu = cpu_seconds();
      const auto t = Clock::now();
      for (int i = 0; i < n; ++i) w.add_scalar("train/loss", i, i);
      const double calls = seconds_since(t);
      w.flush();
      const double whole = seconds_since(t);
      std::printf("scalars: %.2f M/s with flush, %.0f ns a call in a row; %.0f ns of processor each, both threads\n", n / whole / 1e6, calls / n * 1e9, (cpu_seconds() - cpu) / n * 1e9);
    }
    logging::SummaryWriter w(folder + "/slow");
    std::vector<double> times;
    for (int i = 0; i < 200'000; ++i) {
      const auto t = Clock::now();
      w.add_scalar("train/loss", i, i);
      times.push_back(seconds_since(t) * 1e9);
      if (i % 8 == 7)
        for (const auto u = Clock::now(); seconds_since(u) < 20e-6;) {}  // steps of 20 us with 8 scalars each
    }
    std::printf("one call between steps: median %.0f ns, p99 %.0f ns, p99.9 %.0f ns (with two readings of the clock)\n", median(times), median(times, 0.99), median(times, 0.999));
  }
  if (only.empty() || only == "histogram") {
    manual_seed(1);
    const Tensor x = randn({10'000'000}) * 0.05;
    logging::SummaryWriter w(folder + "/histogram");
    for (int threads : {1, 2}) {
      set_num_threads(threads);
      std::vector<double> times;
      for (int i = 0; i < 15; ++i) {
        const auto t = Clock::now();
        w.add_histogram("weights", x, i);
        times.push_back(seconds_since(t) * 1e3);
      }
      std::printf("histogram of 10 M normal values, %d thread(s): median %.1f ms, fastest %.1f ms\n", threads, median(times), *std::min_element(times.begin(), times.end()));
    }
  }
  if (only.empty() || only == "read") {
    // 250 runs with 40 tags each, 1 GB: scalars, and a histogram of 2 kB for 20 of them.
    const Tensor x = randn({2000});
    const int runs = 250, tags = 40, steps = 800;
    std::vector<std::string> names;
    for (int k = 0; k < tags; ++k) names.push_back("layer" + std::to_string(k / 4) + "/metric_" + std::to_string(k % 4));
    std::filesystem::create_directories(folder + "/many");
    logging::SummaryWriter proto(folder + "/many/run_0");
    for (int s = 0; s < steps; ++s) {
      for (int k = 0; k < tags; ++k) proto.add_scalar(names[static_cast<size_t>(k)], s * 0.37 + k, s, 1.7e9 + s * 0.1);
      if (s % 4 == 0) proto.add_histogram("weights/" + std::to_string(s % 3), x, s);
    }
    proto.close();
    for (int r = 1; r < runs; ++r) std::filesystem::copy(folder + "/many/run_0", folder + "/many/run_" + std::to_string(r));
    for (const bool crc : {true, false})
      for (int threads : {1, 2}) {
        const double before = peak_mb(), cpu = cpu_seconds();
        const auto t = Clock::now();
        logging::LogFolder logs(folder + "/many", logging::ReadOptions().check_crc(crc).threads(threads));
        logs.refresh();
        const double s = seconds_since(t), used = cpu_seconds() - cpu;
        const auto stats = logs.stats();
        std::printf("index: %.2f GB, %lld events, %d tags in %lld files, checksums %s, %d thread(s): %.2f s, %.2f GB/s, %.1f M events/s; %.2f s of processor, %.2f GB/s of it; peak %.0f MB (%.0f before)\n", stats.bytes / 1e9,
                    static_cast<long long>(stats.events), runs * (tags + 3), static_cast<long long>(stats.files), crc ? "on" : "off", threads, s, stats.bytes / 1e9 / s, stats.events / 1e6 / s, used, stats.bytes / 1e9 / used,
                    peak_mb(), before);
      }
  }
  std::filesystem::remove_all(folder);
}
