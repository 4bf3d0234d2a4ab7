#include <wick/nn/parallel.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>

#include <wick/autograd/autocast.h>
#include <wick/core/parallel.h>

#include "autograd/engine.h"
#include "autograd/meta.h"
#include "core/thread_scope.h"
#include "core/watch.h"
#include "nn/common.h"
#include "nn/computed.h"

namespace wick::nn::parallel::inline v1::detail {

using autograd::Edge;
using autograd::Node;
using autograd::variable_list;
using nn::detail::Access;

namespace {

thread_local bool is_worker = false;

// A thread for each number of a device, made when it is first needed.
class Workers {
 public:
  static Workers& get() {
    static Workers all;
    return all;
  }
  ~Workers() {
    for (auto& w : workers_) {
      post(*w, nullptr);
      w->thread.join();
    }
  }
  void post(size_t number, std::function<void()> job) {
    Worker* worker;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      while (workers_.size() <= number) workers_.push_back(std::make_unique<Worker>());
      worker = workers_[number].get();
      if (!worker->thread.joinable()) worker->thread = std::thread([worker] { serve(*worker); });
    }
    post(*worker, std::move(job));
  }

 private:
  struct Worker {
    std::thread thread;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<std::function<void()>> jobs;
  };
  static void post(Worker& w, std::function<void()> job) {
    std::lock_guard<std::mutex> lock(w.mutex);
    w.jobs.push_back(std::move(job));
    w.changed.notify_one();
  }
  static void serve(Worker& w) {
    is_worker = true;
    while (true) {
      std::function<void()> job;
      {
        std::unique_lock<std::mutex> lock(w.mutex);
        w.changed.wait(lock, [&] { return !w.jobs.empty(); });
        job = std::move(w.jobs.front());
        w.jobs.pop_front();
      }
      if (!job) return;
      job();
    }
  }
  std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

// The pieces of each worker: those of one device, and each without a number, on one of its own.
std::vector<std::vector<size_t>> by_worker(const std::vector<Device>& devices) {
  std::vector<std::vector<size_t>> groups;
  std::vector<int> numbers;
  for (size_t i = 0; i < devices.size(); ++i) {
    const auto at = std::find(numbers.begin(), numbers.end(), devices[i].index());
    if (!devices[i].has_index() || at == numbers.end()) {
      groups.push_back({i});
      numbers.push_back(devices[i].index());
    } else {
      groups[static_cast<size_t>(at - numbers.begin())].push_back(i);
    }
  }
  return groups;
}
bool on_workers(const std::vector<Device>& devices) { return !is_worker && by_worker(devices).size() > 1; }

// What the caller's thread is set to, for the workers; and one seed for what each piece draws, taken from the caller's generator if one draws anything.
struct Settings {
  uint32_t switches = gate & ~kProfiler;
  const watch::Handoff watchers;
  bool autocast = amp::is_autocast_enabled(), cache = amp::is_autocast_cache_enabled();
  ScalarType dtype = amp::get_autocast_dtype();
  Generator ahead;
  uint64_t seed;
  std::atomic<bool> drawn{false};
  Settings() {
    std::lock_guard<std::mutex> lock(default_generator().mutex());
    ahead = default_generator().clone();
    seed = static_cast<uint64_t>(wick::randint(int64_t{1} << 62, {1}, ahead, kLong).item<int64_t>());
  }
  void run(size_t piece, const std::function<void(size_t)>& body) {
    const GateScope same(switches, ~switches);
    const watch::Taken taken(watchers);
    const amp::autocast casts(DeviceType::CPU, dtype, autocast, cache);
    ThreadGenerator generator(seed + piece);
    struct Tell {
      ThreadGenerator& g;
      std::atomic<bool>& drawn;
      ~Tell() { if (g.used()) drawn = true; }
    } tell{generator, drawn};
    body(piece);
  }
};

[[noreturn]] void rethrow(const std::exception_ptr& error, size_t piece, Device device) {
  const std::string where = wick::str("  in replica ", piece, " on device ", device);
  try {
    std::rethrow_exception(error);
  } catch (Error& e) {
    e.add_context(where);
    throw;
  } catch (const std::exception& e) {
    Error named(e.what());
    named.add_context(where);
    std::throw_with_nested(named);
  }
}

}  // namespace

void run_pieces(const std::vector<Device>& devices, const std::function<void(size_t)>& body) {
  std::vector<std::exception_ptr> errors(devices.size());
  const auto guarded = [&](size_t i, const std::function<void(size_t)>& f) {
    try {
      f(i);
    } catch (...) {
      errors[i] = std::current_exception();
    }
  };
  if (!on_workers(devices)) {
    for (size_t i = 0; i < devices.size(); ++i) guarded(i, body);
  } else {
    const auto groups = by_worker(devices);
    const int all = get_num_threads(), workers = static_cast<int>(groups.size());
    Settings settings;
    std::mutex mutex;
    std::condition_variable changed;
    size_t running = groups.size();
    for (int w = 0; w < workers; ++w)
      Workers::get().post(static_cast<size_t>(w), [&, w] {
        run_ops_with(std::max(1, all / workers + (w < all % workers)));
        for (const size_t i : groups[static_cast<size_t>(w)]) guarded(i, [&](size_t piece) { settings.run(piece, body); });
        std::lock_guard<std::mutex> lock(mutex);
        if (--running == 0) changed.notify_one();
      });
    {
      std::unique_lock<std::mutex> lock(mutex);
      changed.wait(lock, [&] { return running == 0; });
    }
    if (settings.drawn) {
      Generator g = default_generator();
      g.set_state(settings.ahead.get_state());
    }
  }
  for (size_t i = 0; i < errors.size(); ++i)
    if (errors[i]) rethrow(errors[i], i, devices[i]);
}

namespace {

// From a parameter of a copy to the original's.
struct ReplicaNode : Node {
  std::string name() const override { return "ReplicaBackward"; }
  variable_list apply(variable_list&& g) override { return std::move(g); }
};

// Backward through the pieces, from their outputs to where the rest of the graph begins: parameters, and what the pieces were given.
struct PiecesNode : Node, autograd::Expandable {
  struct Piece { autograd::edge_list roots, ends; };
  std::vector<Piece> pieces;
  std::vector<Device> devices;

  bool expanded = false;

  std::string name() const override { return "DataParallelBackward"; }
  void release_variables() override { pieces.clear(); }
  void expand() override {
    if (pieces.empty()) return;  // done, or released
    expanded = true;
    autograd::edge_list all;
    for (const Piece& p : pieces) all.insert(all.end(), p.roots.begin(), p.roots.end());
    set_next_edges(std::move(all));
    pieces.clear();
  }
  variable_list apply(variable_list&& g) override {
    if (expanded) return std::move(g);
    WICK_CHECK(!pieces.empty(), "data_parallel: trying to backward through the graph a second time. Specify retain_graph=true if you need to.");
    std::vector<variable_list> results(pieces.size());
    std::vector<size_t> first;
    size_t n = 0;
    for (const Piece& p : pieces) first.push_back(n), n += p.roots.size();
    run_pieces(devices, [&](size_t i) {
      autograd::edge_list roots;
      variable_list grads;
      for (size_t k = 0; k < pieces[i].roots.size(); ++k) {
        if (!g[first[i] + k].defined()) continue;
        roots.push_back(pieces[i].roots[k]);
        grads.push_back(g[first[i] + k]);
      }
      if (roots.empty()) results[i].resize(pieces[i].ends.size());
      else results[i] = autograd::run_backward(roots, grads, true, false, pieces[i].ends, false);
    });
    variable_list all;
    for (auto& r : results) all.insert(all.end(), r.begin(), r.end());
    return all;
  }
  // The edges at which the graph below `roots` ends.
  static autograd::edge_list find_ends(const autograd::edge_list& roots, const std::vector<Tensor>& inputs) {
    std::unordered_set<const Node*> given, seen;
    for (const Tensor& t : inputs)
      if (t.defined() && t.requires_grad()) given.insert(autograd::gradient_edge(t).function.get());
    autograd::edge_list ends;
    std::vector<const Node*> stack;
    const auto visit = [&](const Edge& e) {
      if (!e.function) return;
      const Node* node = e.function.get();
      if (given.count(node) || dynamic_cast<const ReplicaNode*>(node) || node->next_edges().empty()) {
        if (std::find(ends.begin(), ends.end(), e) == ends.end()) ends.push_back(e);
      } else if (seen.insert(node).second) {
        stack.push_back(node);
      }
    };
    for (const Edge& e : roots) visit(e);
    while (!stack.empty()) {
      const Node* node = stack.back();
      stack.pop_back();
      for (const Edge& e : node->next_edges()) visit(e);
    }
    return ends;
  }
};

// Parameters in the order of their names, those of the copy with those of the original.
void follow(const OrderedDict<std::string, Tensor>& copies, const OrderedDict<std::string, Tensor>& originals) {
  for (const auto& item : copies) {
    const Tensor* original = originals.find(item.key());
    if (!original || !original->requires_grad()) continue;
    item.value().set_requires_grad(false);
    if (!GradMode::is_enabled()) continue;
    auto node = std::make_shared<ReplicaNode>();
    node->set_next_edges({autograd::gradient_edge(*original)});
    autograd::set_history(item.value(), node);
  }
}

}  // namespace

void join_graphs(const std::vector<Device>& devices, const std::vector<std::vector<Tensor*>>& outputs, const std::vector<std::vector<Tensor>>& inputs) {
  if (!recording_enabled() || !on_workers(devices)) return;
  auto node = std::make_shared<PiecesNode>();
  node->devices = devices;
  autograd::edge_list next;
  std::vector<Tensor*> changed;
  for (size_t i = 0; i < outputs.size(); ++i) {
    PiecesNode::Piece piece;
    for (Tensor* t : outputs[i]) {
      if (!t->defined() || !t->requires_grad()) continue;
      piece.roots.push_back(autograd::gradient_edge(*t));
      changed.push_back(t);
    }
    piece.ends = PiecesNode::find_ends(piece.roots, inputs[i]);
    next.insert(next.end(), piece.ends.begin(), piece.ends.end());
    node->pieces.push_back(std::move(piece));
  }
  if (changed.empty()) return;
  node->set_next_edges(std::move(next));
  for (Tensor* t : changed) {
    *t = t->detach();
    autograd::set_history(*t, node);
  }
}

std::shared_ptr<Module> replica(const Module& original, bool first) {
  std::shared_ptr<Module> copy;
  {
    const ThreadGenerator unused(uint64_t{0});  // reset() of a module of one's own may draw
    const init::SkipInit skip;
    const nn::detail::SharedParameters shared;
    const NoGradGuard off;
    copy = original.clone();
    const auto copies = copy->named_parameters();
    for (const auto& item : original.named_parameters()) {
      // One count of changes, so that backward sees those of the original.
      const Tensor* t = copies.find(item.key());
      if (t && !any_impl(item.value())->version) delete std::exchange(any_impl(*t)->version, nullptr);
    }
    if (first)
      for (const auto& item : original.named_buffers()) {
        Tensor to = copy->named_buffers()[item.key()];
        if (item.value().defined()) to.set_data(item.value());
      }
  }
  follow(copy->named_parameters(), original.named_parameters());
  follow(copy->named_buffers(), original.named_buffers());
  return copy;
}

void check_devices(const char* op, const std::vector<Device>& devices) {
  for (const Device& d : devices) WICK_CHECK_TYPE(NotImplementedError, d.is_cpu(), op, ": device ", d, " is not available in this build; cpu:0, cpu:1, … are");
}
std::vector<Tensor> cut(const Tensor& input, size_t pieces, int64_t dim) {
  if (!input.defined()) return std::vector<Tensor>(pieces);
  WICK_CHECK_TYPE(ValueError, input.dim() > 0, "scatter: a tensor without dimensions cannot be cut; give it as a number, or as a tensor with one element a row");
  return input.chunk(static_cast<int64_t>(pieces), dim);
}
Tensor join(const std::vector<Tensor>& outputs, int64_t dim) {
  std::vector<Tensor> there;
  for (const Tensor& t : outputs) {
    WICK_CHECK_TYPE(ValueError, t.defined(), "gather: an output is undefined");
    there.push_back(t.dim() == 0 ? t.unsqueeze(0) : t);
  }
  if (outputs[0].dim() == 0) warn_once("gather: outputs without dimensions become the elements of a vector");
  return wick::cat(there, dim);
}
void unequal(size_t a, size_t b) { throw ValueError(wick::str("gather: all parts must have the same elements, got ", a, " and ", b)); }

}  // namespace wick::nn::parallel::inline v1::detail
