// Indexing, gathering, sorting and searching.
#pragma once

#include <wick/indexing.h>
#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// DOC argsort
Tensor argsort(const Tensor& self, int64_t dim = -1, bool descending = false);
Tensor argsort(const Tensor& self, bool stable, int64_t dim = -1, bool descending = false);
Tensor& argsort_out(Tensor& out, const Tensor& self, bool stable, int64_t dim = -1, bool descending = false);

/// DOC argwhere
Tensor argwhere(const Tensor& self);

/// DOC bucketize
Tensor bucketize(const Tensor& self, const Tensor& boundaries, bool out_int32 = false, bool right = false);
Tensor& bucketize_out(Tensor& out, const Tensor& self, const Tensor& boundaries, bool out_int32 = false, bool right = false);
Tensor bucketize(const Scalar& self, const Tensor& boundaries, bool out_int32 = false, bool right = false);
Tensor& bucketize_out(Tensor& out, const Scalar& self, const Tensor& boundaries, bool out_int32 = false, bool right = false);

/// DOC gather
Tensor& gather_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, bool sparse_grad = false);
Tensor gather(const Tensor& self, int64_t dim, const Tensor& index, bool sparse_grad = false);

/// DOC index
Tensor index(const Tensor& self, const std::vector<std::optional<Tensor>>& indices);
Tensor& index_out(Tensor& out, const Tensor& self, const std::vector<std::optional<Tensor>>& indices);

/// DOC index_add
Tensor& index_add_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha = 1);
Tensor index_add(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, const Scalar& alpha = 1);

/// DOC index_copy
Tensor& index_copy_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source);
Tensor index_copy(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source);

/// DOC index_fill
Tensor index_fill(const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value);
Tensor index_fill(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& value);
Tensor& index_fill_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value);
Tensor& index_fill_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& value);

/// DOC index_put
Tensor& index_put_(Tensor& self, const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate = false);
Tensor index_put(const Tensor& self, const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate = false);
Tensor& index_put_out(Tensor& out, const Tensor& self, const std::vector<std::optional<Tensor>>& indices, const Tensor& values, bool accumulate = false);

/// DOC index_reduce
Tensor& index_reduce_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce, bool include_self = true);
Tensor index_reduce(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& source, std::string_view reduce, bool include_self = true);

/// DOC index_select
Tensor& index_select_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index);
Tensor index_select(const Tensor& self, int64_t dim, const Tensor& index);

/// DOC kthvalue
std::tuple<Tensor,Tensor> kthvalue(const Tensor& self, int64_t k, int64_t dim = -1, bool keepdim = false);
std::tuple<Tensor&,Tensor&> kthvalue_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t k, int64_t dim = -1, bool keepdim = false);

/// DOC masked_fill
Tensor masked_fill(const Tensor& self, const Tensor& mask, const Scalar& value);
Tensor masked_fill(const Tensor& self, const Tensor& mask, const Tensor& value);
Tensor& masked_fill_out(Tensor& out, const Tensor& self, const Tensor& mask, const Scalar& value);
Tensor& masked_fill_out(Tensor& out, const Tensor& self, const Tensor& mask, const Tensor& value);

/// DOC masked_scatter
Tensor masked_scatter(const Tensor& self, const Tensor& mask, const Tensor& source);
Tensor& masked_scatter_out(Tensor& out, const Tensor& self, const Tensor& mask, const Tensor& source);

/// DOC masked_select
Tensor& masked_select_out(Tensor& out, const Tensor& self, const Tensor& mask);
Tensor masked_select(const Tensor& self, const Tensor& mask);

/// DOC msort
Tensor& msort_out(Tensor& out, const Tensor& self);
Tensor msort(const Tensor& self);

/// DOC nonzero
Tensor& nonzero_out(Tensor& out, const Tensor& self);
Tensor nonzero(const Tensor& self);

/// DOC nonzero_numpy
std::vector<Tensor> nonzero_numpy(const Tensor& self);

/// DOC one_hot
Tensor one_hot(const Tensor& self, int64_t num_classes = -1);

/// DOC put
Tensor put(const Tensor& self, const Tensor& index, const Tensor& source, bool accumulate = false);
Tensor& put_out(Tensor& out, const Tensor& self, const Tensor& index, const Tensor& source, bool accumulate = false);

/// DOC scatter
Tensor scatter(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src);
Tensor& scatter_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src);
Tensor scatter(const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value);
Tensor& scatter_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value);
Tensor scatter(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce);
Tensor& scatter_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce);
Tensor scatter(const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce);
Tensor& scatter_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Scalar& value, std::string_view reduce);

/// DOC scatter_add
Tensor scatter_add(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src);
Tensor& scatter_add_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src);

/// DOC scatter_reduce
Tensor scatter_reduce(const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce, bool include_self = true);
Tensor& scatter_reduce_out(Tensor& out, const Tensor& self, int64_t dim, const Tensor& index, const Tensor& src, std::string_view reduce, bool include_self = true);

/// DOC searchsorted
Tensor searchsorted(const Tensor& sorted_sequence, const Tensor& self, bool out_int32 = false, bool right = false, std::optional<std::string_view> side = std::nullopt, const std::optional<Tensor>& sorter = {});
Tensor& searchsorted_out(Tensor& out, const Tensor& sorted_sequence, const Tensor& self, bool out_int32 = false, bool right = false, std::optional<std::string_view> side = std::nullopt, const std::optional<Tensor>& sorter = {});
Tensor searchsorted(const Tensor& sorted_sequence, const Scalar& self, bool out_int32 = false, bool right = false, std::optional<std::string_view> side = std::nullopt, const std::optional<Tensor>& sorter = {});
Tensor& searchsorted_out(Tensor& out, const Tensor& sorted_sequence, const Scalar& self, bool out_int32 = false, bool right = false, std::optional<std::string_view> side = std::nullopt, const std::optional<Tensor>& sorter = {});

/// DOC sort
std::tuple<Tensor&,Tensor&> sort_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t dim = -1, bool descending = false);
std::tuple<Tensor&,Tensor&> sort_out(Tensor& values, Tensor& indices, const Tensor& self, std::optional<bool> stable, int64_t dim = -1, bool descending = false);
std::tuple<Tensor,Tensor> sort(const Tensor& self, int64_t dim = -1, bool descending = false);
std::tuple<Tensor,Tensor> sort(const Tensor& self, std::optional<bool> stable, int64_t dim = -1, bool descending = false);

/// DOC take
Tensor& take_out(Tensor& out, const Tensor& self, const Tensor& index);
Tensor take(const Tensor& self, const Tensor& index);

/// DOC take_along_dim
Tensor& take_along_dim_out(Tensor& out, const Tensor& self, const Tensor& indices, std::optional<int64_t> dim = std::nullopt);
Tensor take_along_dim(const Tensor& self, const Tensor& indices, std::optional<int64_t> dim = std::nullopt);

/// DOC topk
std::tuple<Tensor&,Tensor&> topk_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t k, int64_t dim = -1, bool largest = true, bool sorted = true);
std::tuple<Tensor,Tensor> topk(const Tensor& self, int64_t k, int64_t dim = -1, bool largest = true, bool sorted = true);

/// DOC unique_consecutive
std::tuple<Tensor,Tensor,Tensor> unique_consecutive(const Tensor& self, bool return_inverse = false, bool return_counts = false, std::optional<int64_t> dim = std::nullopt);
std::tuple<Tensor&,Tensor&,Tensor&> unique_consecutive_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, bool return_inverse = false, bool return_counts = false, std::optional<int64_t> dim = std::nullopt);

/// DOC unique_dim
std::tuple<Tensor,Tensor,Tensor> unique_dim(const Tensor& self, int64_t dim, bool sorted = true, bool return_inverse = false, bool return_counts = false);
std::tuple<Tensor&,Tensor&,Tensor&> unique_dim_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, int64_t dim, bool sorted = true, bool return_inverse = false, bool return_counts = false);

/// DOC unique_dim_consecutive
std::tuple<Tensor,Tensor,Tensor> unique_dim_consecutive(const Tensor& self, int64_t dim, bool return_inverse = false, bool return_counts = false);
std::tuple<Tensor&,Tensor&,Tensor&> unique_dim_consecutive_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, int64_t dim, bool return_inverse = false, bool return_counts = false);

/// DOC _unique
std::tuple<Tensor,Tensor> _unique(const Tensor& self, bool sorted = true, bool return_inverse = false);
std::tuple<Tensor&,Tensor&> _unique_out(Tensor& out0, Tensor& out1, const Tensor& self, bool sorted = true, bool return_inverse = false);

/// DOC _unique2
std::tuple<Tensor,Tensor,Tensor> _unique2(const Tensor& self, bool sorted = true, bool return_inverse = false, bool return_counts = false);
std::tuple<Tensor&,Tensor&,Tensor&> _unique2_out(Tensor& out0, Tensor& out1, Tensor& out2, const Tensor& self, bool sorted = true, bool return_inverse = false, bool return_counts = false);

}  // namespace v1
}  // namespace wick
