// Wick's own single-threaded product: f64 and f16 at any size, f32 when tiny, and the fallback where no library has
// a good kernel. Internal to gemm*.cpp and conv*.cpp.
#pragma once

#include <cstdint>

#include <wick/core/dtype.h>

namespace wick::kernels::cpu {

// Element (i, j) at i * rs + j * cs. One of rs and cs is usually 1.
struct Operand {
  const void* data;
  int64_t rs, cs;
  ScalarType type;
};

// c = alpha * a @ b + beta * c + bias (c unread when beta == 0; bias one row, or null), row-major c, on this thread.
// Operands are of the result's type, or f16 or bf16 for f32. Each element is summed in an order that depends on k alone.
void packed_gemm_f32(int64_t m, int64_t n, int64_t k, float alpha, const Operand& a, const Operand& b, float beta,
                     float* c, int64_t ldc, const float* bias = nullptr);
void packed_gemm_f64(int64_t m, int64_t n, int64_t k, double alpha, const Operand& a, const Operand& b, double beta,
                     double* c, int64_t ldc, const double* bias = nullptr);

// A right-hand side packed once for many products: b is k x n, `dst` holds packed_floats(n, k) floats, 64-byte aligned.
// Then c = alpha * a @ b + beta * c; a is f32 with contiguous rows, `lda` apart. The last form computes columns first to
// first + count alone, which c holds; `first` is a multiple of 48.
int64_t packed_floats(int64_t n, int64_t k);
// Where the elements of b lie once packed: (p, j) and what follows it up to the end of its vector. n is a multiple of 16.
struct PackedLayout {
  int64_t n, k, sliver, depth;
  int64_t at(int64_t p, int64_t j) const {
    const int64_t block = p / depth * depth, rows = k - block < depth ? k - block : depth, left = j / sliver * sliver;
    return block * n + left * rows + (p - block) * (n - left < sliver ? n - left : sliver) + (j - left);
  }
};
PackedLayout packed_layout(int64_t n, int64_t k);
void pack_f32(int64_t n, int64_t k, const Operand& b, float* dst);
void multiply_packed_f32(int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda, const float* packed,
                         float beta, float* c, int64_t ldc);
void multiply_packed_f32(int64_t m, int64_t n, int64_t k, float alpha, const float* a, int64_t lda, const float* packed,
                         float beta, float* c, int64_t ldc, int64_t first, int64_t count);

// Contiguous conversions between f32 and f16 or bf16, on this thread.
void load_f32(int64_t n, float* out, const void* in, ScalarType type);
void store_f32(int64_t n, void* out, ScalarType type, const float* in);

// What follows a product, on a row that is still in cache: row = act(row + bias), bias null for none; `act` is an
// Activation. And row = alpha * row + beta * old.
void epilogue_f32(int64_t n, float* row, const float* bias, int act);
void epilogue_f64(int64_t n, double* row, const double* bias, int act);
void affine_f32(int64_t n, float* row, float alpha, float beta, const float* old);
void affine_f64(int64_t n, double* row, double alpha, double beta, const double* old);

// y[i] = sum over p < k of m(i, p) * x[p], i < rows; x contiguous. m as in packed_gemm_*.
void gemv_f32(int64_t rows, int64_t k, const Operand& m, const float* x, float* y);
void gemv_f64(int64_t rows, int64_t k, const Operand& m, const double* x, double* y);

// Products of integers of `size` bytes, modulo 2^(8 * size): c = alpha * a @ b + beta * c.
void integer_gemm(size_t size, int64_t m, int64_t n, int64_t k, int64_t alpha, const Operand& a, const Operand& b,
                  int64_t beta, void* c, int64_t ldc);

}  // namespace wick::kernels::cpu
