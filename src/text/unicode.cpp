#include "text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <unordered_map>

namespace wick::text {
namespace {

struct Exception { uint32_t first; uint16_t count; uint8_t what; };
constexpr Exception kExceptions[] = {
#include "text/unicode_exceptions.inc"
};

uint8_t exception(char32_t c) {
  const Exception* e = std::upper_bound(std::begin(kExceptions), std::end(kExceptions), c, [](char32_t x, const Exception& y) { return x < y.first; });
  return e != kExceptions && c - e[-1].first < e[-1].count ? e[-1].what : 0;
}

// Pairs that compose: of every character with a canonical decomposition of its own, what its parts but the last compose to, and the last.
const std::unordered_map<uint64_t, char32_t>& pairs() {
  static const std::unordered_map<uint64_t, char32_t> made = [] {
    std::unordered_map<uint64_t, char32_t> m;
    struct Whole { char32_t c; int32_t parts[18]; size_t n; };
    std::vector<Whole> all;
    for (char32_t c = 0xC0; c < 0x30000; ++c) {
      if (c == 0x3400) c = 0xA000;
      if (c == 0xAC00) c = 0xF900;  // Hangul is computed
      if (utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->comp_exclusion) continue;
      Whole w{c, {}, 0};
      w.n = decompose(c, false, w.parts);
      if (w.n > 1) all.push_back(w);
    }
    std::stable_sort(all.begin(), all.end(), [](const Whole& a, const Whole& b) { return a.n < b.n; });
    for (const Whole& w : all) {
      auto first = static_cast<char32_t>(w.parts[0]);
      for (size_t i = 1; i + 1 < w.n && first; ++i) {
        const auto f = m.find(static_cast<uint64_t>(first) << 32 | static_cast<uint32_t>(w.parts[i]));
        first = f == m.end() ? 0 : f->second;
      }
      if (first) m.emplace(static_cast<uint64_t>(first) << 32 | static_cast<uint32_t>(w.parts[w.n - 1]), w.c);
    }
    return m;
  }();
  return made;
}

}  // namespace

uint16_t classes(char32_t c) {
  const auto k = static_cast<utf8proc_category_t>(utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->category);
  const auto between = [k](int a, int b) { return k >= a && k <= b; };
  uint16_t r = 0;
  const bool mark = between(UTF8PROC_CATEGORY_MN, UTF8PROC_CATEGORY_ME), letter = between(UTF8PROC_CATEGORY_LU, UTF8PROC_CATEGORY_LO);
  if (between(UTF8PROC_CATEGORY_ZS, UTF8PROC_CATEGORY_ZP) || (c >= 9 && c <= 13) || c == 0x85) r |= kSpace;
  if (between(UTF8PROC_CATEGORY_PC, UTF8PROC_CATEGORY_PO) || (c < 128 && c > 32 && c != 127 && !letter && k != UTF8PROC_CATEGORY_ND)) r |= kPunctuation;
  if (letter) r |= kLetter;
  if (between(UTF8PROC_CATEGORY_ND, UTF8PROC_CATEGORY_NO)) r |= kNumber;
  if (mark) r |= kMark;
  if (k == UTF8PROC_CATEGORY_MN) r |= kBertMark;
  if (between(UTF8PROC_CATEGORY_CC, UTF8PROC_CATEGORY_CO)) r |= kControl;
  const bool circled = (c >= 0x24B6 && c <= 0x24E9) || (c >= 0x1F130 && c <= 0x1F149) || (c >= 0x1F150 && c <= 0x1F169) || (c >= 0x1F170 && c <= 0x1F189);
  if (letter || mark || circled || k == UTF8PROC_CATEGORY_ND || k == UTF8PROC_CATEGORY_NL || k == UTF8PROC_CATEGORY_PC || c == 0x200C || c == 0x200D) r |= kWord;
  const uint8_t e = c < 128 ? 0 : exception(c);
  return static_cast<uint16_t>(r ^ ((e & 1 ? kBertMark : 0) | (e & 2 ? kPunctuation : 0) | (e & 4 ? kControl : 0) | (e & 8 ? kMark : 0)));
}

void append_utf8(std::string& s, char32_t c) {
  const auto put = [&](char32_t b) { s.push_back(static_cast<char>(b)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) put(0xC0 | c >> 6);
  else if (c < 0x10000) put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 63));
  else put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63));
  put(0x80 | (c & 63));
}

size_t valid_length(std::string_view s, size_t i, size_t& bad) {
  const auto byte = [&](size_t k) { return i + k < s.size() ? static_cast<unsigned>(static_cast<unsigned char>(s[i + k])) : 0U; };
  const unsigned a = byte(0);
  if (a < 0x80) return 1;
  bad = 1;
  const size_t n = a >= 0xF0 ? 4 : a >= 0xE0 ? 3 : 2;
  if (a < 0xC2 || a > 0xF4) return 0;
  unsigned low = 0x80, high = 0xBF;  // of the second byte: no long forms, surrogates or numbers above U+10FFFF
  if (a == 0xE0) low = 0xA0;
  if (a == 0xED) high = 0x9F;
  if (a == 0xF0) low = 0x90;
  if (a == 0xF4) high = 0x8F;
  for (size_t k = 1; k < n; ++k, low = 0x80, high = 0xBF) {
    if (byte(k) < low || byte(k) > high) return 0;
    ++bad;
  }
  return n;
}
bool is_valid(std::string_view s) {
  size_t bad = 0;
  for (size_t i = 0; i < s.size();) {
    if (!(s[i] & 0x80)) { ++i; continue; }
    const size_t n = valid_length(s, i, bad);
    if (!n) return false;
    i += n;
  }
  return true;
}
size_t count_chars(std::string_view s) { return static_cast<size_t>(std::count_if(s.begin(), s.end(), [](char c) { return (c & 0xC0) != 0x80; })); }

bool is_chinese(char32_t c) {  // the ranges of BERT's published code, and of the tokenizers library with its slip at 2B920
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) ||
         (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

char32_t lower(char32_t c) {
  if (c < 128) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  return static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
}

size_t decompose(char32_t c, bool compatible, int32_t* to) {
  if (c < 0xA0) return to[0] = static_cast<int32_t>(c), 1;
  int boundary = 0;
  const auto n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), to, 18, static_cast<utf8proc_option_t>(compatible ? UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT : UTF8PROC_DECOMPOSE), &boundary);
  if (n <= 0 || n > 18) return to[0] = static_cast<int32_t>(c), 1;
  return static_cast<size_t>(n);
}
uint8_t combining_class(char32_t c) { return c < 0x300 ? 0 : static_cast<uint8_t>(utf8proc_get_property(static_cast<utf8proc_int32_t>(c))->combining_class); }

char32_t compose(char32_t a, char32_t b) {
  if (a >= 0x1100 && a < 0x1113 && b >= 0x1161 && b < 0x1176) return 0xAC00 + ((a - 0x1100) * 21 + (b - 0x1161)) * 28;
  if (a >= 0xAC00 && a < 0xD7A4 && (a - 0xAC00) % 28 == 0 && b > 0x11A7 && b < 0x11C3) return a + (b - 0x11A7);
  if (b < 0x300) return 0;
  const auto& m = pairs();
  const auto f = m.find(static_cast<uint64_t>(a) << 32 | b);
  return f == m.end() ? 0 : f->second;
}

bool grapheme_break(char32_t before, char32_t after, int32_t& state) {
  return utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(before), static_cast<utf8proc_int32_t>(after), &state);
}

}  // namespace wick::text
