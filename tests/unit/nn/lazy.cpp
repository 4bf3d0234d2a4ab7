// Layers that learn their input's size, against PyTorch's numbers; written, read and copied before and after.
#include <wick/core/str.h>

#include "nn/golden.h"

namespace wick::test {
namespace {

using golden::graded;
using golden::leaf;

template <class M>
bool same_parameters(const M& a, const M& b) {
  const auto x = a->named_parameters(), y = b->named_parameters();
  if (x.keys() != y.keys()) return false;
  for (const auto& p : x)
    if (!same_bits(p.value(), y[p.key()])) return false;
  return true;
}

template <class M>
void expect_lazy(const std::string& name, const std::function<M()>& make, std::vector<int64_t> sizes) {
  SCOPED_TRACE(name);
  manual_seed(11);
  M m = make();
  ASSERT_TRUE(m->has_uninitialized_params());
  EXPECT_TRUE(m->parameters().empty());
  EXPECT_TRUE(contains(str(m), "torch::nn::Lazy"));
  const Tensor x = leaf(sizes);
  const Tensor y = m(x);
  golden::expect("layers", "lazy." + name, graded(y, {x}, m));
  EXPECT_FALSE(m->has_uninitialized_params());
  EXPECT_FALSE(contains(str(m), "Lazy"));

  using Impl = typename M::ContainedType;
  std::stringstream stream;
  save(m, stream);
  M read = make();  // not initialised: the archive tells the sizes
  load(read, stream);
  EXPECT_FALSE(read->has_uninitialized_params() && !m->parameters().empty());
  EXPECT_TRUE(same_parameters(m, read));
  EXPECT_TRUE(same_parameters(m, M(std::dynamic_pointer_cast<Impl>(m->clone()))));

  nn::Sequential model(m);  // and as part of a model
  const auto copy = std::dynamic_pointer_cast<nn::SequentialImpl>(model->clone());
  model->eval();
  copy->eval();
  EXPECT_TRUE(same_bits(model(x), copy->forward(x)));
  const M fresh(std::dynamic_pointer_cast<Impl>(make()->clone()));
  EXPECT_TRUE(fresh->has_uninitialized_params());
}

TEST(Lazy, Linear) {
  expect_lazy<nn::LazyLinear>("linear", [] { return nn::LazyLinear(3); }, {2, 4});
  expect_lazy<nn::LazyLinear>("linear.no_bias", [] { return nn::LazyLinear(nn::LazyLinearOptions(3).bias(false)); }, {2, 4});
}

TEST(Lazy, DrawnInTheTypeAskedFor) {
  manual_seed(11);
  nn::LazyLinear m(3);
  m->to(kDouble);
  const Tensor x = leaf({2, 4}, kDouble);
  golden::expect("layers", "lazy.linear.double", graded(m(x), {x}, m), 1e-8);
}

TEST(Lazy, Convolutions) {
  expect_lazy<nn::LazyConv1d>("conv1", [] { return nn::LazyConv1d(nn::LazyConv1dOptions(2, 3).stride(2)); }, {2, 3, 7});
  expect_lazy<nn::LazyConv2d>("conv2", [] { return nn::LazyConv2d(nn::LazyConv2dOptions(4, 2).groups(2).padding(1)); }, {1, 4, 3, 3});
  expect_lazy<nn::LazyConv3d>("conv3", [] { return nn::LazyConv3d(2, 2); }, {1, 2, 3, 2, 3});
  expect_lazy<nn::LazyConv2d>("conv2.unbatched", [] { return nn::LazyConv2d(2, 2); }, {3, 3, 3});
  expect_lazy<nn::LazyConvTranspose1d>("conv_transpose1", [] { return nn::LazyConvTranspose1d(nn::LazyConvTranspose1dOptions(2, 3).stride(2)); }, {2, 3, 4});
  expect_lazy<nn::LazyConvTranspose2d>("conv_transpose2", [] { return nn::LazyConvTranspose2d(nn::LazyConvTranspose2dOptions(4, 2).groups(2)); }, {1, 2, 3, 3});
  expect_lazy<nn::LazyConvTranspose3d>("conv_transpose3", [] { return nn::LazyConvTranspose3d(2, 2); }, {1, 2, 2, 2, 2});
}

TEST(Lazy, Norms) {
  expect_lazy<nn::LazyBatchNorm1d>("batch_norm1", [] { return nn::LazyBatchNorm1d(); }, {4, 3});
  expect_lazy<nn::LazyBatchNorm2d>("batch_norm2", [] { return nn::LazyBatchNorm2d(); }, {2, 3, 2, 2});
  expect_lazy<nn::LazyBatchNorm3d>("batch_norm3", [] { return nn::LazyBatchNorm3d(nn::LazyBatchNorm3dOptions().momentum(std::nullopt)); }, {2, 3, 2, 2, 1});
  expect_lazy<nn::LazyInstanceNorm1d>("instance_norm1", [] { return nn::LazyInstanceNorm1d(nn::LazyInstanceNorm1dOptions().affine(true)); }, {2, 3, 4});
  expect_lazy<nn::LazyInstanceNorm2d>("instance_norm2", [] { return nn::LazyInstanceNorm2d(nn::LazyInstanceNorm2dOptions().track_running_stats(true)); }, {2, 3, 2, 2});
  expect_lazy<nn::LazyInstanceNorm3d>("instance_norm3", [] { return nn::LazyInstanceNorm3d(); }, {2, 3, 2, 2, 1});
}

TEST(Lazy, WrongInputsLeaveItLazy) {
  nn::LazyConv2d m(4, 2);
  EXPECT_TRUE(contains(error_of([&] { m(ones({2, 3})); }), "Expected 3D (unbatched) or 4D (batched) input to LazyConv2d"));
  nn::LazyConv2d grouped(nn::LazyConv2dOptions(4, 2).groups(2));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { grouped(ones({1, 3, 4, 4})); }), "in_channels must be divisible by groups (3 by 2)"));
  EXPECT_TRUE(grouped->has_uninitialized_params());
  grouped(ones({1, 4, 4, 4}));
  EXPECT_EQ(grouped->weight.sizes(), IntArrayRef({4, 2, 2, 2}));
}

}  // namespace
}  // namespace wick::test
