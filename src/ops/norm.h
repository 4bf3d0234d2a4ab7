// What the normalisations share.
#pragma once

#include "kernels/cpu/norm.h"
#include "ops/matmul.h"

namespace wick::ops {

// Type of means and deviations for data of type t.
inline ScalarType statistics_type(ScalarType t) { return t == kDouble ? kDouble : kFloat; }

// Weight and bias as the kernels take them: contiguous, one type that fits the data's.
struct AffineParams {
  kernels::cpu::NormTypes types;
  Tensor gamma, beta;
  const void* gamma_data() const { return gamma.defined() ? impl(gamma)->data : nullptr; }
  const void* beta_data() const { return beta.defined() ? impl(beta)->data : nullptr; }
};
AffineParams affine_params(ScalarType type, const Tensor& w, const Tensor& b);

// Gradient through x -> (x - mean) rstd over `dims`, in public ops; also the normalised x when asked for.
Tensor norm_gradient(const Tensor& gh, const Tensor& x, IntArrayRef dims, double eps, bool centred, Tensor* normalised);

}  // namespace wick::ops
