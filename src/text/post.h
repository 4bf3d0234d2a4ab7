// Post-processors of tokenizer.json: the special tokens around texts; and how texts are cut and filled up.
#pragma once

#include <vector>

#include <wick/text/tokenizer.h>

#include "text/json.h"

namespace wick::text {

struct Post {
  // A piece of a template: the tokens of a text (0 or 1), or a special token.
  struct Piece { int sequence; int64_t type; std::vector<int64_t> ids; std::vector<std::string> tokens; };
  using Template = std::vector<Piece>;
  bool templated = false, trim = false, add_prefix_space = true;
  Template single, pair;

  static Post read(const At& at);
  static Post of_bert(std::string cls, int64_t cls_id, std::string sep, int64_t sep_id);
  static Post of_roberta(std::string cls, int64_t cls_id, std::string sep, int64_t sep_id);
  int64_t added(bool is_pair) const;  // special tokens
  // The texts themselves are for offsets.
  Encoding run(Encoding a, Encoding* b, bool add_special_tokens, std::string_view text, std::string_view pair) const;
};

// `tokens` were counted off for special tokens already. Errors: as in Tokenizer::encode.
void truncate(Encoding& a, Encoding* b, const Truncation& t, int64_t specials, bool overflow);
void pad(Encoding& e, const Padding& p, int64_t length);
int64_t padded_length(const Padding& p, int64_t longest);

}  // namespace wick::text
