// Lengths made of small primes by Stockham's self-sorting algorithm, others by Bluestein's through a power of two.
// Several lines are transformed side by side, so that even the first step has a vector's length of work in a row.
#include "kernels/cpu/fft.h"

#include <wick/core/parallel.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>
#include <vector>

#include "kernels/cpu/fft_stages.h"
#include "kernels/cpu/scratch.h"

namespace wick::kernels::cpu {
namespace {

constexpr int kLargestRadix = 31;

// exp(-2 pi i k / n), exact where it can be: the angle is folded into the first eighth.
struct Root { double re, im; };
Root root(int64_t k, int64_t n) {
  k %= n;
  const int64_t eighth = 8 * k / n;
  const double t = 2 * std::numbers::pi / static_cast<double>(n);
  const auto c = [t](int64_t j) { return std::cos(t * static_cast<double>(j)); };
  const auto s = [t](int64_t j) { return std::sin(t * static_cast<double>(j)); };
  const auto quarter = [n, t](int64_t j, double m) { return t * (static_cast<double>(j) - static_cast<double>(n) * m / 4); };
  switch (eighth) {
    case 0: return {c(k), -s(k)};
    case 1: case 2: { const double a = quarter(k, 1); return {-std::sin(a), -std::cos(a)}; }
    case 3: case 4: { const double a = quarter(k, 2); return {-std::cos(a), std::sin(a)}; }
    case 5: case 6: { const double a = quarter(k, 3); return {std::sin(a), std::cos(a)}; }
    default: { const double a = quarter(k, 4); return {std::cos(a), -std::sin(a)}; }
  }
}
template <class T>
void push(std::vector<T>& v, Root r) {
  v.push_back(static_cast<T>(r.re));
  v.push_back(static_cast<T>(r.im));
}

template <class T>
struct Plan {
  struct Step {
    int radix;
    int64_t m, s;
    std::vector<T> twiddles, roots;
  };
  int64_t n;
  std::vector<Step> steps;
  // Bluestein's: the chirp, the transform of its conjugate divided by the length, and that length's plan.
  std::shared_ptr<const Plan> inner;
  std::vector<T> chirp, filter;
};
template <class T>
std::shared_ptr<const Plan<T>> plan_for(int64_t n);

// Work space: two pairs of arrays, swapped after each step.
template <class T>
struct Work {
  T *re, *im, *re2, *im2;
  void swap() { std::swap(re, re2); std::swap(im, im2); }
};

// Room for them: `count` numbers each, undefined.
template <class T>
struct Space {
  Scratch memory;
  Work<T> w;
  explicit Space(int64_t count) : memory(static_cast<size_t>(4 * count) * sizeof(T)), w{at(0), at(count), at(2 * count), at(3 * count)} {}
  T* at(int64_t i) const { return memory.as<T>() + i; }
};

// Forward transform of `width` lines side by side: element k of line b is at k * width + b. The result is in w.re, w.im.
template <class T>
void run(const Plan<T>& plan, int64_t width, Work<T>& w, bool threads);

template <class T>
void run_bluestein(const Plan<T>& plan, int64_t width, Work<T>& w, bool threads) {
  const int64_t n = plan.n, m = plan.inner->n;
  const Space<T> space(m * width);
  Work<T> v = space.w;
  std::fill(v.re + n * width, v.re + m * width, T(0));
  std::fill(v.im + n * width, v.im + m * width, T(0));
  const auto times = [width](const T* c, const T* xr, const T* xi, T* yr, T* yi) {
    for (int64_t b = 0; b < width; ++b) {
      const T r = xr[b], i = xi[b];
      yr[b] = r * c[0] - i * c[1];
      yi[b] = r * c[1] + i * c[0];
    }
  };
  for (int64_t k = 0; k < n; ++k) times(&plan.chirp[static_cast<size_t>(2 * k)], w.re + k * width, w.im + k * width, v.re + k * width, v.im + k * width);
  run(*plan.inner, width, v, threads);
  for (int64_t k = 0; k < m; ++k) times(&plan.filter[static_cast<size_t>(2 * k)], v.re + k * width, v.im + k * width, v.re + k * width, v.im + k * width);
  // Swapping the parts before and after makes it the inverse.
  std::swap(v.re, v.im);
  run(*plan.inner, width, v, threads);
  std::swap(v.re, v.im);
  for (int64_t k = 0; k < n; ++k) times(&plan.chirp[static_cast<size_t>(2 * k)], v.re + k * width, v.im + k * width, w.re + k * width, w.im + k * width);
}

template <class T>
void run(const Plan<T>& plan, int64_t width, Work<T>& w, bool threads) {
  if (plan.inner) return run_bluestein(plan, width, w, threads);
  for (const auto& step : plan.steps) {
    const FftStage<T> g{step.radix, step.m, step.s * width, step.twiddles.data(), step.roots.data(), w.re, w.im, w.re2, w.im2};
    if (threads) parallel_for(0, step.m, std::max<int64_t>(1, 32768 / (g.s * step.radix)), [&](int64_t b, int64_t e) { fft_stage(g, b, e); });
    else fft_stage(g, 0, step.m);
    w.swap();
  }
}

template <class T>
std::shared_ptr<const Plan<T>> make_plan(int64_t n) {
  auto plan = std::make_shared<Plan<T>>();
  plan->n = n;
  std::vector<int> radices;
  int64_t rest = n;
  for (int r : {4, 2, 3, 5}) for (; rest % r == 0; rest /= r) radices.push_back(r);
  for (int r = 7; r <= kLargestRadix; r += 2) for (; rest % r == 0; rest /= r) radices.push_back(r);
  if (rest > 1) {
    int64_t m = 1;
    while (m < 2 * n - 1) m *= 2;
    plan->inner = plan_for<T>(m);
    std::vector<T> re(static_cast<size_t>(m)), im(re), re2(re), im2(re);
    for (int64_t k = 0; k < n; ++k) {
      const Root c = root(static_cast<int64_t>((static_cast<unsigned __int128>(k) * static_cast<unsigned __int128>(k)) % static_cast<unsigned __int128>(2 * n)), 2 * n);
      push(plan->chirp, c);
      const size_t at[2] = {static_cast<size_t>(k), static_cast<size_t>((m - k) % m)};
      for (size_t i : at) {
        re[i] = static_cast<T>(c.re / static_cast<double>(m));
        im[i] = static_cast<T>(-c.im / static_cast<double>(m));
      }
    }
    Work<T> w{re.data(), im.data(), re2.data(), im2.data()};
    run(*plan->inner, 1, w, false);
    for (int64_t k = 0; k < m; ++k) {
      plan->filter.push_back(w.re[k]);
      plan->filter.push_back(w.im[k]);
    }
    return plan;
  }
  int64_t length = n, s = 1;
  for (int r : radices) {
    typename Plan<T>::Step step{r, length / r, s, {}, {}};
    for (int64_t p = 0; p < step.m; ++p)
      for (int k = 1; k < r; ++k) push(step.twiddles, root(p * k, length));
    if (r > 4) for (int k = 0; k < r; ++k) push(step.roots, root(k, r));
    plan->steps.push_back(std::move(step));
    length /= r;
    s *= r;
  }
  return plan;
}

// Plans are kept while they are few and small.
template <class T>
std::shared_ptr<const Plan<T>> plan_for(int64_t n) {
  static std::mutex lock;
  static std::map<int64_t, std::shared_ptr<const Plan<T>>> kept;
  static int64_t size = 0;
  {
    const std::lock_guard<std::mutex> guard(lock);
    const auto found = kept.find(n);
    if (found != kept.end()) return found->second;
  }
  auto plan = make_plan<T>(n);
  const std::lock_guard<std::mutex> guard(lock);
  if (size + n > (1 << 21) || kept.size() >= 256) {
    kept.clear();
    size = 0;
  }
  if (kept.emplace(n, plan).second) size += n;
  return plan;
}

// Lines that fit a core's cache side by side.
int64_t width_for(int64_t n, int64_t lines) {
  int64_t width = n <= 512 ? 16 : n <= 2048 ? 8 : n <= 16384 ? 4 : 1;
  while (width > 1 && width > lines) width /= 2;
  return width;
}
// Calls f(k, b) for k < n, b < lines, some elements of a line after another: whole rows would meet in the cache when
// their distance is a power of two.
template <class F>
void by_blocks(int64_t n, int64_t lines, const F& f) {
  for (int64_t from = 0; from < n; from += 16)
    for (int64_t b = 0; b < lines; ++b)
      for (int64_t k = from; k < std::min(n, from + 16); ++k) f(k, b);
}

// Runs f(first line, lines, work space) over blocks of lines; f gets `width` or fewer lines, the space holds n a line.
template <class T, class F>
void over_lines(int64_t lines, int64_t n, const F& f) {
  const int64_t width = width_for(n, lines), blocks = (lines + width - 1) / width;
  if (blocks == 1) {
    Space<T> space(n * width);
    return f(0, lines, space.w, n * width >= (1 << 16));
  }
  parallel_for(0, blocks, std::max<int64_t>(1, 16384 / (n * width)), [&](int64_t begin, int64_t end) {
    Space<T> space(n * width);
    for (int64_t i = begin; i < end; ++i) {
      Work<T> w = space.w;
      f(i * width, std::min(width, lines - i * width), w, false);
    }
  });
}

}  // namespace

template <class T>
void fft_complex(T* data, int64_t outer, int64_t n, int64_t inner, bool forward, T scale) {
  if (outer * inner == 0 || n == 0) return;
  const auto plan = plan_for<T>(n);
  over_lines<T>(outer * inner, n, [&](int64_t first, int64_t lines, Work<T>& w, bool threads) {
    int64_t at[16];
    for (int64_t b = 0; b < lines; ++b) at[b] = 2 * ((first + b) / inner * n * inner + (first + b) % inner);
    if (!forward) std::swap(w.re, w.im);
    const auto read = [&](int64_t k, int64_t b) {
      w.re[k * lines + b] = data[at[b] + 2 * k * inner];
      w.im[k * lines + b] = data[at[b] + 2 * k * inner + 1];
    };
    const auto write = [&](int64_t k, int64_t b) {
      data[at[b] + 2 * k * inner] = w.re[k * lines + b] * scale;
      data[at[b] + 2 * k * inner + 1] = w.im[k * lines + b] * scale;
    };
    // Lines beside each other are read across.
    const auto each = [&](const auto& f) {
      if (inner == 1) return by_blocks(n, lines, f);
      for (int64_t k = 0; k < n; ++k)
        for (int64_t b = 0; b < lines; ++b) f(k, b);
    };
    each(read);
    if (!forward) std::swap(w.re, w.im);
    run(*plan, lines, w, threads);
    if (!forward) std::swap(w.re, w.im);
    each(write);
  });
}

// Even lengths: a row is a complex one of half the length, whose spectrum holds those of its even and odd elements.
template <class T>
void fft_real(const T* x, T* y, int64_t lines, int64_t n, T scale) {
  if (lines == 0 || n == 0) return;
  const bool even = n % 2 == 0;
  const int64_t h = even ? n / 2 : n, out = n / 2 + 1;
  const auto plan = plan_for<T>(h);
  std::vector<T> turns;
  if (even) for (int64_t k = 0; k < out; ++k) push(turns, root(k, n));
  over_lines<T>(lines, h, [&](int64_t first, int64_t count, Work<T>& w, bool threads) {
    by_blocks(h, count, [&](int64_t k, int64_t b) {
      const T* from = x + (first + b) * n;
      w.re[k * count + b] = even ? from[2 * k] : from[k];
      w.im[k * count + b] = even ? from[2 * k + 1] : T(0);
    });
    run(*plan, count, w, threads);
    for (int64_t k = 0; k < out; ++k)
      for (int64_t b = 0; b < count; ++b) {
        T* to = y + ((first + b) * out + k) * 2;
        const int64_t i = k % h * count + b, j = (h - k) % h * count + b;
        if (!even) {
          to[0] = w.re[i] * scale;
          to[1] = k ? w.im[i] * scale : T(0);
          continue;
        }
        const T er = (w.re[i] + w.re[j]) / 2, ei = (w.im[i] - w.im[j]) / 2, or_ = (w.im[i] + w.im[j]) / 2, oi = (w.re[j] - w.re[i]) / 2;
        const T c = turns[static_cast<size_t>(2 * k)], s = turns[static_cast<size_t>(2 * k + 1)];
        to[0] = (er + or_ * c - oi * s) * scale;
        to[1] = k == 0 || k == h ? T(0) : (ei + or_ * s + oi * c) * scale;
      }
  });
}
template <class T>
void fft_real_inverse(const T* x, T* y, int64_t lines, int64_t n, T scale) {
  if (lines == 0 || n == 0) return;
  const bool even = n % 2 == 0;
  const int64_t h = even ? n / 2 : n, in = n / 2 + 1;
  const auto plan = plan_for<T>(h);
  std::vector<T> turns;
  if (even) for (int64_t k = 0; k < h; ++k) push(turns, root(k, n));
  over_lines<T>(lines, h, [&](int64_t first, int64_t count, Work<T>& w, bool threads) {
    // Inverse: real and imaginary parts change places.
    T *re = w.im, *im = w.re;
    for (int64_t k = 0; k < h; ++k)
      for (int64_t b = 0; b < count; ++b) {
        const T* from = x + (first + b) * in * 2;
        const int64_t at = k * count + b;
        if (!even) {
          const bool mirrored = k >= in;
          const int64_t j = mirrored ? n - k : k;
          re[at] = from[2 * j];
          im[at] = j == 0 ? T(0) : mirrored ? -from[2 * j + 1] : from[2 * j + 1];
          continue;
        }
        const T ar = from[2 * k], ai = k ? from[2 * k + 1] : T(0), br = from[2 * (h - k)], bi = k ? -from[2 * (h - k) + 1] : T(0);
        const T sr = ar + br, si = ai + bi, dr = ar - br, di = ai - bi;
        const T c = turns[static_cast<size_t>(2 * k)], s = -turns[static_cast<size_t>(2 * k + 1)];   // exp(+2 pi i k / n)
        const T tr = dr * c - di * s, ti = dr * s + di * c;
        re[at] = sr - ti;
        im[at] = si + tr;
      }
    run(*plan, count, w, threads);
    for (int64_t b = 0; b < count; ++b) {
      T* to = y + (first + b) * n;
      for (int64_t k = 0; k < h; ++k) {
        const T r = w.im[k * count + b] * scale, i = w.re[k * count + b] * scale;
        if (even) {
          to[2 * k] = r;
          to[2 * k + 1] = i;
        } else {
          to[k] = r;
        }
      }
    }
  });
}

#define WICK_FFT(T)                                                                      \
  template void fft_complex<T>(T*, int64_t, int64_t, int64_t, bool, T);                  \
  template void fft_real<T>(const T*, T*, int64_t, int64_t, T);                          \
  template void fft_real_inverse<T>(const T*, T*, int64_t, int64_t, T);
WICK_FFT(float)
WICK_FFT(double)

}  // namespace wick::kernels::cpu
