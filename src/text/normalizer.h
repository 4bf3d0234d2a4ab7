// Normalizers of tokenizer.json: texts made uniform.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "text/buffer.h"
#include "text/regex.h"

namespace wick::text {

// The tables of SentencePiece's normalizer: a trie of bytes and what stands for what.
struct Charsmap {
  std::vector<uint32_t> trie;
  std::string texts;
  // What stands for `s`, null-terminated, or null.
  const char* find(std::string_view s) const;
};

struct Normalizer {
  enum Kind : uint8_t { none, sequence, bert, nfc, nfd, nfkc, nfkd, lowercase, strip_accents, strip, replace, prepend, nmt, precompiled, byte_level } kind = none;
  bool clean = false, chinese = false, accents = false, lower = false;  // of bert; clean and chinese are the sides of strip
  std::string content;
  Pattern pattern;
  std::shared_ptr<const Charsmap> map;
  std::vector<Normalizer> parts;

  static Normalizer read(const At& at);
  static Normalizer of_bert(bool lower, bool chinese, bool accents, bool clean = true);
  Text run(Text t) const;
};

// Each byte as the printable character that stands for it in GPT-2's vocabulary.
Text byte_characters(const Text& t);
char32_t byte_character(unsigned char byte);
int byte_of(char32_t c);  // -1: none

}  // namespace wick::text
