// Landscapes, embeddings, calibration, and the pictures of all that.
#include <cmath>
#include <map>

#include <gtest/gtest.h>
#include <wick/data/digits.h>
#include <wick/debug/pictures.h>
#include <wick/debug/space.h>
#include <wick/io/files.h>
#include <wick/nn.h>
#include <wick/ops.h>

using namespace wick;

namespace {

Tensor golden(const std::string& name) {
  for (const auto& [n, t] : io::load_npz(std::string(WICK_GOLDEN) + "/debug/inside.npz"))
    if (n == name) return t;
  throw Error("no golden numbers of the name " + name);
}

}  // namespace

TEST(LossLandscape, LineAndPlane) {
  nn::Linear fc(2, 1);
  nn::BatchNorm1d norm(1);
  nn::Sequential net(fc, norm);
  const Tensor before = fc->weight.detach().clone();
  const auto square = [&] {
    norm->running_mean.fill_(7);  // put back, too
    return (fc->weight.square().sum() + fc->bias.square().sum()).item<double>();
  };
  std::vector<Tensor> d = {tensor({{1.f, 0.f}}), tensor({0.f}), tensor({0.f}), tensor({0.f})}, e = {tensor({{0.f, 1.f}}), tensor({0.f}), tensor({0.f}), tensor({0.f})};
  const auto line = debug::loss_line(*net, square, debug::LossSliceOptions().range(2).steps(5), d);
  const double a = before[0][0].item<double>(), b = before[0][1].item<double>(), c = fc->bias.square().sum().item<double>();
  for (int i = 0; i < 5; ++i) EXPECT_NEAR(line.loss[i].item<double>(), (a + i - 2) * (a + i - 2) + b * b + c, 1e-5);
  const auto plane = debug::loss_plane(*net, square, debug::LossSliceOptions().range(1).steps(3), d, e);
  ASSERT_EQ(plane.loss.sizes(), (std::vector<int64_t>{3, 3}));
  EXPECT_NEAR(plane.loss[2][0].item<double>(), (a - 1) * (a - 1) + (b + 1) * (b + 1) + c, 1e-5);  // rows: the second direction
  EXPECT_TRUE(equal(fc->weight.detach(), before));
  EXPECT_EQ(norm->running_mean.item<float>(), 0);
  EXPECT_THROW(debug::loss_line(*net, []() -> double { throw Error("stop"); }), Error);
  EXPECT_TRUE(equal(fc->weight.detach(), before));
  EXPECT_THROW(debug::loss_line(*net, square, {}, {d[0]}), ValueError);
  EXPECT_THROW(debug::loss_line(*net, square, debug::LossSliceOptions().steps(1)), ValueError);
}

TEST(LossLandscape, FilterNormalised) {
  nn::Conv2d conv(3, 4, 3);
  const auto d = debug::filter_normalised_direction(*conv);
  ASSERT_EQ(d.size(), 2u);
  EXPECT_LT((d[0].reshape({4, -1}).norm(2, 1) - conv->weight.detach().reshape({4, -1}).norm(2, 1)).abs().max().item<double>(), 1e-5);
  EXPECT_EQ(d[1].abs().max().item<double>(), 0);
}

TEST(Pca, PyTorchsNumbers) {
  const Tensor x = golden("points");
  const auto p = debug::pca(x, 3);
  const Tensor theirs = golden("components");
  for (int64_t i = 0; i < 3; ++i) EXPECT_NEAR(std::abs((p.components[i] * theirs[i]).sum().item<double>()), 1, 1e-9);  // up to the sign
  EXPECT_LT((p.variance - golden("variance")).abs().max().item<double>(), 1e-9);
  EXPECT_LT((p.projected.var(0) - p.variance).abs().max().item<double>(), 1e-9);
  for (int64_t i = 0; i < 3; ++i) EXPECT_GT(p.components[i][p.components[i].abs().argmax().item<int64_t>()].item<double>(), 0);
  EXPECT_THROW(debug::pca(x, 6), ValueError);
  EXPECT_THROW(debug::pca(x[0], 1), ValueError);
}

TEST(Tsne, GroupsStayTogether) {
  manual_seed(5);
  const Tensor label = arange(90, kLong).remainder(3);
  const Tensor x = randn({90, 10}) + nn::functional::one_hot(label, 10).to(kFloat) * 12;
  const auto options = debug::TsneOptions().perplexity(10).iterations(400);
  const Tensor y = debug::tsne(x, options);
  ASSERT_EQ(y.sizes(), (std::vector<int64_t>{90, 2}));
  Tensor d = cdist(y, y);
  d.fill_diagonal_(INFINITY);
  EXPECT_TRUE(label.index_select(0, d.argmin(1)).eq(label).all().item<bool>());
  EXPECT_TRUE(equal(y, debug::tsne(x, options)));
  EXPECT_THROW(debug::tsne(x), ValueError);  // a perplexity of 30 for 90 points
  EXPECT_THROW(debug::tsne(full({100, 2}, NAN)), ValueError);
  EXPECT_TRUE(isfinite(debug::tsne(zeros({40, 1}), debug::TsneOptions().perplexity(5).iterations(20))).all().item<bool>());
}

TEST(Umap, KeepsTheNeighboursOfDigits) {
  const auto [images, labels] = data::datasets::digits(true);
  const Tensor x = images.slice(0, 0, 400).flatten(1), y = labels.slice(0, 0, 400);
  const Tensor flat = debug::pca(x, 2).projected, map = debug::umap(x, debug::UmapOptions().epochs(200));
  ASSERT_EQ(map.sizes(), (std::vector<int64_t>{400, 2}));
  EXPECT_GT(debug::trustworthiness(x, map), 0.95);
  EXPECT_GT(debug::trustworthiness(x, map), debug::trustworthiness(x, flat) + 0.1);
  // Each digit beside its like.
  const auto alike = [&](const Tensor& points) {
    Tensor d = cdist(points, points);
    d.fill_diagonal_(INFINITY);
    return y.index_select(0, d.argmin(1)).eq(y).to(kDouble).mean().item<double>();
  };
  EXPECT_GT(alike(map), 0.9);
  EXPECT_LT(alike(flat), 0.75);
  EXPECT_TRUE(equal(map, debug::umap(x, debug::UmapOptions().epochs(200))));
  EXPECT_FALSE(equal(map, debug::umap(x, debug::UmapOptions().epochs(200).seed(1))));
}

TEST(Umap, HardInputs) {
  for (const Tensor& x : {zeros({20, 3}), randn({20, 1}), randn({2, 5}), cat({zeros({10, 4}), ones({10, 4})}), randn({30, 3}) * 1e20, randn({30, 3}) * 1e-20}) {
    const Tensor y = debug::umap(x, debug::UmapOptions().neighbours(std::min<int64_t>(5, x.size(0))).epochs(30));
    EXPECT_TRUE(isfinite(y).all().item<bool>()) << x.sizes();
  }
  // Points around one place each, far from all others, stay together; a larger least distance spreads them.
  manual_seed(2);
  const Tensor group = arange(120, kLong).remainder(4), x = randn({120, 6}) + nn::functional::one_hot(group, 6).to(kFloat) * 50;
  const auto width = [&](double least) {
    const Tensor y = debug::umap(x, debug::UmapOptions().min_distance(least).neighbours(10));
    Tensor d = cdist(y, y);
    d.fill_diagonal_(INFINITY);
    EXPECT_TRUE(group.index_select(0, d.argmin(1)).eq(group).all().item<bool>());
    return d.amin(1).mean().item<double>();
  };
  EXPECT_LT(1.5 * width(0.01), width(0.9));
  EXPECT_THROW(debug::umap(randn({10, 2})), ValueError);  // 15 neighbours of 10 points
  EXPECT_THROW(debug::umap(randn({20})), ValueError);
  EXPECT_THROW(debug::umap(full({20, 2}, NAN)), ValueError);
  EXPECT_THROW(debug::umap(randn({20, 2}), debug::UmapOptions().min_distance(2)), ValueError);
}

TEST(Trustworthiness, ByHand) {
  // Points on a line, embedded with 0 and 3 exchanged: by hand, and as scikit-learn counts it.
  const Tensor x = tensor({0., 1., 2.1, 3.3, 4.6, 6.}).reshape({6, 1}), y = tensor({3.3, 1., 2.1, 0., 4.6, 6.}).reshape({6, 1});
  EXPECT_DOUBLE_EQ(debug::trustworthiness(x, x, 2), 1);
  // Nearest two in y, by their rank in x: of 0 (at 3.3) 2 and 4, ranks 2 and 4; of 1: 3 (at 0), 2, ranks 3, 2; of 2: 1, 0, ranks 1, 3; of 3: 1, 2: ranks 3, 1; of 4: 0, 5, ranks 5, 2; of 5: 4, 0, ranks 1, 5.
  EXPECT_NEAR(debug::trustworthiness(x, y, 2), 1 - 2. / (6 * 2 * (12 - 6 - 1)) * (2 + 1 + 1 + 1 + 3 + 3), 1e-12);
  EXPECT_THROW(debug::trustworthiness(x, y, 4), ValueError);
  EXPECT_THROW(debug::trustworthiness(x, y.slice(0, 1), 2), ValueError);
}

TEST(Calibration, ByHand) {
  // Confidences 0.9, 0.8 (wrong), 0.6, 1 in ten bins.
  const Tensor p = tensor({{0.9, 0.1}, {0.2, 0.8}, {0.6, 0.4}, {0.0, 1.0}}, TensorOptions(kDouble)), y = tensor({int64_t{0}, int64_t{0}, int64_t{0}, int64_t{1}}, TensorOptions(kLong));
  const auto c = debug::calibration(p, y, 10);
  EXPECT_NEAR(c.ece, (0.1 + 0.8 + 0.4 + 0) / 4, 1e-12);
  EXPECT_NEAR(c.mce, 0.8, 1e-12);
  EXPECT_EQ(c.count[9].item<int64_t>(), 1);
  EXPECT_EQ(c.count[8].item<int64_t>(), 1);
  EXPECT_TRUE(std::isnan(c.accuracy[0].item<double>()));
  EXPECT_THROW(debug::calibration(p * 3, y), ValueError);
  EXPECT_THROW(debug::calibration(p, y.slice(0, 0, 2)), ValueError);
}

TEST(Pictures, GridsAndOverlays) {
  const Tensor maps = arange(12, kFloat).reshape({3, 2, 2});
  const Tensor g = debug::grid(maps, debug::GridOptions().scale(4).columns(3));
  ASSERT_EQ(g.sizes(), (std::vector<int64_t>{3, 12, 32}));
  EXPECT_EQ(g.scalar_type(), kByte);
  // The lowest value is black, the highest white, 0 in the middle of a symmetric range white.
  EXPECT_EQ(g.select(1, 2).select(1, 2).to(kLong).sum().item<int64_t>(), 0);
  EXPECT_EQ(g.select(1, 9).select(1, 9).to(kLong).sum().item<int64_t>(), 3 * 255);
  EXPECT_EQ(debug::heat(tensor({{-1.f, 0.f, 3.f}}), true).select(2, 1).to(kLong).sum().item<int64_t>(), 3 * 255);
  EXPECT_EQ(debug::heat(full({2, 2}, 5.f)).to(kLong).sum().item<int64_t>(), 0);  // no range
  EXPECT_EQ(debug::feature_maps(randn({1, 5, 4, 4})).size(0), 3);
  EXPECT_EQ(debug::filters(randn({4, 3, 5, 5})).sizes(), (std::vector<int64_t>{3, 13, 13}));
  EXPECT_EQ(debug::filters(randn({4, 2, 5, 5})).sizes(), (std::vector<int64_t>{3, 25, 13}));
  const Tensor o = debug::overlay(zeros({1, 8, 8}), tensor({{0.f, 1.f}}), 1, 2);
  ASSERT_EQ(o.sizes(), (std::vector<int64_t>{3, 16, 16}));
  EXPECT_EQ(o.select(2, 15).to(kLong).min().item<int64_t>(), 255);
  EXPECT_TRUE(equal(debug::overlay(full({1, 2, 2}, 51, kByte), ones({2, 2}), 0), full({3, 2, 2}, 51, kByte)));
  EXPECT_THROW(debug::grid(randn({2, 2})), ValueError);
  EXPECT_THROW(debug::grid(randn({2, 2, 3, 3})), ValueError);
  EXPECT_THROW(debug::overlay(zeros({2, 8, 8}), zeros({2, 2})), ValueError);
}

TEST(Pictures, Plots) {
  nn::Linear fc(2, 1);
  debug::GradientFlow flow(fc);
  fc(ones({1, 2})).sum().backward();
  flow.after_backward();
  flow.after_step();
  debug::TimeFlow time{tensor({{0.1, 1.0, 10.0}}, TensorOptions(kDouble)), {}, {}};
  debug::LayerActivity layer{"relu", "ReLU", ones({4}, kDouble), zeros({4}, kDouble), {1}, {}};
  std::vector<Tensor> all;
  try {
    all = {debug::plot(flow), debug::plot(flow, true), debug::plot({{"RNN", time}}), debug::plot({layer}), debug::plot(debug::statistics(randn({100}), 10), "values")};
  } catch (const NotImplementedError&) {
    GTEST_SKIP() << "without wick::log";
  }
  all.push_back(debug::plot(debug::LossSlice{arange(3, kDouble), arange(3, kDouble)}));
  all.push_back(debug::plot(debug::LossSlice{arange(3, kDouble), rand({3, 3}, kDouble)}));
  all.push_back(debug::plot_embedding(randn({6, 2}), arange(6, kLong).remainder(2)));
  all.push_back(debug::plot(debug::calibration(tensor({{0.3, 0.7}}, TensorOptions(kDouble)), ones({1}, kLong))));
  all.push_back(debug::plot_confusion(eye(3)));
  for (const Tensor& p : all) {
    ASSERT_EQ(p.sizes(), (std::vector<int64_t>{3, 480, 640}));
    EXPECT_GT(p.to(kFloat).std().item<double>(), 1);  // something is drawn
  }
  EXPECT_THROW(debug::plot(debug::statistics(ones({2}))), ValueError);
}

#ifdef WICK_WITH_LOG
TEST(Pictures, FiguresAreTheSameAsSvgAndNumbers) {
  nn::Linear fc(2, 1);
  debug::GradientFlow flow(fc);
  fc(ones({1, 2})).sum().backward();
  flow.after_backward();
  debug::TimeFlow time{tensor({{0.1, 1.0, 10.0}}, TensorOptions(kDouble)), {}, {}};
  EXPECT_TRUE(equal(debug::figure(flow).render(), debug::plot(flow)));
  EXPECT_EQ(debug::figure({{"RNN, plain", time}}).csv(), "series,x,y\n\"RNN, plain\",0,10\n\"RNN, plain\",1,1\n\"RNN, plain\",2,0.1\n");
  EXPECT_EQ(debug::figure_confusion(eye(2), {"cat", "dog"}).csv(), "row,column,value\ncat,cat,1\ncat,dog,0\ndog,cat,0\ndog,dog,1\n");
  EXPECT_NE(debug::figure(debug::LossSlice{arange(3, kDouble), rand({3, 3}, kDouble)}).svg().find("data:image/png"), std::string::npos);
  // Maps: ten pixels each, under a title.
  const Tensor maps = debug::feature_maps(randn({4, 31, 31}), debug::GridOptions().padding(0));
  const Tensor drawn = debug::figure(maps, "maps").render();
  EXPECT_EQ(drawn.sizes(), (std::vector<int64_t>{3, 620 + 42, 620 + 16}));
  EXPECT_TRUE(equal(drawn.slice(1, 34, 654).slice(2, 8, 628), maps.repeat_interleave(10, 1).repeat_interleave(10, 2)));
}
#endif
