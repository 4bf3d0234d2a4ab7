// Draws in torchvision's order and kinds.
#pragma once

#include <cmath>
#include <optional>

#include <wick/core/generator.h>

#include "vision/common.h"

namespace wick::vision {

using Source = std::optional<Generator>;

inline double uniform(double low, double high, const Source& g) { return empty({1}, kFloat).uniform_(low, high, g).item<double>(); }
inline int64_t integer(int64_t low, int64_t high, const Source& g) { return randint(low, high, {1}, g).item<int64_t>(); }
inline double chance(const Source& g) { return rand({1}, g).item<double>(); }
inline int64_t rounded(double x) { return static_cast<int64_t>(std::nearbyint(x)); }
inline void check_p(double p, const char* who) { WICK_CHECK_TYPE(ValueError, p >= 0 && p <= 1, who, ": p must be 0 to 1, got ", p); }

}  // namespace wick::vision
