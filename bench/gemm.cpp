// Matrix products and convolutions.
#include "bench.h"

int main() {
  torch::NoGradGuard off;
  const auto rate = [&](const std::string& name, double flops, auto&& f) { bench::line(bench::threads(name), 1e-9 * flops / bench::seconds(f, 5, 0.1), "GFLOP/s"); };
  bench::each_thread_count([&] {
    for (int64_t n : {64, 256, 512, 1024}) {
      auto a = torch::rand({n, n}), b = torch::rand({n, n});
      rate("matmul f32 " + std::to_string(n), 2.0 * static_cast<double>(n * n * n), [&] { auto c = a.mm(b); });
    }
    auto a = torch::rand({1024, 1024}).to(torch::kBFloat16), b = torch::rand({1024, 1024}).to(torch::kBFloat16);
    rate("matmul bf16 1024", 2.0 * 1024 * 1024 * 1024, [&] { auto c = a.mm(b); });
    auto d = torch::rand({512, 512}, torch::kDouble);
    rate("matmul f64 512", 2.0 * 512 * 512 * 512, [&] { auto c = d.mm(d); });
    auto x = torch::rand({8, 128, 28, 28}), w3 = torch::rand({128, 128, 3, 3}), w1 = torch::rand({128, 128, 1, 1});
    auto xl = x.contiguous(torch::MemoryFormat::ChannelsLast), w3l = w3.contiguous(torch::MemoryFormat::ChannelsLast);
    const double flops = 2.0 * 8 * 128 * 128 * 28 * 28;
    rate("conv 3x3 128->128 NCHW", 9 * flops, [&] { auto y = torch::conv2d(x, w3, {}, 1, 1); });
    rate("conv 3x3 128->128 channels-last", 9 * flops, [&] { auto y = torch::conv2d(xl, w3l, {}, 1, 1); });
    rate("conv 1x1 128->128 NCHW", flops, [&] { auto y = torch::conv2d(x, w1); });
  });
}
