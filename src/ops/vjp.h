// The derivative that an op already has, as a function: gradients of f(inputs) along g.
#pragma once

#include <wick/autograd.h>

#include "ops/common.h"

namespace wick::ops {

// `wanted` of the inputs (the others give undefined results). Recorded if g or an input is, so that it differentiates again.
template <size_t N, class F>
std::array<Tensor, N> gradients_of(const Tensor& g, const std::array<Tensor, N>& inputs, const std::array<bool, N>& wanted, F&& f) {
  bool again = g.requires_grad();
  for (const Tensor& t : inputs) again = again || (t.defined() && t.requires_grad());
  again = again && recording_enabled();
  std::array<Tensor, N> leaves, result;
  autograd::variable_list asked;
  for (size_t i = 0; i < N; ++i) {
    leaves[i] = inputs[i];
    if (!wanted[i] || !inputs[i].defined()) continue;
    if (!again || !inputs[i].requires_grad()) leaves[i] = inputs[i].detach().requires_grad_();
    asked.push_back(leaves[i]);
  }
  if (asked.empty()) return result;
  const AutoGradMode on(true);
  const autograd::variable_list got = autograd::grad({f(leaves)}, asked, {g}, true, again, true);
  size_t k = 0;
  for (size_t i = 0; i < N; ++i)
    if (wanted[i] && inputs[i].defined()) result[i] = got[k++];
  return result;
}
template <class F>
Tensor gradient_of(const Tensor& g, const Tensor& x, F&& f) {
  return gradients_of<1>(g, {x}, {true}, [&](const std::array<Tensor, 1>& v) { return f(v[0]); })[0];
}

}  // namespace wick::ops
