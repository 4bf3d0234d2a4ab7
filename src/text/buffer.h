// A text on its way to tokens: what it has become, and which part of the original each byte stands for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wick::text {

struct Span { uint32_t begin, end; };  // bytes of the original

struct Text {
  std::string s;
  std::vector<Span> at;  // of each byte; empty: the text is the original, from `base` on
  uint32_t base = 0;

  Span of(size_t i) const { return at.empty() ? Span{base + static_cast<uint32_t>(i), base + static_cast<uint32_t>(i) + 1} : at[i]; }
  Span range(size_t begin, size_t end) const { return {of(begin).begin, of(end - 1).end}; }  // end > begin
  void materialise();
  Text part(size_t begin, size_t end) const;
  void append(const Text& t, size_t begin, size_t end);  // of another text with the same original
};

// Makes a text out of another: what is put is the new text. As long as it equals the original, no spans are kept.
class Maker {
 public:
  explicit Maker(const Text& from) : from_(from) { to_.base = from.base; to_.s.reserve(from.s.size() + 16); }
  // A character of the old text as it is; bytes that stand for the old ones from `begin` to `end`.
  void keep(size_t begin, size_t end) {
    if (same_ && from_.at.empty() && begin == to_.s.size()) return void(to_.s.append(from_.s, begin, end - begin));
    split();
    if (from_.at.empty()) for (size_t i = begin; i < end;) {
      const uint32_t n = static_cast<uint32_t>(std::min(length(from_.s[i]), end - i)), b = from_.base + static_cast<uint32_t>(i);
      to_.at.insert(to_.at.end(), n, Span{b, b + n});
      i += n;
    }
    else to_.at.insert(to_.at.end(), from_.at.begin() + static_cast<std::ptrdiff_t>(begin), from_.at.begin() + static_cast<std::ptrdiff_t>(end));
    to_.s.append(from_.s, begin, end - begin);
  }
  // The bytes that were put, to change them without changing their number.
  char* bytes() { return to_.s.data(); }
  void put(std::string_view bytes, Span span) {
    if (same_ && from_.at.empty() && span.begin == to_.base + to_.s.size() && span.end - span.begin == bytes.size()) return void(to_.s.append(bytes));
    split();
    to_.at.insert(to_.at.end(), bytes.size(), span);
    to_.s.append(bytes);
  }
  void put(char32_t c, Span span);
  size_t size() const { return to_.s.size(); }
  Span last() const { return to_.s.empty() ? Span{0, 0} : to_.of(to_.s.size() - 1); }
  Text take() { return std::move(to_); }

 private:
  static size_t length(char c) { return !(c & 0x80) ? 1 : !(c & 0x20) ? 2 : !(c & 0x10) ? 3 : 4; }
  void split() {
    if (!same_) return;
    to_.materialise();
    same_ = false;
  }
  const Text& from_;
  Text to_;
  bool same_ = true;
};

// A part of a text; `token`: the added token that it is, or -1.
struct Split { uint32_t begin, end; int32_t token; };

struct Pieces {
  Text text;
  std::vector<Split> splits;
};

// A valid text out of bytes: what is no UTF-8 becomes U+FFFD.
Text valid_text(std::string_view bytes);

}  // namespace wick::text
