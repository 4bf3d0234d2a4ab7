// Functions of several families that few programs call.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// How many values lie in each bin, and the bins' edges: given ones, or `bins` equal ones over range (default: from the least to the greatest value). weight: what each value
/// counts; density: divide by the sum and the widths. The last bin holds its right edge.
std::tuple<Tensor&,Tensor&> histogram_out(Tensor& hist, Tensor& bin_edges, const Tensor& self, const Tensor& bins, const std::optional<Tensor>& weight = {}, bool density = false);
std::tuple<Tensor,Tensor> histogram(const Tensor& self, const Tensor& bins, const std::optional<Tensor>& weight = {}, bool density = false);
std::tuple<Tensor&,Tensor&> histogram_out(Tensor& hist, Tensor& bin_edges, const Tensor& self, int64_t bins = 100, std::optional<ArrayRef<double>> range = std::nullopt, const std::optional<Tensor>& weight = {}, bool density = false);
std::tuple<Tensor,Tensor> histogram(const Tensor& self, int64_t bins = 100, std::optional<ArrayRef<double>> range = std::nullopt, const std::optional<Tensor>& weight = {}, bool density = false);

/// The same for points self [..., D] over D dimensions.
std::tuple<Tensor,std::vector<Tensor>> histogramdd(const Tensor& self, IntArrayRef bins, std::optional<ArrayRef<double>> range = std::nullopt, const std::optional<Tensor>& weight = {}, bool density = false);
std::tuple<Tensor,std::vector<Tensor>> histogramdd(const Tensor& self, int64_t bins, std::optional<ArrayRef<double>> range = std::nullopt, const std::optional<Tensor>& weight = {}, bool density = false);
std::tuple<Tensor,std::vector<Tensor>> histogramdd(const Tensor& self, TensorList bins, std::optional<ArrayRef<double>> range = std::nullopt, const std::optional<Tensor>& weight = {}, bool density = false);

/// Reduction ("sum", "mean", "max", "min", "prod") of consecutive segments along axis, given by their lengths or by offsets.
Tensor segment_reduce(const Tensor& data, std::string_view reduce, const std::optional<Tensor>& lengths = {}, const std::optional<Tensor>& indices = {}, const std::optional<Tensor>& offsets = {}, int64_t axis = 0, bool unsafe = false, const std::optional<Scalar>& initial = std::nullopt);
Tensor& segment_reduce_out(Tensor& out, const Tensor& data, std::string_view reduce, const std::optional<Tensor>& lengths = {}, const std::optional<Tensor>& indices = {}, const std::optional<Tensor>& offsets = {}, int64_t axis = 0, bool unsafe = false, const std::optional<Scalar>& initial = std::nullopt);

/// The first `size` indices of elements that are not zero, filled up with fill_value.
Tensor& nonzero_static_out(Tensor& out, const Tensor& self, int64_t size, int64_t fill_value = -1);
Tensor nonzero_static(const Tensor& self, int64_t size, int64_t fill_value = -1);

/// What a tensor's methods of the same name say.
inline bool is_floating_point(const Tensor& self) { return self.is_floating_point(); }
inline bool is_complex(const Tensor& self) { return self.is_complex(); }
inline bool is_signed(const Tensor& self) { return self.is_signed(); }
inline bool is_inference(const Tensor& self) { return self.is_inference(); }
inline bool is_conj(const Tensor& self) { return self.is_conj(); }
inline bool is_neg(const Tensor& self) { return self.is_neg(); }

/// Norms over all dimensions but one (-1: over all).
Tensor norm_except_dim(const Tensor& v, int64_t pow = 2, int64_t dim = 0);

/// All tensors in one row, and back to views of the shapes of `tensors`.
Tensor flatten_dense_tensors(TensorList tensors);
std::vector<Tensor> unflatten_dense_tensors(const Tensor& flat, TensorList tensors);

/// A random tensor of the shape of self: the functional form of the method with an underscore.
Tensor& uniform_out(Tensor& out, const Tensor& self, double from = 0, double to = 1, std::optional<Generator> generator = std::nullopt);
Tensor uniform(const Tensor& self, double from = 0, double to = 1, std::optional<Generator> generator = std::nullopt);
Tensor& log_normal_out(Tensor& out, const Tensor& self, double mean = 1, double std = 2, std::optional<Generator> generator = std::nullopt);
Tensor log_normal(const Tensor& self, double mean = 1, double std = 2, std::optional<Generator> generator = std::nullopt);
Tensor& exponential_out(Tensor& out, const Tensor& self, double lambd = 1, std::optional<Generator> generator = std::nullopt);
Tensor exponential(const Tensor& self, double lambd = 1, std::optional<Generator> generator = std::nullopt);
Tensor& cauchy_out(Tensor& out, const Tensor& self, double median = 0, double sigma = 1, std::optional<Generator> generator = std::nullopt);
Tensor cauchy(const Tensor& self, double median = 0, double sigma = 1, std::optional<Generator> generator = std::nullopt);
Tensor& geometric_out(Tensor& out, const Tensor& self, double p, std::optional<Generator> generator = std::nullopt);
Tensor geometric(const Tensor& self, double p, std::optional<Generator> generator = std::nullopt);
Tensor& random_out(Tensor& out, const Tensor& self, int64_t from, std::optional<int64_t> to, std::optional<Generator> generator = std::nullopt);
Tensor random(const Tensor& self, int64_t from, std::optional<int64_t> to, std::optional<Generator> generator = std::nullopt);
Tensor& random_out(Tensor& out, const Tensor& self, int64_t to, std::optional<Generator> generator = std::nullopt);
Tensor random(const Tensor& self, int64_t to, std::optional<Generator> generator = std::nullopt);
Tensor& random_out(Tensor& out, const Tensor& self, std::optional<Generator> generator = std::nullopt);
Tensor random(const Tensor& self, std::optional<Generator> generator = std::nullopt);

/// Copies of self with another shape: the functional forms of resize_ and resize_as_.
const Tensor& resize_out(const Tensor& out, const Tensor& self, IntArrayRef size, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor resize(const Tensor& self, IntArrayRef size, std::optional<MemoryFormat> memory_format = std::nullopt);
const Tensor& resize_as_(const Tensor& self, const Tensor& the_template, std::optional<MemoryFormat> memory_format = std::nullopt);
const Tensor& resize_as_out(const Tensor& out, const Tensor& self, const Tensor& the_template, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor resize_as(const Tensor& self, const Tensor& the_template, std::optional<MemoryFormat> memory_format = std::nullopt);

/// Tensor of the first `size` elements of a file; changes go to the file when shared. Errors: no such file, too short.
Tensor from_file(std::string_view filename, std::optional<bool> shared = std::nullopt, std::optional<int64_t> size = 0, TensorOptions options = {});
Tensor from_file(std::string_view filename, std::optional<bool> shared, std::optional<int64_t> size, std::optional<ScalarType> dtype, std::optional<Layout> layout, std::optional<Device> device, std::optional<bool> pin_memory);
Tensor& from_file_out(Tensor& out, std::string_view filename, std::optional<bool> shared = std::nullopt, std::optional<int64_t> size = 0);

/// Convolution of [time, batch, channels] by weight [kernel, channels, outputs].
Tensor conv_tbc(const Tensor& self, const Tensor& weight, const Tensor& bias, int64_t pad = 0);
Tensor& conv_tbc_out(Tensor& out, const Tensor& self, const Tensor& weight, const Tensor& bias, int64_t pad = 0);

/// Convolutions under the names of their kernels.
Tensor& thnn_conv2d_out(Tensor& out, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0);
Tensor thnn_conv2d(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0);
Tensor& slow_conv3d_out(Tensor& out, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0);
Tensor slow_conv3d(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0);
Tensor& slow_conv3d_forward_out(Tensor& output, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding);
Tensor slow_conv3d_forward(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding);
Tensor slow_conv_dilated2d(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef dilation = 1);
Tensor& slow_conv_dilated2d_out(Tensor& out, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef dilation = 1);
Tensor slow_conv_dilated3d(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef dilation = 1);
Tensor& slow_conv_dilated3d_out(Tensor& out, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef dilation = 1);
Tensor& slow_conv_transpose2d_out(Tensor& out, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef output_padding = 0, IntArrayRef dilation = 1);
Tensor slow_conv_transpose2d(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef output_padding = 0, IntArrayRef dilation = 1);
Tensor& slow_conv_transpose3d_out(Tensor& out, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef output_padding = 0, IntArrayRef dilation = 1);
Tensor slow_conv_transpose3d(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias = {}, IntArrayRef stride = 1, IntArrayRef padding = 0, IntArrayRef output_padding = 0, IntArrayRef dilation = 1);
Tensor conv_depthwise3d(const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation);
Tensor& conv_depthwise3d_out(Tensor& out, const Tensor& self, const Tensor& weight, IntArrayRef kernel_size, const std::optional<Tensor>& bias, IntArrayRef stride, IntArrayRef padding, IntArrayRef dilation);

/// The factories of a tensor's kind, and copies, into a tensor that exists.
Tensor& new_empty_out(Tensor& out, const Tensor& self, IntArrayRef size);
Tensor& new_empty_strided_out(Tensor& out, const Tensor& self, IntArrayRef size, IntArrayRef stride);
Tensor& new_full_out(Tensor& out, const Tensor& self, IntArrayRef size, const Scalar& fill_value);
Tensor& new_ones_out(Tensor& out, const Tensor& self, IntArrayRef size);
Tensor& new_zeros_out(Tensor& out, const Tensor& self, IntArrayRef size);
Tensor& copy_out(Tensor& out, const Tensor& self, const Tensor& src, bool non_blocking = false);

/// self: there is one kind of tensor here.
Tensor lift(const Tensor& self);
Tensor lift_fresh(const Tensor& self);

}  // namespace v1
}  // namespace wick
