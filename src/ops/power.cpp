// Powers, and the remaining elementwise functions of two tensors.
#include <cmath>
#include <numbers>

#include "ops/become.h"
#include "ops/binary.h"

namespace wick::inline v1 {
using namespace wick::ops;

// pow: the derivative to the base is 0 where the exponent is 0, that to the exponent 0 where the base is 0
namespace {
Tensor pow_self_grad(const Tensor& g, const Tensor& x, const Tensor& e) {
  return where(e == 0.0, zeros({}, g.options()), g * (e * x.pow(e - 1)).conj());
}
Tensor pow_exponent_grad(const Tensor& g, const Tensor& x, const Tensor& e, const Tensor& y) {
  const Tensor flat = e.is_complex() ? (x == 0).logical_and(real(e) >= 0) : (x == 0).logical_and(e >= 0);
  return g * where(flat, zeros({}, g.options()), (y * x.log()).conj());
}
Tensor pow_scalar_grad(const Tensor& g, const Tensor& x, const Scalar& e) {
  if (e.equal(0.0)) return zeros_like(g);
  const Scalar less = e.isComplex() ? Scalar(e.toComplexDouble() - 1.0) : e.isFloatingPoint() ? Scalar(e.toDouble() - 1) : Scalar(e.toLong() - 1);
  return g * (x.pow(less) * e).conj();
}
void check_integer_exponent(const Tensor& self, const Scalar& e) {
  WICK_CHECK(!(is_integral_type(self.scalar_type(), true) && e.isIntegral(true) && e.toLong() < 0), "Integers to negative integer powers are not allowed.");
}
Params exponent_params(const Scalar& e) {
  Params p;
  const auto z = e.toComplexDouble();
  p.d[0] = z.real();
  p.d[1] = z.imag();
  return p;
}
struct PowScalarRule {
  Scalar e;
  void operator()(Backward& b) const { b.grad(0, pow_scalar_grad(b.g(), b.in(0), e)); }
};
struct PowRule {
  static constexpr Uses uses = Uses().grad(0, in(0) | in(1)).grad(1, in(0) | in(1) | ops::out());
  void operator()(Backward& b) const {
    if (b.needs(0)) b.grad(0, pow_self_grad(b.g(), b.in(0), b.in(1)));
    if (b.needs(1)) b.grad(1, pow_exponent_grad(b.g(), b.in(0), b.in(1), b.out()));
  }
};
// The kernel with a fixed exponent serves floating results; integer powers go through the general one.
bool floating_result(const Tensor& self, const Scalar& e) { return !is_integral_type(result_type(self, e), true); }
Tensor pow_scalar_kernel(const Tensor& self, const Scalar& e) {
  const ScalarType t = result_type(self, e);
  if (t == kBool) return e.toBool() ? self.clone() : ones_like(self);
  if (!floating_result(self, e)) return run(table::pow, {self, scalar_tensor(e, t)});  // an exponent that does not fit is refused
  return run(table::pow_scalar, {self.scalar_type() == t ? self : self.to(t)}, exponent_params(e));
}
}  // namespace

Tensor pow(const Tensor& self, const Scalar& exponent) {
  check_defined("pow", {self});
  check_integer_exponent(self, exponent);
  return record("PowBackward0", {self}, Uses(in(0)), [&] { return pow_scalar_kernel(self, exponent); }, PowScalarRule{exponent});
}
Tensor pow(const Tensor& self, const Tensor& exponent) {
  return record("PowBackward1", {self, exponent}, PowRule::uses, [&] { return run(table::pow, {self, exponent}); }, PowRule());
}
Tensor pow(const Scalar& self, const Tensor& exponent) {
  check_defined("pow", {exponent});
  return pow(wrapped_scalar(self), exponent.contiguous());  // PyTorch's layout: that of the sizes alone
}
Tensor& Tensor::pow_(const Scalar& exponent) const {
  check_integer_exponent(*this, exponent);
  check_castable("pow_", result_type(*this, exponent), scalar_type());
  return record_inplace("PowBackward0", *this, {*this}, Uses(in(0)), [&] { raw_copy(*this, pow_scalar_kernel(*this, exponent)); }, PowScalarRule{exponent});
}
Tensor& Tensor::pow_(const Tensor& exponent) const {
  return record_inplace("PowBackward1", *this, {*this, exponent}, PowRule::uses, [&] { run_into(table::pow, *this, {*this, exponent}); }, PowRule());
}
Tensor& pow_out(Tensor& out, const Tensor& self, const Tensor& e) { return out_from("pow", out, {self, e}, [&] { return pow(self, e); }); }
Tensor& pow_out(Tensor& out, const Tensor& self, const Scalar& e) { return out_from("pow", out, {self}, [&] { return pow(self, e); }); }
Tensor& pow_out(Tensor& out, const Scalar& self, const Tensor& e) { return out_from("pow", out, {e}, [&] { return pow(self, e); }); }

// float_power: always in double precision
static ScalarType power_type(bool complex) { return complex ? kComplexDouble : kDouble; }
Tensor float_power(const Tensor& self, const Tensor& e) {
  const ScalarType t = power_type(self.is_complex() || e.is_complex());
  return pow(self.to(t), e.to(t));
}
Tensor float_power(const Tensor& self, const Scalar& e) {
  const ScalarType t = power_type(self.is_complex() || e.isComplex());
  return pow(self.to(t), t == kDouble ? Scalar(e.toDouble()) : Scalar(e.toComplexDouble()));
}
Tensor float_power(const Scalar& self, const Tensor& e) {
  const ScalarType t = power_type(self.isComplex() || e.is_complex());
  return pow(t == kDouble ? Scalar(self.toDouble()) : Scalar(self.toComplexDouble()), e.to(t));
}
static void check_power_inplace(const Tensor& self, bool complex) {
  const ScalarType t = power_type(self.is_complex() || complex);
  WICK_CHECK(self.scalar_type() == t, "the base given to float_power_ has dtype ", self.scalar_type(), " but the operation's result requires dtype ", t);
}
Tensor& Tensor::float_power_(const Tensor& e) const {
  check_power_inplace(*this, e.is_complex());
  return pow_(e.to(scalar_type()));
}
Tensor& Tensor::float_power_(const Scalar& e) const {
  check_power_inplace(*this, e.isComplex());
  return pow_(is_complex() ? Scalar(e.toComplexDouble()) : Scalar(e.toDouble()));
}
Tensor& float_power_out(Tensor& out, const Tensor& s, const Tensor& e) { return out_from("float_power", out, {s, e}, [&] { return float_power(s, e); }); }
Tensor& float_power_out(Tensor& out, const Scalar& s, const Tensor& e) { return out_from("float_power", out, {e}, [&] { return float_power(s, e); }); }
Tensor& float_power_out(Tensor& out, const Tensor& s, const Scalar& e) { return out_from("float_power", out, {s}, [&] { return float_power(s, e); }); }

// Angles, lengths, signs
WICK_RULE(atan2, Uses(in(0) | in(1)), G * (B / (A * A + B * B)).masked_fill((A * A + B * B) == 0, 0), G * (-A / (A * A + B * B)).masked_fill((A * A + B * B) == 0, 0))
WICK_BINARY(atan2, Atan2, floating)
Tensor arctan2(const Tensor& self, const Tensor& other) { return atan2(self, other); }
Tensor& arctan2_out(Tensor& out, const Tensor& self, const Tensor& other) { return atan2_out(out, self, other); }
Tensor& Tensor::arctan2_(const Tensor& other) const { return atan2_(other); }
WICK_RULE(hypot, Uses(in(0) | in(1) | ops::out()), G * (A / b.out()), G * (B / b.out()))
WICK_BINARY(hypot, Hypot, same)
WICK_RULE(copysign, Uses().grad(0, in(0) | ops::out()), G * where(A == 0, zeros_like(A), b.out() / A), zeros_like(G))
WICK_BINARY(copysign, Copysign, floating)
WICK_BINARY_SCALAR(copysign)
static Tensor no_derivative(const char* op) { throw NotImplementedError(str("the derivative for '", op, "' is not implemented.")); }
WICK_RULE(nextafter, Uses(), no_derivative("nextafter"), no_derivative("nextafter"))
// The 16-bit types step through their own numbers: in the float that they compute in the neighbour would round back.
static uint16_t next16(uint16_t x, uint16_t y, uint16_t infinity) {
  const auto magnitude = [](uint16_t v) { return v & 0x7fff; };
  const auto ordered = [&](uint16_t v) { return v & 0x8000 ? -magnitude(v) : magnitude(v); };
  if (magnitude(x) > infinity) return x;
  if (magnitude(y) > infinity || ordered(x) == ordered(y)) return y;
  if (magnitude(x) == 0) return static_cast<uint16_t>((y & 0x8000) | 1);
  const bool away = (ordered(x) < ordered(y)) == (ordered(x) > 0);
  return static_cast<uint16_t>(away ? x + 1 : x - 1);
}
static Tensor next(const Tensor& a, const Tensor& b) {
  check_defined("nextafter", {a, b});
  const ScalarType t = result_type_of({a, b});
  if (t != kHalf && t != kBFloat16) return run(table::nextafter, {a, b});
  const DimVec shape = broadcast_shape("nextafter", {a, b});
  const Tensor x = raw_contiguous(a.expand(shape), t), y = raw_contiguous(b.expand(shape), t), r = make_tensor(shape, t);
  for (int64_t k = 0, n = r.numel(); k < n; ++k)
    typed<uint16_t>(r)[k] = next16(typed<uint16_t>(x)[k], typed<uint16_t>(y)[k], t == kHalf ? 0x7c00 : 0x7f80);
  const DimVec strides = result_strides({a, b}, shape);
  if (IntArrayRef(strides) == r.strides()) return r;
  Tensor like_inputs = make_tensor(shape, strides, t);
  raw_copy(like_inputs, r);
  return like_inputs;
}
Tensor nextafter(const Tensor& self, const Tensor& other) {
  return record("NextafterBackward0", {self, other}, nextafter_rule::uses, [&] { return next(self, other); }, nextafter_rule());
}
Tensor& nextafter_out(Tensor& out, const Tensor& self, const Tensor& other) { return out_from("nextafter", out, {self, other}, [&] { return nextafter(self, other); }); }
Tensor& Tensor::nextafter_(const Tensor& other) const {
  const Tensor& self = *this;
  return record_inplace("NextafterBackward0", self, {self, other}, nextafter_rule::uses, [&] {
    const Tensor r = next(self, other);
    check_castable("nextafter", r.scalar_type(), self.scalar_type());
    WICK_CHECK(r.sizes() == self.sizes(), "nextafter_: output with shape ", self.sizes(), " doesn't match the broadcast shape ", r.sizes());
    raw_copy(self, r);
  }, nextafter_rule());
}
WICK_RULE(heaviside, Uses(), no_derivative("heaviside"), no_derivative("heaviside"))
static void check_heaviside(const Tensor& a, const Tensor& v) {
  WICK_CHECK(!a.is_complex() && !v.is_complex(), "heaviside is not yet implemented for complex tensors.");
  WICK_CHECK(a.scalar_type() == v.scalar_type(), "heaviside is not yet implemented for tensors with different dtypes.");
}
Tensor heaviside(const Tensor& self, const Tensor& other) {
  check_heaviside(self, other);
  return record("HeavisideBackward0", {self, other}, {}, [&] { return run(table::heaviside, {self, other}); }, heaviside_rule());
}
Tensor& heaviside_out(Tensor& out, const Tensor& self, const Tensor& other) { return out_from("heaviside", out, {self, other}, [&] { return heaviside(self, other); }); }
Tensor& Tensor::heaviside_(const Tensor& values) const {
  check_heaviside(*this, values);
  return record_inplace("HeavisideBackward0", *this, {*this, values}, {}, [&] { run_into(table::heaviside, *this, {*this, values}); }, heaviside_rule());
}

// Logarithms of sums and products; the sigmoid form keeps every order of derivative finite
WICK_RULE(logaddexp, Uses(in(0) | in(1)), G * (A - B).sigmoid().conj(), G * (B - A).sigmoid().conj())
WICK_BINARY_FORMS(logaddexp, Logaddexp, same)
WICK_RULE(logaddexp2, Uses(in(0) | in(1)), G * ((A - B) * std::numbers::ln2).sigmoid(), G * ((B - A) * std::numbers::ln2).sigmoid())
WICK_BINARY_FORMS(logaddexp2, Logaddexp2, same)
WICK_RULE(xlogy, Uses().grad(0, in(0) | in(1)).grad(1, in(0) | in(1)), G * B.log().masked_fill((A == 0).logical_and(B <= 0), 0), G * A / B)
WICK_BINARY_FORMS(xlogy, Xlogy, floating)
Tensor& xlogy_(Tensor& self, const Tensor& other) {
  return record_inplace("XlogyBackward0", self, {self, other}, xlogy_rule::uses, [&] { run_into(table::xlogy, self, {self, other}, {}, Promote::floating); }, xlogy_rule());
}
Tensor xlogy(const Scalar& self, const Tensor& other) { return xlogy(wrapped_scalar(self), other); }
Tensor xlogy(const Tensor& self, const Scalar& other) { return xlogy(self, wrapped_scalar(other)); }
Tensor& xlogy_(Tensor& self, const Scalar& other) { return xlogy_(self, wrapped_scalar(other)); }
Tensor& xlogy_out(Tensor& out, const Scalar& self, const Tensor& other) { return xlogy_out(out, wrapped_scalar(self), other); }
Tensor& xlogy_out(Tensor& out, const Tensor& self, const Scalar& other) { return xlogy_out(out, self, wrapped_scalar(other)); }
Tensor special_xlogy(const Tensor& a, const Tensor& b) { return xlogy(a, b); }
Tensor special_xlogy(const Scalar& a, const Tensor& b) { return xlogy(a, b); }
Tensor special_xlogy(const Tensor& a, const Scalar& b) { return xlogy(a, b); }
Tensor& special_xlogy_out(Tensor& o, const Tensor& a, const Tensor& b) { return xlogy_out(o, a, b); }
Tensor& special_xlogy_out(Tensor& o, const Scalar& a, const Tensor& b) { return xlogy_out(o, a, b); }
Tensor& special_xlogy_out(Tensor& o, const Tensor& a, const Scalar& b) { return xlogy_out(o, a, b); }
WICK_RULE(xlog1py, Uses(in(0) | in(1)), G * B.log1p().masked_fill((A == 0).logical_and(B <= -1), 0), G * A / (B + 1))
Tensor special_xlog1py(const Tensor& self, const Tensor& other) {
  return record("SpecialXlog1PyBackward0", {self, other}, xlog1py_rule::uses, [&] { return run(table::xlog1py, {self, other}, {}, Promote::floating); }, xlog1py_rule());
}
Tensor special_xlog1py(const Scalar& a, const Tensor& b) { return special_xlog1py(wrapped_scalar(a), b); }
Tensor special_xlog1py(const Tensor& a, const Scalar& b) { return special_xlog1py(a, wrapped_scalar(b)); }
Tensor& special_xlog1py_out(Tensor& o, const Tensor& a, const Tensor& b) { return out_from("xlog1py", o, {a, b}, [&] { return special_xlog1py(a, b); }); }
Tensor& special_xlog1py_out(Tensor& o, const Scalar& a, const Tensor& b) { return out_from("xlog1py", o, {b}, [&] { return special_xlog1py(a, b); }); }
Tensor& special_xlog1py_out(Tensor& o, const Tensor& a, const Scalar& b) { return out_from("xlog1py", o, {a}, [&] { return special_xlog1py(a, b); }); }

// Incomplete gamma functions: differentiable in the second argument
static Tensor igamma_slope(const Tensor& a, const Tensor& x) { return (-x + (a - 1) * x.log() - a.lgamma()).exp(); }
WICK_RULE(igamma, Uses().grad(1, in(0) | in(1)), no_derivative("igamma: input"), G * igamma_slope(A, B))
WICK_BINARY(igamma, Igamma, floating)
WICK_RULE(igammac, Uses().grad(1, in(0) | in(1)), no_derivative("igammac: input"), -G * igamma_slope(A, B))
WICK_BINARY(igammac, Igammac, floating)
Tensor special_gammainc(const Tensor& a, const Tensor& b) { return igamma(a, b); }
Tensor special_gammaincc(const Tensor& a, const Tensor& b) { return igammac(a, b); }
Tensor& special_gammainc_out(Tensor& o, const Tensor& a, const Tensor& b) { return igamma_out(o, a, b); }
Tensor& special_gammaincc_out(Tensor& o, const Tensor& a, const Tensor& b) { return igammac_out(o, a, b); }

// Zeta and polygamma
WICK_RULE(zeta, Uses().grad(1, in(0) | in(1)), no_derivative("zeta: input"), G * -A * special_zeta(A + 1., B))
Tensor special_zeta(const Tensor& self, const Tensor& other) {
  return record("SpecialZetaBackward0", {self, other}, zeta_rule::uses, [&] { return run(table::zeta, {self, other}, {}, Promote::floating); }, zeta_rule());
}
Tensor special_zeta(const Scalar& a, const Tensor& b) { return special_zeta(wrapped_scalar(a), b); }
Tensor special_zeta(const Tensor& a, const Scalar& b) { return special_zeta(a, wrapped_scalar(b)); }
Tensor& special_zeta_out(Tensor& o, const Tensor& a, const Tensor& b) { return out_from("zeta", o, {a, b}, [&] { return special_zeta(a, b); }); }
Tensor& special_zeta_out(Tensor& o, const Scalar& a, const Tensor& b) { return out_from("zeta", o, {b}, [&] { return special_zeta(a, b); }); }
Tensor& special_zeta_out(Tensor& o, const Tensor& a, const Scalar& b) { return out_from("zeta", o, {a}, [&] { return special_zeta(a, b); }); }
namespace {
struct PolygammaRule {
  int64_t n;
  void operator()(Backward& b) const { b.grad(0, b.g() * polygamma(n + 1, b.in(0))); }
};
}  // namespace
Tensor polygamma(int64_t n, const Tensor& self) {
  WICK_CHECK(n >= 0, "polygamma(n, x) does not support negative n.");
  if (n == 0) return digamma(self);
  return record("PolygammaBackward0", {self}, Uses(in(0)), [&] { const Tensor order = wrapped_scalar(static_cast<double>(n)); return run(table::polygamma, {order, self}, {}, Promote::floating); }, PolygammaRule{n});
}
Tensor Tensor::polygamma(int64_t n) const { return wick::polygamma(n, *this); }
Tensor& Tensor::polygamma_(int64_t n) const { return become("polygamma_", *this, [&](const Tensor& t) { return wick::polygamma(n, t); }); }
Tensor& polygamma_out(Tensor& out, int64_t n, const Tensor& self) { return out_from("polygamma", out, {self}, [&] { return polygamma(n, self); }); }
Tensor special_polygamma(int64_t n, const Tensor& self) { return polygamma(n, self); }
Tensor& special_polygamma_out(Tensor& out, int64_t n, const Tensor& self) { return polygamma_out(out, n, self); }

// self * 2^other
// With whole exponents self's type stays, and the power may be beyond it as long as the product is not.
Tensor ldexp(const Tensor& self, const Tensor& other) {
  check_defined("ldexp", {self, other});
  if (!self.is_floating_point() || !is_integral_type(other.scalar_type(), false)) return mul(self, pow(2.0, other));
  return mul(self.to(kDouble), pow(2.0, other.to(kDouble))).to(self.scalar_type());
}
Tensor& ldexp_(Tensor& self, const Tensor& other) { return self.copy_(ldexp(self, other)); }
Tensor& ldexp_out(Tensor& out, const Tensor& self, const Tensor& other) { return out_from("ldexp", out, {self, other}, [&] { return ldexp(self, other); }); }

}  // namespace wick::inline v1
