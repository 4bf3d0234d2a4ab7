// Shapes, views, joining and splitting.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// Conjugate of the last two dimensions' transpose.
Tensor adjoint(const Tensor& self);

/// A view of all of self.
Tensor alias(const Tensor& self);

/// A view with sizes, strides and offset given. Errors: beyond the memory.
Tensor as_strided(const Tensor& self, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt);
const Tensor& as_strided_(const Tensor& self, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt);

/// self with src written into an as_strided view.
Tensor as_strided_scatter(const Tensor& self, const Tensor& src, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt);
Tensor& as_strided_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt);

/// At least so many dimensions, new ones of size 1.
Tensor atleast_1d(const Tensor& self);
std::vector<Tensor> atleast_1d(ArrayRef<Tensor> tensors);

/// At least so many dimensions, new ones of size 1.
Tensor atleast_2d(const Tensor& self);
std::vector<Tensor> atleast_2d(ArrayRef<Tensor> tensors);

/// At least so many dimensions, new ones of size 1.
Tensor atleast_3d(const Tensor& self);
std::vector<Tensor> atleast_3d(ArrayRef<Tensor> tensors);

/// Matrices along the diagonal of one.
Tensor block_diag(ArrayRef<Tensor> tensors);
Tensor& block_diag_out(Tensor& out, ArrayRef<Tensor> tensors);

/// Views of one common shape.
std::vector<Tensor> broadcast_tensors(ArrayRef<Tensor> tensors);

/// A view expanded to a shape.
Tensor broadcast_to(const Tensor& self, IntArrayRef size);

/// Tensors joined along a dimension. Errors: other dimensions that differ.
Tensor cat(const ArrayRef<Tensor>& tensors, int64_t dim = 0);
Tensor& cat_out(Tensor& out, const ArrayRef<Tensor>& tensors, int64_t dim = 0);

/// Channels interleaved between groups.
Tensor channel_shuffle(const Tensor& self, int64_t groups);
Tensor& channel_shuffle_out(Tensor& out, const Tensor& self, int64_t groups);

/// Views that split a dimension into at most `chunks` parts.
std::vector<Tensor> chunk(const Tensor& self, int64_t chunks, int64_t dim = 0);

/// A copy.
Tensor clone(const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& clone_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);

/// 1-d tensors as columns, joined.
Tensor column_stack(ArrayRef<Tensor> tensors);
Tensor& column_stack_out(Tensor& out, ArrayRef<Tensor> tensors);

/// Tensors joined along a dimension. Errors: other dimensions that differ.
Tensor concat(ArrayRef<Tensor> tensors, int64_t dim = 0);
Tensor& concat_out(Tensor& out, ArrayRef<Tensor> tensors, int64_t dim = 0);

/// Tensors joined along a dimension. Errors: other dimensions that differ.
Tensor concatenate(ArrayRef<Tensor> tensors, int64_t dim = 0);
Tensor& concatenate_out(Tensor& out, ArrayRef<Tensor> tensors, int64_t dim = 0);

/// Padded with a value; pad counts from the last dimension.
Tensor constant_pad_nd(const Tensor& self, IntArrayRef pad, const Scalar& value = 0);
Tensor& constant_pad_nd_out(Tensor& out, const Tensor& self, IntArrayRef pad, const Scalar& value = 0);

/// The same elements outside the graph, a view.
Tensor detach(const Tensor& self);
Tensor& detach_(Tensor& self);

/// Diagonal of a matrix, or a matrix with a diagonal.
Tensor& diag_out(Tensor& out, const Tensor& self, int64_t diagonal = 0);
Tensor diag(const Tensor& self, int64_t diagonal = 0);

/// Vectors as diagonals of new matrices.
Tensor diag_embed(const Tensor& self, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1);
Tensor& diag_embed_out(Tensor& out, const Tensor& self, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1);

/// A matrix with the flattened input as diagonal.
Tensor diagflat(const Tensor& self, int64_t offset = 0);

/// Diagonal of two dimensions, a view.
Tensor diagonal(const Tensor& self, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);

/// self with src written into a diagonal.
Tensor diagonal_scatter(const Tensor& self, const Tensor& src, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);
Tensor& diagonal_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);

/// Split along the third dimension.
std::vector<Tensor> dsplit(const Tensor& self, int64_t sections);
std::vector<Tensor> dsplit(const Tensor& self, IntArrayRef indices);

/// Joined along the third dimension.
Tensor dstack(ArrayRef<Tensor> tensors);
Tensor& dstack_out(Tensor& out, ArrayRef<Tensor> tensors);

/// Dimensions start_dim to end_dim as one.
Tensor flatten(const Tensor& self, int64_t start_dim = 0, int64_t end_dim = -1);

/// Order reversed along dimensions.
Tensor flip(const Tensor& self, IntArrayRef dims);
Tensor& flip_out(Tensor& out, const Tensor& self, IntArrayRef dims);

/// Order reversed along dimension 1.
Tensor fliplr(const Tensor& self);

/// Order reversed along dimension 0.
Tensor flipud(const Tensor& self);

/// Split along the second dimension (first of 1-d).
std::vector<Tensor> hsplit(const Tensor& self, int64_t sections);
std::vector<Tensor> hsplit(const Tensor& self, IntArrayRef indices);

/// Joined along the second dimension (first of 1-d).
Tensor hstack(ArrayRef<Tensor> tensors);
Tensor& hstack_out(Tensor& out, ArrayRef<Tensor> tensors);

/// A view with dimensions moved.
Tensor moveaxis(const Tensor& self, IntArrayRef source, IntArrayRef destination);
Tensor moveaxis(const Tensor& self, int64_t source, int64_t destination);

/// A view with dimensions moved.
Tensor movedim(const Tensor& self, IntArrayRef source, IntArrayRef destination);
Tensor movedim(const Tensor& self, int64_t source, int64_t destination);

/// A view of length elements from start along dim.
Tensor narrow(const Tensor& self, int64_t dim, int64_t start, int64_t length);
Tensor narrow(const Tensor& self, int64_t dim, const Tensor& start, int64_t length);

/// Padded in mode "constant", "reflect", "replicate" or "circular".
Tensor pad(const Tensor& self, IntArrayRef pad, std::string_view mode = "constant", std::optional<double> value = std::nullopt);

/// A view with dimensions reordered.
Tensor permute(const Tensor& self, IntArrayRef dims);

/// Flattened.
Tensor ravel(const Tensor& self);

/// Copies side by side along each dimension.
Tensor& repeat_out(Tensor& out, const Tensor& self, IntArrayRef repeats);

/// Each element repeated.
Tensor repeat_interleave(const Tensor& repeats, std::optional<int64_t> output_size = std::nullopt);
Tensor repeat_interleave(const Tensor& self, const Tensor& repeats, std::optional<int64_t> dim = std::nullopt, std::optional<int64_t> output_size = std::nullopt);
Tensor repeat_interleave(const Tensor& self, int64_t repeats, std::optional<int64_t> dim = std::nullopt, std::optional<int64_t> output_size = std::nullopt);
Tensor& repeat_interleave_out(Tensor& out, const Tensor& repeats, std::optional<int64_t> output_size = std::nullopt);

/// Another shape, a view where strides allow it; one size may be -1.
Tensor reshape(const Tensor& self, IntArrayRef shape);

/// Elements shifted around along dimensions.
Tensor roll(const Tensor& self, IntArrayRef shifts, IntArrayRef dims = {});
Tensor& roll_out(Tensor& out, const Tensor& self, IntArrayRef shifts, IntArrayRef dims = {});

/// Rotated by k quarter turns.
Tensor rot90(const Tensor& self, int64_t k = 1, IntArrayRef dims = {0,1});
Tensor& rot90_out(Tensor& out, const Tensor& self, int64_t k = 1, IntArrayRef dims = {0,1});

/// Joined along the first dimension.
Tensor row_stack(ArrayRef<Tensor> tensors);
Tensor& row_stack_out(Tensor& out, ArrayRef<Tensor> tensors);

/// A view at one index of a dimension.
Tensor select(const Tensor& self, int64_t dim, int64_t index);

/// self with src written at one index of a dimension.
Tensor select_scatter(const Tensor& self, const Tensor& src, int64_t dim, int64_t index);
Tensor& select_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, int64_t dim, int64_t index);

/// A view from start to end in steps.
Tensor slice(const Tensor& self, int64_t dim = 0, std::optional<int64_t> start = std::nullopt, std::optional<int64_t> end = std::nullopt, int64_t step = 1);

/// self with src written into a slice.
Tensor slice_scatter(const Tensor& self, const Tensor& src, int64_t dim = 0, std::optional<int64_t> start = std::nullopt, std::optional<int64_t> end = std::nullopt, int64_t step = 1);
Tensor& slice_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, int64_t dim = 0, std::optional<int64_t> start = std::nullopt, std::optional<int64_t> end = std::nullopt, int64_t step = 1);

/// Views of split_size elements along dim.
std::vector<Tensor> split(const Tensor& self, int64_t split_size, int64_t dim = 0);
std::vector<Tensor> split(const Tensor& self, IntArrayRef split_size, int64_t dim = 0);

/// Views of the sizes given along dim.
std::vector<Tensor> split_with_sizes(const Tensor& self, IntArrayRef split_sizes, int64_t dim = 0);

/// A view without dimensions of size 1.
Tensor squeeze(const Tensor& self);
Tensor squeeze(const Tensor& self, int64_t dim);
Tensor squeeze(const Tensor& self, IntArrayRef dim);

/// Tensors joined along a new dimension.
Tensor stack(ArrayRef<Tensor> tensors, int64_t dim = 0);
Tensor& stack_out(Tensor& out, ArrayRef<Tensor> tensors, int64_t dim = 0);

/// A view with two dimensions exchanged.
Tensor swapaxes(const Tensor& self, int64_t axis0, int64_t axis1);

/// A view with two dimensions exchanged.
Tensor swapdims(const Tensor& self, int64_t dim0, int64_t dim1);

/// A view of a matrix transposed.
Tensor t(const Tensor& self);

/// Split into sections or at indices, sizes may differ by one.
std::vector<Tensor> tensor_split(const Tensor& self, int64_t sections, int64_t dim = 0);
std::vector<Tensor> tensor_split(const Tensor& self, IntArrayRef indices, int64_t dim = 0);
std::vector<Tensor> tensor_split(const Tensor& self, const Tensor& tensor_indices_or_sections, int64_t dim = 0);

/// repeat with missing dimensions in front.
Tensor tile(const Tensor& self, IntArrayRef dims);

/// A view with two dimensions exchanged.
Tensor transpose(const Tensor& self, int64_t dim0, int64_t dim1);

/// Lower triangle, zeros above the diagonal.
Tensor& tril_out(Tensor& out, const Tensor& self, int64_t diagonal = 0);
Tensor tril(const Tensor& self, int64_t diagonal = 0);

/// Upper triangle, zeros below the diagonal.
Tensor& triu_out(Tensor& out, const Tensor& self, int64_t diagonal = 0);
Tensor triu(const Tensor& self, int64_t diagonal = 0);

/// Views of all slices along dim.
std::vector<Tensor> unbind(const Tensor& self, int64_t dim = 0);

/// One dimension as several.
Tensor unflatten(const Tensor& self, int64_t dim, IntArrayRef sizes);

/// A view with a new dimension of size 1.
Tensor unsqueeze(const Tensor& self, int64_t dim);

/// Split along the first dimension.
std::vector<Tensor> vsplit(const Tensor& self, int64_t sections);
std::vector<Tensor> vsplit(const Tensor& self, IntArrayRef indices);

/// Joined along the first dimension.
Tensor vstack(ArrayRef<Tensor> tensors);
Tensor& vstack_out(Tensor& out, ArrayRef<Tensor> tensors);

/// self's shape filled with a value.
Tensor fill(const Tensor& self, const Scalar& value);
Tensor fill(const Tensor& self, const Tensor& value);
Tensor& fill_(Tensor& self, const Scalar& value);
Tensor& fill_(Tensor& self, const Tensor& value);
Tensor& fill_out(Tensor& out, const Tensor& self, const Scalar& value);
Tensor& fill_out(Tensor& out, const Tensor& self, const Tensor& value);

/// Zeros like self; in place, sets all elements to zero.
Tensor& zero_(Tensor& self);
Tensor& zero_out(Tensor& out, const Tensor& self);
Tensor zero(const Tensor& self);

}  // namespace v1
}  // namespace wick
