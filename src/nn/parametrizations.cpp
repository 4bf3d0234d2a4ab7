// The parametrizations that come with the library.
#include <cmath>

#include <wick/nn/conv.h>
#include <wick/nn/norm.h>
#include <wick/nn/parametrize.h>
#include <wick/ops/extra.h>
#include <wick/ops/linalg_factor.h>

#include "nn/common.h"
#include "nn/computed.h"

namespace wick::nn::utils::parametrizations {
namespace {

// --- Length and direction ------------------------------------------------------------------------------------------

struct WeightNormImpl : Cloneable<WeightNormImpl> {
  explicit WeightNormImpl(int64_t dim) : Cloneable("torch::nn::utils::parametrizations::WeightNorm"), dim(dim) {}
  void reset() override {}
  Tensor forward(const Tensor& g, const Tensor& v) { return v * (g / wick::norm_except_dim(v, 2, dim)); }
  std::tuple<Tensor, Tensor> right_inverse(const Tensor& weight) { return {wick::norm_except_dim(weight, 2, dim), weight}; }
  int64_t dim;
};
WICK_MODULE(WeightNorm);

// --- Largest singular value ----------------------------------------------------------------------------------------

struct SpectralNormImpl : Cloneable<SpectralNormImpl> {
  SpectralNormImpl(const Tensor& weight, int64_t iterations, int64_t dim, double eps)
      : Cloneable("torch::nn::utils::parametrizations::SpectralNorm"), iterations(iterations), dim(dim), eps(eps) {
    if (weight.dim() < 2) return;
    NoGradGuard off;
    const Tensor matrix = as_matrix(weight.detach());
    sizes = matrix.sizes().vec();
    const Tensor first_u = wick::empty({sizes[0]}, matrix.options()).normal_(0, 1);
    start(first_u, wick::empty({sizes[1]}, matrix.options()).normal_(0, 1));
    iterate(matrix, 15);
  }
  void reset() override {
    if (!sizes.empty()) start(wick::empty({sizes[0]}), wick::empty({sizes[1]}));
  }
  void start(const Tensor& first_u, const Tensor& first_v) {
    u = register_buffer("_u", unit(first_u));
    v = register_buffer("_v", unit(first_v));
  }
  Tensor unit(const Tensor& x) const { return functional::normalize(x, functional::NormalizeFuncOptions().dim(0).eps(eps)); }
  Tensor as_matrix(Tensor weight) const {
    if (dim != 0) {
      std::vector<int64_t> order{dim};
      for (int64_t d = 0; d < weight.dim(); ++d)
        if (d != dim) order.push_back(d);
      weight = weight.permute(order);
    }
    return weight.flatten(1);
  }
  void iterate(const Tensor& matrix, int64_t times) {
    NoGradGuard off;
    for (int64_t i = 0; i < times; ++i) {
      u.copy_(unit(wick::mv(matrix, v)));
      v.copy_(unit(wick::mv(matrix.mH(), u)));
    }
  }
  Tensor forward(const Tensor& weight) {
    if (weight.dim() == 1) return unit(weight);
    const Tensor matrix = as_matrix(weight);
    if (is_training()) iterate(matrix, iterations);
    // Copies, so that the next iteration does not disturb this one's backward.
    return weight / wick::vdot(u.clone(), wick::mv(matrix, v.clone()));
  }
  Tensor right_inverse(const Tensor& value) { return value; }
  int64_t iterations, dim;
  double eps;
  std::vector<int64_t> sizes;
  Tensor u, v;
};
WICK_MODULE(SpectralNorm);

// --- Orthogonal matrices -------------------------------------------------------------------------------------------

enum class Map { matrix_exp, cayley, householder };

bool is_orthogonal(const Tensor& q) {
  const bool is_double = q.scalar_type() == kDouble || q.scalar_type() == kComplexDouble;
  const double eps = 10.0 * static_cast<double>(q.size(-2)) * (is_double ? 2.220446049250313e-16 : 1.1920928955078125e-07);
  return wick::allclose(q.mH().matmul(q), wick::eye(q.size(-1), q.options()), 1e-5, eps);
}
// The Q of a QR decomposition whose R has a positive diagonal.
Tensor make_orthogonal(const Tensor& a) {
  const auto [x, tau] = wick::geqrf(a);
  return wick::linalg_householder_product(x, tau) * x.diagonal(0, -2, -1).sgn().unsqueeze(-2);
}

struct OrthogonalImpl : Cloneable<OrthogonalImpl> {
  OrthogonalImpl(const Tensor& weight, Map map, bool trivialize)
      : Cloneable("torch::nn::utils::parametrizations::Orthogonal"), shape(weight.sizes().vec()), map(map), trivialize(trivialize) {
    WICK_CHECK_TYPE(ValueError, !weight.is_complex() || map != Map::householder, "the householder parametrization does not support complex tensors");
    if (trivialize) set_base(Tensor());
  }
  void reset() override {
    if (trivialize) set_base(base.defined() ? wick::empty_like(base) : Tensor());
  }
  void set_base(const Tensor& q) {
    auto& buffers = nn::detail::Access::buffers(*this);
    if (buffers.contains("base")) buffers["base"] = q;
    else register_buffer("base", q);
    base = q;
  }

  Tensor by_map(const Tensor& tall) const {
    const int64_t n = tall.size(-2), k = tall.size(-1);
    if (map == Map::householder) {
      const Tensor a = tall.tril(-1), tau = 2.0 / (1.0 + (a * a).sum(-2));
      return wick::linalg_householder_product(a, tau) * tall.diagonal(0, -2, -1).to(kInt).unsqueeze(-2);
    }
    Tensor x = tall.tril();
    if (n != k) {
      std::vector<int64_t> wider = x.sizes().vec();
      wider.back() = n - k;
      x = wick::cat({x, wick::zeros(wider, x.options().requires_grad(false))}, -1);
    }
    const Tensor a = x - x.mH();
    Tensor q;
    if (map == Map::matrix_exp) {
      q = wick::matrix_exp(a);
    } else {
      const Tensor id = wick::eye(n, a.options().requires_grad(false));
      q = wick::linalg_solve(id - 0.5 * a, id + 0.5 * a);
    }
    return n == k ? q : q.slice(-1, 0, k);
  }
  Tensor forward(const Tensor& x) {
    const bool wide = x.size(-2) < x.size(-1);
    Tensor q = by_map(wide ? x.mT() : x);
    if (base.defined()) q = base.matmul(q);
    return wide ? q.mT() : q;
  }

  Tensor right_inverse(const Tensor& value) {
    NoGradGuard off;
    WICK_CHECK_TYPE(ValueError, value.sizes() == IntArrayRef(shape), "expected a matrix or batch of matrices of shape ", IntArrayRef(shape), ", got a tensor of shape ", value.sizes());
    const bool wide = value.size(-2) < value.size(-1);
    Tensor q = wide ? value.mT() : value;
    const int64_t n = q.size(-2), k = q.size(-1);
    if (!trivialize) {
      if (map != Map::householder) throw NotImplementedError("it is not possible to assign to the matrix exponential or the Cayley parametrizations when use_trivialization=false");
      const auto [a, tau] = wick::geqrf(q);
      Tensor diagonal = a.diagonal(0, -2, -1);
      diagonal.sign_();
      diagonal.copy_(wick::where(tau == 0.0, -diagonal, diagonal));
      return wide ? a.mT() : a;
    }
    if (n == k) {
      q = is_orthogonal(q) ? q.clone() : make_orthogonal(q);
    } else {
      std::vector<int64_t> rest = q.sizes().vec();
      rest.back() = n - k;
      q = make_orthogonal(wick::cat({q, wick::randn(rest, q.options())}, -1));
    }
    set_base(q);
    Tensor minus_one = wick::zeros_like(value);
    minus_one.diagonal(0, -2, -1).fill_(-1.0);
    return minus_one;
  }
  std::vector<int64_t> shape;
  Map map;
  bool trivialize;
  Tensor base;
};
WICK_MODULE(Orthogonal);

bool is_transposed(const Module& m) {
  return dynamic_cast<const ConvTranspose1dImpl*>(&m) || dynamic_cast<const ConvTranspose2dImpl*>(&m) || dynamic_cast<const ConvTranspose3dImpl*>(&m);
}

}  // namespace

inline namespace v1 {
namespace detail {

void weight_norm(Module& module, const std::string& name, std::optional<int64_t> dim) {
  parametrize::register_parametrization(module, name, WeightNorm(dim.value_or(-1)), true);
}

void spectral_norm(Module& module, const std::string& name, int64_t n_power_iterations, double eps, std::optional<int64_t> dim) {
  const Tensor weight = nn::detail::member_of(module, name, "spectral_norm");
  const int64_t d = dim.value_or(is_transposed(module) ? 1 : 0);
  WICK_CHECK_TYPE(IndexError, d < weight.dim() && d >= -weight.dim(), "spectral_norm: dimension out of range (expected to be in range of [", -weight.dim(), ", ", weight.dim() - 1, "], but got ", d, ")");
  WICK_CHECK_TYPE(ValueError, n_power_iterations > 0, "expected n_power_iterations to be positive, but got n_power_iterations=", n_power_iterations);
  parametrize::register_parametrization(module, name, SpectralNorm(weight, n_power_iterations, d < 0 ? d + weight.dim() : d, eps));
}

void orthogonal(Module& module, const std::string& name, const std::string& given, bool use_trivialization) {
  const Tensor weight = nn::detail::member_of(module, name, "orthogonal");
  WICK_CHECK_TYPE(ValueError, weight.dim() >= 2, "orthogonal: expected a matrix or batch of matrices, got a tensor of ", weight.dim(), " dimensions");
  const std::string map = !given.empty() ? given : weight.size(-2) == weight.size(-1) || weight.is_complex() ? "matrix_exp" : "householder";
  WICK_CHECK_TYPE(ValueError, map == "matrix_exp" || map == "cayley" || map == "householder", "orthogonal_map has to be one of \"matrix_exp\", \"cayley\", \"householder\", got: ", map);
  const Map m = map == "matrix_exp" ? Map::matrix_exp : map == "cayley" ? Map::cayley : Map::householder;
  parametrize::register_parametrization(module, name, Orthogonal(weight, m, use_trivialization), true);
}

}  // namespace detail
}  // namespace v1
}  // namespace wick::nn::utils::parametrizations
