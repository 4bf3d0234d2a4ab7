// Batch and instance normalisation.
#include "ops/norm.h"

namespace wick::ops {
namespace {

struct Stats { Tensor mean, invstd; };

DimVec other_dims(int64_t dims) {
  DimVec d{0};
  for (int64_t i = 2; i < dims; ++i) d.push_back(i);
  return d;
}
Tensor per_channel(const Tensor& v, int64_t dims) {
  DimVec shape(static_cast<size_t>(dims), 1);
  shape[1] = v.numel();
  return v.reshape(shape);
}
MemoryFormat format_of(const Tensor& x) { return x.dim() == 4 || x.dim() == 5 ? x.suggest_memory_format() : MemoryFormat::Contiguous; }
Tensor ready(const Tensor& t, MemoryFormat f, ScalarType type) {
  if (t.is_contiguous(f) && t.scalar_type() == type) return t;
  Tensor r = make_tensor(t.sizes(), format_strides(t.sizes(), f), type);
  raw_copy(r, t);
  return r;
}
kernels::cpu::BatchNorm picture(const Tensor& x, MemoryFormat f, const AffineParams& a) {
  kernels::cpu::BatchNorm o;
  o.types = a.types;
  o.n = x.size(0);
  o.c = x.size(1);
  o.hw = o.n * o.c == 0 ? 0 : x.numel() / (o.n * o.c);
  o.channels_last = f != MemoryFormat::Contiguous;
  return o;
}

void check(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& rm, const Tensor& rv, bool training) {
  check_defined("batch_norm", {x});
  WICK_CHECK(x.dim() >= 2, "batch_norm: expected at least 2D input (got ", x.dim(), "D input)");
  WICK_CHECK_TYPE(NotImplementedError, is_floating_type(x.scalar_type()), "\"batch_norm\" not implemented for '", x.scalar_type(), "'");
  const int64_t c = x.size(1);
  const auto vector = [c](const char* name, const Tensor& t) { WICK_CHECK(!t.defined() || t.numel() == c, name, " should contain ", c, " elements not ", t.defined() ? t.numel() : 0); };
  vector("weight", w);
  vector("bias", b);
  vector("running_mean", rm);
  vector("running_var", rv);
  WICK_CHECK(training || (rm.defined() && rv.defined()), "running_mean ", rm.defined() ? "and running_var" : "", " must be defined in evaluation mode");
}

void backward(Backward& b, const Stats& s, bool training, double eps, MemoryFormat f) {
  const Tensor &g = b.g(), x = b.in(0), w = b.in(1);
  const int64_t dims = x.dim();
  const DimVec over = other_dims(dims);
  if (autograd::recording({g, x, w})) {
    const Tensor gh = w.defined() ? g * per_channel(w, dims) : g;
    Tensor xhat;
    if (training) {
      const Tensor gx = norm_gradient(gh, x, over, eps, true, &xhat);
      if (b.needs(0)) b.grad(0, gx);
    } else {
      const Tensor invstd = per_channel(s.invstd, dims).to(x.scalar_type());
      xhat = (x - per_channel(s.mean, dims).to(x.scalar_type())) * invstd;
      if (b.needs(0)) b.grad(0, gh * invstd);
    }
    if (b.needs(1)) b.grad(1, (g * xhat).sum(IntArrayRef(over)));
    if (b.needs(2)) b.grad(2, g.sum(IntArrayRef(over)));
    return;
  }
  const ScalarType t = x.scalar_type();
  const Tensor xc = ready(x, f, t), gc = ready(g, f, t);
  const AffineParams a = affine_params(t, w, {});
  const ScalarType pt = w.defined() ? a.types.param_type : t;
  Tensor gx = b.needs(0) ? make_tensor(x.sizes(), format_strides(x.sizes(), f), t) : Tensor();
  Tensor gw = b.needs(1) ? make_tensor({x.size(1)}, pt) : Tensor(), gb = b.needs(2) ? make_tensor({x.size(1)}, pt) : Tensor();
  const auto p = [](const Tensor& v) { return v.defined() ? typed<char>(v) : nullptr; };
  if (x.numel() == 0) {
    for (const Tensor* v : {&gw, &gb}) if (v->defined()) raw_fill(*v, 0);
  } else {
    kernels::cpu::batch_norm_backward(picture(x, f, a), training, p(gc), p(xc), nullptr, p(a.gamma), nullptr, p(s.mean), p(s.invstd), p(gx), nullptr, p(gw), p(gb));
  }
  if (gx.defined()) b.grad(0, gx);
  if (gw.defined()) b.grad(1, gw);
  if (gb.defined()) b.grad(2, gb);
}

// Running statistics in the kernels' parameter type, written back when they were converted.
struct Running {
  Tensor original, used;
  Running(const Tensor& t, ScalarType type) : original(t), used(t.defined() ? raw_contiguous(t, type) : t) {}
  void* data() const { return used.defined() ? impl(used)->data : nullptr; }
  void changed() const {
    // No new version: PyTorch counts none either, and eval mode keeps copies.
    if (original.defined() && !used.is_same(original)) raw_copy(original, used);
  }
};

Tensor train_kernel(const Tensor& x0, const Tensor& w, const Tensor& b, const Tensor& rm, const Tensor& rv, double momentum, double eps, MemoryFormat f, const Stats& s) {
  const Tensor x = ready(x0, f, x0.scalar_type());
  AffineParams a = affine_params(x.scalar_type(), w, b);
  Tensor y = make_tensor(x.sizes(), format_strides(x.sizes(), f), x.scalar_type());
  if (x.numel() == 0) {
    raw_fill(s.mean, 0);
    raw_fill(s.invstd, 0);
    return y;
  }
  const bool bare = !w.defined() && !b.defined() && rm.defined();
  if (bare && (rm.scalar_type() == x.scalar_type() || rm.scalar_type() == statistics_type(x.scalar_type()))) a.types.param_type = rm.scalar_type();
  const Running mean(rm, a.types.param_type), var(rv, a.types.param_type);
  kernels::cpu::batch_norm_train(picture(x, f, a), typed<char>(x), a.gamma_data(), a.beta_data(), nullptr, mean.data(), var.data(), momentum, eps, typed<char>(y), typed<char>(s.mean),
                                 typed<char>(s.invstd));
  mean.changed();
  var.changed();
  return y;
}
Tensor eval_kernel(const Tensor& x0, const Tensor& w, const Tensor& b, const Tensor& rm, const Tensor& rv, double eps, MemoryFormat f) {
  const Tensor x = ready(x0, f, x0.scalar_type());
  const AffineParams a = affine_params(x.scalar_type(), w, b);
  Tensor y = make_tensor(x.sizes(), format_strides(x.sizes(), f), x.scalar_type());
  const Running mean(rm, a.types.param_type), var(rv, a.types.param_type);
  if (x.numel() > 0) kernels::cpu::batch_norm_eval(picture(x, f, a), typed<char>(x), a.gamma_data(), a.beta_data(), nullptr, mean.data(), var.data(), eps, typed<char>(y));
  return y;
}

Tensor batch_norm_impl(const Tensor& x, const Tensor& w, const Tensor& b, const Tensor& rm, const Tensor& rv, bool training, double momentum, double eps, Stats& s) {
  check(x, w, b, rm, rv, training);
  const MemoryFormat f = format_of(x);
  const ScalarType st = statistics_type(x.scalar_type());
  if (training) {
    if (rm.defined()) autograd::check_inplace("batch_norm", rm, false);
    if (rv.defined()) autograd::check_inplace("batch_norm", rv, false);
    s = {make_tensor({x.size(1)}, st), make_tensor({x.size(1)}, st)};
  } else if (autograd::recording({x, w, b})) {
    GateScope off(kGradOff);
    s = {raw_contiguous(rm, st).clone(), (raw_contiguous(rv, st) + eps).rsqrt()};
  }
  return record("NativeBatchNormBackward0", {x, w, b}, in(0) | in(1),
                [&] { return training ? train_kernel(x, w, b, rm, rv, momentum, eps, f, s) : eval_kernel(x, w, b, rm, rv, eps, f); },
                [s, training, eps, f](Backward& bw) { backward(bw, s, training, eps, f); });
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor batch_norm(const Tensor& input, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, const std::optional<Tensor>& running_mean, const std::optional<Tensor>& running_var, bool training, double momentum, double eps, bool) {
  Stats s;
  return batch_norm_impl(input, tensor_or_none(weight), tensor_or_none(bias), tensor_or_none(running_mean), tensor_or_none(running_var), training, momentum, eps, s);
}
std::tuple<Tensor,Tensor,Tensor> native_batch_norm(const Tensor& input, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, const std::optional<Tensor>& running_mean, const std::optional<Tensor>& running_var, bool training, double momentum, double eps) {
  Stats s;
  const Tensor y = batch_norm_impl(input, tensor_or_none(weight), tensor_or_none(bias), tensor_or_none(running_mean), tensor_or_none(running_var), training, momentum, eps, s);
  if (training) return {y, s.mean, s.invstd};
  const Tensor none = make_tensor({0}, statistics_type(input.scalar_type()));
  return {y, none, none};
}
std::tuple<Tensor&,Tensor&,Tensor&> native_batch_norm_out(Tensor& out, Tensor& save_mean, Tensor& save_invstd, const Tensor& input, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, const std::optional<Tensor>& running_mean, const std::optional<Tensor>& running_var, bool training, double momentum, double eps) {
  check_outs("native_batch_norm", {out, save_mean, save_invstd}, {input, tensor_or_none(weight), tensor_or_none(bias)});
  auto [y, mean, invstd] = native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps);
  store_out("native_batch_norm", out, y);
  store_out("native_batch_norm", save_mean, mean);
  store_out("native_batch_norm", save_invstd, invstd);
  return {out, save_mean, save_invstd};
}

Tensor instance_norm(const Tensor& input, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, const std::optional<Tensor>& running_mean, const std::optional<Tensor>& running_var, bool use_input_stats, double momentum, double eps, bool cudnn_enabled) {
  const Tensor &w = tensor_or_none(weight), &b = tensor_or_none(bias), &rm = tensor_or_none(running_mean), &rv = tensor_or_none(running_var);
  check_defined("instance_norm", {input});
  WICK_CHECK(use_input_stats || (rm.defined() && rv.defined()), "Expected running_mean and running_var to be defined when use_input_stats is false");
  WICK_CHECK(input.dim() >= 2, "instance_norm: expected at least 2D input (got ", input.dim(), "D input)");
  const int64_t n = input.size(0), c = input.size(1);
  // Every picture's channels are channels of one picture.
  DimVec shape(input.sizes());
  shape[0] = 1;
  shape[1] = n * c;
  const auto repeated = [n](const Tensor& t) { return t.defined() ? t.repeat(n) : t; };
  const Tensor mean = repeated(rm), var = repeated(rv);
  const MemoryFormat f = format_of(input);
  const Tensor y = batch_norm(input.contiguous().view(shape), repeated(w), repeated(b), mean, var, use_input_stats, momentum, eps, cudnn_enabled).view(input.sizes());
  if (use_input_stats) {
    GateScope off(kGradOff);
    if (rm.defined()) rm.copy_(mean.view({n, c}).mean(IntArrayRef{0}));
    if (rv.defined()) rv.copy_(var.view({n, c}).mean(IntArrayRef{0}));
  }
  return f == MemoryFormat::Contiguous ? y : y.contiguous(f);
}

}  // namespace wick::inline v1
