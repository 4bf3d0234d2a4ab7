// The pieces reduce.cpp puts together: partial results over a segment of the reduced dimension. Internal.
#pragma once

#include <complex>
#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// How one element enters and how partial results join. Nothing else differs between the reductions.
enum class Fold { sum, nansum, nonzero, abs, square, power, prod, min, max, abs_min, abs_max };

// Where a segment's elements are: `n` of them, `stride` apart, for each of `cols` neighbouring columns. With stride 1
// there are `cols` contiguous rows instead, one after the other.
struct Segment {
  const void* in;
  int64_t n, stride, cols;
};
// Columns of one segment, at most.
inline constexpr int64_t kReduceTile = 512;

// One partial result per column. Floating input gives doubles (inside a segment the sums are float: 16 terms in each
// of 64 accumulators, then 64 of those, so that rounding stays below that of a cascade), integers give int64.
void fold_sums(Fold f, ScalarType type, const Segment& s, double* out);      // sum, nansum, nonzero, abs, square
void fold_extremes(Fold f, ScalarType type, const Segment& s, double* out);  // prod, min, max, abs_min, abs_max
void fold_integers(Fold f, ScalarType type, const Segment& s, int64_t* out);

// Count, mean and sum of squared deviations, and maximum with sum of exponentials relative to it (a pair per column).
void fold_moments(ScalarType type, const Segment& s, double* mean_m2);
void fold_logsumexp(ScalarType type, const Segment& s, double* max_sum);

// Extreme and its first index, as order-preserving keys (see sort_keys.h), NaN winning in both directions.
struct KeyIndex { int64_t key, index; };
void fold_index(bool largest, ScalarType type, const Segment& s, KeyIndex* out);

}  // namespace wick::kernels::cpu
