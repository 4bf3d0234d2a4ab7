// What is drawn of a long series: its extremes are.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "board/api.h"
#include "board/sampling.h"

namespace {

using wick::board::sample;
using wick::board::smooth;
using wick::board::Window;
constexpr double kInf = std::numeric_limits<double>::infinity();
const Window kAll{-kInf, kInf, false};

std::vector<double> numbers(size_t n) {
  std::vector<double> x(n);
  for (size_t i = 0; i < n; ++i) x[i] = static_cast<double>(i);
  return x;
}

TEST(Sampling, KeepsTheExtremesOfEveryPartAndTheEnds) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  for (const size_t n : {size_t{10}, size_t{2001}, size_t{100000}}) {
    const std::vector<double> x = numbers(n);
    std::vector<double> y(n);
    for (double& v : y) v = normal(random);
    y[n / 3] = 1e6;
    y[n / 2] = -1e6;
    const size_t buckets = 500;
    const auto kept = sample(x, y, buckets, kAll);
    EXPECT_LE(kept.size(), 5 * buckets);
    EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
    EXPECT_EQ(std::adjacent_find(kept.begin(), kept.end()), kept.end());
    EXPECT_EQ(kept.front(), 0u);
    EXPECT_EQ(kept.back(), n - 1);
    // Each pixel's column reaches as far up and down as with all points.
    const auto reach = [&](const std::vector<size_t>& which) {
      std::vector<std::pair<double, double>> r(buckets, {kInf, -kInf});
      for (const size_t i : which) {
        auto& [low, high] = r[std::min(buckets - 1, static_cast<size_t>(x[i] * static_cast<double>(buckets) / static_cast<double>(n - 1)))];
        low = std::min(low, y[i]);
        high = std::max(high, y[i]);
      }
      return r;
    };
    std::vector<size_t> all(n);
    for (size_t i = 0; i < n; ++i) all[i] = i;
    EXPECT_EQ(reach(kept), reach(all));
  }
}

TEST(Sampling, KeepsWhatIsNotFinite) {
  const auto x = numbers(100000);
  std::vector<double> y(100000, 1.0);
  y[77777] = NAN;
  y[5] = kInf;
  const auto kept = sample(x, y, 100, kAll);
  EXPECT_TRUE(std::count(kept.begin(), kept.end(), 77777u) == 1 && std::count(kept.begin(), kept.end(), 5u) == 1);
  EXPECT_FALSE(sample(x, std::vector<double>(100000, NAN), 100, kAll).empty());
}

TEST(Sampling, OfAPartKeepsItsNeighbours) {
  const auto x = numbers(1000);
  const auto kept = sample(x, x, 100, {100.5, 110, false});
  EXPECT_EQ(kept.front(), 100u);
  EXPECT_EQ(kept.back(), 111u);
  EXPECT_EQ(kept.size(), 12u);
  EXPECT_EQ(sample(x, x, 100, {-10, -5, false}), std::vector<size_t>{0});
  EXPECT_EQ(sample(x, x, 100, {5000, 6000, false}), std::vector<size_t>{999});
  EXPECT_TRUE(sample({}, {}, 100, kAll).empty());
}

TEST(Sampling, OfALogarithmicAxisIsDenserAtItsBeginning) {
  auto x = numbers(100000);
  const auto kept = sample(x, x, 100, {-kInf, kInf, true});
  const auto small = std::count_if(kept.begin(), kept.end(), [](size_t i) { return i < 1000; });
  EXPECT_GT(small, static_cast<long>(kept.size()) / 3);
  EXPECT_GT(kept.size(), 100u) << "the zero at its beginning takes no room";
  EXPECT_LT(kept.size(), 600u);
}

TEST(Sampling, KeepsTheOrderOfASeriesThatGoesBack) {
  std::vector<double> x, y;
  for (int pass = 0; pass < 2; ++pass)
    for (int i = 0; i < 20000; ++i) x.push_back(i), y.push_back(i == 777 ? 1e9 : i);
  const auto kept = sample(x, y, 100, kAll);
  EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end()));
  EXPECT_EQ(std::count_if(kept.begin(), kept.end(), [&](size_t i) { return y[i] == 1e9; }), 2);
  EXPECT_EQ(kept.front(), 0u);
  EXPECT_EQ(kept.back(), 39999u);
}

// TensorBoard's rule (tensorboard/components/tf_line_chart_data_loader: `smoothScalars`), worked by hand.
TEST(Smoothing, IsTensorBoards) {
  const std::vector<double> y{1, 3, NAN, 2, kInf, 4};
  const auto s = smooth(y, 0.5);
  EXPECT_DOUBLE_EQ(s[0], 1);
  EXPECT_DOUBLE_EQ(s[1], (0.5 * 0.5 * 1 + 0.5 * 3) / (1 - 0.25));
  EXPECT_TRUE(std::isnan(s[2]));
  EXPECT_DOUBLE_EQ(s[3], (0.5 * (0.5 * 0.5 * 1 + 0.5 * 3) + 0.5 * 2) / (1 - 0.125));
  EXPECT_EQ(s[4], kInf);
  EXPECT_DOUBLE_EQ(s[5], (0.5 * (0.5 * (0.5 * 0.5 + 1.5) + 1) + 2) / (1 - 0.0625));
  EXPECT_EQ(smooth({7, 7, 7}, 0.9), (std::vector<double>{7, 7, 7}));
  EXPECT_EQ(smooth({1, 5}, 0), (std::vector<double>{1, 5}));
  EXPECT_TRUE(smooth({}, 0.5).empty());
}

std::vector<wick::board::Alert> alerts(const std::string& tag, const std::vector<double>& y) {
  std::vector<int64_t> steps(y.size());
  for (size_t i = 0; i < y.size(); ++i) steps[i] = static_cast<int64_t>(10 * i);
  return wick::board::find_alerts(tag, steps, y);
}

TEST(Alerts, TellNaNsPlateausAndLossesThatRise) {
  std::vector<double> falling, flat, rising, exploding, broken;
  for (int i = 0; i < 400; ++i) {
    const double noise = 0.01 * std::sin(i * 7.7);
    falling.push_back(3 - i * 0.005 + noise);
    flat.push_back(0.5 + 2 * std::exp(-i / 20.0) + noise * 0.1);
    rising.push_back(0.5 + std::abs(i - 150) * 0.004 + noise);
    exploding.push_back(i < 200 ? 1 : 1 + (i - 200) * 0.1);
    broken.push_back(i < 123 ? 1.0 - i * 0.001 : NAN);
  }
  EXPECT_TRUE(alerts("loss", falling).empty());
  ASSERT_EQ(alerts("train/loss", flat).size(), 1u);
  EXPECT_STREQ(alerts("train/loss", flat)[0].kind, "plateau");
  ASSERT_EQ(alerts("val_loss", rising).size(), 1u);
  EXPECT_STREQ(alerts("val_loss", rising)[0].kind, "rises");
  EXPECT_NEAR(static_cast<double>(alerts("val_loss", rising)[0].step), 1500, 200);
  ASSERT_EQ(alerts("Loss", exploding).size(), 1u);
  EXPECT_STREQ(alerts("Loss", exploding)[0].kind, "diverges");
  ASSERT_EQ(alerts("loss", broken).size(), 1u);
  EXPECT_EQ(alerts("loss", broken)[0].step, 1230);
  EXPECT_NE(alerts("loss", broken)[0].text.find("277 of 400"), std::string::npos);
  EXPECT_TRUE(alerts("accuracy", flat).empty()) << "only losses are expected to fall";
  EXPECT_TRUE(alerts("<img onerror=x>", flat).empty());
  EXPECT_TRUE(alerts("loss", {}).empty());
  EXPECT_TRUE(alerts("loss", {1, 2, 3}).empty()) << "too few to tell";
}

}  // namespace
