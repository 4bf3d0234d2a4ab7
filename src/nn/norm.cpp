#include <wick/nn/norm.h>

#include <algorithm>

#include <wick/autograd.h>

#include "nn/common.h"
#include "nn/sync.h"

namespace wick::nn {
inline namespace v1 {
namespace {

void check_dim(const char* layer, const Tensor& input, int64_t a, int64_t b) {
  WICK_CHECK_TYPE(ValueError, input.dim() == a || input.dim() == b, layer, ": expected ", b, "D or ", a, "D input (got ", input.dim(), "D input)");
}
template <class O>
const char* kind_of();
template <> const char* kind_of<BatchNormOptions>() { return "BatchNorm"; }
template <> const char* kind_of<InstanceNormOptions>() { return "InstanceNorm"; }

void print_momentum(std::ostream& stream, const std::optional<double>& m) {
  if (m) stream << *m;
  else stream << "None";
}
template <class O>
void print_norm(std::ostream& stream, const std::string& kind, const O& o) {
  stream << "torch::nn::" << kind << '(' << o.num_features() << ", eps=" << o.eps() << ", momentum=";
  print_momentum(stream, o.momentum());
  stream << ", affine=" << yes_no(o.affine()) << ", track_running_stats=" << yes_no(o.track_running_stats()) << ')';
}
void print_shape(std::ostream& stream, const char* kind, const std::vector<int64_t>& shape) { stream << "torch::nn::" << kind << '(' << IntArrayRef(shape); }

// Sums over neighbouring channels of images. As in PyTorch, channel 0 stays in the window for good, and the first channel to leave is 1.
Tensor window_sums(const Tensor& squares, int64_t size) {
  const int64_t channels = squares.size(1), ahead = (size - 1) / 2 + 1;
  std::vector<Tensor> sums{squares.slice(1, 0, std::min(ahead, channels)).sum(1)};
  for (int64_t c = 1; c < channels; ++c) {
    Tensor sum = sums.back();
    if (c < channels - ahead + 1) sum = sum + squares.select(1, c + ahead - 1);
    if (c > ahead) sum = sum - squares.select(1, c - ahead);
    sums.push_back(sum);
  }
  return wick::stack(sums, 1);
}

// x / (k + alpha/size sum of squares)^beta with the gradient that PyTorch gives. It is not quite the derivative: the window of backward, which
// ends `ahead` channels behind where the window of forward does, is part of what this layer is known for.
struct CrossMapNormalised : autograd::Function<CrossMapNormalised> {
  static Tensor forward(autograd::AutogradContext* ctx, const Tensor& input, int64_t size, double alpha, double beta, int64_t k) {
    const Tensor scale = window_sums(input * input, size).mul(alpha / static_cast<double>(size)).add(k), output = input * scale.pow(-beta);
    ctx->save_for_backward({input, output, scale});
    ctx->saved_data["size"] = size;
    ctx->saved_data["alpha"] = alpha;
    ctx->saved_data["beta"] = beta;
    return output;
  }
  static autograd::variable_list backward(autograd::AutogradContext* ctx, autograd::variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const Tensor &input = saved[0], &output = saved[1], &scale = saved[2];
    const int64_t size = ctx->saved_data["size"].toInt(), before = std::min(size - 1, (size + 1) / 2);
    const double alpha = ctx->saved_data["alpha"].toDouble(), beta = ctx->saved_data["beta"].toDouble();
    const Tensor ratios = wick::constant_pad_nd(grads[0] * output / scale, {0, 0, 0, 0, before, size - 1 - before}).unfold(1, size, 1).sum(-1);
    return {grads[0] * scale.pow(-beta) - 2 * alpha * beta / static_cast<double>(size) * input * ratios, {}, {}, {}, {}};
  }
};

// One step of batch normalisation; counts the batches.
template <class M>
Tensor batch_norm(M& m, const Tensor& input, detail::SyncNorm* sync = nullptr) {
  m.refresh_tensors();
  const auto& o = m.options;
  double factor = o.momentum().value_or(0.0);
  if (m.is_training() && o.track_running_stats() && m.num_batches_tracked.defined()) {
    m.num_batches_tracked += 1;
    if (!o.momentum()) factor = 1.0 / m.num_batches_tracked.template item<double>();
  }
  if (sync && m.is_training()) return sync(input, m.weight, m.bias, m.running_mean, m.running_var, factor, o.eps());
  return functional::batch_norm(input, m.running_mean, m.running_var, functional::BatchNormFuncOptions().weight(m.weight).bias(m.bias)
      .training(m.is_training() || !o.track_running_stats()).momentum(factor).eps(o.eps()));
}

template <class M>
Tensor instance_norm(M& m, const Tensor& input) {
  m.refresh_tensors();
  const auto& o = m.options;
  return functional::instance_norm(input, functional::InstanceNormFuncOptions().running_mean(m.running_mean).running_var(m.running_var).weight(m.weight).bias(m.bias)
      .use_input_stats(m.is_training() || !o.track_running_stats()).momentum(o.momentum()).eps(o.eps()));
}

}  // namespace

template <size_t D, class Derived, class Options>
NormImplBase<D, Derived, Options>::NormImplBase(const Options& options_) : options(options_) { NormImplBase::reset(); }

template <size_t D, class Derived, class Options>
NormImplBase<D, Derived, Options>::NormImplBase(const Options& options_, detail::Later) : options(options_) {}

template <size_t D, class Derived, class Options>
void NormImplBase<D, Derived, Options>::reset() {
  const int64_t n = options.num_features();
  weight = this->register_parameter("weight", options.affine() ? wick::empty({n}) : Tensor(), options.affine());
  const bool with_bias = options.affine() && options.bias();
  bias = this->register_parameter("bias", with_bias ? wick::empty({n}) : Tensor(), with_bias);
  const bool track = options.track_running_stats();
  running_mean = this->register_buffer("running_mean", track ? wick::zeros({n}) : Tensor());
  running_var = this->register_buffer("running_var", track ? wick::ones({n}) : Tensor());
  num_batches_tracked = this->register_buffer("num_batches_tracked", track ? wick::zeros({}, kLong) : Tensor());
  reset_parameters();
}
template <size_t D, class Derived, class Options>
void NormImplBase<D, Derived, Options>::reset_running_stats() {
  if (!options.track_running_stats()) return;
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}
template <size_t D, class Derived, class Options>
void NormImplBase<D, Derived, Options>::reset_parameters() {
  reset_running_stats();
  if (!options.affine()) return;
  init::ones_(weight);
  if (bias.defined()) init::zeros_(bias);
}
template <size_t D, class Derived, class Options>
void NormImplBase<D, Derived, Options>::pretty_print(std::ostream& stream) const {
  print_norm(stream, str(kind_of<Options>(), D, 'd'), options);
}

#define WICK_NORM(D)                                                                                                                 \
  BatchNorm##D##dImpl::BatchNorm##D##dImpl(const BatchNormOptions& options_, detail::Later later) : NormImplBase(options_, later) {}  \
  InstanceNorm##D##dImpl::InstanceNorm##D##dImpl(const InstanceNormOptions& options_, detail::Later later) : NormImplBase(options_, later) {} \
  BatchNorm##D##dImpl::BatchNorm##D##dImpl(const BatchNormOptions& options_) : NormImplBase(options_) {}                             \
  void BatchNorm##D##dImpl::_check_input_dim(const Tensor& input) { check_dim("BatchNorm" #D "d", input, D + 2, D == 1 ? 2 : D + 2); } \
  Tensor BatchNorm##D##dImpl::forward(const Tensor& input) { _check_input_dim(input); return batch_norm(*this, input); }             \
  template class NormImplBase<D, BatchNorm##D##dImpl, BatchNormOptions>;                                                             \
  InstanceNorm##D##dImpl::InstanceNorm##D##dImpl(const InstanceNormOptions& options_) : NormImplBase(options_) {}                    \
  void InstanceNorm##D##dImpl::_check_input_dim(const Tensor& input) { check_dim("InstanceNorm" #D "d", input, D + 2, D + 1); }      \
  Tensor InstanceNorm##D##dImpl::forward(const Tensor& input) {                                                                      \
    _check_input_dim(input);                                                                                                         \
    return input.dim() == D + 1 ? instance_norm(*this, input.unsqueeze(0)).squeeze(0) : instance_norm(*this, input);                 \
  }                                                                                                                                  \
  template class NormImplBase<D, InstanceNorm##D##dImpl, InstanceNormOptions>;
WICK_NORM(1)
WICK_NORM(2)
WICK_NORM(3)
#undef WICK_NORM

namespace detail { std::atomic<SyncNorm*> sync_norm{nullptr}; }
template class NormImplBase<0, SyncBatchNormImpl, BatchNormOptions>;
SyncBatchNormImpl::SyncBatchNormImpl(const BatchNormOptions& options_) : NormImplBase(options_) {}
void SyncBatchNormImpl::pretty_print(std::ostream& stream) const { print_norm(stream, "SyncBatchNorm", options); }
Tensor SyncBatchNormImpl::forward(const Tensor& input) {
  WICK_CHECK_TYPE(ValueError, input.dim() >= 2, "SyncBatchNorm: expected at least 2D input (got ", input.dim(), "D input)");
  WICK_CHECK_TYPE(ValueError, input.size(1) != 0, "SyncBatchNorm number of input channels should be non-zero");
  return batch_norm(*this, input, detail::sync_norm);
}

namespace {

template <class B>
std::shared_ptr<Module> synchronised(const Module& module) {
  const auto* from = dynamic_cast<const B*>(&module);
  if (!from) return nullptr;
  auto to = std::make_shared<SyncBatchNormImpl>(from->options);
  const auto share = [](const OrderedDict<std::string, Tensor>& source, OrderedDict<std::string, Tensor> target) {
    for (auto& item : target) {
      item.value().set_data(source[item.key()]);
      item.value().set_requires_grad(source[item.key()].requires_grad());
    }
  };
  share(from->named_parameters(false), to->named_parameters(false));
  share(from->named_buffers(false), to->named_buffers(false));
  to->train(from->is_training());
  return to;
}

}  // namespace

std::shared_ptr<Module> SyncBatchNormImpl::convert_sync_batchnorm(const std::shared_ptr<Module>& module) {
  WICK_CHECK(module != nullptr, "convert_sync_batchnorm: the module is empty (a null pointer)");
  for (const auto make : {synchronised<BatchNorm1dImpl>, synchronised<BatchNorm2dImpl>, synchronised<BatchNorm3dImpl>})
    if (auto converted = make(*module)) return converted;
  for (const auto& child : module->named_children()) {
    auto converted = convert_sync_batchnorm(child.value());
    if (converted != child.value()) module->replace_module(child.key(), std::static_pointer_cast<SyncBatchNormImpl>(converted));  // typed: a Sequential calls it
  }
  return module;
}

LayerNormImpl::LayerNormImpl(std::vector<int64_t> normalized_shape) : LayerNormImpl(LayerNormOptions(std::move(normalized_shape))) {}
LayerNormImpl::LayerNormImpl(LayerNormOptions options_) : options(std::move(options_)) { LayerNormImpl::reset(); }
void LayerNormImpl::reset() {
  const bool affine = options.elementwise_affine();
  weight = register_parameter("weight", affine ? wick::empty(options.normalized_shape()) : Tensor(), affine);
  const bool with_bias = affine && options.bias();
  bias = register_parameter("bias", with_bias ? wick::empty(options.normalized_shape()) : Tensor(), with_bias);
  reset_parameters();
}
void LayerNormImpl::reset_parameters() {
  if (!options.elementwise_affine()) return;
  init::ones_(weight);
  if (bias.defined()) init::zeros_(bias);
}
void LayerNormImpl::pretty_print(std::ostream& stream) const {
  print_shape(stream, "LayerNorm", options.normalized_shape());
  stream << ", eps=" << options.eps() << ", elementwise_affine=" << yes_no(options.elementwise_affine()) << ')';
}
Tensor LayerNormImpl::forward(const Tensor& input) {
  refresh_tensors();
  return wick::layer_norm(input, options.normalized_shape(), maybe(weight), maybe(bias), options.eps());
}

RMSNormImpl::RMSNormImpl(std::vector<int64_t> normalized_shape) : RMSNormImpl(RMSNormOptions(std::move(normalized_shape))) {}
RMSNormImpl::RMSNormImpl(RMSNormOptions options_) : options(std::move(options_)) { RMSNormImpl::reset(); }
void RMSNormImpl::reset() {
  const bool affine = options.elementwise_affine();
  weight = register_parameter("weight", affine ? wick::empty(options.normalized_shape()) : Tensor(), affine);
  reset_parameters();
}
void RMSNormImpl::reset_parameters() {
  if (weight.defined()) init::ones_(weight);
}
void RMSNormImpl::pretty_print(std::ostream& stream) const {
  print_shape(stream, "RMSNorm", options.normalized_shape());
  stream << ", eps=";
  print_momentum(stream, options.eps());
  stream << ", elementwise_affine=" << yes_no(options.elementwise_affine()) << ')';
}
Tensor RMSNormImpl::forward(const Tensor& input) {
  refresh_tensors();
  return wick::rms_norm(input, options.normalized_shape(), maybe(weight), options.eps());
}

GroupNormImpl::GroupNormImpl(int64_t num_groups, int64_t num_channels) : GroupNormImpl(GroupNormOptions(num_groups, num_channels)) {}
GroupNormImpl::GroupNormImpl(const GroupNormOptions& options_) : options(options_) { GroupNormImpl::reset(); }
void GroupNormImpl::reset() {
  WICK_CHECK_TYPE(ValueError, options.num_groups() > 0 && options.num_channels() % options.num_groups() == 0, "num_channels must be divisible by num_groups (",
                  options.num_channels(), " by ", options.num_groups(), ")");
  weight = register_parameter("weight", options.affine() ? wick::empty({options.num_channels()}) : Tensor(), options.affine());
  const bool with_bias = options.affine() && options.bias();
  bias = register_parameter("bias", with_bias ? wick::empty({options.num_channels()}) : Tensor(), with_bias);
  reset_parameters();
}
void GroupNormImpl::reset_parameters() {
  if (!options.affine()) return;
  init::ones_(weight);
  if (bias.defined()) init::zeros_(bias);
}
void GroupNormImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::GroupNorm(" << options.num_groups() << ", " << options.num_channels() << ", eps=" << options.eps() << ", affine=" << yes_no(options.affine()) << ')';
}
Tensor GroupNormImpl::forward(const Tensor& input) {
  refresh_tensors();
  return wick::group_norm(input, options.num_groups(), maybe(weight), maybe(bias), options.eps());
}

LocalResponseNormImpl::LocalResponseNormImpl(int64_t size) : LocalResponseNormImpl(LocalResponseNormOptions(size)) {}
LocalResponseNormImpl::LocalResponseNormImpl(const LocalResponseNormOptions& options_) : options(options_) {}
void LocalResponseNormImpl::reset() {}
void LocalResponseNormImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::LocalResponseNorm(" << options.size() << ", alpha=" << options.alpha() << ", beta=" << options.beta() << ", k=" << options.k() << ')';
}
Tensor LocalResponseNormImpl::forward(const Tensor& input) { return functional::local_response_norm(input, options); }

CrossMapLRN2dImpl::CrossMapLRN2dImpl(int64_t size) : CrossMapLRN2dImpl(CrossMapLRN2dOptions(size)) {}
CrossMapLRN2dImpl::CrossMapLRN2dImpl(const CrossMapLRN2dOptions& options_) : options(options_) {}
void CrossMapLRN2dImpl::reset() {}
void CrossMapLRN2dImpl::pretty_print(std::ostream& stream) const {
  stream << "torch::nn::CrossMapLRN2d(" << options.size() << ", alpha=" << options.alpha() << ", beta=" << options.beta() << ", k=" << options.k() << ')';
}
Tensor CrossMapLRN2dImpl::forward(const Tensor& input) {
  WICK_CHECK_TYPE(ValueError, input.dim() == 4, "CrossMapLRN2d: Expected 4D input, got ", input.sizes());
  return CrossMapNormalised::apply(input, options.size(), options.alpha(), options.beta(), options.k());
}

}  // namespace v1

namespace functional::inline v1 {

Tensor batch_norm(const Tensor& input, const Tensor& running_mean, const Tensor& running_var, const BatchNormFuncOptions& o) {
  WICK_CHECK_TYPE(ValueError, input.dim() >= 2, "Expected at least 2 input dimensions, but got ", input.dim());
  if (o.training()) {
    int64_t values = input.size(0);
    for (int64_t i = 2; i < input.dim(); ++i) values *= input.size(i);
    WICK_CHECK_TYPE(ValueError, values != 1, "Expected more than 1 value per channel when training, got input size ", input.sizes());
  }
  return wick::batch_norm(input, maybe(o.weight()), maybe(o.bias()), maybe(running_mean), maybe(running_var), o.training(), o.momentum(), o.eps(), false);
}

Tensor instance_norm(const Tensor& input, const InstanceNormFuncOptions& o) {
  return wick::instance_norm(input, maybe(o.weight()), maybe(o.bias()), maybe(o.running_mean()), maybe(o.running_var()), o.use_input_stats(), o.momentum(), o.eps(), false);
}
Tensor layer_norm(const Tensor& input, const LayerNormFuncOptions& o) {
  return wick::layer_norm(input, o.normalized_shape(), maybe(o.weight()), maybe(o.bias()), o.eps());
}
Tensor group_norm(const Tensor& input, const GroupNormFuncOptions& o) {
  return wick::group_norm(input, o.num_groups(), maybe(o.weight()), maybe(o.bias()), o.eps());
}

Tensor local_response_norm(const Tensor& input, const LocalResponseNormFuncOptions& o) {
  WICK_CHECK_TYPE(ValueError, input.dim() >= 3, "Expected 3D or higher dimensionality input (got ", input.dim(), " dimensions)");
  const int64_t before = o.size() / 2, after = (o.size() - 1) / 2;
  Tensor div = input.mul(input).unsqueeze(1);
  if (input.dim() == 3) {
    div = wick::avg_pool2d(wick::constant_pad_nd(div, {0, 0, before, after}), {o.size(), 1}, 1).squeeze(1);
  } else {
    div = div.reshape({input.size(0), 1, input.size(1), input.size(2), -1});
    div = wick::avg_pool3d(wick::constant_pad_nd(div, {0, 0, 0, 0, before, after}), {o.size(), 1, 1}, 1).squeeze(1).reshape(input.sizes());
  }
  return input / div.mul(o.alpha()).add(o.k()).pow(o.beta());
}

Tensor normalize(const Tensor& input, NormalizeFuncOptions o) {
  const Tensor norm = input.norm(o.p(), o.dim(), true).clamp_min(o.eps()).expand_as(input);
  if (!o.out()) return input / norm;
  return wick::div_out(*o.out(), input, norm);
}

}  // namespace functional::inline v1
}  // namespace wick::nn
