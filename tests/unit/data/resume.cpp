// Loaders that go on in the middle of an epoch.
#include <random>

#include <wick/core/generator.h>
#include <wick/data.h>
#include <wick/io/archive.h>

#include "support.h"

namespace wick::test {
namespace {

using namespace data;            // NOLINT
using namespace data::datasets;  // NOLINT
namespace samplers = data::samplers;

struct Numbers : Dataset<Numbers, int> {
  int get(size_t i) override { return static_cast<int>(i); }
  std::optional<size_t> size() const override { return 23; }
};
using Batches = std::vector<std::vector<int>>;

template <class Loader>
void transfer(const Loader& from, Loader& to) {
  serialize::OutputArchive out;
  from.save(out);
  std::stringstream bytes;
  out.save_to(bytes);
  serialize::InputArchive in;
  in.load_from(bytes);
  to.load(in);
}

// Two epochs with draws in between; a second loader takes over after `stop` batches, and a third one after one batch more.
template <class Make>
void expect_same_order(const Make& make, size_t epoch_batches) {
  const auto run = [&](size_t stop) {
    manual_seed(3);
    auto loader = make();
    Batches seen;
    size_t n = 0;
    std::vector<Tensor> draws;
    for (int epoch = 0; epoch < 2;) {
      bool replaced = false;
      for (auto& b : *loader) {
        seen.push_back(b);
        draws.push_back(randn({2}));
        if (++n != stop && n != stop + 1) continue;
        const Tensor state = default_generator().get_state();
        auto other = make();
        Generator g = default_generator();
        transfer(*loader, *other);
        g.set_state(state);  // as a checkpoint restores it
        loader = std::move(other);
        replaced = true;
        break;
      }
      if (!replaced) ++epoch;
    }
    return std::make_pair(seen, stack(draws));
  };
  const auto whole = run(1000);
  ASSERT_EQ(whole.first.size(), 2 * epoch_batches);
  for (size_t stop = 1; stop <= 2 * epoch_batches; ++stop) {
    const auto parts = run(stop);
    EXPECT_EQ(parts.first, whole.first) << stop;
    EXPECT_TRUE(same_bits(parts.second, whole.second)) << stop;
  }
}

// A sampler with random numbers of its own.
struct OwnNumbers : samplers::Sampler<> {
  void reset(std::optional<size_t>) override {
    order.resize(23);
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
    at = 0;
  }
  std::optional<std::vector<size_t>> next(size_t n) override {
    if (at == order.size()) return std::nullopt;
    n = std::min(n, order.size() - at);
    at += n;
    return std::vector<size_t>(order.begin() + static_cast<std::ptrdiff_t>(at - n), order.begin() + static_cast<std::ptrdiff_t>(at));
  }
  void save(serialize::OutputArchive& a) const override {
    std::ostringstream text;
    text << random;
    a.write("random", IValue(text.str()));
  }
  void load(serialize::InputArchive& a) override {
    IValue v;
    a.read("random", v);
    std::istringstream(v.toStringRef()) >> random;
  }
  std::vector<size_t> order;
  size_t at = 0;
  std::mt19937 random{7};
};

TEST(Resume, RandomOrderWithAndWithoutWorkers) {
  for (size_t workers : {0, 1, 3}) {
    SCOPED_TRACE(workers);
    expect_same_order([&] { return make_data_loader(Numbers(), DataLoaderOptions(4).workers(workers)); }, 6);
    expect_same_order([&] { return make_data_loader(Numbers(), DataLoaderOptions(4).workers(workers).drop_last(true)); }, 5);
    expect_same_order([&] { return make_data_loader<samplers::SequentialSampler>(Numbers(), DataLoaderOptions(4).workers(workers)); }, 6);
    expect_same_order([&] { return make_data_loader(Numbers(), OwnNumbers(), DataLoaderOptions(4).workers(workers)); }, 6);
    expect_same_order([&] { return make_data_loader(Numbers(), samplers::DistributedRandomSampler(23, 2, 1), DataLoaderOptions(4).workers(workers)); }, 3);
  }
}

struct Counting : StatefulDataset<Counting, std::vector<int>, size_t> {
  std::optional<std::vector<int>> get_batch(size_t n) override {
    if (at >= 20) return std::nullopt;
    std::vector<int> r;
    for (size_t i = 0; i < n; ++i) r.push_back(order[at++]);
    return r;
  }
  void reset() override {
    at = 0;
    order.clear();
    const Tensor p = randperm(20);
    for (int64_t i = 0; i < 20; ++i) order.push_back(static_cast<int>(p[i].item<int64_t>()));
  }
  std::optional<size_t> size() const override { return std::nullopt; }
  void save(serialize::OutputArchive&) const override {}
  void load(serialize::InputArchive&) override {}
  size_t at = 0;
  std::vector<int> order;
};

TEST(Resume, DatasetsThatKeepTheirPlace) {
  for (size_t workers : {0, 1}) expect_same_order([&] { return make_data_loader(Counting(), DataLoaderOptions(4).workers(workers)); }, 5);
}

TEST(Resume, APlaceThatWasLoadedCanBeSavedAgain) {
  manual_seed(5);
  auto a = make_data_loader(Numbers(), DataLoaderOptions(4)), b = make_data_loader(Numbers(), DataLoaderOptions(4)), c = make_data_loader(Numbers(), DataLoaderOptions(4));
  auto it = a->begin();
  const std::vector<int> first = *it;
  transfer(*a, *b);
  transfer(*b, *c);
  ++it;
  EXPECT_EQ(*c->begin(), *it);
  EXPECT_NE(*it, first);
}

TEST(Resume, Errors) {
  auto a = make_data_loader(Numbers(), DataLoaderOptions(4)), b = make_data_loader(Numbers(), DataLoaderOptions(5));
  *a->begin();
  EXPECT_TRUE(contains(error_of<ValueError>([&] { transfer(*a, *b); }), "batches of 4, this loader has batches of 5"));
  serialize::OutputArchive out;
  a->save(out);
  out.write("taken", IValue(int64_t{1} << 60));  // beyond the epoch: nothing is left of it
  std::stringstream bytes;
  out.save_to(bytes);
  serialize::InputArchive in;
  in.load_from(bytes);
  a->load(in);
  EXPECT_TRUE(a->begin() == a->end());
  EXPECT_EQ(a->size(), std::optional<size_t>(6));
}

}  // namespace
}  // namespace wick::test
