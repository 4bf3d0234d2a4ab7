// Shapes, views, joining and splitting.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// DOC adjoint
Tensor adjoint(const Tensor& self);

/// DOC alias
Tensor alias(const Tensor& self);

/// DOC as_strided
Tensor as_strided(const Tensor& self, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt);
const Tensor& as_strided_(const Tensor& self, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt);

/// DOC as_strided_scatter
Tensor as_strided_scatter(const Tensor& self, const Tensor& src, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt);
Tensor& as_strided_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, IntArrayRef size, IntArrayRef stride, std::optional<int64_t> storage_offset = std::nullopt);

/// DOC atleast_1d
Tensor atleast_1d(const Tensor& self);
std::vector<Tensor> atleast_1d(ArrayRef<Tensor> tensors);

/// DOC atleast_2d
Tensor atleast_2d(const Tensor& self);
std::vector<Tensor> atleast_2d(ArrayRef<Tensor> tensors);

/// DOC atleast_3d
Tensor atleast_3d(const Tensor& self);
std::vector<Tensor> atleast_3d(ArrayRef<Tensor> tensors);

/// DOC block_diag
Tensor block_diag(ArrayRef<Tensor> tensors);
Tensor& block_diag_out(Tensor& out, ArrayRef<Tensor> tensors);

/// DOC broadcast_tensors
std::vector<Tensor> broadcast_tensors(ArrayRef<Tensor> tensors);

/// DOC broadcast_to
Tensor broadcast_to(const Tensor& self, IntArrayRef size);

/// DOC cat
Tensor cat(const ArrayRef<Tensor>& tensors, int64_t dim = 0);
Tensor& cat_out(Tensor& out, const ArrayRef<Tensor>& tensors, int64_t dim = 0);

/// DOC channel_shuffle
Tensor channel_shuffle(const Tensor& self, int64_t groups);
Tensor& channel_shuffle_out(Tensor& out, const Tensor& self, int64_t groups);

/// DOC chunk
std::vector<Tensor> chunk(const Tensor& self, int64_t chunks, int64_t dim = 0);

/// DOC clone
Tensor clone(const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& clone_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);

/// DOC column_stack
Tensor column_stack(ArrayRef<Tensor> tensors);
Tensor& column_stack_out(Tensor& out, ArrayRef<Tensor> tensors);

/// DOC concat
Tensor concat(ArrayRef<Tensor> tensors, int64_t dim = 0);
Tensor& concat_out(Tensor& out, ArrayRef<Tensor> tensors, int64_t dim = 0);

/// DOC concatenate
Tensor concatenate(ArrayRef<Tensor> tensors, int64_t dim = 0);
Tensor& concatenate_out(Tensor& out, ArrayRef<Tensor> tensors, int64_t dim = 0);

/// DOC constant_pad_nd
Tensor constant_pad_nd(const Tensor& self, IntArrayRef pad, const Scalar& value = 0);
Tensor& constant_pad_nd_out(Tensor& out, const Tensor& self, IntArrayRef pad, const Scalar& value = 0);

/// DOC detach
Tensor detach(const Tensor& self);
Tensor& detach_(Tensor& self);

/// DOC diag
Tensor& diag_out(Tensor& out, const Tensor& self, int64_t diagonal = 0);
Tensor diag(const Tensor& self, int64_t diagonal = 0);

/// DOC diag_embed
Tensor diag_embed(const Tensor& self, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1);
Tensor& diag_embed_out(Tensor& out, const Tensor& self, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1);

/// DOC diagflat
Tensor diagflat(const Tensor& self, int64_t offset = 0);

/// DOC diagonal
Tensor diagonal(const Tensor& self, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);

/// DOC diagonal_scatter
Tensor diagonal_scatter(const Tensor& self, const Tensor& src, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);
Tensor& diagonal_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, int64_t offset = 0, int64_t dim1 = 0, int64_t dim2 = 1);

/// DOC dsplit
std::vector<Tensor> dsplit(const Tensor& self, int64_t sections);
std::vector<Tensor> dsplit(const Tensor& self, IntArrayRef indices);

/// DOC dstack
Tensor dstack(ArrayRef<Tensor> tensors);
Tensor& dstack_out(Tensor& out, ArrayRef<Tensor> tensors);

/// DOC flatten
Tensor flatten(const Tensor& self, int64_t start_dim = 0, int64_t end_dim = -1);

/// DOC flip
Tensor flip(const Tensor& self, IntArrayRef dims);
Tensor& flip_out(Tensor& out, const Tensor& self, IntArrayRef dims);

/// DOC fliplr
Tensor fliplr(const Tensor& self);

/// DOC flipud
Tensor flipud(const Tensor& self);

/// DOC hsplit
std::vector<Tensor> hsplit(const Tensor& self, int64_t sections);
std::vector<Tensor> hsplit(const Tensor& self, IntArrayRef indices);

/// DOC hstack
Tensor hstack(ArrayRef<Tensor> tensors);
Tensor& hstack_out(Tensor& out, ArrayRef<Tensor> tensors);

/// DOC moveaxis
Tensor moveaxis(const Tensor& self, IntArrayRef source, IntArrayRef destination);
Tensor moveaxis(const Tensor& self, int64_t source, int64_t destination);

/// DOC movedim
Tensor movedim(const Tensor& self, IntArrayRef source, IntArrayRef destination);
Tensor movedim(const Tensor& self, int64_t source, int64_t destination);

/// DOC narrow
Tensor narrow(const Tensor& self, int64_t dim, int64_t start, int64_t length);
Tensor narrow(const Tensor& self, int64_t dim, const Tensor& start, int64_t length);

/// DOC pad
Tensor pad(const Tensor& self, IntArrayRef pad, std::string_view mode = "constant", std::optional<double> value = std::nullopt);

/// DOC permute
Tensor permute(const Tensor& self, IntArrayRef dims);

/// DOC ravel
Tensor ravel(const Tensor& self);

/// DOC repeat
Tensor& repeat_out(Tensor& out, const Tensor& self, IntArrayRef repeats);

/// DOC repeat_interleave
Tensor repeat_interleave(const Tensor& repeats, std::optional<int64_t> output_size = std::nullopt);
Tensor repeat_interleave(const Tensor& self, const Tensor& repeats, std::optional<int64_t> dim = std::nullopt, std::optional<int64_t> output_size = std::nullopt);
Tensor repeat_interleave(const Tensor& self, int64_t repeats, std::optional<int64_t> dim = std::nullopt, std::optional<int64_t> output_size = std::nullopt);
Tensor& repeat_interleave_out(Tensor& out, const Tensor& repeats, std::optional<int64_t> output_size = std::nullopt);

/// DOC reshape
Tensor reshape(const Tensor& self, IntArrayRef shape);

/// DOC roll
Tensor roll(const Tensor& self, IntArrayRef shifts, IntArrayRef dims = {});
Tensor& roll_out(Tensor& out, const Tensor& self, IntArrayRef shifts, IntArrayRef dims = {});

/// DOC rot90
Tensor rot90(const Tensor& self, int64_t k = 1, IntArrayRef dims = {0,1});
Tensor& rot90_out(Tensor& out, const Tensor& self, int64_t k = 1, IntArrayRef dims = {0,1});

/// DOC row_stack
Tensor row_stack(ArrayRef<Tensor> tensors);
Tensor& row_stack_out(Tensor& out, ArrayRef<Tensor> tensors);

/// DOC select
Tensor select(const Tensor& self, int64_t dim, int64_t index);

/// DOC select_scatter
Tensor select_scatter(const Tensor& self, const Tensor& src, int64_t dim, int64_t index);
Tensor& select_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, int64_t dim, int64_t index);

/// DOC slice
Tensor slice(const Tensor& self, int64_t dim = 0, std::optional<int64_t> start = std::nullopt, std::optional<int64_t> end = std::nullopt, int64_t step = 1);

/// DOC slice_scatter
Tensor slice_scatter(const Tensor& self, const Tensor& src, int64_t dim = 0, std::optional<int64_t> start = std::nullopt, std::optional<int64_t> end = std::nullopt, int64_t step = 1);
Tensor& slice_scatter_out(Tensor& out, const Tensor& self, const Tensor& src, int64_t dim = 0, std::optional<int64_t> start = std::nullopt, std::optional<int64_t> end = std::nullopt, int64_t step = 1);

/// DOC split
std::vector<Tensor> split(const Tensor& self, int64_t split_size, int64_t dim = 0);
std::vector<Tensor> split(const Tensor& self, IntArrayRef split_size, int64_t dim = 0);

/// DOC split_with_sizes
std::vector<Tensor> split_with_sizes(const Tensor& self, IntArrayRef split_sizes, int64_t dim = 0);

/// DOC squeeze
Tensor squeeze(const Tensor& self);
Tensor squeeze(const Tensor& self, int64_t dim);
Tensor squeeze(const Tensor& self, IntArrayRef dim);

/// DOC stack
Tensor stack(ArrayRef<Tensor> tensors, int64_t dim = 0);
Tensor& stack_out(Tensor& out, ArrayRef<Tensor> tensors, int64_t dim = 0);

/// DOC swapaxes
Tensor swapaxes(const Tensor& self, int64_t axis0, int64_t axis1);

/// DOC swapdims
Tensor swapdims(const Tensor& self, int64_t dim0, int64_t dim1);

/// DOC t
Tensor t(const Tensor& self);

/// DOC tensor_split
std::vector<Tensor> tensor_split(const Tensor& self, int64_t sections, int64_t dim = 0);
std::vector<Tensor> tensor_split(const Tensor& self, IntArrayRef indices, int64_t dim = 0);
std::vector<Tensor> tensor_split(const Tensor& self, const Tensor& tensor_indices_or_sections, int64_t dim = 0);

/// DOC tile
Tensor tile(const Tensor& self, IntArrayRef dims);

/// DOC transpose
Tensor transpose(const Tensor& self, int64_t dim0, int64_t dim1);

/// DOC tril
Tensor& tril_out(Tensor& out, const Tensor& self, int64_t diagonal = 0);
Tensor tril(const Tensor& self, int64_t diagonal = 0);

/// DOC triu
Tensor& triu_out(Tensor& out, const Tensor& self, int64_t diagonal = 0);
Tensor triu(const Tensor& self, int64_t diagonal = 0);

/// DOC unbind
std::vector<Tensor> unbind(const Tensor& self, int64_t dim = 0);

/// DOC unflatten
Tensor unflatten(const Tensor& self, int64_t dim, IntArrayRef sizes);

/// DOC unsqueeze
Tensor unsqueeze(const Tensor& self, int64_t dim);

/// DOC vsplit
std::vector<Tensor> vsplit(const Tensor& self, int64_t sections);
std::vector<Tensor> vsplit(const Tensor& self, IntArrayRef indices);

/// DOC vstack
Tensor vstack(ArrayRef<Tensor> tensors);
Tensor& vstack_out(Tensor& out, ArrayRef<Tensor> tensors);

/// DOC fill
Tensor fill(const Tensor& self, const Scalar& value);
Tensor fill(const Tensor& self, const Tensor& value);
Tensor& fill_(Tensor& self, const Scalar& value);
Tensor& fill_(Tensor& self, const Tensor& value);
Tensor& fill_out(Tensor& out, const Tensor& self, const Scalar& value);
Tensor& fill_out(Tensor& out, const Tensor& self, const Tensor& value);

/// DOC zero
Tensor& zero_(Tensor& self);
Tensor& zero_out(Tensor& out, const Tensor& self);
Tensor zero(const Tensor& self);

}  // namespace v1
}  // namespace wick
