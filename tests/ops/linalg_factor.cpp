#include "harness.h"

namespace {

AREA("linalg_factor")

[[maybe_unused]] torch::Tensor M(at::IntArrayRef s) { torch::manual_seed(8); return torch::randn(s, torch::kDouble); }
[[maybe_unused]] torch::Tensor CM(at::IntArrayRef s) { torch::manual_seed(8); return torch::randn(s, torch::kComplexDouble); }
[[maybe_unused]] torch::Tensor sing() { return torch::tensor({{1., 2.}, {2., 4.}}, torch::kDouble); }

CASE("lu_factor_ex", torch::linalg_lu_factor_ex(sq))
CASE("lu_factor_ex.b", torch::linalg_lu_factor_ex(M({2, 3, 3})))
CASE("lu_factor_ex.sing", torch::linalg_lu_factor_ex(sing()))
CASE("lu_factor_ex.rect", torch::linalg_lu_factor_ex(M({3, 5})))
CASE_ERROR("err.lu_factor_ex", torch::linalg_lu_factor_ex(sing(), true, true))
CASE("lu_solve", [] {
  auto [l, pv] = torch::linalg_lu_factor(sq);
  return std::make_tuple(torch::linalg_lu_solve(l, pv, M({4, 2})), torch::linalg_lu_solve(l, pv, M({4, 2}), true, true), torch::linalg_lu_solve(l, pv, M({2, 4}), false), torch::linalg_lu_solve(l, pv, M({2, 4}), false, true));
})
CASE("lu_solve.cx", [] {
  auto [l, pv] = torch::linalg_lu_factor(CM({3, 3}));
  return std::make_tuple(torch::linalg_lu_solve(l, pv, CM({3, 2})), torch::linalg_lu_solve(l, pv, CM({3, 2}), true, true), torch::linalg_lu_solve(l, pv, CM({2, 3}), false));
})
CASE_GRAD("lu_solve.grad", [] { auto [l, pv] = torch::linalg_lu_factor(sq + p.slice(0, 0, 1)); return torch::linalg_lu_solve(l, pv, q.t()); })
CASE_ERROR("err.lu_solve.shape", [] { auto [l, pv] = torch::linalg_lu_factor(sq); return torch::linalg_lu_solve(l, pv, M({3, 2})); })
CASE_ERROR("err.lu_solve.dtype", [] { auto [l, pv] = torch::linalg_lu_factor(sq); return torch::linalg_lu_solve(l, pv, M({4, 2}).to(torch::kFloat)); })
CASE("lu_unpack", [] { auto [l, pv] = torch::linalg_lu_factor(M({2, 4, 4})); return torch::lu_unpack(l, pv); })
CASE("lu_unpack.rect", [] { auto [l, pv] = torch::linalg_lu_factor(M({5, 3})); return torch::lu_unpack(l, pv); })
CASE("lu_unpack.data", [] { auto [l, pv] = torch::linalg_lu_factor(M({3, 5})); return torch::lu_unpack(l, pv, true, false); })
CASE("lu_unpack.piv", [] { auto [l, pv] = torch::linalg_lu_factor(M({3, 5})); return torch::lu_unpack(l, pv, false, true); })
CASE_GRAD("lu_unpack.grad", [] { auto [l, pv] = torch::linalg_lu_factor(sq + p.slice(0, 0, 1)); auto [P, L, U] = torch::lu_unpack(l, pv); return L * 2 + U; })
CASE_ERROR("err.lu_unpack", [] { auto [l, pv] = torch::linalg_lu_factor(sq); return torch::lu_unpack(l, pv.to(torch::kLong)); })
CASE("solve_ex", torch::linalg_solve_ex(sq, M({4, 2})))
CASE("solve_ex.vec", torch::linalg_solve_ex(sq, M({4})))
CASE("solve_ex.right", torch::linalg_solve_ex(sq, M({2, 4}), false))
CASE("solve_ex.info", std::get<1>(torch::linalg_solve_ex(sing(), M({2, 2}))))
CASE_ERROR("err.solve_ex", torch::linalg_solve_ex(sing(), M({2, 2}), true, true))
CASE_GRAD("solve_ex.grad", std::get<0>(torch::linalg_solve_ex(sq + p.slice(0, 0, 1), q.t())))
CASE("tensorsolve", torch::linalg_tensorsolve(M({2, 3, 6}), M({2, 3})))
CASE("tensorsolve.dims", torch::linalg_tensorsolve(M({6, 4, 4, 3, 2}), M({4, 3, 2}).slice(0, 0, 4).expand({4, 3, 2}), {{0, 2}}))
CASE("tensorsolve.full", torch::linalg_tensorsolve(M({2, 3, 3, 2}), M({2, 3})))
CASE_ERROR("err.tensorsolve", torch::linalg_tensorsolve(M({2, 3, 5}), M({2, 3})))
CASE("geqrf", torch::geqrf(M({4, 3})))
CASE("geqrf.wide", torch::geqrf(M({2, 3, 5})))
CASE("geqrf.cx", torch::geqrf(CM({4, 3})))
CASE("hh", [] {
  auto [x, tau] = torch::geqrf(M({4, 3}));
  return std::make_tuple(torch::linalg_householder_product(x, tau), torch::orgqr(x, tau.slice(0, 0, 2)));
})
CASE("hh.b", [] { auto [x, tau] = torch::geqrf(M({2, 4, 3})); return torch::linalg_householder_product(x, tau); })
CASE("hh.cx", [] { auto [x, tau] = torch::geqrf(CM({4, 3})); return torch::linalg_householder_product(x, tau); })
CASE("hh.k0", torch::linalg_householder_product(M({4, 3}), torch::empty({0}, torch::kDouble)))
CASE_GRAD("hh.grad", torch::linalg_householder_product(p.t(), v.slice(0, 0, 3)))
CASE_GRAD("hh.grad.k", torch::linalg_householder_product(p.t(), v.slice(0, 0, 2)))
CASE("hh.strides", [] { auto [x, tau] = torch::geqrf(M({4, 3})); return torch::linalg_householder_product(x, tau).strides().vec(); })
CASE_ERROR("err.hh.wide", torch::linalg_householder_product(M({3, 4}), M({3})))
CASE_ERROR("err.hh.tau", torch::linalg_householder_product(M({4, 3}), M({4})))
CASE_ERROR("err.hh.dtype", torch::linalg_householder_product(M({4, 3}), M({3}).to(torch::kFloat)))
CASE("ormqr", [] {
  auto [x, tau] = torch::geqrf(M({4, 3}));
  return std::make_tuple(torch::ormqr(x, tau, M({4, 2})), torch::ormqr(x, tau, M({4, 2}), true, true), torch::ormqr(x, tau, M({2, 4}), false), torch::ormqr(x, tau, M({2, 4}), false, true));
})
CASE("ormqr.cx", [] {
  auto [x, tau] = torch::geqrf(CM({4, 3}));
  return std::make_tuple(torch::ormqr(x, tau, CM({4, 2})), torch::ormqr(x, tau, CM({4, 2}), true, true), torch::ormqr(x, tau, CM({2, 4}), false), torch::ormqr(x, tau, CM({2, 4}), false, true));
})
CASE_ERROR("err.ormqr", torch::ormqr(M({4, 3}), M({3}), M({3, 2})))
CASE("ldl", [] {
  auto s2 = sq + sq.t();
  auto [l, pv] = torch::linalg_ldl_factor(s2);
  return std::make_tuple(l.tril(), pv, torch::linalg_ldl_solve(l, pv, M({4, 2})));
})
CASE("ldl.h", [] {
  auto s2 = CM({3, 3}); s2 = s2 + s2.mH();
  auto [l, pv] = torch::linalg_ldl_factor(s2, true);
  return std::make_tuple(l.tril(), pv, torch::linalg_ldl_solve(l, pv, CM({3, 2}), true));
})
CASE("ldl.cs", [] {
  auto s2 = CM({3, 3}); s2 = s2 + s2.mT();
  auto [l, pv] = torch::linalg_ldl_factor(s2);
  return std::make_tuple(l.tril(), pv, torch::linalg_ldl_solve(l, pv, CM({3, 2})));
})
CASE("ldl.ex", [] { auto s2 = M({2, 3, 3}); s2 = s2 + s2.mT(); return std::get<2>(torch::linalg_ldl_factor_ex(s2)); })
CASE("ldl.sing", std::get<2>(torch::linalg_ldl_factor_ex(torch::zeros({2, 2}, torch::kDouble))))
CASE_ERROR("err.ldl", torch::linalg_ldl_factor(torch::zeros({2, 2}, torch::kDouble)))
CASE_ERROR("err.ldl.square", torch::linalg_ldl_factor(M({2, 3})))
CASE_ERROR("err.ldl.solve", [] { auto s2 = sq + sq.t(); auto [l, pv] = torch::linalg_ldl_factor(s2); return torch::linalg_ldl_solve(l, pv, M({3, 2})); })

}  // namespace
