#include "kernels/cpu/norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/norm_params.h"
#include "kernels/cpu/norm_parts.h"
#include "kernels/cpu/scratch.h"

namespace wick::kernels::cpu {
namespace {

void rows_forward(NormTypes t, const void* x, const void* gamma, const void* beta, void* y, void* mean, void* rstd,
                  int64_t rows, int64_t n, double eps, bool center) {
  if (rows == 0 || n == 0) return;
  with_stat_type(t.type, [&](auto zero) {
    using A = decltype(zero);
    Scratch scratch(static_cast<size_t>(2 * n) * sizeof(A));
    A *g = scratch.as<A>(), *b = g + n;
    for (int64_t i = 0; i < n; ++i) {
      g[i] = static_cast<A>(param_at(t.param_type, gamma, i, 1));
      b[i] = static_cast<A>(param_at(t.param_type, beta, i, 0));
    }
    const NormRows o{t.type, x, g, b, y, mean, rstd, n, eps, center};
    parallel_ranges(rows, static_cast<double>(n), 1, [&](int64_t begin, int64_t end) { norm_rows(o, begin, end); });
  });
}

// Blocks of rows that sum parameter gradients apart: fixed by the shape, few enough for the scratch to stay in cache.
int64_t row_blocks(int64_t rows) { return std::clamp<int64_t>(rows / 64, 1, 64); }

void rows_backward(NormTypes t, const void* gy, const void* x, const void* mean, const void* rstd, const void* gamma,
                   void* gx, void* ggamma, void* gbeta, int64_t rows, int64_t n, bool center) {
  if (n == 0) return;
  with_stat_type(t.type, [&](auto zero) {
    using A = decltype(zero);
    const int64_t blocks = row_blocks(rows), sums = (ggamma ? n : 0) + (gbeta ? n : 0);
    Scratch scratch(static_cast<size_t>(n + blocks * sums) * sizeof(A));
    A *g = scratch.as<A>(), *part = g + n;
    for (int64_t i = 0; i < n; ++i) g[i] = static_cast<A>(param_at(t.param_type, gamma, i, 1));
    const NormRowsBackward o{t.type, gy, x, mean, rstd, g, gx, n, center};
    parallel_tasks(blocks, static_cast<double>(rows) / static_cast<double>(blocks) * static_cast<double>(n),
                   [&](int64_t k) {
                     A* mine = part + k * sums;
                     std::fill_n(mine, sums, A{0});
                     norm_rows_backward(o, rows * k / blocks, rows * (k + 1) / blocks, ggamma ? mine : nullptr,
                                        gbeta ? mine + (ggamma ? n : 0) : nullptr);
                   });
    for (int64_t i = 0; i < sums; ++i) {
      double s = 0;
      for (int64_t k = 0; k < blocks; ++k) s += static_cast<double>(part[k * sums + i]);
      const bool first = ggamma && i < n;
      set_param(t.param_type, first ? ggamma : gbeta, first || !ggamma ? i : i - n, s);
    }
  });
}

}  // namespace

void layer_norm(NormTypes t, const void* x, const void* gamma, const void* beta, void* y, void* mean, void* rstd,
                int64_t rows, int64_t n, double eps) {
  rows_forward(t, x, gamma, beta, y, mean, rstd, rows, n, eps, true);
}
void layer_norm_backward(NormTypes t, const void* gy, const void* x, const void* mean, const void* rstd,
                         const void* gamma, void* gx, void* ggamma, void* gbeta, int64_t rows, int64_t n) {
  rows_backward(t, gy, x, mean, rstd, gamma, gx, ggamma, gbeta, rows, n, true);
}
void rms_norm(NormTypes t, const void* x, const void* gamma, void* y, void* rstd, int64_t rows, int64_t n, double eps) {
  rows_forward(t, x, gamma, nullptr, y, nullptr, rstd, rows, n, eps, false);
}
void rms_norm_backward(NormTypes t, const void* gy, const void* x, const void* rstd, const void* gamma, void* gx,
                       void* ggamma, int64_t rows, int64_t n) {
  rows_backward(t, gy, x, nullptr, rstd, gamma, gx, ggamma, nullptr, rows, n, false);
}

void group_norm(NormTypes t, const void* x, const void* gamma, const void* beta, void* y, void* mean, void* rstd,
                int64_t n, int64_t c, int64_t hw, int64_t groups, double eps) {
  if (n == 0 || c == 0 || hw == 0) return;
  const int64_t per = c / groups, len = per * hw, size = static_cast<int64_t>(element_size(t.type));
  with_stat_type(t.type, [&](auto zero) {
    using A = decltype(zero);
    parallel_tasks(n * groups, static_cast<double>(len), [&](int64_t r) {
      double mu, m2;
      run_moments(t.type, static_cast<const char*>(x) + r * len * size, len, &mu, &m2);
      const double s = 1 / std::sqrt(m2 / static_cast<double>(len) + eps);
      if (mean) static_cast<A*>(mean)[r] = static_cast<A>(mu);
      if (rstd) static_cast<A*>(rstd)[r] = static_cast<A>(s);
      for (int64_t k = 0; k < per; ++k) {
        const int64_t ch = r % groups * per + k, at = (r * len + k * hw) * size;
        const double scale = s * param_at(t.param_type, gamma, ch, 1);
        const A a = static_cast<A>(scale), b = static_cast<A>(param_at(t.param_type, beta, ch, 0) - mu * scale);
        span_affine({t.type, hw, 0, &a, &b, false}, static_cast<const char*>(x) + at, nullptr,
                    static_cast<char*>(y) + at);
      }
    });
  });
}

void group_norm_backward(NormTypes t, const void* gy, const void* x, const void* mean, const void* rstd,
                         const void* gamma, void* gx, void* ggamma, void* gbeta, int64_t n, int64_t c, int64_t hw,
                         int64_t groups) {
  if (c == 0) return;
  const int64_t per = c / groups, len = per * hw, size = static_cast<int64_t>(element_size(t.type));
  Scratch scratch(static_cast<size_t>(2 * n * c) * sizeof(double));
  double* sums = scratch.as<double>();  // per picture and channel: sum g, sum g (x - mean)
  with_stat_type(t.type, [&](auto zero) {
    using A = decltype(zero);
    const A *mu = static_cast<const A*>(mean), *s = static_cast<const A*>(rstd);
    parallel_tasks(n * groups, static_cast<double>(2 * len), [&](int64_t r) {
      const auto at = [&](int64_t k) { return (r * len + k * hw) * size; };
      const Span span{t.type, hw, 0, nullptr, nullptr, false};
      double c1 = 0, c2 = 0;
      for (int64_t k = 0; k < per; ++k) {
        double* mine = sums + 2 * (r * per + k);
        span_dots(span, static_cast<const char*>(gy) + at(k), static_cast<const char*>(x) + at(k), nullptr, mu + r, mine);
        const double g = param_at(t.param_type, gamma, r % groups * per + k, 1);
        c1 += g * mine[0];
        c2 += g * mine[1];
      }
      if (!gx) return;
      const double rs = static_cast<double>(s[r]), m = static_cast<double>(mu[r]);
      const double slope = -rs * rs * rs * c2 / static_cast<double>(len);
      const A q = static_cast<A>(slope), rest = static_cast<A>(-rs * c1 / static_cast<double>(len) - slope * m);
      for (int64_t k = 0; k < per; ++k) {
        const A p = static_cast<A>(rs * param_at(t.param_type, gamma, r % groups * per + k, 1));
        span_backward(span, static_cast<const char*>(gy) + at(k), static_cast<const char*>(x) + at(k), nullptr, &p, &q,
                      &rest, static_cast<char*>(gx) + at(k), nullptr);
      }
    });
    for (int64_t ch = 0; ch < c; ++ch) {
      double gg = 0, gb = 0;
      for (int64_t i = 0; i < n; ++i) {
        gb += sums[2 * (i * c + ch)];
        gg += sums[2 * (i * c + ch) + 1] * static_cast<double>(s[i * groups + ch / per]);
      }
      set_param(t.param_type, ggamma, ch, gg);
      set_param(t.param_type, gbeta, ch, gb);
    }
  });
}

}  // namespace wick::kernels::cpu
