// Text out of values.
#pragma once

#include <c10/macros/Macros.h>
#include <c10/util/string_utils.h>
#include <wick/core/str.h>

#include <string>

namespace c10 {

/// The items printed with `delimiter` between them.
template <class Container>
std::string Join(const std::string& delimiter, const Container& items) {
  std::ostringstream out;
  bool first = true;
  for (const auto& item : items) {
    if (!first) out << delimiter;
    first = false;
    out << item;
  }
  return out.str();
}

/// Replaces every `from` in `text`, and counts them.
inline size_t ReplaceAll(std::string& text, const std::string& from, const std::string& to) {
  size_t n = 0;
  for (size_t at = 0; !from.empty() && (at = text.find(from, at)) != std::string::npos; at += to.size(), ++n) text.replace(at, from.size(), to);
  return n;
}

}  // namespace c10
