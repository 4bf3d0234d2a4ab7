// c10's errors (Wick's own), checks and warnings.
#pragma once

#include <c10/macros/Macros.h>
#include <c10/util/StringUtil.h>
#include <wick/core/warning.h>

#include <cstdint>
#include <cstdio>
#include <ostream>
#include <string>

namespace c10 {
/// Place of a check in the source.
struct SourceLocation {
  const char* function;
  const char* file;
  uint32_t line;
};
inline std::ostream& operator<<(std::ostream& out, const SourceLocation& loc) {
  return out << loc.function << " at " << loc.file << ":" << loc.line;
}

/// Errors that Wick itself never throws.
class EnforceFiniteError : public Error { public: using Error::Error; };
class OnnxfiBackendSystemError : public Error { public: using Error::Error; };
class BufferError : public Error { public: using Error::Error; };
class DistError : public Error { public: using Error::Error; };

/// Where TORCH_WARN goes: standard error, or a handler of the program's.
class WarningHandler;
class Warning {
 public:
  Warning(SourceLocation where, std::string message) : where_(where), message_(std::move(message)) {}
  const SourceLocation& source_location() const { return where_; }
  const std::string& msg() const { return message_; }

 private:
  SourceLocation where_;
  std::string message_;
};
class WarningHandler {
 public:
  virtual ~WarningHandler() = default;
  virtual void process(const Warning& warning) {
    const auto& w = warning.source_location();
    std::fprintf(stderr, "[W %s:%u] Warning: %s (function %s)\n", w.file, static_cast<unsigned>(w.line), warning.msg().c_str(), w.function);
  }
};
namespace WarningUtils {
inline WarningHandler*& current_handler() {
  static WarningHandler standard;
  thread_local WarningHandler* handler = &standard;
  return handler;
}
inline WarningHandler* get_warning_handler() noexcept { return current_handler(); }
inline void set_warning_handler(WarningHandler* handler) noexcept {
  current_handler() = handler;
  ::wick::set_warning_handler([](const std::string& text) { current_handler()->process(Warning({"wick", __FILE__, 0}, text)); });
}
inline bool& warn_always() {
  static bool always = false;
  return always;
}
inline bool get_warnAlways() noexcept { return warn_always(); }
inline void set_warnAlways(bool setting) noexcept { warn_always() = setting; }
class WarningHandlerGuard {
 public:
  explicit WarningHandlerGuard(WarningHandler* handler) : before_(get_warning_handler()) { set_warning_handler(handler); }
  ~WarningHandlerGuard() { set_warning_handler(before_); }
  C10_DISABLE_COPY_AND_ASSIGN(WarningHandlerGuard);

 private:
  WarningHandler* before_;
};
}  // namespace WarningUtils
inline void warn(const Warning& warning) { WarningUtils::get_warning_handler()->process(warning); }

namespace detail {
inline std::string check_message(const char* standard) { return standard; }
template <class... Args>
std::string check_message(const char*, const Args&... args) { return ::wick::str(args...); }
template <class... Args>
std::string assert_message(const char* condition, const char* file, int line, const Args&... args) {
  return ::wick::str(condition, " INTERNAL ASSERT FAILED at ", '"', file, '"', ":", line, ", please report a bug to PyTorch. ", args...);
}
// Gathers text and throws it at the end of the statement.
class CheckFailed {
 public:
  struct Ignore {
    void operator&(std::ostream&) const {}
  };
  explicit CheckFailed(const char* start) { out_ << start; }
  ~CheckFailed() noexcept(false) { throw Error(out_.str()); }
  std::ostream& stream() { return out_; }

 private:
  std::ostringstream out_;
};
}  // namespace detail
}  // namespace c10

#define TORCH_CHECK_MSG(cond, type, ...)                                                     \
  (::c10::detail::check_message("Expected " #cond " to be true, but got false.  "            \
                                "(Could this error message be improved?  If so, "            \
                                "please report an enhancement request to PyTorch.)" , ##__VA_ARGS__))
#define TORCH_CHECK_WITH_MSG(error_t, cond, type, ...) \
  if (C10_LIKELY(cond)) {} else throw ::c10::error_t(TORCH_CHECK_MSG(cond, type, ##__VA_ARGS__))  /* leaves an `else` of the program's to the program's `if` */
#define TORCH_CHECK_WITH(error_t, cond, ...) TORCH_CHECK_WITH_MSG(error_t, cond, "", ##__VA_ARGS__)

/// Throws an Error with the printed arguments unless `cond` holds; the forms below throw its kinds.
#define TORCH_CHECK(cond, ...) TORCH_CHECK_WITH(Error, cond, ##__VA_ARGS__)
#define TORCH_CHECK_INDEX(cond, ...) TORCH_CHECK_WITH(IndexError, cond, ##__VA_ARGS__)
#define TORCH_CHECK_VALUE(cond, ...) TORCH_CHECK_WITH(ValueError, cond, ##__VA_ARGS__)
#define TORCH_CHECK_TYPE(cond, ...) TORCH_CHECK_WITH(TypeError, cond, ##__VA_ARGS__)
#define TORCH_CHECK_LINALG(cond, ...) TORCH_CHECK_WITH(LinAlgError, cond, ##__VA_ARGS__)
#define TORCH_CHECK_NOT_IMPLEMENTED(cond, ...) TORCH_CHECK_WITH(NotImplementedError, cond, ##__VA_ARGS__)
#define TORCH_CHECK_BUFFER(cond, ...) TORCH_CHECK_WITH(BufferError, cond, ##__VA_ARGS__)
#define TORCH_CHECK_ARG(cond, argN, ...) TORCH_CHECK(cond, "invalid argument ", argN, ": ", __VA_ARGS__)
#define TORCH_CHECK_IF_NOT_ON_CUDA(cond, ...) TORCH_CHECK(cond, ##__VA_ARGS__)
#define C10_THROW_ERROR(err_type, msg) throw ::c10::err_type(msg)
#define AT_ERROR(...) \
  do { TORCH_CHECK(false, ::c10::str(__VA_ARGS__)); } while (false)
/// Adds a line to the caught error `e` and throws it on.
#define TORCH_RETHROW(e, ...)               \
  do {                                      \
    e.add_context(::c10::str(__VA_ARGS__)); \
    throw;                                  \
  } while (false)
#define AT_INDEX_ERROR(...) TORCH_CHECK_INDEX(false, ::c10::str(__VA_ARGS__))
#define AT_CHECK(cond, ...) TORCH_CHECK(cond, ##__VA_ARGS__)

/// For what can only fail through a bug.
#define TORCH_INTERNAL_ASSERT(cond, ...) \
  if (C10_UNLIKELY(!(cond))) throw ::c10::Error(::c10::detail::assert_message(#cond, __FILE__, __LINE__, ##__VA_ARGS__))
#ifdef NDEBUG
#define TORCH_INTERNAL_ASSERT_DEBUG_ONLY(...) while (false) TORCH_INTERNAL_ASSERT(__VA_ARGS__)
#else
#define TORCH_INTERNAL_ASSERT_DEBUG_ONLY(...) TORCH_INTERNAL_ASSERT(__VA_ARGS__)
#endif
#define AT_ASSERT(...) \
  do { TORCH_INTERNAL_ASSERT(__VA_ARGS__); } while (false)
#define AT_ASSERTM(cond, ...) \
  do { TORCH_INTERNAL_ASSERT(cond, __VA_ARGS__); } while (false)

/// Comparisons that print both sides; more text may follow: `TORCH_CHECK_EQ(n, 3) << "channels"`.
#define TORCH_CHECK_OP(val1, val2, op)                                                  \
  ((val1)op(val2)) ? static_cast<void>(0)                                               \
                   : ::c10::detail::CheckFailed::Ignore() &                             \
                         ::c10::detail::CheckFailed("Check failed: ").stream() << #val1 " " #op " " #val2 " (" << (val1) << " vs. " << (val2) << "). "
#define TORCH_CHECK_EQ(val1, val2) TORCH_CHECK_OP(val1, val2, ==)
#define TORCH_CHECK_NE(val1, val2) TORCH_CHECK_OP(val1, val2, !=)
#define TORCH_CHECK_LE(val1, val2) TORCH_CHECK_OP(val1, val2, <=)
#define TORCH_CHECK_LT(val1, val2) TORCH_CHECK_OP(val1, val2, <)
#define TORCH_CHECK_GE(val1, val2) TORCH_CHECK_OP(val1, val2, >=)
#define TORCH_CHECK_GT(val1, val2) TORCH_CHECK_OP(val1, val2, >)
#ifdef NDEBUG
#define TORCH_DCHECK_OP(val1, val2, op) while (false) TORCH_CHECK_OP(val1, val2, op)
#else
#define TORCH_DCHECK_OP(val1, val2, op) TORCH_CHECK_OP(val1, val2, op)
#endif
#define TORCH_DCHECK_EQ(val1, val2) TORCH_DCHECK_OP(val1, val2, ==)
#define TORCH_DCHECK_NE(val1, val2) TORCH_DCHECK_OP(val1, val2, !=)
#define TORCH_DCHECK_LE(val1, val2) TORCH_DCHECK_OP(val1, val2, <=)
#define TORCH_DCHECK_LT(val1, val2) TORCH_DCHECK_OP(val1, val2, <)
#define TORCH_DCHECK_GE(val1, val2) TORCH_DCHECK_OP(val1, val2, >=)
#define TORCH_DCHECK_GT(val1, val2) TORCH_DCHECK_OP(val1, val2, >)
#define TORCH_CHECK_NOTNULL(val) \
  ([](auto&& p) -> decltype(auto) { TORCH_CHECK(p != nullptr, "Check notnull failed: '" #val "' Must be non NULL"); return static_cast<decltype(p)>(p); }(val))

/// Warnings: one line on standard error, each time or once.
#define TORCH_WARN(...) \
  ::c10::warn(::c10::Warning({__func__, __FILE__, static_cast<uint32_t>(__LINE__)}, ::c10::str(__VA_ARGS__)));
#define TORCH_WARN_DEPRECATION(...) TORCH_WARN(__VA_ARGS__)
#define TORCH_WARN_ONCE(...)                                                                       \
  if (::c10::WarningUtils::get_warnAlways()) {                                                     \
    TORCH_WARN(__VA_ARGS__)                                                                        \
  } else {                                                                                         \
    [[maybe_unused]] static const bool C10_ANONYMOUS_VARIABLE(torch_warn_once_) = [&] {            \
      TORCH_WARN(__VA_ARGS__)                                                                      \
      return true;                                                                                 \
    }();                                                                                           \
  }
#define AT_WARN(...) TORCH_WARN(__VA_ARGS__)

namespace c10 {
using EnforceNotMet = Error;
}
#define CAFFE_ENFORCE(cond, ...) TORCH_CHECK(cond, ##__VA_ARGS__)

namespace c10::detail {
template <class Compare, class A, class B, class... Args>
void enforce(const char* condition, const Compare& compare, const A& a, const B& b, const Args&... message) {
  if (!compare(a, b)) throw Error(::wick::str("[enforce fail] ", condition, ". ", a, " vs ", b, ::wick::str(message...).empty() ? "" : ". ", message...));
}
}  // namespace c10::detail
#define CAFFE_ENFORCE_THAT_IMPL(compare, op, lhs, rhs, expr, ...) \
  ::c10::detail::enforce(expr, [](const auto& a, const auto& b) { return static_cast<bool>(compare); }, lhs, rhs, ##__VA_ARGS__)
#define CAFFE_ENFORCE_THAT(compare, op, lhs, rhs, ...) ::c10::detail::enforce(#lhs " " #op " " #rhs, compare, lhs, rhs, ##__VA_ARGS__)
#define CAFFE_ENFORCE_EQ(x, y, ...) CAFFE_ENFORCE_THAT_IMPL(a == b, ==, x, y, #x " == " #y, ##__VA_ARGS__)
#define CAFFE_ENFORCE_NE(x, y, ...) CAFFE_ENFORCE_THAT_IMPL(a != b, !=, x, y, #x " != " #y, ##__VA_ARGS__)
#define CAFFE_ENFORCE_LE(x, y, ...) CAFFE_ENFORCE_THAT_IMPL(a <= b, <=, x, y, #x " <= " #y, ##__VA_ARGS__)
#define CAFFE_ENFORCE_LT(x, y, ...) CAFFE_ENFORCE_THAT_IMPL(a < b, <, x, y, #x " < " #y, ##__VA_ARGS__)
#define CAFFE_ENFORCE_GE(x, y, ...) CAFFE_ENFORCE_THAT_IMPL(a >= b, >=, x, y, #x " >= " #y, ##__VA_ARGS__)
#define CAFFE_ENFORCE_GT(x, y, ...) CAFFE_ENFORCE_THAT_IMPL(a > b, >, x, y, #x " > " #y, ##__VA_ARGS__)
#define CAFFE_ENFORCE_EQ_WITH_CALLER(x, y, ...) CAFFE_ENFORCE_EQ(x, y, ##__VA_ARGS__)
#define CAFFE_THROW(...) AT_ERROR(__VA_ARGS__)
