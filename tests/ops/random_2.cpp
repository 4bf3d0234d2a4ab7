// Op table: random, part 2.
#include "harness.h"

namespace {

AREA("random")

CASE("randint.big", torch::randint(0, (int64_t)1 << 40, {5}, torch::kLong))
CASE("randint.dtype", torch::randint(10, {2}).scalar_type())
CASE_ERROR("err.randint", torch::randint(5, 5, {2}))
CASE("randperm", torch::randperm(10))
CASE("randperm.1", torch::randperm(1))
CASE("randperm.100", torch::randperm(100))
CASE("randperm.int", torch::randperm(10, torch::kInt))
CASE("bernoulli.p", torch::bernoulli(h))
CASE("bernoulli.scalar", torch::bernoulli(a, 0.4))
CASE("bernoulli.t", torch::zeros({3, 4}).bernoulli_(h))
CASE_ERROR("err.bernoulli", torch::bernoulli(a * 10))
CASE_ERROR("err.bernoulli_", a.bernoulli_(1.5))
CASE("normal.tt", at::normal(a, h))
CASE("normal.ts", at::normal(a, 0.5))
CASE("normal.st", at::normal(0.5, h))
CASE("normal.sz", torch::normal(1.0, 2.0, {17}))
CASE_ERROR("err.normal", a.normal_(0, -1))
CASE_ERROR("err.uniform", a.uniform_(2, 1))
CASE_ERROR("err.exponential", a.exponential_(-1))
CASE_ERROR("err.geometric", a.geometric_(0))
CASE("multinomial", torch::multinomial(h, 2))
CASE("multinomial.repl", torch::multinomial(h, 6, true))
CASE("multinomial.1d", torch::multinomial(torch::tensor({0.1, 0.0, 0.9}), 2))
CASE("multinomial.one", torch::multinomial(h, 1))
CASE_ERROR("err.multinomial", torch::multinomial(torch::tensor({0.1, 0.9}), 3))
CASE_ERROR("err.multinomial.neg", torch::multinomial(torch::tensor({-0.1, 0.9}), 1))
CASE("poisson", torch::poisson(h * 5))
CASE("poisson.dbl", torch::poisson(torch::full({10}, 20.0, torch::kDouble)))
CASE("binomial", torch::binomial(torch::full({8}, 10.0), torch::full({8}, 0.3)))
CASE("dropout", torch::dropout(torch::ones({40}), 0.3, true))
CASE("dropout.dbl", torch::dropout(torch::ones({20}, torch::kDouble), 0.3, true))
CASE("feature_dropout", torch::feature_dropout(torch::ones({2, 3, 2}), 0.5, true))
CASE("rrelu", torch::rrelu(a, 0.1, 0.3, true))
CASE("rand.2d", torch::rand({3, 7}))
CASE("randn.strided", torch::zeros({4, 5}).t().normal_())
CASE("uniform.strided", torch::zeros({4, 6}).slice(1, 0, 6, 2).uniform_())
CASE("randn.cl", torch::empty({2, 3, 2, 3}, torch::kFloat, torch::MemoryFormat::ChannelsLast).normal_())
CASE("rand.cx", torch::rand({5}, torch::kComplexFloat))
CASE("randn.cx", torch::randn({5}, torch::kComplexDouble))
CASE("rand_like", torch::rand_like(sq))
CASE("rand.empty", [] {
  torch::rand({0}); return torch::rand({2});
})
CASE("rand_out", [] {
  auto o = torch::empty({0}); torch::rand_out(o, {5}); return o;
})
CASE("randn.mix", [] {
  auto x = torch::randn({3});
  auto y = torch::randn({17});
  auto k = torch::rand({2});
  auto l = torch::randn({3});
  return std::make_tuple(x, y, k, l);
})
CASE("randn.cache", [] {
  auto x = torch::zeros({1}, torch::kDouble).normal_();
  auto y = torch::zeros({1}, torch::kDouble).normal_();
  torch::manual_seed(7);
  auto k = torch::zeros({1}, torch::kDouble).normal_();
  return std::make_tuple(x, y, k);
})
CASE("seed.0", [] {
  torch::manual_seed(0); return torch::randn({5});
})
CASE("seed.42", [] {
  torch::manual_seed(42); return torch::rand({5});
})
CASE("seed.big", [] {
  torch::manual_seed(123456789012345ULL); return torch::randn({5});
})

}  // namespace
