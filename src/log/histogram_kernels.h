// The loops of histograms over all values.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

namespace wick::logging {

struct Moments {
  double min = std::numeric_limits<double>::infinity(), max = -min, sum = 0, squares = 0;
  void operator+=(const Moments& o) {
    min = std::min(min, o.min);
    max = std::max(max, o.max);
    sum += o.sum;
    squares += o.squares;
  }
};
Moments moments(const float* p, int64_t n);
Moments moments(const double* p, int64_t n);

// Counts values by where they lie among the default edges: slot k holds those with k edges not above them; those of negative numbers are apart, slot `edges + 1 +
// (edges not above, backwards)`. Several of each, so that equal values in a row do not wait for each other.
using KeySlots = std::array<std::vector<uint32_t>, 4>;
void count_keys(const float* p, int64_t n, KeySlots& slots);
void count_keys(const double* p, int64_t n, KeySlots& slots);

}  // namespace wick::logging
