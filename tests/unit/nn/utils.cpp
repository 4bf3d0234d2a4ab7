// nn::utils against Python's numbers: gradient norms, sequences, fused layers.
#include "nn/golden.h"

namespace wick::test {
namespace {

using golden::leaf;
using namespace nn::utils;

std::vector<Tensor> with_gradients(ScalarType second = kFloat) {
  std::vector<Tensor> ps{zeros({2, 3}), zeros({4}, second), zeros({1, 2})};
  for (Tensor& p : ps) {
    p.requires_grad_();
    p.mutable_grad() = randn(p.sizes()).to(p.scalar_type());
  }
  return ps;
}
std::vector<Tensor> clipped(std::vector<Tensor> ps, double p) {
  std::vector<Tensor> grads;
  for (const Tensor& q : ps) grads.push_back(q.grad());
  const Tensor total = get_total_norm(grads, p);
  clip_grads_with_norm_(ps, 0.7, total);
  grads.insert(grads.begin(), total);
  return grads;
}

TEST(ClipGrad, NormAndScalingInTwoSteps) {
  for (const auto& [name, p] : std::map<std::string, double>{{"2", 2}, {"1", 1}, {"0", 0}, {"inf", INFINITY}, {"3", 3}}) {
    manual_seed(11);
    golden::expect("utils", "total_norm." + name, clipped(with_gradients(), p));
  }
  manual_seed(11);
  const auto mixed = clipped(with_gradients(kDouble), 2);
  golden::expect("utils", "total_norm.mixed", mixed);
  EXPECT_EQ(mixed[0].scalar_type(), kDouble);
  EXPECT_EQ(get_total_norm({}).item<float>(), 0);
  EXPECT_TRUE(contains(error_of([] { get_total_norm({tensor({INFINITY, 1.0f})}, 2, true); }), "non-finite"));
  EXPECT_TRUE(std::isinf(get_total_norm({tensor({INFINITY, 1.0f})}).item<float>()));
}

TEST(ClipGrad, OneStepAndTwoAgree) {
  manual_seed(3);
  auto a = with_gradients();
  manual_seed(3);
  const auto b = clipped(with_gradients(), 2);
  EXPECT_NEAR(clip_grad_norm_(a, 0.7), b[0].item<double>(), 1e-6);
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(allclose(a[i].grad(), b[i + 1], 1e-6));
}

TEST(ClipGrad, MinusInfinityIsTheLeast) {
  Tensor a = zeros({2}).requires_grad_(), b = zeros({2}).requires_grad_();
  a.mutable_grad() = tensor({3.0f, -2.0f});
  b.mutable_grad() = tensor({0.5f, 4.0f});
  EXPECT_EQ(clip_grad_norm_({a, b}, 10, -INFINITY), 0.5);
}

TEST(Sequences, Unpad) {
  manual_seed(11);
  const Tensor x = randn({4, 3, 2}), n = tensor({2, 4, 1});
  auto all = rnn::unpad_sequence(x, n);
  for (const Tensor& t : rnn::unpad_sequence(x.transpose(0, 1), n, true)) all.push_back(t);
  for (const Tensor& t : rnn::unpack_sequence(rnn::pack_padded_sequence(x, n, false, false))) all.push_back(t);
  golden::expect("utils", "unpad", all);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { rnn::unpad_sequence(x, tensor({2, 5, 1})); }), "length 5 of sequence 1 is not within the 4 steps"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { rnn::unpad_sequence(x, tensor({2, 5})); }), "each of 3 sequences, got [2]"));
}

// A normalisation with statistics and parameters of its own.
template <class B>
B trained(B bn) {
  NoGradGuard off;
  for (Tensor t : {bn->running_mean, bn->weight, bn->bias}) t.normal_();
  bn->running_var.uniform_(0.5, 2);
  bn->eval();
  return bn;
}
template <class M>
M in_evaluation(M m) {
  m->eval();
  return m;
}

TEST(Fusion, LayersAndTheNormalisationBehind) {
  manual_seed(11);
  auto conv = in_evaluation(nn::Conv2d(nn::Conv2dOptions(2, 3, 2).bias(false)));
  auto bn2 = trained(nn::BatchNorm2d(3));
  Tensor x = randn({1, 2, 3, 3});
  auto fused = fuse_conv_bn_eval(conv, bn2);
  golden::expect("utils", "fuse_conv", {fused->weight, fused->bias, fused(x)});
  EXPECT_EQ(fused->named_parameters().keys(), (std::vector<std::string>{"weight", "bias"}));
  EXPECT_TRUE(allclose(fused(x), bn2(conv(x)), 1e-5, 1e-6));
  EXPECT_FALSE(conv->bias.defined());

  manual_seed(11);
  auto back = in_evaluation(nn::ConvTranspose1d(2, 3, 2));
  auto bn1 = trained(nn::BatchNorm1d(3));
  x = randn({1, 2, 3});
  auto fused_back = fuse_conv_bn_eval(back, bn1, true);
  golden::expect("utils", "fuse_conv_transpose", {fused_back->weight, fused_back->bias, fused_back(x)});

  manual_seed(11);
  auto fc = in_evaluation(nn::Linear(2, 3));
  bn1 = trained(nn::BatchNorm1d(3));
  x = randn({4, 2});
  auto fused_fc = fuse_linear_bn_eval(fc, bn1);
  golden::expect("utils", "fuse_linear", {fused_fc->weight, fused_fc->bias, fused_fc(x)});
  EXPECT_TRUE(fused_fc->weight.is_leaf() && fused_fc->weight.requires_grad());

  nn::Linear training(2, 3);
  EXPECT_TRUE(contains(error_of([&] { fuse_linear_bn_eval(training, bn1); }), "call eval()"));
  auto wide = in_evaluation(nn::Linear(2, 4));
  EXPECT_TRUE(contains(error_of([&] { fuse_linear_bn_eval(wide, bn1); }), "got 4 and 3"));
}

TEST(SkipInit, DrawsNothing) {
  manual_seed(5);
  const Tensor expected = rand({1});
  manual_seed(5);
  const auto fc = skip_init<nn::Linear>(4, 3);
  const auto stack = skip_init<nn::TransformerEncoderLayer>(nn::TransformerEncoderLayerOptions(4, 2));
  EXPECT_TRUE(same_bits(rand({1}), expected));
  EXPECT_EQ(fc->weight.sizes(), IntArrayRef({3, 4}));
  EXPECT_TRUE(fc->weight.requires_grad());
  manual_seed(5);
  nn::Linear(4, 3);
  EXPECT_FALSE(same_bits(rand({1}), expected)) << "and afterwards layers are initialised again";
}

TEST(MemoryFormats, OfWeights) {
  nn::Sequential net(nn::Conv2d(3, 4, 3), nn::ReLU(), nn::Conv3d(2, 2, 2));
  const Tensor before = net->named_parameters()["0.weight"].clone();
  convert_conv2d_weight_memory_format(*net, MemoryFormat::ChannelsLast);
  const Tensor after = net->named_parameters()["0.weight"];
  EXPECT_TRUE(after.is_contiguous(MemoryFormat::ChannelsLast));
  EXPECT_TRUE(equal(before, after));
  EXPECT_TRUE(net->named_parameters()["2.weight"].is_contiguous());
  convert_conv3d_weight_memory_format(*net, MemoryFormat::ChannelsLast3d);
  EXPECT_TRUE(net->named_parameters()["2.weight"].is_contiguous(MemoryFormat::ChannelsLast3d));
}

}  // namespace
}  // namespace wick::test
