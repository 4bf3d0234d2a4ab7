#include "log/picture.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::logging {

Tensor grid(const Tensor& images, int64_t columns, const char* name) {
  Tensor t = images;
  if (t.dim() == 4 && t.size(1) == 1) t = t.expand({t.size(0), 3, t.size(2), t.size(3)});
  WICK_CHECK_TYPE(ValueError, t.dim() == 4 && t.size(1) == 3, name, ": a batch of pictures has the shape [N, 3, H, W] or [N, 1, H, W], got ", images.sizes());
  const int64_t n = t.size(0), h = t.size(2), w = t.size(3);
  WICK_CHECK_TYPE(ValueError, n > 0, name, ": a batch without pictures, ", images.sizes());
  columns = std::min(n, columns);
  const int64_t rows = (n + columns - 1) / columns;
  Tensor r = zeros({3, h * rows, w * columns}, t.scalar_type());
  for (int64_t i = 0; i < n; ++i) r.narrow(1, i / columns * h, h).narrow(2, i % columns * w, w).copy_(t[i]);
  return r;
}

Tensor to_chw(const Tensor& given, const std::string& formats, const char* name) {
  std::string f = formats;
  for (char& c : f) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const std::string wanted = f.size() == 4 ? "NCHW" : f.size() == 3 ? "CHW" : "HW";
  std::string sorted = f, letters = wanted;
  std::sort(sorted.begin(), sorted.end());
  std::sort(letters.begin(), letters.end());
  WICK_CHECK_TYPE(ValueError, sorted == letters, name, ": dataformats '", formats, "' is no order of NCHW, CHW or HW");
  WICK_CHECK_TYPE(ValueError, given.defined() && given.dim() == static_cast<int64_t>(f.size()), name, ": dataformats '", formats, "' asks for ", f.size(), " dimensions, got ",
                  given.defined() ? str(given.sizes()) : "an undefined tensor");
  const NoGradGuard off;
  std::vector<int64_t> order;
  for (const char c : wanted) order.push_back(static_cast<int64_t>(f.find(c)));
  Tensor t = given.detach().permute(order);
  if (f.size() == 4) return grid(t, 8, name);
  if (f.size() == 2) t = t.unsqueeze(0);
  WICK_CHECK_TYPE(ValueError, t.size(0) >= 1 && t.size(0) <= 4 && t.numel() > 0, name, ": a picture has 1 to 4 channels and some pixels, got ", given.sizes(), " as ", formats);
  return t.size(0) == 1 ? t.expand({3, t.size(1), t.size(2)}) : t;
}

Picture to_picture(const Tensor& chw, const char* name) {
  WICK_CHECK_TYPE(TypeError, !chw.is_complex(), name, ": a picture of ", chw.scalar_type());
  const NoGradGuard off;
  Picture p(chw.size(1), chw.size(2), chw.size(0));
  if (chw.scalar_type() == kByte) {
    const Tensor t = chw.permute({1, 2, 0}).contiguous();
    std::copy_n(t.data_ptr<uint8_t>(), p.bytes.size(), p.bytes.begin());
    return p;
  }
  const Tensor t = chw.permute({1, 2, 0}).to(kFloat).contiguous();
  const float* v = t.data_ptr<float>();
  for (size_t i = 0; i < p.bytes.size(); ++i) {
    const float x = v[i] * 255;
    p.bytes[i] = x >= 255 ? 255 : x > 0 ? static_cast<uint8_t>(x) : 0;  // NaN gives 0
  }
  return p;
}

namespace {

void big_endian(std::string& s, uint32_t v) {
  for (int k = 24; k >= 0; k -= 8) s += static_cast<char>(v >> k);
}
void chunk(std::string& png, const char* name, const std::string& data) {
  big_endian(png, static_cast<uint32_t>(data.size()));
  const size_t at = png.size();
  png.append(name, 4) += data;
  big_endian(png, static_cast<uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(png.data()) + at, png.size() - at)));
}

// The filter of a row whose differences are smallest.
void filter_row(const uint8_t* row, const uint8_t* above, size_t n, size_t step, std::string& best, std::string& scratch) {
  uint64_t least = ~uint64_t{0};
  for (char kind = 0; kind < 5; ++kind) {
    scratch.assign(1, kind);
    uint64_t sum = 0;
    for (size_t i = 0; i < n; ++i) {
      const int left = i >= step ? row[i - step] : 0, up = above ? above[i] : 0, corner = i >= step && above ? above[i - step] : 0;
      int guess = 0;
      if (kind == 1) guess = left;
      else if (kind == 2) guess = up;
      else if (kind == 3) guess = (left + up) / 2;
      else if (kind == 4) {
        const int p = left + up - corner, a = std::abs(p - left), b = std::abs(p - up), c = std::abs(p - corner);
        guess = a <= b && a <= c ? left : b <= c ? up : corner;
      }
      const auto d = static_cast<uint8_t>(row[i] - guess);
      sum += d < 128 ? d : 256 - d;
      scratch += static_cast<char>(d);
    }
    if (sum < least) {
      least = sum;
      best.swap(scratch);
    }
  }
}

}  // namespace

std::string encode_png(const Picture& p) {
  const size_t row = static_cast<size_t>(p.width * p.channels);
  std::string raw, best, scratch;
  raw.reserve((row + 1) * static_cast<size_t>(p.height));
  for (int64_t y = 0; y < p.height; ++y) {
    filter_row(p.at(y, 0), y > 0 ? p.at(y - 1, 0) : nullptr, row, static_cast<size_t>(p.channels), best, scratch);
    raw += best;
  }
  uLongf size = compressBound(raw.size());
  std::string packed(size, '\0');
  WICK_CHECK(compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(raw.data()), raw.size(), 4) == Z_OK, "log: zlib failed");
  packed.resize(size);
  std::string head, png = "\x89PNG\r\n\x1a\n";
  big_endian(head, static_cast<uint32_t>(p.width));
  big_endian(head, static_cast<uint32_t>(p.height));
  head += '\x08';
  head += "\0\4\2\6"[p.channels - 1];
  head.append(3, '\0');
  chunk(png, "IHDR", head);
  chunk(png, "IDAT", packed);
  chunk(png, "IEND", "");
  return png;
}

namespace {

// Weights of Pillow's filter for one dimension: in 22 bits, as it computes.
struct Span { int64_t begin; std::vector<int32_t> weights; };
std::vector<Span> spans(int64_t from, int64_t to) {
  const auto lanczos = [](double x) {
    if (x < -3 || x >= 3) return 0.0;
    if (x == 0) return 1.0;
    const double a = x * std::numbers::pi, b = a / 3;
    return std::sin(a) / a * (std::sin(b) / b);
  };
  const double scale = static_cast<double>(from) / static_cast<double>(to), wide = std::max(scale, 1.0), reach = 3 * wide;
  std::vector<Span> r;
  for (int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const int64_t begin = std::max<int64_t>(0, static_cast<int64_t>(centre - reach + 0.5)), end = std::min(from, static_cast<int64_t>(centre + reach + 0.5));
    std::vector<double> w;
    double sum = 0;
    for (int64_t k = begin; k < end; ++k) sum += w.emplace_back(lanczos((static_cast<double>(k) - centre + 0.5) / wide));
    Span s{begin, {}};
    for (const double x : w) s.weights.push_back(static_cast<int32_t>(std::lround(x / sum * (1 << 22))));
    r.push_back(std::move(s));
  }
  return r;
}

}  // namespace

Picture resize(const Picture& p, int64_t height, int64_t width) {
  const auto pass = [](const Picture& in, bool rows, int64_t to) {
    const std::vector<Span> s = spans(rows ? in.height : in.width, to);
    Picture out(rows ? to : in.height, rows ? in.width : to, in.channels);
    for (int64_t y = 0; y < out.height; ++y)
      for (int64_t x = 0; x < out.width; ++x)
        for (int64_t c = 0; c < out.channels; ++c) {
          const Span& span = s[static_cast<size_t>(rows ? y : x)];
          int64_t sum = 1 << 21;
          for (size_t k = 0; k < span.weights.size(); ++k) {
            const int64_t at = span.begin + static_cast<int64_t>(k);
            sum += span.weights[k] * int64_t{(rows ? in.at(at, x) : in.at(y, at))[c]};
          }
          out.at(y, x)[c] = static_cast<uint8_t>(std::clamp<int64_t>(sum >> 22, 0, 255));
        }
    return out;
  };
  Picture r = width == p.width ? p : pass(p, false, width);
  return height == p.height ? r : pass(r, true, height);
}

}  // namespace wick::logging
