// Datasets, transforms and loaders: order, workers, errors, timeouts, datasets that keep their place, chunks.
#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

#include <wick/data.h>

#include "support.h"

namespace wick::test {
namespace {

using namespace data;            // NOLINT
using namespace data::datasets;  // NOLINT
namespace transforms = data::transforms;
namespace samplers = data::samplers;

// The number i as data, i * 10 as target.
struct Numbers : Dataset<Numbers> {
  explicit Numbers(size_t n) : n(n) {}
  Example<> get(size_t i) override { return {full({}, static_cast<int64_t>(i)), full({}, static_cast<int64_t>(10 * i))}; }
  std::optional<size_t> size() const override { return n; }
  size_t n;
};
struct Plain : Dataset<Plain, int> {
  int get(size_t i) override {
    if (i == fail_at) throw std::runtime_error("example 3 is bad");
    if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(i % 3 == 0 ? 8 : 1));
    return static_cast<int>(i);
  }
  std::optional<size_t> size() const override { return 20; }
  size_t fail_at = SIZE_MAX;
  bool slow = false;
};
using Ints = std::vector<int>;
template <class Loader>
std::vector<Ints> all(Loader& loader) {
  std::vector<Ints> r;
  for (auto& batch : loader) r.push_back(batch);
  return r;
}
Ints flat(const std::vector<Ints>& batches) {
  Ints r;
  for (const Ints& b : batches) r.insert(r.end(), b.begin(), b.end());
  return r;
}
Ints up_to(int n) {
  Ints r;
  for (int i = 0; i < n; ++i) r.push_back(i);
  return r;
}

TEST(Loader, MapsAndStacks) {
  auto set = Numbers(5).map(transforms::TensorLambda<>([](Tensor t) { return t + 100; })).map(transforms::Stack<>());
  auto loader = make_data_loader<samplers::SequentialSampler>(std::move(set), 2);
  std::vector<int64_t> sizes;
  for (auto& batch : *loader) {
    sizes.push_back(batch.data.size(0));
    EXPECT_TRUE(equal((batch.data - 100) * 10, batch.target));
  }
  EXPECT_EQ(sizes, (std::vector<int64_t>{2, 2, 1}));
}

TEST(Loader, NormalizeAndTensorDataset) {
  const Tensor x = arange(24, kFloat).view({2, 3, 2, 2});
  auto set = TensorDataset(x).map(transforms::Lambda<TensorExample, Example<>>([](TensorExample e) { return Example<>(e.data, ones({})); }))
                 .map(transforms::Normalize<>({1., 2., 3.}, {2., 2., 4.})).map(transforms::Stack<>());
  const Tensor got = set.get_batch(std::vector<size_t>{1, 0}).data;
  const Tensor mean = tensor({1.f, 2.f, 3.f}).view({3, 1, 1}), sd = tensor({2.f, 2.f, 4.f}).view({3, 1, 1});
  EXPECT_TRUE(equal(got, (x.flip(0) - mean) / sd));
  EXPECT_EQ(set.size(), std::optional<size_t>(2));
}

TEST(Loader, WorkersKeepTheOrder) {
  for (size_t workers : {0, 1, 3}) {
    Plain set;
    set.slow = true;
    auto loader = make_data_loader<samplers::SequentialSampler>(set, DataLoaderOptions(3).workers(workers));
    for (int epoch = 0; epoch < 2; ++epoch) EXPECT_EQ(flat(all(*loader)), up_to(20)) << workers;
  }
  Plain set;
  set.slow = true;
  auto loader = make_data_loader<samplers::SequentialSampler>(set, DataLoaderOptions(1).workers(4).enforce_ordering(false));
  const Ints got = flat(all(*loader));
  const Ints want = up_to(20);
  EXPECT_EQ(std::set<int>(got.begin(), got.end()), std::set<int>(want.begin(), want.end()));
  EXPECT_EQ(got.size(), 20u);
}

TEST(Loader, DropsTheLast) {
  auto loader = make_data_loader<samplers::SequentialSampler>(Plain(), DataLoaderOptions(8).drop_last(true));
  EXPECT_EQ(all(*loader).size(), 2u);
}

TEST(Loader, ErrorsOfWorkersArrive) {
  Plain set;
  set.fail_at = 3;
  auto loader = make_data_loader<samplers::SequentialSampler>(set, DataLoaderOptions(2).workers(2));
  auto it = loader->begin();
  EXPECT_EQ(*it, (Ints{0, 1}));
  EXPECT_TRUE(contains(error_of<WorkerException>([&] { ++it; }), "Original message: example 3 is bad"));
  auto here = make_data_loader<samplers::SequentialSampler>(set, DataLoaderOptions(2));
  EXPECT_TRUE(contains(error_of<std::runtime_error>([&] { all(*here); }), "example 3"));
}

TEST(Loader, TimesOut) {
  struct Stuck : Dataset<Stuck, int> {
    int get(size_t) override { std::this_thread::sleep_for(std::chrono::milliseconds(200)); return 1; }
    std::optional<size_t> size() const override { return 2; }
  };
  auto loader = make_data_loader(Stuck(), DataLoaderOptions(1).workers(1).timeout(std::chrono::milliseconds(10)));
  EXPECT_TRUE(contains(error_of([&] { *loader->begin(); }), "Timeout"));
}

TEST(Loader, Iterators) {
  auto loader = make_data_loader<samplers::SequentialSampler>(Plain(), 15);
  auto it = loader->begin();
  EXPECT_TRUE(it != loader->end());
  EXPECT_EQ(it->size(), 15u);
  ++it;
  ++it;
  EXPECT_TRUE(it == loader->end());
  EXPECT_TRUE(contains(error_of([&] { ++it; }), "past the end"));
  EXPECT_TRUE(contains(error_of([&] { *it; }), "past the end"));
  auto end = loader->end();
  EXPECT_TRUE(contains(error_of([&] { ++end; }), "past-the-end"));
  EXPECT_TRUE(contains(error_of([&] { *end; }), "past-the-end"));
  auto busy = make_data_loader(Plain(), DataLoaderOptions(1).workers(1));
  auto first = busy->begin();
  EXPECT_TRUE(contains(error_of([&] { busy->begin(); }), "not yet exhausted"));
}

TEST(Loader, UnknownSizeNeedsASampler) {
  struct Endless : Dataset<Endless, int> {
    int get(size_t) override { return 1; }
    std::optional<size_t> size() const override { return std::nullopt; }
  };
  EXPECT_TRUE(contains(error_of([] { make_data_loader(Endless(), 1); }), "Expected the dataset to be sized"));
}

TEST(Loader, StreamsAndOwnRequests) {
  struct Counter : StreamDataset<Counter, Ints> {
    Ints get_batch(size_t n) override {
      Ints r;
      while (n-- > 0) r.push_back(next++);
      return r;
    }
    std::optional<size_t> size() const override { return std::nullopt; }
    int next = 0;
  };
  auto loader = make_data_loader(Counter(), samplers::StreamSampler(7), DataLoaderOptions(3));
  EXPECT_EQ(all(*loader), (std::vector<Ints>{{0, 1, 2}, {3, 4, 5}, {6}}));

  struct Range : samplers::CustomBatchRequest {
    Range(int from, int to) : from(from), to(to) {}
    size_t size() const override { return static_cast<size_t>(to - from); }
    int from, to;
  };
  struct Ranges : samplers::Sampler<Range> {
    void reset(std::optional<size_t>) override { at = 0; }
    std::optional<Range> next(size_t n) override {
      if (at >= 6) return std::nullopt;
      at += static_cast<int>(n);
      return Range(at - static_cast<int>(n), at);
    }
    int at = 0;
  };
  struct Rows : BatchDataset<Rows, Ints, Range> {
    Ints get_batch(Range r) override { return {r.from, r.to}; }
    std::optional<size_t> size() const override { return 6; }
  };
  auto rows = make_data_loader(Rows(), Ranges(), DataLoaderOptions(2));
  EXPECT_EQ(all(*rows), (std::vector<Ints>{{0, 2}, {2, 4}, {4, 6}}));
}

struct Countdown : StatefulDataset<Countdown, Ints, size_t> {
  std::optional<Ints> get_batch(size_t n) override {
    const int k = left->fetch_sub(static_cast<int>(n));
    return k > 0 ? std::optional<Ints>(Ints{k}) : std::nullopt;
  }
  std::optional<size_t> size() const override { return std::nullopt; }
  void reset() override { *left = 6; }
  std::shared_ptr<std::atomic<int>> left = std::make_shared<std::atomic<int>>(0);
};
TEST(Loader, DatasetsThatKeepTheirPlace) {
  auto loader = make_data_loader(Countdown(), 2);
  for (int epoch = 0; epoch < 2; ++epoch) EXPECT_EQ(all(*loader), (std::vector<Ints>{{6}, {4}, {2}}));
  auto doubled = make_data_loader(Countdown().map(transforms::BatchLambda<Ints>([](Ints v) { v[0] *= 2; return v; })), 3);
  EXPECT_EQ(all(*doubled), (std::vector<Ints>{{12}, {6}}));
  auto several = make_data_loader(Countdown(), DataLoaderOptions(1).workers(3));
  EXPECT_EQ(all(*several).size(), 6u);
}

TEST(Loader, SharedDatasets) {
  struct Shared : BatchDataset<Shared, int> {
    int get_batch(ArrayRef<size_t> i) override { return *calls += static_cast<int>(i.size()); }
    std::optional<size_t> size() const override { return 4; }
    std::shared_ptr<std::atomic<int>> calls = std::make_shared<std::atomic<int>>(0);
  };
  auto set = make_shared_dataset<Shared>();
  auto loader = make_data_loader(set, DataLoaderOptions(1).workers(2));
  for (int b : *loader) EXPECT_GT(b, 0);
  EXPECT_EQ(set->calls->load(), 4);
}

TEST(Loader, Options) {
  const FullDataLoaderOptions full(DataLoaderOptions().workers(3));
  EXPECT_EQ(full.max_jobs, 6u);
  EXPECT_EQ(full.batch_size, 1u);
  EXPECT_TRUE(full.enforce_ordering);
  EXPECT_FALSE(full.drop_last);
}

// Chunk c holds sizes[c] numbers from 100 * c.
struct Chunks : ChunkDataReader<int> {
  explicit Chunks(std::vector<int> sizes, size_t bad = SIZE_MAX) : sizes(std::move(sizes)), bad(bad) {}
  Ints read_chunk(size_t c) override {
    if (c == bad) throw std::runtime_error("chunk is bad");
    Ints r;
    for (int i = 0; i < sizes[c]; ++i) r.push_back(static_cast<int>(100 * c) + i);
    return r;
  }
  size_t chunk_count() override { return sizes.size(); }
  void reset() override {}
  std::vector<int> sizes;
  size_t bad;
};
using InOrder = samplers::SequentialSampler;
using Ordered = ChunkDataset<Chunks, InOrder, InOrder>;

TEST(Chunks, FillBatchesAcrossChunks) {
  Ordered set(Chunks({3, 0, 4, 1}), InOrder(0), InOrder(0), ChunkDatasetOptions(1, 3));
  EXPECT_TRUE(contains(error_of([&] { set.get_batch(); }), "reset()"));
  for (int epoch = 0; epoch < 2; ++epoch) {
    set.reset();
    std::vector<Ints> got;
    while (auto b = set.get_batch()) got.push_back(*b);
    EXPECT_EQ(got, (std::vector<Ints>{{0, 1, 2}, {200, 201, 202}, {203, 300}}));
  }
  EXPECT_TRUE(contains(error_of([&] { set.get_batch(2); }), "does not match"));
  set.reset();  // an epoch that is left early
  set.reset();
  EXPECT_EQ(*set.get_batch(), (Ints{0, 1, 2}));
}
TEST(Chunks, SmallCacheManyThreadsAndALoader) {
  auto set = make_shared_dataset<ChunkDataset<Chunks>>(Chunks(std::vector<int>(10, 7)), samplers::RandomSampler(0), samplers::RandomSampler(0), ChunkDatasetOptions(3, 4, 4, 2));
  auto loader = make_data_loader(set, DataLoaderOptions(4).workers(2));
  for (int epoch = 0; epoch < 2; ++epoch) {
    const Ints got = flat(all(*loader));
    EXPECT_EQ(got.size(), 70u);
    EXPECT_EQ(std::set<int>(got.begin(), got.end()).size(), 70u);
  }
}
TEST(Chunks, ErrorsComeInTheirTurn) {
  Ordered set(Chunks({2, 2, 2}, 1), InOrder(0), InOrder(0), ChunkDatasetOptions(1, 4));
  set.reset();
  EXPECT_EQ(*set.get_batch(), (Ints{0, 1}));
  EXPECT_TRUE(contains(error_of<WorkerException>([&] { set.get_batch(); }), "chunk is bad"));
  EXPECT_EQ(*set.get_batch(), (Ints{200, 201}));
  EXPECT_FALSE(set.get_batch().has_value());
}
TEST(Chunks, PreprocessingAndPlace) {
  Ordered set(Chunks({2, 2, 2}), InOrder(0), InOrder(0), ChunkDatasetOptions(1, 2, 2), [](Ints& v) { for (int& x : v) x = -x; });
  set.reset();
  EXPECT_EQ(*set.get_batch(), (Ints{0, -1}));
  InOrder place(3);
  place.reset();
  place.next(2);
  std::stringstream stream;
  save(place, stream);
  Ordered again(Chunks({2, 2, 2}), InOrder(3), InOrder(0), ChunkDatasetOptions(1, 2));
  load(again, stream);
  again.reset();  // goes on after chunk 1
  EXPECT_EQ(*again.get_batch(), (Ints{200, 201}));
  EXPECT_FALSE(again.get_batch().has_value());
}
TEST(Chunks, Options) {
  EXPECT_TRUE(contains(error_of([] { ChunkDatasetOptions(0, 1); }), "Preloader count is 0"));
  EXPECT_TRUE(contains(error_of([] { ChunkDatasetOptions(1, 0); }), "Batch size is 0"));
  EXPECT_TRUE(contains(error_of([] { ChunkDatasetOptions(1, 1, 0); }), "Cache size is 0"));
  EXPECT_TRUE(contains(error_of([] { ChunkDatasetOptions(1, 9, 5); }), "less than batch size"));
  EXPECT_TRUE(contains(error_of([] { ChunkDatasetOptions(1, 1, 5, 0); }), "cross_chunk_shuffle_count"));
}

TEST(Samplers, PlacesSurvive) {
  const auto go_on = [](auto a, auto b) {
    a.reset();
    b.reset();
    const auto first = a.next(3);
    std::stringstream stream;
    save(a, stream);
    load(b, stream);
    for (;;) {
      const auto x = a.next(2), y = b.next(2);
      ASSERT_EQ(x.has_value(), y.has_value());
      if (!x) break;
      EXPECT_EQ(x->size(), y->size());
      if constexpr (std::is_same_v<std::decay_t<decltype(*x)>, std::vector<size_t>>) { EXPECT_EQ(*x, *y); }
    }
  };
  go_on(samplers::RandomSampler(10), samplers::RandomSampler(10));
  go_on(samplers::SequentialSampler(10), samplers::SequentialSampler(10));
  go_on(samplers::StreamSampler(10), samplers::StreamSampler(10));
  samplers::DistributedRandomSampler epoch3(10, 2, 1);
  epoch3.set_epoch(3);
  go_on(epoch3, samplers::DistributedRandomSampler(10, 2, 1));
  go_on(samplers::DistributedSequentialSampler(10, 2, 0), samplers::DistributedSequentialSampler(10, 2, 0));
  serialize::OutputArchive bad;
  bad.write("index", full({}, int64_t{99}), true);
  std::stringstream stream;
  bad.save_to(stream);
  samplers::SequentialSampler s(10);
  load(s, stream);
  EXPECT_FALSE(s.next(4)) << "an index beyond the end leaves nothing, as in libtorch";
}
TEST(Samplers, SharesCoverAll) {
  for (const bool duplicates : {true, false}) {
    std::multiset<size_t> seen;
    size_t longest = 0, shortest = SIZE_MAX;
    for (size_t rank = 0; rank < 3; ++rank) {
      samplers::DistributedRandomSampler s(10, 3, rank, duplicates);
      size_t n = 0;
      while (auto batch = s.next(4))
        for (size_t i : *batch) seen.insert(i), ++n;
      longest = std::max(longest, n);
      shortest = std::min(shortest, n);
    }
    EXPECT_EQ(longest, shortest);
    EXPECT_EQ(seen.size(), duplicates ? 12u : 9u);
    EXPECT_EQ(std::set<size_t>(seen.begin(), seen.end()).size(), duplicates ? 10u : 9u);
  }
}

}  // namespace
}  // namespace wick::test
