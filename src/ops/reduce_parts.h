// What reductions and scans share: which dimensions go, how the tensor looks as [outer, n, inner], and the way back.
#pragma once

#include <bitset>

#include "kernels/cpu/reduce.h"
#include "ops/common.h"

namespace wick::ops {

using DimMask = std::bitset<64>;
using Reduce = kernels::cpu::Reduction;

// The dimensions to reduce; no list or an empty one means all. Throws for one out of range or named twice.
DimMask dim_mask(const char* op, OptionalIntArrayRef dims, int64_t ndim);
DimMask dim_mask(const char* op, int64_t dim, int64_t ndim);
// Shape of the result.
DimVec reduced_sizes(IntArrayRef sizes, const DimMask& mask, bool keepdim);
// Elements that go into one result.
int64_t reduced_count(IntArrayRef sizes, const DimMask& mask);
// A gradient or result of a reduction with the reduced dimensions back as size 1 (differentiable).
Tensor unreduce(const Tensor& t, const DimMask& mask, int64_t ndim, bool keepdim);
// An index along the reduced dimension scattered into zeros of the input's shape: the gradient of max(dim) and its like.
Tensor value_gradient(const Tensor& g, int64_t dim, const Tensor& indices, IntArrayRef sizes, bool keepdim);

// A contiguous tensor seen around one dimension.
struct Span {
  int64_t outer = 1, n = 1, inner = 1;
};
Span span_of(IntArrayRef sizes, int64_t dim);

// The same elements, as one dense [outer, n, inner] block: in place when the reduced dimensions lie together in memory.
struct Block {
  Tensor in;          // holds the memory
  Span span;
  DimVec strides;     // of the result with reduced dimensions kept (stride 0 there) as the kernel will write it
  bool in_order;      // the result is contiguous that way
};
Block block_of(const Tensor& x, const DimMask& mask);
// Makes a result tensor for a block, lets `fill(data)` write it, and returns it contiguous.
template <class F>
Tensor block_result(const Block& b, IntArrayRef in_sizes, const DimMask& mask, bool keepdim, ScalarType type, F&& fill) {
  const DimVec sizes = reduced_sizes(in_sizes, mask, keepdim);
  if (b.in_order) {
    Tensor r = make_tensor(sizes, type);
    if (impl(r)->numel > 0) fill(impl(r)->data);
    return r;
  }
  DimVec strides;
  for (size_t d = 0; d < in_sizes.size(); ++d) {
    if (!mask[d]) strides.push_back(b.strides[d]);
    else if (keepdim) strides.push_back(1);
  }
  Tensor t = make_tensor(sizes, strides, type);
  if (impl(t)->numel > 0) fill(impl(t)->data);
  return raw_contiguous(t);
}

// The tensor with `dim` moved to the end, contiguous (a 0-dim tensor as one row of one element): rows for sort and its like.
Tensor rows_of(const Tensor& x, int64_t dim);
// Rows back into a tensor of the given shape and strides.
Tensor rows_back(const Tensor& rows, int64_t dim, IntArrayRef sizes, IntArrayRef strides);

// out= form of an op with two results.
template <class F>
std::tuple<Tensor&, Tensor&> out_pair(const char* name, Tensor& a, Tensor& b, TensorRefs inputs, F&& functional) {
  autograd::check_out(name, a, inputs);
  autograd::check_out(name, b, inputs);
  std::tuple<Tensor, Tensor> r = [&] { GateScope off(kGradOff); return functional(); }();
  check_castable(name, std::get<0>(r).scalar_type(), a.scalar_type());
  check_castable(name, std::get<1>(r).scalar_type(), b.scalar_type());
  WICK_CHECK(std::get<1>(r).scalar_type() != kLong || b.scalar_type() == kLong, name, ": Expected out tensor to have dtype Long, but got ", b.scalar_type(), " instead");
  out_from(name, a, {}, [&] { return std::get<0>(r); });
  out_from(name, b, {}, [&] { return std::get<1>(r); });
  return {a, b};
}

// Runs a reduction without recording. `type` is that of the result; elements are accumulated as reduce.h says.
Tensor reduce_raw(Reduce op, const Tensor& x, const DimMask& mask, bool keepdim, ScalarType type, double p = 2);

// The elements converted to `dtype` before they are accumulated, unless accumulating converts them anyway.
Tensor cast_for_sum(const Tensor& x, ScalarType dtype);

}  // namespace wick::ops
