// Histograms, pictures, sounds, texts, graphs, curves.
#include <algorithm>
#include <cmath>

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
