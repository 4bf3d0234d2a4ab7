// Sorting and selection along rows. All real types and bool; NaN is greater than everything, -0.0 equals 0.0.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// Sorts each of `rows` dense rows of n elements, stably in both directions, and writes where each value came from.
// `values` may be `in`; either result may be null.
void sort(ScalarType type, const void* in, void* values, int64_t* indices, int64_t rows, int64_t n, bool descending);

// The k largest (or smallest) elements of each row, [rows, k], with indices; in order if `sorted`, of equal ones
// those that the standard library's algorithms pick (see sort_ties.h); by index otherwise. 0 <= k <= n.
void topk(ScalarType type, const void* in, void* values, int64_t* indices, int64_t rows, int64_t n, int64_t k,
          bool largest, bool sorted);

// The k-th smallest element of each row, 1 <= k <= n, and its index (of equal ones: see sort_ties.h).
void kthvalue(ScalarType type, const void* in, void* values, int64_t* indices, int64_t rows, int64_t n, int64_t k);

}  // namespace wick::kernels::cpu
