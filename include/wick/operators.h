// Operators between tensors, and between a tensor and a number. Comes with <wick/tensor.h>.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// Arithmetic and comparison; either side may be a number.
#define WICK_OPERATOR(op, fn)                                   \
  Tensor operator op(const Tensor& a, const Tensor& b);         \
  Tensor operator op(const Tensor& a, const Scalar& b);         \
  Tensor operator op(const Scalar& a, const Tensor& b);
#define WICK_FORALL_OPERATORS(_)                                                                                  \
  _(+, add) _(-, sub) _(*, mul) _(/, div) _(%, remainder) _(&, bitwise_and) _(|, bitwise_or) _(^, bitwise_xor)     \
  _(<, lt) _(<=, le) _(>, gt) _(>=, ge) _(==, eq) _(!=, ne)
WICK_FORALL_OPERATORS(WICK_OPERATOR)
Tensor operator<<(const Tensor& a, const Tensor& b);
Tensor operator<<(const Tensor& a, const Scalar& b);
Tensor operator>>(const Tensor& a, const Tensor& b);
Tensor operator>>(const Tensor& a, const Scalar& b);
#undef WICK_OPERATOR

}  // namespace v1
}  // namespace wick
