// The parameters that have a gradient, as the kernels take them.
#include <cmath>

#include "core/tensor_impl.h"
#include "optim/recipe.h"

namespace wick::optim {
namespace v1::detail {
class StepAccess {
 public:
  static std::optional<double>& grad_norm(Optimizer& o) { return o.grad_norm_; }
};
}  // namespace v1::detail

namespace {

// The layout that the kernel works in: that of p if it has no gaps, contiguous otherwise.
bool dense(const Tensor& p) { return p.is_non_overlapping_and_dense(); }
bool fits(const Tensor& t, const Tensor& p) {
  return t.scalar_type() == p.scalar_type() && t.sizes() == p.sizes() && (dense(p) ? t.strides() == p.strides() : t.is_contiguous());
}
Tensor empty_for(const Tensor& p) { return dense(p) ? empty_strided(p.sizes(), p.strides(), p.options()) : empty(p.sizes(), p.options()); }
Tensor fitting(const Tensor& t, const Tensor& p) {
  if (fits(t, p)) return t;
  Tensor r = empty_for(p);
  return r.copy_(t), r;
}

// Complex tensors are twice as many real ones.
ScalarType real_type(const Tensor& p) {
  if (!p.is_complex()) return p.scalar_type();
  return p.scalar_type() == kComplexDouble ? kDouble : kFloat;
}

}  // namespace

std::string named(size_t group, size_t index, const Tensor& p) { return str("parameter ", index, " of group ", group, " ", p.sizes()); }

Tensor state_like(const Tensor& p, double fill) {
  Tensor t = empty_for(p);
  if (t.is_complex()) view_as_real(t).fill_(fill);
  else t.fill_(fill);
  return t;
}

OptimizerParamState* find_state(Optimizer& optimizer, const Tensor& p) {
  const auto found = optimizer.state().find(p.unsafeGetTensorImpl());
  return found == optimizer.state().end() ? nullptr : found->second.get();
}

void Sweep::attach(Item& item, unsigned slot, Tensor& state) {
  if (!state.defined()) state = state_like(item.p);
  if (item.places.empty()) {
    state = fitting(state, item.p);
    item.k.states[slot] = state.data_ptr();
    return;
  }
  item.rows.emplace_back(state, state.to(item.p.scalar_type()).index(item.places).contiguous());
  item.k.states[slot] = item.rows.back().second.data_ptr();
}

void check_shape(const char* what, const Tensor& state, IntArrayRef expected, const std::string& who) {
  WICK_CHECK_TYPE(ValueError, !state.defined() || state.sizes() == expected, "optimizer: ", who, " has the state ", what, " of size ", state.sizes(), ", expected ", expected);
}

static void check_gradient(const Sweep::Item& item, const char* name, Gradients wanted, const Tensor& grad) {
  const ScalarType type = item.k.type;
  WICK_CHECK_TYPE(NotImplementedError, type == kFloat || type == kDouble || type == kBFloat16 || type == kHalf, name, ": ", item.name(), " has the type ", item.p.scalar_type(),
                  ", expected a floating one");
  WICK_CHECK(grad.sizes() == item.p.sizes(), name, ": ", item.name(), " has a gradient of size ", grad.sizes());
  WICK_CHECK(grad.is_sparse() || wanted != Gradients::only_rows, name, " does not support dense gradients, please consider Adam instead (", item.name(), ")");
  WICK_CHECK(!grad.is_sparse() || wanted != Gradients::dense_for_decay, name, ": weight_decay option is not compatible with sparse gradients (", item.name(), ")");
  WICK_CHECK(!grad.is_sparse() || wanted != Gradients::dense, name, " does not support sparse gradients, please consider SparseAdam, Adagrad or SGD instead (", item.name(), ")");
}

Sweep::Sweep(Optimizer& optimizer, const char* name, Gradients (*gradients)(const OptimizerOptions&)) {
  std::vector<bool> rows;
  const auto& groups = optimizer.param_groups();
  for (size_t g = 0; g < groups.size(); ++g)
    for (size_t i = 0; i < groups[g].params().size(); ++i) {
      const Tensor& p = groups[g].params()[i];
      const Tensor& grad = p.grad();
      if (!grad.defined()) continue;
      Item item{p, {}, {}};
      item.group = g;
      item.index = i;
      item.options = &groups[g].options();
      item.k.type = real_type(p);
      const Gradients wanted = gradients(*item.options);
      check_gradient(item, name, wanted, grad);
      rows.push_back(grad.is_sparse() && wanted != Gradients::made_dense);
      items_.push_back(std::move(item));
    }
  for (size_t i = 0; i < items_.size(); ++i) prepare(items_[i], rows[i]);
  measure(optimizer, name);
}

void Sweep::prepare(Item& item, bool rows) {
  const Tensor& grad = item.p.grad();
  if (rows) {
    const Tensor entries = grad.coalesce();
    const Tensor places = entries._indices();
    for (int64_t d = 0; d < places.size(0); ++d) item.places.emplace_back(places[d]);
    item.param = item.p.index(item.places).contiguous();
    item.grad = entries._values().to(item.p.scalar_type()).contiguous();
  } else {
    item.param = dense(item.p) ? item.p : item.p.contiguous();
    item.grad = fitting(grad.is_sparse() ? grad.to_dense() : grad, item.p);
  }
  item.k.size = item.param.numel() * (item.p.is_complex() ? 2 : 1);
  item.k.param = item.param.data_ptr();
  item.k.grad = item.grad.data_ptr();
}

void Sweep::measure(Optimizer& optimizer, const char* name) {
  const StepOptions& o = optimizer.step_options();
  pass_.zero = o.zero_grad();
  if (o.clip_value()) pass_.clip = *o.clip_value();
  WICK_CHECK_TYPE(ValueError, pass_.clip >= 0, name, ": clip_value must be at least 0, got ", pass_.clip);
  if (!o.clip_norm()) return;
  WICK_CHECK_TYPE(ValueError, *o.clip_norm() >= 0, name, ": clip_norm must be at least 0, got ", *o.clip_norm());
  std::vector<kernels::cpu::OptimTensor> all;
  for (const Item& item : items_) all.push_back(item.k);
  const double norm = kernels::cpu::grad_norm(all);
  WICK_CHECK(!o.error_if_nonfinite() || std::isfinite(norm), name, ": the total norm of the gradients is ", norm, ", so that it cannot be clipped; to go on all the same, set error_if_nonfinite(false)");
  detail::StepAccess::grad_norm(optimizer) = norm;
  const double scale = *o.clip_norm() / (norm + 1e-6);
  if (!(scale > 1)) pass_.scale = scale;
}

Tensor Sweep::gradient(const Item& item, bool maximize) const {
  Tensor g = item.grad;
  const double scale = maximize ? -pass_.scale : pass_.scale;
  if (scale != 1) g = g.mul(scale);
  return std::isfinite(pass_.clip) ? g.clamp(-pass_.clip, pass_.clip) : g;
}

void Sweep::run() {
  std::vector<kernels::cpu::OptimTensor> all;
  all.reserve(items_.size());
  for (const Item& item : items_) all.push_back(item.k);
  kernels::cpu::optim_step(all, pass_);
  for (Item& item : items_) {
    if (!item.places.empty()) item.p.index_put_(item.places, item.param);
    else if (!item.param.is_same(item.p)) item.p.copy_(item.param);
    else impl(item.p)->bump_version();
    for (auto& [state, rows] : item.rows) state.index_put_(item.places, rows.to(state.scalar_type()));
  }
  finish(true);
}

void Sweep::finish(bool by_kernel) {
  if (!pass_.zero) return;
  for (Item& item : items_) {
    Tensor& grad = item.p.mutable_grad();
    if (by_kernel && item.grad.is_same(grad)) impl(grad)->bump_version();
    else zero_gradient(grad);
  }
}

}  // namespace wick::optim
