#include "train/search.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <wick/core/str.h>

namespace wick::train {
namespace {

using Random = std::mt19937_64;

// A generator for one purpose: not that of tensors, which programs seed and use.
Random generator(uint64_t seed, uint64_t a, uint64_t b = 0) {
  std::seed_seq words{seed, seed >> 32, a, a >> 32, b, uint64_t{0x5eed}};
  return Random(words);
}
double uniform(Random& g) { return static_cast<double>(g() >> 11) * 0x1p-53; }

int64_t points(const ParamRange& r, const TuneOptions& o) { return r.count() > 0 ? r.count() : r.low == r.high ? 1 : o.grid_points(); }

std::vector<double> on_grid(const SearchSpace& space, const TuneOptions& o, int64_t number) {
  std::vector<double> u(space.ranges().size());
  for (size_t i = u.size(); i-- > 0;) {
    const ParamRange& r = space.ranges()[i];
    const int64_t n = points(r, o), k = number % n;
    number /= n;
    // Values of which there is a number have an interval each; otherwise both ends belong to the grid.
    u[i] = r.count() > 0 ? (static_cast<double>(k) + 0.5) / static_cast<double>(n) : n == 1 ? 0.5 : static_cast<double>(k) / static_cast<double>(n - 1);
    if (r.count() > 0 && r.kind != ParamRange::Kind::choice) {
      const double v = r.low + r.step * static_cast<double>(k);
      u[i] = r.place_of(r.kind == ParamRange::Kind::integer ? ParamValue(static_cast<int64_t>(std::llround(v))) : ParamValue(v));
    }
  }
  return u;
}
std::vector<double> at_random(const SearchSpace& space, const TuneOptions& o, int64_t number) {
  Random g = generator(o.seed(), static_cast<uint64_t>(number));
  std::vector<double> u(space.ranges().size());
  for (double& v : u) v = uniform(g);
  return u;
}
std::vector<double> in_hypercube(const SearchSpace& space, const TuneOptions& o, int64_t number) {
  std::vector<double> u = at_random(space, o, number);
  const auto n = static_cast<size_t>(o.trials());
  std::vector<size_t> order(n);
  for (size_t i = 0; i < u.size(); ++i) {
    Random g = generator(o.seed(), ~uint64_t{0}, i);
    std::iota(order.begin(), order.end(), size_t{0});
    for (size_t k = n; k > 1; --k) std::swap(order[k - 1], order[g() % k]);
    u[i] = (static_cast<double>(order[static_cast<size_t>(number) % n]) + u[i]) / static_cast<double>(n);
  }
  return u;
}

// A mixture of normal distributions on [0, 1), one about each value seen, as wide as the distance to its neighbours, and a wide one for what nobody tried.
struct Parzen {
  std::vector<double> mean, width, mass;  // `mass`: what of it lies in [0, 1)
  explicit Parzen(std::vector<double> at) {
    std::sort(at.begin(), at.end());
    const size_t n = at.size();
    for (size_t i = 0; i < n; ++i) {
      const double left = at[i] - (i > 0 ? at[i - 1] : 0), right = (i + 1 < n ? at[i + 1] : 1) - at[i];
      add(at[i], std::min(std::max(std::max(left, right), 1 / std::min(100.0, 1 + static_cast<double>(n))), 1.0));
    }
    add(0.5, 1);
  }
  void add(double m, double w) {
    mean.push_back(m);
    width.push_back(w);
    mass.push_back(cumulative((1 - m) / w) - cumulative(-m / w));
  }
  static double cumulative(double z) { return 0.5 * std::erfc(-z * M_SQRT1_2); }
  double draw(Random& g) const {
    const size_t i = static_cast<size_t>(g() % mean.size());
    while (true) {  // most draws lie inside
      const double a = std::max(uniform(g), 0x1p-60), b = uniform(g), v = mean[i] + width[i] * std::sqrt(-2 * std::log(a)) * std::cos(2 * M_PI * b);
      if (v >= 0 && v < 1) return v;
    }
  }
  double log_density(double v) const {
    double sum = 0;
    for (size_t i = 0; i < mean.size(); ++i) {
      const double z = (v - mean[i]) / width[i];
      sum += std::exp(-z * z / 2) / (width[i] * std::sqrt(2 * M_PI) * mass[i]);
    }
    return std::log(sum / static_cast<double>(mean.size()));
  }
};

// One setting: of some draws from the distribution of the good trials the one that the others' has least of.
double numeric(const std::vector<double>& good, const std::vector<double>& rest, Random& g) {
  const Parzen l(good), r(rest);
  double best = 0, most = -INFINITY;
  for (int k = 0; k < 24; ++k) {
    const double v = l.draw(g), gain = l.log_density(v) - r.log_density(v);
    if (gain > most) best = v, most = gain;
  }
  return best;
}
double choice(const std::vector<double>& good, const std::vector<double>& rest, size_t n, Random& g) {
  std::vector<double> l(n, 1), r(n, 1);
  for (const double u : good) l[static_cast<size_t>(u * static_cast<double>(n))] += 1;
  for (const double u : rest) r[static_cast<size_t>(u * static_cast<double>(n))] += 1;
  const double total = std::accumulate(l.begin(), l.end(), 0.0);
  size_t best = 0;
  double most = -1;
  for (int k = 0; k < 24; ++k) {
    double at = uniform(g) * total;
    size_t i = 0;
    while (i + 1 < n && (at -= l[i]) >= 0) ++i;
    if (l[i] / r[i] > most) best = i, most = l[i] / r[i];
  }
  return (static_cast<double>(best) + 0.5) / static_cast<double>(n);
}
std::vector<double> like_the_good(const SearchSpace& space, const TuneOptions& o, int64_t number, std::vector<Seen> seen) {
  std::stable_sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) { return a.loss < b.loss; });
  const size_t n = seen.size(), many = std::min<size_t>(static_cast<size_t>(std::ceil(0.1 * static_cast<double>(n))), 25);
  Random g = generator(o.seed(), static_cast<uint64_t>(number), 1);
  std::vector<double> u(space.ranges().size());
  for (size_t i = 0; i < u.size(); ++i) {
    std::vector<double> good, rest;
    for (size_t k = 0; k < n; ++k) (k < many ? good : rest).push_back(seen[k].places[i]);
    const ParamRange& r = space.ranges()[i];
    u[i] = r.kind == ParamRange::Kind::choice ? choice(good, rest, r.choices.size(), g) : numeric(good, rest, g);
  }
  return u;
}

}  // namespace

int64_t grid_size(const SearchSpace& space, const TuneOptions& o) {
  int64_t n = 1;
  for (const ParamRange& r : space.ranges()) {
    const int64_t m = points(r, o);
    WICK_CHECK_TYPE(ValueError, n <= 10'000'000 / m, "tune: the grid has more than 10,000,000 combinations; use fewer values, or another search");
    n *= m;
  }
  return n;
}
std::vector<double> propose(const SearchSpace& space, const TuneOptions& o, int64_t number, const std::vector<Seen>& seen) {
  switch (o.search()) {
    case Search::grid: return on_grid(space, o, number);
    case Search::latin: return in_hypercube(space, o, number);
    case Search::tpe:
      if (static_cast<int64_t>(seen.size()) >= std::max<int64_t>(o.startup_trials(), 2)) return like_the_good(space, o, number, seen);
      [[fallthrough]];
    default: return at_random(space, o, number);
  }
}

}  // namespace wick::train
