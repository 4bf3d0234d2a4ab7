#include <wick/log/system_monitor.h>

#include <time.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <wick/core/error.h>
#include <wick/core/str.h>

namespace wick::logging::inline v1 {

struct SystemMonitor::Impl {
  SummaryWriter& writer;
  SystemMonitorOptions o;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  int64_t count = 0;
  std::atomic<double> cost{0};
  std::thread thread;

  Impl(SummaryWriter& w, SystemMonitorOptions options) : writer(w), o(std::move(options)), thread([this] { watch(); }) {}

  void write(const SystemSample& s) {
    const int64_t step = o.step() ? o.step()() : count;
    ++count;
    const auto put = [&](const std::string& name, double v) {
      if (std::isfinite(v)) writer.add_scalar("system/" + name, v, step, s.time);
    };
    for (const auto& [name, value] : {std::pair("cpu", s.cpu), {"process_cpu", s.process_cpu}, {"memory", s.memory}, {"process_memory", s.process_memory}, {"threads", s.threads}, {"disk_read", s.disk_read},
                                      {"disk_written", s.disk_written}, {"network_received", s.network_received}, {"network_sent", s.network_sent}})
      put(name, value);
    for (size_t k = 0; k < s.gpus.size(); ++k) {
      const GpuSample& g = s.gpus[k];
      for (const auto& [name, value] : {std::pair("utilization", g.utilization), {"memory", g.memory}, {"temperature", g.temperature}, {"power", g.power}}) put(str("gpu", k, "/", name), value);
    }
  }
  void watch() noexcept {
    try {
      SystemProbe probe(o);
      probe.sample();  // what rates begin from
      std::unique_lock<std::mutex> lock(mutex);
      for (bool last = false; !last;) {
        last = wake.wait_for(lock, std::chrono::duration<double>(o.interval()), [&] { return stopping; });
        lock.unlock();
        write(probe.sample());
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        cost = static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
        lock.lock();
      }
    } catch (...) {  // of an asker for steps, or of memory: the program goes on without samples
    }
  }
};

SystemMonitor::SystemMonitor(SummaryWriter& writer, SystemMonitorOptions options) {
  WICK_CHECK_TYPE(ValueError, options.interval() >= 0.01, "SystemMonitor: an interval of ", options.interval(), " seconds; 0.01 is the least");
  impl_ = std::make_unique<Impl>(writer, std::move(options));
}
SystemMonitor::~SystemMonitor() { stop(); }
void SystemMonitor::stop() {
  {
    const std::lock_guard<std::mutex> lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  if (impl_->thread.joinable()) impl_->thread.join();
}
double SystemMonitor::cost() const { return impl_->cost; }

}  // namespace wick::logging::inline v1
