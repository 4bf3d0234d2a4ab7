#include <wick/log/event_reader.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <wick/core/str.h>

#include "log/event_parse.h"
#include "log/record_scanner.h"

namespace wick::logging {
namespace {

EventValue to_value(const ValueView& v) {
  EventValue r;
  r.tag = v.tag;
  r.kind = kind_of(v, EventKind::other);
  r.scalar = std::numeric_limits<double>::quiet_NaN();
  const MetadataView m = parse_metadata(v.metadata);
  r.plugin = m.plugin;
  r.plugin_content = m.content;
  bool single;
  if (v.field == ValueView::simple) r.scalar = v.simple_value;
  else if (r.kind == EventKind::scalar) r.scalar = scalar_of(v.content, single);
  r.message = v.content;
  return r;
}

}  // namespace

inline namespace v1 {

struct EventReader::Impl {
  RecordScanner scanner;
};

EventReader::EventReader(const std::string& path, ReadOptions options) : impl_(new Impl{RecordScanner(path, options)}) { WICK_CHECK(impl_->scanner.open(), "EventReader: cannot open ", path); }
EventReader::~EventReader() = default;
EventReader::EventReader(EventReader&&) noexcept = default;
EventReader& EventReader::operator=(EventReader&&) noexcept = default;
int64_t EventReader::damaged() const { return impl_->scanner.damaged(); }
uint64_t EventReader::position() const { return impl_->scanner.position(); }

std::optional<Event> EventReader::next() {
  std::string_view bytes;
  while (impl_->scanner.next(bytes)) {
    Event e;
    try {
      parse_event(bytes, e.wall_time, e.step, [&](const ValueView& v) { e.values.push_back(to_value(v)); },
                  [&](uint32_t field, std::string_view s) {
                    if (field == 3) e.file_version = s;
                    else if (field == 4) e.graph = s;
                    else if (protozero::pbf_reader log(s.data(), s.size()); log.next(1, protozero::pbf_wire_type::varint)) e.session_start = log.get_enum() == 1;
                  });
    } catch (const protozero::exception&) {
      impl_->scanner.count_damage();
      continue;
    }
    e.bytes = bytes;
    return e;
  }
  return std::nullopt;
}

std::vector<Event> read_events(const std::string& path, ReadOptions options) {
  EventReader reader(path, options);
  std::vector<Event> r;
  while (auto e = reader.next()) r.push_back(std::move(*e));
  return r;
}

}  // namespace v1
}  // namespace wick::logging
