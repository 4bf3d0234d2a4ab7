// LAPACK on batches of matrices.
#pragma once

#include <complex>
#define lapack_complex_float std::complex<float>
#define lapack_complex_double std::complex<double>
#include <lapacke.h>

#include "ops/matmul.h"

namespace wick::ops {

// Householder factors of a matrix [m, n] stored column by column, and the orthogonal matrix they stand for.
namespace lapack {
inline lapack_int geqrf(int m, int n, float* a, float* t) { return LAPACKE_sgeqrf(LAPACK_COL_MAJOR, m, n, a, m, t); }
inline lapack_int geqrf(int m, int n, double* a, double* t) { return LAPACKE_dgeqrf(LAPACK_COL_MAJOR, m, n, a, m, t); }
inline lapack_int geqrf(int m, int n, std::complex<float>* a, std::complex<float>* t) { return LAPACKE_cgeqrf(LAPACK_COL_MAJOR, m, n, a, m, t); }
inline lapack_int geqrf(int m, int n, std::complex<double>* a, std::complex<double>* t) { return LAPACKE_zgeqrf(LAPACK_COL_MAJOR, m, n, a, m, t); }
inline lapack_int orgqr(int m, int n, int k, float* a, const float* t) { return LAPACKE_sorgqr(LAPACK_COL_MAJOR, m, n, k, a, m, t); }
inline lapack_int orgqr(int m, int n, int k, double* a, const double* t) { return LAPACKE_dorgqr(LAPACK_COL_MAJOR, m, n, k, a, m, t); }
inline lapack_int orgqr(int m, int n, int k, std::complex<float>* a, const std::complex<float>* t) { return LAPACKE_cungqr(LAPACK_COL_MAJOR, m, n, k, a, m, t); }
inline lapack_int orgqr(int m, int n, int k, std::complex<double>* a, const std::complex<double>* t) { return LAPACKE_zungqr(LAPACK_COL_MAJOR, m, n, k, a, m, t); }
}  // namespace lapack

// A copy of t whose matrices lie column by column, as LAPACK reads them and as PyTorch returns its results.
Tensor column_copy(const Tensor& t);
Tensor column_empty(IntArrayRef sizes, ScalarType t);
DimVec column_strides(IntArrayRef sizes);

// Number of matrices in a batch (dimensions before the last two), and calls per matrix.
int64_t batch_count(const Tensor& t);
IntArrayRef batch_sizes(const Tensor& t);
DimVec with_tail(IntArrayRef lead, std::initializer_list<int64_t> tail);

// Calls f(T()) with the element type of t.
template <class F>
void lapack_types(ScalarType t, F&& f) {
  switch (t) {
    case kFloat: f(float()); break;
    case kDouble: f(double()); break;
    case kComplexFloat: f(std::complex<float>()); break;
    default: f(std::complex<double>()); break;
  }
}

void check_matrix(const char* op, const Tensor& a);
void check_square(const char* op, const Tensor& a);
void check_lapack_type(const char* op, const Tensor& a);
// Throws for the first matrix of which `info` says that the factorisation failed.
void check_info(const char* op, const Tensor& info, bool batched, const char* before, const char* after);

// Factors of a square or rectangular batch: LU by columns, int32 pivots from 1, int32 info per matrix.
struct LuFactors { Tensor lu, pivots, info; };
LuFactors lu_factors(const Tensor& a);
// Row swaps as a permutation: row i of P^T b is row result[i] of b (int64).
Tensor permutation_of(const Tensor& pivots, int64_t rows);

// Thin singular value decomposition outside the graph.
struct Svd { Tensor u, s, vh; };
Svd svd_kernel(const Tensor& a, bool full, bool vectors);

}  // namespace wick::ops
