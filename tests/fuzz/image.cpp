// JPEG and PNG.
#include <wick/vision/io.h>

#include "fuzz.h"

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const char* name : {"rgb.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "ycck.jpg", "exif6.jpg", "rgb.png", "rgba.png", "palette.png", "palette_transparent.png", "bits1.png",
                           "grey16.png", "rgb16.png", "interlaced.png", "exif5.png"})
    seeds.push_back(fuzz::read_file(std::string(WICK_GOLDEN) + "/vision/" + name));
  return seeds;
}

// The checksums of PNG's chunks are set right, so that what is behind them is reached.
static std::string with_checksums(std::string s) {
  for (size_t at = 8; at + 12 <= s.size();) {
    const auto* p = reinterpret_cast<const uint8_t*>(s.data()) + at;
    const size_t n = size_t{p[0]} << 24 | size_t{p[1]} << 16 | size_t{p[2]} << 8 | p[3];
    if (n > s.size() - at - 12) break;
    const uint32_t sum = fuzz::crc(s.substr(at + 4, n + 4));
    for (size_t i = 0; i < 4; ++i) s[at + 8 + n + i] = static_cast<char>(sum >> (24 - 8 * i));
    at += n + 12;
  }
  return s;
}

std::string fuzz_one(const uint8_t* data, size_t size) {
  using namespace wick::vision;
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (size > 8 && bytes.compare(1, 3, "PNG") == 0) bytes = with_checksums(bytes);
  // How it is read depends on the input, so that a run can be repeated.
  const uint32_t way = fuzz::crc(bytes);
  DecodeOptions options(static_cast<ImageReadMode>(way % 5));
  options.apply_exif_orientation(way & 32).sixteen_bits(way & 64).allow_truncated(way & 128).max_pixels(1 << 20);
  if (way & 256) options.enough_height(way >> 9 & 63).enough_width(way >> 15 & 63);
  constexpr size_t tensors = 40 << 20;  // a million pixels of 4 channels of int32, twice, and one of uint16
  const std::string text = fuzz::outcome(size, 1, [&] {
    wick::Tensor x;
    try {
      x = decode_image(bytes.data(), bytes.size(), options, "input");
    } catch (const wick::OutOfMemoryError&) { std::abort(); }
    if (x.dim() != 3 || x.size(0) < 1 || x.size(0) > 4 || (options.mode() != ImageReadMode::UNCHANGED && x.size(0) != static_cast<int64_t>(options.mode()))) std::abort();
    fuzz::use(x);
  }, tensors);
  const size_t reason = text.find("bytes: ");  // what libjpeg or libpng says tells more than the words before
  return reason == std::string::npos ? text : text.substr(reason + 7);
}
