// AutoAugment and its kin: a change by name and strength.
#include <algorithm>
#include <iterator>

#include <wick/vision/transforms.h>

#include "vision/draw.h"

namespace wick::vision::inline v1 {
namespace transforms {

namespace F = functional;

namespace {

enum Op { Identity, ShearX, ShearY, TranslateX, TranslateY, Rotate, Brightness, Color, Contrast, Sharpness, Posterize, Solarize, AutoContrast, Equalize, Invert };

struct Choice { Op op; double p; int64_t magnitude; };  // magnitude -1: it has none
constexpr Choice kPolicies[3][25][2] = {{
    {{Posterize, 0.4, 8}, {Rotate, 0.6, 9}}, {{Solarize, 0.6, 5}, {AutoContrast, 0.6, -1}},
    {{Equalize, 0.8, -1}, {Equalize, 0.6, -1}}, {{Posterize, 0.6, 7}, {Posterize, 0.6, 6}},
    {{Equalize, 0.4, -1}, {Solarize, 0.2, 4}}, {{Equalize, 0.4, -1}, {Rotate, 0.8, 8}}, {{Solarize, 0.6, 3}, {Equalize, 0.6, -1}},
    {{Posterize, 0.8, 5}, {Equalize, 1.0, -1}}, {{Rotate, 0.2, 3}, {Solarize, 0.6, 8}}, {{Equalize, 0.6, -1}, {Posterize, 0.4, 6}},
    {{Rotate, 0.8, 8}, {Color, 0.4, 0}}, {{Rotate, 0.4, 9}, {Equalize, 0.6, -1}}, {{Equalize, 0.0, -1}, {Equalize, 0.8, -1}},
    {{Invert, 0.6, -1}, {Equalize, 1.0, -1}}, {{Color, 0.6, 4}, {Contrast, 1.0, 8}}, {{Rotate, 0.8, 8}, {Color, 1.0, 2}},
    {{Color, 0.8, 8}, {Solarize, 0.8, 7}}, {{Sharpness, 0.4, 7}, {Invert, 0.6, -1}}, {{ShearX, 0.6, 5}, {Equalize, 1.0, -1}},
    {{Color, 0.4, 0}, {Equalize, 0.6, -1}}, {{Equalize, 0.4, -1}, {Solarize, 0.2, 4}}, {{Solarize, 0.6, 5}, {AutoContrast, 0.6, -1}},
    {{Invert, 0.6, -1}, {Equalize, 1.0, -1}}, {{Color, 0.6, 4}, {Contrast, 1.0, 8}}, {{Equalize, 0.8, -1}, {Equalize, 0.6, -1}}
}, {
    {{Invert, 0.1, -1}, {Contrast, 0.2, 6}}, {{Rotate, 0.7, 2}, {TranslateX, 0.3, 9}}, {{Sharpness, 0.8, 1}, {Sharpness, 0.9, 3}},
    {{ShearY, 0.5, 8}, {TranslateY, 0.7, 9}}, {{AutoContrast, 0.5, -1}, {Equalize, 0.9, -1}},
    {{ShearY, 0.2, 7}, {Posterize, 0.3, 7}}, {{Color, 0.4, 3}, {Brightness, 0.6, 7}}, {{Sharpness, 0.3, 9}, {Brightness, 0.7, 9}},
    {{Equalize, 0.6, -1}, {Equalize, 0.5, -1}}, {{Contrast, 0.6, 7}, {Sharpness, 0.6, 5}}, {{Color, 0.7, 7}, {TranslateX, 0.5, 8}},
    {{Equalize, 0.3, -1}, {AutoContrast, 0.4, -1}}, {{TranslateY, 0.4, 3}, {Sharpness, 0.2, 6}},
    {{Brightness, 0.9, 6}, {Color, 0.2, 8}}, {{Solarize, 0.5, 2}, {Invert, 0.0, -1}}, {{Equalize, 0.2, -1}, {AutoContrast, 0.6, -1}},
    {{Equalize, 0.2, -1}, {Equalize, 0.6, -1}}, {{Color, 0.9, 9}, {Equalize, 0.6, -1}},
    {{AutoContrast, 0.8, -1}, {Solarize, 0.2, 8}}, {{Brightness, 0.1, 3}, {Color, 0.7, 0}},
    {{Solarize, 0.4, 5}, {AutoContrast, 0.9, -1}}, {{TranslateY, 0.9, 9}, {TranslateY, 0.7, 9}},
    {{AutoContrast, 0.9, -1}, {Solarize, 0.8, 3}}, {{Equalize, 0.8, -1}, {Invert, 0.1, -1}},
    {{TranslateY, 0.7, 9}, {AutoContrast, 0.9, -1}}
}, {
    {{ShearX, 0.9, 4}, {Invert, 0.2, -1}}, {{ShearY, 0.9, 8}, {Invert, 0.7, -1}}, {{Equalize, 0.6, -1}, {Solarize, 0.6, 6}},
    {{Invert, 0.9, -1}, {Equalize, 0.6, -1}}, {{Equalize, 0.6, -1}, {Rotate, 0.9, 3}}, {{ShearX, 0.9, 4}, {AutoContrast, 0.8, -1}},
    {{ShearY, 0.9, 8}, {Invert, 0.4, -1}}, {{ShearY, 0.9, 5}, {Solarize, 0.2, 6}}, {{Invert, 0.9, -1}, {AutoContrast, 0.8, -1}},
    {{Equalize, 0.6, -1}, {Rotate, 0.9, 3}}, {{ShearX, 0.9, 4}, {Solarize, 0.3, 3}}, {{ShearY, 0.8, 8}, {Invert, 0.7, -1}},
    {{Equalize, 0.9, -1}, {TranslateY, 0.6, 6}}, {{Invert, 0.9, -1}, {Equalize, 0.6, -1}}, {{Contrast, 0.3, 3}, {Rotate, 0.8, 4}},
    {{Invert, 0.8, -1}, {TranslateY, 0.0, 2}}, {{ShearY, 0.7, 6}, {Solarize, 0.4, 8}}, {{Invert, 0.6, -1}, {Rotate, 0.8, 4}},
    {{ShearY, 0.3, 7}, {TranslateX, 0.9, 3}}, {{ShearX, 0.1, 6}, {Invert, 0.6, -1}}, {{Solarize, 0.7, 2}, {TranslateY, 0.6, 7}},
    {{ShearY, 0.8, 4}, {Invert, 0.8, -1}}, {{ShearX, 0.7, 9}, {TranslateY, 0.8, 3}}, {{ShearY, 0.8, 5}, {AutoContrast, 0.7, -1}},
    {{ShearX, 0.7, 2}, {Invert, 0.1, -1}}
}};
constexpr Op kRandOps[] = {Identity, ShearX, ShearY, TranslateX, TranslateY, Rotate, Brightness, Color, Contrast, Sharpness, Posterize, Solarize, AutoContrast, Equalize};
constexpr Op kMixOps[] = {ShearX, ShearY, TranslateX, TranslateY, Rotate, Posterize, Solarize, AutoContrast, Equalize, Brightness, Color, Contrast, Sharpness};
constexpr int64_t kMixPartial = 9;  // those that no test of robustness has

// How strong changes are: the greatest shear, translation in pixels, turn, factor of colours; bits lost by posterizing from how many.
struct Strength { double shear, translate_x, translate_y, turn, factor, bits, lost; };

bool has_magnitude(Op op) { return op != Identity && op != AutoContrast && op != Equalize && op != Invert; }

// The strength at one of `bins` steps, and its sign drawn where there are two.
double magnitude_of(Op op, int64_t step, int64_t bins, const Strength& s, const Source& g) {
  if (!has_magnitude(op)) return 0;
  WICK_CHECK_TYPE(ValueError, step >= 0 && step < bins, "augmentation: the magnitude ", step, " must be 0 to ", bins - 1);
  if (op == Posterize) return s.bits - std::nearbyint(static_cast<double>(static_cast<float>(step) / static_cast<float>(static_cast<double>(bins - 1) / s.lost)));
  double most = s.factor;
  if (op == ShearX || op == ShearY) most = s.shear;
  if (op == TranslateX) most = s.translate_x;
  if (op == TranslateY) most = s.translate_y;
  if (op == Rotate) most = s.turn;
  if (op == Solarize) return linspace(1.0, 0.0, bins, kFloat)[step].item<double>();
  const double m = linspace(0.0, most, bins, kFloat)[step].item<double>();
  return rand({}, g).item<double>() <= 0.5 ? -m : m;
}

Tensor act(const Tensor& x, Op op, double m, InterpolationMode mode, const std::vector<double>& fill) {
  const double whole = std::trunc(m);
  switch (op) {
    case Identity: return x;
    case ShearX: return F::affine(x, 0, {0, 0}, 1, {std::atan(m) * (180 / M_PI), 0}, mode, fill, {0, 0});
    case ShearY: return F::affine(x, 0, {0, 0}, 1, {0, std::atan(m) * (180 / M_PI)}, mode, fill, {0, 0});
    case TranslateX: return F::affine(x, 0, {whole, 0}, 1, {0, 0}, mode, fill);
    case TranslateY: return F::affine(x, 0, {0, whole}, 1, {0, 0}, mode, fill);
    case Rotate: return F::rotate(x, m, mode, false, {}, fill);
    case Brightness: return F::adjust_brightness(x, 1 + m);
    case Color: return F::adjust_saturation(x, 1 + m);
    case Contrast: return F::adjust_contrast(x, 1 + m);
    case Sharpness: return F::adjust_sharpness(x, 1 + m);
    case Posterize: return F::posterize(x, static_cast<int64_t>(m));
    case Solarize: return F::solarize(x, greatest(x) * m);
    case AutoContrast: return F::autocontrast(x);
    case Equalize: return F::equalize(x);
    default: return F::invert(x);
  }
}

std::pair<double, double> prepare(const Sample& s, const char* who) {
  check_pixels(s.image, who);
  WICK_CHECK_TYPE(ValueError, !s.mask.defined() && !s.boxes.defined(), who, ": it changes pictures alone; this sample has a mask or boxes");
  return {static_cast<double>(s.image.size(-2)), static_cast<double>(s.image.size(-1))};
}
int64_t below(int64_t n, const Source& g) { return randint(n, {}, g).item<int64_t>(); }

}  // namespace

AutoAugment::AutoAugment(AutoAugmentPolicy policy, InterpolationMode interpolation, std::vector<double> fill) : policy_(policy), mode_(interpolation), fill_(std::move(fill)) {}
Sample AutoAugment::apply(Sample sample, const Source& generator) const {
  const auto [h, w] = prepare(sample, "AutoAugment");
  const Strength strength{0.3, 150.0 / 331 * w, 150.0 / 331 * h, 30, 0.9, 8, 4};
  for (const Choice& c : kPolicies[static_cast<int>(policy_)][below(25, generator)]) {
    if (!(rand({}, generator).item<float>() <= static_cast<float>(c.p))) continue;
    sample.image = act(sample.image, c.op, magnitude_of(c.op, c.magnitude, 10, strength, generator), mode_, fill_);
  }
  return sample;
}

RandAugment::RandAugment(int64_t num_ops, int64_t magnitude, int64_t num_magnitude_bins, InterpolationMode interpolation, std::vector<double> fill)
    : ops_(num_ops), magnitude_(magnitude), bins_(num_magnitude_bins), mode_(interpolation), fill_(std::move(fill)) {
  WICK_CHECK_TYPE(ValueError, num_ops >= 0, "RandAugment: num_ops must not be negative, got ", num_ops);
  WICK_CHECK_TYPE(ValueError, num_magnitude_bins >= 2 && magnitude >= 0 && magnitude < num_magnitude_bins, "RandAugment: the magnitude ", magnitude, " must be 0 to ", num_magnitude_bins - 1);
}
Sample RandAugment::apply(Sample sample, const Source& generator) const {
  const auto [h, w] = prepare(sample, "RandAugment");
  const Strength strength{0.3, 150.0 / 331 * w, 150.0 / 331 * h, 30, 0.9, 8, 4};
  for (int64_t i = 0; i < ops_; ++i) {
    const Op op = kRandOps[below(std::size(kRandOps), generator)];
    sample.image = act(sample.image, op, magnitude_of(op, magnitude_, bins_, strength, generator), mode_, fill_);
  }
  return sample;
}

TrivialAugmentWide::TrivialAugmentWide(int64_t num_magnitude_bins, InterpolationMode interpolation, std::vector<double> fill)
    : bins_(num_magnitude_bins), mode_(interpolation), fill_(std::move(fill)) {
  WICK_CHECK_TYPE(ValueError, bins_ >= 2, "TrivialAugmentWide: num_magnitude_bins must be at least 2, got ", bins_);
}
Sample TrivialAugmentWide::apply(Sample sample, const Source& generator) const {
  prepare(sample, "TrivialAugmentWide");
  const Op op = kRandOps[below(std::size(kRandOps), generator)];
  const int64_t step = has_magnitude(op) ? below(bins_, generator) : 0;
  sample.image = act(sample.image, op, magnitude_of(op, step, bins_, {0.99, 32, 32, 135, 0.99, 8, 6}, generator), mode_, fill_);
  return sample;
}

AugMix::AugMix(int64_t severity, int64_t mixture_width, int64_t chain_depth, double alpha, bool all_ops, InterpolationMode interpolation, std::vector<double> fill)
    : severity_(severity), width_(mixture_width), depth_(chain_depth), alpha_(alpha), all_ops_(all_ops), mode_(interpolation), fill_(std::move(fill)) {
  WICK_CHECK_TYPE(ValueError, severity >= 1 && severity <= 10, "AugMix: severity must be 1 to 10, got ", severity);
  WICK_CHECK_TYPE(ValueError, mixture_width >= 1 && alpha > 0, "AugMix: mixture_width and alpha must be positive, got ", mixture_width, " and ", alpha);
}
Sample AugMix::apply(Sample sample, const Source& generator) const {
  const auto [h, w] = prepare(sample, "AugMix");
  const Tensor& x = sample.image;
  const Strength strength{0.3, w / 3, h / 3, 30, 0.9, 4, 4};
  const auto weights = [&](int64_t n) { return _sample_dirichlet(full({1, n}, alpha_, kFloat), generator); };
  const Tensor m = weights(2), parts = weights(width_).mul(m.select(1, 1).unsqueeze(1));
  Tensor mix = x.mul(m.select(1, 0).item<float>());
  for (int64_t i = 0; i < width_; ++i) {
    Tensor y = x;
    const int64_t depth = depth_ > 0 ? depth_ : integer(1, 4, generator);
    for (int64_t k = 0; k < depth; ++k) {
      const Op op = kMixOps[below(all_ops_ ? static_cast<int64_t>(std::size(kMixOps)) : kMixPartial, generator)];
      const int64_t step = has_magnitude(op) ? below(severity_, generator) : 0;
      y = act(y, op, magnitude_of(op, step, 10, strength, generator), mode_, fill_);
    }
    mix.add_(y.mul(parts.select(1, i).item<float>()));
  }
  sample.image = mix.to(x.scalar_type());
  return sample;
}

namespace {

void check_mixing(double alpha, const char* who) { WICK_CHECK_TYPE(ValueError, alpha > 0, who, ": alpha must be positive, got ", alpha); }

void check_batch(const Tensor& images, const Tensor& labels, const std::optional<int64_t>& classes, const char* who) {
  WICK_CHECK_TYPE(TypeError, images.defined() && images.dim() == 4, who, ": a batch is [n, C, H, W]", images.defined() ? str(", got ", images.sizes()) : "");
  WICK_CHECK_TYPE(TypeError, labels.defined() && (labels.dim() == 1 || labels.dim() == 2) && labels.size(0) == images.size(0), who, ": labels are [n] or [n, classes] for ", images.size(0), " pictures",
                  labels.defined() ? str(", got ", labels.sizes()) : "");
  WICK_CHECK_TYPE(ValueError, labels.dim() == 2 || classes, who, ": labels [n] need num_classes");
}
double draw_share(double alpha, const Source& g) { return _sample_dirichlet(full({1, 2}, alpha, kFloat), g)[0][0].item<double>(); }

Tensor mixed(const Tensor& x, double share) { return x.roll({1}, {0}).mul_(1 - share).add_(x.mul(share)); }
Tensor mixed_labels(const Tensor& labels, const std::optional<int64_t>& classes, double share) {
  const Tensor y = labels.dim() == 1 ? one_hot(labels.to(kLong), *classes) : labels;
  return mixed(y.is_floating_point() ? y : y.to(kFloat), share);
}

}  // namespace

MixUp::MixUp(double alpha, std::optional<int64_t> num_classes) : alpha_(alpha), classes_(num_classes) { check_mixing(alpha, "MixUp"); }
std::pair<Tensor, Tensor> MixUp::operator()(const Tensor& images, const Tensor& labels, const Source& generator) const {
  check_batch(images, labels, classes_, "MixUp");
  WICK_CHECK_TYPE(TypeError, images.is_floating_point(), "MixUp: pictures must be floating (ToDtype), got ", images.scalar_type());
  const double share = draw_share(alpha_, generator);
  return {mixed(images, share), mixed_labels(labels, classes_, share)};
}

CutMix::CutMix(double alpha, std::optional<int64_t> num_classes) : alpha_(alpha), classes_(num_classes) { check_mixing(alpha, "CutMix"); }
std::pair<Tensor, Tensor> CutMix::operator()(const Tensor& images, const Tensor& labels, const Source& generator) const {
  check_batch(images, labels, classes_, "CutMix");
  const int64_t h = images.size(-2), w = images.size(-1);
  const double share = draw_share(alpha_, generator);
  const int64_t x = integer(0, w, generator), y = integer(0, h, generator);
  const double r = 0.5 * std::sqrt(1 - share);
  const auto dx = static_cast<int64_t>(r * static_cast<double>(w)), dy = static_cast<int64_t>(r * static_cast<double>(h));
  const int64_t x0 = std::max<int64_t>(x - dx, 0), y0 = std::max<int64_t>(y - dy, 0), x1 = std::min(x + dx, w), y1 = std::min(y + dy, h);
  const Tensor out = images.clone();
  out.slice(-2, y0, y1).slice(-1, x0, x1).copy_(images.roll({1}, {0}).slice(-2, y0, y1).slice(-1, x0, x1));
  return {out, mixed_labels(labels, classes_, 1 - static_cast<double>((x1 - x0) * (y1 - y0)) / static_cast<double>(w * h))};
}

}  // namespace transforms
}  // namespace wick::vision::inline v1
