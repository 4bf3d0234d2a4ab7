// Functions that Python's torch.nn.functional has beside libtorch's.
#include <gtest/gtest.h>

#include <wick/wick.h>

namespace {

using namespace wick;
namespace F = nn::functional;

TEST(FunctionalNames, InPlaceActivations) {
  Tensor x = tensor({-2.0f, 0.5f, 3.0f});
  EXPECT_TRUE(F::relu_(x).is_same(x));
  EXPECT_TRUE(x.equal(tensor({0.0f, 0.5f, 3.0f})));
  EXPECT_TRUE(F::hardtanh_(x, -1, 1).equal(tensor({0.0f, 0.5f, 1.0f})));
  EXPECT_TRUE(F::threshold_(x, 0.6, 7).equal(tensor({7.0f, 7.0f, 1.0f})));
}

TEST(FunctionalNames, Upsample) {
  const Tensor x = rand({1, 2, 3, 3});
  const auto twice = F::InterpolateFuncOptions().scale_factor(std::vector<double>{2, 2});
  EXPECT_TRUE(F::upsample_nearest(x, twice).equal(F::interpolate(x, F::InterpolateFuncOptions(twice).mode(kNearest))));
  EXPECT_TRUE(F::upsample_bilinear(x, twice).equal(F::interpolate(x, F::InterpolateFuncOptions(twice).mode(kBilinear).align_corners(true))));
  EXPECT_EQ(F::upsample(x, twice).sizes(), IntArrayRef({1, 2, 6, 6}));
}

// The block-wise kernel serves 16-bit types and three dimensions, too.
TEST(FunctionalNames, AttentionInOtherFormsAgrees) {
  const Tensor q = randn({2, 3, 5, 8}), k = randn({2, 3, 7, 8}), v = randn({2, 3, 7, 8}), mask = rand({5, 7}) > 0.2;
  const Tensor want = softmax(q.matmul(k.mT()).div(std::sqrt(8.0)).masked_fill(mask.logical_not(), -INFINITY), -1).matmul(v);
  EXPECT_TRUE(scaled_dot_product_attention(q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1), mask).allclose(want.flatten(0, 1), 1e-5, 1e-6));
  for (ScalarType t : {kHalf, kBFloat16}) {
    const Tensor a = q.to(t).requires_grad_(), b = k.to(t).requires_grad_(), c = v.to(t).requires_grad_();
    const Tensor y = scaled_dot_product_attention(a, b, c, mask);
    EXPECT_EQ(y.scalar_type(), t);
    EXPECT_TRUE(y.to(kFloat).allclose(want, 3e-2, 3e-2)) << t;
    y.sum().backward();
    const Tensor a32 = a.detach().to(kFloat).requires_grad_();
    scaled_dot_product_attention(a32, b.detach().to(kFloat), c.detach().to(kFloat), mask).sum().backward();
    EXPECT_TRUE(a.grad().to(kFloat).allclose(a32.grad(), 3e-2, 3e-2)) << t;
  }
}

}  // namespace
