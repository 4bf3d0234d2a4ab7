// Pictures of what was found: grids of maps and filters, overlays, plots. All are uint8 [3, height, width], for `vision::write_png` or a SummaryWriter's add_image.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wick/debug/flow.h>
#include <wick/debug/recorder.h>
#include <wick/debug/space.h>
#include <wick/log/figure.h>
#include <wick/nn/arg.h>
#include <wick/tensor.h>

namespace wick {
namespace debug {
inline namespace v1 {

/// How a grid looks. `each`: every map is scaled to its own range, otherwise all to one; `columns` 0: as square as can be; `scale`: pixels a value;
/// `symmetric`: 0 is in the middle of the range (white; blue below, red above), as for weights.
struct GridOptions {
  WICK_ARG(int64_t, columns) = 0;
  WICK_ARG(int64_t, scale) = 1;
  WICK_ARG(int64_t, padding) = 1;
  WICK_ARG(bool, each) = true;
  WICK_ARG(bool, symmetric) = false;
};

/// Values [h, w] as colours from black over red and yellow to white, or (`symmetric`) from blue over white to red, over their own range.
Tensor heat(const Tensor& values, bool symmetric = false);
/// Maps [n, h, w] side by side as such colours; pictures [n, 3, h, w] or [n, 1, h, w], with values from 0 to 1 or uint8, as they are with `each` false, else
/// stretched. Errors: `ValueError` for other shapes, none at all, a scale below 1.
Tensor grid(const Tensor& maps, GridOptions options = {});
/// The channels of one result of a layer [c, h, w] or [1, c, h, w].
Tensor feature_maps(const Tensor& activation, GridOptions options = {});
/// The filters [out, in, h, w] of a convolution: in colours when they read three channels, else a row of `in` maps for each.
Tensor filters(const Tensor& weight, GridOptions options = {});
/// A map [h, w] (Grad-CAM, saliency) over a picture [1 or 3, H, W] with values from 0 to 1 or uint8: stretched to its size bilinearly, in colours, with opacity `alpha`, `scale`
/// pixels for each of the picture's.
Tensor overlay(const Tensor& picture, const Tensor& map, double alpha = 0.5, int64_t scale = 1);
/// Weights of attention [heads, queries, keys] as one map for each head.
Tensor attention_maps(const Tensor& weights, GridOptions options = {});

/// Plots, as figures: `figure(x).save("x.svg")`, also .png or the numbers as .csv; `writer.add_figure(tag, figure(x), step)`; `plot(x)` is the picture, uint8 [3, h, w].
/// Errors: in a build without wick::log `plot` throws NotImplementedError, and figures do not link.
/// Norms of gradients, or ratios of updates, of each parameter over the steps.
logging::Figure figure(const GradientFlow& flow, bool updates = false);
/// A line for each flow, logarithmic, from the last step back to the first: the first row of `hidden`.
logging::Figure figure(const std::vector<std::pair<std::string, TimeFlow>>& flows);
/// Of each layer the share of values that are 0 or below (sigmoid and tanh: saturated), and of units that are so throughout.
logging::Figure figure(const std::vector<LayerActivity>& layers);
/// Bins of the histogram of a statistic.
logging::Figure figure(const Statistics& statistics, const std::string& title = "");
/// The loss along a line, or over a plane (as a heatmap, logarithmic).
logging::Figure figure(const LossSlice& slice);
/// Reliability diagram: accuracy over confidence, and what it should be.
logging::Figure figure(const Calibration& calibration);
/// A picture of those above, enlarged to 640 pixels or so, under a title.
logging::Figure figure(const Tensor& picture, const std::string& title = "");
/// Points [n, 2] in the colours of their labels (int64 [n]).
logging::Figure figure_embedding(const Tensor& points, const Tensor& labels = {}, const std::string& title = "");
/// Counts [actual, predicted], as train::ConfusionMatrix has them.
logging::Figure figure_confusion(const Tensor& counts, const std::vector<std::string>& names = {});

/// The same as pictures, uint8 [3, height, width].
Tensor plot(const GradientFlow& flow, bool updates = false);
Tensor plot(const std::vector<std::pair<std::string, TimeFlow>>& flows);
Tensor plot(const std::vector<LayerActivity>& layers);
Tensor plot(const Statistics& statistics, const std::string& title = "");
Tensor plot(const LossSlice& slice);
Tensor plot(const Calibration& calibration);
Tensor plot_embedding(const Tensor& points, const Tensor& labels = {}, const std::string& title = "");
Tensor plot_confusion(const Tensor& counts, const std::vector<std::string>& names = {});

}  // namespace v1
}  // namespace debug
}  // namespace wick
