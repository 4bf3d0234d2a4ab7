#include "log/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <mutex>
#include <numbers>
#include <numeric>

#include <wick/core/parallel.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "log/histogram_kernels.h"

namespace wick::logging {
namespace {

constexpr int64_t kPiece = 1 << 13;  // sums are made of pieces, so that they do not depend on the number of threads
using Counts = std::vector<uint64_t>;

// Counts of keys, then of bins. 32 bits suffice until `add` is called: for 2^32 values.
class DefaultCounter {
 public:
  DefaultCounter() {
    for (auto& s : slots_) s.resize(2 * (default_edges().size() + 1) + 1);
  }
  template <class T> void operator()(const T* p, int64_t n, Counts&) { count_keys(p, n, slots_); }
  void add(Counts& counts) const {
    const size_t all = default_edges().size();
    for (const auto& s : slots_)
      for (size_t k = 0; k < 2 * (all + 1); ++k) {
        const size_t below = k <= all ? k : all + 1 + all - k;  // edges not above; some bin begins with the last of them
        if (s[k] > 0 && below > 0 && below < all) counts[below - 1] += s[k];
      }
  }

 private:
  KeySlots slots_;
};

// One that counts into bins right away.
template <class F>
struct Direct {
  F f;
  template <class T> void operator()(const T* p, int64_t n, Counts& mine) { f(p, n, mine); }
  void add(Counts&) const {}
};
template <class F> Direct(F) -> Direct<F>;

// numpy.histogram for edges that are given.
template <class T>
void count_edges(const T* p, int64_t n, const std::vector<double>& edges, Counts& counts) {
  for (int64_t i = 0; i < n; ++i) {
    const double x = p[i];
    if (!(x >= edges.front() && x <= edges.back())) continue;
    const auto above = std::upper_bound(edges.begin(), edges.end(), x);
    size_t bin = static_cast<size_t>(above - edges.begin());
    if (above == edges.end()) bin = static_cast<size_t>(std::lower_bound(edges.begin(), edges.end(), x) - edges.begin());  // the last bin holds its right edge
    if (bin > 0) ++counts[std::min(bin, counts.size()) - 1];
  }
}

// The same for edges at equal distances, with its arithmetic.
template <class T>
void count_equal(const T* p, int64_t n, const std::vector<double>& edges, Counts& counts) {
  const double first = edges.front(), span = edges.back() - first, bins = static_cast<double>(counts.size());
  for (int64_t i = 0; i < n; ++i) {
    const double x = p[i];
    if (!(x >= first && x <= edges.back())) continue;
    auto k = static_cast<int64_t>((x - first) / span * bins);
    const auto last = static_cast<int64_t>(counts.size()) - 1;
    if (k > last) k = last;
    if (x < edges[static_cast<size_t>(k)]) --k;
    else if (k != last && x >= edges[static_cast<size_t>(k) + 1]) ++k;
    ++counts[static_cast<size_t>(k)];
  }
}

// In parallel, piece by piece: what a piece needs twice is in the cache the second time.
template <class T, class Counter>
Counts count(const T* p, int64_t n, size_t bins, Moments* m, const Counter& counter) {
  Counts total(bins);
  std::mutex mutex;
  const int64_t pieces = (n + kPiece - 1) / kPiece;
  std::vector<Moments> parts(static_cast<size_t>(m ? pieces : 0));
  parallel_for(0, pieces, 16, [&](int64_t begin, int64_t end) {
    Counts mine(bins);
    for (int64_t run = begin; run < end;) {
      Counter c = counter;
      for (const int64_t stop = std::min(end, run + (int64_t{1} << 31) / kPiece); run < stop; ++run) {
        const int64_t from = run * kPiece, size = std::min(kPiece, n - from);
        if (m) parts[static_cast<size_t>(run)] = moments(p + from, size);
        c(p + from, size, mine);
      }
      c.add(mine);
    }
    const std::lock_guard<std::mutex> lock(mutex);
    for (size_t k = 0; k < bins; ++k) total[k] += mine[k];
  });
  for (const Moments& part : parts) *m += part;
  return total;
}

// The estimators of numpy's bins, on sorted values.
class Estimate {
 public:
  Estimate(const double* p, int64_t n, const Moments& m) : p_(p), n_(n), size_(static_cast<double>(n)), m_(m), ptp_(m.max - m.min) {}
  double width(const std::string& rule) const {
    const double sturges = ptp_ / (std::log2(size_) + 1), root = ptp_ / std::sqrt(size_);
    if (rule == "sqrt") return root;
    if (rule == "sturges") return sturges;
    if (rule == "rice") return ptp_ / (2 * std::pow(size_, 1.0 / 3));
    if (rule == "scott") return std::pow(24 * std::sqrt(std::numbers::pi) / size_, 1.0 / 3) * std::sqrt(central(2));
    if (rule == "fd") return fd();
    if (rule == "auto") return std::min(std::max(fd(), root / 2), sturges);
    if (rule == "doane") return doane();
    if (rule == "stone") return stone();
    throw ValueError(str("add_histogram: bins '", rule, "' is none of tensorflow, auto, fd, doane, scott, stone, rice, sturges, sqrt"));
  }

 private:
  double mean() const { return m_.sum / size_; }
  double central(int power, double sigma = 1) const {
    double sum = 0;
    const double mu = mean();
    for (int64_t i = 0; i < n_; ++i) {
      const double d = (p_[i] - mu) / sigma;
      sum += power == 2 ? d * d : d * d * d;
    }
    return sum / size_;
  }
  double percentile(double q) const {
    std::vector<double> v(p_, p_ + n_);
    const double at = q * (size_ - 1);
    const auto k = static_cast<int64_t>(at);
    std::nth_element(v.begin(), v.begin() + k, v.end());
    const double low = v[static_cast<size_t>(k)], high = k + 1 < n_ ? *std::min_element(v.begin() + k + 1, v.end()) : low, t = at - static_cast<double>(k);
    return t < 0.5 ? low + (high - low) * t : high - (high - low) * (1 - t);
  }
  double fd() const { return 2 * (percentile(0.75) - percentile(0.25)) * std::pow(size_, -1.0 / 3); }
  double doane() const {
    if (n_ <= 2) return 0;
    const double error = std::sqrt(6 * (size_ - 2) / ((size_ + 1) * (size_ + 3))), sigma = std::sqrt(central(2));
    if (!(sigma > 0)) return 0;
    return ptp_ / (1 + std::log2(size_) + std::log2(1 + std::abs(central(3, sigma)) / error));
  }
  double stone() const;
  const double* p_;
  int64_t n_;
  double size_;
  Moments m_;
  double ptp_;
};

std::vector<double> equal_edges(double first, double last, int64_t bins) {
  if (first == last) first -= 0.5, last += 0.5;
  std::vector<double> e(static_cast<size_t>(bins) + 1);
  const double step = (last - first) / static_cast<double>(bins);
  for (size_t i = 0; i < e.size(); ++i) e[i] = static_cast<double>(i) * step + first;
  e.back() = last;
  for (size_t i = 1; i < e.size(); ++i) WICK_CHECK_TYPE(ValueError, e[i - 1] < e[i], "add_histogram: ", bins, " bins are too many for values from ", first, " to ", last);
  return e;
}

double Estimate::stone() const {
  if (n_ <= 1 || ptp_ == 0) return 0;
  const int64_t most = std::max<int64_t>(100, static_cast<int64_t>(std::sqrt(size_)));
  int64_t best = 1;
  double least = std::numeric_limits<double>::infinity();
  for (int64_t bins = 1; bins <= most; ++bins) {
    const std::vector<double> edges = equal_edges(m_.min, m_.max, bins);
    const Counts c = count(p_, n_, static_cast<size_t>(bins), nullptr, Direct{[&](const double* q, int64_t k, Counts& mine) { count_equal(q, k, edges, mine); }});
    double squares = 0;
    for (const uint64_t k : c) squares += static_cast<double>(k) / size_ * (static_cast<double>(k) / size_);
    const double risk = (2 - (size_ + 1) * squares) / (ptp_ / static_cast<double>(bins));
    if (risk < least) least = risk, best = bins;
  }
  return ptp_ / static_cast<double>(best);
}

struct Counted {
  std::vector<double> edges;
  Counts counts;
  Moments m;
};

template <class T>
Counted count_values(const T* p, int64_t n, const BinRule& rule) {
  Counted r;
  if (const auto* name = std::get_if<std::string>(&rule); name && *name == "tensorflow") {
    r.edges = default_edges();
    r.counts = count(p, n, r.edges.size() - 1, &r.m, DefaultCounter());
    if (!(r.m.max >= r.edges.back())) return r;
    r.counts = count(p, n, r.edges.size() - 1, nullptr, Direct{[&](const T* q, int64_t k, Counts& mine) { count_edges(q, k, r.edges, mine); }});  // the last edge belongs to its bin
    return r;
  }
  if (const auto* edges = std::get_if<std::vector<double>>(&rule)) {
    WICK_CHECK_TYPE(ValueError, edges->size() >= 2 && std::is_sorted(edges->begin(), edges->end()), "add_histogram: bins are at least two edges that do not fall, got ", edges->size());
    r.edges = *edges;
    r.counts = count(p, n, r.edges.size() - 1, &r.m, Direct{[&](const T* q, int64_t k, Counts& mine) { count_edges(q, k, r.edges, mine); }});
    return r;
  }
  const int64_t pieces = (n + kPiece - 1) / kPiece;
  for (int64_t i = 0; i < pieces; ++i) r.m += moments(p + i * kPiece, std::min(kPiece, n - i * kPiece));
  WICK_CHECK_TYPE(ValueError, std::isfinite(r.m.squares) || (std::isfinite(r.m.min) && std::isfinite(r.m.max) && !std::isnan(r.m.squares)), "add_histogram: values that are not finite have no range");
  int64_t bins = 1;
  if (const auto* number = std::get_if<int64_t>(&rule)) {
    bins = *number;
    WICK_CHECK_TYPE(ValueError, bins > 0, "add_histogram: bins must be positive, got ", bins);
  } else {
    const std::vector<double> v(p, p + n);
    const double width = Estimate(v.data(), n, r.m).width(std::get<std::string>(rule)), span = r.m.max > r.m.min ? r.m.max - r.m.min : 1;
    const double wanted = width > 0 ? std::ceil(span / width) : 1;
    WICK_CHECK_TYPE(ValueError, wanted < 1e8, "add_histogram: bins '", std::get<std::string>(rule), "' gives ", wanted, " bins");
    bins = static_cast<int64_t>(wanted);
  }
  r.edges = equal_edges(r.m.min, r.m.max, bins);
  r.counts = count(p, n, static_cast<size_t>(bins), nullptr, Direct{[&](const T* q, int64_t k, Counts& mine) { count_equal(q, k, r.edges, mine); }});
  return r;
}

// At most so many bins: neighbours are joined.
void join_bins(Counted& c, int64_t most) {
  const auto bins = static_cast<int64_t>(c.counts.size());
  if (most <= 0 || bins <= most) return;
  const int64_t step = bins / most;
  Counts joined(static_cast<size_t>((bins + step - 1) / step));
  std::vector<double> edges;
  for (int64_t i = 0; i < bins; ++i) joined[static_cast<size_t>(i / step)] += c.counts[static_cast<size_t>(i)];
  for (int64_t i = 0; i < bins; i += step) edges.push_back(c.edges[static_cast<size_t>(i)]);
  edges.push_back(c.edges.back());
  c.counts = std::move(joined);
  c.edges = std::move(edges);
}

}  // namespace

const std::vector<double>& default_edges() {
  static const std::vector<double> edges = [] {
    std::vector<double> positive, r;
    for (double v = 1e-12; v < 1e20; v *= 1.1) positive.push_back(v);
    for (size_t i = positive.size(); i-- > 0;) r.push_back(-positive[i]);
    r.push_back(0);
    r.insert(r.end(), positive.begin(), positive.end());
    return r;
  }();
  return edges;
}

Histogram make_histogram(const Tensor& values, const BinRule& bins, std::optional<int64_t> max_bins) {
  WICK_CHECK_TYPE(ValueError, values.defined() && values.numel() > 0, "add_histogram: the input has no element");
  WICK_CHECK_TYPE(TypeError, !values.is_complex(), "add_histogram: values are real, got ", values.scalar_type());
  const NoGradGuard off;
  const ScalarType type = values.scalar_type();
  const bool single = type == kFloat || type == kHalf || type == kBFloat16;
  const Tensor v = values.detach().to(single ? kFloat : kDouble).contiguous();
  Counted c = single ? count_values(v.data_ptr<float>(), v.numel(), bins) : count_values(v.data_ptr<double>(), v.numel(), bins);
  if (max_bins) join_bins(c, *max_bins);
  // From the bin before the first that holds anything, which tells the left edge, to the last.
  const auto some = [](uint64_t k) { return k > 0; };
  const auto first = std::find_if(c.counts.begin(), c.counts.end(), some), last = std::find_if(c.counts.rbegin(), c.counts.rend(), some).base();
  WICK_CHECK_TYPE(ValueError, first != c.counts.end(), "add_histogram: no value lies within the bins");
  const auto start = first - c.counts.begin(), end = last - c.counts.begin();
  Histogram h;
  h.counts.push_back(start > 0 ? static_cast<double>(c.counts[static_cast<size_t>(start) - 1]) : 0);
  h.counts.insert(h.counts.end(), first, last);
  h.limits.assign(c.edges.begin() + start, c.edges.begin() + end + 1);
  const bool nan = std::isnan(c.m.squares);
  h.min = nan ? std::nan("") : c.m.min;
  h.max = nan ? std::nan("") : c.m.max;
  h.num = static_cast<double>(v.numel());
  h.sum = c.m.sum;
  h.sum_squares = c.m.squares;
  return h;
}

}  // namespace wick::logging
