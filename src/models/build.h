// What the families share.
#pragma once

#include <wick/core/str.h>
#include <wick/models/model.h>
#include <wick/nn/activation.h>
#include <wick/nn/conv.h>
#include <wick/nn/dropout.h>
#include <wick/nn/init.h>
#include <wick/nn/linear.h>
#include <wick/nn/norm.h>
#include <wick/nn/pooling.h>
#include <wick/ops.h>

namespace wick::models {

// A family of models: how the input goes through one, how it is made of the numbers of an architecture, and the paths of its first and last layers
// (the main one first, then those of auxiliary heads).
struct Family {
  const char* kind;
  BlockImpl::Forward forward;
  void (*build)(BlockImpl& m, const ModelOptions& o, const double* numbers);
  const char* stem;
  const char* head[3];
  ArrayRef<const char*> heads() const { return {head, head[1] ? head[2] ? size_t{3} : size_t{2} : size_t{1}}; }
};
extern const Family alexnet, vgg, squeezenet, densenet, googlenet, inception, resnet, cifar_resnet, regnet, mobilenet_v2, mobilenet_v3, mnasnet, shufflenet_v2, efficientnet,
    efficientnet_v2, convnext, vision_transformer, swin_transformer;

// An architecture of the registry: its family and the numbers that make it.
struct Architecture {
  const char* name;
  const Family& family;
  double numbers[10];
};
const Architecture& architecture(const std::string& name);
// Names of the classes of ImageNet-1K, with | between.
extern const char* const imagenet_class_names;

inline int64_t integer(double v) { return static_cast<int64_t>(v); }
// The nearest multiple of `divisor`, and not below nine tenths of `v`.
inline int64_t make_divisible(double v, int64_t divisor = 8, double least = 0.9) {
  const int64_t n = std::max<int64_t>(divisor, integer(v + static_cast<double>(divisor) / 2) / divisor * divisor);
  return static_cast<double>(n) < least * v ? n + divisor : n;
}

// Layers with what varies; the padding of convolutions keeps the size unless given. Lists are made from left to right, as the random numbers are drawn.
nn::AnyModule conv(int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, int64_t groups = 1, bool bias = false, int64_t padding = -1, int64_t dilation = 1);
nn::AnyModule norm(int64_t channels, double eps = 1e-5, double momentum = 0.1);
nn::AnyModule layer_norm(int64_t width, double eps);
nn::AnyModule linear(int64_t in, int64_t out, bool bias = true);
nn::AnyModule relu();
nn::AnyModule dropout(double p, bool inplace = false);
nn::AnyModule drop_path(double p);
nn::AnyModule flatten();
nn::AnyModule max_pool(int64_t kernel, int64_t stride, int64_t padding = 0, bool ceil_mode = false);
nn::AnyModule avg_pool(int64_t size = 1);
nn::AnyModule unit(const Conv2dNormActivationOptions& o);
nn::AnyModule chain(std::initializer_list<nn::AnyModule> layers);
nn::AnyModule any(const nn::Sequential& layers);
nn::AnyModule any(const Block& b);
Block block(const char* kind, BlockImpl::Forward forward, std::initializer_list<BlockImpl::Part> parts = {});

// Gives each convolution and each linear layer below `m` initial values, in the order of registration; null leaves them.
void initialise(nn::Module& m, void (*conv)(nn::Conv2dImpl&), void (*linear)(nn::LinearImpl&));
void zero_bias(const Tensor& bias);
void conv_kaiming_out(nn::Conv2dImpl& c);
void linear_normal(nn::LinearImpl& l);

// All children in a row, flattened before the last one.
Tensor flat_head(BlockImpl& m, const Tensor& x);

}  // namespace wick::models
