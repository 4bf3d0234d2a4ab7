#include "text/normalizer.h"

#include <algorithm>
#include <cstring>

#include <wick/core/error.h>

#include "text/unicode.h"

namespace wick::text {
namespace {

// Characters decomposed and put in the canonical order, with the part of the original they stand for. Moved marks leave those parts where they were, as
// the tokenizers library has it.
template <class Sink>
class Decomposer {
 public:
  Decomposer(bool compatible, Sink sink) : compatible_(compatible), sink_(sink) {}
  void put(char32_t c, Span span) {
    int32_t parts[18];
    const size_t n = decompose(c, compatible_, parts);
    for (size_t i = 0; i < n; ++i) {
      const auto p = static_cast<char32_t>(parts[i]);
      const uint8_t k = combining_class(p);
      if (k == 0) {
        flush();
        if (i == 0) last_ = span;
        else if (!spans_.empty()) last_ = spans_.back();
        sink_(p, k, i == 0 ? last_ : span, i == 0);
        last_ = span;
      } else {
        marks_.push_back({p, k, i == 0});
        if (i == 0) spans_.push_back(span);
      }
    }
  }
  void flush() {
    if (marks_.empty()) return;
    std::stable_sort(marks_.begin(), marks_.end(), [](const Mark& a, const Mark& b) { return a.order < b.order; });
    size_t next = 0;
    for (const Mark& m : marks_) {
      if (m.first) last_ = spans_[next++];
      sink_(m.c, m.order, last_, m.first);
    }
    marks_.clear();
    spans_.clear();
  }

 private:
  struct Mark { char32_t c; uint8_t order; bool first; };
  bool compatible_;
  Sink sink_;
  Span last_{0, 0};
  std::vector<Mark> marks_;
  std::vector<Span> spans_;
};

bool is_ascii(const std::string& s) { return std::none_of(s.begin(), s.end(), [](char c) { return c & 0x80; }); }

template <class F>
void each_char(const Text& t, const F& f) {
  for (size_t i = 0; i < t.s.size();) {
    const size_t b = i;
    const char32_t c = next_char(t.s, i);
    f(c, t.range(b, i));
  }
}

void put_lower(Maker& m, char32_t c, Span span) {
  if (c == 0x130) m.put(U'i', span), m.put(char32_t{0x307}, span);
  else m.put(lower(c), span);
}

// BERT's own in one pass: control characters out, Chinese characters apart, accents off, lower case.
Text run_bert(const Normalizer& n, const Text& t) {
  Maker out(t);
  const auto finish = [&](char32_t c, Span span) {
    if (n.lower) put_lower(out, c, span);
    else out.put(c, span);
  };
  const auto mark = [&](char32_t c, uint8_t, Span span, bool) {
    if (!is_a(c, kBertMark)) finish(c, span);
  };
  Decomposer<decltype(mark)> decomposer(false, mark);
  const auto put = [&](char32_t c, Span span) {
    if (n.accents) decomposer.put(c, span);
    else finish(c, span);
  };
  for (size_t i = 0; i < t.s.size();) {
    size_t end = i;
    while (end < t.s.size() && static_cast<unsigned char>(t.s[end] - 32) < 95) ++end;  // printable ASCII
    if (end > i) {
      decomposer.flush();
      const size_t from = out.size();
      out.keep(i, end);
      if (n.lower)
        for (char* c = out.bytes() + from; c != out.bytes() + out.size(); ++c) *c = static_cast<char>(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
      i = end;
      continue;
    }
    const size_t b = i;
    char32_t c = next_char(t.s, i);
    const Span span = t.range(b, i);
    if (n.clean) {
      if (c < 32 ? c != 9 && c != 10 && c != 13 : c == 127 || c == 0xFFFD || (c > 127 && is_a(c, kControl))) continue;
      if (is_space(c)) c = ' ';
    }
    const bool apart = n.chinese && is_chinese(c);
    if (apart) put(' ', span);
    put(c, span);
    if (apart) put(' ', span);
  }
  decomposer.flush();
  return out.take();
}

Text run_form(Text t, bool compatible, bool composed) {
  if (is_ascii(t.s)) return t;
  // `change`: how many characters came in; negative: so many went after this one.
  struct Char { char32_t c; uint8_t order; int change; };
  std::vector<Char> all;
  std::vector<Span> old;
  const auto collect = [&](char32_t c, uint8_t order, Span, bool first) { all.push_back({c, order, first ? 0 : 1}); };
  Decomposer<decltype(collect)> decomposer(compatible, collect);
  each_char(t, [&](char32_t c, Span span) {
    old.push_back(span);
    decomposer.put(c, span);
  });
  decomposer.flush();
  if (composed) {
    size_t kept = 0, starter = ~size_t{0};
    int before = -1;  // class of what stands between the starter and the next character; -1: nothing
    for (const Char& c : all) {
      if (starter != ~size_t{0} && before < c.order) {
        if (const char32_t whole = compose(all[starter].c, c.c)) {
          all[starter].c = whole;
          all[starter].change += c.change - 1;
          continue;
        }
      }
      if (c.order == 0) starter = kept, before = -1;
      else before = c.order;
      all[kept++] = c;
    }
    all.resize(kept);
  }
  // What is new stands for what the character before it stands for; all else for the old characters in their order.
  Maker out(t);
  size_t next = 0;
  for (const Char& c : all) {
    if (c.change > 0) {
      out.put(c.c, old[next > 0 ? next - 1 : 0]);
    } else {
      out.put(c.c, old[std::min(next, old.size() - 1)]);
      next += static_cast<size_t>(1 - c.change);
    }
  }
  return out.take();
}

Text run_strip(const Normalizer& n, Text t) {
  size_t b = 0, e = t.s.size();
  for (size_t i = 0; n.clean && b < e; b = i)
    if (!is_space(next_char(t.s, i = b))) break;
  while (n.chinese && e > b) {
    size_t i = e - 1;
    while ((t.s[i] & 0xC0) == 0x80) --i;
    if (!is_space(char_before(t.s, e))) break;
    e = i;
  }
  return b == 0 && e == t.s.size() ? t : t.part(b, e);
}

Text run_replace(const Normalizer& n, Text t) {
  std::vector<Match> found;
  n.pattern.find(t.s, 0, t.s.size(), found);
  if (found.empty()) return t;
  Maker out(t);
  size_t at = 0;
  for (const Match& m : found) {
    out.keep(at, m.begin);
    size_t last = m.end - 1;
    while ((t.s[last] & 0xC0) == 0x80) --last;
    const Span span = t.range(last, m.end);  // of the last character that goes
    for (size_t i = 0; i < n.content.size();) {
      const size_t from = i;
      next_char(n.content, i);
      out.put(std::string_view(n.content).substr(from, i - from), span);
    }
    at = m.end;
  }
  out.keep(at, t.s.size());
  return out.take();
}

Text run_nmt(const Text& t) {
  Maker out(t);
  each_char(t, [&](char32_t c, Span span) {
    if ((c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F) return;
    const bool space = c == 9 || c == 10 || c == 12 || c == 13 || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
    out.put(space ? U' ' : c, span);
  });
  return out.take();
}

Text run_precompiled(const Charsmap& map, const Text& t) {
  Maker out(t);
  const auto replaced = [&](size_t b, size_t e) {
    const char* with = map.find(std::string_view(t.s).substr(b, e - b));
    if (!with) return false;
    const std::string_view w(with);
    size_t old = b;
    Span span{t.of(b)};
    for (size_t i = 0; i < w.size();) {
      const size_t from = i;
      next_char(w, i);
      if (old < e) {
        const size_t first = old;
        next_char(t.s, old);
        span = t.range(first, old);
      }
      out.put(w.substr(from, i - from), span);
    }
    return true;
  };
  for (size_t b = 0; b < t.s.size();) {
    size_t e = b;
    int32_t state = 0;
    char32_t c = next_char(t.s, e);
    while (e < t.s.size()) {
      size_t next = e;
      const char32_t d = next_char(t.s, next);
      if (grapheme_break(c, d, state)) break;
      c = d;
      e = next;
    }
    if (e - b >= 6 || !replaced(b, e))
      for (size_t i = b; i < e;) {
        const size_t from = i;
        next_char(t.s, i);
        if (!replaced(from, i)) out.keep(from, i);
      }
    b = e;
  }
  return out.take();
}

std::shared_ptr<const Charsmap> read_charsmap(const At& at) {
  const std::string& coded = at.text();
  std::string bytes;
  uint32_t bits = 0, n = 0;
  for (const char c : coded) {
    const int v = c >= 'A' && c <= 'Z' ? c - 'A' : c >= 'a' && c <= 'z' ? c - 'a' + 26 : c >= '0' && c <= '9' ? c - '0' + 52 : c == '+' ? 62 : c == '/' ? 63 : -1;
    if (c == '=') break;
    if (v < 0) at.fail("no base64");
    bits = bits << 6 | static_cast<uint32_t>(v);
    if ((n += 6) >= 8) bytes.push_back(static_cast<char>(bits >> (n -= 8)));
  }
  auto map = std::make_shared<Charsmap>();
  uint32_t size = 0;
  if (bytes.size() >= 4) std::memcpy(&size, bytes.data(), 4);
  if (bytes.size() < 4 || size % 4 != 0 || size > bytes.size() - 4 || size == 0) at.fail("no table of characters: its trie does not fit into " + std::to_string(bytes.size()) + " bytes");
  map->trie.resize(size / 4);
  std::memcpy(map->trie.data(), bytes.data() + 4, size);
  map->texts = bytes.substr(4 + size);
  if (!is_valid(map->texts)) at.fail("no table of characters: its texts are no UTF-8");
  return map;
}

}  // namespace

// A double-array trie as Darts writes it. The shortest beginning of `s` that is in it counts.
const char* Charsmap::find(std::string_view s) const {
  const auto offset = [](uint32_t unit) { return static_cast<size_t>(unit >> 10) << ((unit & (1U << 9)) >> 6); };
  size_t node = offset(trie[0]);
  for (const char c : s) {
    const auto byte = static_cast<unsigned char>(c);
    node ^= byte;
    if (byte == 0 || node >= trie.size() || (trie[node] & (1U << 31 | 0xFF)) != byte) return nullptr;
    const uint32_t unit = trie[node];
    node ^= offset(unit);
    if (!(unit >> 8 & 1)) continue;
    if (node >= trie.size()) return nullptr;
    const size_t at = trie[node] & ((1U << 31) - 1);
    if (at >= texts.size() || (texts[at] & 0xC0) == 0x80) return nullptr;
    return texts.c_str() + at;
  }
  return nullptr;
}

char32_t byte_character(unsigned char b) {
  if ((b >= '!' && b <= '~') || (b >= 0xA1 && b != 0xAD)) return b;
  return b <= ' ' ? 256U + b : b < 0xAD ? 256U + 33 + (b - 0x7FU) : 256U + 67;
}
int byte_of(char32_t c) {
  if (c < 256) return byte_character(static_cast<unsigned char>(c)) == c ? static_cast<int>(c) : -1;
  const auto k = static_cast<int>(c) - 256;
  return c > 256 + 67 ? -1 : k <= 32 ? k : k < 67 ? k - 33 + 0x7F : 0xAD;
}
Text byte_characters(const Text& t) {
  std::string table[256];
  for (int i = 0; i < 256; ++i) append_utf8(table[i], byte_character(static_cast<unsigned char>(i)));
  Maker out(t);
  for (size_t i = 0; i < t.s.size();) {
    const size_t b = i;
    i += char_length(t.s[i]);
    if (i == b + 1 && static_cast<unsigned char>(t.s[b] - 33) < 94) {
      out.keep(b, i);
      continue;
    }
    const Span span = t.range(b, i);
    for (size_t k = b; k < i; ++k) out.put(table[static_cast<unsigned char>(t.s[k])], span);
  }
  return out.take();
}

Normalizer Normalizer::of_bert(bool lower, bool chinese, bool accents, bool clean) {
  Normalizer n;
  n.kind = bert;
  n.lower = lower;
  n.chinese = chinese;
  n.accents = accents;
  n.clean = clean;
  return n;
}

Normalizer Normalizer::read(const At& at) {
  static constexpr struct { const char* name; Kind kind; } kinds[] = {
      {"NFC", nfc}, {"NFD", nfd}, {"NFKC", nfkc}, {"NFKD", nfkd}, {"Lowercase", lowercase}, {"StripAccents", strip_accents}, {"Nmt", nmt}, {"ByteLevel", byte_level}};
  const std::string type = at.type();
  Normalizer n;
  for (const auto& k : kinds)
    if (type == k.name) n.kind = k.kind;
  if (n.kind != none) return n;
  if (type == "BertNormalizer") {
    const bool low = at.flag_or("lowercase", true);
    return of_bert(low, at.flag_or("handle_chinese_chars", true), at.flag_or("strip_accents", low), at.flag_or("clean_text", true));
  }
  if (type == "Sequence") {
    n.kind = sequence;
    const At list = at.get("normalizers");
    list.expect(Json::array);
    for (size_t i = 0; i < list.size(); ++i) n.parts.push_back(read(list[i]));
  } else if (type == "Strip") {
    n.kind = strip;
    n.clean = at.flag_or("strip_left", true);
    n.chinese = at.flag_or("strip_right", true);
  } else if (type == "Replace") {
    n.kind = replace;
    n.pattern = Pattern::read(at.get("pattern"));
    n.content = at.get("content").text();
  } else if (type == "Prepend") {
    n.kind = prepend;
    n.content = at.get("prepend").text();
  } else if (type == "Precompiled") {
    if (!at.has("precompiled_charsmap") || at.get("precompiled_charsmap").text().empty()) return n;
    n.kind = precompiled;
    n.map = read_charsmap(at.get("precompiled_charsmap"));
  } else {
    throw NotImplementedError(at.place + ": there is no normalizer \"" + type.substr(0, 40) + "\" here");
  }
  return n;
}

Text Normalizer::run(Text t) const {
  if (t.s.empty()) return t;
  switch (kind) {
    case none: return t;
    case sequence:
      for (const Normalizer& n : parts) t = n.run(std::move(t));
      return t;
    case bert: return run_bert(*this, t);
    case nfc: return run_form(std::move(t), false, true);
    case nfd: return run_form(std::move(t), false, false);
    case nfkc: return run_form(std::move(t), true, true);
    case nfkd: return run_form(std::move(t), true, false);
    case strip: return run_strip(*this, std::move(t));
    case replace: return run_replace(*this, std::move(t));
    case nmt: return run_nmt(t);
    case precompiled: return run_precompiled(*map, t);
    case byte_level: return byte_characters(t);
    default: break;
  }
  Maker out(t);
  if (kind == lowercase) {
    each_char(t, [&](char32_t c, Span span) { put_lower(out, c, span); });
  } else if (kind == strip_accents) {
    each_char(t, [&](char32_t c, Span span) { if (!is_a(c, kMark)) out.put(c, span); });
  } else {  // prepend: what is new stands for the first character
    size_t first = 0;
    next_char(t.s, first);
    out.put(content, t.range(0, first));
    out.keep(0, t.s.size());
  }
  return out.take();
}

}  // namespace wick::text
