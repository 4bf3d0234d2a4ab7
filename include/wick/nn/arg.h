// WICK_ARG: a fluent option.
#pragma once

#include <utility>

namespace wick {
namespace nn {
inline namespace v1 {
namespace detail {
/// Tells a layer that its parameters are made later, when their sizes are known.
struct Later {};
}  // namespace detail
}  // namespace v1
}  // namespace nn
}  // namespace wick

/// Declares the option `name` of type T with its setter, which returns the options, and its getters:
/// `struct MyOptions { WICK_ARG(int64_t, width) = 3; };` allows `MyOptions().width(5).width()`.
#define WICK_ARG(T, name)                                                                              \
 public:                                                                                               \
  auto name(T new_##name) -> decltype(*this) { this->name##_ = std::move(new_##name); return *this; }  \
  const T& name() const noexcept { return this->name##_; }                                             \
  T& name() noexcept { return this->name##_; }                                                         \
                                                                                                       \
 private:                                                                                              \
  T name##_ /* NOLINT */
