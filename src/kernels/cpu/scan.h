// Cumulative operations along the middle dimension of a dense [outer, n, inner] array.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

enum class Scan { cumsum, cumprod, cummax, cummin, logcumsumexp };

// out has the input's type and shape and may be the input itself (not for cummax and cummin). cumsum and cumprod take
// every type (the caller widens integers to int64 first, as PyTorch does); they accumulate float in double and half in
// float. cummax and cummin (real types) also write the index of each extremum, the last of equal ones, NaN winning;
// `indices` is null for the others. logcumsumexp takes floating types. The result does not depend on the number of
// threads: long rows are cut into fixed chunks.
void scan(Scan op, ScalarType type, const void* in, void* out, int64_t* indices, int64_t outer, int64_t n,
          int64_t inner);

}  // namespace wick::kernels::cpu
