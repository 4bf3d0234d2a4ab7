// The autograd side of tensors: gradients, hooks, leaves, views' grad_fn; and the switches of the thread.
#include <wick/autograd.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "autograd/engine.h"
#include "autograd/meta.h"
#include "autograd/record.h"

namespace wick::inline v1 {

bool GradMode::is_enabled() { return !(gate & kGradOff); }
void GradMode::set_enabled(bool enabled) { gate = enabled ? gate & ~kGradOff : gate | kGradOff; }
InferenceMode::InferenceMode(bool enabled) : before_(gate) {
  gate = enabled ? gate | kInference | kGradOff : gate & ~(kInference | kGradOff);
}
InferenceMode::~InferenceMode() { gate = (gate & ~(kInference | kGradOff)) | (before_ & (kInference | kGradOff)); }
bool InferenceMode::is_enabled() { return gate & kInference; }

namespace {

const std::shared_ptr<autograd::Node> no_node;
const std::string no_name;
const Tensor no_tensor;

// A view whose memory changed in place since its grad_fn was made gets a new one, which reads from the base.
void refresh_view(const TensorBase& t) {
  TensorImpl* p = any_impl(t);
  const bool base_is_leaf = !(p->base->autograd && p->base->autograd->grad_fn);
  if (base_is_leaf && !p->autograd) return;  // made before the base came to want a gradient
  AutogradMeta& m = meta(t);
  std::lock_guard<std::mutex> lock(m.mutex);
  if (m.view_version == p->current_version() || (base_is_leaf && !m.grad_fn && p->view == ViewKind::usual)) return;
  autograd::check_view_change(t, true);
  autograd::remake_view(t);
}

}  // namespace

}  // namespace wick::inline v1

void wick::autograd::remake_view(const TensorBase& t) {
  TensorImpl* p = any_impl(t);
  AutogradMeta& m = meta(t);
  p->base->retain();
  const Tensor base(p->base);
  AutoGradMode on(true);
  GateScope usual(0, kInference);
  const Tensor again = m.view_fn ? m.view_fn(base) : base.as_strided(t.sizes(), t.strides(), t.storage_offset());
  const TensorImpl* q = any_impl(again);
  if (!q->autograd || !q->autograd->grad_fn) return;
  if (m.grad_fn) move_hooks(m, *q->autograd->grad_fn, q->autograd->output_nr);
  release_node(std::move(m.grad_fn));
  m.grad_fn = q->autograd->grad_fn;
  m.output_nr = q->autograd->output_nr;
  m.view_version = p->current_version();
  p->requires_grad = true;
}

namespace wick::inline v1 {

const std::shared_ptr<autograd::Node>& TensorBase::grad_fn() const {
  const TensorImpl* p = get();
  if (p->base && p->base->requires_grad && !(gate & kInference)) refresh_view(*this);
  return p->autograd ? p->autograd->grad_fn : no_node;
}
bool TensorBase::is_leaf() const {
  const TensorImpl* p = get();
  if (!p->wants_grad()) return true;
  return !grad_fn();
}
int64_t TensorBase::output_nr() const { return grad_fn() ? get()->autograd->output_nr : 0; }
bool TensorBase::retains_grad() const { return get()->autograd && get()->autograd->retains_grad; }
const std::string& TensorBase::name() const { return get()->autograd ? get()->autograd->name : no_name; }

unsigned TensorBase::add_hook(std::function<Tensor(const Tensor&)> hook) const {
  WICK_CHECK(requires_grad(), "cannot register a hook on a variable that doesn't require gradient");
  AutogradMeta& m = meta(*this);
  const unsigned id = m.next_hook++;
  if (const auto& fn = grad_fn()) fn->tensor_hooks_.push_back({m.output_nr, id, std::move(hook)});
  else m.hooks.push_back({0, id, std::move(hook)});
  return id;
}
void TensorBase::remove_hook(unsigned index) const {
  AutogradMeta& m = meta(*this);
  auto& list = grad_fn() ? grad_fn()->tensor_hooks_ : m.hooks;
  for (auto it = list.begin(); it != list.end(); ++it)
    if (it->id == index && (!grad_fn() || it->input_nr == m.output_nr)) {
      list.erase(it);
      return;
    }
  throw IndexError(str("remove_hook: Invalid index, no hook at position ", index));
}

const Tensor& Tensor::grad() const { return get()->autograd ? get()->autograd->grad : no_tensor; }
Tensor& Tensor::mutable_grad() const { return get(), meta(*this).grad; }

void Tensor::backward(const Tensor& gradient, std::optional<bool> retain_graph, bool create_graph, std::optional<TensorList> inputs) const {
  WICK_CHECK(!inputs || !inputs->empty(), "'inputs' argument to backward cannot be empty");
  autograd::backward({*this}, {gradient}, retain_graph, create_graph, inputs ? inputs->vec() : std::vector<Tensor>());
}

const Tensor& Tensor::set_requires_grad(bool requires_grad) const {
  TensorImpl* p = get();
  WICK_CHECK(!requires_grad || is_floating_point() || is_complex(), "Only Tensors of floating point and complex dtype can require gradients");
  WICK_CHECK(!p->inference || !requires_grad || (gate & kInference), "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.");
  if (is_leaf()) p->requires_grad = requires_grad;  // a computed tensor goes on wanting a gradient
  return *this;
}
Tensor& Tensor::requires_grad_(bool requires_grad) const {
  WICK_CHECK(is_leaf() || requires_grad, "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach().");
  set_requires_grad(requires_grad);
  return const_cast<Tensor&>(*this);
}
void Tensor::retain_grad() const {
  WICK_CHECK(requires_grad(), "can't retain_grad on Tensor that has requires_grad=False");
  if (is_leaf() || retains_grad()) return;
  AutogradMeta& m = meta(*this);
  m.retains_grad = true;
  auto& hooks = m.grad_fn->retain_hooks_;
  if (hooks.size() <= m.output_nr) hooks.resize(m.output_nr + 1);
  // Weak: the node must not keep its own result alive.
  TensorImpl* self = get();
  if (!m.alive) m.alive = std::make_shared<int>(0);
  m.grad_fn->retain_hooks_[m.output_nr] = [self, alive = std::weak_ptr<int>(m.alive)](const Tensor& g) {
    if (alive.expired()) return;
    AutogradMeta& mm = *self->autograd;
    if (mm.grad.defined()) mm.grad = mm.grad + g;
    else mm.grad = GradMode::is_enabled() ? g.clone() : g.clone().detach();
  };
}

Tensor& Tensor::detach_() const {
  TensorImpl* p = get();
  WICK_CHECK(!p->base, "detach_: Can't detach views in-place. Use detach() instead.");
  if (p->autograd) {
    autograd::release_node(std::move(p->autograd->grad_fn));
    p->autograd->output_nr = 0;
  }
  p->requires_grad = false;
  return const_cast<Tensor&>(*this);
}
Tensor Tensor::variable_data() const {
  Tensor t = make_alias((get(), *this));
  TensorImpl* p = any_impl(t);
  if (p->version && p->version->release()) delete p->version;
  p->version = new VersionCounter;
  return t;
}
Tensor Tensor::tensor_data() const { return make_alias((get(), *this)); }
const Tensor& Tensor::_base() const {
  const TensorImpl* p = get();
  WICK_CHECK(p->base, "Can't get base of non-view Tensor");
  AutogradMeta& m = meta(*this);
  if (!m.base.defined()) {
    p->base->retain();
    m.base = Tensor(p->base);
  }
  return m.base;
}

}  // namespace wick::inline v1

namespace wick::autograd::inline v1 {
namespace {

variable_list seeds(const char* op, const variable_list& tensors, const variable_list& grads) {
  WICK_CHECK(grads.empty() || grads.size() == tensors.size(), op, ": got ", tensors.size(), " tensors and ", grads.size(), " gradients");
  variable_list out(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Tensor& t = tensors[i];
    const bool given = i < grads.size() && grads[i].defined();
    if (given) {
      WICK_CHECK(grads[i].sizes() == t.sizes(), "Mismatch in shape: grad_output[", i, "] has a shape of ", grads[i].sizes(), " and output[", i, "] has a shape of ", t.sizes(), ".");
      WICK_CHECK(grads[i].is_complex() == t.is_complex(), "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: grad_output[", i, "] has a dtype of ", grads[i].scalar_type(), " and output[", i, "] has a dtype of ", t.scalar_type(), ".");
      out[i] = grads[i].scalar_type() == t.scalar_type() ? grads[i] : grads[i].to(t.scalar_type());
    } else if (t.requires_grad()) {
      WICK_CHECK(t.numel() == 1, "grad can be implicitly created only for scalar outputs, got ", t.sizes());
      WICK_CHECK(t.is_floating_point(), "grad can be computed only for real scalar outputs but got ", t.scalar_type());
      out[i] = ones_like(t);
    }
  }
  return out;
}

variable_list run(const char* op, const variable_list& tensors, const variable_list& grads, std::optional<bool> retain, bool create, const variable_list& inputs, bool accumulate, bool allow_unused) {
  for (size_t i = 0; i < tensors.size(); ++i) {
    WICK_CHECK(tensors[i].defined(), op, ": element ", i, " of the tensors is undefined");
    WICK_CHECK(tensors[i].requires_grad() && gradient_edge(tensors[i]).is_valid(), "element ", i, " of tensors does not require grad and does not have a grad_fn");
  }
  const variable_list g = seeds(op, tensors, grads);
  edge_list roots, outputs;
  for (const Tensor& t : tensors) roots.push_back(gradient_edge(t));
  for (size_t i = 0; i < inputs.size(); ++i) {
    WICK_CHECK(inputs[i].defined(), op, ": input ", i, " is undefined");
    if (accumulate) inputs[i].retain_grad();
    WICK_CHECK(inputs[i].requires_grad(), op, ": element ", i, " of the input tensors does not require grad");
    const auto fn = inputs[i].grad_fn();
    // A leaf that nobody used has no accumulator yet, and then no gradient.
    outputs.push_back(fn ? Edge(fn, static_cast<uint32_t>(inputs[i].output_nr())) : Edge(meta(inputs[i]).accumulator.lock(), 0));
  }
  variable_list r = run_backward(roots, g, retain.value_or(create), create, outputs, accumulate);
  if (!accumulate)
    for (size_t i = 0; i < r.size(); ++i)
      WICK_CHECK(r[i].defined() || allow_unused, op, ": element ", i, " of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is the desired behavior.");
  return r;
}

}  // namespace

void backward(const variable_list& tensors, const variable_list& grad_tensors, std::optional<bool> retain_graph, bool create_graph, const variable_list& inputs) {
  run("backward", tensors, grad_tensors, retain_graph, create_graph, inputs, true, true);
}
variable_list grad(const variable_list& outputs, const variable_list& inputs, const variable_list& grad_outputs, std::optional<bool> retain_graph, bool create_graph, bool allow_unused) {
  WICK_CHECK(!inputs.empty(), "grad requires non-empty inputs.");
  return run("grad", outputs, grad_outputs, retain_graph, create_graph, inputs, false, allow_unused);
}

}  // namespace wick::autograd::inline v1
