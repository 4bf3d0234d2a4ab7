// Colours, in torchvision's arithmetic.
#include <algorithm>
#include <cmath>

#include "vision/common.h"
#include "vision/resample.h"

namespace wick::vision {

std::pair<std::vector<float>, std::vector<float>> scale_and_shift(const std::vector<double>& mean, const std::vector<double>& std, int64_t c, const char* who) {
  for (const auto* v : {&mean, &std})
    WICK_CHECK_TYPE(ValueError, v->size() == 1 || static_cast<int64_t>(v->size()) == c, who, ": mean and std are one number or one for each channel: ", mean.size(), " and ", std.size(), " for ", c, " channels");
  for (const double s : std) WICK_CHECK_TYPE(ValueError, s != 0, who, ": std has a 0");
  std::vector<float> scale(static_cast<size_t>(c)), shift(scale.size());
  for (size_t i = 0; i < scale.size(); ++i) {
    const double m = mean[mean.size() == 1 ? 0 : i], s = std[std.size() == 1 ? 0 : i];
    scale[i] = static_cast<float>(1 / (255 * s));
    shift[i] = static_cast<float>(-m / s);
  }
  return {scale, shift};
}

inline namespace v1 {
namespace functional {
namespace {

void check_factor(double factor, const char* who) { WICK_CHECK_TYPE(ValueError, factor >= 0, who, ": the factor must not be negative, got ", factor); }

Tensor to_kind(const Tensor& x, const Tensor& like) { return x.scalar_type() == like.scalar_type() ? x : x.to(like.scalar_type()); }

// factor * a + (1 - factor) * b
Tensor blend(const Tensor& a, const Tensor& b, double factor) { return to_kind(a.mul(factor).add_(b, 1.0 - factor).clamp_(0, greatest(a)), a); }

// Floating, for uint8 not yet rounded.
Tensor luminance(const Tensor& x) { return x.select(-3, 0).mul(0.2989).add_(x.select(-3, 1), 0.587).add_(x.select(-3, 2), 0.114).unsqueeze(-3); }

// h, s, v in the last dimension but two.
Tensor rgb_to_hsv(const Tensor& x) {
  const Tensor r = x.select(-3, 0), g = x.select(-3, 1), low = x.amin(-3), high = x.amax(-3), same = high.eq(low), range = high.sub(low), one = ones_like(high);
  const Tensor s = range.div(where(same, one, high));
  const Tensor c = high.unsqueeze(-3).sub(x).div_(where(same, one, range).unsqueeze(-3));
  const Tensor rc = c.select(-3, 0), gc = c.select(-3, 1), bc = c.select(-3, 2), not_r = high.ne(r), is_g = high.eq(g);
  const Tensor hg = rc.add(2.0).sub_(bc).mul_(is_g.logical_and(not_r)), hr = bc.sub(gc).mul_(not_r.logical_not()), hb = gc.add(4.0).sub_(rc).mul_(not_r.logical_and(is_g.logical_not()));
  const Tensor h = hr.add(hg).add_(hb).mul_(1.0 / 6.0).add_(1.0).fmod_(1.0);
  return stack({h, s, high}, -3);
}

Tensor hsv_to_rgb(const Tensor& x) {
  const Tensor h = x.select(-3, 0), s = x.select(-3, 1), v = x.select(-3, 2), h6 = h.mul(6), whole = h6.floor(), f = h6.sub(whole), sf = s.mul(f), rest = s.neg().add(1.0);
  const Tensor q = sf.neg().add(1.0).mul_(v).clamp_(0, 1), t = sf.add(rest).mul_(v).clamp_(0, 1), p = rest.mul(v).clamp_(0, 1), i = whole.to(kLong).remainder_(6);
  const Tensor vpqt = stack({v, p, q, t}, -3);
  const Tensor choice = tensor({0, 2, 1, 1, 3, 0, 3, 0, 0, 2, 1, 1, 1, 1, 3, 0, 0, 2}).to(kLong).view({3, 6});
  std::vector<Tensor> planes;
  for (int64_t c = 0; c < 3; ++c) planes.push_back(choice[c].index_select(0, i.flatten()).view(i.sizes()));
  return vpqt.gather(-3, stack(planes, -3));
}

}  // namespace

Tensor rgb_to_grayscale(const Tensor& image, int64_t num_output_channels) {
  check_colours(image, "rgb_to_grayscale");
  WICK_CHECK_TYPE(ValueError, num_output_channels == 1 || num_output_channels == 3, "rgb_to_grayscale: num_output_channels must be 1 or 3, got ", num_output_channels);
  const Tensor grey = image.size(-3) == 3 ? to_kind(luminance(image), image) : image;
  if (num_output_channels == 1) return grey;
  std::vector<int64_t> sizes(image.sizes().vec());
  sizes[sizes.size() - 3] = 3;
  return grey.expand(sizes).contiguous();
}

Tensor adjust_brightness(const Tensor& image, double factor) {
  check_colours(image, "adjust_brightness");
  check_factor(factor, "adjust_brightness");
  return to_kind(image.mul(factor).clamp_(0, greatest(image)), image);
}
Tensor adjust_contrast(const Tensor& image, double factor) {
  check_colours(image, "adjust_contrast");
  check_factor(factor, "adjust_contrast");
  if (image.numel() == 0) return image;
  const bool fp = image.is_floating_point();
  Tensor grey = image.size(-3) == 3 ? luminance(image) : fp ? image : image.to(kFloat);
  if (image.size(-3) == 3 && !fp) grey = grey.floor();
  return blend(image, grey.mean({-3, -2, -1}, true), factor);
}
Tensor adjust_saturation(const Tensor& image, double factor) {
  check_colours(image, "adjust_saturation");
  check_factor(factor, "adjust_saturation");
  if (image.size(-3) == 1) return image;
  Tensor grey = luminance(image);
  if (!image.is_floating_point()) grey.floor_();
  return blend(image, grey, factor);
}
Tensor adjust_hue(const Tensor& image, double factor) {
  check_colours(image, "adjust_hue");
  WICK_CHECK_TYPE(ValueError, factor >= -0.5 && factor <= 0.5, "adjust_hue: the factor must be -0.5 to 0.5, got ", factor);
  if (image.size(-3) == 1 || image.numel() == 0) return image;
  const Tensor hsv = rgb_to_hsv(to_dtype(image, kFloat, true));
  hsv.select(-3, 0).add_(factor).remainder_(1.0);
  return to_dtype(hsv_to_rgb(hsv), image.scalar_type(), true);
}
Tensor adjust_sharpness(const Tensor& image, double factor) {
  check_colours(image, "adjust_sharpness");
  check_factor(factor, "adjust_sharpness");
  if (image.numel() == 0 || image.size(-2) <= 2 || image.size(-1) <= 2) return image;
  return batched(image, [&](const Tensor& x) {
    const bool fp = x.is_floating_point();
    const int64_t c = x.size(1);
    Tensor out = fp ? x.clone() : x.to(kFloat);
    Tensor kernel = full({3, 3}, 1.0 / 13, out.options());
    kernel[1][1].fill_(5.0 / 13);
    Tensor smooth = conv2d(out.contiguous(), kernel.expand({c, 1, 3, 3}).contiguous(), std::nullopt, IntArrayRef({1, 1}), IntArrayRef({0, 0}), IntArrayRef({1, 1}), c);
    if (!fp) smooth.round_();
    const Tensor inside = out.slice(-2, 1, -1).slice(-1, 1, -1);
    inside.add_(smooth.sub(inside), 1.0 - factor);
    return to_kind(out.clamp_(0, greatest(x)), x);
  });
}
Tensor adjust_gamma(const Tensor& image, double gamma, double gain) {
  check_pixels(image, "adjust_gamma");
  WICK_CHECK_TYPE(ValueError, gamma >= 0, "adjust_gamma: gamma must not be negative, got ", gamma);
  Tensor out = (image.is_floating_point() ? image : to_dtype(image, kFloat, true)).pow(gamma);
  if (gain != 1) out = out.mul(gain).clamp(0, 1);
  return to_dtype(out, image.scalar_type(), true);
}

Tensor invert(const Tensor& image) {
  check_pixels(image, "invert");
  return image.is_floating_point() ? image.neg().add(1.0) : image.bitwise_not();
}
Tensor solarize(const Tensor& image, double threshold) {
  check_pixels(image, "solarize");
  WICK_CHECK_TYPE(ValueError, threshold <= greatest(image), "solarize: the threshold ", threshold, " is above the greatest value, ", greatest(image));
  return where(image.ge(threshold), invert(image), image);
}
Tensor posterize(const Tensor& image, int64_t bits) {
  check_pixels(image, "posterize");
  WICK_CHECK_TYPE(ValueError, bits >= 0 && bits <= 8, "posterize: bits must be 0 to 8, got ", bits);
  if (image.is_floating_point()) {
    const double levels = static_cast<double>(int64_t{1} << bits);
    return image.mul(levels).floor_().clamp_(0, levels - 1).mul_(1 / levels);
  }
  return bits >= 8 ? image : image.bitwise_and(((int64_t{1} << bits) - 1) << (8 - bits));
}
Tensor autocontrast(const Tensor& image) {
  check_colours(image, "autocontrast");
  if (image.numel() == 0) return image;
  const Tensor x = image.is_floating_point() ? image : image.to(kFloat), low = x.amin({-2, -1}, true), high = x.amax({-2, -1}, true), same = high.eq(low);
  const Tensor range = high.sub(low).mul_(1 / greatest(image));
  return to_kind(x.sub(low.masked_fill(same, 0)).div_(range.masked_fill(same, 1)).clamp_(0, greatest(image)), image);
}
Tensor equalize(const Tensor& image) {
  check_pixels(image, "equalize");
  if (image.numel() == 0) return image;
  const Tensor x = to_dtype(image, kByte, true).contiguous(), out = empty_like(x);
  const int64_t n = x.size(-2) * x.size(-1);
  const auto* in = static_cast<const uint8_t*>(x.data_ptr());
  auto* to = static_cast<uint8_t*>(out.data_ptr());
  for (int64_t plane = 0; plane < x.numel() / n; ++plane, in += n, to += n) {
    int64_t count[256] = {}, last = 0, sum = 0;
    uint8_t table[256];
    for (int64_t i = 0; i < n; ++i) ++count[in[i]];
    for (const int64_t k : count)
      if (k) last = k;
    const int64_t step = (n - last) / 255;
    for (int v = 0; v < 256; sum += count[v++]) table[v] = static_cast<uint8_t>(step == 0 ? v : std::min<int64_t>(255, v == 0 ? 0 : (sum + step / 2) / step));
    for (int64_t i = 0; i < n; ++i) to[i] = table[in[i]];
  }
  return to_dtype(out, image.scalar_type(), true);
}

Tensor gaussian_blur(const Tensor& image, const std::vector<int64_t>& kernel_size, const std::vector<double>& sigma) {
  check_pixels(image, "gaussian_blur");
  WICK_CHECK_TYPE(ValueError, (kernel_size.size() == 1 || kernel_size.size() == 2) && sigma.size() <= 2, "gaussian_blur: kernel_size and sigma are one number, or those of width and height");
  const int64_t size[] = {kernel_size.front(), kernel_size.back()};
  double deviation[2];
  for (int i = 0; i < 2; ++i) {
    WICK_CHECK_TYPE(ValueError, size[i] > 0 && size[i] % 2 == 1, "gaussian_blur: kernel_size must be odd and positive, got ", size[i]);
    deviation[i] = sigma.empty() ? static_cast<double>(size[i]) * 0.15 + 0.35 : i == 0 ? sigma.front() : sigma.back();
    WICK_CHECK_TYPE(ValueError, deviation[i] > 0, "gaussian_blur: sigma must be positive, got ", deviation[i]);
  }
  WICK_CHECK_TYPE(ValueError, image.size(-1) > size[0] / 2 && image.size(-2) > size[1] / 2, "gaussian_blur: a kernel of ", size[0], " x ", size[1], " is too large for a picture of ", image.size(-1), " x ", image.size(-2));
  if (image.numel() == 0) return image;
  return batched(image, [&](const Tensor& x) {
    const bool fp = x.is_floating_point();
    const Tensor f = (fp ? x : x.to(kFloat)).contiguous();
    const int64_t c = x.size(1);
    const auto weights = [&](int i) {
      const double most = static_cast<double>(size[i] - 1) / (2 * std::sqrt(2.0));
      return softmax(linspace(-most, most, size[i], f.options()).div(deviation[i]).pow(2).neg(), 0);
    };
    const Tensor kernel = weights(1).unsqueeze(-1).mul(weights(0));
    const Tensor y = conv2d(reflection_pad2d(f, {size[0] / 2, size[0] / 2, size[1] / 2, size[1] / 2}), kernel.expand({c, 1, size[1], size[0]}).contiguous(), std::nullopt, IntArrayRef({1, 1}), IntArrayRef({0, 0}), IntArrayRef({1, 1}), c);
    return fp ? y : y.round().to(x.scalar_type());
  });
}

Tensor to_dtype(const Tensor& image, ScalarType dtype, bool scale) {
  WICK_CHECK_TYPE(TypeError, image.defined(), "to_dtype: an undefined tensor");
  const ScalarType from = image.scalar_type();
  if (from == dtype) return image;
  if (!scale) return image.to(dtype);
  const Tensor kind = empty({0}, dtype);
  if (image.is_floating_point()) {
    if (kind.is_floating_point()) return image.to(dtype);
    WICK_CHECK_TYPE(ValueError, !((from == kFloat && (dtype == kInt || dtype == kLong)) || (from == kDouble && dtype == kLong)), "to_dtype: ", from, " cannot hold all of ", dtype);
    return image.mul(greatest(kind) + 1 - 1e-3).to(dtype);
  }
  if (kind.is_floating_point()) return image.to(dtype).mul_(1 / greatest(image));
  const auto bits = [](const Tensor& t) { return static_cast<int64_t>(std::lround(std::log2(greatest(t) + 1))); };
  const int64_t more = bits(kind) - bits(image);
  return more < 0 ? image.bitwise_right_shift(-more).to(dtype) : image.to(dtype).bitwise_left_shift(more);
}

Tensor normalize(const Tensor& image, const std::vector<double>& mean, const std::vector<double>& std) {
  check_pixels(image, "normalize");
  const int64_t c = image.size(-3);
  const auto [scale, shift] = scale_and_shift(mean, std, c, "normalize");
  if (image.scalar_type() == kByte && rows_of_pixels(image)) {
    const int64_t h = image.size(1), w = image.size(2);
    const Tensor out = empty({c, h, w}, kFloat);
    for (int64_t y = 0; y < h; ++y)
      normalize_row(static_cast<const uint8_t*>(image.data_ptr()) + y * image.stride(1), w, c, scale.data(), shift.data(), static_cast<float*>(out.data_ptr()) + y * w, h * w);
    return out;
  }
  const Tensor x = to_dtype(image, image.is_floating_point() ? image.scalar_type() : kFloat, true);
  const auto channels = [&](const std::vector<double>& v) { return tensor(v).to(x.scalar_type()).view({-1, 1, 1}); };
  return x.sub(channels(mean)).div(channels(std));
}
Tensor to_tensor(const Tensor& image) {
  check_image(image, "to_tensor");
  if (image.scalar_type() == kByte) return normalize(image, {0}, {1});
  return to_dtype(image, kFloat, true).contiguous();
}

}  // namespace functional
}  // namespace v1
}  // namespace wick::vision
