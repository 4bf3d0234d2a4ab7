#include "text/post.h"

#include <algorithm>

#include <wick/core/error.h>

#include "text/normalizer.h"
#include "text/unicode.h"

namespace wick::text {
namespace {

// What all lists of an encoding undergo.
template <class E, class F>
void each_list(E& e, const F& f) {
  f(e.ids), f(e.type_ids), f(e.attention_mask), f(e.special_tokens_mask), f(e.word_ids), f(e.sequence_ids), f(e.tokens), f(e.offsets);
}
template <class F>
void each_pair(Encoding& a, const Encoding& b, const F& f) {
  f(a.ids, b.ids), f(a.type_ids, b.type_ids), f(a.attention_mask, b.attention_mask), f(a.special_tokens_mask, b.special_tokens_mask), f(a.word_ids, b.word_ids);
  f(a.sequence_ids, b.sequence_ids), f(a.tokens, b.tokens), f(a.offsets, b.offsets);
}

Encoding part(const Encoding& e, size_t begin, size_t end) {
  Encoding r;
  each_pair(r, e, [&](auto& to, const auto& from) { to.assign(from.begin() + static_cast<std::ptrdiff_t>(begin), from.begin() + static_cast<std::ptrdiff_t>(end)); });
  return r;
}
void cut_to(Encoding& e, int64_t wanted, const Truncation& t, bool overflow) {
  const size_t n = e.size(), length = static_cast<size_t>(wanted);
  if (length >= n) return;
  e.cut = static_cast<int64_t>(n - length);
  if (length == 0) {
    Encoding rest = part(e, 0, n);
    each_list(e, [](auto& list) { list.clear(); });
    if (overflow) e.overflow.push_back(std::move(rest));
    return;
  }
  if (t.stride() < 0 || t.stride() >= wanted)
    throw ValueError("tokenizer: the stride, " + std::to_string(t.stride()) + ", must be below the tokens that are left of a text, " + std::to_string(wanted) + " without special ones");
  const bool left = t.side() == Side::left;
  const size_t step = length - static_cast<size_t>(t.stride());
  std::vector<Encoding> rest;
  if (overflow) {
    for (size_t from = step, end = 0; end < n; from += step) {  // counted from the side that stays
      end = std::min(from + length, n);
      rest.push_back(left ? part(e, n - end, n - from) : part(e, from, end));
    }
  }
  Encoding kept = left ? part(e, n - length, n) : part(e, 0, length);
  kept.cut = e.cut;
  kept.overflow = std::move(rest);
  e = std::move(kept);
}

// As the tokenizers library joins: the parts that were cut off with all of the other text, too.
void append(Encoding& a, const Encoding& b) {
  std::vector<Encoding> overflow;
  for (const Encoding& o : a.overflow) {
    overflow.push_back(o);
    append(overflow.back(), part(b, 0, b.size()));
    for (const Encoding& p : b.overflow) {
      overflow.push_back(o);
      append(overflow.back(), p);
    }
  }
  for (const Encoding& p : b.overflow) {
    overflow.push_back(part(a, 0, a.size()));
    append(overflow.back(), p);
  }
  each_pair(a, b, [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); });
  a.overflow = std::move(overflow);
  a.cut += b.cut;
}

// Offsets without the spaces that tokens begin and end with.
void trim_offsets(Encoding& e, bool add_prefix_space, std::string_view text) {
  const auto inner = [&](int64_t i) { return i < static_cast<int64_t>(text.size()) && (text[static_cast<size_t>(i)] & 0xC0) == 0x80; };
  for (size_t i = 0; i < e.size(); ++i) {
    const std::string& t = e.tokens[i];
    const auto blank = [](char32_t c) { return c == 0x120 || is_space(c); };
    int64_t leading = 0, trailing = 0;
    for (size_t k = 0; k < t.size(); ++leading)
      if (!blank(next_char(t, k))) break;
    for (size_t k = t.size(); k > 0; ++trailing) {
      if (!blank(char_before(t, k))) break;
      do --k;
      while (k > 0 && (t[k] & 0xC0) == 0x80);
    }
    auto& [begin, end] = e.offsets[i];
    if (leading == 1 && add_prefix_space && (i == 0 || begin == 0)) leading = 0;
    for (; leading > 0 && begin < end; --leading) {  // by characters of the text
      do ++begin;
      while (begin < end && inner(begin));
    }
    for (; trailing > 0 && end > begin; --trailing) {
      do --end;
      while (end > begin && inner(end));
    }
  }
  for (Encoding& o : e.overflow) trim_offsets(o, add_prefix_space, text);
}

void set_sequence(Encoding& e, int64_t sequence, int64_t type) {
  std::fill(e.sequence_ids.begin(), e.sequence_ids.end(), sequence);
  std::fill(e.type_ids.begin(), e.type_ids.end(), type);
  for (Encoding& o : e.overflow) set_sequence(o, sequence, type);
}

Post::Piece special(std::string token, int64_t id, int64_t type) { return {-1, type, {id}, {std::move(token)}}; }
Post::Piece sequence(int which, int64_t type) { return {which, type, {}, {}}; }

std::pair<std::string, int64_t> read_token(const At& at) {
  if (at.expect(Json::array).size() != 2) at.fail("a token and its number are expected");
  return {at[0].text(), at[1].integer()};
}

Post::Template read_template(const At& at, const At& specials) {
  at.expect(Json::array);
  Post::Template t;
  for (size_t i = 0; i < at.size(); ++i) {
    const At piece = at[i];
    if (piece.has("Sequence")) {
      const At s = piece.get("Sequence");
      const std::string id = s.get("id").text();
      if (id != "A" && id != "B") s.fail("the texts are A and B, not \"" + id.substr(0, 20) + "\"");
      t.push_back(sequence(id == "B", s.integer_or("type_id", 0)));
    } else {
      const At s = piece.get("SpecialToken");
      const At token = specials.get(s.get("id").text());
      Post::Piece p{-1, s.integer_or("type_id", 0), {}, {}};
      const At ids = token.get("ids"), names = token.get("tokens");
      if (ids.expect(Json::array).size() != names.expect(Json::array).size()) token.fail("numbers and tokens differ in number");
      for (size_t k = 0; k < ids.size(); ++k) {
        p.ids.push_back(ids[k].integer());
        p.tokens.push_back(names[k].text());
      }
      t.push_back(std::move(p));
    }
  }
  return t;
}

}  // namespace

Post Post::of_bert(std::string cls, int64_t c, std::string sep, int64_t s) {
  Post p;
  p.templated = true;
  p.single = {special(cls, c, 0), sequence(0, 0), special(sep, s, 0)};
  p.pair = p.single;
  p.pair.push_back(sequence(1, 1));
  p.pair.push_back(special(sep, s, 1));
  return p;
}
Post Post::of_roberta(std::string cls, int64_t c, std::string sep, int64_t s) {
  Post p;
  p.templated = p.trim = true;
  p.single = {special(cls, c, 0), sequence(0, 0), special(sep, s, 0)};
  p.pair = p.single;
  p.pair.push_back(special(sep, s, 0));
  p.pair.push_back(sequence(1, 0));
  p.pair.push_back(special(sep, s, 0));
  return p;
}

Post Post::read(const At& at) {
  const std::string type = at.type();
  Post p;
  if (type == "BertProcessing" || type == "RobertaProcessing") {
    auto [sep, s] = read_token(at.get("sep"));
    auto [cls, c] = read_token(at.get("cls"));
    p = type[0] == 'B' ? of_bert(cls, c, sep, s) : of_roberta(cls, c, sep, s);
    p.trim = type[0] == 'R' && at.flag_or("trim_offsets", true);
    p.add_prefix_space = at.flag_or("add_prefix_space", true);
  } else if (type == "ByteLevel") {
    p.trim = at.flag_or("trim_offsets", true);
    p.add_prefix_space = at.flag_or("add_prefix_space", true);
  } else if (type == "TemplateProcessing") {
    p.templated = true;
    p.single = read_template(at.get("single"), at.get("special_tokens"));
    p.pair = read_template(at.get("pair"), at.get("special_tokens"));
    for (const Piece& piece : p.single)
      if (piece.sequence == 1) at.fail("the template of one text names B");
    const auto texts = [&](int which) { return std::count_if(p.pair.begin(), p.pair.end(), [&](const Piece& x) { return x.sequence == which; }); };
    if (texts(0) != 1 || texts(1) != 1) at.fail("the template of a pair names A and B once each");
  } else if (type == "Sequence") {
    const At list = at.get("processors");
    list.expect(Json::array);
    for (size_t i = 0; i < list.size(); ++i) {
      const Post one = read(list[i]);
      if (one.templated && p.templated) list[i].fail("a second template");
      if (one.templated) p.templated = true, p.single = one.single, p.pair = one.pair;
      if (one.trim) p.trim = true, p.add_prefix_space = one.add_prefix_space;
    }
  } else {
    throw NotImplementedError(at.place + ": there is no post-processor \"" + type.substr(0, 40) + "\" here");
  }
  return p;
}

int64_t Post::added(bool is_pair) const {
  int64_t n = 0;
  for (const Piece& p : is_pair ? pair : single) n += static_cast<int64_t>(p.ids.size());
  return n;
}

Encoding Post::run(Encoding a, Encoding* b, bool add_special_tokens, std::string_view text, std::string_view other) const {
  if (trim) {
    trim_offsets(a, add_prefix_space, text);
    if (b) trim_offsets(*b, add_prefix_space, other);
  }
  if (!templated) {
    set_sequence(a, 0, 0);
    if (b) set_sequence(*b, 1, 1), append(a, *b);
    return a;
  }
  Encoding r;
  bool first = true;
  const auto add = [&](Encoding& e) {
    if (first) r = std::move(e), first = false;
    else append(r, e);
  };
  for (const Piece& p : b ? pair : single) {
    if (p.sequence >= 0) {
      Encoding& e = p.sequence == 0 ? a : *b;
      set_sequence(e, p.sequence, p.type);
      add(e);
    } else if (add_special_tokens) {
      const size_t n = p.ids.size();
      Encoding e{p.ids, std::vector<int64_t>(n, p.type), std::vector<int64_t>(n, 1), std::vector<int64_t>(n, 1), std::vector<int64_t>(n, -1), std::vector<int64_t>(n, -1), p.tokens, {}, {}, 0};
      e.offsets.assign(n, {0, 0});
      add(e);
    }
  }
  return r;
}

void truncate(Encoding& a, Encoding* b, const Truncation& t, int64_t specials, bool overflow) {
  if (t.max_length() < 0) throw ValueError("tokenizer: max_length must not be negative, got " + std::to_string(t.max_length()));
  const int64_t most = std::max<int64_t>(0, t.max_length() - specials), first = static_cast<int64_t>(a.size()), second = b ? static_cast<int64_t>(b->size()) : 0;
  const int64_t excess = first + second - most;
  if (excess <= 0) return;
  if (most == 0 || (t.strategy() == Truncate::longest_first && !b)) {
    cut_to(a, most, t, overflow);
    if (b) cut_to(*b, most, t, overflow);
    return;
  }
  if (t.strategy() == Truncate::longest_first) {
    int64_t n1 = std::min(first, second), n2;
    n2 = n1 > most ? n1 : std::max(n1, most - n1);
    if (n1 + n2 > most) n1 = most / 2, n2 = n1 + most % 2;
    if (first > second) std::swap(n1, n2);
    cut_to(a, n1, t, overflow);
    cut_to(*b, n2, t, overflow);
    return;
  }
  const bool only_first = t.strategy() == Truncate::only_first;
  if (!only_first && !b) throw ValueError("tokenizer: only_second cuts the second text, and there is one text; longest_first cuts it");
  Encoding& target = only_first ? a : *b;
  const auto n = static_cast<int64_t>(target.size());
  if (n <= excess)
    throw ValueError(std::string("tokenizer: ") + (only_first ? "only_first" : "only_second") + " cannot cut " + std::to_string(excess) + " of " + std::to_string(n) + " tokens: the other text is too long; longest_first can");
  cut_to(target, n - excess, t, overflow);
}

int64_t padded_length(const Padding& p, int64_t longest) {
  const int64_t n = p.length() ? *p.length() : longest, m = p.multiple_of();
  return m > 1 ? (n + m - 1) / m * m : n;
}

void pad(Encoding& e, const Padding& p, int64_t length) {
  for (Encoding& o : e.overflow) pad(o, p, length);
  const auto n = static_cast<int64_t>(e.size());
  if (length <= n) return;
  const auto k = static_cast<size_t>(length - n);
  const bool left = p.side() == Side::left;
  const auto fill = [&](auto& list, auto value) { list.insert(left ? list.begin() : list.end(), k, value); };
  fill(e.ids, p.id());
  fill(e.type_ids, p.type_id());
  fill(e.attention_mask, int64_t{0});
  fill(e.special_tokens_mask, int64_t{1});
  fill(e.word_ids, int64_t{-1});
  fill(e.sequence_ids, int64_t{-1});
  fill(e.tokens, p.token());
  fill(e.offsets, std::pair<int64_t, int64_t>{0, 0});
}

}  // namespace wick::text
