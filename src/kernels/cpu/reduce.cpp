#include "kernels/cpu/reduce.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/reduce_parts.h"
#include "kernels/cpu/scratch.h"
#include "kernels/cpu/sort_keys.h"

namespace wick::kernels::cpu {
namespace {

using Complex = std::complex<double>;

// Elements in a segment. Only the shape decides it, never the number of threads.
constexpr int64_t kSegment = 65536;

struct Shape {
  ScalarType type;
  const char* in;
  int64_t outer, n, inner;
};

int64_t segment_rows(int64_t inner) {
  return inner == 1 ? kSegment : std::max<int64_t>(64, kSegment / std::min(inner, kReduceTile));
}

// Runs fold(segment, partials) over everything and finish(first result, count, partials, segments) with each result's
// partials in order: segment k of result r at partials[(k * count + r - first) * width].
template <class P, class Fold, class Finish>
void run(const Shape& s, int64_t width, const Fold& fold, const Finish& finish) {
  const int64_t tile = std::min(s.inner, kReduceTile), tiles = (s.inner + tile - 1) / tile;
  const int64_t rows = segment_rows(s.inner);
  const int64_t segments = (s.n + rows - 1) / rows, size = static_cast<int64_t>(element_size(s.type));
  const auto segment = [&](int64_t o, int64_t t, int64_t k) {
    const int64_t begin = k * rows, col = t * tile;
    return Segment{s.in + ((o * s.n + begin) * s.inner + col) * size, std::min(rows, s.n - begin), s.inner,
                   std::min(tile, s.inner - col)};
  };
  if (segments <= 1) {
    // many small results: their partials never leave the stack
    const int64_t batch = s.inner == 1 ? 64 : 1;
    parallel_ranges(s.outer * tiles, static_cast<double>(s.n * tile), batch, [&](int64_t b, int64_t e) {
      P part[2 * kReduceTile];
      for (int64_t j = b; j < e;) {
        const int64_t count = std::min(batch, e - j);
        Segment all = segment(j / tiles, j % tiles, 0);
        if (s.inner == 1) all.cols = count;
        fold(all, part);
        const int64_t first = j / tiles * s.inner + j % tiles * tile;
        finish(first, s.inner == 1 ? count : std::min(tile, s.inner - j % tiles * tile), part, 1);
        j += count;
      }
    });
    return;
  }
  // [outer][segments][inner] partials, then one pass over them
  Scratch scratch(static_cast<size_t>(s.outer * segments * s.inner * width) * sizeof(P));
  P* part = scratch.as<P>();
  const int64_t tasks = s.outer * segments * tiles;
  parallel_tasks(tasks, static_cast<double>(rows * tile), [&](int64_t t) {
    const int64_t col = t % tiles, k = t / tiles % segments, o = t / tiles / segments;
    fold(segment(o, col, k), part + ((o * segments + k) * s.inner + col * tile) * width);
  });
  for (int64_t o = 0; o < s.outer; ++o)
    finish(o * s.inner, s.inner, part + o * segments * s.inner * width, segments);
}

template <class T, class P>
T narrow(P v) {
  if constexpr (std::is_same_v<T, bool>) return v != P(0);
  else if constexpr (std::is_same_v<P, Complex>) {
    if constexpr (std::is_same_v<T, Complex> || std::is_same_v<T, std::complex<float>>) return T(v);
    else return narrow<T>(v.real());
  } else if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) return T(static_cast<float>(v));
  else if constexpr (std::is_integral_v<T> && std::is_same_v<P, double>) return static_cast<T>(static_cast<int64_t>(v));
  else return static_cast<T>(v);
}

// out[first + r] = value(r), converted.
template <class P, class F>
void store(ScalarType type, void* out, int64_t first, int64_t count, const F& value) {
  switch (type) {
#define CASE(T, name)                                                                             \
  case ScalarType::name:                                                                          \
    for (int64_t r = 0; r < count; ++r) static_cast<T*>(out)[first + r] = narrow<T, P>(value(r)); \
    break;
    WICK_FORALL_TYPES(CASE)
#undef CASE
    default: break;
  }
}

double join(Fold f, double a, double b) {
  switch (f) {
    case Fold::prod: return a * b;
    case Fold::min: case Fold::abs_min: return a != a || a < b ? a : b;
    case Fold::max: case Fold::abs_max: return a != a || a > b ? a : b;
    default: return a + b;
  }
}
int64_t join(Fold f, int64_t a, int64_t b) {
  switch (f) {
    case Fold::prod: return static_cast<int64_t>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
    case Fold::min: return std::min(a, b);
    case Fold::max: return std::max(a, b);
    default: return static_cast<int64_t>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }
}
Complex join(Fold f, Complex a, Complex b) { return f == Fold::prod ? a * b : a + b; }

Fold fold_of(Reduction op, double p) {
  switch (op) {
    case Reduction::nansum: return Fold::nansum;
    case Reduction::prod: return Fold::prod;
    case Reduction::min: return Fold::min;
    case Reduction::max: return Fold::max;
    case Reduction::any: case Reduction::all: case Reduction::count_nonzero: return Fold::nonzero;
    case Reduction::norm:
      return p == 0 ? Fold::nonzero : p == 1 ? Fold::abs : p == 2 ? Fold::square
             : std::isinf(p) ? (p > 0 ? Fold::abs_max : Fold::abs_min) : Fold::power;
    default: return Fold::sum;
  }
}

// What is left to do with the joined value.
struct Last {
  Reduction op;
  double n, p;
  Fold fold;
  template <class P>
  P operator()(P v) const {
    if constexpr (!std::is_same_v<P, int64_t>)
      if (op == Reduction::mean) return v / n;
    if constexpr (std::is_same_v<P, double>) {
      if (op == Reduction::norm && fold == Fold::square) return std::sqrt(v);
      if (op == Reduction::norm && fold == Fold::power) return std::pow(v, 1 / p);
    }
    if (op == Reduction::any) return P(v != P(0));
    if (op == Reduction::all) return P(v == P(n));
    return v;
  }
};

template <class P, class F>
void reduce_as(const Shape& s, const Last& last, ScalarType out_type, void* out, const F& fold) {
  run<P>(s, 1, fold, [&](int64_t first, int64_t count, P* part, int64_t segments) {
    for (int64_t k = 1; k < segments; ++k)
      for (int64_t r = 0; r < count; ++r) part[r] = join(last.fold, part[r], part[k * count + r]);
    store<P>(out_type, out, first, count, [&](int64_t r) { return last(part[r]); });
  });
}

// Complex numbers and general powers: rare, so plain loops.
template <class T>
void fold_complex(Fold f, const Segment& s, Complex* out) {
  const std::complex<T>* x = static_cast<const std::complex<T>*>(s.in);
  const int64_t across = s.stride == 1 ? s.n : 1;
  for (int64_t c = 0; c < s.cols; ++c) {
    Complex v = f == Fold::prod ? 1 : 0;
    for (int64_t r = 0; r < s.n; ++r) {
      const Complex e(x[r * s.stride + c * across]);
      v = f == Fold::prod ? v * e : f == Fold::nonzero ? v + Complex(e != Complex(0)) : v + e;
    }
    out[c] = v;
  }
}
template <class T>
double magnitude(T x) {
  if constexpr (std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>) return std::abs(static_cast<float>(x));
  else return static_cast<double>(std::abs(x));
}
template <class T>
void fold_magnitudes(Fold f, double p, const Segment& s, double* out) {
  const T* x = static_cast<const T*>(s.in);
  const int64_t across = s.stride == 1 ? s.n : 1;
  for (int64_t c = 0; c < s.cols; ++c) {
    double v = f == Fold::abs_min ? std::numeric_limits<double>::infinity() : 0;
    for (int64_t r = 0; r < s.n; ++r) {
      const double m = magnitude(x[r * s.stride + c * across]);
      v = join(f, v, f == Fold::nonzero ? double(m != 0) : f == Fold::square ? m * m : f == Fold::power ? std::pow(m, p) : m);
    }
    out[c] = v;
  }
}
void fold_magnitudes(ScalarType type, Fold f, double p, const Segment& s, double* out) {
  switch (type) {
    case kHalf: fold_magnitudes<Half>(f, p, s, out); break;
    case kBFloat16: fold_magnitudes<BFloat16>(f, p, s, out); break;
    case kFloat: fold_magnitudes<float>(f, p, s, out); break;
    case kDouble: fold_magnitudes<double>(f, p, s, out); break;
    case kComplexFloat: fold_magnitudes<std::complex<float>>(f, p, s, out); break;
    default: fold_magnitudes<Complex>(f, p, s, out); break;
  }
}

void reduce_complex(const Shape& s, const Last& last, ScalarType out_type, void* out) {
  const bool wide = s.type == kComplexDouble;
  if (last.op == Reduction::norm) {
    reduce_as<double>(s, last, out_type, out, [&](const Segment& seg, double* part) {
      fold_magnitudes(s.type, last.fold, last.p, seg, part);
    });
    return;
  }
  if (last.fold == Fold::sum && is_complex_type(out_type)) {
    // twice as many real columns
    const Shape real{wide ? kDouble : kFloat, s.in, s.outer, s.n, 2 * s.inner};
    reduce_as<double>(real, last, to_real_type(out_type), out,
                      [&](const Segment& seg, double* part) { fold_sums(Fold::sum, real.type, seg, part); });
    return;
  }
  reduce_as<Complex>(s, last, out_type, out, [&](const Segment& seg, Complex* part) {
    wide ? fold_complex<double>(last.fold, seg, part) : fold_complex<float>(last.fold, seg, part);
  });
}

double identity(Reduction op, double p) {
  switch (op) {
    case Reduction::prod: case Reduction::all: return 1;
    case Reduction::mean: return std::numeric_limits<double>::quiet_NaN();
    case Reduction::min: return std::numeric_limits<double>::infinity();
    case Reduction::max: case Reduction::logsumexp: return -std::numeric_limits<double>::infinity();
    case Reduction::norm: return p < 0 ? std::numeric_limits<double>::infinity() : 0;
    default: return 0;
  }
}

void logsumexp(const Shape& s, ScalarType out_type, void* out) {
  run<double>(s, 2, [&](const Segment& seg, double* part) { fold_logsumexp(s.type, seg, part); },
              [&](int64_t first, int64_t count, const double* part, int64_t segments) {
                store<double>(out_type, out, first, count, [&](int64_t r) {
                  // segments of nothing but -inf have sum 0 and no say in the base
                  double base = -std::numeric_limits<double>::infinity(), sum = 0;
                  for (int64_t k = 0; k < segments; ++k)
                    if (part[2 * (k * count + r) + 1] != 0) base = std::max(base, part[2 * (k * count + r)]);
                  if (!std::isfinite(base)) return base;
                  for (int64_t k = 0; k < segments; ++k) {
                    const double e = part[2 * (k * count + r) + 1];
                    if (e != 0) sum += e * std::exp(part[2 * (k * count + r)] - base);
                  }
                  return base + std::log(sum);
                });
              });
}
}  // namespace

void reduce(Reduction op, ScalarType in_type, const void* in, ScalarType out_type, void* out, int64_t outer, int64_t n,
            int64_t inner, double p) {
  if (outer == 0 || inner == 0) return;
  if (n == 0) {
    store<double>(out_type, out, 0, outer * inner, [&](int64_t) { return identity(op, p); });
    return;
  }
  const Shape s{in_type, static_cast<const char*>(in), outer, n, inner};
  if (op == Reduction::logsumexp) return logsumexp(s, out_type, out);
  const Last last{op, static_cast<double>(n), p, fold_of(op, p)};
  const Fold f = last.fold;
  if (op == Reduction::argmin || op == Reduction::argmax) {
    run<KeyIndex>(s, 1,
                  [&](const Segment& seg, KeyIndex* part) { fold_index(op == Reduction::argmax, in_type, seg, part); },
                  [&](int64_t first, int64_t count, const KeyIndex* part, int64_t segments) {
                    const int64_t rows = segment_rows(inner);
                    store<int64_t>(out_type, out, first, count, [&](int64_t r) {
                      KeyIndex best = part[r];
                      for (int64_t k = 1; k < segments; ++k)
                        if (part[k * count + r].key > best.key)
                          best = {part[k * count + r].key, part[k * count + r].index + k * rows};
                      return best.index;
                    });
                  });
    return;
  }
  if (is_complex_type(in_type)) return reduce_complex(s, last, out_type, out);
  if (is_integral_type(in_type, true)) {
    reduce_as<int64_t>(s, last, out_type, out,
                       [&](const Segment& seg, int64_t* part) { fold_integers(f, in_type, seg, part); });
    return;
  }
  const bool extreme = f >= Fold::prod;
  reduce_as<double>(s, last, out_type, out, [&](const Segment& seg, double* part) {
    if (f == Fold::power) fold_magnitudes(in_type, f, p, seg, part);
    else if (extreme) fold_extremes(f, in_type, seg, part);
    else fold_sums(f, in_type, seg, part);
  });
}

void min_max_index(bool largest, ScalarType type, const void* in, void* values, int64_t* indices, int64_t outer,
                   int64_t n, int64_t inner) {
  if (outer == 0 || inner == 0 || n == 0) return;
  reduce(largest ? Reduction::argmax : Reduction::argmin, type, in, kLong, indices, outer, n, inner);
  const auto gather = [&](const auto* x) {
    using T = std::remove_cv_t<std::remove_pointer_t<decltype(x)>>;
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < inner; ++i)
        static_cast<T*>(values)[o * inner + i] = x[(o * n + indices[o * inner + i]) * inner + i];
  };
#define CALL(T) gather(static_cast<const T*>(in))
  WICK_REAL_TYPES(type, CALL)
#undef CALL
}

void var_mean(ScalarType in_type, const void* in, ScalarType out_type, void* var, void* mean, int64_t outer, int64_t n,
              int64_t inner, double divisor, bool root) {
  if (outer == 0 || inner == 0) return;
  if (n == 0) {
    const auto nan = [](int64_t) { return std::numeric_limits<double>::quiet_NaN(); };
    store<double>(out_type, var, 0, outer * inner, nan);
    if (mean) store<double>(out_type, mean, 0, outer * inner, nan);
    return;
  }
  const Shape s{in_type, static_cast<const char*>(in), outer, n, inner};
  const int64_t rows = segment_rows(inner);
  run<double>(s, 2, [&](const Segment& seg, double* part) { fold_moments(in_type, seg, part); },
              [&](int64_t first, int64_t count, double* part, int64_t segments) {
                for (int64_t r = 0; r < count; ++r) {
                  // Chan's rule for joining two sets
                  double have = static_cast<double>(std::min(rows, n)), *a = part + 2 * r;
                  for (int64_t k = 1; k < segments; ++k) {
                    const double* b = part + 2 * (k * count + r);
                    const double more = static_cast<double>(std::min(rows, n - k * rows)), delta = b[0] - a[0];
                    a[1] += b[1] + delta * delta * have * more / (have + more);
                    a[0] += delta * more / (have + more);
                    have += more;
                  }
                }
                store<double>(out_type, var, first, count, [&](int64_t r) {
                  const double v = part[2 * r + 1] / divisor;
                  return root ? std::sqrt(v) : v;
                });
                if (mean) store<double>(out_type, mean, first, count, [&](int64_t r) { return part[2 * r]; });
              });
}

}  // namespace wick::kernels::cpu
