#include "debug/session.h"

#include <algorithm>
#include <chrono>

#include "autograd/record.h"
#include "debug/op_names.h"

namespace wick::debug {
namespace {

std::atomic<uint64_t> sessions{0};

// The log of this thread in the session of a number.
struct Cached { uint64_t session = 0; Log* log = nullptr; };
thread_local Cached cached;

int64_t clock_ns() { return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

bool is_op(watch::Kind k) { return k <= watch::Kind::function; }

profiler::EventKind kind_of(watch::Kind k) {
  using profiler::EventKind;
  switch (k) {
    case watch::Kind::node: return EventKind::backward;
    case watch::Kind::module: return EventKind::module;
    case watch::Kind::range: return EventKind::user;
    case watch::Kind::optimizer: return EventKind::optimizer;
    case watch::Kind::data: return EventKind::data;
    case watch::Kind::communication: return EventKind::communication;
    default: return EventKind::op;
  }
}

// Shapes in a row of numbers: how many tensors, then of each its dimensions and their sizes.
int64_t write_shapes(std::vector<int64_t>& to, const autograd::Inputs& inputs) {
  const int64_t at = static_cast<int64_t>(to.size());
  to.push_back(static_cast<int64_t>(inputs.size()));
  for (size_t i = 0; i < inputs.size(); ++i) {
    const IntArrayRef s = inputs[i].defined() ? inputs[i].sizes() : IntArrayRef();
    to.push_back(static_cast<int64_t>(s.size()));
    to.insert(to.end(), s.begin(), s.end());
  }
  return at;
}
std::vector<std::vector<int64_t>> read_shapes(const std::vector<int64_t>& from, size_t at) {
  std::vector<std::vector<int64_t>> shapes(static_cast<size_t>(from[at++]));
  for (auto& s : shapes) {
    const auto n = from[at++];
    s.assign(from.begin() + static_cast<int64_t>(at), from.begin() + static_cast<int64_t>(at) + n);
    at += static_cast<size_t>(n);
  }
  return shapes;
}

}  // namespace

Session::Session(const profiler::ProfileOptions& options) : options_(options), number_(++sessions) {}

Log& Session::log() {
  if (cached.session == number_) return *cached.log;
  const std::lock_guard<std::mutex> lock(mutex_);
  Log& l = logs_.emplace_back();
  l.thread = static_cast<int64_t>(logs_.size()) - 1;
  cached = {number_, &l};
  return l;
}

void Session::begin(const watch::Event& event) {
  Log& l = log();
  int32_t module = l.modules.empty() ? 0 : l.modules.back();
  if (event.kind == watch::Kind::module && options_.with_modules()) module = paths_.add(module, event.what);
  l.modules.push_back(module);
  if (!keeping_.load(std::memory_order_relaxed)) return l.open.push_back(-1);
  if (kept_.fetch_add(1, std::memory_order_relaxed) >= options_.max_events()) {
    dropped_.fetch_add(1, std::memory_order_relaxed);
    return l.open.push_back(-1);
  }
  Raw r{};
  r.kind = event.kind;
  r.name = event.kind <= watch::Kind::kernel ? event.name : event.kind == watch::Kind::module ? "" : l.keep(event.name);
  r.module = module;
  r.moved = event.bytes;
  r.node = event.kind == watch::Kind::node ? event.what : nullptr;
  if (r.node) r.sequence = static_cast<int64_t>(static_cast<const autograd::Node*>(r.node)->sequence_nr());
  if (event.inputs) {
    r.tensors = static_cast<uint8_t>(std::min<size_t>(event.inputs->size(), 255));
    if (options_.record_shapes()) r.shapes = write_shapes(l.shapes, *event.inputs);
  }
  r.parent = l.open.empty() ? -1 : l.open.back();
  for (size_t i = l.open.size(); r.parent < 0 && i-- > 0;) r.parent = l.open[i];
  l.open.push_back(static_cast<int32_t>(l.events.size()));
  r.begin = ticks();
  l.events.push_back(r);
}

void Session::end(const watch::Event& event, const watch::Outcome& outcome) {
  const uint64_t now = ticks();
  Log& l = log();
  if (l.open.empty()) return;
  const int32_t at = l.open.back();
  l.open.pop_back();
  l.modules.pop_back();
  if (at < 0 || static_cast<size_t>(at) >= l.events.size()) return;
  Raw& r = l.events[static_cast<size_t>(at)];
  r.end = now;
  r.failed = outcome.failed;
  if (!outcome.results || !is_op(event.kind)) return;
  if (outcome.node) {
    r.node = outcome.node;
    r.sequence = static_cast<int64_t>(outcome.node->sequence_nr());
  }
  if (!event.inputs) return;
  if (options_.with_flops() && event.kind == watch::Kind::op) r.flops = op_flops(event.name, *event.inputs, *outcome.results);
  r.moved = bytes_moved(event.kind, *event.inputs, *outcome.results);
}

// The hub tells one at a time, which is what `elsewhere_` needs.
Raw& Session::innermost() {
  if (cached.session != number_) return elsewhere_;
  Log& l = *cached.log;
  return l.open.empty() || l.open.back() < 0 ? l.outside : l.events[static_cast<size_t>(l.open.back())];
}
void Session::allocated(void*, size_t bytes) {
  if (!keeping_) return;
  Raw& r = innermost();
  r.allocated += static_cast<int64_t>(bytes);
  ++r.allocations;
}
void Session::freed(void*, size_t bytes) {
  if (keeping_) innermost().freed += static_cast<int64_t>(bytes);
}

void Session::open() {
  if (opened_) return;
  opened_ = true;
  log();
  if (options_.profile_memory()) listen(this);
  watch::add(shared_from_this());
  begin_ns_ = clock_ns();
  begin_ticks_ = ticks();
}
void Session::close() {
  if (!opened_) return;
  opened_ = false;
  end_ticks_ = ticks();
  if (step_ >= 0) steps_.emplace_back(step_, step_begin_, end_ticks_);
  step_ = -1;
  watch::remove(this);
  if (options_.profile_memory()) unlisten(this);
}

void Session::mark_step(int64_t step) {
  const uint64_t now = ticks();
  if (step_ >= 0 && keeping_) steps_.emplace_back(step_, step_begin_, now);
  step_ = step;
  step_begin_ = now;
}

void Session::clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Log& l : logs_) {
    l.events.clear();
    l.shapes.clear();
    l.outside = {};
    std::fill(l.open.begin(), l.open.end(), -1);
  }
  steps_.clear();
  elsewhere_ = {};
  kept_ = dropped_ = 0;
  begin_ns_ = clock_ns();
  begin_ticks_ = ticks();
}

Session::Result Session::collect() {
  using profiler::EventKind;
  Result out;
  const uint64_t until = opened_ ? ticks() : end_ticks_;
  const int64_t elapsed = clock_ns() - begin_ns_;
  const uint64_t ticked = ticks() - begin_ticks_;
  const double per_tick = ticked == 0 ? 1 : static_cast<double>(elapsed) / static_cast<double>(ticked);
  const auto ns = [&](uint64_t t) { return t <= begin_ticks_ ? int64_t{0} : static_cast<int64_t>(static_cast<double>(t - begin_ticks_) * per_tick); };
  out.wall_ns = ns(until);
  out.dropped = dropped_;
  for (const auto& [number, from, to] : steps_) {
    profiler::FunctionEvent e;
    e.name = "ProfilerStep#" + std::to_string(number);
    e.kind = EventKind::step;
    e.start_ns = ns(from);
    e.end_ns = ns(to);
    out.events.push_back(std::move(e));
    out.allocations.push_back(0);
  }
  struct Forward { int64_t event; int64_t flops; };
  std::unordered_map<uint64_t, Forward> forward;  // by the node's address and number
  const auto key = [](const Raw& r) { return reinterpret_cast<uint64_t>(r.node) * 0x9E3779B97F4A7C15u + static_cast<uint64_t>(r.sequence); };
  std::unordered_map<std::string, std::string> op_names;
  const std::lock_guard<std::mutex> lock(mutex_);
  out.outside_allocated = elsewhere_.allocated;
  out.outside_freed = elsewhere_.freed;
  for (Log& l : logs_) {
    out.outside_allocated += l.outside.allocated;
    out.outside_freed += l.outside.freed;
    const int64_t first = static_cast<int64_t>(out.events.size());
    std::vector<bool> counted(l.events.size());  // within an op whose FLOPs are counted as a whole
    for (size_t i = 0; i < l.events.size(); ++i) {
      const Raw& r = l.events[i];
      profiler::FunctionEvent e;
      e.kind = kind_of(r.kind);
      e.thread = l.thread;
      e.module = paths_[r.module];
      if (is_op(r.kind)) {
        std::string& name = op_names[std::string(r.name) + "/" + std::to_string(static_cast<int>(r.kind)) + "/" + std::to_string(std::min<int>(r.tensors, 3))];
        if (name.empty()) name = op_name(r.name, r.kind, r.tensors);
        e.name = name;
      } else if (r.kind == watch::Kind::module) {
        e.name = e.module;
      } else if (r.kind == watch::Kind::optimizer) {
        e.name = "Optimizer.step#" + std::string(r.name) + ".step";
      } else {
        e.name = r.name;
      }
      e.start_ns = ns(r.begin);
      e.end_ns = ns(r.end ? r.end : until);
      e.self_ns = e.duration_ns();
      e.sequence_nr = r.sequence;
      e.failed = r.failed;
      e.flops = r.flops;
      e.bytes_moved = r.moved;
      e.allocated = r.allocated;
      e.freed = r.freed;
      if (r.shapes >= 0) e.input_shapes = read_shapes(l.shapes, static_cast<size_t>(r.shapes));
      if (r.parent >= 0) {
        e.parent = first + r.parent;
        auto& above = out.events[static_cast<size_t>(e.parent)];
        above.self_ns -= e.duration_ns();
        if (above.flops && (above.kind == EventKind::op || above.kind == EventKind::backward)) e.flops = 0, counted[i] = true;
        if (counted[static_cast<size_t>(r.parent)] && e.kind == EventKind::op) e.flops = 0, counted[i] = true;
        e.in_backward = above.in_backward;
        if (e.in_backward && e.module.empty()) e.module = above.module;
      }
      if (r.kind == watch::Kind::node) {
        e.in_backward = true;
        if (const auto at = forward.find(key(r)); at != forward.end()) {
          e.forward = at->second.event;
          e.module = out.events[static_cast<size_t>(e.forward)].module;
          if (const double f = backward_flops(r.name); f > 0) e.flops = static_cast<int64_t>(f * static_cast<double>(at->second.flops));
        }
      } else if (r.node) {
        forward[key(r)] = {first + static_cast<int64_t>(i), r.flops};
      }
      out.events.push_back(std::move(e));
      out.allocations.push_back(r.allocations);
    }
  }
  return out;
}

}  // namespace wick::debug
