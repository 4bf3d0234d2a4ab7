// Metrics against scikit-learn's numbers (tests/golden/metrics.py), in any split into batches.
#include <wick/train/metrics.h>

#include <wick/io/serialize.h>

#include <cmath>
#include <sstream>

#include "support.h"

namespace wick::test {
namespace {

using namespace train::metrics;  // NOLINT

Tensor numbers(int64_t n, int64_t modulus, int64_t seed) {
  const Tensor r = empty({n}, kLong);
  for (int64_t i = 0, x = seed; i < n; ++i) {
    x = (x * 1103515245 + 12345) % (int64_t{1} << 31);
    r.data_ptr<int64_t>()[i] = (x >> 8) % modulus;
  }
  return r;
}
const Tensor target = numbers(200, 4, 1);
const Tensor said = where(numbers(200, 3, 3) > 0, target, numbers(200, 5, 2));
const Tensor wide = numbers(1000, 997, 6).view({200, 5}).to(kDouble) / 997.0;

// Updates in batches of uneven sizes, with a save and a load in between.
template <class M>
double fed(M metric, const Tensor& a, const Tensor& b) {
  M half = metric;
  half.update(a.slice(0, 0, 7), b.slice(0, 0, 7));
  half.update(a.slice(0, 7, 100), b.slice(0, 7, 100));
  std::stringstream bytes;
  serialize::OutputArchive out;
  half.save(out);
  out.save_to(bytes);
  serialize::InputArchive in;
  in.load_from(bytes);
  metric.load(in);
  EXPECT_TRUE(metric.updated());
  metric.update(a.slice(0, 100, 100), b.slice(0, 100, 100));  // of none
  metric.update(a.slice(0, 100, 200), b.slice(0, 100, 200));
  M whole = half;
  whole.reset();
  EXPECT_FALSE(whole.updated());
  EXPECT_TRUE(contains(error_of<ValueError>([&] { whole.compute(); }), "at least one update"));
  whole.update(a, b);
  EXPECT_NEAR(whole.value(), metric.value(), 1e-13);
  return metric.value();
}

TEST(Metrics, Classification) {
  const auto confusion = tensor({46, 6, 3, 3, 4, 0, 3, 28, 1, 5, 6, 0, 4, 3, 37, 4, 2, 0, 2, 8, 3, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}).to(kLong).view({6, 6});
  ConfusionMatrix m(6);
  m.update(said, target);
  EXPECT_TRUE(equal(m.compute(), confusion));
  EXPECT_NEAR(fed(ConfusionMatrix(6), said, target), 0.715, 1e-14);
  const auto check = [&](auto make, double macro, double micro, double weighted, std::vector<double> each) {
    EXPECT_NEAR(fed(make(6, Average::macro), said, target), macro, 1e-14);
    EXPECT_NEAR(fed(make(6, Average::micro), said, target), micro, 1e-14);
    EXPECT_NEAR(fed(make(6, Average::weighted), said, target), weighted, 1e-14);
    auto metric = make(6, Average::macro);
    metric.update(said, target);
    EXPECT_TRUE(allclose(metric.per_class(), tensor(each, kDouble), 1e-14));
  };
  check([](int64_t n, Average a) { return Precision(n, a); }, 0.6053535353535354, 0.715, 0.7669141414141414,
        {0.8363636363636363, 0.6222222222222222, 0.8409090909090909, 0.7272727272727273, 0, 0});
  check([](int64_t n, Average a) { return Recall(n, a); }, 0.5688418771359507, 0.715, 0.715, {0.7419354838709677, 0.6511627906976745, 0.74, 0.7111111111111111, 0, 0});
  check([](int64_t n, Average a) { return F1(n, a); }, 0.5858047177674239, 0.715, 0.7391851290261522, {0.7863247863247863, 0.6363636363636364, 0.7872340425531915, 0.7191011235955056, 0, 0});
  const Tensor yes = target.gt(1), guess = said.gt(1);
  EXPECT_NEAR(fed(Precision(2, Average::binary), guess, yes), 0.78, 1e-14);
  EXPECT_NEAR(fed(Recall(2, Average::binary), guess, yes), 0.8210526315789474, 1e-14);
  EXPECT_NEAR(fed(F1(2, Average::binary), guess, yes), 0.8, 1e-14);
}

TEST(Metrics, AccuracyOfTheBestK) {
  EXPECT_NEAR(fed(Accuracy(), wide, target), 0.165, 1e-14);
  EXPECT_NEAR(fed(Accuracy(2), wide, target), 0.415, 1e-14);
  EXPECT_NEAR(fed(Accuracy(3), wide, target), 0.58, 1e-14);
  EXPECT_NEAR(fed(Accuracy(), said, target), 0.715, 1e-14);
}

TEST(Metrics, AreaUnderTheCurve) {
  const Tensor yes = target.gt(1).to(kLong), score = numbers(200, 17, 4).to(kDouble) / 16.0 + yes.to(kDouble) * 0.3;
  EXPECT_NEAR(fed(AUROC(), score, yes), 0.7247117794486215, 1e-14);
  const Tensor scores = numbers(800, 64, 5).view({200, 4}).to(kDouble) / 64.0 + nn::functional::one_hot(target, 4).to(kDouble) * 0.25;
  EXPECT_NEAR(fed(AUROC(), scores, target), 0.6992067790729184, 1e-14);
  AUROC perfect, none;
  perfect.update(tensor({0.1, 0.2, 0.9}), tensor({0, 0, 1}));
  EXPECT_EQ(perfect.compute(), 1);
  none.update(tensor({0.1, 0.2}), tensor({1, 1}));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { none.compute(); }), "class 1 has 2 examples and 0 others"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { none.update(tensor({0.1, std::nan("")}), tensor({1, 0})); }), "example 1 is NaN"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { none.update(rand({2, 3}), tensor({1, 0})); }), "scores of 3 classes after some of 1"));
}

TEST(Metrics, PerplexityAndAbsoluteError) {
  EXPECT_NEAR(fed(Perplexity(), wide, target), 5.232791089178612, 1e-12);
  EXPECT_NEAR(fed(Perplexity(2), wide, target), 5.179892855700139, 1e-12);
  Perplexity deep;
  deep.update(wide.view({20, 10, 5}), target.view({20, 10}));
  EXPECT_NEAR(deep.compute(), 5.232791089178612, 1e-12);
  EXPECT_NEAR(fed(MeanAbsoluteError(), wide.select(1, 0), wide.select(1, 1)), 0.3382046138415246, 1e-14);
  // Single numbers and half precision add up exactly enough.
  MeanAbsoluteError half;
  half.update(full({3}, 2, kHalf), zeros({3}, kHalf));
  EXPECT_EQ(half.compute(), 2);
}

TEST(Metrics, Errors) {
  Accuracy a(3);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { a.update(rand({4, 2}), zeros({4}, kLong)); }), "top 3 needs scores"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { a.update(rand({4, 5}), zeros({3}, kLong)); }), "[4, 5] and [3]"));
  EXPECT_TRUE(contains(error_of<TypeError>([&] { a.update(rand({4, 5}), rand({4})); }), "must be integers"));
  EXPECT_THROW(Accuracy(0), ValueError);
  EXPECT_THROW(F1(3, Average::binary), ValueError);
  ConfusionMatrix m(3);
  m.update(tensor({0, 1}), tensor({0, 1}));
  EXPECT_TRUE(contains(error_of<IndexError>([&] { m.update(tensor({0, 0, 3}), tensor({0, 1, 1})); }), "example 2 is of class 1, predicted 3; there are 3"));
  EXPECT_EQ(m.compute().sum().item<int64_t>(), 2);  // nothing half counted
  EXPECT_FALSE(wide.requires_grad());
  const Tensor recorded = wide.clone().requires_grad_();
  Perplexity p;
  p.update(recorded, target);
  EXPECT_GT(p.compute(), 1);
}

}  // namespace
}  // namespace wick::test
