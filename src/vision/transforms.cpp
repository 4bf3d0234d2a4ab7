#include <wick/vision/transforms.h>

#include <algorithm>

#include "vision/draw.h"

namespace wick::vision::inline v1 {
namespace transforms {

namespace F = functional;

namespace {

using Steps = std::vector<Step>;

std::pair<int64_t, int64_t> size_of(const Sample& s, const char* who) {
  if (!s.image.defined() && s.mask.defined() && s.mask.dim() >= 2) return {s.mask.size(-2), s.mask.size(-1)};
  check_image(s.image, who);
  const int64_t h = s.image.size(-2), w = s.image.size(-1);
  WICK_CHECK_TYPE(ValueError, !s.mask.defined() || (s.mask.dim() >= 2 && s.mask.size(-2) == h && s.mask.size(-1) == w), who, ": the mask ", s.mask.sizes(), " does not fit the picture ", s.image.sizes());
  return {h, w};
}

// The picture by f(x, false), the mask by f(x, true), the boxes by g.
template <class F, class G>
Sample change(Sample s, const F& f, const G& g) {
  if (s.image.defined()) s.image = f(s.image, false);
  if (s.mask.defined()) s.mask = s.mask.dim() == 2 ? f(s.mask.unsqueeze(0), true).squeeze(0) : f(s.mask, true);
  if (s.boxes.defined()) s.boxes = g(s.boxes);
  return s;
}
template <class F>
Sample change_image(Sample s, const char* who, const F& f) {
  check_image(s.image, who);
  s.image = f(s.image);
  return s;
}

// A mask has the class 0 where the picture has `fill`, and a kind of interpolation that makes no new classes.
InterpolationMode mode_for(bool mask, InterpolationMode mode) { return mask ? InterpolationMode::NEAREST : mode; }
std::vector<double> fill_for(bool mask, const std::vector<double>& fill) { return mask ? std::vector<double>{0} : fill; }

Sample run(const Steps& steps, Sample s, const Source& g) {
  for (const Step& step : steps) s = step.apply(std::move(s), g);
  return s;
}
void check_steps(const Steps& steps, const char* who) { WICK_CHECK_TYPE(ValueError, !steps.empty(), who, ": at least one transform is needed"); }

void check_range(std::pair<double, double> r, const char* who, const char* what, double least) {
  WICK_CHECK_TYPE(ValueError, r.first >= least && r.first <= r.second, who, ": ", what, " must be increasing and at least ", least, ", got ", r.first, " to ", r.second);
}
Sample cropped(Sample s, int64_t top, int64_t left, int64_t height, int64_t width) {
  return change(std::move(s), [&](const Tensor& x, bool) { return F::crop(x, top, left, height, width); }, [&](const Tensor& b) { return F::crop_boxes(b, top, left, height, width); });
}
Sample padded(Sample s, const std::vector<int64_t>& p, double fill, PaddingMode mode) {
  const auto [h, w] = size_of(s, "Pad");
  const int64_t left = p[0], top = p[p.size() == 1 ? 0 : 1], right = p.size() == 4 ? p[2] : left, bottom = p.size() == 4 ? p[3] : top;
  return change(std::move(s), [&](const Tensor& x, bool mask) { return F::pad(x, p, mask ? 0 : fill, mode); },
                [&, h = h, w = w](const Tensor& b) { return F::crop_boxes(b, -top, -left, h + top + bottom, w + left + right); });
}

// log(ratio) in float, as torchvision keeps it; then a draw between.
double aspect(std::pair<double, double> ratio, const Source& g) {
  const Tensor logs = tensor({ratio.first, ratio.second}).to(kFloat).log();
  const double low = logs[0].item<double>(), high = logs[1].item<double>();
  return empty({1}, kFloat).uniform_(low, high, g).exp().item<double>();
}

}  // namespace

Transform::~Transform() = default;
Tensor Transform::operator()(const Tensor& image, const Source& generator) const { return apply({image, {}, {}, {}}, generator).image; }
Sample Transform::operator()(Sample sample, const Source& generator) const { return apply(std::move(sample), generator); }

Compose::Compose(Steps steps) : steps_(std::move(steps)) { check_steps(steps_, "Compose"); }
Sample Compose::apply(Sample sample, const Source& generator) const { return run(steps_, std::move(sample), generator); }

RandomApply::RandomApply(Steps steps, double p) : steps_(std::move(steps)), p_(p) {
  check_steps(steps_, "RandomApply");
  check_p(p, "RandomApply");
}
Sample RandomApply::apply(Sample sample, const Source& generator) const { return chance(generator) >= p_ ? sample : run(steps_, std::move(sample), generator); }

RandomChoice::RandomChoice(Steps steps, std::vector<double> p) : steps_(std::move(steps)), p_(std::move(p)) {
  check_steps(steps_, "RandomChoice");
  if (p_.empty()) p_.assign(steps_.size(), 1);
  WICK_CHECK_TYPE(ValueError, p_.size() == steps_.size(), "RandomChoice: ", p_.size(), " weights for ", steps_.size(), " transforms");
  double sum = 0;
  for (const double w : p_) {
    WICK_CHECK_TYPE(ValueError, w >= 0, "RandomChoice: a weight is negative: ", w);
    sum += w;
  }
  WICK_CHECK_TYPE(ValueError, sum > 0, "RandomChoice: all weights are 0");
  for (double& w : p_) w /= sum;
}
Sample RandomChoice::apply(Sample sample, const Source& generator) const {
  const auto i = multinomial(tensor(p_).to(kFloat), 1, false, generator).item<int64_t>();
  return steps_[static_cast<size_t>(i)].apply(std::move(sample), generator);
}

RandomOrder::RandomOrder(Steps steps) : steps_(std::move(steps)) { check_steps(steps_, "RandomOrder"); }
Sample RandomOrder::apply(Sample sample, const Source& generator) const {
  const Tensor order = randperm(static_cast<int64_t>(steps_.size()), generator);
  for (int64_t i = 0; i < order.numel(); ++i) sample = steps_[static_cast<size_t>(order[i].item<int64_t>())].apply(std::move(sample), generator);
  return sample;
}

Sample Resize::apply(Sample sample, const Source&) const {
  const auto [h, w] = size_of(sample, "Resize");
  const Tensor like = empty({1, h, w}, kByte);  // how large the result is, when there are only boxes and a mask
  const Tensor result = sample.boxes.defined() ? F::resize(like, size_, InterpolationMode::NEAREST, max_size_) : like;
  return change(std::move(sample), [&](const Tensor& x, bool mask) { return F::resize(x, size_, mode_for(mask, mode_), max_size_, antialias_); },
                [&, h = h, w = w](const Tensor& b) { return F::resize_boxes(b, h, w, result.size(1), result.size(2)); });
}
Sample CenterCrop::apply(Sample sample, const Source&) const {
  const auto [h, w] = size_of(sample, "CenterCrop");
  const auto first = [](int64_t have, int64_t want) { return want > have ? -((want - have) / 2) : rounded(static_cast<double>(have - want) / 2); };
  return cropped(std::move(sample), first(h, size_.height()), first(w, size_.width()), size_.height(), size_.width());
}
Sample Pad::apply(Sample sample, const Source&) const { return padded(std::move(sample), padding_, fill_, mode_); }

RandomCrop::RandomCrop(Extent size, std::vector<int64_t> padding, bool pad_if_needed, double fill, PaddingMode mode)
    : size_(std::move(size)), padding_(std::move(padding)), pad_if_needed_(pad_if_needed), fill_(fill), mode_(mode) {
  WICK_CHECK_TYPE(ValueError, padding_.size() != 3 && padding_.size() <= 4, "RandomCrop: padding is 1, 2 or 4 numbers, got ", padding_.size());
}
Sample RandomCrop::apply(Sample sample, const Source& generator) const {
  auto [h, w] = size_of(sample, "RandomCrop");
  std::vector<int64_t> p{0, 0, 0, 0};
  if (padding_.size() == 4) p = padding_;
  else if (!padding_.empty()) p = {padding_.front(), padding_.back(), padding_.front(), padding_.back()};
  h += p[1] + p[3];
  w += p[0] + p[2];
  const int64_t ch = size_.height(), cw = size_.width();
  if (pad_if_needed_) {
    if (const int64_t more = ch - h; more > 0) p[1] += more, p[3] += more, h += 2 * more;
    if (const int64_t more = cw - w; more > 0) p[0] += more, p[2] += more, w += 2 * more;
  }
  WICK_CHECK_TYPE(ValueError, h >= ch && w >= cw, "RandomCrop: ", ch, " x ", cw, " is larger than the picture, ", h, " x ", w, padding_.empty() ? "" : " with its padding", "; pad_if_needed helps");
  const int64_t top = h > ch ? integer(0, h - ch + 1, generator) : 0, left = w > cw ? integer(0, w - cw + 1, generator) : 0;
  if (p != std::vector<int64_t>{0, 0, 0, 0}) sample = padded(std::move(sample), p, fill_, mode_);
  return h > ch || w > cw ? cropped(std::move(sample), top, left, ch, cw) : sample;
}

RandomResizedCrop::RandomResizedCrop(Extent size, std::pair<double, double> scale, std::pair<double, double> ratio, InterpolationMode interpolation, bool antialias)
    : size_(std::move(size)), scale_(scale), ratio_(ratio), mode_(interpolation), antialias_(antialias) {
  check_range(scale, "RandomResizedCrop", "scale", 0);
  check_range(ratio, "RandomResizedCrop", "ratio", 1e-6);
}
std::array<int64_t, 4> RandomResizedCrop::draw(int64_t height, int64_t width, const Source& generator) const {
  for (int i = 0; i < 10; ++i) {
    const double area = static_cast<double>(height * width) * uniform(scale_.first, scale_.second, generator), shape = aspect(ratio_, generator);
    const int64_t w = rounded(std::sqrt(area * shape)), h = rounded(std::sqrt(area / shape));
    if (w <= 0 || w > width || h <= 0 || h > height) continue;
    const int64_t top = integer(0, height - h + 1, generator), left = integer(0, width - w + 1, generator);
    return {top, left, h, w};
  }
  const double shape = static_cast<double>(width) / static_cast<double>(height);
  int64_t w = width, h = height;
  if (shape < ratio_.first) h = rounded(static_cast<double>(w) / ratio_.first);
  else if (shape > ratio_.second) w = rounded(static_cast<double>(h) * ratio_.second);
  return {(height - h) / 2, (width - w) / 2, h, w};
}
Sample RandomResizedCrop::apply(Sample sample, const Source& generator) const {
  const auto [height, width] = size_of(sample, "RandomResizedCrop");
  const auto [top, left, h, w] = draw(height, width, generator);
  return change(std::move(sample),
                [&, top = top, left = left, h = h, w = w](const Tensor& x, bool mask) {
                  return F::resized_crop(x, top, left, h, w, size_.is_edge() ? Extent{size_.height(), size_.height()} : size_, mode_for(mask, mode_), antialias_);
                },
                [&, top = top, left = left, h = h, w = w](const Tensor& b) { return F::resize_boxes(F::crop_boxes(b, top, left, h, w), h, w, size_.height(), size_.width()); });
}

RandomHorizontalFlip::RandomHorizontalFlip(double p) : p_(p) { check_p(p, "RandomHorizontalFlip"); }
Sample RandomHorizontalFlip::apply(Sample sample, const Source& generator) const {
  if (chance(generator) >= p_) return sample;
  const int64_t w = size_of(sample, "RandomHorizontalFlip").second;
  return change(std::move(sample), [](const Tensor& x, bool) { return F::horizontal_flip(x); }, [&](const Tensor& b) { return F::horizontal_flip_boxes(b, w); });
}
RandomVerticalFlip::RandomVerticalFlip(double p) : p_(p) { check_p(p, "RandomVerticalFlip"); }
Sample RandomVerticalFlip::apply(Sample sample, const Source& generator) const {
  if (chance(generator) >= p_) return sample;
  const int64_t h = size_of(sample, "RandomVerticalFlip").first;
  return change(std::move(sample), [](const Tensor& x, bool) { return F::vertical_flip(x); }, [&](const Tensor& b) { return F::vertical_flip_boxes(b, h); });
}

RandomRotation::RandomRotation(double degrees, InterpolationMode interpolation, bool expand, std::vector<double> center, std::vector<double> fill)
    : RandomRotation(std::pair{-degrees, degrees}, interpolation, expand, std::move(center), std::move(fill)) {}
RandomRotation::RandomRotation(std::pair<double, double> degrees, InterpolationMode interpolation, bool expand, std::vector<double> center, std::vector<double> fill)
    : degrees_(degrees), mode_(interpolation), expand_(expand), center_(std::move(center)), fill_(std::move(fill)) {
  check_range(degrees, "RandomRotation", "degrees", -1e9);
}
Sample RandomRotation::apply(Sample sample, const Source& generator) const {
  const auto [h, w] = size_of(sample, "RandomRotation");
  const double angle = uniform(degrees_.first, degrees_.second, generator);
  return change(std::move(sample), [&](const Tensor& x, bool mask) { return F::rotate(x, angle, mode_for(mask, mode_), expand_, center_, fill_for(mask, fill_)); },
                [&, h = h, w = w](const Tensor& b) { return F::rotate_boxes(b, h, w, angle, expand_, center_); });
}

RandomAffine::RandomAffine(double degrees, std::vector<double> translate, std::vector<double> scale, std::vector<double> shear, InterpolationMode interpolation,
                           std::vector<double> fill, std::vector<double> center)
    : degrees_(degrees), translate_(std::move(translate)), scale_(std::move(scale)), shear_(std::move(shear)), mode_(interpolation), fill_(std::move(fill)), center_(std::move(center)) {
  WICK_CHECK_TYPE(ValueError, degrees >= 0, "RandomAffine: degrees must not be negative, got ", degrees);
  WICK_CHECK_TYPE(ValueError, (translate_.empty() || translate_.size() == 2) && (scale_.empty() || scale_.size() == 2) && (shear_.empty() || shear_.size() == 2 || shear_.size() == 4),
                  "RandomAffine: translate and scale are 2 numbers, shear 2 or 4; got ", translate_.size(), ", ", scale_.size(), " and ", shear_.size());
  for (const double t : translate_) WICK_CHECK_TYPE(ValueError, t >= 0 && t <= 1, "RandomAffine: translate must be 0 to 1, got ", t);
  for (const double s : scale_) WICK_CHECK_TYPE(ValueError, s > 0, "RandomAffine: scale must be positive, got ", s);
}
Sample RandomAffine::apply(Sample sample, const Source& generator) const {
  const auto [h, w] = size_of(sample, "RandomAffine");
  const double angle = uniform(-degrees_, degrees_, generator);
  std::vector<double> move{0, 0}, shear{0, 0};
  if (!translate_.empty()) {
    const double x = translate_[0] * static_cast<double>(w), y = translate_[1] * static_cast<double>(h);
    move[0] = static_cast<double>(rounded(uniform(-x, x, generator)));
    move[1] = static_cast<double>(rounded(uniform(-y, y, generator)));
  }
  const double scale = scale_.empty() ? 1 : uniform(scale_[0], scale_[1], generator);
  for (size_t k = 0; 2 * k < shear_.size(); ++k) shear[k] = uniform(shear_[2 * k], shear_[2 * k + 1], generator);
  return change(std::move(sample), [&](const Tensor& x, bool mask) { return F::affine(x, angle, move, scale, shear, mode_for(mask, mode_), fill_for(mask, fill_), center_); },
                [&, h = h, w = w](const Tensor& b) { return F::affine_boxes(b, h, w, angle, move, scale, shear, center_); });
}

RandomPerspective::RandomPerspective(double distortion_scale, double p, InterpolationMode interpolation, std::vector<double> fill)
    : scale_(distortion_scale), p_(p), mode_(interpolation), fill_(std::move(fill)) {
  check_p(p, "RandomPerspective");
  WICK_CHECK_TYPE(ValueError, scale_ >= 0 && scale_ <= 1, "RandomPerspective: distortion_scale must be 0 to 1, got ", scale_);
}
Sample RandomPerspective::apply(Sample sample, const Source& generator) const {
  if (chance(generator) >= p_) return sample;
  const auto [h, w] = size_of(sample, "RandomPerspective");
  const auto dy = static_cast<int64_t>(scale_ * static_cast<double>(h / 2)) + 1, dx = static_cast<int64_t>(scale_ * static_cast<double>(w / 2)) + 1;
  const auto corner = [&, h = h, w = w](bool right, bool low) {
    const int64_t x = right ? integer(w - dx, w, generator) : integer(0, dx, generator), y = low ? integer(h - dy, h, generator) : integer(0, dy, generator);
    return std::vector<double>{static_cast<double>(x), static_cast<double>(y)};
  };
  std::vector<std::vector<double>> to;
  for (const auto& [right, low] : {std::pair{false, false}, {true, false}, {true, true}, {false, true}}) to.push_back(corner(right, low));
  const double x = static_cast<double>(w - 1), y = static_cast<double>(h - 1);
  const std::vector<double> c = F::perspective_coefficients({{0, 0}, {x, 0}, {x, y}, {0, y}}, to);
  return change(std::move(sample), [&](const Tensor& t, bool mask) { return F::perspective(t, c, mode_for(mask, mode_), fill_for(mask, fill_)); },
                [&, h = h, w = w](const Tensor& b) { return F::perspective_boxes(b, h, w, c); });
}

ColorJitter::ColorJitter(Jitter brightness, Jitter contrast, Jitter saturation, Jitter hue) {
  const Jitter* all[] = {&brightness, &contrast, &saturation, &hue};
  for (size_t i = 0; i < 4; ++i) {
    const double center = i == 3 ? 0 : 1, low = i == 3 ? -0.5 : 0, high = i == 3 ? 0.5 : HUGE_VAL;
    std::optional<std::pair<double, double>> r = all[i]->range;
    if (all[i]->value) {
      WICK_CHECK_TYPE(ValueError, *all[i]->value >= 0, "ColorJitter: a single number must not be negative, got ", *all[i]->value);
      r = {center - *all[i]->value, center + *all[i]->value};
      if (i < 3) r->first = std::max(r->first, 0.0);
    }
    if (!r || (r->first == center && r->second == center)) continue;
    WICK_CHECK_TYPE(ValueError, r->first >= low && r->first <= r->second && r->second <= high, "ColorJitter: a range must be increasing and within ", low, " to ", high, ", got ", r->first, " to ", r->second);
    ranges_[i] = r;
  }
}
Sample ColorJitter::apply(Sample sample, const Source& generator) const {
  check_image(sample.image, "ColorJitter");
  const Tensor order = randperm(4, generator);
  double factor[4] = {};
  for (size_t i = 0; i < 4; ++i)
    if (ranges_[i]) factor[i] = uniform(ranges_[i]->first, ranges_[i]->second, generator);
  using Adjust = Tensor (*)(const Tensor&, double);
  constexpr Adjust adjust[] = {F::adjust_brightness, F::adjust_contrast, F::adjust_saturation, F::adjust_hue};
  for (int64_t i = 0; i < 4; ++i) {
    const auto k = static_cast<size_t>(order[i].item<int64_t>());
    if (ranges_[k]) sample.image = adjust[k](sample.image, factor[k]);
  }
  return sample;
}

Sample Grayscale::apply(Sample sample, const Source&) const {
  return change_image(std::move(sample), "Grayscale", [&](const Tensor& x) { return F::rgb_to_grayscale(x, channels_); });
}
GaussianBlur::GaussianBlur(std::vector<int64_t> kernel_size, std::pair<double, double> sigma) : kernel_size_(std::move(kernel_size)), sigma_(sigma) { check_range(sigma, "GaussianBlur", "sigma", 1e-9); }
Sample GaussianBlur::apply(Sample sample, const Source& generator) const {
  const double sigma = uniform(sigma_.first, sigma_.second, generator);
  return change_image(std::move(sample), "GaussianBlur", [&](const Tensor& x) { return F::gaussian_blur(x, kernel_size_, {sigma}); });
}

RandomChange::RandomChange(double p) : p_(p) { check_p(p, "a random transform"); }
Sample RandomChange::apply(Sample sample, const Source& generator) const {
  return chance(generator) >= p_ ? sample : change_image(std::move(sample), "a random transform", [&](const Tensor& x) { return change(x); });
}
Tensor RandomGrayscale::change(const Tensor& image) const { return F::rgb_to_grayscale(image, image.size(-3)); }
Tensor RandomSolarize::change(const Tensor& image) const { return F::solarize(image, threshold_); }
Tensor RandomPosterize::change(const Tensor& image) const { return F::posterize(image, bits_); }
Tensor RandomEqualize::change(const Tensor& image) const { return F::equalize(image); }
Tensor RandomAutocontrast::change(const Tensor& image) const { return F::autocontrast(image); }
Tensor RandomInvert::change(const Tensor& image) const { return F::invert(image); }
Tensor RandomAdjustSharpness::change(const Tensor& image) const { return F::adjust_sharpness(image, factor_); }

RandomErasing::RandomErasing(double p, std::pair<double, double> scale, std::pair<double, double> ratio, std::vector<double> value)
    : p_(p), scale_(scale), ratio_(ratio), value_(std::move(value)) {
  check_p(p, "RandomErasing");
  check_range(scale, "RandomErasing", "scale", 0);
  check_range(ratio, "RandomErasing", "ratio", 1e-6);
  WICK_CHECK_TYPE(ValueError, scale.second <= 1, "RandomErasing: scale must be at most 1, got ", scale.second);
}
Sample RandomErasing::apply(Sample sample, const Source& generator) const {
  if (chance(generator) >= p_) return sample;
  check_image(sample.image, "RandomErasing");
  const int64_t c = sample.image.size(-3), height = sample.image.size(-2), width = sample.image.size(-1);
  WICK_CHECK_TYPE(ValueError, value_.size() <= 1 || static_cast<int64_t>(value_.size()) == c, "RandomErasing: ", value_.size(), " values for ", c, " channels");
  for (int i = 0; i < 10; ++i) {
    const double area = static_cast<double>(height * width) * uniform(scale_.first, scale_.second, generator), shape = aspect(ratio_, generator);
    const int64_t h = rounded(std::sqrt(area * shape)), w = rounded(std::sqrt(area / shape));
    if (h >= height || w >= width) continue;
    const Tensor value = value_.empty() ? empty({c, h, w}, kFloat).normal_(0, 1, generator) : tensor(value_).to(kFloat).view({-1, 1, 1});
    const int64_t top = integer(0, height - h + 1, generator), left = integer(0, width - w + 1, generator);
    sample.image = F::erase(sample.image, top, left, h, w, value.to(sample.image.scalar_type()));
    return sample;
  }
  return sample;
}

Sample Normalize::apply(Sample sample, const Source&) const {
  return change_image(std::move(sample), "Normalize", [&](const Tensor& x) { return F::normalize(x, mean_, std_); });
}
Sample ToDtype::apply(Sample sample, const Source&) const {
  return change_image(std::move(sample), "ToDtype", [&](const Tensor& x) { return F::to_dtype(x, dtype_, scale_); });
}
Sample ToTensor::apply(Sample sample, const Source&) const {
  return change_image(std::move(sample), "ToTensor", [](const Tensor& x) { return F::to_tensor(x); });
}

}  // namespace transforms
}  // namespace wick::vision::inline v1
