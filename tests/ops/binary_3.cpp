// Op table: binary, part 3.
#include "harness.h"

namespace {

AREA("binary")

CASE("pow.int.t", torch::pow(torch::arange(4), torch::tensor({3, 0, 2, 1})))
CASE_ERROR("err.pow.int.neg", i.pow(-1))
CASE("pow.one.neg.t", torch::pow(torch::tensor({1, -1, 2}), torch::tensor({-1, -1, -1})))
CASE("pow_", h.pow_(2))
CASE_GRAD("pow.grad.scalar", p.pow(3) + v.sum().pow(1.5))
CASE_GRAD("pow.grad.zero", p.pow(0))
CASE_GRAD("pow.grad.base", torch::pow(2.0, p))
CASE("float_power", torch::float_power(i, 2))
CASE("float_power.t", torch::float_power(a.abs(), b))
CASE("pow.cx", cx.pow(2))
CASE("pow.cx.cx", cx.pow(cx))
CASE("div.cx", cx / cx.t().contiguous().view({3, 4}))
CASE("add.cx.real", cx + a)
CASE("eq.cx", cx == cx.conj())
CASE_ERROR("err.lt.cx", cx < cx)
CASE_GRAD("cx.grad", torch::complex(p, q) * torch::complex(q, p) / torch::complex(p + 3, q))
CASE_GRAD("div.grad2", p / (q.abs() + 0.5))
CASE_GRAD("div.floor.grad", torch::div(p, q, "floor") + p)
CASE_GRAD("bcast.grad", p.unsqueeze(0) * q.select(1, 0).view({1, 3, 1}) + v.view({6, 1, 1}))
CASE_GRAD("bcast.self.grad", p * p.sum(0, true))
CASE_GRAD("scalar.grad", 3 - p * 2 + q / 4)
CASE_GRAD("maximum.tie.grad", torch::maximum(p, p))
CASE("max.binary", torch::max(a, b))
CASE("min.binary", torch::min(a, b))
CASE("addcmul", torch::addcmul(a, b, h, 0.5))
CASE("addcmul.bcast", torch::addcmul(torch::ones({3, 1}), torch::ones({4}), s, 2))
CASE("addcdiv", torch::addcdiv(a, b, h + 1, 0.5))
CASE_ERROR("err.addcdiv.int", torch::addcdiv(i, i, i + 1))
CASE("addcmul_", a.addcmul_(b, h))
CASE("addcdiv_", a.addcdiv_(b, h + 1, -1))
CASE_GRAD("addcmul.grad", torch::addcmul(p, q, p, 2) + torch::addcdiv(q, p, q.abs() + 1, 0.3))
CASE("lerp", torch::lerp(a, b, 0.3))
CASE("lerp.t", torch::lerp(a, b, h))
CASE("lerp_", a.lerp_(b, 0.9))
CASE_GRAD("lerp.grad", torch::lerp(p, q, 0.3) + torch::lerp(p, q, q.sigmoid()))
CASE("where", torch::where(m, a, b))
CASE("where.scalar", torch::where(m, a, 0.0))
CASE("where.scalar2", torch::where(m, 1, 0))
CASE("where.scalar3", torch::where(m, 1.5, b))
CASE("where.bcast", torch::where(m.select(0, 0), a, s))
CASE("where.promote", torch::where(m, i, a))
CASE("where.method", a.where(m, b))
CASE("where.1", torch::where(m))
CASE_GRAD("where.grad", torch::where(p > 0, p, q * 2))
CASE_ERROR("err.where.dtype", torch::where(m, a, c))
CASE("cross.entry", torch::gcd(torch::tensor({12, 18, -7}), torch::tensor({8, 12, 21})))
CASE("lcm", torch::lcm(torch::tensor({4, 6, -3}), torch::tensor({6, 8, 5})))
CASE("ldexp", torch::ldexp(a, torch::tensor({1, 2, 3, -1})))
CASE("isclose", torch::isclose(z, z))
CASE("isclose.nan", torch::isclose(z, z, 1e-5, 1e-8, true))
CASE("isclose.tol", torch::isclose(a, a + 1e-3, 1e-2))
CASE("allclose",
     std::make_tuple(torch::allclose(a, a + 1e-9), torch::allclose(a, b), z.allclose(z), z.allclose(z, 1e-5, 1e-8, true)))
CASE("equal", std::make_tuple(torch::equal(a, a.clone()), a.equal(b), a.equal(a.t()), e.equal(e)))
CASE("add.noncontig", a.t() + b.t())
CASE("add.noncontig.strides", (a.t() + b.t()).strides().vec())
CASE("add.mix.strides", (sq.t() + sq).strides().vec())
CASE("add.bcast.strides", (torch::ones({4, 1, 3}).permute({2, 0, 1}) + torch::ones({5})).strides().vec())
CASE("add.cl.strides", (img.contiguous(torch::MemoryFormat::ChannelsLast) + 1).stride(1))
CASE("add.cl.mix",
     (img.contiguous(torch::MemoryFormat::ChannelsLast) + img).is_contiguous(torch::MemoryFormat::ChannelsLast))
CASE("add.cl.mix2",
     (img + img.contiguous(torch::MemoryFormat::ChannelsLast)).is_contiguous(torch::MemoryFormat::ChannelsLast))
CASE("add.empty", e + torch::ones({1, 4}))
CASE("add.empty2", (e + torch::ones({4})).sizes().vec())
CASE_ERROR("err.add.empty", e + torch::ones({2, 4}))
CASE("add.0d", s + s)
CASE("add_.0d", s.add_(2))
CASE("add.expanded", a.select(0, 0).expand({5, 4}) + 1)
CASE_ERROR("err.add_.expanded", a.select(0, 0).expand({5, 4}).add_(1))
CASE("add_out", [] {
  auto o = torch::empty({0}); torch::add_out(o, a, b, 2); return o;
})
CASE("mul_out.promote", [] {
  auto o = torch::empty({0}, torch::kDouble); torch::mul_out(o, a, b); return o;
})
CASE_ERROR("err.add_out.int", [] {
  auto o = torch::empty({3, 4}, torch::kInt); torch::add_out(o, a, b); return o;
})
CASE("gt_out", [] {
  auto o = torch::empty({0}, torch::kFloat); torch::gt_out(o, a, b); return o;
})
CASE("div_out.strided", [] {
  auto o = torch::zeros({4, 3}).t(); torch::div_out(o, a, h + 1); return std::make_tuple(o, o.stride(0), o.stride(1));
})
CASE("add_.chain", a.add_(1).mul_(2).sub_(b).div_(3))
CASE("fmod_", a.fmod_(0.5))
CASE("remainder_", i.remainder_(5))
CASE("atan2_", a.atan2_(b))
CASE("logical_and_", m.logical_and_(b > 0))
CASE("eq.scalar.int", i == 5)
CASE("ne.bool", m != (b > 0))
CASE("lt.uint8.neg", u < -1)
CASE("u8.overflow", u + u)
CASE("u8.sub", u - 255)
CASE("i8.mul", torch::tensor({100, -100}, torch::kChar) * 2)
CASE("u8.add.scalar.big", u + 300)

}  // namespace
