// Where the time and the memory of a program go: ops, steps of backward, modules, optimizers, data loading and ranges of one's own.
//
//   profiler::profile prof(profiler::ProfileOptions().record_shapes(true).with_flops(true));
//   for (auto& batch : *loader) { train_step(batch); prof.step(); }
//   prof.stop();
//   std::cout << prof.key_averages().table("self_cpu_time_total", 20) << prof.advice();
//   prof.export_chrome_trace("trace.json");
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wick/core/config.h>
#include <wick/nn/arg.h>

namespace wick {
namespace profiler {
inline namespace v1 {

/// What a profile does in a step. (https://pytorch.org/docs/stable/profiler.html#torch.profiler.ProfilerAction)
enum class ProfilerAction { NONE, WARMUP, RECORD, RECORD_AND_SAVE };
/// What is to be done in the step of a number.
using Schedule = std::function<ProfilerAction(int64_t step)>;

/// Skips `skip_first` steps, then, `repeat` times (0: without end): idle for `wait` steps, looks on for `warmup` without keeping anything,
/// records `active`. (https://pytorch.org/docs/stable/profiler.html#torch.profiler.schedule)
struct ScheduleOptions {
  WICK_ARG(int64_t, wait) = 0;
  WICK_ARG(int64_t, warmup) = 0;
  WICK_ARG(int64_t, active) = 1;
  WICK_ARG(int64_t, repeat) = 0;
  WICK_ARG(int64_t, skip_first) = 0;
};
/// The schedule that they describe. Errors: a negative number, nothing active.
Schedule schedule(const ScheduleOptions& options);
inline Schedule schedule(int64_t wait, int64_t warmup, int64_t active, int64_t repeat = 0, int64_t skip_first = 0) {
  return schedule(ScheduleOptions().wait(wait).warmup(warmup).active(active).repeat(repeat).skip_first(skip_first));
}

class profile;
/// Called with the profile when an active span ends.
using TraceHandler = std::function<void(profile&)>;
/// Writes each span's trace into a folder (made if it is not there) as `<worker>.<time>.pt.trace.json`, where TensorBoard's profiler looks
/// for it; the worker is by default the host and the process. (https://pytorch.org/docs/stable/profiler.html#torch.profiler.tensorboard_trace_handler)
TraceHandler tensorboard_trace_handler(std::string folder, std::string worker_name = "");

/// Times a part of a program under a name, in all profiles of this thread, from its construction to its end:
/// `profiler::RecordFunction range("augment");`. Nothing when nobody profiles.
/// (https://pytorch.org/docs/stable/generated/torch.autograd.profiler.record_function.html)
class RecordFunction {
 public:
  explicit RecordFunction(std::string name);
  ~RecordFunction();
  RecordFunction(const RecordFunction&) = delete;
  RecordFunction& operator=(const RecordFunction&) = delete;

 private:
  std::string name_;
  bool on_;
};
using record_function = RecordFunction;

/// What an event is: an op, a step of backward, the call of a module, ...
enum class EventKind { op, backward, module, user, optimizer, data, communication, step };

/// One thing that took time. Times in nanoseconds since the profile began.
/// (https://pytorch.org/docs/stable/autograd.html#torch.autograd.profiler_util.FunctionEvent)
struct FunctionEvent {
  std::string name;                  // `aten::addmm`, `AddmmBackward0`, `Optimizer.step#SGD.step`, the module's path
  EventKind kind = EventKind::op;
  int64_t start_ns = 0, end_ns = 0;
  int64_t self_ns = 0;               // without what ran inside
  int64_t thread = 0;                // 0: the one that profiles
  int64_t parent = -1;               // number of the event it ran in, or -1
  int64_t forward = -1;              // of a step of backward: the op that recorded it, or -1
  int64_t sequence_nr = -1;          // of the node that an op recorded, or that a step of backward is
  std::string module;                // path of the module it ran in; backward belongs to that of its forward
  bool in_backward = false;          // a step of backward, or part of one
  bool failed = false;               // ended by an exception
  int64_t flops = 0;                 // of an op alone
  int64_t bytes_moved = 0;           // of an op: its inputs read and its results written once, or what a collective sends
  int64_t allocated = 0, freed = 0;  // bytes, while it was the innermost event (with profile_memory)
  std::vector<std::vector<int64_t>> input_shapes;  // with record_shapes
  int64_t duration_ns() const { return end_ns - start_ns; }
};

/// Events of one name taken together. Times in nanoseconds; `total` with what ran inside.
struct FunctionEventAvg {
  std::string key;
  EventKind kind = EventKind::op;
  std::string module, input_shapes;  // when grouped by them
  int64_t count = 0;
  int64_t cpu_time_total = 0, self_cpu_time_total = 0;
  int64_t cpu_memory_usage = 0, self_cpu_memory_usage = 0;  // allocated minus freed
  int64_t allocated = 0, freed = 0, allocations = 0;
  int64_t flops = 0, bytes_moved = 0;
  /// Mean time of a call, and what an op reached.
  double cpu_time() const { return count ? static_cast<double>(cpu_time_total) / static_cast<double>(count) : 0; }
  double gflops_per_second() const { return cpu_time_total ? static_cast<double>(flops) / static_cast<double>(cpu_time_total) : 0; }
};

/// What `key_averages` gives. (https://pytorch.org/docs/stable/autograd.html#torch.autograd.profiler.profile.key_averages)
class EventList {
 public:
  /// The lines, longest own time first, and access by name. Errors: no such name.
  const std::vector<FunctionEventAvg>& list() const { return list_; }
  const FunctionEventAvg& operator[](const std::string& key) const;
  bool contains(const std::string& key) const;
  int64_t self_cpu_time_total() const;
  size_t size() const { return list_.size(); }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  /// A table for people. `sort_by`: `cpu_time_total`, `self_cpu_time_total`, `cpu_time`, `cpu_memory_usage`, `self_cpu_memory_usage`, `flops`,
  /// `count`, or nothing: as they are. At most `row_limit` lines (-1: all); names are cut at `max_name_width`. Errors: another order.
  std::string table(const std::string& sort_by = "self_cpu_time_total", int64_t row_limit = 100, int64_t max_name_width = 55) const;

 private:
  friend class profile;
  std::vector<FunctionEventAvg> list_;
  bool shapes_ = false, memory_ = false, flops_ = false, modules_ = false;
};
std::ostream& operator<<(std::ostream& stream, const EventList& list);

/// What this machine does at most, in all the threads that ops use: measured when it is first asked for (a quarter of a second), then kept.
struct Roofline {
  double gflops_f32 = 0, gflops_bf16 = 0;  // of large matrix products
  double memory_gb = 0;                    // GB/s of reading and writing more than caches hold
  int64_t threads = 0;
};
const Roofline& measured_roofline();

/// One line of advice: what would help, how much of the time it is about (0 to 1), and what was seen.
struct Advice {
  std::string what, evidence;
  double share = 0;
};
/// Prints the lines, or that nothing stands out.
struct AdviceList : std::vector<Advice> {};
std::ostream& operator<<(std::ostream& stream, const AdviceList& list);

/// How a profile works. `schedule`: which steps are recorded (default: everything until `stop`); `on_trace_ready`: called after each active
/// span; `record_shapes`, `profile_memory`, `with_flops`, `with_modules`: what is kept of each event; `max_events`: later ones are counted,
/// not kept; `all_threads`: workers of data loaders and others that work for this thread are seen, too.
struct ProfileOptions {
  WICK_ARG(Schedule, schedule);
  WICK_ARG(TraceHandler, on_trace_ready);
  WICK_ARG(bool, record_shapes) = false;
  WICK_ARG(bool, profile_memory) = false;
  WICK_ARG(bool, with_flops) = false;
  WICK_ARG(bool, with_modules) = true;
  WICK_ARG(bool, all_threads) = true;
  WICK_ARG(int64_t, max_events) = 1'000'000;
};

/// Records what this thread does from its construction to `stop` or its end. Results are those of the last active span (without a schedule:
/// of everything). Errors: reading them before there are any. (https://pytorch.org/docs/stable/profiler.html#torch.profiler.profile)
class profile {
 public:
  explicit profile(ProfileOptions options = {});
  ~profile();
  profile(const profile&) = delete;
  profile& operator=(const profile&) = delete;

  /// Begins (the constructor did) or ends recording; each does nothing when it is done already.
  void start();
  void stop();
  /// The next step begins; with a schedule each is an event `ProfilerStep#n`.
  void step();
  int64_t step_num() const;

  /// All events, by thread and start; those dropped beyond `max_events`; and the length of the span.
  const std::vector<FunctionEvent>& events() const;
  int64_t dropped() const;
  int64_t wall_ns() const;
  /// Events taken together by name, and by shapes of the inputs or by the module they ran in, if asked for. Ops alone, or with `modules`
  /// modules too, whose times contain those of their ops.
  EventList key_averages(bool group_by_input_shape = false, bool group_by_module = false) const;
  /// Times by module: forward and backward, with all below it.
  EventList module_averages() const;
  /// FLOPs of all ops.
  int64_t total_flops() const;
  /// What ops reached of what the machine can do, as a table: GFLOP/s, GB/s, and whether arithmetic or memory bounds them.
  std::string roofline_table(int64_t row_limit = 20) const;
  /// What would help, with what was seen of it, largest share first.
  AdviceList advice() const;

  /// Writes a trace for Perfetto (https://ui.perfetto.dev) or chrome://tracing. Of more than `max_bytes`, the shortest events are left out.
  /// Errors: a file that cannot be written.
  void export_chrome_trace(const std::string& path, int64_t max_bytes = int64_t{64} << 20) const;
  /// Writes the time by what ran in what as one SVG picture; parts narrower than a pixel are left out.
  void export_flame_graph(const std::string& path) const;
  /// Writes `a;b;c microseconds`, a line for each stack, as other flame graph programs read it.
  void export_stacks(const std::string& path) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace v1
}  // namespace profiler
}  // namespace wick
