#include <wick/log/figure.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "log/canvas.h"

namespace wick::logging {
namespace {

constexpr Rgb kInk{34, 34, 34}, kGridLine{225, 225, 225}, kPaper{255, 255, 255};
// Ten colours that can be told apart, also by those who do not see red and green as two.
constexpr Rgb kColours[] = {{31, 119, 180}, {230, 120, 20}, {0, 140, 110}, {200, 60, 60}, {130, 90, 190}, {140, 95, 75}, {215, 100, 175}, {110, 110, 110}, {165, 165, 20}, {20, 175, 195}};
constexpr double kLetter = 8, kTitle = 10;

std::vector<double> numbers(const Tensor& t, const char* name) {
  WICK_CHECK_TYPE(ValueError, t.defined() && t.dim() == 1 && !t.is_complex(), "Figure: ", name, " has the shape [n], got ", t.defined() ? str(t.sizes()) : "nothing");
  const NoGradGuard off;
  const Tensor v = t.detach().to(kDouble).contiguous();
  return {v.data_ptr<double>(), v.data_ptr<double>() + v.numel()};
}

std::string number_text(double v) {
  char s[32];
  std::snprintf(s, sizeof s, "%.4g", v == 0 ? 0 : v);
  return s;
}

// From values to places along an axis.
struct Axis {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool log = false;
  double begin = 0, end = 1;  // pixels

  bool takes(double v) const { return std::isfinite(v) && (!log || v > 0); }
  double scaled(double v) const { return log ? std::log10(v) : v; }
  void include(double v) {
    if (!takes(v)) return;
    low = std::min(low, scaled(v));
    high = std::max(high, scaled(v));
  }
  // Some room on both sides; a range where there is none.
  void finish(double room) {
    if (low > high) low = 0, high = 1;
    if (low == high) {
      const double d = low == 0 || log ? 0.5 : std::abs(low) / 10;
      low -= d;
      high += d;
      return;
    }
    const double d = (high - low) * room;
    if (!std::isfinite(d)) return;
    low -= d;
    high += d;
  }
  double at(double v) const { return begin + (scaled(v) / 2 - low / 2) / (high / 2 - low / 2) * (end - begin); }
  // Round numbers, so many at most.
  std::vector<double> ticks(double most) const {
    std::vector<double> r;
    const double span = high - low;
    if (!(span > 0) || !std::isfinite(span)) return r;
    double step = std::pow(10, std::floor(std::log10(span / most)));
    for (const double f : {1.0, 2.0, 5.0, 10.0})
      if (span / (step * f) <= most) {
        step *= f;
        break;
      }
    if (log) step = std::max(1.0, std::round(step));
    for (double k = std::ceil(low / step); k * step <= high && r.size() < 100; ++k) r.push_back(log ? std::pow(10, k * step) : k * step);
    return r;
  }
};

// Dark blue over green to yellow.
Rgb heat(double t) {
  constexpr uint8_t points[][3] = {{68, 1, 84}, {59, 82, 139}, {33, 145, 140}, {94, 201, 98}, {253, 231, 37}};
  t = std::clamp(t, 0.0, 1.0) * 4;
  const auto k = std::min(3, static_cast<int>(t));
  const auto mix = [&](int c) { return static_cast<uint8_t>(std::lround(points[k][c] + (points[k + 1][c] - points[k][c]) * (t - k))); };
  return {mix(0), mix(1), mix(2)};
}

}  // namespace

inline namespace v1 {

class FigurePainter {
 public:
  explicit FigurePainter(const Figure& f) : f_(f), o_(f.options_), picture_(o_.height(), o_.width(), 3, 255), canvas_(picture_) {}

  Tensor paint() {
    const bool matrix = f_.rows_ > 0;
    measure();
    place(matrix);
    if (matrix) cells();
    else if (o_.grid()) grid();
    canvas_.clip(plot_);
    size_t colour = 0;
    if (!matrix)
      for (const auto& s : f_.series_) series(s, kColours[colour++ % 10]);
    canvas_.clip();
    frame();
    if (!matrix) legend();
    Tensor t = empty({o_.height(), o_.width(), 3}, kByte);
    std::copy(picture_.bytes.begin(), picture_.bytes.end(), t.data_ptr<uint8_t>());
    return t.permute({2, 0, 1});
  }

 private:
  using Series = Figure::Series;

  void measure() {
    x_.log = o_.log_x() && f_.x_names_.empty();
    y_.log = o_.log_y();
    bool bars = false;
    for (const auto& s : f_.series_) {
      for (size_t i = 0; i < s.x.size(); ++i)
        if (x_.takes(s.x[i]) && y_.takes(s.y[i])) x_.include(s.x[i]), y_.include(s.y[i]);
      bars |= s.kind == Series::bars;
    }
    if (bars) {
      y_.include(0);
      x_.low = -0.5;
      x_.high = static_cast<double>(f_.x_names_.size()) - 0.5;
    }
    if (f_.rows_ > 0) {
      x_ = {-0.5, static_cast<double>(f_.columns_) - 0.5, false, 0, 1};
      y_ = {static_cast<double>(f_.rows_) - 0.5, -0.5, false, 0, 1};
      return;
    }
    if (!bars) x_.finish(0.02);
    y_.finish(0.05);
  }

  std::vector<std::pair<double, std::string>> labels(const Axis& axis, const std::vector<std::string>& names, double most, int64_t cells) const {
    std::vector<std::pair<double, std::string>> r;
    if (!names.empty() || cells > 0) {
      const size_t n = names.empty() ? static_cast<size_t>(cells) : names.size(), step = std::max<size_t>(1, static_cast<size_t>(std::ceil(static_cast<double>(n) / most)));
      for (size_t i = 0; i < n; i += step) r.emplace_back(static_cast<double>(i), names.empty() ? std::to_string(i) : names[i]);
      return r;
    }
    for (const double v : axis.ticks(most)) r.emplace_back(v, number_text(v));
    return r;
  }

  void place(bool matrix) {
    const double w = static_cast<double>(o_.width()), h = static_cast<double>(o_.height());
    y_labels_ = labels(y_, f_.y_names_, std::max(2.0, h / 45), f_.rows_);
    double widest = 0;
    for (const auto& [at, text] : y_labels_) widest = std::max(widest, Canvas::text_width(text, kLetter));
    plot_ = {std::round(14 + widest + (o_.y_label().empty() ? 0 : 18)), o_.title().empty() ? 14.0 : 34.0, std::round(w - (matrix ? 76 : 16)), std::round(h - (o_.x_label().empty() ? 26 : 46))};
    plot_.right = std::max(plot_.right, plot_.left + 2);
    plot_.bottom = std::max(plot_.bottom, plot_.top + 2);
    x_.begin = plot_.left;
    x_.end = plot_.right;
    y_.begin = plot_.bottom;
    y_.end = plot_.top;
    x_labels_ = labels(x_, f_.x_names_, std::max(2.0, (plot_.right - plot_.left) / 70), f_.columns_);
  }

  void grid() {
    for (const auto& [v, text] : y_labels_) canvas_.fill({plot_.left, std::round(y_.at(v)), plot_.right, std::round(y_.at(v)) + 1}, kGridLine);
    if (!f_.x_names_.empty()) return;
    for (const auto& [v, text] : x_labels_) canvas_.fill({std::round(x_.at(v)), plot_.top, std::round(x_.at(v)) + 1, plot_.bottom}, kGridLine);
  }

  void frame() {
    canvas_.fill({plot_.left - 1, plot_.bottom, plot_.right, plot_.bottom + 1}, kInk);
    canvas_.fill({plot_.left - 1, plot_.top, plot_.left, plot_.bottom}, kInk);
    for (const auto& [v, text] : y_labels_) canvas_.text({plot_.left - 6 - Canvas::text_width(text, kLetter), std::round(y_.at(v)) + kLetter / 2}, text, kLetter, kInk);
    for (const auto& [v, text] : x_labels_) {
      const double width = Canvas::text_width(text, kLetter);
      canvas_.text({std::clamp(x_.at(v) - width / 2, 2.0, std::max(2.0, static_cast<double>(o_.width()) - width - 2)), plot_.bottom + 8 + kLetter}, text, kLetter, kInk);
    }
    const double middle = (plot_.left + plot_.right) / 2;
    canvas_.text({middle - Canvas::text_width(o_.title(), kTitle) / 2, 22}, o_.title(), kTitle, kInk);
    canvas_.text({middle - Canvas::text_width(o_.x_label(), kLetter) / 2, static_cast<double>(o_.height()) - 10}, o_.x_label(), kLetter, kInk);
    canvas_.text({14, (plot_.top + plot_.bottom) / 2 + Canvas::text_width(o_.y_label(), kLetter) / 2}, o_.y_label(), kLetter, kInk, true);
  }

  void series(const Series& s, Rgb c) {
    std::vector<Point2> points;
    for (size_t i = 0; i < s.x.size(); ++i) {
      if (x_.takes(s.x[i]) && (y_.takes(s.y[i]) || (s.kind == Series::bars && !y_.log))) points.push_back({x_.at(s.x[i]), y_.at(s.y[i])});
      else if (s.kind == Series::lines) points.push_back({std::nan(""), 0});  // a gap
    }
    if (s.kind == Series::bars) {
      const size_t all = static_cast<size_t>(std::count_if(f_.series_.begin(), f_.series_.end(), [](const Series& t) { return t.kind == Series::bars; }));
      const double unit = (plot_.right - plot_.left) / std::max<double>(1, static_cast<double>(f_.x_names_.size())), width = 0.8 * unit / static_cast<double>(all);
      const double zero = y_.log ? plot_.bottom : y_.at(0);
      for (const Point2& p : points) {
        const double left = p.x - 0.4 * unit + static_cast<double>(bars_) * width;
        canvas_.fill({left, std::min(p.y, zero), std::max(left + width, left + 1), std::max(p.y, zero)}, c);
      }
      ++bars_;
    } else if (s.kind == Series::points) {
      for (const Point2& p : points) canvas_.dot(p, 2.5, c);
    } else {
      for (size_t i = 1; i < (points = thin(points)).size(); ++i) canvas_.line(points[i - 1], points[i], c, 1.6);
      if (points.size() == 1) canvas_.dot(points[0], 2, c);
    }
  }

  // Of many points in one column of pixels the first, the lowest, the highest and the last draw the same.
  std::vector<Point2> thin(const std::vector<Point2>& points) const {
    if (points.size() < static_cast<size_t>(4 * o_.width())) return points;
    std::vector<Point2> r;
    for (size_t i = 0; i < points.size();) {
      if (!std::isfinite(points[i].x)) {
        r.push_back(points[i++]);
        continue;
      }
      const double column = std::floor(points[i].x);
      const size_t first = i;
      size_t low = i, high = i;
      for (; i < points.size() && std::floor(points[i].x) == column; ++i) {
        if (points[i].y < points[low].y) low = i;
        if (points[i].y > points[high].y) high = i;
      }
      for (const size_t k : {first, std::min(low, high), std::max(low, high), i - 1}) r.push_back(points[k]);
    }
    return r;
  }

  void cells() {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double v : f_.cells_)
      if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    if (low > high) low = 0, high = 1;
    const double w = (plot_.right - plot_.left) / static_cast<double>(f_.columns_), h = (plot_.bottom - plot_.top) / static_cast<double>(f_.rows_);
    const auto share = [&](double v) { return high > low ? (v / 2 - low / 2) / (high / 2 - low / 2) : 0.5; };
    for (int64_t y = 0; y < f_.rows_; ++y)
      for (int64_t x = 0; x < f_.columns_; ++x) {
        const double v = f_.cells_[static_cast<size_t>(y * f_.columns_ + x)], left = plot_.left + static_cast<double>(x) * w, top = plot_.top + static_cast<double>(y) * h;
        canvas_.fill({left, top, left + w, top + h}, std::isfinite(v) ? heat(share(v)) : kGridLine);
        const std::string text = number_text(v);
        const double wide = Canvas::text_width(text, kLetter);
        if (f_.numbers_ && wide + 4 < w && kLetter + 4 < h) canvas_.text({left + (w - wide) / 2, top + (h + kLetter) / 2}, text, kLetter, std::isfinite(v) && share(v) < 0.6 ? kPaper : kInk);
      }
    // The scale.
    for (double y = plot_.top; y < plot_.bottom; ++y) canvas_.fill({plot_.right + 12, y, plot_.right + 24, y + 1}, heat((plot_.bottom - y) / (plot_.bottom - plot_.top)));
    canvas_.text({plot_.right + 28, plot_.top + kLetter}, number_text(high), kLetter, kInk);
    canvas_.text({plot_.right + 28, plot_.bottom}, number_text(low), kLetter, kInk);
  }

  void legend() {
    double widest = 0, n = 0;
    for (const auto& s : f_.series_)
      if (!s.label.empty()) widest = std::max(widest, Canvas::text_width(s.label, kLetter)), ++n;
    if (n == 0) return;
    const Area box{plot_.right - widest - 40, plot_.top + 6, plot_.right - 6, plot_.top + 12 + 16 * n};
    canvas_.fill(box, kPaper, 0.85);
    double y = box.top + 7 + kLetter;
    for (size_t i = 0; i < f_.series_.size(); ++i) {
      if (f_.series_[i].label.empty()) continue;
      const Rgb c = kColours[i % 10];
      if (f_.series_[i].kind == Series::lines) canvas_.line({box.left + 6, y - 4}, {box.left + 22, y - 4}, c, 1.6);
      else canvas_.dot({box.left + 14, y - 4}, 3, c);
      canvas_.text({box.left + 28, y}, f_.series_[i].label, kLetter, kInk);
      y += 16;
    }
  }

  const Figure& f_;
  const FigureOptions& o_;
  Picture picture_;
  Canvas canvas_;
  Axis x_, y_;
  Area plot_{};
  std::vector<std::pair<double, std::string>> x_labels_, y_labels_;
  int bars_ = 0;
};

Figure::Figure(FigureOptions options) : options_(std::move(options)) {
  WICK_CHECK_TYPE(ValueError, options_.width() >= 64 && options_.height() >= 64 && options_.width() <= 8192 && options_.height() <= 8192, "Figure: width and height are 64 to 8192, got ", options_.width(), " and ",
                  options_.height());
}

Figure& Figure::add(Series::Kind kind, const Tensor& x, const Tensor& y, std::string label) {
  Series s{kind, numbers(x, "x"), numbers(y, "y"), std::move(label)};
  WICK_CHECK_TYPE(ValueError, s.x.size() == s.y.size(), "Figure: ", s.x.size(), " values of x and ", s.y.size(), " of y");
  series_.push_back(std::move(s));
  return *this;
}

Figure& Figure::line(const Tensor& x, const Tensor& y, std::string label) { return add(Series::lines, x, y, std::move(label)); }
Figure& Figure::line(const Tensor& y, std::string label) { return add(Series::lines, arange(y.defined() ? y.numel() : 0), y, std::move(label)); }
Figure& Figure::scatter(const Tensor& x, const Tensor& y, std::string label) { return add(Series::points, x, y, std::move(label)); }

Figure& Figure::bar(const std::vector<std::string>& names, const Tensor& heights, std::string label) {
  WICK_CHECK_TYPE(ValueError, heights.defined() && heights.numel() == static_cast<int64_t>(names.size()) && (x_names_.empty() || x_names_.size() == names.size()), "Figure: ", names.size(), " names for ",
                  heights.defined() ? heights.numel() : 0, " bars");
  add(Series::bars, arange(heights.numel()), heights, std::move(label));
  x_names_ = names;
  return *this;
}

Figure& Figure::heatmap(const Tensor& matrix, const std::vector<std::string>& rows, const std::vector<std::string>& columns, bool numbers) {
  WICK_CHECK_TYPE(ValueError, matrix.defined() && matrix.dim() == 2 && matrix.numel() > 0, "Figure: a matrix has the shape [rows, columns], got ", matrix.defined() ? str(matrix.sizes()) : "nothing");
  WICK_CHECK_TYPE(ValueError, (rows.empty() || static_cast<int64_t>(rows.size()) == matrix.size(0)) && (columns.empty() || static_cast<int64_t>(columns.size()) == matrix.size(1)), "Figure: ", rows.size(), " and ",
                  columns.size(), " names for ", matrix.sizes());
  cells_ = logging::numbers(matrix.flatten(), "matrix");
  rows_ = matrix.size(0);
  columns_ = matrix.size(1);
  y_names_ = rows;
  x_names_ = columns;
  numbers_ = numbers;
  return *this;
}

Tensor Figure::render() const { return FigurePainter(*this).paint(); }

}  // namespace v1
}  // namespace wick::logging
