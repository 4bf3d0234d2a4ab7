#include <wick/text/tokenizer.h>

#include <algorithm>
#include <cstring>

#include <wick/core/error.h>
#include <wick/core/parallel.h>
#include <wick/ops.h>

#include "text/state.h"
#include "text/unicode.h"

namespace wick::text {
inline namespace v1 {
namespace {

using detail::Scratch;
using detail::TokenizerState;

// Memory that goes back when it is done with.
class Borrowed {
 public:
  explicit Borrowed(const TokenizerState& state) : state_(state), scratch_(state.borrow()) {}
  ~Borrowed() { state_.give_back(std::move(scratch_)); }
  Scratch& operator*() { return *scratch_; }

 private:
  const TokenizerState& state_;
  std::unique_ptr<Scratch> scratch_;
};

Encoding encode_one(const TokenizerState& state, std::string_view text, int64_t type) {
  Borrowed borrowed(state);
  Scratch& scratch = *borrowed;
  const Pieces p = state.pieces(text);
  Encoding e;
  const size_t room = p.splits.size() + p.splits.size() / 3 + 8;
  for (auto* list : {&e.ids, &e.word_ids}) list->reserve(room);
  e.tokens.reserve(room);
  e.offsets.reserve(room);
  const auto push = [&](int64_t id, std::string_view token, size_t b, size_t end, size_t word) {
    const Span span = p.text.range(b, end);
    e.ids.push_back(id);
    e.word_ids.push_back(static_cast<int64_t>(word));
    e.tokens.emplace_back(token);
    e.offsets.emplace_back(span.begin, span.end);
  };
  for (size_t w = 0; w < p.splits.size(); ++w) {
    const Split& s = p.splits[w];
    const std::string_view word = std::string_view(p.text.s).substr(s.begin, s.end - s.begin);
    if (s.token >= 0) {
      push(s.token, word, s.begin, s.end, w);
      continue;
    }
    scratch.tokens.clear();
    state.model->tokens(word, scratch.tokens, scratch.cache);
    for (const Token& t : scratch.tokens)
      push(t.id, state.model->shows_surface(t.id) ? word.substr(t.begin, t.end - t.begin) : state.model->vocabulary.text(t.id), s.begin + t.begin, s.begin + t.end, w);
  }
  e.type_ids.assign(e.size(), type);
  e.attention_mask.assign(e.size(), 1);
  e.special_tokens_mask.assign(e.size(), 0);
  e.sequence_ids.assign(e.size(), type);
  return e;
}

// Lists of rows as one tensor.
template <class Get>
Tensor stack(const std::vector<const Encoding*>& rows, size_t width, const Get& get) {
  const Tensor t = empty({static_cast<int64_t>(rows.size()), static_cast<int64_t>(width)}, kLong);
  auto* to = t.data_ptr<int64_t>();
  for (const Encoding* e : rows) to = std::copy(get(*e).begin(), get(*e).end(), to);
  return t;
}

}  // namespace

Tokenizer::Tokenizer(std::shared_ptr<const TokenizerState> state) : state_(std::move(state)), truncation_(state_->truncation), padding_(state_->padding) {}

const TokenizerState& Tokenizer::state() const {
  if (!state_) throw Error("tokenizer: there is none yet; Tokenizer::from_file and from_folder read one");
  return *state_;
}

Encoding Tokenizer::encode(const std::string& text, const std::string* pair, const EncodeOptions& o) const {
  const TokenizerState& s = state();
  Encoding a = encode_one(s, text, 0), b;
  if (pair) b = encode_one(s, *pair, 1);
  const std::optional<Truncation>& t = o.truncation() ? o.truncation() : truncation_;
  if (t) truncate(a, pair ? &b : nullptr, *t, o.add_special_tokens() ? s.post.added(pair) : 0, o.overflow());
  const int64_t cut = a.cut + (pair ? b.cut : 0);
  Encoding e = s.post.run(std::move(a), pair ? &b : nullptr, o.add_special_tokens(), text, pair ? std::string_view(*pair) : std::string_view());
  e.cut = cut;
  return e;
}
Encoding Tokenizer::encode(const std::string& text, const EncodeOptions& o) const {
  Encoding e = encode(text, nullptr, o);
  if (const auto& p = o.padding() ? o.padding() : padding_) pad(e, *p, padded_length(*p, static_cast<int64_t>(e.size())));
  return e;
}
Encoding Tokenizer::encode(const std::string& text, const std::string& pair, const EncodeOptions& o) const {
  Encoding e = encode(text, &pair, o);
  if (const auto& p = o.padding() ? o.padding() : padding_) pad(e, *p, padded_length(*p, static_cast<int64_t>(e.size())));
  return e;
}

std::vector<int64_t> Tokenizer::ids(const std::string& text, bool add_special_tokens) const {
  const TokenizerState& s = state();
  Borrowed borrowed(s);
  Scratch& scratch = *borrowed;
  const Pieces p = s.pieces(text);
  scratch.tokens.clear();
  for (const Split& part : p.splits) {
    if (part.token >= 0) scratch.tokens.push_back({part.token, 0, 0});
    else s.model->tokens(std::string_view(p.text.s).substr(part.begin, part.end - part.begin), scratch.tokens, scratch.cache);
  }
  std::vector<int64_t> r;
  r.reserve(scratch.tokens.size() + 2);
  const auto put_all = [&] { for (const Token& t : scratch.tokens) r.push_back(t.id); };
  if (!s.post.templated) return put_all(), r;
  for (const Post::Piece& piece : s.post.single) {
    if (piece.sequence >= 0) put_all();
    else if (add_special_tokens) r.insert(r.end(), piece.ids.begin(), piece.ids.end());
  }
  return r;
}

Batch Tokenizer::batch(const std::vector<std::string>& texts, const std::vector<std::string>* pairs, const EncodeOptions& o) const {
  if (pairs && pairs->size() != texts.size()) throw ValueError("tokenizer: " + std::to_string(texts.size()) + " texts and " + std::to_string(pairs->size()) + " for pairs");
  std::vector<Encoding> found(texts.size());
  parallel_for(0, static_cast<int64_t>(texts.size()), 8, [&](int64_t b, int64_t e) {
    for (auto i = static_cast<size_t>(b); i < static_cast<size_t>(e); ++i) found[i] = encode(texts[i], pairs ? &(*pairs)[i] : nullptr, o);
  });
  Batch r;
  for (size_t i = 0; i < found.size(); ++i) {
    r.cut_texts += found[i].cut > 0;
    r.cut_tokens += found[i].cut;
    std::vector<Encoding> rest = std::move(found[i].overflow);
    found[i].overflow.clear();
    r.encodings.push_back(std::move(found[i]));
    for (Encoding& e : rest) e.overflow.clear(), r.encodings.push_back(std::move(e));
    r.source.resize(r.encodings.size(), static_cast<int64_t>(i));
  }
  Padding p = o.padding() ? *o.padding() : padding_ ? *padding_ : Padding();
  if (!o.padding() && !padding_)
    if (const auto id = pad_id()) p.id(*id).token(id_to_token(*id));
  size_t longest = 0;
  for (const Encoding& e : r.encodings) longest = std::max(longest, e.size());
  const int64_t length = padded_length(p, static_cast<int64_t>(longest));
  std::vector<const Encoding*> rows;
  for (Encoding& e : r.encodings) {
    if (static_cast<int64_t>(e.size()) > length)
      throw ValueError("tokenizer: a text of " + std::to_string(e.size()) + " tokens does not fit the padding to " + std::to_string(length) + "; truncation to that length would cut it");
    pad(e, p, length);
    rows.push_back(&e);
  }
  const size_t width = rows.empty() ? 0 : rows[0]->size();
  r.input_ids = stack(rows, width, [](const Encoding& e) -> const std::vector<int64_t>& { return e.ids; });
  r.token_type_ids = stack(rows, width, [](const Encoding& e) -> const std::vector<int64_t>& { return e.type_ids; });
  r.attention_mask = stack(rows, width, [](const Encoding& e) -> const std::vector<int64_t>& { return e.attention_mask; });
  r.special_tokens_mask = stack(rows, width, [](const Encoding& e) -> const std::vector<int64_t>& { return e.special_tokens_mask; });
  return r;
}
Batch Tokenizer::encode_batch(const std::vector<std::string>& texts, const EncodeOptions& o) const { return batch(texts, nullptr, o); }
Batch Tokenizer::encode_batch(const std::vector<std::string>& texts, const std::vector<std::string>& pairs, const EncodeOptions& o) const { return batch(texts, &pairs, o); }

std::string Tokenizer::decode(const std::vector<int64_t>& ids, bool skip_special_tokens) const {
  const TokenizerState& s = state();
  std::vector<std::string> tokens;
  for (const int64_t id : ids) {
    if (id < 0) throw IndexError("decode: no token has the number " + std::to_string(id));
    if (!s.has(id)) continue;
    const Added* a = s.added.find(id);
    if (!(skip_special_tokens && a && a->special)) tokens.emplace_back(s.text_of(id));
  }
  if (s.decodes) tokens = s.decoder.run(std::move(tokens));
  std::string r;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (i > 0 && !s.decodes) r += ' ';
    r += tokens[i];
  }
  return r;
}

int64_t Tokenizer::vocabulary_size() const { return state().size(); }
std::optional<int64_t> Tokenizer::token_to_id(const std::string& token) const {
  const int32_t id = state().find(token);
  return id < 0 ? std::nullopt : std::optional<int64_t>(id);
}
std::string Tokenizer::id_to_token(int64_t id) const { return std::string(state().text_of(id)); }
std::string Tokenizer::kind() const { return state().model->kind(); }

std::optional<int64_t> Tokenizer::role(size_t which) const {
  static constexpr const char* usual[][2] = {{"[PAD]", "<pad>"}, {"[MASK]", "<mask>"}, {"[CLS]", "<s>"}, {"[SEP]", "</s>"}, {"<s>", "<|endoftext|>"}, {"</s>", "<|endoftext|>"}};
  if (which < roles_.size() && roles_[which]) return roles_[which];
  for (const char* token : usual[which])
    if (const auto id = token_to_id(token)) return id;
  return std::nullopt;
}
std::optional<int64_t> Tokenizer::pad_id() const { return role(0); }
std::optional<int64_t> Tokenizer::mask_id() const { return role(1); }
std::optional<int64_t> Tokenizer::cls_id() const { return role(2); }
std::optional<int64_t> Tokenizer::sep_id() const { return role(3); }
std::optional<int64_t> Tokenizer::bos_id() const { return role(4); }
std::optional<int64_t> Tokenizer::eos_id() const { return role(5); }

}  // namespace v1
}  // namespace wick::text
