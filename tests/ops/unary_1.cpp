// Op table: unary, part 1.
#include "harness.h"

namespace {

AREA("unary")

CASE("abs",
     std::make_tuple(torch::abs(a), torch::abs(a.t()), torch::abs(a.to(torch::kDouble)), torch::abs(e), torch::abs(s)))
CASE("abs.special", torch::abs(z))
CASE("abs.low", std::make_tuple(torch::abs(a.to(torch::kHalf)), torch::abs(a.to(torch::kBFloat16))))
CASE("abs.int", std::make_tuple(torch::abs(i), torch::abs(i.to(torch::kShort).mul(-1))))
CASE_GRAD("abs.grad", torch::abs(v * 0.7 + 0.05))
CASE("exp",
     std::make_tuple(torch::exp(a), torch::exp(a.t()), torch::exp(a.to(torch::kDouble)), torch::exp(e), torch::exp(s)))
CASE("exp.special", torch::exp(z))
CASE("exp.low", std::make_tuple(torch::exp(a.to(torch::kHalf)), torch::exp(a.to(torch::kBFloat16))))
CASE("exp.int", std::make_tuple(torch::exp(i), torch::exp(i.to(torch::kShort).mul(-1))))
CASE_GRAD("exp.grad", torch::exp(v * 0.7 + 0.05))
CASE("sin",
     std::make_tuple(torch::sin(a), torch::sin(a.t()), torch::sin(a.to(torch::kDouble)), torch::sin(e), torch::sin(s)))
CASE("sin.special", torch::sin(z))
CASE("sin.low", std::make_tuple(torch::sin(a.to(torch::kHalf)), torch::sin(a.to(torch::kBFloat16))))
CASE("sin.int", std::make_tuple(torch::sin(i), torch::sin(i.to(torch::kShort).mul(-1))))
CASE_GRAD("sin.grad", torch::sin(v * 0.7 + 0.05))
CASE("cos",
     std::make_tuple(torch::cos(a), torch::cos(a.t()), torch::cos(a.to(torch::kDouble)), torch::cos(e), torch::cos(s)))
CASE("cos.special", torch::cos(z))
CASE("cos.low", std::make_tuple(torch::cos(a.to(torch::kHalf)), torch::cos(a.to(torch::kBFloat16))))
CASE("cos.int", std::make_tuple(torch::cos(i), torch::cos(i.to(torch::kShort).mul(-1))))
CASE_GRAD("cos.grad", torch::cos(v * 0.7 + 0.05))
CASE("tanh",
     std::make_tuple(torch::tanh(a), torch::tanh(a.t()), torch::tanh(a.to(torch::kDouble)), torch::tanh(e), torch::tanh(s)))
CASE("tanh.special", torch::tanh(z))
CASE("tanh.low", std::make_tuple(torch::tanh(a.to(torch::kHalf)), torch::tanh(a.to(torch::kBFloat16))))
CASE("tanh.int", std::make_tuple(torch::tanh(i), torch::tanh(i.to(torch::kShort).mul(-1))))
CASE_GRAD("tanh.grad", torch::tanh(v * 0.7 + 0.05))
CASE("neg",
     std::make_tuple(torch::neg(a), torch::neg(a.t()), torch::neg(a.to(torch::kDouble)), torch::neg(e), torch::neg(s)))
CASE("neg.special", torch::neg(z))
CASE("neg.low", std::make_tuple(torch::neg(a.to(torch::kHalf)), torch::neg(a.to(torch::kBFloat16))))
CASE("neg.int", std::make_tuple(torch::neg(i), torch::neg(i.to(torch::kShort).mul(-1))))
CASE_GRAD("neg.grad", torch::neg(v * 0.7 + 0.05))
CASE("floor",
     std::make_tuple(torch::floor(a), torch::floor(a.t()), torch::floor(a.to(torch::kDouble)), torch::floor(e), torch::floor(s)))
CASE("floor.special", torch::floor(z))
CASE("floor.low", std::make_tuple(torch::floor(a.to(torch::kHalf)), torch::floor(a.to(torch::kBFloat16))))
CASE("floor.int", std::make_tuple(torch::floor(i), torch::floor(i.to(torch::kShort).mul(-1))))
CASE_GRAD("floor.grad", torch::floor(v * 0.7 + 0.05))
CASE("ceil",
     std::make_tuple(torch::ceil(a), torch::ceil(a.t()), torch::ceil(a.to(torch::kDouble)), torch::ceil(e), torch::ceil(s)))
CASE("ceil.special", torch::ceil(z))
CASE("ceil.low", std::make_tuple(torch::ceil(a.to(torch::kHalf)), torch::ceil(a.to(torch::kBFloat16))))
CASE("ceil.int", std::make_tuple(torch::ceil(i), torch::ceil(i.to(torch::kShort).mul(-1))))
CASE_GRAD("ceil.grad", torch::ceil(v * 0.7 + 0.05))
CASE("round",
     std::make_tuple(torch::round(a), torch::round(a.t()), torch::round(a.to(torch::kDouble)), torch::round(e), torch::round(s)))
CASE("round.special", torch::round(z))
CASE("round.low", std::make_tuple(torch::round(a.to(torch::kHalf)), torch::round(a.to(torch::kBFloat16))))
CASE("round.int", std::make_tuple(torch::round(i), torch::round(i.to(torch::kShort).mul(-1))))
CASE_GRAD("round.grad", torch::round(v * 0.7 + 0.05))
CASE("trunc",
     std::make_tuple(torch::trunc(a), torch::trunc(a.t()), torch::trunc(a.to(torch::kDouble)), torch::trunc(e), torch::trunc(s)))
CASE("trunc.special", torch::trunc(z))
CASE("trunc.low", std::make_tuple(torch::trunc(a.to(torch::kHalf)), torch::trunc(a.to(torch::kBFloat16))))
CASE("trunc.int", std::make_tuple(torch::trunc(i), torch::trunc(i.to(torch::kShort).mul(-1))))
CASE_GRAD("trunc.grad", torch::trunc(v * 0.7 + 0.05))
CASE("frac",
     std::make_tuple(torch::frac(a), torch::frac(a.t()), torch::frac(a.to(torch::kDouble)), torch::frac(e), torch::frac(s)))
CASE("frac.special", torch::frac(z))
CASE("frac.low", std::make_tuple(torch::frac(a.to(torch::kHalf)), torch::frac(a.to(torch::kBFloat16))))
CASE_GRAD("frac.grad", torch::frac(v * 0.7 + 0.05))
CASE("sign",
     std::make_tuple(torch::sign(a), torch::sign(a.t()), torch::sign(a.to(torch::kDouble)), torch::sign(e), torch::sign(s)))
CASE("sign.special", torch::sign(z))
CASE("sign.low", std::make_tuple(torch::sign(a.to(torch::kHalf)), torch::sign(a.to(torch::kBFloat16))))
CASE("sign.int", std::make_tuple(torch::sign(i), torch::sign(i.to(torch::kShort).mul(-1))))
CASE_GRAD("sign.grad", torch::sign(v * 0.7 + 0.05))
CASE("sqrt",
     std::make_tuple(torch::sqrt(h), torch::sqrt(h.t()), torch::sqrt(h.to(torch::kDouble)), torch::sqrt(e), torch::sqrt(s)))
CASE("sqrt.special", torch::sqrt(z))
CASE("sqrt.low", std::make_tuple(torch::sqrt(h.to(torch::kHalf)), torch::sqrt(h.to(torch::kBFloat16))))
CASE("sqrt.int", std::make_tuple(torch::sqrt(i), torch::sqrt(i.to(torch::kShort).mul(-1))))
CASE_GRAD("sqrt.grad", torch::sqrt(v * 0.7 + 0.05))
CASE("rsqrt",
     std::make_tuple(torch::rsqrt(h), torch::rsqrt(h.t()), torch::rsqrt(h.to(torch::kDouble)), torch::rsqrt(e), torch::rsqrt(s)))
CASE("rsqrt.special", torch::rsqrt(z))
CASE("rsqrt.low", std::make_tuple(torch::rsqrt(h.to(torch::kHalf)), torch::rsqrt(h.to(torch::kBFloat16))))
CASE("rsqrt.int", std::make_tuple(torch::rsqrt(i), torch::rsqrt(i.to(torch::kShort).mul(-1))))
CASE_GRAD("rsqrt.grad", torch::rsqrt(v * 0.7 + 0.05))
CASE("reciprocal",
     std::make_tuple(torch::reciprocal(a), torch::reciprocal(a.t()), torch::reciprocal(a.to(torch::kDouble)), torch::reciprocal(e), torch::reciprocal(s)))
CASE("reciprocal.special", torch::reciprocal(z))
CASE("reciprocal.low",
     std::make_tuple(torch::reciprocal(a.to(torch::kHalf)), torch::reciprocal(a.to(torch::kBFloat16))))
CASE("reciprocal.int", std::make_tuple(torch::reciprocal(i), torch::reciprocal(i.to(torch::kShort).mul(-1))))
CASE_GRAD("reciprocal.grad", torch::reciprocal(v * 0.7 + 0.05))
CASE("square",
     std::make_tuple(torch::square(a), torch::square(a.t()), torch::square(a.to(torch::kDouble)), torch::square(e), torch::square(s)))
CASE("square.special", torch::square(z))
CASE("square.low", std::make_tuple(torch::square(a.to(torch::kHalf)), torch::square(a.to(torch::kBFloat16))))
CASE("square.int", std::make_tuple(torch::square(i), torch::square(i.to(torch::kShort).mul(-1))))
CASE_GRAD("square.grad", torch::square(v * 0.7 + 0.05))
CASE("sigmoid",
     std::make_tuple(torch::sigmoid(a), torch::sigmoid(a.t()), torch::sigmoid(a.to(torch::kDouble)), torch::sigmoid(e), torch::sigmoid(s)))
CASE("sigmoid.special", torch::sigmoid(z))
CASE("sigmoid.low", std::make_tuple(torch::sigmoid(a.to(torch::kHalf)), torch::sigmoid(a.to(torch::kBFloat16))))
CASE("sigmoid.int", std::make_tuple(torch::sigmoid(i), torch::sigmoid(i.to(torch::kShort).mul(-1))))
CASE_GRAD("sigmoid.grad", torch::sigmoid(v * 0.7 + 0.05))
CASE("erf",
     std::make_tuple(torch::erf(a), torch::erf(a.t()), torch::erf(a.to(torch::kDouble)), torch::erf(e), torch::erf(s)))
CASE("erf.special", torch::erf(z))
CASE("erf.low", std::make_tuple(torch::erf(a.to(torch::kHalf)), torch::erf(a.to(torch::kBFloat16))))
CASE("erf.int", std::make_tuple(torch::erf(i), torch::erf(i.to(torch::kShort).mul(-1))))
CASE_GRAD("erf.grad", torch::erf(v * 0.7 + 0.05))
CASE("erfc",
     std::make_tuple(torch::erfc(a), torch::erfc(a.t()), torch::erfc(a.to(torch::kDouble)), torch::erfc(e), torch::erfc(s)))
CASE("erfc.special", torch::erfc(z))
CASE("erfc.low", std::make_tuple(torch::erfc(a.to(torch::kHalf)), torch::erfc(a.to(torch::kBFloat16))))
CASE("erfc.int", std::make_tuple(torch::erfc(i), torch::erfc(i.to(torch::kShort).mul(-1))))
CASE_GRAD("erfc.grad", torch::erfc(v * 0.7 + 0.05))

}  // namespace
