#include <wick/data/split.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::data::inline v1 {

std::vector<std::vector<size_t>> random_split(size_t size, const std::vector<double>& lengths, std::optional<Generator> generator) {
  for (const double x : lengths) WICK_CHECK_TYPE(ValueError, x >= 0, "random_split: a part of ", x, " examples");
  const double sum = std::accumulate(lengths.begin(), lengths.end(), 0.0);
  std::vector<size_t> counts;
  if (std::abs(sum - 1) <= 1e-9) {
    for (const double x : lengths) counts.push_back(std::min(static_cast<size_t>(std::floor(static_cast<double>(size) * x)), size));
    size_t left = size - std::accumulate(counts.begin(), counts.end(), size_t{0});
    for (size_t i = 0; left > 0; --left, i = (i + 1) % counts.size()) ++counts[i];
  } else {
    WICK_CHECK_TYPE(ValueError, sum == static_cast<double>(size), "random_split: the parts have ", sum, " examples together, the dataset ", size,
                    "; lengths are counts, or fractions whose sum is 1");
    for (const double x : lengths) {
      WICK_CHECK_TYPE(ValueError, std::trunc(x) == x, "random_split: a part of ", x, " examples; lengths are counts, or fractions whose sum is 1");
      counts.push_back(static_cast<size_t>(x));
    }
  }
  const Tensor order = randperm(static_cast<int64_t>(size), generator);
  const int64_t* next = order.data_ptr<int64_t>();
  std::vector<std::vector<size_t>> parts;
  for (const size_t n : counts) {
    parts.emplace_back(next, next + n);
    next += n;
  }
  return parts;
}

}  // namespace wick::data::inline v1
