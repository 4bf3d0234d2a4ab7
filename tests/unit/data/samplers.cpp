// Samplers that Python has and the C++ frontend lacks; numbers from PyTorch 2.13.
#include <algorithm>
#include <numeric>
#include <set>
#include <sstream>

#include <wick/core/warning.h>
#include <wick/data.h>
#include <wick/io/archive.h>

#include "support.h"

namespace wick::test {
namespace {

namespace samplers = data::samplers;
using Indices = std::vector<size_t>;

template <class S>
Indices epoch(S& sampler, size_t batch = 4) {
  Indices r;
  sampler.reset();
  while (const auto b = sampler.next(batch)) r.insert(r.end(), b->begin(), b->end());
  return r;
}

TEST(Samplers, PythonsDrawsWithWeights) {
  manual_seed(7);
  const std::vector<double> weights{0.1, 0.9, 0.4, 0.7, 3.0, 0.6};
  samplers::WeightedRandomSampler again(weights, 10), once(weights, 5, false);
  EXPECT_EQ(epoch(again), (Indices{3, 3, 4, 4, 5, 4, 3, 4, 4, 4}));
  EXPECT_EQ(epoch(again), (Indices{1, 1, 1, 1, 1, 4, 0, 5, 1, 5}));
  EXPECT_EQ(epoch(once), (Indices{3, 4, 5, 1, 2}));
  samplers::SubsetRandomSampler subset({30, 10, 7, 99, 5, 1, 2});
  EXPECT_EQ(epoch(subset), (Indices{10, 5, 7, 2, 99, 30, 1}));
  EXPECT_EQ(epoch(subset), (Indices{5, 10, 7, 2, 99, 1, 30}));
  manual_seed(7);
  samplers::WeightedRandomSampler close({1e-9, 1, 1e-9, 1 + 1e-9}, 8);
  EXPECT_EQ(epoch(close), (Indices{1, 1, 3, 3, 3, 3, 1, 3}));
}

TEST(Samplers, GeneratorsOfTheirOwn) {
  const Generator g = make_generator(3);
  const Tensor before = default_generator().get_state();
  samplers::WeightedRandomSampler weighted({1, 2, 3.3}, 4, true, g);
  samplers::SubsetRandomSampler subset({5, 6, 7, 8}, g);
  EXPECT_EQ(weighted.next(9), std::optional<Indices>({0, 1, 2, 1}));  // draws without a reset, too
  EXPECT_EQ(epoch(subset), (Indices{6, 7, 5, 8}));
  EXPECT_TRUE(same_bits(before, default_generator().get_state()));
}

TEST(Samplers, WeightsAndSubsetsRefuse) {
  EXPECT_TRUE(contains(error_of<ValueError>([] { samplers::WeightedRandomSampler({1}, 0); }), "num_samples must be positive"));
  EXPECT_NE(error_of([] { samplers::WeightedRandomSampler({1, -1}, 3).reset(); }), "(no error)");
  EXPECT_NE(error_of([] { samplers::WeightedRandomSampler({1, 2}, 3, false).reset(); }), "(no error)");
  EXPECT_TRUE(contains(error_of<ValueError>([] { samplers::SubsetRandomSampler({1, 2}).reset(3); }), "it has 2 numbers, 3 are wanted"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { samplers::BatchSampler<>(samplers::RandomSampler(3), 0); }), "batch_size"));
  EXPECT_TRUE(contains(error_of<TypeError>([] { samplers::WeightedRandomSampler::balanced(ones({3})); }), "integers"));
  samplers::WeightedRandomSampler s({1, 2}, 2);
  s.reset(7);
  EXPECT_EQ(s.next(100)->size(), 7u);
}

TEST(Samplers, BalancedWeightsMakeClassesEqual) {
  const Tensor labels = cat({zeros({900}, kLong), ones({100}, kLong)});
  manual_seed(0);
  samplers::WeightedRandomSampler s(samplers::WeightedRandomSampler::balanced(labels), 10000);
  size_t rare = 0;
  for (const size_t i : epoch(s, 512)) rare += i >= 900;
  EXPECT_GT(rare, 4800u);
  EXPECT_LT(rare, 5200u);
}

TEST(Samplers, BatchesOfTheirOwnSize) {
  samplers::BatchSampler<samplers::SequentialSampler> all(samplers::SequentialSampler(7), 3), whole(samplers::SequentialSampler(7), 3, true);
  EXPECT_EQ(*all.next(100), (Indices{0, 1, 2}));
  EXPECT_EQ(*all.next(1), (Indices{3, 4, 5}));
  EXPECT_EQ(*all.next(1), (Indices{6}));
  EXPECT_FALSE(all.next(1));
  EXPECT_EQ(epoch(whole), (Indices{0, 1, 2, 3, 4, 5}));
}

TEST(Samplers, PlacesOfRandomKindsSurvive) {
  const auto go_on = [](auto a, auto b) {
    a.reset();
    a.next(2);
    std::stringstream stream;
    save(a, stream);
    load(b, stream);
    EXPECT_EQ(a.next(3), b.next(3));
    EXPECT_EQ(a.next(99), b.next(99));
    EXPECT_FALSE(b.next(1));
  };
  go_on(samplers::WeightedRandomSampler({1, 2, 3}, 9), samplers::WeightedRandomSampler({1, 2, 3}, 9));
  go_on(samplers::SubsetRandomSampler({9, 1000, 7, 3, 1}), samplers::SubsetRandomSampler({9, 1000, 7, 3, 1}));
}

TEST(Samplers, SharesOfFewExamples) {
  for (size_t rank = 0; rank < 4; ++rank) {
    samplers::DistributedRandomSampler random(1, 4, rank), none(0, 4, rank);
    samplers::DistributedSequentialSampler ordered(1, 4, rank);
    EXPECT_EQ(epoch(random), Indices{0});
    EXPECT_EQ(epoch(ordered), Indices{0});
    EXPECT_EQ(epoch(none), Indices{});
  }
}

TEST(Samplers, RanksShareTheBatchesOfOne) {
  for (const size_t ranks : {1, 2, 3, 4}) {
    const auto at = [&](size_t rank, size_t least) {
      samplers::RankSampler<samplers::SequentialSampler> s(samplers::SequentialSampler(23), ranks, rank, least);
      std::vector<Indices> batches;
      s.reset();
      while (const auto b = s.next(3)) batches.emplace_back(b->begin(), b->end());
      return batches;
    };
    // Together, batch by batch, all numbers in order.
    Indices all;
    for (size_t k = 0; k < (23 + 3 * ranks - 1) / (3 * ranks); ++k)
      for (size_t r = 0; r < ranks; ++r)
        if (const auto b = at(r, 0); k < b.size()) all.insert(all.end(), b[k].begin(), b[k].end());
    Indices wanted(23);
    std::iota(wanted.begin(), wanted.end(), 0);
    EXPECT_EQ(all, wanted) << ranks;
    for (size_t r = 0; r < ranks; ++r) {
      EXPECT_EQ(at(r, 2).size(), at(0, 2).size());
      for (const Indices& b : at(r, 2)) EXPECT_GE(b.size(), 2u);
    }
  }
  samplers::RankSampler<samplers::SequentialSampler> last(samplers::SequentialSampler(1), 3, 0, 2);  // rank 2 has the only one
  EXPECT_EQ(*last.next(4), (std::vector<size_t>{0, 0}));
  EXPECT_THROW(samplers::RankSampler<>(samplers::RandomSampler(3), 2, 2), ValueError);
}

TEST(Samplers, APlaceIsThatOfAnyRank) {
  std::vector<std::string> said;
  const auto before = set_warning_handler([&](const std::string& text) { said.push_back(text); });
  samplers::DistributedRandomSampler first(30, 3, 0), third(30, 3, 2), again(30, 3, 2);
  samplers::DistributedSequentialSampler one(30, 3, 0), two(30, 3, 1);
  first.set_epoch(4), third.set_epoch(4);
  first.reset(), third.reset();
  first.next(4), third.next(4), one.next(7);
  const auto carry = [](const auto& from, auto& to) {
    serialize::OutputArchive out;
    from.save(out);
    std::stringstream bytes;
    out.save_to(bytes);
    serialize::InputArchive in;
    in.load_from(bytes);
    to.load(in);
  };
  carry(first, again);
  carry(one, two);
  EXPECT_EQ(again.epoch(), 4u);
  EXPECT_EQ(*again.next(6), *third.next(6));
  EXPECT_EQ(*two.next(3), (std::vector<size_t>{17, 18, 19}));
  // A place at the end of an epoch is no second epoch in the same order.
  first.next(6);
  carry(first, again);
  again.reset();
  set_warning_handler(before);
  EXPECT_TRUE(said.empty()) << said[0];
}

TEST(Samplers, LoadersHandThemOut) {
  struct Numbers : data::datasets::Dataset<Numbers, int> {
    int get(size_t i) override { return static_cast<int>(i); }
    std::optional<size_t> size() const override { return 12; }
  };
  auto loader = data::make_data_loader(Numbers(), samplers::DistributedRandomSampler(12, 2, 0), data::DataLoaderOptions(6));
  const auto order = [&](size_t e) {
    loader->sampler().set_epoch(e);
    return *loader->begin();
  };
  const auto first = order(0);
  EXPECT_NE(order(1), first);
  EXPECT_EQ(order(0), first);
}

TEST(Samplers, ASecondEpochInTheSameOrderIsWarnedOf) {
  std::vector<std::string> said;
  const auto before = set_warning_handler([&](const std::string& text) { said.push_back(text); });
  samplers::DistributedRandomSampler share(12, 2, 0), whole(12), partly(12, 2, 1);
  for (size_t e = 0; e < 3; ++e) {
    share.set_epoch(e);
    epoch(share);
    epoch(whole);
  }
  partly.next(2);
  partly.reset();
  EXPECT_TRUE(said.empty());
  for (int i = 0; i < 3; ++i) epoch(share);
  set_warning_handler(before);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("call set_epoch(epoch) before each epoch (it is 2 still)"), std::string::npos) << said[0];
}

}  // namespace
}  // namespace wick::test
