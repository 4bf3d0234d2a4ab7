// Indexing, gathering, sorting and searching.
#pragma once

#include <wick/indexing.h>
#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// Indices that sort along a dimension.
Tensor argsort(const Tensor& self, int64_t dim = -1, bool descending = false);
Tensor argsort(const Tensor& self, bool stable, int64_t dim = -1, bool descending = false);
Tensor& argsort_out(Tensor& out, const Tensor& self, bool stable, int64_t dim = -1, bool descending = false);

/// Indices of nonzero elements, one a row.
Tensor argwhere(const Tensor& self);

/// Index of the bucket between sorted boundaries that each value falls into.
Tensor bucketize(const Tensor& self, const Tensor& boundaries, bool out_int32 = false, bool right = false);
Tensor& bucketize_out(Tensor& out, const Tensor& self, const Tensor& boundaries, bool out_int32 = false, bool right = false);
Tensor bucketize(const Scalar& self, const Tensor& boundaries, bool out_int32 = false, bool right = false);
Tensor& bucketize_out(Tensor& out, const Scalar& self, const Tensor& boundaries, bool out_int32 = false, bool right = false);

/// out[i][j] = self[index[i][j]][j] for dim 0, and so on. Errors: indices out of range.
Tensor& gather_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, bool sparse_grad = false);
Tensor gather(const Tensor& self, int64_t dim, const Tensor& index, bool sparse_grad = false);

/// Elements picked by tensors of indices, NumPy's rules.
Tensor index(const Tensor& self, const std::vector<std::optional<Tensor>>& indices);
Tensor& index_out(Tensor& out, const Tensor& self, const std::vector<std::optional<Tensor>>& indices);

/// self with alpha * source added at the indices along dim.
Tensor& index_add_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha = 1);
Tensor index_add(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha = 1);

/// self with source written at the indices along dim.
Tensor& index_copy_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source);
Tensor index_copy(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source);

/// self with a value written at the indices along dim.
Tensor index_fill(const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value);
Tensor index_fill(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& value);
Tensor& index_fill_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value);
Tensor& index_fill_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& value);

/// self with values written at (or added to) the elements that index tensors pick.
Tensor& index_put_(Tensor& self, const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate = false);
Tensor index_put(const Tensor& self, const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate = false);
Tensor& index_put_out(Tensor& out, const Tensor& self, const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate = false);

/// self with source reduced into the indices along dim ("prod", "mean", "amax", "amin").
Tensor& index_reduce_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce, bool include_self = true);
Tensor index_reduce(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce, bool include_self = true);

/// The slices of self at the indices along dim. Errors: indices out of range.
Tensor& index_select_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index);
Tensor index_select(const Tensor& self, int64_t dim, const Tensor& index);

/// The k-th smallest value along dim and its index.
std::tuple<Tensor,Tensor> kthvalue(const Tensor& self, int64_t k, int64_t dim = -1, bool keepdim = false);
std::tuple<Tensor&,Tensor&> kthvalue_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t k, int64_t dim = -1, bool keepdim = false);

/// self with a value where the mask is true.
Tensor masked_fill(const Tensor& self, const Tensor& mask, const Scalar& value);
Tensor masked_fill(const Tensor& self, const Tensor& mask, const Tensor& value);
Tensor& masked_fill_out(Tensor& out, const Tensor& self, const Tensor& mask, const Scalar& value);
Tensor& masked_fill_out(Tensor& out, const Tensor& self, const Tensor& mask, const Tensor& value);

/// self with consecutive elements of source where the mask is true.
Tensor masked_scatter(const Tensor& self, const Tensor& mask, const Tensor& source);
Tensor& masked_scatter_out(Tensor& out, const Tensor& self, const Tensor& mask, const Tensor& source);

/// The elements where the mask is true, 1-d.
Tensor& masked_select_out(Tensor& out, const Tensor& self, const Tensor& mask);
Tensor masked_select(const Tensor& self, const Tensor& mask);

/// Sorted along the first dimension.
Tensor& msort_out(Tensor& out, const Tensor& self);
Tensor msort(const Tensor& self);

/// Indices of nonzero elements, [n, dims].
Tensor& nonzero_out(Tensor& out, const Tensor& self);
Tensor nonzero(const Tensor& self);

/// Indices of nonzero elements, one tensor for each dimension.
std::vector<Tensor> nonzero_numpy(const Tensor& self);

/// Vectors of num_classes with a one at the class.
Tensor one_hot(const Tensor& self, int64_t num_classes = -1);

/// self with source written (or added) at flat positions.
Tensor put(const Tensor& self, const Tensor& index, const Tensor& source, bool accumulate = false);
Tensor& put_out(Tensor& out, const Tensor& self, const Tensor& index, const Tensor& source, bool accumulate = false);

/// self with src or a value written at index along dim.
Tensor scatter(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src);
Tensor& scatter_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src);
Tensor scatter(const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value);
Tensor& scatter_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value);
Tensor scatter(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce);
Tensor& scatter_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce);
Tensor scatter(const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce);
Tensor& scatter_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce);

/// self with src added at index along dim.
Tensor scatter_add(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src);
Tensor& scatter_add_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src);

/// self with src reduced into index along dim ("sum", "prod", "mean", "amax", "amin").
Tensor scatter_reduce(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce, bool include_self = true);
Tensor& scatter_reduce_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce, bool include_self = true);

/// Position in a sorted sequence where each value would be inserted.
Tensor searchsorted(const Tensor& sorted_sequence, const Tensor& self, bool out_int32 = false, bool right = false, std::optional<std::string_view> side = std::nullopt, const std::optional<Tensor>& sorter = {});
Tensor& searchsorted_out(Tensor& out, const Tensor& sorted_sequence, const Tensor& self, bool out_int32 = false, bool right = false, std::optional<std::string_view> side = std::nullopt, const std::optional<Tensor>& sorter = {});
Tensor searchsorted(const Tensor& sorted_sequence, const Scalar& self, bool out_int32 = false, bool right = false, std::optional<std::string_view> side = std::nullopt, const std::optional<Tensor>& sorter = {});
Tensor& searchsorted_out(Tensor& out, const Tensor& sorted_sequence, const Scalar& self, bool out_int32 = false, bool right = false, std::optional<std::string_view> side = std::nullopt, const std::optional<Tensor>& sorter = {});

/// Sorted values along dim and their indices; NaN is greatest.
std::tuple<Tensor&,Tensor&> sort_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t dim = -1, bool descending = false);
std::tuple<Tensor&,Tensor&> sort_out(Tensor& values, Tensor& indices, const Tensor& self, std::optional<bool> stable, int64_t dim = -1, bool descending = false);
std::tuple<Tensor,Tensor> sort(const Tensor& self, int64_t dim = -1, bool descending = false);
std::tuple<Tensor,Tensor> sort(const Tensor& self, std::optional<bool> stable, int64_t dim = -1, bool descending = false);

/// Elements at flat positions.
Tensor& take_out(Tensor& out, const Tensor& self, const Tensor& index);
Tensor take(const Tensor& self, const Tensor& index);

/// gather with broadcasting of the index.
Tensor& take_along_dim_out(Tensor& out, const Tensor& self, const Tensor& indices, std::optional<int64_t> dim = std::nullopt);
Tensor take_along_dim(const Tensor& self, const Tensor& indices, std::optional<int64_t> dim = std::nullopt);

/// The k largest (or smallest) values along dim and their indices.
std::tuple<Tensor&,Tensor&> topk_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t k, int64_t dim = -1, bool largest = true, bool sorted = true);
std::tuple<Tensor,Tensor> topk(const Tensor& self, int64_t k, int64_t dim = -1, bool largest = true, bool sorted = true);

/// Runs of equal elements reduced to one; inverse and counts on request.
std::tuple<Tensor,Tensor,Tensor> unique_consecutive(const Tensor& self, bool return_inverse = false, bool return_counts = false, std::optional<int64_t> dim = std::nullopt);
std::tuple<Tensor&,Tensor&,Tensor&> unique_consecutive_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, bool return_inverse = false, bool return_counts = false, std::optional<int64_t> dim = std::nullopt);

/// Unique slices along a dimension, with inverse and counts.
std::tuple<Tensor,Tensor,Tensor> unique_dim(const Tensor& self, int64_t dim, bool sorted = true, bool return_inverse = false, bool return_counts = false);
std::tuple<Tensor&,Tensor&,Tensor&> unique_dim_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, int64_t dim, bool sorted = true, bool return_inverse = false, bool return_counts = false);

/// Runs of equal slices along a dimension reduced to one.
std::tuple<Tensor,Tensor,Tensor> unique_dim_consecutive(const Tensor& self, int64_t dim, bool return_inverse = false, bool return_counts = false);
std::tuple<Tensor&,Tensor&,Tensor&> unique_dim_consecutive_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, int64_t dim, bool return_inverse = false, bool return_counts = false);

/// Unique elements, sorted, with inverse and counts on request.
std::tuple<Tensor,Tensor> _unique(const Tensor& self, bool sorted = true, bool return_inverse = false);
std::tuple<Tensor&,Tensor&> _unique_out(Tensor& out0, Tensor& out1, const Tensor& self, bool sorted = true, bool return_inverse = false);

/// Unique elements, sorted, with inverse and counts on request.
std::tuple<Tensor,Tensor,Tensor> _unique2(const Tensor& self, bool sorted = true, bool return_inverse = false, bool return_counts = false);
std::tuple<Tensor&,Tensor&,Tensor&> _unique2_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, bool sorted = true, bool return_inverse = false, bool return_counts = false);

}  // namespace v1
}  // namespace wick
