// What the machine does at most.
#include <algorithm>
#include <chrono>

#include <wick/core/grad_mode.h>
#include <wick/core/parallel.h>
#include <wick/debug/profiler.h>
#include <wick/ops.h>

#include "core/tls.h"

namespace wick::profiler::inline v1 {
namespace {

// The best rate of f, of `work` units each time, in about `seconds`.
template <class F>
double best(double work, double seconds, F f) {
  using Clock = std::chrono::steady_clock;
  f();
  double rate = 0;
  const auto until = Clock::now() + std::chrono::duration<double>(seconds);
  do {
    const auto from = Clock::now();
    f();
    rate = std::max(rate, work / std::chrono::duration<double>(Clock::now() - from).count());
  } while (Clock::now() < until);
  return rate;
}

Roofline measure() {
  const GateScope quiet(kGradOff, kProfiler | kAutocast | kAnomaly);
  Roofline r;
  r.threads = get_num_threads();
  const auto products = [](ScalarType t) {
    constexpr int64_t n = 768;
    const Tensor a = full({n, n}, 0.5, t), b = full({n, n}, 0.25, t);
    Tensor c = empty({n, n}, t);
    return best(2e-9 * n * n * n, 0.08, [&] { mm_out(c, a, b); });
  };
  r.gflops_f32 = products(kFloat);
  r.gflops_bf16 = products(kBFloat16);
  const int64_t n = int64_t{16} << 20;
  const Tensor from = zeros({n});
  Tensor to = zeros({n});
  r.memory_gb = best(8e-9 * static_cast<double>(n), 0.08, [&] { to.copy_(from); });
  return r;
}

}  // namespace

const Roofline& measured_roofline() {
  static const Roofline r = measure();
  return r;
}

}  // namespace wick::profiler::inline v1
