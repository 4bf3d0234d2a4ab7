// nn::parallel on CPU devices.
#include <wick/nn.h>

#include "support.h"

namespace wick::test {
namespace {

struct NetImpl : nn::Cloneable<NetImpl> {
  NetImpl() { reset(); }
  void reset() override {
    fc = register_module("fc", nn::Linear(4, 3));
    out = register_module("out", nn::Linear(3, 2));
  }
  Tensor forward(const Tensor& x) { return out(fc(x).tanh()); }
  nn::Linear fc = nullptr, out = nullptr;
};
WICK_MODULE(Net);

std::vector<Tensor> gradients(const nn::Module& m) {
  std::vector<Tensor> r;
  for (const Tensor& p : m.parameters()) r.push_back(p.grad().clone());
  return r;
}

TEST(DataParallel, PiecesGiveTheWholeAndItsGradients) {
  manual_seed(3);
  Net net;
  const Tensor x = randn({5, 4});
  const Tensor whole = net(x);
  whole.pow(2).sum().backward();
  const auto expected = gradients(*net);
  net->zero_grad();
  const std::vector<Device> devices(3, Device(kCPU));
  const Tensor y = nn::parallel::data_parallel(net, x, devices);
  EXPECT_TRUE(allclose(y, whole));
  y.pow(2).sum().backward();
  const auto got = gradients(*net);
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) EXPECT_TRUE(allclose(got[i], expected[i]));
}

TEST(DataParallel, ABatchSmallerThanTheDevices) {
  Net net;
  const Tensor x = randn({2, 4});
  EXPECT_TRUE(allclose(nn::parallel::data_parallel(net, x, std::vector<Device>(4, Device(kCPU))), net(x)));
  EXPECT_TRUE(allclose(nn::parallel::data_parallel(net, x), net(x)));
}

TEST(DataParallel, ReplicasAreNoLeaves) {
  Net net;
  const auto replicas = nn::parallel::replicate(net, {Device(kCPU), Device(kCPU)});
  ASSERT_EQ(replicas.size(), 2u);
  for (const auto& r : replicas)
    for (const Tensor& p : r->parameters()) EXPECT_FALSE(p.is_leaf());
}

TEST(ParallelApply, NumbersMustMatch) {
  std::vector<Net> nets(2);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::parallel::parallel_apply(nets, {randn({1, 4})}); }), "as many inputs as modules"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::parallel::parallel_apply(nets, {randn({1, 4}), randn({1, 4})}, std::vector<Device>{Device(kCPU)}); }), "as many devices"));
}

}  // namespace
}  // namespace wick::test
