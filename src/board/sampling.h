// What is drawn of a long series.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace wick::board {

// Indices of points that look like all of them, in order: of each of `buckets` equal parts of the x axis the first and last, the lowest and highest, and the first that
// is not finite. `x` is the place of a point on the axis, `y` its value, `monotone` whether x never goes back; of points outside of [from, to] only the neighbours are kept, so that lines reach the edge.
struct Window {
  double from, to;
  bool logarithmic = false;
};
std::vector<size_t> sample(const std::vector<double>& x, const std::vector<double>& y, size_t buckets, const Window& window, bool monotone);
inline std::vector<size_t> sample(const std::vector<double>& x, const std::vector<double>& y, size_t buckets, const Window& window) {
  return sample(x, y, buckets, window, std::is_sorted(x.begin(), x.end()));
}

// TensorBoard's exponential average: debiased, and points that are not finite stay as they are.
std::vector<double> smooth(const std::vector<double>& y, double weight);

}  // namespace wick::board
