// Bessel and Airy functions and orthogonal polynomials: elementwise, without derivatives.
#include <wick/ops/special.h>

#include "kernels/cpu/special_rare.h"
#include "ops/common.h"

namespace wick::ops {
namespace {

void check_type(const Pointwise& k, ScalarType t) {
  WICK_CHECK_TYPE(NotImplementedError, is_integral_type(t, true) || t == kFloat || t == kDouble, "\"", k.name, "_cpu\" not implemented for '", t, "'");
}
Tensor plain(const Pointwise& k, const Tensor& x) {
  check_defined(k.name, {x});
  check_type(k, x.scalar_type());
  GateScope off(kGradOff);
  return run(k, {x}, {}, Promote::floating);
}
Tensor& plain_out(const Pointwise& k, Tensor& out, const Tensor& x) {
  check_defined(k.name, {x});
  check_type(k, x.scalar_type());
  autograd::check_out(k.name, out, {x});
  run_into(k, out, {x}, {}, Promote::floating, true);
  impl(out)->bump_version();
  return out;
}
Tensor polynomial(const Pointwise& k, const Tensor& x, const Tensor& n) {
  check_defined(k.name, {x, n});
  check_type(k, result_type_of({x, n}));
  return record(k.name, {x, n}, {}, [&] { return run(k, {x, n}, {}, Promote::floating); },
                [name = k.name](Backward&) { throw NotImplementedError(str("the derivative for 'special_", name, "' is not implemented.")); });
}
Tensor& polynomial_out(const Pointwise& k, Tensor& out, const Tensor& x, const Tensor& n) {
  check_defined(k.name, {x, n});
  check_type(k, result_type_of({x, n}));
  autograd::check_out(k.name, out, {x, n});
  run_into(k, out, {x, n}, {}, Promote::floating, true);
  impl(out)->bump_version();
  return out;
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

#define WICK_RARE1(f)                                                                                        \
  Tensor special_##f(const Tensor& self) { return plain(table::f, self); }                                   \
  Tensor& special_##f##_out(Tensor& out, const Tensor& self) { return plain_out(table::f, out, self); }
WICK_RARE_UNARY(WICK_RARE1)
Tensor special_modified_bessel_i0(const Tensor& self) { return plain(table::i0, self); }
Tensor& special_modified_bessel_i0_out(Tensor& out, const Tensor& self) { return plain_out(table::i0, out, self); }
Tensor special_modified_bessel_i1(const Tensor& self) { return plain(table::i1, self); }
Tensor& special_modified_bessel_i1_out(Tensor& out, const Tensor& self) { return plain_out(table::i1, out, self); }

#define WICK_RARE2(f)                                                                                                                                        \
  Tensor special_##f(const Tensor& x, const Tensor& n) { return polynomial(table::f, x, n); }                                                                \
  Tensor special_##f(const Scalar& x, const Tensor& n) { return polynomial(table::f, wrapped_scalar(x), n); }                                                \
  Tensor special_##f(const Tensor& x, const Scalar& n) { return polynomial(table::f, x, wrapped_scalar(n)); }                                                \
  Tensor& special_##f##_out(Tensor& out, const Tensor& x, const Tensor& n) { return polynomial_out(table::f, out, x, n); }                                   \
  Tensor& special_##f##_out(Tensor& out, const Scalar& x, const Tensor& n) { return polynomial_out(table::f, out, wrapped_scalar(x), n); }                   \
  Tensor& special_##f##_out(Tensor& out, const Tensor& x, const Scalar& n) { return polynomial_out(table::f, out, x, wrapped_scalar(n)); }
WICK_RARE_BINARY(WICK_RARE2)

}  // namespace wick::inline v1
