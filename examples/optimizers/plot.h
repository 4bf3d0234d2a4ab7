// A small writer of plots: lines over linear or logarithmic axes, as SVG files of a few kilobytes that any browser shows.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace plot {

struct Axis {
  std::string label;  // with its unit
  bool log = false;
  double low = 0, high = 0;  // equal: as the data
};
struct Series {
  std::string name;
  std::vector<double> x, y;  // a value that is not finite, or not positive on a logarithmic axis, interrupts the line
};
struct Plot {
  std::string title;
  Axis x, y;
  std::vector<Series> series;
};

// Means of `window` values each: noisy curves become readable, and files small.
inline Series thinned(const std::string& name, const std::vector<double>& values, size_t window) {
  Series s{name, {}, {}};
  for (size_t i = 0; i + window <= values.size(); i += window) {
    double sum = 0;
    for (size_t j = i; j < i + window; ++j) sum += values[j];
    s.x.push_back(static_cast<double>(i) + 0.5 * static_cast<double>(window + 1));
    s.y.push_back(sum / static_cast<double>(window));
  }
  return s;
}

namespace detail {

template <class... T>
std::string format(const char* text, T... values) {
  char line[512];
  std::snprintf(line, sizeof line, text, values...);
  return line;
}
inline std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : std::string(1, c);
  return out;
}

inline std::string number(double v) {
  if (v == 0) return "0";  // never -0
  const double power = std::log10(std::abs(v));
  return std::abs(power) > 3.5 && std::abs(power - std::round(power)) < 1e-9 ? format("1e%.0f", power) : format("%g", v);
}

// From values to places between `from` and `to`, with ticks at round values.
class Scale {
 public:
  Scale(const Axis& axis, const std::vector<Series>& series, std::vector<double> Series::*values, double from, double to) : log_(axis.log), from_(from), to_(to) {
    double low = axis.low, high = axis.high;
    if (low == high) {
      low = INFINITY, high = -INFINITY;
      for (const Series& s : series)
        for (const double v : s.*values)
          if (usable(v)) low = std::min(low, v), high = std::max(high, v);
      if (!(low <= high)) low = 1, high = 10;
    }
    low_ = place(low), high_ = place(high);
    if (high_ - low_ < 1e-9) low_ -= 0.5, high_ += 0.5;
    if (axis.low == axis.high && !log_) {  // to round ends
      const double step = round_step();
      low_ = std::floor(low_ / step + 1e-9) * step, high_ = std::ceil(high_ / step - 1e-9) * step;
    }
  }
  bool usable(double v) const { return std::isfinite(v) && (!log_ || v > 0); }
  double operator()(double v) const { return from_ + (std::clamp(place(v), low_, high_) - low_) / (high_ - low_) * (to_ - from_); }
  std::vector<double> ticks() const {
    std::vector<double> all;
    if (!log_) {
      const double step = round_step();
      for (double i = std::ceil(low_ / step - 1e-9); i * step <= high_ + 1e-9 * step; ++i) all.push_back(i * step);
      return all;
    }
    const bool few = high_ - low_ < 2;  // 1, 2, 5 inside of decades, too
    for (double decade = std::floor(low_); decade <= std::ceil(high_); ++decade)
      for (const double m : few ? std::vector<double>{1, 2, 5} : std::vector<double>{1})
        if (const double p = decade + std::log10(m); p >= low_ - 1e-9 && p <= high_ + 1e-9) all.push_back(m * std::pow(10, decade));
    for (size_t every = 2; all.size() > 9; every = 2) {
      std::vector<double> rest;
      for (size_t i = 0; i < all.size(); i += every) rest.push_back(all[i]);
      all = rest;
    }
    return all;
  }

 private:
  double place(double v) const { return log_ ? std::log10(std::max(v, 1e-300)) : v; }
  double round_step() const {
    const double rough = (high_ - low_) / 5, unit = std::pow(10, std::floor(std::log10(rough)));
    return unit * (rough / unit < 1.5 ? 1 : rough / unit < 3.5 ? 2 : rough / unit < 7.5 ? 5 : 10);
  }
  bool log_;
  double from_, to_, low_, high_;
};

inline std::string path(const Series& s, const Scale& x, const Scale& y) {
  std::string d;
  bool drawing = false;
  for (size_t i = 0; i < s.x.size(); ++i) {
    const bool usable = x.usable(s.x[i]) && y.usable(s.y[i]);
    if (usable) d += format("%s%.1f %.1f", drawing ? "L" : "M", x(s.x[i]), y(s.y[i]));
    drawing = usable;
  }
  return d;
}

inline std::string text(double x, double y, const char* anchor, const std::string& words) {
  return format("<text class='t' x='%.1f' y='%.1f' text-anchor='%s'>%s</text>\n", x, y, anchor, escaped(words).c_str());
}

constexpr double kWidth = 480, kLeft = 58, kRight = 466, kHeight = 210;  // the area of the lines
// One plot below `top`; returns where it ends.
inline double draw(const Plot& p, double top, std::string& out) {
  // Colours that the colour-blind tell apart, too, each with its own dashes.
  static const char* const colours[] = {"#0072b2", "#d55e00", "#009e73", "#a3489a", "#7a5c00", "#333333", "#56b4e9", "#e69f00"};
  static const char* const dashes[] = {"", "7 3", "2 2", "9 3 2 3", "4 2", "12 3", "1 3", "6 2 2 2"};
  out += format("<text x='%g' y='%.0f' font-weight='bold'>%s</text>\n", kLeft, top + 18, escaped(p.title).c_str());
  size_t longest = 1;
  for (const Series& s : p.series) longest = std::max(longest, s.name.size());
  const int columns = std::clamp(static_cast<int>((kRight - kLeft) / (44 + 7.4 * static_cast<double>(longest))), 1, 4);
  const int rows = (static_cast<int>(p.series.size()) + columns - 1) / columns;
  const double high = top + 32 + 17 * rows, low = high + kHeight;
  const Scale x(p.x, p.series, &Series::x, kLeft, kRight), y(p.y, p.series, &Series::y, low, high);
  for (const double v : x.ticks())
    out += format("<path class='g' d='M%.1f %.1fV%.1f'/>", x(v), high, low) + text(x(v), low + 15, "middle", number(v));
  for (const double v : y.ticks())
    out += format("<path class='g' d='M%g %.1fH%g'/>", kLeft, y(v), kRight) + text(kLeft - 5, y(v) + 4, "end", number(v));
  out += format("<path class='a' d='M%g %.1fV%.1fH%g'/>\n", kLeft, high, low, kRight);
  out += text((kLeft + kRight) / 2, low + 31, "middle", p.x.label);
  out += format("<text class='t' transform='translate(13 %.1f) rotate(-90)' text-anchor='middle'>%s</text>\n", (low + high) / 2, escaped(p.y.label).c_str());
  for (size_t i = 0; i < p.series.size(); ++i) {
    const std::string style = format("class='s' stroke='%s' stroke-dasharray='%s'", colours[i % 8], dashes[i % 8]);
    out += "<path " + style + " d='" + path(p.series[i], x, y) + "'/>\n";
    const double at = kLeft + static_cast<double>(i % columns) * (kRight - kLeft) / columns, line = top + 36 + 17 * static_cast<double>(i / columns);
    out += "<path " + style + format(" d='M%.1f %.1fh24'/>", at, line - 4) + text(at + 29, line, "start", p.series[i].name);
  }
  return low + 40;
}

}  // namespace detail

// Writes one plot, or several below each other.
inline void save(const std::string& file, const std::vector<Plot>& plots) {
  std::string body;
  double height = 0;
  for (const Plot& p : plots) height = detail::draw(p, height, body);
  std::ofstream out(file);
  out << detail::format("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %g %.0f' font-family='sans-serif' font-size='14'>\n", detail::kWidth, height)
      << "<style>.g{stroke:#ddd}.a{stroke:#444;fill:none}.s{fill:none;stroke-width:1.8;stroke-linejoin:round}.t{font-size:12.5px;fill:#222}</style>\n"
      << "<rect width='100%' height='100%' fill='#fff'/>\n" << body << "</svg>\n";
  if (!out.flush()) throw std::runtime_error(file + ": cannot be written; the folder has to exist");
  std::printf("wrote %s\n", file.c_str());
}

}  // namespace plot
