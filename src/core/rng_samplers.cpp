// Fills by inversion, permutations, multinomial, and the rejection samplers.
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "core/rng_stream.h"

namespace wick {
inline namespace v1 {
namespace rng {
namespace {

using detail::kTile;
using detail::stream;
using detail::stream_units;
using detail::to_element;

// out[i] = f(a double in [0, 1)).
template <class T, class F>
void fill_units(GeneratorState& state, T* out, int64_t n, const F& f) {
  stream_units(state, n, [&](const double* units, int64_t first, int64_t count) {
    for (int64_t i = 0; i < count; ++i) out[first + i] = to_element<T>(f(units[i]));
  });
}

}  // namespace

void exponential(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double lambda) {
  if (!(lambda > 0.0)) throw Error("exponential_: expects lambda > 0, got lambda=" + std::to_string(lambda));
  detail::visit_floating("exponential_", dtype, [&](auto tag) {
    const double scale = -1.0 / lambda;
    fill_units(state, static_cast<decltype(tag)*>(out), n, [=](double u) { return scale * std::log1p(-u); });
  });
}

void cauchy(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double median, double sigma) {
  if (!(sigma > 0.0)) throw Error("cauchy_: expects sigma > 0, got sigma=" + std::to_string(sigma));
  detail::visit_floating("cauchy_", dtype, [&](auto tag) {
    fill_units(state, static_cast<decltype(tag)*>(out), n,
               [=](double u) { return std::fma(sigma, std::tan(M_PI * (u - 0.5)), median); });
  });
}

void geometric(GeneratorState& state, ScalarType dtype, void* out, int64_t n, double p) {
  if (!(p > 0.0 && p < 1.0)) throw Error("geometric_: expects p in (0, 1), got p=" + std::to_string(p));
  detail::visit_numbers("geometric_", dtype, [&](auto tag) {
    const double scale = std::log1p(-p);
    fill_units(state, static_cast<decltype(tag)*>(out), n, [=](double u) { return std::ceil(std::log(u) / scale); });
  });
}

namespace {

// PyTorch draws 32 bits per element below this length, and 64, by another algorithm, from it on.
constexpr int64_t kLongPermutation = std::numeric_limits<uint32_t>::max() / 20;

template <class T>
void permute(GeneratorState& state, T* out, int64_t n) {
  if (n < kLongPermutation) {
    for (int64_t i = 0; i < n; ++i) out[i] = to_element<T>(i);
    // Swaps follow one another, so this runs on one thread.
    stream(state, n - 1, std::numeric_limits<int64_t>::max(), [&](const uint32_t* raw, int64_t first, int64_t count) {
      uint32_t words[kTile];
      simd::kernels().temper_all(raw, words, count);
      for (int64_t i = first; i < first + count; ++i)
        std::swap(out[i], out[i + words[i - first] % static_cast<uint32_t>(n - i)]);
    });
    return;
  }
  stream(state, 2 * n, std::numeric_limits<int64_t>::max(), [&](const uint32_t* raw, int64_t first, int64_t count) {
    uint64_t words[kTile / 2];
    simd::kernels().join_u64(raw, words, count / 2);
    for (int64_t k = 0; k < count / 2; ++k) {
      const int64_t i = first / 2 + k, z = static_cast<int64_t>(words[k] % static_cast<uint64_t>(i + 1));
      out[i] = to_element<T>(i);
      out[i] = out[z];
      out[z] = to_element<T>(i);
    }
  });
}

}  // namespace

void randperm(GeneratorState& state, ScalarType dtype, void* out, int64_t n) {
  if (n < 0) throw Error("randperm: expects n >= 0, got n=" + std::to_string(n));
  detail::visit_numbers("randperm", dtype,
                        [&](auto tag) { permute(state, static_cast<decltype(tag)*>(out), n); });
}

namespace {

// Categories in order of p / q with q exponential: drawing without replacement, all at once.
template <class T>
void multinomial_distinct(GeneratorState& state, const T* probs, int64_t rows, int64_t cols, int64_t samples,
                          ScalarType dtype, int64_t* out) {
  std::vector<T> q(static_cast<size_t>(rows * cols));
  exponential(state, dtype, q.data(), rows * cols, 1.0);
  using Acc = std::conditional_t<std::is_same_v<T, double>, double, float>;
  const auto before = [](const std::pair<Acc, int64_t>& a, const std::pair<Acc, int64_t>& b) {
    return (std::isnan(a.first) && !std::isnan(b.first)) || a.first > b.first;
  };
  std::vector<std::pair<Acc, int64_t>> queue(static_cast<size_t>(cols));
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = 0; c < cols; ++c) {
      const Acc ratio = static_cast<Acc>(probs[r * cols + c]) / static_cast<Acc>(q[static_cast<size_t>(r * cols + c)]);
      queue[static_cast<size_t>(c)] = {static_cast<Acc>(to_element<T>(ratio)), c};
    }
    const auto begin = queue.begin(), end = queue.end();
    // Ties are rare but real (zero probabilities); the calls are those that order them as PyTorch's topk does.
    if (samples == 1) {
      *out++ = std::min_element(begin, end, before)->second;
      continue;
    }
    if (samples * 64 <= cols) {
      std::partial_sort(begin, begin + samples, end, before);
    } else {
      std::nth_element(begin, begin + samples - 1, end, before);
      std::sort(begin, begin + samples - 1, before);
    }
    for (int64_t s = 0; s < samples; ++s) *out++ = queue[static_cast<size_t>(s)].second;
  }
}

// Inversion of each row's cumulative distribution.
template <class T>
void multinomial_repeated(GeneratorState& state, const T* probs, int64_t rows, int64_t cols, int64_t samples,
                          int64_t* out) {
  using Acc = std::conditional_t<std::is_same_v<T, double>, double, float>;
  std::vector<Acc> cumulative(static_cast<size_t>(cols));
  for (int64_t r = 0; r < rows; ++r) {
    Acc sum = 0;
    for (int64_t c = 0; c < cols; ++c)
      cumulative[static_cast<size_t>(c)] = sum += static_cast<Acc>(probs[r * cols + c]);
    for (Acc& c : cumulative) c /= sum;
    cumulative.back() = 1;
    stream_units(state, samples, [&](const double* units, int64_t first, int64_t count) {
      for (int64_t i = 0; i < count; ++i)
        out[r * samples + first + i] =
            std::lower_bound(cumulative.begin(), cumulative.end(), units[i]) - cumulative.begin();
    });
  }
}

template <class T>
void check_probs(const T* probs, int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < rows; ++r) {
    double sum = 0;
    for (int64_t c = 0; c < cols; ++c) {
      const double p = static_cast<double>(probs[r * cols + c]);
      if (!(p >= 0.0 && p <= std::numeric_limits<double>::max()))
        throw Error("multinomial: probabilities must be finite and >= 0, got " + std::to_string(p) + " in row " +
                    std::to_string(r) + ", column " + std::to_string(c));
      sum += p;
    }
    if (!(sum > 0.0))
      throw Error("multinomial: the probabilities of row " + std::to_string(r) + " sum to 0, want more");
  }
}

}  // namespace

void multinomial(GeneratorState& state, ScalarType dtype, const void* probs, int64_t rows, int64_t cols,
                 int64_t samples, bool replacement, int64_t* out) {
  if (samples <= 0 || (!replacement && samples > cols))
    throw Error("multinomial: cannot draw " + std::to_string(samples) + " samples of " + std::to_string(cols) +
                " categories " + (replacement ? "with" : "without") + " replacement");
  if (cols > int64_t{1} << 24)
    throw Error("multinomial: at most 2^24 categories, got " + std::to_string(cols));
  detail::visit_floating("multinomial", dtype, [&](auto tag) {
    using T = decltype(tag);
    const T* p = static_cast<const T*>(probs);
    check_probs(p, rows, cols);
    // One sample needs no search: PyTorch takes the other path, whose numbers differ.
    if (replacement && samples > 1)
      multinomial_repeated(state, p, rows, cols, samples, out);
    else
      multinomial_distinct(state, p, rows, cols, samples, dtype, out);
  });
}

namespace {

// Poisson: by products of uniforms for small rates, else Hörmann's transformed rejection PTRS (1993).
int64_t poisson_one(GeneratorState& g, double rate) {
  if (rate == 0.0) return 0;
  if (rate < 10.0) {
    const double limit = std::exp(-rate);
    int64_t k = 0;
    for (double product = g.unit(); product > limit; product *= g.unit()) ++k;
    return k;
  }
  const double log_rate = std::log(rate), b = 0.931 + 2.53 * std::sqrt(rate), a = -0.059 + 0.02483 * b;
  const double inv_alpha = 1.1239 + 1.1328 / (b - 3.4), v_r = 0.9277 - 3.6224 / (b - 2.0);
  for (;;) {
    const double u = g.unit() - 0.5, v = g.unit(), us = 0.5 - std::fabs(u);
    const auto k = static_cast<int64_t>(std::floor((2.0 * a / us + b) * u + rate + 0.43));
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    const double x = static_cast<double>(k);
    if (std::log(v) + std::log(inv_alpha) - std::log(a / (us * us) + b) <=
        -rate + x * log_rate - std::lgamma(x + 1.0))
      return k;
  }
}

// What Stirling's formula leaves of ln k!.
double stirling_tail(double k) {
  static constexpr double kSmall[] = {0.0810614667953272,  0.0413406959554092,  0.0276779256849983,
                                      0.02079067210376509, 0.0166446911898211,  0.0138761288230707,
                                      0.0118967099458917,  0.0104112652619720,  0.00925546218271273,
                                      0.00833056343336287};
  if (k < 10.0) return kSmall[static_cast<int>(k)];
  const double s = (k + 1.0) * (k + 1.0);
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / s) / s) / (k + 1.0);
}

// Binomial, p <= 1/2 and n p < 10: counts geometric gaps.
template <class T>
T binomial_gaps(GeneratorState& g, T n, T p) {
  const double log_q = std::log1p(-p);
  double place = 0;
  for (T k = 0;; k += 1) {
    place += std::ceil(std::log(g.unit()) / log_q);
    if (place > n) return k;
  }
}

// Binomial, p <= 1/2 and n p >= 10: Hörmann's BTRS (1993). Products in T where PyTorch has them in T.
template <class T>
T binomial_rejection(GeneratorState& g, T n, T p) {
  const double sd = std::sqrt(n * p * (1 - p));
  const double b = 1.15 + 2.53 * sd, a = -0.0873 + 0.0248 * b + 0.01 * p, c = n * p + 0.5;
  const double v_r = 0.92 - 4.2 / b, r = p / (1 - p), alpha = (2.83 + 5.1 / b) * sd;
  const double m = std::floor((n + 1) * p);
  for (;;) {
    const double u = g.unit() - 0.5;
    double v = g.unit();
    const double us = 0.5 - std::fabs(u);
    const T k = static_cast<T>(std::floor((2.0 * a / us + b) * u + c));
    if (k < 0 || k > n) continue;
    if (us >= 0.07 && v <= v_r) return k;
    v = std::log(v * alpha / (a / (us * us) + b));
    const double bound = (m + 0.5) * std::log((m + 1) / (r * (n - m + 1))) +
                         (n + 1) * std::log((n - m + 1) / (n - k + 1)) +
                         (k + 0.5) * std::log(r * (n - k + 1) / (k + 1)) + stirling_tail(m) + stirling_tail(n - m) -
                         stirling_tail(k) - stirling_tail(n - k);
    if (v <= bound) return k;
  }
}

template <class T>
T binomial_one(GeneratorState& g, T n, T p) {
  if (n <= 0 || p <= 0) return 0;
  if (p >= 1) return n;
  if (!(p <= 0.5) && !(p > 0.5)) return std::numeric_limits<T>::quiet_NaN();
  const bool mirrored = p > 0.5;
  const T q = mirrored ? static_cast<T>(1.0 - p) : p;
  const T k = n * q >= 10.0 ? binomial_rejection(g, n, q) : binomial_gaps(g, n, q);
  return mirrored ? n - k : k;
}

// Gamma(alpha, 1): Marsaglia and Tsang (2000), small alphas boosted by one. Float constants as PyTorch has.
template <class T>
double gamma_one(GeneratorState& g, T alpha) {
  double scale = 1.0;
  if (alpha < 1) {
    if (alpha == 0) return 0.0;
    scale = std::pow(1.0 - g.unit(), static_cast<double>(T(1) / alpha));
    alpha += T(1);
  }
  const double d = static_cast<T>(alpha - static_cast<T>(1.0f / 3.0f)), c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    double x, y;
    do {
      x = g.normal();
      y = 1.0 + c * x;
    } while (y <= 0.0);
    const double v = y * y * y, u = 1.0 - g.unit(), xx = x * x;
    if (u < 1.0 - 0.0331f * xx * xx) return scale * d * v;
    if (std::log(u) < 0.5 * xx + d * (1.0 - v + std::log(v))) return scale * d * v;
  }
}

// Calls f(T{}) for float and double, the only types PyTorch has these samplers for.
template <class F>
void visit_full_precision(const char* op, ScalarType dtype, const F& f) {
  if (dtype == kFloat) return f(float{});
  if (dtype == kDouble) return f(double{});
  detail::throw_dtype(op, dtype);
}

}  // namespace

void poisson(GeneratorState& state, ScalarType dtype, const void* rate, void* out, int64_t n) {
  detail::visit_floating("poisson", dtype, [&](auto tag) {
    using T = decltype(tag);
    const T* r = static_cast<const T*>(rate);
    for (int64_t i = 0; i < n; ++i)
      if (!(static_cast<double>(r[i]) >= 0.0))
        throw Error("poisson: rates must be >= 0, got " + std::to_string(static_cast<double>(r[i])) +
                    " at element " + std::to_string(i));
    for (int64_t i = 0; i < n; ++i)
      static_cast<T*>(out)[i] = to_element<T>(poisson_one(state, static_cast<double>(r[i])));
  });
}

void binomial(GeneratorState& state, ScalarType dtype, const void* count, const void* prob, void* out, int64_t n) {
  visit_full_precision("binomial", dtype, [&](auto tag) {
    using T = decltype(tag);
    for (int64_t i = 0; i < n; ++i)
      static_cast<T*>(out)[i] =
          binomial_one(state, static_cast<const T*>(count)[i], static_cast<const T*>(prob)[i]);
  });
}

void standard_gamma(GeneratorState& state, ScalarType dtype, const void* alpha, void* out, int64_t n) {
  visit_full_precision("standard_gamma", dtype, [&](auto tag) {
    using T = decltype(tag);
    for (int64_t i = 0; i < n; ++i)
      static_cast<T*>(out)[i] = std::max(std::numeric_limits<T>::min(),
                                         static_cast<T>(gamma_one(state, static_cast<const T*>(alpha)[i])));
  });
}

void dirichlet(GeneratorState& state, ScalarType dtype, const void* alpha, void* out, int64_t rows, int64_t cols) {
  visit_full_precision("dirichlet", dtype, [&](auto tag) {
    using T = decltype(tag);
    std::vector<double> gamma(static_cast<size_t>(rows * cols));
    for (int64_t i = 0; i < rows * cols; ++i)
      gamma[static_cast<size_t>(i)] = std::max(std::numeric_limits<double>::min(),
                                               gamma_one(state, static_cast<double>(static_cast<const T*>(alpha)[i])));
    const T least = std::numeric_limits<T>::min(), most = std::nextafter(T(1), T(0));
    for (int64_t r = 0; r < rows; ++r) {
      const double* g = gamma.data() + r * cols;
      const double sum = std::accumulate(g, g + cols, 0.0);
      for (int64_t c = 0; c < cols; ++c)
        static_cast<T*>(out)[r * cols + c] = std::clamp(static_cast<T>(g[c] / sum), least, most);
    }
  });
}

}  // namespace rng
}  // namespace v1
}  // namespace wick
