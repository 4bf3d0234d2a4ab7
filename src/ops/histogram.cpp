// Histograms with edges, over one and several dimensions, and reductions of segments.
#include <cmath>
#include <limits>

#include <wick/ops/extra.h>

#include "ops/matmul.h"

namespace wick::ops {
namespace {

void check_points(const char* op, const Tensor& x, const Tensor& weight) {
  check_defined(op, {x});
  WICK_CHECK_TYPE(NotImplementedError, x.scalar_type() == kFloat || x.scalar_type() == kDouble, "\"", op, "\" not implemented for '", x.scalar_type(), "'");
  if (!weight.defined()) return;
  WICK_CHECK(weight.scalar_type() == x.scalar_type(), op, ": if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got input ", x.scalar_type(), ", and weight ", weight.scalar_type());
  WICK_CHECK(weight.sizes() == x.sizes().slice(0, x.sizes().size() - 1), op, ": if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension, but got input with shape ",
             x.sizes(), ", and weight with shape ", weight.sizes());
}
// Equal bins of one column of points.
Tensor equal_edges(const char* op, const Tensor& column, int64_t bins, const double* range, int64_t dim) {
  WICK_CHECK(bins > 0, op, "(): bins must be > 0, but got ", bins, " for dimension ", dim);
  double low = 0, high = 1;
  if (range) {
    low = range[0];
    high = range[1];
  } else if (column.numel() > 0) {
    low = column.min().item<double>();
    high = column.max().item<double>();
  }
  WICK_CHECK(std::isfinite(low) && std::isfinite(high), op, "(): dimension ", dim, "'s range [", low, ", ", high, "] is not finite");
  WICK_CHECK(low <= high, op, "(): min should not exceed max, but got min ", low, " max ", high, " for dimension ", dim);
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  return linspace(low, high, bins + 1, column.options());
}
// Counts of points [N, D] in the cells between the edges.
Tensor counts_of(const char* op, const Tensor& points, const std::vector<Tensor>& edges, const Tensor& weight, bool density) {
  Tensor cell = zeros({points.size(0)}, kLong), inside = ones({points.size(0)}, kBool);
  DimVec shape;
  int64_t cells = 1;
  for (size_t d = 0; d < edges.size(); ++d) {
    const Tensor& e = edges[d];
    WICK_CHECK(e.dim() == 1 && e.numel() > 1, op, "(): bins tensor for dimension ", d, " should be one-dimensional with at least 2 elements, but got ", e.sizes());
    WICK_CHECK(e.scalar_type() == points.scalar_type(), op, "(): input tensor and bins tensors should have the same dtype, but got input with dtype ", points.scalar_type(), " and bins with dtype ", e.scalar_type());
    const int64_t n = e.numel() - 1;
    const Tensor x = points.select(1, static_cast<int64_t>(d)).contiguous();
    Tensor at = searchsorted(e.contiguous(), x, false, true) - 1;
    at = where(x == e.select(0, n), full_like(at, n - 1), at);
    inside = inside.logical_and(at >= 0).logical_and(at < n).logical_and(x.isnan().logical_not());
    cell = cell * n + at;
    shape.push_back(n);
    cells *= n;
  }
  const Tensor chosen = cell.masked_select(inside), value = (weight.defined() ? weight.reshape({-1}) : ones({points.size(0)}, points.options())).masked_select(inside);
  Tensor h = zeros({cells}, points.options()).index_add(0, chosen, value).reshape(shape);
  if (!density) return h;
  h = h / h.sum();
  for (size_t d = 0; d < edges.size(); ++d) {
    DimVec view(shape.size(), 1);
    view[d] = shape[d];
    h = h / edges[d].diff().reshape(view);
  }
  return h;
}
Tensor as_points(const Tensor& x) { return x.detach().reshape({-1, x.size(-1)}); }

std::tuple<Tensor, std::vector<Tensor>> histogram_of(const char* op, const Tensor& x, ArrayRef<int64_t> bins, std::optional<ArrayRef<double>> range, const Tensor& weight, bool density) {
  GateScope off(kGradOff);
  check_points(op, x, weight);
  const int64_t dims = x.size(-1);
  WICK_CHECK(static_cast<int64_t>(bins.size()) == dims, op, "(): expected ", dims, " bin counts for a ", dims, "-dimensional histogram, but got ", bins.size());
  WICK_CHECK(!range || static_cast<int64_t>(range->size()) == 2 * dims, op, "(): for a ", dims, "-dimensional histogram range should have ", 2 * dims, " elements, but got ", range ? range->size() : 0);
  const Tensor points = as_points(x);
  std::vector<Tensor> edges;
  for (int64_t d = 0; d < dims; ++d) edges.push_back(equal_edges(op, points.select(1, d), bins[static_cast<size_t>(d)], range ? range->data() + 2 * d : nullptr, d));
  return {counts_of(op, points, edges, weight, density), edges};
}
std::tuple<Tensor, std::vector<Tensor>> histogram_of(const char* op, const Tensor& x, const std::vector<Tensor>& edges, const Tensor& weight, bool density) {
  GateScope off(kGradOff);
  check_points(op, x, weight);
  WICK_CHECK(static_cast<int64_t>(edges.size()) == x.size(-1), op, "(): expected ", x.size(-1), " sequences of bin edges for a ", x.size(-1), "-dimensional histogram, but got ", edges.size());
  std::vector<Tensor> kept;
  for (const Tensor& e : edges) kept.push_back(e.detach().clone());
  return {counts_of(op, as_points(x), kept, weight, density), kept};
}
// One column of points; weights of its shape.
Tensor column(const Tensor& x) {
  check_defined("histogram", {x});
  return x.reshape({-1, 1});
}
Tensor flat(const std::optional<Tensor>& weight, const Tensor& x) {
  const Tensor& w = tensor_or_none(weight);
  if (!w.defined()) return w;
  WICK_CHECK(w.sizes() == x.sizes(), "histogram(): if weight tensor is provided it should have the same shape as the input tensor, but got input with shape ", x.sizes(), ", and weight with shape ", w.sizes());
  return w.reshape({-1});
}
std::tuple<Tensor&, Tensor&> store(Tensor& hist, Tensor& edges, const std::tuple<Tensor, Tensor>& r) {
  store_out("histogram", hist, std::get<0>(r));
  store_out("histogram", edges, std::get<1>(r));
  return {hist, edges};
}

// --- Segments ------------------------------------------------------------------------------------------------------------

Tensor reduce_segment(std::string_view how, const Tensor& x, int64_t n, const std::optional<Scalar>& initial) {
  const auto started = [&](double neutral) { return full(x.sizes().slice(1), initial ? *initial : Scalar(neutral), x.options().requires_grad(false)); };
  if (how == "sum") return x.sum(0) + started(0);
  if (how == "prod") return x.prod(int64_t{0}) * started(1);
  if (how == "mean") {
    if (n == 0) return started(std::numeric_limits<double>::quiet_NaN());
    return (x.sum(0) + started(0)) / n;
  }
  const double end = std::numeric_limits<double>::infinity();
  if (how == "max") return n == 0 ? started(-end) : initial ? maximum(x.amax(0), started(0)) : x.amax(0);
  return n == 0 ? started(end) : initial ? minimum(x.amin(0), started(0)) : x.amin(0);
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;
using Range = std::optional<ArrayRef<double>>;

std::tuple<Tensor, Tensor> histogram(const Tensor& self, const Tensor& bins, const std::optional<Tensor>& weight, bool density) {
  auto [h, edges] = histogram_of("histogram", column(self), {bins}, flat(weight, self), density);
  return {h, edges[0]};
}
std::tuple<Tensor, Tensor> histogram(const Tensor& self, int64_t bins, Range range, const std::optional<Tensor>& weight, bool density) {
  auto [h, edges] = histogram_of("histogram", column(self), ArrayRef<int64_t>(bins), range, flat(weight, self), density);
  return {h, edges[0]};
}
std::tuple<Tensor&, Tensor&> histogram_out(Tensor& hist, Tensor& bin_edges, const Tensor& self, const Tensor& bins, const std::optional<Tensor>& weight, bool density) {
  check_outs("histogram", {hist, bin_edges}, {self});
  return store(hist, bin_edges, histogram(self, bins, weight, density));
}
std::tuple<Tensor&, Tensor&> histogram_out(Tensor& hist, Tensor& bin_edges, const Tensor& self, int64_t bins, Range range, const std::optional<Tensor>& weight, bool density) {
  check_outs("histogram", {hist, bin_edges}, {self});
  return store(hist, bin_edges, histogram(self, bins, range, weight, density));
}
std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& self, IntArrayRef bins, Range range, const std::optional<Tensor>& weight, bool density) {
  check_defined("histogramdd", {self});
  WICK_CHECK(self.dim() >= 2, "histogramdd(): input tensor should have at least 2 dimensions, but got ", self.dim());
  return histogram_of("histogramdd", self, bins, range, tensor_or_none(weight), density);
}
std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& self, int64_t bins, Range range, const std::optional<Tensor>& weight, bool density) {
  check_defined("histogramdd", {self});
  WICK_CHECK(self.dim() >= 2, "histogramdd(): input tensor should have at least 2 dimensions, but got ", self.dim());
  const DimVec each(static_cast<size_t>(self.size(-1)), bins);
  return histogram_of("histogramdd", self, each, range, tensor_or_none(weight), density);
}
std::tuple<Tensor, std::vector<Tensor>> histogramdd(const Tensor& self, TensorList bins, Range, const std::optional<Tensor>& weight, bool density) {
  check_defined("histogramdd", {self});
  WICK_CHECK(self.dim() >= 2, "histogramdd(): input tensor should have at least 2 dimensions, but got ", self.dim());
  return histogram_of("histogramdd", self, bins.vec(), tensor_or_none(weight), density);
}

Tensor segment_reduce(const Tensor& data, std::string_view reduce, const std::optional<Tensor>& lengths, const std::optional<Tensor>& indices, const std::optional<Tensor>& offsets, int64_t axis, bool unsafe,
                      const std::optional<Scalar>& initial) {
  check_defined("segment_reduce", {data});
  WICK_CHECK(reduce == "sum" || reduce == "mean" || reduce == "max" || reduce == "min" || reduce == "prod", "segment_reduce(): unsupported reduction ", reduce);
  const Tensor &l = tensor_or_none(lengths), &o = tensor_or_none(offsets);
  WICK_CHECK(l.defined() || o.defined(), "segment_reduce(): Either lengths or offsets must be defined.");
  WICK_CHECK(!tensor_or_none(indices).defined(), "segment_reduce(): indices based reduction is not supported yet.");
  const int64_t d = wrap_dim(axis, data.dim(), "segment_reduce");
  const Tensor& given = l.defined() ? l : o;
  WICK_CHECK(given.dim() == d + 1 && given.sizes().slice(0, static_cast<size_t>(d)) == data.sizes().slice(0, static_cast<size_t>(d)), "segment_reduce(): lengths or offsets of shape ", given.sizes(),
             " do not fit data ", data.sizes(), " and axis ", axis);
  const Tensor n = raw_contiguous(l.defined() ? l : o.diff(1, -1), kLong);
  const int64_t segments = n.size(-1), rows = segments ? n.numel() / segments : 0;
  const Tensor x = data.reshape([&] {
    DimVec s{rows};
    for (int64_t i = d; i < data.dim(); ++i) s.push_back(data.size(i));
    return s;
  }());
  std::vector<Tensor> out;
  for (int64_t r = 0; r < rows; ++r) {
    const Tensor row = x.select(0, r);
    int64_t at = l.defined() ? 0 : raw_contiguous(o, kLong).reshape({rows, -1}).select(0, r).select(0, 0).item<int64_t>();
    const int64_t* length = typed<int64_t>(n) + r * segments;
    for (int64_t s = 0; s < segments; at += length[s++]) {
      WICK_CHECK(length[s] >= 0 && at + length[s] <= row.size(0), "segment_reduce(): lengths contains negative value or adds up to more than data's ", row.size(0), " elements along axis");
      out.push_back(reduce_segment(reduce, row.narrow(0, at, length[s]), length[s], initial));
    }
    WICK_CHECK(unsafe || !l.defined() || at == row.size(0), "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe, got ", at, " and ", row.size(0));
  }
  DimVec shape(n.sizes());
  for (int64_t i = d + 1; i < data.dim(); ++i) shape.push_back(data.size(i));
  return out.empty() ? zeros(shape, data.options()) : stack(out).reshape(shape);
}
Tensor& segment_reduce_out(Tensor& out, const Tensor& data, std::string_view reduce, const std::optional<Tensor>& lengths, const std::optional<Tensor>& indices, const std::optional<Tensor>& offsets, int64_t axis,
                           bool unsafe, const std::optional<Scalar>& initial) {
  return out_from("segment_reduce", out, {data}, [&] { return segment_reduce(data, reduce, lengths, indices, offsets, axis, unsafe, initial); });
}

}  // namespace wick::inline v1
