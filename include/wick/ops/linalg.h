// Products of matrices and linear algebra.
#pragma once

#include <wick/tensor.h>

namespace wick {
inline namespace v1 {

/// DOC addbmm
Tensor& addbmm_out(Tensor& out, const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor addbmm(const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1);

/// DOC addmm
Tensor& addmm_out(Tensor& out, const Tensor& self, const Tensor& mat1, const Tensor& mat2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor addmm(const Tensor& self, const Tensor& mat1, const Tensor& mat2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor addmm(const Tensor& self, const Tensor& mat1, const Tensor& mat2, ScalarType out_dtype, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& addmm_out(Tensor& out, const Tensor& self, const Tensor& mat1, const Tensor& mat2, ScalarType out_dtype, const Scalar& beta = 1, const Scalar& alpha = 1);

/// DOC addmv
Tensor addmv(const Tensor& self, const Tensor& mat, const Tensor& vec, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& addmv_(Tensor& self, const Tensor& mat, const Tensor& vec, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& addmv_out(Tensor& out, const Tensor& self, const Tensor& mat, const Tensor& vec, const Scalar& beta = 1, const Scalar& alpha = 1);

/// DOC addr
Tensor addr(const Tensor& self, const Tensor& vec1, const Tensor& vec2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& addr_out(Tensor& out, const Tensor& self, const Tensor& vec1, const Tensor& vec2, const Scalar& beta = 1, const Scalar& alpha = 1);

/// DOC baddbmm
Tensor baddbmm(const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& baddbmm_out(Tensor& out, const Tensor& self, const Tensor& batch1, const Tensor& batch2, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor baddbmm(const Tensor& self, const Tensor& batch1, const Tensor& batch2, ScalarType out_dtype, const Scalar& beta = 1, const Scalar& alpha = 1);
Tensor& baddbmm_out(Tensor& out, const Tensor& self, const Tensor& batch1, const Tensor& batch2, ScalarType out_dtype, const Scalar& beta = 1, const Scalar& alpha = 1);

/// DOC bmm
Tensor bmm(const Tensor& self, const Tensor& mat2);
Tensor& bmm_out(Tensor& out, const Tensor& self, const Tensor& mat2);
Tensor bmm(const Tensor& self, const Tensor& mat2, ScalarType out_dtype);
Tensor& bmm_out(Tensor& out, const Tensor& self, const Tensor& mat2, ScalarType out_dtype);

/// DOC chain_matmul
Tensor chain_matmul(ArrayRef<Tensor> matrices);
Tensor& chain_matmul_out(Tensor& out, ArrayRef<Tensor> matrices);

/// DOC cholesky
Tensor& cholesky_out(Tensor& out, const Tensor& self, bool upper = false);
Tensor cholesky(const Tensor& self, bool upper = false);

/// DOC cholesky_inverse
Tensor cholesky_inverse(const Tensor& self, bool upper = false);
Tensor& cholesky_inverse_out(Tensor& out, const Tensor& self, bool upper = false);

/// DOC cholesky_solve
Tensor& cholesky_solve_out(Tensor& out, const Tensor& self, const Tensor& input2, bool upper = false);
Tensor cholesky_solve(const Tensor& self, const Tensor& input2, bool upper = false);

/// DOC cross
Tensor& cross_out(Tensor& out, const Tensor& self, const Tensor& other, std::optional<int64_t> dim = std::nullopt);
Tensor cross(const Tensor& self, const Tensor& other, std::optional<int64_t> dim = std::nullopt);

/// DOC det
Tensor det(const Tensor& self);

/// DOC dot
Tensor dot(const Tensor& self, const Tensor& tensor);
Tensor& dot_out(Tensor& out, const Tensor& self, const Tensor& tensor);

/// DOC einsum
Tensor einsum(std::string_view equation, ArrayRef<Tensor> tensors, OptionalIntArrayRef path = std::nullopt);

/// DOC ger
Tensor ger(const Tensor& self, const Tensor& vec2);
Tensor& ger_out(Tensor& out, const Tensor& self, const Tensor& vec2);

/// DOC inner
Tensor inner(const Tensor& self, const Tensor& other);
Tensor& inner_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC inverse
Tensor inverse(const Tensor& self);
Tensor& inverse_out(Tensor& out, const Tensor& self);

/// DOC kron
Tensor kron(const Tensor& self, const Tensor& other);
Tensor& kron_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC linear
Tensor linear(const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias = {});
Tensor& linear_out(Tensor& out, const Tensor& input, const Tensor& weight, const std::optional<Tensor>& bias = {});

/// DOC logdet
Tensor logdet(const Tensor& self);

/// DOC matmul
Tensor matmul(const Tensor& self, const Tensor& other);
Tensor& matmul_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC matrix_exp
Tensor matrix_exp(const Tensor& self);

/// DOC matrix_power
Tensor matrix_power(const Tensor& self, int64_t n);
Tensor& matrix_power_out(Tensor& out, const Tensor& self, int64_t n);

/// DOC mm
Tensor mm(const Tensor& self, const Tensor& mat2);
Tensor& mm_out(Tensor& out, const Tensor& self, const Tensor& mat2);
Tensor mm(const Tensor& self, const Tensor& mat2, ScalarType out_dtype);
Tensor& mm_out(Tensor& out, const Tensor& self, const Tensor& mat2, ScalarType out_dtype);

/// DOC mv
Tensor mv(const Tensor& self, const Tensor& vec);
Tensor& mv_out(Tensor& out, const Tensor& self, const Tensor& vec);

/// DOC outer
Tensor outer(const Tensor& self, const Tensor& vec2);
Tensor& outer_out(Tensor& out, const Tensor& self, const Tensor& vec2);

/// DOC pinverse
Tensor pinverse(const Tensor& self, double rcond = 1e-15);

/// DOC qr
std::tuple<Tensor&,Tensor&> qr_out(Tensor& Q, Tensor& R, const Tensor& self, bool some = true);
std::tuple<Tensor,Tensor> qr(const Tensor& self, bool some = true);

/// DOC slogdet
std::tuple<Tensor,Tensor> slogdet(const Tensor& self);
std::tuple<Tensor&,Tensor&> slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& self);

/// DOC svd
std::tuple<Tensor&,Tensor&,Tensor&> svd_out(Tensor& U, Tensor& S, Tensor& V, const Tensor& self, bool some = true, bool compute_uv = true);
std::tuple<Tensor,Tensor,Tensor> svd(const Tensor& self, bool some = true, bool compute_uv = true);

/// DOC tensordot
Tensor tensordot(const Tensor& self, const Tensor& other, IntArrayRef dims_self, IntArrayRef dims_other);
Tensor& tensordot_out(Tensor& out, const Tensor& self, const Tensor& other, IntArrayRef dims_self, IntArrayRef dims_other);

/// DOC triangular_solve
std::tuple<Tensor&,Tensor&> triangular_solve_out(Tensor& X, Tensor& M, const Tensor& self, const Tensor& A, bool upper = true, bool transpose = false, bool unitriangular = false);
std::tuple<Tensor,Tensor> triangular_solve(const Tensor& self, const Tensor& A, bool upper = true, bool transpose = false, bool unitriangular = false);

/// DOC vdot
Tensor vdot(const Tensor& self, const Tensor& other);
Tensor& vdot_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC cdist
Tensor cdist(const Tensor& x1, const Tensor& x2, double p = 2, std::optional<int64_t> compute_mode = std::nullopt);

/// DOC pdist
Tensor pdist(const Tensor& self, double p = 2);

/// DOC bilinear
Tensor bilinear(const Tensor& input1, const Tensor& input2, const Tensor& weight, const std::optional<Tensor>& bias = {});

/// DOC linalg_cholesky
Tensor linalg_cholesky(const Tensor& self, bool upper = false);
Tensor& linalg_cholesky_out(Tensor& out, const Tensor& self, bool upper = false);

/// DOC linalg_cholesky_ex
std::tuple<Tensor,Tensor> linalg_cholesky_ex(const Tensor& self, bool upper = false, bool check_errors = false);
std::tuple<Tensor&,Tensor&> linalg_cholesky_ex_out(Tensor& L, Tensor& info, const Tensor& self, bool upper = false, bool check_errors = false);

/// DOC linalg_cond
Tensor linalg_cond(const Tensor& self, const std::optional<Scalar>& p = std::nullopt);
Tensor& linalg_cond_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& p = std::nullopt);
Tensor linalg_cond(const Tensor& self, std::string_view p);
Tensor& linalg_cond_out(Tensor& out, const Tensor& self, std::string_view p);

/// DOC linalg_cross
Tensor linalg_cross(const Tensor& self, const Tensor& other, int64_t dim = -1);
Tensor& linalg_cross_out(Tensor& out, const Tensor& self, const Tensor& other, int64_t dim = -1);

/// DOC linalg_det
Tensor linalg_det(const Tensor& A);
Tensor& linalg_det_out(Tensor& out, const Tensor& A);

/// DOC linalg_diagonal
Tensor linalg_diagonal(const Tensor& A, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1);

/// DOC linalg_eig
std::tuple<Tensor,Tensor> linalg_eig(const Tensor& self);
std::tuple<Tensor&,Tensor&> linalg_eig_out(Tensor& eigenvalues, Tensor& eigenvectors, const Tensor& self);

/// DOC linalg_eigh
std::tuple<Tensor,Tensor> linalg_eigh(const Tensor& self, std::string_view UPLO = "L");
std::tuple<Tensor&,Tensor&> linalg_eigh_out(Tensor& eigvals, Tensor& eigvecs, const Tensor& self, std::string_view UPLO = "L");

/// DOC linalg_eigvals
Tensor linalg_eigvals(const Tensor& self);
Tensor& linalg_eigvals_out(Tensor& out, const Tensor& self);

/// DOC linalg_eigvalsh
Tensor linalg_eigvalsh(const Tensor& self, std::string_view UPLO = "L");
Tensor& linalg_eigvalsh_out(Tensor& out, const Tensor& self, std::string_view UPLO = "L");

/// DOC linalg_inv
Tensor linalg_inv(const Tensor& A);
Tensor& linalg_inv_out(Tensor& out, const Tensor& A);

/// DOC linalg_inv_ex
std::tuple<Tensor,Tensor> linalg_inv_ex(const Tensor& A, bool check_errors = false);
std::tuple<Tensor&,Tensor&> linalg_inv_ex_out(Tensor& inverse, Tensor& info, const Tensor& A, bool check_errors = false);

/// DOC linalg_lstsq
std::tuple<Tensor,Tensor,Tensor,Tensor> linalg_lstsq(const Tensor& self, const Tensor& b, std::optional<double> rcond = std::nullopt, std::optional<std::string_view> driver = std::nullopt);
std::tuple<Tensor&,Tensor&,Tensor&,Tensor&> linalg_lstsq_out(Tensor& solution, Tensor& residuals, Tensor& rank, Tensor& singular_values, const Tensor& self, const Tensor& b, std::optional<double> rcond = std::nullopt, std::optional<std::string_view> driver = std::nullopt);

/// DOC linalg_lu
std::tuple<Tensor,Tensor,Tensor> linalg_lu(const Tensor& A, bool pivot = true);
std::tuple<Tensor&,Tensor&,Tensor&> linalg_lu_out(Tensor& P, Tensor& L, Tensor& U, const Tensor& A, bool pivot = true);

/// DOC linalg_lu_factor
std::tuple<Tensor,Tensor> linalg_lu_factor(const Tensor& A, bool pivot = true);
std::tuple<Tensor&,Tensor&> linalg_lu_factor_out(Tensor& LU, Tensor& pivots, const Tensor& A, bool pivot = true);

/// DOC linalg_matmul
Tensor linalg_matmul(const Tensor& self, const Tensor& other);
Tensor& linalg_matmul_out(Tensor& out, const Tensor& self, const Tensor& other);

/// DOC linalg_matrix_norm
Tensor linalg_matrix_norm(const Tensor& self, const Scalar& ord, IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor& linalg_matrix_norm_out(Tensor& out, const Tensor& self, const Scalar& ord, IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor linalg_matrix_norm(const Tensor& self, std::string_view ord = "fro", IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor& linalg_matrix_norm_out(Tensor& out, const Tensor& self, std::string_view ord = "fro", IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);

/// DOC linalg_matrix_power
Tensor linalg_matrix_power(const Tensor& self, int64_t n);
Tensor& linalg_matrix_power_out(Tensor& out, const Tensor& self, int64_t n);

/// DOC linalg_matrix_rank
Tensor linalg_matrix_rank(const Tensor& input, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false);
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& input, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false);
Tensor linalg_matrix_rank(const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false);
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false);
Tensor linalg_matrix_rank(const Tensor& self, double tol, bool hermitian = false);
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& self, double tol, bool hermitian = false);
Tensor linalg_matrix_rank(const Tensor& input, const Tensor& tol, bool hermitian = false);
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& input, const Tensor& tol, bool hermitian = false);

/// DOC linalg_multi_dot
Tensor linalg_multi_dot(ArrayRef<Tensor> tensors);
Tensor& linalg_multi_dot_out(Tensor& out, ArrayRef<Tensor> tensors);

/// DOC linalg_norm
Tensor linalg_norm(const Tensor& self, const std::optional<Scalar>& ord = std::nullopt, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor linalg_norm(const Tensor& self, std::string_view ord, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor& linalg_norm_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& ord = std::nullopt, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor& linalg_norm_out(Tensor& out, const Tensor& self, std::string_view ord, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);

/// DOC linalg_pinv
Tensor linalg_pinv(const Tensor& self, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false);
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false);
Tensor linalg_pinv(const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false);
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false);
Tensor linalg_pinv(const Tensor& self, double rcond, bool hermitian = false);
Tensor linalg_pinv(const Tensor& self, const Tensor& rcond, bool hermitian = false);
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, double rcond, bool hermitian = false);
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, const Tensor& rcond, bool hermitian = false);

/// DOC linalg_qr
std::tuple<Tensor,Tensor> linalg_qr(const Tensor& A, std::string_view mode = "reduced");
std::tuple<Tensor&,Tensor&> linalg_qr_out(Tensor& Q, Tensor& R, const Tensor& A, std::string_view mode = "reduced");

/// DOC linalg_slogdet
std::tuple<Tensor,Tensor> linalg_slogdet(const Tensor& A);
std::tuple<Tensor&,Tensor&> linalg_slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& A);

/// DOC linalg_solve
Tensor linalg_solve(const Tensor& A, const Tensor& B, bool left = true);
Tensor& linalg_solve_out(Tensor& out, const Tensor& A, const Tensor& B, bool left = true);

/// DOC linalg_solve_triangular
Tensor& linalg_solve_triangular_out(Tensor& out, const Tensor& self, const Tensor& B, bool upper, bool left = true, bool unitriangular = false);
Tensor linalg_solve_triangular(const Tensor& self, const Tensor& B, bool upper, bool left = true, bool unitriangular = false);

/// DOC linalg_svd
std::tuple<Tensor,Tensor,Tensor> linalg_svd(const Tensor& A, bool full_matrices = true, std::optional<std::string_view> driver = std::nullopt);
std::tuple<Tensor&,Tensor&,Tensor&> linalg_svd_out(Tensor& U, Tensor& S, Tensor& Vh, const Tensor& A, bool full_matrices = true, std::optional<std::string_view> driver = std::nullopt);

/// DOC linalg_svdvals
Tensor linalg_svdvals(const Tensor& A, std::optional<std::string_view> driver = std::nullopt);
Tensor& linalg_svdvals_out(Tensor& out, const Tensor& A, std::optional<std::string_view> driver = std::nullopt);

/// DOC linalg_tensorinv
Tensor linalg_tensorinv(const Tensor& self, int64_t ind = 2);
Tensor& linalg_tensorinv_out(Tensor& out, const Tensor& self, int64_t ind = 2);

/// DOC linalg_vander
Tensor linalg_vander(const Tensor& x, std::optional<int64_t> N = std::nullopt);

/// DOC linalg_vecdot
Tensor linalg_vecdot(const Tensor& x, const Tensor& y, int64_t dim = -1);
Tensor& linalg_vecdot_out(Tensor& out, const Tensor& x, const Tensor& y, int64_t dim = -1);

/// DOC linalg_vector_norm
Tensor linalg_vector_norm(const Tensor& self, const Scalar& ord = 2, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);
Tensor& linalg_vector_norm_out(Tensor& out, const Tensor& self, const Scalar& ord = 2, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt);

/// DOC linalg_matrix_exp
Tensor linalg_matrix_exp(const Tensor& self);
Tensor& linalg_matrix_exp_out(Tensor& out, const Tensor& self);

/// DOC lu_solve
Tensor& lu_solve_out(Tensor& out, const Tensor& self, const Tensor& LU_data, const Tensor& LU_pivots);
Tensor lu_solve(const Tensor& self, const Tensor& LU_data, const Tensor& LU_pivots);

}  // namespace v1
}  // namespace wick
