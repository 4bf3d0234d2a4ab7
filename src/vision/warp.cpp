// Pictures turned, sheared, seen from the side: a grid of where each pixel comes from, and sampling there.
#include <algorithm>
#include <cmath>

#include "vision/common.h"

namespace wick::vision::inline v1 {
namespace functional {
namespace {

struct Matrix { double m[6]; };

double radians(double degrees) { return degrees * (M_PI / 180); }

// x' = m[0] x + m[1] y + m[2], y' likewise: from the result to the picture when inverted.
Matrix affine_matrix(double cx, double cy, double angle, double tx, double ty, double scale, double shear_x, double shear_y, bool inverted) {
  const double rot = radians(angle), sx = radians(shear_x), sy = radians(shear_y);
  const double a = std::cos(rot - sy) / std::cos(sy), b = -(a * std::tan(sx) + std::sin(rot)), c = std::sin(rot - sy) / std::cos(sy), d = std::cos(rot) - c * std::tan(sx);
  if (inverted) {
    Matrix m{{d / scale, -b / scale, 0, -c / scale, a / scale, 0}};
    m.m[2] = cx - m.m[0] * (cx + tx) - m.m[1] * (cy + ty);
    m.m[5] = cy - m.m[3] * (cx + tx) - m.m[4] * (cy + ty);
    return m;
  }
  Matrix m{{a * scale, b * scale, 0, c * scale, d * scale, 0}};
  m.m[2] = cx + tx - m.m[0] * cx - m.m[1] * cy;
  m.m[5] = cy + ty - m.m[3] * cx - m.m[4] * cy;
  return m;
}

std::pair<int64_t, int64_t> expanded(const Matrix& m, int64_t width, int64_t height) {
  const double w = 0.5 * static_cast<double>(width), h = 0.5 * static_cast<double>(height);
  float low[2], high[2];
  for (int k = 0; k < 2; ++k) {
    low[k] = INFINITY;
    high[k] = -INFINITY;
    for (const double x : {-w, w})
      for (const double y : {-h, h}) {
        const auto at = static_cast<float>(m.m[3 * k] * x + m.m[3 * k + 1] * y + m.m[3 * k + 2]);
        low[k] = std::min(low[k], at);
        high[k] = std::max(high[k], at);
      }
  }
  const auto size = [&](int k, double half) {  // a ten-thousandth of a pixel is rounding
    const double top = std::trunc((static_cast<double>(high[k]) + half) * 1e4) * 1e-4, bottom = std::trunc((static_cast<double>(low[k]) + half) * 1e4) * 1e-4;
    return static_cast<int64_t>(std::ceil(top) - std::floor(bottom));
  };
  return {size(0, w), size(1, h)};
}

void check_mode(InterpolationMode mode, const char* who) {
  WICK_CHECK_TYPE(ValueError, mode == InterpolationMode::NEAREST || mode == InterpolationMode::BILINEAR, who, ": interpolation must be NEAREST or BILINEAR");
}
void check_center(const std::vector<double>& center, const char* who) {
  WICK_CHECK_TYPE(ValueError, center.empty() || center.size() == 2, who, ": the center is x and y, got ", center.size(), " numbers");
}

Tensor pairs(const std::vector<double>& v, IntArrayRef sizes, ScalarType type) { return tensor(v).to(type).view(sizes); }

// [1, height, width, 3]: x, y, 1.
Tensor base_grid(double first_x, double first_y, int64_t height, int64_t width, ScalarType type) {
  const Tensor x = linspace(first_x, first_x + static_cast<double>(width - 1), width, type).view({1, 1, width}).expand({1, height, width});
  const Tensor y = linspace(first_y, first_y + static_cast<double>(height - 1), height, type).view({1, height, 1}).expand({1, height, width});
  return stack({x, y, ones({1, height, width}, type)}, -1);
}

Tensor sample(const Tensor& image, const Tensor& grid, InterpolationMode mode, const std::vector<double>& fill, const char* who) {
  const int64_t c = image.size(-3);
  WICK_CHECK_TYPE(ValueError, fill.empty() || fill.size() == 1 || static_cast<int64_t>(fill.size()) == c, who, ": fill is one number or one for each channel: ", fill.size(), " for ", c);
  return batched(image, [&](const Tensor& x) {
    const ScalarType type = grid.scalar_type();
    const int64_t n = x.size(0);
    Tensor f = x.to(type);
    if (!fill.empty()) f = cat({f, ones({n, 1, x.size(2), x.size(3)}, type)}, 1);
    const bool nearest = mode == InterpolationMode::NEAREST;
    f = grid_sampler_2d(f.contiguous(), grid.expand({n, -1, -1, -1}).contiguous(), nearest ? 1 : 0, 0, false);
    if (!fill.empty()) {
      const Tensor mask = f.slice(1, c, c + 1), colour = pairs(fill, {1, -1, 1, 1}, type);
      f = f.slice(1, 0, c);
      f = nearest ? where(mask.lt(0.5).expand_as(f), colour.expand_as(f), f) : f.sub(colour).mul(mask).add(colour);
    }
    return x.is_floating_point() ? f : f.round().to(x.scalar_type());
  });
}

Tensor warp(const Tensor& image, const Matrix& m, int64_t height, int64_t width, InterpolationMode mode, const std::vector<double>& fill, const char* who) {
  const ScalarType type = image.is_floating_point() ? image.scalar_type() : kFloat;
  const Tensor theta = pairs({m.m, m.m + 6}, {1, 2, 3}, type).transpose(1, 2).div(pairs({0.5 * static_cast<double>(image.size(-1)), 0.5 * static_cast<double>(image.size(-2))}, {2}, type));
  const Tensor grid = base_grid((1 - static_cast<double>(width)) * 0.5, (1 - static_cast<double>(height)) * 0.5, height, width, type);
  return sample(image, grid.view({1, height * width, 3}).bmm(theta).view({1, height, width, 2}), mode, fill, who);
}

// Boxes around where the corners go, [n, 4] in double.
template <class F>
Tensor boxes_around(const Tensor& boxes, const char* who, int64_t height, int64_t width, const F& move) {
  WICK_CHECK_TYPE(TypeError, boxes.defined() && boxes.dim() == 2 && boxes.size(1) == 4, who, ": boxes are [n, 4]", boxes.defined() ? str(", got ", boxes.sizes()) : "");
  Tensor b = boxes.to(kDouble).clone().contiguous();
  auto* p = static_cast<double*>(b.data_ptr());
  for (int64_t i = 0; i < b.size(0); ++i, p += 4) {
    double x0 = INFINITY, y0 = INFINITY, x1 = -INFINITY, y1 = -INFINITY;
    for (int k = 0; k < 4; ++k) {
      const auto [x, y] = move(p[k & 1 ? 2 : 0], p[k & 2 ? 3 : 1]);
      x0 = std::min(x0, x), x1 = std::max(x1, x), y0 = std::min(y0, y), y1 = std::max(y1, y);
    }
    const auto w = static_cast<double>(width), h = static_cast<double>(height);
    p[0] = std::clamp(x0, 0.0, w), p[1] = std::clamp(y0, 0.0, h), p[2] = std::clamp(x1, 0.0, w), p[3] = std::clamp(y1, 0.0, h);
  }
  return b.to(boxes.scalar_type());
}
std::pair<double, double> apply(const Matrix& m, double x, double y) { return {m.m[0] * x + m.m[1] * y + m.m[2], m.m[3] * x + m.m[4] * y + m.m[5]}; }

void check_affine(const std::vector<double>& translate, double scale, const std::vector<double>& shear, const std::vector<double>& center, const char* who) {
  WICK_CHECK_TYPE(ValueError, translate.size() == 2 && shear.size() == 2, who, ": translate and shear are x and y, got ", translate.size(), " and ", shear.size(), " numbers");
  WICK_CHECK_TYPE(ValueError, scale > 0, who, ": scale must be positive, got ", scale);
  check_center(center, who);
}

}  // namespace

Tensor rotate(const Tensor& image, double angle, InterpolationMode interpolation, bool expand, const std::vector<double>& center, const std::vector<double>& fill) {
  check_image(image, "rotate");
  check_mode(interpolation, "rotate");
  check_center(center, "rotate");
  const int64_t h = image.size(-2), w = image.size(-1);
  angle = std::fmod(angle, 360);
  if (angle < 0) angle += 360;
  if (center.empty()) {
    if (angle == 0) return image.clone();
    if (angle == 180) return image.rot90(2, {-2, -1});
    if ((expand || h == w) && (angle == 90 || angle == 270)) return image.rot90(angle == 90 ? 1 : 3, {-2, -1});
  }
  const double cx = center.empty() ? 0 : center[0] - 0.5 * static_cast<double>(w), cy = center.empty() ? 0 : center[1] - 0.5 * static_cast<double>(h);
  const Matrix m = affine_matrix(cx, cy, -angle, 0, 0, 1, 0, 0, true);
  const auto [ow, oh] = expand ? expanded(m, w, h) : std::pair{w, h};
  return warp(image, m, oh, ow, interpolation, fill, "rotate");
}

Tensor affine(const Tensor& image, double angle, const std::vector<double>& translate, double scale, const std::vector<double>& shear, InterpolationMode interpolation,
              const std::vector<double>& fill, const std::vector<double>& center) {
  check_image(image, "affine");
  check_mode(interpolation, "affine");
  check_affine(translate, scale, shear, center, "affine");
  const int64_t h = image.size(-2), w = image.size(-1);
  const double cx = center.empty() ? 0 : center[0] - 0.5 * static_cast<double>(w), cy = center.empty() ? 0 : center[1] - 0.5 * static_cast<double>(h);
  return warp(image, affine_matrix(cx, cy, angle, translate[0], translate[1], scale, shear[0], shear[1], true), h, w, interpolation, fill, "affine");
}

std::vector<double> perspective_coefficients(const std::vector<std::vector<double>>& startpoints, const std::vector<std::vector<double>>& endpoints) {
  WICK_CHECK_TYPE(ValueError, startpoints.size() == 4 && endpoints.size() == 4, "perspective: four corners each are needed, got ", startpoints.size(), " and ", endpoints.size());
  Tensor a = zeros({8, 8}, kDouble), b = zeros({8, 1}, kDouble);
  auto* p = static_cast<double*>(a.data_ptr());
  for (size_t i = 0; i < 4; ++i) {
    WICK_CHECK_TYPE(ValueError, startpoints[i].size() == 2 && endpoints[i].size() == 2, "perspective: a corner is x and y");
    const double x = endpoints[i][0], y = endpoints[i][1];
    for (size_t k = 0; k < 2; ++k, p += 8) {
      const double s = startpoints[i][k];
      p[3 * k] = x, p[3 * k + 1] = y, p[3 * k + 2] = 1, p[6] = -s * x, p[7] = -s * y;
      static_cast<double*>(b.data_ptr())[2 * i + k] = s;
    }
  }
  const Tensor solution = linalg_solve(a, b);
  std::vector<double> c;  // kept in float, as torchvision does
  for (int64_t i = 0; i < 8; ++i) c.push_back(static_cast<double>(static_cast<float>(static_cast<const double*>(solution.data_ptr())[i])));
  return c;
}

Tensor perspective(const Tensor& image, const std::vector<double>& coefficients, InterpolationMode interpolation, const std::vector<double>& fill) {
  check_image(image, "perspective");
  check_mode(interpolation, "perspective");
  WICK_CHECK_TYPE(ValueError, coefficients.size() == 8, "perspective: 8 coefficients are needed, got ", coefficients.size());
  const int64_t h = image.size(-2), w = image.size(-1);
  const ScalarType type = image.is_floating_point() ? image.scalar_type() : kFloat;
  const double* c = coefficients.data();
  const Tensor above = pairs({c[0], c[1], c[2], c[3], c[4], c[5]}, {1, 2, 3}, type).transpose(1, 2).div(pairs({0.5 * static_cast<double>(w), 0.5 * static_cast<double>(h)}, {2}, type));
  const Tensor below = pairs({c[6], c[7], 1, c[6], c[7], 1}, {1, 2, 3}, type).transpose(1, 2), base = base_grid(0.5, 0.5, h, w, type).view({1, h * w, 3});
  return sample(image, base.bmm(above).div(base.bmm(below)).sub(1.0).view({1, h, w, 2}), interpolation, fill, "perspective");
}

// What elastic adds displacements to: the middle of each pixel in -1 to 1. [1, height, width, 2]
static Tensor identity_grid(int64_t height, int64_t width, ScalarType type) {
  const auto line = [&](int64_t n) {
    const double end = static_cast<double>(n - 1) / static_cast<double>(n);
    return linspace(-end, end, n, type);
  };
  return stack({line(width).view({1, 1, width}).expand({1, height, width}), line(height).view({1, height, 1}).expand({1, height, width})}, -1);
}
static void check_displacement(const Tensor& d, int64_t height, int64_t width, const char* who) {
  WICK_CHECK_TYPE(ValueError, d.defined() && d.sizes() == IntArrayRef({1, height, width, 2}), who, ": the displacement is [1, ", height, ", ", width, ", 2]", d.defined() ? str(", got ", d.sizes()) : "");
}

Tensor elastic(const Tensor& image, const Tensor& displacement, InterpolationMode interpolation, const std::vector<double>& fill) {
  check_image(image, "elastic");
  check_mode(interpolation, "elastic");
  const int64_t h = image.size(-2), w = image.size(-1);
  check_displacement(displacement, h, w, "elastic");
  const ScalarType type = image.is_floating_point() ? image.scalar_type() : kFloat;
  return sample(image, identity_grid(h, w, type).add(displacement.to(type)), interpolation, fill, "elastic");
}
Tensor elastic_boxes(const Tensor& boxes, int64_t height, int64_t width, const Tensor& displacement) {
  check_displacement(displacement, height, width, "elastic_boxes");
  const Tensor inverse = identity_grid(height, width, kDouble).sub(displacement.to(kDouble)).contiguous();  // nearly
  const auto* at = static_cast<const double*>(inverse.data_ptr());
  return boxes_around(boxes, "elastic_boxes", height, width, [&](double x, double y) {
    const int64_t i = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(x)), 0, width - 1), k = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(y)), 0, height - 1);
    const double* p = at + 2 * (k * width + i);
    return std::pair{(p[0] + 1) * 0.5 * static_cast<double>(width) - 0.5, (p[1] + 1) * 0.5 * static_cast<double>(height) - 0.5};
  });
}

Tensor affine_boxes(const Tensor& boxes, int64_t height, int64_t width, double angle, const std::vector<double>& translate, double scale, const std::vector<double>& shear,
                    const std::vector<double>& center) {
  check_affine(translate, scale, shear, center, "affine_boxes");
  const double cx = center.empty() ? 0.5 * static_cast<double>(width) : center[0], cy = center.empty() ? 0.5 * static_cast<double>(height) : center[1];
  const Matrix m = affine_matrix(cx, cy, angle, translate[0], translate[1], scale, shear[0], shear[1], false);
  return boxes_around(boxes, "affine_boxes", height, width, [&](double x, double y) { return apply(m, x, y); });
}

Tensor rotate_boxes(const Tensor& boxes, int64_t height, int64_t width, double angle, bool expand, const std::vector<double>& center) {
  check_center(center, "rotate_boxes");
  const auto w = static_cast<double>(width), h = static_cast<double>(height);
  const double cx = center.empty() ? 0.5 * w : center[0], cy = center.empty() ? 0.5 * h : center[1];
  const Matrix m = affine_matrix(cx, cy, -angle, 0, 0, 1, 0, 0, false);
  double left = 0, top = 0;
  int64_t oh = height, ow = width;
  if (expand) {
    left = top = INFINITY;
    for (const double x : {0.0, w})
      for (const double y : {0.0, h}) {
        const auto [px, py] = apply(m, x, y);
        left = std::min(left, px);
        top = std::min(top, py);
      }
    std::tie(ow, oh) = expanded(affine_matrix(cx, cy, -angle, 0, 0, 1, 0, 0, true), width, height);
  }
  return boxes_around(boxes, "rotate_boxes", oh, ow, [&](double x, double y) {
    const auto [px, py] = apply(m, x, y);
    return std::pair{px - left, py - top};
  });
}

Tensor perspective_boxes(const Tensor& boxes, int64_t height, int64_t width, const std::vector<double>& coefficients) {
  WICK_CHECK_TYPE(ValueError, coefficients.size() == 8, "perspective_boxes: 8 coefficients are needed, got ", coefficients.size());
  const double* c = coefficients.data();
  const double det = c[0] * c[4] - c[1] * c[3];
  WICK_CHECK_TYPE(ValueError, det != 0, "perspective_boxes: these coefficients have no inverse");
  const double i[] = {c[4] - c[5] * c[7], -c[1] + c[2] * c[7], c[1] * c[5] - c[2] * c[4], -c[3] + c[5] * c[6], c[0] - c[2] * c[6], -c[0] * c[5] + c[2] * c[3], -c[4] * c[6] + c[3] * c[7], -c[0] * c[7] + c[1] * c[6]};
  return boxes_around(boxes, "perspective_boxes", height, width, [&](double x, double y) {
    const double z = (i[6] * x + i[7] * y) / det + 1;
    return std::pair{(i[0] * x + i[1] * y + i[2]) / det / z, (i[3] * x + i[4] * y + i[5]) / det / z};
  });
}

}  // namespace functional
}  // namespace wick::vision::inline v1
