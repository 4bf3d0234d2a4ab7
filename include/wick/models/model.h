// Vision models with torchvision's structure, parameter names and initial numbers, and what is known of them.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include <wick/io/files.h>
#include <wick/models/block.h>
#include <wick/nn/ordered_dict.h>

namespace wick {
namespace models {
inline namespace v1 {

/// Options of a model. What is not set is as torchvision's function of that name has it; what a family lacks (the attention of a ResNet) is ignored.
struct ModelOptions {
  /// Number of classes: 1000, or 10 for the CIFAR ResNets.
  WICK_ARG(std::optional<int64_t>, num_classes) = std::nullopt;
  WICK_ARG(int64_t, in_channels) = 3;
  /// Dropout before the classifier (within ViT and Swin everywhere but in the attention), in the attention, and of whole residual branches.
  WICK_ARG(std::optional<double>, dropout) = std::nullopt;
  WICK_ARG(std::optional<double>, attention_dropout) = std::nullopt;
  WICK_ARG(std::optional<double>, stochastic_depth) = std::nullopt;
  /// Auxiliary heads of GoogLeNet and Inception v3; and whether those take pictures normalised as for the other models.
  WICK_ARG(bool, aux_logits) = true;
  WICK_ARG(bool, transform_input) = false;
  /// ResNets: whether residual branches start as zero; for the last three stages, dilation in the place of the stride.
  using Dilate = std::array<bool, 3>;
  WICK_ARG(bool, zero_init_residual) = false;
  WICK_ARG(Dilate, replace_stride_with_dilation) = {};
  /// ViT: the side of the pictures.
  WICK_ARG(int64_t, image_size) = 224;
  /// False leaves the parameters without initial values, for weights that are loaded next.
  WICK_ARG(bool, init_weights) = true;
};

/// How pictures are made ready for a set of weights: the shorter side resized, the middle cut out, scaled to [0, 1] and normalised.
struct Preprocessing {
  int64_t resize_size = 256, crop_size = 224;
  bool bicubic = false;  // else bilinear, both antialiased
  std::array<double, 3> mean{0.485, 0.456, 0.406}, std{0.229, 0.224, 0.225};
};

/// A published set of weights.
struct Weights {
  std::string name;    // `IMAGENET1K_V2`
  std::string file;    // `resnet50-11ad3fa6.pth`
  std::string url;
  double acc1 = 0, acc5 = 0;  // per cent, on the validation or test pictures; 0 where it was not published
  Preprocessing preprocessing;
};

/// What is known of a model.
struct ModelInfo {
  std::string name;           // `resnet50`
  int64_t parameters = 0;     // with the standard number of classes and auxiliary heads as in the published weights
  double multiply_adds = 0;   // in 1e9, for one picture of `input_size`, as published
  int64_t input_size = 224;   // side of the pictures it is meant for
  int64_t num_classes = 1000;
  std::string classes;        // `imagenet1k`, `cifar10`: what class_names takes
  std::vector<Weights> weights;  // the default one last
};

/// The models there are, in the order of their families; and what is known of one. Errors: `ValueError` for a name that there is not, with the nearest.
const std::vector<std::string>& list();
const ModelInfo& info(const std::string& name);

/// Names of the classes, by number, of `imagenet1k` or `cifar10`. Errors: another set.
const std::vector<std::string>& class_names(const std::string& set);

/// A vision model.
class ModelImpl : public BlockImpl {
 public:
  /// As torchvision's function of that name makes it; the same seed gives the same numbers. Errors: `ValueError` for a name that there is not.
  explicit ModelImpl(const std::string& name, const ModelOptions& options = {});

  /// Logits [n, num_classes] of pictures [n, in_channels, h, w]. Auxiliary heads do not run.
  Tensor forward(const Tensor& input);
  /// Logits, and in training those of auxiliary heads, in torchvision's order: (logits, aux2, aux1) for GoogLeNet, (logits, aux) for Inception v3.
  std::vector<Tensor> outputs(const Tensor& input);

  /// Another last layer for `num_classes` classes, with a layer's initial values (0: none, so that the model gives features); and, where `in_channels`
  /// differs from what it is, another first layer: for fewer channels with sums of weights, for more with weights repeated and scaled so that the sums
  /// over the channels stay. All other weights stay as they are.
  void reset_classifier(int64_t num_classes, std::optional<int64_t> in_channels = std::nullopt);

  /// Name in the registry, options as they are now, and the paths of the first and the last layer.
  const std::string& architecture() const;
  const ModelOptions& options() const;
  const std::string& stem_path() const;
  const std::string& classifier_path() const;

  /// A deep copy of the model as it is now, another classifier, folded layers and all.
  std::shared_ptr<nn::Module> clone(const std::optional<Device>& device = std::nullopt) const override;

 private:
  ModelImpl(std::string kind, Forward forward, std::shared_ptr<detail::ModelState> state);
  ModelImpl(std::shared_ptr<detail::ModelState> state);
};
WICK_MODULE(Model);

/// A model by name: `create("resnet50", ModelOptions().num_classes(10))`. Errors: `ValueError` for a name that there is not.
Model create(const std::string& name, const ModelOptions& options = {});

/// Copies the weights in a file or folder of any kind into a model, as `io::load_into` does, and knows how such files differ from their models: a
/// `module.` in front (of data-parallel training), the names of DenseNet and ViT from before torchvision 0.13, files without `num_batches_tracked`,
/// auxiliary heads that the model was made without. `classifier` false leaves the last layers as they are, for other classes. Further rules for names come
/// first, from `options.keys()`. Returns what was left out. Errors: as `io::load_into`.
nn::IncompatibleKeys load_weights(Model model, const std::string& path, bool classifier = true, const io::LoadOptions& options = {});

/// What modules give within a model, by their paths (`layer3`, `avgpool`, `layer1.0.conv1`), in the order in which they are asked for; `path_1` is the
/// second call of a module that runs more than once. What comes after the last of them does not run. Errors: `ValueError` for a path that there is
/// not, or that does not run.
/// (https://pytorch.org/vision/stable/feature_extraction.html)
OrderedDict<std::string, Tensor> features(Model model, const Tensor& input, const std::vector<std::string>& paths);

/// Folds every batch normalisation into the convolution before it, for inference: the pairs that follow each other in Sequential containers
/// and blocks, at any depth (Conv1d to Conv3d, ConvTranspose2d without groups). Puts the module in evaluation mode, changes it in place and returns how
/// many pairs there were. Batch normalisation without a convolution before it stays. Modules whose class holds its layers in variables keep theirs: use nn::utils::fuse_conv_bn_eval.
int64_t fold(nn::Module& module);
inline int64_t fold(Model& model) { return fold(*model); }

}  // namespace v1
}  // namespace models
}  // namespace wick
