// What one small op costs.
#include "bench.h"

int main() {
  torch::set_num_threads(1);
  auto a = torch::rand({4}), b = torch::rand({4}), w = torch::rand({4}).requires_grad_(), m = torch::rand({2, 2});
  const auto ns = [](const char* name, auto&& f) { bench::line(name, 1e9 * bench::seconds(f), "ns"); };
  {
    torch::NoGradGuard off;
    ns("a + b, 4 floats", [&] { auto c = a + b; });
    ns("a * 2, 4 floats", [&] { auto c = a * 2; });
    ns("a.add_(b), 4 floats", [&] { a.add_(b, 1e-9); });
    ns("view", [&] { auto c = m.view({4}); });
    ns("transpose", [&] { auto c = m.t(); });
    ns("select", [&] { auto c = m[0]; });
    ns("mm 2x2", [&] { auto c = m.mm(m); });
    ns("sum of 4", [&] { auto c = a.sum(); });
    ns("empty({4})", [&] { auto c = torch::empty({4}); });
  }
  ns("a + w recorded, 4 floats", [&] { auto c = a + w; });
  ns("(a * w).sum().backward()", [&] { (a * w).sum().backward(); });
}
