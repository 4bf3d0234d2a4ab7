// Elementwise ops.
#include "laws.h"

namespace wick::laws {
namespace {

// Where the functions are smooth: two-dimensional samples, and a 0-dim one.
std::vector<Sample> unary(double low, double high) { return {{uniform({3, 4}, low, high)}, {uniform({}, low, high)}, {uniform({2, 1, 3}, low, high)}}; }
Op& finish(Op& op, std::vector<Sample> samples, Sample large) {
  for (Sample& s : samples) op.sample(std::move(s));
  return op.large(std::move(large));
}

#define CALL(expression) [](const variable_list& x) { return variable_list{expression}; }
#define X x[0]
#define Y x[1]
#define Z x[2]

// f, x.f_() and f_out.
#define UNARY(f, low, high)                                                                       \
  finish(add(#f, CALL(f(X))), unary(low, high), {uniform({517, 131}, low, high)})                  \
      .out_form([](Tensor& o, const variable_list& x) { f##_out(o, X); })                          \
      .in_place_form([](Tensor t, const variable_list&) { return t.f##_(); })
// Of the layers: f and f_ as functions.
#define ACTIVATION(f, low, high)                                                                  \
  finish(add(#f, CALL(f(X))), unary(low, high), {uniform({517, 131}, low, high)})                  \
      .in_place_form([](Tensor t, const variable_list&) { return f##_(t); })
#define BINARY(f, low, high)                                                                      \
  finish(add(#f, CALL(f(X, Y))),                                                                   \
         {{uniform({3, 4}, low, high), uniform({3, 4}, low, high)}, {uniform({3, 1}, low, high), uniform({4}, low, high)}, {uniform({2, 3}, low, high), uniform({}, low, high)}}, \
         {uniform({517, 131}, low, high), uniform({131}, low, high)})                              \
      .out_form([](Tensor& o, const variable_list& x) { f##_out(o, X, Y); })
#define WITH_IN_PLACE(f) in_place_form([](Tensor t, const variable_list& x) { return t.f##_(Y); })

void add_unary() {
  UNARY(exp, -2, 2).with_complex();
  UNARY(exp2, -2, 2);
  UNARY(expm1, -2, 2);
  UNARY(log, 0.2, 4).with_complex();
  UNARY(log2, 0.2, 4).with_complex();
  UNARY(log10, 0.2, 4).with_complex();
  UNARY(log1p, -0.5, 4);
  UNARY(sqrt, 0.2, 4).with_complex();
  UNARY(rsqrt, 0.2, 4).with_complex();
  UNARY(reciprocal, 0.5, 3).with_complex();
  UNARY(sin, -3, 3).with_complex();
  UNARY(cos, -3, 3).with_complex();
  UNARY(tan, -1, 1).with_complex();
  UNARY(asin, -0.8, 0.8);
  UNARY(acos, -0.8, 0.8);
  UNARY(atan, -3, 3);
  UNARY(sinh, -2, 2).with_complex();
  UNARY(cosh, -2, 2).with_complex();
  UNARY(tanh, -2, 2).with_complex();
  UNARY(asinh, -2, 2);
  UNARY(acosh, 1.2, 4);
  UNARY(atanh, -0.8, 0.8);
  UNARY(erf, -2, 2);
  UNARY(erfc, -2, 2);
  UNARY(erfinv, -0.8, 0.8);
  UNARY(lgamma, 0.5, 5).floats_only();
  UNARY(digamma, 1.5, 5).floats_only();
  UNARY(i0, -2, 2);
  UNARY(sigmoid, -4, 4).with_complex();
  UNARY(sinc, 0.1, 2);
  UNARY(neg, -2, 2).with_complex().with_integers();
  UNARY(abs, 0.2, 2).with_complex().with_integers();
  UNARY(square, -2, 2).with_complex().with_integers();
  UNARY(sgn, 0.2, 2).with_integers();
  UNARY(sign, 0.2, 2).with_integers();
  UNARY(floor, 0.1, 0.9).with_integers();
  UNARY(ceil, 0.1, 0.9).with_integers();
  UNARY(round, 0.6, 0.9).with_integers();
  UNARY(trunc, 0.1, 0.9).with_integers();
  UNARY(frac, 0.1, 0.9);
  UNARY(deg2rad, -90, 90);
  UNARY(rad2deg, -3, 3);
  UNARY(nan_to_num, -2, 2).with_integers();
  UNARY(logit, 0.1, 0.9);
  ACTIVATION(relu, 0.1, 2).with_integers();
  ACTIVATION(relu6, 0.1, 2);
  ACTIVATION(silu, -3, 3);
  ACTIVATION(mish, -3, 3);
  ACTIVATION(gelu, -3, 3);
  ACTIVATION(hardswish, -2.5, 2.5);
  ACTIVATION(hardsigmoid, -2.5, 2.5);
  ACTIVATION(hardtanh, -0.9, 0.9);
  ACTIVATION(elu, -2, -0.1);
  ACTIVATION(selu, -2, -0.1);
  ACTIVATION(celu, -2, -0.1);
  ACTIVATION(leaky_relu, -2, -0.1);
  finish(add("gelu_tanh", CALL(gelu(X, "tanh"))), unary(-3, 3), {uniform({517, 131}, -3, 3)});
  finish(add("softplus", CALL(softplus(X))), unary(-3, 3), {uniform({517, 131}, -3, 3)});
  finish(add("softshrink", CALL(softshrink(X))), unary(0.6, 3), {uniform({517, 131}, -3, 3)});
  finish(add("hardshrink", CALL(hardshrink(X))), unary(0.6, 3), {uniform({517, 131}, -3, 3)});
  finish(add("log_sigmoid", CALL(log_sigmoid(X))), unary(-3, 3), {uniform({517, 131}, -3, 3)});
  finish(add("threshold", CALL(threshold(X, 0.3, -1))), unary(0.5, 3), {uniform({517, 131}, -3, 3)});
  finish(add("clamp", CALL(clamp(X, -1, 1))), unary(-0.9, 0.9), {uniform({517, 131}, -3, 3)}).in_place_form([](Tensor t, const variable_list&) { return t.clamp_(-1, 1); });
  finish(add("clamp_min", CALL(clamp_min(X, 0.5))), unary(0.6, 2), {uniform({517, 131}, -3, 3)});
  finish(add("pow_3", CALL(pow(X, 3))), unary(-2, 2), {uniform({517, 131}, -3, 3)}).with_complex().with_integers().in_place_form([](Tensor t, const variable_list&) { return t.pow_(3); });
  finish(add("pow_half", CALL(pow(X, 0.5))), unary(0.3, 2), {uniform({517, 131}, 0.1, 3)});
  finish(add("pow_2.5", CALL(pow(X, 2.5))), unary(0.3, 2), {uniform({517, 131}, 0.1, 3)});
  finish(add("pow_base", CALL(pow(2, X))), unary(-2, 2), {uniform({517, 131}, -3, 3)});
  finish(add("mul_number", CALL(mul(X, 1.5))), unary(-2, 2), {uniform({517, 131}, -3, 3)}).with_complex();
  finish(add("rsub_number", CALL(rsub(X, 1.5))), unary(-2, 2), {uniform({517, 131}, -3, 3)}).with_complex();
  finish(add("div_by", CALL(1.5 / X)), unary(0.5, 2), {uniform({517, 131}, 0.5, 3)}).with_complex();
  finish(add("polygamma", CALL(polygamma(1, X))), unary(1.2, 4), {}).floats_only();
  finish(add("special_ndtri", CALL(special_ndtri(X))), unary(0.2, 0.8), {}).floats_only();
  finish(add("special_erfcx", CALL(special_erfcx(X))), unary(-1, 2), {}).floats_only();
  finish(add("special_entr", CALL(special_entr(X))), unary(0.2, 2), {}).floats_only();
  finish(add("special_log_ndtr", CALL(special_log_ndtr(X))), unary(-2, 2), {}).floats_only();
  finish(add("special_i1", CALL(special_i1(X))), unary(0.3, 2), {}).floats_only();
  finish(add("special_i0e", CALL(special_i0e(X))), unary(0.3, 2), {}).floats_only();
}

void add_tests() {
  for (auto& [name, call] : std::vector<std::pair<const char*, Op::Call>>{
           {"isnan", CALL(isnan(X))}, {"isinf", CALL(isinf(X))}, {"isfinite", CALL(isfinite(X))}, {"signbit", CALL(signbit(X))}, {"logical_not", CALL(logical_not(X))}})
    add(name, call).sample({normal({3, 4})}).large({normal({517, 131})}).no_derivative();
#define COMPARISON(f) add(#f, CALL(f(X, Y))).sample({normal({3, 4}), normal({3, 4})}).sample({normal({3, 1}), normal({4})}).large({normal({517, 131}), normal({131})}).no_derivative().with_integers() \
      .out_form([](Tensor& o, const variable_list& x) { f##_out(o, X, Y); })
  COMPARISON(eq);
  COMPARISON(ne);
  COMPARISON(lt);
  COMPARISON(le);
  COMPARISON(gt);
  COMPARISON(ge);
  COMPARISON(logical_and);
  COMPARISON(logical_or);
  COMPARISON(logical_xor);
}

void add_binary() {
  BINARY(add, -2, 2).WITH_IN_PLACE(add).with_complex().with_integers();
  BINARY(sub, -2, 2).WITH_IN_PLACE(sub).with_complex().with_integers();
  BINARY(mul, -2, 2).WITH_IN_PLACE(mul).with_complex().with_integers();
  BINARY(div, 0.5, 2).WITH_IN_PLACE(div).with_complex();
  BINARY(true_divide, 0.5, 2).with_complex();
  BINARY(pow, 0.5, 2).WITH_IN_PLACE(pow);
  BINARY(atan2, 0.5, 2).WITH_IN_PLACE(atan2);
  BINARY(hypot, 0.5, 2).WITH_IN_PLACE(hypot);
  BINARY(copysign, 0.5, 2).WITH_IN_PLACE(copysign);
  BINARY(maximum, -2, 2).with_integers();
  BINARY(minimum, -2, 2).with_integers();
  BINARY(fmax, -2, 2).with_integers();
  BINARY(fmin, -2, 2).with_integers();
  BINARY(logaddexp, -2, 2);
  BINARY(logaddexp2, -2, 2);
  BINARY(xlogy, 0.5, 2).WITH_IN_PLACE(xlogy);
  BINARY(special_xlog1py, 0.5, 2).floats_only();
  finish(add("add_alpha", CALL(add(X, Y, 0.7))), {{normal({3, 4}), normal({4})}}, {normal({517, 131}), normal({131})}).with_complex();
  finish(add("fmod", CALL(fmod(X, Y))), {{uniform({3, 4}, 2.1, 2.9), uniform({3, 4}, 1.1, 1.4)}}, {normal({517, 131}), uniform({131}, 1, 2)}).WITH_IN_PLACE(fmod);
  finish(add("remainder", CALL(remainder(X, Y))), {{uniform({3, 4}, -2.7, -2.2), uniform({3, 4}, 1.1, 1.3)}}, {normal({517, 131}), uniform({131}, 1, 2)}).WITH_IN_PLACE(remainder);
  finish(add("floor_divide", CALL(floor_divide(X, Y))), {{uniform({3, 4}, -2.7, -2.2), uniform({3, 4}, 1.1, 1.3)}}, {}).no_derivative();
  finish(add("mse_loss", CALL(mse_loss(X, Y))), {{normal({3, 4}), normal({3, 4})}}, {normal({517, 131}), normal({517, 131})});
  finish(add("smooth_l1_loss", CALL(smooth_l1_loss(X, Y, Reduction::None, 0.5))), {{uniform({3, 4}, 0, 0.2), uniform({3, 4}, 0.9, 1.5)}}, {normal({517, 131}), normal({517, 131})});
  finish(add("huber_loss", CALL(huber_loss(X, Y, Reduction::None, 0.5))), {{uniform({3, 4}, 0, 0.2), uniform({3, 4}, 0.9, 1.5)}}, {normal({517, 131}), normal({517, 131})});
  finish(add("lerp_number", CALL(lerp(X, Y, 0.3))), {{normal({3, 4}), normal({3, 4})}}, {normal({517, 131}), normal({517, 131})}).with_complex();
  finish(add("dist", CALL(dist(X, Y))), {{normal({3, 4}), normal({3, 4})}}, {normal({517, 131}), normal({517, 131})}).floats_only();
}

void add_ternary() {
  finish(add("addcmul", CALL(addcmul(X, Y, Z, 0.7))), {{normal({3, 4}), normal({4}), normal({3, 1})}}, {normal({517, 131}), normal({131}), normal({517, 131})}).with_complex()
      .out_form([](Tensor& o, const variable_list& x) { addcmul_out(o, X, Y, Z, 0.7); }).in_place_form([](Tensor t, const variable_list& x) { return t.addcmul_(Y, Z, 0.7); });
  finish(add("addcdiv", CALL(addcdiv(X, Y, Z, 0.7))), {{normal({3, 4}), normal({4}), uniform({3, 1}, 0.5, 2)}}, {normal({517, 131}), normal({131}), uniform({517, 131}, 0.5, 2)})
      .out_form([](Tensor& o, const variable_list& x) { addcdiv_out(o, X, Y, Z, 0.7); }).in_place_form([](Tensor t, const variable_list& x) { return t.addcdiv_(Y, Z, 0.7); });
  finish(add("lerp", CALL(lerp(X, Y, Z))), {{normal({3, 4}), normal({4}), normal({3, 1})}}, {normal({517, 131}), normal({131}), normal({517, 131})}).in_place_form([](Tensor t, const variable_list& x) { return t.lerp_(Y.expand_as(t), Z.expand_as(t)); });
  finish(add("where", CALL(where(X, Y, Z))), {{tensor({true, false, true, true}), normal({3, 4}), normal({3, 1})}}, {normal({517, 131}) > 0, normal({131}), normal({517, 131})});
  finish(add("clamp_tensor", CALL(clamp(X, Y, Z))), {{uniform({3, 4}, -0.5, 0.5), uniform({4}, -2, -1), uniform({3, 1}, 1, 2)}}, {normal({517, 131}), uniform({131}, -2, -1), uniform({131}, 1, 2)}).with_integers();
}

}  // namespace

void add_pointwise() {
  add_unary();
  add_tests();
  add_binary();
  add_ternary();
}

}  // namespace wick::laws
