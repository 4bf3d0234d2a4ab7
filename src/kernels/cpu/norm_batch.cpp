#include <algorithm>
#include <cmath>

#include "kernels/cpu/copy_threads.h"
#include "kernels/cpu/norm.h"
#include "kernels/cpu/norm_params.h"
#include "kernels/cpu/norm_parts.h"
#include "kernels/cpu/reduce.h"
#include "kernels/cpu/scratch.h"

namespace wick::kernels::cpu {
namespace {

// Channels-last pictures are one matrix of n * hw rows of c; so are single positions, whatever the layout is called.
struct View {
  explicit View(const BatchNorm& o)
      : matrix(o.channels_last || o.hw == 1), rows(o.n * o.hw), size(static_cast<int64_t>(element_size(o.types.type))) {}
  bool matrix;
  int64_t rows, size;
};

const char* at(const void* p, int64_t bytes) { return p ? static_cast<const char*>(p) + bytes : nullptr; }
char* at(void* p, int64_t bytes) { return p ? static_cast<char*>(p) + bytes : nullptr; }

// Mean and sum of squared deviations of every channel.
void moments(const BatchNorm& o, const void* x, double* mean, double* m2) {
  const View v(o);
  if (v.matrix) {
    var_mean(o.types.type, x, kDouble, m2, mean, 1, v.rows, o.c, 1, false);
    return;
  }
  parallel_tasks(o.c, static_cast<double>(v.rows), [&](int64_t c) {
    double have = 0, m = 0, s = 0;
    const double more = static_cast<double>(o.hw);
    for (int64_t i = 0; i < o.n; ++i) {  // Chan's rule: each picture is read once
      double mi, si;
      run_moments(o.types.type, at(x, (i * o.c + c) * o.hw * v.size), o.hw, &mi, &si);
      const double delta = mi - m;
      s += si + delta * delta * have * more / (have + more);
      m += delta * more / (have + more);
      have += more;
    }
    mean[c] = m;
    m2[c] = s;
  });
}

template <class A>
void affine(const BatchNorm& o, const void* x, const void* residual, void* y, const A* a, const A* b) {
  const View v(o);
  if (v.matrix) {
    parallel_ranges(v.rows, static_cast<double>(o.c), 1, [&](int64_t begin, int64_t end) {
      const int64_t off = begin * o.c * v.size;
      span_affine({o.types.type, end - begin, o.c, a, b, o.relu}, at(x, off), at(residual, off), at(y, off));
    });
    return;
  }
  parallel_ranges(o.n * o.c, static_cast<double>(o.hw), 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t c = r % o.c, off = r * o.hw * v.size;
      span_affine({o.types.type, o.hw, 0, a + c, b + c, o.relu}, at(x, off), at(residual, off), at(y, off));
    }
  });
}

// a = gamma * invstd, b = beta - mean * a
template <class A>
void coefficients(const BatchNorm& o, const void* gamma, const void* beta, const double* mean, const double* invstd,
                  A* a, A* b) {
  for (int64_t c = 0; c < o.c; ++c) {
    const double scale = param_at(o.types.param_type, gamma, c, 1) * invstd[c];
    a[c] = static_cast<A>(scale);
    b[c] = static_cast<A>(param_at(o.types.param_type, beta, c, 0) - mean[c] * scale);
  }
}

// Per channel: sum g and sum g (x - mean), over fixed pieces.
template <class A>
void dots(const BatchNorm& o, const void* gy, const void* x, const void* y, const A* a, const A* b, const A* mean,
          double* sums) {
  const View v(o);
  if (!v.matrix) {
    parallel_tasks(o.c, static_cast<double>(v.rows), [&](int64_t c) {
      double s[2] = {0, 0};
      for (int64_t i = 0; i < o.n; ++i) {
        double t[2];
        const int64_t off = (i * o.c + c) * o.hw * v.size;
        span_dots({o.types.type, o.hw, 0, a + c, b + c, o.relu}, at(gy, off), at(x, off), at(y, off), mean + c, t);
        s[0] += t[0], s[1] += t[1];
      }
      sums[2 * c] = s[0], sums[2 * c + 1] = s[1];
    });
    return;
  }
  const int64_t pieces = std::clamp<int64_t>(v.rows * o.c / 65536, 1, std::max<int64_t>(1, std::min<int64_t>(64, v.rows)));
  Scratch scratch(static_cast<size_t>(pieces * 2 * o.c) * sizeof(double));
  double* part = scratch.as<double>();
  parallel_tasks(pieces, static_cast<double>(v.rows * o.c) / static_cast<double>(pieces), [&](int64_t k) {
    const int64_t begin = v.rows * k / pieces, end = v.rows * (k + 1) / pieces, off = begin * o.c * v.size;
    span_dots({o.types.type, end - begin, o.c, a, b, o.relu}, at(gy, off), at(x, off), at(y, off), mean,
              part + k * 2 * o.c);
  });
  for (int64_t i = 0; i < 2 * o.c; ++i) {
    sums[i] = 0;
    for (int64_t k = 0; k < pieces; ++k) sums[i] += part[k * 2 * o.c + i];
  }
}

template <class A>
void gradients(const BatchNorm& o, const void* gy, const void* x, const void* y, const A* a, const A* b, const A* p,
               const A* q, const A* r, void* gx, void* gresidual) {
  const View v(o);
  if (v.matrix) {
    parallel_ranges(v.rows, static_cast<double>(o.c), 1, [&](int64_t begin, int64_t end) {
      const int64_t off = begin * o.c * v.size;
      span_backward({o.types.type, end - begin, o.c, a, b, o.relu}, at(gy, off), at(x, off), at(y, off), p, q, r,
                    at(gx, off), at(gresidual, off));
    });
    return;
  }
  parallel_ranges(o.n * o.c, static_cast<double>(o.hw), 1, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const int64_t c = k % o.c, off = k * o.hw * v.size;
      span_backward({o.types.type, o.hw, 0, a + c, b + c, o.relu}, at(gy, off), at(x, off), at(y, off), p + c, q + c,
                    r + c, at(gx, off), at(gresidual, off));
    }
  });
}

}  // namespace

void batch_norm_train(const BatchNorm& o, const void* x, const void* gamma, const void* beta, const void* residual,
                      void* running_mean, void* running_var, double momentum, double eps, void* y, void* mean,
                      void* invstd) {
  const double count = static_cast<double>(o.n * o.hw);
  if (o.c == 0 || count == 0) return;
  with_stat_type(o.types.type, [&](auto zero) {
    using A = decltype(zero);
    Scratch scratch(static_cast<size_t>(o.c) * (2 * sizeof(double) + 2 * sizeof(A)));
    double *mu = scratch.as<double>(), *s = mu + o.c;
    A *a = reinterpret_cast<A*>(s + o.c), *b = a + o.c;
    moments(o, x, mu, s);
    for (int64_t c = 0; c < o.c; ++c) {
      const ScalarType pt = o.types.param_type;
      set_param(pt, running_mean, c, (1 - momentum) * param_at(pt, running_mean, c, 0) + momentum * mu[c]);
      set_param(pt, running_var, c, (1 - momentum) * param_at(pt, running_var, c, 0) + momentum * (s[c] / (count - 1)));
      s[c] = 1 / std::sqrt(s[c] / count + eps);
      static_cast<A*>(mean)[c] = static_cast<A>(mu[c]);
      static_cast<A*>(invstd)[c] = static_cast<A>(s[c]);
    }
    coefficients(o, gamma, beta, mu, s, a, b);
    affine(o, x, residual, y, a, b);
  });
}

void batch_norm_eval(const BatchNorm& o, const void* x, const void* gamma, const void* beta, const void* residual,
                     const void* running_mean, const void* running_var, double eps, void* y) {
  if (o.c == 0 || o.n * o.hw == 0) return;
  with_stat_type(o.types.type, [&](auto zero) {
    using A = decltype(zero);
    Scratch scratch(static_cast<size_t>(o.c) * (2 * sizeof(double) + 2 * sizeof(A)));
    double *mu = scratch.as<double>(), *s = mu + o.c;
    A *a = reinterpret_cast<A*>(s + o.c), *b = a + o.c;
    for (int64_t c = 0; c < o.c; ++c) {
      mu[c] = param_at(o.types.param_type, running_mean, c, 0);
      s[c] = 1 / std::sqrt(param_at(o.types.param_type, running_var, c, 1) + eps);
    }
    coefficients(o, gamma, beta, mu, s, a, b);
    affine(o, x, residual, y, a, b);
  });
}

void batch_norm_backward(const BatchNorm& o, bool train, const void* gy, const void* x, const void* y,
                         const void* gamma, const void* beta, const void* mean, const void* invstd, void* gx,
                         void* gresidual, void* ggamma, void* gbeta) {
  if (o.c == 0) return;
  with_stat_type(o.types.type, [&](auto zero) {
    using A = decltype(zero);
    const double count = static_cast<double>(o.n * o.hw);
    Scratch scratch(static_cast<size_t>(o.c) * (4 * sizeof(double) + 5 * sizeof(A)));
    double *sums = scratch.as<double>(), *mu = sums + 2 * o.c, *s = mu + o.c;
    A *a = reinterpret_cast<A*>(s + o.c), *b = a + o.c, *p = b + o.c, *q = p + o.c, *r = q + o.c;
    for (int64_t c = 0; c < o.c; ++c) {
      mu[c] = static_cast<double>(static_cast<const A*>(mean)[c]);
      s[c] = static_cast<double>(static_cast<const A*>(invstd)[c]);
    }
    coefficients(o, gamma, beta, mu, s, a, b);
    std::fill_n(sums, 2 * o.c, 0.0);
    if (count > 0 && (ggamma || gbeta || (gx && train)))
      dots(o, gy, x, y, a, b, static_cast<const A*>(mean), sums);
    for (int64_t c = 0; c < o.c; ++c) {
      set_param(o.types.param_type, ggamma, c, sums[2 * c + 1] * s[c]);
      set_param(o.types.param_type, gbeta, c, sums[2 * c]);
      const double scale = param_at(o.types.param_type, gamma, c, 1) * s[c];
      const double slope = train ? -scale * s[c] * s[c] * sums[2 * c + 1] / count : 0;
      p[c] = static_cast<A>(scale);
      q[c] = static_cast<A>(slope);
      r[c] = static_cast<A>(train ? -scale * sums[2 * c] / count - slope * mu[c] : 0);
    }
    if (count > 0 && (gx || gresidual)) gradients(o, gy, x, y, a, b, p, q, r, gx, gresidual);
  });
}

}  // namespace wick::kernels::cpu
