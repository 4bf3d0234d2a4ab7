#include "log/run_index.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>

namespace wick::logging {

static bool is_event_file(std::string_view name) { return name.find("tfevents") != std::string_view::npos; }

// In the order in which they were begun: the writers of one process count up at the end of the name, and the tenth comes after the ninth.
static bool begun_before(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto number = [&](std::string_view s, size_t from) {
    size_t end = from;
    while (end < s.size() && digit(s[end])) ++end;
    while (from + 1 < end && s[from] == '0') ++from;
    return s.substr(from, end - from);
  };
  size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  while (i > 0 && digit(a[i - 1])) --i;  // the whole number
  const bool numbers = i < a.size() && i < b.size() && digit(a[i]) && digit(b[i]);
  const std::string_view x = numbers ? number(a, i) : std::string_view(), y = numbers ? number(b, i) : std::string_view();
  return x == y ? a < b : x.size() == y.size() ? x < y : x.size() < y.size();
}

void list_folder(const std::string& folder, std::vector<std::string>& files, std::vector<std::string>* folders) {
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
  std::sort(files.begin(), files.end(), begun_before);
  if (folders) std::sort(folders->begin(), folders->end());
}

inline namespace v1 {

void RunLog::Impl::find_files() {
  std::vector<std::string> found;
  list_folder(folder, found, nullptr);
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
  if (events > 0) pack();
  return events;
}

// What is read to its end takes no more room than it needs.
void RunLog::Impl::pack() {
  constexpr uint64_t kTag = sizeof(Series) + 160;  // with its places in both tables
  stats.memory = 0;
  for (Series& s : series) {
    s.scalars.pack();
    stats.memory += kTag + s.tag.size() + s.metadata.size() + s.scalars.memory() + s.places.memory();
  }
}

void RunLog::Impl::take(std::string_view record, size_t file, uint64_t at) {
  double time;
  int64_t step;
  parse_event(record, time, step, [&](const ValueView& v) { take_value(v, step, time, file, at, record.data()); },
              [&](uint32_t field, std::string_view s) {
                if (field == 4) graph = Place{at + static_cast<uint64_t>(s.data() - record.data()), file, static_cast<uint32_t>(s.size())};
                if (field == 7)
                  if (protozero::pbf_reader session(s.data(), s.size()); session.next(1, protozero::pbf_wire_type::varint) && session.get_enum() == 1) purge(step);
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
  if (!v.metadata.empty()) parse_metadata(v.metadata);  // damaged ones are found out before they are kept
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

}  // namespace v1
}  // namespace wick::logging
