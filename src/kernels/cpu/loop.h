// The loop that all elementwise kernels share: any strides, any element types, broadcasting, threads.
#pragma once

#include "core/small_vec.h"
#include "kernels/cpu/pointwise.h"

namespace wick::kernels::cpu {

// One argument of an elementwise op: its strides (in elements) belong to the op's shape, 0 where it is broadcast.
struct Operand {
  void* data;
  ScalarType dtype;
  DimVec strides;
};

// The type the kernels compute in for elements of type t.
constexpr ScalarType compute_type(ScalarType t) {
  return is_complex_type(t) ? kComplexDouble : t == kDouble ? kDouble : is_floating_type(t) ? kFloat : kLong;
}

// out[i] = fn(in[0][i], ...) over `shape`. Dimensions may be visited in any order; elements are cast to `compute`
// (one of float, double, int64, complex128) block by block on the way in, and from it (or from bool when the kernel
// answers with truth values) to the output's type on the way out. An input may be the output, element for element.
void pointwise_loop(PointwiseFn fn, bool boolean, ScalarType compute, IntArrayRef shape, const Operand& out, const Operand* in, int arity,
                    const Params& p);

// Copies with conversion: out[i] = in[i].
void copy_loop(IntArrayRef shape, const Operand& out, const Operand& in);

// Number of elements below which one thread does the work.
constexpr int64_t kGrain = 32768;

}  // namespace wick::kernels::cpu
