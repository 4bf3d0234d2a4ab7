// Activations: each is a kernel, a fused backward kernel that is an op of its own, and the second derivative.
#include <cmath>

#include <wick/ops/nn_backward.h>

#include "autograd/autocast.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

struct Act {
  const char *node, *back_node;
  const Pointwise &forward, &backward;
  Tensor (*second)(const Tensor& x, const Params& p);  // f''(x); null where it is 0
  bool from_result = false;                            // the backward kernel takes y = f(x), and so does `second`
};

Tensor act_backward(const Act& a, const Tensor& g, const Tensor& x, const Params& p) {
  return record(a.back_node, {g, x}, Uses().grad(0, in(1)).grad(1, a.second ? in(0) | in(1) : 0u), [&] { return run(a.backward, {g, x}, p); },
                [&a, p](Backward& b) {
                  if (b.needs(0)) b.grad(0, act_backward(a, b.g(), b.in(1), p));
                  if (b.needs(1)) b.grad(1, a.second ? b.g() * b.in(0) * a.second(b.in(1), p) : zeros_like(b.g()));
                });
}
auto act_rule(const Act& a, const Params& p) {
  return [&a, p](Backward& b) { b.grad(0, act_backward(a, b.g(), a.from_result ? b.out() : b.in(0), p)); };
}
uint32_t act_uses(const Act& a) { return a.from_result ? out() : in(0); }

Tensor act(const Act& a, const Tensor& x, const Params& p = {}) {
  return record(a.node, {x}, act_uses(a), [&] { return run(a.forward, {x}, p); }, act_rule(a, p));
}
Tensor& act_(const Act& a, const Tensor& x, const Params& p = {}) {
  return record_inplace(a.node, x, {x}, act_uses(a), [&] { run_into(a.forward, x, {x}, p); }, act_rule(a, p));
}
Tensor& act_out(const Act& a, Tensor& to, const Tensor& x, const Params& p = {}) {
  autograd::check_out(a.forward.name, to, {x});
  run_into(a.forward, to, {x}, p, Promote::same, true);
  impl(to)->bump_version();
  return to;
}

Tensor silu_second(const Tensor& x, const Params&) {
  const Tensor s = x.sigmoid();
  return s * (1 - s) * (2 + x * (1 - 2 * s));
}
Tensor mish_second(const Tensor& x, const Params&) {
  const Tensor s = x.sigmoid(), t = softplus(x).tanh();
  return (1 - t * t) * s * (2 + x * ((1 - s) - 2 * t * s));
}
Tensor gelu_erf_second(const Tensor& x, const Params&) { return (-0.5 * x * x).exp() * (2 - x * x) * (M_SQRT1_2 * M_2_SQRTPI * 0.5); }
Tensor gelu_tanh_second(const Tensor& x, const Params&) {
  const double k = M_SQRT2 * M_2_SQRTPI * 0.5, c = 0.044715;
  const Tensor t = (k * (x + c * x.pow(3))).tanh(), d1 = k * (1 + 3 * c * x * x), d2 = 6 * k * c * x;
  return (1 - t * t) * (d1 - x * t * d1 * d1 + 0.5 * x * d2);
}
Tensor log_sigmoid_second(const Tensor& x, const Params&) {
  const Tensor s = x.sigmoid();
  return s * (s - 1);
}
Tensor hardswish_second(const Tensor& x, const Params&) { return ((x > -3).logical_and(x < 3)).to(x.scalar_type()) / 3; }
Tensor elu_second(const Tensor& x, const Params& p) {
  return where(x < 0, (clamp_max(x, 0) * p.d[2]).exp() * (p.d[0] * p.d[1] * p.d[2] * p.d[2]), zeros_like(x));
}
Tensor elu_result_second(const Tensor& y, const Params& p) {  // d/dy of the slope (y + alpha scale) input_scale
  return where(y < 0, full_like(y, p.d[2]), zeros_like(y));
}
Tensor softplus_second(const Tensor& x, const Params& p) {
  const Tensor s = (x * p.d[0]).sigmoid();
  return where(x * p.d[0] > p.d[1], zeros_like(x), s * (1 - s) * p.d[0]);
}

constexpr Act kRelu{"ReluBackward0", "ThresholdBackwardBackward0", table::relu, table::relu_backward, nullptr, true};
constexpr Act kSilu{"SiluBackward0", "SiluBackwardBackward0", table::silu, table::silu_backward, silu_second};
constexpr Act kMish{"MishBackward0", "MishBackwardBackward0", table::mish, table::mish_backward, mish_second};
constexpr Act kGelu{"GeluBackward0", "GeluBackwardBackward0", table::gelu_erf, table::gelu_erf_backward, gelu_erf_second};
constexpr Act kGeluTanh{"GeluBackward0", "GeluBackwardBackward0", table::gelu_tanh, table::gelu_tanh_backward, gelu_tanh_second};
constexpr Act kLogSigmoid{"LogSigmoidBackward0", "LogSigmoidBackwardBackward0", table::log_sigmoid, table::log_sigmoid_backward, log_sigmoid_second};
constexpr Act kHardswish{"HardswishBackward0", "HardswishBackwardBackward0", table::hardswish, table::hardswish_backward, hardswish_second};
constexpr Act kHardsigmoid{"HardsigmoidBackward0", "HardsigmoidBackwardBackward0", table::hardsigmoid, table::hardsigmoid_backward, nullptr};
constexpr Act kElu{"EluBackward0", "EluBackwardBackward0", table::elu, table::elu_backward, elu_second};
constexpr Act kEluInplace{"EluBackward0", "EluBackwardBackward0", table::elu, table::elu_result_backward, elu_result_second, true};
constexpr Act kCelu{"CeluBackward0", "EluBackwardBackward0", table::elu, table::elu_backward, elu_second};
constexpr Act kCeluInplace{"CeluBackward0", "EluBackwardBackward0", table::elu, table::elu_result_backward, elu_result_second, true};
constexpr Act kSoftplus{"SoftplusBackward0", "SoftplusBackwardBackward0", table::softplus, table::softplus_backward, softplus_second};
constexpr Act kSoftshrink{"SoftshrinkBackward0", "SoftshrinkBackwardBackward0", table::softshrink, table::softshrink_backward, nullptr};
constexpr Act kHardshrink{"HardshrinkBackward0", "HardshrinkBackwardBackward0", table::hardshrink, table::hardshrink_backward, nullptr};
constexpr Act kLeakyRelu{"LeakyReluBackward0", "LeakyReluBackwardBackward0", table::leaky_relu, table::leaky_relu_backward, nullptr};
constexpr Act kLeakyReluInplace{"LeakyReluBackward0", "LeakyReluBackwardBackward0", table::leaky_relu, table::leaky_relu_backward, nullptr, true};
constexpr Act kThreshold{"ThresholdBackward0", "ThresholdBackwardBackward0", table::threshold, table::threshold_backward, nullptr};
constexpr Act kHardtanh{"HardtanhBackward0", "HardtanhBackwardBackward0", table::clamp, table::hardtanh_backward, nullptr};

Params two(const Scalar& a, const Scalar& b) {
  Params p = params(a);
  const Params q = params(b);
  p.d[1] = q.d[0];
  p.i[1] = q.i[0];
  return p;
}
Params elu_params(const Scalar& alpha, const Scalar& scale, const Scalar& input_scale) { return params(alpha.toDouble(), scale.toDouble(), input_scale.toDouble()); }
Params hardtanh_params(const Tensor& x, const Scalar& lo, const Scalar& hi) {
  check_defined("hardtanh", {x});
  WICK_CHECK_TYPE(NotImplementedError, x.scalar_type() != kBool, "Bool inputs not supported for hardtanh");
  WICK_CHECK(!(x.scalar_type() == kByte && (lo.toDouble() < 0 || hi.toDouble() < 0)), "cannot do hardtanh on an unsigned type with negative limits");
  WICK_CHECK(lo.toDouble() <= hi.toDouble(), "min_val cannot be greater than max_val");
  return two(lo, hi);
}
Params shrink_params(const Scalar& lambd) {
  WICK_CHECK(lambd.toDouble() >= 0, "lambda must be greater or equal to 0, but found to be ", lambd, ".");
  return params(lambd);
}
const Act& gelu_act(std::string_view approximate) {
  WICK_CHECK(approximate == "none" || approximate == "tanh", "approximate argument must be either none or tanh.");
  return approximate == "tanh" ? kGeluTanh : kGelu;
}
void check_relu(const Tensor& x) {
  check_defined("relu", {x});
  WICK_CHECK(x.scalar_type() != kBool, "Boolean inputs not supported for relu");
}
Tensor elu_gradient(const Tensor& g, const Scalar& alpha, const Scalar& scale, const Scalar& input_scale, bool is_result, const Tensor& x) {
  WICK_CHECK(!is_result || alpha.toDouble() >= 0, "In-place elu backward calculation is triggered with a negative slope which is not supported. This is caused by calling in-place forward function with a negative slope, "
             "please call out-of-place version instead.");
  return act_backward(is_result ? kEluInplace : kElu, g, x, elu_params(alpha, scale, input_scale));
}
Tensor leaky_gradient(const Tensor& g, const Tensor& x, const Scalar& slope, bool is_result) {
  WICK_CHECK(!is_result || slope.toDouble() >= 0, "In-place leakyReLu backward calculation is triggered with a negative slope which is not supported. This is caused by calling in-place forward function with a negative "
             "slope, please call out-of-place version instead.");
  return act_backward(kLeakyRelu, g, x, params(slope));
}
constexpr double kSeluAlpha = 1.6732632423543772848170429916717, kSeluScale = 1.0507009873554804934193349852946;
Scalar celu_inverse(const Scalar& alpha) {
  WICK_CHECK_TYPE(Error, alpha.toDouble() != 0, "ZeroDivisionError: alpha cannot be 0 for CELU");
  return 1.0 / alpha.toDouble();
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor relu(const Tensor& self) { check_relu(self); return act(kRelu, self); }
Tensor& relu_(Tensor& self) { check_relu(self); return act_(kRelu, self); }
Tensor& relu_out(Tensor& out, const Tensor& self) { check_relu(self); return act_out(kRelu, out, self); }

Tensor silu(const Tensor& self) { return act(kSilu, self); }
Tensor& silu_(Tensor& self) { return act_(kSilu, self); }
Tensor& silu_out(Tensor& out, const Tensor& self) { return act_out(kSilu, out, self); }
Tensor mish(const Tensor& self) { return act(kMish, self); }
Tensor& mish_(Tensor& self) { return act_(kMish, self); }
Tensor& mish_out(Tensor& out, const Tensor& self) { return act_out(kMish, out, self); }
Tensor gelu(const Tensor& self, std::string_view approximate) { return act(gelu_act(approximate), self); }
Tensor& gelu_(Tensor& self, std::string_view approximate) { return act_(gelu_act(approximate), self); }
Tensor& gelu_out(Tensor& out, const Tensor& self, std::string_view approximate) { return act_out(gelu_act(approximate), out, self); }
Tensor log_sigmoid(const Tensor& self) { return act(kLogSigmoid, self); }
Tensor& log_sigmoid_out(Tensor& out, const Tensor& self) { return act_out(kLogSigmoid, out, self); }
Tensor hardswish(const Tensor& self) { return act(kHardswish, self); }
Tensor& hardswish_(Tensor& self) { return act_(kHardswish, self); }
Tensor& hardswish_out(Tensor& out, const Tensor& self) { return act_out(kHardswish, out, self); }
Tensor hardsigmoid(const Tensor& self) { return act(kHardsigmoid, self); }
Tensor& hardsigmoid_(Tensor& self) { return act_(kHardsigmoid, self); }
Tensor& hardsigmoid_out(Tensor& out, const Tensor& self) { return act_out(kHardsigmoid, out, self); }

Tensor elu(const Tensor& self, const Scalar& alpha, const Scalar& scale, const Scalar& input_scale) { return act(kElu, self, elu_params(alpha, scale, input_scale)); }
Tensor& elu_(Tensor& self, const Scalar& alpha, const Scalar& scale, const Scalar& input_scale) {
  // The result tells the slope only where it grows with the input.
  return act_(alpha.toDouble() < 0 ? kElu : kEluInplace, self, elu_params(alpha, scale, input_scale));
}
Tensor& elu_out(Tensor& out, const Tensor& self, const Scalar& alpha, const Scalar& scale, const Scalar& input_scale) {
  return act_out(kElu, out, self, elu_params(alpha, scale, input_scale));
}
Tensor selu(const Tensor& self) { return elu(self, kSeluAlpha, kSeluScale); }
Tensor& selu_(Tensor& self) { return elu_(self, kSeluAlpha, kSeluScale); }
Tensor celu(const Tensor& self, const Scalar& alpha) { return act(kCelu, self, elu_params(alpha, 1.0, celu_inverse(alpha))); }
Tensor& celu_(Tensor& self, const Scalar& alpha) { return act_(alpha.toDouble() < 0 ? kCelu : kCeluInplace, self, elu_params(alpha, 1.0, celu_inverse(alpha))); }
Tensor& celu_out(Tensor& out, const Tensor& self, const Scalar& alpha) { return elu_out(out, self, alpha, 1.0, celu_inverse(alpha)); }

Tensor softplus(const Tensor& self, const Scalar& beta, const Scalar& threshold) { return act(kSoftplus, self, params(beta.toDouble(), threshold.toDouble())); }
Tensor& softplus_out(Tensor& out, const Tensor& self, const Scalar& beta, const Scalar& threshold) {
  return act_out(kSoftplus, out, self, params(beta.toDouble(), threshold.toDouble()));
}
Tensor softshrink(const Tensor& self, const Scalar& lambd) { return act(kSoftshrink, self, shrink_params(lambd)); }
Tensor& softshrink_out(Tensor& out, const Tensor& self, const Scalar& lambd) { return act_out(kSoftshrink, out, self, shrink_params(lambd)); }
Tensor hardshrink(const Tensor& self, const Scalar& lambd) { return act(kHardshrink, self, params(lambd)); }
Tensor& hardshrink_out(Tensor& out, const Tensor& self, const Scalar& lambd) { return act_out(kHardshrink, out, self, params(lambd)); }

Tensor leaky_relu(const Tensor& self, const Scalar& negative_slope) { return act(kLeakyRelu, self, params(negative_slope)); }
Tensor& leaky_relu_(Tensor& self, const Scalar& negative_slope) { return act_(negative_slope.toDouble() < 0 ? kLeakyRelu : kLeakyReluInplace, self, params(negative_slope)); }
Tensor& leaky_relu_out(Tensor& out, const Tensor& self, const Scalar& negative_slope) { return act_out(kLeakyRelu, out, self, params(negative_slope)); }

Tensor threshold(const Tensor& self, const Scalar& threshold, const Scalar& value) { return act(kThreshold, self, two(threshold, value)); }
Tensor& threshold_(Tensor& self, const Scalar& threshold, const Scalar& value) { return act_(kThreshold, self, two(threshold, value)); }
Tensor& threshold_out(Tensor& out, const Tensor& self, const Scalar& threshold, const Scalar& value) { return act_out(kThreshold, out, self, two(threshold, value)); }

Tensor hardtanh(const Tensor& self, const Scalar& min_val, const Scalar& max_val) { return act(kHardtanh, self, hardtanh_params(self, min_val, max_val)); }
Tensor& hardtanh_(Tensor& self, const Scalar& min_val, const Scalar& max_val) { return act_(kHardtanh, self, hardtanh_params(self, min_val, max_val)); }
Tensor& hardtanh_out(Tensor& out, const Tensor& self, const Scalar& min_val, const Scalar& max_val) { return act_out(kHardtanh, out, self, hardtanh_params(self, min_val, max_val)); }
Tensor relu6(const Tensor& self) { return hardtanh(self, 0, 6); }
Tensor& relu6_(Tensor& self) { return hardtanh_(self, 0, 6); }

Tensor prelu(const Tensor& self, const Tensor& weight) {
  WICK_AUTOCAST(lower, prelu, self, weight);
  check_defined("prelu", {self, weight});
  WICK_CHECK(self.scalar_type() == weight.scalar_type(), "prelu: Type promoting not supported. Got ", self.scalar_type(), " and ", weight.scalar_type());
  WICK_CHECK(weight.dim() <= 1, "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = ", weight.dim());
  Tensor w = weight;
  if (weight.numel() != 1) {
    WICK_CHECK(self.dim() > 0, "Not allow zero-dim input tensor.");
    const int64_t channels = self.dim() >= 2 ? self.size(1) : 1;
    WICK_CHECK(channels == weight.numel(), "Mismatch of parameter numbers and input channel size. Found parameter numbers = ", weight.numel(), " and channel size = ", channels, ".");
    DimVec shape(self.sizes().size(), 1);
    shape[1] = channels;
    w = weight.reshape(shape);
  } else if (self.dim() != weight.dim()) {
    w = weight.reshape(DimVec(self.sizes().size(), 1));
  }
  return record("PreluKernelBackward0", {self, w}, Uses().grad(0, in(0) | in(1)).grad(1, in(0)), [&] { return where(self > 0, self, w * self); },
                [](Backward& b) {
                  const Tensor& g = b.g();
                  const Tensor x = b.in(0), positive = x > 0;
                  if (b.needs(0)) b.grad(0, where(positive, g, b.in(1) * g));
                  if (b.needs(1)) b.grad(1, where(positive, zeros_like(g), x * g));
                });
}

Tensor glu(const Tensor& self, int64_t dim) {
  check_defined("glu", {self});
  WICK_CHECK(self.dim() > 0, "glu does not support 0-dimensional tensors");
  const int64_t d = wrap_dim(dim, self.dim(), "glu"), n = self.size(d);
  WICK_CHECK(n % 2 == 0, "Halving dimension must be even, but dimension ", d, " is size ", n);
  return record("GluBackward0", {self}, in(0), [&] { return self.narrow(d, 0, n / 2) * self.narrow(d, n / 2, n / 2).sigmoid(); },
                [d, n](Backward& b) {
                  const Tensor x = b.in(0).narrow(d, 0, n / 2), gate_value = b.in(0).narrow(d, n / 2, n / 2).sigmoid(), g = b.g() * gate_value;
                  b.grad(0, cat({g, g * x * (1 - gate_value)}, d));
                });
}
Tensor& glu_out(Tensor& out, const Tensor& self, int64_t dim) { return out_from("glu", out, {self}, [&] { return glu(self, dim); }); }

// Derivatives as functions
Tensor silu_backward(const Tensor& grad_output, const Tensor& self) { return act_backward(kSilu, grad_output, self, {}); }
Tensor& silu_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self) { return out_from("silu_backward", grad_input, {grad_output, self}, [&] { return silu_backward(grad_output, self); }); }
Tensor gelu_backward(const Tensor& grad_output, const Tensor& self, std::string_view approximate) { return act_backward(gelu_act(approximate), grad_output, self, {}); }
Tensor& gelu_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, std::string_view approximate) { return out_from("gelu_backward", grad_input, {grad_output, self}, [&] { return gelu_backward(grad_output, self, approximate); }); }
Tensor elu_backward(const Tensor& grad_output, const Scalar& alpha, const Scalar& scale, const Scalar& input_scale, bool is_result, const Tensor& self_or_result) { return elu_gradient(grad_output, alpha, scale, input_scale, is_result, self_or_result); }
Tensor& elu_backward_out(Tensor& grad_input, const Tensor& grad_output, const Scalar& alpha, const Scalar& scale, const Scalar& input_scale, bool is_result, const Tensor& self_or_result) { return out_from("elu_backward", grad_input, {grad_output, self_or_result}, [&] { return elu_backward(grad_output, alpha, scale, input_scale, is_result, self_or_result); }); }
Tensor leaky_relu_backward(const Tensor& grad_output, const Tensor& self, const Scalar& negative_slope, bool self_is_result) { return leaky_gradient(grad_output, self, negative_slope, self_is_result); }
Tensor& leaky_relu_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Scalar& negative_slope, bool self_is_result) { return out_from("leaky_relu_backward", grad_input, {grad_output, self}, [&] { return leaky_relu_backward(grad_output, self, negative_slope, self_is_result); }); }
Tensor threshold_backward(const Tensor& grad_output, const Tensor& self, const Scalar& threshold) { return act_backward(kThreshold, grad_output, self, params(threshold)); }
Tensor& threshold_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Scalar& threshold) { return out_from("threshold_backward", grad_input, {grad_output, self}, [&] { return threshold_backward(grad_output, self, threshold); }); }
Tensor hardtanh_backward(const Tensor& grad_output, const Tensor& self, const Scalar& min_val, const Scalar& max_val) { return act_backward(kHardtanh, grad_output, self, two(min_val, max_val)); }
Tensor& hardtanh_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Scalar& min_val, const Scalar& max_val) { return out_from("hardtanh_backward", grad_input, {grad_output, self}, [&] { return hardtanh_backward(grad_output, self, min_val, max_val); }); }
Tensor hardsigmoid_backward(const Tensor& grad_output, const Tensor& self) { return act_backward(kHardsigmoid, grad_output, self, {}); }
Tensor& hardsigmoid_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self) { return out_from("hardsigmoid_backward", grad_input, {grad_output, self}, [&] { return hardsigmoid_backward(grad_output, self); }); }
Tensor hardswish_backward(const Tensor& grad_output, const Tensor& self) { return act_backward(kHardswish, grad_output, self, {}); }
Tensor& hardswish_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self) { return out_from("hardswish_backward", grad_input, {grad_output, self}, [&] { return hardswish_backward(grad_output, self); }); }
Tensor hardshrink_backward(const Tensor& grad_out, const Tensor& self, const Scalar& lambd) { return act_backward(kHardshrink, grad_out, self, params(lambd)); }
Tensor& hardshrink_backward_out(Tensor& grad_input, const Tensor& grad_out, const Tensor& self, const Scalar& lambd) { return out_from("hardshrink_backward", grad_input, {grad_out, self}, [&] { return hardshrink_backward(grad_out, self, lambd); }); }
Tensor softshrink_backward(const Tensor& grad_output, const Tensor& self, const Scalar& lambd) { return act_backward(kSoftshrink, grad_output, self, shrink_params(lambd)); }
Tensor& softshrink_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Scalar& lambd) { return out_from("softshrink_backward", grad_input, {grad_output, self}, [&] { return softshrink_backward(grad_output, self, lambd); }); }
Tensor softplus_backward(const Tensor& grad_output, const Tensor& self, const Scalar& beta, const Scalar& threshold) { return act_backward(kSoftplus, grad_output, self, params(beta.toDouble(), threshold.toDouble())); }
Tensor& softplus_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Scalar& beta, const Scalar& threshold) { return out_from("softplus_backward", grad_input, {grad_output, self}, [&] { return softplus_backward(grad_output, self, beta, threshold); }); }
Tensor log_sigmoid_backward(const Tensor& grad_output, const Tensor& self, const Tensor&) { return act_backward(kLogSigmoid, grad_output, self, {}); }
Tensor& log_sigmoid_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, const Tensor& buffer) {
  return out_from("log_sigmoid_backward", grad_input, {grad_output, self}, [&] { return log_sigmoid_backward(grad_output, self, buffer); });
}
std::tuple<Tensor, Tensor> log_sigmoid_forward(const Tensor& self) { return {log_sigmoid(self), make_tensor({0}, self.scalar_type())}; }
std::tuple<Tensor&, Tensor&> log_sigmoid_forward_out(Tensor& output, Tensor& buffer, const Tensor& self) {
  log_sigmoid_out(output, self);
  resize_out("log_sigmoid_forward", buffer, {0});
  return {output, buffer};
}
Tensor mish_backward(const Tensor& grad_output, const Tensor& self) { return act_backward(kMish, grad_output, self, {}); }
Tensor infinitely_differentiable_gelu_backward(const Tensor& grad, const Tensor& self) { return act_backward(kGelu, grad, self, {}); }
Tensor glu_backward(const Tensor& grad_output, const Tensor& self, int64_t dim) {
  check_defined("glu_backward", {grad_output, self});
  const int64_t d = wrap_dim(dim, self.dim(), "glu_backward"), n = self.size(d);
  WICK_CHECK(n % 2 == 0, "Halving dimension must be even, but dimension ", d, " is size ", n);
  const Tensor s = self.narrow(d, n / 2, n / 2).sigmoid(), g = grad_output * s;
  return cat({g, g * (1 - s) * self.narrow(d, 0, n / 2)}, d);
}
Tensor& glu_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, int64_t dim) {
  return out_from("glu_backward", grad_input, {grad_output, self}, [&] { return glu_backward(grad_output, self, dim); });
}

}  // namespace wick::inline v1
