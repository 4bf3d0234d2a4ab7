// What figures are drawn with: pixels or SVG.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "log/canvas.h"
#include "log/picture.h"

namespace wick::logging {

// A colour; those with a role are others on dark pages, where the kind of picture can know: ink, grid, paper.
struct Paint { Rgb rgb; char role = 0; };
inline constexpr Paint kInk{{34, 34, 34}, 'i'}, kGridLine{{225, 225, 225}, 'g'}, kPaper{{255, 255, 255}, 'p'};
enum class Anchor { start, middle, end };

// Coordinates are pixels; a point whose x is NaN interrupts a line. Texts stand on `at`; `turned` ones run upwards. Lengths of dashes and gaps in turn, none for a whole line.
class Pen {
 public:
  virtual ~Pen() = default;
  virtual void begin_clip(const Area& a) = 0;
  virtual void end_clip() = 0;
  virtual void path(const std::vector<Point2>& points, Paint c, double thickness, const std::vector<double>& dashes) = 0;
  virtual void dots(const std::vector<Point2>& points, Paint c, double radius) = 0;
  virtual void fill(const Area& a, Paint c, double opacity = 1) = 0;
  virtual void text(Point2 at, std::string_view s, double size, Paint c, Anchor anchor, bool turned = false) = 0;
  // Stretched to the area, each pixel a block.
  virtual void picture(const Area& a, const Picture& p) = 0;
};

class PixelPen : public Pen {
 public:
  explicit PixelPen(Picture& p) : canvas_(p) {}
  void begin_clip(const Area& a) override { canvas_.clip(a); }
  void end_clip() override { canvas_.clip(); }
  void path(const std::vector<Point2>& points, Paint c, double thickness, const std::vector<double>& dashes) override;
  void dots(const std::vector<Point2>& points, Paint c, double radius) override;
  void fill(const Area& a, Paint c, double opacity) override { canvas_.fill(a, c.rgb, opacity); }
  void text(Point2 at, std::string_view s, double size, Paint c, Anchor anchor, bool turned) override;
  void picture(const Area& a, const Picture& p) override;

 private:
  Canvas canvas_;
};

class SvgPen : public Pen {
 public:
  void begin_clip(const Area& a) override;
  void end_clip() override;
  void path(const std::vector<Point2>& points, Paint c, double thickness, const std::vector<double>& dashes) override;
  void dots(const std::vector<Point2>& points, Paint c, double radius) override;
  void fill(const Area& a, Paint c, double opacity) override;
  void text(Point2 at, std::string_view s, double size, Paint c, Anchor anchor, bool turned) override;
  void picture(const Area& a, const Picture& p) override;

  std::string take() { return std::move(body_); }
  // A whole file: a name for readers that hear it, light and dark colours.
  static std::string document(double width, double height, std::string_view title, std::string_view body);
  static std::string number(double v);

 private:
  std::string paint(const char* what, Paint c) const;
  std::string body_;
};

}  // namespace wick::logging
