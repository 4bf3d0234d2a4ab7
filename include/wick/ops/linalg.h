// Products of matrices and linear algebra.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// beta * self + alpha * sum of the products of a batch.
Tensor& addbmm_out(Tensor& out, const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor addbmm(const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1);

/// beta * self + alpha * (mat1 @ mat2).
Tensor& addmm_out(Tensor& out, const Tensor& self, const Tensor& mat1, const Tensor& mat2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor addmm(const Tensor& self, const Tensor& mat1, const Tensor& mat2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor addmm(const Tensor& self, const Tensor& mat1, const Tensor& mat2, ScalarType out_dtype, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& addmm_out(Tensor& out, const Tensor& self, const Tensor& mat1, const Tensor& mat2, ScalarType out_dtype, const Scalar& beta = 1, const Scalar& alpha = 1);

/// beta * self + alpha * (mat @ vec).
Tensor addmv(const Tensor& self, const Tensor& mat, const Tensor& vec, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& addmv_(Tensor& self, const Tensor& mat, const Tensor& vec, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& addmv_out(Tensor& out, const Tensor& self, const Tensor& mat, const Tensor& vec, const Scalar& beta = 1, const Scalar& alpha = 1);

/// beta * self + alpha * outer(vec1, vec2).
Tensor addr(const Tensor& self, const Tensor& vec1, const Tensor& vec2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& addr_out(Tensor& out, const Tensor& self, const Tensor& vec1, const Tensor& vec2, const Scalar& beta = 1, const Scalar& alpha = 1);

/// beta * self + alpha * (batch1 @ batch2), batch by batch.
Tensor baddbmm(const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& baddbmm_out(Tensor& out, const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor baddbmm(const Tensor& self, const Tensor& batch1, const Tensor& batch2, ScalarType out_dtype, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& baddbmm_out(Tensor& out, const Tensor& self, const Tensor& batch1, const Tensor& batch2, ScalarType out_dtype, const Scalar& beta = 1, const Scalar& alpha = 1);

/// Products of a batch of matrices, [b, n, m] @ [b, m, p].
Tensor bmm(const Tensor& self, const Tensor& mat2);
Tensor& bmm_out(Tensor& out, const Tensor& self, const Tensor& mat2);
Tensor bmm(const Tensor& self, const Tensor& mat2, ScalarType out_dtype);
Tensor& bmm_out(Tensor& out, const Tensor& self, const Tensor& mat2, ScalarType out_dtype);

/// Product of several matrices in the cheapest order.
Tensor chain_matmul(ArrayRef<Tensor> matrices);
Tensor& chain_matmul_out(Tensor& out, ArrayRef<Tensor> matrices);

/// Lower (or upper) factor L of A = L L^H. Errors: not positive definite.
Tensor& cholesky_out(Tensor& out, const Tensor& self, bool upper = false);
Tensor cholesky(const Tensor& self, bool upper = false);

/// Inverse of A from its Cholesky factor.
Tensor cholesky_inverse(const Tensor& self, bool upper = false);
Tensor& cholesky_inverse_out(Tensor& out, const Tensor& self, bool upper = false);

/// Solves A x = b from A's Cholesky factor.
Tensor& cholesky_solve_out(Tensor& out, const Tensor& self, const Tensor& input2, bool upper = false);
Tensor cholesky_solve(const Tensor& self, const Tensor& input2, bool upper = false);

/// Vector product along a dimension of size 3.
Tensor& cross_out(Tensor& out, const Tensor& self, const Tensor& other, std::optional<int64_t> dim = std::nullopt);
Tensor cross(const Tensor& self, const Tensor& other, std::optional<int64_t> dim = std::nullopt);

/// Determinant.
Tensor det(const Tensor& self);

/// Sum of products of two vectors.
Tensor dot(const Tensor& self, const Tensor& tensor);
Tensor& dot_out(Tensor& out, const Tensor& self, const Tensor& tensor);

/// Sum of products in Einstein's notation, "ij,jk->ik".
Tensor einsum(std::string_view equation, ArrayRef<Tensor> tensors, OptionalIntArrayRef path = std::nullopt);

/// Matrix of all products of two vectors' elements.
Tensor ger(const Tensor& self, const Tensor& vec2);
Tensor& ger_out(Tensor& out, const Tensor& self, const Tensor& vec2);

/// Sums of products over the last dimensions.
Tensor inner(const Tensor& self, const Tensor& other);
Tensor& inner_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Inverse matrix. Errors: singular input.
Tensor inverse(const Tensor& self);
Tensor& inverse_out(Tensor& out, const Tensor& self);

/// Kronecker product.
Tensor kron(const Tensor& self, const Tensor& other);
Tensor& kron_out(Tensor& out, const Tensor& self, const Tensor& other);

/// input @ weight^T + bias; weight [out, in].
Tensor linear(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias = {});
Tensor& linear_out(Tensor& out, const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias = {});

/// Logarithm of the determinant.
Tensor logdet(const Tensor& self);

/// Matrix product of vectors, matrices and batches, with broadcasting.
Tensor matmul(const Tensor& self, const Tensor& other);
Tensor& matmul_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Matrix exponential.
Tensor matrix_exp(const Tensor& self);

/// Integer power of a square matrix.
Tensor matrix_power(const Tensor& self, int64_t n);
Tensor& matrix_power_out(Tensor& out, const Tensor& self, int64_t n);

/// Product of two matrices. Errors: inner dimensions that differ.
Tensor mm(const Tensor& self, const Tensor& mat2);
Tensor& mm_out(Tensor& out, const Tensor& self, const Tensor& mat2);
Tensor mm(const Tensor& self, const Tensor& mat2, ScalarType out_dtype);
Tensor& mm_out(Tensor& out, const Tensor& self, const Tensor& mat2, ScalarType out_dtype);

/// Matrix times vector.
Tensor mv(const Tensor& self, const Tensor& vec);
Tensor& mv_out(Tensor& out, const Tensor& self, const Tensor& vec);

/// Matrix of all products of two vectors' elements.
Tensor outer(const Tensor& self, const Tensor& vec2);
Tensor& outer_out(Tensor& out, const Tensor& self, const Tensor& vec2);

/// Pseudo-inverse.
Tensor pinverse(const Tensor& self, double rcond = 1e-15);

/// Orthogonal and upper triangular factor.
std::tuple<Tensor&,Tensor&> qr_out(Tensor& Q, Tensor& R, const Tensor& self, bool some = true);
std::tuple<Tensor,Tensor> qr(const Tensor& self, bool some = true);

/// Sign and logarithm of the absolute determinant.
std::tuple<Tensor,Tensor> slogdet(const Tensor& self);
std::tuple<Tensor&,Tensor&> slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& self);

/// Singular value decomposition.
std::tuple<Tensor&,Tensor&,Tensor&> svd_out(Tensor& U, Tensor& S, Tensor& V, const Tensor& self, bool some = true, bool compute_uv = true);
std::tuple<Tensor,Tensor,Tensor> svd(const Tensor& self, bool some = true, bool compute_uv = true);

/// Sum of products over chosen dimensions of both.
Tensor tensordot(const Tensor& self, const Tensor& other, IntArrayRef dims_self, IntArrayRef dims_other);
Tensor& tensordot_out(Tensor& out, const Tensor& self, const Tensor& other, IntArrayRef dims_self, IntArrayRef dims_other);

/// Solves with a triangular matrix.
std::tuple<Tensor&,Tensor&> triangular_solve_out(Tensor& X, Tensor& M, const Tensor& self, const Tensor& A, bool upper = true, bool transpose = false, bool unitriangular = false);
std::tuple<Tensor,Tensor> triangular_solve(const Tensor& self, const Tensor& A, bool upper = true, bool transpose = false, bool unitriangular = false);

/// Sum of products of two vectors, the first conjugated.
Tensor vdot(const Tensor& self, const Tensor& other);
Tensor& vdot_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Distances of all pairs of rows (p-norm).
Tensor cdist(const Tensor& x1, const Tensor& x2, double p = 2, std::optional<int64_t> compute_mode = std::nullopt);

/// Distances of all pairs of rows of one matrix, flat.
Tensor pdist(const Tensor& self, double p = 2);

/// x1^T A x2 + b for each output.
Tensor bilinear(const Tensor& input1, const Tensor& input2, const Tensor& weight, const std::optional<Tensor>& bias = {});

/// Lower (or upper) factor L of A = L L^H. Errors: not positive definite.
Tensor linalg_cholesky(const Tensor& self, bool upper = false);
Tensor& linalg_cholesky_out(Tensor& out, const Tensor& self, bool upper = false);

/// Cholesky factor and an error code for each matrix.
std::tuple<Tensor,Tensor> linalg_cholesky_ex(const Tensor& self, bool upper = false, bool check_errors = false);
std::tuple<Tensor&,Tensor&> linalg_cholesky_ex_out(Tensor& L, Tensor& info, const Tensor& self, bool upper = false, bool check_errors = false);

/// Condition number.
Tensor linalg_cond(const Tensor& self, const std::optional<Scalar>& p = std::nullopt);
Tensor& linalg_cond_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& p = std::nullopt);
Tensor linalg_cond(const Tensor& self, std::string_view p);
Tensor& linalg_cond_out(Tensor& out, const Tensor& self, std::string_view p);

/// Vector product along a dimension of size 3.
Tensor linalg_cross(const Tensor& self, const Tensor& other, int64_t dim = -1);
Tensor& linalg_cross_out(Tensor& out, const Tensor& self, const Tensor& other, int64_t dim = -1);

/// Determinant.
Tensor linalg_det(const Tensor& A);
Tensor& linalg_det_out(Tensor& out, const Tensor& A);

/// Diagonal of matrices, a view.
Tensor linalg_diagonal(const Tensor& A, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1);

/// Eigenvalues and eigenvectors, complex.
std::tuple<Tensor,Tensor> linalg_eig(const Tensor& self);
std::tuple<Tensor&,Tensor&> linalg_eig_out(Tensor& eigenvalues, Tensor& eigenvectors, const Tensor& self);

/// Eigenvalues and eigenvectors of a Hermitian matrix.
std::tuple<Tensor,Tensor> linalg_eigh(const Tensor& self, std::string_view UPLO = "L");
std::tuple<Tensor&,Tensor&> linalg_eigh_out(Tensor& eigvals, Tensor& eigvecs, const Tensor& self, std::string_view UPLO = "L");

/// Eigenvalues, complex.
Tensor linalg_eigvals(const Tensor& self);
Tensor& linalg_eigvals_out(Tensor& out, const Tensor& self);

/// Eigenvalues of a Hermitian matrix.
Tensor linalg_eigvalsh(const Tensor& self, std::string_view UPLO = "L");
Tensor& linalg_eigvalsh_out(Tensor& out, const Tensor& self, std::string_view UPLO = "L");

/// Inverse matrix. Errors: singular input.
Tensor linalg_inv(const Tensor& A);
Tensor& linalg_inv_out(Tensor& out, const Tensor& A);

/// Inverse and an error code for each matrix.
std::tuple<Tensor,Tensor> linalg_inv_ex(const Tensor& A, bool check_errors = false);
std::tuple<Tensor&,Tensor&> linalg_inv_ex_out(Tensor& inverse, Tensor& info, const Tensor& A, bool check_errors = false);

/// Least-squares solution.
std::tuple<Tensor,Tensor,Tensor,Tensor> linalg_lstsq(const Tensor& self, const Tensor& b, std::optional<double> rcond = std::nullopt, std::optional<std::string_view> driver = std::nullopt);
std::tuple<Tensor&,Tensor&,Tensor&,Tensor&> linalg_lstsq_out(Tensor& solution, Tensor& residuals, Tensor& rank, Tensor& singular_values, const Tensor& self, const Tensor& b, std::optional<double> rcond = std::nullopt, std::optional<std::string_view> driver = std::nullopt);

/// Permutation, lower and upper factor.
std::tuple<Tensor,Tensor,Tensor> linalg_lu(const Tensor& A, bool pivot = true);
std::tuple<Tensor&,Tensor&,Tensor&> linalg_lu_out(Tensor& P, Tensor& L, Tensor& U, const Tensor& A, bool pivot = true);

/// Compact LU factors and pivots.
std::tuple<Tensor,Tensor> linalg_lu_factor(const Tensor& A, bool pivot = true);
std::tuple<Tensor&,Tensor&> linalg_lu_factor_out(Tensor& LU, Tensor& pivots, const Tensor& A, bool pivot = true);

/// Matrix product of vectors, matrices and batches, with broadcasting.
Tensor linalg_matmul(const Tensor& self, const Tensor& other);
Tensor& linalg_matmul_out(Tensor& out, const Tensor& self, const Tensor& other);

/// Norm of matrices ("fro", "nuc", 1, 2, inf and their negatives).
Tensor linalg_matrix_norm(const Tensor& self, const Scalar& ord, IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor& linalg_matrix_norm_out(Tensor& out, const Tensor& self, const Scalar& ord, IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor linalg_matrix_norm(const Tensor& self, std::string_view ord = "fro", IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor& linalg_matrix_norm_out(Tensor& out, const Tensor& self, std::string_view ord = "fro", IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);

/// Integer power of a square matrix.
Tensor linalg_matrix_power(const Tensor& self, int64_t n);
Tensor& linalg_matrix_power_out(Tensor& out, const Tensor& self, int64_t n);

/// Numerical rank.
Tensor linalg_matrix_rank(const Tensor& input, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false);
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& input, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false);
Tensor linalg_matrix_rank(const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false);
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false);
Tensor linalg_matrix_rank(const Tensor& self, double tol, bool hermitian = false);
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& self, double tol, bool hermitian = false);
Tensor linalg_matrix_rank(const Tensor& input, const Tensor& tol, bool hermitian = false);
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& input, const Tensor& tol, bool hermitian = false);

/// Product of several matrices in the cheapest order.
Tensor linalg_multi_dot(ArrayRef<Tensor> tensors);
Tensor& linalg_multi_dot_out(Tensor& out, ArrayRef<Tensor> tensors);

/// Vector or matrix norm.
Tensor linalg_norm(const Tensor& self, const std::optional<Scalar>& ord = std::nullopt, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor linalg_norm(const Tensor& self, std::string_view ord, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor& linalg_norm_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& ord = std::nullopt, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor& linalg_norm_out(Tensor& out, const Tensor& self, std::string_view ord, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);

/// Pseudo-inverse.
Tensor linalg_pinv(const Tensor& self, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false);
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false);
Tensor linalg_pinv(const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false);
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false);
Tensor linalg_pinv(const Tensor& self, double rcond, bool hermitian = false);
Tensor linalg_pinv(const Tensor& self, const Tensor& rcond, bool hermitian = false);
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, double rcond, bool hermitian = false);
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, const Tensor& rcond, bool hermitian = false);

/// Orthogonal and upper triangular factor.
std::tuple<Tensor,Tensor> linalg_qr(const Tensor& A, std::string_view mode = "reduced");
std::tuple<Tensor&,Tensor&> linalg_qr_out(Tensor& Q, Tensor& R, const Tensor& A, std::string_view mode = "reduced");

/// Sign and logarithm of the absolute determinant.
std::tuple<Tensor,Tensor> linalg_slogdet(const Tensor& A);
std::tuple<Tensor&,Tensor&> linalg_slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& A);

/// Solves A x = b. Errors: singular A.
Tensor linalg_solve(const Tensor& A, const Tensor& B, bool left = true);
Tensor& linalg_solve_out(Tensor& out, const Tensor& A, const Tensor& B, bool left = true);

/// Solves with a triangular matrix.
Tensor& linalg_solve_triangular_out(Tensor& out, const Tensor& self, const Tensor& B, bool upper, bool left = true, bool unitriangular = false);
Tensor linalg_solve_triangular(const Tensor& self, const Tensor& B, bool upper, bool left = true, bool unitriangular = false);

/// Singular value decomposition.
std::tuple<Tensor,Tensor,Tensor> linalg_svd(const Tensor& A, bool full_matrices = true, std::optional<std::string_view> driver = std::nullopt);
std::tuple<Tensor&,Tensor&,Tensor&> linalg_svd_out(Tensor& U, Tensor& S, Tensor& Vh, const Tensor& A, bool full_matrices = true, std::optional<std::string_view> driver = std::nullopt);

/// Singular values.
Tensor linalg_svdvals(const Tensor& A, std::optional<std::string_view> driver = std::nullopt);
Tensor& linalg_svdvals_out(Tensor& out, const Tensor& A, std::optional<std::string_view> driver = std::nullopt);

/// Inverse of the linear map that a tensor stands for.
Tensor linalg_tensorinv(const Tensor& self, int64_t ind = 2);
Tensor& linalg_tensorinv_out(Tensor& out, const Tensor& self, int64_t ind = 2);

/// Matrix of the powers of a vector, rising.
Tensor linalg_vander(const Tensor& x, std::optional<int64_t> N = std::nullopt);

/// Sums of products along a dimension, the first conjugated.
Tensor linalg_vecdot(const Tensor& x, const Tensor& y, int64_t dim = -1);
Tensor& linalg_vecdot_out(Tensor& out, const Tensor& x, const Tensor& y, int64_t dim = -1);

/// p-norm over dimensions.
Tensor linalg_vector_norm(const Tensor& self, const Scalar& ord = 2, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor& linalg_vector_norm_out(Tensor& out, const Tensor& self, const Scalar& ord = 2, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);

/// Matrix exponential.
Tensor linalg_matrix_exp(const Tensor& self);
Tensor& linalg_matrix_exp_out(Tensor& out, const Tensor& self);

/// Solves from LU factors.
Tensor& lu_solve_out(Tensor& out, const Tensor& self, const Tensor& LU_data, const Tensor& LU_pivots);
Tensor lu_solve(const Tensor& self, const Tensor& LU_data, const Tensor& LU_pivots);

}  // namespace v1
}  // namespace wick
