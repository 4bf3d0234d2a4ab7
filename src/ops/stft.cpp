// Fourier transforms of the windows of a signal, and the signal back.
#include <wick/ops/fft.h>
#include <wick/ops/nn_backward.h>

#include "autograd/autocast.h"
#include "ops/matmul.h"

namespace wick::ops {
namespace {

// A window of n_fft, zero around win_length.
Tensor widened(const Tensor& window, int64_t win_length, int64_t n_fft, const TensorOptions& options) {
  if (win_length == n_fft) return window;
  const Tensor w = window.defined() ? window : ones({win_length}, options);
  const int64_t left = (n_fft - win_length) / 2;
  return constant_pad_nd(w, {left, n_fft - win_length - left}, 0);
}
std::string shown(const char* op, const Tensor& x, int64_t n_fft, int64_t hop, int64_t win) {
  return str(op, "(", x.toString(), x.sizes(), ", n_fft=", n_fft, ", hop_length=", hop, ", win_length=", win, ")");
}
void check_window(const std::string& call, const Tensor& window, int64_t n_fft, int64_t hop, int64_t win) {
  WICK_CHECK(hop > 0, call, ": expected hop_length > 0, but got hop_length=", hop);
  WICK_CHECK(win > 0 && win <= n_fft, call, ": expected 0 < win_length <= n_fft, but got win_length=", win);
  WICK_CHECK(!window.defined() || (window.dim() == 1 && window.size(0) == win), call, ": expected a 1D window tensor of size equal to win_length=", win, ", but got window with size ",
             window.defined() ? window.sizes() : IntArrayRef());
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor stft(const Tensor& self, int64_t n_fft, std::optional<int64_t> hop_length, std::optional<int64_t> win_length, const std::optional<Tensor>& window_opt, bool center, std::string_view pad_mode,
            bool normalized, std::optional<bool> onesided, std::optional<bool> return_complex, std::optional<bool> align_to_window) {
  WICK_AUTOCAST(full, stft, self, n_fft, hop_length, win_length, window_opt, center, pad_mode, normalized, onesided, return_complex, align_to_window);
  check_defined("stft", {self});
  const Tensor& window = tensor_or_none(window_opt);
  WICK_CHECK(!align_to_window || !center, "stft align_to_window should only be set when center = false.");
  const int64_t hop = hop_length.value_or(n_fft >> 2), win = win_length.value_or(n_fft);
  const bool complex = self.is_complex() || (window.defined() && window.is_complex());
  WICK_CHECK(return_complex.has_value() || complex, "stft requires the return_complex parameter be given for real inputs, and will further require that return_complex=True in a future PyTorch release.");
  const std::string call = shown("stft", self, n_fft, hop, win);
  WICK_CHECK(self.is_floating_point() || self.is_complex(), call, ": expected a tensor of floating point or complex values");
  WICK_CHECK(self.dim() == 1 || self.dim() == 2, call, ": expected a 1D or 2D tensor");
  Tensor x = self.dim() == 1 ? self.unsqueeze(0) : self;
  if (center) x = pad(x.unsqueeze(1), {n_fft / 2, n_fft / 2}, pad_mode).squeeze(1);
  const int64_t length = x.size(1);
  WICK_CHECK(n_fft > 0 && n_fft <= length, call, ": expected 0 < n_fft < ", length, ", but got n_fft=", n_fft);
  check_window(call, window, n_fft, hop, win);
  if (align_to_window.value_or(false)) {
    const int64_t room = n_fft - win;
    x = constant_pad_nd(x, {room / 2, room - room / 2}, 0);
  }
  Tensor frames = x.unfold(1, n_fft, hop);
  const Tensor w = widened(window, win, n_fft, x.options().requires_grad(false));
  if (w.defined()) frames = frames * w;
  const bool half = onesided.value_or(!complex);
  WICK_CHECK(!half || !complex, "Cannot have onesided output if window or input is complex");
  const std::optional<std::string_view> norm = normalized ? std::optional<std::string_view>("ortho") : std::nullopt;
  Tensor y = (half ? fft_rfft(frames, std::nullopt, -1, norm) : fft_fft(frames, std::nullopt, -1, norm)).transpose(1, 2);
  if (self.dim() == 1) y = y.squeeze(0);
  return return_complex.value_or(complex) ? y : view_as_real(y);
}
Tensor stft(const Tensor& self, int64_t n_fft, std::optional<int64_t> hop_length, std::optional<int64_t> win_length, const std::optional<Tensor>& window, bool normalized, std::optional<bool> onesided,
            std::optional<bool> return_complex, std::optional<bool> align_to_window) {
  WICK_AUTOCAST(full, stft, self, n_fft, hop_length, win_length, window, normalized, onesided, return_complex, align_to_window);
  return stft(self, n_fft, hop_length, win_length, window, false, "constant", normalized, onesided, return_complex, align_to_window);
}

Tensor istft(const Tensor& self, int64_t n_fft, std::optional<int64_t> hop_length, std::optional<int64_t> win_length, const std::optional<Tensor>& window_opt, bool center, bool normalized,
             std::optional<bool> onesided_opt, std::optional<int64_t> length, bool return_complex) {
  check_defined("istft", {self});
  WICK_CHECK(self.is_complex(), "istft requires a complex-valued input tensor matching the output from stft with return_complex=True.");
  const Tensor& window = tensor_or_none(window_opt);
  const int64_t hop = hop_length.value_or(n_fft >> 2), win = win_length.value_or(n_fft);
  const std::string call = shown("istft", self, n_fft, hop, win);
  WICK_CHECK(self.numel() > 0, call, ": input tensor cannot be empty.");
  WICK_CHECK(self.dim() == 2 || self.dim() == 3, call, ": expected a tensor with 2 or 3 dimensions, but got ", self.dim());
  const Tensor spectrum = self.dim() == 2 ? self.unsqueeze(0) : self;
  const int64_t rows = spectrum.size(1), count = spectrum.size(2), whole = n_fft + hop * (count - 1);
  const bool onesided = onesided_opt.value_or(rows != n_fft);
  WICK_CHECK(rows == (onesided ? n_fft / 2 + 1 : n_fft), call, ": expected the frequency dimension (2nd to the last) of the input tensor to match n_fft", onesided ? " / 2 + 1" : "", " when onesided=", onesided ? "true" : "false",
             ", but got ", rows);
  WICK_CHECK(hop > 0 && hop <= win, call, ": expected 0 < hop_length <= win_length");
  check_window(call, window, n_fft, hop, win);
  WICK_CHECK(return_complex ? !onesided : !(window.defined() && window.is_complex()), return_complex ? "cannot have onesided output if window or input is complex" : "Complex windows are incompatible with return_complex=False");
  const ScalarType real = to_real_type(self.scalar_type());
  const TensorOptions options = self.options().dtype(return_complex ? self.scalar_type() : real).requires_grad(false);
  const Tensor w = window.defined() || win < n_fft ? widened(window, win, n_fft, options) : ones({n_fft}, options);
  const std::optional<std::string_view> norm = normalized ? std::optional<std::string_view>("ortho") : std::nullopt;
  const Tensor lines = spectrum.transpose(1, 2);
  const Tensor frames = return_complex ? fft_ifft(lines, std::nullopt, -1, norm) : fft_irfft(onesided ? lines : lines.slice(-1, 0, n_fft / 2 + 1), n_fft, -1, norm);
  const Tensor weighted = frames * w;
  // Overlapping and adding is the transpose of taking windows.
  Tensor y = unfold_backward(weighted, {spectrum.size(0), whole}, 1, n_fft, hop);
  Tensor envelope = unfold_backward(w.pow(2).expand({1, count, n_fft}), {1, whole}, 1, n_fft, hop);
  const int64_t start = center ? n_fft / 2 : 0, end = length ? start + *length : center ? whole - n_fft / 2 : whole;
  y = y.slice(1, start, end);
  envelope = envelope.slice(1, start, end);
  const double least = envelope.numel() ? envelope.detach().abs().min().item<double>() : 1;
  WICK_CHECK(least > 1e-11, call, ": window overlap add min: ", least, " is too small to divide by");
  y = y / envelope;
  if (end > whole) y = constant_pad_nd(y, {0, end - whole}, 0);
  return self.dim() == 2 ? y.squeeze(0) : y;
}

}  // namespace wick::inline v1
