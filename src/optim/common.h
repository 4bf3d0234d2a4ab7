// What the optimizers share: collecting the tensors of a group for a one-pass kernel.
#pragma once

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>
#include <wick/optim/optimizer.h>

#include "kernels/cpu/optim.h"

namespace wick::optim {

// Runs the closure with recording on.
inline Tensor evaluate(const Optimizer::LossClosure& closure) {
  if (!closure) return {};
  AutoGradMode on(true);
  return closure();
}

inline void check_range(const char* name, double v, bool good) { WICK_CHECK(good, "Invalid ", name, " value: ", v); }

// Parameters of one element type with their gradients, as the kernels take them. A gradient or parameter that is not
// float or double, or not dense in the parameter's order, goes through dense copies.
class Batch {
 public:
  explicit Batch(ScalarType type) { tensors_.type = type; }
  void add(const Tensor& p) {
    Tensor g = p.grad();
    if (p.is_non_overlapping_and_dense()) {
      param_.push_back(p);
      if (g.strides() != p.strides() || g.scalar_type() != p.scalar_type()) g = laid_out_like(g, p);
    } else {
      param_.push_back(p.contiguous());
      copies_.emplace_back(p, param_.back());
      g = g.contiguous();
    }
    grads_.push_back(g);
    sizes_.push_back(p.numel());
  }
  // A state tensor with the layout that the kernel sees.
  static Tensor state_like(const Tensor& p) { return p.is_non_overlapping_and_dense() ? zeros_like(p.detach()) : zeros_like(p.detach(), TensorOptions(), MemoryFormat::Contiguous); }
  bool empty() const { return param_.empty(); }

  const kernels::cpu::OptimTensors& tensors() {
    for (size_t i = 0; i < param_.size(); ++i) {
      params_ptr_.push_back(param_[i].data_ptr());
      grads_ptr_.push_back(grads_[i].data_ptr());
    }
    tensors_.count = static_cast<int64_t>(param_.size());
    tensors_.sizes = sizes_.data();
    tensors_.params = params_ptr_.data();
    tensors_.grads = grads_ptr_.data();
    return tensors_;
  }
  // Writes copies back and counts the change; call after the kernel.
  void done();

 private:
  static Tensor laid_out_like(const Tensor& g, const Tensor& p) {
    Tensor t = empty_strided(p.sizes(), p.strides(), p.options());
    t.copy_(g);
    return t;
  }
  kernels::cpu::OptimTensors tensors_;
  std::vector<Tensor> param_, grads_;
  std::vector<std::pair<Tensor, Tensor>> copies_;
  std::vector<int64_t> sizes_;
  std::vector<void*> params_ptr_, grads_ptr_;
};

// Pointers of state tensors, in the order in which they were added.
struct States {
  std::vector<void*> ptr;
  // A state that was loaded, or a parameter that was replaced, may differ in layout; one that is missing starts at 0.
  void add(Tensor& t, const Tensor& p) {
    if (!t.defined()) t = Batch::state_like(p);
    WICK_CHECK(t.sizes() == p.sizes(), "optimizer: a state of size ", t.sizes(), " belongs to a parameter of size ", p.sizes());
    const bool fits = t.scalar_type() == p.scalar_type() && (p.is_non_overlapping_and_dense() ? t.strides() == p.strides() : t.is_contiguous());
    if (!fits) t = Batch::state_like(p).copy_(t);
    ptr.push_back(t.data_ptr());
  }
  void* const* get() const { return ptr.data(); }
};

// The state of p, made by `make` at its first step.
template <class State, class Make>
State& state_of(Optimizer::State& all, const Tensor& p, Make&& make) {
  auto& slot = all[p.unsafeGetTensorImpl()];
  if (!slot) {
    auto s = std::make_unique<State>();
    make(*s);
    slot = std::move(s);
  }
  return static_cast<State&>(*slot);
}

// Calls f(batch, parameters) for the float and the double parameters of a group that have a gradient. Other types are
// rejected: they would lose the update.
template <class F>
void each_batch(const char* name, const OptimizerParamGroup& group, F&& f) {
  for (ScalarType type : {kFloat, kDouble}) {
    Batch batch(type);
    std::vector<Tensor> params;
    for (const Tensor& p : group.params()) {
      if (!p.grad().defined() || p.scalar_type() != type) continue;
      batch.add(p);
      params.push_back(p);
    }
    if (params.empty()) continue;
    f(batch, params);
    batch.done();
  }
  for (const Tensor& p : group.params())
    WICK_CHECK_TYPE(NotImplementedError, !p.grad().defined() || p.scalar_type() == kFloat || p.scalar_type() == kDouble, name, ": parameters must be float32 or float64, got ", p.scalar_type());
}

}  // namespace wick::optim
