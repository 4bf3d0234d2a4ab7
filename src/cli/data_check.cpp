#include "cli/data_check.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include <wick/core/parallel.h>
#include <wick/core/str.h>

#include "cli/report.h"
#include "io/atomic_file.h"
#include "train/progress.h"

namespace wick::cli {
namespace {

using train::DataPair;
using train::DataReport;
using train::thousands;

constexpr size_t kShown = 60, kInText = 5, kMostSuspects = 120;
constexpr struct {
  const char *id, *title;
} kKinds[] = {{"leakage", "Held out, and in the training data"}, {"conflicting_labels", "Twice, with different labels"}, {"duplicates", "Twice in one part"}};

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

std::string short_name(const std::string& title) { return title.substr(title.find_last_of('/') == std::string::npos || title.find("  ") != std::string::npos ? 0 : title.find_last_of('/') + 1); }

class Page {
 public:
  Page(const Task& task, const std::string& title, const std::string& text) : task_(task) {
    html_ = page_head(title, text) + "<style>"
            ".twins{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(232px,100%),1fr));gap:12px}.twins>div{display:grid;grid-template-columns:1fr 1fr;gap:8px;border:1px solid var(--line);border-radius:10px;padding:8px;"
            "font-size:13px;line-height:1.4;overflow-wrap:anywhere}.twins img{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--card);border-radius:6px;margin-bottom:6px}.twins em{grid-column:1/3;font-style:normal;color:var(--soft)}"
            "td{vertical-align:top}td:nth-child(-n+2){text-align:left}</style>\n";
  }
  void heading(const std::string& title, size_t shown, size_t all) { html_ += "<h2>" + escape(title) + " <small>" + (shown < all ? str(shown, " of ", all) : str(all)) + "</small></h2>"; }
  void text(const std::string& t) { html_ += "<p>" + escape(t) + "</p>\n"; }

  void pairs(const std::string& title, const DataReport& r, const std::vector<DataPair>& all) {
    if (all.empty()) return;
    const size_t n = std::min(kShown, all.size());
    heading(title, n, all.size());
    const bool pictures = static_cast<bool>(task_.look.picture);
    html_ += pictures ? "<div class=\"twins\">" : "<div class=\"scroll\"><table><tr><th>example</th><th>is like</th><th>label</th><th>label</th><th>alike</th></tr>";
    for (size_t k = 0; k < n; ++k) {
      const DataPair& p = all[k];
      const std::string how = p.exact ? "the same" : str("alike ", number_text(p.alike)), mark = p.same_label ? "yes" : "no";
      const auto label = [&](size_t part, int64_t i) { return "<span class=\"" + mark + "\">" + escape(task_.look.label(part, static_cast<size_t>(i))) + "</span>"; };
      if (pictures) html_ += "<div>" + one(r, p.part_b, p.b, label(p.part_b, p.b)) + one(r, p.part_a, p.a, label(p.part_a, p.a)) + "<em>" + how + "</em></div>";
      else html_ += "<tr><td>" + named(r, p.part_b, p.b) + "</td><td>" + named(r, p.part_a, p.a) + "</td><td>" + label(p.part_b, p.b) + "</td><td>" + label(p.part_a, p.a) + "</td><td>" + how + "</td></tr>";
    }
    html_ += pictures ? "</div>\n" : "</table></div>\n";
  }

  void suspects(const std::string& title, size_t part, const std::vector<train::Suspect>& all) {
    if (all.empty()) return;
    const size_t n = std::min(kMostSuspects, all.size());
    heading(title, n, all.size());
    const bool pictures = static_cast<bool>(task_.look.picture);
    html_ += pictures ? "<div class=\"wrong\">" : "<div class=\"scroll\"><table><tr><th>example</th><th>label</th><th>rather</th><th>surer by</th></tr>";
    for (size_t k = 0; k < n; ++k) {
      const train::Suspect& s = all[k];
      const std::string title = task_.look.title(part, static_cast<size_t>(s.index)), given = escape(task_.classes[static_cast<size_t>(s.given)]), rather = escape(task_.classes[static_cast<size_t>(s.suggested)]);
      if (pictures)
        html_ += "<div title=\"" + escape(title) + "\">" + drawn(part, s.index, title) + "labelled <span class=\"no\">" + given + "</span><br>rather <b>" + rather + "</b>, " +
                 number_text(s.score) + "<br><small>" + escape(short_name(title)) + "</small></div>";
      else html_ += "<tr><td>" + escape(title) + "</td><td><span class=\"no\">" + given + "</span></td><td>" + rather + "</td><td>" + number_text(s.score) + "</td></tr>";
    }
    html_ += pictures ? "</div>\n" : "</table></div>\n";
  }

  void write(const std::string& path) const {
    const std::string all = html_ + "</body></html>\n";
    io::write_atomically(path, {{all.data(), all.size()}});
  }

 private:
  // A picture that has gone since, or been damaged, costs no page.
  std::string drawn(size_t part, int64_t i, const std::string& title) const {
    try {
      return embedded(task_.look.picture(part, static_cast<size_t>(i)), title);
    } catch (const Error&) {
      return "";
    }
  }
  std::string named(const DataReport& r, size_t part, int64_t i) const { return "<small>" + escape(r.parts[part]) + "</small> " + escape(short_name(task_.look.title(part, static_cast<size_t>(i)))); }
  std::string one(const DataReport& r, size_t part, int64_t i, const std::string& label) const {
    const std::string title = task_.look.title(part, static_cast<size_t>(i));
    return "<div title=\"" + escape(title) + "\">" + drawn(part, i, title) + label + "<br>" + named(r, part, i) + "</div>";
  }
  const Task& task_;
  std::string html_;
};

Json to_json(const Task& task, const DataReport& r) {
  Json j{{"task", task.name}, {"parts", Json::array()}, {"faults", Json::object()}, {"columns", Json::array()}, {"unreadable", task.look.unreadable}, {"complete", r.complete}};
  for (size_t p = 0; p < r.parts.size(); ++p) j["parts"].push_back({{"name", r.parts[p]}, {"examples", r.sizes[p]}});
  for (const auto& kind : kKinds) {
    Json list = Json::array();
    for (const DataPair& p : r.of(kind.id))
      list.push_back({{"example", task.look.title(p.part_b, static_cast<size_t>(p.b))}, {"like", task.look.title(p.part_a, static_cast<size_t>(p.a))}, {"parts", {r.parts[p.part_b], r.parts[p.part_a]}},
                      {"labels", {task.look.label(p.part_b, static_cast<size_t>(p.b)), task.look.label(p.part_a, static_cast<size_t>(p.a))}}, {"alike", p.alike}, {"exact", p.exact}});
    j["faults"][kind.id] = std::move(list);
  }
  for (const auto& c : r.columns) j["columns"].push_back({{"name", c.name}, {"explains", c.explains}});
  return j;
}

std::vector<train::Signals::Fault> faults_of(const Task& task, const DataReport& r) {
  return r.faults([&](size_t part, int64_t i) { return r.parts[part] + " " + short_name(task.look.title(part, static_cast<size_t>(i))); });
}

void print(const Task& task, const RunOptions& o, const DataReport& r, double took) {
  std::string parts;
  int64_t all = 0;
  for (size_t p = 0; p < r.parts.size(); ++p) parts += str(p ? ", " : "", thousands(r.sizes[p]), " ", r.parts[p]), all += r.sizes[p];
  std::printf("%s examples (%s), looked at in %s%s\n", thousands(all).c_str(), parts.c_str(), train::duration(took).c_str(), o.faults->exact ? ", to the last bit" : "");
  for (const auto& kind : kKinds) {
    const auto some = r.of(kind.id);
    const auto exact = std::count_if(some.begin(), some.end(), [](const DataPair& p) { return p.exact; });
    std::printf("%-20s %8s%s\n", kind.id, thousands(static_cast<int64_t>(some.size())).c_str(), some.empty() ? "" : str("   ", exact, " the same, ", static_cast<int64_t>(some.size()) - exact, " nearly").c_str());
    for (size_t k = 0; k < (o.verbose ? some.size() : std::min(kInText, some.size())); ++k) {
      const DataPair& p = some[k];
      const auto name = [&](size_t part, int64_t i) { return str(r.parts[part], " ", task.look.title(part, static_cast<size_t>(i)), p.same_label ? "" : " [" + task.look.label(part, static_cast<size_t>(i)) + "]"); };
      std::printf("    %s  =  %s%s\n", name(p.part_b, p.b).c_str(), name(p.part_a, p.a).c_str(), p.exact ? "" : str("   ", number_text(p.alike)).c_str());
    }
    if (!o.verbose && some.size() > kInText) std::printf("    … and %zu more\n", some.size() - kInText);
  }
  for (const auto& c : r.columns) std::printf("%-20s %8s   \"%s\" alone explains %s %% of what a guess gets wrong\n", "target_leakage", "1", c.name.c_str(), number_text(100 * c.explains).c_str());
  if (!task.look.unreadable.empty()) std::printf("%-20s %8zu\n", "unreadable", task.look.unreadable.size());
  for (size_t k = 0; k < (o.verbose ? task.look.unreadable.size() : std::min(kInText, task.look.unreadable.size())); ++k) std::printf("    %s\n", task.look.unreadable[k].c_str());
  if (r.expected > 0.5 && !r.pairs.empty()) std::printf("%s rows would be the same by chance, as few different values as they have\n", number_text(r.expected).c_str());
  train::Signals s;
  s.faults = faults_of(task, r);
  for (auto& f : s.faults)
    if (f.kind != "target_leakage") f.examples.clear();  // they stand above
  auto found = train::diagnose(s);
  for (auto& f : found) {
    f.remedies.erase(std::remove_if(f.remedies.begin(), f.remedies.end(), [](const std::string& t) { return t.rfind("wick data check", 0) == 0; }), f.remedies.end());
    std::printf("\n%s", f.text().c_str());
  }
  if (found.empty()) std::printf("%s\n", r.clean() && task.look.unreadable.empty() ? "Nothing was found." : "\nToo few to matter.");
}

}  // namespace

int check_data(const Task& task, const RunOptions& o) {
  if (o.threads > 0) set_num_threads(o.threads);
  const double began = seconds();
  const DataReport r = [&] {
    const Busy busy(o, "looking at the examples");
    return task.look.check(train::DataCheckOptions().near(!o.faults->exact).mirrored(o.faults->mirrored));
  }();
  const double took = seconds() - began;
  const bool page = !r.pairs.empty();
  if (page) {
    Page p(task, "Faults of the data · " + task.name, str(r.pairs.size(), " pairs, the most alike first"));
    for (const auto& kind : kKinds) p.pairs(kind.title, r, r.of(kind.id));
    p.write(o.faults->out);
  }
  if (o.json) {
    Json j = to_json(task, r);
    j["page"] = page ? o.faults->out : "";
    std::printf("%s\n", j.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
  } else if (o.quiet) {
    for (const auto& f : r.faults()) std::printf("%s %lld\n", f.kind.c_str(), static_cast<long long>(f.count));
    if (!task.look.unreadable.empty()) std::printf("unreadable %zu\n", task.look.unreadable.size());
  } else {
    print(task, o, r, took);
    if (page) std::printf("saved %s   the pairs side by side\n", o.faults->out.c_str());
  }
  return o.faults->strict && !(r.clean() && task.look.unreadable.empty()) ? 1 : 0;
}

namespace {

class DataWatch : public train::Callback {
 public:
  DataWatch(const Task& task, const RunOptions& o, train::Doctor& doctor) : task_(task), o_(o), doctor_(doctor) {}
  void on_epoch_begin(train::TrainerBase&) override { began_ = seconds(); }
  void on_epoch_end(train::TrainerBase& t) override {
    if (done_) return;
    done_ = true;
    const double all = (seconds() - began_) * static_cast<double>(std::max<int64_t>(1, t.options().epochs() - t.epoch() + 1));
    DataReport r;
    try {
      r = task_.look.check(train::DataCheckOptions().near(false).seconds(std::max(0.005, 0.02 * all)));
    } catch (const Error&) {  // a file that has gone since: training will say so, if it needs it
      return;
    }
    if (!r.complete) return;
    train::Signals s;
    s.faults = faults_of(task_, r);
    doctor_.add(s.faults);
    if (o_.quiet || o_.json) return;
    for (const auto& f : train::diagnose(s))
      if (f.confidence != train::Confidence::low) std::printf("note     %s%s\n", f.what.c_str(), f.evidence.empty() ? "" : (" (" + f.evidence[0] + ")").c_str());
  }

 private:
  const Task& task_;
  const RunOptions& o_;
  train::Doctor& doctor_;
  double began_ = 0;
  bool done_ = false;
};

std::string csv_field(const std::string& text) {
  std::string r = "\"";
  for (const char c : text) r += c == '"' ? "\"\"" : std::string(1, c == '\n' || c == '\r' ? ' ' : c);
  return r + "\"";
}

}  // namespace

std::shared_ptr<train::Callback> data_watch(const Task& task, const RunOptions& o, train::Doctor& doctor) { return std::make_shared<DataWatch>(task, o, doctor); }

std::optional<train::Signals::Fault> suspects_of(const Task& task, const train::Mislabelled& training, const train::Mislabelled& held_out, const std::string& dir) {
  for (const char* name : {"/suspects.csv", "/suspects.html"}) std::filesystem::remove(dir + name);
  if (!task.look.title || (training.suspects.empty() && held_out.suspects.empty())) return {};
  const std::string held = task.held_out.name;
  std::string csv = "part,place,example,label,suggested,surer_by,loss\n";
  for (const auto& [part, name, all] : {std::tuple<size_t, std::string, const train::Mislabelled*>(0, "train", &training), {1, held, &held_out}})
    for (const auto& s : all->suspects)
      csv += str(name, ",", s.index, ",", csv_field(task.look.title(part, static_cast<size_t>(s.index))), ",", csv_field(task.classes[static_cast<size_t>(s.given)]), ",", csv_field(task.classes[static_cast<size_t>(s.suggested)]), ",",
                 number_text(s.score), ",", number_text(s.loss), "\n");
  io::write_atomically(dir + "/suspects.csv", {{csv.data(), csv.size()}});
  Page page(task, "Labels to look at · " + task.name, "Examples of which the network held another class for more likely than their label, the surest first");
  page.text("Of training examples it is the mean over the first epochs, before they are known by heart; of the others what the final network says.");
  page.suspects("Training", 0, training.suspects);
  page.suspects("Held out: " + held, 1, held_out.suspects);
  page.write(dir + "/suspects.html");

  const bool learnt = training.share > 0;
  const train::Mislabelled& of = learnt ? training : held_out;
  const size_t n = learnt ? task.training.n : task.held_out.source.n, part = learnt ? 0 : 1;
  train::Signals::Fault f{"mislabelled", std::llround(of.share * static_cast<double>(n)), static_cast<int64_t>(n), 0, 0, {}};
  for (const auto& s : of.suspects) f.number += s.score / static_cast<double>(of.suspects.size());
  for (size_t k = 0; k < std::min(kInText, of.suspects.size()); ++k) {
    const auto& s = of.suspects[k];
    f.examples.push_back(str(short_name(task.look.title(part, static_cast<size_t>(s.index))), ": labelled ", task.classes[static_cast<size_t>(s.given)], ", rather ", task.classes[static_cast<size_t>(s.suggested)]));
  }
  return f;
}

}  // namespace wick::cli
