// Matrix products on raw memory. Row-major: element (i, j) of a matrix with leading dimension ld is at i * ld + j.
#pragma once

#include <complex>
#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// A factor of any category; integers stay exact, so that integer products wrap around as they should.
struct Factor {
  std::complex<double> z;
  int64_t i;
  Factor(double v) : z(v), i(static_cast<int64_t>(v)) {}
  Factor(int v) : z(v), i(v) {}
  Factor(int64_t v) : z(static_cast<double>(v)), i(v) {}
  Factor(std::complex<double> v) : z(v), i(static_cast<int64_t>(v.real())) {}
};

// c = alpha * op(a) @ op(b) + beta * c, op(a) is m x k, op(b) k x n, c m x n. `lda` is the leading dimension of a as
// stored (k x m when trans_a). Any dtype but bool: f32, f64 and complex accumulate in their own type, f16 and bf16
// in f32, integers wrap around. With beta == 0, c is not read. k == 0 scales c by beta. c must not overlap a or b.
// bf16 and f16 may write f32 (`c_dtype`); otherwise c has the operands' dtype.
// The result does not depend on the number of threads.
void gemm(ScalarType dtype, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, Factor alpha, const void* a,
          int64_t lda, const void* b, int64_t ldb, Factor beta, void* c, int64_t ldc,
          ScalarType c_dtype = ScalarType::Undefined);

// `batch` products; operand p of product q starts q * stride_p elements on. Strides of a and b may be 0 (broadcast).
void gemm_batched(ScalarType dtype, int64_t batch, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k,
                  Factor alpha, const void* a, int64_t lda, int64_t stride_a, const void* b, int64_t ldb,
                  int64_t stride_b, Factor beta, void* c, int64_t ldc, int64_t stride_c,
                  ScalarType c_dtype = ScalarType::Undefined);

// What follows a product while its tile is still in cache.
enum class Activation : uint8_t { none, relu, gelu, gelu_tanh };

// c = act(op(a) @ op(b) + bias), bias one per column (null: none) in the operands' dtype. f32, f64, f16, bf16.
void gemm_bias_act(ScalarType dtype, bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, const void* a,
                   int64_t lda, const void* b, int64_t ldb, const void* bias, Activation act, void* c, int64_t ldc);

}  // namespace wick::kernels::cpu
