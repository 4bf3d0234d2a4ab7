// Hyperparameters and results of runs, side by side; what looks wrong.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <protozero/pbf_reader.hpp>

#include <wick/core/error.h>
#include <wick/core/str.h>

#include "board/api.h"
#include "board/sampling.h"

namespace wick::board {

using logging::EventKind;
using logging::TagInfo;

namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

std::string view(pbf_reader& r) { return std::string(r.get_view()); }

Json decode_value(const std::string& bytes) {
  Json v;
  for (pbf_reader r(bytes); r.next();) {
    if (r.tag() == 2 && r.wire_type() == pbf_wire_type::fixed64) v = number(r.get_double());
    else if (r.tag() == 3 && r.wire_type() == pbf_wire_type::length_delimited) v = view(r);
    else if (r.tag() == 4 && r.wire_type() == pbf_wire_type::varint) v = r.get_bool();
    else r.skip();
  }
  return v;
}

// The map of a SessionStartInfo (tensorboard/plugins/hparams/plugin_data.proto).
void decode_hparams(const std::string& content, Json& to) {
  try {
    for (pbf_reader data(content); data.next();) {
      if (data.tag() != 3 || data.wire_type() != pbf_wire_type::length_delimited) {
        data.skip();
        continue;
      }
      const std::string session = view(data);
      for (pbf_reader s(session); s.next();) {
        if (s.tag() != 1 || s.wire_type() != pbf_wire_type::length_delimited) {
          s.skip();
          continue;
        }
        const std::string entry = view(s);
        std::string name, value;
        for (pbf_reader e(entry); e.next();) {
          if (e.wire_type() != pbf_wire_type::length_delimited) e.skip();
          else if (e.tag() == 1) name = view(e);
          else if (e.tag() == 2) value = view(e);
          else e.skip();
        }
        to[name] = decode_value(value);
      }
    }
  } catch (const protozero::exception&) {
    to["(damaged)"] = true;
  }
}

Json summary_of(const logging::Points& p) {
  double low = INFINITY, high = -INFINITY, last = NAN;
  for (const double v : p.values) {
    if (!std::isfinite(v)) continue;
    low = std::min(low, v);
    high = std::max(high, v);
    last = v;
  }
  return {number(last), number(low), number(high), p.steps.empty() ? 0 : p.steps.back()};
}

// Whether a name says that less is better. `loss` may be part of a word, the others begin one.
bool is_loss(const std::string& tag) {
  std::string lower = tag;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower.find("loss") != std::string::npos) return true;
  for (const char* word : {"error", "perplexity", "nll"})
    for (size_t at = 0; (at = lower.find(word, at)) != std::string::npos; ++at)
      if (at == 0 || !std::isalpha(static_cast<unsigned char>(lower[at - 1]))) return true;
  return false;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, share < 0.1 ? "%.1f %%" : "%.0f %%", 100 * share);
  return text;
}
std::string shown(double v) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v);
  return text;
}

}  // namespace

Reply Api::table(const Query& q) {
  const std::vector<size_t> ids = asked_runs(q);
  runs_.want(ids, q.number("wait", 2, 0, 10));
  std::vector<std::string> tags;
  for (const auto& [name, value] : q.params)
    if (name == "tag" && tags.size() < 200) tags.push_back(value);
  const bool chosen = !tags.empty();
  Json rows = Json::array(), waiting = Json::array();
  std::set<std::string> names;
  std::map<std::string, size_t> found;  // tags of scalars, with the number of runs
  std::vector<std::pair<size_t, Json>> read;
  for (const size_t id : ids) {
    const RunView r = runs_.look_at(id);
    if (r.gone) continue;
    if (r.state != RunView::loaded) {
      waiting.push_back(id);
      continue;
    }
    Json hparams = Json::object();
    for (const TagInfo& t : r.all_tags()) {
      if (t.kind == EventKind::hparams) decode_hparams(t.plugin_content, hparams);
      if (t.kind == EventKind::scalar) ++found[t.tag];
    }
    for (const auto& [name, value] : hparams.items()) names.insert(name);
    read.emplace_back(id, std::move(hparams));
  }
  if (!chosen) {  // those that most runs have
    std::vector<std::pair<size_t, std::string>> order;
    for (const auto& [tag, n] : found)
      if (tag.compare(0, 7, "system/") != 0) order.emplace_back(n, tag);
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (size_t i = 0; i < std::min<size_t>(8, order.size()); ++i) tags.push_back(order[i].second);
    std::sort(tags.begin(), tags.end());
  }
  Patience patience(2);
  for (auto& [id, hparams] : read) {
    Json metrics = Json::object();
    if (!results(runs_.look_at(id), tags, patience, metrics)) waiting.push_back(id);
    rows.push_back({{"id", id}, {"hparams", std::move(hparams)}, {"metrics", std::move(metrics)}});
  }
  Json all = Json::array();
  for (const auto& [tag, n] : found)
    if (all.size() < 20000) all.push_back(tag);
  return json_reply({{"hparams", names}, {"metrics", tags}, {"tags", all}, {"rows", rows}, {"waiting", waiting}});
}

bool Api::results(const RunView& r, const std::vector<std::string>& tags, Patience& patience, Json& to) {
  std::map<std::string, Json> known;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto it = results_.find(r.id); it != results_.end() && it->second.first == r.version) known = it->second.second;
  }
  if (std::any_of(tags.begin(), tags.end(), [&](const std::string& t) { return known.count(t) == 0; })) {
    const std::shared_ptr<logging::RunLog> log = open(r, patience);
    if (!log) return false;
    for (const std::string& tag : tags) {
      if (known.count(tag)) continue;
      const auto index = log->find(tag, EventKind::scalar);
      known[tag] = index ? summary_of(log->points(*index)) : Json();
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    results_[r.id] = {r.version, known};
  }
  for (const std::string& tag : tags)
    if (!known[tag].is_null()) to[tag] = known[tag];
  return true;
}

std::vector<Alert> find_alerts(const std::string& tag, const std::vector<int64_t>& steps, const std::vector<double>& values) {
  std::vector<Alert> r;
  const size_t n = values.size();
  size_t bad = 0, first_bad = n;
  for (size_t i = n; i-- > 0;)
    if (!std::isfinite(values[i])) ++bad, first_bad = i;
  if (bad > 0) r.push_back({"not finite", tag, str(std::isnan(values[first_bad]) ? "NaN" : "infinite", " from step ", steps[first_bad], " on, ", bad, " of ", n, " points"), steps[first_bad]});
  if (n < 30 || bad * 2 > n || !is_loss(tag)) return r;
  // Of a loss, smoothed: did it rise after its lowest point, or did it stop to fall?
  std::vector<double> s;
  std::vector<int64_t> at;
  const std::vector<double> smoothed = smooth(values, n > 200 ? 0.95 : 0.8);
  for (size_t i = 0; i < n; ++i)
    if (std::isfinite(smoothed[i])) s.push_back(smoothed[i]), at.push_back(steps[i]);
  const size_t m = s.size();
  const size_t lowest = static_cast<size_t>(std::min_element(s.begin(), s.end()) - s.begin());
  const double low = s[lowest], last = s.back(), fallen = s[m / 20] - low;
  if (low > 0 && lowest < m * 7 / 10 && last > 1.1 * low && last - low > 0.05 * std::max(0.0, fallen)) {
    const bool much = last > 3 * low;
    r.push_back({much ? "diverges" : "rises", tag, str("lowest (", shown(low), ") at step ", at[lowest], ", since then up ", percent(last / low - 1)), at[lowest]});
    return r;
  }
  const size_t half = m / 2;
  const double before = s[half], gain = before - last;
  if (fallen > 0 && gain < 0.01 * fallen) {
    size_t since = half;
    while (since > 0 && s[since - 1] - last < 0.01 * fallen) --since;
    r.push_back({"plateau", tag, str("no better since step ", at[since], " (", shown(last), "); ", percent(static_cast<double>(m - since) / static_cast<double>(m)), " of the run"), at[since]});
  }
  return r;
}

// What the doctor found of a run whose folder has a doctor.json, read anew when that has changed. A file that is none, or damaged, is as good as none.
Json Api::findings(const RunView& r) {
  namespace fs = std::filesystem;
  const std::string path = r.folder + "/doctor.json";
  std::error_code bad;
  const auto size = fs::file_size(path, bad);
  if (bad || size > (size_t{64} << 20) || !fs::is_regular_file(path, bad) || !is_within(path, r.folder)) return Json::array();
  const std::string state = str(size, ".", fs::last_write_time(path, bad).time_since_epoch().count());
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (const auto it = findings_.find(r.id); it != findings_.end() && it->second.first == state) return it->second.second;
  }
  Json found = Json::array();
  try {
    const Json whole = Json::parse(read_small_file(path, size_t{64} << 20));
    const auto text = [](const Json& f, const char* key) { return f.contains(key) && f[key].is_string() ? f[key].get<std::string>().substr(0, 2000) : std::string(); };
    for (const Json& f : whole.at("findings")) {
      Json one = {{"run", r.id}, {"id", text(f, "id")}, {"what", text(f, "what")}, {"confidence", text(f, "confidence")}};
      for (const char* key : {"evidence", "remedies"}) {
        Json lines = Json::array();
        if (f.contains(key) && f[key].is_array())
          for (const Json& line : f[key])
            if (line.is_string() && lines.size() < 20) lines.push_back(line.get<std::string>().substr(0, 2000));
        one[key] = std::move(lines);
      }
      if (found.size() < 100) found.push_back(std::move(one));
    }
  } catch (const std::exception&) {
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  findings_[r.id] = {state, found};
  return found;
}

Reply Api::alerts(const Query& q) {
  const std::vector<size_t> ids = asked_runs(q);
  runs_.want(ids, q.number("wait", 1, 0, 10));
  Patience patience(1);
  Json list = Json::array(), waiting = Json::array(), doctor = Json::array();
  for (const size_t id : ids) {
    const RunView r = runs_.look_at(id);
    if (r.gone) continue;
    for (Json& f : findings(r)) doctor.push_back(std::move(f));
    std::vector<Alert> found;
    bool known = false;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (const auto it = alerts_.find(id); it != alerts_.end() && it->second.first == r.version) found = it->second.second, known = true;
    }
    if (!known) {
      const std::shared_ptr<logging::RunLog> log = open(r, patience);
      if (!log) {
        waiting.push_back(id);
        continue;
      }
      for (const TagInfo& t : log->tags()) {
        if (t.kind != EventKind::scalar || found.size() > 1000) continue;
        const logging::Points p = log->points(t.index);
        for (Alert& a : find_alerts(t.tag, p.steps, p.values)) found.push_back(std::move(a));
      }
      const std::lock_guard<std::mutex> lock(mutex_);
      alerts_[id] = {r.version, found};
    }
    for (const Alert& a : found) list.push_back({{"run", id}, {"kind", a.kind}, {"tag", a.tag}, {"text", a.text}, {"step", a.step}});
  }
  return json_reply({{"alerts", list}, {"doctor", doctor}, {"waiting", waiting}});
}

}  // namespace wick::board
