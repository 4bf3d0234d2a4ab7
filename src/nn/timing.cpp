// Times of modules: forward by hooks, backward by the steps that their forward recorded.
#include <chrono>
#include <ostream>
#include <unordered_set>

#include <wick/autograd.h>
#include <wick/nn/summary.h>

#include "nn/common.h"
#include "nn/extras.h"
#include "nn/table.h"

namespace wick::nn::inline v1 {
namespace {

using Clock = std::chrono::steady_clock;
double ms_since(Clock::time_point t) { return std::chrono::duration<double, std::milli>(Clock::now() - t).count(); }

// A node that only tells where in the order of recording it was made.
struct Mark final : autograd::Node {
  std::string name() const override { return "Mark"; }
  autograd::variable_list apply(autograd::variable_list&& g) override { return std::move(g); }
};
uint64_t sequence_now() { return std::make_shared<Mark>()->sequence_nr(); }

}  // namespace

struct ModuleTimer::State : std::enable_shared_from_this<ModuleTimer::State> {
  struct Row {
    TimeRow text;
    int64_t calls = 0, parent = -1;
    double forward = 0, inner_forward = 0, backward = 0;  // with modules below; those alone; own steps
  };
  struct Open {
    size_t row;
    Clock::time_point start;
    uint64_t first;
    int64_t above;
  };
  struct Span {  // the nodes that a call recorded: of those that hold a number, the last one to open is the module's
    uint64_t first, last;
    size_t row;
  };
  std::vector<Row> rows;
  std::vector<Open> open;
  std::vector<Span> spans;
  Clock::time_point step_start;

  void enter(size_t row) { open.push_back({row, Clock::now(), sequence_now(), open.empty() ? -1 : static_cast<int64_t>(open.back().row)}); }
  void leave(size_t row, const std::vector<Tensor>& out) {
    while (!open.empty() && open.back().row != row) open.pop_back();  // a call that threw was never left
    if (open.empty()) return;
    const Open o = open.back();
    open.pop_back();
    const double ms = ms_since(o.start);
    Row& r = rows[row];
    ++r.calls;
    r.forward += ms;
    if (o.above >= 0) rows[static_cast<size_t>(o.above)].inner_forward += ms;
    spans.push_back({o.first, sequence_now(), row});
    if (!open.empty()) return;
    watch(out);
    spans.clear();
  }

  // The innermost call that recorded a node: spans are listed in the order in which calls ended, inner ones first.
  int64_t row_of(uint64_t sequence) const {
    for (const Span& s : spans)
      if (s.first <= sequence && sequence <= s.last) return static_cast<int64_t>(s.row);
    return -1;
  }
  void watch(const std::vector<Tensor>& out) {
    std::vector<std::pair<std::shared_ptr<autograd::Node>, int64_t>> stack;
    std::unordered_set<const autograd::Node*> seen;
    for (const Tensor& t : out)
      if (t.defined() && t.grad_fn()) stack.emplace_back(t.grad_fn(), -1);
    while (!stack.empty()) {
      const auto [node, after] = stack.back();
      stack.pop_back();
      if (!seen.insert(node.get()).second) continue;
      int64_t row = row_of(node->sequence_nr());
      if (row < 0) {
        if (!node->next_edges().empty()) continue;  // recorded before the model ran
        row = after;                                // a parameter's accumulator may be older: it counts where it is used
      }
      if (row >= 0) time_node(*node, static_cast<size_t>(row));
      for (const autograd::Edge& e : node->next_edges())
        if (e.is_valid()) stack.emplace_back(e.function, row);
    }
  }
  void time_node(autograd::Node& node, size_t row) {
    if (node.next_edges().empty()) return;  // accumulators outlive a step: hooks would pile up on them
    node.add_pre_hook([state = shared_from_this()](const std::vector<Tensor>& g) {
      state->step_start = Clock::now();
      return g;
    });
    node.add_post_hook([state = shared_from_this(), row](const std::vector<Tensor>& g, const std::vector<Tensor>&) {
      state->rows[row].backward += ms_since(state->step_start);
      return g;
    });
  }
};

ModuleTimer::ModuleTimer(Module& model) : state_(std::make_shared<State>()) {
  std::vector<int64_t> above;
  for (const Place& p : places(model)) {
    above.resize(static_cast<size_t>(p.depth));
    State::Row row;
    row.text.path = p.path;
    row.text.name = p.name;
    row.text.type = short_name(*p.module);
    row.text.depth = p.depth;
    row.parent = p.depth ? above.back() : -1;
    const size_t i = state_->rows.size();
    above.push_back(static_cast<int64_t>(i));
    state_->rows.push_back(std::move(row));
    if (p.again) continue;
    hooks_.emplace_back(p.module->register_forward_pre_hook([s = state_.get(), i](Module&, const std::vector<Tensor>&) { s->enter(i); }));
    hooks_.emplace_back(p.module->register_forward_hook([s = state_.get(), i](Module&, const std::vector<Tensor>&, const std::vector<Tensor>& out) { s->leave(i, out); }));
  }
}
ModuleTimer::~ModuleTimer() = default;

void ModuleTimer::reset() {
  for (State::Row& r : state_->rows) {
    r.calls = 0;
    r.forward = r.inner_forward = r.backward = 0;
  }
}

ModuleTimes ModuleTimer::times() const {
  ModuleTimes t;
  t.runs = std::max<int64_t>(1, state_->rows[0].calls);
  const auto runs = static_cast<double>(t.runs);
  std::vector<double> below(state_->rows.size(), 0);
  for (size_t i = state_->rows.size(); i-- > 0;) {
    const State::Row& r = state_->rows[i];
    below[i] += r.backward;
    if (r.parent >= 0) below[static_cast<size_t>(r.parent)] += below[i];
  }
  for (size_t i = 0; i < state_->rows.size(); ++i) {
    const State::Row& r = state_->rows[i];
    TimeRow row = r.text;
    row.calls = r.calls;
    row.forward_ms = r.forward / runs;
    row.own_forward_ms = (r.forward - r.inner_forward) / runs;
    row.backward_ms = below[i] / runs;
    row.own_backward_ms = r.backward / runs;
    t.rows.push_back(std::move(row));
  }
  t.forward_ms = t.rows[0].forward_ms;
  t.backward_ms = t.rows[0].backward_ms;
  const double total = t.forward_ms + t.backward_ms;
  for (TimeRow& r : t.rows) r.share = total > 0 ? (r.own_forward_ms + r.own_backward_ms) / total : 0;
  return t;
}

const TimeRow& ModuleTimes::operator[](const std::string& path) const {
  for (const TimeRow& r : rows)
    if (r.path == path) return r;
  throw Error("ModuleTimes: there is no module '" + path + "'");
}

std::ostream& operator<<(std::ostream& stream, const ModuleTimes& times) {
  std::vector<int64_t> depths;
  for (const TimeRow& r : times.rows) depths.push_back(r.depth);
  const std::vector<std::string> tree = branches(depths);
  Table table({"layer", "", "calls", "forward ms", "backward ms", "own ms", "share"}, {false, false, true, true, true, true, true});
  for (size_t i = 0; i < times.rows.size(); ++i) {
    const TimeRow& r = times.rows[i];
    const std::string calls = std::to_string(r.calls / times.runs);
    table.add({r.depth ? tree[i] + r.name : r.type, r.depth ? r.type : "", calls, fixed(r.forward_ms, 3), fixed(r.backward_ms, 3), fixed(r.own_forward_ms + r.own_backward_ms, 3), fixed(100 * r.share, 1) + " %"});
  }
  table.print(stream);
  return stream << "one run: forward " << fixed(times.forward_ms, 3) << " ms, backward " << fixed(times.backward_ms, 3) << " ms (mean of " << times.runs << ")\n";
}

namespace detail {

ModuleTimes time_steps(Module& model, int64_t runs, const std::function<std::vector<Tensor>()>& run) {
  WICK_CHECK(runs > 0, "time_modules: expected at least one run, got ", runs);
  std::vector<std::pair<Tensor, Tensor>> kept;
  for (const Tensor& p : model.parameters()) kept.emplace_back(p, p.grad());
  const auto put_back = [&] { for (auto& [p, g] : kept) p.mutable_grad() = g; };
  const auto step = [&] {
    for (auto& [p, g] : kept) p.mutable_grad() = Tensor();
    Tensor loss;
    for (const Tensor& t : run())
      if (t.defined() && t.requires_grad()) loss = loss.defined() ? loss + t.sum() : t.sum();
    if (loss.defined()) loss.backward();
  };
  try {
    AutoGradMode on(true);
    step();
    ModuleTimer timer(model);
    for (int64_t i = 0; i < runs; ++i) step();
    put_back();
    return timer.times();
  } catch (...) {
    put_back();
    throw;
  }
}

}  // namespace detail
}  // namespace wick::nn::inline v1
