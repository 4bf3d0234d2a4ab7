// The parameters and gradients of tests/golden/optim.py.
#pragma once

#include <wick/optim.h>

#include "golden.h"

namespace ways {

using namespace wick;  // NOLINT

// Odd sizes, 0-dim, empty, transposed, with gaps, and one that is large enough for whole vectors.
inline std::vector<Tensor> parameters(ScalarType type) {
  const auto o = TensorOptions().dtype(type);
  std::vector<Tensor> r{empty({5}, o), empty({3, 2}, o).t(), empty({}, o), empty({0, 4}, o), empty({2, 3, 4}, o).slice(2, 0, 4, 2), empty({37, 27}, o)};
  for (size_t i = 0; i < r.size(); ++i) {
    r[i].copy_((arange(r[i].numel(), kDouble) * 0.9 + static_cast<double>(i)).sin().view(r[i].sizes()));
    r[i].set_requires_grad(true);
  }
  return r;
}

inline void set_gradients(std::vector<Tensor>& params, int step) {
  for (size_t i = 0; i < params.size(); ++i) {
    Tensor& p = params[i];
    if ((step + 2 * static_cast<int>(i)) % 7 == 3) {
      p.mutable_grad().reset();
      continue;
    }
    const Tensor wave = (arange(p.numel(), kDouble) * 1.3 + 0.37 * step + static_cast<double>(i)).cos().view(p.sizes());
    p.mutable_grad() = p.detach() * 0.5 + wave.to(p.scalar_type());
  }
}

// Small parameters whole, a large one as weighted sums.
inline std::vector<double> seen(const std::vector<Tensor>& params) {
  std::vector<double> r;
  for (const Tensor& t : params) {
    const Tensor p = t.detach().to(kDouble).reshape(-1);
    if (p.numel() <= 16) {
      for (int64_t i = 0; i < p.numel(); ++i) r.push_back(p[i].item<double>());
    } else {
      for (double w : {0.0, 0.11, 1.7}) r.push_back((p * (arange(p.numel(), kDouble) * w).cos()).mean().item<double>());
    }
  }
  return r;
}

}  // namespace ways
