#include <wick/debug/profiler.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include <wick/core/array_ref.h>
#include <wick/core/error.h>
#include <wick/core/str.h>
#include <wick/core/warning.h>

#include "debug/profile_state.h"

namespace wick::profiler::inline v1 {

Schedule schedule(const ScheduleOptions& o) {
  WICK_CHECK_TYPE(ValueError, o.wait() >= 0 && o.warmup() >= 0 && o.repeat() >= 0 && o.skip_first() >= 0 && o.active() > 0, "profiler::schedule: needs wait, warmup, repeat and skip_first of at least 0 and active of at least 1, got wait ",
                  o.wait(), ", warmup ", o.warmup(), ", active ", o.active(), ", repeat ", o.repeat(), ", skip_first ", o.skip_first());
  return [o](int64_t step) {
    if (step < o.skip_first()) return ProfilerAction::NONE;
    step -= o.skip_first();
    const int64_t steps = o.wait() + o.warmup() + o.active();
    if (o.repeat() > 0 && step / steps >= o.repeat()) return ProfilerAction::NONE;
    const int64_t at = step % steps;
    if (at < o.wait()) return ProfilerAction::NONE;
    if (at < o.wait() + o.warmup()) return ProfilerAction::WARMUP;
    return at < steps - 1 ? ProfilerAction::RECORD : ProfilerAction::RECORD_AND_SAVE;
  };
}

TraceHandler tensorboard_trace_handler(std::string folder, std::string worker_name) {
  if (worker_name.empty()) {
    char host[256] = "host";
    (void)gethostname(host, sizeof host - 1);
    worker_name = str(host, "_", getpid());
  }
  return [folder = std::move(folder), worker_name](profile& p) {
    std::filesystem::create_directories(folder);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    p.export_chrome_trace(str(folder, "/", worker_name, ".", std::chrono::duration_cast<std::chrono::nanoseconds>(now).count(), ".pt.trace.json"));
  };
}

RecordFunction::RecordFunction(std::string name) : name_(std::move(name)), on_(watch::watched()) {
  if (on_) on_ = watch::begin({watch::Kind::range, name_.c_str()});
}
RecordFunction::~RecordFunction() {
  if (on_) watch::end({});
}

// --- The span that is recorded -------------------------------------------------------------------------------------

static bool records(ProfilerAction a) { return a == ProfilerAction::RECORD || a == ProfilerAction::RECORD_AND_SAVE; }

void profile::State::enter(ProfilerAction next) {
  const bool was = records(action), is = records(next), fresh = is && (!was || action == ProfilerAction::RECORD_AND_SAVE);
  action = next;
  if (next == ProfilerAction::NONE) return session->close();
  if (fresh) session->clear();
  session->keep(is);
  session->open();
  if (fresh && options.schedule()) session->mark_step(step);
}
void profile::State::save(profile& self) {
  result = session->collect();
  if (options.on_trace_ready()) options.on_trace_ready()(self);
}
const debug::Session::Result& profile::State::get() {
  if (records(action) && started) result = session->collect();
  WICK_CHECK(result.has_value(), "profile: nothing was recorded yet; read the results after `stop`, or in `on_trace_ready` when there is a schedule");
  return *result;
}

profile::profile(ProfileOptions options) : state_(new State) {
  state_->options = std::move(options);
  state_->session = std::make_shared<debug::Session>(state_->options);
  start();
}
profile::~profile() {
  try {
    stop();
  } catch (const std::exception& e) {
    warn(std::string("profile: ") + e.what());
  }
}

void profile::start() {
  State& s = *state_;
  if (s.started) return;
  s.started = true;
  s.enter(s.asked());
}
void profile::stop() {
  State& s = *state_;
  if (!s.started) return;
  s.started = false;
  const bool had = records(s.action);
  s.session->close();
  s.action = ProfilerAction::NONE;
  if (had) s.save(*this);
}
void profile::step() {
  State& s = *state_;
  WICK_CHECK(s.started, "profile: `step` after `stop`");
  ++s.step;
  const ProfilerAction before = s.action, next = s.asked();
  const bool ends = before == ProfilerAction::RECORD_AND_SAVE || (records(before) && !records(next));
  if (records(before) && s.options.schedule()) s.session->mark_step(ends ? -1 : s.step);
  if (ends) {
    s.session->close();
    s.save(*this);
  }
  s.enter(next);
}
int64_t profile::step_num() const { return state_->step; }

// --- What was seen ---------------------------------------------------------------------------------------------------

const std::vector<FunctionEvent>& profile::events() const { return state_->get().events; }
int64_t profile::dropped() const { return state_->get().dropped; }
int64_t profile::wall_ns() const { return state_->get().wall_ns; }
int64_t profile::total_flops() const {
  int64_t n = 0;
  for (const FunctionEvent& e : events()) n += e.flops;
  return n;
}

const FunctionEventAvg& EventList::operator[](const std::string& key) const {
  for (const auto& a : list_)
    if (a.key == key) return a;
  throw ValueError("key_averages: there is no event \"" + key + "\"");
}
bool EventList::contains(const std::string& key) const {
  return std::any_of(list_.begin(), list_.end(), [&](const FunctionEventAvg& a) { return a.key == key; });
}
int64_t EventList::self_cpu_time_total() const {
  int64_t n = 0;
  for (const auto& a : list_) n += a.self_cpu_time_total;
  return n;
}

namespace {

std::string shapes_text(const FunctionEvent& e) {
  std::string s;
  for (const auto& shape : e.input_shapes) s += (s.empty() ? "[" : ", ") + str(IntArrayRef(shape));
  return s.empty() ? s : s + "]";
}

// Memory of an event with all that ran inside: the sums of what is its own, passed up. Children come after their parents.
struct Sums { std::vector<int64_t> net, flops; };
Sums sums(const std::vector<FunctionEvent>& events) {
  Sums s;
  for (const FunctionEvent& e : events) {
    s.net.push_back(e.allocated - e.freed);
    s.flops.push_back(e.flops);
  }
  for (size_t i = events.size(); i-- > 0;)
    if (events[i].parent >= 0) {
      s.net[static_cast<size_t>(events[i].parent)] += s.net[i];
      s.flops[static_cast<size_t>(events[i].parent)] += s.flops[i];
    }
  return s;
}
// Whether it runs inside another event of its name: then its time is counted already.
bool inside_itself(const std::vector<FunctionEvent>& events, size_t i) {
  for (int64_t p = events[i].parent; p >= 0; p = events[static_cast<size_t>(p)].parent)
    if (events[static_cast<size_t>(p)].name == events[i].name) return true;
  return false;
}
void add(FunctionEventAvg& a, const FunctionEvent& e, int64_t allocations, int64_t net, bool inside) {
  a.kind = e.kind;
  ++a.count;
  if (!inside) a.cpu_time_total += e.duration_ns();
  if (!inside) a.cpu_memory_usage += net;
  a.self_cpu_time_total += e.self_ns;
  a.self_cpu_memory_usage += e.allocated - e.freed;
  a.allocated += e.allocated;
  a.freed += e.freed;
  a.allocations += allocations;
  a.flops += e.flops;
  a.bytes_moved += e.bytes_moved;
}

}  // namespace

EventList profile::key_averages(bool group_by_input_shape, bool group_by_module) const {
  const debug::Session::Result& r = state_->get();
  const Sums total = sums(r.events);
  EventList out;
  std::unordered_map<std::string, size_t> place;
  for (size_t i = 0; i < r.events.size(); ++i) {
    const FunctionEvent& e = r.events[i];
    if (e.kind == EventKind::module || e.kind == EventKind::step) continue;
    const std::string shapes = group_by_input_shape ? shapes_text(e) : std::string(), module = group_by_module ? e.module : std::string();
    const auto [at, fresh] = place.try_emplace(e.name + '\n' + shapes + '\n' + module, out.list_.size());
    if (fresh) {
      out.list_.emplace_back();
      out.list_.back().key = e.name;
      out.list_.back().input_shapes = shapes;
      out.list_.back().module = module;
    }
    add(out.list_[at->second], e, r.allocations[i], total.net[i], inside_itself(r.events, i));
  }
  // What modules do between their ops is nobody's here; it is small.
  std::stable_sort(out.list_.begin(), out.list_.end(), [](const auto& a, const auto& b) { return a.self_cpu_time_total > b.self_cpu_time_total; });
  out.shapes_ = group_by_input_shape;
  out.modules_ = group_by_module;
  out.memory_ = state_->options.profile_memory();
  out.flops_ = state_->options.with_flops();
  return out;
}

EventList profile::module_averages() const {
  const debug::Session::Result& r = state_->get();
  const Sums total = sums(r.events);
  EventList out;
  std::unordered_map<std::string, size_t> place;
  const auto line = [&](const std::string& path) -> FunctionEventAvg& {
    const auto [at, fresh] = place.try_emplace(path, out.list_.size());
    if (fresh) {
      out.list_.emplace_back();
      out.list_.back().key = path;
    }
    return out.list_[at->second];
  };
  const auto up = [](const std::string& path) { return path.substr(0, path.rfind('.') == std::string::npos ? 0 : path.rfind('.')); };
  for (size_t i = 0; i < r.events.size(); ++i) {
    const FunctionEvent& e = r.events[i];
    if (e.kind == EventKind::module) {
      add(line(e.module), e, r.allocations[i], total.net[i], inside_itself(r.events, i));
      line(e.module).flops += total.flops[i] - e.flops;
    } else if (e.kind == EventKind::backward && e.parent < 0) {
      for (std::string path = e.module; !path.empty(); path = up(path)) {  // of a module and those around it
        FunctionEventAvg& a = line(path);
        a.cpu_time_total += e.duration_ns();
        a.flops += total.flops[i];
        if (path == e.module) a.self_cpu_time_total += e.duration_ns();
        a.kind = EventKind::module;
      }
    }
  }
  out.memory_ = state_->options.profile_memory();
  out.flops_ = state_->options.with_flops();
  return out;
}

}  // namespace wick::profiler::inline v1
