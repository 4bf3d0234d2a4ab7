// Dimensions that count from the end.
#pragma once

#include <c10/core/WrapDimMinimal.h>
#include <wick/tensor.h>

namespace at {

using c10::maybe_wrap_dim;
inline int64_t maybe_wrap_dim(int64_t dim, TensorList tensors) { return tensors.empty() ? dim : maybe_wrap_dim(dim, tensors[0].dim()); }
template <class Container>
void maybe_wrap_dims(Container& dims, int64_t rank, bool wrap_scalars = true) {
  for (auto& d : dims) d = maybe_wrap_dim(d, rank, wrap_scalars);
}

}  // namespace at
