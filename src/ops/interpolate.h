// Resampling along one dimension: every output element is a weighted sum of a few input elements.
#pragma once

#include <memory>

#include "ops/common.h"

namespace wick::ops {

// out[o] = sum over k of weight[o * taps + k] in[index[o * taps + k]].
struct Taps {
  int64_t in = 0, out = 0;
  int taps = 1;
  std::vector<int64_t> index;
  std::vector<double> weight;
};

// x resampled along one dimension after another, recorded as one op (a linear one: its derivative is its transpose).
struct Resampling { int64_t dim; std::shared_ptr<const Taps> taps; };
Tensor resample(const char* node, const Tensor& x, const std::vector<Resampling>& steps);

}  // namespace wick::ops
