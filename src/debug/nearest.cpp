#include "debug/nearest.h"

#include <cmath>

#include <wick/core/error.h>
#include <wick/core/str.h>
#include <wick/debug/space.h>
#include <wick/ops.h>

namespace wick::debug {

Nearest nearest(const Tensor& x, int64_t k) {
  const int64_t n = x.size(0);
  const Tensor squares = x.square().sum(1);
  Nearest r{empty({n, k}, kDouble), empty({n, k}, kLong)};
  for (int64_t from = 0; from < n; from += 256) {
    const int64_t to = std::min(n, from + 256);
    Tensor d = squares.slice(0, from, to).unsqueeze(1) + squares - matmul(x.slice(0, from, to), x.t()) * 2;
    d = d.clamp_min(0);
    for (int64_t i = from; i < to; ++i) d.data_ptr<double>()[(i - from) * n + i] = INFINITY;
    const auto [near, which] = d.topk(k, 1, /*largest=*/false, /*sorted=*/true);
    r.squared.slice(0, from, to).copy_(near);
    r.which.slice(0, from, to).copy_(which);
  }
  return r;
}

Tensor embeddable(const Tensor& points, const char* call) {
  WICK_CHECK_TYPE(ValueError, points.defined() && points.dim() == 2 && points.size(1) > 0 && !points.is_complex(), call, ": takes real points [n, d], got ", points.defined() ? str(points.sizes()) : "nothing");
  const Tensor x = points.detach().to(kDouble).contiguous();
  WICK_CHECK_TYPE(ValueError, isfinite(x).all().item<bool>(), call, ": points are finite");
  return x;
}

Tensor first_components(const Tensor& x) { return x.size(1) > 1 ? pca(x, 2).projected : stack({x.select(1, 0), zeros({x.size(0)}, kDouble)}, 1); }

}  // namespace wick::debug
