// Linear systems: LU, inverse, determinant, solve, triangular and Cholesky.
#include "autograd/autocast.h"
#include "ops/linalg.h"

#include <cblas.h>

namespace wick::ops {

DimVec column_strides(IntArrayRef sizes) {
  DimVec s = contiguous_strides(sizes);
  const size_t n = sizes.size();
  s[n - 2] = 1;
  s[n - 1] = std::max<int64_t>(sizes[n - 2], 1);
  return s;
}
Tensor column_empty(IntArrayRef sizes, ScalarType t) { return make_tensor(sizes, column_strides(sizes), t); }
Tensor column_copy(const Tensor& t) {
  Tensor r = column_empty(t.sizes(), t.scalar_type());
  raw_copy(r, t);
  return r;
}
IntArrayRef batch_sizes(const Tensor& t) { return t.sizes().slice(0, t.sizes().size() - 2); }
int64_t batch_count(const Tensor& t) { return count(batch_sizes(t)); }
DimVec with_tail(IntArrayRef lead, std::initializer_list<int64_t> tail) {
  DimVec d(lead);
  for (int64_t n : tail) d.push_back(n);
  return d;
}

void check_lapack_type(const char* op, const Tensor& a) {
  check_defined(op, {a});
  const ScalarType t = a.scalar_type();
  WICK_CHECK(is_floating_type(t) || is_complex_type(t), op, ": Expected a floating point or complex tensor as input. Got ", t);
  WICK_CHECK(!is_reduced_floating_type(t) && t != kComplexHalf, op, ": Low precision dtypes not supported. Got ", t);
}
void check_matrix(const char* op, const Tensor& a) {
  check_lapack_type(op, a);
  WICK_CHECK(a.dim() >= 2, op, ": The input tensor A must have at least 2 dimensions.");
}
void check_square(const char* op, const Tensor& a) {
  check_matrix(op, a);
  WICK_CHECK(a.size(-1) == a.size(-2), op, ": A must be batches of square matrices, but they are ", a.size(-2), " by ", a.size(-1), " matrices");
}
void check_info(const char* op, const Tensor& info, bool batched, const char* before, const char* after) {
  const int* p = typed<int>(info);
  for (int64_t i = 0; i < info.numel(); ++i)
    WICK_CHECK_TYPE(LinAlgError, p[i] == 0, op, batched ? str(": (Batch element ", i, "): ") : std::string(": "), before, p[i], after);
}

namespace {

// LAPACK's own search for NaN would turn NaN into an error; here NaN gives NaN.
struct NoNanCheck { NoNanCheck() { LAPACKE_set_nancheck(0); } };
void prepare() { static const NoNanCheck once; }

lapack_int getrf(int m, int n, float* a, int* p) { return LAPACKE_sgetrf(LAPACK_COL_MAJOR, m, n, a, std::max(1, m), p); }
lapack_int getrf(int m, int n, double* a, int* p) { return LAPACKE_dgetrf(LAPACK_COL_MAJOR, m, n, a, std::max(1, m), p); }
lapack_int getrf(int m, int n, std::complex<float>* a, int* p) { return LAPACKE_cgetrf(LAPACK_COL_MAJOR, m, n, a, std::max(1, m), p); }
lapack_int getrf(int m, int n, std::complex<double>* a, int* p) { return LAPACKE_zgetrf(LAPACK_COL_MAJOR, m, n, a, std::max(1, m), p); }
lapack_int getri(int n, float* a, const int* p) { return LAPACKE_sgetri(LAPACK_COL_MAJOR, n, a, n, p); }
lapack_int getri(int n, double* a, const int* p) { return LAPACKE_dgetri(LAPACK_COL_MAJOR, n, a, n, p); }
lapack_int getri(int n, std::complex<float>* a, const int* p) { return LAPACKE_cgetri(LAPACK_COL_MAJOR, n, a, n, p); }
lapack_int getri(int n, std::complex<double>* a, const int* p) { return LAPACKE_zgetri(LAPACK_COL_MAJOR, n, a, n, p); }
lapack_int getrs(int n, int k, const float* a, const int* p, float* b) { return LAPACKE_sgetrs(LAPACK_COL_MAJOR, 'N', n, k, a, n, p, b, n); }
lapack_int getrs(int n, int k, const double* a, const int* p, double* b) { return LAPACKE_dgetrs(LAPACK_COL_MAJOR, 'N', n, k, a, n, p, b, n); }
lapack_int getrs(int n, int k, const std::complex<float>* a, const int* p, std::complex<float>* b) { return LAPACKE_cgetrs(LAPACK_COL_MAJOR, 'N', n, k, a, n, p, b, n); }
lapack_int getrs(int n, int k, const std::complex<double>* a, const int* p, std::complex<double>* b) { return LAPACKE_zgetrs(LAPACK_COL_MAJOR, 'N', n, k, a, n, p, b, n); }
lapack_int potrf(char uplo, int n, float* a) { return LAPACKE_spotrf(LAPACK_COL_MAJOR, uplo, n, a, n); }
lapack_int potrf(char uplo, int n, double* a) { return LAPACKE_dpotrf(LAPACK_COL_MAJOR, uplo, n, a, n); }
lapack_int potrf(char uplo, int n, std::complex<float>* a) { return LAPACKE_cpotrf(LAPACK_COL_MAJOR, uplo, n, a, n); }
lapack_int potrf(char uplo, int n, std::complex<double>* a) { return LAPACKE_zpotrf(LAPACK_COL_MAJOR, uplo, n, a, n); }

struct Trsm { CBLAS_SIDE side; CBLAS_UPLO uplo; CBLAS_DIAG diag; int m, n, lda, ldb; };
void trsm(const Trsm& t, const float* a, float* b) { cblas_strsm(CblasColMajor, t.side, t.uplo, CblasNoTrans, t.diag, t.m, t.n, 1, a, t.lda, b, t.ldb); }
void trsm(const Trsm& t, const double* a, double* b) { cblas_dtrsm(CblasColMajor, t.side, t.uplo, CblasNoTrans, t.diag, t.m, t.n, 1, a, t.lda, b, t.ldb); }
void trsm(const Trsm& t, const std::complex<float>* a, std::complex<float>* b) {
  const std::complex<float> one = 1;
  cblas_ctrsm(CblasColMajor, t.side, t.uplo, CblasNoTrans, t.diag, t.m, t.n, &one, a, t.lda, b, t.ldb);
}
void trsm(const Trsm& t, const std::complex<double>* a, std::complex<double>* b) {
  const std::complex<double> one = 1;
  cblas_ztrsm(CblasColMajor, t.side, t.uplo, CblasNoTrans, t.diag, t.m, t.n, &one, a, t.lda, b, t.ldb);
}

// A system's sides broadcast to one batch.
struct System { Tensor a, b; };
System broadcast_system(const char* op, const Tensor& a, const Tensor& b) {
  WICK_CHECK(a.scalar_type() == b.scalar_type(), op, ": Expected A and B to have the same dtype, but found A of type ", a.scalar_type(), " and B of type ", b.scalar_type(), " instead");
  const DimVec lead = broadcast_shape(op, batch_sizes(a), batch_sizes(b));
  return {a.expand(with_tail(lead, {a.size(-2), a.size(-1)})), b.expand(with_tail(lead, {b.size(-2), b.size(-1)}))};
}

Tensor inverse_kernel(const Tensor& a, Tensor& info) {
  LuFactors f = lu_factors(a);
  info = f.info;
  const int n = static_cast<int>(a.size(-1));
  if (a.numel() > 0)
    lapack_types(a.scalar_type(), [&](auto zero) {
      using T = decltype(zero);
      for (int64_t i = 0; i < batch_count(a); ++i)
        if (typed<int>(info)[i] == 0) getri(n, typed<T>(f.lu) + i * n * n, typed<int>(f.pivots) + i * n);
    });
  return f.lu;
}
std::tuple<Tensor, Tensor> inverse_op(const Tensor& a) {
  Tensor info;
  Tensor r = record("LinalgInvExBackward0", {a}, out(), [&] { return inverse_kernel(a, info); },
                    [](Backward& b) {
                      const Tensor h = b.out().mH();
                      b.grad(0, -wick::matmul(h, wick::matmul(b.g(), h)));
                    });
  return {r, info};
}

Tensor solve_kernel(const Tensor& a, const Tensor& b, Tensor& info) {
  const LuFactors f = lu_factors(a);
  info = f.info;
  Tensor x = column_copy(b);
  const int n = static_cast<int>(a.size(-1)), k = static_cast<int>(b.size(-1));
  if (x.numel() > 0)
    lapack_types(a.scalar_type(), [&](auto zero) {
      using T = decltype(zero);
      for (int64_t i = 0; i < batch_count(a); ++i)
        if (typed<int>(info)[i] == 0) getrs(n, k, typed<T>(f.lu) + i * n * n, typed<int>(f.pivots) + i * n, typed<T>(x) + i * n * k);
    });
  return x;
}
// a x = b for matrices of one batch.
Tensor solve_op(const Tensor& a, const Tensor& b) {
  return record("LinalgSolveExBackward0", {a, b}, Uses().grad(0, in(0) | out()).grad(1, in(0)),
                [&] {
                  Tensor info;
                  Tensor x = solve_kernel(a, b, info);
                  const int* p = typed<int>(info);
                  for (int64_t i = 0; i < info.numel(); ++i)
                    WICK_CHECK_TYPE(LinAlgError, p[i] == 0, "torch.linalg.solve: ", a.dim() > 2 ? str("(Batch element ", i, "): ") : std::string(), "The solver failed because the input matrix is singular.");
                  return x;
                },
                [](Backward& bw) {
                  const Tensor gb = solve_op(bw.in(0).mH(), bw.g());
                  if (bw.needs(0)) bw.grad(0, -wick::matmul(gb, bw.out().mH()));
                  if (bw.needs(1)) bw.grad(1, gb);
                });
}

Tensor triangular_kernel(const Tensor& a0, const Tensor& b, bool upper, bool left, bool unit) {
  prepare();
  const Tensor a = column_copy(a0);
  Tensor x = column_copy(b);
  if (x.numel() == 0) return x;
  const int n = static_cast<int>(a.size(-1)), rows = static_cast<int>(b.size(-2)), cols = static_cast<int>(b.size(-1));
  const Trsm t{left ? CblasLeft : CblasRight, upper ? CblasUpper : CblasLower, unit ? CblasUnit : CblasNonUnit, rows, cols, std::max(1, n), std::max(1, rows)};
  lapack_types(a.scalar_type(), [&](auto zero) {
    using T = decltype(zero);
    for (int64_t i = 0; i < batch_count(a); ++i) trsm(t, typed<T>(a) + i * n * n, typed<T>(x) + i * rows * cols);
  });
  return x;
}
Tensor triangular_op(const Tensor& a, const Tensor& b, bool upper, bool left, bool unit) {
  return record("LinalgSolveTriangularBackward0", {a, b}, Uses().grad(0, in(0) | out()).grad(1, in(0)), [&] { return triangular_kernel(a, b, upper, left, unit); },
                [=](Backward& bw) {
                  const Tensor gb = triangular_op(bw.in(0).mH(), bw.g(), !upper, left, unit);
                  if (bw.needs(1)) bw.grad(1, gb);
                  if (!bw.needs(0)) return;
                  const Tensor xh = bw.out().mH(), ga = left ? -wick::matmul(gb, xh) : -wick::matmul(xh, gb);
                  bw.grad(0, upper ? ga.triu(unit ? 1 : 0) : ga.tril(unit ? -1 : 0));
                });
}

Tensor cholesky_kernel(const Tensor& a, bool upper, Tensor& info) {
  prepare();
  info = make_tensor(batch_sizes(a), kInt);
  raw_fill(info, 0);
  Tensor l = column_copy(upper ? a.triu() : a.tril());
  const int n = static_cast<int>(a.size(-1));
  if (a.numel() > 0)
    lapack_types(a.scalar_type(), [&](auto zero) {
      using T = decltype(zero);
      for (int64_t i = 0; i < batch_count(a); ++i) typed<int>(info)[i] = potrf(upper ? 'U' : 'L', n, typed<T>(l) + i * n * n);
    });
  return l;
}
std::tuple<Tensor, Tensor> cholesky_op(const Tensor& a, bool upper, const char* node) {
  Tensor info;
  Tensor l = record(node, {a}, out(), [&] { return cholesky_kernel(a, upper, info); },
                    [upper](Backward& b) {
                      const Tensor l = upper ? b.out().mH() : b.out(), g = upper ? b.g().mH() : b.g();
                      const Tensor phi = wick::matmul(l.mH(), g).tril(), half = phi - diag_embed(phi.diagonal(0, -2, -1)) * 0.5;
                      const Tensor r = triangular_op(l, triangular_op(l.mH(), half, true, true, false), false, false, false);
                      b.grad(0, (r + r.mH()) * 0.5);
                    });
  return {l, info};
}
constexpr const char* kNotPositive = "The factorization could not be completed because the input is not positive-definite (the leading minor of order ";

struct Determinant { Tensor sign, logabs, det; };
// From the factors: the product of the diagonal, its phase and the logarithm of its size.
Determinant determinant(const Tensor& a) {
  const LuFactors f = lu_factors(a);
  const int64_t n = a.size(-1), batch = batch_count(a);
  const ScalarType t = a.scalar_type();
  Determinant d{make_tensor(batch_sizes(a), t), make_tensor(batch_sizes(a), to_real_type(t)), make_tensor(batch_sizes(a), t)};
  lapack_types(t, [&](auto zero) {
    using T = decltype(zero);
    using R = decltype(std::abs(zero));
    for (int64_t i = 0; i < batch; ++i) {
      T det = 1, sign = 1;
      R logabs = 0;
      for (int64_t k = 0; k < n; ++k) {
        const T u = (typed<T>(f.lu) + i * n * n)[k * n + k];
        const R size = std::abs(u);
        if (typed<int>(f.pivots)[i * n + k] != k + 1) { det = -det; sign = -sign; }
        det *= u;
        sign *= size == R(0) ? T(0) : u / size;
        logabs += std::log(size);
      }
      typed<T>(d.det)[i] = det;
      typed<T>(d.sign)[i] = sign;
      typed<R>(d.logabs)[i] = logabs;
    }
  });
  return d;
}
// d det / d a^H of a singular matrix, from the singular values: u diag(product of the others) vh, times det(u vh).
Tensor singular_det_gradient(const Tensor& a) {
  GateScope off(kGradOff);
  const Svd s = svd_kernel(a, false, true);
  const int64_t n = a.size(-1);
  Tensor others = make_tensor(s.s.sizes(), s.s.scalar_type());
  for (int64_t k = 0; k < n; ++k) {
    Tensor p = ones(batch_sizes(a), s.s.options());
    for (int64_t j = 0; j < n; ++j) if (j != k) p = p * s.s.select(-1, j);
    others.select(-1, k).copy_(p);
  }
  const Tensor phase = (determinant(s.u).det * determinant(s.vh).det).unsqueeze(-1).unsqueeze(-1);
  return phase * wick::matmul(s.u * others.unsqueeze(-2).to(a.scalar_type()), s.vh);
}
// The same in differentiable ops.
Tensor adjugate_by_svd(const Tensor& a) {
  const auto [u, s, vh] = linalg_svd(a, false);
  std::vector<Tensor> others;
  for (int64_t k = 0; k < a.size(-1); ++k) others.push_back(cat({s.narrow(-1, 0, k), s.narrow(-1, k + 1, a.size(-1) - k - 1)}, -1).prod(-1));
  const Tensor phase = (linalg_det(u) * linalg_det(vh)).unsqueeze(-1).unsqueeze(-1);
  return phase * wick::matmul(u * stack(others, -1).unsqueeze(-2).to(a.scalar_type()), vh);
}
Tensor each_matrix(const Tensor& g) { return g.unsqueeze(-1).unsqueeze(-1); }

}  // namespace

LuFactors lu_factors(const Tensor& a) {
  prepare();
  const int m = static_cast<int>(a.size(-2)), n = static_cast<int>(a.size(-1)), k = std::min(m, n);
  LuFactors f{column_copy(a), make_tensor(with_tail(batch_sizes(a), {k}), kInt), make_tensor(batch_sizes(a), kInt)};
  raw_fill(f.info, 0);
  if (a.numel() > 0)
    lapack_types(a.scalar_type(), [&](auto zero) {
      using T = decltype(zero);
      for (int64_t i = 0; i < batch_count(a); ++i) typed<int>(f.info)[i] = getrf(m, n, typed<T>(f.lu) + i * m * n, typed<int>(f.pivots) + i * k);
    });
  return f;
}
Tensor permutation_of(const Tensor& pivots0, int64_t rows) {
  const Tensor pivots = raw_contiguous(pivots0, kInt);
  const int64_t k = pivots.size(-1), batch = pivots.numel() / std::max<int64_t>(k, 1);
  Tensor r = make_tensor(with_tail(pivots.sizes().slice(0, pivots.sizes().size() - 1), {rows}), kLong);
  for (int64_t i = 0; i < (rows ? r.numel() / rows : 0); ++i) {
    int64_t* p = typed<int64_t>(r) + i * rows;
    for (int64_t j = 0; j < rows; ++j) p[j] = j;
    for (int64_t j = 0; j < k && i < batch; ++j) {
      const int64_t with = typed<int>(pivots)[i * k + j] - 1;
      WICK_CHECK(with >= 0 && with < rows, "lu: pivots given to the function must be between 1 and ", rows, ", got ", with + 1);
      std::swap(p[j], p[with]);
    }
  }
  return r;
}

}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

std::tuple<Tensor,Tensor> linalg_inv_ex(const Tensor& A, bool check_errors) {
  WICK_AUTOCAST(full, linalg_inv_ex, A, check_errors);
  check_square("linalg.inv", A);
  auto r = inverse_op(A);
  if (check_errors) check_info("linalg.inv_ex", std::get<1>(r), A.dim() > 2, "The diagonal element ", " is zero, the inversion could not be completed because the input matrix is singular.");
  return r;
}
std::tuple<Tensor&,Tensor&> linalg_inv_ex_out(Tensor& inverse, Tensor& info, const Tensor& A, bool check_errors) {
  check_outs("linalg.inv_ex", {inverse, info}, {A});
  auto [r, i] = linalg_inv_ex(A, check_errors);
  store_out("linalg.inv_ex", inverse, r);
  store_out("linalg.inv_ex", info, i);
  return {inverse, info};
}
Tensor linalg_inv(const Tensor& A) {
  WICK_AUTOCAST(full, linalg_inv, A);
  check_square("linalg.inv", A);
  auto [r, info] = inverse_op(A);
  check_info("linalg.inv", info, A.dim() > 2, "The diagonal element ", " is zero, the inversion could not be completed because the input matrix is singular.");
  return r;
}
Tensor& linalg_inv_out(Tensor& out, const Tensor& A) { return out_from("linalg.inv", out, {A}, [&] { return linalg_inv(A); }); }
Tensor inverse(const Tensor& self) {
  WICK_AUTOCAST(full, inverse, self);
  return linalg_inv(self);
}
Tensor& inverse_out(Tensor& out, const Tensor& self) { return linalg_inv_out(out, self); }

Tensor linalg_solve(const Tensor& A, const Tensor& B, bool left) {
  WICK_AUTOCAST(full, linalg_solve, A, B, left);
  check_square("linalg.solve", A);
  check_lapack_type("linalg.solve", B);
  const bool vector = B.dim() == 1 || (A.dim() - 1 == B.dim() && B.sizes() == A.sizes().slice(0, A.sizes().size() - 1));
  WICK_CHECK(!vector || left, "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case linalg.solve is equivalent to B / A.squeeze(-1)");
  if (!left) return linalg_solve(A.mT(), B.mT()).mT();
  const Tensor b = vector ? B.unsqueeze(-1) : B;
  WICK_CHECK(b.size(-2) == A.size(-1), "linalg.solve: Incompatible shapes of A and B for the equation AX = B (", A.size(-2), "x", A.size(-1), " and ", b.size(-2), "x", b.size(-1), ")");
  const System s = broadcast_system("linalg.solve", A, b);
  const Tensor x = solve_op(s.a, s.b);
  return vector ? x.squeeze(-1) : x;
}
Tensor& linalg_solve_out(Tensor& out, const Tensor& A, const Tensor& B, bool left) { return out_from("linalg.solve", out, {A, B}, [&] { return linalg_solve(A, B, left); }); }

Tensor linalg_solve_triangular(const Tensor& self, const Tensor& B, bool upper, bool left, bool unitriangular) {
  check_square("linalg.solve_triangular", self);
  check_matrix("linalg.solve_triangular", B);
  WICK_CHECK(left ? self.size(-2) == B.size(-2) : self.size(-1) == B.size(-1), "linalg.solve_triangular: Incompatible shapes of A and B for the equation ", left ? "AX = B" : "XA = B", " (", self.size(-2), "x",
             self.size(-1), " and ", B.size(-2), "x", B.size(-1), ")");
  const System s = broadcast_system("linalg.solve_triangular", self, B);
  return triangular_op(s.a, s.b, upper, left, unitriangular);
}
Tensor& linalg_solve_triangular_out(Tensor& out, const Tensor& self, const Tensor& B, bool upper, bool left, bool unitriangular) {
  return out_from("linalg.solve_triangular", out, {self, B}, [&] { return linalg_solve_triangular(self, B, upper, left, unitriangular); });
}
std::tuple<Tensor,Tensor> triangular_solve(const Tensor& self, const Tensor& A, bool upper, bool transpose, bool unitriangular) {
  WICK_AUTOCAST(full, triangular_solve, self, A, upper, transpose, unitriangular);
  check_square("triangular_solve", A);
  check_matrix("triangular_solve", self);
  WICK_CHECK(self.size(-2) == A.size(-1), "Incompatible matrix sizes for triangular_solve: each A matrix is ", A.size(-1), " by ", A.size(-1), " but each b matrix is ", self.size(-2), " by ", self.size(-1));
  const System s = broadcast_system("triangular_solve", A, self);
  return {transpose ? triangular_op(s.a.mT(), s.b, !upper, true, unitriangular) : triangular_op(s.a, s.b, upper, true, unitriangular), s.a.clone()};
}
std::tuple<Tensor&,Tensor&> triangular_solve_out(Tensor& X, Tensor& M, const Tensor& self, const Tensor& A, bool upper, bool transpose, bool unitriangular) {
  check_outs("triangular_solve", {X, M}, {self, A});
  auto [x, m] = triangular_solve(self, A, upper, transpose, unitriangular);
  store_out("triangular_solve", X, x);
  store_out("triangular_solve", M, m);
  return {X, M};
}

std::tuple<Tensor,Tensor> linalg_cholesky_ex(const Tensor& self, bool upper, bool check_errors) {
  WICK_AUTOCAST(full, linalg_cholesky_ex, self, upper, check_errors);
  check_square("linalg.cholesky", self);
  auto r = cholesky_op(self, upper, "LinalgCholeskyExBackward0");
  if (check_errors) check_info("linalg.cholesky_ex", std::get<1>(r), self.dim() > 2, kNotPositive, " is not positive-definite).");
  return r;
}
std::tuple<Tensor&,Tensor&> linalg_cholesky_ex_out(Tensor& L, Tensor& info, const Tensor& self, bool upper, bool check_errors) {
  check_outs("linalg.cholesky_ex", {L, info}, {self});
  auto [l, i] = linalg_cholesky_ex(self, upper, check_errors);
  store_out("linalg.cholesky_ex", L, l);
  store_out("linalg.cholesky_ex", info, i);
  return {L, info};
}
Tensor linalg_cholesky(const Tensor& self, bool upper) {
  WICK_AUTOCAST(full, linalg_cholesky, self, upper);
  check_square("linalg.cholesky", self);
  auto [l, info] = cholesky_op(self, upper, "LinalgCholeskyExBackward0");
  check_info("linalg.cholesky", info, self.dim() > 2, kNotPositive, " is not positive-definite).");
  return l;
}
Tensor& linalg_cholesky_out(Tensor& out, const Tensor& self, bool upper) { return out_from("linalg.cholesky", out, {self}, [&] { return linalg_cholesky(self, upper); }); }
Tensor cholesky(const Tensor& self, bool upper) {
  WICK_AUTOCAST(full, cholesky, self, upper);
  check_square("cholesky", self);
  auto [l, info] = cholesky_op(self, upper, "CholeskyBackward0");
  check_info("cholesky", info, self.dim() > 2, kNotPositive, " is not positive-definite).");
  return l;
}
Tensor& cholesky_out(Tensor& out, const Tensor& self, bool upper) { return out_from("cholesky", out, {self}, [&] { return cholesky(self, upper); }); }
Tensor cholesky_solve(const Tensor& self, const Tensor& input2, bool upper) {
  WICK_AUTOCAST(full, cholesky_solve, self, input2, upper);
  check_matrix("cholesky_solve", self);
  check_square("cholesky_solve", input2);
  WICK_CHECK(self.size(-2) == input2.size(-1), "Incompatible matrix sizes for cholesky_solve: each A matrix is ", input2.size(-1), " by ", input2.size(-1), " but each b matrix is ", self.size(-2), " by ", self.size(-1));
  const Tensor l = upper ? input2.mH() : input2;
  return linalg_solve_triangular(l.mH(), linalg_solve_triangular(l, self, false), true);
}
Tensor& cholesky_solve_out(Tensor& out, const Tensor& self, const Tensor& input2, bool upper) { return out_from("cholesky_solve", out, {self, input2}, [&] { return cholesky_solve(self, input2, upper); }); }
Tensor cholesky_inverse(const Tensor& self, bool upper) {
  WICK_AUTOCAST(full, cholesky_inverse, self, upper);
  check_square("cholesky_inverse", self);
  return cholesky_solve(eye(self.size(-1), self.options()), self, upper);
}
Tensor& cholesky_inverse_out(Tensor& out, const Tensor& self, bool upper) { return out_from("cholesky_inverse", out, {self}, [&] { return cholesky_inverse(self, upper); }); }

Tensor linalg_det(const Tensor& A) {
  check_square("linalg.det", A);
  return record("LinalgDetBackward0", {A}, in(0) | out(), [&] { return determinant(A).det; },
                [](Backward& b) {
                  const Tensor a = b.in(0), d = b.out();
                  const bool singular = (d == 0).any().item<bool>();
                  if (singular) b.grad(0, each_matrix(b.g()) * (gate & kGradOff ? singular_det_gradient(a) : adjugate_by_svd(a)));
                  else b.grad(0, each_matrix(b.g() * d.conj()) * linalg_inv(a).mH());
                });
}
Tensor& linalg_det_out(Tensor& out, const Tensor& A) { return out_from("linalg.det", out, {A}, [&] { return linalg_det(A); }); }
Tensor det(const Tensor& self) { return linalg_det(self); }

std::tuple<Tensor,Tensor> linalg_slogdet(const Tensor& A) {
  check_square("linalg.slogdet", A);
  return record("LinalgSlogdetBackward0", {A}, in(0) | out(0),
                [&] {
                  const Determinant d = determinant(A);
                  return std::tuple<Tensor, Tensor>(d.sign, d.logabs);
                },
                [](Backward& b) {
                  const Tensor a = b.in(0);
                  Tensor g = b.g(1).defined() ? b.g(1).to(a.scalar_type()) : zeros(b.out(0).sizes(), a.options());
                  if (a.is_complex() && b.g(0).defined()) {  // the phase's part is imaginary
                    const Tensor turn = b.g(0).conj() * b.out(0);
                    g = g - (turn - turn.conj()) * 0.5;
                  }
                  b.grad(0, each_matrix(g) * linalg_inv(a).mH());
                });
}
std::tuple<Tensor&,Tensor&> linalg_slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& A) {
  check_outs("linalg.slogdet", {sign, logabsdet}, {A});
  auto [s, l] = linalg_slogdet(A);
  store_out("linalg.slogdet", sign, s);
  store_out("linalg.slogdet", logabsdet, l);
  return {sign, logabsdet};
}
std::tuple<Tensor,Tensor> slogdet(const Tensor& self) { return linalg_slogdet(self); }
std::tuple<Tensor&,Tensor&> slogdet_out(Tensor& sign, Tensor& logabsdet, const Tensor& self) { return linalg_slogdet_out(sign, logabsdet, self); }
Tensor logdet(const Tensor& self) {
  auto [sign, logabs] = linalg_slogdet(self);
  if (self.is_complex()) return sign.log() + logabs;
  return where(sign == -1, full_like(logabs, std::numeric_limits<double>::quiet_NaN()), logabs);
}

}  // namespace wick::inline v1
