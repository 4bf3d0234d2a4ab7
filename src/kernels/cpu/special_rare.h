// Special functions that few programs use: scalar kernels, apart from ops.def so that their list concerns one file only.
#pragma once

#include "kernels/cpu/pointwise.h"

#define WICK_RARE_UNARY(X)                                                                                                          \
  X(airy_ai) X(bessel_j0) X(bessel_j1) X(bessel_y0) X(bessel_y1) X(modified_bessel_k0) X(modified_bessel_k1) X(scaled_modified_bessel_k0) \
  X(scaled_modified_bessel_k1) X(spherical_bessel_j0)
#define WICK_RARE_BINARY(X)                                                                                                               \
  X(chebyshev_polynomial_t) X(chebyshev_polynomial_u) X(chebyshev_polynomial_v) X(chebyshev_polynomial_w) X(shifted_chebyshev_polynomial_t) \
  X(shifted_chebyshev_polynomial_u) X(shifted_chebyshev_polynomial_v) X(shifted_chebyshev_polynomial_w) X(hermite_polynomial_h)             \
  X(hermite_polynomial_he) X(laguerre_polynomial_l) X(legendre_polynomial_p)

namespace wick::kernels::cpu {
#define WICK_DECLARE(name) WICK_K_F(name)
WICK_RARE_UNARY(WICK_DECLARE)
WICK_RARE_BINARY(WICK_DECLARE)
#undef WICK_DECLARE
namespace table {
#define WICK_DECLARE(name) inline constexpr Pointwise name{#name, 1, WICK_T_F(name), false};
WICK_RARE_UNARY(WICK_DECLARE)
#undef WICK_DECLARE
#define WICK_DECLARE(name) inline constexpr Pointwise name{#name, 2, WICK_T_F(name), false};
WICK_RARE_BINARY(WICK_DECLARE)
#undef WICK_DECLARE
}  // namespace table
}  // namespace wick::kernels::cpu
