// UTF-8, classes of characters and Unicode's normal forms.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wick::text {

// The character at s[i] of valid UTF-8; i moves behind it.
inline char32_t next_char(std::string_view s, size_t& i) {
  const auto byte = [&](size_t k) { return static_cast<char32_t>(static_cast<unsigned char>(s[k])); };
  const char32_t a = byte(i);
  if (a < 0x80) return ++i, a;
  if (a < 0xE0) return i += 2, (a & 31) << 6 | (byte(i - 1) & 63);
  if (a < 0xF0) return i += 3, (a & 15) << 12 | (byte(i - 2) & 63) << 6 | (byte(i - 1) & 63);
  return i += 4, (a & 7) << 18 | (byte(i - 3) & 63) << 12 | (byte(i - 2) & 63) << 6 | (byte(i - 1) & 63);
}
inline char32_t char_before(std::string_view s, size_t end) {
  size_t i = end - 1;
  while (i > 0 && (s[i] & 0xC0) == 0x80) --i;
  return next_char(s, i);
}
inline size_t char_length(char c) { const auto a = static_cast<unsigned char>(c); return a < 0x80 ? 1 : a < 0xE0 ? 2 : a < 0xF0 ? 3 : 4; }
void append_utf8(std::string& s, char32_t c);
// How many bytes from s[i] on are a whole character; 0: none, and `bad` bytes become one U+FFFD, as Unicode recommends (and Python does).
size_t valid_length(std::string_view s, size_t i, size_t& bad);
size_t count_chars(std::string_view s);
bool is_valid(std::string_view s);

// Classes, as the tokenizers library has them.
enum Class : uint16_t { kSpace = 1, kPunctuation = 2, kLetter = 4, kNumber = 8, kMark = 16, kBertMark = 32, kControl = 64, kWord = 128 };
uint16_t classes(char32_t c);
inline bool is_space(char32_t c) { return c < 128 ? c == ' ' || (c >= 9 && c <= 13) : (classes(c) & kSpace) != 0; }
inline bool is_a(char32_t c, Class k) { return (classes(c) & k) != 0; }
bool is_chinese(char32_t c);

// Lower case: one character, or for U+0130 two (the second is U+0307).
char32_t lower(char32_t c);

// Full decomposition of a character: how many of at most 18 were put into `to`.
size_t decompose(char32_t c, bool compatible, int32_t* to);
uint8_t combining_class(char32_t c);
char32_t compose(char32_t a, char32_t b);  // 0: they do not compose

// Boundaries between what readers take for one character.
bool grapheme_break(char32_t before, char32_t after, int32_t& state);

}  // namespace wick::text
