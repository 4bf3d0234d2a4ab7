// The reader: files of others, files that grow, files that are damaged.
#include <filesystem>
#include <limits>
#include <thread>

#include <wick/core/str.h>

#if __has_include(<nlohmann/json.hpp>)
#include <nlohmann/json.hpp>
#endif

#include "log/columns.h"
#include "log/crc32c.h"
#include "support.h"

namespace {

using namespace wick;
using namespace wick::test;
using logging::EventKind;
using logging::RunLog;
using logging::SummaryWriter;

std::string record(const std::string& message) {
  std::string s(12, '\0');
  const uint64_t n = message.size();
  std::memcpy(&s[0], &n, 8);
  const uint32_t head = logging::masked_crc32c(s.data(), 8), body = logging::masked_crc32c(message.data(), n);
  std::memcpy(&s[8], &head, 4);
  s += message;
  return s.append(reinterpret_cast<const char*>(&body), 4);
}

// A file of 100 scalars.
std::string written(const TempDir& dir, int n = 100) {
  {
    SummaryWriter w(dir.path());
    for (int i = 0; i < n; ++i) w.add_scalar("x", i, i, 1000.0 + i);
  }
  return read_file(event_file(dir.path()));
}

TEST(Reader, TensorFlow2) {
  RunLog log(WICK_GOLDEN "/log/tf2");
  EXPECT_EQ(log.refresh(), 12);
  const auto number = [&](const char* tag, EventKind kind) { return log.find(tag, kind).value(); };
  EXPECT_EQ(log.points(number("loss", EventKind::scalar)).values, (std::vector<double>{0.5, 1.5, 2.5}));
  EXPECT_EQ(log.points(number("double", EventKind::scalar)).values, (std::vector<double>{0.1, 0.3}));
  const auto info = log.tag(number("loss", EventKind::scalar));
  EXPECT_EQ(info.display_name, "Loss");
  EXPECT_EQ(info.description, "*what*");
  EXPECT_EQ(info.plugin, "scalars");
  EXPECT_EQ(info.last_step, 2);
  const auto image = log.image(number("picture", EventKind::image), 0, 1);
  EXPECT_EQ(image.bytes, "png two");
  EXPECT_EQ(image.width, 7);
  EXPECT_EQ(image.height, 5);
  EXPECT_TRUE(contains(error_of<IndexError>([&] { log.image(number("picture", EventKind::image), 0, 2); }), "4 texts"));
  const auto h = log.histogram(number("hist", EventKind::histogram), 0);
  EXPECT_EQ(h.edges, (std::vector<double>{-1, 0.5, 2}));
  EXPECT_EQ(h.counts, (std::vector<double>{3, 4}));
  EXPECT_EQ(log.audio(number("sound", EventKind::audio), 0, 1).bytes, "wav two");
  EXPECT_EQ(log.texts(number("words", EventKind::text), 0), (std::vector<std::string>{"one", "two"}));
  EXPECT_TRUE(equal(log.tensor(number("half", EventKind::tensor), 0).to(kFloat), wick::tensor({1.0f, -2.0f})));
  EXPECT_TRUE(equal(log.tensor(number("filled", EventKind::tensor), 0), full({2, 2}, -5, kInt)));
}

TEST(Reader, PyTorch) {
  RunLog log(WICK_GOLDEN "/log/calls");
  log.refresh();
  EXPECT_EQ(log.stats().damaged, 0);
  const auto number = [&](const char* tag, EventKind kind) { return log.find(tag, kind).value(); };
  EXPECT_EQ(log.points(number("loss", EventKind::scalar)).steps, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(log.texts(number("note/text_summary", EventKind::text), 0), (std::vector<std::string>{"Zeile *eins*\n\n| a | b |"}));
  const std::pair<ScalarType, const char*> types[] = {{kFloat, "float32"}, {kDouble, "float64"}, {kChar, "int8"}, {kByte, "uint8"}, {kShort, "int16"}, {kInt, "int32"}, {kLong, "int64"}, {kBool, "bool"},
                                                      {kComplexFloat, "complex64"}, {kComplexDouble, "complex128"}, {kHalf, "float16"}, {kBFloat16, "bfloat16"}};
  for (const auto& [type, name] : types)
    EXPECT_TRUE(same_bits(log.tensor(number((std::string("tensor/") + name).c_str(), EventKind::tensor), 0), (arange(6).reshape({2, 3}) * (type == kByte ? 1 : -1)).to(type))) << name;
  EXPECT_EQ(log.tensor(number("tensor/none", EventKind::tensor), 0).sizes(), IntArrayRef({2, 0}));
  EXPECT_EQ(log.tensor(number("pr/few", EventKind::pr_curve), 0).sizes(), IntArrayRef({6, 11}));
  EXPECT_EQ(log.tensor(number("mesh_VERTEX", EventKind::mesh), 0).sizes(), IntArrayRef({1, 4, 3}));
  const auto audio = log.audio(number("audio/double", EventKind::audio), 0);
  EXPECT_EQ(audio.sample_rate, 8000);
  EXPECT_EQ(audio.frames, 50);
  EXPECT_EQ(audio.bytes.size(), 144u);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { log.image(number("audio/double", EventKind::audio), 0); }), "holds audio"));
  EXPECT_TRUE(contains(error_of<IndexError>([&] { log.audio(number("audio/double", EventKind::audio), 1); }), "point 1 of 1"));
  RunLog others(WICK_GOLDEN "/log/others/several");
  others.refresh();
  EXPECT_TRUE(others.find("_hparams_/session_start_info", EventKind::hparams).has_value());
  EXPECT_FALSE(others.tag(0).plugin_content.empty());
}

#if __has_include(<nlohmann/json.hpp>)
TEST(Reader, FilesOfAnOlderPyTorch) {
  const std::string folder = WICK_SHARED_DATA "/tfevents";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  const auto files = nlohmann::json::parse(read_file(folder + "/expected_events.json"));
  size_t values = 0;
  for (const auto& [name, expected] : files.items()) {
    const auto events = logging::read_events(folder + name.substr(name.find('/')));
    ASSERT_EQ(events.size(), expected.size()) << name;
    for (size_t i = 0; i < events.size(); ++i) {
      const auto& e = expected[i];
      EXPECT_EQ(events[i].wall_time, e["wall_time"].get<double>());
      EXPECT_EQ(events[i].step, e.value("step", int64_t{0}));
      EXPECT_EQ(events[i].file_version, e.value("file_version", ""));
      const auto list = e.value("values", nlohmann::json::array());
      ASSERT_EQ(events[i].values.size(), list.size());
      for (size_t k = 0; k < list.size(); ++k, ++values) {
        EXPECT_EQ(events[i].values[k].tag, list[k]["tag"].get<std::string>());
        EXPECT_EQ(events[i].values[k].scalar, list[k]["simple_value"].get<double>());
      }
    }
  }
  EXPECT_GT(values, 500u);
}
#endif

TEST(Reader, AGrowingFileIsReadAsFarAsItIsWhole) {
  const TempDir dir, to;
  const std::string bytes = written(dir);
  const std::string path = to / "events.out.tfevents.1";
  write_file(path, "");
  RunLog log(to.path());
  logging::EventReader reader(path);
  size_t seen = 0, events = 0;
  for (size_t n = 0; n <= bytes.size(); n += 7) {
    std::ofstream(path, std::ios::binary | std::ios::app) << bytes.substr(n, std::min<size_t>(7, bytes.size() - n));
    log.refresh();
    while (reader.next()) ++events;
    const auto k = log.find("x", EventKind::scalar);
    const size_t now = k ? log.tag(*k).count : 0;
    ASSERT_GE(now, seen);
    seen = now;
  }
  EXPECT_EQ(seen, 100u);
  EXPECT_EQ(events, 101u);
  EXPECT_EQ(log.stats().damaged, 0);
  EXPECT_EQ(reader.damaged(), 0);
  EXPECT_EQ(log.refresh(), 0);
}

TEST(Reader, TruncatedAnywhere) {
  const TempDir dir, to;
  const std::string bytes = written(dir, 5);
  const std::string path = to / "events.out.tfevents.1";
  for (size_t n = 0; n <= bytes.size(); ++n) {
    write_file(path, bytes.substr(0, n));
    logging::EventReader reader(path);
    size_t events = 0;
    while (reader.next()) ++events;
    EXPECT_LE(events, 6u);
    EXPECT_EQ(events == 6, n == bytes.size());
    EXPECT_EQ(reader.damaged(), 0) << n;
  }
}

TEST(Reader, ADamagedByteCostsItsRecordAlone) {
  const TempDir dir, to;
  const std::string bytes = written(dir, 20);
  const std::string path = to / "events.out.tfevents.1";
  for (size_t at = 0; at < bytes.size(); ++at) {
    std::string s = bytes;
    s[at] = static_cast<char>(s[at] ^ 0x41);
    write_file(path, s);
    logging::EventReader reader(path);
    size_t events = 0;
    while (reader.next()) ++events;
    EXPECT_EQ(events, 20u) << at;
    EXPECT_EQ(reader.damaged(), 1) << at;
  }
  // Without the checksum of the contents most such bytes do no harm, or give another number.
  std::string s = bytes;
  s[s.size() - 1] ^= 1;
  write_file(path, s);
  EXPECT_EQ(logging::read_events(path, logging::ReadOptions().check_crc(false)).size(), 21u);
  // A gap of zeros and of noise between records.
  std::string noise;
  for (int i = 0; i < 3000000; ++i) noise += static_cast<char>(i * 2654435761u >> 13);
  write_file(path, bytes + std::string(5000, '\0') + noise + record(""));
  logging::EventReader reader(path);
  size_t events = 0;
  while (reader.next()) ++events;
  EXPECT_EQ(events, 22u);
  EXPECT_EQ(reader.damaged(), 1);
}

TEST(Reader, HostileSizesTakeNoMemory) {
  const TempDir dir;
  const std::string path = dir / "events.out.tfevents.1";
  for (const uint64_t n : {uint64_t{1} << 40, ~uint64_t{0}, ~uint64_t{0} - 15, uint64_t{1} << 63}) {
    std::string head(12, '\0');
    std::memcpy(&head[0], &n, 8);
    const uint32_t crc = logging::masked_crc32c(head.data(), 8);
    std::memcpy(&head[8], &crc, 4);
    write_file(path, head + "some bytes");
    logging::EventReader reader(path);
    EXPECT_FALSE(reader.next().has_value());  // it may yet come
    EXPECT_EQ(reader.position(), 0u);
  }
  // A record beyond the limit is passed over.
  write_file(path, record(std::string(5000, '\0')) + record(""));
  logging::EventReader reader(path, logging::ReadOptions().max_record_bytes(1000));
  EXPECT_TRUE(reader.next().has_value());
  EXPECT_EQ(reader.damaged(), 1);
  // Records that hold no message, a tensor whose shape is beyond its bytes.
  write_file(path, record("\xff\xff\xff") + record("\x2a\x7f") + record(""));
  EXPECT_EQ(logging::read_events(path).size(), 1u);
  const auto part = [](char field, const std::string& s) { return str(static_cast<char>(field << 3 | 2), static_cast<char>(s.size()), s); };
  const std::string huge = part(2, "\x08\xff\xff\xff\xff\x7f");
  const std::string tensor = str("\x08\x01", part(2, str(huge, huge)), part(5, std::string(4, '\1')));
  write_file(path, record(part(5, part(1, part(1, "t") + part(8, tensor) + part(9, part(1, part(1, "tensor")))))));
  RunLog log(dir.path());
  EXPECT_EQ(log.refresh(), 1);
  EXPECT_TRUE(contains(error_of([&] { log.tensor(0, 0); }), "tensor"));
  // A scalar whose metadata are no message.
  const TempDir other;
  write_file(other / "events.out.tfevents.1", record(part(5, part(1, str(part(1, "s"), '\x15', std::string(4, '\1'), part(9, "\xff"))))));
  RunLog scalars(other.path());
  EXPECT_EQ(scalars.refresh(), 0);
  EXPECT_EQ(scalars.stats().damaged, 1);
  EXPECT_TRUE(scalars.tags().empty());
}

TEST(Reader, ASessionThatStartsAgainPurges) {
  const TempDir dir;
  {
    SummaryWriter w(dir.path());
    for (int i = 0; i < 1000; ++i) w.add_scalar("x", i, i);
    w.add_text("t", "a", 100);
    w.add_text("t", "b", 500);
  }
  std::filesystem::rename(event_file(dir.path()), dir / "events.out.tfevents.0");
  {
    SummaryWriter w(dir.path(), logging::SummaryWriterOptions().purge_step(300));
    w.add_scalar("x", -1, 300);
  }
  RunLog log(dir.path());
  log.refresh();
  const auto p = log.points(log.find("x", EventKind::scalar).value());
  ASSERT_EQ(p.steps.size(), 301u);
  EXPECT_EQ(p.values[299], 299);
  EXPECT_EQ(p.values[300], -1);
  EXPECT_EQ(log.tag(log.find("t/text_summary", EventKind::text).value()).count, 1u);
  EXPECT_EQ(log.stats().purged, 701);
}

TEST(Reader, TheTenthFileOfASecondComesAfterTheNinth) {
  const TempDir dir;
  for (int i = 0; i < 102; ++i) {  // as programs with many sessions: their names differ in the last number
    SummaryWriter w(dir.path());
    w.add_scalar("x", i, i);
  }
  RunLog log(dir.path());
  log.refresh();
  const auto p = log.points(log.find("x", EventKind::scalar).value());
  ASSERT_EQ(p.values.size(), 102u);
  for (size_t i = 0; i < p.values.size(); ++i) EXPECT_EQ(p.values[i], static_cast<double>(i));
}

TEST(Reader, FoldersOfRuns) {
  const TempDir dir;
  for (const char* run : {"", "a", "a/b", "c"}) {
    SummaryWriter w(dir / run);
    w.add_scalar("x", 1, 1);
  }
  logging::LogFolder logs(dir.path());
  EXPECT_EQ(logs.refresh(), 8);
  std::vector<std::string> names;
  for (const auto& [name, run] : logs.runs()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{".", "a", "a/b", "c"}));
  EXPECT_EQ(logs.run("nothing"), nullptr);
  SummaryWriter w(dir / "d");
  w.add_scalar("y", 2, 2);
  w.flush();
  EXPECT_EQ(logs.refresh(), 2);
  EXPECT_EQ(logs.run("d")->points(0).values, (std::vector<double>{2}));
  EXPECT_EQ(logs.stats().events, 10);
  logging::LogFolder none(dir / "nowhere");
  EXPECT_EQ(none.refresh(), 0);
}

TEST(Reader, LooksWhileItGrows) {
  const TempDir dir;
  RunLog log(dir.path());
  std::atomic<bool> stop{false};
  std::thread looking([&] {
    while (!stop) {
      for (const auto& t : log.tags())
        if (t.count > 0) {
          const auto p = log.points(t.index);
          for (size_t i = 0; i < p.values.size(); ++i) ASSERT_EQ(p.values[i], static_cast<double>(p.steps[i]));
        }
    }
  });
  {
    SummaryWriter w(dir.path());
    for (int i = 0; i < 20000; ++i) {
      w.add_scalar("x", i, i);
      if (i % 500 == 0) {
        w.flush();
        log.refresh();
      }
    }
  }
  log.refresh();
  stop = true;
  looking.join();
  EXPECT_EQ(log.points(0).values.size(), 20000u);
}

TEST(Columns, GiveBackWhatWasPutIn) {
  using logging::ScalarColumn;
  const double inf = std::numeric_limits<double>::infinity();
  const int64_t high = std::numeric_limits<int64_t>::max(), low = std::numeric_limits<int64_t>::min();
  struct Point { int64_t step; double time, value; };
  const std::vector<std::function<Point(int64_t)>> kinds = {
      [](int64_t i) { return Point{i, 1.7e9 + 0.001 * static_cast<double>(i), static_cast<double>(static_cast<float>(0.1 * static_cast<double>(i)))}; },
      [](int64_t i) { return Point{100 - 7 * i, 1.7e9 + 3000.0 * static_cast<double>(i), 0.1 * static_cast<double>(i)}; },
      [](int64_t i) { return Point{i * i, 1.7e9 - static_cast<double>(i), -0.0}; },
      [&](int64_t i) { return Point{i % 2 ? high : low, i % 5 == 0 ? inf : 0.0, i % 3 ? inf : -inf}; },
      [&](int64_t i) { return Point{high - i * (int64_t{1} << 40), 1e-300 * static_cast<double>(i), 1e300}; },
      [&](int64_t i) { return Point{low + i, std::nextafter(1.7e9, 2e9), i == 300 ? 0.1 : 1.0}; },
      [&](int64_t i) { return Point{i == 255 ? high : 0, 5, 1e-45}; }};
  for (const auto& f : kinds) {
    ScalarColumn c;
    for (int64_t i = 0; i < 1000; ++i) c.add(f(i).step, f(i).time, f(i).value);
    for (const size_t n : {1000, 900, 769, 768, 767, 300, 0}) {
      c.truncate(n);
      ASSERT_EQ(c.size(), n);
      for (size_t i = 0; i < n; ++i) {
        const Point p = f(static_cast<int64_t>(i));
        ASSERT_EQ(c.step(i), p.step) << i;
        ASSERT_EQ(c.time(i), p.time) << i;
        ASSERT_EQ(std::signbit(c.value(i)), std::signbit(p.value)) << i;
        ASSERT_EQ(c.value(i), p.value) << i;
      }
    }
    for (int64_t i = 0; i < 600; ++i) c.add(f(i).step, f(i).time, f(i).value);
    EXPECT_EQ(c.value(599), f(599).value);
    // Packed now and then, at ends of blocks and elsewhere, and cut while it is.
    ScalarColumn packed;
    for (int64_t i = 0; i < 700; ++i) {
      packed.add(f(i).step, f(i).time, f(i).value);
      if (i % 37 == 0 || i == 255 || i == 256 || i == 511) packed.pack();
    }
    packed.pack();
    for (const size_t n : {700, 600, 512, 511, 200, 1, 0}) {
      packed.truncate(n);
      ASSERT_EQ(packed.size(), n);
      for (size_t i = 0; i < n; ++i) ASSERT_TRUE(packed.step(i) == f(static_cast<int64_t>(i)).step && packed.time(i) == f(static_cast<int64_t>(i)).time && packed.value(i) == f(static_cast<int64_t>(i)).value) << n << " " << i;
      packed.pack();
    }
  }
  ScalarColumn many;
  for (int i = 0; i < 340; ++i) many.add(i, 1.7e9 + i * 0.01, i);
  const size_t before = many.memory();
  many.pack();
  EXPECT_LT(many.memory(), 340 * 8 + 200) << before;
  ScalarColumn c;
  for (int i = 0; i < 600; ++i) c.add(i, std::nan(""), std::nan(""));
  EXPECT_TRUE(std::isnan(c.value(5)) && std::isnan(c.time(5)));
}

}  // namespace
