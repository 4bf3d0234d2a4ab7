// Activation checkpointing: forward without a graph, and once more with one when backward comes by.
#include <wick/autograd.h>
#include <wick/autograd/autocast.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "autograd/engine.h"
#include "autograd/meta.h"
#include "autograd/record.h"

namespace wick::autograd::inline v1 {
namespace {

struct CheckpointNode final : Node {
  std::function<variable_list(const variable_list&)> function;
  variable_list inputs;
  Tensor rng_state;
  // What forward ran under.
  bool autocast = amp::is_autocast_enabled(), cache = amp::is_autocast_cache_enabled();
  ScalarType autocast_dtype = amp::get_autocast_dtype();

  std::string name() const override { return "CheckpointBackward"; }
  void release_variables() override { inputs.clear(); }
  variable_list apply(variable_list&& g) override {
    WICK_CHECK(!inputs.empty(), "checkpoint: trying to backward through the graph a second time. Specify retain_graph=true if you need to.");
    variable_list leaves;
    for (const Tensor& t : inputs) leaves.push_back(t.defined() && t.requires_grad() ? t.detach().requires_grad_() : t);
    variable_list out;
    {
      AutoGradMode on(true);
      amp::autocast casts(DeviceType::CPU, autocast_dtype, autocast, cache);
      const Generator& gen = default_generator();
      const Tensor now = rng_state.defined() ? gen.get_state() : Tensor();
      if (now.defined()) Generator(gen).set_state(rng_state);
      out = function(leaves);
      if (now.defined()) Generator(gen).set_state(now);
    }
    variable_list roots, grads;
    for (size_t i = 0; i < out.size(); ++i)
      if (g[i].defined() && out[i].requires_grad()) {
        roots.push_back(out[i]);
        grads.push_back(g[i]);
      }
    if (!roots.empty()) backward(roots, grads, false, GradMode::is_enabled());
    variable_list result(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i)
      if (should_compute_output(i)) result[i] = leaves[i].grad();
    return result;
  }
};

}  // namespace

variable_list checkpoint(std::function<variable_list(const variable_list&)> function, const variable_list& inputs, bool preserve_rng_state) {
  if (!recording_enabled()) return function(inputs);
  auto node = std::make_shared<CheckpointNode>();
  if (preserve_rng_state) node->rng_state = default_generator().get_state();
  edge_list edges;
  for (const Tensor& t : inputs) edges.push_back(t.defined() && t.requires_grad() ? gradient_edge(t) : Edge());
  node->set_next_edges(std::move(edges));
  variable_list out;
  {
    NoGradGuard off;
    out = function(inputs);
  }
  node->function = std::move(function);
  node->inputs = inputs;
  for (Tensor& t : out) {
    if (t.defined() && (t.is_floating_point() || t.is_complex())) {
      for (const Tensor& in : inputs)
        if (t.is_same(in)) t = t.clone().detach();
      set_history(t, node);
    } else {
      node->add_input_metadata(t);
    }
  }
  return out;
}

Tensor checkpoint(std::function<Tensor(const Tensor&)> function, const Tensor& input, bool preserve_rng_state) {
  return checkpoint([f = std::move(function)](const variable_list& in) { return variable_list{f(in[0])}; }, variable_list{input}, preserve_rng_state)[0];
}

}  // namespace wick::autograd::inline v1
