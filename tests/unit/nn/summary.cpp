// Summaries against torchinfo's numbers (tests/golden/summary.py), and timings.
#include <wick/nn.h>
#include <wick/nn/summary.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "support.h"

namespace wick::test {
namespace {

nn::Conv2dOptions conv(int64_t in, int64_t out) { return nn::Conv2dOptions(in, out, 3); }

struct CnnImpl : nn::Module {
  nn::Sequential features{reg("features", nn::Sequential(nn::Conv2d(conv(3, 8).padding(1).bias(false)), nn::BatchNorm2d(8), nn::ReLU(), nn::MaxPool2d(2),
                                                         nn::Sequential(nn::Conv2d(conv(8, 16).stride(2).groups(2)), nn::BatchNorm2d(16), nn::ReLU())))};
  nn::Linear fc{reg("fc", nn::Linear(16 * 3 * 3, 10))};
  Tensor forward(const Tensor& x) { return fc(features(x).flatten(1)); }
};
WICK_MODULE(Cnn);

struct SharedImpl : nn::Module {
  nn::Linear inp{reg("inp", nn::Linear(6, 8))}, mid{reg("mid", nn::Linear(8, 8))}, again{reg("again", mid)}, out{reg("out", nn::Linear(8, 2))};
  Tensor forward(Tensor x) {
    x = inp(x);
    for (int i = 0; i < 3; ++i) x = mid(x);
    return out(again(x));
  }
};
WICK_MODULE(Shared);

struct RecurrentImpl : nn::Module {
  nn::Embedding emb{reg("emb", nn::Embedding(50, 12))};
  nn::LSTM rnn{reg("rnn", nn::LSTM(nn::LSTMOptions(12, 16).num_layers(2).batch_first(true).bidirectional(true)))};
  nn::Linear fc{reg("fc", nn::Linear(32, 5))};
  Tensor forward(const Tensor& x) { return fc(std::get<0>(rnn(emb(x)))); }
};
WICK_MODULE(Recurrent);

struct AttentionImpl : nn::Module {
  nn::MultiheadAttention attn{reg("attn", nn::MultiheadAttention(16, 4))};
  nn::LayerNorm norm{reg("norm", nn::LayerNorm(nn::LayerNormOptions({16})))};
  Tensor forward(const Tensor& x) { return norm(std::get<0>(attn(x, x, x))); }
};
WICK_MODULE(Attention);

struct OwnImpl : nn::Module {
  Tensor scale = reg("scale", ones({7}));
  nn::Linear fc{reg("fc", nn::Linear(7, 7))};
  OwnImpl() { fc->bias.set_requires_grad(false); }
  Tensor forward(const Tensor& x) { return fc(x) * scale; }
};
WICK_MODULE(Own);

nn::TransformerEncoderLayer encoder_layer() { return nn::TransformerEncoderLayer(nn::TransformerEncoderLayerOptions(16, 4).dim_feedforward(32)); }

TEST(Summary, CountsAsTorchinfoDoes) {
  struct Golden { const char* name; int64_t parameters, trainable, multiply_adds; };
  const auto check = [](const nn::ModelSummary& s, const Golden& g) {
    EXPECT_EQ(s.parameters, g.parameters) << g.name;
    EXPECT_EQ(s.trainable, g.trainable) << g.name;
    EXPECT_EQ(s.multiply_adds, g.multiply_adds) << g.name;
  };
  check(summary(Cnn(), {2, 3, 16, 16}), {"cnn", 2306, 2306, 124244});
  check(summary(Shared(), {4, 6}), {"shared", 146, 146, 1448});
  check(summary(Recurrent(), zeros({3, 7}, kLong)), {"recurrent", 11005, 11005, 217335});
  check(summary(Attention(), {5, 3, 16}), {"attention", 1120, 1120, 160});
  check(summary(encoder_layer(), {5, 3, 16}), {"encoder layer", 2224, 2224, 5680});
  check(summary(nn::TransformerEncoder(nn::TransformerEncoderOptions(encoder_layer(), 2)), {5, 3, 16}), {"encoder", 4448, 4448, 11360});
  check(summary(Own(), {3, 7}), {"own", 63, 56, 168});
  check(summary(nn::GRU(5, 6), {4, 3, 5}), {"gru", 234, 234, 2808});
  check(summary(nn::Conv1d(3, 4, 3), {2, 3, 10}), {"conv1d", 40, 40, 640});
  check(summary(nn::ConvTranspose2d(3, 4, 3), {2, 3, 5, 5}), {"transposed", 112, 112, 10976});
  check(summary(nn::Conv3d(1, 2, 3), {2, 1, 5, 5, 5}), {"conv3d", 56, 56, 3024});
  check(summary(nn::EmbeddingBag(10, 4), zeros({3, 5}, kLong)), {"bag", 40, 40, 120});
  check(summary(nn::PReLU(), {2, 3}), {"prelu", 1, 1, 2});
  check(summary(nn::LSTMCell(3, 4), {2, 3}), {"cell", 144, 144, 1152});
}

TEST(Summary, ExactCountsWhatRuns) {
  const auto of = [](const auto& model, std::vector<int64_t> shape) { return summary(model, nn::Counting::exact, shape).multiply_adds; };
  EXPECT_EQ(of(nn::Linear(4, 3), {2, 5, 4}), 2 * 5 * 3 * (4 + 1));
  EXPECT_EQ(of(nn::LayerNorm(nn::LayerNormOptions({4})), {2, 5, 4}), 2 * 5 * 4 * 2);
  EXPECT_EQ(of(nn::Conv2d(nn::Conv2dOptions(2, 3, 3).bias(false)), {1, 2, 5, 5}), 3 * 3 * 3 * 2 * 9);
  EXPECT_EQ(of(nn::ConvTranspose2d(nn::ConvTranspose2dOptions(2, 3, 3).bias(false)), {1, 2, 5, 5}), 25 * 2 * 3 * 9);
  EXPECT_EQ(of(nn::ReLU(), {2, 2}), 0);
  EXPECT_EQ(summary(nn::Embedding(9, 4), nn::Counting::exact, zeros({2, 3}, kLong)).multiply_adds, 0);
  // 5 steps, 3 sequences, width 16: four projections with bias, scores and their sum of values, and the norm.
  const nn::MultiheadAttention rows(nn::MultiheadAttentionOptions(16, 4).batch_first(true)), steps(16, 4);
  const Tensor x = zeros({5, 3, 16});
  EXPECT_EQ(summary(rows, nn::Counting::exact, x, x, x).multiply_adds, summary(steps, nn::Counting::exact, x.transpose(0, 1), x.transpose(0, 1), x.transpose(0, 1)).multiply_adds);
  EXPECT_EQ(of(Attention(), {5, 3, 16}), 3 * (4 * 5 * 16 * 17 + 2 * 5 * 5 * 16) + 5 * 3 * 16 * 2);
}

TEST(Summary, Rows) {
  Shared model;
  const auto s = summary(model, {4, 6});
  ASSERT_EQ(s.rows.size(), 5u);
  EXPECT_EQ(s["mid"].calls, 4);
  EXPECT_EQ(s["mid"].multiply_adds, 4 * 288);
  EXPECT_EQ(s["again"].same_as, "mid");
  EXPECT_EQ(s["again"].parameters, 0);
  EXPECT_EQ(s["inp"].output, (std::vector<int64_t>{4, 8}));
  EXPECT_EQ(s["inp"].output_bytes, 4 * 8 * 4);
  EXPECT_EQ(s.weight_bytes, 146 * 4);
  EXPECT_EQ(s.activation_bytes, 4 * 8 * 4 * 5 + 4 * 2 * 4);
  EXPECT_TRUE(contains(error_of([&] { s["nothing"]; }), "no module 'nothing'"));
}

TEST(Summary, LeavesTheModelAsItWas) {
  Cnn model;
  model->fc->eval();
  model->features->ptr(2)->freeze();
  const auto before = model->state_dict();
  const Tensor mean = before["features.1.running_mean"].clone();
  manual_seed(5);
  const Tensor expected = rand({3});
  manual_seed(5);
  summary(model, {2, 3, 16, 16});
  EXPECT_TRUE(same_bits(rand({3}), expected));
  EXPECT_TRUE(model->is_training() && model->features->ptr(1)->is_training());
  EXPECT_FALSE(model->fc->is_training());
  EXPECT_FALSE(model->features->ptr(2)->is_training());
  model->features->ptr(2)->unfreeze();
  EXPECT_TRUE(model->features->ptr(2)->is_training());
  EXPECT_TRUE(same_bits(mean, before["features.1.running_mean"]));
  model->fc->eval();
  EXPECT_TRUE(contains(error_of([&] { summary(model, {2, 4, 16, 16}); }), "in module Cnn.features.0 (torch::nn::Conv2d"));
  EXPECT_TRUE(model->is_training());
  EXPECT_FALSE(model->fc->is_training());
}

TEST(Summary, PrintsAlignedLines) {
  std::ostringstream out;
  out << summary(Cnn(), {2, 3, 16, 16});
  EXPECT_EQ(out.str(),
            "layer                     output          parameters  multiply-adds   memory\n"
            "Cnn                       [2, 10]                                       80 B\n"
            "├─ features  Sequential   [2, 16, 3, 3]                               1.2 KB\n"
            "│  ├─ 0      Conv2d       [2, 8, 16, 16]         216        110,592  16.4 KB\n"
            "│  ├─ 1      BatchNorm2d  [2, 8, 16, 16]          16             32  16.4 KB\n"
            "│  ├─ 2      ReLU         [2, 8, 16, 16]                             16.4 KB\n"
            "│  ├─ 3      MaxPool2d    [2, 8, 8, 8]                                4.1 KB\n"
            "│  └─ 4      Sequential   [2, 16, 3, 3]                               1.2 KB\n"
            "│     ├─ 0   Conv2d       [2, 16, 3, 3]          592         10,656   1.2 KB\n"
            "│     ├─ 1   BatchNorm2d  [2, 16, 3, 3]           32             64   1.2 KB\n"
            "│     └─ 2   ReLU         [2, 16, 3, 3]                               1.2 KB\n"
            "└─ fc        Linear       [2, 10]              1,450          2,900     80 B\n"
            "total 2,306 parameters (trainable 2,306), 124,244 multiply-adds, 9.4 KB weights, 56.8 KB activations\n");
  std::ostringstream shallow;
  summary(Attention(), {5, 3, 16}).print(shallow, 1);
  EXPECT_FALSE(contains(shallow.str(), "out_proj"));
  std::ostringstream shared;
  shared << summary(Shared(), {4, 6}) << summary(Attention(), {5, 3, 16});
  EXPECT_TRUE(contains(shared.str(), "mid    Linear x4"));
  EXPECT_TRUE(contains(shared.str(), "again  Linear (is mid)"));
  EXPECT_TRUE(contains(shared.str(), "out_proj  Linear (not called)"));
}

TEST(Summary, LazyLayersAreCountedAsTheRunMadeThem) {
  nn::Sequential model(nn::LazyLinear(5), nn::Tanh());
  EXPECT_EQ(summary(model, {2, 3}).parameters, 20);
}

TEST(Summary, AnyModuleSharedPointerAndSeveralInputs) {
  auto net = std::make_shared<CnnImpl>();
  EXPECT_EQ(summary(net, {1, 3, 16, 16}).parameters, 2306);
  nn::AnyModule any(net);
  EXPECT_EQ(summary(any, ones({1, 3, 16, 16})).rows[0].output, (std::vector<int64_t>{1, 10}));
  EXPECT_EQ(summary(nn::Bilinear(2, 3, 4), ones({5, 2}), ones({5, 3})).rows[0].output, (std::vector<int64_t>{5, 4}));
}

// Sleeps forward and backward: at least so long takes what is timed.
struct Sleep : autograd::Function<Sleep> {
  static Tensor forward(autograd::AutogradContext* ctx, const Tensor& x, int64_t ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    ctx->saved_data["ms"] = ms;
    return x.clone();
  }
  static autograd::variable_list backward(autograd::AutogradContext* ctx, autograd::variable_list g) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2 * ctx->saved_data["ms"].toInt()));
    return {g[0], Tensor()};
  }
};
struct SlowImpl : nn::Module {
  explicit SlowImpl(int64_t ms) : ms(ms) {}
  Tensor forward(const Tensor& x) { return Sleep::apply(x, ms); }
  int64_t ms;
};
WICK_MODULE(Slow);

TEST(Timing, ByPath) {
  nn::Sequential model(nn::Sequential(Slow(4), Slow(1)), nn::Identity{});
  const auto t = time_modules(model, 3, randn({2, 3}).requires_grad_());
  EXPECT_EQ(t.runs, 3);
  EXPECT_EQ(t["0.0"].calls, 3);
  EXPECT_GE(t["0.0"].forward_ms, 4);
  EXPECT_GE(t["0.1"].forward_ms, 1);
  EXPECT_GE(t["0.0"].own_backward_ms, 8);
  EXPECT_GE(t["0.1"].own_backward_ms, 2);
  EXPECT_EQ(t["1"].backward_ms, 0);
  EXPECT_NEAR(t["0"].backward_ms, t["0.0"].backward_ms + t["0.1"].backward_ms, 1e-9);
  EXPECT_GE(t["0"].forward_ms, t["0.0"].forward_ms + t["0.1"].forward_ms);
  double share = 0;
  for (const auto& r : t.rows) share += r.share;
  EXPECT_NEAR(share, 1, 1e-9);
  std::ostringstream text;
  text << t;
  EXPECT_TRUE(contains(text.str(), "│  └─ 1"));
  EXPECT_TRUE(contains(text.str(), "backward ms"));
}

TEST(Timing, BackwardOfTheFirstLayerCountsThoughItsInputNeedsNoGradient) {
  nn::Sequential model(nn::Linear(64, 64), nn::Linear(64, 1));
  model->ptr(0)->as<nn::Linear>()->weight.mutable_grad() = ones({64, 64});
  const auto t = time_modules(model, 2, randn({256, 64}));
  EXPECT_GT(t["0"].backward_ms, 0);
  EXPECT_GT(t["1"].backward_ms, 0);
  EXPECT_EQ(model->parameters()[0].grad().sum().item<float>(), 64 * 64) << "gradients are as before";
  EXPECT_FALSE(model->parameters()[1].grad().defined());
}

TEST(Timing, AroundATrainingLoop) {
  nn::Sequential model(nn::Linear(8, 8), nn::Tanh{});
  nn::ModuleTimer timer(*model);
  const Tensor x = randn({4, 8});
  for (int i = 0; i < 5; ++i) model(x).sum().backward();
  EXPECT_THROW(model(randn({4, 9})), Error);
  model(x).sum().backward();
  EXPECT_EQ(timer.times()["0"].calls, 6);
  EXPECT_EQ(timer.times().runs, 6);
  timer.reset();
  model(x);
  EXPECT_EQ(timer.times()[""].calls, 1);
  EXPECT_EQ(timer.times().backward_ms, 0);
}

}  // namespace
}  // namespace wick::test
