// Integer kernels, all in int64.
#include <algorithm>

#include "kernels/cpu/scalar_loop.h"
#include "kernels/math/integer.h"

namespace wick::kernels::cpu {

#define INT1(name, expression) WICK_SCALAR1(name##_i64, int64_t, int64_t, expression)
#define INT2(name, expression) WICK_SCALAR2(name##_i64, int64_t, int64_t, expression)
#define INT3(name, expression) WICK_SCALAR3(name##_i64, int64_t, int64_t, expression)
#define INT_TEST1(name, expression) WICK_SCALAR1(name##_i64, bool, int64_t, expression)
#define INT_TEST2(name, expression) WICK_SCALAR2(name##_i64, bool, int64_t, expression)

INT1(neg, math::wrap_sub(0, x))
INT1(abs, math::wrap_abs(x))
INT1(sign, (x > 0) - (x < 0))
INT1(bitwise_not, ~x)
INT_TEST1(signbit, x < 0)
INT_TEST1(logical_not, x == 0)
INT1(relu, x > 0 ? x : 0)
INT1(threshold, x <= p.i[0] ? p.i[1] : x)
INT1(clamp, std::min(p.i[1], std::max(p.i[0], x)))

INT2(add, math::wrap_add(x, math::wrap_mul(p.i[0], y)))
INT2(sub, math::wrap_sub(x, math::wrap_mul(p.i[0], y)))
INT2(mul, math::wrap_mul(x, y))
INT2(div_floor, math::div_floor(x, y))
INT2(div_trunc, math::div_trunc(x, y))
INT2(remainder, math::remainder(x, y))
INT2(fmod, math::fmod(x, y))
INT2(pow, math::pow(x, y))
INT2(maximum, std::max(x, y))
INT2(minimum, std::min(x, y))
INT2(fmax, std::max(x, y))
INT2(fmin, std::min(x, y))
INT2(heaviside, x == 0 ? y : x > 0)
INT2(gcd, math::gcd(x, y))
INT2(lcm, math::lcm(x, y))
INT2(bitwise_and, x & y)
INT2(bitwise_or, x | y)
INT2(bitwise_xor, x ^ y)
INT2(bitwise_left_shift, math::shift_left(x, y))
INT2(bitwise_right_shift, math::shift_right(x, y))
INT_TEST2(eq, x == y)
INT_TEST2(ne, x != y)
INT_TEST2(lt, x < y)
INT_TEST2(le, x <= y)
INT_TEST2(gt, x > y)
INT_TEST2(ge, x >= y)
INT_TEST2(logical_and, x != 0 && y != 0)
INT_TEST2(logical_or, x != 0 || y != 0)
INT_TEST2(logical_xor, (x != 0) != (y != 0))
INT2(threshold_backward, y > p.i[0] ? x : 0)
INT3(addcmul, math::wrap_add(x, math::wrap_mul(math::wrap_mul(p.i[0], y), z)))
INT3(clamp_tensor, std::min(std::max(x, y), z))

}  // namespace wick::kernels::cpu
