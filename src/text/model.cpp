#include "text/model.h"

#include <algorithm>
#include <cmath>
#include <queue>

#include <wick/core/error.h>

#include "text/unicode.h"

namespace wick::text {
namespace {

constexpr int64_t kMostTokens = 10'000'000;
constexpr size_t kCacheSize = 1 << 14, kLongestCached = 64;

std::string short_text(std::string_view s) { return std::string(s.substr(0, 60)); }

void add_token(Vocabulary& v, std::string_view text, int64_t id, const std::string& place) {
  if (v.add(text, id)) return;
  const int32_t there = v.find(text);
  throw ValueError(place + (there >= 0 ? ": the token \"" + short_text(text) + "\" has two numbers, " + std::to_string(there) + " and " + std::to_string(id)
                                       : ": the number " + std::to_string(id) + " is of two tokens, \"" + short_text(v.text(id)) + "\" and \"" + short_text(text) + "\""));
}

void read_vocabulary(const At& at, Vocabulary& v) {
  at.expect(Json::object);
  v.reserve(at.size());
  for (const auto& [text, id] : at.value.members) add_token(v, text, At{id, at.place}.integer(0, kMostTokens), at.place);
}

int32_t byte_token(const Vocabulary& v, unsigned char b) {
  static constexpr char digits[] = "0123456789ABCDEF";
  const char text[] = {'<', '0', 'x', digits[b >> 4], digits[b & 15], '>'};
  return v.find({text, 6});
}
bool byte_tokens(const Vocabulary& v, std::string_view s, std::vector<Token>& to, uint32_t at, bool whole) {
  const size_t before = to.size();
  for (uint32_t i = 0; i < s.size(); ++i) {
    const int32_t id = byte_token(v, static_cast<unsigned char>(s[i]));
    if (id < 0) return to.resize(before), false;
    to.push_back(whole ? Token{id, at, at + static_cast<uint32_t>(s.size())} : Token{id, at + i, at + i + 1});
  }
  return true;
}

// The longest beginning that is in the vocabulary, again and again.
class WordPiece : public Model {
 public:
  std::string prefix = "##";
  size_t longest = 100;
  const char* kind() const override { return "WordPiece"; }
  void finish() {
    for (size_t id = 0; id < vocabulary.limit(); ++id) {
      if (!vocabulary.has(static_cast<int64_t>(id))) continue;
      const std::string_view t = vocabulary.text(static_cast<int64_t>(id));
      if (t.size() > prefix.size() && t.substr(0, prefix.size()) == prefix) inner_.add(t.substr(prefix.size()), static_cast<int32_t>(id));
      start_.add(t, static_cast<int32_t>(id));
    }
  }

 protected:
  void split(std::string_view word, std::vector<Token>& to) const override {
    const size_t before = to.size();
    bool known = count_chars(word) <= longest;
    for (size_t i = 0; i < word.size() && known;) {
      const Trie& trie = i == 0 ? start_ : inner_;
      uint32_t node = Trie::kRoot;
      Token best{-1, static_cast<uint32_t>(i), 0};
      for (size_t k = i; k < word.size() && (node = trie.step(node, word[k])) != 0; ++k)
        if (const int32_t v = trie.value(node); v >= 0 && (k + 1 == word.size() || (word[k + 1] & 0xC0) != 0x80)) best.id = v, best.end = static_cast<uint32_t>(k + 1);
      if (best.id < 0) known = false;
      else to.push_back(best), i = best.end;
    }
    if (known) return;
    to.resize(before);
    if (unknown_id < 0) throw Error("tokenizer: no tokens for \"" + short_text(word) + "\", and the vocabulary lacks \"" + unknown + "\", which would stand for it");
    to.push_back({unknown_id, 0, static_cast<uint32_t>(word.size())});
  }

 private:
  Trie start_, inner_;
};

// Whole words.
class WordLevel : public Model {
 public:
  const char* kind() const override { return "WordLevel"; }

 protected:
  void split(std::string_view word, std::vector<Token>& to) const override {
    int32_t id = vocabulary.find(word);
    if (id < 0) id = unknown_id;
    if (id < 0) throw Error("tokenizer: no token for \"" + short_text(word) + "\", and the vocabulary lacks \"" + unknown + "\", which would stand for it");
    to.push_back({id, 0, static_cast<uint32_t>(word.size())});
  }
};

// Characters, of which neighbours are merged in the order of a list.
class BytePairs : public Model {
 public:
  std::string prefix, suffix;
  bool fuse_unknown = false, byte_fallback = false, ignore_merges = false;
  const char* kind() const override { return "BPE"; }

  void merges(size_t n) {
    size_t size = 16;
    while (size < 2 * n) size *= 2;
    table_.assign(size, {});
  }
  void add_merge(std::string_view a, std::string_view b, const std::string& place) {
    const auto of = [&](std::string_view s) {
      const int32_t id = vocabulary.find(s);
      if (id < 0) throw ValueError(place + ": \"" + short_text(s) + "\" of the merge \"" + short_text(a) + " " + short_text(b) + "\" is not in the vocabulary");
      return id;
    };
    const int32_t left = of(a), right = of(b);
    if (b.size() < prefix.size()) throw ValueError(place + ": \"" + short_text(b) + "\" of a merge does not begin with \"" + prefix + "\"");
    const int32_t whole = of(std::string(a) + std::string(b.substr(prefix.size())));
    const uint64_t key = pair(left, right);
    Merge& m = *slot(key);
    m = {key + 1, rank_++, whole};  // what stands twice counts as the later one, as in the tokenizers library
  }

 protected:
  void split(std::string_view word, std::vector<Token>& to) const override {
    if (ignore_merges)
      if (const int32_t id = vocabulary.find(word); id >= 0) return to.push_back({id, 0, static_cast<uint32_t>(word.size())});
    std::vector<Token> first;
    characters(word, first);
    merge(first, to);
  }

 private:
  struct Merge { uint64_t key = 0; uint32_t rank = 0; int32_t id = 0; };  // key: the pair + 1
  static uint64_t pair(int32_t a, int32_t b) { return static_cast<uint64_t>(a) << 32 | static_cast<uint32_t>(b); }
  Merge* slot(uint64_t key) const {
    size_t i = static_cast<size_t>((key * 0x9E3779B97F4A7C15ULL) >> 24) & (table_.size() - 1);
    while (table_[i].key && table_[i].key != key + 1) i = (i + 1) & (table_.size() - 1);
    return const_cast<Merge*>(&table_[i]);
  }
  const Merge* find(int32_t a, int32_t b) const {
    if (table_.empty()) return nullptr;
    const Merge* m = slot(pair(a, b));
    return m->key ? m : nullptr;
  }

  void characters(std::string_view word, std::vector<Token>& to) const {
    std::string s;
    bool open = false;  // whether the last one is unknown and may grow
    for (size_t i = 0; i < word.size();) {
      const auto b = static_cast<uint32_t>(i);
      i += char_length(word[i]);
      const auto e = static_cast<uint32_t>(i);
      s.clear();
      if (b > 0) s = prefix;
      s.append(word, b, e - b);
      if (i == word.size()) s += suffix;
      const int32_t id = vocabulary.find(s);
      if (id >= 0) {
        to.push_back({id, b, e});
        open = false;
      } else if (byte_fallback && byte_tokens(vocabulary, s, to, b, false)) {
        open = false;
      } else if (!unknown.empty()) {
        if (unknown_id < 0) throw Error("tokenizer: the vocabulary lacks \"" + unknown + "\", which would stand for \"" + short_text(word) + "\"");
        if (open && fuse_unknown) to.back().end = e;
        else to.push_back({unknown_id, b, e});
        open = true;
      }
    }
  }

  struct Symbol { int32_t id, before, after; uint32_t begin, end; };
  struct Candidate {
    uint32_t rank; int32_t at, id;
    bool operator<(const Candidate& o) const { return rank != o.rank ? rank > o.rank : at > o.at; }
  };
  void merge(const std::vector<Token>& first, std::vector<Token>& to) const {
    std::vector<Symbol> all;
    all.reserve(first.size());
    const auto n = static_cast<int32_t>(first.size());
    for (int32_t i = 0; i < n; ++i) all.push_back({first[static_cast<size_t>(i)].id, i - 1, i + 1 < n ? i + 1 : -1, first[static_cast<size_t>(i)].begin, first[static_cast<size_t>(i)].end});
    std::priority_queue<Candidate> queue;
    const auto at = [&](int32_t i) -> Symbol& { return all[static_cast<size_t>(i)]; };
    const auto consider = [&](int32_t i) {
      if (i < 0 || at(i).after < 0) return;
      if (const Merge* m = find(at(i).id, at(at(i).after).id)) queue.push({m->rank, i, m->id});
    };
    for (int32_t i = 0; i < n; ++i) consider(i);
    while (!queue.empty()) {
      const Candidate c = queue.top();
      queue.pop();
      Symbol& left = at(c.at);
      if (left.id < 0 || left.after < 0) continue;
      Symbol& right = at(left.after);
      const Merge* m = find(left.id, right.id);
      if (!m || m->id != c.id) continue;  // one of them has changed meanwhile
      left.id = c.id;
      left.end = right.end;
      left.after = right.after;
      right.id = -1;
      if (left.after >= 0) at(left.after).before = c.at;
      consider(left.before);
      consider(c.at);
    }
    for (const Symbol& s : all)
      if (s.id >= 0) to.push_back({s.id, s.begin, s.end});
  }
  std::vector<Merge> table_;
  uint32_t rank_ = 0;
};

// The most likely pieces.
class Unigram : public Model {
 public:
  bool byte_fallback = false;
  const char* kind() const override { return "Unigram"; }
  bool shows_surface(int32_t id) const override { return id == unknown_id; }
  void read(const At& at) {
    const At list = at.get("vocab");
    list.expect(Json::array);
    vocabulary.reserve(list.size());
    double least = INFINITY;
    for (size_t i = 0; i < list.size(); ++i) {
      const At piece = list[i];
      if (piece.expect(Json::array).size() != 2) piece.fail("a piece is a text and a number");
      const std::string& text = piece[0].text();
      add_token(vocabulary, text, static_cast<int64_t>(i), list.place);
      if (text.size() > kLongestToken) piece.fail("a piece of " + std::to_string(text.size()) + " bytes, more than " + std::to_string(kLongestToken));
      scores_.push_back(piece[1].number());
      least = std::min(least, scores_.back());
      if (!text.empty()) trie_.add(text, static_cast<int32_t>(i));
    }
    unknown_score_ = least - 10;
    if (at.has("unk_id")) {
      const int64_t id = at.get("unk_id").integer(0, kMostTokens);
      if (static_cast<size_t>(id) >= list.size()) at.fail("unk_id is " + std::to_string(id) + ", and there are " + std::to_string(list.size()) + " pieces");
      unknown_id = static_cast<int32_t>(id);
      unknown = vocabulary.text(id);
    }
    byte_fallback = at.flag_or("byte_fallback", false);
  }

 protected:
  void split(std::string_view word, std::vector<Token>& to) const override {
    struct Node { double score = 0; int32_t id = -1; uint32_t from = ~uint32_t{0}; };
    std::vector<Node> best(word.size() + 1);
    const auto offer = [&](size_t end, double score, int32_t id, size_t from) {
      Node& n = best[end];
      if (n.from == ~uint32_t{0} || score > n.score) n = {score, id, static_cast<uint32_t>(from)};
    };
    for (size_t i = 0; i < word.size();) {
      const size_t one = char_length(word[i]);
      const double here = best[i].score;
      bool single = false;
      uint32_t node = Trie::kRoot;
      for (size_t k = i; k < word.size() && (node = trie_.step(node, word[k])) != 0; ++k) {
        const int32_t id = trie_.value(node);
        if (id < 0) continue;
        offer(k + 1, here + scores_[static_cast<size_t>(id)], id, i);
        single = single || k + 1 - i == one;
      }
      if (!single) {
        if (unknown_id < 0) throw Error("tokenizer: no piece for \"" + short_text(word.substr(i, one)) + "\", and no unk_id");
        offer(i + one, here + unknown_score_, unknown_id, i);
      }
      i += one;
    }
    // From the end; neighbouring unknown ones become one.
    std::vector<Match> path;
    for (auto end = static_cast<uint32_t>(word.size()); end > 0;) {
      const Node& n = best[end];
      if (n.id == unknown_id && !path.empty() && path.back().unknown) path.back().begin = n.from;
      else path.push_back({n.from, end, n.id == unknown_id});
      end = n.from;
    }
    for (size_t i = path.size(); i-- > 0;) {
      const std::string_view s = word.substr(path[i].begin, path[i].end - path[i].begin);
      const int32_t id = vocabulary.find(s);
      if (id >= 0) to.push_back({id, path[i].begin, path[i].end});
      else if (!byte_fallback || !byte_tokens(vocabulary, s, to, path[i].begin, true)) to.push_back({unknown_id, path[i].begin, path[i].end});
    }
  }

 private:
  struct Match { uint32_t begin, end; bool unknown; };
  std::vector<double> scores_;
  Trie trie_;
  double unknown_score_ = 0;
};

std::unique_ptr<Model> read_wordpiece(const At& at) {
  auto m = std::make_unique<WordPiece>();
  read_vocabulary(at.get("vocab"), m->vocabulary);
  m->unknown = at.text_or("unk_token", "[UNK]");
  m->prefix = at.text_or("continuing_subword_prefix", "##");
  m->longest = static_cast<size_t>(at.integer_or("max_input_chars_per_word", 100));
  m->finish();
  return m;
}

std::unique_ptr<Model> read_byte_pairs(const At& at) {
  auto m = std::make_unique<BytePairs>();
  read_vocabulary(at.get("vocab"), m->vocabulary);
  m->unknown = at.text_or("unk_token", "");
  m->prefix = at.text_or("continuing_subword_prefix", "");
  m->suffix = at.text_or("end_of_word_suffix", "");
  m->fuse_unknown = at.flag_or("fuse_unk", false);
  m->byte_fallback = at.flag_or("byte_fallback", false);
  m->ignore_merges = at.flag_or("ignore_merges", false);
  const At list = at.get("merges");
  list.expect(Json::array);
  m->merges(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    const At one = list[i];
    if (one.is(Json::array)) {
      if (one.size() != 2) one.fail("a merge is two tokens");
      m->add_merge(one[0].text(), one[1].text(), one.place);
    } else {
      const std::string& s = one.text();
      const size_t space = s.find(' ');
      if (space == std::string::npos || s.find(' ', space + 1) != std::string::npos) one.fail("a merge is two tokens with a space between");
      m->add_merge(std::string_view(s).substr(0, space), std::string_view(s).substr(space + 1), one.place);
    }
  }
  return m;
}

// The lines of a text, without what ends them.
template <class F>
void each_line(const std::string& text, const F& f) {
  size_t number = 0;
  for (size_t i = 0; i < text.size();) {
    const size_t end = std::min(text.find('\n', i), text.size());
    size_t e = end;
    if (e > i && text[e - 1] == '\r') --e;
    f(std::string_view(text).substr(i, e - i), number++);
    i = end + 1;
  }
}

}  // namespace

const std::vector<Token>* Cache::find(std::string_view word, uint64_t hash) const {
  if (entries_.empty()) return nullptr;
  const Entry& e = entries_[hash & (kCacheSize - 1)];
  return e.hash == hash && e.word == word ? &e.tokens : nullptr;
}
void Cache::put(std::string_view word, uint64_t hash, const Token* tokens, size_t n) {
  if (entries_.empty()) entries_.resize(kCacheSize);
  Entry& e = entries_[hash & (kCacheSize - 1)];
  e.hash = hash;
  e.word = word;
  e.tokens.assign(tokens, tokens + n);
}

void Model::tokens(std::string_view word, std::vector<Token>& to, Cache& cache) const {
  if (word.size() > kLongestCached) return split(word, to);
  const uint64_t hash = hash_of(word);
  if (const auto* found = cache.find(word, hash)) return void(to.insert(to.end(), found->begin(), found->end()));
  const size_t before = to.size();
  split(word, to);
  cache.put(word, hash, to.data() + before, to.size() - before);
}

std::unique_ptr<Model> Model::read(const At& at) {
  // Files of before version 0.9 do not name it.
  const std::string type = at.has("type") ? at.type() : at.has("merges") ? "BPE" : at.has("unk_id") ? "Unigram" : at.has("continuing_subword_prefix") ? "WordPiece" : "WordLevel";
  std::unique_ptr<Model> m;
  if (type == "WordPiece") {
    m = read_wordpiece(at);
  } else if (type == "BPE") {
    m = read_byte_pairs(at);
  } else if (type == "WordLevel") {
    m = std::make_unique<WordLevel>();
    read_vocabulary(at.get("vocab"), m->vocabulary);
    m->unknown = at.text_or("unk_token", "<unk>");
  } else if (type == "Unigram") {
    auto u = std::make_unique<Unigram>();
    u->read(at);
    return u;
  } else {
    throw NotImplementedError(at.place + ": there is no model \"" + short_text(type) + "\" here; BPE, Unigram, WordLevel and WordPiece are known");
  }
  m->unknown_id = m->unknown.empty() ? -1 : m->vocabulary.find(m->unknown);
  return m;
}

std::unique_ptr<Model> Model::wordpiece(const std::string& path) {
  auto m = std::make_unique<WordPiece>();
  m->unknown = "[UNK]";
  each_line(read_text(path), [&](std::string_view line, size_t i) { if (!line.empty()) add_token(m->vocabulary, line, static_cast<int64_t>(i), file_name(path)); });
  m->unknown_id = m->vocabulary.find(m->unknown);
  m->finish();
  return m;
}

std::unique_ptr<Model> Model::byte_pairs(const std::string& vocabulary_file, const std::string& merges_file) {
  auto m = std::make_unique<BytePairs>();
  const Json v = read_json(vocabulary_file);
  read_vocabulary({v, file_name(vocabulary_file)}, m->vocabulary);
  const std::string text = read_text(merges_file), name = file_name(merges_file);
  m->merges(static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  each_line(text, [&](std::string_view line, size_t i) {
    if (line.empty() || line.substr(0, 8) == "#version") return;
    const size_t space = line.find(' ');
    const std::string place = name + ": line " + std::to_string(i + 1);
    if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) throw ValueError(place + ": a merge is two tokens with a space between");
    m->add_merge(line.substr(0, space), line.substr(space + 1), place);
  });
  return m;
}

}  // namespace wick::text
