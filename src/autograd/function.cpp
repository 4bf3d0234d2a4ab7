#include <wick/autograd/function.h>

#include <cxxabi.h>

#include <algorithm>

#include <wick/core/str.h>
#include <wick/ops.h>

#include "autograd/anomaly.h"
#include "autograd/meta.h"
#include "autograd/record.h"
#include "autograd/saved_tensor.h"

namespace wick::autograd::inline v1 {

struct AutogradContext::State {
  variable_list to_save;
  std::vector<SavedTensor> saved;
  std::unordered_set<TensorImpl*> dirty, constant;
  bool materialize = true, freed = false;
  std::vector<bool> is_tensor;
  std::weak_ptr<Node> node;
  const Node* owner = nullptr;
};
AutogradContext::AutogradContext() : state(new State) {}
AutogradContext::~AutogradContext() = default;

void AutogradContext::save_for_backward(variable_list to_save) { state->to_save = std::move(to_save); }
variable_list AutogradContext::get_saved_variables() const {
  WICK_CHECK(!state->freed, "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). "
             "Specify retain_graph=true if you need to backward through the graph a second time.");
  variable_list out;
  const auto node = state->node.lock();
  for (const SavedTensor& s : state->saved) out.push_back(s.defined() ? s.unpack(node, node ? node->name().c_str() : "Function") : Tensor());
  return out;
}
void AutogradContext::mark_dirty(const variable_list& inputs) { for (const Tensor& t : inputs) state->dirty.insert(impl(t)); }
void AutogradContext::mark_non_differentiable(const variable_list& outputs) { for (const Tensor& t : outputs) state->constant.insert(impl(t)); }
void AutogradContext::set_materialize_grads(bool value) { state->materialize = value; }
bool AutogradContext::needs_input_grad(size_t i) const {
  const auto node = state->node.lock();
  const Node* n = node ? node.get() : state->owner;
  WICK_CHECK(n && i < n->num_outputs(), "needs_input_grad: there is no tensor argument ", i);
  return n->should_compute_output(i);
}

namespace detail {
namespace {

struct CustomNode final : Node {
  std::string label;
  BackwardFn backward;
  AutogradContext ctx;

  std::string name() const override { return label; }
  variable_list apply(variable_list&& g) override {
    if (ctx.state->materialize)
      for (size_t i = 0; i < g.size(); ++i)
        if (!g[i].defined() && input_metadata(i).is_valid()) g[i] = zeros(input_metadata(i).shape, input_metadata(i).dtype);
    variable_list out = backward(&ctx, std::move(g));
    // One gradient for each argument; those of arguments that are no tensors must be undefined.
    const auto& is_tensor = ctx.state->is_tensor;
    while (out.size() > is_tensor.size() && !out.back().defined()) out.pop_back();
    WICK_CHECK(out.size() == is_tensor.size(), "function ", label, " returned an incorrect number of gradients (expected ", is_tensor.size(), ", got ", out.size(), ")");
    variable_list kept;
    for (size_t i = 0; i < out.size(); ++i) {
      if (is_tensor[i]) kept.push_back(out[i]);
      else WICK_CHECK(!out[i].defined(), "function ", label, " returned a gradient different than None at position ", i + 1, ", but the corresponding forward input was not a Variable");
    }
    return kept;
  }
  void release_variables() override {
    ctx.state->saved.clear();
    ctx.state->freed = true;
  }
};

// A result that is an input: handed on as a view, unless it was declared dirty.
Tensor own_result(const Tensor& t, const variable_list& inputs, const AutogradContext::State& s) {
  for (const Tensor& in : inputs)
    if (in.defined() && in.is_same(t) && !s.dirty.count(impl(t))) {
      GateScope off(kGradOff);
      return make_view(t, t.sizes(), t.strides(), t.storage_offset(), ViewKind::custom);
    }
  return t;
}

}  // namespace

std::string type_name(const char* mangled) {
  int status = 0;
  char* text = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  std::string s = status == 0 ? text : mangled;
  std::free(text);
  return s;
}

variable_list apply_function(const char* name, BackwardFn backward, const Forward& forward, const variable_list& tensors, std::vector<bool> is_tensor) {
  const bool records = recording(Inputs(tensors));
  auto node = std::make_shared<CustomNode>();
  node->label = "torch::autograd::CppNode<" + type_name(name) + ">";
  node->backward = backward;
  AutogradContext::State& s = *node->ctx.state;
  s.is_tensor = std::move(is_tensor);
  s.owner = node.get();
  edge_list edges;
  for (const Tensor& t : tensors) edges.push_back(records && t.defined() && t.requires_grad() ? gradient_edge(t) : Edge());
  node->set_next_edges(std::move(edges));
  variable_list out;
  {
    AutoGradMode off(false);
    out = forward(&node->ctx);
  }
  for (TensorImpl* p : s.dirty) {
    const bool is_input = std::any_of(tensors.begin(), tensors.end(), [&](const Tensor& t) { return impl(t) == p; });
    WICK_CHECK(is_input, "mark_dirty: a tensor that is no input of the function was marked as changed in place");
    p->bump_version();
  }
  if (!records) {
    s.to_save.clear();
    return out;
  }
  if (gate & kAnomaly) remember_trace(*node);
  for (Tensor& t : out) {
    if (!t.defined()) {
      node->add_input_metadata(t);
      continue;
    }
    const bool dirty = s.dirty.count(impl(t));
    const bool differentiable = !s.constant.count(impl(t)) && (t.is_floating_point() || t.is_complex());
    if (!differentiable) {
      node->add_input_metadata(t);
      if (!dirty) t = own_result(t, tensors, s).detach();
      continue;
    }
    if (dirty) {
      check_inplace(name, t, true);
      rebase_history(t, node);
    } else {
      t = own_result(t, tensors, s);
      if (t.grad_fn() || t.is_leaf()) t = impl(t)->requires_grad ? t.detach() : t;
      set_history(t, node);
    }
  }
  for (const Tensor& t : s.to_save) {
    const bool is_output = std::any_of(out.begin(), out.end(), [&](const Tensor& o) { return o.defined() && o.is_same(t); });
    s.saved.emplace_back(t, is_output);
  }
  s.to_save.clear();
  s.node = node;
  return out;
}

}  // namespace detail
}  // namespace wick::autograd::inline v1
