// Integer functors: overflow wraps, no input traps.
#pragma once

#include "kernels/math/common.h"

namespace wick::kernels::math {

// Arithmetic modulo 2^64; signed overflow would be undefined.
WICK_HD inline int64_t wrap_add(int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); }
WICK_HD inline int64_t wrap_sub(int64_t a, int64_t b) { return int64_t(uint64_t(a) - uint64_t(b)); }
WICK_HD inline int64_t wrap_mul(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }
WICK_HD inline int64_t wrap_abs(int64_t a) { return a < 0 ? wrap_sub(0, a) : a; }

// Division by zero is the caller's error; it gives 0 here rather than a trap, and so does nothing at -1, where the
// smallest number would overflow.
WICK_HD inline int64_t div_trunc(int64_t a, int64_t b) { return b == 0 ? 0 : b == -1 ? wrap_sub(0, a) : a / b; }
WICK_HD inline int64_t fmod(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }
WICK_HD inline int64_t div_floor(int64_t a, int64_t b) {
  return div_trunc(a, b) - (fmod(a, b) != 0 && (a < 0) != (b < 0));
}
WICK_HD inline int64_t remainder(int64_t a, int64_t b) {
  const int64_t r = fmod(a, b);
  return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

// A negative exponent gives the reciprocal rounded to zero: 0 except for bases 1 and -1 (and 0 for base 0).
WICK_HD inline int64_t pow(int64_t a, int64_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b & 1 ? -1 : 1) : 0;
  int64_t r = 1;
  for (; b != 0; b >>= 1, a = wrap_mul(a, a))
    if (b & 1) r = wrap_mul(r, a);
  return r;
}

WICK_HD inline int64_t gcd(int64_t a, int64_t b) {
  uint64_t x = uint64_t(wrap_abs(a)), y = uint64_t(wrap_abs(b));
  while (y != 0) {
    const uint64_t r = x % y;
    x = y;
    y = r;
  }
  return int64_t(x);
}
WICK_HD inline int64_t lcm(int64_t a, int64_t b) {
  const int64_t g = gcd(a, b);
  return g == 0 ? 0 : wrap_abs(wrap_mul(div_trunc(a, g), b));
}

// Shifts by a negative amount or by the width and more: everything is shifted out.
WICK_HD inline int64_t shift_left(int64_t a, int64_t b) { return b < 0 || b > 63 ? 0 : int64_t(uint64_t(a) << b); }
WICK_HD inline int64_t shift_right(int64_t a, int64_t b) { return a >> (b < 0 || b > 63 ? 63 : b); }

}  // namespace wick::kernels::math
