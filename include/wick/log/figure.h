// Plots as pictures: lines, points, bars and maps of colours, drawn without any other program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <wick/nn/arg.h>
#include <wick/tensor.h>

namespace wick {
namespace logging {
inline namespace v1 {

/// What a figure is like: its size in pixels, what stands above it and at its axes, whether an axis is logarithmic (values that are not positive are left out),
/// whether lines go through it at the numbers of its axes.
struct FigureOptions {
  WICK_ARG(int64_t, width) = 640;
  WICK_ARG(int64_t, height) = 480;
  WICK_ARG(std::string, title);
  WICK_ARG(std::string, x_label);
  WICK_ARG(std::string, y_label);
  WICK_ARG(bool, log_x) = false;
  WICK_ARG(bool, log_y) = false;
  WICK_ARG(bool, grid) = true;
};

/// A plot of one pair of axes. Series are drawn in the order in which they were added, each in the next of ten colours; those with a label are named in a
/// legend. Values are tensors [n] of any real type; those that are not finite are left out. Texts are ASCII.
///
///     logging::Figure figure(logging::FigureOptions().title("loss").x_label("step").log_y(true));
///     figure.line(steps, losses, "training").scatter(steps, checked, "validation");
///     writer.add_figure("loss", figure, step);
///
/// Errors: lists of other lengths than each other, an empty matrix.
class Figure {
 public:
  explicit Figure(FigureOptions options = {});
  /// Points joined by lines; points alone; over 0, 1, 2, ... without `x`.
  Figure& line(const Tensor& x, const Tensor& y, std::string label = "");
  Figure& line(const Tensor& y, std::string label = "");
  Figure& scatter(const Tensor& x, const Tensor& y, std::string label = "");
  /// Bars from 0, named below.
  Figure& bar(const std::vector<std::string>& names, const Tensor& heights, std::string label = "");
  /// A matrix [rows, columns] as colours from dark (lowest) to light, its first row at the top, with a scale beside it; names of rows and columns, if given,
  /// stand at the axes; `numbers` writes the values into the cells.
  Figure& heatmap(const Tensor& matrix, const std::vector<std::string>& rows = {}, const std::vector<std::string>& columns = {}, bool numbers = false);

  /// The picture, uint8 [3, height, width].
  Tensor render() const;

 private:
  struct Series {
    enum Kind { lines, points, bars } kind;
    std::vector<double> x, y;
    std::string label;
  };
  friend class FigurePainter;
  Figure& add(Series::Kind kind, const Tensor& x, const Tensor& y, std::string label);
  FigureOptions options_;
  std::vector<Series> series_;
  std::vector<std::string> x_names_, y_names_;
  std::vector<double> cells_;
  int64_t rows_ = 0, columns_ = 0;
  bool numbers_ = false;
};

}  // namespace v1
}  // namespace logging
}  // namespace wick
