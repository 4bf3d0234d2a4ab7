// What op families share: promotion, broadcasting, checks, and the call of an elementwise kernel.
#pragma once

#include <wick/core/str.h>
#include <wick/ops.h>

#include "autograd/record.h"
#include "core/tensor_impl.h"
#include "kernels/cpu/loop.h"

namespace wick::ops {

using autograd::Backward;
using autograd::Uses;
using autograd::in;
using autograd::out;
using autograd::overwrite;
using autograd::record;
using autograd::record_inplace;
using autograd::record_view;
using kernels::Params;
using kernels::Pointwise;
namespace table = kernels::cpu::table;

using TensorRefs = std::initializer_list<autograd::TensorRef>;

// --- Types and shapes -------------------------------------------------------------------------------------------

// PyTorch's result type: tensors with dimensions outrank 0-dim ones, which outrank numbers, unless of a higher category.
ScalarType result_type_of(TensorRefs tensors);
// The floating type an op such as exp or true division gives for elements of type t.
inline ScalarType float_type(ScalarType t) { return is_integral_type(t, true) ? get_default_dtype_as_scalartype() : t; }
// Shape that both broadcast to. Throws naming the op and both shapes.
DimVec broadcast_shape(const char* op, IntArrayRef a, IntArrayRef b);
DimVec broadcast_shape(const char* op, TensorRefs tensors);
// Strides of t seen in a larger shape, 0 where it is broadcast.
DimVec broadcast_strides(const Tensor& t, IntArrayRef shape);
// Strides PyTorch gives the result of an elementwise op on these inputs.
DimVec result_strides(TensorRefs inputs, IntArrayRef shape);
inline kernels::cpu::Operand operand(const Tensor& t, IntArrayRef shape) { return {impl(t)->data, t.scalar_type(), broadcast_strides(t, shape)}; }

// --- Checks ----------------------------------------------------------------------------------------------------

void check_defined(const char* op, TensorRefs tensors);
// Writing into `to` while reading `from`: the same elements or other memory, nothing in between.
void check_overlap(const char* op, const Tensor& to, TensorRefs from);
void check_castable(const char* op, ScalarType from, ScalarType to);
// Gives an out= tensor the shape of the result; a tensor that already has elements keeps its strides if it fits.
void resize_out(const char* op, const Tensor& out, IntArrayRef sizes);
void resize_out(const char* op, const Tensor& out, IntArrayRef sizes, IntArrayRef strides);

// --- Elementwise kernels without recording ------------------------------------------------------------------------

enum class Promote { same, floating };  // integers stay integers, or become the default floating type

// A new tensor with the result of k.
Tensor run(const Pointwise& k, TensorRefs inputs, const Params& p = {}, Promote promote = Promote::same);
// The same into a tensor that exists and has the right shape (or gets it, for out=).
void run_into(const Pointwise& k, const Tensor& out, TensorRefs inputs, const Params& p = {}, Promote promote = Promote::same, bool resize = false);

// Scalar parameters as both number kinds.
inline Params params(const Scalar& a) {
  Params p;
  if (a.isComplex()) { p.d[0] = a.toComplexDouble().real(); p.d[1] = a.toComplexDouble().imag(); }
  else { p.d[0] = a.toDouble(); p.i[0] = a.isFloatingPoint() ? static_cast<int64_t>(a.toDouble()) : a.toLong(); }
  return p;
}
inline Params params(double a, double b = 0, double c = 0) { Params p; p.d[0] = a; p.d[1] = b; p.d[2] = c; return p; }

// --- Copies without recording ------------------------------------------------------------------------------------

void raw_copy(const Tensor& to, const Tensor& from);       // broadcasts and converts
Tensor raw_contiguous(const Tensor& t);                    // t itself when it is contiguous
Tensor raw_contiguous(const Tensor& t, ScalarType dtype);  // and of this dtype
void raw_fill(const Tensor& t, const Scalar& value);

// out= form of any op that has a functional form: computes, then copies into `out` with its checks.
template <class F>
Tensor& out_from(const char* name, Tensor& out, TensorRefs inputs, F&& functional) {
  autograd::check_out(name, out, inputs);
  Tensor r = [&] { GateScope off(kGradOff); return functional(); }();
  check_castable(name, r.scalar_type(), out.scalar_type());
  resize_out(name, out, r.sizes(), r.strides());
  raw_copy(out, r);
  impl(out)->bump_version();
  return out;
}

}  // namespace wick::ops
