#include "board/api.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <unordered_map>

#include <wick/core/error.h>
#include <wick/core/str.h>

#include "board/assets.h"
#include "board/sampling.h"

namespace wick::board {

using logging::EventKind;
using logging::RunLog;
using logging::TagInfo;

Json number(double v) { return std::isfinite(v) ? Json(v) : Json(); }

Reply json_reply(const Json& value, std::string etag) {
  Reply r;
  r.type = "application/json";
  r.body = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  r.etag = std::move(etag);
  return r;
}

std::string file_name_of(const std::string& text, const char* ending) {
  std::string r;
  for (const char c : text.substr(0, 80)) r += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ? c : '_';
  return r + ending;
}

std::string read_small_file(const std::string& path, size_t most) {
  std::ifstream f(path, std::ios::binary | std::ios::ate);
  WICK_CHECK_TYPE(IndexError, f.good(), "board: cannot read ", path);
  const auto size = static_cast<size_t>(std::max<std::streamoff>(0, f.tellg()));
  WICK_CHECK(size <= most, "board: ", path, " has ", size, " bytes; at most ", most, " are shown");
  std::string r(size, '\0');
  f.seekg(0);
  f.read(r.data(), static_cast<std::streamsize>(size));
  r.resize(static_cast<size_t>(f.gcount()));
  return r;
}

Reply Columns::reply(const Json& header) const {
  std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.append((8 - (text.size() + 4) % 8) % 8, ' ');
  const auto size = static_cast<uint32_t>(text.size());
  Reply r;
  r.type = "application/octet-stream";
  r.body.reserve(4 + text.size() + bytes_.size());
  r.body.append(reinterpret_cast<const char*>(&size), sizeof size).append(text).append(bytes_);
  return r;
}

Reply Api::answer(const Query& q) {
  if (q.path.compare(0, 5, "/api/") != 0) {
    const Asset* a = find_asset(q.path == "/" ? "/index.html" : q.path);
    WICK_CHECK_TYPE(IndexError, a, "no page ", q.path.substr(0, 100));
    Reply r;
    r.type = a->type;
    r.body = a->bytes();
    r.gzip = true;
    r.etag = kAssetsVersion;
    return r;
  }
  static const std::unordered_map<std::string, Reply (Api::*)(const Query&)> kAnswers = {
      {"state", &Api::state},       {"tags", &Api::tags},         {"scalars", &Api::scalars}, {"scalars.csv", &Api::csv},       {"points", &Api::points},   {"histogram", &Api::histogram},
      {"image", &Api::picture},     {"audio", &Api::sound},       {"text", &Api::texts},      {"tensor", &Api::tensor},     {"layouts", &Api::layouts}, {"graph", &Api::graph},           {"pr_curves", &Api::curves}, {"table", &Api::table},
      {"alerts", &Api::alerts},     {"embeddings", &Api::embeddings}, {"embedding", &Api::embedding}, {"traces", &Api::traces}, {"trace", &Api::trace}};
  const auto found = kAnswers.find(q.path.substr(5));
  WICK_CHECK_TYPE(IndexError, found != kAnswers.end(), "nothing is at ", q.path.substr(0, 100));
  return (this->*found->second)(q);
}

std::vector<size_t> Api::asked_runs(const Query& q) const {
  std::vector<size_t> r;
  const size_t n = runs_.runs().size();
  for (const size_t id : q.numbers("runs", 100000))
    if (id < n) r.push_back(id);
  std::sort(r.begin(), r.end());
  r.erase(std::unique(r.begin(), r.end()), r.end());
  return r;
}

std::shared_ptr<RunLog> Api::open(const RunView& r, Patience& patience) {
  if (r.state != RunView::loaded) return nullptr;
  return runs_.open(r.id, r.log ? 0 : patience.left());
}

Api::Place Api::place(const Query& q, EventKind kind) {
  Place p;
  p.log = runs_.log(static_cast<size_t>(q.integer("run", 0, 0, 1e9)));
  const std::string tag = q.text("tag");
  const auto index = p.log->find(tag, kind);
  WICK_CHECK_TYPE(IndexError, index, "board: no ", name_of(kind), " named ", tag.substr(0, 200), " in this run");
  p.tag = p.log->tag(*index);
  p.point = static_cast<size_t>(q.integer("point", 0, 0, 1e15));
  return p;
}

// All runs whose version is newer than `since`, and the machine's load.
Reply Api::state(const Query& q) {
  runs_.want({}, 0);
  const bool same = q.text("epoch") == runs_.epoch();
  const auto since = same ? static_cast<uint64_t>(q.integer("since", 0, 0, 1e15)) : 0;
  const uint64_t version = runs_.version();
  Json runs = Json::array();
  for (const RunView& r : runs_.runs()) {
    if (r.version <= since) continue;
    Json one = {{"id", r.id}, {"name", r.name}, {"version", r.version}, {"bytes", r.bytes}, {"changed", r.changed}, {"state", r.state == RunView::loaded ? 2 : r.state == RunView::waiting ? 1 : 0}};
    if (r.gone) one = {{"id", r.id}, {"gone", true}};
    else if (r.state == RunView::loaded) {
      const auto stats = r.stats();
      one["events"] = stats.events;
      one["damaged"] = stats.damaged;
    }
    runs.push_back(std::move(one));
  }
  Json machine = Json::array();
  for (const Machine::Sample& s : machine_.since(q.number("machine", 1e300, 0, 1e300))) {
    Json one = {s.time};
    for (const double v : s.values) one.push_back(v);
    machine.push_back(std::move(one));
  }
  Json roots = Json::array();
  for (const std::string& root : runs_.roots()) roots.push_back(root);
  return json_reply({{"epoch", runs_.epoch()}, {"version", version}, {"runs", runs}, {"roots", roots}, {"machine", machine}, {"memory", machine_.total_memory()}, {"processors", machine_.processors()}, {"gpus", machine_.gpus()}});
}

// The tags of runs: each once, and for runs the sets of their numbers, equal ones once.
Reply Api::tags(const Query& q) {
  const std::vector<size_t> ids = asked_runs(q);
  runs_.want(ids, q.number("wait", 0.3, 0, 10));
  const std::vector<RunView> all = runs_.runs();
  std::string etag = runs_.epoch();
  for (const size_t id : ids) etag += str(".", id, "-", all[id].state, "-", all[id].tags);
  etag = str(std::hash<std::string>()(etag));
  std::unordered_map<std::string, size_t> numbers;
  std::map<std::vector<size_t>, size_t> sets;
  Json tags = Json::array(), lists = Json::array(), runs = Json::object(), waiting = Json::array();
  for (const size_t id : ids) {
    if (all[id].gone) continue;
    if (all[id].state != RunView::loaded) waiting.push_back(id);
    if (!all[id].known()) continue;
    std::vector<size_t> set;
    for (const TagInfo& t : all[id].all_tags()) {
      const auto [it, fresh] = numbers.emplace(str(static_cast<int>(t.kind), t.tag), tags.size());
      if (fresh) {
        Json one = {t.tag, name_of(t.kind)};
        if (!t.description.empty() || !t.display_name.empty()) one.push_back(t.display_name), one.push_back(t.description);
        tags.push_back(std::move(one));
      }
      set.push_back(it->second);
    }
    const auto [it, fresh] = sets.emplace(std::move(set), lists.size());
    if (fresh) lists.push_back(it->first);
    runs[std::to_string(id)] = it->second;
  }
  return json_reply({{"tags", tags}, {"sets", lists}, {"runs", runs}, {"waiting", waiting}}, etag);
}

namespace {

struct Cursor {
  size_t count = 0;
  int64_t step = 0;
};
// "3:1000:99": of run 3 a thousand points are known, the last of them at step 99.
std::map<size_t, Cursor> cursors(const std::string& text) {
  std::map<size_t, Cursor> r;
  const char* p = text.c_str();
  while (*p) {
    char* end;
    const auto id = std::strtoull(p, &end, 10);
    if (*end != ':') break;
    Cursor c;
    c.count = std::strtoull(end + 1, &end, 10);
    if (*end != ':') break;
    c.step = std::strtoll(end + 1, &end, 10);
    r[id] = c;
    p = *end == ',' ? end + 1 : end;
    if (p == end && *p) break;
  }
  return r;
}

std::vector<double> picked(const std::vector<double>& from, const std::vector<size_t>& which) {
  std::vector<double> r;
  r.reserve(which.size());
  for (const size_t i : which) r.push_back(from[i]);
  return r;
}

struct ScalarQuestion {
  std::string axis;
  double smoothing;
  size_t buckets;
  Window window;
  std::map<size_t, Cursor> known;
};

// One run's part of an answer: its columns, and what the header says of them.
Json scalar_part(size_t id, const ScalarSeries& p, const ScalarQuestion& question, Columns& columns) {
  const size_t total = p.values.size();
  const auto known = question.known.find(id);
  size_t begin = 0;
  if (known != question.known.end() && known->second.count <= total && known->second.count > 0 && p.steps[known->second.count - 1] == static_cast<double>(known->second.step))
    begin = known->second.count;
  std::vector<size_t> which;
  if (begin > 0 && total - begin <= 4 * question.buckets) {
    for (size_t i = begin; i < total; ++i) which.push_back(i);
  } else {
    begin = 0;
    which = sample(p.x(), p.values, question.buckets, question.window, p.monotone);
    if (!which.empty() && question.window.to == INFINITY && which.back() != total - 1) which.push_back(total - 1);
  }
  for (const std::vector<double>* column : {&p.steps, &p.times, &p.values, &p.smoothed}) columns.add(picked(*column, which));
  return {{"id", id}, {"n", which.size()}, {"total", total}, {"last", total ? static_cast<int64_t>(p.steps.back()) : 0}, {"append", begin > 0}, {"start", total ? p.times.front() : 0.0}};
}

// What can be said of a run without its points: it has no such tag (an empty part), or nothing that is new. Else null.
Json unchanged_part(const RunView& r, const std::string& tag, const ScalarQuestion& question) {
  if (r.log || r.state != RunView::loaded) return {};
  const auto& tags = r.dropped->tags;
  const auto t = std::find_if(tags.begin(), tags.end(), [&](const TagInfo& t) { return t.kind == EventKind::scalar && t.tag == tag; });
  if (t == tags.end()) return Json::object();
  const auto known = question.known.find(r.id);
  if (known == question.known.end() || t->count == 0 || known->second.count != t->count || known->second.step != t->last_step) return {};
  return {{"id", r.id}, {"n", 0}, {"total", t->count}, {"last", t->last_step}, {"append", true}, {"start", 0.0}};
}

}  // namespace

Reply Api::scalars(const Query& q) {
  const std::vector<size_t> ids = asked_runs(q);
  runs_.want(ids, 0.5);
  const std::string tag = q.text("tag");
  ScalarQuestion question;
  question.axis = q.text("axis", "step");
  question.smoothing = q.number("smooth", 0, 0, 0.9999);
  question.buckets = static_cast<size_t>(q.integer("n", 500, 10, 20000));
  if (ids.size() > 20) question.buckets = std::max<size_t>(50, std::min(question.buckets, 20000 / ids.size()));
  question.window = {q.number("from", -INFINITY, -INFINITY, INFINITY), q.number("to", INFINITY, -INFINITY, INFINITY), q.text("logx") == "1"};
  question.known = cursors(q.text("known"));
  Patience patience(0.5);
  Columns columns;
  Json parts = Json::array(), waiting = Json::array();
  for (const size_t id : ids) {
    const RunView r = runs_.look_at(id);
    if (r.gone) continue;
    Json part = unchanged_part(r, tag, question);
    if (part.is_null()) {
      const std::shared_ptr<RunLog> log = open(r, patience);
      if (!log) {
        waiting.push_back(id);
        continue;
      }
      const auto index = log->find(tag, EventKind::scalar);
      if (!index) continue;
      part = scalar_part(id, *series(log, *index, question.axis, question.smoothing), question, columns);
    } else if (part.empty()) continue;
    part["version"] = r.version;
    parts.push_back(std::move(part));
  }
  return columns.reply({{"runs", parts}, {"waiting", waiting}, {"epoch", runs_.epoch()}});
}

// Long ones are kept for a while: a page that zooms asks for the same again and again.
std::shared_ptr<const ScalarSeries> Api::series(const std::shared_ptr<RunLog>& log, size_t tag, const std::string& axis, double smoothing) {
  constexpr size_t kLong = 20000, kKept = 1600000;  // points: 64 MB
  const size_t total = log->tag(tag).count;
  const auto same = [&](const KeptSeries& k) { return k.log.lock() == log && k.tag == tag && k.series->values.size() == total && k.axis == axis && k.smoothing == smoothing; };
  if (total >= kLong) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const auto found = std::find_if(series_.begin(), series_.end(), same);
    if (found != series_.end()) {
      series_.splice(series_.begin(), series_, found);
      return found->series;
    }
  }
  auto s = std::make_shared<ScalarSeries>();
  logging::Points p = log->points(tag);
  s->steps.assign(p.steps.begin(), p.steps.end());
  s->times = std::move(p.times);
  s->values = std::move(p.values);
  s->smoothed = smooth(s->values, smoothing);
  s->axis = axis == "step" ? ScalarSeries::step : axis == "relative" ? ScalarSeries::relative : ScalarSeries::wall;
  if (s->axis == ScalarSeries::relative && !s->times.empty())
    for (const double t : s->times) s->since.push_back(t - s->times.front());
  s->monotone = std::is_sorted(s->x().begin(), s->x().end());
  if (s->values.size() >= kLong && s->values.size() <= kKept) {
    const std::lock_guard<std::mutex> lock(mutex_);
    series_.push_front({log, tag, axis, smoothing, s});
    size_t sum = 0;
    series_.remove_if([&](const KeptSeries& k) { return (sum += k.series->values.size()) > kKept || k.log.expired(); });
  }
  return s;
}

Reply Api::csv(const Query& q) {
  const std::string tag = q.text("tag");
  Reply r;
  r.type = "text/csv; charset=utf-8";
  r.file_name = file_name_of(tag, ".csv");
  r.body = "run,step,wall_time,value\n";
  const std::vector<size_t> ids = asked_runs(q);
  runs_.want(ids, 10);
  for (const size_t id : ids) {
    const RunView run = runs_.run(id);
    const std::shared_ptr<RunLog> log = run.known() ? runs_.log(id) : nullptr;
    const auto index = log ? log->find(tag, EventKind::scalar) : std::nullopt;
    if (!index) continue;
    std::string name = run.name;  // a spreadsheet would take a name that begins so for a formula
    if (!name.empty() && std::strchr("=+-@\t\r", name[0])) name.insert(name.begin(), '\'');
    std::string quoted = "\"";
    for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
    quoted += '"';
    const logging::Points p = log->points(*index);
    char line[96];
    for (size_t i = 0; i < p.values.size(); ++i) {
      std::snprintf(line, sizeof line, ",%lld,%.6f,%.9g\n", static_cast<long long>(p.steps[i]), p.times[i], p.values[i]);
      r.body.append(quoted).append(line);
    }
    WICK_CHECK(r.body.size() < (size_t{1} << 30), "board: the table has more than a gigabyte; fewer runs, please");
  }
  return r;
}

// Where and when a tag of any kind was written.
Reply Api::points(const Query& q) {
  const std::string kind = q.text("kind");
  for (int k = 0; k <= static_cast<int>(EventKind::other); ++k) {
    if (kind != name_of(static_cast<EventKind>(k))) continue;
    const Place p = place(q, static_cast<EventKind>(k));
    logging::Points all = p.log->points(p.tag.index);
    return json_reply({{"steps", all.steps}, {"times", all.times}});
  }
  WICK_CHECK_TYPE(ValueError, false, "board: no kind ", kind.substr(0, 40));
}

}  // namespace wick::board
