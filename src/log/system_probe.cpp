// What /proc, /sys and NVIDIA's library tell of a process and its machine.
#include <wick/log/system_monitor.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include <wick/core/error.h>

namespace wick::logging::inline v1 {
namespace {

constexpr size_t kMost = size_t{1} << 20;  // bytes of a file that are looked at

std::string read_text(const std::string& path) {
  std::string r;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return r;
  char block[8192];
  for (ssize_t n; r.size() < kMost && (n = ::read(fd, block, sizeof block)) > 0;) r.append(block, static_cast<size_t>(n));
  ::close(fd);
  return r;
}
template <class F>
void each_line(const std::string& text, F&& f) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    f(text.substr(at, end - at));
    at = end + 1;
  }
}
// A number that the text begins with, perhaps after spaces; NaN if it does not.
double number(const char* p) {
  char* end = nullptr;
  const double v = std::strtod(p, &end);
  return end == p ? NAN : v;
}
// What stands after a name at the beginning of a line.
double field(const std::string& text, std::string_view name) {
  for (size_t at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
    if (at == 0 || text[at - 1] == '\n') return number(text.c_str() + at + name.size());
  return NAN;
}
std::vector<double> numbers(const char* p) {
  std::vector<double> r;
  for (char* end; r.size() < 64; p = end) {
    const double v = std::strtod(p, &end);
    if (end == p) break;
    r.push_back(v);
  }
  return r;
}

// Of disks as they are, not of their parts or of what lies upon them.
bool is_disk(const std::string& name) {
  const auto begins = [&](const char* with) { return name.compare(0, std::strlen(with), with) == 0; };
  if (begins("loop") || begins("ram") || begins("dm-") || begins("md") || begins("zram") || begins("sr")) return false;
  if (begins("nvme") || begins("mmcblk")) return name.find('p') == std::string::npos;
  return !((begins("sd") || begins("vd") || begins("xvd") || begins("hd")) && std::isdigit(static_cast<unsigned char>(name.back())));
}

// NVIDIA's management library, by its C interface, which has not changed since 2011.
class Gpus {
 public:
  explicit Gpus(bool wanted) {
    if (!wanted || !(library_ = dlopen("libnvidia-ml.so.1", RTLD_LAZY | RTLD_LOCAL))) return;
    int (*init)() = nullptr;
    int (*count)(unsigned*) = nullptr;
    int (*handle)(unsigned, void**) = nullptr;
    if (!get(init, "nvmlInit_v2") || !get(count, "nvmlDeviceGetCount_v2") || !get(handle, "nvmlDeviceGetHandleByIndex_v2") || !get(use_, "nvmlDeviceGetUtilizationRates") ||
        !get(memory_, "nvmlDeviceGetMemoryInfo") || !get(temperature_, "nvmlDeviceGetTemperature") || !get(power_, "nvmlDeviceGetPowerUsage") || init() != 0)
      return;
    get(end_, "nvmlShutdown");
    unsigned n = 0;
    if (count(&n) != 0) return;
    for (unsigned i = 0; i < std::min(n, 64u); ++i)
      if (void* device = nullptr; handle(i, &device) == 0) devices_.push_back(device);
  }
  ~Gpus() {
    if (end_) end_();
    if (library_) dlclose(library_);
  }
  Gpus(const Gpus&) = delete;
  Gpus& operator=(const Gpus&) = delete;
  std::vector<GpuSample> sample() const {
    std::vector<GpuSample> r;
    for (void* d : devices_) {
      unsigned use[2] = {}, value = 0;
      unsigned long long bytes[3] = {};
      GpuSample s{NAN, NAN, NAN, NAN, NAN};
      if (use_(d, use) == 0) s.utilization = use[0];
      if (memory_(d, bytes) == 0) s.memory_total = static_cast<double>(bytes[0]), s.memory = static_cast<double>(bytes[2]);
      if (temperature_(d, 0, &value) == 0) s.temperature = value;
      if (power_(d, &value) == 0) s.power = value * 1e-3;
      r.push_back(s);
    }
    return r;
  }

 private:
  template <class F> bool get(F*& f, const char* name) { return (f = reinterpret_cast<F*>(dlsym(library_, name))) != nullptr; }
  void* library_ = nullptr;
  int (*use_)(void*, unsigned*) = nullptr;
  int (*memory_)(void*, unsigned long long*) = nullptr;
  int (*temperature_)(void*, int, unsigned*) = nullptr;
  int (*power_)(void*, unsigned*) = nullptr;
  int (*end_)() = nullptr;
  std::vector<void*> devices_;
};

// Numbers that only grow.
struct Counters { double time = NAN, busy = NAN, all = NAN, group = NAN, process = NAN, io[2] = {NAN, NAN}, disks[2] = {NAN, NAN}, net[2] = {NAN, NAN}; };

// The limits of a cgroup (version 2) and of those around it: the closest one counts.
struct Group {
  double processors = NAN, memory = NAN;
  std::string memory_folder, cpu_folder;
};
Group group_of(const std::string& root) {
  Group g;
  std::string path;
  each_line(read_text(root + "/proc/self/cgroup"), [&](const std::string& line) { if (line.compare(0, 3, "0::") == 0) path = line.substr(3); });
  if (path.empty() || path[0] != '/' || path.find("/../") != std::string::npos) path = "/";
  for (const std::string base = root + "/sys/fs/cgroup";; path.resize(path.rfind('/'))) {
    const std::string folder = path == "/" ? base : base + path;
    const double memory = number(read_text(folder + "/memory.max").c_str());  // "max" is no number
    if (memory > 0 && !(g.memory <= memory)) g.memory = memory, g.memory_folder = folder;
    const std::vector<double> cpu = numbers(read_text(folder + "/cpu.max").c_str());
    if (cpu.size() == 2 && cpu[1] > 0 && !(g.processors <= cpu[0] / cpu[1])) g.processors = cpu[0] / cpu[1], g.cpu_folder = folder;
    if (path.empty() || path == "/") break;
  }
  return g;
}

}  // namespace

struct SystemProbe::Impl {
  SystemMonitorOptions o;
  Gpus gpus;
  Counters before;
  explicit Impl(SystemMonitorOptions options) : o(std::move(options)), gpus(o.gpu()) {}

  std::string read(const char* path) const { return read_text(o.root() + path); }
  Counters count(const Group& g) const {
    Counters c;
    c.time = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    const std::string stat = read("/proc/stat");
    if (stat.compare(0, 4, "cpu ") == 0) {
      const std::vector<double> v = numbers(stat.c_str() + 4);
      c.all = c.busy = 0;
      for (size_t k = 0; k < std::min<size_t>(8, v.size()); ++k) {  // the rest is in the first ones already
        c.all += v[k];
        if (k != 3 && k != 4) c.busy += v[k];  // idle, waiting for disks
      }
    }
    if (!g.cpu_folder.empty()) c.group = field(read_text(g.cpu_folder + "/cpu.stat"), "usage_usec ") * 1e-6;
    const std::string own = read("/proc/self/stat");
    if (const size_t at = own.rfind(')'); at != std::string::npos && at + 4 < own.size()) {  // the name before may hold anything
      const std::vector<double> v = numbers(own.c_str() + at + 4);
      if (v.size() > 11) c.process = (v[10] + v[11]) / static_cast<double>(sysconf(_SC_CLK_TCK));
    }
    const std::string io = read("/proc/self/io");
    c.io[0] = field(io, "read_bytes: ");
    c.io[1] = field(io, "write_bytes: ");
    const auto add = [](double& to, double v) { to = std::isnan(to) ? v : to + v; };
    each_line(read("/proc/diskstats"), [&](const std::string& line) {
      char name[64];
      if (std::sscanf(line.c_str(), "%*s %*s %63s", name) != 1 || !is_disk(name)) return;
      const std::vector<double> v = numbers(line.c_str() + line.find(name) + std::strlen(name));
      if (v.size() > 6) add(c.disks[0], 512 * v[2]), add(c.disks[1], 512 * v[6]);
    });
    each_line(read("/proc/self/net/dev"), [&](const std::string& line) {
      const size_t colon = line.find(':'), first = line.find_first_not_of(' ');
      if (colon == std::string::npos || line.compare(first, colon - first, "lo") == 0) return;
      const std::vector<double> v = numbers(line.c_str() + colon + 1);
      if (v.size() > 8) add(c.net[0], v[0]), add(c.net[1], v[8]);
    });
    return c;
  }
};

SystemProbe::SystemProbe(SystemMonitorOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
SystemProbe::~SystemProbe() = default;
SystemProbe::SystemProbe(SystemProbe&&) noexcept = default;

SystemSample SystemProbe::sample() {
  const Group g = group_of(impl_->o.root());
  const Counters c = impl_->count(g), &b = impl_->before;
  SystemSample s;
  s.time = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  const double seconds = c.time - b.time;
  const auto rate = [&](double now, double then) { return seconds > 0 && now >= then ? (now - then) / seconds : NAN; };
  const double there = static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
  s.processors = g.processors < there ? g.processors : there;
  s.cpu = !g.cpu_folder.empty() ? 100 * rate(c.group, b.group) / s.processors : c.all > b.all && c.busy >= b.busy ? 100 * (c.busy - b.busy) / (c.all - b.all) : NAN;
  s.process_cpu = 100 * rate(c.process, b.process);
  const std::string memory = impl_->read("/proc/meminfo");
  s.memory_total = 1024 * field(memory, "MemTotal:");
  s.memory = s.memory_total - 1024 * field(memory, "MemAvailable:");
  if (g.memory < s.memory_total || (std::isnan(s.memory_total) && g.memory > 0)) {
    s.memory_total = g.memory;
    const double files = field(read_text(g.memory_folder + "/memory.stat"), "inactive_file ");  // given up when somebody wants it
    s.memory = number(read_text(g.memory_folder + "/memory.current").c_str()) - (files > 0 ? files : 0);
  }
  const std::string own = impl_->read("/proc/self/status");
  s.process_memory = 1024 * field(own, "VmRSS:");
  s.process_peak = 1024 * field(own, "VmHWM:");
  s.threads = field(own, "Threads:");
  s.disk_read = rate(c.io[0], b.io[0]);
  s.disk_written = rate(c.io[1], b.io[1]);
  s.machine_read = rate(c.disks[0], b.disks[0]);
  s.machine_written = rate(c.disks[1], b.disks[1]);
  s.network_received = rate(c.net[0], b.net[0]);
  s.network_sent = rate(c.net[1], b.net[1]);
  s.gpus = impl_->gpus.sample();
  impl_->before = c;
  return s;
}

}  // namespace wick::logging::inline v1
