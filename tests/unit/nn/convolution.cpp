// 2-d convolutions in float32 that go through kernels of our own, against float64.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include <wick/core/str.h>
#include <wick/wick.h>

#include "support.h"

namespace wick {
namespace {

struct Case {
  int64_t n, c, k, h, w, pad;
  bool last;
  int64_t kernel = 3, stride = 1, groups = 1;
};

// Result and the gradients of x, w and b.
std::vector<Tensor> run(const Case& s, const Tensor& x, const Tensor& w, const Tensor& b) {
  const Tensor y = conv2d(x, w, b, s.stride, s.pad, 1, s.groups);
  manual_seed(7);
  const Tensor g = randn(y.sizes(), kDouble).to(y.scalar_type());
  std::vector<Tensor> r = autograd::grad({y}, {x, w, b}, {g});
  r.push_back(y.detach());
  return r;
}

void expect_exact(const Case& s) {
  SCOPED_TRACE(str(s.c, " to ", s.k, " channels, ", s.h, "x", s.w, ", kernel ", s.kernel, ", stride ", s.stride, ", padding ", s.pad));
  manual_seed(1);
  const int64_t taps = s.c / s.groups * s.kernel * s.kernel;
  Tensor x = randn({s.n, s.c, s.h, s.w}), w = randn({s.k, s.c / s.groups, s.kernel, s.kernel}) / std::sqrt(static_cast<double>(taps)), b = randn({s.k});
  if (s.last) {
    x = x.contiguous(MemoryFormat::ChannelsLast);
    w = w.contiguous(MemoryFormat::ChannelsLast);
  }
  const auto leaf = [](const Tensor& t, ScalarType type) { return t.detach().to(type).requires_grad_(); };
  const auto fast = run(s, leaf(x, kFloat), leaf(w, kFloat), leaf(b, kFloat)), exact = run(s, leaf(x, kDouble), leaf(w, kDouble), leaf(b, kDouble));
  for (size_t i = 0; i < fast.size(); ++i) {
    const double size = exact[i].abs().max().item<double>(), off = (fast[i].to(kDouble) - exact[i]).abs().max().item<double>();
    EXPECT_LT(off, 1e-5 * size) << "result " << i;
  }
  const int before = get_num_threads();
  set_num_threads(1);
  const auto alone = run(s, leaf(x, kFloat), leaf(w, kFloat), leaf(b, kFloat));
  set_num_threads(before);
  for (size_t i = 0; i < fast.size(); ++i) EXPECT_TRUE(test::same_bits(fast[i], alone[i])) << "threads change result " << i;
}

TEST(Convolution, WinogradEqualsDirectSums) {
  for (const Case& s : {Case{2, 32, 48, 33, 30, 1, false}, Case{3, 48, 32, 13, 18, 2, true}, Case{16, 64, 64, 8, 8, 1, false}, Case{5, 32, 32, 17, 16, 0, true},
                        Case{1, 272, 304, 32, 32, 1, false}, Case{32, 64, 96, 4, 4, 1, false}, Case{8, 128, 64, 7, 7, 1, true}})
    expect_exact(s);
}

TEST(Convolution, DepthwiseEqualsDirectSums) {
  for (int64_t kernel : {3, 5, 7})
    for (int64_t stride : {1, 2})
      for (int64_t pad : {int64_t{0}, kernel / 2, kernel - 1})
        for (auto [h, w] : {std::pair<int64_t, int64_t>{7, 7}, {17, 34}, {150, 95}}) expect_exact({2, 6, 6, h, w, pad, false, kernel, stride, 6});
  expect_exact({3, 5, 5, 1, 1, 1, false, 3, 2, 5});
  expect_exact({2, 8, 8, 20, 21, 1, true, 3, 1, 8});
}

// What lies beside the last column must not reach the sums, whatever it is.
TEST(Convolution, DepthwiseKeepsInfinityInItsPlace) {
  Tensor x = zeros({1, 2, 5, 19}), w = ones({2, 1, 3, 3});
  x.index_put_({0, 0, 2, 18}, std::numeric_limits<double>::infinity());
  x.requires_grad_();
  w.requires_grad_();
  const Tensor y = conv2d(x, w, {}, 1, IntArrayRef{0}, 1, 2);  // 3 x 17
  EXPECT_EQ(y.isfinite().sum().item<int64_t>(), 2 * 3 * 17 - 3);
  Tensor g = zeros_like(y);
  g.index_put_({0, 0, 0, 0}, 1.0);
  const Tensor gw = autograd::grad({y}, {w}, {g})[0];  // only the taps of the last column ever meet it
  EXPECT_TRUE(gw.index({0, 0, indexing::Slice(), indexing::Slice(0, 2)}).eq(0).all().item<bool>());
  EXPECT_TRUE(gw.index({0, 0, indexing::Slice(), 2}).isnan().all().item<bool>());
  EXPECT_TRUE(gw.index({1}).eq(0).all().item<bool>());
}

}  // namespace
}  // namespace wick
