// What learns, how fast and from when on; features and heads.
#include <wick/adapt.h>
#include <wick/data.h>
#include <wick/models.h>
#include <wick/optim.h>
#include <wick/train.h>

#include "support.h"
#include "temp.h"

namespace wick::test {
namespace {

TEST(Patterns, FitPathsOrWhatFollowsADot) {
  for (const char* p : {"layer1.0.conv2", "conv2", "0.conv2", "layer1*", "*", "layer1.*.conv2", "c*2", "*conv*"}) EXPECT_TRUE(adapt::matches("layer1.0.conv2", p)) << p;
  for (const char* p : {"layer1", "0", "onv2", "conv", "layer1.0.conv2.*", "", "conv2*x", "layer2*"}) EXPECT_FALSE(adapt::matches("layer1.0.conv2", p)) << p;
  // No time that grows like a power.
  EXPECT_FALSE(adapt::matches(std::string(2000, 'a'), "*a*a*a*a*a*a*a*a*a*a*b"));
}

std::vector<std::string> names(const std::vector<adapt::Stage>& stages) {
  std::vector<std::string> r;
  for (const auto& s : stages) {
    std::string all;
    for (const auto& m : s.modules) all += (all.empty() ? "" : " ") + m;
    for (const auto& p : s.parameters) all += " +" + p;
    r.push_back(all);
  }
  return r;
}

TEST(Stages, OfPublishedModels) {
  EXPECT_EQ(names(adapt::stages(models::create("resnet18"))), (std::vector<std::string>{"conv1 bn1", "layer1", "layer2", "layer3", "layer4.0", "layer4.1", "fc"}));
  EXPECT_EQ(names(adapt::stages(models::create("resnet20"))), (std::vector<std::string>{"conv1 bn1", "layer1", "layer2", "layer3.0", "layer3.1", "layer3.2", "linear"}));
  const auto vit = names(adapt::stages(models::create("vit_b_32", models::ModelOptions().init_weights(false))));
  ASSERT_EQ(vit.size(), 14u);
  EXPECT_EQ(vit[0], "conv_proj +class_token +encoder.pos_embedding");
  EXPECT_EQ(vit[1], "encoder.layers.encoder_layer_0");
  EXPECT_EQ(vit[12], "encoder.layers.encoder_layer_11 encoder.ln");
  // Everything is in one stage, once.
  const auto net = models::create("vit_b_32", models::ModelOptions().init_weights(false));
  size_t count = 0;
  for (const auto& s : adapt::stages(net)) count += adapt::parameters(*net, s).size();
  EXPECT_EQ(count, net->parameters().size());
  EXPECT_EQ(names(adapt::stages(nn::Sequential(nn::Linear(2, 8), nn::ReLU(), nn::Linear(8, 1)))), (std::vector<std::string>{"0", "2"}));
}

struct TinyImpl : nn::Cloneable<TinyImpl> {
  TinyImpl() { reset(); }
  void reset() override {
    body = register_module("body", nn::Sequential(nn::Linear(3, 6), nn::BatchNorm1d(6), nn::ReLU(), nn::Linear(6, 4)));
    head = register_module("head", nn::Linear(4, 2));
  }
  Tensor forward(const Tensor& x) { return head(body(x).relu()); }
  nn::Sequential body{nullptr};
  nn::Linear head{nullptr};
};
WICK_MODULE(Tiny);

TEST(Finetune, FreezesByPattern) {
  manual_seed(1);
  Tiny net;
  EXPECT_EQ(adapt::freeze(*net, {"body.0", "body.1"}), (std::vector<std::string>{"body.0", "body.1"}));
  net->train();
  const Tensor mean = net->named_buffers()["body.1.running_mean"].clone();
  net(randn({8, 3})).sum().backward();
  EXPECT_TRUE(equal(net->named_buffers()["body.1.running_mean"], mean));
  EXPECT_FALSE(net->named_parameters()["body.0.weight"].grad().defined());
  EXPECT_TRUE(net->named_parameters()["body.3.weight"].grad().defined());
  adapt::unfreeze(*net, {"body*"});
  EXPECT_TRUE(net->named_parameters()["body.0.weight"].requires_grad());
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::freeze(*net, {"head", "tail"}); }), "freeze: no module matches 'tail'; the model's parts are body, head"));
  EXPECT_TRUE(net->head->weight.requires_grad());
}

TEST(Finetune, RatesByDepthGoThroughSchedules) {
  manual_seed(2);
  Tiny net;
  // body has more than half of the parameters: body.0 with body.1, body.3, head.
  optim::SGD optimizer(adapt::layer_wise_groups(net, optim::SGDOptions(0.8).momentum(0.9), 0.5));
  ASSERT_EQ(optimizer.param_groups().size(), 3u);
  const auto rate = [&](size_t i) { return optimizer.param_groups()[i].options().get_lr(); };
  EXPECT_DOUBLE_EQ(rate(0), 0.2);
  EXPECT_DOUBLE_EQ(rate(2), 0.8);
  EXPECT_EQ(optimizer.param_groups()[0].params().size(), 4u);
  EXPECT_EQ(static_cast<optim::SGDOptions&>(optimizer.param_groups()[0].options()).momentum(), 0.9);
  optim::CosineAnnealingLR cosine(optimizer, 10);
  for (int i = 0; i < 5; ++i) cosine.step();
  EXPECT_NEAR(rate(0), 0.1, 1e-12);
  EXPECT_NEAR(rate(2), 0.4, 1e-12);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::layer_wise_groups(net, optim::SGDOptions(0.1), 1.5); }), "decay must be in (0, 1], got 1.5"));
}

TEST(Finetune, SlantedTriangles) {
  const auto f = adapt::slanted_triangles(2, 20, 4, 6);
  ASSERT_EQ(f.size(), 2u);
  EXPECT_DOUBLE_EQ(f[1](0), 0.2);  // the head begins at once
  EXPECT_DOUBLE_EQ(f[1](4), 1);
  EXPECT_DOUBLE_EQ(f[1](12), 0.5);
  EXPECT_DOUBLE_EQ(f[1](20), 0);
  EXPECT_DOUBLE_EQ(f[0](5), 0);
  EXPECT_DOUBLE_EQ(f[0](6), 0.2);
  EXPECT_DOUBLE_EQ(f[0](10), 1);
  Tiny net;
  optim::SGD optimizer(adapt::layer_wise_groups(*net, optim::SGDOptions(1.0), 1, {{{"body"}, {}}, {{"head"}, {}}}));
  optim::LambdaLR schedule(optimizer, f);
  EXPECT_DOUBLE_EQ(optimizer.param_groups()[0].options().get_lr(), 0);
  EXPECT_DOUBLE_EQ(optimizer.param_groups()[1].options().get_lr(), 0.2);
  EXPECT_TRUE(contains(error_of<ValueError>([] { adapt::slanted_triangles(3, 10, 4, 3); }), "do not fit in 10 steps"));
}

struct Points : data::datasets::Dataset<Points> {
  Points() : x(randn({40, 3})) {}
  data::Example<> get(size_t i) override { return {x[static_cast<int64_t>(i)], full({}, static_cast<int64_t>(x[static_cast<int64_t>(i)][0].item<float>() > 0), kLong)}; }
  std::optional<size_t> size() const override { return 40; }
  Tensor x;
};

struct Fit : train::Trainer<> {
  Tiny net;
  std::vector<int> learn;  // stages, by epoch
  Fit(Tiny n, optim::Optimizer& o, int64_t epochs) : Trainer(*n, o, train::TrainerOptions().epochs(epochs)), net(n) {}
  Tensor training_step(data::Example<>& b) override {
    if (static_cast<int64_t>(learn.size()) == epoch()) learn.push_back(net->head->weight.requires_grad() + net->body->ptr(3)->parameters()[0].requires_grad() + net->body->ptr(0)->parameters()[0].requires_grad());
    return nn::functional::cross_entropy(net(b.data), b.target);
  }
};

TEST(Finetune, UnfreezesGradually) {
  manual_seed(3);
  Tiny net;
  const Tensor first = net->named_parameters()["body.0.weight"].detach().clone();
  optim::SGD optimizer(adapt::layer_wise_groups(net, optim::SGDOptions(0.1), 0.5));
  auto loader = data::make_data_loader(Points().map(data::transforms::Stack<>()), data::DataLoaderOptions(10));
  auto unfreezing = std::make_shared<adapt::GradualUnfreezing>(*net, adapt::stages(net), 2);
  Fit fit(net, optimizer, 4);
  fit.add(unfreezing);
  fit.fit(*loader);
  EXPECT_TRUE(equal(net->named_parameters()["body.0.weight"], first));
  fit.options().epochs(7);
  fit.fit(*loader);  // goes on where it was
  EXPECT_EQ(fit.learn, (std::vector<int>{1, 1, 2, 2, 3, 3, 3}));
  EXPECT_FALSE(equal(net->named_parameters()["body.0.weight"], first));
  EXPECT_EQ(unfreezing->active(100), 3u);
}

TEST(Finetune, DistanceFromTheStart) {
  manual_seed(4);
  Tiny net;
  const adapt::L2SP penalty(*net, 0.5, {"head"}, 0.25);
  const double head = net->head->weight.pow(2).sum().item<double>() + net->head->bias.pow(2).sum().item<double>();
  EXPECT_NEAR(penalty().item<double>(), 0.125 * head, 1e-6);
  NoGradGuard off;
  net->named_parameters()["body.3.bias"].add_(1);
  EXPECT_NEAR(penalty().item<double>(), 0.125 * head + 0.25 * 4, 1e-6);
}

// --- Features --------------------------------------------------------------------------------------------------------

struct Warnings {
  Warnings() : before(set_warning_handler([this](const std::string& w) { all.push_back(w); })) {}
  ~Warnings() { set_warning_handler(before); }
  std::vector<std::string> all;
  std::function<void(const std::string&)> before;
};

struct Pictures : data::datasets::Dataset<Pictures> {
  data::Example<> get(size_t i) override {
    ++reads;
    return {x[static_cast<int64_t>(i)] * factor, full({}, static_cast<int64_t>(i % 3), kLong)};
  }
  std::optional<size_t> size() const override { return 10; }
  Tensor x = randn({10, 1, 6, 6});
  double factor = 1;
  int reads = 0;
};

nn::Sequential picture_net() { return nn::Sequential(nn::Conv2d(1, 4, 3), nn::BatchNorm2d(4), nn::ReLU(), nn::AdaptiveAvgPool2d(1), nn::Flatten(), nn::Dropout(0.5), nn::Linear(4, 3)); }

TEST(Features, AreThoseOfTheModule) {
  manual_seed(5);
  nn::Sequential net = picture_net();
  Pictures data;
  const adapt::Features whole = adapt::extract_features(net, data, adapt::FeatureOptions().batch_size(3)), maps = adapt::extract_features(net, data, adapt::FeatureOptions().path("2"));
  EXPECT_TRUE(net->is_training());
  net->eval();
  EXPECT_TRUE(allclose(whole.x, net(data.x), 1e-5, 1e-6));
  EXPECT_EQ(maps.x.sizes().vec(), (std::vector<int64_t>{10, 4}));
  EXPECT_TRUE(allclose(maps.x, net->at<nn::BatchNorm2dImpl>(1).forward(net->at<nn::Conv2dImpl>(0).forward(data.x)).relu().mean(IntArrayRef({2, 3})), 1e-5, 1e-6));
  EXPECT_EQ(whole.y[4].item<int64_t>(), 1);
  EXPECT_FALSE(whole.x.requires_grad());
  EXPECT_THROW(adapt::extract_features(net, data, adapt::FeatureOptions().path("nowhere")), Error);
}

TEST(Features, AreComputedOnceAndAnewWhenAnythingChanged) {
  manual_seed(6);
  TempDir dir;
  nn::Sequential net = picture_net();
  Pictures data;
  const std::string file = dir / "pictures.txt";
  write_file(file, "one");
  auto options = adapt::FeatureOptions().cache(dir / "cache").preprocessing("size 6").files({file});
  const auto get = [&] { return adapt::extract_features(net, data, options); };
  const adapt::Features first = get();
  EXPECT_FALSE(first.cached);
  data.reads = 0;
  const adapt::Features second = get();
  EXPECT_TRUE(second.cached);
  EXPECT_LT(data.reads, 6);
  EXPECT_TRUE(equal(first.x, second.x));
  EXPECT_TRUE(equal(first.y, second.y));

  const auto changed = [&](const char* what) {
    EXPECT_FALSE(get().cached) << what;
    EXPECT_TRUE(get().cached) << what;
  };
  options.preprocessing("size 7");
  changed("preprocessing");
  options.path("2");
  changed("path");
  write_file(file, "two and more");
  changed("file");
  { NoGradGuard off; net->named_parameters()["6.bias"].add_(1e-6); }
  changed("weights");
  { NoGradGuard off; net->named_buffers()["1.running_var"].add_(1e-3); }
  changed("statistics");
  data.factor = 1.01;
  changed("a transform that nobody named");
}

TEST(Features, DamagedFilesAreMadeAnew) {
  manual_seed(7);
  TempDir dir;
  nn::Sequential net = picture_net();
  Pictures data;
  const auto get = [&] { return adapt::extract_features(net, data, adapt::FeatureOptions().cache(dir.path())); };
  const adapt::Features first = get();
  const std::string whole = read_file(first.file);
  const auto damaged = [&](const std::string& bytes) {
    write_file(first.file, bytes);
    Warnings warnings;
    const adapt::Features f = get();
    EXPECT_FALSE(f.cached);
    EXPECT_TRUE(equal(f.x, first.x));
    ASSERT_EQ(warnings.all.size(), 1u);
    EXPECT_TRUE(contains(warnings.all[0], first.file));
    EXPECT_EQ(read_file(first.file), whole);
  };
  for (size_t cut = 0; cut < whole.size(); cut += 61) damaged(whole.substr(0, cut));
  std::string flipped = whole;
  flipped[whole.size() - 100] ^= 1;
  damaged(flipped);
  io::save_safetensors(dir / "other", {{"x", ones({10, 3})}, {"y", zeros({10}, kLong)}}, {{"key", "of something else"}});
  damaged(read_file(dir / "other"));
}

TEST(Heads, LinearFindsTheClasses) {
  manual_seed(8);
  // Three clouds on very different scales.
  const Tensor centres = tensor({{0.0, 0.0, 1000.0}, {3.0, 0.0, 1000.0}, {0.0, 3.0, 1000.0}});
  const Tensor y = arange(90, kLong).remainder(3), x = (centres.index_select(0, y) + randn({90, 3})) * tensor({1.0, 100.0, 1.0});
  const Tensor test_y = arange(300, kLong).remainder(3), test_x = (centres.index_select(0, test_y) + randn({300, 3})) * tensor({1.0, 100.0, 1.0});
  adapt::LinearHead head = adapt::fit_linear(x, y, 3);
  const double right = head.layer(test_x).argmax(1).eq(test_y).to(kFloat).mean().item<double>();
  EXPECT_GT(right, 0.85);
  EXPECT_NEAR(head.accuracy, right, 0.1);
  // The gradient of the loss with its decay is zero: a minimum, as the definition has it.
  const auto one = adapt::fit_linear(x, y, 3, adapt::LinearOptions().weight_decays({0.01}).max_iter(500));
  const Tensor mean = x.mean(IntArrayRef({0})), scale = (x - mean).pow(2).mean(IntArrayRef({0})).sqrt();
  Tensor w = (one.layer->weight.detach() * scale).to(kDouble).requires_grad_(true);
  const Tensor z = ((x - mean) / scale).to(kDouble), b = (one.layer->bias + one.layer->weight.matmul(mean)).detach().to(kDouble);
  (cross_entropy_loss(z.matmul(w.t()) + b, y) + w.pow(2).sum() * 0.005).backward();
  EXPECT_LT(w.grad().abs().max().item<double>(), 1e-3);
  // The best decay by validation: with labels that are noise, the strongest.
  const auto noise = adapt::fit_linear(randn({30, 40}), arange(30, kLong).remainder(2), 2, adapt::LinearOptions().weight_decays({1e-4, 10}), randn({400, 40}), arange(400, kLong).remainder(2));
  EXPECT_LT(noise.accuracy, 0.65);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::fit_linear(x, y, 2); }), "classes must be int64 from 0 to 1"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::fit_linear(x, y.slice(0, 0, 5), 3); }), "got [90, 3] and [5]"));
}

TEST(Heads, BalancedClassesWeighTheSame) {
  manual_seed(9);
  const Tensor y = cat({zeros({95}, kLong), ones({5}, kLong)}), x = randn({100, 1}) + y.to(kFloat).unsqueeze(1);
  const auto share = [&](bool balanced) { return adapt::fit_linear(x, y, 2, adapt::LinearOptions().balanced(balanced)).layer->forward(randn({1000, 1}) + 1).argmax(1).to(kFloat).mean().item<double>(); };
  EXPECT_GT(share(true), share(false) + 0.2);
}

TEST(Heads, NeighboursVoteByCosine) {
  const Tensor x = tensor({{1.0, 0.0}, {0.0, 5.0}, {0.1, 1.0}, {-1.0, 0.0}}), y = tensor({0, 1, 1, 2}, kLong);
  const adapt::KnnHead nearest(x, y, 3, 1), three(x, y, 3, 3);
  EXPECT_TRUE(equal(nearest(tensor({{100.0, 1.0}, {0.0, 0.1}, {-2.0, 0.5}})).argmax(1), tensor({0, 1, 2}, kLong)));
  const Tensor votes = three(tensor({{1.0, 1.0}}));
  EXPECT_NEAR(votes.sum().item<double>(), 1, 1e-6);
  EXPECT_EQ(votes.argmax(1).item<int64_t>(), 1);  // two against one
  EXPECT_EQ(nearest(empty({0, 2})).sizes().vec(), (std::vector<int64_t>{0, 3}));
  EXPECT_TRUE(three(zeros({1, 2})).isfinite().all().item<bool>());
  EXPECT_TRUE(contains(error_of<ValueError>([&] { adapt::KnnHead(x, y, 3, 5); }), "k must be from 1 to the number of examples, 4, got 5"));
}

}  // namespace
}  // namespace wick::test
