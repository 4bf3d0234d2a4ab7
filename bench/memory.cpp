// Ops bound by memory, 64 MB, one thread and all.
#include "bench.h"

int main() {
  constexpr double GB = 1e-9;
  const int64_t n = int64_t{16} << 20, bytes = n * 4;
  torch::NoGradGuard off;
  auto a = torch::rand({n}), b = torch::rand({n}), out = torch::empty({n}), m = torch::rand({4096, 4096}), rows = torch::rand({16384, 1024});
  auto weight = torch::rand({1024}), bias = torch::rand({1024}), unsorted = torch::rand({n / 16});
  const auto rate = [&](const std::string& name, int64_t moved, auto&& f) { bench::line(bench::threads(name), GB * static_cast<double>(moved) / bench::seconds(f, 5, 0.2), "GB/s"); };
  bench::each_thread_count([&] {
    rate("add, fresh 64 MB", 3 * bytes, [&] { auto c = a + b; });
    rate("add into existing 64 MB", 3 * bytes, [&] { torch::add_out(out, a, b); });
    rate("gelu 64 MB", 2 * bytes, [&] { auto c = torch::gelu(a); });
    rate("exp 64 MB", 2 * bytes, [&] { auto c = torch::exp(a); });
    rate("softmax 16384x1024", 2 * bytes, [&] { auto c = torch::softmax(rows, 1); });
    rate("layer norm 16384x1024", 2 * bytes, [&] { auto c = torch::layer_norm(rows, {1024}, weight, bias); });
    rate("transposed copy 4096x4096", 2 * bytes, [&] { auto c = m.t().contiguous(); });
    rate("sum 64 MB", bytes, [&] { auto c = a.sum(); });
    rate("randn 64 MB", bytes, [&] { auto c = torch::randn({n}); });
    rate("sort 4 MB", bytes / 16, [&] { auto c = torch::sort(unsorted); });
    rate("copy to float64 64 MB", 3 * bytes, [&] { auto c = a.to(torch::kDouble); });
  });
  auto small = torch::rand({1000}), other = torch::rand({1000});
  torch::set_num_threads(1);
  bench::line("add, 1000 floats", 1e9 * bench::seconds([&] { auto c = small + other; }), "ns");
  bench::line("exp, 1000 floats", 1e9 * bench::seconds([&] { auto c = torch::exp(small); }), "ns");
}
