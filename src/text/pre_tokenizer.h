// Pre-tokenizers of tokenizer.json: texts split into words.
#pragma once

#include <string>
#include <vector>

#include "text/buffer.h"
#include "text/regex.h"

namespace wick::text {

struct PreTokenizer {
  enum Kind : uint8_t { none, sequence, bert, whitespace, whitespace_split, punctuation, digits, split, delimiter, metaspace, byte_level } kind = none;
  enum Behaviour : uint8_t { removed, isolated, with_previous, with_next, contiguous } behaviour = removed;
  enum Scheme : uint8_t { always, first, never } scheme = always;
  bool invert = false, use_regex = true, add_prefix_space = true, individual = false, splits = true;
  std::string text;  // what metaspaces are, or the delimiter
  Pattern pattern;
  std::vector<PreTokenizer> parts;

  static PreTokenizer read(const At& at);
  void run(Pieces& p) const;
};

// How Metaspace says what it does with the first word.
PreTokenizer::Scheme read_scheme(const At& at);

}  // namespace wick::text
