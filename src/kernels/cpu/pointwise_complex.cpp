// Complex kernels, all in complex<double>.
#include "kernels/cpu/scalar_loop.h"
#include "kernels/math/complex.h"

namespace wick::kernels::cpu {
namespace {

using math::c128;
using std::conj;

c128 alpha(const Params& p) { return {p.d[0], p.d[1]}; }
// By a real alpha the usual way: a complex product would turn an infinity times it into NaN.
c128 scaled(const Params& p, c128 z) { return p.d[1] == 0 ? p.d[0] * z : math::mul(alpha(p), z); }
c128 sinc(c128 z) {
  const c128 t = math::kPi * z;
  return z == 0.0 ? c128(1) : math::div(std::sin(t), t);
}
c128 silu_backward(c128 g, c128 x) {
  const c128 s = math::sigmoid(x);
  return math::mul(math::mul(g, s), 1.0 + math::mul(x, 1.0 - s));
}
c128 lerp(c128 a, c128 b, c128 w) {
  const c128 d = b - a;
  return std::abs(w) < 0.5 ? a + math::mul(w, d) : b - math::mul(d, 1.0 - w);
}
bool any(c128 z) { return z.real() != 0 || z.imag() != 0; }

}  // namespace

#define COMPLEX1(name, expression) WICK_SCALAR1(name##_c128, c128, c128, expression)
#define COMPLEX2(name, expression) WICK_SCALAR2(name##_c128, c128, c128, expression)
#define COMPLEX3(name, expression) WICK_SCALAR3(name##_c128, c128, c128, expression)
#define COMPLEX_TEST1(name, expression) WICK_SCALAR1(name##_c128, bool, c128, expression)
#define COMPLEX_TEST2(name, expression) WICK_SCALAR2(name##_c128, bool, c128, expression)

COMPLEX1(exp, std::exp(x))
COMPLEX1(exp2, std::exp(0.69314718055994530942 * x))
COMPLEX1(expm1, math::expm1(x))
COMPLEX1(log, std::log(x))
COMPLEX1(log2, std::log(x) * 1.44269504088896340736)
COMPLEX1(log10, std::log10(x))
COMPLEX1(log1p, math::log1p(x))
COMPLEX1(sqrt, std::sqrt(x))
COMPLEX1(rsqrt, math::div(1.0, std::sqrt(x)))
COMPLEX1(reciprocal, math::div(1.0, x))
COMPLEX1(sin, std::sin(x))
COMPLEX1(cos, std::cos(x))
COMPLEX1(tan, std::tan(x))
COMPLEX1(asin, std::asin(x))
COMPLEX1(acos, std::acos(x))
COMPLEX1(atan, std::atan(x))
COMPLEX1(sinh, std::sinh(x))
COMPLEX1(cosh, std::cosh(x))
COMPLEX1(tanh, std::tanh(x))
COMPLEX1(asinh, std::asinh(x))
COMPLEX1(acosh, std::acosh(x))
COMPLEX1(atanh, std::atanh(x))
COMPLEX1(sinc, sinc(x))
COMPLEX1(neg, -x)
COMPLEX1(sgn, math::sgn(x))
COMPLEX1(conj_physical, conj(x))
COMPLEX_TEST1(isnan, math::is_nan(x))
COMPLEX_TEST1(isinf, std::isinf(x.real()) || std::isinf(x.imag()))
COMPLEX_TEST1(isfinite, std::isfinite(x.real()) && std::isfinite(x.imag()))
COMPLEX_TEST1(logical_not, !any(x))
COMPLEX1(sigmoid, math::sigmoid(x))
COMPLEX1(silu, math::div(x, 1.0 + std::exp(-x)))
COMPLEX1(pow_scalar, math::pow(x, alpha(p)))

COMPLEX2(add, x + scaled(p, y))
COMPLEX2(sub, x - scaled(p, y))
COMPLEX2(mul, math::mul(x, y))
COMPLEX2(div, math::div(x, y))
COMPLEX2(pow, math::pow(x, y))
COMPLEX2(logaddexp, math::logaddexp(x, y))
COMPLEX_TEST2(eq, x == y)
COMPLEX_TEST2(ne, x != y)
COMPLEX_TEST2(logical_and, any(x) && any(y))
COMPLEX_TEST2(logical_or, any(x) || any(y))
COMPLEX_TEST2(logical_xor, any(x) != any(y))
COMPLEX2(sigmoid_backward, math::mul(x, conj(math::mul(1.0 - y, y))))
COMPLEX2(tanh_backward, math::mul(x, conj(1.0 - math::mul(y, y))))
COMPLEX2(silu_backward, silu_backward(x, y))
COMPLEX2(mse, math::mul(x - y, x - y))
COMPLEX3(addcmul, x + math::mul(scaled(p, y), z))
COMPLEX3(addcdiv, x + math::div(scaled(p, y), z))
COMPLEX3(lerp, lerp(x, y, z))

}  // namespace wick::kernels::cpu
