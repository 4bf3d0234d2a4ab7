// Householder reflections as LAPACK stores them: QR in parts.
#include <wick/ops/linalg_factor.h>

#include "autograd/autocast.h"
#include "ops/linalg.h"
#include "ops/vjp.h"

namespace wick::ops {
namespace {

void check_reflections(const char* op, const Tensor& a, const Tensor& tau) {
  check_defined(op, {a, tau});
  WICK_CHECK(a.dim() >= 2, op, ": input must have at least 2 dimensions.");
  WICK_CHECK(a.size(-2) >= a.size(-1), op, ": input.shape[-2] must be greater than or equal to input.shape[-1], got ", a.sizes());
  WICK_CHECK(tau.dim() >= 1 && a.size(-1) >= tau.size(-1), op, ": input.shape[-1] must be greater than or equal to tau.shape[-1], got ", a.sizes(), " and ", tau.sizes());
  WICK_CHECK(a.dim() - tau.dim() == 1 && batch_sizes(a) == tau.sizes().slice(0, tau.sizes().size() - 1), op, ": Expected batch dimensions of tau to equal those of input, but got ", tau.sizes(), " and ", a.sizes());
  WICK_CHECK(a.scalar_type() == tau.scalar_type(), op, ": tau dtype ", tau.scalar_type(), " does not match input dtype ", a.scalar_type());
  check_lapack_type(op, a);
}

// x with the reflections applied in public ops: Q x (the last one first), or Q^H x.
Tensor reflected(const Tensor& a, const Tensor& tau, Tensor x, bool adjoint) {
  const int64_t k = tau.size(-1), m = a.size(-2);
  for (int64_t step = 0; step < k; ++step) {
    const int64_t i = adjoint ? step : k - 1 - step;
    // v is 0 above row i, 1 at it, and the column below.
    const Tensor column = a.narrow(-1, i, 1), one = ones(with_tail(batch_sizes(a), {1, 1}), a.options().requires_grad(false)), above = zeros(with_tail(batch_sizes(a), {i, 1}), one.options());
    const Tensor v = cat({above, one, column.narrow(-2, i + 1, m - i - 1)}, -2), t = tau.narrow(-1, i, 1).unsqueeze(-1);
    x = x - wick::matmul(v * (adjoint ? t.conj() : t), wick::matmul(v.mH(), x));
  }
  return x;
}
Tensor first_columns(const Tensor& a) {
  const Tensor one = eye(a.size(-2), a.size(-1), a.options().requires_grad(false));
  return one.expand(a.sizes());
}
Tensor householder_kernel(const Tensor& a, const Tensor& tau0) {
  const Tensor q = column_copy(a), tau = raw_contiguous(tau0);
  const int m = static_cast<int>(a.size(-2)), n = static_cast<int>(a.size(-1)), k = static_cast<int>(tau.size(-1));
  if (q.numel() == 0) return q;
  if (k == 0) {
    raw_copy(q, first_columns(a));
    return q;
  }
  lapack_types(a.scalar_type(), [&](auto zero) {
    using T = decltype(zero);
    for (int64_t i = 0; i < batch_count(a); ++i) lapack::orgqr(m, n, k, typed<T>(q) + i * m * n, typed<T>(tau) + i * k);
  });
  return q;
}

}  // namespace
}  // namespace wick::ops

namespace wick::inline v1 {
using namespace wick::ops;

Tensor linalg_householder_product(const Tensor& input, const Tensor& tau) {
  WICK_AUTOCAST(full, linalg_householder_product, input, tau);
  check_reflections("torch.linalg.householder_product", input, tau);
  return record("LinalgHouseholderProductBackward0", {input, tau}, in(0) | in(1), [&] { return householder_kernel(input, tau); },
                [](Backward& b) {
                  const auto r = gradients_of<2>(b.g(), {b.in(0), b.in(1)}, {b.needs(0), b.needs(1)},
                                                 [](const std::array<Tensor, 2>& v) { return reflected(v[0], v[1], first_columns(v[0]), false); });
                  if (b.needs(0)) b.grad(0, r[0].defined() ? r[0] : zeros(b.shape(0), b.g().options()));
                  if (b.needs(1)) b.grad(1, r[1].defined() ? r[1] : zeros(b.shape(1), b.g().options()));
                });
}
Tensor& linalg_householder_product_out(Tensor& out, const Tensor& input, const Tensor& tau) {
  return out_from("linalg.householder_product", out, {input, tau}, [&] { return linalg_householder_product(input, tau); });
}
Tensor orgqr(const Tensor& self, const Tensor& input2) {
  WICK_AUTOCAST(full, orgqr, self, input2);
  return linalg_householder_product(self, input2);
}
Tensor& orgqr_out(Tensor& out, const Tensor& self, const Tensor& input2) { return linalg_householder_product_out(out, self, input2); }

std::tuple<Tensor, Tensor> geqrf(const Tensor& self) {
  WICK_AUTOCAST(full, geqrf, self);
  check_matrix("torch.geqrf", self);
  return record("GeqrfBackward0", {self}, {},
                [&] {
                  const Tensor a = column_copy(self);
                  const int m = static_cast<int>(a.size(-2)), n = static_cast<int>(a.size(-1)), k = std::min(m, n);
                  Tensor tau = make_tensor(with_tail(batch_sizes(a), {k}), a.scalar_type());
                  if (k > 0)
                    lapack_types(a.scalar_type(), [&](auto zero) {
                      using T = decltype(zero);
                      for (int64_t i = 0; i < batch_count(a); ++i) lapack::geqrf(m, n, typed<T>(a) + i * m * n, typed<T>(tau) + i * k);
                    });
                  return std::tuple<Tensor, Tensor>(a, tau);
                },
                [](Backward&) { throw NotImplementedError("the derivative for 'geqrf' is not implemented."); });
}
std::tuple<Tensor&, Tensor&> geqrf_out(Tensor& a, Tensor& tau, const Tensor& self) {
  check_outs("geqrf", {a, tau}, {self});
  auto [x, t] = geqrf(self);
  store_out("geqrf", a, x);
  store_out("geqrf", tau, t);
  return {a, tau};
}

Tensor ormqr(const Tensor& self, const Tensor& input2, const Tensor& input3, bool left, bool transpose) {
  WICK_AUTOCAST(full, ormqr, self, input2, input3, left, transpose);
  check_defined("torch.ormqr", {self, input2, input3});
  WICK_CHECK(self.dim() >= 2, "torch.ormqr: input must have at least 2 dimensions.");
  WICK_CHECK(input3.dim() >= 2, "torch.ormqr: other must have at least 2 dimensions.");
  const int64_t side = input3.size(left ? -2 : -1);
  WICK_CHECK(side == self.size(-2), "torch.ormqr: other.shape[", left ? -2 : -1, "] must be equal to input.shape[-2], got ", input3.sizes(), " and ", self.sizes());
  WICK_CHECK(input2.size(-1) <= self.size(-1) && side >= input2.size(-1), "torch.ormqr: other.shape[", left ? -2 : -1, "] must be greater than or equal to tau.shape[-1], got ", input3.sizes(), " and ", input2.sizes());
  WICK_CHECK(self.dim() - input2.dim() == 1 && self.dim() == input3.dim(), "torch.ormqr: Expected tau to have one dimension less than input and other as many, got ", input2.sizes(), ", ", self.sizes(), " and ", input3.sizes());
  WICK_CHECK(self.scalar_type() == input2.scalar_type() && self.scalar_type() == input3.scalar_type(), "torch.ormqr: Expected input, tau and other to have the same dtype, but got ", self.scalar_type(), ", ",
             input2.scalar_type(), " and ", input3.scalar_type());
  check_lapack_type("torch.ormqr", self);
  const Tensor y = left ? reflected(self, input2, input3, transpose) : reflected(self, input2, input3.mH(), !transpose).mH();
  return autograd::recording({self, input2, input3}) ? y : column_copy(y);
}
Tensor& ormqr_out(Tensor& out, const Tensor& self, const Tensor& input2, const Tensor& input3, bool left, bool transpose) {
  return out_from("ormqr", out, {self, input2, input3}, [&] { return ormqr(self, input2, input3, left, transpose); });
}

}  // namespace wick::inline v1
