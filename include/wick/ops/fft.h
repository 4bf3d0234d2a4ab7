// Fourier transforms, whole and of windows of a signal.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// Discrete Fourier transform along a dimension and its inverse. n: length to cut or pad the dimension to; norm: "backward" (divide the inverse by n), "forward" (divide
/// the forward one) or "ortho" (both by the root of n). Results are complex. Errors: no dimension, no data points, half types.
Tensor fft_fft(const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_fft_out(Tensor& out, const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_ifft(const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_ifft_out(Tensor& out, const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);

/// Transform of a real tensor to the n / 2 + 1 numbers that determine it, and back to a real one of length n (default 2 (m - 1)).
Tensor fft_rfft(const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_rfft_out(Tensor& out, const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_irfft(const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_irfft_out(Tensor& out, const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);

/// Real transform of a Hermitian half signal of n / 2 + 1 numbers, and its inverse.
Tensor fft_hfft(const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_hfft_out(Tensor& out, const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_ihfft(const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_ihfft_out(Tensor& out, const Tensor& self, std::optional<int64_t> n = std::nullopt, int64_t dim = -1, std::optional<std::string_view> norm = std::nullopt);

/// The same over the last two dimensions (or `dim`), s giving their lengths.
Tensor fft_fft2(const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_fft2_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_ifft2(const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_ifft2_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_rfft2(const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_rfft2_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_irfft2(const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_irfft2_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_hfft2(const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_hfft2_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_ihfft2(const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_ihfft2_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, IntArrayRef dim = {-2,-1}, std::optional<std::string_view> norm = std::nullopt);

/// The same over several dimensions: all, those in `dim`, or the last ones that s counts.
Tensor fft_fftn(const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_fftn_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_ifftn(const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_ifftn_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_rfftn(const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_rfftn_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_irfftn(const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_irfftn_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_hfftn(const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_hfftn_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor fft_ihfftn(const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);
Tensor& fft_ihfftn_out(Tensor& out, const Tensor& self, OptionalIntArrayRef s = std::nullopt, OptionalIntArrayRef dim = std::nullopt, std::optional<std::string_view> norm = std::nullopt);

/// Frequencies of the transform's elements for samples d apart: all n, or the n / 2 + 1 of the real one.
Tensor fft_fftfreq(int64_t n, double d = 1.0, TensorOptions options = {});
Tensor fft_fftfreq(int64_t n, double d, std::optional<ScalarType> dtype, std::optional<Layout> layout, std::optional<Device> device, std::optional<bool> pin_memory);
Tensor& fft_fftfreq_out(Tensor& out, int64_t n, double d = 1.0);
Tensor fft_rfftfreq(int64_t n, double d = 1.0, TensorOptions options = {});
Tensor fft_rfftfreq(int64_t n, double d, std::optional<ScalarType> dtype, std::optional<Layout> layout, std::optional<Device> device, std::optional<bool> pin_memory);
Tensor& fft_rfftfreq_out(Tensor& out, int64_t n, double d = 1.0);

/// Moves the zero frequency to the middle of the dimensions given (default all), and back.
Tensor fft_fftshift(const Tensor& self, OptionalIntArrayRef dim = std::nullopt);
Tensor fft_ifftshift(const Tensor& self, OptionalIntArrayRef dim = std::nullopt);

/// Transforms of overlapping windows of a signal [samples] or [batch, samples]: [.., frequencies, frames]. Frames lie hop_length (n_fft / 4) apart; center pads both
/// ends by n_fft / 2 in pad_mode; the window of win_length (n_fft) is padded with zeros; normalized divides by the root of n_fft; onesided (for real signals) keeps
/// n_fft / 2 + 1 frequencies. Errors: return_complex missing for a real signal, sizes that do not fit.
Tensor stft(const Tensor& self, int64_t n_fft, std::optional<int64_t> hop_length, std::optional<int64_t> win_length, const std::optional<Tensor>& window, bool normalized, std::optional<bool> onesided = std::nullopt, std::optional<bool> return_complex = std::nullopt, std::optional<bool> align_to_window = std::nullopt);
Tensor stft(const Tensor& self, int64_t n_fft, std::optional<int64_t> hop_length = std::nullopt, std::optional<int64_t> win_length = std::nullopt, const std::optional<Tensor>& window = {}, bool center = true, std::string_view pad_mode = "reflect", bool normalized = false, std::optional<bool> onesided = std::nullopt, std::optional<bool> return_complex = std::nullopt, std::optional<bool> align_to_window = std::nullopt);

/// Signal of the given transform of windows, by overlapping and adding. Errors: windows that add up to (nearly) zero.
Tensor istft(const Tensor& self, int64_t n_fft, std::optional<int64_t> hop_length = std::nullopt, std::optional<int64_t> win_length = std::nullopt, const std::optional<Tensor>& window = {}, bool center = true, bool normalized = false, std::optional<bool> onesided = std::nullopt, std::optional<int64_t> length = std::nullopt, bool return_complex = false);

}  // namespace v1
}  // namespace wick
