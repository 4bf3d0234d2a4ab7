// Sums of chosen rows of a table.
#pragma once

#include <cstdint>

namespace wick::kernels::cpu {

// out[d] = sum over i < n of scale[i] * table[at[i] * dim + d]; scale may be null. Rows whose index is `skip` are left out;
// returns how many were added. In f32, in the order of i. at[n] to at[n + ahead - 1] are read, to fetch those rows early.
int64_t sum_rows_f32(const float* table, int64_t dim, const int64_t* at, int64_t n, int64_t ahead, const float* scale, int64_t skip, float* out);

}  // namespace wick::kernels::cpu
