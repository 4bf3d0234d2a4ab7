// Dimensions that count from the end.
#pragma once

#include <c10/util/ArrayRef.h>

namespace c10 {

/// `dim`, or `dim + rank` when it is negative. Errors: IndexError out of range; `wrap_scalar` lets 0-dim tensors take
/// -1 and 0.
inline int64_t maybe_wrap_dim(int64_t dim, int64_t rank, bool wrap_scalar = true) {
  if (rank == 0) {
    TORCH_CHECK_INDEX(wrap_scalar, "Dimension specified as ", dim, " but tensor has no dimensions");
    rank = 1;
  }
  TORCH_CHECK_INDEX(dim >= -rank && dim < rank, "Dimension out of range (expected to be in range of [", -rank, ", ", rank - 1, "], but got ", dim, ")");
  return dim < 0 ? dim + rank : dim;
}

}  // namespace c10
