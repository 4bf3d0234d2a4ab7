#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "support.h"

namespace wick::test {
namespace {

TEST(Threads, NumberIsExact) {
  for (int n : {1, 2, 3}) {
    const Threads scope(n);
    EXPECT_EQ(get_num_threads(), n);
    std::mutex mutex;
    std::set<std::thread::id> seen;
    parallel_for(0, 1000, 1, [&](int64_t, int64_t) {
      const std::lock_guard<std::mutex> lock(mutex);
      seen.insert(std::this_thread::get_id());
    });
    EXPECT_EQ(seen.size(), static_cast<size_t>(n));
  }
}

TEST(Threads, RejectsNonPositiveNumbers) {
  const int before = get_num_threads();
  EXPECT_THROW(set_num_threads(0), ValueError);
  EXPECT_THROW(set_num_threads(-1), ValueError);
  EXPECT_EQ(get_num_threads(), before);
}

TEST(ParallelFor, CoversEveryItemOnce) {
  const Threads scope(3);
  for (int64_t n : {0, 1, 2, 3, 7, 1000})
    for (int64_t grain : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> hits(static_cast<size_t>(n));
      parallel_for(0, n, grain, [&](int64_t begin, int64_t end) { for (int64_t k = begin; k < end; ++k) ++hits[static_cast<size_t>(k)]; });
      for (auto& h : hits) EXPECT_EQ(h, 1);
    }
}

TEST(ParallelFor, ThrowsAgainInTheCaller) {
  const Threads scope(2);
  EXPECT_THROW(parallel_for(0, 100, 1, [](int64_t, int64_t end) { if (end == 100) throw std::runtime_error("piece"); }), std::runtime_error);
  EXPECT_THROW(parallel_for(0, 1, 1, [](int64_t, int64_t) { throw std::runtime_error("alone"); }), std::runtime_error);
  int runs = 0;
  parallel_for(0, 1, 1, [&](int64_t, int64_t) { ++runs; });
  EXPECT_EQ(runs, 1) << "works after an exception";
}

TEST(ParallelFor, NestedLoopsRunInline) {
  const Threads scope(2);
  std::atomic<int> inner{0}, wide{0};
  parallel_for(0, 2, 1, [&](int64_t, int64_t) {
    EXPECT_TRUE(in_parallel_region());
    parallel_for(0, 100, 1, [&](int64_t begin, int64_t end) { ++inner; wide += static_cast<int>(end - begin); });
  });
  EXPECT_EQ(inner, 2);
  EXPECT_EQ(wide, 200);
  EXPECT_FALSE(in_parallel_region());
}

}  // namespace
}  // namespace wick::test
