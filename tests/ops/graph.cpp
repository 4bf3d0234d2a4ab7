// Op table: what steps ops leave in the graph, and their second derivatives at hard points.
#include "harness.h"

namespace {

AREA("graph")

using torch::Tensor;

// Names of the steps behind a tensor, two levels deep.
template <class P>
std::string steps(const P& node, int depth) {
  if (!node) return "-";
  std::string s = node->name();
  if (depth == 0) return s;
  s += "(";
  for (const auto& e : node->next_edges()) s += steps(e.function, depth - 1) + ",";
  return s + ")";
}
std::string steps(const Tensor& t) { return steps(t.grad_fn(), 2); }
Tensor leaf(std::vector<double> x) { return torch::tensor(x, torch::kDouble).requires_grad_(); }
// Value, gradient and second derivative of a fixed weighting with respect to x.
std::vector<Tensor> derivatives(const Tensor& y, const Tensor& x) {
  const auto weighted = [](const Tensor& t) {
    const Tensor r = t.is_complex() ? torch::view_as_real(t) : t;
    return (r * (torch::arange(r.numel(), torch::kDouble).view(r.sizes()) * 0.37 + 0.5).sin()).sum();
  };
  std::vector<Tensor> r{y.detach()};
  const Tensor g = torch::autograd::grad({weighted(y)}, {x}, {}, true, true)[0];
  r.push_back(g.detach());
  if (!g.requires_grad()) return r;
  const Tensor h = torch::autograd::grad({weighted(g)}, {x}, {}, true, false, true)[0];
  r.push_back(h.defined() ? h.clone() : torch::zeros({}));
  return r;
}
#define SECOND(NAME, X, ...) CASE(NAME, [] { const Tensor x = X; return derivatives(__VA_ARGS__, x); })

CASE("names.index", steps(p.index_select(0, j)) + steps(p.gather(0, torch::zeros({1, 4}, torch::kLong))) + steps(p.take(j)) + steps(p.index({j})) + steps(p.index({m})) + steps(p.masked_select(m)))
CASE("names.scatter", steps(p.scatter(0, torch::zeros({3, 4}, torch::kLong), q)) + steps(p.scatter_add(0, torch::zeros({3, 4}, torch::kLong), q)) + steps(p.index_add(0, j, q)) + steps(p.index_copy(0, j, q)) + steps(p.index_put({j}, q)) + steps(p.put(j, v.slice(0, 0, 3))))
CASE("names.masked", steps(p.masked_fill(m, 1)) + steps(p.masked_fill(m, v[0])) + steps(p.masked_scatter(m, q)) + steps(torch::where(m, p, q)) + steps(torch::where(m, p, torch::zeros({}, torch::kDouble))))
CASE("names.special", steps(torch::deg2rad(p)) + steps(torch::rad2deg(p)) + steps(torch::special_entr(v)) + steps(torch::mvlgamma(v + 2, 2)) + steps(torch::glu(p, 1)) + steps(torch::celu(p)))
CASE("names.clamp", steps(p.clamp_min(0)) + steps(p.clamp_max(0)) + steps(p.clamp(0, 1)) + steps(p.clamp_min(q)))
CASE("names.median", steps(p.median()) + steps(p.nanmedian()))
CASE("names.inplace", [] {
  std::string s;
  { auto t = p * 1; t.cumprod_(1); s += steps(t); }
  { auto t = p * 1; t.logit_(0.2); s += steps(t); }
  { auto t = p * 1; t.nan_to_num_(); s += steps(t); }
  { auto t = p * 1; t.clamp_min_(q); s += steps(t); }
  { auto t = p * 1; t.clamp_max_(0); s += steps(t); }
  { auto t = p * 1; t.slice(0, 0, 1).mul_(2); s += steps(t); }
  return s;
})
CASE("names.max.inputs", static_cast<int64_t>(std::get<0>(p.max(1)).grad_fn()->num_inputs()))

CASE_GRAD("inplace.cumprod_", [] { auto t = p * 1; t.cumprod_(1); return t; })
CASE_GRAD("inplace.cumsum_", [] { auto t = p * 1; t.cumsum_(0); return t; })
CASE_GRAD("inplace.logit_", [] { auto t = p * 1; t.logit_(0.2); return t; })
CASE_GRAD("inplace.nan_to_num_", [] { auto t = p * 1; t.nan_to_num_(); return t; })
CASE_GRAD("inplace.renorm_", [] { auto t = p * 1; t.renorm_(2, 0, 1); return t; })
CASE_GRAD("inplace.clamp_min_", [] { auto t = p * 1; t.clamp_min_(q); return t; })
CASE_GRAD("inplace.polygamma_", [] { auto t = v * 1; t.polygamma_(1); return t; })
CASE_GRAD("inplace.cumprod_.view", [] { auto t = p * 1; t[1].cumprod_(0); return t; })
CASE_ERROR("err.inplace.mul_self", [] { auto t = p * 1; t.mul_(t); t.sum().backward(); return 0; })

SECOND("second.elu", leaf({0, -0.0, 1, -1}), torch::elu(x))
SECOND("second.celu", leaf({0, -0.0, 1, -1}), torch::celu(x, 2))
SECOND("second.hardtanh.nan", leaf({NAN, 0.5, 2}), torch::hardtanh(x))
SECOND("second.elu.nan", leaf({NAN, 0.5, -INFINITY}), torch::elu(x))
SECOND("second.hardswish.nan", leaf({NAN, 0.5, 4}), torch::hardswish(x))
SECOND("second.entr", leaf({0, 0.5, 2}), torch::special_entr(x))
SECOND("second.i1", leaf({0, 1e-9, 2}), torch::special_i1(x))
SECOND("second.i1e", leaf({0, 1e-9, 2}), torch::special_i1e(x))
SECOND("second.acosh", leaf({1, 3, 2}), torch::acosh(x))
SECOND("second.tanh.complex", torch::complex(torch::tensor({0.3, -1.2}, torch::kDouble), torch::tensor({0.2, 0.5}, torch::kDouble)).requires_grad_(), torch::tanh(x))
SECOND("second.sigmoid.complex", torch::complex(torch::tensor({0.3, -1.2}, torch::kDouble), torch::tensor({0.2, 0.5}, torch::kDouble)).requires_grad_(), torch::sigmoid(x))
SECOND("second.sinc.complex", torch::complex(torch::tensor({0.3, -1.2}, torch::kDouble), torch::tensor({0.2, 0.5}, torch::kDouble)).requires_grad_(), torch::sinc(x))
SECOND("second.amax.nan", leaf({1, NAN, 2}), x.amax())
SECOND("second.max.nan", leaf({1, NAN, 2}), x.max())
SECOND("second.prod.zeros", leaf({0, 3, 0, 2}), x.prod())
SECOND("second.cumprod.zeros", leaf({1, 0, 3, 0, 2}), x.cumprod(0))
SECOND("second.norm.zero", leaf({0, 0}), x.norm())
SECOND("second.std.one", leaf({2}), x.std(false))
SECOND("second.pow.zero", leaf({0, 0.5, 2}), x.pow(1.5))
SECOND("second.where.nan", leaf({1, 0, -1}), torch::where(x > 0, x.log(), x))
SECOND("second.det.singular", leaf({1, 2, 2, 4}), torch::det(x.view({2, 2})))
SECOND("second.det.singular3", leaf({1, 2, 3, 2, 4, 6, 1, 0, 1}), torch::det(x.view({3, 3})))
SECOND("second.matmul.batched", leaf({1, 2, 3, 4}), torch::matmul(x.view({2, 2}), torch::linspace(-1, 1, 24, torch::kDouble).view({3, 2, 2, 2}) * x[0]))
SECOND("second.deg2rad", leaf({1, 2}), torch::deg2rad(x * x))
SECOND("second.glu", leaf({1, 2, 3, 4}), torch::glu(x))
SECOND("second.bce.target", leaf({0.25, 0.5}), torch::binary_cross_entropy(torch::tensor({0.5, 0.75}, torch::kDouble), x))

}  // namespace
