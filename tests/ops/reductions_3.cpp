// Op table: reductions, part 3.
#include "harness.h"

namespace {

AREA("reductions")

CASE("argmax.nan_2", std::make_tuple(z.argmax(), z.argmin()))
CASE("argmax.tie", torch::tensor({1, 3, 3, 2}).argmax())
CASE("max.tie.idx", std::get<1>(torch::tensor({{1, 3, 3}, {2, 2, 1}}).max(1)))
CASE_GRAD("max.grad.tie", torch::amax(torch::stack({p, p}), 0))
CASE("max.all.tie.grad", [] {
  auto t = torch::tensor({2.0, 2.0, 1.0}, torch::requires_grad()); t.max().backward(); return t.grad();
})
CASE("aminmax", torch::aminmax(a))
CASE("aminmax.dim", torch::aminmax(a, 1, true))
CASE_GRAD("aminmax.grad", torch::aminmax(p, 0))
CASE("amax.dims", torch::amax(img, {1, 3}))
CASE("amin.keep_2", torch::amin(img, {0, 1, 2, 3}, true))
CASE("cumsum", a.cumsum(1))
CASE("cumsum.int", i.cumsum(0))
CASE("cumsum.dtype", i.cumsum(0, torch::kFloat))
CASE("cumsum.t", a.t().cumsum(0))
CASE("cumsum.empty", e.cumsum(0))
CASE("cumsum.0d", s.cumsum(0))
CASE_GRAD("cumsum.grad", p.cumsum(1) * q)
CASE("cumprod", a.cumprod(1))
CASE_GRAD("cumprod.grad", p.cumprod(1))
CASE_GRAD("cumprod.zero.grad", (p * torch::tensor({1.0, 0.0, 1.0, 1.0}, torch::kDouble)).cumprod(1))
CASE("cumprod.int", (i + 1).cumprod(1))
CASE("count_nonzero", torch::count_nonzero(i))
CASE("count_nonzero.dim", torch::count_nonzero(m, at::IntArrayRef({1})))
CASE("count_nonzero.dims", torch::count_nonzero(m, {0, 1}))
CASE("all.dim.int", i.all(1))
CASE("any.float", (a > 10).any())
CASE("all.u8.dtype", u.all().scalar_type())
CASE("all.dims", torch::all(m, {0, 1}))
CASE("any.dims.keep", torch::any(m, {0}, true))
CASE("nanmean", torch::nanmean(z.view({3, 4})))
CASE("nanmean.dim", torch::nanmean(z.view({3, 4}), 1))
CASE("nansum.dim_2", torch::nansum(z.view({3, 4}), 1, true))
CASE("sum.strided", big.slice(1, 0, 33, 2).sum(0))
CASE("sum.expand", a.select(0, 0).expand({100, 4}).sum(0))
CASE("sum.big", big.sum())
CASE("sum.big.dim", big.sum(0))
CASE("sum.prec", torch::full({100000}, 0.1).sum())
CASE("mean.prec", torch::full({100000}, 0.1).mean())
CASE("sum.half.big", torch::full({5000}, 0.1, torch::kHalf).sum())
CASE("sum_out", [] {
  auto o = torch::empty({0}); torch::sum_out(o, a, 1); return o;
})
CASE("mean_out", [] {
  auto o = torch::empty({0}); torch::mean_out(o, a, {0}, true); return o;
})
CASE("max_out", [] {
  auto o = torch::empty({0});
  auto x = torch::empty({0}, torch::kLong);
  torch::max_out(o, x, a, 1);
  return std::make_tuple(o, x);
})
CASE("argmax_out", [] {
  auto o = torch::empty({0}, torch::kLong); torch::argmax_out(o, a, 0); return o;
})
CASE("all_out", [] {
  auto o = torch::empty({0}, torch::kBool); torch::all_out(o, m, 1); return o;
})
CASE("sum_out.int", [] {
  auto o = torch::empty({0}, torch::kInt); torch::sum_out(o, a, 1); return o;
})
CASE("sum_to_size", a.sum_to_size({1, 4}))
CASE("sum.keep.strides", img.sum(1, true).strides().vec())
CASE("sum.cl.strides", img.contiguous(torch::MemoryFormat::ChannelsLast).sum({2, 3}, true).strides().vec())
CASE("max.t.strides", std::get<0>(torch::ones({2, 3, 4}).permute({2, 0, 1}).max(1)).strides().vec())
CASE("sum.cx", cx.sum(1))
CASE("mean.cx", cx.mean())
CASE("prod.cx", cx.prod())
CASE("var.cx", cx.var())
CASE_ERROR("err.max.cx", cx.max())
CASE_ERROR("err.std.int", i.std())
CASE("tie.structured", [] {
  auto [v1, i1] = a.max(1); return std::make_tuple(v1, i1);
})

}  // namespace
