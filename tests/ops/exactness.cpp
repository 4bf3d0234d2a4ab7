// Op table: what differential testing over dtypes, layouts and odd values found, a case for each kind of difference.
#include "harness.h"

namespace {

AREA("exactness")

constexpr double nan = NAN, inf = INFINITY;

static torch::Tensor ties(int64_t n = 40) { return (torch::arange(n) * 7 % 11 % 4).to(torch::kFloat); }

// Which of equal elements a selection names
CASE("topk.ties", torch::topk(ties(), 6))
CASE("topk.ties.few", torch::topk(ties(400), 5))
CASE("topk.ties.small", torch::topk(ties().to(torch::kInt), 9, 0, false))
CASE("topk.ties.rows", torch::topk(ties().view({5, 8}), 3, 0))
CASE("topk.ties.half", torch::topk(ties().to(torch::kHalf), 30))
CASE("kthvalue.ties", torch::kthvalue(ties(), 17))
CASE("kthvalue.ties.rows", torch::kthvalue(ties().view({8, 5}).to(torch::kLong), 4, 0))
CASE("kthvalue.ties.nan", torch::kthvalue(torch::tensor({nan, 1.0, nan, 1.0, 0.0, nan}), 5))
CASE("median.ties", torch::median(ties(), 0))
CASE("median.ties.rows", torch::median(ties().view({5, 8}), 1))
CASE("nanmedian.ties", torch::nanmedian(torch::where(ties() == 3, torch::full({}, nan), ties()), 0))
CASE("mode.ties", torch::mode(ties()))
CASE("mode.nan", torch::mode(torch::tensor({nan, nan, 1.0, 2.0})))
CASE("median.int.empty", torch::median(torch::empty({0}, torch::kShort)))
CASE_ERROR("err.argmax.bool", torch::argmax(m))
CASE_ERROR("err.argmax.out", [] { auto o = torch::empty({0}, torch::kInt); torch::argmax_out(o, a, 0); return o; }())

// Layouts of results
CASE("unique_dim.strides", std::get<0>(torch::unique_dim(a, 1)).strides().vec())
CASE("unique_consecutive.strides", std::get<0>(torch::unique_consecutive(a, false, false, -1)).strides().vec())
CASE("nonzero.empty.strides", torch::nonzero(e).strides().vec())
CASE("isinf.int.strides", std::make_tuple(torch::isinf(i.t()).strides().vec(), torch::signbit(m.t()).strides().vec()))
CASE("frexp.strides", [] { auto r = torch::frexp(a.t()); return std::make_tuple(std::get<0>(r).strides().vec(), std::get<1>(r).strides().vec()); }())

// The 16-bit types
CASE("nextafter.half", torch::nextafter(hf, bf.to(torch::kHalf) + 1))
CASE("nextafter.bfloat16", torch::nextafter(torch::tensor({0.0, -0.0, 1.0, -1.0, nan, inf}, torch::kBFloat16), torch::tensor({1.0, -1.0, 0.0, -2.0, 1.0, 0.0}, torch::kBFloat16)))
CASE("div.trunc.bfloat16", torch::div(torch::full({3}, 7.98, torch::kBFloat16), torch::tensor({1.0, 2.01, -0.998}, torch::kBFloat16), "trunc"))
CASE("mul.half.long", torch::tensor({0.5, 2.0}, torch::kHalf) * torch::tensor({70000, 2049}, torch::kLong))
CASE("mean.to.half", torch::mean(a * 100, {0}, false, torch::kHalf))
CASE("mean.double.to.half", torch::mean(p.detach() * 100, {1}, true, torch::kHalf))
CASE("entr.half", torch::special_entr(h.to(torch::kHalf)))
CASE("round.decimals.half", torch::round(torch::tensor({-4.8515625, 2.25, 3.14, 0.05}, torch::kHalf), 1))
CASE("histc.half", torch::histc(hf, 5))

// Values
CASE("clamp.inf", std::make_tuple(torch::clamp(z, 0, inf), torch::clamp_min(a, -inf), torch::clamp_max(hf, inf), torch::clamp_min(i, -inf)))
CASE("clamp.byte.negative", std::make_tuple(torch::clamp_min(u, -50), torch::clamp_max(u, -50)))
CASE_ERROR("err.clamp.overflow", torch::clamp_max(i.to(torch::kChar), 300))
CASE("equal.types", std::make_tuple(torch::equal(i, i.to(torch::kFloat)), torch::equal(a, a.to(torch::kDouble) + 1)))
CASE("ldexp.half", torch::ldexp(hf, i - 4))
CASE("ldexp.large", torch::ldexp(torch::tensor({1e-30, 3.0}, torch::kDouble), torch::tensor({200, -1070}, torch::kLong)))
CASE("out.wider.half", [] { auto o = torch::empty({0}, torch::kFloat); torch::add_out(o, hf, hf * 3.001); return o; }())
CASE("pow.number.strides", torch::pow(2, a.t()).strides().vec())
CASE("isin.number.strides", torch::isin(a.t(), 1).strides().vec())
CASE("div.floor.empty", torch::div(torch::empty({0, 4}, torch::kLong), 0, "floor"))
CASE("sum_to_size.int", i.to(torch::kChar).sum_to_size({1, 4}))
CASE_ERROR("err.addcmul.complex.value", torch::addcmul(a, a, a, c10::complex<double>(1, 2)))
CASE("index_fill.0d", torch::full({}, 3.0).index_fill(0, torch::tensor({0, 0, 0}, torch::kLong), 2))
CASE("index_add.int.alpha", i.index_add(0, j, i, 2.5))
CASE("angle.double", torch::angle(p.detach()))
CASE("var.constant", torch::var(torch::full({3, 1}, 3.2061095, torch::kFloat).expand({3, 4}), {0}))
CASE("var_mean.constant", torch::var_mean(torch::full({7}, 0.1, torch::kFloat)))
CASE("std.out.double", [] { auto o = torch::empty({0}, torch::kDouble); torch::std_out(o, a, {0}, true); return o; }())
CASE("mean.complex.empty", torch::mean(torch::empty({0, 3}, torch::kComplexFloat), {0}))
CASE("logsumexp.complex", torch::logsumexp(cx, {0, 1}, true))
CASE("cumulative_trapezoid.empty", std::make_tuple(torch::cumulative_trapezoid(torch::empty({3, 0})), torch::cumulative_trapezoid(torch::ones({3, 1}))))
CASE("result_type.float.cdouble0", std::make_tuple(torch::result_type(a, torch::ones({}, torch::kComplexDouble)), torch::result_type(bf, torch::ones({}, torch::kComplexDouble))))
CASE_ERROR("err.cumsum_.bool", m.clone().cumsum_(0))
CASE_ERROR("err.nanmean.int", torch::nanmean(a, {0}, false, torch::kInt))
CASE_ERROR("err.bincount.2d", torch::bincount(torch::empty({0, 4}, torch::kLong)))

// Numbers beside 16-bit types: rounded to them first, but for products, quotients and powers
static torch::Tensor half(double x) { return torch::full({40}, x, torch::kHalf); }
CASE("half.number.sums", std::make_tuple(half(-.46) + 0.54, bf - 0.541, torch::rsub(bf, 0.541), torch::add(big.to(torch::kHalf), 0.54, 0.3), big.to(torch::kBFloat16).add_(0.541, 0.77)))
CASE("half.number.first", std::make_tuple(torch::tensor(0.541) - bf, 0.541 / bf, torch::remainder(0.541, bf), torch::pow(0.541, bf), torch::hypot(bf, torch::tensor(0.541))))
CASE("half.number.compared", std::make_tuple(half(.47) == 0.47, half(.47).lt(0.47), torch::tensor(0.47) <= half(.47), bf.new_full({}, 0.47).gt(0.47)))
CASE("half.number.exact", std::make_tuple(bf * 0.541, 0.541 * bf, bf / 0.541, bf.div(0.0541, "floor"), torch::lerp(hf, hf + 1, 0.3), hf.abs().pow(0.541)))
CASE("half.renorm", std::make_tuple(torch::renorm(bf, 2, 0, 0.541), torch::renorm(hf, 1, 1, 0.541)))
CASE("half.windows", torch::hamming_window(5, torch::kHalf))

// What does not fit a type
CASE_ERROR("err.item.byte.negative", torch::tensor(-1.0).item<uint8_t>())
CASE_ERROR("err.fill.byte.fraction", u.clone().fill_(255.5))
CASE_ERROR("err.fill.char.fraction", torch::zeros({2}, torch::kChar).fill_(-128.5))
CASE_ERROR("err.scalar.complex_float", at::Scalar(1e300).toComplexFloat().real())
CASE_ERROR("err.scalar.log.bool", at::Scalar(true).log())
CASE_ERROR("err.pow.char", torch::pow(torch::ones({2}, torch::kChar), 200))
CASE_ERROR("err.where.char", torch::where(m, torch::ones({3, 4}, torch::kChar), 200))
CASE("where.byte.wraps", torch::where(m, u, -1))

// Types without an operation
CASE("pow.bool.number", std::make_tuple(m.pow(true), m.pow(false)))
CASE_ERROR("err.pow.bool", torch::pow(m, m))
CASE_ERROR("err.floor_divide.bool", torch::floor_divide(m, true))
CASE_ERROR("err.remainder.bool", torch::remainder(m, true))
CASE_ERROR("err.fmod.bool", torch::fmod(m, torch::ones_like(m)))
CASE_ERROR("err.clamp.bool", torch::clamp(m, m, m))
CASE_ERROR("err.clamp_min.bool", torch::clamp_min(m, true))
CASE_ERROR("err.addcmul.bool", torch::addcmul(m, m, m))
CASE_ERROR("err.lerp.int", torch::lerp(i, i, 0.5))

// Memory formats and options
CASE("stack.channels_last", [] {
  const auto x = img.contiguous(torch::MemoryFormat::ChannelsLast);
  return c10::str(torch::stack({x, x}).strides(), torch::stack({x, x}, 1).strides(), torch::stack({x, x}, 4).strides(), torch::stack({x, img}).strides());
})
CASE("contiguous.preserve", img.contiguous(torch::MemoryFormat::Preserve))
CASE("contiguous.channels_last.empty", torch::rand({0, 3, 4, 5}).contiguous(torch::MemoryFormat::ChannelsLast).strides())
CASE_ERROR("err.channels_last_3d.rank", img.contiguous(torch::MemoryFormat::ChannelsLast3d))
CASE_ERROR("err.channels_last.rank", torch::empty({2, 3, 4}, torch::MemoryFormat::ChannelsLast))
CASE_ERROR("err.pinned", torch::zeros({2}, torch::TensorOptions().pinned_memory(true)))
CASE("new_zeros.requires_grad", p.new_zeros({2}, torch::requires_grad()).requires_grad())
CASE("device.cpu.index", torch::Device("cpu:1").str())
CASE_ERROR("err.is_same_size.undefined", torch::Tensor().is_same_size(a))
CASE("print.columns.slices", [] { std::ostringstream o; torch::print(o, img, 40); return o.str(); })

}  // namespace
