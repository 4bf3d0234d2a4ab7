// What the index of a run holds.
#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <wick/core/str.h>

#include "log/columns.h"
#include "log/event_parse.h"
#include "log/record_scanner.h"

namespace wick::logging {

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

// The event files of a folder in the order of their names, and the folders in it.
void list_folder(const std::string& folder, std::vector<std::string>& files, std::vector<std::string>* folders);

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
  void pack();
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

}  // namespace v1
}  // namespace wick::logging
