// Regular expressions over UTF-8.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "text/json.h"

namespace wick::text {

struct Match { uint32_t begin, end; };

// What a text is searched for: a literal text, or an expression with the classes of Unicode, as the Split and Replace of tokenizer.json have them.
class Pattern {
 public:
  Pattern() = default;
  static Pattern literal(std::string text);
  // Errors: `ValueError` naming `where` and the place for one that is none.
  static Pattern regex(const std::string& expression, const std::string& where);
  // {"String": …} or {"Regex": …}.
  static Pattern read(const At& at);

  // All matches in s[begin, end), from left to right, without empty ones. Errors: `Error` where the search takes too long.
  void find(std::string_view s, size_t begin, size_t end, std::vector<Match>& to) const;

 private:
  enum Kind : uint8_t { kLiteral, kGpt2, kExpression } kind_ = kLiteral;
  std::string text_;
  std::shared_ptr<void> code_;
};

// The splitting expression of GPT-2.
extern const char* const gpt2_expression;
void find_gpt2(std::string_view s, size_t begin, size_t end, std::vector<Match>& to);

}  // namespace wick::text
