#include <wick/debug/pictures.h>

#include <algorithm>
#include <cmath>

#include <wick/core/error.h>
#include <wick/core/grad_mode.h>
#include <wick/core/str.h>
#include <wick/nn/vision.h>
#include <wick/ops.h>

namespace wick::debug::inline v1 {
namespace {

namespace F = nn::functional;

// Through the colours at equal distances, for values from 0 to 1: [...] to [3, ...].
Tensor coloured(const Tensor& unit, const std::vector<double>& stops) {
  const auto n = static_cast<int64_t>(stops.size() / 3);
  const Tensor table = tensor(stops, TensorOptions(kDouble)).reshape({n, 3}).t();
  const Tensor place = unit.nan_to_num(0).clamp(0, 1) * (n - 1), low = place.floor().clamp_max(n - 2), part = place - low;
  std::vector<Tensor> channels;
  for (int64_t c = 0; c < 3; ++c) {
    const Tensor from = table[c].take(low.to(kLong)), to = table[c].take(low.to(kLong) + 1);
    channels.push_back(from + (to - from) * part);
  }
  return stack(channels);
}
Tensor coloured(const Tensor& unit, bool symmetric) {
  if (symmetric) return coloured(unit, {0.1, 0.25, 0.65, 0.55, 0.72, 0.92, 1, 1, 1, 0.95, 0.62, 0.5, 0.7, 0.05, 0.15});
  return coloured(unit, {0, 0, 0, 0.35, 0, 0.25, 0.8, 0.15, 0.1, 1, 0.6, 0, 1, 0.95, 0.35, 1, 1, 1});
}
// To 0 to 1: by the range over dimensions `over`.
Tensor to_unit(const Tensor& v, const std::vector<int64_t>& over, bool symmetric) {
  const Tensor finite = v.nan_to_num(0, 0, 0);
  if (symmetric) return v / (finite.abs().amax(over, true) * 2).clamp_min(1e-300) + 0.5;
  const Tensor low = finite.amin(over, true), range = finite.amax(over, true) - low;
  return (v - low) / where(range.gt(0), range, ones_like(range));
}
Tensor bytes(const Tensor& unit) { return (unit.clamp(0, 1) * 255).round().to(kByte).contiguous(); }
Tensor enlarged(const Tensor& picture, int64_t scale) { return scale == 1 ? picture : picture.repeat_interleave(scale, -2).repeat_interleave(scale, -1); }
Tensor numbers(const Tensor& t, const char* call) {
  WICK_CHECK_TYPE(ValueError, t.defined() && !t.is_complex() && t.numel() > 0, call, ": takes values that are real and at least one, got ", t.defined() ? str(t.sizes()) : "nothing");
  return t.detach().to(kDouble);
}
// A picture [c, H, W] as three channels from 0 to 1.
Tensor three(const Tensor& t, const char* call) {
  const Tensor p = numbers(t, call) / (t.scalar_type() == kByte ? 255.0 : 1.0);
  const int64_t c = p.dim() >= 3 ? p.size(-3) : 0;
  WICK_CHECK_TYPE(ValueError, c == 1 || c == 3, call, ": a picture has 1 or 3 channels, got ", t.sizes());
  auto sizes = p.sizes().vec();
  sizes[sizes.size() - 3] = 3;
  return p.expand(sizes);
}

}  // namespace

Tensor heat(const Tensor& values, bool symmetric) {
  const NoGradGuard off;
  const Tensor v = numbers(values, "heat");
  WICK_CHECK_TYPE(ValueError, v.dim() == 2, "heat: takes [h, w], got ", v.sizes());
  return bytes(coloured(to_unit(v, {0, 1}, symmetric), symmetric));
}
Tensor grid(const Tensor& maps, GridOptions o) {
  const NoGradGuard off;
  Tensor m = numbers(maps, "grid");
  WICK_CHECK_TYPE(ValueError, (m.dim() == 3 || m.dim() == 4) && o.scale() >= 1 && o.padding() >= 0 && o.columns() >= 0, "grid: takes [n, h, w] or [n, 1 or 3, h, w], a scale of at least 1, got ", maps.sizes(), " and ", o.scale());
  const int64_t n = m.size(0);
  if (m.dim() == 4) {
    m = three(maps, "grid");
    if (o.each()) m = to_unit(m, {1, 2, 3}, o.symmetric());
    else if (o.symmetric()) m = to_unit(m, {0, 1, 2, 3}, true);
  } else {
    m = coloured(to_unit(m, o.each() ? std::vector<int64_t>{1, 2} : std::vector<int64_t>{0, 1, 2}, o.symmetric()), o.symmetric()).transpose(0, 1);
  }
  m = enlarged(m, o.scale());
  const int64_t h = m.size(2), w = m.size(3), gap = o.padding() * std::max<int64_t>(1, o.scale() / 2);
  const int64_t columns = std::min(n, o.columns() ? o.columns() : static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(n)))));
  const int64_t rows = (n + columns - 1) / columns;
  Tensor page = full({3, rows * (h + gap) + gap, columns * (w + gap) + gap}, 0.5, kDouble);
  for (int64_t i = 0; i < n; ++i) page.narrow(1, gap + i / columns * (h + gap), h).narrow(2, gap + i % columns * (w + gap), w).copy_(m[i]);
  return bytes(page);
}
Tensor feature_maps(const Tensor& activation, GridOptions options) {
  const bool batched = activation.defined() && activation.dim() == 4 && activation.size(0) == 1;
  WICK_CHECK_TYPE(ValueError, batched || (activation.defined() && activation.dim() == 3), "feature_maps: takes the channels of one example, [c, h, w], got ", activation.defined() ? str(activation.sizes()) : "nothing");
  return grid(batched ? activation[0] : activation, std::move(options));
}
Tensor filters(const Tensor& weight, GridOptions options) {
  WICK_CHECK_TYPE(ValueError, weight.defined() && weight.dim() == 4, "filters: takes a weight [out, in, h, w], got ", weight.defined() ? str(weight.sizes()) : "nothing");
  if (weight.size(1) == 3) return grid(weight, std::move(options));
  if (weight.size(1) > 1 && !options.columns()) options.columns(weight.size(1));
  return grid(weight.reshape({-1, weight.size(2), weight.size(3)}), std::move(options));
}
Tensor overlay(const Tensor& picture, const Tensor& map, double alpha, int64_t scale) {
  const NoGradGuard off;
  WICK_CHECK_TYPE(ValueError, map.defined() && map.dim() == 2 && picture.defined() && picture.dim() == 3 && alpha >= 0 && alpha <= 1 && scale >= 1,
                  "overlay: takes a picture [1 or 3, H, W], a map [h, w], an opacity from 0 to 1, a scale of at least 1");
  const Tensor under = enlarged(three(picture, "overlay"), scale);
  const Tensor m = to_unit(numbers(map, "overlay"), {0, 1}, false).unsqueeze(0).unsqueeze(0);
  const Tensor over = F::interpolate(m, F::InterpolateFuncOptions().size(std::vector<int64_t>{under.size(1), under.size(2)}).mode(kBilinear).align_corners(false))[0][0];
  return bytes(under * (1 - alpha) + coloured(over, false) * alpha);
}
Tensor attention_maps(const Tensor& weights, GridOptions options) {
  WICK_CHECK_TYPE(ValueError, weights.defined() && weights.dim() == 3, "attention_maps: takes the weights of one example, [heads, queries, keys], got ", weights.defined() ? str(weights.sizes()) : "nothing");
  return grid(weights, std::move(options));
}

// --- Plots -------------------------------------------------------------------------------------------------------

#ifdef WICK_WITH_LOG
namespace {

logging::FigureOptions axes(const std::string& title, const std::string& x, const std::string& y) { return logging::FigureOptions().title(title).x_label(x).y_label(y); }

}  // namespace

logging::Figure figure(const GradientFlow& flow, bool updates) {
  const Tensor data = updates ? flow.update_ratios() : flow.gradient_norms();
  logging::Figure f(axes(updates ? "change through weight" : "norm of the gradient", "step", updates ? "ratio" : "norm").log_y(true));
  for (size_t i = 0; i < flow.names().size(); ++i) f.line(data.select(1, static_cast<int64_t>(i)).contiguous(), i < 10 ? flow.names()[i] : "");
  return f;
}
logging::Figure figure(const std::vector<std::pair<std::string, TimeFlow>>& flows) {
  logging::Figure f(axes("gradient through time", "steps back from the last", "norm of dL/dh").log_y(true));
  for (const auto& [name, flow] : flows) f.line(flow.hidden[0].flip({0}), name);
  return f;
}
logging::Figure figure(const std::vector<LayerActivity>& layers) {
  WICK_CHECK_TYPE(ValueError, !layers.empty(), "plot: no layers were seen");
  std::vector<std::string> names;
  std::vector<double> values, units;
  for (const auto& l : layers) {
    names.push_back(l.path.empty() ? "model" : l.path);
    const bool squashes = l.kind == "Sigmoid" || l.kind == "Tanh";
    values.push_back(squashes ? l.saturated.mean().item<double>() : 1 - l.active.mean().item<double>());
    units.push_back(static_cast<double>(l.dead_units.size() + l.saturated_units.size()) / static_cast<double>(l.active.numel()));
  }
  const auto bars = [](const std::vector<double>& v) { return tensor(v, TensorOptions(kDouble)); };
  // Side by side: the values of a dead unit are among those that are off.
  return logging::Figure(axes("what is off or saturated", "", "share")).bar(names, bars(values), "values").bar(names, bars(units), "whole units");
}
logging::Figure figure(const Statistics& s, const std::string& title) {
  WICK_CHECK_TYPE(ValueError, s.histogram.defined(), "plot: the statistics have no histogram; ask for bins");
  const int64_t n = s.histogram.size(0);
  const double step = (s.max - s.min) / static_cast<double>(n);
  // Steps: each bin from its left to its right.
  const Tensor edges = arange(n + 1, kDouble) * step + s.min;
  return logging::Figure(axes(title, "value", "count")).line(edges.repeat_interleave(2).slice(0, 1, 2 * n + 1), s.histogram.to(kDouble).repeat_interleave(2));
}
logging::Figure figure(const LossSlice& slice) {
  if (slice.loss.dim() == 1) return logging::Figure(axes("loss along a direction", "distance", "loss")).line(slice.at, slice.loss);
  std::vector<std::string> names;
  for (int64_t i = 0; i < slice.at.size(0); ++i) {
    char text[24];
    std::snprintf(text, sizeof text, "%.2g", slice.at[i].item<double>());
    names.emplace_back(text);
  }
  return logging::Figure(axes("loss over two directions (log10)", "", "")).heatmap(slice.loss.clamp_min(1e-12).log10(), names, names);
}
logging::Figure figure_embedding(const Tensor& points, const Tensor& labels, const std::string& title) {
  WICK_CHECK_TYPE(ValueError, points.defined() && points.dim() == 2 && points.size(1) >= 2, "plot_embedding: takes points [n, 2], got ", points.defined() ? str(points.sizes()) : "nothing");
  WICK_CHECK_TYPE(ValueError, !labels.defined() || (labels.dim() == 1 && labels.size(0) == points.size(0)), "plot_embedding: labels are [", points.size(0), "]");
  const NoGradGuard off;
  logging::Figure f(axes(title, "", "").grid(false));
  const Tensor all = labels.defined() ? std::get<0>(_unique(labels)) : zeros({1}, kLong);
  for (int64_t i = 0; i < all.numel(); ++i) {
    const Tensor p = labels.defined() ? points.detach().index_select(0, labels.eq(all[i]).nonzero().select(1, 0)) : points.detach();
    f.scatter(p.select(1, 0).contiguous(), p.select(1, 1).contiguous(), labels.defined() ? str(all[i].item<int64_t>()) : "");
  }
  return f;
}
logging::Figure figure(const Calibration& c) {
  char title[80];
  std::snprintf(title, sizeof title, "reliability, ECE %.3f", c.ece);
  const Tensor seen = c.count.gt(0).nonzero().select(1, 0);
  logging::Figure f(axes(title, "confidence", "accuracy"));
  const Tensor ends = arange(2, kDouble), x = c.confidence.index_select(0, seen), y = c.accuracy.index_select(0, seen);
  return f.line(ends, ends, "calibrated").line(x, y, "model").scatter(x, y, "model");
}
logging::Figure figure_confusion(const Tensor& counts, const std::vector<std::string>& names) {
  std::vector<std::string> n = names;
  for (int64_t i = 0; n.empty() || static_cast<int64_t>(n.size()) < counts.size(0); ++i) n.push_back(std::to_string(i));
  return logging::Figure(axes("actual (rows) and predicted", "predicted", "actual")).heatmap(counts.to(kDouble), n, n, counts.size(0) <= 20);
}
logging::Figure figure(const Tensor& picture, const std::string& title) {
  WICK_CHECK_TYPE(ValueError, picture.defined() && picture.dim() >= 2 && picture.numel() > 0, "figure: takes a picture, got ", picture.defined() ? str(picture.sizes()) : "nothing");
  // A whole number of pixels for each, and what the frame and the title need.
  const int64_t h = picture.size(-2), w = picture.size(-1), scale = std::max<int64_t>(1, 640 / std::max(h, w));
  return logging::Figure(logging::FigureOptions().title(title).width(std::clamp<int64_t>(w * scale + 16, 64, 8192)).height(std::clamp<int64_t>(h * scale + (title.empty() ? 16 : 42), 64, 8192))).image(picture);
}

Tensor plot(const GradientFlow& flow, bool updates) { return figure(flow, updates).render(); }
Tensor plot(const std::vector<std::pair<std::string, TimeFlow>>& flows) { return figure(flows).render(); }
Tensor plot(const std::vector<LayerActivity>& layers) { return figure(layers).render(); }
Tensor plot(const Statistics& s, const std::string& title) { return figure(s, title).render(); }
Tensor plot(const LossSlice& slice) { return figure(slice).render(); }
Tensor plot(const Calibration& c) { return figure(c).render(); }
Tensor plot_embedding(const Tensor& points, const Tensor& labels, const std::string& title) { return figure_embedding(points, labels, title).render(); }
Tensor plot_confusion(const Tensor& counts, const std::vector<std::string>& names) { return figure_confusion(counts, names).render(); }
#else
namespace {

[[noreturn]] void no_plots() { throw NotImplementedError("plot: this build lacks wick::log, which draws plots"); }

}  // namespace
#define WICK_NO_PLOT(name, ...)                                \
  logging::Figure figure##name(__VA_ARGS__) { no_plots(); }     \
  Tensor plot##name(__VA_ARGS__) { no_plots(); }
WICK_NO_PLOT(, const GradientFlow&, bool)
WICK_NO_PLOT(, const std::vector<std::pair<std::string, TimeFlow>>&)
WICK_NO_PLOT(, const std::vector<LayerActivity>&)
WICK_NO_PLOT(, const Statistics&, const std::string&)
WICK_NO_PLOT(, const LossSlice&)
WICK_NO_PLOT(, const Calibration&)
WICK_NO_PLOT(_embedding, const Tensor&, const Tensor&, const std::string&)
WICK_NO_PLOT(_confusion, const Tensor&, const std::vector<std::string>&)
logging::Figure figure(const Tensor&, const std::string&) { no_plots(); }
#undef WICK_NO_PLOT
#endif

}  // namespace wick::debug::inline v1
