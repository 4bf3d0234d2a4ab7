#include "kernels/cpu/softmax.h"

#include <cmath>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/simd.h"
#include "kernels/cpu/scratch.h"

#ifndef WICK_SOFTMAX_TYPES_  // this file is compiled once per target; these are shared
#define WICK_SOFTMAX_TYPES_
namespace wick::kernels::cpu {
namespace {
// Columns handled together when the reduced dimension is not the last: 1 KB of float, so that a step down the array
// touches whole lines and prefetches well, while the statistics stay in registers and L1.
constexpr int64_t kTile = 256;

struct Job {
  ScalarType type;
  int64_t n, inner;
  bool log;
  float* rows = nullptr;  // for narrow types: room for one row per thread, or for one in all
  bool per_thread = false;
};
struct CeJob {
  const CrossEntropy* o;
  const void* logits;
  const int64_t* target;
  int64_t n, inner;
  double weight_sum;         // over all classes, for smoothing
  void *loss, *stats, *out;  // forward: out is log_probs; backward: the gradient
  const void* grad;          // backward
  int64_t grad_stride;
  double scale;
};
}  // namespace
}  // namespace wick::kernels::cpu
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/cpu/softmax.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "kernels/cpu/target.h"

#include "kernels/cpu/reduce_rows-inl.h"

WICK_BEFORE_TARGET();
namespace wick::kernels::cpu {
namespace {
namespace HWY_NAMESPACE {
using namespace rows::HWY_NAMESPACE;

// Maximum and sum of exponentials of one row. A NaN anywhere reaches the sum, whatever the maximum made of it.
template <class T, class A = AccOf<T>>
void RowStats(const T* x, int64_t n, A* max, A* sum, A* exps) {
  const Tag<A> d;
  const auto lowest = hn::Set(d, -std::numeric_limits<A>::infinity());
  Four<A> m(lowest), s(hn::Zero(d));
  EachVector4<A>(n, [&](int64_t i, auto k, auto j) HWY_ATTR {
    m.at(j) = hn::Max(m.at(j), Fill<A>(LoadAs(x + i, k), lowest, k));
  });
  const A mx = hn::GetLane(hn::MaxOfLanes(d, hn::Max(hn::Max(m.v0, m.v1), hn::Max(m.v2, m.v3))));
  const auto vm = hn::Set(d, mx);
  if (exps) {
    EachVector4<A>(n, [&](int64_t i, auto k, auto j) HWY_ATTR {
      const auto e = ExpOf(hn::Sub(LoadAs(x + i, k), vm));
      StoreAs(e, exps + i, k);
      s.at(j) = hn::Add(s.at(j), Fill<A>(e, hn::Zero(d), k));
    });
  } else {
    EachVector4<A>(n, [&](int64_t i, auto k, auto j) HWY_ATTR {
      s.at(j) = hn::Add(s.at(j), Fill<A>(ExpOf(hn::Sub(LoadAs(x + i, k), vm)), hn::Zero(d), k));
    });
  }
  *max = mx;
  *sum = SumLanes<A>(s.sum());
}

// The same for `cols` neighbouring columns.
template <class T, class A = AccOf<T>>
void ColumnStats(const T* x, int64_t n, int64_t stride, int64_t cols, A* max, A* sum) {
  for (int64_t c = 0; c < cols; ++c) max[c] = -std::numeric_limits<A>::infinity(), sum[c] = 0;
  for (int64_t r = 0; r < n; ++r)
    EachVector<A>(cols, [&](int64_t c, auto k) HWY_ATTR {
      StoreAs(hn::Max(LoadAs(max + c, k), LoadAs(x + r * stride + c, k)), max + c, k);
    });
  for (int64_t r = 0; r < n; ++r)
    EachVector<A>(cols, [&](int64_t c, auto k) HWY_ATTR {
      const auto e = ExpOf(hn::Sub(LoadAs(x + r * stride + c, k), LoadAs(max + c, k)));
      StoreAs(hn::Add(LoadAs(sum + c, k), e), sum + c, k);
    });
}

// `x` may be in another type than the result: narrow types come here as a float row, so that their exponentials are
// computed once and rounded once.
template <class T, class A = AccOf<T>>
void SoftmaxRow(const A* x, A* exps, T* y, int64_t n, bool log) {
  const Tag<A> d;
  A mx, sum;
  RowStats(x, n, &mx, &sum, log ? nullptr : exps);
  const auto vm = hn::Set(d, mx), inv = hn::Set(d, A{1} / sum), ls = hn::Set(d, std::log(sum));
  if (log)
    EachVector<A>(n, [&](int64_t i, auto k) HWY_ATTR {
      StoreAs(hn::Sub(hn::Sub(LoadAs(x + i, k), vm), ls), y + i, k);
    });
  else
    EachVector<A>(n, [&](int64_t i, auto k) HWY_ATTR { StoreAs(hn::Mul(LoadAs(exps + i, k), inv), y + i, k); });
}
template <class T>
void SoftmaxAnyRow(const T* x, T* y, int64_t n, bool log, float* row) {
  if constexpr (std::is_same_v<T, AccOf<T>>) {
    SoftmaxRow(x, y, y, n, log);
  } else {
    EachVector<float>(n, [&](int64_t i, auto k) HWY_ATTR { StoreAs(LoadAs(x + i, k), row + i, k); });
    SoftmaxRow(row, row, y, n, log);
  }
}

template <class T, class A = AccOf<T>>
void SoftmaxColumns(const T* x, T* y, int64_t n, int64_t stride, int64_t cols, bool log) {
  A mx[kTile], sum[kTile];
  ColumnStats(x, n, stride, cols, mx, sum);
  for (int64_t c = 0; c < cols; ++c) sum[c] = log ? std::log(sum[c]) : A{1} / sum[c];
  for (int64_t r = 0; r < n; ++r, x += stride, y += stride)
    EachVector<A>(cols, [&](int64_t c, auto k) HWY_ATTR {
      const auto v = hn::Sub(LoadAs(x + c, k), LoadAs(mx + c, k));
      const auto s = LoadAs(sum + c, k);
      StoreAs(log ? hn::Sub(v, s) : hn::Mul(ExpOf(v), s), y + c, k);
    });
}

template <class T, class A = AccOf<T>>
void BackwardRow(const T* g, const T* y, T* gx, int64_t n, bool log) {
  const Tag<A> d;
  Four<A> s(hn::Zero(d));
  if (log)
    EachVector4<A>(n, [&](int64_t i, auto k, auto j) HWY_ATTR { s.at(j) = hn::Add(s.at(j), LoadAs(g + i, k)); });
  else
    EachVector4<A>(n, [&](int64_t i, auto k, auto j) HWY_ATTR {
      s.at(j) = hn::MulAdd(LoadAs(g + i, k), LoadAs(y + i, k), s.at(j));
    });
  const auto sum = hn::Set(d, SumLanes<A>(s.sum()));
  EachVector<A>(n, [&](int64_t i, auto k) HWY_ATTR {
    const auto vg = LoadAs(g + i, k), vy = LoadAs(y + i, k);
    StoreAs(log ? hn::NegMulAdd(ExpOf(vy), sum, vg) : hn::Mul(vy, hn::Sub(vg, sum)), gx + i, k);
  });
}

template <class T, class A = AccOf<T>>
void BackwardColumns(const T* g, const T* y, T* gx, int64_t n, int64_t stride, int64_t cols, bool log) {
  A sum[kTile] = {};
  for (int64_t r = 0; r < n; ++r)
    EachVector<A>(cols, [&](int64_t c, auto k) HWY_ATTR {
      const auto s = LoadAs(sum + c, k), vg = LoadAs(g + r * stride + c, k);
      StoreAs(log ? hn::Add(s, vg) : hn::MulAdd(vg, LoadAs(y + r * stride + c, k), s), sum + c, k);
    });
  for (int64_t r = 0; r < n; ++r, g += stride, y += stride, gx += stride)
    EachVector<A>(cols, [&](int64_t c, auto k) HWY_ATTR {
      const auto vg = LoadAs(g + c, k), vy = LoadAs(y + c, k), s = LoadAs(sum + c, k);
      StoreAs(log ? hn::NegMulAdd(ExpOf(vy), s, vg) : hn::Mul(vy, hn::Sub(vg, s)), gx + c, k);
    });
}

// Cross-entropy of `cols` columns (rows when stride and cols are 1: `x` is then one contiguous row).
template <class T>
struct Ce {
  using A = AccOf<T>;
  const T* x;
  const int64_t* target;
  const A* weight;
  int64_t n, stride, ignore;
  double smoothing;
  A weight_sum;  // of all classes, for smoothing
  bool Skip(int64_t t) const { return t == ignore || t < 0 || t >= n; }
  A Weight(int64_t t) const { return weight ? weight[t] : A{1}; }
};

// sum over classes of weight * (x - max), for label smoothing
template <class T, class A = AccOf<T>>
A Smooth(const Ce<T>& o, int64_t c, A max) {
  const T* x = o.x + c;
  A s = 0;
  if (o.stride != 1) {
    for (int64_t k = 0; k < o.n; ++k) s += o.Weight(k) * (static_cast<A>(x[k * o.stride]) - max);
    return s;
  }
  const Tag<A> d;
  Four<A> v(hn::Zero(d));
  const auto vm = hn::Set(d, max);
  EachVector4<A>(o.n, [&](int64_t i, auto k, auto j) HWY_ATTR {
    auto t = hn::Sub(LoadAs(x + i, k), vm);
    if (o.weight) t = hn::Mul(t, LoadAs(o.weight + i, k));
    v.at(j) = hn::Add(v.at(j), Fill<A>(t, hn::Zero(d), k));
  });
  return SumLanes<A>(v.sum());
}

template <class T, class A = AccOf<T>>
void CeForward(const Ce<T>& o, int64_t cols, A* loss, A* stats, T* log_probs) {
  A mx[kTile], sum[kTile];
  if (o.stride == 1) RowStats(o.x, o.n, mx, sum, static_cast<A*>(nullptr));
  else ColumnStats(o.x, o.n, o.stride, cols, mx, sum);
  for (int64_t c = 0; c < cols; ++c) {
    const int64_t t = o.target[c];
    const A ls = sum[c] = std::log(sum[c]);
    if (stats) stats[2 * c] = mx[c], stats[2 * c + 1] = ls;
    if (o.Skip(t)) {
      loss[c] = 0;
      continue;
    }
    A l = -o.Weight(t) * ((static_cast<A>(o.x[t * o.stride + c]) - mx[c]) - ls);
    if (o.smoothing != 0) {
      const A all = o.weight_sum * ls - Smooth(o, c, mx[c]);
      l = static_cast<A>((1 - o.smoothing) * l + o.smoothing / static_cast<double>(o.n) * all);
    }
    loss[c] = l;
  }
  if (!log_probs) return;
  if (o.stride == 1) {
    const auto vm = hn::Set(Tag<A>(), mx[0]), vs = hn::Set(Tag<A>(), sum[0]);
    EachVector<A>(o.n, [&](int64_t i, auto k) HWY_ATTR {
      StoreAs(hn::Sub(hn::Sub(LoadAs(o.x + i, k), vm), vs), log_probs + i, k);
    });
    return;
  }
  for (int64_t r = 0; r < o.n; ++r)
    EachVector<A>(cols, [&](int64_t c, auto k) HWY_ATTR {
      const auto v = hn::Sub(LoadAs(o.x + r * o.stride + c, k), LoadAs(mx + c, k));
      StoreAs(hn::Sub(v, LoadAs(sum + c, k)), log_probs + r * o.stride + c, k);
    });
}

// g[c]: what multiplies the gradient of column c's loss.
template <class T, class A = AccOf<T>>
void CeBackward(const Ce<T>& o, int64_t cols, const A* stats, const A* g, T* gx) {
  const Tag<A> d;
  const A share = static_cast<A>(o.smoothing / static_cast<double>(o.n));
  A mx[kTile], ls[kTile], all[kTile], spread[kTile], hit[kTile];
  for (int64_t c = 0; c < cols; ++c) {
    const int64_t t = o.target[c];
    const bool skip = o.Skip(t);
    hit[c] = skip ? A{0} : g[c] * static_cast<A>(1 - o.smoothing) * o.Weight(t);
    spread[c] = skip ? A{0} : g[c] * share;
    all[c] = hit[c] + spread[c] * o.weight_sum;
    mx[c] = stats[2 * c];
    ls[c] = stats[2 * c + 1];
  }
  if (o.stride == 1) {
    const int64_t t = o.target[0];
    if (o.Skip(t)) {  // exactly zero, even where the logits are infinite
      for (int64_t i = 0; i < o.n; ++i) gx[i] = T(A{0});
      return;
    }
    // the target's element by hand, before its logit is overwritten
    const A target = std::exp((static_cast<A>(o.x[t]) - mx[0]) - ls[0]) * all[0] - hit[0] - spread[0] * o.Weight(t);
    const auto vm = hn::Set(d, mx[0]), vs = hn::Set(d, ls[0]), va = hn::Set(d, all[0]), sp = hn::Set(d, spread[0]);
    EachVector<A>(o.n, [&](int64_t i, auto k) HWY_ATTR {
      auto v = hn::Mul(ExpOf(hn::Sub(hn::Sub(LoadAs(o.x + i, k), vm), vs)), va);
      if (share != 0) v = o.weight ? hn::NegMulAdd(sp, LoadAs(o.weight + i, k), v) : hn::Sub(v, sp);
      StoreAs(v, gx + i, k);
    });
    gx[t] = T(target);
    return;
  }
  A pick[kTile];
  for (int64_t r = 0; r < o.n; ++r) {
    const A w = o.Weight(r);
    for (int64_t c = 0; c < cols; ++c) pick[c] = (o.target[c] == r ? hit[c] : A{0}) + spread[c] * w;
    EachVector<A>(cols, [&](int64_t c, auto k) HWY_ATTR {
      const auto e = ExpOf(hn::Sub(hn::Sub(LoadAs(o.x + r * o.stride + c, k), LoadAs(mx + c, k)), LoadAs(ls + c, k)));
      const auto a = LoadAs(all + c, k);
      const auto v = hn::Sub(hn::IfThenElseZero(hn::Ne(a, hn::Zero(d)), hn::Mul(e, a)), LoadAs(pick + c, k));
      StoreAs(v, gx + r * o.stride + c, k);
    });
  }
}

// Rows [begin, end) when inner == 1, else `cols` columns from `col` on of outer index `begin`.
template <class T>
void Forward(const Job& j, const void* in, void* out, int64_t begin, int64_t end, int64_t col, int64_t cols) {
  const T* x = static_cast<const T*>(in);
  T* y = static_cast<T*>(out);
  float* row = j.per_thread ? j.rows + omp_get_thread_num() * j.n : j.rows;
  for (int64_t r = begin; r < end; ++r) {
    const int64_t at = r * j.n * j.inner + col;
    if (j.inner == 1) SoftmaxAnyRow(x + at, y + at, j.n, j.log, row);
    else SoftmaxColumns(x + at, y + at, j.n, j.inner, cols, j.log);
  }
}
template <class T>
void Backward(const Job& j, const void* grad, const void* out, void* gin, int64_t begin, int64_t end, int64_t col,
              int64_t cols) {
  const T *g = static_cast<const T*>(grad), *y = static_cast<const T*>(out);
  T* gx = static_cast<T*>(gin);
  for (int64_t r = begin; r < end; ++r) {
    const int64_t at = r * j.n * j.inner + col;
    if (j.inner == 1) BackwardRow(g + at, y + at, gx + at, j.n, j.log);
    else BackwardColumns(g + at, y + at, gx + at, j.n, j.inner, cols, j.log);
  }
}

template <class T>
void CeTask(const CeJob& j, bool backward, int64_t begin, int64_t end, int64_t col, int64_t cols) {
  using A = AccOf<T>;
  for (int64_t r = begin; r < end; ++r) {
    const int64_t at = r * j.n * j.inner + col, row = r * j.inner + col;
    Ce<T> o{static_cast<const T*>(j.logits) + at, j.target + row, static_cast<const A*>(j.o->weight), j.n, j.inner,
            j.o->ignore_index, j.o->label_smoothing, static_cast<A>(j.weight_sum)};
    A* stats = j.stats ? static_cast<A*>(j.stats) + 2 * row : nullptr;
    T* out = j.out ? static_cast<T*>(j.out) + at : nullptr;
    if (!backward) {
      CeForward(o, cols, static_cast<A*>(j.loss) + row, stats, out);
      continue;
    }
    A g[kTile];
    const A* grad = static_cast<const A*>(j.grad);
    for (int64_t c = 0; c < cols; ++c)
      g[c] = static_cast<A>(grad ? j.scale * static_cast<double>(grad[(row + c) * j.grad_stride]) : j.scale);
    CeBackward(o, cols, stats, g, out);
  }
}

#define WICK_BY_TYPE(type, call)                \
  switch (type) {                               \
    case kFloat: call(float); break;            \
    case kDouble: call(double); break;          \
    case kHalf: call(Half); break;              \
    default: call(BFloat16); break;             \
  }
void ForwardTask(const Job& j, const void* in, void* out, int64_t b, int64_t e, int64_t col, int64_t cols) {
#define CALL(T) Forward<T>(j, in, out, b, e, col, cols)
  WICK_BY_TYPE(j.type, CALL)
#undef CALL
}
void BackwardTask(const Job& j, const void* g, const void* y, void* gx, int64_t b, int64_t e, int64_t col,
                  int64_t cols) {
#define CALL(T) Backward<T>(j, g, y, gx, b, e, col, cols)
  WICK_BY_TYPE(j.type, CALL)
#undef CALL
}
void CrossEntropyTask(const CeJob& j, bool backward, int64_t b, int64_t e, int64_t col, int64_t cols) {
#define CALL(T) CeTask<T>(j, backward, b, e, col, cols)
  WICK_BY_TYPE(j.o->type, CALL)
#undef CALL
}

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace wick::kernels::cpu
WICK_AFTER_TARGET();

#if HWY_ONCE
namespace wick::kernels::cpu {
namespace {
HWY_EXPORT(ForwardTask);
HWY_EXPORT(BackwardTask);
HWY_EXPORT(CrossEntropyTask);

// f(begin, end, col, cols): ranges of rows, or one column tile of one outer index.
template <class F>
void for_tasks(int64_t outer, int64_t n, int64_t inner, const F& f) {
  if (outer == 0 || n == 0 || inner == 0) return;
  if (inner == 1) {
    parallel_ranges(outer, static_cast<double>(n), 1, [&](int64_t b, int64_t e) { f(b, e, int64_t{0}, int64_t{1}); });
    return;
  }
  const int64_t width = kTile, tiles = (inner + width - 1) / width;
  parallel_tasks(outer * tiles, static_cast<double>(n * std::min(width, inner)), [&](int64_t t) {
    const int64_t o = t / tiles, col = t % tiles * width;
    f(o, o + 1, col, std::min(width, inner - col));
  });
}

double weight_total(const CrossEntropy& o, int64_t classes) {
  if (!o.weight || o.label_smoothing == 0) return static_cast<double>(classes);
  double s = 0;
  for (int64_t k = 0; k < classes; ++k)
    s += o.type == kDouble ? static_cast<const double*>(o.weight)[k] : static_cast<const float*>(o.weight)[k];
  return s;
}
}  // namespace

void softmax(ScalarType type, const void* in, void* out, int64_t outer, int64_t n, int64_t inner, bool log) {
  Job j{type, n, inner, log};
  const bool narrow = inner == 1 && is_reduced_floating_type(type);
  const int threads = omp_in_parallel() ? 1 : omp_get_max_threads();
  Scratch rows(narrow ? static_cast<size_t>(threads * n) * sizeof(float) : 0);
  if (narrow) j.rows = rows.as<float>(), j.per_thread = threads > 1;
  for_tasks(outer, n, inner, [&](int64_t b, int64_t e, int64_t col, int64_t cols) {
    HWY_DYNAMIC_DISPATCH(ForwardTask)(j, in, out, b, e, col, cols);
  });
}

void softmax_backward(ScalarType type, const void* grad, const void* y, void* gx, int64_t outer, int64_t n,
                      int64_t inner, bool log) {
  const Job j{type, n, inner, log};
  for_tasks(outer, n, inner, [&](int64_t b, int64_t e, int64_t col, int64_t cols) {
    HWY_DYNAMIC_DISPATCH(BackwardTask)(j, grad, y, gx, b, e, col, cols);
  });
}

CrossEntropySums cross_entropy(const CrossEntropy& o, const void* logits, const int64_t* target, void* loss,
                               void* stats, void* log_probs, int64_t outer, int64_t classes, int64_t inner) {
  CrossEntropySums sums;
  const int64_t rows = outer * inner;
  const bool wide = o.type == kDouble;
  Scratch own(loss ? 0 : static_cast<size_t>(rows) * 8);
  if (!loss) loss = own.data();
  const CeJob j{&o, logits, target, classes, inner, weight_total(o, classes), loss, stats, log_probs, nullptr, 0, 1};
  for_tasks(outer, classes, inner, [&](int64_t b, int64_t e, int64_t col, int64_t cols) {
    HWY_DYNAMIC_DISPATCH(CrossEntropyTask)(j, false, b, e, col, cols);
  });
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t t = target[r];
    if (t == o.ignore_index) continue;
    if (t < 0 || t >= classes) {
      if (sums.bad_row < 0) sums.bad_row = r;
      continue;
    }
    sums.loss += wide ? static_cast<const double*>(loss)[r] : static_cast<const float*>(loss)[r];
    sums.weight += !o.weight ? 1.0
                   : wide    ? static_cast<const double*>(o.weight)[t]
                             : static_cast<const float*>(o.weight)[t];
  }
  return sums;
}

void cross_entropy_backward(const CrossEntropy& o, const void* logits, const int64_t* target, const void* stats,
                            const void* grad, int64_t grad_stride, double scale, void* gx, int64_t outer,
                            int64_t classes, int64_t inner) {
  const CeJob j{&o, logits, target, classes, inner, weight_total(o, classes), nullptr, const_cast<void*>(stats), gx,
                grad, grad_stride, scale};
  for_tasks(outer, classes, inner, [&](int64_t b, int64_t e, int64_t col, int64_t cols) {
    HWY_DYNAMIC_DISPATCH(CrossEntropyTask)(j, true, b, e, col, cols);
  });
}
}  // namespace wick::kernels::cpu
#endif  // HWY_ONCE
