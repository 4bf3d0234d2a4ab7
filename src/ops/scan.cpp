// Cumulative sums, products and extremes.
#include "kernels/cpu/scan.h"

#include "ops/become.h"
#include "ops/reduce_parts.h"

namespace wick::ops {
namespace {

using kernels::cpu::Scan;

ScalarType scan_type(const Tensor& x, std::optional<ScalarType> dtype) {
  return dtype.value_or(is_integral_type(x.scalar_type(), true) ? kLong : x.scalar_type());
}
Tensor scan_raw(Scan op, const Tensor& x, int64_t dim, ScalarType type) {
  const Tensor v = raw_contiguous(x, type);
  Tensor r = make_tensor(x.sizes(), type);
  const Span s = span_of(x.sizes(), dim);
  if (x.numel() > 0) kernels::cpu::scan(op, type, impl(v)->data, impl(r)->data, nullptr, s.outer, s.n, s.inner);
  return r;
}

Tensor reversed_cumsum(const Tensor& g, int64_t dim) { return g.flip(dim).cumsum(dim).flip(dim); }

// The gradient of cumprod without a division: with p the products before k and s_k = g_k + x_{k+1} s_{k+1}, it is p_k s_k.
Tensor cumprod_gradient_with_zeros(const Tensor& g, const Tensor& x, const Tensor& y, int64_t dim) {
  const int64_t n = x.size(dim);
  std::vector<Tensor> part(static_cast<size_t>(n));
  Tensor s = g.select(dim, n - 1);
  for (int64_t k = n - 1; k >= 0; --k) {
    if (k < n - 1) s = g.select(dim, k) + x.select(dim, k + 1).conj() * s;
    part[static_cast<size_t>(k)] = k ? s * y.select(dim, k - 1).conj() : s;
  }
  return wick::stack(part, dim);
}
Tensor cumprod_gradient(const Tensor& g, const Tensor& x, const Tensor& y, int64_t dim) {
  if (x.dim() == 0) return g;
  if (x.numel() == 0) return wick::zeros_like(x);
  bool zero;
  {
    GateScope off(kGradOff);
    zero = x.detach().eq(0).any().item().toBool();
  }
  if (zero) return cumprod_gradient_with_zeros(g, x, y, dim);
  return reversed_cumsum(g * y.conj(), dim) / x.conj();
}

std::tuple<Tensor, Tensor> cum_extreme(const char* node, const char* op, Scan scan, const Tensor& x, int64_t dim) {
  const int64_t d = wrap_dim(dim, x.dim(), op);
  if (x.is_complex()) throw NotImplementedError(str("\"", op, "_cpu\" not implemented for '", x.scalar_type(), "'"));
  return record(node, {x}, out(1), [&] {
    const Tensor v = raw_contiguous(x);
    Tensor values = make_tensor(x.sizes(), x.scalar_type()), indices = make_tensor(x.sizes(), kLong);
    const Span s = span_of(x.sizes(), d);
    if (x.numel() > 0) kernels::cpu::scan(scan, x.scalar_type(), impl(v)->data, impl(values)->data, typed<int64_t>(indices), s.outer, s.n, s.inner);
    return std::make_tuple(values, indices);
  }, [=](Backward& b) {
    if (b.g().defined()) b.grad(0, wick::zeros(b.shape(0), b.g().options()).scatter_add(d, b.out(1), b.g()));
  });
}

// Stands for the logarithm of nothing: finite, so that differences of two of them are no NaN.
double lowest_of(ScalarType t) {
  return t == kHalf ? -65504.0 : t == kDouble ? std::numeric_limits<double>::lowest() : t == kFloat ? std::numeric_limits<float>::lowest() : -3.3895e38;
}
Tensor logcumsumexp_gradient(const Tensor& g, const Tensor& x, const Tensor& y, int64_t dim) {
  const Tensor none = wick::full({}, lowest_of(g.scalar_type()), g.options()), size = g.abs().log();
  auto part = [&](const Tensor& sign) {
    const Tensor t = wick::where(sign, size, none) - y;
    return (t.flip(dim).logcumsumexp(dim).flip(dim) + x).exp();
  };
  return part(g.gt(0)) - part(g.lt(0));
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor cumsum(const Tensor& self, int64_t dim, std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim(dim, self.dim(), "cumsum");
  return record("CumsumBackward0", {self}, 0u, [&] { return scan_raw(Scan::cumsum, self, d, scan_type(self, dtype)); },
                [=](Backward& b) { b.grad(0, b.g().dim() == 0 ? b.g() : reversed_cumsum(b.g(), d)); });
}
Tensor cumprod(const Tensor& self, int64_t dim, std::optional<ScalarType> dtype) {
  const int64_t d = wrap_dim(dim, self.dim(), "cumprod");
  const ScalarType type = scan_type(self, dtype);
  return record("CumprodBackward0", {self}, in(0) | out(), [&] { return scan_raw(Scan::cumprod, self, d, type); },
                [=](Backward& b) { b.grad(0, cumprod_gradient(b.g(), b.in(0).to(type), b.out(), d)); });
}
#define WICK_SCAN(f)                                                                                              \
  Tensor& f##_out(Tensor& out, const Tensor& self, int64_t dim, std::optional<ScalarType> dtype) {                \
    return out_from(#f, out, {self}, [&] { return wick::f(self, dim, dtype ? *dtype : out.scalar_type()); });     \
  }                                                                                                               \
  Tensor& Tensor::f##_(int64_t dim, std::optional<ScalarType> dtype) const {                                      \
    if (scalar_type() == kBool) throw NotImplementedError("\"" #f "_out_cpu\" not implemented for 'Bool'");         \
    return become(#f "_", *this, [&](const Tensor& t) { return wick::f(t, dim, dtype ? *dtype : scalar_type()); }); \
  }
WICK_SCAN(cumsum)
WICK_SCAN(cumprod)

Tensor logcumsumexp(const Tensor& self, int64_t dim) {
  const int64_t d = wrap_dim(dim, self.dim(), "logcumsumexp");
  if (!self.is_floating_point()) throw NotImplementedError(str("\"logcumsumexp_out_cpu\" not implemented for '", self.scalar_type(), "'"));
  return record("LogcumsumexpBackward0", {self}, in(0) | out(), [&] { return scan_raw(Scan::logcumsumexp, self, d, self.scalar_type()); },
                [=](Backward& b) { b.grad(0, b.g().dim() == 0 || b.g().numel() == 0 ? b.g() : logcumsumexp_gradient(b.g(), b.in(0), b.out(), d)); });
}
Tensor& logcumsumexp_out(Tensor& out, const Tensor& self, int64_t dim) {
  return out_from("logcumsumexp", out, {self}, [&] { return wick::logcumsumexp(self, dim); });
}

std::tuple<Tensor, Tensor> cummax(const Tensor& self, int64_t dim) { return cum_extreme("CummaxBackward0", "cummax", Scan::cummax, self, dim); }
std::tuple<Tensor, Tensor> cummin(const Tensor& self, int64_t dim) { return cum_extreme("CumminBackward0", "cummin", Scan::cummin, self, dim); }
std::tuple<Tensor&, Tensor&> cummax_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t dim) {
  return out_pair("cummax", values, indices, {self}, [&] { return wick::cummax(self, dim); });
}
std::tuple<Tensor&, Tensor&> cummin_out(Tensor& values, Tensor& indices, const Tensor& self, int64_t dim) {
  return out_pair("cummin", values, indices, {self}, [&] { return wick::cummin(self, dim); });
}

}  // namespace wick::inline v1
