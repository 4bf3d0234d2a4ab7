// Transforms for pictures with boxes.
#include <wick/vision/transforms.h>

#include <algorithm>

#include "vision/draw.h"

namespace wick::vision::inline v1 {
namespace functional {
namespace {
void check_boxes(const Tensor& b, const char* who) { WICK_CHECK_TYPE(TypeError, b.defined() && b.dim() == 2 && b.size(1) == 4, who, ": boxes are [n, 4]", b.defined() ? str(", got ", b.sizes()) : ""); }
}  // namespace

Tensor convert_bounding_box_format(const Tensor& boxes, BoundingBoxFormat from, BoundingBoxFormat to) {
  check_boxes(boxes, "convert_bounding_box_format");
  if (from == to) return boxes;
  const auto pairs = [](const Tensor& b) { return std::pair{b.slice(1, 0, 2), b.slice(1, 2, 4)}; };
  const auto half = [](const Tensor& t, int by) { return t.div(by, t.is_floating_point() ? std::optional<std::string_view>() : "floor"); };
  auto [a, b] = pairs(boxes);
  if (from == BoundingBoxFormat::XYWH) b = a.add(b);
  if (from == BoundingBoxFormat::CXCYWH) {
    const Tensor low = a.add(half(b, -2));  // upwards
    b = low.add(b);
    a = low;
  }
  if (to == BoundingBoxFormat::XYWH) b = b.sub(a);
  if (to == BoundingBoxFormat::CXCYWH) {
    const Tensor middle = half(a.add(b), 2);
    b = b.sub(a);
    a = middle;
  }
  return cat({a, b}, 1);
}
Tensor clamp_bounding_boxes(const Tensor& boxes, int64_t height, int64_t width) {
  check_boxes(boxes, "clamp_bounding_boxes");
  return stack({boxes.select(1, 0).clamp(0, width), boxes.select(1, 1).clamp(0, height), boxes.select(1, 2).clamp(0, width), boxes.select(1, 3).clamp(0, height)}, 1);
}
Tensor sanitize_bounding_boxes(const Tensor& boxes, int64_t height, int64_t width, double min_size, double min_area) {
  check_boxes(boxes, "sanitize_bounding_boxes");
  const Tensor x0 = boxes.select(1, 0), y0 = boxes.select(1, 1), x1 = boxes.select(1, 2), y1 = boxes.select(1, 3), w = x1.sub(x0), h = y1.sub(y0);
  const Tensor inside = boxes.ge(0).all(1).logical_and(x0.le(width)).logical_and(x1.le(width)).logical_and(y0.le(height)).logical_and(y1.le(height));
  return inside.logical_and(w.ge(min_size)).logical_and(h.ge(min_size)).logical_and(w.mul(h).ge(min_area));
}

}  // namespace functional

namespace transforms {
namespace F = functional;
namespace {

std::pair<int64_t, int64_t> size_of(const Sample& s, const char* who) {
  check_image(s.image, who);
  return {s.image.size(-2), s.image.size(-1)};
}
// torchvision computes these in float, and cuts off.
float between(std::pair<double, double> r, const Source& g) { return static_cast<float>(r.first) + rand({1}, g).item<float>() * static_cast<float>(r.second - r.first); }
int64_t part(int64_t n, float share) { return static_cast<int64_t>(static_cast<float>(n) * share); }

void check_range(std::pair<double, double> r, double least, const char* who, const char* what) {
  WICK_CHECK_TYPE(ValueError, r.first >= least && r.first <= r.second, who, ": ", what, " must be increasing and at least ", least, ", got ", r.first, " to ", r.second);
}

}  // namespace

SanitizeBoundingBoxes::SanitizeBoundingBoxes(double min_size, double min_area) : min_size_(min_size), min_area_(min_area) {
  WICK_CHECK_TYPE(ValueError, min_size >= 1 && min_area >= 1, "SanitizeBoundingBoxes: min_size and min_area must be at least 1, got ", min_size, " and ", min_area);
}
Sample SanitizeBoundingBoxes::apply(Sample sample, const Source&) const {
  const auto [h, w] = size_of(sample, "SanitizeBoundingBoxes");
  WICK_CHECK_TYPE(TypeError, sample.boxes.defined(), "SanitizeBoundingBoxes: the sample has no boxes");
  const int64_t n = sample.boxes.size(0);
  WICK_CHECK_TYPE(ValueError, !sample.labels.defined() || (sample.labels.dim() >= 1 && sample.labels.size(0) == n), "SanitizeBoundingBoxes: ", n, " boxes, labels ", sample.labels.sizes());
  const Tensor sound = F::sanitize_bounding_boxes(sample.boxes, h, w, min_size_, min_area_).nonzero().squeeze(1);
  sample.boxes = sample.boxes.index_select(0, sound);
  if (sample.labels.defined()) sample.labels = sample.labels.index_select(0, sound);
  if (sample.mask.defined() && sample.mask.dim() == 3 && sample.mask.size(0) == n) sample.mask = sample.mask.index_select(0, sound);
  return sample;
}
Sample ClampBoundingBoxes::apply(Sample sample, const Source&) const {
  const auto [h, w] = size_of(sample, "ClampBoundingBoxes");
  if (sample.boxes.defined()) sample.boxes = F::clamp_bounding_boxes(sample.boxes, h, w);
  return sample;
}

RandomIoUCrop::RandomIoUCrop(double min_scale, double max_scale, double min_aspect_ratio, double max_aspect_ratio, std::vector<double> sampler_options, int64_t trials)
    : min_scale_(min_scale), max_scale_(max_scale), min_ratio_(min_aspect_ratio), max_ratio_(max_aspect_ratio), options_(std::move(sampler_options)), trials_(trials) {
  check_range({min_scale, max_scale}, 0, "RandomIoUCrop", "scales");
  check_range({min_aspect_ratio, max_aspect_ratio}, 0, "RandomIoUCrop", "aspect ratios");
  WICK_CHECK_TYPE(ValueError, std::any_of(options_.begin(), options_.end(), [](double o) { return o >= 1 || o <= 0; }) && trials > 0,
                  "RandomIoUCrop: an option of 1 (the whole picture) or 0 (any part) is needed, and a trial; otherwise it may never end");
}
Sample RandomIoUCrop::apply(Sample sample, const Source& generator) const {
  const auto [h, w] = size_of(sample, "RandomIoUCrop");
  WICK_CHECK_TYPE(TypeError, sample.boxes.defined() && sample.boxes.dim() == 2 && sample.boxes.size(1) == 4, "RandomIoUCrop: the sample has no boxes [n, 4]");
  const Tensor boxes = sample.boxes.to(kFloat).contiguous();
  const auto* b = static_cast<const float*>(boxes.data_ptr());
  const int64_t n = boxes.size(0);
  for (int round = 0; round < 1000; ++round) {  // torchvision goes on for ever; where no part can do, the whole picture does
    const double least = options_[static_cast<size_t>(integer(0, static_cast<int64_t>(options_.size()), generator))];
    if (least >= 1) return sample;
    for (int64_t trial = 0; trial < trials_; ++trial) {
      const auto two = [&] {
        const Tensor t = rand({2}, generator);
        return std::pair{t[0].item<float>(), t[1].item<float>()};
      };
      const auto scaled = [&](float r) { return static_cast<float>(min_scale_) + static_cast<float>(max_scale_ - min_scale_) * r; };
      const auto [rw, rh] = two();
      const int64_t nw = part(w, scaled(rw)), nh = part(h, scaled(rh));
      const double ratio = static_cast<double>(nw) / static_cast<double>(nh);
      if (nh == 0 || !(ratio >= min_ratio_ && ratio <= max_ratio_)) continue;
      const auto [rx, ry] = two();
      const int64_t left = part(w - nw, rx), top = part(h - nh, ry);
      if (nw == 0) continue;
      const auto l = static_cast<float>(left), t = static_cast<float>(top), r = static_cast<float>(left + nw), d = static_cast<float>(top + nh);
      std::vector<bool> inside(static_cast<size_t>(n));
      float best = -1;
      for (int64_t i = 0; i < n; ++i) {
        const float *p = b + 4 * i, cx = 0.5f * (p[0] + p[2]), cy = 0.5f * (p[1] + p[3]);
        if (!(l < cx && cx < r && t < cy && cy < d)) continue;
        inside[static_cast<size_t>(i)] = true;
        const float both = std::max(std::min(p[2], r) - std::max(p[0], l), 0.f) * std::max(std::min(p[3], d) - std::max(p[1], t), 0.f);
        best = std::max(best, both / ((p[2] - p[0]) * (p[3] - p[1]) + (r - l) * (d - t) - both));
      }
      if (best < 0 || best < static_cast<float>(least)) continue;
      sample.image = F::crop(sample.image, top, left, nh, nw);
      if (sample.mask.defined()) sample.mask = sample.mask.dim() == 2 ? F::crop(sample.mask.unsqueeze(0), top, left, nh, nw).squeeze(0) : F::crop(sample.mask, top, left, nh, nw);
      sample.boxes = F::crop_boxes(sample.boxes, top, left, nh, nw);
      for (int64_t i = 0; i < n; ++i)
        if (!inside[static_cast<size_t>(i)]) sample.boxes.select(0, i).zero_();
      return sample;
    }
  }
  return sample;
}

RandomZoomOut::RandomZoomOut(double fill, std::pair<double, double> side_range, double p) : fill_(fill), range_(side_range), p_(p) {
  check_p(p, "RandomZoomOut");
  check_range(side_range, 1, "RandomZoomOut", "side_range");
}
Sample RandomZoomOut::apply(Sample sample, const Source& generator) const {
  if (chance(generator) >= p_) return sample;
  const auto [h, w] = size_of(sample, "RandomZoomOut");
  const float r = between(range_, generator);
  const int64_t width = part(w, r), height = part(h, r);
  const Tensor two = rand({2}, generator);
  const int64_t left = part(width - w, two[0].item<float>()), top = part(height - h, two[1].item<float>());
  return Pad({left, top, width - left - w, height - top - h}, fill_).apply(std::move(sample), generator);
}

ScaleJitter::ScaleJitter(Extent target_size, std::pair<double, double> scale_range, InterpolationMode interpolation, bool antialias)
    : target_(std::move(target_size)), range_(scale_range), mode_(interpolation), antialias_(antialias) {
  check_range(scale_range, 0, "ScaleJitter", "scale_range");
}
Sample ScaleJitter::apply(Sample sample, const Source& generator) const {
  const auto [h, w] = size_of(sample, "ScaleJitter");
  const double fits = std::min(static_cast<double>(target_.width()) / static_cast<double>(h), static_cast<double>(target_.height()) / static_cast<double>(w));  // as torchvision has it
  const float r = static_cast<float>(fits) * between(range_, generator);
  return Resize({part(h, r), part(w, r)}, mode_, std::nullopt, antialias_).apply(std::move(sample), generator);
}

RandomShortestSize::RandomShortestSize(std::vector<int64_t> min_size, std::optional<int64_t> max_size, InterpolationMode interpolation, bool antialias)
    : min_(std::move(min_size)), max_(max_size), mode_(interpolation), antialias_(antialias) {
  WICK_CHECK_TYPE(ValueError, !min_.empty(), "RandomShortestSize: at least one size is needed");
}
Sample RandomShortestSize::apply(Sample sample, const Source& generator) const {
  const auto [h, w] = size_of(sample, "RandomShortestSize");
  const int64_t edge = min_[static_cast<size_t>(randint(static_cast<int64_t>(min_.size()), {}, generator).item<int64_t>())];
  double r = static_cast<double>(edge) / static_cast<double>(std::min(h, w));
  if (max_) r = std::min(r, static_cast<double>(*max_) / static_cast<double>(std::max(h, w)));
  return Resize({static_cast<int64_t>(static_cast<double>(h) * r), static_cast<int64_t>(static_cast<double>(w) * r)}, mode_, std::nullopt, antialias_).apply(std::move(sample), generator);
}

RandomResize::RandomResize(int64_t min_size, int64_t max_size, InterpolationMode interpolation, bool antialias) : min_(min_size), max_(max_size), mode_(interpolation), antialias_(antialias) {
  WICK_CHECK_TYPE(ValueError, min_size > 0 && min_size < max_size, "RandomResize: sizes must be positive and increasing, got ", min_size, " to ", max_size);
}
Sample RandomResize::apply(Sample sample, const Source& generator) const {
  return Resize(randint(min_, max_, {}, generator).item<int64_t>(), mode_, std::nullopt, antialias_).apply(std::move(sample), generator);
}

}  // namespace transforms
}  // namespace wick::vision::inline v1
