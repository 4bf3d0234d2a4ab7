// Backward: walks the graph in the order of its making, latest first, without recursion.
#include "autograd/engine.h"

#include <algorithm>
#include <queue>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "autograd/anomaly.h"
#include "autograd/meta.h"
#include "autograd/record.h"

namespace wick::autograd {

inline namespace v1 {

struct Engine {
  struct State {
    std::vector<Tensor> grads;
    bool started = false;
    int waiting = 0;        // edges into the node that have not delivered yet
    bool needed = true;     // leads to something asked for
    int capture = -1;       // where the gradient of input `capture_nr` goes
    std::vector<std::pair<uint32_t, size_t>> captures;  // input number, slot of the answer
  };
  std::unordered_map<Node*, State> states;
  std::vector<std::shared_ptr<Node>> alive;
  // Accumulators have the highest number: a gradient that is complete is added at once.
  struct Later { bool operator()(const Node* a, const Node* b) const { return a->sequence_nr() < b->sequence_nr(); } };
  std::priority_queue<Node*, std::vector<Node*>, Later> ready;

  void discover(const edge_list& roots, bool expands);
  void mark_needed(const edge_list& outputs);
  void add(const Edge& e, Tensor g);
  void check(const Node& n, variable_list& out);
  variable_list run_hooks(Node& n, variable_list g);
  variable_list step(Node& n, variable_list g);
  std::vector<std::function<void()>> callbacks;
  variable_list run(const edge_list& roots, const variable_list& grads, bool keep, bool create, const edge_list& outputs, bool accumulate);
};

void Engine::discover(const edge_list& roots, bool expands) {
  std::vector<Node*> stack;
  for (const Edge& r : roots)
    if (r.function && states.try_emplace(r.function.get()).second) stack.push_back(r.function.get());
  while (!stack.empty()) {
    Node* n = stack.back();
    stack.pop_back();
    if (expands)
      if (auto* part = dynamic_cast<Expandable*>(n)) part->expand();
    for (const Edge& e : n->next_edges()) {
      if (!e.function) continue;
      auto [it, fresh] = states.try_emplace(e.function.get());
      ++it->second.waiting;
      if (fresh) stack.push_back(e.function.get());
    }
  }
}

// A node is needed when one of the outputs can be reached from it. Nodes are visited after all that follow them.
void Engine::mark_needed(const edge_list& outputs) {
  for (auto& [n, s] : states) s.needed = false;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].function) continue;
    auto it = states.find(outputs[i].function.get());
    if (it == states.end()) continue;
    it->second.needed = true;
    it->second.captures.emplace_back(outputs[i].input_nr, i);
  }
  std::unordered_set<Node*> done;
  std::vector<std::pair<Node*, size_t>> stack;
  for (auto& [n, s] : states) {
    if (!done.insert(n).second) continue;
    stack.emplace_back(n, 0);
    while (!stack.empty()) {
      auto& [node, next] = stack.back();
      if (next < node->next_edges().size()) {
        Node* to = node->next_edges()[next++].function.get();
        if (to && done.insert(to).second) stack.emplace_back(to, 0);
        continue;
      }
      State& st = states[node];
      for (const Edge& e : node->next_edges())
        if (e.function && states[e.function.get()].needed) st.needed = true;
      stack.pop_back();
    }
  }
}

static Tensor accumulate(const Tensor& into, const Tensor& g) {
  if (!into.defined()) return g;
  if (!g.defined()) return into;
  // In place when the sum so far is ours alone.
  if (!GradMode::is_enabled() && into.use_count() == 1 && into.is_non_overlapping_and_dense() && impl(into)->storage->refs == 1 && into.scalar_type() == g.scalar_type())
    return into.add_(g);
  return into.is_sparse() && !g.is_sparse() ? g + into : into + g;
}

void Engine::add(const Edge& e, Tensor g) {
  State& s = states[e.function.get()];
  s.grads.resize(std::max<size_t>(s.grads.size(), std::max<size_t>(e.function->num_inputs(), e.input_nr + 1)));
  Tensor& slot = s.grads[e.input_nr];
  if (g.defined()) {
    if (!slot.defined()) slot = std::move(g);
    else {
      Tensor before = std::move(slot);
      slot = accumulate(before, g);
    }
  }
}

// What a node gives must fit what it stands for.
void Engine::check(const Node& n, variable_list& out) {
  const auto& edges = n.next_edges();
  if (out.size() > edges.size()) {
    for (size_t i = edges.size(); i < out.size(); ++i)
      WICK_CHECK(!out[i].defined(), "Function ", n.name(), " returned an incorrect number of gradients (expected ", edges.size(), ", got ", out.size(), ")");
    out.resize(edges.size());
  }
  WICK_CHECK(out.size() == edges.size(), "Function ", n.name(), " returned an incorrect number of gradients (expected ", edges.size(), ", got ", out.size(), ")");
  for (size_t i = 0; i < out.size(); ++i) {
    if (!edges[i].function || !out[i].defined()) continue;
    const Node& to = *edges[i].function;
    if (edges[i].input_nr >= to.num_inputs()) continue;
    const InputMetadata& m = to.input_metadata(edges[i].input_nr);
    if (!m.is_valid()) continue;
    if (out[i].sizes() != m.shape()) {
      bool expandable = static_cast<size_t>(out[i].dim()) >= m.shape().size();
      for (size_t d = 0; expandable && d < m.shape().size(); ++d) {
        const int64_t have = out[i].size(out[i].dim() - 1 - static_cast<int64_t>(d)), want = m.shape()[m.shape().size() - 1 - d];
        expandable = want == 1 || want == have;
      }
      WICK_CHECK(expandable, "Function ", n.name(), " returned an invalid gradient at index ", i, " - got ", out[i].sizes(), " but expected shape compatible with ", m.shape());
      out[i] = out[i].sum_to_size(m.shape());
    }
    if (out[i].is_complex() && !is_complex_type(m.dtype)) out[i] = real(out[i]);
    if (out[i].scalar_type() != m.dtype) out[i] = out[i].to(m.dtype);
  }
}

variable_list Engine::run_hooks(Node& n, variable_list g) {
  // A leaf keeps its hooks itself, as its accumulator comes and goes. Copied: a hook may remove itself.
  const auto hooks = n.next_edges().empty() ? n.leaf_hooks() : n.tensor_hooks_;
  if (hooks.empty() && n.retain_hooks_.empty() && n.pre_hooks_.empty()) return g;
  for (const auto& h : hooks) {
    if (h.input_nr >= g.size()) continue;
    Tensor& slot = g[h.input_nr];
    Tensor r = h.call(slot);  // sees an undefined tensor when nothing came in
    if (!r.defined()) continue;
    if (slot.defined()) {
      WICK_CHECK(r.sizes() == slot.sizes(), "hook '", h.id, "' has changed the size of value: got ", r.sizes(), " for ", slot.sizes());
      WICK_CHECK(r.scalar_type() == slot.scalar_type(), "hook '", h.id, "' has changed the type of value (was ", slot.toString(), " got ", r.toString(), ")");
    }
    slot = std::move(r);
  }
  for (size_t i = 0; i < n.retain_hooks_.size(); ++i)
    if (n.retain_hooks_[i] && i < g.size() && g[i].defined()) n.retain_hooks_[i](g[i]);
  return g;
}

variable_list Engine::step(Node& n, variable_list g) {
  for (const auto& h : n.pre_hooks_) g = h(g);
  const variable_list before = n.post_hooks_.empty() ? variable_list() : g;
  variable_list out;
  if (watch::watched()) [[unlikely]] {
    const std::string name = n.name();
    const Inputs inputs{TensorList(g)};
    Call call(name.c_str(), inputs, watch::Kind::node, &n);
    const Evaluating scope(n);
    out = n(std::move(g));
    Results r;
    r.add(out);
    if (call.watched()) call.told(r, &n);
  } else {
    const Evaluating scope(n);
    out = n(std::move(g));
  }
  check(n, out);
  for (const auto& h : n.post_hooks_) out = h(out, before);
  if (gate & kAnomaly) check_nan(n, out);
  return out;
}

variable_list Engine::run(const edge_list& roots, const variable_list& grads, bool keep, bool create, const edge_list& outputs, bool accumulate_leaves) {
  AutoGradMode mode(create);
  variable_list answer(outputs.size());
  discover(roots, create);
  if (!outputs.empty()) mark_needed(outputs);
  for (size_t i = 0; i < roots.size(); ++i) add(roots[i], grads[i]);
  for (const Edge& r : roots) {
    State& s = states[r.function.get()];
    if (s.waiting == 0 && !s.started) {
      s.started = true;
      ready.push(r.function.get());
    }
  }
  while (!ready.empty()) {
    Node* n = ready.top();
    ready.pop();
    State& s = states[n];
    variable_list g = std::move(s.grads);
    g.resize(std::max<size_t>(g.size(), n->num_inputs()));
    std::shared_ptr<Node> self = n->shared_from_this();
    variable_list out;
    if (s.needed) {
      try {
        const bool leads_on = outputs.empty() || std::any_of(n->next_edges().begin(), n->next_edges().end(), [&](const Edge& e) { return e.function && states[e.function.get()].needed; });
        const bool runs = outputs.empty() || leads_on || (n->next_edges().empty() && accumulate_leaves);
        // The gradient of a tensor that was asked for is that before its hooks, when backward goes on from there.
        if (runs) for (auto [nr, slot] : s.captures) answer[slot] = g[nr];
        g = run_hooks(*n, std::move(g));
        if (runs) {
          out = step(*n, std::move(g));
          if (!keep) n->release_variables();
        } else {
          for (auto [nr, slot] : s.captures) answer[slot] = g[nr];
        }
      } catch (Error& e) {
        report_trace(*n);
        if (n->trace_) e.add_context("  in " + n->name() + ", recorded at " + n->trace_->substr(0, n->trace_->find('\n')));
        throw;
      } catch (...) {
        report_trace(*n);
        throw;
      }
    }
    out.resize(n->next_edges().size());
    for (size_t i = 0; i < out.size(); ++i) {
      const Edge& e = n->next_edges()[i];
      if (!e.function) continue;
      State& t = states[e.function.get()];
      if (t.needed) add(e, std::move(out[i]));
      if (--t.waiting == 0 && !t.started) {
        t.started = true;
        ready.push(e.function.get());
      }
    }
  }
  for (size_t i = 0; i < callbacks.size(); ++i) std::exchange(callbacks[i], nullptr)();  // one may add another
  return answer;
}

namespace {

// The passes of this thread, the innermost last.
thread_local Engine *current = nullptr, *outermost = nullptr;
thread_local int depth = 0;
// Passes within passes on one stack; a deeper one gets a thread, and so a stack, of its own.
constexpr int kMaxDepth = 60;

struct Entered {
  explicit Entered(Engine& e) : before(current), outer(outermost) {
    current = &e;
    if (!outer) outermost = &e;
    ++depth;
  }
  ~Entered() { current = before; outermost = outer; --depth; }
  Engine *before, *outer;
};

}  // namespace

void queue_callback(std::function<void()> callback) {
  WICK_CHECK(current, "queue_callback: final callbacks can only be installed during backward pass.");
  current->callbacks.push_back(std::move(callback));
}

}  // namespace v1

void queue_final(std::function<void()> callback) { outermost->callbacks.push_back(std::move(callback)); }

variable_list run_backward(const edge_list& roots, const variable_list& grads, bool keep, bool create, const edge_list& outputs, bool accumulate) {
  const GateScope uncast(0, kAutocast);  // gradients have the types that forward gave them
  const auto pass = [&] {
    Engine e;
    const Entered scope(e);
    return e.run(roots, grads, keep, create, outputs, accumulate);
  };
  if (depth < kMaxDepth) return pass();
  variable_list answer;
  std::exception_ptr error;
  const uint32_t switches = gate & ~kProfiler;
  const watch::Handoff watchers;
  std::thread([&, outer = outermost] {
    gate = switches;
    const watch::Taken taken(watchers);
    outermost = outer;
    try {
      answer = pass();
    } catch (...) {
      error = std::current_exception();
    }
  }).join();
  if (error) std::rethrow_exception(error);
  return answer;
}

std::vector<Node::TensorHook> AccumulateGrad::leaf_hooks() const {
  return any_impl(variable)->autograd ? any_impl(variable)->autograd->hooks : std::vector<TensorHook>();
}

AccumulateGrad::AccumulateGrad(Tensor v) : variable(std::move(v)) { add_input_metadata(variable); sequence_nr_ = ~0ull; }

variable_list AccumulateGrad::apply(variable_list&& g) {
  Tensor grad = std::move(g[0]);
  g.clear();
  if (!grad.defined()) return {};
  AutogradMeta& m = meta(variable);
  std::lock_guard<std::mutex> lock(m.mutex);
  const auto copied = [&] {
    if (grad.is_sparse()) return grad.clone();
    if (!variable.is_non_overlapping_and_dense()) return grad.clone(MemoryFormat::Contiguous);
    Tensor t = empty_strided(variable.sizes(), variable.strides(), grad.options());
    return t.copy_(grad);
  };
  if (!m.grad.defined()) {
    // Keep the gradient itself when nobody else holds it, but for what post hooks are given, and it has the variable's layout.
    const bool ours = !GradMode::is_enabled() && grad.use_count() == (post_hooks_.empty() ? 1 : 2) && any_impl(grad)->storage->refs == 1 && !grad.is_view();
    const auto same_layout = [&] { return !variable.is_sparse() && grad.strides() == variable.strides(); };
    if (ours && (grad.is_sparse() || same_layout() || (grad.is_contiguous() && !variable.is_non_overlapping_and_dense()))) {
      m.grad = grad.requires_grad() ? grad.detach() : grad;
    } else {
      m.grad = GradMode::is_enabled() ? copied() : copied().detach();
    }
  } else if (m.grad.is_sparse() && !grad.is_sparse()) {
    m.grad = grad + m.grad;
  } else if (!GradMode::is_enabled()) {
    m.grad.add_(grad);
  } else {
    m.grad = m.grad + grad;
  }
  return {};
}

}  // namespace wick::autograd
