// Layer, RMS and group normalisation. The fused backward kernels serve plain backward passes; when the pass is itself
// recorded, the same gradient is written in public ops, which differentiates to any order.
#include "kernels/cpu/norm.h"

#include <limits>

#include "ops/norm.h"

namespace wick::ops {

AffineParams affine_params(ScalarType type, const Tensor& w, const Tensor& b) {
  AffineParams a;
  a.types.type = type;
  const ScalarType stats = statistics_type(type), given = w.defined() ? w.scalar_type() : b.defined() ? b.scalar_type() : type;
  const bool alike = !w.defined() || !b.defined() || w.scalar_type() == b.scalar_type();
  a.types.param_type = alike && (given == type || given == stats) ? given : stats;
  if (w.defined()) a.gamma = raw_contiguous(w, a.types.param_type);
  if (b.defined()) a.beta = raw_contiguous(b, a.types.param_type);
  return a;
}

Tensor norm_gradient(const Tensor& gh, const Tensor& x, IntArrayRef dims, double eps, bool centred, Tensor* normalised) {
  const Tensor xc = centred ? x - x.mean(dims, true) : x;
  const Tensor rstd = ((xc * xc).mean(dims, true) + eps).rsqrt(), xhat = xc * rstd;
  if (normalised) *normalised = xhat;
  const Tensor along = gh - xhat * (gh * xhat).mean(dims, true);
  return rstd * (centred ? along - gh.mean(dims, true) : along);
}

namespace {

struct Rows { int64_t rows, n; };
Rows rows_of(const Tensor& x, size_t inner_dims) {
  Rows r{1, 1};
  const size_t lead = x.sizes().size() - inner_dims;
  for (size_t d = 0; d < x.sizes().size(); ++d) (d < lead ? r.rows : r.n) *= x.sizes()[d];
  return r;
}
// Range of dimensions [from, to).
DimVec range_dims(int64_t from, int64_t to) {
  DimVec d;
  for (; from < to; ++from) d.push_back(from);
  return d;
}

void check_layer_norm(const char* op, const Tensor& x, IntArrayRef shape, const Tensor& w, const Tensor& b) {
  check_defined(op, {x});
  WICK_CHECK(!shape.empty(), "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = ", shape);
  WICK_CHECK(!w.defined() || w.sizes() == shape, "Expected weight to be of same shape as normalized_shape, but got weight of shape ", w.defined() ? w.sizes() : IntArrayRef(), " and normalized_shape = ", shape);
  WICK_CHECK(!b.defined() || b.sizes() == shape, "Expected bias to be of same shape as normalized_shape, but got bias of shape ", b.defined() ? b.sizes() : IntArrayRef(), " and normalized_shape = ", shape);
  const bool fits = x.sizes().size() >= shape.size() && x.sizes().slice(x.sizes().size() - shape.size()) == shape;
  if (!fits) {
    std::string tail;
    for (int64_t n : shape) tail += ", " + std::to_string(n);
    throw Error(str("Given normalized_shape=", shape, ", expected input with shape [*", tail, "], but got input of size", x.sizes()));
  }
  WICK_CHECK_TYPE(NotImplementedError, is_floating_type(x.scalar_type()), "\"", op, "\" not implemented for '", x.scalar_type(), "'");
}

struct Normed { Tensor y, mean, rstd; };

// Gradients for x, gamma and beta of layer or RMS normalisation (mean undefined).
void rows_backward(Backward& b, size_t inner_dims, double eps, const Tensor& mean, const Tensor& rstd, bool centred) {
  const Tensor &g = b.g(), x = b.in(0), w = b.in(1);
  const int64_t dims = x.dim(), lead = dims - static_cast<int64_t>(inner_dims);
  if (autograd::recording({g, x, w})) {
    Tensor xhat;
    const Tensor gx = norm_gradient(w.defined() ? g * w : g, x, range_dims(lead, dims), eps, centred, &xhat);
    if (b.needs(0)) b.grad(0, gx);
    if (b.needs(1)) b.grad(1, g * xhat);
    if (centred && b.needs(2)) b.grad(2, g);
    return;
  }
  const Rows r = rows_of(x, inner_dims);
  const ScalarType t = x.scalar_type();
  const Tensor xc = raw_contiguous(x), gc = raw_contiguous(g, t);
  const AffineParams a = affine_params(t, w, {});
  Tensor gx = b.needs(0) ? make_tensor(x.sizes(), t) : Tensor();
  const ScalarType pt = w.defined() ? a.types.param_type : t;
  const IntArrayRef inner = x.sizes().slice(static_cast<size_t>(lead));
  Tensor gw = b.needs(1) ? make_tensor(inner, pt) : Tensor(), gb = centred && b.needs(2) ? make_tensor(inner, pt) : Tensor();
  const auto p = [](const Tensor& v) { return v.defined() ? typed<char>(v) : nullptr; };
  if (x.numel() == 0) {
    for (const Tensor* v : {&gw, &gb}) if (v->defined()) raw_fill(*v, 0);
  } else if (centred) {
    kernels::cpu::layer_norm_backward(a.types, p(gc), p(xc), p(mean), p(rstd), p(a.gamma), p(gx), p(gw), p(gb), r.rows, r.n);
  } else {
    kernels::cpu::rms_norm_backward(a.types, p(gc), p(xc), p(rstd), p(a.gamma), p(gx), p(gw), r.rows, r.n);
  }
  if (gx.defined()) b.grad(0, gx);
  if (gw.defined()) b.grad(1, gw);
  if (gb.defined()) b.grad(2, gb);
}

Normed layer_norm_impl(const Tensor& x, IntArrayRef shape, const Tensor& w, const Tensor& b, double eps, const char* node) {
  check_layer_norm("LayerNormKernelImpl", x, shape, w, b);
  const size_t inner = shape.size();
  const Rows r = rows_of(x, inner);
  DimVec stats_shape(x.sizes());
  for (size_t d = stats_shape.size() - inner; d < stats_shape.size(); ++d) stats_shape[d] = 1;
  const ScalarType st = statistics_type(x.scalar_type());
  Normed o;
  o.mean = make_tensor(stats_shape, st);
  o.rstd = make_tensor(stats_shape, st);
  o.y = record(node, {x, w, b}, Uses().grad(0, in(0) | in(1)).grad(1, in(0) | in(1)).grad(2, in(0) | in(1)),
               [&] {
                 const Tensor xc = raw_contiguous(x);
                 const AffineParams a = affine_params(x.scalar_type(), w, b);
                 Tensor y = make_tensor(x.sizes(), x.scalar_type());
                 if (x.numel() > 0)
                   kernels::cpu::layer_norm(a.types, typed<char>(xc), a.gamma_data(), a.beta_data(), typed<char>(y), typed<char>(o.mean), typed<char>(o.rstd), r.rows, r.n, eps);
                 return y;
               },
               [inner, eps, mean = o.mean, rstd = o.rstd](Backward& bw) { rows_backward(bw, inner, eps, mean, rstd, true); });
  return o;
}

// --- Group normalisation ------------------------------------------------------------------------------------------

struct Groups { int64_t n, c, hw, groups; };

void group_backward(Backward& b, const Groups& k, double eps, const Tensor& mean, const Tensor& rstd) {
  const Tensor &g = b.g(), x = b.in(0), w = b.in(1);
  if (autograd::recording({g, x, w})) {
    const DimVec grouped{k.n, k.groups, k.c / k.groups, k.hw};
    const Tensor gg = g.reshape({k.n, k.c, k.hw}), gh = w.defined() ? gg * w.reshape({1, k.c, 1}) : gg;
    Tensor xhat;
    const Tensor gx = norm_gradient(gh.reshape(grouped), x.reshape(grouped), IntArrayRef{2, 3}, eps, true, &xhat);
    if (b.needs(0)) b.grad(0, gx.reshape(x.sizes()));
    if (b.needs(1)) b.grad(1, (gg * xhat.reshape({k.n, k.c, k.hw})).sum(IntArrayRef{0, 2}));
    if (b.needs(2)) b.grad(2, gg.sum(IntArrayRef{0, 2}));
    return;
  }
  const ScalarType t = x.scalar_type();
  const Tensor xc = raw_contiguous(x), gc = raw_contiguous(g, t);
  const AffineParams a = affine_params(t, w, {});
  Tensor gx = b.needs(0) ? make_tensor(x.sizes(), t) : Tensor();
  const ScalarType pt = w.defined() ? a.types.param_type : t;
  Tensor gw = b.needs(1) ? make_tensor({k.c}, pt) : Tensor(), gb = b.needs(2) ? make_tensor({k.c}, pt) : Tensor();
  const auto p = [](const Tensor& v) { return v.defined() ? typed<char>(v) : nullptr; };
  if (x.numel() == 0) {
    for (const Tensor* v : {&gw, &gb}) if (v->defined()) raw_fill(*v, 0);
  } else {
    kernels::cpu::group_norm_backward(a.types, p(gc), p(xc), p(mean), p(rstd), p(a.gamma), p(gx), p(gw), p(gb), k.n, k.c, k.hw, k.groups);
  }
  if (gx.defined()) b.grad(0, gx);
  if (gw.defined()) b.grad(1, gw);
  if (gb.defined()) b.grad(2, gb);
}

Normed group_norm_impl(const Tensor& x, const Tensor& w, const Tensor& b, const Groups& k, double eps) {
  WICK_CHECK_TYPE(NotImplementedError, is_floating_type(x.scalar_type()), "\"GroupNormKernelImpl\" not implemented for '", x.scalar_type(), "'");
  const ScalarType st = statistics_type(x.scalar_type());
  Normed o;
  o.mean = make_tensor({k.n, k.groups}, st);
  o.rstd = make_tensor({k.n, k.groups}, st);
  o.y = record("NativeGroupNormBackward0", {x, w, b}, Uses().grad(0, in(0) | in(1)).grad(1, in(0) | in(1)).grad(2, in(0) | in(1)),
               [&] {
                 const Tensor xc = raw_contiguous(x);
                 const AffineParams a = affine_params(x.scalar_type(), w, b);
                 Tensor y = make_tensor(x.sizes(), x.scalar_type());
                 if (x.numel() > 0)
                   kernels::cpu::group_norm(a.types, typed<char>(xc), a.gamma_data(), a.beta_data(), typed<char>(y), typed<char>(o.mean), typed<char>(o.rstd), k.n, k.c, k.hw, k.groups, eps);
                 const MemoryFormat f = x.suggest_memory_format();
                 if (f == MemoryFormat::Contiguous) return y;
                 Tensor last = make_tensor(x.sizes(), format_strides(x.sizes(), f), x.scalar_type());
                 raw_copy(last, y);
                 return last;
               },
               [k, eps, mean = o.mean, rstd = o.rstd](Backward& bw) { group_backward(bw, k, eps, mean, rstd); });
  return o;
}
void check_group_norm(const Tensor& x, int64_t groups, const Tensor& w, const Tensor& b) {
  check_defined("group_norm", {x});
  WICK_CHECK(x.dim() >= 2, "Expected at least 2 dimensions for input tensor but received ", x.dim());
  WICK_CHECK(groups > 0, "Expected num groups to be greater than 0, got ", groups);
  const int64_t c = x.size(1);
  WICK_CHECK(c % groups == 0, "Expected number of channels in input to be divisible by num_groups, but got input of shape ", x.sizes(), " and num_groups=", groups);
  WICK_CHECK(!w.defined() || (w.dim() == 1 && w.numel() == c), "Expected weight to be a vector of size equal to the number of channels in input, but got weight of shape ",
             w.defined() ? w.sizes() : IntArrayRef(), " and input of shape ", x.sizes());
  WICK_CHECK(!b.defined() || (b.dim() == 1 && b.numel() == c), "Expected bias to be a vector of size equal to the number of channels in input, but got bias of shape ",
             b.defined() ? b.sizes() : IntArrayRef(), " and input of shape ", x.sizes());
}
double default_eps(ScalarType t) {
  switch (t) {
    case kDouble: return std::numeric_limits<double>::epsilon();
    case kHalf: return 0.0009765625;
    case kBFloat16: return 0.0078125;
    default: return static_cast<double>(std::numeric_limits<float>::epsilon());
  }
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor layer_norm(const Tensor& input, IntArrayRef normalized_shape, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, double eps, bool) {
  return layer_norm_impl(input, normalized_shape, tensor_or_none(weight), tensor_or_none(bias), eps, "NativeLayerNormBackward0").y;
}
std::tuple<Tensor,Tensor,Tensor> native_layer_norm(const Tensor& input, IntArrayRef normalized_shape, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, double eps) {
  Normed o = layer_norm_impl(input, normalized_shape, tensor_or_none(weight), tensor_or_none(bias), eps, "NativeLayerNormBackward0");
  return {o.y, o.mean, o.rstd};
}
std::tuple<Tensor&,Tensor&,Tensor&> native_layer_norm_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& input, IntArrayRef normalized_shape, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, double eps) {
  check_outs("native_layer_norm", {out0, out1, out2}, {input, tensor_or_none(weight), tensor_or_none(bias)});
  auto [y, mean, rstd] = native_layer_norm(input, normalized_shape, weight, bias, eps);
  store_out("native_layer_norm", out0, y);
  store_out("native_layer_norm", out1, mean);
  store_out("native_layer_norm", out2, rstd);
  return {out0, out1, out2};
}

Tensor rms_norm(const Tensor& input, IntArrayRef normalized_shape, const std::optional<Tensor>& weight, std::optional<double> eps_opt) {
  const Tensor& w = tensor_or_none(weight);
  check_layer_norm("rms_norm", input, normalized_shape, w, {});
  const size_t inner = normalized_shape.size();
  const Rows r = rows_of(input, inner);
  const double eps = eps_opt.value_or(default_eps(input.scalar_type()));
  const Tensor rstd = make_tensor({r.rows}, statistics_type(input.scalar_type()));
  return record("FusedRmsNormBackward0", {input, w}, in(0) | in(1),
                [&] {
                  const Tensor xc = raw_contiguous(input);
                  const AffineParams a = affine_params(input.scalar_type(), w, {});
                  Tensor y = make_tensor(input.sizes(), input.scalar_type());
                  if (input.numel() > 0) kernels::cpu::rms_norm(a.types, typed<char>(xc), a.gamma_data(), typed<char>(y), typed<char>(rstd), r.rows, r.n, eps);
                  return y;
                },
                [inner, eps, rstd](Backward& b) { rows_backward(b, inner, eps, {}, rstd, false); });
}

Tensor group_norm(const Tensor& input, int64_t num_groups, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, double eps, bool) {
  const Tensor &w = tensor_or_none(weight), &b = tensor_or_none(bias);
  check_group_norm(input, num_groups, w, b);
  int64_t hw = 1;
  for (int64_t d = 2; d < input.dim(); ++d) hw *= input.size(d);
  return group_norm_impl(input, w, b, {input.size(0), input.size(1), hw, num_groups}, eps).y;
}
std::tuple<Tensor,Tensor,Tensor> native_group_norm(const Tensor& input, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, int64_t N, int64_t C, int64_t HxW, int64_t group, double eps) {
  const Tensor &w = tensor_or_none(weight), &b = tensor_or_none(bias);
  check_defined("native_group_norm", {input});
  WICK_CHECK(group > 0 && C % group == 0 && N * C * HxW == input.numel(), "native_group_norm: N=", N, ", C=", C, ", HxW=", HxW, ", group=", group, " do not fit input of shape ", input.sizes());
  Normed o = group_norm_impl(input, w, b, {N, C, HxW, group}, eps);
  return {o.y, o.mean, o.rstd};
}
std::tuple<Tensor&,Tensor&,Tensor&> native_group_norm_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& input, const std::optional<Tensor>& weight, const std::optional<Tensor>& bias, int64_t N, int64_t C, int64_t HxW, int64_t group, double eps) {
  check_outs("native_group_norm", {out0, out1, out2}, {input, tensor_or_none(weight), tensor_or_none(bias)});
  auto [y, mean, rstd] = native_group_norm(input, weight, bias, N, C, HxW, group, eps);
  store_out("native_group_norm", out0, y);
  store_out("native_group_norm", out1, mean);
  store_out("native_group_norm", out2, rstd);
  return {out0, out1, out2};
}

}  // namespace wick::inline v1
