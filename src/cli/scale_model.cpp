// What was measured on few ranks, continued to many.
#include <algorithm>
#include <cmath>

#include <wick/core/str.h>

#include "cli/scale.h"

namespace wick::cli {

const char* const kScaleFormula =
    "An all-reduce of S bytes in k pieces over n ranks, with latency a and bandwidth b, takes the shorter of\n"
    "  ring  2 (n - 1) k a + 2 (n - 1) / n * S / b\n"
    "  tree  2 ceil(log2 n) (k a + S / b)\n"
    "a and b solve the ring's equation for the smallest and the largest all-reduce that was measured on the most ranks.\n"
    "Of c(n) seconds of communication in a step, backward (two thirds of compute) can hide as much as it lasts; what the m ranks\n"
    "of the last measurement could not hide, e, grows as communication does:  exposed(n) = max(e c(n) / c(m), c(n) - 2/3 compute)\n"
    "step(n) = compute + data + exposed(n), with compute, data and e of the most ranks that had cores of their own; strong scaling divides\n"
    "compute and data by n / m. More machines are thought to be like this one.";

ScalePoint point_of(int ranks, const std::vector<distributed::RankTimes>& times) {
  ScalePoint p;
  p.ranks = ranks;
  for (const auto& t : times) {
    const double steps = std::max<double>(1, static_cast<double>(t.steps)), n = static_cast<double>(times.size());
    p.threads = t.threads;
    p.step = std::max(p.step, t.step);
    p.compute += t.compute / steps / n;
    p.data += t.data / steps / n;
    p.exposed += t.exposed / steps / n;
    p.hidden += t.hidden / steps / n;
    p.examples += static_cast<double>(t.examples) / steps;
    p.bytes += static_cast<double>(t.bytes) / steps / n;
    p.operations += static_cast<double>(t.operations) / steps / n;
  }
  // Shares are means, with a slow first step; the median step is what they are shares of.
  const double all = p.compute + p.data + p.exposed, f = all > 0 ? p.step / all : 1;
  for (double* v : {&p.compute, &p.data, &p.exposed, &p.hidden}) *v *= f;
  return p;
}

static std::string bottleneck_of(const ScalePoint& p, const ScalePoint& first, int cores, bool strong) {
  if (&p == &first) return p.data > 0.2 * p.step ? "data" : "";
  if (p.efficiency >= 0.97) return "";
  const double ideal = strong ? first.compute * first.ranks / p.ranks : first.compute;
  const double more_compute = p.compute - ideal, more_data = p.data - (strong ? first.data * first.ranks / p.ranks : first.data), more_exposed = p.exposed - first.exposed;
  const auto share = [&](double v) { return str(static_cast<int>(std::round(100 * std::max(0.0, v) / p.step)), " %"); };
  if (more_data >= more_compute && more_data >= more_exposed) return str("data: waited for ", share(p.data), " of a step");
  if (more_exposed >= more_compute) return str("communication: exposed ", share(p.exposed), " of a step", p.ranks * p.threads > cores ? ", with more threads than cores" : "");
  if (p.ranks * p.threads > cores) return str("cores: ", p.ranks, " x ", p.threads, " thread", p.threads == 1 ? "" : "s", " on ", cores);
  return str("compute: ", static_cast<int>(std::round(100 * (p.compute / ideal - 1))), " % longer (memory, caches and clock are shared; communication needs cores, too)");
}

void compare(ScaleResult& r) {
  if (r.points.empty()) return;
  for (ScalePoint& p : r.points) {
    const ScalePoint& first = r.points.front();
    // Where nobody counts examples, strong scaling's steps are all of the same work.
    const double rate = r.strong && p.examples == 0 ? 1 / p.step : p.rate(), base = r.strong && p.examples == 0 ? 1 / first.step : first.rate();
    p.speedup = rate / base;
    p.efficiency = p.speedup * first.ranks / p.ranks;
    if (p.measured) p.bottleneck = bottleneck_of(p, first, r.cores, r.strong);
  }
}

double reduction_time(const ScaleResult& r, int ranks, double bytes, double operations) {
  if (ranks < 2) return 0;
  const double n = ranks, depth = std::ceil(std::log2(n)), a = operations * r.latency, b = bytes / r.bandwidth;
  return std::min(2 * (n - 1) * a + 2 * (n - 1) / n * b, 2 * depth * (a + b));
}

static void fit(ScaleResult& r) {
  int most = 0;
  for (const Reduction& x : r.reductions) most = std::max(most, x.ranks);
  const Reduction *small = nullptr, *large = nullptr;
  for (const Reduction& x : r.reductions) {
    if (x.ranks != most) continue;
    if (!small || x.bytes < small->bytes) small = &x;
    if (!large || x.bytes > large->bytes) large = &x;
  }
  if (most < 2 || !small || small == large) return;
  const double n = most, per_byte = (large->seconds - small->seconds) / (large->bytes - small->bytes);
  r.bandwidth = 2 * (n - 1) / n / std::max(per_byte, 1e-15);
  r.latency = std::max(0.0, small->seconds - small->bytes * std::max(per_byte, 0.0)) / (2 * (n - 1));
}

void model(ScaleResult& r, int most) {
  const ScalePoint last = r.points.back(), first = r.points.front();
  if (!r.given) fit(r);
  if (last.ranks < 2 || r.bandwidth <= 0) return;
  // Of more ranks than cores, the compute of those that have cores of their own counts.
  const ScalePoint* base = &last;
  for (const ScalePoint& p : r.points)
    if (p.ranks * p.threads <= r.cores) base = &p;
  const double measured = r.given ? last.hidden + last.exposed : reduction_time(r, last.ranks, last.bytes, last.operations);
  std::vector<ScalePoint> points;
  for (int n = last.ranks * 2; n <= most; n *= 2) {
    ScalePoint p = last;
    p.ranks = n;
    p.measured = false;
    p.bottleneck.clear();
    p.compute = r.strong ? base->compute * base->ranks / n : base->compute;
    p.data = r.strong ? base->data * base->ranks / n : base->data;
    if (!r.strong) p.examples = last.examples / last.ranks * n;
    const double c = reduction_time(r, n, last.bytes, last.operations), window = 2.0 / 3 * p.compute;
    p.exposed = std::max(measured > 0 ? base->exposed * c / measured : 0, c - window);
    p.hidden = std::max(0.0, c - p.exposed);
    p.step = p.compute + p.data + p.exposed;
    points.push_back(p);
  }
  r.points.insert(r.points.end(), points.begin(), points.end());
  compare(r);
}

}  // namespace wick::cli
