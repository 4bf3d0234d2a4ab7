// RFC 1321.
#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <memory>

#include <wick/core/str.h>
#include <wick/data/download.h>

namespace wick::data::inline v1 {
namespace {

class Md5 {
 public:
  void add(const uint8_t* p, size_t n) {
    total_ += n;
    while (n > 0) {
      const size_t k = std::min(n, sizeof block_ - used_);
      std::memcpy(block_ + used_, p, k);
      used_ += k, p += k, n -= k;
      if (used_ == sizeof block_) mix(), used_ = 0;
    }
  }
  std::string digits() {
    const uint64_t bits = total_ * 8;
    const uint8_t one = 0x80, zero = 0;
    add(&one, 1);
    while (used_ != 56) add(&zero, 1);
    uint8_t length[8];
    std::memcpy(length, &bits, 8);  // little endian, as the machines are that this runs on
    add(length, 8);
    std::string s;
    for (const uint32_t word : state_)
      for (int i = 0; i < 4; ++i) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", (word >> (8 * i)) & 255);
        s += two;
      }
    return s;
  }

 private:
  void mix() {
    static const std::array<uint32_t, 64> sines = [] {
      std::array<uint32_t, 64> t{};
      for (int i = 0; i < 64; ++i) t[static_cast<size_t>(i)] = static_cast<uint32_t>(std::floor(std::abs(std::sin(i + 1.0)) * 4294967296.0));
      return t;
    }();
    constexpr int turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t words[16];
    std::memcpy(words, block_, sizeof words);
    auto [a, b, c, d] = state_;
    for (uint32_t i = 0; i < 64; ++i) {
      uint32_t f, k;
      switch (i / 16) {
        case 0: f = (b & c) | (~b & d), k = i; break;
        case 1: f = (d & b) | (~d & c), k = 5 * i + 1; break;
        case 2: f = b ^ c ^ d, k = 3 * i + 5; break;
        default: f = c ^ (b | ~d), k = 7 * i;
      }
      const uint32_t next = b + std::rotl(a + f + sines[i] + words[k % 16], turns[i / 16][i % 4]);
      a = d, d = c, c = b, b = next;
    }
    state_ = {state_[0] + a, state_[1] + b, state_[2] + c, state_[3] + d};
  }
  std::array<uint32_t, 4> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  uint64_t total_ = 0;
  uint8_t block_[64];
  size_t used_ = 0;
};

}  // namespace

std::string md5(const void* data, size_t size) {
  Md5 m;
  m.add(static_cast<const uint8_t*>(data), size);
  return m.digits();
}
std::string md5_of_file(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> f(std::fopen(path.c_str(), "rb"), std::fclose);
  WICK_CHECK(f, path, ": cannot open: ", std::strerror(errno));
  Md5 m;
  uint8_t buffer[1 << 15];
  for (size_t n; (n = std::fread(buffer, 1, sizeof buffer, f.get())) > 0;) m.add(buffer, n);
  WICK_CHECK(!std::ferror(f.get()), path, ": cannot read: ", std::strerror(errno));
  return m.digits();
}

}  // namespace wick::data::inline v1
