// What the unit tests share.
#pragma once
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>

#include <wick/wick.h>

namespace wick::test {

// The text of the error that `f` throws as an E, or a note that it did not.
template <class E = Error, class F>
std::string error_of(const F& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  } catch (const std::exception& e) {
    return std::string("(another type) ") + e.what();
  }
  return "(no error)";
}

inline testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << '"' << text << "\" lacks \"" << part << '"';
}

// Same type, shape and bytes: NaN equals itself, 0 differs from -0.
inline bool same_bits(const Tensor& x, const Tensor& y) {
  const Tensor l = x.contiguous(), r = y.contiguous();
  return l.scalar_type() == r.scalar_type() && l.sizes() == r.sizes() &&
         (l.numel() == 0 || std::memcmp(l.data_ptr(), r.data_ptr(), l.nbytes()) == 0);
}

// Sets the number of threads for a scope.
class Threads {
 public:
  explicit Threads(int n) : before_(get_num_threads()) { set_num_threads(n); }
  ~Threads() { set_num_threads(before_); }

 private:
  int before_;
};

}  // namespace wick::test
