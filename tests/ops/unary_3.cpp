// Op table: unary, part 3.
#include "harness.h"

namespace {

AREA("unary")

CASE_GRAD("logit.grad", torch::logit(v * 0.7 + 0.05))
CASE("sinc",
     std::make_tuple(torch::sinc(a), torch::sinc(a.t()), torch::sinc(a.to(torch::kDouble)), torch::sinc(e), torch::sinc(s)))
CASE("sinc.special", torch::sinc(z))
CASE("sinc.low", std::make_tuple(torch::sinc(a.to(torch::kHalf)), torch::sinc(a.to(torch::kBFloat16))))
CASE("sinc.int", std::make_tuple(torch::sinc(i), torch::sinc(i.to(torch::kShort).mul(-1))))
CASE_GRAD("sinc.grad", torch::sinc(v * 0.7 + 0.05))
CASE("deg2rad",
     std::make_tuple(torch::deg2rad(a), torch::deg2rad(a.t()), torch::deg2rad(a.to(torch::kDouble)), torch::deg2rad(e), torch::deg2rad(s)))
CASE("deg2rad.special", torch::deg2rad(z))
CASE("deg2rad.low", std::make_tuple(torch::deg2rad(a.to(torch::kHalf)), torch::deg2rad(a.to(torch::kBFloat16))))
CASE("deg2rad.int", std::make_tuple(torch::deg2rad(i), torch::deg2rad(i.to(torch::kShort).mul(-1))))
CASE_GRAD("deg2rad.grad", torch::deg2rad(v * 0.7 + 0.05))
CASE("rad2deg",
     std::make_tuple(torch::rad2deg(a), torch::rad2deg(a.t()), torch::rad2deg(a.to(torch::kDouble)), torch::rad2deg(e), torch::rad2deg(s)))
CASE("rad2deg.special", torch::rad2deg(z))
CASE("rad2deg.low", std::make_tuple(torch::rad2deg(a.to(torch::kHalf)), torch::rad2deg(a.to(torch::kBFloat16))))
CASE("rad2deg.int", std::make_tuple(torch::rad2deg(i), torch::rad2deg(i.to(torch::kShort).mul(-1))))
CASE_GRAD("rad2deg.grad", torch::rad2deg(v * 0.7 + 0.05))
CASE("i0", std::make_tuple(torch::i0(a), torch::i0(a.t()), torch::i0(a.to(torch::kDouble)), torch::i0(e), torch::i0(s)))
CASE("i0.special", torch::i0(z))
CASE("i0.low", std::make_tuple(torch::i0(a.to(torch::kHalf)), torch::i0(a.to(torch::kBFloat16))))
CASE("i0.int", std::make_tuple(torch::i0(i), torch::i0(i.to(torch::kShort).mul(-1))))
CASE_GRAD("i0.grad", torch::i0(v * 0.7 + 0.05))
CASE("relu",
     std::make_tuple(torch::relu(a), torch::relu(a.t()), torch::relu(a.to(torch::kDouble)), torch::relu(e), torch::relu(s)))
CASE("relu.special", torch::relu(z))
CASE("relu.low", std::make_tuple(torch::relu(a.to(torch::kHalf)), torch::relu(a.to(torch::kBFloat16))))
CASE("relu.int", std::make_tuple(torch::relu(i), torch::relu(i.to(torch::kShort).mul(-1))))
CASE_GRAD("relu.grad", torch::relu(v * 0.7 + 0.05))
CASE("positive",
     std::make_tuple(torch::positive(a), torch::positive(a.t()), torch::positive(a.to(torch::kDouble)), torch::positive(e), torch::positive(s)))
CASE("positive.special", torch::positive(z))
CASE("positive.low", std::make_tuple(torch::positive(a.to(torch::kHalf)), torch::positive(a.to(torch::kBFloat16))))
CASE("positive.int", std::make_tuple(torch::positive(i), torch::positive(i.to(torch::kShort).mul(-1))))
CASE_GRAD("positive.grad", torch::positive(v * 0.7 + 0.05))
CASE("abs.cx", torch::abs(cx))
CASE("exp.cx", torch::exp(cx))
CASE("sin.cx", torch::sin(cx))
CASE("cos.cx", torch::cos(cx))
CASE("tanh.cx", torch::tanh(cx))
CASE("neg.cx", torch::neg(cx))
CASE("sqrt.cx", torch::sqrt(cx))
CASE("rsqrt.cx", torch::rsqrt(cx))
CASE("reciprocal.cx", torch::reciprocal(cx))
CASE("square.cx", torch::square(cx))
CASE("sigmoid.cx", torch::sigmoid(cx))
CASE("log.cx", torch::log(cx))
CASE("log2.cx", torch::log2(cx))
CASE("log10.cx", torch::log10(cx))
CASE("log1p.cx", torch::log1p(cx))
CASE("exp2.cx", torch::exp2(cx))
CASE("expm1.cx", torch::expm1(cx))
CASE("asin.cx", torch::asin(cx))
CASE("acos.cx", torch::acos(cx))
CASE("atan.cx", torch::atan(cx))
CASE("sinh.cx", torch::sinh(cx))
CASE("cosh.cx", torch::cosh(cx))
CASE("asinh.cx", torch::asinh(cx))
CASE("acosh.cx", torch::acosh(cx))
CASE("atanh.cx", torch::atanh(cx))
CASE("tan.cx", torch::tan(cx))
CASE("sinc.cx", torch::sinc(cx))
CASE("positive.cx", torch::positive(cx))
CASE("exp_.inplace", std::make_tuple(h.exp_(), h))
CASE("exp_out", [] {
  auto o = torch::empty({0}, torch::kDouble); torch::exp_out(o, h); return o;
})
CASE("sigmoid_.inplace", std::make_tuple(h.sigmoid_(), h))
CASE("sigmoid_out", [] {
  auto o = torch::empty({0}, torch::kDouble); torch::sigmoid_out(o, h); return o;
})
CASE("sqrt_.inplace", std::make_tuple(h.sqrt_(), h))
CASE("sqrt_out", [] {
  auto o = torch::empty({0}, torch::kDouble); torch::sqrt_out(o, h); return o;
})
CASE("floor_.inplace", std::make_tuple(h.floor_(), h))
CASE("floor_out", [] {
  auto o = torch::empty({0}, torch::kFloat); torch::floor_out(o, h); return o;
})
CASE("neg_.inplace", std::make_tuple(h.neg_(), h))
CASE("neg_out", [] {
  auto o = torch::empty({0}, torch::kFloat); torch::neg_out(o, h); return o;
})
CASE("abs_.inplace", std::make_tuple(h.abs_(), h))
CASE("abs_out", [] {
  auto o = torch::empty({0}, torch::kFloat); torch::abs_out(o, h); return o;
})
CASE_ERROR("err.exp_.int", i.exp_())
CASE_ERROR("err.sigmoid_.int", i.sigmoid_())
CASE_ERROR("err.sqrt_.int", i.sqrt_())
CASE_ERROR("err.sin_.int", i.sin_())
CASE("floor_.int", i.floor_())
CASE("round.dec", torch::round(a * 100, -1))
CASE("round.dec2", torch::round(a, 2))
CASE("round.half_even", torch::round(torch::tensor({0.5, 1.5, 2.5, -0.5, -1.5, 3.5})))
CASE("bitwise_not", torch::bitwise_not(i))
CASE("bitwise_not.bool", ~m)
CASE("bitwise_not.u8", ~u)
CASE_ERROR("err.bitwise_not.f", torch::bitwise_not(a))
CASE("logical_not", torch::logical_not(a.floor()))
CASE("logical_not.bool", m.logical_not())
CASE("logical_not.z", torch::logical_not(z))
CASE("logical_not_.f", a.floor_().logical_not_())
CASE("neg.op", -a)
CASE("neg.u8", -u)
CASE_ERROR("err.neg.bool", -m)
CASE_ERROR("err.floor.cx", torch::floor(cx))
CASE_ERROR("err.sign.cx", torch::sign(cx))
CASE("sgn", torch::sgn(cx))
CASE("sgn.zero", torch::sgn(torch::zeros({2}, torch::kComplexFloat)))

}  // namespace
