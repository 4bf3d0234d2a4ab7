// torch::linalg: linear algebra under its short names.
#pragma once

#include <torch/types.h>

namespace torch::linalg {

inline Tensor cholesky(const Tensor& self, bool upper = false) { return linalg_cholesky(self, upper); }
inline Tensor& cholesky_out(Tensor& out, const Tensor& self, bool upper = false) { return linalg_cholesky_out(out, self, upper); }
inline std::tuple<Tensor,Tensor> cholesky_ex(const Tensor& self, bool upper = false, bool check_errors = false) { return linalg_cholesky_ex(self, upper, check_errors); }
inline std::tuple<Tensor&,Tensor&> cholesky_ex_out(Tensor& L, Tensor& info, const Tensor& self, bool upper = false, bool check_errors = false) { return linalg_cholesky_ex_out(L, info, self, upper, check_errors); }
inline Tensor cond(const Tensor& self, const std::optional<Scalar>& p = std::nullopt) { return linalg_cond(self, p); }
inline Tensor& cond_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& p = std::nullopt) { return linalg_cond_out(out, self, p); }
inline Tensor cond(const Tensor& self, std::string_view p) { return linalg_cond(self, p); }
inline Tensor& cond_out(Tensor& out, const Tensor& self, std::string_view p) { return linalg_cond_out(out, self, p); }
inline Tensor cross(const Tensor& self, const Tensor& other, int64_t dim = -1) { return linalg_cross(self, other, dim); }
inline Tensor& cross_out(Tensor& out, const Tensor& self, const Tensor& other, int64_t dim = -1) { return linalg_cross_out(out, self, other, dim); }
inline Tensor det(const Tensor& A) { return linalg_det(A); }
inline Tensor& det_out(Tensor& out, const Tensor& A) { return linalg_det_out(out, A); }
inline Tensor diagonal(const Tensor& A, int64_t offset = 0, int64_t dim1 = -2, int64_t dim2 = -1) { return linalg_diagonal(A, offset, dim1, dim2); }
inline std::tuple<Tensor,Tensor> eig(const Tensor& self) { return linalg_eig(self); }
inline std::tuple<Tensor&,Tensor&> eig_out(Tensor& eigenvalues, Tensor& eigenvectors, const Tensor& self) { return linalg_eig_out(eigenvalues, eigenvectors, self); }
inline std::tuple<Tensor,Tensor> eigh(const Tensor& self, std::string_view UPLO = "L") { return linalg_eigh(self, UPLO); }
inline std::tuple<Tensor&,Tensor&> eigh_out(Tensor& eigvals, Tensor& eigvecs, const Tensor& self, std::string_view UPLO = "L") { return linalg_eigh_out(eigvals, eigvecs, self, UPLO); }
inline Tensor eigvals(const Tensor& self) { return linalg_eigvals(self); }
inline Tensor& eigvals_out(Tensor& out, const Tensor& self) { return linalg_eigvals_out(out, self); }
inline Tensor eigvalsh(const Tensor& self, std::string_view UPLO = "L") { return linalg_eigvalsh(self, UPLO); }
inline Tensor& eigvalsh_out(Tensor& out, const Tensor& self, std::string_view UPLO = "L") { return linalg_eigvalsh_out(out, self, UPLO); }
inline Tensor inv(const Tensor& A) { return linalg_inv(A); }
inline Tensor& inv_out(Tensor& out, const Tensor& A) { return linalg_inv_out(out, A); }
inline std::tuple<Tensor,Tensor> inv_ex(const Tensor& A, bool check_errors = false) { return linalg_inv_ex(A, check_errors); }
inline std::tuple<Tensor&,Tensor&> inv_ex_out(Tensor& inverse, Tensor& info, const Tensor& A, bool check_errors = false) { return linalg_inv_ex_out(inverse, info, A, check_errors); }
inline std::tuple<Tensor,Tensor,Tensor,Tensor> lstsq(const Tensor& self, const Tensor& b, std::optional<double> rcond = std::nullopt, std::optional<std::string_view> driver = std::nullopt) { return linalg_lstsq(self, b, rcond, driver); }
inline std::tuple<Tensor&,Tensor&,Tensor&,Tensor&> lstsq_out(Tensor& solution, Tensor& residuals, Tensor& rank, Tensor& singular_values, const Tensor& self, const Tensor& b, std::optional<double> rcond = std::nullopt, std::optional<std::string_view> driver = std::nullopt) { return linalg_lstsq_out(solution, residuals, rank, singular_values, self, b, rcond, driver); }
inline std::tuple<Tensor,Tensor,Tensor> lu(const Tensor& A, bool pivot = true) { return linalg_lu(A, pivot); }
inline std::tuple<Tensor&,Tensor&,Tensor&> lu_out(Tensor& P, Tensor& L, Tensor& U, const Tensor& A, bool pivot = true) { return linalg_lu_out(P, L, U, A, pivot); }
inline std::tuple<Tensor,Tensor> lu_factor(const Tensor& A, bool pivot = true) { return linalg_lu_factor(A, pivot); }
inline std::tuple<Tensor&,Tensor&> lu_factor_out(Tensor& LU, Tensor& pivots, const Tensor& A, bool pivot = true) { return linalg_lu_factor_out(LU, pivots, A, pivot); }
inline Tensor matmul(const Tensor& self, const Tensor& other) { return linalg_matmul(self, other); }
inline Tensor& matmul_out(Tensor& out, const Tensor& self, const Tensor& other) { return linalg_matmul_out(out, self, other); }
inline Tensor matrix_norm(const Tensor& self, const Scalar& ord, IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) { return linalg_matrix_norm(self, ord, dim, keepdim, dtype); }
inline Tensor& matrix_norm_out(Tensor& out, const Tensor& self, const Scalar& ord, IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) { return linalg_matrix_norm_out(out, self, ord, dim, keepdim, dtype); }
inline Tensor matrix_norm(const Tensor& self, std::string_view ord = "fro", IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) { return linalg_matrix_norm(self, ord, dim, keepdim, dtype); }
inline Tensor& matrix_norm_out(Tensor& out, const Tensor& self, std::string_view ord = "fro", IntArrayRef dim = {-2,-1}, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) { return linalg_matrix_norm_out(out, self, ord, dim, keepdim, dtype); }
inline Tensor matrix_power(const Tensor& self, int64_t n) { return linalg_matrix_power(self, n); }
inline Tensor& matrix_power_out(Tensor& out, const Tensor& self, int64_t n) { return linalg_matrix_power_out(out, self, n); }
inline Tensor matrix_rank(const Tensor& input, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false) { return linalg_matrix_rank(input, atol, rtol, hermitian); }
inline Tensor& matrix_rank_out(Tensor& out, const Tensor& input, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false) { return linalg_matrix_rank_out(out, input, atol, rtol, hermitian); }
inline Tensor matrix_rank(const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false) { return linalg_matrix_rank(self, atol, rtol, hermitian); }
inline Tensor& matrix_rank_out(Tensor& out, const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false) { return linalg_matrix_rank_out(out, self, atol, rtol, hermitian); }
inline Tensor matrix_rank(const Tensor& self, double tol, bool hermitian = false) { return linalg_matrix_rank(self, tol, hermitian); }
inline Tensor& matrix_rank_out(Tensor& out, const Tensor& self, double tol, bool hermitian = false) { return linalg_matrix_rank_out(out, self, tol, hermitian); }
inline Tensor matrix_rank(const Tensor& input, const Tensor& tol, bool hermitian = false) { return linalg_matrix_rank(input, tol, hermitian); }
inline Tensor& matrix_rank_out(Tensor& out, const Tensor& input, const Tensor& tol, bool hermitian = false) { return linalg_matrix_rank_out(out, input, tol, hermitian); }
inline Tensor multi_dot(ArrayRef<Tensor> tensors) { return linalg_multi_dot(tensors); }
inline Tensor& multi_dot_out(Tensor& out, ArrayRef<Tensor> tensors) { return linalg_multi_dot_out(out, tensors); }
inline Tensor norm(const Tensor& self, const std::optional<Scalar>& ord = std::nullopt, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) { return linalg_norm(self, ord, dim, keepdim, dtype); }
inline Tensor norm(const Tensor& self, std::string_view ord, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) { return linalg_norm(self, ord, dim, keepdim, dtype); }
inline Tensor& norm_out(Tensor& out, const Tensor& self, const std::optional<Scalar>& ord = std::nullopt, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) { return linalg_norm_out(out, self, ord, dim, keepdim, dtype); }
inline Tensor& norm_out(Tensor& out, const Tensor& self, std::string_view ord, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) { return linalg_norm_out(out, self, ord, dim, keepdim, dtype); }
inline Tensor pinv(const Tensor& self, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false) { return linalg_pinv(self, atol, rtol, hermitian); }
inline Tensor& pinv_out(Tensor& out, const Tensor& self, const std::optional<Tensor>& atol = {}, const std::optional<Tensor>& rtol = {}, bool hermitian = false) { return linalg_pinv_out(out, self, atol, rtol, hermitian); }
inline Tensor pinv(const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false) { return linalg_pinv(self, atol, rtol, hermitian); }
inline Tensor& pinv_out(Tensor& out, const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian = false) { return linalg_pinv_out(out, self, atol, rtol, hermitian); }
inline Tensor pinv(const Tensor& self, double rcond, bool hermitian = false) { return linalg_pinv(self, rcond, hermitian); }
inline Tensor pinv(const Tensor& self, const Tensor& rcond, bool hermitian = false) { return linalg_pinv(self, rcond, hermitian); }
inline Tensor& pinv_out(Tensor& out, const Tensor& self, double rcond, bool hermitian = false) { return linalg_pinv_out(out, self, rcond, hermitian); }
inline Tensor& pinv_out(Tensor& out, const Tensor& self, const Tensor& rcond, bool hermitian = false) { return linalg_pinv_out(out, self, rcond, hermitian); }
inline std::tuple<Tensor,Tensor> qr(const Tensor& A, std::string_view mode = "reduced") { return linalg_qr(A, mode); }
inline std::tuple<Tensor&,Tensor&> qr_out(Tensor& Q, Tensor& R, const Tensor& A, std::string_view mode = "reduced") { return linalg_qr_out(Q, R, A, mode); }
inline std::tuple<Tensor,Tensor> slogdet(const Tensor& A) { return linalg_slogdet(A); }
inline std::tuple<Tensor&,Tensor&> slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& A) { return linalg_slogdet_out(sign, logabsdet, A); }
inline Tensor solve(const Tensor& A, const Tensor& B, bool left = true) { return linalg_solve(A, B, left); }
inline Tensor& solve_out(Tensor& out, const Tensor& A, const Tensor& B, bool left = true) { return linalg_solve_out(out, A, B, left); }
inline Tensor& solve_triangular_out(Tensor& out, const Tensor& self, const Tensor& B, bool upper, bool left = true, bool unitriangular = false) { return linalg_solve_triangular_out(out, self, B, upper, left, unitriangular); }
inline Tensor solve_triangular(const Tensor& self, const Tensor& B, bool upper, bool left = true, bool unitriangular = false) { return linalg_solve_triangular(self, B, upper, left, unitriangular); }
inline std::tuple<Tensor,Tensor,Tensor> svd(const Tensor& A, bool full_matrices = true, std::optional<std::string_view> driver = std::nullopt) { return linalg_svd(A, full_matrices, driver); }
inline std::tuple<Tensor&,Tensor&,Tensor&> svd_out(Tensor& U, Tensor& S, Tensor& Vh, const Tensor& A, bool full_matrices = true, std::optional<std::string_view> driver = std::nullopt) { return linalg_svd_out(U, S, Vh, A, full_matrices, driver); }
inline Tensor svdvals(const Tensor& A, std::optional<std::string_view> driver = std::nullopt) { return linalg_svdvals(A, driver); }
inline Tensor& svdvals_out(Tensor& out, const Tensor& A, std::optional<std::string_view> driver = std::nullopt) { return linalg_svdvals_out(out, A, driver); }
inline Tensor tensorinv(const Tensor& self, int64_t ind = 2) { return linalg_tensorinv(self, ind); }
inline Tensor& tensorinv_out(Tensor& out, const Tensor& self, int64_t ind = 2) { return linalg_tensorinv_out(out, self, ind); }
inline Tensor vander(const Tensor& x, std::optional<int64_t> N = std::nullopt) { return linalg_vander(x, N); }
inline Tensor vecdot(const Tensor& x, const Tensor& y, int64_t dim = -1) { return linalg_vecdot(x, y, dim); }
inline Tensor& vecdot_out(Tensor& out, const Tensor& x, const Tensor& y, int64_t dim = -1) { return linalg_vecdot_out(out, x, y, dim); }
inline Tensor vector_norm(const Tensor& self, const Scalar& ord = 2, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) { return linalg_vector_norm(self, ord, dim, keepdim, dtype); }
inline Tensor& vector_norm_out(Tensor& out, const Tensor& self, const Scalar& ord = 2, OptionalIntArrayRef dim = std::nullopt, bool keepdim = false, std::optional<ScalarType> dtype = std::nullopt) { return linalg_vector_norm_out(out, self, ord, dim, keepdim, dtype); }
inline Tensor matrix_exp(const Tensor& self) { return linalg_matrix_exp(self); }
inline Tensor& matrix_exp_out(Tensor& out, const Tensor& self) { return linalg_matrix_exp_out(out, self); }
inline Tensor householder_product(const Tensor& input, const Tensor& tau) { return linalg_householder_product(input, tau); }
inline Tensor& householder_product_out(Tensor& out, const Tensor& input, const Tensor& tau) { return linalg_householder_product_out(out, input, tau); }
inline std::tuple<Tensor,Tensor> ldl_factor(const Tensor& self, bool hermitian = false) { return linalg_ldl_factor(self, hermitian); }
inline std::tuple<Tensor,Tensor,Tensor> ldl_factor_ex(const Tensor& self, bool hermitian = false, bool check_errors = false) { return linalg_ldl_factor_ex(self, hermitian, check_errors); }
inline Tensor ldl_solve(const Tensor& LD, const Tensor& pivots, const Tensor& B, bool hermitian = false) { return linalg_ldl_solve(LD, pivots, B, hermitian); }
inline std::tuple<Tensor,Tensor,Tensor> lu_factor_ex(const Tensor& A, bool pivot = true, bool check_errors = false) { return linalg_lu_factor_ex(A, pivot, check_errors); }
inline Tensor lu_solve(const Tensor& LU, const Tensor& pivots, const Tensor& B, bool left = true, bool adjoint = false) { return linalg_lu_solve(LU, pivots, B, left, adjoint); }
inline std::tuple<Tensor,Tensor> solve_ex(const Tensor& A, const Tensor& B, bool left = true, bool check_errors = false) { return linalg_solve_ex(A, B, left, check_errors); }
inline Tensor tensorsolve(const Tensor& self, const Tensor& other, OptionalIntArrayRef dims = std::nullopt) { return linalg_tensorsolve(self, other, dims); }
inline Tensor& tensorsolve_out(Tensor& out, const Tensor& self, const Tensor& other, OptionalIntArrayRef dims = std::nullopt) { return linalg_tensorsolve_out(out, self, other, dims); }

}  // namespace torch::linalg
