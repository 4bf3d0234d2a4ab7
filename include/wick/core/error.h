// Typed errors, and the check that throws them.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <wick/core/config.h>

namespace wick {
inline namespace v1 {

/// Base of all errors that Wick throws. `what()` is one line: the op, the values on both sides and what
/// would be right; lines added by `add_context` (module path, anomaly trace) follow it.
class Error : public std::exception {
 public:
  explicit Error(std::string message);
  Error(const Error&);
  Error& operator=(const Error&);
  ~Error() override;

  /// The whole text, context included.
  const char* what() const noexcept override;
  /// The message alone, without context.
  const std::string& msg() const { return msg_; }
  /// Same as `what()`: Wick's errors carry no stack trace in their text.
  const char* what_without_backtrace() const noexcept { return what(); }
  /// Appends a line that says where the error happened.
  void add_context(std::string line);

 private:
  std::string msg_, what_;
};

/// An index or a dimension is out of range.
class IndexError : public Error { public: using Error::Error; };
/// A dtype or the kind of an argument does not fit.
class TypeError : public Error { public: using Error::Error; };
/// An argument has the right type and a wrong value.
class ValueError : public Error { public: using Error::Error; };
/// The operation exists and not for these arguments (dtype, device, layout, derivative).
class NotImplementedError : public Error { public: using Error::Error; };
/// Memory could not be had; names the request and what holds memory now.
class OutOfMemoryError : public Error { public: using Error::Error; };
/// A factorisation failed (singular or indefinite input, no convergence).
class LinAlgError : public Error { public: using Error::Error; };

namespace detail {
// Text of anything that `operator<<` prints is made by `str` in <wick/core/str.h>; checks with string
// arguments alone need no stream header.
[[noreturn]] void throw_index(const char* what, int64_t index, int64_t size);
[[noreturn]] void throw_error(const char* file, int line, const char* condition, const std::string& message);
}  // namespace detail

}  // namespace v1
}  // namespace wick
