// What would help, read off the events of a profile.
#include <algorithm>
#include <map>
#include <ostream>
#include <thread>

#include <wick/core/parallel.h>
#include <wick/core/str.h>

#include "debug/op_names.h"
#include "debug/profile_state.h"

namespace wick::profiler::inline v1 {
using namespace debug;

namespace {

struct Seen {
  const std::vector<FunctionEvent>& events;
  double busy = 1;  // own time of all events of the profiling thread
  std::vector<OpClass> classes;
  double share(int64_t ns) const { return static_cast<double>(ns) / busy; }
};

std::string percent(double share) { return number_text(100 * share, "%.0f%%"); }

// Elementwise ops one after the other that all move more memory than caches hold: each reads what the one before has just written.
void chains(const Seen& s, AdviceList& out) {
  constexpr int64_t kLarge = 1 << 20;
  std::map<std::string, std::pair<int64_t, int64_t>> found;  // by the ops' names: time, how often
  std::string names;
  int64_t ns = 0, length = 0, parent = -2, thread = -1;
  const auto flush = [&] {
    if (length >= 2) {
      found[names].first += ns;
      ++found[names].second;
    }
    names.clear();
    ns = length = 0;
  };
  for (size_t i = 0; i < s.events.size(); ++i) {
    const FunctionEvent& e = s.events[i];
    if (s.classes[i] == OpClass::view || e.kind == EventKind::module) continue;
    const bool fits = s.classes[i] == OpClass::elementwise && e.bytes_moved >= kLarge;
    const auto place = e.in_backward ? int64_t{-3} : e.parent >= 0 && s.events[static_cast<size_t>(e.parent)].kind == EventKind::op ? e.parent : int64_t{-1};
    if (!fits || place != parent || e.thread != thread) flush();
    parent = place;
    thread = e.thread;
    if (!fits) continue;
    names += (names.empty() ? "" : " -> ") + e.name.substr(6);
    ns += e.self_ns;
    ++length;
  }
  flush();
  int64_t all = 0;
  std::pair<std::string, std::pair<int64_t, int64_t>> top;
  for (const auto& f : found) {
    all += f.second.first;
    if (f.second.first > top.second.first) top = f;
  }
  if (s.share(all) < 0.1) return;
  std::string shown = top.first.size() <= 70 ? top.first : top.first.substr(0, 67) + "...";
  out.push_back({"Fuse elementwise ops that follow each other: they wait for memory, not for arithmetic. Use a fused op (linear with activation, addcmul, a fused loss), work in place, or let smaller pieces stay in cache.",
                 str(percent(s.share(all)), " of the time in chains of elementwise ops over 1 MB and more; the longest time: ", shown, " (", top.second.second, " times, ", time_text(static_cast<double>(top.second.first)), ")"),
                 s.share(all)});
}

void copies(const Seen& s, AdviceList& out) {
  int64_t ns = 0, bytes = 0, n = 0;
  std::map<std::string, int64_t> where;
  for (size_t i = 0; i < s.events.size(); ++i) {
    if (s.classes[i] != OpClass::copy) continue;
    const FunctionEvent& e = s.events[i];
    ns += e.self_ns;
    bytes += e.bytes_moved;
    ++n;
    where[e.module.empty() ? "no module" : e.module] += e.self_ns;
  }
  if (s.share(ns) < 0.08) return;
  const auto top = std::max_element(where.begin(), where.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  out.push_back({"Copy less: changes of layout or type (contiguous, reshape of a transposed tensor, to, clone) cost as much as they move. Keep one layout (channels last for convolutions), transpose the smaller side, and copy once.",
                 str(percent(s.share(ns)), " of the time in ", n, " copies of ", bytes_text(static_cast<double>(bytes)), "; most in ", top->first, " (", time_text(static_cast<double>(top->second)), ")"), s.share(ns)});
}

void tiny_ops(const Seen& s, AdviceList& out) {
  int64_t ns = 0, n = 0, ops = 0;
  for (const FunctionEvent& e : s.events) {
    if (e.kind != EventKind::op) continue;
    ++ops;
    if (e.self_ns >= 5000) continue;
    ns += e.self_ns;
    ++n;
  }
  if (n < 500 || s.share(ns) < 0.3) return;
  out.push_back({"Do more with each op: a call costs as much as its work here. Take larger batches, replace loops over elements or steps by one op, use whole-sequence layers.",
                 str(n, " of ", ops, " ops took less than 5 us, ", percent(s.share(ns)), " of the time"), s.share(ns)});
}

void loader(const Seen& s, int64_t wall, AdviceList& out) {
  int64_t ns = 0, n = 0, workers = 0;
  for (const FunctionEvent& e : s.events) {
    if (e.kind != EventKind::data) continue;
    if (e.name == "DataLoader.worker") ++workers;
    else if (e.thread == 0 && e.parent < 0) { ns += e.duration_ns(); ++n; }
  }
  const double share = static_cast<double>(ns) / std::max<double>(static_cast<double>(wall), 1);
  if (n == 0 || share < 0.1) return;
  out.push_back({workers ? "The loader does not keep up: give it more workers, or make its transforms cheaper (decode once, store small, work on whole batches)."
                         : "Let workers make batches while the model computes: DataLoaderOptions().workers(n).",
                 str(percent(share), " of the time spent waiting for ", n, " batches (", time_text(static_cast<double>(ns) / static_cast<double>(n)), " each), ", workers ? "with workers" : "made in the training's own thread"), share});
}

// Matrix products far below what the machine can do, with few rows.
void small_batches(const Seen& s, AdviceList& out) {
  int64_t ns = 0, slow = 0, flops = 0, n = 0;
  for (size_t i = 0; i < s.events.size(); ++i) {
    const FunctionEvent& e = s.events[i];
    if (s.classes[i] != OpClass::product || e.flops == 0) continue;
    ns += e.self_ns;
    flops += e.flops;
    ++n;
    if (e.input_shapes.size() >= 2 && !e.input_shapes[0].empty() && e.input_shapes[0][0] <= 8) slow += e.self_ns;
  }
  if (ns == 0 || s.share(ns) < 0.2) return;
  const double reached = static_cast<double>(flops) / static_cast<double>(ns), peak = measured_roofline().gflops_f32;
  if (reached > 0.35 * peak) return;
  out.push_back({"Give matrix products and convolutions more rows: a larger batch, or several small products as one (bmm).",
                 str(n, " of them reach ", number_text(reached, "%.1f"), " GFLOP/s of ", number_text(peak, "%.0f"), " in ", percent(s.share(ns)), " of the time",
                     slow ? str("; ", percent(static_cast<double>(slow) / static_cast<double>(ns)), " of it with 8 rows or fewer") : std::string()), s.share(ns) * (1 - reached / peak)});
}

void one_thread(const Seen& s, AdviceList& out) {
  const auto cores = static_cast<int64_t>(std::thread::hardware_concurrency());
  if (get_num_threads() > 1 || cores < 2) return;
  int64_t ns = 0;
  for (const FunctionEvent& e : s.events)
    if (e.kind == EventKind::op && e.self_ns > 50'000) ns += e.self_ns;
  if (s.share(ns) < 0.3) return;
  out.push_back({str("Use the other cores: set_num_threads(", cores, "), or OMP_NUM_THREADS."), str("one thread of ", cores, "; ", percent(s.share(ns)), " of the time in ops long enough to be split"), s.share(ns) * (1 - 1.0 / static_cast<double>(cores))});
}

void optimizers(const Seen& s, AdviceList& out) {
  int64_t ns = 0, n = 0;
  for (const FunctionEvent& e : s.events)
    if (e.kind == EventKind::optimizer) { ns += e.self_ns; ++n; }
  if (n == 0 || s.share(ns) < 0.25) return;
  out.push_back({"The optimizer's pass over all parameters takes long beside the model's work: take larger batches or step less often (accumulate gradients), and let the step clip and zero gradients in the same pass (step_options).",
                 str(percent(s.share(ns)), " of the time in ", n, " steps"), s.share(ns)});
}

}  // namespace

AdviceList profile::advice() const {
  const debug::Session::Result& r = state_->get();
  Seen s{r.events, 0, {}};
  for (const FunctionEvent& e : r.events) {
    s.classes.push_back(e.kind == EventKind::op ? op_class(e.name) : OpClass::other);
    if (e.thread == 0 && e.kind != EventKind::step) s.busy += static_cast<double>(std::max<int64_t>(e.self_ns, 0));
  }
  AdviceList out;
  if (r.events.empty()) return out;
  s.busy = std::max(s.busy, 1.0);
  chains(s, out);
  copies(s, out);
  tiny_ops(s, out);
  loader(s, r.wall_ns, out);
  small_batches(s, out);
  one_thread(s, out);
  optimizers(s, out);
  std::stable_sort(out.begin(), out.end(), [](const Advice& a, const Advice& b) { return a.share > b.share; });
  return out;
}

std::ostream& operator<<(std::ostream& stream, const AdviceList& list) {
  if (list.empty()) return stream << "What would help: nothing stands out\n";
  stream << "What would help:\n";
  for (const Advice& a : list) stream << "- " << a.what << "\n    seen: " << a.evidence << "\n";
  return stream;
}

}  // namespace wick::profiler::inline v1
