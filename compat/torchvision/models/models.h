// torchvision's C++ models: `vision::models::ResNet18 net;` builds unchanged. Each is made by name with Wick's models.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <torch/nn.h>
#include <wick/models.h>
#include <wick/nn/linear.h>

namespace vision {
namespace models {

namespace detail {
inline wick::models::ModelOptions classes(int64_t n) { return wick::models::ModelOptions().num_classes(n); }
template <class M>
M child(const wick::models::ModelImpl& m, const char* name) { return M(std::dynamic_pointer_cast<typename M::ContainedType>(m.get_submodule(name))); }
}  // namespace detail

// A model of a name, made with the number of classes.
#define VISION_MODEL(Name, NAME)                                                                                            \
  struct Name##Impl : wick::models::ModelImpl {                                                                             \
    explicit Name##Impl(int64_t num_classes = 1000) : ModelImpl(NAME, detail::classes(num_classes)) {}                      \
  };                                                                                                                        \
  TORCH_MODULE(Name)
// The same with the arguments of torchvision's C++ class where they are others.
#define VISION_RESNET(Name, NAME)                                                                                           \
  struct Name##Impl : wick::models::ModelImpl {                                                                             \
    explicit Name##Impl(int64_t num_classes = 1000, bool zero_init_residual = false)                                        \
        : ModelImpl(NAME, detail::classes(num_classes).zero_init_residual(zero_init_residual)) {}                           \
    torch::nn::Conv2d conv1{detail::child<torch::nn::Conv2d>(*this, "conv1")};                                              \
    torch::nn::BatchNorm2d bn1{detail::child<torch::nn::BatchNorm2d>(*this, "bn1")};                                        \
    torch::nn::Sequential layer1{detail::child<torch::nn::Sequential>(*this, "layer1")}, layer2{detail::child<torch::nn::Sequential>(*this, "layer2")}, \
        layer3{detail::child<torch::nn::Sequential>(*this, "layer3")}, layer4{detail::child<torch::nn::Sequential>(*this, "layer4")};                   \
    torch::nn::Linear fc{detail::child<torch::nn::Linear>(*this, "fc")};                                                    \
  };                                                                                                                        \
  TORCH_MODULE(Name)
#define VISION_SCALED(Name, NAME)                                                                                           \
  struct Name##Impl : wick::models::ModelImpl {                                                                             \
    explicit Name##Impl(int64_t num_classes = 1000, double dropout = .2) : ModelImpl(NAME, detail::classes(num_classes).dropout(dropout)) {} \
  };                                                                                                                        \
  TORCH_MODULE(Name)

VISION_MODEL(AlexNet, "alexnet");
VISION_MODEL(VGG11, "vgg11");
VISION_MODEL(VGG13, "vgg13");
VISION_MODEL(VGG16, "vgg16");
VISION_MODEL(VGG19, "vgg19");
VISION_MODEL(VGG11BN, "vgg11_bn");
VISION_MODEL(VGG13BN, "vgg13_bn");
VISION_MODEL(VGG16BN, "vgg16_bn");
VISION_MODEL(VGG19BN, "vgg19_bn");
VISION_RESNET(ResNet18, "resnet18");
VISION_RESNET(ResNet34, "resnet34");
VISION_RESNET(ResNet50, "resnet50");
VISION_RESNET(ResNet101, "resnet101");
VISION_RESNET(ResNet152, "resnet152");
VISION_RESNET(ResNext50_32x4d, "resnext50_32x4d");
VISION_RESNET(ResNext101_32x8d, "resnext101_32x8d");
VISION_RESNET(WideResNet50_2, "wide_resnet50_2");
VISION_RESNET(WideResNet101_2, "wide_resnet101_2");
VISION_MODEL(DenseNet121, "densenet121");
VISION_MODEL(DenseNet161, "densenet161");
VISION_MODEL(DenseNet169, "densenet169");
VISION_MODEL(DenseNet201, "densenet201");
VISION_MODEL(SqueezeNet1_0, "squeezenet1_0");
VISION_MODEL(SqueezeNet1_1, "squeezenet1_1");
VISION_MODEL(MobileNetV2, "mobilenet_v2");
VISION_SCALED(MNASNet0_5, "mnasnet0_5");
VISION_SCALED(MNASNet0_75, "mnasnet0_75");
VISION_SCALED(MNASNet1_0, "mnasnet1_0");
VISION_SCALED(MNASNet1_3, "mnasnet1_3");
VISION_MODEL(ShuffleNetV2_x0_5, "shufflenet_v2_x0_5");
VISION_MODEL(ShuffleNetV2_x1_0, "shufflenet_v2_x1_0");
VISION_MODEL(ShuffleNetV2_x1_5, "shufflenet_v2_x1_5");
VISION_MODEL(ShuffleNetV2_x2_0, "shufflenet_v2_x2_0");
#undef VISION_MODEL
#undef VISION_RESNET
#undef VISION_SCALED

/// What forward gives: logits, and in training those of the auxiliary heads.
struct GoogLeNetOutput {
  torch::Tensor output, aux1, aux2;
};
struct GoogLeNetImpl : wick::models::ModelImpl {
  explicit GoogLeNetImpl(int64_t num_classes = 1000, bool aux_logits = true, bool transform_input = false, bool init_weights = true)
      : ModelImpl("googlenet", detail::classes(num_classes).aux_logits(aux_logits).transform_input(transform_input).init_weights(init_weights)) {}
  GoogLeNetOutput forward(torch::Tensor x) {
    std::vector<torch::Tensor> all = outputs(x);
    all.resize(3);
    return {all[0], all[2], all[1]};
  }
};
TORCH_MODULE(GoogLeNet);
struct InceptionV3Output {
  torch::Tensor output, aux;
};
struct InceptionV3Impl : wick::models::ModelImpl {
  explicit InceptionV3Impl(int64_t num_classes = 1000, bool aux_logits = true, bool transform_input = false)
      : ModelImpl("inception_v3", detail::classes(num_classes).aux_logits(aux_logits).transform_input(transform_input)) {}
  InceptionV3Output forward(torch::Tensor x) {
    std::vector<torch::Tensor> all = outputs(x);
    all.resize(2);
    return {all[0], all[1]};
  }
};
TORCH_MODULE(InceptionV3);

}  // namespace models
}  // namespace vision
