// 3x3 convolutions that go through Winograd's transforms, against direct ones in float64.
#include <gtest/gtest.h>

#include <wick/wick.h>

#include "support.h"

namespace wick {
namespace {

struct Case {
  int64_t n, c, k, h, w, pad;
  bool last;
};

// Result and the gradients of x, w and b.
std::vector<Tensor> run(const Tensor& x, const Tensor& w, const Tensor& b, int64_t pad) {
  const Tensor y = conv2d(x, w, b, 1, pad);
  manual_seed(7);
  const Tensor g = randn(y.sizes(), kDouble).to(y.scalar_type());
  std::vector<Tensor> r = autograd::grad({y}, {x, w, b}, {g});
  r.push_back(y.detach());
  return r;
}

TEST(Winograd, EqualsDirectSums) {
  for (const Case& s : {Case{2, 32, 48, 33, 30, 1, false}, Case{3, 48, 32, 13, 18, 2, true}, Case{16, 64, 64, 8, 8, 1, false}, Case{5, 32, 32, 17, 16, 0, true},
                        Case{1, 272, 304, 32, 32, 1, false}, Case{32, 64, 96, 4, 4, 1, false}, Case{8, 128, 64, 7, 7, 1, true}}) {
    manual_seed(1);
    Tensor x = randn({s.n, s.c, s.h, s.w}), w = randn({s.k, s.c, 3, 3}) / std::sqrt(9.0 * static_cast<double>(s.c)), b = randn({s.k});
    if (s.last) {
      x = x.contiguous(MemoryFormat::ChannelsLast);
      w = w.contiguous(MemoryFormat::ChannelsLast);
    }
    const auto leaf = [](const Tensor& t, ScalarType type) { return t.detach().to(type).requires_grad_(); };
    const auto fast = run(leaf(x, kFloat), leaf(w, kFloat), leaf(b, kFloat), s.pad), exact = run(leaf(x, kDouble), leaf(w, kDouble), leaf(b, kDouble), s.pad);
    for (size_t i = 0; i < fast.size(); ++i) {
      const double size = exact[i].abs().max().item<double>(), off = (fast[i].to(kDouble) - exact[i]).abs().max().item<double>();
      EXPECT_LT(off, 1e-5 * size) << "result " << i << " of " << s.c << " to " << s.k << " channels, " << s.h << "x" << s.w;
    }
    const int before = get_num_threads();
    set_num_threads(1);
    const auto alone = run(leaf(x, kFloat), leaf(w, kFloat), leaf(b, kFloat), s.pad);
    set_num_threads(before);
    for (size_t i = 0; i < fast.size(); ++i) EXPECT_TRUE(test::same_bits(fast[i], alone[i])) << "threads change result " << i;
  }
}

}  // namespace
}  // namespace wick
