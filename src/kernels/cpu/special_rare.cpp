#include "kernels/cpu/special_rare.h"

#include "kernels/cpu/scalar_loop.h"
#include "kernels/math/bessel.h"

namespace wick::kernels::cpu {
namespace {

// PyTorch cuts the degree to an integer, and gives up on Hermite's beyond these.
int64_t degree(double n) { return n == n ? static_cast<int64_t>(n) : 0; }
double limited(double (*f)(double, int64_t), double x, double n, int64_t most) { return degree(n) > most ? math::kNaN : f(x, degree(n)); }

}  // namespace

#define SPECIAL1(name)                                                  \
  WICK_SCALAR1(name##_f32, float, float, math::name(double(x)))         \
  WICK_SCALAR1(name##_f64, double, double, math::name(x))
WICK_RARE_UNARY(SPECIAL1)

#define POLYNOMIAL(name, f, at)                                                         \
  WICK_SCALAR2(name##_f32, float, float, math::f(at(double(x)), degree(double(y))))     \
  WICK_SCALAR2(name##_f64, double, double, math::f(at(x), degree(y)))
#define SAME(x) x
#define SHIFTED(x) (x) + (x) - 1
POLYNOMIAL(chebyshev_polynomial_t, chebyshev_t, SAME)
POLYNOMIAL(chebyshev_polynomial_u, chebyshev_u, SAME)
POLYNOMIAL(chebyshev_polynomial_v, chebyshev_v, SAME)
POLYNOMIAL(chebyshev_polynomial_w, chebyshev_w, SAME)
POLYNOMIAL(shifted_chebyshev_polynomial_t, chebyshev_t, SHIFTED)
POLYNOMIAL(shifted_chebyshev_polynomial_u, chebyshev_u, SHIFTED)
POLYNOMIAL(shifted_chebyshev_polynomial_v, chebyshev_v, SHIFTED)
POLYNOMIAL(shifted_chebyshev_polynomial_w, chebyshev_w, SHIFTED)
POLYNOMIAL(laguerre_polynomial_l, laguerre_l, SAME)
POLYNOMIAL(legendre_polynomial_p, legendre_p, SAME)
#define HERMITE(name, f)                                                                               \
  WICK_SCALAR2(name##_f32, float, float, limited(math::f, double(x), double(y), 128))                  \
  WICK_SCALAR2(name##_f64, double, double, limited(math::f, x, y, 512))
HERMITE(hermite_polynomial_h, hermite_h)
HERMITE(hermite_polynomial_he, hermite_he)

}  // namespace wick::kernels::cpu
