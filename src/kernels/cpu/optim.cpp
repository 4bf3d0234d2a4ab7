#include "kernels/cpu/optim.h"

#include <cmath>
#include <vector>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/simd.h"

#ifndef WICK_OPTIM_TYPES_  // this file is compiled once per target; these are shared
#define WICK_OPTIM_TYPES_
namespace wick::kernels::cpu {
namespace {
enum class Phase { norm, update, lamb_apply };

// One piece of one tensor: what a step reads and writes.
struct Piece {
  void *p, *g, *s0, *s1, *s2;
  int64_t n;
};
struct Sums { double first = 0, second = 0; };
}  // namespace
}  // namespace wick::kernels::cpu
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/optim.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include "kernels/cpu/reduce_rows-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace {
namespace HWY_NAMESPACE {
using namespace rows::HWY_NAMESPACE;

template <class A> HWY_INLINE VecOf<A> All(double v) { return hn::Set(Tag<A>(), static_cast<A>(v)); }

// a + w (b - a), from the nearer end as torch.lerp
template <class A>
struct Lerp {
  VecOf<A> w;
  bool small;
  explicit HWY_INLINE Lerp(double weight) : w(All<A>(weight < 0.5 ? weight : 1 - weight)), small(weight < 0.5) {}
  HWY_INLINE VecOf<A> operator()(VecOf<A> a, VecOf<A> b) const {
    const auto d = hn::Sub(b, a);
    return small ? hn::MulAdd(w, d, a) : hn::NegMulAdd(w, d, b);
  }
};
// b s + (1 - b) g^2
template <class A>
struct MeanSquare {
  VecOf<A> beta, rest;
  explicit HWY_INLINE MeanSquare(double b) : beta(All<A>(b)), rest(All<A>(1 - b)) {}
  HWY_INLINE VecOf<A> operator()(VecOf<A> s, VecOf<A> g) const { return hn::MulAdd(hn::Mul(g, rest), g, hn::Mul(s, beta)); }
};
template <class A>
HWY_INLINE VecOf<A> SignOf(VecOf<A> v) {
  const auto zero = hn::Zero(Tag<A>());
  return hn::IfThenElse(hn::Gt(v, zero), All<A>(1), hn::IfThenElse(hn::Lt(v, zero), All<A>(-1), v));
}

// The rules: each turns gradient, parameter and states into the new parameter and states. The gradient already has
// its sign, scale and decay, the parameter its shrinking.

template <class A>
struct Sgd {  // a: momentum, b: 1 - dampening; flag: Nesterov; c: the buffer is empty. State: buffer
  VecOf<A> lr, mu, damp;
  bool buffer, fresh, nesterov;
  HWY_INLINE Sgd(const OptimStep& o, const Piece& t) : lr(All<A>(o.lr)), mu(All<A>(o.a)), damp(All<A>(o.b)), buffer(t.s0), fresh(o.c != 0), nesterov(o.flag) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& m, VecOf<A>&, VecOf<A>&) const {
    if (buffer) {
      m = fresh ? g : hn::MulAdd(g, damp, hn::Mul(m, mu));
      g = nesterov ? hn::MulAdd(mu, m, g) : m;
    }
    p = hn::NegMulAdd(lr, g, p);
  }
};

template <class A>
struct Adam {  // a: 1 - beta1, b: beta2, c: root of the second bias correction. States: means, squares, their maximum
  Lerp<A> mean;
  MeanSquare<A> square;
  VecOf<A> lr, eps, root2;
  bool top;
  HWY_INLINE Adam(const OptimStep& o, const Piece& t) : mean(o.a), square(o.b), lr(All<A>(o.lr)), eps(All<A>(o.eps)), root2(All<A>(o.c)), top(t.s2) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& m, VecOf<A>& v, VecOf<A>& most) const {
    m = mean(m, g);
    v = square(v, g);
    if (top) most = MaxNan<A>(most, v);
    const auto denom = hn::Add(hn::Div(hn::Sqrt(top ? most : v), root2), eps);
    p = hn::NegMulAdd(lr, hn::Div(m, denom), p);
  }
};

template <class A>
struct Adamax {  // a: 1 - beta1, b: beta2. States: means, largest
  Lerp<A> mean;
  VecOf<A> lr, eps, beta2;
  HWY_INLINE Adamax(const OptimStep& o, const Piece&) : mean(o.a), lr(All<A>(o.lr)), eps(All<A>(o.eps)), beta2(All<A>(o.b)) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& m, VecOf<A>& u, VecOf<A>&) const {
    m = mean(m, g);
    u = MaxNan<A>(hn::Mul(u, beta2), hn::Add(hn::Abs(g), eps));
    p = hn::NegMulAdd(lr, hn::Div(m, u), p);
  }
};

template <class A>
struct NAdam {  // lr: rate of the gradient; a: 1 - beta1, b: beta2, c: rate of the mean, d: root of the second bias correction. States: means, squares
  Lerp<A> mean;
  MeanSquare<A> square;
  VecOf<A> lr, eps, of_mean, root2;
  HWY_INLINE NAdam(const OptimStep& o, const Piece&) : mean(o.a), square(o.b), lr(All<A>(o.lr)), eps(All<A>(o.eps)), of_mean(All<A>(o.c)), root2(All<A>(o.d)) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& m, VecOf<A>& v, VecOf<A>&) const {
    m = mean(m, g);
    v = square(v, g);
    const auto denom = hn::Add(hn::Div(hn::Sqrt(v), root2), eps);
    p = hn::NegMulAdd(lr, hn::Div(g, denom), p);
    p = hn::NegMulAdd(of_mean, hn::Div(m, denom), p);
  }
};

template <class A>
struct RAdam {  // a: 1 - beta1, b: beta2, c: rectification times the root of the second bias correction; flag: rectified
  Lerp<A> mean;
  MeanSquare<A> square;
  VecOf<A> lr, eps, rect;
  bool rectified;
  HWY_INLINE RAdam(const OptimStep& o, const Piece&) : mean(o.a), square(o.b), lr(All<A>(o.lr)), eps(All<A>(o.eps)), rect(All<A>(o.c)), rectified(o.flag) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& m, VecOf<A>& v, VecOf<A>&) const {
    m = mean(m, g);
    v = square(v, g);
    const auto step = rectified ? hn::Mul(m, hn::Div(rect, hn::Add(hn::Sqrt(v), eps))) : m;
    p = hn::NegMulAdd(lr, step, p);
  }
};

template <class A>
struct Adagrad {  // State: sum of squares
  VecOf<A> lr, eps;
  HWY_INLINE Adagrad(const OptimStep& o, const Piece&) : lr(All<A>(o.lr)), eps(All<A>(o.eps)) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& sum, VecOf<A>&, VecOf<A>&) const {
    sum = hn::MulAdd(g, g, sum);
    p = hn::NegMulAdd(lr, hn::Div(g, hn::Add(hn::Sqrt(sum), eps)), p);
  }
};

template <class A>
struct Adadelta {  // a: rho. States: squares, squares of the steps
  MeanSquare<A> square;
  VecOf<A> lr, eps;
  HWY_INLINE Adadelta(const OptimStep& o, const Piece&) : square(o.a), lr(All<A>(o.lr)), eps(All<A>(o.eps)) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& v, VecOf<A>& steps, VecOf<A>&) const {
    v = square(v, g);
    const auto step = hn::Mul(hn::Div(hn::Sqrt(hn::Add(steps, eps)), hn::Sqrt(hn::Add(v, eps))), g);
    steps = square(steps, step);
    p = hn::NegMulAdd(lr, step, p);
  }
};

template <class A>
struct RmsProp {  // a: alpha, b: momentum. States: squares, buffer, means
  MeanSquare<A> square;
  Lerp<A> mean;
  VecOf<A> lr, eps, mu;
  bool momentum, centered;
  HWY_INLINE RmsProp(const OptimStep& o, const Piece& t) : square(o.a), mean(1 - o.a), lr(All<A>(o.lr)), eps(All<A>(o.eps)), mu(All<A>(o.b)), momentum(t.s1), centered(t.s2) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& v, VecOf<A>& buffer, VecOf<A>& m) const {
    v = square(v, g);
    auto var = v;
    if (centered) {
      m = mean(m, g);
      var = hn::NegMulAdd(m, m, v);
    }
    auto step = hn::Div(g, hn::Add(hn::Sqrt(var), eps));
    if (momentum) step = buffer = hn::MulAdd(buffer, mu, step);
    p = hn::NegMulAdd(lr, step, p);
  }
};

template <class A>
struct Rprop {  // a, b: factors after a change of sign and without; lr, c: smallest and largest size. States: last gradient, sizes
  VecOf<A> down, up, least, most;
  HWY_INLINE Rprop(const OptimStep& o, const Piece&) : down(All<A>(o.a)), up(All<A>(o.b)), least(All<A>(o.lr)), most(All<A>(o.c)) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& last, VecOf<A>& size, VecOf<A>&) const {
    const auto zero = hn::Zero(Tag<A>()), both = hn::Mul(g, last);
    const auto turned = hn::Lt(both, zero);
    size = hn::Mul(size, hn::IfThenElse(turned, down, hn::IfThenElse(hn::Gt(both, zero), up, All<A>(1))));
    size = hn::Min(hn::Max(size, least), most);
    last = hn::IfThenElse(turned, zero, g);
    p = hn::NegMulAdd(SignOf<A>(last), size, p);
  }
};

template <class A>
struct Asgd {  // a: weight of the new value in the average. State: average
  VecOf<A> lr, weight;
  bool start;
  HWY_INLINE Asgd(const OptimStep& o, const Piece&) : lr(All<A>(o.lr)), weight(All<A>(o.a)), start(o.a == 1) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& average, VecOf<A>&, VecOf<A>&) const {
    p = hn::NegMulAdd(lr, g, p);
    average = start ? p : hn::MulAdd(hn::Sub(p, average), weight, average);
  }
};

template <class A>
struct Lion {  // a: 1 - beta1, b: 1 - beta2. State: means
  Lerp<A> now, mean;
  VecOf<A> lr;
  HWY_INLINE Lion(const OptimStep& o, const Piece&) : now(o.a), mean(o.b), lr(All<A>(o.lr)) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>& p, VecOf<A>& m, VecOf<A>&, VecOf<A>&) const {
    p = hn::NegMulAdd(lr, SignOf<A>(now(m, g)), p);
    m = mean(m, g);
  }
};

// LAMB: the length of the step depends on norms over the whole tensor, so that the parameter changes in a second pass
// (LambApply, with the norms' ratio in lr). a: 1 - beta1, b: beta2, c, d: inverse bias corrections, e: decay. States: means, squares
template <class A>
struct LambStep {
  VecOf<A> one, two, eps, decay;
  explicit HWY_INLINE LambStep(const OptimStep& o) : one(All<A>(o.c)), two(All<A>(o.d)), eps(All<A>(o.eps)), decay(All<A>(o.e)) {}
  HWY_INLINE VecOf<A> operator()(VecOf<A> p, VecOf<A> m, VecOf<A> v) const {
    return hn::MulAdd(decay, p, hn::Div(hn::Mul(m, one), hn::Add(hn::Sqrt(hn::Mul(v, two)), eps)));
  }
};
template <class A>
struct Lamb {
  Lerp<A> mean;
  MeanSquare<A> square;
  HWY_INLINE Lamb(const OptimStep& o, const Piece&) : mean(o.a), square(o.b) {}
  HWY_INLINE void operator()(VecOf<A> g, VecOf<A>&, VecOf<A>& m, VecOf<A>& v, VecOf<A>&) const {
    m = mean(m, g);
    v = square(v, g);
  }
};

template <class A, class K>
HWY_INLINE VecOf<A> LoadState(const A* s, int64_t i, K k) { return s ? LoadAs(s + i, k) : hn::Zero(Tag<A>()); }

// The loop that all rules share.
template <template <class> class Rule, class A>
HWY_NOINLINE void Update(const OptimStep& o, const OptimPass& pass, const Piece& t) {
  A *p = static_cast<A*>(t.p), *g = static_cast<A*>(t.g), *s0 = static_cast<A*>(t.s0), *s1 = static_cast<A*>(t.s1), *s2 = static_cast<A*>(t.s2);
  const Rule<A> rule(o, t);
  const bool clips = std::isfinite(pass.clip), decays = o.decay != 0, shrinks = o.shrink != 1;
  const auto most = All<A>(pass.clip), least = All<A>(-pass.clip), scale = All<A>(o.maximize ? -pass.scale : pass.scale), decay = All<A>(o.decay), shrink = All<A>(o.shrink);
  EachVector<A>(t.n, [&](int64_t i, auto k) HWY_ATTR {
    auto vp = LoadAs(p + i, k), vg = hn::Mul(LoadAs(g + i, k), scale);
    if (clips) vg = MinNan<A>(MaxNan<A>(vg, least), most);
    if (decays) vg = hn::MulAdd(decay, vp, vg);
    if (shrinks) vp = hn::Mul(vp, shrink);
    auto v0 = LoadState(s0, i, k), v1 = LoadState(s1, i, k), v2 = LoadState(s2, i, k);
    rule(vg, vp, v0, v1, v2);
    StoreAs(vp, p + i, k);
    if (s0) StoreAs(v0, s0 + i, k);
    if (s1) StoreAs(v1, s1 + i, k);
    if (s2) StoreAs(v2, s2 + i, k);
    if (pass.zero) StoreAs(hn::Zero(Tag<A>()), g + i, k);
  });
}

// Sum of squares in double: no overflow for float, whatever the size.
template <class A, class F>
HWY_INLINE double SquaresOf(int64_t n, const F& value) {
  const Tag<double> d;
  auto s = hn::Zero(d), s2 = hn::Zero(d);
  EachVector<A>(n, [&](int64_t i, auto k) HWY_ATTR {
    const auto v = value(i, k);
    if constexpr (std::is_same_v<A, double>) {
      s = hn::MulAdd(v, v, s);
    } else {
      const hn::Half<Tag<float>> half;
      const auto low = hn::PromoteTo(d, hn::LowerHalf(half, v));
      s = hn::MulAdd(low, low, s);
#if HWY_TARGET != HWY_SCALAR
      const auto high = hn::PromoteTo(d, hn::UpperHalf(half, v));
      s2 = hn::MulAdd(high, high, s2);
#endif
    }
  });
  return SumLanes<double>(hn::Add(s, s2));
}

template <class A>
Sums LambNorms(const OptimStep& o, const Piece& t) {
  const A *p = static_cast<A*>(t.p), *m = static_cast<A*>(t.s0), *v = static_cast<A*>(t.s1);
  const LambStep<A> step(o);
  return {SquaresOf<A>(t.n, [&](int64_t i, auto k) HWY_ATTR { return LoadAs(p + i, k); }),
          SquaresOf<A>(t.n, [&](int64_t i, auto k) HWY_ATTR {
            return Fill<A>(step(LoadAs(p + i, k), LoadAs(m + i, k), LoadAs(v + i, k)), hn::Zero(Tag<A>()), k);
          })};
}
template <class A>
void LambApply(const OptimStep& o, const Piece& t) {
  A *p = static_cast<A*>(t.p), *m = static_cast<A*>(t.s0), *v = static_cast<A*>(t.s1);
  const LambStep<A> step(o);
  const auto lr = All<A>(o.lr);
  EachVector<A>(t.n, [&](int64_t i, auto k) HWY_ATTR {
    const auto vp = LoadAs(p + i, k);
    StoreAs(hn::NegMulAdd(lr, step(vp, LoadAs(m + i, k), LoadAs(v + i, k)), vp), p + i, k);
  });
}

template <class A>
Sums RunAs(Phase phase, const OptimStep& o, const OptimPass& pass, const Piece& t) {
  if (phase == Phase::norm) return {SquaresOf<A>(t.n, [&](int64_t i, auto k) HWY_ATTR { return LoadAs(static_cast<const A*>(t.g) + i, k); }), 0};
  if (phase == Phase::lamb_apply) return LambApply<A>(o, t), Sums();
  switch (o.rule) {
    case OptimRule::sgd: Update<Sgd, A>(o, pass, t); break;
    case OptimRule::adam: Update<Adam, A>(o, pass, t); break;
    case OptimRule::adamax: Update<Adamax, A>(o, pass, t); break;
    case OptimRule::nadam: Update<NAdam, A>(o, pass, t); break;
    case OptimRule::radam: Update<RAdam, A>(o, pass, t); break;
    case OptimRule::adagrad: Update<Adagrad, A>(o, pass, t); break;
    case OptimRule::adadelta: Update<Adadelta, A>(o, pass, t); break;
    case OptimRule::rmsprop: Update<RmsProp, A>(o, pass, t); break;
    case OptimRule::rprop: Update<Rprop, A>(o, pass, t); break;
    case OptimRule::asgd: Update<Asgd, A>(o, pass, t); break;
    case OptimRule::lion: Update<Lion, A>(o, pass, t); break;
    case OptimRule::lamb: Update<Lamb, A>(o, pass, t); return LambNorms<A>(o, t);
  }
  return {};
}

template <class T>
void Convert(const T* from, float* to, int64_t n) {
  EachVector<float>(n, [&](int64_t i, auto k) HWY_ATTR { StoreAs(LoadAs(from + i, k), to + i, k); });
}
template <class T>
void Convert(const float* from, T* to, int64_t n) {
  EachVector<float>(n, [&](int64_t i, auto k) HWY_ATTR { StoreAs(LoadAs(from + i, k), to + i, k); });
}

// bfloat16 and half go through float, a block at a time.
template <class T>
Sums RunNarrow(Phase phase, const OptimStep& o, const OptimPass& pass, const Piece& t) {
  constexpr int64_t block = 512;
  float wide[5][block];
  void* const all[5] = {t.p, t.g, t.s0, t.s1, t.s2};
  Sums sums;
  for (int64_t at = 0; at < t.n; at += block) {
    const int64_t n = std::min(block, t.n - at);
    void* part[5] = {};
    for (int j = 0; j < 5; ++j) {
      if (!all[j]) continue;
      Convert(static_cast<const T*>(all[j]) + at, wide[j], n);
      part[j] = wide[j];
    }
    const Sums s = RunAs<float>(phase, o, pass, {part[0], part[1], part[2], part[3], part[4], n});
    sums.first += s.first;
    sums.second += s.second;
    if (phase == Phase::norm) continue;
    for (int j = 0; j < 5; ++j)
      if (all[j] && (j != 1 || pass.zero)) Convert(static_cast<const float*>(wide[j]), static_cast<T*>(all[j]) + at, n);
  }
  return sums;
}

Sums RunPiece(ScalarType type, Phase phase, const OptimStep& o, const OptimPass& pass, const Piece& t) {
  switch (type) {
    case kDouble: return RunAs<double>(phase, o, pass, t);
    case kBFloat16: return RunNarrow<BFloat16>(phase, o, pass, t);
    case kHalf: return RunNarrow<Half>(phase, o, pass, t);
    default: return RunAs<float>(phase, o, pass, t);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
namespace {
HWY_EXPORT(RunPiece);

constexpr int64_t kPiece = 16384;  // elements per task, so that large and small tensors share the threads evenly

struct Task {
  size_t tensor;
  int64_t begin;
};

std::vector<Task> tasks_of(const std::vector<OptimTensor>& tensors) {
  std::vector<Task> tasks;
  for (size_t k = 0; k < tensors.size(); ++k)
    for (int64_t b = 0; b < tensors[k].size; b += kPiece) tasks.push_back({k, b});
  return tasks;
}

// Runs a phase over all tasks; the sums of each.
std::vector<Sums> run(Phase phase, const std::vector<OptimTensor>& tensors, const std::vector<Task>& tasks, const OptimPass& pass) {
  std::vector<Sums> sums(tasks.size());
  double total = 0;
  for (const OptimTensor& t : tensors) total += static_cast<double>(t.size);
  const int64_t n = static_cast<int64_t>(tasks.size());
  parallel_tasks(n, n ? total / static_cast<double>(n) : 0, [&](int64_t i) {
    const Task& k = tasks[static_cast<size_t>(i)];
    const OptimTensor& t = tensors[k.tensor];
    const auto at = [&](void* p) -> void* { return p ? static_cast<char*>(p) + static_cast<size_t>(k.begin) * element_size(t.type) : nullptr; };
    const Piece piece{at(t.param), at(t.grad), at(t.states[0]), at(t.states[1]), at(t.states[2]), std::min(kPiece, t.size - k.begin)};
    sums[static_cast<size_t>(i)] = HWY_DYNAMIC_DISPATCH(RunPiece)(t.type, phase, t.step, pass, piece);
  });
  return sums;
}

// The second pass of LAMB: each tensor's rate is multiplied by the norm of the parameter over that of the step.
void lamb_apply(const std::vector<OptimTensor>& tensors, const std::vector<Task>& tasks, const std::vector<Sums>& sums) {
  std::vector<OptimTensor> rest;
  for (size_t i = 0; i < tasks.size();) {
    const OptimTensor& t = tensors[tasks[i].tensor];
    Sums all;
    for (const size_t k = tasks[i].tensor; i < tasks.size() && tasks[i].tensor == k; ++i) {
      all.first += sums[i].first;
      all.second += sums[i].second;
    }
    if (t.step.rule != OptimRule::lamb) continue;
    rest.push_back(t);
    rest.back().grad = nullptr;
    if (all.first > 0 && all.second > 0) rest.back().step.lr *= std::sqrt(all.first / all.second);
  }
  if (!rest.empty()) run(Phase::lamb_apply, rest, tasks_of(rest), {});
}
}  // namespace

double grad_norm(const std::vector<OptimTensor>& tensors) {
  std::vector<OptimTensor> grads(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    grads[i].type = tensors[i].type;
    grads[i].size = tensors[i].size;
    grads[i].grad = tensors[i].grad;
  }
  double sum = 0;
  for (const Sums& s : run(Phase::norm, grads, tasks_of(grads), {})) sum += s.first;
  return std::sqrt(sum);
}

void optim_step(const std::vector<OptimTensor>& tensors, const OptimPass& pass) {
  const std::vector<Task> tasks = tasks_of(tensors);
  lamb_apply(tensors, tasks, run(Phase::update, tensors, tasks, pass));
}

}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE
