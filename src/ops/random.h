// What random ops share: the generator and its lock.
#pragma once

#include <mutex>
#include <optional>

#include "core/rng.h"
#include "ops/common.h"

namespace wick::ops {

// Holds a generator for all numbers that one op draws.
struct Drawing {
  explicit Drawing(const std::optional<Generator>& g);
  rng::GeneratorState& state() const { return generator.state(); }
  Generator generator;
  std::lock_guard<std::mutex> lock;
};

// The dtype must be able to hold n - 1 exactly (bfloat16 may round, as in PyTorch).
inline void check_randperm(int64_t n, ScalarType t) {
  const int64_t most = t == kByte ? 255 : t == kChar ? 127 : t == kShort ? 32767 : t == kInt ? 2147483647 : t == kHalf ? 2048 + 1 :  t == kFloat ? (1 << 24) + 1 : t == kDouble ? (int64_t{1} << 53) + 1 : INT64_MAX;
  WICK_CHECK_TYPE(NotImplementedError, t != kBool && !is_complex_type(t), "\"randperm\" not implemented for '", t, "'");
  WICK_CHECK(n <= most, "n is too large for result tensor type: '", t, "'");
}

}  // namespace wick::ops
