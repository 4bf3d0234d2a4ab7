// Initialisers against PyTorch's numbers for the same seed.
#include "nn/golden.h"

namespace wick::test {
namespace {

using namespace nn::init;

void expect(const char* name, std::vector<int64_t> sizes, const std::function<Tensor(Tensor)>& fill) {
  manual_seed(11);
  const Tensor t = fill(wick::empty(sizes));
  golden::expect("init", name, {t, rand({1})});  // the number after tells that as many were drawn
}

TEST(Init, TruncatedNormal) {
  expect("trunc_normal", {4, 5}, [](Tensor t) { return trunc_normal_(t, 0, 1.5); });
  expect("trunc_normal.wide", {4, 5}, [](Tensor t) { return trunc_normal_(t, 0, 0.02); });
  expect("trunc_normal.rare", {4, 5}, [](Tensor t) { return trunc_normal_(t, 0, 1, 1, 1.5); });
  expect("trunc_normal.tail", {3, 3}, [](Tensor t) { return trunc_normal_(t, 0, 0.5, 2, 3); });
}

TEST(Init, NumbersOfTheSeed) {
  expect("uniform", {3, 4}, [](Tensor t) { return uniform_(t, -2, 1); });
  expect("normal", {3, 6}, [](Tensor t) { return normal_(t, 1, 3); });
  expect("orthogonal.tall", {5, 3}, [](Tensor t) { return orthogonal_(t, 2); });
  expect("orthogonal.wide", {2, 2, 3}, [](Tensor t) { return orthogonal_(t); });
  expect("sparse", {6, 4}, [](Tensor t) { return sparse_(t, 0.4, 0.5); });
  expect("dirac", {4, 2, 3}, [](Tensor t) { return dirac_(t, 2); });
  expect("dirac.2d", {3, 4, 2, 3}, [](Tensor t) { return dirac_(t); });
  expect("eye", {2, 3}, [](Tensor t) { return eye_(t); });
  expect("xavier_uniform", {3, 4, 2}, [](Tensor t) { return xavier_uniform_(t, 1.5); });
  expect("xavier_normal", {3, 4}, [](Tensor t) { return xavier_normal_(t); });
  expect("kaiming_uniform", {3, 4, 2, 1}, [](Tensor t) { return kaiming_uniform_(t, 0.2, kFanOut, kLeakyReLU); });
  expect("kaiming_normal", {3, 4}, [](Tensor t) { return kaiming_normal_(t, 0, kFanIn, kSELU); });
}

TEST(Init, AGeneratorOfOnesOwn) {
  manual_seed(11);
  const Tensor x = kaiming_uniform_(empty({3, 4}));
  manual_seed(1);
  Generator g = default_generator().clone();
  g.set_current_seed(11);
  EXPECT_TRUE(same_bits(kaiming_uniform_(empty({3, 4}), 0, kFanIn, kLeakyReLU, g), x));
}

TEST(Init, Errors) {
  EXPECT_EQ(calculate_gain(kSELU), 0.75);
  EXPECT_TRUE(contains(error_of<ValueError>([] { dirac_(empty({4, 2, 3}), 3); }), "divisible by groups, got [4, 2, 3] and 3"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { xavier_uniform_(empty({4})); }), "fewer than 2 dimensions"));
  EXPECT_EQ(kaiming_normal_(empty({0, 3})).numel(), 0);
}

}  // namespace
}  // namespace wick::test
