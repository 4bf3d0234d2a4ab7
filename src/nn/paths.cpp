#include "nn/paths.h"

namespace wick::nn {
namespace {

// `*` stands for any text; the last one met is gone back to where a text does not go on.
bool fits(const char* text, const char* pattern) {
  const char *star = nullptr, *from = nullptr;
  while (*text) {
    if (*pattern == '*') star = ++pattern, from = text;
    else if (*pattern == *text) ++pattern, ++text;
    else if (star) pattern = star, text = ++from;
    else return false;
  }
  while (*pattern == '*') ++pattern;
  return !*pattern;
}

}  // namespace

bool path_matches(const std::string& path, const std::string& pattern) {
  for (size_t at = 0;; ++at) {
    if (fits(path.c_str() + at, pattern.c_str())) return true;
    at = path.find('.', at);
    if (at == std::string::npos) return false;
  }
}

}  // namespace wick::nn
