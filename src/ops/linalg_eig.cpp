// Eigenvalues, and what is built from decompositions: least squares, pseudo-inverse, rank, exponential.
#include <cmath>

#include "autograd/autocast.h"
#include "ops/linalg.h"

namespace wick::ops {
namespace {

template <class T> using Real = decltype(std::abs(T()));

lapack_int heevd(char job, char uplo, int n, float* a, float* w) { return LAPACKE_ssyevd(LAPACK_COL_MAJOR, job, uplo, n, a, n, w); }
lapack_int heevd(char job, char uplo, int n, double* a, double* w) { return LAPACKE_dsyevd(LAPACK_COL_MAJOR, job, uplo, n, a, n, w); }
lapack_int heevd(char job, char uplo, int n, std::complex<float>* a, float* w) { return LAPACKE_cheevd(LAPACK_COL_MAJOR, job, uplo, n, a, n, w); }
lapack_int heevd(char job, char uplo, int n, std::complex<double>* a, double* w) { return LAPACKE_zheevd(LAPACK_COL_MAJOR, job, uplo, n, a, n, w); }
lapack_int geev(char job, int n, std::complex<float>* a, std::complex<float>* w, std::complex<float>* v) { return LAPACKE_cgeev(LAPACK_COL_MAJOR, 'N', job, n, a, n, w, nullptr, 1, v, n); }
lapack_int geev(char job, int n, std::complex<double>* a, std::complex<double>* w, std::complex<double>* v) { return LAPACKE_zgeev(LAPACK_COL_MAJOR, 'N', job, n, a, n, w, nullptr, 1, v, n); }
lapack_int geev(char job, int n, float* a, float* wr, float* wi, float* v) { return LAPACKE_sgeev(LAPACK_COL_MAJOR, 'N', job, n, a, n, wr, wi, nullptr, 1, v, n); }
lapack_int geev(char job, int n, double* a, double* wr, double* wi, double* v) { return LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', job, n, a, n, wr, wi, nullptr, 1, v, n); }

struct Least { int m, n, k, ldb; };
#define WICK_LEAST(T, R, x)                                                                                                                                                     \
  lapack_int least(char how, const Least& l, T* a, T* b, R* s, R rcond, int* rank) {                                                                                           \
    if (how == 'l') return LAPACKE_##x##gels(LAPACK_COL_MAJOR, 'N', l.m, l.n, l.k, a, l.m, b, l.ldb);                                                                           \
    if (how == 'd') return LAPACKE_##x##gelsd(LAPACK_COL_MAJOR, l.m, l.n, l.k, a, l.m, b, l.ldb, s, rcond, rank);                                                               \
    if (how == 's') return LAPACKE_##x##gelss(LAPACK_COL_MAJOR, l.m, l.n, l.k, a, l.m, b, l.ldb, s, rcond, rank);                                                               \
    std::vector<int> pivots(static_cast<size_t>(std::max(l.n, 1)), 0);                                                                                                          \
    return LAPACKE_##x##gelsy(LAPACK_COL_MAJOR, l.m, l.n, l.k, a, l.m, b, l.ldb, pivots.data(), rcond, rank);                                                                   \
  }
WICK_LEAST(float, float, s)
WICK_LEAST(double, double, d)
WICK_LEAST(std::complex<float>, float, c)
WICK_LEAST(std::complex<double>, double, z)
#undef WICK_LEAST

void keep_nan() { static const bool once = (LAPACKE_set_nancheck(0), true); (void)once; }
Tensor identity(int64_t n, const Tensor& like) { return eye(n, like.options()); }
constexpr const char* kNoConvergence = "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues (error code: ";

char triangle(std::string_view uplo) {
  WICK_CHECK(uplo.size() == 1 && (uplo[0] == 'L' || uplo[0] == 'l' || uplo[0] == 'U' || uplo[0] == 'u'), "Expected UPLO argument to be 'L' or 'U', but got ", uplo);
  return uplo[0] == 'L' || uplo[0] == 'l' ? 'L' : 'U';
}
std::tuple<Tensor, Tensor> eigh_kernel(const Tensor& a, char uplo, bool vectors) {
  keep_nan();
  const int n = static_cast<int>(a.size(-1));
  Tensor v = column_copy(a), w = make_tensor(with_tail(batch_sizes(a), {n}), to_real_type(a.scalar_type()));
  if (a.numel() > 0)
    lapack_types(a.scalar_type(), [&](auto zero) {
      using T = decltype(zero);
      for (int64_t i = 0; i < batch_count(a); ++i) {
        const auto info = heevd(vectors ? 'V' : 'N', uplo, n, typed<T>(v) + i * n * n, typed<Real<T>>(w) + i * n);
        WICK_CHECK_TYPE(LinAlgError, info == 0, "linalg.eigh: ", a.dim() > 2 ? str("(Batch element ", i, "): ") : std::string(), kNoConvergence, info, ").");
      }
    });
  return {w, v};
}
std::tuple<Tensor, Tensor> eigh_op(const Tensor& a, char uplo) {
  return record("LinalgEighBackward0", {a}, out(0) | out(1), [&] { return eigh_kernel(a, uplo, true); },
                [](Backward& b) {
                  const Tensor w = b.out(0), v = b.out(1);
                  if (!b.g(1).defined()) {
                    b.grad(0, wick::matmul(v * b.g(0).to(v.scalar_type()).unsqueeze(-2), v.mH()));
                    return;
                  }
                  const Tensor gaps = (w.unsqueeze(-2) - w.unsqueeze(-1)).to(v.scalar_type()), one = identity(w.size(-1), v);
                  Tensor inner = wick::matmul(v.mH(), b.g(1)) * (1 - one) / (gaps + one);
                  if (b.g(0).defined()) inner = inner + diag_embed(b.g(0).to(v.scalar_type()));
                  b.grad(0, wick::matmul(v, wick::matmul(inner, v.mH())));
                });
}

// Real matrices come back from LAPACK with pairs of real columns for conjugate vectors.
template <class R>
void eig_real(const Tensor& a, const Tensor& w, const Tensor& v, bool vectors, lapack_int& info, int64_t i) {
  using C = std::complex<R>;
  const int n = static_cast<int>(a.size(-1));
  std::vector<R> wr(static_cast<size_t>(n)), wi(static_cast<size_t>(n)), vr(vectors ? static_cast<size_t>(n) * static_cast<size_t>(n) : 1);
  info = geev(vectors ? 'V' : 'N', n, typed<R>(a) + i * n * n, wr.data(), wi.data(), vr.data());
  for (int k = 0; k < n; ++k) typed<C>(w)[i * n + k] = C(wr[static_cast<size_t>(k)], wi[static_cast<size_t>(k)]);
  if (!vectors) return;
  C* to = typed<C>(v) + i * n * n;
  for (int k = 0; k < n; ++k) {
    const bool pair = wi[static_cast<size_t>(k)] != 0 && k + 1 < n;
    for (int r = 0; r < n; ++r) {
      const R re = vr[static_cast<size_t>(k * n + r)], im = pair ? vr[static_cast<size_t>((k + 1) * n + r)] : R(0);
      to[k * n + r] = C(re, im);
      if (pair) to[(k + 1) * n + r] = C(re, -im);
    }
    if (pair) ++k;
  }
}
std::tuple<Tensor, Tensor> eig_kernel(const Tensor& a, bool vectors) {
  keep_nan();
  const ScalarType t = to_complex_type(a.scalar_type());
  const int64_t n = a.size(-1);
  const Tensor f = column_copy(a);
  Tensor w = make_tensor(with_tail(batch_sizes(a), {n}), t), v = vectors ? column_empty(a.sizes(), t) : make_tensor({0}, t);
  if (a.numel() == 0) return {w, v};
  for (int64_t i = 0; i < batch_count(a); ++i) {
    lapack_int info = 0;
    if (a.scalar_type() == kFloat) eig_real<float>(f, w, v, vectors, info, i);
    else if (a.scalar_type() == kDouble) eig_real<double>(f, w, v, vectors, info, i);
    else if (t == kComplexFloat)
      info = geev(vectors ? 'V' : 'N', static_cast<int>(n), typed<std::complex<float>>(f) + i * n * n, typed<std::complex<float>>(w) + i * n, typed<std::complex<float>>(v) + (vectors ? i * n * n : 0));
    else
      info = geev(vectors ? 'V' : 'N', static_cast<int>(n), typed<std::complex<double>>(f) + i * n * n, typed<std::complex<double>>(w) + i * n, typed<std::complex<double>>(v) + (vectors ? i * n * n : 0));
    WICK_CHECK_TYPE(LinAlgError, info == 0, "linalg.eig: ", a.dim() > 2 ? str("(Batch element ", i, "): ") : std::string(), kNoConvergence, info, ").");
  }
  return {w, v};
}
std::tuple<Tensor, Tensor> eig_op(const Tensor& a) {
  return record("LinalgEigBackward0", {a}, out(0) | out(1), [&] { return eig_kernel(a, true); },
                [](Backward& b) {
                  const Tensor w = b.out(0), v = b.out(1), vh = v.mH();
                  if (!b.g(1).defined()) {
                    b.grad(0, linalg_solve(vh, b.g(0).unsqueeze(-1) * vh));
                    return;
                  }
                  const Tensor vg = wick::matmul(vh, b.g(1)), along = wick::real(vg.diagonal(0, -2, -1)).to(v.scalar_type());
                  const Tensor one = identity(w.size(-1), v), gaps = (w.unsqueeze(-2) - w.unsqueeze(-1)).conj();
                  Tensor inner = (vg - wick::matmul(vh, v * along.unsqueeze(-2))) * (1 - one) / (gaps + one);
                  if (b.g(0).defined()) inner = inner + diag_embed(b.g(0));
                  b.grad(0, linalg_solve(vh, wick::matmul(inner, vh)));
                });
}

// --- Pseudo-inverse -----------------------------------------------------------------------------------------------------

Tensor pinv_gradient(const Tensor& g, const Tensor& p, const Tensor& a) {
  const Tensor ph = p.mH(), gh = g.mH();
  if (a.size(-2) <= a.size(-1)) {
    const Tensor k = gh.matmul(p), kph = k.matmul(ph);
    return -p.matmul(k).mH() + kph - a.matmul(p).matmul(kph) + ph.matmul(p).matmul(gh - k.matmul(a));
  }
  const Tensor k = p.matmul(gh), phk = ph.matmul(k);
  return -k.matmul(p).mH() + (gh - a.matmul(k)).matmul(p).matmul(ph) + phk - phk.matmul(p).matmul(a);
}
double type_eps(ScalarType t) { return to_real_type(t) == kDouble ? std::numeric_limits<double>::epsilon() : static_cast<double>(std::numeric_limits<float>::epsilon()); }
// Below which a singular value counts as zero: max(atol, rtol * largest), one per matrix.
Tensor cutoff(const Tensor& s, const Tensor& atol, const Tensor& rtol) {
  const Tensor top = s.size(-1) > 0 ? s.amax(IntArrayRef{-1}) : zeros(s.sizes().slice(0, s.sizes().size() - 1), s.options());
  return wick::maximum(atol.to(s.scalar_type()), rtol.to(s.scalar_type()) * top);
}
struct Tolerance { Tensor atol, rtol; };
Tolerance tolerance(const char* op, const Tensor& a, const Tensor& atol0, const Tensor& rtol0) {
  const ScalarType t = to_real_type(a.scalar_type());
  Tolerance r{atol0, rtol0};
  WICK_CHECK(!atol0.defined() || !atol0.is_complex(), op, ": atol tensor of complex type is not supported.");
  if (!r.atol.defined()) r.atol = zeros({}, TensorOptions(t));
  if (!r.rtol.defined()) {
    r.rtol = full({}, type_eps(t) * static_cast<double>(std::max(a.size(-2), a.size(-1))), TensorOptions(t));
    if (atol0.defined()) r.rtol = where(atol0 > 0, zeros_like(r.rtol), r.rtol);  // a tolerance that was asked for stands alone
  }
  return r;
}
Tensor scalar_tolerance(const std::optional<double>& v) { return v ? full({}, *v, TensorOptions(kDouble)) : Tensor(); }

Tensor pinv_kernel(const Tensor& a, const Tolerance& tol, bool hermitian) {
  if (a.numel() == 0) return zeros(with_tail(batch_sizes(a), {a.size(-1), a.size(-2)}), a.options());
  if (hermitian) {
    auto [w, v] = eigh_kernel(a, 'L', true);
    const Tensor size = w.abs(), inv = where(size > cutoff(size, tol.atol, tol.rtol).unsqueeze(-1), w.reciprocal(), zeros_like(w)).to(a.scalar_type());
    return wick::matmul(v * inv.unsqueeze(-2), v.mH());
  }
  const Svd d = svd_kernel(a, false, true);
  const Tensor inv = where(d.s > cutoff(d.s, tol.atol, tol.rtol).unsqueeze(-1), d.s.reciprocal(), zeros_like(d.s)).to(a.scalar_type());
  return wick::matmul(d.vh.mH() * inv.unsqueeze(-2), d.u.mH());
}
Tensor pinv_op(const Tensor& a, const Tolerance& tol, bool hermitian) {
  check_matrix("linalg.pinv", a);
  if (hermitian) check_square("linalg.pinv", a);
  return record("LinalgPinvBackward0", {a}, in(0) | out(), [&] { return pinv_kernel(a, tol, hermitian); }, [](Backward& b) { b.grad(0, pinv_gradient(b.g(), b.out(), b.in(0))); });
}
Tensor rank_of(const Tensor& a, const Tolerance& tol, bool hermitian) {
  GateScope off(kGradOff);
  const Tensor s = hermitian ? std::get<0>(eigh_kernel(a, 'L', false)).abs() : svd_kernel(a, false, false).s;
  return (s > cutoff(s, tol.atol, tol.rtol).unsqueeze(-1)).sum(IntArrayRef{-1});
}

// --- Least squares ------------------------------------------------------------------------------------------------------

struct LeastSquares { Tensor solution, residuals, rank, singular; };
LeastSquares lstsq_kernel(const Tensor& a, const Tensor& b, double rcond, char how) {
  keep_nan();
  const int m = static_cast<int>(a.size(-2)), n = static_cast<int>(a.size(-1)), k = static_cast<int>(b.size(-1)), ldb = std::max({1, m, n});
  const IntArrayRef lead = batch_sizes(a);
  const ScalarType t = a.scalar_type(), rt = to_real_type(t);
  const Tensor f = column_copy(a);
  Tensor x = column_empty(with_tail(lead, {ldb, k}), t);
  raw_fill(x, 0);
  raw_copy(x.narrow(-2, 0, m), b);
  LeastSquares r;
  r.rank = how == 'l' ? make_tensor({0}, kLong) : make_tensor(lead, kLong);
  r.singular = how == 'l' || how == 'y' ? make_tensor({0}, rt) : make_tensor(with_tail(lead, {std::min(m, n)}), rt);
  bool full_rank = true;
  if (f.numel() > 0 && k > 0)
    lapack_types(t, [&](auto zero) {
      using T = decltype(zero);
      using R = Real<T>;
      std::vector<R> s(static_cast<size_t>(std::min(m, n)));
      for (int64_t i = 0; i < batch_count(a); ++i) {
        int rank = std::min(m, n);
        const auto info = least(how, {m, n, k, ldb}, typed<T>(f) + i * m * n, typed<T>(x) + i * ldb * k, s.data(), static_cast<R>(rcond), &rank);
        WICK_CHECK_TYPE(LinAlgError, info == 0, "torch.linalg.lstsq: ", a.dim() > 2 ? str("(Batch element ", i, "): ") : std::string(), "The least squares solution could not be computed because the input matrix does not have full rank (error code: ", info, ").");
        if (how != 'l') typed<int64_t>(r.rank)[i] = rank;
        if (r.singular.numel() > 0) std::copy(s.begin(), s.end(), typed<R>(r.singular) + i * static_cast<int64_t>(s.size()));
        full_rank = full_rank && rank == n;
      }
    });
  r.solution = x.narrow(-2, 0, n).clone();
  // What is left below the solution, where the system was overdetermined and of full rank.
  r.residuals = m > n && how != 'y' && full_rank ? x.narrow(-2, n, m - n).abs().pow(2).sum(IntArrayRef{-2}) : make_tensor({0}, rt);
  return r;
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

std::tuple<Tensor,Tensor> linalg_eigh(const Tensor& self, std::string_view UPLO) {
  WICK_AUTOCAST(full, linalg_eigh, self, UPLO);
  check_square("linalg.eigh", self);
  return eigh_op(self, triangle(UPLO));
}
std::tuple<Tensor&,Tensor&> linalg_eigh_out(Tensor& eigvals, Tensor& eigvecs, const Tensor& self, std::string_view UPLO) {
  check_outs("linalg.eigh", {eigvals, eigvecs}, {self});
  auto [w, v] = linalg_eigh(self, UPLO);
  store_out("linalg.eigh", eigvals, w);
  store_out("linalg.eigh", eigvecs, v);
  return {eigvals, eigvecs};
}
Tensor linalg_eigvalsh(const Tensor& self, std::string_view UPLO) {
  WICK_AUTOCAST(full, linalg_eigvalsh, self, UPLO);
  check_square("linalg.eigvalsh", self);
  const char uplo = triangle(UPLO);
  return autograd::recording({self}) ? std::get<0>(eigh_op(self, uplo)) : std::get<0>(eigh_kernel(self, uplo, false));
}
Tensor& linalg_eigvalsh_out(Tensor& out, const Tensor& self, std::string_view UPLO) { return out_from("linalg.eigvalsh", out, {self}, [&] { return linalg_eigvalsh(self, UPLO); }); }
std::tuple<Tensor,Tensor> linalg_eig(const Tensor& self) {
  WICK_AUTOCAST(full, linalg_eig, self);
  check_square("linalg.eig", self);
  return eig_op(self);
}
std::tuple<Tensor&,Tensor&> linalg_eig_out(Tensor& eigenvalues, Tensor& eigenvectors, const Tensor& self) {
  check_outs("linalg.eig", {eigenvalues, eigenvectors}, {self});
  auto [w, v] = linalg_eig(self);
  store_out("linalg.eig", eigenvalues, w);
  store_out("linalg.eig", eigenvectors, v);
  return {eigenvalues, eigenvectors};
}
Tensor linalg_eigvals(const Tensor& self) {
  WICK_AUTOCAST(full, linalg_eigvals, self);
  check_square("linalg.eigvals", self);
  return autograd::recording({self}) ? std::get<0>(eig_op(self)) : std::get<0>(eig_kernel(self, false));
}
Tensor& linalg_eigvals_out(Tensor& out, const Tensor& self) { return out_from("linalg.eigvals", out, {self}, [&] { return linalg_eigvals(self); }); }

Tensor linalg_pinv(const Tensor& self, const std::optional<Tensor>& atol, const std::optional<Tensor>& rtol, bool hermitian) {
  check_matrix("linalg.pinv", self);
  return pinv_op(self, tolerance("linalg.pinv", self, tensor_or_none(atol), tensor_or_none(rtol)), hermitian);
}
Tensor linalg_pinv(const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian) { return linalg_pinv(self, scalar_tolerance(atol), scalar_tolerance(rtol), hermitian); }
Tensor linalg_pinv(const Tensor& self, double rcond, bool hermitian) { return linalg_pinv(self, std::optional<double>(0.0), std::optional<double>(rcond), hermitian); }
Tensor linalg_pinv(const Tensor& self, const Tensor& rcond, bool hermitian) { return linalg_pinv(self, zeros({}, rcond.options()), rcond, hermitian); }
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, const std::optional<Tensor>& atol, const std::optional<Tensor>& rtol, bool hermitian) {
  return out_from("linalg.pinv", out, {self}, [&] { return linalg_pinv(self, atol, rtol, hermitian); });
}
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian) {
  return out_from("linalg.pinv", out, {self}, [&] { return linalg_pinv(self, atol, rtol, hermitian); });
}
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, double rcond, bool hermitian) { return out_from("linalg.pinv", out, {self}, [&] { return linalg_pinv(self, rcond, hermitian); }); }
Tensor& linalg_pinv_out(Tensor& out, const Tensor& self, const Tensor& rcond, bool hermitian) { return out_from("linalg.pinv", out, {self}, [&] { return linalg_pinv(self, rcond, hermitian); }); }
Tensor pinverse(const Tensor& self, double rcond) {
  WICK_AUTOCAST(full, pinverse, self, rcond);
  return linalg_pinv(self, rcond);
}

Tensor linalg_matrix_rank(const Tensor& input, const std::optional<Tensor>& atol, const std::optional<Tensor>& rtol, bool hermitian) {
  WICK_AUTOCAST(full, linalg_matrix_rank, input, atol, rtol, hermitian);
  check_matrix("linalg.matrix_rank", input);
  if (hermitian) check_square("linalg.matrix_rank", input);
  return rank_of(input, tolerance("linalg.matrix_rank", input, tensor_or_none(atol), tensor_or_none(rtol)), hermitian);
}
Tensor linalg_matrix_rank(const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian) {
  WICK_AUTOCAST(full, linalg_matrix_rank, self, atol, rtol, hermitian);
  return linalg_matrix_rank(self, scalar_tolerance(atol), scalar_tolerance(rtol), hermitian);
}
Tensor linalg_matrix_rank(const Tensor& self, double tol, bool hermitian) {
  WICK_AUTOCAST(full, linalg_matrix_rank, self, tol, hermitian);
  return linalg_matrix_rank(self, std::optional<double>(tol), std::optional<double>(0.0), hermitian);
}
Tensor linalg_matrix_rank(const Tensor& input, const Tensor& tol, bool hermitian) {
  WICK_AUTOCAST(full, linalg_matrix_rank, input, tol, hermitian);
  return linalg_matrix_rank(input, tol, zeros({}, tol.options()), hermitian);
}
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& input, const std::optional<Tensor>& atol, const std::optional<Tensor>& rtol, bool hermitian) {
  return out_from("linalg.matrix_rank", out, {input}, [&] { return linalg_matrix_rank(input, atol, rtol, hermitian); });
}
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& self, std::optional<double> atol, std::optional<double> rtol, bool hermitian) {
  return out_from("linalg.matrix_rank", out, {self}, [&] { return linalg_matrix_rank(self, atol, rtol, hermitian); });
}
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& self, double tol, bool hermitian) { return out_from("linalg.matrix_rank", out, {self}, [&] { return linalg_matrix_rank(self, tol, hermitian); }); }
Tensor& linalg_matrix_rank_out(Tensor& out, const Tensor& input, const Tensor& tol, bool hermitian) {
  return out_from("linalg.matrix_rank", out, {input}, [&] { return linalg_matrix_rank(input, tol, hermitian); });
}

std::tuple<Tensor,Tensor,Tensor,Tensor> linalg_lstsq(const Tensor& self, const Tensor& b0, std::optional<double> rcond, std::optional<std::string_view> driver) {
  WICK_AUTOCAST(full, linalg_lstsq, self, b0, rcond, driver);
  check_matrix("torch.linalg.lstsq", self);
  check_lapack_type("torch.linalg.lstsq", b0);
  const std::string_view name = driver.value_or("gelsy");
  WICK_CHECK(name == "gels" || name == "gelsy" || name == "gelsd" || name == "gelss", "torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)");
  WICK_CHECK(self.scalar_type() == b0.scalar_type(), "torch.linalg.lstsq: Expected input and other to have the same dtype, but got input's dtype ", self.scalar_type(), " and other's dtype ", b0.scalar_type());
  const bool vector = self.dim() - 1 == b0.dim() && b0.sizes() == self.sizes().slice(0, self.sizes().size() - 1);
  const Tensor b1 = vector ? b0.unsqueeze(-1) : b0;
  WICK_CHECK(b1.dim() >= 2 && b1.size(-2) == self.size(-2), "torch.linalg.lstsq: input.size(-2) should match other.size(-2), got ", self.sizes(), " and ", b0.sizes());
  const DimVec lead = broadcast_shape("torch.linalg.lstsq", batch_sizes(self), batch_sizes(b1));
  const Tensor a = self.expand(with_tail(lead, {self.size(-2), self.size(-1)})), b = b1.expand(with_tail(lead, {b1.size(-2), b1.size(-1)}));
  LeastSquares r;
  const double cut = rcond.value_or(type_eps(a.scalar_type()) * static_cast<double>(std::max(a.size(-2), a.size(-1))));
  const Tensor x = record("LinalgLstsqBackward0", {a, b}, in(0) | in(1),
                          [&] {
                            r = lstsq_kernel(a, b, cut, name.size() == 4 ? 'l' : name[4]);
                            return r.solution;
                          },
                          [](Backward& bw) {  // x = pinv(a) b
                            const Tensor m = bw.in(0), p = linalg_pinv(m);
                            if (bw.needs(0)) bw.grad(0, pinv_gradient(wick::matmul(bw.g(), bw.in(1).mH()), p, m));
                            if (bw.needs(1)) bw.grad(1, wick::matmul(p.mH(), bw.g()));
                          });
  return {vector ? x.squeeze(-1) : x, r.residuals, r.rank, r.singular};
}
std::tuple<Tensor&,Tensor&,Tensor&,Tensor&> linalg_lstsq_out(Tensor& solution, Tensor& residuals, Tensor& rank, Tensor& singular_values, const Tensor& self, const Tensor& b, std::optional<double> rcond, std::optional<std::string_view> driver) {
  check_outs("linalg.lstsq", {solution, residuals, rank, singular_values}, {self, b});
  auto [x, r, k, s] = linalg_lstsq(self, b, rcond, driver);
  store_out("linalg.lstsq", solution, x);
  store_out("linalg.lstsq", residuals, r);
  store_out("linalg.lstsq", rank, k);
  store_out("linalg.lstsq", singular_values, s);
  return {solution, residuals, rank, singular_values};
}

Tensor linalg_matrix_exp(const Tensor& self) {
  GateScope whole(0, kAutocast);
  if (self.defined() && is_reduced_floating_type(self.scalar_type())) return linalg_matrix_exp(self.to(kFloat)).to(self.scalar_type());
  check_square("linalg.matrix_exp", self);
  if (self.numel() == 0) return self.clone();
  // Scaled to norm 1/2 at most, a Taylor polynomial, squared back; one scale for the batch.
  double norm = 0;
  {
    GateScope off(kGradOff);
    norm = self.abs().sum(IntArrayRef{-2}).max().to(kDouble).item<double>();
  }
  const int squarings = std::isfinite(norm) && norm > 0.5 ? static_cast<int>(std::ceil(std::log2(norm / 0.5))) : 0;
  const Tensor x = squarings ? self * std::ldexp(1.0, -squarings) : self, one = identity(self.size(-1), self);
  const int degree = to_real_type(self.scalar_type()) == kDouble ? 14 : 9;
  Tensor r = one + x / degree;
  for (int k = degree - 1; k >= 1; --k) r = one + wick::matmul(x, r) / k;
  for (int k = 0; k < squarings; ++k) r = wick::matmul(r, r);
  return r;
}
Tensor& linalg_matrix_exp_out(Tensor& out, const Tensor& self) { return out_from("linalg.matrix_exp", out, {self}, [&] { return linalg_matrix_exp(self); }); }
Tensor matrix_exp(const Tensor& self) { return linalg_matrix_exp(self); }

Tensor linalg_diagonal(const Tensor& A, int64_t offset, int64_t dim1, int64_t dim2) { return A.diagonal(offset, dim1, dim2); }
Tensor linalg_vander(const Tensor& x, std::optional<int64_t> N) {
  check_defined("linalg.vander", {x});
  WICK_CHECK(x.dim() > 0, "linalg.vander: Expected a tensor with at least 1 dimension");
  const int64_t n = N.value_or(x.size(-1));
  WICK_CHECK(n > 1, "N must be greater than 1.");
  DimVec shape(x.sizes());
  shape.push_back(n - 1);
  const Tensor powers = x.unsqueeze(-1).expand(shape).cumprod(-1);
  shape.back() = 1;
  return cat({ones(shape, powers.options()), powers}, -1);
}
Tensor linalg_tensorinv(const Tensor& self, int64_t ind) {
  WICK_AUTOCAST(full, linalg_tensorinv, self, ind);
  check_defined("linalg.tensorinv", {self});
  WICK_CHECK(ind > 0, "Expected a strictly positive integer for 'ind', but got ", ind);
  const size_t k = static_cast<size_t>(std::min(ind, self.dim()));
  const IntArrayRef head = self.sizes().slice(0, k), tail = self.sizes().slice(k);
  WICK_CHECK(count(head) == count(tail), "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got ", count(tail), " != ", count(head));
  DimVec shape(tail);
  for (int64_t n : head) shape.push_back(n);
  return linalg_inv(self.reshape({count(head), count(tail)})).reshape(shape);
}
Tensor& linalg_tensorinv_out(Tensor& out, const Tensor& self, int64_t ind) { return out_from("linalg.tensorinv", out, {self}, [&] { return linalg_tensorinv(self, ind); }); }

}  // namespace wick::inline v1
