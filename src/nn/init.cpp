#include <wick/nn/init.h>

#include <algorithm>
#include <cmath>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::nn::init::inline v1 {
namespace {

double fan(const Tensor& t, FanModeType mode) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(t);
  return static_cast<double>(mode.is<enumtype::kFanIn>() ? in : out);
}

void check_2d(const char* op, const Tensor& t) {
  WICK_CHECK_TYPE(ValueError, t.dim() == 2, op, ": Only tensors with 2 dimensions are supported, got ", t.sizes());
}

}  // namespace

double calculate_gain(NonlinearityType nonlinearity, double param) {
  if (nonlinearity.is<enumtype::kTanh>()) return 5.0 / 3.0;
  if (nonlinearity.is<enumtype::kReLU>()) return std::sqrt(2.0);
  if (nonlinearity.is<enumtype::kLeakyReLU>()) return std::sqrt(2.0 / (1 + param * param));
  return 1.0;
}

Tensor constant_(Tensor tensor, Scalar value) { NoGradGuard off; return tensor.fill_(value); }
Tensor ones_(Tensor tensor) { NoGradGuard off; return tensor.fill_(1); }
Tensor zeros_(Tensor tensor) { NoGradGuard off; return tensor.zero_(); }
Tensor uniform_(Tensor tensor, double low, double high) { NoGradGuard off; return tensor.uniform_(low, high); }
Tensor normal_(Tensor tensor, double mean, double std) { NoGradGuard off; return tensor.normal_(mean, std); }

Tensor eye_(Tensor matrix) {
  NoGradGuard off;
  check_2d("eye_", matrix);
  matrix.copy_(eye(matrix.size(0), matrix.size(1), matrix.options().requires_grad(false)));
  return matrix;
}

Tensor dirac_(Tensor tensor) {
  NoGradGuard off;
  WICK_CHECK_TYPE(ValueError, tensor.dim() >= 3 && tensor.dim() <= 5, "dirac_: Only tensors with 3, 4, or 5 dimensions are supported, got ", tensor.sizes());
  tensor.zero_();
  const int64_t n = std::min(tensor.size(0), tensor.size(1));
  for (int64_t d = 0; d < n; ++d) {
    Tensor centre = tensor.select(0, d).select(0, d);
    while (centre.dim() > 0) centre = centre.select(0, centre.size(0) / 2);
    centre.fill_(1);
  }
  return tensor;
}

Tensor orthogonal_(Tensor tensor, double gain) {
  NoGradGuard off;
  WICK_CHECK_TYPE(ValueError, tensor.dim() >= 2, "orthogonal_: Only tensors with 2 or more dimensions are supported, got ", tensor.sizes());
  const int64_t rows = tensor.size(0), cols = rows == 0 ? 0 : tensor.numel() / rows;
  if (tensor.numel() == 0) return tensor;
  Tensor flat = randn({rows, cols}, tensor.options().requires_grad(false));
  if (rows < cols) flat = flat.t().contiguous();
  auto [q, r] = linalg_qr(flat);
  q = q * r.diagonal().sign();  // makes the result unique
  if (rows < cols) q = q.t();
  tensor.view_as(q).copy_(q).mul_(gain);
  return tensor;
}

Tensor sparse_(Tensor tensor, double sparsity, double std) {
  NoGradGuard off;
  check_2d("sparse_", tensor);
  const int64_t rows = tensor.size(0), cols = tensor.size(1);
  const int64_t zeros = static_cast<int64_t>(std::ceil(sparsity * static_cast<double>(rows)));
  tensor.normal_(0, std);
  for (int64_t c = 0; c < cols; ++c) tensor.select(1, c).index_fill_(0, randperm(rows).slice(0, 0, zeros), 0);
  return tensor;
}

Tensor kaiming_uniform_(Tensor tensor, double a, FanModeType mode, NonlinearityType nonlinearity) {
  const double bound = std::sqrt(3.0) * calculate_gain(nonlinearity, a) / std::sqrt(fan(tensor, mode));
  return uniform_(std::move(tensor), -bound, bound);
}
Tensor kaiming_normal_(Tensor tensor, double a, FanModeType mode, NonlinearityType nonlinearity) {
  const double std = calculate_gain(nonlinearity, a) / std::sqrt(fan(tensor, mode));
  return normal_(std::move(tensor), 0, std);
}
Tensor xavier_uniform_(Tensor tensor, double gain) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(tensor);
  const double std = gain * std::sqrt(2.0 / static_cast<double>(in + out)), a = std::sqrt(3.0) * std;
  return uniform_(std::move(tensor), -a, a);
}
Tensor xavier_normal_(Tensor tensor, double gain) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(tensor);
  return normal_(std::move(tensor), 0, gain * std::sqrt(2.0 / static_cast<double>(in + out)));
}

Tensor trunc_normal_(Tensor tensor, double mean, double std, double a, double b) {
  NoGradGuard off;
  const auto cdf = [](double x) { return (1 + std::erf(x / std::sqrt(2.0))) / 2; };
  const double low = cdf((a - mean) / std), high = cdf((b - mean) / std);
  return tensor.uniform_(2 * low - 1, 2 * high - 1).erfinv_().mul_(std * std::sqrt(2.0)).add_(mean).clamp_(a, b);
}

std::tuple<int64_t, int64_t> _calculate_fan_in_and_fan_out(const Tensor& tensor) {
  const int64_t d = tensor.dim();
  WICK_CHECK_TYPE(ValueError, d >= 2, "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got ", tensor.sizes());
  if (d == 2) return {tensor.size(1), tensor.size(0)};
  int64_t receptive = 1;
  for (int64_t i = 2; i < d; ++i) receptive *= tensor.size(i);
  return {tensor.size(1) * receptive, tensor.size(0) * receptive};
}

}  // namespace wick::nn::init::inline v1
