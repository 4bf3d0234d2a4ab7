// Sequences, windows, grids and matrices of indices.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <wick/core/parallel.h>

#include "ops/view.h"

namespace wick::ops {
namespace {

// Calls f(T()) for the C++ type of an element type.
template <class F>
void with_type(const char* op, ScalarType t, bool complex, F&& f) {
  WICK_CHECK_TYPE(NotImplementedError, t != kBool && (complex || !is_complex_type(t)), "\"", op, "\" not implemented for '", t, "'");
  switch (t) {
#define WICK_CASE(T, name) case ScalarType::name: f(T()); break;
    WICK_FORALL_TYPES(WICK_CASE)
#undef WICK_CASE
    default: break;
  }
}
template <class T> constexpr bool is_complex_v = false;
template <class T> constexpr bool is_complex_v<std::complex<T>> = true;
template <class T> constexpr bool is_reduced_v = std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>;
// Sequences are computed in double, or in the integers.
template <class T> using Acc = std::conditional_t<std::is_integral_v<T>, int64_t, double>;

// out[i] = f(i) in parallel; t is contiguous.
template <class T, class F>
void generate(const Tensor& t, F f) {
  T* p = typed<T>(t);
  parallel_for(0, t.numel(), kernels::cpu::kGrain, [&](int64_t b, int64_t e) {
    for (int64_t i = b; i < e; ++i) p[i] = static_cast<T>(f(i));
  });
}
template <class F>
Tensor& into_out(const char* op, Tensor& out, F make) {
  return out_from(op, out, {}, make);
}

double as_double(const Scalar& s) { return s.isComplex() ? s.toComplexDouble().real() : s.toDouble(); }

void check_range(const Scalar& start, const Scalar& end, const Scalar& step) {
  const double a = as_double(start), b = as_double(end), s = as_double(step);
  WICK_CHECK(s > 0 || s < 0, "step must be nonzero");
  WICK_CHECK(std::isfinite(a) && std::isfinite(b), "unsupported range: ", a, " -> ", b);
  WICK_CHECK((s > 0 && b >= a) || (s < 0 && b <= a), "upper bound and lower bound inconsistent with step sign");
}
int64_t arange_size(ScalarType t, const Scalar& start, const Scalar& end, const Scalar& step) {
  double n;
  if (t == kLong) {
    const int64_t a = start.to<int64_t>(), b = end.to<int64_t>(), s = step.to<int64_t>();
    WICK_CHECK(s != 0, "step must be nonzero");
    n = static_cast<double>((b - a + s - ((s > 0) - (s < 0))) / s);
  } else {
    n = std::ceil((end.toDouble() - start.toDouble()) / step.toDouble());
  }
  WICK_CHECK(n >= 0 && n <= 9.2e18, "invalid size, possible overflow?");
  return static_cast<int64_t>(n);
}
Tensor raw_arange(const Scalar& start, const Scalar& end, const Scalar& step, const TensorOptions& options) {
  const ScalarType t = options.dtype();
  check_range(start, end, step);
  Tensor r = new_tensor("arange", {arange_size(t, start, end, step)}, options);
  with_type("arange_cpu", t, false, [&](auto v) {
    using A = Acc<decltype(v)>;
    const A a = start.to<A>(), s = step.to<A>();
    generate<decltype(v)>(r, [=](int64_t i) { return a + s * static_cast<A>(i); });
  });
  return r;
}

// In the type itself, as PyTorch computes.
template <class S>
S times(S step, int64_t i) {
  if constexpr (is_complex_v<S>) return step * static_cast<typename S::value_type>(i);
  else if constexpr (is_reduced_v<S>) return step * i;
  else return step * static_cast<S>(i);
}
// From both ends to the middle.
template <class S, class T>
auto between(T first, T last, int64_t steps) {
  const S start = static_cast<S>(first), end = static_cast<S>(last), n = static_cast<S>(static_cast<std::conditional_t<is_reduced_v<S>, float, double>>(steps - 1));
  const S step = (end - start) / n;
  return [=, half = steps / 2](int64_t i) -> S { return i < half ? start + times(step, i) : end - times(step, steps - i - 1); };
}

TensorOptions space_options(const char* op, const Scalar& start, const Scalar& end, const TensorOptions& options) {
  if (!start.isComplex() && !end.isComplex()) return options;
  const ScalarType c = to_complex_type(get_default_dtype_as_scalartype());
  if (!options.has_dtype()) return options.dtype(c);
  WICK_CHECK(is_complex_type(options.dtype()), op, "(): inferred dtype ", c, " can't be safely cast to passed dtype ", options.dtype());
  return options;
}
Tensor raw_linspace(const Scalar& start, const Scalar& end, int64_t steps, const TensorOptions& options) {
  WICK_CHECK(steps >= 0, "number of steps must be non-negative");
  Tensor r = new_tensor("linspace", {steps}, options);
  if (steps == 0) return r;
  if (steps == 1) {
    raw_fill(r, start);
    return r;
  }
  with_type("linspace_cpu", r.scalar_type(), true, [&](auto v) {
    using T = decltype(v);
    using S = std::conditional_t<std::is_integral_v<T>, double, T>;
    generate<T>(r, between<S, T>(start.to<T>(), end.to<T>(), steps));
  });
  return r;
}
template <class T>
T power(double base, T x) {
  if constexpr (is_complex_v<T>) return std::pow(T(static_cast<typename T::value_type>(base)), x);
  else if constexpr (std::is_same_v<T, double>) return std::pow(base, x);
  else return static_cast<T>(std::pow(static_cast<float>(static_cast<T>(static_cast<float>(base))), static_cast<float>(x)));
}
Tensor raw_logspace(const Scalar& start, const Scalar& end, int64_t steps, double base, const TensorOptions& options) {
  WICK_CHECK(steps >= 0, "number of steps must be non-negative");
  Tensor r = new_tensor("logspace", {steps}, options);
  if (steps == 0) return r;
  if (steps == 1) {
    if (r.is_complex()) raw_fill(r, std::pow(std::complex<double>(base), start.toComplexDouble()));
    else raw_fill(r, std::pow(base, start.toDouble()));
    return r;
  }
  with_type("logspace_cpu", r.scalar_type(), true, [&](auto v) {
    using T = decltype(v);
    using S = std::conditional_t<std::is_integral_v<T>, double, T>;
    const auto x = between<S, T>(start.to<T>(), end.to<T>(), steps);
    generate<T>(r, [&](int64_t i) { return power<S>(base, x(i)); });
  });
  return r;
}
Scalar number_of(const char* op, const Tensor& t) {
  WICK_CHECK(t.defined() && t.dim() == 0, op, " only supports 0-dimensional start and end tensors, but got a tensor with ", t.defined() ? t.dim() : 0, " dimension(s).");
  return t.item();
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

// --- Sequences -------------------------------------------------------------------------------------------------------------

Tensor arange(const Scalar& end, TensorOptions options) { return arange(0, end, 1, options); }
Tensor arange(const Scalar& start, const Scalar& end, TensorOptions options) { return arange(start, end, 1, options); }
Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step, TensorOptions options) {
  TensorOptions o = options;
  if (!o.has_dtype() && start.isIntegral(true) && end.isIntegral(true) && step.isIntegral(true)) o = o.dtype(kLong);
  return finished(raw_arange(start, end, step, o), o);
}
Tensor& arange_out(Tensor& out, const Scalar& end) { return arange_out(out, 0, end, 1); }
Tensor& arange_out(Tensor& out, const Scalar& start, const Scalar& end, const Scalar& step) {
  return into_out("arange", out, [&] { return raw_arange(start, end, step, out.scalar_type()); });
}

Tensor range(const Scalar& start, const Scalar& end, const Scalar& step, TensorOptions options) {
  check_range(start, end, step);
  const double n = std::floor((end.toDouble() - start.toDouble()) / step.toDouble()) + 1;
  WICK_CHECK(n >= 0 && n <= 9.2e18, "invalid size, possible overflow?");
  Tensor r = new_tensor("range", {static_cast<int64_t>(n)}, options);
  with_type("range_cpu", r.scalar_type(), false, [&](auto v) {
    using A = Acc<decltype(v)>;
    const A a = start.to<A>(), s = step.to<A>();
    generate<decltype(v)>(r, [=](int64_t i) { return a + s * static_cast<A>(i); });
  });
  return finished(r, options);
}
Tensor range(const Scalar& start, const Scalar& end, TensorOptions options) { return range(start, end, 1, options); }
Tensor& range_out(Tensor& out, const Scalar& start, const Scalar& end) { return range_out(out, start, end, 1); }
Tensor& range_out(Tensor& out, const Scalar& start, const Scalar& end, const Scalar& step) {
  return into_out("range", out, [&] { return range(start, end, step, out.scalar_type()); });
}

Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps, TensorOptions options) {
  const TensorOptions o = space_options("linspace", start, end, options);
  return finished(raw_linspace(start, end, steps, o), o);
}
Tensor linspace(const Tensor& start, const Tensor& end, int64_t steps, TensorOptions o) { return linspace(number_of("linspace", start), number_of("linspace", end), steps, o); }
Tensor linspace(const Tensor& start, const Scalar& end, int64_t steps, TensorOptions o) { return linspace(number_of("linspace", start), end, steps, o); }
Tensor linspace(const Scalar& start, const Tensor& end, int64_t steps, TensorOptions o) { return linspace(start, number_of("linspace", end), steps, o); }
Tensor& linspace_out(Tensor& out, const Scalar& start, const Scalar& end, int64_t steps) {
  return into_out("linspace", out, [&] { return raw_linspace(start, end, steps, out.scalar_type()); });
}
Tensor& linspace_out(Tensor& out, const Tensor& start, const Tensor& end, int64_t steps) { return linspace_out(out, number_of("linspace", start), number_of("linspace", end), steps); }
Tensor& linspace_out(Tensor& out, const Tensor& start, const Scalar& end, int64_t steps) { return linspace_out(out, number_of("linspace", start), end, steps); }
Tensor& linspace_out(Tensor& out, const Scalar& start, const Tensor& end, int64_t steps) { return linspace_out(out, start, number_of("linspace", end), steps); }

Tensor logspace(const Scalar& start, const Scalar& end, int64_t steps, double base, TensorOptions options) {
  const TensorOptions o = space_options("logspace", start, end, options);
  return finished(raw_logspace(start, end, steps, base, o), o);
}
Tensor logspace(const Tensor& start, const Tensor& end, int64_t steps, double base, TensorOptions o) { return logspace(number_of("logspace", start), number_of("logspace", end), steps, base, o); }
Tensor logspace(const Tensor& start, const Scalar& end, int64_t steps, double base, TensorOptions o) { return logspace(number_of("logspace", start), end, steps, base, o); }
Tensor logspace(const Scalar& start, const Tensor& end, int64_t steps, double base, TensorOptions o) { return logspace(start, number_of("logspace", end), steps, base, o); }
Tensor& logspace_out(Tensor& out, const Scalar& start, const Scalar& end, int64_t steps, double base) {
  return into_out("logspace", out, [&] { return raw_logspace(start, end, steps, base, out.scalar_type()); });
}
Tensor& logspace_out(Tensor& out, const Tensor& start, const Tensor& end, int64_t steps, double base) { return logspace_out(out, number_of("logspace", start), number_of("logspace", end), steps, base); }
Tensor& logspace_out(Tensor& out, const Tensor& start, const Scalar& end, int64_t steps, double base) { return logspace_out(out, number_of("logspace", start), end, steps, base); }
Tensor& logspace_out(Tensor& out, const Scalar& start, const Tensor& end, int64_t steps, double base) { return logspace_out(out, start, number_of("logspace", end), steps, base); }

// --- Matrices --------------------------------------------------------------------------------------------------------------

Tensor eye(int64_t n, TensorOptions options) { return eye(n, n, options); }
Tensor eye(int64_t n, int64_t m, TensorOptions options) {
  WICK_CHECK(n >= 0, "n must be greater or equal to 0, got ", n);
  WICK_CHECK(m >= 0, "m must be greater or equal to 0, got ", m);
  Tensor t = new_tensor("eye", {n, m}, options);
  raw_fill(t, 0);
  raw_fill(raw_view(t, {std::min(n, m)}, {m + 1}, 0), 1);
  return finished(t, options);
}
Tensor& eye_out(Tensor& out, int64_t n) { return eye_out(out, n, n); }
Tensor& eye_out(Tensor& out, int64_t n, int64_t m) {
  return into_out("eye", out, [&] { return eye(n, m, out.scalar_type()); });
}

namespace {
// The (row, column) pairs with column - row at most (lower) or at least (upper) `offset`, row by row.
Tensor triangle(const char* op, bool lower, int64_t row, int64_t col, int64_t offset, TensorOptions options) {
  WICK_CHECK(row >= 0, "row must be non-negative, got", row);
  WICK_CHECK(col >= 0, "col must be non-negative, got", col);
  std::vector<int64_t> r, c;
  for (int64_t i = 0; i < row; ++i) {
    const int64_t from = lower ? 0 : std::max<int64_t>(0, i + offset), to = lower ? std::min(col, i + offset + 1) : col;
    for (int64_t j = from; j < to; ++j) {
      r.push_back(i);
      c.push_back(j);
    }
  }
  WICK_CHECK(options.dtype() == kLong || options.dtype() == kInt || !options.has_dtype(), "\"", op, "\" not implemented for '", options.dtype().toScalarType(), "'");
  const auto n = static_cast<int64_t>(r.size());
  Tensor t = make_tensor({2, n}, kLong);
  std::copy(r.begin(), r.end(), typed<int64_t>(t));
  std::copy(c.begin(), c.end(), typed<int64_t>(t) + n);
  return options.has_dtype() ? t.to(options.dtype().toScalarType()) : t;
}
}  // namespace
Tensor tril_indices(int64_t row, int64_t col, int64_t offset, TensorOptions options) { return triangle("tril_indices", true, row, col, offset, options); }
Tensor triu_indices(int64_t row, int64_t col, int64_t offset, TensorOptions options) { return triangle("triu_indices", false, row, col, offset, options); }
Tensor& tril_indices_out(Tensor& out, int64_t row, int64_t col, int64_t offset) {
  return into_out("tril_indices", out, [&] { return tril_indices(row, col, offset); });
}
Tensor& triu_indices_out(Tensor& out, int64_t row, int64_t col, int64_t offset) {
  return into_out("triu_indices", out, [&] { return triu_indices(row, col, offset); });
}

// --- Windows ---------------------------------------------------------------------------------------------------------------

namespace {
// `f` gets 0 ... n-1 and n; periodic windows are one longer, cut off at the end.
template <class F>
Tensor window(const char* op, int64_t length, bool periodic, const TensorOptions& options, F f) {
  WICK_CHECK(is_floating_type(options.dtype()), op, " expects floating point dtypes, got: ", TensorOptions(options));
  WICK_CHECK(length >= 0, op, " requires non-negative window_length, got window_length=", length);
  if (length <= 1) return length == 0 ? empty({0}, options) : ones({1}, options);
  GateScope off(kGradOff);
  const int64_t n = length + periodic;
  Tensor w = f(arange(n, TensorOptions(options.dtype())), n);
  return finished(periodic ? make_alias(w, {length}, {1}, 0) : w, options);
}
}  // namespace
Tensor bartlett_window(int64_t length, TensorOptions options) { return bartlett_window(length, true, options); }
Tensor bartlett_window(int64_t length, bool periodic, TensorOptions options) {
  return window("bartlett_window", length, periodic, options, [](Tensor w, int64_t n) {
    w.mul_(2. / static_cast<double>(n - 1));
    const int64_t half = ((n - 1) >> 1) + 1;
    w.narrow(0, half, n - half).mul_(-1).add_(2);
    return w;
  });
}
Tensor blackman_window(int64_t length, TensorOptions options) { return blackman_window(length, true, options); }
Tensor blackman_window(int64_t length, bool periodic, TensorOptions options) {
  return window("blackman_window", length, periodic, options, [](Tensor w, int64_t n) {
    w.mul_(std::numbers::pi / static_cast<double>(n - 1));
    return w.mul(4).cos_().mul_(0.08) - w.mul(2).cos_().mul_(0.5) + 0.42;
  });
}
Tensor hamming_window(int64_t length, TensorOptions options) { return hamming_window(length, true, options); }
Tensor hamming_window(int64_t length, bool periodic, TensorOptions options) { return hamming_window(length, periodic, 0.54, options); }
Tensor hamming_window(int64_t length, bool periodic, double alpha, TensorOptions options) { return hamming_window(length, periodic, alpha, 0.46, options); }
Tensor hamming_window(int64_t length, bool periodic, double alpha, double beta, TensorOptions options) {
  return window("hamming_window", length, periodic, options, [=](Tensor w, int64_t n) { return w.mul_(std::numbers::pi * 2. / static_cast<double>(n - 1)).cos_().mul_(-beta).add_(alpha); });
}
Tensor hann_window(int64_t length, TensorOptions options) { return hann_window(length, true, options); }
Tensor hann_window(int64_t length, bool periodic, TensorOptions options) { return hamming_window(length, periodic, 0.5, 0.5, options); }

Tensor kaiser_window(int64_t length, TensorOptions options) { return kaiser_window(length, true, options); }
Tensor kaiser_window(int64_t length, bool periodic, TensorOptions options) { return kaiser_window(length, periodic, 12.0, options); }
Tensor kaiser_window(int64_t length, bool periodic, double beta, TensorOptions options) {
  return window("kaiser_window", length, periodic, options, [=](const Tensor& w, int64_t n) {
    const Tensor x = w.to(kDouble).mul_(2. / static_cast<double>(n - 1)).sub_(1);
    return (x.mul(x).neg_().add_(1).clamp_(Scalar(0)).sqrt_().mul_(beta).i0_() / scalar_tensor(beta, kDouble).i0_()).to(w.scalar_type());
  });
}

#define WICK_WINDOW_OUT(f)                                                                                                                                                     \
  Tensor& f##_out(Tensor& out, int64_t length) { return into_out(#f, out, [&] { return f(length, out.options()); }); }                                                          \
  Tensor& f##_out(Tensor& out, int64_t length, bool periodic) { return into_out(#f, out, [&] { return f(length, periodic, out.options()); }); }
WICK_WINDOW_OUT(bartlett_window)
WICK_WINDOW_OUT(blackman_window)
WICK_WINDOW_OUT(hamming_window)
WICK_WINDOW_OUT(hann_window)
WICK_WINDOW_OUT(kaiser_window)
Tensor& kaiser_window_out(Tensor& out, int64_t length, bool periodic, double beta) {
  return into_out("kaiser_window", out, [&] { return kaiser_window(length, periodic, beta, out.options()); });
}
Tensor& hamming_window_out(Tensor& out, int64_t length, bool periodic, double alpha) {
  return into_out("hamming_window", out, [&] { return hamming_window(length, periodic, alpha, out.options()); });
}
Tensor& hamming_window_out(Tensor& out, int64_t length, bool periodic, double alpha, double beta) {
  return into_out("hamming_window", out, [&] { return hamming_window(length, periodic, alpha, beta, out.options()); });
}

}  // namespace wick::inline v1
