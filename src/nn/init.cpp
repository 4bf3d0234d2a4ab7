#include <wick/nn/init.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::nn::init::inline v1 {
namespace {

double fan(const Tensor& t, FanModeType mode) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(t);
  return static_cast<double>(mode.is<enumtype::kFanIn>() ? in : out);
}

thread_local bool skipping = false;

void check_2d(const char* op, const Tensor& t) {
  WICK_CHECK_TYPE(ValueError, t.dim() == 2, op, ": Only tensors with 2 dimensions are supported, got ", t.sizes());
}

}  // namespace

SkipInit::SkipInit() : before_(std::exchange(skipping, true)) {}
SkipInit::~SkipInit() { skipping = before_; }

double calculate_gain(NonlinearityType nonlinearity, double param) {
  if (nonlinearity.is<enumtype::kTanh>()) return 5.0 / 3.0;
  if (nonlinearity.is<enumtype::kReLU>()) return std::sqrt(2.0);
  if (nonlinearity.is<enumtype::kLeakyReLU>()) return std::sqrt(2.0 / (1 + param * param));
  return nonlinearity.is<enumtype::kSELU>() ? 0.75 : 1.0;
}

Tensor constant_(Tensor tensor, Scalar value) { NoGradGuard off; return skipping ? tensor : tensor.fill_(value); }
Tensor ones_(Tensor tensor) { NoGradGuard off; return skipping ? tensor : tensor.fill_(1); }
Tensor zeros_(Tensor tensor) { NoGradGuard off; return skipping ? tensor : tensor.zero_(); }
Tensor uniform_(Tensor tensor, double low, double high, const std::optional<Generator>& generator) { NoGradGuard off; return skipping ? tensor : tensor.uniform_(low, high, generator); }
Tensor normal_(Tensor tensor, double mean, double std, const std::optional<Generator>& generator) { NoGradGuard off; return skipping ? tensor : tensor.normal_(mean, std, generator); }

Tensor eye_(Tensor matrix) {
  NoGradGuard off;
  if (skipping) return matrix;
  check_2d("eye_", matrix);
  matrix.copy_(eye(matrix.size(0), matrix.size(1), matrix.options().requires_grad(false)));
  return matrix;
}

Tensor dirac_(Tensor tensor, int64_t groups) {
  NoGradGuard off;
  if (skipping) return tensor;
  WICK_CHECK_TYPE(ValueError, tensor.dim() >= 3 && tensor.dim() <= 5, "dirac_: Only tensors with 3, 4, or 5 dimensions are supported, got ", tensor.sizes());
  WICK_CHECK_TYPE(ValueError, groups > 0 && tensor.size(0) % groups == 0, "dirac_: dim 0 must be divisible by groups, got ", tensor.sizes(), " and ", groups);
  tensor.zero_();
  const int64_t rows = tensor.size(0) / groups, n = std::min(rows, tensor.size(1));
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t d = 0; d < n; ++d) {
      Tensor centre = tensor.select(0, g * rows + d).select(0, d);
      while (centre.dim() > 0) centre = centre.select(0, centre.size(0) / 2);
      centre.fill_(1);
    }
  return tensor;
}

Tensor orthogonal_(Tensor tensor, double gain, const std::optional<Generator>& generator) {
  NoGradGuard off;
  if (skipping) return tensor;
  WICK_CHECK_TYPE(ValueError, tensor.dim() >= 2, "orthogonal_: Only tensors with 2 or more dimensions are supported, got ", tensor.sizes());
  const int64_t rows = tensor.size(0), cols = rows == 0 ? 0 : tensor.numel() / rows;
  if (tensor.numel() == 0) return tensor;
  Tensor flat = empty({rows, cols}, tensor.options().requires_grad(false)).normal_(0, 1, generator);
  if (rows < cols) flat = flat.t().contiguous();
  auto [q, r] = linalg_qr(flat);
  q = q * r.diagonal().sign();  // makes the result unique
  if (rows < cols) q = q.t();
  tensor.view_as(q).copy_(q).mul_(gain);
  return tensor;
}

Tensor sparse_(Tensor tensor, double sparsity, double std, const std::optional<Generator>& generator) {
  NoGradGuard off;
  if (skipping) return tensor;
  check_2d("sparse_", tensor);
  const int64_t rows = tensor.size(0), cols = tensor.size(1);
  const int64_t zeros = static_cast<int64_t>(std::ceil(sparsity * static_cast<double>(rows)));
  tensor.normal_(0, std, generator);
  for (int64_t c = 0; c < cols; ++c) tensor.select(1, c).index_fill_(0, randperm(rows).slice(0, 0, zeros), 0);
  return tensor;
}

Tensor kaiming_uniform_(Tensor tensor, double a, FanModeType mode, NonlinearityType nonlinearity, const std::optional<Generator>& generator) {
  if (tensor.numel() == 0) return tensor;
  const double bound = std::sqrt(3.0) * calculate_gain(nonlinearity, a) / std::sqrt(fan(tensor, mode));
  return uniform_(std::move(tensor), -bound, bound, generator);
}
Tensor kaiming_normal_(Tensor tensor, double a, FanModeType mode, NonlinearityType nonlinearity, const std::optional<Generator>& generator) {
  if (tensor.numel() == 0) return tensor;
  const double std = calculate_gain(nonlinearity, a) / std::sqrt(fan(tensor, mode));
  return normal_(std::move(tensor), 0, std, generator);
}
Tensor xavier_uniform_(Tensor tensor, double gain, const std::optional<Generator>& generator) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(tensor);
  const double std = gain * std::sqrt(2.0 / static_cast<double>(in + out)), a = std::sqrt(3.0) * std;
  return uniform_(std::move(tensor), -a, a, generator);
}
Tensor xavier_normal_(Tensor tensor, double gain, const std::optional<Generator>& generator) {
  const auto [in, out] = _calculate_fan_in_and_fan_out(tensor);
  return normal_(std::move(tensor), 0, gain * std::sqrt(2.0 / static_cast<double>(in + out)), generator);
}

namespace {

// Where most of the distribution lies within the limits: normal numbers, those outside drawn again (all are, so that the sequence is PyTorch's).
void truncate_by_redrawing(const Tensor& tensor, double mean, double std, double a, double b, const std::optional<Generator>& generator) {
  const double low = wick::full({}, a, tensor.options().requires_grad(false)).item<double>(), high = wick::full({}, b, tensor.options().requires_grad(false)).item<double>();
  tensor.normal_(mean, std, generator);
  Tensor result = tensor;
  for (Tensor outside; (outside = (result < low).logical_or(result > high)).any().item<bool>();)
    result = wick::where(outside, wick::empty_like(result).normal_(mean, std, generator), result);
  if (!result.is_same(tensor)) tensor.copy_(result);
}

// Elsewhere few would hit: uniform numbers, each accepted as often as the density there is to its peak.
void truncate_by_rejection(const Tensor& tensor, double mean, double std, double a, double b, const std::optional<Generator>& generator) {
  const double mode = std::max(a, std::min(mean, b)), log_peak = -0.5 * std::pow((mode - mean) / std, 2);
  const Tensor chance = wick::empty_like(tensor);
  Tensor candidates = wick::empty_like(tensor), result = tensor;
  const auto rejected = [&] {
    candidates.sub_(mean).div_(std).pow_(2).mul_(-0.5).sub_(log_peak);
    return chance.uniform_(0, 1, generator).log_().gt(candidates);
  };
  tensor.uniform_(a, b, generator);
  candidates.copy_(tensor);
  for (Tensor pending = rejected(); pending.any().item<bool>();) {
    candidates.uniform_(a, b, generator);
    result = wick::where(pending, candidates, result);
    pending = wick::where(pending, rejected(), pending);
  }
  if (!result.is_same(tensor)) tensor.copy_(result);
}

}  // namespace

Tensor trunc_normal_(Tensor tensor, double mean, double std, double a, double b, const std::optional<Generator>& generator) {
  NoGradGuard off;
  if (skipping) return tensor;
  const auto cdf = [](double x) { return (1 + std::erf(x / std::sqrt(2.0))) / 2; };
  if (cdf((b - mean) / std) - cdf((a - mean) / std) > 0.3) truncate_by_redrawing(tensor, mean, std, a, b, generator);
  else truncate_by_rejection(tensor, mean, std, a, b, generator);
  return tensor;
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
