#include "debug/session.h"

#include <algorithm>
#include <chrono>

#include "autograd/record.h"
#include "debug/op_names.h"

namespace wick::debug {
namespace {

std::atomic<uint64_t> sessions{0};

// The log of this thread in the session of a number.
struct Cached { uint64_t session; Log* log; };
thread_local constinit Cached cached __attribute__((tls_model("initial-exec"))) = {};

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
const int64_t* write_shapes(Log& log, const autograd::Inputs& inputs) {
  size_t n = 1;
  for (size_t i = 0; i < inputs.size(); ++i) n += 1 + (inputs[i].defined() ? inputs[i].unsafeGetTensorImpl()->sizes.size() : 0);
  int64_t* const to = log.shapes(n);
  int64_t* at = to;
  *at++ = static_cast<int64_t>(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const IntArrayRef s = inputs[i].defined() ? inputs[i].sizes() : IntArrayRef();
    *at++ = static_cast<int64_t>(s.size());
    at = std::copy(s.begin(), s.end(), at);
  }
  return to;
}
std::vector<std::vector<int64_t>> read_shapes(const int64_t* from) {
  std::vector<std::vector<int64_t>> shapes(static_cast<size_t>(*from++));
  for (auto& s : shapes) {
    const int64_t n = *from++;
    s.assign(from, from + n);
    from += n;
  }
  return shapes;
}

}  // namespace

Session::Session(const profiler::ProfileOptions& options) : options_(options), number_(++sessions) {}

Log& Session::log() {
  if (cached.session != number_) [[unlikely]] {
    const std::lock_guard<std::mutex> lock(mutex_);
    cached = {number_, &logs_.emplace_back(static_cast<int64_t>(logs_.size()))};
  }
  Log& l = *cached.log;
  if (const uint64_t now = span_.load(std::memory_order_acquire); l.span() != now) [[unlikely]] l.enter(now);
  return l;
}

bool Session::may_keep(Log& l) {
  if (!keeping_.load(std::memory_order_relaxed)) return false;
  if (l.granted == 0) [[unlikely]] {
    constexpr int64_t kSome = 64;
    l.granted = std::clamp<int64_t>(options_.max_events() - kept_.fetch_add(kSome, std::memory_order_relaxed), 0, kSome);
    if (l.granted == 0) {
      kept_.fetch_sub(kSome, std::memory_order_relaxed);
      l.dropped.store(l.dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
      return false;
    }
  }
  --l.granted;
  return true;
}

void Session::begin(const watch::Event& event) {
  Log& l = log();
  int32_t module = l.open.empty() ? 0 : l.open.back().module;
  if (event.kind == watch::Kind::module && options_.with_modules()) module = l.module(paths_, module, event);
  if (!may_keep(l)) return l.open.push_back({nullptr, module});
  Raw& r = *l.add();
  r.name = event.kind <= watch::Kind::kernel ? event.name : event.kind == watch::Kind::module ? "" : l.keep(event.name);
  r.parent = nullptr;
  for (size_t i = l.open.size(); !r.parent && i-- > 0;) r.parent = l.open[i].event;
  r.shapes = nullptr;
  r.module = module;
  r.kind = event.kind;
  r.tensors = 0;
  r.step = event.kind == watch::Kind::node;
  r.failed = false;
  r.node = r.step ? event.what : nullptr;
  r.sequence = r.step ? static_cast<int64_t>(static_cast<const autograd::Node*>(event.what)->sequence_nr()) : -1;
  r.flops = r.allocated = r.freed = 0;
  r.moved = event.bytes;
  r.allocations = 0;
  if (event.inputs) {
    r.tensors = static_cast<uint8_t>(std::min<size_t>(event.inputs->size(), 255));
    if (options_.record_shapes()) r.shapes = write_shapes(l, *event.inputs);
  }
  new (&r.end) std::atomic<uint64_t>(0);
  l.open.push_back({&r, module});
  r.begin = ticks();
  l.publish(&r);
}

void Session::end(const watch::Event& event, const watch::Outcome& outcome) {
  const uint64_t now = ticks();
  Log& l = log();
  if (l.open.empty()) return;
  Raw* const r = l.open.back().event;
  l.open.pop_back();
  if (!r) return;
  r->failed = outcome.failed;
  if (outcome.results && is_op(event.kind)) {
    if (outcome.node) {
      r->node = outcome.node;
      r->sequence = static_cast<int64_t>(outcome.node->sequence_nr());
    }
    if (event.inputs) {
      if (options_.with_flops() && event.kind == watch::Kind::op) r->flops = op_flops(event.name, *event.inputs, *outcome.results);
      r->moved = bytes_moved(event.kind, *event.inputs, *outcome.results);
    }
  }
  r->end.store(now, std::memory_order_release);
}

// The hub tells one at a time, which is what `elsewhere_` needs.
Raw* Session::innermost() {
  Log& l = log();
  return l.open.empty() ? nullptr : l.open.back().event;
}
void Session::allocated(void*, size_t bytes) {
  if (!keeping_) return;
  const auto n = static_cast<int64_t>(bytes);
  if (cached.session != number_) elsewhere_allocated_ += n;
  else if (Raw* r = innermost()) r->allocated += n, ++r->allocations;
  else cached.log->outside_allocated.fetch_add(n, std::memory_order_relaxed);
}
void Session::freed(void*, size_t bytes) {
  if (!keeping_) return;
  const auto n = static_cast<int64_t>(bytes);
  if (cached.session != number_) elsewhere_freed_ += n;
  else if (Raw* r = innermost()) r->freed += n;
  else cached.log->outside_freed.fetch_add(n, std::memory_order_relaxed);
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

// Each thread empties its log when it next looks at it.
void Session::clear() {
  steps_.clear();
  elsewhere_allocated_ = elsewhere_freed_ = 0;
  kept_ = 0;
  ++span_;
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
  out.outside_allocated = elsewhere_allocated_;
  out.outside_freed = elsewhere_freed_;
  for (Log& l : logs_) {
    if (l.span() != span_) continue;
    out.dropped += l.dropped;
    out.outside_allocated += l.outside_allocated;
    out.outside_freed += l.outside_freed;
    const int64_t first = static_cast<int64_t>(out.events.size());
    std::vector<bool> counted;  // within an op whose FLOPs are counted as a whole
    bool over = false;
    l.each([&](const Raw& r) {
      over = over || r.begin > until;  // other threads went on
      if (over) return;
      const uint64_t end = r.end.load(std::memory_order_acquire);
      const bool known = end != 0 || l.thread == 0;  // what it has so far may be written just now
      const size_t i = counted.size();
      counted.push_back(false);
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
      e.end_ns = std::max(e.start_ns, ns(end ? end : until));
      e.self_ns = e.duration_ns();
      if (known || r.step) e.sequence_nr = r.sequence;
      if (known) {
        e.failed = r.failed;
        e.flops = r.flops;
        e.bytes_moved = r.moved;
        e.allocated = r.allocated;
        e.freed = r.freed;
      }
      if (r.shapes) e.input_shapes = read_shapes(r.shapes);
      if (r.parent) {
        e.parent = first + r.parent->number;
        auto& above = out.events[static_cast<size_t>(e.parent)];
        above.self_ns -= e.duration_ns();
        if (above.flops && (above.kind == EventKind::op || above.kind == EventKind::backward)) e.flops = 0, counted[i] = true;
        if (counted[static_cast<size_t>(r.parent->number)] && e.kind == EventKind::op) e.flops = 0, counted[i] = true;
        e.in_backward = above.in_backward;
        if (e.in_backward && e.module.empty()) e.module = above.module;
      }
      if (r.step) {
        e.in_backward = true;
        if (const auto at = forward.find(key(r)); at != forward.end()) {
          e.forward = at->second.event;
          e.module = out.events[static_cast<size_t>(e.forward)].module;
          if (const double f = backward_flops(r.name); f > 0) e.flops = static_cast<int64_t>(f * static_cast<double>(at->second.flops));
        }
      } else if (known && r.node) {
        forward[key(r)] = {first + static_cast<int64_t>(i), r.flops};
      }
      out.events.push_back(std::move(e));
      out.allocations.push_back(known ? r.allocations : 0);
    });
  }
  return out;
}

}  // namespace wick::debug
