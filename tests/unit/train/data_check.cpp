// Faults of data: each found in data made to have it, with how many there are, and nothing said of data that have none.
#include <algorithm>
#include <cmath>
#include <set>

#include <wick/data.h>
#include <wick/train.h>
#include <wick/vision.h>

#include "support.h"

namespace wick::test {
namespace {

using train::DataCheck;
using train::DataCheckOptions;
using train::DataPair;
using train::DataReport;

// Pictures like photographs: few coarse forms, some fine ones, noise.
Tensor scenes(int64_t n, int64_t side, uint64_t seed, int64_t channels = 3) {
  manual_seed(seed);
  Tensor x = 25 * nn::functional::interpolate(randn({n, channels, 4, 4}), nn::functional::InterpolateFuncOptions().size(std::vector<int64_t>{side, side}).mode(kBilinear).align_corners(false));
  x = x + 15 * nn::functional::interpolate(randn({n, 1, 10, 10}), nn::functional::InterpolateFuncOptions().size(std::vector<int64_t>{side, side}).mode(kBilinear).align_corners(false));
  return (x + 3 * randn({n, channels, side, side}) + 128).round().clamp(0, 255).to(kByte);
}
DataReport look(const Tensor& x, const Tensor& y, const Tensor& held_x = {}, const Tensor& held_y = {}, DataCheckOptions options = {}) {
  DataCheck check(options);
  check.part("train").add(x, y);
  if (held_x.defined()) check.part("val").add(held_x, held_y);
  return check.report();
}
std::set<std::tuple<size_t, int64_t, size_t, int64_t>> places(const std::vector<DataPair>& pairs) {
  std::set<std::tuple<size_t, int64_t, size_t, int64_t>> r;
  for (const DataPair& p : pairs) r.emplace(p.part_a, p.a, p.part_b, p.b);
  return r;
}

TEST(DataCheck, SameExamples) {
  manual_seed(1);
  const Tensor x = randn({100, 7}), y = arange(100, kLong).remainder(4), held_x = randn({30, 7}), held_y = zeros({30}, kLong);
  x[40].copy_(x[12]);      // 40 and 12 have the same label, 41 and 12 do not
  x[41].copy_(x[12]);
  held_x[3].copy_(x[12]);
  held_x[4].copy_(x[99]);  // of class 3
  held_x[9].copy_(held_x[8]);
  const DataReport r = look(x, y, held_x, held_y);
  using Places = std::set<std::tuple<size_t, int64_t, size_t, int64_t>>;
  EXPECT_EQ(places(r.of("leakage")), (Places{{0, 12, 1, 3}, {0, 99, 1, 4}}));
  EXPECT_EQ(places(r.of("duplicates")), (Places{{0, 12, 0, 40}, {1, 8, 1, 9}}));
  EXPECT_EQ(places(r.of("conflicting_labels")), (Places{{0, 12, 0, 41}, {0, 99, 1, 4}}));
  EXPECT_EQ(r.sizes, (std::vector<int64_t>{100, 30}));
  EXPECT_TRUE(r.complete);
  const auto faults = r.faults([](size_t part, int64_t i) { return (part ? "held " : "row ") + std::to_string(i); });
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_EQ(faults[0].kind, "leakage");
  EXPECT_EQ(faults[0].count, 2);
  EXPECT_EQ(faults[0].of, 30);
  EXPECT_EQ(faults[0].examples[0], "held 3  =  row 12");
}

TEST(DataCheck, HealthyIsClean) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const Tensor x = scenes(300, 32, 100 + seed), y = arange(300, kLong).remainder(3);
    const DataReport r = look(x.narrow(0, 0, 200), y.narrow(0, 0, 200), x.narrow(0, 200, 100), y.narrow(0, 200, 100), DataCheckOptions().mirrored(true));
    EXPECT_TRUE(r.clean()) << seed << ": " << r.pairs.size() << ", " << (r.pairs.empty() ? 0 : r.pairs[0].alike);
    manual_seed(seed);
    EXPECT_TRUE(look(randn({500, 9}), randint(0, 3, {500}, kLong)).clean());
  }
  const auto [train_x, train_y] = data::datasets::digits(true);
  const auto [test_x, test_y] = data::datasets::digits(false);
  EXPECT_TRUE(look(train_x, train_y, test_x, test_y).clean());
}

// What re-encoding, another brightness and contrast, another size and a thin border do to a picture is seen through; each must be found in its original, and nothing else.
TEST(DataCheck, NearlyTheSamePictures) {
  const Tensor x = scenes(400, 48, 3), y = arange(400, kLong).remainder(5);
  const auto changed = [&](const std::string& how, const Tensor& image) {
    if (how == "brightness") return (image.to(kFloat) * 0.75 + 30).round().clamp(0, 255).to(kByte);
    if (how == "noise") return (image.to(kFloat) + 4 * randn(image.sizes())).round().clamp(0, 255).to(kByte);
    if (how == "size") return vision::functional::resize(image, {41, 43});
    if (how == "mirror") return image.flip({2});
    if (how == "grey") return image.to(kFloat).mean(0, true).round().to(kByte);
    return vision::decode_image(vision::encode_jpeg(image, 50));
  };
  for (const char* how : {"brightness", "noise", "size", "mirror", "grey", "jpeg"}) {
    if (how == std::string("jpeg") && !vision::has_jpeg()) continue;
    DataCheck check(DataCheckOptions().mirrored(how == std::string("mirror")));
    check.part("train").add(x, y).part("val");
    for (int64_t i = 0; i < 100; ++i) check.add(changed(how, x[4 * i]).unsqueeze(0), y.narrow(0, 4 * i, 1));
    const DataReport r = check.report();
    int64_t right = 0;
    for (const DataPair& p : r.of("leakage")) right += p.a == 4 * p.b && p.same_label && !p.exact && p.alike >= r.alike;
    EXPECT_GE(right, 98) << how;
    EXPECT_EQ(static_cast<int64_t>(r.pairs.size()), right) << how;
  }
}
TEST(DataCheck, MirrorImagesOnlyWhereAsked) {
  const Tensor x = scenes(60, 32, 4), both = cat({x, x.flip({3})});
  EXPECT_TRUE(look(both, {}).clean());
  EXPECT_EQ(look(both, {}, {}, {}, DataCheckOptions().mirrored(true)).of("duplicates").size(), 60u);
}
TEST(DataCheck, FloatPicturesAndGrey) {
  const Tensor x = scenes(200, 32, 5, 1).to(kFloat) / 255;
  const DataReport r = look(x, {}, x.narrow(0, 50, 20) * 0.8 + 0.1, {});
  EXPECT_EQ(r.of("leakage").size(), 20u);
  EXPECT_TRUE(look(x, {}, x.narrow(0, 50, 20) * 0.8 + 0.1, {}, DataCheckOptions().near(false)).clean());
}

TEST(DataCheck, Texts) {
  DataCheck check;
  check.part("train");
  const char* const words[] = {"the", "film", "is", "a", "quiet", "story", "of", "two", "sisters", "who", "run", "small", "hotel", "by", "sea", "and", "lose", "it", "slowly", "never"};
  manual_seed(6);
  std::vector<std::string> texts;
  for (int64_t i = 0; i < 300; ++i) {
    std::string t;
    for (int64_t k = 0; k < 30; ++k) t += std::string(k ? " " : "") + words[randint(0, 20, {1}, kLong).item<int64_t>()];
    texts.push_back(t);
    check.add_text(t, i % 2);
  }
  check.part("val");
  check.add_text(texts[7], 0);                              // the same, with another label
  std::string shout = texts[8] + "!!";
  std::transform(shout.begin(), shout.end(), shout.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  check.add_text(shout, 0);                                 // the same words
  check.add_text(texts[9] + " indeed", 1);                  // one word more
  check.add_text("nothing that is there", 1);
  check.add_text("", 0);
  check.add_text("  !? ", 1);
  const DataReport r = check.report();
  EXPECT_EQ(places(r.of("leakage")), (std::set<std::tuple<size_t, int64_t, size_t, int64_t>>{{0, 7, 1, 0}, {0, 8, 1, 1}, {0, 9, 1, 2}}));
  EXPECT_EQ(r.pairs.size(), 3u);
  EXPECT_EQ(r.of("conflicting_labels").size(), 1u);
  EXPECT_TRUE(r.pairs[0].exact);
  EXPECT_FALSE(r.pairs[1].exact);
}

data::Table table_of(int64_t n, const std::function<std::string(int64_t)>& row, const std::string& header) {
  std::string text = header + "\n";
  for (int64_t i = 0; i < n; ++i) text += row(i) + "\n";
  return data::Table::parse(text);
}
TEST(DataCheck, Tables) {
  manual_seed(7);
  const Tensor v = rand({400, 4}).contiguous();
  const float* p = v.data_ptr<float>();
  const auto number = [&](int64_t i, int64_t k) { return std::to_string(p[4 * (i % 397) + k]); };  // the last three rows are the first three
  const auto label = [&](int64_t i) { return std::string(i == 399 ? "odd" : p[4 * (i % 397)] + p[4 * (i % 397) + 1] > 1 ? "high" : "low"); };
  const std::string head = "a,b,c,target";
  const auto plain = table_of(400, [&](int64_t i) { return number(i, 0) + "," + number(i, 1) + "," + number(i, 2) + "," + label(i); }, head);
  const DataReport r = train::check_table(plain, "target");
  EXPECT_EQ(r.pairs.size(), 3u);
  EXPECT_EQ(r.of("conflicting_labels").size(), 1u);
  EXPECT_TRUE(r.columns.empty());
  std::vector<size_t> all(400);
  for (size_t i = 0; i < 400; ++i) all[i] = i;
  const DataReport parted = train::check_table(plain, "target", {}, {"train", "val"}, {{all.begin(), all.begin() + 397}, {all.begin() + 397, all.end()}});
  EXPECT_EQ(parted.of("leakage").size(), 3u);
  EXPECT_THROW(train::check_table(plain, "nothing"), Error);
  EXPECT_THROW(train::check_table(plain, "target", {}, {"train"}, {{400}}), IndexError);

  // Columns that tell: a code of the class, a number that stands for it, the target in other units; not one that only helps, nor a number of the row.
  const auto telling = table_of(400, [&](int64_t i) {
    const bool high = label(i) == "high";
    return std::to_string(i) + "," + number(i, 0) + "," + (high ? "H" : "L") + "," + std::to_string(high ? 5 + p[4 * (i % 397) + 2] : p[4 * (i % 397) + 2]) + "," + label(i);
  }, "row,a,code,reading,target");
  const DataReport t = train::check_table(telling, "target");
  ASSERT_EQ(t.columns.size(), 2u);
  EXPECT_EQ(t.columns[0].name == "code" || t.columns[1].name == "code", true);
  EXPECT_EQ(t.columns[0].name == "reading" || t.columns[1].name == "reading", true);
  const auto units = table_of(400, [&](int64_t i) { return number(i, 0) + "," + std::to_string(1.8 * p[4 * (i % 397) + 1] + 32) + "," + number(i, 1); }, "a,fahrenheit,celsius");
  const DataReport u = train::check_table(units, "celsius");
  ASSERT_EQ(u.columns.size(), 1u);
  EXPECT_EQ(u.columns[0].name, "fahrenheit");
  // One feature alone is the task.
  EXPECT_TRUE(train::check_table(units, "celsius", {"a"}).columns.empty());
}
TEST(DataCheck, RowsOfFewValuesMeetByChance) {
  manual_seed(8);
  const Tensor v = randint(0, 3, {300, 4}, kLong).contiguous();
  const auto t = table_of(300, [&](int64_t i) {
    std::string r;
    for (int64_t k = 0; k < 4; ++k) r += std::to_string(v.data_ptr<int64_t>()[4 * i + k]) + (k < 3 ? "," : "");
    return r;
  }, "a,b,c,target");
  const DataReport r = train::check_table(t, "target");
  EXPECT_GT(r.pairs.size(), 100u);
  EXPECT_GT(r.expected, 100);
  train::Signals s;
  s.faults = r.faults();
  EXPECT_TRUE(train::diagnose(s).empty());
}

// --- Hard inputs.

TEST(DataCheck, NothingAndNextToNothing) {
  EXPECT_TRUE(DataCheck().report().clean());
  EXPECT_TRUE(DataCheck().report().faults().empty());
  EXPECT_TRUE(look(empty({0, 3, 32, 32}), empty({0}, kLong)).clean());
  EXPECT_TRUE(look(scenes(1, 32, 1), zeros({1}, kLong)).clean());
  EXPECT_EQ(look(scenes(1, 32, 1), {}, scenes(1, 32, 1), {}).of("leakage").size(), 1u);
  EXPECT_EQ(look(zeros({3}), {}).of("duplicates").size(), 2u);
  EXPECT_EQ(look(zeros({2, 0}), {}).of("duplicates").size(), 1u);  // examples without content are the same
  EXPECT_TRUE(train::check_table(data::Table::parse("a,b\n1,2\n"), "b").clean());
  EXPECT_TRUE(train::check_table(data::Table::parse("b\n1\n1\n"), "b").clean());
}
TEST(DataCheck, NumbersThatAreNone) {
  Tensor x = scenes(50, 32, 9).to(kFloat);
  x[3].fill_(NAN);
  x[4][0][0][0] = INFINITY;
  x[5].fill_(NAN);
  const DataReport r = look(x, {});
  ASSERT_EQ(r.pairs.size(), 1u);  // the two that are NaN all over
  EXPECT_EQ(r.pairs[0].b, 5);
  // Without form: flat pictures, of many greys.
  const Tensor flat = arange(40, kFloat).mul(6).to(kByte).reshape({40, 1, 1, 1}).expand({40, 3, 32, 32}).contiguous();
  EXPECT_TRUE(look(flat, {}).clean());
  EXPECT_TRUE(look(flat.to(kFloat) / 255, {}).clean());
}
TEST(DataCheck, AllTheSame) {
  const Tensor one = scenes(1, 16, 10);
  EXPECT_EQ(look(one.expand({20000, 3, 16, 16}), {}).of("duplicates").size(), 19999u);
  // And nearly: the buckets are full, and it is done all the same.
  const Tensor crowd = (one.to(kFloat) + randn({4000, 3, 16, 16})).round().clamp(0, 255).to(kByte);
  EXPECT_GT(look(crowd, {}).of("duplicates").size(), 3900u);
}
TEST(DataCheck, TimeRunsOut) {
  manual_seed(11);
  const DataReport r = look(randn({200000, 10}), {}, {}, {}, DataCheckOptions().seconds(1e-9));
  EXPECT_FALSE(r.complete);
}
TEST(DataCheck, OtherTypesAndShapes) {
  manual_seed(12);
  const Tensor x = randn({20, 3, 8, 8});
  for (const ScalarType t : {kDouble, kHalf, kBFloat16, kInt, kLong}) {
    const Tensor y = (100 * x).to(t);
    EXPECT_EQ(look(y, {}, y.narrow(0, 4, 6), {}).of("leakage").size(), 6u) << t;
  }
  EXPECT_EQ(look(x.transpose(1, 3), {}, x.transpose(1, 3).contiguous(), {}).of("leakage").size(), 20u);  // the same content, however it lies
  const Tensor y = randn({20, 2});
  EXPECT_EQ(look(x, y, x, y.neg()).of("conflicting_labels").size(), 20u);  // targets of any shape
}
TEST(DataCheck, Errors) {
  EXPECT_TRUE(contains(error_of<ValueError>([] { DataCheck().add(Tensor()); }), "undefined"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { DataCheck().add(full({}, 1.0)); }), "first dimension"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { DataCheck().add(zeros({3, 2}), zeros({4}, kLong)); }), "3 examples [3, 2] and labels [4]"));
  EXPECT_TRUE(contains(error_of<TypeError>([] { DataCheck().add(zeros({3}, kComplexFloat)); }), "ComplexFloat"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { DataCheck(DataCheckOptions().alike(2)); }), "0 to 1"));
}

// --- What the doctor says.

TEST(DataCheck, Diagnoses) {
  train::Signals s;
  const auto ids = [&] {
    std::string r;
    for (const auto& f : train::diagnose(s)) {
      r += f.id + " ";
      EXPECT_FALSE(f.evidence.empty());
      EXPECT_FALSE(f.remedies.empty());
    }
    return r;
  };
  s.faults = {{"leakage", 30, 1000, 10, 0, {"a  =  b"}}};
  EXPECT_EQ(ids(), "leakage ");
  const auto f = train::diagnose(s)[0];
  EXPECT_EQ(f.confidence, train::Confidence::high);
  EXPECT_NE(f.text().find("30 held-out examples are in the training data, or another part, too"), std::string::npos) << f.text();
  EXPECT_NE(f.text().find("20 are the same to the last bit, 10 nearly"), std::string::npos) << f.text();
  s.faults[0].count = 1;
  EXPECT_EQ(train::diagnose(s)[0].confidence, train::Confidence::low);
  s.faults = {{"duplicates", 1, 1000, 0, 0, {}}, {"mislabelled", 5, 1000, 0, 0.9, {}}, {"conflicting_labels", 0, 10, 0, 0, {}}, {"something else", 5, 5, 0, 0, {}}};
  EXPECT_EQ(ids(), "");
  s.faults = {{"duplicates", 30, 1000, 0, 0, {}}, {"mislabelled", 50, 1000, 0, 0.9, {}}, {"conflicting_labels", 5, 1000, 0, 0, {}}, {"target_leakage", 1, 1, 0, 1.0, {"code"}}};
  EXPECT_EQ(ids(), "target_leakage mislabelled conflicting_labels duplicates ");
}

}  // namespace
}  // namespace wick::test
