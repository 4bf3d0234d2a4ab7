#include <png.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include <wick/core/str.h>

#include "cli/digits.h"

namespace wick::cli {
namespace {

// Figures of 3x5 pixels, a row in three bits; then the arrow between label and answer.
constexpr uint16_t kGlyphs[] = {0x7B6F, 0x2C97, 0x73E7, 0x73CF, 0x5BC9, 0x79CF, 0x79EF, 0x7249, 0x7BEF, 0x7BCF, 0x4454};

class Canvas {
 public:
  Canvas(int64_t width, int64_t height) : width_(width), height_(height), pixels_(static_cast<size_t>(width * height), 255) {}
  void set(int64_t x, int64_t y, uint8_t v) {
    if (x >= 0 && x < width_ && y >= 0 && y < height_) pixels_[static_cast<size_t>(y * width_ + x)] = v;
  }
  void block(int64_t x, int64_t y, int64_t size, uint8_t v) {
    for (int64_t dy = 0; dy < size; ++dy)
      for (int64_t dx = 0; dx < size; ++dx) set(x + dx, y + dy, v);
  }
  void glyph(int64_t x, int64_t y, int which, int64_t size) {
    for (int r = 0; r < 5; ++r)
      for (int c = 0; c < 3; ++c)
        if (kGlyphs[which] >> (14 - 3 * r - c) & 1) block(x + c * size, y + r * size, size, 0);
  }
  void write(const std::string& path) const {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width_);
    image.height = static_cast<png_uint_32>(height_);
    image.format = PNG_FORMAT_GRAY;
    WICK_CHECK(png_image_write_to_file(&image, path.c_str(), 0, pixels_.data(), 0, nullptr), "cannot write ", path, ": ", image.message);
  }

 private:
  int64_t width_, height_;
  std::vector<uint8_t> pixels_;
};

}  // namespace

int64_t write_mistakes(const std::string& path, const Tensor& images, const Tensor& labels, const Tensor& log_probabilities) {
  const Tensor loss = -log_probabilities.gather(1, labels.unsqueeze(1)).squeeze(1), answers = log_probabilities.argmax(1);
  const Tensor order = std::get<1>(loss.sort(0, true)).contiguous();
  const int64_t height = images.size(2), width = images.size(3), zoom = std::max<int64_t>(1, 64 / height);
  const int64_t tile_w = width * zoom + 8, tile_h = height * zoom + 28, columns = 8, shown = std::min<int64_t>(32, labels.numel());
  Canvas canvas(columns * tile_w + 8, (shown + columns - 1) / columns * tile_h + 8);
  int64_t wrong = 0;
  for (int64_t k = 0; k < shown; ++k) {
    const int64_t i = order.data_ptr<int64_t>()[k];
    const Tensor image = images[i][0].to(kFloat).contiguous();
    const int64_t left = 8 + k % columns * tile_w, top = 8 + k / columns * tile_h;
    for (int64_t y = 0; y < height; ++y)
      for (int64_t x = 0; x < width; ++x)
        canvas.block(left + x * zoom, top + y * zoom, zoom, static_cast<uint8_t>(255.0f - 255.0f * std::clamp(image.data_ptr<float>()[y * width + x], 0.0f, 1.0f)));
    const int64_t label = labels[i].item<int64_t>(), answer = answers[i].item<int64_t>(), text = top + height * zoom + 4, middle = left + width * zoom / 2;
    wrong += label != answer;
    canvas.glyph(middle - 18, text, static_cast<int>(label), 3);
    canvas.glyph(middle - 5, text, 10, 3);
    canvas.glyph(middle + 9, text, static_cast<int>(answer), 3);
  }
  canvas.write(path);
  return wrong;
}

}  // namespace wick::cli
