// Changes of pictures as functions, by torchvision's names (torchvision.transforms.v2.functional). Pictures are [..., C, H, W], uint8 or floating
// (0 to 1); memory in the order H, W, C, as decoders give it, is the fast one for uint8. Boxes are [n, 4]: left, top, right, bottom.
#pragma once

#include <initializer_list>
#include <optional>
#include <vector>

#include <wick/core/generator.h>
#include <wick/tensor.h>

namespace wick {
namespace vision {
inline namespace v1 {

/// How pixels between pixels are found. NEAREST takes the one at floor(i * scale), as `interpolate` does, NEAREST_EXACT the one under the
/// middle, as Pillow does. The others average over what becomes one pixel, in Pillow's numbers.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.InterpolationMode.html)
enum class InterpolationMode { NEAREST, NEAREST_EXACT, BILINEAR, BICUBIC, BOX, HAMMING, LANCZOS };
/// What stands outside of a picture that is padded.
enum class PaddingMode { CONSTANT, EDGE, REFLECT, SYMMETRIC };

/// One number for the smaller edge (or for a square), or height and width.
class Extent {
 public:
  Extent(int64_t edge) : values_{edge} {}
  Extent(IntArrayRef sizes);
  Extent(std::initializer_list<int64_t> sizes) : Extent(IntArrayRef(sizes)) {}
  bool is_edge() const { return values_.size() == 1; }
  int64_t height() const { return values_.front(); }
  int64_t width() const { return values_.back(); }

 private:
  std::vector<int64_t> values_;
};

namespace functional {

/// The picture with `size` rows and columns; one number is that of the smaller edge (max_size bounds the larger one then). Numbers equal Pillow's
/// for uint8, where bilinear and higher kinds are antialiased; without `antialias` bilinear and bicubic ones take the nearest 2 or 4 pixels of a row only, as
/// `interpolate` does. Errors: other dtypes than uint8 and floating ones unless nearest; another kind without antialias.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.resize.html)
Tensor resize(const Tensor& image, const Extent& size, InterpolationMode interpolation = InterpolationMode::BILINEAR, std::optional<int64_t> max_size = std::nullopt,
              bool antialias = true);
/// The part of a picture, 0 outside of it; one in the middle; one that is resized.
Tensor crop(const Tensor& image, int64_t top, int64_t left, int64_t height, int64_t width);
Tensor center_crop(const Tensor& image, const Extent& size);
Tensor resized_crop(const Tensor& image, int64_t top, int64_t left, int64_t height, int64_t width, const Extent& size,
                    InterpolationMode interpolation = InterpolationMode::BILINEAR, bool antialias = true);
/// The four corners and the middle; the same and then that of the mirrored picture (left to right, or top to bottom). Errors: a larger part than the picture.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.five_crop.html)
std::vector<Tensor> five_crop(const Tensor& image, const Extent& size);
std::vector<Tensor> ten_crop(const Tensor& image, const Extent& size, bool vertical_flip = false);
/// More rows and columns: `padding` is one number, {left and right, top and bottom}, or {left, top, right, bottom}.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.pad.html)
Tensor pad(const Tensor& image, IntArrayRef padding, double fill = 0, PaddingMode mode = PaddingMode::CONSTANT);

/// Mirrored left to right; top to bottom.
Tensor horizontal_flip(const Tensor& image);
Tensor vertical_flip(const Tensor& image);

/// Turned counter-clockwise by `angle` degrees about `center` (x, y), the middle if none. `expand` makes the picture as large as needed. `fill` is for
/// pixels from outside, one value or one for each channel; none leaves 0 and its mixtures at the edge. NEAREST and BILINEAR only.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.rotate.html)
Tensor rotate(const Tensor& image, double angle, InterpolationMode interpolation = InterpolationMode::NEAREST, bool expand = false,
              const std::vector<double>& center = {}, const std::vector<double>& fill = {});
/// Turned clockwise by `angle`, moved by `translate` (x, y) pixels, scaled, sheared by degrees (x, y).
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.affine.html)
Tensor affine(const Tensor& image, double angle, const std::vector<double>& translate, double scale, const std::vector<double>& shear,
              InterpolationMode interpolation = InterpolationMode::NEAREST, const std::vector<double>& fill = {}, const std::vector<double>& center = {});
/// The 8 coefficients that take four corners (x, y) of the result back to those of the picture, and the picture changed by them.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.perspective.html)
std::vector<double> perspective_coefficients(const std::vector<std::vector<double>>& startpoints, const std::vector<std::vector<double>>& endpoints);
Tensor perspective(const Tensor& image, const std::vector<double>& coefficients, InterpolationMode interpolation = InterpolationMode::BILINEAR,
                   const std::vector<double>& fill = {});

/// Each pixel taken from where `displacement` [1, H, W, 2] (x, y; 2 is the whole width or height) says, and boxes about as far.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.elastic.html)
Tensor elastic(const Tensor& image, const Tensor& displacement, InterpolationMode interpolation = InterpolationMode::BILINEAR, const std::vector<double>& fill = {});
Tensor elastic_boxes(const Tensor& boxes, int64_t height, int64_t width, const Tensor& displacement);

/// How the four numbers of a box are meant: two corners, a corner and a size, the middle and a size.
enum class BoundingBoxFormat { XYXY, XYWH, CXCYWH };
/// Boxes in another format (integer ones with the middle rounded down); kept inside of a picture; which of them [n] are sound: within the picture, at least
/// so wide and high, of at least that area.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.sanitize_bounding_boxes.html)
Tensor convert_bounding_box_format(const Tensor& boxes, BoundingBoxFormat from, BoundingBoxFormat to);
Tensor clamp_bounding_boxes(const Tensor& boxes, int64_t height, int64_t width);
Tensor sanitize_bounding_boxes(const Tensor& boxes, int64_t height, int64_t width, double min_size = 1, double min_area = 1);

/// The same for boxes in a picture of `height` x `width`: where their corners go; they are kept inside of the result.
Tensor resize_boxes(const Tensor& boxes, int64_t height, int64_t width, int64_t new_height, int64_t new_width);
Tensor crop_boxes(const Tensor& boxes, int64_t top, int64_t left, int64_t height, int64_t width);
Tensor horizontal_flip_boxes(const Tensor& boxes, int64_t width);
Tensor vertical_flip_boxes(const Tensor& boxes, int64_t height);
Tensor rotate_boxes(const Tensor& boxes, int64_t height, int64_t width, double angle, bool expand = false, const std::vector<double>& center = {});
Tensor affine_boxes(const Tensor& boxes, int64_t height, int64_t width, double angle, const std::vector<double>& translate, double scale,
                    const std::vector<double>& shear, const std::vector<double>& center = {});
Tensor perspective_boxes(const Tensor& boxes, int64_t height, int64_t width, const std::vector<double>& coefficients);

/// Mixtures with black, with the mean grey, with the grey picture: factor 0 gives that, 1 the picture, more goes beyond. Errors: negative factors.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.adjust_brightness.html)
Tensor adjust_brightness(const Tensor& image, double factor);
Tensor adjust_contrast(const Tensor& image, double factor);
Tensor adjust_saturation(const Tensor& image, double factor);
/// Hues turned by `factor` of the circle, -0.5 to 0.5.
Tensor adjust_hue(const Tensor& image, double factor);
/// Mixtures with a smoothed picture: 0 smooth, 1 the picture, 2 sharper. Values to the power `gamma`, times `gain`.
Tensor adjust_sharpness(const Tensor& image, double factor);
Tensor adjust_gamma(const Tensor& image, double gamma, double gain = 1);

/// Grey, in 1 channel or in 3 equal ones.
Tensor rgb_to_grayscale(const Tensor& image, int64_t num_output_channels = 1);
/// Values mirrored; those from `threshold` on mirrored; the highest `bits` kept; stretched to the whole range channel by channel; flattened histograms.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.equalize.html)
Tensor invert(const Tensor& image);
Tensor solarize(const Tensor& image, double threshold);
Tensor posterize(const Tensor& image, int64_t bits);
Tensor autocontrast(const Tensor& image);
Tensor equalize(const Tensor& image);
/// Smoothed with a Gaussian of odd size (width, height) and deviation; none means 0.15 * size + 0.35. Edges are mirrored.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.gaussian_blur.html)
Tensor gaussian_blur(const Tensor& image, const std::vector<int64_t>& kernel_size, const std::vector<double>& sigma = {});
/// Normal noise added, in parts of the range of values, and kept within it with `clip` (uint8 wraps around without).
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.gaussian_noise.html)
Tensor gaussian_noise(const Tensor& image, double mean = 0, double sigma = 0.1, bool clip = true, const std::optional<Generator>& generator = std::nullopt);
/// Channels in another order; 3 channels of a grey picture; a uint8 picture after it was a JPEG of this quality (1 to 100).
Tensor permute_channels(const Tensor& image, const std::vector<int64_t>& permutation);
Tensor grayscale_to_rgb(const Tensor& image);
Tensor jpeg(const Tensor& image, int quality);
/// The part of a picture replaced by a value (broadcast).
Tensor erase(const Tensor& image, int64_t top, int64_t left, int64_t height, int64_t width, const Tensor& value);

/// (image - mean) / deviation, one for all channels or for each, in planes. A uint8 picture becomes float32 from 0 to 1 first, in the same pass.
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.normalize.html)
Tensor normalize(const Tensor& image, const std::vector<double>& mean, const std::vector<double>& std);
/// Another dtype; with `scale` the range of values goes along (0 to 1 of floating types, 0 to the greatest of integers).
/// (https://docs.pytorch.org/vision/stable/generated/torchvision.transforms.v2.functional.to_dtype.html)
Tensor to_dtype(const Tensor& image, ScalarType dtype = kFloat, bool scale = false);
/// float32 from 0 to 1, in planes.
Tensor to_tensor(const Tensor& image);

}  // namespace functional
}  // namespace v1
}  // namespace vision
}  // namespace wick
