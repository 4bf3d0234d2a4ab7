// Sparse tensors in coordinate (COO) form: places and the values there. They are what the gradients of embeddings made
// with `sparse(true)` are, and inputs of matrix products. (https://pytorch.org/docs/stable/sparse.html)
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// A sparse tensor with `values[i]` at the place `indices[:, i]`. `indices` [sparse_dim, nnz] counts along the first
/// sparse_dim dimensions; `values` [nnz, ...] has the others. Without `size` it is as small as the indices allow, without
/// indices it is empty. Values for the same place add up (see `Tensor::coalesce`); `is_coalesced` says that there are none
/// and that the places are sorted. Gradients flow to `values`, whose dtype the result has.
/// Errors: indices that are no integer matrix, negative or beyond `size`; counts or sizes that do not agree.
/// (https://pytorch.org/docs/stable/generated/torch.sparse_coo_tensor.html)
Tensor sparse_coo_tensor(IntArrayRef size, TensorOptions options = {});
Tensor sparse_coo_tensor(const Tensor& indices, const Tensor& values, TensorOptions options = {}, std::optional<bool> is_coalesced = std::nullopt);
Tensor sparse_coo_tensor(const Tensor& indices, const Tensor& values, IntArrayRef size, TensorOptions options = {}, std::optional<bool> is_coalesced = std::nullopt);
/// The same without looking at the indices.
Tensor _sparse_coo_tensor_unsafe(const Tensor& indices, const Tensor& values, IntArrayRef size, TensorOptions options = {}, std::optional<bool> is_coalesced = std::nullopt);

/// The product of a sparse and a dense matrix, whose gradient for the sparse one is sparse (that of `mm` is dense), and
/// `beta * self + alpha * (sparse @ dense)`. (https://pytorch.org/docs/stable/generated/torch.sparse.mm.html)
Tensor _sparse_mm(const Tensor& sparse, const Tensor& dense);
Tensor _sparse_addmm(const Tensor& self, const Tensor& sparse, const Tensor& dense, const Scalar& beta = 1, const Scalar& alpha = 1);
/// The sum of all elements, or over `dim` (sparse when a sparse dimension stays), with a sparse gradient.
/// (https://pytorch.org/docs/stable/generated/torch.sparse.sum.html)
Tensor _sparse_sum(const Tensor& self);
Tensor _sparse_sum(const Tensor& self, ScalarType dtype);
Tensor _sparse_sum(const Tensor& self, IntArrayRef dim);
Tensor _sparse_sum(const Tensor& self, IntArrayRef dim, ScalarType dtype);

}  // namespace v1
}  // namespace wick
