// A model's graph: what a forward pass records for backward, walked from its results, within the modules that ran meanwhile.
#include <algorithm>
#include <cstdio>
#include <map>
#include <unordered_map>

#include <wick/autograd/node.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/log/summary_writer.h>
#include <wick/nn/module.h>

#include "log/graph.h"
#include "log/wire.h"
#include "nn/extras.h"
#include "nn/table.h"

namespace wick::logging {
namespace {

using autograd::Node;

// Tells the number that the next node of this thread gets.
struct Probe : Node {
  std::string name() const override { return "Probe"; }
  autograd::variable_list apply(autograd::variable_list&& g) override { return std::move(g); }
};

std::string shapes(const std::vector<std::vector<int64_t>>& list) {
  Message all;
  for (const auto& sizes : list) {
    Message shape;
    for (const int64_t n : sizes) shape.message(2, Message().integer(1, n));
    all.message(7, shape.take());
  }
  return all.take();
}

// A call of a module: the numbers of the nodes that were made meanwhile.
struct Call {
  std::string scope;
  uint64_t begin = 0, end = 0;
  std::vector<size_t> inputs;  // of the model, without a gradient, that it was given
};

class Recorder {
 public:
  Recorder(nn::Module& model, const std::vector<Tensor>& inputs) : model_(model) {
    for (const Tensor& x : inputs) {
      WICK_CHECK_TYPE(ValueError, x.defined(), "add_graph: an undefined input");
      const Tensor mine = x.detach();
      if (mine.is_floating_point() || mine.is_complex()) mine.requires_grad_(true);
      inputs_.push_back(mine);
    }
  }
  ~Recorder() {
    for (const Tensor& p : frozen_) p.requires_grad_(false);
  }

  std::vector<GraphNode> record(const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& forward) {
    const nn::detail::EvalScope eval(model_);
    const AutoGradMode on(true);
    for (const Tensor& p : model_.parameters()) {
      if (p.requires_grad() || !(p.is_floating_point() || p.is_complex()) || !p.is_leaf()) continue;
      p.requires_grad_(true);
      frozen_.push_back(p);
    }
    std::vector<nn::ScopedHook> hooks;
    const std::vector<nn::Place> places = nn::places(model_);
    for (const nn::Place& place : places) watch(place, hooks);
    const std::vector<Tensor> outputs = forward(inputs_);
    hooks.clear();
    for (const nn::Place& place : places) name_parameters(place);
    walk(outputs);
    return std::move(nodes_);
  }

 private:
  void watch(const nn::Place& place, std::vector<nn::ScopedHook>& hooks) {
    nn::Module& m = *place.module;
    const size_t dot = place.path.rfind('.');
    const std::string above = dot == std::string::npos ? "" : place.path.substr(0, dot);
    const std::string scope = place.path.empty() ? nn::short_name(m) : str(by_path_[above], "/", nn::short_name(m), "[", place.name, "]");
    by_path_[place.path] = scope;
    if (place.again) return;
    hooks.emplace_back(m.register_forward_pre_hook([this, scope](nn::Module&, const std::vector<Tensor>& in) {
      Call c{scope, Probe().sequence_nr(), ~uint64_t{0}, {}};
      for (size_t i = 0; i < inputs_.size(); ++i)
        for (const Tensor& t : in)
          if (t.defined() && t.unsafeGetTensorImpl() == inputs_[i].unsafeGetTensorImpl() && !t.requires_grad()) {
            for (const size_t outer : open_) std::erase(calls_[outer].inputs, i);  // it is the innermost that uses it
            c.inputs.push_back(i);
          }
      open_.push_back(calls_.size());
      calls_.push_back(std::move(c));
    }));
    hooks.emplace_back(m.register_forward_hook([this](nn::Module&, const std::vector<Tensor>&, const std::vector<Tensor>&) {
      if (open_.empty()) return;
      calls_[open_.back()].end = Probe().sequence_nr();
      open_.pop_back();
    }));
  }

  // After the pass: lazy layers have parameters now.
  void name_parameters(const nn::Place& place) {
    if (place.again) return;
    for (const auto& p : place.module->named_parameters(false)) {
      if (!p.value().requires_grad()) continue;
      kept_.push_back(autograd::gradient_edge(p.value()).function);
      names_[kept_.back().get()] = {by_path_[place.path] + "/" + p.key(), 0, p.value().sizes().vec()};
    }
  }

  // The innermost call in which a node was made.
  Call* call_of(uint64_t number) {
    Call* best = nullptr;
    for (Call& c : calls_)
      if (c.begin < number && number < c.end && (!best || c.begin > best->begin)) best = &c;
    return best;
  }

  void walk(const std::vector<Tensor>& outputs) {
    std::vector<Node*> found, left;
    std::unordered_map<Node*, bool> seen;
    const auto visit = [&](const std::shared_ptr<Node>& n) {
      if (n && seen.emplace(n.get(), true).second) left.push_back(n.get());
    };
    for (const Tensor& t : outputs)
      if (t.defined() && t.requires_grad()) visit(autograd::gradient_edge(t).function);
    while (!left.empty()) {
      Node* const n = left.back();
      left.pop_back();
      found.push_back(n);
      for (const auto& e : n->next_edges()) visit(e.function);
    }
    std::sort(found.begin(), found.end(), [](const Node* a, const Node* b) { return a->sequence_nr() < b->sequence_nr(); });
    for (size_t i = 0; i < inputs_.size(); ++i) {
      GraphNode& n = add(str("input/input.", i + 1), "IO Node", {inputs_[i].sizes().vec()}, str(inputs_[i].scalar_type()));
      if (!inputs_[i].requires_grad()) continue;
      kept_.push_back(autograd::gradient_edge(inputs_[i]).function);
      names_[kept_.back().get()] = {n.name, 0, {}};
    }
    for (Node* const n : found) name(*n);
    for (Node* const n : found) connect(*n);
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (!outputs[i].defined()) continue;
      GraphNode& n = add(str("output/output.", i + 1), "IO Node", {outputs[i].sizes().vec()}, "");
      if (!outputs[i].requires_grad()) continue;
      const auto e = autograd::gradient_edge(outputs[i]);
      n.inputs.push_back(source(e));
    }
  }

  GraphNode& add(std::string name, std::string op, std::vector<std::vector<int64_t>> sizes, std::string attributes) {
    return nodes_.emplace_back(GraphNode{std::move(name), std::move(op), {}, std::move(sizes), std::move(attributes)});
  }

  void name(Node& n) {
    if (const auto leaf = names_.find(&n); leaf != names_.end()) {
      if (leaf->second.name.rfind("input/", 0) != 0) add(leaf->second.name, "Parameter", {leaf->second.shape}, "");
      return;
    }
    std::string op = n.name();
    if (const size_t at = op.find("Backward"); at != std::string::npos) op.resize(at);
    if (const size_t at = op.rfind("::"); at != std::string::npos) op = op.substr(at + 2);
    if (n.next_edges().empty()) op = "Constant";  // a leaf that is no parameter
    Call* const call = call_of(n.sequence_nr());
    std::string path = str(call ? call->scope : by_path_[""], "/", op);
    if (const int k = used_[path]++; k > 0) path += str("_", k);
    std::vector<std::vector<int64_t>> sizes;
    for (uint32_t i = 0; i < n.num_inputs(); ++i) sizes.push_back(n.input_metadata(i).shape().vec());
    GraphNode& node = add(path, op, std::move(sizes), n.num_inputs() > 0 && n.input_metadata(0).is_valid() ? str(n.input_metadata(0).dtype) : "");
    names_[&n] = {path, nodes_.size() - 1, {}};
    if (!call) return;
    for (const size_t i : call->inputs) node.inputs.push_back(str("input/input.", i + 1));  // of the first operation there
    call->inputs.clear();
  }

  std::string source(const autograd::Edge& e) const {
    const std::string& name = names_.at(e.function.get()).name;
    return e.input_nr == 0 ? name : str(name, ":", e.input_nr);
  }
  void connect(Node& n) {
    GraphNode& mine = nodes_[names_.at(&n).number];
    for (const auto& e : n.next_edges())
      if (e.is_valid()) mine.inputs.push_back(source(e));
  }

  struct Name { std::string name; size_t number; std::vector<int64_t> shape; };
  nn::Module& model_;
  std::vector<Tensor> inputs_, frozen_;
  std::map<std::string, std::string> by_path_;
  std::unordered_map<const Node*, Name> names_;
  std::vector<std::shared_ptr<Node>> kept_;  // so that what names_ points to stays
  std::vector<Call> calls_;
  std::vector<size_t> open_;
  std::map<std::string, int> used_;
  std::vector<GraphNode> nodes_;
};

}  // namespace

std::vector<GraphNode> record_graph(nn::Module& model, const std::vector<Tensor>& inputs, const std::function<std::vector<Tensor>(const std::vector<Tensor>&)>& forward) {
  return Recorder(model, inputs).record(forward);
}

std::string graph_message(const std::vector<GraphNode>& nodes) {
  Message graph;
  for (const GraphNode& n : nodes) {
    Message m;
    m.text(1, n.name).text(2, n.op);
    for (const std::string& i : n.inputs) m.text(3, i);
    m.message(5, Message().text(1, "attr").message(2, Message().text(2, n.attributes, true)));
    if (!n.shapes.empty()) m.message(5, Message().text(1, "_output_shapes").message(2, Message().message(1, shapes(n.shapes))));
    graph.message(1, m.take());
  }
  return graph.message(4, Message().integer(1, 22)).take();
}

}  // namespace wick::logging
