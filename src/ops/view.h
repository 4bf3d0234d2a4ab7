// What views share: geometry, and the recording of a view at no cost when nothing is recorded.
#pragma once

#include "ops/common.h"

namespace wick::ops {

// A view whose derivative is made only when it is recorded: `make_rule()` gives it.
template <class MakeRule>
Tensor view_of(const char* name, const Tensor& base, IntArrayRef sizes, IntArrayRef strides, int64_t offset, MakeRule&& make_rule) {
  if (!autograd::recording({base})) return autograd::make_view(base, sizes, strides, offset);
  return record_view(name, base, sizes, strides, offset, make_rule());
}

// The shape with its -1 filled in.
DimVec infer_size(IntArrayRef shape, int64_t numel);
// Strides that show elements of (sizes, strides) in another shape; false when no strides can.
bool view_strides(IntArrayRef sizes, IntArrayRef strides, IntArrayRef shape, DimVec& out);
// Strides of a fresh tensor like t: its own when it is dense, otherwise dense ones in the same order.
DimVec preserved_strides(const Tensor& t);
DimVec strides_for(const Tensor& t, std::optional<MemoryFormat> format);

// The memory of another tensor in a shape of one's own, outside the graph.
inline Tensor raw_view(const Tensor& t, IntArrayRef sizes, IntArrayRef strides, int64_t offset) { return make_alias(t, sizes, strides, offset); }

// Zeros of these sizes with g in the part that view() shows: the gradient of every view that leaves elements out.
template <class View>
Tensor embed(const char* name, const Tensor& g, IntArrayRef sizes, View view) {
  return record(name, {g}, {},
                [&] {
                  Tensor r = make_tensor(sizes, g.scalar_type());
                  raw_fill(r, 0);
                  raw_copy(view(r), g);
                  return r;
                },
                [view](Backward& b) { b.grad(0, view(b.g())); });
}

// Sizes and strides must fit each other and the memory behind t.
void check_strided(const char* op, const Tensor& t, IntArrayRef sizes, IntArrayRef strides, int64_t offset);
// A layout in a memory of its own; offsets are relative to what lies first.
struct StridedLayout {
  DimVec sizes, strides;
  int64_t offset = 0;
};
// Gradient of as_strided: the elements that the view showed get their gradients, added up where it showed them twice.
struct StridedGrad {
  StridedLayout whole, part;
  StridedGrad(const Tensor& self, IntArrayRef sizes, IntArrayRef strides, int64_t offset);
  void operator()(Backward& b) const;
};

void require_same_geometry(const char* op, const Tensor& view, const Tensor& src);
// A copy of self with src in the part that view() shows.
template <class View>
Tensor scatter_into(const char* name, const char* op, const Tensor& self, const Tensor& src, View view) {
  check_defined(op, {self, src});
  return record(name, {self, src}, {},
                [&] {
                  Tensor r = make_tensor(self.sizes(), preserved_strides(self), self.scalar_type());
                  raw_copy(r, self);
                  Tensor part = view(r);
                  require_same_geometry(op, part, src);
                  raw_copy(part, src);
                  return r;
                },
                [view, name, op](Backward& b) {
                  const Tensor part = view(b.g());
                  if (b.needs(0)) b.grad(0, scatter_into(name, op, b.g(), zeros(part.sizes(), part.options()), view));
                  if (b.needs(1)) b.grad(1, part);
                });
}

// raw_fill as PyTorch does it: one element of a 16-bit type overflows to infinity, more throw.
void fill_value(const Tensor& t, const Scalar& value);

// Puts the device, layout and memory format of a new tensor to the test and makes it.
Tensor new_tensor(const char* op, IntArrayRef sizes, const TensorOptions& options, std::optional<MemoryFormat> format = std::nullopt);
// The last step of a factory: requires_grad.
Tensor finished(Tensor t, const TensorOptions& options);
// Options of a tensor made like self; what `options` sets wins.
TensorOptions like(const Tensor& self, const TensorOptions& options, std::optional<MemoryFormat>& format);

}  // namespace wick::ops
