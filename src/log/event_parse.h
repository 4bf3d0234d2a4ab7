// Events as they are in memory: views into the bytes of a record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <protozero/pbf_reader.hpp>

#include <wick/log/event_reader.h>

namespace wick::logging {

// Throws protozero's exceptions for bytes that are no message.
struct ValueView {
  enum Field : uint8_t { none = 0, simple = 2, image = 4, histogram = 5, audio = 6, tensor = 8 };
  std::string_view tag, content, metadata;
  Field field = none;
  float simple_value = 0;
};
struct MetadataView {
  std::string_view plugin, content, display_name, description;
};

inline std::string_view view(protozero::data_view v) { return {v.data(), v.size()}; }

// Calls f(ValueView) for each value; `other(field, bytes)` for the other contents of an event.
template <class F, class Other>
void parse_event(std::string_view bytes, double& wall_time, int64_t& step, const F& f, const Other& other);

ValueView parse_value(std::string_view bytes);
MetadataView parse_metadata(std::string_view bytes);
EventKind kind_of(std::string_view plugin);
// The kind of a value whose metadata, if it has none itself, are those of an earlier one.
EventKind kind_of(const ValueView& v, EventKind known);
// The number in a scalar's tensor, NaN if there is none.
double scalar_of(std::string_view tensor, bool& is_single);

template <class F, class Other>
void parse_event(std::string_view bytes, double& wall_time, int64_t& step, const F& f, const Other& other) {
  wall_time = 0;
  step = 0;
  std::string_view summary;
  for (protozero::pbf_reader e(bytes.data(), bytes.size()); e.next();) {
    switch (e.tag_and_type()) {
      case protozero::tag_and_type(1, protozero::pbf_wire_type::fixed64): wall_time = e.get_double(); break;
      case protozero::tag_and_type(2, protozero::pbf_wire_type::varint): step = e.get_int64(); break;
      case protozero::tag_and_type(5, protozero::pbf_wire_type::length_delimited): summary = view(e.get_view()); break;
      case protozero::tag_and_type(3, protozero::pbf_wire_type::length_delimited): other(3u, view(e.get_view())); break;
      case protozero::tag_and_type(4, protozero::pbf_wire_type::length_delimited): other(4u, view(e.get_view())); break;
      case protozero::tag_and_type(7, protozero::pbf_wire_type::length_delimited): other(7u, view(e.get_view())); break;
      default: e.skip();
    }
  }
  for (protozero::pbf_reader s(summary.data(), summary.size()); s.next();) {
    if (s.tag_and_type() == protozero::tag_and_type(1, protozero::pbf_wire_type::length_delimited)) f(parse_value(view(s.get_view())));
    else s.skip();
  }
}

}  // namespace wick::logging
