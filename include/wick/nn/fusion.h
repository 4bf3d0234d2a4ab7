// nn::utils: layers folded into one, made without initial values, or with weights laid out for channels-last images.
#pragma once

#include <memory>
#include <tuple>

#include <wick/nn/init.h>
#include <wick/nn/module.h>

namespace wick {
namespace nn {
namespace utils {
inline namespace v1 {

/// Weight and bias of a convolution, or a linear layer, that does what it and the batch normalisation behind it do in evaluation. Undefined biases
/// and weights count as zeros and ones; `transpose` is for transposed convolutions.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.fuse_conv_bn_weights.html)
std::tuple<Tensor, Tensor> fuse_conv_bn_weights(const Tensor& conv_w, const Tensor& conv_b, const Tensor& bn_rm, const Tensor& bn_rv, double bn_eps, const Tensor& bn_w,
                                                const Tensor& bn_b, bool transpose = false);
std::tuple<Tensor, Tensor> fuse_linear_bn_weights(const Tensor& linear_w, const Tensor& linear_b, const Tensor& bn_rm, const Tensor& bn_rv, double bn_eps, const Tensor& bn_w,
                                                  const Tensor& bn_b);

namespace detail {
void check_fusion(const Module& layer, const Module& norm, const Tensor& mean, const Tensor& var);
void check_features(int64_t out_features, int64_t num_features);
// Registers other parameters in the place of those of these names.
void set_parameters(Module& module, const std::tuple<Tensor, Tensor>& weight_and_bias);
}  // namespace detail

/// A copy of a convolution, or a linear layer, with the batch normalisation behind it folded in: `Conv2d fused = fuse_conv_bn_eval(conv, bn)`.
/// Errors: layers that are not in evaluation mode, a normalisation without running statistics.
template <class Conv, class Norm>
Conv fuse_conv_bn_eval(const Conv& conv, const Norm& bn, bool transpose = false) {
  detail::check_fusion(*conv, *bn, bn->running_mean, bn->running_var);
  Conv fused(std::dynamic_pointer_cast<typename Conv::ContainedType>(conv->clone()));
  std::tie(fused->weight, fused->bias) = fuse_conv_bn_weights(conv->weight, conv->bias, bn->running_mean, bn->running_var, bn->options.eps(), bn->weight, bn->bias, transpose);
  fused->options.bias(true);
  detail::set_parameters(*fused, {fused->weight, fused->bias});
  fused->eval();
  return fused;
}
template <class Linear, class Norm>
Linear fuse_linear_bn_eval(const Linear& linear, const Norm& bn) {
  detail::check_fusion(*linear, *bn, bn->running_mean, bn->running_var);
  detail::check_features(linear->options.out_features(), bn->options.num_features());
  Linear fused(std::dynamic_pointer_cast<typename Linear::ContainedType>(linear->clone()));
  std::tie(fused->weight, fused->bias) = fuse_linear_bn_weights(linear->weight, linear->bias, bn->running_mean, bn->running_var, bn->options.eps(), bn->weight, bn->bias);
  fused->options.bias(true);
  detail::set_parameters(*fused, {fused->weight, fused->bias});
  fused->eval();
  return fused;
}

/// Makes a layer without initialising its parameters, and draws nothing: `auto fc = skip_init<nn::Linear>(4, 2);`.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.skip_init.html)
template <class M, class... Args>
M skip_init(Args&&... args) {
  init::SkipInit off;
  return M(std::forward<Args>(args)...);
}

/// Lays out the weights of all convolutions of images, or volumes, below a module as `format` says; their results then come in that format.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.convert_conv2d_weight_memory_format.html)
void convert_conv2d_weight_memory_format(Module& module, MemoryFormat format);
void convert_conv3d_weight_memory_format(Module& module, MemoryFormat format);

}  // namespace v1
}  // namespace utils
}  // namespace nn
}  // namespace wick
