#include <algorithm>
#include <cmath>
#include <cstdio>

#include <wick/core/str.h>

#include "cli/report.h"

namespace wick::cli {
namespace {

constexpr double kLeft = 46, kTop = 10, kWidth = 304, kHeight = 150;

std::string number(double v, int digits = 5) {
  char buf[32];
  std::snprintf(buf, sizeof buf, "%.*g", digits, v);
  return buf;
}
std::string place(double v) {
  char buf[32];
  std::snprintf(buf, sizeof buf, "%.1f", v);
  return buf;
}

// A range of round steps that holds all values.
struct Axis {
  double low = 0, high = 1, step = 0.2;
  Axis(double from, double to, int ticks) {
    if (!(to > from)) to = from + std::max(1e-12, std::abs(from) * 0.1);
    const double raw = (to - from) / ticks, power = std::pow(10, std::floor(std::log10(raw))), f = raw / power;
    step = power * (f <= 1 ? 1 : f <= 2 ? 2 : f <= 2.5 ? 2.5 : f <= 5 ? 5 : 10);
    low = std::floor(from / step + 1e-9) * step;
    high = std::ceil(to / step - 1e-9) * step;
  }
  double at(double v) const { return (v - low) / (high - low); }
};

std::string tick_text(double v, double step) {
  if (std::abs(v) < step * 1e-6) v = 0;
  char buf[32];
  int decimals = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
  if (const double parts = step * std::pow(10, decimals); std::abs(parts - std::round(parts)) > 1e-6) ++decimals;  // 0.25
  if (std::abs(v) >= 1e9 || (v != 0 && step < 1e-4)) std::snprintf(buf, sizeof buf, "%.3g", v);
  else if (std::abs(v) >= 1e4) std::snprintf(buf, sizeof buf, "%.4g%s", v / (std::abs(v) >= 1e6 ? 1e6 : 1e3), std::abs(v) >= 1e6 ? "M" : "k");
  else std::snprintf(buf, sizeof buf, "%.*f", decimals, v);
  return buf;
}

std::string axes(const Axis& x, const Axis& y, double left, double top, double width, double height, const std::string& x_name, double x_first, bool powers = false) {
  std::string s;
  for (double v = y.low; v <= y.high + y.step / 2; v += y.step) {
    const std::string at = place(top + height * (1 - y.at(v)));
    s += "<line class=\"grid\" x1=\"" + place(left) + "\" x2=\"" + place(left + width) + "\" y1=\"" + at + "\" y2=\"" + at + "\"/><text class=\"tick\" x=\"" + place(left - 6) + "\" y=\"" + at +
         "\" text-anchor=\"end\" dominant-baseline=\"middle\">" + tick_text(powers ? std::exp2(v) : v, powers ? std::exp2(v) : y.step) + "</text>";
  }
  for (double v = x.low; v <= x.high + x.step / 2; v += x.step) {
    if (v < x_first - 1e-9) continue;
    s += "<text class=\"tick\" x=\"" + place(left + width * x.at(v)) + "\" y=\"" + place(top + height + 15) + "\" text-anchor=\"middle\">" + tick_text(v, x.step) + "</text>";
  }
  return s + "<text class=\"tick\" x=\"" + place(left + width / 2) + "\" y=\"" + place(top + height + 29) + "\" text-anchor=\"middle\">" + escape(x_name) + "</text>";
}

std::string list(const std::vector<double>& values) {
  std::string s;
  for (const double v : values) s += (s.empty() ? "[" : ",") + (std::isfinite(v) ? number(v) : "null");
  return s.empty() ? "[]" : s + "]";
}

}  // namespace

std::string chart(const std::string& title, const std::string& unit, const std::vector<Curve>& curves, const ChartScale& scale) {
  double low = 1e300, high = -1e300, last = 1;
  for (const Curve& c : curves)
    for (size_t i = 0; i < c.y.size(); ++i) {
      if (std::isfinite(c.y[i])) low = std::min(low, c.y[i]), high = std::max(high, c.y[i]);
      last = std::max(last, c.x[i]);
    }
  if (low > high) return "";
  if (low > 0 && low < 0.4 * high && !scale.powers_y) low = 0;
  Axis y(low, high, 4);
  if (scale.powers_y) y.step = std::max(1.0, std::ceil(y.step)), y.low = std::floor(y.low), y.high = std::max(y.low + y.step, std::ceil(y.high));
  Axis x(1, std::max(2.0, last), 5);
  x.step = std::max(1.0, std::round(x.step));
  x.low = scale.powers_x ? 0.0 : std::min(1.0, last), x.high = scale.powers_x ? last : std::max(2.0, last);
  std::string data = "{\"x\":\"" + std::string(scale.x) + "\",\"px\":" + (scale.powers_x ? "true" : "false") + ",\"py\":" + (scale.powers_y ? "true" : "false") + ",\"unit\":\"" + escape(unit) + "\",\"lx\":" + number(x.low) + ",\"hx\":" + number(x.high) + ",\"ly\":" + number(y.low) + ",\"hy\":" + number(y.high) + ",\"curves\":[";
  std::string lines, legend;
  for (size_t k = 0; k < curves.size(); ++k) {
    const Curve& c = curves[k];
    std::string path;
    for (size_t i = 0; i < c.y.size(); ++i)
      if (std::isfinite(c.y[i])) path += (path.empty() ? "M" : "L") + place(kLeft + kWidth * x.at(c.x[i])) + " " + place(kTop + kHeight * (1 - y.at(c.y[i])));
    const std::string look = "stroke:var(" + c.colour + ")" + (k > 0 ? ";stroke-dasharray:5 3" : "");
    lines += "<path class=\"curve\" style=\"" + look + "\" d=\"" + path + "\"/>";
    if (c.y.size() == 1) lines += "<circle r=\"3\" style=\"fill:var(" + c.colour + ")\" cx=\"" + place(kLeft + kWidth * x.at(c.x[0])) + "\" cy=\"" + place(kTop + kHeight * (1 - y.at(c.y[0]))) + "\"/>";
    legend += "<span><svg width=\"22\" height=\"8\" aria-hidden=\"true\"><line x1=\"0\" x2=\"22\" y1=\"4\" y2=\"4\" class=\"curve\" style=\"" + look + "\"/></svg> " + escape(c.name) + "</span>";
    data += std::string(k ? "," : "") + "{\"name\":\"" + escape(c.name) + "\",\"x\":" + list(c.x) + ",\"y\":" + list(c.y) + "}";
  }
  std::string s = "<figure class=\"chart\" tabindex=\"0\" data-chart='" + data + "]}'><figcaption>" + escape(title) + (unit.empty() ? "" : " <small>" + escape(unit) + "</small>") + "</figcaption>";
  s += "<svg viewBox=\"0 0 360 196\" role=\"img\" aria-label=\"" + escape(title) + " by " + scale.x + "\">";
  // x are whole numbers; ticks at multiples of the step.
  std::string grid = axes(Axis(x.low, x.low, 1), y, kLeft, kTop, kWidth, kHeight, scale.x, 1e9, scale.powers_y);
  for (double v = scale.powers_x ? 0 : std::max(x.step, x.low); v <= x.high + 1e-9; v += x.step)
    grid += "<text class=\"tick\" x=\"" + place(kLeft + kWidth * x.at(v)) + "\" y=\"" + place(kTop + kHeight + 15) + "\" text-anchor=\"middle\">" + tick_text(scale.powers_x ? std::exp2(v) : v, 1) + "</text>";
  if (scale.mark > 0 && scale.mark >= x.low && scale.mark <= x.high) {
    const double at = kLeft + kWidth * x.at(scale.mark), right = at > kLeft + 0.7 * kWidth;
    lines += "<line class=\"mark\" x1=\"" + place(at) + "\" x2=\"" + place(at) + "\" y1=\"" + place(kTop) + "\" y2=\"" + place(kTop + kHeight) + "\"/><text class=\"tick\" x=\"" + place(at + (right ? -4 : 4)) + "\" y=\"" + place(kTop + 9) +
             "\" text-anchor=\"" + (right ? "end" : "start") + "\">" + escape(scale.x) + " " + number(scale.mark) + "</text>";
  }
  s += grid + lines + "<line class=\"cursor\" y1=\"" + place(kTop) + "\" y2=\"" + place(kTop + kHeight) + "\" visibility=\"hidden\"/></svg>";
  return s + "<div class=\"legend\">" + legend + "</div><output class=\"hover\">&nbsp;</output></figure>\n";
}

std::string bars(const std::string& title, const std::string& unit, std::vector<Bar> all, bool powers, double whole_bar) {
  constexpr size_t kMost = 32;
  all.erase(std::remove_if(all.begin(), all.end(), [&](const Bar& b) { return !std::isfinite(b.value) || (powers && b.value < 0); }), all.end());
  if (all.empty()) return "";
  double low = 1e300, high = 0;
  for (const Bar& b : all) {
    high = std::max(high, b.value);
    if (b.value > 0) low = std::min(low, b.value);
  }
  const size_t had = all.size();
  if (had > kMost) {  // those that stand out, and others evenly
    const size_t bad = static_cast<size_t>(std::count_if(all.begin(), all.end(), [](const Bar& b) { return b.bad; })), every = (had - bad) / std::max<size_t>(1, kMost - std::min(bad, kMost - 1)) + 1;
    std::vector<Bar> some;
    for (size_t i = 0; i < had && some.size() < kMost; ++i)
      if (all[i].bad || i % every == 0) some.push_back(all[i]);
    all = some;
  }
  const double from = std::log(low) - 0.5, whole = std::log(std::max(high, low)) - from;
  std::string s = "<figure class=\"bars\"><figcaption>" + escape(title) + " <small>" + escape(unit) + (powers ? (unit.empty() ? "logarithmic" : ", logarithmic") : "") + "</small></figcaption><div class=\"rows\">";
  for (const Bar& b : all) {
    const double part = b.value <= 0 || high <= 0 ? 0 : powers ? (std::log(b.value) - from) / whole : b.value / std::max(high, whole_bar);
    s += "<span class=\"name\" title=\"" + escape(b.name) + "\">" + escape(b.name) + "</span><span class=\"track\"><i" + (b.bad ? " class=\"bad\"" : "") + " style=\"width:" + place(100 * part) + "%\"></i></span><span class=\"value\">" + escape(!b.shown.empty() ? b.shown : b.value >= 100 && b.value == std::floor(b.value) ? number(b.value, 9) : number(b.value, 3)) +
         (b.bad ? " ←" : "") + "</span>";
  }
  return s + "</div>" + (had > all.size() ? "<p class=\"soft\">" + std::to_string(all.size()) + " of " + std::to_string(had) + "</p>" : "") + "</figure>\n";
}

std::string scatter(const Tensor& targets, const Tensor& outputs, const std::string& units) {
  const Tensor t = targets.to(kDouble).flatten().contiguous(), o = outputs.to(kDouble).flatten().contiguous();
  const int64_t n = t.numel(), step = std::max<int64_t>(1, n / 1500);
  const double low = std::min(t.min().item<double>(), o.min().item<double>()), high = std::max(t.max().item<double>(), o.max().item<double>());
  const Axis a(low, high, 5);
  constexpr double left = 64, top = 10, side = 340;
  const auto x = [&](double v) { return place(left + side * a.at(v)); };
  const auto y = [&](double v) { return place(top + side * (1 - a.at(v))); };
  std::string s = "<figure class=\"scatter\"><figcaption>predicted against actual <small>" + escape(units) + "</small></figcaption><svg viewBox=\"0 0 430 396\" role=\"img\" aria-label=\"predicted against actual\">";
  s += axes(a, a, left, top, side, side, "actual", -1e300);
  s += "<line class=\"ideal\" x1=\"" + x(a.low) + "\" y1=\"" + y(a.low) + "\" x2=\"" + x(a.high) + "\" y2=\"" + y(a.high) + "\"/>";
  for (int64_t i = 0; i < n; i += step) {
    const double actual = t.data_ptr<double>()[i], said = o.data_ptr<double>()[i];
    s += "<circle r=\"2.5\" cx=\"" + x(actual) + "\" cy=\"" + y(said) + "\"><title>actual " + number_text(actual) + ", predicted " + number_text(said) + "</title></circle>";
  }
  return s + "</svg></figure>\n";
}

const char* const kReportStyle = R"css(
:root{--bg:#fff;--fg:#1c2430;--soft:#5b6675;--line:#dfe4ea;--card:#f6f8fa;--a:#1f5fd1;--b:#c2570c;--good:#1a7f37;--bad:#c02626;--heat:31,95,209;color-scheme:light dark}
@media(prefers-color-scheme:dark){:root{--bg:#12161c;--fg:#e4e9f0;--soft:#9aa6b5;--line:#2c3540;--card:#1a2028;--a:#74a9ff;--b:#f0a04b;--good:#57c878;--bad:#ff7b72;--heat:116,169,255}}
*{box-sizing:border-box}body{margin:0 auto;padding:20px 16px 60px;max-width:1120px;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
h1{font-size:22px;margin:0}h2{font-size:17px;margin:34px 0 10px}.soft,small{color:var(--soft)}small{font-weight:400}
.top{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}.score{flex:1 1 150px;padding:12px 16px;border:1px solid var(--line);border-radius:10px;background:var(--card)}
.score b{display:block;font-size:28px;line-height:1.2}.score.main b{font-size:40px}.score span{color:var(--soft);font-size:13px}
.next{margin:0;padding:12px 16px 12px 34px;border:1px solid var(--line);border-left:4px solid var(--b);border-radius:8px;background:var(--card)}.next li{margin:3px 0}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(300px,100%),1fr));gap:14px}
figure{margin:0;padding:10px 12px;border:1px solid var(--line);border-radius:10px}figure:focus-visible{outline:2px solid var(--a)}figcaption{font-weight:600}
figure svg{display:block;width:100%;height:auto}.grid{stroke:var(--line)}.tick{fill:var(--soft);font-size:11px}.curve{fill:none;stroke-width:2;stroke-linejoin:round}.cursor{stroke:var(--soft);stroke-dasharray:2 2}
.mark{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:4 3}.bars .rows{display:grid;grid-template-columns:minmax(0,max-content) minmax(50px,1fr) max-content;gap:3px 10px;font-size:13px;align-items:center;margin-top:6px}
.bars .name{max-width:160px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;color:var(--soft)}.bars .track{height:10px;border-radius:3px;background:var(--line);overflow:hidden}.bars .track i{display:block;height:100%;background:var(--a)}.bars .track .bad{background:var(--bad)}.bars .value{text-align:right;font-variant-numeric:tabular-nums}
.finding{margin:0 0 16px;padding:14px 16px;border:1px solid var(--line);border-left:4px solid var(--b);border-radius:8px}.finding.high{border-left-color:var(--bad)}.finding h3{font-size:16px;margin:0 0 6px}.finding .sure{display:inline-block;margin-left:8px;padding:0 8px;border:1px solid var(--line);border-radius:9px;font-size:12px;font-weight:400;color:var(--soft);white-space:nowrap}
.finding ul{margin:6px 0;padding-left:20px}.finding li{overflow-wrap:anywhere}.finding h4{font-size:13px;color:var(--soft);margin:10px 0 0}.finding code,.soft code{white-space:normal}.finding .charts{margin-top:10px;grid-template-columns:repeat(auto-fill,minmax(min(300px,100%),1fr))}.well{padding:12px 16px;border:1px solid var(--line);border-left:4px solid var(--good);border-radius:8px;background:var(--card)}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:13px;color:var(--soft)}.legend svg{display:inline;width:22px;height:8px}.hover{display:block;min-height:21px;font-size:13px;font-variant-numeric:tabular-nums}
.scatter{max-width:520px}.scatter circle{fill:var(--a);fill-opacity:.45}.ideal{stroke:var(--soft);stroke-dasharray:4 3}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{padding:4px 10px;text-align:right;border-bottom:1px solid var(--line)}th{font-weight:600;color:var(--soft)}td:first-child,th:first-child{text-align:left}
.confusion td{min-width:38px;text-align:center;border:1px solid var(--bg)}.confusion th{border:0;text-align:center;max-width:120px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.confusion th:first-child{text-align:right}.confusion .self{font-weight:700}
.bar{display:inline-block;width:90px;height:9px;border-radius:3px;background:var(--line);vertical-align:middle;margin-left:8px;overflow:hidden}.bar i{display:block;height:100%;background:var(--a)}
.wrong{display:grid;grid-template-columns:repeat(auto-fill,minmax(132px,1fr));gap:12px}.wrong div{border:1px solid var(--line);border-radius:10px;padding:8px;font-size:13px;line-height:1.4;overflow-wrap:anywhere}
.wrong img{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--card);border-radius:6px;margin-bottom:6px}.pixels{image-rendering:pixelated}.no{color:var(--bad);font-weight:600}.yes{color:var(--good);font-weight:600}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 18px;margin:0}dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere}.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(340px,100%),1fr));gap:0 40px}
.next code{white-space:nowrap}code{font:13px/1.5 ui-monospace,"Liberation Mono",monospace;overflow-wrap:anywhere}label{font-size:13px;color:var(--soft)}input[type=range]{vertical-align:middle;width:120px}
@media(max-width:480px){.score.main b{font-size:34px}.wrong{grid-template-columns:repeat(2,1fr)}th,td{padding:4px 6px}.confusion td{min-width:22px;padding:4px 1px}.confusion th{padding:4px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:6px}}
)css";

const char* const kReportScript = R"js(
const L=46,T=10,W=304,H=150,show=v=>v===null?'–':Math.abs(v)>=1e4||(v&&Math.abs(v)<1e-3)?v.toPrecision(3):+v.toPrecision(4);
document.querySelectorAll('.chart').forEach(f=>{
  const d=JSON.parse(f.dataset.chart),svg=f.querySelector('svg'),cursor=f.querySelector('.cursor'),out=f.querySelector('.hover'),xs=[...new Set(d.curves.flatMap(c=>c.x))].sort((a,b)=>a-b);
  const px=x=>L+W*(x-d.lx)/(d.hx-d.lx),py=y=>T+H*(1-(y-d.ly)/(d.hy-d.ly));let at=-1;
  const point=i=>{at=Math.max(0,Math.min(xs.length-1,i));cursor.setAttribute('x1',px(xs[at]));cursor.setAttribute('x2',px(xs[at]));cursor.setAttribute('visibility','visible');
    
    out.textContent=d.x+' '+(d.px?2**xs[at]:xs[at])+':  '+d.curves.map(c=>[c,c.x.indexOf(xs[at])]).filter(([c,i])=>i>=0).map(([c,i])=>c.name+' '+show(d.py?2**c.y[i]:c.y[i])+(d.unit&&!d.py?' '+d.unit:'')).join(',  ')};
  const leave=()=>{cursor.setAttribute('visibility','hidden');out.innerHTML='&nbsp;'};
  svg.addEventListener('pointermove',e=>{const r=svg.getBoundingClientRect(),x=(e.clientX-r.left)/r.width*360;let best=0;xs.forEach((v,i)=>{if(Math.abs(px(v)-x)<Math.abs(px(xs[best])-x))best=i});point(best)});
  svg.addEventListener('pointerleave',leave);f.addEventListener('blur',leave);
  f.addEventListener('keydown',e=>{if(e.key==='ArrowRight')point(at+1);else if(e.key==='ArrowLeft')point(at-1);else return;e.preventDefault()});
  f.smooth=k=>d.curves.forEach((c,i)=>{let m=null,w=0,s='';c.y.forEach((v,j)=>{if(v===null)return;m=m===null?v*(1-k):m*k+v*(1-k);w=w*k+(1-k);s+=(s?'L':'M')+px(c.x[j]).toFixed(1)+' '+py(m/w).toFixed(1)});svg.querySelectorAll('path.curve')[i].setAttribute('d',s)});
});
const range=document.getElementById('smooth');if(range)range.addEventListener('input',()=>document.querySelectorAll('.chart').forEach(f=>f.smooth(+range.value)));
)js";

}  // namespace wick::cli
