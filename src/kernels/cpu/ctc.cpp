#include "kernels/cpu/ctc.h"

#include <wick/core/parallel.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace wick::kernels::cpu {
namespace {

template <class T>
constexpr T kImpossible = -std::numeric_limits<T>::infinity();

template <class T>
T log_sum(T a, T b, T c = kImpossible<T>) {
  const T most = std::max({a, b, c});
  if (most == kImpossible<T>) return most;
  return std::log(std::exp(a - most) + std::exp(b - most) + std::exp(c - most)) + most;
}

// One sequence: the target with blanks between, its rows of the tables.
template <class T>
struct Sequence {
  const Ctc& c;
  int64_t b, steps, states;
  const int64_t* target;
  const T* log_probs;

  Sequence(const Ctc& ctc, int64_t sequence, const void* lp)
      : c(ctc), b(sequence), steps(c.input_lengths[b]), states(2 * c.target_lengths[b] + 1), target(c.targets + c.starts[b]), log_probs(static_cast<const T*>(lp) + b * c.labels) {}
  int64_t label(int64_t s) const { return s % 2 ? target[s / 2] : c.blank; }
  T log_prob(int64_t t, int64_t s) const { return log_probs[t * c.batch * c.labels + label(s)]; }
  // Whether state s may be reached from s - 2: labels that repeat need the blank between.
  bool skips(int64_t s) const { return s > 1 && label(s) != label(s - 2); }
};

template <class T>
T forward(const Sequence<T>& q, T* alpha) {
  const int64_t width = q.c.width;
  std::fill_n(alpha, q.c.steps * width, kImpossible<T>);
  if (q.steps == 0) return q.states == 1 ? T(0) : -kImpossible<T>;
  alpha[0] = q.log_prob(0, 0);
  if (q.states > 1) alpha[1] = q.log_prob(0, 1);
  for (int64_t t = 1; t < q.steps; ++t) {
    const T* before = alpha + (t - 1) * width;
    for (int64_t s = 0; s < q.states; ++s)
      alpha[t * width + s] = log_sum(before[s], s > 0 ? before[s - 1] : kImpossible<T>, q.skips(s) ? before[s - 2] : kImpossible<T>) + q.log_prob(t, s);
  }
  const T* last = alpha + (q.steps - 1) * width + q.states - 1;
  return -(q.states == 1 ? *last : log_sum(last[0], last[-1]));
}

// grad = g (exp(lp) - exp(log sum of alpha beta over the states of a label + loss - lp)); beta holds its own step's probability.
template <class T>
void backward(const Sequence<T>& q, T g, const T* alpha, T loss, bool zero_infinity, T* grad) {
  const int64_t row = q.c.batch * q.c.labels, n = q.c.labels;
  const bool dead = zero_infinity && loss == -kImpossible<T>;
  for (int64_t t = dead ? 0 : q.steps; t < q.c.steps; ++t) std::fill_n(grad + t * row, n, T(0));
  if (dead) return;
  std::vector<T> beta(static_cast<size_t>(q.states)), after(beta.size());
  for (int64_t t = q.steps - 1; t >= 0; --t) {
    T* to = grad + t * row;
    std::fill_n(to, n, kImpossible<T>);
    for (int64_t s = 0; s < q.states; ++s) {
      const auto next = [&](int64_t k) { return after[static_cast<size_t>(k)]; };
      T v;
      if (t == q.steps - 1) v = s >= q.states - 2 ? T(0) : kImpossible<T>;
      else v = log_sum(next(s), s + 1 < q.states ? next(s + 1) : kImpossible<T>, s + 2 < q.states && q.skips(s + 2) ? next(s + 2) : kImpossible<T>);
      v += q.log_prob(t, s);
      beta[static_cast<size_t>(s)] = v;
      T& sum = to[q.label(s)];
      sum = log_sum(sum, alpha[t * q.c.width + s] + v);
    }
    for (int64_t k = 0; k < n; ++k) {
      const T lp = q.log_probs[t * row + k];
      to[k] = (std::exp(lp) - std::exp(to[k] + loss - lp)) * g;
    }
    std::swap(beta, after);
  }
}

template <class F>
void each_sequence(const Ctc& c, const F& f) {
  parallel_for(0, c.batch, std::max<int64_t>(1, 4096 / std::max<int64_t>(1, c.steps * c.width)), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) f(b);
  });
}
template <class T>
void forward_all(const Ctc& c, const void* lp, void* alpha, void* loss) {
  each_sequence(c, [&](int64_t b) { static_cast<T*>(loss)[b] = forward(Sequence<T>(c, b, lp), static_cast<T*>(alpha) + b * c.steps * c.width); });
}
template <class T>
void backward_all(const Ctc& c, const void* g, const void* lp, const void* alpha, const void* loss, bool zero_infinity, void* grad) {
  each_sequence(c, [&](int64_t b) {
    backward(Sequence<T>(c, b, lp), static_cast<const T*>(g)[b], static_cast<const T*>(alpha) + b * c.steps * c.width, static_cast<const T*>(loss)[b], zero_infinity, static_cast<T*>(grad) + b * c.labels);
  });
}

}  // namespace

void ctc_forward(const Ctc& c, const void* log_probs, void* log_alpha, void* loss) {
  if (c.dtype == kDouble) forward_all<double>(c, log_probs, log_alpha, loss);
  else forward_all<float>(c, log_probs, log_alpha, loss);
}
void ctc_backward(const Ctc& c, const void* g, const void* log_probs, const void* log_alpha, const void* loss, bool zero_infinity, void* grad) {
  if (c.dtype == kDouble) backward_all<double>(c, g, log_probs, log_alpha, loss, zero_infinity, grad);
  else backward_all<float>(c, g, log_probs, log_alpha, loss, zero_infinity, grad);
}

}  // namespace wick::kernels::cpu
