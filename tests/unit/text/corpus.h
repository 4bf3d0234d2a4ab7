// The corpus of tests/golden/text.py, and its hashes.
#pragma once

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace wick::test {

inline const std::vector<std::string>& words() {
  static const std::vector<std::string> list = [] {
    std::istringstream in(
        "the of and a to in is that it was for on are as with his they be at one have this from or had by hot but some what there we can out other "
        "were all your when up use word how said an each she which do their time if will way about many then them would write like so these her "
        "long make thing see him two has look more day could go come did my sound no most number who over know water than call first people may "
        "down side been now find any new work part take get place made live where after back little only round man year came show every good me "
        "give our under name very through just form much great think say help low line before turn cause same mean differ move right boy old too "
        "does tell sentence set three want air well also play small end put home read hand port large spell add even land here must big high such "
        "follow act why ask men change went light kind off need house picture try us again animal point mother world near build self earth father "
        "unbelievable tokenization preprocessing antidisestablishmentarianism I'm you're can't they've she'll he'd it's don't");
    std::vector<std::string> r;
    for (std::string w; in >> w;) r.push_back(w);
    return r;
  }();
  return list;
}

inline void put_utf8(std::string& s, uint32_t c) {
  const auto put = [&](uint32_t b) { s.push_back(static_cast<char>(b)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) put(0xC0 | c >> 6);
  else if (c < 0x10000) put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 63));
  else put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63));
  put(0x80 | (c & 63));
}

inline std::vector<std::string> corpus(size_t n = 20000) {
  static constexpr std::pair<uint32_t, uint32_t> ranges[] = {
      {0xC0, 0x24F}, {0x300, 0x36F}, {0x370, 0x3FF}, {0x400, 0x4FF}, {0x591, 0x5F4}, {0x600, 0x6FF}, {0x900, 0x97F}, {0xE00, 0xE5B}, {0xAC00, 0xD7A3},
      {0x1100, 0x11F9}, {0x3040, 0x30FF}, {0x4E00, 0x9FFF}, {0xF900, 0xFAD9}, {0x2010, 0x205E}, {0x2070, 0x209C}, {0x2100, 0x218B}, {0x2460, 0x24FF}, {0x3000, 0x303F},
      {0xFF01, 0xFFEE}, {0x1F300, 0x1F64F}, {0x1F3FB, 0x1F3FF}, {0x200B, 0x200F}, {0xFE00, 0xFE0F}, {0x1E00, 0x1EFF}, {0x1F00, 0x1FFE}, {0x20000, 0x2A6D6}, {0x80, 0xBF},
      {0x1, 0x1F}, {0x20, 0x7E}, {0x1F1E6, 0x1F1FF}, {0xFB00, 0xFB4F}, {0x2000, 0x200A}, {0xE000, 0xE010}, {0xFFF9, 0xFFFD}, {0x1D400, 0x1D7FF}, {0x130, 0x131}};
  static const std::string odd[] = {"[MASK]", "<mask>", "<|endoftext|>", "</s>", "[SEP]", "<new>", std::string(120, 'a'), "  ", "\r\n", "''s", "\t", "…", "x\xCC\x81\xCC\xA3", "ﬁ"};
  uint64_t state = 88172645463325252ULL;
  const auto draw = [&](uint64_t k) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (state >> 11) % k;
  };
  std::vector<std::string> lines;
  for (size_t l = 0; l < n; ++l) {
    std::string s;
    for (uint64_t parts = draw(12); parts > 0; --parts) {
      const uint64_t kind = draw(10);
      if (kind < 5) {
        std::string w = words()[draw(words().size())];
        const uint64_t how = draw(8);
        if (how < 2)
          for (size_t i = 0; i < w.size(); ++i) w[i] = static_cast<char>(how == 0 || i == 0 ? std::toupper(w[i]) : std::tolower(w[i]));
        s += w;
      } else if (kind < 8) {
        const auto [a, b] = ranges[draw(std::size(ranges))];
        for (uint64_t k = 1 + draw(6); k > 0; --k) put_utf8(s, a + static_cast<uint32_t>(draw(b - a + 1)));
      } else if (kind == 8) {
        for (uint64_t k = 1 + draw(8); k > 0; --k) s += "0123456789.,:-/"[draw(15)];
      } else {
        s += odd[draw(14)];
      }
      if (draw(4)) s.append(1 + (draw(8) == 0), ' ');
    }
    lines.push_back(std::move(s));
  }
  return lines;
}

// FNV-1a over 64-bit numbers.
struct Hash {
  uint64_t h = 0xCBF29CE484222325ULL;
  void put(int64_t v) { h = (h ^ static_cast<uint64_t>(v)) * 0x100000001B3ULL; }
  void end() { h = (h ^ 0x1234567) * 0x100000001B3ULL; }
  void add(const std::vector<int64_t>& values) {
    for (const int64_t v : values) put(v);
    end();
  }
  std::string hex() const {
    char s[17];
    std::snprintf(s, sizeof s, "%016llx", static_cast<unsigned long long>(h));
    return s;
  }
};

}  // namespace wick::test
