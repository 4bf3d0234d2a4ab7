// The index of runs, as it is asked.
#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include <wick/core/parallel.h>

#include "log/event_decode.h"
#include "log/run_index.h"

namespace wick::logging {
inline namespace v1 {

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
  if (s.kind == EventKind::scalar) {
    s.scalars.each(begin, end, [&](int64_t step, double time, double value) {
      p.steps.push_back(step);
      p.times.push_back(time);
      p.values.push_back(value);
    });
    return p;
  }
  for (size_t i = begin; i < end; ++i) {
    p.steps.push_back(s.places.step(i));
    p.times.push_back(s.places.time(i));
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
    list_folder(folder, files, &folders);
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
    r.memory += s.memory;
  }
  return r;
}

}  // namespace v1
}  // namespace wick::logging
