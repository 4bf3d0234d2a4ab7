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
             "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to "
             "backward through the graph a second time or if you need to access saved tensors after calling backward.");
  variable_list out;
  const auto node = state->node.lock();
  for (const SavedTensor& s : state->saved) out.push_back(s.defined() ? s.unpack(node, node ? node->name().c_str() : "Function") : Tensor());
  return out;
}
void AutogradContext::mark_dirty(const variable_list& inputs) { for (const Tensor& t : inputs) state->dirty.insert(t.unsafeGetTensorImpl()); }
void AutogradContext::mark_non_differentiable(const variable_list& outputs) { for (const Tensor& t : outputs) state->constant.insert(t.unsafeGetTensorImpl()); }
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
        if (!g[i].defined() && input_metadata(i).is_valid()) g[i] = zeros(input_metadata(i).shape(), input_metadata(i).dtype);
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

bool contains(const variable_list& list, const Tensor& t) {
  return std::any_of(list.begin(), list.end(), [&](const Tensor& o) { return o.defined() && o.is_same(t); });
}

// A result that is an input is handed on as a view, so that it can have a history of its own.
Tensor as_view(const Tensor& t) {
  GateScope off(kGradOff);
  return make_view(t, t.sizes(), t.strides(), t.storage_offset(), ViewKind::custom);
}

// What becomes of one result of forward.
void adopt(Tensor& t, const std::shared_ptr<CustomNode>& node, const variable_list& inputs, bool records, size_t results) {
  const AutogradContext::State& s = *node->ctx.state;
  if (!t.defined()) {
    if (records) node->add_input_metadata(t);
    return;
  }
  const bool is_input = contains(inputs, t), dirty = s.dirty.count(any_impl(t));
  const bool differentiable = records && !s.constant.count(any_impl(t)) && (t.is_floating_point() || t.is_complex());
  if (!differentiable) {
    if (records) node->add_input_metadata(t);
    if (!t.requires_grad()) {
      if (is_input && !dirty) t = as_view(t);
    } else if (is_input) {
      t = t.detach();
    } else if (!t.is_view()) {
      t.detach_();
    }
    return;
  }
  if (dirty) {
    const bool of_leaf = t.requires_grad() && t.is_leaf();
    WICK_CHECK(!of_leaf || t.is_view(), "a leaf Variable that requires grad has been used in an in-place operation. (", node->label, ")");
    WICK_CHECK(!of_leaf, "a view of a leaf Variable that requires grad has been used in an in-place operation. (", node->label, ")");
    WICK_CHECK(!t.is_view() || results == 1, "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more than one Tensor. (", node->label, ")");
    check_inplace(node->label.c_str(), t, true);
    rebase_history(t, node);
    return;
  }
  if (is_input) t = as_view(t);
  set_history(t, node);
  if (t.is_view()) any_impl(t)->view = results > 1 ? ViewKind::multi_output : ViewKind::custom;
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
  const Inputs inputs(tensors);
  Call call(node->label.c_str(), inputs, watch::Kind::function);
  variable_list out;
  {
    AutoGradMode off(false);
    out = forward(&node->ctx);
  }
  for (TensorImpl* p : s.dirty) {
    const auto same = [p](const Tensor& t) { return t.unsafeGetTensorImpl() == p; };
    WICK_CHECK(std::any_of(tensors.begin(), tensors.end(), same), "mark_dirty: a tensor that is no input of the function was marked as changed in place");
    WICK_CHECK(std::any_of(out.begin(), out.end(), same), "Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified inplace must all be outputs of the Function. (", node->label, ")");
    p->bump_version();
  }
  if (records && (gate & kAnomaly)) remember_trace(*node);
  for (Tensor& t : out) adopt(t, node, tensors, records, out.size());
  if (call.watched()) {
    Results r;
    r.add(out);
    call.told(r, node.get());
  }
  if (!records) {
    s.to_save.clear();
    return out;
  }
  for (const Tensor& t : s.to_save) {
    s.saved.emplace_back(t, t.defined() && contains(out, t));
  }
  s.to_save.clear();
  s.node = node;
  return out;
}

}  // namespace detail
}  // namespace wick::autograd::inline v1
