// Drawing on a picture of RGB: lines, boxes and texts, smoothed.
#pragma once

#include <cstdint>
#include <string_view>

#include "log/picture.h"

namespace wick::logging {

struct Rgb { uint8_t r, g, b; };
struct Point2 { double x, y; };
// Pixels [left, right) and [top, bottom) that may be drawn on.
struct Area { double left, top, right, bottom; };

class Canvas {
 public:
  explicit Canvas(Picture& p) : p_(p), clip_{0, 0, static_cast<double>(p.width), static_cast<double>(p.height)} {}
  // Until the next call; everything for the default.
  void clip(const Area& a);
  void clip() { clip_ = {0, 0, static_cast<double>(p_.width), static_cast<double>(p_.height)}; }
  void line(Point2 a, Point2 b, Rgb c, double thickness = 1);
  void dot(Point2 at, double radius, Rgb c);
  // Whole pixels [left, right) and so on, of which some may be outside.
  void fill(const Area& a, Rgb c, double opacity = 1);
  // Letters of `size` pixels from the baseline to the top of capitals; the width of a text; `turned` runs from the bottom to the top. `at` is the left end of the baseline.
  void text(Point2 at, std::string_view s, double size, Rgb c, bool turned = false);
  static double text_width(std::string_view s, double size);

 private:
  void blend(int64_t x, int64_t y, Rgb c, double opacity);
  Picture& p_;
  Area clip_;
};

}  // namespace wick::logging
