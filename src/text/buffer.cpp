#include "text/buffer.h"

#include "text/unicode.h"

namespace wick::text {

void Text::materialise() {
  if (!at.empty()) return;
  at.reserve(s.size() + s.size() / 8 + 16);
  // A character's bytes all stand for the whole character.
  for (size_t i = 0; i < s.size();) {
    const size_t n = char_length(s[i]);
    at.insert(at.end(), n, Span{base + static_cast<uint32_t>(i), base + static_cast<uint32_t>(i + n)});
    i += n;
  }
}

Text Text::part(size_t begin, size_t end) const {
  Text t;
  t.s.assign(s, begin, end - begin);
  if (at.empty()) t.base = base + static_cast<uint32_t>(begin);
  else t.at.assign(at.begin() + static_cast<std::ptrdiff_t>(begin), at.begin() + static_cast<std::ptrdiff_t>(end));
  return t;
}

void Text::append(const Text& t, size_t begin, size_t end) {
  if (begin == end) return;
  const bool goes_on = at.empty() && t.at.empty() && t.base + begin == base + s.size();
  if (s.empty() && t.at.empty()) base = t.base + static_cast<uint32_t>(begin);
  else if (!goes_on) {
    materialise();
    if (t.at.empty()) {
      const Text p = [&] { Text q = t.part(begin, end); q.materialise(); return q; }();
      at.insert(at.end(), p.at.begin(), p.at.end());
    } else {
      at.insert(at.end(), t.at.begin() + static_cast<std::ptrdiff_t>(begin), t.at.begin() + static_cast<std::ptrdiff_t>(end));
    }
  }
  s.append(t.s, begin, end - begin);
}

void Maker::put(char32_t c, Span span) {
  std::string bytes;
  append_utf8(bytes, c);
  put(bytes, span);
}

Text valid_text(std::string_view bytes) {
  Text t;
  if (is_valid(bytes)) {
    t.s = bytes;
    return t;
  }
  size_t bad = 0;
  for (size_t i = 0; i < bytes.size();) {
    const size_t n = valid_length(bytes, i, bad), taken = n ? n : bad;
    const std::string_view put = n ? bytes.substr(i, n) : std::string_view("\xEF\xBF\xBD");
    t.s.append(put);
    t.at.insert(t.at.end(), put.size(), Span{static_cast<uint32_t>(i), static_cast<uint32_t>(i + taken)});
    i += taken;
  }
  return t;
}

}  // namespace wick::text
