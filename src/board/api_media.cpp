// Histograms, pictures, sounds, texts, graphs, curves.
#include <algorithm>
#include <cmath>

#include <protozero/pbf_reader.hpp>

#include <wick/core/error.h>
#include <wick/core/str.h>
#include <wick/ops.h>

#include "board/api.h"

namespace wick::board {

using logging::EventKind;

namespace {

// `n` of `total`, evenly, with the first and the last.
std::vector<size_t> spread(size_t total, size_t n) {
  std::vector<size_t> r;
  if (total <= n) n = total;
  for (size_t k = 0; k < n; ++k) r.push_back(n == 1 ? total - 1 : k * (total - 1) / (n - 1));
  return r;
}

// Counts between other edges, as if values were even within each bin. Bins without width, and those that reach infinity, go where their finite end is.
std::vector<double> rebin(const logging::HistogramData& h, double low, double high, size_t bins) {
  std::vector<double> r(bins);
  const double scale = static_cast<double>(bins) / (high - low);
  const auto index = [&](double v) { return static_cast<size_t>(std::clamp((v - low) * scale, 0.0, static_cast<double>(bins) - 1)); };
  for (size_t i = 0; i < h.counts.size(); ++i) {
    if (!(h.counts[i] > 0)) continue;
    const double a = std::max({h.edges[i], h.min, low}), b = std::min({h.edges[i + 1], h.max, high});
    if (!(b > a)) {
      r[index(std::isfinite(a) ? a : b)] += h.counts[i];
      continue;
    }
    for (size_t k = index(a); k <= index(b); ++k) {
      const double left = low + static_cast<double>(k) / scale, right = left + 1 / scale;
      r[k] += h.counts[i] * std::max(0.0, std::min(b, right) - std::max(a, left)) / (b - a);
    }
  }
  return r;
}

std::string picture_type(const std::string& bytes) {
  if (bytes.compare(0, 8, "\x89PNG\r\n\x1a\n", 8) == 0) return "image/png";
  if (bytes.compare(0, 3, "\xff\xd8\xff") == 0) return "image/jpeg";
  if (bytes.compare(0, 4, "GIF8") == 0) return "image/gif";
  if (bytes.compare(0, 2, "BM") == 0) return "image/bmp";
  if (bytes.size() > 12 && bytes.compare(0, 4, "RIFF") == 0 && bytes.compare(8, 4, "WEBP") == 0) return "image/webp";
  return "";  // an SVG could hold a program
}
std::string sound_type(const std::string& bytes) {
  if (bytes.compare(0, 4, "RIFF") == 0) return "audio/wav";
  if (bytes.compare(0, 4, "OggS") == 0) return "audio/ogg";
  if (bytes.compare(0, 4, "fLaC") == 0) return "audio/flac";
  if (bytes.compare(0, 3, "ID3") == 0 || (bytes.size() > 1 && bytes[0] == '\xff' && (bytes[1] & 0xe0) == 0xe0)) return "audio/mpeg";
  return "";
}

Reply bytes_reply(std::string bytes, const std::string& type, const Query& q, const std::string& tag) {
  Reply r;
  r.type = type;
  r.body = std::move(bytes);
  r.forever = q.has("v");  // the page says which server and version it means
  if (q.has("save")) r.file_name = file_name_of(tag, ("." + type.substr(type.find('/') + 1)).c_str());
  return r;
}

}  // namespace

Reply Api::histogram(const Query& q) {
  const Place p = place(q, EventKind::histogram);
  const auto bins = static_cast<size_t>(q.integer("bins", 60, 5, 400));
  const logging::Points all = p.log->points(p.tag.index);
  std::vector<size_t> which = spread(all.steps.size(), static_cast<size_t>(q.integer("n", 60, 1, 400)));
  if (q.has("point")) which = {p.point};
  std::vector<logging::HistogramData> read;
  Json steps = Json::array(), times = Json::array(), counts = Json::array();
  double low = INFINITY, high = -INFINITY;
  for (const size_t i : which) {
    read.push_back(p.log->histogram(p.tag.index, i));
    logging::HistogramData& h = read.back();
    if (h.edges.size() != h.counts.size() + 1) h.edges.clear(), h.counts.clear();
    if (!std::isfinite(h.min) || !std::isfinite(h.max)) {
      h.min = -INFINITY, h.max = INFINITY;
      for (const double e : h.edges)
        if (std::isfinite(e) && std::abs(e) < 1e300) h.min = std::isfinite(h.min) ? std::min(h.min, e) : e, h.max = std::isfinite(h.max) ? std::max(h.max, e) : e;
    }
    if (std::isfinite(h.min)) low = std::min(low, h.min);
    if (std::isfinite(h.max)) high = std::max(high, h.max);
    steps.push_back(all.steps.at(i));
    times.push_back(all.times.at(i));
    counts.push_back(number(h.num));
  }
  if (!(low <= high)) low = 0, high = 1;
  if (low == high) low -= std::max(1e-6, std::abs(low) * 0.01), high += std::max(1e-6, std::abs(high) * 0.01);
  Columns columns;
  for (const auto& h : read) columns.add(rebin(h, low, high, bins));
  return columns.reply({{"steps", steps}, {"times", times}, {"counts", counts}, {"low", low}, {"high", high}, {"bins", bins}, {"total", all.steps.size()}});
}

Reply Api::picture(const Query& q) {
  const Place p = place(q, EventKind::image);
  logging::ImageData image = p.log->image(p.tag.index, p.point, static_cast<size_t>(q.integer("number", 0, 0, 1e6)));
  const std::string type = picture_type(image.bytes);
  WICK_CHECK_TYPE(ValueError, !type.empty(), "board: ", p.tag.tag, " holds no PNG, JPEG, GIF, BMP or WebP picture here");
  return bytes_reply(std::move(image.bytes), type, q, p.tag.tag);
}

Reply Api::sound(const Query& q) {
  const Place p = place(q, EventKind::audio);
  logging::AudioData sound = p.log->audio(p.tag.index, p.point, static_cast<size_t>(q.integer("number", 0, 0, 1e6)));
  const std::string type = sound_type(sound.bytes);
  WICK_CHECK_TYPE(ValueError, !type.empty(), "board: ", p.tag.tag, " holds no WAV, Ogg, FLAC or MP3 sound here");
  return bytes_reply(std::move(sound.bytes), type, q, p.tag.tag);
}

Reply Api::texts(const Query& q) {
  const Place p = place(q, EventKind::text);
  return json_reply({{"texts", p.log->texts(p.tag.index, p.point)}});
}

// Of a tensor of any kind: its shape, what its numbers are like, and the first of them.
Reply Api::tensor(const Query& q) {
  const std::string kind = q.text("kind", "tensor");
  WICK_CHECK_TYPE(ValueError, kind == "tensor" || kind == "mesh", "board: no tensors of the kind ", kind.substr(0, 40));
  const Place p = place(q, kind == "mesh" ? EventKind::mesh : EventKind::tensor);
  const Tensor read = p.log->tensor(p.tag.index, p.point);
  WICK_CHECK_TYPE(ValueError, !read.is_complex() && read.numel() <= (int64_t{1} << 26), "board: ", p.tag.tag, " holds ", read.numel(), " numbers, or complex ones");
  const Tensor t = read.to(kDouble).contiguous();
  const double* v = t.data_ptr<double>();
  double low = INFINITY, high = -INFINITY, sum = 0, squares = 0, finite = 0;
  for (int64_t i = 0; i < t.numel(); ++i) {
    if (!std::isfinite(v[i])) continue;
    low = std::min(low, v[i]), high = std::max(high, v[i]), sum += v[i];
    ++finite;
  }
  for (int64_t i = 0; i < t.numel(); ++i)
    if (std::isfinite(v[i])) squares += (v[i] - sum / finite) * (v[i] - sum / finite);
  const int64_t kept = std::min(t.numel(), q.integer("most", 1 << 22, 1, 1 << 22));
  Columns columns;
  columns.add(std::vector<double>(v, v + kept));
  return columns.reply({{"shape", std::vector<int64_t>(read.sizes().begin(), read.sizes().end())}, {"type", str(read.scalar_type())}, {"kept", kept}, {"min", number(low)}, {"max", number(high)},
                        {"mean", number(sum / finite)}, {"deviation", number(std::sqrt(squares / finite))}, {"odd", t.numel() - static_cast<int64_t>(finite)}});
}

namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;

// f(field, bytes) for fields of a message that are messages or texts themselves.
template <class F>
void each_part(const std::string& message, F&& f) {
  for (pbf_reader r(message); r.next();) {
    const uint32_t field = r.tag();  // there is none any more when the view was taken
    if (r.wire_type() != pbf_wire_type::length_delimited) r.skip();
    else f(field, std::string(r.get_view()));
  }
}

// Layout (tensorboard/plugins/custom_scalar/layout.proto).
Json decode_layout(const std::string& bytes) {
  Json categories = Json::array();
  each_part(bytes, [&](uint32_t field, const std::string& category) {
    if (field != 2) return;
    Json charts = Json::array();
    std::string name;
    each_part(category, [&](uint32_t of_category, const std::string& chart) {
      if (of_category == 1) name = chart;
      if (of_category != 2) return;
      Json one = {{"title", ""}, {"tags", Json::array()}, {"series", Json::array()}};
      each_part(chart, [&](uint32_t of_chart, const std::string& content) {
        if (of_chart == 1) one["title"] = content;
        if (of_chart != 2 && of_chart != 3) return;
        each_part(content, [&](uint32_t of_content, const std::string& part) {
          if (of_content != 1) return;
          if (of_chart == 2) return void(one["tags"].push_back(part));
          Json series = {"", "", ""};
          each_part(part, [&](uint32_t k, const std::string& tag) { if (k >= 1 && k <= 3) series[k - 1] = tag; });
          one["series"].push_back(std::move(series));
        });
      });
      charts.push_back(std::move(one));
    });
    categories.push_back({{"title", name}, {"charts", std::move(charts)}});
  });
  return categories;
}

}  // namespace

// The charts that runs want (add_custom_scalars), equal layouts once.
Reply Api::layouts(const Query& q) {
  Json list = Json::array(), waiting = Json::array();
  Patience patience(2);
  for (const size_t id : asked_runs(q)) {
    const RunView r = runs_.look_at(id);
    if (r.gone) continue;
    if (!r.known()) {
      waiting.push_back(id);
      continue;
    }
    for (const logging::TagInfo& t : r.all_tags()) {
      if (t.kind != EventKind::custom_scalars || t.count == 0) continue;
      const auto log = open(r, patience);
      if (!log) {
        waiting.push_back(id);
        break;
      }
      try {
        for (const std::string& text : log->texts(t.index, t.count - 1)) {
          const Json layout = decode_layout(text);
          const auto same = std::find_if(list.begin(), list.end(), [&](const Json& one) { return one["categories"] == layout; });
          if (same != list.end()) (*same)["runs"].push_back(id);
          else list.push_back({{"runs", {id}}, {"categories", layout}});
        }
      } catch (const std::exception& e) {  // a damaged layout, or a file that changed: the others are shown
        list.push_back({{"runs", {id}}, {"categories", Json::array()}, {"failed", std::string(e.what()).substr(0, 300)}});
      }
    }
  }
  return json_reply({{"layouts", list}, {"waiting", waiting}});
}

Reply Api::graph(const Query& q) {
  const auto log = runs_.log(static_cast<size_t>(q.integer("run", 0, 0, 1e9)));
  const auto nodes = log->graph();
  constexpr size_t kMost = 50000;
  Json list = Json::array();
  for (size_t i = 0; i < std::min(nodes.size(), kMost); ++i) {
    const logging::GraphNode& n = nodes[i];
    list.push_back({n.name, n.op, n.inputs, n.shapes, n.attributes.substr(0, 2000)});
  }
  return json_reply({{"nodes", list}, {"total", nodes.size()}});
}

// Rows: true and false positives, true and false negatives, precision, recall.
Reply Api::curves(const Query& q) {
  const Place p = place(q, EventKind::pr_curve);
  const Tensor t = p.log->tensor(p.tag.index, p.point).to(kDouble).contiguous();
  WICK_CHECK_TYPE(ValueError, t.dim() == 2 && t.size(0) == 6 && t.size(1) <= 100000, "board: a curve of the shape ", t.sizes(), " instead of [6, thresholds]");
  Columns columns;
  columns.add(std::vector<double>(t.data_ptr<double>(), t.data_ptr<double>() + t.numel()));
  return columns.reply({{"thresholds", t.size(1)}});
}

}  // namespace wick::board
