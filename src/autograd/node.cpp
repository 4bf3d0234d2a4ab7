#include <wick/autograd/node.h>

#include <wick/core/str.h>

#include "autograd/meta.h"
#include "core/tensor_impl.h"

namespace wick {

void destroy_autograd_meta(AutogradMeta* m) noexcept {
  autograd::release_node(std::move(m->grad_fn));
  delete m;
}

namespace autograd {
namespace {

// Nodes that wait to be destroyed while one is: keeps the stack flat on chains of any length.
thread_local std::vector<std::shared_ptr<Node>>* waiting = nullptr;

thread_local uint64_t next_sequence = 0;

}  // namespace

void release_node(std::shared_ptr<Node>&& node) noexcept {
  if (!node || node.use_count() > 1) {
    node.reset();
    return;
  }
  if (waiting) {
    waiting->push_back(std::move(node));
    return;
  }
  std::vector<std::shared_ptr<Node>> list;
  waiting = &list;
  node.reset();
  while (!list.empty()) {
    std::shared_ptr<Node> n = std::move(list.back());
    list.pop_back();
    n.reset();
  }
  waiting = nullptr;
}

inline namespace v1 {

Node::Node() : sequence_nr_(next_sequence++) {}

Node::~Node() {
  for (Edge& e : next_edges_) release_node(std::move(e.function));
}

uint32_t Node::add_input_metadata(const Tensor& t) {
  if (t.defined()) inputs_.emplace_back(t.sizes(), t.scalar_type());
  else inputs_.emplace_back();
  return static_cast<uint32_t>(inputs_.size() - 1);
}

variable_list Node::operator()(variable_list&& g) { return apply(std::move(g)); }

Edge gradient_edge(const Tensor& t) {
  if (const auto& fn = t.grad_fn()) return Edge(fn, static_cast<uint32_t>(t.output_nr()));
  return Edge(accumulator(t), 0);
}

}  // namespace v1

std::shared_ptr<Node> accumulator(const Tensor& leaf) {
  if (!any_impl(leaf)->requires_grad) return nullptr;  // a view made outside the graph of its base has none
  AutogradMeta& m = meta(leaf);
  std::lock_guard<std::mutex> lock(m.mutex);
  if (auto a = m.accumulator.lock()) return a;
  auto a = std::make_shared<AccumulateGrad>(leaf);
  m.accumulator = a;
  return a;
}

}  // namespace autograd
}  // namespace wick
