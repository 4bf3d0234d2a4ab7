#include <wick/nn/fusion.h>

#include <wick/nn/conv.h>

#include "nn/access.h"
#include "nn/common.h"

namespace wick::nn::utils::inline v1 {
namespace {

Tensor parameter(const Tensor& value, bool requires_grad) { return value.detach().clone().set_requires_grad(requires_grad); }

template <class... Conv>
void convert(Module& module, MemoryFormat format) {
  NoGradGuard off;
  module.apply([format](Module& m) {
    const auto lay_out = [format](auto* conv) {
      if (conv) conv->weight.set_data(conv->weight.detach().contiguous(format));
    };
    (lay_out(dynamic_cast<Conv*>(&m)), ...);
  });
}

}  // namespace

std::tuple<Tensor, Tensor> fuse_conv_bn_weights(const Tensor& conv_w, const Tensor& conv_b, const Tensor& bn_rm, const Tensor& bn_rv, double bn_eps, const Tensor& bn_w, const Tensor& bn_b,
                                                bool transpose) {
  NoGradGuard off;
  std::vector<int64_t> sizes(static_cast<size_t>(conv_w.dim()), 1);
  sizes[transpose ? 1 : 0] = -1;
  Tensor scale = wick::rsqrt(bn_rv + bn_eps);
  if (bn_w.defined()) scale = scale * bn_w;
  const Tensor w = (conv_w * scale.reshape(sizes)).to(conv_w.scalar_type());
  Tensor b = (conv_b.defined() ? conv_b - bn_rm : -bn_rm) * scale;
  if (bn_b.defined()) b = b + bn_b;
  b = b.to(conv_b.defined() ? conv_b.scalar_type() : conv_w.scalar_type());
  return {parameter(w, conv_w.requires_grad()), parameter(b, conv_b.defined() && conv_b.requires_grad())};
}
std::tuple<Tensor, Tensor> fuse_linear_bn_weights(const Tensor& linear_w, const Tensor& linear_b, const Tensor& bn_rm, const Tensor& bn_rv, double bn_eps, const Tensor& bn_w,
                                                  const Tensor& bn_b) {
  return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b);
}

namespace detail {

void check_fusion(const Module& layer, const Module& norm, const Tensor& mean, const Tensor& var) {
  WICK_CHECK(!layer.is_training() && !norm.is_training(), "fusion is for evaluation: call eval() on ", layer.name(), " and ", norm.name(), " first");
  WICK_CHECK(mean.defined() && var.defined(), "fusion needs the running statistics of ", norm.name(), ", which it does not track");
}
void check_features(int64_t out_features, int64_t num_features) {
  WICK_CHECK(out_features == num_features || num_features == 1, "to fuse, out_features must equal num_features, or num_features be 1, got ", out_features, " and ", num_features);
}
void set_parameters(Module& module, const std::tuple<Tensor, Tensor>& weight_and_bias) {
  auto& parameters = Access::parameters(module);
  parameters["weight"] = std::get<0>(weight_and_bias);
  parameters["bias"] = std::get<1>(weight_and_bias);
}

}  // namespace detail

void convert_conv2d_weight_memory_format(Module& module, MemoryFormat format) { convert<Conv2dImpl, ConvTranspose2dImpl>(module, format); }
void convert_conv3d_weight_memory_format(Module& module, MemoryFormat format) { convert<Conv3dImpl, ConvTranspose3dImpl>(module, format); }

}  // namespace wick::nn::utils::inline v1
