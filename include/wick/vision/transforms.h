// Changes of pictures as objects, by torchvision's names (torchvision.transforms.v2). What is random is drawn once for a picture, its mask and
// its boxes, in torchvision's order, so that a generator gives the numbers that Python has with the same seed.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <wick/core/generator.h>
#include <wick/vision/functional.h>

namespace wick {
namespace vision {
inline namespace v1 {

/// A picture [..., C, H, W] and what belongs to it: a mask [..., H, W] of classes, boxes [n, 4] (left, top, right, bottom), labels, which stay as
/// they are. Undefined tensors are absent.
struct Sample {
  Tensor image, mask, boxes, labels;
};

namespace transforms {

/// Changes a picture, or a sample. Draws come from the generator given, or from the default one. May be used by many threads at once.
class Transform {
 public:
  virtual ~Transform();
  virtual Sample apply(Sample sample, const std::optional<Generator>& generator) const = 0;
  Tensor operator()(const Tensor& image, const std::optional<Generator>& generator = std::nullopt) const;
  Sample operator()(Sample sample, const std::optional<Generator>& generator = std::nullopt) const;
};

/// Any transform, held by value: what lists of transforms are made of.
class Step {
 public:
  template <class T, std::enable_if_t<std::is_base_of_v<Transform, T>, int> = 0>
  Step(T transform) : transform_(std::make_shared<const T>(std::move(transform))) {}
  Sample apply(Sample sample, const std::optional<Generator>& generator) const { return transform_->apply(std::move(sample), generator); }

 private:
  std::shared_ptr<const Transform> transform_;
};

/// Declares a transform's one function.
#define WICK_VISION_APPLY Sample apply(Sample sample, const std::optional<Generator>& generator) const override

/// All, one after the other; all or none, with probability p; one of them, with weights p; all, in a random order.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.Compose.html)
class Compose : public Transform {
 public:
  Compose(std::vector<Step> steps);
  WICK_VISION_APPLY;

 private:
  std::vector<Step> steps_;
};
class RandomApply : public Transform {
 public:
  RandomApply(std::vector<Step> steps, double p = 0.5);
  WICK_VISION_APPLY;

 private:
  std::vector<Step> steps_;
  double p_;
};
class RandomChoice : public Transform {
 public:
  RandomChoice(std::vector<Step> steps, std::vector<double> p = {});
  WICK_VISION_APPLY;

 private:
  std::vector<Step> steps_;
  std::vector<double> p_;
};
class RandomOrder : public Transform {
 public:
  RandomOrder(std::vector<Step> steps);
  WICK_VISION_APPLY;

 private:
  std::vector<Step> steps_;
};

/// `functional::resize`; `functional::center_crop`; `functional::pad`. Masks are resized by their nearest value.
class Resize : public Transform {
 public:
  Resize(Extent size, InterpolationMode interpolation = InterpolationMode::BILINEAR, std::optional<int64_t> max_size = std::nullopt, bool antialias = true)
      : size_(std::move(size)), mode_(interpolation), max_size_(max_size), antialias_(antialias) {}
  WICK_VISION_APPLY;

 private:
  Extent size_;
  InterpolationMode mode_;
  std::optional<int64_t> max_size_;
  bool antialias_;
};
class CenterCrop : public Transform {
 public:
  CenterCrop(Extent size) : size_(std::move(size)) {}
  WICK_VISION_APPLY;

 private:
  Extent size_;
};
class Pad : public Transform {
 public:
  Pad(IntArrayRef padding, double fill = 0, PaddingMode mode = PaddingMode::CONSTANT) : padding_(padding.vec()), fill_(fill), mode_(mode) {}
  WICK_VISION_APPLY;

 private:
  std::vector<int64_t> padding_;
  double fill_;
  PaddingMode mode_;
};

/// A part of the size given, anywhere, after padding. Errors: a picture that is too small, unless `pad_if_needed`.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.RandomCrop.html)
class RandomCrop : public Transform {
 public:
  RandomCrop(Extent size, std::vector<int64_t> padding = {}, bool pad_if_needed = false, double fill = 0, PaddingMode mode = PaddingMode::CONSTANT);
  WICK_VISION_APPLY;

 private:
  Extent size_;
  std::vector<int64_t> padding_;
  bool pad_if_needed_;
  double fill_;
  PaddingMode mode_;
};
/// A part of random area (`scale` of the picture's) and shape (`ratio` of width to height), resized.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.RandomResizedCrop.html)
class RandomResizedCrop : public Transform {
 public:
  RandomResizedCrop(Extent size, std::pair<double, double> scale = {0.08, 1.0}, std::pair<double, double> ratio = {3.0 / 4, 4.0 / 3},
                    InterpolationMode interpolation = InterpolationMode::BILINEAR, bool antialias = true);
  WICK_VISION_APPLY;
  /// Draws {top, left, height, width} for a picture.
  std::array<int64_t, 4> draw(int64_t height, int64_t width, const std::optional<Generator>& generator) const;

 private:
  Extent size_;
  std::pair<double, double> scale_, ratio_;
  InterpolationMode mode_;
  bool antialias_;
};
/// Mirrored with probability p.
class RandomHorizontalFlip : public Transform {
 public:
  RandomHorizontalFlip(double p = 0.5);
  WICK_VISION_APPLY;

 private:
  double p_;
};
class RandomVerticalFlip : public Transform {
 public:
  RandomVerticalFlip(double p = 0.5);
  WICK_VISION_APPLY;

 private:
  double p_;
};

/// Turned by -degrees to degrees, or by the range given. (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.RandomRotation.html)
class RandomRotation : public Transform {
 public:
  RandomRotation(double degrees, InterpolationMode interpolation = InterpolationMode::NEAREST, bool expand = false, std::vector<double> center = {}, std::vector<double> fill = {0});
  RandomRotation(std::pair<double, double> degrees, InterpolationMode interpolation = InterpolationMode::NEAREST, bool expand = false,
                 std::vector<double> center = {}, std::vector<double> fill = {0});
  WICK_VISION_APPLY;

 private:
  std::pair<double, double> degrees_;
  InterpolationMode mode_;
  bool expand_;
  std::vector<double> center_, fill_;
};
/// Turned (-degrees to degrees), moved by at most these parts of width and height, scaled within a range, sheared by a range of x (2 numbers) or of
/// x and y (4). (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.RandomAffine.html)
class RandomAffine : public Transform {
 public:
  RandomAffine(double degrees, std::vector<double> translate = {}, std::vector<double> scale = {}, std::vector<double> shear = {},
               InterpolationMode interpolation = InterpolationMode::NEAREST, std::vector<double> fill = {0}, std::vector<double> center = {});
  WICK_VISION_APPLY;

 private:
  double degrees_;
  std::vector<double> translate_, scale_, shear_;
  InterpolationMode mode_;
  std::vector<double> fill_, center_;
};
/// Seen from another side with probability p. (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.RandomPerspective.html)
class RandomPerspective : public Transform {
 public:
  RandomPerspective(double distortion_scale = 0.5, double p = 0.5, InterpolationMode interpolation = InterpolationMode::BILINEAR, std::vector<double> fill = {0});
  WICK_VISION_APPLY;

 private:
  double scale_, p_;
  InterpolationMode mode_;
  std::vector<double> fill_;
};

/// A range for a factor: one number v is 1 - v to 1 + v (hue: -v to v); none leaves the picture.
struct Jitter {
  Jitter() = default;
  Jitter(double value) : value(value) {}
  Jitter(double low, double high) : range(std::pair{low, high}) {}
  std::optional<double> value;
  std::optional<std::pair<double, double>> range;
};
/// Brightness, contrast, saturation and hue changed in a random order.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.ColorJitter.html)
class ColorJitter : public Transform {
 public:
  ColorJitter(Jitter brightness = {}, Jitter contrast = {}, Jitter saturation = {}, Jitter hue = {});
  WICK_VISION_APPLY;

 private:
  std::array<std::optional<std::pair<double, double>>, 4> ranges_;
};
/// The functions of these names. The random ones act with probability p.
class Grayscale : public Transform {
 public:
  Grayscale(int64_t num_output_channels = 1) : channels_(num_output_channels) {}
  WICK_VISION_APPLY;

 private:
  int64_t channels_;
};
class GaussianBlur : public Transform {
 public:
  GaussianBlur(std::vector<int64_t> kernel_size, std::pair<double, double> sigma = {0.1, 2.0});
  WICK_VISION_APPLY;

 private:
  std::vector<int64_t> kernel_size_;
  std::pair<double, double> sigma_;
};
/// One change of the picture alone, with probability p.
class RandomChange : public Transform {
 public:
  WICK_VISION_APPLY;

 protected:
  RandomChange(double p);
  virtual Tensor change(const Tensor& image) const = 0;

 private:
  double p_;
};
class RandomGrayscale : public RandomChange {
 public:
  RandomGrayscale(double p = 0.1) : RandomChange(p) {}

 protected:
  Tensor change(const Tensor& image) const override;
};
class RandomSolarize : public RandomChange {
 public:
  RandomSolarize(double threshold, double p = 0.5) : RandomChange(p), threshold_(threshold) {}

 protected:
  Tensor change(const Tensor& image) const override;

 private:
  double threshold_;
};
class RandomPosterize : public RandomChange {
 public:
  RandomPosterize(int64_t bits, double p = 0.5) : RandomChange(p), bits_(bits) {}

 protected:
  Tensor change(const Tensor& image) const override;

 private:
  int64_t bits_;
};
class RandomEqualize : public RandomChange {
 public:
  RandomEqualize(double p = 0.5) : RandomChange(p) {}

 protected:
  Tensor change(const Tensor& image) const override;
};
class RandomAutocontrast : public RandomChange {
 public:
  RandomAutocontrast(double p = 0.5) : RandomChange(p) {}

 protected:
  Tensor change(const Tensor& image) const override;
};
class RandomInvert : public RandomChange {
 public:
  RandomInvert(double p = 0.5) : RandomChange(p) {}

 protected:
  Tensor change(const Tensor& image) const override;
};
class RandomAdjustSharpness : public RandomChange {
 public:
  RandomAdjustSharpness(double sharpness_factor, double p = 0.5) : RandomChange(p), factor_(sharpness_factor) {}

 protected:
  Tensor change(const Tensor& image) const override;

 private:
  double factor_;
};
/// A random part replaced by a value (one, or one for each channel), or by normal noise when there is none, with probability p.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.RandomErasing.html)
class RandomErasing : public Transform {
 public:
  RandomErasing(double p = 0.5, std::pair<double, double> scale = {0.02, 0.33}, std::pair<double, double> ratio = {0.3, 3.3}, std::vector<double> value = {0});
  WICK_VISION_APPLY;

 private:
  double p_;
  std::pair<double, double> scale_, ratio_;
  std::vector<double> value_;
};

/// `functional::normalize`, which takes uint8 pictures in one pass; `to_dtype`; `to_tensor`.
class Normalize : public Transform {
 public:
  Normalize(std::vector<double> mean, std::vector<double> std) : mean_(std::move(mean)), std_(std::move(std)) {}
  WICK_VISION_APPLY;

 private:
  std::vector<double> mean_, std_;
};
class ToDtype : public Transform {
 public:
  ToDtype(ScalarType dtype, bool scale = false) : dtype_(dtype), scale_(scale) {}
  WICK_VISION_APPLY;

 private:
  ScalarType dtype_;
  bool scale_;
};
class ToTensor : public Transform {
 public:
  WICK_VISION_APPLY;
};

/// The corners and the middle, and those of the mirrored picture: [5, C, h, w], [10, C, h, w]. For pictures alone.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.TenCrop.html)
class FiveCrop : public Transform {
 public:
  FiveCrop(Extent size) : size_(std::move(size)) {}
  WICK_VISION_APPLY;

 private:
  Extent size_;
};
class TenCrop : public Transform {
 public:
  TenCrop(Extent size, bool vertical_flip = false) : size_(std::move(size)), vertical_(vertical_flip) {}
  WICK_VISION_APPLY;

 private:
  Extent size_;
  bool vertical_;
};
/// Pixels moved at random: by up to `alpha` pixels before smoothing with `sigma`, one number or those of x and y.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.ElasticTransform.html)
class ElasticTransform : public Transform {
 public:
  ElasticTransform(std::vector<double> alpha = {50}, std::vector<double> sigma = {5}, InterpolationMode interpolation = InterpolationMode::BILINEAR, std::vector<double> fill = {0});
  WICK_VISION_APPLY;

 private:
  std::vector<double> alpha_, sigma_;
  InterpolationMode mode_;
  std::vector<double> fill_;
};
/// `functional::gaussian_noise`; channels in a random order; a JPEG of a quality from a range in between; 3 channels.
class GaussianNoise : public Transform {
 public:
  GaussianNoise(double mean = 0, double sigma = 0.1, bool clip = true);
  WICK_VISION_APPLY;

 private:
  double mean_, sigma_;
  bool clip_;
};
class RandomChannelPermutation : public Transform {
 public:
  WICK_VISION_APPLY;
};
class JPEG : public Transform {
 public:
  JPEG(int64_t quality) : JPEG(std::pair{quality, quality}) {}
  JPEG(std::pair<int64_t, int64_t> quality);
  WICK_VISION_APPLY;

 private:
  std::pair<int64_t, int64_t> quality_;
};
class RGB : public Transform {
 public:
  WICK_VISION_APPLY;
};
/// SSD's: brightness, contrast, saturation, hue and the order of channels, each changed with probability p.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.RandomPhotometricDistort.html)
class RandomPhotometricDistort : public Transform {
 public:
  RandomPhotometricDistort(std::pair<double, double> brightness = {0.875, 1.125}, std::pair<double, double> contrast = {0.5, 1.5}, std::pair<double, double> saturation = {0.5, 1.5},
                           std::pair<double, double> hue = {-0.05, 0.05}, double p = 0.5);
  WICK_VISION_APPLY;

 private:
  std::array<std::pair<double, double>, 4> ranges_;
  double p_;
};
/// (picture - mean) * matrix for the picture's values in one row: whitening. Errors: a matrix [n, n] and a mean [n] for other than n values.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.LinearTransformation.html)
class LinearTransformation : public Transform {
 public:
  LinearTransformation(Tensor transformation_matrix, Tensor mean_vector);
  WICK_VISION_APPLY;

 private:
  Tensor matrix_, mean_;
};
/// Any function of a picture; none.
class Lambda : public Transform {
 public:
  Lambda(std::function<Tensor(const Tensor&)> function) : function_(std::move(function)) {}
  WICK_VISION_APPLY;

 private:
  std::function<Tensor(const Tensor&)> function_;
};
class Identity : public Transform {
 public:
  WICK_VISION_APPLY;
};

/// For detection. Boxes that are not sound (`functional::sanitize_bounding_boxes`) go, with their labels and their masks [n, H, W].
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.SanitizeBoundingBoxes.html)
class SanitizeBoundingBoxes : public Transform {
 public:
  SanitizeBoundingBoxes(double min_size = 1, double min_area = 1);
  WICK_VISION_APPLY;

 private:
  double min_size_, min_area_;
};
/// Boxes kept inside of the picture.
class ClampBoundingBoxes : public Transform {
 public:
  WICK_VISION_APPLY;
};
/// A part that covers some box by at least a share drawn from `sampler_options` (1 and more: the whole picture); boxes whose middle is outside become 0.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.RandomIoUCrop.html)
class RandomIoUCrop : public Transform {
 public:
  RandomIoUCrop(double min_scale = 0.3, double max_scale = 1, double min_aspect_ratio = 0.5, double max_aspect_ratio = 2,
                std::vector<double> sampler_options = {0, 0.1, 0.3, 0.5, 0.7, 0.9, 1}, int64_t trials = 40);
  WICK_VISION_APPLY;

 private:
  double min_scale_, max_scale_, min_ratio_, max_ratio_;
  std::vector<double> options_;
  int64_t trials_;
};
/// With probability p the picture somewhere in one that is larger by a factor of `side_range`.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.RandomZoomOut.html)
class RandomZoomOut : public Transform {
 public:
  RandomZoomOut(double fill = 0, std::pair<double, double> side_range = {1, 4}, double p = 0.5);
  WICK_VISION_APPLY;

 private:
  double fill_;
  std::pair<double, double> range_;
  double p_;
};
/// Resized: to fit `target_size` times a factor of `scale_range`; so that the smaller edge is one of `min_size` and the larger one at most `max_size`; to a
/// smaller edge from min_size to max_size - 1. (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.ScaleJitter.html)
class ScaleJitter : public Transform {
 public:
  ScaleJitter(Extent target_size, std::pair<double, double> scale_range = {0.1, 2}, InterpolationMode interpolation = InterpolationMode::BILINEAR, bool antialias = true);
  WICK_VISION_APPLY;

 private:
  Extent target_;
  std::pair<double, double> range_;
  InterpolationMode mode_;
  bool antialias_;
};
class RandomShortestSize : public Transform {
 public:
  RandomShortestSize(std::vector<int64_t> min_size, std::optional<int64_t> max_size = std::nullopt, InterpolationMode interpolation = InterpolationMode::BILINEAR, bool antialias = true);
  WICK_VISION_APPLY;

 private:
  std::vector<int64_t> min_;
  std::optional<int64_t> max_;
  InterpolationMode mode_;
  bool antialias_;
};
class RandomResize : public Transform {
 public:
  RandomResize(int64_t min_size, int64_t max_size, InterpolationMode interpolation = InterpolationMode::BILINEAR, bool antialias = true);
  WICK_VISION_APPLY;

 private:
  int64_t min_, max_;
  InterpolationMode mode_;
  bool antialias_;
};

/// Which policy AutoAugment follows.
enum class AutoAugmentPolicy { IMAGENET, CIFAR10, SVHN };
/// Two changes of a learnt policy; `num_ops` changes of one strength; one change of random strength; several chains of changes mixed. For pictures
/// alone: masks and boxes are refused. (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.AutoAugment.html)
class AutoAugment : public Transform {
 public:
  AutoAugment(AutoAugmentPolicy policy = AutoAugmentPolicy::IMAGENET, InterpolationMode interpolation = InterpolationMode::NEAREST, std::vector<double> fill = {});
  WICK_VISION_APPLY;

 private:
  AutoAugmentPolicy policy_;
  InterpolationMode mode_;
  std::vector<double> fill_;
};
class RandAugment : public Transform {
 public:
  RandAugment(int64_t num_ops = 2, int64_t magnitude = 9, int64_t num_magnitude_bins = 31, InterpolationMode interpolation = InterpolationMode::NEAREST, std::vector<double> fill = {});
  WICK_VISION_APPLY;

 private:
  int64_t ops_, magnitude_, bins_;
  InterpolationMode mode_;
  std::vector<double> fill_;
};
class TrivialAugmentWide : public Transform {
 public:
  TrivialAugmentWide(int64_t num_magnitude_bins = 31, InterpolationMode interpolation = InterpolationMode::NEAREST, std::vector<double> fill = {});
  WICK_VISION_APPLY;

 private:
  int64_t bins_;
  InterpolationMode mode_;
  std::vector<double> fill_;
};
class AugMix : public Transform {
 public:
  AugMix(int64_t severity = 3, int64_t mixture_width = 3, int64_t chain_depth = -1, double alpha = 1, bool all_ops = true,
         InterpolationMode interpolation = InterpolationMode::BILINEAR, std::vector<double> fill = {});
  WICK_VISION_APPLY;

 private:
  int64_t severity_, width_, depth_;
  double alpha_;
  bool all_ops_;
  InterpolationMode mode_;
  std::vector<double> fill_;
};
#undef WICK_VISION_APPLY

/// A batch [n, C, H, W] mixed with itself, moved on by one; labels [n] of classes, or [n, classes], become mixtures [n, classes]. CutMix replaces a box,
/// MixUp blends. `num_classes` is needed for labels [n]. (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.MixUp.html)
class MixUp {
 public:
  MixUp(double alpha = 1, std::optional<int64_t> num_classes = std::nullopt);
  std::pair<Tensor, Tensor> operator()(const Tensor& images, const Tensor& labels, const std::optional<Generator>& generator = std::nullopt) const;

 private:
  double alpha_;
  std::optional<int64_t> classes_;
};
class CutMix {
 public:
  CutMix(double alpha = 1, std::optional<int64_t> num_classes = std::nullopt);
  std::pair<Tensor, Tensor> operator()(const Tensor& images, const Tensor& labels, const std::optional<Generator>& generator = std::nullopt) const;

 private:
  double alpha_;
  std::optional<int64_t> classes_;
};

}  // namespace transforms
}  // namespace v1
}  // namespace vision
}  // namespace wick
