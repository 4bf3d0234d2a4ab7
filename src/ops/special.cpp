// Elementwise functions of one tensor with parameters, fused derivatives, several results, or other names.
#include <cmath>
#include <numbers>

#include <wick/ops/nn_backward.h>

#include "ops/become.h"

namespace wick::inline v1 {
using namespace wick::ops;

#define G b.g()
#define X b.in(0)
#define Y b.out()

// f_out by way of f
#define WICK_OUT(f) \
  Tensor& f##_out(Tensor& out, const Tensor& self) { return out_from(#f, out, {self}, [&] { return f(self); }); }

// sigmoid and tanh: the derivative is a kernel of its own, with a rule of its own
namespace {
Tensor sigmoid_grad(const Tensor& g, const Tensor& y) {
  return record("SigmoidBackwardBackward0", {g, y}, Uses(in(0) | in(1)), [&] { return run(table::sigmoid_backward, {g, y}); },
                [](Backward& b) {
                  const Tensor gg = b.g(), g0 = b.in(0), y0 = b.in(1);
                  if (b.needs(0)) b.grad(0, gg * (y0 * (1 - y0)).conj());
                  if (b.needs(1)) b.grad(1, gg.conj() * g0 * (1 - 2 * y0).conj());
                });
}
Tensor tanh_grad(const Tensor& g, const Tensor& y) {
  return record("TanhBackwardBackward0", {g, y}, Uses(in(0) | in(1)), [&] { return run(table::tanh_backward, {g, y}); },
                [](Backward& b) {
                  const Tensor gg = b.g(), g0 = b.in(0), y0 = b.in(1);
                  if (b.needs(0)) b.grad(0, gg * (1 - y0 * y0).conj());
                  if (b.needs(1)) b.grad(1, gg.conj() * g0 * (-2 * y0).conj());
                });
}
}  // namespace
#define WICK_FUSED(f, Node, uses, derivative)                                                                                          \
  Tensor f(const Tensor& self) {                                                                                                       \
    return record(#Node "Backward0", {self}, uses, [&] { return run(table::f, {self}, {}, Promote::floating); }, [](Backward& b) { b.grad(0, derivative); }); \
  }                                                                                                                                    \
  Tensor& f##_(Tensor& self) {                                                                                                         \
    return record_inplace(#Node "Backward0", self, {self}, uses, [&] { run_into(table::f, self, {self}, {}, Promote::floating); }, [](Backward& b) { b.grad(0, derivative); }); \
  }                                                                                                                                    \
  Tensor& f##_out(Tensor& out, const Tensor& self) {                                                                                   \
    autograd::check_out(#f, out, {self});                                                                                              \
    run_into(table::f, out, {self}, {}, Promote::floating, true);                                                                      \
    impl(out)->bump_version();                                                                                                         \
    return out;                                                                                                                        \
  }
WICK_FUSED(sigmoid, Sigmoid, ops::out(), sigmoid_grad(G, Y))
WICK_FUSED(tanh, Tanh, ops::out(), tanh_grad(G, Y))
WICK_FUSED(sinc, Sinc, in(0), G * (((X * std::numbers::pi).cos() * std::numbers::pi * X - (X * std::numbers::pi).sin()) / (X * X * std::numbers::pi)).masked_fill(X == 0, 0).conj())

// Lengths and signs; a complex number has a real length
static Tensor complex_abs(const Tensor& x) {
  const Tensor parts = view_as_real(x);
  return run(table::hypot, {parts.select(-1, 0), parts.select(-1, 1)});
}
Tensor abs(const Tensor& self) {
  check_defined("abs", {self});
  WICK_CHECK(self.scalar_type() != kBool, "\"abs_cpu\" not implemented for 'Bool'");
  return record("AbsBackward0", {self}, Uses(in(0)), [&] { return self.is_complex() ? complex_abs(self) : run(table::abs, {self}); },
                [](Backward& b) { b.grad(0, G * X.sgn()); });
}
Tensor& abs_(Tensor& self) {
  WICK_CHECK(!self.is_complex(), "In-place abs is not supported for complex tensors.");
  return record_inplace("AbsBackward0", self, {self}, Uses(in(0)), [&] { run_into(table::abs, self, {self}); }, [](Backward& b) { b.grad(0, G * X.sgn()); });
}
WICK_OUT(abs)
Tensor absolute(const Tensor& self) { return abs(self); }
Tensor& Tensor::absolute_() const { return abs_(); }
Tensor& absolute_out(Tensor& out, const Tensor& self) { return abs_out(out, self); }
namespace {
void sgn_rule(Backward& b) {
  const Tensor x = X;
  if (!x.is_complex()) return b.grad(0, zeros_like(G));
  const Tensor length = x.abs(), unit = b.out();
  // Along the circle only: (g - unit * Re(conj(unit) g)) / |x|
  b.grad(0, (G / length - unit * real(unit.conj() * G) / length).masked_fill(length == 0, 0));
}
}  // namespace
Tensor sgn(const Tensor& self) {
  return record("SgnBackward0", {self}, Uses(in(0) | ops::out()), [&] { return run(self.is_complex() ? table::sgn : table::sign, {self}); }, sgn_rule);
}
Tensor& Tensor::sgn_() const {
  return record_inplace("SgnBackward0", *this, {*this}, Uses(in(0) | ops::out()), [&] { run_into(is_complex() ? table::sgn : table::sign, *this, {*this}); }, sgn_rule);
}
WICK_OUT(sgn)
Tensor angle(const Tensor& self) {
  check_defined("angle", {self});
  if (self.is_complex()) return atan2(imag(self), real(self));
  const Tensor x = self.is_floating_point() ? self : self.to(get_default_dtype_as_scalartype());
  return record("AngleBackward0", {x}, {}, [&] { return where(x.isnan(), x, where(x < 0, make_scalar_tensor(std::numbers::pi, x.scalar_type()), make_scalar_tensor(0.0, x.scalar_type()))); },
                [](Backward& b) { b.grad(0, zeros_like(G)); });
}
WICK_OUT(angle)

// Conjugates
Tensor conj_physical(const Tensor& self) {
  check_defined("conj_physical", {self});
  if (!self.is_complex()) return self;
  return record("ConjPhysicalBackward0", {self}, {}, [&] { return run(table::conj_physical, {self}); }, [](Backward& b) { b.grad(0, G.conj()); });
}
Tensor& conj_physical_(Tensor& self) {
  if (!self.is_complex()) return self;
  return record_inplace("ConjPhysicalBackward0", self, {self}, {}, [&] { run_into(table::conj_physical, self, {self}); }, [](Backward& b) { b.grad(0, G.conj()); });
}
WICK_OUT(conj_physical)
Tensor conj(const Tensor& self) { return conj_physical(self); }

// Tests
#define WICK_TEST(f, whole) \
  Tensor f(const Tensor& self) { check_defined(#f, {self}); if (is_integral_type(self.scalar_type(), true)) return full_like(self, whole, TensorOptions(kBool)); return run(table::f, {self}); }
WICK_TEST(isnan, false)
WICK_TEST(isinf, false)
WICK_TEST(isfinite, true)
WICK_TEST(isposinf, false)
WICK_TEST(isneginf, false)
WICK_OUT(isposinf)
WICK_OUT(isneginf)
WICK_OUT(isnan)
WICK_OUT(isinf)
Tensor signbit(const Tensor& self) {
  WICK_CHECK(!self.is_complex(), "signbit is not implemented for complex tensors.");
  return self.scalar_type() == kBool ? full_like(self, false, TensorOptions(kBool)) : run(table::signbit, {self});
}
WICK_OUT(signbit)
Tensor isreal(const Tensor& self) { return self.is_complex() ? imag(self) == 0 : ones_like(self, TensorOptions(kBool)); }
// With parameters
namespace {
struct LogitRule {
  double eps;
  void operator()(Backward& b) const {
    b.grad(0, logit_backward(G, X, eps));
  }
};
struct NanToNumRule { void operator()(Backward& b) const { b.grad(0, G * X.isfinite()); } };
Params nan_params(ScalarType t, std::optional<double> nan, std::optional<double> pos, std::optional<double> neg) {
  double most = std::numeric_limits<double>::max();
  if (t == kFloat) most = std::numeric_limits<float>::max();
  if (t == kHalf) most = 65504;
  if (t == kBFloat16) most = static_cast<float>(std::numeric_limits<BFloat16>::max());
  return params(nan.value_or(0), pos.value_or(most), neg.value_or(-most));
}
}  // namespace
Tensor logit(const Tensor& self, std::optional<double> eps) {
  const double e = eps.value_or(-1);
  return record("LogitBackward0", {self}, Uses(in(0)), [&] { return run(table::logit, {self}, params(e), Promote::floating); }, LogitRule{e});
}
Tensor& logit_(Tensor& self, std::optional<double> eps) { return become("logit_", self, [&](const Tensor& t) { return logit(t, eps); }); }
Tensor& logit_out(Tensor& out, const Tensor& self, std::optional<double> eps) { return out_from("logit", out, {self}, [&] { return logit(self, eps); }); }
Tensor nan_to_num(const Tensor& self, std::optional<double> nan, std::optional<double> pos, std::optional<double> neg) {
  check_defined("nan_to_num", {self});
  if (is_integral_type(self.scalar_type(), true)) return self.clone();
  if (self.is_complex()) return wick::complex(nan_to_num(real(self), nan, pos, neg), nan_to_num(imag(self), nan, pos, neg));
  return record("NanToNumBackward0", {self}, Uses(in(0)), [&] { return run(table::nan_to_num, {self}, nan_params(self.scalar_type(), nan, pos, neg)); }, NanToNumRule());
}
Tensor& nan_to_num_(Tensor& self, std::optional<double> nan, std::optional<double> pos, std::optional<double> neg) { return become("nan_to_num_", self, [&](const Tensor& t) { return nan_to_num(t, nan, pos, neg); }); }
Tensor& nan_to_num_out(Tensor& out, const Tensor& self, std::optional<double> nan, std::optional<double> pos, std::optional<double> neg) {
  return out_from("nan_to_num", out, {self}, [&] { return nan_to_num(self, nan, pos, neg); });
}
Tensor round(const Tensor& self, int64_t decimals) {
  if (decimals == 0) return round(self);
  WICK_CHECK(self.is_floating_point(), "round: decimals need a floating-point tensor, got ", self.scalar_type());
  const double ten = std::pow(10.0, std::abs(decimals));
  return record("RoundBackward1", {self}, {}, [&] {
    const Tensor x = is_reduced_floating_type(self.scalar_type()) ? self.to(kFloat) : self;  // rounded to 16 bits once
    return (decimals > 0 ? round(x * ten) / ten : round(x / ten) * ten).to(self.scalar_type());
  }, [](Backward& b) { b.grad(0, zeros_like(G)); });
}
Tensor& round_(Tensor& self, int64_t decimals) { return become("round_", self, [&](const Tensor& t) { return round(t, decimals); }); }
Tensor& round_out(Tensor& out, const Tensor& self, int64_t decimals) { return out_from("round", out, {self}, [&] { return round(self, decimals); }); }
std::tuple<Tensor, Tensor> frexp(const Tensor& self) {
  WICK_CHECK(self.is_floating_point(), "torch.frexp() only supports floating-point dtypes");
  const Tensor x = raw_contiguous(self.detach(), kDouble);
  Tensor m = make_tensor(x.sizes(), kDouble), e = make_tensor(x.sizes(), kInt);
  const DimVec strides = result_strides({self}, self.sizes());
  const auto laid_out = [&](const Tensor& t, ScalarType type) {
    Tensor r = make_tensor(t.sizes(), strides, type);
    raw_copy(r, t);
    return r;
  };
  for (int64_t i = 0; i < x.numel(); ++i) typed<double>(m)[i] = std::frexp(typed<double>(x)[i], &typed<int>(e)[i]);
  Tensor mantissa = record("FrexpBackward0", {self}, {}, [&] { return laid_out(m, self.scalar_type()); }, [e](Backward& b) { b.grad(0, G / pow(2.0, e).to(G.scalar_type())); });
  return {mantissa, laid_out(e, kInt)};
}
std::tuple<Tensor&, Tensor&> frexp_out(Tensor& mantissa, Tensor& exponent, const Tensor& self) {
  auto [m, e] = frexp(self);
  out_from("frexp", mantissa, {self}, [&] { return m; });
  out_from("frexp", exponent, {self}, [&] { return e; });
  return {mantissa, exponent};
}

// In terms of others
Tensor square(const Tensor& self) { return pow(self, 2); }
Tensor& square_(Tensor& self) { return self.pow_(2); }
WICK_OUT(square)
static Tensor factor(const Tensor& self, double f) { return (is_integral_type(self.scalar_type(), true) ? self.to(get_default_dtype_as_scalartype()) : self) * f; }
Tensor deg2rad(const Tensor& self) {
  return record("Deg2RadBackward0", {self}, {}, [&] { return factor(self, std::numbers::pi / 180); }, [](Backward& b) { b.grad(0, deg2rad(b.g())); });
}
Tensor rad2deg(const Tensor& self) {
  return record("Rad2DegBackward0", {self}, {}, [&] { return factor(self, 180 / std::numbers::pi); }, [](Backward& b) { b.grad(0, rad2deg(b.g())); });
}
Tensor& deg2rad_(Tensor& self) { return self.mul_(std::numbers::pi / 180); }
Tensor& rad2deg_(Tensor& self) { return self.mul_(180 / std::numbers::pi); }
WICK_OUT(deg2rad)
WICK_OUT(rad2deg)
Tensor positive(const Tensor& self) {
  WICK_CHECK(self.scalar_type() != kBool, "The `+` operator, on a bool tensor is not supported.");
  return self;
}
Tensor mvlgamma(const Tensor& self, int64_t p) {
  WICK_CHECK(p >= 1, "mvlgamma: p has to be greater than or equal to 1, got ", p);
  const Tensor steps = arange(-static_cast<double>(p) / 2 + 0.5, 0.5, 0.5, TensorOptions(float_type(self.scalar_type())));
  return record("MvlgammaBackward0", {self}, in(0),
                [&] { return (self.unsqueeze(-1) + steps).lgamma().sum(-1) + static_cast<double>(p * (p - 1)) / 4 * std::log(std::numbers::pi); },
                [steps](Backward& b) { b.grad(0, b.g() * (b.in(0).unsqueeze(-1) + steps).digamma().sum(-1)); });
}
Tensor& Tensor::mvlgamma_(int64_t p) const { return become("mvlgamma_", *this, [&](const Tensor& t) { return wick::mvlgamma(t, p); }); }
Tensor& mvlgamma_out(Tensor& out, const Tensor& self, int64_t p) { return out_from("mvlgamma", out, {self}, [&] { return mvlgamma(self, p); }); }

// Near 0 a quotient is replaced by its limit; its derivatives must not meet the 0 either.
static Tensor not_tiny(const Tensor& x) { return x.abs() > (x.scalar_type() == kDouble ? 2.220446049250313e-16 : 1.1920928955078125e-07); }
static Tensor away(const Tensor& x) { return where(not_tiny(x), x, wrapped_scalar(1e-6)); }

// Special functions with derivatives in terms of each other
#define WICK_SPECIAL(name, kernel, Node, uses, derivative)                                                                             \
  Tensor special_##name(const Tensor& self) {                                                                                          \
    return record("Special" #Node "Backward0", {self}, uses, [&] { return run(table::kernel, {self}, {}, Promote::floating); }, [](Backward& b) { b.grad(0, derivative); }); \
  }                                                                                                                                    \
  Tensor& special_##name##_out(Tensor& out, const Tensor& self) { return out_from(#name, out, {self}, [&] { return special_##name(self); }); }
WICK_SPECIAL(i0e, i0e, I0E, in(0) | ops::out(), G * (special_i1e(X) - X.sgn() * Y))
WICK_SPECIAL(i1, i1, I1, in(0) | ops::out(), G * where(not_tiny(X), special_i0(away(X)) - Y / away(X), wrapped_scalar(0.5)))
WICK_SPECIAL(i1e, i1e, I1E, in(0) | ops::out(), G * where(not_tiny(X), special_i0e(away(X)) - Y * (away(X).sgn() + away(X).reciprocal()), wrapped_scalar(0.5)))
WICK_SPECIAL(ndtri, ndtri, Ndtri, ops::out(), G * std::sqrt(2 * std::numbers::pi) * (Y.square() / 2).exp())
WICK_SPECIAL(log_ndtr, log_ndtr, LogNdtr, in(0), G / special_erfcx(X / -std::numbers::sqrt2) * (std::numbers::sqrt2 * std::numbers::inv_sqrtpi))
WICK_SPECIAL(erfcx, erfcx, Erfcx, in(0) | ops::out(), (2 * Y * X - 2 * std::numbers::inv_sqrtpi) * G)
// The normal distribution: by erf near the middle, by erfc in the tails, where 1 - erf would lose everything
Tensor special_ndtr(const Tensor& self) {
  const Tensor x = factor(self, 1 / std::numbers::sqrt2), tail = erfc(x.abs()) * 0.5;
  return where(x.abs() < 1 / std::numbers::sqrt2, 0.5 + 0.5 * erf(x), where(x > 0, 1 - tail, tail));
}
WICK_OUT(special_ndtr)
Tensor special_entr(const Tensor& self) {
  const Tensor x = is_integral_type(self.scalar_type(), true) ? self.to(get_default_dtype_as_scalartype()) : self;
  return record("SpecialEntrBackward0", {x}, in(0),
                [&] { return where(x.isnan(), x, where(x > 0, -xlogy(x, x), where(x == 0, make_scalar_tensor(0.0, x.scalar_type()), make_scalar_tensor(-INFINITY, x.scalar_type())))); },
                [](Backward& b) { b.grad(0, b.g() * (-(1 + b.in(0).log()))); });
}
WICK_OUT(special_entr)

// Other names
#define WICK_ALIAS(alias, f)                                   \
  Tensor alias(const Tensor& self) { return f(self); }         \
  Tensor& alias##_out(Tensor& out, const Tensor& self) { return f##_out(out, self); }
#define WICK_ALIAS_INPLACE(alias, f) \
  WICK_ALIAS(alias, f)               \
  Tensor& alias##_(Tensor& self) { return f##_(self); }
WICK_ALIAS_INPLACE(arccos, acos)
WICK_ALIAS_INPLACE(arccosh, acosh)
WICK_ALIAS_INPLACE(arcsin, asin)
WICK_ALIAS_INPLACE(arcsinh, asinh)
WICK_ALIAS_INPLACE(arctan, atan)
WICK_ALIAS_INPLACE(arctanh, atanh)
WICK_ALIAS_INPLACE(fix, trunc)
WICK_ALIAS_INPLACE(negative, neg)
WICK_ALIAS(special_digamma, digamma)
WICK_ALIAS(special_psi, digamma)
WICK_ALIAS(special_erf, erf)
WICK_ALIAS(special_erfc, erfc)
WICK_ALIAS(special_erfinv, erfinv)
WICK_ALIAS(special_exp2, exp2)
WICK_ALIAS(special_expit, sigmoid)
WICK_ALIAS(special_expm1, expm1)
WICK_ALIAS(special_gammaln, lgamma)
WICK_ALIAS(special_i0, i0)
WICK_ALIAS(special_log1p, log1p)
WICK_ALIAS(special_sinc, sinc)
Tensor special_logit(const Tensor& self, std::optional<double> eps) { return logit(self, eps); }
Tensor& special_logit_out(Tensor& out, const Tensor& self, std::optional<double> eps) { return logit_out(out, self, eps); }
Tensor special_multigammaln(const Tensor& self, int64_t p) { return mvlgamma(self, p); }
Tensor& special_multigammaln_out(Tensor& out, const Tensor& self, int64_t p) { return mvlgamma_out(out, self, p); }
Tensor special_round(const Tensor& self, int64_t decimals) { return round(self, decimals); }
Tensor& special_round_out(Tensor& out, const Tensor& self, int64_t decimals) { return round_out(out, self, decimals); }
Tensor special_softmax(const Tensor& self, int64_t dim, std::optional<ScalarType> dtype) { return softmax(self, dim, dtype); }
Tensor special_log_softmax(const Tensor& self, int64_t dim, std::optional<ScalarType> dtype) { return log_softmax(self, dim, dtype); }
Tensor special_logsumexp(const Tensor& self, IntArrayRef dim, bool keepdim) { return logsumexp(self, dim, keepdim); }
Tensor& special_logsumexp_out(Tensor& out, const Tensor& self, IntArrayRef dim, bool keepdim) { return logsumexp_out(out, self, dim, keepdim); }


// Derivatives as functions
Tensor sigmoid_backward(const Tensor& grad_output, const Tensor& output) { return sigmoid_grad(grad_output, output); }
Tensor& sigmoid_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& output) {
  return out_from("sigmoid_backward", grad_input, {grad_output, output}, [&] { return sigmoid_grad(grad_output, output); });
}
Tensor tanh_backward(const Tensor& grad_output, const Tensor& output) { return tanh_grad(grad_output, output); }
Tensor& tanh_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& output) {
  return out_from("tanh_backward", grad_input, {grad_output, output}, [&] { return tanh_grad(grad_output, output); });
}
Tensor logit_backward(const Tensor& grad_output, const Tensor& self, std::optional<double> eps) {
  const double e = eps.value_or(-1);
  const Tensor slope = grad_output / (self * (1 - self));
  return e < 0 ? slope.masked_fill((self < 0).logical_or(self > 1), NAN) : slope.masked_fill((self < e).logical_or(self > 1 - e), 0);
}
Tensor& logit_backward_out(Tensor& grad_input, const Tensor& grad_output, const Tensor& self, std::optional<double> eps) {
  return out_from("logit_backward", grad_input, {grad_output, self}, [&] { return logit_backward(grad_output, self, eps); });
}

}  // namespace wick::inline v1
