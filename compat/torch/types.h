// libtorch's namespaces and core types over Wick.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <iostream>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <wick/autograd.h>
#include <wick/core/ivalue.h>
#include <wick/core/memory.h>
#include <wick/core/parallel.h>
#include <wick/core/str.h>
#include <wick/indexing.h>
#include <wick/ops.h>

// Each level pulls in the inline namespace of Wick's level only, so that a name never stands for two things. Users may
// reopen all of them.
namespace c10 {
using namespace ::wick::v1;
template <class T> using complex = std::complex<T>;
template <class T> using optional = std::optional<T>;
using std::make_optional;
using std::nullopt;
using std::nullopt_t;
using string_view = std::string_view;
using SymInt = int64_t;
using SymIntArrayRef = ::wick::IntArrayRef;
template <class T> using List = std::vector<T>;
template <class T, size_t N = 4> using SmallVector = std::vector<T>;
template <class T> struct CppTypeToScalarType : ::wick::CppTypeToScalarType<T> {};

/// Integers from 0, or from `begin`, below `end`, for range loops.
template <class I>
class integer_range {
 public:
  struct iterator {
    using iterator_category = std::input_iterator_tag;
    using value_type = I;
    using difference_type = std::ptrdiff_t;
    using pointer = I*;
    using reference = I&;
    I value;
    I operator*() const { return value; }
    iterator& operator++() { ++value; return *this; }
    iterator operator++(int) { iterator old = *this; ++value; return old; }
    bool operator==(const iterator& o) const { return value == o.value; }
    bool operator!=(const iterator& o) const { return value != o.value; }
  };
  integer_range(I begin, I end) : begin_{begin}, end_{end < begin ? begin : end} {}
  iterator begin() const { return begin_; }
  iterator end() const { return end_; }

 private:
  iterator begin_, end_;
};
template <class I> integer_range<I> irange(I end) { return {I(0), end}; }
template <class A, class B> integer_range<B> irange(A begin, B end) { return {static_cast<B>(begin), end}; }

namespace impl {
using namespace ::wick::v1;
}
namespace detail {
using namespace ::wick::v1::detail;
}
}  // namespace c10

namespace at {
using namespace ::wick::v1;
using c10::SymInt;
namespace indexing {
using namespace ::wick::indexing::v1;
}
namespace detail {
using namespace ::wick::v1::detail;
inline ::wick::Generator createCPUGenerator(uint64_t seed = 67280421310721ULL) { return ::wick::make_generator(seed); }
inline const ::wick::Generator& getDefaultCPUGenerator() { return ::wick::default_generator(); }
}  // namespace detail
/// Names the CPU's generator in `make_generator<CPUGeneratorImpl>(seed)`.
struct CPUGeneratorImpl {};
template <class Impl, class... Args>
::wick::Generator make_generator(Args... args) { return ::wick::make_generator(static_cast<uint64_t>(args)...); }
template <class T> struct DefaultPtrTraits { using PtrType = T*; };
inline int64_t divup(int64_t x, int64_t y) { return (x + y - 1) / y; }
namespace internal { constexpr int64_t GRAIN_SIZE = 32768; }

/// The process-wide switches that CPU programs touch.
class Context {
 public:
  bool deterministicAlgorithms() const { return true; }
  void setDeterministicAlgorithms(bool, bool = false) {}
  void setBenchmarkCuDNN(bool) {}
  void setDeterministicCuDNN(bool) {}
  void setAllowTF32CuBLAS(bool) {}
  bool hasCUDA() const { return false; }
  bool hasMKL() const { return false; }
  const ::wick::Generator& defaultGenerator(::wick::Device) const { return ::wick::default_generator(); }
};
inline Context& globalContext() { static Context c; return c; }
inline bool hasCUDA() { return false; }
}  // namespace at

namespace caffe2 {
using ::wick::TypeMeta;
}

namespace torch {
using namespace ::wick::v1;
using at::DefaultPtrTraits;
using at::make_generator;
using c10::List;
using c10::SymInt;
using std::nullopt;
template <class T> using optional = std::optional<T>;
namespace indexing {
using namespace ::wick::indexing::v1;
}
namespace autograd {
using namespace ::wick::autograd::v1;
}
namespace cuda {
inline bool is_available() { return false; }
inline bool cudnn_is_available() { return false; }
inline size_t device_count() { return 0; }
inline void manual_seed(uint64_t) {}
inline void manual_seed_all(uint64_t) {}
inline void synchronize(int64_t = -1) {}
}  // namespace cuda
namespace mps {
inline bool is_available() { return false; }
}
}  // namespace torch

// Checks, warnings and helpers that programs use as macros.
#define WICK_COMPAT_CHECK(TYPE, cond, ...)                                                                                         \
  do {                                                                                                                             \
    if (__builtin_expect(!(cond), 0)) {                                                                                            \
      std::string wick_text = ::wick::str(__VA_ARGS__);                                                                            \
      throw ::wick::TYPE(wick_text.empty() ? std::string("Expected " #cond " to be true, but got false.") : wick_text);           \
    }                                                                                                                              \
  } while (0)
#define TORCH_CHECK(cond, ...) WICK_COMPAT_CHECK(Error, cond, ##__VA_ARGS__)
#define TORCH_CHECK_INDEX(cond, ...) WICK_COMPAT_CHECK(IndexError, cond, ##__VA_ARGS__)
#define TORCH_CHECK_VALUE(cond, ...) WICK_COMPAT_CHECK(ValueError, cond, ##__VA_ARGS__)
#define TORCH_CHECK_TYPE(cond, ...) WICK_COMPAT_CHECK(TypeError, cond, ##__VA_ARGS__)
#define TORCH_CHECK_LINALG(cond, ...) WICK_COMPAT_CHECK(LinAlgError, cond, ##__VA_ARGS__)
#define TORCH_CHECK_NOT_IMPLEMENTED(cond, ...) WICK_COMPAT_CHECK(NotImplementedError, cond, ##__VA_ARGS__)
#define TORCH_INTERNAL_ASSERT(cond, ...) WICK_COMPAT_CHECK(Error, cond, #cond " INTERNAL ASSERT FAILED. ", ##__VA_ARGS__)
#define TORCH_INTERNAL_ASSERT_DEBUG_ONLY(...) ((void)0)
#define TORCH_CHECK_EQ(a, b) TORCH_CHECK((a) == (b), "Check failed: " #a " == " #b " (", (a), " vs. ", (b), "). ")
#define TORCH_CHECK_NE(a, b) TORCH_CHECK((a) != (b), "Check failed: " #a " != " #b " (", (a), " vs. ", (b), "). ")
#define TORCH_CHECK_LT(a, b) TORCH_CHECK((a) < (b), "Check failed: " #a " < " #b " (", (a), " vs. ", (b), "). ")
#define TORCH_CHECK_LE(a, b) TORCH_CHECK((a) <= (b), "Check failed: " #a " <= " #b " (", (a), " vs. ", (b), "). ")
#define TORCH_CHECK_GT(a, b) TORCH_CHECK((a) > (b), "Check failed: " #a " > " #b " (", (a), " vs. ", (b), "). ")
#define TORCH_CHECK_GE(a, b) TORCH_CHECK((a) >= (b), "Check failed: " #a " >= " #b " (", (a), " vs. ", (b), "). ")
#define TORCH_WARN(...) (std::cerr << "Warning: " << ::wick::str(__VA_ARGS__) << "\n")
#define TORCH_WARN_ONCE(...)                                                                   \
  do {                                                                                         \
    static const bool wick_warned = (TORCH_WARN(__VA_ARGS__), true);                           \
    (void)wick_warned;                                                                         \
  } while (0)
#define AT_ASSERT(...) TORCH_INTERNAL_ASSERT(__VA_ARGS__)
#define AT_ASSERTM(cond, ...) TORCH_CHECK(cond, ##__VA_ARGS__)
#define AT_ERROR(...) throw ::wick::Error(::wick::str(__VA_ARGS__))
#define C10_THROW_ERROR(type, text) throw ::wick::type(text)
#define TORCH_API
#define TORCH_CUDA_API
#define C10_API
#define C10_EXPORT
#define C10_UNUSED [[maybe_unused]]
#define C10_LIKELY(x) __builtin_expect(static_cast<bool>(x), 1)
#define C10_UNLIKELY(x) __builtin_expect(static_cast<bool>(x), 0)
#define C10_ALWAYS_INLINE inline __attribute__((always_inline))
#define C10_NOINLINE __attribute__((noinline))
#define C10_HOST_DEVICE
#define C10_DEVICE
#define C10_HOST
#define C10_NODISCARD [[nodiscard]]

#define TORCH_VERSION_MAJOR 2
#define TORCH_VERSION_MINOR 13
#define TORCH_VERSION_PATCH 0
#define TORCH_VERSION "2.13.0"

#include <ATen/Dispatch.h>
