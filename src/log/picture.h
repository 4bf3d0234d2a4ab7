// Pictures for event files: arrays of bytes, PNG and GIF.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wick/tensor.h>

namespace wick::logging {

// Rows of pixels, 1 (grey), 2 (grey, opacity), 3 (RGB) or 4 channels (RGB, opacity) each.
struct Picture {
  int64_t height = 0, width = 0, channels = 3;
  std::vector<uint8_t> bytes;

  Picture() = default;
  Picture(int64_t h, int64_t w, int64_t c = 3, uint8_t fill = 0) : height(h), width(w), channels(c), bytes(static_cast<size_t>(h * w * c), fill) {}
  uint8_t* at(int64_t y, int64_t x) { return bytes.data() + (y * width + x) * channels; }
  const uint8_t* at(int64_t y, int64_t x) const { return const_cast<Picture*>(this)->at(y, x); }
};

// A tensor as PyTorch reads it: `formats` names its dimensions; a batch becomes a grid of 8 columns, grey becomes RGB; floats of 0 to 1 and uint8 of
// 0 to 255 (whatever is no uint8 is scaled), beyond that cut off. `name` is for errors.
Tensor to_chw(const Tensor& t, const std::string& formats, const char* name);
Picture to_picture(const Tensor& chw, const char* name);
Tensor grid(const Tensor& nchw, int64_t columns, const char* name);

std::string encode_png(const Picture& p);
// An animation that repeats for ever. Frames of at most 256 colours keep them; others get the best 256 that a median cut finds.
std::string encode_gif(const std::vector<Picture>& frames, double fps);
// Pillow's Lanczos filter.
Picture resize(const Picture& p, int64_t height, int64_t width);

}  // namespace wick::logging
