// Op table: promotion, part 1.
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

CASE("promoteTypes.kByte", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kByte, t)) + ' '; return r;
})
CASE("result_type.kByte", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kByte), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kByte, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kByte, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kByte", [] {
  auto x = mk(torch::kByte, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kByte", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kByte) + mk(t)); return r;
})
CASE("mul.kByte", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kByte) * mk(t)); return r;
})
CASE("div.kByte", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kByte) / mk(t)); return r;
})
CASE("ops.kByte", [] {
  auto x = mk(torch::kByte), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kByte", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kByte).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kByte).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kByte).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kByte).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kByte", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kByte, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kByte", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kByte, t) ? '1' : '0'; return r;
})
CASE("to.kByte", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kByte)); return r;
})
CASE("result_type.scalar.kByte",
     std::make_tuple(torch::result_type(mk(torch::kByte), 1), torch::result_type(mk(torch::kByte), 1.5), torch::result_type(mk(torch::kByte), true), torch::result_type(1, mk(torch::kByte)), torch::result_type(mk(torch::kByte, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kChar", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kChar, t)) + ' '; return r;
})
CASE("result_type.kChar", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kChar), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kChar, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kChar, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kChar", [] {
  auto x = mk(torch::kChar, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kChar", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kChar) + mk(t)); return r;
})
CASE("mul.kChar", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kChar) * mk(t)); return r;
})
CASE("div.kChar", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kChar) / mk(t)); return r;
})
CASE("ops.kChar", [] {
  auto x = mk(torch::kChar), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kChar", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kChar).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kChar).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kChar).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kChar).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kChar", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kChar, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kChar", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kChar, t) ? '1' : '0'; return r;
})
CASE("to.kChar", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kChar)); return r;
})
CASE("result_type.scalar.kChar",
     std::make_tuple(torch::result_type(mk(torch::kChar), 1), torch::result_type(mk(torch::kChar), 1.5), torch::result_type(mk(torch::kChar), true), torch::result_type(1, mk(torch::kChar)), torch::result_type(mk(torch::kChar, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kShort", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kShort, t)) + ' '; return r;
})
CASE("result_type.kShort", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kShort), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kShort, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kShort, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kShort", [] {
  auto x = mk(torch::kShort, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kShort", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kShort) + mk(t)); return r;
})
CASE("mul.kShort", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kShort) * mk(t)); return r;
})
CASE("div.kShort", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kShort) / mk(t)); return r;
})
CASE("ops.kShort", [] {
  auto x = mk(torch::kShort), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kShort", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kShort).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kShort).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kShort).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kShort).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kShort", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kShort, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kShort", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kShort, t) ? '1' : '0'; return r;
})
CASE("to.kShort", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kShort)); return r;
})
CASE("result_type.scalar.kShort",
     std::make_tuple(torch::result_type(mk(torch::kShort), 1), torch::result_type(mk(torch::kShort), 1.5), torch::result_type(mk(torch::kShort), true), torch::result_type(1, mk(torch::kShort)), torch::result_type(mk(torch::kShort, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kInt", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kInt, t)) + ' '; return r;
})
CASE("result_type.kInt", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kInt), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kInt, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kInt, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kInt", [] {
  auto x = mk(torch::kInt, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kInt", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kInt) + mk(t)); return r;
})
CASE("mul.kInt", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kInt) * mk(t)); return r;
})
CASE("div.kInt", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kInt) / mk(t)); return r;
})
CASE("ops.kInt", [] {
  auto x = mk(torch::kInt), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kInt", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kInt).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kInt).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kInt).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kInt).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kInt", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kInt, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kInt", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kInt, t) ? '1' : '0'; return r;
})
CASE("to.kInt", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kInt)); return r;
})
CASE("result_type.scalar.kInt",
     std::make_tuple(torch::result_type(mk(torch::kInt), 1), torch::result_type(mk(torch::kInt), 1.5), torch::result_type(mk(torch::kInt), true), torch::result_type(1, mk(torch::kInt)), torch::result_type(mk(torch::kInt, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kLong", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kLong, t)) + ' '; return r;
})
CASE("result_type.kLong", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kLong), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kLong, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kLong, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kLong", [] {
  auto x = mk(torch::kLong, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kLong", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kLong) + mk(t)); return r;
})
CASE("mul.kLong", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kLong) * mk(t)); return r;
})
CASE("div.kLong", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kLong) / mk(t)); return r;
})
CASE("ops.kLong", [] {
  auto x = mk(torch::kLong), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kLong", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kLong).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kLong).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kLong).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kLong).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kLong", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kLong, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kLong", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kLong, t) ? '1' : '0'; return r;
})
CASE("to.kLong", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kLong)); return r;
})
CASE("result_type.scalar.kLong",
     std::make_tuple(torch::result_type(mk(torch::kLong), 1), torch::result_type(mk(torch::kLong), 1.5), torch::result_type(mk(torch::kLong), true), torch::result_type(1, mk(torch::kLong)), torch::result_type(mk(torch::kLong, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kHalf", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kHalf, t)) + ' '; return r;
})
CASE("result_type.kHalf", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kHalf), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kHalf, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kHalf, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kHalf", [] {
  auto x = mk(torch::kHalf, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kHalf", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kHalf) + mk(t)); return r;
})
CASE("mul.kHalf", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kHalf) * mk(t)); return r;
})
CASE("div.kHalf", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kHalf) / mk(t)); return r;
})
CASE("ops.kHalf", [] {
  auto x = mk(torch::kHalf), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kHalf", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kHalf).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kHalf).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kHalf).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kHalf).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kHalf", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kHalf, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kHalf", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kHalf, t) ? '1' : '0'; return r;
})
CASE("to.kHalf", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kHalf)); return r;
})
CASE("result_type.scalar.kHalf",
     std::make_tuple(torch::result_type(mk(torch::kHalf), 1), torch::result_type(mk(torch::kHalf), 1.5), torch::result_type(mk(torch::kHalf), true), torch::result_type(1, mk(torch::kHalf)), torch::result_type(mk(torch::kHalf, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kFloat", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kFloat, t)) + ' '; return r;
})
CASE("result_type.kFloat", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kFloat), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kFloat, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kFloat, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kFloat", [] {
  auto x = mk(torch::kFloat, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kFloat", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kFloat) + mk(t)); return r;
})
CASE("mul.kFloat", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kFloat) * mk(t)); return r;
})
CASE("div.kFloat", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kFloat) / mk(t)); return r;
})
CASE("ops.kFloat", [] {
  auto x = mk(torch::kFloat), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kFloat", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kFloat).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kFloat).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kFloat).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kFloat).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kFloat", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kFloat, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kFloat", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kFloat, t) ? '1' : '0'; return r;
})
CASE("to.kFloat", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(t).to(torch::kFloat)); return r;
})
CASE("result_type.scalar.kFloat",
     std::make_tuple(torch::result_type(mk(torch::kFloat), 1), torch::result_type(mk(torch::kFloat), 1.5), torch::result_type(mk(torch::kFloat), true), torch::result_type(1, mk(torch::kFloat)), torch::result_type(mk(torch::kFloat, true), c10::Scalar(1.5)), torch::result_type(1, 2.5)))
CASE("promoteTypes.kDouble", [] {
  std::string r; for (auto t : DT) r += nm(c10::promoteTypes(torch::kDouble, t)) + ' '; return r;
})
CASE("result_type.kDouble", [] {
  std::string r;
  for (auto t : DT) { r += nm(torch::result_type(mk(torch::kDouble), mk(t, true))) + ' '; r += nm(torch::result_type(mk(torch::kDouble, true), mk(t))) + ' '; r += nm(torch::result_type(mk(torch::kDouble, true), mk(t, true))) + ' '; }
  return r;
})
CASE("scalar0d.kDouble", [] {
  auto x = mk(torch::kDouble, true);
  std::vector<torch::Tensor> r;
  r.push_back(x + 1);
  r.push_back(x * 1.5);
  r.push_back(x * true);
  r.push_back(1.5 - x.to(torch::kDouble));
  return r;
})
CASE("add.kDouble", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kDouble) + mk(t)); return r;
})
CASE("mul.kDouble", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kDouble) * mk(t)); return r;
})
CASE("div.kDouble", [] {
  std::vector<torch::Tensor> r; for (auto t : DT) r.push_back(mk(torch::kDouble) / mk(t)); return r;
})
CASE("ops.kDouble", [] {
  auto x = mk(torch::kDouble), y = mk(torch::kShort); std::string r;
  r += outc([&] { return x.sum(); }) + ' ' + outc([&] { return x.prod(); }) + ' ' + outc([&] { return x.cumsum(0); }) + ' ' + outc([&] { return x.mean(); }) + ' ' + outc([&] { return x.max(); }) + ' ' + outc([&] { return x.sin(); }) + ' ' + outc([&] { return x.abs(); }) + ' ' + outc([&] { return x.pow(2); }) + ' ' + outc([&] { return x.pow(0.5); }) + ' ';
  r += outc([&] { return x.sub(y); }) + ' ' + outc([&] { return x.bitwise_and(y); }) + ' ' + outc([&] { return torch::maximum(x, y); }) + ' ' + outc([&] { return torch::atan2(x, y); }) + ' ' + outc([&] { return torch::floor_divide(x, y); }) + ' ' + outc([&] { return torch::remainder(x, y); }) + ' ' + outc([&] { return x.eq(y); }) + ' ' + outc([&] { return x.lt(y); }) + ' ' + outc([&] { return x.argmax(); }) + ' ' + outc([&] { return x.all(); }) + ' ' + outc([&] { return torch::where(x == 1, x, y); }) + ' ' + outc([&] { return torch::cat({x, y}); }) + ' ' + outc([&] { return torch::stack({x, y}); }) + ' ' + outc([&] { return x.std(); }) + ' ' + outc([&] { return x.neg(); }) + ' ' + outc([&] { return x.reciprocal(); }) + ' ' + outc([&] { return x.clamp(0.5, 2); }) + ' ' + outc([&] { return x.clamp(1, 2); });
  return r;
})
CASE("inplace.kDouble", [] {
  std::string r;
  for (auto t : DT) { r += outc([&] { return mk(torch::kDouble).add_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kDouble).mul_(mk(t, true)); }) + ' ' + outc([&] { return mk(torch::kDouble).div_(mk(t)); }) + ' ' + outc([&] { return mk(torch::kDouble).copy_(mk(t)); }) + ' '; }
  return r;
})
CASE("canCast.kDouble", [] {
  std::string r; for (auto t : DT) r += c10::canCast(torch::kDouble, t) ? '1' : '0'; return r;
})
CASE("torch_can_cast.kDouble", [] {
  std::string r; for (auto t : DT) r += torch::can_cast(torch::kDouble, t) ? '1' : '0'; return r;
})

}  // namespace
