// Op table: gather_scatter_sort, part 2.
#include "harness.h"

namespace {

AREA("gather_scatter_sort")

static torch::Tensor gi() { return torch::tensor({{0, 1, 2, 0}, {2, 0, 1, 1}, {1, 2, 0, 2}}, torch::kLong); }

CASE_ERROR("err.masked_scatter", a.masked_scatter(torch::ones({3, 4}, torch::kBool), torch::ones({3})))
CASE("nonzero", torch::nonzero(m))
CASE("nonzero.1d", torch::nonzero(torch::tensor({0.0, 2.0, 0.0, -1.0})))
CASE("nonzero.0d", std::make_tuple(torch::nonzero(s).sizes().vec(), torch::nonzero(torch::tensor(0)).sizes().vec()))
CASE("nonzero.empty", e.nonzero())
CASE("nonzero.nan", z.nonzero())
CASE("nonzero_numpy", a.gt(0).nonzero_numpy())
CASE("sort.desc", a.sort(1, true))
CASE("sort.nan", z.sort())
CASE("sort.nan.desc", z.sort(0, true))
CASE("sort.0d", s.sort())
CASE("sort.empty", e.sort(1))
CASE("sort.bool", m.sort(1, false))
CASE("sort.half", hf.sort())
CASE_GRAD("sort.grad", p.sort(1))
CASE("sort.big", std::get<0>(big.view({-1}).sort()))
CASE("argsort.desc", a.argsort(0, true))
CASE("topk.small", a.topk(2, 0, false))
CASE("topk.all", a.topk(4, 1))
CASE("topk.0", std::get<0>(a.topk(0)).sizes().vec())
CASE("topk.nan", std::get<0>(z.topk(3)))
CASE_GRAD("topk.grad", p.topk(2, 1))
CASE_ERROR("err.topk", a.topk(5))
CASE("kthvalue.dim", a.kthvalue(3, 0, true))
CASE_GRAD("kthvalue.grad", p.kthvalue(2, 1))
CASE_ERROR("err.kthvalue", a.kthvalue(0))
CASE("isin", torch::isin(torch::tensor({1, 2, 3}), torch::tensor({2, 5})))
CASE("isin.invert", torch::isin(torch::tensor({1, 2, 3}), torch::tensor({2}), false, true))
CASE("isin.scalar", torch::isin(torch::tensor({1, 2, 3}), 2))
CASE("take_along", torch::take_along_dim(a, torch::argmax(a, 1, true), 1))
CASE("embedding", torch::embedding(a, j))
CASE("gather.noncontig", a.t().gather(1, gi().t()))
CASE("scatter.noncontig", torch::zeros({4, 3}).t().scatter_(0, gi(), a))
CASE("index_select.strides",
     torch::ones({2, 3, 4}).permute({2, 0, 1}).index_select(1, torch::tensor({0})).strides().vec())
CASE("tril_mask", a.masked_fill(torch::ones({3, 4}, torch::kBool).tril().logical_not(), -INFINITY))

}  // namespace
