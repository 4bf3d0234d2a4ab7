// Special functions: scalar, in double also for float.
#include "kernels/cpu/scalar_loop.h"
#include "kernels/math/gamma.h"
#include "kernels/math/special.h"

namespace wick::kernels::cpu {

// The functor takes doubles either way; the arrays are of the compute type.
#define SPECIAL1(name, f)                                                                       \
  WICK_SCALAR1(name##_f32, float, float, f(double(x)))                                          \
  WICK_SCALAR1(name##_f64, double, double, f(x))
#define SPECIAL2(name, f)                                                                       \
  WICK_SCALAR2(name##_f32, float, float, f(double(x), double(y)))                               \
  WICK_SCALAR2(name##_f64, double, double, f(x, y))

SPECIAL1(erfc, std::erfc)
SPECIAL1(erfinv, math::erfinv)
SPECIAL1(lgamma, math::lgamma)
SPECIAL1(digamma, math::digamma)
SPECIAL1(i0, math::i0)
SPECIAL1(i0e, math::i0e)
SPECIAL1(i1, math::i1)
SPECIAL1(i1e, math::i1e)
SPECIAL1(ndtri, math::ndtri)
SPECIAL1(log_ndtr, math::log_ndtr)
SPECIAL1(erfcx, math::erfcx)
SPECIAL2(igamma, math::igamma)
SPECIAL2(igammac, math::igammac)
SPECIAL2(zeta, math::zeta)
SPECIAL2(polygamma, math::polygamma)

}  // namespace wick::kernels::cpu
