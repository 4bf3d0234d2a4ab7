// doctor.html: what the doctor finds, with charts; parts of it stand in report.html, too.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <wick/core/str.h>

#include "cli/report.h"
#include "io/atomic_file.h"

namespace wick::cli {
namespace {

using train::Finding;
using train::Signals;
using Values = std::vector<double>;

std::string num(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", v);
  return text;
}
std::string percent(double share) { return num(100 * share) + " %"; }
double last(const Values& v) {
  for (size_t i = v.size(); i-- > 0;)
    if (std::isfinite(v[i])) return v[i];
  return NAN;
}

// What charts are made of: the run, a run it was compared with, and the epoch that is pointed at.
struct Subject {
  const Signals& s;
  const Signals* other;
  int64_t epoch;
};
Curve curve(const std::string& name, const char* colour, const Values& y, double factor = 1) {
  Curve c{name, colour, {}, y};
  for (size_t i = 0; i < y.size(); ++i) c.x.push_back(static_cast<double>(i + 1)), c.y[i] *= factor;
  return c;
}
std::string lines(const Subject& t, const std::string& title, const std::string& unit, std::vector<Curve> all, const char* x = "epoch", double mark = -1) {
  std::erase_if(all, [](const Curve& c) { return c.y.empty(); });
  ChartScale scale;
  scale.x = x;
  scale.mark = mark >= 0 ? mark : static_cast<double>(t.epoch);
  return all.empty() ? "" : chart(title, unit, all, scale);
}

std::string loss(const Subject& t) {
  if (t.other) return lines(t, "loss", "", {curve("this run", "--a", t.s.curve("loss")), curve("the other", "--b", t.other->curve("loss"))});
  return lines(t, "loss", "", {curve("training", "--a", t.s.curve("loss")), curve("held out", "--b", t.s.held_out())});
}
std::string steps(const Subject& t) {
  if (!t.other) return lines(t, "loss of the first steps", "", {curve("training", "--a", t.s.steps)}, "step", 0);
  const double mark = t.s.again ? static_cast<double>(t.s.again->step) : 0;
  return lines(t, "loss of the first steps", "", {curve("this run", "--a", t.s.steps), curve("the other", "--b", t.other->steps)}, "step", mark);
}
std::string accuracy(const Subject& t) {
  return lines(t, "accuracy", "%", {curve("training", "--a", t.s.curve("train_accuracy"), 100), curve("held out", "--b", t.s.held_out("accuracy"), 100)});
}
std::string update(const Subject& t) { return lines(t, "size of a step", "% of the weights; 0.1 is usual", {curve("step", "--a", t.s.curve("update"), 100)}); }
std::string rate(const Subject& t) { return lines(t, "learning rate", "", {curve("rate", "--a", t.s.curve("lr"))}); }
std::string gradient(const Subject& t) { return lines(t, "norm of all gradients", "relative to the weights", {curve("gradients", "--a", t.s.curve("gradient"))}); }
std::string times(const Subject& t) { return lines(t, "seconds of an epoch", "s", {curve("computing", "--a", t.s.curve("compute")), curve("waiting for data", "--b", t.s.curve("data"))}); }

// Of weights, not biases: those whose gradients are a thousandth of the largest, or thirty times their own size.
std::string gradients(const Subject& t) {
  std::vector<Bar> all;
  double most = 0;
  for (const auto& p : t.s.parameters)
    if (p.dims >= 2 && p.gradient > most) most = p.gradient;
  for (const auto& p : t.s.parameters)
    if (p.dims >= 2 && !std::isnan(p.gradient)) all.push_back({p.name, p.gradient, p.gradient < 1e-3 * most || p.gradient > 30});
  return bars("gradient by layer", "relative to the weights", all, true);
}
std::string changes(const Subject& t) {
  std::vector<Bar> all;
  for (const auto& p : t.s.parameters) {
    const bool still = !p.trains || !p.in_optimizer || (p.samples > 0 && p.without_gradient == p.samples);
    if (!std::isnan(p.update) || still) all.push_back({p.name, std::isnan(p.update) ? 0 : 100 * p.update, still || p.update == 0, !p.trains ? "frozen" : !p.in_optimizer ? "not in the optimizer" : still ? "no gradient" : ""});
  }
  return bars("change in a step, by parameter", "%", all);
}
std::string of_layers(const Subject& t, const char* title, const char* unit, double Signals::Layer::*value, double bad) {
  std::vector<Bar> all;
  for (const auto& l : t.s.layers)
    if (!std::isnan(l.*value)) all.push_back({l.kind == "relu" ? l.name : l.name + " " + l.kind, 100 * (l.*value), l.*value >= bad});
  return bars(title, unit, all, false, 100);
}
std::string dead(const Subject& t) { return of_layers(t, "units that give only zeros, by layer", "%", &Signals::Layer::dead, 0.5); }
std::string saturated(const Subject& t) { return of_layers(t, "outputs at the ends of their range, by layer", "%", &Signals::Layer::saturated, 0.5); }
std::string batches(const Subject& t) {
  std::vector<Bar> all;
  for (const auto& l : t.s.layers)
    if (l.kind == "batch_norm" && l.batch > 0) all.push_back({l.name, static_cast<double>(l.batch), l.batch <= 4});
  return bars("examples that a batch norm sees", "", all);
}
std::string labels(const Subject& t) {
  std::vector<Bar> all;
  int64_t most = 0;
  for (const int64_t n : t.s.labels) most = std::max(most, n);
  for (size_t c = 0; c < t.s.labels.size(); ++c) all.push_back({str("class ", c), static_cast<double>(t.s.labels[c]), 10 * t.s.labels[c] < most});
  return bars("examples of each class", "first epoch", all);
}
std::string inputs(const Subject& t) {
  const double mean = std::abs(t.s.input_mean);
  return bars("what the first layer gets", "0 and 1 are usual for the first two", {{"mean", mean, mean > 5, num(t.s.input_mean)}, {"deviation", t.s.input_std, t.s.input_std > 10 || t.s.input_std < 0.01}, {"largest", t.s.input_max}});
}
std::string right(const Subject& t) {
  if (std::isnan(t.s.right)) return "";
  return bars("right in the end", "% of the examples", {{"training", 100 * t.s.right, false, percent(t.s.right)}, {"held out", 100 * t.s.right_held_out, false, percent(t.s.right_held_out)}}, false, 100);
}

std::string faults(const Subject& t) {
  std::vector<Bar> all;
  for (const auto& f : t.s.faults) {
    const bool column = f.kind == "target_leakage";
    const double part = column ? f.number : f.of > 0 ? static_cast<double>(f.count) / static_cast<double>(f.of) : 0;
    if (part > 0) all.push_back({f.kind, 100 * part, true, column ? percent(part) : str(f.count, " of ", f.of)});
  }
  return bars("faults of the data", "% of the examples, or of what a guess gets wrong", all, false, 100);
}

using Chart = std::string (*)(const Subject&);
const std::pair<const char*, std::vector<Chart>> kCharts[] = {
    {"non_finite", {loss, gradient, update}}, {"rate_too_high", {loss, update, rate}}, {"rate_too_low", {loss, update, rate}}, {"saturated", {loss, saturated}}, {"vanishing", {gradients}},
    {"exploding", {gradient, gradients}}, {"dead_units", {dead}}, {"frozen", {changes}}, {"normalisation", {inputs}}, {"imbalance", {labels}}, {"overfitting", {loss, accuracy, right}},
    {"underfitting", {loss, accuracy, right}}, {"tiny_batches", {batches}}, {"starving", {times}}, {"nondeterminism", {steps, loss}},
    {"leakage", {faults}}, {"target_leakage", {faults}}, {"conflicting_labels", {faults}}, {"mislabelled", {faults}}, {"duplicates", {faults}}};

std::string together(const Subject& t, const std::vector<Chart>& charts) {
  std::string r;
  for (const Chart c : charts) r += c(t);
  return r.empty() ? "" : "<div class=\"charts\">" + r + "</div>";
}
std::string items(const std::vector<std::string>& all) {
  std::string r = "<ul>";
  for (const auto& one : all) r += "<li>" + with_options(escape(one)) + "</li>";
  return r + "</ul>";
}

}  // namespace

std::string findings_html(const Signals& s, const std::vector<Finding>& found, const Signals* other) {
  static const char* const sure[] = {"low", "medium", "high"};
  if (found.empty()) return "";
  std::string r = "<h2>What the doctor finds</h2>";
  for (const Finding& f : found) {
    const char* confidence = sure[static_cast<int>(f.confidence)];
    r += str("<section class=\"finding ", confidence, "\"><h3>", escape(f.what), "<span class=\"sure\">", confidence, " confidence", std::isnan(f.number) ? "" : ", " + num(f.number), "</span></h3>", items(f.evidence));
    const auto at = std::find_if(std::begin(kCharts), std::end(kCharts), [&](const auto& k) { return f.id == k.first; });
    if (at != std::end(kCharts)) r += together({s, f.id == "nondeterminism" ? other : nullptr, f.epoch}, at->second);
    if (f.id == "mislabelled") r += "<p><a href=\"suspects.html\">All suspects, with pictures where there are some</a></p>";  // beside the page
    r += "<h4>What to try</h4>" + items(f.remedies) + "</section>\n";
  }
  return r;
}

std::string signals_html(const Signals& s) {
  return together({s, nullptr, 0}, {loss, accuracy, update, gradient, rate, times, gradients, dead, saturated, labels, batches, right});
}

void write_doctor_page(const std::string& dir, const Signals& s, const std::vector<Finding>& found, const Signals* other, const std::string& other_dir) {
  const std::string bare = dir.size() > 1 && dir.back() == '/' ? dir.substr(0, dir.size() - 1) : dir, name = "doctor · " + bare.substr(bare.find_last_of('/') + 1);
  std::string html = page_head(name, "wick doctor " + dir + (other ? " --again " + other_dir : ""));
  const auto sure = std::count_if(found.begin(), found.end(), [](const Finding& f) { return f.confidence != train::Confidence::low; });
  html += "<div class=\"top\">" + score_box(found.empty() ? "nothing" : std::to_string(found.size()), found.empty() ? str("stands out, of ", train::diagnoses().size(), " things that go wrong") : str(found.size() == 1 ? "finding" : "findings", sure == 0 ? (found.size() == 1 ? ", not sure" : ", none of them sure") : sure < static_cast<std::ptrdiff_t>(found.size()) ? str(", ", sure, " of them likely or sure") : found.size() == 1 ? ", likely or sure" : ", all likely or sure"), true);
  html += score_box(std::to_string(s.curve("loss").size()), "epochs");
  if (const double v = last(s.curve("loss")); !std::isnan(v)) html += score_box(number_text(v), "training loss at the end");
  if (const double v = last(s.held_out()); !std::isnan(v)) html += score_box(number_text(v), "held-out loss at the end");
  html += "</div>\n";
  if (found.empty()) html += "<p class=\"well\">The run looks well: nothing stands out in its curves, gradients, layers and data." + std::string(s.parameters.empty() ? " Only the curves were there to look at (no doctor.json)." : "") + "</p>\n";
  if (other && s.again && s.again->step == 0 && s.again->epoch == 0) html += "<p class=\"well\">The same as " + escape(other_dir) + str(", number for number: ", s.again->epochs, " epochs, the losses of ", s.again->steps, " steps.</p>\n");
  html += findings_html(s, found, other);
  const std::string all = signals_html(s);
  if (!all.empty()) html += "<h2>All signals</h2><p><label>smoothing <input id=\"smooth\" type=\"range\" min=\"0\" max=\"0.95\" step=\"0.05\" value=\"0\"></label></p>" + all;
  html += std::string("<script>") + kReportScript + "</script></body></html>\n";
  io::write_atomically(dir + "/doctor.html", {{html.data(), html.size()}});
}

}  // namespace wick::cli
