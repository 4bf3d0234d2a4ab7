// What the cases of modules share: their state, their text, their gradients.
#pragma once
#include "harness.h"

namespace ops {

// Names and values of parameters and buffers, in order.
template <class M>
auto state(const M& m) {
  const auto p = m->named_parameters();
  const auto b = m->named_buffers();
  return std::make_tuple(p.keys(), p.values(), b.keys(), b.values());
}

// What a module prints, with its children or alone.
template <class M>
std::string show(const M& m) {
  std::ostringstream o;
  o << m;
  return o.str();
}
template <class M>
std::string showp(const M& m) {
  std::ostringstream o;
  m->pretty_print(o);
  return o.str();
}

// The result of a module and the gradients of its parameters, each element of the result weighted differently.
template <class M, class... A>
auto fwdgrad(M& m, const A&... args) {
  auto y = m->forward(args...);
  (y * torch::arange(y.numel()).view(y.sizes()).to(y.scalar_type()).mul(0.37).sin()).sum().backward();
  std::vector<torch::Tensor> gradients;
  for (const auto& p : m->parameters()) gradients.push_back(p.grad());
  return std::make_tuple(y, gradients);
}

}  // namespace ops
