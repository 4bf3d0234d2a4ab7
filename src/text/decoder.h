// Decoders of tokenizer.json: tokens back into a text.
#pragma once

#include <string>
#include <vector>

#include "text/regex.h"

namespace wick::text {

struct Decoder {
  enum Kind : uint8_t { none, sequence, wordpiece, byte_level, metaspace, bpe, fuse, byte_fallback, replace, strip } kind = none;
  bool cleanup = true, prefixed = true;
  std::string text, content;
  int64_t start = 0, stop = 0;
  Pattern pattern;
  std::vector<Decoder> parts;

  static Decoder read(const At& at);
  std::vector<std::string> run(std::vector<std::string> tokens) const;
};

}  // namespace wick::text
