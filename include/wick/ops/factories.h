// Making tensors.
#pragma once

#include <wick/ops/tensor_factory.h>
#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// Numbers from start in steps; arange stops before end, range at it. All-integer arguments give int64.
Tensor arange(const Scalar& end, TensorOptions options = {});
Tensor arange(const Scalar& start, const Scalar& end, TensorOptions options = {});
Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step, TensorOptions options = {});
Tensor& arange_out(Tensor& out, const Scalar& end);
Tensor& arange_out(Tensor& out, const Scalar& start, const Scalar& end, const Scalar& step);

/// Triangular window of length window_length.
Tensor bartlett_window(int64_t window_length, TensorOptions options = {});
Tensor bartlett_window(int64_t window_length, bool periodic, TensorOptions options = {});
Tensor& bartlett_window_out(Tensor& out, int64_t window_length);
Tensor& bartlett_window_out(Tensor& out, int64_t window_length, bool periodic);

/// Blackman window.
Tensor blackman_window(int64_t window_length, TensorOptions options = {});
Tensor blackman_window(int64_t window_length, bool periodic, TensorOptions options = {});
Tensor& blackman_window_out(Tensor& out, int64_t window_length);
Tensor& blackman_window_out(Tensor& out, int64_t window_length, bool periodic);

/// A tensor of uninitialised elements.
Tensor empty(IntArrayRef size, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& empty_out(Tensor& out, IntArrayRef size, std::optional<MemoryFormat> memory_format = std::nullopt);

/// An uninitialised tensor with self's shape, dtype and, where dense, strides.
Tensor empty_like(const Tensor& self, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& empty_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);

/// Uninitialised, with the dimensions laid out in memory in the order given.
Tensor empty_permuted(IntArrayRef size, IntArrayRef physical_layout, TensorOptions options = {});
Tensor& empty_permuted_out(Tensor& out, IntArrayRef size, IntArrayRef physical_layout);

/// Uninitialised, with the strides given.
Tensor empty_strided(IntArrayRef size, IntArrayRef stride, TensorOptions options = {});
Tensor& empty_strided_out(Tensor& out, IntArrayRef size, IntArrayRef stride);

/// Matrix with ones on the diagonal.
Tensor eye(int64_t n, TensorOptions options = {});
Tensor eye(int64_t n, int64_t m, TensorOptions options = {});
Tensor& eye_out(Tensor& out, int64_t n);
Tensor& eye_out(Tensor& out, int64_t n, int64_t m);

/// A tensor filled with a value; the dtype follows the value unless given.
Tensor full(IntArrayRef size, const Scalar& fill_value, TensorOptions options = {});
Tensor& full_out(Tensor& out, IntArrayRef size, const Scalar& fill_value);

/// Like self, filled with a value.
Tensor full_like(const Tensor& self, const Scalar& fill_value, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& full_like_out(Tensor& out, const Tensor& self, const Scalar& fill_value, std::optional<MemoryFormat> memory_format = std::nullopt);

/// Hamming window alpha - beta * cos.
Tensor hamming_window(int64_t window_length, TensorOptions options = {});
Tensor hamming_window(int64_t window_length, bool periodic, TensorOptions options = {});
Tensor hamming_window(int64_t window_length, bool periodic, double alpha, TensorOptions options = {});
Tensor hamming_window(int64_t window_length, bool periodic, double alpha, double beta, TensorOptions options = {});
Tensor& hamming_window_out(Tensor& out, int64_t window_length);
Tensor& hamming_window_out(Tensor& out, int64_t window_length, bool periodic);
Tensor& hamming_window_out(Tensor& out, int64_t window_length, bool periodic, double alpha);
Tensor& hamming_window_out(Tensor& out, int64_t window_length, bool periodic, double alpha, double beta);

/// Hann window.
Tensor hann_window(int64_t window_length, TensorOptions options = {});
Tensor hann_window(int64_t window_length, bool periodic, TensorOptions options = {});
Tensor& hann_window_out(Tensor& out, int64_t window_length);
Tensor& hann_window_out(Tensor& out, int64_t window_length, bool periodic);

/// Kaiser window of length window_length; a larger beta narrows it.
Tensor kaiser_window(int64_t window_length, TensorOptions options = {});
Tensor kaiser_window(int64_t window_length, bool periodic, TensorOptions options = {});
Tensor kaiser_window(int64_t window_length, bool periodic, double beta, TensorOptions options = {});
Tensor& kaiser_window_out(Tensor& out, int64_t window_length);
Tensor& kaiser_window_out(Tensor& out, int64_t window_length, bool periodic);
Tensor& kaiser_window_out(Tensor& out, int64_t window_length, bool periodic, double beta);

/// steps numbers evenly from start to end, both included.
Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps, TensorOptions options = {});
Tensor linspace(const Tensor& start, const Tensor& end, int64_t steps, TensorOptions options = {});
Tensor linspace(const Tensor& start, const Scalar& end, int64_t steps, TensorOptions options = {});
Tensor linspace(const Scalar& start, const Tensor& end, int64_t steps, TensorOptions options = {});
Tensor& linspace_out(Tensor& out, const Scalar& start, const Scalar& end, int64_t steps);
Tensor& linspace_out(Tensor& out, const Tensor& start, const Tensor& end, int64_t steps);
Tensor& linspace_out(Tensor& out, const Tensor& start, const Scalar& end, int64_t steps);
Tensor& linspace_out(Tensor& out, const Scalar& start, const Tensor& end, int64_t steps);

/// base to the power of linspace.
Tensor logspace(const Scalar& start, const Scalar& end, int64_t steps, double base = 10.0, TensorOptions options = {});
Tensor logspace(const Tensor& start, const Tensor& end, int64_t steps, double base = 10.0, TensorOptions options = {});
Tensor logspace(const Tensor& start, const Scalar& end, int64_t steps, double base = 10.0, TensorOptions options = {});
Tensor logspace(const Scalar& start, const Tensor& end, int64_t steps, double base = 10.0, TensorOptions options = {});
Tensor& logspace_out(Tensor& out, const Scalar& start, const Scalar& end, int64_t steps, double base = 10.0);
Tensor& logspace_out(Tensor& out, const Tensor& start, const Tensor& end, int64_t steps, double base = 10.0);
Tensor& logspace_out(Tensor& out, const Tensor& start, const Scalar& end, int64_t steps, double base = 10.0);
Tensor& logspace_out(Tensor& out, const Scalar& start, const Tensor& end, int64_t steps, double base = 10.0);

/// A tensor of ones.
Tensor ones(IntArrayRef size, TensorOptions options = {});
Tensor& ones_out(Tensor& out, IntArrayRef size);

/// Ones like self.
Tensor ones_like(const Tensor& self, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& ones_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);

/// Numbers from start in steps; arange stops before end, range at it. All-integer arguments give int64.
Tensor range(const Scalar& start, const Scalar& end, const Scalar& step = 1, TensorOptions options = {});
Tensor range(const Scalar& start, const Scalar& end, TensorOptions options = {});
Tensor& range_out(Tensor& out, const Scalar& start, const Scalar& end);
Tensor& range_out(Tensor& out, const Scalar& start, const Scalar& end, const Scalar& step);

/// A 0-dim tensor of one number (default dtype).
Tensor scalar_tensor(const Scalar& s, TensorOptions options = {});
Tensor& scalar_tensor_out(Tensor& out, const Scalar& s);

/// Row and column indices of the lower triangle, [2, n].
Tensor tril_indices(int64_t row, int64_t col, int64_t offset = 0, TensorOptions options = kLong);
Tensor& tril_indices_out(Tensor& out, int64_t row, int64_t col, int64_t offset = 0);

/// Row and column indices of the upper triangle, [2, n].
Tensor triu_indices(int64_t row, int64_t col, int64_t offset = 0, TensorOptions options = kLong);
Tensor& triu_indices_out(Tensor& out, int64_t row, int64_t col, int64_t offset = 0);

/// A tensor of zeros.
Tensor zeros(IntArrayRef size, TensorOptions options = {});
Tensor& zeros_out(Tensor& out, IntArrayRef size);

/// Zeros like self.
Tensor zeros_like(const Tensor& self, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& zeros_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);

/// Complex numbers from real and imaginary parts.
Tensor complex(const Tensor& real, const Tensor& imag);
Tensor& complex_out(Tensor& out, const Tensor& real, const Tensor& imag);

/// Complex numbers from lengths and angles.
Tensor polar(const Tensor& abs, const Tensor& angle);
Tensor& polar_out(Tensor& out, const Tensor& abs, const Tensor& angle);

/// All combinations of elements of 1-d tensors, one a row.
Tensor cartesian_prod(ArrayRef<Tensor> tensors);

/// All r-element combinations of a 1-d tensor.
Tensor combinations(const Tensor& self, int64_t r = 2, bool with_replacement = false);

/// Coordinate grids of 1-d tensors; indexing "ij" or "xy".
std::vector<Tensor> meshgrid(ArrayRef<Tensor> tensors);
std::vector<Tensor> meshgrid(ArrayRef<Tensor> tensors, std::string_view indexing);

/// Matrix of the powers of a vector.
Tensor vander(const Tensor& x, std::optional<int64_t> N = std::nullopt, bool increasing = false);

}  // namespace v1
}  // namespace wick
