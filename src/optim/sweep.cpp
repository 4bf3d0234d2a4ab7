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

void* fitted(Tensor& t, const Tensor& p) {
  if (!t.defined()) t = state_like(p);
  else t = fitting(t, p);
  return t.data_ptr();
}

void check_shape(const char* what, const Tensor& state, IntArrayRef expected, const std::string& who) {
  WICK_CHECK_TYPE(ValueError, !state.defined() || state.sizes() == expected, "optimizer: ", who, " has the state ", what, " of size ", state.sizes(), ", expected ", expected);
}

Sweep::Sweep(Optimizer& optimizer, const char* name) {
  const auto& groups = optimizer.param_groups();
  for (size_t g = 0; g < groups.size(); ++g)
    for (size_t i = 0; i < groups[g].params().size(); ++i) {
      const Tensor& p = groups[g].params()[i];
      const Tensor& grad = p.grad();
      if (!grad.defined()) continue;
      const ScalarType type = real_type(p);
      WICK_CHECK_TYPE(NotImplementedError, type == kFloat || type == kDouble || type == kBFloat16 || type == kHalf, name, ": ", named(g, i, p), " has the type ", p.scalar_type(),
                      ", expected a floating one");
      WICK_CHECK(grad.sizes() == p.sizes(), name, ": ", named(g, i, p), " has a gradient of size ", grad.sizes());
      Item item{p, {}, {}, g, i, &groups[g].options(), {}};
      item.k.type = type;
      item.k.size = p.numel() * (p.is_complex() ? 2 : 1);
      items_.push_back(std::move(item));
    }
  for (Item& item : items_) {
    item.param = dense(item.p) ? item.p : item.p.contiguous();
    item.grad = fitting(item.p.grad(), item.p);
    item.k.param = item.param.data_ptr();
    item.k.grad = item.grad.data_ptr();
  }
  measure(optimizer, name);
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
  for (Item& item : items_)
    if (!item.param.is_same(item.p)) item.p.copy_(item.param);
    else impl(item.p)->bump_version();
  finish(true);
}

void Sweep::finish(bool by_kernel) {
  if (!pass_.zero) return;
  for (Item& item : items_) {
    Tensor& grad = item.p.mutable_grad();
    if (by_kernel && item.grad.is_same(grad)) impl(grad)->bump_version();
    else grad.detach().zero_();
  }
}

}  // namespace wick::optim
