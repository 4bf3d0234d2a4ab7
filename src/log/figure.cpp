#include <wick/log/figure.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "log/pen.h"

namespace wick::logging {
namespace {

// Ten colours that can be told apart, also by those who do not see red and green as two.
constexpr Rgb kColours[] = {{31, 119, 180}, {230, 120, 20}, {0, 140, 110}, {200, 60, 60}, {130, 90, 190}, {140, 95, 75}, {215, 100, 175}, {110, 110, 110}, {165, 165, 20}, {20, 175, 195}};
const std::vector<double> kDashes[] = {{}, {7, 3}, {2, 2}, {9, 3, 2, 3}, {4, 2}, {12, 3}, {1, 3}, {6, 2, 2, 2}};
constexpr double kLetter = 8, kTitle = 10, kLegendRow = 16;

std::vector<double> numbers(const Tensor& t, const char* name) {
  WICK_CHECK_TYPE(ValueError, t.defined() && t.dim() == 1 && !t.is_complex(), "Figure: ", name, " has the shape [n], got ", t.defined() ? str(t.sizes()) : "nothing");
  const NoGradGuard off;
  const Tensor v = t.detach().to(kDouble).contiguous();
  return {v.data_ptr<double>(), v.data_ptr<double>() + v.numel()};
}

// Four digits, or as many as tell it from all others; the same in each locale; 1e-5, not 1e-05.
std::string number_text(double v, bool exact = false) {
  char s[40];
  if (v == 0) v = 0;  // -0
  std::string r(s, exact ? std::to_chars(s, s + sizeof s, v).ptr : std::to_chars(s, s + sizeof s, v, std::chars_format::general, 4).ptr);
  const size_t e = r.find('e');
  if (e == std::string::npos) return r;
  if (r[e + 2] == '0') r.erase(e + 2, 1);
  if (r[e + 1] == '+') r.erase(e + 1, 1);
  return r;
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
  void finish(double room, const std::vector<double>& range) {
    if (!range.empty()) {
      low = scaled(range[0]);
      high = scaled(range[1]);
      return;
    }
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
    const double span = high - low;
    if (!(span > 0) || !std::isfinite(span)) return {};
    if (!log) return multiples(low, high, most);
    if (span < 0.7) return multiples(std::pow(10, low), std::pow(10, high), most);  // as on a linear one
    std::vector<double> r;
    if (span < 2)  // parts of decades, too
      for (const std::vector<double>& marks : {std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 5}, {1, 3}}) {
        r.clear();
        for (double decade = std::floor(low); decade <= high; ++decade)
          for (const double m : marks)
            if (const double k = decade + std::log10(m); k >= low - 1e-9 && k <= high + 1e-9) r.push_back(m * std::pow(10, decade));
        if (static_cast<double>(r.size()) <= most) return r;
      }
    r = multiples(low, high, std::min(most, span + 1));
    for (double& v : r) v = std::pow(10, std::round(v));
    return r;
  }
  static std::vector<double> multiples(double low, double high, double most) {
    std::vector<double> r;
    double step = std::pow(10, std::floor(std::log10((high - low) / most)));
    for (const double f : {1.0, 2.0, 5.0, 10.0})
      if ((high - low) / (step * f) <= most) {
        step *= f;
        break;
      }
    for (double k = std::ceil(low / step - 1e-9); k * step <= high + 1e-9 * step && r.size() < 100; ++k) r.push_back(k * step);
    return r;
  }
};

// A field of a table.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string r = "\"";
  for (const char c : text) r.append(c == '"' ? 2 : 1, c);
  return r + '"';
}

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
  FigurePainter(const Figure& f, Pen& pen) : f_(f), o_(f.options_), pen_(pen) {}

  void paint() {
    if (f_.image_.defined()) return image();
    const bool matrix = f_.rows_ > 0;
    measure();
    place(matrix);
    if (matrix) cells();
    else if (o_.grid()) grid();
    pen_.begin_clip(plot_);
    if (!matrix)
      for (size_t i = 0; i < f_.series_.size(); ++i) series(f_.series_[i], style(i));
    pen_.end_clip();
    frame();
    legend();
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
    if (!bars) x_.finish(0.02, o_.x_range());
    y_.finish(0.05, o_.y_range());
  }

  // Which of the colours and dashes a series has: series of one label, such as a line and its points, share them.
  size_t style(size_t i) const {
    size_t n = 0;
    for (size_t k = 0; k < i; ++k) {
      if (same(k, i)) return style(k);
      if (first(k)) ++n;
    }
    return n;
  }
  bool same(size_t a, size_t b) const { return !f_.series_[a].label.empty() && f_.series_[a].label == f_.series_[b].label; }
  bool first(size_t i) const {
    for (size_t k = 0; k < i; ++k)
      if (same(k, i)) return false;
    return true;
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
    double widest = 0, longest = 0;
    for (const auto& [at, text] : y_labels_) widest = std::max(widest, Canvas::text_width(text, kLetter));
    plot_ = {std::round(14 + widest + (o_.y_label().empty() ? 0 : 18)), o_.title().empty() ? 14.0 : 34.0, std::round(w - (matrix ? 76 : 16)), std::round(h - (o_.x_label().empty() ? 26 : 46))};
    // The names above the plot take two fifths of it at most.
    for (size_t i = 0; i < f_.series_.size() && !matrix; ++i)
      if (!f_.series_[i].label.empty() && first(i)) named_.push_back(i), longest = std::max(longest, Canvas::text_width(f_.series_[i].label, kLetter));
    names_in_row_ = static_cast<size_t>(std::max(1.0, std::floor((plot_.right - plot_.left) / (longest + 44))));
    const double rows = std::min(std::ceil(static_cast<double>(named_.size()) / static_cast<double>(names_in_row_)), std::floor((plot_.bottom - plot_.top) * 0.4 / kLegendRow));
    named_.resize(std::min(named_.size(), static_cast<size_t>(std::max(0.0, rows)) * names_in_row_));
    if (!named_.empty()) plot_.top += rows * kLegendRow + 4;
    plot_.right = std::max(plot_.right, plot_.left + 2);
    plot_.bottom = std::max(plot_.bottom, plot_.top + 2);
    x_.begin = plot_.left;
    x_.end = plot_.right;
    y_.begin = plot_.bottom;
    y_.end = plot_.top;
    double name = f_.columns_ > 0 && f_.x_names_.empty() ? 20 : 0;
    for (const std::string& s : f_.x_names_) name = std::max(name, Canvas::text_width(s, kLetter));
    x_labels_ = labels(x_, f_.x_names_, std::max(2.0, (plot_.right - plot_.left) / (name > 0 ? name + 12 : 70)), f_.columns_);
  }

  void grid() {
    for (const auto& [v, text] : y_labels_) pen_.fill({plot_.left, std::round(y_.at(v)), plot_.right, std::round(y_.at(v)) + 1}, kGridLine);
    if (!f_.x_names_.empty()) return;
    for (const auto& [v, text] : x_labels_) pen_.fill({std::round(x_.at(v)), plot_.top, std::round(x_.at(v)) + 1, plot_.bottom}, kGridLine);
  }

  void frame() {
    pen_.fill({plot_.left - 1, plot_.bottom, plot_.right, plot_.bottom + 1}, kInk);
    pen_.fill({plot_.left - 1, plot_.top, plot_.left, plot_.bottom}, kInk);
    for (const auto& [v, text] : y_labels_) pen_.text({plot_.left - 6, std::round(y_.at(v)) + kLetter / 2}, text, kLetter, kInk, Anchor::end);
    for (const auto& [v, text] : x_labels_) {
      const double half = Canvas::text_width(text, kLetter) / 2;
      pen_.text({std::clamp(x_.at(v), half + 2, std::max(half + 2, static_cast<double>(o_.width()) - half - 2)), plot_.bottom + 8 + kLetter}, text, kLetter, kInk, Anchor::middle);
    }
    title();
    pen_.text({(plot_.left + plot_.right) / 2, static_cast<double>(o_.height()) - 10}, o_.x_label(), kLetter, kInk, Anchor::middle);
    pen_.text({14, (plot_.top + plot_.bottom) / 2}, o_.y_label(), kLetter, kInk, Anchor::middle, true);
  }
  void title() { pen_.text({(plot_.left + plot_.right) / 2, 22}, o_.title(), kTitle, kInk, Anchor::middle); }

  void series(const Series& s, size_t style) {
    const Rgb c = kColours[style % 10];
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
        pen_.fill({left, std::min(p.y, zero), std::max(left + width, left + 1), std::max(p.y, zero)}, {c});
      }
      ++bars_;
    } else if (s.kind == Series::points) {
      pen_.dots(points, {c}, 2.5);
    } else {
      points = thin(points);
      pen_.path(points, {c}, 1.6, dashes(style));
      // A point between two gaps would not be seen.
      const auto gap = [&](size_t i) { return i >= points.size() || !std::isfinite(points[i].x); };
      std::vector<Point2> alone;
      for (size_t i = 0; i < points.size(); ++i)
        if (!gap(i) && gap(i - 1) && gap(i + 1)) alone.push_back(points[i]);
      if (!alone.empty()) pen_.dots(alone, {c}, 2);
    }
  }
  std::vector<double> dashes(size_t style) const { return o_.dashes() ? kDashes[style % std::size(kDashes)] : std::vector<double>{}; }

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
    const auto set = [](Picture& p, int64_t y, int64_t x, Rgb c) { std::copy_n(&c.r, 3, p.at(y, x)); };
    Picture colours(f_.rows_, f_.columns_);
    for (int64_t y = 0; y < f_.rows_; ++y)
      for (int64_t x = 0; x < f_.columns_; ++x) {
        const double v = f_.cells_[static_cast<size_t>(y * f_.columns_ + x)];
        set(colours, y, x, std::isfinite(v) ? heat(share(v)) : kGridLine.rgb);
      }
    pen_.picture(plot_, colours);
    for (int64_t y = 0; y < f_.rows_ && f_.numbers_; ++y)
      for (int64_t x = 0; x < f_.columns_; ++x) {
        const double v = f_.cells_[static_cast<size_t>(y * f_.columns_ + x)];
        const std::string text = number_text(v);
        if (Canvas::text_width(text, kLetter) + 4 >= w || kLetter + 4 >= h) continue;
        pen_.text({plot_.left + (static_cast<double>(x) + 0.5) * w, plot_.top + (static_cast<double>(y) + 0.5) * h + kLetter / 2}, text, kLetter, {std::isfinite(v) && share(v) < 0.6 ? kPaper.rgb : kInk.rgb}, Anchor::middle);
      }
    // The scale.
    Picture scale(64, 1);
    for (int64_t y = 0; y < 64; ++y) set(scale, y, 0, heat(1 - static_cast<double>(y) / 63));
    pen_.picture({plot_.right + 12, plot_.top, plot_.right + 24, plot_.bottom}, scale);
    pen_.text({plot_.right + 28, plot_.top + kLetter}, number_text(high), kLetter, kInk, Anchor::start);
    pen_.text({plot_.right + 28, plot_.bottom}, number_text(low), kLetter, kInk, Anchor::start);
  }

  void legend() {
    for (size_t i = 0; i < named_.size(); ++i) {
      const Series& s = f_.series_[named_[i]];
      const size_t n = style(named_[i]);
      const double x = plot_.left + static_cast<double>(i % names_in_row_) * (plot_.right - plot_.left) / static_cast<double>(names_in_row_);
      const double y = (o_.title().empty() ? 14 : 34) + static_cast<double>(i / names_in_row_) * kLegendRow + kLetter;
      const Rgb c = kColours[n % 10];
      if (s.kind == Series::lines) pen_.path({{x, y - 4}, {x + 24, y - 4}}, {c}, 1.6, dashes(n));
      else if (s.kind == Series::bars) pen_.fill({x + 8, y - 8, x + 16, y}, {c});
      else pen_.dots({{x + 12, y - 4}}, {c}, 3);
      pen_.text({x + 29, y}, s.label, kLetter, kInk, Anchor::start);
    }
  }

  // As many whole pixels for each of the picture's as there is room for, or fewer pixels than it has.
  void image() {
    const Picture p = to_picture(f_.image_, "Figure");
    const double w = static_cast<double>(o_.width()), h = static_cast<double>(o_.height()), top = o_.title().empty() ? 8 : 34, bottom = h - (o_.x_label().empty() ? 8 : 26);
    double scale = std::min((w - 16) / static_cast<double>(p.width), std::max(1.0, bottom - top) / static_cast<double>(p.height));
    if (scale > 1) scale = std::floor(scale);
    const double left = std::round((w - scale * static_cast<double>(p.width)) / 2);
    plot_ = {left, top, left + scale * static_cast<double>(p.width), top + scale * static_cast<double>(p.height)};
    pen_.picture(plot_, p);
    title();
    pen_.text({w / 2, h - 10}, o_.x_label(), kLetter, kInk, Anchor::middle);
  }

  const Figure& f_;
  const FigureOptions& o_;
  Pen& pen_;
  Axis x_, y_;
  Area plot_{};
  std::vector<std::pair<double, std::string>> x_labels_, y_labels_;
  std::vector<size_t> named_;
  size_t names_in_row_ = 1;
  int bars_ = 0;
};

Figure::Figure(FigureOptions options) : options_(std::move(options)) {
  WICK_CHECK_TYPE(ValueError, options_.width() >= 64 && options_.height() >= 64 && options_.width() <= 8192 && options_.height() <= 8192, "Figure: width and height are 64 to 8192, got ", options_.width(), " and ",
                  options_.height());
  for (const auto& [name, range, log] : {std::tuple{"x_range", options_.x_range(), options_.log_x()}, {"y_range", options_.y_range(), options_.log_y()}})
    WICK_CHECK_TYPE(ValueError, range.empty() || (range.size() == 2 && std::isfinite(range[1] - range[0]) && range[0] < range[1] && (!log || range[0] > 0)), "Figure: ", name,
                    " is {lowest, highest}, two finite numbers", log ? " above 0" : "");
}

Figure& Figure::add(Series::Kind kind, const Tensor& x, const Tensor& y, std::string label) {
  Series s{kind, numbers(x, "x"), numbers(y, "y"), std::move(label)};
  WICK_CHECK_TYPE(ValueError, s.x.size() == s.y.size(), "Figure: ", s.x.size(), " values of x and ", s.y.size(), " of y");
  series_.push_back(std::move(s));
  return *this;
}

Figure& Figure::line(const Tensor& x, const Tensor& y, std::string label) { return add(Series::lines, x, y, std::move(label)); }
Figure& Figure::line(const Tensor& y, std::string label) { return add(Series::lines, arange(y.defined() ? y.numel() : 0), y, std::move(label)); }
Figure& Figure::line(const std::vector<double>& x, const std::vector<double>& y, std::string label) { return line(tensor(x, kDouble), tensor(y, kDouble), std::move(label)); }
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

Figure& Figure::image(const Tensor& picture) {
  WICK_CHECK_TYPE(ValueError, picture.defined() && (picture.dim() == 2 || (picture.dim() == 3 && (picture.size(0) == 1 || picture.size(0) == 3))) && picture.numel() > 0,
                  "Figure: a picture has the shape [h, w] or [1 or 3, h, w], got ", picture.defined() ? str(picture.sizes()) : "nothing");
  image_ = to_chw(picture, picture.dim() == 2 ? "HW" : "CHW", "Figure");
  return *this;
}

Tensor Figure::render() const { return logging::render({*this}); }
std::string Figure::svg() const { return logging::svg({*this}); }
std::string Figure::csv() const {
  std::string r;
  table(r, "");
  return (rows_ > 0 ? "row,column,value\n" : "series,x,y\n") + r;
}
void Figure::save(const std::string& path) const { logging::save({*this}, path); }

void Figure::table(std::string& out, const std::string& first) const {
  WICK_CHECK_TYPE(ValueError, !image_.defined(), "Figure: a picture is no table; save it as .png or .svg");
  const auto number = [](double v) { return number_text(v, true); };
  const auto name = [](const std::vector<std::string>& names, int64_t i) { return names.empty() ? std::to_string(i) : quoted(names[static_cast<size_t>(i)]); };
  for (int64_t i = 0; i < rows_ * columns_; ++i) out += first + name(y_names_, i / columns_) + ',' + name(x_names_, i % columns_) + ',' + number(cells_[static_cast<size_t>(i)]) + '\n';
  for (size_t k = 0; k < series_.size() && rows_ == 0; ++k) {
    const Series& s = series_[k];
    for (size_t i = 0; i < s.x.size(); ++i)
      out += first + quoted(s.label.empty() ? std::to_string(k) : s.label) + ',' + (s.kind == Series::bars ? quoted(x_names_[i]) : number(s.x[i])) + ',' + number(s.y[i]) + '\n';
  }
}

Tensor render(const std::vector<Figure>& figures) {
  WICK_CHECK_TYPE(ValueError, !figures.empty(), "Figure: no figures");
  int64_t width = 0, height = 0, top = 0;
  for (const Figure& f : figures) width = std::max(width, f.options_.width()), height += f.options_.height();
  Tensor t = full({height, width, 3}, 255, kByte);
  for (const Figure& f : figures) {
    Picture picture(f.options_.height(), f.options_.width(), 3, 255);
    PixelPen pen(picture);
    FigurePainter(f, pen).paint();
    for (int64_t y = 0; y < picture.height; ++y) std::copy_n(picture.at(y, 0), 3 * picture.width, t.data_ptr<uint8_t>() + (top + y) * width * 3);
    top += picture.height;
  }
  return t.permute({2, 0, 1});
}

std::string svg(const std::vector<Figure>& figures) {
  WICK_CHECK_TYPE(ValueError, !figures.empty(), "Figure: no figures");
  double width = 0, height = 0;
  std::string body, title;
  for (const Figure& f : figures) {
    SvgPen pen;
    FigurePainter(f, pen).paint();
    body += height > 0 ? "<g transform='translate(0 " + SvgPen::number(height) + ")'>\n" + pen.take() + "</g>\n" : pen.take();
    title += (title.empty() || f.options_.title().empty() ? "" : "; ") + f.options_.title();
    width = std::max(width, static_cast<double>(f.options_.width()));
    height += static_cast<double>(f.options_.height());
  }
  return SvgPen::document(width, height, title, body);
}

std::string csv(const std::vector<Figure>& figures) {
  WICK_CHECK_TYPE(ValueError, !figures.empty(), "Figure: no figures");
  const bool matrix = figures[0].rows_ > 0;
  std::string r = matrix ? "figure,row,column,value\n" : "figure,series,x,y\n";
  for (const Figure& f : figures) {
    WICK_CHECK_TYPE(ValueError, matrix == (f.rows_ > 0), "Figure: a matrix and lines do not go into one table");
    f.table(r, quoted(f.options_.title()) + ',');
  }
  return r;
}

void save(const std::vector<Figure>& figures, const std::string& path) {
  const std::string ending = std::filesystem::path(path).extension().string();
  WICK_CHECK_TYPE(ValueError, ending == ".svg" || ending == ".png" || ending == ".csv", "Figure: ", path, ": the ending is .svg, .png or .csv");
  const std::string text = ending == ".svg" ? svg(figures) : ending == ".csv" ? figures.size() == 1 ? figures[0].csv() : csv(figures) : encode_png(to_picture(render(figures), "Figure"));
  std::ofstream out(path, std::ios::binary);
  out << text;
  WICK_CHECK(out.flush().good(), "Figure: ", path, " cannot be written; the folder has to exist");
}

}  // namespace v1
}  // namespace wick::logging
