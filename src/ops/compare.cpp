// Comparison, logic, bits, and choosing: ops whose results carry no gradient, and clamp and where, whose do.
#include "ops/become.h"
#include "ops/binary.h"

namespace wick::inline v1 {
using namespace wick::ops;

namespace {
void no_complex_order(const char* op, const Tensor& a, const Tensor& b) {
  WICK_CHECK(!a.is_complex() && !b.is_complex(), op, ": complex numbers have no order, got ", a.scalar_type(), " and ", b.scalar_type());
}
void any_type(const char*, const Tensor&, const Tensor&) {}
void integers_only(const char* op, const Tensor& a, const Tensor& b) {
  const ScalarType t = result_type_of({a, b});
  if (!is_integral_type(t, true)) throw NotImplementedError(str("\"", op, "_cpu\" not implemented for '", t, "'"));
}
void no_bool_shift(const char* op, const Tensor& a, const Tensor& b) {
  integers_only(op, a, b);
  if (result_type_of({a, b}) == kBool) throw NotImplementedError(str("\"", op, "_cpu\" not implemented for 'Bool'"));
}
}  // namespace

#define WICK_COMPARE(f, alias, check)                                                                                                 \
  Tensor f(const Tensor& self, const Tensor& other) { check_defined(#f, {self, other}); check(#f, self, other); return run(table::f, {self, other}); } \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& other) { check(#f, self, other); return binary_out(table::f, out, self, other, {}, Promote::same); } \
  Tensor& Tensor::f##_(const Tensor& other) const {                                                                                  \
    check_defined(#f "_", {*this, other});                                                                                           \
    check(#f "_", *this, other);                                                                                                     \
    return overwrite(#f "_", *this, [&] { run_into(table::f, *this, {*this, other}); });                                             \
  }                                                                                                                                   \
  WICK_BINARY_SCALAR(f)                                                                                                               \
  Tensor alias(const Tensor& self, const Tensor& other) { return f(self, other); }                                                   \
  Tensor alias(const Tensor& self, const Scalar& other) { return f(self, other); }                                                   \
  Tensor& alias##_out(Tensor& out, const Tensor& self, const Tensor& other) { return f##_out(out, self, other); }                    \
  Tensor& alias##_out(Tensor& out, const Tensor& self, const Scalar& other) { return f##_out(out, self, other); }                    \
  Tensor& Tensor::alias##_(const Tensor& other) const { return f##_(other); }                                                        \
  Tensor& Tensor::alias##_(const Scalar& other) const { return f##_(other); }
WICK_COMPARE(ne, not_equal, any_type)
WICK_COMPARE(lt, less, no_complex_order)
WICK_COMPARE(le, less_equal, no_complex_order)
WICK_COMPARE(gt, greater, no_complex_order)
WICK_COMPARE(ge, greater_equal, no_complex_order)
WICK_BINARY_PLAIN(eq)
WICK_BINARY_SCALAR(eq)
WICK_BINARY_PLAIN(logical_and)
WICK_BINARY_PLAIN(logical_or)
WICK_BINARY_PLAIN(logical_xor)

#define WICK_BITS(f, check)                                                                                                           \
  Tensor f(const Tensor& self, const Tensor& other) { check_defined(#f, {self, other}); check(#f, self, other); return run(table::f, {self, other}); } \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& other) { check(#f, self, other); return binary_out(table::f, out, self, other, {}, Promote::same); } \
  Tensor& Tensor::f##_(const Tensor& other) const {                                                                                  \
    check_defined(#f "_", {*this, other});                                                                                           \
    check(#f, *this, other);                                                                                                         \
    return overwrite(#f "_", *this, [&] { run_into(table::f, *this, {*this, other}); });                                             \
  }                                                                                                                                   \
  WICK_BINARY_SCALAR(f)                                                                                                               \
  Tensor f(const Scalar& self, const Tensor& other) { return f(wrapped_scalar(self), other); }
WICK_BITS(bitwise_and, integers_only)
WICK_BITS(bitwise_or, integers_only)
WICK_BITS(bitwise_xor, integers_only)
WICK_BITS(bitwise_left_shift, no_bool_shift)
WICK_BITS(bitwise_right_shift, no_bool_shift)
#define WICK_BITS_OUT(f) \
  Tensor& f##_out(Tensor& out, const Scalar& self, const Tensor& other) { return f##_out(out, wrapped_scalar(self), other); }
WICK_BITS_OUT(bitwise_and)
WICK_BITS_OUT(bitwise_or)
WICK_BITS_OUT(bitwise_xor)
WICK_BITS_OUT(bitwise_left_shift)
WICK_BITS_OUT(bitwise_right_shift)
#define WICK_BITS_OPERATOR(name, f)                                               \
  Tensor Tensor::__##name##__(const Scalar& other) const { return wick::f(*this, other); } \
  Tensor Tensor::__##name##__(const Tensor& other) const { return wick::f(*this, other); } \
  Tensor& Tensor::__i##name##__(const Scalar& other) const { return f##_(other); }   \
  Tensor& Tensor::__i##name##__(const Tensor& other) const { return f##_(other); }
WICK_BITS_OPERATOR(and, bitwise_and)
WICK_BITS_OPERATOR(or, bitwise_or)
WICK_BITS_OPERATOR(xor, bitwise_xor)
WICK_BITS_OPERATOR(lshift, bitwise_left_shift)
WICK_BITS_OPERATOR(rshift, bitwise_right_shift)

#define WICK_INTEGER(f)                                                                                                               \
  Tensor f(const Tensor& self, const Tensor& other) { check_defined(#f, {self, other}); no_bool_shift(#f, self, other); return run(table::f, {self, other}); } \
  Tensor& f##_(Tensor& self, const Tensor& other) { no_bool_shift(#f, self, other); return overwrite(#f "_", self, [&] { run_into(table::f, self, {self, other}); }); } \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& other) { no_bool_shift(#f, self, other); return binary_out(table::f, out, self, other, {}, Promote::same); }
WICK_INTEGER(gcd)
WICK_INTEGER(lcm)

Tensor bitwise_not(const Tensor& self) {
  check_defined("bitwise_not", {self});
  integers_only("bitwise_not", self, self);
  return self.scalar_type() == kBool ? logical_not(self) : run(table::bitwise_not, {self});
}
Tensor& Tensor::bitwise_not_() const {
  integers_only("bitwise_not", *this, *this);
  return overwrite("bitwise_not_", *this, [&] { run_into(scalar_type() == kBool ? table::logical_not : table::bitwise_not, *this, {*this}); });
}
Tensor& bitwise_not_out(Tensor& out, const Tensor& self) {
  return out_from("bitwise_not", out, {self}, [&] { return bitwise_not(self); });
}
Tensor logical_not(const Tensor& self) { return run(table::logical_not, {self}); }
Tensor& Tensor::logical_not_() const { return overwrite("logical_not_", *this, [&] { run_into(table::logical_not, *this, {*this}); }); }
Tensor& logical_not_out(Tensor& out, const Tensor& self) {
  return out_from("logical_not", out, {self}, [&] { return logical_not(self).to(out.scalar_type()); });
}

// Whole tensors
bool equal(const Tensor& self, const Tensor& other) {
  check_defined("equal", {self, other});
  return self.sizes() == other.sizes() && (self.numel() == 0 || eq(self, other).all().item<bool>());
}
Tensor isclose(const Tensor& self, const Tensor& other, double rtol, double atol, bool equal_nan) {
  WICK_CHECK(self.scalar_type() == other.scalar_type(), "isclose: ", self.scalar_type(), " did not match ", other.scalar_type());
  WICK_CHECK_TYPE(ValueError, rtol >= 0 && atol >= 0, "isclose: rtol and atol must be greater than or equal to zero, but got ", rtol, " and ", atol);
  Tensor close = self == other;
  if (equal_nan && (self.is_floating_point() || self.is_complex())) close = close.logical_or(self.isnan().logical_and(other.isnan()));
  if (rtol == 0 && atol == 0) return close;
  const Tensor a = is_integral_type(self.scalar_type(), true) ? self.to(get_default_dtype_as_scalartype()) : self;
  const Tensor b = is_integral_type(other.scalar_type(), true) ? other.to(get_default_dtype_as_scalartype()) : other;
  const Tensor error = (a - b).abs();
  return close.logical_or(error.isfinite().logical_and(error <= atol + (rtol * b).abs()));
}
bool allclose(const Tensor& self, const Tensor& other, double rtol, double atol, bool equal_nan) {
  return isclose(self, other, rtol, atol, equal_nan).all().item<bool>();
}
Tensor isin(const Tensor& elements, const Tensor& test, bool, bool invert) {
  check_defined("isin", {elements, test});
  const Tensor found = elements.unsqueeze(-1).eq(test.reshape({-1})).any(-1);
  return invert ? found.logical_not() : found;
}
Tensor isin(const Tensor& elements, const Scalar& test, bool, bool invert) {
  const Tensor x = elements.detach().contiguous();  // the result's layout is that of the sizes alone
  return invert ? ne(x, test) : eq(x, test);
}
Tensor isin(const Scalar& element, const Tensor& test, bool u, bool invert) { return isin(wrapped_scalar(element), test, u, invert); }
Tensor& isin_out(Tensor& out, const Tensor& e, const Tensor& t, bool u, bool i) { return out_from("isin", out, {e, t}, [&] { return isin(e, t, u, i); }); }
Tensor& isin_out(Tensor& out, const Tensor& e, const Scalar& t, bool u, bool i) { return out_from("isin", out, {e}, [&] { return isin(e, t, u, i); }); }
Tensor& isin_out(Tensor& out, const Scalar& e, const Tensor& t, bool u, bool i) { return out_from("isin", out, {t}, [&] { return isin(e, t, u, i); }); }

// where: elementwise choice. The condition is cast to the compute type like every input; only its zeros matter.
namespace {
template <class T>
void choose(int64_t n, void* out, const void* const* in, const Params&) {
  const T* c = static_cast<const T*>(in[0]);
  const T* a = static_cast<const T*>(in[1]);
  const T* b = static_cast<const T*>(in[2]);
  for (int64_t i = 0; i < n; ++i) static_cast<T*>(out)[i] = c[i] != T(0) ? a[i] : b[i];
}
constexpr Pointwise choose_kernel{"where", 3, choose<float>, choose<double>, choose<int64_t>, choose<std::complex<double>>, false};

Tensor choose_tensors(const Tensor& c, const Tensor& a, const Tensor& b) {
  const ScalarType t = result_type_of({a, b});
  const DimVec shape = broadcast_shape("where", {c, a, b});
  Tensor r = make_tensor(shape, result_strides({c, a, b}, shape), t);
  const auto compute = kernels::cpu::compute_type(t);
  const kernels::cpu::Operand operands[] = {operand(c, shape), operand(a, shape), operand(b, shape)};
  const auto f = compute == kFloat ? choose_kernel.f32 : compute == kDouble ? choose_kernel.f64 : compute == kLong ? choose_kernel.i64 : choose_kernel.c128;
  kernels::cpu::pointwise_loop(f, false, compute, shape, operand(r, shape), operands, 3, {});
  return r;
}
}  // namespace
Tensor where(const Tensor& condition, const Tensor& self, const Tensor& other) {
  check_defined("where", {condition, self, other});
  WICK_CHECK(condition.scalar_type() == kBool || condition.scalar_type() == kByte, "where expected condition to be a boolean tensor, but got a tensor with dtype ", condition.scalar_type());
  return record("WhereBackward0", {self, other, condition}, Uses(in(2)), [&] { return choose_tensors(condition, self, other); },
                [](Backward& b) {
                  if (b.needs(0)) b.grad(0, where(b.in(2), b.g(), wrapped_scalar(0)));
                  if (b.needs(1)) b.grad(1, where(b.in(2), wrapped_scalar(0), b.g()));
                });
}
Tensor& where_out(Tensor& out, const Tensor& c, const Tensor& a, const Tensor& b) {
  WICK_CHECK(result_type_of({a, b}) == out.scalar_type(), "Expected out type to be ", result_type_of({a, b}), " but got ", out.scalar_type());
  return out_from("where", out, {c, a, b}, [&] { return where(c, a, b); });
}
// A number that takes the tensor's type, or is refused where it does not fit it.
static Tensor number_beside(const Tensor& t, const Scalar& v) {
  check_defined("where", {t});
  const Tensor r = wrapped_scalar(v);
  const ScalarType type = result_type_of({t, r});
  if (is_integral_type(type, false)) (void)scalar_tensor(v, type);
  return r;
}
Tensor where(const Tensor& c, const Scalar& a, const Tensor& b) { return where(c, number_beside(b, a), b); }
Tensor where(const Tensor& c, const Tensor& a, const Scalar& b) { return where(c, a, number_beside(a, b)); }
Tensor where(const Tensor& c, const Scalar& a, const Scalar& b) { return where(c, wrapped_scalar(a), wrapped_scalar(b)); }
std::vector<Tensor> where(const Tensor& condition) { return condition.nonzero_numpy(); }

// clamp: a bound that is missing does not bind; the gradient passes where the value was kept
namespace {
double low(const std::optional<Scalar>& s) { return s ? s->toDouble() : -INFINITY; }
double high(const std::optional<Scalar>& s) { return s ? s->toDouble() : INFINITY; }
Params clamp_params(ScalarType t, const std::optional<Scalar>& min, const std::optional<Scalar>& max) {
  Params p = params(low(min), high(max));
  if (!is_integral_type(t, true)) return p;  // there the bounds may be infinite
  // A negative bound of bytes wraps around, as it does where PyTorch converts it; what does not fit is an error.
  const auto bound = [t](const Scalar& s) {
    const int64_t v = s.to<int64_t>();
    const int bits = static_cast<int>(element_size(t)) * 8;
    const bool fits = t == kBool || bits == 64 || (t == kByte ? v >= -255 && v <= 255 : v >= -(int64_t{1} << (bits - 1)) && v < (int64_t{1} << (bits - 1)));
    WICK_CHECK(fits, "clamp: the bound ", v, " cannot be converted to type ", t, " without overflow");
    return t == kByte ? v & 255 : v;
  };
  p.i[0] = min ? bound(*min) : INT64_MIN;
  p.i[1] = max ? bound(*max) : INT64_MAX;
  return p;
}
struct ClampRule {
  double min, max;
  void operator()(Backward& b) const {
    const Tensor x = b.in(0);
    b.grad(0, where(x.ge(min).logical_and(x.le(max)), b.g(), wrapped_scalar(0)));
  }
};
// NaN as a bound makes everything NaN.
bool nan_bound(const std::optional<Scalar>& s) { return s && s->isFloatingPoint() && std::isnan(s->toDouble()); }

// The type of the result: a floating bound makes integers floating.
Tensor clamp_input(const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max) {
  WICK_CHECK(min || max, "torch.clamp: At least one of 'min' or 'max' must not be None");
  WICK_CHECK(!self.is_complex(), "clamp is not supported for complex types");
  ScalarType t = self.scalar_type();
  for (const auto& s : {min, max})
    if (s) {
      WICK_CHECK(!s->isComplex(), "clamp is not supported for complex types");
      t = result_type(self.scalar_type() == t ? self : self.to(t), *s);
    }
  return t == self.scalar_type() ? self : self.to(t);
}
}  // namespace
static Tensor clamp_as(const char* node, const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max) {
  check_defined("clamp", {self});
  const Tensor x = clamp_input(self, min, max);
  if (nan_bound(min) || nan_bound(max)) return full_like(x, std::nan(""));
  return record(node, {x}, Uses(in(0)), [&] { return run(table::clamp, {x}, clamp_params(x.scalar_type(), min, max)); }, ClampRule{low(min), high(max)});
}
static Tensor& clamp_inplace(const char* node, const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max) {
  check_defined("clamp_", {self});
  check_castable("clamp_", clamp_input(self, min, max).scalar_type(), self.scalar_type());
  if (nan_bound(min) || nan_bound(max)) return self.fill_(std::nan(""));
  return record_inplace(node, self, {self}, Uses(in(0)), [&] { run_into(table::clamp, self, {self}, clamp_params(self.scalar_type(), min, max)); }, ClampRule{low(min), high(max)});
}
Tensor clamp(const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max) { return clamp_as("ClampBackward1", self, min, max); }
Tensor& clamp_(Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max) { return clamp_inplace("ClampBackward1", self, min, max); }
Tensor& clamp_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& min, const std::optional<Scalar>& max) {
  return out_from("clamp", out, {self}, [&] { return clamp(self, min, max); });
}
Tensor clamp(const Tensor& self, const std::optional<Tensor>& min, const std::optional<Tensor>& max) {
  const bool has_min = min && min->defined(), has_max = max && max->defined();
  WICK_CHECK(has_min || has_max, "torch.clamp: At least one of 'min' or 'max' must not be None");
  if (!has_max) return clamp_min(self, *min);
  if (!has_min) return clamp_max(self, *max);
  return record("ClampBackward0", {self, *min, *max}, Uses(in(0) | in(1) | in(2)), [&] { return run(table::clamp_tensor, {self, *min, *max}); },
                [](Backward& b) {
                  const Tensor x = b.in(0), lo = b.in(1), hi = b.in(2), zero = wrapped_scalar(0);
                  if (b.needs(0)) b.grad(0, where(x.ge(lo).logical_and(x.le(hi)), b.g(), zero));
                  if (b.needs(1)) b.grad(1, where(lo.lt(hi).logical_and(x.lt(lo)), b.g(), zero));
                  if (b.needs(2)) b.grad(2, where(x.gt(hi).logical_or(hi.lt(lo)), b.g(), zero));
                });
}
Tensor& clamp_(Tensor& self, const std::optional<Tensor>& min, const std::optional<Tensor>& max) { return become("clamp_", self, [&](const Tensor& t) { return clamp(t, min, max); }); }
Tensor& clamp_out(Tensor& out, const Tensor& self, const std::optional<Tensor>& min, const std::optional<Tensor>& max) {
  return out_from("clamp", out, {self}, [&] { return clamp(self, min, max); });
}
Tensor clamp_min(const Tensor& self, const Scalar& min) { return clamp_as("ClampMinBackward0", self, min, std::nullopt); }
Tensor clamp_max(const Tensor& self, const Scalar& max) { return clamp_as("ClampMaxBackward0", self, std::nullopt, max); }
Tensor& clamp_min_(Tensor& self, const Scalar& min) { return clamp_inplace("ClampMinBackward0", self, min, std::nullopt); }
Tensor& clamp_max_(Tensor& self, const Scalar& max) { return clamp_inplace("ClampMaxBackward0", self, std::nullopt, max); }
Tensor& clamp_min_out(Tensor& out, const Tensor& self, const Scalar& min) { return clamp_out(out, self, std::optional<Scalar>(min), std::nullopt); }
Tensor& clamp_max_out(Tensor& out, const Tensor& self, const Scalar& max) { return clamp_out(out, self, std::optional<Scalar>(), std::optional<Scalar>(max)); }
#define WICK_CLAMP_ONE(f, Node, kernel, kept)                                                                                         \
  Tensor f(const Tensor& self, const Tensor& bound) {                                                                                \
    return record(#Node "Backward1", {self, bound}, Uses(in(0) | in(1)), [&] { return run(table::kernel, {self, bound}); },          \
                  [](Backward& b) {                                                                                                   \
                    const Tensor keep = b.in(0).kept(b.in(1)), zero = wrapped_scalar(0);                                              \
                    if (b.needs(0)) b.grad(0, where(keep, b.g(), zero));                                                              \
                    if (b.needs(1)) b.grad(1, where(keep, zero, b.g()));                                                              \
                  });                                                                                                                 \
  }                                                                                                                                   \
  Tensor& f##_(Tensor& self, const Tensor& bound) { return become(#f "_", self, [&](const Tensor& t) { return f(t, bound); }); }                                             \
  Tensor& f##_out(Tensor& out, const Tensor& self, const Tensor& bound) { return out_from(#f, out, {self, bound}, [&] { return f(self, bound); }); }
WICK_CLAMP_ONE(clamp_min, ClampMin, maximum, ge)
WICK_CLAMP_ONE(clamp_max, ClampMax, minimum, le)
Tensor clip(const Tensor& s, const std::optional<Scalar>& min, const std::optional<Scalar>& max) { return clamp(s, min, max); }
Tensor clip(const Tensor& s, const std::optional<Tensor>& min, const std::optional<Tensor>& max) { return clamp(s, min, max); }
Tensor& clip_(Tensor& s, const std::optional<Scalar>& min, const std::optional<Scalar>& max) { return clamp_(s, min, max); }
Tensor& clip_(Tensor& s, const std::optional<Tensor>& min, const std::optional<Tensor>& max) { return clamp_(s, min, max); }
Tensor& clip_out(Tensor& out, const Tensor& s, const std::optional<Scalar>& min, const std::optional<Scalar>& max) { return clamp_out(out, s, min, max); }
Tensor& clip_out(Tensor& out, const Tensor& s, const std::optional<Tensor>& min, const std::optional<Tensor>& max) { return clamp_out(out, s, min, max); }

ScalarType result_type(const Tensor& a, const Tensor& b) { return result_type_of({a, b}); }
ScalarType result_type(const Tensor& a, const Scalar& b) { return result_type(a, wrapped_scalar(b)); }
ScalarType result_type(const Scalar& a, const Tensor& b) { return result_type(wrapped_scalar(a), b); }
ScalarType result_type(const Scalar& a, const Scalar& b) { return result_type(wrapped_scalar(a), wrapped_scalar(b)); }

}  // namespace wick::inline v1
