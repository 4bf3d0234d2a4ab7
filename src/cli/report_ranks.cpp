// Where the time of each rank went, in the report.
#include <algorithm>
#include <cstdio>

#include <wick/core/str.h>

#include "cli/report.h"

namespace wick::cli {

Json to_json(const distributed::RankTimes& t) {
  return {{"rank", t.rank},       {"host", t.host},       {"threads", t.threads}, {"steps", t.steps},     {"examples", t.examples}, {"step_seconds", t.step},     {"compute", t.compute},
          {"data", t.data},       {"exposed", t.exposed}, {"hidden", t.hidden},   {"other", t.other()},   {"total", t.total},       {"operations", t.operations}, {"bytes", t.bytes}};
}

std::string rank_bars(const std::vector<distributed::RankTimes>& ranks) {
  struct Part { const char *name, *look; double distributed::RankTimes::*value; };
  constexpr Part parts[] = {{"compute", "fill:var(--a)", &distributed::RankTimes::compute},
                            {"waiting for data", "fill:var(--b)", &distributed::RankTimes::data},
                            {"waiting for communication", "fill:var(--bad)", &distributed::RankTimes::exposed}};
  double longest = 1e-9;
  for (const auto& t : ranks) longest = std::max(longest, t.compute + t.data + t.exposed);
  constexpr double left = 128, width = 560, row = 26;
  char buf[512];
  std::snprintf(buf, sizeof buf, "<h2>Ranks</h2><figure class=\"ranks\" style=\"max-width:760px\"><figcaption>time in steps <small>seconds</small></figcaption><svg viewBox=\"0 0 720 %.0f\" role=\"img\" aria-label=\"time of each rank\">",
                row * static_cast<double>(ranks.size()) + 6);
  std::string s = buf;
  double y = 4;
  for (const auto& t : ranks) {
    s += "<text class=\"tick\" x=\"" + std::to_string(static_cast<int>(left) - 8) + "\" y=\"" + std::to_string(static_cast<int>(y + 13)) + "\" text-anchor=\"end\">" + escape(str("rank ", t.rank, "  ", t.host).substr(0, 20)) + "</text>";
    double x = left;
    for (const Part& p : parts) {
      const double w = width * (t.*p.value) / longest;
      std::snprintf(buf, sizeof buf, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"18\" style=\"%s\"><title>rank %d: %s %.2f s</title></rect>", x, y, std::max(0.0, w), p.look, t.rank, p.name, t.*p.value);
      s += buf;
      x += w;
    }
    // What communication took beside compute, as a line below the bar.
    std::snprintf(buf, sizeof buf, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"3\" style=\"fill:var(--good)\"><title>rank %d: communication beside compute %.2f s</title></rect>", left, y + 19, width * std::min(1.0, t.hidden / longest), t.rank, t.hidden);
    s += buf;
    y += row;
  }
  s += "</svg><div class=\"legend\">";
  const auto legend = [&](const char* look, const char* name) { s += str("<span><svg width=\"12\" height=\"12\" style=\"width:12px;height:12px\" aria-hidden=\"true\"><rect width=\"12\" height=\"12\" style=\"", look, "\"/></svg> ", name, "</span>"); };
  for (const Part& p : parts) legend(p.look, p.name);
  legend("fill:var(--good)", "communication beside compute");
  s += "</div></figure><div class=\"scroll\"><pre>" + escape(distributed::table(ranks)) + "</pre></div>\n";
  return s;
}

}  // namespace wick::cli
