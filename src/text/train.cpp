// Vocabularies made of texts: merges of the most frequent pairs, as the tokenizers library makes them.
#include <sys/stat.h>

#include <algorithm>
#include <queue>
#include <unordered_map>

#include <wick/core/error.h>

#include "io/atomic_file.h"
#include "text/state.h"
#include "text/unicode.h"

namespace wick::text {
namespace {

constexpr size_t kLongestWord = 1000;  // longer ones teach nothing

uint64_t pair_of(int32_t a, int32_t b) { return static_cast<uint64_t>(a) << 32 | static_cast<uint32_t>(b); }

class Trainer {
 public:
  Trainer(const TrainOptions& o, std::string prefix) : o_(o), prefix_(std::move(prefix)) {
    for (const std::string& t : o.special_tokens()) vocabulary_.add(t, next());
  }
  void count(std::string_view word) {
    if (word.size() <= kLongestWord) ++counts_[std::string(word)];
  }
  void run(const std::vector<char32_t>& initial) {
    add_alphabet(initial);
    make_words();
    count_pairs();
    while (next() < o_.vocabulary_size() && !queue_.empty()) merge_one();
  }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  const std::vector<std::pair<int32_t, int32_t>>& merges() const { return merges_; }

 private:
  struct Word { std::vector<int32_t> symbols; int64_t count; };
  struct Candidate {
    int64_t count; uint64_t pair;
    bool operator<(const Candidate& c) const { return count != c.count ? count < c.count : pair > c.pair; }
  };
  struct Pair { int64_t count = 0; std::vector<uint32_t> words; };

  int64_t next() const { return static_cast<int64_t>(vocabulary_.limit()); }
  int32_t token(const std::string& s) {
    const int32_t id = vocabulary_.find(s);
    if (id >= 0) return id;
    vocabulary_.add(s, next());
    return static_cast<int32_t>(next() - 1);
  }
  void add_alphabet(const std::vector<char32_t>& initial) {
    std::unordered_map<char32_t, int64_t> seen;
    for (const auto& [word, n] : counts_)
      for (size_t i = 0; i < word.size();) seen[next_char(word, i)] += n;
    for (const char32_t c : initial) seen[c] = INT64_MAX;
    std::vector<std::pair<char32_t, int64_t>> all(seen.begin(), seen.end());
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.second != b.second ? a.second > b.second : a.first < b.first; });
    if (o_.limit_alphabet() > 0 && all.size() > static_cast<size_t>(o_.limit_alphabet())) all.resize(std::max(static_cast<size_t>(o_.limit_alphabet()), initial.size()));
    std::sort(all.begin(), all.end());
    for (const auto& [c, n] : all) {
      std::string s;
      append_utf8(s, c);
      token(s);
    }
  }
  void make_words() {
    std::vector<const std::pair<const std::string, int64_t>*> order;
    for (const auto& e : counts_) order.push_back(&e);
    std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->second != b->second ? a->second > b->second : a->first < b->first; });
    for (const auto* e : order) {
      Word w{{}, e->second};
      const std::string& s = e->first;
      for (size_t i = 0; i < s.size();) {
        const size_t b = i;
        next_char(s, i);
        const std::string c = s.substr(b, i - b);
        if (vocabulary_.find(c) < 0) continue;  // not in the alphabet
        w.symbols.push_back(b == 0 || prefix_.empty() ? vocabulary_.find(c) : token(prefix_ + c));
      }
      if (w.symbols.size() > 1) words_.push_back(std::move(w));
    }
  }
  void count_pairs() {
    for (uint32_t i = 0; i < words_.size(); ++i) {
      const Word& w = words_[i];
      for (size_t k = 0; k + 1 < w.symbols.size(); ++k) change(w.symbols[k], w.symbols[k + 1], w.count, i);
    }
    for (const auto& [pair, p] : pairs_) queue_.push({p.count, pair});
  }
  void change(int32_t a, int32_t b, int64_t by, uint32_t word) {
    Pair& p = pairs_[pair_of(a, b)];
    p.count += by;
    if (by > 0 && (p.words.empty() || p.words.back() != word)) p.words.push_back(word);
  }
  void merge_one() {
    Candidate top = queue_.top();
    queue_.pop();
    Pair& found = pairs_[top.pair];
    if (top.count != found.count) {  // older than what has happened since
      top.count = found.count;
      if (top.count > 0) queue_.push(top);
      return;
    }
    if (top.count < std::max<int64_t>(1, o_.min_frequency())) {
      queue_ = {};
      return;
    }
    const auto a = static_cast<int32_t>(top.pair >> 32), b = static_cast<int32_t>(top.pair & 0xFFFFFFFF);
    const std::string_view second = vocabulary_.text(b);
    const std::string whole = std::string(vocabulary_.text(a)) + std::string(second.substr(!prefix_.empty() && second.substr(0, prefix_.size()) == prefix_ ? prefix_.size() : 0));
    const int32_t id = token(whole);
    merges_.emplace_back(a, b);
    std::vector<uint32_t> where = std::move(found.words);
    std::sort(where.begin(), where.end());
    where.erase(std::unique(where.begin(), where.end()), where.end());
    std::vector<uint64_t> changed;
    for (const uint32_t i : where) merge_in(i, a, b, id, changed);
    pairs_.erase(top.pair);
    std::sort(changed.begin(), changed.end());
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    for (const uint64_t pair : changed)
      if (const auto f = pairs_.find(pair); f != pairs_.end() && f->second.count > 0) queue_.push({f->second.count, pair});
  }
  void merge_in(uint32_t i, int32_t a, int32_t b, int32_t id, std::vector<uint64_t>& changed) {
    Word& w = words_[i];
    std::vector<int32_t>& s = w.symbols;
    size_t kept = 0;
    for (size_t k = 0; k < s.size(); ++k) {
      if (k + 1 < s.size() && s[k] == a && s[k + 1] == b) {
        if (kept > 0) {
          change(s[kept - 1], a, -w.count, i);
          change(s[kept - 1], id, w.count, i);
          changed.push_back(pair_of(s[kept - 1], id));
        }
        if (k + 2 < s.size()) {
          change(b, s[k + 2], -w.count, i);
          change(id, s[k + 2], w.count, i);
          changed.push_back(pair_of(id, s[k + 2]));
        }
        s[kept++] = id;
        ++k;
      } else {
        s[kept++] = s[k];
      }
    }
    s.resize(kept);
  }

  const TrainOptions& o_;
  std::string prefix_;
  Vocabulary vocabulary_;
  std::unordered_map<std::string, int64_t> counts_;
  std::vector<Word> words_;
  std::unordered_map<uint64_t, Pair> pairs_;
  std::priority_queue<Candidate> queue_;
  std::vector<std::pair<int32_t, int32_t>> merges_;
};

std::string quoted(std::string_view s) {
  std::string r = "\"";
  for (const char c : s) {
    if (c == '"' || c == '\\') (r += '\\') += c;
    else if (static_cast<unsigned char>(c) < 32) {
      char code[8];
      std::snprintf(code, sizeof code, "\\u%04x", c);
      r += code;
    } else r += c;
  }
  return r + '"';
}
std::string vocabulary_json(const Vocabulary& v) {
  std::string r = "{";
  for (size_t i = 0; i < v.limit(); ++i) r += (i ? "," : "") + quoted(v.text(static_cast<int64_t>(i))) + ":" + std::to_string(i);
  return r + "}";
}
std::string added_json(const Vocabulary& v, const std::vector<std::string>& tokens) {
  std::string r = "[";
  for (const std::string& t : tokens)
    r += (r.size() > 1 ? "," : "") + ("{\"id\":" + std::to_string(v.find(t))) + ",\"content\":" + quoted(t) + ",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}";
  return r + "]";
}
void write(const std::string& path, const std::string& text) { io::write_atomically(path, {{text.data(), text.size()}}); }
void make_folder(const std::string& path) {
  struct stat s {};
  for (size_t i = path.find('/', 1);; i = path.find('/', i + 1)) {
    const std::string part = path.substr(0, i);
    if (mkdir(part.c_str(), 0777) != 0 && (stat(part.c_str(), &s) != 0 || !S_ISDIR(s.st_mode))) throw Error(part + ": the folder cannot be made");
    if (i == std::string::npos) return;
  }
}

template <class F>
void count_lines(const std::vector<std::string>& files, Trainer& trainer, const F& pieces) {
  for (const std::string& file : files) {
    const std::string text = read_text(file);
    for (size_t i = 0; i < text.size();) {
      const size_t end = std::min(text.find('\n', i), text.size());
      const Pieces p = pieces(std::string_view(text).substr(i, end - i));
      for (const Split& s : p.splits) trainer.count(std::string_view(p.text.s).substr(s.begin, s.end - s.begin));
      i = end + 1;
    }
  }
}
void check(const TrainOptions& o) {
  if (o.vocabulary_size() < 1 || o.vocabulary_size() > 10'000'000) throw ValueError("train: vocabulary_size must be between 1 and 10,000,000, got " + std::to_string(o.vocabulary_size()));
}

}  // namespace

inline namespace v1 {

Tokenizer train_wordpiece(const std::vector<std::string>& files, const std::string& folder, const TrainOptions& options) {
  TrainOptions o = options;
  check(o);
  if (o.special_tokens().empty()) o.special_tokens({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"});
  for (const char* needed : {"[UNK]", "[CLS]", "[SEP]"})
    if (std::find(o.special_tokens().begin(), o.special_tokens().end(), needed) == o.special_tokens().end()) throw ValueError(std::string("train_wordpiece: the special tokens lack ") + needed);
  Trainer trainer(o, "##");
  detail::TokenizerState s;
  s.normalizer = Normalizer::of_bert(o.lowercase(), true, o.lowercase());
  s.pre.kind = PreTokenizer::bert;
  count_lines(files, trainer, [&](std::string_view line) { return s.pieces(line); });
  trainer.run({});
  const Vocabulary& v = trainer.vocabulary();
  std::string lines;
  for (size_t i = 0; i < v.limit(); ++i) (lines += v.text(static_cast<int64_t>(i))) += '\n';
  const std::string low = o.lowercase() ? "true" : "false", cls = std::to_string(v.find("[CLS]")), sep = std::to_string(v.find("[SEP]"));
  make_folder(folder);
  write(folder + "/vocab.txt", lines);
  write(folder + "/tokenizer_config.json", "{\"tokenizer_class\":\"BertTokenizer\",\"do_lower_case\":" + low + "}\n");
  write(folder + "/tokenizer.json", "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":" + added_json(v, o.special_tokens()) +
        ",\"normalizer\":{\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":" + low +
        "},\"pre_tokenizer\":{\"type\":\"BertPreTokenizer\"},\"post_processor\":{\"type\":\"BertProcessing\",\"sep\":[\"[SEP]\"," + sep + "],\"cls\":[\"[CLS]\"," + cls +
        "]},\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true},\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"[UNK]\",\"continuing_subword_prefix\":\"##\","
        "\"max_input_chars_per_word\":100,\"vocab\":" + vocabulary_json(v) + "}}\n");
  return Tokenizer::from_folder(folder);
}

Tokenizer train_bpe(const std::vector<std::string>& files, const std::string& folder, const TrainOptions& options) {
  TrainOptions o = options;
  check(o);
  if (o.special_tokens().empty()) o.special_tokens({"<|endoftext|>"});
  o.limit_alphabet(0);
  Trainer trainer(o, "");
  detail::TokenizerState s;
  s.pre.kind = PreTokenizer::byte_level;
  s.pre.add_prefix_space = false;
  count_lines(files, trainer, [&](std::string_view line) { return s.pieces(line); });
  std::vector<char32_t> bytes;
  for (int b = 0; b < 256; ++b) bytes.push_back(byte_character(static_cast<unsigned char>(b)));
  trainer.run(bytes);
  const Vocabulary& v = trainer.vocabulary();
  std::string lines = "#version: 0.2\n", list;
  for (const auto& [a, b] : trainer.merges()) {
    const std::string one = std::string(v.text(a)) + " " + std::string(v.text(b));
    lines += one + "\n";
    list += (list.empty() ? "" : ",") + quoted(one);
  }
  const std::string vocabulary = vocabulary_json(v);
  make_folder(folder);
  write(folder + "/vocab.json", vocabulary + "\n");
  write(folder + "/merges.txt", lines);
  write(folder + "/tokenizer.json", "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":" + added_json(v, o.special_tokens()) +
        ",\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true},\"post_processor\":{\"type\":\"ByteLevel\","
        "\"add_prefix_space\":true,\"trim_offsets\":false,\"use_regex\":true},\"decoder\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true},"
        "\"model\":{\"type\":\"BPE\",\"vocab\":" + vocabulary + ",\"merges\":[" + list + "]}}\n");
  return Tokenizer::from_folder(folder);
}

}  // namespace v1
}  // namespace wick::text
