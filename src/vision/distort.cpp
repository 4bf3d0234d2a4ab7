// Pictures in several parts, pixels moved and noisy, channels in another order.
#include <wick/vision/io.h>
#include <wick/vision/transforms.h>

#include <algorithm>

#include "vision/draw.h"

namespace wick::vision::inline v1 {
namespace functional {

std::vector<Tensor> five_crop(const Tensor& image, const Extent& size) {
  check_image(image, "five_crop");
  const int64_t h = image.size(-2), w = image.size(-1), y = size.height(), x = size.width();
  WICK_CHECK_TYPE(ValueError, y <= h && x <= w, "five_crop: ", y, " x ", x, " is larger than the picture, ", h, " x ", w);
  return {crop(image, 0, 0, y, x), crop(image, 0, w - x, y, x), crop(image, h - y, 0, y, x), crop(image, h - y, w - x, y, x), center_crop(image, {y, x})};
}
std::vector<Tensor> ten_crop(const Tensor& image, const Extent& size, bool vertical_flip) {
  std::vector<Tensor> all = five_crop(image, size);
  for (Tensor& t : five_crop(vertical_flip ? functional::vertical_flip(image) : horizontal_flip(image), size)) all.push_back(std::move(t));
  return all;
}

Tensor gaussian_noise(const Tensor& image, double mean, double sigma, bool clip, const Source& generator) {
  check_pixels(image, "gaussian_noise");
  WICK_CHECK_TYPE(ValueError, sigma >= 0, "gaussian_noise: sigma must not be negative, got ", sigma);
  const bool fp = image.is_floating_point();
  const double range = fp ? 1 : 255;
  const Tensor noise = empty(image.sizes(), fp ? image.scalar_type() : kFloat).normal_(0, 1, generator).mul_(sigma * range).add_(mean * range);
  Tensor out = image.add(fp ? noise : noise.to(kShort));
  if (clip) out = out.clamp(0, range);
  return out.to(image.scalar_type());
}
Tensor permute_channels(const Tensor& image, const std::vector<int64_t>& permutation) {
  check_image(image, "permute_channels");
  std::vector<int64_t> sorted = permutation;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i) WICK_CHECK_TYPE(ValueError, sorted[i] == static_cast<int64_t>(i), "permute_channels: ", IntArrayRef(permutation), " is no permutation");
  WICK_CHECK_TYPE(ValueError, static_cast<int64_t>(sorted.size()) == image.size(-3), "permute_channels: ", IntArrayRef(permutation), " for a picture of ", image.size(-3), " channels");
  return image.index_select(-3, tensor(permutation));
}
Tensor grayscale_to_rgb(const Tensor& image) {
  check_colours(image, "grayscale_to_rgb");
  return image.size(-3) == 3 ? image : rgb_to_grayscale(image, 3);
}
Tensor jpeg(const Tensor& image, int quality) {
  check_image(image, "jpeg");
  return batched(image, [&](const Tensor& x) {
    std::vector<Tensor> all;
    for (int64_t i = 0; i < x.size(0); ++i) all.push_back(decode_jpeg(encode_jpeg(x[i], quality)));
    return x.size(0) == 1 ? all[0].unsqueeze(0) : stack(all);
  });
}

}  // namespace functional

namespace transforms {
namespace F = functional;
namespace {

Sample parts(Sample s, const char* who, const std::function<std::vector<Tensor>(const Tensor&)>& f) {
  check_image(s.image, who);
  WICK_CHECK_TYPE(ValueError, !s.mask.defined() && !s.boxes.defined(), who, ": it takes pictures alone; this sample has a mask or boxes");
  s.image = stack(f(s.image));
  return s;
}
template <class F>
Sample picture(Sample s, const char* who, const F& f) {
  check_image(s.image, who);
  s.image = f(s.image);
  return s;
}
std::vector<int64_t> drawn_order(int64_t n, const Source& g) {
  const Tensor t = randperm(n, g);
  return {t.data_ptr<int64_t>(), t.data_ptr<int64_t>() + n};
}

}  // namespace

Sample FiveCrop::apply(Sample sample, const Source&) const {
  return parts(std::move(sample), "FiveCrop", [&](const Tensor& x) { return F::five_crop(x, size_); });
}
Sample TenCrop::apply(Sample sample, const Source&) const {
  return parts(std::move(sample), "TenCrop", [&](const Tensor& x) { return F::ten_crop(x, size_, vertical_); });
}

ElasticTransform::ElasticTransform(std::vector<double> alpha, std::vector<double> sigma, InterpolationMode interpolation, std::vector<double> fill)
    : alpha_(std::move(alpha)), sigma_(std::move(sigma)), mode_(interpolation), fill_(std::move(fill)) {
  for (auto* v : {&alpha_, &sigma_}) {
    WICK_CHECK_TYPE(ValueError, v->size() == 1 || v->size() == 2, "ElasticTransform: alpha and sigma are one number, or those of x and y, got ", v->size());
    v->resize(2, v->front());
  }
}
Sample ElasticTransform::apply(Sample sample, const Source& generator) const {
  check_image(sample.image, "ElasticTransform");
  const int64_t size[] = {sample.image.size(-1), sample.image.size(-2)};
  std::vector<Tensor> moves;
  for (size_t i = 0; i < 2; ++i) {
    Tensor d = rand({1, 1, size[1], size[0]}, generator).mul_(2).sub_(1);
    if (sigma_[i] > 0) {
      const int64_t k = static_cast<int64_t>(8 * sigma_[i] + 1) | 1;
      d = F::gaussian_blur(d, {k, k}, sigma_);
    }
    moves.push_back(d.mul(alpha_[i]).div(size[i]));
  }
  const Tensor displacement = cat(moves, 1).permute({0, 2, 3, 1});
  sample.image = F::elastic(sample.image, displacement, mode_, fill_);
  if (sample.mask.defined()) {
    const Tensor m = sample.mask.dim() == 2 ? sample.mask.unsqueeze(0) : sample.mask, moved = F::elastic(m, displacement, InterpolationMode::NEAREST, {0});
    sample.mask = sample.mask.dim() == 2 ? moved.squeeze(0) : moved;
  }
  if (sample.boxes.defined()) sample.boxes = F::elastic_boxes(sample.boxes, size[1], size[0], displacement);
  return sample;
}

GaussianNoise::GaussianNoise(double mean, double sigma, bool clip) : mean_(mean), sigma_(sigma), clip_(clip) {
  WICK_CHECK_TYPE(ValueError, sigma >= 0, "GaussianNoise: sigma must not be negative, got ", sigma);
}
Sample GaussianNoise::apply(Sample sample, const Source& generator) const {
  return picture(std::move(sample), "GaussianNoise", [&](const Tensor& x) { return F::gaussian_noise(x, mean_, sigma_, clip_, generator); });
}
Sample RandomChannelPermutation::apply(Sample sample, const Source& generator) const {
  return picture(std::move(sample), "RandomChannelPermutation", [&](const Tensor& x) { return F::permute_channels(x, drawn_order(x.size(-3), generator)); });
}
JPEG::JPEG(std::pair<int64_t, int64_t> quality) : quality_(quality) {
  WICK_CHECK_TYPE(ValueError, quality.first >= 1 && quality.first <= quality.second && quality.second <= 100, "JPEG: quality must be increasing and 1 to 100, got ", quality.first, " to ", quality.second);
}
Sample JPEG::apply(Sample sample, const Source& generator) const {
  const auto quality = static_cast<int>(randint(quality_.first, quality_.second + 1, {}, generator).item<int64_t>());
  return picture(std::move(sample), "JPEG", [&](const Tensor& x) { return F::jpeg(x, quality); });
}
Sample RGB::apply(Sample sample, const Source&) const { return picture(std::move(sample), "RGB", F::grayscale_to_rgb); }
Sample Lambda::apply(Sample sample, const Source&) const { return picture(std::move(sample), "Lambda", function_); }
Sample Identity::apply(Sample sample, const Source&) const { return sample; }

RandomPhotometricDistort::RandomPhotometricDistort(std::pair<double, double> brightness, std::pair<double, double> contrast, std::pair<double, double> saturation, std::pair<double, double> hue, double p)
    : ranges_{brightness, contrast, saturation, hue}, p_(p) {
  check_p(p, "RandomPhotometricDistort");
}
Sample RandomPhotometricDistort::apply(Sample sample, const Source& generator) const {
  check_image(sample.image, "RandomPhotometricDistort");
  std::optional<double> factor[4];
  for (size_t i = 0; i < 4; ++i)
    if (chance(generator) < static_cast<double>(static_cast<float>(p_))) factor[i] = uniform(ranges_[i].first, ranges_[i].second, generator);
  const bool contrast_first = rand({}, generator).item<double>() < 0.5;
  std::vector<int64_t> order;
  if (chance(generator) < static_cast<double>(static_cast<float>(p_))) order = drawn_order(sample.image.size(-3), generator);
  Tensor& x = sample.image;
  if (factor[0]) x = F::adjust_brightness(x, *factor[0]);
  if (factor[1] && contrast_first) x = F::adjust_contrast(x, *factor[1]);
  if (factor[2]) x = F::adjust_saturation(x, *factor[2]);
  if (factor[3]) x = F::adjust_hue(x, *factor[3]);
  if (factor[1] && !contrast_first) x = F::adjust_contrast(x, *factor[1]);
  if (!order.empty()) x = F::permute_channels(x, order);
  return sample;
}

LinearTransformation::LinearTransformation(Tensor transformation_matrix, Tensor mean_vector) : matrix_(std::move(transformation_matrix)), mean_(std::move(mean_vector)) {
  WICK_CHECK_TYPE(ValueError, matrix_.defined() && matrix_.dim() == 2 && matrix_.size(0) == matrix_.size(1), "LinearTransformation: the matrix is [n, n]", matrix_.defined() ? str(", got ", matrix_.sizes()) : "");
  WICK_CHECK_TYPE(ValueError, mean_.defined() && mean_.dim() == 1 && mean_.size(0) == matrix_.size(0), "LinearTransformation: the mean is [", matrix_.size(0), "]", mean_.defined() ? str(", got ", mean_.sizes()) : "");
  WICK_CHECK_TYPE(ValueError, matrix_.scalar_type() == mean_.scalar_type(), "LinearTransformation: matrix and mean have one dtype, got ", matrix_.scalar_type(), " and ", mean_.scalar_type());
}
Sample LinearTransformation::apply(Sample sample, const Source&) const {
  return picture(std::move(sample), "LinearTransformation", [&](const Tensor& x) {
    const int64_t n = x.size(-3) * x.size(-2) * x.size(-1);
    WICK_CHECK_TYPE(ValueError, n == mean_.size(0), "LinearTransformation: a picture ", x.sizes(), " has ", n, " values, the matrix takes ", mean_.size(0));
    const Tensor flat = x.reshape({-1, n}).sub(mean_);
    return flat.mm(matrix_.to(flat.scalar_type())).reshape(x.sizes());
  });
}

}  // namespace transforms
}  // namespace wick::vision::inline v1
