// Op table: autograd.
#include "harness.h"

namespace {

AREA("autograd")

using torch::autograd::grad;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using torch::autograd::Variable;
struct MulC : torch::autograd::Function<MulC> {
  static torch::Tensor forward(AutogradContext* ctx, torch::Tensor x, double k) {
    ctx->save_for_backward({x});
    ctx->saved_data["k"] = k;
    return x * x * k;
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    auto x = ctx->get_saved_variables()[0];
    double k = ctx->saved_data["k"].toDouble();
    return {g[0] * 2 * x * k, torch::Tensor()};
  }
};
struct Two : torch::autograd::Function<Two> {
  static variable_list forward(AutogradContext* ctx, torch::Tensor x, torch::Tensor y) {
    ctx->save_for_backward({x, y});
    return {x + y, x * y};
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    auto s = ctx->get_saved_variables();
    return {g[0] + g[1] * s[1], g[0] + g[1] * s[0]};
  }
};
struct Dirty : torch::autograd::Function<Dirty> {
  static torch::Tensor forward(AutogradContext* ctx, torch::Tensor x) {
    { x.mul_(3); } ctx->mark_dirty({x});
    return x;
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    return {g[0] * 3};
  }
};
struct NonDiff : torch::autograd::Function<NonDiff> {
  static variable_list forward(AutogradContext* ctx, torch::Tensor x) {
    auto ix = x.argmax(1);
    ctx->mark_non_differentiable({ix});
    return {x * 2, ix};
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    return {g[0] * 2};
  }
};
struct Needs : torch::autograd::Function<Needs> {
  static torch::Tensor forward(AutogradContext* ctx, torch::Tensor x, torch::Tensor y) {
    ctx->save_for_backward({x, y});
    return x * y;
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    auto s = ctx->get_saved_variables();
    torch::Tensor gx, gy;
    if (ctx->needs_input_grad(0)) gx = g[0] * s[1];
    if (ctx->needs_input_grad(1)) gy = g[0] * s[0] * 100;
    return {gx, gy};
  }
};
struct BadCount : torch::autograd::Function<BadCount> {
  static torch::Tensor forward(AutogradContext* ctx, torch::Tensor x) {
    return x * 1;
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    return {g[0], g[0]};
  }
};
struct Und : torch::autograd::Function<Und> {
  static variable_list forward(AutogradContext* ctx, torch::Tensor x, bool mat) {
    ctx->set_materialize_grads(mat);
    return {x * 2, x * 3};
  }
  static variable_list backward(AutogradContext* ctx, variable_list g) {
    auto r = g[0] * 2;
    if (g[1].defined()) r = r + g[1] * 3 + 10;
    return {r, torch::Tensor()};
  }
};

CASE("backward", [] {
  (p * q).sum().backward(); return std::make_tuple(p.grad(), q.grad());
})
CASE("backward.accumulate", [] {
  auto l = (p * p).sum(); l.backward({}, true); l.backward(); return p.grad();
})
CASE_ERROR("err.backward.twice", [] {
  auto l = (p * p).sum(); l.backward(); l.backward(); return 0;
})
CASE("backward.twice.linear", [] {
  auto l = p.sum(); l.backward(); l.backward(); return p.grad();
})
CASE_ERROR("err.backward.nonscalar", [] {
  (p * 2).backward(); return 0;
})
CASE("backward.gradient", [] {
  (p * 2).backward(q.detach()); return p.grad();
})
CASE_ERROR("err.backward.gradshape", [] {
  (p * 2).backward(v.detach()); return 0;
})
CASE_ERROR("err.backward.norg", [] {
  a.sum().backward(); return 0;
})
CASE("backward.inputs", [] {
  (p * q).sum().backward({}, false, false, std::vector<torch::Tensor>{p});
  return std::make_tuple(p.grad().defined(), q.grad().defined());
})
CASE("autograd.backward", [] {
  torch::autograd::backward({p.sum(), (q * 2).sum()}, {}); return std::make_tuple(p.grad(), q.grad());
})
CASE("grad", grad({(p * q).sum()}, {p, q}))
CASE("grad.outputs", grad({p * q}, {p}, {torch::ones({3, 4}, torch::kDouble) * 2}))
CASE("grad.noacc", [] {
  grad({(p * q).sum()}, {p}); return p.grad().defined();
})
CASE_ERROR("err.grad.unused", grad({p.sum()}, {p, q}))
CASE_ERROR("err.grad.norg", grad({p.sum()}, {a}))
CASE("grad.nonleaf", [] {
  auto y = p * 2; auto l = (y * y).sum(); return grad({l}, {y});
})
CASE("grad.multi", grad({p.sum(), (p * q).sum()}, {p}))
CASE("grad.2", [] {
  auto g = grad({p.pow(3).sum()}, {p}, {}, true, true)[0];
  return std::make_tuple(g, g.requires_grad(), grad({g.sum()}, {p})[0]);
})
CASE("grad.3", [] {
  auto g1 = grad({(p.sin() * q.exp()).sum()}, {p}, {}, true, true)[0];
  auto g2 = grad({g1.pow(2).sum()}, {p}, {}, true, true)[0];
  auto g3 = grad({(g2 * p).sum()}, {p, q})[0];
  return std::make_tuple(g1, g2, g3);
})
CASE("grad.hvp", [] {
  auto f = (p.mm(w).tanh()).pow(2).sum();
  auto g = grad({f}, {p, w}, {}, true, true);
  return grad({(g[0] * q.detach()).sum() + g[1].sum()}, {p, w});
})
CASE("grad.softmax2", [] {
  auto g = grad({p.softmax(1).pow(2).sum()}, {p}, {}, true, true)[0]; return grad({g.pow(2).sum()}, {p});
})
CASE("grad.penalty", [] {
  auto y = torch::conv2d(im, w.view({-1}).slice(0, 0, 12).view({1, 3, 2, 2})).sigmoid().sum();
  auto g = grad({y}, {im}, {}, true, true)[0];
  auto pen = (g.norm(2) - 1).pow(2);
  pen.backward();
  return w.grad();
})
CASE("backward.create_graph", [] {
  p.pow(3).sum().backward({}, true, true); auto g = p.grad(); auto r = grad({g.sum()}, {p}); return r;
})
CASE("is_leaf",
     std::make_tuple(p.is_leaf(), (p * 2).is_leaf(), a.is_leaf(), (a * 2).is_leaf(), (p * 2).detach().is_leaf()))
CASE("output_nr", [] {
  auto x = p.unbind(0);
  return std::make_tuple((int64_t)p.output_nr(), (int64_t)x[0].output_nr(), (int64_t)x[2].output_nr());
})
CASE("grad_fn.names", [] {
  std::string r;
  for (auto& t : std::vector<torch::Tensor>{p + q, p * q, p - 1, p / q, p.exp(), p.sum(), p.mean(), p.t(), p.view({12}), p.mm(w), p[0], p.slice(0, 0, 1), p.relu(), p.pow(2), p.index({torch::tensor({0})}), p.softmax(1), p.log_softmax(1), torch::cat({p, q}), torch::stack({p, q}), p.clone(), p.to(torch::kFloat), p.max(), std::get<0>(p.max(1)), p.permute({1, 0}), p.expand({2, 3, 4}), p.sigmoid(), p.tanh(), p.neg(), torch::where(m, p, q), p.unsqueeze(0), p.reshape({2, 6}), p.select(1, 0), p.abs(), p.sqrt(), p.log(), p.clamp(0, 1), p.var(), p.norm(), p.matmul(w), torch::addmm(p.new_zeros({5}), p, w), p.sum(0), p.squeeze(), p.transpose(0, 1), p.masked_fill(m, 0), p.gather(0, torch::zeros({1, 4}, torch::kLong)), p.cumsum(0), p.repeat({2, 1}), p.flatten()}) r += t.grad_fn()->name() + " ";
  return r;
})
CASE("grad_fn.leaf", p.grad_fn() == nullptr)
CASE("next_edges", [] {
  auto f = (p * q + 1).grad_fn();
  auto e0 = f->next_edges();
  auto e1 = e0[0].function->next_edges();
  return std::make_tuple((int64_t)e0.size(), e0[0].is_valid(), e1[0].function->name(), e1[1].function->name(), (int64_t)f->num_inputs(), (int64_t)f->num_outputs());
})
CASE("next_edges.chain", [] {
  std::string r;
  auto f = (p.exp().sum() * 2).grad_fn();
  while (f) { r += f->name() + " "; auto n = f->next_edges(); f = n.empty() ? nullptr : n[0].function; } return r;
})
CASE("requires_grad", [] {
  auto x = torch::ones({2});
  x.set_requires_grad(true);
  auto y = x * 2;
  return std::make_tuple(x.requires_grad(), y.requires_grad(), y.detach().requires_grad());
})
CASE_ERROR("err.requires_grad.int", i.requires_grad_())
CASE_ERROR("err.requires_grad.nonleaf", (p * 2).requires_grad_(false))
CASE("retain_grad", [] {
  auto y = p * 2; y.retain_grad(); (y * y).sum().backward(); return std::make_tuple(y.grad(), y.retains_grad());
})
CASE("retain_grad.leaf", [] {
  p.retain_grad(); return p.retains_grad();
})
CASE("hook", [] {
  auto hd = p.register_hook([](torch::Tensor g) { return g * 10; }); (p * 2).sum().backward(); return p.grad();
})
CASE("hook.void", [] {
  double r = 0;
  p.register_hook([&](torch::Tensor g) { r = g.sum().item<double>(); });
  (p * 2).sum().backward();
  return r;
})
CASE("hook.order", [] {
  p.register_hook([](torch::Tensor g) { return g + 1; });
  p.register_hook([](torch::Tensor g) { return g * 10; });
  p.sum().backward();
  return p.grad();
})
CASE("hook.remove", [] {
  auto hd = p.register_hook([](torch::Tensor g) { return g * 10; });
  p.remove_hook(hd);
  p.sum().backward();
  return p.grad();
})
CASE("hook.nonleaf", [] {
  auto y = p * 2; y.register_hook([](torch::Tensor g) { return g * 10; }); (y * q).sum().backward(); return p.grad();
})
CASE("hook.inplace", [] {
  auto y = p * 2;
  y.register_hook([](torch::Tensor g) { return g * 10; });
  y.mul_(3);
  y.sum().backward();
  return p.grad();
})
CASE_ERROR("err.hook.norg", [] {
  a.register_hook([](torch::Tensor g) { return g; }); return 0;
})
CASE("version", [] {
  std::vector<int64_t> r;
  r.push_back(a._version());
  a.add_(1);
  r.push_back(a._version());
  auto y = a.view({12});
  y.mul_(2);
  r.push_back(a._version());
  r.push_back(y._version());
  a.detach().add_(1);
  r.push_back(a._version());
  auto k = a.clone();
  r.push_back(k._version());
  a.data().add_(1);
  r.push_back(a._version());
  a[0] = 1;
  r.push_back(a._version());
  a.zero_();
  r.push_back(a._version());
  return r;
})
CASE("version.nograd", [] {
  torch::NoGradGuard g; p.add_(1); return (int64_t)p._version();
})
CASE_ERROR("err.inplace.saved", [] {
  auto y = p.exp(); auto l = (y * y).sum(); y.add_(1); l.backward(); return 0;
})
CASE_ERROR("err.inplace.saved.input", [] {
  auto t = p * 1; auto l = t.sin().sum(); t.mul_(2); l.backward(); return 0;
})
CASE("inplace.ok", [] {
  auto t = p * 1; auto y = t + 1; t.mul_(2); (y.sum() + t.sum()).backward(); return p.grad();
})
CASE_ERROR("err.inplace.leaf", [] {
  p.add_(1); return 0;
})
CASE_ERROR("err.inplace.leaf.view", [] {
  p.view({12}).add_(1); return 0;
})
CASE("inplace.nograd.leaf", [] {
  { torch::NoGradGuard g; p.mul_(0.5); } p.pow(2).sum().backward();
  return std::make_tuple(p, p.grad(), p.requires_grad());
})
CASE("inplace.view", [] {
  auto t = p * 1;
  auto y = t.view({12});
  y.slice(0, 0, 6).mul_(3);
  return std::make_tuple(t, y.grad_fn()->name(), t.grad_fn()->name());
})
CASE_GRAD("inplace.view.grad", [] {
  auto t = p * 1; t.view({12}).slice(0, 0, 6).mul_(3); t.select(1, 0).exp_(); return t * q;
})
CASE_GRAD("inplace.base.view", [] {
  auto t = p * 1; auto y = t[0]; t.mul_(q); return y * 2;
})
CASE_GRAD("inplace.copy", [] {
  auto t = torch::zeros({3, 4}, torch::kDouble); t.copy_(p); t[1].copy_(q[0]); return t;
})
CASE_GRAD("inplace.fill", [] {
  auto t = p * 2; t.select(0, 0).zero_(); t[1].fill_(3); return t;
})
CASE("inplace.leaf.norg", [] {
  auto t = torch::zeros({3, 4}, torch::kDouble);
  t.add_(p);
  return std::make_tuple(t.requires_grad(), t.is_leaf(), t.grad_fn()->name());
})
CASE_ERROR("err.inplace.unbind", [] {
  auto t = p * 1; auto x = t.unbind(0); x[0].mul_(2); return 0;
})
CASE_ERROR("err.inplace.split", [] {
  auto t = p * 1; auto x = t.split(1); x[0].mul_(2); return 0;
})
CASE_ERROR("err.inplace.nograd.view", [] {
  auto t = p * 1;
  torch::Tensor y;
  { torch::NoGradGuard g; y = t.view({12}); } y.mul_(2);
  y.sum().backward();
  return 0;
})
CASE("detach", [] {
  auto t = (p * 2).detach(); t.mul_(0); return std::make_tuple(t, t.requires_grad(), p);
})
CASE("detach.shares", [] {
  auto t = p.detach(); t.zero_(); return p;
})
CASE("detach_", [] {
  auto t = p * 2; t.detach_(); return std::make_tuple(t.requires_grad(), t.is_leaf());
})
CASE_ERROR("err.detach_.view", [] {
  auto t = (p * 2).view({12}); t.detach_(); return 0;
})
CASE_ERROR("err.out.grad", [] {
  auto o = torch::zeros({3, 4}, torch::kDouble); torch::add_out(o, p, q); return o;
})
CASE("nograd", [] {
  torch::NoGradGuard g;
  auto y = p * 2;
  return std::make_tuple(y.requires_grad(), y.is_leaf(), torch::GradMode::is_enabled(), torch::ones({1}, torch::requires_grad()).requires_grad());
})
CASE("nograd.nested", [] {
  bool r1, r2, r3;
  { torch::NoGradGuard g; { torch::AutoGradMode e2(true); r1 = (p * 2).requires_grad(); } r2 = (p * 2).requires_grad(); } r3 = (p * 2).requires_grad();
  return std::make_tuple(r1, r2, r3);
})
CASE("inference", [] {
  torch::InferenceMode g;
  auto y = p * 2;
  auto n = torch::ones({2});
  return std::make_tuple(y.requires_grad(), y.is_inference(), n.is_inference(), p.is_inference(), torch::InferenceMode::is_enabled());
})
CASE_ERROR("err.inference.version", [] {
  torch::InferenceMode g; auto n = torch::ones({2}); return (int64_t)n._version();
})
CASE_ERROR("err.inference.save", [] {
  torch::Tensor n; { torch::InferenceMode g; n = torch::ones({3, 4}, torch::kDouble); } auto y = p * n; return y;
})
CASE_ERROR("err.inference.inplace", [] {
  torch::Tensor n; { torch::InferenceMode g; n = torch::ones({3, 4}); } n.add_(1); return n;
})
CASE("inference.clone", [] {
  torch::Tensor n;
  { torch::InferenceMode g; n = torch::ones({3, 4}, torch::kDouble); } (p * n.clone()).sum().backward();
  return p.grad();
})
CASE("fn.mulc", [] {
  auto y = MulC::apply(p, 2.5); y.sum().backward(); return std::make_tuple(y, p.grad());
})
CASE("fn.mulc.grad2", [] {
  auto g = grad({MulC::apply(p, 2.0).pow(2).sum()}, {p}, {}, true, true)[0]; return grad({g.sum()}, {p});
})
CASE("fn.mulc.norg", MulC::apply(a, 2.0).requires_grad())
CASE("fn.name", (int64_t)(MulC::apply(p, 2.0).grad_fn()->name().find("MulC") != std::string::npos))
CASE_GRAD("fn.two", [] {
  auto y = Two::apply(p, q); return y[0] * 2 + y[1];
})
CASE_GRAD("fn.two.partial", Two::apply(p, q)[1])
CASE_GRAD("fn.dirty", [] {
  auto t = p * 1; auto y = Dirty::apply(t); return y * q;
})
CASE("fn.dirty.version", [] {
  auto t = p * 1; auto y = Dirty::apply(t); return std::make_tuple(y.is_same(t), (int64_t)t._version());
})
CASE("fn.nondiff", [] {
  auto y = NonDiff::apply(p);
  y[0].sum().backward();
  return std::make_tuple(y[0].requires_grad(), y[1].requires_grad(), p.grad());
})
CASE("fn.needs", [] {
  auto y = Needs::apply(p, a.to(torch::kDouble)); y.sum().backward(); return p.grad();
})
CASE_GRAD("fn.needs2", Needs::apply(p, q))
CASE_ERROR("err.fn.badcount", [] {
  BadCount::apply(p).sum().backward(); return 0;
})
CASE("fn.und", grad({Und::apply(p, false)[0].sum()}, {p}))
CASE("fn.und.mat", grad({Und::apply(p, true)[0].sum()}, {p}))
CASE_ERROR("err.fn.saved.inplace", [] {
  auto t = p * 1; auto y = MulC::apply(t, 2.0); t.add_(1); y.sum().backward(); return 0;
})
CASE("anomaly", [] {
  torch::autograd::DetectAnomalyGuard g; (p * 2).sum().backward(); return p.grad();
})
CASE_ERROR("err.anomaly.nan", [] {
  torch::autograd::DetectAnomalyGuard g;
  auto t = torch::zeros({2}, torch::requires_grad());
  (t.sqrt() * 0).sum().backward();
  return 0;
})
CASE("grad.set", [] {
  p.mutable_grad() = torch::ones({3, 4}, torch::kDouble); (p * 2).sum().backward(); return p.grad();
})
CASE("grad.reset", [] {
  p.sum().backward(); p.mutable_grad().reset(); return p.grad().defined();
})
CASE("grad.zero", [] {
  p.sum().backward(); p.grad().zero_(); return p.grad();
})
CASE("grad.alias", [] {
  p.sum().backward(); auto g = p.grad(); p.sum().backward(); return g;
})
CASE_ERROR("err.grad.set.shape", [] {
  p.mutable_grad() = torch::ones({2}, torch::kDouble); p.sum().backward(); return p.grad();
})
CASE("grad.dtype", [] {
  auto x = a.to(torch::kHalf).requires_grad_(); (x.to(torch::kFloat) * b).sum().backward(); return x.grad();
})
CASE("grad.strides", [] {
  auto x = torch::ones({4, 3}).t().detach().requires_grad_();
  (x * a).sum().backward();
  return x.grad().strides().vec();
})
CASE("set_data", [] {
  p.set_data(torch::ones({2, 2}, torch::kDouble)); return std::make_tuple(p, p.requires_grad());
})
CASE("data.noversion", [] {
  auto y = p.pow(2); p.data().zero_(); y.sum().backward(); return p.grad();
})
CASE("shared.sub", [] {
  auto y = p.exp(); auto l = (y * y + y).sum() + y.log().sum(); l.backward(); return p.grad();
})
CASE("deep.chain", [] {
  auto y = p; for (int k = 0; k < 2000; ++k) y = y * 1.0001; y.sum().backward(); return p.grad();
})
CASE_GRAD("diamond", [] {
  auto x = p * 2; auto y = x.sin(), zz = x.cos(); return (y * zz + y / (zz + 3)) * q;
})
CASE("unused.branch", [] {
  auto y = (p * q).exp(); auto l = p.sum(); l.backward(); return std::make_tuple(p.grad(), q.grad().defined());
})
CASE_GRAD("int.branch", p * p.argmax().to(torch::kDouble) + (p > 0).to(torch::kDouble) * q)
CASE_GRAD("complex.real", torch::view_as_real(torch::complex(p, q) * torch::complex(q, p)))
CASE("complex.abs.grad", [] {
  auto x = cx.detach().requires_grad_(); x.abs().sum().backward(); return x.grad();
})
CASE("jacobian", [] {
  auto y = (v * v).cumsum(0);
  std::vector<torch::Tensor> r;
  for (int k = 0; k < 6; ++k) r.push_back(grad({y[k]}, {v}, {}, true)[0]);
  return torch::stack(r);
})

}  // namespace
