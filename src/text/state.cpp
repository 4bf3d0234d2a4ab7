#include "text/state.h"

#include <algorithm>

#include <wick/core/error.h>

#include "text/unicode.h"

namespace wick::text {

void AddedTokens::add(Added a) {
  by_id_[a.id] = all_.size();
  by_text_[a.content] = all_.size();
  limit_ = std::max<int64_t>(limit_, a.id + 1);
  all_.push_back(std::move(a));
}
void AddedTokens::finish(const Normalizer& n) {
  for (size_t i = 0; i < all_.size(); ++i) {
    const Added& a = all_[i];
    Finder& f = a.normalized ? after_ : before_;
    const std::string content = a.normalized ? n.run(valid_text(a.content)).s : a.content;
    if (content.empty()) continue;
    f.trie.add(content, static_cast<int32_t>(i));
    f.first[static_cast<unsigned char>(content[0])] = true;
  }
}
const Added* AddedTokens::find(int64_t id) const {
  const auto f = by_id_.find(id);
  return f == by_id_.end() ? nullptr : &all_[f->second];
}
const Added* AddedTokens::find(const std::string& content) const {
  const auto f = by_text_.find(content);
  return f == by_text_.end() ? nullptr : &all_[f->second];
}

void AddedTokens::split(Pieces& p, bool normalized) const {
  const Finder& f = normalized ? after_ : before_;
  if (f.trie.empty()) return;
  const std::string& s = p.text.s;
  std::vector<Split> to;
  bool found = false;
  const auto push = [&](size_t b, size_t e, int32_t token) {
    if (e > b) to.push_back({static_cast<uint32_t>(b), static_cast<uint32_t>(e), token});
  };
  for (const Split& part : p.splits) {
    if (part.token >= 0) { to.push_back(part); continue; }
    const size_t begin = part.begin, end = part.end;
    size_t from = begin;
    for (size_t i = begin; i < end;) {
      if (!f.first[static_cast<unsigned char>(s[i])]) { ++i; continue; }
      int32_t best = -1;  // the longest that begins here
      size_t stop = i;
      uint32_t node = Trie::kRoot;
      for (size_t k = i; k < end && (node = f.trie.step(node, s[k])) != 0; ++k)
        if (f.trie.value(node) >= 0) best = f.trie.value(node), stop = k + 1;
      if (best < 0) { ++i; continue; }
      const Added& a = all_[static_cast<size_t>(best)];
      size_t start = i;
      i = stop;
      if (a.single_word) {
        size_t next = stop;
        if ((start > begin && is_a(char_before(std::string_view(s).substr(begin), start - begin), kWord)) || (stop < end && is_a(next_char(s, next), kWord))) continue;
      }
      if (a.lstrip) {
        while (start > from && is_space(char_before(s, start))) {
          do --start;
          while ((s[start] & 0xC0) == 0x80);
        }
      }
      if (a.rstrip) {
        for (size_t next = stop; stop < end && is_space(next_char(s, next));) stop = next;
        i = stop;
      }
      push(from, start, -1);
      push(start, stop, a.id);
      from = stop;
      found = true;
    }
    push(from, end, -1);
  }
  if (found) p.splits = std::move(to);
}

inline namespace v1 {
namespace detail {

Pieces TokenizerState::pieces(std::string_view bytes) const {
  if (bytes.size() > 1'000'000'000) throw ValueError("tokenizer: a text of " + std::to_string(bytes.size()) + " bytes; at most 1,000,000,000 go at once");
  Pieces p;
  p.text = valid_text(bytes);
  if (!p.text.s.empty()) p.splits.push_back({0, static_cast<uint32_t>(p.text.s.size()), -1});
  added.split(p, false);
  if (normalizer.kind != Normalizer::none) {
    if (p.splits.size() == 1 && p.splits[0].token < 0) {
      p.text = normalizer.run(std::move(p.text));
      p.splits[0].end = static_cast<uint32_t>(p.text.s.size());
    } else {
      Text whole;
      for (Split& s : p.splits) {
        const auto b = static_cast<uint32_t>(whole.s.size());
        if (s.token >= 0) {
          whole.append(p.text, s.begin, s.end);
        } else {
          const Text t = normalizer.run(p.text.part(s.begin, s.end));
          whole.append(t, 0, t.s.size());
        }
        s = {b, static_cast<uint32_t>(whole.s.size()), s.token};
      }
      p.text = std::move(whole);
    }
    p.splits.erase(std::remove_if(p.splits.begin(), p.splits.end(), [](const Split& s) { return s.begin == s.end; }), p.splits.end());
  }
  added.split(p, true);
  pre.run(p);
  return p;
}

int32_t TokenizerState::find(const std::string& token) const {
  const Added* a = added.find(token);
  return a ? a->id : model->vocabulary.find(token);
}
std::string_view TokenizerState::text_of(int64_t id) const {
  if (const Added* a = added.find(id)) return a->content;
  if (!model->vocabulary.has(id)) throw IndexError("tokenizer: no token has the number " + std::to_string(id) + "; there are " + std::to_string(size()));
  return model->vocabulary.text(id);
}

std::unique_ptr<Scratch> TokenizerState::borrow() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (pool_.empty()) return std::make_unique<Scratch>();
  std::unique_ptr<Scratch> s = std::move(pool_.back());
  pool_.pop_back();
  return s;
}
void TokenizerState::give_back(std::unique_ptr<Scratch> s) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  pool_.push_back(std::move(s));
}

}  // namespace detail
}  // namespace v1

}  // namespace wick::text
