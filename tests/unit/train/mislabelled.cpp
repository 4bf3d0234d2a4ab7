// Wrong labels: found where they were made, few where there are none.
#include <algorithm>
#include <cmath>
#include <set>

#include <wick/data.h>
#include <wick/optim.h>
#include <wick/train.h>

#include "support.h"

namespace wick::test {
namespace {

using train::LabelWatch;
using train::Mislabelled;
using train::Suspect;
using train::rank_mislabelled;

struct Labelled {
  Tensor x, y, wrong_y;
  std::set<int64_t> wrong;
};
// Every `k`th label of some becomes another.
Labelled spoil(const Tensor& x, const Tensor& y, int64_t classes, double share, uint64_t seed) {
  manual_seed(seed);
  Labelled r{x, y, y.clone(), {}};
  const Tensor order = randperm(y.size(0), kLong).contiguous(), turn = randint(1, classes, {y.size(0)}, kLong).contiguous();
  for (int64_t k = 0; k < static_cast<int64_t>(share * static_cast<double>(y.size(0))); ++k) {
    const int64_t i = order.data_ptr<int64_t>()[k];
    r.wrong.insert(i);
    r.wrong_y.data_ptr<int64_t>()[i] = (y.contiguous().data_ptr<int64_t>()[i] + turn.data_ptr<int64_t>()[i]) % classes;
  }
  return r;
}
// Trains, watched, and returns the watch.
LabelWatch watched(nn::Sequential net, const Tensor& x, const Tensor& y, int64_t classes, int64_t epochs, double lr) {
  optim::Adam optimizer(net->parameters(), optim::AdamOptions(lr));
  LabelWatch watch(x.size(0), classes);
  for (int64_t e = 0; e < epochs; ++e) {
    const Tensor order = randperm(x.size(0), kLong);
    for (int64_t i = 0; i < x.size(0); i += 64) {
      const Tensor index = order.slice(0, i, std::min(i + 64, x.size(0))), target = y.index_select(0, index), out = net->forward(x.index_select(0, index));
      optimizer.zero_grad();
      nn::functional::cross_entropy(out, target).backward();
      optimizer.step();
      watch.update(index, out, target);
    }
  }
  return watch;
}
nn::Sequential convnet() {
  return nn::Sequential(nn::Conv2d(nn::Conv2dOptions(1, 16, 3).padding(1)), nn::ReLU(), nn::MaxPool2d(2), nn::Conv2d(nn::Conv2dOptions(16, 32, 3).padding(1)), nn::ReLU(), nn::Flatten(), nn::Linear(512, 10));
}
double hits(const std::vector<Suspect>& found, const std::set<int64_t>& wrong, size_t top) {
  double r = 0;
  for (size_t k = 0; k < std::min(top, found.size()); ++k) r += static_cast<double>(wrong.count(found[k].index));
  return r;
}
nn::Sequential mlp(int64_t in, int64_t out) { return nn::Sequential(nn::Linear(in, 64), nn::ReLU(), nn::Linear(64, 64), nn::ReLU(), nn::Linear(64, out)); }
std::pair<Tensor, Tensor> blobs(double apart, uint64_t seed, int64_t n = 2000) {
  manual_seed(seed);
  const Tensor centres = randn({4, 6}) * apart, y = arange(n, kLong).remainder(4);
  return {centres.index_select(0, y) + randn({n, 6}), y};
}
bool diagnosed(const Mislabelled& m, int64_t n) {
  train::Signals s;
  s.faults = {{"mislabelled", std::llround(m.share * static_cast<double>(n)), n, 0, 0.5, {}}};
  return !train::diagnose(s).empty();
}
// Most of the wrong ones are found, most of the found ones are wrong, the first ones nearly all, their share is about right, and another class than the given one is right.
void expect_found(const Mislabelled& m, const Labelled& d) {
  const double wrong = static_cast<double>(d.wrong.size()), n = static_cast<double>(d.y.size(0)), right = hits(m.suspects, d.wrong, m.suspects.size()), first = hits(m.suspects, d.wrong, d.wrong.size() / 2);
  const double recall = right / wrong, precision = right / static_cast<double>(m.suspects.size());
  double mended = 0;
  for (const Suspect& s : m.suspects) mended += s.suggested == d.y[s.index].item<int64_t>() && d.wrong.count(s.index);
  const std::string said = "recall " + std::to_string(recall) + ", precision " + std::to_string(precision) + ", of the first half " + std::to_string(first / (wrong / 2)) + ", share " + std::to_string(m.share) + " of " + std::to_string(wrong / n);
  EXPECT_GE(recall, 0.7) << said;
  EXPECT_GE(precision, 0.55) << said;
  EXPECT_GE(first, 0.85 * std::floor(wrong / 2)) << said;
  EXPECT_GE(mended, 0.65 * wrong) << said;
  EXPECT_NEAR(m.share, wrong / n, 0.6 * wrong / n) << said;
  EXPECT_TRUE(diagnosed(m, d.y.size(0)));
}

TEST(Mislabelled, DigitsInTraining) {
  const auto [x, y] = data::datasets::digits(true);
  for (const int64_t epochs : {5, 12}) {
    const Labelled d = spoil(x, y, 10, 0.05, 1);
    expect_found(watched(convnet(), d.x, d.wrong_y, 10, epochs, 2e-3).rank(), d);
  }
}
TEST(Mislabelled, PointsInTraining) {
  for (uint64_t seed = 1; seed < 4; ++seed) {
    const auto [x, y] = blobs(2, seed);
    const Labelled d = spoil(x, y, 4, 0.08, seed);
    expect_found(watched(mlp(6, 4), x, d.wrong_y, 4, 30, 3e-3).rank(), d);
  }
}
TEST(Mislabelled, HeldOut) {
  const auto [x, y] = blobs(2, 5, 4000);
  auto net = mlp(6, 4);
  watched(net, x.narrow(0, 0, 1000), y.narrow(0, 0, 1000), 4, 10, 3e-3);
  const Labelled d = spoil(x.narrow(0, 1000, 3000), y.narrow(0, 1000, 3000), 4, 0.05, 7);
  expect_found(rank_mislabelled(net->forward(d.x).softmax(1), d.wrong_y), d);
}

// --- Healthy: no estimate, few suspects, no diagnosis; also where classes overlap, where it learnt by heart, and where there is nothing to be learnt.
class MislabelledHealthy : public ::testing::TestWithParam<int> {};
TEST_P(MislabelledHealthy, SaysNothing) {
  const int k = GetParam();
  manual_seed(static_cast<uint64_t>(20 + k));
  Mislabelled m;
  int64_t n = 2000;
  double few = 0.02;
  if (k < 2) {
    const auto [x, y] = data::datasets::digits(true);
    n = x.size(0);
    m = watched(convnet(), x, y, 10, k == 0 ? 3 : 8, 2e-3).rank();
  } else if (k == 9) {
    m = watched(mlp(6, 2), randn({n, 6}), randint(0, 2, {n}, kLong), 2, 30, 3e-3).rank();
    few = 1;
  } else {
    const double apart[] = {2, 3, 1.5, 1, 1, 0.7, 0.5};
    const auto [x, y] = blobs(apart[k - 2], static_cast<uint64_t>(30 + k));
    m = watched(mlp(6, 4), x, y, 4, k % 2 ? 6 : 25, 3e-3).rank();
    if (apart[k - 2] < 1.5) few = 0.3;  // of these the labels do contradict what the others say
  }
  EXPECT_EQ(m.share, 0);
  EXPECT_LE(static_cast<double>(m.suspects.size()), few * static_cast<double>(n));
  EXPECT_FALSE(diagnosed(m, n));
}
INSTANTIATE_TEST_SUITE_P(Ten, MislabelledHealthy, ::testing::Range(0, 10));

TEST(Mislabelled, HardInputs) {
  EXPECT_TRUE(rank_mislabelled(zeros({0, 3}), zeros({0}, kLong)).suspects.empty());
  EXPECT_TRUE(rank_mislabelled(ones({1, 1}), zeros({1}, kLong)).suspects.empty());
  EXPECT_TRUE(rank_mislabelled(full({5, 2}, NAN), zeros({5}, kLong)).suspects.empty());
  EXPECT_TRUE(rank_mislabelled(full({500, 2}, 0.5), zeros({500}, kLong)).suspects.empty());  // says nothing
  EXPECT_EQ(rank_mislabelled(full({500, 2}, 0.5), zeros({500}, kLong)).share, 0);
  const auto one = rank_mislabelled(full({3, 2}, 0.1).index_fill(1, full({1}, 1, kLong), 0.9), full({3}, 1, kLong).index_fill(0, full({1}, 2, kLong), 0));
  ASSERT_EQ(one.suspects.size(), 1u);
  EXPECT_EQ(one.suspects[0].index, 2);
  EXPECT_EQ(one.suspects[0].suggested, 1);
  EXPECT_NEAR(one.suspects[0].score, 0.8, 1e-6);
  EXPECT_NEAR(one.suspects[0].loss, -std::log(0.1), 1e-5);
  EXPECT_TRUE(contains(error_of<ValueError>([] { rank_mislabelled(zeros({3}), zeros({3}, kLong)); }), "[n, classes]"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { rank_mislabelled(Tensor(), Tensor()); }), "nothing"));
  EXPECT_TRUE(contains(error_of<TypeError>([] { rank_mislabelled(zeros({3, 2}), zeros({3})); }), "Long"));
  EXPECT_TRUE(contains(error_of<IndexError>([] { rank_mislabelled(zeros({3, 2}), full({3}, 2, kLong)); }), "label 2 of example 0 with 2 classes"));
  LabelWatch w(4, 2, 2);
  EXPECT_TRUE(w.rank().suspects.empty());
  EXPECT_TRUE(contains(error_of<IndexError>([&] { w.update(full({1}, 4, kLong), zeros({1, 2}), zeros({1}, kLong)); }), "example 4 of 4"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.update(zeros({2}, kLong), zeros({1, 2}), zeros({1}, kLong)); }), "[b, 2]"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { LabelWatch(-1, 2); }), "-1 examples"));
  for (int i = 0; i < 3; ++i) w.update(arange(2, kLong), full({2, 2}, static_cast<double>(i)).index_fill(1, full({1}, 1, kLong), 3), full({2}, 1, kLong));
  EXPECT_EQ(w.seen().sum().item<int64_t>(), 4);  // two looks at two
  EXPECT_NEAR(w.margins()[0].item<double>(), (3 + 2) / 2.0, 1e-6);
  EXPECT_TRUE(std::isnan(w.margins()[3].item<double>()));
  EXPECT_EQ(w.labels()[3].item<int64_t>(), -1);
}

}  // namespace
}  // namespace wick::test
