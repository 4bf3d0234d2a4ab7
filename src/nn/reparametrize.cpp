#include <wick/nn/reparametrize.h>

#include <wick/nn/conv.h>
#include <wick/nn/norm.h>
#include <wick/ops/extra.h>

#include "nn/common.h"
#include "nn/computed.h"

namespace wick::nn::utils::inline v1 {
namespace {

const char* const kWeightNorm = "weight_norm";
const char* const kSpectralNorm = "spectral_norm";

Tensor& parameter_of(Module& m, const std::string& name, const char* call) {
  Tensor& member = nn::detail::member_of(m, name, call);
  WICK_CHECK(!nn::detail::is_computed(m, name, call), call, ": cannot register two ", call, " hooks on the same parameter ", name);
  WICK_CHECK_TYPE(ValueError, nn::detail::Access::parameters(m).contains(name), call, ": ", name, " is not a parameter of ", m.name());
  return member;
}
Tensor of_length(const Tensor& v, const Tensor& g, int64_t dim) { return v * (g / wick::norm_except_dim(v, 2, dim)); }

// --- The largest singular value ------------------------------------------------------------------------------------

Tensor as_matrix(Tensor weight, int64_t dim) {
  if (dim != 0) weight = weight.movedim(dim, 0);
  return weight.reshape({weight.size(0), -1});
}
Tensor unit(const Tensor& x, double eps) { return functional::normalize(x, functional::NormalizeFuncOptions().dim(0).eps(eps)); }

Tensor normalised(Module& m, const std::string& name, int64_t iterations, int64_t dim, double eps) {
  const Tensor weight = nn::detail::Access::parameters(m)[name + "_orig"], matrix = as_matrix(weight, dim);
  Tensor u = nn::detail::Access::buffers(m)[name + "_u"], v = nn::detail::Access::buffers(m)[name + "_v"];
  for (int64_t i = 0; i < iterations; ++i) {
    NoGradGuard off;
    v.copy_(unit(wick::mv(matrix.t(), u), eps));
    u.copy_(unit(wick::mv(matrix, v), eps));
  }
  return weight / wick::dot(u.clone(), wick::mv(matrix, v.clone()));
}

// The computed weight as a plain parameter; those that it came from go.
void settle(Module& m, const std::string& name, const char* kind, const Tensor& value, std::initializer_list<const char*> parts) {
  nn::detail::stop_computing(m, name, kind);
  for (const char* part : parts) nn::detail::unregister(m, name + part);
  const Tensor plain = value.detach().clone();
  *m.tensor_member(name) = m.register_parameter(name, plain);
}
void check_is(const Module& m, const std::string& name, const char* kind) {
  WICK_CHECK_TYPE(ValueError, nn::detail::is_computed(m, name, kind), kind, " of '", name, "' not found in ", m.name());
}

}  // namespace

namespace detail {

void weight_norm(Module& m, const std::string& name, std::optional<int64_t> given) {
  const Tensor weight = parameter_of(m, name, kWeightNorm);
  const int64_t dim = given.value_or(-1);
  nn::detail::unregister(m, name);
  const Tensor g = m.register_parameter(name + "_g", wick::norm_except_dim(weight.detach(), 2, dim)), v = m.register_parameter(name + "_v", weight.detach().clone());
  const auto make = [name, dim](Module& self) {
    const auto& parameters = nn::detail::Access::parameters(self);
    return of_length(parameters[name + "_v"], parameters[name + "_g"], dim);
  };
  nn::detail::compute_tensor(m, {name, kWeightNorm, make}, of_length(v, g, dim));
}

void spectral_norm(Module& m, const std::string& name, int64_t iterations, double eps, std::optional<int64_t> given) {
  const Tensor weight = parameter_of(m, name, kSpectralNorm);
  const bool transposed = dynamic_cast<ConvTranspose1dImpl*>(&m) || dynamic_cast<ConvTranspose2dImpl*>(&m) || dynamic_cast<ConvTranspose3dImpl*>(&m);
  const int64_t dim = given.value_or(transposed ? 1 : 0);
  WICK_CHECK_TYPE(ValueError, iterations > 0, "expected n_power_iterations to be positive, but got n_power_iterations=", iterations);
  NoGradGuard off;
  const Tensor matrix = as_matrix(weight.detach(), dim);
  const Tensor u = unit(wick::empty({matrix.size(0)}, matrix.options()).normal_(0, 1), eps), v = unit(wick::empty({matrix.size(1)}, matrix.options()).normal_(0, 1), eps);
  nn::detail::unregister(m, name);
  m.register_parameter(name + "_orig", weight, weight.requires_grad());
  m.register_buffer(name + "_u", u);
  m.register_buffer(name + "_v", v);
  const auto make = [name, iterations, dim, eps](Module& self) { return normalised(self, name, self.is_training() ? iterations : 0, dim, eps); };
  nn::detail::compute_tensor(m, {name, kSpectralNorm, make}, weight.detach());
}

}  // namespace detail

void remove_weight_norm(Module& m, const std::string& name) {
  check_is(m, name, kWeightNorm);
  m.refresh_tensors();
  settle(m, name, kWeightNorm, *m.tensor_member(name), {"_g", "_v"});
}
void remove_spectral_norm(Module& m, const std::string& name) {
  check_is(m, name, kSpectralNorm);
  const bool training = m.is_training();
  m.eval();  // without another iteration
  m.refresh_tensors();
  m.train(training);
  settle(m, name, kSpectralNorm, *m.tensor_member(name), {"_orig", "_u", "_v"});
}

}  // namespace wick::nn::utils::inline v1
