// Variances, norms, logsumexp, and what is built on them.
#include <cmath>
#include <limits>

#include "ops/become.h"
#include "ops/reduce_parts.h"
#include "ops/sparse.h"

namespace wick::ops {
namespace {

// --- Variance -----------------------------------------------------------------------------------------------------

enum class Moment { var, std };

void check_var(const char* op, const Tensor& x) {
  WICK_CHECK(x.is_floating_point() || x.is_complex(), op, ": std and var only support floating point and complex dtypes, got ", x.scalar_type());
}

// Variance (or its root) and, if wanted, the mean.
std::tuple<Tensor, Tensor> moments_raw(Moment what, const Tensor& x, const DimMask& mask, double correction, bool keepdim, bool with_mean) {
  const ScalarType t = x.scalar_type();
  const int64_t n = reduced_count(x.sizes(), mask);
  if (n == 0) {
    Tensor v = make_tensor(reduced_sizes(x.sizes(), mask, keepdim), t);
    raw_fill(v, std::numeric_limits<double>::quiet_NaN());
    return {v, v.clone()};
  }
  const Block b = block_of(x, mask);
  const double divisor = std::max(0.0, static_cast<double>(n) - correction);
  Tensor mean;
  Tensor var = block_result(b, x.sizes(), mask, keepdim, t, [&](void* v) {
    auto both = [&](void* m) {
      kernels::cpu::var_mean(t, impl(b.in)->data, t, v, m, b.span.outer, b.span.n, b.span.inner, divisor, what == Moment::std);
    };
    if (with_mean) mean = block_result(b, x.sizes(), mask, keepdim, t, both);
    else both(nullptr);
  });
  if (!mean.defined()) mean = make_tensor(var.sizes(), t);
  return {var, mean};
}

Tensor var_gradient(Tensor g, const Tensor& x, const DimMask& mask, double correction, bool keepdim) {
  const bool whole = x.dim() == 0 || mask.all();
  const double dof = static_cast<double>(reduced_count(x.sizes(), mask)) - correction;
  g = unreduce(g, mask, x.dim(), keepdim);
  DimVec dims;
  for (int64_t d = 0; d < x.dim(); ++d)
    if (mask[static_cast<size_t>(d)]) dims.push_back(d);
  const Tensor mean = x.dim() == 0 ? x.mean() : x.mean(IntArrayRef(dims), true);
  if (whole && dof <= 0) {
    const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
    return g * wick::where(x.eq(mean), wick::full({}, nan, x.options()), wick::full({}, inf, x.options()));
  }
  return (2.0 / dof) * g * (x - mean);
}
Tensor std_gradient(const Tensor& g, const Tensor& x, const Tensor& y, const DimMask& mask, double correction, bool keepdim) {
  return var_gradient((g / (y * 2)).masked_fill(y.eq(0), 0), x, mask, correction, keepdim);
}

Tensor moment(Moment what, const Tensor& x, const DimMask& mask, double correction, bool keepdim) {
  const bool root = what == Moment::std;
  check_var(root ? "std" : "var", x);
  if (x.is_complex()) {  // that of the real part plus that of the imaginary one
    const Tensor v = moment(Moment::var, wick::real(x), mask, correction, keepdim) + moment(Moment::var, wick::imag(x), mask, correction, keepdim);
    return root ? v.sqrt() : v;
  }
  return record(root ? "StdBackward0" : "VarBackward0", {x}, root ? in(0) | out() : in(0),
                [&] { return std::get<0>(moments_raw(what, x, mask, correction, keepdim, false)); }, [=](Backward& b) {
                  b.grad(0, root ? std_gradient(b.g(), b.in(0), b.out(), mask, correction, keepdim) : var_gradient(b.g(), b.in(0), mask, correction, keepdim));
                });
}

std::tuple<Tensor, Tensor> moment_mean(Moment what, const Tensor& x, const DimMask& mask, double correction, bool keepdim) {
  const bool root = what == Moment::std;
  check_var(root ? "std_mean" : "var_mean", x);
  if (x.is_complex()) {
    DimVec dims;
    for (int64_t d = 0; d < x.dim(); ++d)
      if (mask[static_cast<size_t>(d)]) dims.push_back(d);
    return {moment(what, x, mask, correction, keepdim), x.dim() ? x.mean(IntArrayRef(dims), keepdim) : x.mean()};
  }
  return record(root ? "StdMeanBackward0" : "VarMeanBackward0", {x}, root ? in(0) | out(0) : in(0),
                [&] { return moments_raw(what, x, mask, correction, keepdim, true); }, [=](Backward& b) {
                  const Tensor v = b.in(0);
                  if (b.g(0).defined())
                    b.grad(0, root ? std_gradient(b.g(0), v, b.out(0), mask, correction, keepdim) : var_gradient(b.g(0), v, mask, correction, keepdim));
                  if (b.g(1).defined())
                    b.grad(0, unreduce(b.g(1), mask, v.dim(), keepdim).expand(v.sizes()) / reduced_count(v.sizes(), mask));
                });
}
// A wider out= decides what is computed in.
Tensor in_type_of(const Tensor& out, const Tensor& self) {
  const ScalarType t = out.scalar_type();
  return self.is_floating_point() && is_floating_type(t) && promote_types(t, self.scalar_type()) == t ? self.to(t) : self;
}
double correction_of(const std::optional<Scalar>& c) { return c ? c->toDouble() : 1.0; }

// --- Norms --------------------------------------------------------------------------------------------------------

Tensor extreme_norm_gradient(const Tensor& g, const Tensor& x, const Tensor& y, const DimMask& mask) {
  Tensor hit, n;
  {
    GateScope off(kGradOff);
    const Tensor v = x.detach();
    hit = v.abs().eq(y.detach()).logical_or(v.isnan().logical_and(y.detach().isnan()));
    n = reduce_raw(Reduce::sum, hit, mask, true, kLong);
    if (x.dim() == 0) n = n.reshape({});
  }
  return x.sgn() * (g / n * hit);
}
Tensor norm_gradient(Tensor g, const Tensor& x, Tensor y, double p, const DimMask& mask, bool keepdim) {
  g = unreduce(g, mask, x.dim(), keepdim);
  y = unreduce(y, mask, x.dim(), keepdim);
  if (p == 0) return wick::zeros_like(x);
  if (p == 1) return x.sgn() * g;
  if (p == 2) return g * (x / y).masked_fill(y.eq(0), 0);
  if (std::isinf(p)) return extreme_norm_gradient(g, x, y, mask);
  if (p < 1) return x.sgn() * x.abs().pow(p - 1).masked_fill(x.eq(0), 0) * g * y.pow(1 - p);
  const Tensor scale = (g / y.pow(p - 1)).masked_fill(y.eq(0), 0);
  return (p < 2 ? x.sgn() * x.abs().pow(p - 1) : x * x.abs().pow(p - 2)) * scale;
}

Tensor norm_of_sparse(const Tensor& x, double p, const DimMask& mask) {
  for (int64_t d = 0; d < x.dim(); ++d) WICK_CHECK_TYPE(NotImplementedError, mask[static_cast<size_t>(d)], "norm: only full reductions of sparse tensors are supported, not over single dimensions");
  return sparse_coalesce(x)._values().norm(p);
}

Tensor norm_impl(const Tensor& self, double p, const DimMask& mask, bool keepdim, std::optional<ScalarType> dtype) {
  WICK_CHECK(self.is_floating_point() || self.is_complex(), "norm(): the input should be floating point or complex, got ", self.scalar_type());
  if (dtype) WICK_CHECK(is_floating_type(*dtype) || is_complex_type(*dtype), "norm(): dtype should be floating point or complex, got ", *dtype);
  const Tensor x = dtype && *dtype != self.scalar_type() ? self.to(*dtype) : self;
  if (reduced_count(x.sizes(), mask) == 0)
    WICK_CHECK(p >= 0 && !std::isinf(p), "norm(): cannot compute the ", p, " norm on an empty tensor because the operation does not have an identity");
  const ScalarType t = to_real_type(x.scalar_type());
  return record(mask.all() ? "NormBackward0" : "NormBackward1", {x}, in(0) | out(), [&] { return is_sparse(x) ? norm_of_sparse(x, p, mask) : reduce_raw(Reduce::norm, x, mask, keepdim, t, p); },
                [=](Backward& b) { b.grad(0, norm_gradient(b.g(), b.in(0), b.out(), p, mask, keepdim)); });
}
double power_of(const std::optional<Scalar>& p) { return p ? p->toDouble() : 2.0; }

Tensor logsumexp_impl(const Tensor& self, const DimMask& mask, bool keepdim) {
  const Tensor x = is_integral_type(self.scalar_type(), true) ? self.to(get_default_dtype_as_scalartype()) : self;
  if (x.is_complex()) {  // the largest real part taken out
    DimVec dims;
    for (int64_t d = 0; d < x.dim(); ++d)
      if (mask[static_cast<size_t>(d)]) dims.push_back(d);
    Tensor top;
    {
      GateScope off(kGradOff);
      const Tensor re = wick::real(x.detach());
      top = x.numel() == 0 ? wick::zeros({}, re.options()) : re.amax(IntArrayRef(dims), true);
      top = top.masked_fill(top.isinf().logical_or(top.isnan()), 0);
    }
    const Tensor sum = (x - top).exp().sum(OptionalIntArrayRef(IntArrayRef(dims)), true).log() + top;
    return keepdim || x.dim() == 0 ? sum : sum.reshape(reduced_sizes(x.sizes(), mask, false));
  }
  WICK_CHECK(x.is_floating_point(), "logsumexp(): Expected floating point type for result tensor, but got: ", x.scalar_type());
  return record("LogsumexpBackward0", {x}, in(0) | out(), [&] { return reduce_raw(Reduce::logsumexp, x, mask, keepdim, x.scalar_type()); },
                [=](Backward& b) {
                  const auto n = static_cast<int64_t>(b.shape(0).size());
                  b.grad(0, unreduce(b.g(), mask, n, keepdim) * (b.in(0) - unreduce(b.out(), mask, n, keepdim)).exp());
                });
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

#define WICK_MOMENT(f, what)                                                                                                                              \
  Tensor f(const Tensor& self, bool unbiased) { return moment(what, self, DimMask().set(), unbiased, false); }                                            \
  Tensor f(const Tensor& self, int dim) { return moment(what, self, dim_mask(#f, dim, self.dim()), 1, false); }                                           \
  std::tuple<Tensor, Tensor> f##_mean(const Tensor& self, int dim) { return moment_mean(what, self, dim_mask(#f "_mean", dim, self.dim()), 1, false); }   \
  Tensor f(const Tensor& self, OptionalIntArrayRef dim, bool unbiased, bool keepdim) {                                                                    \
    return moment(what, self, dim_mask(#f, dim, self.dim()), unbiased, keepdim);                                                                          \
  }                                                                                                                                                       \
  Tensor f(const Tensor& self, OptionalIntArrayRef dim, const std::optional<Scalar>& correction, bool keepdim) {                                          \
    return moment(what, self, dim_mask(#f, dim, self.dim()), correction_of(correction), keepdim);                                                         \
  }                                                                                                                                                       \
  Tensor& f##_out(Tensor& out, const Tensor& self, OptionalIntArrayRef dim, bool unbiased, bool keepdim) {                                                \
    return out_from(#f, out, {self}, [&] { return wick::f(in_type_of(out, self), dim, unbiased, keepdim); });                                                              \
  }                                                                                                                                                       \
  Tensor& f##_out(Tensor& out, const Tensor& self, OptionalIntArrayRef dim, const std::optional<Scalar>& correction, bool keepdim) {                      \
    return out_from(#f, out, {self}, [&] { return wick::f(in_type_of(out, self), dim, correction, keepdim); });                                                            \
  }                                                                                                                                                       \
  std::tuple<Tensor, Tensor> f##_mean(const Tensor& self, bool unbiased) { return moment_mean(what, self, DimMask().set(), unbiased, false); }            \
  std::tuple<Tensor, Tensor> f##_mean(const Tensor& self, OptionalIntArrayRef dim, bool unbiased, bool keepdim) {                                         \
    return moment_mean(what, self, dim_mask(#f "_mean", dim, self.dim()), unbiased, keepdim);                                                             \
  }                                                                                                                                                       \
  std::tuple<Tensor, Tensor> f##_mean(const Tensor& self, OptionalIntArrayRef dim, const std::optional<Scalar>& correction, bool keepdim) {               \
    return moment_mean(what, self, dim_mask(#f "_mean", dim, self.dim()), correction_of(correction), keepdim);                                            \
  }                                                                                                                                                       \
  std::tuple<Tensor&, Tensor&> f##_mean_out(Tensor& out0, Tensor& out1, const Tensor& self, OptionalIntArrayRef dim,                                      \
                                            const std::optional<Scalar>& correction, bool keepdim) {                                                      \
    return out_pair(#f "_mean", out0, out1, {self}, [&] { return wick::f##_mean(self, dim, correction, keepdim); });                                      \
  }
WICK_MOMENT(var, Moment::var)
WICK_MOMENT(std, Moment::std)

Tensor norm(const Tensor& self, const Scalar& p) { return norm_impl(self, p.toDouble(), DimMask().set(), false, std::nullopt); }
Tensor norm(const Tensor& self, const std::optional<Scalar>& p, ScalarType dtype) { return norm_impl(self, power_of(p), DimMask().set(), false, dtype); }
Tensor norm(const Tensor& self, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim, ScalarType dtype) {
  return norm_impl(self, power_of(p), dim_mask("norm", dim, self.dim()), keepdim, dtype);
}
Tensor norm(const Tensor& self, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim) {
  return norm_impl(self, power_of(p), dim_mask("norm", dim, self.dim()), keepdim, std::nullopt);
}
Tensor& norm_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim, ScalarType dtype) {
  return out_from("norm", out, {self}, [&] { return wick::norm(self, p, dim, keepdim, dtype); });
}
Tensor& norm_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& p, IntArrayRef dim, bool keepdim) {
  return out_from("norm", out, {self}, [&] { return wick::norm(self, p, dim, keepdim); });
}
Tensor& norm_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& p, ScalarType dtype) {
  return out_from("norm", out, {self}, [&] { return wick::norm(self, p, dtype); });
}
Tensor& norm_out(Tensor& out, const Tensor& self, const Scalar& p) {
  return out_from("norm", out, {self}, [&] { return wick::norm(self, p); });
}

Tensor frobenius_norm(const Tensor& self, IntArrayRef dim, bool keepdim) {
  WICK_CHECK(dim.size() <= 2, "frobenius_norm: expected at most 2 dimensions, but got ", dim.size(), " dimensions instead.");
  return wick::norm(self, Scalar(2), dim, keepdim);
}
Tensor& frobenius_norm_out(Tensor& out, const Tensor& self, IntArrayRef dim, bool keepdim) {
  return out_from("frobenius_norm", out, {self}, [&] { return wick::frobenius_norm(self, dim, keepdim); });
}
Tensor nuclear_norm(const Tensor& self, bool keepdim) {
  WICK_CHECK(self.dim() == 2, "nuclear_norm: expected a tensor with 2 dimensions, but got a tensor with ", self.dim(), " dimensions instead.");
  return wick::linalg_matrix_norm(self, "nuc", {0, 1}, keepdim);
}
Tensor nuclear_norm(const Tensor& self, IntArrayRef dim, bool keepdim) {
  WICK_CHECK(dim.size() == 2, "nuclear_norm: expected a 'dim' argument of size 2, but got ", dim.size());
  return wick::linalg_matrix_norm(self, "nuc", dim, keepdim);
}
Tensor& nuclear_norm_out(Tensor& out, const Tensor& self, bool keepdim) {
  return out_from("nuclear_norm", out, {self}, [&] { return wick::nuclear_norm(self, keepdim); });
}
Tensor& nuclear_norm_out(Tensor& out, const Tensor& self, IntArrayRef dim, bool keepdim) {
  return out_from("nuclear_norm", out, {self}, [&] { return wick::nuclear_norm(self, dim, keepdim); });
}

Tensor logsumexp(const Tensor& self, IntArrayRef dim, bool keepdim) { return logsumexp_impl(self, dim_mask("logsumexp", dim, self.dim()), keepdim); }
Tensor& logsumexp_out(Tensor& out, const Tensor& self, IntArrayRef dim, bool keepdim) {
  return out_from("logsumexp", out, {self}, [&] { return wick::logsumexp(self, dim, keepdim); });
}

Tensor dist(const Tensor& self, const Tensor& other, const Scalar& p) { return wick::norm(self - other, p); }
Tensor& dist_out(Tensor& out, const Tensor& self, const Tensor& other, const Scalar& p) {
  return out_from("dist", out, {self, other}, [&] { return wick::dist(self, other, p); });
}

Tensor renorm(const Tensor& self, const Scalar& p, int64_t dim, const Scalar& maxnorm) {
  WICK_CHECK(!p.isComplex() && p.toDouble() > 0, "renorm: non-positive norm not supported");
  WICK_CHECK(!maxnorm.isComplex() && maxnorm.toDouble() >= 0, "renorm: expected maxnorm to be >= 0 but got ", maxnorm);
  WICK_CHECK(self.dim() > 1, "renorm: input needs at least 2 dimensions, got ", self.dim(), " dimensions");
  const int64_t at = wrap_dim(dim, self.dim(), "renorm");
  DimVec others;
  for (int64_t d = 0; d < self.dim(); ++d)
    if (d != at) others.push_back(d);
  // The 16-bit types compute the factor in float.
  const Tensor size = wick::norm(is_reduced_floating_type(self.scalar_type()) ? self.to(kFloat) : self, p, others, true);
  const double most = maxnorm.toDouble();
  const Tensor factor = wick::where(size.gt(most), most / (size + 1e-7), wick::ones({}, size.options()));
  return (self * (size.scalar_type() == kFloat ? factor.to(self.scalar_type()) : factor)).contiguous();
}
Tensor& renorm_out(Tensor& out, const Tensor& self, const Scalar& p, int64_t dim, const Scalar& maxnorm) {
  return out_from("renorm", out, {self}, [&] { return wick::renorm(self, p, dim, maxnorm); });
}
Tensor& Tensor::renorm_(const Scalar& p, int64_t dim, const Scalar& maxnorm) const { return become("renorm_", *this, [&](const Tensor& t) { return wick::renorm(t, p, dim, maxnorm); }); }

}  // namespace wick::inline v1
