// Models of tokenizer.json: words into tokens.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/json.h"
#include "text/trie.h"
#include "text/vocabulary.h"

namespace wick::text {

struct Token { int32_t id; uint32_t begin, end; };  // bytes of the word

// Words and their tokens, as they were found before. One for each thread.
class Cache {
 public:
  const std::vector<Token>* find(std::string_view word, uint64_t hash) const;
  void put(std::string_view word, uint64_t hash, const Token* tokens, size_t n);

 private:
  struct Entry { uint64_t hash = 0; std::string word; std::vector<Token> tokens; };
  std::vector<Entry> entries_;
};

class Model {
 public:
  virtual ~Model() = default;
  Vocabulary vocabulary;
  std::string unknown;     // the token of what is in no vocabulary; empty: none
  int32_t unknown_id = -1;

  // Appends the tokens of a word. Errors: `Error` where there is something that no token stands for, and none for the unknown.
  void tokens(std::string_view word, std::vector<Token>& to, Cache& cache) const;
  // What a token is called: its own text, or for SentencePiece's unknown ones that of the word.
  virtual bool shows_surface(int32_t) const { return false; }
  virtual const char* kind() const = 0;

  static std::unique_ptr<Model> read(const At& at);
  // From files of older tokenizers. Errors: as for all readers.
  static std::unique_ptr<Model> wordpiece(const std::string& vocabulary_file);
  static std::unique_ptr<Model> byte_pairs(const std::string& vocabulary_file, const std::string& merges_file);

 protected:
  virtual void split(std::string_view word, std::vector<Token>& to) const = 0;
};

}  // namespace wick::text
