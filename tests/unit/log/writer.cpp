// The writer: what reaches the file when, and what happens when nothing can.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include <wick/core/str.h>

#include "log/crc32c.h"
#include "support.h"

namespace {

using namespace wick;
using namespace wick::test;
using logging::SummaryWriter;
using logging::SummaryWriterOptions;

TEST(Crc32c, IsCastagnolis) {
  for (const bool tables : {false, true}) {
    EXPECT_EQ(logging::crc32c("123456789", 9, tables), 0xe3069283u);
    EXPECT_EQ(logging::crc32c("", 0, tables), 0u);
    EXPECT_EQ(logging::crc32c(std::string(32, '\0').data(), 32, tables), 0x8a9136aau);  // RFC 3720
  }
  std::string s;
  for (int i = 0; i < 5000; ++i) s += static_cast<char>(i * i >> 3);
  for (size_t from = 0; from < 17; ++from)
    for (const size_t n : {0, 1, 7, 8, 9, 63, 255, 256, 257, 1000, 4000}) EXPECT_EQ(logging::crc32c(s.data() + from, n), logging::crc32c(s.data() + from, n, true)) << from << " " << n;
}

TEST(SummaryWriter, FolderAndFileAreNamedAsInPython) {
  const TempDir dir;
  const std::string before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  {
    SummaryWriter w("", SummaryWriterOptions().comment("LR_0.1").filename_suffix(".x"));
    char host[256];
    gethostname(host, sizeof host);
    EXPECT_EQ(w.log_dir().rfind("runs/", 0), 0u) << w.log_dir();
    EXPECT_EQ(w.log_dir()[5 + 3 + 2], '_') << w.log_dir();  // May04_22-14-54
    const std::string end = str("_", host, "LR_0.1");
    EXPECT_EQ(w.log_dir().substr(w.log_dir().size() - end.size()), end);
    EXPECT_EQ(w.log_dir(), w.get_logdir());
    const std::string name = std::filesystem::path(w.path()).filename();
    EXPECT_EQ(name.rfind("events.out.tfevents.", 0), 0u) << name;
    EXPECT_EQ(name.substr(name.size() - 2), ".x");
    EXPECT_TRUE(contains(name, str(".", host, ".", getpid(), ".")));
    EXPECT_TRUE(std::filesystem::exists(w.path()));
  }
  std::filesystem::current_path(before);
}

TEST(SummaryWriter, FlushMakesEverythingReadable) {
  const TempDir dir;
  SummaryWriter w(dir.path());
  for (int i = 0; i < 5000; ++i) w.add_scalar("x", i, i);
  w.flush();
  const auto events = logging::read_events(event_file(dir.path()));
  ASSERT_EQ(events.size(), 5001u);
  EXPECT_EQ(events[5000].values[0].scalar, 4999);
  EXPECT_NEAR(events[1].wall_time, static_cast<double>(time(nullptr)), 100);
  EXPECT_EQ(w.dropped(), 0);
}

TEST(SummaryWriter, EventsReachTheFileWithoutAFlush) {
  const TempDir dir;
  SummaryWriter w(dir.path());
  w.add_scalar("x", 1, 1);
  size_t n = 0;
  for (int tries = 0; tries < 1000 && n < 2; ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    n = logging::read_events(event_file(dir.path())).size();
  }
  EXPECT_EQ(n, 2u);
}

TEST(SummaryWriter, GoesOnInANewFileAfterClose) {
  const TempDir dir;
  SummaryWriter w(dir.path());
  w.add_scalar("x", 1, 1);
  w.close();
  w.close();
  EXPECT_EQ(event_files(dir.path()).size(), 1u);
  w.add_scalar("x", 2, 2);
  w.flush();
  EXPECT_EQ(event_files(dir.path()).size(), 2u);
  logging::RunLog log(dir.path());
  log.refresh();
  EXPECT_EQ(log.points(log.find("x", logging::EventKind::scalar).value()).values, (std::vector<double>{1, 2}));
}

TEST(SummaryWriter, ManyThreadsAndWriters) {
  const TempDir dir;
  constexpr int kThreads = 4, kEach = 3000;
  {
    SummaryWriter a(dir.path()), b(dir.path());
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          (t % 2 ? a : b).add_scalar(str("t", t), i, i);
          if (i % 1000 == 0) (t % 2 ? a : b).add_text("note", "text", i);
          if (i % 1000 == 500) a.flush();
        }
      });
    for (auto& t : threads) t.join();
  }
  EXPECT_EQ(event_files(dir.path()).size(), 2u);
  logging::RunLog log(dir.path());
  log.refresh();
  EXPECT_EQ(log.stats().damaged, 0);
  for (int t = 0; t < kThreads; ++t) {
    const auto p = log.points(log.find(str("t", t), logging::EventKind::scalar).value());
    ASSERT_EQ(p.values.size(), static_cast<size_t>(kEach));
    for (int i = 0; i < kEach; ++i) ASSERT_EQ(p.values[static_cast<size_t>(i)], i);  // in the order of each thread
  }
}

TEST(SummaryWriter, CloseWhileOthersAdd) {
  const TempDir dir;
  SummaryWriter w(dir.path());
  std::atomic<bool> done{false};
  std::thread adding([&] {
    for (int i = 0; i < 20000; ++i) w.add_scalar("x", i, i);
    done = true;
  });
  while (!done) {
    w.close();
    w.flush();
    w.add_scalars("several", {{"a", 1}});
    EXPECT_FALSE(w.path().empty());
  }
  adding.join();
  w.close();
  logging::RunLog log(dir.path());
  log.refresh();
  EXPECT_EQ(log.stats().damaged, 0);
  EXPECT_GE(static_cast<int64_t>(log.points(log.find("x", logging::EventKind::scalar).value()).values.size()) + w.dropped(), 20000);
}

TEST(SummaryWriter, FilesAreRotatedBySize) {
  const TempDir dir;
  {
    SummaryWriter w(dir.path(), SummaryWriterOptions().max_file_bytes(10000));
    for (int i = 0; i < 2000; ++i) w.add_scalar("x", i, i);
    w.add_text("large", std::string(30000, 'a'), 1);
    w.add_image("picture", zeros({3, 4, 4}), 1);
  }
  const auto files = event_files(dir.path());
  EXPECT_GT(files.size(), 8u);
  for (const auto& f : files) {
    const auto events = logging::read_events(f);
    EXPECT_EQ(events[0].file_version, "brain.Event:2") << f;
    if (std::filesystem::file_size(f) > 10000) {
      EXPECT_EQ(events.size(), 2u) << f;
    }
  }
  logging::RunLog log(dir.path());
  log.refresh();
  const auto p = log.points(log.find("x", logging::EventKind::scalar).value());
  ASSERT_EQ(p.values.size(), 2000u);
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(p.steps[static_cast<size_t>(i)], i);  // names are in order
}

// Catches warnings for a scope.
struct Warnings {
  Warnings() { before = set_warning_handler([this](const std::string& s) { const std::lock_guard<std::mutex> lock(mutex); texts.push_back(s); }); }
  ~Warnings() { set_warning_handler(before); }
  std::mutex mutex;
  std::vector<std::string> texts;
  std::function<void(const std::string&)> before;
};

TEST(SummaryWriter, AFolderThatCannotBeStopsNothing) {
  const TempDir dir;
  write_file(dir / "file", "no folder");
  Warnings warnings;
  {
    SummaryWriter w(dir / "file/below");
    for (int i = 0; i < 100; ++i) w.add_scalar("x", i, i);
    w.add_image("p", zeros({3, 2, 2}));
    w.add_scalars("several", {{"a", 1}});
    w.flush();
    EXPECT_EQ(w.dropped(), 102);
  }
  ASSERT_EQ(warnings.texts.size(), 2u) << warnings.texts[0];  // one for each file
  EXPECT_TRUE(contains(warnings.texts[0], dir / "file/below"));
  EXPECT_TRUE(contains(warnings.texts[0], "the program goes on"));
}

TEST(SummaryWriter, AFullDiskStopsNothingAndLeavesWholeRecords) {
  const TempDir dir;
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit{20000, 20000};
    setrlimit(RLIMIT_FSIZE, &limit);
    int warnings = 0;
    set_warning_handler([&](const std::string&) { ++warnings; });
    int64_t dropped;
    {
      SummaryWriter w(dir.path());
      for (int i = 0; i < 3000; ++i) {
        w.add_scalar("x", i, i);
        if (i % 100 == 0) w.flush();
      }
      w.flush();
      dropped = w.dropped();
    }
    _exit(warnings == 1 && dropped > 1000 && dropped < 3000 ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  size_t events = 0;
  for (const auto& f : event_files(dir.path())) {
    logging::EventReader reader(f);
    while (reader.next()) ++events;
    EXPECT_EQ(reader.damaged(), 0);
    EXPECT_EQ(reader.position(), std::filesystem::file_size(f));
  }
  EXPECT_GT(events, 300u);
}

TEST(SummaryWriter, WhatWasFlushedSurvivesAKilledProcess) {
  const TempDir dir;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    SummaryWriter w(dir.path());
    for (int i = 0; i < 1000; ++i) w.add_scalar("x", i, i);
    w.flush();
    if (write(ready[1], "x", 1) != 1) _exit(1);
    for (int i = 1000;; ++i) w.add_scalar("x", i, i);
  }
  char c;
  ASSERT_EQ(read(ready[0], &c, 1), 1);
  usleep(50000);
  kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  close(ready[0]);
  close(ready[1]);
  logging::RunLog log(dir.path());
  log.refresh();
  EXPECT_EQ(log.stats().damaged, 0);
  const auto p = log.points(log.find("x", logging::EventKind::scalar).value());
  ASSERT_GE(p.values.size(), 1000u);
  for (size_t i = 0; i < p.values.size(); ++i) ASSERT_EQ(p.values[i], static_cast<double>(static_cast<float>(i)));
}

TEST(SummaryWriter, AForkedProcessWritesNothingIntoItsParentsFile) {
  const TempDir dir;
  {
    SummaryWriter w(dir.path());
    w.add_scalar("parent", 1, 1);
    const pid_t child = fork();
    if (child == 0) {
      {
        SummaryWriter mine = std::move(w);
        mine.add_scalar("child", 1, 1);
        mine.flush();
        if (mine.dropped() != 1) _exit(2);
        SummaryWriter own(dir / "own");
        own.add_scalar("child", 2, 2);
      }
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    w.add_scalar("parent", 2, 2);
  }
  logging::RunLog log(dir.path()), own(dir / "own");
  log.refresh();
  own.refresh();
  EXPECT_EQ(log.tags().size(), 1u);
  EXPECT_EQ(log.points(0).values, (std::vector<double>{1, 2}));
  EXPECT_EQ(own.points(0).values, (std::vector<double>{2}));
}

TEST(SummaryWriter, WrongArgumentsThrowAndWriteNothing) {
  const TempDir dir;
  SummaryWriter w(dir.path());
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_scalar("x", zeros({2})); }), "one element"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_image("x", zeros({3, 2})); }), "3 dimensions"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_image("x", zeros({3, 2, 2}), 0, {}, "CHX"); }), "CHX"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_image("x", zeros({5, 2, 2})); }), "channels"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_images("x", zeros({2, 4, 2, 2})); }), "[2, 4, 2, 2]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_histogram("x", zeros({0})); }), "no element"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_histogram("x", full({3}, 1e30)); }), "within the bins"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_histogram("x", zeros({3}), 0, "best"); }), "best"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_histogram("x", full({3}, INFINITY), 0, "auto"); }), "finite"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_histogram_raw("x", 0, 1, 1, 1, 1, {1}, {1, 2}); }), "1 limits and 2 counts"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_audio("x", zeros({2, 3})); }), "one dimension"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_video("x", zeros({2, 3})); }), "[N, T, C, H, W]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_mesh("x", zeros({2, 3})); }), "[B, N, 3]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_custom_scalars_marginchart({"a"}); }), "3 tags"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_embedding(zeros({2, 3}), std::vector<std::string>{"a"}); }), "1 labels for 2 vectors"));
  EXPECT_TRUE(contains(error_of<TypeError>([&] { w.add_hparams({{"a", 1}}, {}, {{"a", {std::string("x")}}}); }), "type"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { w.add_encoded_image("x", "text"); }), "neither a PNG nor a JPEG"));
  w.flush();
  EXPECT_EQ(logging::read_events(event_file(dir.path())).size(), 1u);
}

}  // namespace
