#include <cmath>
#include <vector>

#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/core/parallel.h>
#include <wick/core/str.h>
#include <wick/debug/space.h>
#include <wick/ops.h>

#include "debug/nearest.h"

namespace wick::debug::inline v1 {
namespace {

// Similarities of each point to its nearest ones, of the perplexity that was asked for; rows in compressed form, made symmetric.
struct Neighbours {
  std::vector<int64_t> start, column;
  std::vector<float> weight;
};

// Weights exp(-beta d) of one point, whose entropy is log(perplexity).
void weigh(const double* d, int64_t k, double perplexity, double* p) {
  double low = 0, high = INFINITY, range = 0;
  for (int64_t j = 0; j < k; ++j) range += (d[j] - d[0]) / static_cast<double>(k);
  double beta = 1 / std::max(range, 1e-150);
  for (int i = 0; i < 100; ++i) {
    double sum = 0, mean = 0;
    for (int64_t j = 0; j < k; ++j) sum += p[j] = std::exp(-beta * (d[j] - d[0])), mean += p[j] * (d[j] - d[0]);
    const double entropy = std::log(sum) + beta * mean / sum, off = entropy - std::log(perplexity);
    for (int64_t j = 0; j < k; ++j) p[j] /= sum;
    if (std::abs(off) < 1e-6 || beta > 1e140) return;  // more neighbours at one place than the perplexity wants
    if (off > 0) low = beta, beta = std::isinf(high) ? beta * 2 : (beta + high) / 2;
    else high = beta, beta = (low + beta) / 2;
  }
}

Neighbours neighbours(const Tensor& x, double perplexity) {
  const int64_t n = x.size(0), k = std::min<int64_t>(n - 1, static_cast<int64_t>(3 * perplexity));
  std::vector<std::vector<std::pair<int64_t, float>>> rows(static_cast<size_t>(n));
  std::vector<double> p(static_cast<size_t>(k));
  const Nearest near = nearest(x, k);
  for (int64_t i = 0; i < n; ++i) {
    const int64_t* w = near.which.data_ptr<int64_t>() + i * k;
    weigh(near.squared.data_ptr<double>() + i * k, k, perplexity, p.data());
    for (int64_t j = 0; j < k; ++j) {
      const auto v = static_cast<float>(p[static_cast<size_t>(j)] / (2 * static_cast<double>(n)));
      rows[static_cast<size_t>(i)].emplace_back(w[j], v);
      rows[static_cast<size_t>(w[j])].emplace_back(i, v);  // one that is in both lists stands there twice: they add up
    }
  }
  Neighbours r;
  for (const auto& row : rows) {
    r.start.push_back(static_cast<int64_t>(r.column.size()));
    for (const auto& [j, v] : row) r.column.push_back(j), r.weight.push_back(v);
  }
  r.start.push_back(static_cast<int64_t>(r.column.size()));
  return r;
}

constexpr int64_t kLanes = 16;

// Repulsion of one point by all others (those past the end lie far away), and its part of the normalisation.
void repel(const float* xs, const float* ys, int64_t padded, float x, float y, double* out) {
  float z[kLanes] = {}, fx[kLanes] = {}, fy[kLanes] = {};
  double sums[3] = {};
  for (int64_t block = 0; block < padded; block += 4096) {  // float sums of a part, then double ones
    for (int64_t l = 0; l < kLanes; ++l) z[l] = fx[l] = fy[l] = 0;
    const int64_t end = std::min(padded, block + 4096);
    for (int64_t j = block; j < end; j += kLanes)
      for (int64_t l = 0; l < kLanes; ++l) {
        const float dx = x - xs[j + l], dy = y - ys[j + l], q = 1 / (1 + dx * dx + dy * dy);
        z[l] += q;
        fx[l] += q * q * dx;
        fy[l] += q * q * dy;
      }
    for (int64_t l = 0; l < kLanes; ++l) sums[0] += z[l], sums[1] += fx[l], sums[2] += fy[l];
  }
  for (int i = 0; i < 3; ++i) out[i] = sums[i];
}

class Layout {
 public:
  Layout(const Tensor& start, Neighbours near) : n_(start.size(0)), padded_((n_ + kLanes - 1) / kLanes * kLanes), near_(std::move(near)) {
    for (int axis = 0; axis < 2; ++axis) {
      at_[axis].assign(static_cast<size_t>(padded_), 1e15f);  // q is 0 there
      for (int64_t i = 0; i < n_; ++i) at_[axis][static_cast<size_t>(i)] = start.data_ptr<float>()[2 * i + axis];
      speed_[axis].assign(static_cast<size_t>(n_), 0);
      gain_[axis].assign(static_cast<size_t>(n_), 1);
    }
    forces_.resize(static_cast<size_t>(n_) * 5);
  }
  // One step of descent with momentum and a gain for each coordinate, as the paper has it.
  void step(double exaggeration, double momentum, double rate) {
    parallel_for(0, n_, 64, [&](int64_t from, int64_t to) {
      for (int64_t i = from; i < to; ++i) {
        const auto at = static_cast<size_t>(i);
        const float x = at_[0][at], y = at_[1][at];
        double* f = &forces_[at * 5];
        repel(at_[0].data(), at_[1].data(), padded_, x, y, f);
        f[3] = f[4] = 0;
        for (int64_t e = near_.start[at]; e < near_.start[at + 1]; ++e) {
          const auto j = static_cast<size_t>(near_.column[static_cast<size_t>(e)]);
          const float dx = x - at_[0][j], dy = y - at_[1][j], w = near_.weight[static_cast<size_t>(e)] / (1 + dx * dx + dy * dy);
          f[3] += w * dx;
          f[4] += w * dy;
        }
      }
    });
    double z = 0;
    for (int64_t i = 0; i < n_; ++i) z += forces_[static_cast<size_t>(i) * 5] - 1;  // without itself
    for (size_t axis = 0; axis < 2; ++axis) {
      double mean = 0;
      for (size_t i = 0; i < static_cast<size_t>(n_); ++i) {
        const double g = 4 * (exaggeration * forces_[i * 5 + 3 + axis] - forces_[i * 5 + 1 + axis] / z);
        double &v = speed_[axis][i], &gain = gain_[axis][i];
        gain = std::max(0.01, (g > 0) != (v > 0) ? gain + 0.2 : gain * 0.8);
        v = momentum * v - rate * gain * g;
        at_[axis][i] += static_cast<float>(v);
        mean += at_[axis][i];
      }
      for (size_t i = 0; i < static_cast<size_t>(n_); ++i) at_[axis][i] -= static_cast<float>(mean / static_cast<double>(n_));
    }
  }
  Tensor points() const {
    Tensor t = empty({n_, 2}, kFloat);
    for (int64_t i = 0; i < n_; ++i)
      for (size_t axis = 0; axis < 2; ++axis) t.data_ptr<float>()[2 * i + static_cast<int64_t>(axis)] = at_[axis][static_cast<size_t>(i)];
    return t;
  }

 private:
  int64_t n_, padded_;
  Neighbours near_;
  std::vector<float> at_[2];
  std::vector<double> speed_[2], gain_[2], forces_;
};

}  // namespace

Tensor tsne(const Tensor& points, TsneOptions o) {
  const NoGradGuard off;
  Tensor x = embeddable(points, "tsne");
  const auto n = static_cast<double>(points.size(0));
  WICK_CHECK_TYPE(ValueError, o.perplexity() >= 1 && 3 * o.perplexity() <= n - 1, "tsne: a perplexity from 1 to (n - 1) / 3 = ", (n - 1) / 3, " for ", points.size(0), " points, got ", o.perplexity());
  x = x - x.mean(0);
  Tensor start = first_components(x);
  start = start / (start.select(1, 0).std().item<double>() + 1e-300) * 1e-4;
  Layout layout(start.to(kFloat).contiguous(), neighbours(x, o.perplexity()));
  const double rate = o.lr() > 0 ? o.lr() : std::max(n / o.exaggeration() / 4, 50.0);
  for (int64_t i = 0; i < o.iterations(); ++i) layout.step(i < 250 ? o.exaggeration() : 1, i < 250 ? 0.5 : 0.8, rate);
  return layout.points();
}

}  // namespace wick::debug::inline v1
