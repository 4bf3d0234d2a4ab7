#include "text/pre_tokenizer.h"

#include <algorithm>

#include <wick/core/error.h>

#include "text/normalizer.h"
#include "text/unicode.h"

namespace wick::text {
namespace {

using Behaviour = PreTokenizer::Behaviour;

// The parts between and in matches, by what happens to the matches. A stretch is in a match or not.
struct Stretch { uint32_t begin, end; bool match; };

void cut(std::vector<Stretch>& all, Behaviour how, std::vector<Split>& to) {
  const auto put = [&](uint32_t b, uint32_t e) { if (e > b) to.push_back({b, e, -1}); };
  const size_t n = all.size();
  if (how == PreTokenizer::contiguous) {
    for (size_t i = 0, j; i < n; i = j) {
      for (j = i + 1; j < n && all[j].match == all[i].match;) ++j;
      put(all[i].begin, all[j - 1].end);
    }
    return;
  }
  if (how == PreTokenizer::removed || how == PreTokenizer::isolated) {
    for (const Stretch& s : all)
      if (how == PreTokenizer::isolated || !s.match) put(s.begin, s.end);
    return;
  }
  const bool previous = how == PreTokenizer::with_previous;
  if (!previous) std::reverse(all.begin(), all.end());
  const size_t from = to.size();
  bool before = false;
  for (const Stretch& s : all) {
    if (s.match && !before && to.size() > from) {
      if (previous) to.back().end = s.end;
      else to.back().begin = s.begin;
    } else {
      put(s.begin, s.end);
    }
    before = s.match;
  }
  if (!previous) std::reverse(to.begin() + static_cast<std::ptrdiff_t>(from), to.end());
}

// Splits all that is no token; `find` gives the stretches of a part.
template <class F>
void each_split(Pieces& p, Behaviour how, const F& find) {
  std::vector<Split> to;
  to.reserve(p.splits.size() * 2 + 16);
  std::vector<Stretch> all;
  for (const Split& s : p.splits) {
    if (s.token >= 0) { to.push_back(s); continue; }
    all.clear();
    find(s, all);
    cut(all, how, to);
  }
  p.splits = std::move(to);
}

// Characters of a kind, each a match of its own; all else in one stretch.
template <class F>
void by_character(Pieces& p, Behaviour how, const F& is) {
  each_split(p, how, [&](const Split& s, std::vector<Stretch>& all) {
    uint32_t from = s.begin;
    for (size_t i = s.begin; i < s.end;) {
      const auto b = static_cast<uint32_t>(i);
      if (!is(next_char(p.text.s, i))) continue;
      if (b > from) all.push_back({from, b, false});
      all.push_back({b, from = static_cast<uint32_t>(i), true});
    }
    if (s.end > from) all.push_back({from, s.end, false});
  });
}

template <class F>
void by_matches(Pieces& p, Behaviour how, bool invert, const F& find) {
  std::vector<Match> found;
  each_split(p, how, [&](const Split& s, std::vector<Stretch>& all) {
    found.clear();
    find(s, found);
    uint32_t from = s.begin;
    for (const Match& m : found) {
      if (m.begin > from) all.push_back({from, m.begin, invert});
      all.push_back({m.begin, m.end, !invert});
      from = m.end;
    }
    if (s.end > from) all.push_back({from, s.end, invert});
  });
}

// Words and runs of other characters that are no spaces: \w+|[^\w\s]+.
void find_words(std::string_view s, const Split& part, std::vector<Match>& to) {
  const auto kind = [](char32_t c) { return is_a(c, kWord) ? 1 : is_space(c) ? 0 : 2; };
  for (size_t i = part.begin; i < part.end;) {
    const size_t b = i;
    const int k = kind(next_char(s, i));
    if (k == 0) continue;
    while (i < part.end) {
      size_t next = i;
      if (kind(next_char(s, next)) != k) break;
      i = next;
    }
    to.push_back({static_cast<uint32_t>(b), static_cast<uint32_t>(i)});
  }
}

// Spaces and punctuation in one pass, as BERT splits.
void split_bert(Pieces& p) {
  static constexpr auto ascii = [](unsigned char c) { return c == ' ' || (c >= 9 && c <= 13) ? 1 : (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~') ? 2 : 0; };
  std::vector<Split> to;
  to.reserve(p.text.s.size() / 4 + 16);
  const std::string& t = p.text.s;
  for (const Split& s : p.splits) {
    if (s.token >= 0) { to.push_back(s); continue; }
    uint32_t from = s.begin;
    for (size_t i = s.begin; i < s.end;) {
      const auto b = static_cast<uint32_t>(i);
      int kind;
      if (!(t[i] & 0x80)) {
        kind = ascii(static_cast<unsigned char>(t[i++]));
      } else {
        const uint16_t k = classes(next_char(t, i));
        kind = k & kSpace ? 1 : k & kPunctuation ? 2 : 0;
      }
      if (kind == 0) continue;
      if (b > from) to.push_back({from, b, -1});
      from = static_cast<uint32_t>(i);
      if (kind == 2) to.push_back({b, from, -1});
    }
    if (s.end > from) to.push_back({from, s.end, -1});
  }
  p.splits = std::move(to);
}

// Rebuilds the text, part by part; `make` gives the new text of a part.
template <class F>
void rebuild(Pieces& p, const F& make) {
  Text whole;
  whole.s.reserve(p.text.s.size() + p.text.s.size() / 2);
  for (Split& s : p.splits) {
    const auto b = static_cast<uint32_t>(whole.s.size());
    if (s.token >= 0) {
      whole.append(p.text, s.begin, s.end);
    } else {
      const Text t = make(p.text.part(s.begin, s.end));
      whole.append(t, 0, t.s.size());
    }
    s = {b, static_cast<uint32_t>(whole.s.size()), s.token};
  }
  p.text = std::move(whole);
}

// All bytes as their characters, the parts moved along.
void to_byte_characters(Pieces& p) {
  if (std::any_of(p.splits.begin(), p.splits.end(), [](const Split& s) { return s.token >= 0; })) return rebuild(p, [](const Text& t) { return byte_characters(t); });
  std::vector<uint32_t> place(p.text.s.size() + 1);
  uint32_t n = 0;
  for (size_t i = 0; i < p.text.s.size(); ++i) {
    place[i] = n;
    n += byte_character(static_cast<unsigned char>(p.text.s[i])) < 0x80 ? 1 : 2;
  }
  place[p.text.s.size()] = n;
  p.text = byte_characters(p.text);
  for (Split& s : p.splits) s.begin = place[s.begin], s.end = place[s.end];
}

Text prefixed(const Text& t, std::string_view with) {
  Maker out(t);
  size_t first = 0;
  next_char(t.s, first);
  out.put(with, t.range(0, first));
  out.keep(0, t.s.size());
  return out.take();
}
bool starts_with(std::string_view s, std::string_view with) { return s.substr(0, with.size()) == with; }

void run_byte_level(const PreTokenizer& k, Pieces& p) {
  const auto lacks = [&](const Split& s) { return s.token < 0 && p.text.s[s.begin] != ' '; };
  if (k.add_prefix_space && std::any_of(p.splits.begin(), p.splits.end(), lacks)) rebuild(p, [](Text t) { return t.s[0] == ' ' ? std::move(t) : prefixed(t, " "); });
  if (k.use_regex) {
    std::vector<Split> to;
    std::vector<Match> found;
    for (const Split& s : p.splits) {
      if (s.token >= 0) { to.push_back(s); continue; }
      found.clear();
      find_gpt2(p.text.s, s.begin, s.end, found);
      for (const Match& m : found) to.push_back({m.begin, m.end, -1});
    }
    p.splits = std::move(to);
  }
  to_byte_characters(p);
}

void run_metaspace(const PreTokenizer& k, Pieces& p) {
  rebuild(p, [&](Text t) {
    Maker out(t);
    const std::string& space = k.text;
    const bool lacks = !starts_with(t.s, space) && t.s[0] != ' ';
    if (lacks && (k.scheme == PreTokenizer::always || (k.scheme == PreTokenizer::first && t.of(0).begin == 0))) {
      size_t first = 0;
      next_char(t.s, first);
      out.put(space, t.range(0, first));
    }
    for (size_t i = 0; i < t.s.size();) {
      const size_t next = std::min(t.s.find(' ', i), t.s.size());
      out.keep(i, next);
      if (next < t.s.size()) out.put(space, t.range(next, next + 1));
      i = next + 1;
    }
    return out.take();
  });
  if (k.splits) by_matches(p, PreTokenizer::with_next, false, [&](const Split& s, std::vector<Match>& to) { Pattern::literal(k.text).find(p.text.s, s.begin, s.end, to); });
}

Behaviour read_behaviour(const At& at, const char* otherwise) {
  static constexpr const char* names[] = {"Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"};
  const std::string name = at.text_or("behavior", otherwise);
  for (size_t i = 0; i < std::size(names); ++i)
    if (name == names[i]) return static_cast<Behaviour>(i);
  throw NotImplementedError(at.place + ": there is no behaviour \"" + name.substr(0, 40) + "\" here");
}

}  // namespace

PreTokenizer::Scheme read_scheme(const At& at) {
  if (!at.has("prepend_scheme")) return at.flag_or("add_prefix_space", true) ? PreTokenizer::always : PreTokenizer::never;
  const std::string s = at.get("prepend_scheme").text();
  if (s != "always" && s != "first" && s != "never") at.fail("prepend_scheme is always, first or never, not \"" + s.substr(0, 40) + "\"");
  return s == "always" ? PreTokenizer::always : s == "first" ? PreTokenizer::first : PreTokenizer::never;
}

PreTokenizer PreTokenizer::read(const At& at) {
  const std::string type = at.type();
  PreTokenizer p;
  if (type == "BertPreTokenizer") {
    p.kind = bert;
  } else if (type == "Whitespace") {
    p.kind = whitespace;
  } else if (type == "WhitespaceSplit") {
    p.kind = whitespace_split;
  } else if (type == "Punctuation") {
    p.kind = punctuation;
    p.behaviour = read_behaviour(at, "Isolated");
  } else if (type == "Digits") {
    p.kind = digits;
    p.individual = at.flag_or("individual_digits", false);
  } else if (type == "Split") {
    p.kind = split;
    p.pattern = Pattern::read(at.get("pattern"));
    p.behaviour = read_behaviour(at, "Removed");
    p.invert = at.flag_or("invert", false);
  } else if (type == "CharDelimiterSplit") {
    p.kind = delimiter;
    p.pattern = Pattern::literal(at.get("delimiter").text());
  } else if (type == "Metaspace") {
    p.kind = metaspace;
    p.text = at.text_or("replacement", "\xE2\x96\x81");
    if (count_chars(p.text) != 1) at.fail("the replacement is one character, not \"" + p.text.substr(0, 40) + "\"");
    p.scheme = read_scheme(at);
    p.splits = at.flag_or("split", true);
  } else if (type == "ByteLevel") {
    p.kind = byte_level;
    p.add_prefix_space = at.flag_or("add_prefix_space", true);
    p.use_regex = at.flag_or("use_regex", true);
  } else if (type == "Sequence") {
    p.kind = sequence;
    const At list = at.get("pretokenizers");
    list.expect(Json::array);
    for (size_t i = 0; i < list.size(); ++i) p.parts.push_back(read(list[i]));
  } else {
    throw NotImplementedError(at.place + ": there is no pre-tokenizer \"" + type.substr(0, 40) + "\" here");
  }
  return p;
}

void PreTokenizer::run(Pieces& p) const {
  switch (kind) {
    case none: return;
    case sequence:
      for (const PreTokenizer& k : parts) k.run(p);
      return;
    case bert: return split_bert(p);
    case whitespace: return by_matches(p, removed, true, [&](const Split& s, std::vector<Match>& to) { find_words(p.text.s, s, to); });
    case whitespace_split: return by_character(p, removed, is_space);
    case punctuation: return by_character(p, behaviour, [](char32_t c) { return is_a(c, kPunctuation); });
    case digits: return by_character(p, individual ? isolated : contiguous, [](char32_t c) { return is_a(c, kNumber); });
    case split:
    case delimiter: return by_matches(p, behaviour, invert, [&](const Split& s, std::vector<Match>& to) { pattern.find(p.text.s, s.begin, s.end, to); });
    case metaspace: return run_metaspace(*this, p);
    case byte_level: return run_byte_level(*this, p);
  }
}

}  // namespace wick::text
