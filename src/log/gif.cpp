// Animated GIFs. (https://www.w3.org/Graphics/GIF/spec-gif89a.txt)
#include <algorithm>
#include <array>
#include <cmath>
#include <unordered_map>

#include "log/picture.h"

namespace wick::logging {
namespace {

using Colour = uint32_t;  // 0xRRGGBB
Colour colour(const uint8_t* p) { return static_cast<Colour>(p[0]) << 16 | static_cast<Colour>(p[1]) << 8 | p[2]; }

// A frame as numbers of colours.
struct Indexed {
  std::vector<Colour> palette;
  std::vector<uint8_t> pixels;
};

// Colours of 5 bits a channel with how often they are; boxes of them are halved where they hold most until there are 256.
class MedianCut {
 public:
  explicit MedianCut(const Picture& p) {
    std::vector<Cell> all(1 << 15);
    for (size_t i = 0; i < p.bytes.size(); i += 3) {
      Cell& c = all[cell(&p.bytes[i])];
      for (size_t k = 0; k < 3; ++k) c.sum[k] += p.bytes[i + k];
      ++c.count;
    }
    for (size_t i = 0; i < all.size(); ++i)
      if (all[i].count > 0) {
        all[i].number = static_cast<uint16_t>(i);
        cells_.push_back(all[i]);
      }
    split();
  }
  Indexed map(const Picture& p) const {
    Indexed r;
    std::array<uint8_t, 1 << 15> index{};
    for (const Box& b : boxes_) {
      std::array<uint64_t, 3> sum{};
      uint64_t count = 0;
      for (size_t i = b.begin; i < b.end; ++i) {
        index[cells_[i].number] = static_cast<uint8_t>(r.palette.size());
        for (size_t k = 0; k < 3; ++k) sum[k] += cells_[i].sum[k];
        count += cells_[i].count;
      }
      Colour c = 0;
      for (size_t k = 0; k < 3; ++k) c = c << 8 | static_cast<Colour>((sum[k] + count / 2) / count);
      r.palette.push_back(c);
    }
    for (size_t i = 0; i < p.bytes.size(); i += 3) r.pixels.push_back(index[cell(&p.bytes[i])]);
    return r;
  }

 private:
  struct Cell {
    std::array<uint64_t, 3> sum{};
    uint64_t count = 0;
    uint16_t number = 0;
    int part(size_t k) const { return number >> (10 - 5 * k) & 31; }
  };
  struct Box { size_t begin, end; };
  static size_t cell(const uint8_t* p) { return static_cast<size_t>(p[0] >> 3) << 10 | static_cast<size_t>(p[1] >> 3) << 5 | p[2] >> 3; }

  // What is gained by halving a box: its pixels times its longest side, and which side that is.
  std::pair<uint64_t, size_t> worth(const Box& b) const {
    uint64_t count = 0, most = 0;
    size_t side = 0;
    std::array<int, 3> low{31, 31, 31}, high{0, 0, 0};
    for (size_t i = b.begin; i < b.end; ++i) {
      count += cells_[i].count;
      for (size_t k = 0; k < 3; ++k) low[k] = std::min(low[k], cells_[i].part(k)), high[k] = std::max(high[k], cells_[i].part(k));
    }
    for (size_t k = 0; k < 3; ++k)
      if (const auto length = static_cast<uint64_t>(high[k] - low[k]); length > most) most = length, side = k;
    return {count * most, side};
  }
  void split() {
    boxes_.push_back({0, cells_.size()});
    std::vector<std::pair<uint64_t, size_t>> worths{worth(boxes_[0])};
    while (boxes_.size() < 256) {
      const auto best = static_cast<size_t>(std::max_element(worths.begin(), worths.end()) - worths.begin());
      const auto [gain, side] = worths[best];
      if (gain == 0) return;
      Box& b = boxes_[best];
      const auto at = [&](size_t i) { return cells_.begin() + static_cast<std::ptrdiff_t>(i); };
      std::sort(at(b.begin), at(b.end), [side = side](const Cell& x, const Cell& y) { return x.part(side) < y.part(side); });
      uint64_t half = 0, seen = 0;
      for (size_t i = b.begin; i < b.end; ++i) half += cells_[i].count;
      size_t cut = b.begin;
      while (cut + 1 < b.end && (seen += cells_[cut].count) * 2 < half) ++cut;
      // Between two different values of that side.
      cut = std::clamp(cut + 1, b.begin + 1, b.end - 1);
      while (cut < b.end && cells_[cut].part(side) == cells_[cut - 1].part(side)) ++cut;
      if (cut == b.end)
        for (cut = b.end - 1; cells_[cut].part(side) == cells_[cut - 1].part(side);) --cut;
      const Box second{cut, b.end};
      b.end = cut;
      worths[best] = worth(b);
      boxes_.push_back(second);
      worths.push_back(worth(second));
    }
  }

  std::vector<Cell> cells_;
  std::vector<Box> boxes_;
};

Indexed index_colours(const Picture& p) {
  Indexed r;
  std::unordered_map<Colour, uint8_t> known;
  for (size_t i = 0; i < p.bytes.size(); i += 3) {
    const auto [at, fresh] = known.try_emplace(colour(&p.bytes[i]), static_cast<uint8_t>(r.palette.size()));
    if (fresh && r.palette.size() == 256) return MedianCut(p).map(p);
    if (fresh) r.palette.push_back(at->first);
    r.pixels.push_back(at->second);
  }
  return r;
}

// LZW with codes of 9 to 12 bits, in blocks of 255 bytes.
void compress(const std::vector<uint8_t>& pixels, std::string& gif) {
  constexpr int kClear = 256, kEnd = 257;
  std::string out;
  uint32_t bits = 0;
  int filled = 0, width = 9, next = 258;
  const auto put = [&](int code) {
    bits |= static_cast<uint32_t>(code) << filled;
    for (filled += width; filled >= 8; filled -= 8, bits >>= 8) out += static_cast<char>(bits);
  };
  std::vector<std::array<int16_t, 256>> table(4096);
  const auto clear = [&] {
    put(kClear);
    for (auto& row : table) row.fill(-1);
    width = 9;
    next = 258;
  };
  clear();
  int code = pixels[0];
  for (size_t i = 1; i < pixels.size(); ++i) {
    int16_t& longer = table[static_cast<size_t>(code)][pixels[i]];
    if (longer >= 0) {
      code = longer;
      continue;
    }
    put(code);
    if (next == 4096) {
      clear();
    } else {
      if (next == 1 << width && width < 12) ++width;
      longer = static_cast<int16_t>(next++);
    }
    code = pixels[i];
  }
  put(code);
  if (next == 1 << width && width < 12) ++width;
  put(kEnd);
  if (filled > 0) out += static_cast<char>(bits);
  gif += '\x08';
  for (size_t i = 0; i < out.size(); i += 255) {
    const size_t n = std::min<size_t>(255, out.size() - i);
    gif += static_cast<char>(n);
    gif.append(out, i, n);
  }
  gif += '\0';
}

void little_endian(std::string& s, int64_t v) {
  s += static_cast<char>(v);
  s += static_cast<char>(v >> 8);
}

}  // namespace

std::string encode_gif(const std::vector<Picture>& frames, double fps) {
  std::string gif = "GIF89a";
  const auto size = [&](const Picture& p) {
    little_endian(gif, p.width);
    little_endian(gif, p.height);
  };
  size(frames.at(0));
  gif.append("\x70\0\0", 3);
  gif.append("\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0", 19);
  for (const Picture& p : frames) {
    gif.append("\x21\xf9\x04\0", 4);
    little_endian(gif, std::clamp<int64_t>(std::lround(100 / fps), 1, 65535));
    gif.append("\0\0\x2c\0\0\0\0", 7);
    size(p);
    gif += '\x87';  // 256 colours of its own
    Indexed f = index_colours(p);
    f.palette.resize(256);
    for (const Colour c : f.palette)
      for (int k = 16; k >= 0; k -= 8) gif += static_cast<char>(c >> k);
    compress(f.pixels, gif);
  }
  return gif += ';';
}

}  // namespace wick::logging
