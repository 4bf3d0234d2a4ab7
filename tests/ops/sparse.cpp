// Op table: sparse tensors.
#include "harness.h"

namespace {

AREA("sparse")

static torch::Tensor I() {
  return torch::tensor({0, 1, 1, 2, 0, 2}, torch::kLong).view({2, 3});
}
static torch::Tensor S() {
  return torch::sparse_coo_tensor(I(), torch::tensor({3., 4., 5.}), {2, 3});
}
static torch::Tensor U() {
  return torch::sparse_coo_tensor(torch::tensor({0,0,1,1,1,2}, torch::kLong).view({2,3}), torch::tensor({1., 2., -4.}), {2, 3});
}
static torch::Tensor H() {
  return torch::sparse_coo_tensor(torch::tensor({0, 2}, torch::kLong).view({1,2}), torch::ones({2, 3}), {4, 3});
}
static torch::Tensor D() {
  return torch::arange(6.).view({2, 3});
}
static std::tuple<torch::Tensor, torch::Tensor, bool, torch::Tensor> X(torch::Tensor t) {
  return {t._indices(), t._values(), t.is_coalesced(), t};
}
static std::string P(torch::Tensor t) {
  std::ostringstream o; o << t; return o.str();
}

CASE("make", X(S()))
CASE("make.infer", X(torch::sparse_coo_tensor(I(), torch::ones({3}))))
CASE("make.empty", X(torch::sparse_coo_tensor({2, 3}, torch::kFloat)))
CASE("make.dtype", X(torch::sparse_coo_tensor(I(), torch::ones({3}), {2, 3}, torch::kDouble)))
CASE("make.unsafe", X(torch::_sparse_coo_tensor_unsafe(I(), torch::ones({3}), {2, 3})))
CASE("make.zeros", X(torch::zeros({2, 3}, torch::TensorOptions().layout(torch::kSparse))))
CASE("make.emptyopt", X(torch::empty({2, 3}, torch::TensorOptions().layout(torch::kSparse))))
CASE("make.grad", torch::sparse_coo_tensor(I(), torch::ones({3}), {2, 3}, torch::TensorOptions().requires_grad(true)).requires_grad())
CASE_ERROR("err.nnz", torch::sparse_coo_tensor(I(), torch::ones({2}), {2, 3}))
CASE_ERROR("err.rank", torch::sparse_coo_tensor(I(), torch::ones({3}), {2, 3, 4}))
CASE_ERROR("err.ind", torch::sparse_coo_tensor(I()[0], torch::ones({3}), {2, 3}))
CASE_ERROR("err.indices", U().indices())
CASE_ERROR("err.values", U().values())
CASE("coalesce", X(U().coalesce()))
CASE("coalesce.H", X(H().coalesce()))
CASE("parts", std::make_tuple(S().coalesce().indices(), S().coalesce().values()))
CASE("dims", std::make_tuple(S().sparse_dim(), H().sparse_dim(), H().dense_dim(), H()._nnz(), S()._dimI(), H()._dimV(), D().dense_dim(), D().sparse_dim()))
CASE("flags", std::make_tuple(S().is_sparse(), D().is_sparse(), S().layout() == torch::kSparse, S().dim(), S().numel(), S().is_leaf(), S().is_contiguous()))
CASE("opts", std::make_tuple(S().options().layout() == torch::kSparse, S().scalar_type() == torch::kFloat))
CASE("strname", S().toString())
CASE("dense", S().to_dense())
CASE("dense.U", U().to_dense())
CASE("dense.H", H().to_dense())
CASE("dense.bool", torch::sparse_coo_tensor(torch::zeros({1,2}, torch::kLong), torch::ones({2}, torch::kBool), {3}).to_dense())
CASE("to_sparse", X(D().to_sparse()))
CASE("to_sparse.1", X(D().to_sparse(1)))
CASE("to_sparse.0d", X(torch::tensor(2.0).to_sparse()))
CASE("to_sparse.zero", X(torch::zeros({2,3}).to_sparse()))
CASE_ERROR("err.to_sparse", D().to_sparse(3))
CASE("add", X(S() + U()))
CASE("add.same", X(S() + S()))
CASE("add.c", X(S().coalesce() + U().coalesce()))
CASE("add.alpha", X(S().add(U(), 2)))
CASE("add.dense", D() + S())
CASE("add.dense.U", D() + U())
CASE("add.dense.H", torch::ones({4, 3}) + H())
CASE("add.dense.alpha", D().add(U(), 0.5))
CASE("add.promote", X(S().to(torch::kDouble) + U()))
CASE_ERROR("err.add.sd", S() + D())
CASE_ERROR("err.add.size", S() + H())
CASE_ERROR("err.add.scalar", S() + 1)
CASE("sub", X(S() - U()))
CASE("sub.dense", D() - U())
CASE("add_", D().add_(U()))
CASE("add_.alpha", D().add_(U(), -0.1))
CASE("add_.H", torch::ones({4,3}).add_(H(), 3))
CASE("add_.t", torch::ones({3,4}).t().add_(H(), 3))
CASE("add_.ss", X(S().add_(U())))
CASE("sub_.ss", X(S().sub_(U())))
CASE("mul", X(S() * 2))
CASE("mul.r", X(2 * S()))
CASE("mul.ss", (S() * S()).to_dense())
CASE("mul.su", (S() * U()).to_dense())
CASE("mul.d", X(S() * D()))
CASE("mul.dl", X(D() * S()))
CASE("mul.row", X(S() * torch::arange(3.)))
CASE("mul.H", X(H() * torch::arange(12.).view({4,3})))
CASE("mul.0d", X(U() * torch::tensor(2.0)))
CASE("mul_", X(U().mul_(2)))
CASE("div", X(U() / 2))
CASE("div.int", X(U().to(torch::kLong) / 2))
CASE("div.floor", X(U().div(2, "floor")))
CASE("div_", X(U().div_(2)))
CASE_ERROR("err.div", S() / D())
CASE("neg", X(-U()))
CASE("abs", X(U().abs()))
CASE("sqrt", X(S().sqrt()))
CASE("sin", X(U().sin()))
CASE("sign", X(U().sign()))
CASE("relu", X(U().relu()))
CASE("floor", X(U().floor()))
CASE("ceil", X((U() * 0.3).ceil()))
CASE("round", X((U() * 0.3).round()))
CASE("trunc", X((U() * 0.3).trunc()))
CASE("log1p", X(S().log1p()))
CASE("expm1", X(U().expm1()))
CASE("tanh", X(U().tanh()))
CASE("asinh", X(U().asinh()))
CASE("atan", X(U().atan()))
CASE("erf", X(U().erf()))
CASE("isnan", X(U().isnan()))
CASE("isinf", X(U().isinf()))
CASE("nan_to_num", X(U().nan_to_num()))
CASE("pow", X(U().pow(2)))
CASE("square", X(U().square()))
CASE_ERROR("err.pow0", U().pow(0))
CASE_ERROR("err.exp", U().exp())
CASE_ERROR("err.cos", U().cos())
CASE_ERROR("err.eq", U() == U())
CASE_ERROR("err.max", U().max())
CASE_ERROR("err.mean", U().mean())
CASE_ERROR("err.view", U().view({6}))
CASE_ERROR("err.reshape", U().reshape({6}))
CASE_ERROR("err.item", U().item())
CASE_ERROR("err.fill", U().fill_(1))
CASE_ERROR("err.sigmoid", U().sigmoid())
CASE_ERROR("err.cumsum", U().cumsum(0))
CASE_ERROR("err.where", torch::where(D() > 1, S(), D()))
CASE_ERROR("err.contig", U().contiguous())
CASE_ERROR("err.expand", U().expand({2,2,3}))
CASE_ERROR("err.copy", D().copy_(U()))
CASE_ERROR("err.copy2", U().copy_(D()))
CASE_ERROR("err.ones_like", torch::ones_like(U()))
CASE_ERROR("err.clamp", U().clamp(0, 1))
CASE_ERROR("err.nbytes", (double)U().nbytes())
CASE("copy", X(U().clone().copy_(S())))
CASE("sum", U().sum())
CASE("sum.0", X(S().sum(0)))
CASE("sum.1", X(S().sum(1)))
CASE("sum.neg", X(S().sum(-1)))
CASE("sum.dtype", U().sum(torch::kDouble))
CASE("sum.H", X(H().sum(1)))
CASE("sum.H0", H().sum(0))
CASE("ssum", torch::_sparse_sum(U()))
CASE("ssum.0", X(torch::_sparse_sum(U(), {0})))
CASE("ssum.H", X(torch::_sparse_sum(H(), {1})))
CASE("norm", U().norm())
CASE("norm.1", U().norm(1))
CASE("norm.H", H().norm())
CASE("t", X(S().t()))
CASE("transpose", X(S().transpose(0, 1)))
CASE("permute", X(S().permute({1, 0})))
CASE("T", X(S().numpy_T()))
CASE_ERROR("err.t.H", H().transpose(0, 1))
CASE("mm", S().mm(D().t()))
CASE("mm.r", torch::mm(D().t(), S()))
CASE("mm.ss", torch::mm(S(), S().t()).to_dense())
CASE("matmul", torch::matmul(S(), D().t()))
CASE("matmul.vec", torch::matmul(S(), torch::ones({3})))
CASE("mv", S().mv(torch::ones({3})))
CASE("addmm", torch::addmm(torch::ones({2,2}), S(), D().t()))
CASE("addmm.ab", torch::addmm(torch::ones({2,2}), S(), D().t(), 0.5, 2))
CASE("smm", torch::_sparse_mm(S(), D().t()))
CASE("saddmm", torch::_sparse_addmm(torch::ones({2,2}), S(), D().t(), 0.5, 2))
CASE_ERROR("err.mm", S().mm(D()))
CASE("select", X(S()[1]))
CASE("select.H", H()[2])
CASE("select.H1", X(H().select(1, 0)))
CASE("index_select", X(S().index_select(1, torch::tensor({2}))))
CASE("index_select.H", X(H().index_select(0, torch::tensor({2, 2}))))
CASE("index_select.D", X(H().index_select(1, torch::tensor({2, 0}))))
CASE("cat", X(torch::cat({S(), U()})))
CASE("cat.1", X(torch::cat({S(), U()}, 1)))
CASE("cat.H", X(torch::cat({H(), H()}, 1)))
CASE("stack", X(torch::stack({S(), U()})))
CASE("unsqueeze", X(S().unsqueeze(0)))
CASE("unsqueeze.2", X(S().unsqueeze(2)))
CASE("unsqueeze.H", X(H().unsqueeze(2)))
CASE("zero_", X(U().zero_()))
CASE("zeros_like", X(torch::zeros_like(U())))
CASE("empty_like", X(torch::empty_like(H())))
CASE("clone", X(U().clone()))
CASE("detach", X(U().detach()))
CASE("to", X(U().to(torch::kDouble)))
CASE("half", X(U().to(torch::kHalf)))
CASE("int", X(U().to(torch::kLong)))
CASE("same_size", U().is_same_size(S()))
CASE("any", U().any())
CASE("mask", X(D().sparse_mask(U())))
CASE("mask.c", X(D().sparse_mask(U().coalesce())))
CASE("mask.s", S().sparse_mask(U().coalesce()).to_dense())
CASE("mask.H", X(torch::arange(12.).view({4,3}).sparse_mask(H())))
CASE("resize", [] {
  auto t = S(); t.sparse_resize_({4, 5}, 2, 0); return X(t);
})
CASE("clear", [] {
  auto t = S(); t.sparse_resize_and_clear_({4, 5}, 1, 1); return X(t);
})
CASE("coalesced_", [] {
  auto t = S(); t._coalesced_(true); return X(t);
})
CASE("print", P(S()))
CASE("print.c", P(U().coalesce()))
CASE("print.H", P(H()))
CASE("print.e", P(torch::zeros_like(U())))
CASE("g.mm", [] {
  auto l = S().requires_grad_(); torch::mm(l, D().t()).sum().backward(); return l.grad();
})
CASE("g.smm", [] {
  auto l = S().requires_grad_(); torch::_sparse_mm(l, D().t()).sum().backward(); return X(l.grad());
})
CASE("g.smm.d", [] {
  auto x = D().requires_grad_(); torch::_sparse_mm(S(), x.t()).pow(2).sum().backward(); return x.grad();
})
CASE("g.mm.d", [] {
  auto x = D().requires_grad_(); torch::mm(S(), x.t()).pow(2).sum().backward(); return x.grad();
})
CASE("g.addmm", [] {
  auto x = D().requires_grad_(); auto y = torch::ones({2,2}).requires_grad_(); torch::addmm(y, S(), x.t()).pow(2).sum().backward(); return std::make_tuple(x.grad(), y.grad());
})
CASE("g.ssum", [] {
  auto l = S().requires_grad_(); torch::_sparse_sum(l).backward(); return X(l.grad());
})
CASE("g.sum", [] {
  auto l = S().requires_grad_(); l.sum().backward(); return l.grad();
})
CASE("g.dense", [] {
  auto l = S().requires_grad_(); (l.to_dense() * D()).sum().backward(); return X(l.grad());
})
CASE("g.dense.nomask", [] {
  auto l = S().requires_grad_(); l.to_dense(c10::nullopt, false).sum().backward(); return l.grad();
})
CASE("g.add", [] {
  auto l = S().requires_grad_(); (l + l).to_dense().sum().backward(); return l.grad();
})
CASE("g.mul", [] {
  auto l = S().requires_grad_(); (l * l).to_dense().sum().backward(); return l.grad();
})
CASE("g.muls", [] {
  auto l = S().requires_grad_(); (l * 3).to_dense().sum().backward(); return l.grad();
})
CASE("g.t", [] {
  auto l = S().requires_grad_(); l.t().to_dense().sum().backward(); return l.grad();
})
CASE("g.to_sparse", [] {
  auto x = D().requires_grad_(); (x.to_sparse() * 2).to_dense().pow(2).sum().backward(); return x.grad();
})
CASE("g.mask", [] {
  auto x = D().requires_grad_(); x.sparse_mask(S().coalesce()).to_dense().pow(2).sum().backward(); return x.grad();
})
CASE("g.addd", [] {
  auto x = D().requires_grad_(); auto l = S().requires_grad_(); (x + l).pow(2).sum().backward(); return std::make_tuple(x.grad(), l.grad());
})
CASE("emb", [] {
  nn::Embedding e(nn::EmbeddingOptions(5, 2).sparse(true).padding_idx(1)); e(torch::tensor({{0, 2}, {1, 0}})).sum().backward(); return X(e->weight.grad());
})
CASE("emb.acc", [] {
  nn::Embedding e(nn::EmbeddingOptions(5, 2).sparse(true)); e(torch::tensor({{0, 2}, {1, 0}})).sum().backward(); e(torch::tensor({3})).sum().backward(); return X(e->weight.grad());
})
CASE("emb.dense", [] {
  nn::Embedding e(nn::EmbeddingOptions(5, 2).sparse(true)); e(torch::tensor({{0, 2}, {1, 0}})).sum().backward(); e->weight.sum().backward(); return e->weight.grad();
})
CASE("emb.dense2", [] {
  nn::Embedding e(nn::EmbeddingOptions(5, 2).sparse(true)); e->weight.sum().backward(); e(torch::tensor({{0, 2}, {1, 0}})).sum().backward(); return e->weight.grad();
})
CASE("emb.twice", [] {
  nn::Embedding e(nn::EmbeddingOptions(5, 2).sparse(true)); (e(torch::tensor({0, 2})).sum() + e(torch::tensor({2, 4})).pow(2).sum()).backward(); return e->weight.grad();
})
CASE_ERROR("err.emb.scale", [] {
  nn::Embedding e(nn::EmbeddingOptions(5, 2).sparse(true).scale_grad_by_freq(true)); e(torch::tensor({0, 2})).sum().backward(); return 0;
})
CASE("bag.sum", [] {
  nn::EmbeddingBag e(nn::EmbeddingBagOptions(5, 2).sparse(true).mode(torch::kSum)); e(torch::tensor({1,2,4,3}), torch::tensor({0, 2})).sum().backward(); return X(e->weight.grad());
})
CASE("bag.mean", [] {
  nn::EmbeddingBag e(nn::EmbeddingBagOptions(5, 2).sparse(true).mode(torch::kMean)); e(torch::tensor({1,2,4,3}), torch::tensor({0, 2})).sum().backward(); return X(e->weight.grad());
})
CASE_ERROR("err.bag.max", [] {
  nn::EmbeddingBag e(nn::EmbeddingBagOptions(5, 2).sparse(true).mode(torch::kMax)); e(torch::tensor({1,2,4,3}), torch::tensor({0, 2})).sum().backward(); return 0;
})
CASE("bag.psw", [] {
  nn::EmbeddingBag e(nn::EmbeddingBagOptions(5, 2).sparse(true).mode(torch::kSum)); auto w = torch::arange(4.).requires_grad_(); e(torch::tensor({1,2,4,1}), torch::tensor({0, 2}), w).sum().backward(); return X(e->weight.grad());
})
CASE("gather", [] {
  auto x = D().requires_grad_(); x.gather(1, torch::tensor({0, 2}).view({2,1}), true).sum().backward(); return X(x.grad());
})
CASE("zero_grad", [] {
  nn::Embedding e(nn::EmbeddingOptions(5, 2).sparse(true)); torch::optim::SGD o(e->parameters(), 0.1); e(torch::tensor({0, 2, 2})).pow(2).sum().backward(); o.zero_grad(false); return e->weight.grad();
})
CASE("clip", [] {
  nn::Embedding e(nn::EmbeddingOptions(5, 2).sparse(true)); e(torch::tensor({0, 2, 2})).pow(2).sum().backward(); auto n = nn::utils::clip_grad_norm_(e->parameters(), 0.1); return std::make_tuple(n, e->weight.grad().to_dense());
})

}  // namespace
