// Changes of pictures: Pillow's and torchvision's numbers, in every layout.
#include <functional>
#include <sstream>

#include "golden.h"

namespace wick::test {
namespace {

namespace F = vision::functional;
using vision::InterpolationMode;
using golden::get;
using golden::near;

Tensor pixels_first(const Tensor& x) { return x.permute({1, 2, 0}).contiguous().permute({2, 0, 1}); }

TEST(Resize, PillowsNumbersInBothLayouts) {
  const std::map<std::string, InterpolationMode> modes{{"bilinear", InterpolationMode::BILINEAR}, {"bicubic", InterpolationMode::BICUBIC}, {"lanczos", InterpolationMode::LANCZOS},
                                                       {"box", InterpolationMode::BOX}, {"hamming", InterpolationMode::HAMMING}, {"nearest", InterpolationMode::NEAREST_EXACT}};
  int n = 0;
  for (const auto& [key, expected] : golden::all("resizing")) {
    std::istringstream words(key);
    std::string mode, input;
    int64_t h, w;
    if (!(words >> mode >> input >> h >> w)) continue;
    const Tensor x = get("resizing", input == "floats" ? input : "in" + input);
    EXPECT_TRUE(near(F::resize(x, {h, w}, modes.at(mode)), expected, input == "floats" ? 1e-6 : 0)) << key;
    const Tensor y = F::resize(pixels_first(x), {h, w}, modes.at(mode));
    EXPECT_TRUE(near(y, expected, input == "floats" ? 1e-6 : 0)) << key;
    EXPECT_TRUE(x.size(0) == 1 || y.permute({1, 2, 0}).is_contiguous()) << key;
    EXPECT_TRUE(same_bits(F::resize(stack({x, x.flip({0})}), {h, w}, modes.at(mode)).select(0, 0), F::resize(x, {h, w}, modes.at(mode)))) << key;
    ++n;
  }
  EXPECT_GT(n, 90);
}

TEST(Resize, PartsOfPicturesAndOtherTypes) {
  const Tensor x = get("resizing", "in3");
  for (const Tensor& y : {x, pixels_first(x)}) {
    EXPECT_EQ(F::resized_crop(y, 7, 5, 29, 33, 24).sizes(), IntArrayRef({3, 24, 27}));
    EXPECT_TRUE(near(F::resized_crop(y, 7, 5, 29, 33, {24, 24}), get("resizing", "cropped"), 0));
    EXPECT_TRUE(same_bits(F::resized_crop(y, 11, 20, 29, 33, {24, 24}), F::resize(y.slice(1, 11, 40).slice(2, 20, 53).contiguous(), {24, 24})));
    EXPECT_TRUE(same_bits(F::resize(y, {40, 53}), y));
  }
  for (ScalarType t : {kHalf, kDouble}) EXPECT_TRUE(near(F::resize(x.to(t).div(255), {9, 13}).to(kFloat), F::resize(x.to(kFloat).div(255), {9, 13}), 2e-3));
  const Tensor mask = arange(0, 12).view({1, 3, 4});
  EXPECT_EQ(F::resize(mask, {6, 8}, InterpolationMode::NEAREST).sum().item<int64_t>(), 4 * 66);
  EXPECT_EQ(F::resize(x, 20).sizes(), IntArrayRef({3, 20, 26}));
  EXPECT_EQ(F::resize(x.transpose(1, 2), 20).sizes(), IntArrayRef({3, 26, 20}));
}

TEST(Resize, Refuses) {
  const Tensor x = zeros({3, 4, 5}, kByte);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::resize(x, {0, 4}); }), "height and width must be positive, got 0 and 4"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::resize(x, {1, 2, 3}); }), "one number, or height and width"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::resize(x, {4, 4}, InterpolationMode::BILINEAR, 9); }), "max_size"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::resize(x, 4, InterpolationMode::BILINEAR, 4); }), "greater than the smaller edge"));
  EXPECT_TRUE(contains(error_of<TypeError>([&] { F::resize(x.to(kLong), 2); }), "uint8 or floating, got Long"));
  EXPECT_TRUE(contains(error_of<TypeError>([&] { F::resize(x[0], 2); }), "[..., C, H, W], got [4, 5]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::resize(zeros({3, 0, 5}, kByte), 2); }), "empty"));
  EXPECT_TRUE(contains(error_of<NotImplementedError>([&] { F::resize(zeros({3, 4, 5}).set_requires_grad(true), 2); }), "no gradient"));
  EXPECT_EQ(F::resize(zeros({0, 3, 4, 5}, kByte), 2).sizes(), IntArrayRef({0, 3, 2, 2}));
}

using Change = std::function<Tensor(const Tensor&)>;

std::map<std::string, Change> changes() {
  const auto bound = [](const Tensor& x) { return x.is_floating_point() ? 1.0 : 255.0; };
  using vision::PaddingMode;
  std::map<std::string, Change> all{
      {"brightness 0.4", [](const Tensor& x) { return F::adjust_brightness(x, 0.4); }},
      {"brightness 1.7", [](const Tensor& x) { return F::adjust_brightness(x, 1.7); }},
      {"contrast 0.3", [](const Tensor& x) { return F::adjust_contrast(x, 0.3); }},
      {"contrast 1.8", [](const Tensor& x) { return F::adjust_contrast(x, 1.8); }},
      {"saturation 0.2", [](const Tensor& x) { return F::adjust_saturation(x, 0.2); }},
      {"saturation 2.5", [](const Tensor& x) { return F::adjust_saturation(x, 2.5); }},
      {"hue -0.3", [](const Tensor& x) { return F::adjust_hue(x, -0.3); }},
      {"hue 0.2", [](const Tensor& x) { return F::adjust_hue(x, 0.2); }},
      {"hue 0.5", [](const Tensor& x) { return F::adjust_hue(x, 0.5); }},
      {"sharpness 0", [](const Tensor& x) { return F::adjust_sharpness(x, 0); }},
      {"sharpness 1.9", [](const Tensor& x) { return F::adjust_sharpness(x, 1.9); }},
      {"gamma 0.5", [](const Tensor& x) { return F::adjust_gamma(x, 0.5, 1.2); }},
      {"grayscale 1", [](const Tensor& x) { return F::rgb_to_grayscale(x); }},
      {"grayscale 3", [](const Tensor& x) { return F::rgb_to_grayscale(x, 3); }},
      {"invert", [](const Tensor& x) { return F::invert(x); }},
      {"solarize", [=](const Tensor& x) { return F::solarize(x, 0.5 * bound(x)); }},
      {"posterize 3", [](const Tensor& x) { return F::posterize(x, 3); }},
      {"autocontrast", [](const Tensor& x) { return F::autocontrast(x); }},
      {"equalize", [](const Tensor& x) { return F::equalize(x); }},
      {"blur", [](const Tensor& x) { return F::gaussian_blur(x, {5, 3}, {1.1, 0.6}); }},
      {"blur 7", [](const Tensor& x) { return F::gaussian_blur(x, {7}); }},
      {"normalize", [](const Tensor& x) {
         const std::vector<double> mean{0.485, 0.456, 0.406}, std{0.229, 0.224, 0.225};
         return x.size(0) == 1 ? F::normalize(x, {0.485}, {0.229}) : F::normalize(x, mean, std);
       }},
      {"to float", [](const Tensor& x) { return F::to_dtype(x, kFloat, true); }},
      {"to uint8", [](const Tensor& x) { return F::to_dtype(x, kByte, true); }},
      {"hflip", [](const Tensor& x) { return F::horizontal_flip(x); }},
      {"vflip", [](const Tensor& x) { return F::vertical_flip(x); }},
      {"crop", [](const Tensor& x) { return F::crop(x, 3, 5, 8, 9); }},
      {"crop out", [](const Tensor& x) { return F::crop(x, -2, -3, 12, 40); }},
      {"center", [](const Tensor& x) { return F::center_crop(x, {7, 10}); }},
      {"center large", [](const Tensor& x) { return F::center_crop(x, {41, 12}); }},
      {"pad", [=](const Tensor& x) { return F::pad(x, {1, 2, 3, 4}, bound(x) == 1 ? 0.5 : 7); }},
      {"pad edge", [](const Tensor& x) { return F::pad(x, {2, 1}, 0, PaddingMode::EDGE); }},
      {"pad reflect", [](const Tensor& x) { return F::pad(x, {3}, 0, PaddingMode::REFLECT); }},
      {"pad symmetric", [](const Tensor& x) { return F::pad(x, {4, 1, 2, 3}, 0, PaddingMode::SYMMETRIC); }},
      {"erase", [](const Tensor& x) { return F::erase(x, 2, 3, 5, 6, full({1}, 9, x.options())); }},
      {"nearest", [](const Tensor& x) { return F::resize(x, {11, 37}, InterpolationMode::NEAREST); }},
      {"edge", [](const Tensor& x) { return F::resize(x, 9, InterpolationMode::NEAREST); }},
      {"edge max", [](const Tensor& x) { return F::resize(x, 18, InterpolationMode::NEAREST, 19); }},
  };
  for (const InterpolationMode mode : {InterpolationMode::NEAREST, InterpolationMode::BILINEAR}) {
    const std::string name = mode == InterpolationMode::NEAREST ? " nearest" : " bilinear";
    all["rotate 33" + name] = [=](const Tensor& x) { return F::rotate(x, 33, mode); };
    all["rotate 90" + name] = [=](const Tensor& x) { return F::rotate(x, 90, mode); };
    all["rotate 180" + name] = [=](const Tensor& x) { return F::rotate(x, 180, mode); };
    all["rotate expand" + name] = [=](const Tensor& x) { return F::rotate(x, -21, mode, true, {}, {0.25 * bound(x)}); };
    all["rotate center" + name] = [=](const Tensor& x) { return F::rotate(x, 15, mode, false, {3, 4}, {0.5 * bound(x)}); };
    all["affine" + name] = [=](const Tensor& x) { return F::affine(x, 12, {2, -3}, 1.3, {5, -7}, mode, {0}); };
    all["affine center" + name] = [=](const Tensor& x) { return F::affine(x, -5, {0, 1}, 0.7, {15, 0}, mode, {}, {2, 9}); };
    all["perspective" + name] = [=](const Tensor& x) {
      return F::perspective(x, F::perspective_coefficients({{0, 0}, {15, 0}, {15, 11}, {0, 11}}, {{2, 1}, {13, 2}, {14, 10}, {1, 11}}), mode, {0.1 * bound(x)});
    };
  }
  return all;
}

TEST(Changes, TorchvisionsNumbersInBothLayouts) {
  const std::map<std::string, Change> all = changes();
  size_t n = 0;
  for (const auto& [key, expected] : golden::all("changes")) {
    const size_t colon = key.find(": ");
    if (colon == std::string::npos || key.rfind("boxes", 0) == 0) continue;
    const std::string name = key.substr(colon + 2);
    const Change& change = all.at(name);
    const Tensor x = get("changes", key.substr(0, colon)), before = x.clone();
    // Products that are rounded may fall on the other side of a half; all else is exact.
    const bool rounded = name.find("bilinear") != std::string::npos || name.find("blur") == 0 || name.find("hue") == 0 || name.find("contrast") == 0 || name.find("sharp") == 0 || name.find("gamma") == 0 || name.find("saturation") == 0;
    const double tolerance = expected.is_floating_point() ? (name.find("hue") == 0 ? 1e-5 : 2e-6) * (name.find("bilinear") != std::string::npos ? 20 : 1) : rounded ? 1 : 0;
    if (name == "perspective nearest") {  // one pixel lies in the middle between two, where the last bit of a product decides
      EXPECT_LE(change(x).ne(expected).sum().item<int64_t>(), x.size(0)) << key;
      ++n;
      continue;
    }
    EXPECT_TRUE(near(change(x), expected, tolerance)) << key;
    EXPECT_TRUE(near(change(pixels_first(x)), expected, tolerance)) << key << " (pixels first)";
    EXPECT_TRUE(same_bits(x, before)) << key;
    ++n;
  }
  EXPECT_EQ(n, 4 * all.size());
}

TEST(Changes, BatchesGoPictureByPicture) {
  const Tensor a = get("changes", "bytes"), b = a.flip({1}), both = stack({a, b}), more = stack({both, both.flip({0})});
  for (const auto& [name, change] : changes()) {
    EXPECT_TRUE(near(change(both).select(0, 1), change(b), 0)) << name;
    EXPECT_TRUE(near(change(more).select(0, 1).select(0, 0), change(b), 0)) << name;
  }
}

TEST(Changes, Boxes) {
  const Tensor b = get("changes", "boxes");
  const auto check = [&](const char* name, const Tensor& got, double tolerance = 0) { EXPECT_TRUE(near(got, get("changes", std::string("boxes: ") + name), tolerance)) << name; };
  check("hflip", F::horizontal_flip_boxes(b, 24));
  check("vflip", F::vertical_flip_boxes(b, 19));
  check("resize", F::resize_boxes(b, 19, 24, 38, 12));
  check("crop", F::crop_boxes(b, 2, 4, 10, 11));
  check("rotate", F::rotate_boxes(b, 19, 24, 33), 1e-4);
  check("rotate expand", F::rotate_boxes(b, 19, 24, -21, true), 1e-4);
  check("affine", F::affine_boxes(b, 19, 24, 12, {2, -3}, 1.3, {5, -7}), 1e-4);
  check("perspective", F::perspective_boxes(b, 19, 24, F::perspective_coefficients({{0, 0}, {15, 0}, {15, 11}, {0, 11}}, {{2, 1}, {13, 2}, {14, 10}, {1, 11}})), 1e-4);
  EXPECT_EQ(F::horizontal_flip_boxes(zeros({0, 4}), 24).sizes(), IntArrayRef({0, 4}));
  EXPECT_TRUE(contains(error_of<TypeError>([] { F::crop_boxes(zeros({4}), 0, 0, 1, 1); }), "boxes are [n, 4], got [4]"));
}

TEST(Changes, Refuse) {
  const Tensor x = zeros({3, 4, 5}, kByte);
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::adjust_brightness(x, -1); }), "must not be negative, got -1"));
  EXPECT_TRUE(contains(error_of<TypeError>([&] { F::adjust_hue(zeros({2, 4, 4}), 0.1); }), "1 or 3 channels, got [2, 4, 4]"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::adjust_hue(x, 0.6); }), "-0.5 to 0.5"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::posterize(x, 9); }), "0 to 8"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::solarize(x, 256); }), "above the greatest"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::gaussian_blur(x, {4}); }), "odd and positive, got 4"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::gaussian_blur(x, {9}); }), "too large"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::normalize(x, {0, 0}, {1}); }), "one for each channel: 2 and 1 for 3"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::normalize(x, {0}, {0}); }), "std has a 0"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::pad(x, {4}, 0, vision::PaddingMode::REFLECT); }), "too much"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::pad(x, {1, 2, 3}); }), "1, 2 or 4 numbers"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::rotate(x, 5, InterpolationMode::BICUBIC); }), "NEAREST or BILINEAR"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::affine(x, 5, {0, 0}, 0, {0, 0}); }), "scale must be positive"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::erase(x, 1, 1, 4, 1, zeros({1}, kByte)); }), "not all in a picture"));
  EXPECT_TRUE(contains(error_of<ValueError>([&] { F::perspective(x, {1, 2}); }), "8 coefficients are needed, got 2"));
}

}  // namespace
}  // namespace wick::test
