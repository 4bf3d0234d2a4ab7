// Windows of time series.
#pragma once

#include <vector>

#include <wick/data/datasets.h>
#include <wick/nn/arg.h>

namespace wick {
namespace data {
inline namespace v1 {

/// Which windows are cut.
struct TimeSeriesWindowsOptions {
  TimeSeriesWindowsOptions(int64_t length) : length_(length) {}
  /// How many steps are given, how many behind them are to be predicted, and how many lie between the beginnings of two windows.
  WICK_ARG(int64_t, length);
  WICK_ARG(int64_t, horizon) = 1;
  WICK_ARG(int64_t, stride) = 1;
  /// The columns to predict, all by default.
  WICK_ARG(std::vector<int64_t>, targets);
};

/// All whole windows of a series [T, F] (or [T], which is [T, 1]): data [length, F], and as target the `horizon` steps after it, [horizon, columns
/// to predict]. Both are views: nothing is copied. Split a series by time, `series.slice(0, 0, n)`, before windows are cut, so that none for
/// testing overlaps one for training. Errors: sizes below 1, no such column, a series too short for one window.
class TimeSeriesWindows : public datasets::Dataset<TimeSeriesWindows> {
 public:
  TimeSeriesWindows(const Tensor& series, const TimeSeriesWindowsOptions& options);
  Example<> get(size_t index) override;
  std::optional<size_t> size() const override { return static_cast<size_t>(count_); }

 private:
  Tensor series_, targets_;
  int64_t length_, horizon_, stride_, count_;
};

}  // namespace v1
}  // namespace data
}  // namespace wick
