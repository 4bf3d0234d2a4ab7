#include "autograd/record.h"

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "autograd/anomaly.h"

namespace wick::autograd {

void OpNode::init(const char* name, const Inputs& inputs) {
  name_ = name;
  next_edges_.reserve(inputs.size());
  shapes_.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& t = inputs[i];
    const TensorImpl* p = t.unsafeGetTensorImpl();
    if (p && p->wants_grad()) next_edges_.push_back(gradient_edge(t));
    else next_edges_.emplace_back();
    if (p && p->wrapped_number && i > 0 && i + 1 == inputs.size()) next_edges_.pop_back();  // a number is no argument of the graph
    if (p) shapes_.emplace_back(Shape{SmallVec<int64_t, 4>(IntArrayRef(p->sizes)), p->dtype});
    else shapes_.emplace_back(Shape{{}, ScalarType::Undefined});
  }
  if (gate & kAnomaly) remember_trace(*this);
}

void OpNode::save(const Uses& uses, const Inputs& inputs, const Tensor* overwritten) {
  // Indices and masks, kept whatever gradient is asked for, are no arguments of the graph.
  for (size_t i = next_edges_.size(); i > 1 && i <= 16 && (uses.always & autograd::in(static_cast<int>(i - 1))); --i) {
    if (!inputs[i - 1].defined() || !is_integral_type(inputs[i - 1].scalar_type(), true)) break;
    next_edges_.pop_back();
  }
  mask_ = uses.always;
  for (size_t i = 0; i < std::min<size_t>(next_edges_.size(), 8); ++i)
    if (next_edges_[i].is_valid()) mask_ |= uses.by_input[i];
  for (size_t i = 0; i < std::min<size_t>(inputs.size(), 16); ++i) {
    if (!(mask_ & autograd::in(static_cast<int>(i)))) continue;
    // Only in the place of what is overwritten is its old value known to be wanted: x.mul_(x) is an error.
    const bool gone = overwritten && inputs[i].defined() && inputs[i].is_same(*overwritten);
    if (gone) overwritten = nullptr;
    saved_.emplace_back(autograd::in(static_cast<int>(i)), SavedTensor(gone ? inputs[i].clone() : inputs[i], false));
  }
}

Tensor working_copy(const Tensor& self, std::optional<MemoryFormat> format) {
  const bool records = recording({self});
  Tensor t = [&] { GateScope off(kGradOff); return self.clone(format); }();
  if (!records) return t;
  const Edge e = gradient_edge(self);
  AutogradMeta& m = meta(t);
  m.grad_fn = e.function;
  m.output_nr = e.input_nr;
  any_impl(t)->requires_grad = true;
  return t;
}

Tensor& take_over(const char* name, const Tensor& self, const Tensor& result) {
  const bool plain = result.sizes() == self.sizes() && result.scalar_type() == self.scalar_type();
  if (!recording({self, result}) || !result.grad_fn() || any_impl(self)->base || !plain) return self.copy_(result);
  check_inplace(name, self, true);
  {
    GateScope off(kGradOff);
    self.copy_(result);
  }
  AutogradMeta& m = meta(self);
  const uint32_t nr = static_cast<uint32_t>(result.output_nr());
  if (m.grad_fn) move_hooks(m, *result.grad_fn(), nr);
  release_node(std::move(m.grad_fn));
  m.grad_fn = result.grad_fn();
  m.output_nr = nr;
  any_impl(self)->requires_grad = true;
  return const_cast<Tensor&>(self);
}

void OpNode::save_outputs(const Uses&, const Tensor* const* outs, size_t n) {
  for (size_t i = 0; i < n; ++i)
    if (mask_ & autograd::out(static_cast<int>(i))) saved_.emplace_back(autograd::out(static_cast<int>(i)), SavedTensor(*outs[i], true));
}

Tensor OpNode::saved(uint32_t bit) {
  for (auto& [b, s] : saved_)
    if (b == bit) return s.unpack(shared_from_this(), name_);
  throw Error(str(name_, ": the derivative asks for a tensor that was not saved"));
}

variable_list OpNode::apply(variable_list&& g) {
  WICK_CHECK(!released_, "Trying to backward through the graph a second time (or directly access saved tensors after they have already been freed). "
             "Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify retain_graph=True if you need to "
             "backward through the graph a second time or if you need to access saved tensors after calling backward. (", name_, ")");
  Backward b(*this, g);
  b.result.resize(next_edges_.size());
  bool any = false;
  for (const Tensor& t : g) any |= t.defined();
  if (any) derive(b);
  return std::move(b.result);
}

Tensor Backward::g_or_zeros(int i) const {
  if (g(i).defined()) return g(i);
  const InputMetadata& m = node_.input_metadata(static_cast<size_t>(i));
  return zeros(m.shape(), m.dtype);
}
bool Backward::needs(int i) const { return static_cast<size_t>(i) < node_.num_outputs() && node_.should_compute_output(static_cast<size_t>(i)); }
Tensor Backward::in(int i) const { return node_.saved(autograd::in(i)); }
Tensor Backward::out(int i) const { return node_.saved(autograd::out(i)); }
IntArrayRef Backward::shape(int i) const { return node_.shapes_[static_cast<size_t>(i)].sizes; }
ScalarType Backward::dtype(int i) const { return node_.shapes_[static_cast<size_t>(i)].dtype; }

void Backward::grad(int i, Tensor t) {
  if (t.defined()) {
    if (t.sizes() != shape(i) && t.numel() != 0 && t.dim() >= static_cast<int64_t>(shape(i).size())) t = t.sum_to_size(shape(i));
    if (t.is_complex() && !is_complex_type(dtype(i))) t = real(t);
    if (t.scalar_type() != dtype(i)) t = t.to(dtype(i));
  }
  Tensor& slot = result[static_cast<size_t>(i)];
  slot = slot.defined() && t.defined() ? slot + t : t.defined() ? t : slot;
}

void ZeroRule::operator()(Backward& b) const { b.grad(0, zeros_like(b.g())); }

void finish(const std::shared_ptr<OpNode>& node, const Uses& uses, const Results& results) {
  // Results of an integral type carry no gradient; one before a result with a gradient keeps its number.
  const auto differentiable = [](const Tensor& t) { return t.defined() && (t.is_floating_point() || t.is_complex()); };
  size_t count = results.list.size();
  while (count > 0 && !differentiable(*results.list[count - 1])) --count;
  node->multi_ = count > 1;
  for (size_t i = 0; i < count; ++i) {
    if (differentiable(*results.list[i])) set_history(*results.list[i], node);
    else node->add_input_metadata(*results.list[i]);
  }
  node->save_outputs(uses, results.list.data(), results.list.size());
}

// Hooks on the value so far stay with the step that made it, and count anew for the next one; .grad of a tensor is
// that of its last value.
void move_hooks(AutogradMeta& m, Node& to, uint32_t nr) {
  m.next_hook = 0;
  auto& from = m.grad_fn->retain_hooks_;
  if (!m.retains_grad || m.output_nr >= from.size() || !from[m.output_nr]) return;
  to.retain_hooks_.resize(std::max<size_t>(to.retain_hooks_.size(), nr + 1));
  to.retain_hooks_[nr] = std::move(from[m.output_nr]);
  from[m.output_nr] = nullptr;
}

void set_history(const Tensor& t, const std::shared_ptr<Node>& node) {
  TensorImpl* p = any_impl(t);
  AutogradMeta& m = meta(t);
  const uint32_t nr = node->add_input_metadata(t);
  if (m.grad_fn) move_hooks(m, *node, nr);
  m.output_nr = nr;
  m.grad_fn = node;
  m.view_version = p->base ? p->current_version() : 0;
  p->requires_grad = true;
}

static const char* advice(ViewKind k) {
  switch (k) {
    case ViewKind::multi_output: return " This view is the output of a function that returns multiple views. Such functions do not allow the output views to be modified inplace. You should replace the inplace operation by an out-of-place one.";
    case ViewKind::no_grad: return " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).";
    case ViewKind::inference: return " Given that this use case is ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace either both inside the inference_mode block (if you don't want the inplace to be tracked) or both outside (if you want the inplace to be tracked).";
    default: return " This view was created inside a custom Function (or because an input was returned as-is) and the autograd logic to handle view+inplace would override the custom backward associated with the custom Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning the output of the custom Function.";
  }
}

void check_view_change(const TensorBase& view, bool indirect) {
  const TensorImpl* p = any_impl(view);
  if (p->view == ViewKind::none || p->view == ViewKind::usual) return;
  const Node* fn = p->autograd ? p->autograd->grad_fn.get() : nullptr;
  const std::string changed = indirect ? "its base or another view of its base has been" : "is being";
  const std::string output = fn ? str("Output ", p->autograd->output_nr, " of ", fn->name(), " is a view") : std::string("A view");
  std::string text;
  if (p->view == ViewKind::inference) text = str(output, fn ? " of a view which" : "", " was created in inference mode and ", changed, " modified inplace in normal mode.");
  else if (p->view == ViewKind::no_grad || !fn) text = str(output, fn ? " of a view which" : "", " was created in no_grad mode and ", changed, " modified inplace with grad mode enabled.");
  else text = str(output, " and ", changed, " modified inplace.");
  throw Error(text + advice(p->view));
}

void check_inplace(const char* name, const Tensor& self, bool records) {
  WICK_CHECK(self.defined(), name, ": the tensor to change is undefined");
  TensorImpl* p = any_impl(self);
  WICK_CHECK(!p->inference || (gate & kInference), "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a normal tensor before doing inplace update. (", name, ")");
  for (size_t i = 0; i < p->strides.size(); ++i)
    WICK_CHECK(p->strides[i] != 0 || p->sizes[i] <= 1, name, ": unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please clone() the tensor before performing the operation.");
  if (!recording_enabled()) return;
  if (p->wants_grad() || records) {
    if (p->base) {
      check_view_change(self, false);
      const bool base_is_leaf = !(p->base->autograd && p->base->autograd->grad_fn);
      if (p->wants_grad() && base_is_leaf)
        throw Error(str("a view of a leaf Variable that requires grad is being used in an in-place operation. (", name, ")"));
    }
    if (p->requires_grad && !p->base && !(p->autograd && p->autograd->grad_fn))
      throw Error(str("a leaf Variable that requires grad is being used in an in-place operation. (", name, ")"));
  }
}

// Gradient of a base of which one view was overwritten: the view's part goes through `inner`, the rest passes.
struct CopySlices final : Node {
  CopySlices(std::shared_ptr<Node> f, std::vector<int64_t> base_sizes, std::vector<int64_t> base_strides, int64_t base_offset, const Tensor& view, std::function<Tensor(const Tensor&)> vf)
      : inner(std::move(f)), sizes(std::move(base_sizes)), strides(std::move(base_strides)), offset(base_offset), view_sizes(view.sizes().vec()),
        view_strides(view.strides().vec()), view_offset(view.storage_offset()), view_fn(std::move(vf)) {}
  std::string name() const override { return "torch::autograd::CopySlices"; }
  Tensor slice_of(const Tensor& base) const {
    return view_fn ? view_fn(base) : base.as_strided(view_sizes, view_strides, view_offset - offset);
  }
  variable_list apply(variable_list&& g) override {
    variable_list out(num_outputs());
    if (!g[0].defined()) return out;
    WICK_CHECK(inner, "Trying to backward through the graph a second time. Specify retain_graph=true if you need to. (CopySlices)");
    Tensor all = empty_strided(sizes, strides, g[0].options());
    all.copy_(g[0]);
    Tensor part = slice_of(all);
    variable_list grads = (*inner)({part.clone()});
    if (num_outputs() > 0 && should_compute_output(0)) {
      if (grads[0].defined()) part.copy_(grads[0]);
      else part.zero_();
      out[0] = all;
    }
    for (size_t i = 1; i < num_outputs(); ++i) out[i] = grads[i];
    return out;
  }
  void release_variables() override { inner.reset(); }

  std::shared_ptr<Node> inner;
  std::vector<int64_t> sizes, strides;
  int64_t offset;
  std::vector<int64_t> view_sizes, view_strides;
  int64_t view_offset;
  std::function<Tensor(const Tensor&)> view_fn;
};

void rebase_history(const Tensor& self, const std::shared_ptr<Node>& node) {
  TensorImpl* p = any_impl(self);
  if (!p->base) {
    set_history(self, node);
    return;
  }
  p->base->retain();
  Tensor base(p->base);
  // The inner node's first argument is the view; the base takes its place in the graph.
  node->add_input_metadata(self);
  auto copy = std::make_shared<CopySlices>(node, base.sizes().vec(), base.strides().vec(), base.storage_offset(), self, meta(self).view_fn);
  edge_list edges = node->next_edges();
  edges[0] = gradient_edge(base);
  copy->set_next_edges(std::move(edges));
  set_history(base, copy);
  remake_view(self);
}

void finish_inplace(const Tensor& self, Call& call, const Uses& uses) {
  any_impl(self)->bump_version();
  if (call.node) {
    rebase_history(self, call.node);
    const Tensor* outs[] = {&self};
    call.node->save_outputs(uses, outs, 1);
  }
  if (call.watched()) call.told(self, call.node.get());
}

void Call::begin(const char* name, const Inputs& inputs, watch::Kind kind, const Node* step) { watched_ = watch::begin({kind, name, step, &inputs, 0}); }
void Call::leave() {
  node.~shared_ptr();
  if (watched_) watch::end({nullptr, nullptr, true});
}
void Call::done(const Uses& uses, const Results& results) {
  if (node) finish(node, uses, results);
  if (watched_) told(results, node.get());
}
void Call::told(const Results& results, const Node* by) {
  watched_ = false;
  watch::end({&results, by, false});
}
void Call::told(const Tensor& result, const Node* by) {
  Results r;
  r.add(result);
  told(r, by);
}

void check_out(const char* name, const Tensor& out, const Inputs& inputs) {
  WICK_CHECK(out.defined(), name, ": the out= tensor is undefined; make it with empty({0})");
  if (recording_enabled() && (out.requires_grad() || inputs.any_requires_grad()))
    throw Error(str(name, "(): functions with out=... arguments don't support automatic differentiation, but one of the arguments requires grad."));
  check_inplace(name, out, false);
}

Tensor make_view(const Tensor& base, IntArrayRef sizes, IntArrayRef strides, int64_t offset, ViewKind kind) {
  Tensor v = make_alias(base, sizes, strides, offset);
  TensorImpl *b = any_impl(base), *p = any_impl(v);
  if (p->inference) return v;
  TensorImpl* root = b->base ? b->base : b;
  root->retain();
  p->base = root;
  if ((gate & kInference) || b->view == ViewKind::inference) kind = ViewKind::inference;  // for good
  else if (kind != ViewKind::custom && (gate & kGradOff)) kind = ViewKind::no_grad;
  else if (kind == ViewKind::usual && b->base && b->view != ViewKind::usual) kind = b->view;  // a view of a view inherits the restriction
  p->view = kind;
  if (kind != ViewKind::usual && root->requires_grad) meta(v).view_version = p->current_version();
  if (b->autograd && b->autograd->view_fn) {
    const auto outer = b->autograd->view_fn;
    meta(v).view_fn = [outer, s = sizes.vec(), t = strides.vec(), o = offset](const Tensor& x) { return outer(x).as_strided(s, t, o); };
  }
  return v;
}

}  // namespace wick::autograd
