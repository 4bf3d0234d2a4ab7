#include <wick/nn/activation.h>

#include "nn/common.h"

namespace wick::nn {
inline namespace v1 {
namespace {

const char* inplace(bool on) { return on ? ", inplace=true" : ""; }
const char* only_inplace(bool on) { return on ? "inplace=true" : ""; }

Tensor softmax_over_channels(const Tensor& input) {
  WICK_CHECK_TYPE(ValueError, input.dim() == 4 || input.dim() == 3, "Softmax2d requires a 3D or 4D tensor as input, got ", input.sizes());
  return wick::softmax(input, -3);
}

}  // namespace

ELUImpl::ELUImpl(const ELUOptions& options_) : options(options_) {}
void ELUImpl::reset() {}
void ELUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::ELU(alpha=" << options.alpha() << inplace(options.inplace()) << ')'; }
Tensor ELUImpl::forward(Tensor input) { return functional::elu(std::move(input), options); }

SELUImpl::SELUImpl(const SELUOptions& options_) : options(options_) {}
void SELUImpl::reset() {}
void SELUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::SELU(" << only_inplace(options.inplace()) << ')'; }
Tensor SELUImpl::forward(Tensor input) { return functional::selu(std::move(input), options); }

CELUImpl::CELUImpl(const CELUOptions& options_) : options(options_) {}
void CELUImpl::reset() {}
void CELUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::CELU(alpha=" << options.alpha() << inplace(options.inplace()) << ')'; }
Tensor CELUImpl::forward(Tensor input) { return functional::celu(std::move(input), options); }

ReLUImpl::ReLUImpl(const ReLUOptions& options_) : options(options_) {}
void ReLUImpl::reset() {}
void ReLUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::ReLU(" << only_inplace(options.inplace()) << ')'; }
Tensor ReLUImpl::forward(Tensor input) { return functional::relu(std::move(input), options); }

ReLU6Impl::ReLU6Impl(const ReLU6Options& options_) : options(options_) {}
void ReLU6Impl::reset() {}
void ReLU6Impl::pretty_print(std::ostream& stream) const { stream << "torch::nn::ReLU6(" << only_inplace(options.inplace()) << ')'; }
Tensor ReLU6Impl::forward(Tensor input) { return functional::relu6(std::move(input), options); }

RReLUImpl::RReLUImpl(const RReLUOptions& options_) : options(options_) {}
void RReLUImpl::reset() {}
void RReLUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::RReLU(lower=" << options.lower() << ", upper=" << options.upper() << inplace(options.inplace()) << ')'; }
Tensor RReLUImpl::forward(Tensor input) { return functional::rrelu(std::move(input), functional::RReLUFuncOptions().lower(options.lower()).upper(options.upper()).training(is_training()).inplace(options.inplace())); }

LeakyReLUImpl::LeakyReLUImpl(const LeakyReLUOptions& options_) : options(options_) {}
void LeakyReLUImpl::reset() {}
void LeakyReLUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::LeakyReLU(negative_slope=" << options.negative_slope() << inplace(options.inplace()) << ')'; }
Tensor LeakyReLUImpl::forward(Tensor input) { return functional::leaky_relu(std::move(input), options); }

PReLUImpl::PReLUImpl(const PReLUOptions& options_) : options(options_) { PReLUImpl::reset(); }
void PReLUImpl::reset() { weight = register_parameter("weight", full({options.num_parameters()}, options.init())); }
void PReLUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::PReLU(num_parameters=" << options.num_parameters() << ')'; }
Tensor PReLUImpl::forward(const Tensor& input) {
  refresh_tensors();
  return functional::prelu(input, weight);
}

HardtanhImpl::HardtanhImpl(const HardtanhOptions& options_) : options(options_) { HardtanhImpl::reset(); }
void HardtanhImpl::reset() { WICK_CHECK_TYPE(ValueError, options.min_val() < options.max_val(), "max_val must be greater than min_val, got ", options.max_val(), " and ", options.min_val()); }
void HardtanhImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Hardtanh(min_val=" << options.min_val() << ", max_val=" << options.max_val() << inplace(options.inplace()) << ')'; }
Tensor HardtanhImpl::forward(Tensor input) { return functional::hardtanh(std::move(input), options); }

HardsigmoidImpl::HardsigmoidImpl(const HardsigmoidOptions& options_) : options(options_) {}
void HardsigmoidImpl::reset() {}
void HardsigmoidImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Hardsigmoid(" << only_inplace(options.inplace()) << ')'; }
Tensor HardsigmoidImpl::forward(Tensor input) { return functional::hardsigmoid(std::move(input), options); }

HardswishImpl::HardswishImpl(const HardswishOptions& options_) : options(options_) {}
void HardswishImpl::reset() {}
void HardswishImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Hardswish(" << only_inplace(options.inplace()) << ')'; }
Tensor HardswishImpl::forward(Tensor input) { return functional::hardswish(std::move(input), options); }

HardshrinkImpl::HardshrinkImpl(const HardshrinkOptions& options_) : options(options_) {}
void HardshrinkImpl::reset() {}
void HardshrinkImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Hardshrink(" << options.lambda() << ')'; }
Tensor HardshrinkImpl::forward(const Tensor& input) { return functional::hardshrink(input, options); }

SoftshrinkImpl::SoftshrinkImpl(const SoftshrinkOptions& options_) : options(options_) {}
void SoftshrinkImpl::reset() {}
void SoftshrinkImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Softshrink(" << options.lambda() << ')'; }
Tensor SoftshrinkImpl::forward(const Tensor& input) { return functional::softshrink(input, options); }

ThresholdImpl::ThresholdImpl(double threshold, double value) : ThresholdImpl(ThresholdOptions(threshold, value)) {}
ThresholdImpl::ThresholdImpl(const ThresholdOptions& options_) : options(options_) {}
void ThresholdImpl::reset() {}
void ThresholdImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Threshold(threshold=" << options.threshold() << ", value=" << options.value() << inplace(options.inplace()) << ')'; }
Tensor ThresholdImpl::forward(Tensor input) { return functional::threshold(std::move(input), options); }

GELUImpl::GELUImpl(const GELUOptions& options_) : options(options_) {}
void GELUImpl::reset() {}
void GELUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::GELU()"; }
Tensor GELUImpl::forward(const Tensor& input) { return functional::gelu(input, options); }

GLUImpl::GLUImpl(const GLUOptions& options_) : options(options_) {}
void GLUImpl::reset() {}
void GLUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::GLU(dim=" << options.dim() << ')'; }
Tensor GLUImpl::forward(const Tensor& input) { return functional::glu(input, options); }

SoftplusImpl::SoftplusImpl(const SoftplusOptions& options_) : options(options_) {}
void SoftplusImpl::reset() {}
void SoftplusImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Softplus(beta=" << options.beta() << ", threshold=" << options.threshold() << ')'; }
Tensor SoftplusImpl::forward(const Tensor& input) { return functional::softplus(input, options); }

LogSigmoidImpl::LogSigmoidImpl() = default;
void LogSigmoidImpl::reset() {}
void LogSigmoidImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::LogSigmoid()"; }
Tensor LogSigmoidImpl::forward(const Tensor& input) { return functional::logsigmoid(input); }

SigmoidImpl::SigmoidImpl() = default;
void SigmoidImpl::reset() {}
void SigmoidImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Sigmoid()"; }
Tensor SigmoidImpl::forward(const Tensor& input) { return sigmoid(input); }

TanhImpl::TanhImpl() = default;
void TanhImpl::reset() {}
void TanhImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Tanh()"; }
Tensor TanhImpl::forward(const Tensor& input) { return tanh(input); }

TanhshrinkImpl::TanhshrinkImpl() = default;
void TanhshrinkImpl::reset() {}
void TanhshrinkImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Tanhshrink()"; }
Tensor TanhshrinkImpl::forward(const Tensor& input) { return functional::tanhshrink(input); }

SoftsignImpl::SoftsignImpl() = default;
void SoftsignImpl::reset() {}
void SoftsignImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Softsign()"; }
Tensor SoftsignImpl::forward(const Tensor& input) { return functional::softsign(input); }

SiLUImpl::SiLUImpl() = default;
void SiLUImpl::reset() {}
void SiLUImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::SiLU()"; }
Tensor SiLUImpl::forward(const Tensor& input) { return functional::silu(input); }

MishImpl::MishImpl() = default;
void MishImpl::reset() {}
void MishImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Mish()"; }
Tensor MishImpl::forward(const Tensor& input) { return functional::mish(input); }

SoftmaxImpl::SoftmaxImpl(int64_t dim) : SoftmaxImpl(SoftmaxOptions(dim)) {}
SoftmaxImpl::SoftmaxImpl(const SoftmaxOptions& options_) : options(options_) {}
void SoftmaxImpl::reset() {}
void SoftmaxImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Softmax(dim=" << options.dim() << ')'; }
Tensor SoftmaxImpl::forward(const Tensor& input) { return functional::softmax(input, options.dim()); }

SoftminImpl::SoftminImpl(int64_t dim) : SoftminImpl(SoftminOptions(dim)) {}
SoftminImpl::SoftminImpl(const SoftminOptions& options_) : options(options_) {}
void SoftminImpl::reset() {}
void SoftminImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Softmin(dim=" << options.dim() << ')'; }
Tensor SoftminImpl::forward(const Tensor& input) { return functional::softmin(input, options.dim()); }

LogSoftmaxImpl::LogSoftmaxImpl(int64_t dim) : LogSoftmaxImpl(LogSoftmaxOptions(dim)) {}
LogSoftmaxImpl::LogSoftmaxImpl(const LogSoftmaxOptions& options_) : options(options_) {}
void LogSoftmaxImpl::reset() {}
void LogSoftmaxImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::LogSoftmax(dim=" << options.dim() << ')'; }
Tensor LogSoftmaxImpl::forward(const Tensor& input) { return functional::log_softmax(input, options.dim()); }

Softmax2dImpl::Softmax2dImpl() = default;
void Softmax2dImpl::reset() {}
void Softmax2dImpl::pretty_print(std::ostream& stream) const { stream << "torch::nn::Softmax2d()"; }
Tensor Softmax2dImpl::forward(const Tensor& input) { return softmax_over_channels(input); }
}  // namespace v1

namespace functional::inline v1 {

Tensor elu(Tensor input, const ELUFuncOptions& o) { return o.inplace() ? wick::elu_(input, o.alpha()) : wick::elu(input, o.alpha()); }
Tensor selu(Tensor input, const SELUFuncOptions& o) { return o.inplace() ? wick::selu_(input) : wick::selu(input); }
Tensor celu(Tensor input, const CELUFuncOptions& o) { return o.inplace() ? wick::celu_(input, o.alpha()) : wick::celu(input, o.alpha()); }
Tensor relu(Tensor input, const ReLUFuncOptions& o) { return o.inplace() ? wick::relu_(input) : wick::relu(input); }
Tensor relu6(Tensor input, const ReLU6FuncOptions& o) { return o.inplace() ? wick::relu6_(input) : wick::relu6(input); }
Tensor rrelu(Tensor input, const RReLUFuncOptions& o) {
  return o.inplace() ? wick::rrelu_(input, o.lower(), o.upper(), o.training()) : wick::rrelu(input, o.lower(), o.upper(), o.training());
}
Tensor leaky_relu(Tensor input, const LeakyReLUFuncOptions& o) { return o.inplace() ? wick::leaky_relu_(input, o.negative_slope()) : wick::leaky_relu(input, o.negative_slope()); }
Tensor prelu(const Tensor& input, const Tensor& weight) { return wick::prelu(input, weight); }
Tensor hardtanh(Tensor input, const HardtanhFuncOptions& o) {
  return o.inplace() ? wick::hardtanh_(input, o.min_val(), o.max_val()) : wick::hardtanh(input, o.min_val(), o.max_val());
}
Tensor hardsigmoid(Tensor input, const HardsigmoidFuncOptions& o) { return o.inplace() ? wick::hardsigmoid_(input) : wick::hardsigmoid(input); }
Tensor hardswish(Tensor input, const HardswishFuncOptions& o) { return o.inplace() ? wick::hardswish_(input) : wick::hardswish(input); }
Tensor hardshrink(const Tensor& input, const HardshrinkFuncOptions& o) { return wick::hardshrink(input, o.lambda()); }
Tensor softshrink(const Tensor& input, const SoftshrinkFuncOptions& o) { return wick::softshrink(input, o.lambda()); }
Tensor threshold(Tensor input, const ThresholdFuncOptions& o) {
  return o.inplace() ? wick::threshold_(input, o.threshold(), o.value()) : wick::threshold(input, o.threshold(), o.value());
}
Tensor gelu(const Tensor& input, const GELUFuncOptions& o) { return wick::gelu(input, o.approximate()); }
Tensor glu(const Tensor& input, const GLUFuncOptions& o) {
  WICK_CHECK(input.dim() != 0, "glu does not support scalars because halving size must be even");
  return wick::glu(input, o.dim());
}
Tensor softplus(const Tensor& input, const SoftplusFuncOptions& o) { return wick::softplus(input, o.beta(), o.threshold()); }
Tensor logsigmoid(const Tensor& input) { return wick::log_sigmoid(input); }
Tensor silu(const Tensor& input) { return wick::silu(input); }
Tensor mish(const Tensor& input) { return wick::mish(input); }
Tensor softsign(const Tensor& input) { return input / (input.abs() + 1); }
Tensor tanhshrink(const Tensor& input) { return input - input.tanh(); }
Tensor softmax(const Tensor& input, const SoftmaxFuncOptions& o) { return wick::softmax(input, o.dim(), o.dtype()); }
Tensor softmin(const Tensor& input, const SoftminFuncOptions& o) { return wick::softmax(-input, o.dim(), o.dtype()); }
Tensor log_softmax(const Tensor& input, const LogSoftmaxFuncOptions& o) { return wick::log_softmax(input, o.dim(), o.dtype()); }

Tensor gumbel_softmax(const Tensor& logits, const GumbelSoftmaxFuncOptions& o) {
  const Tensor gumbels = -wick::empty_like(logits).exponential_().log();
  const Tensor soft = ((logits + gumbels) / o.tau()).softmax(o.dim());
  if (!o.hard()) return soft;
  const Tensor index = std::get<1>(soft.max(o.dim(), true));
  const Tensor hard = wick::zeros_like(logits).scatter_(o.dim(), index, 1.0);
  return hard - soft.detach() + soft;  // one-hot value, gradient of the soft choice
}

}  // namespace functional::inline v1
}  // namespace wick::nn
