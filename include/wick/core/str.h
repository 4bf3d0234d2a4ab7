// Text out of values, and WICK_CHECK.
#pragma once

#include <sstream>
#include <string>

#include <wick/core/error.h>

namespace wick {
inline namespace v1 {

/// The arguments printed one after the other with `operator<<`. `str()` is empty.
template <class... Args>
std::string str(const Args&... args) {
  std::ostringstream out;
  ((out << args), ...);
  return out.str();
}
inline std::string str(const std::string& s) { return s; }
inline std::string str(const char* s) { return s; }
inline std::string str() { return {}; }

}  // namespace v1
}  // namespace wick

/// Throws `wick::TYPE` with the printed arguments when `condition` is false:
/// `WICK_CHECK_TYPE(ValueError, p < 1, "dropout: p must be below 1, got ", p)`.
#define WICK_CHECK_TYPE(TYPE, condition, ...)                                   \
  do {                                                                          \
    if (__builtin_expect(!(condition), 0)) throw ::wick::TYPE(::wick::str(__VA_ARGS__)); \
  } while (0)

/// Throws `wick::Error` with the printed arguments when `condition` is false.
#define WICK_CHECK(condition, ...) WICK_CHECK_TYPE(Error, condition, __VA_ARGS__)
