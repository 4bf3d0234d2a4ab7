#include "log/pen.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace wick::logging {

// --- Pixels ------------------------------------------------------------------------------------------------------

void PixelPen::path(const std::vector<Point2>& points, Paint c, double thickness, const std::vector<double>& dashes) {
  size_t part = 0;
  double left = dashes.empty() ? 0 : dashes[0];
  for (size_t i = 1; i < points.size(); ++i) {
    Point2 a = points[i - 1];
    const Point2 b = points[i];
    double length = std::hypot(b.x - a.x, b.y - a.y);
    // A jump far out of the picture is drawn whole: its dashes would be without end.
    if (dashes.empty() || !(length < 1e5)) {
      canvas_.line(a, b, c.rgb, thickness);
      continue;
    }
    while (length > 0) {
      const double step = std::min(left, length);
      const Point2 next{a.x + (b.x - a.x) * step / length, a.y + (b.y - a.y) * step / length};
      if (part % 2 == 0) canvas_.line(a, next, c.rgb, thickness);
      a = next;
      length -= step;
      left -= step;
      if (left <= 0) left = dashes[++part % dashes.size()];
    }
  }
}

void PixelPen::dots(const std::vector<Point2>& points, Paint c, double radius) {
  for (const Point2& p : points) canvas_.dot(p, radius, c.rgb);
}

void PixelPen::text(Point2 at, std::string_view s, double size, Paint c, Anchor anchor, bool turned) {
  const double back = anchor == Anchor::start ? 0 : Canvas::text_width(s, size) / (anchor == Anchor::middle ? 2 : 1);
  canvas_.text(turned ? Point2{at.x, at.y + back} : Point2{at.x - back, at.y}, s, size, c.rgb, turned);
}

void PixelPen::picture(const Area& a, const Picture& p) {
  const double w = (a.right - a.left) / static_cast<double>(p.width), h = (a.bottom - a.top) / static_cast<double>(p.height);
  // Smaller than it is: smoothed.
  if (w < 1 && h < 1) return picture(a, resize(p, std::max<int64_t>(1, std::lround(a.bottom - a.top)), std::max<int64_t>(1, std::lround(a.right - a.left))));
  for (int64_t y = 0; y < p.height; ++y)
    for (int64_t x = 0; x < p.width; ++x) {
      const uint8_t* v = p.at(y, x);
      const double left = a.left + static_cast<double>(x) * w, top = a.top + static_cast<double>(y) * h;
      canvas_.fill({left, top, left + w, top + h}, {v[0], v[1], v[2]});
    }
}

// --- SVG ---------------------------------------------------------------------------------------------------------

namespace {

// Of text in XML: markup is escaped, what XML or UTF-8 forbid becomes a question mark.
std::string escaped(std::string_view s) {
  std::string r;
  for (size_t i = 0; i < s.size();) {
    const auto c = static_cast<uint8_t>(s[i]);
    size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    uint32_t code = n < 2 ? c : c & (0x7fu >> n);
    for (size_t k = 1; k < n; ++k) {
      const uint8_t next = i + k < s.size() ? static_cast<uint8_t>(s[i + k]) : 0;
      if ((next & 0xc0) != 0x80) {
        n = 0;
        break;
      }
      code = code << 6 | (next & 0x3f);
    }
    constexpr uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (n == 0 || code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) || code == 0xfffe || code == 0xffff || (code < 32 && code != '\t' && code != '\n')) r += '?';
    else if (c == '&') r += "&amp;";
    else if (c == '<') r += "&lt;";
    else if (c == '>') r += "&gt;";
    else r.append(s.substr(i, n));
    i += n == 0 ? 1 : n;
  }
  return r;
}

std::string base64(std::string_view s) {
  constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string r;
  for (size_t i = 0; i < s.size(); i += 3) {
    uint32_t v = 0;
    for (size_t k = 0; k < 3; ++k) v = v << 8 | (i + k < s.size() ? static_cast<uint8_t>(s[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) r += i + k <= s.size() ? letters[v >> (18 - 6 * k) & 63] : '=';
  }
  return r;
}

std::string box(const Area& a) {
  return " x='" + SvgPen::number(a.left) + "' y='" + SvgPen::number(a.top) + "' width='" + SvgPen::number(a.right - a.left) + "' height='" + SvgPen::number(a.bottom - a.top) + '\'';
}

}  // namespace

// A tenth of a pixel; the same in each locale.
std::string SvgPen::number(double v) {
  // Far outside is as good as further outside, and readers compute with floats.
  v = std::round(std::clamp(v, -1e5, 1e5) * 10) / 10;
  char s[32];
  return {s, std::to_chars(s, s + sizeof s, v == 0 ? 0 : v).ptr};
}

std::string SvgPen::paint(const char* what, Paint c) const {
  char rgb[] = "#000000";
  for (int k = 0; k < 6; ++k) rgb[k + 1] = "0123456789abcdef"[(k < 2 ? c.rgb.r : k < 4 ? c.rgb.g : c.rgb.b) >> (k % 2 ? 0 : 4) & 15];
  // A class's rule is stronger than the attribute, which readers without style sheets go by.
  return std::string(c.role ? std::string(" class='wick-") + c.role + '\'' : "") + ' ' + what + "='" + rgb + '\'';
}

// A viewport of its own cuts off what is outside, and needs no name that must be unique in a page.
void SvgPen::begin_clip(const Area& a) {
  body_ += "<svg" + box(a) + " viewBox='" + number(a.left) + ' ' + number(a.top) + ' ' + number(a.right - a.left) + ' ' + number(a.bottom - a.top) + "'>\n";
}
void SvgPen::end_clip() { body_ += "</svg>\n"; }

void SvgPen::path(const std::vector<Point2>& points, Paint c, double thickness, const std::vector<double>& dashes) {
  std::string d;
  bool drawing = false;
  for (const Point2& p : points) {
    const bool usable = std::isfinite(p.x + p.y);
    if (usable) d += (drawing ? 'L' : 'M') + number(p.x) + ' ' + number(p.y);
    drawing = usable;
  }
  body_ += "<path fill='none'" + paint("stroke", c) + " stroke-width='" + number(thickness) + "' stroke-linejoin='round'";
  if (!dashes.empty()) body_ += " stroke-dasharray='";
  for (size_t i = 0; i < dashes.size(); ++i) body_ += number(dashes[i]) + (i + 1 < dashes.size() ? " " : "'");
  body_ += " d='" + d + "'/>\n";
}

void SvgPen::dots(const std::vector<Point2>& points, Paint c, double radius) {
  std::string d;
  for (const Point2& p : points)
    if (std::isfinite(p.x + p.y)) d += 'M' + number(p.x) + ' ' + number(p.y) + "h0";
  body_ += "<path" + paint("stroke", c) + " stroke-width='" + number(2 * radius) + "' stroke-linecap='round' d='" + d + "'/>\n";
}

void SvgPen::fill(const Area& a, Paint c, double opacity) {
  if (!(a.right > a.left && a.bottom > a.top)) return;
  body_ += "<rect" + box(a) + paint("fill", c) + (opacity < 1 ? " fill-opacity='" + number(opacity) + "'" : "") + "/>\n";
}

void SvgPen::text(Point2 at, std::string_view s, double size, Paint c, Anchor anchor, bool turned) {
  if (s.empty()) return;
  body_ += "<text font-size='" + number(size * 1.45) + '\'' + paint("fill", c);
  if (anchor != Anchor::start) body_ += std::string(" text-anchor='") + (anchor == Anchor::middle ? "middle'" : "end'");
  if (turned) body_ += " transform='translate(" + number(at.x) + ' ' + number(at.y) + ") rotate(-90)'>";
  else body_ += " x='" + number(at.x) + "' y='" + number(at.y) + "'>";
  body_ += escaped(s) + "</text>\n";
}

void SvgPen::picture(const Area& a, const Picture& p) {
  body_ += "<image" + box(a) + " preserveAspectRatio='none' style='image-rendering:pixelated' href='data:image/png;base64," + base64(encode_png(p)) + "'/>\n";
}

std::string SvgPen::document(double width, double height, std::string_view title, std::string_view body) {
  std::string r = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 " + number(width) + ' ' + number(height) + "' width='" + number(width) + "' height='" + number(height) +
                  "' role='img' font-family='sans-serif' style='max-width:100%;height:auto'>\n";
  if (!title.empty()) r += "<title>" + escaped(title) + "</title>\n";
  r += "<style>@media(prefers-color-scheme:dark){.wick-i{fill:#ddd}.wick-g{fill:#3c4046}.wick-p{fill:#16181c}}</style>\n";
  r += "<rect width='100%' height='100%' class='wick-p' fill='#ffffff'/>\n";
  return r.append(body) += "</svg>\n";
}

}  // namespace wick::logging
