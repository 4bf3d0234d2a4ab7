// Factorisations in parts: what programs use that keep a factorisation and solve with it.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// LU factors of A in one matrix, the row swaps (int32, from 1) and LAPACK's info: not 0 where a pivot is zero. Errors: with check_errors, the same as `linalg_lu_factor`.
std::tuple<Tensor,Tensor,Tensor> linalg_lu_factor_ex(const Tensor& A, bool pivot = true, bool check_errors = false);
std::tuple<Tensor&,Tensor&,Tensor&> linalg_lu_factor_ex_out(Tensor& LU, Tensor& pivots, Tensor& info, const Tensor& A, bool pivot = true, bool check_errors = false);

/// Solves A X = B (X A = B without left) from the LU factors of A, or of its adjoint.
Tensor linalg_lu_solve(const Tensor& LU, const Tensor& pivots, const Tensor& B, bool left = true, bool adjoint = false);
Tensor& linalg_lu_solve_out(Tensor& out, const Tensor& LU, const Tensor& pivots, const Tensor& B, bool left = true, bool adjoint = false);

/// P, L and U from the factors in one matrix; what is not asked for is empty.
std::tuple<Tensor,Tensor,Tensor> lu_unpack(const Tensor& LU_data, const Tensor& LU_pivots, bool unpack_data = true, bool unpack_pivots = true);
std::tuple<Tensor&,Tensor&,Tensor&> lu_unpack_out(Tensor& P, Tensor& L, Tensor& U, const Tensor& LU_data, const Tensor& LU_pivots, bool unpack_data = true, bool unpack_pivots = true);

/// `linalg_solve` and LAPACK's info in place of an error for singular matrices.
std::tuple<Tensor,Tensor> linalg_solve_ex(const Tensor& A, const Tensor& B, bool left = true, bool check_errors = false);
std::tuple<Tensor&,Tensor&> linalg_solve_ex_out(Tensor& result, Tensor& info, const Tensor& A, const Tensor& B, bool left = true, bool check_errors = false);

/// X such that tensordot(self, X) = other, after moving the dimensions `dims` of self to the end.
Tensor linalg_tensorsolve(const Tensor& self, const Tensor& other, OptionalIntArrayRef dims = std::nullopt);
Tensor& linalg_tensorsolve_out(Tensor& out, const Tensor& self, const Tensor& other, OptionalIntArrayRef dims = std::nullopt);

/// First columns of the product of Householder reflections given by columns below the diagonal and tau.
Tensor linalg_householder_product(const Tensor& input, const Tensor& tau);
Tensor& linalg_householder_product_out(Tensor& out, const Tensor& input, const Tensor& tau);
Tensor orgqr(const Tensor& self, const Tensor& input2);
Tensor& orgqr_out(Tensor& out, const Tensor& self, const Tensor& input2);

/// Reflections and the upper triangle of a QR decomposition as LAPACK stores them, and tau. No derivative.
std::tuple<Tensor&,Tensor&> geqrf_out(Tensor& a, Tensor& tau, const Tensor& self);
std::tuple<Tensor,Tensor> geqrf(const Tensor& self);

/// other multiplied by the matrix Q of `geqrf` (or its adjoint), from the left or the right.
Tensor& ormqr_out(Tensor& out, const Tensor& self, const Tensor& input2, const Tensor& input3, bool left = true, bool transpose = false);
Tensor ormqr(const Tensor& self, const Tensor& input2, const Tensor& input3, bool left = true, bool transpose = false);

/// L D L^T (L D L^H for hermitian) of a symmetric matrix with LAPACK's pivots, and info. Reads the lower triangle. No derivative.
std::tuple<Tensor,Tensor> linalg_ldl_factor(const Tensor& self, bool hermitian = false);
std::tuple<Tensor&,Tensor&> linalg_ldl_factor_out(Tensor& LD, Tensor& pivots, const Tensor& self, bool hermitian = false);
std::tuple<Tensor,Tensor,Tensor> linalg_ldl_factor_ex(const Tensor& self, bool hermitian = false, bool check_errors = false);
std::tuple<Tensor&,Tensor&,Tensor&> linalg_ldl_factor_ex_out(Tensor& LD, Tensor& pivots, Tensor& info, const Tensor& self, bool hermitian = false, bool check_errors = false);

/// Solves A X = B from `linalg_ldl_factor`.
Tensor linalg_ldl_solve(const Tensor& LD, const Tensor& pivots, const Tensor& B, bool hermitian = false);
Tensor& linalg_ldl_solve_out(Tensor& out, const Tensor& LD, const Tensor& pivots, const Tensor& B, bool hermitian = false);

}  // namespace v1
}  // namespace wick
