// What workers draw, how much they hold, and how they fail.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include <wick/core/parallel.h>
#include <wick/data.h>
#include <wick/io/archive.h>
#include <wick/vision.h>

#include "support.h"

namespace wick::test {
namespace {

using namespace data;            // NOLINT
using namespace data::datasets;  // NOLINT
namespace samplers = data::samplers;
namespace V = vision::transforms;

// Pictures changed at random: by the dataset, and by a transform over it.
struct Pictures : Dataset<Pictures> {
  Example<> get(size_t i) override {
    std::this_thread::sleep_for(std::chrono::microseconds(i % 3 == 0 ? 500 : 10));  // so that workers overtake each other
    static const V::Compose change({V::RandomCrop(8), V::RandomHorizontalFlip(), V::ColorJitter(0.4, 0.4)});
    const Tensor picture = arange(300).add(static_cast<int64_t>(i)).remainder(256).to(kByte).view({3, 10, 10});
    return {change(picture).to(kFloat), full({}, static_cast<int64_t>(i))};
  }
  std::optional<size_t> size() const override { return 23; }
};
auto augmented() {
  return Pictures().map(transforms::TensorLambda<>([](Tensor x) { return x + randn({1}); })).map(transforms::Stack<>());
}
auto loader_of(DataLoaderOptions options) { return make_data_loader(augmented(), options); }

// All batches of some epochs, the loop drawing numbers of its own in between as a training does.
template <class Loader>
std::vector<Tensor> epochs(Loader& loader, int n) {
  std::vector<Tensor> seen;
  for (int e = 0; e < n; ++e)
    for (auto& batch : *loader) {
      seen.push_back(batch.data);
      seen.push_back(batch.target);
      seen.push_back(rand({2}));
    }
  return seen;
}
void expect_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(same_bits(a[i], b[i])) << i;
}

TEST(Workers, SameBatchesForAnyNumberOfThem) {
  manual_seed(11);
  auto alone = loader_of(DataLoaderOptions(4));
  const auto want = epochs(alone, 2);
  ASSERT_EQ(want.size(), 36u);
  for (const size_t workers : {1, 4}) {
    SCOPED_TRACE(workers);
    manual_seed(11);
    auto loader = loader_of(DataLoaderOptions(4).workers(workers));
    expect_same(epochs(loader, 2), want);
  }
  manual_seed(12);
  auto other = loader_of(DataLoaderOptions(4));
  EXPECT_FALSE(same_bits(epochs(other, 1)[0], want[0]));
}

TEST(Workers, UnorderedBatchesAreTheSameOnes) {
  const auto sums = [](DataLoaderOptions options) {
    manual_seed(2);
    auto loader = loader_of(options);
    std::multiset<float> r;
    for (auto& b : *loader) r.insert(b.data.sum().item<float>());
    return r;
  };
  EXPECT_EQ(sums(DataLoaderOptions(3)), sums(DataLoaderOptions(3).workers(4).enforce_ordering(false)));
}

TEST(Workers, EachEpochHasOtherNumbersWithoutShuffling) {
  manual_seed(4);
  auto loader = make_data_loader<samplers::SequentialSampler>(augmented(), DataLoaderOptions(4).workers(2));
  const Tensor before = default_generator().get_state();
  Tensor first[2];
  for (Tensor& f : first)
    for (auto& batch : *loader)
      if (!f.defined()) f = batch.data;
  EXPECT_FALSE(same_bits(first[0], first[1]));
  EXPECT_TRUE(same_bits(before, default_generator().get_state())) << "batches use up none of the training's numbers";
}

TEST(Workers, PlaceInTheMiddleOfAnEpochWithRandomChanges) {
  manual_seed(5);
  auto whole = loader_of(DataLoaderOptions(4));
  const auto want = epochs(whole, 3);
  for (const size_t workers : {0, 1, 3}) {
    for (const size_t stop : {1, 4, 6, 7, 12}) {  // 6 and 12: between epochs
      SCOPED_TRACE(std::to_string(workers) + " workers, " + std::to_string(stop) + " batches");
      manual_seed(5);
      auto first = loader_of(DataLoaderOptions(4).workers(workers));
      std::vector<Tensor> seen;
      const auto take = [&](auto& loader, size_t most) {
        while (seen.size() < want.size() && seen.size() / 3 < most)
          for (auto& batch : *loader) {
            seen.insert(seen.end(), {batch.data, batch.target, rand({2})});
            if (seen.size() / 3 == most && most % 6 != 0) break;
          }
      };
      take(first, stop);
      std::stringstream bytes;
      serialize::OutputArchive out;
      first->save(out);
      out.save_to(bytes);
      const Tensor numbers = default_generator().get_state();
      auto second = loader_of(DataLoaderOptions(4).workers(2));
      serialize::InputArchive in;
      in.load_from(bytes);
      second->load(in);
      Generator g = default_generator();
      g.set_state(numbers);
      take(second, 18);
      expect_same(seen, want);
    }
  }
}

TEST(Workers, NumbersOfTheDefaultGeneratorOnDemand) {
  struct Draws : Dataset<Draws, float> {
    float get(size_t) override { return rand({}).item<float>(); }
    std::optional<size_t> size() const override { return 4; }
  };
  const auto first = [](bool own) {
    manual_seed(9);
    auto loader = make_data_loader<samplers::SequentialSampler>(Draws(), DataLoaderOptions(4).batch_generator(own));
    return *loader->begin();
  };
  manual_seed(9);
  const Tensor want = rand({4});
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(first(false)[i], want[static_cast<int64_t>(i)].item<float>());
  EXPECT_NE(first(true), first(false));
}

TEST(Workers, SeedingWithinABatchStaysThere) {
  struct Seeds : Dataset<Seeds, float> {
    float get(size_t i) override {
      manual_seed(i);
      return rand({}).item<float>();
    }
    std::optional<size_t> size() const override { return 6; }
  };
  manual_seed(1);
  const Tensor before = default_generator().get_state();
  auto loader = make_data_loader<samplers::SequentialSampler>(Seeds(), DataLoaderOptions(2).workers(2));
  std::vector<float> got;
  for (auto& b : *loader) got.insert(got.end(), b.begin(), b.end());
  EXPECT_TRUE(same_bits(before, default_generator().get_state()));
  for (size_t i = 0; i < 6; ++i) EXPECT_EQ(got[i], rand({}, make_generator(i)).item<float>());
}

// Counts the batches that exist.
std::atomic<int> alive{0}, most{0};
struct Counted {
  Counted() { rise(); }
  Counted(const Counted&) { rise(); }
  ~Counted() { --alive; }
  static void rise() {
    const int now = ++alive;
    for (int m = most; now > m && !most.compare_exchange_weak(m, now);) {}
  }
};
struct Batches : BatchDataset<Batches, std::shared_ptr<Counted>> {
  std::shared_ptr<Counted> get_batch(ArrayRef<size_t>) override { return std::make_shared<Counted>(); }
  std::optional<size_t> size() const override { return 200; }
};

TEST(Workers, HoldNoMoreThanTheJobs) {
  for (const bool ordered : {true, false}) {
    most = 0;
    auto loader = make_data_loader<samplers::SequentialSampler>(Batches(), DataLoaderOptions(1).workers(3).max_jobs(5).enforce_ordering(ordered));
    size_t n = 0;
    for (auto& batch : *loader) {
      if (n++ % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));  // workers have time to run ahead
      EXPECT_TRUE(batch);
    }
    EXPECT_EQ(n, 200u);
    EXPECT_LE(most, 7) << "5 jobs, the one in use, and the one that takes its place";
    EXPECT_GE(most, 5);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Workers, RunOpsInOneThread) {
  struct Asks : Dataset<Asks, int> {
    int get(size_t) override {
      EXPECT_TRUE(equal(ones({300, 300}).mm(ones({300, 300})), full({300, 300}, 300.f)));
      return get_num_threads();
    }
    std::optional<size_t> size() const override { return 4; }
  };
  const Threads two(2);
  auto loader = make_data_loader(Asks(), DataLoaderOptions(1).workers(2));
  for (auto& b : *loader) EXPECT_EQ(b, std::vector<int>{1});
  auto here = make_data_loader(Asks(), DataLoaderOptions(1));
  for (auto& b : *here) EXPECT_EQ(b, std::vector<int>{2});
}

struct Broken : Dataset<Broken, int> {
  int get(size_t i) override {
    if (i == 17) throw ValueError("the picture is upside down");
    return static_cast<int>(i);
  }
  std::optional<size_t> size() const override { return 24; }
};

struct Whole : Dataset<Whole, int> {
  int get(size_t i) override { return static_cast<int>(i); }
  std::optional<size_t> size() const override { return 24; }
};

TEST(Workers, ErrorsNameTheExample) {
  auto expect_17 = [](auto loader) {
    size_t batches = 0, errors = 0;
    for (auto it = loader->begin(); it != loader->end() && batches < 99; ++batches) {
      try {
        ++it;
      } catch (const WorkerException& e) {
        ++errors;
        EXPECT_EQ(e.index, std::optional<size_t>(17));
        EXPECT_TRUE(contains(e.what(), "upside down"));
        EXPECT_TRUE(contains(e.what(), "(example 17 of the dataset)"));
        EXPECT_THROW(std::rethrow_exception(e.original_exception), ValueError);
        ++it;  // the loader goes on with the next batch
      }
    }
    EXPECT_EQ(errors, 1u);
  };
  const DataLoaderOptions options = DataLoaderOptions(4).workers(2).max_jobs(4);
  expect_17(make_data_loader<samplers::SequentialSampler>(Broken(), options));
  expect_17(make_data_loader<samplers::SequentialSampler>(Broken().map(transforms::Lambda<int>([](int i) { return 2 * i; })), options));
  expect_17(make_data_loader<samplers::SequentialSampler>(Whole().map(transforms::Lambda<int>([](int i) {
    if (i == 17) throw ValueError("the picture is upside down");
    return i;
  })), options));
}

TEST(Workers, ErrorsOfWholeBatchesNameNone) {
  const auto index_of = [](auto dataset) -> std::optional<size_t> {
    auto loader = make_data_loader<samplers::SequentialSampler>(std::move(dataset), DataLoaderOptions(4).workers(1));
    try {
      *loader->begin();
    } catch (const WorkerException& e) {
      EXPECT_FALSE(contains(e.what(), "of the dataset"));
      return e.index;
    }
    ADD_FAILURE() << "no error";
    return 0;
  };
  using Batch = std::vector<int>;
  EXPECT_FALSE(index_of(Whole().map(transforms::BatchLambda<Batch, Batch>([](Batch) -> Batch { throw ValueError("no batch"); }))));
  // A transform that changed how many there are, and one that got over an error before.
  EXPECT_FALSE(index_of(Whole().map(transforms::BatchLambda<Batch, Batch>([](Batch b) { return Batch(b.begin() + 1, b.end()); })).map(transforms::Lambda<int>([](int) -> int { throw ValueError("none"); }))));
  EXPECT_FALSE(index_of(Whole().map(transforms::BatchLambda<Batch, Batch>([](Batch) -> Batch {
    try {
      const std::vector<size_t> four{17, 1, 2, 3};
      Broken().get_batch(four);
    } catch (const ValueError&) {
    }
    throw ValueError("later");
  }))));
}

}  // namespace
}  // namespace wick::test
