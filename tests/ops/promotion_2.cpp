// Op table: promotion, part 2.
#include "harness.h"

namespace {

AREA("promotion")

static const torch::ScalarType DT[] = {torch::kByte, torch::kChar, torch::kShort, torch::kInt, torch::kLong, torch::kHalf, torch::kFloat, torch::kDouble, torch::kComplexFloat, torch::kComplexDouble, torch::kBool, torch::kBFloat16};
static torch::Tensor mk(torch::ScalarType t, bool zero_dim = false) {
  auto x = torch::tensor({1, 2, 3}).to(t);
  return zero_dim ? x[1] : x;
}
static std::string nm(torch::ScalarType t) { return c10::toString(t); }
template <class Fn> static std::string outc(Fn f) {
  try { return nm(f().scalar_type()); } catch (const std::exception&) {
    return "error";
  }
}

CASE("to.kDouble", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kDouble)); return r;
})
CASE("result_type.scalar.kDouble",
     std::make_tuple(torch::result_type(mk(torch::kDouble), 1), torch::result_type(mk(torch::kDouble), 1.5), torch::result_type(mk(torch::kDouble), true), torch::result_type(1, mk(torch::kDouble)), torch::result_type(mk(torch::kDouble, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kComplexFloat", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kComplexFloat, t)) + ' '; return r;
})
CASE("result_type.kComplexFloat", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kComplexFloat), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kComplexFloat, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kComplexFloat, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kComplexFloat", [] {
  auto x = mk(torch::kComplexFloat, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kComplexFloat", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kComplexFloat) + mk(t)); return r;
})
CASE("mul.kComplexFloat", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kComplexFloat) * mk(t)); return r;
})
CASE("div.kComplexFloat", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kComplexFloat) / mk(t)); return r;
})
CASE("ops.kComplexFloat", [] {
  auto x = mk(torch::kComplexFloat), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kComplexFloat", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kComplexFloat).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kComplexFloat).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kComplexFloat).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kComplexFloat).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kComplexFloat", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kComplexFloat, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kComplexFloat", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kComplexFloat, t) ? '1' : '0'; return r;
})
CASE("to.kComplexFloat", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kComplexFloat)); return r;
})
CASE("result_type.scalar.kComplexFloat",
     std::make_tuple(torch::result_type(mk(torch::kComplexFloat), 1), torch::result_type(mk(torch::kComplexFloat), 1.5), torch::result_type(mk(torch::kComplexFloat), true), torch::result_type(1, mk(torch::kComplexFloat)), torch::result_type(mk(torch::kComplexFloat, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kComplexDouble", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kComplexDouble, t)) + ' '; return r;
})
CASE("result_type.kComplexDouble", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kComplexDouble), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kComplexDouble, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kComplexDouble, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kComplexDouble", [] {
  auto x = mk(torch::kComplexDouble, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kComplexDouble", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kComplexDouble) + mk(t)); return r;
})
CASE("mul.kComplexDouble", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kComplexDouble) * mk(t)); return r;
})
CASE("div.kComplexDouble", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kComplexDouble) / mk(t)); return r;
})
CASE("ops.kComplexDouble", [] {
  auto x = mk(torch::kComplexDouble), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kComplexDouble", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kComplexDouble).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kComplexDouble).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kComplexDouble).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kComplexDouble).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kComplexDouble", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kComplexDouble, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kComplexDouble", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kComplexDouble, t) ? '1' : '0'; return r;
})
CASE("to.kComplexDouble", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kComplexDouble)); return r;
})
CASE("result_type.scalar.kComplexDouble",
     std::make_tuple(torch::result_type(mk(torch::kComplexDouble), 1), torch::result_type(mk(torch::kComplexDouble), 1.5), torch::result_type(mk(torch::kComplexDouble), true), torch::result_type(1, mk(torch::kComplexDouble)), torch::result_type(mk(torch::kComplexDouble, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kBool", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kBool, t)) + ' '; return r;
})
CASE("result_type.kBool", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kBool), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kBool, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kBool, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kBool", [] {
  auto x = mk(torch::kBool, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kBool", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kBool) + mk(t)); return r;
})
CASE("mul.kBool", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kBool) * mk(t)); return r;
})
CASE("div.kBool", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kBool) / mk(t)); return r;
})
CASE("ops.kBool", [] {
  auto x = mk(torch::kBool), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kBool", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kBool).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kBool).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kBool).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kBool).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kBool", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kBool, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kBool", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kBool, t) ? '1' : '0'; return r;
})
CASE("to.kBool", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kBool)); return r;
})
CASE("result_type.scalar.kBool",
     std::make_tuple(torch::result_type(mk(torch::kBool), 1), torch::result_type(mk(torch::kBool), 1.5), torch::result_type(mk(torch::kBool), true), torch::result_type(1, mk(torch::kBool)), torch::result_type(mk(torch::kBool, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kBFloat16", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kBFloat16, t)) + ' '; return r;
})
CASE("result_type.kBFloat16", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kBFloat16), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kBFloat16, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kBFloat16, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kBFloat16", [] {
  auto x = mk(torch::kBFloat16, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kBFloat16", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kBFloat16) + mk(t)); return r;
})
CASE("mul.kBFloat16", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kBFloat16) * mk(t)); return r;
})
CASE("div.kBFloat16", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kBFloat16) / mk(t)); return r;
})
CASE("ops.kBFloat16", [] {
  auto x = mk(torch::kBFloat16), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kBFloat16", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kBFloat16).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kBFloat16).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kBFloat16).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kBFloat16).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kBFloat16", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kBFloat16, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kBFloat16", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kBFloat16, t) ? '1' : '0'; return r;
})
CASE("to.kBFloat16", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kBFloat16)); return r;
})
CASE("result_type.scalar.kBFloat16",
     std::make_tuple(torch::result_type(mk(torch::kBFloat16), 1), torch::result_type(mk(torch::kBFloat16), 1.5), torch::result_type(mk(torch::kBFloat16), true), torch::result_type(1, mk(torch::kBFloat16)), torch::result_type(mk(torch::kBFloat16, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("f32.f64_0d", a + torch::tensor(1.5, torch::kDouble))
CASE("i64.f64_0d", (i + torch::tensor(1.5, torch::kDouble)))
CASE("half.f32_0d", hf * s)
CASE("half.f32", hf * a)
CASE("bf.half", (bf + hf))
CASE("u8.i8", (u + torch::ones({4}, torch::kChar)))
CASE("bool.int0d", m + torch::tensor(2))
CASE("bool.scalar", m * 2)
CASE("bool.scalar.f", m * 2.5)
CASE("u8.scalar.neg", u * -1)
CASE("cx.f64", (cx * torch::ones({4}, torch::kDouble)).scalar_type())
CASE("cx.f64_0d", (cx * torch::tensor(2.0, torch::kDouble)).scalar_type())
CASE("cat.mixed", torch::cat({i, a, m}))
CASE("cat.half", torch::cat({hf, i}))
CASE("stack.mixed", torch::stack({i, a.round()}))
CASE("where.0d", torch::where(m, a, torch::tensor(1.5, torch::kDouble)))
CASE("where.i.d", torch::where(m, i, 1.5))
CASE("lerp.dtype", torch::lerp(sq, sq * 2, 0.5).scalar_type())
CASE_ERROR("err.lerp.mixed", torch::lerp(a, b.to(torch::kDouble), 0.5))
CASE_ERROR("err.mm.mixed", a.mm(a.t().to(torch::kDouble)))
CASE_ERROR("err.mv.mixed", a.mv(torch::ones({4}, torch::kLong)))
CASE("sum.dtype", a.sum(torch::kDouble))
CASE("sum.int32", i.to(torch::kInt).sum())
CASE("sum.bool", m.sum())
CASE("mean.dtype", i.mean(torch::kFloat))
CASE_ERROR("err.mean.int", i.mean())
CASE("prod.u8", (u - 199).prod())
CASE("cumsum.bool", m.cumsum(1))
CASE("to.nan.int.bool", z.to(torch::kBool))
CASE("to.f.i.trunc", torch::tensor({1.9, -1.9, 0.5, -0.5}).to(torch::kInt))
CASE("to.u8.neg", torch::tensor({-1, -128, 256, 300}).to(torch::kByte))
CASE("to.half.round", torch::tensor({1.0009765, 1.00048828125, 65519.0, 65520.0, 6e-8, 1e-9}).to(torch::kHalf))
CASE("to.bf.round", torch::tensor({1.00390625, 1.01171875, 3.3895e38, 1e-40}).to(torch::kBFloat16))
CASE("to.cx.real", a.to(torch::kComplexFloat))
CASE("toType", a.toType(torch::kInt))
CASE("type_as", i.type_as(hf))
CASE_GRAD("grad.promote", p.to(torch::kFloat) * q)
CASE("grad.promote.half", [] {
  auto x = torch::ones({2}, torch::dtype(torch::kHalf).requires_grad(true));
  (x * torch::tensor({2.5, 3.5})).sum().backward();
  return x.grad();
})
CASE("comparison.big", torch::tensor({16777217}) == torch::tensor({16777216.0f}))
CASE("i64.scalar.cmp", i > 2.5)
CASE("u8.cmp.neg", u > -5)
CASE("pow.i.f0d", i.pow(torch::tensor(0.5)).scalar_type())
CASE("add.alpha.bool", torch::add(i, m, 2))
CASE_ERROR("err.add.alpha.bool.f", torch::add(m, m, 0.5))
CASE("addcmul.mixed.dtype", torch::addcmul(a, b, h.to(torch::kDouble)).scalar_type())
CASE("toUnderlying",
     std::make_tuple(c10::isIntegralType(torch::kInt, false), c10::isIntegralType(torch::kBool, true), c10::isFloatingType(torch::kHalf), c10::isComplexType(torch::kComplexHalf), c10::toComplexType(torch::kFloat), c10::toRealValueType(torch::kComplexDouble)))

}  // namespace
