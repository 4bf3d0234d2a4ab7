#include "log/summary.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/core/warning.h>
#include <wick/ops.h>

#include "log/wire.h"

namespace wick::logging {
namespace {

enum Type { kTypeFloat = 1, kTypeDouble = 2, kTypeString = 7 };

// Event.summary with these values.
std::string summary(const std::vector<std::string>& values) {
  Message s;
  for (const std::string& v : values) s.message(1, v);
  return Message().message(5, s.take());
}
// Summary.Value: a field with the content; or a tensor with what its plugin keeps.
std::string value(std::string_view tag, uint32_t field, const std::string& content) { return Message().text(1, tag).message(field, content); }
std::string plugin_value(std::string_view tag, const std::string& tensor, std::string_view plugin, const std::string& content = "") {
  Message v;
  v.text(1, tag);
  if (!tensor.empty()) v.message(8, tensor);
  return v.message(9, Message().message(1, Message().text(1, plugin).text(2, content))).take();
}
std::string shape(IntArrayRef sizes) {
  Message s;
  for (const int64_t n : sizes) s.message(2, Message().integer(1, n));
  return s.take();
}
std::string float_tensor(const Tensor& t, bool with_shape = true) {
  const Tensor v = t.detach().to(kFloat).contiguous();
  const float* p = v.data_ptr<float>();
  Message m;
  m.integer(1, kTypeFloat);
  if (with_shape) m.message(2, shape(v.sizes()));
  return m.reals32(5, p, p + v.numel()).take();
}

}  // namespace

std::string scalar_event(std::string_view tag, double x, bool double_precision) {
  Message t;
  const float single = static_cast<float>(x);
  if (double_precision) t.integer(1, kTypeDouble).reals(6, &x, &x + 1);
  else t.integer(1, kTypeFloat).reals32(5, &single, &single + 1);
  return summary({plugin_value(tag, t.take(), "scalars")});
}

namespace {

// PyTorch's table of types: which number each has, in which field its values go, and as what.
struct TensorType { ScalarType type; int number; uint32_t field; };
constexpr TensorType kTensorTypes[] = {{kHalf, 19, 13}, {kBFloat16, 14, 13}, {kFloat, 1, 5}, {kDouble, 2, 6}, {kChar, 6, 7}, {kByte, 4, 16}, {kShort, 5, 7}, {kInt, 3, 7}, {kLong, 9, 10},
                                       {kBool, 10, 11}, {kComplexFloat, 8, 9}, {kComplexDouble, 18, 12}};

}  // namespace

std::string tensor_event(const std::string& tag, const Tensor& given) {
  WICK_CHECK_TYPE(ValueError, given.defined(), "add_tensor: an undefined tensor");
  WICK_CHECK_TYPE(ValueError, given.nbytes() < (size_t{1} << 31), "add_tensor: protobuf holds less than 2 GB, got ", given.nbytes(), " bytes");
  const NoGradGuard off;
  const auto* type = std::find_if(std::begin(kTensorTypes), std::end(kTensorTypes), [&](const TensorType& t) { return t.type == given.scalar_type(); });
  WICK_CHECK_TYPE(ValueError, type != std::end(kTensorTypes), "add_tensor: no place for ", given.scalar_type());
  Message m;
  m.integer(1, type->number).message(2, shape(given.sizes()));
  Tensor t = given.detach();
  if (t.is_complex()) t = view_as_real(t.resolve_conj());
  const auto field = type->field;
  if (field == 5 || field == 9 || field == 13) {
    t = t.to(kFloat).contiguous();
    const float* p = t.data_ptr<float>();
    const auto* bits = reinterpret_cast<const int32_t*>(p);  // half_val holds float32's bits, as PyTorch writes it
    if (field == 13) m.integers(field, bits, bits + t.numel());
    else m.reals32(field, p, p + t.numel());
  } else if (field == 6 || field == 12) {
    t = t.to(kDouble).contiguous();
    const double* p = t.data_ptr<double>();
    m.reals(field, p, p + t.numel());
  } else {
    t = t.to(kLong).contiguous();
    const int64_t* p = t.data_ptr<int64_t>();
    m.integers(field, p, p + t.numel());
  }
  return summary({plugin_value(tag, m.take(), "tensor")});
}

std::string histogram_event(const std::string& tag, const Histogram& h) {
  Message m;
  m.real(1, h.min).real(2, h.max).real(3, h.num).real(4, h.sum).real(5, h.sum_squares);
  m.reals(6, h.limits.begin(), h.limits.end()).reals(7, h.counts.begin(), h.counts.end());
  return summary({value(tag, 5, m.take())});
}

std::string image_event(const std::string& tag, int64_t height, int64_t width, int64_t channels, const std::string& file) {
  return summary({value(tag, 4, Message().integer(1, height).integer(2, width).integer(3, channels).text(4, file))});
}

std::string audio_event(const std::string& tag, const Tensor& given, int64_t rate) {
  const NoGradGuard off;
  WICK_CHECK_TYPE(TypeError, given.defined() && !given.is_complex(), "add_audio: sound is real numbers");
  Tensor t = given.detach().squeeze();
  WICK_CHECK_TYPE(ValueError, t.dim() == 1 && t.numel() > 0, "add_audio: sound has one dimension that is larger than 1, got ", given.sizes());
  if (t.scalar_type() != kDouble) t = t.to(kFloat);
  if (t.abs().max().item<double>() > 1) {
    warn("add_audio: sound beyond -1 to 1 is cut off");
    t = t.clamp(-1, 1);
  }
  t = t.mul(32767).to(kShort).contiguous();
  const auto bytes = static_cast<uint32_t>(t.nbytes());
  std::string wav;
  const auto put = [&](uint32_t v, int n) { wav.append(reinterpret_cast<const char*>(&v), static_cast<size_t>(n)); };
  wav += "RIFF";
  put(36 + bytes, 4);
  wav += "WAVEfmt ";
  put(16, 4);
  put(1, 2);  // PCM
  put(1, 2);
  put(static_cast<uint32_t>(rate), 4);
  put(static_cast<uint32_t>(2 * rate), 4);
  put(2, 2);
  put(16, 2);
  wav += "data";
  put(bytes, 4);
  wav.append(static_cast<const char*>(t.data_ptr()), bytes);
  return summary({value(tag, 6, Message().real32(1, static_cast<float>(rate)).integer(2, 1).integer(3, t.numel()).text(4, wav).text(5, "audio/wav"))});
}

std::string text_event(const std::string& tag, const std::string& text) {
  const int64_t one[] = {1};
  return summary({plugin_value(tag + "/text_summary", Message().integer(1, kTypeString).message(2, shape(one)).text(8, text, true), "text")});
}

std::string pr_curve_event(const std::string& tag, const Tensor& rows, int64_t thresholds) {
  return summary({plugin_value(tag, float_tensor(rows), "pr_curves", Message().integer(2, thresholds))});
}

Tensor pr_curve(const Tensor& labels, const Tensor& predictions, int64_t thresholds, const Tensor& weights) {
  const NoGradGuard off;
  WICK_CHECK_TYPE(ValueError, labels.defined() && predictions.defined() && labels.numel() == predictions.numel() && thresholds > 1,
                  "add_pr_curve: as many labels as predictions and at least 2 thresholds are needed");
  WICK_CHECK_TYPE(ValueError, !weights.defined() || weights.numel() == labels.numel() || weights.numel() == 1, "add_pr_curve: ", weights.numel(), " weights for ", labels.numel(), " labels");
  const double last = static_cast<double>(thresholds - 1);
  Tensor p = predictions.detach().flatten();
  if (!p.is_floating_point()) p = p.to(kDouble);
  p = p.mul(thresholds - 1).floor().to(kDouble).contiguous();
  const Tensor l = labels.detach().flatten().to(kDouble).contiguous(), w = (weights.defined() ? weights.detach().flatten().to(kDouble) : ones({1}, kDouble)).expand({l.numel()}).contiguous();
  const Tensor rows = zeros({6, thresholds}, kDouble);
  double* const r = rows.data_ptr<double>();
  double *tp = r, *fp = r + thresholds, *tn = fp + thresholds, *fn = tn + thresholds, *precision = fn + thresholds, *recall = precision + thresholds;
  for (int64_t i = 0; i < l.numel(); ++i) {
    const double x = p.data_ptr<double>()[i], y = l.data_ptr<double>()[i], weight = w.data_ptr<double>()[i];
    if (!(x >= 0 && x <= last)) continue;
    // numpy.histogram of whole numbers in as many bins, whose edges are a little closer to each other.
    const double step = last / static_cast<double>(thresholds);
    int64_t k = std::min(thresholds - 1, static_cast<int64_t>(x / last * static_cast<double>(thresholds)));
    if (x < static_cast<double>(k) * step) --k;
    else if (k != thresholds - 1 && x >= static_cast<double>(k + 1) * step) ++k;
    tp[k] += y * weight;
    fp[k] += (1 - y) * weight;
  }
  for (int64_t k = thresholds - 2; k >= 0; --k) {
    tp[k] += tp[k + 1];
    fp[k] += fp[k + 1];
  }
  for (int64_t k = 0; k < thresholds; ++k) {
    tn[k] = fp[0] - fp[k];
    fn[k] = tp[0] - tp[k];
    precision[k] = tp[k] / std::max(1e-7, tp[k] + fp[k]);
    recall[k] = tp[k] / std::max(1e-7, tp[k] + fn[k]);
  }
  return rows;
}

std::string custom_scalars_event(const ChartLayout& layout) {
  Message l;
  for (const auto& [title, charts] : layout) {
    Message category;
    category.text(1, title);
    for (const Chart& c : charts) {
      Message chart, content;
      if (c.kind == Chart::margin) {
        WICK_CHECK_TYPE(ValueError, c.tags.size() == 3, "add_custom_scalars: a margin chart has 3 tags (value, lower, upper), got ", c.tags.size(), " for '", c.title, "'");
        content.message(1, Message().text(1, c.tags[0]).text(2, c.tags[1]).text(3, c.tags[2]));
      } else {
        for (const std::string& t : c.tags) content.text(1, t, true);
      }
      category.message(2, chart.text(1, c.title).message(c.kind == Chart::margin ? 3 : 2, content.take()).take());
    }
    l.message(2, category.take());
  }
  return summary({plugin_value("custom_scalars__config__", Message().integer(1, kTypeString).message(2, "").text(8, l.take(), true), "custom_scalars")});
}

std::string mesh_event(const std::string& tag, const Tensor& vertices, const Tensor& colors, const Tensor& faces, const std::string& config) {
  const struct { const Tensor& t; const char* name; int type; } parts[] = {{vertices, "VERTEX", 1}, {faces, "FACE", 2}, {colors, "COLOR", 3}};
  int64_t components = 0;
  for (const auto& p : parts) {
    if (!p.t.defined()) continue;
    WICK_CHECK_TYPE(ValueError, p.t.dim() == 3 && p.t.size(2) == 3, "add_mesh: ", p.name, " has the shape [B, N, 3], got ", p.t.sizes());
    components |= int64_t{1} << p.type;
  }
  WICK_CHECK_TYPE(ValueError, vertices.defined(), "add_mesh: vertices are needed");
  std::vector<std::string> values;
  for (const auto& p : parts) {
    if (!p.t.defined()) continue;
    const auto sizes = p.t.sizes();
    const std::string content = Message().text(2, tag).integer(3, p.type).text(5, config).integers(6, sizes.begin(), sizes.end()).integer(7, components);
    values.push_back(plugin_value(str(tag, "_", p.name), float_tensor(p.t), "mesh", content));
  }
  return summary(values);
}

namespace {

// google.protobuf.Value. PyTorch writes truths as numbers, since Python's are.
std::string struct_value(const HParam& v) {
  if (const auto* s = std::get_if<std::string>(&v)) return Message().text(3, *s, true);
  return Message().real(2, std::holds_alternative<bool>(v) ? std::get<bool>(v) : std::get<double>(v), true);
}
bool is_text(const HParam& v) { return std::holds_alternative<std::string>(v); }

std::string hparams_value(const char* tag, const std::string& content) { return plugin_value(str("_hparams_/", tag), "", "hparams", content); }

}  // namespace

std::vector<std::string> hparams_events(const HParams& h, const std::vector<std::pair<std::string, double>>& metrics, const std::map<std::string, std::vector<HParam>>& discrete) {
  Message start, experiment;
  for (const auto& [name, list] : discrete) {
    const auto& e = h.entries();
    const auto at = std::find_if(e.begin(), e.end(), [&, &n = name](const HParams::Entry& x) { return x.name == n; });
    WICK_CHECK_TYPE(TypeError, at != e.end(), "add_hparams: '", name, "' has values to choose from and none that was chosen");
    for (const HParam& v : list) WICK_CHECK_TYPE(TypeError, v.index() == at->value.index(), "add_hparams: the values of '", name, "' are of the type of the one that was chosen");
  }
  for (const auto& [name, v] : h.entries()) {
    start.message(1, Message().text(1, name).message(2, struct_value(v)));
    Message info;
    info.text(1, name).integer(4, is_text(v) ? 1 : 3);
    if (const auto found = discrete.find(name); found != discrete.end()) {
      Message list;
      for (const HParam& x : found->second) list.message(1, struct_value(x));
      info.message(5, list.take());
    }
    experiment.message(4, info.take());
  }
  for (const auto& [name, v] : metrics) experiment.message(5, Message().message(1, Message().text(2, name)));
  return {summary({hparams_value("experiment", Message().message(2, experiment.take()))}), summary({hparams_value("session_start_info", Message().message(3, start.take()))}),
          summary({hparams_value("session_end_info", Message().message(4, Message().integer(1, 1)))})};
}

std::vector<Picture> video_frames(const Tensor& given) {
  WICK_CHECK_TYPE(ValueError, given.defined() && given.dim() == 5 && given.numel() > 0, "add_video: a video has the shape [N, T, C, H, W], got ", given.defined() ? str(given.sizes()) : "nothing");
  const NoGradGuard off;
  Tensor v = given.detach();
  const int64_t n = v.size(0), t = v.size(1), c = v.size(2), h = v.size(3), w = v.size(4);
  WICK_CHECK_TYPE(ValueError, c == 1 || c == 3, "add_video: pictures have 1 or 3 channels, got ", c);
  int64_t log2 = 0, padded = 1;
  while ((n >> log2) > 1) ++log2;
  while (padded < n) padded *= 2;
  if (padded > n) v = cat({v, zeros({padded - n, t, c, h, w}, v.scalar_type())});
  const int64_t rows = int64_t{1} << (log2 / 2), columns = padded / rows;
  v = v.reshape({rows, columns, t, c, h, w}).permute({2, 3, 0, 4, 1, 5}).reshape({t, c, rows * h, columns * w});
  std::vector<Picture> frames;
  for (int64_t i = 0; i < t; ++i) frames.push_back(to_picture(c == 1 ? v[i].expand({3, rows * h, columns * w}) : v[i], "add_video"));
  return frames;
}

}  // namespace wick::logging
