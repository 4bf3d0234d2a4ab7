#include <wick/data/time_series.h>

#include <wick/core/str.h>
#include <wick/ops.h>

namespace wick::data::inline v1 {

TimeSeriesWindows::TimeSeriesWindows(const Tensor& series, const TimeSeriesWindowsOptions& options)
    : length_(options.length()), horizon_(options.horizon()), stride_(options.stride()) {
  WICK_CHECK_TYPE(ValueError, series.defined() && (series.dim() == 1 || series.dim() == 2), "TimeSeriesWindows: a series is [T, F] or [T]",
                  series.defined() ? str(", got ", series.sizes()) : ", got an undefined tensor");
  WICK_CHECK_TYPE(ValueError, length_ >= 1 && horizon_ >= 1 && stride_ >= 1, "TimeSeriesWindows: length, horizon and stride must be at least 1, got ", length_, ", ",
                  horizon_, " and ", stride_);
  series_ = series.dim() == 1 ? series.unsqueeze(1) : series;
  const int64_t steps = series_.size(0), columns = series_.size(1);
  WICK_CHECK_TYPE(ValueError, length_ <= steps && horizon_ <= steps - length_, "TimeSeriesWindows: ", steps, " steps are too few for a window of ", length_, " and ",
                  horizon_, " to predict");
  for (const int64_t c : options.targets())
    WICK_CHECK_TYPE(IndexError, c >= 0 && c < columns, "TimeSeriesWindows: no column ", c, " to predict, the series has ", columns);
  targets_ = options.targets().empty() ? series_ : series_.index_select(1, tensor(options.targets()));
  count_ = (steps - length_ - horizon_) / stride_ + 1;
}

Example<> TimeSeriesWindows::get(size_t index) {
  const int64_t i = static_cast<int64_t>(index);
  WICK_CHECK_TYPE(IndexError, i >= 0 && i < count_, "TimeSeriesWindows: no window ", index, ", there are ", count_);
  const int64_t begin = i * stride_, end = begin + length_;
  return {series_.slice(0, begin, end), targets_.slice(0, end, end + horizon_)};
}

}  // namespace wick::data::inline v1
