#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/regex.h"

#include <pcre2.h>

#include <cstring>

#include <wick/core/error.h>

#include "text/unicode.h"

namespace wick::text {
namespace {

// Oniguruma's \s is Unicode's White_Space and \h a hexadecimal digit; PCRE2's are others.
std::string translated(const std::string& e) {
  std::string r;
  for (size_t i = 0; i < e.size(); ++i) {
    if (e[i] != '\\' || i + 1 == e.size()) { r += e[i]; continue; }
    const char c = e[++i];
    if (c == 's') r += "\\p{White_Space}";
    else if (c == 'S') r += "\\P{White_Space}";
    else if (c == 'h') r += "\\p{AHex}";
    else if (c == 'H') r += "\\P{AHex}";
    else (r += '\\') += c;
  }
  return r;
}

}  // namespace

const char* const gpt2_expression = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

namespace {
// Letters, numbers, spaces and all else.
int kind_of(char32_t c) {
  if (c < 128) {
    if ((c | 32) >= 'a' && (c | 32) <= 'z') return 0;
    if (c >= '0' && c <= '9') return 1;
    return c == ' ' || (c >= 9 && c <= 13) ? 2 : 3;
  }
  const uint16_t k = classes(c);
  return k & kLetter ? 0 : k & kNumber ? 1 : k & kSpace ? 2 : 3;
}
size_t contraction(std::string_view s, size_t i, size_t end) {  // of 's 't 'm 'd 're 've 'll at an apostrophe
  if (i + 1 >= end) return 0;
  const char a = s[i + 1], b = i + 2 < end ? s[i + 2] : '\0';
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
  return (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l') ? 3 : 0;
}
}  // namespace

void find_gpt2(std::string_view s, size_t begin, size_t end, std::vector<Match>& to) {
  const auto run = [&](size_t i, int kind) {
    while (i < end) {
      size_t next = i;
      if (kind_of(next_char(s, next)) != kind) break;
      i = next;
    }
    return i;
  };
  for (size_t i = begin; i < end;) {
    const size_t from = i;
    if (s[i] == '\'') {
      if (const size_t n = contraction(s, i, end)) {
        to.push_back({static_cast<uint32_t>(i), static_cast<uint32_t>(i += n)});
        continue;
      }
    }
    size_t next = i;
    int kind = kind_of(next_char(s, next));
    if (s[i] == ' ' && next < end) {  // one space in front of a word belongs to it
      size_t after = next;
      const int k = kind_of(next_char(s, after));
      if (k != 2) kind = k, next = after;
    }
    i = run(next, kind);
    if (kind == 2 && i < end) {  // spaces before a word: the last one stays for it
      size_t last = i - 1;
      while ((s[last] & 0xC0) == 0x80) --last;
      if (last > from) i = last;
    }
    to.push_back({static_cast<uint32_t>(from), static_cast<uint32_t>(i)});
  }
}

Pattern Pattern::literal(std::string text) {
  Pattern p;
  p.text_ = std::move(text);
  return p;
}
Pattern Pattern::regex(const std::string& expression, const std::string& where) {
  Pattern p;
  p.text_ = expression;
  p.kind_ = expression == gpt2_expression ? kGpt2 : kExpression;
  if (p.kind_ == kGpt2) return p;
  int error = 0;
  PCRE2_SIZE place = 0;
  const std::string e = translated(expression);
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(e.data()), e.size(), PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &error, &place, nullptr);
  if (!code) {
    unsigned char text[128] = {};
    pcre2_get_error_message(error, text, sizeof text);
    throw ValueError(where + ": \"" + expression.substr(0, 80) + "\" is no regular expression: " + reinterpret_cast<char*>(text) + " at " + std::to_string(place));
  }
  p.code_ = std::shared_ptr<void>(code, [](void* c) { pcre2_code_free(static_cast<pcre2_code*>(c)); });
  pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return p;
}
Pattern Pattern::read(const At& at) {
  if (at.has("String")) return literal(at.get("String").text());
  if (at.has("Regex")) return regex(at.get("Regex").text(), at.place);
  at.fail("a pattern is {\"String\": …} or {\"Regex\": …}");
}

void Pattern::find(std::string_view s, size_t begin, size_t end, std::vector<Match>& to) const {
  if (kind_ == kGpt2) return find_gpt2(s, begin, end, to);
  const std::string_view part = s.substr(begin, end - begin);
  const auto push = [&](size_t b, size_t e) { to.push_back({static_cast<uint32_t>(begin + b), static_cast<uint32_t>(begin + e)}); };
  if (kind_ == kLiteral) {
    if (text_.empty()) return;
    for (size_t i = part.find(text_); i != std::string_view::npos; i = part.find(text_, i + text_.size())) push(i, i + text_.size());
    return;
  }
  const auto* code = static_cast<const pcre2_code*>(code_.get());
  const std::shared_ptr<pcre2_match_data> data(pcre2_match_data_create_from_pattern(code, nullptr), &pcre2_match_data_free);
  const std::shared_ptr<pcre2_match_context> context(pcre2_match_context_create(nullptr), &pcre2_match_context_free);
  pcre2_set_match_limit(context.get(), 1'000'000);  // against expressions that try for ever
  for (size_t i = 0; i <= part.size();) {
    const auto search = [&](uint32_t how) { return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(part.data()), part.size(), i, PCRE2_NO_UTF_CHECK | how, data.get(), context.get()); };
    int n = search(0);
    if (n == PCRE2_ERROR_JIT_STACKLIMIT) n = search(PCRE2_NO_JIT);
    if (n == PCRE2_ERROR_NOMATCH) return;
    if (n < 0) throw Error("tokenizer: the expression \"" + text_.substr(0, 80) + "\" gives up on a text of " + std::to_string(part.size()) + " bytes (PCRE2 error " + std::to_string(n) + ")");
    const PCRE2_SIZE* o = pcre2_get_ovector_pointer(data.get());
    if (o[1] > o[0]) push(o[0], o[1]), i = o[1];
    else if (o[1] < part.size()) i = o[1] + char_length(part[o[1]]);
    else return;
  }
}

}  // namespace wick::text
