#include <algorithm>
#include <cmath>

#include <wick/core/str.h>

#include "cli/report.h"
#include "cli/tune.h"
#include "io/atomic_file.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

using train::to_string;
using train::TrialRecord;
using train::TrialState;

std::string place(double v) {
  char buf[32];
  std::snprintf(buf, sizeof buf, "%.1f", v);
  return buf;
}

struct Page {
  const TunePlan& plan;
  std::vector<TrialRecord> trials;  // that have a value, by number
  std::vector<TrialRecord> ranked;  // the same, the best first; pruned ones last
  double low = 0, high = 1;         // of the values

  Page(const TunePlan& plan, const std::vector<TrialRecord>& all) : plan(plan) {
    for (const TrialRecord& r : all)
      if ((r.state == TrialState::done || r.state == TrialState::pruned) && std::isfinite(r.value)) trials.push_back(r);
    ranked = trials;
    std::stable_sort(ranked.begin(), ranked.end(), [&](const TrialRecord& a, const TrialRecord& b) { return a.state != b.state ? a.state == TrialState::done : better(a.value, b.value); });
    for (size_t i = 0; i < trials.size(); ++i) {
      low = i ? std::min(low, trials[i].value) : trials[i].value;
      high = i ? std::max(high, trials[i].value) : trials[i].value;
    }
  }
  bool better(double a, double b) const { return plan.options.maximize() ? a > b : a < b; }
  double height_of(double v) const { return high > low ? (v - low) / (high - low) : 0.5; }
  std::string title(const TrialRecord& r) const {
    return "<title>trial " + std::to_string(r.number + 1) + ": " + escape(settings_text(r)) + ", " + escape(plan.metric) + " " + number_text(r.value) + (r.state == TrialState::pruned ? ", ended early" : "") + "</title>";
  }

  // A point a trial, and the best so far as a line.
  std::string history() const {
    constexpr double left = 64, top = 10, width = 620, height = 200;
    const double n = static_cast<double>(std::max<size_t>(1, trials.empty() ? 1 : static_cast<size_t>(trials.back().number + 1)));
    const auto x = [&](const TrialRecord& r) { return left + width * (static_cast<double>(r.number) + 0.5) / n; };
    const auto y = [&](double v) { return top + height * (1 - height_of(v)); };
    std::string s = "<figure><figcaption>" + escape(plan.metric) + " by trial</figcaption><div class=\"scroll\"><svg style=\"min-width:540px\" viewBox=\"0 0 700 246\" role=\"img\" aria-label=\"values by trial\">", line, points;
    for (const double part : {0.0, 0.25, 0.5, 0.75, 1.0}) {
      const double v = low + (high - low) * part;
      s += "<line class=\"grid\" x1=\"64\" x2=\"684\" y1=\"" + place(y(v)) + "\" y2=\"" + place(y(v)) + "\"/><text class=\"tick\" x=\"58\" y=\"" + place(y(v)) + "\" text-anchor=\"end\" dominant-baseline=\"middle\">" + number_text(v) + "</text>";
    }
    double best = NAN;
    for (const TrialRecord& r : trials) {
      if (r.state == TrialState::done && (std::isnan(best) || better(r.value, best))) {
        if (!std::isnan(best)) line += "L" + place(x(r)) + " " + place(y(best));
        best = r.value;
        line += (line.empty() ? "M" : "L") + place(x(r)) + " " + place(y(best));
      }
      points += "<circle class=\"" + std::string(r.state == TrialState::done ? "done" : "pruned") + "\" r=\"4\" cx=\"" + place(x(r)) + "\" cy=\"" + place(y(r.value)) + "\">" + title(r) + "</circle>";
    }
    if (!line.empty()) line += "L" + place(left + width) + " " + place(y(best));
    return s + "<path class=\"curve\" style=\"stroke:var(--b)\" d=\"" + line + "\"/>" + points + "<text class=\"tick\" x=\"374\" y=\"238\" text-anchor=\"middle\">trial</text></svg></div>" +
           "<div class=\"legend\"><span>● a trial</span><span>○ ended early</span><span><svg width=\"22\" height=\"8\" aria-hidden=\"true\"><line x1=\"0\" x2=\"22\" y1=\"4\" y2=\"4\" class=\"curve\" style=\"stroke:var(--b)\"/></svg> best so far</span></div></figure>\n";
  }

  // A vertical line a setting, the last for the value; a trial is a path through its settings.
  std::string coordinates() const {
    const auto& ranges = plan.space.ranges();
    const double step = 130, width = step * static_cast<double>(ranges.size()) + 160, top = 34, height = 220;
    std::string s = "<figure><figcaption>Settings and values <small>the best tenth in colour; point at a line</small></figcaption><div class=\"scroll\"><svg class=\"ways\" style=\"min-width:" + place(width * 0.8) + "px\" viewBox=\"0 0 " + place(width) +
                    " 280\" role=\"img\" aria-label=\"parallel coordinates\">";
    const auto x = [&](size_t i) { return 70 + step * static_cast<double>(i); };
    const size_t good = std::max<size_t>(1, ranked.size() / 10);
    for (size_t k = ranked.size(); k-- > 0;) {
      const TrialRecord& r = ranked[k];
      std::string path;
      for (size_t i = 0; i < ranges.size(); ++i) path += (i ? "L" : "M") + place(x(i)) + " " + place(top + height * (1 - ranges[i].place_of(r.params[i].second)));
      path += "L" + place(x(ranges.size())) + " " + place(top + height * (1 - height_of(r.value)));
      s += "<path class=\"way" + std::string(k < good ? " good" : "") + "\" d=\"" + path + "\">" + title(r) + "</path>";
    }
    for (size_t i = 0; i <= ranges.size(); ++i) {
      const std::string at = place(x(i));
      s += "<line class=\"axis\" x1=\"" + at + "\" x2=\"" + at + "\" y1=\"34\" y2=\"254\"/><text class=\"name\" x=\"" + at + "\" y=\"14\" text-anchor=\"middle\">" + escape(i < ranges.size() ? ranges[i].name : plan.metric) + "</text>";
      const auto label = [&](double y, const std::string& text) { s += "<text class=\"tick\" x=\"" + place(x(i) + 5) + "\" y=\"" + place(y) + "\">" + escape(text) + "</text>"; };
      if (i == ranges.size()) {
        label(top + height + 14, number_text(low));
        label(top - 4, number_text(high));
      } else if (ranges[i].kind == train::ParamRange::Kind::choice) {
        for (const auto& c : ranges[i].choices) label(top + height * (1 - ranges[i].place_of(c)) + 4, to_string(c));
      } else {
        label(top + height + 14, to_string(ranges[i].at(0)));
        label(top - 4, to_string(ranges[i].at(1)));
      }
    }
    return s + "</svg></div></figure>\n";
  }

  std::string importance(const std::vector<double>& share) const {
    std::string s = "<table><tr><th>setting</th><th>explains alone</th></tr>";
    std::vector<size_t> order(share.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return share[a] > share[b]; });
    for (const size_t i : order)
      s += "<tr><td>" + escape(plan.space.ranges()[i].name) + "</td><td>" + place(100 * share[i]) + " %<span class=\"bar\"><i style=\"width:" + place(100 * share[i]) + "%\"></i></span></td></tr>";
    return s + "</table>\n";
  }

  std::string table(const std::vector<TrialRecord>& all) const {
    std::string s = "<div class=\"scroll\"><table><tr><th>trial</th><th>" + escape(plan.metric) + "</th>";
    for (const auto& r : plan.space.ranges()) s += "<th>" + escape(r.name) + "</th>";
    s += "<th>time</th><th>end</th></tr>";
    const auto row = [&](const TrialRecord& r, const std::string& value, const std::string& end) {
      s += "<tr><td>" + std::to_string(r.number + 1) + "</td><td>" + value + "</td>";
      for (const auto& p : r.params) s += "<td>" + escape(to_string(p.second)) + "</td>";
      s += "<td>" + train::duration(r.seconds) + "</td><td>" + escape(end) + "</td></tr>";
    };
    for (const TrialRecord& r : ranked) row(r, number_text(r.value), r.state == TrialState::pruned ? str("early, after step ", r.reports.empty() ? 0 : r.reports.back().first) : std::string("done"));
    for (const TrialRecord& r : all)
      if (r.state == TrialState::failed) row(r, "", "failed: " + r.error);
    return s + "</table></div>\n";
  }
};

constexpr const char* kStyle = R"css(
.done{fill:var(--a);fill-opacity:.75}.pruned{fill:none;stroke:var(--soft)}.ways .way{fill:none;stroke:var(--soft);stroke-opacity:.35;stroke-width:1.3}.ways .way.good{stroke:var(--a);stroke-opacity:.95;stroke-width:2}
.ways .way:hover{stroke:var(--b);stroke-opacity:1;stroke-width:3.5}.axis{stroke:var(--fg)}.name{fill:var(--fg);font-size:12px;font-weight:600}figure{margin-bottom:14px}
)css";

}  // namespace

void write_tune_page(const std::string& dir, const TunePlan& plan, const train::Study& study) {
  const std::vector<TrialRecord> all = study.trials();
  const Page page(plan, all);
  size_t pruned = 0, failed = 0;
  double seconds = 0;
  for (const TrialRecord& r : all) pruned += r.state == TrialState::pruned, failed += r.state == TrialState::failed, seconds += r.seconds;
  std::string command;
  for (const auto& w : plan.command) command += (command.empty() ? "" : " ") + w;
  std::string s = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>" + escape(plan.name) + " – wick tune</title><style>" + kReportStyle + kStyle +
                  "</style></head><body><h1>Search: " + escape(plan.name) + "</h1><p class=\"soft\"><code>" + escape(command) + "</code></p><div class=\"top\">";
  const auto card = [&](const char* kind, const std::string& value, const std::string& text) { s += std::string("<div class=\"score ") + kind + "\"><b>" + escape(value) + "</b><span>" + escape(text) + "</span></div>"; };
  const auto best = study.best();
  if (best) card("main", number_text(best->value), "best " + plan.metric + ", trial " + std::to_string(best->number + 1));
  card("", std::to_string(all.size()), str("trials", pruned ? str(", ", pruned, " ended early") : std::string(), failed ? str(", ", failed, " failed") : std::string()));
  card("", train::duration(seconds), "of all trials together");
  s += "</div>";
  if (best) {
    std::string again;
    for (const auto& w : command_of(plan, *best)) again += (again.empty() ? "" : " ") + w;
    s += "<h2>Best settings</h2><p><b>" + escape(settings_text(*best)) + "</b></p><p><code>" + escape(again) + "</code></p>";
  }
  if (!page.trials.empty()) s += "<h2>How it went</h2>" + page.history() + page.coordinates() + "<h2>What matters</h2>" + page.importance(study.importance());
  s += "<h2>Trials</h2>" + page.table(all) + "</body></html>\n";
  io::write_atomically(dir + "/tune.html", {{s.data(), s.size()}});
}

}  // namespace wick::cli
