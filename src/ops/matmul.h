// Matrix products on tensors without recording, shared by the families built on them.
#pragma once

#include "kernels/cpu/gemm.h"
#include "ops/common.h"

namespace wick::ops {

// An undefined tensor for an absent optional one.
inline const Tensor& tensor_or_none(const std::optional<Tensor>& t) {
  static const Tensor none;
  return t ? *t : none;
}

// How the last two dimensions lie in memory, as gemm wants to know it.
struct MatrixLayout {
  bool fits, trans;
  int64_t ld;
};
MatrixLayout matrix_layout(int64_t rows, int64_t cols, int64_t row_stride, int64_t col_stride);
inline MatrixLayout matrix_layout(const Tensor& t) { return matrix_layout(t.size(-2), t.size(-1), t.stride(-2), t.stride(-1)); }

// t itself when its matrices can be passed to gemm as they lie, else a contiguous copy.
Tensor gemm_ready(const Tensor& t);

kernels::cpu::Factor factor(const Scalar& s);

// c = beta c + alpha a b over the batch of c, which is contiguous; a and b are broadcast to its batch.
void raw_matmul(const Tensor& c, const Tensor& a, const Tensor& b, const Scalar& beta = 0, const Scalar& alpha = 1);

// s t, t itself for 1.
inline Tensor scaled(const Tensor& t, const Scalar& s) { return s.equal(1) ? t : t * s; }

// out= forms of ops with several results: check_outs first, then compute, then store_out each.
inline void check_outs(const char* name, TensorRefs outs, TensorRefs inputs) {
  for (const Tensor& o : outs) autograd::check_out(name, o, autograd::Inputs(inputs));
}
inline void store_out(const char* name, const Tensor& out, const Tensor& r) {
  check_castable(name, r.scalar_type(), out.scalar_type());
  resize_out(name, out, r.sizes(), r.strides());
  raw_copy(out, r);
  impl(out)->bump_version();
}

}  // namespace wick::ops
