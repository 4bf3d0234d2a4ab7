// Looking inside models: activations, gradients, units, attention, attribution, pictures. Golden numbers are PyTorch's (tests/golden/inside.py).
#include <cmath>
#include <filesystem>
#include <map>

#include <gtest/gtest.h>
#include <wick/autograd.h>
#include <wick/debug/attribution.h>
#include <wick/debug/flow.h>
#include <wick/debug/pictures.h>
#include <wick/debug/recorder.h>
#include <wick/io/files.h>
#include <wick/nn.h>
#include <wick/ops.h>
#include <wick/optim.h>

#include "temp.h"

using namespace wick;

namespace {

const std::map<std::string, Tensor>& golden() {
  static const auto all = [] {
    std::map<std::string, Tensor> m;
    for (const auto& [name, t] : io::load_npz(std::string(WICK_GOLDEN) + "/debug/inside.npz")) m[name] = t;
    return m;
  }();
  return all;
}
void load(nn::Module& module, const std::string& prefix) {
  std::vector<std::pair<std::string, Tensor>> state;
  for (const auto& [name, t] : golden())
    if (name.rfind(prefix + ".", 0) == 0 && name != prefix + ".flow" && name != prefix + ".cells") state.emplace_back(name.substr(prefix.size() + 1), t);
  module.load_state_dict(state);
}
nn::Sequential small_net() {
  nn::Sequential net(nn::Conv2d(nn::Conv2dOptions(1, 4, 3).padding(1)), nn::ReLU(nn::ReLUOptions(true)), nn::Conv2d(4, 3, 3), nn::Tanh(), nn::Flatten(), nn::Linear(108, 5));
  net->to(kDouble);
  load(*net, "net");
  return net;
}
void expect_close(const Tensor& a, const Tensor& b, double tolerance = 1e-10) {
  ASSERT_EQ(a.sizes(), b.sizes());
  EXPECT_LT((a - b).abs().max().item<double>(), tolerance);
}
Tensor targets() { return tensor({int64_t{3}, int64_t{1}}, TensorOptions(kLong)); }

// A module of one's own, with a layer that is called twice and a result of two tensors.
struct TwiceImpl : nn::Module {
  nn::Linear fc{reg("fc", nn::Linear(3, 3))};
  std::tuple<Tensor, Tensor> forward(const Tensor& x) {
    const Tensor y = fc(x);
    return {fc(y.relu()), y};
  }
};
WICK_MODULE(Twice);

}  // namespace

TEST(Statistics, Numbers) {
  const Tensor x = tensor({1.0, 0.0, -2.0, std::nan(""), 5.0}, TensorOptions(kDouble));
  const auto s = debug::statistics(x, 7);
  EXPECT_EQ(s.count, 5);
  EXPECT_EQ(s.nans, 1);
  EXPECT_DOUBLE_EQ(s.mean, 1);
  EXPECT_DOUBLE_EQ(s.std, std::sqrt(26. / 4));
  EXPECT_DOUBLE_EQ(s.min, -2);
  EXPECT_DOUBLE_EQ(s.max, 5);
  EXPECT_DOUBLE_EQ(s.zeros, 0.25);
  EXPECT_TRUE(equal(s.histogram, tensor({int64_t{1}, int64_t{0}, int64_t{1}, int64_t{1}, int64_t{0}, int64_t{0}, int64_t{1}}, TensorOptions(kLong))));
  EXPECT_EQ(debug::statistics(full({3}, std::nan(""), kFloat), 2).nans, 3);
  EXPECT_EQ(debug::statistics(zeros({0, 2}), 2).count, 0);
  EXPECT_EQ(debug::statistics(tensor({1, 2, 2}, TensorOptions(kInt))).max, 2);
  EXPECT_THROW(debug::statistics({}), ValueError);
}

TEST(ActivationRecorder, ValuesAndGradients) {
  auto net = small_net();
  const Tensor x = golden().at("x");
  Tensor conv_out;
  {
    debug::ActivationRecorder seen(net, {"0", "2"}, debug::RecorderOptions().bins(4));
    EXPECT_EQ(seen.paths(), (std::vector<std::string>{"0", "2"}));
    EXPECT_THROW(seen.value("0"), Error);
    EXPECT_THROW(seen.value("1"), ValueError);
    const Tensor y = net->forward(x);
    net->zero_grad();
    y.sum().backward();
    // The ReLU behind it works in place; the record is of before.
    conv_out = conv2d(x, net->parameters()[0], net->parameters()[1], 1, 1);
    expect_close(seen.value("0"), conv_out.detach());
    Tensor mid = conv_out.detach().requires_grad_();
    Tensor rest = mid.clone();
    for (int i = 1; i < 6; ++i) rest = net[i]->as<nn::Linear>() ? net[i]->as<nn::Linear>()->forward(rest) : i == 1 ? rest.relu() : i == 2 ? net[i]->as<nn::Conv2d>()->forward(rest) : i == 3 ? rest.tanh() : rest.flatten(1);
    rest.sum().backward();
    expect_close(seen.gradient("0"), mid.grad());
    EXPECT_NE(seen.table().find("2.grad"), std::string::npos);
    EXPECT_NE(seen.csv().find("0,0,0,gradient,512,"), std::string::npos);
    EXPECT_EQ(seen.records().at(0).value_statistics.histogram.sum().item<int64_t>(), 512);
    const test::TempDir dir;
    seen.save(dir / "seen.npz");
    const auto file = io::load_npz(dir / "seen.npz");
    ASSERT_EQ(file.size(), 4u);
    EXPECT_EQ(file[1].first, "0.grad");
    EXPECT_TRUE(equal(file[1].second, seen.gradient("0")));
    seen.clear();
    EXPECT_TRUE(seen.records().empty());
  }
  EXPECT_NO_THROW(net->forward(x));
}

TEST(ActivationRecorder, CustomModulesCallsAndOutputs) {
  Twice m;
  auto all = std::make_unique<debug::ActivationRecorder>(m, std::vector<std::string>{"", "fc"}, debug::RecorderOptions().keep(0));
  const auto [a, b] = m(randn({2, 3}));
  (a.sum() + b.sum()).backward();
  const auto records = all->records();
  ASSERT_EQ(records.size(), 4u);  // fc twice, then two results
  EXPECT_EQ(records[1].path, "fc");
  EXPECT_EQ(records[1].call, 1);
  EXPECT_EQ(records[3].path, "");
  EXPECT_EQ(records[3].output, 1);
  EXPECT_TRUE(equal(records[0].value, records[3].value));
  EXPECT_TRUE(equal(records[1].gradient, ones({2, 3})));
  // Gradients that come when the recorder is gone go nowhere.
  const auto again = m(randn({2, 3}));
  all.reset();
  EXPECT_NO_THROW(std::get<0>(again).sum().backward());
  debug::ActivationRecorder last(m, {"fc"}, debug::RecorderOptions().values(false));
  m(randn({2, 3}));
  ASSERT_EQ(last.records().size(), 1u);
  EXPECT_EQ(last.records()[0].call, 1);
  EXPECT_FALSE(last.records()[0].value.defined());
  EXPECT_EQ(last.records()[0].value_statistics.count, 6);
  try {
    debug::ActivationRecorder none(m, {"gc"});
    FAIL();
  } catch (const ValueError& e) { EXPECT_NE(std::string(e.what()).find("'fc'"), std::string::npos); }
}

TEST(UnitActivity, DeadAndSaturated) {
  nn::Sequential net(nn::Linear(2, 3), nn::ReLU(), nn::Linear(3, 2), nn::Tanh(), nn::Linear(2, 2), nn::Sigmoid());
  {
    const NoGradGuard off;
    for (auto& p : net->parameters()) p.zero_();
    net->parameters()[1].copy_(tensor({-1.f, 1.f, 2.f}));
    net->parameters()[3].copy_(tensor({9.f, 0.1f}));
    net->parameters()[5].copy_(tensor({0.f, -9.f}));
  }
  auto all = std::make_unique<debug::UnitActivity>(net);
  const auto& units = *all;
  EXPECT_TRUE(units.layers().empty());
  net->forward(randn({4, 2}));
  net->forward(randn({6, 2}));
  const auto layers = units.layers();
  ASSERT_EQ(layers.size(), 3u);
  EXPECT_EQ(layers[0].dead_units, std::vector<int64_t>{0});
  EXPECT_EQ(layers[1].saturated_units, std::vector<int64_t>{0});
  EXPECT_EQ(layers[2].saturated_units, std::vector<int64_t>{1});
  EXPECT_EQ(layers[0].active[1].item<double>(), 1);
  EXPECT_NE(units.table().find("Sigmoid"), std::string::npos);
  EXPECT_NE(units.csv().find("1,ReLU,0,0,0\n"), std::string::npos);
  EXPECT_THROW(net->forward(randn({4, 5, 2})), ValueError);  // 5 units where there were 3
  all.reset();
  // Sequences: the units come last.
  debug::UnitActivity last(net, {"1"}, debug::UnitActivityOptions().dim(-1));
  net->forward(randn({4, 5, 2}));
  EXPECT_EQ(last.layers().at(0).dead_units, std::vector<int64_t>{0});
  EXPECT_EQ(last.layers()[0].active.size(0), 3);
  nn::Linear bare(2, 2);
  EXPECT_THROW(debug::UnitActivity none(bare), ValueError);
}

TEST(AttentionRecorder, WeightsOfEachHead) {
  nn::TransformerEncoderLayer layer(nn::TransformerEncoderLayerOptions(8, 2).dropout(0.3).batch_first(true));
  const Tensor x = randn({3, 5, 8}), mask = ones({5, 5}).triu(1).to(kBool);
  debug::AttentionRecorder seen(layer);
  ASSERT_EQ(seen.paths(), std::vector<std::string>{"self_attn"});
  EXPECT_THROW(seen.weights("self_attn"), Error);
  manual_seed(1);
  const Tensor with = layer(x, mask);
  const Tensor w = seen.weights("self_attn");
  ASSERT_EQ(w.sizes(), (std::vector<int64_t>{3, 2, 5, 5}));
  EXPECT_LT((w.sum(-1) - 1).abs().max().item<double>(), 1e-5);
  EXPECT_EQ(w.triu(1).abs().max().item<double>(), 0);
  EXPECT_TRUE(layer->self_attn->is_training());
  layer->self_attn->eval();
  expect_close(w, std::get<1>(layer->self_attn->forward(x, x, x, {}, true, mask, false)).detach(), 1e-6);
  // The model computes what it would without the recorder.
  layer->train();
  manual_seed(1);
  EXPECT_TRUE(equal(with, layer->forward(x, mask)));
  EXPECT_EQ(debug::attention_maps(w[0]).size(0), 3);
}

TEST(Attribution, PyTorchsNumbers) {
  auto net = small_net();
  const auto scores = [&](const Tensor& x) { return net->forward(x); };
  const Tensor x = golden().at("x");
  expect_close(debug::saliency(scores, x, targets()), golden().at("saliency"));
  const Tensor base = full({1}, 0.2, kDouble);
  const Tensor ig = debug::integrated_gradients(scores, x, targets(), base, 20);
  expect_close(ig, golden().at("integrated"));
  // Their sum is the difference of the scores.
  const Tensor fine = debug::integrated_gradients(scores, x, targets(), base, 400);
  const Tensor difference = (scores(x) - scores(base.expand_as(x))).detach().gather(1, targets().unsqueeze(1)).squeeze(1);
  expect_close(fine.sum({1, 2, 3}), difference, 1e-4);
  expect_close(debug::grad_cam(*net, "2", scores, x, targets()), golden().at("cam"));
  expect_close(debug::grad_cam(net, "2", x, targets()), golden().at("cam"));
  EXPECT_FALSE(net->parameters()[0].grad().defined());
  // In front of a ReLU that works in place, too.
  EXPECT_EQ(debug::grad_cam(*net, "0", scores, x, targets()).sizes(), (std::vector<int64_t>{2, 8, 8}));
  // Without noise it is the gradient.
  expect_close(debug::smooth_grad(scores, x, targets(), debug::SmoothGradOptions().samples(2).noise(0)), golden().at("saliency"));
  EXPECT_GT((debug::smooth_grad(scores, x, targets()) - golden().at("saliency")).abs().max().item<double>(), 1e-4);
}

TEST(Attribution, Errors) {
  auto net = small_net();
  const auto scores = [&](const Tensor& x) { return net->forward(x); };
  const Tensor x = golden().at("x");
  EXPECT_THROW(debug::saliency(scores, x, 5), ValueError);
  EXPECT_THROW(debug::saliency(scores, x, -1), ValueError);
  EXPECT_THROW(debug::saliency([](const Tensor& v) { return zeros({v.size(0), 5}); }, x, 1), ValueError);
  EXPECT_THROW(debug::integrated_gradients(scores, x, targets(), {}, 0), ValueError);
  EXPECT_THROW(debug::grad_cam(*net, "5", scores, x, targets()), ValueError);
  EXPECT_THROW(debug::grad_cam(*net, "9", scores, x, targets()), Error);
  const nn::Conv2d lone(1, 1, 1);
  nn::Sequential holder(lone);
  EXPECT_THROW(debug::grad_cam(*holder, "0", scores, x, targets()), Error);  // never called
}

TEST(Attribution, Maximise) {
  // The best input of a linear unit: high where its weight is positive.
  const Tensor w = tensor({1.f, -1.f, 2.f, -0.5f}).reshape({1, 1, 2, 2});
  const Tensor best = debug::maximise([&](const Tensor& x) { return (x * w).sum(); }, full({1, 1, 2, 2}, 0.5), debug::MaximiseOptions().jitter(0).decay(0));
  EXPECT_TRUE(equal(best, w.gt(0).to(kFloat)));
  auto net = small_net();
  const auto scores = [&](const Tensor& x) { return net->forward(x); };
  const Tensor start = full({1, 1, 8, 8}, 0.5, kDouble);
  const auto mean_of = [&](const Tensor& x) {
    debug::ActivationRecorder seen(net, {"2"});
    net->forward(x);
    return seen.value("2").select(1, 1).mean().item<double>();
  };
  EXPECT_GT(mean_of(debug::maximise(*net, "2", 1, scores, start, debug::MaximiseOptions().jitter(0).decay(0).lr(0.02))), mean_of(start) + 0.02);
  EXPECT_LE(debug::maximise(*net, "2", 1, scores, start).max().item<double>(), 1);
  EXPECT_THROW(debug::maximise(*net, "2", 3, scores, start), IndexError);
}

TEST(GradientFlow, NormsAndRatios) {
  nn::Linear fc(2, 1);
  {
    const NoGradGuard off;
    fc->weight.copy_(tensor({{3.f, 4.f}}));
    fc->bias.zero_();
  }
  optim::SGD sgd(fc->parameters(), 0.1);
  debug::GradientFlow flow(fc);
  EXPECT_THROW(flow.after_step(), Error);
  for (int i = 0; i < 2; ++i) {
    sgd.zero_grad();
    fc(tensor({{6.f, 8.f}})).sum().backward();
    flow.after_backward();
    sgd.step();
    flow.after_step();
  }
  EXPECT_EQ(flow.names(), (std::vector<std::string>{"weight", "bias"}));
  ASSERT_EQ(flow.gradient_norms().sizes(), (std::vector<int64_t>{2, 2}));
  EXPECT_NEAR(flow.gradient_norms()[0][0].item<double>(), 10, 1e-6);
  EXPECT_NEAR(flow.weight_norms()[0][0].item<double>(), 5, 1e-6);
  EXPECT_NEAR(flow.update_ratios()[0][0].item<double>(), 0.2, 1e-6);
  EXPECT_TRUE(std::isnan(flow.update_ratios()[0][1].item<double>()));  // the bias was 0
  EXPECT_NEAR(flow.update_ratios()[1][1].item<double>(), 1, 1e-6);
  EXPECT_NE(flow.csv().find("0,weight,10,5,0.2\n"), std::string::npos);
  EXPECT_NE(flow.table().find("bias"), std::string::npos);
  EXPECT_THROW(debug::GradientFlow none(fc, {"scale"}), ValueError);
  // 3 and 4 less 0.6 and 0.8 in each of two steps.
  const auto all = flow.distributions(4);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "weight");
  EXPECT_NEAR(all[0].weights.min, 1.8, 1e-6);
  EXPECT_NEAR(all[0].gradients.max, 8, 1e-6);
  EXPECT_NEAR(all[0].changes.min, -0.8, 1e-6);
  EXPECT_NEAR(all[0].ratios.mean, std::log10(0.25), 1e-6);
  EXPECT_EQ(all[0].ratios.histogram.sum().item<int64_t>(), 2);
  flow.after_backward();
  EXPECT_THROW(flow.distributions(), Error);
  EXPECT_THROW(debug::GradientFlow(fc).distributions(), Error);
}

TEST(TimeFlow, PyTorchsNumbers) {
  const Tensor s = golden().at("series");
  const auto loss = [](const Tensor& out) { return out[-1].square().sum(); };
  nn::RNN rnn(nn::RNNOptions(3, 4).num_layers(2));
  nn::LSTM lstm(nn::LSTMOptions(3, 4).num_layers(2));
  nn::GRU gru(nn::GRUOptions(3, 4).num_layers(2));
  const auto check = [&](auto& layer, const std::string& name) {
    layer->to(kDouble);
    load(*layer, name);
    const auto flow = debug::time_flow(layer, s, loss);
    expect_close(flow.hidden, golden().at(name + ".flow"));
    expect_close(flow.output, std::get<0>(layer->forward(s)).detach());
    EXPECT_EQ(flow.cell.defined(), name == "lstm");
    if (name == "lstm") expect_close(flow.cell, golden().at("lstm.cells"));
    EXPECT_FALSE(layer->parameters()[0].grad().defined());
  };
  check(rnn, "rnn");
  check(lstm, "lstm");
  check(gru, "gru");
}

TEST(TimeFlow, DirectionsAndOwnCells) {
  nn::GRU gru(nn::GRUOptions(3, 4).bidirectional(true).batch_first(true).bias(false));
  const Tensor x = randn({2, 6, 3});
  const auto flow = debug::time_flow(gru, x, [](const Tensor& out) { return out.select(1, 2).sum(); });
  expect_close(flow.output, std::get<0>(gru->forward(x)).detach(), 1e-5);
  ASSERT_EQ(flow.hidden.sizes(), (std::vector<int64_t>{2, 6}));
  // Forward, what comes later plays no part; backward, what comes before.
  EXPECT_EQ(flow.hidden[0][3].item<double>(), 0);
  EXPECT_GT(flow.hidden[0][0].item<double>(), 0);
  EXPECT_EQ(flow.hidden[1][1].item<double>(), 0);
  EXPECT_GT(flow.hidden[1][5].item<double>(), 0);
  EXPECT_THROW(debug::time_flow(gru, x[0], [](const Tensor& out) { return out.sum(); }), ValueError);
  EXPECT_THROW(debug::time_flow(gru, x, [](const Tensor&) { return ones({1}); }), ValueError);

  // h <- h / 2: each step back halves the gradient.
  debug::TimeGradients through;
  Tensor h = ones({1, 4});
  for (int t = 0; t < 5; ++t) h = through.track(h * 0.5);
  h.sum().backward();
  const Tensor norms = through.norms();
  for (int t = 0; t < 5; ++t) EXPECT_NEAR(norms[t].item<double>(), 2 * std::pow(0.5, 4 - t), 1e-6);
  EXPECT_EQ(through.gradients().sizes(), (std::vector<int64_t>{5, 1, 4}));
}
