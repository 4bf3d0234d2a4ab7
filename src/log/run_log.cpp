// The index of runs.
#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>

#include <wick/core/parallel.h>
#include <wick/core/str.h>

#include "log/columns.h"
#include "log/event_decode.h"
#include "log/event_parse.h"
#include "log/record_scanner.h"

namespace wick::logging {
namespace {

constexpr size_t kNone = SIZE_MAX;

struct Series {
  std::string tag, metadata;
  EventKind kind;
  size_t next = kNone;  // the tag that came after this one the last time: what is logged in one step comes in the same order
  ScalarColumn scalars;
  PlaceColumn places;

  size_t size() const { return kind == EventKind::scalar ? scalars.size() : places.size(); }
  int64_t step(size_t i) const { return kind == EventKind::scalar ? scalars.step(i) : places.step(i); }
  double time(size_t i) const { return kind == EventKind::scalar ? scalars.time(i) : places.time(i); }
};

struct Key {
  std::string_view tag;
  EventKind kind;
  bool operator==(const Key& o) const { return kind == o.kind && tag == o.tag; }
};
struct HashKey {
  size_t operator()(const Key& k) const { return std::hash<std::string_view>()(k.tag) * 31 + static_cast<size_t>(k.kind); }
};

bool is_event_file(std::string_view name) { return name.find("tfevents") != std::string_view::npos; }

// The event files of a folder in the order of their names, and the folders in it.
void list(const std::string& folder, std::vector<std::string>& files, std::vector<std::string>* folders) {
  DIR* const d = opendir(folder.c_str());
  if (!d) return;
  while (const dirent* e = readdir(d)) {
    const std::string name = e->d_name;
    if (name == "." || name == "..") continue;
    if (is_event_file(name)) files.push_back(name);
    else if (folders && e->d_type == DT_DIR) folders->push_back(name);
    else if (folders && (e->d_type == DT_UNKNOWN || e->d_type == DT_LNK)) {
      struct stat s;
      if (stat((folder + "/" + name).c_str(), &s) == 0 && S_ISDIR(s.st_mode)) folders->push_back(name);
    }
  }
  closedir(d);
  std::sort(files.begin(), files.end());
  if (folders) std::sort(folders->begin(), folders->end());
}

}  // namespace

inline namespace v1 {

struct RunLog::Impl {
  Impl(std::string f, ReadOptions o) : folder(std::move(f)), options(o) {}

  const std::string folder;
  const ReadOptions options;
  mutable std::shared_mutex mutex;  // of what is read
  std::mutex refreshing;
  std::vector<std::string> names;         // of files, by number
  std::vector<RecordScanner> scanners;
  std::deque<Series> series;
  std::unordered_map<Key, size_t, HashKey> numbers;
  std::unordered_map<std::string_view, EventKind> tensors;  // what the metadata of a tag said
  size_t last = kNone;
  std::optional<Place> graph;
  ReadStats stats;

  int64_t refresh();
  void find_files();
  void take(std::string_view record, size_t file, uint64_t at);
  void take_value(const ValueView& v, int64_t step, double time, size_t file, uint64_t at, const char* base);
  size_t number_of(const ValueView& v, EventKind kind);
  void purge(int64_t step);

  const Series& at(size_t index) const {
    WICK_CHECK_TYPE(IndexError, index < series.size(), "RunLog: tag ", index, " of ", series.size(), " in ", folder);
    return series[index];
  }
  std::string message(size_t index, size_t point, std::initializer_list<EventKind> kinds) const;
  std::string read(Place place) const;
};

void RunLog::Impl::find_files() {
  std::vector<std::string> found;
  list(folder, found, nullptr);
  for (std::string& name : found) {
    if (std::find(names.begin(), names.end(), name) != names.end() || names.size() > 65535) continue;
    scanners.emplace_back(folder + "/" + name, options);
    names.push_back(std::move(name));
  }
}

// The lock is taken for a number of events at a time, so that those who look need not wait long.
int64_t RunLog::Impl::refresh() {
  const std::lock_guard<std::mutex> one(refreshing);
  {
    const std::unique_lock<std::shared_mutex> lock(mutex);
    find_files();
  }
  int64_t events = 0;
  for (size_t f = 0; f < scanners.size(); ++f) {
    RecordScanner& scanner = scanners[f];
    if (!scanner.grown() || !scanner.open()) continue;
    for (bool more = true; more;) {
      const std::unique_lock<std::shared_mutex> lock(mutex);
      std::string_view record;
      for (int k = 0; k < 4096 && (more = scanner.next(record)); ++k) {
        try {
          take(record, f, scanner.at());
          ++events;
        } catch (const protozero::exception&) {
          scanner.count_damage();
        }
      }
    }
    scanner.close();
  }
  const std::unique_lock<std::shared_mutex> lock(mutex);
  stats.events += events;
  stats.files = static_cast<int64_t>(names.size());
  stats.bytes = 0;
  stats.damaged = 0;
  for (const RecordScanner& s : scanners) {
    stats.bytes += s.position();
    stats.damaged += s.damaged();
  }
  return events;
}

void RunLog::Impl::take(std::string_view record, size_t file, uint64_t at) {
  double time;
  int64_t step;
  parse_event(record, time, step, [&](const ValueView& v) { take_value(v, step, time, file, at, record.data()); },
              [&](uint32_t field, std::string_view s) {
                if (field == 4) graph = Place{at + static_cast<uint64_t>(s.data() - record.data()), file, static_cast<uint32_t>(s.size())};
                if (field == 7)
                  if (protozero::pbf_reader session(s.data(), s.size()); session.next(1) && session.get_enum() == 1) purge(step);
              });
}

size_t RunLog::Impl::number_of(const ValueView& v, EventKind kind) {
  const auto same = [&](size_t k) { return k != kNone && series[k].kind == kind && series[k].tag == v.tag; };
  size_t* const guess = last == kNone ? nullptr : &series[last].next;
  if (guess && same(*guess)) return last = *guess;
  size_t k;
  if (const auto found = numbers.find(Key{v.tag, kind}); found != numbers.end()) {
    k = found->second;
  } else {
    k = series.size();
    Series& s = series.emplace_back();
    s.tag = v.tag;
    s.kind = kind;
    numbers.emplace(Key{s.tag, kind}, k);
  }
  if (guess) *guess = k;
  return last = k;
}

void RunLog::Impl::take_value(const ValueView& v, int64_t step, double time, size_t file, uint64_t at, const char* base) {
  EventKind kind = EventKind::other;
  if (v.field == ValueView::tensor || v.field == ValueView::none) {
    if (v.metadata.empty()) {
      if (v.field == ValueView::none) return;
      if (const auto found = tensors.find(v.tag); found != tensors.end()) kind = found->second;
    } else {
      kind = kind_of(v, kind);
    }
  } else {
    kind = kind_of(v, kind);
  }
  const size_t k = number_of(v, kind);
  Series& s = series[k];
  if (!v.metadata.empty() && s.metadata.empty() && v.metadata.size() < (size_t{1} << 20)) {
    s.metadata = v.metadata;
    tensors.emplace(s.tag, kind);
  }
  if (kind == EventKind::scalar) {
    bool single = true;
    s.scalars.add(step, time, v.field == ValueView::simple ? v.simple_value : scalar_of(v.content, single));
  } else {
    const std::string_view content = v.field == ValueView::none ? v.metadata : v.content;
    s.places.add(step, time, Place{at + static_cast<uint64_t>(content.data() - base), file, static_cast<uint32_t>(content.size())});
  }
}

// A session begins at this step: what an earlier one logged from there on is void.
void RunLog::Impl::purge(int64_t step) {
  for (Series& s : series) {
    size_t n = s.size();
    while (n > 0 && s.step(n - 1) >= step) --n;
    stats.purged += static_cast<int64_t>(s.size() - n);
    if (n == s.size()) continue;
    if (s.kind == EventKind::scalar) s.scalars.truncate(n);
    else s.places.truncate(n);
  }
}

std::string RunLog::Impl::read(Place place) const { return read_place(folder + "/" + names[place.file], place.at, place.size); }

std::string RunLog::Impl::message(size_t index, size_t point, std::initializer_list<EventKind> kinds) const {
  Place place;
  std::string path;
  {
    const std::shared_lock<std::shared_mutex> lock(mutex);
    const Series& s = at(index);
    WICK_CHECK_TYPE(ValueError, s.kind != EventKind::scalar && (kinds.size() == 0 || std::find(kinds.begin(), kinds.end(), s.kind) != kinds.end()), "RunLog: '", s.tag, "' holds ", name_of(s.kind));
    WICK_CHECK_TYPE(IndexError, point < s.places.size(), "RunLog: point ", point, " of ", s.places.size(), " of '", s.tag, "'");
    place = s.places.place(point);
    path = folder + "/" + names[place.file];
  }
  return read_place(path, place.at, place.size);
}

RunLog::RunLog(std::string folder, ReadOptions options) : impl_(std::make_unique<Impl>(std::move(folder), options)) {}
RunLog::~RunLog() = default;
RunLog::RunLog(RunLog&&) noexcept = default;
int64_t RunLog::refresh() { return impl_->refresh(); }
const std::string& RunLog::folder() const { return impl_->folder; }
ReadStats RunLog::stats() const {
  const std::shared_lock<std::shared_mutex> lock(impl_->mutex);
  return impl_->stats;
}

namespace {

TagInfo info_of(const Series& s, size_t index) {
  TagInfo t;
  t.tag = s.tag;
  t.kind = s.kind;
  t.index = index;
  t.count = s.size();
  if (!s.metadata.empty()) {
    const MetadataView m = parse_metadata(s.metadata);
    t.plugin = m.plugin;
    t.plugin_content = m.content;
    t.display_name = m.display_name;
    t.description = m.description;
  }
  if (t.count > 0) {
    t.first_step = s.step(0);
    t.last_step = s.step(t.count - 1);
    t.last_time = s.time(t.count - 1);
  }
  return t;
}

}  // namespace

std::vector<TagInfo> RunLog::tags() const {
  const std::shared_lock<std::shared_mutex> lock(impl_->mutex);
  std::vector<TagInfo> r;
  r.reserve(impl_->series.size());
  for (size_t k = 0; k < impl_->series.size(); ++k) r.push_back(info_of(impl_->series[k], k));
  return r;
}

TagInfo RunLog::tag(size_t index) const {
  const std::shared_lock<std::shared_mutex> lock(impl_->mutex);
  return info_of(impl_->at(index), index);
}

std::optional<size_t> RunLog::find(const std::string& tag, EventKind kind) const {
  const std::shared_lock<std::shared_mutex> lock(impl_->mutex);
  const auto found = impl_->numbers.find(Key{tag, kind});
  return found == impl_->numbers.end() ? std::nullopt : std::optional<size_t>(found->second);
}

Points RunLog::points(size_t index, size_t begin, size_t end) const {
  const std::shared_lock<std::shared_mutex> lock(impl_->mutex);
  const Series& s = impl_->at(index);
  end = std::min(end, s.size());
  Points p;
  if (begin >= end) return p;
  p.steps.reserve(end - begin);
  p.times.reserve(end - begin);
  if (s.kind == EventKind::scalar) p.values.reserve(end - begin);
  for (size_t i = begin; i < end; ++i) {
    p.steps.push_back(s.step(i));
    p.times.push_back(s.time(i));
    if (s.kind == EventKind::scalar) p.values.push_back(s.scalars.value(i));
  }
  return p;
}

std::string RunLog::message(size_t index, size_t point) const { return impl_->message(index, point, {}); }
ImageData RunLog::image(size_t index, size_t point, size_t number) const { return decode_image(impl_->message(index, point, {EventKind::image}), number); }
HistogramData RunLog::histogram(size_t index, size_t point) const { return decode_histogram(impl_->message(index, point, {EventKind::histogram})); }
AudioData RunLog::audio(size_t index, size_t point, size_t number) const { return decode_audio(impl_->message(index, point, {EventKind::audio}), number); }
std::vector<std::string> RunLog::texts(size_t index, size_t point) const { return decode_texts(impl_->message(index, point, {EventKind::text, EventKind::custom_scalars, EventKind::tensor, EventKind::other})); }
Tensor RunLog::tensor(size_t index, size_t point) const {
  return decode_tensor(impl_->message(index, point, {EventKind::tensor, EventKind::pr_curve, EventKind::mesh, EventKind::histogram, EventKind::other}));
}

std::vector<GraphNode> RunLog::graph() const {
  std::optional<Place> place;
  {
    const std::shared_lock<std::shared_mutex> lock(impl_->mutex);
    place = impl_->graph;
  }
  return place ? decode_graph(impl_->read(*place)) : std::vector<GraphNode>();
}

struct LogFolder::Impl {
  std::string root;
  ReadOptions options;
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<RunLog>> runs;

  // Folders with event files that are not known yet. Links that lead back up end at 32 levels.
  void find_runs(const std::string& folder, const std::string& name, int depth) {
    std::vector<std::string> files, folders;
    list(folder, files, &folders);
    if (!files.empty()) {
      const std::lock_guard<std::mutex> lock(mutex);
      std::shared_ptr<RunLog>& run = runs[name.empty() ? "." : name];
      if (!run) run = std::make_shared<RunLog>(folder, options);
    }
    if (depth < 32)
      for (const std::string& f : folders) find_runs(folder + "/" + f, name.empty() ? f : name + "/" + f, depth + 1);
  }
};

LogFolder::LogFolder(std::string root, ReadOptions options) : impl_(new Impl{std::move(root), options, {}, {}}) {}
LogFolder::~LogFolder() = default;
LogFolder::LogFolder(LogFolder&&) noexcept = default;

int64_t LogFolder::refresh() {
  impl_->find_runs(impl_->root, "", 0);
  const auto list = runs();
  std::atomic<size_t> next{0};
  std::atomic<int64_t> events{0};
  const auto work = [&] {
    for (size_t k; (k = next++) < list.size();) events += list[k].second->refresh();
  };
  const int wanted = impl_->options.threads() > 0 ? impl_->options.threads() : get_num_threads();
  std::vector<std::thread> threads;
  for (int t = 1; t < wanted && static_cast<size_t>(t) < list.size(); ++t) threads.emplace_back(work);
  work();
  for (std::thread& t : threads) t.join();
  return events;
}

std::vector<std::pair<std::string, std::shared_ptr<RunLog>>> LogFolder::runs() const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  return {impl_->runs.begin(), impl_->runs.end()};
}

std::shared_ptr<RunLog> LogFolder::run(const std::string& name) const {
  const std::lock_guard<std::mutex> lock(impl_->mutex);
  const auto found = impl_->runs.find(name);
  return found == impl_->runs.end() ? nullptr : found->second;
}

ReadStats LogFolder::stats() const {
  ReadStats r;
  for (const auto& [name, run] : runs()) {
    const ReadStats s = run->stats();
    r.files += s.files;
    r.events += s.events;
    r.damaged += s.damaged;
    r.purged += s.purged;
    r.bytes += s.bytes;
  }
  return r;
}

}  // namespace v1
}  // namespace wick::logging
