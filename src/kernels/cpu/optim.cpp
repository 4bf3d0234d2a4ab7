#include "kernels/cpu/optim.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/simd.h"

#ifndef WICK_OPTIM_TYPES_  // this file is compiled once per target; these are shared
#define WICK_OPTIM_TYPES_
namespace wick::kernels::cpu {
namespace {
enum class Rule { norm, sgd, adam, adagrad, rmsprop };

// One piece of one tensor: what a step reads and writes.
struct Piece {
  void *p, *g, *s0, *s1, *s2;
  int64_t n;
  bool first;  // sgd: the buffer is empty
};
// Everything a step needs to know, in double; kernels round each number once, as PyTorch does.
struct Step {
  Rule rule;
  bool maximize, zero, nesterov, decoupled;
  double scale, lr, decay, eps;
  double a, b, c;  // sgd: momentum, 1 - dampening; adam: 1 - beta1, beta2, root of bias_correction2; rmsprop: alpha, momentum
};
}  // namespace
}  // namespace wick::kernels::cpu
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/optim.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kernels/cpu/reduce_rows-inl.h"

HWY_BEFORE_NAMESPACE();
namespace wick::kernels::cpu {
namespace {
namespace HWY_NAMESPACE {
using namespace rows::HWY_NAMESPACE;

// The gradient as the rule sees it: scaled, negated for maximize, with the decay term added.
template <class A>
struct Grad {
  VecOf<A> scale, decay;
  bool decays;
  HWY_INLINE Grad(const Step& o, bool decay_in_grad)
      : scale(hn::Set(Tag<A>(), static_cast<A>(o.maximize ? -o.scale : o.scale))),
        decay(hn::Set(Tag<A>(), static_cast<A>(o.decay))), decays(decay_in_grad && o.decay != 0) {}
  HWY_INLINE VecOf<A> operator()(VecOf<A> g, VecOf<A> p) const {
    g = hn::Mul(g, scale);
    return decays ? hn::MulAdd(decay, p, g) : g;
  }
};

// a + w (b - a), from the nearer end as torch.lerp
template <class A>
struct Lerp {
  VecOf<A> w;
  bool small;
  explicit HWY_INLINE Lerp(double weight)
      : w(hn::Set(Tag<A>(), static_cast<A>(weight < 0.5 ? weight : 1 - weight))), small(weight < 0.5) {}
  HWY_INLINE VecOf<A> operator()(VecOf<A> a, VecOf<A> b) const {
    const auto d = hn::Sub(b, a);
    return small ? hn::MulAdd(w, d, a) : hn::NegMulAdd(w, d, b);
  }
};

template <class A>
void SgdPiece(const Step& o, const Piece& t) {
  A *p = static_cast<A*>(t.p), *g = static_cast<A*>(t.g), *m = static_cast<A*>(t.s0);
  const Tag<A> d;
  const Grad<A> grad(o, true);
  const auto lr = hn::Set(d, static_cast<A>(o.lr)), mu = hn::Set(d, static_cast<A>(o.a)),
             damp = hn::Set(d, static_cast<A>(o.b));
  EachVector<A>(t.n, [&](int64_t i, auto k) HWY_ATTR {
    const auto vp = LoadAs(p + i, k);
    auto vg = grad(LoadAs(g + i, k), vp);
    if (m) {
      const auto buf = t.first ? vg : hn::MulAdd(vg, damp, hn::Mul(LoadAs(m + i, k), mu));
      StoreAs(buf, m + i, k);
      vg = o.nesterov ? hn::MulAdd(mu, buf, vg) : buf;
    }
    StoreAs(hn::NegMulAdd(lr, vg, vp), p + i, k);
    if (o.zero) StoreAs(hn::Zero(d), g + i, k);
  });
}

template <class A>
void AdamPiece(const Step& o, const Piece& t) {
  A *p = static_cast<A*>(t.p), *g = static_cast<A*>(t.g), *m = static_cast<A*>(t.s0), *v = static_cast<A*>(t.s1),
    *top = static_cast<A*>(t.s2);
  const Tag<A> d;
  const Grad<A> grad(o, !o.decoupled);
  const Lerp<A> lerp(o.a);
  const auto shrink = hn::Set(d, static_cast<A>(o.decoupled ? o.decay : 1.0));
  const auto beta2 = hn::Set(d, static_cast<A>(o.b)), rest2 = hn::Set(d, static_cast<A>(1 - o.b)),
             root2 = hn::Set(d, static_cast<A>(o.c)), eps = hn::Set(d, static_cast<A>(o.eps)),
             lr = hn::Set(d, static_cast<A>(o.lr));
  EachVector<A>(t.n, [&](int64_t i, auto k) HWY_ATTR {
    auto vp = LoadAs(p + i, k);
    const auto vg = grad(LoadAs(g + i, k), vp);
    vp = hn::Mul(vp, shrink);
    const auto vm = lerp(LoadAs(m + i, k), vg);
    auto vv = hn::MulAdd(hn::Mul(vg, rest2), vg, hn::Mul(LoadAs(v + i, k), beta2));
    StoreAs(vm, m + i, k);
    StoreAs(vv, v + i, k);
    if (top) {
      vv = MaxNan<A>(LoadAs(top + i, k), vv);
      StoreAs(vv, top + i, k);
    }
    const auto denom = hn::Add(hn::Div(hn::Sqrt(vv), root2), eps);
    StoreAs(hn::NegMulAdd(lr, hn::Div(vm, denom), vp), p + i, k);
    if (o.zero) StoreAs(hn::Zero(d), g + i, k);
  });
}

template <class A>
void AdagradPiece(const Step& o, const Piece& t) {
  A *p = static_cast<A*>(t.p), *g = static_cast<A*>(t.g), *s = static_cast<A*>(t.s0);
  const Tag<A> d;
  const Grad<A> grad(o, true);
  const auto lr = hn::Set(d, static_cast<A>(o.lr)), eps = hn::Set(d, static_cast<A>(o.eps));
  EachVector<A>(t.n, [&](int64_t i, auto k) HWY_ATTR {
    const auto vp = LoadAs(p + i, k), vg = grad(LoadAs(g + i, k), vp);
    const auto sum = hn::MulAdd(vg, vg, LoadAs(s + i, k));
    StoreAs(sum, s + i, k);
    StoreAs(hn::NegMulAdd(lr, hn::Div(vg, hn::Add(hn::Sqrt(sum), eps)), vp), p + i, k);
    if (o.zero) StoreAs(hn::Zero(d), g + i, k);
  });
}

template <class A>
void RmsPropPiece(const Step& o, const Piece& t) {
  A *p = static_cast<A*>(t.p), *g = static_cast<A*>(t.g), *s = static_cast<A*>(t.s0), *avg = static_cast<A*>(t.s1),
    *buf = static_cast<A*>(t.s2);
  const Tag<A> d;
  const Grad<A> grad(o, true);
  const Lerp<A> lerp(1 - o.a);
  const auto lr = hn::Set(d, static_cast<A>(o.lr)), eps = hn::Set(d, static_cast<A>(o.eps)),
             alpha = hn::Set(d, static_cast<A>(o.a)), rest = hn::Set(d, static_cast<A>(1 - o.a)),
             mu = hn::Set(d, static_cast<A>(o.b));
  EachVector<A>(t.n, [&](int64_t i, auto k) HWY_ATTR {
    const auto vp = LoadAs(p + i, k), vg = grad(LoadAs(g + i, k), vp);
    auto sq = hn::MulAdd(hn::Mul(vg, rest), vg, hn::Mul(LoadAs(s + i, k), alpha));
    StoreAs(sq, s + i, k);
    if (avg) {
      const auto va = lerp(LoadAs(avg + i, k), vg);
      StoreAs(va, avg + i, k);
      sq = hn::NegMulAdd(va, va, sq);
    }
    auto step = hn::Div(vg, hn::Add(hn::Sqrt(sq), eps));
    if (buf) {
      step = hn::MulAdd(LoadAs(buf + i, k), mu, step);
      StoreAs(step, buf + i, k);
    }
    StoreAs(hn::NegMulAdd(lr, step, vp), p + i, k);
    if (o.zero) StoreAs(hn::Zero(d), g + i, k);
  });
}

// Sum of squares in double: no overflow for float gradients, whatever their size.
template <class A>
double SquaresOf(const A* g, int64_t n) {
  const Tag<double> d;
  Four<double> s(hn::Zero(d));
  if constexpr (std::is_same_v<A, double>) {
    EachVector4<double>(n, [&](int64_t i, auto k, auto j) HWY_ATTR {
      const auto v = LoadAs(g + i, k);
      s.at(j) = hn::MulAdd(v, v, s.at(j));
    });
  } else {
    const hn::Rebind<float, Tag<double>> df;
    const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t i = 0;
    for (; i + 2 * lanes <= n; i += 2 * lanes) {
      const auto a = hn::PromoteTo(d, hn::LoadU(df, g + i)), b = hn::PromoteTo(d, hn::LoadU(df, g + i + lanes));
      s.v0 = hn::MulAdd(a, a, s.v0);
      s.v1 = hn::MulAdd(b, b, s.v1);
    }
    double tail = 0;
    for (; i < n; ++i) tail += static_cast<double>(g[i]) * static_cast<double>(g[i]);
    return SumLanes<double>(s.sum()) + tail;
  }
  return SumLanes<double>(s.sum());
}

template <class A>
double RunAs(const Step& o, const Piece& t) {
  switch (o.rule) {
    case Rule::norm: return SquaresOf(static_cast<const A*>(t.g), t.n);
    case Rule::sgd: SgdPiece<A>(o, t); break;
    case Rule::adam: AdamPiece<A>(o, t); break;
    case Rule::adagrad: AdagradPiece<A>(o, t); break;
    case Rule::rmsprop: RmsPropPiece<A>(o, t); break;
  }
  return 0;
}
double RunPiece(ScalarType type, const Step& o, const Piece& t) {
  return type == kDouble ? RunAs<double>(o, t) : RunAs<float>(o, t);
}

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace wick::kernels::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace wick::kernels::cpu {
namespace {
HWY_EXPORT(RunPiece);

constexpr int64_t kPiece = 16384;  // elements per task, so that large and small tensors share the threads evenly

struct Task {
  int64_t tensor, begin;
};

void* at(void* const* a, const Task& t, size_t size) {
  return a ? static_cast<char*>(a[t.tensor]) + static_cast<size_t>(t.begin) * size : nullptr;
}

// Runs the rule over all tensors; for Rule::norm returns the sum over pieces in order.
double run(const OptimTensors& t, const Step& o, void* const* s0, void* const* s1, void* const* s2,
           const bool* first) {
  std::vector<Task> tasks;
  int64_t total = 0;
  for (int64_t k = 0; k < t.count; ++k) {
    for (int64_t b = 0; b < t.sizes[k]; b += kPiece) tasks.push_back({k, b});
    total += t.sizes[k];
  }
  if (tasks.empty()) return 0;
  const int64_t n = static_cast<int64_t>(tasks.size());
  std::vector<double> sums(o.rule == Rule::norm ? tasks.size() : 0);
  const size_t size = element_size(t.type);
  parallel_tasks(n, static_cast<double>(total) / static_cast<double>(n), [&](int64_t i) {
    const Task& k = tasks[static_cast<size_t>(i)];
    const Piece piece{at(t.params, k, size), at(t.grads, k, size), at(s0, k, size), at(s1, k, size), at(s2, k, size),
                      std::min(kPiece, t.sizes[k.tensor] - k.begin), first && first[k.tensor]};
    const double s = HWY_DYNAMIC_DISPATCH(RunPiece)(t.type, o, piece);
    if (o.rule == Rule::norm) sums[static_cast<size_t>(i)] = s;
  });
  double sum = 0;
  for (const double s : sums) sum += s;
  return sum;
}

Step step_of(Rule rule, const OptimTensors& t, double lr, double decay, double eps) {
  return {rule, t.maximize, t.zero_grads, false, false, t.grad_scale, lr, decay, eps, 0, 0, 0};
}
}  // namespace

double grad_norm(const OptimTensors& t) {
  const Step o = step_of(Rule::norm, t, 0, 0, 0);
  OptimTensors grads = t;
  grads.params = nullptr;
  return std::sqrt(run(grads, o, nullptr, nullptr, nullptr, nullptr)) * std::abs(t.grad_scale);
}

void sgd_step(const OptimTensors& t, const Sgd& s, void* const* buffers, const bool* first) {
  Step o = step_of(Rule::sgd, t, s.lr, s.weight_decay, 0);
  o.nesterov = s.nesterov;
  o.a = s.momentum;
  o.b = 1 - s.dampening;
  run(t, o, s.momentum != 0 ? buffers : nullptr, nullptr, nullptr, first);
}

void adam_step(const OptimTensors& t, const Adam& s, void* const* exp_avgs, void* const* exp_avg_sqs,
               void* const* max_exp_avg_sqs) {
  Step o = step_of(Rule::adam, t, s.lr / s.bias_correction1,
                   s.decoupled ? 1 - s.lr * s.weight_decay : s.weight_decay, s.eps);
  o.decoupled = s.decoupled;
  o.a = 1 - s.beta1;
  o.b = s.beta2;
  o.c = std::sqrt(s.bias_correction2);
  run(t, o, exp_avgs, exp_avg_sqs, max_exp_avg_sqs, nullptr);
}

void adagrad_step(const OptimTensors& t, const Adagrad& s, void* const* sums) {
  run(t, step_of(Rule::adagrad, t, s.lr, s.weight_decay, s.eps), sums, nullptr, nullptr, nullptr);
}

void rmsprop_step(const OptimTensors& t, const RmsProp& s, void* const* square_avgs, void* const* grad_avgs,
                  void* const* buffers) {
  Step o = step_of(Rule::rmsprop, t, s.lr, s.weight_decay, s.eps);
  o.a = s.alpha;
  o.b = s.momentum;
  run(t, o, square_avgs, grad_avgs, s.momentum > 0 ? buffers : nullptr, nullptr);
}

}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE
