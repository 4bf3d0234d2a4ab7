// Quantiles, histograms, counts, covariance.
#include <algorithm>
#include <cmath>
#include <limits>

#include "autograd/autocast.h"
#include "ops/index_parts.h"
#include "ops/reduce_parts.h"

namespace wick::ops {
namespace {

// --- Quantiles ------------------------------------------------------------------------------------------------------

void check_quantile(const char* op, const Tensor& x, const Tensor& q, std::string_view how) {
  WICK_CHECK(x.numel() > 0, op, "() input tensor must be non-empty");
  WICK_CHECK(q.dim() <= 1, op, "() q must be a scalar or 1D tensor");
  WICK_CHECK(x.scalar_type() == kFloat || x.scalar_type() == kDouble, op, "() input tensor must be either float or double dtype, got ", x.scalar_type());
  WICK_CHECK(x.scalar_type() == q.scalar_type(), op, "() q tensor must be same dtype as the input tensor, got ", q.scalar_type(), " and ", x.scalar_type());
  WICK_CHECK(how == "linear" || how == "lower" || how == "higher" || how == "midpoint" || how == "nearest", op,
             "() interpolation must be one of linear, lower, higher, midpoint or nearest, but got ", how);
  const Tensor v = raw_contiguous(q, kDouble);
  for (int64_t k = 0; k < q.numel(); ++k)
    WICK_CHECK(typed<double>(v)[k] >= 0 && typed<double>(v)[k] <= 1, op, "() q values must be in the range [0, 1], got ", typed<double>(v)[k]);
}

// Ranks (fractional positions) of the quantiles in each sorted row; rows with a NaN end at it unless they are ignored.
Tensor ranks_of(const Tensor& sorted, const Tensor& q, bool ignore_nan) {
  GateScope off(kGradOff);
  const Tensor v = sorted.detach();
  const int64_t last = v.size(-1) - 1;
  if (ignore_nan) return (q * (v.isnan().logical_not().sum(-1, true) - 1)).clamp_min(0);
  return (q * last).expand_as(v.narrow(-1, 0, 1) * q).masked_fill(v.isnan().any(-1, true), last);
}

Tensor quantile_impl(const char* op, const Tensor& self, const Tensor& q, std::optional<int64_t> dim, bool keepdim, std::string_view how, bool ignore_nan) {
  check_quantile(op, self, q, how);
  const int64_t d = dim ? wrap_dim(*dim, self.dim(), op) : 0;
  DimVec shape;
  if (dim && self.dim() > 0) shape = reduced_sizes(self.sizes(), DimMask().set(static_cast<size_t>(d)), keepdim);
  else if (keepdim) shape = DimVec(static_cast<size_t>(self.dim()), 1);
  const Tensor rows = !dim || self.dim() == 0 ? self.reshape({-1}) : self.movedim(d, -1);
  const Tensor sorted = std::get<0>(rows.sort(-1));
  Tensor ranks = ranks_of(sorted, q.detach().reshape({-1}), ignore_nan);
  if (how == "lower") ranks = ranks.floor();
  else if (how == "higher") ranks = ranks.ceil();
  else if (how == "nearest") ranks = ranks.round();
  const Tensor below = ranks.floor();
  Tensor r = sorted.gather(-1, below.to(kLong));
  if (how == "linear" || how == "midpoint") {
    const Tensor above = sorted.gather(-1, ranks.ceil().to(kLong));
    r = how == "midpoint" ? r.lerp(above, 0.5) : r.lerp(above, ranks - below);
  }
  if (q.dim() == 0) return r.reshape(shape);
  shape.insert(0, q.numel());
  return r.movedim(-1, 0).reshape(shape);
}

// --- Histograms -----------------------------------------------------------------------------------------------------

std::pair<double, double> histogram_range(const Tensor& x, const Scalar& min, const Scalar& max) {
  double lo = min.toDouble(), hi = max.toDouble();
  if (lo == hi && x.numel() > 0) {
    lo = x.min().item().toDouble();
    hi = x.max().item().toDouble();
  }
  if (lo == hi) { lo -= 1; hi += 1; }
  WICK_CHECK(std::isfinite(lo) && std::isfinite(hi), "torch.histc: range of [", lo, ", ", hi, "] is not finite");
  WICK_CHECK(lo < hi, "torch.histc: max must be larger than min, got [", lo, ", ", hi, "]");
  return {lo, hi};
}
template <class T>
void histogram(const T* x, int64_t n, T lo, T hi, int64_t bins, T* out) {
  std::vector<int64_t> hits(static_cast<size_t>(bins), 0);
  for (int64_t k = 0; k < n; ++k) {
    if (!(x[k] >= lo && x[k] <= hi)) continue;
    const auto at = static_cast<int64_t>((x[k] - lo) * static_cast<T>(bins) / (hi - lo));
    ++hits[static_cast<size_t>(std::min(at, bins - 1))];
  }
  for (int64_t k = 0; k < bins; ++k) out[k] = static_cast<T>(hits[static_cast<size_t>(k)]);
}

template <class W>
void count_weights(const int64_t* x, const W* w, int64_t n, W* out) {
  for (int64_t k = 0; k < n; ++k) out[x[k]] += w ? w[k] : W(1);
}

// --- Covariance -----------------------------------------------------------------------------------------------------

void check_weights(const char* name, const Tensor& w, int64_t n) {
  WICK_CHECK(w.dim() <= 1, "cov(): expected ", name, " to have one or fewer dimensions but got ", name, " with ", w.dim(), " dimensions");
  WICK_CHECK(w.numel() == n, "cov(): expected ", name, " to have the same numel as there are observations in the input but got ", w.numel(), " != ", n);
  WICK_CHECK(n == 0 || w.min().item().toDouble() >= 0, "cov(): ", name, " cannot be negative");
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

#define WICK_QUANTILE(f, ignore_nan)                                                                                                                     \
  Tensor f(const Tensor& self, const Tensor& q, std::optional<int64_t> dim, bool keepdim, std::string_view interpolation) {                              \
    WICK_AUTOCAST(full, f, self, q, dim, keepdim, interpolation);                                                                                        \
    return quantile_impl(#f, self, q, dim, keepdim, interpolation, ignore_nan);                                                                          \
  }                                                                                                                                                      \
  Tensor f(const Tensor& self, double q, std::optional<int64_t> dim, bool keepdim, std::string_view interpolation) {                                     \
    WICK_AUTOCAST(full, f, self, q, dim, keepdim, interpolation);                                                                                        \
    WICK_CHECK(q >= 0 && q <= 1, #f "() q must be in the range [0, 1] but got ", q);                                                                     \
    return quantile_impl(#f, self, make_scalar_tensor(q, self.is_floating_point() ? self.scalar_type() : kFloat), dim, keepdim, interpolation, ignore_nan); \
  }                                                                                                                                                      \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& q, std::optional<int64_t> dim, bool keepdim, std::string_view interpolation) {          \
    return out_from(#f, out, {self, q}, [&] { return wick::f(self, q, dim, keepdim, interpolation); });                                                  \
  }                                                                                                                                                      \
  Tensor& f##_out(Tensor& out, const Tensor& self, double q, std::optional<int64_t> dim, bool keepdim, std::string_view interpolation) {                 \
    return out_from(#f, out, {self}, [&] { return wick::f(self, q, dim, keepdim, interpolation); });                                                     \
  }
WICK_QUANTILE(quantile, false)
WICK_QUANTILE(nanquantile, true)

Tensor histc(const Tensor& self, int64_t bins, const Scalar& min, const Scalar& max) {
  if (self.scalar_type() == kHalf || self.scalar_type() == kBFloat16) return wick::histc(self.to(kFloat), bins, min, max).to(self.scalar_type());
  if (self.scalar_type() != kFloat && self.scalar_type() != kDouble) throw NotImplementedError(str("\"histogram_cpu\" not implemented for '", self.scalar_type(), "'"));
  WICK_CHECK(bins > 0, "torch.histc: bins must be > 0, but got ", bins);
  GateScope off(kGradOff);
  const auto [lo, hi] = histogram_range(self.detach(), min, max);
  const Tensor x = raw_contiguous(self);
  Tensor r = make_tensor({bins}, self.scalar_type());
  if (self.scalar_type() == kFloat) histogram(typed<float>(x), x.numel(), static_cast<float>(lo), static_cast<float>(hi), bins, typed<float>(r));
  else histogram(typed<double>(x), x.numel(), lo, hi, bins, typed<double>(r));
  return r;
}
Tensor& histc_out(Tensor& out, const Tensor& self, int64_t bins, const Scalar& min, const Scalar& max) {
  return out_from("histc", out, {self}, [&] { return wick::histc(self, bins, min, max); });
}

Tensor bincount(const Tensor& self, const std::optional<Tensor>& weights, int64_t minlength) {
  if (!is_integral_type(self.scalar_type(), false)) throw NotImplementedError(str("\"bincount_cpu\" not implemented for '", self.scalar_type(), "'"));
  WICK_CHECK(minlength >= 0, "minlength should be >= 0");
  WICK_CHECK(self.dim() == 1, "bincount only supports 1-d non-negative integral inputs.");
  const bool weighted = weights && weights->defined();
  WICK_CHECK(!weighted || (weights->dim() == 1 && weights->numel() == self.numel()), "weights should be 1-d and have the same length as input");
  const Tensor x = long_indices(self);
  const int64_t n = x.numel(), *v = typed<int64_t>(x);
  int64_t bins = minlength;
  for (int64_t k = 0; k < n; ++k) {
    WICK_CHECK(v[k] >= 0, "bincount only supports 1-d non-negative integral inputs.");
    bins = std::max(bins, v[k] + 1);
  }
  const ScalarType t = !weighted || n == 0 ? kLong : weights->scalar_type() == kFloat ? kFloat : kDouble;
  Tensor r = make_tensor({bins}, t);
  raw_fill(r, 0);
  if (t == kLong) return count_weights<int64_t>(v, nullptr, n, typed<int64_t>(r)), r;
  const Tensor w = raw_contiguous(*weights, t);
  if (t == kFloat) count_weights(v, typed<float>(w), n, typed<float>(r));
  else count_weights(v, typed<double>(w), n, typed<double>(r));
  return r;
}
Tensor& bincount_out(Tensor& out, const Tensor& self, const std::optional<Tensor>& weights, int64_t minlength) {
  return out_from("bincount", out, {self}, [&] { return wick::bincount(self, weights, minlength); });
}

Tensor cov(const Tensor& self, int64_t correction, const std::optional<Tensor>& fweights, const std::optional<Tensor>& aweights) {
  WICK_CHECK(self.dim() <= 2, "cov(): expected input to have two or fewer dimensions but got an input with ", self.dim(), " dimensions");
  WICK_CHECK(self.scalar_type() != kBool, "cov(): bool dtype is not supported for input");
  const Tensor x = self.dim() < 2 ? self.reshape({1, -1}) : self;
  const int64_t n = x.size(1);
  const bool f = fweights && fweights->defined(), a = aweights && aweights->defined();
  Tensor w;
  if (f) {
    WICK_CHECK(is_integral_type(fweights->scalar_type(), false), "cov(): expected fweights to have integral dtype but got fweights with ", fweights->scalar_type(), " dtype");
    check_weights("fweights", *fweights, n);
    w = *fweights;
  }
  if (a) {
    WICK_CHECK(aweights->is_floating_point(), "cov(): expected aweights to have floating point dtype but got aweights with ", aweights->scalar_type(), " dtype");
    check_weights("aweights", *aweights, n);
    w = w.defined() ? w * *aweights : *aweights;
  }
  const Tensor total = w.defined() ? w.sum() : make_scalar_tensor(n, kLong);
  WICK_CHECK(!w.defined() || total.item().toDouble() != 0, "cov(): weights sum to zero, can't be normalized");
  const Tensor mean = (w.defined() ? x * w : x).sum(1) / total;
  Tensor norm = total - correction;
  if (a && correction != 0) norm = total - correction * (w * *aweights).sum() / total;
  const Tensor centered = x - mean.unsqueeze(1);
  const Tensor c = wick::mm(centered, (w.defined() ? centered * w : centered).t().conj());
  return (c / norm.clamp_min(0)).squeeze();
}
Tensor corrcoef(const Tensor& self) {
  WICK_CHECK(self.dim() <= 2, "corrcoef(): expected input to have two or fewer dimensions but got an input with ", self.dim(), " dimensions");
  Tensor c = wick::cov(self);
  if (c.dim() == 0) return c / c;
  const Tensor d = c.diag();
  const Tensor sd = (d.is_complex() ? wick::real(d) : d).sqrt();
  c = c / sd.reshape({-1, 1}) / sd.reshape({1, -1});
  return c.is_complex() ? wick::complex(wick::real(c).clamp(-1, 1), wick::imag(c).clamp(-1, 1)) : c.clamp(-1, 1);
}

}  // namespace wick::inline v1
