// Sizes, parts, edges, mirrors.
#include <algorithm>
#include <cmath>

#include <wick/core/grad_mode.h>

#include "vision/common.h"
#include "vision/resample.h"

namespace wick::vision::inline v1 {

Extent::Extent(IntArrayRef sizes) : values_(sizes.begin(), sizes.end()) {
  WICK_CHECK_TYPE(ValueError, sizes.size() == 1 || sizes.size() == 2, "a size is one number, or height and width, got ", sizes);
}

namespace functional {
namespace {

void check_size(int64_t height, int64_t width, const char* who) {
  WICK_CHECK_TYPE(ValueError, height > 0 && width > 0, who, ": height and width must be positive, got ", height, " and ", width);
}

std::pair<int64_t, int64_t> resized(int64_t height, int64_t width, const Extent& size, std::optional<int64_t> max_size) {
  if (!size.is_edge()) {
    WICK_CHECK_TYPE(ValueError, !max_size, "resize: max_size goes with one number, the smaller edge; got height ", size.height(), " and width ", size.width());
    return {size.height(), size.width()};
  }
  const int64_t edge = size.height(), shorter = std::min(height, width), longer = std::max(height, width);
  WICK_CHECK_TYPE(ValueError, !max_size || *max_size > edge, "resize: max_size ", *max_size, " must be greater than the smaller edge, ", edge);
  int64_t a = edge, b = static_cast<int64_t>(static_cast<double>(edge * longer) / static_cast<double>(shorter));
  if (max_size && b > *max_size) a = static_cast<int64_t>(static_cast<double>(*max_size * a) / static_cast<double>(b)), b = *max_size;
  return width <= height ? std::pair{b, a} : std::pair{a, b};
}

Tensor nearest(const Tensor& x, int64_t height, int64_t width, bool exact) {
  const auto places = [&](int64_t in, int64_t out) {
    Tensor t = empty({out}, kLong);
    auto* p = static_cast<int64_t*>(t.data_ptr());
    const float scale = static_cast<float>(in) / static_cast<float>(out);
    for (int64_t i = 0; i < out; ++i) {
      const double at = exact ? (static_cast<double>(i) + 0.5) * (static_cast<double>(in) / static_cast<double>(out)) : static_cast<double>(static_cast<float>(i) * scale);
      p[i] = std::min(in - 1, static_cast<int64_t>(at));
    }
    return t;
  };
  const Tensor y = places(x.size(-2), height), z = places(x.size(-1), width);
  if (!rows_of_pixels(x)) return x.index_select(-2, y).index_select(-1, z);
  return x.permute({1, 2, 0}).index_select(0, y).index_select(1, z).permute({2, 0, 1});
}

template <class T>
Tensor smooth(const Tensor& x, int64_t height, int64_t width, InterpolationMode mode) {
  const int64_t h = x.size(-2), w = x.size(-1);
  if (rows_of_pixels(x)) {
    const Tensor y = new_pixels(x.size(0), height, width, x.scalar_type());
    resample(static_cast<const T*>(x.data_ptr()), {h, w, x.size(0), x.stride(1)}, static_cast<T*>(y.data_ptr()), height, width, mode);
    return y;
  }
  const Tensor planes = x.reshape({x.numel() / (h * w), h, w}).contiguous();
  const Tensor y = empty({planes.size(0), height, width}, x.scalar_type());
  for (int64_t i = 0; i < planes.size(0); ++i)
    resample(static_cast<const T*>(planes.data_ptr()) + i * h * w, {h, w, 1, w}, static_cast<T*>(y.data_ptr()) + i * height * width, height, width, mode);
  std::vector<int64_t> sizes(x.sizes().begin(), x.sizes().end() - 2);
  sizes.insert(sizes.end(), {height, width});
  return y.view(sizes);
}

// The nearest pixels only: interpolate's numbers, rounded for uint8.
Tensor aliased(const Tensor& x, int64_t height, int64_t width, InterpolationMode mode, const char* who) {
  WICK_CHECK_TYPE(ValueError, mode == InterpolationMode::BILINEAR || mode == InterpolationMode::BICUBIC, who, ": without antialias interpolation must be NEAREST, NEAREST_EXACT, BILINEAR or BICUBIC");
  return batched(x, [&](const Tensor& t) {
    const Tensor f = t.is_floating_point() ? t : t.to(kFloat);
    const Tensor y = mode == InterpolationMode::BILINEAR ? upsample_bilinear2d(f, {height, width}, false) : upsample_bicubic2d(f, {height, width}, false);
    return t.is_floating_point() ? y : y.round().clamp(0, 255).to(t.scalar_type());
  });
}

Tensor resize_to(const Tensor& x, int64_t height, int64_t width, InterpolationMode mode, bool antialias, const char* who) {
  check_size(height, width, who);
  WICK_CHECK_TYPE(ValueError, x.size(-2) > 0 && x.size(-1) > 0, who, ": an empty picture, ", x.sizes());
  if (mode == InterpolationMode::NEAREST || mode == InterpolationMode::NEAREST_EXACT) return nearest(x, height, width, mode == InterpolationMode::NEAREST_EXACT);
  check_pixels(x, who);
  if (!antialias) return aliased(x, height, width, mode, who);
  WICK_CHECK_TYPE(NotImplementedError, !(x.requires_grad() && GradMode::is_enabled()), who, ": no gradient goes through Pillow's resampling; detach the picture, or use nn::functional::interpolate");
  if (x.scalar_type() == kByte) return smooth<uint8_t>(x, height, width, mode);
  return smooth<float>(x.to(kFloat), height, width, mode).to(x.scalar_type());
}

// [..., rows or columns mirrored at the edge], for SYMMETRIC: which of n values stands at i.
int64_t mirrored(int64_t i, int64_t n) {
  const int64_t k = ((i % (2 * n)) + 2 * n) % (2 * n);
  return k < n ? k : 2 * n - 1 - k;
}
Tensor symmetric(const Tensor& x, int64_t dim, int64_t before, int64_t after) {
  const int64_t n = x.size(dim);
  Tensor places = empty({n + before + after}, kLong);
  for (int64_t i = 0; i < places.numel(); ++i) static_cast<int64_t*>(places.data_ptr())[i] = mirrored(i - before, n);
  return x.index_select(dim, places);
}

Tensor flip_dim(const Tensor& x, int64_t dim) {
  if (rows_of_pixels(x)) return x.permute({1, 2, 0}).flip({dim == -1 ? 1 : 0}).permute({2, 0, 1});
  return x.flip({dim});
}

}  // namespace

Tensor resize(const Tensor& image, const Extent& size, InterpolationMode interpolation, std::optional<int64_t> max_size, bool antialias) {
  check_image(image, "resize");
  WICK_CHECK_TYPE(ValueError, image.size(-2) > 0 && image.size(-1) > 0, "resize: an empty picture, ", image.sizes());
  const auto [height, width] = resized(image.size(-2), image.size(-1), size, max_size);
  if (height == image.size(-2) && width == image.size(-1)) return image;
  return resize_to(image, height, width, interpolation, antialias, "resize");
}

Tensor crop(const Tensor& image, int64_t top, int64_t left, int64_t height, int64_t width) {
  check_image(image, "crop");
  check_size(height, width, "crop");
  const int64_t h = image.size(-2), w = image.size(-1);
  const int64_t y0 = std::clamp<int64_t>(top, 0, h), y1 = std::clamp(top + height, y0, h), x0 = std::clamp<int64_t>(left, 0, w), x1 = std::clamp(left + width, x0, w);
  const Tensor inside = image.slice(-2, y0, y1).slice(-1, x0, x1);
  if (y1 - y0 == height && x1 - x0 == width) return inside;
  std::vector<int64_t> sizes(image.sizes().begin(), image.sizes().end() - 2);
  sizes.insert(sizes.end(), {height, width});
  const Tensor out = rows_of_pixels(image) ? new_pixels(image.size(0), height, width, image.scalar_type()).zero_() : zeros(sizes, image.options());
  if (inside.numel() > 0) out.slice(-2, y0 - top, y1 - top).slice(-1, x0 - left, x1 - left).copy_(inside);
  return out;
}

Tensor center_crop(const Tensor& image, const Extent& size) {
  check_image(image, "center_crop");
  const auto h = image.size(-2), w = image.size(-1);
  // Where more is wanted than there is, the odd row of zeros comes after.
  const auto first = [](int64_t have, int64_t want) {
    return want > have ? -((want - have) / 2) : static_cast<int64_t>(std::nearbyint(static_cast<double>(have - want) / 2));
  };
  return crop(image, first(h, size.height()), first(w, size.width()), size.height(), size.width());
}

Tensor resized_crop(const Tensor& image, int64_t top, int64_t left, int64_t height, int64_t width, const Extent& size, InterpolationMode interpolation, bool antialias) {
  check_image(image, "resized_crop");
  const Tensor part = crop(image, top, left, height, width);
  const auto [h, w] = resized(height, width, size, std::nullopt);
  return resize_to(part, h, w, interpolation, antialias, "resized_crop");
}

Tensor pad(const Tensor& image, IntArrayRef padding, double fill, PaddingMode mode) {
  check_image(image, "pad");
  WICK_CHECK_TYPE(ValueError, padding.size() == 1 || padding.size() == 2 || padding.size() == 4, "pad: padding is 1, 2 or 4 numbers, got ", padding);
  const size_t n = padding.size();
  const int64_t left = padding[0], top = padding[n == 1 ? 0 : 1], right = n == 4 ? padding[2] : left, bottom = n == 4 ? padding[3] : top;
  if (mode == PaddingMode::CONSTANT) return constant_pad_nd(image, {left, right, top, bottom}, fill);
  WICK_CHECK_TYPE(ValueError, std::min({left, top, right, bottom}) >= 0, "pad: only constant padding may be negative, got ", padding);
  const int64_t h = image.size(-2), w = image.size(-1), most_x = std::max(left, right), most_y = std::max(top, bottom);
  WICK_CHECK_TYPE(ValueError, h > 0 && w > 0, "pad: an empty picture, ", image.sizes());
  WICK_CHECK_TYPE(ValueError, mode == PaddingMode::EDGE || (mode == PaddingMode::REFLECT ? most_x < w && most_y < h : most_x <= w && most_y <= h),
                  "pad: ", padding, " is too much for a picture of ", w, " x ", h, " pixels");
  if (mode == PaddingMode::SYMMETRIC) return symmetric(symmetric(image, -2, top, bottom), -1, left, right);
  return batched(image, [&](const Tensor& x) {
    const Tensor f = x.is_floating_point() ? x : x.to(kFloat);
    return (mode == PaddingMode::EDGE ? replication_pad2d(f, {left, right, top, bottom}) : reflection_pad2d(f, {left, right, top, bottom})).to(x.scalar_type());
  });
}

Tensor horizontal_flip(const Tensor& image) {
  check_image(image, "horizontal_flip");
  if (image.scalar_type() != kByte || !rows_of_pixels(image)) return flip_dim(image, -1);
  const int64_t c = image.size(0), h = image.size(1), w = image.size(2);
  const Tensor out = new_pixels(c, h, w, kByte);
  for (int64_t y = 0; y < h; ++y) mirror_row(static_cast<const uint8_t*>(image.data_ptr()) + y * image.stride(1), w, c, static_cast<uint8_t*>(out.data_ptr()) + y * w * c);
  return out;
}
Tensor vertical_flip(const Tensor& image) {
  check_image(image, "vertical_flip");
  return flip_dim(image, -2);
}

Tensor erase(const Tensor& image, int64_t top, int64_t left, int64_t height, int64_t width, const Tensor& value) {
  check_image(image, "erase");
  WICK_CHECK_TYPE(ValueError, top >= 0 && left >= 0 && height >= 0 && width >= 0 && top + height <= image.size(-2) && left + width <= image.size(-1), "erase: rows ", top, " to ",
                  top + height, " and columns ", left, " to ", left + width, " are not all in a picture of ", image.size(-2), " rows and ", image.size(-1), " columns");
  Tensor out = image.clone();
  out.slice(-2, top, top + height).slice(-1, left, left + width).copy_(value.expand_as(out.slice(-2, top, top + height).slice(-1, left, left + width)));
  return out;
}

namespace {
Tensor columns_of(const Tensor& boxes, const char* who) {
  WICK_CHECK_TYPE(TypeError, boxes.defined() && boxes.dim() == 2 && boxes.size(1) == 4, who, ": boxes are [n, 4]", boxes.defined() ? str(", got ", boxes.sizes()) : "");
  return boxes.is_floating_point() ? boxes : boxes.to(kFloat);
}
Tensor box(const Tensor& x0, const Tensor& y0, const Tensor& x1, const Tensor& y1, const Tensor& like) { return stack({x0, y0, x1, y1}, 1).to(like.scalar_type()); }
}  // namespace

Tensor resize_boxes(const Tensor& boxes, int64_t height, int64_t width, int64_t new_height, int64_t new_width) {
  const double x = static_cast<double>(new_width) / static_cast<double>(width), y = static_cast<double>(new_height) / static_cast<double>(height);
  const Tensor b = columns_of(boxes, "resize_boxes");
  return b.mul(tensor({x, y, x, y}).to(b.scalar_type())).to(boxes.scalar_type());
}
Tensor crop_boxes(const Tensor& boxes, int64_t top, int64_t left, int64_t height, int64_t width) {
  const Tensor b = columns_of(boxes, "crop_boxes");
  return box(b.select(1, 0).sub(left).clamp(0, width), b.select(1, 1).sub(top).clamp(0, height), b.select(1, 2).sub(left).clamp(0, width), b.select(1, 3).sub(top).clamp(0, height), boxes);
}
Tensor horizontal_flip_boxes(const Tensor& boxes, int64_t width) {
  const Tensor b = columns_of(boxes, "horizontal_flip_boxes");
  return box(b.select(1, 2).neg().add(width), b.select(1, 1), b.select(1, 0).neg().add(width), b.select(1, 3), boxes);
}
Tensor vertical_flip_boxes(const Tensor& boxes, int64_t height) {
  const Tensor b = columns_of(boxes, "vertical_flip_boxes");
  return box(b.select(1, 0), b.select(1, 3).neg().add(height), b.select(1, 2), b.select(1, 1).neg().add(height), boxes);
}

}  // namespace functional
}  // namespace wick::vision::inline v1
