// Op table: random, part 1.
#include "harness.h"

namespace {

AREA("random")

CASE("rand.1", std::make_tuple(torch::rand({1}), torch::rand({1}, torch::kDouble), torch::rand({3})))
CASE("rand.5", std::make_tuple(torch::rand({5}), torch::rand({5}, torch::kDouble), torch::rand({3})))
CASE("rand.15", std::make_tuple(torch::rand({15}), torch::rand({15}, torch::kDouble), torch::rand({3})))
CASE("rand.16", std::make_tuple(torch::rand({16}), torch::rand({16}, torch::kDouble), torch::rand({3})))
CASE("rand.17", std::make_tuple(torch::rand({17}), torch::rand({17}, torch::kDouble), torch::rand({3})))
CASE("rand.100", std::make_tuple(torch::rand({100}), torch::rand({100}, torch::kDouble), torch::rand({3})))
CASE("rand.1000", std::make_tuple(torch::rand({1000}), torch::rand({1000}, torch::kDouble), torch::rand({3})))
CASE("rand.kHalf.5", std::make_tuple(torch::rand({5}, torch::kHalf), torch::rand({2})))
CASE("rand.kHalf.16", std::make_tuple(torch::rand({16}, torch::kHalf), torch::rand({2})))
CASE("rand.kHalf.33", std::make_tuple(torch::rand({33}, torch::kHalf), torch::rand({2})))
CASE("rand.kBFloat16.5", std::make_tuple(torch::rand({5}, torch::kBFloat16), torch::rand({2})))
CASE("rand.kBFloat16.16", std::make_tuple(torch::rand({16}, torch::kBFloat16), torch::rand({2})))
CASE("rand.kBFloat16.33", std::make_tuple(torch::rand({33}, torch::kBFloat16), torch::rand({2})))
CASE("randn.1", std::make_tuple(torch::randn({1}), torch::randn({1}, torch::kDouble), torch::randn({3})))
CASE("randn.5", std::make_tuple(torch::randn({5}), torch::randn({5}, torch::kDouble), torch::randn({3})))
CASE("randn.15", std::make_tuple(torch::randn({15}), torch::randn({15}, torch::kDouble), torch::randn({3})))
CASE("randn.16", std::make_tuple(torch::randn({16}), torch::randn({16}, torch::kDouble), torch::randn({3})))
CASE("randn.17", std::make_tuple(torch::randn({17}), torch::randn({17}, torch::kDouble), torch::randn({3})))
CASE("randn.100", std::make_tuple(torch::randn({100}), torch::randn({100}, torch::kDouble), torch::randn({3})))
CASE("randn.1000", std::make_tuple(torch::randn({1000}), torch::randn({1000}, torch::kDouble), torch::randn({3})))
CASE("randn.kHalf.5", std::make_tuple(torch::randn({5}, torch::kHalf), torch::randn({2})))
CASE("randn.kHalf.16", std::make_tuple(torch::randn({16}, torch::kHalf), torch::randn({2})))
CASE("randn.kHalf.33", std::make_tuple(torch::randn({33}, torch::kHalf), torch::randn({2})))
CASE("randn.kBFloat16.5", std::make_tuple(torch::randn({5}, torch::kBFloat16), torch::randn({2})))
CASE("randn.kBFloat16.16", std::make_tuple(torch::randn({16}, torch::kBFloat16), torch::randn({2})))
CASE("randn.kBFloat16.33", std::make_tuple(torch::randn({33}, torch::kBFloat16), torch::randn({2})))
CASE("uniform_..kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).uniform_(), torch::zeros({33}, torch::kFloat).uniform_()))
CASE("uniform_..kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).uniform_(), torch::zeros({33}, torch::kDouble).uniform_()))
CASE("uniform_..half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).uniform_(), torch::zeros({9}, torch::kBFloat16).uniform_()))
CASE("uniform_.-2_3.kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).uniform_(-2, 3), torch::zeros({33}, torch::kFloat).uniform_(-2, 3)))
CASE("uniform_.-2_3.kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).uniform_(-2, 3), torch::zeros({33}, torch::kDouble).uniform_(-2, 3)))
CASE("uniform_.-2_3.half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).uniform_(-2, 3), torch::zeros({9}, torch::kBFloat16).uniform_(-2, 3)))
CASE("normal_..kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).normal_(), torch::zeros({33}, torch::kFloat).normal_()))
CASE("normal_..kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).normal_(), torch::zeros({33}, torch::kDouble).normal_()))
CASE("normal_..half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).normal_(), torch::zeros({9}, torch::kBFloat16).normal_()))
CASE("normal_.1_0.5.kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).normal_(1, 0.5), torch::zeros({33}, torch::kFloat).normal_(1, 0.5)))
CASE("normal_.1_0.5.kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).normal_(1, 0.5), torch::zeros({33}, torch::kDouble).normal_(1, 0.5)))
CASE("normal_.1_0.5.half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).normal_(1, 0.5), torch::zeros({9}, torch::kBFloat16).normal_(1, 0.5)))
CASE("exponential_..kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).exponential_(), torch::zeros({33}, torch::kFloat).exponential_()))
CASE("exponential_..kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).exponential_(), torch::zeros({33}, torch::kDouble).exponential_()))
CASE("exponential_..half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).exponential_(), torch::zeros({9}, torch::kBFloat16).exponential_()))
CASE("exponential_.2.5.kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).exponential_(2.5), torch::zeros({33}, torch::kFloat).exponential_(2.5)))
CASE("exponential_.2.5.kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).exponential_(2.5), torch::zeros({33}, torch::kDouble).exponential_(2.5)))
CASE("exponential_.2.5.half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).exponential_(2.5), torch::zeros({9}, torch::kBFloat16).exponential_(2.5)))
CASE("geometric_.0.3.kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).geometric_(0.3), torch::zeros({33}, torch::kFloat).geometric_(0.3)))
CASE("geometric_.0.3.kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).geometric_(0.3), torch::zeros({33}, torch::kDouble).geometric_(0.3)))
CASE("geometric_.0.3.half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).geometric_(0.3), torch::zeros({9}, torch::kBFloat16).geometric_(0.3)))
CASE("cauchy_..kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).cauchy_(), torch::zeros({33}, torch::kFloat).cauchy_()))
CASE("cauchy_..kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).cauchy_(), torch::zeros({33}, torch::kDouble).cauchy_()))
CASE("cauchy_..half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).cauchy_(), torch::zeros({9}, torch::kBFloat16).cauchy_()))
CASE("cauchy_.1_2.kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).cauchy_(1, 2), torch::zeros({33}, torch::kFloat).cauchy_(1, 2)))
CASE("cauchy_.1_2.kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).cauchy_(1, 2), torch::zeros({33}, torch::kDouble).cauchy_(1, 2)))
CASE("cauchy_.1_2.half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).cauchy_(1, 2), torch::zeros({9}, torch::kBFloat16).cauchy_(1, 2)))
CASE("log_normal_..kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).log_normal_(), torch::zeros({33}, torch::kFloat).log_normal_()))
CASE("log_normal_..kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).log_normal_(), torch::zeros({33}, torch::kDouble).log_normal_()))
CASE("log_normal_..half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).log_normal_(), torch::zeros({9}, torch::kBFloat16).log_normal_()))
CASE("log_normal_.0.5_0.25.kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).log_normal_(0.5, 0.25), torch::zeros({33}, torch::kFloat).log_normal_(0.5, 0.25)))
CASE("log_normal_.0.5_0.25.kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).log_normal_(0.5, 0.25), torch::zeros({33}, torch::kDouble).log_normal_(0.5, 0.25)))
CASE("log_normal_.0.5_0.25.half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).log_normal_(0.5, 0.25), torch::zeros({9}, torch::kBFloat16).log_normal_(0.5, 0.25)))
CASE("bernoulli_..kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).bernoulli_(), torch::zeros({33}, torch::kFloat).bernoulli_()))
CASE("bernoulli_..kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).bernoulli_(), torch::zeros({33}, torch::kDouble).bernoulli_()))
CASE("bernoulli_..half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).bernoulli_(), torch::zeros({9}, torch::kBFloat16).bernoulli_()))
CASE("bernoulli_.0.3.kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).bernoulli_(0.3), torch::zeros({33}, torch::kFloat).bernoulli_(0.3)))
CASE("bernoulli_.0.3.kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).bernoulli_(0.3), torch::zeros({33}, torch::kDouble).bernoulli_(0.3)))
CASE("bernoulli_.0.3.half",
     std::make_tuple(torch::zeros({9}, torch::kHalf).bernoulli_(0.3), torch::zeros({9}, torch::kBFloat16).bernoulli_(0.3)))
CASE("random_..kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).random_(), torch::zeros({33}, torch::kFloat).random_()))
CASE("random_..kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).random_(), torch::zeros({33}, torch::kDouble).random_()))
CASE("random_.10.kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).random_(10), torch::zeros({33}, torch::kFloat).random_(10)))
CASE("random_.10.kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).random_(10), torch::zeros({33}, torch::kDouble).random_(10)))
CASE("random_.-5_5.kFloat",
     std::make_tuple(torch::zeros({7}, torch::kFloat).random_(-5, 5), torch::zeros({33}, torch::kFloat).random_(-5, 5)))
CASE("random_.-5_5.kDouble",
     std::make_tuple(torch::zeros({7}, torch::kDouble).random_(-5, 5), torch::zeros({33}, torch::kDouble).random_(-5, 5)))
CASE("random_.kByte", torch::zeros({9}, torch::kByte).random_())
CASE("random_.kChar", torch::zeros({9}, torch::kChar).random_())
CASE("random_.kShort", torch::zeros({9}, torch::kShort).random_())
CASE("random_.kInt", torch::zeros({9}, torch::kInt).random_())
CASE("random_.kLong", torch::zeros({9}, torch::kLong).random_())
CASE("random_.kBool", torch::zeros({9}, torch::kBool).random_())
CASE("random_.kHalf", torch::zeros({9}, torch::kHalf).random_())
CASE("randint", torch::randint(10, {20}))
CASE("randint.lohi", torch::randint(-5, 5, {20}))
CASE("randint.int32", torch::randint(0, 100, {9}, torch::kInt))
CASE("randint.float", torch::randint(0, 100, {9}, torch::kFloat))

}  // namespace
