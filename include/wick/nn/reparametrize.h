// nn::utils::weight_norm and spectral_norm as older models and their files have them; parametrize.h has their successors.
#pragma once

#include <optional>
#include <string>

#include <wick/nn/module.h>

namespace wick {
namespace nn {
namespace utils {
inline namespace v1 {
namespace detail {
void weight_norm(Module& module, const std::string& name, std::optional<int64_t> dim);
void spectral_norm(Module& module, const std::string& name, int64_t n_power_iterations, double eps, std::optional<int64_t> dim);
}  // namespace detail

/// The weight as a direction, the parameter `<name>_v`, and its length for each slice of dimension `dim` (or as a whole), `<name>_g`. Returns the
/// layer that it is given. Errors: no such parameter, one that has it already.
/// (https://pytorch.org/docs/stable/generated/torch.nn.utils.weight_norm.html)
template <class M>
M weight_norm(M module, const std::string& name = "weight", std::optional<int64_t> dim = 0) {
  detail::weight_norm(*module, name, dim);
  return module;
}
/// The weight, the parameter `<name>_orig`, divided by its largest singular value, which one power iteration for each forward in training follows in
/// the buffers `<name>_u` and `<name>_v`. (https://pytorch.org/docs/stable/generated/torch.nn.utils.spectral_norm.html)
template <class M>
M spectral_norm(M module, const std::string& name = "weight", int64_t n_power_iterations = 1, double eps = 1e-12, std::optional<int64_t> dim = std::nullopt) {
  detail::spectral_norm(*module, name, n_power_iterations, eps, dim);
  return module;
}

/// Makes the weight a plain parameter again, of the value it has. Errors: it is not normalised so.
void remove_weight_norm(Module& module, const std::string& name = "weight");
void remove_spectral_norm(Module& module, const std::string& name = "weight");

}  // namespace v1
}  // namespace utils
}  // namespace nn
}  // namespace wick
