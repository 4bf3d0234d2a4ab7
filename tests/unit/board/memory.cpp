// Runs beyond the memory that indices may take are dropped, and read again when somebody asks.
#include <wick/board.h>
#include <wick/log.h>

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "board/http_client.h"
#include "board/runs.h"
#include "temp.h"

namespace {

using namespace wick;
using Json = nlohmann::json;

constexpr int kRuns = 12;
constexpr int64_t kPoints = 2000;
double value_of(int run, int64_t step) { return run * 10000 + static_cast<double>(step); }

void write(const std::string& folder, int run, int64_t from, int64_t to) {
  logging::SummaryWriter w(folder);
  for (int64_t i = from; i < to; ++i) w.add_scalar("loss", value_of(run, i), i);
  if (from == 0) w.add_scalar("only/" + std::to_string(run), run, 0);
}
std::string folder_of(const test::TempDir& dir, int run) { return dir / ("run" + std::string(run < 10 ? "0" : "") + std::to_string(run)); }

TEST(Memory, TheRunsLookedAtLastStayAndTheOthersAreReadAgain) {
  test::TempDir dir;
  for (int r = 0; r < kRuns; ++r) write(folder_of(dir, r), r, 0, kPoints);
  logging::RunLog one(folder_of(dir, 0));
  one.refresh();
  const uint64_t of_one = one.stats().memory;
  EXPECT_GT(of_one, uint64_t{kPoints} * 8);
  EXPECT_LT(of_one, uint64_t{kPoints} * 20 + 4000);
  board::RunStore store({dir.path()}, 60, 3 * of_one + of_one / 2);
  std::vector<size_t> all(kRuns);
  for (size_t k = 0; k < kRuns; ++k) all[k] = k;
  store.want(all, 20);
  const auto held = [&] {
    std::vector<size_t> r;
    for (const board::RunView& v : store.runs()) {
      EXPECT_EQ(v.state, board::RunView::loaded);
      EXPECT_NE(v.log == nullptr, v.dropped == nullptr);
      EXPECT_EQ(v.all_tags().size(), 2u) << "the tags are known in any case";
      EXPECT_EQ(v.all_tags()[0].count, size_t{kPoints});
      EXPECT_EQ(v.all_tags()[0].last_step, kPoints - 1);
      if (v.log) r.push_back(v.id);
    }
    return r;
  };
  EXPECT_EQ(held(), (std::vector<size_t>{9, 10, 11})) << "those read last";
  const uint64_t version = store.version();
  EXPECT_EQ(store.log(2)->points(0).values.at(7), value_of(2, 7));
  EXPECT_EQ(held(), (std::vector<size_t>{2, 10, 11}));
  store.log(10);
  store.log(0);
  EXPECT_EQ(held(), (std::vector<size_t>{0, 2, 10})) << "the one asked for longest ago went";
  EXPECT_EQ(store.version(), version) << "the same data again is no news";
  const auto kept = store.log(5);
  for (const size_t k : {6u, 7u, 8u, 9u}) store.log(k);
  EXPECT_EQ(kept->points(0).values.size(), size_t{kPoints}) << "an answer keeps what it has";
  EXPECT_EQ(store.open(3, 0), nullptr) << "no time to read it";
}

TEST(Memory, WithoutRoomEverythingIsAnsweredRightToManyAtOnceAndWhileRunsGrow) {
  test::TempDir dir;
  for (int r = 0; r < kRuns; ++r) write(folder_of(dir, r), r, 0, kPoints);
  board::Board board({dir.path()}, board::BoardOptions().port(0).interval(0.05).memory(0));
  board.start();
  const auto scalars = [&](const std::string& more) {
    const test::Answer a = test::get(board.port(), "/api/scalars?tag=loss&n=20000&" + more);
    EXPECT_EQ(a.status, 200) << a.body;
    uint32_t size = 0;
    std::memcpy(&size, a.body.data(), 4);
    std::vector<double> numbers((a.body.size() - 4 - size) / 8);
    if (!numbers.empty()) std::memcpy(numbers.data(), a.body.data() + 4 + size, numbers.size() * 8);
    return std::pair(Json::parse(a.body.substr(4, size)), numbers);
  };
  std::atomic<int> wrong{0}, right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int k = 0; k < 6; ++k) {  // as a page does: all runs, then those that had to wait
        std::string ids = "0-11";
        for (int turn = 0; turn < 200 && !ids.empty(); ++turn) {
          const auto [head, numbers] = scalars("runs=" + ids);
          size_t at = 0;
          for (const auto& part : head["runs"]) {
            const size_t n = part["n"];
            const int id = part["id"];
            bool good = n >= size_t{kPoints};
            for (size_t i = 0; i < n && good; i += 97) good = numbers[at + 2 * n + i] == value_of(id, static_cast<int64_t>(i));
            (good ? right : wrong)++;
            at += 4 * n;
          }
          ids.clear();
          for (const auto& id : head["waiting"]) ids += (ids.empty() ? "" : ",") + id.dump();
        }
        EXPECT_TRUE(ids.empty()) << "never done: " << ids;
        EXPECT_EQ(test::get(board.port(), "/api/points?run=" + std::to_string((t + k) % kRuns) + "&tag=loss&kind=scalars").status, 200);
      }
    });
  write(folder_of(dir, 4), 4, kPoints, kPoints + 50);
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(right, 4 * 6 * kRuns);
  // What was added to a run that was dropped.
  Json part;
  for (int k = 0; k < 200; ++k) {
    const auto [head, numbers] = scalars("runs=4&known=4:2000:1999");
    if (!head["runs"].empty()) part = head["runs"][0];
    if (part["total"] == kPoints + 50) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(part["total"], kPoints + 50);
  EXPECT_EQ(part["n"], 50);
  EXPECT_EQ(part["append"], true);
  // Who knows all of a dropped run is told so without reading it.
  const auto [head, numbers] = scalars("runs=4&known=4:2050:2049");
  EXPECT_EQ(head["runs"][0]["n"], 0);
  EXPECT_TRUE(numbers.empty());
  // The table and the alerts come to an end as well.
  const auto ends = [&](const std::string& what) {
    Json answer;
    for (int k = 0; k < 100; ++k) {
      answer = Json::parse(test::get(board.port(), "/api/" + what + "?runs=0-11").body);
      if (answer["waiting"].empty()) return answer;
    }
    ADD_FAILURE() << what << " does not end: " << answer["waiting"].dump();
    return answer;
  };
  const Json table = ends("table");
  ASSERT_EQ(table["rows"].size(), size_t{kRuns});
  for (const auto& row : table["rows"]) {
    const int id = row["id"];
    EXPECT_EQ(row["metrics"]["loss"][0], value_of(id, id == 4 ? kPoints + 49 : kPoints - 1));
    EXPECT_EQ(row["metrics"]["loss"][1], value_of(id, 0));
  }
  EXPECT_EQ(ends("alerts")["alerts"].size(), size_t{kRuns}) << "losses that only rise";
  EXPECT_EQ(Json::parse(test::get(board.port(), "/api/tags?runs=0-11").body)["runs"].size(), size_t{kRuns});
  const std::string csv = test::get(board.port(), "/api/scalars.csv?runs=0-11&tag=loss").body;
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), kRuns * kPoints + 50 + 1);
}

}  // namespace
