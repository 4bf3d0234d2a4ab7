// Histograms as numpy.histogram counts, in the form that event files keep.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <wick/tensor.h>

namespace wick::logging {

struct Histogram {
  double min = 0, max = 0, num = 0, sum = 0, sum_squares = 0;
  std::vector<double> limits, counts;  // right edges
};
using BinRule = std::variant<std::string, int64_t, std::vector<double>>;

Histogram make_histogram(const Tensor& values, const BinRule& bins, std::optional<int64_t> max_bins);
// The edges of "tensorflow": 0, and 1e-12 times powers of 1.1 up to 1e20, on both sides.
const std::vector<double>& default_edges();

}  // namespace wick::logging
