// Transforms for detection, parts of pictures, noise, resizing without antialias: torchvision's numbers.
#include "golden.h"

namespace wick::test {
namespace {

using namespace vision::transforms;
namespace F = vision::functional;
using golden::near;
using vision::InterpolationMode;

const Tensor& get(const std::string& name) { return golden::get("more", name); }
std::string seed_of(const std::string& name, int seed) { return str(name, ":", seed); }

TEST(More, WithoutAntialias) {
  for (const auto& [name, mode] : {std::pair{"bilinear", InterpolationMode::BILINEAR}, {"bicubic", InterpolationMode::BICUBIC}})
    for (const auto& [h, w] : {std::pair{10, 11}, {40, 53}}) {
      EXPECT_TRUE(near(F::resize(get("bytes"), {h, w}, mode, std::nullopt, false), get(str("aliased ", name, " bytes ", h)), 1)) << name << h;
      EXPECT_TRUE(near(F::resize(get("floats"), {h, w}, mode, std::nullopt, false), get(str("aliased ", name, " floats ", h)), 1e-5)) << name << h;
      EXPECT_TRUE(near(Resize({h, w}, mode, std::nullopt, false)(get("floats")), get(str("aliased ", name, " floats ", h)), 1e-5));
    }
  EXPECT_TRUE(near(F::resized_crop(get("bytes"), 3, 4, 15, 17, {9, 10}, InterpolationMode::BILINEAR, false), get("resized crop aliased"), 1));
  const Tensor rows = get("bytes").permute({1, 2, 0}).contiguous().permute({2, 0, 1});
  EXPECT_TRUE(equal(F::resize(rows, {10, 11}, InterpolationMode::BILINEAR, std::nullopt, false), F::resize(get("bytes"), {10, 11}, InterpolationMode::BILINEAR, std::nullopt, false)));
  EXPECT_TRUE(contains(error_of<ValueError>([] { F::resize(get("bytes"), {10, 11}, InterpolationMode::LANCZOS, std::nullopt, false); }), "without antialias"));
}

TEST(More, PartsAndChannels) {
  EXPECT_TRUE(equal(stack(F::five_crop(get("bytes"), {9, 11})), get("five")));
  EXPECT_TRUE(equal(stack(F::ten_crop(get("bytes"), {9, 11})), get("ten")));
  EXPECT_TRUE(equal(TenCrop(8, true)(get("bytes")), get("ten vertical")));
  EXPECT_TRUE(equal(FiveCrop({9, 11})(get("bytes")), get("five")));
  EXPECT_EQ(Compose({FiveCrop(8), Normalize({0.5}, {0.5})})(get("bytes")).sizes(), IntArrayRef({5, 3, 8, 8}));
  EXPECT_TRUE(contains(error_of<ValueError>([] { F::five_crop(get("bytes"), {25, 3}); }), "25 x 3 is larger than the picture, 24 x 30"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { FiveCrop(3)(vision::Sample{get("bytes"), {}, get("boxes"), {}}); }), "pictures alone"));
  EXPECT_TRUE(equal(F::permute_channels(get("bytes"), {2, 0, 1}), get("permuted")));
  EXPECT_TRUE(contains(error_of<ValueError>([] { F::permute_channels(get("bytes"), {2, 2, 1}); }), "no permutation"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { F::permute_channels(get("bytes"), {1, 0}); }), "3 channels"));
  const Tensor grey = get("bytes").slice(0, 0, 1);
  EXPECT_TRUE(equal(RGB()(grey), grey.expand({3, 24, 30})));
  EXPECT_TRUE(equal(RGB()(get("bytes")), get("bytes")));
  EXPECT_TRUE(equal(Identity()(grey), grey));
  EXPECT_TRUE(equal(Lambda([](const Tensor& t) { return t.add(1); })(grey), grey.add(1)));
  EXPECT_TRUE(near(LinearTransformation(get("matrix"), linspace(0, 1, 108))(get("small")), get("whitened"), 1e-4));
  EXPECT_TRUE(contains(error_of<ValueError>([] { LinearTransformation(get("matrix"), zeros({108}))(get("floats")); }), "2160 values, the matrix takes 108"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { LinearTransformation(zeros({2, 3}), zeros({2})); }), "[n, n]"));
}

TEST(More, Jpeg) {
  if (!vision::has_jpeg()) GTEST_SKIP() << "no libjpeg";
  const Tensor good = F::jpeg(get("bytes"), 95), poor = F::jpeg(get("bytes"), 5);
  const auto apart = [](const Tensor& x) { return x.to(kFloat).sub(get("bytes")).abs().mean().item<double>(); };
  EXPECT_GT(apart(poor), apart(good));
  EXPECT_TRUE(equal(good, vision::decode_jpeg(vision::encode_jpeg(get("bytes"), 95))));
  EXPECT_EQ(F::jpeg(stack({get("bytes"), get("bytes")}), 50).sizes(), IntArrayRef({2, 3, 24, 30}));
  EXPECT_FALSE(equal(JPEG({5, 90})(get("bytes"), make_generator(1)), JPEG({5, 90})(get("bytes"), make_generator(2))));
  EXPECT_TRUE(contains(error_of<ValueError>([] { JPEG({50, 101}); }), "1 to 100"));
}

TEST(More, BoxesInOtherFormatsAndSound) {
  using Format = F::BoundingBoxFormat;
  for (const char* kind : {"float", "int"})
    for (const auto& [name, format] : {std::pair{"XYXY", Format::XYXY}, {"XYWH", Format::XYWH}, {"CXCYWH", Format::CXCYWH}}) {
      const Tensor there = F::convert_bounding_box_format(get(str("boxes ", kind)), Format::XYXY, format);
      EXPECT_TRUE(near(there, get(str("boxes ", kind, " to ", name)), 0)) << kind << name;
      EXPECT_TRUE(near(F::convert_bounding_box_format(there, format, Format::XYXY), get(str("boxes ", kind, " from ", name)), 0)) << kind << name;
    }
  EXPECT_TRUE(equal(F::sanitize_bounding_boxes(get("boxes"), 24, 30).to(kByte), get("sound")));
  EXPECT_TRUE(equal(F::sanitize_bounding_boxes(get("boxes"), 24, 30, 2, 100).to(kByte), get("sound large")));
  const Tensor masks = arange(5).view({5, 1, 1}).expand({5, 24, 30});
  const vision::Sample s{get("bytes"), masks, get("boxes"), arange(10, 15)};
  const vision::Sample r = SanitizeBoundingBoxes()(s);
  const Tensor kept = get("sound").nonzero().squeeze(1);
  ASSERT_GT(kept.numel(), 0);
  ASSERT_LT(kept.numel(), 5);
  EXPECT_TRUE(equal(r.boxes, get("boxes").index_select(0, kept)));
  EXPECT_TRUE(equal(r.labels, kept.add(10)));
  EXPECT_TRUE(equal(r.mask.select(1, 0).select(1, 0), kept));
  const Tensor inside = ClampBoundingBoxes()(s).boxes;
  EXPECT_TRUE(inside.select(1, 2).le(30).all().item<bool>());
  EXPECT_EQ(SanitizeBoundingBoxes()(vision::Sample{get("bytes"), zeros({24, 30}, kLong), get("boxes"), {}}).mask.dim(), 2);
  EXPECT_TRUE(contains(error_of<TypeError>([&] { SanitizeBoundingBoxes()(get("bytes")); }), "no boxes"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { SanitizeBoundingBoxes()(vision::Sample{get("bytes"), {}, get("boxes"), arange(4)}); }), "5 boxes, labels [4]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { SanitizeBoundingBoxes(0.5); }), "at least 1"));
}

TEST(More, TorchvisionsNumbersForASeed) {
  const auto nearest = InterpolationMode::NEAREST;
  const std::vector<std::pair<std::string, Step>> all{
      {"ElasticTransform", ElasticTransform({30}, {1.5})}, {"ElasticTransform uint8", ElasticTransform({20, 40}, {1, 2}, InterpolationMode::BILINEAR, {7})}, {"GaussianNoise", GaussianNoise(0.05, 0.2)},
      {"GaussianNoise uint8", GaussianNoise()}, {"RandomChannelPermutation", RandomChannelPermutation()}, {"RandomPhotometricDistort", RandomPhotometricDistort()},
      {"RandomZoomOut", RandomZoomOut(9, {1, 2}, 0.8)}, {"ScaleJitter", ScaleJitter({20, 26}, {0.1, 2}, nearest)}, {"RandomShortestSize", RandomShortestSize({10, 13, 17}, 20, nearest)},
      {"RandomResize", RandomResize(9, 20, nearest)}};
  for (const auto& [name, step] : all)
    for (int seed = 0; seed < 2 || golden::all("more").count(seed_of(name, seed)); ++seed) {
      const Tensor& want = get(seed_of(name, seed));
      const Tensor got = step.apply({want.is_floating_point() ? get("floats") : get("bytes"), {}, {}, {}}, make_generator(static_cast<uint64_t>(seed))).image;
      EXPECT_TRUE(near(got, want, want.is_floating_point() ? 2e-4 : name == "ElasticTransform uint8" ? 1 : 0)) << name << seed;
    }
  size_t whole = 0;
  for (int seed = 0; seed < 12; ++seed) {
    const vision::Sample r = RandomIoUCrop()(vision::Sample{get("bytes"), get("bytes")[0].to(kLong), get("boxes"), {}}, make_generator(static_cast<uint64_t>(seed)));
    EXPECT_TRUE(near(r.image, get(seed_of("iou", seed)), 0)) << seed;
    EXPECT_TRUE(near(r.boxes, get(seed_of("iou boxes", seed)), 1e-5)) << seed;
    EXPECT_TRUE(equal(r.mask.to(kByte), r.image[0])) << seed;
    whole += r.image.size(1) == 24 && r.image.size(2) == 30;
  }
  EXPECT_LT(whole, 12u);
  for (int seed = 0; seed < 2; ++seed) {
    const vision::Sample r = ElasticTransform({30}, {1.5})(vision::Sample{get("floats"), get("bytes")[0].to(kLong), get("boxes"), {}}, make_generator(static_cast<uint64_t>(seed)));
    EXPECT_TRUE(near(r.boxes, get(seed_of("elastic boxes", seed)), 1e-3)) << seed;
    EXPECT_EQ(r.mask.sizes(), IntArrayRef({24, 30}));
    EXPECT_EQ(r.mask.scalar_type(), kLong);
  }
}

TEST(More, Errors) {
  EXPECT_TRUE(contains(error_of<ValueError>([] { F::elastic(get("bytes"), zeros({1, 3, 3, 2})); }), "[1, 24, 30, 2], got [1, 3, 3, 2]"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { GaussianNoise(0, -1); }), "negative"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { RandomZoomOut(0, {0.5, 2}); }), "side_range"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { RandomResize(5, 5); }), "increasing"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { RandomShortestSize({}); }), "at least one"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { ElasticTransform({1, 2, 3}); }), "got 3"));
  EXPECT_TRUE(contains(error_of<TypeError>([] { RandomIoUCrop()(get("bytes")); }), "no boxes"));
  EXPECT_TRUE(contains(error_of<ValueError>([] { RandomIoUCrop(0.3, 1, 0.5, 2, {0.5}); }), "may never end"));
  // No part can do: the whole picture, in bounded time.
  const vision::Sample none = RandomIoUCrop(0.3, 1, 0.5, 2, {0}, 1)(vision::Sample{get("bytes"), {}, zeros({0, 4}), {}}, make_generator(1));
  EXPECT_EQ(none.image.sizes(), get("bytes").sizes());
}

}  // namespace
}  // namespace wick::test
