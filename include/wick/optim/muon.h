// Muon.
#pragma once

#include <optional>
#include <string>
#include <tuple>

#include <wick/optim/optimizer.h>

namespace wick {
namespace optim {
inline namespace v1 {

/// Options of Muon; defaults: lr 1e-3, weight_decay 0.1 (apart from the gradient), momentum 0.95, nesterov true, ns_coefficients
/// {3.4445, -4.775, 2.0315}, eps 1e-7, ns_steps 5, adjust_lr_fn "original" (the other is "match_rms_adamw").
struct MuonOptions : public OptimizerCloneableOptions<MuonOptions> {
  using coefficients_t = std::tuple<double, double, double>;
  MuonOptions(double lr = 1e-3);
  WICK_ARG(double, lr);
  WICK_ARG(double, weight_decay) = 0.1;
  WICK_ARG(double, momentum) = 0.95;
  WICK_ARG(bool, nesterov) = true;
  WICK_ARG(coefficients_t, ns_coefficients) = {3.4445, -4.775, 2.0315};
  WICK_ARG(double, eps) = 1e-7;
  WICK_ARG(int64_t, ns_steps) = 5;
  WICK_ARG(std::optional<std::string>, adjust_lr_fn);
  WICK_OPTIM_OPTIONS(MuonOptions);
};

/// What Muon remembers of a parameter.
struct MuonParamState : public OptimizerCloneableParamState<MuonParamState> {
  WICK_ARG(Tensor, momentum_buffer);
  WICK_OPTIM_STATE(MuonParamState);
};

/// Momentum made orthogonal by Newton-Schulz iterations (in bfloat16, as PyTorch's), for the matrices of hidden layers; biases, embeddings and
/// heads go to another optimizer. Errors: options out of range, a parameter that is no matrix. (https://pytorch.org/docs/stable/generated/torch.optim.Muon.html)
class Muon : public OptimizerOf<MuonOptions, MuonParamState> {
 public:
  explicit Muon(const std::vector<OptimizerParamGroup>& groups, MuonOptions defaults = {});
  explicit Muon(std::vector<Tensor> params, MuonOptions defaults = {});
};

}  // namespace v1
}  // namespace optim
}  // namespace wick
