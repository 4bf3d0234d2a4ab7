// Making tensors.
#pragma once

#include <wick/ops/tensor_factory.h>
#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// DOC arange
Tensor arange(const Scalar& end, TensorOptions options = {});
Tensor arange(const Scalar& start, const Scalar& end, TensorOptions options = {});
Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step, TensorOptions options = {});
Tensor& arange_out(Tensor& out, const Scalar& end);
Tensor& arange_out(Tensor& out, const Scalar& start, const Scalar& end, const Scalar& step);

/// DOC bartlett_window
Tensor bartlett_window(int64_t window_length, TensorOptions options = {});
Tensor bartlett_window(int64_t window_length, bool periodic, TensorOptions options = {});
Tensor& bartlett_window_out(Tensor& out, int64_t window_length);
Tensor& bartlett_window_out(Tensor& out, int64_t window_length, bool periodic);

/// DOC blackman_window
Tensor blackman_window(int64_t window_length, TensorOptions options = {});
Tensor blackman_window(int64_t window_length, bool periodic, TensorOptions options = {});
Tensor& blackman_window_out(Tensor& out, int64_t window_length);
Tensor& blackman_window_out(Tensor& out, int64_t window_length, bool periodic);

/// DOC empty
Tensor empty(IntArrayRef size, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& empty_out(Tensor& out, IntArrayRef size, std::optional<MemoryFormat> memory_format = std::nullopt);

/// DOC empty_like
Tensor empty_like(const Tensor& self, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& empty_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);

/// DOC empty_permuted
Tensor empty_permuted(IntArrayRef size, IntArrayRef physical_layout, TensorOptions options = {});
Tensor& empty_permuted_out(Tensor& out, IntArrayRef size, IntArrayRef physical_layout);

/// DOC empty_strided
Tensor empty_strided(IntArrayRef size, IntArrayRef stride, TensorOptions options = {});
Tensor& empty_strided_out(Tensor& out, IntArrayRef size, IntArrayRef stride);

/// DOC eye
Tensor eye(int64_t n, TensorOptions options = {});
Tensor eye(int64_t n, int64_t m, TensorOptions options = {});
Tensor& eye_out(Tensor& out, int64_t n);
Tensor& eye_out(Tensor& out, int64_t n, int64_t m);

/// DOC full
Tensor full(IntArrayRef size, const Scalar& fill_value, TensorOptions options = {});
Tensor& full_out(Tensor& out, IntArrayRef size, const Scalar& fill_value);

/// DOC full_like
Tensor full_like(const Tensor& self, const Scalar& fill_value, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& full_like_out(Tensor& out, const Tensor& self, const Scalar& fill_value, std::optional<MemoryFormat> memory_format = std::nullopt);

/// DOC hamming_window
Tensor hamming_window(int64_t window_length, TensorOptions options = {});
Tensor hamming_window(int64_t window_length, bool periodic, TensorOptions options = {});
Tensor hamming_window(int64_t window_length, bool periodic, double alpha, TensorOptions options = {});
Tensor hamming_window(int64_t window_length, bool periodic, double alpha, double beta, TensorOptions options = {});
Tensor& hamming_window_out(Tensor& out, int64_t window_length);
Tensor& hamming_window_out(Tensor& out, int64_t window_length, bool periodic);
Tensor& hamming_window_out(Tensor& out, int64_t window_length, bool periodic, double alpha);
Tensor& hamming_window_out(Tensor& out, int64_t window_length, bool periodic, double alpha, double beta);

/// DOC hann_window
Tensor hann_window(int64_t window_length, TensorOptions options = {});
Tensor hann_window(int64_t window_length, bool periodic, TensorOptions options = {});
Tensor& hann_window_out(Tensor& out, int64_t window_length);
Tensor& hann_window_out(Tensor& out, int64_t window_length, bool periodic);

/// DOC linspace
Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps, TensorOptions options = {});
Tensor linspace(const Tensor& start, const Tensor& end, int64_t steps, TensorOptions options = {});
Tensor linspace(const Tensor& start, const Scalar& end, int64_t steps, TensorOptions options = {});
Tensor linspace(const Scalar& start, const Tensor& end, int64_t steps, TensorOptions options = {});
Tensor& linspace_out(Tensor& out, const Scalar& start, const Scalar& end, int64_t steps);
Tensor& linspace_out(Tensor& out, const Tensor& start, const Tensor& end, int64_t steps);
Tensor& linspace_out(Tensor& out, const Tensor& start, const Scalar& end, int64_t steps);
Tensor& linspace_out(Tensor& out, const Scalar& start, const Tensor& end, int64_t steps);

/// DOC logspace
Tensor logspace(const Scalar& start, const Scalar& end, int64_t steps, double base = 10.0, TensorOptions options = {});
Tensor logspace(const Tensor& start, const Tensor& end, int64_t steps, double base = 10.0, TensorOptions options = {});
Tensor logspace(const Tensor& start, const Scalar& end, int64_t steps, double base = 10.0, TensorOptions options = {});
Tensor logspace(const Scalar& start, const Tensor& end, int64_t steps, double base = 10.0, TensorOptions options = {});
Tensor& logspace_out(Tensor& out, const Scalar& start, const Scalar& end, int64_t steps, double base = 10.0);
Tensor& logspace_out(Tensor& out, const Tensor& start, const Tensor& end, int64_t steps, double base = 10.0);
Tensor& logspace_out(Tensor& out, const Tensor& start, const Scalar& end, int64_t steps, double base = 10.0);
Tensor& logspace_out(Tensor& out, const Scalar& start, const Tensor& end, int64_t steps, double base = 10.0);

/// DOC ones
Tensor ones(IntArrayRef size, TensorOptions options = {});
Tensor& ones_out(Tensor& out, IntArrayRef size);

/// DOC ones_like
Tensor ones_like(const Tensor& self, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& ones_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);

/// DOC range
Tensor range(const Scalar& start, const Scalar& end, const Scalar& step = 1, TensorOptions options = {});
Tensor range(const Scalar& start, const Scalar& end, TensorOptions options = {});
Tensor& range_out(Tensor& out, const Scalar& start, const Scalar& end);
Tensor& range_out(Tensor& out, const Scalar& start, const Scalar& end, const Scalar& step);

/// DOC scalar_tensor
Tensor scalar_tensor(const Scalar& s, TensorOptions options = {});
Tensor& scalar_tensor_out(Tensor& out, const Scalar& s);

/// DOC tril_indices
Tensor tril_indices(int64_t row, int64_t col, int64_t offset = 0, TensorOptions options = kLong);
Tensor& tril_indices_out(Tensor& out, int64_t row, int64_t col, int64_t offset = 0);

/// DOC triu_indices
Tensor triu_indices(int64_t row, int64_t col, int64_t offset = 0, TensorOptions options = kLong);
Tensor& triu_indices_out(Tensor& out, int64_t row, int64_t col, int64_t offset = 0);

/// DOC zeros
Tensor zeros(IntArrayRef size, TensorOptions options = {});
Tensor& zeros_out(Tensor& out, IntArrayRef size);

/// DOC zeros_like
Tensor zeros_like(const Tensor& self, TensorOptions options = {}, std::optional<MemoryFormat> memory_format = std::nullopt);
Tensor& zeros_like_out(Tensor& out, const Tensor& self, std::optional<MemoryFormat> memory_format = std::nullopt);

/// DOC complex
Tensor complex(const Tensor& real, const Tensor& imag);
Tensor& complex_out(Tensor& out, const Tensor& real, const Tensor& imag);

/// DOC polar
Tensor polar(const Tensor& abs, const Tensor& angle);
Tensor& polar_out(Tensor& out, const Tensor& abs, const Tensor& angle);

/// DOC cartesian_prod
Tensor cartesian_prod(ArrayRef<Tensor> tensors);

/// DOC combinations
Tensor combinations(const Tensor& self, int64_t r = 2, bool with_replacement = false);

/// DOC meshgrid
std::vector<Tensor> meshgrid(ArrayRef<Tensor> tensors);
std::vector<Tensor> meshgrid(ArrayRef<Tensor> tensors, std::string_view indexing);

/// DOC vander
Tensor vander(const Tensor& x, std::optional<int64_t> N = std::nullopt, bool increasing = false);

}  // namespace v1
}  // namespace wick
