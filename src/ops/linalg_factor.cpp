// LU, QR and singular value decompositions.
#include <wick/ops/linalg_factor.h>

#include "autograd/autocast.h"
#include "ops/linalg.h"

namespace wick::ops {
namespace {

lapack_int gesdd(char job, int m, int n, float* a, float* s, float* u, float* v, int ldv) { return LAPACKE_sgesdd(LAPACK_COL_MAJOR, job, m, n, a, m, s, u, m, v, ldv); }
lapack_int gesdd(char job, int m, int n, double* a, double* s, double* u, double* v, int ldv) { return LAPACKE_dgesdd(LAPACK_COL_MAJOR, job, m, n, a, m, s, u, m, v, ldv); }
lapack_int gesdd(char job, int m, int n, std::complex<float>* a, float* s, std::complex<float>* u, std::complex<float>* v, int ldv) {
  return LAPACKE_cgesdd(LAPACK_COL_MAJOR, job, m, n, a, m, s, u, m, v, ldv);
}
lapack_int gesdd(char job, int m, int n, std::complex<double>* a, double* s, std::complex<double>* u, std::complex<double>* v, int ldv) {
  return LAPACKE_zgesdd(LAPACK_COL_MAJOR, job, m, n, a, m, s, u, m, v, ldv);
}

void keep_nan() { static const bool once = (LAPACKE_set_nancheck(0), true); (void)once; }
Tensor identity(int64_t n, const Tensor& like) { return eye(n, like.options()); }

// --- QR -----------------------------------------------------------------------------------------------------------------

struct QrMode { bool q, complete; };
QrMode qr_mode(std::string_view mode) {
  WICK_CHECK(mode == "reduced" || mode == "complete" || mode == "r", "linalg.qr received unrecognized mode '", mode, "' but expected one of 'reduced' (default), 'r', or 'complete'");
  return {mode != "r", mode == "complete"};
}
std::tuple<Tensor, Tensor> qr_kernel(const Tensor& a, QrMode mode) {
  keep_nan();
  const int m = static_cast<int>(a.size(-2)), n = static_cast<int>(a.size(-1)), k = std::min(m, n), qc = mode.complete ? m : k;
  const IntArrayRef lead = batch_sizes(a);
  const ScalarType t = a.scalar_type();
  const Tensor f = column_copy(a);
  Tensor q = mode.q ? column_empty(with_tail(lead, {m, qc}), t) : make_tensor({0}, t);
  const int rr = mode.complete ? m : k;
  Tensor r = make_tensor(with_tail(lead, {rr, n}), column_strides(with_tail(lead, {rr, n})), t);
  if (mode.q && k == 0) raw_copy(q, identity(m, a).narrow(1, 0, qc));
  if (k == 0) {
    raw_fill(r, 0);
    return {q, r};
  }
  lapack_types(t, [&](auto zero) {
    using T = decltype(zero);
    std::vector<T> tau(static_cast<size_t>(k));
    for (int64_t i = 0; i < batch_count(a); ++i) {
      T *pf = typed<T>(f) + i * m * n, *pr = typed<T>(r) + i * rr * n;
      lapack::geqrf(m, n, pf, tau.data());
      for (int64_t c = 0; c < n; ++c)
        for (int64_t row = 0; row < rr; ++row) pr[c * rr + row] = row <= c ? pf[c * m + row] : T(0);
      if (!mode.q) continue;
      T* pq = typed<T>(q) + i * m * qc;
      std::copy(pf, pf + static_cast<int64_t>(m) * k, pq);
      lapack::orgqr(m, qc, k, pq, tau.data());
    }
  });
  return {q, r};
}
void qr_backward(Backward& b) {
  const Tensor q = b.out(0), r = b.out(1);
  Tensor inner;
  if (b.g(1).defined()) inner = wick::matmul(b.g(1), r.mH());
  if (b.g(0).defined()) {
    const Tensor qg = wick::matmul(q.mH(), b.g(0));
    inner = inner.defined() ? inner - qg : -qg;
  }
  const Tensor up = inner.triu(), diagonal = diag_embed(up.diagonal(0, -2, -1));
  const Tensor both = up + up.mH() - (up.is_complex() ? (diagonal + diagonal.conj()) * 0.5 : diagonal);
  Tensor g = wick::matmul(q, both);
  if (b.g(0).defined()) g = g + b.g(0);
  b.grad(0, linalg_solve_triangular(r.mH(), g, false, false));
}

// --- Singular values ------------------------------------------------------------------------------------------------------

Tensor skew(const Tensor& x) { return x - x.mH(); }
// Gradient of a thin decomposition a = u s vh; undefined parts are zero.
Tensor svd_gradient(const Tensor& gu, const Tensor& gs, const Tensor& gvh, const Tensor& u, const Tensor& s0, const Tensor& vh) {
  const int64_t m = u.size(-2), n = vh.size(-1), k = s0.size(-1);
  const Tensor s = s0.to(u.scalar_type());
  if (!gu.defined() && !gvh.defined()) return wick::matmul(u * gs.to(u.scalar_type()).unsqueeze(-2), vh);
  Tensor inner = gs.defined() ? diag_embed(gs.to(u.scalar_type())) : Tensor();
  const auto add = [&inner](const Tensor& t) { inner = inner.defined() ? inner + t : t; };
  const Tensor row = s.unsqueeze(-2), col = s.unsqueeze(-1);
  const Tensor gaps = (row - col) * (row + col) + identity(k, u);  // the diagonal divides zeros
  if (gu.defined()) {
    const Tensor w = skew(wick::matmul(u.mH(), gu));
    add(w / gaps * row);
    if (u.is_complex()) add(diag_embed(w.diagonal(0, -2, -1) / (2 * s)));
  }
  if (gvh.defined()) add(col * (skew(wick::matmul(vh, gvh.mH())) / gaps));
  Tensor g = wick::matmul(u, wick::matmul(inner, vh));
  if (gu.defined() && m > k) {
    const Tensor x = gu / row;
    g = g + wick::matmul(x - wick::matmul(u, wick::matmul(u.mH(), x)), vh);
  }
  if (gvh.defined() && n > k) {
    const Tensor x = gvh / col;
    g = g + wick::matmul(u, x - wick::matmul(wick::matmul(x, vh.mH()), vh));
  }
  return g;
}
void check_driver(std::optional<std::string_view> driver) {
  WICK_CHECK(!driver, "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.");
}
std::tuple<Tensor, Tensor, Tensor> svd_op(const Tensor& a, bool full) {
  return record("LinalgSvdBackward0", {a}, out(0) | out(1) | out(2),
                [&] {
                  Svd r = svd_kernel(a, full, true);
                  return std::tuple<Tensor, Tensor, Tensor>(r.u, r.s, r.vh);
                },
                [](Backward& b) {
                  const int64_t k = b.out(1).size(-1);
                  const auto thin = [k](const Tensor& t, int64_t dim) { return t.defined() && t.size(dim) > k ? t.narrow(dim, 0, k) : t; };
                  b.grad(0, svd_gradient(thin(b.g(0), -1), b.g(1), thin(b.g(2), -2), thin(b.out(0), -1), b.out(1), thin(b.out(2), -2)));
                });
}

// --- LU ---------------------------------------------------------------------------------------------------------------------

Tensor permutation_matrix(const Tensor& pivots, int64_t rows, ScalarType t) {
  const Tensor p = permutation_of(pivots, rows);
  Tensor m = zeros(with_tail(p.sizes().slice(0, p.sizes().size() - 1), {rows, rows}), t);
  return m.scatter(-2, p.unsqueeze(-2), 1.0);
}
Tensor lower_of(const Tensor& lu) {
  const int64_t m = lu.size(-2), n = lu.size(-1), k = std::min(m, n);
  Tensor l = lu.narrow(-1, 0, k).tril(-1);
  const Tensor one = m > k ? cat({identity(k, lu), zeros({m - k, k}, lu.options())}, 0) : identity(k, lu);
  return l + one;
}
Tensor upper_of(const Tensor& lu) { return lu.narrow(-2, 0, std::min(lu.size(-2), lu.size(-1))).triu(); }
// Gradient of a square or rectangular a = p l u, from those of l and u.
Tensor lu_gradient(const Tensor& gl, const Tensor& gu, const Tensor& p, const Tensor& l, const Tensor& u) {
  const int64_t m = l.size(-2), n = u.size(-1), k = l.size(-1);
  const Tensor l1 = l.narrow(-2, 0, k), u1 = u.narrow(-1, 0, k);
  Tensor phi = zeros_like(u1), tall, wide;
  if (gl.defined()) {
    Tensor x = wick::matmul(l1.mH(), gl.narrow(-2, 0, k));
    if (m > k) {
      tall = linalg_solve_triangular(u1.mH(), gl.narrow(-2, k, m - k), false, false);
    }
    phi = phi + x.tril(-1);
  }
  if (gu.defined()) {
    phi = phi + wick::matmul(gu.narrow(-1, 0, k), u1.mH()).triu();
    if (n > k) wide = linalg_solve_triangular(l1.mH(), gu.narrow(-1, k, n - k), true);
  }
  // The parts outside the leading square act on it through the factors they were divided by.
  if (tall.defined()) phi = phi - wick::matmul(l.narrow(-2, k, m - k).mH(), gl.narrow(-2, k, m - k)).triu();
  if (wide.defined()) phi = phi - wick::matmul(gu.narrow(-1, k, n - k), u.narrow(-1, k, n - k).mH()).tril(-1);
  Tensor g = linalg_solve_triangular(l1.mH(), linalg_solve_triangular(u1.mH(), phi, false, false), true, true, true);
  if (m > k) g = cat({g, tall.defined() ? tall : zeros(with_tail(batch_sizes(g), {m - k, k}), g.options())}, -2);
  if (n > k) g = cat({g, wide.defined() ? wide : zeros(with_tail(batch_sizes(g), {k, n - k}), g.options())}, -1);
  return wick::matmul(p, g);
}
void no_pivot_only(bool pivot) { WICK_CHECK(pivot, "linalg.lu_factor: LU without pivoting is not implemented on the CPU"); }

}  // namespace

Svd svd_kernel(const Tensor& a, bool full, bool vectors) {
  keep_nan();
  const int m = static_cast<int>(a.size(-2)), n = static_cast<int>(a.size(-1)), k = std::min(m, n);
  const IntArrayRef lead = batch_sizes(a);
  const ScalarType t = a.scalar_type();
  const int uc = full ? m : k, vr = full ? n : k;
  Svd r{vectors ? column_empty(with_tail(lead, {m, uc}), t) : Tensor(), make_tensor(with_tail(lead, {k}), to_real_type(t)), vectors ? column_empty(with_tail(lead, {vr, n}), t) : Tensor()};
  if (k == 0) {
    if (vectors) {
      raw_copy(r.u, identity(m, a).narrow(1, 0, uc));
      raw_copy(r.vh, identity(n, a).narrow(0, 0, vr));
    }
    return r;
  }
  const Tensor f = column_copy(a);
  lapack_types(t, [&](auto zero) {
    using T = decltype(zero);
    using R = decltype(std::abs(zero));
    for (int64_t i = 0; i < batch_count(a); ++i) {
      const auto info = gesdd(!vectors ? 'N' : full ? 'A' : 'S', m, n, typed<T>(f) + i * m * n, typed<R>(r.s) + i * k, vectors ? typed<T>(r.u) + i * m * uc : nullptr,
                              vectors ? typed<T>(r.vh) + i * vr * n : nullptr, std::max(1, vr));
      WICK_CHECK_TYPE(LinAlgError, info == 0, "linalg.svd: ", a.dim() > 2 ? str("(Batch element ", i, "): ") : std::string(),
                      "The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated singular values (error code: ", info, ").");
    }
  });
  return r;
}

}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

std::tuple<Tensor,Tensor> linalg_qr(const Tensor& A, std::string_view mode) {
  WICK_AUTOCAST(full, linalg_qr, A, mode);
  check_matrix("linalg.qr", A);
  const QrMode how = qr_mode(mode);
  const int64_t m = A.size(-2), n = A.size(-1);
  if (autograd::recording({A})) {
    WICK_CHECK(how.q, "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, mode='reduced') if you are going to require gradients through linalg.qr.");
    WICK_CHECK(!how.complete || m <= n, "The QR decomposition is not differentiable when mode='complete' and nrows > ncols");
    if (m < n) {  // the leading square decides, the rest follows
      auto [q, r] = linalg_qr(A.narrow(-1, 0, m), "reduced");
      return {q, cat({r, wick::matmul(q.mH(), A.narrow(-1, m, n - m))}, -1)};
    }
  }
  return record("LinalgQrBackward0", {A}, out(0) | out(1), [&] { return qr_kernel(A, how); }, qr_backward);
}
std::tuple<Tensor&,Tensor&> linalg_qr_out(Tensor& Q, Tensor& R, const Tensor& A, std::string_view mode) {
  check_outs("linalg.qr", {Q, R}, {A});
  auto [q, r] = linalg_qr(A, mode);
  store_out("linalg.qr", Q, q);
  store_out("linalg.qr", R, r);
  return {Q, R};
}
std::tuple<Tensor,Tensor> qr(const Tensor& self, bool some) {
  WICK_AUTOCAST(full, qr, self, some);
  return linalg_qr(self, some ? "reduced" : "complete");
}
std::tuple<Tensor&,Tensor&> qr_out(Tensor& Q, Tensor& R, const Tensor& self, bool some) { return linalg_qr_out(Q, R, self, some ? "reduced" : "complete"); }

std::tuple<Tensor,Tensor,Tensor> linalg_svd(const Tensor& A, bool full_matrices, std::optional<std::string_view> driver) {
  WICK_AUTOCAST(full, linalg_svd, A, full_matrices, driver);
  check_matrix("linalg.svd", A);
  check_driver(driver);
  return svd_op(A, full_matrices);
}
std::tuple<Tensor&,Tensor&,Tensor&> linalg_svd_out(Tensor& U, Tensor& S, Tensor& Vh, const Tensor& A, bool full_matrices, std::optional<std::string_view> driver) {
  check_outs("linalg.svd", {U, S, Vh}, {A});
  auto [u, s, vh] = linalg_svd(A, full_matrices, driver);
  store_out("linalg.svd", U, u);
  store_out("linalg.svd", S, s);
  store_out("linalg.svd", Vh, vh);
  return {U, S, Vh};
}
Tensor linalg_svdvals(const Tensor& A, std::optional<std::string_view> driver) {
  WICK_AUTOCAST(full, linalg_svdvals, A, driver);
  check_matrix("linalg.svdvals", A);
  check_driver(driver);
  return autograd::recording({A}) ? std::get<1>(svd_op(A, false)) : svd_kernel(A, false, false).s;
}
Tensor& linalg_svdvals_out(Tensor& out, const Tensor& A, std::optional<std::string_view> driver) { return out_from("linalg.svdvals", out, {A}, [&] { return linalg_svdvals(A, driver); }); }
std::tuple<Tensor,Tensor,Tensor> svd(const Tensor& self, bool some, bool compute_uv) {
  WICK_AUTOCAST(full, svd, self, some, compute_uv);
  check_matrix("linalg.svd", self);
  if (compute_uv) {
    auto [u, s, vh] = svd_op(self, !some);
    return {u, s, vh.mH()};
  }
  const IntArrayRef lead = batch_sizes(self);
  return {zeros(with_tail(lead, {self.size(-2), self.size(-2)}), self.options()), linalg_svdvals(self), zeros(with_tail(lead, {self.size(-1), self.size(-1)}), self.options())};
}
std::tuple<Tensor&,Tensor&,Tensor&> svd_out(Tensor& U, Tensor& S, Tensor& V, const Tensor& self, bool some, bool compute_uv) {
  check_outs("svd", {U, S, V}, {self});
  auto [u, s, v] = svd(self, some, compute_uv);
  store_out("svd", U, u);
  store_out("svd", S, s);
  store_out("svd", V, v);
  return {U, S, V};
}

std::tuple<Tensor, Tensor, Tensor> linalg_lu_factor_ex(const Tensor& A, bool pivot, bool check_errors) {
  check_matrix("linalg.lu_factor", A);
  no_pivot_only(pivot);
  const LuFactors f = lu_factors(A);
  if (check_errors)
    check_info("torch.linalg.lu_factor", f.info, A.dim() > 2, "U[", "] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)");
  const int64_t k = std::min(A.size(-2), A.size(-1));
  return record("LinalgLuFactorExBackward0", {A}, out(0) | out(1), [&] { return std::tuple<Tensor, Tensor, Tensor>(f.lu, f.pivots, f.info); },
                [k](Backward& b) {
                  const Tensor lu = b.out(0), g = b.g(0);
                  const Tensor p = permutation_matrix(b.out(1), lu.size(-2), lu.scalar_type());
                  b.grad(0, lu_gradient(g.narrow(-1, 0, k).tril(-1), g.narrow(-2, 0, k).triu(), p, lower_of(lu), upper_of(lu)));
                });
}
std::tuple<Tensor&, Tensor&, Tensor&> linalg_lu_factor_ex_out(Tensor& LU, Tensor& pivots, Tensor& info, const Tensor& A, bool pivot, bool check_errors) {
  check_outs("linalg.lu_factor_ex", {LU, pivots, info}, {A});
  auto [lu, p, i] = linalg_lu_factor_ex(A, pivot, check_errors);
  store_out("linalg.lu_factor_ex", LU, lu);
  store_out("linalg.lu_factor_ex", pivots, p);
  store_out("linalg.lu_factor_ex", info, i);
  return {LU, pivots, info};
}
std::tuple<Tensor,Tensor> linalg_lu_factor(const Tensor& A, bool pivot) {
  auto [lu, pivots, info] = linalg_lu_factor_ex(A, pivot, true);
  return {lu, pivots};
}
std::tuple<Tensor&,Tensor&> linalg_lu_factor_out(Tensor& LU, Tensor& pivots, const Tensor& A, bool pivot) {
  check_outs("linalg.lu_factor", {LU, pivots}, {A});
  auto [lu, p] = linalg_lu_factor(A, pivot);
  store_out("linalg.lu_factor", LU, lu);
  store_out("linalg.lu_factor", pivots, p);
  return {LU, pivots};
}
std::tuple<Tensor,Tensor,Tensor> linalg_lu(const Tensor& A, bool pivot) {
  check_matrix("linalg.lu", A);
  no_pivot_only(pivot);
  auto r = record("LinalgLuBackward0", {A}, out(0) | out(1) | out(2),
                [&] {
                  const LuFactors f = lu_factors(A);
                  return std::tuple<Tensor, Tensor, Tensor>(permutation_matrix(f.pivots, A.size(-2), A.scalar_type()), lower_of(f.lu), upper_of(f.lu));
                },
                [](Backward& b) { b.grad(0, lu_gradient(b.g(1), b.g(2), b.out(0), b.out(1), b.out(2))); });
  std::get<0>(r) = std::get<0>(r).detach();  // a permutation has no gradient
  return r;
}
std::tuple<Tensor&,Tensor&,Tensor&> linalg_lu_out(Tensor& P, Tensor& L, Tensor& U, const Tensor& A, bool pivot) {
  check_outs("linalg.lu", {P, L, U}, {A});
  auto [p, l, u] = linalg_lu(A, pivot);
  store_out("linalg.lu", P, p);
  store_out("linalg.lu", L, l);
  store_out("linalg.lu", U, u);
  return {P, L, U};
}
Tensor linalg_lu_solve(const Tensor& LU, const Tensor& pivots, const Tensor& B, bool left, bool adjoint) {
  check_square("torch.linalg.lu_solve", LU);
  check_defined("torch.linalg.lu_solve", {pivots, B});
  check_matrix("torch.linalg.lu_solve", B);
  const int64_t n = LU.size(-1);
  WICK_CHECK(LU.scalar_type() == B.scalar_type(), "linalg.lu_solve: Expected LU and B to have the same dtype, but found LU of type ", LU.scalar_type(), " and B of type ", B.scalar_type(), " instead");
  WICK_CHECK(pivots.scalar_type() == kInt, "linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32, got ", pivots.scalar_type());
  WICK_CHECK(B.size(left ? -2 : -1) == n, "linalg.lu_solve: Incompatible shapes of A and B for the equation ", left ? "AX = B" : "XA = B", " (", n, "x", n, " and ", B.size(-2), "x", B.size(-1), ")");
  WICK_CHECK(pivots.dim() > 0 && pivots.size(-1) == n, "linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix, got ", pivots.sizes(), " for ", LU.sizes());
  if (!left) return linalg_lu_solve(LU, pivots, B.mH(), true, !adjoint).mH();
  const Tensor p = permutation_matrix(pivots, n, B.scalar_type());
  if (!adjoint) return linalg_solve_triangular(LU, linalg_solve_triangular(LU, wick::matmul(p.mT(), B), false, true, true), true);
  return wick::matmul(p, linalg_solve_triangular(LU.mH(), linalg_solve_triangular(LU.mH(), B, false), true, true, true));
}
Tensor& linalg_lu_solve_out(Tensor& out, const Tensor& LU, const Tensor& pivots, const Tensor& B, bool left, bool adjoint) {
  return out_from("linalg.lu_solve", out, {LU, B}, [&] { return linalg_lu_solve(LU, pivots, B, left, adjoint); });
}
Tensor lu_solve(const Tensor& self, const Tensor& LU_data, const Tensor& LU_pivots) {
  WICK_AUTOCAST(full, lu_solve, self, LU_data, LU_pivots);
  return linalg_lu_solve(LU_data, LU_pivots, self);
}
Tensor& lu_solve_out(Tensor& out, const Tensor& self, const Tensor& LU_data, const Tensor& LU_pivots) {
  return out_from("lu_solve", out, {self, LU_data}, [&] { return lu_solve(self, LU_data, LU_pivots); });
}


std::tuple<Tensor, Tensor, Tensor> lu_unpack(const Tensor& LU_data, const Tensor& LU_pivots, bool unpack_data, bool unpack_pivots) {
  check_matrix("torch.lu_unpack", LU_data);
  check_defined("torch.lu_unpack", {LU_pivots});
  WICK_CHECK(!unpack_pivots || LU_pivots.scalar_type() == kInt, "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype, got ", LU_pivots.scalar_type(),
             ". Note: this function is intended to be used with the output produced by torch.linalg.lu_factor");
  const Tensor none = make_tensor({0}, LU_data.scalar_type());
  return {unpack_pivots ? permutation_matrix(LU_pivots, LU_data.size(-2), LU_data.scalar_type()) : none, unpack_data ? lower_of(LU_data) : none, unpack_data ? upper_of(LU_data) : none};
}
std::tuple<Tensor&, Tensor&, Tensor&> lu_unpack_out(Tensor& P, Tensor& L, Tensor& U, const Tensor& LU_data, const Tensor& LU_pivots, bool unpack_data, bool unpack_pivots) {
  check_outs("lu_unpack", {P, L, U}, {LU_data});
  auto [p, l, u] = lu_unpack(LU_data, LU_pivots, unpack_data, unpack_pivots);
  store_out("lu_unpack", P, p);
  store_out("lu_unpack", L, l);
  store_out("lu_unpack", U, u);
  return {P, L, U};
}

std::tuple<Tensor, Tensor> linalg_solve_ex(const Tensor& A, const Tensor& B, bool left, bool check_errors) {
  check_square("torch.linalg.solve", A);
  check_defined("torch.linalg.solve", {B});
  const LuFactors f = lu_factors(A.detach());
  const bool singular = f.info.numel() > 0 && f.info.ne(0).any().item<bool>();
  if (!singular || check_errors) return {linalg_solve(A, B, left), f.info};
  const bool vector = B.dim() == 1 || (A.dim() - 1 == B.dim() && B.sizes() == A.sizes().slice(0, A.sizes().size() - 1));
  const auto [lu, pivots, info] = linalg_lu_factor_ex(A, true, false);
  const Tensor x = linalg_lu_solve(lu, pivots, vector ? B.unsqueeze(-1) : B, vector || left, false);
  return {vector ? x.squeeze(-1) : x, info};
}
std::tuple<Tensor&, Tensor&> linalg_solve_ex_out(Tensor& result, Tensor& info, const Tensor& A, const Tensor& B, bool left, bool check_errors) {
  check_outs("linalg.solve_ex", {result, info}, {A, B});
  auto [x, i] = linalg_solve_ex(A, B, left, check_errors);
  store_out("linalg.solve_ex", result, x);
  store_out("linalg.solve_ex", info, i);
  return {result, info};
}

Tensor linalg_tensorsolve(const Tensor& self, const Tensor& other, OptionalIntArrayRef dims) {
  WICK_AUTOCAST(full, linalg_tensorsolve, self, other, dims);
  check_defined("linalg.tensorsolve", {self, other});
  Tensor a = self;
  if (dims.has_value()) {
    DimVec to(dims->size(), 0);
    for (size_t i = 0; i < to.size(); ++i) to[i] = self.dim() - static_cast<int64_t>(to.size()) + static_cast<int64_t>(i);
    a = self.movedim(*dims, to);
  }
  const IntArrayRef shape = a.sizes().slice(static_cast<size_t>(std::min(other.dim(), a.dim())));
  const int64_t unknowns = count(shape), equations = unknowns ? a.numel() / unknowns : 0;
  WICK_CHECK(unknowns == equations, "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got ", unknowns, " != ", equations);
  return linalg_solve(a.reshape({unknowns, unknowns}), other.reshape({-1})).reshape(shape);
}
Tensor& linalg_tensorsolve_out(Tensor& out, const Tensor& self, const Tensor& other, OptionalIntArrayRef dims) {
  return out_from("linalg.tensorsolve", out, {self, other}, [&] { return linalg_tensorsolve(self, other, dims); });
}

}  // namespace wick::inline v1
