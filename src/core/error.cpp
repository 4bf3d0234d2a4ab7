#include <wick/core/error.h>

#include <wick/core/str.h>

namespace wick::inline v1 {

Error::Error(std::string message) : msg_(std::move(message)), what_(msg_) {}
Error::Error(const Error&) = default;
Error& Error::operator=(const Error&) = default;
Error::~Error() = default;
const char* Error::what() const noexcept { return what_.c_str(); }
void Error::add_context(std::string line) { what_ += "\n" + line; }

namespace detail {
void throw_index(const char* what, int64_t index, int64_t size) {
  throw IndexError(str(what, ": index ", index, " is out of range for ", size, " values"));
}
void throw_error(const char* file, int line, const char* condition, const std::string& message) {
  throw Error(message.empty() ? str("expected ", condition, " to be true, but got false (", file, ":", line, ")") : message);
}
}  // namespace detail

}  // namespace wick::inline v1
