// Op table: unary, part 2.
#include "harness.h"

namespace {

AREA("unary")

CASE("log",
     std::make_tuple(torch::log(h), torch::log(h.t()), torch::log(h.to(torch::kDouble)), torch::log(e), torch::log(s)))
CASE("log.special", torch::log(z))
CASE("log.low", std::make_tuple(torch::log(h.to(torch::kHalf)), torch::log(h.to(torch::kBFloat16))))
CASE("log.int", std::make_tuple(torch::log(i), torch::log(i.to(torch::kShort).mul(-1))))
CASE_GRAD("log.grad", torch::log(v * 0.7 + 0.05))
CASE("log1p",
     std::make_tuple(torch::log1p(a), torch::log1p(a.t()), torch::log1p(a.to(torch::kDouble)), torch::log1p(e), torch::log1p(s)))
CASE("log1p.special", torch::log1p(z))
CASE("log1p.low", std::make_tuple(torch::log1p(a.to(torch::kHalf)), torch::log1p(a.to(torch::kBFloat16))))
CASE("log1p.int", std::make_tuple(torch::log1p(i), torch::log1p(i.to(torch::kShort).mul(-1))))
CASE_GRAD("log1p.grad", torch::log1p(v * 0.7 + 0.05))
CASE("log2",
     std::make_tuple(torch::log2(h), torch::log2(h.t()), torch::log2(h.to(torch::kDouble)), torch::log2(e), torch::log2(s)))
CASE("log2.special", torch::log2(z))
CASE("log2.low", std::make_tuple(torch::log2(h.to(torch::kHalf)), torch::log2(h.to(torch::kBFloat16))))
CASE("log2.int", std::make_tuple(torch::log2(i), torch::log2(i.to(torch::kShort).mul(-1))))
CASE_GRAD("log2.grad", torch::log2(v * 0.7 + 0.05))
CASE("log10",
     std::make_tuple(torch::log10(h), torch::log10(h.t()), torch::log10(h.to(torch::kDouble)), torch::log10(e), torch::log10(s)))
CASE("log10.special", torch::log10(z))
CASE("log10.low", std::make_tuple(torch::log10(h.to(torch::kHalf)), torch::log10(h.to(torch::kBFloat16))))
CASE("log10.int", std::make_tuple(torch::log10(i), torch::log10(i.to(torch::kShort).mul(-1))))
CASE_GRAD("log10.grad", torch::log10(v * 0.7 + 0.05))
CASE("exp2",
     std::make_tuple(torch::exp2(a), torch::exp2(a.t()), torch::exp2(a.to(torch::kDouble)), torch::exp2(e), torch::exp2(s)))
CASE("exp2.special", torch::exp2(z))
CASE("exp2.low", std::make_tuple(torch::exp2(a.to(torch::kHalf)), torch::exp2(a.to(torch::kBFloat16))))
CASE("exp2.int", std::make_tuple(torch::exp2(i), torch::exp2(i.to(torch::kShort).mul(-1))))
CASE_GRAD("exp2.grad", torch::exp2(v * 0.7 + 0.05))
CASE("expm1",
     std::make_tuple(torch::expm1(a), torch::expm1(a.t()), torch::expm1(a.to(torch::kDouble)), torch::expm1(e), torch::expm1(s)))
CASE("expm1.special", torch::expm1(z))
CASE("expm1.low", std::make_tuple(torch::expm1(a.to(torch::kHalf)), torch::expm1(a.to(torch::kBFloat16))))
CASE("expm1.int", std::make_tuple(torch::expm1(i), torch::expm1(i.to(torch::kShort).mul(-1))))
CASE_GRAD("expm1.grad", torch::expm1(v * 0.7 + 0.05))
CASE("asin",
     std::make_tuple(torch::asin(h), torch::asin(h.t()), torch::asin(h.to(torch::kDouble)), torch::asin(e), torch::asin(s)))
CASE("asin.special", torch::asin(z))
CASE("asin.low", std::make_tuple(torch::asin(h.to(torch::kHalf)), torch::asin(h.to(torch::kBFloat16))))
CASE("asin.int", std::make_tuple(torch::asin(i), torch::asin(i.to(torch::kShort).mul(-1))))
CASE_GRAD("asin.grad", torch::asin(v * 0.7 + 0.05))
CASE("acos",
     std::make_tuple(torch::acos(h), torch::acos(h.t()), torch::acos(h.to(torch::kDouble)), torch::acos(e), torch::acos(s)))
CASE("acos.special", torch::acos(z))
CASE("acos.low", std::make_tuple(torch::acos(h.to(torch::kHalf)), torch::acos(h.to(torch::kBFloat16))))
CASE("acos.int", std::make_tuple(torch::acos(i), torch::acos(i.to(torch::kShort).mul(-1))))
CASE_GRAD("acos.grad", torch::acos(v * 0.7 + 0.05))
CASE("atan",
     std::make_tuple(torch::atan(a), torch::atan(a.t()), torch::atan(a.to(torch::kDouble)), torch::atan(e), torch::atan(s)))
CASE("atan.special", torch::atan(z))
CASE("atan.low", std::make_tuple(torch::atan(a.to(torch::kHalf)), torch::atan(a.to(torch::kBFloat16))))
CASE("atan.int", std::make_tuple(torch::atan(i), torch::atan(i.to(torch::kShort).mul(-1))))
CASE_GRAD("atan.grad", torch::atan(v * 0.7 + 0.05))
CASE("sinh",
     std::make_tuple(torch::sinh(a), torch::sinh(a.t()), torch::sinh(a.to(torch::kDouble)), torch::sinh(e), torch::sinh(s)))
CASE("sinh.special", torch::sinh(z))
CASE("sinh.low", std::make_tuple(torch::sinh(a.to(torch::kHalf)), torch::sinh(a.to(torch::kBFloat16))))
CASE("sinh.int", std::make_tuple(torch::sinh(i), torch::sinh(i.to(torch::kShort).mul(-1))))
CASE_GRAD("sinh.grad", torch::sinh(v * 0.7 + 0.05))
CASE("cosh",
     std::make_tuple(torch::cosh(a), torch::cosh(a.t()), torch::cosh(a.to(torch::kDouble)), torch::cosh(e), torch::cosh(s)))
CASE("cosh.special", torch::cosh(z))
CASE("cosh.low", std::make_tuple(torch::cosh(a.to(torch::kHalf)), torch::cosh(a.to(torch::kBFloat16))))
CASE("cosh.int", std::make_tuple(torch::cosh(i), torch::cosh(i.to(torch::kShort).mul(-1))))
CASE_GRAD("cosh.grad", torch::cosh(v * 0.7 + 0.05))
CASE("asinh",
     std::make_tuple(torch::asinh(a), torch::asinh(a.t()), torch::asinh(a.to(torch::kDouble)), torch::asinh(e), torch::asinh(s)))
CASE("asinh.special", torch::asinh(z))
CASE("asinh.low", std::make_tuple(torch::asinh(a.to(torch::kHalf)), torch::asinh(a.to(torch::kBFloat16))))
CASE("asinh.int", std::make_tuple(torch::asinh(i), torch::asinh(i.to(torch::kShort).mul(-1))))
CASE_GRAD("asinh.grad", torch::asinh(v * 0.7 + 0.05))
CASE("acosh",
     std::make_tuple(torch::acosh((h+1.5)), torch::acosh((h+1.5).t()), torch::acosh((h+1.5).to(torch::kDouble)), torch::acosh(e), torch::acosh(s)))
CASE("acosh.special", torch::acosh(z))
CASE("acosh.low", std::make_tuple(torch::acosh((h+1.5).to(torch::kHalf)), torch::acosh((h+1.5).to(torch::kBFloat16))))
CASE("acosh.int", std::make_tuple(torch::acosh(i), torch::acosh(i.to(torch::kShort).mul(-1))))
CASE_GRAD("acosh.grad", torch::acosh(v * 0.7 + 1.5))
CASE("atanh",
     std::make_tuple(torch::atanh(h), torch::atanh(h.t()), torch::atanh(h.to(torch::kDouble)), torch::atanh(e), torch::atanh(s)))
CASE("atanh.special", torch::atanh(z))
CASE("atanh.low", std::make_tuple(torch::atanh(h.to(torch::kHalf)), torch::atanh(h.to(torch::kBFloat16))))
CASE("atanh.int", std::make_tuple(torch::atanh(i), torch::atanh(i.to(torch::kShort).mul(-1))))
CASE_GRAD("atanh.grad", torch::atanh(v * 0.7 + 0.05))
CASE("tan",
     std::make_tuple(torch::tan(a), torch::tan(a.t()), torch::tan(a.to(torch::kDouble)), torch::tan(e), torch::tan(s)))
CASE("tan.special", torch::tan(z))
CASE("tan.low", std::make_tuple(torch::tan(a.to(torch::kHalf)), torch::tan(a.to(torch::kBFloat16))))
CASE("tan.int", std::make_tuple(torch::tan(i), torch::tan(i.to(torch::kShort).mul(-1))))
CASE_GRAD("tan.grad", torch::tan(v * 0.7 + 0.05))
CASE("lgamma",
     std::make_tuple(torch::lgamma(h), torch::lgamma(h.t()), torch::lgamma(h.to(torch::kDouble)), torch::lgamma(e), torch::lgamma(s)))
CASE("lgamma.special", torch::lgamma(z))
CASE("lgamma.low", std::make_tuple(torch::lgamma(h.to(torch::kHalf)), torch::lgamma(h.to(torch::kBFloat16))))
CASE("lgamma.int", std::make_tuple(torch::lgamma(i), torch::lgamma(i.to(torch::kShort).mul(-1))))
CASE_GRAD("lgamma.grad", torch::lgamma(v * 0.7 + 0.05))
CASE("digamma",
     std::make_tuple(torch::digamma(h), torch::digamma(h.t()), torch::digamma(h.to(torch::kDouble)), torch::digamma(e), torch::digamma(s)))
CASE("digamma.special", torch::digamma(z))
CASE("digamma.low", std::make_tuple(torch::digamma(h.to(torch::kHalf)), torch::digamma(h.to(torch::kBFloat16))))
CASE("digamma.int", std::make_tuple(torch::digamma(i), torch::digamma(i.to(torch::kShort).mul(-1))))
CASE_GRAD("digamma.grad", torch::digamma(v * 0.7 + 0.05))
CASE("erfinv",
     std::make_tuple(torch::erfinv(h), torch::erfinv(h.t()), torch::erfinv(h.to(torch::kDouble)), torch::erfinv(e), torch::erfinv(s)))
CASE("erfinv.special", torch::erfinv(z))
CASE("erfinv.low", std::make_tuple(torch::erfinv(h.to(torch::kHalf)), torch::erfinv(h.to(torch::kBFloat16))))
CASE("erfinv.int", std::make_tuple(torch::erfinv(i), torch::erfinv(i.to(torch::kShort).mul(-1))))
CASE_GRAD("erfinv.grad", torch::erfinv(v * 0.7 + 0.05))
CASE("logit",
     std::make_tuple(torch::logit(h), torch::logit(h.t()), torch::logit(h.to(torch::kDouble)), torch::logit(e), torch::logit(s)))
CASE("logit.special", torch::logit(z))
CASE("logit.low", std::make_tuple(torch::logit(h.to(torch::kHalf)), torch::logit(h.to(torch::kBFloat16))))
CASE("logit.int", std::make_tuple(torch::logit(i), torch::logit(i.to(torch::kShort).mul(-1))))

}  // namespace
