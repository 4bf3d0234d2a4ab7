// Some steps of training, as tests/golden/nn.py does them.
#pragma once

#include "nn/golden.h"

namespace golden {

inline Tensor first(const Tensor& t) { return t; }
template <class... T>
Tensor first(const std::tuple<Tensor, T...>& t) { return std::get<0>(t); }

// Each result, then one in evaluation, then all of the state, in order.
template <class M>
Tensors steps(M m, const Tensor& x, int count = 2) {
  wick::optim::SGD optimizer(m->parameters(), 0.1);
  Tensors results;
  for (int i = 0; i < count; ++i) {
    optimizer.zero_grad();
    const Tensor y = first(m(x));
    (y * wick::arange(y.numel(), y.scalar_type()).mul(0.37).sin().view(y.sizes())).sum().backward();
    results.push_back(y);
    optimizer.step();
  }
  m->eval();
  results.push_back(first(m(x)));
  for (const auto& item : m->state_dict()) results.push_back(item.value());
  return results;
}

}  // namespace golden
