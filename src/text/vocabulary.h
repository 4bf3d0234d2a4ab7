// Tokens by number and by text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wick::text {

// Longer ones, looked for at every place of a text, would take time without bound.
constexpr size_t kLongestToken = 1000;

inline uint64_t hash_of(std::string_view s) {
  uint64_t h = 0x9E3779B97F4A7C15ULL ^ s.size();
  size_t i = 0;
  for (; i + 8 <= s.size(); i += 8) {
    uint64_t w;
    __builtin_memcpy(&w, s.data() + i, 8);
    h = (h ^ w) * 0xD6E8FEB86659FD93ULL;
    h ^= h >> 32;
  }
  uint64_t w = 0;
  for (size_t k = 0; i + k < s.size(); ++k) w |= static_cast<uint64_t>(static_cast<unsigned char>(s[i + k])) << 8 * k;
  h = (h ^ w) * 0xD6E8FEB86659FD93ULL;
  return h ^ h >> 32;
}

class Vocabulary {
 public:
  size_t size() const { return count_; }          // tokens there are
  size_t limit() const { return places_.size(); } // one more than the highest number
  // False where the text is there already with another number, or the number with another text.
  bool add(std::string_view text, int64_t id);
  int32_t find(std::string_view text) const;      // -1: it is not there
  bool has(int64_t id) const { return id >= 0 && static_cast<size_t>(id) < places_.size() && places_[static_cast<size_t>(id)].end != kNone; }
  std::string_view text(int64_t id) const {
    const Place& p = places_[static_cast<size_t>(id)];
    return std::string_view(texts_).substr(p.begin, p.end - p.begin);
  }
  void reserve(size_t n);

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};
  struct Place { uint32_t begin, end; };
  std::string texts_;
  std::vector<Place> places_;
  std::vector<uint32_t> table_;  // 1 + number, open addressing
  size_t count_ = 0;
};

}  // namespace wick::text
