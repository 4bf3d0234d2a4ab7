#include <wick/log/figure.h>

#include "log/summary.h"

namespace wick::logging {
inline namespace v1 {
Figure::Figure(FigureOptions options) : options_(std::move(options)) {}
Tensor Figure::render() const { throw NotImplementedError("Figure: not there yet"); }
}  // namespace v1
}  // namespace wick::logging
