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
/// whether lines go through it at the numbers of its axes. A range is {lowest, highest}; without one an axis reaches as far as the values. With `dashes`
/// each line has its own, too, for those who cannot tell the colours apart.
struct FigureOptions {
  WICK_ARG(int64_t, width) = 640;
  WICK_ARG(int64_t, height) = 480;
  WICK_ARG(std::string, title);
  WICK_ARG(std::string, x_label);
  WICK_ARG(std::string, y_label);
  WICK_ARG(bool, log_x) = false;
  WICK_ARG(bool, log_y) = false;
  WICK_ARG(bool, grid) = true;
  WICK_ARG(bool, dashes) = false;
  WICK_ARG(std::vector<double>, x_range);
  WICK_ARG(std::vector<double>, y_range);
};

/// A plot of one pair of axes. Series are drawn in the order in which they were added, each in the next of ten colours, the same one for those of the same label; those with a label are
/// named above the plot. Values are tensors [n] of any real type; those that are not finite are left out. Texts in pixels are ASCII, those in SVG UTF-8.
///
///     logging::Figure figure(logging::FigureOptions().title("loss").x_label("step").log_y(true));
///     figure.line(steps, losses, "training").scatter(steps, checked, "validation");
///     writer.add_figure("loss", figure, step);
///     figure.save("loss.svg");
///
/// Errors: `ValueError` for lists of other lengths than each other, an empty matrix, ranges that are none.
class Figure {
 public:
  explicit Figure(FigureOptions options = {});
  /// Points joined by lines; points alone; over 0, 1, 2, ... without `x`.
  Figure& line(const Tensor& x, const Tensor& y, std::string label = "");
  Figure& line(const Tensor& y, std::string label = "");
  Figure& line(const std::vector<double>& x, const std::vector<double>& y, std::string label = "");
  Figure& scatter(const Tensor& x, const Tensor& y, std::string label = "");
  /// Bars from 0, named below.
  Figure& bar(const std::vector<std::string>& names, const Tensor& heights, std::string label = "");
  /// A matrix [rows, columns] as colours from dark (lowest) to light, its first row at the top, with a scale beside it; names of rows and columns, if given,
  /// stand at the axes; `numbers` writes the values into the cells.
  Figure& heatmap(const Tensor& matrix, const std::vector<std::string>& rows = {}, const std::vector<std::string>& columns = {}, bool numbers = false);

  /// A picture, uint8 or from 0 to 1, [h, w] or [1 or 3, h, w], as large as fits, without axes.
  Figure& image(const Tensor& picture);

  /// The picture, uint8 [3, height, width].
  Tensor render() const;
  /// The same as SVG, for pages and papers: a file of its own that is light or dark as the reader's page, or an element of an HTML page. Pixels in it are PNG.
  std::string svg() const;
  /// What it shows as a table for pandas: `series,x,y` (names of bars are their x), or `row,column,value` of a matrix. Errors: `ValueError` for a picture.
  std::string csv() const;
  /// Writes a file of the kind that its ending says: .svg, .png, .csv. Errors: `ValueError` for another, `Error` when it cannot be written.
  void save(const std::string& path) const;

 private:
  struct Series {
    enum Kind { lines, points, bars } kind;
    std::vector<double> x, y;
    std::string label;
  };
  friend class FigurePainter;
  friend Tensor render(const std::vector<Figure>& figures);
  friend std::string csv(const std::vector<Figure>& figures);
  friend std::string svg(const std::vector<Figure>& figures);
  Figure& add(Series::Kind kind, const Tensor& x, const Tensor& y, std::string label);
  void table(std::string& out, const std::string& first) const;
  FigureOptions options_;
  std::vector<Series> series_;
  std::vector<std::string> x_names_, y_names_;
  std::vector<double> cells_;
  Tensor image_;
  int64_t rows_ = 0, columns_ = 0;
  bool numbers_ = false;
};

/// Several figures below each other, in one picture or file; tables begin with a column `figure`, the title. Errors: `ValueError` for none, and for a table of matrices
/// and lines at once.
Tensor render(const std::vector<Figure>& figures);
std::string svg(const std::vector<Figure>& figures);
std::string csv(const std::vector<Figure>& figures);
void save(const std::vector<Figure>& figures, const std::string& path);

}  // namespace v1
}  // namespace logging
}  // namespace wick
