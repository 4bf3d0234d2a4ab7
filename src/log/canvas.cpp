#include "log/canvas.h"

#include <algorithm>
#include <cmath>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "log/summary.h"

namespace wick::logging {
namespace {

// Letters as strokes: pairs of digits are points (x of 0 to 4, y of 0 to 8 downwards; capitals reach from 0 to 6, the baseline), `_` lifts the pen.
constexpr const char* kStrokes[95] = {
    "", "2024_2626", "1012_3032", "1016_3036_0242_0444", "413010010213334445361605_2026", "0640_0010110100_3545463635", "460201102031320405162644", "2022", "30212536", "10212516",
    "2125_0244_0442", "2125_0343", "2617", "0343", "2626", "0640", "103041453616050110", "112026_1636", "01103041420646", "01103041423313_334445361605", "36300444", "400002324345361605",
    "4130100105163645443303", "004016", "103041423313020110_1304051636454433", "0516364541301001021343", "2323_2626", "2323_2617", "410345", "0242_0444", "014305", "01103041422324_2626",
    "4616050110304144242242", "062046_1434", "00063645443303_3342413000", "4130100105163645", "00062644422000", "40000646_0333", "400006_0333", "41301001051636454323", "0006_4046_0343",
    "1030_2026_1636", "4045361605", "0006_4004_1346", "000646", "0600244046", "06004640", "103041453616050110", "06003041423303", "103041453616050110_2446", "06003041423303_2346",
    "413010010213334445361605", "0040_2026", "000516364540", "002640", "0016223640", "0046_0640", "002340_2326", "00400646", "30101636", "0046", "10303616", "022042", "0747", "1021",
    "12324346_441405163645", "0006_0312324345361605", "4332120305163645", "4046_4332120305163645", "04444332120305163645", "40302126_1232", "4247381807_4332120305163645", "0006_0312324346",
    "2226_2020", "22271808_2020", "0006_3204_1436", "202536", "0602_03122326_23324346", "0602_0312324346", "123243453616050312", "0208_0312324345361605", "4248_4332120305163645", "0206_03123243",
    "43321203143445361605", "20253646_1232", "0205163645_4246", "022642", "0216243642", "0246_0642", "0226_4218", "02420646", "30212213242536", "2026", "10212233242516", "04133443"};

const char* strokes_of(char c) { return kStrokes[c >= 32 && c < 127 ? c - 32 : '?' - 32]; }

// The columns that a letter takes, of those it could.
struct Extent { int low, high; };
Extent extent(const char* s) {
  Extent e{4, 0};
  if (!*s) return {0, 1};
  for (; *s; s += *s == '_' ? 1 : 2)
    if (*s != '_') e.low = std::min(e.low, *s - '0'), e.high = std::max(e.high, *s - '0');
  return e;
}
constexpr double kGap = 1.7;

}  // namespace

void Canvas::clip(const Area& a) { clip_ = a; }

void Canvas::blend(int64_t x, int64_t y, Rgb c, double opacity) {
  if (opacity <= 0 || static_cast<double>(x) < clip_.left || static_cast<double>(x) >= clip_.right || static_cast<double>(y) < clip_.top || static_cast<double>(y) >= clip_.bottom) return;
  uint8_t* p = p_.at(y, x);
  const uint8_t to[] = {c.r, c.g, c.b};
  for (int k = 0; k < 3; ++k) p[k] = static_cast<uint8_t>(std::lround(p[k] + (to[k] - p[k]) * std::min(opacity, 1.0)));
}

void Canvas::line(Point2 a, Point2 b, Rgb c, double thickness) {
  if (!std::isfinite(a.x + a.y + b.x + b.y)) return;
  // What is far outside is cut off, so that a value near infinity draws a steep line and takes no time.
  const double reach = thickness / 2 + 0.5, dx = b.x - a.x, dy = b.y - a.y;
  double from = 0, to = 1;
  const auto cut = [&](double start, double d, double low, double high) {
    if (d == 0) {
      if (start < low || start > high) to = -1;
      return;
    }
    const double s = (low - start) / d, e = (high - start) / d;
    from = std::max(from, std::min(s, e));
    to = std::min(to, std::max(s, e));
  };
  cut(a.x, dx, clip_.left - reach, clip_.right + reach);
  cut(a.y, dy, clip_.top - reach, clip_.bottom + reach);
  if (from > to) return;
  b = {a.x + dx * to, a.y + dy * to};
  a = {a.x + dx * from, a.y + dy * from};
  const double ux = b.x - a.x, uy = b.y - a.y, squared = ux * ux + uy * uy;
  const auto first = static_cast<int64_t>(std::max(clip_.top, std::floor(std::min(a.y, b.y) - reach))), last = static_cast<int64_t>(std::min(clip_.bottom - 1, std::ceil(std::max(a.y, b.y) + reach)));
  for (int64_t y = first; y <= last; ++y) {
    // The part of the line near this row.
    double low = std::min(a.x, b.x), high = std::max(a.x, b.x);
    if (std::abs(uy) > 1e-9) {
      const double s = std::clamp((static_cast<double>(y) - 1 - reach - a.y) / uy, 0.0, 1.0), e = std::clamp((static_cast<double>(y) + 2 + reach - a.y) / uy, 0.0, 1.0);
      low = a.x + ux * s;
      high = a.x + ux * e;
      if (low > high) std::swap(low, high);
    }
    for (auto x = static_cast<int64_t>(std::max(clip_.left, std::floor(low - reach))); x <= static_cast<int64_t>(std::min(clip_.right - 1, std::ceil(high + reach))); ++x) {
      const double px = static_cast<double>(x) + 0.5 - a.x, py = static_cast<double>(y) + 0.5 - a.y;
      const double t = squared > 0 ? std::clamp((px * ux + py * uy) / squared, 0.0, 1.0) : 0;
      blend(x, y, c, reach - std::hypot(px - t * ux, py - t * uy));
    }
  }
}

void Canvas::dot(Point2 at, double radius, Rgb c) { line(at, at, c, 2 * radius); }

void Canvas::fill(const Area& a, Rgb c, double opacity) {
  const auto clamp = [](double v, double low, double high) { return static_cast<int64_t>(std::clamp(std::round(v), low, std::max(low, high))); };
  for (int64_t y = clamp(a.top, clip_.top, clip_.bottom); y < clamp(a.bottom, clip_.top, clip_.bottom); ++y)
    for (int64_t x = clamp(a.left, clip_.left, clip_.right); x < clamp(a.right, clip_.left, clip_.right); ++x) blend(x, y, c, opacity);
}

double Canvas::text_width(std::string_view s, double size) {
  double w = 0;
  for (const char c : s) {
    const Extent e = extent(strokes_of(c));
    w += (e.high - e.low + kGap) * size / 6;
  }
  return std::max(0.0, w - kGap * size / 6);
}

void Canvas::text(Point2 at, std::string_view s, double size, Rgb colour, bool turned) {
  const double unit = size / 6, thickness = std::max(1.0, size / 9);
  double x = 0;
  for (const char c : s) {
    const char* p = strokes_of(c);
    const Extent e = extent(p);
    bool down = false;
    Point2 last{0, 0};
    for (; *p; p += *p == '_' ? 1 : 2) {
      if (*p == '_') {
        down = false;
        continue;
      }
      const double along = x + (p[0] - '0' - e.low) * unit, up = (6 - (p[1] - '0')) * unit;
      const Point2 next = turned ? Point2{at.x - up, at.y - along} : Point2{at.x + along, at.y - up};
      if (down) line(last, next, colour, thickness);
      down = true;
      last = next;
    }
    x += (e.high - e.low + kGap) * unit;
  }
}

// Lines of two pixels as Pillow draws them: beside the one they go along, on the side that depends on the direction.
void draw_boxes(Picture& p, const Tensor& boxes, const std::vector<std::string>& labels) {
  WICK_CHECK_TYPE(ValueError, boxes.defined() && boxes.dim() == 2 && boxes.size(1) == 4 && !boxes.is_complex(), "add_image_with_boxes: boxes have the shape [n, 4], got ",
                  boxes.defined() ? str(boxes.sizes()) : "nothing");
  const NoGradGuard off;
  const Tensor b = boxes.detach().to(kDouble).contiguous();
  Picture rgb(p.height, p.width);
  for (int64_t y = 0; y < p.height; ++y)
    for (int64_t x = 0; x < p.width; ++x)
      for (int k = 0; k < 3; ++k) rgb.at(y, x)[k] = p.at(y, x)[p.channels >= 3 ? k : 0];
  Canvas canvas(rgb);
  const bool named = static_cast<int64_t>(labels.size()) == b.size(0);
  for (int64_t i = 0; i < b.size(0); ++i) {
    const auto part = [&](int64_t k) { return std::trunc(std::clamp(b.data_ptr<double>()[4 * i + k], -1e6, 1e6)); };
    const double l = part(0), t = part(1), r = part(2), d = part(3);
    const auto side = [&](double x0, double y0, double x1, double y1) {
      Area a{std::min(x0, x1), std::min(y0, y1), std::max(x0, x1) + 1, std::max(y0, y1) + 1};
      if (x1 > x0) a.bottom += 1;
      else if (x1 < x0) a.top -= 1;
      else if (y1 > y0) a.right += 1;
      else if (y1 < y0) a.left -= 1;
      canvas.fill(a, {255, 0, 0});
    };
    side(l, t, l, d);
    side(l, d, r, d);
    side(r, d, r, t);
    side(r, t, l, t);
    if (!named || labels[static_cast<size_t>(i)].empty()) continue;
    const std::string& label = labels[static_cast<size_t>(i)];
    canvas.fill({l, d - 12, l + Canvas::text_width(label, 8) + 4, d + 1}, {255, 0, 0});
    canvas.text({l + 2, d - 2}, label, 8, {0, 0, 0});
  }
  if (p.channels == 3) {
    p = std::move(rgb);
    return;
  }
  for (int64_t y = 0; y < p.height; ++y)
    for (int64_t x = 0; x < p.width; ++x)
      for (int64_t k = 0; k < std::min<int64_t>(3, p.channels); ++k) p.at(y, x)[k] = rgb.at(y, x)[k];
}

}  // namespace wick::logging
