#include "log/event_parse.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace wick::logging {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

struct Plugin { EventKind kind; const char* name; };
constexpr Plugin kPlugins[] = {{EventKind::scalar, "scalars"}, {EventKind::image, "images"}, {EventKind::histogram, "histograms"}, {EventKind::audio, "audio"}, {EventKind::text, "text"},
                               {EventKind::tensor, "tensor"}, {EventKind::pr_curve, "pr_curves"}, {EventKind::mesh, "mesh"}, {EventKind::hparams, "hparams"},
                               {EventKind::custom_scalars, "custom_scalars"}, {EventKind::other, "other"}};

}  // namespace

inline namespace v1 {
const char* name_of(EventKind kind) {
  return std::find_if(std::begin(kPlugins), std::end(kPlugins) - 1, [&](const Plugin& p) { return p.kind == kind; })->name;
}
}  // namespace v1

EventKind kind_of(std::string_view plugin) {
  return std::find_if(std::begin(kPlugins), std::end(kPlugins) - 1, [&](const Plugin& p) { return plugin == p.name; })->kind;
}

ValueView parse_value(std::string_view bytes) {
  ValueView v;
  constexpr auto bytes_type = pbf_wire_type::length_delimited;
  for (pbf_reader r(bytes.data(), bytes.size()); r.next();) {
    switch (r.tag_and_type()) {
      case tag_and_type(1, bytes_type): v.tag = view(r.get_view()); break;
      case tag_and_type(2, pbf_wire_type::fixed32):
        v.simple_value = r.get_float();
        v.field = ValueView::simple;
        break;
      case tag_and_type(4, bytes_type):
      case tag_and_type(5, bytes_type):
      case tag_and_type(6, bytes_type):
      case tag_and_type(8, bytes_type):
        v.field = static_cast<ValueView::Field>(r.tag());
        v.content = view(r.get_view());
        break;
      case tag_and_type(9, bytes_type): v.metadata = view(r.get_view()); break;
      default: r.skip();
    }
  }
  return v;
}

MetadataView parse_metadata(std::string_view bytes) {
  MetadataView m;
  for (pbf_reader r(bytes.data(), bytes.size()); r.next();) {
    if (r.wire_type() != pbf_wire_type::length_delimited) {
      r.skip();
      continue;
    }
    const auto field = r.tag();
    const std::string_view text = view(r.get_view());
    if (field == 2) m.display_name = text;
    if (field == 3) m.description = text;
    if (field != 1) continue;
    for (pbf_reader p(text.data(), text.size()); p.next();) {
      if (p.tag_and_type() == tag_and_type(1, pbf_wire_type::length_delimited)) m.plugin = view(p.get_view());
      else if (p.tag_and_type() == tag_and_type(2, pbf_wire_type::length_delimited)) m.content = view(p.get_view());
      else p.skip();
    }
  }
  return m;
}

EventKind kind_of(const ValueView& v, EventKind known) {
  switch (v.field) {
    case ValueView::simple: return EventKind::scalar;
    case ValueView::image: return EventKind::image;
    case ValueView::histogram: return EventKind::histogram;
    case ValueView::audio: return EventKind::audio;
    default: return v.metadata.empty() ? known : kind_of(parse_metadata(v.metadata).plugin);
  }
}

double scalar_of(std::string_view tensor, bool& is_single) {
  double value = std::numeric_limits<double>::quiet_NaN();
  int64_t type = 0;
  std::string_view raw;
  is_single = false;
  for (pbf_reader r(tensor.data(), tensor.size()); r.next();) {
    const auto field = r.tag();
    if (r.wire_type() == pbf_wire_type::length_delimited) {
      const std::string_view b = view(r.get_view());
      float single;
      if (field == 4) raw = b;
      if (field == 5 && b.size() >= 4) std::memcpy(&single, b.data(), 4), value = single, is_single = true;
      if (field == 6 && b.size() >= 8) std::memcpy(&value, b.data(), 8);
      if ((field == 7 || field == 10) && !b.empty()) {
        const char* p = b.data();
        value = static_cast<double>(static_cast<int64_t>(protozero::decode_varint(&p, b.data() + b.size())));
      }
    } else if (field == 1 && r.wire_type() == pbf_wire_type::varint) {
      type = r.get_int64();
    } else if (field == 5 && r.wire_type() == pbf_wire_type::fixed32) {
      value = r.get_float();
      is_single = true;
    } else if (field == 6 && r.wire_type() == pbf_wire_type::fixed64) {
      value = r.get_double();
    } else {
      r.skip();
    }
  }
  const auto load = [&](auto x) {
    if (raw.size() < sizeof x) return;
    std::memcpy(&x, raw.data(), sizeof x);
    value = static_cast<double>(x);
  };
  if (type == 1 && !raw.empty()) load(float{}), is_single = true;
  else if (type == 2) load(double{});
  else if (type == 3) load(int32_t{});
  else if (type == 9) load(int64_t{});
  return value;
}

}  // namespace wick::logging
