// libtorch's hand-written nodes: errors in the graph, undefined gradients, identity.
#pragma once

#include <string>
#include <utility>

#include <torch/autograd.h>
#include <wick/autograd/graph.h>

namespace torch::autograd {

/// Throws when backward reaches it.
struct Error : Node {
  Error(std::string message, edge_list&& next) : msg(std::move(message)) { set_next_edges(std::move(next)); }
  explicit Error(std::string message) : msg(std::move(message)) {}
  std::string name() const override { return "torch::autograd::Error"; }
  variable_list apply(variable_list&&) override { throw std::runtime_error(msg); }
  std::string msg;
};
struct NotImplemented : Error {
  NotImplemented(const std::string& forward, edge_list&& next) : Error("derivative for " + forward + " is not implemented", std::move(next)) {}
  explicit NotImplemented(const std::string& forward) : Error("derivative for " + forward + " is not implemented") {}
};

namespace detail {
// The same values as results of a node made from the edges of `inputs`.
template <class Make>
variable_list wrap_results(const variable_list& inputs, const Make& make) {
  variable_list out;
  edge_list edges;
  bool records = false;
  for (const auto& t : inputs) {
    out.push_back(t.defined() ? t.detach().clone() : Tensor());
    const bool wants = t.defined() && t.requires_grad();
    edges.push_back(wants ? ::wick::autograd::gradient_edge(t) : Edge());
    records |= wants;
  }
  if (!records || !GradMode::is_enabled()) return out;
  const std::shared_ptr<Node> node = make();
  node->set_next_edges(std::move(edges));
  for (const auto& t : out)
    if (t.defined()) ::wick::autograd::set_history(t, node);
    else node->add_input_metadata(t);
  return out;
}
}  // namespace detail

/// Hands tensors on; backward through the result throws.
struct DelayedError : Node {
  DelayedError(std::string message, int64_t num_inputs) : msg(std::move(message)) {
    for (int64_t i = 0; i < num_inputs; ++i) add_input_metadata(Tensor());
  }
  std::string name() const override { return "torch::autograd::DelayedError"; }
  variable_list apply(variable_list&& inputs) override {
    return detail::wrap_results(inputs, [this] { return std::make_shared<Error>(msg); });
  }
  std::string msg;
};

/// Hands tensors on; backward through the result gives undefined gradients.
struct UndefinedGradBackward : Node {
  UndefinedGradBackward() = default;
  explicit UndefinedGradBackward(edge_list&& next) { set_next_edges(std::move(next)); }
  std::string name() const override { return "torch::autograd::UndefinedGradBackward"; }
  variable_list apply(variable_list&& gradients) override { return variable_list(gradients.size()); }
};
struct UndefinedGrad : Node {
  UndefinedGrad() { add_input_metadata(Tensor()); }
  std::string name() const override { return "torch::autograd::UndefinedGrad"; }
  variable_list apply(variable_list&& inputs) override {
    return detail::wrap_results(inputs, [] { return std::make_shared<UndefinedGradBackward>(); });
  }
};

/// Hands gradients on.
struct Identity : Node {
  std::string name() const override { return "torch::autograd::Identity"; }
  variable_list apply(variable_list&& inputs) override { return std::move(inputs); }
};

}  // namespace torch::autograd
