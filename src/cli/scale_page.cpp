// What wick scale shows: a table with a curve, a page, JSON.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <wick/core/str.h>

#include "cli/report.h"
#include "cli/scale.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

std::string format(const char* pattern, double v) {
  char buf[64];
  std::snprintf(buf, sizeof buf, pattern, v);
  return buf;
}
std::string rate_text(double v) { return v >= 1000 ? train::thousands(static_cast<int64_t>(std::round(v))) : format("%.4g", v); }
std::string network_text(const ScaleResult& r) {
  return str(format("%.3g", 1e6 * r.latency), " us and ", format("%.3g", r.bandwidth / 1e9), " GB/s", r.given ? ", as given" : ", measured on this machine");
}

}  // namespace

std::string scale_table(const ScaleResult& r) {
  std::string s = str(r.command, "\n", r.strong ? "strong" : "weak", " scaling, ", r.points.front().threads, r.points.front().threads == 1 ? " thread" : " threads", " a rank, ", r.cores, r.cores == 1 ? " core\n\n" : " cores\n\n");
  char line[320];
  std::snprintf(line, sizeof line, "%5s %13s %9s %11s  %10s %8s %6s %8s %7s\n", "ranks", (r.unit + "/s").c_str(), "speed-up", "efficiency", "step ms", "compute", "data", "exposed", "hidden");
  s += line;
  bool said = false;
  for (const ScalePoint& p : r.points) {
    if (!p.measured && !said) s += str("beyond ", r.points[0].ranks == p.ranks ? 1 : p.ranks / 2, " ranks a model, not a measurement: latency ", network_text(r), "\n");
    said = said || !p.measured;
    std::snprintf(line, sizeof line, "%5d %13s %8.2fx %9.1f %%  %10.3f %6.1f %% %4.1f %% %6.1f %% %5.1f %%", p.ranks, rate_text(p.rate()).c_str(), p.speedup, 100 * p.efficiency, 1e3 * p.step, 100 * p.compute / p.step,
                  100 * p.data / p.step, 100 * p.exposed / p.step, 100 * p.hidden / p.step);
    s += line;
    s += p.bottleneck.empty() ? "\n" : "\n      ^ " + p.bottleneck + "\n";
  }
  s += "\nefficiency\n";
  for (const ScalePoint& p : r.points) {
    const int eighths = static_cast<int>(std::round(std::clamp(p.efficiency, 0.0, 1.25) * 40));
    std::string bar;
    for (int i = 0; i < eighths; ++i) bar += p.measured ? "█" : "░";
    s += str(format("%5.0f ", p.ranks), bar, " ", format("%.1f", 100 * p.efficiency), " %\n");
  }
  if (said) s += "      █ measured  ░ model\n";
  return s;
}

std::string scale_page(const ScaleResult& r) {
  const auto curve = [&](const char* name, const char* colour, const auto& of, int which) {  // which: 0 measured, 1 the model and the point before it, 2 all
    Curve c{name, colour, {}, {}};
    for (size_t i = 0; i < r.points.size(); ++i) {
      const ScalePoint& p = r.points[i];
      const bool joins = p.measured && i + 1 < r.points.size() && !r.points[i + 1].measured;
      if (which == 2 || (which == 0 ? p.measured : !p.measured || joins)) c.x.push_back(std::log2(p.ranks)), c.y.push_back(of(p));
    }
    return c;
  };
  const auto& first = r.points.front();
  const auto rate = [](const ScalePoint& p) { return std::log2(p.rate()); };
  const auto ideal = [&](const ScalePoint& p) { return std::log2(first.rate() * p.ranks / first.ranks); };
  const auto efficiency = [](const ScalePoint& p) { return 100 * p.efficiency; };
  const auto exposed = [](const ScalePoint& p) { return 100 * p.exposed / p.step; };
  std::vector<Curve> speed{curve("measured", "--a", rate, 0), curve("all cores alike, no waiting", "--soft", ideal, 2)}, shares{curve("measured", "--a", efficiency, 0)}, waits{curve("measured", "--a", exposed, 0)};
  if (!r.points.back().measured) {
    speed.insert(speed.begin() + 1, curve("model", "--b", rate, 1));
    shares.push_back(curve("model", "--b", efficiency, 1));
    waits.push_back(curve("model", "--b", exposed, 1));
  }
  std::string s = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>scaling</title><style>" + std::string(kReportStyle) +
                  "</style></head><body>\n<h1>Scaling</h1><div class=\"soft\"><code>" + escape(r.command) + "</code></div>\n<div class=\"charts\" style=\"margin-top:16px\">";
  s += chart("throughput", r.unit + "/s, logarithmic", speed, {"ranks", true, true}) + chart("efficiency", "%", shares, {"ranks", true, false}) + chart("waiting for communication", "% of a step", waits, {"ranks", true, false});
  s += "</div>\n<div class=\"scroll\"><pre>" + escape(scale_table(r)) + "</pre></div>\n";
  if (!r.reductions.empty()) {
    s += "<h2>All-reduce</h2><div class=\"scroll\"><table><tr><th>ranks</th><th>bytes</th><th>ms</th><th>GB/s</th></tr>";
    for (const Reduction& x : r.reductions) s += str("<tr><td>", x.ranks, "</td><td>", train::thousands(static_cast<int64_t>(x.bytes)), "</td><td>", format("%.4g", 1e3 * x.seconds), "</td><td>", format("%.3g", x.bytes / x.seconds / 1e9), "</td></tr>");
    s += "</table></div>\n";
  }
  if (!r.points.back().measured) s += "<h2>The model</h2><div class=\"scroll\"><pre>" + escape(kScaleFormula) + "\n" + escape("a, b: " + network_text(r)) + "</pre></div>\n";
  return s + "<script>" + kReportScript + "</script></body></html>\n";
}

Json scale_json(const ScaleResult& r) {
  Json j{{"command", r.command}, {"scaling", r.strong ? "strong" : "weak"}, {"cores", r.cores}, {"unit", r.unit}};
  for (const char* list : {"measured", "model"}) j[list] = Json::array();
  for (const ScalePoint& p : r.points)
    j[p.measured ? "measured" : "model"].push_back({{"ranks", p.ranks}, {"threads", p.threads}, {"per_second", p.rate()}, {"speedup", p.speedup}, {"efficiency", p.efficiency}, {"step", p.step}, {"compute", p.compute},
                                                    {"data", p.data}, {"exposed", p.exposed}, {"hidden", p.hidden}, {"bytes", p.bytes}, {"operations", p.operations}, {"bottleneck", p.bottleneck}});
  j["all_reduce"] = Json::array();
  for (const Reduction& x : r.reductions) j["all_reduce"].push_back({{"ranks", x.ranks}, {"bytes", x.bytes}, {"seconds", x.seconds}});
  if (r.bandwidth > 0) j["network"] = {{"latency", r.latency}, {"bandwidth", r.bandwidth}, {"given", r.given}};
  return j;
}

}  // namespace wick::cli
