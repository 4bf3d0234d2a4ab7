// FLOPs of ops, forward and backward, against those of torch.utils.flop_counter.
#include <fstream>
#include <map>

#include <gtest/gtest.h>
#include <wick/debug/profiler.h>
#include <wick/wick.h>

namespace nn = wick::nn;
namespace F = wick::nn::functional;
using wick::Tensor;

namespace {

using Inputs = std::vector<Tensor>;
struct Case { std::function<Tensor(Inputs&)> f; std::vector<std::vector<int64_t>> shapes; };

const std::map<std::string, Case>& cases() {
  static const std::map<std::string, Case> all{
      {"mm", {[](Inputs& t) { return wick::mm(t[0], t[1]); }, {{8, 16}, {16, 4}}}},
      {"addmm", {[](Inputs& t) { return wick::addmm(t[0], t[1], t[2]); }, {{4}, {8, 16}, {16, 4}}}},
      {"bmm", {[](Inputs& t) { return wick::bmm(t[0], t[1]); }, {{3, 8, 16}, {3, 16, 4}}}},
      {"baddbmm", {[](Inputs& t) { return wick::baddbmm(t[0], t[1], t[2]); }, {{3, 8, 4}, {3, 8, 16}, {3, 16, 4}}}},
      {"linear2", {[](Inputs& t) { return F::linear(t[0], t[1], t[2]); }, {{8, 16}, {4, 16}, {4}}}},
      {"linear3", {[](Inputs& t) { return F::linear(t[0], t[1], t[2]); }, {{2, 8, 16}, {4, 16}, {4}}}},
      {"linear3_plain", {[](Inputs& t) { return F::linear(t[0], t[1]); }, {{2, 8, 16}, {4, 16}}}},
      {"matmul_4d", {[](Inputs& t) { return wick::matmul(t[0], t[1]); }, {{2, 3, 8, 16}, {2, 3, 16, 4}}}},
      {"matmul_shared", {[](Inputs& t) { return wick::matmul(t[0], t[1]); }, {{2, 8, 16}, {16, 4}}}},
      {"conv1d", {[](Inputs& t) { return wick::conv1d(t[0], t[1], t[2]); }, {{2, 3, 20}, {6, 3, 5}, {6}}}},
      {"conv2d", {[](Inputs& t) { return wick::conv2d(t[0], t[1], t[2], 1, 1); }, {{2, 3, 10, 12}, {6, 3, 3, 3}, {6}}}},
      {"conv2d_stride", {[](Inputs& t) { return wick::conv2d(t[0], t[1], {}, 2); }, {{2, 4, 11, 11}, {4, 4, 3, 3}}}},
      {"conv2d_wide", {[](Inputs& t) { return wick::conv2d(t[0], t[1], {}, 1, 2); }, {{2, 3, 6, 6}, {5, 3, 1, 1}}}},
      {"conv3d", {[](Inputs& t) { return wick::conv3d(t[0], t[1]); }, {{1, 2, 6, 6, 6}, {3, 2, 3, 3, 3}}}},
      {"conv_transpose2d", {[](Inputs& t) { return wick::conv_transpose2d(t[0], t[1], {}, 2); }, {{2, 4, 5, 5}, {4, 6, 3, 3}}}},
      {"attention", {[](Inputs& t) { return wick::scaled_dot_product_attention(t[0], t[1], t[2]); }, {{2, 4, 10, 8}, {2, 4, 12, 8}, {2, 4, 12, 8}}}},
  };
  return all;
}

int64_t flops(const Case& c, bool backward) {
  Inputs inputs;
  for (const auto& s : c.shapes) inputs.push_back(wick::randn(s, wick::requires_grad()));
  wick::profiler::profile prof(wick::profiler::ProfileOptions().with_flops(true));
  const Tensor y = c.f(inputs);
  if (backward) y.sum().backward();
  prof.stop();
  return prof.total_flops();
}

TEST(Flops, AreThoseOfPyTorch) {
  std::ifstream file(WICK_GOLDEN "/debug/flops.txt");
  std::string name;
  int64_t forward, both;
  size_t n = 0;
  for (; file >> name >> forward >> both; ++n) {
    ASSERT_EQ(cases().count(name), 1u) << name;
    EXPECT_EQ(flops(cases().at(name), false), forward) << name;
    EXPECT_EQ(flops(cases().at(name), true), both) << name;
  }
  EXPECT_EQ(n, cases().size());
}

TEST(Flops, RecurrentLayersGoThroughBothMatricesEachStep) {
  nn::LSTM lstm(nn::LSTMOptions(6, 5).num_layers(2));
  const Tensor x = wick::randn({7, 3, 6});
  wick::profiler::profile prof(wick::profiler::ProfileOptions().with_flops(true));
  const Tensor y = std::get<0>(lstm(x));
  const int64_t steps = 7 * 3, forward = 2 * steps * 4 * 5 * (6 + 5) + 2 * steps * 4 * 5 * (5 + 5);
  EXPECT_EQ(prof.total_flops(), forward);
  y.sum().backward();
  prof.stop();
  EXPECT_EQ(prof.total_flops(), 3 * forward);
}

TEST(Flops, AreThoseOfAModelAndItsModules) {
  nn::Sequential net(nn::Linear(16, 32), nn::ReLU(), nn::Linear(32, 4));
  const Tensor x = wick::randn({8, 16});
  wick::profiler::profile prof(wick::profiler::ProfileOptions().with_flops(true));
  net->forward(x).sum().backward();
  prof.stop();
  const int64_t a = 2 * 8 * 16 * 32, b = 2 * 8 * 32 * 4;
  EXPECT_EQ(prof.total_flops(), 2 * a + 3 * b);  // the data needs no gradient
  EXPECT_EQ(prof.key_averages()["aten::addmm"].flops, a + b);
  EXPECT_EQ(prof.key_averages()["aten::mm"].flops, a + 2 * b);
}

}  // namespace
