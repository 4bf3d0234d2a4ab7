// Events byte for byte as PyTorch and TensorBoard write them for the same calls (tests/golden/log.py).
#include <wick/core/str.h>
#include <wick/vision/io.h>

#include "support.h"

namespace {

using namespace wick;
using namespace wick::test;
using logging::Chart;
using logging::SummaryWriter;

const std::string golden = WICK_GOLDEN "/log";
constexpr double T = 1700000000.25;

void calls(SummaryWriter& w) {
  int64_t s = 0;
  double t = T;
  const auto at = [&] { return t = T + static_cast<double>(++s); };
  at(), w.add_scalar("loss", 0.5, s, t);
  at(), w.add_scalar("loss", wick::tensor(0.1, kDouble).reshape({1, 1}), s, t);
  at(), w.add_scalar("unstepped", -3, {}, t);
  at(), w.add_scalar("negative", std::nan(""), -7, t);
  at(), w.add_scalar("new", 0.1, s, t, true);
  at(), w.add_scalar("new/double", 0.1, s, t, true, true);
  at(), w.add_scalar("zero", 0, s, t);
  at(), w.add_text("note", "Zeile *eins*\n\n| a | b |", s, t);
  at(), w.add_text("empty", "", s, t);
  const std::pair<ScalarType, const char*> types[] = {{kFloat, "float32"}, {kDouble, "float64"}, {kChar, "int8"}, {kByte, "uint8"}, {kShort, "int16"}, {kInt, "int32"}, {kLong, "int64"}, {kBool, "bool"},
                                                      {kComplexFloat, "complex64"}, {kComplexDouble, "complex128"}, {kHalf, "float16"}, {kBFloat16, "bfloat16"}};
  for (const auto& [type, name] : types) at(), w.add_tensor(std::string("tensor/") + name, (arange(6).reshape({2, 3}) * (type == kByte ? 1 : -1)).to(type), s, t);
  at(), w.add_tensor("tensor/scalar", wick::tensor(2.5f), s, t);
  at(), w.add_tensor("tensor/none", zeros({2, 0}), s, t);

  const Tensor exact = (arange(1000) % 37 - 11).to(kFloat) / 8;
  at(), w.add_histogram("histogram/exact", exact, s, "tensorflow", t);
  at(), w.add_histogram("histogram/double", exact.to(kDouble), s, "tensorflow", t);
  at(), w.add_histogram("histogram/int", arange(1000) % 37 - 11, s, "tensorflow", t);
  at(), w.add_histogram("histogram/positive", exact.abs() + 1, s, "tensorflow", t);
  at(), w.add_histogram("histogram/one", zeros({1}), s, "tensorflow", t);
  at(), w.add_histogram("histogram/joined", exact, s, "auto", t, 5);
  at(), w.add_histogram("histogram/joined_default", exact, s, "tensorflow", t, 100);
  at(), w.add_histogram("histogram/edges", exact, s, std::vector<double>{-1.0, 0.0, 0.5, 0.5, 3.25}, t);
  at(), w.add_histogram("histogram/number", exact, s, 7, t);
  for (const char* rule : {"auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt"}) at(), w.add_histogram(std::string("histogram/") + rule, exact, s, rule, t);
  at(), w.add_histogram("histogram/equal", full({5}, 2.0), s, "auto", t);
  manual_seed(0);
  at(), w.add_histogram("histogram/normal", randn({10000}), s, "tensorflow", t);
  at(), w.add_histogram("histogram/tails", randn({10000}, kDouble).pow(15), s, "tensorflow", t);
  at(), w.add_histogram("histogram/half", randn({1000}).to(kHalf), s, "tensorflow", t);
  at(), w.add_histogram("histogram/normal_auto", randn({10000}), s, "auto", t);
  at(), w.add_histogram("histogram/normal_doane", randn({3000}), s, "doane", t);
  at(), w.add_histogram("histogram/normal_stone", randn({3000}), s, "stone", t);
  at(), w.add_histogram_raw("histogram/raw", 0, 3, 6, 9.5, 20.25, {1, 2, 3.5}, {1, 2, 3}, s, t);

  const Tensor image = arange(3 * 5 * 7).reshape({3, 5, 7});
  at(), w.add_image("image/float", image.to(kFloat) / 90 - 0.1, s, t);
  at(), w.add_image("image/byte", image.to(kByte), s, t);
  at(), w.add_image("image/hwc", image.permute({1, 2, 0}).to(kByte), s, t, "HWC");
  at(), w.add_image("image/hw", image[0].to(kByte) * 7, s, t, "HW");
  at(), w.add_image("image/wh", image[0].to(kByte) * 7, s, t, "WH");
  at(), w.add_image("image/grey", image.slice(0, 0, 1).to(kByte), s, t);
  at(), w.add_image("image/rgba", (arange(4 * 5 * 7).reshape({4, 5, 7}) + 80).to(kByte), s, t);
  at(), w.add_images("image/batch", (arange(11 * 3 * 4 * 6).reshape({11, 3, 4, 6}) % 251).to(kByte), s, t);
  at(), w.add_images("image/nhwc", (arange(3 * 4 * 6).reshape({3, 4, 6, 1}) % 251).to(kByte), s, t, "NHWC");
  const Tensor boxes = wick::tensor({2.0, 3.0, 20.0, 14.0, 0.0, 0.0, 31.0, 23.0, 10.0, 8.0, 10.0, 40.0, 25.5, 18.25, 29.75, 21.5}).reshape({4, 4});
  const Tensor big = (arange(3 * 24 * 32).reshape({3, 24, 32}) % 199).to(kByte);
  at(), w.add_image_with_boxes("image/boxes", big, boxes, s, t);
  at(), w.add_image_with_boxes("image/rescaled", big, boxes.slice(0, 0, 1), s, t, 1.5);
  at(), w.add_image_with_boxes("image/smaller", big, boxes.slice(0, 0, 0), s, t, 0.4);

  const Tensor sound = (arange(50) - 25).to(kFloat) / 25;
  at(), w.add_audio("audio/float", sound.unsqueeze(0), s, 44100, t);
  at(), w.add_audio("audio/double", sound.to(kDouble), s, 8000, t);
  at(), w.add_audio("audio/loud", sound * 2, s, 8000, t);

  const Tensor labels = (arange(50) % 3).eq(0).to(kLong), scores = (arange(50) * 7 % 50).to(kFloat) / 49;
  at(), w.add_pr_curve("pr/plain", labels, scores, s, 127, {}, t);
  at(), w.add_pr_curve("pr/few", labels, scores, s, 11, {}, t);
  at(), w.add_pr_curve("pr/many", labels, scores.to(kDouble), s, 500, {}, t);
  at(), w.add_pr_curve("pr/weights", labels, scores, s, 127, arange(50).to(kDouble) / 8, t);
  const auto list = [](float a, float b, float c) { return wick::tensor({a, b, c}); };
  at(), w.add_pr_curve_raw("pr/raw", list(4, 2, 0), list(5, 1, 0), list(0, 4, 5), list(0, 2, 4), list(0.25, 0.5, 0), list(1, 0.5, 0), s, 3, t);

  const Tensor vertices = wick::tensor({1, 1, 1, -1, -1, 1, 1, -1, -1, -1, 1, -1}).to(kFloat).reshape({1, 4, 3});
  const Tensor colors = wick::tensor({255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 0, 255}).reshape({1, 4, 3}), faces = wick::tensor({0, 2, 3, 0, 3, 1, 0, 1, 2, 1, 3, 2}).reshape({1, 4, 3});
  at(), w.add_mesh("mesh", vertices, colors, faces, "{\"camera\": {\"fov\": 75}}", s, t);
  at(), w.add_mesh("points", vertices, {}, {}, "{}", s, t);

  w.add_custom_scalars_multilinechart({"a/b", "c"});
  w.add_custom_scalars_marginchart({"x", "y", "z"}, "cat", "chart");
  w.add_custom_scalars({{"Taiwan", {{"twse", Chart::multiline, {"twse/0050", "twse/2330"}}}}, {"USA", {{"dow", Chart::margin, {"dow/aaa", "dow/bbb", "dow/ccc"}}, {"all", Chart::multiline, {"n"}}}}});
}

void others(SummaryWriter& w) {
  w.add_scalars("run/14h", {{"sin", 0.25}, {"cos", 0.5}}, 3, T);
  w.add_scalars("run/14h", {{"sin", 0.75}}, 4, T);
  w.add_hparams({{"lr", 0.5}}, {{"hparam/accuracy", 0.75}, {"hparam/loss", 2}}, {}, "one");
  w.add_hparams({{"bsize", 3}, {"opt", "adam"}, {"on", true}}, {{"m", 1}}, {{"bsize", {1.0, 3.0}}, {"opt", {"sgd", "adam"}}}, "several", 5);
  manual_seed(3);
  const Tensor vectors = randn({5, 3});
  w.add_embedding(vectors, {"a", "b c", "3", "\u00e4", "e"}, (arange(5 * 3 * 4 * 4) % 97).reshape({5, 3, 4, 4}).to(kFloat) / 97, 2, "first/one%");
  w.add_embedding(vectors.to(kDouble) * 1e20, {{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"e", "5"}}, {"name", "number"});
  w.add_embedding(arange(6).reshape({2, 3}), std::vector<std::string>{}, {}, 7, "integers");
}

std::string hex(const std::string& s) {
  std::string r;
  char b[4];
  for (const char c : s.substr(0, 400)) std::snprintf(b, sizeof b, "%02x", static_cast<unsigned char>(c)), r += b;
  return r;
}

// The bytes of an event without its time, which is no argument of some methods.
std::string timeless(const logging::Event& e) { return e.bytes.substr(9); }

std::vector<logging::Event> ours(void (*f)(SummaryWriter&), const TempDir& dir) {
  {
    SummaryWriter w(dir.path(), f == others ? logging::SummaryWriterOptions().purge_step(4) : logging::SummaryWriterOptions());
    f(w);
  }
  return logging::read_events(event_file(dir.path()));
}

TEST(Golden, EventsAreThoseOfPyTorch) {
  const TempDir dir;
  const auto mine = ours(calls, dir), theirs = logging::read_events(golden + "/calls/events.out.tfevents.torch");
  ASSERT_EQ(mine.size(), theirs.size());
  ASSERT_GT(mine.size(), 70u);
  EXPECT_EQ(mine[0].file_version, "brain.Event:2");
  for (size_t i = 1; i < mine.size(); ++i) {
    const std::string tag = mine[i].values.empty() ? "" : mine[i].values[0].tag;
    const logging::Event &m = mine[i], &t = theirs[i];
    ASSERT_EQ(m.values.size(), t.values.size());
    if (tag.rfind("image/", 0) == 0 || tag.rfind("histogram/normal", 0) == 0 || tag == "histogram/tails" || tag == "histogram/half") continue;  // below
    if (tag.rfind("custom", 0) != 0) {
      EXPECT_EQ(m.wall_time, t.wall_time) << tag;
    }
    EXPECT_EQ(timeless(m), timeless(t)) << tag << "\n" << hex(timeless(m)) << "\n" << hex(timeless(t));
  }
}

// Two compressors give other bytes: pixels are compared.
TEST(Golden, PicturesHaveTheSamePixels) {
  const TempDir dir, both[2];
  ours(calls, dir);
  logging::RunLog mine(dir.path()), theirs(golden + "/calls");
  mine.refresh();
  theirs.refresh();
  int count = 0;
  for (const auto& t : theirs.tags()) {
    if (t.kind != logging::EventKind::image) continue;
    ++count;
    const auto a = mine.image(mine.find(t.tag, t.kind).value(), 0), b = theirs.image(t.index, 0);
    EXPECT_EQ(a.height, b.height);
    EXPECT_EQ(a.width, b.width);
    try {
      const Tensor x = vision::decode_image(a.bytes.data(), a.bytes.size()), y = vision::decode_image(b.bytes.data(), b.bytes.size());
      EXPECT_TRUE(same_bits(x, y)) << t.tag << " " << (x.sizes() == y.sizes() ? str((x.to(kInt) - y.to(kInt)).abs().sum(0)) : str(x.sizes(), y.sizes()));
    } catch (const NotImplementedError&) {
      GTEST_SKIP() << "this build reads no PNG";
    }
  }
  EXPECT_EQ(count, 12);
}

// Sums are added up in another order: all else is equal.
TEST(Golden, HistogramsOfAnyNumbers) {
  const TempDir dir;
  ours(calls, dir);
  logging::RunLog mine(dir.path()), theirs(golden + "/calls");
  mine.refresh();
  theirs.refresh();
  int count = 0;
  for (const auto& t : theirs.tags()) {
    if (t.kind != logging::EventKind::histogram) continue;
    ++count;
    const auto a = mine.histogram(mine.find(t.tag, t.kind).value(), 0), b = theirs.histogram(t.index, 0);
    EXPECT_EQ(a.min, b.min) << t.tag;
    EXPECT_EQ(a.max, b.max) << t.tag;
    EXPECT_EQ(a.num, b.num) << t.tag;
    EXPECT_NEAR(a.sum, b.sum, 1e-12 * b.num * std::max(std::abs(b.min), std::abs(b.max))) << t.tag;
    EXPECT_NEAR(a.sum_squares, b.sum_squares, 1e-12 * b.sum_squares) << t.tag;
    EXPECT_EQ(a.counts, b.counts) << t.tag;
    ASSERT_EQ(a.edges.size(), b.edges.size()) << t.tag;
    for (size_t i = 0; i < a.edges.size(); ++i) EXPECT_EQ(a.edges[i], b.edges[i]) << t.tag << " " << i;
  }
  EXPECT_EQ(count, 25);
}

TEST(Golden, FoldersOfScalarsSessionsAndEmbeddings) {
  const TempDir dir;
  const auto mine = ours(others, dir), theirs = logging::read_events(golden + "/others/events.out.tfevents.torch");
  ASSERT_EQ(mine.size(), theirs.size());
  EXPECT_TRUE(mine[2].session_start);
  EXPECT_EQ(mine[2].step, 4);
  for (size_t i = 1; i < mine.size(); ++i) EXPECT_EQ(timeless(mine[i]), timeless(theirs[i]));
  for (const char* run : {"run_14h_sin", "run_14h_cos", "one", "several"}) {
    const auto m = logging::read_events(event_file(dir / run)), t = logging::read_events(golden + "/others/" + run + "/events.out.tfevents.torch");
    ASSERT_EQ(m.size(), t.size()) << run;
    for (size_t i = 1; i < m.size(); ++i) {
      std::string a = timeless(m[i]), b = timeless(t[i]);
      if (std::string(run) == "several" && i == 2) std::sort(a.begin(), a.end()), std::sort(b.begin(), b.end());  // the entries of a map come in any order
      EXPECT_EQ(a, b) << run << " " << i << "\n" << hex(a) << "\n" << hex(b);
    }
  }
  for (const char* file : {"projector_config.pbtxt", "00002/first%2fone%25/tensors.tsv", "00002/first%2fone%25/metadata.tsv", "00000/default/tensors.tsv", "00000/default/metadata.tsv", "00007/integers/tensors.tsv"})
    EXPECT_EQ(read_file(dir / file), read_file(golden + "/others/" + file)) << file;
  try {
    const std::string sprite = "/00002/first%2fone%25/sprite.png";
    EXPECT_TRUE(same_bits(vision::decode_image(dir.path() + sprite), vision::decode_image(golden + "/others" + sprite)));
  } catch (const NotImplementedError&) {
  }
}

}  // namespace
