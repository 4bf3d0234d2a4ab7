// Layers that only Python's torch.nn has, against its numbers; each saved, loaded and copied.
#include <wick/core/str.h>

#include "nn/golden.h"

namespace wick::test {
namespace {

using golden::graded;
using golden::leaf;

// Same parameters and buffers, none shared.
template <class M>
void expect_same_state(const M& a, const M& b) {
  const auto compare = [](const OrderedDict<std::string, Tensor>& x, const OrderedDict<std::string, Tensor>& y) {
    ASSERT_EQ(x.keys(), y.keys());
    for (const auto& item : x) {
      EXPECT_TRUE(same_bits(item.value(), y[item.key()])) << item.key();
      EXPECT_NE(item.value().data_ptr(), y[item.key()].data_ptr()) << item.key();
    }
  };
  compare(a->named_parameters(), b->named_parameters());
  compare(a->named_buffers(), b->named_buffers());
}

// The layer written, read into `another`, and copied: same state, same results.
template <class M>
void expect_kept(M m, M another, const Tensor& x) {
  std::stringstream stream;
  save(m, stream);
  load(another, stream);
  expect_same_state(m, another);
  const auto copy = std::dynamic_pointer_cast<typename M::ContainedType>(m->clone());
  ASSERT_TRUE(copy);
  expect_same_state(m, M(copy));
  m->eval();
  another->eval();
  copy->eval();
  const Tensor y = m(x);
  EXPECT_TRUE(same_bits(y, another(x)));
  EXPECT_TRUE(same_bits(y, M(copy)(x)));
}

// A layer's result and gradients from a random input, as the case of that name has them.
#define EXPECT_LAYER(name, layer, ...)                           \
  do {                                                           \
    manual_seed(11);                                             \
    auto made = layer;                                           \
    const Tensor x = leaf(std::vector<int64_t> __VA_ARGS__);     \
    const Tensor y = made(x);                                    \
    golden::expect("layers", name, graded(y, {x}, made));        \
    auto another = layer;                                        \
    expect_kept(made, another, x);                               \
  } while (0)

TEST(Layers, Activations) {
  EXPECT_LAYER("hardsigmoid", nn::Hardsigmoid(), {3, 5});
  EXPECT_LAYER("hardswish", nn::Hardswish(), {3, 5});
  const Tensor x = randn({4, 3});
  Tensor a = x.clone(), b = x.clone();
  nn::Hardsigmoid(nn::HardsigmoidOptions(true))(a);
  nn::functional::hardswish(b, nn::functional::HardswishFuncOptions(true));
  EXPECT_TRUE(same_bits(a, nn::functional::hardsigmoid(x)));
  EXPECT_TRUE(same_bits(b, nn::functional::hardswish(x)));
  EXPECT_EQ(str(nn::Hardswish(nn::HardswishOptions(true))), "torch::nn::Hardswish(inplace=true)");
}

TEST(Layers, Images) {
  EXPECT_LAYER("channel_shuffle", nn::ChannelShuffle(2), {2, 4, 2, 2});
  EXPECT_LAYER("upsampling_nearest", nn::UpsamplingNearest2d(nn::UpsamplingNearest2dOptions().scale_factor(std::vector<double>{2, 2})), {1, 2, 2, 3});
  EXPECT_LAYER("upsampling_bilinear", nn::UpsamplingBilinear2d(nn::UpsamplingBilinear2dOptions().size(std::vector<int64_t>{3, 5})), {1, 2, 2, 3});
  EXPECT_LAYER("circular_pad1", nn::CircularPad1d(nn::CircularPad1dOptions({2, 1})), {2, 3, 4});
  EXPECT_LAYER("circular_pad2", nn::CircularPad2d(nn::CircularPad2dOptions({1, 2, 2, 0})), {1, 2, 3, 4});
  EXPECT_LAYER("circular_pad3", nn::CircularPad3d(1), {1, 1, 2, 2, 3});
  EXPECT_TRUE(contains(error_of([] { nn::ChannelShuffle(3)(ones({1, 4, 2})); }), "Got 4 channels and 3 groups"));
  EXPECT_EQ(str(nn::CircularPad1d(2)), "torch::nn::CircularPad1d(padding=[2, 2])");
}

TEST(Layers, Dropout) {
  EXPECT_LAYER("dropout1d", nn::Dropout1d(0.4), {2, 5, 3});
  EXPECT_LAYER("dropout1d.unbatched", nn::Dropout1d(0.4), {6, 2});
  EXPECT_LAYER("stochastic_depth.row.0.3", nn::StochasticDepth(0.3), {6, 2, 2});
  EXPECT_LAYER("stochastic_depth.row.1", nn::DropPath(1.0), {6, 2, 2});
  EXPECT_LAYER("stochastic_depth.batch.0.3", nn::StochasticDepth(0.3, "batch"), {6, 2, 2});
  EXPECT_LAYER("stochastic_depth.batch.1", nn::StochasticDepth(1.0, "batch"), {6, 2, 2});
  const Tensor x = randn({3, 2});
  EXPECT_TRUE(nn::functional::drop_path(x, 0.5).is_same(x)) << "outside of training nothing happens";
  EXPECT_TRUE(contains(error_of<ValueError>([] { nn::StochasticDepth(1.5); }), "between 0 and 1, but got 1.5"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { nn::StochasticDepth(0.5, "column"); }), "'batch' or 'row', but got column"));
  EXPECT_TRUE(contains(error_of([] { nn::Dropout1d()(ones({2})); }), "received a 1D input"));
}

TEST(Layers, NormsWithoutBias) {
  EXPECT_LAYER("layer_norm.no_bias", nn::LayerNorm(nn::LayerNormOptions({4}).bias(false)), {3, 4});
  EXPECT_LAYER("group_norm.no_bias", nn::GroupNorm(nn::GroupNormOptions(2, 4).bias(false)), {2, 4, 3});
  EXPECT_LAYER("batch_norm.no_bias", nn::BatchNorm1d(nn::BatchNorm1dOptions(4).bias(false)), {5, 4});
}

TEST(Layers, SyncBatchNorm) {
  EXPECT_LAYER("sync_batch_norm", nn::SyncBatchNorm(3), {2, 3, 2, 2});
  nn::Sequential net(nn::Linear(4, 3), nn::BatchNorm1d(3), nn::Sequential(nn::BatchNorm1d(nn::BatchNorm1dOptions(3).affine(false))));
  net(randn({5, 4}));
  const auto before = net->named_parameters();
  const auto mean = net->named_buffers()["1.running_mean"].clone();
  net->eval();
  EXPECT_EQ(nn::SyncBatchNormImpl::convert_sync_batchnorm(net.ptr()), net.ptr());
  const auto after = net->named_parameters();
  ASSERT_EQ(after.keys(), before.keys());
  EXPECT_EQ(after["1.weight"].data_ptr(), before["1.weight"].data_ptr());
  EXPECT_TRUE(same_bits(net->named_buffers()["1.running_mean"], mean));
  EXPECT_FALSE(net->named_modules()["2.0"]->is_training());
  EXPECT_NE(net->named_modules()["2.0"]->as<nn::SyncBatchNorm>(), nullptr);
  EXPECT_NE(net->ptr(1)->as<nn::SyncBatchNorm>(), nullptr) << "the Sequential runs the new layer";
  const auto one = nn::SyncBatchNormImpl::convert_sync_batchnorm(nn::BatchNorm2d(2).ptr());
  EXPECT_EQ(str(*one), "torch::nn::SyncBatchNorm(2, eps=1e-05, momentum=0.1, affine=true, track_running_stats=true)");
  EXPECT_TRUE(contains(error_of<ValueError>([] { nn::SyncBatchNorm(2)(ones({2})); }), "at least 2D input (got 1D input)"));
}

TEST(Layers, GaussianNLL) {
  manual_seed(11);
  Tensor x = leaf({3, 4}), t = randn({3, 4}), v = rand({3, 4}).requires_grad_();
  golden::expect("layers", "gaussian_nll", graded(nn::GaussianNLLLoss()(x, t, v), {x, v}));
  manual_seed(11);
  x = leaf({3, 4}), t = randn({3, 4}), v = rand({3}).requires_grad_();
  golden::expect("layers", "gaussian_nll.full.sum", graded(nn::GaussianNLLLoss(nn::GaussianNLLLossOptions().full(true).eps(0.3).reduction(kSum))(x, t, v), {x, v}));
  manual_seed(11);
  x = leaf({3, 4}), t = randn({3, 4}), v = rand({3, 1}).requires_grad_();
  auto r = graded(nn::GaussianNLLLoss(nn::GaussianNLLLossOptions().reduction(kNone))(x, t, v), {x, v});
  r.push_back(nn::functional::gaussian_nll_loss(x, t, 0.5));
  golden::expect("layers", "gaussian_nll.none", r);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::functional::gaussian_nll_loss(x, t, -0.5); }), "negative"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { nn::functional::gaussian_nll_loss(x, t, ones({4})); }), "incorrect size: [4] for input [3, 4]"));
}

void expect_loss(const char* name, const nn::LinearCrossEntropyLossOptions& o, std::vector<int64_t> sizes, const std::function<Tensor()>& target) {
  manual_seed(11);
  nn::LinearCrossEntropyLoss m(o);
  const Tensor x = leaf(std::move(sizes)), t = target();
  golden::expect("layers", name, graded(m(x, t), {x}, m));
  nn::LinearCrossEntropyLoss another(o);
  std::stringstream stream;
  save(m, stream);
  load(another, stream);
  EXPECT_TRUE(same_bits(m(x, t), another(x, t)));
}

TEST(Layers, LinearCrossEntropy) {
  using O = nn::LinearCrossEntropyLossOptions;
  const Tensor weight = linspace(0.5, 2, 5);
  expect_loss("linear_cross_entropy", O(4, 5).bias(true).weight(weight).label_smoothing(0.1), {6, 4}, [] { return tensor({0, 4, 2, -100, 1, 3}); });
  expect_loss("linear_cross_entropy.several", O(4, 5).out_features({2, 3}).bias(true).reduction(kNone), {2, 4}, [] { return arange(12).remainder(5).view({2, 2, 3}); });
  expect_loss("linear_cross_entropy.probabilities", O(4, 5).reduction(kSum), {2, 4}, [] { return rand({2, 5}); });
  const auto chunks = O(4, 5).bias(true).weight(weight).ignore_index(1).options(nn::LinearCrossEntropyOptions().batch_chunk_size(2));
  const auto target = [] { return tensor({0, 4, 1, 1, 3}); };
  expect_loss("linear_cross_entropy.chunks.mean", O(chunks), {5, 4}, target);
  expect_loss("linear_cross_entropy.chunks.sum", O(chunks).reduction(kSum), {5, 4}, target);
  expect_loss("linear_cross_entropy.chunks.none", O(chunks).reduction(kNone), {5, 4}, target);
  EXPECT_TRUE(contains(error_of([] { nn::LinearCrossEntropyLoss(4, 5)(ones({2, 3}), tensor({1, 2})); }), "got 3 and 4"));
  EXPECT_TRUE(contains(error_of([&] { nn::LinearCrossEntropyLoss(O(4, 3).weight(weight)); }), "expected weight shape to be [3], got [5]"));
}

}  // namespace
}  // namespace wick::test
