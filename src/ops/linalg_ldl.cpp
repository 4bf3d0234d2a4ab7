// L D L^T of symmetric and hermitian matrices, and solving with it.
#include <wick/ops/linalg_factor.h>

#include "ops/linalg.h"

namespace wick::ops {
namespace {

lapack_int factor(bool, int n, float* a, int* p) { return LAPACKE_ssytrf(LAPACK_COL_MAJOR, 'L', n, a, std::max(1, n), p); }
lapack_int factor(bool, int n, double* a, int* p) { return LAPACKE_dsytrf(LAPACK_COL_MAJOR, 'L', n, a, std::max(1, n), p); }
lapack_int factor(bool h, int n, std::complex<float>* a, int* p) { return (h ? LAPACKE_chetrf : LAPACKE_csytrf)(LAPACK_COL_MAJOR, 'L', n, a, std::max(1, n), p); }
lapack_int factor(bool h, int n, std::complex<double>* a, int* p) { return (h ? LAPACKE_zhetrf : LAPACKE_zsytrf)(LAPACK_COL_MAJOR, 'L', n, a, std::max(1, n), p); }
lapack_int solve(bool, int n, int k, const float* a, const int* p, float* b) { return LAPACKE_ssytrs(LAPACK_COL_MAJOR, 'L', n, k, a, n, p, b, n); }
lapack_int solve(bool, int n, int k, const double* a, const int* p, double* b) { return LAPACKE_dsytrs(LAPACK_COL_MAJOR, 'L', n, k, a, n, p, b, n); }
lapack_int solve(bool h, int n, int k, const std::complex<float>* a, const int* p, std::complex<float>* b) { return (h ? LAPACKE_chetrs : LAPACKE_csytrs)(LAPACK_COL_MAJOR, 'L', n, k, a, n, p, b, n); }
lapack_int solve(bool h, int n, int k, const std::complex<double>* a, const int* p, std::complex<double>* b) { return (h ? LAPACKE_zhetrs : LAPACKE_zsytrs)(LAPACK_COL_MAJOR, 'L', n, k, a, n, p, b, n); }

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

std::tuple<Tensor, Tensor, Tensor> linalg_ldl_factor_ex(const Tensor& self, bool hermitian, bool check_errors) {
  check_square("torch.linalg.ldl_factor_ex", self);
  return record("LinalgLdlFactorExBackward0", {self}, {},
                [&] {
                  const Tensor ld = column_copy(self);
                  const int n = static_cast<int>(self.size(-1));
                  Tensor pivots = make_tensor(with_tail(batch_sizes(self), {n}), kInt), info = make_tensor(batch_sizes(self), kInt);
                  raw_fill(info, 0);
                  if (n > 0)
                    lapack_types(self.scalar_type(), [&](auto zero) {
                      using T = decltype(zero);
                      for (int64_t i = 0; i < batch_count(self); ++i)
                        typed<int32_t>(info)[i] = factor(hermitian, n, typed<T>(ld) + i * n * n, typed<int32_t>(pivots) + i * n);
                    });
                  if (check_errors) check_info("torch.linalg.ldl_factor_ex", info, self.dim() > 2, "D[", "] is exactly zero: the factorization was completed, and dividing by it fails.");
                  return std::tuple<Tensor, Tensor, Tensor>(ld, pivots, info);
                },
                [](Backward&) { throw NotImplementedError("the derivative for 'linalg_ldl_factor_ex' is not implemented."); });
}
std::tuple<Tensor&, Tensor&, Tensor&> linalg_ldl_factor_ex_out(Tensor& LD, Tensor& pivots, Tensor& info, const Tensor& self, bool hermitian, bool check_errors) {
  check_outs("linalg.ldl_factor_ex", {LD, pivots, info}, {self});
  auto [ld, p, i] = linalg_ldl_factor_ex(self, hermitian, check_errors);
  store_out("linalg.ldl_factor_ex", LD, ld);
  store_out("linalg.ldl_factor_ex", pivots, p);
  store_out("linalg.ldl_factor_ex", info, i);
  return {LD, pivots, info};
}
std::tuple<Tensor, Tensor> linalg_ldl_factor(const Tensor& self, bool hermitian) {
  auto [ld, p, info] = linalg_ldl_factor_ex(self, hermitian, true);
  return {ld, p};
}
std::tuple<Tensor&, Tensor&> linalg_ldl_factor_out(Tensor& LD, Tensor& pivots, const Tensor& self, bool hermitian) {
  check_outs("linalg.ldl_factor", {LD, pivots}, {self});
  auto [ld, p] = linalg_ldl_factor(self, hermitian);
  store_out("linalg.ldl_factor", LD, ld);
  store_out("linalg.ldl_factor", pivots, p);
  return {LD, pivots};
}

Tensor linalg_ldl_solve(const Tensor& LD, const Tensor& pivots, const Tensor& B, bool hermitian) {
  check_square("torch.linalg.ldl_solve", LD);
  check_defined("torch.linalg.ldl_solve", {pivots, B});
  WICK_CHECK(B.dim() >= 2, "torch.linalg.ldl_solve: Expected B to have at least 2 dimensions, but it has ", B.dim(), " dimensions instead");
  WICK_CHECK(B.size(-2) == LD.size(-1), "torch.linalg.ldl_solve: Incompatible shapes of LD ", LD.sizes(), " and B ", B.sizes());
  WICK_CHECK(pivots.dim() == LD.dim() - 1 && pivots.sizes() == LD.sizes().slice(0, LD.sizes().size() - 1), "torch.linalg.ldl_solve: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape ",
             pivots.sizes(), " instead");
  WICK_CHECK(is_integral_type(pivots.scalar_type(), false), "torch.linalg.ldl_solve: Expected pivots to be integers. Got ", pivots.scalar_type());
  WICK_CHECK(LD.scalar_type() == B.scalar_type(), "torch.linalg.ldl_solve: LD dtype ", LD.scalar_type(), " does not match B dtype ", B.scalar_type());
  return record("LinalgLdlSolveBackward0", {LD, B}, {},
                [&] {
                  const DimVec lead = broadcast_shape("linalg.ldl_solve", batch_sizes(LD), batch_sizes(B));
                  const int n = static_cast<int>(LD.size(-1)), k = static_cast<int>(B.size(-1));
                  const Tensor a = column_copy(LD.expand(with_tail(lead, {n, n}))), p = raw_contiguous(pivots.expand(with_tail(lead, {n})), kInt), x = column_copy(B.expand(with_tail(lead, {n, k})));
                  if (x.numel() > 0)
                    lapack_types(LD.scalar_type(), [&](auto zero) {
                      using T = decltype(zero);
                      for (int64_t i = 0; i < batch_count(x); ++i) solve(hermitian, n, k, typed<T>(a) + i * n * n, typed<int32_t>(p) + i * n, typed<T>(x) + i * n * k);
                    });
                  return x;
                },
                [](Backward&) { throw NotImplementedError("the derivative for 'linalg_ldl_solve' is not implemented."); });
}
Tensor& linalg_ldl_solve_out(Tensor& out, const Tensor& LD, const Tensor& pivots, const Tensor& B, bool hermitian) {
  return out_from("linalg.ldl_solve", out, {LD, B}, [&] { return linalg_ldl_solve(LD, pivots, B, hermitian); });
}

}  // namespace wick::inline v1
