// What a tokenizer is made of.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "text/decoder.h"
#include "text/model.h"
#include "text/normalizer.h"
#include "text/post.h"
#include "text/pre_tokenizer.h"

namespace wick::text {

// A token that is looked for in texts before they are split.
struct Added {
  int32_t id = -1;
  std::string content;
  bool single_word = false, lstrip = false, rstrip = false, normalized = true, special = false;
};

class AddedTokens {
 public:
  void add(Added a);
  void finish(const Normalizer& n);  // when all are there
  const std::vector<Added>& all() const { return all_; }
  const Added* find(int64_t id) const;
  const Added* find(const std::string& content) const;
  int64_t limit() const { return limit_; }
  // Splits what is no token yet at those that are looked for before normalisation, or after it.
  void split(Pieces& p, bool normalized) const;

 private:
  struct Finder {
    Trie trie;
    bool first[256] = {};
  };
  Finder before_, after_;
  std::vector<Added> all_;
  std::unordered_map<int64_t, size_t> by_id_;
  std::unordered_map<std::string, size_t> by_text_;
  int64_t limit_ = 0;
};

inline namespace v1 {
namespace detail {

// Memory of a thread.
struct Scratch {
  Cache cache;
  std::vector<Token> tokens;
};

struct TokenizerState {
  Normalizer normalizer;
  PreTokenizer pre;
  std::unique_ptr<Model> model;
  Post post;
  bool decodes = false;
  Decoder decoder;
  AddedTokens added;
  std::optional<Truncation> truncation;
  std::optional<Padding> padding;

  // The words of a text; tokens of all of them, by `f(split, tokens of it, how many, number of the word)`.
  Pieces pieces(std::string_view text) const;
  int32_t find(const std::string& token) const;
  std::string_view text_of(int64_t id) const;  // Errors: IndexError.
  bool has(int64_t id) const { return added.find(id) || model->vocabulary.has(id); }
  int64_t size() const { return std::max(added.limit(), static_cast<int64_t>(model->vocabulary.limit())); }

  std::unique_ptr<Scratch> borrow() const;
  void give_back(std::unique_ptr<Scratch> s) const;

 private:
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<Scratch>> pool_;
};

}  // namespace detail
}  // namespace v1

}  // namespace wick::text
