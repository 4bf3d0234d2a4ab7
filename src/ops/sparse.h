// Sparse tensors among the ops: what the families that take them share.
#pragma once

#include "ops/common.h"

namespace wick::ops {

inline bool is_sparse(const Tensor& t) {
  const TensorImpl* p = t.unsafeGetTensorImpl();
  return p && p->sparse;
}
inline bool any_sparse(TensorRefs tensors) {
  for (const Tensor& t : tensors)
    if (is_sparse(t)) return true;
  return false;
}
// The parts of a sparse tensor; throws naming `op` for another layout.
SparseParts& sparse_parts(const char* op, const Tensor& t);

// Elementwise ops on sparse tensors, or on a sparse and a dense one, without recording: as PyTorch defines them, an error
// for those that would fill the places between.
Tensor sparse_pointwise(const Pointwise& k, TensorRefs inputs, const Params& p, Promote promote);
void sparse_pointwise_into(const Pointwise& k, const Tensor& out, TensorRefs inputs, const Params& p, Promote promote);

// Other ops on sparse tensors, without recording.
Tensor sparse_coalesce(const Tensor& t);
Tensor sparse_to_dense(const Tensor& t);
Tensor sparse_from_dense(const Tensor& t, int64_t sparse_dim);
Tensor sparse_mask_raw(const Tensor& t, const Tensor& mask);
Tensor sparse_convert(const Tensor& t, ScalarType dtype);  // a copy
Tensor sparse_permute(const Tensor& t, IntArrayRef order);
Tensor sparse_select(const Tensor& t, int64_t dim, int64_t index);
Tensor sparse_index_select(const Tensor& t, int64_t dim, const Tensor& index);
Tensor sparse_unsqueeze(const Tensor& t, int64_t dim);
Tensor sparse_cat(TensorList tensors, int64_t dim);
Tensor sparse_sum(const Tensor& t, const std::vector<int64_t>& dims, ScalarType dtype);
Tensor sparse_matmul(const Tensor& a, const Tensor& b);    // matrices, at least one of them sparse
// One entry of g for each element of the index of a gather along `dim`; differentiable.
Tensor sparse_scatter(const Tensor& g, IntArrayRef sizes, int64_t dim, const Tensor& index);
void sparse_zero(const Tensor& t);
void sparse_copy(const Tensor& to, const Tensor& from);

}  // namespace wick::ops
