#include "support.h"

namespace wick::test {
namespace {

constexpr int64_t kMegabyte = 1 << 20;

TEST(Memory, CountsWhatIsAlive) {
  const auto before = memory_stats();
  {
    const Tensor t = empty({kMegabyte}, kByte);
    EXPECT_GE(memory_stats().current_bytes, before.current_bytes + kMegabyte);
    const Tensor view = t.view({1024, 1024});
    EXPECT_LT(memory_stats().current_bytes, before.current_bytes + 2 * kMegabyte) << "a view takes no memory of its own";
  }
  EXPECT_EQ(memory_stats().current_bytes, before.current_bytes);
  EXPECT_GT(memory_stats().allocations, before.allocations);
}

TEST(Memory, PeakStartsAtWhatIsAlive) {
  reset_peak_memory_stats();
  const auto start = memory_stats();
  EXPECT_EQ(start.peak_bytes, start.current_bytes);
  { const Tensor t = empty({4 * kMegabyte}, kByte); }
  EXPECT_GE(memory_stats().peak_bytes, start.current_bytes + 4 * kMegabyte);
  reset_peak_memory_stats();
  EXPECT_EQ(memory_stats().peak_bytes, memory_stats().current_bytes);
}

TEST(Memory, ReusesFreedBlocks) {
  for (int64_t bytes : {int64_t{100}, int64_t{5000}, 3 * kMegabyte, 20 * kMegabyte}) {
    { const Tensor warm = empty({bytes}, kByte); }
    const auto before = memory_stats().system_allocations;
    for (int k = 0; k < 50; ++k) const Tensor t = empty({bytes}, kByte);
    EXPECT_EQ(memory_stats().system_allocations, before) << bytes << " bytes";
  }
}

TEST(Memory, EmptyCacheGivesAllBack) {
  { const Tensor t = empty({8 * kMegabyte}, kByte); }
  EXPECT_GT(memory_stats().cached_bytes, 0);
  empty_cache();
  EXPECT_EQ(memory_stats().cached_bytes, 0);
}

TEST(Memory, EmptyTensorsTakeNothing) {
  const auto before = memory_stats().current_bytes;
  const Tensor t = empty({0, 1000}, kFloat);
  EXPECT_EQ(memory_stats().current_bytes, before);
}

TEST(Memory, LimitThrowsAndNamesBothSides) {
  const Tensor held = empty({16 * kMegabyte}, kByte);
  set_memory_limit(memory_stats().current_bytes + kMegabyte);
  const std::string text = error_of<OutOfMemoryError>([] { empty({32 * kMegabyte}, kByte); });
  set_memory_limit(0);
  EXPECT_TRUE(contains(text, "asked for 33.6 MB"));
  EXPECT_TRUE(contains(text, "of a limit of"));
  EXPECT_TRUE(contains(text, "largest: 16.8 MB"));
  EXPECT_NO_THROW(empty({32 * kMegabyte}, kByte));
}

TEST(Memory, ImpossibleRequestsThrowAndLeaveCountsAlone) {
  const auto before = memory_stats().current_bytes;
  EXPECT_THROW(empty({int64_t{1} << 50}, kDouble), OutOfMemoryError);
  EXPECT_THROW(empty({int64_t{1} << 62, 1 << 20}, kDouble), Error);
  EXPECT_EQ(memory_stats().current_bytes, before);
}

TEST(Memory, DataIsAligned) {
  for (int64_t n : {1, 7, 100, 10000, 1000000})
    EXPECT_EQ(reinterpret_cast<uintptr_t>(empty({n}, kFloat).data_ptr()) % 64, 0u) << n;
}

// Layers whose sizes all differ, one tensor after the other: after some rounds nothing comes from the system any more.
TEST(Memory, SizesOfOneRoundAreFoundInTheNext) {
  empty_cache();
  reset_peak_memory_stats();
  const auto round = [] {
    Tensor x = zeros({1 << 20}, kByte);
    for (int64_t mb = 80; mb >= 5; mb = mb * 5 / 8) x = zeros({mb << 20}, kByte);
  };
  for (int k = 0; k < 8; ++k) round();
  const auto before = memory_stats();
  for (int k = 0; k < 4; ++k) round();
  EXPECT_EQ(memory_stats().system_allocations, before.system_allocations);
  EXPECT_LE(before.cached_bytes, 2 * before.peak_bytes);
  empty_cache();
}

}  // namespace
}  // namespace wick::test
