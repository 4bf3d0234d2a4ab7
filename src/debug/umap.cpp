#include <algorithm>
#include <cmath>
#include <numeric>
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

struct Edge { int32_t from, to; float weight; };

// Strengths of one point's neighbours at distances d (nearest first): 1 up to the nearest one that is apart, then falling so that they sum to log2 of all, itself counted.
void strengths(const double* d, int64_t k, double mean_of_all, std::vector<float>& w) {
  double nearest = 0, mean = 0;
  for (int64_t j = k; j-- > 0;) {
    if (d[j] > 0) nearest = d[j];
    mean += d[j] / static_cast<double>(k + 1);
  }
  const double target = std::log2(static_cast<double>(k + 1));
  double low = 0, high = INFINITY, sigma = 1;
  for (int i = 0; i < 64; ++i) {
    double sum = 0;
    for (int64_t j = 0; j < k; ++j) sum += d[j] > nearest ? std::exp((nearest - d[j]) / sigma) : 1;
    if (std::abs(sum - target) < 1e-5) break;
    if (sum > target) high = sigma, sigma = (low + high) / 2;
    else low = sigma, sigma = std::isinf(high) ? sigma * 2 : (low + high) / 2;
  }
  sigma = std::max(sigma, 1e-3 * (nearest > 0 ? mean : mean_of_all));
  for (int64_t j = 0; j < k; ++j) w[static_cast<size_t>(j)] = static_cast<float>(d[j] > nearest ? std::exp((nearest - d[j]) / sigma) : 1);
}

// The fuzzy union of all points' neighbourhoods: a + b - a b of the two strengths of a pair; each pair in both directions, by its first point, then its second.
std::vector<Edge> graph(const Tensor& x, int64_t k) {
  const Nearest near = nearest(x, k);
  const Tensor distance = near.squared.sqrt();
  const double mean = distance.mean().item<double>() * static_cast<double>(k) / static_cast<double>(k + 1);
  std::vector<Edge> edges;
  std::vector<float> w(static_cast<size_t>(k));
  for (int64_t i = 0; i < x.size(0); ++i) {
    strengths(distance.data_ptr<double>() + i * k, k, mean, w);
    for (int64_t j = 0; j < k; ++j) {
      const auto a = static_cast<int32_t>(i), b = static_cast<int32_t>(near.which.data_ptr<int64_t>()[i * k + j]);
      edges.push_back({a, b, w[static_cast<size_t>(j)]});
      edges.push_back({b, a, w[static_cast<size_t>(j)]});
    }
  }
  std::stable_sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return std::pair(a.from, a.to) < std::pair(b.from, b.to); });
  std::vector<Edge> joined;
  for (const Edge& e : edges) {
    if (Edge* last = joined.empty() ? nullptr : &joined.back(); last && last->from == e.from && last->to == e.to) last->weight += e.weight - last->weight * e.weight;
    else joined.push_back(e);
  }
  return joined;
}

// a and b of 1 / (1 + a d^2b), nearest to 1 below the least distance and exp(-(d - least) / spread) beyond: least squares by Gauss and Newton, damped.
std::pair<double, double> curve(double least, double spread) {
  double v[2] = {1, 1}, damping = 1e-3;
  const auto fit = [&](const double* at, double (*jj)[2], double* je) {
    double error = 0;
    for (int i = 0; i < 300; ++i) {
      const double x = 3 * spread * i / 299, wanted = x < least ? 1 : std::exp(-(x - least) / spread), power = x > 0 ? std::pow(x, 2 * at[1]) : 0;
      const double f = 1 / (1 + at[0] * power), e = wanted - f, j[2] = {-f * f * power, x > 0 ? -f * f * at[0] * power * 2 * std::log(x) : 0};
      error += e * e;
      for (int r = 0; jj && r < 2; ++r) {
        je[r] += j[r] * e;
        for (int c = 0; c < 2; ++c) jj[r][c] += j[r] * j[c];
      }
    }
    return error;
  };
  for (int i = 0; i < 200; ++i) {
    double jj[2][2] = {}, je[2] = {};
    const double error = fit(v, jj, je), p = jj[0][0] * (1 + damping), q = jj[1][1] * (1 + damping), det = p * q - jj[0][1] * jj[1][0];
    const double next[2] = {v[0] + (q * je[0] - jj[0][1] * je[1]) / det, v[1] + (p * je[1] - jj[1][0] * je[0]) / det};
    if (next[0] > 0 && next[1] > 0 && fit(next, nullptr, nullptr) <= error) {
      v[0] = next[0], v[1] = next[1];
      damping /= 3;
    } else {
      damping *= 4;
    }
  }
  return {v[0], v[1]};
}

// Pseudorandom numbers (S. Vigna's splitmix64): the same everywhere.
struct Random {
  uint64_t state;
  uint64_t next() {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
};

// Neighbours pull, each as often as it is strong; random points push.
void descend(std::vector<float>& at, std::vector<Edge> edges, const UmapOptions& o, int64_t epochs) {
  const auto [a_, b_] = curve(o.min_distance(), o.spread());
  const auto a = static_cast<float>(a_), b = static_cast<float>(b_);
  const uint64_t n = at.size() / 2;
  float strongest = 0;
  for (const Edge& e : edges) strongest = std::max(strongest, e.weight);
  edges.erase(std::remove_if(edges.begin(), edges.end(), [&](const Edge& e) { return e.weight * static_cast<float>(epochs) < strongest; }), edges.end());
  std::vector<float> due;  // the epoch of each edge's next turn
  for (const Edge& e : edges) due.push_back(strongest / e.weight);
  Random random{o.seed()};
  const auto push = [&](float* p, float* other, float factor, float rate, float dx, float dy) {
    const float x = std::clamp(factor * dx, -4.f, 4.f) * rate, y = std::clamp(factor * dy, -4.f, 4.f) * rate;
    p[0] += x;
    p[1] += y;
    if (other) other[0] -= x, other[1] -= y;
  };
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto rate = static_cast<float>(o.lr() * (1 - static_cast<double>(epoch) / static_cast<double>(epochs)));
    for (size_t e = 0; e < edges.size(); ++e) {
      if (due[e] > static_cast<float>(epoch)) continue;
      due[e] += strongest / edges[e].weight;
      float *p = &at[2 * static_cast<size_t>(edges[e].from)], *q = &at[2 * static_cast<size_t>(edges[e].to)];
      const float dx = p[0] - q[0], dy = p[1] - q[1], d = dx * dx + dy * dy;
      if (d > 0) {
        const float power = std::pow(d, b);
        push(p, q, -2 * a * b * power / (d * (a * power + 1)), rate, dx, dy);
      }
      for (int64_t k = 0; k < o.repulsions(); ++k) {
        const float* r = &at[2 * static_cast<size_t>(random.next() % n)];
        if (r == p) continue;
        const float rx = p[0] - r[0], ry = p[1] - r[1], far = rx * rx + ry * ry;
        if (far > 0) push(p, nullptr, 2 * b / ((0.001f + far) * (a * std::pow(far, b) + 1)), rate, rx, ry);
      }
    }
  }
}

}  // namespace

Tensor umap(const Tensor& points, UmapOptions o) {
  const NoGradGuard off;
  Tensor x = embeddable(points, "umap");
  const int64_t n = x.size(0);
  WICK_CHECK_TYPE(ValueError, o.neighbours() >= 2 && o.neighbours() <= n, "umap: neighbours are 2 to ", n, " for ", n, " points, got ", o.neighbours());
  WICK_CHECK_TYPE(ValueError, o.min_distance() >= 0 && o.min_distance() <= o.spread() && o.spread() > 0 && o.epochs() >= 0 && o.repulsions() >= 0, "umap: needs 0 <= min_distance <= spread, epochs and repulsions of at least 0, got ",
                  o.min_distance(), ", ", o.spread(), ", ", o.epochs(), ", ", o.repulsions());
  x = x - x.mean(0);
  Tensor start = first_components(x);
  start = start / (start.abs().max().item<double>() + 1e-300) * 10;
  std::vector<float> at(static_cast<size_t>(2 * n));
  Random noise{o.seed() ^ 0x5DEECE66Du};  // points at one place part
  for (size_t i = 0; i < at.size(); ++i) at[i] = static_cast<float>(start.data_ptr<double>()[i] + 1e-4 * (static_cast<double>(noise.next() >> 11) * 0x1p-53 - 0.5));
  descend(at, graph(x, o.neighbours() - 1), o, o.epochs() > 0 ? o.epochs() : n <= 10'000 ? 500 : 200);
  return tensor(at, kFloat).reshape({n, 2});
}

double trustworthiness(const Tensor& points, const Tensor& embedded, int64_t k) {
  const NoGradGuard off;
  const Tensor x = embeddable(points, "trustworthiness"), y = embeddable(embedded, "trustworthiness");
  const int64_t n = x.size(0);
  WICK_CHECK_TYPE(ValueError, y.size(0) == n && k >= 1 && 2 * k <= n, "trustworthiness: as many points before and after, k from 1 to ", n / 2, ", got ", x.sizes(), ", ", y.sizes(), " and ", k);
  const Tensor shown = nearest(y, k).which;
  const int64_t dims = x.size(1);
  std::vector<int64_t> excess(static_cast<size_t>(n));
  parallel_for(0, n, 16, [&](int64_t from, int64_t to) {
    std::vector<double> squared(static_cast<size_t>(n));
    for (int64_t i = from; i < to; ++i) {
      const double *const all = x.data_ptr<double>(), *const mine = all + i * dims;
      for (int64_t j = 0; j < n; ++j) {
        double sum = 0;
        for (int64_t c = 0; c < dims; ++c) sum += (all[j * dims + c] - mine[c]) * (all[j * dims + c] - mine[c]);
        squared[static_cast<size_t>(j)] = sum;
      }
      squared[static_cast<size_t>(i)] = -1;  // nearer than all others, so that ranks begin at 1
      for (int64_t j = 0; j < k; ++j) {
        const double d = squared[static_cast<size_t>(shown.data_ptr<int64_t>()[i * k + j])];
        const auto rank = std::count_if(squared.begin(), squared.end(), [&](double other) { return other < d; });
        excess[static_cast<size_t>(i)] += std::max<int64_t>(0, rank - k);
      }
    }
  });
  const auto sum = static_cast<double>(std::accumulate(excess.begin(), excess.end(), int64_t{0}));
  const auto N = static_cast<double>(n), K = static_cast<double>(k);
  return 1 - 2 * sum / (N * K * (2 * N - 3 * K - 1));
}

}  // namespace wick::debug::inline v1
