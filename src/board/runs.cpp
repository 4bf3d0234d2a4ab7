#include "board/runs.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>

#include <wick/core/error.h>
#include <wick/core/str.h>

namespace wick::board {
namespace {

namespace fs = std::filesystem;
constexpr int kDepth = 24;
constexpr double kWatched = 60;  // seconds after a question in which somebody is taken to watch
constexpr size_t kFolders = 200000;

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

struct Found {
  std::string name, folder;
  uint64_t bytes = 0;
  double changed = 0;
  bool operator<(const Found& o) const { return name < o.name; }
};

bool is_event_file(const std::string& name) { return name.find("tfevents") != std::string::npos; }

// Folders with event files. Links are followed within the root, and each folder is visited once.
void find(const fs::path& folder, const std::string& name, const std::string& root, int depth, std::set<std::pair<dev_t, ino_t>>& seen, std::vector<Found>& to) {
  struct stat s;
  if (depth > kDepth || seen.size() > kFolders || stat(folder.c_str(), &s) != 0 || !seen.insert({s.st_dev, s.st_ino}).second) return;
  Found run{name, folder.string()};
  bool any = false;
  std::vector<fs::path> inner;
  std::error_code bad;
  for (fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, bad), end; !bad && it != end; it.increment(bad)) {
    std::error_code ignored;
    const fs::path& p = it->path();
    if (it->is_directory(ignored)) {
      if (!it->is_symlink(ignored) || is_within(p.string(), root)) inner.push_back(p);
    } else if (is_event_file(p.filename().string()) && stat(p.c_str(), &s) == 0 && S_ISREG(s.st_mode)) {
      any = true;
      run.bytes += static_cast<uint64_t>(s.st_size);
      run.changed = std::max(run.changed, static_cast<double>(s.st_mtim.tv_sec) + 1e-9 * static_cast<double>(s.st_mtim.tv_nsec));
    }
  }
  if (any) to.push_back(std::move(run));
  for (const fs::path& p : inner) find(p, name == "." ? p.filename().string() : name + "/" + p.filename().string(), root, depth + 1, seen, to);
}

}  // namespace

bool is_within(const std::string& path, const std::string& folder) {
  std::error_code bad;
  const fs::path p = fs::canonical(path, bad);
  if (bad) return false;
  const fs::path f = fs::canonical(folder, bad);
  if (bad) return false;
  const auto [a, b] = std::mismatch(f.begin(), f.end(), p.begin(), p.end());
  return a == f.end();
}

RunStore::RunStore(std::vector<std::string> roots, double interval, uint64_t memory) : roots_(std::move(roots)), interval_(interval), memory_(memory) {
  for (const std::string& root : roots_) {
    std::error_code bad;
    WICK_CHECK(fs::is_directory(root, bad), "board: no folder ", root, bad ? str(": ", bad.message()) : std::string());
    fs::directory_iterator readable(root, bad);
    WICK_CHECK(!bad, "board: cannot read ", root, ": ", bad.message());
  }
  epoch_ = str(static_cast<int64_t>(now() * 1000) % 1000000000);
  find_runs();
  thread_ = std::thread([this] { look(); });
}
RunStore::~RunStore() {
  stop();
  if (thread_.joinable()) thread_.join();
}
void RunStore::stop() {
  const std::lock_guard<std::mutex> lock(mutex_);
  stopping_ = true;
  wanted_.notify_all();
  changed_.notify_all();
}

std::vector<RunView> RunStore::runs() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return {runs_.begin(), runs_.end()};
}
RunView RunStore::run(size_t id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  WICK_CHECK_TYPE(IndexError, id < runs_.size() && !runs_[id].gone, "board: no run number ", id, "; it may have been removed");
  return runs_[id];
}
RunView RunStore::look_at(size_t id) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return runs_.at(id);
}
std::shared_ptr<logging::RunLog> RunStore::log(size_t id) {
  const std::string name = run(id).name;
  const std::shared_ptr<logging::RunLog> r = open(id, 10);
  WICK_CHECK(r, "board: ", name, " is still being read");
  return r;
}
std::shared_ptr<logging::RunLog> RunStore::open(size_t id, double seconds) {
  std::unique_lock<std::mutex> lock(mutex_);
  note_question();
  RunView& r = runs_.at(id);
  if (r.gone) return nullptr;
  r.used = ++turn_;
  if (r.log || seconds <= 0) return r.log;
  Waiting w;
  const auto place = waiting_.emplace(id, &w);
  queue_.push_front(id);
  if (r.state == RunView::listed) r.state = RunView::waiting;
  wanted_.notify_all();
  changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return stopping_ || w.log || r.gone; });
  waiting_.erase(place);
  return w.log;
}

void RunStore::note_question() {
  if (now() - asked_.exchange(now()) <= kWatched) return;
  look_now_ = true;  // nobody looked for a while, nor did the thread
  wanted_.notify_all();
}
void RunStore::want(const std::vector<size_t>& ids, double seconds) {
  std::unique_lock<std::mutex> lock(mutex_);
  note_question();
  const auto missing = [&] {
    return std::any_of(ids.begin(), ids.end(), [&](size_t id) { return id < runs_.size() && !runs_[id].gone && runs_[id].state != RunView::loaded; });
  };
  for (size_t k = ids.size(); k-- > 0;) {  // before those that others wait for
    const size_t id = ids[k];
    if (id >= runs_.size() || runs_[id].gone || runs_[id].state == RunView::loaded) continue;
    if (runs_[id].state == RunView::waiting) queue_.erase(std::remove(queue_.begin(), queue_.end(), id), queue_.end());
    runs_[id].state = RunView::waiting;
    queue_.push_front(id);
  }
  if (!missing()) return;
  wanted_.notify_all();
  if (seconds > 0) changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return stopping_ || !missing(); });
}

void RunStore::find_runs() {
  std::vector<Found> found;
  for (const std::string& root : roots_) {
    std::set<std::pair<dev_t, ino_t>> seen;
    std::string first = ".";
    if (roots_.size() > 1) {
      const fs::path p = fs::path(root).lexically_normal();
      first = (p.has_filename() ? p.filename() : p.parent_path().filename()).string();
      if (first.empty() || first == ".") first = root;
    }
    find(root, first, root, 0, seen, found);
  }
  std::sort(found.begin(), found.end());
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<bool> there(runs_.size());
  for (Found& f : found) {
    const auto [it, fresh] = ids_.emplace(f.folder, runs_.size());
    const size_t id = it->second;
    if (fresh) {
      runs_.emplace_back();
      there.push_back(false);
      runs_.back().id = id;
      runs_.back().name = f.name;
      runs_.back().folder = f.folder;
    }
    RunView& r = runs_[id];
    there[id] = true;
    if (fresh || r.gone || r.bytes != f.bytes || r.changed != f.changed) {
      if (r.gone || r.dropped) r.state = RunView::listed;  // read again when somebody asks; until then its old tags are told
      r.gone = false;
      r.bytes = f.bytes;
      r.changed = f.changed;
      r.version = ++version_;
    }
  }
  for (RunView& r : runs_)
    if (!there[r.id] && !r.gone) {
      r.gone = true;
      r.log = nullptr;
      r.dropped = nullptr;
      hold(r, 0);
      r.state = RunView::listed;
      r.version = ++version_;
    }
  changed_.notify_all();
}

bool RunStore::load_next() {
  std::shared_ptr<logging::RunLog> log;
  size_t id;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (queue_.empty() || stopping_) return false;
    id = queue_.front();
    queue_.pop_front();
    const RunView& r = runs_[id];
    if (r.gone || (r.state == RunView::loaded && waiting_.count(id) == 0)) return true;
    log = r.log ? r.log : std::make_shared<logging::RunLog>(r.folder, logging::ReadOptions().threads(1));
  }
  log->refresh();
  const logging::ReadStats stats = log->stats();
  const size_t tags = log->tags().size();
  const std::lock_guard<std::mutex> lock(mutex_);
  RunView& r = runs_[id];
  if (!r.dropped || r.dropped->stats.events != stats.events) r.version = ++version_;  // the same again is no news
  hold(r, stats.memory);
  r.log = log;
  r.dropped = nullptr;
  r.tags = tags;
  r.state = RunView::loaded;
  r.used = ++turn_;
  for (auto [it, end] = waiting_.equal_range(id); it != end; ++it) it->second->log = log;
  drop_some(id);
  changed_.notify_all();
  return true;
}

void RunStore::hold(RunView& r, uint64_t memory) {
  held_ += memory - r.memory;
  r.memory = memory;
}

// Those that nobody asked for longest, until the rest fits. An answer that is being made keeps its own until it is done.
void RunStore::drop_some(size_t but) {
  while (held_ > memory_) {
    RunView* oldest = nullptr;
    for (RunView& r : runs_)
      if (r.log && r.id != but && (!oldest || r.used < oldest->used)) oldest = &r;
    if (!oldest) return;
    oldest->dropped = std::make_shared<const RunTags>(RunTags{oldest->log->tags(), oldest->log->stats()});
    oldest->log = nullptr;
    hold(*oldest, 0);
  }
}

// What was written since, in runs that were read before.
void RunStore::follow() {
  for (const RunView& view : runs()) {
    if (view.gone || !view.log) continue;
    const int64_t more = view.log->refresh();
    const size_t tags = more > 0 ? view.log->tags().size() : 0;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_) return;
    if (RunView& r = runs_[view.id]; more > 0 && r.log == view.log) {
      r.tags = tags;
      r.version = ++version_;
      hold(r, r.log->stats().memory);
      drop_some(r.id);
    }
    if (!queue_.empty()) return;  // somebody waits; the rest the next time
  }
}

void RunStore::look() {
  auto next = std::chrono::steady_clock::now();
  for (;;) {
    while (load_next()) {
    }
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wanted_.wait_until(lock, next, [&] { return stopping_ || look_now_ || !queue_.empty(); });
      if (stopping_) return;
      if (!queue_.empty()) continue;
      look_now_ = false;
    }
    find_runs();
    follow();
    const bool watched = now() - asked_ < kWatched;
    next = std::chrono::steady_clock::now() + std::chrono::milliseconds(static_cast<int64_t>(1000 * (watched ? interval_ : std::max(interval_, 5.0))));
  }
}

}  // namespace wick::board
