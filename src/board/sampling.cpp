#include "board/sampling.h"

#include <algorithm>
#include <cmath>

namespace wick::board {
namespace {

constexpr size_t kNone = SIZE_MAX;

struct Bucket {
  size_t first = kNone, last = kNone, low = kNone, high = kNone, odd = kNone;

  void take(const std::vector<double>& y, size_t i) {
    if (first == kNone) first = i;
    last = i;
    if (!std::isfinite(y[i])) {
      if (odd == kNone) odd = i;
      return;
    }
    if (low == kNone || y[i] < y[low]) low = i;
    if (high == kNone || y[i] > y[high]) high = i;
  }
  void give(std::vector<size_t>& to) {
    size_t all[] = {first, low, high, odd, last};
    std::sort(all, all + 5);
    for (const size_t i : all)
      if (i != kNone && (to.empty() || to.back() < i)) to.push_back(i);
    *this = {};
  }
};

}  // namespace

std::vector<size_t> sample(const std::vector<double>& x, const std::vector<double>& y, size_t buckets, const Window& w, bool monotone) {
  std::vector<size_t> r;
  const size_t n = x.size();
  const auto place = [&](double v) { return w.logarithmic ? std::log(std::max(v, 1e-300)) : v; };
  const auto inside = [&](size_t i) { return x[i] >= w.from && x[i] <= w.to; };
  size_t begin = 0, end = n;
  if (monotone) {
    begin = static_cast<size_t>(std::lower_bound(x.begin(), x.end(), w.from) - x.begin());
    end = static_cast<size_t>(std::upper_bound(x.begin(), x.end(), w.to) - x.begin());
    if (begin > 0) r.push_back(begin - 1);
  }
  if (end - begin <= 4 * buckets) {
    for (size_t i = begin; i < end; ++i)
      if (monotone || inside(i)) r.push_back(i);
  } else {
    // By place where the axis goes one way; a series that went back is cut by number instead, so that its order stays.
    double first = monotone ? std::max(w.from, x[begin]) : w.from;
    if (w.logarithmic && !(first > 0)) {  // the axis begins at the first place that it can show
      const auto positive = std::upper_bound(x.begin(), x.end(), 0.0);
      first = monotone && positive != x.end() ? *positive : 1;
    }
    double low = place(first), high = place(std::min(w.to, monotone ? x[end - 1] : w.to));
    if (!std::isfinite(low)) low = 0;
    const double scale = high > low ? static_cast<double>(buckets) / (high - low) : 0;
    Bucket bucket;
    size_t current = 0;
    for (size_t i = begin; i < end; ++i) {
      if (!monotone && !inside(i)) continue;
      const double at = monotone ? (place(x[i]) - low) * scale : static_cast<double>(i - begin) * static_cast<double>(buckets) / static_cast<double>(end - begin);
      const size_t b = at > 0 ? std::min(buckets - 1, static_cast<size_t>(at)) : 0;
      if (b != current) bucket.give(r), current = b;
      bucket.take(y, i);
    }
    bucket.give(r);
  }
  if (monotone && end < n) r.push_back(end);
  return r;
}

std::vector<double> smooth(const std::vector<double>& y, double weight) {
  std::vector<double> r(y.size());
  double average = 0, share = 1;  // share: of the zero that the average began with
  for (size_t i = 0; i < y.size(); ++i) {
    if (!std::isfinite(y[i])) {
      r[i] = y[i];
      continue;
    }
    average = average * weight + (1 - weight) * y[i];
    share *= weight;
    r[i] = average / (1 - share);
  }
  // A constant series stays exactly constant.
  if (!y.empty() && std::all_of(y.begin(), y.end(), [&](double v) { return v == y[0]; })) return y;
  return r;
}

}  // namespace wick::board
